/* API calls: where the token goes, what a 401 leads to, and what is sent a second time. */
#include "bed.h"

#include "base_time.h"
#include "broker_call.h"
#include "broker_queue.h"
#include "broker_recent.h"
#include "loop.h"
#include "vault_store.h"

#define TARGET "/crm/objects/2026-03/contacts"
#define EXPIRED                                                                                    \
    "{\"status\":\"error\",\"message\":\"The OAuth token used to make this call expired 0 "        \
    "second(s) ago.\",\"category\":\"EXPIRED_AUTHENTICATION\"}"
#define UNKNOWN_TOKEN                                                                              \
    "{\"status\":\"error\",\"message\":\"Authentication credentials not found.\","                 \
    "\"category\":\"INVALID_AUTHENTICATION\"}"

struct answer {
    struct broker_call *call;
    unsigned calls;
    int64_t at; /* when it came */
    enum base_status status;
    struct base_error err;
    int http_status; /* 0: no answer came */
    char body[512];
    char header[64]; /* X-Test of the answer */
};

static void on_answer(void *arg, enum base_status status, struct broker_response *response,
                      const struct base_error *err)
{
    struct answer *a = arg;

    a->calls++;
    a->at = fake_time_now();
    a->status = status;
    a->err = err ? *err : BASE_ERROR_NONE;
    if (!response)
        return;
    a->http_status = response->status;
    snprintf(a->body, sizeof(a->body), "%s", base_buf_str(response->body));
    for (size_t i = 0; i < response->header_count; i++)
        if (base_span_is_nocase(response->headers[i].name, "X-Test"))
            snprintf(a->header, sizeof(a->header), "%.*s",
                     BASE_SPAN_ARG(response->headers[i].value));
}

static enum base_status start(struct bed *b, struct broker_request request, struct answer *a)
{
    *a = (struct answer){0};
    request.account = BED_ACCOUNT;
    if (!request.method)
        request.method = "GET";
    if (!request.target)
        request.target = TARGET;
    return broker_call_start(b->broker, &request, on_answer, a, &a->call, &a->err);
}

static void call(struct bed *b, struct broker_request request, struct answer *a)
{
    assert_ok(start(b, request, a), &a->err);
    assert_int_equal(a->calls, 0); /* only from the loop */
    bed_run(b);
    assert_int_equal(a->calls, 1);
}

static void make(struct bed *b)
{
    const struct bed_grant g = {.life_ms = INT64_C(1800000)};

    bed_make(b);
    bed_put_grant(b, &g);
}

static void expect(struct bed *b, const char *method, const char *bearer, int status,
                   const char *answer)
{
    const struct fake_exchange x = {.method = method,
                                    .url = BED_API TARGET,
                                    .bearer = bearer,
                                    .status = status,
                                    .answer = answer};

    fake_http_expect(b->http, &x);
}

static void expect_refresh(struct bed *b, const char *answer)
{
    const struct fake_exchange x = {.method = "POST",
                                    .url = BED_API BED_TOKEN_PATH,
                                    .body = "grant_type=refresh_token refresh_token=rt-1",
                                    .bearer = "",
                                    .answer = answer};

    fake_http_expect(b->http, &x);
}

/* ------------------------------------------------------------------ what is kept between calls */

static void call_again(struct bed *b, const char *bearer)
{
    struct answer a;

    expect(b, "GET", bearer, 200, "{}");
    call(b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
}

/* A second call within BROKER_RECENT_MS reads nothing; a logout counts after that. */
static void logout_elsewhere_is_seen_in_time(void **state)
{
    struct bed b, other;
    struct base_error err = BASE_ERROR_NONE;
    struct answer a;

    (void)state;
    make(&b);
    bed_second(&other, &b);
    call_again(&b, "at-1");
    assert_ok(broker_grant_remove(other.broker, BED_ACCOUNT, &err), &err);
    fake_time_pass(BROKER_RECENT_MS - 1);
    call_again(&b, "at-1");
    fake_time_pass(1);
    call(&b, (struct broker_request){0}, &a);
    assert_int_not_equal(a.status, BASE_OK);
    assert_int_equal(fake_http_count(b.http), 2);
    bed_free(&other);
    bed_free(&b);
}

/* Also a token that was only just read has to live for the call. */
static void kept_token_is_renewed_in_time(void **state)
{
    struct bed b;
    const struct bed_grant g = {.life_ms = 60500};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &g);
    call_again(&b, "at-1");
    fake_time_pass(BROKER_RECENT_MS - 100);
    expect_refresh(&b, bed_tokens("at-2", NULL));
    call_again(&b, "at-2");
    call_again(&b, "at-2");
    bed_free(&b);
}

/* The loop's clock stands still while the machine sleeps, and the wall clock does not tell when it
 * was set back. */
static void kept_token_ages_while_the_machine_sleeps(void **state)
{
    struct bed b;
    const struct bed_grant due = {.life_ms = -1};

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &due);
    expect_refresh(&b, bed_tokens("at-2", NULL));
    call_again(&b, "at-2");
    fake_time_suspend(INT64_C(2400000));
    fake_time_set_wall(fake_time_wall() - INT64_C(2400000));
    expect_refresh(&b, bed_tokens("at-3", NULL));
    call_again(&b, "at-3");
    bed_free(&b);
}

struct pair {
    struct bed *b;
    struct answer second;
    unsigned refused;
};

/* Another call begins while the refused token is renewed. */
static void renew_and_call(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    struct pair *p = arg;

    ret->answer = "{}";
    if (strcmp(r->method, "POST") == 0) {
        ret->answer = bed_tokens("at-2", NULL);
        assert_ok(start(p->b, (struct broker_request){0}, &p->second), &p->second.err);
    } else if (strcmp(r->bearer, "at-1") == 0) {
        p->refused++;
        ret->status = 401;
        ret->answer = EXPIRED;
    }
}

/* C10: no other call comes with the token that HubSpot has just refused. */
static void refused_token_is_not_kept(void **state)
{
    struct bed b;
    struct answer a;
    struct pair p = {.b = &b};

    (void)state;
    make(&b);
    call_again(&b, "at-1");
    fake_http_serve(b.http, renew_and_call, &p);
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_int_equal(p.second.calls, 1);
    assert_status(p.second.status, BASE_OK, &p.second.err);
    assert_int_equal(p.refused, 1);
    bed_free(&b);
}

/* ------------------------------------------------------------------ C9: where the token goes */

static void token_goes_into_the_header_alone(void **state)
{
    struct bed b;
    struct answer a;
    const struct broker_header headers[] = {{BASE_SPAN("Accept"), BASE_SPAN("*/*")}};

    (void)state;
    make(&b);
    fake_http_expect(b.http, &(struct fake_exchange){.method = "POST",
                                                     .url = BED_API TARGET "?limit=1",
                                                     .bearer = "at-1",
                                                     .body = "{}",
                                                     .status = 201,
                                                     .headers = "X-Test: yes\n",
                                                     .answer = "{\"id\":\"1\"}"});
    call(&b,
         (struct broker_request){.method = "POST",
                                 .target = TARGET "?limit=1",
                                 .headers = headers,
                                 .header_count = 1,
                                 .body = BASE_SPAN("{}")},
         &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_int_equal(a.http_status, 201);
    assert_string_equal(a.body, "{\"id\":\"1\"}");
    assert_string_equal(a.header, "yes");
    const struct fake_request *r = fake_http_request(b.http, 0);
    assert_null(strstr(r->url, "at-1"));
    assert_null(strstr(r->body, "at-1"));
    bed_free(&b);
}

/* Whatever a target says, the token does not leave the app's own host (C9, C13). */
static void target_is_a_path(void **state)
{
    static const char *const targets[] = {
        "https://evil.example/",
        "//evil.example/x",
        "evil",
        "@evil.example/",
        ".evil.example",
        "",
        "/../x",
        "/a/%2e%2e/b",
        "/\\evil.example",
    };
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    for (size_t i = 0; i < TEST_COUNT(targets); i++)
        assert_int_equal(start(&b, (struct broker_request){.target = targets[i]}, &a), BASE_USAGE);
    bed_run(&b);
    assert_int_equal(fake_http_count(b.http), 0);
    bed_free(&b);
}

/* As somebody would who can write the vault's file, and has no key. */
static void name_another_host(struct bed *b)
{
    static const char host[] = "https://api.example.com", other[] = "https://api.evil.example";
    struct vault_store *rows = b->store->rows;
    struct vault_row row;
    struct base_buf plain;
    struct base_error err;
    struct base_span rest;
    char *at;

    assert_ok(rows->ops->get(rows, VAULT_APP, "crm", &row, &err), &err);
    at = strstr(base_buf_str(&row.plain), host);
    assert_non_null(at);
    rest = base_span_from(base_buf_span(&row.plain), (size_t)(at - row.plain.p) + strlen(host));
    base_buf_init(&plain, VAULT_PLAIN_MAX);
    base_buf_add(&plain, row.plain.p, (size_t)(at - row.plain.p));
    base_buf_add_str(&plain, other);
    base_buf_add_span(&plain, rest);
    assert_ok(rows->ops->put(rows, VAULT_APP, "crm", row.generation, base_buf_span(&plain),
                             base_buf_span(&row.sealed), &err),
              &err);
    base_buf_free(&plain);
    vault_row_free(&row);
}

/* A listing reads public parts, and nothing binds these but the seal (C9, D5). */
static void host_is_that_of_the_record_that_opens(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    name_another_host(&b);
    assert_status(start(&b, (struct broker_request){0}, &a), BASE_STORAGE, &a.err);
    assert_non_null(strstr(a.err.why, "changed by something other than hubauth"));
    bed_run(&b);
    assert_int_equal(fake_http_count(b.http), 0);
    bed_free(&b);
}

static void another_host_is_noticed_in_time(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    call_again(&b, "at-1");
    name_another_host(&b);
    call_again(&b, "at-1"); /* goes where the record said that opened */
    fake_time_pass(BROKER_RECENT_MS);
    assert_status(start(&b, (struct broker_request){0}, &a), BASE_STORAGE, &a.err);
    assert_int_equal(fake_http_count(b.http), 2);
    bed_free(&b);
}

/* ------------------------------------------------------------------ C10: a 401 */

static void expired_token_is_renewed_once(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect(&b, "GET", "at-1", 401, EXPIRED);
    expect_refresh(&b, bed_tokens("at-2", "rt-1"));
    expect(&b, "GET", "at-2", 200, "{}");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    bed_stored_is(&b, BROKER_GRANT_OK, "at-2", "rt-1", NULL);
    bed_free(&b);
}

static void second_401_is_final(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect(&b, "GET", "at-1", 401, EXPIRED);
    expect_refresh(&b, bed_tokens("at-2", "rt-1"));
    expect(&b, "GET", "at-2", 401, UNKNOWN_TOKEN);
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_REAUTH, &a.err);
    assert_int_equal(a.http_status, 401);
    assert_true(a.err.why[0] != '\0');
    bed_free(&b);
}

/* The refused request was not acted on, so its body, which the caller keeps, goes out again. */
static void refused_post_is_repeated_whole(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect(&b, "POST", "at-1", 401, EXPIRED);
    expect_refresh(&b, bed_tokens("at-2", "rt-1"));
    expect(&b, "POST", "at-2", 200, "{}");
    call(&b, (struct broker_request){.method = "POST", .body = BASE_SPAN("{\"a\":1}")}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_string_equal(fake_http_request(b.http, 0)->body, "{\"a\":1}");
    assert_string_equal(fake_http_request(b.http, 2)->body, "{\"a\":1}");
    bed_free(&b);
}

/* Another process refreshes while the request is under way. */
static void renew_meanwhile(void *arg, const struct fake_request *r, struct fake_exchange *ret)
{
    const struct bed_grant newer = {.access = "at-9", .life_ms = INT64_C(1800000)};

    if (strcmp(r->bearer, "at-9") == 0) {
        ret->answer = "{}";
        return;
    }
    assert_string_equal(r->bearer, "at-1");
    bed_put_grant(arg, &newer);
    ret->status = 401;
    ret->answer = EXPIRED;
}

/* Somebody else has renewed it: theirs is taken, and no refresh is wasted. */
static void another_ones_token_is_taken(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    fake_time_pass(1000);
    fake_http_serve(b.http, renew_meanwhile, &b);
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_int_equal(fake_http_count(b.http), 2);
    bed_free(&b);
}

static void dead_grant_ends_the_call(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect(&b, "GET", "at-1", 401, UNKNOWN_TOKEN);
    fake_http_expect(b.http,
                     &(struct fake_exchange){.url = BED_TOKEN_PATH,
                                             .status = 400,
                                             .answer = "{\"status\":\"BAD_REFRESH_TOKEN\"}"});
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_REAUTH, &a.err);
    assert_int_equal(a.http_status, 0);
    bed_free(&b);
}

/* ------------------------------------------------------------------ what is repeated (C6, C8) */

static void trouble_is_sat_out(void **state)
{
    static const int statuses[] = {502, 503, 423, 429};
    struct bed b;
    struct answer a;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(statuses); i++) {
        make(&b);
        expect(&b, "GET", "at-1", statuses[i], "<html>trouble</html>");
        expect(&b, "GET", "at-1", 200, "{}");
        call(&b, (struct broker_request){0}, &a);
        assert_status(a.status, BASE_OK, &a.err);
        assert_true(fake_http_request(b.http, 1)->at > fake_http_request(b.http, 0)->at);
        bed_free(&b);
    }
}

static void trouble_has_an_end(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    for (int i = 0; i < 5; i++)
        expect(&b, "GET", "at-1", 503, "");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_int_equal(a.http_status, 503);
    bed_free(&b);
}

/* A POST that may have been acted on is not sent again: a gateway's word, or no answer. */
static void what_may_have_acted_is_not_repeated(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect(&b, "POST", "at-1", 502, "");
    call(&b, (struct broker_request){.method = "POST", .body = BASE_SPAN("{}")}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    fake_http_forget(b.http);
    fake_http_expect(b.http,
                     &(struct fake_exchange){.method = "POST", .outcome = FAKE_MAYBE_ACTED});
    call(&b, (struct broker_request){.method = "POST", .body = BASE_SPAN("{}")}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_int_equal(a.http_status, 0);
    fake_http_forget(b.http);
    fake_http_expect(b.http, &(struct fake_exchange){.method = "POST", .outcome = FAKE_NOT_SENT});
    expect(&b, "POST", "at-1", 200, "{}");
    call(&b, (struct broker_request){.method = "POST", .body = BASE_SPAN("{}")}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    bed_free(&b);
}

/* ------------------------------------------------------------------ broken answers */

#define JSON_TYPE "Content-Type: application/json;charset=utf-8\n"
#define PAGE "<html><title>Just a moment...</title></html>"

static void expect_body(struct bed *b, const char *method, const char *headers, const char *answer)
{
    fake_http_expect(
        b->http, &(struct fake_exchange){.method = method, .headers = headers, .answer = answer});
}

struct later {
    struct bed *bed;
    struct answer answer;
};

static void start_later(void *arg)
{
    struct later *l = arg;

    assert_ok(start(l->bed, (struct broker_request){0}, &l->answer), &l->answer.err);
}

/* C8: a 429 holds the budget whose policy it names, which need not be that of its call. */
static void refusal_holds_the_policy_it_names(void **state)
{
    static const struct {
        const char *body;
        int64_t least, most; /* when the list is asked for that is wanted after 100 ms */
    } cases[] = {{"{\"policyName\":\"TEN_SECONDLY_ROLLING\"}", 20000, 21000},
                 {"{\"policyName\":\"SECONDLY\"}", 100, 200}};
    struct bed b;
    struct answer search;
    struct later list = {.bed = &b};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const struct fake_exchange refusal = {
            .status = 429, .headers = "Retry-After: 20", .answer = cases[i].body};
        struct loop_timer *timer;

        make(&b);
        timer = loop_timer_new(b.loop, start_later, &list);
        assert_non_null(timer);
        loop_timer_start(timer, 100);
        fake_http_expect(b.http, &refusal);
        expect_body(&b, NULL, JSON_TYPE, "{}");
        expect_body(&b, NULL, JSON_TYPE, "{}");
        call(&b,
             (struct broker_request){
                 .method = "POST", .target = TARGET "/search", .body = BASE_SPAN("{}")},
             &search);
        assert_status(search.status, BASE_OK, &search.err);
        assert_status(list.answer.status, BASE_OK, &list.answer.err);
        assert_int_equal(fake_http_count(b.http), 3);
        for (size_t k = 0; k < 3; k++) {
            const struct fake_request *r = fake_http_request(b.http, k);

            if (strcmp(r->method, "GET") == 0)
                assert_in_range(r->at - fake_http_request(b.http, 0)->at, cases[i].least,
                                cases[i].most);
        }
        loop_timer_free(timer);
        bed_free(&b);
    }
}

/* C8: only a refusal for the ten seconds says that their window is full, and so that others are in
 * it. */
static void refusal_tells_of_the_policy_it_names(void **state)
{
    static const struct {
        const char *body;
        int64_t least, most; /* until it is asked again */
    } cases[] = {{"{\"policyName\":\"TEN_SECONDLY_ROLLING\"}", 9000, 11000},
                 {"{\"policyName\":\"SECONDLY\"}", 1000, 2500},
                 {"{}", 1000, 2500}};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        const struct fake_exchange refusal = {
            .status = 429, .headers = "Retry-After: 1", .answer = cases[i].body};
        struct bed b;
        struct answer a;

        make(&b);
        expect_body(&b, NULL,
                    JSON_TYPE "X-HubSpot-RateLimit-Max: 110\nX-HubSpot-RateLimit-Remaining: 109",
                    "{}");
        call(&b, (struct broker_request){0}, &a);
        assert_status(a.status, BASE_OK, &a.err);
        fake_http_expect(b.http, &refusal);
        expect_body(&b, NULL, JSON_TYPE, "{}");
        call(&b, (struct broker_request){0}, &a);
        assert_status(a.status, BASE_OK, &a.err);
        assert_in_range(fake_http_request(b.http, 2)->at - fake_http_request(b.http, 1)->at,
                        cases[i].least, cases[i].most);
        bed_free(&b);
    }
}

/* A 200 whose JSON is a page, or cut: as a 5xx, for those that only read. */
static void broken_answers_are_asked_for_again(void **state)
{
    static const char *const broken[] = {PAGE, "{\"results\":[{\"id\":\"1\"},", "{} {}", "null x"};
    struct bed b;
    struct answer a;

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(broken); i++) {
        make(&b);
        expect_body(&b, "GET", JSON_TYPE, broken[i]);
        expect_body(&b, "GET", JSON_TYPE, "{\"results\":[]}");
        call(&b, (struct broker_request){0}, &a);
        assert_status(a.status, BASE_OK, &a.err);
        assert_string_equal(a.body, "{\"results\":[]}");
        bed_free(&b);
    }
    make(&b); /* a search only reads */
    expect_body(&b, "POST", JSON_TYPE, PAGE);
    expect_body(&b, "POST", JSON_TYPE, "{}");
    call(&b,
         (struct broker_request){
             .method = "POST", .target = TARGET "/search", .body = BASE_SPAN("{}")},
         &a);
    assert_status(a.status, BASE_OK, &a.err);
    bed_free(&b);
}

/* It was carried out, whatever the answer looks like. */
static void broken_answer_to_a_change_is_reported(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect_body(&b, "POST", JSON_TYPE, "{\"id\":");
    call(&b, (struct broker_request){.method = "POST", .body = BASE_SPAN("{}")}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_int_equal(a.http_status, 200);
    assert_string_equal(a.body, "{\"id\":");
    assert_non_null(strstr(a.err.hint, "carried out"));
    bed_free(&b);
}

/* What does not call itself JSON, and an answer without a body, is nobody's to judge. */
static void other_types_pass(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect_body(&b, "GET", "Content-Type: text/csv\n", "a,b\n1,\"2");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    expect_body(&b, "GET", JSON_TYPE, "");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    bed_free(&b);
}

static enum base_status wants_rows(void *arg, struct base_span body)
{
    struct answer *a = arg;

    assert_int_equal(a->calls, 0);
    return base_span_starts(body, "rows") ? BASE_OK : BASE_INVALID;
}

static void caller_judges_what_is_whole(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    expect_body(&b, "GET", JSON_TYPE, "{}");
    expect_body(&b, "GET", "", PAGE);
    expect_body(&b, "GET", JSON_TYPE, "rows, and no JSON");
    call(&b, (struct broker_request){.check = wants_rows}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_string_equal(a.body, "rows, and no JSON");
    for (int i = 0; i < 5; i++)
        expect_body(&b, "GET", JSON_TYPE, "{}");
    call(&b, (struct broker_request){.check = wants_rows}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_int_equal(a.http_status, 200);
    /* A refusal is none of its business. */
    expect(&b, "GET", "at-1", 404, "{\"status\":\"error\",\"message\":\"resource not found\"}");
    call(&b, (struct broker_request){.check = wants_rows}, &a);
    assert_status(a.status, BASE_NOT_FOUND, &a.err);
    bed_free(&b);
}

/* ------------------------------------------------------------------ how long it is tried */

static void expect_move(struct bed *b, const char *retry_after)
{
    fake_http_expect(b->http, &(struct fake_exchange){.status = 477,
                                                      .headers = retry_after,
                                                      .answer = "{\"status\":\"error\"}"});
}

/* A data centre's move: hours for bulk work, which says so; minutes for a person. */
static void bulk_is_patient(void **state)
{
    struct bed b;
    struct answer a;
    int64_t began;

    (void)state;
    make(&b);
    expect_move(&b, "Retry-After: 7200\n");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_non_null(strstr(a.err.hint, "2 h"));
    fake_http_forget(b.http);

    began = fake_time_now();
    expect_move(&b, "Retry-After: 7200\n");
    expect_refresh(&b, bed_tokens("at-2", "rt-1")); /* the token is of two hours ago */
    expect(&b, "GET", "at-2", 200, "{}");
    call(&b, (struct broker_request){.bulk = true}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_true(fake_time_now() - began >= INT64_C(7200000));
    assert_non_null(strstr(b.notices, "477; trying again in 2 h"));
    bed_free(&b);
}

/* C8: a date is of the server's clock, whatever this machine's says: here it is an hour behind. */
static void date_is_of_the_servers_clock(void **state)
{
    struct bed b;
    struct answer a;
    char date[32], later[32], headers[128];
    int64_t began, there = fake_time_wall() + BASE_HOUR_MS;

    (void)state;
    make(&b);
    snprintf(headers, sizeof(headers), "Date: %s\nRetry-After: %s\n", base_time_http(date, there),
             base_time_http(later, there + 20000));
    began = fake_time_now();
    expect_move(&b, headers);
    expect(&b, "GET", "at-1", 200, "{}");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_OK, &a.err);
    assert_in_range(fake_time_now() - began, 19000, 30000);
    bed_free(&b);
}

/* Each wait is short, their sum is not. */
static void all_waits_have_one_deadline(void **state)
{
    struct bed b;
    struct answer a;
    int64_t began;

    (void)state;
    make(&b);
    began = fake_time_now();
    expect_move(&b, "Retry-After: 130\n");
    expect_move(&b, "Retry-After: 130\n");
    expect_move(&b, "Retry-After: 130\n");
    call(&b, (struct broker_request){0}, &a);
    assert_status(a.status, BASE_UNAVAILABLE, &a.err);
    assert_int_equal(a.http_status, 477);
    assert_true(fake_time_now() - began < INT64_C(300000));
    bed_free(&b);
}

static void pause_for_an_hour(void *arg)
{
    struct bed *b = arg;

    broker_queue_throttled(broker_queue_lane(b->broker, BED_ACCOUNT, HUBSPOT_BUDGET_CALLS), 3600000,
                           false);
}

/* C8: HubSpot tells another call of the account to come again in an hour: those that wait for their
 * turn are told at once, and those that come afterwards. Bulk work waits. */
static void long_pause_is_said_at_once(void **state)
{
    struct bed b;
    struct answer waiting, bulk;
    struct later late = {.bed = &b};
    struct loop_timer *pause, *afterwards;
    int64_t began;

    (void)state;
    make(&b);
    began = fake_time_now();
    pause = loop_timer_new(b.loop, pause_for_an_hour, &b);
    afterwards = loop_timer_new(b.loop, start_later, &late);
    assert_true(pause && afterwards);
    loop_timer_start(pause, 5000);
    loop_timer_start(afterwards, 6000);
    broker_queue_throttled(broker_queue_lane(b.broker, BED_ACCOUNT, HUBSPOT_BUDGET_CALLS), 60000,
                           false);
    expect_body(&b, NULL, JSON_TYPE, "{}");
    assert_ok(start(&b, (struct broker_request){.bulk = true}, &bulk), &bulk.err);
    call(&b, (struct broker_request){0}, &waiting);
    assert_int_equal(waiting.at - began, 5000);
    assert_int_equal(late.answer.at - began, 6000);
    const struct answer *told[] = {&waiting, &late.answer};
    for (size_t i = 0; i < TEST_COUNT(told); i++) {
        assert_status(told[i]->status, BASE_UNAVAILABLE, &told[i]->err);
        assert_int_equal(told[i]->http_status, 0);
        assert_non_null(strstr(told[i]->err.why, "not asked again for"));
        assert_non_null(strstr(told[i]->err.doing, TARGET));
    }
    assert_status(bulk.status, BASE_OK, &bulk.err);
    assert_true(bulk.at - began >= 3605000);
    assert_int_equal(fake_http_count(b.http), 1);
    loop_timer_free(pause);
    loop_timer_free(afterwards);
    bed_free(&b);
}

static void refusals_are_explained(void **state)
{
    static const struct {
        int http_status;
        const char *answer;
        enum base_status status;
    } cases[] = {
        {400, "{\"status\":\"error\",\"message\":\"no\",\"category\":\"VALIDATION_ERROR\"}",
         BASE_FAILED},
        {403, "{\"status\":\"error\",\"message\":\"no\",\"category\":\"MISSING_SCOPES\"}",
         BASE_FORBIDDEN},
        {302, "", BASE_FAILED}, /* C2: never followed */
    };
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        expect(&b, "GET", "at-1", cases[i].http_status, cases[i].answer);
        call(&b, (struct broker_request){0}, &a);
        assert_status(a.status, cases[i].status, &a.err);
        assert_int_equal(a.http_status, cases[i].http_status);
        assert_non_null(strstr(a.err.doing, "GET " TARGET));
    }
    bed_free(&b);
}

static void cancelled_call_says_nothing(void **state)
{
    struct bed b;
    struct answer a;

    (void)state;
    make(&b);
    assert_ok(start(&b, (struct broker_request){0}, &a), &a.err);
    broker_call_cancel(a.call);
    bed_run(&b);
    assert_int_equal(a.calls, 0);
    bed_free(&b);
}

/* ------------------------------------------------------------------ answers of any length */

struct handed {
    struct answer answer; /* first: the call has one `arg` */
    unsigned heads, pieces;
    char header[64];
    struct base_buf body;
    bool refuses;
};

static bool on_piece(void *arg, const struct broker_response *head, struct base_span piece)
{
    struct handed *h = arg;

    assert_int_equal(h->answer.calls, 0);
    assert_int_equal(head != NULL, h->pieces == 0);
    h->pieces++;
    h->heads += head != NULL;
    if (head && head->header_count > 0)
        snprintf(h->header, sizeof(h->header), "%.*s", BASE_SPAN_ARG(head->headers[0].value));
    base_buf_add_span(&h->body, piece);
    return !h->refuses;
}

/* `ends`: with what the text of `size` bytes ends. */
static char *long_text(size_t size, const char *ends)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "[\"", 2);
    memcpy(text + size - strlen(ends), ends, strlen(ends) + 1);
    return text;
}

static void call_handed(struct bed *b, const char *method, struct handed *h)
{
    base_buf_free(&h->body);
    *h = (struct handed){.refuses = h->refuses};
    base_buf_init(&h->body, SIZE_MAX);
    call(b, (struct broker_request){.method = method, .on_piece = on_piece, .max_body = 8u << 20},
         &h->answer);
}

static void expect_long(struct bed *b, int status, const char *answer, enum fake_outcome outcome)
{
    fake_http_expect(b->http, &(struct fake_exchange){.status = status,
                                                      .headers = "Content-Type: application/json\n",
                                                      .answer = answer,
                                                      .outcome = outcome});
}

/* Held up to the cap, a text is judged and repeated as ever; beyond it, it comes in pieces, once.
 */
static void long_answer_is_handed_over(void **state)
{
    char *fits = long_text(BROKER_CALL_HOLD, "\"]"),
         *longer = long_text(BROKER_CALL_HOLD + 1, "\"]"), *cut = long_text(BROKER_CALL_HOLD, "x");
    struct handed h = {0};
    struct bed b;

    (void)state;
    make(&b);
    expect_long(&b, 200, cut, FAKE_ANSWERED);
    expect_long(&b, 200, fits, FAKE_MAYBE_ACTED);
    expect_long(&b, 503, longer, FAKE_ANSWERED);
    expect_long(&b, 200, longer, FAKE_ANSWERED);
    call_handed(&b, "GET", &h);
    assert_status(h.answer.status, BASE_OK, &h.answer.err);
    assert_int_equal(h.answer.http_status, 200);
    assert_string_equal(h.answer.body, "");
    assert_int_equal(h.heads, 1);
    assert_string_equal(h.header, "application/json");
    assert_string_equal(base_buf_str(&h.body), longer);
    expect_long(&b, 200, fits, FAKE_ANSWERED);
    call_handed(&b, "GET", &h);
    assert_status(h.answer.status, BASE_OK, &h.answer.err);
    assert_int_equal(h.pieces, 0);
    base_buf_free(&h.body);
    free(fits);
    free(longer);
    free(cut);
    bed_free(&b);
}

/* No half of it comes twice, and none passes for the whole (R2). */
static void long_answer_that_is_cut_is_an_error(void **state)
{
    char *cut = long_text(BROKER_CALL_HOLD + 5, "x");
    struct handed h = {0};
    struct bed b;

    (void)state;
    make(&b);
    expect_long(&b, 200, cut, FAKE_MAYBE_ACTED);
    call_handed(&b, "GET", &h);
    assert_status(h.answer.status, BASE_UNAVAILABLE, &h.answer.err);
    assert_non_null(strstr(h.answer.err.why, "1,048,581 bytes"));
    assert_non_null(strstr(h.answer.err.why, "not to be trusted"));
    assert_string_equal(base_buf_str(&h.body), cut);
    expect_long(&b, 200, cut, FAKE_ANSWERED); /* what carried it was whole */
    call_handed(&b, "POST", &h);
    assert_status(h.answer.status, BASE_UNAVAILABLE, &h.answer.err);
    assert_non_null(strstr(h.answer.err.why, "before its JSON does"));
    assert_non_null(strstr(h.answer.err.hint, "look before you send it again"));
    h.refuses = true;
    expect_long(&b, 200, cut, FAKE_ANSWERED);
    call_handed(&b, "GET", &h);
    assert_status(h.answer.status, BASE_CANCELLED, &h.answer.err);
    assert_int_equal(h.pieces, 1);
    base_buf_free(&h.body);
    free(cut);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_goes_into_the_header_alone),
        cmocka_unit_test(target_is_a_path),
        cmocka_unit_test(host_is_that_of_the_record_that_opens),
        cmocka_unit_test(another_host_is_noticed_in_time),
        cmocka_unit_test(logout_elsewhere_is_seen_in_time),
        cmocka_unit_test(kept_token_is_renewed_in_time),
        cmocka_unit_test(kept_token_ages_while_the_machine_sleeps),
        cmocka_unit_test(refused_token_is_not_kept),
        cmocka_unit_test(expired_token_is_renewed_once),
        cmocka_unit_test(second_401_is_final),
        cmocka_unit_test(refused_post_is_repeated_whole),
        cmocka_unit_test(another_ones_token_is_taken),
        cmocka_unit_test(dead_grant_ends_the_call),
        cmocka_unit_test(trouble_is_sat_out),
        cmocka_unit_test(trouble_has_an_end),
        cmocka_unit_test(what_may_have_acted_is_not_repeated),
        cmocka_unit_test(refusal_holds_the_policy_it_names),
        cmocka_unit_test(refusal_tells_of_the_policy_it_names),
        cmocka_unit_test(broken_answers_are_asked_for_again),
        cmocka_unit_test(broken_answer_to_a_change_is_reported),
        cmocka_unit_test(other_types_pass),
        cmocka_unit_test(caller_judges_what_is_whole),
        cmocka_unit_test(bulk_is_patient),
        cmocka_unit_test(date_is_of_the_servers_clock),
        cmocka_unit_test(all_waits_have_one_deadline),
        cmocka_unit_test(long_pause_is_said_at_once),
        cmocka_unit_test(refusals_are_explained),
        cmocka_unit_test(cancelled_call_says_nothing),
        cmocka_unit_test(long_answer_is_handed_over),
        cmocka_unit_test(long_answer_that_is_cut_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
