/* The looks of `hubauth doctor` at what lies below the command line: folder, vault, apps, accounts,
 * network. Each adds what it found and goes on; nothing stored is changed, and nothing is
 * refreshed, so that no refresh token can be used up (T17).
 *
 * The names of checks: disk, folder, daemon, vault, key, records, app, account, network, tls,
 * clock, credentials, grant. */
#ifndef BROKER_DOCTOR_H
#define BROKER_DOCTOR_H

#include "broker.h"
#include "broker_finding.h"

/* ------------------------------------------------------------------ without a vault */

/* Who can read or replace the folder and its files. `home` need not exist. */
void broker_doctor_folder(const char *home, struct broker_findings *f);
/* Room, inodes, and whether files can be written and locked where the vault is or would be. */
void broker_doctor_disk(const char *home, struct broker_findings *f);
/* Whether a daemon listens, and whose it is. The values of HUBAUTH_HOME and XDG_RUNTIME_DIR; NULL:
 * not set. Connects, and sends nothing. */
void broker_doctor_daemon(const char *home, const char *runtime, struct broker_findings *f);

/* ------------------------------------------------------------------ with the open vault */

/* Damage in the store; the key; whether every record opens. False when secrets cannot be read,
 * which is no fault when whoever is asked for the passphrase answers USAGE. */
bool broker_doctor_vault(struct broker *b, struct broker_findings *f);
/* What the records say of themselves: HubSpot's rules for apps, the end of an API version, states
 * and scopes of accounts. */
void broker_doctor_apps(struct broker *b, struct broker_findings *f);
void broker_doctor_accounts(struct broker *b, struct broker_findings *f);

/* ------------------------------------------------------------------ the network */

struct broker_doctor;

struct broker_doctor_wish {
    bool secrets;       /* apps and accounts are proven as well; false: hosts only */
    int64_t timeout_ms; /* what has no answer by then is reported and given up */
    const char *proxy;  /* the variable that names a proxy for https: "https_proxy"; NULL: none */
    /* From the loop, once, when all is done. */
    void (*done)(void *arg);
    void *arg;
};

/* Asks everything at once: the hosts of every app (HubSpot's when there is none), the token
 * endpoint about each app (broker_check.h), and about each account's refresh token by
 * introspection. A broker without a vault will do for hosts. `f` is borrowed until the end. */
enum base_status broker_doctor_start(struct broker *b, const struct broker_doctor_wish *wish,
                                     struct broker_findings *f, struct broker_doctor **ret,
                                     struct base_error *err);
/* After the end, or to break it off; NULL is allowed. */
void broker_doctor_free(struct broker_doctor *d);
/* What is still awaited, for a person who waits: "api.hubapi.com and 3 more". */
void broker_doctor_awaited(const struct broker_doctor *d, char *out, size_t size);

#endif
