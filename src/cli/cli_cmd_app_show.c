#include "base_text.h"
#include "cli_app.h"
#include "cli_command.h"

struct show_options {
    bool json;
};

static const struct base_opt show_table[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct show_options, json)},
    {0},
};

#define MIGRATING ", moved and not proven: hubauth app migrate finishes that"

struct showing {
    const char *name;
    struct base_jsonw json;
    struct base_buf text;
    bool found;
};

/* A listing's record was not opened, and may be what somebody wrote who has no key: it drives no
 * terminal. */
static void line(struct showing *s, const char *label, const char *value, const char *more)
{
    base_buf_printf(&s->text, "%-15s ", label);
    base_text_printable(&s->text, base_span_of(value), 8192);
    base_buf_printf(&s->text, "%s\n", more);
}

static bool show_one(void *arg, const struct broker_app *app)
{
    struct showing *s = arg;

    if (strcmp(app->name, s->name) != 0)
        return true;
    s->found = true;
    cli_app_write_json(&s->json, app);
    line(s, "name", app->name, "");
    line(s, "client id", app->client_id, "");
    line(s, "client secret", "stored, sealed", "");
    for (size_t i = 0; i < app->redirect_count; i++)
        line(s, "redirect URL", app->redirect_urls[i], "");
    line(s, "scopes", app->scope, "");
    if (app->optional_scope[0])
        line(s, "optional", app->optional_scope, "");
    if (app->authorize_url[0]) {
        line(s, "authorization", app->authorize_url, "");
        line(s, "token", app->token_url, "");
    } else {
        line(s, "API version", app->api_version, app->migrating ? MIGRATING : "");
        line(s, "API", app->api_url, "");
        line(s, "consent page", app->app_url, "");
    }
    if (app->issuer[0])
        line(s, "issuer", app->issuer, "");
    return false;
}

static enum base_status run_show(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct show_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *name = NULL;
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct showing s = {0};
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    if (status ||
        (status = broker_app_choose(b, args->count ? args->operands[0] : NULL, &name, err)))
        return status;
    base_buf_init(&json, 1u << 20);
    base_buf_init(&s.text, 1u << 20);
    base_jsonw_begin(&s.json, &json);
    s.name = name;
    status = broker_app_list(b, show_one, &s, err);
    base_buf_add_char(&json, '\n');
    if (!status && !s.found) {
        status = base_fail(err, BASE_USAGE, "showing an app", "no app is called %s", name);
        base_error_hint(err, "hubauth app list");
    }
    if (!status)
        status = cli_write_buf(o->json ? &json : &s.text, err);
    base_buf_free(&s.text);
    return status;
}

const struct cli_command cli_cmd_app_show = {
    .usage = {.program = "hubauth",
              .name = "app show",
              .operands = "[APP]",
              .summary = "show an app, without its secret",
              .options = show_table,
              .max_operands = 1,
              .see_also = "hubauth-app-list(1)"},
    .options_size = sizeof(struct show_options),
    .run = run_show,
};
