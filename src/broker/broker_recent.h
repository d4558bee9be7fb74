/* What the vault said of an account a moment ago: where its calls go, and its access token. Calls
 * follow each other by the hundred, and to open the two records costs more than all else that a
 * call does here. So what is changed in the vault (a logout, a login, another API host) is seen
 * BROKER_RECENT_MS later; a token that HubSpot refused is forgotten at once. */
#ifndef BROKER_RECENT_H
#define BROKER_RECENT_H

#include "broker_grant.h"

#define BROKER_RECENT_MS 1000 /* since it was read */

struct broker_recent_token {
    struct crypt_secret *secret; /* NULL: none */
    int64_t obtained_at, expires_at;
};

/* The API's address from the record of the app behind the account ("app/account"), read now if need
 * be. Borrowed until the loop turns. */
enum base_status broker_recent_api_url(struct broker *b, const char *account, const char **ret,
                                       struct base_error *err);
/* The account's token if it is known and lives for min_ttl_ms or longer, else NULL: then
 * broker_token_get() gets one. Borrowed as above. */
const struct broker_recent_token *broker_recent_token(struct broker *b, const char *account,
                                                      int64_t min_ttl_ms);
/* The grant was just read. Without memory nothing is kept. */
void broker_recent_keep(struct broker *b, const struct broker_grant *g);
/* HubSpot refused the token. */
void broker_recent_forget(struct broker *b, const char *account);

#endif
