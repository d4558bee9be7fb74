#include "emulator_drip.h"

#include "emulator_state.h"

#include "base_time.h"

#include <string.h>

#define TICK_MS 100
#define TICKS_A_SECOND (BASE_SECOND_MS / TICK_MS)
#define ENDLESS_TICK_MS 5
#define ENDLESS_PIECE 16384 /* spaces, which JSON allows anywhere */
#define CHUNKED_PIECE 7

/* The connection is gone, and nobody else will be told. */
static void lose(struct emulator_call *call)
{
    call->exchange = NULL;
    emulator_call_free(call);
}

static void finish(struct emulator_call *call, struct base_span rest)
{
    struct serve_exchange *x = call->exchange;
    serve_exchange_set(x, NULL);
    serve_raw_and_close(x, rest);
    lose(call);
}

static void add_chunk(struct base_buf *out, const char *bytes, size_t n)
{
    base_buf_printf(out, "%zx\r\n", n);
    base_buf_add(out, bytes, n);
    base_buf_add_str(out, "\r\n");
}

/* A piece of the body; of an endless one, spaces after it. */
static void add_piece(struct emulator_call *call, struct base_buf *out)
{
    static char spaces[ENDLESS_PIECE];
    const struct emulator_answer *a = &call->answer;
    size_t rest = a->body.n - call->drip_at, piece = CHUNKED_PIECE;
    if (a->ending == EMULATOR_DRIP)
        piece = (size_t)(a->rate > TICKS_A_SECOND ? a->rate / TICKS_A_SECOND : 1);
    else if (a->ending == EMULATOR_ENDLESS)
        piece = ENDLESS_PIECE;
    piece = piece < rest ? piece : rest;
    if (rest > 0) {
        add_chunk(out, a->body.p + call->drip_at, piece);
        call->drip_at += piece;
    } else {
        memset(spaces, ' ', sizeof spaces);
        add_chunk(out, spaces, sizeof spaces);
    }
}

static int64_t tick_ms(const struct emulator_answer *a)
{
    if (a->ending == EMULATOR_ENDLESS)
        return ENDLESS_TICK_MS;
    /* Less than one byte in a tick: the ticks are longer. */
    return a->rate < TICKS_A_SECOND ? BASE_SECOND_MS / a->rate : TICK_MS;
}

static void on_tick(void *arg)
{
    struct emulator_call *call = arg;
    const struct emulator_answer *a = &call->answer;
    if (a->ending != EMULATOR_ENDLESS && call->drip_at == a->body.n) {
        finish(call, BASE_SPAN("0\r\n\r\n"));
        return;
    }
    BASE_CLEANUP(base_buf_free) struct base_buf piece;
    base_buf_init_sensitive(&piece, EMULATOR_ANSWER_MAX);
    add_piece(call, &piece);
    if (serve_raw_some(call->exchange, base_buf_span(&piece)))
        loop_timer_start(call->drip, tick_ms(a));
    else
        lose(call);
}

void emulator_drip_begin(struct emulator_call *call)
{
    const struct emulator_answer *a = &call->answer;
    BASE_CLEANUP(base_buf_free) struct base_buf out;
    base_buf_init_sensitive(&out, 2 * EMULATOR_ANSWER_MAX);
    base_buf_printf(&out,
                    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n"
                    "Connection: close\r\n\r\n",
                    a->status, serve_status_text(a->status),
                    a->type != NULL ? a->type : "text/plain");
    if (a->ending == EMULATOR_CHUNKED) {
        while (base_buf_status(&out) == BASE_OK && call->drip_at < a->body.n)
            add_piece(call, &out);
        base_buf_add_str(&out, "0\r\n\r\n");
        finish(call, base_buf_span(&out));
        return;
    }
    call->drip = loop_timer_new(call->emulator->loop, on_tick, call);
    if (call->drip == NULL)
        finish(call, BASE_SPAN_NONE); /* memory is short */
    else if (serve_raw_some(call->exchange, base_buf_span(&out)))
        loop_timer_start(call->drip, tick_ms(a));
    else
        lose(call);
}
