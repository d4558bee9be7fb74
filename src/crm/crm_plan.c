#include "crm_plan.h"

#include "base_text.h"
#include "base_url.h"
#include "hubspot_endpoint.h"

/* Properties beyond it come by batch read. The whole URL may have 8,000 bytes by one report and
 * 16,000 by another (dlt-hub/verified-sources #311, PostHog #31617). */
#define URL_PROPERTIES 7000

/* What a table shows when nobody says. v1 gives firstname, lastname and company by default, and the
 * address only when it is asked for. */
#define COLUMNS_V1 "email,firstname,lastname,company,lastmodifieddate"
static const struct {
    const char *object, *type, *columns;
} known[] = {
    {"contacts", "0-1", "email,firstname,lastname,createdate,lastmodifieddate"},
    {"companies", "0-2", "name,domain,createdate,hs_lastmodifieddate"},
    {"deals", "0-3", "dealname,dealstage,amount,closedate,createdate,hs_lastmodifieddate"},
    {"tickets", "0-5", "subject,hs_pipeline_stage,createdate,hs_lastmodifieddate"},
};

static bool is_v1(const struct crm_plan *plan)
{
    return strcmp(plan->api_version, "v1") == 0;
}

/* NULL where nobody knows the object's properties. */
static const char *columns_of(const struct crm_plan *plan)
{
    if (is_v1(plan))
        return COLUMNS_V1;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(plan->object, known[i].object) == 0 || strcmp(plan->object, known[i].type) == 0)
            return known[i].columns;
    }
    return NULL;
}

static const char *wanted(const struct crm_plan *plan)
{
    return plan->properties ? plan->properties : plan->tabular ? columns_of(plan) : NULL;
}

static bool property_name_valid(struct base_span name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '-' && c != '.')
            return false;
    }
    return name.n > 0 && name.n <= 255;
}

/* `name` is a span of the list. Two columns of one name could not both have its value. */
static enum base_status check_once(const char *list, struct base_span name, const char *doing,
                                   struct base_error *err)
{
    struct base_span before = {list, (size_t)(name.p - list)};

    while (before.p) {
        if (base_span_eq(base_span_trim(base_span_cut(&before, ',')), name))
            return base_fail(err, BASE_USAGE, doing, "\"%.*s\" is named twice",
                             BASE_SPAN_ARG(base_span_first(name, 64)));
    }
    return BASE_OK;
}

static enum base_status check_properties(const char *properties, struct base_error *err)
{
    static const char doing[] = "reading --properties";
    struct base_span rest = base_span_of(properties);
    size_t count = 0;

    while (rest.p) {
        struct base_span name = base_span_trim(base_span_cut(&rest, ','));
        enum base_status status;

        if (!property_name_valid(name))
            return base_fail(
                err, BASE_USAGE, doing,
                "\"%.*s\" is no property's name: internal names have letters, digits and _",
                BASE_SPAN_ARG(base_span_first(name, 64)));
        if (++count > CRM_PROPERTIES)
            return base_fail(err, BASE_USAGE, doing, "more than %d properties", CRM_PROPERTIES);
        status = check_once(properties, name, doing, err);
        if (status)
            return status;
    }
    return BASE_OK;
}

/* Names and type ids of objects: contacts, 0-1, 2-40123456, p_machine, p1234567_machine. */
static enum base_status check_object(const char *name, const char *doing, struct base_error *err)
{
    struct base_span span = base_span_of(name);

    if (property_name_valid(span) && !memchr(span.p, '.', span.n))
        return BASE_OK;
    base_fail(err, BASE_USAGE, doing, "\"%.64s\" is no object's name or type id", name);
    base_error_hint(err, "contacts, companies, deals, tickets, or a type id such as 2-40123456");
    return BASE_USAGE;
}

static enum base_status check_associations(const char *associations, struct base_error *err)
{
    struct base_span rest = base_span_of(associations);
    char name[256];

    while (rest.p) {
        struct base_span one = base_span_trim(base_span_cut(&rest, ','));
        enum base_status status;

        (void)base_text_copy(name, sizeof(name), one);
        status = check_object(name, "reading --associations", err);
        if (!status)
            status = check_once(associations, one, "reading --associations", err);
        if (status)
            return status;
    }
    return BASE_OK;
}

static enum base_status check_v1(const struct crm_plan *plan, struct base_error *err)
{
    if (strcmp(plan->object, "contacts") != 0 && strcmp(plan->object, "0-1") != 0)
        return base_fail(err, BASE_USAGE, "planning the export", "API v1 lists contacts alone");
    if (plan->archived || plan->associations)
        return base_fail(err, BASE_USAGE, "planning the export", "API v1 does not list %s",
                         plan->archived ? "archived contacts" : "associations");
    if (plan->properties && strlen(plan->properties) > URL_PROPERTIES)
        return base_fail(err, BASE_USAGE, "planning the export",
                         "so many properties do not fit into a URL of API v1");
    return BASE_OK;
}

enum base_status crm_plan_check(const struct crm_plan *plan, struct base_error *err)
{
    enum base_status status = check_object(plan->object, "planning the export", err);

    if (status)
        return status;
    if (!hubspot_endpoints_find(plan->api_version)) {
        base_fail(err, BASE_USAGE, "planning the export", "there is no API version \"%s\"",
                  plan->api_version);
        base_error_hint(err, "one of %s", hubspot_endpoints_versions());
        return BASE_USAGE;
    }
    if (is_v1(plan) && (status = check_v1(plan, err)))
        return status;
    if (plan->tabular && !wanted(plan)) {
        base_fail(err, BASE_USAGE, "planning the export",
                  "nobody knows which columns \"%.64s\" has", plan->object);
        base_error_hint(err, "name them with --properties, or take all: --properties all");
        return BASE_USAGE;
    }
    if (plan->tabular && plan->associations) {
        base_fail(err, BASE_USAGE, "planning the export",
                  "associations have no column: any number of them belongs to a row");
        base_error_hint(err, "--format ndjson has them");
        return BASE_USAGE;
    }
    status = plan->properties ? check_properties(plan->properties, err) : BASE_OK;
    return status || !plan->associations ? status : check_associations(plan->associations, err);
}

static void add_properties_v1(const char *properties, struct base_buf *out)
{
    struct base_span rest = base_span_of(properties);

    while (rest.p) {
        base_buf_add_str(out, "&property=");
        base_url_encode(out, base_span_trim(base_span_cut(&rest, ',')));
    }
}

static void add_list(const char *before, const char *names, struct base_buf *out)
{
    struct base_span rest = base_span_of(names);

    /* A comma is not encoded here: HubSpot's URL limit counts, and it takes it as it is. */
    for (; rest.p; before = ",") {
        base_buf_add_str(out, before);
        base_url_encode(out, base_span_trim(base_span_cut(&rest, ',')));
    }
}

static void add_path(const struct crm_plan *plan, const char *more, struct base_buf *out)
{
    base_buf_add_str(out, hubspot_endpoints_find(plan->api_version)->objects);
    base_buf_add_str(out, plan->object);
    base_buf_add_str(out, more);
}

bool crm_plan_is_batch(const struct crm_plan *plan)
{
    return !is_v1(plan) && plan->properties && strlen(plan->properties) > URL_PROPERTIES;
}

static void target_v1(const struct crm_plan *plan, int size, struct base_buf *out)
{
    base_buf_printf(out, "%s?count=%d", hubspot_endpoints_find("v1")->contacts, size);
    if (wanted(plan))
        add_properties_v1(wanted(plan), out);
}

void crm_plan_target(const struct crm_plan *plan, int64_t rows, struct base_buf *out)
{
    int size = rows > 0 && rows < CRM_PAGE_SIZE ? (int)rows : CRM_PAGE_SIZE;

    if (is_v1(plan)) {
        target_v1(plan, size, out);
        return;
    }
    add_path(plan, "", out);
    base_buf_printf(out, "?limit=%d", size);
    if (crm_plan_is_batch(plan))
        base_buf_add_str(out, "&properties=hs_object_id");
    else if (wanted(plan))
        add_list("&properties=", wanted(plan), out);
    if (plan->associations)
        add_list("&associations=", plan->associations, out);
    if (plan->archived)
        base_buf_add_str(out, "&archived=true");
}

void crm_plan_batch(const struct crm_plan *plan, struct base_buf *target, struct base_buf *body)
{
    struct base_span rest = base_span_of(plan->properties);

    add_path(plan, plan->archived ? "/batch/read?archived=true" : "/batch/read", target);
    for (const char *before = "{\"properties\":[\""; rest.p; before = "\",\"") {
        base_buf_add_str(body, before);
        base_buf_add_span(body, base_span_trim(base_span_cut(&rest, ',')));
    }
    base_buf_add_str(body, "\"],\"inputs\":[");
}

void crm_plan_associations(const struct crm_plan *plan, struct base_span id, struct base_span type,
                           const char *after, struct base_buf *out)
{
    base_buf_printf(out, "/crm/v3/objects/%s/", plan->object);
    base_url_encode(out, id);
    base_buf_add_str(out, "/associations/");
    base_url_encode(out, type);
    base_buf_add_str(out, "?limit=500&after=");
    base_url_encode(out, base_span_of(after));
}

const char *crm_plan_cursor(const struct crm_plan *plan)
{
    return is_v1(plan) ? "vidOffset" : "after";
}

bool crm_plan_one_cursor(const struct crm_plan *plan)
{
    return plan->sorted || plan->limit > 0 || is_v1(plan);
}

enum base_status crm_plan_definitions(const struct crm_plan *plan, struct base_buf *out,
                                      struct base_error *err)
{
    const char *path = hubspot_endpoints_find(plan->api_version)->properties;

    if (!path)
        return base_fail(err, BASE_USAGE, "reading the properties",
                         "API v1 does not name them all; take --api v3, or name some");
    base_buf_add_str(out, path);
    base_buf_add_str(out, plan->object);
    return BASE_OK;
}

void crm_plan_search(const struct crm_plan *plan, struct base_buf *out)
{
    add_path(plan, "/search", out);
}

void crm_plan_columns(const struct crm_plan *plan, struct crm_columns *ret)
{
    const char *properties = wanted(plan);
    struct base_span rest = base_span_of(properties ? properties : columns_of(plan));

    *ret = (struct crm_columns){.count = 1};
    ret->names[0] = is_v1(plan) ? BASE_SPAN("vid") : BASE_SPAN("id");
    while (rest.p && ret->count <= CRM_PROPERTIES)
        ret->names[ret->count++] = base_span_trim(base_span_cut(&rest, ','));
}
