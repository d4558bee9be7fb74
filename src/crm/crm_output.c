#include "crm_output.h"

#include "base_file.h"

#include <errno.h>
#include <unistd.h>

#define OUTPUT_BUFFER (64u << 10)

struct crm_output {
    struct base_file *file; /* NULL: standard output */
    struct base_buf buffer;
};

enum base_status crm_output_open(const char *path, struct crm_output **ret, struct base_error *err)
{
    struct crm_output *o = base_mem_new(sizeof(*o));
    enum base_status status = BASE_OK;

    if (!o)
        return base_fail_memory(err);
    base_buf_init(&o->buffer, OUTPUT_BUFFER);
    if (path && strcmp(path, "-") != 0)
        status = base_file_create(path, 0600, &o->file, err);
    if (status) {
        base_mem_free(o);
        return status;
    }
    *ret = o;
    return BASE_OK;
}

static enum base_status put(struct crm_output *o, struct base_span bytes, struct base_error *err)
{
    int fd = o->file ? base_file_fd(o->file) : STDOUT_FILENO;
    enum base_status status;

    errno = 0;
    status = base_file_write_fd(fd, bytes, err);
    if (status && errno == EPIPE && !o->file)
        return base_fail(err, BASE_CANCELLED, "writing the export",
                         "the reader of the pipe has gone");
    if (status)
        base_error_doing(err, "writing the export");
    return status ? BASE_STORAGE : BASE_OK;
}

static enum base_status flush(struct crm_output *o, struct base_error *err)
{
    enum base_status status = put(o, base_buf_span(&o->buffer), err);

    base_buf_reset(&o->buffer);
    return status;
}

enum base_status crm_output_write(struct crm_output *o, struct base_span bytes,
                                  struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (o->buffer.n + bytes.n > OUTPUT_BUFFER)
        status = flush(o, err);
    if (status)
        return status;
    if (bytes.n > OUTPUT_BUFFER / 2)
        return put(o, bytes, err);
    base_buf_add_span(&o->buffer, bytes);
    return base_buf_status(&o->buffer) ? base_fail_memory(err) : BASE_OK;
}

enum base_status crm_output_commit(struct crm_output *o, struct base_error *err)
{
    enum base_status status = flush(o, err);

    if (!status && o->file) {
        status = base_file_commit(o->file, err);
        o->file = NULL;
        if (status)
            status = BASE_STORAGE;
    }
    crm_output_abort(o);
    return status;
}

void crm_output_abort(struct crm_output *o)
{
    if (!o)
        return;
    base_file_abort(o->file);
    base_buf_free(&o->buffer);
    base_mem_free(o);
}
