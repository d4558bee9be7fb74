#include "hubspot_config.h"

#include "base_json.h"
#include "hubspot_scope.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SCOPES_MAX (64u << 10)
#define READING_ACCOUNTS "reading the configuration of HubSpot's CLI"
#define READING_PROJECT "reading the app's configuration"

/* ---------------------------------------------------------------- pieces */

static enum base_status take_text(const struct base_json_value *v, bool present, char **ret,
                                  struct base_error *err)
{
    if (!present)
        return BASE_OK;
    *ret = base_json_string_dup(v);
    return *ret != NULL ? BASE_OK : base_fail_memory(err);
}

static enum base_status take_secret(const struct base_json_value *v, bool present,
                                    struct crypt_secret **ret, struct base_error *err)
{
    if (!present || v->raw.n == 0)
        return BASE_OK;
    struct base_buf text;
    base_buf_init_sensitive(&text, 64u << 10);
    base_json_string_add(v, &text);
    *ret = crypt_secret_take(&text);
    enum base_status status = *ret != NULL                           ? BASE_OK
                              : base_buf_status(&text) == BASE_LIMIT ? BASE_LIMIT
                                                                     : BASE_NO_MEMORY;
    base_buf_free(&text);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_INVALID, READING_ACCOUNTS, "a token is longer than 64 KiB");
    return status == BASE_OK ? BASE_OK : base_fail_memory(err);
}

/* An array of strings, joined by spaces; what is no string is left out. Always a text. */
static enum base_status take_scopes(const struct base_json_value *array, bool present, char **ret,
                                    struct base_error *err)
{
    struct base_buf joined, clean;
    struct base_json j;
    struct base_json_value v;
    base_buf_init(&joined, SCOPES_MAX);
    base_buf_init(&clean, SCOPES_MAX);
    if (present) {
        base_json_begin(&j, array->raw);
        base_json_next(&j, NULL);
        for (enum base_json_type t; (t = base_json_take(&j, &v)) != BASE_JSON_ARRAY_END;) {
            if (t == BASE_JSON_ERROR || t == BASE_JSON_END)
                break;
            if (t != BASE_JSON_STRING)
                continue;
            base_json_string_add(&v, &joined);
            base_buf_add_char(&joined, ' ');
        }
    }
    enum base_status status = base_buf_status(&joined);
    if (status == BASE_OK)
        status = hubspot_scope_normalise(base_buf_span(&joined), &clean, err);
    else
        base_fail(err, status, "reading a list of scopes", "it is too long");
    if (status == BASE_OK && (*ret = base_buf_steal(&clean)) == NULL)
        status = base_fail_memory(err);
    base_buf_free(&joined);
    base_buf_free(&clean);
    return status;
}

/* ---------------------------------------------------------------- accounts */

void hubspot_config_account_free(struct hubspot_config_account *a)
{
    base_mem_free(a->name);
    base_mem_free(a->client_id);
    base_mem_free(a->scopes);
    crypt_secret_free(a->client_secret);
    crypt_secret_free(a->refresh_token);
    *a = (struct hubspot_config_account){0};
}

void hubspot_config_free(struct hubspot_config *c)
{
    for (size_t i = 0; i < c->count; i++)
        hubspot_config_account_free(&c->accounts[i]);
    base_mem_free(c->accounts);
    *c = (struct hubspot_config){0};
}

static enum hubspot_config_auth auth_of(const struct base_json_value *type, bool has_type,
                                        bool has_key)
{
    if (!has_type) /* the CLI's own guess */
        return has_key ? HUBSPOT_CONFIG_PERSONAL_KEY : HUBSPOT_CONFIG_OTHER;
    if (base_json_string_is(type, "oauth2"))
        return HUBSPOT_CONFIG_OAUTH;
    if (base_json_string_is(type, "personalaccesskey"))
        return HUBSPOT_CONFIG_PERSONAL_KEY;
    return base_json_string_is(type, "apikey") ? HUBSPOT_CONFIG_API_KEY : HUBSPOT_CONFIG_OTHER;
}

static enum base_status read_token_info(struct base_span object, struct hubspot_config_account *a,
                                        struct base_error *err)
{
    struct base_json_value refresh;
    bool has_refresh = false;
    const struct base_json_field fields[] = {
        {"refreshToken", BASE_JSON_WANT_STRING, false, &refresh, &has_refresh},
    };
    enum base_status status = base_json_decode(object, fields, COUNT(fields), err);
    return status != BASE_OK ? status : take_secret(&refresh, has_refresh, &a->refresh_token, err);
}

static enum base_status read_auth(struct base_span object, struct hubspot_config_account *a,
                                  struct base_error *err)
{
    struct base_json_value id, secret, scopes, tokens;
    bool has_id = false, has_secret = false, has_scopes = false, has_tokens = false;
    const struct base_json_field fields[] = {
        {"clientId", BASE_JSON_WANT_STRING, false, &id, &has_id},
        {"clientSecret", BASE_JSON_WANT_STRING, false, &secret, &has_secret},
        {"scopes", BASE_JSON_WANT_ARRAY, false, &scopes, &has_scopes},
        {"tokenInfo", BASE_JSON_WANT_OBJECT, false, &tokens, &has_tokens},
    };
    enum base_status status = base_json_decode(object, fields, COUNT(fields), err);
    if (status != BASE_OK || (status = take_text(&id, has_id, &a->client_id, err)) ||
        (status = take_secret(&secret, has_secret, &a->client_secret, err)) ||
        (has_scopes && (status = take_scopes(&scopes, true, &a->scopes, err))))
        return status;
    return has_tokens ? read_token_info(tokens.raw, a, err) : BASE_OK;
}

static enum base_status read_account(struct base_span object, struct hubspot_config_account *a,
                                     struct base_error *err)
{
    struct base_json_value name, type, env, auth, key;
    int64_t account = 0, portal = 0;
    bool has_name = false, has_type = false, has_env = false, has_auth = false, has_key = false;
    const struct base_json_field fields[] = {
        {"name", BASE_JSON_WANT_STRING, false, &name, &has_name},
        {"accountId", BASE_JSON_WANT_INT64, false, &account, NULL},
        {"portalId", BASE_JSON_WANT_INT64, false, &portal, NULL},
        {"authType", BASE_JSON_WANT_STRING, false, &type, &has_type},
        {"env", BASE_JSON_WANT_STRING, false, &env, &has_env},
        {"auth", BASE_JSON_WANT_OBJECT, false, &auth, &has_auth},
        {"personalAccessKey", BASE_JSON_WANT_STRING, false, &key, &has_key},
    };
    enum base_status status = base_json_decode(object, fields, COUNT(fields), err);
    if (status != BASE_OK)
        return status;
    a->hub_id = account > 0 ? account : portal > 0 ? portal : 0;
    a->auth = auth_of(&type, has_type, has_key);
    a->qa = has_env && base_json_string_is(&env, "qa");
    status = take_text(&name, has_name, &a->name, err);
    return status == BASE_OK && has_auth ? read_auth(auth.raw, a, err) : status;
}

static enum base_status read_accounts(struct base_span array, struct hubspot_config *c,
                                      struct base_error *err)
{
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, array);
    base_json_next(&j, NULL);
    while (base_json_take(&j, &v) == BASE_JSON_OBJECT) {
        if (c->count == HUBSPOT_CONFIG_ACCOUNTS)
            return base_fail(err, BASE_LIMIT, READING_ACCOUNTS, "it has more than %d accounts",
                             HUBSPOT_CONFIG_ACCOUNTS);
        struct hubspot_config_account *grown =
            base_mem_grow(c->accounts, c->count + 1, sizeof(*grown));
        if (grown == NULL)
            return base_fail_memory(err);
        c->accounts = grown;
        grown[c->count] = (struct hubspot_config_account){0};
        enum base_status status = read_account(v.raw, &grown[c->count++], err);
        if (status != BASE_OK) {
            base_error_doing(err, READING_ACCOUNTS ": account %zu", c->count);
            return status;
        }
    }
    return BASE_OK;
}

enum base_status hubspot_config_parse(struct base_span json, struct hubspot_config *ret,
                                      struct base_error *err)
{
    struct hubspot_config c = {0};
    struct base_json_value accounts, portals;
    bool has_accounts = false, has_portals = false;
    const struct base_json_field fields[] = {
        {"accounts", BASE_JSON_WANT_ARRAY, false, &accounts, &has_accounts},
        {"portals", BASE_JSON_WANT_ARRAY, false, &portals, &has_portals},
    };
    enum base_status status = base_json_decode(json, fields, COUNT(fields), err);
    if (status != BASE_OK)
        base_error_doing(err, READING_ACCOUNTS);
    else if (!has_accounts && !has_portals)
        status = base_fail(err, BASE_INVALID, READING_ACCOUNTS, "it has no list of accounts");
    else
        status = read_accounts(has_accounts ? accounts.raw : portals.raw, &c, err);
    if (status != BASE_OK)
        hubspot_config_free(&c);
    else
        *ret = c;
    return status;
}

/* ---------------------------------------------------------------- a project's app */

void hubspot_config_project_free(struct hubspot_project *p)
{
    base_mem_free(p->name);
    for (size_t i = 0; i < p->redirect_count; i++)
        base_mem_free(p->redirect_urls[i]);
    base_mem_free(p->required);
    base_mem_free(p->conditional);
    base_mem_free(p->optional);
    *p = (struct hubspot_project){0};
}

static enum base_status read_redirects(struct base_span array, struct hubspot_project *p,
                                       struct base_error *err)
{
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, array);
    base_json_next(&j, NULL);
    while (base_json_take(&j, &v) == BASE_JSON_STRING) {
        if (p->redirect_count == HUBSPOT_PROJECT_REDIRECTS)
            return base_fail(err, BASE_LIMIT, READING_PROJECT, "it has more than %d redirect URLs",
                             HUBSPOT_PROJECT_REDIRECTS);
        p->redirect_urls[p->redirect_count] = base_json_string_dup(&v);
        if (p->redirect_urls[p->redirect_count] == NULL)
            return base_fail(err, BASE_INVALID, READING_PROJECT, "a redirect URL cannot be read");
        p->redirect_count++;
    }
    return BASE_OK;
}

static enum base_status read_project_auth(struct base_span object, struct hubspot_project *p,
                                          struct base_error *err)
{
    struct base_json_value type, urls, required, conditional, optional;
    bool has_type = false, has_urls = false, has_required = false, has_conditional = false,
         has_optional = false;
    const struct base_json_field fields[] = {
        {"type", BASE_JSON_WANT_STRING, false, &type, &has_type},
        {"redirectUrls", BASE_JSON_WANT_ARRAY, false, &urls, &has_urls},
        {"requiredScopes", BASE_JSON_WANT_ARRAY, false, &required, &has_required},
        {"conditionallyRequiredScopes", BASE_JSON_WANT_ARRAY, false, &conditional,
         &has_conditional},
        {"optionalScopes", BASE_JSON_WANT_ARRAY, false, &optional, &has_optional},
    };
    enum base_status status = base_json_decode(object, fields, COUNT(fields), err);
    if (status != BASE_OK)
        return status;
    p->oauth = !has_type || base_json_string_is(&type, "oauth");
    if ((has_urls && (status = read_redirects(urls.raw, p, err))) ||
        (status = take_scopes(&required, has_required, &p->required, err)) ||
        (status = take_scopes(&conditional, has_conditional, &p->conditional, err)))
        return status;
    return take_scopes(&optional, has_optional, &p->optional, err);
}

/* config.auth since platform 2025.1; auth at the top in the public-app.json of before. */
static enum base_status read_project(struct base_span json, struct hubspot_project *p,
                                     struct base_error *err)
{
    struct base_json_value config, auth, name;
    bool has_config = false, has_auth = false, has_name = false;
    const struct base_json_field fields[] = {
        {"config", BASE_JSON_WANT_OBJECT, false, &config, &has_config},
        {"auth", BASE_JSON_WANT_OBJECT, false, &auth, &has_auth},
        {"name", BASE_JSON_WANT_STRING, false, &name, &has_name},
    };
    enum base_status status = base_json_decode(json, fields, COUNT(fields), err);
    if (status == BASE_OK && has_config)
        status = base_json_decode(config.raw, fields + 1, COUNT(fields) - 1, err);
    if (status != BASE_OK)
        return status;
    if (!has_auth)
        return base_fail(err, BASE_INVALID, READING_PROJECT,
                         "it has no config.auth: is it an app's app-hsmeta.json?");
    status = take_text(&name, has_name, &p->name, err);
    return status == BASE_OK ? read_project_auth(auth.raw, p, err) : status;
}

enum base_status hubspot_config_project_parse(struct base_span json, struct hubspot_project *ret,
                                              struct base_error *err)
{
    struct hubspot_project p = {0};
    enum base_status status = read_project(json, &p, err);
    if (status != BASE_OK) {
        base_error_doing(err, READING_PROJECT);
        hubspot_config_project_free(&p);
    } else {
        *ret = p;
    }
    return status;
}
