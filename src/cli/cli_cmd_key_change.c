#include "base_buf.h"
#include "broker_key.h"
#include "cli_command.h"
#include "cli_passphrase.h"

struct change_options {
    const char *to;
};

static const struct base_opt options[] = {
    {.name = "to",
     .kind = BASE_OPT_STRING,
     .value = "SOURCE",
     .offset = offsetof(struct change_options, to),
     .help = "What locks the vault from now on: keyring, passphrase, file:PATH or credential:NAME"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth key change --to passphrase", "asks for the new passphrase twice"},
    {"hubauth key change --to file:$HOME/.config/hubauth.key", "makes the file when it is absent"},
    {0},
};

/* One file cannot hold both passphrases. */
static enum base_status check_passphrases(const struct broker_key *key, const char *to,
                                          struct base_error *err)
{
    if (strcmp(key->spec, "passphrase") != 0 || strcmp(to, "passphrase") != 0 ||
        !cli_passphrase_is_given() || cli_passphrase_new_is_given())
        return BASE_OK;
    base_fail(err, BASE_USAGE, "changing the passphrase",
              "HUBAUTH_PASSPHRASE_FILE holds the old one, and nothing names the new one");
    base_error_hint(err, "name a file that holds it in HUBAUTH_NEW_PASSPHRASE_FILE");
    return BASE_USAGE;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct change_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *before = NULL;
    struct broker_key key;
    struct broker *b;
    enum base_status status;

    if (!o->to) {
        base_fail(err, BASE_USAGE, "changing the key", "--to is needed: it says to what");
        base_error_hint(err,
                        "hubauth key change --to keyring|passphrase|file:PATH|credential:NAME");
        return BASE_USAGE;
    }
    if ((status = broker_key_check(o->to, err)) || (status = cli_broker(c, &b, err)))
        return status;
    broker_key_look(b, &key);
    status = check_passphrases(&key, o->to, err);
    if (status)
        return status;
    before = base_mem_strdup(key.spec);
    if (!before)
        return base_fail_memory(err);
    status = broker_key_change(b, o->to, err);
    if (status)
        return status;
    broker_key_look(b, &key);
    cli_say(c,
            "The vault is locked with %s now; what was %s opens it no longer and was left as it "
            "is.",
            key.spec, before);
    cli_say(c, "Older copies of vault.db still open with it. If it has leaked: hubauth key rotate");
    return BASE_OK;
}

const struct cli_command cli_cmd_key_change = {
    .usage =
        {.program = "hubauth",
         .name = "key change",
         .operands = "--to SOURCE",
         .summary = "lock the vault with another key",
         .details =
             "Only the data key is sealed anew, in one step: the vault opens with the old key "
             "or, a moment later, with the new one. The old key must be at hand.\n\n"
             "From one passphrase to another without a terminal, HUBAUTH_PASSPHRASE_FILE names "
             "a file with the old one and HUBAUTH_NEW_PASSPHRASE_FILE one with the new.",
         .options = options,
         .examples = examples,
         .exits = "6: another hubauth is at it. " CLI_EXITS,
         .see_also = "hubauth-init(1), hubauth-key-rotate(1)"},
    .options_size = sizeof(struct change_options),
    .run = run,
};
