#include "cli_command.h"

struct init_options {
    const char *key;
};

static const struct base_opt options[] = {
    {.letter = 'k',
     .name = "key",
     .kind = BASE_OPT_STRING,
     .value = "SOURCE",
     .offset = offsetof(struct init_options, key),
     .help = "What locks the vault: file:PATH (made when it is absent) or passphrase"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth init --key file:$HOME/.config/hubauth.key",
     "a key in a file, for scripts and servers"},
    {"hubauth init --key passphrase", "a passphrase that you will be asked for"},
    {0},
};

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct init_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *key_spec = NULL;
    enum base_status status;

    if (!o->key) {
        base_fail(err, BASE_USAGE, "making the vault",
                  "--key is needed: it says what locks the vault");
        base_error_hint(err, "hubauth init --key file:~/.config/hubauth.key, or --key passphrase");
        return BASE_USAGE;
    }
    status = cli_home(c, err);
    if (!status)
        status = c->backends->create_vault(c->home, o->key, c, &key_spec, err);
    if (status == BASE_EXISTS) {
        base_fail(err, BASE_STORAGE, "making the vault", "there is one in %s already", c->home);
        base_error_hint(err, "hubauth status");
        return BASE_STORAGE;
    }
    if (status)
        return status;
    cli_say(c, "The vault is in %s, locked with %s.", c->home, key_spec);
    if (strncmp(key_spec, "file:", 5) == 0)
        cli_say(c, "Whoever can read both can read your tokens; without the key file nobody can: "
                   "back it up.");
    cli_say(c, "Next: hubauth app add NAME --client-id ID --client-secret-file FILE \\\n"
               "        --redirect-url http://localhost:8976/callback --scope \"oauth "
               "crm.objects.contacts.read\"");
    return BASE_OK;
}

const struct cli_command cli_cmd_init = {
    .usage = {.program = "hubauth",
              .name = "init",
              .summary = "make the vault and choose what locks it",
              .details = "Tokens and client secrets are stored sealed in one file, vault.db, in "
                         "$HUBAUTH_HOME, else "
                         "$XDG_DATA_HOME/hubauth, else ~/.local/share/hubauth. The key that opens "
                         "it comes from the source "
                         "named by --key; it is never stored beside it.\n\n"
                         "A passphrase is asked for on the terminal; where there is none, "
                         "HUBAUTH_PASSPHRASE_FILE names a "
                         "file that holds it.",
              .options = options,
              .examples = examples,
              .see_also = "hubauth-app-add(1), hubauth(1)"},
    .options_size = sizeof(struct init_options),
    .run = run,
};
