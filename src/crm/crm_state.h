/* What is kept beside a file that an export grows, so that another process can go on with it: lines
 * of JSON. The first says what is exported; each further one, a mark, how far it has come. The last
 * one that counts is what there is. Pure.
 *
 * A mark is written when its rows are in the file. While the machine runs that is order enough,
 * whoever is killed when. When it was started anew since, only marks count before which the file
 * was synced to the disk. */
#ifndef CRM_STATE_H
#define CRM_STATE_H

#include "crm_plan.h"
#include "crm_range.h"

#define CRM_STATE_MAX (4u << 20)
#define CRM_CURSOR_SIZE 512 /* of struct hubspot_page */

/* How far the reading has come. */
struct crm_position {
    int64_t rows; /* with the sink */
    bool ranged;  /* all that is left are the open ranges; else the list from `cursor` on */
    bool jumped;  /* of that list, only rows in open ranges */
    bool ended;   /* that list has been seen to its end */
    char cursor[CRM_CURSOR_SIZE]; /* of the list's own next page; "": its first */
    struct crm_ranges ranges;
};

/* id, name of the option, or NULL: the operand */
#define CRM_STATE_OPTION_MAP(X)                                                                    \
    X(OBJECT, "object")                                                                            \
    X(ACCOUNT, "account")                                                                          \
    X(API, "api")                                                                                  \
    X(FORMAT, "format")                                                                            \
    X(ESCAPE_FORMULAS, "escape-formulas")                                                          \
    X(PROPERTIES, "properties")                                                                    \
    X(ASSOCIATIONS, "associations")                                                                \
    X(ARCHIVED, "archived")                                                                        \
    X(SORT, "sort")                                                                                \
    X(LIMIT, "limit")

enum crm_state_option {
#define X(id, name) CRM_STATE_##id,
    CRM_STATE_OPTION_MAP(X)
#undef X
        CRM_STATE_OPTIONS
};
const char *crm_state_option_name(enum crm_state_option option);

struct crm_state {
    const char *option[CRM_STATE_OPTIONS]; /* as it was given; NULL: it was not. Flags: "yes" */
    const char *names; /* of all properties that the option meant; NULL: HubSpot's default set */
    int64_t bytes;     /* of the file that belong to the mark */
    bool synced;       /* they are on the disk */
    bool complete;     /* nothing is left to be read */
    struct crm_position at;
    int64_t written_at; /* Unix ms, where its file says so; it is not in the text */
    char *texts;        /* what the strings are, when they were parsed; else NULL */
};

/* Appends the first line; `boot` says which start of the machine this is. */
void crm_state_begin(const struct crm_state *s, const char *boot, struct base_buf *out);
/* Appends a mark. */
void crm_state_mark(const struct crm_state *s, struct base_buf *out);
/* INVALID: it is none of ours. NOT_FOUND: no mark counts. */
enum base_status crm_state_parse(struct base_span text, const char *boot, struct crm_state *ret,
                                 struct base_error *err);
void crm_state_free(struct crm_state *s); /* what parsing allocated; may be called twice */

/* The first option by which two exports differ, so that one cannot go on with the other;
 * CRM_STATE_OPTIONS: by none. "all" properties are those of the first. */
enum crm_state_option crm_state_differs(const struct crm_state *a, const struct crm_state *b);

#endif
