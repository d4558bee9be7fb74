/* hubauth-emulator: HubSpot on localhost. */
#include "emulator.h"
#include "emulator_record.h"
#include "emulator_type.h"

#include "base_file.h"
#include "base_text.h"
#include "crypt_secret.h"

#include <signal.h>
#include <unistd.h>

struct options {
    struct emulator_config config;
    bool version, man;
};

#define CONFIG(field) offsetof(struct options, config.field)
#define FLAG(name, to, help)                                                                       \
    {                                                                                              \
        0, name, BASE_OPT_FLAG, NULL, help, 0, 0, NULL, to                                         \
    }
#define NUMBER(name, value, to, min, max, help)                                                    \
    {                                                                                              \
        0, name, BASE_OPT_INT, value, help, min, max, NULL, to                                     \
    }
#define TEXT(name, value, to, choices, help)                                                       \
    {                                                                                              \
        0, name, BASE_OPT_STRING, value, help, 0, 0, choices, to                                   \
    }
#define LIST(name, value, to, help)                                                                \
    {                                                                                              \
        0, name, BASE_OPT_LIST, value, help, 0, 0, NULL, to                                        \
    }

static const struct base_opt option_table[] = {
    NUMBER("port", "PORT", CONFIG(port), 0, 65535,
           "Port on 127.0.0.1 and ::1; 0, the default, takes a free one"),
    NUMBER("contacts", "N", CONFIG(contacts), 0, EMULATOR_RECORDS_MAX,
           "Contacts in each portal (default 10000)"),
    NUMBER("companies", "N", CONFIG(companies), 0, EMULATOR_RECORDS_MAX,
           "Companies in each portal (default 1000)"),
    NUMBER("deals", "N", CONFIG(deals), 0, EMULATOR_RECORDS_MAX,
           "Deals in each portal (default 2000)"),
    NUMBER("tickets", "N", CONFIG(tickets), 0, EMULATOR_RECORDS_MAX,
           "Tickets in each portal (default 1000)"),
    NUMBER("machines", "N", CONFIG(machines), 0, EMULATOR_RECORDS_MAX,
           "Records of the custom object \"" EMULATOR_CUSTOM_NAME "\" (default 300)"),
    NUMBER("archived", "N", CONFIG(archived), 1, 50,
           "Of each hundred records so many are archived (default 0)"),
    NUMBER("merged", "N", CONFIG(merged), 1, 20,
           "Of each hundred records so many were merged into others (default 0)"),
    NUMBER("growing", "N", CONFIG(growing), 1, 1000000,
           "So many new records of each type appear in a second"),
    NUMBER("vanishing", "N", CONFIG(vanishing), 1, 1000000,
           "So many records of each type are archived in a second"),
    TEXT("cursor", "KIND", CONFIG(cursor), "id|last-id|offset|opaque",
         "What \"after\" of a list is: the last id + 1 (default), the last id, an offset, or "
         "nothing that can be computed"),
    NUMBER("seed", "N", CONFIG(seed), 0, INT64_MAX,
           "Another seed gives other contacts (default 1)"),
    FLAG("auto-approve", CONFIG(auto_approve),
         "Answer the authorization URL with the redirect at once, without the consent page"),
    NUMBER("token-lifetime", "S", CONFIG(token_lifetime_s), 1, 31536000,
           "Lifetime of access tokens in seconds (default 1800)"),
    NUMBER("code-lifetime", "S", CONFIG(code_lifetime_s), 1, 86400,
           "Lifetime of authorization codes in seconds (default 300)"),
    NUMBER("token-size", "N", CONFIG(token_size), 16, EMULATOR_TOKEN_SIZE_MAX,
           "Characters of an access token (default: varies, 300 to 600)"),
    FLAG("rotate-refresh-tokens", CONFIG(rotate_refresh_tokens),
         "A refresh gives a new refresh token and ends the old one"),
    FLAG("rotation-grace", CONFIG(rotation_grace),
         "With rotation: the old refresh token works until the new one has been used"),
    FLAG("replay-detection", CONFIG(replay_detection),
         "A code or rotated refresh token that is sent again ends all tokens of its login"),
    NUMBER("url-limit", "N", CONFIG(url_limit), 100, 1000000,
           "Longest path and query in bytes; longer ones are 414 (default 16000)"),
    NUMBER("latency", "MS", CONFIG(latency_ms), 0, 600000,
           "Delay every API answer by so many milliseconds"),
    NUMBER("jitter", "MS", CONFIG(jitter_ms), 0, 600000, "and by up to so many more, by chance"),
    NUMBER("rate-limit", "N", CONFIG(rate_limit), 1, 1000000,
           "API requests in any ten seconds for each app and portal (default 110)"),
    NUMBER("rate-window", "MS", CONFIG(rate_window_ms), 100, 3600000,
           "Those limits hold for so many milliseconds instead (default 10000)"),
    NUMBER("search-limit", "N", CONFIG(search_limit), 1, 1000000,
           "Searches in a second for each portal, over all apps (default 5)"),
    FLAG("search-counts", CONFIG(search_counts),
         "Searches count against the limit of ten seconds as well"),
    NUMBER("index-lag", "S", CONFIG(index_lag_s), 0, 86400,
           "Searches know the records as they were so many seconds ago"),
    NUMBER("foreign-spender", "N", CONFIG(foreign_spender), 1, EMULATOR_RATE_MAX,
           "Somebody else makes so many requests in a second with each app in each portal"),
    LIST("private-app-token", "TOKEN", CONFIG(private_app_tokens),
         "The token of a private app in the first portal, such as pat-na1-x; may be repeated"),
    NUMBER("private-rate-limit", "N", CONFIG(private_rate_limit), 1, EMULATOR_RATE_MAX,
           "Requests of private apps in any ten seconds (default 100)"),
    NUMBER("daily-limit", "N", CONFIG(daily_limit), 1, 1000000000,
           "Requests of private apps in a day (default 250000)"),
    FLAG("no-gzip", CONFIG(no_gzip), "Compress no answers, whoever asks for it"),
    FLAG("no-limit-headers", CONFIG(no_limit_headers), "Send no headers about limits"),
    FLAG("odd-objects", CONFIG(odd_objects),
         "Objects have their members in another order, and unknown ones"),
    FLAG("no-rate-limit", CONFIG(no_rate_limit), "Count requests, refuse none"),
    TEXT("client-id", "ID", CONFIG(client_id), NULL,
         "The app's client ID (default " EMULATOR_CLIENT_ID ")"),
    TEXT("client-secret", "TEXT", CONFIG(client_secret), NULL,
         "Its client secret (default " EMULATOR_CLIENT_SECRET ")"),
    LIST("redirect-url", "URL", CONFIG(redirect_urls),
         "A registered redirect URL; may be repeated (default http://localhost:8976/callback to "
         ":8985/callback)"),
    TEXT("scopes", "LIST", CONFIG(scopes), NULL,
         "Scopes that the app requires (default \"oauth crm.objects.contacts.read\")"),
    TEXT("optional-scopes", "LIST", CONFIG(optional_scopes), NULL,
         "Further scopes that the app declares, to be asked for or left out"),
    TEXT("conditional-scopes", "LIST", CONFIG(conditional_scopes), NULL,
         "Scopes that the app requires conditionally: may be left out of \"scope\""),
    FLAG("strict-scopes", CONFIG(strict_scopes),
         "An optional scope in \"scope\" instead of \"optional_scope\" is a mismatch"),
    LIST("app", "FILE", CONFIG(app_files),
         "One more app: an app-hsmeta.json, perhaps with a member \"emulator\"; may be repeated"),
    LIST("portal", "ID", CONFIG(portals),
         "An account of the person who consents; may be repeated, the first is chosen "
         "(default " EMULATOR_PORTAL ")"),
    LIST("account-lacks", "[ID:]LIST", CONFIG(account_lacks),
         "Scopes that the plan of every account, or of one, cannot grant; may be repeated"),
    FLAG("name-lacking-scopes", CONFIG(name_lacking_scopes),
         "The page that says so names the scopes"),
    LIST("no-permission", "ID", CONFIG(no_permission),
         "The person is no Super Admin of this account and may not connect apps; may be repeated"),
    TEXT("region", "NAME", CONFIG(region), "na1|na2|na3|eu1|ap1",
         "Data region, the prefix of codes and refresh tokens (default na1)"),
    FLAG("regional-page", CONFIG(regional_page),
         "The consent page moves on to the region's host, http://app-REGION.localhost"),
    TEXT("deny-error", "WORD", CONFIG(deny_error), NULL,
         "What a denied consent gives as \"error\" (default access_denied)"),
    TEXT("iss", "URL", CONFIG(iss), NULL,
         "Send iss=URL with the answer of the consent page (RFC 9207)"),
    FLAG("ignore-pkce", CONFIG(ignore_pkce), "Ask for no code verifier, except of MCP apps"),
    FLAG("basic-auth", CONFIG(basic_auth), "Take client ID and secret by HTTP Basic too"),
    FLAG("reconsent-ends-old", CONFIG(reconsent_ends_old),
         "A new consent ends the account's earlier refresh tokens of that app"),
    FLAG("uninstall-keeps-access", CONFIG(uninstall_keeps_access),
         "Access tokens live on when the app is uninstalled"),
    TEXT("bad-hub-status", "STATUS", CONFIG(bad_hub_status), "400|403",
         "HTTP status of BAD_HUB (default 400)"),
    FLAG("no-oauth-v1", CONFIG(no_oauth_v1), "OAuth v1 is gone, as from 2027-02-16 on"),
    TEXT("oauth-v1-until", "DATE", CONFIG(oauth_v1_until), NULL,
         "OAuth v1 goes on that day of the emulator's clock, such as 2027-02-16"),
    TEXT("oauth-v1-gone", "STATUS", CONFIG(oauth_v1_gone), "404|410|400",
         "HTTP status of OAuth v1 when it is gone (default 404)"),
    NUMBER("clock-offset", "S", CONFIG(clock_offset_s), -315360000, 315360000,
           "The emulator's clock, and its Date header, against this machine's, in seconds"),
    NUMBER("token-rate-limit", "N", CONFIG(token_rate_limit), 1, 1000000,
           "Token requests in a second for each app; more are 429 (default: no limit)"),
    FLAG("token-limit-headers", CONFIG(token_limit_headers),
         "Their answers name that limit, in the headers of API answers"),
    FLAG("old-errors", CONFIG(old_errors),
         "Token errors without the RFC 6749 fields, as before 2026-01-27"),
    TEXT("grant-error", "WORD", CONFIG(grant_error), "invalid_grant|invalid_request",
         "What stands in \"error\" beside BAD_AUTH_CODE and BAD_REFRESH_TOKEN (default "
         "invalid_grant)"),
    TEXT("log", "FILE", CONFIG(log_path), NULL,
         "Append a line of JSON for each request, without secrets"),
    FLAG("man", offsetof(struct options, man),
         "Print the manual page in scdoc's language and exit"),
    FLAG("version", offsetof(struct options, version), "Print the version and exit"),
    {0},
};

static const char details[] =
    "It serves the consent page, the token endpoints of OAuth v1, v3, 2026-03 and 2026-09, "
    "introspection and revocation, account details, and the contacts of v1, v3 and the dated "
    "versions, with HubSpot's errors, limits and headers. When it is ready it prints one line, "
    "\"listening on http://localhost:PORT\". SIGINT and SIGTERM end it.\n\n"
    "The built-in app has the client ID " EMULATOR_CLIENT_ID
    " and the secret " EMULATOR_CLIENT_SECRET ". A second app, " EMULATOR_SECOND_CLIENT_ID
    " with " EMULATOR_SECOND_CLIENT_SECRET
    ", is there to try its tokens with the first; a third, " EMULATOR_MCP_CLIENT_ID
    " with " EMULATOR_MCP_CLIENT_SECRET ", is an MCP app, which needs PKCE.\n\n"
    "GET /_emulator/stats gives counters as JSON. POST to /_emulator/reset-stats, "
    "/_emulator/expire-access-tokens, /_emulator/uninstall[?portal=N][&client_id=ID], "
    "/_emulator/delete-account?portal=N, /_emulator/advance-clock {\"ms\":N}, "
    "/_emulator/limit {\"max\":N,\"foreign\":N}, "
    "/_emulator/clear-faults and /_emulator/fault changes "
    "what it does. GET /_emulator/marketplace/install?client_id=ID is an installation that "
    "begins in HubSpot's marketplace. These paths are neither counted nor limited.\n\n"
    "A fault is a JSON object: \"route\" (a path as in the stats, or \"*\"), \"method\", "
    "\"skip\" (so many requests pass first), \"count\" (default 1), and what happens: "
    "\"status\", \"body\" (json, html, empty, huge, truncated, text, long), \"text\" (this very "
    "body), "
    "\"bytes\" (of long), "
    "\"error\" (a status such as BAD_HUB), \"policy\" (of a 429), \"retry_after\", "
    "\"retry_date\" (true: as a date), \"delay_ms\", \"action\" (reset, drop_after_processing, "
    "expire, cut, chunked, drip, endless), "
    "\"rate\" (of drip).";

static const struct base_opt_example examples[] = {
    {"hubauth-emulator --port 8080 --auto-approve",
     "A portal of 10,000 contacts; no page to click"},
    {"hubauth-emulator --contacts 1000000 --no-rate-limit", "A large one, for speed"},
    {"curl -d '{\"route\":\"/oauth/2026-03/token\",\"status\":503,\"body\":\"html\"}' "
     "http://localhost:8080/_emulator/fault",
     "The next token request gets a page of HTML"},
    {NULL, NULL},
};

static const struct base_opt_command command = {
    .program = "hubauth-emulator",
    .summary = "HubSpot on localhost, for tests",
    .details = details,
    .options = option_table,
    .examples = examples,
    .see_also = "hubauth(1)",
};

static int fail(const struct base_error *err)
{
    fprintf(stderr, "hubauth-emulator: %s: %s\n", err->doing, err->why);
    if (err->lower[0] != '\0')
        fprintf(stderr, "  %s\n", err->lower);
    if (err->hint[0] != '\0')
        fprintf(stderr, "  hint: %s\n", err->hint);
    return base_status_exit_code(err->status);
}

static int print_page(void (*write_page)(const struct base_opt_command *, struct base_buf *))
{
    struct base_error err = BASE_ERROR_NONE;
    BASE_CLEANUP(base_buf_free) struct base_buf out;
    base_buf_init(&out, (size_t)1 << 20);
    write_page(&command, &out);
    if (base_buf_status(&out) != BASE_OK)
        return fail(
            (base_fail(&err, base_buf_status(&out), "writing help", "short of memory"), &err));
    return base_file_write_fd(STDOUT_FILENO, base_buf_span(&out), &err) == BASE_OK ? 0 : fail(&err);
}

static void on_signal(void *arg, int signo)
{
    (void)signo;
    loop_stop(arg);
}

/* The line that tells scripts that the emulator is there, and where. */
static enum base_status say_ready(const struct emulator *e, struct base_error *err)
{
    char line[64];
    base_text_format(line, sizeof line, "listening on http://localhost:%u\n",
                     (unsigned)emulator_port(e));
    return base_file_write_fd(STDOUT_FILENO, base_span_of(line), err);
}

static enum base_status serve_until_told(struct loop *loop, const struct emulator_config *config,
                                         struct base_error *err)
{
    struct emulator *emulator;
    struct loop_signal *interrupt = loop_signal_new(loop, SIGINT, on_signal, loop);
    struct loop_signal *terminate = loop_signal_new(loop, SIGTERM, on_signal, loop);
    enum base_status st = interrupt == NULL || terminate == NULL
                              ? base_fail_memory(err)
                              : emulator_new(loop, config, &emulator, err);
    if (st == BASE_OK) {
        st = say_ready(emulator, err);
        if (st == BASE_OK)
            loop_run(loop);
        emulator_free(emulator);
    }
    loop_signal_free(interrupt);
    loop_signal_free(terminate);
    return st;
}

static enum base_status run(const struct emulator_config *config, struct base_error *err)
{
    struct loop *loop;
    (void)signal(SIGPIPE, SIG_IGN); /* a client may leave before its answer */
    enum base_status st = crypt_start(err);
    if (st == BASE_OK)
        st = loop_new(&loop, err);
    if (st != BASE_OK)
        return st;
    st = serve_until_told(loop, config, err);
    loop_free(loop);
    return st;
}

static int parse_and_run(int argc, char **argv, const char **operands)
{
    struct base_error err = BASE_ERROR_NONE;
    struct options options = {0};
    int operand_count;
    bool help;
    emulator_config_defaults(&options.config);
    if (base_opt_parse(&command, argc, argv, &options, operands, &operand_count, &help, &err) !=
        BASE_OK)
        return fail(&err);
    if (help)
        return print_page(base_opt_help);
    if (options.man)
        return print_page(base_opt_scdoc);
    if (options.version) {
        puts("hubauth-emulator " HUBAUTH_VERSION);
        return 0;
    }
    return run(&options.config, &err) == BASE_OK ? 0 : fail(&err);
}

int main(int argc, char **argv)
{
    struct base_error err = BASE_ERROR_NONE;
    const char **operands = base_mem_array((size_t)argc + 1, sizeof *operands);
    if (operands == NULL) {
        base_fail_memory(&err);
        return fail(&err);
    }
    int code = parse_and_run(argc, argv, operands);
    base_mem_free(operands);
    return code;
}
