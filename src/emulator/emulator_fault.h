/* Faults on demand: POST /_emulator/fault. */
#ifndef EMULATOR_FAULT_H
#define EMULATOR_FAULT_H

#include "base_error.h"
#include "base_span.h"

#define EMULATOR_FAULTS_MAX 32

enum emulator_fault_body {
    EMULATOR_BODY_REAL, /* the answer that would have been given */
    EMULATOR_BODY_JSON,
    EMULATOR_BODY_HTML,
    EMULATOR_BODY_EMPTY,
    EMULATOR_BODY_HUGE,      /* 10 MB of valid JSON */
    EMULATOR_BODY_TRUNCATED, /* the real one, its JSON cut in half */
    EMULATOR_BODY_TEXT,      /* as given in "text" */
    EMULATOR_BODY_LONG,      /* valid JSON of "bytes" bytes, which is made as it is sent */
};

enum emulator_fault_action {
    EMULATOR_ACTION_ANSWER,
    EMULATOR_ACTION_RESET,   /* the connection is reset, the request is not processed */
    EMULATOR_ACTION_DROP,    /* the request is processed, then the connection is reset */
    EMULATOR_ACTION_EXPIRE,  /* all access tokens expire, then the request is processed */
    EMULATOR_ACTION_CUT,     /* processed, and the connection closes in the middle of the body */
    EMULATOR_ACTION_CHUNKED, /* processed, and sent in small chunks */
    EMULATOR_ACTION_DRIP,    /* processed, and sent slowly */
    EMULATOR_ACTION_ENDLESS, /* processed, and the answer never ends */
};

struct emulator_fault {
    char route[128]; /* as emulator_route_name() has it, or "*" */
    char method[8];  /* empty: any */
    int64_t skip;    /* this many requests pass first */
    int64_t count;   /* then it strikes so often */
    int status;      /* 0: 200 with a body of its own, else the real one */
    enum emulator_fault_body body;
    enum emulator_fault_action action;
    char *text;           /* of EMULATOR_BODY_TEXT */
    char oauth_error[64]; /* a status word of EMULATOR_OAUTH_ERRORS, or empty */
    char policy[32];      /* of a 429, or empty */
    int64_t delay_ms;
    int64_t retry_after;
    bool retry_date; /* retry_after goes out as a date */
    int64_t rate;    /* of EMULATOR_ACTION_DRIP: bytes in a second */
    int64_t bytes;   /* of EMULATOR_BODY_LONG */
};

struct emulator_faults {
    struct emulator_fault items[EMULATOR_FAULTS_MAX];
    size_t count;
};

struct emulator_call;
struct emulator_route;
struct emulator_type;

/* Reads the JSON of POST /_emulator/fault and adds it. BASE_INVALID, BASE_LIMIT with the reason. */
enum base_status emulator_fault_add(struct emulator_faults *faults, struct base_span json,
                                    struct base_error *err);
void emulator_fault_clear(struct emulator_faults *faults);
/* The fault that strikes this request, counted down; NULL: none. Good until the faults change. */
struct emulator_fault *emulator_fault_take(struct emulator_faults *faults,
                                           const struct emulator_route *route,
                                           const struct emulator_type *type);
/* Whether the request is to be processed all the same. */
bool emulator_fault_processes(const struct emulator_fault *fault);
/* Replaces or mutilates the call's answer. */
void emulator_fault_apply(const struct emulator_fault *fault, struct emulator_call *call);

#endif
