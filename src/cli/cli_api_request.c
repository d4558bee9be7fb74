#include "cli_api_request.h"

#include "base_file.h"
#include "broker_app.h"
#include "cli_fields.h"
#include "hubspot_target.h"

#include <unistd.h>

#define TARGET_MAX 16384
#define DOING "reading the command line"

/* HubSpot has the first six. */
#define METHODS 6
static const char *const methods[] = {"GET",  "POST",    "PUT",   "PATCH",  "DELETE",
                                      "HEAD", "OPTIONS", "TRACE", "CONNECT"};

static bool is_method(const char *word)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(word, methods[i]) == 0)
            return true;
    }
    return false;
}

/* What was meant as one, and would else be taken for an account. */
static bool looks_like_method(const char *word)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (base_span_is_nocase(base_span_of(word), methods[i]))
            return true;
    }
    return false;
}

static enum base_status fail_method(const char *word, struct base_error *err)
{
    base_fail(err, BASE_USAGE, DOING, "\"%s\" is no method", word);
    base_error_hint(err, "GET, POST, PUT, PATCH, DELETE or HEAD");
    return BASE_USAGE;
}

/* [ACCOUNT] [METHOD] PATH. Who has an account called "get" puts the method behind it. */
static enum base_status read_operands(struct cli_api_request *r, const struct cli_args *args,
                                      struct base_error *err)
{
    int i = 0;

    if (i < args->count - 1 && !is_method(args->operands[i]))
        r->account = args->operands[i++];
    if (i < args->count - 1 && is_method(args->operands[i]))
        r->method = args->operands[i++];
    r->path = args->operands[i];
    if (i < args->count - 1 && looks_like_method(r->path))
        return fail_method(r->path, err);
    if (r->account && !r->method && !r->given->method && looks_like_method(r->account))
        return fail_method(r->account, err);
    if (i == args->count - 1)
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING, "a call is [ACCOUNT] [METHOD] PATH");
    base_error_hint(err, "hubauth api GET /crm/objects/2026-03/contacts?limit=10");
    return BASE_USAGE;
}

static bool has_fields(const struct cli_api_request *r)
{
    return r->given->texts.count + r->given->values.count > 0;
}

/* As with `gh api`: what has a body is a POST unless the method says otherwise. */
static enum base_status choose_method(struct cli_api_request *r, struct base_error *err)
{
    const char *given = r->given->method;

    if (r->method && given)
        return base_fail(err, BASE_USAGE, DOING, "the method is given twice");
    if (given && !is_method(given))
        return fail_method(given, err);
    if (given)
        r->method = given;
    if (!r->method)
        r->method = r->given->data || has_fields(r) ? "POST" : "GET";
    return BASE_OK;
}

static enum base_status read_data(struct cli_api_request *r, struct base_error *err)
{
    const char *data = r->given->data;
    enum base_status status = BASE_OK;

    if (strcmp(data, "-") == 0 || strcmp(data, "@-") == 0) /* the latter as with curl */
        status = base_file_read_fd(STDIN_FILENO, &r->body, err);
    else if (data[0] == '@')
        status = base_file_read(data + 1, &r->body, err);
    else
        base_buf_add_str(&r->body, data);
    if (status == BASE_LIMIT || base_buf_status(&r->body))
        return base_fail(err, BASE_USAGE, "reading the request's body",
                         "it is larger than 64 MiB, more than is kept to be sent again");
    if (status)
        base_error_doing(err, "reading the request's body");
    return status ? BASE_USAGE : BASE_OK;
}

static bool fields_are_query(const struct cli_api_request *r)
{
    return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0 ||
           strcmp(r->method, "DELETE") == 0;
}

static enum base_status read_body(struct cli_api_request *r, struct base_error *err)
{
    const struct cli_api_given *given = r->given;
    bool from_fields = has_fields(r) && !fields_are_query(r);

    if (given->data && from_fields)
        return base_fail(err, BASE_USAGE, DOING, "--data is a body, and so are fields: give one");
    if (given->data)
        return read_data(r, err);
    return from_fields ? cli_fields_body(&given->texts, &given->values, &r->body, err) : BASE_OK;
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

static enum base_status read_headers(struct cli_api_request *r, struct base_error *err)
{
    for (size_t i = 0; i < r->given->headers.count; i++) {
        struct base_span value = base_span_of(r->given->headers.items[i]);
        struct base_span name = base_span_trim(base_span_cut(&value, ':'));
        enum base_status status;

        if (!value.p || name.n == 0)
            return base_fail(err, BASE_USAGE, DOING, "a header is \"Name: value\"");
        if ((status = check_header(name, err)))
            return status;
        r->headers[r->header_count++] = (struct broker_header){name, base_span_trim(value)};
    }
    return BASE_OK;
}

void cli_api_request_say_json(struct cli_api_request *r)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (base_span_is_nocase(r->headers[i].name, "content-type"))
            return;
    }
    r->headers[r->header_count++] =
        (struct broker_header){BASE_SPAN("Content-Type"), BASE_SPAN("application/json")};
}

bool cli_api_request_is_address(const struct cli_api_request *r)
{
    return r->path[0] != '/' && strstr(r->path, "://"); /* a query may have one as well */
}

static enum base_status set_target(struct cli_api_request *r, const char *path,
                                   struct base_error *err)
{
    enum base_status status = BASE_OK;

    base_buf_add_str(&r->target, path);
    if (has_fields(r) && fields_are_query(r))
        status = cli_fields_query(&r->given->texts, &r->given->values, &r->target, err);
    if (!status && base_buf_status(&r->target) == BASE_LIMIT)
        return base_fail(err, BASE_USAGE, "calling the API", "the path is too long");
    if (!status && base_buf_status(&r->target))
        return base_fail_memory(err);
    return status ? status : hubspot_target_check(base_buf_span(&r->target), err);
}

enum base_status cli_api_request_read(struct cli_api_request *r, const struct cli_args *args,
                                      const struct cli_api_given *given, struct base_error *err)
{
    enum base_status status;

    *r = (struct cli_api_request){.given = given};
    base_buf_init(&r->target, TARGET_MAX);
    base_buf_init(&r->body, CLI_API_BODY_MAX);
    if ((status = read_operands(r, args, err)) || (status = choose_method(r, err)) ||
        (status = read_headers(r, err)))
        return status;
    if (!cli_api_request_is_address(r) && (status = set_target(r, r->path, err)))
        return status;
    status = read_body(r, err); /* the last: it may come from standard input, and from a person */
    if (!status && (given->data || r->body.n > 0))
        cli_api_request_say_json(r);
    return status;
}

/* The path of a whole address. */
static enum base_status cut_api_url(struct broker *b, const char *account, const char **path,
                                    struct base_error *err)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status = broker_app_get_of(b, account, &app, err);
    size_t n;

    if (status)
        return status;
    n = strlen(app.api_url);
    if (strncmp(*path, app.api_url, n) != 0 || (*path)[n] != '/') {
        base_fail(err, BASE_USAGE, "calling the API",
                  "the token of this account goes to %s and to no other host", app.api_url);
        base_error_hint(err, "give the path alone, such as /crm/objects/2026-03/contacts");
        return BASE_USAGE;
    }
    *path += n;
    return BASE_OK;
}

enum base_status cli_api_request_aim(struct cli_api_request *r, struct broker *b,
                                     const char *account, struct base_error *err)
{
    const char *path = r->path;
    enum base_status status = cut_api_url(b, account, &path, err);

    return status ? status : set_target(r, path, err);
}

void cli_api_request_done(struct cli_api_request *r)
{
    base_buf_free(&r->target);
    base_buf_free(&r->body);
}
