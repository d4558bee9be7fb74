/* The looks of `hubauth doctor` at what only the command line knows: environment, program, browser,
 * redirect ports; and how findings are shown. Those below are in broker_doctor.h. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "broker_doctor.h"
#include "cli_context.h"

struct cli_doctor {
    struct cli *c;
    struct broker *broker; /* NULL: the vault does not open, and the findings say why */
    bool offline;
    int64_t timeout_ms;    /* for whatever may not answer */
    bool home_hangs;       /* the vault's folder does not answer: hands off it */
    bool passphrase_hangs; /* nor does the file that has the passphrase */
    bool roots_hang;       /* whoever judges a certificate would wait for the authorities' file */
    bool secrets;          /* the key is there, and records open */
    struct broker_findings findings;
};

/* A check adds its findings and never stops the examination. */
typedef void cli_doctor_fn(struct cli_doctor *d);
/* cli_doctor_program.c: version, modules, locked memory */
cli_doctor_fn cli_doctor_program, cli_doctor_memory;
/* cli_doctor_setup.c: variables, the vault's folder, which account is meant */
cli_doctor_fn cli_doctor_environment, cli_doctor_choice;
/* cli_doctor_login.c: what a login needs of this machine */
cli_doctor_fn cli_doctor_redirects, cli_doctor_localhost, cli_doctor_browser;

/* cli_doctor_answers.c: false, with a finding of that check, when the file or folder does not
 * answer in time. Whatever else is wrong with it is for others to find. */
bool cli_doctor_answers(struct cli_doctor *d, const char *check, const char *path);

/* cli_doctor.c: all findings in the order of `names`, which ends with NULL. */
void cli_doctor_write_json(const struct broker_findings *f, const char *const *names,
                           struct base_buf *out);
void cli_doctor_write_text(const struct broker_findings *f, const char *const *names, bool colour,
                           struct base_buf *out);

/* The variable of the environment from which libcurl takes the proxy for https; NULL: none. */
const char *cli_doctor_proxy_variable(void);

/* Pure parts, for tests. */

/* A proxy's address without the user and password that may stand in it. */
void cli_doctor_proxy_shown(const char *value, char *out, size_t size);
/* The text of /etc/hosts: localhost must be there, and lead to this machine alone. */
void cli_doctor_judge_hosts(struct base_span hosts, struct broker_findings *f);

#endif
