#include "emulator_select.h"

#include "emulator_association.h"
#include "emulator_state.h"
#include "emulator_value.h"

#include "base_text.h"
#include "base_time.h"

#define INLINE_MAX 100 /* associations that an object shows without paging: not documented */

/* ---------------------------------------------------------------- what is wanted */

void emulator_select_begin(struct emulator_select *s, const struct emulator_type *type)
{
    *s = (struct emulator_select){.type = type};
}

void emulator_select_properties(struct emulator_select *s, struct base_span names)
{
    emulator_choice_add(&s->properties, s->type, names);
    s->asked |= names.n > 0;
}

void emulator_select_history(struct emulator_select *s, struct base_span names)
{
    emulator_choice_add(&s->history, s->type, names);
}

bool emulator_select_associations(struct emulator_select *s, struct base_span names, int64_t portal,
                                  struct base_span *ret_unknown)
{
    while (names.n > 0) {
        struct base_span name = base_span_trim(base_span_cut(&names, ','));
        const struct emulator_type *type = emulator_type_find(name, portal);
        *ret_unknown = name;
        if (type == NULL && name.n > 0)
            return false;
        if (type != NULL)
            s->associations |= 1u << emulator_type_number(type);
    }
    return true;
}

void emulator_select_end(struct emulator_select *s)
{
    const char *more = s->asked ? s->type->always : s->type->defaults;
    emulator_choice_add(&s->properties, s->type, base_span_of(more));
}

/* ---------------------------------------------------------------- one record */

static void write_properties(const struct emulator_select *s, const struct emulator_record *record,
                             struct base_jsonw *w)
{
    struct emulator_text space;
    const struct emulator_property *properties = s->type->properties;
    base_jsonw_key(w, "properties");
    base_jsonw_object(w);
    for (int i = emulator_choice_next(&s->properties, 0); i >= 0;
         i = emulator_choice_next(&s->properties, i + 1)) {
        struct base_span value = emulator_property_value(record, (unsigned)i, &space);
        base_jsonw_key(w, properties[i].name);
        if (value.p != NULL)
            base_jsonw_string(w, value);
        else
            base_jsonw_null(w);
    }
    base_jsonw_end(w);
}

static void write_history(const struct emulator_select *s, const struct emulator_record *record,
                          struct base_jsonw *w)
{
    struct emulator_text space;
    char time[32];
    base_jsonw_key(w, "propertiesWithHistory");
    base_jsonw_object(w);
    for (int i = emulator_choice_next(&s->history, 0); i >= 0;
         i = emulator_choice_next(&s->history, i + 1)) {
        struct base_span value = emulator_property_value(record, (unsigned)i, &space);
        base_jsonw_key(w, s->type->properties[i].name);
        base_jsonw_array(w);
        if (value.p != NULL) {
            base_jsonw_object(w);
            base_jsonw_member_span(w, "value", value);
            base_jsonw_member_str(w, "timestamp", base_time_iso(time, record->created_ms));
            base_jsonw_member_str(w, "sourceType", "API");
            base_jsonw_end(w);
        }
        base_jsonw_end(w);
    }
    base_jsonw_end(w);
}

/* {"results":[…]}, with "paging" when there are more than are shown. */
static void write_associated(const struct emulator_call *call, const struct emulator_record *record,
                             const struct emulator_records *to, struct base_jsonw *w)
{
    const struct emulator_records *from = record->all;
    int64_t j = emulator_association_next(from, record->index, to, 0);
    base_jsonw_object(w);
    base_jsonw_key(w, "results");
    base_jsonw_array(w);
    for (int n = 0; n < INLINE_MAX && j < to->count; n++) {
        emulator_association_write(from, to, j, w);
        j = emulator_association_next(from, record->index, to, j + 1);
    }
    base_jsonw_end(w);
    if (j < to->count) {
        char after[24], link[256];
        base_text_format(after, sizeof after, "%lld", (long long)emulator_records_id(to, j));
        base_text_format(link, sizeof link,
                         "http://localhost:%u/crm/v3/objects/%s/%lld/associations/%s?after=%s",
                         (unsigned)call->emulator->port, from->type->name, (long long)record->id,
                         to->type->name, after);
        base_jsonw_key(w, "paging");
        base_jsonw_object(w);
        base_jsonw_key(w, "next");
        base_jsonw_object(w);
        base_jsonw_member_str(w, "after", after);
        base_jsonw_member_str(w, "link", link);
        base_jsonw_end(w);
        base_jsonw_end(w);
    }
    base_jsonw_end(w);
}

/* A type of which the record has none is left out, and so is the whole member. */
static void write_associations(const struct emulator_select *s, const struct emulator_call *call,
                               const struct emulator_record *record, struct base_jsonw *w)
{
    bool open = false;
    for (size_t i = 0; i < EMULATOR_TYPES; i++) {
        struct emulator_records to;
        if ((s->associations & 1u << i) == 0)
            continue;
        emulator_call_records(call, &emulator_types[i], &to);
        if (emulator_association_next(record->all, record->index, &to, 0) == to.count)
            continue;
        if (!open) {
            base_jsonw_key(w, "associations");
            base_jsonw_object(w);
            open = true;
        }
        base_jsonw_key(w, emulator_types[i].name);
        write_associated(call, record, &to, w);
    }
    if (open)
        base_jsonw_end(w);
}

static void write_url(const struct emulator_record *record, struct base_jsonw *w)
{
    struct emulator_text url = {0};
    emulator_text_add(&url, "https://app.hubspot.com/contacts/");
    emulator_text_add_number(&url, (uint64_t)record->all->portal);
    emulator_text_add(&url, "/record/");
    emulator_text_add(&url, record->all->type->type_id);
    emulator_text_add(&url, "/");
    emulator_text_add_number(&url, (uint64_t)record->id);
    base_jsonw_member_span(w, "url", emulator_text_span(&url));
}

void emulator_select_write(const struct emulator_select *s, const struct emulator_call *call,
                           const struct emulator_record *record, struct base_jsonw *w)
{
    struct emulator_text id = {0};
    char time[32];
    emulator_text_add_number(&id, (uint64_t)record->id);
    base_jsonw_object(w);
    bool odd = call->emulator->config.odd_objects;
    if (odd) { /* nobody promises the members' order, nor that there will be no more of them */
        base_jsonw_member_str(w, "objectWriteTraceId", NULL);
        base_jsonw_key(w, "extra");
        base_jsonw_raw(w, BASE_SPAN("{\"id\":\"1\",\"properties\":[{\"email\":\"]}\"}]}"));
    }
    if (!odd)
        base_jsonw_member_span(w, "id", emulator_text_span(&id));
    if (!odd)
        write_properties(s, record, w);
    if (!emulator_choice_empty(&s->history))
        write_history(s, record, w);
    base_jsonw_member_str(w, "createdAt", base_time_iso(time, record->created_ms));
    base_jsonw_member_str(w, "updatedAt", base_time_iso(time, record->modified_ms));
    base_jsonw_member_bool(w, "archived", record->archived_ms != 0);
    if (record->archived_ms != 0)
        base_jsonw_member_str(w, "archivedAt", base_time_iso(time, record->archived_ms));
    write_url(record, w);
    if (s->associations != 0)
        write_associations(s, call, record, w);
    if (odd)
        write_properties(s, record, w);
    if (odd)
        base_jsonw_member_span(w, "id", emulator_text_span(&id));
    base_jsonw_end(w);
}
