/* Where exported bytes go: standard output, or a file that appears under its name only when it is
 * complete, and that can be gone on with when it was not (crm_part.h). */
#ifndef CRM_OUTPUT_H
#define CRM_OUTPUT_H

#include "crm_state.h"

struct crm_output;

/* `path` "-" or NULL: standard output. */
enum base_status crm_output_open(const char *path, struct crm_output **ret, struct base_error *err);
/* What is written from now on is looked at by a person on a terminal: it is made printable (B10),
 * for which each write holds whole characters, and goes there at once. */
void crm_output_show(struct crm_output *o);
/* `before` is called before each write to the destination: a line of progress on the same terminal
 * has to go first. */
void crm_output_before(struct crm_output *o, void (*before)(void *arg), void *arg);
/* What an earlier process left; see crm_part_found(). */
const struct crm_state *crm_output_found(const struct crm_output *o, const char **ret_why);
/* Before the first byte; see crm_part_begin(). */
enum base_status crm_output_begin(struct crm_output *o, const struct crm_state *state,
                                  struct base_error *err);
bool crm_output_is_empty(const struct crm_output *o);
/* Buffered, but for a person. STORAGE when the destination failed, CANCELLED when the reader of a
 * pipe has gone. */
enum base_status crm_output_write(struct crm_output *o, struct base_span bytes,
                                  struct base_error *err);
/* What was written so far goes to where it goes, and belongs to this position. */
enum base_status crm_output_mark(struct crm_output *o, const struct crm_position *at,
                                 struct base_error *err);
/* Writes what is buffered and gives the file its name; see crm_part_commit(). Frees when OK. */
enum base_status crm_output_commit(struct crm_output *o, bool keep_state, struct base_error *err);
/* What went to standard output has gone. How many rows of a file can be gone on with; -1: it is no
 * more, or was none. NULL is allowed. */
int64_t crm_output_abort(struct crm_output *o);

#endif
