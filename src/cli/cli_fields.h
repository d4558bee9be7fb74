/* Fields of a request by name, as `gh api` takes them: -f name=text, -F name=value, where value may
 * be true, false, null, a number, or @FILE. "properties[email]" is a member of an object, "ids[]"
 * an element of an array. They become a JSON body, or parameters of the query. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "base_buf.h"
#include "base_opt.h"

/* USAGE with the field named when one makes no sense. Files are read here. */
enum base_status cli_fields_body(const struct base_opt_list *texts,
                                 const struct base_opt_list *values, struct base_buf *out,
                                 struct base_error *err);
/* Appended to a target that may have a query. */
enum base_status cli_fields_query(const struct base_opt_list *texts,
                                  const struct base_opt_list *values, struct base_buf *target,
                                  struct base_error *err);

#endif
