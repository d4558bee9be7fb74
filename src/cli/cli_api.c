#include "cli_api.h"

#include "base_file.h"
#include "base_select.h"
#include "base_text.h"

#define API_HEAD_MAX (256u << 10)  /* http has a cap of its own below it */
#define API_PIECE_MAX (16u << 20)  /* the first is all that was held */
#define API_PRINT_MAX (256u << 20) /* what is laid out is larger than what came */

static void add_text(const struct cli_api_output *o, struct base_buf *out, struct base_span text)
{
    if (o->terminal)
        base_text_printable_lines(out, text);
    else
        base_buf_add_span(out, text);
}

static void add_head(const struct cli_api_output *o, struct base_buf *out,
                     const struct broker_response *response)
{
    base_buf_printf(out, "HTTP %d\n", response->status);
    for (size_t i = 0; i < response->header_count; i++) {
        add_text(o, out, response->headers[i].name);
        base_buf_add_str(out, ": ");
        add_text(o, out, response->headers[i].value);
        base_buf_add_char(out, '\n');
    }
    base_buf_add_char(out, '\n');
}

static void add_line(void *arg, const struct base_json_value *v)
{
    base_select_line(arg, v);
    base_buf_add_char(arg, '\n');
}

static void note_found(void *arg, const struct base_json_value *v)
{
    struct cli_api_output *o = arg;

    o->found = o->found || v->type != BASE_JSON_ERROR;
}

/* Up to the first [], behind which there may be nothing: a list can be empty. */
static enum base_status look_for(struct cli_api_output *o, struct base_span body,
                                 struct base_error *err)
{
    size_t n = base_select_before_each(o->select);
    BASE_CLEANUP(base_mem_cleanup) char *path = base_span_dup((struct base_span){o->select, n});

    if (!path)
        return base_fail_memory(err);
    base_select(body, n > 0 ? path : ".", note_found, o);
    return BASE_OK;
}

static enum base_status add_selected(struct cli_api_output *o, struct base_span body,
                                     struct base_buf *out, struct base_error *err)
{
    if (!base_json_valid(body)) {
        base_fail(err, BASE_INVALID, "selecting from the answer", "it is not JSON");
        base_error_hint(err, "see it as it is: leave out --select");
        return BASE_INVALID;
    }
    base_select(body, o->select, add_line, out);
    return look_for(o, body, err);
}

/* As it came; what a terminal gets is printable. */
static enum base_status write_plain(const struct cli_api_output *o, struct base_span text,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf shown = {0};

    if (!o->terminal)
        return base_file_write_stdout(text, err);
    base_buf_init(&shown, API_PRINT_MAX);
    base_text_printable_lines(&shown, text);
    return cli_write_buf(&shown, err);
}

static enum base_status write_head(const struct cli_api_output *o,
                                   const struct broker_response *response, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf head = {0};

    base_buf_init(&head, API_HEAD_MAX);
    add_head(o, &head, response);
    return cli_write_buf(&head, err);
}

static enum base_status write_selected(struct cli_api_output *o, struct base_span body,
                                       struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf lines = {0};
    enum base_status status;

    base_buf_init(&lines, API_PRINT_MAX);
    status = add_selected(o, body, &lines, err);
    if (!status && base_buf_status(&lines))
        return base_fail(err, base_buf_status(&lines), "preparing the output", "it is too large");
    return status ? status : write_plain(o, base_buf_span(&lines), err);
}

/* JSON that would be too large when it is laid out is printed as it came. */
static enum base_status write_body(const struct cli_api_output *o, struct base_span body,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf laid_out = {0};
    bool ends = body.n == 0 || body.p[body.n - 1] == '\n';
    enum base_status status;

    base_buf_init(&laid_out, API_PRINT_MAX);
    if (o->indent && base_indent(&laid_out, body) && !base_buf_status(&laid_out))
        return base_file_write_stdout(base_buf_span(&laid_out), err);
    status = write_plain(o, body, err);
    return status || ends || !o->lines ? status : base_file_write_stdout(BASE_SPAN("\n"), err);
}

/* ------------------------------------------------------------------ in pieces */

enum base_status cli_api_begin(struct cli_api_output *o, const struct broker_response *head,
                               struct base_error *err)
{
    o->is_json = head->is_json;
    o->laid_out = (struct base_indent){0};
    o->last = '\n';
    base_buf_init(&o->rest, API_PIECE_MAX);
    return o->include ? write_head(o, head, err) : BASE_OK;
}

/* For a terminal: laid out or as it came, and printable. A character that the piece ends within
 * waits for the next. */
static enum base_status show_piece(struct cli_api_output *o, struct base_span piece,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf shown = {0};
    struct base_span whole;

    base_buf_init(&shown, API_PRINT_MAX);
    base_buf_add_span(&o->rest, piece);
    whole = base_span_first(base_buf_span(&o->rest), base_text_whole(base_buf_span(&o->rest)));
    if (o->indent && o->is_json)
        base_indent_add(&o->laid_out, whole, &shown);
    else
        base_text_printable_lines(&shown, whole);
    if (base_buf_status(&o->rest))
        return base_fail_memory(err);
    base_buf_consume(&o->rest, whole.n);
    return cli_write_buf(&shown, err);
}

enum base_status cli_api_piece(struct cli_api_output *o, struct base_span piece,
                               struct base_error *err)
{
    if (o->silent || piece.n == 0)
        return BASE_OK;
    o->last = piece.p[piece.n - 1];
    return o->terminal ? show_piece(o, piece, err) : base_file_write_stdout(piece, err);
}

enum base_status cli_api_end(struct cli_api_output *o, struct base_error *err)
{
    bool laid_out = o->terminal && o->indent && o->is_json;
    enum base_status status = BASE_OK;

    if (o->rest.n > 0) /* it never became whole */
        status = base_file_write_stdout(BASE_SPAN("?"), err);
    base_buf_free(&o->rest);
    if (!status && !o->silent && (laid_out || (o->lines && o->last != '\n')))
        status = base_file_write_stdout(BASE_SPAN("\n"), err);
    return status;
}

/* ------------------------------------------------------------------ whole */

enum base_status cli_api_print(struct cli_api_output *o, const struct broker_response *response,
                               bool refused, struct base_error *err)
{
    struct base_span body = base_buf_span(response->body);
    enum base_status status = o->include ? write_head(o, response, err) : BASE_OK;

    if (status || o->silent)
        return status;
    return o->select && !refused ? write_selected(o, body, err) : write_body(o, body, err);
}
