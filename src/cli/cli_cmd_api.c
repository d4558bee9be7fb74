/* hubauth api: one call, or all pages of a list or a search. */
#include "base_select.h"
#include "base_text.h"
#include "base_time.h"
#include "cli_account.h"
#include "cli_api.h"
#include "cli_api_request.h"
#include "cli_command.h"
#include "cli_progress.h"
#include "hubspot_limit.h"
#include "hubspot_next.h"
#include "hubspot_search.h"

/* Of an answer that is held: one is printed when it is known to be whole, unless it is one that may
 * be of any length. */
#define API_ANSWER_MAX (64u << 20)
#define TICK_MS 1000
#define DOING "reading the command line"

struct api_options {
    struct cli_api_given given;
    const char *select;
    bool paginate, include, raw, silent;
};

static const struct base_opt options[] = {
    {.letter = 'd',
     .name = "data",
     .kind = BASE_OPT_STRING,
     .value = "DATA",
     .offset = offsetof(struct api_options, given.data),
     .help = "The request's body: itself, @FILE, or - for standard input; JSON unless a "
             "Content-Type is given. Makes the method POST"},
    {.letter = 'f',
     .name = "raw-field",
     .kind = BASE_OPT_LIST,
     .value = "NAME=TEXT",
     .offset = offsetof(struct api_options, given.texts),
     .help = "A member of the body, such as properties[email]=ada@example.org; with GET a "
             "parameter of the query. Makes the method POST"},
    {.letter = 'F',
     .name = "field",
     .kind = BASE_OPT_LIST,
     .value = "NAME=VALUE",
     .offset = offsetof(struct api_options, given.values),
     .help = "The same, where true, false, null and numbers are what they are in JSON, and @FILE "
             "is a file's text"},
    {.letter = 'H',
     .name = "header",
     .kind = BASE_OPT_LIST,
     .value = "LINE",
     .offset = offsetof(struct api_options, given.headers),
     .help = "A further header, \"Name: value\"; may be given several times"},
    {.letter = 'X',
     .name = "method",
     .kind = BASE_OPT_STRING,
     .value = "METHOD",
     .offset = offsetof(struct api_options, given.method),
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
    const char *account;
    struct cli_api_request request; /* its target is that of the page under way */
    struct cli_api_output output;
    struct hubspot_walk walk;
    bool is_search;
    struct hubspot_search search;
    struct base_buf search_body; /* of the page under way */
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
    base_buf_init(&target, r->request.target.max);
    hubspot_next_target(&target, base_buf_span(&r->request.target), &next);
    base_buf_free(&r->request.target);
    r->request.target = target;
    *ret_more = true;
    return BASE_OK;
}

static enum base_status next_of_search(struct run *r, struct base_span answer, bool *ret_more,
                                       struct base_error *err)
{
    enum base_status status = hubspot_search_answer(&r->search, answer, ret_more, err);

    if (status || !*ret_more)
        return status;
    base_buf_reset(&r->search_body);
    hubspot_search_body(&r->search, &r->search_body);
    return base_buf_status(&r->search_body) ? base_fail_memory(err) : BASE_OK;
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
        .method = r->request.method,
        .target = base_buf_str(&r->request.target),
        .headers = r->request.headers,
        .header_count = r->request.header_count,
        .body = base_buf_span(r->is_search ? &r->search_body : &r->request.body),
        .max_body = API_ANSWER_MAX,
        .bulk = r->o->paginate,
        .check = r->o->paginate ? must_be_json : NULL,
        .on_piece = r->o->paginate || r->o->select ? NULL : on_piece,
    };

    return broker_call_start(r->b, &request, on_answer, r, &r->call, err);
}

/* ------------------------------------------------------------------ the command */

/* Of a search all of whose pages are wanted the given body is where the pages' bodies begin. */
static enum base_status begin_pages(struct run *r, struct base_error *err)
{
    struct base_span given = base_buf_span(&r->request.body);
    enum base_status status;

    if (!r->o->paginate)
        return BASE_OK;
    r->is_search = hubspot_budget_of(r->request.method, base_buf_span(&r->request.target)) ==
                   HUBSPOT_BUDGET_SEARCH;
    if (!r->is_search)
        return strcmp(r->request.method, "GET") == 0
                   ? BASE_OK
                   : base_fail(err, BASE_USAGE, DOING,
                               "--paginate is for GET, and for POST to a search of CRM objects");
    status = hubspot_search_begin(&r->search, given.n > 0 ? given : BASE_SPAN("{}"), err);
    if (status)
        return status;
    hubspot_search_body(&r->search, &r->search_body);
    cli_api_request_say_json(&r->request);
    return BASE_OK;
}

static enum base_status prepare(struct run *r, struct base_error *err)
{
    const struct api_options *o = r->o;

    base_buf_init(&r->search_body, CLI_API_BODY_MAX + 4096);
    r->output = (struct cli_api_output){
        .select = o->select,
        .include = o->include,
        .silent = o->silent,
        .indent = r->c->stdout_tty && !o->raw && !o->paginate,
        .terminal = r->c->stdout_tty && !o->raw,
        .lines = o->paginate || r->c->stdout_tty,
    };
    if (o->select && o->silent)
        return base_fail(err, BASE_USAGE, DOING, "--select prints, --silent does not");
    return o->select ? base_select_check(o->select, err) : BASE_OK;
}

/* A path that leads nowhere is most often mistyped. */
static enum base_status check_found(const struct run *r, struct base_error *err)
{
    if (r->status || !r->o->select || r->output.found)
        return r->status;
    base_fail(err, BASE_NOT_FOUND, "selecting from the answer", "nothing in it is at \"%s\"",
              r->o->select);
    if (!strchr(r->o->select, '['))
        base_error_hint(err, "[] stands for each element of a list, as in 'results[].id'");
    return BASE_NOT_FOUND;
}

/* Only the account's app says which hosts an address may have. */
static enum base_status aim(struct run *r, struct base_error *err)
{
    enum base_status status = cli_api_request_aim(&r->request, r->b, r->account, err);

    return status ? status : begin_pages(r, err);
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct run r = {.c = c, .o = args->options, .err = err};
    bool is_address;
    enum base_status status = prepare(&r, err);

    if (!status)
        status = cli_api_request_read(&r.request, args, &r.o->given, err);
    is_address = !status && cli_api_request_is_address(&r.request);
    if (!status && !is_address)
        status = begin_pages(&r, err);
    if (!status)
        status = cli_account_choose(c, r.request.account, &account, err);
    if (!status)
        status = cli_broker_on_loop(c, &r.b, err);
    r.account = account.name;
    if (!status && is_address)
        status = aim(&r, err);
    if (!status && !(status = begin_progress(&r, err)))
        status = send(&r, err);
    if (!status)
        status = cli_wait(c, err);
    if (status)
        broker_call_cancel(r.call);
    cli_hide_line(c);
    loop_timer_free(r.tick);
    cli_api_request_done(&r.request);
    base_buf_free(&r.search_body);
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
             "has-more with vid-offset or offset, objects with offset and total, and searches by "
             "POST, which are sorted by hs_object_id unless the body has sorts. A cursor that does "
             "not move on is an error. Such calls let others pass, and sit out hours where HubSpot "
             "asks for them.\n\n"
             "--select takes names with dots between them, [] for each element, [3] for one, "
             "[\"a.b\"] for a name with special characters. Text is printed without quotes, a "
             "line end in it as \\n; what is absent or null is an empty line.\n\n"
             "A list of any length needs no more memory than one page. An answer may be of any "
             "length as well: what goes beyond 1 MiB is printed as it comes. It is not "
             "repeated then; when it breaks off, or its end shows that it is damaged, the exit "
             "status is 6, and what was printed is not to be trusted. Bodies that are sent, "
             "answers to --select, each page of --paginate and "
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
