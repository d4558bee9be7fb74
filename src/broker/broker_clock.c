#include "broker_clock.h"

#include "base_file.h"
#include "base_text.h"
#include "base_time.h"
#include "broker_int.h"

/* Clocks are slewed a little all the time; less than this does no harm to a token that is asked to
 * live for minutes. */
#define CLOCK_TOLERANCE_MS BASE_MINUTE_MS

/* proc_sys_kernel(5): a UUID, new at each start. */
void broker_clock_boot(char out[BROKER_BOOT_SIZE])
{
    BASE_CLEANUP(base_buf_free) struct base_buf text;

    out[0] = '\0';
    base_buf_init(&text, 64);
    if (base_file_read("/proc/sys/kernel/random/boot_id", &text, NULL) == BASE_OK)
        (void)base_text_copy(out, BROKER_BOOT_SIZE, base_span_trim(base_buf_span(&text)));
}

static int64_t started_at(const struct broker *b)
{
    return broker_now(b) - base_time_monotonic();
}

void broker_clock_note(const struct broker *b, struct broker_grant *g,
                       const char boot[BROKER_BOOT_SIZE])
{
    g->machine_started_at = started_at(b);
    (void)base_text_copy(g->boot, sizeof(g->boot), base_span_of(boot));
}

bool broker_clock_was_set_back(const struct broker *b, const struct broker_grant *g)
{
    char boot[BROKER_BOOT_SIZE];

    /* First what costs nothing: this runs whenever a token is handed out. */
    if (!g->boot[0] || started_at(b) >= g->machine_started_at - CLOCK_TOLERANCE_MS)
        return false;
    broker_clock_boot(boot);
    return strcmp(boot, g->boot) == 0;
}
