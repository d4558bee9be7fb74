/* The emulator's inside, shared by its handlers. */
#ifndef EMULATOR_STATE_H
#define EMULATOR_STATE_H

#include "emulator.h"
#include "emulator_app.h"
#include "emulator_fault.h"
#include "emulator_limit.h"
#include "emulator_log.h"
#include "emulator_stats.h"
#include "emulator_store.h"

#include "serve.h"

struct emulator_call;

struct emulator {
    struct emulator_config config;
    struct loop *loop;
    struct serve *serve;
    uint16_t port;
    struct emulator_apps apps;
    int64_t portals[16]; /* whom the consent page offers; the first is chosen */
    size_t portal_count;
    struct emulator_store *store;
    uint64_t logins; /* codes that were exchanged: each begins a family of tokens */
    struct emulator_limit *limit;
    struct emulator_log *log; /* NULL: none */
    struct emulator_stats stats;
    struct emulator_faults faults;
    struct emulator_call *calls; /* whose answers are not sent yet */
    int64_t clock_ahead_ms;      /* POST /_emulator/advance-clock */
};

/* The emulator's clock, Unix ms. */
int64_t emulator_now(const struct emulator *e);

#endif
