/* hubauth limits: how HubSpot's budgets of an account stand, as all processes of this user know it.
 */
#include "base_jsonw.h"
#include "base_table.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_app.h"
#include "broker_app_level.h"
#include "broker_call.h"
#include "broker_grant.h"
#include "broker_queue.h"
#include "cli_account.h"
#include "cli_command.h"
#include "hubspot_endpoint.h"

#define LIMITS_WATCH_MS 1000

struct limits_options {
    bool json, watch;
};

static const struct base_opt options[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct limits_options, json),
     .help = "Print JSON"},
    {.letter = 'w',
     .name = "watch",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct limits_options, watch),
     .help = "Look again each second, until Ctrl-C"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth limits", "what is left"},
    {"hubauth limits --watch", "while an export runs elsewhere"},
    {0},
};

struct run {
    struct cli *c;
    struct broker *b;
    const struct limits_options *o;
    const char *account;
    bool is_app_level; /* of no portal */
    struct broker_call *call;
    struct loop_timer *timer;
    size_t lines; /* of a table that is to be drawn over */
    enum base_status status;
    struct base_error *err;
};

/* ------------------------------------------------------------------ rows */

#define LIMITS_ROWS (HUBSPOT_BUDGETS + 1) /* the day */

struct row {
    const char *policy;
    int64_t allowed, used, left; /* -1: nobody knows */
    int64_t interval_ms;         /* 0: a day of the account's time zone */
    int64_t renews_ms;           /* until all of it is free again; -1: unknown */
    int64_t refused;             /* 429s; -1: not counted */
    bool known;                  /* HubSpot has said so; else its smallest */
};

static struct row row_of(const struct hubspot_limit *limit, enum hubspot_budget budget, int64_t now)
{
    struct row row = {
        .policy = hubspot_budget_word(budget),
        .allowed = limit->max,
        .used = hubspot_limit_used(limit, now),
        .interval_ms = limit->interval_ms,
        .renews_ms = hubspot_limit_renews(limit, now) - now,
        .refused = limit->throttled,
        .known = hubspot_limit_known(limit, now) || budget == HUBSPOT_BUDGET_SEARCH,
    };

    row.left = limit->blocked_until > now ? 0 : row.allowed - row.used;
    return row;
}

/* What private apps have; an OAuth app's answers name none. */
static bool row_of_day(const struct hubspot_limit *limit, struct row *ret)
{
    if (limit->daily < 0 || limit->daily_remaining < 0)
        return false;
    *ret = (struct row){
        .policy = "daily",
        .allowed = limit->daily,
        .used = limit->daily - limit->daily_remaining,
        .left = limit->daily_remaining,
        .renews_ms = -1,
        .refused = -1,
        .known = true,
    };
    return true;
}

/* False: memory is short. */
static bool look_at(struct run *r, enum hubspot_budget budget, struct hubspot_limit *ret)
{
    struct broker_lane *lane = broker_queue_lane(r->b, r->account, budget);

    if (lane)
        broker_queue_look(lane, ret);
    return lane;
}

/* New tokens. Until HubSpot has told a number by its answers there is none to show: the queue's own
 * is a guess. HubSpot puts off the app; beside that a trouble of the account's own stands in its
 * record. */
static enum base_status add_tokens(struct run *r, int64_t now, struct row **to,
                                   struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant grant = {0};
    struct hubspot_limit limit;
    struct row *row = *to;
    int64_t hold;
    enum base_status status = broker_grant_load(r->b, r->account, &grant, err);

    if (status || (!grant.refresh_token && !r->is_app_level))
        return status;
    if (!look_at(r, HUBSPOT_BUDGET_TOKENS, &limit))
        return base_fail_memory(err);
    *row = row_of(&limit, HUBSPOT_BUDGET_TOKENS, now);
    hold = broker_grant_hold(&grant, base_time_now());
    if (hold > row->renews_ms)
        row->renews_ms = hold;
    if (!row->known) {
        row->allowed = row->used = row->left = -1;
        row->interval_ms = 0;
    }
    ++*to;
    return BASE_OK;
}

static enum base_status read_rows(struct run *r, struct row rows[LIMITS_ROWS], size_t *ret_count,
                                  struct base_error *err)
{
    int64_t now = loop_now(r->c->loop);
    struct hubspot_limit limit;
    struct row *to = rows;
    enum base_status status;

    *ret_count = 0;
    if (!look_at(r, HUBSPOT_BUDGET_CALLS, &limit))
        return base_fail_memory(err);
    *to++ = row_of(&limit, HUBSPOT_BUDGET_CALLS, now);
    to += row_of_day(&limit, to);
    if (!r->is_app_level) { /* for which there is nothing to search */
        if (!look_at(r, HUBSPOT_BUDGET_SEARCH, &limit))
            return base_fail_memory(err);
        *to++ = row_of(&limit, HUBSPOT_BUDGET_SEARCH, now);
    }
    status = add_tokens(r, now, &to, err);
    *ret_count = (size_t)(to - rows);
    return status;
}

/* ------------------------------------------------------------------ printing */

static void add_number(struct base_table *t, int64_t n)
{
    char text[27];

    base_table_cell_str(t, n < 0 ? "-" : base_text_thousands(text, n));
}

static void add_row(struct base_table *t, const struct row *row)
{
    char allowed[64], number[27], human[32], renews[64];

    if (row->allowed < 0)
        (void)snprintf(allowed, sizeof(allowed), "not published");
    else
        (void)snprintf(allowed, sizeof(allowed), "%s in %s%s",
                       base_text_thousands(number, row->allowed),
                       row->interval_ms ? base_time_human(human, row->interval_ms) : "a day",
                       row->known ? "" : " or more");
    if (row->renews_ms < 0)
        (void)snprintf(renews, sizeof(renews), "at midnight of the account");
    else if (row->renews_ms == 0)
        (void)snprintf(renews, sizeof(renews), "all is free");
    else
        (void)snprintf(renews, sizeof(renews), "in %s", base_time_human(human, row->renews_ms));
    base_table_cell_str(t, row->policy);
    base_table_cell_str(t, allowed);
    add_number(t, row->used);
    add_number(t, row->left);
    base_table_cell_str(t, renews);
    add_number(t, row->refused);
}

static enum base_status write_table(const struct run *r, const struct row *rows, size_t count,
                                    struct base_buf *out, struct base_error *err)
{
    static const char *const titles[] = {"policy", "allowed", "used", "left", "renews", "refused"};
    struct base_table *t = base_table_new(titles, sizeof(titles) / sizeof(titles[0]));
    enum base_status status;

    if (!t)
        return base_fail_memory(err);
    for (size_t i = 0; i < count; i++)
        add_row(t, &rows[i]);
    status = base_table_print(t, 40, r->c->colour_stdout, out, err);
    base_table_free(t);
    return status;
}

static void write_json(const struct run *r, const struct row *rows, size_t count,
                       struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "account", r->account);
    base_jsonw_key(&w, "limits");
    base_jsonw_array(&w);
    for (size_t i = 0; i < count; i++) {
        base_jsonw_object(&w);
        base_jsonw_member_str(&w, "policy", rows[i].policy);
        if (rows[i].allowed >= 0) {
            base_jsonw_member_int(&w, "allowed", rows[i].allowed);
            base_jsonw_member_int(&w, "used", rows[i].used);
            base_jsonw_member_int(&w, "left", rows[i].left);
        }
        if (rows[i].interval_ms)
            base_jsonw_member_int(&w, "interval_ms", rows[i].interval_ms);
        if (rows[i].renews_ms >= 0)
            base_jsonw_member_int(&w, "renews_in_ms", rows[i].renews_ms);
        if (rows[i].refused >= 0)
            base_jsonw_member_int(&w, "refused", rows[i].refused);
        base_jsonw_member_bool(&w, "known", rows[i].known);
        base_jsonw_end(&w);
    }
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

static enum base_status print(struct run *r, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct row rows[LIMITS_ROWS];
    size_t count;
    enum base_status status = read_rows(r, rows, &count, err);

    base_buf_init(&out, 65536);
    if (status)
        return status;
    if (r->lines > 0) /* a terminal: over the table before */
        base_buf_printf(&out, "\033[%zuA\033[J", r->lines);
    if (r->o->json)
        write_json(r, rows, count, &out);
    else
        status = write_table(r, rows, count, &out, err);
    r->lines = r->o->watch && !r->o->json && r->c->stdout_tty ? count + 1 : 0;
    return status ? status : cli_write_buf(&out, err);
}

/* ------------------------------------------------------------------ the command */

static void look(void *arg)
{
    struct run *r = arg;

    r->status = print(r, r->err);
    if (!r->status && r->o->watch)
        loop_timer_start(r->timer, LIMITS_WATCH_MS);
    else
        cli_wake(r->c);
}

static void on_answer(void *arg, enum base_status status, struct broker_response *response,
                      const struct base_error *err)
{
    struct run *r = arg;

    (void)response; /* its headers have been read on the way */
    r->call = NULL;
    r->status = status;
    if (status) {
        *r->err = *err;
        cli_wake(r->c);
        return;
    }
    look(r);
}

static bool is_known(struct run *r)
{
    struct hubspot_limit limit;

    return look_at(r, HUBSPOT_BUDGET_CALLS, &limit) && limit.max_known;
}

/* One call, the cheapest there is, tells what the account is allowed. */
static enum base_status ask(struct run *r, struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    const struct hubspot_endpoints *endpoints;
    enum base_status status = broker_app_get_of(r->b, r->account, &app, err);

    if (status)
        return status;
    endpoints = hubspot_endpoints_find(app.api_version);
    if (!endpoints)
        return base_fail(err, BASE_STORAGE, "asking for the limits",
                         "app %s has an API version that is not known here", app.name);
    const struct broker_request request = {
        .account = r->account, .method = "GET", .target = endpoints->account};

    return broker_call_start(r->b, &request, on_answer, r, &r->call, err);
}

static enum base_status look_up_kind(struct run *r, struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant grant = {0};
    enum base_status status = broker_grant_load(r->b, r->account, &grant, err);

    r->is_app_level = !status && broker_grant_is_app_level(&grant);
    return status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct run r = {.c = c, .o = args->options, .err = err};
    enum base_status status =
        cli_account_choose(c, args->count ? args->operands[0] : NULL, &account, err);

    r.account = account.name;
    if (status || (status = cli_broker_on_loop(c, &r.b, err)) || (status = look_up_kind(&r, err)))
        return status;
    r.timer = loop_timer_new(c->loop, look, &r);
    if (!r.timer)
        return base_fail_memory(err);
    /* No call is known that an app-level token may make whatever its scopes are. */
    if (is_known(&r) || r.is_app_level)
        loop_timer_start(r.timer, 0);
    else
        status = ask(&r, err);
    if (!status)
        status = cli_wait(c, err);
    if (status)
        broker_call_cancel(r.call);
    loop_timer_free(r.timer);
    return status ? status : r.status;
}

const struct cli_command cli_cmd_limits = {
    .usage =
        {.program = "hubauth",
         .name = "limits",
         .operands = "[ACCOUNT]",
         .summary = "how much of HubSpot's rate limits is used",
         .details =
             "A line for each of HubSpot's policies: what the account allows this app, how much "
             "of it is used now and how much is left, when all of it is free again, and how "
             "many calls HubSpot has refused. It is what all processes of this user on this "
             "machine have learnt from HubSpot's answers; what others spend shows in those. "
             "Only when nothing is known yet is HubSpot asked, by one call.\n\n"
             "ten-secondly counts calls in any ten seconds, for each app and account. search "
             "is apart from it, and HubSpot tells nothing of it. daily is there for private "
             "apps alone. token endpoint counts new tokens, of the app and all its accounts. No "
             "number of theirs is published: until HubSpot's answers have told one, hubauth "
             "asks for ten in a second at most, and the line says how often HubSpot has refused "
             "and when it is asked again. After a refusal all accounts of the app wait; hubauth "
             "refresh asks all the same.\n\n"
             "An app-level account is counted for its app alone, and HubSpot is not asked: what "
             "it allows shows in its answers.",
         .options = options,
         .max_operands = 1,
         .examples = examples,
         .exits = CLI_EXITS,
         .see_also = "hubauth-api(1), hubauth-export(1), hubauth-status(1)"},
    .options_size = sizeof(struct limits_options),
    .run = run,
};
