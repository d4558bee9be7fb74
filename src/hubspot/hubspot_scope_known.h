/* The names of HubSpot's scopes (developers.hubspot.com/docs/…/authentication/scopes and the
 * requirements of the API references, autumn 2026). HubSpot adds new ones twice a year: a name that
 * is not here is a reason to ask, never to refuse. */
#ifndef HUBSPOT_SCOPE_KNOWN_H
#define HUBSPOT_SCOPE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

bool hubspot_scope_known_has(const char *name);
/* What `name` was probably to be: few edits away, or the name of which it is a part. NULL when
 * nothing is near. */
const char *hubspot_scope_known_nearest(const char *name);
/* The i-th, sorted; NULL past the end. */
const char *hubspot_scope_known_at(size_t i);

#endif
