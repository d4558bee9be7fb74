/* Small secrets share one mapping (crypt_pages.h): to map, protect and lock pages for each of them
 * would be most of what a short command does. Private to this folder. */
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
