#include "serve_head.h"

/* tchar of RFC 9110 section 5.6.2. */
static const bool byte_is_token[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
    ['$'] = true,         ['%'] = true,         ['&'] = true,         ['\''] = true, ['*'] = true,
    ['+'] = true,         ['-'] = true,         ['.'] = true,         ['^'] = true,  ['_'] = true,
    ['`'] = true,         ['|'] = true,         ['~'] = true,
};

/* What a host, an IPv6 address in brackets and a port are made of. */
static const bool byte_is_host[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
    ['.'] = true,         ['_'] = true,         ['~'] = true,         ['%'] = true,
    [':'] = true,         ['['] = true,         [']'] = true,
};

bool serve_head_is_token(struct base_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!byte_is_token[(unsigned char)s.p[i]])
            return false;
    }
    return s.n > 0;
}

/* ---------------------------------------------------------------- request line */

/* "HTTP/" DIGIT "." DIGIT, and of these 1.0 and 1.1. */
static bool version_parse(struct base_span s, int *ret_minor, struct serve_refusal *refusal)
{
    if (s.n != 8 || !base_span_starts(s, "HTTP/") || s.p[5] < '0' || s.p[5] > '9' ||
        s.p[6] != '.' || s.p[7] < '0' || s.p[7] > '9')
        return serve_refuse(refusal, 400, "malformed request line");
    if (s.p[5] != '1' || s.p[7] > '1')
        return serve_refuse(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    *ret_minor = s.p[7] - '0';
    return true;
}

static bool method_check(struct base_span method, struct serve_refusal *refusal)
{
    if (!serve_head_is_token(method))
        return serve_refuse(refusal, 400, "malformed method");
    if (base_span_is(method, "CONNECT") || base_span_is(method, "TRACE"))
        return serve_refuse(refusal, 405, "method not allowed");
    return true;
}

/* Origin form (RFC 9112 section 3.2.1), and "*" for OPTIONS. Absolute form is for proxies: it names
 * a host beside the Host header. Of the characters that RFC 3986 wants encoded, those are refused
 * that somebody behind could read as a delimiter; the rest comes from sloppy clients and means
 * itself. */
static bool target_check(struct base_span target, struct base_span method,
                         struct serve_refusal *refusal)
{
    if (base_span_is(target, "*") && base_span_is(method, "OPTIONS"))
        return true;
    if (target.n == 0 || target.p[0] != '/')
        return serve_refuse(refusal, 400, "request target is no path");
    for (size_t i = 0; i < target.n; i++) {
        unsigned char c = (unsigned char)target.p[i];
        if (c <= 0x20 || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\')
            return serve_refuse(refusal, 400, "character in the request target");
    }
    return true;
}

/* One space between method, target and version, none around them. */
static bool request_line_parse(struct base_span line, struct serve_request *request,
                               struct serve_refusal *refusal)
{
    struct base_span version = line;

    request->method = base_span_cut(&version, ' ');
    request->target = base_span_cut(&version, ' ');
    if (!version_parse(version, &request->minor, refusal))
        return false;
    if (!method_check(request->method, refusal))
        return false;
    if (!target_check(request->target, request->method, refusal))
        return false;
    request->query = request->target;
    request->path = base_span_cut(&request->query, '?');
    return true;
}

/* ---------------------------------------------------------------- headers */

static struct base_span trim_ows(struct base_span s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = base_span_from(s, 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* field-line (RFC 9112 section 5). Control characters were refused by the scan before. */
static bool header_parse(struct base_span line, struct serve_header *header,
                         struct serve_refusal *refusal)
{
    struct base_span value = line;

    if (line.p[0] == ' ' || line.p[0] == '\t')
        return serve_refuse(refusal, 400, "folded header line"); /* section 5.2 */
    header->name = base_span_cut(&value, ':');
    if (!value.p)
        return serve_refuse(refusal, 400, "header line without a colon");
    if (!serve_head_is_token(header->name)) /* white space before the colon too: section 5.1 */
        return serve_refuse(refusal, 400, "malformed header name");
    header->value = trim_ows(value);
    return true;
}

/* ---------------------------------------------------------------- headers with a meaning */

struct head_facts {
    const struct base_span *host;
    const struct base_span *content_length;
    const struct base_span *transfer_encoding;
    const struct base_span *expect;
    bool says_close, says_keep_alive;
};

/* Connection is a list, and may come more than once (RFC 9110 section 7.6.1). */
static void connection_note(struct base_span value, struct head_facts *facts)
{
    while (value.p) {
        struct base_span option = trim_ows(base_span_cut(&value, ','));
        if (base_span_is_nocase(option, "close"))
            facts->says_close = true;
        else if (base_span_is_nocase(option, "keep-alive"))
            facts->says_keep_alive = true;
    }
}

/* Keeps the one value of a header that must not come twice. */
static bool once(const struct base_span **slot, const struct serve_header *header,
                 const char *reason, struct serve_refusal *refusal)
{
    if (*slot)
        return serve_refuse(refusal, 400, reason);
    *slot = &header->value;
    return true;
}

static bool header_note(const struct serve_header *h, struct head_facts *facts,
                        struct serve_refusal *refusal)
{
    if (base_span_is_nocase(h->name, "host"))
        return once(&facts->host, h, "more than one Host", refusal);
    if (base_span_is_nocase(h->name, "content-length"))
        return once(&facts->content_length, h, "more than one Content-Length", refusal);
    if (base_span_is_nocase(h->name, "transfer-encoding"))
        return once(&facts->transfer_encoding, h, "more than one Transfer-Encoding", refusal);
    if (base_span_is_nocase(h->name, "expect"))
        return once(&facts->expect, h, "more than one Expect", refusal);
    if (base_span_is_nocase(h->name, "connection"))
        connection_note(h->value, facts);
    return true;
}

/* RFC 9112 section 3.2: exactly one Host, of characters that a host and a port can have. */
static bool host_check(const struct base_span *host, int minor, struct serve_refusal *refusal)
{
    if (!host)
        return minor == 0 || serve_refuse(refusal, 400, "no Host");
    for (size_t i = 0; i < host->n; i++) {
        if (!byte_is_host[(unsigned char)host->p[i]])
            return serve_refuse(refusal, 400, "malformed Host");
    }
    return host->n > 0 || serve_refuse(refusal, 400, "empty Host");
}

/* Digits alone: no sign, no list, no white space inside (RFC 9110 section 8.6). */
static bool content_length_parse(struct base_span value, size_t max_body, size_t *ret,
                                 struct serve_refusal *refusal)
{
    uint64_t length = 0;

    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9')
            return serve_refuse(refusal, 400, "malformed Content-Length");
    }
    if (value.n == 0)
        return serve_refuse(refusal, 400, "malformed Content-Length");
    if (!base_span_uint64(value, &length) || length > max_body) /* all digits: too many of them */
        return serve_refuse(refusal, 413, "request body too large");
    *ret = (size_t)length;
    return true;
}

/* RFC 9112 sections 6.1 to 6.3, without its leniency: two lengths are one too many. */
static bool framing_find(const struct head_facts *facts, int minor, size_t max_body,
                         struct serve_framing *framing, struct serve_refusal *refusal)
{
    if (facts->transfer_encoding) {
        if (facts->content_length)
            return serve_refuse(refusal, 400, "both Content-Length and Transfer-Encoding");
        if (minor == 0)
            return serve_refuse(refusal, 400, "Transfer-Encoding in HTTP/1.0");
        if (!base_span_is_nocase(*facts->transfer_encoding, "chunked"))
            return serve_refuse(refusal, 501, "unknown transfer coding");
        framing->chunked = true;
        return true;
    }
    if (facts->content_length)
        return content_length_parse(*facts->content_length, max_body, &framing->body_length,
                                    refusal);
    return true;
}

/* RFC 9110 section 10.1.1: one expectation is defined, and HTTP/1.0 has none. */
static bool expect_check(const struct head_facts *facts, int minor, struct serve_framing *framing,
                         struct serve_refusal *refusal)
{
    if (!facts->expect || minor == 0)
        return true;
    if (!base_span_is_nocase(*facts->expect, "100-continue"))
        return serve_refuse(refusal, 417, "unknown expectation");
    framing->expects_continue = framing->chunked || framing->body_length > 0;
    return true;
}

/* ---------------------------------------------------------------- the head */

/* Cuts the line that ends at the next CR LF. */
static struct base_span line_cut(struct base_span *rest)
{
    struct base_span line = base_span_cut(rest, '\r');
    *rest = base_span_from(*rest, 1);
    return line;
}

static bool headers_parse(struct base_span rest, struct serve_request *request,
                          struct head_facts *facts, struct serve_refusal *refusal)
{
    struct base_span line;

    request->header_count = 0;
    while ((line = line_cut(&rest)).n > 0) {
        if (request->header_count == SERVE_MAX_HEADERS)
            return serve_refuse(refusal, 431, "too many headers");
        struct serve_header *header = &request->headers[request->header_count++];
        if (!header_parse(line, header, refusal) || !header_note(header, facts, refusal))
            return false;
    }
    return true;
}

bool serve_head_parse(struct base_span head, size_t max_body, struct serve_request *request,
                      struct serve_framing *framing, struct serve_refusal *refusal)
{
    struct head_facts facts = {0};
    struct base_span rest = head;

    if (!request_line_parse(line_cut(&rest), request, refusal) ||
        !headers_parse(rest, request, &facts, refusal) ||
        !host_check(facts.host, request->minor, refusal) ||
        !framing_find(&facts, request->minor, max_body, framing, refusal) ||
        !expect_check(&facts, request->minor, framing, refusal))
        return false;
    request->keep_alive = !facts.says_close && (request->minor == 1 || facts.says_keep_alive);
    return true;
}
