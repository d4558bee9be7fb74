/* What an emulator is told at its start: the options of hubauth-emulator, one field each. */
#ifndef EMULATOR_CONFIG_H
#define EMULATOR_CONFIG_H

#include "base_opt.h"

#define EMULATOR_CLIENT_ID "11111111-1111-4111-8111-111111111111"
#define EMULATOR_CLIENT_SECRET "22222222-2222-4222-8222-222222222222"
#define EMULATOR_SECOND_CLIENT_ID "33333333-3333-4333-8333-333333333333"
#define EMULATOR_SECOND_CLIENT_SECRET "44444444-4444-4444-8444-444444444444"
#define EMULATOR_PORTAL "1234567"
#define EMULATOR_PORTAL_MAX INT64_C(2147483647) /* hub_id is an int32 in the API */
#define EMULATOR_CONTACTS_MAX INT64_C(1000000000)
#define EMULATOR_TOKEN_SIZE_MAX 12000 /* a header of the server holds no more */

/* Strings are borrowed and must outlive the emulator. */
struct emulator_config {
    int64_t port; /* 0: the kernel chooses */
    int64_t contacts;
    int64_t seed;

    const char *client_id, *client_secret;
    struct base_opt_list redirect_urls; /* empty: http://localhost:8976/callback to :8985 */
    struct base_opt_list portals; /* accounts of the person who consents; the first is chosen */
    const char *scopes;           /* required by the app */
    const char *optional_scopes;  /* declared, may be asked for or left out */
    const char *account_lacks;    /* scopes that the account's plan cannot grant */
    const char *region;           /* prefix of codes and refresh tokens: "na1" */

    bool auto_approve;
    bool rotate_refresh_tokens;
    bool rotation_grace;     /* ...and the old one works until the new one has been used */
    bool replay_detection;   /* a used-up refresh token, sent again, ends its login's tokens */
    bool no_oauth_v1;        /* as HubSpot is after 2027-02-16 */
    bool old_errors;         /* token errors as before 2026-01-27 */
    const char *grant_error; /* "error" of BAD_AUTH_CODE and BAD_REFRESH_TOKEN */
    int64_t code_lifetime_s, token_lifetime_s;
    int64_t token_size; /* characters; 0: varies between 300 and 600 */

    bool no_rate_limit;
    int64_t rate_limit;   /* requests in ten seconds for each app and portal */
    int64_t latency_ms;   /* added to every API answer */
    const char *log_path; /* NULL: no log */
};

void emulator_config_defaults(struct emulator_config *config);

#endif
