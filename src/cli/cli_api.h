/* How `hubauth api` prints answers. */
#ifndef CLI_API_H
#define CLI_API_H

#include "base_indent.h"
#include "broker_call.h"
#include "cli_context.h"

struct cli_api_output {
    const char *select; /* a path that was checked; NULL: the body */
    bool include;       /* status and headers first */
    bool silent;        /* no body */
    bool indent;        /* JSON laid out for a person */
    bool terminal;      /* a person looks at it: nothing in it may drive the terminal (B10) */
    bool lines;         /* a body ends with a line end */
    bool found;         /* the path has led to something, in any page */

    /* Of a body that comes in pieces: what stands so far. */
    bool is_json;
    struct base_indent laid_out;
    struct base_buf rest; /* of the last piece: a character that is not whole yet */
    char last;
};

/* `refused`: the body is HubSpot's word on why, and is printed whole. */
enum base_status cli_api_print(struct cli_api_output *o, const struct broker_response *response,
                               bool refused, struct base_error *err);

/* The same for a body that comes in pieces: the head, each piece, and what stands behind the last
 * one, also when it is not whole. Each is written before the call returns: a reader that is slow
 * holds HubSpot back, and nothing piles up here. */
enum base_status cli_api_begin(struct cli_api_output *o, const struct broker_response *head,
                               struct base_error *err);
enum base_status cli_api_piece(struct cli_api_output *o, struct base_span piece,
                               struct base_error *err);
enum base_status cli_api_end(struct cli_api_output *o, struct base_error *err);

#endif
