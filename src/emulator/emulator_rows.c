#include "emulator_rows.h"

#include "emulator_gzip.h"
#include "emulator_state.h"

#define BEGIN "{\"results\":[\n"
#define END "]}"
#define ROW 64 /* bytes of each, so that the length is known before */
#define ROW_FORMAT "{\"id\":\"%012lld\",\"filler\":\"0123456789abcdefghijklmnopqrs\"}%c\n"
#define PIECE_ROWS 1024
#define TURN_PIECES 16 /* then others have their turn */
#define FULL_TICK_MS 1 /* the socket is full */

int64_t emulator_rows_in(int64_t bytes)
{
    return bytes / ROW > 0 ? bytes / ROW : 1;
}

static void finish(struct emulator_call *call, struct base_span rest)
{
    struct serve_exchange *x = call->exchange;
    serve_exchange_set(x, NULL);
    serve_raw_and_close(x, rest);
    call->exchange = NULL;
    emulator_call_free(call);
}

/* The connection is gone, and nobody else will be told. */
static void lose(struct emulator_call *call)
{
    call->exchange = NULL;
    emulator_call_free(call);
}

/* Of what is compressed the length is not known before. */
static bool is_chunked(const struct emulator_call *call)
{
    return call->answer.ending == EMULATOR_ROWS_CHUNKED || call->gzip != NULL;
}

static void add_rows(struct emulator_call *call, struct base_buf *out)
{
    int64_t rows = call->answer.rows;
    if (call->row_at == 0)
        base_buf_add_str(out, BEGIN);
    for (int i = 0; i < PIECE_ROWS && call->row_at < rows; i++) {
        call->row_at++;
        base_buf_printf(out, ROW_FORMAT, (long long)call->row_at, call->row_at < rows ? ',' : ' ');
    }
    if (call->row_at == rows)
        base_buf_add_str(out, END);
}

/* The next rows as they are sent. False when memory is short. */
static bool make_piece(struct emulator_call *call, struct base_buf *out)
{
    BASE_CLEANUP(base_buf_free) struct base_buf rows, small;
    base_buf_init(&rows, EMULATOR_ANSWER_MAX);
    base_buf_init(&small, EMULATOR_ANSWER_MAX);
    add_rows(call, &rows);
    bool last = call->row_at == call->answer.rows;
    if (call->gzip != NULL && !emulator_gzip_add(call->gzip, base_buf_span(&rows), last, &small))
        return false;
    const struct base_buf *body = call->gzip != NULL ? &small : &rows;
    if (is_chunked(call))
        base_buf_printf(out, "%zx\r\n", body->n);
    base_buf_add_span(out, base_buf_span(body));
    if (is_chunked(call))
        base_buf_add_str(out, "\r\n");
    return base_buf_status(&rows) == BASE_OK && base_buf_status(out) == BASE_OK;
}

/* False: the call is over. */
static bool send_piece(struct emulator_call *call)
{
    const struct emulator_answer *a = &call->answer;
    BASE_CLEANUP(base_buf_free) struct base_buf piece;
    base_buf_init(&piece, EMULATOR_ANSWER_MAX);
    bool cut = a->ending == EMULATOR_ROWS_CUT && call->row_at >= a->rows / 2;
    if (cut || call->row_at == a->rows) {
        finish(call, !cut && is_chunked(call) ? BASE_SPAN("0\r\n\r\n") : BASE_SPAN_NONE);
        return false;
    }
    if (make_piece(call, &piece) && serve_raw_some(call->exchange, base_buf_span(&piece)))
        return true;
    lose(call);
    return false;
}

static void on_tick(void *arg)
{
    struct emulator_call *call = arg;
    if (!serve_raw_some(call->exchange, BASE_SPAN_NONE)) { /* what is kept of the last piece */
        lose(call);
        return;
    }
    for (int i = 0; i < TURN_PIECES && serve_unsent(call->exchange) == 0; i++)
        if (!send_piece(call))
            return;
    loop_timer_start(call->drip, serve_unsent(call->exchange) > 0 ? FULL_TICK_MS : 0);
}

void emulator_rows_begin(struct emulator_call *call)
{
    const struct emulator_answer *a = &call->answer;
    BASE_CLEANUP(base_buf_free) struct base_buf head;
    long long rows = a->rows, length = rows * ROW + (long long)strlen(BEGIN END);
    if (emulator_call_wants_gzip(call))
        call->gzip = emulator_gzip_begin(); /* where memory is short they go out as they are */
    base_buf_init(&head, EMULATOR_ANSWER_MAX);
    base_buf_printf(&head, "HTTP/1.1 %d %s\r\nContent-Type: application/json;charset=utf-8\r\n",
                    a->status, serve_status_text(a->status));
    if (call->gzip != NULL)
        base_buf_add_str(&head, "Content-Encoding: gzip\r\n");
    if (is_chunked(call))
        base_buf_add_str(&head, "Transfer-Encoding: chunked\r\n");
    else
        base_buf_printf(&head, "Content-Length: %lld\r\n", length);
    base_buf_add_str(&head, "Connection: close\r\n\r\n");
    call->drip = loop_timer_new(call->emulator->loop, on_tick, call);
    if (call->drip == NULL)
        finish(call, BASE_SPAN_NONE); /* memory is short */
    else if (serve_raw_some(call->exchange, base_buf_span(&head)))
        loop_timer_start(call->drip, 0);
    else
        lose(call);
}
