/* Every option that curl is given, and why: the one place to audit. Each is checked; one that this
 * libcurl does not know stops the request rather than weaken it. */
#include "http_curl.h"

#include "base_text.h"
#include "base_url.h"

#define DOING "preparing an HTTP request"

struct setup {
    CURL *easy;
    CURLcode code; /* of the first option that failed */
};

static void check(struct setup *s, CURLcode code)
{
    if (s->code == CURLE_OK)
        s->code = code;
}

/* ---------------------------------------------------------------- the same for every request */

static const struct {
    CURLoption option;
    long value;
} fixed[] = {
    /* TLS (C1) */
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
    {CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    /* Roots of SSL_CERT_FILE, whose parsing costs 30 ms, are believed for an hour: curl's day is
       long for a daemon whose administrator has taken one away. A folder is read anew for each
       session that is not resumed. */
    {CURLOPT_CA_CACHE_TIMEOUT, HTTP_CURL_TRUST_S},
    /* Nothing goes where the caller did not send it (C2), and nobody else's credentials with it. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_PATH_AS_IS, 1}, /* the path that was checked is the path that is sent */
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    /* HTTP/2 buys no CPU against kept HTTP/1.1 connections, and one protocol is one behaviour. */
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_FAILONERROR, 0}, /* the bodies of errors are read */
    /* A library in somebody's process: no signals, and no waiting for a resolver's thread when a
       call is cancelled. */
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_VERBOSE, 0},    /* it would print the Authorization header */
    {CURLOPT_NOPROGRESS, 0}, /* the progress callback watches uploads */
};

static void set_fixed(struct setup *s, struct http_call *call)
{
    const struct http_curl *h = call->h;
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        check(s, curl_easy_setopt(s->easy, fixed[i].option, fixed[i].value));
    check(s, curl_easy_setopt(s->easy, CURLOPT_USERAGENT, h->user_agent));
    check(s, curl_easy_setopt(s->easy, CURLOPT_SHARE, h->sessions));
    if (h->ca_file != NULL || h->ca_path != NULL) {
        check(s, curl_easy_setopt(s->easy, CURLOPT_CAINFO, h->ca_file));
        check(s, curl_easy_setopt(s->easy, CURLOPT_CAPATH, h->ca_path));
        check(s, curl_easy_setopt(s->easy, CURLOPT_PROXY_CAINFO, h->ca_file));
        check(s, curl_easy_setopt(s->easy, CURLOPT_PROXY_CAPATH, h->ca_path));
    }
    check(s, curl_easy_setopt(s->easy, CURLOPT_PRIVATE, call));
    check(s, curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, call->said));
    check(s, curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, http_curl_on_head));
    check(s, curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, call));
    check(s, curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, http_curl_on_body));
    check(s, curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, call));
    check(s, curl_easy_setopt(s->easy, CURLOPT_PREREQFUNCTION, http_curl_on_sending));
    check(s, curl_easy_setopt(s->easy, CURLOPT_PREREQDATA, call));
    check(s, curl_easy_setopt(s->easy, CURLOPT_XFERINFOFUNCTION, http_curl_on_progress));
    check(s, curl_easy_setopt(s->easy, CURLOPT_XFERINFODATA, call));
}

/* ---------------------------------------------------------------- this request */

/* What is asked for goes to curl as it is: it would take a query apart and write it into the
 * request a character at a time, a fifth of its work for a page whose properties are named. The
 * proxies that want the whole URL in a request are those for plain http, which goes to this machine
 * alone. */
static void set_url(struct setup *s, const char *url, const struct base_url *parts)
{
    char origin[sizeof(((struct http_call *)0)->where) + sizeof("https://")];
    const char *target = parts->path.p;
    if (parts->path.n == 0 ||
        !base_text_copy(origin, sizeof(origin), (struct base_span){url, (size_t)(target - url)})) {
        check(s, curl_easy_setopt(s->easy, CURLOPT_URL, url));
        return;
    }
    check(s, curl_easy_setopt(s->easy, CURLOPT_URL, origin));
    check(s, curl_easy_setopt(s->easy, CURLOPT_REQUEST_TARGET, target));
}

/* https only, and plain http only to this machine. Proxy variables of the environment are obeyed
 * but for loopback hosts, whose requests carry tokens in the clear. */
static void set_target(struct setup *s, struct http_call *call, const struct http_request *request)
{
    struct base_url url;
    if (base_url_parse(base_span_of(request->url), &url, NULL) != BASE_OK) {
        check(s, CURLE_URL_MALFORMAT);
        return;
    }
    call->loopback = base_url_is_loopback(url.host);
    const char *authority = url.scheme.p + url.scheme.n + strlen("://");
    base_text_copy(call->where, sizeof(call->where),
                   (struct base_span){authority, (size_t)(url.path.p - authority)});
    set_url(s, request->url, &url);
    check(s, curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR,
                              call->loopback ? "https,http" : "https"));
    check(s, curl_easy_setopt(s->easy, CURLOPT_REDIR_PROTOCOLS_STR, "https"));
    if (call->loopback)
        check(s, curl_easy_setopt(s->easy, CURLOPT_PROXY, ""));
}

static bool method_has_content(
    const char *method) /* so that an absent body is sent as "Content-Length: 0" */
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

static void set_method(struct setup *s, const struct http_request *request)
{
    if (strcmp(request->method, "HEAD") == 0) {
        check(s, curl_easy_setopt(s->easy, CURLOPT_NOBODY, 1L));
        return;
    }
    if (request->body.p != NULL || method_has_content(request->method)) {
        curl_off_t n = (curl_off_t)request->body.n;
        check(s, curl_easy_setopt(s->easy, CURLOPT_POST, 1L));
        check(s, curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, n));
        check(s, curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, n > 0 ? request->body.p : ""));
    }
    check(s, curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, request->method));
}

/* Asks for the certificates only where somebody wants to hear of them. On a resumed session there
 * are none to see. */
static void set_trace(struct setup *s, const struct http_call *call)
{
    if (call->trace == NULL)
        return;
    check(s, curl_easy_setopt(s->easy, CURLOPT_CERTINFO, 1L));
    check(s, curl_easy_setopt(s->easy, CURLOPT_FRESH_CONNECT, 1L));
    check(s, curl_easy_setopt(s->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L));
}

static void set_limits(struct setup *s, const struct http_call *call)
{
    check(s, curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms));
    check(s, curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, (long)call->total_timeout_ms));
    /* Refuses by Content-Length before the first byte, unless the answer may be of any length (0);
     * http_curl_on_body() counts what comes, http_curl_decode() what it becomes. */
    curl_off_t most = call->on_piece != NULL ? 0 : (curl_off_t)call->body.max;
    check(s, curl_easy_setopt(s->easy, CURLOPT_MAXFILESIZE_LARGE, most));
}

/* ---------------------------------------------------------------- header lines */

static void end_line(struct base_buf *lines, size_t *count)
{
    base_buf_add(lines, "", 1);
    ++*count;
}

static size_t write_lines(struct base_buf *lines, const struct http_request *request)
{
    size_t count = 0;
    bool has_type = false, has_accept = false;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *h = &request->headers[i];
        has_type = has_type || base_span_is_nocase(h->name, "Content-Type");
        has_accept = has_accept || base_span_is_nocase(h->name, "Accept-Encoding");
        base_buf_add_span(lines, h->name);
        base_buf_add_str(lines, h->value.n > 0 ? ": " : ";"); /* curl's word for an empty value */
        base_buf_add_span(lines, h->value);
        end_line(lines, &count);
    }
    if (request->bearer != NULL) {
        base_buf_add_str(lines, "Authorization: Bearer ");
        base_buf_add_span(lines, crypt_secret_span(request->bearer));
        end_line(lines, &count);
    }
    if (!has_type) { /* curl would call every body a form */
        base_buf_add_str(lines, "Content-Type:");
        end_line(lines, &count);
    }
    if (!has_accept) { /* not curl's option of that name: http_curl_gzip.c decodes */
        bool plain = request->on_body != NULL;
        base_buf_add_str(lines, plain ? "Accept-Encoding: identity" : "Accept-Encoding: gzip");
        end_line(lines, &count);
    }
    base_buf_add_str(lines, "Expect:"); /* no waiting for "100 Continue" */
    end_line(lines, &count);
    return count;
}

static enum base_status set_headers(struct setup *s, struct http_call *call,
                                    const struct http_request *request, struct base_error *err)
{
    size_t count = write_lines(&call->lines, request);
    enum base_status status = base_buf_status(&call->lines);
    if (status == BASE_LIMIT)
        return base_fail(err, BASE_USAGE, DOING, "the headers are too long");
    call->nodes = base_mem_array(count, sizeof(*call->nodes));
    if (status != BASE_OK || call->nodes == NULL)
        return base_fail_memory(err);
    char *line = call->lines.p; /* final: the buffer grows no more */
    for (size_t i = 0; i < count; i++) {
        call->nodes[i].data = line;
        call->nodes[i].next = i + 1 < count ? &call->nodes[i + 1] : NULL;
        line += strlen(line) + 1;
    }
    check(s, curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, call->nodes));
    return BASE_OK;
}

enum base_status http_curl_setup(struct http_call *call, const struct http_request *request,
                                 struct base_error *err)
{
    struct setup s = {call->easy, CURLE_OK};
    set_fixed(&s, call);
    set_target(&s, call, request);
    set_method(&s, request);
    set_limits(&s, call);
    set_trace(&s, call);
    enum base_status status = set_headers(&s, call, request, err);
    if (status != BASE_OK)
        return status;
    if (s.code == CURLE_OUT_OF_MEMORY)
        return base_fail_memory(err);
    if (s.code != CURLE_OK) {
        base_fail(err, BASE_FAILED, DOING, "libcurl %s does not know an option that is needed",
                  curl_version_info(CURLVERSION_NOW)->version);
        base_error_lower(err, "%s", curl_easy_strerror(s.code));
        return BASE_FAILED;
    }
    return BASE_OK;
}
