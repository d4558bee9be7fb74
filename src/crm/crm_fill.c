#include "crm_fill.h"

#include "base_text.h"
#include "hubspot_next.h"
#include "hubspot_page.h"

#define FILL_ROW_MAX (64u << 20)

struct crm_fill {
    struct broker *b;
    const char *account;
    const struct crm_plan *plan;
    struct crm_fill_tally tally;
    crm_fill_fn *fn;
    void *arg;
    struct base_span rows[CRM_PAGE_SIZE];
    struct {
        char *p;
        size_t n;
    } texts[CRM_PAGE_SIZE];          /* of rows that were put together here */
    size_t count, held;              /* held: bytes of all these texts */
    struct base_buf listed, batched; /* what other rows are spans of */
    struct broker_call *call;
    struct base_buf target, body; /* of the request */
    /* The associations that are followed: of which row, its object before, the rest. */
    size_t at;
    struct base_span cut;
    char cursor[HUBSPOT_NEXT_CURSOR];
    struct hubspot_walk walk;
    struct base_buf more;
};

static void free_texts(struct crm_fill *f)
{
    for (size_t i = 0; i < CRM_PAGE_SIZE; i++) {
        base_mem_free(f->texts[i].p);
        f->texts[i].p = NULL;
    }
    *f->tally.room += f->held;
    f->held = 0;
}

void crm_fill_cancel(struct crm_fill *f)
{
    if (!f)
        return;
    broker_call_cancel(f->call);
    free_texts(f);
    base_buf_free(&f->listed);
    base_buf_free(&f->batched);
    base_buf_free(&f->target);
    base_buf_free(&f->body);
    base_buf_free(&f->more);
    base_mem_free(f);
}

static void finish(struct crm_fill *f, enum base_status status, const struct base_error *err)
{
    size_t none = 0;

    *f->tally.room += f->held; /* `fn` may end the export that counts */
    f->held = 0;
    f->tally.room = &none;
    f->fn(f->arg, status, f->rows, err);
    crm_fill_cancel(f);
}

static enum base_status fail_full(const struct base_buf *text, struct base_error *err)
{
    return base_buf_status(text) == BASE_LIMIT
               ? base_fail(err, BASE_LIMIT, "reading associations", "a row is too large")
               : base_fail_memory(err);
}

static enum base_status fail_room(struct base_error *err)
{
    base_fail(err, BASE_LIMIT, "reading associations",
              "those that are held until their rows are whole have more than %zu MiB",
              CRM_FILL_ROOM >> 20);
    base_error_hint(err, "export fewer kinds of associations at a time (--associations)");
    return BASE_LIMIT;
}

/* The row becomes what `text` holds. */
static enum base_status replace(struct crm_fill *f, size_t i, struct base_buf *text,
                                struct base_error *err)
{
    size_t n = text->n, before = f->texts[i].n;
    char *p = base_buf_steal(text);

    if (!p)
        return fail_full(text, err);
    if (n > *f->tally.room + before) {
        base_mem_free(p);
        return fail_room(err);
    }
    *f->tally.room += before - n;
    f->held += n - before;
    base_mem_free(f->texts[i].p);
    f->texts[i].p = p;
    f->texts[i].n = n;
    f->rows[i] = (struct base_span){p, n};
    return BASE_OK;
}

/* ------------------------------------------------------------------ requests */

static enum base_status check_answer(void *arg, struct base_span body)
{
    struct hubspot_page page;
    enum base_status status = hubspot_page_parse(body, &page, NULL);

    (void)arg;
    return status == BASE_OK && page.style != HUBSPOT_PAGE_V3 ? BASE_INVALID : status;
}

static enum base_status send(struct crm_fill *f, const char *method, broker_call_fn *fn,
                             struct base_error *err)
{
    const struct broker_header type = {BASE_SPAN("Content-Type"), BASE_SPAN("application/json")};
    struct broker_request request = {
        .account = f->account,
        .method = method,
        .target = base_buf_str(&f->target),
        .headers = &type,
        .header_count = f->body.n > 0,
        .body = base_buf_span(&f->body),
        .max_body = FILL_ROW_MAX,
        .bulk = true,
        .check = check_answer,
    };

    if (base_buf_status(&f->target) || base_buf_status(&f->body))
        return base_fail_memory(err);
    return broker_call_start(f->b, &request, fn, f, &f->call, err);
}

/* ------------------------------------------------------------------ properties by batch read */

/* Empty: it has none. */
static struct base_span id_of(struct base_span object)
{
    struct base_json_value id;

    return base_json_find(object, &id, "id", NULL) &&
                   (id.type == BASE_JSON_STRING || id.type == BASE_JSON_NUMBER)
               ? id.raw
               : BASE_SPAN_NONE;
}

/* A batch read knows no associations: those of the list go into its row. */
static enum base_status join(struct crm_fill *f, size_t i, struct base_span object,
                             struct base_error *err)
{
    struct base_json_value associations;
    struct base_buf text;

    if (!base_json_find(f->rows[i], &associations, "associations", NULL) ||
        associations.type != BASE_JSON_OBJECT) {
        f->rows[i] = object;
        return BASE_OK;
    }
    base_buf_init(&text, FILL_ROW_MAX);
    base_buf_add_span(&text, base_span_first(object, object.n - 1));
    base_buf_add_str(&text, ",\"associations\":");
    base_buf_add_span(&text, associations.raw);
    base_buf_add_char(&text, '}');
    return replace(f, i, &text, err);
}

/* The answer is in whatever order, without those that are no more, and with the winner in the place
 * of a record that was merged away meanwhile. */
static enum base_status take_batch(struct crm_fill *f, struct base_error *err)
{
    struct hubspot_page page;
    struct hubspot_rows rows;
    struct base_span object;
    bool found[CRM_PAGE_SIZE] = {false};
    enum base_status status = hubspot_page_parse(base_buf_span(&f->batched), &page, err);

    if (status)
        return status;
    hubspot_rows_begin(&rows, page.rows);
    while (!status && hubspot_rows_next(&rows, &object)) {
        struct base_span id = id_of(object);
        size_t i = id.n > 0 ? 0 : f->count;

        while (i < f->count && (found[i] || !base_span_eq(id_of(f->rows[i]), id)))
            i++;
        if (i == f->count)
            continue;
        found[i] = true;
        status = join(f, i, object, err);
    }
    for (size_t i = 0; i < f->count; i++) {
        if (!found[i])
            f->rows[i] = BASE_SPAN_NONE;
    }
    return status;
}

/* The end of a call. False: it failed, and so has all. */
static bool call_done(struct crm_fill *f, enum base_status status, const struct base_error *lower)
{
    f->call = NULL;
    if (status) {
        finish(f, status, lower);
        return false;
    }
    ++*f->tally.requests;
    return true;
}

static void on_batch(void *arg, enum base_status status, struct broker_response *response,
                     const struct base_error *lower)
{
    struct crm_fill *f = arg;
    struct base_error err = BASE_ERROR_NONE;

    if (!call_done(f, status, lower))
        return;
    f->batched = *response->body;
    *response->body = (struct base_buf){.max = f->batched.max};
    status = take_batch(f, &err);
    finish(f, status, &err);
}

static enum base_status ask_batch(struct crm_fill *f, struct base_error *err)
{
    base_buf_reset(&f->target);
    base_buf_reset(&f->body);
    crm_plan_batch(f->plan, &f->target, &f->body);
    for (size_t i = 0; i < f->count; i++) {
        if (id_of(f->rows[i]).n == 0)
            return base_fail(err, BASE_INVALID, "reading properties",
                             "HubSpot's answer has an object without an id");
        base_buf_add_str(&f->body, i == 0 ? "{\"id\":\"" : ",{\"id\":\"");
        base_buf_add_span(&f->body, id_of(f->rows[i]));
        base_buf_add_str(&f->body, "\"}");
    }
    base_buf_add_str(&f->body, "]}");
    return send(f, "POST", on_batch, err);
}

/* ------------------------------------------------------------------ associations */

/* Finds a type of associations of which a row shows the first only: where its object stands, its
 * name, and the cursor of the rest. */
static bool find_cut(struct base_span row, struct base_span *ret_type, struct base_span *ret_name,
                     struct base_json_value *ret_after)
{
    struct base_json_value all, name, type;
    struct base_json j;

    if (!base_json_find(row, &all, "associations", NULL) || all.type != BASE_JSON_OBJECT)
        return false;
    base_json_begin(&j, all.raw);
    (void)base_json_next(&j, NULL);
    while (base_json_next(&j, &name) == BASE_JSON_KEY) {
        (void)base_json_take(&j, &type);
        if (type.type == BASE_JSON_OBJECT &&
            base_json_find(type.raw, ret_after, "paging", "next", "after", NULL)) {
            *ret_type = type.raw;
            *ret_name = name.raw;
            return true;
        }
    }
    return false;
}

/* What stands between the brackets of a list. */
static struct base_span inside(struct base_span list)
{
    return base_span_trim(base_span_first(base_span_from(list, 1), list.n - 2));
}

static void add_results(struct base_buf *out, struct base_span list)
{
    struct base_span results = list.n >= 2 ? inside(list) : BASE_SPAN_NONE;

    if (out->n > 0 && results.n > 0)
        base_buf_add_char(out, ',');
    base_buf_add_span(out, results);
}

static enum base_status go_on(struct crm_fill *f, struct base_error *err);
static void on_associations(void *arg, enum base_status status, struct broker_response *response,
                            const struct base_error *lower);

static enum base_status ask_associations(struct crm_fill *f, struct base_error *err)
{
    struct base_json_value after;
    struct base_span name;

    (void)find_cut(f->rows[f->at], &f->cut, &name, &after);
    base_buf_reset(&f->target);
    base_buf_reset(&f->body);
    crm_plan_associations(f->plan, id_of(f->rows[f->at]), name, f->cursor, &f->target);
    return send(f, "GET", on_associations, err);
}

/* The type's object with all that was read in the place of the one that showed the first. */
static enum base_status splice(struct crm_fill *f, struct base_error *err)
{
    struct base_span row = f->rows[f->at];
    size_t before = (size_t)(f->cut.p - row.p);
    struct base_buf text;

    base_buf_init(&text, FILL_ROW_MAX);
    base_buf_add_span(&text, base_span_first(row, before));
    base_buf_add_str(&text, "{\"results\":[");
    base_buf_add_span(&text, base_buf_span(&f->more));
    base_buf_add_str(&text, "]}");
    base_buf_add_span(&text, base_span_from(row, before + f->cut.n));
    return replace(f, f->at, &text, err);
}

/* To the next page of the type, if the cursor leads on. */
static enum base_status walk_to(struct crm_fill *f, const char *cursor, struct base_error *err)
{
    struct hubspot_next next = {.more = true, .count = 1};

    next.parameters[0].name = "after";
    (void)base_text_copy(next.parameters[0].value, HUBSPOT_NEXT_CURSOR, base_span_of(cursor));
    memcpy(f->cursor, next.parameters[0].value, sizeof(f->cursor));
    return hubspot_walk_step(&f->walk, &next, err);
}

static enum base_status take_associations(struct crm_fill *f, struct base_span body,
                                          struct base_error *err)
{
    struct hubspot_page page;
    enum base_status status = hubspot_page_parse(body, &page, err);

    if (status)
        return status;
    add_results(&f->more, page.rows);
    if (base_buf_status(&f->more))
        return fail_full(&f->more, err);
    if (!page.more) {
        status = splice(f, err);
        return status ? status : go_on(f, err);
    }
    status = walk_to(f, page.cursor, err);
    return status ? status : ask_associations(f, err);
}

static void on_associations(void *arg, enum base_status status, struct broker_response *response,
                            const struct base_error *lower)
{
    struct crm_fill *f = arg;
    struct base_error err = BASE_ERROR_NONE;

    if (!call_done(f, status, lower))
        return;
    status = take_associations(f, base_buf_span(response->body), &err);
    if (status || !f->call)
        finish(f, status, &err);
}

/* ------------------------------------------------------------------ from row to row */

/* Begins with what the row shows, and the cursor that it names. */
static enum base_status begin_type(struct crm_fill *f, const struct base_json_value *after,
                                   struct base_error *err)
{
    struct base_json_value results;
    char cursor[HUBSPOT_NEXT_CURSOR];

    if (base_json_string_length(after) >= sizeof(cursor))
        return base_fail(err, BASE_INVALID, "reading associations", "a cursor is too long");
    base_json_string_decode(after, cursor);
    cursor[base_json_string_length(after)] = '\0';
    f->walk = (struct hubspot_walk){0};
    base_buf_reset(&f->more);
    if (base_json_find(f->cut, &results, "results", NULL)) {
        if (results.type != BASE_JSON_ARRAY)
            return base_fail(err, BASE_INVALID, "reading associations", "they are no list");
        add_results(&f->more, results.raw);
    }
    return walk_to(f, cursor, err);
}

/* The next request that is needed; none is under way afterwards when all rows are whole. */
static enum base_status go_on(struct crm_fill *f, struct base_error *err)
{
    struct base_json_value after;
    struct base_span name;

    for (; f->at < f->count; f->at++) {
        enum base_status status;

        if (!find_cut(f->rows[f->at], &f->cut, &name, &after))
            continue;
        status = begin_type(f, &after, err);
        return status ? status : ask_associations(f, err);
    }
    return crm_plan_is_batch(f->plan) && f->count > 0 ? ask_batch(f, err) : BASE_OK;
}

bool crm_fill_needed(const struct crm_plan *plan, const struct base_span *rows, size_t count)
{
    struct base_span type, name;
    struct base_json_value after;

    if (crm_plan_is_batch(plan))
        return count > 0;
    for (size_t i = 0; plan->associations && i < count; i++) {
        if (find_cut(rows[i], &type, &name, &after))
            return true;
    }
    return false;
}

enum base_status crm_fill_start(struct broker *b, const char *account, const struct crm_plan *plan,
                                const struct crm_fill_page *page,
                                const struct crm_fill_tally *tally, crm_fill_fn *fn, void *arg,
                                struct crm_fill **ret, struct base_error *err)
{
    struct crm_fill *f = base_mem_new(sizeof(*f));
    enum base_status status;

    if (!f)
        return base_fail_memory(err);
    f->b = b;
    f->account = account;
    f->plan = plan;
    f->tally = *tally;
    f->fn = fn;
    f->arg = arg;
    f->count = page->count;
    memcpy(f->rows, page->rows, page->count * sizeof(*page->rows));
    f->listed = *page->body;
    *page->body = (struct base_buf){.max = f->listed.max};
    base_buf_init(&f->target, CRM_TARGET_MAX);
    base_buf_init(&f->body, CRM_TARGET_MAX * 2);
    base_buf_init(&f->more, FILL_ROW_MAX);
    base_buf_init(&f->batched, FILL_ROW_MAX);
    status = go_on(f, err);
    if (status) {
        crm_fill_cancel(f);
        return status;
    }
    *ret = f;
    return BASE_OK;
}
