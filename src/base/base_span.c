#include "base_span.h"

#include <string.h>

#include "base_mem.h"

struct base_span base_span_of(const char *text)
{
    return text != NULL ? (struct base_span){text, strlen(text)} : BASE_SPAN_NONE;
}

bool base_span_eq(struct base_span a, struct base_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool base_span_is(struct base_span a, const char *text)
{
    return base_span_eq(a, base_span_of(text));
}

/* Not tolower(): the answer must not depend on the locale. */
static char span_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool base_span_is_nocase(struct base_span a, const char *text)
{
    if (a.n != strlen(text))
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (span_lower(a.p[i]) != span_lower(text[i]))
            return false;
    }
    return true;
}

bool base_span_starts(struct base_span a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

bool base_span_ends(struct base_span a, const char *suffix)
{
    size_t n = strlen(suffix);
    return a.n >= n && memcmp(a.p + a.n - n, suffix, n) == 0;
}

struct base_span base_span_from(struct base_span a, size_t offset)
{
    if (offset >= a.n)
        return (struct base_span){a.n > 0 ? a.p + a.n : a.p, 0};
    return (struct base_span){a.p + offset, a.n - offset};
}

struct base_span base_span_first(struct base_span a, size_t n)
{
    return (struct base_span){a.p, n < a.n ? n : a.n};
}

static bool span_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct base_span base_span_trim(struct base_span a)
{
    while (a.n > 0 && span_is_space(a.p[0])) {
        a.p++;
        a.n--;
    }
    while (a.n > 0 && span_is_space(a.p[a.n - 1]))
        a.n--;
    return a;
}

struct base_span base_span_chomp(struct base_span a)
{
    if (a.n > 0 && a.p[a.n - 1] == '\n')
        a.n--;
    if (a.n > 0 && a.p[a.n - 1] == '\r')
        a.n--;
    return a;
}

struct base_span base_span_cut(struct base_span *rest, char separator)
{
    struct base_span whole = *rest;
    const char *at = whole.n > 0 ? memchr(whole.p, separator, whole.n) : NULL;
    if (at == NULL) {
        *rest = BASE_SPAN_NONE;
        return whole;
    }
    size_t before = (size_t)(at - whole.p);
    *rest = (struct base_span){at + 1, whole.n - before - 1};
    return (struct base_span){whole.p, before};
}

#define SPAN_DIGITS 19 /* of any number that fits, whatever they are */

bool base_span_uint64(struct base_span a, uint64_t *ret)
{
    if (a.n == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < a.n; i++) {
        if (a.p[i] < '0' || a.p[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(a.p[i] - '0');
        if (i < SPAN_DIGITS)
            value = value * 10 + digit;
        else if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
                 __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

bool base_span_int64(struct base_span a, int64_t *ret)
{
    bool negative = a.n > 0 && a.p[0] == '-';
    uint64_t magnitude;
    if (!base_span_uint64(negative ? base_span_from(a, 1) : a, &magnitude))
        return false;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    /* -2^63 has no positive counterpart: negate as unsigned, where it is defined. */
    *ret = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

char *base_span_dup(struct base_span a)
{
    return base_mem_dup(a.p, a.n);
}
