/* hubauth token: the command that must cost what `cat` costs. While the token is fresh nothing but
 * the vault is touched. */
#include "base_jsonw.h"
#include "base_time.h"
#include "base_url.h"
#include "broker_app.h"
#include "broker_app_token.h"
#include "cli_account.h"
#include "cli_command.h"
#include "cli_token.h"

struct token_options {
    int64_t min_ttl;
    const char *format, *app, *scope;
};

static const struct token_options defaults = {.min_ttl = 5 * BASE_MINUTE_MS, .format = "plain"};

static const struct base_opt options[] = {
    {.name = "min-ttl",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .offset = offsetof(struct token_options, min_ttl),
     .help = "Refresh when the token lives for less than this (default: 5m)"},
    {.letter = 'f',
     .name = "format",
     .kind = BASE_OPT_STRING,
     .value = "FORMAT",
     .choices = "plain|header|json|env|netrc|curl",
     .offset = offsetof(struct token_options, format),
     .help = "How to print it, plain unless given"},
    {.name = "app",
     .kind = BASE_OPT_STRING,
     .value = "NAME",
     .offset = offsetof(struct token_options, app),
     .help = "A token of the app itself, of no account, for HubSpot's app-level APIs"},
    {.name = "scope",
     .kind = BASE_OPT_STRING,
     .value = "SCOPES",
     .offset = offsetof(struct token_options, scope),
     .help = "With --app: what the token is for, such as developer.webhooks_journal.read"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth token", "the access token of the only account"},
    {"curl -K <(hubauth token 1234567 --format curl) "
     "https://api.hubapi.com/crm/objects/2026-03/contacts",
     "a call with curl that keeps the token out of its arguments (bash, zsh)"},
    {"hubauth token --format header | curl -H @- "
     "https://api.hubapi.com/account-info/2026-03/details",
     "the same in any shell"},
    {0},
};

/* The host stands in the record that opens: whoever reads this sends the token there (C9). */
static enum base_status format_netrc(struct broker *b, const struct broker_grant *g,
                                     struct base_buf *out, struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    struct base_url url;
    enum base_status status = broker_app_get(b, g->app, &app, err);

    if (!status)
        status = base_url_parse(base_span_of(app.api_url), &url, err);
    if (status)
        return status;
    base_buf_add_str(out, "machine ");
    base_buf_add_span(out, url.host);
    base_buf_add_str(out, "\nlogin oauth2\npassword ");
    base_buf_add_span(out, crypt_secret_span(g->access_token));
    base_buf_add_char(out, '\n');
    return BASE_OK;
}

static void format_json(const struct broker_grant *g, struct base_buf *out)
{
    struct base_jsonw w;
    char iso[32];

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_span(&w, "access_token", crypt_secret_span(g->access_token));
    base_jsonw_member_str(&w, "token_type", "Bearer");
    base_jsonw_member_str(&w, "expires_at", base_time_iso(iso, g->expires_at));
    base_jsonw_member_int(&w, "expires_in", (g->expires_at - base_time_now()) / BASE_SECOND_MS);
    base_jsonw_member_str(&w, "account", g->account);
    base_jsonw_member_str(&w, "app", g->app);
    if (g->hub_id)
        base_jsonw_member_int(&w, "hub_id", g->hub_id);
    base_jsonw_member_str(&w, "scope", g->scopes);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

/* What another program reads as more than text: there a quote, a dollar or a backslash in the token
 * would be more than a token. Those of RFC 6750 section 2.1 have none. */
static enum base_status check_format(const struct broker_grant *g, const char *format,
                                     struct base_error *err)
{
    static const char *const read_by_others[] = {"env", "netrc", "curl"};
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=";
    struct base_span token = crypt_secret_span(g->access_token);
    bool is_read = false, is_plain = true;

    for (size_t i = 0; i < sizeof(read_by_others) / sizeof(read_by_others[0]); i++)
        is_read = is_read || strcmp(format, read_by_others[i]) == 0;
    for (size_t i = 0; i < token.n; i++)
        is_plain = is_plain && memchr(plain, token.p[i], sizeof(plain) - 1) != NULL;
    if (!is_read || is_plain)
        return BASE_OK;
    base_fail(err, BASE_FAILED, "printing the token",
              "it holds characters that mean something in the format %s", format);
    base_error_hint(err, "hubauth token --format json");
    return BASE_FAILED;
}

static enum base_status format_token(struct broker *b, const struct broker_grant *g,
                                     const char *format, struct base_buf *out,
                                     struct base_error *err)
{
    static const struct {
        const char *format, *before, *after;
    } simple[] = {
        {"plain", "", "\n"},
        {"header", "Authorization: Bearer ", "\n"},
        {"env", "HUBSPOT_ACCESS_TOKEN=", "\n"},
        {"curl", "header = \"Authorization: Bearer ", "\"\n"},
    };

    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
        if (strcmp(format, simple[i].format) != 0)
            continue;
        base_buf_add_str(out, simple[i].before);
        base_buf_add_span(out, crypt_secret_span(g->access_token));
        base_buf_add_str(out, simple[i].after);
        return BASE_OK;
    }
    if (strcmp(format, "netrc") == 0)
        return format_netrc(b, g, out, err);
    format_json(g, out);
    return BASE_OK;
}

static enum base_status print_token(void *arg, struct broker *b, const struct broker_grant *g,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    enum base_status status = check_format(g, arg, err);

    base_buf_init_sensitive(&out, 1u << 20);
    if (!status)
        status = format_token(b, g, arg, &out, err);
    return status ? status : cli_write_buf(&out, err);
}

/* ------------------------------------------------------------------ of the app itself */

struct app_token {
    struct cli_job job;
    struct broker *b;
    char *format;
};

static void on_app_token(void *arg, enum base_status status, const struct broker_grant *grant,
                         const struct base_error *err)
{
    struct app_token *t = arg;

    cli_end(&t->job, status, err);
    if (!status)
        t->job.status = print_token(t->format, t->b, grant, t->job.err);
}

static enum base_status print_app_token(struct cli *c, const struct token_options *o, char *format,
                                        struct base_error *err)
{
    struct app_token t = {.job = {.c = c, .err = err}, .format = format};
    struct broker_app_token *get;
    enum base_status status = cli_broker_on_loop(c, &t.b, err);

    if (status ||
        (status = broker_app_token_get(t.b, o->app, o->scope, on_app_token, &t, &get, err)))
        return status;
    if (!cli_ended(&t.job))
        broker_app_token_cancel(get);
    return t.job.status;
}

static enum base_status check(const struct cli_args *args, struct base_error *err)
{
    const struct token_options *o = args->options;

    if (!o->app == !o->scope && !(o->app && args->count))
        return o->app ? broker_app_token_check(o->scope, err) : BASE_OK;
    base_fail(err, BASE_USAGE, "reading the command line",
              "--app and --scope belong together, and a token of an app is of no ACCOUNT");
    base_error_hint(err, "hubauth token --app NAME --scope developer.webhooks_journal.read");
    return BASE_USAGE;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct token_options *o = args->options;
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    char *format = (char *)(uintptr_t)o->format;
    enum base_status status = check(args, err);

    if (!status && o->app)
        return print_app_token(c, o, format, err);
    if (!status)
        status = cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);
    return status ? status : cli_token_use(c, account.name, o->min_ttl, print_token, format, err);
}

const struct cli_command cli_cmd_token = {
    .usage =
        {.program = "hubauth",
         .name = "token",
         .operands = "[ACCOUNT]",
         .summary = "print an access token that works",
         .details =
             "Prints the stored token while it is fresh, and refreshes it first when "
             "it is not. However many processes "
             "ask at the same moment, one of them refreshes and the others wait for "
             "it. When HubSpot cannot be "
             "reached, a token that is still valid is printed with a warning.\n\n"
             "Formats: plain is the token alone; header is \"Authorization: Bearer\" "
             "and the token; json adds expiry, account and scopes; env sets "
             "HUBSPOT_ACCESS_TOKEN; netrc is a line of that file, for programs which take "
             "a token from there (HubSpot refuses what curl makes of it); curl is for "
             "curl -K, which keeps the token out of arguments. To run a program with "
             "a token in its environment: hubauth exec.\n\n"
             "--app prints a token of the app itself (client credentials), which HubSpot's "
             "app-level APIs want and its CRM refuses. Each call asks for a new one, and none is "
             "stored. For one that is kept while it is fresh, and works with the other "
             "commands: hubauth accounts add --app-level.",
         .options = options,
         .max_operands = 1,
         .examples = examples,
         .exits = CLI_EXITS,
         .see_also = "hubauth-exec(1), hubauth-login(1), hubauth-refresh(1), hubauth-status(1)"},
    .options_size = sizeof(struct token_options),
    .defaults = &defaults,
    .run = run,
};
