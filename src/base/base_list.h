/* A list of texts that grows; each is a copy on the heap. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct base_list { /* begins as {0} */
    char **items;
    size_t count, room;
    bool failed; /* memory was short once: something is missing */
};

/* False when memory is short. */
bool base_list_add(struct base_list *l, const char *text);
void base_list_free(struct base_list *l); /* the content; may be called twice */

#endif
