/* The emulator's records: ids and indices map to each other, everything follows from the seed, and
 * what is archived, merged or vanishing is so from all sides. */
#include "test_support.h"

#include "base_text.h"
#include "emulator_association.h"
#include "emulator_cursor.h"
#include "emulator_lookup.h"
#include "emulator_property.h"
#include "emulator_type.h"

static void init(struct emulator_records *r, int64_t seed, int64_t portal, int64_t count)
{
    struct emulator_population p = {.seed = seed, .count = count};
    emulator_records_init(r, emulator_type_contacts(), portal, &p);
}

static void test_ids_ascend_and_are_found(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    for (int64_t seed = 0; seed < 20; seed++) {
        init(&c, seed, 1234567, 3000);
        int64_t before = 0;
        for (int64_t i = 0; i < c.count; i++) {
            int64_t id = emulator_records_id(&c, i), found = -1;
            assert_true(id > before);
            assert_true(id > INT64_C(0xffffffff)); /* a client must keep 64 bits */
            assert_true(emulator_records_find(&c, id, &found));
            assert_int_equal(found, i);
            before = id;
        }
    }
}

/* Brute force: the first index whose id is at least the one asked for, at, before and behind each
 * id. */
static void test_from_is_the_lower_bound(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    init(&c, 7, 42, 300);
    int64_t first = emulator_records_id(&c, 0), last = emulator_records_id(&c, 299);
    int64_t expected = 0;
    for (int64_t id = first - 200; id <= last + 200; id++) {
        while (expected < c.count && emulator_records_id(&c, expected) < id)
            expected++;
        assert_int_equal(emulator_records_from(&c, id), expected);
        int64_t found;
        bool exists = expected < c.count && emulator_records_id(&c, expected) == id;
        assert_int_equal(emulator_records_find(&c, id, &found), exists);
    }
}

static void test_far_and_empty(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    int64_t index;
    init(&c, 1, 1234567, EMULATOR_RECORDS_MAX);
    int64_t id = emulator_records_id(&c, EMULATOR_RECORDS_MAX - 1);
    assert_true(id < INT64_C(1) << 53); /* v1 writes ids as JSON numbers */
    assert_true(emulator_records_find(&c, id, &index));
    assert_int_equal(index, EMULATOR_RECORDS_MAX - 1);
    assert_int_equal(emulator_records_from(&c, id + 1), EMULATOR_RECORDS_MAX);
    assert_int_equal(emulator_records_from(&c, INT64_MAX), EMULATOR_RECORDS_MAX);
    assert_int_equal(emulator_records_from(&c, 0), 0);
    assert_int_equal(emulator_records_from(&c, INT64_MIN), 0);

    init(&c, 1, 1234567, 0);
    assert_int_equal(emulator_records_from(&c, 0), 0);
    assert_false(emulator_records_find(&c, id, &index));
}

/* Pages of key-set paging meet each contact once, whatever their size. */
static void test_pages_meet_each_contact_once(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    init(&c, 3, 9, 257);
    for (int64_t limit = 1; limit <= 100; limit += 11) {
        int64_t after = 0, seen = 0;
        for (;;) {
            int64_t from = emulator_records_from(&c, after);
            int64_t until = from + limit < c.count ? from + limit : c.count;
            assert_int_equal(from, seen);
            seen = until;
            if (until == c.count)
                break;
            after = emulator_records_id(&c, until - 1) + 1;
        }
        assert_int_equal(seen, c.count);
    }
}

static void describe(const struct emulator_records *c, int64_t i, struct base_buf *out)
{
    struct emulator_record record;
    struct emulator_text space;
    emulator_records_get(c, i, &record);
    for (unsigned p = 0; p < c->type->property_count; p++) {
        struct base_span value = emulator_property_value(&record, p, &space);
        base_buf_printf(out, "%s=%.*s;", c->type->properties[p].name,
                        BASE_SPAN_ARG(value.p != NULL ? value : BASE_SPAN("null")));
    }
}

static void test_contacts_follow_from_seed_and_portal(void **fixture)
{
    (void)fixture;
    struct emulator_records a, same, other_seed, other_portal;
    init(&a, 1, 1234567, 100);
    init(&same, 1, 1234567, 1000000); /* the count is not part of it */
    init(&other_seed, 2, 1234567, 100);
    init(&other_portal, 1, 1234568, 100);
    for (int64_t i = 99; i >= 0; i--) { /* nor is the order in which they are asked for */
        struct base_buf texts[4];
        const struct emulator_records *all[] = {&a, &same, &other_seed, &other_portal};
        for (size_t k = 0; k < 4; k++) {
            base_buf_init(&texts[k], 1 << 18);
            describe(all[k], i, &texts[k]);
        }
        assert_string_equal(base_buf_str(&texts[0]), base_buf_str(&texts[1]));
        assert_string_not_equal(base_buf_str(&texts[0]), base_buf_str(&texts[2]));
        assert_string_not_equal(base_buf_str(&texts[0]), base_buf_str(&texts[3]));
        for (size_t k = 0; k < 4; k++)
            base_buf_free(&texts[k]);
    }
}

static unsigned property(const struct emulator_records *r, const char *name)
{
    int found = emulator_property_find(r->type, base_span_of(name));
    assert_true(found >= 0);
    return (unsigned)found;
}

static struct base_span value_of(const struct emulator_record *record, const char *name,
                                 struct emulator_text *space)
{
    return emulator_property_value(record, property(record->all, name), space);
}

static void test_values_are_sound(void **fixture)
{
    (void)fixture;
    struct emulator_text space;
    for (size_t t = 0; t < EMULATOR_TYPES; t++) {
        struct emulator_records r;
        const struct emulator_type *type = &emulator_types[t];
        emulator_records_init(&r, type, 1234567, &(struct emulator_population){.count = 2000});
        for (int64_t i = 0; i < r.count; i++) {
            struct emulator_record record;
            emulator_records_get(&r, i, &record);
            assert_true(record.modified_ms >= record.created_ms);
            for (unsigned p = 0; p < type->property_count; p++) {
                struct base_span value = emulator_property_value(&record, p, &space);
                assert_true(value.p == NULL || (value.n > 0 && base_text_utf8_valid(value)));
            }
        }
    }
}

static void test_contacts_are_filled_as_real_ones(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    struct emulator_text space;
    unsigned none_email = 0, none_company = 0, none_first = 0, others = 0;
    init(&c, 1, 1234567, 5000);
    for (int64_t i = 0; i < c.count; i++) {
        struct emulator_record r;
        emulator_records_get(&c, i, &r);
        none_email += value_of(&r, "email", &space).p == NULL;
        none_company += value_of(&r, "company", &space).p == NULL;
        none_first += r.first == NULL;
        assert_non_null(value_of(&r, "hs_object_id", &space).p);
        assert_non_null(value_of(&r, "createdate", &space).p);
        /* HubSpot makes no contact without one of them. */
        assert_true(r.has_email || r.first != NULL || r.last != NULL);
        for (const char *first = r.first != NULL ? r.first->text : ""; *first != '\0'; first++)
            others += (unsigned char)*first >= 0x80;
    }
    assert_in_range(none_email, 50, 500);
    assert_in_range(none_company, 500, 4000);
    assert_in_range(none_first, 50, 1000);
    assert_true(others > 1000); /* not only ASCII */
}

/* Each value of a unique property leads back to its record, so no two are equal. */
static void test_unique_values_lead_back(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *type, *property;
    } uniques[] = {{"contacts", "email"},
                   {"contacts", "member_number"},
                   {"companies", "domain"},
                   {"machine", "serial_number"},
                   {"deals", "hs_object_id"}};
    for (size_t k = 0; k < TEST_COUNT(uniques); k++) {
        struct emulator_records r;
        struct emulator_text space;
        int64_t index;
        const struct emulator_type *type = emulator_type_find(base_span_of(uniques[k].type), 77);
        emulator_records_init(&r, type, 77, &(struct emulator_population){.count = 2000});
        assert_true(emulator_lookup_property(&r, uniques[k].property));
        for (int64_t i = 0; i < r.count; i++) {
            struct emulator_record record;
            emulator_records_get(&r, i, &record);
            struct base_span value = value_of(&record, uniques[k].property, &space);
            if (value.p == NULL)
                continue;
            assert_true(emulator_lookup(&r, uniques[k].property, value, false, &index));
            assert_int_equal(index, i);
            for (size_t n = 0; value.p == space.p && n < value.n; n++) /* in capitals as well */
                if (space.p[n] >= 'a' && space.p[n] <= 'z')
                    space.p[n] = (char)(space.p[n] - 32);
            assert_true(emulator_lookup(&r, uniques[k].property, value, false, &index));
            assert_false(emulator_lookup(&r, uniques[k].property, value, true, &index));
        }
    }
}

static void test_strangers_are_not_found(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    int64_t index;
    init(&c, 5, 77, 2000);
    static const char *const strangers[] = {"",
                                            "@",
                                            "0",
                                            "nobody@example.com",
                                            "x0@example.com",
                                            "x99999999999999999999@example.com",
                                            "a2000@example.org"};
    for (size_t i = 0; i < TEST_COUNT(strangers); i++) {
        assert_false(emulator_lookup(&c, "email", base_span_of(strangers[i]), false, &index));
        assert_false(emulator_lookup(&c, "", base_span_of(strangers[i]), false, &index));
    }
    assert_false(emulator_lookup_property(&c, "firstname"));
    assert_false(emulator_lookup_property(&c, "nonsense"));
}

/* ---------------------------------------------------------------- properties */

static void test_properties_are_sorted_and_found(void **fixture)
{
    (void)fixture;
    for (size_t t = 0; t < EMULATOR_TYPES; t++) {
        const struct emulator_type *type = &emulator_types[t];
        struct emulator_choice always = {0};
        assert_true(type->property_count <= EMULATOR_PROPERTIES_MAX);
        for (unsigned p = 0; p < type->property_count; p++) {
            const char *name = type->properties[p].name;
            assert_true(p == 0 || strcmp(type->properties[p - 1].name, name) < 0);
            assert_int_equal(emulator_property_find(type, base_span_of(name)), p);
        }
        assert_true(emulator_property_find(type, base_span_of(type->modified)) >= 0);
        emulator_choice_add(&always, type, base_span_of(type->always));
        int n = 0;
        for (int p = emulator_choice_next(&always, 0); p >= 0;
             p = emulator_choice_next(&always, p + 1))
            n++;
        assert_int_equal(n, 3); /* each of the three is defined */
    }
    assert_int_equal(emulator_property_find(emulator_type_contacts(), BASE_SPAN("")), -1);
    assert_int_equal(emulator_property_find(emulator_type_contacts(), BASE_SPAN("Email")), -1);
    assert_int_equal(emulator_property_find(emulator_type_contacts(), BASE_SPAN("emai")), -1);
    assert_int_equal(emulator_property_find(emulator_type_contacts(), BASE_SPAN("emails")), -1);
}

/* As in a portal that was looked at: 367 of HubSpot's, by type; see docs/emulator.md. */
static void test_contact_properties_are_as_many_as_hubspots(void **fixture)
{
    (void)fixture;
    unsigned types[8] = {0}, calculated = 0, hidden = 0, own = 0;
    const struct emulator_type *type = emulator_type_contacts();
    for (unsigned p = 0; p < type->property_count; p++) {
        const struct emulator_property *property = &type->properties[p];
        if (property->flags & EMULATOR_OWN) {
            own++;
            continue;
        }
        types[property->value]++;
        calculated += (property->flags & EMULATOR_CALCULATED) != 0;
        hidden += (property->flags & EMULATOR_HIDDEN) != 0;
    }
    static const unsigned expected[8] = {113, 85, 79, 57, 23, 4, 4, 2};
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(types[i], expected[i]);
    assert_int_equal(calculated, 38);
    assert_int_equal(hidden, 94);
    assert_int_equal(own, 6);
}

static void test_choices(void **fixture)
{
    (void)fixture;
    const struct emulator_type *type = emulator_type_contacts();
    int email = emulator_property_find(type, BASE_SPAN("email"));
    int zip = emulator_property_find(type, BASE_SPAN("zip"));
    struct emulator_choice c = {0};
    assert_true(emulator_choice_empty(&c));
    emulator_choice_add(&c, type, BASE_SPAN("nonsense,,Email"));
    assert_true(emulator_choice_empty(&c));
    emulator_choice_add(&c, type, BASE_SPAN(" zip ,nonsense,,email,zip"));
    assert_int_equal(emulator_choice_next(&c, 0), email);
    assert_int_equal(emulator_choice_next(&c, email), email);
    assert_int_equal(emulator_choice_next(&c, email + 1), zip);
    assert_int_equal(emulator_choice_next(&c, zip + 1), -1);
    assert_int_equal(emulator_choice_next(&c, EMULATOR_PROPERTIES_MAX), -1);
}

/* HubSpot leaves a fraction of zero out, and v1 writes milliseconds. */
static void test_dates(void **fixture)
{
    (void)fixture;
    struct emulator_records c;
    struct emulator_text space;
    char number[32];
    unsigned whole = 0;
    init(&c, 1, 1234567, 1000);
    for (int64_t i = 0; i < c.count; i++) {
        struct emulator_record record;
        emulator_records_get(&c, i, &record);
        struct base_span text = value_of(&record, "createdate", &space);
        bool is_whole = record.created_ms % 1000 == 0;
        assert_int_equal(memchr(text.p, '.', text.n) == NULL, is_whole);
        whole += is_whole;
        text = emulator_property_value_v1(&record, property(&c, "createdate"), &space);
        base_text_format(number, sizeof number, "%lld", (long long)record.created_ms);
        assert_span(text, number);
    }
    assert_in_range(whole, 10, 500);
}

static void test_types_are_found_by_all_their_names(void **fixture)
{
    (void)fixture;
    for (size_t t = 0; t < EMULATOR_TYPES; t++) {
        const struct emulator_type *type = &emulator_types[t];
        assert_ptr_equal(emulator_type_find(base_span_of(type->name), 5), type);
        assert_ptr_equal(emulator_type_find(base_span_of(type->type_id), 5), type);
    }
    const struct emulator_type *machine = emulator_type_find(BASE_SPAN("machine"), 5);
    assert_ptr_equal(emulator_type_find(BASE_SPAN("p5_machine"), 5), machine);
    assert_ptr_equal(emulator_type_find(BASE_SPAN("p_machine"), 5), machine);
    assert_ptr_equal(emulator_type_find(BASE_SPAN("p6_machine"), EMULATOR_ANY_PORTAL), machine);
    static const char *const strangers[] = {"",         "p6_machine", "px_machine", "p",
                                            "_machine", "p5machine",  "Contacts",   "0-4"};
    for (size_t i = 0; i < TEST_COUNT(strangers); i++)
        assert_null(emulator_type_find(base_span_of(strangers[i]), 5));
}

/* ---------------------------------------------------------------- archived, merged, coming, going
 */

static void test_shares_are_exact_and_states_agree(void **fixture)
{
    (void)fixture;
    struct emulator_records r;
    struct emulator_population p = {.seed = 3, .count = 1000, .archived = 7, .merged = 5};
    emulator_records_init(&r, emulator_type_contacts(), 9, &p);
    int64_t n[3] = {0}, losers = 0;
    for (int64_t i = 0; i < r.count; i++) {
        struct emulator_record record;
        int64_t found, of[EMULATOR_LOSERS_MAX];
        char id[24];
        enum emulator_life life = emulator_records_life(&r, i);
        n[life]++;
        emulator_records_get(&r, i, &record);
        assert_int_equal(record.archived_ms != 0, life == EMULATOR_ARCHIVED);
        assert_true(record.archived_ms == 0 || record.archived_ms >= record.modified_ms);
        base_text_format(id, sizeof id, "%lld", (long long)record.id);
        assert_int_equal(emulator_lookup(&r, "", base_span_of(id), true, &found),
                         life == EMULATOR_ARCHIVED);
        assert_int_equal(emulator_lookup(&r, "", base_span_of(id), false, &found),
                         life != EMULATOR_ARCHIVED);
        if (life == EMULATOR_LIVE)
            losers += (int64_t)emulator_records_losers(&r, i, of);
        if (life != EMULATOR_MERGED)
            continue;
        assert_int_equal(emulator_records_life(&r, found), EMULATOR_LIVE);
        bool among = false;
        for (size_t k = emulator_records_losers(&r, found, of); k-- > 0;)
            among |= of[k] == i;
        assert_true(among); /* the winner knows of it */
    }
    assert_int_equal(n[EMULATOR_ARCHIVED], 70);
    assert_int_equal(n[EMULATOR_MERGED], 50);
    assert_int_equal(losers, 50); /* each has one winner */
}

static int64_t count_from(const struct emulator_records *r, enum emulator_life life)
{
    int64_t n = 0;
    for (int64_t i = emulator_records_next(r, 0, life); i < r->count;
         i = emulator_records_next(r, i + 1, life))
        n++;
    return n;
}

static void test_records_come_and_go_with_the_time(void **fixture)
{
    (void)fixture;
    struct emulator_records before, after;
    struct emulator_record record;
    struct emulator_population p = {
        .count = 1000, .growing = 10, .vanishing = 5, .started_ms = 5000000, .now_ms = 5000000};
    emulator_records_init(&before, emulator_type_contacts(), 9, &p);
    p.now_ms += 20500;
    emulator_records_init(&after, emulator_type_contacts(), 9, &p);
    assert_int_equal(count_from(&before, EMULATOR_LIVE), 1000);
    assert_int_equal(after.count, 1205);
    int64_t gone = count_from(&after, EMULATOR_ARCHIVED);
    assert_in_range(gone, 70, 140); /* 102, by chance */
    assert_int_equal(count_from(&after, EMULATOR_LIVE), 1205 - gone);
    for (int64_t i = 0; i < after.count; i++) {
        emulator_records_get(&after, i, &record);
        if (i < 1000) /* what was there keeps its id */
            assert_int_equal(record.id, emulator_records_id(&before, i));
        else
            assert_in_range(record.created_ms, 5000000, 5020500);
        if (record.archived_ms != 0)
            assert_in_range(record.archived_ms, 5000000, 5020500);
    }
    p.now_ms = INT64_MAX / 2; /* far beyond what there can be */
    emulator_records_init(&after, emulator_type_contacts(), 9, &p);
    assert_true(after.count <= EMULATOR_RECORDS_MAX);
}

/* ---------------------------------------------------------------- cursors and associations */

static void test_each_kind_of_cursor_leads_to_the_next(void **fixture)
{
    (void)fixture;
    static const char *const kinds[] = {"id", "last-id", "offset", "opaque"};
    struct emulator_records r, other;
    init(&r, 3, 9, 500);
    init(&other, 4, 9, 500);
    for (size_t k = 0; k < TEST_COUNT(kinds); k++) {
        for (int64_t i = 0; i < r.count; i++) {
            int64_t at = -1;
            struct base_buf text;
            base_buf_init(&text, 64);
            emulator_cursor_write(kinds[k], &r, i, &text);
            assert_true(emulator_cursor_read(kinds[k], &r, base_buf_span(&text), &at));
            assert_int_equal(at, i + 1);
            if (k == 3) { /* not a number, and only good where it was made */
                assert_false(base_span_int64(base_buf_span(&text), &at));
                assert_false(emulator_cursor_read("opaque", &other, base_buf_span(&text), &at));
                text.p[20] = (char)(text.p[20] == 'a' ? 'b' : 'a');
                assert_false(emulator_cursor_read("opaque", &r, base_buf_span(&text), &at));
            }
            base_buf_free(&text);
        }
        int64_t at;
        static const char *const strangers[] = {"", "-1", "NTI1", "1x", "99999999999999999999"};
        for (size_t i = 0; i < TEST_COUNT(strangers); i++)
            assert_false(emulator_cursor_read(kinds[k], &r, base_span_of(strangers[i]), &at));
    }
}

/* Whoever is associated with somebody is so from the other side too. */
static void test_associations_are_mutual(void **fixture)
{
    (void)fixture;
    static bool seen[300][70];
    struct emulator_records many, few;
    memset(seen, 0, sizeof seen);
    emulator_records_init(&many, &emulator_types[0], 9,
                          &(struct emulator_population){.count = 300, .archived = 10});
    emulator_records_init(&few, &emulator_types[1], 9,
                          &(struct emulator_population){.count = 70, .archived = 10});
    unsigned pairs = 0;
    for (int64_t i = 0; i < 300; i++) {
        for (int64_t j = emulator_association_next(&many, i, &few, 0); j < few.count;
             j = emulator_association_next(&many, i, &few, j + 1)) {
            assert_int_equal(emulator_records_life(&few, j), EMULATOR_LIVE);
            seen[i][j] = true;
            pairs++;
        }
    }
    assert_in_range(pairs, 180, 270); /* four of five, a tenth archived */
    for (int64_t j = 0; j < 70; j++) {
        if (emulator_records_life(&few, j) != EMULATOR_LIVE)
            continue;
        for (int64_t i = emulator_association_next(&few, j, &many, 0); i < many.count;
             i = emulator_association_next(&few, j, &many, i + 1)) {
            assert_true(seen[i][j]);
            seen[i][j] = false;
        }
    }
    for (int64_t i = 0; i < 300; i++)
        for (int64_t j = 0; j < 70; j++)
            assert_true(!seen[i][j] || emulator_records_life(&many, i) != EMULATOR_LIVE);
    assert_int_equal(emulator_association_next(&many, 0, &many, 0), many.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_ascend_and_are_found),
        cmocka_unit_test(test_from_is_the_lower_bound),
        cmocka_unit_test(test_far_and_empty),
        cmocka_unit_test(test_pages_meet_each_contact_once),
        cmocka_unit_test(test_contacts_follow_from_seed_and_portal),
        cmocka_unit_test(test_values_are_sound),
        cmocka_unit_test(test_contacts_are_filled_as_real_ones),
        cmocka_unit_test(test_unique_values_lead_back),
        cmocka_unit_test(test_strangers_are_not_found),
        cmocka_unit_test(test_properties_are_sorted_and_found),
        cmocka_unit_test(test_contact_properties_are_as_many_as_hubspots),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_types_are_found_by_all_their_names),
        cmocka_unit_test(test_shares_are_exact_and_states_agree),
        cmocka_unit_test(test_records_come_and_go_with_the_time),
        cmocka_unit_test(test_each_kind_of_cursor_leads_to_the_next),
        cmocka_unit_test(test_associations_are_mutual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
