#include "bed.h"

#include "broker_int.h"

static int64_t bed_now(void *arg)
{
    (void)arg;
    return fake_time_wall();
}

static enum base_status bed_open_http(void *arg, struct loop *l, struct http **ret,
                                      struct base_error *err)
{
    struct bed *b = arg;

    return fake_http_open(b->http, l, ret, err);
}

static void bed_note(void *arg, const char *text)
{
    struct bed *b = arg;
    size_t n = strlen(b->notices);

    snprintf(b->notices + n, sizeof(b->notices) - n, "%s\n", text);
}

static void bed_open_broker(struct bed *b, struct vault *v)
{
    const struct broker_deps deps = {
        .vault = v,
        .http_open = bed_open_http,
        .now = bed_now,
        .notice = bed_note,
        .arg = b,
    };
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_new(&deps, &b->broker, &err), &err);
    broker_use_loop(b->broker, b->loop);
}

void bed_make(struct bed *b)
{
    struct broker_app app = bed_app("crm");
    struct base_error err = BASE_ERROR_NONE;
    struct vault *v;
    char spec[300];

    *b = (struct bed){0};
    fake_time_begin();
    assert_ok(crypt_start(&err), &err);
    test_dir_make(&b->dir);
    snprintf(spec, sizeof(spec), "file:%s/key", b->dir.path);
    assert_ok(loop_new(&b->loop, &err), &err);
    b->http = fake_http_new();
    b->store = fake_store_new();
    assert_ok(vault_create(fake_store_handle(b->store), spec, NULL, &v, &err), &err);
    bed_open_broker(b, v);
    assert_ok(bed_add_app(b, &app, &err), &err);
    b->store->puts = 0;
}

void bed_second(struct bed *b, struct bed *first)
{
    struct base_error err = BASE_ERROR_NONE;
    struct vault *v;

    *b = (struct bed){.is_second = true, .loop = first->loop, .store = first->store};
    b->http = fake_http_new();
    assert_ok(vault_open(fake_store_handle(b->store), NULL, &v, &err), &err);
    bed_open_broker(b, v);
}

void bed_free(struct bed *b)
{
    broker_free(b->broker);
    assert_true(fake_http_satisfied(b->http));
    fake_http_free(b->http);
    if (b->is_second)
        return;
    fake_store_free(b->store);
    loop_free(b->loop);
    test_dir_remove(&b->dir);
    fake_time_end();
}

void bed_run(struct bed *b)
{
    loop_run(b->loop);
}

/* ------------------------------------------------------------------ what is stored */

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

struct broker_app bed_app(const char *name)
{
    return (struct broker_app){
        .name = text(name),
        .client_id = text("id-1"),
        .redirect_urls = {text(BED_REDIRECT)},
        .redirect_count = 1,
        .scope = text("oauth crm.objects.contacts.read"),
        .optional_scope = text(""),
        .api_version = text("2026-03"),
        .api_url = text(BED_API),
        .app_url = text("https://app.example.com"),
        .authorize_url = text(""),
        .token_url = text(""),
        .issuer = text(""),
    };
}

enum base_status bed_add_app(struct bed *b, struct broker_app *app, struct base_error *err)
{
    enum base_status status;

    app->client_secret = crypt_secret_from("secret-1", 8);
    assert_non_null(app->client_secret);
    status = broker_app_add(b->broker, app, err);
    crypt_secret_free(app->client_secret);
    app->client_secret = NULL;
    return status;
}

static struct crypt_secret *secret(const char *value, const char *otherwise)
{
    struct crypt_secret *s = NULL;

    if (!value)
        value = otherwise;
    if (value && value[0]) {
        s = crypt_secret_from(value, strlen(value));
        assert_non_null(s);
    }
    return s;
}

static bool take_generation(void *arg, const char *name, uint64_t generation,
                            struct base_span plain)
{
    struct broker_grant *g = arg;

    (void)plain;
    if (strcmp(name, g->name) == 0)
        g->generation = generation;
    return true;
}

void bed_put_grant(struct bed *b, const struct bed_grant *wish)
{
    struct base_error err = BASE_ERROR_NONE;
    int64_t now = fake_time_wall();
    int64_t life = wish->life_ms ? wish->life_ms : 30 * 60 * 1000;
    bool app_level = wish->kind == BROKER_KIND_APP_LEVEL;
    char name[128];
    struct broker_grant g = {
        .app = base_mem_strdup(wish->app ? wish->app : "crm"),
        .account = base_mem_strdup(wish->account ? wish->account : "1234567"),
        .hub_id = app_level ? 0 : 1234567,
        .kind = wish->kind,
        .scopes = base_mem_strdup(app_level ? "developer.x" : "oauth"),
        .asked = base_mem_strdup(app_level ? "developer.x" : "oauth crm.objects.contacts.read"),
        .connected_at = now - wish->age_ms,
        .obtained_at = now - wish->age_ms,
        .expires_at = now + life,
        .state = wish->state,
        .state_since = now - wish->age_ms,
        .last_code = base_mem_strdup(wish->state == BROKER_GRANT_DEAD ? "BAD_REFRESH_TOKEN" : ""),
        .last_message = base_mem_strdup(""),
        .last_correlation = base_mem_strdup(""),
        .access_token = secret(wish->access, "at-1"),
        .refresh_token = secret(wish->refresh, "rt-1"),
        .previous_refresh_token = secret(wish->previous, NULL),
    };

    snprintf(name, sizeof(name), "%s/%s", g.app, g.account);
    g.name = base_mem_strdup(name);
    assert_non_null(g.name);
    assert_ok(vault_list(b->broker->vault, VAULT_GRANT, take_generation, &g, &err), &err);
    assert_ok(broker_grant_store(b->broker, &g, &err), &err);
    broker_grant_free(&g);
}

void bed_put_garbage(struct bed *b, const char *name)
{
    struct crypt_secret *s = crypt_secret_from("x", 1);
    struct base_error err = BASE_ERROR_NONE;

    assert_non_null(s);
    assert_ok(vault_put(b->broker->vault, VAULT_GRANT, name, 0, BASE_SPAN("no JSON"), s, &err),
              &err);
    crypt_secret_free(s);
}

void bed_load(struct bed *b, struct broker_grant *ret)
{
    struct base_error err = BASE_ERROR_NONE;

    assert_ok(broker_grant_load(b->broker, BED_ACCOUNT, ret, &err), &err);
}

bool bed_secret_is(const struct crypt_secret *s, const char *want)
{
    if (!s || !want)
        return !s && !want;
    return base_span_is(crypt_secret_span(s), want);
}

void bed_stored_is(struct bed *b, enum broker_grant_state state, const char *access,
                   const char *refresh, const char *previous)
{
    struct broker_grant g;

    bed_load(b, &g);
    assert_string_equal(broker_grant_state_word(g.state), broker_grant_state_word(state));
    assert_true(bed_secret_is(g.access_token, access));
    assert_true(bed_secret_is(g.refresh_token, refresh));
    assert_true(bed_secret_is(g.previous_refresh_token, previous));
    broker_grant_free(&g);
}

const char *bed_tokens(const char *access, const char *refresh)
{
    static char buffers[4][512];
    static unsigned next;
    char *out = buffers[next++ % 4];

    snprintf(out, sizeof(buffers[0]),
             "{\"token_type\":\"bearer\",\"access_token\":\"%s\",%s%s%s\"expires_in\":1800,"
             "\"hub_id\":1234567,\"scopes\":[\"oauth\",\"crm.objects.contacts.read\"]}",
             access, refresh ? "\"refresh_token\":\"" : "", refresh ? refresh : "",
             refresh ? "\"," : "");
    return out;
}
