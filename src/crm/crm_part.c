#include "crm_part.h"

#include "base_file.h"
#include "base_text.h"
#include "base_time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* A mark costs one write. What is written is synced now and then: only power that fails asks for
 * it. The loop waits for that: in an export of 40 s, at 50 ms of latency, 14 times for 50 ms in all
 * and for 11 at most, a thousandth, which no thread would be worth. */
#define SYNC_EVERY_MS 2000
#define SYNC_SHARE 20         /* so many times as long as a sync took, at least */
#define STATE_ANEW (1u << 20) /* marks in a file are few again when it has so many bytes */

struct crm_part {
    struct base_file *file;
    int folder; /* the file's */
    char *path;
    char state_name[NAME_MAX + 32], new_name[NAME_MAX + 32]; /* in that folder */
    char boot[40]; /* which start of the machine this is; "": not known */
    struct crm_state found;
    bool is_found, is_named; /* is_named: complete, and under its name already */
    char why[200];           /* nothing was found */
    struct crm_state now;    /* its strings are the caller's */
    bool begun;
    int64_t marked; /* rows of the last mark that was written; -1: none was */
    bool failed;    /* nothing is certain of what was written last */
    int64_t bytes;  /* in the file */
    int state;      /* descriptor; -1: none was begun */
    size_t state_bytes;
    bool names_synced; /* in the folder */
    int64_t sync_at;   /* of base_time_monotonic() */
    struct base_buf text;
};

static void part_free(struct crm_part *p)
{
    if (!p)
        return;
    if (p->state >= 0)
        (void)close(p->state);
    if (p->folder >= 0)
        (void)close(p->folder);
    crm_state_free(&p->found);
    base_buf_free(&p->text);
    base_mem_free(p->path);
    base_mem_free(p);
}

static enum base_status part_fail(const struct crm_part *p, const char *what,
                                  struct base_error *err)
{
    return base_fail_errno(err, BASE_STORAGE, "writing the export", errno, "%s %s", what, p->path);
}

/* ------------------------------------------------------------------ what is there */

static void none(struct crm_part *p, const char *why)
{
    crm_state_free(&p->found);
    p->is_found = false;
    base_text_format(p->why, sizeof(p->why), "%s", why);
}

/* A state that is complete is left by a process that ended before the name was given, or while
 * other files of the same command were not complete yet. */
static void judge_complete(struct crm_part *p, int64_t size)
{
    struct stat st;

    if (size >= p->found.bytes && size > 0)
        return;
    p->is_named = fstatat(p->folder, base_file_name(p->file), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                  S_ISREG(st.st_mode) && st.st_size == p->found.bytes;
    if (!p->is_named)
        none(p, "the file that was complete is not as it was left");
}

static enum base_status judge(struct crm_part *p, struct base_error *err)
{
    int fd = base_file_fd(p->file);
    char last = '\n';
    struct stat st;

    if (fstat(fd, &st) != 0)
        return part_fail(p, "cannot look at", err);
    if (p->found.complete) {
        judge_complete(p, st.st_size);
        return BASE_OK;
    }
    if (st.st_size < p->found.bytes) {
        none(p, "some of its rows are missing");
        return BASE_OK;
    }
    if (p->found.bytes > 0 && pread(fd, &last, 1, p->found.bytes - 1) != 1)
        return part_fail(p, "cannot read", err);
    if (last != '\n') /* in every format that has marks */
        none(p, "its rows are not as they were left");
    return BASE_OK;
}

/* NOT_FOUND: there is none. */
static enum base_status read_state(struct crm_part *p, int64_t *ret_written_at,
                                   struct base_error *err)
{
    int fd =
        openat(p->folder, p->state_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum base_status status;
    struct stat st = {0};

    if (fd < 0 && errno == ENOENT)
        return base_fail(err, BASE_NOT_FOUND, "reading a file", "there is none");
    if (fd < 0)
        return part_fail(p, "cannot open the state of", err);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink > 1)
        status = base_fail(err, BASE_STORAGE, "writing the export",
                           "%s" CRM_STATE_SUFFIX " is no file of this user, or has a second name",
                           p->path);
    else
        status = base_file_read_fd(fd, &p->text, err);
    *ret_written_at = st.st_mtim.tv_sec * BASE_SECOND_MS;
    (void)close(fd);
    return status;
}

static enum base_status look(struct crm_part *p, struct base_error *err)
{
    struct base_error lower = BASE_ERROR_NONE;
    int64_t written_at = 0;
    enum base_status status = read_state(p, &written_at, err);

    if (status == BASE_NOT_FOUND)
        return BASE_OK;
    if (!status) {
        status = crm_state_parse(base_buf_span(&p->text), p->boot, &p->found, &lower);
        if (status == BASE_NO_MEMORY)
            return base_fail_memory(err);
        p->is_found = status == BASE_OK;
        p->found.written_at = written_at;
        if (status)
            none(p, lower.why);
        else
            status = judge(p, err);
        base_buf_reset(&p->text);
        return p->is_found ? status : BASE_OK;
    }
    if (status == BASE_LIMIT) {
        none(p, "its state is too large to be one");
        return BASE_OK;
    }
    return status;
}

/* The kernel's boot id, a UUID. */
static enum base_status read_boot(struct crm_part *p, struct base_error *err)
{
    enum base_status status = base_file_read("/proc/sys/kernel/random/boot_id", &p->text, NULL);

    if (status == BASE_NO_MEMORY)
        return base_fail_memory(err);
    if (!status)
        (void)base_text_copy(p->boot, sizeof(p->boot), base_span_trim(base_buf_span(&p->text)));
    base_buf_reset(&p->text);
    return BASE_OK;
}

enum base_status crm_part_open(const char *path, struct crm_part **ret, struct base_error *err)
{
    struct crm_part *p = base_mem_new(sizeof(*p));
    enum base_status status;

    if (!p)
        return base_fail_memory(err);
    p->state = p->folder = -1;
    p->marked = -1;
    base_buf_init(&p->text, CRM_STATE_MAX);
    status = read_boot(p, err);
    if (!status)
        status = base_file_continue(path, CRM_PART_SUFFIX, 0600, &p->file, err);
    if (status) {
        part_free(p);
        return status;
    }
    p->folder = fcntl(base_file_folder(p->file), F_DUPFD_CLOEXEC, 0);
    p->path = base_mem_strdup(path);
    base_text_format(p->state_name, sizeof(p->state_name), "%s" CRM_STATE_SUFFIX,
                     base_file_name(p->file));
    base_text_format(p->new_name, sizeof(p->new_name), "%s.new", p->state_name);
    if (!p->path)
        status = base_fail_memory(err);
    else if (p->folder < 0)
        status = part_fail(p, "cannot open the folder of", err);
    else
        status = look(p, err);
    if (status) {
        (void)crm_part_close(p);
        return status;
    }
    *ret = p;
    return BASE_OK;
}

const struct crm_state *crm_part_found(const struct crm_part *p, const char **ret_why)
{
    *ret_why = p->why;
    return p->is_found ? &p->found : NULL;
}

/* ------------------------------------------------------------------ the state's file */

static void remove_state(struct crm_part *p)
{
    (void)unlinkat(p->folder, p->state_name, 0);
    (void)unlinkat(p->folder, p->new_name, 0);
}

/* With the first mark that is to outlive a power cut, the names of both files must. */
static enum base_status sync_names(struct crm_part *p, struct base_error *err)
{
    if (!p->now.synced || p->names_synced)
        return BASE_OK;
    if (fsync(p->folder) != 0 && errno != EINVAL)
        return part_fail(p, "cannot sync the folder of", err);
    p->names_synced = true;
    return BASE_OK;
}

/* A file of what is exported and one mark takes the place of the one before. Nobody else is at it:
 * the name needs no random part, so that none is left over. */
static enum base_status state_anew(struct crm_part *p, struct base_error *err)
{
    enum base_status status;
    int fd;

    base_buf_reset(&p->text);
    crm_state_begin(&p->now, p->boot, &p->text);
    crm_state_mark(&p->now, &p->text);
    if (base_buf_status(&p->text))
        return base_fail(err, base_buf_status(&p->text), "writing the export",
                         "its state does not fit into memory");
    (void)unlinkat(p->folder, p->new_name, 0);
    fd = openat(p->folder, p->new_name,
                O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return part_fail(p, "cannot create the state of", err);
    if (p->state >= 0)
        (void)close(p->state);
    p->state = fd;
    p->names_synced = false;
    p->state_bytes = p->text.n;
    status = base_file_write_fd(fd, base_buf_span(&p->text), err);
    if (!status && p->now.synced && fdatasync(fd) != 0)
        status = part_fail(p, "cannot sync the state of", err);
    if (!status && renameat(p->folder, p->new_name, p->folder, p->state_name) != 0)
        status = part_fail(p, "cannot put in place the state of", err);
    return status ? status : sync_names(p, err);
}

static enum base_status state_add(struct crm_part *p, struct base_error *err)
{
    enum base_status status;

    base_buf_reset(&p->text);
    crm_state_mark(&p->now, &p->text);
    if (base_buf_status(&p->text))
        return base_fail_memory(err);
    p->state_bytes += p->text.n;
    status = base_file_write_fd(p->state, base_buf_span(&p->text), err);
    if (!status && p->now.synced && fdatasync(p->state) != 0)
        status = part_fail(p, "cannot sync the state of", err);
    return status ? status : sync_names(p, err);
}

/* The rows first, and then the word that they are there. A sync that failed is not asked twice: the
 * second time it would say that all is well. */
static enum base_status put_mark(struct crm_part *p, bool sync, bool anew, struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (sync && fdatasync(base_file_fd(p->file)) != 0)
        status = part_fail(p, "cannot sync", err);
    p->now.synced = sync;
    if (!status && (anew || p->state < 0))
        status = state_anew(p, err);
    else if (!status)
        status = state_add(p, err);
    p->failed = p->failed || status;
    return status;
}

/* ------------------------------------------------------------------ filling it */

enum base_status crm_part_begin(struct crm_part *p, const struct crm_state *state,
                                struct base_error *err)
{
    int fd = base_file_fd(p->file);

    p->begun = true;
    p->now = *state;
    p->bytes = state->bytes;
    p->sync_at = base_time_monotonic() + SYNC_EVERY_MS;
    if (p->bytes == 0) /* before its rows go */
        remove_state(p);
    if (ftruncate(fd, p->bytes) != 0 || lseek(fd, p->bytes, SEEK_SET) < 0)
        return part_fail(p, "cannot cut", err);
    if (p->bytes == 0)
        return BASE_OK;
    p->marked = p->now.at.rows;
    return put_mark(p, true, true, err);
}

enum base_status crm_part_write(struct crm_part *p, struct base_span bytes, struct base_error *err)
{
    enum base_status status = base_file_write_fd(base_file_fd(p->file), bytes, err);

    if (!status)
        p->bytes += (int64_t)bytes.n;
    p->failed = p->failed || status;
    return status;
}

int64_t crm_part_bytes(const struct crm_part *p)
{
    return p->bytes;
}

enum base_status crm_part_mark(struct crm_part *p, const struct crm_position *at,
                               struct base_error *err)
{
    int64_t before = base_time_monotonic(), took;
    bool anew = p->state_bytes > STATE_ANEW, sync = anew || before >= p->sync_at;
    enum base_status status;

    p->now.at = *at;
    p->now.bytes = p->bytes;
    status = put_mark(p, sync, anew, err);
    if (status)
        return status;
    p->marked = at->rows;
    if (sync) {
        took = (base_time_monotonic() - before) * SYNC_SHARE;
        p->sync_at = before + (took > SYNC_EVERY_MS ? took : SYNC_EVERY_MS);
    }
    return BASE_OK;
}

/* ------------------------------------------------------------------ the end */

/* The file is left without a name for a process that ends here: the state says that it is complete,
 * and the next one names it. */
static enum base_status make_complete(struct crm_part *p, bool keep_state, struct base_error *err)
{
    enum base_status status;

    if (!p->begun) { /* found so */
        if (ftruncate(base_file_fd(p->file), p->found.bytes) != 0)
            return part_fail(p, "cannot cut", err);
        return BASE_OK;
    }
    if (!keep_state && p->state < 0)
        return BASE_OK;
    p->now.complete = true;
    p->now.bytes = p->bytes;
    status = put_mark(p, true, true, err);
    if (!status)
        p->marked = p->now.at.rows;
    return status;
}

enum base_status crm_part_commit(struct crm_part *p, bool keep_state, struct base_error *err)
{
    struct base_file *file = p->file;
    enum base_status status = p->is_named ? BASE_OK : make_complete(p, keep_state, err);
    int lock;

    if (status)
        return status;
    /* The lock is the open file's: until the state is gone, nobody else begins one. */
    lock = fcntl(base_file_fd(file), F_DUPFD_CLOEXEC, 0);
    if (lock < 0)
        return part_fail(p, "cannot keep the lock of", err);
    p->file = NULL;
    if (p->is_named)
        base_file_abort(file); /* it was made to be locked */
    else
        status = base_file_commit(file, err);
    if (!status && !keep_state)
        remove_state(p);
    (void)close(lock);
    if (!status)
        part_free(p);
    return status;
}

/* Else it holds what an earlier process wrote, whatever kept this one from using it. */
static bool is_empty(const struct crm_part *p)
{
    struct stat st;

    return fstat(base_file_fd(p->file), &st) == 0 && st.st_size == 0;
}

int64_t crm_part_close(struct crm_part *p)
{
    int64_t kept;

    if (!p)
        return -1;
    kept = p->begun ? p->marked : p->is_found && !p->is_named ? p->found.at.rows : -1;
    /* So that it counts after a restart as well. If it cannot be, the marks that are there do. */
    if (p->begun && kept >= 0 && !p->failed && p->file)
        (void)put_mark(p, true, false, NULL);
    if (p->begun && kept < 0)
        remove_state(p);
    if (kept >= 0 || (!p->begun && p->file && !is_empty(p)))
        base_file_keep(p->file);
    else
        base_file_abort(p->file);
    part_free(p);
    return kept;
}

void crm_part_forget(const char *path)
{
    struct crm_part *p;

    if (crm_part_open(path, &p, NULL))
        return;
    if (p->is_found && p->is_named)
        remove_state(p);
    (void)crm_part_close(p);
}
