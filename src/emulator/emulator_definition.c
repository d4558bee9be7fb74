/* Definitions of properties: all of a type in one answer, without paging, or one. */
#include "emulator_error.h"
#include "emulator_property.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"

#include <string.h>

static const struct {
    const char *type, *field;
} values[] = {
#define X(name, type, field) {type, field},
    EMULATOR_VALUES(X)
#undef X
};

/* "hs_lead_status" -> "Hs lead status" */
static void write_label(const char *key, const char *name, struct base_jsonw *w)
{
    char label[80];
    base_text_format(label, sizeof label, "%s", name);
    for (char *p = label; *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
    if (label[0] >= 'a' && label[0] <= 'z')
        label[0] = (char)(label[0] - 32);
    base_jsonw_member_str(w, key, label);
}

static void write_option(const char *value, int64_t order, struct base_jsonw *w)
{
    base_jsonw_object(w);
    write_label("label", value, w);
    base_jsonw_member_str(w, "value", value);
    base_jsonw_member_int(w, "displayOrder", order);
    base_jsonw_member_bool(w, "hidden", false);
    base_jsonw_end(w);
}

static void write_options(const struct emulator_property *p, struct base_jsonw *w)
{
    const struct emulator_words *words = p->options != NULL ? p->options : &emulator_options;
    base_jsonw_key(w, "options");
    base_jsonw_array(w);
    if (p->value == EMULATOR_BOOL) {
        write_option("true", 0, w);
        write_option("false", 1, w);
    }
    bool listed = p->value == EMULATOR_ENUMERATION && (p->flags & EMULATOR_OWNER) == 0;
    for (size_t i = 0; listed && i < words->count; i++) {
        bool again = i > 0 && strcmp(words->items[i - 1], words->items[i]) == 0;
        if (!again) /* a word that stands there twice is only drawn more often */
            write_option(words->items[i], (int64_t)i, w);
    }
    base_jsonw_end(w);
}

static void write_modification(const struct emulator_property *p, struct base_jsonw *w)
{
    bool own = (p->flags & EMULATOR_OWN) != 0;
    base_jsonw_key(w, "modificationMetadata");
    base_jsonw_object(w);
    base_jsonw_member_bool(w, "archivable", own);
    base_jsonw_member_bool(w, "readOnlyDefinition", !own);
    base_jsonw_member_bool(w, "readOnlyOptions", !own);
    base_jsonw_member_bool(w, "readOnlyValue", (p->flags & EMULATOR_CALCULATED) != 0);
    base_jsonw_end(w);
}

static void write_one(const struct emulator_property *p, const struct emulator_type *type,
                      int64_t order, struct base_jsonw *w)
{
    char group[64], about[192];
    bool own = (p->flags & EMULATOR_OWN) != 0, calculated = (p->flags & EMULATOR_CALCULATED) != 0;
    base_text_format(group, sizeof group, "%sinformation", type->singular);
    base_text_format(about, sizeof about, "What is known as %s of a %s. %s", p->name,
                     type->singular,
                     calculated ? "HubSpot works it out; it cannot be written." : "");
    const char *field = p->flags & EMULATOR_LONG ? "textarea" : values[p->value].field;
    base_jsonw_object(w);
    if (own)
        base_jsonw_member_str(w, "updatedAt", "2025-05-05T10:11:12.131Z");
    base_jsonw_member_str(w, "createdAt",
                          own ? "2025-05-05T10:11:12.131Z" : "1970-01-01T00:00:00Z");
    base_jsonw_member_str(w, "name", p->name);
    write_label("label", p->name, w);
    base_jsonw_member_str(w, "type", values[p->value].type);
    base_jsonw_member_str(w, "fieldType", calculated ? "calculation_equation" : field);
    base_jsonw_member_str(w, "description", about);
    base_jsonw_member_str(w, "groupName", group);
    write_options(p, w);
    base_jsonw_member_int(w, "displayOrder", order);
    base_jsonw_member_bool(w, "calculated", calculated);
    base_jsonw_member_bool(w, "externalOptions", (p->flags & EMULATOR_OWNER) != 0);
    base_jsonw_member_bool(w, "archived", false);
    base_jsonw_member_bool(w, "hasUniqueValue", (p->flags & EMULATOR_UNIQUE) != 0);
    base_jsonw_member_bool(w, "hidden", (p->flags & EMULATOR_HIDDEN) != 0);
    base_jsonw_member_bool(w, "hubspotDefined", !own);
    write_modification(p, w);
    base_jsonw_member_bool(w, "formField", !calculated && (p->flags & EMULATOR_HIDDEN) == 0);
    base_jsonw_member_str(w, "dataSensitivity", "non_sensitive");
    base_jsonw_end(w);
}

/* What the query leaves: archived ones there are none, and `properties` names some. */
static void read_query(const struct emulator_call *call, struct emulator_choice *ret, bool *ret_all)
{
    struct emulator_query fields;
    const char *name, *value;
    *ret = (struct emulator_choice){0};
    *ret_all = true;
    emulator_query_begin(&fields, call->request->query);
    while (emulator_query_next(&fields, &name, &value)) {
        bool named = strcmp(name, "properties") == 0 && value[0] != '\0';
        if (named)
            emulator_choice_add(ret, call->type, base_span_of(value));
        if (named || (strcmp(name, "archived") == 0 && strcmp(value, "true") == 0))
            *ret_all = false;
    }
    emulator_query_end(&fields);
}

void emulator_definition_list(struct emulator_call *call)
{
    struct emulator_choice chosen;
    bool all;
    struct base_jsonw w;
    const struct emulator_type *type = call->type;
    read_query(call, &chosen, &all);
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    for (int i = 0; i < (int)type->property_count; i++)
        if (all || emulator_choice_next(&chosen, i) == i)
            write_one(&type->properties[i], type, i, &w);
    base_jsonw_end(&w);
    base_jsonw_end(&w);
}

void emulator_definition_one(struct emulator_call *call)
{
    struct base_jsonw w;
    const struct emulator_type *type = call->type;
    int i = emulator_property_find(type, call->params[1]);
    if (i < 0) {
        emulator_error_plain(call, 404, "Property does not exist", "OBJECT_NOT_FOUND");
        return;
    }
    emulator_answer_json(call, 200, &w);
    write_one(&type->properties[i], type, i, &w);
}
