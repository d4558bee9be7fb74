/* The table of everything that the emulator serves, and the way of a request through it. */
#ifndef EMULATOR_ROUTE_H
#define EMULATOR_ROUTE_H

#include "emulator_call.h"

typedef void emulator_handler_fn(struct emulator_call *call);

enum {
    EMULATOR_API = 1,        /* HubSpot's API: its headers, latency, counted as in flight */
    EMULATOR_V1 = 2,         /* OAuth v1: dies with --no-oauth-v1 */
    EMULATOR_ADMIN = 4,      /* ours: neither counted nor limited, and without faults */
    EMULATOR_SCHEMA = 16,    /* of EMULATOR_CRM: the scope for schemas will do as well */
    EMULATOR_SEARCH = 32,    /* it has a limit of its own and is exempt from that of ten seconds */
    EMULATOR_APP_LEVEL = 64, /* for tokens of an app itself; exempt from the limits of calls */
    EMULATOR_CRM = 8,        /* its first {segment} is a type of object, whose scope is needed */
};

struct emulator_route {
    const char *method;
    const char *pattern; /* a segment "{name}" matches any one segment */
    emulator_handler_fn *handler;
    unsigned flags;
    /* A bearer token with this scope is needed, and the limit applies; NULL: none, unless it is
     * EMULATOR_CRM. */
    const char *scope;
};

extern const struct emulator_route emulator_routes[];
extern const size_t emulator_route_count;

/* How stats and faults call a route: its pattern, with the type's name where {objectType} stands;
 * type NULL: the pattern as it is. */
#define EMULATOR_ROUTE_NAME 128
void emulator_route_name(const struct emulator_route *route, const struct emulator_type *type,
                         char out[EMULATOR_ROUTE_NAME]);

/* Answers the exchange, now or later. */
void emulator_route_serve(struct emulator *e, struct serve_exchange *x);

/* Handlers, by the file that holds them. */
emulator_handler_fn emulator_authorize_get, emulator_authorize_post;
emulator_handler_fn emulator_token_post;
emulator_handler_fn emulator_private_info;
emulator_handler_fn emulator_introspect_post, emulator_introspect_access_v1,
    emulator_introspect_refresh_v1;
emulator_handler_fn emulator_revoke_post, emulator_revoke_refresh_v1;
emulator_handler_fn emulator_account_get, emulator_account_uninstall;
emulator_handler_fn emulator_journal_earliest, emulator_journal_latest, emulator_journal_next;
emulator_handler_fn emulator_marketplace_install;
emulator_handler_fn emulator_metadata_get;
emulator_handler_fn emulator_list_get, emulator_list_one;
emulator_handler_fn emulator_list_v1_get;
emulator_handler_fn emulator_association_get;
emulator_handler_fn emulator_batch_read;
emulator_handler_fn emulator_search_post;
emulator_handler_fn emulator_definition_list, emulator_definition_one;
emulator_handler_fn emulator_admin_stats, emulator_admin_reset_stats, emulator_admin_fault,
    emulator_admin_clear_faults, emulator_admin_expire, emulator_admin_uninstall,
    emulator_admin_delete_account, emulator_admin_limit, emulator_admin_advance_clock;

#endif
