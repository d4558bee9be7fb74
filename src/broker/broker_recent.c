#include "broker_recent.h"

#include "base_time.h"
#include "broker_int.h"
#include "oauth_life.h"

struct broker_recent {
    struct broker_recent *next;
    char *account;
    char *api_url; /* NULL: unknown */
    int64_t api_url_read_at;
    struct broker_recent_token token;
    int64_t token_read_at;
};

void broker_recent_free(struct broker *b)
{
    while (b->recent) {
        struct broker_recent *r = b->recent;

        b->recent = r->next;
        base_mem_free(r->account);
        base_mem_free(r->api_url);
        crypt_secret_free(r->token.secret);
        base_mem_free(r);
    }
}

/* NULL: memory is short. */
static struct broker_recent *recent_of(struct broker *b, const char *account)
{
    struct broker_recent *r;

    for (r = b->recent; r; r = r->next) {
        if (strcmp(r->account, account) == 0)
            return r;
    }
    r = base_mem_new(sizeof(*r));
    if (!r)
        return NULL;
    r->account = base_mem_strdup(account);
    if (!r->account) {
        base_mem_free(r);
        return NULL;
    }
    r->next = b->recent;
    b->recent = r;
    return r;
}

/* Not by the loop's clock, which stands still while the machine sleeps. So a token needs no look at
 * whether the wall clock was set back: it was asked to live for longer than it is kept. */
static bool is_recent(int64_t read_at)
{
    return base_time_monotonic() - read_at < BROKER_RECENT_MS;
}

/* The host stands in the record that opens. What a listing says is bound to nothing, so that
 * whoever can write the vault's file could name a host there (D5). */
enum base_status broker_recent_api_url(struct broker *b, const char *account, const char **ret,
                                       struct base_error *err)
{
    struct broker_recent *r = recent_of(b, account);
    BASE_CLEANUP(broker_app_free) struct broker_app app = {0};
    enum base_status status;

    if (r && r->api_url && is_recent(r->api_url_read_at)) {
        *ret = r->api_url;
        return BASE_OK;
    }
    if (!r)
        return base_fail_memory(err);
    status = broker_app_get_of(b, account, &app, err);
    if (status)
        return status;
    base_mem_free(r->api_url);
    r->api_url = app.api_url;
    app.api_url = NULL;
    r->api_url_read_at = base_time_monotonic();
    *ret = r->api_url;
    return BASE_OK;
}

const struct broker_recent_token *broker_recent_token(struct broker *b, const char *account,
                                                      int64_t min_ttl_ms)
{
    struct broker_recent *r = recent_of(b, account);

    if (!r || !r->token.secret || !is_recent(r->token_read_at) ||
        oauth_life(r->token.obtained_at, r->token.expires_at, broker_now(b), min_ttl_ms) !=
            OAUTH_FRESH)
        return NULL;
    return &r->token;
}

void broker_recent_keep(struct broker *b, const struct broker_grant *g)
{
    struct broker_recent *r = recent_of(b, g->name);

    if (!r)
        return;
    crypt_secret_free(r->token.secret);
    r->token = (struct broker_recent_token){.secret = crypt_secret_share(g->access_token),
                                            .obtained_at = g->obtained_at,
                                            .expires_at = g->expires_at};
    r->token_read_at = base_time_monotonic();
}

void broker_recent_forget(struct broker *b, const char *account)
{
    struct broker_recent *r = recent_of(b, account);

    if (r)
        crypt_secret_cleanup(&r->token.secret);
}
