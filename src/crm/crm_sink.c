#include "crm_sink.h"

enum base_status crm_sink_row(struct crm_sink *s, struct base_span object, struct base_error *err)
{
    return s->ops->row(s, object, err);
}

bool crm_sink_marks(const struct crm_sink *s)
{
    return s->ops->mark != NULL;
}

enum base_status crm_sink_mark(struct crm_sink *s, const struct crm_position *at,
                               struct base_error *err)
{
    return s->ops->mark ? s->ops->mark(s, at, err) : BASE_OK;
}

enum base_status crm_sink_finish(struct crm_sink *s, struct base_error *err)
{
    return s->ops->finish(s, err);
}

void crm_sink_free(struct crm_sink *s)
{
    if (s)
        s->ops->free(s);
}
