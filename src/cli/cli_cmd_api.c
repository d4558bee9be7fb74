/* hubauth api: one call, or all pages of a list or a search. */
#include "base_file.h"
#include "base_select.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_app.h"
#include "cli_account.h"
#include "cli_api.h"
#include "cli_command.h"
#include "cli_fields.h"
#include "cli_progress.h"
#include "hubspot_limit.h"
#include "hubspot_next.h"
#include "hubspot_search.h"

#include <unistd.h>

/* Of a body that is sent, and of an answer that is held. What is sent can so be sent again, and an
 * answer is printed when it is known to be whole, unless it is one that may be of any length. */
#define API_BODY_MAX (64u << 20)
#define API_HEADERS 16
#define TICK_MS 1000
#define DOING "reading the command line"

struct api_options {
    const char *method, *data, *select;
    struct base_opt_list headers, texts, values;
    bool paginate, include, raw, silent;
};

static const struct base_opt options[] = {
    {.letter = 'd',
     .name = "data",
     .kind = BASE_OPT_STRING,
     .value = "DATA",
     .offset = offsetof(struct api_options, data),
     .help = "The request's body: itself, @FILE, or - for standard input; JSON unless a "
             "Content-Type is given. Makes the method POST"},
    {.letter = 'f',
     .name = "raw-field",
     .kind = BASE_OPT_LIST,
     .value = "NAME=TEXT",
     .offset = offsetof(struct api_options, texts),
     .help = "A member of the body, such as properties[email]=ada@example.org; with GET a "
             "parameter of the query. Makes the method POST"},
    {.letter = 'F',
     .name = "field",
     .kind = BASE_OPT_LIST,
     .value = "NAME=VALUE",
     .offset = offsetof(struct api_options, values),
     .help = "The same, where true, false, null and numbers are what they are in JSON, and @FILE "
             "is a file's text"},
    {.letter = 'H',
     .name = "header",
     .kind = BASE_OPT_LIST,
     .value = "LINE",
     .offset = offsetof(struct api_options, headers),
     .help = "A further header, \"Name: value\"; may be given several times"},
    {.letter = 'X',
     .name = "method",
     .kind = BASE_OPT_STRING,
     .value = "METHOD",
     .offset = offsetof(struct api_options, method),
     .help = "The method, which can as well stand before PATH"},
    {.name = "paginate",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, paginate),
     .help = "Follow the list or search to its end, past the 10,000 of a search as well: each "
             "page's JSON on a line of its own"},
    {.name = "select",
     .kind = BASE_OPT_STRING,
     .value = "PATH",
     .offset = offsetof(struct api_options, select),
     .help = "Print what stands there in the answer, a line for each value: "
             "results[].properties.email"},
    {.letter = 'i',
     .name = "include",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, include),
     .help = "Print the status and headers, as they came, before the body: a Content-Length may be "
             "that of its compressed form"},
    {.name = "raw",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, raw),
     .help = "At a terminal too, print the body as it came"},
    {.name = "silent",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, silent),
     .help = "Do not print the body"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth api /account-info/2026-03/details", "which portal is this?"},
    {"hubauth api --paginate '/contacts/v1/lists/all/contacts/all?count=100'",
     "the guide's list of all contacts, every page"},
    {"hubauth api --paginate --select 'results[].properties.email' "
     "'/crm/objects/2026-03/contacts?limit=100'",
     "all e-mail addresses, a line for each contact"},
    {"hubauth api PATCH /crm/objects/2026-03/contacts/33451 -f 'properties[city]=Ghent'",
     "a change"},
    {"hubauth api --paginate POST /crm/objects/2026-03/contacts/search -F limit=200",
     "a search, also when it has more than 10,000 results"},
    {0},
};

struct run {
    struct cli *c;
    struct broker *b;
    const struct api_options *o;
    const char *account, *method;
    struct base_buf target;
    struct base_buf given; /* the body as it was given */
    struct base_buf body;  /* of this request */
    bool has_body, is_search;
    struct broker_header headers[API_HEADERS + 1];
    size_t header_count;
    struct cli_api_output output;
    struct hubspot_walk walk;
    struct hubspot_search search;
    struct broker_call *call;
    bool in_pieces;           /* the body is printed as it comes */
    enum base_status printed; /* how that went */
    struct cli_progress progress;
    struct loop_timer *tick;     /* draws it */
    int64_t began;               /* loop time */
    int64_t pages, bytes, total; /* total: of bytes; 0: unknown */
    enum base_status status;
    struct base_error *err;
};

/* ------------------------------------------------------------------ progress */

static void show_progress(struct run *r)
{
    const struct broker_budget budget = broker_call_budget(r->b, r->account);
    int64_t elapsed = loop_clock(r->c->loop) - r->began; /* a write may have taken long */
    char human[32];

    if (r->in_pieces && r->c->stdout_tty) /* a piece need not end with a line */
        return;
    if (r->in_pieces)
        cli_progress_show(&r->progress, &(struct cli_progress_state){.what = "KiB",
                                                                     .elapsed_ms = elapsed,
                                                                     .done = r->bytes / 1024,
                                                                     .total = r->total / 1024});
    else if (r->pages > 0)
        cli_progress_show(&r->progress, &(struct cli_progress_state){.what = "pages",
                                                                     .elapsed_ms = elapsed,
                                                                     .done = r->pages,
                                                                     .used = budget.used,
                                                                     .max = budget.max});
    else if (elapsed >= TICK_MS)
        cli_show_line(r->c, "waiting for HubSpot's answer, %s", base_time_human(human, elapsed));
}

static void on_tick(void *arg)
{
    struct run *r = arg;

    show_progress(r);
    loop_timer_start(r->tick, TICK_MS);
}

static enum base_status begin_progress(struct run *r, struct base_error *err)
{
    cli_progress_begin(&r->progress, r->c);
    r->began = loop_clock(r->c->loop);
    r->tick = loop_timer_new(r->c->loop, on_tick, r);
    if (!r->tick)
        return base_fail_memory(err);
    loop_timer_start(r->tick, TICK_MS);
    return BASE_OK;
}

/* ------------------------------------------------------------------ pages */

static enum base_status send(struct run *r, struct base_error *err);

static enum base_status next_of_list(struct run *r, struct base_span answer, bool *ret_more,
                                     struct base_error *err)
{
    struct hubspot_next next;
    struct base_buf target;
    enum base_status status = hubspot_next_parse(answer, &next, err);

    *ret_more = false;
    if (status || !next.more || (status = hubspot_walk_step(&r->walk, &next, err)))
        return status;
    base_buf_init(&target, r->target.max);
    hubspot_next_target(&target, base_buf_span(&r->target), &next);
    base_buf_free(&r->target);
    r->target = target;
    *ret_more = true;
    return BASE_OK;
}

static enum base_status next_of_search(struct run *r, struct base_span answer, bool *ret_more,
                                       struct base_error *err)
{
    enum base_status status = hubspot_search_answer(&r->search, answer, ret_more, err);

    if (status || !*ret_more)
        return status;
    base_buf_reset(&r->body);
    hubspot_search_body(&r->search, &r->body);
    return base_buf_status(&r->body) ? base_fail_memory(err) : BASE_OK;
}

/* Sends the request for the next page, if there is one; *ret_more says so. */
static enum base_status next_page(struct run *r, struct base_span answer, bool *ret_more,
                                  struct base_error *err)
{
    enum base_status status = r->is_search ? next_of_search(r, answer, ret_more, err)
                                           : next_of_list(r, answer, ret_more, err);

    return status || !*ret_more ? status : send(r, err);
}

/* What the head says of the body's length; 0: nothing, or only how long its compressed form is. */
static int64_t length_of(const struct broker_response *head)
{
    int64_t length = 0;

    for (size_t i = 0; i < head->header_count; i++) {
        const struct broker_header *h = &head->headers[i];

        if (base_span_is_nocase(h->name, "content-encoding") ||
            (base_span_is_nocase(h->name, "content-length") && !base_span_int64(h->value, &length)))
            return 0;
    }
    return length;
}

static bool on_piece(void *arg, const struct broker_response *head, struct base_span piece)
{
    struct run *r = arg;

    r->bytes += (int64_t)piece.n;
    if (head) {
        cli_hide_line(r->c);
        r->in_pieces = true;
        r->total = length_of(head);
        r->printed = cli_api_begin(&r->output, head, r->err);
    }
    if (!r->printed)
        r->printed = cli_api_piece(&r->output, piece, r->err);
    show_progress(r);
    return !r->printed;
}

/* The last piece has come, or will not come. */
static void on_last_piece(struct run *r, enum base_status status, const struct base_error *err)
{
    enum base_status ended;

    cli_progress_end(&r->progress);
    ended = cli_api_end(&r->output, r->printed || status ? NULL : r->err);

    if (status && !r->printed)
        *r->err = *err;
    r->status = r->printed ? r->printed : status ? status : ended;
    cli_wake(r->c);
}

/* What a path leads to is found in a whole answer alone. */
static void hint_at_cap(const struct run *r, enum base_status status)
{
    if (status == BASE_LIMIT && r->o->select && !r->o->paginate)
        base_error_hint(r->err, "without --select an answer may be of any length: for jq");
}

static void on_answer(void *arg, enum base_status status, struct broker_response *response,
                      const struct base_error *err)
{
    struct run *r = arg;
    bool more = false;
    enum base_status printed;

    r->call = NULL;
    if (r->in_pieces) {
        on_last_piece(r, status, err);
        return;
    }
    if (status)
        *r->err = *err;
    hint_at_cap(r, status);
    if (r->c->stdout_tty)
        cli_hide_line(r->c);
    /* HubSpot's own words go to standard output whatever the status: a program may want to read
     * them. */
    printed =
        response ? cli_api_print(&r->output, response, status, status ? NULL : r->err) : BASE_OK;
    if (!status)
        status = printed;
    if (!status && r->o->paginate)
        status = next_page(r, base_buf_span(response->body), &more, r->err);
    r->status = status;
    r->pages++;
    if (!status && more)
        show_progress(r);
    else
        cli_wake(r->c);
}

/* What is read on must be JSON, whatever its Content-Type says. */
static enum base_status must_be_json(void *arg, struct base_span body)
{
    (void)arg;
    return base_json_valid(body) ? BASE_OK : BASE_INVALID;
}

static enum base_status send(struct run *r, struct base_error *err)
{
    struct broker_request request = {
        .account = r->account,
        .method = r->method,
        .target = base_buf_str(&r->target),
        .headers = r->headers,
        .header_count = r->header_count,
        .body = r->has_body ? base_buf_span(&r->body) : BASE_SPAN_NONE,
        .max_body = API_BODY_MAX,
        .bulk = r->o->paginate,
        .check = r->o->paginate ? must_be_json : NULL,
        .on_piece = r->o->paginate || r->o->select ? NULL : on_piece,
    };

    if (base_buf_status(&r->target))
        return base_fail(err, BASE_USAGE, "calling the API", "the path is too long");
    return broker_call_start(r->b, &request, on_answer, r, &r->call, err);
}

/* ------------------------------------------------------------------ the command line */

static bool is_method(const char *word)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(word, methods[i]) == 0)
            return true;
    }
    return false;
}

/* [ACCOUNT] [METHOD] PATH */
static enum base_status read_operands(const struct cli_args *args, const char **ret_account,
                                      const char **ret_method, const char **ret_path,
                                      struct base_error *err)
{
    int i = 0;

    *ret_account = NULL;
    *ret_method = NULL;
    if (i < args->count - 1 && !is_method(args->operands[i]))
        *ret_account = args->operands[i++];
    if (i < args->count - 1 && is_method(args->operands[i]))
        *ret_method = args->operands[i++];
    *ret_path = args->operands[i];
    if (i == args->count - 1)
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING, "a call is [ACCOUNT] [METHOD] PATH");
    base_error_hint(err, "hubauth api GET /crm/objects/2026-03/contacts?limit=10");
    return BASE_USAGE;
}

static bool has_fields(const struct api_options *o)
{
    return o->texts.count + o->values.count > 0;
}

/* As with `gh api`: what has a body is a POST unless the method says otherwise. */
static enum base_status choose_method(struct run *r, struct base_error *err)
{
    const char *given = r->o->method;

    if (r->method && given)
        return base_fail(err, BASE_USAGE, DOING, "the method is given twice");
    if (given && !is_method(given)) {
        base_fail(err, BASE_USAGE, DOING, "\"%s\" is no method", given);
        base_error_hint(err, "GET, POST, PUT, PATCH, DELETE or HEAD");
        return BASE_USAGE;
    }
    if (given)
        r->method = given;
    if (!r->method)
        r->method = r->o->data || has_fields(r->o) ? "POST" : "GET";
    return BASE_OK;
}

static enum base_status read_data(struct run *r, struct base_error *err)
{
    const char *data = r->o->data;
    enum base_status status = BASE_OK;

    if (strcmp(data, "-") == 0)
        status = base_file_read_fd(STDIN_FILENO, &r->given, err);
    else if (data[0] == '@')
        status = base_file_read(data + 1, &r->given, err);
    else
        base_buf_add_str(&r->given, data);
    if (status == BASE_LIMIT || base_buf_status(&r->given))
        return base_fail(err, BASE_USAGE, "reading the request's body",
                         "it is larger than 64 MiB, more than is kept to be sent again");
    if (status)
        base_error_doing(err, "reading the request's body");
    return status ? BASE_USAGE : BASE_OK;
}

static bool fields_are_query(const struct run *r)
{
    return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0 ||
           strcmp(r->method, "DELETE") == 0;
}

static enum base_status read_body(struct run *r, struct base_error *err)
{
    const struct api_options *o = r->o;

    r->has_body = o->data || (has_fields(o) && !fields_are_query(r));
    if (o->data && has_fields(o) && !fields_are_query(r))
        return base_fail(err, BASE_USAGE, DOING, "--data is a body, and so are fields: give one");
    if (o->data)
        return read_data(r, err);
    return r->has_body ? cli_fields_body(&o->texts, &o->values, &r->given, err) : BASE_OK;
}

/* Headers that say where a request goes, whose it is or where it ends are not for the caller. */
static enum base_status check_header(struct base_span name, struct base_error *err)
{
    static const char *const ours[] = {"authorization",
                                       "host",
                                       "content-length",
                                       "transfer-encoding",
                                       "connection",
                                       "accept-encoding",
                                       "proxy-authorization",
                                       "te",
                                       "upgrade",
                                       "expect"};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (base_span_is_nocase(name, ours[i]))
            return base_fail(err, BASE_USAGE, DOING, "hubauth sets the header %s itself", ours[i]);
    }
    return BASE_OK;
}

static enum base_status read_headers(struct run *r, struct base_error *err)
{
    bool typed = false;

    for (size_t i = 0; i < r->o->headers.count; i++) {
        struct base_span value = base_span_of(r->o->headers.items[i]);
        struct base_span name = base_span_trim(base_span_cut(&value, ':'));
        enum base_status status;

        if (!value.p || name.n == 0)
            return base_fail(err, BASE_USAGE, DOING, "a header is \"Name: value\"");
        if ((status = check_header(name, err)))
            return status;
        typed = typed || base_span_is_nocase(name, "content-type");
        r->headers[r->header_count++] = (struct broker_header){name, base_span_trim(value)};
    }
    if (r->has_body && !typed)
        r->headers[r->header_count++] =
            (struct broker_header){BASE_SPAN("Content-Type"), BASE_SPAN("application/json")};
    return BASE_OK;
}

/* A whole address is taken when it is one of the account's own API. */
static enum base_status read_path(struct run *r, const char *path, struct base_error *err)
{
    struct base_span name = base_span_of(r->account);
    BASE_CLEANUP(base_mem_cleanup) char *app_name = NULL;
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status;
    size_t n;

    if (strstr(path, "://")) {
        app_name = base_span_dup(base_span_cut(&name, '/'));
        if (!app_name)
            return base_fail_memory(err);
        status = broker_app_get(r->b, app_name, &app, err);
        if (status)
            return status;
        n = strlen(app.api_url);
        if (strncmp(path, app.api_url, n) != 0 || path[n] != '/') {
            base_fail(err, BASE_USAGE, "calling the API",
                      "the token of this account goes to %s and to no other host", app.api_url);
            base_error_hint(err, "give the path alone, such as /crm/objects/2026-03/contacts");
            return BASE_USAGE;
        }
        path += n;
    }
    base_buf_add_str(&r->target, path);
    if (has_fields(r->o) && fields_are_query(r))
        return cli_fields_query(&r->o->texts, &r->o->values, &r->target, err);
    return BASE_OK;
}

/* The first body is the given one, but for a search of which all pages are wanted. */
static enum base_status begin_pages(struct run *r, struct base_error *err)
{
    struct base_span given = base_buf_span(&r->given);
    enum base_status status;

    r->is_search = r->o->paginate &&
                   hubspot_budget_of(r->method, base_buf_span(&r->target)) == HUBSPOT_BUDGET_SEARCH;
    if (r->o->paginate && !r->is_search && strcmp(r->method, "GET") != 0)
        return base_fail(err, BASE_USAGE, DOING,
                         "--paginate is for GET, and for POST to a search of CRM objects");
    if (!r->is_search) {
        base_buf_add_span(&r->body, given);
        return base_buf_status(&r->body) ? base_fail_memory(err) : BASE_OK;
    }
    status = hubspot_search_begin(&r->search, given.n > 0 ? given : BASE_SPAN("{}"), err);
    if (!status)
        hubspot_search_body(&r->search, &r->body);
    r->has_body = true;
    return status;
}

static enum base_status prepare(struct run *r, struct base_error *err)
{
    const struct api_options *o = r->o;
    enum base_status status = o->select ? base_select_check(o->select, err) : BASE_OK;

    base_buf_init(&r->given, API_BODY_MAX);
    base_buf_init(&r->body, API_BODY_MAX + 4096);
    base_buf_init(&r->target, 16384);
    r->output = (struct cli_api_output){
        .select = o->select,
        .include = o->include,
        .silent = o->silent,
        .indent = r->c->stdout_tty && !o->raw && !o->paginate,
        .terminal = r->c->stdout_tty && !o->raw,
        .lines = o->paginate || r->c->stdout_tty,
    };
    if (!status && o->select && o->silent)
        status = base_fail(err, BASE_USAGE, DOING, "--select prints, --silent does not");
    if (!status)
        status = choose_method(r, err);
    if (!status)
        status = read_body(r, err);
    return status ? status : read_headers(r, err);
}

/* A path that leads nowhere is most often mistyped. */
static enum base_status check_found(const struct run *r, struct base_error *err)
{
    if (r->status || !r->o->select || r->output.found)
        return r->status;
    return base_fail(err, BASE_NOT_FOUND, "selecting from the answer", "nothing in it is at \"%s\"",
                     r->o->select);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct run r = {.c = c, .o = args->options, .err = err};
    const char *wanted, *path;
    enum base_status status = read_operands(args, &wanted, &r.method, &path, err);

    if (!status)
        status = prepare(&r, err);
    if (!status)
        status = cli_account_choose(c, wanted, &account, err);
    if (!status)
        status = cli_broker_on_loop(c, &r.b, err);
    r.account = account.name;
    if (!status && !(status = read_path(&r, path, err)) && !(status = begin_pages(&r, err)) &&
        !(status = begin_progress(&r, err)))
        status = send(&r, err);
    if (!status)
        status = cli_wait(c, err);
    if (status)
        broker_call_cancel(r.call);
    cli_hide_line(c);
    loop_timer_free(r.tick);
    base_buf_free(&r.target);
    base_buf_free(&r.given);
    base_buf_free(&r.body);
    base_buf_free(&r.output.rest); /* of one that was interrupted */
    return status ? status : check_found(&r, err);
}

const struct cli_command cli_cmd_api = {
    .usage =
        {.program = "hubauth",
         .name = "api",
         .operands = "[ACCOUNT] [METHOD] PATH",
         .summary = "call HubSpot's API",
         .details =
             "Sends one request with a token that works, waits its turn within the rate "
             "limit, and prints the answer. A token that HubSpot calls expired is renewed "
             "once; what may be repeated is repeated when HubSpot is busy or its answer is "
             "not whole, for five minutes at most. PATH is a path of HubSpot's API, or its "
             "whole address: the token goes to no other host. A path with .. or //, however "
             "they are spelt, is refused.\n\n"
             "--paginate knows every kind of list that HubSpot has: paging.next.after, "
             "has-more with vid-offset or offset, and searches by POST, which are sorted by "
             "hs_object_id unless the body has sorts. A cursor that does not move on is an "
             "error. Such calls let others pass, and sit out hours where HubSpot asks for "
             "them.\n\n"
             "--select takes names with dots between them, [] for each element, [3] for one, "
             "[\"a.b\"] for a name with special characters. Text is printed without quotes, a "
             "line end in it as \\n; what is absent or null is an empty line.\n\n"
             "A list of any length needs no more memory than one page. An answer may be of any "
             "length as well: what goes beyond 1 MiB is printed as it comes. It is not "
             "repeated then; when it breaks off, the exit status is 6, and what was printed is "
             "not whole. Bodies that are sent, answers to --select, each page of --paginate and "
             "what HubSpot says of an error are held, up to 64 MiB.",
         .options = options,
         .min_operands = 1,
         .max_operands = 3,
         .examples = examples,
         .exits = CLI_EXITS
         " 7: a search with an order of its own ended at 10,000. The body of HubSpot's answer "
         "goes to standard output in any case.",
         .see_also = "hubauth-export(1), hubauth-token(1), hubauth-limits(1)"},
    .options_size = sizeof(struct api_options),
    .run = run,
};
