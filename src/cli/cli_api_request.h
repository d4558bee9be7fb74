/* What `hubauth api` is asked to send: method, path, headers and body, out of the command line. */
#ifndef CLI_API_REQUEST_H
#define CLI_API_REQUEST_H

#include "base_opt.h"
#include "broker_call.h"
#include "cli_command.h"

#define CLI_API_BODY_MAX (64u << 20) /* it is kept, so that it can be sent again */
#define CLI_API_HEADERS 16

/* The options that say so. */
struct cli_api_given {
    const char *method, *data;                   /* NULL: not given */
    struct base_opt_list headers, texts, values; /* the latter two are fields */
};

struct cli_api_request {
    const struct cli_api_given *given;
    const char *account; /* as it was named; NULL: it was not */
    const char *method;
    const char *path; /* as it was given: it may be a whole address */
    struct base_buf target;
    struct base_buf body;
    struct broker_header headers[CLI_API_HEADERS + 1];
    size_t header_count;
};

/* Reads operands and options, which must stay, and the files that they name; of a whole address all
 * but the target. */
enum base_status cli_api_request_read(struct cli_api_request *r, const struct cli_args *args,
                                      const struct cli_api_given *given, struct base_error *err);
/* The body is JSON, unless a header says what it is. */
void cli_api_request_say_json(struct cli_api_request *r);
/* Whether the target is still missing. */
bool cli_api_request_is_address(const struct cli_api_request *r);
/* Sets it. An address is taken when it is one of the account's own API. */
enum base_status cli_api_request_aim(struct cli_api_request *r, struct broker *b,
                                     const char *account, struct base_error *err);
void cli_api_request_done(struct cli_api_request *r);

#endif
