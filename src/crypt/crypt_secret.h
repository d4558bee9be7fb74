/* A secret is a type, not a string: guarded locked memory (crypt_slab.h, crypt_pages.h), moved not
 * copied, wiped when freed, shown only as a fingerprint. A child after fork(2) finds zeros where
 * its parent's secrets are. The honest limit: what libcurl and the kernel copy is theirs, a
 * sensitive base_buf is wiped but nothing more, and pages are locked only as far as RLIMIT_MEMLOCK
 * goes. */
#ifndef CRYPT_SECRET_H
#define CRYPT_SECRET_H

#include "base_buf.h"

struct crypt_secret;

/* Starts libsodium. Call once before anything else of this folder; may be called again. */
BASE_CHECK enum base_status crypt_start(struct base_error *err);

/* "libsodium 1.0.18" */
const char *crypt_library(void);

/* From now on a few secrets of up to 16 KB at a time make no system call, neither when they are
 * made nor when they are freed. Without this it holds up to 2 KB. */
void crypt_secret_make_room(void);

/* n zero bytes to be filled through crypt_secret_bytes(); NULL when memory is short. n may be 0. */
BASE_CHECK struct crypt_secret *crypt_secret_new(size_t n);
BASE_CHECK struct crypt_secret *crypt_secret_from(const void *bytes, size_t n);
/* Takes the content of a sensitive buffer and leaves that wiped and empty. NULL, and the buffer as
 * it was, when memory is short or an append to it has failed. */
BASE_CHECK struct crypt_secret *crypt_secret_take(struct base_buf *b);
BASE_CHECK struct crypt_secret *crypt_secret_copy(const struct crypt_secret *s);
/* The same secret for one more owner: freed when each of them has done so. It is not to change any
 * more. Cannot fail. */
struct crypt_secret *crypt_secret_share(struct crypt_secret *s);
void crypt_secret_free(struct crypt_secret *s); /* NULL is allowed */
void crypt_secret_cleanup(struct crypt_secret **s);

char *crypt_secret_bytes(struct crypt_secret *s);
/* Borrowed, valid until the secret is freed. */
struct base_span crypt_secret_span(const struct crypt_secret *s); /* NULL gives the empty span */
size_t crypt_secret_length(const struct crypt_secret *s);
/* False when the limit on locked memory was reached: then the secret may get into swap space. */
bool crypt_secret_is_locked(const struct crypt_secret *s);
/* The same for all secrets that this process has had so far. */
bool crypt_secret_all_locked(void);
/* Constant time for equal lengths. */
bool crypt_secret_eq(const struct crypt_secret *s, struct base_span other);
bool crypt_span_eq(struct base_span a, struct base_span b);

/* "‹redacted:access_token:1a2b3c4d›": eight hex digits of a hash keyed with a random key of this
 * process, enough to see in one run whether two are the same, and useless otherwise. */
const char *crypt_secret_fingerprint(char out[64], const struct crypt_secret *s, const char *kind);

/* Overwrites memory in a way that the compiler does not remove. */
void crypt_wipe(void *p, size_t n);

#endif
