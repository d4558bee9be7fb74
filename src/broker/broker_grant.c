#include "broker_int.h"

#include "base_json.h"
#include "base_jsonw.h"
#include "base_text.h"
#include "broker_alias.h"

#define GRANT_PLAIN_MAX (64u << 10)

const char *broker_grant_state_word(enum broker_grant_state state)
{
    static const char *const words[] = {
#define X(name, word) [BROKER_GRANT_##name] = word,
        BROKER_GRANT_STATE_MAP(X)
#undef X
    };

    return words[state];
}

void broker_grant_free(struct broker_grant *g)
{
    base_mem_free(g->name);
    base_mem_free(g->app);
    base_mem_free(g->account);
    base_mem_free(g->scopes);
    base_mem_free(g->asked);
    base_mem_free(g->last_code);
    base_mem_free(g->last_message);
    base_mem_free(g->last_correlation);
    crypt_secret_free(g->access_token);
    crypt_secret_free(g->refresh_token);
    crypt_secret_free(g->previous_refresh_token);
    *g = (struct broker_grant){0};
}

int64_t broker_grant_hold(const struct broker_grant *g, int64_t now)
{
    return g->state_since <= now && now < g->not_before ? g->not_before - now : 0;
}

/* ------------------------------------------------------------------ the sealed part
 * A byte for the field, four for its length (big-endian), its bytes. Unknown fields are an error:
 * the format's version is the vault's. */

enum { FIELD_ACCESS = 1, FIELD_REFRESH = 2, FIELD_PREVIOUS_REFRESH = 3 };

static char *put_field(char *to, unsigned char field, const struct crypt_secret *s)
{
    struct base_span bytes = crypt_secret_span(s);

    if (!s)
        return to;
    *to++ = (char)field;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (char)(bytes.n >> shift & 0xff);
    memcpy(to, bytes.p, bytes.n);
    return to + bytes.n;
}

static size_t field_size(const struct crypt_secret *s)
{
    return s ? 5 + crypt_secret_length(s) : 0;
}

struct crypt_secret *broker_grant_encode(const struct broker_grant *g)
{
    struct crypt_secret *s =
        crypt_secret_new(field_size(g->access_token) + field_size(g->refresh_token) +
                         field_size(g->previous_refresh_token));
    char *to;

    if (!s)
        return NULL;
    to = crypt_secret_bytes(s);
    to = put_field(to, FIELD_ACCESS, g->access_token);
    to = put_field(to, FIELD_REFRESH, g->refresh_token);
    (void)put_field(to, FIELD_PREVIOUS_REFRESH, g->previous_refresh_token);
    return s;
}

static struct crypt_secret **field_place(struct broker_grant *g, unsigned char field)
{
    switch (field) {
    case FIELD_ACCESS:
        return &g->access_token;
    case FIELD_REFRESH:
        return &g->refresh_token;
    case FIELD_PREVIOUS_REFRESH:
        return &g->previous_refresh_token;
    default:
        return NULL;
    }
}

enum base_status broker_grant_decode(struct base_span bytes, struct broker_grant *g,
                                     struct base_error *err)
{
    while (bytes.n > 0) {
        const unsigned char *p = (const unsigned char *)bytes.p;
        struct crypt_secret **place = field_place(g, p[0]);
        size_t n = bytes.n < 5
                       ? 0
                       : (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | (size_t)p[4];

        if (!place || *place || bytes.n < 5 || n > bytes.n - 5)
            return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                             "its tokens are stored in a form that this version does not know");
        *place = crypt_secret_from(bytes.p + 5, n);
        if (!*place)
            return base_fail_memory(err);
        bytes = base_span_from(bytes, 5 + n);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ the public part */

static void grant_encode_plain(const struct broker_grant *g, struct base_buf *out)
{
    struct base_jsonw w;

    base_jsonw_begin(&w, out);
    base_jsonw_object(&w);
    base_jsonw_member_str(&w, "app", g->app);
    base_jsonw_member_str(&w, "account", g->account);
    base_jsonw_member_int(&w, "hub_id", g->hub_id);
    base_jsonw_member_str(&w, "scopes", g->scopes);
    base_jsonw_member_str(&w, "asked", g->asked);
    base_jsonw_member_int(&w, "connected_at", g->connected_at);
    base_jsonw_member_int(&w, "obtained_at", g->obtained_at);
    base_jsonw_member_int(&w, "expires_at", g->expires_at);
    base_jsonw_member_int(&w, "refreshes", g->refreshes);
    base_jsonw_member_str(&w, "state", broker_grant_state_word(g->state));
    base_jsonw_member_int(&w, "state_since", g->state_since);
    base_jsonw_member_str(&w, "last_code", g->last_code);
    base_jsonw_member_str(&w, "last_message", g->last_message);
    base_jsonw_member_str(&w, "last_correlation", g->last_correlation);
    base_jsonw_member_int(&w, "failures", g->failures);
    base_jsonw_member_int(&w, "not_before", g->not_before);
    base_jsonw_member_int(&w, "machine_started_at", g->machine_started_at);
    base_jsonw_member_str(&w, "boot", g->boot);
    base_jsonw_end(&w);
}

static bool state_of_word(const struct base_json_value *word, enum broker_grant_state *ret)
{
#define X(name, text)                                                                              \
    if (base_json_string_is(word, text)) {                                                         \
        *ret = BROKER_GRANT_##name;                                                                \
        return true;                                                                               \
    }
    BROKER_GRANT_STATE_MAP(X)
#undef X
    return false;
}

enum base_status broker_grant_decode_plain(struct base_span json, struct broker_grant *g,
                                           struct base_error *err)
{
    struct base_json_value app, account, scopes, asked, state, code, message, correlation;
    struct base_json_value boot = {.type = BASE_JSON_NULL};
    const struct base_json_field fields[] = {
        {"app", BASE_JSON_WANT_STRING, true, &app, NULL},
        {"account", BASE_JSON_WANT_STRING, true, &account, NULL},
        {"hub_id", BASE_JSON_WANT_INT64, true, &g->hub_id, NULL},
        {"scopes", BASE_JSON_WANT_STRING, true, &scopes, NULL},
        {"asked", BASE_JSON_WANT_STRING, true, &asked, NULL},
        {"connected_at", BASE_JSON_WANT_INT64, true, &g->connected_at, NULL},
        {"obtained_at", BASE_JSON_WANT_INT64, true, &g->obtained_at, NULL},
        {"expires_at", BASE_JSON_WANT_INT64, true, &g->expires_at, NULL},
        {"refreshes", BASE_JSON_WANT_INT64, true, &g->refreshes, NULL},
        {"state", BASE_JSON_WANT_STRING, true, &state, NULL},
        {"state_since", BASE_JSON_WANT_INT64, true, &g->state_since, NULL},
        {"last_code", BASE_JSON_WANT_STRING, true, &code, NULL},
        {"last_message", BASE_JSON_WANT_STRING, true, &message, NULL},
        {"last_correlation", BASE_JSON_WANT_STRING, true, &correlation, NULL},
        /* Records of 0.1.0 have none of these. */
        {"failures", BASE_JSON_WANT_INT64, false, &g->failures, NULL},
        {"not_before", BASE_JSON_WANT_INT64, false, &g->not_before, NULL},
        {"machine_started_at", BASE_JSON_WANT_INT64, false, &g->machine_started_at, NULL},
        {"boot", BASE_JSON_WANT_STRING, false, &boot, NULL},
    };
    enum base_status status =
        base_json_decode(json, fields, sizeof(fields) / sizeof(fields[0]), err);

    if (status)
        return status;
    if (!state_of_word(&state, &g->state))
        return base_fail(err, BASE_STORAGE, "reading an account in the vault",
                         "it has an unknown state");
    if (boot.type == BASE_JSON_STRING && !boot.escaped)
        (void)base_text_copy(g->boot, sizeof(g->boot), boot.raw);
    g->app = base_json_string_dup(&app);
    g->account = base_json_string_dup(&account);
    g->scopes = base_json_string_dup(&scopes);
    g->asked = base_json_string_dup(&asked);
    g->last_code = base_json_string_dup(&code);
    g->last_message = base_json_string_dup(&message);
    g->last_correlation = base_json_string_dup(&correlation);
    if (!g->app || !g->account || !g->scopes || !g->asked || !g->last_code || !g->last_message ||
        !g->last_correlation)
        return base_fail_memory(err);
    return BASE_OK;
}

enum base_status broker_grant_check_record(const char *name, struct base_span plain,
                                           struct base_span secret, struct base_error *err)
{
    BASE_CLEANUP(broker_grant_free) struct broker_grant g = {0};
    enum base_status status = broker_grant_decode_plain(plain, &g, err);
    size_t n;

    if (status || (status = broker_grant_decode(secret, &g, err)))
        return status;
    n = strlen(g.app);
    if (strncmp(name, g.app, n) != 0 || name[n] != '/' || strcmp(name + n + 1, g.account) != 0)
        return base_fail(err, BASE_USAGE, "checking an account", "it is called otherwise inside");

    const char *const texts[] = {name,        g.scopes,       g.asked,
                                 g.last_code, g.last_message, g.last_correlation};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!base_text_is_printable(base_span_of(texts[i])))
            return base_fail(err, BASE_USAGE, "checking an account",
                             "it holds what could drive a terminal");
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ records */

static enum base_status grant_from_plain(const char *name, uint64_t generation,
                                         struct base_span plain, struct broker_grant *ret,
                                         struct base_error *err)
{
    struct broker_grant g = {.generation = generation, .name = base_mem_strdup(name)};
    enum base_status status =
        g.name ? broker_grant_decode_plain(plain, &g, err) : base_fail_memory(err);

    if (status) {
        base_error_doing(err, "reading account %s in the vault", name);
        broker_grant_free(&g);
        return status;
    }
    *ret = g;
    return BASE_OK;
}

static enum base_status fail_no_account(struct broker *b, const char *wanted,
                                        struct base_error *err);

static enum base_status grant_from_record(const char *name, const struct vault_record *record,
                                          struct broker_grant *ret, struct base_error *err)
{
    struct broker_grant g;
    enum base_status status =
        grant_from_plain(name, record->generation, base_buf_span(&record->plain), &g, err);

    if (status)
        return status;
    status = broker_grant_decode(crypt_secret_span(record->secret), &g, err);
    if (status)
        broker_grant_free(&g);
    else
        *ret = g;
    return status;
}

enum base_status broker_grant_load(struct broker *b, const char *name, struct broker_grant *ret,
                                   struct base_error *err)
{
    BASE_CLEANUP(vault_record_free) struct vault_record record = {0};
    enum base_status status = vault_get(b->vault, VAULT_GRANT, name, &record, err);

    if (status == BASE_NOT_FOUND)
        return fail_no_account(b, name, err);
    return status ? status : grant_from_record(name, &record, ret, err);
}

static enum base_status grant_encode(const struct broker_grant *g, struct base_buf *plain,
                                     struct crypt_secret **ret_secret, struct base_error *err)
{
    base_buf_init(plain, GRANT_PLAIN_MAX);
    *ret_secret = broker_grant_encode(g);
    if (!*ret_secret)
        return base_fail_memory(err);
    grant_encode_plain(g, plain);
    if (base_buf_status(plain))
        return base_fail(err, base_buf_status(plain), "storing an account",
                         "its description is too long");
    return BASE_OK;
}

enum base_status broker_grant_store(struct broker *b, struct broker_grant *g,
                                    struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    enum base_status status = grant_encode(g, &plain, &secret, err);

    if (!status && b->deps.keep && g->refresh_token)
        b->deps.keep(b->deps.arg, g->refresh_token);
    if (!status)
        status = vault_put(b->vault, VAULT_GRANT, g->name, g->generation, base_buf_span(&plain),
                           secret, err);
    if (!status)
        g->generation++;
    return status;
}

enum base_status broker_grant_note(struct broker *b, struct vault_lease *lease,
                                   const struct broker_grant *g, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf plain = {0};
    BASE_CLEANUP(crypt_secret_cleanup) struct crypt_secret *secret = NULL;
    enum base_status status = grant_encode(g, &plain, &secret, err);

    return status ? status
                  : vault_lease_note(b->vault, lease, VAULT_GRANT, g->name, g->generation,
                                     base_buf_span(&plain), secret, err);
}

/* Generations alone do not tell: after a logout they begin anew. */
static bool is_next_of(const struct broker_grant *noted, const struct broker_grant *stored)
{
    return noted->generation == stored->generation + 1 &&
           noted->connected_at == stored->connected_at;
}

enum base_status broker_grant_recover(struct broker *b, struct vault_lease *lease, const char *name,
                                      struct base_error *err)
{
    BASE_CLEANUP(vault_record_free) struct vault_record record = {0};
    BASE_CLEANUP(broker_grant_free) struct broker_grant stored = {0}, noted = {0};
    enum base_status status = vault_lease_noted(b->vault, lease, VAULT_GRANT, name, &record, err);

    if (status)
        return status == BASE_NOT_FOUND ? BASE_OK : status;
    status = grant_from_record(name, &record, &noted, err);
    if (!status)
        status = broker_grant_load(b, name, &stored, err);
    if (status)
        return status;
    if (is_next_of(&noted, &stored)) {
        noted.generation = stored.generation;
        status = broker_grant_store(b, &noted, err);
        if (status && status != BASE_CONFLICT) {
            base_error_doing(err, "storing the token of a refresh of account %s that was cut short",
                             noted.account);
            return status;
        }
    }
    vault_lease_forget(b->vault, lease);
    return BASE_OK;
}

/* Who has the lease at this moment finds the record gone, and blanks the note itself. */
void broker_grant_forget_note(struct broker *b, const char *name)
{
    struct vault_lease *lease;

    if (vault_lease_try(b->vault, name, &lease, NULL))
        return;
    vault_lease_forget(b->vault, lease);
    vault_lease_release(b->vault, lease);
}

enum base_status broker_grant_remove(struct broker *b, const char *name, struct base_error *err)
{
    enum base_status status = vault_remove(b->vault, VAULT_GRANT, name, err);

    broker_grant_forget_note(b, name);
    return status;
}

struct grant_list {
    broker_grant_fn *fn;
    void *arg;
    enum base_status status;
    struct base_error *err;
};

static bool list_grant(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct grant_list *list = arg;
    struct broker_grant g;
    bool more;

    list->status = grant_from_plain(name, generation, plain, &g, list->err);
    if (list->status)
        return false;
    more = list->fn(list->arg, &g);
    broker_grant_free(&g);
    return more;
}

enum base_status broker_grant_list(struct broker *b, broker_grant_fn *fn, void *arg,
                                   struct base_error *err)
{
    struct grant_list list = {.fn = fn, .arg = arg, .err = err};
    enum base_status status = vault_list(b->vault, VAULT_GRANT, list_grant, &list, err);

    return status ? status : list.status;
}

/* ------------------------------------------------------------------ choosing */

struct grant_choice {
    const char *wanted;
    char *alias;        /* the account's name that `wanted` is an alias of */
    char *exact, *only; /* names */
    bool alias_connected;
    size_t matches, count;
    struct base_buf names; /* of the matches, or of all when nothing was wanted */
    struct base_buf all;
    bool failed; /* memory was short */
};

static bool matches(const struct grant_choice *c, const char *name)
{
    const char *slash = strchr(name, '/');
    const char *account = slash ? slash + 1 : name;
    size_t app_length = slash ? (size_t)(slash - name) : 0;

    return !c->wanted || strcmp(account, c->wanted) == 0 ||
           (strlen(c->wanted) == app_length && memcmp(name, c->wanted, app_length) == 0) ||
           (c->alias && strcmp(c->alias, name) == 0);
}

static bool consider_grant(void *arg, const char *name, uint64_t generation, struct base_span plain)
{
    struct grant_choice *c = arg;

    (void)generation;
    (void)plain;
    base_buf_printf(&c->all, "%s%s", c->count++ ? ", " : "", name);
    if (c->wanted && strcmp(name, c->wanted) == 0) {
        c->exact = base_mem_strdup(name);
        c->failed = c->exact == NULL;
        return c->failed;
    }
    if (!matches(c, name))
        return true;
    if (c->alias && strcmp(c->alias, name) == 0)
        c->alias_connected = true;
    base_buf_printf(&c->names, "%s%s", c->matches ? ", " : "", name);
    if (c->matches++ == 0)
        c->failed = (c->only = base_mem_strdup(name)) == NULL;
    return true;
}

static void grant_choice_free(struct grant_choice *c)
{
    base_mem_free(c->alias);
    base_mem_free(c->exact);
    base_mem_free(c->only);
    base_buf_free(&c->names);
    base_buf_free(&c->all);
}

static enum base_status grant_survey(struct broker *b, struct grant_choice *c,
                                     struct base_error *err)
{
    enum base_status status = c->wanted && !strchr(c->wanted, '/')
                                  ? broker_alias_find(b, c->wanted, &c->alias, err)
                                  : BASE_NOT_FOUND;

    if (status && status != BASE_NOT_FOUND)
        return status;
    base_buf_init(&c->names, 64u << 10);
    base_buf_init(&c->all, 64u << 10);
    status = vault_list(b->vault, VAULT_GRANT, consider_grant, c, err);
    return status ? status : c->failed ? base_fail_memory(err) : BASE_OK;
}

static enum base_status fail_alias(const struct grant_choice *c, struct base_error *err)
{
    const char *slash = strchr(c->alias, '/');

    base_fail(err, BASE_REAUTH, "choosing an account",
              "%s is an alias of account %s, which is not connected", c->wanted, c->alias);
    if (slash)
        base_error_hint(err, "hubauth login --app %.*s --portal %s", (int)(slash - c->alias),
                        c->alias, slash + 1);
    return BASE_REAUTH;
}

static enum base_status fail_choice(const struct grant_choice *c, struct base_error *err)
{
    if (c->alias && !c->alias_connected && c->matches == 0)
        return fail_alias(c, err);
    if (c->count == 0) {
        base_fail(err, BASE_REAUTH, "choosing an account", "no account is connected yet");
        base_error_hint(err, "hubauth login");
        return BASE_REAUTH;
    }
    if (c->matches > 0) {
        base_fail(err, BASE_USAGE, "choosing an account", "%s%s%s: %s%s%s", c->wanted ? "\"" : "",
                  c->wanted ? c->wanted : "more than one is connected",
                  c->wanted ? "\" could be more than one" : "", base_buf_str(&c->names),
                  c->alias ? ", and an alias of " : "", c->alias ? c->alias : "");
        base_error_hint(err, "name one of them, as argument or in HUBAUTH_ACCOUNT");
        return BASE_USAGE;
    }
    base_fail(err, BASE_USAGE, "choosing an account", "no account is called \"%s\"", c->wanted);
    base_error_hint(err, "connected: %s", base_buf_str(&c->all));
    return BASE_USAGE;
}

static enum base_status fail_no_account(struct broker *b, const char *wanted,
                                        struct base_error *err)
{
    BASE_CLEANUP(grant_choice_free) struct grant_choice c = {.wanted = wanted};
    enum base_status status = grant_survey(b, &c, err);

    return status ? status : fail_choice(&c, err);
}

enum base_status broker_grant_choose(struct broker *b, const char *wanted, char **ret,
                                     struct base_error *err)
{
    BASE_CLEANUP(grant_choice_free) struct grant_choice c = {.wanted = wanted};
    enum base_status status = grant_survey(b, &c, err);
    char **found;

    if (status)
        return status;
    found = c.exact ? &c.exact : &c.only;
    /* An alias of one account that is the name of another one, too, is as unclear as any two. */
    if (!c.exact && (c.matches != 1 || (c.alias && !c.alias_connected)))
        return fail_choice(&c, err);
    *ret = *found;
    *found = NULL;
    return BASE_OK;
}
