#include "oauth_authorize.h"

#include "base_url.h"
#include "crypt_secret.h"
#include "oauth_form.h"

#define DOING_URL "making the authorization URL"
#define DOING_CALLBACK "reading the answer at the redirect URL"

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static enum base_status check_request(const struct oauth_authorize *request, struct base_error *err)
{
    const struct {
        const char *name, *value;
    } required[] = {
        {"client_id", request->client_id},
        {"redirect_uri", request->redirect_uri},
        {"state", request->state},                   /* always sent, PKCE or not (A6) */
        {"code_challenge", request->code_challenge}, /* always sent (A5) */
    };
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        if (!is_set(required[i].value))
            return base_fail(err, BASE_USAGE, DOING_URL, "%s is missing", required[i].name);
    return BASE_OK;
}

enum base_status oauth_authorize_url(const struct oauth_authorize *request, struct base_buf *out,
                                     struct base_error *err)
{
    enum base_status status = check_request(request, err);
    if (status != BASE_OK)
        return status;

    struct base_span endpoint = base_span_of(request->endpoint);
    struct base_url url;
    if (base_url_parse(endpoint, &url, err) != BASE_OK) {
        base_error_doing(err, DOING_URL);
        return base_error_as(err, BASE_USAGE);
    }
    if (!base_url_is_safe(&url)) /* a browser is sent there (A9) */
        return base_fail(err, BASE_USAGE, DOING_URL,
                         "the authorization endpoint must be https (http only on localhost)");

    base_buf_add_span(out, endpoint);
    if (url.query.p == NULL)
        base_buf_add_char(out, '?');
    oauth_form_add_str(out, "response_type", "code");
    oauth_form_add_str(out, "client_id", request->client_id);
    oauth_form_add_str(out, "redirect_uri", request->redirect_uri);
    if (is_set(request->scope))
        oauth_form_add_str(out, "scope", request->scope);
    if (is_set(request->optional_scope))
        oauth_form_add_str(out, "optional_scope", request->optional_scope);
    oauth_form_add_str(out, "state", request->state);
    oauth_form_add_str(out, "code_challenge", request->code_challenge);
    oauth_form_add_str(out, "code_challenge_method", "S256");
    if (is_set(request->nonce))
        oauth_form_add_str(out, "nonce", request->nonce);

    status = base_buf_status(out);
    if (status == BASE_NO_MEMORY)
        return base_fail_memory(err);
    if (status != BASE_OK)
        return base_fail(err, status, DOING_URL, "the URL is too long");
    return BASE_OK;
}

/* The parameters that are looked at; others are ignored (RFC 6749 section 4.1.2). */
struct parameter {
    const char *name;
    char **to;
    bool seen;
};

static enum base_status take_parameter(struct parameter *parameters, size_t count,
                                       const struct base_buf *name, const struct base_buf *value,
                                       struct base_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct parameter *p = &parameters[i];
        if (!base_span_is(base_buf_span(name), p->name))
            continue;
        if (p->seen)
            return base_fail(err, BASE_INVALID, DOING_CALLBACK, "the parameter %s was given twice",
                             p->name);
        p->seen = true;
        if (value->n == 0) /* without a value it counts as omitted (RFC 6749 section 3.1) */
            return BASE_OK;
        *p->to = base_span_dup(base_buf_span(value));
        return *p->to == NULL ? base_fail_memory(err) : BASE_OK;
    }
    return BASE_OK;
}

enum base_status oauth_callback_parse(struct base_span query, struct oauth_callback *ret,
                                      struct base_error *err)
{
    if (query.n > OAUTH_CALLBACK_MAX)
        return base_fail(err, BASE_LIMIT, DOING_CALLBACK, "the query is longer than %d bytes",
                         OAUTH_CALLBACK_MAX);

    struct oauth_callback c = {0};
    struct parameter parameters[] = {
        {"code", &c.code, false},
        {"state", &c.state, false},
        {"error", &c.error, false},
        {"error_description", &c.error_description, false},
        {"error_uri", &c.error_uri, false},
        {"iss", &c.iss, false},
        {"returnUrl", &c.return_url, false},
    };
    struct base_buf name, value;
    base_buf_init_sensitive(&name, OAUTH_CALLBACK_MAX);
    base_buf_init_sensitive(&value, OAUTH_CALLBACK_MAX);
    enum base_status encoding = BASE_OK, status = BASE_OK;
    while (status == BASE_OK && oauth_form_next(&query, &name, &value, &encoding))
        status = take_parameter(parameters, sizeof parameters / sizeof parameters[0], &name, &value,
                                err);
    base_buf_free(&name);
    base_buf_free(&value);

    if (status == BASE_OK && encoding == BASE_NO_MEMORY)
        status = base_fail_memory(err);
    else if (status == BASE_OK && encoding != BASE_OK)
        status =
            base_fail(err, encoding, DOING_CALLBACK, "the query has malformed percent encoding");
    if (status != BASE_OK) {
        oauth_callback_free(&c);
        return status;
    }
    *ret = c;
    return BASE_OK;
}

bool oauth_callback_query(struct base_span address, const char *redirect_uri,
                          struct base_span *ret_query)
{
    struct base_span rest = base_span_from(address, strlen(redirect_uri));
    const char joint = strchr(redirect_uri, '?') ? '&' : '?';

    if (!base_span_starts(address, redirect_uri) || rest.n == 0 || rest.p[0] != joint)
        return false;
    rest = base_span_from(rest, 1);
    *ret_query = base_span_cut(&rest, '#');
    return true;
}

void oauth_callback_free(struct oauth_callback *c)
{
    if (c->code != NULL)
        crypt_wipe(c->code, strlen(c->code));
    base_mem_free(c->code);
    base_mem_free(c->state);
    base_mem_free(c->error);
    base_mem_free(c->error_description);
    base_mem_free(c->error_uri);
    base_mem_free(c->iss);
    base_mem_free(c->return_url);
    *c = (struct oauth_callback){0};
}
