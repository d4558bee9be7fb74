#include "hubspot_return.h"

#include "base_url.h"
#include "oauth_form.h"

#define DOING "sending the browser back to HubSpot"
#define HUBSPOT_DOMAIN "hubspot.com"

/* "hubspot.com" or "….hubspot.com": the dot counts, or evilhubspot.com would do. */
static bool is_hubspot(struct base_span host)
{
    const size_t n = sizeof(HUBSPOT_DOMAIN) - 1;
    struct base_span end = base_span_from(host, host.n > n ? host.n - n : 0);

    return base_span_is_nocase(end, HUBSPOT_DOMAIN) &&
           (host.n == n || (host.n > n + 1 && host.p[host.n - n - 1] == '.'));
}

static bool is_app_page(const struct base_url *url, const char *app_url)
{
    struct base_url page;
    struct base_buf origins[2];
    bool same;

    if (base_url_parse(base_span_of(app_url), &page, NULL) != BASE_OK || !base_url_is_safe(&page))
        return false;
    base_buf_init(&origins[0], 512);
    base_buf_init(&origins[1], 512);
    base_url_origin(&origins[0], url);
    base_url_origin(&origins[1], &page);
    same = base_buf_status(&origins[0]) == BASE_OK && base_buf_status(&origins[1]) == BASE_OK &&
           base_span_eq(base_buf_span(&origins[0]), base_buf_span(&origins[1]));
    base_buf_free(&origins[0]);
    base_buf_free(&origins[1]);
    return same;
}

/* One that is there already would compete with ours. */
static enum base_status check_no_state(struct base_span query, struct base_error *err)
{
    struct base_buf name, value;
    enum base_status encoding = BASE_OK;
    bool found = false;

    base_buf_init(&name, 8192);
    base_buf_init(&value, 8192);
    while (!found && oauth_form_next(&query, &name, &value, &encoding))
        found = base_span_is(base_buf_span(&name), "state");
    base_buf_free(&name);
    base_buf_free(&value);
    if (encoding == BASE_NO_MEMORY)
        return base_fail_memory(err);
    if (found || encoding != BASE_OK)
        return base_fail(err, BASE_INVALID, DOING, "the returnUrl %s",
                         found ? "has a state already" : "is malformed");
    return BASE_OK;
}

enum base_status hubspot_return_url(struct base_span return_url, const char *app_url,
                                    struct base_span state, struct base_buf *out,
                                    struct base_error *err)
{
    struct base_url url;
    enum base_status status = base_url_parse(return_url, &url, err);

    if (status) {
        base_error_doing(err, DOING);
        return base_error_as(err, BASE_INVALID);
    }
    if (!(base_span_is_nocase(url.scheme, "https") && url.port == 443 && is_hubspot(url.host)) &&
        !is_app_page(&url, app_url))
        return base_fail(err, BASE_INVALID, DOING, "the returnUrl does not lead to HubSpot");
    status = check_no_state(url.query, err);
    if (status)
        return status;
    base_buf_add_span(out, return_url);
    if (!url.query.p)
        base_buf_add_char(out, '?');
    oauth_form_add(out, "state", state);
    if (base_buf_status(out))
        return base_buf_status(out) == BASE_LIMIT
                   ? base_fail(err, BASE_INVALID, DOING, "the returnUrl is too long")
                   : base_fail_memory(err);
    return BASE_OK;
}
