/* keyring: an item of the session's Secret Service. D-Bus may hang for ever, and libsecret's own
 * limits are D-Bus's; so a child asks, and is killed after two seconds (D7). The child has
 * libsecret and the threads of GLib to itself, and of what is a secret by type nothing
 * (crypt_secret.h); only the text of a new key, which it is to store. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_file.h"
#include "base_json.h"
#include "base_jsonw.h"
#include "base_module.h"
#include "base_text.h"
#include "base_time.h"
#include "crypt_encode.h"
#include "crypt_random.h"
#include "vault_key_source.h"
#include "vault_keyring.h"

#define KEYRING_DOING "getting the vault's key from the keyring"
#define KEYRING_DEADLINE_MS 2000

enum {
    KEYRING_ITEM_CHARS = 22, /* 16 random bytes as base64url */
    KEYRING_PARAMS_MAX = 1024,
};

/* What the child is to do: one of the module's three functions. */
struct keyring_task {
    const char *item; /* NULL: only ask whether it could */
    const char *text; /* to be stored; NULL: to be loaded */
};

/* ------------------------------------------------------------------ the child */

/* What it answers: this, and behind it the text that was loaded. */
struct keyring_answer {
    enum base_status status;
    struct base_error err;
};

static enum base_status keyring_do(const struct keyring_task *task, struct base_buf *out,
                                   struct base_error *err)
{
    const void *entry;
    enum base_status status = base_module_load("keyring", &entry, err);
    if (status != BASE_OK)
        return status;
    const struct vault_keyring_module *module = entry;
    if (task->item == NULL)
        return module->usable(err);
    if (task->text != NULL && (status = module->store(task->item, task->text, err)) != BASE_OK)
        return status;
    return module->load(task->item, out, err); /* what was stored has to be there, too */
}

static _Noreturn void keyring_child(const struct keyring_task *task, int to, pid_t parent)
{
    struct keyring_answer answer = {.err = BASE_ERROR_NONE};
    struct base_buf text;
    /* GLib says on standard error what nobody can use. */
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || null < 0 ||
        dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
        _exit(1);
    base_buf_init_sensitive(&text, 4096);
    answer.status = keyring_do(task, &text, &answer.err);
    if (base_file_write_fd(to, (struct base_span){(const char *)&answer, sizeof(answer)}, NULL) ==
        BASE_OK)
        (void)base_file_write_fd(to, base_buf_span(&text), NULL);
    base_buf_free(&text);
    _exit(0);
}

/* ------------------------------------------------------------------ the parent */

/* All that comes until the other end is closed; BUSY when the time is over before. */
static enum base_status keyring_receive(int from, struct base_buf *out)
{
    int64_t deadline = base_time_monotonic() + KEYRING_DEADLINE_MS;
    for (;;) {
        int64_t left = deadline - base_time_monotonic();
        struct pollfd p = {.fd = from, .events = POLLIN};
        int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return ready == 0 ? BASE_BUSY : BASE_FAILED;
        char bytes[512];
        ssize_t n = read(from, bytes, sizeof(bytes));
        if (n == 0)
            return base_buf_status(out);
        if (n < 0 && errno != EINTR)
            return BASE_FAILED;
        if (n > 0)
            base_buf_add(out, bytes, (size_t)n);
        explicit_bzero(bytes, sizeof(bytes));
    }
}

static enum base_status keyring_fail(enum base_status why, struct base_error *err)
{
    if (why == BASE_NO_MEMORY)
        return base_fail_memory(err);
    if (why == BASE_BUSY) {
        base_fail(err, BASE_STORAGE, KEYRING_DOING, "the keyring did not answer within %d seconds",
                  KEYRING_DEADLINE_MS / 1000);
        base_error_hint(err, "see what holds it up (does it wait behind a dialogue?), and try "
                             "again; nothing was changed");
        return BASE_STORAGE;
    }
    return base_fail(err, BASE_STORAGE, KEYRING_DOING,
                     "the process that asks the keyring ended without an answer");
}

/* Cuts the answer off; the text stays in `out`. */
static enum base_status keyring_open_answer(struct base_buf *out, struct base_error *err)
{
    struct keyring_answer answer;
    if (out->n < sizeof(answer))
        return keyring_fail(BASE_FAILED, err);
    memcpy(&answer, out->p, sizeof(answer));
    base_buf_consume(out, sizeof(answer));
    if (answer.status != BASE_OK && err != NULL)
        *err = answer.err;
    return answer.status;
}

static bool keyring_has_bus(void)
{
    const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char path[4096];
    if (address != NULL && address[0] != '\0')
        return true;
    if (folder == NULL || folder[0] != '/')
        return false;
    base_text_format(path, sizeof(path), "%s/bus", folder);
    return access(path, F_OK) == 0;
}

static enum base_status keyring_start(const struct keyring_task *task, int *ret_from,
                                      pid_t *ret_pid, struct base_error *err)
{
    int ends[2];
    pid_t parent = getpid();
    if (!keyring_has_bus()) { /* GLib would start a bus of its own where it can */
        base_fail(err, BASE_STORAGE, KEYRING_DOING, "there is no D-Bus session, so no keyring");
        base_error_hint(err, "run it within the desktop's session; for servers take another key "
                             "there: hubauth key change --to file:PATH");
        return BASE_STORAGE;
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        return base_fail_errno(err, BASE_FAILED, KEYRING_DOING, errno, "no pipe");
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        keyring_child(task, ends[1], parent);
    }
    int e = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return base_fail_errno(err, BASE_FAILED, KEYRING_DOING, e, "no process");
    }
    *ret_from = ends[0];
    *ret_pid = pid;
    return BASE_OK;
}

static enum base_status keyring_ask(const struct keyring_task *task, struct base_buf *out,
                                    struct base_error *err)
{
    int from;
    pid_t pid;
    enum base_status status = keyring_start(task, &from, &pid, err);
    if (status != BASE_OK)
        return status;
    status = keyring_receive(from, out);
    close(from);
    (void)kill(pid, SIGKILL); /* it has said what it had to say, or had its time */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return status == BASE_OK ? keyring_open_answer(out, err) : keyring_fail(status, err);
}

/* ------------------------------------------------------------------ the source */

static enum base_status keyring_params_read(struct base_span params,
                                            char item[KEYRING_ITEM_CHARS + 1],
                                            struct base_error *err)
{
    struct base_json_value value = {0};
    const struct base_json_field table[] = {
        {"item", BASE_JSON_WANT_STRING, true, &value, NULL},
    };
    struct base_error cause = BASE_ERROR_NONE;
    if (params.n > KEYRING_PARAMS_MAX || base_json_decode(params, table, 1, &cause) != BASE_OK ||
        value.raw.n != KEYRING_ITEM_CHARS || value.escaped ||
        !base_text_copy(item, KEYRING_ITEM_CHARS + 1, value.raw)) {
        base_fail(err, BASE_STORAGE, KEYRING_DOING, "the header's key parameters are damaged");
        base_error_hint(err, "restore the vault from a backup; hubauth leaves it as it is");
        return BASE_STORAGE;
    }
    return BASE_OK;
}

static enum base_status keyring_params_make(char item[KEYRING_ITEM_CHARS + 1],
                                            struct base_buf *params, struct base_error *err)
{
    unsigned char random[16];
    struct base_buf text;
    struct base_jsonw w;
    crypt_random(random, sizeof(random));
    base_buf_init(&text, 64);
    crypt_base64url(&text, random, sizeof(random));
    base_text_copy(item, KEYRING_ITEM_CHARS + 1, base_buf_span(&text));
    base_jsonw_begin(&w, params);
    base_jsonw_object(&w);
    base_jsonw_member_span(&w, "item", base_buf_span(&text));
    base_jsonw_end(&w);
    bool good = base_buf_status(&text) == BASE_OK && base_buf_status(params) == BASE_OK;
    base_buf_free(&text);
    return good ? BASE_OK : base_fail_memory(err);
}

static enum base_status keyring_run(const char *item, const char *text, struct crypt_secret **ret,
                                    struct base_error *err)
{
    const struct keyring_task task = {item, text};
    BASE_CLEANUP(base_buf_free) struct base_buf out;
    base_buf_init_sensitive(&out, sizeof(struct keyring_answer) + 4096);
    enum base_status status = keyring_ask(&task, &out, err);
    if (status != BASE_OK)
        return status;
    if (out.n < 32)
        return base_fail(err, BASE_STORAGE, KEYRING_DOING, "its item is no key of hubauth's");
    return vault_key_from_text(base_buf_span(&out), ret, err);
}

static enum base_status keyring_make(const char *place, const struct vault_key_asker *asker,
                                     struct base_buf *params, struct crypt_secret **ret,
                                     struct base_error *err)
{
    char item[KEYRING_ITEM_CHARS + 1];
    (void)place;
    (void)asker;
    enum base_status status = keyring_params_make(item, params, err);
    if (status != BASE_OK)
        return status;
    BASE_CLEANUP(base_buf_free) struct base_buf text;
    status = vault_key_random_text(&text, err);
    return status == BASE_OK ? keyring_run(item, base_buf_str(&text), ret, err) : status;
}

static enum base_status keyring_fetch(const char *place, const struct vault_key_asker *asker,
                                      struct base_span params, struct crypt_secret **ret,
                                      struct base_error *err)
{
    char item[KEYRING_ITEM_CHARS + 1];
    (void)place;
    (void)asker;
    enum base_status status = keyring_params_read(params, item, err);
    return status == BASE_OK ? keyring_run(item, NULL, ret, err) : status;
}

enum base_status vault_key_keyring_usable(struct base_error *err)
{
    const struct keyring_task task = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf out;
    base_buf_init(&out, sizeof(struct keyring_answer) + 4096);
    return keyring_ask(&task, &out, err);
}

const struct vault_key_source vault_key_keyring = {
    .word = "keyring",
    .make = keyring_make,
    .fetch = keyring_fetch,
    .wrong = "the keyring's item does not open it",
    .wrong_hint = "restore the keyring from a backup of the time when the vault was made",
    .keepable = true,
};
