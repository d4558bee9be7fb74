#include "cli_fields.h"

#include "base_file.h"
#include "base_json.h"
#include "base_jsonw.h"
#include "base_url.h"

#include <unistd.h>

#define DOING "reading the fields"
#define FIELD_DEPTH 8
#define FIELDS_MAX 32 /* two lists of the command line */
#define FIELD_FILE_MAX (1u << 20)

struct field {
    struct base_span path[FIELD_DEPTH]; /* "" after the name: [] */
    size_t depth;
    struct base_span value;
    bool typed; /* -F */
    bool written;
};

struct fields {
    struct field items[FIELDS_MAX];
    size_t count;
};

/* ------------------------------------------------------------------ reading */

static enum base_status bad(struct base_error *err, const char *field, const char *why)
{
    base_fail(err, BASE_USAGE, DOING, "\"%s\": %s", field, why);
    base_error_hint(err, "such as -f 'properties[email]=ada@example.org' or -F limit=10");
    return BASE_USAGE;
}

/* "a[b][c]" into "a", "b", "c". */
static bool read_name(struct base_span name, struct field *f)
{
    const char *bracket = memchr(name.p, '[', name.n);
    struct base_span rest;

    f->path[0] = base_span_first(name, bracket ? (size_t)(bracket - name.p) : name.n);
    f->depth = 1;
    rest = base_span_from(name, f->path[0].n);
    while (rest.n > 0) {
        const char *end = memchr(rest.p, ']', rest.n);

        if (rest.p[0] != '[' || !end || f->depth == FIELD_DEPTH)
            return false;
        f->path[f->depth++] = (struct base_span){rest.p + 1, (size_t)(end - rest.p) - 1};
        rest = base_span_from(rest, (size_t)(end - rest.p) + 1);
    }
    return f->path[0].n > 0;
}

static enum base_status read_list(const struct base_opt_list *list, bool typed, struct fields *all,
                                  struct base_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct field *f = &all->items[all->count++];
        struct base_span value = base_span_of(list->items[i]);
        struct base_span name = base_span_cut(&value, '=');

        if (!value.p || !read_name(name, f))
            return bad(err, list->items[i], "a field is name=value, or name[member]=value");
        f->value = value;
        f->typed = typed;
    }
    return BASE_OK;
}

static enum base_status read_fields(const struct base_opt_list *texts,
                                    const struct base_opt_list *values, struct fields *all,
                                    struct base_error *err)
{
    enum base_status status = read_list(texts, false, all, err);

    return status ? status : read_list(values, true, all, err);
}

/* -F name=@FILE */
static enum base_status read_value_file(const struct field *f, struct base_buf *out,
                                        struct base_error *err)
{
    const char *path = f->value.p + 1; /* to the end of the argument */
    enum base_status status;

    base_buf_init(out, FIELD_FILE_MAX);
    status = strcmp(path, "-") == 0 ? base_file_read_fd(STDIN_FILENO, out, err)
                                    : base_file_read(path, out, err);
    if (!status)
        return BASE_OK;
    base_error_doing(err, "reading the value of a field");
    return status == BASE_NO_MEMORY ? status : base_error_as(err, BASE_USAGE);
}

static bool is_file(const struct field *f)
{
    return f->typed && f->value.n > 1 && f->value.p[0] == '@';
}

/* ------------------------------------------------------------------ as JSON */

/* true, false, null and numbers, as JSON spells them. */
static bool is_literal(struct base_span value)
{
    static const char others[] = "{[\" \t\r\n";

    return value.n > 0 && !strchr(others, value.p[0]) && base_json_valid(value);
}

static enum base_status write_value(struct base_jsonw *w, struct field *f, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf file = {0};
    enum base_status status = BASE_OK;

    f->written = true;
    if (is_file(f)) {
        status = read_value_file(f, &file, err);
        if (!status)
            base_jsonw_string(w, base_buf_span(&file));
    } else if (f->typed && is_literal(f->value)) {
        base_jsonw_raw(w, f->value);
    } else {
        base_jsonw_string(w, f->value);
    }
    return status;
}

static bool belongs(const struct field *f, const struct field *group, size_t depth)
{
    if (f->written || f->depth <= depth)
        return false;
    for (size_t i = 0; i <= depth; i++) {
        if (!base_span_eq(f->path[i], group->path[i]))
            return false;
    }
    return true;
}

static enum base_status write_array(struct base_jsonw *w, struct fields *all, struct field *group,
                                    size_t depth, struct base_error *err)
{
    enum base_status status = BASE_OK;

    base_jsonw_array(w);
    for (size_t i = 0; i < all->count && !status; i++) {
        struct field *f = &all->items[i];

        if (!belongs(f, group, depth))
            continue;
        status = f->depth == depth + 1 ? write_value(w, f, err)
                                       : bad(err, f->path[0].p, "nothing can come behind []");
    }
    base_jsonw_end(w);
    return status;
}

/* The members of one object: those fields that have the path of `group` up to depth - 1. */
static enum base_status write_object(struct base_jsonw *w, struct fields *all,
                                     const struct field *group, size_t depth,
                                     struct base_error *err);

static enum base_status write_member(struct base_jsonw *w, struct fields *all, struct field *f,
                                     size_t depth, struct base_error *err)
{
    const struct field first = *f;
    enum base_status status;

    base_jsonw_key_span(w, f->path[depth]);
    if (f->depth == depth + 1)
        status = write_value(w, f, err);
    else if (f->path[depth + 1].n == 0)
        status = write_array(w, all, f, depth + 1, err);
    else
        status = write_object(w, all, f, depth + 1, err);
    for (size_t i = 0; i < all->count && !status; i++) {
        if (belongs(&all->items[i], &first, depth))
            status = bad(err, all->items[i].path[0].p, "the name is given twice");
    }
    return status;
}

static enum base_status write_object(struct base_jsonw *w, struct fields *all,
                                     const struct field *group, size_t depth,
                                     struct base_error *err)
{
    const struct field first = group ? *group : (struct field){0};
    enum base_status status = BASE_OK;

    base_jsonw_object(w);
    for (size_t i = 0; i < all->count && !status; i++) {
        struct field *f = &all->items[i];

        if (f->written || (depth > 0 && !belongs(f, &first, depth - 1)))
            continue;
        if (f->depth <= depth)
            break; /* the name is given twice, which the caller finds */
        if (f->path[depth].n == 0)
            status = bad(err, f->path[0].p, "it is both a list and an object");
        else
            status = write_member(w, all, f, depth, err);
    }
    base_jsonw_end(w);
    return status;
}

enum base_status cli_fields_body(const struct base_opt_list *texts,
                                 const struct base_opt_list *values, struct base_buf *out,
                                 struct base_error *err)
{
    struct fields all = {.count = 0};
    struct base_jsonw w;
    enum base_status status = read_fields(texts, values, &all, err);

    base_jsonw_begin(&w, out);
    if (!status)
        status = write_object(&w, &all, NULL, 0, err);
    if (status || !base_buf_status(out))
        return status;
    return base_buf_status(out) == BASE_NO_MEMORY
               ? base_fail_memory(err)
               : base_fail(err, BASE_USAGE, DOING, "they are too long");
}

/* ------------------------------------------------------------------ as a query */

enum base_status cli_fields_query(const struct base_opt_list *texts,
                                  const struct base_opt_list *values, struct base_buf *target,
                                  struct base_error *err)
{
    struct fields all = {.count = 0};
    bool first = !memchr(base_buf_str(target), '?', target->n);
    enum base_status status = read_fields(texts, values, &all, err);

    for (size_t i = 0; i < all.count && !status; i++) {
        BASE_CLEANUP(base_buf_free) struct base_buf file = {0};
        const struct field *f = &all.items[i];
        const char *name = f->path[0].p;

        base_buf_add_char(target, first ? '?' : '&');
        first = false;
        base_url_encode(target, (struct base_span){name, (size_t)(f->value.p - name) - 1});
        base_buf_add_char(target, '=');
        if (is_file(f)) {
            status = read_value_file(f, &file, err);
            base_url_encode(target, base_buf_span(&file));
        } else {
            base_url_encode(target, f->value);
        }
    }
    return status;
}
