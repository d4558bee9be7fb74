#include "emulator_private.h"

#include "emulator_body.h"
#include "emulator_error.h"
#include "emulator_route.h"
#include "emulator_state.h"

#include "base_time.h"

/* The account's day ends at midnight of its time zone: emulator_account.c. */
#define ZONE_MS (-5 * BASE_HOUR_MS)

enum base_status emulator_private_init(struct emulator *e, struct base_error *err)
{
    const struct base_opt_list *tokens = &e->config.private_app_tokens;
    const struct emulator_scopes *declared = &e->apps.items[0].scopes;
    struct emulator_grant grant = {
        .kind = EMULATOR_PRIVATE,
        .portal = e->portals.offered[0],
        .scopes = declared->required | declared->conditional | declared->optional,
        .expires_ms = INT64_MAX,
    };
    for (size_t i = 0; i < tokens->count; i++) {
        struct base_span token = base_span_of(tokens->items[i]);
        if (!base_span_starts(token, "pat-"))
            return base_fail(err, BASE_USAGE, "reading --private-app-token",
                             "the token of a private app begins with pat-na1- or so");
        if (emulator_store_put(e->store, token, &grant) != BASE_OK)
            return base_fail_memory(err);
    }
    return BASE_OK;
}

bool emulator_private_day(struct emulator_call *call)
{
    struct emulator *e = call->emulator;
    int64_t day = (call->now + ZONE_MS) / BASE_DAY_MS;
    if (day != e->day) {
        e->day = day;
        e->day_used = 0;
    }
    call->daily = true;
    if (e->config.no_rate_limit || e->day_used < e->config.daily_limit) {
        e->day_used++;
        return true;
    }
    emulator_error_rate(call, "DAILY");
    return false;
}

/* What HubSpot tells of a token to whoever has it. */
void emulator_private_info(struct emulator_call *call)
{
    struct base_json_value key = {0};
    const struct base_json_field fields[] = {{"tokenKey", BASE_JSON_WANT_STRING, true, &key, NULL}};
    char token[256];
    struct base_jsonw w;
    if (!emulator_body_read(call, fields, 1))
        return;
    const struct emulator_grant *grant =
        emulator_body_text(&key, token, sizeof token)
            ? emulator_store_find(call->emulator->store, EMULATOR_PRIVATE, base_span_of(token))
            : NULL;
    if (grant == NULL) {
        emulator_error_plain(call, 404, "no private app has this token", "OBJECT_NOT_FOUND");
        return;
    }
    const struct emulator_app *app = &call->emulator->apps.items[grant->app];
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "userId", EMULATOR_USER_ID);
    base_jsonw_member_int(&w, "hubId", grant->portal);
    base_jsonw_member_int(&w, "appId", app->app_id);
    base_jsonw_key(&w, "scopes");
    emulator_scopes_write(&app->scopes, grant->scopes, &w);
    base_jsonw_end(&w);
}
