#include "hubspot_limit.h"

/* HubSpot's windows hold 100 to 250 calls (usage guidelines), and the first answer says how many:
 * beginning with the smallest, nothing is lost and no first burst is refused. */
#define DEFAULT_MAX 100
#define DEFAULT_INTERVAL_MS 10000
#define LONGEST_INTERVAL_MS INT64_C(3600000)
#define DEFAULT_MARGIN_MS 25
#define LONGEST_MARGIN_MS 1000            /* of what jitter adds to it */
#define EPOCH_INTERVALS 2                 /* an epoch of trips has so many intervals */
#define LEAST_TRIPS 8                     /* fewer say nothing of the shortest */
#define LONGEST_FLIGHT_MS INT64_C(150000) /* longer than any answer of ours takes to begin */
#define OTHERS_INTERVALS 3                /* of an epoch of others' calls */
/* Search is 5 a second for a whole portal, once 4 for a token: 4 leave room for apps that are not
 * ours, whose calls no header shows. */
#define SEARCH_MAX 4
#define LONGEST_BLOCK_MS INT64_C(172800000) /* two days: HubSpot speaks of up to 24 h */
#define SEARCH_INTERVAL_MS 1000
/* New tokens, until HubSpot says more: a guess. An account needs one in half an hour, so nobody
 * waits but who refreshes hundreds. */
#define TOKENS_MAX 10
#define TOKENS_INTERVAL_MS 1000
/* How long a lesson counts, the less sure first. */
#define LESSONS 3
static const int64_t lessons_ms[LESSONS] = {5000, 20000, 3600000};
#define LESSON_AGAIN_MS INT64_C(60000) /* who is taught again so soon is surer */
/* All accounts of an app share these few places: one whose answer does not come, or whose process
 * is stopped, keeps its place no longer. HubSpot has counted it by then, or will not. */
#define TOKENS_FLIGHT_MS 10000

static const struct {
    const char *word;
    int64_t interval_ms, flight_ms;
    uint32_t max, least_trips;
} budgets[HUBSPOT_BUDGETS] = {
    [HUBSPOT_BUDGET_CALLS] = {"ten-secondly", DEFAULT_INTERVAL_MS, LONGEST_FLIGHT_MS, DEFAULT_MAX,
                              LEAST_TRIPS},
    [HUBSPOT_BUDGET_SEARCH] = {"search", SEARCH_INTERVAL_MS, LONGEST_FLIGHT_MS, SEARCH_MAX,
                               LEAST_TRIPS},
    /* Too few to know the way by: it is not taken off the window. */
    [HUBSPOT_BUDGET_TOKENS] = {"token endpoint", TOKENS_INTERVAL_MS, TOKENS_FLIGHT_MS, TOKENS_MAX,
                               UINT32_MAX},
};

const char *hubspot_budget_word(enum hubspot_budget budget)
{
    return budgets[budget].word;
}

/* POST /crm/v3/objects/contacts/search and its dated successors. /crm/lists/…/search is the
 * exception among them (OpenAPI: no x-hubspot-rate-limit-exemptions). */
enum hubspot_budget hubspot_budget_of(const char *method, struct base_span path)
{
    struct base_span bare = base_span_cut(&path, '?');
    bool search = base_span_is(base_span_of(method), "POST") && base_span_starts(bare, "/crm/") &&
                  base_span_ends(bare, "/search") && !base_span_starts(bare, "/crm/lists/");
    return search ? HUBSPOT_BUDGET_SEARCH : HUBSPOT_BUDGET_CALLS;
}

bool hubspot_limit_header(struct hubspot_limit_headers *h, struct base_span name,
                          struct base_span value)
{
    const struct {
        const char *name;
        int64_t *to;
    } known[] = {
        {"X-HubSpot-RateLimit-Max", &h->max},
        {"X-HubSpot-RateLimit-Remaining", &h->remaining},
        {"X-HubSpot-RateLimit-Interval-Milliseconds", &h->interval_ms},
        {"X-HubSpot-RateLimit-Daily", &h->daily},
        {"X-HubSpot-RateLimit-Daily-Remaining", &h->daily_remaining},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        int64_t number;
        if (!base_span_is_nocase(name, known[i].name))
            continue;
        if (!base_span_int64(base_span_trim(value), &number) || number < 0)
            return false;
        *known[i].to = number;
        return true;
    }
    return false;
}

void hubspot_limit_init(struct hubspot_limit *w, enum hubspot_budget budget)
{
    *w = (struct hubspot_limit){
        .interval_ms = budgets[budget].interval_ms,
        .flight_ms = budgets[budget].flight_ms,
        .max = budgets[budget].max,
        .least_trips = budgets[budget].least_trips,
        .margin_ms = DEFAULT_MARGIN_MS,
        .daily = -1,
        .daily_remaining = -1,
    };
}

/* Nothing comes before the machine's start, and no difference of two can overflow. */
static bool is_past(int64_t at, int64_t now)
{
    return at >= 0 && at <= now;
}

static bool times_sane(const struct hubspot_limit *w, int64_t now)
{
    for (uint32_t i = 0; i < w->count; i++) {
        if (!is_past(w->calls[(w->head + i) % HUBSPOT_LIMIT_CALLS], now))
            return false;
    }
    for (uint32_t i = 0; i < w->in_flight; i++) {
        if (!is_past(w->flights[i].departed, now))
            return false;
    }
    return is_past(w->told_at, now) && is_past(w->others_since, now) &&
           is_past(w->crowded_since, now) && is_past(w->learnt_sent, now) &&
           is_past(w->trips_since, now) && is_past(w->refused_at, now);
}

static bool trips_sane(const struct hubspot_limit *w)
{
    return w->shortest_now >= 0 && w->shortest_now <= LONGEST_FLIGHT_MS &&
           w->shortest_before >= 0 && w->shortest_before <= LONGEST_FLIGHT_MS &&
           w->excess_x16 >= 0 && w->excess_x16 <= 16 * LONGEST_FLIGHT_MS;
}

static bool others_sane(const struct hubspot_limit *w)
{
    return w->others_now <= HUBSPOT_LIMIT_CALLS && w->others_before <= HUBSPOT_LIMIT_CALLS;
}

bool hubspot_limit_sane(const struct hubspot_limit *w, int64_t now)
{
    return w->interval_ms > 0 && w->interval_ms <= LONGEST_INTERVAL_MS && w->flight_ms > 0 &&
           w->flight_ms <= LONGEST_FLIGHT_MS && w->max > 0 && w->max <= HUBSPOT_LIMIT_CALLS &&
           w->margin_ms >= 0 && w->margin_ms <= LONGEST_INTERVAL_MS &&
           w->head < HUBSPOT_LIMIT_CALLS && w->count <= HUBSPOT_LIMIT_CALLS &&
           w->in_flight <= HUBSPOT_LIMIT_FLIGHTS && w->blocked_until >= 0 &&
           w->blocked_until - now <= LONGEST_BLOCK_MS && w->untaught <= HUBSPOT_LIMIT_CALLS &&
           w->lesson <= LESSONS && trips_sane(w) && others_sane(w) && times_sane(w, now);
}

/* The ring holds the latest moments at which calls may have arrived, in the order of time; when it
 * is full the oldest gives way, which is safe because no window is larger than the ring. Nothing is
 * ever taken out, so that an answer that was long under way can still be compared with the window
 * as it was when its call left. */
static void remember(struct hubspot_limit *w, int64_t arrived)
{
    uint32_t at = (w->head + w->count) % HUBSPOT_LIMIT_CALLS;
    if (w->count > 0) { /* keeps the order should the caller's clock have stepped back */
        int64_t newest = w->calls[(at + HUBSPOT_LIMIT_CALLS - 1) % HUBSPOT_LIMIT_CALLS];
        arrived = arrived > newest ? arrived : newest;
    }
    w->calls[at] = arrived;
    if (w->count < HUBSPOT_LIMIT_CALLS)
        w->count++;
    else
        w->head = (w->head + 1) % HUBSPOT_LIMIT_CALLS;
}

/* The n-th newest, 1 being the newest. */
static int64_t nth_newest(const struct hubspot_limit *w, uint32_t n)
{
    return w->calls[(w->head + w->count - n) % HUBSPOT_LIMIT_CALLS];
}

/* How many may have arrived after `since`. */
static uint32_t count_after(const struct hubspot_limit *w, int64_t since)
{
    uint32_t low = 0, high = w->count; /* nth_newest(low) is after, nth_newest(high + 1) is not */
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (nth_newest(w, middle) > since)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* ---------------------------------------------------------------- the way to HubSpot */

static uint32_t trips(const struct hubspot_limit *w, int64_t now)
{
    int64_t age = (now - w->trips_since) / (EPOCH_INTERVALS * w->interval_ms);
    return age == 0 ? w->trips_now + w->trips_before : age == 1 ? w->trips_now : 0;
}

/* The shortest way there and back of late, 0 while too few are known: what is left of the time
 * between the arrival of a call and its answer, and between the departure of another and its
 * arrival. */
static int64_t shortest_trip(const struct hubspot_limit *w, int64_t now)
{
    if (trips(w, now) < w->least_trips)
        return 0;
    bool both = w->trips_before > 0 && now - w->trips_since < EPOCH_INTERVALS * w->interval_ms;
    return both && w->shortest_before < w->shortest_now ? w->shortest_before : w->shortest_now;
}

static void count_trip(struct hubspot_limit *w, int64_t now, int64_t trip)
{
    int64_t epoch = EPOCH_INTERVALS * w->interval_ms;
    if (now - w->trips_since >= epoch || w->trips_now == 0) {
        bool was_last = now - w->trips_since < 2 * epoch;
        w->trips_before = was_last ? w->trips_now : 0;
        w->shortest_before = w->shortest_now;
        w->trips_now = 0;
        w->shortest_now = trip;
        w->trips_since = now;
    }
    if (trip < w->shortest_now)
        w->shortest_now = trip;
    w->trips_now++;
    w->excess_x16 += trip - w->shortest_now - w->excess_x16 / 16;
}

/* An interval as it looks from here, from the answer of one call to the departure of another.
 *
 * A call arrived at the latest when its answer began, less the way back; another arrives at the
 * earliest when it leaves, plus the way there. Both ways together are at least as long as the
 * shortest trip, and by that much the window is shorter for us than for HubSpot, whatever share of
 * it is the way there. Were it not taken off, an API that answers after a second would lose a tenth
 * of its budget. The shortest of all trips may not have been seen yet, the less so the more they
 * vary, so a part of the jitter is added. */
static int64_t window(const struct hubspot_limit *w, int64_t now)
{
    int64_t jitter = w->excess_x16 / 16 / 4;
    int64_t shortest = shortest_trip(w, now);
    if (shortest == 0)
        return w->interval_ms + w->margin_ms;
    if (jitter > LONGEST_MARGIN_MS)
        jitter = LONGEST_MARGIN_MS;
    int64_t ms = w->interval_ms + w->margin_ms + jitter - shortest;
    return ms > w->margin_ms ? ms : w->margin_ms + 1;
}

/* ---------------------------------------------------------------- others */

static uint32_t above(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

/* How many of the calls that HubSpot counted when one of ours arrived were surely others'. When
 * that was is known but for its way; what of ours may have been counted was answered less than a
 * window before, or is under way and did not leave too late to arrive before it. */
static uint32_t surely_others(const struct hubspot_limit *w, const struct hubspot_trip *trip,
                              int64_t now, uint32_t counted)
{
    int64_t way = shortest_trip(w, now) - w->margin_ms - w->excess_x16 / 16 / 4;
    int64_t later = way > 0 ? trip->answered - way : trip->answered;
    uint32_t ours = count_after(w, trip->sent - window(w, now));
    for (uint32_t i = 0; i < w->in_flight; i++)
        ours += w->flights[i].departed <= later;
    return above(counted, ours);
}

/* The most of an epoch counts, and of the one before. Who takes each place in the moment in which a
 * call of others leaves the window soon has them all; and of two who waited for a new window each
 * would take the whole of it for free. */
static void note_others(struct hubspot_limit *w, int64_t now, uint32_t others)
{
    int64_t epoch = OTHERS_INTERVALS * w->interval_ms;
    if (now - w->others_since >= epoch) {
        w->others_before = now - w->others_since < 3 * epoch ? w->others_now : 0;
        w->others_now = 0;
        w->others_since = now;
    }
    if (others > w->others_now)
        w->others_now = others;
}

static uint32_t known_others(const struct hubspot_limit *w)
{
    return w->others_now > w->others_before ? w->others_now : w->others_before;
}

static void look_for_others(struct hubspot_limit *w, const struct hubspot_trip *trip, int64_t now,
                            const struct hubspot_limit_headers *h)
{
    int64_t max = h->max > 0 && h->max < HUBSPOT_LIMIT_CALLS ? h->max : w->max;
    int64_t counted = max - (h->remaining < max ? h->remaining : max);
    if (h->remaining < 0)
        return;
    note_others(w, now, surely_others(w, trip, now, (uint32_t)counted));
    if (known_others(w) <= w->max / 3 * 2)
        w->crowded_since = 0;
    else if (w->crowded_since == 0)
        w->crowded_since = now;
    w->told_at = now;
}

/* Who spends steadily has as many calls in each window; one more may have come since we looked. Who
 * goes on having two thirds of it is asked for a call more instead, lest one who fills the window
 * keep all others out of it. */
static uint32_t places_of_others(const struct hubspot_limit *w, int64_t now)
{
    bool crowded = w->crowded_since > 0 && now - w->crowded_since >= 2 * w->interval_ms;
    uint32_t others = known_others(w);
    if (others == 0)
        return 0;
    return crowded ? others - 1 : others + 1;
}

/* ---------------------------------------------------------------- calls */

static void land(struct hubspot_limit *w, uint32_t flight, int64_t answered)
{
    w->flights[flight] = w->flights[--w->in_flight];
    remember(w, answered);
}

/* One that nobody knows of any more, as when the shared state was lost, is remembered as well. */
static void land_one(struct hubspot_limit *w, int64_t owner, int64_t departed, int64_t answered)
{
    for (uint32_t i = 0; i < w->in_flight; i++) {
        if (w->flights[i].owner == owner && w->flights[i].departed == departed) {
            land(w, i, answered);
            return;
        }
    }
    remember(w, answered);
}

static void land_forgotten(struct hubspot_limit *w, int64_t now)
{
    for (uint32_t i = w->in_flight; i-- > 0;) {
        if (now - w->flights[i].departed > w->flight_ms)
            land(w, i, w->flights[i].departed + w->flight_ms);
    }
}

void hubspot_limit_bury(struct hubspot_limit *w, int64_t now, bool (*alive)(int64_t owner))
{
    for (uint32_t i = w->in_flight; i-- > 0;) {
        if (!alive(w->flights[i].owner))
            land(w, i, now);
    }
}

/* Since when calls leave again after the latest refusal. */
static int64_t refused_until(const struct hubspot_limit *w)
{
    return w->blocked_until > w->refused_at ? w->blocked_until : w->refused_at;
}

/* A limit may have been raised since, and a refusal may have been for others' calls. */
static bool lesson_counts(const struct hubspot_limit *w, int64_t now)
{
    return w->untaught > 0 && w->lesson > 0 && now - refused_until(w) < lessons_ms[w->lesson - 1];
}

static void forget_lesson(struct hubspot_limit *w, int64_t now)
{
    if (w->untaught == 0 || lesson_counts(w, now))
        return;
    w->max = w->untaught;
    w->untaught = 0;
}

/* Why this is exact. Of max + 1 calls the one that leaves last leaves only when fewer than max of
 * the others are in flight or were answered less than a window ago; so one of them surely arrived
 * an interval before the last one can, and no interval holds all of them. */
int64_t hubspot_limit_room(struct hubspot_limit *w, int64_t now, uint32_t spare)
{
    int64_t free_at = now;
    land_forgotten(w, now);
    forget_lesson(w, now);
    spare += places_of_others(w, now);
    uint32_t max = spare < w->max ? w->max - spare : 1;
    if (w->in_flight >= max || w->in_flight >= HUBSPOT_LIMIT_FLIGHTS)
        free_at = now + window(w, now); /* if an answer came this very moment */
    else if (w->count >= max - w->in_flight)
        free_at = nth_newest(w, max - w->in_flight) + window(w, now);
    return free_at > now ? free_at : now;
}

int64_t hubspot_limit_next(struct hubspot_limit *w, int64_t now, uint32_t spare)
{
    int64_t room = hubspot_limit_room(w, now, spare);
    return w->blocked_until > room ? w->blocked_until : room;
}

/* hubspot_limit_next() has seen to it that there is room. */
void hubspot_limit_departed(struct hubspot_limit *w, int64_t now, int64_t owner)
{
    if (w->in_flight < HUBSPOT_LIMIT_FLIGHTS)
        w->flights[w->in_flight++] = (struct hubspot_flight){now, owner};
}

/* An answer that a later call's has overtaken is old news. */
static void learn(struct hubspot_limit *w, int64_t sent, const struct hubspot_limit_headers *h)
{
    if (sent < w->learnt_sent)
        return;
    w->learnt_sent = sent;
    if (h->max > 0) {
        w->max_known = 1;
        w->untaught = 0;
        w->max = h->max < HUBSPOT_LIMIT_CALLS ? (uint32_t)h->max : HUBSPOT_LIMIT_CALLS;
    }
    if (h->interval_ms > 0 && h->interval_ms <= LONGEST_INTERVAL_MS)
        w->interval_ms = h->interval_ms;
    if (h->daily >= 0)
        w->daily = h->daily;
    if (h->daily_remaining >= 0)
        w->daily_remaining = h->daily_remaining;
}

void hubspot_limit_answered(struct hubspot_limit *w, const struct hubspot_trip *trip, int64_t now,
                            const struct hubspot_limit_headers *h)
{
    land_one(w, trip->owner, trip->departed, trip->answered < now ? trip->answered : now);
    learn(w, trip->sent, h);
    if (trip->answered >= trip->sent)
        count_trip(w, now, trip->answered - trip->sent);
    look_for_others(w, trip, now, h);
}

void hubspot_limit_lost(struct hubspot_limit *w, int64_t owner, int64_t departed, int64_t now)
{
    land_one(w, owner, departed, now);
}

/* After an interval the window is empty, whoever filled it. Where answers have told of others, what
 * they leave can be reckoned again as soon as what is under way has been answered, and a window
 * that runs empty meanwhile is lost to all: half an interval loses a quarter of what a whole one
 * does. Not where they have most of the window, as another hubauth may that waits like we do; and
 * not a second time within an interval, for then the reckoning is wrong. */
static int64_t refused_wait(const struct hubspot_limit *w, int64_t now, bool full)
{
    bool reckoned = full && known_others(w) > 0 && w->crowded_since == 0;
    bool again = now >= w->blocked_until && now - w->blocked_until < w->interval_ms;
    return reckoned && !again ? w->interval_ms / 2 : w->interval_ms + w->margin_ms;
}

/* What of a full window is not ours is others', where answers tell of them at all: those of ours
 * that are under way are taken for others' as well, so that we give way. */
void hubspot_limit_throttled(struct hubspot_limit *w, int64_t now, int64_t wait_ms, bool full)
{
    int64_t until = now + (wait_ms < 0 ? refused_wait(w, now, full) : wait_ms);
    if (full && w->told_at > 0)
        note_others(w, now, above(w->max, count_after(w, now - w->interval_ms)));
    w->throttled++;
    w->refused_at = now;
    if (until > w->blocked_until)
        w->blocked_until = until;
}

/* One of two calls may be refused for other reasons than their number, and then others would wait
 * for nothing: what is learnt of so few is tried again within seconds. Who means it refuses again,
 * and twice is enough, as is once where more calls were there. */
static uint32_t lesson_of(const struct hubspot_limit *w, int64_t now, uint32_t there)
{
    bool same = w->refusals > 1; /* of one burst */
    bool again = !same && w->lesson > 0 && now - refused_until(w) < LESSON_AGAIN_MS;
    uint32_t lesson = there - 1;
    uint32_t before = again ? w->lesson + 1 : same || lesson_counts(w, now) ? w->lesson : 0;
    lesson = lesson > before ? lesson : before;
    return lesson < LESSONS ? lesson : LESSONS;
}

/* Of what may have been in the window some were refused as well; the rest filled it, unless others
 * spend from it too. A call that was alone there was refused for their sake, and teaches nothing.
 */
void hubspot_limit_taught(struct hubspot_limit *w, int64_t now)
{
    uint32_t there = w->in_flight + count_after(w, w->learnt_sent - window(w, now));
    w->refusals = now - w->refused_at < window(w, now) ? w->refusals + 1 : 1;
    if (w->max_known || there <= w->refusals || there - w->refusals >= w->max)
        return;
    if (w->untaught == 0)
        w->untaught = w->max;
    w->max = there - w->refusals;
    w->lesson = lesson_of(w, now, there);
}

void hubspot_limit_served(struct hubspot_limit *w, int64_t departed)
{
    if (departed > w->refused_at)
        w->blocked_until = 0;
}

bool hubspot_limit_known(const struct hubspot_limit *w, int64_t now)
{
    return w->max_known || lesson_counts(w, now);
}

/* What is known of others' calls in the window. */
static uint32_t used_by_others(const struct hubspot_limit *w, int64_t now)
{
    return now - w->told_at < w->interval_ms ? known_others(w) : 0;
}

uint32_t hubspot_limit_used(const struct hubspot_limit *w, int64_t now)
{
    uint32_t used = w->in_flight + count_after(w, now - window(w, now)) + used_by_others(w, now);
    return used < w->max ? used : w->max;
}

int64_t hubspot_limit_renews(const struct hubspot_limit *w, int64_t now)
{
    int64_t renews = now;
    uint32_t used = count_after(w, now - window(w, now));
    if (used > 0)
        renews = nth_newest(w, used) + window(w, now);
    else if (used_by_others(w, now) > 0)
        renews = w->told_at + w->interval_ms;
    return w->blocked_until > renews ? w->blocked_until : renews;
}
