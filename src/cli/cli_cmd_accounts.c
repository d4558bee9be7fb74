#include "base_jsonw.h"
#include "base_table.h"
#include "base_time.h"
#include "broker_alias.h"
#include "broker_grant.h"
#include "broker_pending.h"
#include "broker_private.h"
#include "cli_command.h"

struct accounts_options {
    bool json;
};

static const struct base_opt options[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct accounts_options, json)},
    {0},
};

struct listing {
    struct cli *c;
    struct broker *b;
    struct base_table *table;
    struct base_jsonw json;
    int64_t now;
    size_t count;
    enum base_status status;
    struct base_error *err;
};

/* The aliases of one account. */
struct alias_search {
    const char *account;
    struct base_buf text;
    struct base_jsonw *json;
};

static bool take_alias(void *arg, const char *alias, const char *account)
{
    struct alias_search *s = arg;

    if (strcmp(account, s->account) != 0)
        return true;
    base_buf_printf(&s->text, "%s%s", s->text.n ? ", " : "", alias);
    base_jsonw_str(s->json, alias);
    return true;
}

static void token_life(const struct broker_grant *g, int64_t now, char out[64])
{
    char human[32];

    if (g->state == BROKER_GRANT_DEAD)
        (void)snprintf(out, 64, "-");
    else if (broker_grant_is_private(g))
        (void)snprintf(out, 64, "does not expire");
    else if (g->expires_at <= now)
        (void)snprintf(out, 64, "expired, renewed on demand");
    else
        (void)snprintf(out, 64, "%s", base_time_human(human, g->expires_at - now));
}

static bool list_one(void *arg, const struct broker_grant *g)
{
    struct listing *l = arg;
    struct alias_search aliases = {.account = g->name, .json = &l->json};
    char life[64], iso[32];

    base_buf_init(&aliases.text, 1u << 20);
    l->count++;
    token_life(g, l->now, life);
    base_table_cell_str(l->table, g->account);
    base_table_cell_str(l->table, g->app);
    base_table_cell_str(l->table, broker_grant_kind_word(g->kind));
    base_table_cell_str(l->table, g->state == BROKER_GRANT_DEAD ? "login needed" : "connected");
    base_table_cell_str(l->table, life);
    base_table_cell_str(l->table, base_time_iso(iso, g->connected_at / 1000 * 1000));
    base_jsonw_object(&l->json);
    base_jsonw_member_str(&l->json, "account", g->account);
    base_jsonw_member_str(&l->json, "app", g->app);
    base_jsonw_member_int(&l->json, "hub_id", g->hub_id);
    base_jsonw_member_str(&l->json, "kind", broker_grant_kind_word(g->kind));
    base_jsonw_member_str(&l->json, "state", broker_grant_state_word(g->state));
    base_jsonw_member_str(&l->json, "scopes", g->scopes);
    base_jsonw_member_str(&l->json, "expires_at", base_time_iso(iso, g->expires_at));
    base_jsonw_member_str(&l->json, "connected_at", base_time_iso(iso, g->connected_at));
    base_jsonw_key(&l->json, "aliases");
    base_jsonw_array(&l->json);
    l->status = broker_alias_list(l->b, take_alias, &aliases, l->err);
    base_jsonw_end(&l->json);
    base_jsonw_end(&l->json);
    base_table_cell(l->table, base_buf_span(&aliases.text));
    base_buf_free(&aliases.text);
    return !l->status;
}

static bool say_pending(void *arg, const struct broker_pending *p)
{
    struct listing *l = arg;
    struct cli *c = l->c;
    char human[32];

    cli_say(c,
            "HubSpot has not been told yet of the logout of %s/%s, %s ago%s%s. Next: "
            "hubauth logout --retry",
            p->app, p->account, base_time_human(human, l->now - p->since), p->last[0] ? ": " : "",
            p->last);
    return true;
}

static enum base_status print(struct cli *c, const struct listing *l, const struct base_buf *json,
                              bool as_json, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    enum base_status status;

    if (as_json)
        return cli_write_buf(json, err);
    if (l->count == 0) {
        cli_say(c, "No account is connected yet. Next: hubauth login");
        return BASE_OK;
    }
    base_buf_init(&text, 16u << 20);
    status = base_table_print(l->table, 60, c->colour_stdout, &text, err);
    return status ? status : cli_write_buf(&text, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    static const char *const titles[] = {"ACCOUNT",     "APP",       "KIND",   "STATE",
                                         "TOKEN LIVES", "CONNECTED", "ALIASES"};
    const struct accounts_options *o = args->options;
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct listing l = {.c = c,
                        .table = base_table_new(titles, sizeof(titles) / sizeof(titles[0])),
                        .now = base_time_now(),
                        .err = err};
    enum base_status status = l.table ? cli_broker(c, &l.b, err) : base_fail_memory(err);

    base_buf_init(&json, 16u << 20);
    base_jsonw_begin(&l.json, &json);
    base_jsonw_array(&l.json);
    if (!status)
        status = broker_grant_list(l.b, list_one, &l, err);
    if (!status)
        status = l.status;
    base_jsonw_end(&l.json);
    base_buf_add_char(&json, '\n');
    if (!status)
        status = print(c, &l, &json, o->json, err);
    if (!status)
        status = broker_pending_list(l.b, say_pending, &l, err);
    base_table_free(l.table);
    return status;
}

const struct cli_command cli_cmd_accounts = {
    .usage = {.program = "hubauth",
              .name = "accounts",
              .summary = "a line for each connected account",
              .details =
                  "Kinds: oauth is a login, renewed with its refresh token; private-app is a "
                  "private app's token, which does not expire; app-level is a token of the "
                  "app itself, of no portal, renewed with the client secret.",
              .options = options,
              .see_also = "hubauth-accounts-alias(1), hubauth-status(1), hubauth-login(1)"},
    .options_size = sizeof(struct accounts_options),
    .run = run,
};
