#include "emulator_cursor.h"
#include "emulator_error.h"
#include "emulator_lookup.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_select.h"
#include "emulator_state.h"

#include "base_text.h"

#include <string.h>

#define LIMIT_DEFAULT 10
#define LIMIT_MAX 100
#define LIMIT_MAX_HISTORY 50 /* with propertiesWithHistory */

struct list_query {
    int64_t limit, from; /* from: the index at which the page begins */
    struct emulator_select select;
    bool archived;
    char id_property[64];  /* of one record; empty: by its id */
    char unknown_type[64]; /* among the associations; empty: none */
};

/* ---------------------------------------------------------------- the query */

/* NULL, or what is wrong with it. */
static const char *read_field(const struct emulator_call *call, const struct emulator_records *r,
                              struct list_query *q, const char *name, const char *value)
{
    struct base_span text = base_span_of(value);
    if (strcmp(name, "limit") == 0) {
        if (!base_span_int64(text, &q->limit))
            return "limit must be an integer";
    } else if (strcmp(name, "after") == 0) {
        if (text.n > 0 && !emulator_cursor_read(call->emulator->config.cursor, r, text, &q->from))
            return "after is not a paging cursor of this endpoint";
    } else if (strcmp(name, "properties") == 0) {
        emulator_select_properties(&q->select, text);
    } else if (strcmp(name, "propertiesWithHistory") == 0) {
        emulator_select_history(&q->select, text);
    } else if (strcmp(name, "associations") == 0) {
        struct base_span unknown;
        if (!emulator_select_associations(&q->select, text, r->portal, &unknown)) {
            base_text_copy(q->unknown_type, sizeof q->unknown_type, unknown);
            return "a type of the associations is not known";
        }
    } else if (strcmp(name, "archived") == 0) {
        q->archived = strcmp(value, "true") == 0;
    } else if (strcmp(name, "idProperty") == 0) {
        base_text_format(q->id_property, sizeof q->id_property, "%s", value);
    }
    return NULL; /* unknown ones are ignored */
}

static const char *read_query(const struct emulator_call *call, const struct emulator_records *r,
                              struct list_query *q)
{
    struct emulator_query fields;
    const char *name, *value, *fault = NULL;
    *q = (struct list_query){.limit = LIMIT_DEFAULT};
    emulator_select_begin(&q->select, r->type);
    emulator_query_begin(&fields, call->request->query);
    while (fault == NULL && emulator_query_next(&fields, &name, &value))
        fault = read_field(call, r, q, name, value);
    emulator_query_end(&fields);
    emulator_select_end(&q->select);
    return fault;
}

static void answer_fault(struct emulator_call *call, const struct list_query *q, const char *fault)
{
    if (q->unknown_type[0] != '\0')
        emulator_error_type(call, base_span_of(q->unknown_type));
    else
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
}

/* ---------------------------------------------------------------- a page of them */

/* The query's other fields are echoed as they came. Here the link leads back to the emulator, not
 * to HubSpot. */
static void write_link(const struct emulator_call *call, const char *after, struct base_jsonw *w)
{
    struct emulator_query fields;
    const char *name, *value;
    BASE_CLEANUP(base_buf_free) struct base_buf link;
    base_buf_init(&link, (size_t)64 << 10);
    base_buf_printf(&link, "http://localhost:%u%.*s?", (unsigned)call->emulator->port,
                    BASE_SPAN_ARG(call->request->path));
    emulator_query_begin(&fields, call->request->query);
    while (emulator_query_next(&fields, &name, &value)) {
        if (strcmp(name, "after") == 0)
            continue;
        base_buf_add_span(&link, fields.raw);
        base_buf_add_char(&link, '&');
    }
    emulator_query_end(&fields);
    base_buf_add_str(&link, "after=");
    base_buf_add_str(&link, after);
    if (base_buf_status(&link) != BASE_OK)
        w->out->status = base_buf_status(&link);
    base_jsonw_member_span(w, "link", base_buf_span(&link));
}

static void write_paging(const struct emulator_call *call, const struct emulator_records *r,
                         int64_t last, struct base_jsonw *w)
{
    BASE_CLEANUP(base_buf_free) struct base_buf after;
    base_buf_init(&after, 64);
    emulator_cursor_write(call->emulator->config.cursor, r, last, &after);
    if (base_buf_status(&after) != BASE_OK)
        w->out->status = base_buf_status(&after);
    base_jsonw_key(w, "paging");
    base_jsonw_object(w);
    base_jsonw_key(w, "next");
    base_jsonw_object(w);
    base_jsonw_member_str(w, "after", base_buf_str(&after));
    write_link(call, base_buf_str(&after), w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

static const char *check_limit(const struct list_query *q)
{
    if (q->limit < 1)
        return "limit must be at least 1";
    if (q->limit > LIMIT_MAX)
        return "limit must not be greater than 100";
    if (q->limit > LIMIT_MAX_HISTORY && !emulator_choice_empty(&q->select.history))
        return "limit must not be greater than 50 with propertiesWithHistory";
    return NULL;
}

void emulator_list_get(struct emulator_call *call)
{
    struct list_query q;
    struct emulator_records records;
    struct emulator_record record;
    emulator_call_records(call, call->type, &records);
    const char *fault = read_query(call, &records, &q);
    if (fault == NULL)
        fault = check_limit(&q);
    if (fault != NULL) {
        answer_fault(call, &q, fault);
        return;
    }
    enum emulator_life life = q.archived ? EMULATOR_ARCHIVED : EMULATOR_LIVE;
    struct base_jsonw w;
    emulator_answer_objects(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    int64_t n = 0, last = 0, i = emulator_records_next(&records, q.from, life);
    for (; n < q.limit && i < records.count; n++) {
        emulator_records_get(&records, i, &record);
        emulator_select_write(&q.select, call, &record, &w);
        last = i;
        i = emulator_records_next(&records, i + 1, life);
    }
    base_jsonw_end(&w);
    if (i < records.count) /* the last page has no "paging" */
        write_paging(call, &records, last, &w);
    base_jsonw_end(&w);
    emulator_stats_served(&call->emulator->stats, call->type, n);
}

/* ---------------------------------------------------------------- one of them */

static bool is_number(struct base_span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n > 0;
}

void emulator_list_one(struct emulator_call *call)
{
    struct list_query q;
    struct emulator_records records;
    struct emulator_record record;
    int64_t index;
    BASE_CLEANUP(base_buf_free) struct base_buf id;
    base_buf_init(&id, 1024);
    emulator_call_records(call, call->type, &records);
    const char *fault = read_query(call, &records, &q);
    if (fault == NULL && !serve_path_decode(call->params[1], &id))
        fault = "the id cannot be read";
    if (fault == NULL && !emulator_lookup_property(&records, q.id_property))
        fault = "idProperty must be a property with unique values";
    if (fault != NULL) {
        answer_fault(call, &q, fault);
        return;
    }
    struct base_span text = base_buf_span(&id);
    if (q.id_property[0] == '\0' && !is_number(text)) {
        char shown[128];
        base_text_printable_to(shown, sizeof shown, text);
        emulator_error_object(call, shown);
        return;
    }
    if (!emulator_lookup(&records, q.id_property, text, q.archived, &index)) {
        emulator_error_plain(call, 404, "resource not found", NULL);
        return;
    }
    struct base_jsonw w;
    emulator_records_get(&records, index, &record);
    emulator_answer_json(call, 200, &w);
    emulator_select_write(&q.select, call, &record, &w);
    emulator_stats_served(&call->emulator->stats, call->type, 1);
}
