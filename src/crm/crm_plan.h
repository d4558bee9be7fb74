/* What to read: which objects, on which API version, with which properties, and the requests that
 * follow from it. Pure. */
#ifndef CRM_PLAN_H
#define CRM_PLAN_H

#include "base_buf.h"

#define CRM_PAGE_SIZE 100   /* HubSpot's largest, on v1, v3 and dated lists */
#define CRM_PROPERTIES 2000 /* HubSpot lets a portal define 1,000 of an object besides its own */
#define CRM_TARGET_MAX (64u << 10)

struct crm_plan {
    const char *object;       /* "contacts", or a type id such as "2-40123456" */
    const char *api_version;  /* of hubspot_endpoints_find() */
    const char *properties;   /* "email,firstname"; NULL: HubSpot's default set */
    const char *associations; /* "companies,deals"; NULL: none */
    bool archived;
    bool sorted;   /* in HubSpot's order, which is that of ids */
    bool tabular;  /* rows become columns: the properties of the columns are asked for */
    int64_t limit; /* rows; 0: all */
};

/* Names are spans of the plan's `properties` or static. */
struct crm_columns {
    struct base_span names[CRM_PROPERTIES + 1];
    size_t count; /* the first is the object's id */
};

/* USAGE: unknown object or version, malformed or too many properties, a combination that HubSpot
 * does not have. */
enum base_status crm_plan_check(const struct crm_plan *plan, struct base_error *err);
/* The first request's path and query, asking for at most `rows` rows (0: a full page). The plan has
 * been checked. */
void crm_plan_target(const struct crm_plan *plan, int64_t rows, struct base_buf *out);
/* The parameter of the list that takes its cursor. */
const char *crm_plan_cursor(const struct crm_plan *plan);
/* Whether rows are wanted in the list's order, or the list cannot be begun anywhere. */
bool crm_plan_one_cursor(const struct crm_plan *plan);
/* The search that knows how many there are and which id is the highest: its path, and its body. */
void crm_plan_search(const struct crm_plan *plan, struct base_buf *out);
#define CRM_PLAN_LAST                                                                              \
    "{\"limit\":1,\"properties\":[\"hs_object_id\"],"                                              \
    "\"sorts\":[{\"propertyName\":\"hs_object_id\",\"direction\":\"DESCENDING\"}]}"
/* The path of the definitions of an object's properties. USAGE where the version has none. */
enum base_status crm_plan_definitions(const struct crm_plan *plan, struct base_buf *out,
                                      struct base_error *err);
/* Whether the properties do not fit into a URL: then the list gives ids, and a batch read the rest.
 */
bool crm_plan_is_batch(const struct crm_plan *plan);
/* The path of the batch read, and the beginning of its body: inputs and "]}" follow. */
void crm_plan_batch(const struct crm_plan *plan, struct base_buf *target, struct base_buf *body);
/* The rest of a row's associations with one type, in the form in which the row has the first (that
 * of v3). */
void crm_plan_associations(const struct crm_plan *plan, struct base_span id, struct base_span type,
                           const char *after, struct base_buf *out);
void crm_plan_columns(const struct crm_plan *plan, struct crm_columns *ret);

#endif
