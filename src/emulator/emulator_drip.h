/* Answers in pieces, chunked (RFC 9112 section 7.1): all at once, a few bytes a second, or without
 * an end. */
#ifndef EMULATOR_DRIP_H
#define EMULATOR_DRIP_H

#include "emulator_call.h"

/* Sends the call's answer as its ending says, now and later, and frees the call in the end. */
void emulator_drip_begin(struct emulator_call *call);

#endif
