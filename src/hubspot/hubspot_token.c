#include "hubspot_token.h"

#include "base_json.h"
#include "base_text.h"

#define DOING_EXTRA "reading HubSpot's part of the token answer"
#define DOING_INFO "reading the token information"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SCOPES_MAX (64u << 10) /* HubSpot has some 200 scopes of 40 bytes */
#define TEXT_MAX ((size_t)512)

static enum base_status decode(struct base_span body, const struct base_json_field *fields,
                               size_t count, const char *doing, struct base_error *err)
{
    enum base_status status = base_json_decode(body, fields, count, err);
    if (status != BASE_OK)
        base_error_doing(err, "%s", doing);
    return status;
}

/* The names of the array with a space between them. A name that cannot be one is left out: no
 * reason to lose a token. */
static bool join_names(struct base_span array, struct base_buf *out)
{
    struct base_json json;
    struct base_json_value v;
    base_json_begin(&json, array);
    base_json_next(&json, NULL);
    while (base_json_take(&json, &v) == BASE_JSON_STRING) {
        bool fit = !v.escaped && v.raw.n > 0;
        for (size_t i = 0; fit && i < v.raw.n; i++)
            fit = v.raw.p[i] > 0x20 && v.raw.p[i] < 0x7f;
        if (!fit)
            continue;
        if (out->n > 0)
            base_buf_add_char(out, ' ');
        base_buf_add_span(out, v.raw);
    }
    return v.type == BASE_JSON_ARRAY_END;
}

static enum base_status take_scopes(const struct base_json_value *array, const char *doing,
                                    char **ret, struct base_error *err)
{
    struct base_buf names;
    base_buf_init(&names, SCOPES_MAX);
    bool strings = join_names(array->raw, &names);
    enum base_status status = base_buf_status(&names);
    if (!strings)
        status = base_fail(err, BASE_INVALID, doing, "scopes is not an array of strings");
    else if (status == BASE_LIMIT)
        status = base_fail(err, BASE_INVALID, doing, "scopes is longer than %u bytes", SCOPES_MAX);
    else if (status != BASE_OK || (*ret = base_mem_strdup(base_buf_str(&names))) == NULL)
        status = base_fail_memory(err);
    base_buf_free(&names);
    return status;
}

enum base_status hubspot_token_extra_parse(struct base_span body, struct hubspot_token_extra *ret,
                                           struct base_error *err)
{
    struct hubspot_token_extra x = {0};
    struct base_json_value scopes;
    bool has_scopes = false;
    const struct base_json_field fields[] = {
        {"hub_id", BASE_JSON_WANT_INT64, false, &x.hub_id, NULL},
        {"user_id", BASE_JSON_WANT_INT64, false, &x.user_id, NULL},
        {"scopes", BASE_JSON_WANT_ARRAY, false, &scopes, &has_scopes},
    };
    enum base_status status = decode(body, fields, COUNT(fields), DOING_EXTRA, err);
    if (status != BASE_OK)
        return status;
    if (x.hub_id < 0 || x.user_id < 0)
        return base_fail(err, BASE_INVALID, DOING_EXTRA, "hub_id or user_id is negative");
    if (has_scopes && (status = take_scopes(&scopes, DOING_EXTRA, &x.scopes, err)) != BASE_OK)
        return status;
    *ret = x;
    return BASE_OK;
}

void hubspot_token_extra_free(struct hubspot_token_extra *x)
{
    base_mem_free(x->scopes);
    *x = (struct hubspot_token_extra){0};
}

/* Texts that people are shown: printable, cut to size. */
static enum base_status take_text(const struct base_json_value *v, bool present, char **ret,
                                  struct base_error *err)
{
    if (!present)
        return BASE_OK;
    char printable[TEXT_MAX];
    struct base_buf decoded;
    base_buf_init(&decoded, 8 * TEXT_MAX);
    base_json_string_add(v, &decoded);
    base_text_printable_to(printable, sizeof(printable), base_buf_span(&decoded));
    enum base_status status = base_buf_status(&decoded);
    base_buf_free(&decoded);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_INVALID, DOING_INFO, "a text is too long");
    if (status != BASE_OK || (*ret = base_mem_strdup(printable)) == NULL)
        return base_fail_memory(err);
    return BASE_OK;
}

/* v1 says "access" and "refresh" in token_type, the others "access_token" and "refresh_token" in
 * token_use. */
static enum base_status take_use(const struct base_json_value *use, bool has_use,
                                 const struct base_json_value *type, bool has_type, char **ret,
                                 struct base_error *err)
{
    const char *name = NULL;
    if (has_use)
        return take_text(use, true, ret, err);
    if (has_type && base_json_string_is(type, "access"))
        name = "access_token";
    else if (has_type && base_json_string_is(type, "refresh"))
        name = "refresh_token";
    if (name != NULL && (*ret = base_mem_strdup(name)) == NULL)
        return base_fail_memory(err);
    return BASE_OK;
}

enum base_status hubspot_token_info_parse(struct base_span body, struct hubspot_token_info *ret,
                                          struct base_error *err)
{
    struct hubspot_token_info i = {.expires_in = -1};
    struct base_json_value user, domain, client, use, type, scopes, scope;
    bool has_active = false, has_hub = false, has_app = false, has_user = false, has_domain = false,
         has_client = false;
    bool has_use = false, has_type = false, has_scopes = false, has_scope = false;
    const struct base_json_field fields[] = {
        {"active", BASE_JSON_WANT_BOOL, false, &i.active, &has_active},
        {"hub_id", BASE_JSON_WANT_INT64, false, &i.hub_id, &has_hub},
        {"user_id", BASE_JSON_WANT_INT64, false, &i.user_id, NULL},
        {"app_id", BASE_JSON_WANT_INT64, false, &i.app_id, &has_app},
        {"expires_in", BASE_JSON_WANT_INT64, false, &i.expires_in, NULL},
        {"user", BASE_JSON_WANT_STRING, false, &user, &has_user},
        {"hub_domain", BASE_JSON_WANT_STRING, false, &domain, &has_domain},
        {"client_id", BASE_JSON_WANT_STRING, false, &client, &has_client},
        {"token_use", BASE_JSON_WANT_STRING, false, &use, &has_use},
        {"token_type", BASE_JSON_WANT_STRING, false, &type, &has_type},
        {"scopes", BASE_JSON_WANT_ARRAY, false, &scopes, &has_scopes},
        {"scope", BASE_JSON_WANT_STRING, false, &scope, &has_scope}, /* RFC 7662 section 2.2 */
    };
    enum base_status status = decode(body, fields, COUNT(fields), DOING_INFO, err);
    if (status != BASE_OK)
        return status;
    if (!has_active && !has_hub && !has_app) /* an app's own token is of no account */
        return base_fail(err, BASE_INVALID, DOING_INFO,
                         "neither active nor hub_id nor app_id is there");
    if (!has_active) /* v1 answers 404 for a token that is not */
        i.active = true;

    status = take_text(&user, has_user, &i.user, err);
    if (status == BASE_OK)
        status = take_text(&domain, has_domain, &i.hub_domain, err);
    if (status == BASE_OK)
        status = take_text(&client, has_client, &i.client_id, err);
    if (status == BASE_OK)
        status = take_use(&use, has_use, &type, has_type, &i.token_use, err);
    if (status == BASE_OK && has_scopes)
        status = take_scopes(&scopes, DOING_INFO, &i.scopes, err);
    else if (status == BASE_OK)
        status = take_text(&scope, has_scope, &i.scopes, err);
    if (status != BASE_OK) {
        hubspot_token_info_free(&i);
        return status;
    }
    *ret = i;
    return BASE_OK;
}

enum base_status hubspot_token_info_of_private(struct base_span body,
                                               struct hubspot_token_info *ret,
                                               struct base_error *err)
{
    struct hubspot_token_info i = {.active = true, .expires_in = -1};
    struct base_json_value scopes;
    bool has_scopes = false;
    const struct base_json_field fields[] = {
        {"hubId", BASE_JSON_WANT_INT64, true, &i.hub_id, NULL},
        {"userId", BASE_JSON_WANT_INT64, false, &i.user_id, NULL},
        {"appId", BASE_JSON_WANT_INT64, false, &i.app_id, NULL},
        {"scopes", BASE_JSON_WANT_ARRAY, false, &scopes, &has_scopes},
    };
    enum base_status status = decode(body, fields, COUNT(fields), DOING_INFO, err);
    if (status == BASE_OK && has_scopes)
        status = take_scopes(&scopes, DOING_INFO, &i.scopes, err);
    if (status == BASE_OK)
        *ret = i;
    return status;
}

void hubspot_token_info_free(struct hubspot_token_info *i)
{
    base_mem_free(i->user);
    base_mem_free(i->hub_domain);
    base_mem_free(i->scopes);
    base_mem_free(i->client_id);
    base_mem_free(i->token_use);
    *i = (struct hubspot_token_info){.expires_in = -1};
}
