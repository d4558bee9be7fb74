#include "emulator_scope.h"

/* The next name of a list separated by spaces; empty at the end. */
static struct base_span next_name(struct base_span *rest)
{
    while (rest->n > 0) {
        struct base_span name = base_span_trim(base_span_cut(rest, ' '));
        if (name.n > 0)
            return name;
    }
    return BASE_SPAN_NONE;
}

uint64_t emulator_scopes_bit(const struct emulator_scopes *s, struct base_span name)
{
    for (size_t i = 0; i < s->count; i++)
        if (base_span_eq(s->names[i], name))
            return UINT64_C(1) << i;
    return 0;
}

static enum base_status declare(struct emulator_scopes *s, struct base_span list, uint64_t *ret_set,
                                struct base_error *err)
{
    uint64_t set = 0;
    for (struct base_span name = next_name(&list); name.n > 0; name = next_name(&list)) {
        uint64_t bit = emulator_scopes_bit(s, name);
        if (bit == 0) {
            if (s->count == EMULATOR_SCOPES_MAX)
                return base_fail(err, BASE_USAGE, "reading the app's scopes",
                                 "more than %d scopes are declared", EMULATOR_SCOPES_MAX);
            bit = UINT64_C(1) << s->count;
            s->names[s->count++] = name;
        }
        set |= bit;
    }
    *ret_set = set;
    return BASE_OK;
}

enum base_status emulator_scopes_init(struct emulator_scopes *s, const char *required,
                                      const char *conditional, const char *optional,
                                      struct base_error *err)
{
    struct emulator_scopes made = {0};
    const char *const lists[] = {required, conditional, optional};
    uint64_t *const sets[] = {&made.required, &made.conditional, &made.optional};
    size_t size = strlen(required) + strlen(conditional) + strlen(optional), at = 0;
    made.text = base_mem_array(size + 1, 1);
    if (made.text == NULL)
        return base_fail_memory(err);
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(lists[i]);
        memcpy(made.text + at, lists[i], n);
        enum base_status st = declare(&made, (struct base_span){made.text + at, n}, sets[i], err);
        if (st != BASE_OK) {
            emulator_scopes_done(&made);
            return st;
        }
        at += n;
    }
    *s = made;
    return BASE_OK;
}

void emulator_scopes_done(struct emulator_scopes *s)
{
    base_mem_free(s->text);
    *s = (struct emulator_scopes){0};
}

uint64_t emulator_scopes_parse(const struct emulator_scopes *s, const char *text, bool *ret_unknown)
{
    uint64_t set = 0;
    struct base_span list = base_span_of(text);
    *ret_unknown = false;
    for (struct base_span name = next_name(&list); name.n > 0; name = next_name(&list)) {
        uint64_t bit = emulator_scopes_bit(s, name);
        if (bit == 0)
            *ret_unknown = true;
        set |= bit;
    }
    return set;
}

void emulator_scopes_write(const struct emulator_scopes *s, uint64_t set, struct base_jsonw *w)
{
    base_jsonw_array(w);
    for (size_t i = 0; i < s->count; i++)
        if (set & UINT64_C(1) << i)
            base_jsonw_string(w, s->names[i]);
    base_jsonw_end(w);
}

void emulator_scopes_text(const struct emulator_scopes *s, uint64_t set, struct base_buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < s->count; i++) {
        if ((set & UINT64_C(1) << i) == 0)
            continue;
        base_buf_add_str(out, separator);
        base_buf_add_span(out, s->names[i]);
        separator = " ";
    }
}
