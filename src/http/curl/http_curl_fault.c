/* What curl's errors mean: which class, in which words, and what to do. Nothing here quotes more of
 * the URL than its host: paths may hold tokens. */
#include "http_curl.h"

#include "base_text.h"
#include "base_time.h"

#define DOING "calling a server" /* until http_curl_fault() names it */
#define CHECK_NETWORK "check the network, the firewall and the proxy settings (https_proxy)"
#define IS_IT_RUNNING "is the emulator, or the server that you mean, running at that port?"

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

static void say_certificate(const struct http_call *call, struct base_error *err)
{
    long result = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    for (size_t i = 0; i < sizeof(certificate_faults) / sizeof(certificate_faults[0]); i++) {
        if (certificate_faults[i].code != result)
            continue;
        base_fail(err, BASE_UNAVAILABLE, DOING, "the certificate of %s %s", call->where,
                  certificate_faults[i].what);
        base_error_hint(err, "%s", certificate_faults[i].hint);
        return;
    }
    if (result <= 1) { /* curl looks at the name first, and at the chain only when that is good */
        base_fail(err, BASE_UNAVAILABLE, DOING, "the certificate of %s belongs to another name",
                  call->where);
        base_error_hint(err, "is the host in the URL the right one?");
        return;
    }
    base_fail(err, BASE_UNAVAILABLE, DOING, "the certificate of %s cannot be trusted", call->where);
}

static void say_timeout(const struct http_call *call, struct base_error *err)
{
    char span[32];
    if (call->sendings == 0) {
        base_fail(err, BASE_UNAVAILABLE, DOING, "no connection with %s within %s", call->where,
                  base_time_human(span, call->connect_timeout_ms));
        base_error_hint(err, "%s", CHECK_NETWORK);
        return;
    }
    if (call->idled)
        base_fail(err, BASE_UNAVAILABLE, DOING, "%s sent nothing for %s", call->where,
                  base_time_human(span, call->idle_timeout_ms));
    else
        base_fail(err, BASE_UNAVAILABLE, DOING, "%s did not finish its answer within %s",
                  call->where, base_time_human(span, call->total_timeout_ms));
    base_error_hint(err, "try again later");
}

static void say_too_large(const struct http_call *call, struct base_error *err)
{
    base_fail(err, BASE_LIMIT, DOING, "the answer of %s is larger than its cap of %zu bytes",
              call->where, call->body.max);
}

static void say_write_error(const struct http_call *call, struct base_error *err)
{
    switch (call->overflow) {
    case HTTP_CURL_HEAD_TOO_LARGE:
        base_fail(err, BASE_LIMIT, DOING,
                  "the headers of the answer of %s are larger than %u bytes or more than %d",
                  call->where, HTTP_CURL_HEAD_MAX, HTTP_CURL_HEADERS_MAX);
        break;
    case HTTP_CURL_BODY_TOO_LARGE:
        say_too_large(call, err);
        break;
    case HTTP_CURL_NOT_WANTED:
        base_fail(err, BASE_CANCELLED, DOING, "no more of the answer of %s was wanted",
                  call->where);
        break;
    case HTTP_CURL_FITS:
        base_fail_memory(err);
        break;
    }
}

/* Nothing of the request has left. False when it is no error of that kind. */
static bool say_not_connected(const struct http_call *call, CURLcode code, struct base_error *err)
{
    switch ((int)code) { /* a hundred codes, most of them of other protocols */
    case CURLE_COULDNT_RESOLVE_HOST:
        base_fail(err, BASE_UNAVAILABLE, DOING, "the name %s cannot be resolved", call->where);
        base_error_hint(err, "check the network, and the name for a misspelling");
        return true;
    case CURLE_COULDNT_RESOLVE_PROXY:
        base_fail(err, BASE_UNAVAILABLE, DOING, "the name of the proxy cannot be resolved");
        base_error_hint(err, "check https_proxy");
        return true;
    case CURLE_COULDNT_CONNECT:
        base_fail(err, BASE_UNAVAILABLE, DOING, "nothing takes connections at %s", call->where);
        base_error_hint(err, "%s", call->loopback ? IS_IT_RUNNING : CHECK_NETWORK);
        return true;
    case CURLE_PEER_FAILED_VERIFICATION:
        say_certificate(call, err);
        return true;
    case CURLE_SSL_CONNECT_ERROR:
        base_fail(err, BASE_UNAVAILABLE, DOING, "no TLS connection with %s could be made",
                  call->where);
        base_error_hint(err, "does it speak TLS 1.2 or later at that port?");
        return true;
    case CURLE_SSL_CACERT_BADFILE:
        base_fail(err, BASE_FAILED, DOING, "the list of certificate authorities cannot be read");
        base_error_hint(err, "install ca-certificates, or check SSL_CERT_FILE");
        return true;
    default:
        return false;
    }
}

static void say_no_answer(const struct http_call *call, CURLcode code, struct base_error *err)
{
    switch ((int)code) {
    case CURLE_OPERATION_TIMEDOUT:
        say_timeout(call, err);
        break;
    case CURLE_WRITE_ERROR:
        say_write_error(call, err);
        break;
    case CURLE_FILESIZE_EXCEEDED:
        say_too_large(call, err);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: no status line */
    case CURLE_WEIRD_SERVER_REPLY:
        base_fail(err, BASE_INVALID, DOING, "what %s answered is not HTTP", call->where);
        base_error_hint(err, "is there a web server at that port?");
        break;
    case CURLE_BAD_CONTENT_ENCODING: /* ours: http_curl_decode() */
        base_fail(err, BASE_UNAVAILABLE, DOING,
                  "the answer of %s is compressed, and damaged or in a way that was not asked for",
                  call->where);
        base_error_hint(err, "is there a proxy on the way that changes answers?");
        break;
    case CURLE_OUT_OF_MEMORY:
        base_fail_memory(err);
        break;
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK: /* ours: http_curl_on_sending() */
        base_fail(err, BASE_UNAVAILABLE, DOING, "%s closed the connection without an answer",
                  call->where);
        break;
    default:
        base_fail(err, BASE_UNAVAILABLE, DOING,
                  "the connection with %s broke before the answer was complete", call->where);
        break;
    }
}

/* ---------------------------------------------------------------- for the caller */

enum base_status http_curl_fault(const struct http_call *call, CURLcode code,
                                 struct base_error *err)
{
    const char *said = call->said[0] != '\0' ? call->said : curl_easy_strerror(code);
    char printable[sizeof(call->said)];
    if (!say_not_connected(call, code, err))
        say_no_answer(call, code, err);
    base_error_doing(err, "calling %s", call->where);
    base_text_printable_to(printable, sizeof(printable), base_span_of(said));
    base_error_lower(err, "%s", printable);
    return err->status;
}

enum http_progress http_curl_progress(const struct http_call *call)
{
    long sent = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
    /* What goes to a proxy before the connection stands is not the request. */
    return call->sendings > 0 && sent > 0 ? HTTP_MAYBE_ACTED : HTTP_NOT_SENT;
}
