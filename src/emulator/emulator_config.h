/* What an emulator is told at its start: the options of hubauth-emulator, one field each. */
#ifndef EMULATOR_CONFIG_H
#define EMULATOR_CONFIG_H

#include "base_opt.h"

#define EMULATOR_CLIENT_ID "11111111-1111-4111-8111-111111111111"
#define EMULATOR_CLIENT_SECRET "22222222-2222-4222-8222-222222222222"
#define EMULATOR_SECOND_CLIENT_ID "33333333-3333-4333-8333-333333333333"
#define EMULATOR_SECOND_CLIENT_SECRET "44444444-4444-4444-8444-444444444444"
#define EMULATOR_MCP_CLIENT_ID "55555555-5555-4555-8555-555555555555"
#define EMULATOR_MCP_CLIENT_SECRET "66666666-6666-4666-8666-666666666666"
#define EMULATOR_FILE_CLIENT_ID "77777777-7777-4777-8777-7777777777" /* and the app's number */
#define EMULATOR_FILE_CLIENT_SECRET "88888888-8888-4888-8888-8888888888"
#define EMULATOR_FIRST_APP_ID 1000001
#define EMULATOR_PORTAL "1234567"
#define EMULATOR_PORTAL_MAX INT64_C(2147483647) /* hub_id is an int32 in the API */
#define EMULATOR_RATE_MAX 1000000
#define EMULATOR_TOKEN_SIZE_MAX 12000 /* a header of the server holds no more */

/* Strings are borrowed and must outlive the emulator. */
struct emulator_config {
    int64_t port;                                          /* 0: the kernel chooses */
    int64_t contacts, companies, deals, tickets, machines; /* how many in each portal */
    int64_t archived, merged;                              /* of each hundred records */
    int64_t growing, vanishing; /* records that come and go in a second */
    const char *cursor;         /* see emulator_cursor.h */
    int64_t seed;

    const char *client_id, *client_secret;
    struct base_opt_list redirect_urls; /* empty: http://localhost:8976/callback to :8985 */
    struct base_opt_list app_files;     /* further apps */
    const char *scopes;                 /* required by the app */
    const char *conditional_scopes;     /* may be left out, must be granted when asked for */
    const char *optional_scopes;        /* declared, may be asked for or left out */
    bool strict_scopes;                 /* an optional scope in `scope` is a mismatch */

    struct base_opt_list portals; /* accounts of the person who consents; the first is chosen */
    struct base_opt_list account_lacks; /* "[PORTAL:]SCOPES" that the account's plan cannot grant */
    struct base_opt_list no_permission; /* portals in which the person may not install apps */
    bool name_lacking_scopes;           /* the page says which they are */
    const char *region;                 /* prefix of codes and refresh tokens: "na1" */
    bool regional_page; /* the consent page sends the browser to the region's own host */

    bool auto_approve;
    const char *deny_error; /* "error" of a denied consent */
    const char *iss;        /* sent with the answer (RFC 9207); NULL: not sent */
    bool ignore_pkce;       /* of apps that are not MCP apps */
    bool basic_auth;        /* client_id and client_secret may come by HTTP Basic */
    bool rotate_refresh_tokens;
    bool rotation_grace;         /* ...and the old one works until the new one has been used */
    bool replay_detection;       /* what was used up, sent again, ends its login's tokens */
    bool reconsent_ends_old;     /* a new consent ends the refresh tokens of earlier ones */
    bool uninstall_keeps_access; /* access tokens live on when the app is uninstalled */
    bool no_oauth_v1;            /* as HubSpot is after 2027-02-16 */
    const char *oauth_v1_until;  /* "2027-02-16": when the emulator's clock gets there; or NULL */
    const char *oauth_v1_gone;   /* the HTTP status then: "404", "410", "400" */
    bool old_errors;             /* token errors as before 2026-01-27 */
    const char *grant_error;     /* "error" of BAD_AUTH_CODE and BAD_REFRESH_TOKEN */
    const char *bad_hub_status;  /* the HTTP status of BAD_HUB: "400", "403" */
    int64_t code_lifetime_s, token_lifetime_s;
    int64_t token_size;     /* characters; 0: varies between 300 and 600 */
    int64_t clock_offset_s; /* the emulator's clock, and its Date header, against ours */

    bool no_rate_limit;
    int64_t rate_limit;                      /* requests in a window for each app and portal */
    int64_t rate_window_ms;                  /* HubSpot's is EMULATOR_WINDOW_MS */
    int64_t private_rate_limit, daily_limit; /* of private apps */
    int64_t foreign_spender; /* what somebody else spends of rate_limit in a second */
    struct base_opt_list private_app_tokens;
    bool no_gzip; /* answers are not compressed, whoever asks */
    bool no_limit_headers;
    bool odd_objects;         /* members in another order, and unknown ones */
    int64_t search_limit;     /* searches in a second for each portal */
    bool search_counts;       /* they count against rate_limit as well */
    int64_t index_lag_s;      /* a search knows the records as they were so long ago */
    int64_t token_rate_limit; /* of the token endpoint, in a second for each app; 0: none */
    bool token_limit_headers; /* its answers name that limit */
    int64_t url_limit;        /* bytes of path and query; longer ones are 414 */
    int64_t latency_ms;       /* added to every API answer */
    int64_t jitter_ms;        /* and at most so much by chance */
    const char *log_path;     /* NULL: no log */
};

void emulator_config_defaults(struct emulator_config *config);

#endif
