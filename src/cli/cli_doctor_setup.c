/* What the surroundings decide: variables, where the vault is, which account is meant. */
#include "cli_doctor.h"

#include "base_text.h"
#include "broker_grant.h"
#include "cli_account.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENVIRONMENT "environment"

extern char **environ;

/* "" for a variable that is not set. */
static const char *value_of(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

static bool is_set(const char *name)
{
    return value_of(name)[0] != '\0';
}

/* ------------------------------------------------------------------ proxies */

void cli_doctor_proxy_shown(const char *value, char *out, size_t size)
{
    const char *scheme = strstr(value, "://");
    bool is_scheme = scheme && strcspn(value, ":@/") == (size_t)(scheme - value);
    const char *rest = is_scheme ? scheme + 3 : value;
    const char *at = strrchr(rest, '@'); /* a password may hold what ends a host */
    const char *host = at ? at + 1 : rest;
    const char *end = host + strcspn(host, "/");

    base_text_format(out, size, "%.*s%s%.*s", (int)(rest - value), value,
                     host > rest ? "‹redacted›@" : "", (int)(end - host), host);
}

/* The variable that libcurl takes for https: the one in lower case first, then all_proxy (libcurl's
 * manual, "Environment variables"). */
const char *cli_doctor_proxy_variable(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_set(names[i]))
            return names[i];
    return NULL;
}

static void look_at_proxies(struct broker_findings *f)
{
    const char *name = cli_doctor_proxy_variable();
    const char *except = is_set("no_proxy") ? getenv("no_proxy") : getenv("NO_PROXY");
    char shown[300], command[64];

    if (!name) {
        if (is_set("http_proxy"))
            broker_found(
                f, ENVIRONMENT, BROKER_INFO, NULL,
                "http_proxy is of no effect here: plain http goes to this machine alone, and "
                "directly");
        return;
    }
    cli_doctor_proxy_shown(value_of(name), shown, sizeof(shown));
    base_text_format(command, sizeof(command), "unset %s", name);
    broker_found(f, ENVIRONMENT, BROKER_INFO, command,
                 "https goes through the proxy %s (%s)%s%s; this machine's own ports are called "
                 "directly",
                 shown, name, except && except[0] ? ", but for " : "",
                 except && except[0] ? except : "");
}

/* ------------------------------------------------------------------ certificates */

static bool is_neither(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* What would be waited for, a pipe or a file system that is gone, must not be opened by the TLS
 * library, which has no deadline for it. */
static bool hangs(struct cli_doctor *d, const char *name, const char *path)
{
    char command[64];

    if (!cli_doctor_answers(d, ENVIRONMENT, path))
        return true;
    if (!is_neither(path))
        return false;
    base_text_format(command, sizeof(command), "unset %s", name);
    broker_found(&d->findings, ENVIRONMENT, BROKER_ERROR, command,
                 "%s names %s, which is neither a file nor a folder; the network was not asked",
                 name, path);
    return true;
}

/* Of several paths one is enough, for OpenSSL as well. */
static void look_at_roots(struct cli_doctor *d, const char *name, char separator)
{
    struct base_span paths = base_span_of(value_of(name));
    bool readable = false;
    char path[PATH_MAX], command[64];
    int error = ENOENT; /* as for what is too long to be there */

    if (!is_set(name))
        return;
    while (paths.p) {
        if (!base_text_copy(path, sizeof(path), base_span_cut(&paths, separator)) || !path[0])
            continue;
        d->roots_hang = hangs(d, name, path);
        if (d->roots_hang)
            return;
        if (access(path, R_OK) == 0)
            readable = true;
        else
            error = errno;
    }
    base_text_format(command, sizeof(command), "unset %s", name);
    if (readable)
        broker_found(&d->findings, ENVIRONMENT, BROKER_INFO, NULL,
                     "%s: certificates are judged by the authorities in %s", name, value_of(name));
    else
        broker_found(&d->findings, ENVIRONMENT, BROKER_ERROR, command,
                     "%s names %s, which cannot be read (%s): no certificate will be trusted", name,
                     value_of(name), strerrordesc_np(error));
}

static void look_at_tls(struct cli_doctor *d)
{
    look_at_roots(d, "SSL_CERT_FILE", '\0');
    if (!is_set("SSL_CERT_FILE")) /* it counts before the folder */
        look_at_roots(d, "SSL_CERT_DIR", ':');
    if (is_set("CURL_CA_BUNDLE") && !is_set("SSL_CERT_FILE"))
        broker_found(&d->findings, ENVIRONMENT, BROKER_INFO,
                     "export SSL_CERT_FILE=\"$CURL_CA_BUNDLE\"",
                     "CURL_CA_BUNDLE counts for the curl tool alone; hubauth reads SSL_CERT_FILE");
    if (d->c->backends->key_log_ignored)
        broker_found(&d->findings, ENVIRONMENT, BROKER_INFO, "unset SSLKEYLOGFILE",
                     "SSLKEYLOGFILE is set: hubauth ignores it, other programs write the keys of "
                     "their connections there");
}

/* ------------------------------------------------------------------ our own variables */

static void look_at_passphrase_file(struct cli_doctor *d)
{
    struct broker_findings *f = &d->findings;
    const char *path = getenv("HUBAUTH_PASSPHRASE_FILE");
    struct stat st;

    if (!path || !path[0])
        return;
    d->passphrase_hangs = !cli_doctor_answers(d, ENVIRONMENT, path);
    if (d->passphrase_hangs)
        return;
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        broker_found(f, ENVIRONMENT, BROKER_ERROR, "unset HUBAUTH_PASSPHRASE_FILE",
                     "HUBAUTH_PASSPHRASE_FILE names %s, which cannot be read: %s", path,
                     strerrordesc_np(errno));
    else if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)))
        broker_found_at(f, ENVIRONMENT, BROKER_WARNING, "chmod 600", path,
                        "%s holds the vault's passphrase and is open to others (mode %04o)", path,
                        (unsigned)(st.st_mode & 07777));
}

/* "HUBAUTH_ACOUNT=x" does nothing, and says nothing. */
static void look_for_misspelt(struct broker_findings *f)
{
    static const char *const known[] = {"HUBAUTH_HOME", "HUBAUTH_ACCOUNT",
                                        "HUBAUTH_PASSPHRASE_FILE"};

    for (char **entry = environ; *entry; entry++) {
        char name[64], command[160];
        struct base_span rest = base_span_of(*entry);

        if (!base_span_starts(rest, "HUBAUTH_") ||
            !base_text_copy(name, sizeof(name), base_span_cut(&rest, '=')))
            continue;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            unsigned distance = base_text_distance(name, known[i]);

            if (distance == 0 || distance > 2 || is_set(known[i]))
                continue;
            base_text_format(command, sizeof(command), "export %s=\"$%s\"", known[i], name);
            broker_found(f, ENVIRONMENT, BROKER_WARNING, command,
                         "hubauth knows no variable %s; %s was meant?", name, known[i]);
        }
    }
}

void cli_doctor_environment(struct cli_doctor *d)
{
    const char *rule = is_set("HUBAUTH_HOME")    ? "HUBAUTH_HOME"
                       : is_set("XDG_DATA_HOME") ? "XDG_DATA_HOME"
                                                 : "HOME";

    if (d->c->home)
        broker_found(&d->findings, ENVIRONMENT, BROKER_OK, NULL, "the vault's folder is %s, by %s",
                     d->c->home, rule);
    look_at_proxies(&d->findings);
    look_at_tls(d);
    look_at_passphrase_file(d);
    look_for_misspelt(&d->findings);
}

/* ------------------------------------------------------------------ which account */

static bool note_account(void *arg, const struct broker_grant *g)
{
    (void)g;
    *(bool *)arg = true;
    return false;
}

void cli_doctor_choice(struct cli_doctor *d)
{
    BASE_CLEANUP(cli_account_free) struct cli_account account = {0};
    struct base_error err = BASE_ERROR_NONE;
    bool any = false;

    if (!d->broker || broker_grant_list(d->broker, note_account, &any, NULL) || !any)
        return; /* that there is none is told of elsewhere */
    if (!cli_account_choose(d->c, NULL, &account, &err))
        broker_found(&d->findings, "choice", BROKER_OK, NULL, "account %s is meant, chosen by: %s",
                     account.name, account.rule);
    else if (strncmp(err.doing, "choosing an account by the only", 31) == 0)
        broker_found(&d->findings, "choice", BROKER_INFO, "hubauth accounts",
                     "commands need an ACCOUNT here: %s", err.why);
    else
        broker_found(&d->findings, "choice", BROKER_ERROR, "hubauth accounts", "%s: %s%s%s",
                     err.doing, err.why, err.hint[0] ? "; " : "", err.hint);
}
