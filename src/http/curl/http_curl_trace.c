/* What a request met on its way: the step at which it failed, and whose certificate it was shown.
 */
#include "http_curl.h"

#include "base_text.h"
#include "base_time.h"

static bool took_time(const struct http_call *call, CURLINFO info)
{
    curl_off_t microseconds = 0;
    (void)curl_easy_getinfo(call->easy, info, &microseconds);
    return microseconds > 0;
}

/* A deadline may strike at any step; curl notes when each was over. */
static enum http_step step_under_way(const struct http_call *call)
{
    if (call->sendings > 0)
        return HTTP_STEP_ANSWER;
    if (took_time(call, CURLINFO_CONNECT_TIME_T))
        return HTTP_STEP_TLS;
    return took_time(call, CURLINFO_NAMELOOKUP_TIME_T) ? HTTP_STEP_CONNECTION : HTTP_STEP_NAME;
}

static enum http_step failed_step(const struct http_call *call, CURLcode code)
{
    long proxy_said = 0;
    switch ((int)code) { /* a hundred codes, most of them of other protocols */
    case CURLE_OK:
        return call->idled ? HTTP_STEP_ANSWER : HTTP_STEP_DONE;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HTTP_STEP_PROXY;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HTTP_STEP_NAME;
    case CURLE_COULDNT_CONNECT:
        return HTTP_STEP_CONNECTION;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return HTTP_STEP_TLS;
    default:
        break;
    }
    (void)curl_easy_getinfo(call->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_said);
    if (call->sendings == 0 && proxy_said != 0 && proxy_said != 200)
        return HTTP_STEP_PROXY;
    return step_under_way(call);
}

/* "Nov 26 14:49:48 2027 GMT", as OpenSSL prints an ASN1_TIME; the C library's locale is "C" here,
 * and the months are English in any case. */
static int64_t parse_certificate_time(const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], iso[32];
    int day, hour, minute, second, year;
    int64_t at = 0;
    /* What is no date gives fewer fields, or fails in the parser below.
     * NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(text, "%3s %2d %2d:%2d:%2d %4d", month, &day, &hour, &minute, &second, &year) != 6)
        return 0;
    const char *found = strstr(months, month);
    if (found == NULL || (found - months) % 3 != 0)
        return 0;
    base_text_format(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02dZ", year,
                     (int)(found - months) / 3 + 1, day, hour, minute, second);
    return base_time_parse_iso(base_span_of(iso), &at) ? at : 0;
}

static void read_certificate(const struct http_call *call)
{
    struct curl_certinfo *chain = NULL;
    (void)curl_easy_getinfo(call->easy, CURLINFO_CERTINFO, &chain);
    if (chain == NULL || chain->num_of_certs < 1)
        return;
    /* The first is the server's own. Lines are "Issuer:C = US, O = …", "Expire date:…". */
    for (const struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next) {
        struct base_span value = base_span_of(line->data);
        struct base_span name = base_span_cut(&value, ':');
        if (base_span_is(name, "Issuer"))
            base_text_printable_to(call->trace->issuer, sizeof(call->trace->issuer), value);
        else if (base_span_is(name, "Expire date"))
            call->trace->certificate_ends = parse_certificate_time(value.p);
    }
}

void http_curl_trace(const struct http_call *call, CURLcode code)
{
    *call->trace = (struct http_trace){.step = failed_step(call, code)};
    read_certificate(call);
}
