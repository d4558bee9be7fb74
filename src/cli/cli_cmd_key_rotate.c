#include "base_text.h"
#include "base_time.h"
#include "broker_key.h"
#include "cli_command.h"
#include "cli_progress.h"

static const struct base_opt no_options[] = {{0}};

struct watch {
    struct cli_progress progress;
    int64_t started;
};

/* Never stops it: who presses Ctrl-C ends the process, and the next rotation goes on. */
static bool on_progress(void *arg, int64_t done, int64_t total)
{
    struct watch *w = arg;

    cli_progress_show(&w->progress,
                      &(struct cli_progress_state){.what = "records",
                                                   .elapsed_ms = base_time_monotonic() - w->started,
                                                   .done = done,
                                                   .total = total});
    return true;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    struct watch w = {.started = base_time_monotonic()};
    struct broker_key key;
    struct broker *b;
    int64_t done;
    bool resumed;
    char counted[27];
    enum base_status status = cli_broker(c, &b, err);

    (void)args;
    if (status)
        return status;
    cli_progress_begin(&w.progress, c);
    status = broker_key_rotate(b, on_progress, &w, &done, &resumed, err);
    cli_progress_end(&w.progress);
    if (status)
        return status;
    broker_key_look(b, &key);
    cli_say(c, "%s %s records sealed anew, with data key %s. The old data key opens nothing here.",
            resumed ? "The rotation that had been interrupted is finished:" : "Done:",
            base_text_thousands(counted, done), key.data_key);
    cli_say(c, "Older copies of vault.db open as before, with the key that they were made with.");
    return BASE_OK;
}

const struct cli_command cli_cmd_key_rotate = {
    .usage = {.program = "hubauth",
              .name = "key rotate",
              .summary = "make a new data key and seal every record with it",
              .details =
                  "Other commands read and refresh meanwhile. It may be interrupted at any time, "
                  "even by a power cut: both data keys hold until all records have the new one, "
                  "and the next `hubauth key rotate` goes on.\n\n"
                  "The key source stays what it is. Where its key is what leaked, use `hubauth key "
                  "change` first and this after it.",
              .options = no_options,
              .exits = "6: another hubauth is at it. " CLI_EXITS,
              .see_also = "hubauth-key-change(1)"},
    .run = run,
};
