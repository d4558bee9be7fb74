#include "emulator_type.h"

#include "emulator_property.h"

#include <string.h>

#define CONTACT_ALWAYS "createdate,hs_object_id,lastmodifieddate"
#define ALWAYS "createdate,hs_lastmodifieddate,hs_object_id"
#define CUSTOM_ALWAYS "hs_createdate,hs_lastmodifieddate,hs_object_id"

/* Default properties: HubSpot's guides of each object. */
const struct emulator_type emulator_types[EMULATOR_TYPES] = {
    {.name = "contacts",
     .singular = "contact",
     .type_id = "0-1",
     .scope = "crm.objects.contacts.read",
     .schema_scope = "crm.schemas.contacts.read",
     .modified = "lastmodifieddate", /* every other object: hs_lastmodifieddate */
     .defaults = CONTACT_ALWAYS ",email,firstname,lastname",
     .always = CONTACT_ALWAYS,
     .properties = emulator_properties_contact,
     .property_count = EMULATOR_PROPERTIES_CONTACT},
    {.name = "companies",
     .singular = "company",
     .type_id = "0-2",
     .scope = "crm.objects.companies.read",
     .schema_scope = "crm.schemas.companies.read",
     .modified = "hs_lastmodifieddate",
     .defaults = ALWAYS ",domain,name",
     .always = ALWAYS,
     .properties = emulator_properties_company,
     .property_count = EMULATOR_PROPERTIES_COMPANY},
    {.name = "deals",
     .singular = "deal",
     .type_id = "0-3",
     .scope = "crm.objects.deals.read",
     .schema_scope = "crm.schemas.deals.read",
     .modified = "hs_lastmodifieddate",
     .defaults = ALWAYS ",amount,closedate,dealname,dealstage,pipeline",
     .always = ALWAYS,
     .properties = emulator_properties_deal,
     .property_count = EMULATOR_PROPERTIES_DEAL},
    {.name = "tickets",
     .singular = "ticket",
     .type_id = "0-5",
     .scope = "tickets",
     .schema_scope = "tickets",
     .modified = "hs_lastmodifieddate",
     .defaults = ALWAYS ",content,hs_pipeline,hs_pipeline_stage,hs_ticket_category,"
                        "hs_ticket_priority,subject",
     .always = ALWAYS,
     .properties = emulator_properties_ticket,
     .property_count = EMULATOR_PROPERTIES_TICKET},
    {.name = EMULATOR_CUSTOM_NAME,
     .singular = EMULATOR_CUSTOM_NAME,
     .type_id = "2-40123456",
     .scope = "crm.objects.custom.read",
     .schema_scope = "crm.schemas.custom.read",
     .modified = "hs_lastmodifieddate",
     .defaults = CUSTOM_ALWAYS,
     .always = CUSTOM_ALWAYS,
     .custom = true,
     .properties = emulator_properties_custom,
     .property_count = EMULATOR_PROPERTIES_CUSTOM},
};

static bool is_own_name(struct base_span text, const struct emulator_type *type, int64_t portal)
{
    int64_t number;
    if (text.n == 0 || text.p[0] != 'p' || !base_span_ends(text, "_" EMULATOR_CUSTOM_NAME))
        return false;
    struct base_span between = {text.p + 1, text.n - strlen(type->name) - 2};
    return between.n == 0 || (base_span_int64(between, &number) &&
                              (portal == EMULATOR_ANY_PORTAL || number == portal));
}

const struct emulator_type *emulator_type_find(struct base_span text, int64_t portal)
{
    for (size_t i = 0; i < EMULATOR_TYPES; i++) {
        const struct emulator_type *type = &emulator_types[i];
        if (base_span_is(text, type->name) || base_span_is(text, type->type_id) ||
            (type->custom && is_own_name(text, type, portal)))
            return type;
    }
    return NULL;
}

uint64_t emulator_type_number(const struct emulator_type *type)
{
    return (uint64_t)(type - emulator_types);
}
