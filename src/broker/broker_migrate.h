/* Moving an app to another version of HubSpot's OAuth endpoints.
 *
 * Checked, switched, proven: the token endpoint of the new version says that client id and secret
 * are right; the app's record is switched, and remembers from where; each account is refreshed once
 * there, and what comes back is stored. When that fails, the app goes back. A process that ends
 * halfway leaves an app that works at the new version and knows that it is not proven: a second run
 * finishes. No grant is at risk: what HubSpot does not know at the new version is never refreshed
 * there. */
#ifndef BROKER_MIGRATE_H
#define BROKER_MIGRATE_H

#include "broker.h"

struct broker_migrate_plan {
    char *app, *from, *to;
    bool resumed;    /* an earlier run switched and did not come to its end */
    bool already;    /* there and proven: nothing to do */
    int64_t ends_at; /* of `from`, Unix ms; 0: no date known */
    char **accounts; /* vault names of those that are connected through the app */
    bool *dead;      /* in step with it: HubSpot has said that the grant is over */
    size_t account_count;
};

/* USAGE for a version that there is not, one that was switched off, and an app that is not
 * HubSpot's. */
enum base_status broker_migrate_plan(struct broker *b, const char *app, const char *to,
                                     struct broker_migrate_plan *ret, struct base_error *err);
void broker_migrate_plan_free(struct broker_migrate_plan *p); /* may be called twice */

/* name, word in JSON */
#define BROKER_MIGRATE_MAP(X)                                                                      \
    X(PROVEN, "proven")      /* refreshed at the new version, and stored */                        \
    X(DEAD, "login_needed")  /* known to be over before */                                         \
    X(OVER, "unknown_there") /* the new version, proven by another account, knows it not */        \
    X(UNPROVABLE, "no_refresh_token")

enum broker_migrate_outcome {
#define X(name, word) BROKER_MIGRATE_##name,
    BROKER_MIGRATE_MAP(X)
#undef X
};
const char *broker_migrate_word(enum broker_migrate_outcome outcome);

enum broker_migrate_end {
    BROKER_MIGRATE_UNTOUCHED, /* the record is as it was */
    BROKER_MIGRATE_MOVED,     /* at `to`, and proven */
    BROKER_MIGRATE_WENT_BACK, /* at `from`: the proof failed */
    BROKER_MIGRATE_UNPROVEN,  /* at `to`: there was no way back, `err` says why */
};

struct broker_migrate_told {
    /* For each account in turn; `account` is its vault name. */
    void (*account)(void *arg, const char *account, enum broker_migrate_outcome outcome);
    /* Once, from the loop, last. */
    void (*done)(void *arg, enum base_status status, enum broker_migrate_end end,
                 const struct base_error *err);
    void *arg;
};

struct broker_migrate;
/* `plan` is the caller's and stays until the end. `dry_run` checks and changes nothing. */
enum base_status broker_migrate_start(struct broker *b, const struct broker_migrate_plan *plan,
                                      bool dry_run, const struct broker_migrate_told *told,
                                      struct broker_migrate **ret, struct base_error *err);
void broker_migrate_cancel(struct broker_migrate *m); /* leaves what an interrupted run leaves */

/* To the version from which the app came; *ret_version, on the heap, is that. No request is made:
 * it is the way out. USAGE when the app never moved or that version was switched off. */
enum base_status broker_migrate_back(struct broker *b, const char *app, char **ret_version,
                                     struct base_error *err);

#endif
