#include "base_list.h"

#include "base_mem.h"

bool base_list_add(struct base_list *l, const char *text)
{
    char *copy = base_mem_strdup(text);

    if (copy && l->count == l->room) {
        size_t room = l->room > 0 ? 2 * l->room : 16;
        char **items = base_mem_grow(l->items, room, sizeof(*items));

        if (items) {
            l->items = items;
            l->room = room;
        } else {
            base_mem_free(copy);
            copy = NULL;
        }
    }
    if (!copy) {
        l->failed = true;
        return false;
    }
    l->items[l->count++] = copy;
    return true;
}

void base_list_free(struct base_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        base_mem_free(l->items[i]);
    base_mem_free(l->items);
    *l = (struct base_list){0};
}
