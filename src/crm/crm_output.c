#include "crm_output.h"

#include "base_file.h"
#include "base_text.h"
#include "crm_part.h"

#include <unistd.h>

#define OUTPUT_BUFFER (256u << 10)

struct crm_output {
    struct crm_part *part; /* NULL: standard output */
    struct base_buf buffer;
    bool shown; /* on a terminal */
    void (*before)(void *arg);
    void *before_arg;
};

enum base_status crm_output_open(const char *path, struct crm_output **ret, struct base_error *err)
{
    struct crm_output *o = base_mem_new(sizeof(*o));
    enum base_status status = BASE_OK;

    if (!o)
        return base_fail_memory(err);
    base_buf_init(&o->buffer, OUTPUT_BUFFER);
    if (path && strcmp(path, "-") != 0)
        status = crm_part_open(path, &o->part, err);
    if (status) {
        base_mem_free(o);
        return status;
    }
    *ret = o;
    return BASE_OK;
}

void crm_output_show(struct crm_output *o)
{
    o->shown = true;
}

void crm_output_before(struct crm_output *o, void (*before)(void *arg), void *arg)
{
    o->before = before;
    o->before_arg = arg;
}

const struct crm_state *crm_output_found(const struct crm_output *o, const char **ret_why)
{
    *ret_why = "";
    return o->part ? crm_part_found(o->part, ret_why) : NULL;
}

enum base_status crm_output_begin(struct crm_output *o, const struct crm_state *state,
                                  struct base_error *err)
{
    return o->part ? crm_part_begin(o->part, state, err) : BASE_OK;
}

bool crm_output_is_empty(const struct crm_output *o)
{
    return o->buffer.n == 0 && (!o->part || crm_part_bytes(o->part) == 0);
}

static enum base_status put(struct crm_output *o, struct base_span bytes, struct base_error *err)
{
    enum base_status status;

    if (o->before && bytes.n > 0)
        o->before(o->before_arg);
    status = o->part ? crm_part_write(o->part, bytes, err) : base_file_write_stdout(bytes, err);
    if (status && status != BASE_CANCELLED)
        base_error_doing(err, "writing the export");
    return status;
}

static enum base_status flush(struct crm_output *o, struct base_error *err)
{
    enum base_status status = put(o, base_buf_span(&o->buffer), err);

    base_buf_reset(&o->buffer);
    return status;
}

static enum base_status write_bytes(struct crm_output *o, struct base_span bytes,
                                    struct base_error *err)
{
    bool alone = bytes.n > OUTPUT_BUFFER / 2; /* behind what came before it */
    enum base_status status = BASE_OK;

    if (alone || o->buffer.n + bytes.n > OUTPUT_BUFFER)
        status = flush(o, err);
    if (status)
        return status;
    if (alone)
        return put(o, bytes, err);
    base_buf_add_span(&o->buffer, bytes);
    return base_buf_status(&o->buffer) ? base_fail_memory(err) : BASE_OK;
}

enum base_status crm_output_write(struct crm_output *o, struct base_span bytes,
                                  struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf printable = {0};

    if (!o->shown)
        return write_bytes(o, bytes, err);
    base_buf_init(&printable, bytes.n); /* never longer than what it stands for */
    base_text_printable_lines(&printable, bytes);
    if (base_buf_status(&printable))
        return base_fail_memory(err);
    /* Not later: by then a line of progress stands there, and would have to go. */
    return put(o, base_buf_span(&printable), err);
}

enum base_status crm_output_mark(struct crm_output *o, const struct crm_position *at,
                                 struct base_error *err)
{
    enum base_status status = flush(o, err);

    return status || !o->part ? status : crm_part_mark(o->part, at, err);
}

enum base_status crm_output_commit(struct crm_output *o, bool keep_state, struct base_error *err)
{
    enum base_status status = flush(o, err);

    if (!status && o->part)
        status = crm_part_commit(o->part, keep_state, err);
    if (status)
        return status;
    o->part = NULL;
    (void)crm_output_abort(o);
    return BASE_OK;
}

int64_t crm_output_abort(struct crm_output *o)
{
    int64_t rows;

    if (!o)
        return -1;
    rows = crm_part_close(o->part);
    base_buf_free(&o->buffer);
    base_mem_free(o);
    return rows;
}
