/* The HTML that people see: the consent page, and the page that says why there is none. */
#ifndef EMULATOR_PAGE_H
#define EMULATOR_PAGE_H

#include "emulator_consent.h"

void emulator_page_consent(struct emulator_call *call, const struct emulator_consent *consent,
                           const char *form_token);
/* The app's own settings are shown as well when c->app is known. */
void emulator_page_refusal(struct emulator_call *call, const struct emulator_consent *c,
                           const struct emulator_refusal *refusal);

#endif
