#include "crm_plan.h"

#include "base_url.h"
#include "hubspot_endpoint.h"

/* v1 gives firstname, lastname and company by default, and the address only when it is asked for.
 */
#define COLUMNS_V1 "email,firstname,lastname,company,lastmodifieddate"
#define COLUMNS "email,firstname,lastname,createdate,lastmodifieddate"

static bool is_v1(const struct crm_plan *plan)
{
    return strcmp(plan->api_version, "v1") == 0;
}

static const char *wanted(const struct crm_plan *plan)
{
    if (plan->properties)
        return plan->properties;
    return !plan->tabular ? NULL : is_v1(plan) ? COLUMNS_V1 : COLUMNS;
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

static enum base_status check_properties(const char *properties, struct base_error *err)
{
    struct base_span rest = base_span_of(properties);
    size_t count = 0;

    while (rest.p) {
        struct base_span name = base_span_trim(base_span_cut(&rest, ','));

        if (!property_name_valid(name))
            return base_fail(
                err, BASE_USAGE, "reading --properties",
                "\"%.*s\" is no property's name: internal names have letters, digits and _",
                BASE_SPAN_ARG(base_span_first(name, 64)));
        if (++count > CRM_PROPERTIES)
            return base_fail(err, BASE_USAGE, "reading --properties", "more than %d properties",
                             CRM_PROPERTIES);
    }
    return BASE_OK;
}

enum base_status crm_plan_check(const struct crm_plan *plan, struct base_error *err)
{
    if (strcmp(plan->object, "contacts") != 0) {
        base_fail(err, BASE_USAGE, "planning the export", "\"%s\" cannot be exported",
                  plan->object);
        base_error_hint(err, "hubauth export contacts; for other objects: hubauth api --paginate "
                             "/crm/objects/2026-03/OBJECT");
        return BASE_USAGE;
    }
    if (!hubspot_endpoints_find(plan->api_version)) {
        base_fail(err, BASE_USAGE, "planning the export", "there is no API version \"%s\"",
                  plan->api_version);
        base_error_hint(err, "one of %s", hubspot_endpoints_versions());
        return BASE_USAGE;
    }
    if (plan->archived && is_v1(plan))
        return base_fail(err, BASE_USAGE, "planning the export",
                         "API v1 does not list archived contacts");
    return plan->properties ? check_properties(plan->properties, err) : BASE_OK;
}

static void add_properties_v1(const char *properties, struct base_buf *out)
{
    struct base_span rest = base_span_of(properties);

    while (rest.p) {
        base_buf_add_str(out, "&property=");
        base_url_encode(out, base_span_trim(base_span_cut(&rest, ',')));
    }
}

static void add_properties(const char *properties, struct base_buf *out)
{
    struct base_span rest = base_span_of(properties);

    /* A comma is not encoded here: HubSpot's URL limit counts, and it takes it as it is. */
    for (const char *before = "&properties="; rest.p; before = ",") {
        base_buf_add_str(out, before);
        base_url_encode(out, base_span_trim(base_span_cut(&rest, ',')));
    }
}

void crm_plan_target(const struct crm_plan *plan, int64_t rows, struct base_buf *out)
{
    const struct hubspot_endpoints *e = hubspot_endpoints_find(plan->api_version);
    const char *properties = wanted(plan);
    int64_t size = rows > 0 && rows < CRM_PAGE_SIZE ? rows : CRM_PAGE_SIZE;

    base_buf_add_str(out, e->contacts);
    base_buf_printf(out, is_v1(plan) ? "?count=%d" : "?limit=%d", (int)size);
    if (properties && is_v1(plan))
        add_properties_v1(properties, out);
    else if (properties)
        add_properties(properties, out);
    if (plan->archived)
        base_buf_add_str(out, "&archived=true");
}

bool crm_plan_one_cursor(const struct crm_plan *plan)
{
    return plan->sorted || plan->limit > 0 || is_v1(plan);
}

void crm_plan_search(const struct crm_plan *plan, struct base_buf *out)
{
    base_buf_add_str(out, hubspot_endpoints_find(plan->api_version)->contacts);
    base_buf_add_str(out, "/search");
}

void crm_plan_columns(const struct crm_plan *plan, struct crm_columns *ret)
{
    const char *properties = wanted(plan);
    struct base_span rest = base_span_of(properties    ? properties
                                         : is_v1(plan) ? COLUMNS_V1
                                                       : COLUMNS);

    *ret = (struct crm_columns){.count = 1};
    ret->names[0] = is_v1(plan) ? BASE_SPAN("vid") : BASE_SPAN("id");
    while (rest.p && ret->count <= CRM_PROPERTIES)
        ret->names[ret->count++] = base_span_trim(base_span_cut(&rest, ','));
}
