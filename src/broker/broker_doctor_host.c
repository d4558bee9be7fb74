/* A host that apps call: its name, the connection, the certificate, and its clock. One request
 * without credentials; any answer will do. */
#include "broker_doctor_int.h"

#include "base_text.h"
#include "base_time.h"
#include "base_url.h"
#include "broker_private.h"

#define NETWORK "network"
#define CERTIFICATE_SOON_MS (7 * BASE_DAY_MS)

/* ------------------------------------------------------------------ whose certificate */

bool broker_doctor_issuer_is_public(const char *issuer)
{
    /* HubSpot's hosts stand behind Cloudflare. These are the authorities that Cloudflare lists
     * (developers.cloudflare.com/ssl/reference/certificate-authorities), its own, and two that
     * large sites change to. */
    static const char *const known[] = {"Google Trust Services",
                                        "Let's Encrypt",
                                        "SSL Corp",
                                        "Sectigo",
                                        "DigiCert",
                                        "Cloudflare",
                                        "GlobalSign",
                                        "Amazon"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasestr(issuer, known[i]))
            return true;
    return false;
}

static void judge_certificate(const struct broker_doctor_task *t, int64_t now)
{
    const struct http_trace *trace = &t->trace;
    char human[32], ends[64] = "";

    if (!trace->issuer[0])
        return;
    if (trace->certificate_ends)
        base_text_format(ends, sizeof(ends), ", for %s more",
                         base_time_human(human, trace->certificate_ends - now));
    if (t->is_hubspot && !broker_doctor_issuer_is_public(trace->issuer))
        broker_found(t->d->f, "tls", BROKER_WARNING, NULL,
                     "the certificate of %s was issued by \"%s\", no public authority: something "
                     "between here and HubSpot reads along, tokens included",
                     t->what, trace->issuer);
    else if (trace->certificate_ends && trace->certificate_ends - now < CERTIFICATE_SOON_MS)
        broker_found(t->d->f, "tls", BROKER_INFO, NULL,
                     "the certificate of %s, from %s, ends soon%s", t->what, trace->issuer, ends);
    else
        broker_found(t->d->f, "tls", BROKER_OK, NULL, "the certificate of %s is from %s%s", t->what,
                     trace->issuer, ends);
}

/* ------------------------------------------------------------------ whose clock */

void broker_doctor_judge_clock(struct broker_findings *f, const char *host, int64_t ahead_ms,
                               int64_t slack_ms)
{
    int64_t off = ahead_ms < 0 ? -ahead_ms : ahead_ms;
    const char *side = ahead_ms < 0 ? "behind" : "ahead of";
    char human[32];

    (void)base_time_human(human, off);
    if (off - slack_ms >= BROKER_DOCTOR_CLOCK_ERROR_MS)
        broker_found(f, "clock", BROKER_ERROR, "sudo timedatectl set-ntp true",
                     "this machine's clock is %s %s that of %s: certificates may seem invalid, and "
                     "once it is put right every stored token is misjudged",
                     human, side, host);
    else if (off - slack_ms >= BROKER_DOCTOR_CLOCK_WARNING_MS)
        broker_found(f, "clock", BROKER_WARNING, "sudo timedatectl set-ntp true",
                     "this machine's clock is %s %s that of %s: once it is put right, tokens end "
                     "earlier than they promise",
                     human, side, host);
    else
        broker_found(f, "clock", BROKER_OK, NULL, "it agrees with that of %s%s%s", host,
                     off > slack_ms ? " but for " : "", off > slack_ms ? human : "");
}

static void judge_date(const struct broker_doctor_task *t, const struct http_response *r,
                       int64_t now)
{
    int64_t date;

    if (!base_time_parse_http(http_response_header(r, "date"), &date))
        return; /* a proxy's page may have none */
    /* It was written some time in between, and has whole seconds. */
    broker_doctor_judge_clock(t->d->f, t->what, now - r->elapsed_ms / 2 - (date + 500),
                              500 + r->elapsed_ms / 2);
}

/* ------------------------------------------------------------------ the connection */

static void offer_command(const struct broker_doctor_task *t, char *out, size_t size)
{
    char host[BROKER_WORD_MAX], name[BROKER_WORD_MAX];
    struct base_url url;

    out[0] = '\0';
    if (base_url_parse(base_span_of(t->url), &url, NULL))
        return;
    (void)base_text_copy(name, sizeof(name), url.host);
    (void)broker_finding_word(host, name);
    switch (t->trace.step) {
    case HTTP_STEP_NAME:
        base_text_format(out, size, "getent hosts %s", host);
        break;
    case HTTP_STEP_PROXY:
        base_text_format(out, size, "unset %s",
                         t->d->wish.proxy ? t->d->wish.proxy : "https_proxy");
        break;
    case HTTP_STEP_CONNECTION:
        if (t->d->wish.proxy && !t->is_loopback)
            base_text_format(out, size, "unset %s", t->d->wish.proxy);
        else if (t->is_loopback)
            base_text_format(out, size, "hubauth-emulator --port %u", (unsigned)url.port);
        else
            base_text_format(out, size, "curl -v %s", broker_finding_word(name, t->url));
        break;
    case HTTP_STEP_TLS:
        base_text_format(out, size, "openssl s_client -connect %s:%u -servername %s </dev/null",
                         host, (unsigned)url.port, host);
        break;
    case HTTP_STEP_NONE:
    case HTTP_STEP_ANSWER:
    case HTTP_STEP_DONE:
        base_text_format(out, size, "curl -v %s", broker_finding_word(name, t->url));
        break;
    }
}

static void on_done(void *arg, enum base_status status, struct http_response *r,
                    enum http_progress progress, const struct base_error *err)
{
    struct broker_doctor_task *t = arg;
    char command[900], human[32];
    int64_t now = broker_now(t->d->b);

    (void)progress;
    t->call = NULL;
    if (status) {
        offer_command(t, command, sizeof(command));
        broker_found_error(t->d->f, t->trace.step == HTTP_STEP_TLS ? "tls" : NETWORK, BROKER_ERROR,
                           err, command);
    } else {
        broker_found(t->d->f, NETWORK, BROKER_OK, NULL, "%s answers in %s", t->what,
                     base_time_human(human, r->elapsed_ms));
        judge_certificate(t, now);
        judge_date(t, r, now);
    }
    broker_doctor_task_end(t);
}

static enum base_status start(struct broker_doctor_task *t, struct base_error *err)
{
    struct http_request request = {.method = "HEAD", .url = t->url, .trace = &t->trace};
    struct http *http;
    enum base_status status = broker_http(t->d->b, &http, err);

    return status ? status : http_start(http, &request, on_done, t, &t->call, err);
}

static void cancel(struct broker_doctor_task *t)
{
    if (t->call)
        http_cancel(t->call, t->d->b->http);
    t->call = NULL;
}

/* ------------------------------------------------------------------ which hosts */

static bool is_hubspot(struct base_span host)
{
    static const char *const own[] = {".hubapi.com", ".hubspot.com"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        size_t n = strlen(own[i]);

        if (host.n > n && base_span_is_nocase(base_span_from(host, host.n - n), own[i]))
            return true;
    }
    return false;
}

/* The root of the URL's host, unless that is in the list. False when memory is short. */
static bool add_host(struct broker_doctor *d, const char *text)
{
    struct base_url url;
    struct base_span root;
    struct broker_doctor_task *t;
    char where[300];

    if (!text[0] || base_url_parse(base_span_of(text), &url, NULL) || !base_url_is_safe(&url))
        return true; /* told of by broker_doctor_apps() */
    root = (struct base_span){text,
                              (size_t)(url.path.p ? url.path.p - text : (ptrdiff_t)strlen(text))};
    (void)base_text_copy(where, sizeof(where), base_span_from(root, url.scheme.n + strlen("://")));
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->tasks[i].what, where) == 0)
            return true;
    t = broker_doctor_task_add(d, NETWORK, where);
    if (!t)
        return false;
    t->start = start;
    t->cancel = cancel;
    t->is_hubspot = is_hubspot(url.host);
    t->is_loopback = base_url_is_loopback(url.host);
    t->url = base_span_dup(root);
    return t->url != NULL;
}

struct hosts {
    struct broker_doctor *d;
    bool lost;
};

static bool add_hosts_of(void *arg, const struct broker_app *app)
{
    struct hosts *h = arg;
    bool other = app->token_url[0] != '\0';

    h->lost = !add_host(h->d, other ? app->token_url : app->api_url);
    if (!h->lost && !broker_app_is_private(app)) /* where nobody logs in, no page is needed */
        h->lost = !add_host(h->d, other ? app->authorize_url : app->app_url);
    return !h->lost;
}

enum base_status broker_doctor_add_hosts(struct broker_doctor *d, struct base_error *err)
{
    struct hosts h = {.d = d};

    if (d->b->vault) /* a record that cannot be read is told of elsewhere */
        (void)broker_app_list(d->b, add_hosts_of, &h, NULL);
    if (d->count == 0 && !h.lost)
        h.lost = !add_host(d, HUBSPOT_API_URL) || !add_host(d, HUBSPOT_APP_URL);
    return h.lost ? base_fail_memory(err) : BASE_OK;
}
