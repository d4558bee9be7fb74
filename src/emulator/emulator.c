#include "emulator.h"

#include "emulator_call.h"
#include "emulator_gzip.h"
#include "emulator_journal.h"
#include "emulator_private.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_time.h"

int64_t emulator_now(const struct emulator *e)
{
    return base_time_now() + e->clock_ahead_ms;
}

const struct emulator_scopes *emulator_grant_scopes(const struct emulator *e,
                                                    const struct emulator_grant *grant)
{
    return grant->portal == 0 ? &e->app_level : &e->apps.items[grant->app].scopes;
}

void emulator_uninstall(struct emulator *e, int app, int64_t portal)
{
    struct emulator_match match = {.kinds = EMULATOR_ALL_KINDS, .app = app, .portal = portal};
    if (e->config.uninstall_keeps_access)
        match.kinds &= ~(1u << EMULATOR_ACCESS);
    emulator_store_forget(e->store, &match);
}

#define HEADERS_MAX ((size_t)32 << 10)

static void on_request(void *arg, struct serve_exchange *x)
{
    emulator_route_serve(arg, x);
}

static void on_gone(void *arg, struct serve_exchange *x)
{
    (void)arg;
    struct emulator_call *call = serve_exchange_get(x);
    if (call != NULL)
        emulator_call_gone(call);
}

static void on_refused(void *arg, int status, const char *reason)
{
    struct emulator *e = arg;
    e->stats.not_http++;
    if (e->log == NULL)
        return;
    struct emulator_log_line line = {
        .time_ms = emulator_now(e), .path = BASE_SPAN("/"), .status = status, .note = reason};
    if (!emulator_log_write(e->log, &line))
        e->stats.log_failed++;
}

/* When OAuth v1 ends, by the emulator's clock. */
static enum base_status read_v1_end(struct emulator *e, struct base_error *err)
{
    const char *date = e->config.oauth_v1_until;
    char text[32];
    e->v1_until_ms = e->config.no_oauth_v1 ? INT64_MIN : INT64_MAX;
    if (date == NULL || e->config.no_oauth_v1)
        return BASE_OK;
    base_text_format(text, sizeof text, "%sT00:00:00Z", date);
    if (strlen(date) != strlen("2027-02-16") ||
        !base_time_parse_iso(base_span_of(text), &e->v1_until_ms))
        return base_fail(err, BASE_USAGE, "reading --oauth-v1-until", "%s is not a day like %s",
                         date, "2027-02-16");
    return BASE_OK;
}

static enum base_status make_parts(struct emulator *e, struct base_error *err)
{
    const struct emulator_config *config = &e->config;
    uint64_t max = config->no_rate_limit ? 0 : (uint64_t)config->rate_limit;
    enum base_status st = emulator_portals_init(&e->portals, config, err);
    if (st == BASE_OK)
        st = read_v1_end(e, err);
    if (st == BASE_OK)
        st = emulator_apps_init(&e->apps, config, err);
    if (st == BASE_OK)
        st = emulator_store_new(0, &e->store, err);
    if (st == BASE_OK)
        st = emulator_limit_new(max, config->rate_window_ms, &e->limit, err);
    if (st == BASE_OK)
        st = emulator_limit_new(config->no_rate_limit ? 0 : (uint64_t)config->private_rate_limit,
                                config->rate_window_ms, &e->private_limit, err);
    if (st == BASE_OK)
        emulator_limit_set_foreign(e->limit, (uint64_t)config->foreign_spender);
    if (st == BASE_OK)
        st = emulator_private_init(e, err);
    if (st == BASE_OK)
        st = emulator_journal_init(e, err);
    if (st == BASE_OK)
        st = emulator_limit_new(config->no_rate_limit ? 0 : (uint64_t)config->search_limit,
                                BASE_SECOND_MS, &e->search_limit, err);
    if (st == BASE_OK)
        st = emulator_limit_new((uint64_t)config->token_rate_limit, BASE_SECOND_MS, &e->token_limit,
                                err);
    e->compressor = emulator_gzip_new();
    if (st == BASE_OK && e->compressor == NULL)
        st = base_fail_memory(err);
    if (st == BASE_OK && config->log_path != NULL)
        st = emulator_log_open(config->log_path, &e->log, err);
    return st;
}

static enum base_status start_serving(struct emulator *e, struct base_error *err)
{
    struct serve_config config = {.limits = {.max_head = (size_t)e->config.url_limit + HEADERS_MAX},
                                  .handler = on_request,
                                  .gone = on_gone,
                                  .refused = on_refused,
                                  .arg = e};
    enum base_status st = serve_new(e->loop, &config, &e->serve, err);
    if (st == BASE_OK)
        st = serve_listen_loopback(e->serve, (uint16_t)e->config.port, &e->port, err);
    return st;
}

enum base_status emulator_new(struct loop *loop, const struct emulator_config *config,
                              struct emulator **ret, struct base_error *err)
{
    struct emulator *e = base_mem_new(sizeof *e);
    if (e == NULL)
        return base_fail_memory(err);
    e->config = *config;
    e->clock_ahead_ms = config->clock_offset_s * BASE_SECOND_MS;
    e->started_ms = emulator_now(e);
    e->loop = loop;
    enum base_status st = make_parts(e, err);
    if (st == BASE_OK)
        st = start_serving(e, err);
    if (st != BASE_OK) {
        emulator_free(e);
        return st;
    }
    *ret = e;
    return BASE_OK;
}

void emulator_free(struct emulator *e)
{
    if (e == NULL)
        return;
    while (e->calls != NULL)
        emulator_call_free(e->calls);
    serve_free(e->serve);
    emulator_fault_clear(&e->faults);
    emulator_log_free(e->log);
    emulator_limit_free(e->limit);
    emulator_limit_free(e->private_limit);
    emulator_limit_free(e->search_limit);
    emulator_limit_free(e->token_limit);
    emulator_store_free(e->store);
    emulator_gzip_free(e->compressor);
    emulator_apps_done(&e->apps);
    emulator_scopes_done(&e->app_level);
    base_mem_free(e);
}

uint16_t emulator_port(const struct emulator *e)
{
    return e->port;
}
