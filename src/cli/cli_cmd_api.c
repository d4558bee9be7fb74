/* hubauth api: one call, or all pages of a list. */
#include "base_file.h"
#include "base_text.h"
#include "broker_call.h"
#include "cli_account.h"
#include "cli_command.h"
#include "hubspot_page.h"

#include <unistd.h>

#define API_BODY_MAX (16u << 20)
#define API_HEADERS 16

struct api_options {
    const char *data;
    struct base_opt_list headers;
    bool paginate, include;
};

static const struct base_opt options[] = {
    {.letter = 'd',
     .name = "data",
     .kind = BASE_OPT_STRING,
     .value = "DATA",
     .offset = offsetof(struct api_options, data),
     .help = "The request's body: itself, @FILE, or - for standard input; JSON unless a "
             "Content-Type is given. Makes the method POST"},
    {.letter = 'H',
     .name = "header",
     .kind = BASE_OPT_LIST,
     .value = "LINE",
     .offset = offsetof(struct api_options, headers),
     .help = "A further header, \"Name: value\"; may be given several times"},
    {.name = "paginate",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, paginate),
     .help = "Follow the list to its end: each page's JSON on a line of its own"},
    {.letter = 'i',
     .name = "include",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct api_options, include),
     .help = "Print the status and headers before the body"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth api /account-info/2026-03/details", "which portal is this?"},
    {"hubauth api --paginate '/contacts/v1/lists/all/contacts/all?count=100'",
     "the guide's list of all contacts, every page"},
    {"hubauth api PATCH /crm/objects/2026-03/contacts/33451 -d "
     "'{\"properties\":{\"city\":\"Ghent\"}}'",
     "a change"},
    {0},
};

struct run {
    struct cli *c;
    struct broker *b;
    const struct api_options *o;
    const char *account, *method;
    struct base_buf target;
    struct base_buf body;
    struct broker_header headers[API_HEADERS + 1];
    size_t header_count;
    char cursor[512];
    struct broker_call *call;
    enum base_status status;
    struct base_error *err;
};

/* ------------------------------------------------------------------ answers */

static void add_head(struct base_buf *out, const struct broker_response *response)
{
    base_buf_printf(out, "HTTP %d\n", response->status);
    for (size_t i = 0; i < response->header_count; i++)
        base_buf_printf(out, "%.*s: %.*s\n", BASE_SPAN_ARG(response->headers[i].name),
                        BASE_SPAN_ARG(response->headers[i].value));
    base_buf_add_char(out, '\n');
}

static enum base_status print_answer(struct run *r, const struct broker_response *response,
                                     struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf head = {0};
    struct base_span body = base_buf_span(response->body);
    enum base_status status = BASE_OK;

    base_buf_init(&head, 1u << 20);
    if (r->o->include)
        add_head(&head, response);
    status = cli_write_buf(&head, err);
    if (!status)
        status = cli_write(body, err);
    if (!status && body.n > 0 && body.p[body.n - 1] != '\n' && (r->o->paginate || r->c->stdout_tty))
        status = cli_write(BASE_SPAN("\n"), err);
    return status;
}

static enum base_status send(struct run *r, struct base_error *err);

/* Sends the request for the next page, if there is one; *ret_more says so. */
static enum base_status next_page(struct run *r, struct base_span body, bool *ret_more,
                                  struct base_error *err)
{
    struct hubspot_page page;
    struct base_buf next;
    enum base_status status = hubspot_page_parse(body, &page, err);

    *ret_more = false;
    if (status || !page.more)
        return status;
    status = hubspot_page_advances(r->cursor, page.cursor, err);
    if (status)
        return status;
    memcpy(r->cursor, page.cursor, sizeof(r->cursor));
    base_buf_init(&next, r->target.max);
    hubspot_page_next_target(&next, base_buf_span(&r->target), page.parameter, page.cursor);
    base_buf_free(&r->target);
    r->target = next;
    *ret_more = true;
    return send(r, err);
}

static void on_answer(void *arg, enum base_status status, struct broker_response *response,
                      const struct base_error *err)
{
    struct run *r = arg;
    bool more = false;
    enum base_status printed;

    r->call = NULL;
    if (status)
        *r->err = *err;
    /* HubSpot's own words go to standard output whatever the status: a program may want to read
     * them. */
    printed = response ? print_answer(r, response, status ? NULL : r->err) : BASE_OK;
    if (!status)
        status = printed;
    if (!status && r->o->paginate)
        status = next_page(r, base_buf_span(response->body), &more, r->err);
    r->status = status;
    if (status || !more)
        cli_wake(r->c);
}

static enum base_status send(struct run *r, struct base_error *err)
{
    struct broker_request request = {
        .account = r->account,
        .method = r->method,
        .target = base_buf_str(&r->target),
        .headers = r->headers,
        .header_count = r->header_count,
        .body = r->o->data ? base_buf_span(&r->body) : BASE_SPAN_NONE,
        .bulk = r->o->paginate,
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
    if (i != args->count - 1 || (*ret_path)[0] != '/') {
        base_fail(err, BASE_USAGE, "reading the command line",
                  "a call is [ACCOUNT] [METHOD] PATH, and PATH begins with /");
        base_error_hint(err, "hubauth api GET /crm/objects/2026-03/contacts?limit=10");
        return BASE_USAGE;
    }
    return BASE_OK;
}

static enum base_status read_data(struct run *r, struct base_error *err)
{
    const char *data = r->o->data;
    enum base_status status = BASE_OK;

    base_buf_init(&r->body, API_BODY_MAX);
    if (!data)
        return BASE_OK;
    if (strcmp(data, "-") == 0)
        status = base_file_read_fd(STDIN_FILENO, &r->body, err);
    else if (data[0] == '@')
        status = base_file_read(data + 1, &r->body, err);
    else
        base_buf_add_str(&r->body, data);
    if (status) {
        base_error_doing(err, "reading the request's body");
        return BASE_USAGE;
    }
    return base_buf_status(&r->body) ? base_fail(err, BASE_USAGE, "reading the request's body",
                                                 "it is larger than 16 MiB")
                                     : BASE_OK;
}

static enum base_status read_headers(struct run *r, struct base_error *err)
{
    bool typed = false;

    for (size_t i = 0; i < r->o->headers.count; i++) {
        struct base_span value = base_span_of(r->o->headers.items[i]);
        struct base_span name = base_span_cut(&value, ':');

        if (!value.p || name.n == 0)
            return base_fail(err, BASE_USAGE, "reading the command line",
                             "a header is \"Name: value\"");
        if (base_span_is_nocase(name, "authorization"))
            return base_fail(err, BASE_USAGE, "reading the command line",
                             "hubauth sets the Authorization header itself");
        typed = typed || base_span_is_nocase(name, "content-type");
        r->headers[r->header_count++] = (struct broker_header){name, base_span_trim(value)};
    }
    if (r->o->data && !typed)
        r->headers[r->header_count++] =
            (struct broker_header){BASE_SPAN("Content-Type"), BASE_SPAN("application/json")};
    return BASE_OK;
}

static enum base_status prepare(struct run *r, const char *path, struct base_error *err)
{
    enum base_status status = read_data(r, err);

    if (status || (status = read_headers(r, err)))
        return status;
    if (!r->method)
        r->method = r->o->data ? "POST" : "GET";
    if (r->o->paginate && strcmp(r->method, "GET") != 0)
        return base_fail(err, BASE_USAGE, "reading the command line", "--paginate is for GET");
    base_buf_init(&r->target, 16384);
    base_buf_add_str(&r->target, path);
    return BASE_OK;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct run r = {.c = c, .o = args->options, .err = err};
    const char *wanted, *path;
    enum base_status status = read_operands(args, &wanted, &r.method, &path, err);

    if (!status)
        status = prepare(&r, path, err);
    if (!status)
        status = cli_account_choose(c, wanted, &account, err);
    if (!status)
        status = cli_broker_on_loop(c, &r.b, err);
    r.account = account.name;
    if (!status)
        status = send(&r, err);
    if (!status)
        status = cli_wait(c, err);
    if (status)
        broker_call_cancel(r.call);
    base_buf_free(&r.target);
    base_buf_free(&r.body);
    return status ? status : r.status;
}

const struct cli_command cli_cmd_api = {
    .usage = {.program = "hubauth",
              .name = "api",
              .operands = "[ACCOUNT] [METHOD] PATH",
              .summary = "call HubSpot's API",
              .details = "Sends one request with a token that works, waits its turn within the "
                         "rate limit, and prints the answer. A "
                         "token that HubSpot calls expired is renewed once; what may be repeated "
                         "is repeated when HubSpot is busy. "
                         "PATH is a path of HubSpot's API: the token goes to no other host.",
              .options = options,
              .min_operands = 1,
              .max_operands = 3,
              .examples = examples,
              .exits =
                  CLI_EXITS " The body of HubSpot's answer goes to standard output in any case.",
              .see_also = "hubauth-export(1), hubauth-token(1)"},
    .options_size = sizeof(struct api_options),
    .run = run,
};
