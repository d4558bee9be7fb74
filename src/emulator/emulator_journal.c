#include "emulator_journal.h"

#include "emulator_error.h"
#include "emulator_route.h"

#include "base_text.h"
#include "base_time.h"

/* HubSpot's guide of the webhooks journal names these. */
#define SCOPES                                                                                     \
    "developer.webhooks_journal.read developer.webhooks_journal.subscriptions.read "               \
    "developer.webhooks_journal.subscriptions.write developer.webhooks_journal.snapshots.read "    \
    "developer.webhooks_journal.snapshots.write"

#define ENTRIES 5
#define OFFSET_SIZE 37
#define URL_LIVES_MS BASE_HOUR_MS /* for how long is not known */

enum base_status emulator_journal_init(struct emulator *e, struct base_error *err)
{
    return emulator_scopes_init(&e->app_level, "", "", SCOPES, err);
}

/* A UUID, as HubSpot's are. */
static void offset_of(int entry, char out[OFFSET_SIZE])
{
    base_text_format(out, OFFSET_SIZE, "0199c0de-0000-7000-8000-%012d", entry);
}

/* The file behind the URL is not there: what is in it has not been seen. */
static void write_entry(struct emulator_call *call, int entry)
{
    char offset[OFFSET_SIZE], url[128], time[32];
    struct base_jsonw w;
    offset_of(entry, offset);
    base_text_format(url, sizeof url, "http://localhost:%u/_emulator/journal/%s",
                     (unsigned)call->emulator->port, offset);
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "url", url);
    base_jsonw_member_str(&w, "expiresAt", base_time_iso(time, call->now + URL_LIVES_MS));
    base_jsonw_member_str(&w, "currentOffset", offset);
    base_jsonw_end(&w);
}

void emulator_journal_earliest(struct emulator_call *call)
{
    write_entry(call, 0);
}

void emulator_journal_latest(struct emulator_call *call)
{
    write_entry(call, ENTRIES - 1);
}

/* What HubSpot says behind the last entry is not known: here 204. */
void emulator_journal_next(struct emulator_call *call)
{
    char offset[OFFSET_SIZE];
    for (int entry = 0; entry < ENTRIES; entry++) {
        offset_of(entry, offset);
        if (!base_span_is(call->params[0], offset))
            continue;
        if (entry + 1 < ENTRIES)
            write_entry(call, entry + 1);
        else
            emulator_answer_empty(call, 204);
        return;
    }
    emulator_error_plain(call, 404, "no journal entry has this offset", "OBJECT_NOT_FOUND");
}
