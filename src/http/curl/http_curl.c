/* The module and its marriage with the loop: curl says which descriptors and which deadline it
 * waits for, the loop tells it when they are due (curl_multi_socket_action). Nothing here blocks.
 */
#include "http_curl.h"

#include "base_module.h"
#include "base_text.h"
#include "base_time.h"

#define DOING "starting libcurl"

struct http_curl_socket {
    struct http_curl *h;
    struct http_curl_socket *next, *previous;
    curl_socket_t fd;
    struct loop_watch *watch;
};

/* ---------------------------------------------------------------- finished requests */

void http_curl_enter(struct http_curl *h)
{
    h->depth++;
}

static void release(struct http_curl *h);

void http_curl_leave(struct http_curl *h)
{
    if (--h->depth == 0 && h->closing)
        release(h);
}

static struct http_call *call_of(CURL *easy)
{
    struct http_call *call = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&call);
    return call;
}

/* Lets curl work and tells of the requests that are done by it. */
static void act(struct http_curl *h, curl_socket_t fd, int events)
{
    int running, queued;
    http_curl_enter(h);
    CURLMcode code = curl_multi_socket_action(h->multi, fd, events, &running);
    for (const CURLMsg *m; !h->closing && (m = curl_multi_info_read(h->multi, &queued)) != NULL;)
        if (m->msg == CURLMSG_DONE)
            http_curl_call_finish(call_of(m->easy_handle), m->data.result);
    /* Only memory that is short or a broken handle gets here, and then no request would ever end.
     */
    while (code != CURLM_OK && !h->closing && h->calls != NULL)
        http_curl_call_finish(h->calls, CURLE_OUT_OF_MEMORY);
    http_curl_leave(h);
}

/* ---------------------------------------------------------------- what curl waits for */

static void on_ready(void *arg, unsigned events)
{
    struct http_curl_socket *s = arg;
    act(s->h, s->fd,
        (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void socket_free(struct http_curl_socket *s)
{
    if (s == NULL)
        return;
    if (s->next != NULL)
        s->next->previous = s->previous;
    *(s->previous != NULL ? &s->previous->next : &s->h->sockets) = s->next;
    loop_watch_free(s->watch);
    base_mem_free(s);
}

static struct http_curl_socket *socket_new(struct http_curl *h, curl_socket_t fd)
{
    struct http_curl_socket *s = base_mem_new(sizeof(*s));
    if (s == NULL)
        return NULL;
    s->watch = loop_watch_new(h->loop, fd, on_ready, s);
    if (s->watch == NULL) {
        base_mem_free(s);
        return NULL;
    }
    s->h = h;
    s->fd = fd;
    s->next = h->sockets;
    if (s->next != NULL)
        s->next->previous = s;
    h->sockets = s;
    return s;
}

/* CURLMOPT_SOCKETFUNCTION. curl closes the descriptor after it has said CURL_POLL_REMOVE. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct http_curl *h = arg;
    struct http_curl_socket *s = of_socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        socket_free(s);
        (void)curl_multi_assign(h->multi, fd, NULL);
        return 0;
    }
    if (s == NULL) {
        s = socket_new(h, fd);
        if (s == NULL || curl_multi_assign(h->multi, fd, s) != CURLM_OK) {
            socket_free(s);
            return -1;
        }
    }
    unsigned events =
        (what & CURL_POLL_IN ? LOOP_READ : 0u) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0u);
    return loop_watch_set(s->watch, events, NULL) == BASE_OK ? 0 : -1;
}

static void on_due(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* CURLMOPT_TIMERFUNCTION. 0 means "soon": never from here, curl is on the stack. */
static int on_deadline(CURLM *multi, long after_ms, void *arg)
{
    struct http_curl *h = arg;
    (void)multi;
    if (after_ms < 0)
        loop_timer_stop(h->timer);
    else
        loop_timer_start(h->timer, after_ms);
    return 0;
}

/* ---------------------------------------------------------------- open and free */

static void release(struct http_curl *h)
{
    if (h->multi != NULL)
        (void)curl_multi_cleanup(
            h->multi); /* closes kept connections and says CURL_POLL_REMOVE for them */
    while (h->sockets != NULL)
        socket_free(h->sockets);
    loop_timer_free(h->timer);
    if (h->sessions != NULL) /* after all who use it */
        (void)curl_share_cleanup(h->sessions);
    http_curl_decompressor_free(h->decompressor);
    base_mem_free(h->user_agent);
    base_mem_free(h->ca_file);
    base_mem_free(h->ca_path);
    base_mem_free(h);
}

static void free_curl(struct http *http)
{
    struct http_curl *h = (struct http_curl *)http;
    while (h->calls != NULL)
        http_curl_call_cancel(h->calls);
    h->closing = true;
    if (h->depth == 0)
        release(h);
}

/* Connections are kept for the next burst. By itself curl closes those beyond four times as many as
 * requests are under way, which is none of them between two windows of a limit. */
#define KEPT_CONNECTIONS 128L

static bool set_multi(struct http_curl *h)
{
    return curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS) == CURLM_OK &&
           curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) == CURLM_OK &&
           curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_deadline) == CURLM_OK &&
           curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) == CURLM_OK;
}

/* A session of TLS is resumed by all later connections: without a share each request has a cache of
 * its own, which is empty. That the certificate is for this host is looked at all the same. */
static bool share_sessions(struct http_curl *h)
{
    h->sessions = curl_share_init();
    h->sessions_since = loop_now(h->loop);
    return h->sessions != NULL && curl_share_setopt(h->sessions, CURLSHOPT_SHARE,
                                                    CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

/* Nobody looks at the roots when a session is resumed, which would go on for as long as servers
 * take it. While a request uses them they stay: a later one will see to it. */
static bool renew_sessions(struct http_curl *h)
{
    if (h->sessions != NULL &&
        (loop_now(h->loop) - h->sessions_since < HTTP_CURL_TRUST_S * BASE_SECOND_MS ||
         curl_share_cleanup(h->sessions) != CURLSHE_OK))
        return true;
    return share_sessions(h);
}

static enum base_status start(struct http *http, const struct http_request *request,
                              http_done_fn *done, void *arg, struct http_call **ret,
                              struct base_error *err)
{
    struct http_curl *h = (struct http_curl *)http;
    if (!renew_sessions(h))
        return base_fail_memory(err);
    return http_curl_call_start(h, request, done, arg, ret, err);
}

/* Where the roots are. curl's default is a bundle *and* a folder, and that is the worst choice:
 * with OpenSSL 3.0 parsing the bundle costs 30 ms of CPU for each new connection, and the folder
 * switches off curl's cache of roots that would help. The bundle with that cache costs 30 ms once.
 * The folder alone is read at need, 3 ms at first and no more than the cache later: right for a
 * single command, for an export and for a daemon (bench/tls). SSL_CERT_FILE and SSL_CERT_DIR name
 * other roots, as for the curl tool and OpenSSL: for a company's proxy, and for tests. */
static bool choose_roots(struct http_curl *h)
{
    const char *file = getenv("SSL_CERT_FILE");
    const char *folder = getenv("SSL_CERT_DIR");
    const char *standard = curl_version_info(CURLVERSION_NOW)->capath;
    if (file != NULL && file[0] != '\0')
        return (h->ca_file = base_mem_strdup(file)) != NULL;
    if (folder == NULL || folder[0] == '\0')
        folder = standard;
    return folder == NULL || (h->ca_path = base_mem_strdup(folder)) != NULL;
}

static void *curl_malloc(size_t size)
{
    return base_mem_grow(NULL, size, 1);
}

static void *curl_realloc(void *old, size_t size)
{
    return base_mem_grow(old, size, 1);
}

/* Once in a process, and never undone: something else in it may use curl too. One thread, as all of
 * the loop. curl allocates as we do, so that our reserve serves it as well: without that a failing
 * allocation of its own would lose an answer. */
static CURLcode start_curl(void)
{
    static bool started;
    CURLcode code = started ? CURLE_OK
                            : curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, base_mem_free,
                                                   curl_realloc, base_mem_strdup, base_mem_array);
    started = code == CURLE_OK;
    return code;
}

static enum base_status open_curl(struct loop *l, const char *user_agent, struct http **ret,
                                  struct base_error *err)
{
    static const struct http_ops ops = {start, http_curl_call_cancel, free_curl};
    CURLcode code = start_curl();
    if (code != CURLE_OK) {
        base_fail(err, BASE_FAILED, DOING, "it does not start");
        base_error_lower(err, "%s", curl_easy_strerror(code));
        return BASE_FAILED;
    }
    struct http_curl *h = base_mem_new(sizeof(*h));
    if (h == NULL)
        return base_fail_memory(err);
    h->http.ops = &ops;
    h->loop = l;
    h->user_agent = base_mem_strdup(user_agent);
    h->timer = loop_timer_new(l, on_due, h);
    h->multi = curl_multi_init();
    h->decompressor = http_curl_decompressor_new();
    if (h->user_agent == NULL || h->timer == NULL || h->multi == NULL || h->decompressor == NULL ||
        !set_multi(h) || !share_sessions(h) || !choose_roots(h)) {
        release(h);
        return base_fail_memory(err);
    }
    *ret = &h->http;
    return BASE_OK;
}

static const char *library(void)
{
    static char text[128];
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    base_text_format(text, sizeof(text), "libcurl %s, %s", info->version,
                     info->ssl_version != NULL ? info->ssl_version : "no TLS");
    return text;
}

static const struct http_module entry = {open_curl};

BASE_MODULE_EXPORT;
const struct base_module hubauth_module = {BASE_MODULE_ABI, "http-curl", &entry, library};
