#include "emulator_store.h"

#include "crypt_hash.h"
#include "crypt_random.h"

#include <assert.h>

/* An expired token still answers "expired" for this long; afterwards it is as unknown as garbage.
 */
#define KEEP_EXPIRED_MS (INT64_C(3600) * 1000)
#define FIRST_BUCKETS 1024

struct entry {
    struct emulator_grant grant; /* first: a grant found is its entry */
    unsigned char key[CRYPT_BLAKE2B_BYTES];
    struct entry *chain;         /* in its bucket */
    struct entry *newer, *older; /* in the queue of its kind */
};

struct queue {
    struct entry *oldest, *newest;
    size_t count;
};

struct emulator_store {
    unsigned char hash_key[32]; /* a process's own: nobody can choose colliding tokens */
    struct entry **buckets;     /* a power of two of them */
    size_t bucket_count;
    size_t total;
    size_t cap;
    struct queue queues[EMULATOR_KINDS];
};

enum base_status emulator_store_new(size_t cap, struct emulator_store **ret, struct base_error *err)
{
    struct emulator_store *store = base_mem_new(sizeof *store);
    if (store == NULL)
        return base_fail_memory(err);
    store->buckets = base_mem_array(FIRST_BUCKETS, sizeof(struct entry *));
    if (store->buckets == NULL) {
        base_mem_free(store);
        return base_fail_memory(err);
    }
    store->bucket_count = FIRST_BUCKETS;
    store->cap = cap > 0 ? cap : EMULATOR_STORE_CAP;
    crypt_random(store->hash_key, sizeof store->hash_key);
    *ret = store;
    return BASE_OK;
}

void emulator_store_free(struct emulator_store *store)
{
    if (store == NULL)
        return;
    emulator_store_forget(store, &(struct emulator_match){.kinds = EMULATOR_ALL_KINDS, .app = -1});
    base_mem_free(store->buckets);
    base_mem_free(store);
}

/* ---------------------------------------------------------------- queues, one for each kind */

static void queue_push(struct queue *q, struct entry *e)
{
    e->older = q->newest;
    e->newer = NULL;
    if (q->newest != NULL)
        q->newest->newer = e;
    else
        q->oldest = e;
    q->newest = e;
    q->count++;
}

static void queue_unlink(struct queue *q, struct entry *e)
{
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        q->oldest = e->newer;
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        q->newest = e->older;
    q->count--;
}

/* ---------------------------------------------------------------- the table */

static void key_of(const struct emulator_store *store, struct base_span token,
                   unsigned char key[CRYPT_BLAKE2B_BYTES])
{
    crypt_blake2b(key, (struct base_span){(const char *)store->hash_key, sizeof store->hash_key},
                  token);
}

static struct entry **bucket_of(const struct emulator_store *store, const unsigned char *key)
{
    uint64_t h;
    memcpy(&h, key, sizeof h);
    return &store->buckets[h & (store->bucket_count - 1)];
}

static struct entry *find(const struct emulator_store *store, enum emulator_kind kind,
                          struct base_span token)
{
    unsigned char key[CRYPT_BLAKE2B_BYTES];
    key_of(store, token, key);
    for (struct entry *e = *bucket_of(store, key); e != NULL; e = e->chain)
        if (e->grant.kind == kind && memcmp(e->key, key, sizeof key) == 0)
            return e;
    return NULL;
}

/* Longer chains are no error, so a failure to grow is none either. */
static void grow(struct emulator_store *store)
{
    size_t count = store->bucket_count * 2;
    struct entry **old = store->buckets, **buckets = base_mem_array(count, sizeof *buckets);
    if (buckets == NULL)
        return;
    size_t old_count = store->bucket_count;
    store->buckets = buckets;
    store->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct entry *e = old[i], *next; e != NULL; e = next) {
            next = e->chain;
            struct entry **bucket = bucket_of(store, e->key);
            e->chain = *bucket;
            *bucket = e;
        }
    }
    base_mem_free(old);
}

static void forget(struct emulator_store *store, struct entry *e)
{
    struct entry **link = bucket_of(store, e->key);
    while (*link != e)
        link = &(*link)->chain;
    *link = e->chain;
    queue_unlink(&store->queues[e->grant.kind], e);
    store->total--;
    base_mem_free(e);
}

static void make_room(struct emulator_store *store, enum emulator_kind kind)
{
    while (store->queues[kind].count >= store->cap)
        forget(store, store->queues[kind].oldest);
}

/* ---------------------------------------------------------------- what others call */

enum base_status emulator_store_put(struct emulator_store *store, struct base_span token,
                                    const struct emulator_grant *grant)
{
    assert(grant->kind < EMULATOR_KINDS);
    struct entry *e = base_mem_new(sizeof *e);
    if (e == NULL)
        return BASE_NO_MEMORY;
    make_room(store, grant->kind);
    if (store->total >= store->bucket_count)
        grow(store);
    e->grant = *grant;
    key_of(store, token, e->key);
    struct entry **bucket = bucket_of(store, e->key);
    e->chain = *bucket;
    *bucket = e;
    queue_push(&store->queues[grant->kind], e);
    store->total++;
    return BASE_OK;
}

const struct emulator_grant *emulator_store_find(const struct emulator_store *store,
                                                 enum emulator_kind kind, struct base_span token)
{
    struct entry *e = find(store, kind, token);
    return e != NULL ? &e->grant : NULL;
}

static void spend(struct emulator_store *store, struct entry *e)
{
    make_room(store, EMULATOR_SPENT);
    queue_unlink(&store->queues[e->grant.kind], e);
    e->grant.kind = EMULATOR_SPENT;
    queue_push(&store->queues[EMULATOR_SPENT], e);
}

bool emulator_store_spend(struct emulator_store *store, enum emulator_kind kind,
                          struct base_span token)
{
    struct entry *e = find(store, kind, token);
    if (e != NULL)
        spend(store, e);
    return e != NULL;
}

void emulator_store_spend_before(struct emulator_store *store, uint64_t family, uint64_t turn)
{
    for (struct entry *e = store->queues[EMULATOR_REFRESH].oldest, *newer; e != NULL; e = newer) {
        newer = e->newer;
        if (e->grant.family == family && e->grant.turn < turn)
            spend(store, e);
    }
}

bool emulator_store_remove(struct emulator_store *store, enum emulator_kind kind,
                           struct base_span token)
{
    struct entry *e = find(store, kind, token);
    if (e != NULL)
        forget(store, e);
    return e != NULL;
}

void emulator_store_purge(struct emulator_store *store, int64_t now)
{
    static const enum emulator_kind expiring[] = {EMULATOR_CONSENT, EMULATOR_CODE, EMULATOR_ACCESS};
    for (size_t i = 0; i < sizeof expiring / sizeof expiring[0]; i++) {
        struct queue *q = &store->queues[expiring[i]];
        while (q->oldest != NULL && q->oldest->grant.expires_ms < now - KEEP_EXPIRED_MS)
            forget(store, q->oldest);
    }
}

void emulator_store_expire_access(struct emulator_store *store, int64_t now)
{
    for (struct entry *e = store->queues[EMULATOR_ACCESS].newest; e != NULL; e = e->older)
        if (e->grant.expires_ms > now)
            e->grant.expires_ms = now;
}

static bool matches(const struct emulator_grant *grant, const struct emulator_match *match)
{
    return (match->app < 0 || grant->app == match->app) &&
           (match->portal == 0 || grant->portal == match->portal) &&
           (match->family == 0 || grant->family == match->family);
}

void emulator_store_forget(struct emulator_store *store, const struct emulator_match *match)
{
    for (unsigned kind = 0; kind < EMULATOR_KINDS; kind++) {
        if ((match->kinds & 1u << kind) == 0)
            continue;
        for (struct entry *e = store->queues[kind].oldest, *newer; e != NULL; e = newer) {
            newer = e->newer;
            if (matches(&e->grant, match))
                forget(store, e);
        }
    }
}

size_t emulator_store_count(const struct emulator_store *store, enum emulator_kind kind)
{
    return store->queues[kind].count;
}
