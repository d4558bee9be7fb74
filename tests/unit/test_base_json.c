#include "test_support.h"

#include "base_json.h"

/* ---------------------------------------------------------------- what is JSON */

/* Texts with a NUL byte or other than UTF-8 need their length: hence the macro. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct base_span json_valid[] = {
    TEXT("null"),
    TEXT("true"),
    TEXT("false"),
    TEXT("0"),
    TEXT("-0"),
    TEXT("12"),
    TEXT("-1.5"),
    TEXT("1e5"),
    TEXT("1E+5"),
    TEXT("1.25e-10"),
    TEXT("0.0"),
    TEXT("0e0"),
    TEXT("123456789012345678901234567890"),
    TEXT("1e999"),
    TEXT("\"\""),
    TEXT("\"a\""),
    TEXT("[]"),
    TEXT("{}"),
    TEXT("[[]]"),
    TEXT("[{}]"),
    TEXT("{\"\":0}"),
    TEXT("[1,2,3]"),
    TEXT(" \t\r\n[ 1 , 2 ] \t\r\n"),
    TEXT("{ \"a\" : { \"b\" : [ ] } , \"c\" : null }"),
    TEXT("{\"a\":1,\"a\":2}"), /* RFC 8259 section 4: names SHOULD be unique */
    TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    TEXT("\"\\u0000\""),
    TEXT("\"\\u00e9\\u00E9\""),
    TEXT("\"\\uD834\\uDD1E\""),
    TEXT("\"\\uffff\""),
    TEXT("\"\x7f\""),
    TEXT("\"\xc2\x80\""),
    TEXT("\"\xdf\xbf\""),
    TEXT("\"\xe0\xa0\x80\""),
    TEXT("\"\xed\x9f\xbf\""),
    TEXT("\"\xee\x80\x80\""),
    TEXT("\"\xef\xbf\xbf\""),
    TEXT("\"\xf0\x90\x80\x80\""),
    TEXT("\"\xf4\x8f\xbf\xbf\""),
    /* a string that ends in each half of a 16-byte block, and one that is longer */
    TEXT("\"123456789012345\""),
    TEXT("\"1234567890123456\""),
    TEXT("\"12345678901234567\""),
    TEXT("\"1234567890123456789012345678901234567890 and \\\" and \xc3\xa9 and a lot behind it\""),
};

static const struct base_span json_invalid[] = {
    TEXT(""),
    TEXT(" "),
    TEXT("nul"),
    TEXT("nulL"),
    TEXT("nullx"),
    TEXT("True"),
    TEXT("NaN"),
    TEXT("Infinity"),
    TEXT("-"),
    TEXT("+1"),
    TEXT("01"),
    TEXT("-01"),
    TEXT("00"),
    TEXT("1."),
    TEXT(".5"),
    TEXT("1.e5"),
    TEXT("1e"),
    TEXT("1e+"),
    TEXT("0x10"),
    TEXT("1_000"),
    TEXT("1 2"),
    TEXT("-a"),
    TEXT("2.5.1"),
    TEXT("\""),
    TEXT("\"a"),
    TEXT("a\""),
    TEXT("'a'"),
    TEXT("[1"),
    TEXT("[1,"),
    TEXT("[1,]"),
    TEXT("[,1]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("["),
    TEXT("]"),
    TEXT("[1}"),
    TEXT("{1:2}"),
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\":1,}"),
    TEXT("{,}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\":1 \"b\":2}"),
    TEXT("{\"a\":1]"),
    TEXT("{\"a\":1"),
    TEXT("{\"a\""),
    TEXT("{"),
    TEXT("}"),
    TEXT("{a:1}"),
    TEXT("{\"a\"::1}"),
    TEXT("[1]]"),
    TEXT("{}{}"),
    TEXT("[] x"),
    TEXT("[1,//\n2]"),
    TEXT("/* */1"),
    TEXT("\xef\xbb\xbf[]"), /* a byte order mark */
    TEXT("[]\0"),
    TEXT("\0"),
    TEXT("[1\0]"),
    TEXT("\"a\0b\""),
    TEXT("[1,\v2]"),
    TEXT("[\f]"),
    TEXT("\"a\nb\""),
    TEXT("\"a\tb\""),
    TEXT("\"\x1f\""),
    TEXT("\"\\a\""),
    TEXT("\"\\\0\""),
    TEXT("\"\\"),
    TEXT("\"\\\""),
    TEXT("\"\\u\""),
    TEXT("\"\\u12\""),
    TEXT("\"\\u12g4\""),
    TEXT("\"\\U0041\""),
    TEXT("\"\\x41\""),
    TEXT("\"\\u+123\""),
    /* surrogates: alone, in the wrong order, followed by something else */
    TEXT("\"\\uD800\""),
    TEXT("\"\\uDC00\""),
    TEXT("\"\\uDC00\\uD800\""),
    TEXT("\"\\uD800\\uD800\""),
    TEXT("\"\\uD800x\""),
    TEXT("\"\\uD800\\n\""),
    TEXT("\"\\uD800\\u0041\""),
    TEXT("\"\\uD800\\uDC0\""),
    /* UTF-8: stray, overlong, surrogate, too large, cut */
    TEXT("\"\x80\""),
    TEXT("\"\xbf\""),
    TEXT("\"\xc0\x80\""),
    TEXT("\"\xc1\xbf\""),
    TEXT("\"\xc3\""),
    TEXT("\"\xc3(\""),
    TEXT("\"\xe0\x9f\xbf\""),
    TEXT("\"\xe2\x82\""),
    TEXT("\"\xe2(\xa1\""),
    TEXT("\"\xe2\x82(\""),
    TEXT("\"\xed\xa0\x80\""),
    TEXT("\"\xf0\x8f\xbf\xbf\""),
    TEXT("\"\xf0\x90\x80\""),
    TEXT("\"\xf4\x90\x80\x80\""),
    TEXT("\"\xf5\x80\x80\x80\""),
    TEXT("\"\xff\""),
    TEXT("\"\xfe\""),
    TEXT("\xc3\xa9"),
    TEXT("\"\xf0\x90\x80"),
    /* the same fault behind sixteen good bytes */
    TEXT("\"1234567890123456\n\""),
    TEXT("\"1234567890123456\xff\""),
    TEXT("\"1234567890123456\\q\""),
};

/* A copy in a block of just its size: the scanner must not read behind it. */
static bool json_is_valid(struct base_span text)
{
    char *exact = base_mem_array(text.n, 1);
    assert_non_null(exact);
    memcpy(exact, text.p, text.n);
    bool valid = base_json_valid((struct base_span){exact, text.n});
    base_mem_free(exact);
    return valid;
}

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(json_valid); i++) {
        if (!json_is_valid(json_valid[i]))
            fail_msg("refused: %.*s", BASE_SPAN_ARG(json_valid[i]));
    }
}

static void test_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(json_invalid); i++) {
        if (json_is_valid(json_invalid[i]))
            fail_msg("accepted (%zu): %.*s", i, BASE_SPAN_ARG(json_invalid[i]));
    }
}

/* Every valid text cut short is no JSON, but for a number, which may end anywhere after a digit. */
static void test_cut(void **state)
{
    (void)state;
    static const char text[] = " {\"a\":[1,true,{\"b\":\"\\u00e9\xc3\xa9\"}],\"c\":null}";
    for (size_t n = 0; n < sizeof(text) - 1; n++)
        assert_false(json_is_valid((struct base_span){text, n}));
    assert_true(json_is_valid((struct base_span){text, sizeof(text) - 1}));
}

/* C4: the depth of an answer is bounded. */
static void test_depth(void **state)
{
    (void)state;
    char text[4 * (BASE_JSON_DEPTH + 1) * 2];
    for (unsigned depth = BASE_JSON_DEPTH; depth <= BASE_JSON_DEPTH + 1; depth++) {
        bool fits = depth == BASE_JSON_DEPTH;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(json_is_valid((struct base_span){text, 2 * depth}), fits);
        size_t n = 0; /* arrays and objects in turn: the bit of the lowest level must survive */
        for (unsigned i = 0; i < depth; i++) {
            const char *open = i % 2 != 0 ? "[" : "{\"\":";
            memcpy(text + n, open, strlen(open));
            n += strlen(open);
        }
        text[n++] = '0';
        for (unsigned i = depth; i-- > 0;)
            text[n++] = i % 2 != 0 ? ']' : '}';
        assert_int_equal(json_is_valid((struct base_span){text, n}), fits);
    }
    memset(text, '[', sizeof(text));
    assert_false(json_is_valid((struct base_span){text, sizeof(text)}));
}

/* ---------------------------------------------------------------- tokens */

static void test_tokens(void **state)
{
    (void)state;
    static const struct {
        enum base_json_type type;
        const char *raw;
    } want[] = {
        {BASE_JSON_OBJECT, "{"},     {BASE_JSON_KEY, "a"},       {BASE_JSON_ARRAY, "["},
        {BASE_JSON_NUMBER, "-1.5"},  {BASE_JSON_STRING, "x\\n"}, {BASE_JSON_TRUE, "true"},
        {BASE_JSON_FALSE, "false"},  {BASE_JSON_NULL, "null"},   {BASE_JSON_ARRAY_END, "]"},
        {BASE_JSON_KEY, "b"},        {BASE_JSON_OBJECT, "{"},    {BASE_JSON_OBJECT_END, "}"},
        {BASE_JSON_OBJECT_END, "}"}, {BASE_JSON_END, ""},        {BASE_JSON_END, ""},
    };
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, BASE_SPAN(" {\"a\": [-1.5,\"x\\n\" , true,false,null], \"b\":{} } "));
    for (size_t i = 0; i < TEST_COUNT(want); i++) {
        assert_int_equal(base_json_next(&j, &v), want[i].type);
        assert_int_equal(v.type, want[i].type);
        assert_span(v.raw, want[i].raw);
        assert_int_equal(v.escaped, i == 4);
    }
    assert_null(j.error);
}

/* The scanner stays where the error was met, and says what and where. */
static void test_error_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
        const char *error;
    } cases[] = {
        {"[1,2", 4, "the text ends too early"},
        {"[1 2]", 3, "a comma or closing bracket is expected"},
        {"{\"a\":nope}", 5, "unknown word"},
        {"{\"a\" 1}", 5, "a colon is expected after a name"},
        {"{\"a\":1,2}", 7, "a name in quotes is expected"},
        {"[\"abc\x01\"]", 5, "control character in a string"},
        {"[\"abc\xff\"]", 5, "invalid UTF-8 in a string"},
        {"[\"a\\ud800\"]", 3, "lone surrogate in a string"},
        {"[\"a\\q\"]", 3, "invalid escape in a string"},
        {"[\"abc", 5, "unterminated string"},
        {"\"", 1, "unterminated string"},
        {"[1}", 2, "closing bracket of the wrong kind"},
        {"[007]", 1, "malformed number"},
        {"[?]", 1, "a value is expected"},
        {"1 ,", 2, "text after the value"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_json j;
        struct base_json_value v;
        base_json_begin(&j, base_span_of(cases[i].text));
        enum base_json_type type;
        do
            type = base_json_next(&j, &v);
        while (type != BASE_JSON_ERROR && type != BASE_JSON_END);
        assert_int_equal(type, BASE_JSON_ERROR);
        assert_string_equal(j.error, cases[i].error);
        assert_int_equal(base_json_offset(&j), cases[i].offset);
        assert_int_equal(base_json_next(&j, NULL), BASE_JSON_ERROR);
        assert_int_equal(base_json_take(&j, NULL), BASE_JSON_ERROR);
        assert_int_equal(base_json_offset(&j), cases[i].offset);
    }
}

static void test_take(void **state)
{
    (void)state;
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, BASE_SPAN("{\"a\":[1,{\"b\":\"]\"},[ ]] ,\"c\":{},\"d\":\"s\"}"));
    assert_int_equal(base_json_next(&j, &v), BASE_JSON_OBJECT);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_KEY);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_ARRAY);
    assert_span(v.raw, "[1,{\"b\":\"]\"},[ ]]");
    assert_false(v.escaped);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_KEY);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_OBJECT);
    assert_span(v.raw, "{}");
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_KEY);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_STRING);
    assert_span(v.raw, "s");
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_OBJECT_END);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_END);

    base_json_begin(&j, BASE_SPAN("[[1,[2,]]]"));
    assert_int_equal(base_json_next(&j, &v), BASE_JSON_ARRAY);
    assert_int_equal(base_json_take(&j, &v), BASE_JSON_ERROR);
    assert_int_equal(v.type, BASE_JSON_ERROR);
    assert_int_equal(base_json_offset(&j), 7);
}

/* Member by member it is what key by key and value by value gives. */
static void test_members(void **state)
{
    (void)state;
    static const struct base_span texts[] = {
        TEXT("{\"a\":\"b\",\"c\":null,\"d\":\"\xc3\xa9\",\"e\":\"\\n\",\"f\\n\":\"g\",\"h\":1}"),
        TEXT("{\"a\":{\"b\":\"c\"},\"d\":[\"e\",null],\"f\":{},\"g\":true}"),
        TEXT(" { \"a\" : \"b\" , \"c\" : null } "),
        TEXT("{}"),
        TEXT("{\"\":\"\"}"),
        TEXT("{\"a\":nul,\"b\":\"c\"}"),
        TEXT("{\"a\":\"b\",\"c\":\"\xff\"}"),
        TEXT("{\"a\":\"b\",\"c\":\"d}"),
        TEXT("{\"a\":\"b\",}"),
        TEXT("{\"a\":\"b\" \"c\":\"d\"}"),
        TEXT("{,\"a\":\"b\"}"),
        TEXT("{\"a\":\"b\"]"),
        TEXT("{\"a\":{\"b\":\"c\",\"d\"},\"e\":\"f\"}"),
    };
    for (size_t i = 0; i < TEST_COUNT(texts); i++) {
        struct base_json j, k;
        struct base_json_value name, value, key, v;
        base_json_begin(&j, texts[i]);
        base_json_begin(&k, texts[i]);
        assert_int_equal(base_json_next(&j, NULL), BASE_JSON_OBJECT);
        assert_int_equal(base_json_next(&k, NULL), BASE_JSON_OBJECT);
        while (base_json_member(&j, &name, &value) && base_json_rest(&j, &value)) {
            assert_int_equal(base_json_next(&k, &key), BASE_JSON_KEY);
            assert_int_not_equal(base_json_take(&k, &v), BASE_JSON_ERROR);
            assert_int_equal(name.type, key.type);
            assert_int_equal(name.escaped, key.escaped);
            assert_true(name.raw.p == key.raw.p && name.raw.n == key.raw.n);
            assert_int_equal(value.type, v.type);
            assert_int_equal(value.escaped, v.escaped);
            assert_true(value.raw.p == v.raw.p && value.raw.n == v.raw.n);
        }
        if (base_json_next(&k, NULL) == BASE_JSON_KEY)
            assert_int_equal(base_json_take(&k, NULL), BASE_JSON_ERROR);
        assert_true(j.error == k.error || strcmp(j.error, k.error) == 0);
        assert_int_equal(base_json_offset(&j), base_json_offset(&k));
        assert_int_equal(base_json_next(&j, NULL), base_json_next(&k, NULL));
    }
}

static void test_find(void **state)
{
    (void)state;
    struct base_json_value v;
    struct base_span text = BASE_SPAN("{\"x\":[{\"a\":1}],\"a\":{\"b\":{\"c\":7,\"c\":8}},"
                                      "\"\\u0062\":\"esc\",\"n\":null}");
    assert_true(base_json_find(text, &v, "a", "b", "c", NULL));
    assert_span(v.raw, "7"); /* the first of two */
    assert_true(base_json_find(text, &v, "a", "b", NULL));
    assert_span(v.raw, "{\"c\":7,\"c\":8}");
    assert_true(base_json_find(text, &v, "b", NULL));
    assert_span(v.raw, "esc");
    assert_true(base_json_find(text, &v, "n", NULL));
    assert_int_equal(v.type, BASE_JSON_NULL);
    assert_false(base_json_find(text, &v, "c", NULL)); /* only deeper */
    assert_false(base_json_find(text, &v, "n", "x", NULL));
    assert_false(base_json_find(text, &v, "x", "a", NULL));
    assert_int_equal(v.type, BASE_JSON_NULL); /* untouched by failure */
    assert_false(base_json_find(BASE_SPAN("[1]"), &v, "a", NULL));
    assert_false(base_json_find(BASE_SPAN("{\"z\":[,],\"a\":1}"), &v, "a", NULL));
    assert_false(base_json_find(BASE_SPAN(""), &v, "a", NULL));
}

/* ---------------------------------------------------------------- strings and numbers */

static struct base_json_value json_one(struct base_span text)
{
    struct base_json j;
    struct base_json_value v;
    base_json_begin(&j, text);
    base_json_next(&j, &v);
    return v;
}

static void test_strings(void **state)
{
    (void)state;
    struct base_json_value v = json_one(
        BASE_SPAN("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t \\u0041\\u00e9\\u20AC\\ud834\\udd1e \xc3\xa9\""));
    static const char want[] = "a\"\\/\b\f\n\r\t A\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e \xc3\xa9";
    assert_int_equal(v.type, BASE_JSON_STRING);
    assert_int_equal(base_json_string_length(&v), sizeof(want) - 1);
    char *copy = base_json_string_dup(&v);
    assert_string_equal(copy, want);
    base_mem_free(copy);
    assert_true(base_json_string_is(&v, want));
    assert_false(base_json_string_is(&v, "a\"\\/"));
    assert_false(base_json_string_is(&v, "a"));

    struct base_buf b;
    base_buf_init(&b, sizeof(want)); /* "<" and the decoded text fit, a byte more does not */
    base_buf_add_char(&b, '<');
    base_json_string_add(&v, &b);
    assert_string_equal(base_buf_str(&b) + 1, want);
    base_buf_reset(&b);
    base_buf_add_str(&b, "<<");
    base_json_string_add(&v, &b);
    assert_int_equal(base_buf_status(&b), BASE_LIMIT);
    base_buf_free(&b);

    v = json_one(BASE_SPAN("\"plain\""));
    assert_true(base_json_string_is(&v, "plain"));
    assert_false(base_json_string_is(&v, "plai"));
    assert_false(base_json_string_is(&v, "plain "));
    v = json_one(BASE_SPAN("\"a\\u0000b\""));
    assert_int_equal(base_json_string_length(&v), 3);
    assert_null(base_json_string_dup(&v)); /* a C string cannot hold it */
    assert_false(base_json_string_is(&v, "a"));

    char shown[8];
    base_json_string_show(&v, shown, sizeof(shown));
    assert_string_equal(shown, "a?b");
    v = json_one(BASE_SPAN("\"a\\u001bb\""));
    base_mem_fail_after(0);
    base_json_string_show(&v, shown, sizeof(shown));
    base_mem_fail_after(-1);
    assert_string_equal(shown, "a\\u0…"); /* as it stands between the quotes, cut */
    v = json_one(BASE_SPAN("\"plain\""));
    base_json_string_show(&v, shown, sizeof(shown));
    assert_string_equal(shown, "plain");
}

/* A value that no scanner gave cannot lead the decoder out of its bounds. */
static void test_strings_unchecked(void **state)
{
    (void)state;
    static const char *const raws[] = {"\\", "a\\", "\\u", "\\u12", "\\ud800", "\\ud800\\u", "\\q"};
    for (size_t i = 0; i < TEST_COUNT(raws); i++) {
        size_t n = strlen(raws[i]);
        char *exact = base_mem_array(n, 1);
        assert_non_null(exact);
        memcpy(exact, raws[i], n);
        struct base_json_value v = {BASE_JSON_STRING, true, {exact, n}};
        char *copy = base_json_string_dup(&v);
        assert_string_equal(copy, raws[i]);
        base_mem_free(copy);
        base_mem_free(exact);
    }
}

static void test_int64(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } cases[] = {
        {"1800", true, 1800},
        {"\"1800\"", true, 1800},
        {"0", true, 0},
        {"-0", true, 0},
        {"-7", true, -7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"\"\"", false, 0},
        {"\" 1\"", false, 0},
        {"\"1x\"", false, 0},
        {"\"\\u0031\"", false, 0},
        {"true", false, 0},
        {"null", false, 0},
        {"[1]", false, 0},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct base_json_value v = json_one(base_span_of(cases[i].text));
        int64_t value = 42;
        assert_int_equal(base_json_int64(&v, &value), cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].value : 42);
    }
}

/* ---------------------------------------------------------------- decoding by table */

struct answer {
    struct base_json_value token, scopes, extra, owner;
    int64_t expires_in;
    bool active, has_expires, has_active;
};

static enum base_status answer_decode(struct base_span text, struct answer *a,
                                      struct base_error *err)
{
    const struct base_json_field fields[] = {
        {"access_token", BASE_JSON_WANT_STRING, true, &a->token, NULL},
        {"expires_in", BASE_JSON_WANT_INT64, false, &a->expires_in, &a->has_expires},
        {"active", BASE_JSON_WANT_BOOL, false, &a->active, &a->has_active},
        {"scopes", BASE_JSON_WANT_ARRAY, false, &a->scopes, NULL},
        {"owner", BASE_JSON_WANT_OBJECT, false, &a->owner, NULL},
        {"extra", BASE_JSON_WANT_VALUE, false, &a->extra, NULL},
    };
    return base_json_decode(text, fields, TEST_COUNT(fields), err);
}

static void test_decode(void **state)
{
    (void)state;
    struct answer a = {.expires_in = 5};
    struct base_error err = BASE_ERROR_NONE;
    assert_ok(answer_decode(BASE_SPAN("{\"new\":{\"x\":[]},\"active\":true,\"expires_in\":\"1800\","
                                      "\"scopes\":[\"a\"],\"owner\":{},\"extra\":1.5,"
                                      "\"access_to\\u006ben\":\"t\"}"),
                            &a, &err),
              &err);
    assert_span(a.token.raw, "t");
    assert_int_equal(a.expires_in, 1800);
    assert_true(a.has_expires);
    assert_true(a.active);
    assert_span(a.scopes.raw, "[\"a\"]");
    assert_span(a.owner.raw, "{}");
    assert_span(a.extra.raw, "1.5");

    a = (struct answer){.expires_in = 5, .active = true, .has_active = true};
    assert_ok(answer_decode(BASE_SPAN("{\"access_token\":\"t\",\"expires_in\":null}"), &a, &err),
              &err);
    assert_int_equal(a.expires_in, 5); /* absent: untouched */
    assert_false(a.has_expires);
    assert_true(a.active);
    assert_false(a.has_active);
}

/* C4: types are checked; nothing is half read. */
static void test_decode_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"{}", "the field \"access_token\" is missing"},
        {"{\"access_token\":null}", "the field \"access_token\" is missing"},
        {"{\"access_token\":1}", "the field \"access_token\" is not a string"},
        {"{\"access_token\":\"t\",\"expires_in\":1.5}",
         "the field \"expires_in\" is not an integer"},
        {"{\"access_token\":\"t\",\"active\":\"true\"}",
         "the field \"active\" is not true or false"},
        {"{\"access_token\":\"t\",\"scopes\":\"a b\"}", "the field \"scopes\" is not an array"},
        {"{\"access_token\":\"t\",\"owner\":[]}", "the field \"owner\" is not an object"},
        {"{\"access_token\":\"t\",\"access_token\":\"u\"}",
         "the field \"access_token\" is given twice"},
        {"{\"access_token\":null,\"access_token\":\"u\"}",
         "the field \"access_token\" is given twice"},
        {"{\"access_token\":\"t\",\"access_to\\u006ben\":\"t\"}",
         "the field \"access_token\" is given twice"},
        {"[]", "it is no object"},
        {"\"x\"", "it is no object"},
        {"", "it is not JSON: the text ends too early at byte 0"},
        {"<html>", "it is not JSON: a value is expected at byte 0"},
        {"{\"access_token\":\"t\"", "it is not JSON: the text ends too early at byte 19"},
        {"{\"access_token\":\"t\"} x", "it is not JSON: text after the value at byte 21"},
        {"{\"access_token\":\"t\",\"z\":[1,]}", "it is not JSON: a value is expected at byte 27"},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct answer a;
        memset(&a, 0x5a, sizeof(a));
        struct answer before = a;
        struct base_error err = BASE_ERROR_NONE;
        assert_status(answer_decode(base_span_of(cases[i].text), &a, &err), BASE_INVALID, &err);
        assert_string_equal(err.why, cases[i].why);
        assert_memory_equal(&a, &before, sizeof(a));
    }
    assert_int_equal(base_json_decode(BASE_SPAN("{}"), NULL, 65, NULL), BASE_FAILED);
    assert_int_equal(base_json_decode(BASE_SPAN("{\"a\":1}"), NULL, 0, NULL), BASE_OK);
}

static enum base_status step_dup(void *arg)
{
    struct base_json_value v = json_one(BASE_SPAN("\"a\\n\""));
    (void)arg;
    BASE_CLEANUP(base_mem_cleanup) char *text = base_json_string_dup(&v);
    return text != NULL ? BASE_OK : BASE_NO_MEMORY;
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(test_each_allocation_fails(step_dup, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_error_place),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_strings_unchecked),
        cmocka_unit_test(test_int64),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
