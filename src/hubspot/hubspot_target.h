/* The target of a call: a path of HubSpot's API, perhaps with a query. It is checked, not mended:
 * what two parsers could read differently is refused, so that the path that was looked at is the
 * path that is served (G4). */
#ifndef HUBSPOT_TARGET_H
#define HUBSPOT_TARGET_H

#include "base_error.h"
#include "base_span.h"

/* USAGE, with the reason in err: no path ("https://…", "//host"), "." or ".." as a segment in any
 * spelling, an empty segment, a backslash, a fragment, half a percent-encoding, or anything but
 * printable ASCII. Does not quote the target. */
enum base_status hubspot_target_check(struct base_span target, struct base_error *err);

#endif
