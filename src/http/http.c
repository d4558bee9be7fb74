#include "http.h"

#include "base_module.h"
#include "base_url.h"

#define DOING "making an HTTP request"

enum base_status http_open(struct loop *l, const char *user_agent, struct http **ret,
                           struct base_error *err)
{
    const void *entry;
    enum base_status status = base_module_load("http-curl", &entry, err);
    if (status != BASE_OK)
        return status;
    const struct http_module *module = entry;
    return module->open(l, user_agent, ret, err);
}

/* ---------------------------------------------------------------- checks
 *
 * What goes out as a line must not be able to become two lines, and what frames the message is the
 * backend's business alone: otherwise a caller's data could smuggle a second request into the
 * connection. */

static bool is_token_character(char c) /* tchar of RFC 9110 section 5.6.2 */
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct base_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_token_character(s.p[i]))
            return false;
    return s.n > 0;
}

static bool is_field_value(struct base_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static enum base_status check_method(const char *method, struct base_error *err)
{
    struct base_span m = base_span_of(method);
    if (!is_token(m) || m.n > 16)
        return base_fail(err, BASE_USAGE, DOING, "the method is malformed");
    if (base_span_is_nocase(m, "CONNECT") || base_span_is_nocase(m, "TRACE"))
        return base_fail(err, BASE_USAGE, DOING, "the method %s is not for an API", method);
    return BASE_OK;
}

static enum base_status check_url(const char *text, struct base_error *err)
{
    struct base_url url;
    if (base_url_parse(base_span_of(text), &url, err) != BASE_OK) {
        base_error_doing(err, DOING);
        return base_error_as(err, BASE_USAGE);
    }
    if (!base_url_is_safe(&url)) {
        base_fail(err, BASE_USAGE, DOING,
                  "plain http to %.*s would show the token to everybody on the way",
                  BASE_SPAN_ARG(url.host));
        base_error_hint(err, "use https; http is for localhost alone");
        return BASE_USAGE;
    }
    return BASE_OK;
}

static enum base_status check_header(const struct http_request *request,
                                     const struct http_header *h, struct base_error *err)
{
    static const char *const framing[] = {"Host",    "Content-Length", "Transfer-Encoding",
                                          "Trailer", "Connection",     "Expect"};
    if (!is_token(h->name) || !is_field_value(h->value))
        return base_fail(err, BASE_USAGE, DOING,
                         "a header's name or value holds what none may hold");
    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
        if (base_span_is_nocase(h->name, framing[i]))
            return base_fail(err, BASE_USAGE, DOING, "the header %s is not the caller's to set",
                             framing[i]);
    if (request->bearer != NULL && base_span_is_nocase(h->name, "Authorization"))
        return base_fail(err, BASE_USAGE, DOING,
                         "there is a bearer token and an Authorization header");
    return BASE_OK;
}

/* b64token of RFC 6750 section 2.1 and a little more: visible ASCII. The token itself goes into no
 * message. */
static enum base_status check_bearer(const struct crypt_secret *bearer, struct base_error *err)
{
    struct base_span token = crypt_secret_span(bearer);
    if (bearer == NULL)
        return BASE_OK;
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= 0x20 || token.p[i] >= 0x7f)
            return base_fail(err, BASE_USAGE, DOING,
                             "the token holds characters that no token has");
    return token.n > 0 ? BASE_OK : base_fail(err, BASE_USAGE, DOING, "the token is empty");
}

enum base_status http_start(struct http *h, const struct http_request *request, http_done_fn *done,
                            void *arg, struct http_call **ret, struct base_error *err)
{
    enum base_status status = check_method(request->method, err);
    if (status == BASE_OK)
        status = check_url(request->url, err);
    for (size_t i = 0; status == BASE_OK && i < request->header_count; i++)
        status = check_header(request, &request->headers[i], err);
    if (status == BASE_OK)
        status = check_bearer(request->bearer, err);
    if (status != BASE_OK)
        return status;
    return h->ops->start(h, request, done, arg, ret, err);
}

void http_cancel(struct http_call *call, struct http *h)
{
    h->ops->cancel(call);
}

void http_free(struct http *h)
{
    if (h != NULL)
        h->ops->free(h);
}

struct base_span http_response_header(const struct http_response *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (base_span_is_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    return BASE_SPAN_NONE;
}
