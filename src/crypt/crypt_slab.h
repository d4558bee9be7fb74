/* Small secrets share one mapping: a guard page at each end, locked as a whole, left out of core
 * dumps, empty in a child after fork(2). For each of them alone libsodium's allocator maps,
 * protects and locks pages, which is most of what a short command does. Private to this folder. */
#ifndef CRYPT_SLAB_H
#define CRYPT_SLAB_H

#include <stdbool.h>
#include <stddef.h>

struct crypt_slab;

struct crypt_slab_place {
    struct crypt_slab *slab; /* NULL: none was left, or n is too large */
    char *p;                 /* n zero bytes, a canary in front and behind */
    unsigned slot;
};

struct crypt_slab_place crypt_slab_take(size_t n);
/* From now on there are a few places for secrets of up to 16 KB as well. */
void crypt_slab_make_room(void);
/* Wipes it. Ends the process when a canary was overwritten. */
void crypt_slab_give(const struct crypt_slab_place *place, size_t n);
/* Whether the pages are locked in memory. */
bool crypt_slab_is_locked(const struct crypt_slab *slab);

#endif
