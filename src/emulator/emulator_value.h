/* What properties hold: the getters that several types share, and the pieces of which texts are
 * made. */
#ifndef EMULATOR_VALUE_H
#define EMULATOR_VALUE_H

#include "emulator_property.h"

/* Traits up to 31 belong to emulator_record.c; these name the draws that values are made of. From
 * EMULATOR_TRAIT_FILLED on each property of a type has one that says whether it is filled, and from
 * EMULATOR_TRAIT_VALUE on one for its value. */
enum emulator_trait {
    EMULATOR_TRAIT_ADDRESS = 32,
    EMULATOR_TRAIT_REVENUE,
    EMULATOR_TRAIT_BIRTH,
    EMULATOR_TRAIT_COMPANY,
    EMULATOR_TRAIT_COMPANY_SECOND,
    EMULATOR_TRAIT_COMPANY_ODD,
    EMULATOR_TRAIT_DOMAIN,
    EMULATOR_TRAIT_EMAIL,
    EMULATOR_TRAIT_INDUSTRY,
    EMULATOR_TRAIT_JOB,
    EMULATOR_TRAIT_MESSAGE,
    EMULATOR_TRAIT_DEALS,
    EMULATOR_TRAIT_EMPLOYEES,
    EMULATOR_TRAIT_OWNER,
    EMULATOR_TRAIT_PHONE,
    EMULATOR_TRAIT_MOBILE,
    EMULATOR_TRAIT_FAX,
    EMULATOR_TRAIT_ZIP,
    EMULATOR_TRAIT_AMOUNT,
    EMULATOR_TRAIT_CLOSE,
    EMULATOR_TRAIT_MODEL,
    EMULATOR_TRAIT_PRICE,
    EMULATOR_TRAIT_FILLED = 1000,
    EMULATOR_TRAIT_VALUE = 2000,
};

static inline uint64_t emulator_value_draw(const struct emulator_record *r,
                                           enum emulator_trait trait, uint64_t bound)
{
    return emulator_record_draw(r, (unsigned)trait, bound);
}

struct base_span emulator_value_word(const struct emulator_record *r, enum emulator_trait trait,
                                     const struct emulator_words *words);

/* A text is made from the front; what does not fit is cut. */
void emulator_text_add(struct emulator_text *t, const char *text);
void emulator_text_add_number(struct emulator_text *t, uint64_t number);
void emulator_text_add_digits(struct emulator_text *t, uint64_t number, unsigned digits);
void emulator_text_add_iso(struct emulator_text *t, int64_t unix_ms);
/* What was made. */
struct base_span emulator_text_span(const struct emulator_text *t);

emulator_getter emulator_value_address, emulator_value_annualrevenue, emulator_value_city,
    emulator_value_company, emulator_value_country, emulator_value_created, emulator_value_domain,
    emulator_value_id, emulator_value_industry, emulator_value_merged, emulator_value_message,
    emulator_value_modified, emulator_value_owner, emulator_value_phone, emulator_value_state,
    emulator_value_timezone, emulator_value_website, emulator_value_zip;

struct base_span emulator_value_number(const struct emulator_record *r, enum emulator_trait trait,
                                       struct emulator_text *t);  /* of a telephone */
const char *emulator_value_host(const struct emulator_record *r); /* "example.com" */

#endif
