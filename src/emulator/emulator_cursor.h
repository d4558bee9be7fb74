/* What stands in `after` of a list: --cursor. */
#ifndef EMULATOR_CURSOR_H
#define EMULATOR_CURSOR_H

#include "emulator_record.h"

#include "base_buf.h"

/* `how`: "id": the last record's id + 1, "last-id": that id itself, "offset": how many records,
 * archived ones included, come before, "opaque": a text from which nobody learns anything. */

/* The cursor of the page that follows record `last`. */
void emulator_cursor_write(const char *how, const struct emulator_records *r, int64_t last,
                           struct base_buf *out);
/* The index at which the page begins; false when this is no cursor. */
bool emulator_cursor_read(const char *how, const struct emulator_records *r, struct base_span text,
                          int64_t *ret_index);

#endif
