/* Client authentication at the token endpoints: id and secret in the form; with --basic-auth by
 * HTTP Basic too. */
#ifndef EMULATOR_CLIENT_H
#define EMULATOR_CLIENT_H

#include "emulator_call.h"

/* A parameter of the body. OAuth v1 takes client_secret and refresh_token from the query too, which
 * is what v3 was made to end. NULL when absent. */
const char *emulator_client_parameter(const struct emulator_call *call, const char *name);
/* The app's index in *ret_app; false after answering BAD_CLIENT_ID or BAD_CLIENT_SECRET. */
bool emulator_client_check(struct emulator_call *call, int *ret_app);

#endif
