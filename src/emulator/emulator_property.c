#include "emulator_property.h"

#include "base_text.h"
#include "base_time.h"

#include <assert.h>

/* A getter writes the value into `out` or returns a constant; NULL when the contact has none. */
typedef const char *getter(const struct emulator_contact *c, char *out);

/* Traits up to 31 belong to emulator_contacts.c; these name the draws of this file. */
enum trait {
    HAS = 32, /* + the property's place in this list: whether it is filled */
    ADDRESS = 100,
    REVENUE,
    BIRTH,
    COMPANY,
    COMPANY_SECOND,
    ODD_COMPANY,
    DOMAIN,
    EMAIL_FORM,
    INDUSTRY,
    JOB,
    LEAD,
    MESSAGE,
    DEALS,
    EMPLOYEES,
    OWNER,
    PHONE,
    MOBILE,
    FAX,
    SOURCE,
    STAGE,
    ZIP,
};

#define SAYS(out, ...) (base_text_format((out), EMULATOR_VALUE_SIZE, __VA_ARGS__), (out))

static uint64_t draw(const struct emulator_contact *c, enum trait trait, uint64_t bound)
{
    return emulator_contact_draw(c, (unsigned)trait, bound);
}

static const char *word(const struct emulator_contact *c, enum trait trait,
                        const struct emulator_words *words)
{
    return words->items[draw(c, trait, words->count)];
}

static const char *address(const struct emulator_contact *c, char *out)
{
    unsigned number = (unsigned)draw(c, ADDRESS, 240) + 1;
    if (number % 20 == 0)
        return SAYS(out, "%u %s\nFlat %u", number, c->locale->street, number / 20);
    return SAYS(out, "%s %u", c->locale->street, number);
}

static const char *annualrevenue(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "%u", ((unsigned)draw(c, REVENUE, 900) + 1) * 25000);
}

static const char *city(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->city->name;
}

static const char *company(const struct emulator_contact *c, char *out)
{
    if (draw(c, ODD_COMPANY, 40) == 0)
        return word(c, COMPANY, &emulator_company_odd);
    return SAYS(out, "%s %s %s", word(c, COMPANY, &emulator_company_first),
                word(c, COMPANY_SECOND, &emulator_company_second), c->locale->legal_form);
}

static const char *country(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->locale->country;
}

static const char *createdate(const struct emulator_contact *c, char *out)
{
    return base_time_iso(out, c->created_ms);
}

static const char *date_of_birth(const struct emulator_contact *c, char *out)
{
    uint64_t day = draw(c, BIRTH, 50 * 12 * 28);
    return SAYS(out, "%04u-%02u-%02u", 1950 + (unsigned)(day / (12 * 28)),
                1 + (unsigned)(day / 28 % 12), 1 + (unsigned)(day % 28));
}

static const char *domain(const struct emulator_contact *c)
{
    static const char *const domains[] = {"example.com", "example.org", "example.net"};
    return domains[draw(c, DOMAIN, 3)];
}

/* Unique in the portal, as HubSpot demands, because it ends with the contact's index. */
static const char *email(const struct emulator_contact *c, char *out)
{
    if (!c->has_email)
        return NULL;
    const char *first = c->first != NULL ? c->first->ascii : "info";
    const char *last = c->last != NULL ? c->last->ascii : "office";
    long long i = (long long)c->index;
    switch (draw(c, EMAIL_FORM, 8)) {
    case 0:
        return SAYS(out, "%.1s%s%lld@%s", first, last, i, domain(c));
    case 1:
        return SAYS(out, "%s+news%lld@%s", first, i, domain(c));
    case 2:
        return SAYS(out, "%s_%s%lld@%s", last, first, i, domain(c));
    default:
        return SAYS(out, "%s.%s%lld@%s", first, last, i, domain(c));
    }
}

static const char *number(const struct emulator_contact *c, enum trait trait, char *out)
{
    /* 555-01xx is kept free for fiction in North America. */
    if (strcmp(c->locale->dial, "+1") == 0)
        return SAYS(out, "+1 (%03u) 555-01%02u", 201 + (unsigned)draw(c, trait, 700),
                    (unsigned)draw(c, trait, 100));
    return SAYS(out, "%s %02u %07u", c->locale->dial, 10 + (unsigned)draw(c, trait, 89),
                (unsigned)draw(c, trait, 9999999));
}

static const char *fax(const struct emulator_contact *c, char *out)
{
    return number(c, FAX, out);
}

static const char *firstname(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->first != NULL ? c->first->text : NULL;
}

static const char *hs_analytics_source(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, SOURCE, &emulator_sources);
}

static const char *hs_email_domain(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->has_email ? domain(c) : NULL;
}

static const char *hs_language(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->locale->language;
}

static const char *hs_lead_status(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, LEAD, &emulator_lead_statuses);
}

static const char *hs_object_id(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "%lld", (long long)c->id);
}

static const char *hs_timezone(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->locale->timezone;
}

static const char *hubspot_owner_id(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "%u", 70000001 + (unsigned)draw(c, OWNER, 9));
}

static const char *industry(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, INDUSTRY, &emulator_industries);
}

static const char *jobtitle(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, JOB, &emulator_jobs);
}

static const char *lastmodifieddate(const struct emulator_contact *c, char *out)
{
    return base_time_iso(out, c->modified_ms);
}

static const char *lastname(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->last != NULL ? c->last->text : NULL;
}

static const char *lifecyclestage(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, STAGE, &emulator_stages);
}

static const char *message(const struct emulator_contact *c, char *out)
{
    (void)out;
    return word(c, MESSAGE, &emulator_messages);
}

static const char *mobilephone(const struct emulator_contact *c, char *out)
{
    return number(c, MOBILE, out);
}

static const char *num_associated_deals(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "%u", 1 + (unsigned)draw(c, DEALS, 4));
}

static const char *numemployees(const struct emulator_contact *c, char *out)
{
    static const char *const sizes[] = {"1-5", "5-25", "25-50", "50-100", "100-500", "500-1000"};
    (void)out;
    return sizes[draw(c, EMPLOYEES, 6)];
}

static const char *phone(const struct emulator_contact *c, char *out)
{
    return number(c, PHONE, out);
}

static const char *salutation(const struct emulator_contact *c, char *out)
{
    (void)out;
    return draw(c, OWNER, 2) == 0 ? "Dr." : "Prof.";
}

static const char *state(const struct emulator_contact *c, char *out)
{
    (void)out;
    return c->city->state;
}

static const char *twitterhandle(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "%s%lld", c->last != NULL ? c->last->ascii : "user", (long long)c->index);
}

static const char *website(const struct emulator_contact *c, char *out)
{
    return SAYS(out, "https://www.%s/~%lld?a=1&b=2", domain(c), (long long)c->index);
}

static const char *zip(const struct emulator_contact *c, char *out)
{
    uint64_t digits = draw(c, ZIP, 1000000);
    base_text_format(out, EMULATOR_VALUE_SIZE, "%s", c->city->zip);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '#') {
            *p = (char)('0' + digits % 10);
            digits /= 10;
        }
    }
    return out;
}

/* Sorted by name: HubSpot writes properties in this order. `per_cent`: in how many contacts it is
 * filled. */
static const struct property {
    const char *name;
    getter *get;
    unsigned per_cent;
} properties[] = {
    {"address", address, 45},
    {"annualrevenue", annualrevenue, 20},
    {"city", city, 70},
    {"company", company, 70},
    {"country", country, 80},
    {"createdate", createdate, 100},
    {"date_of_birth", date_of_birth, 10},
    {"email", email, 100},
    {"fax", fax, 3},
    {"firstname", firstname, 100},
    {"hs_analytics_source", hs_analytics_source, 90},
    {"hs_email_domain", hs_email_domain, 100},
    {"hs_language", hs_language, 60},
    {"hs_lead_status", hs_lead_status, 50},
    {"hs_object_id", hs_object_id, 100},
    {"hs_timezone", hs_timezone, 40},
    {"hubspot_owner_id", hubspot_owner_id, 65},
    {"industry", industry, 25},
    {"jobtitle", jobtitle, 55},
    {"lastmodifieddate", lastmodifieddate, 100},
    {"lastname", lastname, 100},
    {"lifecyclestage", lifecyclestage, 97},
    {"message", message, 8},
    {"mobilephone", mobilephone, 35},
    {"num_associated_deals", num_associated_deals, 15},
    {"numemployees", numemployees, 30},
    {"phone", phone, 60},
    {"salutation", salutation, 5},
    {"state", state, 90},
    {"twitterhandle", twitterhandle, 4},
    {"website", website, 50},
    {"zip", zip, 60},
};

_Static_assert(sizeof properties / sizeof properties[0] <= 64, "a choice is a mask of 64 bits");
const unsigned emulator_property_count = sizeof properties / sizeof properties[0];

const char *emulator_property_name(unsigned property)
{
    return properties[property].name;
}

int emulator_property_find(struct base_span name)
{
    for (unsigned i = 0; i < emulator_property_count; i++)
        if (base_span_is(name, properties[i].name))
            return (int)i;
    return -1;
}

uint64_t emulator_property_bit(const char *name)
{
    int found = emulator_property_find(base_span_of(name));
    assert(found >= 0);
    return UINT64_C(1) << (unsigned)found;
}

uint64_t emulator_property_choose(uint64_t chosen, const char *names)
{
    struct base_span rest = base_span_of(names);
    while (rest.n > 0) {
        int found = emulator_property_find(base_span_trim(base_span_cut(&rest, ',')));
        if (found >= 0)
            chosen |= UINT64_C(1) << (unsigned)found;
    }
    return chosen;
}

const char *emulator_property_value(const struct emulator_contact *contact, unsigned property,
                                    char out[EMULATOR_VALUE_SIZE])
{
    const struct property *p = &properties[property];
    if (p->per_cent < 100 && emulator_contact_draw(contact, HAS + property, 100) >= p->per_cent)
        return NULL;
    return p->get(contact, out);
}

const char *emulator_property_value_v1(const struct emulator_contact *contact, unsigned property,
                                       char out[EMULATOR_VALUE_SIZE])
{
    if (properties[property].get == createdate)
        return SAYS(out, "%lld", (long long)contact->created_ms);
    if (properties[property].get == lastmodifieddate)
        return SAYS(out, "%lld", (long long)contact->modified_ms);
    return emulator_property_value(contact, property, out);
}
