/* Backups that somebody else made: what comes in is what hubauth would have written, and no
 * account's tokens are led elsewhere. tests/e2e/67-backup.sh has those that hubauth made. */
#include "bed.h"

#include "broker_alias.h"
#include "broker_backup.h"
#include "broker_int.h"
#include "vault_backup.h"

#define APP(api)                                                                                   \
    "{\"client_id\":\"id-1\",\"redirect_urls\":[\"http://localhost:8976/callback\"],"              \
    "\"scope\":\"oauth\",\"optional_scope\":\"\",\"api_version\":\"2026-03\",\"api_url\":\"" api   \
    "\",\"app_url\":\"https://app.example.com\",\"authorize_url\":\"\",\"token_url\":\"\"}"
#define GRANT(app, account, scopes)                                                                \
    "{\"app\":\"" app "\",\"account\":\"" account "\",\"hub_id\":7,\"scopes\":\"" scopes           \
    "\",\"asked\":\"oauth\",\"connected_at\":1,\"obtained_at\":1,\"expires_at\":1,"                \
    "\"refreshes\":0,\"state\":\"ok\",\"state_since\":1,\"last_code\":\"\","                       \
    "\"last_message\":\"\",\"last_correlation\":\"\"}"
#define TIMED(connected, expires, refreshes)                                                       \
    "{\"app\":\"crm\",\"account\":\"7\",\"hub_id\":7,\"scopes\":\"oauth\",\"asked\":\"oauth\","    \
    "\"connected_at\":" connected ",\"obtained_at\":1,\"expires_at\":" expires                     \
    ",\"refreshes\":" refreshes ",\"state\":\"ok\",\"state_since\":1,\"last_code\":\"\",\"last_"   \
    "message\":\"\",\"last_correlation\":\"\"}"
#define PENDING(account)                                                                           \
    "{\"app\":\"crm\",\"account\":\"" account "\",\"since\":1,\"attempts\":0,\"last\":\"\"}"

struct told {
    unsigned count;
    char text[512];
};

static void on_item(void *arg, const struct broker_backup_item *item)
{
    struct told *t = arg;
    size_t n = strlen(t->text);

    t->count++;
    snprintf(t->text + n, sizeof(t->text) - n, "%s ", item->name);
}

static struct vault_backup_record record(enum vault_kind kind, const char *name, const char *plain)
{
    struct vault_backup_record r = {.kind = kind, .generation = 1, .plain = base_span_of(plain)};

    snprintf(r.name, sizeof(r.name), "%s", name);
    if (kind == VAULT_GRANT || kind == VAULT_REVOKE)
        r.secret = (struct base_span){"\2\0\0\0\4rt-9", 9};
    return r;
}

/* Imports a backup of these records, made by whoever has the key. */
static enum base_status import_all(struct bed *b, const struct vault_backup_record *r, size_t count,
                                   enum broker_backup_how how, struct told *t,
                                   struct base_error *err)
{
    struct crypt_secret *key = crypt_secret_from("0123456789abcdef0123456789abcdef", 32);
    const struct broker_backup_key outer = {false, key};
    const struct vault_backup_key inner = {false, key};
    struct base_buf records, file;
    enum base_status status;

    *t = (struct told){0};
    *err = BASE_ERROR_NONE;
    base_buf_init_sensitive(&records, 1u << 20);
    base_buf_init(&file, 1u << 20);
    for (size_t i = 0; i < count; i++)
        vault_backup_add(&records, &r[i]);
    assert_ok(vault_backup_seal(&inner, 1, base_buf_span(&records), &file, err), err);
    status =
        broker_backup_import(b->broker, base_buf_span(&file), &outer, how, false, on_item, t, err);
    base_buf_free(&records);
    base_buf_free(&file);
    crypt_secret_free(key);
    return status;
}

static enum base_status import(struct bed *b, const struct vault_backup_record *r,
                               enum broker_backup_how how, struct told *t, struct base_error *err)
{
    return import_all(b, r, 1, how, t, err);
}

/* The bed's app "crm" as another maker's backup has it: the same client, with hosts of his own. The
 * accounts that are connected through it stay, and their refresh tokens would go there (D9, C13).
 */
static void replaced_app_leads_no_tokens_elsewhere(void **state)
{
    static const enum broker_backup_how hows[] = {BROKER_BACKUP_NEW, BROKER_BACKUP_MERGE,
                                                  BROKER_BACKUP_REPLACE};
    struct bed b;
    struct told t;
    struct base_error err;
    struct broker_app app;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    for (size_t i = 0; i < TEST_COUNT(hows); i++) {
        const struct vault_backup_record r =
            record(VAULT_APP, "crm", APP("https://api.evil.example"));

        assert_status(import(&b, &r, hows[i], &t, &err), BASE_USAGE, &err);
        assert_non_null(strstr(err.why, "crm is another app here"));
    }
    assert_ok(broker_app_get(b.broker, "crm", &app, &err), &err);
    assert_string_equal(app.api_url, BED_API);
    broker_app_free(&app);
    bed_free(&b);
}

#define ISSUED(issuer)                                                                             \
    "{\"client_id\":\"id-2\",\"redirect_urls\":[\"http://localhost:8977/callback\"],"              \
    "\"scope\":\"\",\"optional_scope\":\"\",\"api_version\":\"2026-03\",\"api_url\":\"\","         \
    "\"app_url\":\"\",\"authorize_url\":\"https://as.example/a\","                                 \
    "\"token_url\":\"https://as.example/t\"" issuer "}"

/* Nor does a login stop asking who answers it, or ask for somebody else (A13). */
static void replaced_app_keeps_its_issuer(void **state)
{
    static const char *const others[] = {ISSUED(""),
                                         ISSUED(",\"issuer\":\"https://evil.example\"")};
    const struct vault_backup_record there =
        record(VAULT_APP, "op", ISSUED(",\"issuer\":\"https://as.example\""));
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    assert_ok(import(&b, &there, BROKER_BACKUP_NEW, &t, &err), &err);
    for (size_t i = 0; i < TEST_COUNT(others); i++) {
        const struct vault_backup_record r = record(VAULT_APP, "op", others[i]);

        assert_status(import(&b, &r, BROKER_BACKUP_REPLACE, &t, &err), BASE_USAGE, &err);
        assert_non_null(strstr(err.why, "op is another app here"));
    }
    bed_free(&b);
}

/* The same hosts, another list of scopes: that may be replaced. */
static void same_app_may_be_replaced(void **state)
{
    struct bed b;
    struct told t;
    struct base_error err;
    const struct vault_backup_record r = record(VAULT_APP, "crm", APP(BED_API));

    (void)state;
    bed_make(&b);
    assert_ok(import(&b, &r, BROKER_BACKUP_REPLACE, &t, &err), &err);
    assert_string_equal(t.text, "crm ");
    bed_free(&b);
}

/* Nothing comes in that drives a terminal (B10), goes over plain http (C1), is not what its name
 * says, or is a name that hubauth would not have made: errors offer commands with names in them,
 * to be pasted (D9). */
static void foreign_records_are_refused(void **state)
{
    const struct vault_backup_record refused[] = {
        record(VAULT_APP, "a\033[2J", APP(BED_API)),
        record(VAULT_APP, "a/b", APP(BED_API)),
        record(VAULT_APP, "new", APP("http://api.example.com")),
        record(VAULT_APP, "new", APP("https://api.example.com/\\u001b[2J")),
        record(VAULT_APP, "new", "{}"),
        record(VAULT_GRANT, "crm/8", GRANT("crm", "7", "oauth")),
        record(VAULT_GRANT, "crm/7\xc2\x9b", GRANT("crm", "7\\u009b", "oauth")),
        record(VAULT_GRANT, "crm/7", GRANT("crm", "7", "oauth\\u001b]0;x\\u0007")),
        record(VAULT_GRANT, "crm/7", "{}"),
        record(VAULT_GRANT, "crm/7", TIMED("-9223372036854775808", "1", "0")),
        record(VAULT_GRANT, "crm/7", TIMED("1", "9223372036854775807", "0")),
        record(VAULT_GRANT, "crm/7", TIMED("1", "1", "9223372036854775807")),
        record(VAULT_GRANT, "crm/7;id", GRANT("crm", "7;id", "oauth")),
        record(VAULT_GRANT, "crm/$(id)", GRANT("crm", "$(id)", "oauth")),
        record(VAULT_GRANT, "crm/-7", GRANT("crm", "-7", "oauth")),
        record(VAULT_GRANT, "crm/", GRANT("crm", "", "oauth")),
        record(VAULT_GRANT, "crm/x/7", GRANT("crm/x", "7", "oauth")),
        record(VAULT_REVOKE, "0123456789abcdeF", PENDING("7")),
        record(VAULT_REVOKE, "0123456789abcdef", PENDING("\\u202e7")),
        record(VAULT_REVOKE, "0123456789abcdef", PENDING("7|id")),
        record(VAULT_REVOKE, "0123456789abcdef",
               "{\"app\":\"crm\",\"account\":\"7\",\"since\":1,\"attempts\":9223372036854775807,"
               "\"last\":\"\"}"),
        record(VAULT_ALIAS, "shop\033[2J", "{\"account\":\"crm/7\"}"),
        record(VAULT_ALIAS, "12", "{\"account\":\"crm/7\"}"),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/7\\u001b\"}"),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/7`id`\"}"),
        record(VAULT_ALIAS, "shop", "{\"account\":\"7\"}"),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/x/7\"}"),
    };
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(refused); i++) {
        if (import(&b, &refused[i], BROKER_BACKUP_NEW, &t, &err) == BASE_OK)
            fail_msg("record %zu came in", i);
        assert_int_equal(t.count, 0);
        assert_non_null(strstr(err.doing, "from the backup"));
    }
    assert_int_equal(b.store->puts, 0);
    bed_free(&b);
}

static void records_like_ours_come_in(void **state)
{
    const struct vault_backup_record taken[] = {
        record(VAULT_APP, "new", APP(BED_API)),
        record(VAULT_GRANT, "crm/7", GRANT("crm", "7", "oauth crm.objects.contacts.read")),
        record(VAULT_REVOKE, "0123456789abcdef", PENDING("7")),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/7\"}"),
    };
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(taken); i++)
        assert_ok(import(&b, &taken[i], BROKER_BACKUP_NEW, &t, &err), &err);
    bed_free(&b);
}

#define OTHER_SERVER(redirect)                                                                     \
    "{\"client_id\":\"id-1\",\"redirect_urls\":[\"" redirect "\"],\"scope\":\"\","                 \
    "\"optional_scope\":\"\",\"api_version\":\"2026-03\",\"api_url\":\"\",\"app_url\":\"\","       \
    "\"authorize_url\":\"https://evil.example/a\",\"token_url\":\"https://evil.example/t\"}"

/* Two servers must not get their answers at one place, wherever the second comes from (A12). */
static void imported_app_takes_no_other_servers_place(void **state)
{
    struct bed b;
    struct told t;
    struct base_error err;
    const struct vault_backup_record r = record(VAULT_APP, "new", OTHER_SERVER(BED_REDIRECT));

    (void)state;
    bed_make(&b);
    assert_status(import(&b, &r, BROKER_BACKUP_NEW, &t, &err), BASE_USAGE, &err);
    assert_non_null(strstr(err.why, "must not arrive at one place"));
    bed_free(&b);
}

/* A file is judged as a whole: what each of its records may be alone, they may not be together
 * (A12, D9). */
static void records_are_judged_together(void **state)
{
    static const struct {
        const char *why;
        struct {
            enum vault_kind kind;
            const char *name, *plain;
        } records[3];
    } files[] = {
        {"must not arrive at one place",
         {{VAULT_APP, "new", APP(BED_API)},
          {VAULT_APP, "other", OTHER_SERVER("http://localhost:8976/callback")}}},
        {"must not arrive at one place", /* the loopback interface is one place */
         {{VAULT_APP, "new", APP(BED_API)},
          {VAULT_APP, "other", OTHER_SERVER("http://[::1]:8976/callback")}}},
        {"there is no app gone", {{VAULT_GRANT, "gone/7", GRANT("gone", "7", "oauth")}}},
        {"there is no app gone",
         {{VAULT_APP, "new", APP(BED_API)},
          {VAULT_REVOKE, "0123456789abcdef",
           "{\"app\":\"gone\",\"account\":\"7\",\"since\":1,\"attempts\":0,\"last\":\"\"}"}}},
        {"an app called new",
         {{VAULT_APP, "new", APP(BED_API)}, {VAULT_ALIAS, "new", "{\"account\":\"crm/7\"}"}}},
        {"an app called crm", {{VAULT_ALIAS, "crm", "{\"account\":\"crm/7\"}"}}},
        {"an account called shop",
         {{VAULT_GRANT, "crm/shop", GRANT("crm", "shop", "oauth")},
          {VAULT_ALIAS, "shop", "{\"account\":\"crm/7\"}"}}},
    };
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    for (size_t i = 0; i < TEST_COUNT(files); i++) {
        struct vault_backup_record r[TEST_COUNT(files[0].records)];
        size_t n = 0;

        for (; n < TEST_COUNT(r) && files[i].records[n].name; n++)
            r[n] = record(files[i].records[n].kind, files[i].records[n].name,
                          files[i].records[n].plain);
        if (import_all(&b, r, n, BROKER_BACKUP_REPLACE, &t, &err) != BASE_USAGE)
            fail_msg("file %zu: %s", i, err.why);
        if (!strstr(err.why, files[i].why))
            fail_msg("file %zu: %s", i, err.why);
        assert_non_null(strstr(err.doing, "from the backup"));
        assert_int_equal(t.count, 0);
    }
    assert_int_equal(b.store->puts, 0);
    bed_free(&b);
}

/* What an error offers to be pasted has no command of the file's in it (D9). */
static void advice_is_quoted(void **state)
{
    const struct vault_backup_record file[] = {
        record(VAULT_APP, "new", OTHER_SERVER("http://localhost:8976/$(id)")),
        record(
            VAULT_APP, "other",
            "{\"client_id\":\"id-1\",\"redirect_urls\":[\"http://localhost:8976/$(id)\"],"
            "\"scope\":\"\",\"optional_scope\":\"\",\"api_version\":\"2026-03\",\"api_url\":\"\","
            "\"app_url\":\"\",\"authorize_url\":\"https://b.example/a\","
            "\"token_url\":\"https://b.example/t\"}"),
    };
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    assert_status(import_all(&b, file, 2, BROKER_BACKUP_NEW, &t, &err), BASE_USAGE, &err);
    assert_non_null(strstr(err.hint, "--redirect-url 'http://localhost:8976/$(id)-new'"));
    bed_free(&b);
}

#define MOVED_APP                                                                                  \
    "{\"client_id\":\"id-1\",\"redirect_urls\":[\"http://localhost:8977/moved\"],"                 \
    "\"scope\":\"oauth\",\"optional_scope\":\"\",\"api_version\":\"2026-03\",\"api_url\":"         \
    "\"" BED_API                                                                                   \
    "\",\"app_url\":\"https://app.example.com\",\"authorize_url\":\"\",\"token_url\":\"\"}"

/* What comes in need not be whole by itself: what is here counts as well, as it will be. */
static void what_is_here_counts_as_it_will_be(void **state)
{
    const struct vault_backup_record file[] = {
        record(VAULT_APP, "crm", MOVED_APP), /* leaves BED_REDIRECT, which "other" takes */
        record(VAULT_APP, "other", OTHER_SERVER(BED_REDIRECT)),
        record(VAULT_GRANT, "other/7", GRANT("other", "7", "oauth")),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/7\"}"),
    };
    struct bed b;
    struct told t;
    struct base_error err;

    (void)state;
    bed_make(&b);
    assert_ok(import_all(&b, file, TEST_COUNT(file), BROKER_BACKUP_REPLACE, &t, &err), &err);
    assert_string_equal(t.text, "crm other other/7 shop ");
    bed_free(&b);
}

/* An account whose app came after the list of apps was read, or went, and an alias that became the
 * name of an app: without them the file is one that comes in (D9). */
static void what_would_not_come_in_is_left_out(void **state)
{
    struct crypt_secret *secret = crypt_secret_from("0123456789abcdef0123456789abcdef", 32);
    const struct broker_backup_key key = {false, secret};
    struct broker_backup_counts counts = {0};
    struct broker_app app = bed_app("both");
    struct bed b, other;
    struct base_buf file;
    struct told t = {0};
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    bed_make(&b);
    bed_put_grant(&b, &(struct bed_grant){0});
    bed_put_grant(&b, &(struct bed_grant){.app = "gone", .account = "7"});
    bed_put_grant(&b, &(struct bed_grant){.app = "gone", .account = "8\033[2J"});
    assert_ok(broker_alias_set(b.broker, "both", BED_ACCOUNT, &err), &err);
    assert_ok(broker_alias_set(b.broker, "shop", BED_ACCOUNT, &err), &err);
    assert_ok(bed_add_app(&b, &app, &err), &err);
    base_buf_init(&file, 1u << 20);
    assert_ok(broker_backup_export(b.broker, &key, &file, &counts, &err), &err);
    assert_int_equal(counts.apps, 2);
    assert_int_equal(counts.accounts, 1);
    assert_int_equal(counts.aliases, 1);
    assert_non_null(strstr(b.notices, "account gone/7 is not in the backup: there is no app gone"));
    assert_non_null(strstr(b.notices, "alias both is not in the backup"));
    assert_non_null(strstr(b.notices, "account gone/8"));
    assert_null(strchr(b.notices, '\033')); /* B10 */
    bed_free(&b);

    bed_make(&other);
    assert_ok(broker_backup_import(other.broker, base_buf_span(&file), &key, BROKER_BACKUP_REPLACE,
                                   false, on_item, &t, &err),
              &err);
    assert_string_equal(t.text, "both crm " BED_ACCOUNT " shop ");
    bed_free(&other);
    base_buf_free(&file);
    crypt_secret_free(secret);
}

/* An import replaces it, and one that stays hinders nobody. An export says which it is. */
static void record_beyond_reading_is_no_obstacle(void **state)
{
    const struct vault_backup_record file[] = {
        record(VAULT_GRANT, BED_ACCOUNT, GRANT("crm", "1234567", "oauth")),
        record(VAULT_ALIAS, "shop", "{\"account\":\"crm/1234567\"}"),
    };
    const struct vault_backup_record taken = /* it is called so, whatever it holds */
        record(VAULT_ALIAS, "old", "{\"account\":\"crm/1234567\"}");
    struct crypt_secret *secret = crypt_secret_from("0123456789abcdef0123456789abcdef", 32);
    const struct broker_backup_key key = {false, secret};
    struct broker_backup_counts counts = {0};
    struct base_buf out;
    struct bed b;
    struct told t;
    struct base_error err = BASE_ERROR_NONE;

    (void)state;
    bed_make(&b);
    bed_put_garbage(&b, "crm/old");
    bed_put_garbage(&b, BED_ACCOUNT);
    assert_ok(import_all(&b, file, TEST_COUNT(file), BROKER_BACKUP_REPLACE, &t, &err), &err);
    assert_string_equal(t.text, BED_ACCOUNT " shop ");
    bed_stored_is(&b, BROKER_GRANT_OK, NULL, "rt-9", NULL);
    assert_status(import(&b, &taken, BROKER_BACKUP_REPLACE, &t, &err), BASE_USAGE, &err);
    assert_non_null(strstr(err.why, "an account called old"));
    base_buf_init(&out, 1u << 20);
    assert_true(broker_backup_export(b.broker, &key, &out, &counts, &err) != BASE_OK);
    assert_non_null(strstr(err.doing, "account crm/old"));
    base_buf_free(&out);
    crypt_secret_free(secret);
    bed_free(&b);
}

/* B10: advice is pasted into a shell. */
static void unreadable_account_is_named_for_a_shell(void **state)
{
    struct bed b;
    struct broker_backup_counts counts = {0};
    struct base_error err = BASE_ERROR_NONE;
    struct crypt_secret *secret = crypt_secret_from("0123456789abcdef0123456789abcdef", 32);
    const struct broker_backup_key key = {false, secret};
    struct base_buf out;

    (void)state;
    assert_non_null(secret);
    bed_make(&b);
    bed_put_garbage(&b, "crm/$(reboot)");
    base_buf_init(&out, 1u << 20);
    assert_status(broker_backup_export(b.broker, &key, &out, &counts, &err), BASE_INVALID, &err);
    assert_non_null(strstr(err.hint, "hubauth logout --local 'crm/$(reboot)'"));
    base_buf_free(&out);
    crypt_secret_free(secret);
    bed_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaced_app_leads_no_tokens_elsewhere),
        cmocka_unit_test(replaced_app_keeps_its_issuer),
        cmocka_unit_test(same_app_may_be_replaced),
        cmocka_unit_test(unreadable_account_is_named_for_a_shell),
        cmocka_unit_test(foreign_records_are_refused),
        cmocka_unit_test(records_like_ours_come_in),
        cmocka_unit_test(imported_app_takes_no_other_servers_place),
        cmocka_unit_test(records_are_judged_together),
        cmocka_unit_test(advice_is_quoted),
        cmocka_unit_test(what_is_here_counts_as_it_will_be),
        cmocka_unit_test(what_would_not_come_in_is_left_out),
        cmocka_unit_test(record_beyond_reading_is_no_obstacle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
