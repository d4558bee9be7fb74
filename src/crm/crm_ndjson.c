#include "crm_sink.h"

struct ndjson {
    struct crm_sink sink;
    struct crm_output *out;
};

/* Where the first line end is, or the span's own end. */
static size_t line_end(struct base_span s)
{
    const char *feed = memchr(s.p, '\n', s.n);
    size_t n = feed ? (size_t)(feed - s.p) : s.n;
    const char *back = memchr(s.p, '\r', n);

    return back ? (size_t)(back - s.p) : n;
}

static enum base_status ndjson_row(struct crm_sink *s, struct base_span object,
                                   struct base_error *err)
{
    struct ndjson *n = (struct ndjson *)s;
    enum base_status status = BASE_OK;

    /* JSON may hold line ends between tokens (never inside a string): HubSpot sends none, but a
     * line must stay one. */
    while (!status && object.n > 0) {
        size_t run = line_end(object);

        status = crm_output_write(n->out, base_span_first(object, run), err);
        object = base_span_from(object, run < object.n ? run + 1 : run);
    }
    return status ? status : crm_output_write(n->out, BASE_SPAN("\n"), err);
}

static enum base_status ndjson_mark(struct crm_sink *s, const struct crm_position *at,
                                    struct base_error *err)
{
    return crm_output_mark(((struct ndjson *)s)->out, at, err);
}

static enum base_status ndjson_finish(struct crm_sink *s, struct base_error *err)
{
    (void)s;
    (void)err;
    return BASE_OK;
}

static void ndjson_free(struct crm_sink *s)
{
    base_mem_free(s);
}

enum base_status crm_ndjson_new(struct crm_output *o, struct crm_sink **ret, struct base_error *err)
{
    static const struct crm_sink_ops ops = {ndjson_row, ndjson_mark, ndjson_finish, ndjson_free};
    struct ndjson *n = base_mem_new(sizeof(*n));

    if (!n)
        return base_fail_memory(err);
    n->sink.ops = &ops;
    n->out = o;
    *ret = &n->sink;
    return BASE_OK;
}
