/* What curl's errors mean: which class, in which words, and what to do. Nothing here quotes more of
 * the URL than its host: paths may hold tokens. */
#include "http_curl.h"

#include <stdarg.h>

#include "base_text.h"
#include "base_time.h"

struct fault {
    enum base_status status;
    char why[400];
    const char *hint; /* "" for none */
};

static void say(struct fault *f, enum base_status status, const char *hint, const char *format, ...)
    BASE_PRINTF(4, 5);

static void say(struct fault *f, enum base_status status, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(f->why, sizeof(f->why), format, args);
    va_end(args);
    f->status = status;
    f->hint = hint;
}

/* ---------------------------------------------------------------- the classes */

/* OpenSSL's X509_V_ERR_* that people meet (x509_vfy.h), as CURLINFO_SSL_VERIFYRESULT gives them. */
static const struct {
    long code;
    const char *what, *hint;
} certificate_faults[] = {
    {9, "is not valid yet", "is this machine's clock right?"},
    {10, "has expired", "is this machine's clock right?"},
    {18, "is self-signed", ""},
    {19, "comes from an authority that this machine does not know",
     "SSL_CERT_FILE can name another"},
    {20, "comes from an authority that this machine does not know",
     "install ca-certificates; for a company's proxy set SSL_CERT_FILE"},
    {21, "comes from an authority that this machine does not know",
     "SSL_CERT_FILE can name another"},
    {23, "was revoked", ""},
};

static void say_certificate(struct fault *f, const struct http_call *call)
{
    long result = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    for (size_t i = 0; i < sizeof(certificate_faults) / sizeof(certificate_faults[0]); i++) {
        if (certificate_faults[i].code != result)
            continue;
        say(f, BASE_UNAVAILABLE, certificate_faults[i].hint, "the certificate of %s %s",
            call->where, certificate_faults[i].what);
        return;
    }
    if (result <= 1) /* curl looks at the name first, and at the chain only when that is good */
        say(f, BASE_UNAVAILABLE, "is the host in the URL the right one?",
            "the certificate of %s belongs to another name", call->where);
    else
        say(f, BASE_UNAVAILABLE, "", "the certificate of %s cannot be trusted", call->where);
}

static void say_timeout(struct fault *f, const struct http_call *call)
{
    static const char slow[] = "try again later";
    char span[32];
    if (call->idled)
        say(f, BASE_UNAVAILABLE, slow, "%s sent nothing for %s", call->where,
            base_time_human(span, call->idle_timeout_ms));
    else if (call->sendings == 0)
        say(f, BASE_UNAVAILABLE,
            "check the network, the firewall and the proxy settings (https_proxy)",
            "no connection with %s within %s", call->where,
            base_time_human(span, call->connect_timeout_ms));
    else
        say(f, BASE_UNAVAILABLE, slow, "%s did not finish its answer within %s", call->where,
            base_time_human(span, call->total_timeout_ms));
}

static void say_write_error(struct fault *f, const struct http_call *call)
{
    switch (call->overflow) {
    case HTTP_CURL_HEAD_TOO_LARGE:
        say(f, BASE_LIMIT, "",
            "the headers of the answer of %s are larger than %u bytes or more than %d", call->where,
            HTTP_CURL_HEAD_MAX, HTTP_CURL_HEADERS_MAX);
        break;
    case HTTP_CURL_BODY_TOO_LARGE:
        say(f, BASE_LIMIT, "", "the answer of %s is larger than %zu bytes", call->where,
            call->body.max);
        break;
    case HTTP_CURL_FITS:
        say(f, BASE_NO_MEMORY, "", "there is no memory for the answer of %s", call->where);
        break;
    }
}

static void say_no_connection(struct fault *f, const struct http_call *call)
{
    const char *hint = call->loopback
                           ? "is the emulator, or the server that you mean, running at that port?"
                           : "check the network, the firewall and the proxy settings (https_proxy)";
    say(f, BASE_UNAVAILABLE, hint, "nothing takes connections at %s", call->where);
}

static void say_fault(struct fault *f, const struct http_call *call, CURLcode code)
{
    switch ((int)code) { /* a hundred codes, most of them of other protocols */
    case CURLE_COULDNT_RESOLVE_HOST:
        say(f, BASE_UNAVAILABLE, "check the network, and the name for a misspelling",
            "the name %s cannot be resolved", call->where);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        say(f, BASE_UNAVAILABLE, "check https_proxy", "the name of the proxy cannot be resolved");
        break;
    case CURLE_COULDNT_CONNECT:
        say_no_connection(f, call);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        say_timeout(f, call);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        say_certificate(f, call);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        say(f, BASE_UNAVAILABLE, "does it speak TLS 1.2 or later at that port?",
            "no TLS connection with %s could be made", call->where);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        say(f, BASE_FAILED, "install ca-certificates, or check SSL_CERT_FILE",
            "the list of certificate authorities cannot be read");
        break;
    case CURLE_WRITE_ERROR:
        say_write_error(f, call);
        break;
    case CURLE_FILESIZE_EXCEEDED:
        say(f, BASE_LIMIT, "", "the answer of %s is larger than %zu bytes", call->where,
            call->body.max);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: no status line */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        say(f, BASE_INVALID, "is there a web server at that port?", "what %s answered is not HTTP",
            call->where);
        break;
    case CURLE_OUT_OF_MEMORY:
        say(f, BASE_NO_MEMORY, "", "memory is short");
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK: /* ours: http_curl_on_sending() */
        say(f, BASE_UNAVAILABLE, "", "%s closed the connection without an answer", call->where);
        break;
    default:
        say(f, BASE_UNAVAILABLE, "", "the connection with %s broke before the answer was complete",
            call->where);
        break;
    }
}

/* ---------------------------------------------------------------- for the caller */

enum base_status http_curl_fault(const struct http_call *call, CURLcode code,
                                 struct base_error *err)
{
    struct fault f = {.hint = ""};
    char doing[300], printable[sizeof(call->said)];
    say_fault(&f, call, code);
    base_text_format(doing, sizeof(doing), "calling %s", call->where);
    base_fail(err, f.status, doing, "%s", f.why);
    base_text_printable_to(
        printable, sizeof(printable),
        base_span_of(call->said[0] != '\0' ? call->said : curl_easy_strerror(code)));
    base_error_lower(err, "%s", printable);
    if (f.hint[0] != '\0')
        base_error_hint(err, "%s", f.hint);
    return f.status;
}

enum http_progress http_curl_progress(const struct http_call *call)
{
    long sent = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
    /* What goes to a proxy before the connection stands is not the request. */
    return call->sendings > 0 && sent > 0 ? HTTP_MAYBE_ACTED : HTTP_NOT_SENT;
}
