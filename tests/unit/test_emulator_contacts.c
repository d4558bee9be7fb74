/* The emulator's contacts: ids and indices map to each other, and everything follows from the seed.
 */
#include "test_support.h"

#include "base_text.h"
#include "emulator_config.h"
#include "emulator_contacts.h"
#include "emulator_property.h"

static void test_ids_ascend_and_are_found(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    for (int64_t seed = 0; seed < 20; seed++) {
        emulator_contacts_init(&c, seed, 1234567, 3000);
        int64_t before = 0;
        for (int64_t i = 0; i < c.count; i++) {
            int64_t id = emulator_contacts_id(&c, i), found = -1;
            assert_true(id > before);
            assert_true(id > INT64_C(0xffffffff)); /* a client must keep 64 bits */
            assert_true(emulator_contacts_find(&c, id, &found));
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
    struct emulator_contacts c;
    emulator_contacts_init(&c, 7, 42, 300);
    int64_t first = emulator_contacts_id(&c, 0), last = emulator_contacts_id(&c, 299);
    int64_t expected = 0;
    for (int64_t id = first - 200; id <= last + 200; id++) {
        while (expected < c.count && emulator_contacts_id(&c, expected) < id)
            expected++;
        assert_int_equal(emulator_contacts_from(&c, id), expected);
        int64_t found;
        bool exists = expected < c.count && emulator_contacts_id(&c, expected) == id;
        assert_int_equal(emulator_contacts_find(&c, id, &found), exists);
    }
}

static void test_far_and_empty(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    int64_t index;
    emulator_contacts_init(&c, 1, 1234567, EMULATOR_CONTACTS_MAX);
    int64_t id = emulator_contacts_id(&c, EMULATOR_CONTACTS_MAX - 1);
    assert_true(id < INT64_C(1) << 53); /* v1 writes ids as JSON numbers */
    assert_true(emulator_contacts_find(&c, id, &index));
    assert_int_equal(index, EMULATOR_CONTACTS_MAX - 1);
    assert_int_equal(emulator_contacts_from(&c, id + 1), EMULATOR_CONTACTS_MAX);
    assert_int_equal(emulator_contacts_from(&c, INT64_MAX), EMULATOR_CONTACTS_MAX);
    assert_int_equal(emulator_contacts_from(&c, 0), 0);
    assert_int_equal(emulator_contacts_from(&c, INT64_MIN), 0);

    emulator_contacts_init(&c, 1, 1234567, 0);
    assert_int_equal(emulator_contacts_from(&c, 0), 0);
    assert_false(emulator_contacts_find(&c, id, &index));
}

/* Pages of key-set paging meet each contact once, whatever their size. */
static void test_pages_meet_each_contact_once(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    emulator_contacts_init(&c, 3, 9, 257);
    for (int64_t limit = 1; limit <= 100; limit += 11) {
        int64_t after = 0, seen = 0;
        for (;;) {
            int64_t from = emulator_contacts_from(&c, after);
            int64_t until = from + limit < c.count ? from + limit : c.count;
            assert_int_equal(from, seen);
            seen = until;
            if (until == c.count)
                break;
            after = emulator_contacts_id(&c, until - 1) + 1;
        }
        assert_int_equal(seen, c.count);
    }
}

static void describe(const struct emulator_contacts *c, int64_t i, struct base_buf *out)
{
    struct emulator_contact contact;
    char space[EMULATOR_VALUE_SIZE];
    emulator_contacts_get(c, i, &contact);
    for (unsigned p = 0; p < emulator_property_count; p++) {
        const char *value = emulator_property_value(&contact, p, space);
        base_buf_printf(out, "%s=%s;", emulator_property_name(p), value != NULL ? value : "null");
    }
}

static void test_contacts_follow_from_seed_and_portal(void **fixture)
{
    (void)fixture;
    struct emulator_contacts a, same, other_seed, other_portal;
    emulator_contacts_init(&a, 1, 1234567, 100);
    emulator_contacts_init(&same, 1, 1234567, 1000000); /* the count is not part of it */
    emulator_contacts_init(&other_seed, 2, 1234567, 100);
    emulator_contacts_init(&other_portal, 1, 1234568, 100);
    for (int64_t i = 99; i >= 0; i--) { /* nor is the order in which they are asked for */
        struct base_buf texts[4];
        const struct emulator_contacts *all[] = {&a, &same, &other_seed, &other_portal};
        for (size_t k = 0; k < 4; k++) {
            base_buf_init(&texts[k], 1 << 16);
            describe(all[k], i, &texts[k]);
        }
        assert_string_equal(base_buf_str(&texts[0]), base_buf_str(&texts[1]));
        assert_string_not_equal(base_buf_str(&texts[0]), base_buf_str(&texts[2]));
        assert_string_not_equal(base_buf_str(&texts[0]), base_buf_str(&texts[3]));
        for (size_t k = 0; k < 4; k++)
            base_buf_free(&texts[k]);
    }
}

static unsigned property(const char *name)
{
    int found = emulator_property_find(base_span_of(name));
    assert_true(found >= 0);
    return (unsigned)found;
}

static void test_values_are_sound(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    char space[EMULATOR_VALUE_SIZE];
    unsigned nulls[64] = {0}, others = 0;
    emulator_contacts_init(&c, 1, 1234567, 5000);
    for (int64_t i = 0; i < c.count; i++) {
        struct emulator_contact contact;
        emulator_contacts_get(&c, i, &contact);
        assert_true(contact.modified_ms >= contact.created_ms);
        for (unsigned p = 0; p < emulator_property_count; p++) {
            const char *value = emulator_property_value(&contact, p, space);
            nulls[p] += value == NULL;
            if (value != NULL)
                assert_true(base_text_utf8_valid(base_span_of(value)) && value[0] != '\0');
        }
        /* HubSpot makes no contact without one of them. */
        assert_true(emulator_property_value(&contact, property("email"), space) != NULL ||
                    contact.first != NULL || contact.last != NULL);
        const char *first = contact.first != NULL ? contact.first->text : "";
        for (; *first != '\0'; first++)
            others += (unsigned char)*first >= 0x80;
    }
    assert_int_equal(nulls[property("hs_object_id")], 0);
    assert_int_equal(nulls[property("createdate")], 0);
    assert_in_range(nulls[property("email")], 50, 500);
    assert_in_range(nulls[property("company")], 500, 4000);
    assert_in_range(nulls[property("firstname")], 50, 1000);
    assert_true(others > 1000); /* not only ASCII */
}

static void test_emails_are_unique_and_lead_back(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    char space[EMULATOR_VALUE_SIZE];
    int64_t index;
    emulator_contacts_init(&c, 5, 77, 2000);
    for (int64_t i = 0; i < c.count; i++) {
        struct emulator_contact contact;
        emulator_contacts_get(&c, i, &contact);
        const char *email = emulator_property_value(&contact, property("email"), space);
        if (email == NULL)
            continue;
        assert_true(emulator_contacts_find_email(&c, base_span_of(email), &index));
        assert_int_equal(index, i); /* so no two are equal */
        for (char *p = space; *p != '\0'; p++)
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
        assert_true(emulator_contacts_find_email(&c, base_span_of(space), &index));
        assert_int_equal(index, i);
    }
    static const char *const strangers[] = {"",
                                            "@",
                                            "0",
                                            "nobody@example.com",
                                            "x0@example.com",
                                            "x99999999999999999999@example.com",
                                            "a2000@example.org"};
    for (size_t i = 0; i < TEST_COUNT(strangers); i++)
        assert_false(emulator_contacts_find_email(&c, base_span_of(strangers[i]), &index));
}

static void test_properties_are_sorted_and_chosen(void **fixture)
{
    (void)fixture;
    for (unsigned p = 1; p < emulator_property_count; p++)
        assert_true(strcmp(emulator_property_name(p - 1), emulator_property_name(p)) < 0);
    uint64_t two = emulator_property_bit("email") | emulator_property_bit("zip");
    assert_int_equal(emulator_property_choose(0, "zip,email"), two);
    assert_int_equal(emulator_property_choose(0, " zip ,nonsense,,email,zip"), two);
    assert_int_equal(emulator_property_choose(two, ""), two);
    assert_int_equal(emulator_property_choose(0, "Email"), 0);
}

/* HubSpot leaves a fraction of zero out, and v1 writes milliseconds. */
static void test_dates(void **fixture)
{
    (void)fixture;
    struct emulator_contacts c;
    char space[EMULATOR_VALUE_SIZE], number[32];
    unsigned whole = 0;
    emulator_contacts_init(&c, 1, 1234567, 1000);
    for (int64_t i = 0; i < c.count; i++) {
        struct emulator_contact contact;
        emulator_contacts_get(&c, i, &contact);
        const char *text = emulator_property_value(&contact, property("createdate"), space);
        bool is_whole = contact.created_ms % 1000 == 0;
        assert_int_equal(strchr(text, '.') == NULL, is_whole);
        whole += is_whole;
        text = emulator_property_value_v1(&contact, property("createdate"), space);
        base_text_format(number, sizeof number, "%lld", (long long)contact.created_ms);
        assert_string_equal(text, number);
    }
    assert_in_range(whole, 10, 500);
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
        cmocka_unit_test(test_emails_are_unique_and_lead_back),
        cmocka_unit_test(test_properties_are_sorted_and_chosen),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
