/* HubSpot's additions to a token answer, and its token information. */
#ifndef HUBSPOT_TOKEN_H
#define HUBSPOT_TOKEN_H

#include "base_buf.h"

struct hubspot_token_extra {
    int64_t hub_id;  /* 0 when absent: not a HubSpot answer, or one from before August 2025 */
    int64_t user_id; /* 0 when absent */
    char *scopes;    /* the array, joined by spaces; NULL when absent */
};

/* Reads only the additions from a body that oauth_tokens_parse() has accepted. INVALID when they
 * have wrong types. */
enum base_status hubspot_token_extra_parse(struct base_span body, struct hubspot_token_extra *ret,
                                           struct base_error *err);
void hubspot_token_extra_free(struct hubspot_token_extra *x);

/* Token information, from introspection (v3, dated) or from v1's GET, without the token that it
 * echoes. */
struct hubspot_token_info {
    bool active;
    int64_t hub_id, user_id, app_id;
    int64_t expires_in; /* seconds; -1 when absent (refresh tokens) */
    char *user, *hub_domain, *scopes, *client_id, *token_use; /* NULL when absent */
};
enum base_status hubspot_token_info_parse(struct base_span body, struct hubspot_token_info *ret,
                                          struct base_error *err);
/* The same of a private app's token, which HubSpot tells in its own spelling (userId, hubId,
 * appId): POST /oauth/v2/private-apps/get/access-token-info. */
#define HUBSPOT_PRIVATE_TOKEN_INFO "/oauth/v2/private-apps/get/access-token-info"
enum base_status hubspot_token_info_of_private(struct base_span body,
                                               struct hubspot_token_info *ret,
                                               struct base_error *err);
void hubspot_token_info_free(struct hubspot_token_info *i);

#endif
