/* The first half of an installation that begins in HubSpot's marketplace: the browser is sent to
 * the app's redirect URL with `returnUrl`, and the app sends it back there with a state of its own.
 */
#ifndef HUBSPOT_RETURN_H
#define HUBSPOT_RETURN_H

#include "base_buf.h"

/* Appends `return_url` with `state` added to its query. INVALID unless it is https on hubspot.com
 * or a name below it, on the usual port, or on exactly the origin of `app_url` (the app's own
 * consent page, as an emulator's), and has no state yet. So nobody is sent anywhere else (G9). */
enum base_status hubspot_return_url(struct base_span return_url, const char *app_url,
                                    struct base_span state, struct base_buf *out,
                                    struct base_error *err);

#endif
