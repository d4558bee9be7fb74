#include "emulator_stats.h"

#include "base_jsonw.h"

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

void emulator_stats_write(const struct emulator_stats *stats, struct base_jsonw *w)
{
#define X(name) base_jsonw_member_int(w, #name, stats->name);
    EMULATOR_STATS_MAP(X)
#undef X
}
