/* The queue in front of a token endpoint: a burst stays within what HubSpot takes, a refusal holds
 * all accounts of the app, and whoever waits leaves no doubt. */
#include "bed.h"

#include "broker_app_token.h"
#include "broker_check.h"
#include "broker_int.h"
#include "broker_queue.h"
#include "broker_token.h"

#define MOST 40
#define REFUSED "{\"policyName\":\"SECONDLY\",\"message\":\"You have reached your rate limit.\"}"

/* HubSpot's token endpoint, which takes `max` requests in any second (0: all of them). */
struct server {
    int64_t taken_at[400];
    size_t taken, refused;
    size_t max;
    const char *retry_after; /* "Retry-After: 20"; NULL: none */
    size_t refuse;           /* so many at first, whatever their number */
    const char *more;        /* headers of what it takes; NULL: none */
};

static void serve(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    struct server *s = arg;
    bool full = s->max && s->taken >= s->max && r->at - s->taken_at[s->taken - s->max] < 1000;

    assert_true(s->taken < TEST_COUNT(s->taken_at));
    if (full || s->refused < s->refuse) {
        s->refused++;
        ret->status = 429;
        ret->answer = REFUSED;
        ret->headers = s->retry_after;
        return;
    }
    s->taken_at[s->taken++] = r->at;
    ret->answer = bed_tokens("at-2", NULL);
    ret->headers = s->more;
    ret->delay_ms = 30;
}

struct get {
    struct bed *bed;
    struct broker_token_get *get;
    char name[32];
    unsigned calls;
    enum base_status status;
    bool warned;
    struct base_error err;
    int64_t at;
};

static void on_token(void *arg, enum base_status status, const struct broker_grant *grant,
                     const struct base_error *err)
{
    struct get *g = arg;

    (void)grant;
    g->get = NULL;
    g->calls++;
    g->status = status;
    g->warned = !status && err;
    g->err = err ? *err : BASE_ERROR_NONE;
    g->at = loop_now(g->bed->loop);
}

static void put(struct bed *b, const char *app, int account, int64_t life_ms)
{
    char number[12];
    const struct bed_grant g = {.app = app, .account = number, .age_ms = 100, .life_ms = life_ms};

    snprintf(number, sizeof(number), "%d", account);
    bed_put_grant(b, &g);
}

static void start(struct bed *b, const char *app, int account, struct broker_token_wish wish,
                  struct get *g)
{
    struct base_error err = BASE_ERROR_NONE;

    *g = (struct get){.bed = b};
    snprintf(g->name, sizeof(g->name), "%s/%d", app, account);
    wish.name = g->name;
    wish.min_ttl_ms = 300000;
    assert_ok(broker_token_get(b->broker, &wish, on_token, g, &g->get, &err), &err);
}

static void get(struct bed *b, const char *app, int account, struct broker_token_wish wish,
                struct get *g)
{
    start(b, app, account, wish, g);
    bed_run(b);
    assert_int_equal(g->calls, 1);
}

#define WISH ((struct broker_token_wish){0})
#define PERSON ((struct broker_token_wish){.force = true, .insists = true})

static void look(struct bed *b, const char *app, struct hubspot_limit *ret)
{
    struct broker_lane *lane = broker_queue_lane(b->broker, app, HUBSPOT_BUDGET_TOKENS);

    assert_non_null(lane);
    broker_queue_look(lane, ret);
}

/* Each turn was given back, whatever became of it. */
static void nothing_is_under_way(struct bed *b, uint32_t counted)
{
    struct hubspot_limit limit;

    look(b, "crm", &limit);
    assert_int_equal(limit.in_flight, 0);
    assert_int_equal(limit.count, counted);
}

static void state_is(struct bed *b, const char *name, enum broker_grant_state state,
                     int64_t failures)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_grant g;

    assert_ok(broker_grant_load(b->broker, name, &g, &err), &err);
    assert_int_equal(g.state, state);
    assert_int_equal(g.failures, failures);
    broker_grant_free(&g);
}

static void add_app(struct bed *b, const char *name)
{
    struct broker_app app = bed_app(name);
    struct base_error err = BASE_ERROR_NONE;

    app.client_id = (char *)(uintptr_t) "id-2";
    assert_ok(bed_add_app(b, &app, &err), &err);
}

/* ------------------------------------------------------------------ many at once */

static void all_at_once(struct bed *b, struct bed *other, struct server *s, struct get all[MOST])
{
    for (int i = 0; i < MOST; i++)
        put(b, "crm", i + 1, -1);
    fake_http_serve(b->http, serve, s);
    if (other)
        fake_http_serve(other->http, serve, s);
    for (int i = 0; i < MOST; i++)
        start(other && i % 2 ? other : b, "crm", i + 1, WISH, &all[i]);
    bed_run(b);
    for (int i = 0; i < MOST; i++)
        assert_status(all[i].status, BASE_OK, &all[i].err);
    for (size_t i = 10; i < s->taken; i++)
        assert_true(s->taken_at[i] - s->taken_at[i - 10] >= 1000);
}

/* C8: nobody knows how many HubSpot takes. Ten in a second are asked for, of all processes. */
static void many_accounts_make_no_burst(void **state)
{
    static struct get all[MOST];
    struct bed b, other;
    struct server s = {.max = 10};

    (void)state;
    bed_make(&b);
    b.store->folder = b.dir.path;
    bed_second(&other, &b);
    all_at_once(&b, &other, &s, all);
    assert_int_equal(s.taken, MOST);
    assert_int_equal(s.refused, 0);
    assert_true(s.taken_at[9] == s.taken_at[0]); /* and the first ten wait for nothing */
    assert_true(s.taken_at[MOST - 1] - s.taken_at[0] < 3500);
    nothing_is_under_way(&b, MOST);
    bed_free(&other);
    bed_free(&b);
}

/* C8: where it takes fewer, the first refusals say how many, and no more are refused. */
static void refusals_teach_the_number(void **state)
{
    static struct get all[MOST];
    struct bed b;
    struct server s = {.max = 4};
    struct hubspot_limit limit;

    (void)state;
    bed_make(&b);
    all_at_once(&b, NULL, &s, all);
    assert_int_equal(s.taken, MOST);
    assert_int_equal(s.refused, 6);
    look(&b, "crm", &limit);
    assert_int_equal(limit.max, 4);
    assert_int_equal(limit.throttled, 6);
    for (int i = 0; i < MOST; i++) {
        char name[32];

        snprintf(name, sizeof(name), "crm/%d", i + 1);
        state_is(&b, name, BROKER_GRANT_OK, 0);
    }
    bed_free(&b);
}

/* R1 */
static void headers_tell_the_number(void **state)
{
    static struct get all[MOST];
    struct bed b;
    struct server s = {.more = "X-HubSpot-RateLimit-Max: 3\n"
                               "X-HubSpot-RateLimit-Interval-Milliseconds: 500"};
    struct get g;
    struct hubspot_limit limit;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 99, -1);
    fake_http_serve(b.http, serve, &s);
    get(&b, "crm", 99, WISH, &g);
    look(&b, "crm", &limit);
    assert_int_equal(limit.max, 3);
    assert_int_equal(limit.interval_ms, 500);
    assert_true(hubspot_limit_known(&limit, loop_now(b.loop)));
    s.more = NULL;
    all_at_once(&b, NULL, &s, all);
    for (size_t i = 3; i < s.taken; i++)
        assert_true(s.taken_at[i] - s.taken_at[i - 3] >= 500);
    bed_free(&b);
}

/* ------------------------------------------------------------------ a refusal */

/* C8: HubSpot refuses the app. Its other accounts wait, in all processes; other apps do not. */
static void refusal_of_one_holds_the_app(void **state)
{
    struct bed b, other;
    struct server s = {.refuse = 1, .retry_after = "Retry-After: 20"};
    struct get first, second, elsewhere;

    (void)state;
    bed_make(&b);
    b.store->folder = b.dir.path;
    bed_second(&other, &b);
    add_app(&b, "shop");
    put(&b, "crm", 1, 60000); /* with tokens to fall back on */
    put(&b, "crm", 2, -1);
    put(&b, "shop", 1, -1);
    fake_http_serve(b.http, serve, &s);
    fake_http_serve(other.http, serve, &s);
    get(&b, "crm", 1, WISH, &first);
    assert_int_equal(s.refused, 1);
    assert_true(first.warned);
    start(&other, "crm", 2, WISH, &second);
    start(&other, "shop", 1, WISH, &elsewhere);
    bed_run(&b);
    assert_status(second.status, BASE_OK, &second.err);
    assert_status(elsewhere.status, BASE_OK, &elsewhere.err);
    assert_true(second.at - first.at >= 20000);
    assert_true(elsewhere.at - first.at < 1000);
    assert_int_equal(s.refused, 1);
    assert_non_null(strstr(other.notices, "app crm waits 20.0 s"));
    bed_free(&other);
    bed_free(&b);
}

static bool lease_is_free(struct bed *b, const char *name)
{
    struct vault_lease *lease = NULL;
    bool is_free = vault_lease_try(b->broker->vault, name, &lease, NULL) == BASE_OK;

    vault_lease_release(b->broker->vault, lease);
    return is_free;
}

/* C8: a pause beyond anybody's patience is said at once, with its end; nothing is written, since
 * nothing is known of the account. A token that is still valid is handed out. */
static void long_pause_is_said_at_once(void **state)
{
    struct bed b;
    struct server s = {.refuse = 1, .retry_after = "Retry-After: 600"};
    struct get g;

    (void)state;
    bed_make(&b);
    for (int i = 1; i <= 3; i++)
        put(&b, "crm", i, i == 3 ? 60000 : -1);
    fake_http_serve(b.http, serve, &s);
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_UNAVAILABLE, &g.err);
    int64_t before = loop_now(b.loop);
    get(&b, "crm", 2, WISH, &g);
    assert_status(g.status, BASE_UNAVAILABLE, &g.err);
    assert_int_equal(loop_now(b.loop), before);
    assert_string_equal(g.err.doing, "refreshing the token");
    assert_non_null(strstr(g.err.why, "app crm"));
    assert_non_null(strstr(g.err.why, "10 m"));
    assert_non_null(strstr(g.err.hint, "hubauth refresh"));
    state_is(&b, "crm/2", BROKER_GRANT_OK, 0);
    assert_true(lease_is_free(&b, "crm/2"));
    get(&b, "crm", 3, WISH, &g);
    assert_status(g.status, BASE_OK, &g.err);
    assert_true(g.warned);
    assert_int_equal(fake_http_count(b.http), 1);
    nothing_is_under_way(&b, 1);
    fake_time_pass(1000);
    /* A person insists; and when HubSpot gives one, the pause is over for all. */
    get(&b, "crm", 1, PERSON, &g);
    assert_status(g.status, BASE_OK, &g.err);
    get(&b, "crm", 2, WISH, &g);
    assert_status(g.status, BASE_OK, &g.err);
    assert_true(loop_now(b.loop) - before < 5000);
    bed_free(&b);
}

static void pause_longer(void *arg)
{
    broker_queue_throttled(arg, 3600000, false);
}

/* C8: a pause that begins during the wait, and is longer than anybody's patience: all who wait are
 * told at once, as who asks then. A person goes on waiting for a turn. */
static void long_pause_is_said_to_who_waits(void **state)
{
    static struct get waiting[MOST];
    struct bed b;
    struct server s = {0};
    struct get person;

    (void)state;
    bed_make(&b);
    for (int i = 1; i <= MOST; i++)
        put(&b, "crm", i, -1);
    fake_http_serve(b.http, serve, &s);
    struct broker_lane *lane = broker_queue_lane(b.broker, "crm", HUBSPOT_BUDGET_TOKENS);
    broker_queue_throttled(lane, 10000, false);
    for (int i = 1; i < MOST; i++)
        start(&b, "crm", i, WISH, &waiting[i]);
    start(&b, "crm", MOST, PERSON, &person);
    struct loop_timer *t = loop_timer_new(b.loop, pause_longer, lane);
    assert_non_null(t);
    loop_timer_start(t, 5000);
    int64_t before = loop_now(b.loop);
    bed_run(&b);
    loop_timer_free(t);
    for (int i = 1; i < MOST; i++) {
        assert_int_equal(waiting[i].calls, 1);
        assert_status(waiting[i].status, BASE_UNAVAILABLE, &waiting[i].err);
        assert_in_range(waiting[i].at - before, 5000, 5100);
        assert_non_null(strstr(waiting[i].err.why, "is not asked again for 1 h"));
    }
    assert_status(person.status, BASE_OK, &person.err);
    assert_int_equal(fake_http_count(b.http), 1);
    state_is(&b, "crm/1", BROKER_GRANT_OK, 0);
    nothing_is_under_way(&b, 1);
    bed_free(&b);
}

/* ------------------------------------------------------------------ the turn, then the note */

static void look_and_leave(void *arg)
{
    struct get *g = arg;

    state_is(g->bed, g->name, BROKER_GRANT_OK, 0);
    assert_false(lease_is_free(g->bed, g->name));
    broker_token_cancel(g->get);
}

/* C6: a process that dies in the queue has not sent its refresh token, and leaves no doubt. */
static void nothing_is_written_ahead_in_the_queue(void **state)
{
    struct bed b;
    struct server s = {0};
    struct get g;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 1, -1);
    fake_http_serve(b.http, serve, &s);
    broker_queue_throttled(broker_queue_lane(b.broker, "crm", HUBSPOT_BUDGET_TOKENS), 20000, false);
    start(&b, "crm", 1, WISH, &g);
    struct loop_timer *t = loop_timer_new(b.loop, look_and_leave, &g);
    assert_non_null(t);
    loop_timer_start(t, 10000);
    bed_run(&b);
    loop_timer_free(t);
    assert_int_equal(g.calls, 0);
    assert_int_equal(fake_http_count(b.http), 0);
    nothing_is_under_way(&b, 0);
    state_is(&b, "crm/1", BROKER_GRANT_OK, 0);
    get(&b, "crm", 1, WISH, &g); /* and the next has its turn */
    assert_status(g.status, BASE_OK, &g.err);
    bed_free(&b);
}

static void log_in(void *arg)
{
    struct bed *b = arg;

    put(b, "crm", 1, 1800000);
}

/* A login in the meantime counts: the refresh token that it replaced is not shown. */
static void login_in_the_queue_counts(void **state)
{
    struct bed b;
    struct get g;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 1, -1);
    broker_queue_throttled(broker_queue_lane(b.broker, "crm", HUBSPOT_BUDGET_TOKENS), 20000, false);
    start(&b, "crm", 1, WISH, &g);
    struct loop_timer *t = loop_timer_new(b.loop, log_in, &b);
    assert_non_null(t);
    loop_timer_start(t, 10000);
    bed_run(&b);
    loop_timer_free(t);
    assert_status(g.status, BASE_OK, &g.err);
    assert_false(g.warned);
    assert_int_equal(fake_http_count(b.http), 0);
    nothing_is_under_way(&b, 1); /* the turn had come */
    bed_free(&b);
}

/* ------------------------------------------------------------------ exactly one for each turn */

static void on_app_token(void *arg, enum base_status status, const struct broker_grant *grant,
                         const struct base_error *err)
{
    (void)grant;
    (void)err;
    *(enum base_status *)arg = status;
}

static void on_check(void *arg, enum base_status status, const struct broker_check_result *result,
                     const struct base_error *err)
{
    (void)result;
    (void)err;
    *(enum base_status *)arg = status;
}

static enum base_status check(struct bed *b)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_check *c;
    enum base_status status = BASE_FAILED;

    assert_ok(broker_check_app(b->broker, "crm", on_check, &status, &c, &err), &err);
    bed_run(b);
    return status;
}

static enum base_status app_token(struct bed *b)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app_token *t;
    enum base_status status = BASE_FAILED;

    assert_ok(
        broker_app_token_get(b->broker, "crm", "developer.x", on_app_token, &status, &t, &err),
        &err);
    bed_run(b);
    return status;
}

static void always(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    (void)r;
    *ret = *(const struct fake_exchange *)arg;
}

/* R1: all that posts to the token endpoint takes a turn, and all that becomes of it gives it back.
 */
static void every_turn_is_given_back(void **state)
{
    static const struct fake_exchange outcomes[] = {
        {.answer = "{\"access_token\":\"at-2\",\"token_type\":\"bearer\",\"expires_in\":1800}"},
        {.status = 400, .answer = "{\"status\":\"BAD_AUTH_CODE\"}"},
        {.status = 502, .answer = "<html>"},
        {.answer = "<html>"},
        {.outcome = FAKE_NOT_SENT},
        {.outcome = FAKE_MAYBE_ACTED},
    };
    struct bed b;
    struct get g;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(outcomes); i++) {
        put(&b, "crm", 1, -1);
        fake_http_serve(b.http, always, (void *)(uintptr_t)&outcomes[i]);
        get(&b, "crm", 1, PERSON, &g);
        size_t requests = fake_http_count(b.http);
        nothing_is_under_way(&b, (uint32_t)requests);
        (void)check(&b);
        (void)app_token(&b);
        assert_int_equal(fake_http_count(b.http), requests + 2);
        nothing_is_under_way(&b, (uint32_t)requests + 2);
    }
    bed_free(&b);
}

/* Both refresh tokens of an account that has two: two requests, two turns, one note. */
static void each_request_has_a_turn(void **state)
{
    const struct fake_exchange dead = {.status = 400,
                                       .answer = "{\"status\":\"BAD_REFRESH_TOKEN\"}"};
    const struct bed_grant two = {.account = "1", .previous = "rt-0", .life_ms = -1};
    struct bed b;
    struct get g;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &two);
    fake_http_expect(b.http, &dead);
    fake_http_expect(b.http, &dead);
    b.store->puts = 0;
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_REAUTH, &g.err);
    assert_int_equal(b.store->puts, 2); /* written ahead once, then dead */
    nothing_is_under_way(&b, 2);
    bed_free(&b);
}

/* What cannot be written ahead is not sent: its turn is given back. */
static void failure_ahead_gives_the_turn_back(void **state)
{
    struct bed b;
    struct get g;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 1, -1);
    b.store->fail_puts = 1;
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_STORAGE, &g.err);
    assert_int_equal(fake_http_count(b.http), 0);
    nothing_is_under_way(&b, 1);
    bed_free(&b);
}

/* The others' questions obey a pause as well. */
static void nobody_asks_in_a_pause(void **state)
{
    struct base_error err = BASE_ERROR_NONE;
    struct broker_app_token *t;
    struct broker_check *c;
    enum base_status got = BASE_OK;
    struct bed b;

    (void)state;
    bed_make(&b);
    broker_queue_throttled(broker_queue_lane(b.broker, "crm", HUBSPOT_BUDGET_TOKENS), 600000,
                           false);
    assert_int_equal(broker_check_app(b.broker, "crm", on_check, &got, &c, &err), BASE_UNAVAILABLE);
    assert_non_null(strstr(err.why, "10 m"));
    assert_int_equal(
        broker_app_token_get(b.broker, "crm", "developer.x", on_app_token, &got, &t, &err),
        BASE_UNAVAILABLE);
    bed_run(&b);
    assert_int_equal(fake_http_count(b.http), 0);
    bed_free(&b);
}

/* A day's end is not waited for: the refused account alone waits. */
static void day_holds_nobody_else(void **state)
{
    const struct fake_exchange day = {
        .status = 429, .headers = "Retry-After: 3600", .answer = "{\"policyName\":\"DAILY\"}"};
    struct bed b;
    struct server s = {0};
    struct get g;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 1, -1);
    put(&b, "crm", 2, -1);
    fake_http_expect(b.http, &day);
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_QUOTA, &g.err);
    fake_http_serve(b.http, serve, &s);
    get(&b, "crm", 2, WISH, &g);
    assert_status(g.status, BASE_OK, &g.err);
    bed_free(&b);
}

/* A policy that is not of a second tells nothing of the window. */
static void other_policy_teaches_nothing(void **state)
{
    const struct fake_exchange ten = {.status = 429,
                                      .headers = "Retry-After: 7",
                                      .answer = "{\"policyName\":\"TEN_SECONDLY_ROLLING\"}",
                                      .delay_ms = 50};
    static struct get all[5];
    struct bed b;
    struct hubspot_limit limit;

    (void)state;
    bed_make(&b);
    fake_http_serve(b.http, always, (void *)(uintptr_t)&ten);
    for (int i = 0; i < 5; i++) {
        put(&b, "crm", i + 1, 60000);
        start(&b, "crm", i + 1, WISH, &all[i]);
    }
    bed_run(&b);
    look(&b, "crm", &limit);
    assert_int_equal(limit.throttled, 5);
    assert_int_equal(limit.max, 10);
    assert_true(hubspot_limit_next(&limit, loop_now(b.loop), 0) - loop_now(b.loop) > 6000);
    bed_free(&b);
}

/* C8: what one account met holds the others for a while, and then one of them looks. It obeys the
 * whole of it itself. */
static void pause_of_days_holds_others_for_minutes(void **state)
{
    struct bed b;
    struct server s = {.refuse = 1, .retry_after = "Retry-After: 172800"};
    struct get g;

    (void)state;
    bed_make(&b);
    put(&b, "crm", 1, -1);
    put(&b, "crm", 2, -1);
    fake_http_serve(b.http, serve, &s);
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_UNAVAILABLE, &g.err);
    get(&b, "crm", 2, WISH, &g);
    assert_status(g.status, BASE_UNAVAILABLE, &g.err);
    fake_time_pass(BROKER_TURN_PAUSE_MS);
    get(&b, "crm", 1, WISH, &g);
    assert_status(g.status, BASE_UNAVAILABLE, &g.err);
    assert_int_equal(s.refused + s.taken, 1);
    get(&b, "crm", 2, WISH, &g);
    assert_status(g.status, BASE_OK, &g.err);
    bed_free(&b);
}

/* ------------------------------------------------------------------ an answer that does not come
 */

/* The first request of those that come now hangs. */
static void hang_first(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    size_t *asked = arg;

    (void)r;
    ret->answer = bed_tokens("at-2", NULL);
    ret->delay_ms = ++*asked == 1 ? 100000 : 30;
}

/* C8: an account whose answer does not come, or whose process is stopped, holds the others for
 * seconds, also where refusals have taught that one fits in a second. */
static void answer_that_hangs_holds_no_others(void **state)
{
    struct server one = {.max = 1};
    struct bed b;
    struct get first, second, four[4];
    struct hubspot_limit limit;
    size_t asked = 0;

    (void)state;
    bed_make(&b);
    fake_http_serve(b.http, serve, &one);
    for (int i = 0; i < 4; i++) {
        put(&b, "crm", i + 1, -1);
        start(&b, "crm", i + 1, WISH, &four[i]);
    }
    bed_run(&b);
    look(&b, "crm", &limit);
    assert_int_equal(limit.max, 1);

    put(&b, "crm", 1, -1);
    put(&b, "crm", 2, -1);
    fake_time_pass(60000);
    fake_http_serve(b.http, hang_first, &asked);
    start(&b, "crm", 1, WISH, &first);
    start(&b, "crm", 2, WISH, &second);
    int64_t before = loop_now(b.loop);
    bed_run(&b);
    assert_status(second.status, BASE_OK, &second.err);
    assert_true(second.at - before < 15000);
    nothing_is_under_way(&b, limit.count + 3);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_accounts_make_no_burst),
        cmocka_unit_test(refusals_teach_the_number),
        cmocka_unit_test(headers_tell_the_number),
        cmocka_unit_test(refusal_of_one_holds_the_app),
        cmocka_unit_test(long_pause_is_said_at_once),
        cmocka_unit_test(long_pause_is_said_to_who_waits),
        cmocka_unit_test(nothing_is_written_ahead_in_the_queue),
        cmocka_unit_test(login_in_the_queue_counts),
        cmocka_unit_test(every_turn_is_given_back),
        cmocka_unit_test(each_request_has_a_turn),
        cmocka_unit_test(failure_ahead_gives_the_turn_back),
        cmocka_unit_test(nobody_asks_in_a_pause),
        cmocka_unit_test(day_holds_nobody_else),
        cmocka_unit_test(other_policy_teaches_nothing),
        cmocka_unit_test(pause_of_days_holds_others_for_minutes),
        cmocka_unit_test(answer_that_hangs_holds_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
