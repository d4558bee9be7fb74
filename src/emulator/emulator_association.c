#include "emulator_association.h"

#include "emulator_error.h"
#include "emulator_query.h"
#include "emulator_route.h"
#include "emulator_state.h"
#include "emulator_type.h"

#include "base_text.h"

#include <string.h>

#define LIMIT_DEFAULT 500
#define LIMIT_MAX 500

/* Those of `to` that may belong to `index` of `from`, from *ret_from to below *ret_until. */
static void range(const struct emulator_records *from, int64_t index,
                  const struct emulator_records *to, int64_t *ret_from, int64_t *ret_until)
{
    int64_t own = from->population.count, other = to->population.count;
    *ret_from = *ret_until = 0;
    if (index >= own || other == 0 || from->type == to->type)
        return;
    *ret_from = own >= other ? index * other / own : (index * other + own - 1) / own;
    *ret_until = own >= other ? *ret_from + 1 : ((index + 1) * other + own - 1) / own;
}

static bool belong(const struct emulator_records *a, int64_t i, const struct emulator_records *b,
                   int64_t j)
{
    uint64_t pair =
        emulator_record_mix(a->key ^ (uint64_t)i) + emulator_record_mix(b->key ^ (uint64_t)j);
    return emulator_record_mix(pair) % 5 != 0 && emulator_records_life(b, j) == EMULATOR_LIVE;
}

int64_t emulator_association_next(const struct emulator_records *from, int64_t index,
                                  const struct emulator_records *to, int64_t at)
{
    int64_t first, until;
    range(from, index, to, &first, &until);
    for (int64_t j = at > first ? at : first; j < until; j++)
        if (belong(from, index, to, j))
            return j;
    return to->count;
}

static void write_one(const char *id, const char *name, struct base_jsonw *w)
{
    base_jsonw_object(w);
    base_jsonw_member_str(w, "id", id);
    base_jsonw_member_str(w, "type", name);
    base_jsonw_end(w);
}

void emulator_association_write(const struct emulator_records *from,
                                const struct emulator_records *to, int64_t index,
                                struct base_jsonw *w)
{
    char id[24], name[64];
    base_text_format(id, sizeof id, "%lld", (long long)emulator_records_id(to, index));
    base_text_format(name, sizeof name, "%s_to_%s", from->type->singular, to->type->singular);
    write_one(id, name, w);
    if (strcmp(to->type->singular, "company") != 0)
        return;
    base_text_format(name, sizeof name, "%s_to_%s_unlabeled", from->type->singular,
                     to->type->singular);
    write_one(id, name, w);
}

/* ---------------------------------------------------------------- GET …/{id}/associations/{toType}
 */

/* The dated versions' form. */
static void write_dated(const struct emulator_records *to, int64_t index, struct base_jsonw *w)
{
    base_jsonw_object(w);
    base_jsonw_member_int(w, "toObjectId", emulator_records_id(to, index));
    base_jsonw_key(w, "associationTypes");
    base_jsonw_array(w);
    base_jsonw_object(w);
    base_jsonw_member_str(w, "category", "HUBSPOT_DEFINED");
    base_jsonw_member_int(w, "typeId", 200 + (int64_t)emulator_type_number(to->type));
    base_jsonw_member_str(w, "label", NULL);
    base_jsonw_end(w);
    base_jsonw_end(w);
    base_jsonw_end(w);
}

/* NULL, or what is wrong with the query. */
static const char *read_query(const struct emulator_call *call, int64_t *ret_limit,
                              int64_t *ret_after)
{
    struct emulator_query fields;
    const char *name, *value, *fault = NULL;
    *ret_limit = LIMIT_DEFAULT;
    *ret_after = 0;
    emulator_query_begin(&fields, call->request->query);
    while (fault == NULL && emulator_query_next(&fields, &name, &value)) {
        if (strcmp(name, "limit") == 0 && (!base_span_int64(base_span_of(value), ret_limit) ||
                                           *ret_limit < 1 || *ret_limit > LIMIT_MAX))
            fault = "limit must be from 1 to 500";
        else if (strcmp(name, "after") == 0 &&
                 (!base_span_int64(base_span_of(value), ret_after) || *ret_after < 0))
            fault = "after is not a paging cursor of this endpoint";
    }
    emulator_query_end(&fields);
    return fault;
}

static void write_page(struct emulator_call *call, const struct emulator_records *from,
                       int64_t index, const struct emulator_records *to, int64_t limit, int64_t at)
{
    bool dated = strstr(call->route->pattern, "/v3/") == NULL;
    struct base_jsonw w;
    emulator_answer_json(call, 200, &w);
    base_jsonw_object(&w);
    base_jsonw_key(&w, "results");
    base_jsonw_array(&w);
    int64_t j = emulator_association_next(from, index, to, emulator_records_from(to, at));
    for (int64_t n = 0; n < limit && j < to->count; n++) {
        if (dated)
            write_dated(to, j, &w);
        else
            emulator_association_write(from, to, j, &w);
        j = emulator_association_next(from, index, to, j + 1);
    }
    base_jsonw_end(&w);
    if (j < to->count) {
        char after[24];
        base_text_format(after, sizeof after, "%lld", (long long)emulator_records_id(to, j));
        base_jsonw_key(&w, "paging");
        base_jsonw_object(&w);
        base_jsonw_key(&w, "next");
        base_jsonw_object(&w);
        base_jsonw_member_str(&w, "after", after);
        base_jsonw_end(&w);
        base_jsonw_end(&w);
    }
    base_jsonw_end(&w);
}

void emulator_association_get(struct emulator_call *call)
{
    int64_t limit, after, id, index;
    struct emulator_records from, to;
    const struct emulator_type *type = emulator_type_find(call->params[2], call->grant.portal);
    const char *fault = read_query(call, &limit, &after);
    if (type == NULL)
        fault = "the type of the associated objects is not known";
    if (fault != NULL) {
        emulator_error_plain(call, 400, fault, "VALIDATION_ERROR");
        return;
    }
    emulator_call_records(call, call->type, &from);
    emulator_call_records(call, type, &to);
    if (!base_span_int64(call->params[1], &id) || !emulator_records_find(&from, id, &index) ||
        emulator_records_life(&from, index) != EMULATOR_LIVE) {
        emulator_error_plain(call, 404, "resource not found", NULL);
        return;
    }
    write_page(call, &from, index, &to, limit, after);
}
