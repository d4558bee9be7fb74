/* A file that an export fills: FILE.hubauth-part until it is complete, and beside it
 * FILE.hubauth-state, which says how far it has come (crm_state.h). Whoever ends the process, and
 * however, the next one can go on from there. */
#ifndef CRM_PART_H
#define CRM_PART_H

#include "crm_state.h"

#define CRM_PART_SUFFIX ".hubauth-part"
#define CRM_STATE_SUFFIX ".hubauth-state"

struct crm_part;

/* BUSY: another process is filling it. Nothing is changed yet. */
enum base_status crm_part_open(const char *path, struct crm_part **ret, struct base_error *err);
/* What an earlier process left, NULL: nothing that can be gone on with; *ret_why then says why, ""
 * when there was no state. `complete`: all is there, crm_part_commit() is all that is to be done.
 */
const struct crm_state *crm_part_found(const struct crm_part *p, const char **ret_why);
/* Begins with the rows of the state's mark, bytes 0: with none; what lies behind them in the file
 * is cut off. Its options stay the caller's until the end. */
enum base_status crm_part_begin(struct crm_part *p, const struct crm_state *state,
                                struct base_error *err);
enum base_status crm_part_write(struct crm_part *p, struct base_span bytes, struct base_error *err);
int64_t crm_part_bytes(const struct crm_part *p);
/* All that was written so far belongs to this position. */
enum base_status crm_part_mark(struct crm_part *p, const struct crm_position *at,
                               struct base_error *err);
/* Gives the file its name; with `keep_state` its state stays, and says that it is complete. Frees
 * when OK; after a failure crm_part_close() is still to be called. */
enum base_status crm_part_commit(struct crm_part *p, bool keep_state, struct base_error *err);
/* Keeps what can be gone on with, and removes what cannot. How many rows are kept; -1: nothing is.
 */
int64_t crm_part_close(struct crm_part *p);
/* Removes the state that crm_part_commit() kept, unless it is another export's by now. */
void crm_part_forget(const char *path);

#endif
