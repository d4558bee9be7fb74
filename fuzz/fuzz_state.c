/* The state of an export: any bytes. What is accepted has something left to be read and no id twice
 * in it, and comes back the same when it is written anew. */
#include <stdint.h>
#include <stdlib.h>

#include "crm_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_position(const struct crm_state *s)
{
    const struct crm_ranges *r = &s->at.ranges;
    bool left = s->at.ranged ? !crm_ranges_done(r) : !s->at.ended;

    if (s->bytes < 0 || s->at.rows < 0 || (!left && !s->complete) ||
        memchr(s->at.cursor, '\0', sizeof(s->at.cursor)) == NULL)
        abort();
    for (size_t i = 0; i < CRM_RANGES; i++) {
        if (!r->at[i].open)
            continue;
        if (r->at[i].next < 0 || r->at[i].end <= r->at[i].next || r->at[i].stride < 0)
            abort();
        for (size_t k = 0; k < i; k++) {
            if (r->at[k].open && r->at[k].next < r->at[i].end && r->at[i].next < r->at[k].end)
                abort();
        }
    }
}

/* What an export does with it first. */
static void check_use(struct crm_state s)
{
    (void)crm_ranges_left(&s.at.ranges);
    (void)crm_ranges_split(&s.at.ranges, CRM_RANGES);
    check_position(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_error err = BASE_ERROR_NONE;
    struct crm_state s, again;
    struct base_buf text;

    if (crm_state_parse((struct base_span){(const char *)data, size}, "boot", &s, &err) != BASE_OK)
        return 0;
    check_position(&s);
    check_use(s);
    base_buf_init(&text, SIZE_MAX);
    crm_state_begin(&s, "boot", &text);
    crm_state_mark(&s, &text);
    if (crm_state_parse(base_buf_span(&text), "boot", &again, &err) != BASE_OK ||
        crm_state_differs(&s, &again) != CRM_STATE_OPTIONS || again.bytes != s.bytes ||
        again.at.rows != s.at.rows || again.complete != s.complete ||
        strcmp(again.at.cursor, s.at.cursor) != 0)
        abort();
    crm_state_free(&again);
    crm_state_free(&s);
    base_buf_free(&text);
    return 0;
}
