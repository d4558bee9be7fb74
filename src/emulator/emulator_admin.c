#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_json.h"
#include "base_text.h"

#define ADVANCE_MAX_MS (INT64_C(86400) * 1000 * 36500)

static void done(struct emulator_call *call)
{
    emulator_answer_empty(call, 204);
}

static void refuse(struct emulator_call *call, const struct base_error *error)
{
    struct base_jsonw w;
    emulator_answer_json(call, 400, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "doing", error->doing);
    base_jsonw_member_str(&w, "why", error->why);
    base_jsonw_end(&w);
}

static void write_requests(const struct emulator *e, struct base_jsonw *w)
{
    base_jsonw_key(w, "requests");
    base_jsonw_object(w);
    for (size_t i = 0; i < emulator_route_count; i++) {
        const struct emulator_route *route = &emulator_routes[i];
        bool crm = (route->flags & EMULATOR_CRM) != 0;
        for (size_t t = crm ? 0 : EMULATOR_TYPES; t <= EMULATOR_TYPES; t++) {
            char path[EMULATOR_ROUTE_NAME], name[EMULATOR_ROUTE_NAME + 8];
            if (route->flags & EMULATOR_ADMIN)
                continue;
            emulator_route_name(route, t < EMULATOR_TYPES ? &emulator_types[t] : NULL, path);
            base_text_format(name, sizeof name, "%s %s", route->method, path);
            base_jsonw_member_int(w, name, e->stats.requests[i][t]);
        }
    }
    base_jsonw_end(w);
}

void emulator_admin_stats(struct emulator_call *call)
{
    const struct emulator *e = call->emulator;
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    write_requests(e, &w);
    emulator_stats_write(&e->stats, &w);
    base_jsonw_member_int(&w, "max_in_window", (int64_t)emulator_limit_max_in_window(e->limit));
    base_jsonw_member_int(&w, "max_searches_in_second",
                          (int64_t)emulator_limit_max_in_window(e->search_limit));
    base_jsonw_member_int(&w, "max_tokens_in_second",
                          (int64_t)emulator_limit_max_in_window(e->token_limit));
    base_jsonw_member_int(&w, "access_tokens_kept",
                          (int64_t)emulator_store_count(e->store, EMULATOR_ACCESS));
    base_jsonw_member_int(&w, "refresh_tokens_kept",
                          (int64_t)emulator_store_count(e->store, EMULATOR_REFRESH));
    base_jsonw_end(&w);
}

void emulator_admin_reset_stats(struct emulator_call *call)
{
    emulator_stats_reset(&call->emulator->stats);
    emulator_limit_reset_max(call->emulator->limit);
    emulator_limit_reset_max(call->emulator->search_limit);
    emulator_limit_reset_max(call->emulator->token_limit);
    done(call);
}

void emulator_admin_fault(struct emulator_call *call)
{
    struct base_error error = BASE_ERROR_NONE;
    if (emulator_fault_add(&call->emulator->faults, call->request->body, &error) == BASE_OK)
        done(call);
    else
        refuse(call, &error);
}

void emulator_admin_clear_faults(struct emulator_call *call)
{
    emulator_fault_clear(&call->emulator->faults);
    emulator_call_let_go(call->emulator);
    done(call);
}

void emulator_admin_expire(struct emulator_call *call)
{
    emulator_store_expire_access(call->emulator->store, call->now);
    done(call);
}

/* ?portal=N for one account, ?client_id=ID for one app; without them every app is gone from all. */
void emulator_admin_uninstall(struct emulator_call *call)
{
    int64_t portal = 0;
    int app = -1;
    const char *text = serve_form_get(&call->query, "portal");
    const char *id = serve_form_get(&call->query, "client_id");
    if (text != NULL && !base_span_int64(base_span_of(text), &portal)) {
        emulator_error_plain(call, 400, "portal must be an integer", NULL);
        return;
    }
    if (id != NULL && (app = emulator_apps_find(&call->emulator->apps, id)) < 0) {
        emulator_error_plain(call, 400, "no app has this client_id", NULL);
        return;
    }
    emulator_uninstall(call->emulator, app, portal);
    done(call);
}

/* ?portal=N: the account is gone for good. Refreshing answers BAD_HUB from now on. */
void emulator_admin_delete_account(struct emulator_call *call)
{
    int64_t portal;
    const char *text = serve_form_get(&call->query, "portal");
    if (!emulator_portal_parse(base_span_of(text), &portal))
        emulator_error_plain(call, 400, "portal must be an account's number", NULL);
    else if (!emulator_portal_delete(&call->emulator->portals, portal))
        emulator_error_plain(call, 400, "too many accounts are deleted already", NULL);
    else
        done(call);
}

/* {"max":190,"foreign":3,"tokens":4}: the limit of ten seconds, what somebody else spends of it in
 * a second, and the token endpoint's limit of a second (0: none); what is not given stays. */
void emulator_admin_limit(struct emulator_call *call)
{
    int64_t max = -1, foreign = -1, tokens = -1;
    struct base_error error = BASE_ERROR_NONE;
    const struct base_json_field fields[] = {
        {"max", BASE_JSON_WANT_INT64, false, &max, NULL},
        {"foreign", BASE_JSON_WANT_INT64, false, &foreign, NULL},
        {"tokens", BASE_JSON_WANT_INT64, false, &tokens, NULL},
    };
    enum base_status st = base_json_decode(call->request->body, fields, 3, &error);
    if (st == BASE_OK && (max == 0 || max < -1 || max > EMULATOR_RATE_MAX || foreign < -1 ||
                          foreign > EMULATOR_RATE_MAX || tokens < -1 || tokens > EMULATOR_RATE_MAX))
        st = base_fail(&error, BASE_INVALID, "changing the limit",
                       "\"max\" is 1 to 1000000, \"foreign\" and \"tokens\" 0 to 1000000");
    if (st != BASE_OK) {
        refuse(call, &error);
        return;
    }
    if (max > 0)
        emulator_limit_set_max(call->emulator->limit, (uint64_t)max);
    if (foreign >= 0)
        emulator_limit_set_foreign(call->emulator->limit, (uint64_t)foreign);
    if (tokens >= 0)
        emulator_limit_set_max(call->emulator->token_limit, (uint64_t)tokens);
    done(call);
}

void emulator_admin_advance_clock(struct emulator_call *call)
{
    int64_t ms = 0;
    struct base_error error = BASE_ERROR_NONE;
    const struct base_json_field fields[] = {{"ms", BASE_JSON_WANT_INT64, true, &ms, NULL}};
    enum base_status st = base_json_decode(call->request->body, fields, 1, &error);
    if (st == BASE_OK && (ms < 0 || ms > ADVANCE_MAX_MS - call->emulator->clock_ahead_ms))
        st = base_fail(&error, BASE_INVALID, "moving the clock",
                       "it goes forward only, and not so far");
    if (st != BASE_OK) {
        refuse(call, &error);
        return;
    }
    call->emulator->clock_ahead_ms += ms;
    done(call);
}
