#include "emulator_contacts.h"

#include "emulator_property.h"

#define GAP INT64_C(64) /* ids lie at first_id + index * GAP + [0, GAP) */

/* Contacts were made from 2016-03-01 on; younger ones have higher ids, as in a real portal, however
 * many there are. */
#define CREATED_FROM_MS INT64_C(1456790400000)
#define CREATED_SPAN_MS (INT64_C(3600) * 24 * 365 * 1000 * 9)
#define MODIFIED_UNTIL_MS INT64_C(1767225600000) /* 2026-01-01 */
#define HALF_OF_SPAN INT64_C(20000)              /* contacts made in the first half of the span */

/* splitmix64's finaliser: one input, one well mixed output. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t key_of(const struct emulator_contacts *c, int64_t index)
{
    return mix(c->key ^ mix((uint64_t)index));
}

uint64_t emulator_contact_draw(const struct emulator_contact *contact, unsigned trait,
                               uint64_t bound)
{
    return mix(contact->key + trait) % bound;
}

void emulator_contacts_init(struct emulator_contacts *c, int64_t seed, int64_t portal,
                            int64_t count)
{
    uint64_t key = mix(mix((uint64_t)seed) ^ (uint64_t)portal);
    *c = (struct emulator_contacts){
        .key = key,
        /* Twelve digits, as large portals have: a client that keeps 32 bits fails at once. */
        .first_id = INT64_C(100000000000) + (int64_t)(key % UINT64_C(800000000000)),
        .portal = portal,
        .count = count,
    };
}

int64_t emulator_contacts_id(const struct emulator_contacts *c, int64_t index)
{
    return c->first_id + index * GAP + (int64_t)(key_of(c, index) % (uint64_t)GAP);
}

int64_t emulator_contacts_from(const struct emulator_contacts *c, int64_t id)
{
    if (id <= c->first_id)
        return 0;
    int64_t index = (id - c->first_id) / GAP;
    if (index >= c->count)
        return c->count;
    return emulator_contacts_id(c, index) < id ? index + 1 : index;
}

bool emulator_contacts_find(const struct emulator_contacts *c, int64_t id, int64_t *ret_index)
{
    int64_t index = emulator_contacts_from(c, id);
    if (index >= c->count || emulator_contacts_id(c, index) != id)
        return false;
    *ret_index = index;
    return true;
}

/* An address carries its contact's index in front of the '@', see email() in emulator_property.c.
 */
bool emulator_contacts_find_email(const struct emulator_contacts *c, struct base_span email,
                                  int64_t *ret_index)
{
    struct base_span local = base_span_cut(&email, '@');
    size_t digits = 0;
    while (digits < local.n && local.p[local.n - digits - 1] >= '0' &&
           local.p[local.n - digits - 1] <= '9')
        digits++;
    int64_t index;
    if (!base_span_int64(base_span_from(local, local.n - digits), &index) || index >= c->count)
        return false;

    struct emulator_contact contact;
    char text[EMULATOR_VALUE_SIZE];
    emulator_contacts_get(c, index, &contact);
    const char *own = emulator_property_value(
        &contact, (unsigned)emulator_property_find(BASE_SPAN("email")), text);
    struct base_span whole = {local.p, local.n + 1 + email.n};
    if (email.p == NULL || own == NULL || !base_span_is_nocase(whole, own))
        return false;
    *ret_index = index;
    return true;
}

static void draw_dates(struct emulator_contact *contact)
{
    int64_t i = contact->index;
    /* Ever denser towards the end of the span and never beyond it; a day of noise, so that ids and
     * dates are not in the same order everywhere. */
    int64_t share = CREATED_SPAN_MS / 1000 * i / (i + HALF_OF_SPAN) * 1000;
    int64_t created =
        CREATED_FROM_MS + share + (int64_t)emulator_contact_draw(contact, 1, 86400000);
    double r = (double)emulator_contact_draw(contact, 2, 1000000) / 1e6;
    int64_t modified = created + (int64_t)(r * r * r * (double)(MODIFIED_UNTIL_MS - created));
    /* Imported rows carry whole seconds: their timestamps are written without a fraction. */
    if (emulator_contact_draw(contact, 3, 16) == 0) {
        created -= created % 1000;
        modified -= modified % 1000;
    }
    contact->created_ms = created;
    contact->modified_ms = modified < created ? created : modified;
}

void emulator_contacts_get(const struct emulator_contacts *c, int64_t index,
                           struct emulator_contact *ret)
{
    struct emulator_contact contact = {
        .index = index,
        .id = emulator_contacts_id(c, index),
        .portal = c->portal,
        .key = key_of(c, index),
    };
    draw_dates(&contact);
    contact.locale = &emulator_locales[emulator_contact_draw(&contact, 4, emulator_locale_count)];
    contact.city = &contact.locale->cities[emulator_contact_draw(&contact, 5, EMULATOR_CITIES)];
    if (emulator_contact_draw(&contact, 6, 25) != 0)
        contact.first = &contact.locale->first[emulator_contact_draw(&contact, 7, EMULATOR_NAMES)];
    if (emulator_contact_draw(&contact, 8, 20) != 0)
        contact.last = &contact.locale->last[emulator_contact_draw(&contact, 9, EMULATOR_NAMES)];
    /* HubSpot makes no contact without one of email, firstname and lastname. */
    contact.has_email = emulator_contact_draw(&contact, 10, 33) != 0 ||
                        (contact.first == NULL && contact.last == NULL);
    *ret = contact;
}
