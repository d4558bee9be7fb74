/* The questions to the network: all at once, each with its own end, and one deadline for all. */
#include "broker_doctor_int.h"

#include "base_text.h"
#include "base_time.h"

/* ------------------------------------------------------------------ the list */

struct broker_doctor_task *broker_doctor_task_add(struct broker_doctor *d, const char *check,
                                                  const char *what)
{
    struct broker_doctor_task *t;

    if (d->count == d->room) {
        size_t room = d->room > 0 ? 2 * d->room : 16;
        struct broker_doctor_task *tasks = base_mem_grow(d->tasks, room, sizeof(*tasks));

        if (!tasks)
            return NULL;
        d->tasks = tasks;
        d->room = room;
    }
    t = &d->tasks[d->count++];
    *t = (struct broker_doctor_task){.d = d, .check = check};
    (void)base_text_copy(t->what, sizeof(t->what), base_span_of(what));
    return t;
}

static size_t under_way(const struct broker_doctor *d)
{
    return d->begun - d->ended;
}

/* Sends what may go now. A question that cannot be sent has its finding at once. */
static void go_on(struct broker_doctor *d)
{
    while (d->begun < d->count && under_way(d) < BROKER_DOCTOR_AT_ONCE) {
        struct broker_doctor_task *t = &d->tasks[d->begun++];
        struct base_error err = BASE_ERROR_NONE;

        t->running = true;
        if (!t->start(t, &err))
            continue;
        t->running = false;
        d->ended++;
        if (err.status == BASE_NOT_FOUND) /* an account without a refresh token */
            broker_found(d->f, t->check, BROKER_INFO, NULL, "%s: %s", err.doing, err.why);
        else if (err.status != BASE_STORAGE) /* that was found when the records were opened */
            broker_found_error(d->f, t->check, BROKER_ERROR, &err, NULL);
    }
    if (d->ended == d->count)
        loop_timer_start(d->end, 0);
}

void broker_doctor_task_end(struct broker_doctor_task *t)
{
    t->running = false;
    t->d->ended++;
    go_on(t->d);
}

/* ------------------------------------------------------------------ the end */

static void give_up(struct broker_doctor *d)
{
    for (size_t i = 0; i < d->begun; i++) {
        if (d->tasks[i].running)
            d->tasks[i].cancel(&d->tasks[i]);
        d->tasks[i].running = false;
    }
    d->ended = d->begun = d->count;
}

static void on_end(void *arg)
{
    struct broker_doctor *d = arg;

    loop_timer_stop(d->deadline);
    d->wish.done(d->wish.arg);
}

static void on_deadline(void *arg)
{
    struct broker_doctor *d = arg;
    char human[32];
    size_t unasked = d->count - d->begun;

    (void)base_time_human(human, d->wish.timeout_ms);
    for (size_t i = 0; i < d->begun; i++)
        if (d->tasks[i].running)
            broker_found(d->f, d->tasks[i].check, BROKER_ERROR, "hubauth doctor --timeout 2m",
                         "%s: no answer within %s", d->tasks[i].what, human);
    if (unasked > 0)
        broker_found(d->f, "network", BROKER_INFO, "hubauth doctor --timeout 2m",
                     "%zu more questions were not asked within %s", unasked, human);
    give_up(d);
    loop_timer_start(d->end, 0);
}

void broker_doctor_free(struct broker_doctor *d)
{
    if (!d)
        return;
    give_up(d);
    for (size_t i = 0; i < d->count; i++)
        base_mem_free(d->tasks[i].url);
    base_mem_free(d->tasks);
    loop_timer_free(d->end);
    loop_timer_free(d->deadline);
    base_mem_free(d);
}

void broker_doctor_awaited(const struct broker_doctor *d, char *out, size_t size)
{
    const char *first = "";

    for (size_t i = 0; i < d->begun && !first[0]; i++)
        if (d->tasks[i].running)
            first = d->tasks[i].what;
    if (d->count - d->ended > 1)
        base_text_format(out, size, "%s and %zu more", first, d->count - d->ended - 1);
    else
        base_text_format(out, size, "%s", first);
}

enum base_status broker_doctor_start(struct broker *b, const struct broker_doctor_wish *wish,
                                     struct broker_findings *f, struct broker_doctor **ret,
                                     struct base_error *err)
{
    struct broker_doctor *d = base_mem_new(sizeof(*d));
    enum base_status status;

    if (!d)
        return base_fail_memory(err);
    d->b = b;
    d->f = f;
    d->wish = *wish;
    d->end = loop_timer_new(b->loop, on_end, d);
    d->deadline = loop_timer_new(b->loop, on_deadline, d);
    status = d->end && d->deadline ? broker_doctor_add_hosts(d, err) : base_fail_memory(err);
    if (!status && wish->secrets)
        status = broker_doctor_add_apps(d, err);
    if (!status && wish->secrets)
        status = broker_doctor_add_accounts(d, err);
    if (status) {
        d->begun = d->ended = d->count; /* nothing was sent */
        broker_doctor_free(d);
        return status;
    }
    loop_timer_start(d->deadline, wish->timeout_ms);
    go_on(d);
    *ret = d;
    return BASE_OK;
}
