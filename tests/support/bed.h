/* A test bed for what stands on the broker: a vault in memory, outward HTTP from a script, the real
 * loop with time that jumps. */
#ifndef BED_H
#define BED_H

#include "broker_app.h"
#include "broker_grant.h"
#include "fake_http.h"
#include "fake_store.h"
#include "fake_time.h"
#include "test_dir.h"

#define BED_API "https://api.example.com"
#define BED_REDIRECT "http://localhost:8976/callback"
#define BED_ACCOUNT "crm/1234567"
#define BED_TOKEN_PATH "/oauth/2026-03/token"

struct bed {
    struct test_dir dir;
    struct loop *loop;
    struct fake_http *http;
    struct fake_store *store;
    struct broker *broker;
    char notices[8192]; /* all of them, one a line */
    bool is_second;
};

/* With the app "crm" and nothing else. */
void bed_make(struct bed *b);
/* Asserts that all HTTP that was expected came, and nothing else. */
void bed_free(struct bed *b);
/* Another process with the same vault, on the same loop. Freed before the first. */
void bed_second(struct bed *b, struct bed *first);
/* Until nothing is left that could happen. */
void bed_run(struct bed *b);

/* An app that passes its checks; the fields are borrowed. For bed_add_app(), perhaps changed. */
struct broker_app bed_app(const char *name);
enum base_status bed_add_app(struct bed *b, struct broker_app *app, struct base_error *err);

struct bed_grant {
    const char *app, *account;               /* NULL: BED_ACCOUNT's */
    const char *access, *refresh, *previous; /* NULL: "at-1", "rt-1", none; refresh "": none */
    int64_t age_ms, life_ms;                 /* life_ms 0: 30 minutes, counted from now */
    enum broker_grant_state state;
    enum broker_grant_kind kind; /* app-level: of no portal, for "developer.x" */
};
/* Stores it in the place of whatever is there. */
void bed_put_grant(struct bed *b, const struct bed_grant *g);
/* An account's record that is beyond reading. */
void bed_put_garbage(struct bed *b, const char *name);
/* The stored grant of BED_ACCOUNT; the test frees it. */
void bed_load(struct bed *b, struct broker_grant *ret);
/* Asserts what is stored for BED_ACCOUNT. NULL: none. */
void bed_stored_is(struct bed *b, enum broker_grant_state state, const char *access,
                   const char *refresh, const char *previous);
bool bed_secret_is(const struct crypt_secret *s, const char *text);

/* A token answer of HubSpot. `refresh` NULL: none in it. In one of four static buffers. */
const char *bed_tokens(const char *access, const char *refresh);

#endif
