/* Names, places and words of which contacts are made: a little of many languages, so that a client
 * meets what real portals hold. */
#ifndef EMULATOR_NAMES_H
#define EMULATOR_NAMES_H

#include <stddef.h>

#define EMULATOR_NAMES 8
#define EMULATOR_CITIES 4

struct emulator_name {
    const char *text;
    const char *ascii; /* as it stands in an e-mail address */
};

struct emulator_city {
    const char *name, *state, *zip; /* # in zip is a digit; state may be NULL */
};

struct emulator_locale {
    const char *country, *language, *timezone, *dial, *street, *legal_form;
    struct emulator_name first[EMULATOR_NAMES], last[EMULATOR_NAMES];
    struct emulator_city cities[EMULATOR_CITIES];
};

extern const struct emulator_locale emulator_locales[];
extern const size_t emulator_locale_count;

struct emulator_words {
    const char *const *items;
    size_t count;
};

extern const struct emulator_words emulator_company_first, emulator_company_second,
    emulator_company_odd, emulator_jobs, emulator_industries, emulator_stages,
    emulator_lead_statuses, emulator_sources, emulator_messages, emulator_sizes, emulator_options,
    emulator_deal_stages, emulator_deal_types, emulator_ticket_stages;

#endif
