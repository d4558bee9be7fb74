/* Where exported bytes go: standard output, or a file that appears under its name only when it is
 * complete. */
#ifndef CRM_OUTPUT_H
#define CRM_OUTPUT_H

#include "base_buf.h"

struct crm_output;

/* `path` "-" or NULL: standard output. */
enum base_status crm_output_open(const char *path, struct crm_output **ret, struct base_error *err);
/* Buffered. STORAGE when the destination failed, CANCELLED when the reader of a pipe has gone. */
enum base_status crm_output_write(struct crm_output *o, struct base_span bytes,
                                  struct base_error *err);
/* Writes what is buffered and gives the file its name. Frees in any case. */
enum base_status crm_output_commit(struct crm_output *o, struct base_error *err);
/* Leaves no file behind; what went to standard output has gone. NULL is allowed. */
void crm_output_abort(struct crm_output *o);

#endif
