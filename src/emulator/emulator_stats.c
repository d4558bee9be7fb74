#include "emulator_stats.h"

#include "base_jsonw.h"
#include "base_text.h"

void emulator_stats_reset(struct emulator_stats *stats)
{
    *stats = (struct emulator_stats){
        .in_flight = stats->in_flight,
        .in_flight_max = stats->in_flight,
    };
}

void emulator_stats_status(struct emulator_stats *stats, int status)
{
    if (status == 401)
        stats->status_401++;
    if (status == 429)
        stats->status_429++;
    switch (status / 100) {
    case 2:
        stats->status_2xx++;
        break;
    case 3:
        stats->status_3xx++;
        break;
    case 4:
        stats->status_4xx++;
        break;
    case 5:
        stats->status_5xx++;
        break;
    default:
        break;
    }
}

void emulator_stats_request(struct emulator_stats *stats, size_t route,
                            const struct emulator_type *type)
{
    stats->requests[route][type != NULL ? emulator_type_number(type) : EMULATOR_TYPES]++;
}

void emulator_stats_served(struct emulator_stats *stats, const struct emulator_type *type,
                           int64_t records)
{
    stats->served[emulator_type_number(type)] += records;
}

void emulator_stats_write(const struct emulator_stats *stats, struct base_jsonw *w)
{
#define X(name) base_jsonw_member_int(w, #name, stats->name);
    EMULATOR_STATS_MAP(X)
#undef X
    for (size_t i = 0; i < EMULATOR_TYPES; i++) {
        char name[32];
        base_text_format(name, sizeof name, "%s_served", emulator_types[i].name);
        base_jsonw_member_int(w, name, stats->served[i]);
    }
}
