#include "base_table.h"
#include "cli_app.h"
#include "cli_command.h"

struct list_options {
    bool json;
};

static const struct base_opt list_table[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct list_options, json)},
    {0},
};

struct listing {
    struct base_table *table;
    struct base_jsonw json;
    size_t count;
};

static bool list_one(void *arg, const struct broker_app *app)
{
    struct listing *l = arg;

    l->count++;
    cli_app_write_json(&l->json, app);
    base_table_cell_str(l->table, app->name);
    base_table_cell_str(l->table, app->client_id);
    base_table_cell_str(l->table, app->authorize_url[0] ? "-" : app->api_version);
    base_table_cell_str(l->table, app->authorize_url[0] ? app->token_url : app->api_url);
    base_table_cell_str(l->table, app->scope);
    return true;
}

static enum base_status print_listing(struct cli *c, const struct listing *l,
                                      const struct base_buf *json, bool as_json,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    if (as_json)
        return cli_write_buf(json, err);
    if (l->count == 0) {
        cli_say(c, "No app is registered yet. Next: hubauth app add");
        return BASE_OK;
    }
    base_buf_init(&text, 1u << 20);
    status = base_table_print(l->table, 60, c->colour_stdout, &text, err);
    return status ? status : cli_write_buf(&text, err);
}

static enum base_status run_list(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    static const char *const titles[] = {"NAME", "CLIENT ID", "VERSION", "API", "SCOPES"};
    const struct list_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct listing l = {.table = base_table_new(titles, 5)};
    struct broker *b;
    enum base_status status = l.table ? cli_broker(c, &b, err) : base_fail_memory(err);

    base_buf_init(&json, 1u << 20);
    base_jsonw_begin(&l.json, &json);
    base_jsonw_array(&l.json);
    if (!status)
        status = broker_app_list(b, list_one, &l, err);
    base_jsonw_end(&l.json);
    base_buf_add_char(&json, '\n');
    if (!status)
        status = print_listing(c, &l, &json, o->json, err);
    base_table_free(l.table);
    return status;
}

const struct cli_command cli_cmd_app_list = {
    .usage = {.program = "hubauth",
              .name = "app list",
              .summary = "list the apps",
              .options = list_table,
              .see_also = "hubauth-app-add(1)"},
    .options_size = sizeof(struct list_options),
    .run = run_list,
};
