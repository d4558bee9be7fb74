#include "emulator_record.h"

#include "emulator_type.h"

#define GAP INT64_C(64) /* ids lie at first_id + index * GAP + [0, GAP) */

/* Records were made from 2016-03-01 on; younger ones have higher ids, as in a real portal, however
 * many there are. */
#define CREATED_FROM_MS INT64_C(1456790400000)
#define CREATED_SPAN_MS (INT64_C(3600) * 24 * 365 * 1000 * 9)
#define MODIFIED_UNTIL_MS INT64_C(1767225600000)   /* 2026-01-01 */
#define HALF_OF_SPAN INT64_C(20000)                /* records made in the first half of the span */
#define ARCHIVED_SPAN_MS (UINT64_C(86400000) * 90) /* what the recycle bin keeps */

/* splitmix64's finaliser: one input, one well mixed output. */
uint64_t emulator_record_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t key_of(const struct emulator_records *r, int64_t index)
{
    return emulator_record_mix(r->key ^ emulator_record_mix((uint64_t)index));
}

uint64_t emulator_record_draw(const struct emulator_record *record, unsigned trait, uint64_t bound)
{
    return emulator_record_mix(record->key + trait) % bound;
}

static int64_t seconds_times(const struct emulator_population *p, int64_t rate)
{
    int64_t ms = p->now_ms - p->started_ms;
    return rate == 0 || ms <= 0 ? 0 : ms / 1000 * rate + ms % 1000 * rate / 1000;
}

void emulator_records_init(struct emulator_records *r, const struct emulator_type *type,
                           int64_t portal, const struct emulator_population *population)
{
    uint64_t key = emulator_record_mix(emulator_record_mix((uint64_t)population->seed) ^
                                       (uint64_t)portal ^ emulator_type_number(type) << 48);
    int64_t grown = seconds_times(population, population->growing);
    int64_t room = EMULATOR_RECORDS_MAX - population->count;
    *r = (struct emulator_records){
        .type = type,
        .population = *population,
        .key = key,
        /* Twelve digits, as large portals have: a client that keeps 32 bits fails at once. */
        .first_id = INT64_C(100000000000) + (int64_t)(key % UINT64_C(800000000000)),
        .portal = portal,
        .count = population->count + (grown < room ? grown : room),
    };
}

int64_t emulator_records_id(const struct emulator_records *r, int64_t index)
{
    return r->first_id + index * GAP + (int64_t)(key_of(r, index) % (uint64_t)GAP);
}

int64_t emulator_records_from(const struct emulator_records *r, int64_t id)
{
    if (id <= r->first_id)
        return 0;
    int64_t index = (id - r->first_id) / GAP;
    if (index >= r->count)
        return r->count;
    return emulator_records_id(r, index) < id ? index + 1 : index;
}

bool emulator_records_find(const struct emulator_records *r, int64_t id, int64_t *ret_index)
{
    int64_t index = emulator_records_from(r, id);
    if (index >= r->count || emulator_records_id(r, index) != id)
        return false;
    *ret_index = index;
    return true;
}

/* ---------------------------------------------------------------- archived, merged, vanishing */

/* Of those that were there at the start, the n-th vanishes after n / rate seconds. */
static bool vanishes_at(const struct emulator_records *r, int64_t index, int64_t *ret_ms)
{
    const struct emulator_population *p = &r->population;
    if (p->vanishing == 0 || index >= p->count)
        return false;
    uint64_t nth = emulator_record_mix(key_of(r, index) ^ 1) % (uint64_t)p->count + 1;
    *ret_ms = p->started_ms + (int64_t)(nth * 1000 / (uint64_t)p->vanishing);
    return true;
}

/* 61 and 100 have no common divisor: of the hundred places of a block each comes once, so the
 * shares are exact in each full hundred. */
static int64_t place_of(const struct emulator_records *r, int64_t index)
{
    return (index % 100 * 61 + (int64_t)(r->key % 100)) % 100;
}

/* What it was from the start on. */
static enum emulator_life born(const struct emulator_records *r, int64_t index)
{
    const struct emulator_population *p = &r->population;
    if ((p->archived == 0 && p->merged == 0) || index >= p->count)
        return EMULATOR_LIVE;
    int64_t place = place_of(r, index);
    if (place < p->archived)
        return EMULATOR_ARCHIVED;
    return place < p->archived + p->merged ? EMULATOR_MERGED : EMULATOR_LIVE;
}

enum emulator_life emulator_records_life(const struct emulator_records *r, int64_t index)
{
    int64_t when;
    enum emulator_life life = born(r, index);
    if (life == EMULATOR_LIVE && vanishes_at(r, index, &when) && when <= r->population.now_ms)
        return EMULATOR_ARCHIVED;
    return life;
}

int64_t emulator_records_next(const struct emulator_records *r, int64_t index,
                              enum emulator_life life)
{
    const struct emulator_population *p = &r->population;
    if (p->archived == 0 && p->merged == 0 && p->vanishing == 0) /* all are live */
        return life == EMULATOR_LIVE && index < r->count ? index : r->count;
    while (index < r->count && emulator_records_life(r, index) != life)
        index++;
    return index < r->count ? index : r->count;
}

/* Merged ones belong to the next record that was live from the start, the last ones to the last
 * such record. */
bool emulator_records_winner(const struct emulator_records *r, int64_t index, int64_t *ret_index)
{
    int64_t i = index;
    while (i < r->count && born(r, i) != EMULATOR_LIVE)
        i++;
    if (i == r->count)
        for (i = index; i >= 0 && born(r, i) != EMULATOR_LIVE;)
            i--;
    if (i < 0 || emulator_records_life(r, i) != EMULATOR_LIVE)
        return false;
    *ret_index = i;
    return true;
}

size_t emulator_records_losers(const struct emulator_records *r, int64_t index,
                               int64_t ret[EMULATOR_LOSERS_MAX])
{
    size_t n = 0;
    if (r->population.merged == 0)
        return 0;
    for (int64_t i = index - 1; i >= 0 && born(r, i) != EMULATOR_LIVE; i--)
        if (n < EMULATOR_LOSERS_MAX && born(r, i) == EMULATOR_MERGED)
            ret[n++] = i;
    int64_t end = index + 1;
    while (end < r->count && born(r, end) != EMULATOR_LIVE)
        end++;
    for (int64_t i = index + 1; end == r->count && i < end; i++)
        if (n < EMULATOR_LOSERS_MAX && born(r, i) == EMULATOR_MERGED)
            ret[n++] = i;
    return n;
}

/* ---------------------------------------------------------------- one record */

static void draw_dates(struct emulator_record *record)
{
    const struct emulator_population *p = &record->all->population;
    int64_t i = record->index;
    if (i >= p->count) { /* it appeared while the emulator ran */
        record->created_ms = record->modified_ms =
            p->started_ms + (i - p->count + 1) * 1000 / p->growing;
        return;
    }
    /* Ever denser towards the end of the span and never beyond it; a day of noise, so that ids and
     * dates are not in the same order everywhere. */
    int64_t share = CREATED_SPAN_MS / 1000 * i / (i + HALF_OF_SPAN) * 1000;
    int64_t created = CREATED_FROM_MS + share + (int64_t)emulator_record_draw(record, 1, 86400000);
    double x = (double)emulator_record_draw(record, 2, 1000000) / 1e6;
    int64_t modified = created + (int64_t)(x * x * x * (double)(MODIFIED_UNTIL_MS - created));
    /* Imported rows carry whole seconds: their timestamps are written without a fraction. */
    if (emulator_record_draw(record, 3, 16) == 0) {
        created -= created % 1000;
        modified -= modified % 1000;
    }
    record->created_ms = created;
    record->modified_ms = modified < created ? created : modified;
}

static void draw_end(struct emulator_record *record)
{
    int64_t when;
    if (emulator_records_life(record->all, record->index) != EMULATOR_ARCHIVED)
        return;
    if (born(record->all, record->index) == EMULATOR_ARCHIVED)
        record->archived_ms =
            MODIFIED_UNTIL_MS + (int64_t)emulator_record_draw(record, 11, ARCHIVED_SPAN_MS);
    else if (vanishes_at(record->all, record->index, &when))
        record->archived_ms = when;
}

void emulator_records_get(const struct emulator_records *r, int64_t index,
                          struct emulator_record *ret)
{
    uint64_t key = key_of(r, index);
    struct emulator_record record = {
        .all = r,
        .index = index,
        .id = r->first_id + index * GAP + (int64_t)(key % (uint64_t)GAP),
        .key = key,
    };
    draw_dates(&record);
    draw_end(&record);
    record.locale = &emulator_locales[emulator_record_draw(&record, 4, emulator_locale_count)];
    record.city = &record.locale->cities[emulator_record_draw(&record, 5, EMULATOR_CITIES)];
    if (emulator_record_draw(&record, 6, 25) != 0)
        record.first = &record.locale->first[emulator_record_draw(&record, 7, EMULATOR_NAMES)];
    if (emulator_record_draw(&record, 8, 20) != 0)
        record.last = &record.locale->last[emulator_record_draw(&record, 9, EMULATOR_NAMES)];
    /* HubSpot makes no contact without one of email, firstname and lastname. */
    record.has_email =
        emulator_record_draw(&record, 10, 33) != 0 || (record.first == NULL && record.last == NULL);
    *ret = record;
}
