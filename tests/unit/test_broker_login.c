/* Connecting an account: what goes to the browser, what may come back, and what is stored. */
#include "bed.h"
#include "broker_int.h"
#include "broker_login.h"
#include "crypt_encode.h"
#include "oauth_form.h"
#include "oauth_pkce.h"

#define MINUTE INT64_C(60000)

struct outcome {
    unsigned calls;
    enum base_status status;
    struct base_error err;
    char account[64], name[64], missing[256];
};

static void on_login(void *arg, enum base_status status, const struct broker_grant *grant,
                     const char *missing, const struct base_error *err)
{
    struct outcome *o = arg;

    o->calls++;
    o->status = status;
    o->err = err ? *err : BASE_ERROR_NONE;
    assert_true(status ? !grant && err : grant && !err);
    if (grant) {
        snprintf(o->account, sizeof(o->account), "%s", grant->account);
        snprintf(o->name, sizeof(o->name), "%s", grant->name);
    }
    snprintf(o->missing, sizeof(o->missing), "%s", missing);
}

static struct broker_login *begin_with(struct bed *b, const char *app, const char *portal)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_login *l;

    assert_ok(broker_login_begin(b->broker, app, portal, BED_REDIRECT, &l, &err), &err);
    return l;
}

static struct broker_login *begin(struct bed *b)
{
    return begin_with(b, "crm", NULL);
}

/* The value of a form's field, decoded, in a static buffer for one use at a time; "" when absent.
 * `ret_count` may be NULL. */
static const char *field(struct base_span form, const char *name, size_t *ret_count)
{
    static char out[512];
    struct base_buf n, v;
    enum base_status status = BASE_OK;
    size_t count = 0;

    out[0] = '\0';
    base_buf_init(&n, 1024);
    base_buf_init(&v, 1024);
    while (oauth_form_next(&form, &n, &v, &status)) {
        if (strcmp(base_buf_str(&n), name) != 0)
            continue;
        count++;
        snprintf(out, sizeof(out), "%s", base_buf_str(&v));
    }
    assert_ok(status, NULL);
    base_buf_free(&n);
    base_buf_free(&v);
    if (ret_count)
        *ret_count = count;
    return out;
}

static struct base_span query_of(const char *url)
{
    const char *mark = strchr(url, '?');

    assert_non_null(mark);
    return base_span_of(mark + 1);
}

static const char *asked(const struct broker_login *l, const char *name)
{
    return field(query_of(broker_login_url(l)), name, NULL);
}

/* Allocates nothing. */
static void copy_state(const struct broker_login *l, char out[128])
{
    const char *at = strstr(broker_login_url(l), "&state=");

    assert_non_null(at);
    at += strlen("&state=");
    snprintf(out, 128, "%.*s", (int)strcspn(at, "&"), at);
}

/* "…STATE…" with the login's state in its place, "…STATE-CUT…" with all but its end. */
static enum base_status accept(struct broker_login *l, const char *query, struct base_error *err)
{
    const char *place = strstr(query, "STATE");
    char state[128], text[1024];

    copy_state(l, state);
    if (place && base_span_starts(base_span_of(place), "STATE-CUT"))
        snprintf(text, sizeof(text), "%.*s%.*s%s", (int)(place - query), query,
                 (int)strlen(state) - 1, state, place + strlen("STATE-CUT"));
    else if (place)
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - query), query, state, place + 5);
    else
        snprintf(text, sizeof(text), "%s", query);
    *err = BASE_ERROR_NONE;
    return broker_login_accept(l, base_span_of(text), err);
}

static enum base_status accept_code(struct broker_login *l, const char *code,
                                    struct base_error *err)
{
    *err = BASE_ERROR_NONE;
    return broker_login_accept_code(l, base_span_of(code), err);
}

static void accept_good(struct broker_login *l)
{
    struct base_error err;

    assert_ok(accept(l, "code=code-1&state=STATE", &err), &err);
}

static void finish(struct bed *b, struct broker_login *l, struct outcome *o)
{
    struct base_error err = BASE_ERROR_NONE;

    *o = (struct outcome){0};
    assert_ok(broker_login_finish(l, on_login, o, &err), &err);
    assert_int_equal(o->calls, 0); /* only from the loop */
    bed_run(b);
    assert_int_equal(o->calls, 1);
}

static void login_with(struct bed *b, const struct fake_exchange *x, struct outcome *o)
{
    struct broker_login *l = begin(b);

    accept_good(l);
    fake_http_expect(b->http, x);
    finish(b, l, o);
    broker_login_free(l);
}

/* ------------------------------------------------------------------ the address */

static void address_has_what_it_needs(void **state)
{
    struct bed b;
    struct broker_login *l;
    size_t count;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    const char *url = broker_login_url(l);
    assert_ptr_equal(strstr(url, "https://app.example.com/oauth/authorize?"), url);
    assert_string_equal(field(query_of(url), "response_type", &count), "code"); /* A1 */
    assert_int_equal(count, 1);
    assert_string_equal(asked(l, "client_id"), "id-1");
    assert_string_equal(asked(l, "redirect_uri"), BED_REDIRECT); /* A7 */
    assert_string_equal(asked(l, "scope"), "oauth crm.objects.contacts.read");
    (void)field(query_of(url), "optional_scope", &count);
    assert_int_equal(count, 0);
    assert_string_equal(field(query_of(url), "code_challenge_method", &count), "S256"); /* A5 */
    assert_int_equal(count, 1);
    assert_int_equal(strlen(asked(l, "code_challenge")), 43);
    assert_true(strlen(field(query_of(url), "state", &count)) >= 22); /* A2: 128 bits; A6 */
    assert_int_equal(count, 1);
    assert_null(strstr(url, "secret")); /* A10 */
    broker_login_free(l);
    bed_free(&b);
}

static void address_follows_app_and_portal(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct broker_app app = bed_app("other");
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin_with(&b, "crm", "1234567");
    assert_non_null(strstr(broker_login_url(l), "/oauth/1234567/authorize?"));
    broker_login_free(l);
    app.optional_scope = (char *)(uintptr_t) "content";
    app.authorize_url = (char *)(uintptr_t) "https://id.example.com/auth?tenant=7";
    app.token_url = (char *)(uintptr_t) "https://id.example.com/token";
    app.redirect_urls[0] = (char *)(uintptr_t) "http://localhost:8976/other";
    assert_ok(bed_add_app(&b, &app, &err), &err);
    err = BASE_ERROR_NONE;
    assert_ok(broker_login_begin(b.broker, "other", NULL, app.redirect_urls[0], &l, &err), &err);
    assert_ptr_equal(strstr(broker_login_url(l), "https://id.example.com/auth?tenant=7&"),
                     broker_login_url(l));
    assert_string_equal(asked(l, "optional_scope"), "content");
    assert_string_equal(broker_login_app(l)->name, "other");
    broker_login_free(l);
    bed_free(&b);
}

/* A12: the answers of two issuers do not arrive at one place. */
static void issuers_share_no_redirect_url(void **state)
{
    static const struct {
        const char *authorize, *issuer, *redirect;
        bool good;
    } cases[] = {
        {"", "", BED_REDIRECT, true}, /* another app of the same server */
        {"https://id.example.com/auth", "", BED_REDIRECT, false},
        {"https://id.example.com/auth", "", "http://127.0.0.1:8976/callback", false},
        {"https://id.example.com/auth", "", BED_REDIRECT "?a=b", false},
        {"https://id.example.com/auth", "", BED_REDIRECT "-other", true},
        {"https://id.example.com/auth", "", "http://localhost:8977/callback", true},
        /* who claims the name of another is not that other */
        {"https://id.example.com/auth", "https://app.example.com", BED_REDIRECT, false},
        {"", "https://app.example.com/x", BED_REDIRECT, false},
        {"", "https://app.example.com", BED_REDIRECT, true},
        {"https://app.example.com/auth", "", BED_REDIRECT, true},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bed b;
        struct broker_app app = bed_app("other");
        struct base_error err = BASE_ERROR_NONE;
        enum base_status status;

        bed_make(&b);
        app.authorize_url = (char *)(uintptr_t)cases[i].authorize;
        app.token_url = (char *)(uintptr_t)cases[i].authorize;
        app.issuer = (char *)(uintptr_t)cases[i].issuer;
        app.redirect_urls[0] = (char *)(uintptr_t)cases[i].redirect;
        status = bed_add_app(&b, &app, &err);
        if (status != (cases[i].good ? BASE_OK : BASE_USAGE))
            fail_msg("case %zu: %s", i, err.why);
        if (status) {
            assert_non_null(strstr(err.why, "app crm"));
            assert_non_null(strstr(err.hint, ":8976/callback-other"));
        }
        bed_free(&b);
    }
}

static void issuer_is_checked_and_kept(void **state)
{
    static const char *const bad[] = {"http://id.example.com", "id.example.com", "https://h/?q",
                                      "https://h/#f"};
    struct bed b;
    struct broker_app app = bed_app("other"), back;
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf issuer;

    (void)state;
    bed_make(&b);
    app.redirect_urls[0] = (char *)(uintptr_t) "http://localhost:8976/other";
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        app.issuer = (char *)(uintptr_t)bad[i];
        assert_int_equal(bed_add_app(&b, &app, &err), BASE_USAGE);
    }
    app.issuer = (char *)(uintptr_t) "https://id.example.com/tenant";
    assert_ok(bed_add_app(&b, &app, &err), &err);
    assert_ok(broker_app_get(b.broker, "other", &back, &err), &err);
    assert_string_equal(back.issuer, "https://id.example.com/tenant");
    base_buf_init(&issuer, 100);
    broker_app_issuer(&back, &issuer);
    assert_string_equal(base_buf_str(&issuer), "https://id.example.com/tenant");
    broker_app_free(&back);
    base_buf_reset(&issuer);
    assert_ok(broker_app_get(b.broker, "crm", &back, &err), &err);
    broker_app_issuer(&back, &issuer);
    assert_string_equal(base_buf_str(&issuer), "https://app.example.com");
    base_buf_free(&issuer);
    broker_app_free(&back);
    bed_free(&b);
}

/* A2, A5: new for each request. */
static void no_two_logins_are_alike(void **state)
{
    struct bed b;
    char state_of[100][128], challenge_of[100][128];

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < 100; i++) {
        struct broker_login *l = begin(&b);

        copy_state(l, state_of[i]);
        snprintf(challenge_of[i], 128, "%s", asked(l, "code_challenge"));
        broker_login_free(l);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(state_of[i], state_of[k]);
            assert_string_not_equal(challenge_of[i], challenge_of[k]);
        }
    }
    bed_free(&b);
}

static void redirect_url_must_be_registered(void **state)
{
    static const char *const others[] = {
        "", "http://localhost:8976/callback/", "http://localhost:8977/callback",
        "http://localhost:8976/Callback", "https://evil.example/callback"};
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(others); i++) /* A7 */
        assert_status(broker_login_begin(b.broker, "crm", NULL, others[i], &l, &err), BASE_USAGE,
                      &err);
    assert_status(broker_login_begin(b.broker, "nix", NULL, BED_REDIRECT, &l, &err), BASE_USAGE,
                  &err);
    assert_non_null(strstr(err.hint, "crm"));
    bed_free(&b);
}

/* ------------------------------------------------------------------ what comes back */

static void state_is_good_once(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    accept_good(l);
    /* A3 */
    assert_status(accept(l, "code=code-1&state=STATE", &err), BASE_INVALID, &err);
    assert_status(accept(l, "code=code-2&state=STATE", &err), BASE_INVALID, &err);
    assert_status(accept(l, "error=access_denied&state=STATE", &err), BASE_INVALID, &err);
    broker_login_free(l);
    bed_free(&b);
}

/* A3 */
static void login_is_forgotten_after_ten_minutes(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    fake_time_pass(10 * MINUTE);
    accept_good(l);
    broker_login_free(l);
    l = begin(&b);
    fake_time_pass(10 * MINUTE + 1);
    assert_status(accept(l, "code=code-1&state=STATE", &err), BASE_CANCELLED, &err);
    broker_login_free(l);
    bed_free(&b);
}

/* A4, A6, B8, B9: none of these is ours, and none ends the wait. */
static void strangers_do_not_end_the_wait(void **state)
{
    static const char *const strangers[] = {
        "",
        "code=code-1",
        "code=code-1&state=",
        "code=code-1&state=wrong",
        "code=code-1&state=STATEx",
        "code=code-1&state=xSTATE",
        "code=code-1&state=STATE-CUT",
        "code=code-1&state=STATE&state=STATE",
        "code=code-1&state=STATE&state=other",
        "code=code-1&code=code-2&state=STATE",
        "code=code-1&state=STATE&error=a&error=b",
        "code=code-1&state=STATE%",
        "code=%zz&state=STATE",
        "code=a%00b&state=STATE",
        "error=access_denied",
        "error=access_denied&state=wrong",
        "returnUrl=https%3A%2F%2Fapp.hubspot.com",
    };
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    for (size_t round = 0; round < 7; round++) {
        for (size_t i = 0; i < TEST_COUNT(strangers); i++) {
            if (accept(l, strangers[i], &err) != BASE_INVALID)
                fail_msg("%s: %s", strangers[i], base_status_word(err.status));
            assert_true(err.why[0] != '\0');
        }
    }
    accept_good(l);
    broker_login_free(l);
    bed_free(&b);
}

static void query_has_a_cap(void **state)
{
    static char query[32768];
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    memset(query, 'a', sizeof(query) - 1);
    assert_status(broker_login_accept(l, base_span_of(query), &err), BASE_INVALID, &err);
    accept_good(l);
    broker_login_free(l);
    bed_free(&b);
}

static void installation_begun_in_the_marketplace_is_explained(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    assert_status(accept(l, "returnUrl=https%3A%2F%2Fapp.hubspot.com%2Fx", &err), BASE_INVALID,
                  &err);
    assert_non_null(strstr(err.why, "marketplace"));
    broker_login_free(l);
    bed_free(&b);
}

static void denial_and_errors_are_final(void **state)
{
    static const struct {
        const char *query;
        enum base_status status;
        const char *code, *lower;
    } errors[] = {
        {"error=access_denied&state=STATE", BASE_FORBIDDEN, "access_denied", "access_denied"},
        {"error=access_denied&error_description=No%20way&state=STATE", BASE_FORBIDDEN,
         "access_denied", "No way"},
        {"error=invalid_scope&error_description=Scopes+differ&state=STATE", BASE_FAILED,
         "invalid_scope", "Scopes differ"},
        /* An error counts for more than a code. */
        {"error=access_denied&code=code-1&state=STATE", BASE_FORBIDDEN, "access_denied", ""},
        {"state=STATE", BASE_FAILED, "", ""},
        {"code=&state=STATE", BASE_FAILED, "", ""},
        /* B10: nothing that drives a terminal. */
        {"error=a%1b%5b31mb&error_description=%1b%5d0%3bx%07&state=STATE", BASE_FAILED, "a?[31mb",
         "?]0;x?"},
    };
    struct bed b;
    struct base_error err;
    struct outcome o = {0};

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(errors); i++) {
        struct broker_login *l = begin(&b);

        assert_status(accept(l, errors[i].query, &err), errors[i].status, &err);
        assert_string_equal(err.code, errors[i].code);
        assert_non_null(strstr(err.lower, errors[i].lower));
        /* It is over, and there is no code. */
        assert_status(broker_login_finish(l, on_login, &o, &err), BASE_FAILED, &err);
        assert_status(accept(l, "code=code-1&state=STATE", &err), BASE_INVALID, &err);
        broker_login_free(l);
    }
    assert_int_equal(o.calls, 0);
    bed_free(&b);
}

/* B14 */
static void pasted_address_passes_the_same_checks(void **state)
{
    static const struct {
        const char *url; /* STATE stands for the state */
        bool good;
    } pastes[] = {
        {BED_REDIRECT "?code=code-1&state=STATE", true},
        {"  " BED_REDIRECT "?code=code-1&state=STATE\r\n", true},
        {BED_REDIRECT "?state=STATE&code=code-1#fragment", true}, /* A11 */
        {"code-1", false},
        {"code=code-1&state=STATE", false},
        {"?code=code-1&state=STATE", false},
        {"", false},
        {BED_REDIRECT, false},
        {BED_REDIRECT "?", false},
        {BED_REDIRECT "#code=code-1&state=STATE", false},
        {BED_REDIRECT "?code=code-1&state=wrong", false},
        {BED_REDIRECT "?code=code-1", false},
        {BED_REDIRECT "/?code=code-1&state=STATE", false},
        {BED_REDIRECT "?code=code-1#&state=STATE", false},
        {"https://localhost:8976/callback?code=code-1&state=STATE", false},
        {"http://localhost:8977/callback?code=code-1&state=STATE", false},
        {"http://127.0.0.1:8976/callback?code=code-1&state=STATE", false},
        {"http://localhost:8976/?code=code-1&state=STATE", false},
        {"http://evil.example/callback?code=code-1&state=STATE", false},
    };
    struct bed b;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(pastes); i++) {
        struct broker_login *l = begin(&b);
        const char *place = strstr(pastes[i].url, "STATE");
        char given[128], url[1024];
        enum base_status status;

        copy_state(l, given);
        snprintf(url, sizeof(url), "%s", pastes[i].url);
        if (place)
            snprintf(url, sizeof(url), "%.*s%s%s", (int)(place - pastes[i].url), pastes[i].url,
                     given, place + 5);
        status = broker_login_accept_url(l, base_span_of(url), &err);
        if (status != (pastes[i].good ? BASE_OK : BASE_INVALID))
            fail_msg("%s: %s", pastes[i].url, base_status_word(status));
        if (!pastes[i].good)
            accept_good(l);
        broker_login_free(l);
    }
    bed_free(&b);
}

/* ------------------------------------------------------------------ other servers */

/* An app "other" of another server, whose name it insists on or not. The redirect URL is `redirect`
 * or one of its own. */
static void add_other(struct bed *b, const char *issuer, const char *scope, const char *redirect)
{
    struct broker_app app = bed_app("other");
    struct base_error err = BASE_ERROR_NONE;

    app.authorize_url = (char *)(uintptr_t) "https://id.example.com/auth";
    app.token_url = (char *)(uintptr_t) "https://id.example.com/token";
    app.issuer = (char *)(uintptr_t)issuer;
    app.scope = (char *)(uintptr_t)scope;
    app.redirect_urls[0] = (char *)(uintptr_t)redirect;
    assert_ok(bed_add_app(b, &app, &err), &err);
}

#define OTHER_REDIRECT "http://localhost:8976/other"

static struct broker_login *begin_other(struct bed *b)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_login *l;

    assert_ok(broker_login_begin(b->broker, "other", NULL, OTHER_REDIRECT, &l, &err), &err);
    return l;
}

/* A13 (RFC 9207): the issuer is that of the server that was asked, or the login ends. */
static void answer_of_another_server_ends_the_login(void **state)
{
    static const struct {
        const char *issuer, *query;
        enum base_status want;
    } cases[] = {
        {"", "code=c&state=STATE", BASE_OK},
        {"", "code=c&state=STATE&iss=https://id.example.com", BASE_OK}, /* the page's origin */
        {"", "code=c&state=STATE&iss=https%3A%2F%2Fid.example.com", BASE_OK},
        {"", "code=c&state=STATE&iss=https://app.hubspot.com", BASE_FAILED},
        {"", "code=c&state=STATE&iss=https://id.example.com/", BASE_FAILED}, /* byte by byte */
        {"", "code=c&state=STATE&iss=HTTPS://id.example.com", BASE_FAILED},
        {"", "error=access_denied&state=STATE&iss=https://evil.example", BASE_FAILED},
        {"", "error=access_denied&state=STATE&iss=https://id.example.com", BASE_FORBIDDEN},
        {"https://id.example.com/t", "code=c&state=STATE&iss=https://id.example.com/t", BASE_OK},
        {"https://id.example.com/t", "code=c&state=STATE&iss=https://id.example.com", BASE_FAILED},
        {"https://id.example.com/t", "code=c&state=STATE", BASE_FAILED},
        {"https://id.example.com/t", "code=c&state=STATE&iss=", BASE_FAILED},
        {"https://id.example.com/t", "error=access_denied&state=STATE", BASE_FAILED},
        /* without the state it is a stranger's, whatever it calls itself */
        {"https://id.example.com/t", "code=c&iss=https://evil.example", BASE_INVALID},
        {"", "code=c&state=wrong&iss=https://evil.example", BASE_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bed b;
        struct broker_login *l;
        struct outcome o;
        struct base_error err;
        enum base_status status;

        bed_make(&b);
        add_other(&b, cases[i].issuer, "oauth", OTHER_REDIRECT);
        l = begin_other(&b);
        status = accept(l, cases[i].query, &err);
        if (status != cases[i].want)
            fail_msg("%s: %s", cases[i].query, base_status_word(status));
        if (status && status != BASE_INVALID) { /* nothing is exchanged, now or later */
            assert_int_equal(broker_login_finish(l, on_login, &o, &err), BASE_FAILED);
            assert_int_equal(accept(l, "code=c&state=STATE", &err), BASE_INVALID);
        }
        broker_login_free(l);
        bed_free(&b);
    }
}

/* An ID token with a claim or two put in place of the good ones; NULL: the good one. */
static void add_id_token(struct base_buf *out, const char *nonce, const char *iss, const char *aud,
                         int64_t exp_s)
{
    struct base_buf claims;

    base_buf_init(&claims, 4096);
    base_buf_printf(&claims,
                    "{\"iss\":\"%s\",\"sub\":\"u\",\"aud\":\"%s\",\"exp\":%lld,\"iat\":%lld,"
                    "\"nonce\":\"%s\"}",
                    iss ? iss : "https://id.example.com", aud ? aud : "id-1", (long long)exp_s,
                    (long long)(fake_time_wall() / 1000), nonce);
    crypt_base64url(out, "{\"alg\":\"RS256\"}", 15);
    base_buf_add_char(out, '.');
    crypt_base64url(out, claims.p, claims.n);
    base_buf_add_str(out, ".c2ln");
    base_buf_free(&claims);
}

/* A14: tokens whose ID token belongs to another login, client or server are not kept. */
static void id_token_is_checked_where_openid_is_asked(void **state)
{
    static const struct {
        const char *scope, *granted; /* granted NULL: the answer does not say */
        bool has_token;
        const char *nonce, *iss, *aud; /* NULL: the right one */
        int64_t life_s;
        bool good;
    } cases[] = {
        {"oauth openid", NULL, true, NULL, NULL, NULL, 600, true},
        {"oauth openid", "oauth openid", true, NULL, NULL, NULL, 600, true},
        {"oauth openid", NULL, true, "another", NULL, NULL, 600, false},
        {"oauth openid", NULL, true, "", NULL, NULL, 600, false},
        {"oauth openid", NULL, true, NULL, "https://evil.example", NULL, 600, false},
        {"oauth openid", NULL, true, NULL, NULL, "id-2", 600, false},
        {"oauth openid", NULL, true, NULL, NULL, NULL, -3600, false},
        {"oauth openid", NULL, false, NULL, NULL, NULL, 600, false}, /* none at all */
        {"oauth openid", "oauth openid", false, NULL, NULL, NULL, 600, false},
        {"oauth openid", "oauth", false, NULL, NULL, NULL, 600, true}, /* openid was not granted */
        {"oauth", NULL, true, "another", NULL, NULL, 600, true},       /* nor asked for */
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bed b;
        struct broker_login *l;
        struct outcome o;
        struct base_error err;
        struct base_buf answer;
        size_t count;

        bed_make(&b);
        add_other(&b, "", cases[i].scope, OTHER_REDIRECT);
        l = begin_other(&b);
        (void)field(query_of(broker_login_url(l)), "nonce", &count);
        assert_int_equal(count, strstr(cases[i].scope, "openid") != NULL);
        base_buf_init(&answer, 8192);
        base_buf_add_str(&answer, "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\"");
        if (cases[i].granted)
            base_buf_printf(&answer, ",\"scope\":\"%s\"", cases[i].granted);
        if (cases[i].has_token) {
            base_buf_add_str(&answer, ",\"id_token\":\"");
            add_id_token(&answer, cases[i].nonce ? cases[i].nonce : asked(l, "nonce"), cases[i].iss,
                         cases[i].aud, fake_time_wall() / 1000 + cases[i].life_s);
            base_buf_add_char(&answer, '"');
        }
        base_buf_add_char(&answer, '}');
        accept_good(l);
        fake_http_expect(b.http, &(struct fake_exchange){.answer = base_buf_str(&answer)});
        finish(&b, l, &o);
        if (o.status != (cases[i].good ? BASE_OK : BASE_FAILED))
            fail_msg("case %zu: %s: %s", i, base_status_word(o.status), o.err.why);
        struct broker_grant g;
        enum base_status stored = broker_grant_load(b.broker, "other/other", &g, &err);
        assert_int_equal(!stored, cases[i].good);
        if (!stored)
            broker_grant_free(&g);
        base_buf_free(&answer);
        broker_login_free(l);
        bed_free(&b);
    }
}

static void two_logins_have_two_nonces(void **state)
{
    struct bed b;
    struct broker_login *first, *second;
    char nonce[128];

    (void)state;
    bed_make(&b);
    add_other(&b, "", "openid", OTHER_REDIRECT);
    first = begin_other(&b);
    second = begin_other(&b);
    snprintf(nonce, sizeof(nonce), "%s", asked(first, "nonce"));
    assert_int_equal(strlen(nonce), 43);
    assert_string_not_equal(nonce, asked(second, "nonce"));
    assert_string_not_equal(nonce, asked(first, "state"));
    broker_login_free(first);
    broker_login_free(second);
    bed_free(&b);
}

/* ------------------------------------------------------------------ installations */

#define RETURN "returnUrl=https%3A%2F%2Fapp.hubspot.com%2Foauth%2F7%3Fa%3Db"

static struct broker_login *begin_install(struct bed *b)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_login *l;

    assert_ok(broker_login_begin_install(b->broker, "crm", "1234567", BED_REDIRECT, &l, &err),
              &err);
    return l;
}

/* The state that the bounce gives out. */
static void bounce(struct broker_login *l, char out[128])
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf to;
    const char *at;

    base_buf_init(&to, 16384);
    assert_ok(broker_login_bounce(l, BASE_SPAN(RETURN), &to, &err), &err);
    at = strstr(base_buf_str(&to), "https://app.hubspot.com/oauth/7?a=b&state=");
    assert_ptr_equal(at, base_buf_str(&to));
    snprintf(out, 128, "%s", strrchr(at, '=') + 1);
    assert_int_equal(strlen(out), 43);
    base_buf_free(&to);
}

static void installation_goes_back_and_comes_again(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct outcome o;
    struct base_error err;
    char given[128], again[128], query[512];
    size_t count;
    const struct fake_exchange x = {.url = BED_API BED_TOKEN_PATH,
                                    .answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    l = begin_install(&b);
    assert_string_equal(broker_login_url(l), ""); /* nothing of ours to open */
    bounce(l, given);
    bounce(l, again); /* a page that is loaded twice is no reason to fail */
    assert_string_equal(given, again);
    snprintf(query, sizeof(query), "code=code-1&state=%s", given);
    assert_ok(broker_login_accept(l, base_span_of(query), &err), &err);
    fake_http_expect(b.http, &x);
    finish(&b, l, &o);
    assert_ok(o.status, &o.err);
    /* HubSpot's address had no challenge, so the exchange has no verifier. */
    (void)field(base_span_of(fake_http_request(b.http, 0)->body), "code_verifier", &count);
    assert_int_equal(count, 0);
    broker_login_free(l);
    bed_free(&b);
}

/* The weaker login is one that was asked for, and it is open for nothing before its time. */
static void installation_weakens_no_other_login(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct base_error err;
    struct base_buf to;
    char given[128], query[512];

    (void)state;
    bed_make(&b);
    base_buf_init(&to, 16384);
    l = begin(&b); /* an ordinary login gives its state to nobody */
    assert_status(broker_login_bounce(l, BASE_SPAN(RETURN), &to, &err), BASE_NOT_FOUND, &err);
    assert_int_equal(to.n, 0);
    assert_status(accept(l, RETURN, &err), BASE_INVALID, &err);
    assert_non_null(strstr(err.hint, "--marketplace"));
    accept_good(l);
    broker_login_free(l);

    l = begin_install(&b);
    assert_status(accept_code(l, "code-1", &err), BASE_USAGE, &err);
    assert_status(broker_login_accept(l, BASE_SPAN("code=c&state=x"), &err), BASE_INVALID, &err);
    assert_status(broker_login_accept(l, BASE_SPAN("error=access_denied&state="), &err),
                  BASE_INVALID, &err);
    assert_status(broker_login_bounce(l, BASE_SPAN("returnUrl=https://evil.example/"), &to, &err),
                  BASE_INVALID, &err); /* G9 */
    assert_status(broker_login_bounce(l, BASE_SPAN("code=c&" RETURN), &to, &err), BASE_NOT_FOUND,
                  &err);
    assert_status(broker_login_bounce(l, BASE_SPAN(RETURN "&returnUrl=x"), &to, &err), BASE_INVALID,
                  &err); /* B9 */
    assert_int_equal(to.n, 0);
    bounce(l, given);
    assert_status(broker_login_accept(l, BASE_SPAN("code=c&state=x"), &err), BASE_INVALID, &err);
    snprintf(query, sizeof(query), "code=code-1&state=%s", given);
    assert_ok(broker_login_accept(l, base_span_of(query), &err), &err);
    assert_status(broker_login_bounce(l, BASE_SPAN(RETURN), &to, &err), BASE_INVALID,
                  &err); /* A3 */
    broker_login_free(l);
    base_buf_free(&to);
    bed_free(&b);
}

static void installation_needs_its_account(void **state)
{
    static const char *const bad[] = {NULL, "", "0", "-1", "12x", "99999999999999999999"};
    struct bed b;
    struct broker_login *l;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_status(broker_login_begin_install(b.broker, "crm", bad[i], BED_REDIRECT, &l, &err),
                      BASE_USAGE, &err);
    bed_free(&b);
}

/* A code that somebody else brought leads to somebody else's account. */
static void tokens_of_another_account_are_dropped(void **state)
{
    static const struct {
        bool install;
        const char *portal, *answer; /* NULL: bed_tokens(), of account 1234567 */
        enum base_status want;
    } cases[] = {
        {false, NULL, NULL, BASE_OK},
        {false, "1234567", NULL, BASE_OK},
        {false, "7654321", NULL, BASE_FAILED},
        {true, "7654321", NULL, BASE_FAILED},
        {true, "1234567", NULL, BASE_OK},
        /* an answer that names no account */
        {true, "1234567", "{\"access_token\":\"a\",\"token_type\":\"bearer\"}", BASE_FAILED},
        {false, "1234567", "{\"access_token\":\"a\",\"token_type\":\"bearer\"}", BASE_OK},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct bed b;
        struct broker_login *l;
        struct outcome o;
        struct base_error err;
        char given[128], query[512];

        bed_make(&b);
        if (cases[i].install) {
            assert_ok(broker_login_begin_install(b.broker, "crm", cases[i].portal, BED_REDIRECT, &l,
                                                 &err),
                      &err);
            bounce(l, given);
        } else {
            l = begin_with(&b, "crm", cases[i].portal);
            copy_state(l, given);
        }
        snprintf(query, sizeof(query), "code=code-1&state=%s", given);
        assert_ok(broker_login_accept(l, base_span_of(query), &err), &err);
        fake_http_expect(
            b.http, &(struct fake_exchange){
                        .answer = cases[i].answer ? cases[i].answer : bed_tokens("at-1", "rt-1")});
        finish(&b, l, &o);
        if (o.status != cases[i].want)
            fail_msg("case %zu: %s: %s", i, base_status_word(o.status), o.err.why);
        broker_login_free(l);
        bed_free(&b);
    }
}

/* B14: a code by itself, which has PKCE and nothing else. */
static void bare_code_is_taken_when_asked_for(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"na1-code", true},
        {"  4/0AdQt8qh-_~\r\n", true},
        {"", false},
        {"  ", false},
        {"a b", false},
        {"code=na1-code", false},
        {"na1-code&state=x", false},
        {BED_REDIRECT "?code=x", false},
        {"https:na1", false},
        {"na1-\xc3\xa9", false},
        {"na1-\x7f", false},
    };
    struct bed b;
    struct broker_login *l;
    struct base_error err;
    struct outcome o;
    size_t count;
    const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        l = begin(&b);
        assert_status(accept_code(l, cases[i].text, &err), cases[i].good ? BASE_OK : BASE_INVALID,
                      &err);
        if (cases[i].good)
            assert_status(accept_code(l, cases[i].text, &err), BASE_INVALID, &err); /* A3 */
        broker_login_free(l);
    }
    l = begin(&b);
    assert_ok(accept_code(l, " code-1\n", &err), &err);
    fake_http_expect(b.http, &x);
    finish(&b, l, &o);
    assert_ok(o.status, &o.err);
    struct base_span body = base_span_of(fake_http_request(b.http, 0)->body);
    assert_string_equal(field(body, "code", NULL), "code-1");
    (void)field(body, "code_verifier", &count);
    assert_int_equal(count, 1);
    broker_login_free(l);

    l = begin(&b);
    fake_time_pass(10 * MINUTE + 1);
    assert_status(accept_code(l, "code-1", &err), BASE_CANCELLED, &err);
    broker_login_free(l);
    add_other(&b, "https://id.example.com", "oauth", OTHER_REDIRECT); /* A13: it cannot name it */
    l = begin_other(&b);
    assert_status(accept_code(l, "code-1", &err), BASE_USAGE, &err);
    broker_login_free(l);
    bed_free(&b);
}

static void pasted_address_may_have_a_query_of_its_own(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct base_error err;
    char given[128], url[512];

    (void)state;
    bed_make(&b);
    add_other(&b, "", "oauth", OTHER_REDIRECT "?a=b");
    assert_ok(broker_login_begin(b.broker, "other", NULL, OTHER_REDIRECT "?a=b", &l, &err), &err);
    copy_state(l, given);
    snprintf(url, sizeof(url), OTHER_REDIRECT "?code=c&state=%s", given);
    assert_status(broker_login_accept_url(l, base_span_of(url), &err), BASE_INVALID, &err);
    snprintf(url, sizeof(url), OTHER_REDIRECT "?a=b?code=c&state=%s", given);
    assert_status(broker_login_accept_url(l, base_span_of(url), &err), BASE_INVALID, &err);
    snprintf(url, sizeof(url), OTHER_REDIRECT "?a=b&code=c&state=%s", given);
    assert_ok(broker_login_accept_url(l, base_span_of(url), &err), &err);
    broker_login_free(l);
    bed_free(&b);
}

/* ------------------------------------------------------------------ the exchange */

static void code_is_exchanged_once(void **state)
{
    struct bed b;
    struct broker_login *l;
    struct outcome o, again = {0};
    struct base_error err;
    char challenge[128];
    struct base_buf computed;
    const struct fake_exchange x = {.method = "POST",
                                    .url = BED_API BED_TOKEN_PATH,
                                    .bearer = "",
                                    .answer = bed_tokens("at-1", "rt-1"),
                                    .delay_ms = 4000};

    (void)state;
    bed_make(&b);
    l = begin(&b);
    snprintf(challenge, sizeof(challenge), "%s", asked(l, "code_challenge"));
    assert_status(broker_login_finish(l, on_login, &again, &err), BASE_FAILED, &err); /* no code */
    accept_good(l);
    fake_http_expect(b.http, &x);
    finish(&b, l, &o);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.account, "1234567");
    assert_string_equal(o.name, BED_ACCOUNT);

    struct base_span body = base_span_of(fake_http_request(b.http, 0)->body);
    assert_string_equal(field(body, "grant_type", NULL), "authorization_code");
    assert_string_equal(field(body, "code", NULL), "code-1");
    assert_string_equal(field(body, "redirect_uri", NULL), BED_REDIRECT); /* A7 */
    assert_string_equal(field(body, "client_id", NULL), "id-1");
    assert_string_equal(field(body, "client_secret", NULL), "secret-1");
    /* A5: the verifier is that of the challenge. */
    const char *verifier = field(body, "code_verifier", NULL);
    assert_int_equal(strlen(verifier), 43); /* the shortest that RFC 7636 section 4.1 takes */
    assert_null(strstr(broker_login_url(l), verifier));
    base_buf_init(&computed, 128);
    oauth_pkce_challenge(base_span_of(verifier), &computed);
    assert_string_equal(base_buf_str(&computed), challenge);
    base_buf_free(&computed);

    assert_status(broker_login_finish(l, on_login, &again, &err), BASE_FAILED, &err);
    bed_run(&b);
    assert_int_equal(again.calls, 0);
    assert_int_equal(fake_http_count(b.http), 1);
    broker_login_free(l);

    struct broker_grant g;
    bed_load(&b, &g);
    assert_int_equal(g.hub_id, 1234567);
    assert_int_equal(g.connected_at, fake_time_wall());
    assert_int_equal(g.obtained_at, fake_time_wall());
    assert_int_equal(g.expires_at, fake_time_wall() - 4000 + 30 * MINUTE);
    assert_string_equal(g.scopes, "oauth crm.objects.contacts.read");
    assert_string_equal(g.asked, "oauth crm.objects.contacts.read");
    broker_grant_free(&g);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void app_names_the_account_where_there_is_no_portal(void **state)
{
    struct bed b;
    struct outcome o;
    struct broker_grant g;
    struct base_error err;
    const struct fake_exchange x = {
        .answer = "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"scope\":\"oauth\"}"};

    (void)state;
    bed_make(&b);
    login_with(&b, &x, &o);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.account, "crm");
    assert_string_equal(o.name, "crm/crm");
    assert_string_equal(o.missing, "crm.objects.contacts.read"); /* RFC's `scope` counts too */
    assert_ok(broker_grant_load(b.broker, "crm/crm", &g, &err), &err);
    assert_int_equal(g.hub_id, 0);
    assert_null(g.refresh_token);
    assert_int_equal(g.expires_at, fake_time_wall() + BROKER_TOKEN_LIFE_DEFAULT_S * 1000);
    broker_grant_free(&g);
    bed_free(&b);
}

/* A8 */
static void scopes_that_are_missing_are_named(void **state)
{
    struct bed b;
    struct outcome o;
    const struct fake_exchange less = {
        .answer = "{\"access_token\":\"at-1\",\"token_type\":\"bearer\",\"hub_id\":1234567,"
                  "\"scopes\":[\"oauth\"]}"};
    const struct fake_exchange silent = {
        .answer = "{\"access_token\":\"at-1\",\"token_type\":\"bearer\",\"hub_id\":1234567}"};
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    login_with(&b, &less, &o);
    assert_ok(o.status, &o.err);
    assert_string_equal(o.missing, "crm.objects.contacts.read");
    bed_load(&b, &g);
    assert_string_equal(g.scopes, "oauth");
    assert_string_equal(g.asked, "oauth crm.objects.contacts.read");
    broker_grant_free(&g);
    login_with(&b, &silent, &o); /* RFC 6749 section 5.1: as asked for */
    assert_string_equal(o.missing, "");
    bed_free(&b);
}

static void public_client_shows_no_secret(void **state)
{
    struct bed b;
    struct outcome o;
    struct broker_app app = bed_app("public");
    struct broker_login *l;
    struct base_error err;
    size_t count;
    const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    app.client_secret = crypt_secret_new(0);
    assert_non_null(app.client_secret);
    assert_ok(broker_app_add(b.broker, &app, &err), &err);
    crypt_secret_free(app.client_secret);
    l = begin_with(&b, "public", NULL);
    accept_good(l);
    fake_http_expect(b.http, &x);
    finish(&b, l, &o);
    assert_ok(o.status, &o.err);
    (void)field(base_span_of(fake_http_request(b.http, 0)->body), "client_secret", &count);
    assert_int_equal(count, 0);
    broker_login_free(l);
    bed_free(&b);
}

/* ------------------------------------------------------------------ what is stored */

static void new_login_replaces_the_old_grant(void **state)
{
    static const struct bed_grant before[] = {
        {.access = "at-0", .refresh = "rt-0", .age_ms = 90 * MINUTE},
        {.access = "at-0", .refresh = "rt-0", .state = BROKER_GRANT_DEAD},
        {.access = "at-0", .refresh = "rt-0", .previous = "rt", .state = BROKER_GRANT_REFRESHING},
    };
    struct bed b;
    struct outcome o;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(before); i++) {
        const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};
        struct broker_grant g;

        bed_put_grant(&b, &before[i]);
        login_with(&b, &x, &o);
        assert_ok(o.status, &o.err);
        bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
        bed_load(&b, &g);
        assert_string_equal(g.last_code, "");
        broker_grant_free(&g);
    }
    bed_free(&b);
}

static void record_beyond_reading_is_no_obstacle(void **state)
{
    struct bed b;
    struct outcome o;
    const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    bed_put_garbage(&b, "crm/1");     /* another account's, and */
    bed_put_garbage(&b, BED_ACCOUNT); /* our own from before */
    login_with(&b, &x, &o);
    assert_ok(o.status, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void refresh_elsewhere(void *arg)
{
    const struct bed_grant g = {.access = "at-9", .refresh = "rt-9"};

    bed_put_grant(arg, &g);
}

static void change_meanwhile_is_overwritten(void **state)
{
    struct bed b;
    struct outcome o;
    const struct bed_grant before = {.access = "at-0"};
    const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &before);
    b.store->before_put = refresh_elsewhere;
    b.store->arg = &b;
    login_with(&b, &x, &o);
    assert_ok(o.status, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void failing_store_is_tried_again(void **state)
{
    struct bed b;
    struct outcome o;
    const struct bed_grant before = {.access = "at-0", .refresh = "rt-0"};
    const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &before);
    b.store->fail_puts = BROKER_STORE_ATTEMPTS;
    login_with(&b, &x, &o);
    assert_status(o.status, BASE_STORAGE, &o.err);
    assert_non_null(strstr(o.err.doing, "1234567"));
    bed_stored_is(&b, BROKER_GRANT_OK, "at-0", "rt-0", NULL);
    b.store->fail_puts = BROKER_STORE_ATTEMPTS - 1;
    login_with(&b, &x, &o);
    assert_ok(o.status, &o.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

#define REFUSED(status, error) "{\"status\":\"" status "\",\"error\":\"" error "\"}"

static void failed_exchange_changes_nothing(void **state)
{
    static const struct {
        struct fake_exchange x;
        enum base_status status;
    } failures[] = {
        {{.status = 400, .answer = REFUSED("BAD_AUTH_CODE", "invalid_grant")}, BASE_FAILED},
        {{.status = 400, .answer = REFUSED("EXPIRED_AUTH_CODE", "invalid_grant")}, BASE_FAILED},
        {{.status = 400, .answer = "{\"error\":\"invalid_grant\"}"}, BASE_FAILED},
        {{.status = 401, .answer = REFUSED("BAD_CLIENT_SECRET", "invalid_client")}, BASE_USAGE},
        {{.status = 400, .answer = REFUSED("BAD_REDIRECT_URI", "invalid_request")}, BASE_FAILED},
        {{.status = 429}, BASE_UNAVAILABLE},
        {{.status = 500}, BASE_UNAVAILABLE},
        {{.status = 200, .answer = "<html>"}, BASE_UNAVAILABLE},
        {{.status = 200, .answer = "{\"access_token\":\"a b\",\"token_type\":\"bearer\"}"},
         BASE_UNAVAILABLE},
        {{.status = 200, .answer = "{\"access_token\":\"a\",\"token_type\":\"mac\"}"},
         BASE_UNAVAILABLE},
        {{.outcome = FAKE_NOT_SENT}, BASE_UNAVAILABLE},
        {{.outcome = FAKE_MAYBE_ACTED}, BASE_UNAVAILABLE},
    };
    struct bed b;
    struct outcome o;
    struct bed_grant before = {.access = "at-0", .refresh = "rt-0"};

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(failures); i++) {
        struct broker_grant g;

        login_with(&b, &failures[i].x, &o); /* one request: a code is never sent twice */
        assert_status(o.status, failures[i].status, &o.err);
        assert_string_equal(o.err.doing, "exchanging the code for tokens");
        assert_status(broker_grant_load(b.broker, BED_ACCOUNT, &g, NULL), BASE_REAUTH, NULL);
    }
    bed_put_grant(&b, &before);
    b.store->puts = 0;
    for (size_t i = 0; i < TEST_COUNT(failures); i++) {
        login_with(&b, &failures[i].x, &o);
        assert_status(o.status, failures[i].status, &o.err);
    }
    assert_int_equal(b.store->puts, 0);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-0", "rt-0", NULL);
    bed_free(&b);
}

/* E6: a server that says in its refusal what it was sent. */
static void echo(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    char *answer = arg;

    snprintf(answer, 4096, "{\"status\":\"BAD_AUTH_CODE\",\"message\":\"%s %s\"}",
             field(base_span_of(r->body), "code_verifier", NULL),
             strstr(r->body, "client_secret=") + strlen("client_secret="));
    *ret = (struct fake_exchange){.status = 400, .answer = answer};
}

static void echoed_secrets_are_not_repeated(void **state)
{
    struct bed b;
    struct outcome o;
    char answer[4096], verifier[128];
    struct broker_login *l;

    (void)state;
    bed_make(&b);
    l = begin(&b);
    accept_good(l);
    fake_http_serve(b.http, echo, answer);
    finish(&b, l, &o);
    snprintf(verifier, sizeof(verifier), "%s",
             field(base_span_of(fake_http_request(b.http, 0)->body), "code_verifier", NULL));
    assert_status(o.status, BASE_FAILED, &o.err);
    assert_true(o.err.lower[0] != '\0');
    assert_null(strstr(o.err.lower, "secret-1"));
    assert_null(strstr(o.err.lower, verifier));
    broker_login_free(l);
    bed_free(&b);
}

/* ------------------------------------------------------------------ given up, and memory */

static void free_login(void *arg)
{
    broker_login_free(arg);
}

static void freed_during_the_exchange_nothing_is_called(void **state)
{
    struct bed b;
    struct outcome o = {0};
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (int64_t after = 0; after < 400; after += 150) {
        struct broker_login *l = begin(&b);
        const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1"), .delay_ms = 100};

        accept_good(l);
        fake_http_forget(b.http);
        fake_http_expect(b.http, &x);
        b.store->fail_puts = 2; /* it would be in the middle of trying again */
        assert_ok(broker_login_finish(l, on_login, &o, &err), &err);
        struct loop_timer *t = loop_timer_new(b.loop, free_login, l);
        assert_non_null(t);
        loop_timer_start(t, after);
        bed_run(&b);
        loop_timer_free(t);
        assert_int_equal(o.calls, 0);
        assert_int_equal(fake_http_under_way(b.http), 0);
    }
    fake_http_forget(b.http);
    broker_login_free(NULL);
    bed_free(&b);
}

static enum base_status whole_login(struct bed *b, struct outcome *o)
{
    struct broker_login *l = NULL;
    enum base_status status = broker_login_begin(b->broker, "crm", NULL, BED_REDIRECT, &l, &o->err);
    char state[128], query[256];

    if (!status) {
        copy_state(l, state);
        snprintf(query, sizeof(query), "code=code-1&state=%s", state);
        status = broker_login_accept(l, base_span_of(query), &o->err);
    }
    if (!status)
        status = broker_login_finish(l, on_login, o, &o->err);
    if (!status) {
        bed_run(b);
        assert_int_equal(o->calls, 1);
        status = o->status;
    }
    broker_login_free(l);
    return status;
}

static void failing_memory_loses_nothing_that_was_there(void **state)
{
    struct bed b;
    long failures = 0;
    bool refused = true;
    const struct bed_grant before = {.access = "at-0", .refresh = "rt-0"};

    (void)state;
    bed_make(&b);
    for (long n = 0; refused; n++) {
        const struct fake_exchange x = {.answer = bed_tokens("at-1", "rt-1")};
        struct outcome o = {0};
        struct broker_grant g;
        enum base_status status;

        bed_put_grant(&b, &before);
        fake_http_forget(b.http);
        fake_http_expect(b.http, &x);
        base_mem_fail_after(n);
        status = whole_login(&b, &o);
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        failures += status != BASE_OK;
        if (status && !(status == BASE_INVALID || status == BASE_UNAVAILABLE))
            assert_status(status, BASE_NO_MEMORY, &o.err);
        bed_stored_is(&b, BROKER_GRANT_OK, status ? "at-0" : "at-1", status ? "rt-0" : "rt-1",
                      NULL);
        bed_load(&b, &g);
        assert_string_equal(g.asked, "oauth crm.objects.contacts.read");
        broker_grant_free(&g);
    }
    assert_true(failures > 20);
    fake_http_forget(b.http);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_has_what_it_needs),
        cmocka_unit_test(address_follows_app_and_portal),
        cmocka_unit_test(issuers_share_no_redirect_url),
        cmocka_unit_test(issuer_is_checked_and_kept),
        cmocka_unit_test(no_two_logins_are_alike),
        cmocka_unit_test(redirect_url_must_be_registered),
        cmocka_unit_test(state_is_good_once),
        cmocka_unit_test(login_is_forgotten_after_ten_minutes),
        cmocka_unit_test(strangers_do_not_end_the_wait),
        cmocka_unit_test(query_has_a_cap),
        cmocka_unit_test(installation_begun_in_the_marketplace_is_explained),
        cmocka_unit_test(denial_and_errors_are_final),
        cmocka_unit_test(pasted_address_passes_the_same_checks),
        cmocka_unit_test(pasted_address_may_have_a_query_of_its_own),
        cmocka_unit_test(bare_code_is_taken_when_asked_for),
        cmocka_unit_test(answer_of_another_server_ends_the_login),
        cmocka_unit_test(id_token_is_checked_where_openid_is_asked),
        cmocka_unit_test(two_logins_have_two_nonces),
        cmocka_unit_test(installation_goes_back_and_comes_again),
        cmocka_unit_test(installation_weakens_no_other_login),
        cmocka_unit_test(installation_needs_its_account),
        cmocka_unit_test(tokens_of_another_account_are_dropped),
        cmocka_unit_test(code_is_exchanged_once),
        cmocka_unit_test(app_names_the_account_where_there_is_no_portal),
        cmocka_unit_test(scopes_that_are_missing_are_named),
        cmocka_unit_test(public_client_shows_no_secret),
        cmocka_unit_test(new_login_replaces_the_old_grant),
        cmocka_unit_test(record_beyond_reading_is_no_obstacle),
        cmocka_unit_test(change_meanwhile_is_overwritten),
        cmocka_unit_test(failing_store_is_tried_again),
        cmocka_unit_test(failed_exchange_changes_nothing),
        cmocka_unit_test(echoed_secrets_are_not_repeated),
        cmocka_unit_test(freed_during_the_exchange_nothing_is_called),
        cmocka_unit_test(failing_memory_loses_nothing_that_was_there),
    };
    return cmocka_run_group_tests_name("broker_login", tests, NULL, NULL);
}
