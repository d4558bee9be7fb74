#include "base_file.h"
#include "base_jsonw.h"
#include "base_time.h"
#include "broker_backup.h"
#include "cli_backup.h"
#include "cli_command.h"

#include <unistd.h>

struct import_vault_options {
    const char *key, *passphrase_file;
    bool merge, replace, dry_run, json;
};

static const struct base_opt options[] = {
    {.name = "key",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct import_vault_options, key),
     .help = "The key file that it is locked with"},
    {.name = "passphrase-file",
     .kind = BASE_OPT_STRING,
     .value = "FILE",
     .offset = offsetof(struct import_vault_options, passphrase_file),
     .help = "Take its passphrase from FILE instead of asking"},
    {.name = "merge",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct import_vault_options, merge),
     .help = "Of what is here already, keep the newer tokens, and all else as it is"},
    {.name = "replace",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct import_vault_options, replace),
     .help = "Of what is here already, take what is in the backup"},
    {.name = "dry-run",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct import_vault_options, dry_run),
     .help = "Say what would be done, and do nothing"},
    {.name = "json",
     .kind = BASE_OPT_FLAG,
     .offset = offsetof(struct import_vault_options, json),
     .help = "Print JSON"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth import-vault vault.backup --dry-run", "what is in it, and what would become of it"},
    {"hubauth import-vault vault.backup", "all of it, if nothing here stands in its way"},
    {0},
};

struct report {
    struct cli *c;
    bool dry_run;
    struct base_buf text, json_text;
    struct base_jsonw json;
    unsigned changed, logins; /* that came in */
};

static void on_item(void *arg, const struct broker_backup_item *item)
{
    struct report *r = arg;
    const char *word = broker_backup_act_word(item->act);
    bool comes = item->act == BROKER_BACKUP_ACT_ADD || item->act == BROKER_BACKUP_ACT_REPLACE;

    base_buf_printf(&r->text, "%-10s %-18s %s%s\n", word, item->kind, item->name,
                    item->newer_here ? "  (its tokens here are newer)" : "");
    base_jsonw_object(&r->json);
    base_jsonw_member_str(&r->json, "kind", item->kind);
    base_jsonw_member_str(&r->json, "name", item->name);
    base_jsonw_member_str(&r->json, "act", word);
    base_jsonw_member_bool(&r->json, "newer_here", item->newer_here);
    base_jsonw_end(&r->json);
    r->changed += comes;
    r->logins += comes && item->is_login;
}

/* ------------------------------------------------------------------ the file and its key */

static bool is_standard_input(const char *file)
{
    return file && strcmp(file, "-") == 0;
}

static enum base_status read_file(const char *path, struct base_buf *out, struct base_error *err)
{
    enum base_status status;

    base_buf_init(out, BROKER_BACKUP_MAX);
    status = is_standard_input(path) ? base_file_read_fd(STDIN_FILENO, out, err)
                                     : base_file_read(path, out, err);
    if (status == BASE_NOT_FOUND)
        return base_error_as(err, BASE_USAGE);
    return status;
}

static enum base_status get_key(struct cli *c, const struct import_vault_options *o,
                                bool is_passphrase, struct broker_backup_key *ret,
                                struct crypt_secret **ret_secret, struct base_error *err)
{
    enum base_status status;

    if (is_passphrase && o->key)
        return base_fail(err, BASE_USAGE, "importing a backup",
                         "it is locked with a passphrase, not with a key file");
    if (!is_passphrase && !o->key) {
        base_fail(err, BASE_USAGE, "importing a backup", "it is locked with a key file");
        base_error_hint(err, "name it with --key FILE");
        return BASE_USAGE;
    }
    status = is_passphrase ? cli_backup_passphrase(c, o->passphrase_file, false, ret_secret, err)
                           : cli_backup_key_file(c, o->key, false, NULL, ret_secret, err);
    if (!status)
        *ret = (struct broker_backup_key){is_passphrase, *ret_secret};
    return status;
}

/* ------------------------------------------------------------------ the command */

static enum base_status report(const struct report *r, bool json, struct base_error *err)
{
    enum base_status status = cli_write_buf(json ? &r->json_text : &r->text, err);

    if (status || r->dry_run)
        return status;
    cli_say(r->c, r->changed ? "Imported." : "Nothing had to be changed.");
    if (r->logins > 0)
        cli_say(r->c,
                "%u account%s now here and where the backup was made. HubSpot lets both refresh; a "
                "server that gives a new refresh token each time would lock out the slower one. To "
                "end one side: hubauth logout ACCOUNT --local, on that side. Without --local the "
                "grant ends for both.",
                r->logins, r->logins == 1 ? " is" : "s are");
    return BASE_OK;
}

static enum base_status import(struct cli *c, const struct import_vault_options *o,
                               struct base_span file, const struct broker_backup_key *key,
                               struct base_error *err)
{
    struct report r = {.c = c, .dry_run = o->dry_run};
    enum broker_backup_how how = o->merge     ? BROKER_BACKUP_MERGE
                                 : o->replace ? BROKER_BACKUP_REPLACE
                                              : BROKER_BACKUP_NEW;
    struct broker *b;
    enum base_status status = cli_broker(c, &b, err);

    base_buf_init(&r.text, 64u << 20);
    base_buf_init(&r.json_text, 64u << 20);
    base_jsonw_begin(&r.json, &r.json_text);
    base_jsonw_array(&r.json);
    if (!status)
        status = broker_backup_import(b, file, key, how, o->dry_run, on_item, &r, err);
    base_jsonw_end(&r.json);
    base_buf_add_char(&r.json_text, '\n');
    if (!status)
        status = report(&r, o->json, err);
    base_buf_free(&r.text);
    base_buf_free(&r.json_text);
    return status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct import_vault_options *o = args->options;
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    BASE_CLEANUP(base_buf_free) struct base_buf file = {0};
    struct broker_backup_key key;
    bool is_passphrase;
    int64_t created;
    char iso[32];
    enum base_status status;

    if (o->merge && o->replace)
        return base_fail(err, BASE_USAGE, "importing a backup", "either --merge or --replace");
    if (is_standard_input(o->passphrase_file) && is_standard_input(args->operands[0]))
        return base_fail(err, BASE_USAGE, "importing a backup",
                         "backup and passphrase cannot both come from standard input");
    if ((status = read_file(args->operands[0], &file, err)) ||
        (status = broker_backup_peek(base_buf_span(&file), &is_passphrase, &created, err)) ||
        (status = get_key(c, o, is_passphrase, &key, &secret, err)))
        return status;
    cli_say(c, "The backup was made at %s.", base_time_iso(iso, created / 1000 * 1000));
    return import(c, o, base_buf_span(&file), &key, err);
}

const struct cli_command cli_cmd_import_vault = {
    .usage = {.program = "hubauth",
              .name = "import-vault",
              .operands = "FILE",
              .summary = "take in what export-vault wrote",
              .details = "Into a vault that is there already (`hubauth init`), locked in whatever "
                         "way: all of it in one write, or nothing. What is here with other content "
                         "is an error that names it, unless --merge or --replace says what is to "
                         "become of it. A line on standard output for each record tells what "
                         "was done.\n\n"
                         "FILE - is standard input.",
              .options = options,
              .min_operands = 1,
              .max_operands = 1,
              .examples = examples,
              .exits = CLI_EXITS,
              .see_also = "hubauth-export-vault(1), hubauth-logout(1)"},
    .options_size = sizeof(struct import_vault_options),
    .run = run,
};
