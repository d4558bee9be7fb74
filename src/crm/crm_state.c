#include "crm_state.h"

#include "base_json.h"
#include "base_jsonw.h"

#define STATE_VERSION 1

static const char *const option_names[CRM_STATE_OPTIONS] = {
#define X(id, name) [CRM_STATE_##id] = name,
    CRM_STATE_OPTION_MAP(X)
#undef X
};

const char *crm_state_option_name(enum crm_state_option option)
{
    return option_names[option];
}

void crm_state_free(struct crm_state *s)
{
    base_mem_free(s->texts);
    s->texts = NULL;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_all(const struct crm_state *s)
{
    return same(s->option[CRM_STATE_PROPERTIES], "all");
}

/* A file of names is what is in it. */
static bool same_properties(const struct crm_state *a, const struct crm_state *b)
{
    return is_all(a) || is_all(b) ? is_all(a) && is_all(b) : same(a->names, b->names);
}

enum crm_state_option crm_state_differs(const struct crm_state *a, const struct crm_state *b)
{
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        if (i == CRM_STATE_PROPERTIES ? !same_properties(a, b) : !same(a->option[i], b->option[i]))
            return (enum crm_state_option)i;
    }
    return CRM_STATE_OPTIONS;
}

/* ------------------------------------------------------------------ out */

void crm_state_begin(const struct crm_state *s, const char *boot, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "hubauth_export", STATE_VERSION);
    base_jsonw_member_str(&w, "boot", boot);
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        if (s->option[i])
            base_jsonw_member_str(&w, option_names[i], s->option[i]);
    }
    if (s->names)
        base_jsonw_member_str(&w, "names", s->names);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

/* In one piece: a mark has up to 128 of them, and each page a mark. */
static void add_range(struct base_jsonw *w, const struct crm_range *range)
{
    const int64_t numbers[] = {range->next, range->end, range->stride};
    char text[sizeof(numbers) / sizeof(numbers[0]) * (BASE_BUF_DIGITS + 1) + 1], *to = text;
    char room[BASE_BUF_DIGITS];

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct base_span digits = base_buf_digits(room, numbers[i]);

        *to++ = i == 0 ? '[' : ',';
        memcpy(to, digits.p, digits.n);
        to += digits.n;
    }
    *to++ = ']';
    base_jsonw_raw(w, (struct base_span){text, (size_t)(to - text)});
}

void crm_state_mark(const struct crm_state *s, struct base_buf *out)
{
    const struct crm_position *at = &s->at;
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_int(&w, "bytes", s->bytes);
    base_jsonw_member_int(&w, "rows", at->rows);
    base_jsonw_member_bool(&w, "synced", s->synced);
    base_jsonw_member_bool(&w, "complete", s->complete);
    base_jsonw_member_bool(&w, "ranged", at->ranged);
    base_jsonw_member_bool(&w, "jumped", at->jumped);
    base_jsonw_member_bool(&w, "ended", at->ended);
    base_jsonw_member_str(&w, "cursor", at->cursor);
    base_jsonw_member_int(&w, "lowest", at->ranges.lowest);
    base_jsonw_member_int(&w, "highest", at->ranges.highest);
    /* The one that began at the list's beginning is apart: it has the list's own cursor. */
    if (at->ranges.at[0].open) {
        base_jsonw_key(&w, "first");
        add_range(&w, &at->ranges.at[0]);
    }
    base_jsonw_key(&w, "ranges");
    base_jsonw_array(&w);
    for (size_t i = 1; i < CRM_RANGES; i++) {
        if (at->ranges.at[i].open)
            add_range(&w, &at->ranges.at[i]);
    }
    base_jsonw_end(&w);
    base_jsonw_end(&w);
    base_buf_add_char(out, '\n');
}

/* ------------------------------------------------------------------ in */

static enum base_status not_ours(struct base_error *err, const char *why)
{
    return base_fail(err, BASE_INVALID, "reading the state of an export", "%s", why);
}

/* Decodes a string to *to; *room holds as many bytes as the text that it stands in. */
static const char *decode_to(const struct base_json_value *v, char **room)
{
    char *text = *room;
    size_t n = base_json_string_length(v);

    base_json_string_decode(v, text);
    text[n] = '\0';
    *room = text + n + 1;
    return text;
}

static enum base_status parse_begin(struct base_span line, struct crm_state *s,
                                    const char **ret_boot, struct base_error *err)
{
    struct base_json_value texts[CRM_STATE_OPTIONS], names, boot;
    bool given[CRM_STATE_OPTIONS] = {0}, has_names = false;
    struct base_json_field fields[CRM_STATE_OPTIONS + 3];
    int64_t version;
    enum base_status status;
    char *room;

    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++)
        fields[i] = (struct base_json_field){.name = option_names[i],
                                             .want = BASE_JSON_WANT_STRING,
                                             .to = &texts[i],
                                             .present = &given[i]};
    fields[CRM_STATE_OPTIONS] = (struct base_json_field){
        .name = "names", .want = BASE_JSON_WANT_STRING, .to = &names, .present = &has_names};
    fields[CRM_STATE_OPTIONS + 1] = (struct base_json_field){
        .name = "boot", .want = BASE_JSON_WANT_STRING, .required = true, .to = &boot};
    fields[CRM_STATE_OPTIONS + 2] = (struct base_json_field){
        .name = "hubauth_export", .want = BASE_JSON_WANT_INT64, .required = true, .to = &version};
    status = base_json_decode(line, fields, CRM_STATE_OPTIONS + 3, err);
    if (status)
        return status;
    if (version != STATE_VERSION)
        return not_ours(err, "it is of another version of hubauth");
    s->texts = room = base_mem_array(line.n + CRM_STATE_OPTIONS + 2, 1);
    if (!room)
        return base_fail_memory(err);
    for (size_t i = 0; i < CRM_STATE_OPTIONS; i++) {
        if (given[i])
            s->option[i] = decode_to(&texts[i], &room);
    }
    s->names = has_names ? decode_to(&names, &room) : NULL;
    *ret_boot = decode_to(&boot, &room);
    return s->option[CRM_STATE_OBJECT] ? BASE_OK : not_ours(err, "it names no object");
}

/* [next, end, stride] */
static bool read_range(struct base_span array, struct crm_range *ret)
{
    int64_t numbers[3];
    struct base_json j;
    struct base_json_value v;

    base_json_begin(&j, array);
    if (base_json_next(&j, NULL) != BASE_JSON_ARRAY)
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (base_json_next(&j, &v) != BASE_JSON_NUMBER || !base_json_int64(&v, &numbers[i]) ||
            numbers[i] < 0 || (numbers[i] >= CRM_ID_MAX && (i != 1 || numbers[i] != CRM_RANGE_END)))
            return false;
    }
    *ret = (struct crm_range){
        .open = true, .next = numbers[0], .end = numbers[1], .stride = numbers[2]};
    return base_json_next(&j, NULL) == BASE_JSON_ARRAY_END && numbers[0] < numbers[1];
}

static bool overlap(const struct crm_ranges *r, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (r->at[k].open && r->at[k].next < r->at[i].end && r->at[i].next < r->at[k].end)
            return true;
    }
    return false;
}

/* No id in two of them: its row would come twice. */
static bool read_ranges(struct base_span array, struct crm_ranges *r)
{
    struct base_json j;
    struct base_json_value v;
    enum base_json_type type;

    base_json_begin(&j, array);
    (void)base_json_next(&j, NULL);
    for (size_t i = 1; (type = base_json_take(&j, &v)) == BASE_JSON_ARRAY; i++) {
        if (i == CRM_RANGES || !read_range(v.raw, &r->at[i]) || overlap(r, i))
            return false;
    }
    return type == BASE_JSON_ARRAY_END;
}

static bool nothing_left(const struct crm_position *at)
{
    return at->ranged ? crm_ranges_done(&at->ranges) : at->ended;
}

static bool parse_mark(struct base_span line, struct crm_state *ret)
{
    struct crm_state s = {0};
    struct crm_ranges *r = &s.at.ranges;
    struct base_json_value cursor, ranges, first;
    bool has_first = false;
    const struct base_json_field fields[] = {
        {"bytes", BASE_JSON_WANT_INT64, true, &s.bytes, NULL},
        {"rows", BASE_JSON_WANT_INT64, true, &s.at.rows, NULL},
        {"synced", BASE_JSON_WANT_BOOL, true, &s.synced, NULL},
        {"complete", BASE_JSON_WANT_BOOL, true, &s.complete, NULL},
        {"ranged", BASE_JSON_WANT_BOOL, true, &s.at.ranged, NULL},
        {"jumped", BASE_JSON_WANT_BOOL, true, &s.at.jumped, NULL},
        {"ended", BASE_JSON_WANT_BOOL, true, &s.at.ended, NULL},
        {"cursor", BASE_JSON_WANT_STRING, true, &cursor, NULL},
        {"lowest", BASE_JSON_WANT_INT64, true, &r->lowest, NULL},
        {"highest", BASE_JSON_WANT_INT64, true, &r->highest, NULL},
        {"first", BASE_JSON_WANT_ARRAY, false, &first, &has_first},
        {"ranges", BASE_JSON_WANT_ARRAY, true, &ranges, NULL},
    };
    int64_t lowest, highest;
    size_t n;

    if (base_json_decode(line, fields, sizeof(fields) / sizeof(fields[0]), NULL))
        return false;
    n = base_json_string_length(&cursor);
    if (s.bytes < 0 || s.at.rows < 0 || n >= sizeof(s.at.cursor) || r->lowest >= CRM_ID_MAX ||
        r->highest >= CRM_ID_MAX)
        return false;
    base_json_string_decode(&cursor, s.at.cursor);
    lowest = r->lowest;
    highest = r->highest;
    crm_ranges_init(r);
    r->at[0].open = false;
    r->lowest = lowest < 0 ? -1 : lowest;
    r->highest = highest < lowest || lowest < 0 ? r->lowest : highest;
    if ((has_first && !read_range(first.raw, &r->at[0])) || !read_ranges(ranges.raw, r) ||
        (!s.complete && (nothing_left(&s.at) || (s.at.rows > 0) != (s.bytes > 0) ||
                         s.at.rows > s.bytes))) /* a row has a byte */
        return false;
    ret->bytes = s.bytes;
    ret->synced = s.synced;
    ret->complete = s.complete;
    ret->at = s.at;
    return true;
}

enum base_status crm_state_parse(struct base_span text, const char *boot, struct crm_state *ret,
                                 struct base_error *err)
{
    struct crm_state s = {0}, mark = {0};
    struct base_span rest = text;
    const char *begun_at = "";
    bool found = false;
    enum base_status status = parse_begin(base_span_cut(&rest, '\n'), &s, &begun_at, err);

    /* Where it was cut off or the power failed, there are lines that are none. */
    while (!status && rest.p) {
        if (parse_mark(base_span_cut(&rest, '\n'), &mark) &&
            (mark.synced || (boot[0] && strcmp(begun_at, boot) == 0))) {
            found = true;
            s.bytes = mark.bytes;
            s.synced = mark.synced;
            s.complete = mark.complete;
            s.at = mark.at;
        }
    }
    if (!status && !found)
        status = base_fail(err, BASE_NOT_FOUND, "reading the state of an export",
                           "nothing in it is certain since the machine was started anew");
    if (status) {
        crm_state_free(&s);
        return status;
    }
    *ret = s;
    return BASE_OK;
}
