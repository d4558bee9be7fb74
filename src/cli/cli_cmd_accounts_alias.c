#include "base_table.h"
#include "broker_alias.h"
#include "cli_account.h"
#include "cli_command.h"

struct alias_options {
    const char *remove;
};

static const struct base_opt options[] = {
    {.name = "remove",
     .kind = BASE_OPT_STRING,
     .value = "ALIAS",
     .offset = offsetof(struct alias_options, remove),
     .help = "Forget this alias; the account stays"},
    {0},
};

static const struct base_opt_example examples[] = {
    {"hubauth accounts alias 1234567 shop", "from now on `hubauth token shop`"},
    {"hubauth accounts alias --remove shop", "it has no such name any more"},
    {0},
};

static bool list_one(void *arg, const char *alias, const char *account)
{
    base_table_cell_str(arg, alias);
    base_table_cell_str(arg, account);
    return true;
}

static enum base_status list(struct cli *c, struct broker *b, struct base_error *err)
{
    static const char *const titles[] = {"ALIAS", "ACCOUNT"};
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    struct base_table *table = base_table_new(titles, 2);
    enum base_status status =
        table ? broker_alias_list(b, list_one, table, err) : base_fail_memory(err);

    base_buf_init(&text, 16u << 20);
    if (!status && base_table_rows(table) == 0)
        cli_say(c, "There is no alias. Next: hubauth accounts alias ACCOUNT NAME");
    else if (!status && !(status = base_table_print(table, 80, c->colour_stdout, &text, err)))
        status = cli_write_buf(&text, err);
    base_table_free(table);
    return status;
}

static enum base_status set(struct cli *c, struct broker *b, const char *const *operands,
                            struct base_error *err)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    enum base_status status = cli_account_choose(c, operands[0], &account, err);

    if (!status)
        status = broker_alias_set(b, operands[1], account.name, err);
    if (!status)
        cli_say(c, "Account %s can be called %s.", account.name, operands[1]);
    return status;
}

static enum base_status run(struct cli *c, const struct cli_args *args, struct base_error *err)
{
    const struct alias_options *o = args->options;
    struct broker *b;
    enum base_status status;

    if (o->remove ? args->count > 0 : args->count == 1)
        return base_fail(err, BASE_USAGE, "naming an account",
                         o->remove ? "--remove stands alone"
                                   : "the account and its new name are both needed");
    if (args->count == 2 && (status = broker_alias_check(args->operands[1], err)))
        return status;
    status = cli_broker(c, &b, err);
    if (status)
        return status;
    if (args->count == 2)
        return set(c, b, args->operands, err);
    if (!o->remove)
        return list(c, b, err);
    status = broker_alias_remove(b, o->remove, err);
    if (!status)
        cli_say(c, "The alias %s is removed.", o->remove);
    return status;
}

const struct cli_command cli_cmd_accounts_alias = {
    .usage = {.program = "hubauth",
              .name = "accounts alias",
              .operands = "[ACCOUNT] [NAME]",
              .summary = "another name for an account",
              .details = "An alias stands wherever an account's name can: as an argument, in "
                         "HUBAUTH_ACCOUNT, in a .hubauth file. It is moved when it exists already, "
                         "and outlives a logout: after the next login it means the same account "
                         "again. Without arguments all aliases are listed.",
              .options = options,
              .max_operands = 2,
              .examples = examples,
              .see_also = "hubauth-accounts(1)"},
    .options_size = sizeof(struct alias_options),
    .run = run,
};
