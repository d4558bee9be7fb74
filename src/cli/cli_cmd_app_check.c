/* hubauth app check: what a token endpoint can prove about an app, and what it cannot. */
#include "base_jsonw.h"
#include "base_time.h"
#include "broker_app.h"
#include "broker_check.h"
#include "cli_command.h"

#include <stdarg.h>

struct check_options {
    bool json;
};

static const struct base_opt options[] = {
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .help = "Print JSON",
     .offset = offsetof(struct check_options, json)},
    {0},
};

struct question {
    struct cli_job job;
    bool json;
};

/* ------------------------------------------------------------------ what is proven */

enum proof { YES, NO, UNKNOWN };

struct findings {
    enum proof endpoint, client_id, client_secret;
};

static struct findings find(const struct broker_check_result *r)
{
    switch (r->verdict) {
    case BROKER_CHECK_RIGHT:
        return (struct findings){YES, YES, YES};
    case BROKER_CHECK_BAD_ID:
        return (struct findings){YES, NO, UNKNOWN};
    case BROKER_CHECK_BAD_SECRET:
        return (struct findings){YES, YES, NO};
    case BROKER_CHECK_BAD_CLIENT:
    case BROKER_CHECK_BAD_REDIRECT:
        return (struct findings){YES, UNKNOWN, UNKNOWN};
    case BROKER_CHECK_NO_ENDPOINT:
        return (struct findings){NO, UNKNOWN, UNKNOWN};
    case BROKER_CHECK_UNREACHABLE:
    case BROKER_CHECK_INCONCLUSIVE:
    default:
        return (struct findings){UNKNOWN, UNKNOWN, UNKNOWN};
    }
}

static void write_proof(struct base_jsonw *w, const char *name, enum proof proof)
{
    base_jsonw_key(w, name);
    if (proof == UNKNOWN)
        base_jsonw_null(w);
    else
        base_jsonw_bool(w, proof == YES);
}

static void write_json(const struct broker_check_result *r, struct base_buf *out)
{
    struct findings f = find(r);
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "app", r->app);
    base_jsonw_member_str(&w, "verdict", broker_check_word(r->verdict));
    base_jsonw_member_str(&w, "token_url", r->token_url);
    base_jsonw_member_str(&w, "api_version", r->api_version[0] ? r->api_version : NULL);
    base_jsonw_member_str(&w, "client_id", r->client_id);
    base_jsonw_member_str(&w, "redirect_url", r->redirect_url);
    write_proof(&w, "endpoint_is_there", f.endpoint);
    write_proof(&w, "client_id_is_right", f.client_id);
    write_proof(&w, "client_secret_is_right", r->has_secret ? f.client_secret : UNKNOWN);
    if (r->http_status)
        base_jsonw_member_int(&w, "http_status", r->http_status);
    base_jsonw_member_str(&w, "code", r->code[0] ? r->code : NULL);
    base_jsonw_member_str(&w, "message", r->message[0] ? r->message : NULL);
    base_jsonw_member_str(&w, "correlation_id", r->correlation[0] ? r->correlation : NULL);
    if (r->has_clock) {
        base_jsonw_member_int(&w, "clock_ahead_ms", r->clock_ahead_ms);
        base_jsonw_member_int(&w, "clock_slack_ms", r->clock_slack_ms);
    }
    base_jsonw_key(&w, "not_proven");
    base_jsonw_array(&w);
    base_jsonw_str(&w, "redirect_urls");
    base_jsonw_str(&w, "scopes");
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

/* ------------------------------------------------------------------ for people */

static void add_line(struct base_buf *out, const char *label, const char *format, ...)
    BASE_PRINTF(3, 4);

static void add_line(struct base_buf *out, const char *label, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    base_buf_printf(out, "%-15s %s\n", label, text);
}

static void add_clock(struct base_buf *out, const struct broker_check_result *r)
{
    char human[32];

    if (!r->has_clock)
        return;
    if (r->clock_ahead_ms > r->clock_slack_ms || r->clock_ahead_ms < -r->clock_slack_ms)
        add_line(out, "clock", "%s %s the server's", base_time_human(human, r->clock_ahead_ms),
                 r->clock_ahead_ms > 0 ? "ahead of" : "behind");
    else
        add_line(out, "clock", "as the server's");
}

static void write_text(const struct broker_check_result *r, struct base_buf *out)
{
    static const char *const there[] = {
        [YES] = "is there", [NO] = "is not there", [UNKNOWN] = "gave no answer that tells"};
    static const char *const right[] = {[YES] = "right", [NO] = "wrong", [UNKNOWN] = "not proven"};
    struct findings f = find(r);

    add_line(out, "token endpoint", "%s %s", r->token_url, there[f.endpoint]);
    add_line(out, "client id", "%s: %s", right[f.client_id], r->client_id);
    add_line(out, "client secret", "%s", r->has_secret ? right[f.client_secret] : "none stored");
    if (r->verdict == BROKER_CHECK_BAD_CLIENT)
        add_line(out, "", "one of the two is wrong: the server does not say which");
    add_clock(out, r);
    if (r->http_status)
        add_line(out, "answer", "HTTP %d%s%s%s%s", r->http_status, r->code[0] ? ", " : "", r->code,
                 r->correlation[0] ? ", correlationId " : "", r->correlation);
    add_line(out, "redirect URLs", "%s",
             r->verdict == BROKER_CHECK_BAD_REDIRECT ? "the first is not registered at the server"
                                                     : "not proven: only a login proves them");
    add_line(out, "scopes", "not proven: only a login proves them");
}

/* ------------------------------------------------------------------ running */

static void on_answer(void *arg, enum base_status status, const struct broker_check_result *result,
                      const struct base_error *err)
{
    struct question *q = arg;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct base_error unwritten = BASE_ERROR_NONE;
    enum base_status written;

    base_buf_init(&out, 1u << 20);
    if (q->json)
        write_json(result, &out);
    else
        write_text(result, &out);
    written = cli_write_buf(&out, &unwritten);
    if (!status && !written)
        cli_say(q->job.c, "Next: hubauth login --app %s", result->app);
    cli_end(&q->job, status ? status : written, status ? err : &unwritten);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct check_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *name = NULL;
    struct question q = {.job = {.c = c, .err = err}, .json = o->json};
    struct broker_check *check;
    struct broker *b;
    enum base_status status = cli_broker_on_loop(c, &b, err);

    if (status ||
        (status = broker_app_choose(b, args->count ? args->operands[0] : NULL, &name, err)) ||
        (status = broker_check_app(b, name, on_answer, &q, &check, err)))
        return status;
    if (!cli_ended(&q.job))
        broker_check_cancel(check);
    return q.job.status;
}

const struct cli_command cli_cmd_app_check = {
    .usage =
        {.program = "hubauth",
         .name = "app check",
         .operands = "[APP]",
         .summary = "prove client id, client secret and API version, without a login",
         .details =
             "Shows the app's token endpoint an authorization code that cannot be one. HubSpot "
             "looks at client id and client secret first, so its answer tells whether they are "
             "right. No user is asked, and nothing stored changes.\n\n"
             "Redirect URLs and scopes are judged by the consent page alone: only a login "
             "proves them.\n\n"
             "Exit status: 0 when client id and secret are right; 2 when one of them, the URL "
             "or the API version is wrong; 6 when no answer came; 1 when an answer came that "
             "proves nothing.",
         .options = options,
         .max_operands = 1,
         .exits = CLI_EXITS,
         .see_also = "hubauth-app-add(1), hubauth-login(1)"},
    .options_size = sizeof(struct check_options),
    .run = run,
};
