/* What a grant looks like in the vault. Pure. */
#include "broker_app_rule.h"
#include "broker_int.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "broker_app_level.h"
#include "broker_private.h"

const char *broker_grant_state_word(enum broker_grant_state state)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_GRANT_##name] = word,
        BROKER_GRANT_STATE_MAP(X)
#undef X
    };

    return words[state];
}

const char *broker_grant_kind_word(enum broker_grant_kind kind)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_KIND_##name] = word,
        BROKER_GRANT_KIND_MAP(X)
#undef X
    };

    return words[kind];
}

/* ------------------------------------------------------------------ the sealed part
 * A byte for the field, four for its length (big-endian), its bytes. Unknown fields are an error:
 * the format's version is the vault's. */

enum { FIELD_ACCESS = 1, FIELD_REFRESH = 2, FIELD_PREVIOUS_REFRESH = 3 };

static char *put_field(char *to, unsigned char field, const struct crypt_secret *s)
{
    struct base_span bytes = crypt_secret_span(s);

    if (!s)
        return to;
    *to++ = (char)field;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (char)(bytes.n >> shift & 0xff);
    memcpy(to, bytes.p, bytes.n);
    return to + bytes.n;
}

static size_t field_size(const struct crypt_secret *s)
{
    return s ? 5 + crypt_secret_length(s) : 0;
}

struct crypt_secret *broker_grant_encode(const struct broker_grant *g)
{
    struct crypt_secret *s =
        crypt_secret_new(field_size(g->access_token) + field_size(g->refresh_token) +
                         field_size(g->previous_refresh_token));
    char *to;

    if (!s)
        return NULL;
    to = crypt_secret_bytes(s);
    to = put_field(to, FIELD_ACCESS, g->access_token);
    to = put_field(to, FIELD_REFRESH, g->refresh_token);
    (void)put_field(to, FIELD_PREVIOUS_REFRESH, g->previous_refresh_token);
    return s;
}

static struct crypt_secret **field_place(struct broker_grant *g, unsigned char field)
{
    switch (field) {
    case FIELD_ACCESS:
        return &g->access_token;
    case FIELD_REFRESH:
        return &g->refresh_token;
    case FIELD_PREVIOUS_REFRESH:
        return &g->previous_refresh_token;
    default:
        return NULL;
    }
}

enum base_status broker_grant_decode(struct base_span bytes, struct broker_grant *g,
                                     struct base_error *err)
{
    while (bytes.n > 0) {
        const unsigned char *p = (const unsigned char *)bytes.p;
        struct crypt_secret **place = field_place(g, p[0]);
        size_t n = bytes.n < 5
                       ? 0
                       : (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | (size_t)p[4];

        if (!place || *place || bytes.n < 5 || n > bytes.n - 5)
            return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                             "its tokens are stored in a form that this version does not know");
        *place = crypt_secret_from(bytes.p + 5, n);
        if (!*place)
            return base_fail_memory(err);
        bytes = base_span_from(bytes, 5 + n);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ the public part */

void broker_grant_encode_plain(const struct broker_grant *g, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "app", g->app);
    base_jsonw_member_str(&w, "account", g->account);
    base_jsonw_member_int(&w, "hub_id", g->hub_id);
    base_jsonw_member_str(&w, "kind", broker_grant_kind_word(g->kind));
    base_jsonw_member_str(&w, "scopes", g->scopes);
    base_jsonw_member_str(&w, "asked", g->asked);
    base_jsonw_member_int(&w, "connected_at", g->connected_at);
    base_jsonw_member_int(&w, "obtained_at", g->obtained_at);
    base_jsonw_member_int(&w, "expires_at", g->expires_at);
    base_jsonw_member_int(&w, "refreshes", g->refreshes);
    base_jsonw_member_str(&w, "state", broker_grant_state_word(g->state));
    base_jsonw_member_int(&w, "state_since", g->state_since);
    base_jsonw_member_str(&w, "last_code", g->last_code);
    base_jsonw_member_str(&w, "last_message", g->last_message);
    base_jsonw_member_str(&w, "last_correlation", g->last_correlation);
    base_jsonw_member_int(&w, "failures", g->failures);
    base_jsonw_member_int(&w, "not_before", g->not_before);
    base_jsonw_member_int(&w, "machine_started_at", g->machine_started_at);
    base_jsonw_member_str(&w, "boot", g->boot);
    base_jsonw_end(&w);
}

static bool state_of_word(const struct base_json_value *word, enum broker_grant_state *ret)
{
#define X(name, text)                                                                              \
    if (base_json_string_is(word, text)) {                                                         \
        *ret = BROKER_GRANT_##name;                                                                \
        return true;                                                                               \
    }
    BROKER_GRANT_STATE_MAP(X)
#undef X
    return false;
}

/* Records from before kinds have none: then the date tells a private app's token. */
static bool kind_of_word(const struct base_json_value *word, const struct broker_grant *g,
                         enum broker_grant_kind *ret)
{
    if (word->type == BASE_JSON_NULL) {
        *ret = g->expires_at == BROKER_PRIVATE_EXPIRES ? BROKER_KIND_PRIVATE : BROKER_KIND_OAUTH;
        return true;
    }
#define X(name, text)                                                                              \
    if (base_json_string_is(word, text)) {                                                         \
        *ret = BROKER_KIND_##name;                                                                 \
        return true;                                                                               \
    }
    BROKER_GRANT_KIND_MAP(X)
#undef X
    return false;
}

/* Rows are listed without being opened, and a backup is somebody's: no difference of two times, and
 * no number that grows, may overflow. */
static bool has_sane_numbers(const struct broker_grant *g)
{
    const int64_t numbers[] = {g->hub_id,     g->connected_at, g->obtained_at,
                               g->expires_at, g->refreshes,    g->state_since,
                               g->failures,   g->not_before,   g->machine_started_at};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (!broker_number_is_sane(numbers[i]))
            return false;
    }
    return true;
}

enum base_status broker_grant_decode_plain(struct base_span json, struct broker_grant *g,
                                           struct base_error *err)
{
    struct base_json_value app, account, scopes, asked, state, code, message, correlation;
    struct base_json_value boot = {.type = BASE_JSON_NULL}, kind = {.type = BASE_JSON_NULL};
    const struct base_json_field fields[] = {
        {"app", BASE_JSON_WANT_STRING, true, &app, NULL},
        {"account", BASE_JSON_WANT_STRING, true, &account, NULL},
        {"hub_id", BASE_JSON_WANT_INT64, true, &g->hub_id, NULL},
        {"scopes", BASE_JSON_WANT_STRING, true, &scopes, NULL},
        {"asked", BASE_JSON_WANT_STRING, true, &asked, NULL},
        {"connected_at", BASE_JSON_WANT_INT64, true, &g->connected_at, NULL},
        {"obtained_at", BASE_JSON_WANT_INT64, true, &g->obtained_at, NULL},
        {"expires_at", BASE_JSON_WANT_INT64, true, &g->expires_at, NULL},
        {"refreshes", BASE_JSON_WANT_INT64, true, &g->refreshes, NULL},
        {"state", BASE_JSON_WANT_STRING, true, &state, NULL},
        {"state_since", BASE_JSON_WANT_INT64, true, &g->state_since, NULL},
        {"last_code", BASE_JSON_WANT_STRING, true, &code, NULL},
        {"last_message", BASE_JSON_WANT_STRING, true, &message, NULL},
        {"last_correlation", BASE_JSON_WANT_STRING, true, &correlation, NULL},
        /* Records of 0.1.0 have none of these. */
        {"failures", BASE_JSON_WANT_INT64, false, &g->failures, NULL},
        {"not_before", BASE_JSON_WANT_INT64, false, &g->not_before, NULL},
        {"machine_started_at", BASE_JSON_WANT_INT64, false, &g->machine_started_at, NULL},
        {"boot", BASE_JSON_WANT_STRING, false, &boot, NULL},
        {"kind", BASE_JSON_WANT_STRING, false, &kind, NULL},
    };
    enum base_status status =
        base_json_decode(json, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status)
        return status;
    if (!state_of_word(&state, &g->state))
        return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                         "it has an unknown state");
    if (!kind_of_word(&kind, g, &g->kind))
        return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                         "it is of a kind that this version does not know");
    if (!has_sane_numbers(g))
        return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                         "it has a time or a number that cannot be one");
    if (boot.type == BASE_JSON_STRING && !boot.escaped)
        (void)base_text_copy(g->boot, sizeof(g->boot), boot.raw);
    g->app = base_json_string_dup(&app);
    g->account = base_json_string_dup(&account);
    g->scopes = base_json_string_dup(&scopes);
    g->asked = base_json_string_dup(&asked);
    g->last_code = base_json_string_dup(&code);
    g->last_message = base_json_string_dup(&message);
    g->last_correlation = base_json_string_dup(&correlation);
    if (!g->app || !g->account || !g->scopes || !g->asked || !g->last_code || !g->last_message ||
        !g->last_correlation)
        return base_fail_memory(err);
    return BASE_OK;
}

enum base_status broker_grant_check_record(const char *name, struct base_span plain,
                                           struct base_span secret, struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};
    enum base_status status = broker_grant_decode_plain(plain, &g, err);
    size_t n;

    if (status || (status = broker_grant_decode(secret, &g, err)))
        return status;
    n = strlen(g.app);
    if (strncmp(name, g.app, n) != 0 || name[n] != '/' || strcmp(name + n + 1, g.account) != 0)
        return base_fail(err, BASE_USAGE, "checking an account", "it is called otherwise inside");
    if (!broker_app_rule_is_account(name)) /* errors offer commands with it, to be pasted */
        return base_fail(err, BASE_USAGE, "checking an account",
                         "its name is none that hubauth gives");
    if (broker_grant_is_app_level(&g) && strcmp(g.account, BROKER_APP_LEVEL) != 0)
        return base_fail(err, BASE_USAGE, "checking an account",
                         "its kind is that of another account's name");

    const char *const texts[] = {name,        g.scopes,       g.asked,
                                 g.last_code, g.last_message, g.last_correlation};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!base_text_is_printable(base_span_of(texts[i])))
            return base_fail(err, BASE_USAGE, "checking an account",
                             "it holds what could drive a terminal");
    }
    return BASE_OK;
}
