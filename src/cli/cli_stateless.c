#include "cli_stateless.h"

#include "base_text.h"
#include "base_time.h"
#include "base_url.h"
#include "broker_app.h"
#include "broker_grant.h"
#include "broker_private.h"
#include "cli_context.h"
#include "cli_secret.h"
#include "cli_secret_file.h"
#include "crypt_encode.h"
#include "crypt_hash.h"
#include "hubspot_endpoint.h"

#include <stdlib.h>
#include <sys/stat.h>

#define DOING "using the account from the environment"
#define PRIVATE "HUBSPOT_PRIVATE_APP_TOKEN"
#define ID "HUBAUTH_CLIENT_ID"
#define SECRET_FILE "HUBAUTH_CLIENT_SECRET_FILE"
#define REFRESH_FILE "HUBAUTH_REFRESH_TOKEN_FILE"

/* "" when it is not set, since an empty variable is how many CI systems leave one out. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

/* ------------------------------------------------------------------ out of the environment */

void cli_stateless_take(struct cli *c)
{
    static const char *const plain[] = {"HUBAUTH_CLIENT_SECRET", "HUBAUTH_REFRESH_TOKEN",
                                        "HUBAUTH_ACCESS_TOKEN"};
    const char *token = variable(PRIVATE);

    c->stateless.lock = -1;
    if (token[0]) {
        c->stateless.private_token = crypt_secret_from(token, strlen(token));
        c->stateless.short_of_memory = !c->stateless.private_token;
    }
    cli_secret_forget_variable(PRIVATE);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        if (variable(plain[i])[0])
            c->stateless.plain_variable = plain[i];
        cli_secret_forget_variable(plain[i]);
    }
}

void cli_stateless_done(struct cli *c)
{
    cli_stateless_leave(c);
    crypt_secret_cleanup(&c->stateless.private_token);
    crypt_secret_cleanup(&c->stateless.refresh_token);
}

static bool has_grant(void)
{
    return variable(ID)[0] || variable(SECRET_FILE)[0] || variable(REFRESH_FILE)[0];
}

bool cli_stateless_wanted(const struct cli *c)
{
    return c->stateless.private_token || c->stateless.short_of_memory ||
           c->stateless.plain_variable || has_grant();
}

bool cli_stateless_is_private(const struct cli *c)
{
    return c->stateless.active && c->stateless.private_token;
}

const char *cli_stateless_tag(const struct cli *c, char out[CLI_STATELESS_TAG])
{
    const struct cli_stateless *s = &c->stateless;
    unsigned char hash[CRYPT_BLAKE2B_BYTES];

    out[0] = '\0';
    if (!s->active)
        return out;
    crypt_blake2b(hash, BASE_SPAN("hubauth: which token"),
                  crypt_secret_span(s->private_token ? s->private_token : s->refresh_token));
    crypt_hex_to(out, hash, (CLI_STATELESS_TAG - 1) / 2);
    crypt_wipe(hash, sizeof(hash));
    return out;
}

/* ------------------------------------------------------------------ what is missing or wrong */

static enum base_status fail_plain(const char *name, struct base_error *err)
{
    base_fail(err, BASE_USAGE, DOING,
              "%s holds a secret, which every program that is started would inherit", name);
    if (strcmp(name, "HUBAUTH_ACCESS_TOKEN") == 0)
        base_error_hint(err, "name its refresh token's file in " REFRESH_FILE
                             ", or give a private-app token in " PRIVATE);
    else
        base_error_hint(err, "put it into a file of mode 0600 and name that in %s_FILE", name);
    return BASE_USAGE;
}

static enum base_status check(const struct cli *c, struct base_error *err)
{
    static const char *const needed[] = {ID, SECRET_FILE, REFRESH_FILE};

    if (c->stateless.short_of_memory)
        return base_fail_memory(err);
    if (c->stateless.plain_variable)
        return fail_plain(c->stateless.plain_variable, err);
    if (c->stateless.private_token && has_grant()) {
        base_fail(err, BASE_USAGE, DOING, "both " PRIVATE " and HUBAUTH_… variables are set");
        base_error_hint(err, "unset one of the two");
        return BASE_USAGE;
    }
    if (c->stateless.private_token)
        return broker_private_check(c->stateless.private_token, "reading " PRIVATE, err);
    for (size_t i = 0; i < 3; i++) {
        if (variable(needed[i])[0])
            continue;
        base_fail(err, BASE_USAGE, DOING, "%s is not set", needed[i]);
        base_error_hint(err,
                        ID ", " SECRET_FILE " and " REFRESH_FILE
                           " belong together; to use the vault, unset them or name an ACCOUNT");
        return BASE_USAGE;
    }
    return BASE_OK;
}

static enum base_status read_file(struct cli *c, const char *name, const char *what,
                                  struct crypt_secret **ret, struct base_error *err)
{
    enum base_status status =
        cli_secret_file_read(c, variable(name), what, CLI_SECRET_GIVEN, ret, err);

    if (status)
        base_error_doing(err, "reading the file in %s", name);
    return status == BASE_NOT_FOUND ? base_error_as(err, BASE_USAGE) : status;
}

/* ------------------------------------------------------------------ app and account */

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static char *or_else(const char *name, const char *otherwise)
{
    return text(variable(name)[0] ? variable(name) : otherwise);
}

/* Whoever can set this one variable of a job, as with a file of settings in a repository, gets all
 * that is sent: so it is said aloud (C13). Of this machine's ports, too: another user may have
 * one. */
static void tell_where_to(struct cli *c, const char *api_url)
{
    struct base_url url;
    const char *server;

    if (base_url_parse(base_span_of(api_url), &url, NULL) ||
        base_span_is_nocase(url.host, "api.hubapi.com"))
        return;
    server = url.scheme.p + url.scheme.n + strlen("://");
    cli_say(c, "hubauth: by HUBAUTH_API_URL, secrets and calls go to %.*s, which is not HubSpot's",
            (int)(url.path.p - server), server);
}

static enum base_status add_app(struct cli *c, struct base_error *err)
{
    struct broker_app app = {
        .name = text(CLI_STATELESS_NAME),
        .client_id = text(c->stateless.private_token ? BROKER_PRIVATE_CLIENT : variable(ID)),
        /* An app has one; nobody logs in here. */
        .redirect_urls = {text(BROKER_APP_USUAL_REDIRECT)},
        .redirect_count = 1,
        .scope = or_else("HUBAUTH_SCOPES", "oauth"),
        .optional_scope = text(""),
        .api_version = or_else("HUBAUTH_API_VERSION", HUBSPOT_DEFAULT_VERSION),
        .api_url = or_else("HUBAUTH_API_URL", HUBSPOT_API_URL),
        .app_url = text(HUBSPOT_APP_URL),
        .authorize_url = text(""),
        .token_url = text(""),
        .issuer = text(""),
    };
    enum base_status status = BASE_OK;

    if (c->stateless.private_token)
        app.client_secret = crypt_secret_new(0);
    else
        status = read_file(c, SECRET_FILE, "client secret", &app.client_secret, err);
    if (!status && !app.client_secret)
        status = base_fail_memory(err);
    if (!status)
        status = broker_app_add(c->broker, &app, err);
    if (!status)
        tell_where_to(c, app.api_url);
    crypt_secret_free(app.client_secret);
    return status;
}

static enum base_status add_grant(struct cli *c, struct base_error *err)
{
    struct broker_grant g = {
        .name = text(CLI_STATELESS_NAME "/" CLI_STATELESS_NAME),
        .app = text(CLI_STATELESS_NAME),
        .account = text(CLI_STATELESS_NAME),
        .scopes = text(variable("HUBAUTH_SCOPES")),
        .asked = text(variable("HUBAUTH_SCOPES")),
        .connected_at = base_time_now(),
        .obtained_at = base_time_now(),
        .last_code = text(""),
        .last_message = text(""),
        .last_correlation = text(""),
    };

    if (c->stateless.private_token) {
        g.access_token = c->stateless.private_token;
        g.kind = BROKER_KIND_PRIVATE;
        g.expires_at = BROKER_PRIVATE_EXPIRES;
    } else {
        enum base_status status =
            read_file(c, REFRESH_FILE, "refresh token", &c->stateless.refresh_token, err);

        if (status)
            return status;
        g.refresh_token = c->stateless.refresh_token;
    }
    return broker_grant_store(c->broker, &g, err); /* it copies; all above is borrowed */
}

enum base_status cli_stateless_open(struct cli *c, const char **ret_rule, struct base_error *err)
{
    enum base_status status = check(c, err);

    if (status || (status = c->backends->open_memory(c, &c->broker, err)))
        return status;
    c->stateless.active = true;
    *ret_rule = c->stateless.private_token ? PRIVATE : REFRESH_FILE;
    status = add_app(c, err);
    return status ? status : add_grant(c, err);
}

/* ------------------------------------------------------------------ taking turns */

static void tell_unlocked(struct cli *c, const struct base_error *why)
{
    if (!c->stateless.told_unlocked)
        cli_say(c,
                "hubauth: nothing can be locked (%s): jobs that run at the same time are safe only "
                "because HubSpot gives the same refresh token again",
                why->why);
    c->stateless.told_unlocked = true;
}

/* What another process, or whoever mounts it, has put there since. */
static enum base_status read_again(struct cli *c, struct crypt_secret **ret, struct base_error *err)
{
    struct crypt_secret *now = NULL;
    struct stat st;
    enum base_status status;

    if (stat(variable(REFRESH_FILE), &st) != 0 || !S_ISREG(st.st_mode))
        return BASE_OK; /* a pipe; or it is gone, and what we have counts */
    status = cli_secret_file_read(c, variable(REFRESH_FILE), "refresh token", CLI_SECRET_AGAIN,
                                  &now, err);
    if (status)
        return status;
    if (crypt_secret_eq(c->stateless.refresh_token, crypt_secret_span(now))) {
        crypt_secret_free(now);
        return BASE_OK;
    }
    crypt_secret_free(c->stateless.refresh_token);
    c->stateless.refresh_token = now;
    *ret = crypt_secret_copy(now);
    return *ret ? BASE_OK : base_fail_memory(err);
}

enum base_status cli_stateless_enter(struct cli *c, struct crypt_secret **ret,
                                     struct base_error *err)
{
    struct base_error why = BASE_ERROR_NONE;
    enum base_status status;

    *ret = NULL;
    if (!c->stateless.refresh_token)
        return BASE_OK;
    status = cli_secret_file_lock(variable(REFRESH_FILE), &c->stateless.lock, &why);
    if (status == BASE_BUSY) {
        if (err)
            *err = why;
        return status;
    }
    if (status)
        tell_unlocked(c, &why);
    status = read_again(c, ret, err);
    if (status)
        cli_stateless_leave(c);
    return status;
}

void cli_stateless_leave(struct cli *c)
{
    cli_secret_file_unlock(c->stateless.lock);
    c->stateless.lock = -1;
}

/* ------------------------------------------------------------------ a new refresh token */

void cli_stateless_keep(struct cli *c, const struct crypt_secret *refresh_token)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crypt_secret *copy;

    if (!c->stateless.active || !c->stateless.refresh_token || !refresh_token ||
        crypt_secret_eq(c->stateless.refresh_token, crypt_secret_span(refresh_token)))
        return;
    if (cli_secret_file_replace(variable(REFRESH_FILE), "refresh token", refresh_token, &err)) {
        cli_say(
            c,
            "hubauth: WARNING: the server has given a new refresh token, and it could not be "
            "written to %s (%s). The old one in that file may be dead: the next run may have to "
            "be given a new one. Make the file writable, or use a vault (hubauth init).",
            variable(REFRESH_FILE), err.why);
        return;
    }
    cli_say(c, "hubauth: the server has given a new refresh token; it is in %s now.",
            variable(REFRESH_FILE));
    copy = crypt_secret_copy(refresh_token);
    if (copy) {
        crypt_secret_free(c->stateless.refresh_token);
        c->stateless.refresh_token = copy;
    }
}

void cli_stateless_explain(const struct cli *c, struct base_error *err)
{
    if (c->stateless.active && err->status == BASE_USAGE &&
        strstr(err->hint, "hubauth app update")) {
        base_error_hint(err, "correct " ID ", or the file in " SECRET_FILE);
        return;
    }
    if (!c->stateless.active || err->status != BASE_REAUTH)
        return;
    if (c->stateless.private_token)
        base_error_hint(
            err, "look in HubSpot whether the private app's token was rotated, and set " PRIVATE
                 " anew");
    else
        base_error_hint(err, "put a refresh token that works into the file in " REFRESH_FILE
                             "; `hubauth login` on another machine gives one");
}
