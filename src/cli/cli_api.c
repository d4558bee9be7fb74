#include "cli_api.h"

#include "base_indent.h"
#include "base_select.h"
#include "base_text.h"

#define API_PRINT_MAX (256u << 20) /* what is laid out is larger than what came */

/* Tabs and line ends are as harmless as they are common; the rest is made printable. */
static void add_text(const struct cli_api_output *o, struct base_buf *out, struct base_span text)
{
    if (!o->terminal) {
        base_buf_add_span(out, text);
        return;
    }
    while (text.n > 0) {
        size_t n = 0;

        while (n < text.n && text.p[n] != '\n' && text.p[n] != '\r' && text.p[n] != '\t')
            n++;
        base_text_printable(out, base_span_first(text, n), SIZE_MAX);
        if (n < text.n && text.p[n] != '\r')
            base_buf_add_char(out, text.p[n]);
        text = base_span_from(text, n < text.n ? n + 1 : n);
    }
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
    const char *each = strstr(o->select, "[]");
    size_t n = each ? (size_t)(each - o->select) : strlen(o->select);
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

static enum base_status write_body(const struct cli_api_output *o, struct base_span body,
                                   struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    bool ends = body.n == 0 || body.p[body.n - 1] == '\n';
    enum base_status status;

    if (!o->terminal) {
        status = cli_write(body, err);
    } else {
        base_buf_init(&text, API_PRINT_MAX);
        add_text(o, &text, body);
        status = cli_write_buf(&text, err);
    }

    return status || ends || !o->lines ? status : cli_write(BASE_SPAN("\n"), err);
}

enum base_status cli_api_print(struct cli_api_output *o, const struct broker_response *response,
                               bool refused, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    struct base_span body = base_buf_span(response->body);
    bool selects = o->select && !refused && !o->silent;
    bool as_it_is;
    enum base_status status = BASE_OK;

    base_buf_init(&out, API_PRINT_MAX);
    if (o->include)
        add_head(o, &out, response);
    if (selects)
        status = add_selected(o, body, &out, err);
    as_it_is = !selects && !o->silent && !(o->indent && base_indent(&out, body));
    if (!status)
        status = cli_write_buf(&out, err);
    return status || !as_it_is ? status : write_body(o, body, err);
}
