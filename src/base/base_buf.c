#include "base_buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BUF_FIRST = 64 };

void base_buf_init(struct base_buf *b, size_t max)
{
    *b = (struct base_buf){.max = max};
}

void base_buf_init_sensitive(struct base_buf *b, size_t max)
{
    *b = (struct base_buf){.max = max, .sensitive = true};
}

/* All of the capacity: what base_buf_reserve() gave away may have been written and never committed.
 */
static void buf_wipe(struct base_buf *b)
{
    if (b->sensitive && b->p != NULL)
        explicit_bzero(b->p, b->cap);
}

void base_buf_free(struct base_buf *b)
{
    buf_wipe(b);
    base_mem_free(b->p);
    *b = (struct base_buf){.max = b->max, .sensitive = b->sensitive};
}

void base_buf_reset(struct base_buf *b)
{
    buf_wipe(b);
    b->n = 0;
    b->status = BASE_OK;
    if (b->p != NULL)
        b->p[0] = '\0';
}

static bool buf_fail(struct base_buf *b, enum base_status status)
{
    b->status = status;
    return false;
}

static bool buf_resize(struct base_buf *b, size_t cap)
{
    char *p;
    if (b->sensitive) { /* realloc() would leave a copy of the old bytes behind */
        p = base_mem_new(cap);
        if (p != NULL && b->n > 0)
            memcpy(p, b->p, b->n);
        if (p != NULL) {
            buf_wipe(b);
            base_mem_free(b->p);
        }
    } else {
        p = base_mem_grow(b->p, cap, 1);
    }
    if (p == NULL)
        return buf_fail(b, BASE_NO_MEMORY);
    b->p = p;
    b->cap = cap;
    return true;
}

/* Room for n more bytes and the NUL. */
static bool buf_ensure(struct base_buf *b, size_t n)
{
    if (b->status != BASE_OK)
        return false;
    if (n > b->max || b->n > b->max - n)
        return buf_fail(b, BASE_LIMIT);
    size_t need = b->n + n + 1;
    if (need == 0)
        return buf_fail(b, BASE_NO_MEMORY);
    if (need <= b->cap)
        return true;
    size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
    while (cap < need && cap <= SIZE_MAX / 2)
        cap *= 2;
    if (cap < need || cap - 1 > b->max)
        cap = b->max == SIZE_MAX ? need : b->max + 1; /* need <= max + 1 by the check above */
    return buf_resize(b, cap);
}

void base_buf_add(struct base_buf *b, const void *bytes, size_t n)
{
    if (!buf_ensure(b, n))
        return;
    if (n > 0)
        memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void base_buf_add_span(struct base_buf *b, struct base_span s)
{
    base_buf_add(b, s.p, s.n);
}

void base_buf_add_str(struct base_buf *b, const char *text)
{
    base_buf_add(b, text, strlen(text));
}

void base_buf_add_char(struct base_buf *b, char c)
{
    base_buf_add(b, &c, 1);
}

/* Two digits for each division: the state of an export and the emulator's pages are full of ids. */
struct base_span base_buf_digits(char room[BASE_BUF_DIGITS], int64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    size_t at = BASE_BUF_DIGITS;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; rest >= 10; rest /= 100) {
        at -= 2;
        memcpy(room + at, pairs + 2 * (rest % 100), 2);
    }
    if (rest > 0 || at == BASE_BUF_DIGITS)
        room[--at] = (char)('0' + rest);
    if (value < 0)
        room[--at] = '-';
    return (struct base_span){room + at, BASE_BUF_DIGITS - at};
}

void base_buf_add_int(struct base_buf *b, int64_t value)
{
    char room[BASE_BUF_DIGITS];
    base_buf_add_span(b, base_buf_digits(room, value));
}

void base_buf_printf(struct base_buf *b, const char *format, ...)
{
    if (!buf_ensure(b, 0))
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
    va_end(args);
    if (n < 0) {
        b->p[b->n] = '\0';
        b->status = BASE_FAILED;
        return;
    }
    size_t length = (size_t)n;
    if (length >= b->cap - b->n) { /* did not fit: now its length is known */
        b->p[b->n] = '\0';
        if (!buf_ensure(b, length))
            return;
        va_start(args, format);
        (void)vsnprintf(b->p + b->n, b->cap - b->n, format, args); /* `length`, as before */
        va_end(args);
    } else if (length > b->max - b->n) {
        b->p[b->n] = '\0';
        b->status = BASE_LIMIT;
        return;
    }
    b->n += length;
}

char *base_buf_reserve(struct base_buf *b, size_t n)
{
    return buf_ensure(b, n) ? b->p + b->n : NULL;
}

void base_buf_commit(struct base_buf *b, size_t n)
{
    if (b->status != BASE_OK || b->cap <= b->n)
        return;
    size_t room = b->cap - b->n - 1;
    b->n += n < room ? n : room;
    b->p[b->n] = '\0';
}

void base_buf_consume(struct base_buf *b, size_t n)
{
    if (n == 0 || b->n == 0)
        return;
    size_t before = b->n;
    if (n > before)
        n = before;
    b->n -= n;
    memmove(b->p, b->p + n, b->n);
    if (b->sensitive)
        explicit_bzero(b->p + b->n, before - b->n);
    b->p[b->n] = '\0';
}

struct base_span base_buf_span(const struct base_buf *b)
{
    return (struct base_span){b->p, b->n};
}

const char *base_buf_str(const struct base_buf *b)
{
    return b->p != NULL ? b->p : "";
}

char *base_buf_steal(struct base_buf *b)
{
    if (!buf_ensure(b, 0)) {
        enum base_status status = b->status;
        base_buf_free(b);
        b->status = status;
        return NULL;
    }
    char *p = b->p;
    p[b->n] = '\0';
    *b = (struct base_buf){.max = b->max, .sensitive = b->sensitive};
    return p;
}

enum base_status base_buf_status(const struct base_buf *b)
{
    return b->status;
}
