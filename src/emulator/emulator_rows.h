/* Answers of any length, which nobody holds: rows of JSON that are made as the client takes them.
 */
#ifndef EMULATOR_ROWS_H
#define EMULATOR_ROWS_H

#include "emulator_call.h"

/* Sends the head and answer.rows rows, now and later, and frees the call in the end. Cut: the half
 * of them. */
void emulator_rows_begin(struct emulator_call *call);
/* How many rows make an answer of about so many bytes. */
int64_t emulator_rows_in(int64_t bytes);

#endif
