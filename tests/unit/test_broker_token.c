/* A token's life: handed out, refreshed once for everybody, and never lost. */
#include "bed.h"
#include "broker_int.h"
#include "broker_token.h"

#define MINUTE INT64_C(60000)

/* What a get came to, and what the vault held at the moment of its callback. */
struct answer {
    struct bed *bed;
    struct broker_token_get *get;
    unsigned calls;
    enum base_status status;
    bool warned;
    struct base_error err;
    char access[64];
    int64_t obtained_at, expires_at, at; /* `at`: loop time of the callback */
    char stored_access[64], stored_refresh[64];
};

static void copy_secret(char out[64], const struct crypt_secret *s)
{
    snprintf(out, 64, "%.*s", BASE_SPAN_ARG(crypt_secret_span(s)));
}

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct answer *a = arg;
    struct broker_grant stored;

    a->calls++;
    a->status = status;
    a->warned = !status && err;
    a->err = err ? *err : BASE_ERROR_NONE;
    a->at = loop_now(a->bed->loop);
    assert_true(status ? grant == NULL && err != NULL : grant != NULL);
    if (grant) {
        copy_secret(a->access, grant->access_token);
        a->obtained_at = grant->obtained_at;
        a->expires_at = grant->expires_at;
    }
    if (broker_grant_load(a->bed->broker, BED_ACCOUNT, &stored, NULL) == BASE_OK) {
        copy_secret(a->stored_access, stored.access_token);
        copy_secret(a->stored_refresh, stored.refresh_token);
        broker_grant_free(&stored);
    }
}

static void start(struct bed *b, struct broker_token_wish wish, struct answer *a)
{
    struct base_error err = BASE_ERROR_NONE;

    *a = (struct answer){.bed = b};
    if (!wish.name)
        wish.name = BED_ACCOUNT;
    assert_ok(broker_token_get(b->broker, &wish, on_token, a, &a->get, &err), &err);
    assert_int_equal(a->calls, 0); /* only from the loop */
}

static void get(struct bed *b, struct broker_token_wish wish, struct answer *a)
{
    start(b, wish, a);
    bed_run(b);
    assert_int_equal(a->calls, 1);
}

#define WISH ((struct broker_token_wish){.min_ttl_ms = 5 * MINUTE})
#define FORCE ((struct broker_token_wish){.force = true})

static void gave(const struct answer *a, const char *access)
{
    assert_status(a->status, BASE_OK, &a->err);
    assert_string_equal(a->access, access);
}

static void failed(const struct answer *a, enum base_status status)
{
    assert_status(a->status, status, &a->err);
    assert_int_equal(a->err.status, status);
    assert_true(a->err.doing[0] && a->err.why[0]);
}

static void expect_refresh(struct bed *b, const char *refresh_token, const char *answer)
{
    char body[128];
    const struct fake_exchange x = {.method = "POST",
                                    .url = BED_API BED_TOKEN_PATH,
                                    .body = body,
                                    .bearer = "",
                                    .answer = answer};

    snprintf(body, sizeof(body),
             "grant_type=refresh_token refresh_token=%s client_id=id-1 client_secret=secret-1",
             refresh_token);
    fake_http_expect(b->http, &x);
}

static void put(struct bed *b, int64_t life_ms)
{
    const struct bed_grant g = {.age_ms = 25 * MINUTE, .life_ms = life_ms};

    bed_put_grant(b, &g);
    b->store->puts = 0;
}

/* ------------------------------------------------------------------ fresh and due */

static void fresh_token_needs_no_http(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant g;
    bool fresh;

    (void)state;
    bed_make(&b);
    put(&b, 5 * MINUTE);
    assert_ok(broker_token_look(b.broker, BED_ACCOUNT, 5 * MINUTE, &g, &fresh, NULL), NULL);
    assert_true(fresh);
    broker_grant_free(&g);
    get(&b, WISH, &a);
    gave(&a, "at-1");
    assert_false(a.warned);
    assert_int_equal(fake_http_opens(b.http), 0);
    assert_int_equal(b.store->puts, 0);
    bed_free(&b);
}

/* T2: what HubSpot adds to the tokens may be wrong in any way; the tokens are not lost for it. */
static void odd_additions_lose_no_tokens(void **state)
{
    static const char *const additions[] = {"\"scopes\":\"oauth\"", "\"scopes\":[7]",
                                            "\"hub_id\":-1", "\"hub_id\":\"x\"", "\"user_id\":1.5"};
    struct bed b;
    struct answer a;
    struct broker_grant after;
    char text[300];

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(additions); i++) {
        bed_make(&b);
        put(&b, MINUTE);
        snprintf(text, sizeof(text),
                 "{\"token_type\":\"bearer\",\"access_token\":\"at-2\",\"refresh_token\":"
                 "\"rt-2\",\"expires_in\":1800,%s}",
                 additions[i]);
        expect_refresh(&b, "rt-1", text);
        get(&b, WISH, &a);
        gave(&a, "at-2");
        bed_load(&b, &after);
        assert_true(bed_secret_is(after.refresh_token, "rt-2"));
        assert_string_equal(after.scopes, "oauth"); /* as they were */
        broker_grant_free(&after);
        bed_free(&b);
    }
}

static void due_token_is_refreshed_and_stored(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant before, after;
    bool fresh;

    (void)state;
    bed_make(&b);
    put(&b, 5 * MINUTE - 1);
    assert_ok(broker_token_look(b.broker, BED_ACCOUNT, 5 * MINUTE, &before, &fresh, NULL), NULL);
    assert_false(fresh);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-1"));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    assert_false(a.warned);
    bed_load(&b, &after);
    assert_int_equal(after.generation, before.generation + 2); /* written ahead, and after */
    assert_int_equal(after.refreshes, before.refreshes + 1);
    assert_int_equal(after.obtained_at, fake_time_wall());
    assert_int_equal(after.expires_at, fake_time_wall() + 30 * MINUTE);
    assert_int_equal(after.connected_at, before.connected_at);
    assert_string_equal(after.scopes, "oauth crm.objects.contacts.read");
    broker_grant_free(&before);
    broker_grant_free(&after);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-1", NULL);
    /* A7 */
    assert_null(strstr(fake_http_request(b.http, 0)->body, "redirect_uri"));
    get(&b, WISH, &a); /* and now it is fresh */
    gave(&a, "at-2");
    bed_free(&b);
}

/* The server began to count somewhere between question and answer. */
static void time_under_way_counts(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange x = {.answer = bed_tokens("at-2", NULL), .delay_ms = 7000};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &x);
    get(&b, WISH, &a);
    assert_int_equal(a.expires_at, fake_time_wall() - 7000 + 30 * MINUTE);
    bed_free(&b);
}

static void clock_set_back_makes_it_due(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, 30 * MINUTE);
    fake_time_set_wall(fake_time_wall() - 60 * MINUTE);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

static void force_refreshes_a_fresh_token(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, 29 * MINUTE);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, FORCE, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

static void refused_token_is_replaced_once(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant g;
    struct broker_token_wish wish = WISH;

    (void)state;
    bed_make(&b);
    put(&b, 29 * MINUTE);
    bed_load(&b, &g);
    wish.refused_obtained_at = g.obtained_at;
    broker_grant_free(&g);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, wish, &a);
    gave(&a, "at-2");
    get(&b, wish, &a); /* somebody else whose call was refused as well */
    gave(&a, "at-2");
    bed_free(&b);
}

static void unknown_account_is_named(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_token_wish wish = WISH;

    (void)state;
    bed_make(&b);
    wish.name = "crm/999";
    get(&b, wish, &a);
    failed(&a, BASE_REAUTH); /* nothing is connected at all */
    put(&b, MINUTE);
    get(&b, wish, &a);
    failed(&a, BASE_USAGE);
    assert_non_null(strstr(a.err.hint, BED_ACCOUNT));
    bed_free(&b);
}

static void without_refresh_token_a_login_is_needed(void **state)
{
    struct bed b;
    struct answer a;
    struct bed_grant g = {.refresh = "", .life_ms = MINUTE};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &g);
    get(&b, WISH, &a);
    failed(&a, BASE_REAUTH);
    assert_non_null(strstr(a.err.hint, "hubauth login --app crm"));
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", NULL, NULL);
    bed_free(&b);
}

/* ------------------------------------------------------------------ C5: which refresh token */

static void answer_without_refresh_token_keeps_the_old(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-1", NULL);
    bed_free(&b);
}

static void new_refresh_token_is_stored_before_the_answer(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    assert_string_equal(a.stored_access, "at-2");
    assert_string_equal(a.stored_refresh, "rt-2");
    bed_free(&b);
}

static void previous_is_kept_until_the_new_one_has_served(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
    expect_refresh(&b, "rt-2", bed_tokens("at-3", "rt-3"));
    expect_refresh(&b, "rt-3", bed_tokens("at-4", "rt-3"));
    get(&b, FORCE, &a);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    fake_time_pass(1);
    get(&b, FORCE, &a);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-3", "rt-3", "rt-2");
    fake_time_pass(1);
    get(&b, FORCE, &a);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-4", "rt-3", NULL);
    bed_free(&b);
}

/* ------------------------------------------------------------------ T3: what kills a grant */

#define PAIRED(status, error)                                                                      \
    "{\"status\":\"" status                                                                        \
    "\",\"message\":\"words\",\"correlationId\":\"c-1\",\"error\":\"" error                        \
    "\",\"error_description\":\"words\"}"

struct refusal {
    const char *name;
    struct fake_exchange x;
    enum base_status status;       /* of the get, when the old token is of no use */
    enum broker_grant_state state; /* stored after it */
    size_t requests;
};

/* T3: only what the provider says in words is the end. */
static const struct refusal refusals[] = {
    {"invalid_grant",
     {.status = 400, .answer = "{\"error\":\"invalid_grant\"}"},
     BASE_REAUTH,
     BROKER_GRANT_DEAD,
     1},
    {"BAD_REFRESH_TOKEN, invalid_grant",
     {.status = 400, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant")},
     BASE_REAUTH,
     BROKER_GRANT_DEAD,
     1},
    {"BAD_REFRESH_TOKEN, invalid_request",
     {.status = 400, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_request")},
     BASE_REAUTH,
     BROKER_GRANT_DEAD,
     1},
    {"BAD_HUB, 400",
     {.status = 400, .answer = PAIRED("BAD_HUB", "access_denied")},
     BASE_REAUTH,
     BROKER_GRANT_DEAD,
     1},
    {"BAD_HUB, 403",
     {.status = 403, .answer = PAIRED("BAD_HUB", "access_denied")},
     BASE_REAUTH,
     BROKER_GRANT_DEAD,
     1},
    {"HTML, 200",
     {.status = 200, .answer = "<html>invalid_grant</html>"},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"HTML, 400",
     {.status = 400, .answer = "<html>invalid_grant</html>"},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"nothing, 200",
     {.status = 200, .answer = ""},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"nothing, 400",
     {.status = 400, .answer = ""},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"no token, 200",
     {.status = 200, .answer = "{\"token_type\":\"bearer\"}"},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"unknown text",
     {.status = 400, .answer = PAIRED("BAD_MOOD", "invalid_mood")},
     BASE_FAILED,
     BROKER_GRANT_OK,
     1},
    {"client error",
     {.status = 401, .answer = PAIRED("BAD_CLIENT_SECRET", "invalid_client")},
     BASE_USAGE,
     BROKER_GRANT_OK,
     1},
    {"429",
     {.status = 429, .answer = "{\"error\":\"invalid_grant\"}"},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"429, wait an hour",
     {.status = 429, .headers = "Retry-After: 3600", .answer = ""},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     1},
    {"500",
     {.status = 500, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant")},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"502",
     {.status = 502, .answer = "<html>"},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"503",
     {.status = 503, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant")},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"404",
     {.status = 404, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant")},
     BASE_NOT_FOUND,
     BROKER_GRANT_OK,
     1},
    {"302",
     {.status = 302, .headers = "Location: https://evil.example/", .answer = ""},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"not sent",
     {.outcome = FAKE_NOT_SENT},
     BASE_UNAVAILABLE,
     BROKER_GRANT_OK,
     BROKER_REFRESH_ATTEMPTS},
    {"no answer",
     {.outcome = FAKE_MAYBE_ACTED},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"too large",
     {.outcome = FAKE_MAYBE_ACTED, .lost_as = BASE_LIMIT},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
    {"no HTTP",
     {.outcome = FAKE_MAYBE_ACTED, .lost_as = BASE_INVALID},
     BASE_UNAVAILABLE,
     BROKER_GRANT_REFRESHING,
     BROKER_REFRESH_ATTEMPTS},
};

static void always(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    (void)r;
    *ret = *(const struct fake_exchange *)arg;
}

static void refuse(struct bed *b, const struct refusal *r, int64_t life_ms, struct answer *a)
{
    size_t requests;

    fake_time_pass(61 * MINUTE); /* the one before may have held up the whole app */
    put(b, life_ms);
    fake_http_serve(b->http, always, (void *)(uintptr_t)&r->x);
    fake_http_forget(b->http);
    get(b, WISH, a);
    fake_http_serve(b->http, NULL, NULL);
    requests = fake_http_count(b->http);
    /* With a token to fall back on the patience may end before the attempts do. */
    if (life_ms > 0 ? requests < 1 || requests > r->requests : requests != r->requests)
        fail_msg("%s: %zu requests", r->name, requests);
}

static void only_the_providers_words_kill_a_grant(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        struct broker_grant g;

        refuse(&b, r, -1, &a);
        if (a.status != r->status)
            print_error("%s:\n", r->name);
        failed(&a, r->status);
        bed_load(&b, &g);
        if (g.state != r->state)
            fail_msg("%s: the state is %s", r->name, broker_grant_state_word(g.state));
        broker_grant_free(&g);
        /* T3: sealed until a new login, dead or not. */
        bed_stored_is(&b, r->state, "at-1", "rt-1", NULL);
    }
    bed_free(&b);
}

/* T3: every code with every body. */
static void no_code_kills_without_words_and_no_words_without_code(void **state)
{
    static const int codes[] = {200, 204, 302, 400, 401, 403, 404, 408, 410,
                                423, 429, 477, 500, 502, 503, 504, 521, 530};
    static const struct {
        const char *text;
        bool says_so;
    } bodies[] = {
        {"{\"error\":\"invalid_grant\"}", true},
        {PAIRED("BAD_REFRESH_TOKEN", "invalid_request"), true},
        {"<html>invalid_grant BAD_REFRESH_TOKEN</html>", false},
        {"", false},
        {"{", false},
        {"[]", false},
        {"{\"error\":\"INVALID_GRANT\"}", false},
        {"{\"error\":[\"invalid_grant\"]}", false},
        {"{\"error\":\"x\",\"error\":\"invalid_grant\"}", false}, /* given twice */
        {"{\"message\":\"invalid_grant\"}", false},
        {PAIRED("BAD_MOOD", "invalid_mood"), false},
        {PAIRED("BAD_CLIENT_SECRET", "invalid_client"), false},
    };
    struct bed b;
    struct answer a;
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(codes) * TEST_COUNT(bodies); i++) {
        int code = codes[i / TEST_COUNT(bodies)];
        bool dead = bodies[i % TEST_COUNT(bodies)].says_so && code >= 400 && code <= 403;
        const struct fake_exchange x = {.status = code,
                                        .answer = bodies[i % TEST_COUNT(bodies)].text};

        put(&b, -1);
        fake_http_serve(b.http, always, (void *)(uintptr_t)&x);
        get(&b, WISH, &a);
        bed_load(&b, &g);
        if ((g.state == BROKER_GRANT_DEAD) != dead || (a.status == BASE_REAUTH) != dead)
            fail_msg("%d with %s: %s", code, x.answer, broker_grant_state_word(g.state));
        broker_grant_free(&g);
        bed_stored_is(&b,
                      dead                                          ? BROKER_GRANT_DEAD
                      : code == 200 || (code >= 500 && code != 503) ? BROKER_GRANT_REFRESHING
                                                                    : BROKER_GRANT_OK,
                      "at-1", "rt-1", NULL);
    }
    bed_free(&b);
}

static void valid_token_is_handed_out_with_a_warning(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(refusals); i++) {
        refuse(&b, &refusals[i], MINUTE, &a);
        if (refusals[i].state == BROKER_GRANT_DEAD) {
            failed(&a, BASE_REAUTH); /* said in words: no more use of it */
        } else {
            gave(&a, "at-1");
            assert_true(a.warned);
            assert_int_equal(a.err.status, refusals[i].status);
        }
    }
    bed_free(&b);
}

static void demanded_or_refused_token_is_not_made_good(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_token_wish refused = WISH;
    const struct fake_exchange x = {.status = 500};
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    put(&b, 29 * MINUTE);
    fake_http_serve(b.http, always, (void *)(uintptr_t)&x);
    get(&b, FORCE, &a);
    failed(&a, BASE_UNAVAILABLE);
    bed_load(&b, &g);
    refused.refused_obtained_at = g.obtained_at;
    broker_grant_free(&g);
    get(&b, refused, &a);
    failed(&a, BASE_UNAVAILABLE);
    bed_free(&b);
}

static void dead_grant_asks_for_a_login_without_http(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    refuse(&b, &refusals[1], 29 * MINUTE - 25 * MINUTE, &a);
    failed(&a, BASE_REAUTH);
    assert_string_equal(a.err.code, "BAD_REFRESH_TOKEN");
    assert_string_equal(a.err.correlation, "c-1");
    assert_string_equal(a.err.lower, "words");
    assert_non_null(strstr(a.err.hint, "hubauth login --app crm"));
    fake_http_forget(b.http);
    fake_time_pass(MINUTE);
    get(&b, WISH, &a);
    failed(&a, BASE_REAUTH);
    assert_string_equal(a.err.code, "BAD_REFRESH_TOKEN"); /* T3: the words are kept */
    assert_string_equal(a.err.correlation, "c-1");
    assert_string_equal(a.err.lower, "words");
    get(&b, FORCE, &a);
    failed(&a, BASE_REAUTH);
    assert_int_equal(fake_http_count(b.http), 0);
    bed_free(&b);
}

static void passing_trouble_is_sat_out(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange busy = {.status = 429, .headers = "Retry-After: 2"};
    const struct fake_exchange down = {.outcome = FAKE_NOT_SENT};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &busy);
    fake_http_expect(b.http, &down);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    assert_false(a.warned);
    assert_true(fake_http_request(b.http, 1)->at - fake_http_request(b.http, 0)->at >= 2000);
    assert_non_null(strstr(b.notices, "trying again"));
    bed_free(&b);
}

/* Who insists is told of a server that is in trouble, and waits for its limit alone. */
static void person_is_told_of_trouble_at_once(void **state)
{
    static const struct broker_token_wish person = {.force = true, .insists = true};
    const struct fake_exchange down = {.status = 503, .headers = "Retry-After: 5"};
    const struct fake_exchange busy = {.status = 429, .headers = "Retry-After: 5"};
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &down);
    int64_t before = loop_now(b.loop);
    get(&b, person, &a);
    failed(&a, BASE_UNAVAILABLE);
    assert_in_range(a.at - before, 0, 1000);
    fake_time_pass(MINUTE);
    fake_http_expect(b.http, &busy);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, person, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

/* ------------------------------------------------------------------ C6: in doubt */

/* Marked, then asked for again by whoever comes first, after a while: here the same command. */
static void lost_answer_leaves_a_doubt_that_the_next_settles(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange lost = {.outcome = FAKE_MAYBE_ACTED};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &lost);
    expect_refresh(&b, "rt-1", bed_tokens("at-3", "rt-3"));
    get(&b, WISH, &a);
    gave(&a, "at-3");
    assert_true(fake_http_request(b.http, 1)->at > fake_http_request(b.http, 0)->at);
    assert_int_equal(b.store->puts, 4); /* ahead, in doubt, ahead, after */
    bed_stored_is(&b, BROKER_GRANT_OK, "at-3", "rt-3", "rt-1");
    bed_free(&b);
}

/* The server rotated and the connection dropped: the old refresh token is refused. */
static void next_refusal_is_read_in_the_light_of_the_doubt(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange lost = {.outcome = FAKE_MAYBE_ACTED};
    const struct fake_exchange dead = {.status = 400, .answer = "{\"error\":\"invalid_grant\"}"};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &lost);
    fake_http_expect(b.http, &dead);
    get(&b, WISH, &a);
    failed(&a, BASE_REAUTH);
    assert_non_null(strstr(a.err.why, "the answer to an earlier refresh was lost"));
    bed_stored_is(&b, BROKER_GRANT_DEAD, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void what_says_nothing_about_it_settles_no_doubt(void **state)
{
    static const struct fake_exchange trouble[] = {
        {.outcome = FAKE_MAYBE_ACTED},
        {.outcome = FAKE_NOT_SENT},
        {.status = 401, .answer = PAIRED("BAD_CLIENT_SECRET", "invalid_client")},
        {.status = 503, .answer = "{}"},
    };
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    for (size_t i = 0; i < TEST_COUNT(trouble); i++) {
        fake_http_serve(b.http, always, (void *)(uintptr_t)&trouble[i]);
        get(&b, FORCE, &a);
        assert_true(a.status != BASE_OK);
        bed_stored_is(&b, BROKER_GRANT_REFRESHING, "at-1", "rt-1", NULL);
    }
    bed_free(&b);
}

/* ------------------------------------------------------------------ the one before */

#define DEAD                                                                                       \
    {                                                                                              \
        .status = 400, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant")                      \
    }

static void put_with_previous(struct bed *b)
{
    const struct bed_grant g = {.refresh = "rt-2", .previous = "rt-1", .life_ms = -1};

    bed_put_grant(b, &g);
}

/* A server that forgot a rotation, as one does that was restored from a backup. */
static void refused_newest_lets_the_previous_be_tried(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange dead = {
        .body = "refresh_token=rt-2", .status = 400, .answer = "{\"error\":\"invalid_grant\"}"};

    (void)state;
    bed_make(&b);
    put_with_previous(&b);
    fake_http_expect(b.http, &dead);
    expect_refresh(&b, "rt-1", bed_tokens("at-3", "rt-3"));
    get(&b, WISH, &a);
    gave(&a, "at-3");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-3", "rt-3", "rt-1"); /* the one that served */
    put_with_previous(&b);
    fake_http_expect(b.http, &dead);
    expect_refresh(&b, "rt-1", bed_tokens("at-4", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-4");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-4", "rt-1", NULL);
    bed_free(&b);
}

/* The newest first, always: to show an older one first would be a replay. */
static void previous_is_not_tried_while_the_newest_works(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange lost = {.body = "refresh_token=rt-2", .outcome = FAKE_MAYBE_ACTED};

    (void)state;
    bed_make(&b);
    put_with_previous(&b);
    fake_http_expect(b.http, &lost);
    fake_http_expect(b.http, &lost);
    expect_refresh(&b, "rt-2", bed_tokens("at-3", "rt-3"));
    get(&b, WISH, &a);
    gave(&a, "at-3");
    bed_free(&b);
}

static void both_refused_is_dead(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange dead = DEAD;

    (void)state;
    bed_make(&b);
    put_with_previous(&b);
    fake_http_expect(b.http, &dead);
    fake_http_expect(b.http, &dead);
    get(&b, WISH, &a);
    failed(&a, BASE_REAUTH);
    bed_stored_is(&b, BROKER_GRANT_DEAD, "at-1", "rt-2", "rt-1"); /* T3: kept all the same */
    bed_free(&b);
}

static void trouble_with_the_previous_is_no_death(void **state)
{
    static const struct fake_exchange trouble[] = {
        {.outcome = FAKE_MAYBE_ACTED},
        {.outcome = FAKE_NOT_SENT},
        {.status = 502, .answer = "<html>"},
        {.status = 400, .answer = PAIRED("BAD_MOOD", "invalid_mood")},
    };
    struct bed b;
    struct answer a;
    const struct fake_exchange dead = DEAD;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(trouble); i++) {
        put_with_previous(&b);
        fake_http_expect(b.http, &dead);
        fake_http_expect(b.http, &trouble[i]);
        if (i < 3) { /* the same order when it is tried again */
            fake_http_expect(b.http, &dead);
            expect_refresh(&b, "rt-1", bed_tokens("at-3", "rt-3"));
        }
        get(&b, WISH, &a);
        if (i < 3)
            gave(&a, "at-3");
        else
            failed(&a, BASE_FAILED);
    }
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-2", "rt-1");
    bed_free(&b);
}

/* ------------------------------------------------------------------ C8: when to ask again */

static void wait_stands_in_the_record_for_all(void **state)
{
    struct bed b, other;
    struct answer a;
    struct broker_grant g;
    const struct fake_exchange busy = {.status = 503,
                                       .headers = "Retry-After: 3600",
                                       .answer = PAIRED("SLEEPY", "temporarily_unavailable")};

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    fake_http_expect(b.http, &busy);
    get(&b, WISH, &a);
    failed(&a, BASE_UNAVAILABLE);
    bed_load(&b, &g);
    assert_int_equal(g.failures, 1);
    assert_true(g.not_before >= fake_time_wall() + 60 * MINUTE - 1000);
    assert_string_equal(g.last_code, "SLEEPY");
    broker_grant_free(&g);

    get(&other, WISH, &a); /* no request, and no waiting either */
    failed(&a, BASE_UNAVAILABLE);
    assert_int_equal(fake_http_opens(other.http), 0);
    assert_string_equal(a.err.lower, "words");
    assert_string_equal(a.err.code, "SLEEPY");
    assert_non_null(strstr(a.err.hint, "hubauth refresh"));

    fake_http_expect(other.http, &busy);
    get(&other, FORCE, &a); /* somebody insists */
    failed(&a, BASE_UNAVAILABLE);
    fake_time_pass(61 * MINUTE);
    expect_refresh(&other, "rt-1", bed_tokens("at-2", NULL));
    get(&other, WISH, &a);
    gave(&a, "at-2");
    bed_load(&b, &g);
    assert_int_equal(g.failures, 0);
    assert_int_equal(g.not_before, 0);
    assert_string_equal(g.last_code, "");
    broker_grant_free(&g);
    bed_free(&other);
    bed_free(&b);
}

static void waiting_for_hubspot_is_shared(void **state)
{
    struct bed b, other;
    struct answer a, theirs;
    const struct fake_exchange busy = {.status = 503, .headers = "Retry-After: 5"};

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    fake_http_expect(b.http, &busy);
    start(&b, WISH, &a);
    start(&other, WISH, &theirs);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
    expect_refresh(&other, "rt-1", bed_tokens("at-2", "rt-2"));
    bed_run(&b);
    gave(&a, "at-2");
    gave(&theirs, "at-2");
    /* Whoever came first after five seconds, and only that one. */
    assert_int_equal(fake_http_count(b.http) + fake_http_count(other.http), 2);
    fake_http_forget(b.http);
    fake_http_forget(other.http);
    bed_free(&other);
    bed_free(&b);
}

static void wait_grows_from_failure_to_failure(void **state)
{
    static const struct fake_exchange down = {.outcome = FAKE_NOT_SENT};
    struct bed b;
    struct answer a;
    struct broker_grant g;
    int64_t longest = 0;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_serve(b.http, always, (void *)(uintptr_t)&down);
    for (int i = 0; i < 40; i++) {
        get(&b, FORCE, &a);
        bed_load(&b, &g);
        int64_t wait = broker_grant_hold(&g, fake_time_wall());
        longest = wait > longest ? wait : longest;
        assert_true(g.failures >= i + 1);
        broker_grant_free(&g);
    }
    assert_true(longest > 4000 && longest <= 30000); /* full jitter below a cap of 30 s */
    bed_free(&b);
}

/* A date is one of the server's clock, which need not be ours. */
static void retry_after_date_is_read_by_the_servers_clock(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant g;
    const struct fake_exchange busy = {.status = 503,
                                       .headers = "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
                                                  "Retry-After: Mon, 01 Jan 2024 00:02:00 GMT"};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &busy);
    get(&b, WISH, &a);
    bed_load(&b, &g);
    assert_in_range(g.not_before - fake_time_wall(), 2 * MINUTE, 2 * MINUTE + 500);
    broker_grant_free(&g);
    bed_free(&b);
}

/* ------------------------------------------------------------------ clocks that are set */

static void wait_of_a_clock_that_was_ahead_does_not_count(void **state)
{
    struct bed b;
    struct answer a;
    const struct fake_exchange busy = {.status = 503, .headers = "Retry-After: 3600"};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &busy);
    get(&b, WISH, &a);
    fake_time_set_wall(fake_time_wall() - 600 * MINUTE);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

/* Set back by less than the token's age: its end would be believed to be ten minutes farther away
 * than it is. */
static void clock_set_back_a_little_is_noticed(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    fake_time_pass(20 * MINUTE);
    get(&b, WISH, &a);
    gave(&a, "at-2");
    fake_time_set_wall(fake_time_wall() - 30000); /* as clocks are adjusted */
    get(&b, WISH, &a);
    gave(&a, "at-2");
    fake_time_set_wall(fake_time_wall() - 10 * MINUTE);
    expect_refresh(&b, "rt-1", bed_tokens("at-3", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-3");
    get(&b, WISH, &a); /* once: the new token is of the new time */
    gave(&a, "at-3");
    fake_time_set_wall(fake_time_wall() + 10 * MINUTE); /* forward costs a refresh at most */
    get(&b, WISH, &a);
    gave(&a, "at-3");
    bed_free(&b);
}

struct seen {
    struct bed *bed;
    enum broker_grant_state state;
};

static void look_at_arrival(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    struct seen *seen = arg;
    struct broker_grant g;

    (void)r;
    bed_load(seen->bed, &g);
    seen->state = g.state;
    broker_grant_free(&g);
    ret->answer = bed_tokens("at-2", NULL);
}

static void refresh_is_written_ahead(void **state)
{
    struct bed b;
    struct answer a;
    struct seen seen = {.bed = &b};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_serve(b.http, look_at_arrival, &seen);
    get(&b, WISH, &a);
    gave(&a, "at-2");
    assert_int_equal(seen.state, BROKER_GRANT_REFRESHING);
    bed_free(&b);
}

/* What never left leaves no doubt. */
static void http_that_does_not_open_leaves_no_doubt(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_fail_open(b.http, BASE_FAILED);
    get(&b, WISH, &a);
    failed(&a, BASE_FAILED);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-1", "rt-1", NULL);
    bed_free(&b);
}

static void app_that_is_gone_is_told(void **state)
{
    struct bed b;
    struct answer a;
    struct bed_grant g = {.app = "gone", .account = "1", .life_ms = -1};
    struct broker_token_wish wish = WISH;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &g);
    wish.name = "gone/1";
    get(&b, wish, &a);
    failed(&a, BASE_USAGE);
    assert_non_null(strstr(a.err.why, "gone"));
    bed_free(&b);
}

/* ------------------------------------------------------------------ single flight */

static void many_gets_make_one_request(void **state)
{
    struct bed b;
    struct answer a[20];
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .delay_ms = 400};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &x);
    for (size_t i = 0; i < TEST_COUNT(a); i++)
        start(&b, i % 2 ? FORCE : WISH, &a[i]); /* force as well: it was renewed since */
    bed_run(&b);
    for (size_t i = 0; i < TEST_COUNT(a); i++) {
        assert_int_equal(a[i].calls, 1);
        gave(&a[i], "at-2");
    }
    assert_int_equal(fake_http_count(b.http), 1);
    bed_free(&b);
}

static void other_process_refreshes_for_us(void **state)
{
    struct bed b, other;
    struct answer ours, theirs;
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .delay_ms = 2500};

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    fake_http_expect(other.http, &x);
    start(&other, WISH, &theirs);
    start(&b, WISH, &ours);
    bed_run(&b);
    gave(&theirs, "at-2");
    gave(&ours, "at-2");
    assert_true(ours.at - theirs.at <= BROKER_LEASE_POLL_MOST_MS);
    assert_int_equal(fake_http_opens(b.http), 0);
    assert_non_null(strstr(b.notices, "waiting for the refresh"));
    assert_ptr_equal(strstr(b.notices, "waiting"), b.notices); /* told once */
    assert_null(strstr(b.notices + 1, "waiting"));
    bed_free(&other);
    bed_free(&b);
}

/* An export's first calls ask for the token together: that is no other process. */
static void two_of_one_process_refresh_once(void **state)
{
    struct bed b;
    struct answer first, second;
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .delay_ms = 500};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &x);
    start(&b, WISH, &first);
    start(&b, WISH, &second);
    bed_run(&b);
    gave(&first, "at-2");
    gave(&second, "at-2");
    assert_non_null(strstr(b.notices, "waiting for the refresh"));
    assert_null(strstr(b.notices, "process"));
    bed_free(&b);
}

static void dead_by_the_others_refresh_is_dead(void **state)
{
    struct bed b, other;
    struct answer ours, theirs;
    const struct fake_exchange x = {
        .status = 400, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant"), .delay_ms = 100};

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    fake_http_expect(other.http, &x);
    start(&other, WISH, &theirs);
    start(&b, WISH, &ours);
    bed_run(&b);
    failed(&theirs, BASE_REAUTH);
    failed(&ours, BASE_REAUTH);
    assert_string_equal(ours.err.code, "BAD_REFRESH_TOKEN");
    bed_free(&other);
    bed_free(&b);
}

/* T1: the holder stalls. Nobody waits for ever, and nobody refreshes beside it. */
static void stalled_holder_is_not_waited_for_for_ever(void **state)
{
    struct bed b;
    struct answer a;
    struct vault_lease *lease;

    (void)state;
    bed_make(&b);
    put(&b, MINUTE);
    assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, NULL), NULL);
    int64_t began = loop_now(b.loop);
    get(&b, WISH, &a);
    gave(&a, "at-1"); /* valid, though not for as long as was wished */
    assert_true(a.warned);
    assert_true(a.at - began >= BROKER_LEASE_WAIT_DUE_MS);
    assert_true(a.at - began < BROKER_LEASE_WAIT_DUE_MS + 2 * BROKER_LEASE_POLL_MOST_MS);

    put(&b, -1);
    began = loop_now(b.loop);
    get(&b, WISH, &a);
    failed(&a, BASE_UNAVAILABLE);
    assert_true(a.at - began >= BROKER_LEASE_WAIT_MS);
    assert_true(a.at - began < BROKER_LEASE_WAIT_MS + 2 * BROKER_LEASE_POLL_MOST_MS);
    vault_lease_release(b.broker->vault, lease);

    expect_refresh(&b, "rt-1", bed_tokens("at-2", NULL));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

static void token_that_expires_while_waiting_is_not_handed_out(void **state)
{
    struct bed b;
    struct answer a;
    struct vault_lease *lease;

    (void)state;
    bed_make(&b);
    put(&b, BROKER_LEASE_WAIT_DUE_MS / 2);
    assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, NULL), NULL);
    get(&b, WISH, &a);
    failed(&a, BASE_UNAVAILABLE);
    vault_lease_release(b.broker->vault, lease);
    bed_free(&b);
}

static void accounts_do_not_wait_for_each_other(void **state)
{
    struct bed b;
    struct answer a, slow;
    struct bed_grant g = {.account = "2", .refresh = "rt-of-2", .life_ms = -1};
    struct broker_token_wish wish = WISH;
    const struct fake_exchange late = {
        .body = "rt-1", .answer = bed_tokens("at-2", NULL), .delay_ms = 60000};
    const struct fake_exchange soon = {.body = "rt-of-2", .answer = bed_tokens("at-of-2", NULL)};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    bed_put_grant(&b, &g);
    fake_http_expect(b.http, &late);
    fake_http_expect(b.http, &soon);
    start(&b, WISH, &slow);
    wish.name = "crm/2";
    get(&b, wish, &a);
    gave(&a, "at-of-2");
    assert_true(slow.at - a.at >= 60000);
    bed_free(&b);
}

/* ------------------------------------------------------------------ T2: a full disk */

static void failing_store_is_tried_again(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
    b.store->skip_puts = 1; /* the one ahead */
    b.store->fail_puts = BROKER_STORE_ATTEMPTS - 1;
    get(&b, WISH, &a);
    gave(&a, "at-2");
    assert_false(a.warned);
    assert_string_equal(a.stored_refresh, "rt-2");
    assert_int_equal(b.store->puts, 1 + BROKER_STORE_ATTEMPTS);
    assert_non_null(strstr(b.notices, "could not be stored"));
    bed_free(&b);
}

static void nothing_is_sent_when_it_cannot_be_written_ahead(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    b.store->fail_puts = 1;
    get(&b, WISH, &a);
    failed(&a, BASE_STORAGE);
    assert_int_equal(fake_http_count(b.http), 0);
    put(&b, MINUTE);
    b.store->fail_puts = 1;
    get(&b, WISH, &a);
    gave(&a, "at-1");
    assert_true(a.warned);
    bed_free(&b);
}

static void lose_to_a_full_disk(struct bed *b, struct answer *a)
{
    put(b, -1);
    b->store->fail_notes = true;
    expect_refresh(b, "rt-1", bed_tokens("at-2", "rt-2"));
    b->store->skip_puts = 1;
    b->store->fail_puts = UINT32_MAX;
    get(b, WISH, a);
    failed(a, BASE_STORAGE); /* C5: not handed out before it is stored */
    assert_int_equal(b->store->puts, 1 + BROKER_STORE_ATTEMPTS);
    bed_stored_is(b, BROKER_GRANT_REFRESHING, "at-1", "rt-1", NULL);
}

/* T2: what cannot be stored is kept while the process lives, and stored as soon as it can be. */
static void unsaved_tokens_are_stored_by_the_next_get(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    lose_to_a_full_disk(&b, &a);
    get(&b, WISH, &a);
    failed(&a, BASE_STORAGE);
    b.store->fail_puts = 0;
    get(&b, WISH, &a); /* without a request */
    gave(&a, "at-2");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    bed_free(&b);
}

static void unsaved_tokens_are_stored_at_the_end(void **state)
{
    struct bed b, other;
    struct answer a;

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    lose_to_a_full_disk(&other, &a);
    b.store->fail_puts = 0;
    bed_free(&other);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    bed_free(&b);
}

static void tokens_that_stay_unsaved_are_mourned(void **state)
{
    struct bed b, other;
    struct answer a;

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    lose_to_a_full_disk(&other, &a);
    bed_free(&other);
    assert_non_null(strstr(other.notices, "is lost"));
    bed_free(&b);
}

static void unsaved_tokens_yield_to_a_newer_login(void **state)
{
    struct bed b;
    struct answer a;
    struct bed_grant login = {.access = "at-9", .refresh = "rt-9"};

    (void)state;
    bed_make(&b);
    lose_to_a_full_disk(&b, &a);
    b.store->fail_puts = 0;
    bed_put_grant(&b, &login);
    expect_refresh(&b, "rt-9", bed_tokens("at-10", "rt-10"));
    get(&b, FORCE, &a);
    gave(&a, "at-10");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-10", "rt-10", "rt-9");
    bed_free(&b);
}

/* ------------------------------------------------------------------ T2: the note */

/* A process that wrote its note and nothing after that: killed, or the disk full for good. */
static void die_after_the_note(struct bed *first)
{
    struct bed other;
    struct answer a;

    bed_second(&other, first);
    put(first, -1);
    expect_refresh(&other, "rt-1", bed_tokens("at-2", "rt-2"));
    first->store->skip_puts = 1;
    first->store->fail_puts = UINT32_MAX;
    get(&other, WISH, &a);
    failed(&a, BASE_STORAGE);
    bed_free(&other);
    assert_null(strstr(other.notices, "is lost"));
    assert_non_null(strstr(other.notices, "the next command stores it"));
    first->store->fail_puts = 0;
    bed_stored_is(first, BROKER_GRANT_REFRESHING, "at-1", "rt-1", NULL);
}

static void noted_tokens_are_stored_by_the_next_holder(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    die_after_the_note(&b);
    get(&b, WISH, &a); /* without a request */
    gave(&a, "at-2");
    assert_false(a.warned);
    assert_int_equal(fake_http_opens(b.http), 0);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    expect_refresh(&b, "rt-2", bed_tokens("at-3", "rt-3"));
    get(&b, FORCE, &a); /* and once only */
    gave(&a, "at-3");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-3", "rt-3", "rt-2");
    bed_free(&b);
}

/* Nothing is sent with the old refresh token while the new one waits to be stored. */
static void noted_tokens_come_before_a_refresh(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    die_after_the_note(&b);
    b.store->fail_puts = UINT32_MAX;
    get(&b, WISH, &a);
    failed(&a, BASE_STORAGE);
    assert_int_equal(fake_http_opens(b.http), 0);
    b.store->fail_puts = 0;
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_free(&b);
}

static void note_of_an_earlier_login_does_not_count(void **state)
{
    struct bed b;
    struct answer a;
    const struct bed_grant anew = {.access = "at-9", .refresh = "rt-9", .life_ms = -1};

    (void)state;
    bed_make(&b);
    die_after_the_note(&b); /* of generation 3 */
    assert_ok(broker_grant_remove(b.broker, BED_ACCOUNT, NULL), NULL);
    fake_time_pass(1000);
    for (int i = 0; i < 2; i++) /* the generations of a new login come to where it would fit */
        bed_put_grant(&b, &anew);
    expect_refresh(&b, "rt-9", bed_tokens("at-10", "rt-10"));
    get(&b, WISH, &a);
    gave(&a, "at-10");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-10", "rt-10", "rt-9");
    bed_free(&b);
}

static void note_is_blank(struct bed *b)
{
    const struct vault_store_ops *ops = b->store->rows->ops;
    struct vault_lease *lease;
    struct base_buf bytes;

    assert_ok(ops->lease_try(b->store->rows, BED_ACCOUNT, &lease, NULL), NULL);
    base_buf_init(&bytes, VAULT_NOTE_MAX);
    assert_ok(ops->lease_noted(b->store->rows, lease, &bytes, NULL), NULL);
    assert_int_equal(bytes.n, 0);
    base_buf_free(&bytes);
    ops->lease_release(b->store->rows, lease);
}

/* D10 */
static void note_does_not_outlive_its_account(void **state)
{
    struct bed b;
    struct vault_lease *lease;
    struct vault_record r;

    (void)state;
    bed_make(&b);
    die_after_the_note(&b);
    assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, NULL), NULL);
    assert_ok(vault_lease_noted(b.broker->vault, lease, VAULT_GRANT, BED_ACCOUNT, &r, NULL), NULL);
    vault_record_free(&r);
    vault_lease_release(b.broker->vault, lease);
    assert_ok(broker_grant_remove(b.broker, BED_ACCOUNT, NULL), NULL);
    note_is_blank(&b);
    bed_free(&b);
}

/* D10: the account is logged out by another process, which cannot get at the note of one that
 * refreshes. That one blanks it when it ends, or else the next that has the lease. */
static void note_of_a_refresh_does_not_outlive_a_logout(void **state)
{
    for (int dies = 0; dies < 2; dies++) {
        struct bed b, other;
        struct answer a;
        struct vault_lease *lease;

        (void)state;
        bed_make(&b);
        if (dies) {
            die_after_the_note(&b);
        } else {
            bed_second(&other, &b);
            put(&other, -1);
            expect_refresh(&other, "rt-1", bed_tokens("at-2", "rt-2"));
            b.store->skip_puts = 1;
            b.store->fail_puts = UINT32_MAX;
            get(&other, WISH, &a);
            b.store->fail_puts = 0;
        }
        assert_ok(vault_remove(b.broker->vault, VAULT_GRANT, BED_ACCOUNT, NULL), NULL);
        if (dies) {
            assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, NULL), NULL);
            assert_true(broker_grant_recover(b.broker, lease, BED_ACCOUNT, NULL) != BASE_OK);
            vault_lease_release(b.broker->vault, lease);
        } else {
            bed_free(&other);
        }
        note_is_blank(&b);
        bed_free(&b);
    }
}

/* The connection breaks behind the tokens: in an answer that is chunked, before its end was told.
 */
static void tokens_count_when_they_are_here(void **state)
{
    struct bed b;
    struct answer a;
    struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .outcome = FAKE_MAYBE_ACTED};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    fake_http_expect(b.http, &x);
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");

    x.answer = "{\"access_token\":\"at-3\",\"x\":{}"; /* ends as one does, and is none */
    fake_http_expect(b.http, &x);
    expect_refresh(&b, "rt-2", bed_tokens("at-4", "rt-4"));
    get(&b, FORCE, &a);
    gave(&a, "at-4");
    bed_free(&b);
}

static void give_up(void *get)
{
    broker_token_cancel(get);
}

/* C5: the answer has not ended, and the process does: killed, as far as the vault can tell. */
static void tokens_are_noted_when_they_are_here(void **state)
{
    struct bed b, other;
    struct answer a;
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .end_delay_ms = 9000};
    struct loop_timer *t;

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    fake_http_expect(other.http, &x);
    b.store->skip_puts = 1; /* the one that is written ahead */
    b.store->fail_puts = UINT32_MAX;
    start(&other, WISH, &a);
    t = loop_timer_new(other.loop, give_up, a.get);
    assert_non_null(t);
    loop_timer_start(t, 4000);
    bed_run(&other);
    loop_timer_free(t);
    assert_int_equal(a.calls, 0);
    bed_free(&other);
    b.store->fail_puts = 0;
    bed_stored_is(&b, BROKER_GRANT_REFRESHING, "at-1", "rt-1", NULL);
    get(&b, WISH, &a); /* without a request */
    gave(&a, "at-2");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    bed_free(&b);
}

/* HubSpot does not rotate: there a note would be a sync of the disk for nothing. */
static void without_rotation_nothing_is_noted(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    b.store->fail_notes = true;
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-1"));
    get(&b, WISH, &a);
    gave(&a, "at-2");
    b.store->fail_notes = false;
    expect_refresh(&b, "rt-1", bed_tokens("at-3", "rt-3"));
    get(&b, FORCE, &a); /* a note that fails is no reason to fail */
    b.store->fail_notes = true;
    fake_time_pass(1);
    expect_refresh(&b, "rt-3", bed_tokens("at-4", "rt-4"));
    get(&b, FORCE, &a);
    gave(&a, "at-4");
    bed_free(&b);
}

/* ------------------------------------------------------------------ others change the record */

struct intruder {
    struct bed *bed;
    unsigned left;   /* how often */
    int64_t life_ms; /* of the token that it brings; 0: it logs out */
    unsigned logins;
};

static void intrude(void *arg)
{
    struct intruder *i = arg;
    const struct bed_grant login = {.access = "at-9", .refresh = "rt-9", .life_ms = i->life_ms};
    struct fake_store saved = *i->bed->store;

    *i->bed->store = (struct fake_store){.rows = saved.rows};
    if (i->life_ms) {
        bed_put_grant(i->bed, &login);
        i->logins++;
    } else {
        assert_ok(broker_grant_remove(i->bed->broker, BED_ACCOUNT, NULL), NULL);
    }
    *i->bed->store = saved;
    if (--i->left > 0) {
        i->bed->store->before_put = intrude;
        i->bed->store->arg = i;
    }
}

static void lurk(struct bed *b, struct intruder *i)
{
    i->bed = b;
    b->store->before_put = intrude;
    b->store->arg = i;
}

/* While the server takes its time to answer. */
static void refresh_meanwhile(struct bed *b, const struct fake_exchange *x, struct intruder *i,
                              struct answer *a)
{
    fake_http_expect(b->http, x);
    start(b, WISH, a);
    struct loop_timer *t = loop_timer_new(b->loop, intrude, i);
    assert_non_null(t);
    loop_timer_start(t, x->delay_ms / 2);
    bed_run(b);
    loop_timer_free(t);
}

static void login_before_the_refresh_counts(void **state)
{
    struct bed b;
    struct answer a;
    struct intruder i = {.left = 1, .life_ms = 30 * MINUTE};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    lurk(&b, &i);
    get(&b, WISH, &a);
    gave(&a, "at-9");
    assert_false(a.warned);
    assert_int_equal(fake_http_count(b.http), 0);
    put(&b, 29 * MINUTE);
    i.left = 1;
    lurk(&b, &i);
    get(&b, FORCE, &a); /* a login is as good as a refresh */
    gave(&a, "at-9");
    assert_int_equal(fake_http_count(b.http), 0);
    bed_free(&b);
}

static void login_during_the_refresh_counts_for_more(void **state)
{
    struct bed b;
    struct answer a;
    struct intruder i = {.bed = &b, .left = 1, .life_ms = 30 * MINUTE};
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .delay_ms = 1000};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    refresh_meanwhile(&b, &x, &i, &a);
    gave(&a, "at-9");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-9", "rt-9", NULL);
    bed_free(&b);
}

static void login_during_a_refresh_that_is_refused_counts(void **state)
{
    struct bed b;
    struct answer a;
    struct intruder i = {.bed = &b, .left = 1, .life_ms = 30 * MINUTE};
    const struct fake_exchange x = {
        .status = 400, .answer = PAIRED("BAD_REFRESH_TOKEN", "invalid_grant"), .delay_ms = 1000};

    (void)state;
    bed_make(&b);
    put(&b, -1);
    refresh_meanwhile(&b, &x, &i, &a);
    gave(&a, "at-9");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-9", "rt-9", NULL);
    bed_free(&b);
}

static void logout_during_the_refresh_is_final(void **state)
{
    struct bed b;
    struct answer a;
    struct intruder i = {.bed = &b, .left = 1};
    const struct fake_exchange x = {.answer = bed_tokens("at-2", "rt-2"), .delay_ms = 1000};
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    refresh_meanwhile(&b, &x, &i, &a);
    failed(&a, BASE_REAUTH);
    /* It does not come back. */
    assert_status(broker_grant_load(b.broker, BED_ACCOUNT, &g, NULL), BASE_REAUTH, NULL);
    bed_free(&b);
}

static void looking_again_is_bounded(void **state)
{
    struct bed b;
    struct answer a;
    struct intruder i = {.left = 1000, .life_ms = MINUTE}; /* never fresh */

    (void)state;
    bed_make(&b);
    put(&b, -1);
    lurk(&b, &i);
    get(&b, WISH, &a);
    failed(&a, BASE_CONFLICT);
    assert_int_equal(i.logins, BROKER_CONFLICT_ATTEMPTS);
    b.store->before_put = NULL;
    bed_free(&b);
}

/* ------------------------------------------------------------------ given up */

static void cancelled_at_any_time_nothing_is_left(void **state)
{
    static const int64_t after[] = {0, 1, 50, 500, 1100, 1500};
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(after); i++) {
        const struct fake_exchange busy = {.status = 429, .headers = "Retry-After: 1"};
        const struct fake_exchange lost = {.answer = bed_tokens("at-2", NULL), .delay_ms = 9000};
        struct loop_timer *t;
        struct vault_lease *lease;

        put(&b, -1);
        fake_http_forget(b.http);
        fake_http_expect(b.http, &busy);
        fake_http_expect(b.http, &lost);
        start(&b, WISH, &a);
        t = loop_timer_new(b.loop, give_up, a.get);
        assert_non_null(t);
        loop_timer_start(t, after[i]);
        bed_run(&b);
        loop_timer_free(t);
        assert_int_equal(a.calls, 0);
        assert_int_equal(fake_http_under_way(b.http), 0);
        assert_ok(vault_lease_try(b.broker->vault, BED_ACCOUNT, &lease, NULL), NULL);
        vault_lease_release(b.broker->vault, lease);
    }
    fake_http_forget(b.http);
    start(&b, WISH, &a);
    broker_token_cancel(a.get); /* before the loop ran at all */
    broker_token_cancel(NULL);
    bed_run(&b);
    assert_int_equal(a.calls, 0);
    bed_free(&b);
}

static void cancelled_between_answer_and_store_nothing_is_lost(void **state)
{
    struct bed b;
    struct answer a;
    struct loop_timer *t;

    (void)state;
    bed_make(&b);
    put(&b, -1);
    expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
    b.store->skip_puts = 1;
    b.store->fail_puts = 1;
    start(&b, WISH, &a);
    t = loop_timer_new(b.loop, give_up, a.get);
    assert_non_null(t);
    loop_timer_start(t, BROKER_STORE_RETRY_MS / 2);
    bed_run(&b);
    loop_timer_free(t);
    assert_int_equal(a.calls, 0);
    bed_stored_is(&b, BROKER_GRANT_REFRESHING, "at-1", "rt-1", NULL);
    get(&b, WISH, &a);
    gave(&a, "at-2");
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-2", "rt-1");
    bed_free(&b);
}

/* ------------------------------------------------------------------ memory */

/* Whatever fails, the refresh token that the server knows is in the vault (T2): either nothing was
 * sent, or the answer was read and stored. */
static void failing_memory_loses_no_grant(void **state)
{
    struct bed b;
    long failures = 0, answers = 0;
    bool refused = true;

    (void)state;
    bed_make(&b);
    for (long n = 0; refused; n++) {
        struct answer a = {.bed = &b};
        const struct broker_token_wish wish = {.name = BED_ACCOUNT, .min_ttl_ms = 5 * MINUTE};
        enum base_status status;

        put(&b, -1);
        fake_http_forget(b.http);
        expect_refresh(&b, "rt-1", bed_tokens("at-2", "rt-2"));
        base_mem_fail_after(n);
        status = broker_token_get(b.broker, &wish, on_token, &a, &a.get, &a.err);
        if (!status)
            bed_run(&b);
        refused = base_mem_count() > n;
        base_mem_fail_after(-1);
        assert_int_equal(a.calls, status ? 0 : 1);
        status = status ? status : a.status;
        failures += status != BASE_OK;
        if (status)
            assert_status(status, BASE_NO_MEMORY, &a.err);
        bool sent = fake_http_count(b.http) > 0;
        answers += sent && refused;
        bed_stored_is(&b, BROKER_GRANT_OK, sent ? "at-2" : "at-1", sent ? "rt-2" : "rt-1",
                      sent ? "rt-1" : NULL);
    }
    assert_true(failures > 20);
    assert_true(answers > 10);
    fake_http_forget(b.http);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_token_needs_no_http),
        cmocka_unit_test(due_token_is_refreshed_and_stored),
        cmocka_unit_test(odd_additions_lose_no_tokens),
        cmocka_unit_test(time_under_way_counts),
        cmocka_unit_test(clock_set_back_makes_it_due),
        cmocka_unit_test(force_refreshes_a_fresh_token),
        cmocka_unit_test(refused_token_is_replaced_once),
        cmocka_unit_test(unknown_account_is_named),
        cmocka_unit_test(without_refresh_token_a_login_is_needed),
        cmocka_unit_test(answer_without_refresh_token_keeps_the_old),
        cmocka_unit_test(new_refresh_token_is_stored_before_the_answer),
        cmocka_unit_test(previous_is_kept_until_the_new_one_has_served),
        cmocka_unit_test(only_the_providers_words_kill_a_grant),
        cmocka_unit_test(no_code_kills_without_words_and_no_words_without_code),
        cmocka_unit_test(valid_token_is_handed_out_with_a_warning),
        cmocka_unit_test(demanded_or_refused_token_is_not_made_good),
        cmocka_unit_test(dead_grant_asks_for_a_login_without_http),
        cmocka_unit_test(passing_trouble_is_sat_out),
        cmocka_unit_test(person_is_told_of_trouble_at_once),
        cmocka_unit_test(lost_answer_leaves_a_doubt_that_the_next_settles),
        cmocka_unit_test(next_refusal_is_read_in_the_light_of_the_doubt),
        cmocka_unit_test(what_says_nothing_about_it_settles_no_doubt),
        cmocka_unit_test(refused_newest_lets_the_previous_be_tried),
        cmocka_unit_test(previous_is_not_tried_while_the_newest_works),
        cmocka_unit_test(both_refused_is_dead),
        cmocka_unit_test(trouble_with_the_previous_is_no_death),
        cmocka_unit_test(wait_stands_in_the_record_for_all),
        cmocka_unit_test(waiting_for_hubspot_is_shared),
        cmocka_unit_test(wait_grows_from_failure_to_failure),
        cmocka_unit_test(retry_after_date_is_read_by_the_servers_clock),
        cmocka_unit_test(wait_of_a_clock_that_was_ahead_does_not_count),
        cmocka_unit_test(clock_set_back_a_little_is_noticed),
        cmocka_unit_test(refresh_is_written_ahead),
        cmocka_unit_test(http_that_does_not_open_leaves_no_doubt),
        cmocka_unit_test(app_that_is_gone_is_told),
        cmocka_unit_test(many_gets_make_one_request),
        cmocka_unit_test(other_process_refreshes_for_us),
        cmocka_unit_test(two_of_one_process_refresh_once),
        cmocka_unit_test(dead_by_the_others_refresh_is_dead),
        cmocka_unit_test(stalled_holder_is_not_waited_for_for_ever),
        cmocka_unit_test(token_that_expires_while_waiting_is_not_handed_out),
        cmocka_unit_test(accounts_do_not_wait_for_each_other),
        cmocka_unit_test(failing_store_is_tried_again),
        cmocka_unit_test(nothing_is_sent_when_it_cannot_be_written_ahead),
        cmocka_unit_test(unsaved_tokens_are_stored_by_the_next_get),
        cmocka_unit_test(unsaved_tokens_are_stored_at_the_end),
        cmocka_unit_test(tokens_that_stay_unsaved_are_mourned),
        cmocka_unit_test(unsaved_tokens_yield_to_a_newer_login),
        cmocka_unit_test(noted_tokens_are_stored_by_the_next_holder),
        cmocka_unit_test(noted_tokens_come_before_a_refresh),
        cmocka_unit_test(tokens_count_when_they_are_here),
        cmocka_unit_test(tokens_are_noted_when_they_are_here),
        cmocka_unit_test(note_of_an_earlier_login_does_not_count),
        cmocka_unit_test(note_does_not_outlive_its_account),
        cmocka_unit_test(note_of_a_refresh_does_not_outlive_a_logout),
        cmocka_unit_test(without_rotation_nothing_is_noted),
        cmocka_unit_test(login_before_the_refresh_counts),
        cmocka_unit_test(login_during_the_refresh_counts_for_more),
        cmocka_unit_test(login_during_a_refresh_that_is_refused_counts),
        cmocka_unit_test(logout_during_the_refresh_is_final),
        cmocka_unit_test(looking_again_is_bounded),
        cmocka_unit_test(cancelled_at_any_time_nothing_is_left),
        cmocka_unit_test(cancelled_between_answer_and_store_nothing_is_lost),
        cmocka_unit_test(failing_memory_loses_no_grant),
    };
    return cmocka_run_group_tests_name("broker_token", tests, NULL, NULL);
}
