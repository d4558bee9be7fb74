/* A line for each request and what came of it, for a person who looks for a fault: method, address,
 * status, time, size. Neither headers, nor bodies, nor query, nor a token that stands in a path. */
#ifndef HTTP_LOG_H
#define HTTP_LOG_H

#include "http.h"

/* One line, without its end. */
typedef void http_log_fn(void *arg, const char *line);

/* Stands before `inner`, which it takes in any case. */
enum base_status http_log_open(struct http *inner, http_log_fn *fn, void *arg, struct http **ret,
                               struct base_error *err);

#endif
