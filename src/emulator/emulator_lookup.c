#include "emulator_lookup.h"

#include "emulator_property.h"

#include <string.h>
#include <strings.h>

bool emulator_lookup_property(const struct emulator_records *r, const char *property)
{
    int found = emulator_property_find(r->type, base_span_of(property));
    return property[0] == '\0' ||
           (found >= 0 && (r->type->properties[found].flags & EMULATOR_UNIQUE) != 0);
}

/* All unique values but ids hold the record's index: its last digits, before an '@' or a '.' that
 * comes after them. */
static bool index_in(struct base_span text, int64_t *ret)
{
    size_t end = 0;
    while (end < text.n && text.p[end] != '@')
        end++;
    if (end == text.n) /* no address: c12.example.com, M-00000012 */
        for (end = 0; end < text.n && text.p[end] != '.';)
            end++;
    size_t from = end;
    while (from > 0 && text.p[from - 1] >= '0' && text.p[from - 1] <= '9')
        from--;
    return base_span_int64((struct base_span){text.p + from, end - from}, ret);
}

static bool same_nocase(struct base_span a, struct base_span b)
{
    return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static bool find_unique(const struct emulator_records *r, unsigned property, struct base_span text,
                        int64_t *ret_index)
{
    struct emulator_record record;
    struct emulator_text space;
    int64_t index;
    if (!index_in(text, &index) || index >= r->count)
        return false;
    emulator_records_get(r, index, &record);
    struct base_span own = emulator_property_value(&record, property, &space);
    *ret_index = index;
    return own.p != NULL && same_nocase(own, text);
}

bool emulator_lookup(const struct emulator_records *r, const char *property, struct base_span text,
                     bool archived, int64_t *ret_index)
{
    int64_t index, id;
    int found = emulator_property_find(r->type, base_span_of(property));
    if (property[0] == '\0' || strcmp(property, "hs_object_id") == 0) {
        if (!base_span_int64(text, &id) || !emulator_records_find(r, id, &index))
            return false;
        if (!archived && emulator_records_life(r, index) == EMULATOR_MERGED)
            return emulator_records_winner(r, index, ret_index);
    } else if (found < 0 || !find_unique(r, (unsigned)found, text, &index)) {
        return false;
    }
    *ret_index = index;
    return emulator_records_life(r, index) == (archived ? EMULATOR_ARCHIVED : EMULATOR_LIVE);
}
