#include "crm_sink.h"

enum base_status crm_sink_row(struct crm_sink *s, struct base_span object, struct base_error *err)
{
    return s->ops->row(s, object, err);
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
