/* The HTML that people see: the consent page, and the page that says why there is none. */
#ifndef EMULATOR_PAGE_H
#define EMULATOR_PAGE_H

#include "emulator_call.h"

/* An authorization request that is in order. */
struct emulator_consent {
    struct emulator_grant grant; /* what the code will stand for */
    bool portal_fixed;           /* the account was named in the path */
};

struct emulator_refusal {
    const char *code;    /* for tests: data-error of the page */
    const char *message; /* in HubSpot's words where they are known */
    const char *hint;
};

void emulator_page_consent(struct emulator_call *call, const struct emulator_consent *consent,
                           const char *form_token);
void emulator_page_refusal(struct emulator_call *call, const struct emulator_refusal *refusal);

#endif
