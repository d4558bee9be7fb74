#include "emulator_route.h"

#include "emulator_error.h"
#include "emulator_private.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_time.h"
#include "crypt_random.h"

#include <assert.h>
#include <string.h>

#define ANY_APP (-1) /* a limit of the account, over all apps */
#define CONTACTS_READ "crm.objects.contacts.read"
#define JOURNAL_READ "developer.webhooks_journal.read"

/* clang-format off */
#define OAUTH(version, flags)                                                                      \
    {"POST", "/oauth/" version "/token", emulator_token_post, EMULATOR_API | (flags), NULL}
#define OAUTH_INFO(version)                                                                        \
    {"POST", "/oauth/" version "/token/introspect", emulator_introspect_post, EMULATOR_API, NULL}, \
    {"POST", "/oauth/" version "/token/revoke", emulator_revoke_post, EMULATOR_API, NULL}
#define ACCOUNT(version)                                                                           \
    {"GET", "/account-info/" version "/details", emulator_account_get, EMULATOR_API, "oauth"}
#define UNINSTALL(version)                                                                         \
    {"DELETE", "/appinstalls/" version "/external-install", emulator_account_uninstall,            \
     EMULATOR_API, "oauth"}
#define JOURNAL(path, handler)                                                                     \
    {"GET", "/webhooks-journal/journal/2026-03/" path, handler, EMULATOR_API | EMULATOR_APP_LEVEL, \
     JOURNAL_READ}
#define TYPE "{objectType}"
#define OBJECTS(path)                                                                              \
    {"GET", path, emulator_list_get, EMULATOR_API | EMULATOR_CRM, NULL},                           \
    {"GET", path "/{id}", emulator_list_one, EMULATOR_API | EMULATOR_CRM, NULL},                   \
    {"GET", path "/{id}/associations/{toType}", emulator_association_get,                          \
     EMULATOR_API | EMULATOR_CRM, NULL},                                                           \
    {"POST", path "/batch/read", emulator_batch_read, EMULATOR_API | EMULATOR_CRM, NULL},          \
    {"POST", path "/search", emulator_search_post,                                                 \
     EMULATOR_API | EMULATOR_CRM | EMULATOR_SEARCH, NULL}
#define PROPERTIES(path)                                                                           \
    {"GET", path, emulator_definition_list, EMULATOR_API | EMULATOR_CRM | EMULATOR_SCHEMA, NULL},  \
    {"GET", path "/{name}", emulator_definition_one,                                               \
     EMULATOR_API | EMULATOR_CRM | EMULATOR_SCHEMA, NULL}
#define ADMIN(method, name, handler) {method, "/_emulator/" name, handler, EMULATOR_ADMIN, NULL}

const struct emulator_route emulator_routes[] = {
    {"GET", "/oauth/authorize", emulator_authorize_get, 0, NULL},
    {"POST", "/oauth/authorize", emulator_authorize_post, 0, NULL},
    {"GET", "/oauth/{portalId}/authorize", emulator_authorize_get, 0, NULL},
    {"POST", "/oauth/{portalId}/authorize", emulator_authorize_post, 0, NULL},

    /* MCP apps */
    {"GET", "/oauth/authorize/user", emulator_authorize_get, 0, NULL},
    {"POST", "/oauth/authorize/user", emulator_authorize_post, 0, NULL},
    {"GET", "/oauth/{portalId}/authorize/user", emulator_authorize_get, 0, NULL},
    {"POST", "/oauth/{portalId}/authorize/user", emulator_authorize_post, 0, NULL},
    {"GET", "/.well-known/oauth-authorization-server", emulator_metadata_get, 0, NULL},

    OAUTH("v1", EMULATOR_V1),
    OAUTH("v3", 0),
    OAUTH("2026-03", 0),
    OAUTH("2026-09", 0),
    OAUTH_INFO("v3"),
    OAUTH_INFO("2026-03"),
    OAUTH_INFO("2026-09"),
    {"GET", "/oauth/v1/access-tokens/{token}", emulator_introspect_access_v1,
     EMULATOR_API | EMULATOR_V1, NULL},
    {"GET", "/oauth/v1/refresh-tokens/{token}", emulator_introspect_refresh_v1,
     EMULATOR_API | EMULATOR_V1, NULL},
    {"DELETE", "/oauth/v1/refresh-tokens/{token}", emulator_revoke_refresh_v1,
     EMULATOR_API | EMULATOR_V1, NULL},

    {"POST", "/oauth/v2/private-apps/get/access-token-info", emulator_private_info, EMULATOR_API,
     NULL},

    ACCOUNT("v3"),
    ACCOUNT("2026-03"),
    ACCOUNT("2026-09"),
    UNINSTALL("v3"),
    UNINSTALL("2026-03"),
    UNINSTALL("2026-09"),
    OBJECTS("/crm/v3/objects/" TYPE),
    OBJECTS("/crm/objects/2026-03/" TYPE),
    OBJECTS("/crm/objects/2026-09/" TYPE),
    PROPERTIES("/crm/v3/properties/" TYPE),
    PROPERTIES("/crm/properties/2026-03/" TYPE),
    PROPERTIES("/crm/properties/2026-09/" TYPE),
    {"GET", "/contacts/v1/lists/all/contacts/all", emulator_list_v1_get, EMULATOR_API,
     CONTACTS_READ},

    JOURNAL("earliest", emulator_journal_earliest),
    JOURNAL("latest", emulator_journal_latest),
    JOURNAL("offset/{offset}/next", emulator_journal_next),

    ADMIN("GET", "stats", emulator_admin_stats),
    ADMIN("POST", "reset-stats", emulator_admin_reset_stats),
    ADMIN("POST", "fault", emulator_admin_fault),
    ADMIN("POST", "clear-faults", emulator_admin_clear_faults),
    ADMIN("POST", "expire-access-tokens", emulator_admin_expire),
    ADMIN("POST", "uninstall", emulator_admin_uninstall),
    ADMIN("POST", "delete-account", emulator_admin_delete_account),
    ADMIN("GET", "marketplace/install", emulator_marketplace_install),
    ADMIN("POST", "advance-clock", emulator_admin_advance_clock),
    ADMIN("POST", "limit", emulator_admin_limit),
};
/* clang-format on */

const size_t emulator_route_count = sizeof emulator_routes / sizeof emulator_routes[0];
_Static_assert(sizeof emulator_routes / sizeof emulator_routes[0] <= EMULATOR_ROUTES_MAX,
               "a counter for each route");

/* ---------------------------------------------------------------- matching */

static bool matches(const char *pattern, struct base_span path,
                    struct base_span params[EMULATOR_PARAMS])
{
    struct base_span expected = base_span_of(pattern);
    size_t count = 0;
    memset(params, 0, EMULATOR_PARAMS * sizeof params[0]); /* of a pattern tried before */
    while (path.p != NULL && expected.p != NULL) {
        struct base_span segment = base_span_cut(&path, '/');
        struct base_span want = base_span_cut(&expected, '/');
        if (want.n > 0 && want.p[0] == '{') {
            assert(count < EMULATOR_PARAMS);
            if (segment.n == 0)
                return false;
            params[count++] = segment;
        } else if (!base_span_eq(segment, want)) {
            return false;
        }
    }
    return path.p == NULL && expected.p == NULL;
}

/* HEAD is GET without a body; the server leaves the body out. */
static bool serves(const struct emulator_route *route, struct base_span method)
{
    return base_span_is(method, route->method) ||
           (base_span_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

/* Finds the route; when only the method is wrong, says in *ret_allow which there are. */
static void find_route(struct emulator_call *call, const char **ret_allow)
{
    bool get = false, post = false, del = false;
    for (size_t i = 0; i < emulator_route_count; i++) {
        const struct emulator_route *route = &emulator_routes[i];
        if (!matches(route->pattern, call->request->path, call->params))
            continue;
        if (serves(route, call->request->method)) {
            call->route = route;
            return;
        }
        get |= strcmp(route->method, "GET") == 0;
        post |= strcmp(route->method, "POST") == 0;
        del |= strcmp(route->method, "DELETE") == 0;
    }
    /* The form of the list is HubSpot's: "Allow: HEAD,GET,OPTIONS". */
    if (get && del)
        *ret_allow = "HEAD,DELETE,GET,OPTIONS";
    else if (get && post)
        *ret_allow = "HEAD,POST,GET,OPTIONS";
    else if (get)
        *ret_allow = "HEAD,GET,OPTIONS";
    else if (post)
        *ret_allow = "POST,OPTIONS";
    else if (del)
        *ret_allow = "DELETE,OPTIONS";
}

void emulator_route_name(const struct emulator_route *route, const struct emulator_type *type,
                         char out[EMULATOR_ROUTE_NAME])
{
    const char *at = type != NULL ? strstr(route->pattern, TYPE) : NULL;
    if (at == NULL)
        base_text_format(out, EMULATOR_ROUTE_NAME, "%s", route->pattern);
    else
        base_text_format(out, EMULATOR_ROUTE_NAME, "%.*s%s%s", (int)(at - route->pattern),
                         route->pattern, type->name, at + strlen(TYPE));
}

/* ---------------------------------------------------------------- the gate of the bearer APIs */

static bool authenticate(struct emulator_call *call)
{
    struct base_span token = serve_request_header(call->request, "authorization");
    struct base_span scheme = base_span_cut(&token, ' ');
    token = base_span_trim(token);
    const struct emulator_grant *grant = NULL;
    if (base_span_is_nocase(scheme, "bearer"))
        grant = emulator_store_find(
            call->emulator->store,
            base_span_starts(token, "pat-") ? EMULATOR_PRIVATE : EMULATOR_ACCESS, token);
    if (grant == NULL || emulator_portal_deleted(&call->emulator->portals, grant->portal)) {
        emulator_error_unauthenticated(call);
        return false;
    }
    if (grant->expires_ms <= call->now) {
        emulator_error_expired(call, grant->expires_ms);
        return false;
    }
    call->grant = *grant;
    return true;
}

static bool has_scope(struct emulator_call *call)
{
    const struct emulator_route *route = call->route;
    const struct emulator_scopes *declared = emulator_grant_scopes(call->emulator, &call->grant);
    const char *scope = route->flags & EMULATOR_CRM ? call->type->scope : route->scope;
    uint64_t fitting = emulator_scopes_bit(declared, base_span_of(scope));
    if (route->flags & EMULATOR_SCHEMA)
        fitting |= emulator_scopes_bit(declared, base_span_of(call->type->schema_scope));
    bool wrong_kind = (route->flags & EMULATOR_APP_LEVEL) != 0 && call->grant.portal != 0;
    if ((call->grant.scopes & fitting) != 0 && !wrong_kind)
        return true;
    emulator_error_scope(call, scope);
    return false;
}

/* Counts the call; false when it is one too many and is answered so. */
static bool within(struct emulator_call *call, struct emulator_limit *limit, int app,
                   const char *policy)
{
    if (emulator_limit_arrive(limit, app, call->grant.portal, call->arrived, &call->verdict) !=
        BASE_OK) {
        emulator_error_page(call, 503);
        return false;
    }
    if (call->verdict.allowed)
        return true;
    emulator_error_rate(call, policy);
    if (call->route->flags & EMULATOR_SEARCH)
        call->verdict.max = 0;
    return false;
}

/* Failed calls use the allowance up too, so the limit comes before the scope. */
static bool pass_gate(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    if (!authenticate(call))
        return false;
    if (call->route->flags & EMULATOR_APP_LEVEL)
        return has_scope(call);
    bool search = (call->route->flags & EMULATOR_SEARCH) != 0;
    if (search && !within(call, e->search_limit, ANY_APP, "SECONDLY"))
        return false;
    bool private_app = call->grant.kind == EMULATOR_PRIVATE;
    struct emulator_limit *limit = private_app ? e->private_limit : e->limit;
    if (private_app && !emulator_private_day(call))
        return false;
    if ((!search || e->config.search_counts) &&
        !within(call, limit, call->grant.app, "TEN_SECONDLY_ROLLING"))
        return false;
    if (search) /* its answers have no headers of any limit */
        call->verdict.max = 0;
    if (call->route->flags & EMULATOR_CRM) {
        call->type = emulator_type_find(call->params[0], call->grant.portal);
        if (call->type == NULL) {
            emulator_error_type(call, call->params[0]);
            return false;
        }
    }
    return has_scope(call);
}

/* ---------------------------------------------------------------- the way of a request */

static void answer_unrouted(struct emulator_call *call, const char *allow)
{
    if (allow == NULL) {
        call->emulator->stats.not_found++;
        emulator_error_page(call, 404);
    } else if (base_span_is(call->request->method, "OPTIONS")) {
        emulator_answer_empty(call, 200);
        call->answer.allow = allow;
    } else {
        emulator_error_method(call, allow);
    }
}

static int64_t latency(const struct emulator *e)
{
    int64_t jitter = e->config.jitter_ms;
    return e->config.latency_ms + (jitter > 0 ? crypt_random_below((uint32_t)jitter + 1) : 0);
}

/* Returns how long the answer is to wait. */
static int64_t answer_routed(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    const struct emulator_route *route = call->route;
    if (route->flags & EMULATOR_ADMIN) {
        route->handler(call);
        return 0;
    }
    if (route->flags & EMULATOR_CRM)
        call->type = emulator_type_find(call->params[0], EMULATOR_ANY_PORTAL);
    emulator_stats_request(&e->stats, (size_t)(route - emulator_routes), call->type);
    struct emulator_fault *fault = emulator_fault_take(&e->faults, route, call->type);
    if (fault != NULL && fault->action == EMULATOR_ACTION_EXPIRE)
        emulator_store_expire_access(e->store, call->now);
    bool open = route->scope == NULL && (route->flags & EMULATOR_CRM) == 0;
    bool passed = open || pass_gate(call);
    if (passed && (fault == NULL || emulator_fault_processes(fault)))
        route->handler(call);
    int64_t delay = route->flags & EMULATOR_API ? latency(e) : 0;
    if (fault != NULL) {
        e->stats.faults++;
        emulator_fault_apply(fault, call);
        delay += fault->delay_ms;
        call->held = fault->delay_ms > 0;
    }
    return delay;
}

/* Nobody knows what OAuth v1 will answer after its end: --oauth-v1-gone. */
static void answer_v1_gone(struct emulator_call *call)
{
    const char *status = call->emulator->config.oauth_v1_gone;
    call->route = NULL;
    call->emulator->stats.not_found++;
    if (strcmp(status, "400") == 0)
        emulator_error_plain(call, 400, "This API version is no longer supported.",
                             "VALIDATION_ERROR");
    else
        emulator_error_page(call, strcmp(status, "410") == 0 ? 410 : 404);
}

void emulator_route_serve(struct emulator *e, struct serve_exchange *x)
{
    bool malformed;
    struct emulator_call *call = emulator_call_new(e, x, &malformed);
    if (call == NULL) {
        serve_text(x, 503, "text/plain", BASE_SPAN("out of memory\n"));
        return;
    }
    const char *allow = NULL;
    int64_t delay = 0;
    emulator_store_purge(e->store, call->now);
    find_route(call, &allow);
    if (call->request->target.n > (size_t)e->config.url_limit)
        emulator_error_page(call, 414); /* whoever asks */
    else if (malformed)
        emulator_error_page(call, 400);
    else if (call->route != NULL && call->route->flags & EMULATOR_V1 && call->now >= e->v1_until_ms)
        answer_v1_gone(call);
    else if (call->route == NULL)
        answer_unrouted(call, allow);
    else
        delay = answer_routed(call);
    emulator_call_finish(call, delay);
}
