#include "broker_backup.h"

#include "base_json.h"
#include "broker_backup_int.h"
#include "broker_finding.h"
#include "broker_int.h"

#define RECORDS_MAX                                                                                \
    (BROKER_BACKUP_MAX / 2) /* bytes: what is encrypted grows on its way to a file */

/* NOLINTNEXTLINE(misc-redundant-expression): two headers that do not know each other */
_Static_assert(BROKER_BACKUP_MAX == VAULT_BACKUP_MAX, "one cap");

const char *broker_backup_act_word(enum broker_backup_act act)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_BACKUP_ACT_##name] = word,
        BROKER_BACKUP_ACT_MAP(X)
#undef X
    };

    return words[act];
}

static struct vault_backup_key vault_key_of(const struct broker_backup_key *key)
{
    return (struct vault_backup_key){key->is_passphrase, key->secret};
}

/* ------------------------------------------------------------------ export */

struct exporting {
    struct broker *b;
    enum vault_kind kind;
    struct base_buf records;
    struct broker_backup_set set; /* of what they hold */
    unsigned count;
    enum base_status status;
    struct base_error *err;
};

/* A refresh that was cut short may have left a newer token beside the lease. */
static void recover(struct broker *b, const char *name)
{
    struct vault_lease *lease = NULL;

    if (vault_lease_try(b->vault, name, &lease, NULL)) /* a refresh is under way */
        return;
    (void)broker_grant_recover(b, lease, name, NULL); /* what is stored is exported then */
    vault_lease_release(b->vault, lease);
}

/* Records are read one by one, while others write: an account can be younger than the list of apps.
 * The file is a whole without it, as the vault was a moment ago. Nor does an alias come in
 * anywhere (D9) that became the name of an app as well. */
static enum base_status add_record(struct exporting *e, const struct vault_backup_record *r)
{
    struct base_error why = BASE_ERROR_NONE;
    enum base_status status = broker_backup_set_admits(&e->set, r, &why);

    if (status == BASE_USAGE && r->kind != VAULT_APP) {
        broker_notice(e->b, "%s %s is not in the backup: %s", vault_kind_word(r->kind), r->name,
                      why.why);
        return BASE_OK;
    }
    if (!status)
        status = broker_backup_set_add(&e->set, r, &why);
    if (status) {
        base_error_doing(&why, "exporting %s %s", vault_kind_word(r->kind), r->name);
        if (e->err)
            *e->err = why;
        return status;
    }
    vault_backup_add(&e->records, r);
    e->count++;
    return BASE_OK;
}

/* A backup without it would take the place of an older one that has it: whoever can do without says
 * so. */
static void advise_unreadable(const struct exporting *e, const char *name)
{
    char word[BROKER_WORD_MAX];

    /* That it does not open, and that it says nothing that could be understood. */
    if (e->kind == VAULT_GRANT && (e->status == BASE_STORAGE || e->status == BASE_INVALID))
        base_error_hint(e->err,
                        "restore the vault from a backup; or, for a backup without the account: "
                        "hubauth logout --local %s",
                        broker_finding_word(word, name));
}

static bool export_one(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct exporting *e = arg;
    struct vault_record record = {0};
    struct vault_backup_record r = {.kind = e->kind};

    (void)generation; /* it may be another by now */
    (void)plain;
    if (e->kind == VAULT_GRANT)
        recover(e->b, name);
    e->status = vault_get(e->b->vault, e->kind, name, &record, e->err);
    if (e->status == BASE_NOT_FOUND) { /* removed since */
        e->status = BASE_OK;
        return true;
    }
    if (e->status) {
        advise_unreadable(e, name);
        return false;
    }
    memcpy(r.name, name, strlen(name) + 1);
    r.generation = record.generation;
    r.plain = base_buf_span(&record.plain);
    r.secret = crypt_secret_span(record.secret);
    e->status = add_record(e, &r);
    vault_record_free(&record);
    advise_unreadable(e, name);
    return !e->status;
}

static enum base_status export_kind(struct exporting *e, enum vault_kind kind, unsigned *ret_count)
{
    enum base_status status;

    e->kind = kind;
    e->count = 0;
    status = vault_list(e->b->vault, kind, export_one, e, e->err);
    *ret_count = e->count;
    return status ? status : e->status;
}

static enum base_status fail_too_large(const struct base_buf *buf, struct base_error *err)
{
    if (base_buf_status(buf) != BASE_LIMIT)
        return base_fail_memory(err);
    return base_fail(err, BASE_LIMIT, "exporting the vault", "it has more than %u MiB",
                     RECORDS_MAX >> 20);
}

enum base_status broker_backup_export(struct broker *b, const struct broker_backup_key *key,
                                      struct base_buf *out, struct broker_backup_counts *ret,
                                      struct base_error *err)
{
    struct exporting e = {.b = b, .err = err};
    struct vault_backup_key lock = vault_key_of(key);
    enum base_status status;

    base_buf_init_sensitive(&e.records, RECORDS_MAX);
    if (!(status = export_kind(&e, VAULT_APP, &ret->apps)) &&
        !(status = export_kind(&e, VAULT_GRANT, &ret->accounts)) &&
        !(status = export_kind(&e, VAULT_REVOKE, &ret->pending)))
        status = export_kind(&e, VAULT_ALIAS, &ret->aliases);
    if (!status && base_buf_status(&e.records))
        status = fail_too_large(&e.records, err);
    if (!status)
        status = vault_backup_seal(&lock, broker_now(b), base_buf_span(&e.records), out, err);
    base_buf_free(&e.records);
    broker_backup_set_free(&e.set);
    return status;
}

enum base_status broker_backup_peek(struct base_span file, bool *ret_passphrase,
                                    int64_t *ret_created, struct base_error *err)
{
    struct vault_backup_head head;
    enum base_status status = vault_backup_peek(file, &head, err);

    if (!status) {
        *ret_passphrase = head.is_passphrase;
        *ret_created = head.created;
    }
    return status;
}

/* ------------------------------------------------------------------ import: what is to be done */

struct importing {
    struct broker *b;
    enum broker_backup_how how;
    struct crypt_secret *opened;
    struct broker_incoming *items;
    size_t count;
};

static void importing_free(struct importing *m)
{
    for (size_t i = 0; i < m->count; i++)
        vault_lease_release(m->b->vault, m->items[i].lease);
    base_mem_free(m->items);
    crypt_secret_free(m->opened);
}

static enum base_status read_records(struct importing *m, struct base_error *err)
{
    struct base_span rest = crypt_secret_span(m->opened);
    size_t room = 0;

    for (;;) {
        const struct vault_backup_record *last = m->count ? &m->items[m->count - 1].r : NULL;
        struct broker_incoming item = {0};
        enum base_status status = vault_backup_next(&rest, last, &item.r, err);

        if (status)
            return status == BASE_NOT_FOUND ? BASE_OK : status;
        if (m->count == room) {
            struct broker_incoming *more = base_mem_grow(m->items, room * 2 + 16, sizeof(*more));

            if (!more)
                return base_fail_memory(err);
            m->items = more;
            room = room * 2 + 16;
        }
        m->items[m->count++] = item;
    }
}

/* When the tokens of an account were obtained; 0 when that cannot be read. */
static int64_t obtained_at(struct base_span plain)
{
    struct broker_grant g = {0};
    int64_t at = broker_grant_decode_plain(plain, &g, NULL) ? 0 : g.obtained_at;

    broker_grant_free(&g);
    return at;
}

/* Accounts hang on the client id of their app: under another one they would be dead. And where
 * their tokens are sent must not change behind their back, nor whose answer a login takes: a backup
 * that somebody else made could name a host of his own (C13), or no issuer (A13). */
static bool is_same_client(struct base_span a, struct base_span b)
{
    static const struct {
        const char *name;
        bool optional;
    } fields[] = {{"client_id", false}, {"api_url", false},       {"token_url", false},
                  {"app_url", false},   {"authorize_url", false}, {"issuer", true}};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct base_json_value x, y;
        bool in_a = base_json_find(a, &x, fields[i].name, NULL);
        bool in_b = base_json_find(b, &y, fields[i].name, NULL);

        if (in_a != in_b || (!in_a && !fields[i].optional) || (in_a && !base_span_eq(x.raw, y.raw)))
            return false;
    }
    return true;
}

static enum base_status check_record(const struct vault_backup_record *r, struct base_error *err)
{
    switch (r->kind) {
    case VAULT_APP:
        return broker_app_check_record(r->name, r->plain, err);
    case VAULT_GRANT:
        return broker_grant_check_record(r->name, r->plain, r->secret, err);
    case VAULT_REVOKE:
        return broker_pending_check_record(r->name, r->plain, err);
    case VAULT_ALIAS:
        return broker_alias_check_record(r->name, r->plain, err);
    }
    return BASE_OK;
}

static void decide_differing(const struct importing *m, struct broker_incoming *item,
                             const struct vault_record *here)
{
    struct base_span plain = base_buf_span(&here->plain);

    if (item->r.kind == VAULT_GRANT)
        item->newer_here = obtained_at(plain) > obtained_at(item->r.plain);
    if (item->r.kind == VAULT_APP && !is_same_client(plain, item->r.plain)) {
        item->act = BROKER_BACKUP_ACT_CONFLICT;
        item->why = "is another app here";
    } else if (m->how == BROKER_BACKUP_NEW) {
        item->act = BROKER_BACKUP_ACT_CONFLICT;
        item->why = item->newer_here ? "is newer here" : "is different here";
    } else if (m->how == BROKER_BACKUP_MERGE && (item->r.kind != VAULT_GRANT || item->newer_here)) {
        item->act = BROKER_BACKUP_ACT_KEEP;
    } else {
        item->act = BROKER_BACKUP_ACT_REPLACE;
    }
}

static enum base_status compare(const struct importing *m, struct broker_incoming *item,
                                struct base_error *err)
{
    struct vault_record here = {0};
    enum base_status status = vault_get(m->b->vault, item->r.kind, item->r.name, &here, err);

    if (status == BASE_NOT_FOUND) {
        item->act = BROKER_BACKUP_ACT_ADD;
        return BASE_OK;
    }
    if (status)
        return status;
    item->here = here.generation;
    if (base_span_eq(base_buf_span(&here.plain), item->r.plain) &&
        crypt_secret_eq(here.secret, item->r.secret))
        item->act = BROKER_BACKUP_ACT_SAME;
    else
        decide_differing(m, item, &here);
    vault_record_free(&here);
    return BASE_OK;
}

static enum base_status decide(const struct importing *m, struct broker_incoming *item,
                               struct base_error *err)
{
    enum base_status status = compare(m, item, err);

    if (status || !broker_incoming_is_written(item))
        return status;
    status = check_record(&item->r, err);
    if (status)
        base_error_doing(err, "importing %s from the backup", item->r.name);
    return status;
}

static enum base_status fail_conflicts(const struct importing *m, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf names = {0};
    bool other_app = false;

    base_buf_init(&names, 64u << 10);
    for (size_t i = 0; i < m->count; i++) {
        const struct broker_incoming *item = &m->items[i];

        if (item->act != BROKER_BACKUP_ACT_CONFLICT)
            continue;
        base_buf_printf(&names, "%s%s %s", names.n ? ", " : "", item->r.name, item->why);
        other_app = other_app || (item->r.kind == VAULT_APP && m->how != BROKER_BACKUP_NEW);
    }
    if (names.n == 0)
        return BASE_OK;
    base_fail(err, BASE_USAGE, "importing a backup", "nothing is changed, since %s",
              base_buf_str(&names));
    if (other_app)
        base_error_hint(err, "hubauth app remove it here first, or import into a vault of its own: "
                             "HUBAUTH_HOME=FOLDER hubauth init");
    else
        base_error_hint(err,
                        "--dry-run shows all; --merge keeps what is newer here, --replace takes "
                        "what is in the backup");
    return BASE_USAGE;
}

/* ------------------------------------------------------------------ import: doing it */

/* A refresh that is under way would store its tokens over ours, or lose them. */
static enum base_status take_leases(struct importing *m, struct base_error *err)
{
    for (size_t i = 0; i < m->count; i++) {
        struct broker_incoming *item = &m->items[i];
        enum base_status status;

        if (item->r.kind != VAULT_GRANT || item->act != BROKER_BACKUP_ACT_REPLACE)
            continue;
        status = vault_lease_try(m->b->vault, item->r.name, &item->lease, err);
        if (status == BASE_BUSY) {
            base_fail(err, BASE_BUSY, "importing a backup",
                      "account %s is being refreshed; nothing is changed", item->r.name);
            base_error_hint(err, "try again");
        }
        if (status)
            return status;
    }
    return BASE_OK;
}

static void secrets_free(struct crypt_secret **secrets, size_t count)
{
    for (size_t i = 0; i < count && secrets; i++)
        crypt_secret_free(secrets[i]);
    base_mem_free(secrets);
}

static enum base_status write_all(struct importing *m, struct base_error *err)
{
    struct vault_write *writes = base_mem_array(m->count + 1, sizeof(*writes));
    struct crypt_secret **secrets = base_mem_array(m->count + 1, sizeof(*secrets));
    enum base_status status = writes && secrets ? BASE_OK : base_fail_memory(err);
    size_t n = 0;

    for (size_t i = 0; i < m->count && !status; i++) {
        const struct broker_incoming *item = &m->items[i];

        if (!broker_incoming_is_written(item))
            continue;
        secrets[n] = crypt_secret_from(item->r.secret.p, item->r.secret.n);
        if (!secrets[n])
            status = base_fail_memory(err);
        writes[n] = (struct vault_write){.kind = item->r.kind,
                                         .name = item->r.name,
                                         .expected = item->here,
                                         .plain = item->r.plain,
                                         .secret = secrets[n]};
        n++;
    }
    if (!status && n > 0)
        status = vault_apply(m->b->vault, writes, n, err);
    for (size_t i = 0; i < m->count && !status; i++) {
        if (m->items[i].lease) /* what was noted beside it belongs to what was replaced */
            vault_lease_forget(m->b->vault, m->items[i].lease);
    }
    secrets_free(secrets, n);
    base_mem_free(writes);
    return status;
}

static bool is_login(const struct vault_backup_record *r)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};

    return r->kind == VAULT_GRANT && broker_grant_decode_plain(r->plain, &g, NULL) == BASE_OK &&
           g.kind == BROKER_KIND_OAUTH;
}

static void tell(const struct importing *m, broker_backup_fn *fn, void *arg)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct broker_incoming *item = &m->items[i];
        const struct broker_backup_item told = {.kind = vault_kind_word(item->r.kind),
                                                .name = item->r.name,
                                                .is_login = is_login(&item->r),
                                                .act = item->act,
                                                .newer_here = item->newer_here};

        fn(arg, &told);
    }
}

enum base_status broker_backup_import(struct broker *b, struct base_span file,
                                      const struct broker_backup_key *key,
                                      enum broker_backup_how how, bool dry_run,
                                      broker_backup_fn *fn, void *arg, struct base_error *err)
{
    BASE_CLEANUP(importing_free) struct importing m = {.b = b, .how = how};
    struct vault_backup_key lock = vault_key_of(key);
    enum base_status status = vault_backup_open(&lock, file, &m.opened, err);

    if (status || (status = read_records(&m, err)))
        return status;
    for (size_t i = 0; i < m.count && !status; i++)
        status = decide(&m, &m.items[i], err);
    if (!status)
        status = broker_incoming_check(b, m.items, m.count, err);
    if (!status && dry_run) {
        tell(&m, fn, arg);
        return BASE_OK;
    }
    if (status || (status = fail_conflicts(&m, err)) || (status = take_leases(&m, err)) ||
        (status = write_all(&m, err)))
        return status;
    tell(&m, fn, arg);
    return BASE_OK;
}
