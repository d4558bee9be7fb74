#include "emulator_error.h"
#include "emulator_property.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_state.h"
#include "emulator_type.h"

#include "base_text.h"

#define COUNT_DEFAULT 20
#define COUNT_MAX 100

struct v1_query {
    int64_t count, vid_offset;
    struct emulator_choice properties;
    bool asked;
    bool history;
};

/* NULL, or what is wrong with it. Misspelt names (vid-offset, offset) are ignored, so that they
 * give the first page for ever: HubSpot's trap is kept. */
static const char *read_field(struct v1_query *q, const char *name, const char *value)
{
    if (strcmp(name, "count") == 0) {
        if (!base_span_int64(base_span_of(value), &q->count) || q->count < 1)
            return "count must be a positive integer";
        if (q->count > COUNT_MAX)
            q->count = COUNT_MAX;
    } else if (strcmp(name, "vidOffset") == 0) {
        if (!base_span_int64(base_span_of(value), &q->vid_offset))
            return "vidOffset must be an integer";
    } else if (strcmp(name, "property") == 0) {
        if (strchr(value, ',') == NULL) /* one name, no list */
            emulator_choice_add(&q->properties, emulator_type_contacts(), base_span_of(value));
        q->asked = true;
    } else if (strcmp(name, "propertyMode") == 0) {
        q->history = strcmp(value, "value_and_history") == 0;
    }
    return NULL;
}

static const char *read_query(const struct emulator_call *call, struct v1_query *q)
{
    struct emulator_query fields;
    const char *name, *value, *fault = NULL;
    *q = (struct v1_query){.count = COUNT_DEFAULT};
    emulator_query_begin(&fields, call->request->query);
    while (fault == NULL && emulator_query_next(&fields, &name, &value))
        fault = read_field(q, name, value);
    emulator_query_end(&fields);
    /* No e-mail here: it is among the identities. */
    emulator_choice_add(&q->properties, emulator_type_contacts(),
                        q->asked ? BASE_SPAN("lastmodifieddate")
                                 : BASE_SPAN("company,firstname,lastmodifieddate,lastname"));
    return fault;
}

static void write_empty(struct base_jsonw *w, const char *name)
{
    base_jsonw_key(w, name);
    base_jsonw_array(w);
    base_jsonw_end(w);
}

static void write_versions(struct base_jsonw *w, const struct emulator_record *c,
                           struct base_span value)
{
    base_jsonw_key(w, "versions");
    base_jsonw_array(w);
    base_jsonw_object(w);
    base_jsonw_member_span(w, "value", value);
    base_jsonw_member_str(w, "source-type", "API");
    base_jsonw_member_str(w, "source-id", NULL);
    base_jsonw_member_str(w, "source-label", NULL);
    base_jsonw_member_int(w, "timestamp", c->created_ms);
    base_jsonw_member_bool(w, "selected", false);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

/* Properties without a value are left out. */
static void write_properties(struct base_jsonw *w, const struct emulator_record *c,
                             const struct v1_query *q)
{
    struct emulator_text space;
    base_jsonw_key(w, "properties");
    base_jsonw_object(w);
    for (int i = emulator_choice_next(&q->properties, 0); i >= 0;
         i = emulator_choice_next(&q->properties, i + 1)) {
        struct base_span value = emulator_property_value_v1(c, (unsigned)i, &space);
        if (value.p == NULL)
            continue;
        base_jsonw_key(w, c->all->type->properties[i].name);
        base_jsonw_object(w);
        base_jsonw_member_span(w, "value", value);
        if (q->history)
            write_versions(w, c, value);
        base_jsonw_end(w);
    }
    base_jsonw_end(w);
}

static void write_identity(struct base_jsonw *w, const char *type, struct base_span value,
                           int64_t time, bool primary)
{
    base_jsonw_object(w);
    base_jsonw_member_str(w, "type", type);
    base_jsonw_member_span(w, "value", value);
    base_jsonw_member_int(w, "timestamp", time);
    if (primary)
        base_jsonw_member_bool(w, "is-primary", true);
    base_jsonw_end(w);
}

static void write_identities(struct base_jsonw *w, const struct emulator_record *c)
{
    struct emulator_text space;
    char guid[37];
    unsigned property = (unsigned)emulator_property_find(c->all->type, BASE_SPAN("email"));
    struct base_span email = emulator_property_value(c, property, &space);
    base_text_format(guid, sizeof guid, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(c->key >> 32),
                     (unsigned)(c->key >> 16) & 0xffffu, (unsigned)c->key & 0xfffu,
                     (unsigned)(c->key >> 12) & 0xfffu, (unsigned long long)c->id);
    base_jsonw_key(w, "identity-profiles");
    base_jsonw_array(w);
    base_jsonw_object(w);
    base_jsonw_member_int(w, "vid", c->id);
    base_jsonw_member_int(w, "saved-at-timestamp", c->created_ms);
    base_jsonw_member_int(w, "deleted-changed-timestamp", 0);
    base_jsonw_key(w, "identities");
    base_jsonw_array(w);
    if (email.p != NULL)
        write_identity(w, "EMAIL", email, c->created_ms, true);
    write_identity(w, "LEAD_GUID", base_span_of(guid), c->created_ms, false);
    base_jsonw_end(w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

static void write_merged(struct base_jsonw *w, const struct emulator_record *c)
{
    int64_t losers[EMULATOR_LOSERS_MAX];
    size_t n = emulator_records_losers(c->all, c->index, losers);
    base_jsonw_key(w, "merged-vids");
    base_jsonw_array(w);
    for (size_t i = 0; i < n; i++)
        base_jsonw_int(w, emulator_records_id(c->all, losers[i]));
    base_jsonw_end(w);
}

static void write_contact(struct base_jsonw *w, const struct emulator_record *c,
                          const struct v1_query *q)
{
    char token[32], url[128];
    base_text_format(token, sizeof token, "AO_T-m%016llx", (unsigned long long)c->key);
    base_text_format(url, sizeof url, "https://app.hubspot.com/contacts/%lld/contact/%lld",
                     (long long)c->all->portal, (long long)c->id);
    base_jsonw_object(w);
    base_jsonw_member_int(w, "addedAt", c->created_ms);
    base_jsonw_member_int(w, "vid", c->id);
    base_jsonw_member_int(w, "canonical-vid", c->id);
    write_merged(w, c);
    base_jsonw_member_int(w, "portal-id", c->all->portal);
    base_jsonw_member_bool(w, "is-contact", true);
    base_jsonw_member_str(w, "profile-token", token);
    base_jsonw_member_str(w, "profile-url", url);
    write_properties(w, c, q);
    write_empty(w, "form-submissions");
    write_identities(w, c);
    write_empty(w, "merge-audits");
    base_jsonw_end(w);
}

void emulator_list_v1_get(struct emulator_call *call)
{
    struct v1_query q;
    struct emulator_records contacts;
    struct emulator_record c = {0};
    const char *fault = read_query(call, &q);
    if (fault != NULL) {
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
        return;
    }
    emulator_call_records(call, emulator_type_contacts(), &contacts);
    /* vidOffset is the last contact of the page before. */
    int64_t from = q.vid_offset < INT64_MAX ? emulator_records_from(&contacts, q.vid_offset + 1)
                                            : contacts.count;
    int64_t n = 0, i = emulator_records_next(&contacts, from, EMULATOR_LIVE);
    struct base_jsonw w;
    emulator_answer_objects(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "contacts");
    base_jsonw_array(&w);
    for (; n < q.count && i < contacts.count; n++) {
        emulator_records_get(&contacts, i, &c);
        write_contact(&w, &c, &q);
        i = emulator_records_next(&contacts, i + 1, EMULATOR_LIVE);
    }
    base_jsonw_end(&w);
    base_jsonw_member_bool(&w, "has-more", i < contacts.count);
    base_jsonw_member_int(&w, "vid-offset", c.id); /* stays set on the last page */
    base_jsonw_end(&w);
    emulator_stats_served(&call->emulator->stats, emulator_type_contacts(), n);
}
