#include "emulator_error.h"

#include "emulator_route.h"
#include "emulator_state.h"

#include "base_text.h"
#include "base_time.h"

static const struct oauth_error {
    const char *status;
    int http;
    const char *message, *error;
} oauth_errors[] = {
#define X(status, http, message, error) {#status, http, message, error},
    EMULATOR_OAUTH_ERRORS(X)
#undef X
};

bool emulator_error_oauth_find(struct base_span status, enum emulator_oauth_error *ret)
{
    for (size_t i = 0; i < EMULATOR_OAUTH_ERROR_COUNT; i++) {
        if (base_span_is(status, oauth_errors[i].status)) {
            *ret = (enum emulator_oauth_error)i;
            return true;
        }
    }
    return false;
}

void emulator_error_oauth(struct emulator_call *call, enum emulator_oauth_error error,
                          const char *message)
{
    const struct emulator_config *config = &call->emulator->config;
    const struct oauth_error *row = &oauth_errors[error];
    /* Sources disagree on the RFC word of these two: --grant-error. */
    bool disputed = error == EMULATOR_BAD_AUTH_CODE || error == EMULATOR_BAD_REFRESH_TOKEN;
    const char *text = message != NULL ? message : row->message;
    int status = row->http;
    if (error == EMULATOR_BAD_HUB && strcmp(config->bad_hub_status, "403") == 0)
        status = 403;
    if (error == EMULATOR_BAD_REFRESH_TOKEN && message == NULL && config->old_errors)
        text = "missing or unknown refresh token";

    struct base_jsonw w;
    emulator_answer_json(call, status, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "status", row->status);
    base_jsonw_member_str(&w, "message", text);
    base_jsonw_member_str(&w, "correlationId", call->correlation);
    if (!config->old_errors) { /* since 2026-01-27, on all versions */
        base_jsonw_member_str(&w, "error", disputed ? config->grant_error : row->error);
        base_jsonw_member_str(&w, "error_description", text);
    }
    base_jsonw_end(&w);
    call->note = row->status;
}

/* Key order as recorded: status, message, correlationId, then the rest, category last. */
static void envelope(struct emulator_call *call, int status, const char *message,
                     struct base_jsonw *w)
{
    emulator_answer_json(call, status, w);
    base_jsonw_object(w);
    base_jsonw_member_str(w, "status", "error");
    base_jsonw_member_str(w, "message", message);
    base_jsonw_member_str(w, "correlationId", call->correlation);
}

/* A member whose value is an array of one text: {"key":["value"]} is the form of every context. */
static void context(struct base_jsonw *w, const char *key, const char *value)
{
    base_jsonw_key(w, "context");
    base_jsonw_object(w);
    base_jsonw_key(w, key);
    base_jsonw_array(w);
    base_jsonw_str(w, value);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

void emulator_error_plain(struct emulator_call *call, int status, const char *message,
                          const char *category)
{
    struct base_jsonw w;
    envelope(call, status, message, &w);
    if (category != NULL)
        base_jsonw_member_str(&w, "category", category);
    base_jsonw_end(&w);
}

static void auth_failure(struct emulator_call *call)
{
    call->answer.extra[0] = "x-hubspot-auth-failure";
    call->answer.extra[1] = "401 Unauthorized";
}

void emulator_error_unauthenticated(struct emulator_call *call)
{
    emulator_error_plain(call, 401,
                         "Authentication credentials not found. This API supports OAuth 2.0 "
                         "authentication and you can find more details at "
                         "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
                         "INVALID_AUTHENTICATION");
    auth_failure(call);
}

void emulator_error_expired(struct emulator_call *call, int64_t expired_ms)
{
    int64_t ago = call->now - expired_ms;
    const char *unit = "second";
    int64_t size = BASE_SECOND_MS;
    if (ago >= BASE_HOUR_MS) {
        unit = "hour";
        size = BASE_HOUR_MS;
    } else if (ago >= BASE_MINUTE_MS) {
        unit = "minute";
        size = BASE_MINUTE_MS;
    }
    char message[128], time[32];
    base_text_format(message, sizeof message,
                     "The OAuth token used to make this call expired %lld %s(s) ago.",
                     (long long)(ago / size), unit);
    struct base_jsonw w;
    envelope(call, 401, message, &w);
    base_jsonw_member_str(&w, "category", "EXPIRED_AUTHENTICATION");
    context(&w, "expire time", base_time_iso(time, expired_ms)); /* the key has a space */
    base_jsonw_end(&w);
    auth_failure(call);
}

void emulator_error_scope(struct emulator_call *call, const char *scope)
{
    struct base_jsonw w;
    envelope(call, 403,
             "This app hasn't been granted all required scopes to make this call. Read more about "
             "required scopes here: https://developers.hubspot.com/scopes.",
             &w);
    base_jsonw_key(&w, "errors");
    base_jsonw_array(&w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "message", "One or more of the following scopes are required.");
    context(&w, "requiredGranularScopes", scope);
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_jsonw_key(&w, "links");
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "scopes", "https://developers.hubspot.com/scopes");
    base_jsonw_end(&w);
    base_jsonw_member_str(&w, "category", "MISSING_SCOPES");
    base_jsonw_end(&w);
}

void emulator_error_type(struct emulator_call *call, struct base_span name)
{
    char shown[64], message[128];
    base_text_printable_to(shown, sizeof shown, name);
    base_text_format(message, sizeof message, "Unable to infer object type from: %s", shown);
    emulator_error_plain(call, 400, message, "VALIDATION_ERROR");
}

void emulator_error_object(struct emulator_call *call, const char *id)
{
    struct base_jsonw w;
    envelope(call, 404, "Object not found.  objectId are usually numeric.", &w); /* two spaces */
    context(&w, "id", id);
    base_jsonw_member_str(&w, "category", "OBJECT_NOT_FOUND");
    base_jsonw_end(&w);
}

void emulator_error_rate(struct emulator_call *call, const char *policy)
{
    struct base_jsonw w;
    if (policy == NULL) {
        emulator_error_plain(call, 429, "You have reached your rate limit.", "RATE_LIMITS");
        return;
    }
    char message[96], word[32], group[128];
    size_t n = strlen(policy);
    for (size_t i = 0; i < sizeof word; i++) {
        char c = i < n && i < sizeof word - 1 ? policy[i] : '\0';
        word[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    base_text_format(message, sizeof message, "You have reached your %s limit.", word);
    envelope(call, 429, message, &w);
    base_jsonw_member_str(&w, "errorType", "RATE_LIMIT");
    base_jsonw_member_str(&w, "policyName", policy);
    bool search = call->route != NULL && call->route->flags & EMULATOR_SEARCH;
    if (search || strcmp(policy, "TEN_SECONDLY_ROLLING") == 0) {
        base_text_format(group, sizeof group, "publicapi:%s:%lld:%lld",
                         search ? "crm:search:oauth" : "private_app-api-calls-ten-secondly",
                         (long long)call->emulator->apps.items[call->grant.app].app_id,
                         (long long)call->grant.portal);
        base_jsonw_member_str(&w, "groupName", group);
    }
    base_jsonw_end(&w);
}

void emulator_error_page(struct emulator_call *call, int status)
{
    struct emulator_answer *a = &call->answer;
    char number[16];
    base_text_format(number, sizeof number, "%d", status);
    emulator_answer_empty(call, status);
    a->type = "text/html;charset=utf-8";
    struct base_buf *out = &a->body;
    if (status >= 500) {
        base_buf_add_str(out,
                         "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>api.hubapi.com | ");
        base_buf_add_str(out, number);
        base_buf_add_str(out, ": ");
        base_buf_add_str(out, serve_status_text(status));
        base_buf_add_str(out, "</title></head>\n<body><h1>Error ");
        base_buf_add_str(out, number);
        base_buf_add_str(out, "</h1><p>Cloudflare</p></body>\n</html>\n");
        return;
    }
    base_buf_add_str(out,
                     "<html>\n<head>\n"
                     "<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n"
                     "<title>Error ");
    base_buf_add_str(out, number);
    base_buf_add_char(out, ' ');
    base_buf_add_str(out, serve_status_text(status));
    base_buf_add_str(out, "</title>\n</head>\n<body><h2>HTTP ERROR ");
    base_buf_add_str(out, number);
    base_buf_add_char(out, ' ');
    base_buf_add_str(out, serve_status_text(status));
    base_buf_add_str(out, "</h2>\n</body>\n</html>\n");
}

void emulator_error_method(struct emulator_call *call, const char *allow)
{
    emulator_error_page(call, 405);
    call->answer.allow = allow;
}
