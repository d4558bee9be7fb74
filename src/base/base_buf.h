/* A growing byte buffer with a cap and a sticky error: append freely, ask base_buf_status() at the
 * end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base_error.h"
#include "base_span.h"

struct base_buf {
    char *p; /* always NUL-terminated once anything was appended; NULL before */
    size_t n;
    size_t cap;
    size_t max; /* appending beyond it fails with BASE_LIMIT */
    /* BASE_OK, BASE_LIMIT, BASE_NO_MEMORY or, by misuse, BASE_FAILED; but for BASE_OK every append
     * is a no-op */
    enum base_status status;
    bool sensitive; /* wiped when grown, reset and freed */
};

/* `max` is the largest size that the content can sensibly have. */
void base_buf_init(struct base_buf *b, size_t max);
/* For content that holds a secret for a short time, such as a token answer. */
void base_buf_init_sensitive(struct base_buf *b, size_t max);
void base_buf_free(struct base_buf *b);  /* may be called twice; leaves an empty usable buffer */
void base_buf_reset(struct base_buf *b); /* empties it, keeps the memory, clears the error */

void base_buf_add(struct base_buf *b, const void *bytes, size_t n);
void base_buf_add_span(struct base_buf *b, struct base_span s);
void base_buf_add_str(struct base_buf *b, const char *text);
void base_buf_add_char(struct base_buf *b, char c);
/* The number in decimal, somewhere in `room`. */
#define BASE_BUF_DIGITS 20 /* -9223372036854775808 */
struct base_span base_buf_digits(char room[BASE_BUF_DIGITS], int64_t value);
void base_buf_add_int(struct base_buf *b, int64_t value);
void base_buf_printf(struct base_buf *b, const char *format, ...) BASE_PRINTF(2, 3);
/* Room for n more bytes and a NUL to be written at the returned place, then base_buf_commit(). NULL
 * on failure. What is added must not be a part of the buffer itself. */
char *base_buf_reserve(struct base_buf *b, size_t n);
void base_buf_commit(struct base_buf *b, size_t n);
void base_buf_consume(struct base_buf *b, size_t n); /* drops n bytes at the front */

struct base_span base_buf_span(const struct base_buf *b);
const char *base_buf_str(const struct base_buf *b); /* "" when empty; never NULL */
/* The content, "" when empty; the caller frees it. NULL after a failed append: nothing is left to
 * be freed then but the status. */
char *base_buf_steal(struct base_buf *b);
enum base_status base_buf_status(const struct base_buf *b);

#endif
