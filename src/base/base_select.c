#include "base_select.h"

/* ---------------------------------------------------------------- the path */

enum step_kind { STEP_END, STEP_NAME, STEP_EACH, STEP_INDEX, STEP_BAD };

struct step {
    enum step_kind kind;
    struct base_span name;
    uint64_t index;
};

static const struct step bad_step = {.kind = STEP_BAD};

/* What stands between [ and ]; *path is behind the bracket. */
static struct step read_bracket(const char **path)
{
    struct step step = {.kind = STEP_INDEX};
    const char *p = *path, *end;
    if (p[0] == '"') {
        end = strchr(p + 1, '"');
        if (end == NULL || end[1] != ']')
            return bad_step;
        step.kind = STEP_NAME;
        step.name = (struct base_span){p + 1, (size_t)(end - p) - 1};
        *path = end + 2;
        return step;
    }
    end = strchr(p, ']');
    if (end == NULL)
        return bad_step;
    *path = end + 1;
    step.name = (struct base_span){p, (size_t)(end - p)};
    if (step.name.n == 0)
        step.kind = STEP_EACH;
    else if (!base_span_uint64(step.name, &step.index))
        return bad_step;
    return step;
}

/* The next step of a path from behind an earlier one, or from its beginning. */
static struct step next_step(const char **path, bool first)
{
    if ((*path)[0] == '\0')
        return (struct step){.kind = STEP_END};
    if ((*path)[0] == '.' || first) {
        const char *p = *path + ((*path)[0] == '.');
        size_t n = strcspn(p, ".[]\"");
        if (n > 0) {
            *path = p + n;
            return (struct step){.kind = STEP_NAME, .name = {p, n}};
        }
        if (!first || (p[0] != '[' && p[0] != '\0'))
            return bad_step;
        *path = p;
        if (p[0] == '\0')
            return (struct step){.kind = STEP_END};
    }
    if ((*path)[0] != '[')
        return bad_step;
    ++*path;
    return read_bracket(path);
}

enum base_status base_select_check(const char *path, struct base_error *err)
{
    const char *rest = path;
    struct step step = path[0] == '\0' ? bad_step : next_step(&rest, true);
    for (unsigned n = 1; step.kind != STEP_END && step.kind != STEP_BAD; n++)
        step = n <= BASE_SELECT_STEPS ? next_step(&rest, false) : bad_step;
    if (step.kind == STEP_END)
        return BASE_OK;
    base_fail(err, BASE_USAGE, "reading a path into JSON", "\"%s\" is no such path", path);
    base_error_hint(err, "such as results[].properties.email, or .total");
    return BASE_USAGE;
}

size_t base_select_before_each(const char *path)
{
    const char *rest = path, *before = path;
    struct step step = next_step(&rest, true);
    while (step.kind == STEP_NAME || step.kind == STEP_INDEX) {
        before = rest;
        step = next_step(&rest, false);
    }
    return (size_t)(before - path);
}

/* ---------------------------------------------------------------- the way */

struct selection {
    base_select_fn *fn;
    void *arg;
};

static const struct base_json_value absent = {.type = BASE_JSON_ERROR};

static void follow(const struct selection *s, const struct base_json_value *v, const char *path,
                   bool first);

static void follow_each(const struct selection *s, const struct base_json_value *v,
                        const char *path)
{
    struct base_json json;
    struct base_json_value one;
    if (v->type != BASE_JSON_ARRAY && v->type != BASE_JSON_OBJECT)
        return;
    base_json_begin(&json, v->raw);
    base_json_next(&json, NULL);
    for (;;) {
        enum base_json_type type = base_json_take(&json, &one);
        if (type == BASE_JSON_KEY)
            continue;
        if (type == BASE_JSON_ARRAY_END || type == BASE_JSON_OBJECT_END ||
            type == BASE_JSON_ERROR || type == BASE_JSON_END)
            return;
        follow(s, &one, path, false);
    }
}

static struct base_json_value find_index(const struct base_json_value *v, uint64_t index)
{
    struct base_json json;
    struct base_json_value one;
    if (v->type != BASE_JSON_ARRAY)
        return absent;
    base_json_begin(&json, v->raw);
    base_json_next(&json, NULL);
    for (uint64_t i = 0; base_json_take(&json, &one) != BASE_JSON_ARRAY_END; i++) {
        if (one.type == BASE_JSON_ERROR || one.type == BASE_JSON_END)
            return absent;
        if (i == index)
            return one;
    }
    return absent;
}

static bool key_is(const struct base_json_value *key, struct base_span name)
{
    return key->escaped ? false : base_span_eq(key->raw, name);
}

/* The first of that name. A name that the text spells with escapes is not found. */
static struct base_json_value find_name(const struct base_json_value *v, struct base_span name)
{
    struct base_json json;
    struct base_json_value key, value;
    if (v->type != BASE_JSON_OBJECT)
        return absent;
    base_json_begin(&json, v->raw);
    base_json_next(&json, NULL);
    while (base_json_next(&json, &key) == BASE_JSON_KEY) {
        if (base_json_take(&json, &value) == BASE_JSON_ERROR)
            break;
        if (key_is(&key, name))
            return value;
    }
    return absent;
}

/* As deep as the path has steps. */
static void follow(const struct selection *s, const struct base_json_value *v, const char *path,
                   bool first)
{
    struct step step = next_step(&path, first);
    struct base_json_value inner = absent; /* a bad step leads nowhere */
    if (step.kind == STEP_EACH) {
        follow_each(s, v, path);
        return;
    }
    if (step.kind == STEP_END || v->type == BASE_JSON_ERROR) {
        s->fn(s->arg, v);
        return;
    }
    if (step.kind == STEP_NAME)
        inner = find_name(v, step.name);
    else if (step.kind == STEP_INDEX)
        inner = find_index(v, step.index);
    follow(s, &inner, path, false);
}

void base_select(struct base_span json, const char *path, base_select_fn *fn, void *arg)
{
    const struct selection s = {fn, arg};
    struct base_json scanner;
    struct base_json_value whole;
    base_json_begin(&scanner, json);
    if (base_json_take(&scanner, &whole) != BASE_JSON_ERROR)
        follow(&s, &whole, path, true);
}

/* ---------------------------------------------------------------- lines */

/* U+0080 to U+009F in UTF-8. */
static bool is_c1(struct base_span s)
{
    return s.n >= 2 && (unsigned char)s.p[0] == 0xc2 && (unsigned char)s.p[1] >= 0x80 &&
           (unsigned char)s.p[1] < 0xa0;
}

static void add_text(struct base_buf *out, struct base_span text)
{
    static const char special[] = "\n\r\t\\", letters[] = "nrt\\";
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        const char *at = c != '\0' ? strchr(special, c) : NULL;
        if (at != NULL) {
            base_buf_add_char(out, '\\');
            base_buf_add_char(out, letters[at - special]);
        } else if ((unsigned char)c < 0x20 || c == 0x7f) {
            base_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
        } else if (is_c1(base_span_from(text, i))) { /* they drive some terminals */
            base_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)text.p[++i]);
        } else {
            base_buf_add_char(out, c);
        }
    }
}

/* A line end inside JSON stands between two tokens. */
static void add_json(struct base_buf *out, struct base_span json)
{
    for (size_t i = 0; i < json.n; i++)
        base_buf_add_char(out, json.p[i] == '\n' || json.p[i] == '\r' ? ' ' : json.p[i]);
}

void base_select_line(struct base_buf *out, const struct base_json_value *v)
{
    struct base_buf text;
    if (v->type == BASE_JSON_ERROR || v->type == BASE_JSON_NULL)
        return;
    if (v->type != BASE_JSON_STRING) {
        add_json(out, v->raw);
        return;
    }
    base_buf_init(&text, v->raw.n + 1);
    base_json_string_add(v, &text);
    add_text(out, base_buf_span(&text));
    if (base_buf_status(&text) != BASE_OK)
        out->status = base_buf_status(&text);
    base_buf_free(&text);
}
