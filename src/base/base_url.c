#include "base_url.h"

#include "base_text.h"

#include <arpa/inet.h>
#include <string.h>

enum { URL_LONGEST = 8192 };

/* No message quotes the URL: a redirect URL carries a code, and others may carry more. */
static enum base_status url_refuse(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, "reading a URL", "%s", why);
}

static bool url_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum base_status url_check_characters(struct base_span text, struct base_error *err)
{
    if (text.n > URL_LONGEST)
        return base_fail(err, BASE_LIMIT, "reading a URL", "it is longer than %d bytes",
                         URL_LONGEST);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= ' ' || c == 0x7F)
            return url_refuse(err, "it holds a space or a control character");
        if (c > 0x7F)
            return url_refuse(err, "it holds a character outside ASCII; percent-encode it");
        if (c == '#')
            return url_refuse(err, "it has a fragment (#...)");
        if (c == '%' && (text.n - i < 3 || base_text_hex_value(text.p[i + 1]) < 0 ||
                         base_text_hex_value(text.p[i + 2]) < 0))
            return url_refuse(err, "a % is not followed by two hexadecimal digits");
    }
    return BASE_OK;
}

static bool url_take_scheme(struct base_span *rest, struct base_url *url)
{
    static const struct {
        const char *name;
        uint16_t port;
    } schemes[] = {{"https", 443}, {"http", 80}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t n = strlen(schemes[i].name);
        struct base_span scheme = base_span_first(*rest, n);
        if (base_span_is_nocase(scheme, schemes[i].name) &&
            base_span_starts(base_span_from(*rest, n), "://")) {
            url->scheme = scheme;
            url->port = schemes[i].port;
            *rest = base_span_from(*rest, n + 3);
            return true;
        }
    }
    return false;
}

static bool url_is_ip6(struct base_span host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.n >= sizeof(text))
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* A name or an IPv4 address. RFC 3986 allows more in a reg-name; DNS does not. */
static bool url_is_name(struct base_span host)
{
    if (host.n == 0 || host.n > 253)
        return false;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        if (!url_is_alnum(c) && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static enum base_status url_read_authority(struct base_span authority, struct base_url *url,
                                           struct base_error *err)
{
    struct base_span port;
    if (authority.n > 0 && memchr(authority.p, '@', authority.n) != NULL)
        return url_refuse(err, "it names a user before the host (user@host)");
    if (base_span_starts(authority, "[")) {
        struct base_span rest = base_span_from(authority, 1);
        url->host = base_span_cut(&rest, ']');
        if (rest.p == NULL || !url_is_ip6(url->host))
            return url_refuse(err, "the host in brackets is no IPv6 address");
        if (rest.n > 0 && rest.p[0] != ':')
            return url_refuse(err, "the host is malformed");
        url->port_given = rest.n > 0;
        port = base_span_from(rest, 1);
    } else {
        struct base_span rest = authority;
        url->host = base_span_cut(&rest, ':');
        url->port_given = rest.p != NULL;
        port = rest;
        if (!url_is_name(url->host))
            return url_refuse(err, "the host is missing or malformed");
    }
    if (url->port_given) {
        uint64_t number;
        if (port.n > 5 || !base_span_uint64(port, &number) || number == 0 || number > 65535)
            return url_refuse(err, "the port is no number from 1 to 65535");
        url->port = (uint16_t)number;
    }
    return BASE_OK;
}

enum base_status base_url_parse(struct base_span text, struct base_url *ret, struct base_error *err)
{
    struct base_url url = {0};
    enum base_status status = url_check_characters(text, err);
    if (status != BASE_OK)
        return status;
    struct base_span rest = text;
    if (!url_take_scheme(&rest, &url))
        return url_refuse(err, "it does not start with https:// or http://");

    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    status = url_read_authority(base_span_first(rest, n), &url, err);
    if (status != BASE_OK)
        return status;
    url.query = base_span_from(rest, n);
    url.path = base_span_cut(&url.query, '?');
    *ret = url;
    return BASE_OK;
}

bool base_url_is_loopback(struct base_span host)
{
    static const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;
    char text[INET6_ADDRSTRLEN];
    struct in_addr ip4;
    struct in6_addr ip6;
    if (host.n >= sizeof(text) || (host.n > 0 && memchr(host.p, '\0', host.n) != NULL))
        return false;
    if (host.n > 0)
        memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    if (base_span_is_nocase(host, "localhost"))
        return true;
    if (inet_pton(AF_INET, text, &ip4) == 1)
        return ntohl(ip4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, text, &ip6) == 1 && memcmp(&ip6, &loopback6, sizeof(ip6)) == 0;
}

bool base_url_is_safe(const struct base_url *url)
{
    return base_span_is_nocase(url->scheme, "https") ||
           (base_span_is_nocase(url->scheme, "http") && base_url_is_loopback(url->host));
}

static void url_add_small(struct base_buf *out, struct base_span s)
{
    for (size_t i = 0; i < s.n; i++)
        base_buf_add_char(out, (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + ' ' : s.p[i]));
}

void base_url_origin(struct base_buf *out, const struct base_url *url)
{
    bool ip6 = url->host.n > 0 && memchr(url->host.p, ':', url->host.n) != NULL;

    if (url->scheme.n == 0)
        return;
    url_add_small(out, url->scheme);
    base_buf_add_str(out, ip6 ? "://[" : "://");
    url_add_small(out, url->host);
    base_buf_add_str(out, ip6 ? "]" : "");
    if (url->port != (base_span_is_nocase(url->scheme, "https") ? 443 : 80))
        base_buf_printf(out, ":%u", (unsigned)url->port);
}

void base_url_encode(struct base_buf *out, struct base_span s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (url_is_alnum(s.p[i]) || c == '-' || c == '.' || c == '_' || c == '~') {
            base_buf_add_char(out, s.p[i]);
        } else {
            char code[3] = {'%', hex[c >> 4], hex[c & 15]};
            base_buf_add(out, code, sizeof(code));
        }
    }
}
