#include "base_file.h"
#include "broker_backup.h"
#include "cli_backup.h"
#include "cli_command.h"

struct export_vault_options {
    bool to_passphrase;
    const char *to_key, *passphrase_file, *output;
};

static const struct base_opt options[] = {
    {.name = "to-passphrase",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct export_vault_options, to_passphrase),
     .help = "Lock it with a passphrase, which is asked for"},
    {.name = "passphrase-file",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct export_vault_options, passphrase_file),
     .help = "Take the passphrase from FILE, or - for standard input, instead of asking"},
    {.name = "to-key",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct export_vault_options, to_key),
     .help = "Lock it with a key file, which is made when it is absent"},
    {.letter = 'o',
     .name = "output",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct export_vault_options, output),
     .help = "Write it there, with mode 0600; - is standard output, even a terminal"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth export-vault --to-passphrase --output vault.backup", "a backup to keep"},
    {"hubauth export-vault --to-key move.key | ssh other hubauth import-vault - --key move.key",
     "a move, after move.key was brought there"},
    {0},
};

static enum base_status check(const struct cli *c, const struct export_vault_options *o,
                              struct base_error *err)
{
    if (o->to_passphrase == (o->to_key != NULL)) {
        base_fail(err, BASE_USAGE, "exporting the vault",
                  "one of --to-passphrase and --to-key FILE is needed: it is always encrypted");
        base_error_hint(err, "hubauth export-vault --to-passphrase --output FILE");
        return BASE_USAGE;
    }
    if (o->passphrase_file && !o->to_passphrase)
        return base_fail(err, BASE_USAGE, "exporting the vault",
                         "--passphrase-file goes with --to-passphrase");
    if (!o->output && c->stdout_tty) {
        base_fail(err, BASE_USAGE, "exporting the vault", "a backup is no text for a terminal");
        base_error_hint(err, "--output FILE; or --output - if a terminal is what you mean");
        return BASE_USAGE;
    }
    return BASE_OK;
}

static enum base_status get_key(struct cli *c, const struct export_vault_options *o,
                                struct broker_backup_key *ret, struct crypt_secret **ret_secret,
                                struct base_error *err)
{
    bool made = false;
    enum base_status status =
        o->to_passphrase ? cli_backup_passphrase(c, o->passphrase_file, true, ret_secret, err)
                         : cli_backup_key_file(c, o->to_key, true, &made, ret_secret, err);

    if (made)
        cli_say(c, "A new key is in %s. Keep it apart from the backup: either alone is useless.",
                o->to_key);
    if (!status)
        *ret = (struct broker_backup_key){o->to_passphrase, *ret_secret};
    return status;
}

static enum base_status write_file(const char *path, struct base_span bytes, struct base_error *err)
{
    struct base_file *f;
    enum base_status status = base_file_create(path, 0600, &f, err);

    if (status)
        return status;
    status = base_file_write_fd(base_file_fd(f), bytes, err);
    if (!status)
        return base_file_commit(f, err);
    base_file_abort(f);
    return status;
}

static void say_what(struct cli *c, const struct broker_backup_counts *n, const char *output)
{
    cli_say(c, "%u app%s, %u account%s%s, encrypted, %s%s.", n->apps, n->apps == 1 ? "" : "s",
            n->accounts, n->accounts == 1 ? "" : "s", n->aliases ? " with their aliases" : "",
            output ? "in " : "written to standard output", output ? output : "");
    if (n->pending)
        cli_say(c, "%u logout%s that HubSpot has not heard of %s in it as well.", n->pending,
                n->pending == 1 ? "" : "s", n->pending == 1 ? "is" : "are");
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct export_vault_options *o = args->options;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    BASE_CLEANUP(base_buf_free) struct base_buf out = {0};
    const char *output = o->output && strcmp(o->output, "-") != 0 ? o->output : NULL;
    struct broker_backup_counts counts = {0};
    struct broker_backup_key key;
    struct broker *b;
    enum base_status status = check(c, o, err);

    if (status || (status = cli_broker(c, &b, err)) || (status = get_key(c, o, &key, &secret, err)))
        return status;
    base_buf_init(&out, BROKER_BACKUP_MAX);
    status = broker_backup_export(b, &key, &out, &counts, err);
    if (!status && output)
        status = write_file(output, base_buf_span(&out), err);
    else if (!status)
        status = cli_write_buf(&out, err);
    if (!status)
        say_what(c, &counts, output);
    return status;
}

const struct cli_command cli_cmd_export_vault = {
    .usage = {.program = "hubauth",
              .name = "export-vault",
              .summary = "all apps and accounts in one encrypted file",
              .details =
                  "For a backup, or for a move to another machine, whose vault may be locked "
                  "in another way. The file holds everything that the vault does, and is "
                  "always encrypted: XChaCha20-Poly1305, under a key from a passphrase "
                  "(Argon2id) or from a key file.\n\n"
                  "It holds the tokens of this moment. HubSpot lets a refresh token live "
                  "until it is revoked; a server that gives a new one with each refresh "
                  "makes the one in the file useless with the next.",
              .options = options,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-import-vault(1)"},
    .options_size = sizeof(struct export_vault_options),
    .run = run,
};
