/* Whose answers arrive where: the redirect URLs of different servers are kept apart (A12). */
#include "broker_int.h"

#include "base_text.h"
#include "base_url.h"

static const char *consent_page(const struct broker_app *app)
{
    return app->authorize_url[0] ? app->authorize_url : app->app_url;
}

static void add_origin(struct base_buf *out, const char *text)
{
    struct base_url url;

    if (base_url_parse(base_span_of(text), &url, NULL) == BASE_OK)
        base_url_origin(out, &url);
}

void broker_app_issuer(const struct broker_app *app, struct base_buf *out)
{
    if (app->issuer[0])
        base_buf_add_str(out, app->issuer);
    else
        add_origin(out, consent_page(app));
}

/* By name and by the place that the browser is sent to: a server that claims another's name is not
 * that other. */
static bool same_issuer(const struct broker_app *a, const struct broker_app *b)
{
    struct base_buf names[2], origins[2];
    bool same;

    for (size_t i = 0; i < 2; i++) {
        base_buf_init(&names[i], 8192);
        base_buf_init(&origins[i], 8192);
        broker_app_issuer(i ? b : a, &names[i]);
        add_origin(&origins[i], consent_page(i ? b : a));
    }
    same = base_span_eq(base_buf_span(&names[0]), base_buf_span(&names[1])) &&
           base_span_eq(base_buf_span(&origins[0]), base_buf_span(&origins[1]));
    for (size_t i = 0; i < 2; i++) {
        base_buf_free(&names[i]);
        base_buf_free(&origins[i]);
    }
    return same;
}

/* Where an answer arrives: the loopback interface is one place, whatever name it goes by, and only
 * the path tells two receivers there apart. */
static bool same_place(const char *a_text, const char *b_text)
{
    struct base_url a, b;

    return strcmp(a_text, b_text) == 0 ||
           (base_url_parse(base_span_of(a_text), &a, NULL) == BASE_OK &&
            base_url_parse(base_span_of(b_text), &b, NULL) == BASE_OK &&
            base_url_is_loopback(a.host) && base_url_is_loopback(b.host) && a.port == b.port &&
            base_span_eq(a.path, b.path));
}

/* One of app's; NULL: none leads to where the other is answered. */
static const char *shared_place(const struct broker_app *app, const struct broker_app *other)
{
    for (size_t i = 0; i < app->redirect_count; i++) {
        for (size_t k = 0; k < other->redirect_count; k++) {
            if (same_place(app->redirect_urls[i], other->redirect_urls[k]))
                return app->redirect_urls[i];
        }
    }
    return NULL;
}

static enum base_status fail_place(const struct broker_app *app, const struct broker_app *other,
                                   const char *shared, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf issuer = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf free_url = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf quoted = {0};
    struct base_url url;

    base_buf_init(&issuer, 8192);
    broker_app_issuer(other, &issuer);
    base_buf_init(&free_url, 16384);
    add_origin(&free_url, shared);
    if (base_url_parse(base_span_of(shared), &url, NULL) == BASE_OK)
        base_buf_add_span(&free_url, url.path.n > 1 ? url.path : BASE_SPAN("/callback"));
    base_buf_printf(&free_url, "-%s", app->name);
    base_buf_init(&quoted, 65536);
    base_text_shell(&quoted, base_buf_str(&free_url));
    base_fail(err, BASE_USAGE, "adding an app",
              "app %s of another server (%s) has the redirect URL %s; the answers of two servers "
              "must not arrive at one place",
              other->name, base_buf_str(&issuer), shared);
    base_error_hint(err, "register another path with this server and name it: --redirect-url %s",
                    base_buf_str(&quoted));
    return BASE_USAGE;
}

enum base_status broker_app_check_apart(const struct broker_app *app,
                                        const struct broker_app *other, struct base_error *err)
{
    const char *shared;

    if (strcmp(other->name, app->name) == 0 || same_issuer(other, app))
        return BASE_OK;
    shared = shared_place(app, other);
    return shared ? fail_place(app, other, shared, err) : BASE_OK;
}

struct place_check {
    const struct broker_app *app;
    enum base_status status;
    struct base_error *err;
};

static bool check_place(void *arg, const struct broker_app *other)
{
    struct place_check *p = arg;

    p->status = broker_app_check_apart(p->app, other, p->err);
    return !p->status;
}

enum base_status broker_app_check_places(struct broker *b, const struct broker_app *app,
                                         struct base_error *err)
{
    struct place_check p = {.app = app, .err = err};
    enum base_status status = broker_app_list(b, check_place, &p, err);

    return status ? status : p.status;
}
