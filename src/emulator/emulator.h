/* HubSpot on localhost: the consent page, tokens, contacts, limits and faults. It shares no code
 * with the client that it is there to test. docs/emulator.md says what is faithful and what is a
 * switch. */
#ifndef EMULATOR_H
#define EMULATOR_H

#include "emulator_config.h"

#include "loop.h"

struct emulator;

/* Listens on 127.0.0.1 and ::1 when this returns. `config` is copied; what its strings point to,
 * and the loop, must outlive the emulator. crypt_start() must have been called. */
enum base_status emulator_new(struct loop *loop, const struct emulator_config *config,
                              struct emulator **ret, struct base_error *err);
void emulator_free(struct emulator *e); /* cuts off whoever is connected; NULL is allowed */
uint16_t emulator_port(const struct emulator *e);

#endif
