/* The emulator's searches: each operator against what the records hold, limits, and ranges of ids
 * against looking at every record. */
#include "test_support.h"

#include "base_text.h"
#include "emulator_filter.h"
#include "emulator_type.h"

#include <strings.h>

static struct emulator_records contacts, companies;

static void records_of(const void *arg, const struct emulator_type *type,
                       struct emulator_records *ret)
{
    (void)arg;
    *ret = type == emulator_type_contacts() ? contacts : companies;
}

static int set_up(void **fixture)
{
    (void)fixture;
    struct emulator_population p = {.seed = 1, .count = 1000, .archived = 4, .merged = 2};
    emulator_records_init(&contacts, emulator_type_contacts(), 7, &p);
    p.count = 200;
    emulator_records_init(&companies, &emulator_types[1], 7, &p);
    return 0;
}

static const char *read_filters(struct emulator_filters *f, const char *json, bool *ret_broken)
{
    return emulator_filters_read(f, emulator_type_contacts(), base_span_of(json), records_of, NULL,
                                 ret_broken);
}

/* The value as text, or NULL. */
static const char *text_of(const struct emulator_record *r, const char *name, char out[300])
{
    struct emulator_text space;
    int p = emulator_property_find(r->all->type, base_span_of(name));
    struct base_span value = emulator_property_value(r, (unsigned)p, &space);
    return value.p != NULL && base_text_copy(out, 300, value) ? out : NULL;
}

typedef bool predicate(const struct emulator_record *r);

static bool is_lead(const struct emulator_record *r)
{
    char text[300];
    const char *stage = text_of(r, "lifecyclestage", text);
    return stage != NULL && strcmp(stage, "lead") == 0;
}

static bool is_other(const struct emulator_record *r)
{
    char text[300];
    return text_of(r, "lifecyclestage", text) != NULL && !is_lead(r);
}

static bool is_rich(const struct emulator_record *r)
{
    char text[300];
    const char *revenue = text_of(r, "annualrevenue", text);
    return revenue != NULL && strtod(revenue, NULL) > 1000000;
}

static bool is_middling(const struct emulator_record *r)
{
    char text[300];
    const char *revenue = text_of(r, "annualrevenue", text);
    return revenue != NULL && strtod(revenue, NULL) >= 250000 && strtod(revenue, NULL) <= 1000000;
}

static bool is_old(const struct emulator_record *r)
{
    return r->created_ms < INT64_C(1459468800000); /* 2016-04-01 */
}

static bool has_phone(const struct emulator_record *r)
{
    char text[300];
    return text_of(r, "phone", text) != NULL;
}

static bool has_no_phone(const struct emulator_record *r)
{
    return !has_phone(r);
}

static bool lives_in_paris_or_berlin(const struct emulator_record *r)
{
    char text[300];
    const char *city = text_of(r, "city", text);
    return city != NULL && (strcmp(city, "Paris") == 0 || strcmp(city, "Berlin") == 0);
}

static bool works_at_logistics(const struct emulator_record *r)
{
    char text[300];
    const char *company = text_of(r, "company", text);
    return company != NULL && strstr(company, "Logistics") != NULL;
}

static bool is_rich_lead(const struct emulator_record *r)
{
    return is_rich(r) && is_lead(r);
}

static bool is_rich_or_lead(const struct emulator_record *r)
{
    return is_rich(r) || is_lead(r);
}

static bool anybody(const struct emulator_record *r)
{
    (void)r;
    return true;
}

#define ONE(filter) "{\"filterGroups\":[{\"filters\":[" filter "]}]}"
#define LEAD "{\"propertyName\":\"lifecyclestage\",\"operator\":\"EQ\",\"value\":\"LEAD\"}"
#define RICH "{\"propertyName\":\"annualrevenue\",\"operator\":\"GT\",\"value\":\"1000000\"}"

static void test_operators(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *json;
        predicate *fits;
    } cases[] = {
        {"{}", anybody},
        {"{\"filterGroups\":[]}", anybody},
        {ONE(LEAD), is_lead},
        {"{\"filters\":[" LEAD "]}", is_lead},
        {ONE("{\"propertyName\":\"lifecyclestage\",\"operator\":\"NEQ\",\"value\":\"lead\"}"),
         is_other},
        {ONE("{\"propertyName\":\"lifecyclestage\",\"operator\":\"NOT_IN\",\"values\":[\"lead\"]}"),
         is_other},
        {ONE(RICH), is_rich},
        {ONE("{\"propertyName\":\"annualrevenue\",\"operator\":\"GT\",\"value\":1000000}"),
         is_rich},
        {ONE("{\"propertyName\":\"annualrevenue\",\"operator\":\"GTE\",\"value\":\"1000000.5\"}"),
         is_rich},
        {ONE("{\"propertyName\":\"annualrevenue\",\"operator\":\"BETWEEN\",\"value\":\"250000\","
             "\"highValue\":\"1000000\"}"),
         is_middling},
        {ONE("{\"propertyName\":\"createdate\",\"operator\":\"LT\",\"value\":\"1459468800000\"}"),
         is_old},
        {ONE("{\"propertyName\":\"createdate\",\"operator\":\"LTE\",\"value\":"
             "\"2016-03-31T23:59:59.999Z\"}"),
         is_old},
        {ONE("{\"propertyName\":\"createdate\",\"operator\":\"LT\",\"value\":\"2016-04-01\"}"),
         is_old},
        {ONE("{\"propertyName\":\"phone\",\"operator\":\"HAS_PROPERTY\"}"), has_phone},
        {ONE("{\"propertyName\":\"phone\",\"operator\":\"NOT_HAS_PROPERTY\"}"), has_no_phone},
        {ONE("{\"propertyName\":\"city\",\"operator\":\"IN\",\"values\":[\"paris\",\"BERLIN\"]}"),
         lives_in_paris_or_berlin},
        {ONE("{\"propertyName\":\"company\",\"operator\":\"CONTAINS_TOKEN\",\"value\":"
             "\"logistics\"}"),
         works_at_logistics},
        {ONE("{\"propertyName\":\"company\",\"operator\":\"CONTAINS_TOKEN\",\"value\":\"logis*\"}"),
         works_at_logistics},
        {"{\"query\":\"logist\"}", works_at_logistics},
        {ONE(RICH "," LEAD), is_rich_lead},
        {"{\"filterGroups\":[{\"filters\":[" RICH "]},{\"filters\":[" LEAD "]}]}", is_rich_or_lead},
    };
    for (size_t k = 0; k < TEST_COUNT(cases); k++) {
        struct emulator_filters f;
        bool broken;
        int64_t from, until, n = 0;
        assert_null(read_filters(&f, cases[k].json, &broken));
        assert_false(broken);
        emulator_filters_range(&f, &contacts, &from, &until);
        assert_int_equal(until - from, 1000); /* none is about ids */
        for (int64_t i = 0; i < contacts.count; i++) {
            struct emulator_record record;
            emulator_records_get(&contacts, i, &record);
            bool fits = cases[k].fits(&record);
            if (emulator_filters_match(&f, &record) != fits)
                fail_msg("%s: record %lld should %sfit", cases[k].json, (long long)i,
                         fits ? "" : "not ");
            n += fits;
        }
        assert_true(n > 0);
        assert_true(cases[k].fits == anybody || n < contacts.count);
        emulator_filters_free(&f);
    }
}

static void test_refused(void **fixture)
{
    (void)fixture;
    static const char *const cases[] = {
        "",
        "[]",
        "{\"filterGroups\":[{}]}",
        "{\"filterGroups\":[1]}",
        "{\"filterGroups\":[{\"filters\":[1]}]}",
        ONE("{}"),
        ONE("{\"propertyName\":\"email\",\"operator\":\"LIKE\",\"value\":\"x\"}"),
        ONE("{\"propertyName\":\"nonsense\",\"operator\":\"EQ\",\"value\":\"x\"}"),
        ONE("{\"propertyName\":\"email\",\"operator\":\"EQ\"}"),
        ONE("{\"propertyName\":\"email\",\"operator\":\"IN\",\"values\":[]}"),
        ONE("{\"propertyName\":\"email\",\"operator\":\"IN\",\"value\":\"x\"}"),
        ONE("{\"propertyName\":\"createdate\",\"operator\":\"BETWEEN\",\"value\":\"5\"}"),
        ONE("{\"propertyName\":\"createdate\",\"operator\":\"GT\",\"value\":\"yesterday\"}"),
        ONE("{\"propertyName\":\"annualrevenue\",\"operator\":\"GT\",\"value\":\"a lot\"}"),
        ONE("{\"propertyName\":\"associations.nonsense\",\"operator\":\"EQ\",\"value\":\"1\"}"),
        ONE("{\"propertyName\":\"associations.company\",\"operator\":\"GT\",\"value\":\"1\"}"),
        ONE(LEAD "," LEAD "," LEAD "," LEAD "," LEAD "," LEAD "," LEAD),
    };
    for (size_t k = 0; k < TEST_COUNT(cases); k++) {
        struct emulator_filters f;
        bool broken;
        if (read_filters(&f, cases[k], &broken) == NULL)
            fail_msg("taken: %s", cases[k]);
    }
}

#define GROUP(filters) "{\"filters\":[" filters "]}"
#define FOUR LEAD "," LEAD "," LEAD "," LEAD

static void test_hubspots_limits(void **fixture)
{
    (void)fixture;
    struct emulator_filters f;
    bool broken;
    assert_null(read_filters(&f,
                             "{\"filterGroups\":[" GROUP(FOUR) "," GROUP(FOUR) "," GROUP(
                                 FOUR) "," GROUP(FOUR) "," GROUP(LEAD "," LEAD) "]}",
                             &broken)); /* five groups, eighteen filters */
    emulator_filters_free(&f);
    assert_non_null(read_filters(&f,
                                 "{\"filterGroups\":[" GROUP(FOUR) "," GROUP(FOUR) "," GROUP(
                                     FOUR) "," GROUP(FOUR) "," GROUP(LEAD "," LEAD "," LEAD) "]}",
                                 &broken));
    assert_non_null(read_filters(&f,
                                 "{\"filterGroups\":[" GROUP(LEAD) "," GROUP(LEAD) "," GROUP(
                                     LEAD) "," GROUP(LEAD) "," GROUP(LEAD) "," GROUP(LEAD) "]}",
                                 &broken));
    char body[EMULATOR_QUERY_MAX + 32];
    base_text_format(body, sizeof body, "{\"query\":\"%0*d\"}", EMULATOR_QUERY_MAX, 0);
    assert_null(read_filters(&f, body, &broken));
    emulator_filters_free(&f);
    base_text_format(body, sizeof body, "{\"query\":\"%0*d\"}", EMULATOR_QUERY_MAX + 1, 0);
    assert_non_null(read_filters(&f, body, &broken));
}

static void test_epoch_breaks_it(void **fixture)
{
    (void)fixture;
    struct emulator_filters f;
    bool broken;
    assert_null(read_filters(
        &f, ONE("{\"propertyName\":\"lastmodifieddate\",\"operator\":\"GTE\",\"value\":0}"),
        &broken));
    assert_true(broken);
    emulator_filters_free(&f);
}

/* Whatever the operator and the number, the range and the matching agree. */
static void test_ranges_of_ids(void **fixture)
{
    (void)fixture;
    static const char *const operators[] = {"EQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "NEQ"};
    for (size_t k = 0; k < TEST_COUNT(operators); k++) {
        for (int64_t step = 0; step < 60; step++) {
            struct emulator_filters f;
            char json[256];
            bool broken;
            int64_t from, until;
            int64_t id = emulator_records_id(&contacts, step * 16) + step % 3 - 1;
            base_text_format(json, sizeof json,
                             ONE("{\"propertyName\":\"hs_object_id\",\"operator\":\"%s\",\"value\":"
                                 "\"%lld%s\",\"highValue\":%lld}"),
                             operators[k], (long long)id, step % 5 == 0 ? ".5" : "",
                             (long long)id + 500);
            assert_null(read_filters(&f, json, &broken));
            bool all = emulator_filters_range(&f, &contacts, &from, &until);
            assert_int_equal(all, k < 6 && step % 5 != 0);
            for (int64_t i = 0; i < contacts.count; i++) {
                struct emulator_record record;
                emulator_records_get(&contacts, i, &record);
                bool fits = emulator_filters_match(&f, &record), within = i >= from && i < until;
                assert_true(all ? fits == within : !fits || within);
            }
            emulator_filters_free(&f);
        }
    }
}

static void test_associations(void **fixture)
{
    (void)fixture;
    struct emulator_filters f;
    char json[256];
    bool broken;
    unsigned n = 0;
    int64_t company = 10;
    while (emulator_records_life(&companies, company) != EMULATOR_LIVE)
        company++;
    base_text_format(json, sizeof json,
                     ONE("{\"propertyName\":\"associations.company\",\"operator\":\"EQ\","
                         "\"value\":\"%lld\"}"),
                     (long long)emulator_records_id(&companies, company));
    assert_null(read_filters(&f, json, &broken));
    for (int64_t i = 0; i < contacts.count; i++) {
        struct emulator_record record;
        emulator_records_get(&contacts, i, &record);
        bool fits = emulator_association_next(&contacts, i, &companies, company) == company;
        assert_int_equal(emulator_filters_match(&f, &record), fits);
        n += fits;
    }
    assert_in_range(n, 1, 5);
    emulator_filters_free(&f);
}

static enum base_status short_of_memory(void *arg)
{
    (void)arg;
    struct emulator_filters f;
    bool broken;
    const char *fault = read_filters(
        &f, "{\"query\":\"x\",\"filterGroups\":[{\"filters\":[" LEAD "," RICH "]}]}", &broken);
    if (fault != NULL)
        return BASE_NO_MEMORY;
    emulator_filters_free(&f);
    return BASE_OK;
}

static void test_each_failing_allocation(void **fixture)
{
    (void)fixture;
    assert_true(test_each_allocation_fails(short_of_memory, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hubspots_limits),
        cmocka_unit_test(test_epoch_breaks_it),
        cmocka_unit_test(test_ranges_of_ids),
        cmocka_unit_test(test_associations),
        cmocka_unit_test(test_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
