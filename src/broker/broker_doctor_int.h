/* Shared by the files of the doctor. */
#ifndef BROKER_DOCTOR_INT_H
#define BROKER_DOCTOR_INT_H

#include "base_list.h"
#include "broker_doctor.h"
#include "broker_int.h"

/* From this difference on a token could be handed out that does not live for the 5 minutes that
 * `hubauth token` promises, once somebody puts the clock right. */
#define BROKER_DOCTOR_CLOCK_WARNING_MS (5 * 60 * INT64_C(1000))
/* From this one on every token that is stored is misjudged: they live for 30 minutes. */
#define BROKER_DOCTOR_CLOCK_ERROR_MS (BROKER_TOKEN_LIFE_DEFAULT_S * INT64_C(1000))
#define BROKER_DOCTOR_AT_ONCE 16 /* questions under way */
#define BROKER_DOCTOR_ACCOUNTS_MAX                                                                 \
    200 /* that HubSpot is asked about: the endpoint has a limit, too */

/* The names of all records of a kind. A record that cannot be read has a name. */
enum base_status broker_doctor_names(struct broker *b, enum vault_kind kind, struct base_list *ret,
                                     struct base_error *err);

/* The command that connects the account "app/account" anew. Returns `out`. */
#define BROKER_DOCTOR_COMMAND 400
const char *broker_doctor_connect(const char *account, char out[BROKER_DOCTOR_COMMAND]);

/* ------------------------------------------------------------------ questions to the network */

struct broker_doctor_task {
    struct broker_doctor *d;
    const char *check;
    char what[300]; /* a host, an app, an account */
    /* Sends the question. When that fails, `err` says why, and no answer comes. */
    enum base_status (*start)(struct broker_doctor_task *t, struct base_error *err);
    void (*cancel)(struct broker_doctor_task *t);
    bool running;
    /* of the question under way: one of them */
    struct http_call *call;
    struct broker_check *check_of_app;
    struct broker_introspect *introspection;
    /* of a host */
    struct http_trace trace;
    char *url;
    int64_t sent_at;
    bool is_hubspot, is_loopback;
};

struct broker_doctor {
    struct broker *b;
    struct broker_findings *f;
    struct broker_doctor_wish wish;
    struct broker_doctor_task *tasks;
    size_t count, room, begun, ended;
    struct loop_timer *end, *deadline;
};

/* A place in the list, with `what` filled in. NULL when memory is short. Before the first start:
 * the list moves when it grows. */
struct broker_doctor_task *broker_doctor_task_add(struct broker_doctor *d, const char *check,
                                                  const char *what);
/* An answer came: its findings are added, and the next question may go. */
void broker_doctor_task_end(struct broker_doctor_task *t);

enum base_status broker_doctor_add_hosts(struct broker_doctor *d, struct base_error *err);
enum base_status broker_doctor_add_apps(struct broker_doctor *d, struct base_error *err);
enum base_status broker_doctor_add_accounts(struct broker_doctor *d, struct base_error *err);

/* Pure: who stands behind the issuer of a certificate for HubSpot's hosts. */
bool broker_doctor_issuer_is_public(const char *issuer);
/* Pure: adds what a difference between the clocks means. `slack_ms` is its uncertainty. */
void broker_doctor_judge_clock(struct broker_findings *f, const char *host, int64_t ahead_ms,
                               int64_t slack_ms);

#endif
