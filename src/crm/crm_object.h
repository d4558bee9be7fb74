/* One object as HubSpot sends it, looked at by property: v3 and dated
 * {"id":"1","properties":{"email":"…"}}, v1
 * {"vid":1,"properties":{"email":{"value":"…"}}}. Pure. */
#ifndef CRM_OBJECT_H
#define CRM_OBJECT_H

#include "base_json.h"
#include "crm_plan.h"
#include "crm_range.h"

#define CRM_OBJECT_BUCKETS 256

/* Objects as rows of a table. */
struct crm_table_row {
    struct crm_columns columns;
    /* Of the object that was read last, a value for each column: spans of it, empty where a
     * property is absent or null. */
    struct base_json_value values[CRM_PROPERTIES + 1];
    /* Columns by name: of each bucket the first, and the one after each; 0: none. */
    uint16_t first[CRM_OBJECT_BUCKETS], next[CRM_PROPERTIES + 1];
};

void crm_table_row_init(struct crm_table_row *t, const struct crm_plan *plan);
/* INVALID when the object is none. */
enum base_status crm_table_row_read(struct crm_table_row *t, struct base_span object,
                                    struct base_error *err);

/* What a cell shows: a span of the object, or of `room`, which is overwritten, where a string has
 * to be decoded. A NUL byte becomes '?'. Short of memory `room` says so. */
struct base_span crm_object_text(const struct base_json_value *v, struct base_buf *room);
/* How many of `names`, separated by commas, stand in none of the objects' properties; *ret_first is
 * the first of them. */
size_t crm_object_absent(const char *names, const struct base_span *objects, size_t count,
                         struct base_span *ret_first);
/* Its id as a number below CRM_ID_MAX; false: it has none that is. */
bool crm_object_id(struct base_span object, int64_t *ret);

#endif
