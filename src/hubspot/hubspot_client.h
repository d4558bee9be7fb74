/* What a HubSpot app's client id and client secret look like, and what clings to a value that was
 * copied from a web page. */
#ifndef HUBSPOT_CLIENT_H
#define HUBSPOT_CLIENT_H

#include "base_span.h"

/* 8-4-4-4-12 hexadecimal digits, in either case: client id, client secret and correlationId are
 * such. */
bool hubspot_client_is_uuid(struct base_span text);
/* Without the white space, quotes and invisible characters around it: ASCII blanks and line ends,
 * no-break and zero-width spaces, the byte order mark, ' " ` and typographic quotes. */
struct base_span hubspot_client_trim(struct base_span text);

#endif
