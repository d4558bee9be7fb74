#include "hubspot_redirect.h"

#include "base_url.h"

#define DOING "checking the redirect URL"

/* A last label of digits (or 0x…) makes a host an IPv4 address (WHATWG URL section 3.5); a colon
 * stands only in IPv6. */
static bool is_ip_address(struct base_span host)
{
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] == ':')
            return true;
    if (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    struct base_span label = BASE_SPAN_NONE;
    for (struct base_span rest = host; rest.n > 0;)
        label = base_span_cut(&rest, '.');
    if (base_span_starts(label, "0x") || base_span_starts(label, "0X"))
        return true;
    for (size_t i = 0; i < label.n; i++)
        if (label.p[i] < '0' || label.p[i] > '9')
            return false;
    return label.n > 0;
}

/* What stands behind host and port: path and query as written. */
static struct base_span after_authority(struct base_span text, const struct base_url *url)
{
    return base_span_from(text, (size_t)(url->path.p - text.p));
}

static void hint_localhost(struct base_span text, const struct base_url *url,
                           struct base_error *err)
{
    struct base_span rest = after_authority(text, url);
    if (url->port_given)
        base_error_hint(err, "use http://localhost:%u%.*s, and register it in the app as it stands",
                        url->port, BASE_SPAN_ARG(rest));
    else
        base_error_hint(err, "use http://localhost%.*s, and register it in the app as it stands",
                        BASE_SPAN_ARG(rest));
}

void hubspot_redirect_mend(struct base_span text, struct base_buf *out)
{
    struct base_url url;
    if (base_url_parse(text, &url, NULL) != BASE_OK)
        return;
    struct base_span rest = after_authority(text, &url);
    if (base_url_is_loopback(url.host)) {
        base_buf_add_str(out, "http://localhost");
        if (url.port_given)
            base_buf_printf(out, ":%u", url.port);
        base_buf_add_span(out, rest);
    } else if (!is_ip_address(url.host) && !url.port_given) {
        base_buf_printf(out, "https://%.*s%.*s", BASE_SPAN_ARG(url.host), BASE_SPAN_ARG(rest));
    }
}

enum base_status hubspot_redirect_check(struct base_span text, struct base_error *err)
{
    struct base_url url;
    if (base_url_parse(text, &url, err) != BASE_OK) { /* a fragment and user info end here too */
        base_error_doing(err, DOING);
        return base_error_as(err, BASE_USAGE);
    }
    if (is_ip_address(url.host)) {
        base_fail(err, BASE_USAGE, DOING,
                  "HubSpot takes no IP address in a redirect URL, only a name");
        if (base_url_is_loopback(url.host))
            hint_localhost(text, &url, err);
        return BASE_USAGE;
    }
    if (base_span_is_nocase(url.scheme, "https") || base_span_is(url.host, "localhost"))
        return BASE_OK;
    if (base_url_is_loopback(url.host)) { /* "LOCALHOST" */
        base_fail(err, BASE_USAGE, DOING, "HubSpot wants \"localhost\" in small letters");
        hint_localhost(text, &url, err);
        return BASE_USAGE;
    }
    base_fail(err, BASE_USAGE, DOING, "HubSpot takes plain http only for http://localhost");
    if (!url.port_given)
        base_error_hint(err, "use https://%.*s%.*s", BASE_SPAN_ARG(url.host),
                        BASE_SPAN_ARG(after_authority(text, &url)));
    return BASE_USAGE;
}
