/* What a search asks for: groups of filters, of which one group must fit, and a text. */
#ifndef EMULATOR_FILTER_H
#define EMULATOR_FILTER_H

#include "emulator_association.h"
#include "emulator_property.h"

#include "base_json.h"

/* HubSpot's limits, from its guide to searches. */
#define EMULATOR_GROUPS_MAX 5
#define EMULATOR_FILTERS_MAX 6 /* of a group */
#define EMULATOR_FILTERS_TOTAL 18
#define EMULATOR_QUERY_MAX 3000 /* characters */

#define EMULATOR_OPERATORS(X)                                                                      \
    X(EQ)                                                                                          \
    X(NEQ)                                                                                         \
    X(LT)                                                                                          \
    X(LTE)                                                                                         \
    X(GT)                                                                                          \
    X(GTE)                                                                                         \
    X(BETWEEN)                                                                                     \
    X(IN)                                                                                          \
    X(NOT_IN)                                                                                      \
    X(HAS_PROPERTY)                                                                                \
    X(NOT_HAS_PROPERTY)                                                                            \
    X(CONTAINS_TOKEN)                                                                              \
    X(NOT_CONTAINS_TOKEN)

enum emulator_operator {
#define X(name) EMULATOR_##name,
    EMULATOR_OPERATORS(X)
#undef X
        EMULATOR_OPERATOR_COUNT,
};

struct emulator_filter {
    int property;                  /* -1: of associations */
    struct emulator_records other; /* whose records are associated */
    enum emulator_operator op;
    char **values; /* value and highValue, or values */
    size_t count;
    double low, high; /* the first two of a number or date */
};

struct emulator_filters {
    struct emulator_filter items[EMULATOR_GROUPS_MAX][EMULATOR_FILTERS_MAX];
    size_t counts[EMULATOR_GROUPS_MAX];
    size_t groups;
    char *query; /* NULL: none */
};

/* Finds the records of another type, for filters on associations. */
typedef void emulator_filter_records_fn(const void *arg, const struct emulator_type *type,
                                        struct emulator_records *ret);

/* Reads "filterGroups" (or "filters") and "query" for records of `type`. Returns NULL, or what is
 * wrong with them: then nothing is kept. A filter on a date at epoch 0 sets *ret_broken: HubSpot
 * answers 500. */
const char *emulator_filters_read(struct emulator_filters *f, const struct emulator_type *type,
                                  struct base_span body, emulator_filter_records_fn *records,
                                  const void *arg, bool *ret_broken);
void emulator_filters_free(struct emulator_filters *f);
bool emulator_filters_match(const struct emulator_filters *f, const struct emulator_record *record);
/* The indices outside of which nothing matches, as far as filters on hs_object_id tell. True when
 * everything within matches. */
bool emulator_filters_range(const struct emulator_filters *f, const struct emulator_records *r,
                            int64_t *ret_from, int64_t *ret_until);

/* A value as a number: numbers themselves, dates as Unix ms. False when it is neither. */
bool emulator_filter_number(const struct emulator_record *record, unsigned property, double *ret);

#endif
