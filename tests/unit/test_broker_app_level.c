/* Accounts of an app itself: added, chosen, renewed with the client's secret; and the kinds of
 * accounts in their records. */
#include "bed.h"
#include "broker_alias.h"
#include "broker_app_level.h"
#include "broker_app_token.h"
#include "broker_int.h"
#include "broker_private.h"
#include "broker_queue.h"
#include "broker_token.h"

#define MINUTE INT64_C(60000)
#define NAME "crm/app-level"
#define BODY "grant_type=client_credentials client_id=id-1 client_secret=secret-1 scope=developer.x"
#define REFUSAL(word) "{\"status\":\"" word "\",\"message\":\"words\"}"

/* ------------------------------------------------------------------ records */

#define RECORD(expires, more)                                                                      \
    "{\"app\":\"crm\",\"account\":\"1\",\"hub_id\":1,\"scopes\":\"\",\"asked\":\"\","              \
    "\"connected_at\":1,\"obtained_at\":1,\"expires_at\":" expires ",\"refreshes\":0,"             \
    "\"state\":\"ok\",\"state_since\":1,\"last_code\":\"\",\"last_message\":\"\","                 \
    "\"last_correlation\":\"\"" more "}"

static void kinds_are_read(void **state)
{
    static const struct {
        const char *record;
        enum base_status status;
        enum broker_grant_kind kind;
    } cases[] = {
        /* from before there were kinds: the date tells */
        {RECORD("1790000000000", ""), BASE_OK, BROKER_KIND_OAUTH},
        {RECORD("253402300799000", ""), BASE_OK, BROKER_KIND_PRIVATE},
        {RECORD("253402300798999", ""), BASE_OK, BROKER_KIND_OAUTH},
        /* and now it is the word that counts */
        {RECORD("253402300799000", ",\"kind\":\"oauth\""), BASE_OK, BROKER_KIND_OAUTH},
        {RECORD("1790000000000", ",\"kind\":\"private-app\""), BASE_OK, BROKER_KIND_PRIVATE},
        {RECORD("1790000000000", ",\"kind\":\"app-level\""), BASE_OK, BROKER_KIND_APP_LEVEL},
        {RECORD("1790000000000", ",\"kind\":\"service-key\""), BASE_STORAGE, BROKER_KIND_OAUTH},
        {RECORD("1790000000000", ",\"kind\":\"\""), BASE_STORAGE, BROKER_KIND_OAUTH},
        {RECORD("1790000000000", ",\"kind\":7"), BASE_INVALID, BROKER_KIND_OAUTH},
    };

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct broker_grant g = {0};
        struct base_error err = BASE_ERROR_NONE;

        assert_status(broker_grant_decode_plain(base_span_of(cases[i].record), &g, &err),
                      cases[i].status, &err);
        if (!cases[i].status)
            assert_int_equal(g.kind, cases[i].kind);
        broker_grant_free(&g);
    }
}

static void kinds_are_written(void **state)
{
    static const enum broker_grant_kind kinds[] = {BROKER_KIND_OAUTH, BROKER_KIND_PRIVATE,
                                                   BROKER_KIND_APP_LEVEL};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
        char empty[] = "", app[] = "crm";
        const struct broker_grant g = {.app = app,
                                       .account = app,
                                       .kind = kinds[i],
                                       .scopes = empty,
                                       .asked = empty,
                                       .last_code = empty,
                                       .last_message = empty,
                                       .last_correlation = empty};
        struct broker_grant again = {0};
        struct base_buf out;

        base_buf_init(&out, 4096);
        broker_grant_encode_plain(&g, &out);
        assert_ok(broker_grant_decode_plain(base_buf_span(&out), &again, NULL), NULL);
        assert_int_equal(again.kind, kinds[i]);
        broker_grant_free(&again);
        base_buf_free(&out);
    }
}

/* What comes in a backup need not have been written by this program. */
static void foreign_record_has_the_name_of_its_kind(void **state)
{
    static const char plain[] = RECORD("1790000000000", ",\"kind\":\"app-level\"");
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    assert_status(broker_grant_check_record("crm/1", base_span_of(plain), BASE_SPAN_NONE, &err),
                  BASE_USAGE, &err);
    assert_non_null(strstr(err.why, "kind"));
}

/* ------------------------------------------------------------------ adding */

struct answer {
    unsigned calls;
    enum base_status status;
    bool warned;
    struct base_error err;
    char name[64], access[64], scopes[64];
    int64_t expires_at;
};

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct answer *a = arg;

    a->calls++;
    a->status = status;
    a->warned = !status && err;
    a->err = err ? *err : BASE_ERROR_NONE;
    if (!grant)
        return;
    snprintf(a->name, sizeof(a->name), "%s", grant->name ? grant->name : "");
    snprintf(a->access, sizeof(a->access), "%.*s",
             BASE_SPAN_ARG(crypt_secret_span(grant->access_token)));
    snprintf(a->scopes, sizeof(a->scopes), "%s", grant->scopes);
    a->expires_at = grant->expires_at;
}

static const char *token(const char *access)
{
    static char text[256];

    snprintf(text, sizeof(text),
             "{\"token_type\":\"bearer\",\"access_token\":\"%s\",\"scopes\":[\"developer.x\"],"
             "\"expires_in\":1800,\"token_use\":\"client_credentials\"}",
             access);
    return text;
}

static void expect(struct bed *b, struct fake_exchange x)
{
    x.method = "POST";
    x.url = BED_API BED_TOKEN_PATH;
    x.body = BODY;
    x.bearer = "";
    fake_http_expect(b->http, &x);
}

static enum base_status begin_adding(struct bed *b, const char *scope, struct answer *a)
{
    struct broker_app_level *adding;

    *a = (struct answer){0};
    return broker_app_level_add(b->broker, "crm", scope, on_token, a, &adding, &a->err);
}

static void add(struct bed *b, struct answer *a)
{
    assert_ok(begin_adding(b, "developer.x", a), &a->err);
    assert_int_equal(a->calls, 0); /* only from the loop */
    bed_run(b);
    assert_int_equal(a->calls, 1);
}

static void load(struct bed *b, struct broker_grant *ret)
{
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_grant_load(b->broker, NAME, ret, &err), &err);
}

static void stored_is(struct bed *b, const char *access)
{
    struct broker_grant g;

    load(b, &g);
    assert_int_equal(g.kind, BROKER_KIND_APP_LEVEL);
    assert_int_equal(g.state, BROKER_GRANT_OK);
    assert_int_equal(g.hub_id, 0);
    assert_string_equal(g.app, "crm");
    assert_string_equal(g.account, BROKER_APP_LEVEL);
    assert_string_equal(g.asked, "developer.x");
    assert_true(bed_secret_is(g.access_token, access));
    assert_null(g.refresh_token);
    assert_null(g.previous_refresh_token);
    broker_grant_free(&g);
}

static void first_token_makes_the_account(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    expect(&b, (struct fake_exchange){.answer = token("app-1"), .delay_ms = 7000});
    add(&b, &a);
    assert_ok(a.status, &a.err);
    assert_string_equal(a.name, NAME);
    assert_string_equal(a.scopes, "developer.x");
    /* The server began to count somewhere between question and answer. */
    assert_int_equal(a.expires_at, fake_time_wall() - 7000 + 30 * MINUTE);
    stored_is(&b, "app-1");

    expect(&b, (struct fake_exchange){.answer = token("app-2")});
    add(&b, &a); /* in the place of what is there */
    assert_ok(a.status, &a.err);
    stored_is(&b, "app-2");
    bed_free(&b);
}

static void refused_token_makes_none(void **state)
{
    static const struct {
        const char *answer;
        enum base_status status;
    } cases[] = {
        {REFUSAL("BAD_CLIENT_ID"), BASE_USAGE},
        {REFUSAL("BAD_CLIENT_SECRET"), BASE_USAGE},
        {REFUSAL("BAD_SCOPES"), BASE_FAILED},
        {REFUSAL("BAD_REFRESH_TOKEN"), BASE_FAILED},
        {"{\"error\":\"invalid_grant\"}", BASE_FAILED},
        {REFUSAL("USER_LEVEL_CLIENT_CREDENTIALS_NOT_SUPPORTED"), BASE_FAILED},
    };
    struct bed b;
    struct answer a;
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        expect(&b, (struct fake_exchange){.status = 400, .answer = cases[i].answer});
        add(&b, &a);
        assert_status(a.status, cases[i].status, &a.err);
        assert_true(a.err.why[0] && a.err.hint[0]);
        assert_int_not_equal(broker_grant_load(b.broker, NAME, &g, NULL), BASE_OK);
    }
    assert_status(begin_adding(&b, "", &a), BASE_USAGE, &a.err);
    assert_status(begin_adding(&b, "a\"b", &a), BASE_USAGE, &a.err);
    bed_free(&b);
}

static void give_up(void *arg)
{
    broker_app_level_cancel(arg);
}

static void given_up_nothing_is_called_or_stored(void **state)
{
    struct broker_app_level *adding;
    struct answer a = {0};
    struct broker_grant g;
    struct loop_timer *t;
    struct bed b;

    (void)state;
    bed_make(&b);
    expect(&b, (struct fake_exchange){.answer = token("app-1"), .delay_ms = 7000});
    assert_ok(broker_app_level_add(b.broker, "crm", "developer.x", on_token, &a, &adding, &a.err),
              &a.err);
    t = loop_timer_new(b.loop, give_up, adding);
    assert_non_null(t);
    loop_timer_start(t, 1000);
    bed_run(&b);
    loop_timer_free(t);
    assert_int_equal(fake_http_count(b.http), 1);
    assert_int_equal(a.calls, 0);
    assert_int_not_equal(broker_grant_load(b.broker, NAME, &g, NULL), BASE_OK);
    bed_free(&b);
}

/* At a server that knows no accounts a login is called after its app. */
static void name_is_no_logins(void **state)
{
    struct bed b;
    struct broker_app app = bed_app(BROKER_APP_LEVEL);
    char authorize[] = "https://other.example.com/authorize";
    char token_url[] = "https://other.example.com/token";
    char back[] = "http://localhost:8977/callback";
    struct broker_app_level *adding;
    struct answer a = {0};

    (void)state;
    bed_make(&b);
    app.authorize_url = authorize;
    app.token_url = token_url;
    app.redirect_urls[0] = back;
    assert_ok(bed_add_app(&b, &app, &a.err), &a.err);
    assert_status(broker_app_level_add(b.broker, BROKER_APP_LEVEL, "developer.x", on_token, &a,
                                       &adding, &a.err),
                  BASE_USAGE, &a.err);
    bed_free(&b);
}

static void renew_meanwhile(void *arg)
{
    struct bed *b = arg;

    b->store->before_put = NULL;
    bed_put_grant(b, &(struct bed_grant){.account = BROKER_APP_LEVEL,
                                         .access = "app-9",
                                         .refresh = "",
                                         .kind = BROKER_KIND_APP_LEVEL});
}

static void renewal_in_between_does_not_stop_it(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    renew_meanwhile(&b);
    b.store->before_put = renew_meanwhile;
    b.store->arg = &b;
    expect(&b, (struct fake_exchange){.answer = token("app-2")});
    add(&b, &a);
    assert_ok(a.status, &a.err);
    stored_is(&b, "app-2");
    bed_free(&b);
}

static void record_beyond_reading_is_no_obstacle(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    bed_put_garbage(&b, NAME);
    expect(&b, (struct fake_exchange){.answer = token("app-1")});
    add(&b, &a);
    assert_ok(a.status, &a.err);
    stored_is(&b, "app-1");
    bed_free(&b);
}

/* The one that is stored nowhere. */
static void time_under_way_counts_without_an_account(void **state)
{
    struct bed b;
    struct answer a = {0};
    struct broker_app_token *getting;

    (void)state;
    bed_make(&b);
    expect(&b, (struct fake_exchange){.answer = token("app-1"), .delay_ms = 7000});
    assert_ok(broker_app_token_get(b.broker, "crm", " developer.x  developer.x ", on_token, &a,
                                   &getting, &a.err),
              &a.err);
    bed_run(&b);
    assert_ok(a.status, &a.err);
    assert_int_equal(a.expires_at, fake_time_wall() - 7000 + 30 * MINUTE);
    assert_int_equal(b.store->puts, 0); /* not even tried */
    bed_free(&b);
}

/* ------------------------------------------------------------------ renewing */

static void put(struct bed *b, int64_t life_ms)
{
    bed_put_grant(b, &(struct bed_grant){.account = BROKER_APP_LEVEL,
                                         .access = "app-1",
                                         .refresh = "",
                                         .age_ms = 25 * MINUTE,
                                         .life_ms = life_ms,
                                         .kind = BROKER_KIND_APP_LEVEL});
    b->store->puts = 0;
}

static void start(struct bed *b, bool force, struct answer *a)
{
    const struct broker_token_wish wish = {.name = NAME, .min_ttl_ms = 5 * MINUTE, .force = force};
    struct broker_token_get *get;

    *a = (struct answer){0};
    assert_ok(broker_token_get(b->broker, &wish, on_token, a, &get, &a->err), &a->err);
}

static void get(struct bed *b, bool force, struct answer *a)
{
    start(b, force, a);
    bed_run(b);
    assert_int_equal(a->calls, 1);
}

static void gave(const struct answer *a, const char *access)
{
    assert_ok(a->status, &a->err);
    assert_string_equal(a->access, access);
}

static void due_token_is_renewed_with_the_secret(void **state)
{
    struct bed b;
    struct answer a;
    struct broker_grant before, after;

    (void)state;
    bed_make(&b);
    put(&b, 5 * MINUTE - 1);
    load(&b, &before);
    /* A refresh token would be against RFC 6749 section 4.4.3, and is not kept. */
    expect(&b, (struct fake_exchange){.answer = bed_tokens("app-2", "rt-2"), .delay_ms = 7000});
    get(&b, false, &a);
    gave(&a, "app-2");
    assert_false(a.warned);
    assert_int_equal(a.expires_at, fake_time_wall() - 7000 + 30 * MINUTE);
    assert_null(strstr(fake_http_request(b.http, 0)->body, "refresh_token"));
    stored_is(&b, "app-2");
    load(&b, &after);
    assert_int_equal(after.generation, before.generation + 1); /* nothing is written ahead */
    assert_int_equal(after.refreshes, before.refreshes + 1);
    assert_int_equal(b.store->puts, 1);
    broker_grant_free(&before);
    broker_grant_free(&after);
    get(&b, false, &a); /* and now it is fresh */
    gave(&a, "app-2");
    expect(&b, (struct fake_exchange){.answer = token("app-3")});
    get(&b, true, &a); /* unless a new one is demanded */
    gave(&a, "app-3");
    bed_free(&b);
}

/* Nothing at the server has been used up: no doubt, and the next one asks as if nothing had been.
 */
static void lost_answer_costs_nothing(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    bed_make(&b);
    put(&b, MINUTE);
    for (int i = 0; i < 3; i++)
        expect(&b, (struct fake_exchange){.outcome = FAKE_MAYBE_ACTED});
    get(&b, false, &a);
    gave(&a, "app-1"); /* it is valid still */
    assert_true(a.warned);
    stored_is(&b, "app-1");
    fake_http_forget(b.http);
    fake_time_pass(60 * MINUTE);
    expect(&b, (struct fake_exchange){.answer = token("app-2")});
    get(&b, false, &a);
    gave(&a, "app-2");
    assert_null(strstr(b.notices, "doubt"));
    bed_free(&b);
}

/* C7: not even words that would kill a login's grant. */
static void no_refusal_ends_it(void **state)
{
    static const char *const answers[] = {
        REFUSAL("BAD_CLIENT_SECRET"),    REFUSAL("BAD_SCOPES"),
        REFUSAL("BAD_REFRESH_TOKEN"),    REFUSAL("BAD_HUB"),
        "{\"error\":\"invalid_grant\"}", "{\"error\":\"invalid_client\"}",
    };
    struct bed b;
    struct answer a;
    struct broker_grant g;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(answers); i++) {
        put(&b, MINUTE);
        expect(&b, (struct fake_exchange){.status = 400, .answer = answers[i]});
        get(&b, false, &a);
        gave(&a, "app-1");
        assert_true(a.warned);
        stored_is(&b, "app-1");
        load(&b, &g);
        assert_true(g.last_code[0] != '\0'); /* for `hubauth status` */
        broker_grant_free(&g);

        put(&b, -1);
        expect(&b, (struct fake_exchange){.status = 400, .answer = answers[i]});
        get(&b, false, &a);
        assert_int_not_equal(a.status, BASE_OK);
        assert_int_not_equal(a.status, BASE_REAUTH); /* nobody can log in here */
        stored_is(&b, "app-1");
    }
    bed_free(&b);
}

static void other_process_renews_for_us(void **state)
{
    struct bed b, other;
    struct answer ours[20], theirs;

    (void)state;
    bed_make(&b);
    bed_second(&other, &b);
    put(&b, -1);
    expect(&other, (struct fake_exchange){.answer = token("app-2"), .delay_ms = 3000});
    start(&other, false, &theirs);
    for (size_t i = 0; i < TEST_COUNT(ours); i++)
        start(&b, false, &ours[i]);
    bed_run(&b);
    gave(&theirs, "app-2");
    for (size_t i = 0; i < TEST_COUNT(ours); i++)
        gave(&ours[i], "app-2");
    assert_int_equal(fake_http_opens(b.http), 0);
    bed_free(&other);
    bed_free(&b);
}

/* ------------------------------------------------------------------ choosing */

static void is_chosen(struct bed *b, const char *wanted, const char *name)
{
    struct base_error err = BASE_ERROR_NONE;
    char *chosen = NULL;

    assert_ok(broker_grant_choose(b->broker, wanted, &chosen, &err), &err);
    assert_string_equal(chosen, name);
    base_mem_free(chosen);
}

static void is_not_chosen(struct bed *b, const char *wanted, enum base_status status)
{
    struct base_error err = BASE_ERROR_NONE;
    char *chosen = NULL;

    assert_status(broker_grant_choose(b->broker, wanted, &chosen, &err), status, &err);
    assert_true(err.why[0] && err.hint[0]);
}

static void it_counts_only_where_it_is_named(void **state)
{
    struct bed b;
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    bed_make(&b);
    put(&b, MINUTE);
    is_not_chosen(&b, NULL, BASE_REAUTH);
    is_not_chosen(&b, "crm", BASE_USAGE);
    is_chosen(&b, NAME, NAME);
    is_chosen(&b, BROKER_APP_LEVEL, NAME);
    assert_ok(broker_alias_set(b.broker, "journal", NAME, &err), &err);
    is_chosen(&b, "journal", NAME);
    bed_put_grant(&b, &(struct bed_grant){0});
    is_chosen(&b, NULL, BED_ACCOUNT);
    is_chosen(&b, "crm", BED_ACCOUNT);
    is_chosen(&b, NAME, NAME);
    bed_put_grant(&b, &(struct bed_grant){.app = "other",
                                          .account = BROKER_APP_LEVEL,
                                          .refresh = "",
                                          .kind = BROKER_KIND_APP_LEVEL});
    is_chosen(&b, NULL, BED_ACCOUNT);
    is_not_chosen(&b, BROKER_APP_LEVEL, BASE_USAGE); /* which one? */
    is_chosen(&b, "other/app-level", "other/app-level");
    bed_free(&b);
}

/* A login at a server without accounts, through an app of that name, counts as it did. */
static void login_of_that_name_counts(void **state)
{
    struct bed b;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){.app = BROKER_APP_LEVEL, .account = BROKER_APP_LEVEL});
    is_chosen(&b, NULL, "app-level/app-level");
    bed_free(&b);
}

/* Accounts that come later are called so, as with numbers. */
static void its_name_is_no_alias(void **state)
{
    struct bed b;
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    assert_status(broker_alias_set(b.broker, BROKER_APP_LEVEL, BED_ACCOUNT, &err), BASE_USAGE,
                  &err);
    assert_non_null(strstr(err.why, BROKER_APP_LEVEL));
    assert_ok(broker_alias_set(b.broker, "app-level-1", BED_ACCOUNT, &err), &err);
    bed_free(&b);
}

static void alias_without_account_says_how_to_add_it(void **state)
{
    struct bed b;
    struct base_error err = BASE_ERROR_NONE;
    char *chosen = NULL;

    (void)state;
    bed_make(&b);
    put(&b, MINUTE);
    assert_ok(broker_alias_set(b.broker, "journal", NAME, &err), &err);
    assert_ok(broker_grant_remove(b.broker, NAME, &err), &err);
    assert_status(broker_grant_choose(b.broker, "journal", &chosen, &err), BASE_REAUTH, &err);
    assert_non_null(strstr(err.hint, "hubauth accounts add --app-level --app crm"));
    bed_free(&b);
}

/* ------------------------------------------------------------------ limits */

/* R1: HubSpot counts an app in a portal. Here there is none. New tokens it counts for the app. */
static void each_app_has_limits_of_its_own(void **state)
{
    struct bed b;

    (void)state;
    bed_make(&b);
    for (int budget = 0; budget < HUBSPOT_BUDGETS; budget++) {
        struct broker_lane *ours = broker_queue_lane(b.broker, NAME, (enum hubspot_budget)budget);

        assert_non_null(ours);
        assert_ptr_not_equal(
            ours, broker_queue_lane(b.broker, "b/app-level", (enum hubspot_budget)budget));
        if (budget == HUBSPOT_BUDGET_TOKENS)
            assert_ptr_equal(ours, broker_queue_lane(b.broker, BED_ACCOUNT, HUBSPOT_BUDGET_TOKENS));
        else
            assert_ptr_not_equal(
                ours, broker_queue_lane(b.broker, BED_ACCOUNT, (enum hubspot_budget)budget));
    }
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_read),
        cmocka_unit_test(kinds_are_written),
        cmocka_unit_test(foreign_record_has_the_name_of_its_kind),
        cmocka_unit_test(first_token_makes_the_account),
        cmocka_unit_test(refused_token_makes_none),
        cmocka_unit_test(given_up_nothing_is_called_or_stored),
        cmocka_unit_test(name_is_no_logins),
        cmocka_unit_test(renewal_in_between_does_not_stop_it),
        cmocka_unit_test(record_beyond_reading_is_no_obstacle),
        cmocka_unit_test(time_under_way_counts_without_an_account),
        cmocka_unit_test(due_token_is_renewed_with_the_secret),
        cmocka_unit_test(lost_answer_costs_nothing),
        cmocka_unit_test(no_refusal_ends_it),
        cmocka_unit_test(other_process_renews_for_us),
        cmocka_unit_test(it_counts_only_where_it_is_named),
        cmocka_unit_test(login_of_that_name_counts),
        cmocka_unit_test(its_name_is_no_alias),
        cmocka_unit_test(alias_without_account_says_how_to_add_it),
        cmocka_unit_test(each_app_has_limits_of_its_own),
    };
    return cmocka_run_group_tests_name("broker_app_level", tests, NULL, NULL);
}
