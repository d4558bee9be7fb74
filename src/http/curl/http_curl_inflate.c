#include "http_curl_inflate.h"

#include "base_mem.h"

#include <zlib.h>

#define GZIP_ALONE (16 + MAX_WBITS) /* no zlib format, no raw deflate (zlib.h, inflateInit2) */

struct http_curl_inflate {
    http_curl_plain_fn *fn;
    void *arg;
    z_stream z;
    enum base_status status;
    bool ended; /* at the end of a member: another may follow (RFC 1952 section 2.2) */
    char room[HTTP_CURL_INFLATE_ROOM];
};

static voidpf allocate(voidpf arg, uInt count, uInt size)
{
    (void)arg;
    return base_mem_array(count, size);
}

static void release(voidpf arg, voidpf block)
{
    (void)arg;
    base_mem_free(block);
}

struct http_curl_inflate *http_curl_inflate_new(http_curl_plain_fn *fn, void *arg)
{
    struct http_curl_inflate *x = base_mem_new(sizeof(*x));
    if (x == NULL)
        return NULL;
    x->fn = fn;
    x->arg = arg;
    x->z.zalloc = allocate;
    x->z.zfree = release;
    if (inflateInit2(&x->z, GZIP_ALONE) == Z_OK)
        return x;
    base_mem_free(x);
    return NULL;
}

void http_curl_inflate_free(struct http_curl_inflate *x)
{
    if (x == NULL)
        return;
    (void)inflateEnd(&x->z);
    base_mem_free(x);
}

/* As much as there is room for. What came before damage is handed on as well: where the bytes were
 * divided makes no difference. */
static enum base_status step(struct http_curl_inflate *x)
{
    x->z.next_out = (Bytef *)x->room;
    x->z.avail_out = sizeof(x->room);
    int code = x->ended ? inflateReset(&x->z) : Z_OK;
    if (code == Z_OK)
        code = inflate(&x->z, Z_NO_FLUSH);
    x->ended = code == Z_STREAM_END;
    size_t n = sizeof(x->room) - x->z.avail_out;
    if (n > 0 && !x->fn(x->arg, (struct base_span){x->room, n}))
        return BASE_CANCELLED;
    if (code == Z_MEM_ERROR)
        return BASE_NO_MEMORY;
    /* Z_BUF_ERROR: the room was full and the bytes were all taken, and there was no more to come.
     */
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR ? BASE_OK : BASE_INVALID;
}

enum base_status http_curl_inflate_add(struct http_curl_inflate *x, struct base_span bytes)
{
    bool full = false;
    x->z.next_in = (z_const Bytef *)bytes.p;
    x->z.avail_in = (uInt)bytes.n;
    while (x->status == BASE_OK && (x->z.avail_in > 0 || (full && !x->ended))) {
        x->status = step(x);
        full = x->z.avail_out == 0;
    }
    return x->status;
}

enum base_status http_curl_inflate_end(const struct http_curl_inflate *x)
{
    return x->status == BASE_OK && !x->ended ? BASE_INVALID : x->status;
}

const char *http_curl_inflate_said(const struct http_curl_inflate *x)
{
    return x->z.msg != NULL ? x->z.msg : "";
}
