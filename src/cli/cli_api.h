/* How `hubauth api` prints answers. */
#ifndef CLI_API_H
#define CLI_API_H

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
};

/* `refused`: the body is HubSpot's word on why, and is printed whole. */
enum base_status cli_api_print(struct cli_api_output *o, const struct broker_response *response,
                               bool refused, struct base_error *err);

#endif
