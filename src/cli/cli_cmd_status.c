/* hubauth status: what is connected, until when, what is wrong, and the next command. Touches
 * nothing but the vault. */
#include "base_jsonw.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_alias.h"
#include "broker_app.h"
#include "broker_app_level.h"
#include "broker_key.h"
#include "broker_pending.h"
#include "broker_private.h"
#include "broker_queue.h"
#include "broker_token.h"
#include "cli_account.h"
#include "cli_command.h"
#include "hubspot_endpoint.h"
#include "hubspot_scope.h"

#include <stdarg.h>

struct status_options {
    bool json;
};

static const struct base_opt options[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct status_options, json)},
    {0},
};

struct view {
    struct cli *c;
    const struct cli_account *account;
    struct broker_grant grant;
    char *api_version, *api_url; /* NULL when the app is no HubSpot app */
    struct base_buf missing;
    struct base_buf aliases;
    unsigned pending; /* revocations that HubSpot has not been told of, of any account */
    struct broker_key key;
    int64_t now;
    int64_t pause_ms; /* HubSpot has refused new tokens to the app; 0: it has not */
};

static bool take_alias(void *arg, const char *alias, const char *account)
{
    struct view *v = arg;

    if (strcmp(account, v->grant.name) != 0)
        return true;
    base_buf_add_str(&v->aliases, v->aliases.n ? ", " : "");
    base_text_printable(&v->aliases, base_span_of(alias), BROKER_ALIAS_MAX); /* a listing's */
    return true;
}

static bool count_pending(void *arg, const struct broker_pending *p)
{
    struct view *v = arg;

    (void)p;
    v->pending++;
    return true;
}

static bool take_app(void *arg, const struct broker_app *app)
{
    struct view *v = arg;

    struct base_buf url;

    if (strcmp(app->name, v->grant.app) != 0)
        return true;
    if (!app->token_url[0] && hubspot_endpoints_find(app->api_version))
        v->api_version = base_mem_strdup(app->api_version);
    base_buf_init(&url, 16384);
    base_text_printable(&url, base_span_of(app->api_url), 8192); /* a listing's */
    v->api_url = base_buf_steal(&url);
    return false;
}

static void view_free(struct view *v)
{
    broker_grant_free(&v->grant);
    base_mem_free(v->api_version);
    base_mem_free(v->api_url);
    base_buf_free(&v->missing);
    base_buf_free(&v->aliases);
}

static const char *next_step(const struct view *v, char *out, size_t size)
{
    if (v->grant.state == BROKER_GRANT_DEAD)
        (void)snprintf(out, size, "hubauth login --app %s", v->grant.app);
    else if (v->grant.kind == BROKER_KIND_OAUTH && !v->grant.refresh_token &&
             v->grant.expires_at <= v->now)
        (void)snprintf(out, size, "hubauth login --app %s", v->grant.app);
    else if (v->grant.state == BROKER_GRANT_REFRESHING || v->grant.failures)
        (void)snprintf(out, size, "hubauth refresh %s", v->grant.name);
    else if (v->grant.kind == BROKER_KIND_APP_LEVEL)
        (void)snprintf(out, size, "hubauth token %s", v->grant.name);
    else
        (void)snprintf(out, size, "hubauth export contacts --limit 10 --format table");
    return out;
}

/* Days until HubSpot switches the app's OAuth version off; -1 when no date is known. */
static int64_t days_left(const struct view *v)
{
    const struct hubspot_endpoints *e =
        v->api_version ? hubspot_endpoints_find(v->api_version) : NULL;

    if (!e || !e->ends_at)
        return -1;
    return e->ends_at > v->now ? (e->ends_at - v->now) / BASE_DAY_MS : 0;
}

/* In whole seconds, and not too early. */
static int64_t pause_ends_at(const struct view *v)
{
    return (v->now + v->pause_ms + 999) / 1000 * 1000;
}

/* A refresh token alone, from the environment or imported, has no access token yet. */
static void write_json_expiry(const struct view *v, struct base_jsonw *w)
{
    const struct broker_grant *g = &v->grant;
    char iso[32];

    base_jsonw_member_str(w, "expires_at",
                          g->access_token ? base_time_iso(iso, g->expires_at) : NULL);
    base_jsonw_key(w, "expires_in");
    if (g->access_token)
        base_jsonw_int(w, (g->expires_at - v->now) / BASE_SECOND_MS);
    else
        base_jsonw_null(w);
}

static void write_json(const struct view *v, struct base_buf *out)
{
    const struct broker_grant *g = &v->grant;
    struct base_jsonw w;
    char text[128];

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "account", g->account);
    base_jsonw_member_str(&w, "app", g->app);
    base_jsonw_member_str(&w, "kind", broker_grant_kind_word(g->kind));
    base_jsonw_member_str(&w, "aliases", base_buf_str(&v->aliases));
    base_jsonw_member_str(&w, "chosen_by", v->account->rule);
    base_jsonw_member_int(&w, "hub_id", g->hub_id);
    base_jsonw_member_str(&w, "state", broker_grant_state_word(g->state));
    write_json_expiry(v, &w);
    base_jsonw_member_str(&w, "obtained_at", base_time_iso(text, g->obtained_at));
    base_jsonw_member_str(&w, "connected_at", base_time_iso(text, g->connected_at));
    base_jsonw_member_int(&w, "refreshes", g->refreshes);
    base_jsonw_member_bool(&w, "has_refresh_token", g->refresh_token != NULL);
    base_jsonw_member_str(&w, "scopes", g->scopes);
    base_jsonw_member_str(&w, "scopes_missing", base_buf_str(&v->missing));
    base_jsonw_member_int(&w, "failures", g->failures);
    base_jsonw_member_int(&w, "asks_again_in", (broker_grant_hold(g, v->now) + 999) / 1000);
    base_jsonw_member_str(&w, "app_asks_again_at",
                          v->pause_ms ? base_time_iso(text, pause_ends_at(v)) : NULL);
    base_jsonw_member_str(&w, "last_code", g->last_code);
    base_jsonw_member_str(&w, "last_message", g->last_message);
    base_jsonw_member_str(&w, "last_correlation_id", g->last_correlation);
    base_jsonw_member_str(&w, "api_version", v->api_version);
    base_jsonw_member_str(&w, "api_url", v->api_url);
    if (days_left(v) >= 0)
        base_jsonw_member_int(&w, "api_version_days_left", days_left(v));
    base_jsonw_member_str(&w, "vault", v->c->home);
    base_jsonw_member_str(&w, "key", v->key.spec);
    base_jsonw_member_str(&w, "unlocked_until",
                          v->key.kept_until ? base_time_iso(text, v->key.kept_until) : NULL);
    base_jsonw_member_bool(&w, "memory_locked", crypt_secret_all_locked());
    base_jsonw_member_int(&w, "pending_revocations", v->pending);
    base_jsonw_member_str(&w, "next", next_step(v, text, sizeof(text)));
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

static void line(struct base_buf *out, const char *label, const char *format, ...)
    BASE_PRINTF(3, 4);

static void line(struct base_buf *out, const char *label, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    base_buf_printf(out, "%-14s %s\n", label, text);
}

static void write_expiry(const struct view *v, struct base_buf *out)
{
    const struct broker_grant *g = &v->grant;
    char human[32], iso[32];

    if (broker_grant_is_private(g))
        line(out, "", "a private app's: it does not expire, and is rotated in HubSpot");
    else if (g->expires_at > v->now)
        line(out, "", "expires in %s, at %s", base_time_human(human, g->expires_at - v->now),
             base_time_iso(iso, g->expires_at / 1000 * 1000));
    else
        line(out, "", "expired %s ago; the next command renews it",
             base_time_human(human, v->now - g->expires_at));
}

static void write_token_lines(const struct view *v, struct base_buf *out)
{
    const struct broker_grant *g = &v->grant;
    char print[64];

    if (!g->access_token) {
        line(out, "access token", "none yet: the next command gets one");
    } else {
        line(out, "access token", "%s, %zu characters",
             crypt_secret_fingerprint(print, g->access_token, "access_token"),
             crypt_secret_length(g->access_token));
        write_expiry(v, out);
    }
    if (g->refresh_token)
        line(out, "refresh token", "%s, used %lld times",
             crypt_secret_fingerprint(print, g->refresh_token, "refresh_token"),
             (long long)g->refreshes);
    else if (g->kind == BROKER_KIND_APP_LEVEL)
        line(out, "refresh token", "none: the client secret renews it, %lld times so far",
             (long long)g->refreshes);
    else if (g->kind == BROKER_KIND_OAUTH)
        line(out, "refresh token", "none: the server gave none");
}

static void write_state_lines(const struct view *v, bool colour, struct base_buf *out)
{
    const struct broker_grant *g = &v->grant;
    const char *red = colour ? "\033[1;31m" : "", *green = colour ? "\033[32m" : "",
               *off = colour ? "\033[0m" : "";
    char human[32];

    if (g->state == BROKER_GRANT_DEAD)
        line(out, "state", "%slogin needed%s since %s: HubSpot said %s: %s", red, off,
             base_time_human(human, v->now - g->state_since), g->last_code, g->last_message);
    else if (g->state == BROKER_GRANT_REFRESHING)
        line(out, "state",
             "%sa refresh was begun %s ago and its outcome is not known%s; the next one settles it",
             red, base_time_human(human, v->now - g->state_since), off);
    else
        line(out, "state", "%sconnected%s %s ago", green, off,
             base_time_human(human, v->now - g->connected_at));
    if (g->state != BROKER_GRANT_DEAD && (g->last_code[0] || g->last_message[0]))
        line(out, "last refusal", "%s%s%s", g->last_code,
             g->last_code[0] && g->last_message[0] ? ": " : "", g->last_message);
    if (g->failures)
        line(out, "", "%lld %s in a row brought no token", (long long)g->failures,
             g->failures == 1 ? "refresh" : "refreshes");
    if (broker_grant_hold(g, v->now))
        line(out, "", "HubSpot is not asked again for %s; hubauth refresh asks at once",
             base_time_human(human, broker_grant_hold(g, v->now)));
}

/* What another account of the app has met, perhaps. */
static void write_pause(const struct view *v, struct base_buf *out)
{
    char human[32], iso[32];

    if (v->pause_ms)
        line(out, "new tokens",
             "HubSpot refused some to app %s, and is not asked again for %s, until %s; hubauth "
             "refresh asks at once",
             v->grant.app, base_time_human(human, v->pause_ms),
             base_time_iso(iso, pause_ends_at(v)));
}

static void write_vault_lines(const struct view *v, struct base_buf *out)
{
    char iso[32];

    if (v->c->stateless.active) {
        line(out, "vault", "none: stateless, nothing is stored");
        return;
    }
    line(out, "vault", "%s, locked with %s", v->c->home, v->key.spec);
    if (v->key.kept_until)
        line(out, "", "unlocked until %s", base_time_iso(iso, v->key.kept_until / 1000 * 1000));
    if (v->key.rotating)
        line(out, "", "a key rotation was interrupted; finish it with: hubauth key rotate");
}

static void write_text(const struct view *v, struct base_buf *out)
{
    const struct broker_grant *g = &v->grant;
    char next[128];
    int64_t days = days_left(v);

    line(out, "account", "%s (app %s), chosen by: %s", g->account, g->app, v->account->rule);
    if (v->aliases.n)
        line(out, "", "also called %s", base_buf_str(&v->aliases));
    if (g->kind != BROKER_KIND_OAUTH) /* which most are */
        line(out, "kind", "%s%s", broker_grant_kind_word(g->kind),
             g->kind == BROKER_KIND_APP_LEVEL ? ": of the app itself, no portal's, not for CRM data"
                                              : "");
    write_state_lines(v, v->c->colour_stdout, out);
    write_token_lines(v, out);
    write_pause(v, out);
    line(out, "scopes", "%s", g->scopes);
    if (v->missing.n)
        line(out, "not granted", "%s", base_buf_str(&v->missing));
    if (v->api_version)
        line(out, "API", "%s at %s", v->api_version, v->api_url);
    if (days >= 0)
        line(out, "", "HubSpot switches OAuth %s off on %s, in %lld days: hubauth app migrate %s",
             v->api_version, HUBSPOT_OAUTH_V1_ENDS, (long long)days, g->app);
    write_vault_lines(v, out);
    if (!crypt_secret_all_locked())
        line(out, "memory", "not locked: secrets may get into swap space; ulimit -l is too low");
    if (v->pending)
        line(out, "pending", "%u logout%s that HubSpot has not heard of: hubauth logout --retry",
             v->pending, v->pending == 1 ? "" : "s");
    line(out, "next", "%s", next_step(v, next, sizeof(next)));
}

/* A private app's token is never new. */
static enum base_status look_at_pause(struct view *v, struct broker *b, struct base_error *err)
{
    if (!v->grant.refresh_token && !broker_grant_is_app_level(&v->grant))
        return BASE_OK;
    return broker_queue_pause(b, v->grant.app, HUBSPOT_BUDGET_TOKENS, &v->pause_ms, err);
}

static enum base_status look(struct view *v, struct broker *b, struct base_error *err)
{
    enum base_status status = broker_grant_load(b, v->account->name, &v->grant, err);

    if (status || (status = broker_app_list(b, take_app, v, err)))
        return status;
    v->now = base_time_now();
    broker_key_look(b, &v->key);
    base_buf_init(&v->aliases, 65536);
    status = broker_alias_list(b, take_alias, v, err);
    if (status || (status = broker_pending_list(b, count_pending, v, err)))
        return status;
    base_buf_init(&v->missing, 65536);
    hubspot_scope_minus(base_span_of(v->grant.asked), base_span_of(v->grant.scopes), &v->missing);
    return look_at_pause(v, b, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct status_options *o = args->options;
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    BASE_CLEANUP(view_free) struct view v = {.c = c, .account = &account};
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct broker *b;
    enum base_status status =
        cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);

    if (status || (status = cli_broker(c, &b, err)) || (status = look(&v, b, err)))
        return status;
    base_buf_init(&out, 1u << 20);
    if (o->json)
        write_json(&v, &out);
    else
        write_text(&v, &out);
    status = cli_write_buf(&out, err);
    if (!status && v.grant.state == BROKER_GRANT_DEAD) {
        base_fail(err, BASE_REAUTH, "checking the account", "HubSpot no longer accepts its grant");
        base_error_hint(err, "hubauth login --app %s", v.grant.app);
        return BASE_REAUTH;
    }
    return status;
}

const struct cli_command cli_cmd_status = {
    .usage = {.program = "hubauth",
              .name = "status",
              .operands = "[ACCOUNT]",
              .summary = "what is connected, until when, what is wrong, what to do",
              .details = "Reads the vault and asks nobody. When HubSpot has refused new tokens to "
                         "the app, \"new tokens\" says until when its accounts wait "
                         "(\"app_asks_again_at\" with --json, else null). Tokens are shown by a "
                         "fingerprint that "
                         "is good for this one run. The exit "
                         "code is 3 when a person must log in again.",
              .options = options,
              .max_operands = 1,
              .exits = "3: a person must log in again.",
              .see_also = "hubauth-accounts(1), hubauth-introspect(1)"},
    .options_size = sizeof(struct status_options),
    .run = run,
};
