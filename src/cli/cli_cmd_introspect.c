#include "base_jsonw.h"
#include "base_time.h"
#include "broker_introspect.h"
#include "cli_account.h"
#include "cli_command.h"

struct introspect_options {
    bool refresh_token, json;
};

static const struct base_opt options[] = {
    {.name = "refresh-token",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct introspect_options, refresh_token),
     .help = "Ask about the refresh token instead of the access token"},
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct introspect_options, json)},
    {0},
};

struct question {
    struct cli_job job;
    bool json;
};

static void write_json(const struct hubspot_token_info *i, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_bool(&w, "active", i->active);
    if (i->active) {
        base_jsonw_member_int(&w, "hub_id", i->hub_id);
        base_jsonw_member_str(&w, "hub_domain", i->hub_domain);
        base_jsonw_member_str(&w, "user", i->user);
        base_jsonw_member_int(&w, "user_id", i->user_id);
        base_jsonw_member_int(&w, "app_id", i->app_id);
        base_jsonw_member_str(&w, "client_id", i->client_id);
        base_jsonw_member_str(&w, "scopes", i->scopes);
        base_jsonw_member_str(&w, "token_use", i->token_use);
    }
    if (i->active && i->expires_in >= 0)
        base_jsonw_member_int(&w, "expires_in", i->expires_in);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

static void add_line(struct base_buf *out, const char *label, const char *value)
{
    if (value)
        base_buf_printf(out, "%-10s %s\n", label, value);
}

static void write_text(const struct hubspot_token_info *i, struct base_buf *out)
{
    char human[32];

    add_line(out, "active", i->active ? "yes" : "no: unknown, expired or revoked");
    if (!i->active)
        return;
    if (i->hub_id) /* an app's own token is of none */
        base_buf_printf(out, "%-10s %lld\n", "account", (long long)i->hub_id);
    add_line(out, "domain", i->hub_domain);
    add_line(out, "user", i->user);
    base_buf_printf(out, "%-10s %lld\n", "app id", (long long)i->app_id);
    add_line(out, "client id", i->client_id);
    add_line(out, "scopes", i->scopes);
    if (i->expires_in >= 0)
        add_line(out, "expires in", base_time_human(human, i->expires_in * BASE_SECOND_MS));
}

static void on_answer(void *arg, enum base_status status, const struct hubspot_token_info *answer,
                      const struct base_error *err)
{
    struct question *q = arg;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};

    cli_end(&q->job, status, err);
    if (status)
        return;
    base_buf_init(&out, 1u << 20);
    if (q->json)
        write_json(answer, &out);
    else
        write_text(answer, &out);
    q->job.status = cli_write_buf(&out, q->job.err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct introspect_options *o = args->options;
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct question q = {.job = {.c = c, .err = err}, .json = o->json};
    struct broker_introspect *info;
    struct broker *b;
    bool is_private;
    enum base_status status =
        cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);

    is_private = !status && cli_stateless_is_private(c);
    if (is_private && o->refresh_token)
        return base_fail(err, BASE_USAGE, "asking about the token",
                         "a private app has no refresh token");
    if (status || (status = cli_broker_on_loop(c, &b, err)))
        return status;
    status = is_private
                 ? broker_introspect_private(b, account.name, on_answer, &q, &info, err)
                 : broker_introspect(b, account.name, o->refresh_token, on_answer, &q, &info, err);
    if (status)
        return status;
    if (!cli_ended(&q.job))
        broker_introspect_cancel(info);
    return q.job.status;
}

const struct cli_command cli_cmd_introspect = {
    .usage = {.program = "hubauth",
              .name = "introspect",
              .operands = "[ACCOUNT]",
              .summary = "ask HubSpot what it knows of the stored token",
              .details =
                  "Asks about the token as it is stored and never refreshes it. An app on API "
                  "version v1 has its token in the "
                  "request's path, as that version demands; the later ones send it in the body. A "
                  "private "
                  "app's token (HUBSPOT_PRIVATE_APP_TOKEN) is asked about at HubSpot's own "
                  "endpoint for these.",
              .options = options,
              .max_operands = 1,
              .exits = CLI_EXITS,
              .see_also = "hubauth-status(1)"},
    .options_size = sizeof(struct introspect_options),
    .run = run,
};
