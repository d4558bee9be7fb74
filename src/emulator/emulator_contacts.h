/* The contacts of a portal. Nothing is stored: contact i is a pure function of (seed, portal, i),
 * and so is its id. Ids ascend with i, are sparse and do not fit 32 bits; from an id its contact is
 * found by arithmetic. */
#ifndef EMULATOR_CONTACTS_H
#define EMULATOR_CONTACTS_H

#include "emulator_names.h"

#include "base_span.h"

struct emulator_contacts {
    uint64_t key;     /* of seed and portal */
    int64_t first_id; /* below the id of contact 0 */
    int64_t portal;
    int64_t count;
};

/* A contact's fixed traits; its properties follow from them (emulator_property.h). */
struct emulator_contact {
    int64_t index, id, portal;
    int64_t created_ms, modified_ms;
    uint64_t key; /* of seed, portal and index */
    const struct emulator_locale *locale;
    const struct emulator_name *first, *last; /* NULL: the contact has none */
    const struct emulator_city *city;
    bool has_email;
};

void emulator_contacts_init(struct emulator_contacts *c, int64_t seed, int64_t portal,
                            int64_t count);
int64_t emulator_contacts_id(const struct emulator_contacts *c, int64_t index);
/* Index of the first contact whose id is `id` or larger; the count when there is none. */
int64_t emulator_contacts_from(const struct emulator_contacts *c, int64_t id);
/* False when no contact has this id. */
bool emulator_contacts_find(const struct emulator_contacts *c, int64_t id, int64_t *ret_index);
bool emulator_contacts_find_email(const struct emulator_contacts *c, struct base_span email,
                                  int64_t *ret_index);
void emulator_contacts_get(const struct emulator_contacts *c, int64_t index,
                           struct emulator_contact *ret);

/* A number in [0, bound) that belongs to this contact and trait for ever. */
uint64_t emulator_contact_draw(const struct emulator_contact *contact, unsigned trait,
                               uint64_t bound);

#endif
