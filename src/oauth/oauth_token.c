#include "oauth_token.h"

#include "base_json.h"
#include "base_time.h"
#include "oauth_form.h"

#define DOING "reading the token answer"
#define LONGEST_S (10 * INT64_C(366) * (BASE_DAY_MS / BASE_SECOND_MS))

/* ---------------------------------------------------------------- bodies out */

/* client_secret_post (RFC 6749 section 2.3.1). */
static void add_client(struct base_buf *out, const struct oauth_client *client)
{
    oauth_form_add_str(out, "client_id", client->client_id);
    if (client->client_secret != NULL)
        oauth_form_add(out, "client_secret", crypt_secret_span(client->client_secret));
}

void oauth_token_code_body(struct base_buf *out, const struct oauth_client *client,
                           struct base_span code, const char *redirect_uri,
                           struct base_span code_verifier)
{
    oauth_form_add_str(out, "grant_type", "authorization_code");
    oauth_form_add(out, "code", code);
    oauth_form_add_str(out, "redirect_uri", redirect_uri);
    if (code_verifier.n > 0)
        oauth_form_add(out, "code_verifier", code_verifier);
    add_client(out, client);
}

void oauth_token_refresh_body(struct base_buf *out, const struct oauth_client *client,
                              const struct crypt_secret *refresh_token)
{
    oauth_form_add_str(out, "grant_type", "refresh_token");
    oauth_form_add(out, "refresh_token", crypt_secret_span(refresh_token));
    add_client(out, client);
}

void oauth_token_client_body(struct base_buf *out, const struct oauth_client *client,
                             const char *scope)
{
    oauth_form_add_str(out, "grant_type", "client_credentials");
    oauth_form_add_str(out, "scope", scope);
    add_client(out, client);
}

void oauth_token_hint_body(struct base_buf *out, const struct oauth_client *client,
                           const struct crypt_secret *token, const char *hint)
{
    oauth_form_add(out, "token", crypt_secret_span(token));
    oauth_form_add_str(out, "token_type_hint", hint);
    add_client(out, client);
}

/* ---------------------------------------------------------------- answers in */

/* A token goes into a header line, so nothing but visible ASCII may be in it. */
static bool is_visible(struct base_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            return false;
    return true;
}

bool oauth_token_is_one(struct base_span text)
{
    return text.n > 0 && text.n <= OAUTH_TOKEN_MAX_BYTES && is_visible(text);
}

static enum base_status take_token(const struct base_json_value *v, const char *name,
                                   struct crypt_secret **ret, struct base_error *err)
{
    size_t length = base_json_string_length(v);
    if (length > OAUTH_TOKEN_MAX_BYTES)
        return base_fail(err, BASE_INVALID, DOING, "%s is longer than %u bytes", name,
                         OAUTH_TOKEN_MAX_BYTES);
    struct crypt_secret *token = crypt_secret_new(length);
    if (token == NULL)
        return base_fail_memory(err);
    base_json_string_decode(v, crypt_secret_bytes(token));
    if (!is_visible(crypt_secret_span(token))) {
        crypt_secret_free(token);
        return base_fail(err, BASE_INVALID, DOING, "%s holds characters that no token has", name);
    }
    *ret = token;
    return BASE_OK;
}

/* Seconds as a number or a numeric string (C4). "1800.0" is a number too: the fraction is dropped.
 */
static bool take_seconds(const struct base_json_value *v, int64_t *ret)
{
    if (v->type != BASE_JSON_NUMBER && v->type != BASE_JSON_STRING)
        return false;
    struct base_json_value whole = *v;
    struct base_span fraction = v->raw;
    whole.raw = base_span_cut(&fraction, '.');
    for (size_t i = 0; i < fraction.n; i++)
        if (fraction.p[i] < '0' || fraction.p[i] > '9')
            return false;
    int64_t seconds;
    if (!base_json_int64(&whole, &seconds) || seconds < 0 || seconds > LONGEST_S)
        return false;
    *ret = seconds;
    return true;
}

/* The names in the list that can be ones: people are shown them, and visible ASCII drives no
 * terminal. */
static void add_names(struct base_buf *out, struct base_span list)
{
    while (list.n > 0) {
        struct base_span name = base_span_cut(&list, ' ');
        if (name.n == 0 || !is_visible(name))
            continue;
        if (out->n > 0)
            base_buf_add_char(out, ' ');
        base_buf_add_span(out, name);
    }
}

/* What is no text counts as absent: a rotated refresh token must not be lost to it. */
static enum base_status take_scope(const struct base_json_value *v, char **ret,
                                   struct base_error *err)
{
    if (v->type != BASE_JSON_STRING || base_json_string_length(v) == 0)
        return BASE_OK;
    struct base_buf text, names;
    base_buf_init(&text, OAUTH_TOKEN_MAX_BODY);
    base_buf_init(&names, OAUTH_TOKEN_MAX_BODY);
    base_json_string_add(v, &text);
    add_names(&names, base_buf_span(&text));
    *ret = base_buf_status(&text) == BASE_OK ? base_mem_strdup(base_buf_str(&names)) : NULL;
    enum base_status status =
        *ret != NULL && base_buf_status(&names) == BASE_OK ? BASE_OK : base_fail_memory(err);
    base_buf_free(&text);
    base_buf_free(&names);
    return status;
}

/* Likewise, and whoever wants one refuses that. */
static enum base_status take_id_token(const struct base_json_value *v, struct crypt_secret **ret,
                                      struct base_error *err)
{
    enum base_status status;

    if (v->type != BASE_JSON_STRING || base_json_string_length(v) == 0)
        return BASE_OK;
    status = take_token(v, "id_token", ret, err);
    return status == BASE_INVALID ? BASE_OK : status;
}

enum base_status oauth_tokens_parse(struct base_span body, struct oauth_tokens *ret,
                                    struct base_error *err)
{
    if (body.n > OAUTH_TOKEN_MAX_BODY)
        return base_fail(err, BASE_LIMIT, DOING, "the answer is longer than %u bytes",
                         OAUTH_TOKEN_MAX_BODY);

    struct base_json_value access, refresh, type, expires, scope, id;
    bool has_refresh = false, has_expires = false, has_scope = false, has_id = false;
    const struct base_json_field fields[] = {
        {"access_token", BASE_JSON_WANT_STRING, true, &access, NULL},
        {"token_type", BASE_JSON_WANT_STRING, true, &type, NULL},
        {"refresh_token", BASE_JSON_WANT_STRING, false, &refresh, &has_refresh},
        {"expires_in", BASE_JSON_WANT_VALUE, false, &expires, &has_expires},
        {"scope", BASE_JSON_WANT_VALUE, false, &scope, &has_scope},
        {"id_token", BASE_JSON_WANT_VALUE, false, &id, &has_id},
    };
    enum base_status status = base_json_decode(body, fields, sizeof fields / sizeof fields[0], err);
    if (status != BASE_OK) {
        base_error_doing(err, DOING);
        return status;
    }
    if (type.escaped || !base_span_is_nocase(type.raw, "bearer"))
        return base_fail(err, BASE_INVALID, DOING, "token_type is not Bearer");
    struct oauth_tokens t = {.expires_in = -1};
    if (has_expires && !take_seconds(&expires, &t.expires_in))
        return base_fail(err, BASE_INVALID, DOING, "expires_in is not a number of seconds");
    if (base_json_string_length(&access) == 0)
        return base_fail(err, BASE_INVALID, DOING, "access_token is empty");

    status = take_token(&access, "access_token", &t.access_token, err);
    /* An empty one is none: storing it would lose the grant. */
    if (status == BASE_OK && has_refresh && base_json_string_length(&refresh) > 0)
        status = take_token(&refresh, "refresh_token", &t.refresh_token, err);
    if (status == BASE_OK && has_scope)
        status = take_scope(&scope, &t.scope, err);
    if (status == BASE_OK && has_id)
        status = take_id_token(&id, &t.id_token, err);
    if (status != BASE_OK) {
        oauth_tokens_free(&t);
        return status;
    }
    *ret = t;
    return BASE_OK;
}

void oauth_tokens_free(struct oauth_tokens *t)
{
    crypt_secret_free(t->access_token);
    crypt_secret_free(t->refresh_token);
    crypt_secret_free(t->id_token);
    base_mem_free(t->scope);
    *t = (struct oauth_tokens){.expires_in = -1};
}
