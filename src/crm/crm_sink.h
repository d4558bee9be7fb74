/* The sink port: takes objects one by one, as HubSpot sent them. Backends: NDJSON, CSV, a table for
 * people. */
#ifndef CRM_SINK_H
#define CRM_SINK_H

#include "crm_output.h"
#include "crm_plan.h"

struct crm_sink;

struct crm_sink_ops {
    /* One object, in the order in which they come; the span is borrowed for the time of the call.
     */
    enum base_status (*row)(struct crm_sink *s, struct base_span object, struct base_error *err);
    /* All rows of some pages were given: they and this position belong together, or none of them is
     * there for whoever goes on. NULL: what the sink writes cannot be gone on with. */
    enum base_status (*mark)(struct crm_sink *s, const struct crm_position *at,
                             struct base_error *err);
    /* All rows were given: write what is left. Called at most once. */
    enum base_status (*finish)(struct crm_sink *s, struct base_error *err);
    void (*free)(struct crm_sink *s); /* not the output */
};

struct crm_sink { /* a backend embeds it as its first member */
    const struct crm_sink_ops *ops;
};

/* HubSpot's objects unchanged, one a line. All borrow the output. */
enum base_status crm_ndjson_new(struct crm_output *o, struct crm_sink **ret,
                                struct base_error *err);
/* RFC 4180 with a header line; "\r\n" line ends; a null or absent property is an empty field. With
 * `escape_formulas` a value that a spreadsheet would run has a ' before it. */
enum base_status crm_csv_new(struct crm_output *o, const struct crm_plan *plan,
                             bool escape_formulas, struct crm_sink **ret, struct base_error *err);
/* Aligned columns, written when all rows are known. */
enum base_status crm_table_new(struct crm_output *o, const struct crm_plan *plan, bool bold,
                               struct crm_sink **ret, struct base_error *err);

enum base_status crm_sink_row(struct crm_sink *s, struct base_span object, struct base_error *err);
bool crm_sink_marks(const struct crm_sink *s); /* whether it does anything with a mark */
enum base_status crm_sink_mark(struct crm_sink *s, const struct crm_position *at,
                               struct base_error *err);
enum base_status crm_sink_finish(struct crm_sink *s, struct base_error *err);
void crm_sink_free(struct crm_sink *s); /* NULL is allowed */

#endif
