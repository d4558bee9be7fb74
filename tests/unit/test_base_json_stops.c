/* The scanner looks at whole blocks of a text (base_json_stops.h): so what matters here is where in
 * its block a string ends, an escape or a sequence of UTF-8 is cut, the text ends. Built twice,
 * also with the blocks of machines without SSE2. */
#include "test_support.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base_buf.h"
#include "base_json_stops.h"

/* So far a string goes: past the second border, and past that of all that is looked at at once. */
enum { FAR = 130, FARTHER = 330 };

/* ---------------------------------------------------------------- texts at the end of memory */

static char *guarded_end; /* what stands from here on cannot be read */
static size_t guarded_room;

static int guarded_open(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    (void)state;
    guarded_room = 4 * page;
    char *place =
        mmap(NULL, guarded_room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED || mprotect(place + guarded_room, page, PROT_NONE) != 0)
        return -1;
    guarded_end = place + guarded_room;
    return 0;
}

static int guarded_close(void **state)
{
    (void)state;
    return munmap(guarded_end - guarded_room, guarded_room + (size_t)sysconf(_SC_PAGESIZE));
}

static struct base_span guarded(struct base_span text)
{
    assert_true(text.n <= guarded_room);
    return (struct base_span){memcpy(guarded_end - text.n, text.p, text.n), text.n};
}

/* ---------------------------------------------------------------- which bytes are stops */

static bool is_tail(unsigned char c)
{
    return c >= 0x80 && c <= 0xBF;
}

/* Bytes from 0x80 on of a whole block, one after the other: those that are no stop become 0. */
static void without_plain_sequences(unsigned char *block)
{
#if defined(__SSE2__) && !defined(BASE_JSON_PORTABLE)
    for (size_t i = 0; i < BASE_JSON_BLOCK; i++) {
        unsigned char c = block[i];
        size_t n = c >= 0xC2 && c <= 0xDF ? 2 : c > 0xE0 && c < 0xF0 && c != 0xED ? 3 : 0;
        if (n > 0 && i + n <= BASE_JSON_BLOCK && is_tail(block[i + 1]) &&
            is_tail(block[i + n - 1])) {
            memset(block + i, 'x', n);
            i += n - 1;
        }
    }
#else
    (void)block;
    (void)is_tail;
#endif
}

static uint64_t slow_stops(const char *text)
{
    unsigned char block[BASE_JSON_BLOCK];
    uint64_t stops = 0;
    memcpy(block, text, sizeof(block));
    without_plain_sequences(block);
    for (size_t i = 0; i < BASE_JSON_BLOCK; i++) {
        if (block[i] < 0x20 || block[i] >= 0x80 || block[i] == '"' || block[i] == '\\')
            stops |= UINT64_C(1) << i;
    }
    return stops;
}

static uint64_t stops_seed = 0x9E3779B97F4A7C15u;

static unsigned stops_random(void)
{
    stops_seed ^= stops_seed >> 12;
    stops_seed ^= stops_seed << 25;
    stops_seed ^= stops_seed >> 27;
    return (unsigned)((stops_seed * 0x2545F4914F6CDD1Du) >> 33);
}

/* Every byte in every place of a block, with the rest of it plain or of any bytes: more of those
 * that open and continue a sequence than there would be by chance. */
static void test_every_byte(void **state)
{
    static const unsigned char rare[] = {0x80, 0xBF, 0x9F, 0xA0, 0xC1, 0xC2, 0xC3, 0xDF, 0xE0,
                                         0xE1, 0xE2, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF4, 0xF5};
    char text[BASE_JSON_BLOCK];
    struct base_json j;
    (void)state;
    for (unsigned round = 0; round < 256 * BASE_JSON_BLOCK; round++) {
        unsigned mix = stops_random() % 3;
        for (size_t i = 0; i < sizeof(text); i++) {
            unsigned r = stops_random();
            text[i] = (char)(mix == 0 ? 'a' : r % 4 == 0 ? r >> 8 : rare[r % sizeof(rare)]);
        }
        text[round % BASE_JSON_BLOCK] = (char)(round / BASE_JSON_BLOCK);
        base_json_begin(&j, guarded((struct base_span){text, sizeof(text)}));
        base_json_look(&j, j.start);
        assert_int_equal(le64toh(j.stops[0]), slow_stops(text));
        assert_int_equal(j.stops[1], UINT64_MAX); /* the end */
    }
}

/* Wherever it begins to look, goes on, or begins anew; wherever it is asked. */
static void test_every_place(void **state)
{
    char text[3 * FARTHER];
    struct base_json j;
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = stops_random() % 7 == 0 ? '"' : 'a';
    struct base_span all = guarded((struct base_span){text, sizeof(text)});
    for (size_t from = 0; from <= sizeof(text); from++) {
        base_json_begin(&j, all);
        base_json_look(&j, j.start);
        base_json_look(&j, j.start + j.known + 5);
        base_json_look(&j, j.start + from);
        assert_true((size_t)(j.start + from - j.seen) < j.known);
        for (size_t at = 0; at < j.known; at++) {
            uint64_t stops = base_json_stops(&j, at);
            for (size_t i = 0; i < BASE_JSON_KNOWN; i++) {
                const char *p = j.seen + at + i;
                assert_int_equal(stops >> i & 1, p >= j.end || *p == '"');
            }
        }
    }
}

/* ---------------------------------------------------------------- what stands at a border */

/* What may stand in a string, and what is wrong with it where. */
static const struct {
    const char *text;
    const char *error;
    size_t offset;
} pieces[] = {
    {"", NULL, 0},
    {"\\\"", NULL, 0},
    {"\\\\", NULL, 0},
    {"\\\\\\\"\\\\", NULL, 0},
    {"\\u00e9", NULL, 0},
    {"\\ud83d\\ude00", NULL, 0},
    {"\xc3\xa9", NULL, 0},
    {"\xe2\x82\xac", NULL, 0},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", NULL, 0},
    {"\xe0\xa4\x85", NULL, 0},
    {"\xed\x95\x9c", NULL, 0},
    {"\xf0\x9f\x98\x80", NULL, 0},
    {"\xf4\x8f\xbf\xbf\xc3\xa9", NULL, 0},
    {"\n", "control character in a string", 0},
    {"\xc3\xa9\x1f", "control character in a string", 2},
    {"\n:", "control character in a string", 0},
    {"\\q", "invalid escape in a string", 0},
    {"\\:", "invalid escape in a string", 0},
    {"\\u12g4", "invalid escape in a string", 0},
    {"\\ud800", "lone surrogate in a string", 0},
    {"\xc3", "invalid UTF-8 in a string", 0},
    {"\xc3:", "invalid UTF-8 in a string", 0},
    {"\xc3\xc3\xa9", "invalid UTF-8 in a string", 0},
    {"\xe2\x82", "invalid UTF-8 in a string", 0},
    {"\xe2\x82\xe2\x82\xac", "invalid UTF-8 in a string", 0},
    {"\xf0\x9f\x98", "invalid UTF-8 in a string", 0},
    {"\x80", "invalid UTF-8 in a string", 0},
    {"\xc3\xa9\xa9", "invalid UTF-8 in a string", 2},
    {"\xe2\x82\xac\xac", "invalid UTF-8 in a string", 3},
    {"\xc1\xbf", "invalid UTF-8 in a string", 0},
    {"\xe0\x9f\xbf", "invalid UTF-8 in a string", 0},
    {"\xed\xa0\x80", "invalid UTF-8 in a string", 0},
    {"\xf4\x90\x80\x80", "invalid UTF-8 in a string", 0},
    {"\xf5\x80\x80\x80", "invalid UTF-8 in a string", 0},
};

/* What follows the string: members enough that the last is not the one that is tested, or none. */
static const char *const rests[] = {
    "}",
    ",\"m\":null,\"t\":\"a text\",\"n\":null,\"o\":{\"p\":\"q\",\"r\":null},\"s\":[1,\"u\"],"
    "\"long\":\"0123456789012345678901234567890123456789012345678901234567890123456789\","
    "\"false\":false,\"last\":\"\"}",
};

/* An object whose first member has the piece behind n letters, in its name or in its value; where
 * the piece stands. */
static size_t make_object(struct base_buf *out, bool in_name, size_t n, const char *piece,
                          const char *rest)
{
    base_buf_reset(out);
    base_buf_add_str(out, in_name ? "{\"" : "{\"name\":\"");
    for (size_t i = 0; i < n; i++)
        base_buf_add_char(out, (char)('a' + i % 26));
    size_t at = out->n;
    base_buf_add_str(out, piece);
    base_buf_add_str(out, in_name ? "\":null" : "\"");
    base_buf_add_str(out, rest);
    assert_int_equal(base_buf_status(out), BASE_OK);
    return at;
}

static void same_value(const struct base_json_value *a, const struct base_json_value *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->escaped, b->escaped);
    assert_ptr_equal(a->raw.p, b->raw.p);
    assert_int_equal(a->raw.n, b->raw.n);
}

/* Member by member it is what value by value and token by token gives; the string is the one that
 * was written. */
static void check_members(struct base_span text, bool in_name, size_t length)
{
    struct base_json j, k;
    struct base_json_value name, value, key, v;
    base_json_begin(&j, text);
    base_json_begin(&k, text);
    assert_int_equal(base_json_next(&j, NULL), BASE_JSON_OBJECT);
    assert_int_equal(base_json_next(&k, NULL), BASE_JSON_OBJECT);
    for (size_t i = 0; base_json_member(&j, &name, &value); i++) {
        assert_true(base_json_rest(&j, &value));
        assert_int_equal(base_json_next(&k, &key), BASE_JSON_KEY);
        assert_int_not_equal(base_json_take(&k, &v), BASE_JSON_ERROR);
        same_value(&name, &key);
        same_value(&value, &v);
        if (i == 0)
            assert_int_equal(in_name ? name.raw.n : value.raw.n, length);
    }
    assert_null(j.error);
    assert_int_equal(base_json_next(&j, NULL), BASE_JSON_END);
}

static void check_error(struct base_json *j, const char *error, size_t offset)
{
    assert_non_null(j->error);
    assert_string_equal(j->error, error);
    assert_int_equal(base_json_offset(j), offset);
}

/* Skipped at once, token by token, member by member: the same error in the same place. */
static void check_refused(struct base_span text, const char *error, size_t offset)
{
    struct base_json j;
    struct base_json_value name, value;
    base_json_begin(&j, text);
    assert_int_equal(base_json_take(&j, NULL), BASE_JSON_ERROR);
    check_error(&j, error, offset);
    base_json_begin(&j, text);
    while (base_json_next(&j, NULL) != BASE_JSON_ERROR)
        assert_int_not_equal(j.pos - j.start, j.end - j.start);
    check_error(&j, error, offset);
    base_json_begin(&j, text);
    assert_int_equal(base_json_next(&j, NULL), BASE_JSON_OBJECT);
    while (base_json_member(&j, &name, &value) && base_json_rest(&j, &value))
        continue;
    check_error(&j, error, offset);
}

static void check_object(struct base_buf *object, bool in_name, size_t n, size_t i,
                         const char *rest)
{
    size_t at = make_object(object, in_name, n, pieces[i].text, rest);
    struct base_span text = guarded(base_buf_span(object));
    if (pieces[i].error != NULL) {
        check_refused(text, pieces[i].error, at + pieces[i].offset);
        return;
    }
    assert_true(base_json_valid(text));
    check_members(text, in_name, n + strlen(pieces[i].text));
}

static void test_strings_at_borders(void **state)
{
    struct base_buf object;
    (void)state;
    base_buf_init(&object, SIZE_MAX);
    for (size_t i = 0; i < TEST_COUNT(pieces); i++) {
        for (size_t n = 0; n <= FARTHER; n++) {
            for (size_t r = 0; r < TEST_COUNT(rests); r++) {
                check_object(&object, false, n, i, rests[r]);
                check_object(&object, true, n, i, rests[r]);
            }
        }
    }
    base_buf_free(&object);
}

/* A text that ends anywhere, also at a border, is none; nothing is read behind it. */
static void test_texts_cut(void **state)
{
    static const char *const last[] = {"", "\\\"", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    struct base_buf object;
    (void)state;
    base_buf_init(&object, SIZE_MAX);
    for (size_t i = 0; i < TEST_COUNT(last); i++) {
        for (size_t n = 0; n <= FAR; n++) {
            make_object(&object, n % 2 != 0, n, last[i], rests[0]);
            for (size_t cut = 0; cut < object.n; cut++)
                assert_false(
                    base_json_valid(guarded(base_span_first(base_buf_span(&object), cut))));
            assert_true(base_json_valid(guarded(base_buf_span(&object))));
        }
    }
    make_object(&object, false, FAR, "\\n", rests[1]);
    for (size_t cut = 0; cut < object.n; cut++)
        assert_false(base_json_valid(guarded(base_span_first(base_buf_span(&object), cut))));
    base_buf_free(&object);
}

/* Members one after the other, the borders everywhere in them; a name that is read before it is
 * known to have another value is read again. */
static void test_many_members(void **state)
{
    static const char *const members[] = {
        "\"a\":\"b\"",        "\"null\":null",  "\"city\":\"Z\xc3\xbcrich\"",
        "\"n\":12",           "\"q\":\"\\\"\"", "\"\":\"\"",
        "\"o\":{\"p\":null}", "\"s\" : null",   "\"l\":[\"x\",{}]",
        "\"nul\":\"null\"",   "\"t\":true",
    };
    struct base_buf object;
    (void)state;
    base_buf_init(&object, SIZE_MAX);
    for (unsigned round = 0; round < 2000; round++) {
        base_buf_reset(&object);
        base_buf_add_str(&object, "{\"first\":\"\"");
        for (unsigned n = stops_random() % 60; n > 0; n--) {
            base_buf_add_char(&object, ',');
            base_buf_add_str(&object, members[stops_random() % TEST_COUNT(members)]);
        }
        base_buf_add_char(&object, '}');
        struct base_span text = guarded(base_buf_span(&object));
        assert_true(base_json_valid(text));
        check_members(text, false, 0);
    }
    base_buf_free(&object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),         cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_strings_at_borders), cmocka_unit_test(test_texts_cut),
        cmocka_unit_test(test_many_members),
    };
    return cmocka_run_group_tests(tests, guarded_open, guarded_close);
}
