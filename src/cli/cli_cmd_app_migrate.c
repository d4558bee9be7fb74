/* hubauth app migrate: to another version of HubSpot's OAuth endpoints, checked and proven. */
#include "base_jsonw.h"
#include "base_time.h"
#include "broker_app.h"
#include "broker_migrate.h"
#include "cli_command.h"
#include "hubspot_endpoint.h"

struct migrate_options {
    const char *api_version;
    bool dry_run, back, json;
};

static const struct migrate_options defaults = {.api_version = HUBSPOT_DEFAULT_VERSION};

static const struct base_opt options[] = {
    {.name = "api-version",
     .kind = BASE_OPT_STRING,
     .value = "VERSION",
     .choices = "v1|v3|2026-03|2026-09",
     .offset = offsetof(struct migrate_options, api_version),
     .help = "Where to: " HUBSPOT_DEFAULT_VERSION ", which is recommended, unless given"},
    {.name = "dry-run",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct migrate_options, dry_run),
     .help = "Show what would happen and check the new version, but change nothing"},
    {.name = "back",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct migrate_options, back),
     .help = "Go back to the version that the app came from, without asking anybody"},
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct migrate_options, json),
     .help = "Print JSON"},
    {0},
};

struct migration {
    struct cli_job job;
    const struct broker_migrate_plan *plan;
    bool dry_run;
    struct base_buf json_accounts;
    struct base_jsonw w;
    enum broker_migrate_end end;
    size_t over; /* accounts that need a login */
};

/* ------------------------------------------------------------------ what there is to know */

static int64_t days_left(const struct broker_migrate_plan *p)
{
    int64_t left = p->ends_at - base_time_now();

    return left > 0 ? left / BASE_DAY_MS : 0;
}

/* The paths of `from` that end, each with what takes its place. */
static void say_path(struct cli *c, const char *what, const char *from, const char *to)
{
    cli_say(c, "  %-14s %-28s -> %s", what, from, to);
}

static void say_paths(struct cli *c, const struct broker_migrate_plan *p)
{
    const struct hubspot_endpoints *a = hubspot_endpoints_find(p->from);
    const struct hubspot_endpoints *z = hubspot_endpoints_find(p->to);

    if (!a || !z)
        return;
    say_path(c, "tokens", a->token, z->token);
    say_path(c, "introspection", a->introspect_refresh, z->introspect_refresh);
    say_path(c, "revocation", a->revoke, z->revoke);
}

static void say_plan(struct cli *c, const struct broker_migrate_plan *p)
{
    cli_say(c, "App %s%s: OAuth %s -> %s", p->app,
            p->resumed ? ", which an interrupted run has moved and not proven" : "", p->from,
            p->to);
    if (p->ends_at)
        cli_say(c,
                "HubSpot switches %s off on " HUBSPOT_OAUTH_V1_ENDS ", in %lld days. What would "
                "stop then:",
                p->from, (long long)days_left(p));
    say_paths(c, p);
    cli_say(c, "Accounts: %zu. Recommended version: " HUBSPOT_DEFAULT_VERSION ".",
            p->account_count);
}

/* ------------------------------------------------------------------ as it goes */

static void on_account(void *arg, const char *account, enum broker_migrate_outcome outcome)
{
    static const char *const words[] = {
        [BROKER_MIGRATE_PROVEN] = "refreshed there, and stored",
        [BROKER_MIGRATE_DEAD] = "was over before: it needs a login",
        [BROKER_MIGRATE_OVER] = "is not known there, though others are: it needs a login",
        [BROKER_MIGRATE_UNPROVABLE] = "has no refresh token: nothing to prove",
    };
    struct migration *m = arg;

    cli_say(m->job.c, "  %s %s", account, words[outcome]);
    m->over += outcome == BROKER_MIGRATE_DEAD || outcome == BROKER_MIGRATE_OVER;
    base_jsonw_object(&m->w);
    base_jsonw_member_str(&m->w, "account", account);
    base_jsonw_member_str(&m->w, "outcome", broker_migrate_word(outcome));
    base_jsonw_end(&m->w);
}

static void on_done(void *arg, enum base_status status, enum broker_migrate_end end,
                    const struct base_error *err)
{
    struct migration *m = arg;

    m->end = end;
    cli_end(&m->job, status, err);
}

/* ------------------------------------------------------------------ the end */

static void say_end(struct migration *m)
{
    const struct broker_migrate_plan *p = m->plan;

    switch (m->end) {
    case BROKER_MIGRATE_MOVED:
        cli_say(m->job.c, "App %s is at %s. The way back: hubauth app migrate %s --back", p->app,
                p->to, p->app);
        if (m->over > 0)
            cli_say(m->job.c, "Next: hubauth login --app %s, for what needs a login", p->app);
        break;
    case BROKER_MIGRATE_WENT_BACK:
        cli_say(m->job.c, "App %s is back at %s: the proof failed.", p->app, p->from);
        break;
    case BROKER_MIGRATE_UNPROVEN:
        cli_say(m->job.c, "App %s is at %s, which is not proven.", p->app, p->to);
        break;
    case BROKER_MIGRATE_UNTOUCHED:
    default:
        if (!m->job.status)
            cli_say(m->job.c,
                    "%s takes client id and secret. Nothing was changed. Next: hubauth app "
                    "migrate %s --api-version %s",
                    p->to, p->app, p->to);
        else if (p->resumed)
            cli_say(m->job.c,
                    "App %s is as the interrupted run left it. The way back: hubauth app "
                    "migrate %s --back",
                    p->app, p->app);
        else
            cli_say(m->job.c, "App %s is at %s as before: nothing was changed.", p->app, p->from);
        break;
    }
}

static enum base_status write_json(const struct migration *m, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    const struct broker_migrate_plan *p = m->plan;
    struct base_jsonw w;

    base_buf_init(&out, 8u << 20);
    base_jsonw_begin(&w, &out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "app", p->app);
    base_jsonw_member_str(&w, "from", p->from);
    base_jsonw_member_str(&w, "to", p->to);
    base_jsonw_member_str(&w, "recommended", HUBSPOT_DEFAULT_VERSION);
    if (p->ends_at)
        base_jsonw_member_int(&w, "days_left", days_left(p));
    base_jsonw_member_str(&w, "status", base_status_word(m->job.status));
    base_jsonw_member_bool(&w, "moved", m->end == BROKER_MIGRATE_MOVED);
    base_jsonw_member_bool(&w, "went_back", m->end == BROKER_MIGRATE_WENT_BACK);
    base_jsonw_key(&w, "accounts");
    base_jsonw_raw(&w, base_buf_span(&m->json_accounts));
    base_jsonw_end(&w);
    base_buf_add_char(&out, '\n');
    return cli_write_buf(&out, err);
}

/* ------------------------------------------------------------------ running */

static enum base_status move(struct migration *m, struct broker *b, struct base_error *err)
{
    const struct broker_migrate_told told = {on_account, on_done, m};
    struct broker_migrate *migrate;
    enum base_status status;

    if (m->plan->already) {
        cli_say(m->job.c, "App %s is at %s already.", m->plan->app, m->plan->to);
        return BASE_OK;
    }
    say_plan(m->job.c, m->plan);
    status = broker_migrate_start(b, m->plan, m->dry_run, &told, &migrate, err);
    if (status)
        return status;
    if (!cli_ended(&m->job))
        broker_migrate_cancel(migrate);
    else
        say_end(m);
    return m->job.status;
}

static enum base_status migrate(struct cli *c, struct broker *b, const char *name,
                                const struct migrate_options *o, struct base_error *err)
{
    BASE_CLEANUP(broker_migrate_plan_free) struct broker_migrate_plan plan = {0};
    struct migration m = {.job = {.c = c, .err = err}, .plan = &plan, .dry_run = o->dry_run};
    enum base_status status = broker_migrate_plan(b, name, o->api_version, &plan, err);

    if (status)
        return status;
    base_buf_init(&m.json_accounts, 4u << 20);
    base_jsonw_begin(&m.w, &m.json_accounts);
    base_jsonw_array(&m.w);
    status = move(&m, b, err);
    base_jsonw_end(&m.w);
    if (o->json && !c->interrupted) {
        enum base_status written = write_json(&m, status ? NULL : err);

        status = status ? status : written;
    }
    base_buf_free(&m.json_accounts);
    return status;
}

static enum base_status go_back(struct cli *c, struct broker *b, const char *name,
                                struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *version = NULL;
    enum base_status status = broker_migrate_back(b, name, &version, err);

    if (!status)
        cli_say(c, "App %s is back at %s. Next: hubauth app check %s", name, version, name);
    return status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct migrate_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *name = NULL;
    struct broker *b;
    enum base_status status = cli_broker_on_loop(c, &b, err);

    if (status ||
        (status = broker_app_choose(b, args->count ? args->operands[0] : NULL, &name, err)))
        return status;
    return o->back ? go_back(c, b, name, err) : migrate(c, b, name, o, err);
}

static const struct base_opt_example examples[] = {
    {"hubauth app migrate crm --dry-run", "what OAuth v1's end means for the app, and whether the "
                                          "recommended version takes it"},
    {"hubauth app migrate crm", "moves it"},
    {0},
};

const struct cli_command cli_cmd_app_migrate = {
    .usage = {.program = "hubauth",
              .name = "app migrate",
              .operands = "[APP]",
              .summary = "move an app to another version of HubSpot's OAuth endpoints",
              .details =
                  "HubSpot switches OAuth v1 off on " HUBSPOT_OAUTH_V1_ENDS ". Tokens that one "
                  "version gave are good at the others, so nobody has to log in again.\n\n"
                  "First the new version's token endpoint is asked whether client id and secret "
                  "are right (see hubauth app check). Then the app is switched, and each account "
                  "refreshed there once; the tokens that come are stored. When that fails, the app "
                  "goes back to where it was. A run that was interrupted leaves an app that works, "
                  "and a second run finishes. Accounts that need a login anyway are named and do "
                  "not stop it.",
              .options = options,
              .max_operands = 1,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-app-check(1), hubauth-status(1)"},
    .options_size = sizeof(struct migrate_options),
    .defaults = &defaults,
    .run = run,
};
