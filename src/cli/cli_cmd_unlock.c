#include "base_time.h"
#include "broker_key.h"
#include "cli_command.h"

#define UNLOCK_FOR (8 * BASE_HOUR_MS)

struct unlock_options {
    int64_t span;
};

static const struct unlock_options defaults = {.span = UNLOCK_FOR};

static const struct base_opt options[] = {
    {.name = "for",
     .kind = BASE_OPT_SPAN,
     .value = "TIME",
     .offset = offsetof(struct unlock_options, span),
     .help = "How long: 30m, 8h (the default), at most 30d"},
    {0},
};

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct unlock_options *o = args->options;
    struct broker_key key;
    struct broker *b;
    char human[32], iso[32];
    enum base_status status = cli_broker(c, &b, err);

    if (status)
        return status;
    broker_key_look(b, &key);
    if (!key.keepable) {
        cli_say(c, "The key comes from %s, so nobody is asked for it: there is nothing to unlock.",
                key.spec);
        return BASE_OK;
    }
    status = broker_key_keep(b, o->span, err);
    if (status)
        return status;
    broker_key_look(b, &key);
    cli_say(c, "Unlocked for %s, until %s. hubauth lock ends it earlier.",
            base_time_human(human, o->span), base_time_iso(iso, key.kept_until / 1000 * 1000));
    return BASE_OK;
}

const struct cli_command cli_cmd_unlock = {
    .usage = {.program = "hubauth",
              .name = "unlock",
              .operands = "[--for TIME]",
              .summary = "keep the vault's key at hand for a while",
              .details =
                  "For a vault that is locked with a passphrase or a keyring: the key is kept in "
                  "the kernel (keyrings(7)), where processes of this user alone can get it, until "
                  "the time is over, the machine restarts or `hubauth lock`. Commands ask for "
                  "nothing meanwhile. The passphrase is asked for in any case, also when the vault "
                  "is unlocked already.",
              .options = options,
              .exits = "6: the kernel's key store is closed to this process, as in many "
                       "containers. " CLI_EXITS,
              .see_also = "hubauth-lock(1), hubauth-key-show(1)"},
    .options_size = sizeof(struct unlock_options),
    .defaults = &defaults,
    .run = run,
};
