/* What is compressed is made readable here, in one piece when the answer is whole. As it comes it
 * would cost three times as much, half of all that an export costs; that is for answers which may
 * be handed over in pieces (http_curl_inflate.c), and by us, since curl takes a gzip that was cut
 * for a whole one. A member of gzip (RFC 1952) says at its end how long it is, which is believed as
 * far as the cap of the answer and what deflate can do allow. */
#include "http_curl.h"

#include "base_text.h"

#include <libdeflate.h>

#define GZIP_TRAILER 8   /* its last eight bytes: the checksum and the length, 32 bits each */
#define GZIP_MOST 1032   /* bytes that deflate makes of one (zlib's technical details) */
#define GZIP_LEAST 1024u /* a guess below this is not worth another try */

struct libdeflate_decompressor *http_curl_decompressor_new(void)
{
    return libdeflate_alloc_decompressor();
}

void http_curl_decompressor_free(struct libdeflate_decompressor *d)
{
    if (d != NULL)
        libdeflate_free_decompressor(d);
}

void http_curl_on_header(struct http_call *call, struct base_span name, struct base_span value)
{
    bool known = base_span_is_nocase(value, "gzip") || base_span_is_nocase(value, "x-gzip");

    if (base_span_is_nocase(value, "identity") || value.n == 0)
        return;
    if (base_span_is_nocase(name, "Content-Encoding")) {
        if (!known || call->coding != HTTP_CURL_PLAIN) /* twice compressed is as good as unknown */
            call->coding = HTTP_CURL_UNKNOWN;
        else
            call->coding = call->on_piece != NULL ? HTTP_CURL_GZIP_PIECES : HTTP_CURL_GZIP_WHOLE;
    }
    /* What is compressed between two hops curl decodes, asked or not, and takes what was cut for
     * whole. For an answer that is given once that has to do. */
    if (base_span_is_nocase(name, "Transfer-Encoding") && !base_span_is_nocase(value, "chunked") &&
        call->on_body == NULL)
        call->coding = HTTP_CURL_UNKNOWN;
}

/* What the text says it becomes. Of several members it is the last one's length: a guess. */
static size_t gzip_guess(struct base_span text)
{
    size_t length = 0;

    for (size_t i = 0; i < 4 && text.n >= GZIP_TRAILER; i++)
        length |= (size_t)(unsigned char)text.p[text.n - 4 + i] << 8 * i;
    if (length / GZIP_MOST > text.n)
        length = text.n * GZIP_MOST;
    return length > GZIP_LEAST ? length : GZIP_LEAST;
}

/* Takes one member off `text`. LIMIT: it becomes more than `out` may hold; INVALID: it is none. */
static enum base_status take_member(struct libdeflate_decompressor *d, struct base_span *text,
                                    struct base_buf *out)
{
    size_t most = out->max - out->n, room = gzip_guess(*text), read, written;

    for (;; room *= 4) {
        room = room < most ? room : most;
        char *to = base_buf_reserve(out, room);
        if (to == NULL)
            return BASE_NO_MEMORY;
        enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(d, text->p, text->n, to, room, &read, &written);
        if (result == LIBDEFLATE_SUCCESS) {
            base_buf_commit(out, written);
            *text = base_span_from(*text, read);
            return BASE_OK;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE)
            return BASE_INVALID;
        if (room == most)
            return BASE_LIMIT;
    }
}

static CURLcode decode_whole(struct http_call *call)
{
    struct base_span text = base_buf_span(&call->body);
    struct base_buf out;
    enum base_status status = BASE_OK;

    (call->body.sensitive ? base_buf_init_sensitive : base_buf_init)(&out, call->body.max);
    while (status == BASE_OK && text.n > 0)
        status = take_member(call->h->decompressor, &text, &out);
    if (status == BASE_OK) {
        base_buf_free(&call->body);
        call->body = out;
        return CURLE_OK;
    }
    base_buf_free(&out);
    if (status == BASE_LIMIT)
        call->overflow = HTTP_CURL_BODY_TOO_LARGE;
    return status == BASE_INVALID ? CURLE_BAD_CONTENT_ENCODING
           : status == BASE_LIMIT ? CURLE_WRITE_ERROR
                                  : CURLE_OUT_OF_MEMORY;
}

/* Of what is damaged curl has heard that we took no more of it, and of what is cut, nothing. */
static CURLcode judge_pieces(struct http_call *call, CURLcode code)
{
    bool ours = code == CURLE_OK || code == CURLE_WRITE_ERROR;

    if (!ours || call->inflate == NULL || http_curl_inflate_end(call->inflate) != BASE_INVALID)
        return code;
    base_text_copy(call->said, sizeof(call->said),
                   base_span_of(http_curl_inflate_said(call->inflate)));
    return CURLE_BAD_CONTENT_ENCODING;
}

CURLcode http_curl_decode(struct http_call *call, CURLcode code)
{
    if (call->coding == HTTP_CURL_GZIP_PIECES)
        return judge_pieces(call, code);
    if (code != CURLE_OK || call->coding == HTTP_CURL_PLAIN || call->body.n == 0)
        return code; /* of HEAD there is no body */
    return call->coding == HTTP_CURL_GZIP_WHOLE ? decode_whole(call) : CURLE_BAD_CONTENT_ENCODING;
}
