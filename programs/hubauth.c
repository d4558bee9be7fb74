/* hubauth: chooses the backends, hardens the process, and hands over to the command line. */
#include "base_module.h"
#include "broker.h"
#include "cli.h"
#include "crypt_process.h"
#include "http.h"
#include "http_log.h"
#include "vault.h"

/* The vault's module, where the build links it in (meson_options.txt: static_sqlite). */
__attribute__((weak)) extern const struct base_module hubauth_module;

static enum base_status ask_passphrase(void *arg, bool confirm, struct crypt_secret **ret,
                                       struct base_error *err)
{
    return cli_ask_passphrase(arg, confirm, ret, err);
}

static enum base_status open_http(void *arg, struct loop *l, struct http **ret,
                                  struct base_error *err)
{
    const char *log = getenv("HUBAUTH_LOG");
    struct http *http;
    enum base_status status = http_open(l, "hubauth/" HUBAUTH_VERSION, &http, err);

    if (!status && log && strcmp(log, "debug") == 0)
        status = http_log_open(http, cli_notice, arg, &http, err); /* frees the first if it fails */
    if (!status)
        *ret = http;
    return status;
}

/* A vault without a header is what an interrupted `init` leaves: it may be begun again. */
static enum base_status open_new_store(const char *home, struct vault_store **ret,
                                       struct base_error *err)
{
    enum base_status status = vault_sqlite_open(home, true, ret, err);

    return status == BASE_EXISTS ? vault_sqlite_open(home, false, ret, err) : status;
}

static enum base_status create_vault(const char *home, const char *key_spec, struct cli *asks,
                                     char **ret_key_spec, struct base_error *err)
{
    const struct vault_key_asker asker = {ask_passphrase, asks};
    struct vault_store *store;
    struct vault *vault;
    enum base_status status = vault_key_normalise(key_spec, ret_key_spec, err);

    if (status || (status = open_new_store(home, &store, err)) ||
        (status = vault_create(store, *ret_key_spec, &asker, &vault, err)))
        return status;
    vault_close(vault);
    return BASE_OK;
}

static enum base_status open_broker(const char *home, struct cli *asks, struct broker **ret,
                                    char **ret_key_spec, struct base_error *err)
{
    const struct vault_key_asker asker = {ask_passphrase, asks};
    struct broker_deps deps = {.http_open = open_http, .notice = cli_notice, .arg = asks};
    struct vault_store *store;
    enum base_status status = vault_sqlite_open(home, false, &store, err);

    if (status || (status = vault_open(store, &asker, &deps.vault, err)))
        return status;
    *ret_key_spec = base_mem_strdup(vault_key_spec(deps.vault));
    if (!*ret_key_spec) {
        vault_close(deps.vault);
        return base_fail_memory(err);
    }
    return broker_new(&deps, ret, err);
}

static enum base_status open_memory(struct cli *asks, struct broker **ret, struct base_error *err)
{
    struct broker_deps deps = {.http_open = open_http,
                               .notice = cli_notice,
                               .keep = cli_keep,
                               .enter = cli_enter,
                               .leave = cli_leave,
                               .arg = asks};
    struct vault_store *store;
    enum base_status status = vault_memory_open(&store, err);

    if (status || (status = vault_create_volatile(store, &deps.vault, err)))
        return status;
    return broker_new(&deps, ret, err);
}

static enum base_status open_bare_broker(struct cli *asks, struct broker **ret,
                                         struct base_error *err)
{
    const struct broker_deps deps = {.http_open = open_http, .notice = cli_notice, .arg = asks};

    return broker_new(&deps, ret, err);
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {"vault-sqlite", "http-curl", "loop-uv", "base-yaml",
                                          NULL};
    const struct cli_backends backends = {
        .choose_key = vault_key_choose,
        .create_vault = create_vault,
        .open_broker = open_broker,
        .open_bare_broker = open_bare_broker,
        .open_memory = open_memory,
        .modules = modules,
        .key_log_ignored = getenv("SSLKEYLOGFILE") != NULL,
    };
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = crypt_process_hide(&err);

    /* libcurl would write the keys of its TLS connections there, and with them the tokens. */
    (void)unsetenv("SSLKEYLOGFILE");

    if (!status)
        status = crypt_start(&err);
    if (status) {
        (void)fprintf(stderr, "hubauth: %s: %s\n", err.doing, err.why);
        return base_status_exit_code(status);
    }
    if (&hubauth_module != NULL)
        base_module_link(&hubauth_module);
    return cli_main(argc, argv, &backends);
}
