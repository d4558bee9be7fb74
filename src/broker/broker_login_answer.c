/* What comes back from the browser: which answer is taken for that of this login, and which is a
 * stranger's. */
#include "broker_login_int.h"

#include "base_text.h"
#include "hubspot_return.h"
#include "oauth_authorize.h"

static enum base_status accept_error(const struct oauth_callback *c, struct base_error *err)
{
    bool denied = strcmp(c->error, "access_denied") == 0;
    char error[64], description[512];

    base_text_printable_to(error, sizeof(error), base_span_of(c->error));
    base_text_printable_to(description, sizeof(description), base_span_of(c->error_description));
    if (denied) {
        base_fail(err, BASE_FORBIDDEN, "logging in",
                  "consent was denied: the account is not connected");
        base_error_hint(
            err, "hubauth login, and choose Connect; a HubSpot super admin may have to do it");
    } else {
        base_fail(err, BASE_FAILED, "logging in",
                  "the authorization page answered with the error %s", error);
    }
    base_error_lower(err, "%s%s%s", error, description[0] ? ": " : "", description);
    if (err)
        (void)base_text_copy(err->code, sizeof(err->code), base_span_of(error));
    return denied ? BASE_FORBIDDEN : BASE_FAILED;
}

/* The answer of another server than the one that was asked (RFC 9207 section 2.4, A13). It ends the
 * login. Whoever sent it knows the state, so the state protects nothing any more; and a stranger
 * who knows it could end the login by an error just as well. Nor is such an answer's error
 * believed. */
static enum base_status check_issuer(const struct broker_login *l, const struct oauth_callback *c,
                                     struct base_error *err)
{
    char shown[200];

    if (c->iss ? strcmp(c->iss, base_buf_str(&l->issuer)) == 0 : !l->app.issuer[0])
        return BASE_OK;
    if (c->iss) {
        base_fail(err, BASE_FAILED, "logging in",
                  "the answer is not from the server that was asked (%s); its code was not used",
                  base_buf_str(&l->issuer));
        base_text_printable_to(shown, sizeof(shown), base_span_of(c->iss));
        base_error_lower(err, "iss: %s", shown);
    } else {
        base_fail(err, BASE_FAILED, "logging in",
                  "the answer does not name its server (iss), as those of %s must; its code was "
                  "not used",
                  base_buf_str(&l->issuer));
    }
    base_error_hint(err, "hubauth app show %s tells where its logins go", l->app.name);
    return BASE_FAILED;
}

/* Whether an answer can be taken at all. */
static enum base_status check_open(const struct broker_login *l, struct base_error *err)
{
    if (l->accepted)
        return base_fail(err, BASE_INVALID, "logging in", "this login was answered already");
    if (broker_now(l->b) - l->begun_at > BROKER_LOGIN_LIFE_MS)
        return base_fail(err, BASE_CANCELLED, "logging in", "the login is older than 10 minutes");
    return BASE_OK;
}

static bool begins_install(const struct oauth_callback *c)
{
    return c->return_url && !c->code && !c->error;
}

static enum base_status accept_callback(struct broker_login *l, struct oauth_callback *c,
                                        struct base_error *err)
{
    enum base_status status = check_open(l, err);

    if (status)
        return status;
    if (begins_install(c)) { /* there is no state of ours yet */
        base_fail(err, BASE_INVALID, "logging in",
                  "this installation was begun in HubSpot's marketplace, which this login does not "
                  "wait for; open the address that hubauth shows instead");
        base_error_hint(err, "hubauth login --marketplace --portal ID");
        return BASE_INVALID;
    }
    if (l->install && !l->bounced)
        return base_fail(err, BASE_INVALID, "logging in",
                         "the installation has not begun: HubSpot must call with returnUrl first");
    if (!c->state || !crypt_span_eq(base_span_of(c->state), base_buf_span(&l->state)))
        return base_fail(err, BASE_INVALID, "logging in",
                         "the answer's state is not that of this login");
    l->accepted = true;
    status = check_issuer(l, c, err);
    if (status)
        return status;
    if (c->error)
        return accept_error(c, err);
    if (!c->code || !c->code[0])
        return base_fail(err, BASE_FAILED, "logging in",
                         "the answer has neither a code nor an error");
    l->code = crypt_secret_from(c->code, strlen(c->code));
    return l->code ? BASE_OK : base_fail_memory(err);
}

static enum base_status parse_callback(struct base_span query, struct oauth_callback *ret,
                                       struct base_error *err)
{
    enum base_status status = oauth_callback_parse(query, ret, err);

    return !status || status == BASE_NO_MEMORY
               ? status
               : base_fail(err, BASE_INVALID, "logging in", "the answer is malformed");
}

enum base_status broker_login_bounce(struct broker_login *l, struct base_span query,
                                     struct base_buf *out, struct base_error *err)
{
    struct oauth_callback c = {0};
    enum base_status status;

    if (!l->install)
        return base_fail(err, BASE_NOT_FOUND, "logging in", "this login is no installation");
    status = parse_callback(query, &c, err);
    if (status)
        return status;
    if (!begins_install(&c))
        status = base_fail(err, BASE_NOT_FOUND, "logging in", "no installation begins here");
    else if (!(status = check_open(l, err)))
        status = hubspot_return_url(base_span_of(c.return_url), l->app.app_url,
                                    base_buf_span(&l->state), out, err);
    l->bounced = l->bounced || !status;
    oauth_callback_free(&c);
    return status;
}

enum base_status broker_login_accept(struct broker_login *l, struct base_span query,
                                     struct base_error *err)
{
    struct oauth_callback c = {0};
    enum base_status status = parse_callback(query, &c, err);

    if (status)
        return status;
    status = accept_callback(l, &c, err);
    oauth_callback_free(&c);
    return status;
}

enum base_status broker_login_accept_url(struct broker_login *l, struct base_span url,
                                         struct base_error *err)
{
    struct base_span query;

    if (!oauth_callback_query(base_span_trim(url), l->redirect_url, &query)) {
        base_fail(err, BASE_INVALID, "logging in", "this is not the redirect URL with an answer");
        base_error_hint(err, "paste the whole address, which begins with %s%c", l->redirect_url,
                        strchr(l->redirect_url, '?') ? '&' : '?');
        return BASE_INVALID;
    }
    return broker_login_accept(l, query, err);
}

/* Visible ASCII (RFC 6749 appendix A.11), and no piece of an address. */
static bool is_bare_code(struct base_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '?' || text.p[i] == '&')
            return false;
    }
    return !base_span_starts(text, "code=") && !base_span_starts(text, "http:") &&
           !base_span_starts(text, "https:");
}

enum base_status broker_login_accept_code(struct broker_login *l, struct base_span code,
                                          struct base_error *err)
{
    struct base_span text = base_span_trim(code);
    enum base_status status = check_open(l, err);

    if (status)
        return status;
    if (l->install)
        return base_fail(err, BASE_USAGE, "logging in",
                         "the code of an installation is not taken by hand");
    if (l->app.issuer[0]) {
        base_fail(err, BASE_USAGE, "logging in",
                  "app %s takes only answers that name their server, which a bare code does not",
                  l->app.name);
        base_error_hint(err, "hubauth login --app %s --paste", l->app.name);
        return BASE_USAGE;
    }
    if (!is_bare_code(text)) {
        base_fail(err, BASE_INVALID, "logging in", "this is not a code alone");
        base_error_hint(err, "paste what stands between \"code=\" and the next \"&\"; the whole "
                             "address goes to hubauth login --paste");
        return BASE_INVALID;
    }
    if (text.n == 0 || text.n > OAUTH_CALLBACK_MAX)
        return base_fail(err, BASE_INVALID, "logging in", "the code is %s",
                         text.n ? "too long" : "empty");
    l->code = crypt_secret_from(text.p, text.n);
    if (!l->code)
        return base_fail_memory(err);
    l->accepted = true;
    return BASE_OK;
}
