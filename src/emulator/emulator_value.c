#include "emulator_value.h"

#include "base_time.h"

#include <string.h>

/* ---------------------------------------------------------------- making texts */

static void add(struct emulator_text *t, const char *bytes, size_t n)
{
    size_t room = EMULATOR_TEXT_SIZE - t->n;
    n = n < room ? n : room;
    memcpy(t->p + t->n, bytes, n);
    t->n += n;
}

void emulator_text_add(struct emulator_text *t, const char *text)
{
    add(t, text, strlen(text));
}

void emulator_text_add_digits(struct emulator_text *t, uint64_t number, unsigned digits)
{
    char text[20];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    while (at > 0 && sizeof text - at < digits)
        text[--at] = '0';
    add(t, text + at, sizeof text - at);
}

void emulator_text_add_number(struct emulator_text *t, uint64_t number)
{
    emulator_text_add_digits(t, number, 1);
}

void emulator_text_add_iso(struct emulator_text *t, int64_t unix_ms)
{
    char text[32];
    emulator_text_add(t, base_time_iso(text, unix_ms));
}

struct base_span emulator_text_span(const struct emulator_text *t)
{
    return (struct base_span){t->p, t->n};
}

/* ---------------------------------------------------------------- what several types have */

struct base_span emulator_value_word(const struct emulator_record *r, enum emulator_trait trait,
                                     const struct emulator_words *words)
{
    return base_span_of(words->items[emulator_value_draw(r, trait, words->count)]);
}

struct base_span emulator_value_address(const struct emulator_record *r, struct emulator_text *t)
{
    uint64_t number = emulator_value_draw(r, EMULATOR_TRAIT_ADDRESS, 240) + 1;
    if (number % 20 == 0) { /* two lines */
        emulator_text_add_number(t, number);
        emulator_text_add(t, " ");
        emulator_text_add(t, r->locale->street);
        emulator_text_add(t, "\nFlat ");
        emulator_text_add_number(t, number / 20);
    } else {
        emulator_text_add(t, r->locale->street);
        emulator_text_add(t, " ");
        emulator_text_add_number(t, number);
    }
    return emulator_text_span(t);
}

struct base_span emulator_value_annualrevenue(const struct emulator_record *r,
                                              struct emulator_text *t)
{
    emulator_text_add_number(t, (emulator_value_draw(r, EMULATOR_TRAIT_REVENUE, 900) + 1) * 25000);
    return emulator_text_span(t);
}

struct base_span emulator_value_city(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->city->name);
}

struct base_span emulator_value_company(const struct emulator_record *r, struct emulator_text *t)
{
    if (emulator_value_draw(r, EMULATOR_TRAIT_COMPANY_ODD, 40) == 0)
        return emulator_value_word(r, EMULATOR_TRAIT_COMPANY, &emulator_company_odd);
    const struct emulator_words *first = &emulator_company_first,
                                *second = &emulator_company_second;
    emulator_text_add(t, emulator_value_word(r, EMULATOR_TRAIT_COMPANY, first).p);
    emulator_text_add(t, " ");
    emulator_text_add(t, emulator_value_word(r, EMULATOR_TRAIT_COMPANY_SECOND, second).p);
    emulator_text_add(t, " ");
    emulator_text_add(t, r->locale->legal_form);
    return emulator_text_span(t);
}

struct base_span emulator_value_country(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->locale->country);
}

struct base_span emulator_value_created(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add_iso(t, r->created_ms);
    return emulator_text_span(t);
}

const char *emulator_value_host(const struct emulator_record *r)
{
    static const char *const hosts[] = {"example.com", "example.org", "example.net"};
    return hosts[emulator_value_draw(r, EMULATOR_TRAIT_DOMAIN, 3)];
}

/* A company's: no two have the same. */
struct base_span emulator_value_domain(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, "c");
    emulator_text_add_number(t, (uint64_t)r->index);
    emulator_text_add(t, ".");
    emulator_text_add(t, emulator_value_host(r));
    return emulator_text_span(t);
}

struct base_span emulator_value_id(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add_number(t, (uint64_t)r->id);
    return emulator_text_span(t);
}

struct base_span emulator_value_industry(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return emulator_value_word(r, EMULATOR_TRAIT_INDUSTRY, &emulator_industries);
}

/* The ids of those that became part of it. */
struct base_span emulator_value_merged(const struct emulator_record *r, struct emulator_text *t)
{
    int64_t losers[EMULATOR_LOSERS_MAX];
    size_t n = r->archived_ms == 0 ? emulator_records_losers(r->all, r->index, losers) : 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            emulator_text_add(t, ";");
        emulator_text_add_number(t, (uint64_t)emulator_records_id(r->all, losers[i]));
    }
    return n > 0 ? emulator_text_span(t) : BASE_SPAN_NONE;
}

struct base_span emulator_value_message(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return emulator_value_word(r, EMULATOR_TRAIT_MESSAGE, &emulator_messages);
}

struct base_span emulator_value_modified(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add_iso(t, r->modified_ms);
    return emulator_text_span(t);
}

struct base_span emulator_value_owner(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add_number(t, 70000001 + emulator_value_draw(r, EMULATOR_TRAIT_OWNER, 9));
    return emulator_text_span(t);
}

struct base_span emulator_value_number(const struct emulator_record *r, enum emulator_trait trait,
                                       struct emulator_text *t)
{
    emulator_text_add(t, r->locale->dial);
    /* 555-01xx is kept free for fiction in North America. */
    if (strcmp(r->locale->dial, "+1") == 0) {
        emulator_text_add(t, " (");
        emulator_text_add_number(t, 201 + emulator_value_draw(r, trait, 700));
        emulator_text_add(t, ") 555-01");
        emulator_text_add_digits(t, emulator_value_draw(r, trait, 100), 2);
        return emulator_text_span(t);
    }
    emulator_text_add(t, " ");
    emulator_text_add_number(t, 10 + emulator_value_draw(r, trait, 89));
    emulator_text_add(t, " ");
    emulator_text_add_digits(t, emulator_value_draw(r, trait, 9999999), 7);
    return emulator_text_span(t);
}

struct base_span emulator_value_phone(const struct emulator_record *r, struct emulator_text *t)
{
    return emulator_value_number(r, EMULATOR_TRAIT_PHONE, t);
}

struct base_span emulator_value_state(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->city->state); /* not all cities have one */
}

struct base_span emulator_value_timezone(const struct emulator_record *r, struct emulator_text *t)
{
    (void)t;
    return base_span_of(r->locale->timezone);
}

struct base_span emulator_value_website(const struct emulator_record *r, struct emulator_text *t)
{
    emulator_text_add(t, "https://www.");
    emulator_text_add(t, emulator_value_host(r));
    emulator_text_add(t, "/~");
    emulator_text_add_number(t, (uint64_t)r->index);
    emulator_text_add(t, "?a=1&b=2");
    return emulator_text_span(t);
}

struct base_span emulator_value_zip(const struct emulator_record *r, struct emulator_text *t)
{
    uint64_t digits = emulator_value_draw(r, EMULATOR_TRAIT_ZIP, 1000000);
    emulator_text_add(t, r->city->zip);
    for (size_t i = 0; i < t->n; i++) {
        if (t->p[i] == '#') {
            t->p[i] = (char)('0' + digits % 10);
            digits /= 10;
        }
    }
    return emulator_text_span(t);
}
