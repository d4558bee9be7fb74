#include "cli_page.h"

#include "base_text.h"
#include "crypt_encode.h"
#include "crypt_hash.h"

/* Its hash is in the policy below: no other script runs on the page. */
#define CLEAN_SCRIPT "history.replaceState(null,'',location.pathname)"

static const char style[] =
    "body{font:17px/1.5 "
    "system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center;"
    "background:#f5f7f9;color:#1d2733}"
    "main{max-width:32rem;margin:1rem;padding:2rem;border-radius:12px;background:#fff;"
    "border-top:6px solid #1a7f4b;box-shadow:0 1px 6px #0002;overflow-wrap:anywhere}"
    "main.bad{border-color:#b3261e}h1{font-size:1.4rem;margin:0 0 .75rem}p{margin:.5rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#12171c;color:#e4e9ee}"
    "main{background:#1c242c;box-shadow:none}}";

/* As Content-Security-Policy has it. */
static void add_hash(struct base_buf *out, struct base_span text)
{
    unsigned char hash[CRYPT_SHA256_BYTES];

    crypt_sha256(hash, text);
    crypt_base64(out, hash, sizeof(hash));
}

static void add_policy(struct base_buf *out)
{
    base_buf_add_str(out, "default-src 'none'; style-src 'sha256-");
    add_hash(out, BASE_SPAN(style));
    base_buf_add_str(out, "'; script-src 'sha256-");
    add_hash(out, BASE_SPAN(CLEAN_SCRIPT));
    base_buf_add_str(out, "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

/* Error texts begin in lower case and have no full stop; on a page they are sentences. */
static void add_sentence(struct base_buf *out, struct base_span text)
{
    char last = text.n > 0 ? text.p[text.n - 1] : '.';

    if (text.n > 0 && text.p[0] >= 'a' && text.p[0] <= 'z') {
        base_buf_add_char(out, (char)(text.p[0] - 'a' + 'A'));
        text = base_span_from(text, 1);
    }
    base_text_html(out, text);
    if (last != '.' && last != '?' && last != '!')
        base_buf_add_char(out, '.');
}

static void add_body(struct base_buf *out, const char *title, const char *text, bool good,
                     bool clean)
{
    struct base_span rest = base_span_of(text);
    bool first = true;

    base_buf_add_str(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                          "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    base_text_html(out, base_span_of(title));
    base_buf_printf(out, "</title><style>%s</style></head><body><main class=\"%s\"><h1>", style,
                    good ? "good" : "bad");
    base_text_html(out, base_span_of(title));
    base_buf_add_str(out, "</h1>");
    while (rest.p) {
        struct base_span paragraph = base_span_cut(&rest, '\n');

        base_buf_add_str(out, "<p>");
        if (first)
            add_sentence(out, paragraph);
        else
            base_text_html(out, paragraph);
        first = false;
        base_buf_add_str(out, "</p>");
    }
    base_buf_printf(out, "</main>%s%s%s</body></html>\n", clean ? "<script>" : "",
                    clean ? CLEAN_SCRIPT : "", clean ? "</script>" : "");
}

/* The headers of B11, and the end of the answer. */
static void send_body(struct serve_exchange *x, const struct base_buf *body)
{
    BASE_CLEANUP(base_buf_free) struct base_buf policy = {0};

    base_buf_init(&policy, 1024);
    add_policy(&policy);
    serve_header(x, "Content-Type", "text/html; charset=utf-8");
    serve_header(x, "Content-Security-Policy", base_buf_str(&policy));
    serve_header(x, "Referrer-Policy", "no-referrer");
    serve_header(x, "Cache-Control", "no-store");
    serve_header(x, "X-Content-Type-Options", "nosniff");
    serve_header(x, "X-Frame-Options", "DENY");
    serve_close_after(x);
    serve_send(x, base_buf_span(body));
}

void cli_page_send(struct serve_exchange *x, int status, const char *title, const char *text,
                   bool good, bool clean)
{
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};

    base_buf_init(&body, 64u << 10);
    add_body(&body, title, text, good, clean);
    serve_start(x, status);
    if (status == 405)
        serve_header(x, "Allow", "GET");
    send_body(x, &body);
}

void cli_page_redirect(struct serve_exchange *x, const char *location)
{
    BASE_CLEANUP(base_buf_free) struct base_buf body = {0};

    base_buf_init(&body, 64u << 10);
    add_body(&body, "To HubSpot", "The installation goes on in HubSpot.", true, true);
    serve_start(x, 302);
    serve_header(x, "Location", location);
    send_body(x, &body);
}
