/* The webhooks journal, and the scopes that tokens of an app itself can have: it is what they are
 * for. */
#ifndef EMULATOR_JOURNAL_H
#define EMULATOR_JOURNAL_H

#include "emulator_state.h"

enum base_status emulator_journal_init(struct emulator *e, struct base_error *err);

#endif
