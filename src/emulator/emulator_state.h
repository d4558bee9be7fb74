/* The emulator's inside, shared by its handlers. */
#ifndef EMULATOR_STATE_H
#define EMULATOR_STATE_H

#include "emulator.h"
#include "emulator_app.h"
#include "emulator_fault.h"
#include "emulator_limit.h"
#include "emulator_log.h"
#include "emulator_portal.h"
#include "emulator_stats.h"
#include "emulator_store.h"

#include "serve.h"

struct emulator_call;

struct libdeflate_compressor;

struct emulator {
    struct emulator_config config;
    struct loop *loop;
    struct serve *serve;
    uint16_t port;
    struct emulator_apps apps;
    struct emulator_portals portals;
    struct emulator_scopes app_level; /* what a token of an app itself can be for */
    struct emulator_store *store;
    uint64_t logins; /* consents: each begins a family of tokens */
    struct emulator_limit *limit;
    struct emulator_limit *private_limit; /* of private apps */
    int64_t day, day_used;                /* the account's day, and its calls of private apps */
    struct emulator_limit *search_limit;  /* of an account's searches, in a second */
    struct emulator_limit *token_limit;   /* of the token endpoint */
    struct emulator_log *log;             /* NULL: none */
    struct libdeflate_compressor *compressor;
    struct emulator_stats stats;
    struct emulator_faults faults;
    struct emulator_call *calls; /* whose answers are not sent yet */
    int64_t clock_ahead_ms;      /* --clock-offset, POST /_emulator/advance-clock */
    int64_t started_ms;          /* by the emulator's clock */
    int64_t v1_until_ms;         /* OAuth v1 ends then; INT64_MAX: never */
};

/* The emulator's clock, Unix ms. */
int64_t emulator_now(const struct emulator *e);

/* The names that the bits of the grant's scopes stand for. */
const struct emulator_scopes *emulator_grant_scopes(const struct emulator *e,
                                                    const struct emulator_grant *grant);

/* The app is gone from the account; app -1: every app, portal 0: every account. */
void emulator_uninstall(struct emulator *e, int app, int64_t portal);

#endif
