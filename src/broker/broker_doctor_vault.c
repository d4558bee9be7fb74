/* The open vault: is the store sound, is the key there and the right one, does every record open?
 */
#include "broker_doctor_int.h"

#include "base_text.h"
#include "base_time.h"
#include "broker_app_level.h"
#include "broker_clock.h"
#include "broker_private.h"

#define CLOCK_SET_BACK_MS (60 * INT64_C(1000)) /* less is within what two machines differ */

/* ------------------------------------------------------------------ names */

static bool take_name(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    (void)generation, (void)plain;
    return base_list_add(arg, name);
}

enum base_status broker_doctor_names(struct broker *b, enum vault_kind kind, struct base_list *ret,
                                     struct base_error *err)
{
    enum base_status status = vault_list(b->vault, kind, take_name, ret, err);

    return !status && ret->failed ? base_fail_memory(err) : status;
}

/* The app's part of an account's name "app/account"; at most `size`. */
static const char *app_of(const char *account, char *out, size_t size)
{
    struct base_span rest = base_span_of(account);

    (void)base_text_copy(out, size, base_span_cut(&rest, '/'));
    return out;
}

const char *broker_doctor_connect(const char *account, char out[BROKER_DOCTOR_COMMAND])
{
    const char *slash = strchr(account, '/');
    bool app_level = slash && strcmp(slash + 1, BROKER_APP_LEVEL) == 0;
    char app[BROKER_WORD_MAX], word[BROKER_WORD_MAX];

    broker_finding_word(word, app_of(account, app, sizeof(app)));
    if (app_level)
        base_text_format(out, BROKER_DOCTOR_COMMAND,
                         "hubauth accounts add --app-level --app %s --scope SCOPES", word);
    else
        base_text_format(out, BROKER_DOCTOR_COMMAND, "hubauth login --app %s", word);
    return out;
}

/* ------------------------------------------------------------------ store and key */

static void check_store(struct broker *b, struct broker_findings *f)
{
    struct base_error err = BASE_ERROR_NONE;

    if (vault_check(b->vault, &err))
        broker_found_error(f, "vault", BROKER_ERROR, &err, NULL);
    else
        broker_found(f, "vault", BROKER_OK, NULL, "its pages are sound");
}

static bool check_key(struct broker *b, struct broker_findings *f)
{
    const char *spec = vault_key_spec(b->vault);
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = vault_unlock(b->vault, &err);

    if (status == BASE_USAGE && strcmp(spec, "passphrase") == 0) { /* nobody could be asked */
        broker_found(f, "key", BROKER_INFO, "HUBAUTH_PASSPHRASE_FILE=FILE hubauth doctor",
                     "the vault is locked with a passphrase, and its records were not opened: %s",
                     err.why);
        return false;
    }
    if (status) { /* UNAVAILABLE: of a file that says nothing */
        broker_found_error(f, "key", BROKER_ERROR, &err,
                           status == BASE_UNAVAILABLE ? "unset HUBAUTH_PASSPHRASE_FILE" : NULL);
        return false;
    }
    broker_found(f, "key", BROKER_OK, NULL, "%s opens the vault", spec);
    return true;
}

/* ------------------------------------------------------------------ records */

static bool check_app(struct broker *b, const char *name, struct broker_findings *f)
{
    struct broker_app app = {0};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_app_get(b, name, &app, &err);
    char command[400];

    broker_app_free(&app);
    if (!status)
        return true;
    base_text_format(command, sizeof(command), "hubauth app remove %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, name));
    broker_found_error(f, "records", BROKER_ERROR, &err, command);
    return false;
}

static void check_times(const struct broker *b, const struct broker_grant *g,
                        struct broker_findings *f)
{
    int64_t now = broker_now(b);
    char command[400], human[32];

    base_text_format(command, sizeof(command), "hubauth refresh %s",
                     broker_finding_word((char[BROKER_WORD_MAX]){0}, g->name));
    if (g->obtained_at > now + CLOCK_SET_BACK_MS)
        broker_found(f, "records", BROKER_WARNING, command,
                     "the token of account %s was obtained %s from now: this machine's clock has "
                     "been set back since",
                     g->name, base_time_human(human, g->obtained_at - now));
    else if (broker_clock_was_set_back(b, g))
        broker_found(f, "records", BROKER_WARNING, command,
                     "this machine's clock has been set back since the token of account %s was "
                     "obtained: it ends earlier than its record says",
                     g->name);
}

static bool is_private(struct broker *b, const char *app_name)
{
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};

    return broker_app_get(b, app_name, &app, NULL) == BASE_OK && broker_app_is_private(&app);
}

/* The command that replaces a record which is beyond reading: only its app tells of what kind it
 * was. */
static const char *replace(struct broker *b, const char *account, char out[BROKER_DOCTOR_COMMAND])
{
    char app[BROKER_WORD_MAX], word[BROKER_WORD_MAX];

    if (!is_private(b, app_of(account, app, sizeof(app))))
        return broker_doctor_connect(account, out);
    base_text_format(out, BROKER_DOCTOR_COMMAND,
                     "hubauth accounts add --private-app-token-file - --app %s",
                     broker_finding_word(word, app));
    return out;
}

static bool check_account(struct broker *b, const char *name, struct broker_findings *f)
{
    struct broker_grant grant = {0};
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = broker_grant_load(b, name, &grant, &err);
    char command[BROKER_DOCTOR_COMMAND];

    if (!status)
        check_times(b, &grant, f);
    broker_grant_free(&grant);
    if (!status)
        return true;
    broker_found_error(f, "records", BROKER_ERROR, &err, replace(b, name, command));
    return false;
}

static bool check_records(struct broker *b, struct broker_findings *f)
{
    BASE_CLEANUP(base_list_free) struct base_list apps = {0};
    BASE_CLEANUP(base_list_free) struct base_list accounts = {0};
    struct base_error err = BASE_ERROR_NONE;
    size_t open = 0;

    if (broker_doctor_names(b, VAULT_APP, &apps, &err) ||
        broker_doctor_names(b, VAULT_GRANT, &accounts, &err)) {
        broker_found_error(f, "records", BROKER_ERROR, &err, NULL);
        return false;
    }
    for (size_t i = 0; i < apps.count; i++)
        open += check_app(b, apps.items[i], f);
    for (size_t i = 0; i < accounts.count; i++)
        open += check_account(b, accounts.items[i], f);
    if (open == apps.count + accounts.count)
        broker_found(f, "records", BROKER_OK, NULL, "all open: %zu app%s, %zu account%s",
                     apps.count, apps.count == 1 ? "" : "s", accounts.count,
                     accounts.count == 1 ? "" : "s");
    return true;
}

bool broker_doctor_vault(struct broker *b, struct broker_findings *f)
{
    check_store(b, f);
    return check_key(b, f) && check_records(b, f);
}
