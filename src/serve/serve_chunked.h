/* The chunked coding (RFC 9112 section 7.1), decoded in place. Trailers are refused: nothing here
 * would read them. */
#ifndef SERVE_CHUNKED_H
#define SERVE_CHUNKED_H

#include "serve_head.h"

/* Goes on with a body whose next chunk begins at state->scanned. DONE leaves state->scanned behind
 * the body. */
enum serve_parse_result serve_chunked_parse(struct serve_parse *state, char *bytes, size_t n,
                                            size_t max_body, struct serve_refusal *refusal);
/* The largest body of that many decoded bytes, with its framing. */
size_t serve_chunked_room(size_t max_body);

#endif
