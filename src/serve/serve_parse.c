#include "serve_chunked.h"

bool serve_refuse(struct serve_refusal *refusal, int status, const char *reason)
{
    refusal->status = status;
    refusal->reason = reason;
    return false;
}

/* Control characters that have no place in a head. CR and LF are among them: the scan knows where
 * they may be. */
static bool byte_is_control(unsigned char c)
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* The same of eight bytes at once. May be true of a tab, and is never false of a control character.
 * (Bit Twiddling Hacks, "Determine if a word has a byte less than n".) */
static bool word_has_control(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    uint64_t word, del;

    memcpy(&word, bytes, sizeof word);
    del = word ^ (ones * 0x7f);
    return (((word - ones * 0x20) & ~word) | ((del - ones) & ~del)) & highs;
}

/* The place of the next control character, or `end`. */
static size_t text_skip(const char *bytes, size_t i, size_t end)
{
    while (end - i >= 8 && !word_has_control(bytes + i))
        i += 8;
    while (i < end && !byte_is_control((unsigned char)bytes[i]))
        i++;
    return i;
}

/* A head that is too long for its buffer: one endless line, or too many of them. */
static bool refuse_long_head(const char *bytes, size_t n, struct serve_refusal *refusal)
{
    if (!memchr(bytes, '\n', n))
        return serve_refuse(refusal, 414, "request line too long");
    return serve_refuse(refusal, 431, "request head too large");
}

/* Looks for the end of the head and at every byte before it, so that garbage is refused when it
 * comes and not by a deadline. RFC 9112 section 2.2 lets a recipient take a bare LF as a line end;
 * this one does not, because two parsers in a row that differ in it see different requests. Returns
 * false when refused. */
static bool head_scan(struct serve_parse *state, const char *bytes, size_t n, size_t max_head,
                      struct serve_refusal *refusal)
{
    size_t end = n < max_head ? n : max_head;
    size_t i;

    for (i = state->scanned; (i = text_skip(bytes, i, end)) < end;) {
        if (bytes[i] == '\n')
            return serve_refuse(refusal, 400, "line feed without carriage return");
        if (bytes[i] != '\r')
            return serve_refuse(refusal, 400, "control character in the head");
        if (i + 1 == end)
            break; /* its LF may be on the way */
        if (bytes[i + 1] != '\n')
            return serve_refuse(refusal, 400, "carriage return without line feed");
        i += 2;
        if (i >= 4 && bytes[i - 4] == '\r' && bytes[i - 3] == '\n') {
            state->head_end = i;
            break;
        }
    }
    state->scanned = i;
    if (state->head_end == 0 && end == max_head)
        return refuse_long_head(bytes, end, refusal);
    return true;
}

/* The head is complete: parses it and notes what follows. */
static bool head_accept(struct serve_parse *state, char *bytes, const struct serve_limits *limits,
                        struct serve_request *request, struct serve_refusal *refusal)
{
    struct base_span head = {bytes, state->head_end};
    struct serve_framing framing = {0};

    if (!serve_head_parse(head, limits->max_body, request, &framing, refusal))
        return false;
    state->chunked = framing.chunked;
    state->expects_continue = framing.expects_continue;
    state->body_length = framing.body_length;
    return true;
}

/* Fills *request again when it was filled by an earlier call, since the bytes may have moved. The
 * head was accepted then, and is now. */
static void head_again(const struct serve_parse *state, char *bytes,
                       const struct serve_limits *limits, struct serve_request *request)
{
    struct serve_parse scratch = *state;
    struct serve_refusal refusal;
    (void)head_accept(&scratch, bytes, limits, request, &refusal);
}

static enum serve_parse_result body_parse(struct serve_parse *state, char *bytes, size_t n,
                                          size_t max_body, struct serve_refusal *refusal)
{
    if (state->chunked)
        return serve_chunked_parse(state, bytes, n, max_body, refusal);
    if (n - state->head_end < state->body_length)
        return SERVE_PARSE_MORE;
    state->scanned = state->head_end + state->body_length;
    return SERVE_PARSE_DONE;
}

enum serve_parse_result serve_parse(struct serve_parse *state, char *bytes, size_t n,
                                    const struct serve_limits *limits,
                                    struct serve_request *request, size_t *ret_used,
                                    int *ret_status, const char **ret_reason)
{
    struct serve_refusal refusal = {0};
    enum serve_parse_result result = SERVE_PARSE_REFUSED;
    bool head_was_complete = state->head_end != 0;

    if (head_was_complete || head_scan(state, bytes, n, limits->max_head, &refusal)) {
        if (state->head_end == 0)
            return SERVE_PARSE_MORE;
        if (head_was_complete || head_accept(state, bytes, limits, request, &refusal))
            result = body_parse(state, bytes, n, limits->max_body, &refusal);
    }
    if (result == SERVE_PARSE_REFUSED) {
        *ret_status = refusal.status;
        *ret_reason = refusal.reason;
    } else if (result == SERVE_PARSE_DONE) {
        if (head_was_complete)
            head_again(state, bytes, limits, request);
        request->body = (struct base_span){bytes + state->head_end, state->body_length};
        *ret_used = state->scanned;
    }
    return result;
}

size_t serve_parse_room(const struct serve_limits *limits)
{
    return limits->max_head + serve_chunked_room(limits->max_body);
}

struct base_span serve_request_header(const struct serve_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (base_span_is_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    }
    return BASE_SPAN_NONE;
}
