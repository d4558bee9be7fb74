/* The records of a portal: its contacts, companies and so on. Nothing is stored: record i of a type
 * is a pure function of (seed, portal, type, i), and so are its id and whether it is archived. Ids
 * ascend with i, are sparse and do not fit 32 bits; from an id its record is found by arithmetic.
 * What appears or vanishes in the course of time is a function of the time as well. */
#ifndef EMULATOR_RECORD_H
#define EMULATOR_RECORD_H

#include "emulator_names.h"

#include <stdbool.h>
#include <stdint.h>

#define EMULATOR_RECORDS_MAX INT64_C(1000000000)
#define EMULATOR_LOSERS_MAX 16

struct emulator_type;

/* What there is of a type. */
struct emulator_population {
    int64_t seed;
    int64_t count;              /* at the start */
    int64_t archived, merged;   /* of each hundred */
    int64_t growing, vanishing; /* records that appear, and that are archived, in a second */
    int64_t started_ms, now_ms; /* since when, and until now */
};

struct emulator_records {
    const struct emulator_type *type;
    struct emulator_population population;
    uint64_t key;     /* of seed, portal and type */
    int64_t first_id; /* below the id of record 0 */
    int64_t portal;
    int64_t count; /* now */
};

enum emulator_life {
    EMULATOR_LIVE,
    EMULATOR_ARCHIVED, /* in the recycle bin */
    EMULATOR_MERGED,   /* gone into another record, which answers for its id */
};

/* A record's fixed traits; its properties follow from them (emulator_property.h). */
struct emulator_record {
    const struct emulator_records *all;
    int64_t index, id;
    int64_t created_ms, modified_ms;
    int64_t archived_ms; /* 0: it is not archived */
    uint64_t key;        /* of seed, portal, type and index */
    const struct emulator_locale *locale;
    const struct emulator_name *first, *last; /* NULL: it has none */
    const struct emulator_city *city;
    bool has_email;
};

/* The type and the portal's number are borrowed. */
void emulator_records_init(struct emulator_records *r, const struct emulator_type *type,
                           int64_t portal, const struct emulator_population *population);
int64_t emulator_records_id(const struct emulator_records *r, int64_t index);
/* Index of the first record, in whatever state, whose id is `id` or larger; the count when there is
 * none. */
int64_t emulator_records_from(const struct emulator_records *r, int64_t id);
enum emulator_life emulator_records_life(const struct emulator_records *r, int64_t index);
/* The first in this state from `index` on; the count when there is none. */
int64_t emulator_records_next(const struct emulator_records *r, int64_t index,
                              enum emulator_life life);
/* False when no record has, or had, this id. */
bool emulator_records_find(const struct emulator_records *r, int64_t id, int64_t *ret_index);
/* The live record that a merged one became part of. */
bool emulator_records_winner(const struct emulator_records *r, int64_t index, int64_t *ret_index);
/* Indices of those that became part of a live record: how many. */
size_t emulator_records_losers(const struct emulator_records *r, int64_t index,
                               int64_t ret[EMULATOR_LOSERS_MAX]);
void emulator_records_get(const struct emulator_records *r, int64_t index,
                          struct emulator_record *ret);

/* A number in [0, bound) that belongs to this record and trait for ever. */
uint64_t emulator_record_draw(const struct emulator_record *record, unsigned trait, uint64_t bound);
/* 64 well mixed bits of an input. */
uint64_t emulator_record_mix(uint64_t x);

#endif
