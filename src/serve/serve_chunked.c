#include "serve_chunked.h"

#include "base_text.h"

enum {
    SIZE_DIGITS_MAX = 16, /* more are leading zeros or an overflow */
    LINE_MAX_BYTES = 256, /* size and extensions, without CR LF */
    FRAMING_SLACK = 1024,
};

/* Extensions are skipped (RFC 9112 section 7.1.1), but not for ever: what frames the chunks may be
 * half as much as the body that they carry. Chunks of a dozen bytes and more fit. */
static size_t framing_max(size_t max_body)
{
    return max_body / 2 + FRAMING_SLACK;
}

size_t serve_chunked_room(size_t max_body)
{
    /* The last line may go beyond the framing's limit before that is seen. */
    return max_body + framing_max(max_body) + LINE_MAX_BYTES + 4;
}

static bool byte_is_extension(char c)
{
    return ((unsigned char)c >= 0x20 && (unsigned char)c < 0x7f) || c == '\t';
}

static enum serve_parse_result refuse(struct serve_refusal *refusal, int status, const char *reason)
{
    (void)serve_refuse(refusal, status, reason);
    return SERVE_PARSE_REFUSED;
}

/* chunk-size at the start of `rest`, at most `room`. *ret_digits is the number of bytes that it
 * takes so far. */
static bool size_parse(struct base_span rest, size_t room, size_t *ret_size, size_t *ret_digits,
                       struct serve_refusal *refusal)
{
    uint64_t size = 0; /* as many bits as SIZE_DIGITS_MAX digits: no overflow */
    size_t digits = 0;

    for (; digits < rest.n && base_text_hex_value(rest.p[digits]) >= 0; digits++) {
        if (digits == SIZE_DIGITS_MAX)
            return serve_refuse(refusal, 400, "chunk size too long");
        size = size << 4 | (uint64_t)base_text_hex_value(rest.p[digits]);
        if (size > room)
            return serve_refuse(refusal, 413, "request body too large");
    }
    if (digits == 0 && rest.n > 0)
        return serve_refuse(refusal, 400, "chunk without a size");
    *ret_size = (size_t)size;
    *ret_digits = digits;
    return true;
}

/* The line before a chunk. White space between size and semicolon is bad white space (BWS):
 * refused. */
static enum serve_parse_result line_parse(struct base_span rest, size_t room, size_t *ret_size,
                                          size_t *ret_length, struct serve_refusal *refusal)
{
    size_t i = 0;

    if (!size_parse(rest, room, ret_size, &i, refusal))
        return SERVE_PARSE_REFUSED;
    if (i < rest.n && rest.p[i] == ';') {
        while (i < rest.n && byte_is_extension(rest.p[i])) {
            if (++i > LINE_MAX_BYTES)
                return refuse(refusal, 400, "chunk line too long");
        }
    }
    if (i < rest.n && rest.p[i] != '\r')
        return refuse(refusal, 400, "malformed chunk line");
    if (i + 1 >= rest.n)
        return SERVE_PARSE_MORE;
    if (rest.p[i + 1] != '\n')
        return refuse(refusal, 400, "malformed chunk line");
    *ret_length = i + 2;
    return SERVE_PARSE_DONE;
}

/* The empty line after the last chunk, where the trailers would be. */
static enum serve_parse_result end_parse(struct base_span rest, struct serve_refusal *refusal)
{
    if (rest.n > 0 && rest.p[0] != '\r')
        return refuse(refusal, 400, "trailers are not accepted");
    if (rest.n > 1 && rest.p[1] != '\n')
        return refuse(refusal, 400, "malformed end of a chunked body");
    return rest.n < 2 ? SERVE_PARSE_MORE : SERVE_PARSE_DONE;
}

/* Moves a whole chunk's data to the end of what is decoded. False when no line end follows it. */
static bool chunk_take(struct serve_parse *state, char *bytes, size_t line, size_t size)
{
    char *data = bytes + state->scanned + line;

    if (data[size] != '\r' || data[size + 1] != '\n')
        return false;
    memmove(bytes + state->head_end + state->body_length, data, size);
    state->body_length += size;
    state->scanned += line + size + 2;
    return true;
}

enum serve_parse_result serve_chunked_parse(struct serve_parse *state, char *bytes, size_t n,
                                            size_t max_body, struct serve_refusal *refusal)
{
    for (;;) {
        struct base_span rest = {bytes + state->scanned, n - state->scanned};
        size_t size = 0, line = 0;
        enum serve_parse_result result =
            line_parse(rest, max_body - state->body_length, &size, &line, refusal);

        if (result != SERVE_PARSE_DONE)
            return result;
        if (size == 0) {
            result = end_parse(base_span_from(rest, line), refusal);
            if (result == SERVE_PARSE_DONE)
                state->scanned += line + 2;
            return result;
        }
        if (rest.n - line < size + 2)
            return SERVE_PARSE_MORE;
        if (!chunk_take(state, bytes, line, size))
            return refuse(refusal, 400, "chunk longer than its size");
        if (state->scanned - state->head_end - state->body_length > framing_max(max_body))
            return refuse(refusal, 413, "too many small chunks");
    }
}
