#include "cli_command.h"
#include "cli_passphrase.h"

struct init_options {
    const char *key;
};

static const struct base_opt options[] = {
    {.letter = 'k',
     .name = "key",
     .kind = BASE_OPT_STRING,
     .value = "SOURCE",
     .offset = offsetof(struct init_options, key),
     .help = "What locks the vault: keyring, passphrase, file:PATH (made when it is absent) or "
             "credential:NAME"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth init --key file:$HOME/.config/hubauth.key",
     "a key in a file, for scripts and servers"},
    {"hubauth init --key passphrase", "a passphrase that you will be asked for"},
    {"hubauth init --key credential:hubauth-key", "a credential that systemd gives the unit"},
    {0},
};

/* Says what was chosen, and why nothing better was. */
static enum base_status choose(struct cli *c, char **ret_spec, struct base_error *err)
{
    struct base_error why_not = BASE_ERROR_NONE;
    enum base_status status =
        c->backends->choose_key(cli_passphrase_can_be_had(), ret_spec, &why_not, err);

    if (status)
        return status;
    if (why_not.why[0])
        cli_say(c, "No keyring can be used: %s.", why_not.why);
    cli_say(c, "Taking %s as what locks the vault; hubauth key change takes another.", *ret_spec);
    return BASE_OK;
}

static void say_what_it_means(struct cli *c, const char *key_spec)
{
    if (strncmp(key_spec, "file:", 5) == 0)
        cli_say(c, "Whoever can read both can read your tokens; without the key file nobody can: "
                   "back it up.");
    else if (strcmp(key_spec, "passphrase") == 0)
        cli_say(c, "Without the passphrase nobody can read it. hubauth unlock spares you from "
                   "giving it each time.");
    else if (strcmp(key_spec, "keyring") == 0)
        cli_say(c, "It opens while your keyring is unlocked; without the keyring's item nobody can "
                   "read it.");
    else
        cli_say(c, "It opens in units that have the credential; without it nobody can read it: "
                   "back it up.");
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct init_options *o = args->options;
    BASE_CLEANUP(base_mem_cleanup) char *key_spec = NULL;
    BASE_CLEANUP(base_mem_cleanup) char *chosen = NULL;
    enum base_status status = cli_home(c, err);

    if (!status && !o->key)
        status = choose(c, &chosen, err);
    if (!status)
        status = c->backends->create_vault(c->home, o->key ? o->key : chosen, c, &key_spec, err);
    if (status == BASE_EXISTS) {
        base_fail(err, BASE_STORAGE, "making the vault", "there is one in %s already", c->home);
        base_error_hint(err, "hubauth status");
        return BASE_STORAGE;
    }
    if (status)
        return status;
    cli_say(c, "The vault is in %s, locked with %s.", c->home, key_spec);
    say_what_it_means(c, key_spec);
    cli_say(c, "Next: hubauth app add");
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
                         "Without --key it takes the best there is and says which: the credential "
                         "hubauth-key of a systemd unit; else the keyring, when it answers within "
                         "two seconds and is unlocked; else a passphrase, when there is somebody "
                         "to ask. Where there is none of these it fails: it never makes a key file "
                         "that nobody asked for.\n\n"
                         "A passphrase is asked for on the terminal; where there is none, "
                         "HUBAUTH_PASSPHRASE_FILE names a "
                         "file that holds it.",
              .options = options,
              .examples = examples,
              .see_also = "hubauth-app-add(1), hubauth(1)"},
    .options_size = sizeof(struct init_options),
    .run = run,
};
