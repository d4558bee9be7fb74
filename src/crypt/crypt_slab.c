#include "crypt_slab.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Two sizes of slots, for keys and for tokens (HubSpot's have about 500 bytes, a record with three
 * of them less than 2000). What fits in neither, or finds no slot, gets pages of its own. */
#define SLAB_SMALL 128u
#define SLAB_LARGE 2048u
#define SLAB_SMALL_SLOTS 32u /* the first is not used: it holds the mark */
#define SLAB_LARGE_SLOTS 14u
#define SLAB_BYTES (SLAB_SMALL * SLAB_SMALL_SLOTS + SLAB_LARGE * SLAB_LARGE_SLOTS)
#define SLAB_CANARY 16u

_Static_assert(SLAB_SMALL_SLOTS + SLAB_LARGE_SLOTS <= 64, "a bit for each slot");

struct crypt_slab {
    char *p; /* SLAB_BYTES; NULL: not mapped yet, or not to be had */
    bool tried, locked;
    uint64_t used; /* a bit for each slot */
    unsigned char canary[SLAB_CANARY];
};

/* One for the process (and one for each module, which has its own copy of this code and is never
 * unloaded). Used by one thread, as all of hubauth. */
static struct crypt_slab slab_own;

/* Not mlock(2): that would fetch all pages at once, and most commands need one or two of them. */
static bool slab_lock(char *p)
{
    return mlock2(p, SLAB_BYTES, MLOCK_ONFAULT) == 0;
}

static void slab_map(struct crypt_slab *s)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t whole = (SLAB_BYTES + page - 1) / page * page;
    char *p = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    s->tried = true;
    if (p == MAP_FAILED)
        return;
    /* A fork would copy the secrets into a process that has no use for them. A kernel that cannot
     * keep that promise, or that of the core dump, gets no slab. */
    if (mprotect(p + page, whole, PROT_READ | PROT_WRITE) != 0 ||
        madvise(p + page, whole, MADV_DONTDUMP) != 0 ||
        madvise(p + page, whole, MADV_WIPEONFORK) != 0) {
        (void)munmap(p, whole + 2 * page);
        return;
    }
    s->p = p + page + (whole - SLAB_BYTES); /* its end touches the guard */
    s->locked = slab_lock(s->p);
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
    return slot < SLAB_SMALL_SLOTS
               ? s->p + slot * SLAB_SMALL
               : s->p + SLAB_SMALL_SLOTS * SLAB_SMALL + (slot - SLAB_SMALL_SLOTS) * SLAB_LARGE;
}

static size_t slab_slot_size(unsigned slot)
{
    return slot < SLAB_SMALL_SLOTS ? SLAB_SMALL : SLAB_LARGE;
}

/* The secret stands at the slot's end, so that one byte too many meets the canary. */
static char *slab_place(const struct crypt_slab *s, unsigned slot, size_t n)
{
    return slab_slot(s, slot) + slab_slot_size(slot) - SLAB_CANARY - n;
}

struct crypt_slab_place crypt_slab_take(size_t n)
{
    struct crypt_slab *s = &slab_own;
    unsigned first = n + 2 * SLAB_CANARY <= SLAB_SMALL ? 1 : SLAB_SMALL_SLOTS;

    if (!s->tried)
        slab_map(s);
    if (n > SLAB_LARGE - 2 * SLAB_CANARY || !slab_is_whole(s))
        return (struct crypt_slab_place){0};
    for (unsigned slot = first; slot < SLAB_SMALL_SLOTS + SLAB_LARGE_SLOTS; slot++) {
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

void crypt_slab_give(const struct crypt_slab_place *place, size_t n)
{
    struct crypt_slab *s = place->slab;

    if (slab_is_whole(s) && (memcmp(place->p - SLAB_CANARY, s->canary, SLAB_CANARY) != 0 ||
                             memcmp(place->p + n, s->canary, SLAB_CANARY) != 0))
        abort(); /* somebody wrote past a secret: nothing here can be trusted any more */
    sodium_memzero(slab_slot(s, place->slot), slab_slot_size(place->slot));
    s->used &= ~(UINT64_C(1) << place->slot);
}

bool crypt_slab_is_locked(const struct crypt_slab *slab)
{
    return slab->locked;
}
