#include "crm_schema.h"

#include "hubspot_page.h"

#include <stdlib.h>

#define NAMES_MAX (256u << 10)

struct crm_schema {
    struct broker_call *call;
    struct base_buf target, names;
    struct base_span found[CRM_PROPERTIES];
    size_t count;
    crm_schema_fn *fn;
    void *arg;
};

void crm_schema_cancel(struct crm_schema *s)
{
    if (!s)
        return;
    broker_call_cancel(s->call);
    base_buf_free(&s->target);
    base_buf_free(&s->names);
    base_mem_free(s);
}

static int compare(const void *a, const void *b)
{
    const struct base_span *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int order = n > 0 ? memcmp(x->p, y->p, n) : 0;

    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static enum base_status take_names(struct crm_schema *s, struct base_span body,
                                   struct base_error *err)
{
    struct hubspot_page page;
    struct hubspot_rows rows;
    struct base_span row;
    struct base_json_value name;
    enum base_status status = hubspot_page_parse(body, &page, err);

    if (status)
        return status;
    hubspot_rows_begin(&rows, page.rows);
    while (hubspot_rows_next(&rows, &row)) {
        if (!base_json_find(row, &name, "name", NULL) || name.type != BASE_JSON_STRING)
            continue;
        if (s->count == CRM_PROPERTIES)
            return base_fail(err, BASE_LIMIT, "reading the properties", "there are more than %d",
                             CRM_PROPERTIES);
        s->found[s->count++] = name.raw;
    }
    if (s->count == 0)
        return base_fail(err, BASE_INVALID, "reading the properties", "HubSpot named none");
    qsort(s->found, s->count, sizeof(s->found[0]), compare);
    for (size_t i = 0; i < s->count; i++) {
        if (i > 0 && base_span_eq(s->found[i], s->found[i - 1]))
            continue;
        if (i > 0)
            base_buf_add_char(&s->names, ',');
        base_buf_add_span(&s->names, s->found[i]);
    }
    if (base_buf_status(&s->names) == BASE_LIMIT)
        return base_fail(err, BASE_LIMIT, "reading the properties",
                         "their names are longer than %u bytes", NAMES_MAX);
    return base_buf_status(&s->names) ? base_fail_memory(err) : BASE_OK;
}

static void on_definitions(void *arg, enum base_status status, struct broker_response *response,
                           const struct base_error *lower)
{
    struct crm_schema *s = arg;
    struct base_error err = BASE_ERROR_NONE;

    s->call = NULL;
    if (!status) {
        status = take_names(s, base_buf_span(response->body), &err);
        lower = &err;
    }
    s->fn(s->arg, status, base_buf_str(&s->names), lower);
    crm_schema_cancel(s);
}

enum base_status crm_schema_start(struct broker *b, const char *account,
                                  const struct crm_plan *plan, crm_schema_fn *fn, void *arg,
                                  struct crm_schema **ret, struct base_error *err)
{
    struct broker_request request = {.account = account, .method = "GET"};
    struct crm_schema *s;
    enum base_status status;

    s = base_mem_new(sizeof(*s));
    if (!s)
        return base_fail_memory(err);
    s->fn = fn;
    s->arg = arg;
    base_buf_init(&s->target, CRM_TARGET_MAX);
    base_buf_init(&s->names, NAMES_MAX);
    status = crm_plan_definitions(plan, &s->target, err);
    if (!status) {
        request.target = base_buf_str(&s->target);
        status = base_buf_status(&s->target)
                     ? base_fail_memory(err)
                     : broker_call_start(b, &request, on_definitions, s, &s->call, err);
    }
    if (status) {
        crm_schema_cancel(s);
        return status;
    }
    *ret = s;
    return BASE_OK;
}
