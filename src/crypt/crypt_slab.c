#include "crypt_slab.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypt_pages.h"

#define SLAB_CANARY 16u

/* Two sizes of slots. What fits in neither, or finds no slot, gets pages of its own. */
struct crypt_slab {
    size_t small, large;
    unsigned small_slots, large_slots; /* 64 at most: `used`. The first holds the mark */
    char *p;                           /* its bytes; NULL: not mapped yet, or not to be had */
    bool tried, locked;
    uint64_t used; /* a bit for each slot */
    unsigned char canary[SLAB_CANARY];
};

/* Both for the process (and for each module, which has its own copy of this code and is never
 * unloaded). Used by one thread, as all of hubauth.
 *
 * For keys and for tokens: HubSpot's have about 500 bytes, a record with three of them less than
 * 2000. */
static struct crypt_slab slab_own = {
    .small = 128, .small_slots = 32, .large = 2048, .large_slots = 14};
/* For longer ones, when somebody asks for room. */
static struct crypt_slab slab_room = {
    .small = 128, .small_slots = 1, .large = 16 << 10, .large_slots = 8};

static size_t slab_bytes(const struct crypt_slab *s)
{
    return s->small * s->small_slots + s->large * s->large_slots;
}

static void slab_map(struct crypt_slab *s)
{
    struct crypt_pages pages = crypt_pages_map(slab_bytes(s));

    s->tried = true;
    if (!pages.kept) { /* whoever cannot promise that gets no slab */
        crypt_pages_unmap(&pages);
        return;
    }
    s->p = pages.p;
    s->locked = pages.locked;
    randombytes_buf(s->canary, sizeof(s->canary));
    s->canary[0] |= 1; /* never what a wiped slab holds */
    memcpy(s->p, s->canary, sizeof(s->canary));
    s->used = 1;
}

/* In a child after fork(2) the mark is gone, and so is all that was here. */
static bool slab_is_whole(const struct crypt_slab *s)
{
    return s->p != NULL && memcmp(s->p, s->canary, sizeof(s->canary)) == 0;
}

static char *slab_slot(const struct crypt_slab *s, unsigned slot)
{
    return slot < s->small_slots
               ? s->p + slot * s->small
               : s->p + s->small_slots * s->small + (slot - s->small_slots) * s->large;
}

static size_t slab_slot_size(const struct crypt_slab *s, unsigned slot)
{
    return slot < s->small_slots ? s->small : s->large;
}

/* The secret stands at the slot's end, so that one byte too many meets the canary. */
static char *slab_place(const struct crypt_slab *s, unsigned slot, size_t n)
{
    return slab_slot(s, slot) + slab_slot_size(s, slot) - SLAB_CANARY - n;
}

static struct crypt_slab_place slab_take(struct crypt_slab *s, size_t n)
{
    unsigned first = n + 2 * SLAB_CANARY <= s->small ? 1 : s->small_slots;

    if (n > s->large - 2 * SLAB_CANARY || !slab_is_whole(s))
        return (struct crypt_slab_place){0};
    for (unsigned slot = first; slot < s->small_slots + s->large_slots; slot++) {
        char *p = slab_place(s, slot, n);

        if (s->used >> slot & 1)
            continue;
        s->used |= UINT64_C(1) << slot;
        memcpy(p - SLAB_CANARY, s->canary, SLAB_CANARY);
        memcpy(p + n, s->canary, SLAB_CANARY);
        return (struct crypt_slab_place){s, p, slot};
    }
    return (struct crypt_slab_place){0};
}

struct crypt_slab_place crypt_slab_take(size_t n)
{
    struct crypt_slab_place place;

    if (!slab_own.tried)
        slab_map(&slab_own);
    place = slab_take(&slab_own, n);
    return place.slab != NULL ? place : slab_take(&slab_room, n);
}

void crypt_slab_make_room(void)
{
    if (!slab_room.tried)
        slab_map(&slab_room);
}

void crypt_slab_give(const struct crypt_slab_place *place, size_t n)
{
    struct crypt_slab *s = place->slab;

    if (slab_is_whole(s) && (memcmp(place->p - SLAB_CANARY, s->canary, SLAB_CANARY) != 0 ||
                             memcmp(place->p + n, s->canary, SLAB_CANARY) != 0))
        abort(); /* somebody wrote past a secret: nothing here can be trusted any more */
    sodium_memzero(slab_slot(s, place->slot), slab_slot_size(s, place->slot));
    s->used &= ~(UINT64_C(1) << place->slot);
}

bool crypt_slab_is_locked(const struct crypt_slab *slab)
{
    return slab->locked;
}
