/* An authorization request, as the consent page judges it. */
#ifndef EMULATOR_CONSENT_H
#define EMULATOR_CONSENT_H

#include "emulator_app.h"
#include "emulator_call.h"

/* A request that is in order. */
struct emulator_consent {
    struct emulator_grant grant; /* what the code will stand for; its scopes once the account is
                                    known */
    const struct emulator_app *app;
    uint64_t asked, optional; /* the scopes of `scope` and of `optional_scope` */
    uint64_t lacking;         /* what the page of a refusal is to name; 0: nothing */
    bool portal_fixed;        /* the account was named in the path */
};

/* Why there is no consent: shown on a page, never redirected. */
struct emulator_refusal {
    const char *code;    /* for tests: data-error of the page */
    const char *message; /* in HubSpot's words where they are known */
    const char *hint;
};

/* Fills *c as far as it gets: c->app is NULL when the client is unknown. */
bool emulator_consent_check(struct emulator_call *call, struct emulator_consent *c,
                            struct emulator_refusal *refusal);
/* The account is known before anybody has clicked. */
bool emulator_consent_settled(const struct emulator_call *call, const struct emulator_consent *c);
/* Whether the account can grant what is asked for; sets c->grant.scopes. */
bool emulator_consent_account(const struct emulator_call *call, struct emulator_consent *c,
                              struct emulator_refusal *refusal);
/* Takes the account that was chosen in the form: it must be one that the page offered. */
bool emulator_consent_choose(const struct emulator_call *call, struct emulator_consent *c,
                             struct emulator_refusal *refusal);

#endif
