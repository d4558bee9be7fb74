/* One object as HubSpot sends it, looked at by property: v3 and dated
 * {"id":"1","properties":{"email":"…"}}, v1
 * {"vid":1,"properties":{"email":{"value":"…"}}}. Pure. */
#ifndef CRM_OBJECT_H
#define CRM_OBJECT_H

#include "crm_plan.h"
#include "crm_range.h"

/* Its id as a number below CRM_ID_MAX; false: it has none that is. */
bool crm_object_id(struct base_span object, int64_t *ret);
/* Appends the values of the columns to `out`, each ended by NUL; a property that is absent or null
 * gives an empty one. INVALID when the object is none. A NUL byte inside a value becomes '?'. */
enum base_status crm_object_values(struct base_span object, const struct crm_columns *columns,
                                   struct base_buf *out, struct base_error *err);

#endif
