#include "emulator_limit.h"

#include <string.h>

#define BUCKETS 1024u
#define ACCOUNTS_MAX 65536u

/* Requests of one millisecond. A window holds at most one for each of its milliseconds, so its
 * memory is bounded however many requests arrive. */
struct moment {
    int64_t at;
    uint64_t requests;
};

struct window {
    struct moment *ring;
    size_t head, used, cap;
    uint64_t total;
};

struct account {
    int app;
    int64_t portal;
    struct window allowed; /* what the limit looks at */
    struct window arrived; /* what the judge looks at */
    int64_t foreign_ms;    /* until when others' requests are counted */
    struct account *next;
};

struct emulator_limit {
    uint64_t max;
    int64_t window_ms;
    uint64_t max_in_window;
    uint64_t foreign; /* requests that others make in a second */
    size_t account_count;
    struct account *buckets[BUCKETS];
};

enum base_status emulator_limit_new(uint64_t max, int64_t window_ms, struct emulator_limit **ret,
                                    struct base_error *err)
{
    struct emulator_limit *limit = base_mem_new(sizeof *limit);
    if (limit == NULL)
        return base_fail_memory(err);
    limit->max = max;
    limit->window_ms = window_ms;
    *ret = limit;
    return BASE_OK;
}

static void account_free(struct account *a)
{
    base_mem_free(a->allowed.ring);
    base_mem_free(a->arrived.ring);
    base_mem_free(a);
}

void emulator_limit_free(struct emulator_limit *limit)
{
    if (limit == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct account *a = limit->buckets[i], *next; a != NULL; a = next) {
            next = a->next;
            account_free(a);
        }
    }
    base_mem_free(limit);
}

/* ---------------------------------------------------------------- one rolling window */

static void window_drop(struct window *w, int64_t until)
{
    while (w->used > 0 && w->ring[w->head].at <= until) {
        w->total -= w->ring[w->head].requests;
        w->head = (w->head + 1) % w->cap;
        w->used--;
    }
}

static bool window_grow(struct window *w)
{
    size_t cap = w->cap == 0 ? 64 : w->cap * 2;
    struct moment *ring = base_mem_array(cap, sizeof *ring);
    if (ring == NULL)
        return false;
    for (size_t i = 0; i < w->used; i++)
        ring[i] = w->ring[(w->head + i) % w->cap];
    base_mem_free(w->ring);
    w->ring = ring;
    w->head = 0;
    w->cap = cap;
    return true;
}

static bool window_add(struct window *w, int64_t now)
{
    struct moment *last = w->used > 0 ? &w->ring[(w->head + w->used - 1) % w->cap] : NULL;
    if (last != NULL && last->at >= now) {
        last->requests++;
    } else {
        if (w->used == w->cap && !window_grow(w))
            return false;
        w->ring[(w->head + w->used) % w->cap] = (struct moment){now, 1};
        w->used++;
    }
    w->total++;
    return true;
}

/* ---------------------------------------------------------------- accounts */

static struct account **bucket_of(struct emulator_limit *limit, int app, int64_t portal)
{
    uint64_t h = ((uint64_t)portal * UINT64_C(0x9e3779b97f4a7c15)) ^ (uint64_t)app;
    return &limit->buckets[(h >> 32 ^ h) % BUCKETS];
}

static void forget_idle(struct emulator_limit *limit, int64_t now)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct account **link = &limit->buckets[i]; *link != NULL;) {
            struct account *a = *link;
            window_drop(&a->arrived, now - limit->window_ms);
            if (a->arrived.used > 0) {
                link = &a->next;
                continue;
            }
            *link = a->next;
            account_free(a);
            limit->account_count--;
        }
    }
}

static enum base_status account_of(struct emulator_limit *limit, int app, int64_t portal,
                                   int64_t now, struct account **ret)
{
    struct account **bucket = bucket_of(limit, app, portal);
    for (struct account *a = *bucket; a != NULL; a = a->next) {
        if (a->app == app && a->portal == portal) {
            *ret = a;
            return BASE_OK;
        }
    }
    if (limit->account_count >= ACCOUNTS_MAX)
        forget_idle(limit, now);
    if (limit->account_count >= ACCOUNTS_MAX)
        return BASE_LIMIT;
    struct account *a = base_mem_new(sizeof *a);
    if (a == NULL)
        return BASE_NO_MEMORY;
    a->app = app;
    a->portal = portal;
    a->foreign_ms = now;
    a->next = *bucket;
    *bucket = a;
    limit->account_count++;
    *ret = a;
    return BASE_OK;
}

/* What others did since the last request, each at its time; they are refused as everybody is. */
static bool spend_foreign(const struct emulator_limit *limit, struct account *a, int64_t now)
{
    int64_t first = now - limit->window_ms + 1;
    int64_t from = a->foreign_ms > first ? a->foreign_ms : first;
    a->foreign_ms = now;
    if (limit->foreign == 0 || limit->max == 0)
        return true;
    for (int64_t t = from; t < now; t++) {
        window_drop(&a->allowed, t - limit->window_ms);
        /* t milliseconds hold t * rate / 1000 of them. */
        uint64_t due =
            (uint64_t)(t + 1) * limit->foreign / 1000 - (uint64_t)t * limit->foreign / 1000;
        for (; due > 0 && a->allowed.total < limit->max; due--)
            if (!window_add(&a->allowed, t))
                return false;
    }
    return true;
}

enum base_status emulator_limit_arrive(struct emulator_limit *limit, int app, int64_t portal,
                                       int64_t now, struct emulator_verdict *ret)
{
    struct account *a;
    enum base_status st = account_of(limit, app, portal, now, &a);
    if (st != BASE_OK)
        return st;
    window_drop(&a->arrived, now - limit->window_ms);
    if (!spend_foreign(limit, a, now))
        return BASE_NO_MEMORY;
    window_drop(&a->allowed, now - limit->window_ms);
    if (!window_add(&a->arrived, now))
        return BASE_NO_MEMORY;
    if (a->arrived.total > limit->max_in_window)
        limit->max_in_window = a->arrived.total;

    struct emulator_verdict verdict = {
        .allowed = true, .max = limit->max, .window_ms = limit->window_ms};
    if (limit->max > 0) {
        verdict.allowed = a->allowed.total < limit->max;
        if (verdict.allowed && !window_add(&a->allowed, now))
            return BASE_NO_MEMORY;
        /* The limit may have been lowered since. */
        verdict.remaining = limit->max > a->allowed.total ? limit->max - a->allowed.total : 0;
    }
    *ret = verdict;
    return BASE_OK;
}

uint64_t emulator_limit_max_in_window(const struct emulator_limit *limit)
{
    return limit->max_in_window;
}

void emulator_limit_reset_max(struct emulator_limit *limit)
{
    limit->max_in_window = 0;
}

void emulator_limit_set_max(struct emulator_limit *limit, uint64_t max)
{
    limit->max = max;
}

void emulator_limit_set_foreign(struct emulator_limit *limit, uint64_t in_a_second)
{
    limit->foreign = in_a_second;
}
