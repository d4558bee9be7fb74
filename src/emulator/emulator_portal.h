/* The accounts of the person who consents: which there are, what their plans lack, where the person
 * may not install apps, and which are gone. */
#ifndef EMULATOR_PORTAL_H
#define EMULATOR_PORTAL_H

#include "emulator_config.h"
#include "emulator_scope.h"

#define EMULATOR_PORTALS_MAX 16

struct emulator_portal_limit {
    int64_t portal;     /* 0: all */
    const char *scopes; /* borrowed of the configuration */
};

struct emulator_portals {
    int64_t offered[EMULATOR_PORTALS_MAX]; /* by the consent page; the first is chosen */
    size_t count;
    struct emulator_portal_limit lacks[EMULATOR_PORTALS_MAX];
    size_t lack_count;
    int64_t forbidden[EMULATOR_PORTALS_MAX];
    size_t forbidden_count;
    int64_t deleted[EMULATOR_PORTALS_MAX]; /* POST /_emulator/delete-account */
    size_t deleted_count;
};

enum base_status emulator_portals_init(struct emulator_portals *p,
                                       const struct emulator_config *config,
                                       struct base_error *err);
/* A portal's number as text; false when it is none. */
bool emulator_portal_parse(struct base_span text, int64_t *ret);
bool emulator_portal_offered(const struct emulator_portals *p, int64_t portal);
/* The scopes of `declared` that the account cannot grant. */
uint64_t emulator_portal_lacks(const struct emulator_portals *p, int64_t portal,
                               const struct emulator_scopes *declared);
/* The person is no Super Admin there and may not install apps. */
bool emulator_portal_forbidden(const struct emulator_portals *p, int64_t portal);
/* False when too many are deleted already. */
bool emulator_portal_delete(struct emulator_portals *p, int64_t portal);
bool emulator_portal_deleted(const struct emulator_portals *p, int64_t portal);

#endif
