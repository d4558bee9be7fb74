/* Tokens of private apps: they do not expire, belong to the first account, and have limits of their
 * own, one of them for the day. */
#ifndef EMULATOR_PRIVATE_H
#define EMULATOR_PRIVATE_H

#include "emulator_call.h"

/* Remembers the tokens of --private-app-token. */
enum base_status emulator_private_init(struct emulator *e, struct base_error *err);
/* Counts the call of this day; false when it is one too many and is answered so. */
bool emulator_private_day(struct emulator_call *call);

#endif
