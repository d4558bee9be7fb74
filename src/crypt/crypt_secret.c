#include "crypt_secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base_text.h"
#include "crypt_hash.h"
#include "crypt_pages.h"
#include "crypt_slab.h"

struct crypt_secret {
    size_t n;
    unsigned others; /* owners beside the first */
    bool locked;
    char *p; /* in no core dump and no child, locked where the limit allows, wiped when freed */
    struct crypt_slab_place place;
    struct crypt_pages pages; /* of its own, when it found no place: a canary, then the secret */
};

#define SECRET_CANARY 16u
/* Drawn with the first pages, for all of this process. */
static unsigned char own_canary[SECRET_CANARY];

static bool secret_was_unlocked; /* once, in this process */

enum base_status crypt_start(struct base_error *err)
{
    if (sodium_init() < 0)
        return base_fail(err, BASE_FAILED, "starting cryptography", "libsodium cannot be used");
    return BASE_OK;
}

const char *crypt_library(void)
{
    static char text[32];
    base_text_format(text, sizeof(text), "libsodium %s", sodium_version_string());
    return text;
}

void crypt_secret_make_room(void)
{
    crypt_slab_make_room();
}

static bool secret_map(struct crypt_secret *s)
{
    if (s->n > SIZE_MAX - SECRET_CANARY)
        return false;
    s->pages = crypt_pages_map(SECRET_CANARY + s->n);
    if (s->pages.p == NULL)
        return false;
    if (sodium_is_zero(own_canary, SECRET_CANARY)) {
        randombytes_buf(own_canary, SECRET_CANARY);
        own_canary[0] |= 1; /* never what a child finds */
    }
    memcpy(s->pages.p, own_canary, SECRET_CANARY);
    s->p = s->pages.p + SECRET_CANARY;
    s->locked = s->pages.locked;
    return true;
}

static void secret_unmap(struct crypt_secret *s)
{
    const unsigned char *canary = (const unsigned char *)s->pages.p;
    if (!sodium_is_zero(canary, SECRET_CANARY) && /* as in a child after fork(2) */
        memcmp(canary, own_canary, SECRET_CANARY) != 0)
        abort(); /* somebody wrote in front of a secret: nothing here can be trusted any more */
    crypt_pages_unmap(&s->pages);
}

struct crypt_secret *crypt_secret_new(size_t n)
{
    struct crypt_secret *s = base_mem_new(sizeof(*s));
    if (s == NULL)
        return NULL;
    s->n = n;
    s->place = crypt_slab_take(n);
    s->p = s->place.p;
    if (s->place.slab != NULL)
        s->locked = crypt_slab_is_locked(s->place.slab);
    else if (!secret_map(s)) {
        base_mem_free(s);
        return NULL;
    }
    secret_was_unlocked = secret_was_unlocked || !s->locked;
    return s;
}

struct crypt_secret *crypt_secret_from(const void *bytes, size_t n)
{
    struct crypt_secret *s = crypt_secret_new(n);
    if (s != NULL && n > 0)
        memcpy(s->p, bytes, n);
    return s;
}

struct crypt_secret *crypt_secret_take(struct base_buf *b)
{
    if (base_buf_status(b) != BASE_OK) /* a secret that was cut would be a wrong secret */
        return NULL;
    struct crypt_secret *s = crypt_secret_from(b->p, b->n);
    if (s == NULL)
        return NULL;
    crypt_wipe(b->p, b->cap); /* whether or not the buffer is marked */
    base_buf_free(b);
    return s;
}

struct crypt_secret *crypt_secret_copy(const struct crypt_secret *s)
{
    return crypt_secret_from(s->p, s->n);
}

struct crypt_secret *crypt_secret_share(struct crypt_secret *s)
{
    s->others++;
    return s;
}

void crypt_secret_free(struct crypt_secret *s)
{
    if (s == NULL)
        return;
    if (s->others > 0) {
        s->others--;
        return;
    }
    if (s->place.slab != NULL)
        crypt_slab_give(&s->place, s->n);
    else
        secret_unmap(s);
    base_mem_free(s);
}

void crypt_secret_cleanup(struct crypt_secret **s)
{
    crypt_secret_free(*s);
    *s = NULL;
}

char *crypt_secret_bytes(struct crypt_secret *s)
{
    return s->p;
}

struct base_span crypt_secret_span(const struct crypt_secret *s)
{
    return s != NULL ? (struct base_span){s->p, s->n} : BASE_SPAN_NONE;
}

size_t crypt_secret_length(const struct crypt_secret *s)
{
    return s != NULL ? s->n : 0;
}

bool crypt_secret_is_locked(const struct crypt_secret *s)
{
    return s->locked;
}

bool crypt_secret_all_locked(void)
{
    return !secret_was_unlocked;
}

bool crypt_span_eq(struct base_span a, struct base_span b)
{
    return a.n == b.n && (a.n == 0 || sodium_memcmp(a.p, b.p, a.n) == 0);
}

bool crypt_secret_eq(const struct crypt_secret *s, struct base_span other)
{
    return s != NULL && crypt_span_eq(crypt_secret_span(s), other);
}

const char *crypt_secret_fingerprint(char out[64], const struct crypt_secret *s, const char *kind)
{
    unsigned char hash[CRYPT_BLAKE2B_BYTES];
    /* The kernel gives each process 16 random bytes (getauxval(3)). As the key they need no state
     * of our own, so that a module, which has its own copy of this code, shows the same fingerprint
     * as the program. */
    const char *random = (const char *)getauxval(AT_RANDOM);
    struct base_span key = random != NULL ? (struct base_span){random, 16} : BASE_SPAN_NONE;
    crypt_blake2b(hash, key, crypt_secret_span(s));
    base_text_format(out, 64, "‹redacted:%.32s:%02x%02x%02x%02x›", kind, hash[0], hash[1], hash[2],
                     hash[3]);
    crypt_wipe(hash, sizeof(hash));
    return out;
}

void crypt_wipe(void *p, size_t n)
{
    if (n > 0)
        sodium_memzero(p, n);
}
