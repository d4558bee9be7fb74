/* A model of HubSpot, of the way to it, and of a client that follows `struct hubspot_limit`, or
 * one to compare it with.
 *
 * What HubSpot counts is when calls arrive. The model keeps that, knows nothing of the code under
 * test, and is given calls whose way there and back takes a random time each. A run is a list of
 * events; time jumps from one to the next. */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "hubspot_limit.h"

#define WORLD_WAYS 256 /* calls under way at most */
#define WORLD_OURS 7   /* the owner of ours */

struct way {
    bool used, arrived, refused;
    int64_t departs, arrives, answers; /* `arrives` stays when it has */
    struct hubspot_limit_headers headers;
};

struct world {
    uint64_t seed;
    int64_t now;
    /* HubSpot */
    int64_t interval, max;
    int64_t arrivals[100000]; /* accepted, ours and others' */
    size_t arrival_count, window_start;
    unsigned refusals, accepted, foreign, foreign_refused;
    int64_t foreign_every; /* ms on average; 0: none */
    bool foreign_steady;   /* exactly that */
    int64_t next_foreign;
    bool silent; /* sends no headers */
    bool taught; /* Max is learnt from refusals */
    /* the network */
    int64_t there, back; /* at least */
    int64_t latency;     /* at most on top of it, each way */
    /* our side */
    struct hubspot_limit limit;
    unsigned concurrency, under_way;
    struct way ways[WORLD_WAYS];
    bool sees_all;   /* instead of `limit`: each call is seen in the moment in which it arrives */
    int64_t reserve; /* then: places that are left free */
    bool was_refused, imagined; /* took a call of ours for somebody else's */
    /* Since the world has changed: calls that left before an answer could tell. */
    int64_t changed_at;
    unsigned blind;
    bool told;
};

/* The same seed makes the same world. There is one at a time: the next call makes it anew. Windows
 * of ten seconds and no others; the fields may be changed then. */
struct world *world_new(uint64_t seed, int64_t max, int64_t latency, unsigned concurrency);
/* A random number below `bound`. */
uint32_t world_pick(struct world *w, uint32_t bound);
void world_run(struct world *w, int64_t for_ms);
/* What is set from here on our side has to find out: `blind` counts. */
void world_change(struct world *w);

/* A call of others arrives now. False: refused. */
bool world_arrive(struct world *w);
/* One of ours does; fills in its answer. */
void world_arrive_ours(struct world *w, struct way *y);

/* Of all that HubSpot would have accepted in that time. */
unsigned world_percent_used(const struct world *w, unsigned accepted, int64_t for_ms);
/* The promise itself, checked without the model's own window: asserts that no max + 1 arrivals lie
 * within an interval. */
void world_check_windows(const struct world *w);

#endif
