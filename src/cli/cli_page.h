/* The pages that the login's receiver shows in a browser. They load nothing from elsewhere. */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base_buf.h"
#include "serve.h"

/* Sends a page with all its headers (B11). `title` and `text` are escaped; the text's lines become
 * paragraphs, the first a sentence. `clean`: the page takes the query, and with it the code, out of
 * the address bar and the history. */
void cli_page_send(struct serve_exchange *x, int status, const char *title, const char *text,
                   bool good, bool clean);

/* Sends the browser on (302), with the same headers. */
void cli_page_redirect(struct serve_exchange *x, const char *location);

#endif
