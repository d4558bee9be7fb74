/* JSON in: a strict one-pass scanner (RFC 8259) over a whole text in memory. It allocates nothing
 * and copies nothing: values are spans of the text. Strict means: UTF-8 is checked, control
 * characters, lone surrogates, leading zeros, trailing commas, text after the value and depth above
 * 64 are errors. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base_buf.h"

#define BASE_JSON_DEPTH 64
#define BASE_JSON_STOPS 5

enum base_json_type {
    BASE_JSON_ERROR, /* the text is not JSON; the scanner stays there */
    BASE_JSON_END,   /* the one value is complete and only white space followed */
    BASE_JSON_OBJECT,
    BASE_JSON_OBJECT_END,
    BASE_JSON_ARRAY,
    BASE_JSON_ARRAY_END,
    BASE_JSON_KEY, /* the name of a member; its value comes next */
    BASE_JSON_STRING,
    BASE_JSON_NUMBER,
    BASE_JSON_TRUE,
    BASE_JSON_FALSE,
    BASE_JSON_NULL,
};

/* A value as it stands in the text. For strings and keys `raw` is what stands between the quotes,
 * and `escaped` says that it holds a backslash. For base_json_take() of an object or array `raw` is
 * all of it. */
struct base_json_value {
    enum base_json_type type;
    bool escaped;
    struct base_span raw;
};

struct base_json {
    const char *start, *pos, *end;
    const char *error;  /* a static text when an error was met */
    uint64_t in_object; /* a bit for each open level: object or array */
    unsigned depth;
    unsigned char expect; /* private to the scanner, like what follows: base_json_stops.h */
    const char *seen;
    size_t known;
    uint64_t stops[BASE_JSON_STOPS];
};

void base_json_begin(struct base_json *j, struct base_span text);
/* The next token. `value` may be NULL. */
enum base_json_type base_json_next(struct base_json *j, struct base_json_value *value);
/* The next value, whole: a scalar as base_json_next() gives it, an object or array checked and
 * skipped with `raw` spanning it from bracket to bracket. Also returns _END, OBJECT_END, ARRAY_END,
 * KEY as they come. */
enum base_json_type base_json_take(struct base_json *j, struct base_json_value *value);
/* Inside an object: its next member, the name and what base_json_next() gives of the value. False
 * at its end, which is then passed, or where the text is no JSON. */
bool base_json_member(struct base_json *j, struct base_json_value *name,
                      struct base_json_value *value);
/* Makes whole, as base_json_take() does, an object or array that was just opened; of anything else
 * there is no rest. False where the text is no JSON. */
bool base_json_rest(struct base_json *j, struct base_json_value *value);
/* Bytes from the start to the place of the error. */
size_t base_json_offset(const struct base_json *j);

/* True when `text` is one valid JSON value and nothing else. */
bool base_json_valid(struct base_span text);
/* Finds obj[path[0]][path[1]]…, the last argument NULL. False when absent or when `object` is no
 * valid object up to there. The first of duplicate names is taken. */
bool base_json_find(struct base_span object, struct base_json_value *ret, ...)
    __attribute__((sentinel));

/* Strings: the decoded length, and the decoded bytes (UTF-8), which may include NUL. */
size_t base_json_string_length(const struct base_json_value *v);
void base_json_string_decode(const struct base_json_value *v, char *out);
void base_json_string_add(const struct base_json_value *v, struct base_buf *out);
/* For people: printable and cut to `size`. Short of memory it is shown as it stands between the
 * quotes. */
void base_json_string_show(const struct base_json_value *v, char *out, size_t size);
/* NULL when memory is short or the string holds a NUL byte. */
char *base_json_string_dup(const struct base_json_value *v);
bool base_json_string_is(const struct base_json_value *v, const char *text);
/* A JSON integer, or a string that is one ("1800"); false otherwise or when out of range. */
bool base_json_int64(const struct base_json_value *v, int64_t *ret);

/* Decoding an object by a table of its fields. Unknown names are skipped; a name given twice, a
 * required one missing, or a wrong type is BASE_INVALID with the field named in the error, and then
 * no destination has been written. A JSON null counts as absent. */
enum base_json_want {
    BASE_JSON_WANT_VALUE,  /* any type, into struct base_json_value */
    BASE_JSON_WANT_STRING, /* into struct base_json_value */
    BASE_JSON_WANT_INT64,  /* integer or integer in a string, into int64_t */
    BASE_JSON_WANT_BOOL,   /* into bool */
    BASE_JSON_WANT_ARRAY,  /* into struct base_json_value */
    BASE_JSON_WANT_OBJECT, /* into struct base_json_value */
};

struct base_json_field {
    const char *name;
    enum base_json_want want;
    bool required;
    void *to;      /* untouched when absent */
    bool *present; /* may be NULL */
};

enum base_status base_json_decode(struct base_span object, const struct base_json_field *fields,
                                  size_t count, struct base_error *err);

#endif
