#include "emulator_contacts.h"
#include "emulator_error.h"
#include "emulator_property.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_time.h"

#define LIMIT_DEFAULT 10
#define LIMIT_MAX 100
#define LIMIT_MAX_HISTORY 50 /* with propertiesWithHistory */

struct list_query {
    int64_t limit, after;
    uint64_t properties, history; /* choices, see emulator_property.h */
    bool archived;
    bool by_email; /* of one contact: idProperty=email */
};

/* ---------------------------------------------------------------- the query */

/* These come along whatever is asked for; the optional ones only when nothing is. */
static uint64_t always(void)
{
    return emulator_property_choose(0, "createdate,hs_object_id,lastmodifieddate");
}

static uint64_t by_default(void)
{
    return emulator_property_choose(always(), "email,firstname,lastname");
}

static const char *read_field(struct list_query *q, const char *name, const char *value)
{
    if (strcmp(name, "limit") == 0) {
        if (!base_span_int64(base_span_of(value), &q->limit))
            return "limit must be an integer";
    } else if (strcmp(name, "after") == 0) {
        if (value[0] != '\0' && (!base_span_int64(base_span_of(value), &q->after) || q->after < 0))
            return "after is not a paging cursor of this endpoint";
    } else if (strcmp(name, "properties") == 0) {
        q->properties = emulator_property_choose(q->properties, value);
        if (value[0] != '\0')
            q->properties |= always();
    } else if (strcmp(name, "propertiesWithHistory") == 0) {
        q->history = emulator_property_choose(q->history, value);
    } else if (strcmp(name, "archived") == 0) {
        q->archived = strcmp(value, "true") == 0;
    } else if (strcmp(name, "idProperty") == 0) {
        q->by_email = strcmp(value, "email") == 0;
    }
    return NULL; /* unknown ones are ignored, associations too: there are none */
}

/* NULL, or what is wrong with it. */
static const char *read_query(const struct emulator_call *call, struct list_query *q)
{
    struct emulator_query fields;
    const char *name, *value, *fault = NULL;
    *q = (struct list_query){.limit = LIMIT_DEFAULT};
    emulator_query_begin(&fields, call->request->query);
    while (fault == NULL && emulator_query_next(&fields, &name, &value))
        fault = read_field(q, name, value);
    emulator_query_end(&fields);
    if (q->properties == 0)
        q->properties = by_default();
    return fault;
}

/* ---------------------------------------------------------------- one contact */

static void write_history(struct base_jsonw *w, const struct emulator_contact *c, uint64_t chosen)
{
    char value[EMULATOR_VALUE_SIZE], time[32];
    base_jsonw_key(w, "propertiesWithHistory");
    base_jsonw_object(w);
    for (unsigned i = 0; i < emulator_property_count; i++) {
        if ((chosen & UINT64_C(1) << i) == 0)
            continue;
        const char *text = emulator_property_value(c, i, value);
        base_jsonw_key(w, emulator_property_name(i));
        base_jsonw_array(w);
        if (text != NULL) {
            base_jsonw_object(w);
            base_jsonw_member_str(w, "value", text);
            base_jsonw_member_str(w, "timestamp", base_time_iso(time, c->created_ms));
            base_jsonw_member_str(w, "sourceType", "API");
            base_jsonw_end(w);
        }
        base_jsonw_end(w);
    }
    base_jsonw_end(w);
}

static void write_contact(struct base_jsonw *w, const struct emulator_contact *c,
                          const struct list_query *q)
{
    char value[EMULATOR_VALUE_SIZE], id[24], url[128];
    base_text_format(id, sizeof id, "%lld", (long long)c->id);
    base_text_format(url, sizeof url, "https://app.hubspot.com/contacts/%lld/record/0-1/%s",
                     (long long)c->portal, id);
    base_jsonw_object(w);
    base_jsonw_member_str(w, "id", id);
    base_jsonw_key(w, "properties");
    base_jsonw_object(w);
    for (unsigned i = 0; i < emulator_property_count; i++)
        if (q->properties & UINT64_C(1) << i)
            base_jsonw_member_str(w, emulator_property_name(i),
                                  emulator_property_value(c, i, value));
    base_jsonw_end(w);
    if (q->history != 0)
        write_history(w, c, q->history);
    base_jsonw_member_str(w, "createdAt", base_time_iso(value, c->created_ms));
    base_jsonw_member_str(w, "updatedAt", base_time_iso(value, c->modified_ms));
    base_jsonw_member_bool(w, "archived", false);
    base_jsonw_member_str(w, "url", url);
    base_jsonw_end(w);
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

static void write_paging(const struct emulator_call *call, int64_t last_id, struct base_jsonw *w)
{
    char after[24];
    base_text_format(after, sizeof after, "%lld", (long long)last_id + 1);
    base_jsonw_key(w, "paging");
    base_jsonw_object(w);
    base_jsonw_key(w, "next");
    base_jsonw_object(w);
    base_jsonw_member_str(w, "after", after);
    write_link(call, after, w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

static void portal_contacts(const struct emulator_call *call, struct emulator_contacts *ret)
{
    emulator_contacts_init(ret, call->emulator->config.seed, call->grant.portal,
                           call->emulator->config.contacts);
}

void emulator_list_get(struct emulator_call *call)
{
    struct list_query q;
    struct emulator_contacts contacts;
    const char *fault = read_query(call, &q);
    if (fault == NULL && q.limit < 1)
        fault = "limit must be at least 1";
    if (fault == NULL && q.limit > LIMIT_MAX)
        fault = "limit must not be greater than 100";
    if (fault == NULL && q.history != 0 && q.limit > LIMIT_MAX_HISTORY)
        fault = "limit must not be greater than 50 with propertiesWithHistory";
    if (fault != NULL) {
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
        return;
    }
    portal_contacts(call, &contacts);
    int64_t from = q.archived ? contacts.count : emulator_contacts_from(&contacts, q.after);
    int64_t until = contacts.count - from > q.limit ? from + q.limit : contacts.count;

    struct base_jsonw w;
    struct emulator_contact c;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    for (int64_t i = from; i < until; i++) {
        emulator_contacts_get(&contacts, i, &c);
        write_contact(&w, &c, &q);
    }
    base_jsonw_end(&w);
    if (until < contacts.count) /* the last page has no "paging" */
        write_paging(call, c.id, &w);
    base_jsonw_end(&w);
    call->emulator->stats.contacts_served += until - from;
}

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
    struct emulator_contacts contacts;
    BASE_CLEANUP(base_buf_free) struct base_buf id;
    base_buf_init(&id, 1024);
    const char *fault = read_query(call, &q);
    if (fault == NULL && !serve_path_decode(call->params[0], &id))
        fault = "the id cannot be read";
    if (fault != NULL) {
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
        return;
    }
    struct base_span text = base_buf_span(&id);
    if (!q.by_email && !is_number(text)) {
        char shown[128];
        base_text_printable_to(shown, sizeof shown, text);
        emulator_error_object(call, shown);
        return;
    }
    int64_t number = 0, index;
    portal_contacts(call, &contacts);
    bool found = q.by_email ? emulator_contacts_find_email(&contacts, text, &index)
                            : base_span_int64(text, &number) &&
                                  emulator_contacts_find(&contacts, number, &index);
    if (!found || q.archived) {
        emulator_error_plain(call, 404, "resource not found", NULL);
        return;
    }
    struct base_jsonw w;
    struct emulator_contact c;
    emulator_contacts_get(&contacts, index, &c);
    emulator_answer_json(call, 200, &w);
    write_contact(&w, &c, &q);
    call->emulator->stats.contacts_served++;
}
