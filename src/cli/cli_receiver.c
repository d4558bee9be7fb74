#include "cli_receiver.h"

#include "base_url.h"
#include "cli_page.h"
#include "cli_port.h"

struct cli_receiver {
    struct serve *serve;
    char *path;
    uint16_t port;
    cli_receiver_fn *fn;
    void (*gone)(void *arg, struct serve_exchange *x);
    void *arg;
    unsigned strangers;
};

/* The names of the addresses that are listened on, and no other of 127.0.0.0/8: at 127.0.0.2
 * somebody else could wait. */
bool cli_receiver_can(const char *redirect_url)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "::1"};
    struct base_url url;
    bool is_ours = false;

    if (base_url_parse(base_span_of(redirect_url), &url, NULL) != BASE_OK)
        return false;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        is_ours = is_ours || base_span_is_nocase(url.host, hosts[i]);
    return is_ours && base_span_is_nocase(url.scheme, "http");
}

/* A page elsewhere whose name was made to point at 127.0.0.1 would send its own name (DNS
 * rebinding, B7). */
static bool host_is_ours(struct base_span host, uint16_t port)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    char with_port[32];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(with_port, sizeof(with_port), "%s:%u", names[i], (unsigned)port);
        if (base_span_is_nocase(host, with_port) ||
            (port == 80 && base_span_is_nocase(host, names[i])))
            return true;
    }
    return false;
}

int cli_receiver_judge(const struct serve_request *request, const char *path, uint16_t port,
                       const char **ret_text)
{
    if (!host_is_ours(serve_request_header(request, "host"), port)) {
        *ret_text = "This address is for a login on this machine alone.";
        return 421;
    }
    if (!base_span_is(request->method, "GET")) {
        *ret_text = "Only GET is understood here.";
        return 405;
    }
    if (!base_span_is(request->path, path)) {
        *ret_text = "There is nothing here. The login waits at another path.";
        return 404;
    }
    if (request->body.n > 0) {
        *ret_text = "A GET request has no body.";
        return 400;
    }
    return 0;
}

static void on_request(void *arg, struct serve_exchange *x)
{
    struct cli_receiver *r = arg;
    const struct serve_request *request = serve_exchange_request(x);
    const char *text = "";
    int refused = cli_receiver_judge(request, r->path, r->port, &text);

    if (refused) {
        r->strangers++;
        cli_page_send(x, refused, "Not this way", text, false, false);
        return;
    }
    r->fn(r->arg, request->query.p ? request->query : BASE_SPAN(""), x);
}

static void on_gone(void *arg, struct serve_exchange *x)
{
    struct cli_receiver *r = arg;

    if (r->gone)
        r->gone(r->arg, x);
}

/* A request that never became one: too long, too slow, malformed. */
static void on_refused(void *arg, int status, const char *reason)
{
    struct cli_receiver *r = arg;

    (void)status;
    (void)reason;
    r->strangers++;
}

static enum base_status listen_on(struct cli_receiver *r, struct base_error *err)
{
    struct base_error reason = BASE_ERROR_NONE;
    char owner[128];
    uint16_t port;
    enum base_status status = serve_listen_loopback(r->serve, r->port, &port, &reason);

    if (status == BASE_BUSY) {
        bool known = cli_port_owner(r->port, owner, sizeof(owner));

        base_fail(err, BASE_BUSY, "waiting for the browser", "port %u is taken%s%s",
                  (unsigned)r->port, known ? " by " : "", known ? owner : "");
        base_error_lower(err, "%s", reason.why);
        base_error_hint(err, "hubauth login --paste needs no port");
    } else if (status && err) {
        *err = reason;
        base_error_doing(err, "waiting for the browser");
    }
    return status;
}

enum base_status cli_receiver_open(struct loop *l, const char *redirect_url, cli_receiver_fn *fn,
                                   void *arg, struct cli_receiver **ret, struct base_error *err)
{
    struct cli_receiver *r = base_mem_new(sizeof(*r));
    struct serve_config config = {
        .limits = {.max_head = 16384, .max_body = 16384},
        .request_timeout_ms = 5000,
        .idle_timeout_ms = 10000,
        .max_connections = 16, /* B12 */
        .evict_slow = true,
        .handler = on_request,
        .gone = on_gone,
        .refused = on_refused,
        .arg = r,
    };
    struct base_url url;
    enum base_status status =
        r ? base_url_parse(base_span_of(redirect_url), &url, err) : base_fail_memory(err);

    if (!status) {
        r->fn = fn;
        r->arg = arg;
        r->port = url.port;
        r->path = base_span_dup(url.path.n ? url.path : BASE_SPAN("/"));
        status = r->path ? serve_new(l, &config, &r->serve, err) : base_fail_memory(err);
    }
    if (!status)
        status = listen_on(r, err);
    if (status) {
        cli_receiver_close(r);
        return status;
    }
    *ret = r;
    return BASE_OK;
}

void cli_receiver_on_gone(struct cli_receiver *r, void (*gone)(void *arg, struct serve_exchange *x))
{
    r->gone = gone;
}

void cli_receiver_drain(struct cli_receiver *r, void (*drained)(void *arg), void *arg)
{
    serve_close_listeners(r->serve);
    serve_on_drained(r->serve, drained, arg);
}

unsigned cli_receiver_strangers(const struct cli_receiver *r)
{
    return r->strangers;
}

void cli_receiver_refuse(struct cli_receiver *r, struct serve_exchange *x, const char *title,
                         const char *text)
{
    r->strangers++;
    cli_page_send(x, 400, title, text, false, true);
}

uint16_t cli_receiver_port(const struct cli_receiver *r)
{
    return r->port;
}

void cli_receiver_close(struct cli_receiver *r)
{
    if (!r)
        return;
    serve_free(r->serve);
    base_mem_free(r->path);
    base_mem_free(r);
}
