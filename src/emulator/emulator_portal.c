#include "emulator_portal.h"

#include <string.h>

_Static_assert(sizeof((struct base_opt_list *)0)->items / sizeof(const char *) <=
                   EMULATOR_PORTALS_MAX,
               "room for what an option can list");

bool emulator_portal_parse(struct base_span text, int64_t *ret)
{
    return base_span_int64(text, ret) && *ret >= 1 && *ret <= EMULATOR_PORTAL_MAX;
}

static enum base_status read_list(const struct base_opt_list *list, const char *option,
                                  int64_t *out, size_t *ret_count, struct base_error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (!emulator_portal_parse(base_span_of(list->items[i]), &out[i]))
            return base_fail(err, BASE_USAGE, option,
                             "%s is not a whole number from 1 to 2147483647", list->items[i]);
    *ret_count = list->count;
    return BASE_OK;
}

/* "SCOPES" or "PORTAL:SCOPES"; no scope's name holds a colon. */
static enum base_status read_lacks(struct emulator_portals *p, const struct base_opt_list *list,
                                   struct base_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i], *colon = strchr(text, ':');
        struct emulator_portal_limit *limit = &p->lacks[p->lack_count++];
        *limit = (struct emulator_portal_limit){0, colon != NULL ? colon + 1 : text};
        if (colon != NULL && !emulator_portal_parse(
                                 (struct base_span){text, (size_t)(colon - text)}, &limit->portal))
            return base_fail(err, BASE_USAGE, "reading --account-lacks",
                             "%s: before the colon stands no account", text);
    }
    return BASE_OK;
}

enum base_status emulator_portals_init(struct emulator_portals *p,
                                       const struct emulator_config *config, struct base_error *err)
{
    const struct base_opt_list one = {{EMULATOR_PORTAL}, 1};
    struct emulator_portals made = {0};
    enum base_status st = read_list(config->portals.count > 0 ? &config->portals : &one,
                                    "reading --portal", made.offered, &made.count, err);
    if (st == BASE_OK)
        st = read_list(&config->no_permission, "reading --no-permission", made.forbidden,
                       &made.forbidden_count, err);
    if (st == BASE_OK)
        st = read_lacks(&made, &config->account_lacks, err);
    if (st == BASE_OK)
        *p = made;
    return st;
}

static bool has(const int64_t *list, size_t count, int64_t portal)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == portal)
            return true;
    return false;
}

bool emulator_portal_offered(const struct emulator_portals *p, int64_t portal)
{
    return has(p->offered, p->count, portal);
}

bool emulator_portal_forbidden(const struct emulator_portals *p, int64_t portal)
{
    return has(p->forbidden, p->forbidden_count, portal);
}

bool emulator_portal_deleted(const struct emulator_portals *p, int64_t portal)
{
    return has(p->deleted, p->deleted_count, portal);
}

bool emulator_portal_delete(struct emulator_portals *p, int64_t portal)
{
    if (emulator_portal_deleted(p, portal))
        return true;
    if (p->deleted_count == EMULATOR_PORTALS_MAX)
        return false;
    p->deleted[p->deleted_count++] = portal;
    return true;
}

uint64_t emulator_portal_lacks(const struct emulator_portals *p, int64_t portal,
                               const struct emulator_scopes *declared)
{
    uint64_t set = 0;
    for (size_t i = 0; i < p->lack_count; i++) {
        bool unknown;
        if (p->lacks[i].portal == 0 || p->lacks[i].portal == portal)
            set |= emulator_scopes_parse(declared, p->lacks[i].scopes, &unknown);
    }
    return set;
}
