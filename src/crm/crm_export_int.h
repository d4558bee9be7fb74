/* The insides of an export, for crm_export.c (its life, answers, where it stands) and crm_reader.c
 * (who asks for which page, and which rows of it are taken). */
#ifndef CRM_EXPORT_INT_H
#define CRM_EXPORT_INT_H

#include "crm_export.h"
#include "crm_fill.h"
#include "crm_range.h"
#include "hubspot_next.h"
#include "hubspot_page.h"

/* Who reads a range, or with one cursor the list. */
struct crm_reader {
    struct crm_export *e;
    struct broker_call *call;     /* NULL: nothing is asked for */
    struct base_buf target;       /* of the page that is asked for, or of the next */
    char cursor[CRM_CURSOR_SIZE]; /* in it; "" in the list's first */
    struct hubspot_page page; /* this and its rows as check_page() read them, spans of the answer */
    struct base_span rows[CRM_PAGE_SIZE];
    size_t count;
    int64_t ids[CRM_PAGE_SIZE]; /* -1: none */
    struct crm_fill *fill;      /* makes the rows whole before they are used */
};

struct crm_export {
    struct broker *b;
    struct loop *l;
    const char *account;
    const struct crm_plan *plan;
    struct crm_sink *sink;
    crm_progress_fn *progress;
    crm_done_fn *done;
    void *arg;
    struct base_buf first; /* the target of the list's first page */
    struct crm_ranges ranges;
    struct crm_reader readers[CRM_RANGES]; /* of the range of that number */
    bool ranged;                           /* the cursor is an id as far as we have seen */
    bool jumped;                           /* rows were given that one cursor is still to come by */
    bool ended;                            /* readers[0] has seen the list's end */
    int64_t spread_to;        /* so many readers were wanted when ranges were last cut */
    struct hubspot_walk walk; /* of one cursor */
    struct broker_call *search;
    struct base_buf search_target;
    struct loop_timer *mark_due;
    bool unmarked;               /* rows were given since the last mark */
    int64_t started, latency_ms; /* latency_ms -1: unknown */
    uint32_t refused_before;
    size_t fill_room; /* for rows that are made whole */
    struct crm_progress so_far;
};

/* Asks for the page at the reader's target; the answer goes to crm_export_on_page(). */
enum base_status crm_reader_request(struct crm_reader *r, struct base_error *err);
/* Asks for the first page of the reader's range. */
enum base_status crm_reader_begin(struct crm_reader *r, struct base_error *err);
/* The next page is the list's own at this cursor. */
enum base_status crm_reader_set_cursor(struct crm_reader *r, const char *cursor,
                                       struct base_error *err);
/* Reads the ids of the page that has come. */
enum base_status crm_reader_ids(struct crm_reader *r, struct base_error *err);
/* What is wrong with it as a page of the reader's range; NULL: nothing, or one cursor reads. */
const char *crm_reader_check(const struct crm_reader *r);
/* Gives its rows that are nobody else's to the sink, and asks for the next page. */
enum base_status crm_reader_take(struct crm_reader *r, struct base_error *err);
/* One cursor goes on, since a page was not what the reader asked for. */
enum base_status crm_reader_give_up(struct crm_reader *r, const char *why, struct base_error *err);
/* Puts idle readers to work. */
enum base_status crm_reader_spread(struct crm_export *e, struct base_error *err);
bool crm_reader_all_read(const struct crm_export *e);

void crm_export_on_page(void *arg, enum base_status status, struct broker_response *response,
                        const struct base_error *lower);

#endif
