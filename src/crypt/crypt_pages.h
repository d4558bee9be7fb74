/* Pages for secrets: a guard page at each end, locked where the limit allows, left out of core
 * dumps, empty in a child after fork(2). Private to this folder. */
#ifndef CRYPT_PAGES_H
#define CRYPT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct crypt_pages {
    char *p; /* n zero bytes; a guard page begins where they end. NULL: not to be had */
    size_t n;
    bool kept; /* in no dump and no child: an old kernel, or one in a sandbox, may not promise it */
    bool locked; /* as each is used, since most commands need one or two of many */
};

struct crypt_pages crypt_pages_map(size_t n);
/* Wipes them. NULL as p is allowed. */
void crypt_pages_unmap(struct crypt_pages *pages);

#endif
