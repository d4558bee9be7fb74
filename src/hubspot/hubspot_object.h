/* The types of objects that HubSpot has of its own, by the names that stand in paths ("HubSpot:
 * Understanding the CRM", autumn 2026). A name that is not here may be a portal's own type, or a
 * new one: it is HubSpot that refuses names, and this list says what was probably meant. */
#ifndef HUBSPOT_OBJECT_H
#define HUBSPOT_OBJECT_H

/* The name that is few edits away from `name`; NULL when none is, or when it is one itself, whose
 * type the portal just does not have. */
const char *hubspot_object_nearest(const char *name);

#endif
