#include "emulator_property.h"

#include "emulator_value.h"

#include <string.h>

/* strcmp() of a span and a name. */
static int compare(struct base_span text, const char *name)
{
    size_t n = strlen(name);
    int order = text.n > 0 ? memcmp(text.p, name, text.n < n ? text.n : n) : 0;
    return order != 0 ? order : (text.n > n) - (text.n < n);
}

int emulator_property_find(const struct emulator_type *type, struct base_span name)
{
    unsigned from = 0, until = type->property_count;
    while (from < until) {
        unsigned middle = from + (until - from) / 2;
        int order = compare(name, type->properties[middle].name);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            until = middle;
        else
            from = middle + 1;
    }
    return -1;
}

/* ---------------------------------------------------------------- values by type */

static struct base_span make_date(uint64_t day, struct emulator_text *t)
{
    emulator_text_add_digits(t, 1990 + day / (12 * 28), 4);
    emulator_text_add(t, "-");
    emulator_text_add_digits(t, 1 + day / 28 % 12, 2);
    emulator_text_add(t, "-");
    emulator_text_add_digits(t, 1 + day % 28, 2);
    return emulator_text_span(t);
}

static struct base_span any_value(const struct emulator_record *r,
                                  const struct emulator_property *p, enum emulator_trait trait,
                                  struct emulator_text *t)
{
    uint64_t span = (uint64_t)(r->modified_ms - r->created_ms) + 1;
    switch (p->value) {
    case EMULATOR_STRING:
        return emulator_value_word(r, trait,
                                   p->flags & EMULATOR_LONG ? &emulator_messages : &emulator_jobs);
    case EMULATOR_NUMBER: /* now and then with a fraction */
        emulator_text_add_number(t, emulator_value_draw(r, trait, 5000));
        if (emulator_value_draw(r, trait, 7) == 0)
            emulator_text_add(t, ".25");
        break;
    case EMULATOR_DATETIME:
        emulator_text_add_iso(t, r->created_ms + (int64_t)emulator_value_draw(r, trait, span));
        break;
    case EMULATOR_ENUMERATION:
        return emulator_value_word(r, trait, p->options != NULL ? p->options : &emulator_options);
    case EMULATOR_BOOL:
        emulator_text_add(t, emulator_value_draw(r, trait, 2) == 0 ? "true" : "false");
        break;
    case EMULATOR_DATE:
        return make_date(emulator_value_draw(r, trait, 35 * 12 * 28), t);
    case EMULATOR_PHONE:
        return emulator_value_number(r, trait, t);
    case EMULATOR_COORDINATES:
        emulator_text_add_number(t, emulator_value_draw(r, trait, 90));
        emulator_text_add(t, ".5,13.25");
        break;
    }
    return emulator_text_span(t);
}

struct base_span emulator_property_value(const struct emulator_record *record, unsigned property,
                                         struct emulator_text *space)
{
    const struct emulator_property *p = &record->all->type->properties[property];
    unsigned filled = EMULATOR_TRAIT_FILLED + property;
    if (p->per_cent < 100 && emulator_record_draw(record, filled, 100) >= p->per_cent)
        return BASE_SPAN_NONE;
    space->n = 0;
    if (p->get != NULL)
        return p->get(record, space);
    return any_value(record, p, (enum emulator_trait)(EMULATOR_TRAIT_VALUE + property), space);
}

struct base_span emulator_property_value_v1(const struct emulator_record *record, unsigned property,
                                            struct emulator_text *space)
{
    const struct emulator_property *p = &record->all->type->properties[property];
    bool created = p->get == emulator_value_created;
    if (!created && p->get != emulator_value_modified)
        return emulator_property_value(record, property, space);
    space->n = 0;
    emulator_text_add_number(space, (uint64_t)(created ? record->created_ms : record->modified_ms));
    return emulator_text_span(space);
}

/* ---------------------------------------------------------------- choices */

void emulator_choice_add(struct emulator_choice *c, const struct emulator_type *type,
                         struct base_span names)
{
    while (names.n > 0) {
        int found = emulator_property_find(type, base_span_trim(base_span_cut(&names, ',')));
        if (found >= 0)
            c->words[found / 64] |= UINT64_C(1) << (found % 64);
    }
}

bool emulator_choice_empty(const struct emulator_choice *c)
{
    return emulator_choice_next(c, 0) < 0;
}

int emulator_choice_next(const struct emulator_choice *c, int property)
{
    for (int i = property / 64; i < EMULATOR_PROPERTIES_MAX / 64; i++) {
        uint64_t word = c->words[i];
        if (i == property / 64)
            word &= UINT64_MAX << (property % 64);
        if (word != 0)
            return i * 64 + __builtin_ctzll(word);
    }
    return -1;
}
