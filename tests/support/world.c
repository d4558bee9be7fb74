#include "world.h"

#include "test_support.h"

uint32_t world_pick(struct world *w, uint32_t bound)
{
    w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((w->seed >> 33) % bound);
}

struct world *world_new(uint64_t seed, int64_t max, int64_t latency, unsigned concurrency)
{
    static struct world world;
    memset(&world, 0, sizeof(world));
    world = (struct world){.seed = seed,
                           .now = 1000000,
                           .interval = 10000,
                           .max = max,
                           .latency = latency,
                           .concurrency = concurrency,
                           .next_foreign = INT64_MAX};
    hubspot_limit_init(&world.limit, HUBSPOT_BUDGET_CALLS);
    return &world;
}

/* In (now - interval, now]. */
static int64_t in_window(struct world *w)
{
    while (w->window_start < w->arrival_count &&
           w->arrivals[w->window_start] <= w->now - w->interval)
        w->window_start++;
    return (int64_t)(w->arrival_count - w->window_start);
}

bool world_arrive(struct world *w)
{
    if (in_window(w) >= w->max)
        return false;
    assert_true(w->arrival_count < TEST_COUNT(w->arrivals));
    w->arrivals[w->arrival_count++] = w->now;
    return true;
}

void world_arrive_ours(struct world *w, struct way *y)
{
    y->arrived = true;
    y->refused = !world_arrive(w);
    if (y->refused) {
        w->refusals++;
        w->was_refused = true;
    } else {
        w->accepted++;
    }
    y->headers = HUBSPOT_LIMIT_HEADERS_NONE;
    if (!w->silent) {
        y->headers.max = w->max;
        y->headers.remaining = w->max - in_window(w);
        if (y->headers.remaining < 0)
            y->headers.remaining = 0;
        y->headers.interval_ms = w->interval;
    }
    y->answers = w->now + w->back + (w->latency > 0 ? world_pick(w, (uint32_t)w->latency + 1) : 0);
}

void world_change(struct world *w)
{
    w->changed_at = w->now;
    w->blind = w->under_way;
    w->told = false;
}

static void answered(struct world *w, const struct way *y)
{
    w->told = w->told || y->departs >= w->changed_at;
    const struct hubspot_trip trip = {WORLD_OURS, y->departs, y->departs, w->now};
    hubspot_limit_answered(&w->limit, &trip, w->now, &y->headers);
}

static void answer(struct world *w, struct way *y)
{
    if (y->refused) {
        answered(w, y);
        if (w->taught)
            hubspot_limit_taught(&w->limit, w->now);
        hubspot_limit_throttled(&w->limit, w->now, -1, true);
    } else if (world_pick(w, 50) == 0) { /* now and then the answer is lost on its way */
        hubspot_limit_lost(&w->limit, WORLD_OURS, y->departs, w->now);
    } else {
        answered(w, y);
    }
    /* A refusal looks like others' doing for a while. */
    w->imagined |= w->foreign_every == 0 && !w->was_refused && w->limit.others_now > 0;
    y->used = false;
    w->under_way--;
}

static void depart(struct world *w)
{
    for (size_t i = 0; i < w->concurrency; i++) {
        struct way *y = &w->ways[i];
        if (y->used)
            continue;
        *y = (struct way){.used = true, .departs = w->now};
        y->arrives =
            w->now + w->there + (w->latency > 0 ? world_pick(w, (uint32_t)w->latency + 1) : 0);
        w->under_way++;
        w->blind += !w->told;
        hubspot_limit_departed(&w->limit, w->now, WORLD_OURS);
        return;
    }
    fail();
}

/* When the next call may leave that finds at most Max less `reserve` in the window, itself
 * included, as soon as it can arrive: what is there by then is known, but for what others send
 * meanwhile. */
static int64_t seen_next(const struct world *w)
{
    int64_t places = w->max - w->reserve;
    for (size_t i = 0; i < w->concurrency; i++)
        places -= w->ways[i].used && !w->ways[i].arrived;
    if (places <= 0)
        return INT64_MAX; /* until one of those has arrived */
    if ((size_t)places > w->arrival_count)
        return w->now;
    int64_t free_at = w->arrivals[w->arrival_count - (size_t)places] + w->interval - w->there;
    return free_at > w->now ? free_at : w->now;
}

static int64_t leaves_next(struct world *w)
{
    return w->sees_all ? seen_next(w) : hubspot_limit_next(&w->limit, w->now, 0);
}

static void schedule_foreign(struct world *w)
{
    if (w->foreign_every > 0)
        w->next_foreign =
            w->now + (w->foreign_steady ? w->foreign_every
                                        : 1 + world_pick(w, (uint32_t)(2 * w->foreign_every)));
}

/* What is due now; false when nothing is. */
static bool step(struct world *w)
{
    for (size_t i = 0; i < w->concurrency; i++) {
        struct way *y = &w->ways[i];
        if (y->used && !y->arrived && y->arrives <= w->now) {
            world_arrive_ours(w, y);
            return true;
        }
        if (y->used && y->arrived && y->answers <= w->now) {
            answer(w, y);
            return true;
        }
    }
    if (w->next_foreign <= w->now) {
        bool accepted = world_arrive(w);
        w->foreign += accepted;
        w->foreign_refused += !accepted;
        schedule_foreign(w);
        return true;
    }
    if (w->under_way < w->concurrency && leaves_next(w) <= w->now) {
        depart(w);
        return true;
    }
    return false;
}

static int64_t next_event(struct world *w)
{
    int64_t next = w->next_foreign;
    for (size_t i = 0; i < w->concurrency; i++) {
        const struct way *y = &w->ways[i];
        int64_t at = y->arrived ? y->answers : y->arrives;
        if (y->used && at < next)
            next = at;
    }
    if (w->under_way < w->concurrency) {
        int64_t leave = leaves_next(w);
        assert_true(leave > w->now);
        if (leave < next)
            next = leave;
    }
    return next;
}

void world_run(struct world *w, int64_t for_ms)
{
    int64_t end = w->now + for_ms;
    if (w->next_foreign == INT64_MAX)
        schedule_foreign(w);
    for (;;) {
        while (step(w))
            ;
        int64_t next = next_event(w);
        if (next > end)
            break;
        w->now = next;
    }
    w->now = end;
}

void world_check_windows(const struct world *w)
{
    size_t max = (size_t)w->max;
    for (size_t i = max; i < w->arrival_count; i++)
        assert_true(w->arrivals[i] - w->arrivals[i - max] >= w->interval);
}

unsigned world_percent_used(const struct world *w, unsigned accepted, int64_t for_ms)
{
    return (unsigned)((int64_t)accepted * 100 * w->interval / (w->max * for_ms));
}
