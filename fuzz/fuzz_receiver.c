/* What a login's port receives: a whole request, through the server's parser into the receiver's
 * judgement. Whatever gets through is, read by hand, a GET on our path by our name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli_receiver.h"

#define PATH "/callback"
#define PORT 8976

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* The one Host header of the request, found without the parser. */
static struct base_span host_of(struct base_span head)
{
    struct base_span found = BASE_SPAN_NONE;
    (void)base_span_cut(&head, '\n'); /* the request line */
    while (head.n > 0) {
        struct base_span line = base_span_cut(&head, '\n');
        struct base_span value = line, name = base_span_cut(&value, ':');
        if (base_span_trim(line).n == 0)
            break;
        if (!base_span_is_nocase(name, "host"))
            continue;
        must(found.p == NULL); /* two would be read differently by two servers */
        found = base_span_trim(value);
    }
    return found;
}

static void check_taken(struct base_span raw, const struct serve_request *request)
{
    static const char *const hosts[] = {"localhost:8976", "127.0.0.1:8976", "[::1]:8976"};
    struct base_span host = host_of(raw);
    bool ours = false;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        ours = ours || base_span_is_nocase(host, hosts[i]);
    must(ours);
    must(base_span_starts(raw, "GET " PATH " ") || base_span_starts(raw, "GET " PATH "?"));
    must(request->body.n == 0);
    for (size_t i = 0; i < request->query.n; i++) /* nothing that could break a line */
        must((unsigned char)request->query.p[i] > 0x20 && request->query.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct serve_limits limits = {.max_head = 16384, .max_body = 16384};
    struct serve_request request;
    struct serve_parse state = {0};
    const char *reason = NULL, *text = NULL;
    size_t used;
    int status = 0;
    char *bytes = malloc(size + 1), *kept = malloc(size + 1);
    must(bytes != NULL && kept != NULL);
    if (size > 0) {
        memcpy(bytes, data, size);
        memcpy(kept, data, size);
    }
    enum serve_parse_result result =
        serve_parse(&state, bytes, size, &limits, &request, &used, &status, &reason);
    if (result == SERVE_PARSE_DONE) {
        int refused = cli_receiver_judge(&request, PATH, PORT, &text);
        must(refused == 0 ? text == NULL : text != NULL && refused >= 400 && refused < 500);
        if (refused == 0)
            check_taken((struct base_span){kept, size}, &request);
    } else if (result == SERVE_PARSE_REFUSED) {
        must(status >= 400 && reason != NULL);
    }
    free(bytes);
    free(kept);
    return 0;
}
