/* Which properties an object has, from its definitions. */
#ifndef CRM_SCHEMA_H
#define CRM_SCHEMA_H

#include "broker_call.h"
#include "crm_plan.h"

struct crm_schema;
/* Once. OK: `names` has the internal names, sorted, with commas between them. Borrowed. */
typedef void crm_schema_fn(void *arg, enum base_status status, const char *names,
                           const struct base_error *err);

/* USAGE where the API version has no definitions. */
enum base_status crm_schema_start(struct broker *b, const char *account,
                                  const struct crm_plan *plan, crm_schema_fn *fn, void *arg,
                                  struct crm_schema **ret, struct base_error *err);
void crm_schema_cancel(struct crm_schema *s); /* NULL is allowed; no callback after it */

#endif
