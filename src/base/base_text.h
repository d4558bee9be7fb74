/* Text from outside, made fit to show, and small text conversions. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base_buf.h"

/* Appends at most `max` bytes of `s` with control characters (C0, DEL, C1), bidirectional overrides
 * and invalid UTF-8 replaced by '?', so that it cannot drive a terminal. Adds "…" when cut. */
void base_text_printable(struct base_buf *out, struct base_span s, size_t max);
/* The same into a fixed array that is always NUL-terminated. */
void base_text_printable_to(char *out, size_t size, struct base_span s);
/* All of it, where tabs and line ends are as harmless as they are common: they stay, but for the
 * carriage return, which goes. For a text of several lines that a terminal gets. */
void base_text_printable_lines(struct base_buf *out, struct base_span s);
/* &, <, >, ", ' as character references. */
void base_text_html(struct base_buf *out, struct base_span s);
/* Appends `text`, broken between words so that each line stays below `columns` as a terminal counts
 * them. The first line begins at column `at`, where the caller has written; further ones are
 * indented by `indent`. Ends with a line end. A word that is too long has a line of its own. */
void base_text_wrap(struct base_buf *out, struct base_span text, size_t at, size_t indent,
                    size_t columns);
/* One word for a POSIX shell, quoted where that is needed: for commands that are to be pasted. */
void base_text_shell(struct base_buf *out, const char *word);
/* How much of a text that comes in pieces ends with a whole character of UTF-8: all of it, or what
 * stands before a sequence (at most three bytes) that the next piece may complete. */
size_t base_text_whole(struct base_span s);
bool base_text_utf8_valid(struct base_span s);
/* Whether base_text_printable() would leave it as it is. */
bool base_text_is_printable(struct base_span s);
/* Copies with truncation, always NUL-terminates; returns false when cut. */
bool base_text_copy(char *out, size_t size, struct base_span s);
void base_text_format(char *out, size_t size, const char *format, ...) BASE_PRINTF(3, 4);
/* Columns on a terminal (wcwidth); invalid bytes count as one. */
size_t base_text_width(struct base_span s);
/* Edits needed from a to b, for "did you mean" (Levenshtein, case-insensitive, at most 64 bytes
 * each). */
unsigned base_text_distance(const char *a, const char *b);
/* 0 to 15; -1 when it is no hexadecimal digit. */
int base_text_hex_value(char c);
/* 1234567 -> "1,234,567" into out (at least 27 bytes). */
const char *base_text_thousands(char out[27], int64_t value);

#endif
