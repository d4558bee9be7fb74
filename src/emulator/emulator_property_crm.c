#include "emulator_value.h"

/* ---------------------------------------------------------------- what deals and tickets have */

static struct base_span amount(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add_number(t, 100 + emulator_value_draw(r, EMULATOR_TRAIT_AMOUNT, 90000));
    if (emulator_value_draw(r, EMULATOR_TRAIT_AMOUNT, 3) == 0)
        emulator_text_add(t, ".50");
    return emulator_text_span(t);
}

static struct base_span closedate(const struct emulator_record *r, struct emulator_text *t)
{
    uint64_t half_a_year = UINT64_C(86400000) * 180;
    emulator_text_add_iso(
        t, r->created_ms + (int64_t)emulator_value_draw(r, EMULATOR_TRAIT_CLOSE, half_a_year));
    return emulator_text_span(t);
}

static struct base_span dealname(const struct emulator_record *r, struct emulator_text *t)
{
    struct emulator_text company = {0};
    struct base_span name = emulator_value_company(r, &company);
    for (size_t i = 0; i < name.n; i++)
        emulator_text_add(t, (char[]){name.p[i], '\0'});
    emulator_text_add(t, " - order ");
    emulator_text_add_number(t, (uint64_t)r->index);
    return emulator_text_span(t);
}

static struct base_span currency(const struct emulator_record *r, struct emulator_text *t)
{
    (void)r;
    (void)t;
    return BASE_SPAN("USD");
}

static struct base_span pipeline_default(const struct emulator_record *r, struct emulator_text *t)
{
    (void)r;
    (void)t;
    return BASE_SPAN("default");
}

static struct base_span pipeline_first(const struct emulator_record *r, struct emulator_text *t)
{
    (void)r;
    (void)t;
    return BASE_SPAN("0");
}

static struct base_span subject(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, "Question no. ");
    emulator_text_add_number(t, (uint64_t)r->index);
    emulator_text_add(t, " from ");
    emulator_text_add(t, r->city->name);
    return emulator_text_span(t);
}

static struct base_span serial_number(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, "SN-");
    emulator_text_add_digits(t, (uint64_t)r->index, 8);
    return emulator_text_span(t);
}

/* ---------------------------------------------------------------- the tables */

/* clang-format off */
const struct emulator_property emulator_properties_company[EMULATOR_PROPERTIES_COMPANY] = {
    {"about_us", EMULATOR_STRING, 10, EMULATOR_LONG, NULL, NULL},
    {"address", EMULATOR_STRING, 60, 0, emulator_value_address, NULL},
    {"annualrevenue", EMULATOR_NUMBER, 40, 0, emulator_value_annualrevenue, NULL},
    {"city", EMULATOR_STRING, 80, 0, emulator_value_city, NULL},
    {"country", EMULATOR_STRING, 90, 0, emulator_value_country, NULL},
    {"createdate", EMULATOR_DATETIME, 100, 0, emulator_value_created, NULL},
    {"description", EMULATOR_STRING, 30, EMULATOR_LONG, NULL, NULL},
    {"domain", EMULATOR_STRING, 95, EMULATOR_UNIQUE, emulator_value_domain, NULL},
    {"facebook_company_page", EMULATOR_STRING, 2, 0, NULL, NULL},
    {"founded_year", EMULATOR_STRING, 20, 0, NULL, NULL},
    {"hs_annual_revenue_currency_code", EMULATOR_STRING, 40, 0, currency, NULL},
    {"hs_is_target_account", EMULATOR_BOOL, 10, 0, NULL, NULL},
    {"hs_lastmodifieddate", EMULATOR_DATETIME, 100, 0, emulator_value_modified, NULL},
    {"hs_lead_status", EMULATOR_ENUMERATION, 40, 0, NULL, &emulator_lead_statuses},
    {"hs_merged_object_ids", EMULATOR_STRING, 100, 0, emulator_value_merged, NULL},
    {"hs_num_open_deals", EMULATOR_NUMBER, 100, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_object_id", EMULATOR_NUMBER, 100, EMULATOR_UNIQUE, emulator_value_id, NULL},
    {"hubspot_owner_id", EMULATOR_ENUMERATION, 65, EMULATOR_OWNER, emulator_value_owner, NULL},
    {"industry", EMULATOR_ENUMERATION, 50, 0, emulator_value_industry, &emulator_industries},
    {"is_public", EMULATOR_BOOL, 60, 0, NULL, NULL},
    {"lifecyclestage", EMULATOR_ENUMERATION, 95, 0, NULL, &emulator_stages},
    {"linkedin_company_page", EMULATOR_STRING, 3, 0, NULL, NULL},
    {"name", EMULATOR_STRING, 98, 0, emulator_value_company, NULL},
    {"num_associated_contacts", EMULATOR_NUMBER, 90, EMULATOR_CALCULATED, NULL, NULL},
    {"numberofemployees", EMULATOR_NUMBER, 50, 0, NULL, NULL},
    {"phone", EMULATOR_PHONE, 60, 0, emulator_value_phone, NULL},
    {"state", EMULATOR_STRING, 80, 0, emulator_value_state, NULL},
    {"timezone", EMULATOR_STRING, 50, 0, emulator_value_timezone, NULL},
    {"type", EMULATOR_ENUMERATION, 30, 0, NULL, NULL},
    {"web_technologies", EMULATOR_STRING, 4, 0, NULL, NULL},
    {"website", EMULATOR_STRING, 70, 0, emulator_value_website, NULL},
    {"zip", EMULATOR_STRING, 60, 0, emulator_value_zip, NULL},
};

const struct emulator_property emulator_properties_deal[EMULATOR_PROPERTIES_DEAL] = {
    {"amount", EMULATOR_NUMBER, 90, 0, amount, NULL},
    {"amount_in_home_currency", EMULATOR_NUMBER, 90, EMULATOR_CALCULATED, amount, NULL},
    {"closed_lost_reason", EMULATOR_STRING, 10, EMULATOR_LONG, NULL, NULL},
    {"closed_won_reason", EMULATOR_STRING, 10, EMULATOR_LONG, NULL, NULL},
    {"closedate", EMULATOR_DATETIME, 85, 0, closedate, NULL},
    {"createdate", EMULATOR_DATETIME, 100, 0, emulator_value_created, NULL},
    {"days_to_close", EMULATOR_NUMBER, 40, EMULATOR_CALCULATED, NULL, NULL},
    {"deal_currency_code", EMULATOR_ENUMERATION, 100, 0, currency, NULL},
    {"dealname", EMULATOR_STRING, 100, 0, dealname, NULL},
    {"dealstage", EMULATOR_ENUMERATION, 100, 0, NULL, &emulator_deal_stages},
    {"dealtype", EMULATOR_ENUMERATION, 50, 0, NULL, &emulator_deal_types},
    {"description", EMULATOR_STRING, 20, EMULATOR_LONG, NULL, NULL},
    {"hs_deal_stage_probability", EMULATOR_NUMBER, 90, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_forecast_amount", EMULATOR_NUMBER, 60, 0, NULL, NULL},
    {"hs_is_closed", EMULATOR_BOOL, 100, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_is_closed_won", EMULATOR_BOOL, 100, EMULATOR_CALCULATED, NULL, NULL},
    {"hs_lastmodifieddate", EMULATOR_DATETIME, 100, 0, emulator_value_modified, NULL},
    {"hs_merged_object_ids", EMULATOR_STRING, 100, 0, emulator_value_merged, NULL},
    {"hs_next_step", EMULATOR_STRING, 15, 0, NULL, NULL},
    {"hs_object_id", EMULATOR_NUMBER, 100, EMULATOR_UNIQUE, emulator_value_id, NULL},
    {"hs_priority", EMULATOR_ENUMERATION, 30, 0, NULL, NULL},
    {"hubspot_owner_id", EMULATOR_ENUMERATION, 65, EMULATOR_OWNER, emulator_value_owner, NULL},
    {"num_associated_contacts", EMULATOR_NUMBER, 90, EMULATOR_CALCULATED, NULL, NULL},
    {"pipeline", EMULATOR_ENUMERATION, 100, 0, pipeline_default, NULL},
};

const struct emulator_property emulator_properties_ticket[EMULATOR_PROPERTIES_TICKET] = {
    {"closed_date", EMULATOR_DATETIME, 50, 0, closedate, NULL},
    {"content", EMULATOR_STRING, 85, EMULATOR_LONG, emulator_value_message, NULL},
    {"createdate", EMULATOR_DATETIME, 100, 0, emulator_value_created, NULL},
    {"first_agent_reply_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"hs_lastmodifieddate", EMULATOR_DATETIME, 100, 0, emulator_value_modified, NULL},
    {"hs_merged_object_ids", EMULATOR_STRING, 100, 0, emulator_value_merged, NULL},
    {"hs_object_id", EMULATOR_NUMBER, 100, EMULATOR_UNIQUE, emulator_value_id, NULL},
    {"hs_pipeline", EMULATOR_ENUMERATION, 100, 0, pipeline_first, NULL},
    {"hs_pipeline_stage", EMULATOR_ENUMERATION, 100, 0, NULL, &emulator_ticket_stages},
    {"hs_resolution", EMULATOR_ENUMERATION, 30, 0, NULL, NULL},
    {"hs_ticket_category", EMULATOR_ENUMERATION, 40, 0, NULL, NULL},
    {"hs_ticket_id", EMULATOR_NUMBER, 100, EMULATOR_CALCULATED, emulator_value_id, NULL},
    {"hs_ticket_priority", EMULATOR_ENUMERATION, 70, 0, NULL, NULL},
    {"hubspot_owner_id", EMULATOR_ENUMERATION, 65, EMULATOR_OWNER, emulator_value_owner, NULL},
    {"last_reply_date", EMULATOR_DATETIME, 60, 0, NULL, NULL},
    {"nps_score", EMULATOR_NUMBER, 10, 0, NULL, NULL},
    {"num_notes", EMULATOR_NUMBER, 20, 0, NULL, NULL},
    {"source_type", EMULATOR_ENUMERATION, 90, 0, NULL, NULL},
    {"subject", EMULATOR_STRING, 97, 0, subject, NULL},
    {"time_to_close", EMULATOR_NUMBER, 50, EMULATOR_CALCULATED, NULL, NULL},
};

const struct emulator_property emulator_properties_custom[EMULATOR_PROPERTIES_CUSTOM] = {
    {"hs_createdate", EMULATOR_DATETIME, 100, 0, emulator_value_created, NULL},
    {"hs_lastmodifieddate", EMULATOR_DATETIME, 100, 0, emulator_value_modified, NULL},
    {"hs_merged_object_ids", EMULATOR_STRING, 100, 0, emulator_value_merged, NULL},
    {"hs_object_id", EMULATOR_NUMBER, 100, EMULATOR_UNIQUE, emulator_value_id, NULL},
    {"hubspot_owner_id", EMULATOR_ENUMERATION, 65, EMULATOR_OWNER, emulator_value_owner, NULL},
    {"in_service", EMULATOR_BOOL, 90, EMULATOR_OWN, NULL, NULL},
    {"model", EMULATOR_STRING, 95, EMULATOR_OWN, emulator_value_company, NULL},
    {"notes", EMULATOR_STRING, 30, EMULATOR_OWN | EMULATOR_LONG, emulator_value_message, NULL},
    {"price", EMULATOR_NUMBER, 80, EMULATOR_OWN, amount, NULL},
    {"purchased_on", EMULATOR_DATE, 70, EMULATOR_OWN, NULL, NULL},
    {"serial_number", EMULATOR_STRING, 100, EMULATOR_OWN | EMULATOR_UNIQUE, serial_number, NULL},
};
/* clang-format on */
