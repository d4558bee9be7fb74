#include "broker_queue.h"

#include "base_time.h"
#include "broker_app_level.h"
#include "broker_int.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct broker_ticket {
    struct broker_lane *lane;
    struct broker_ticket *next;
    enum broker_rank rank;
    broker_turn_fn *fn;
    broker_hopeless_fn *hopeless; /* NULL: it waits for as long as it takes */
    int64_t until;                /* loop time */
    void *arg;
};

struct broker_lane {
    struct broker *b;
    struct broker_lane *next;
    char *account;
    enum hubspot_budget budget;
    struct hubspot_limit limit;    /* as of our last look, where processes share it */
    struct hubspot_limit theirs;   /* what was read of others, until it is judged */
    struct vault_shared *shared;   /* NULL: it is ours alone */
    int64_t looked_at;             /* loop time of that look */
    struct broker_ticket *waiting; /* by rank, then by arrival */
    unsigned passed;               /* interactive calls in a row while bulk ones waited */
    struct loop_timer *timer;
    int64_t bulk_departed; /* the latest */
    int64_t buried_at;     /* when we last looked for calls of dead processes */
    int64_t told_until;    /* loop time up to which the user knows that we wait */
};

#define QUEUE_TELL_MS 2000 /* waits longer than this are worth a word */
#define QUEUE_PASS_MAX 4   /* interactive calls that pass a bulk one */
#define QUEUE_TURNS 8 /* in a row, before others of the loop, and other processes, have theirs */
#define QUEUE_CLOCK_SLACK_MS 10000
#define QUEUE_BURY_MS 5000        /* between two looks for dead processes */
#define QUEUE_SHORT_PAUSE_MS 3000 /* which also they sit out who insist */
/* Places of the window that bulk work leaves to interactive calls, of whatever process. */
#define QUEUE_BULK_LEAVES 1

static void lane_free(struct broker_lane *lane)
{
    while (lane->waiting) {
        struct broker_ticket *t = lane->waiting;

        lane->waiting = t->next;
        base_mem_free(t);
    }
    loop_timer_free(lane->timer);
    vault_shared_close(lane->shared);
    base_mem_free(lane->account);
    base_mem_free(lane);
}

void broker_lanes_free(struct broker *b)
{
    while (b->lanes) {
        struct broker_lane *lane = b->lanes;

        b->lanes = lane->next;
        lane_free(lane);
    }
}

/* ------------------------------------------------------------------ what is shared */

static bool process_lives(int64_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/* Whether what was read is something that others have written. Another's idea of now may be a
 * little ahead of ours, which is that of the loop's last turn. */
static bool is_theirs(enum vault_shared_found found, const struct hubspot_limit *limit, int64_t now)
{
    return found == VAULT_SHARED_OTHERS && hubspot_limit_sane(limit, now + QUEUE_CLOCK_SLACK_MS);
}

/* Begins a change of lane->limit. False when what others know cannot be read: then our own last
 * look has to do, and our change is not told. */
static bool enter(struct broker_lane *lane, int64_t now)
{
    enum vault_shared_found found;

    if (!lane->shared || !vault_shared_enter(lane->shared, &lane->theirs, &found))
        return false;
    if (is_theirs(found, &lane->theirs, now))
        lane->limit = lane->theirs;
    lane->looked_at = now;
    return true;
}

static void leave(struct broker_lane *lane, bool entered)
{
    if (entered)
        vault_shared_leave(lane->shared, &lane->limit);
}

static void wake(struct broker_lane *lane)
{
    if (lane->waiting)
        loop_timer_start(lane->timer, 0);
}

void broker_queue_answered(struct broker_lane *lane, int64_t departed, int64_t sent,
                           int64_t answered, const struct hubspot_limit_headers *h)
{
    const struct hubspot_trip trip = {getpid(), departed, sent, answered};
    struct hubspot_limit_headers told = *h;
    int64_t now = loop_now(lane->b->loop);
    bool entered = enter(lane, now);

    if (lane->budget == HUBSPOT_BUDGET_SEARCH) /* whatever they mean there: not this window */
        told.max = told.remaining = told.interval_ms = -1;
    hubspot_limit_answered(&lane->limit, &trip, now, &told);
    leave(lane, entered);
    wake(lane);
}

void broker_queue_response(struct broker_lane *lane, int64_t departed,
                           const struct http_response *r, int64_t now)
{
    struct hubspot_limit_headers limits = HUBSPOT_LIMIT_HEADERS_NONE;

    for (size_t i = 0; i < r->header_count; i++)
        (void)hubspot_limit_header(&limits, r->headers[i].name, r->headers[i].value);
    broker_queue_answered(lane, departed, departed + r->sent_ms,
                          now - (r->elapsed_ms - r->first_byte_ms), &limits);
}

void broker_queue_lost(struct broker_lane *lane, int64_t departed)
{
    int64_t now = loop_now(lane->b->loop);
    bool entered = enter(lane, now);

    hubspot_limit_lost(&lane->limit, getpid(), departed, now);
    leave(lane, entered);
    wake(lane);
}

void broker_queue_throttled(struct broker_lane *lane, int64_t wait_ms, bool full)
{
    int64_t now = loop_now(lane->b->loop);
    bool entered = enter(lane, now);

    if (lane->budget == HUBSPOT_BUDGET_TOKENS && full)
        hubspot_limit_taught(&lane->limit, now);
    hubspot_limit_throttled(&lane->limit, now, wait_ms, full);
    leave(lane, entered);
    wake(lane);
}

void broker_queue_served(struct broker_lane *lane, int64_t departed)
{
    int64_t now = loop_now(lane->b->loop);
    bool entered;

    if (lane->limit.blocked_until <= now)
        return;
    entered = enter(lane, now);
    hubspot_limit_served(&lane->limit, departed);
    leave(lane, entered);
    wake(lane);
}

void broker_queue_look(struct broker_lane *lane, struct hubspot_limit *ret)
{
    int64_t now = loop_now(lane->b->loop);

    if (lane->looked_at != now && enter(lane, now))
        vault_shared_leave(lane->shared, NULL);
    *ret = lane->limit;
}

/* ------------------------------------------------------------------ turns */

/* The link to the ticket whose turn is next: the first, unless too many have passed a bulk one. */
static struct broker_ticket **next_ticket(struct broker_lane *lane)
{
    struct broker_ticket **link = &lane->waiting;

    if (lane->passed < QUEUE_PASS_MAX)
        return link;
    while (*link && (*link)->rank != BROKER_BULK)
        link = &(*link)->next;
    return *link ? link : &lane->waiting;
}

static bool bulk_waits(const struct broker_lane *lane)
{
    for (const struct broker_ticket *t = lane->waiting; t; t = t->next) {
        if (t->rank == BROKER_BULK)
            return true;
    }
    return false;
}

/* Places of the window that bulk calls leave to others. */
static uint32_t bulk_leaves(const struct broker_lane *lane)
{
    return lane->budget == HUBSPOT_BUDGET_CALLS
               ? QUEUE_BULK_LEAVES + lane->limit.max * lane->b->pace.reserve_percent / 100
               : 0;
}

unsigned broker_queue_bulk_max(const struct broker_lane *lane)
{
    uint32_t leaves = bulk_leaves(lane);

    return leaves < lane->limit.max ? lane->limit.max - leaves : 1;
}

static int64_t leaves_at(struct broker_lane *lane, const struct broker_ticket *t, int64_t now)
{
    bool bulk = t->rank == BROKER_BULK;
    int64_t at = hubspot_limit_next(&lane->limit, now, bulk ? bulk_leaves(lane) : 0);
    int64_t paced = bulk ? lane->bulk_departed + lane->b->pace.least_gap_ms : 0;

    if (t->rank == BROKER_INSISTS && at - now > QUEUE_SHORT_PAUSE_MS)
        return hubspot_limit_room(&lane->limit, now, 0);
    return at > paced ? at : paced;
}

/* When `t` may leave: now, and then it counts as departed. */
static int64_t try_to_leave(struct broker_lane *lane, const struct broker_ticket *t, int64_t now)
{
    bool entered = enter(lane, now);
    int64_t at;

    if (now - lane->buried_at >= QUEUE_BURY_MS) {
        hubspot_limit_bury(&lane->limit, now, process_lives);
        lane->buried_at = now;
    }
    at = leaves_at(lane, t, now);
    if (at <= now)
        hubspot_limit_departed(&lane->limit, now, getpid());
    leave(lane, entered);
    return at;
}

static void tell_wait(struct broker_lane *lane, int64_t now, int64_t at)
{
    if (at - now <= QUEUE_TELL_MS || at <= lane->told_until)
        return;
    lane->told_until = at;
    if (lane->budget == HUBSPOT_BUDGET_TOKENS)
        broker_notice(lane->b, "app %s waits %.1f s before it asks for new tokens", lane->account,
                      (double)(at - now) / 1000.0);
    else
        broker_notice(lane->b, "HubSpot's limit of %u calls in %lld s is used up: waiting %.1f s",
                      lane->limit.max, (long long)(lane->limit.interval_ms / 1000),
                      (double)(at - now) / 1000.0);
}

/* One whose turn cannot come in time, as of our last look, is told so. False: there is none. */
static bool send_away(struct broker_lane *lane)
{
    for (struct broker_ticket **link = &lane->waiting; *link; link = &(*link)->next) {
        struct broker_ticket *t = *link;

        if (t->hopeless && t->until < lane->limit.blocked_until) {
            *link = t->next;
            t->hopeless(t->arg);
            base_mem_free(t);
            return true;
        }
    }
    return false;
}

static void let_go(void *arg)
{
    struct broker_lane *lane = arg;

    for (unsigned turns = 0; lane->waiting && turns < QUEUE_TURNS; turns++) {
        struct broker_ticket **link = next_ticket(lane), *t = *link;
        int64_t now = loop_now(lane->b->loop);
        int64_t at = try_to_leave(lane, t, now);

        if (at > now) {
            if (send_away(lane))
                continue;
            tell_wait(lane, now, at);
            loop_timer_start(lane->timer, at - now);
            return;
        }
        *link = t->next;
        lane->passed = t->rank != BROKER_BULK && bulk_waits(lane) ? lane->passed + 1 : 0;
        if (t->rank == BROKER_BULK)
            lane->bulk_departed = now;
        t->fn(t->arg, now);
        base_mem_free(t);
    }
    wake(lane);
}

/* ------------------------------------------------------------------ lanes and tickets */

/* NULL where processes share nothing; why they do not where they should is said. */
static struct vault_shared *share(struct broker *b, const char *counted, enum hubspot_budget budget)
{
    BASE_CLEANUP(base_buf_free) struct base_buf name = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct vault_shared *shared = NULL;

    base_buf_init(&name, 1024);
    base_buf_printf(&name, "limit/%s/%s", hubspot_budget_word(budget), counted);
    if (base_buf_status(&name) ||
        vault_share(b->vault, base_buf_str(&name), sizeof(struct hubspot_limit), &shared, &err))
        broker_notice(b, "other processes' calls are not known: %s",
                      err.why[0] ? err.why : "out of memory");
    return shared;
}

/* For whom HubSpot counts: an app in a portal, but searches for the portal alone, over all its
 * apps. An app-level account is of no portal: there it is each app for itself. Who asks for tokens
 * shows the app's client id and secret, which is all that HubSpot knows before it looks: new tokens
 * are counted for the app, over all its accounts. NULL when memory is short; freed by the caller.
 */
static char *counted_for(const char *account, enum hubspot_budget budget)
{
    struct base_span rest = base_span_of(account), app = base_span_cut(&rest, '/');
    bool portal_alone =
        budget == HUBSPOT_BUDGET_SEARCH && rest.n > 0 && !base_span_is(rest, BROKER_APP_LEVEL);

    if (budget == HUBSPOT_BUDGET_TOKENS)
        return base_span_dup(app);
    return portal_alone ? base_span_dup(rest) : base_mem_strdup(account);
}

static struct broker_lane *lane_new(struct broker *b, const char *account,
                                    enum hubspot_budget budget)
{
    struct broker_lane *lane = base_mem_new(sizeof(*lane));

    if (!lane)
        return NULL;
    lane->b = b;
    lane->budget = budget;
    lane->account = base_mem_strdup(account);
    lane->timer = loop_timer_new(b->loop, let_go, lane);
    if (!lane->account || !lane->timer) {
        lane_free(lane);
        return NULL;
    }
    hubspot_limit_init(&lane->limit, budget);
    lane->shared = share(b, lane->account, budget);
    lane->next = b->lanes;
    b->lanes = lane;
    return lane;
}

struct broker_lane *broker_queue_lane(struct broker *b, const char *account,
                                      enum hubspot_budget budget)
{
    BASE_CLEANUP(base_mem_cleanup) char *counted = counted_for(account, budget);

    if (!counted)
        return NULL;
    for (struct broker_lane *lane = b->lanes; lane; lane = lane->next) {
        if (lane->budget == budget && strcmp(lane->account, counted) == 0)
            return lane;
    }
    return lane_new(b, counted, budget);
}

/* loop_clock() where there is no loop. */
static int64_t clock_of_loops(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * BASE_SECOND_MS + t.tv_nsec / 1000000;
}

enum base_status broker_queue_pause(struct broker *b, const char *account,
                                    enum hubspot_budget budget, int64_t *ret_ms,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_mem_cleanup) char *counted = counted_for(account, budget);
    struct vault_shared *shared = counted ? share(b, counted, budget) : NULL;
    int64_t now = clock_of_loops();
    enum vault_shared_found found;
    struct hubspot_limit limit;

    *ret_ms = 0;
    if (shared && vault_shared_enter(shared, &limit, &found)) {
        vault_shared_leave(shared, NULL);
        if (is_theirs(found, &limit, now) && limit.blocked_until > now)
            *ret_ms = limit.blocked_until - now;
    }
    vault_shared_close(shared);
    return counted ? BASE_OK : base_fail_memory(err);
}

struct broker_ticket *broker_queue_join(struct broker_lane *lane, enum broker_rank rank,
                                        broker_turn_fn *fn, void *arg)
{
    struct broker_ticket *t = base_mem_new(sizeof(*t));
    struct broker_ticket **place = &lane->waiting;

    if (!t)
        return NULL;
    *t = (struct broker_ticket){.lane = lane, .rank = rank, .fn = fn, .arg = arg};
    while (*place && (*place)->rank <= rank)
        place = &(*place)->next;
    t->next = *place;
    *place = t;
    /* Never from here: the caller has not seen its ticket yet. */
    loop_timer_start(lane->timer, 0);
    return t;
}

void broker_queue_until(struct broker_ticket *ticket, int64_t until, broker_hopeless_fn *fn)
{
    if (ticket->rank == BROKER_INSISTS)
        return;
    ticket->until = until;
    ticket->hopeless = fn;
}

void broker_queue_leave(struct broker_ticket *ticket)
{
    struct broker_ticket **place;

    if (!ticket)
        return;
    for (place = &ticket->lane->waiting; *place; place = &(*place)->next) {
        if (*place == ticket) {
            *place = ticket->next;
            base_mem_free(ticket);
            return;
        }
    }
}
