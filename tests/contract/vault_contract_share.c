/* Two handles on one store, in one process and in two. */
#include <linux/seccomp.h>
#include <sys/resource.h>

#include "test_process.h"
#include "vault_contract.h"

/* ------------------------------------------------------------------ reopening */

static void rows_survive_reopening(struct contract *c)
{
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("header"), &c->err),
              &c->err);
    assert_ok(contract_put(c, c->store, "a", 0, "one", "1"), &c->err);
    assert_ok(contract_put(c, c->store, "a", 1, "two", "2"), &c->err);
    contract_close(c->store);
    c->store = contract_open_other(c);
    contract_expect(c, c->store, "a", 2, "two", "2");
    struct base_buf header;
    base_buf_init(&header, VAULT_HEADER_MAX);
    assert_ok(c->store->ops->header_get(c->store, &header, &c->err), &c->err);
    assert_span(base_buf_span(&header), "header");
    base_buf_free(&header);
}

static void create_keeps_what_is_there(struct contract *c)
{
    struct vault_store *other;
    /* A store without a header was never completed: making it again goes on with it. */
    assert_ok(c->backend->open(c->dir.path, true, &other, &c->err), &c->err);
    contract_close(other);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("header"), &c->err),
              &c->err);
    assert_ok(contract_put(c, c->store, "a", 0, "p", "s"), &c->err);
    assert_status(c->backend->open(c->dir.path, true, &other, &c->err), BASE_EXISTS, &c->err);
    contract_expect(c, c->store, "a", 1, "p", "s");
}

static void absent_store_is_not_found(struct contract *c)
{
    struct vault_store *other;
    const char *missing = test_dir_path(&c->dir, "missing");
    assert_status(c->backend->open(missing, false, &other, &c->err), BASE_NOT_FOUND, &c->err);
    assert_true(access(missing, F_OK) != 0);
    assert_int_equal(mkdir(missing, 0700), 0);
    assert_status(c->backend->open(missing, false, &other, &c->err), BASE_NOT_FOUND, &c->err);
    assert_int_equal(rmdir(missing), 0); /* nothing was put there */
}

/* ------------------------------------------------------------------ two handles */

static void handles_see_each_other(struct contract *c)
{
    struct vault_store *other = contract_open_other(c);
    assert_ok(contract_put(c, c->store, "a", 0, "one", "1"), &c->err);
    contract_expect(c, other, "a", 1, "one", "1");
    assert_ok(contract_put(c, other, "a", 1, "two", "2"), &c->err);
    assert_status(contract_put(c, c->store, "a", 1, "late", "late"), BASE_CONFLICT, &c->err);
    contract_expect(c, c->store, "a", 2, "two", "2");
    contract_close(other);
    contract_expect(c, c->store, "a", 2, "two", "2");
}

struct listing {
    struct contract *c;
    struct vault_store *other;
    unsigned seen;
};

static bool list_write_elsewhere(void *arg, const char *name, uint64_t generation,
                                 struct base_span plain)
{
    struct listing *l = arg;
    (void)plain;
    assert_ok(contract_put(l->c, l->other, name, generation, "new", "new"), &l->c->err);
    l->seen++;
    return true;
}

/* `hubauth accounts | less` must not keep others from refreshing. */
static void listing_lets_others_write(struct contract *c)
{
    struct listing l = {.c = c, .other = contract_open_other(c)};
    assert_ok(contract_put(c, c->store, "a", 0, "old", "old"), &c->err);
    assert_ok(contract_put(c, c->store, "b", 0, "old", "old"), &c->err);
    assert_ok(c->store->ops->list(c->store, VAULT_GRANT, list_write_elsewhere, &l, &c->err),
              &c->err);
    assert_int_equal(l.seen, 2);
    contract_expect(c, c->store, "b", 2, "new", "new");
    contract_close(l.other);
}

static void headers_conflict(struct contract *c)
{
    struct vault_store *other = contract_open_other(c);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("mine"), &c->err),
              &c->err);
    assert_status(other->ops->header_put(other, BASE_SPAN_NONE, BASE_SPAN("theirs"), &c->err),
                  BASE_CONFLICT, &c->err);
    contract_close(other);
}

static void header_read(struct contract *c, struct vault_store *s)
{
    struct base_buf header;
    base_buf_init(&header, VAULT_HEADER_MAX);
    assert_ok(s->ops->header_get(s, &header, &c->err), &c->err);
    base_buf_free(&header);
}

/* D8: a writer that does not know the header of now could seal with a key of the past. */
static void writes_count_under_the_header_that_is_known(struct contract *c)
{
    char a[] = "a";
    struct vault_reseal reseal = {VAULT_GRANT, a, 1, {0}};
    struct vault_store *other = contract_open_other(c);
    base_buf_init(&reseal.sealed, VAULT_SEALED_MAX);
    base_buf_add_str(&reseal.sealed, "again");
    assert_ok(contract_put(c, other, a, 0, "p", "s"), &c->err); /* it never asked: it is free */
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN_NONE, BASE_SPAN("one"), &c->err),
              &c->err);
    header_read(c, other);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN("one"), BASE_SPAN("two"), &c->err),
              &c->err);
    assert_status(contract_put(c, other, a, 1, "p", "s"), BASE_STALE, &c->err);
    assert_status(contract_put(c, other, "new", 0, "p", "s"), BASE_STALE, &c->err);
    assert_status(other->ops->reseal(other, &reseal, 1, &c->err), BASE_STALE, &c->err);
    contract_expect(c, c->store, a, 1, "p", "s");
    contract_expect_absent(c, c->store, "new");
    /* It went from two to one and to two again: the text is the same, and yet it was changed. */
    header_read(c, other);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN("two"), BASE_SPAN("one"), &c->err),
              &c->err);
    assert_ok(c->store->ops->header_put(c->store, BASE_SPAN("one"), BASE_SPAN("two"), &c->err),
              &c->err);
    assert_status(contract_put(c, other, a, 1, "p", "s"), BASE_STALE, &c->err);
    header_read(c, other);
    assert_ok(other->ops->reseal(other, &reseal, 1, &c->err), &c->err);
    assert_ok(contract_put(c, other, a, 1, "p", "s2"), &c->err);
    assert_ok(contract_put(c, c->store, a, 2, "p", "s3"), &c->err); /* whoever put it knows it */
    contract_close(other);
    base_buf_free(&reseal.sealed);
}

static void leases_exclude_handles(struct contract *c)
{
    struct vault_store *other = contract_open_other(c);
    struct vault_lease *mine, *theirs;
    assert_ok(c->store->ops->lease_try(c->store, "a", &mine, &c->err), &c->err);
    assert_status(other->ops->lease_try(other, "a", &theirs, &c->err), BASE_BUSY, &c->err);
    c->store->ops->lease_release(c->store, mine);
    assert_ok(other->ops->lease_try(other, "a", &theirs, &c->err), &c->err);
    assert_status(c->store->ops->lease_try(c->store, "a", &mine, &c->err), BASE_BUSY, &c->err);
    contract_close(other); /* its lease ends with it */
    assert_ok(c->store->ops->lease_try(c->store, "a", &mine, &c->err), &c->err);
    c->store->ops->lease_release(c->store, mine);
}

/* ------------------------------------------------------------------ two processes */

/* A child never ends by itself: it says that it has done its part and waits to be killed. Thus it
 * has no exit at which a leak checker could complain of what it shares with its parent. */
struct process {
    pid_t pid;
    int from;
};

/* Runs `run` in a child, with a handle of its own. */
static struct process process_start(struct contract *c,
                                    bool (*run)(struct contract *c, struct vault_store *s, int to))
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = test_process_fork();
    if (pid == 0) {
        bool good = run(c, contract_open_other(c), ends[1]);
        if (write(ends[1], good ? "+" : "-", 1) != 1)
            abort();
        for (;;)
            pause();
    }
    close(ends[1]);
    return (struct process){pid, ends[0]};
}

static void process_ready(const struct process *p)
{
    char byte;
    assert_int_equal(read(p->from, &byte, 1), 1);
    assert_int_equal(byte, '+');
}

static void process_kill(const struct process *p)
{
    test_process_kill(p->pid);
    close(p->from);
}

static bool child_holds_lease(struct contract *c, struct vault_store *s, int to)
{
    struct vault_lease *lease;
    (void)to;
    return s->ops->lease_try(s, "a", &lease, &c->err) == BASE_OK;
}

/* D4: one process at a time has a lease, and who dies gives it back (T1). */
static void lease_ends_with_the_process(struct contract *c)
{
    struct vault_lease *lease;
    struct process p = process_start(c, child_holds_lease);
    process_ready(&p);
    assert_status(c->store->ops->lease_try(c->store, "a", &lease, &c->err), BASE_BUSY, &c->err);
    process_kill(&p);
    assert_ok(c->store->ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    c->store->ops->lease_release(c->store, lease);
}

static void note_is(struct contract *c, struct vault_store *s, struct vault_lease *lease,
                    struct base_span want)
{
    struct base_buf out;
    base_buf_init(&out, VAULT_NOTE_MAX);
    assert_ok(s->ops->lease_noted(s, lease, &out, &c->err), &c->err);
    assert_int_equal(out.n, want.n);
    assert_true(want.n == 0 || memcmp(out.p, want.p, want.n) == 0);
    base_buf_free(&out);
}

/* T2: what a holder noted is there for the next one. */
static void notes_outlive_the_lease(struct contract *c)
{
    static char large[100000];
    const struct vault_store_ops *ops = c->store->ops;
    struct vault_lease *lease, *other;
    memset(large, 'x', sizeof(large));
    const struct base_span notes[] = {BASE_SPAN("one"),
                                      {large, sizeof(large)},
                                      BASE_SPAN("two"),
                                      BASE_SPAN_NONE,
                                      BASE_SPAN("three")};
    assert_ok(ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    note_is(c, c->store, lease, BASE_SPAN_NONE);
    for (size_t i = 0; i < TEST_COUNT(notes); i++) {
        assert_ok(ops->lease_note(c->store, lease, notes[i], &c->err), &c->err);
        note_is(c, c->store, lease, notes[i]);
        ops->lease_release(c->store, lease);
        assert_ok(ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
        note_is(c, c->store, lease, notes[i]);
    }
    assert_ok(ops->lease_try(c->store, "b", &other, &c->err), &c->err);
    note_is(c, c->store, other, BASE_SPAN_NONE);
    ops->lease_release(c->store, other);
    ops->lease_release(c->store, lease);
}

static bool child_notes(struct contract *c, struct vault_store *s, int to)
{
    struct vault_lease *lease;
    (void)to;
    return s->ops->lease_try(s, "a", &lease, &c->err) == BASE_OK &&
           s->ops->lease_note(s, lease, BASE_SPAN("last words"), &c->err) == BASE_OK;
}

static void notes_outlive_the_process(struct contract *c)
{
    struct vault_lease *lease;
    struct process p = process_start(c, child_notes);
    process_ready(&p);
    process_kill(&p);
    assert_ok(c->store->ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    note_is(c, c->store, lease, BASE_SPAN("last words"));
    c->store->ops->lease_release(c->store, lease);
}

/* T2: made ready ahead, notes of any length are what they are otherwise. */
static void notes_that_are_ready(struct contract *c)
{
    static char large[VAULT_NOTE_READY + 1];
    const struct vault_store_ops *ops = c->store->ops;
    struct vault_lease *lease;
    memset(large, 'x', sizeof(large));
    const struct base_span notes[] = {
        {large, VAULT_NOTE_READY}, BASE_SPAN("one"), {large, VAULT_NOTE_READY + 1},
        BASE_SPAN("two"),          BASE_SPAN_NONE,   BASE_SPAN("three")};
    assert_ok(ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    assert_ok(ops->lease_note(c->store, lease, BASE_SPAN("zero"), &c->err), &c->err);
    for (size_t i = 0; i < TEST_COUNT(notes); i++) {
        (void)ops->lease_ready(c->store, lease);
        note_is(c, c->store, lease, i > 0 ? notes[i - 1] : BASE_SPAN("zero"));
        assert_ok(ops->lease_note(c->store, lease, notes[i], &c->err), &c->err);
        note_is(c, c->store, lease, notes[i]);
        assert_ok(ops->lease_sync(c->store, lease, &c->err), &c->err);
        if (i % 2 == 1) { /* the next holder finds it, too */
            ops->lease_release(c->store, lease);
            assert_ok(ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
            note_is(c, c->store, lease, notes[i]);
        }
    }
    ops->lease_release(c->store, lease);
}

/* From then on any system call but read(2), write(2) and _exit(2) is the child's death. */
static bool child_notes_without_a_call(struct contract *c, struct vault_store *s, int to)
{
    struct vault_lease *lease;
    (void)to;
    return s->ops->lease_try(s, "a", &lease, &c->err) == BASE_OK && s->ops->lease_ready(s, lease) &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0) == 0 &&
           s->ops->lease_note(s, lease, BASE_SPAN("last words"), &c->err) == BASE_OK;
}

/* C5, T2: a process that dies before its first system call after it was given a note has noted it.
 */
static void notes_that_are_ready_make_no_call(struct contract *c)
{
    struct vault_lease *lease;
    assert_ok(c->store->ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    bool ready = c->store->ops->lease_ready(c->store, lease);
    c->store->ops->lease_release(c->store, lease);
    if (!ready || test_in_valgrind()) { /* which makes calls of its own */
        print_message("# nothing is mapped here: another file system, or Linux before 5.14\n");
        return; /* skip() would leave the store open */
    }
    struct process p = process_start(c, child_notes_without_a_call);
    process_ready(&p);
    process_kill(&p);
    assert_ok(c->store->ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    note_is(c, c->store, lease, BASE_SPAN("last words"));
    c->store->ops->lease_release(c->store, lease);
}

/* Where nothing can be mapped a note is written as it is without that. */
static void notes_without_a_mapping(struct contract *c)
{
    const struct vault_store_ops *ops = c->store->ops;
    struct vault_lease *lease;
    struct rlimit before, none;
    if (test_in_valgrind()) /* it maps for itself */
        return;
    assert_ok(ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
    bool ready = ops->lease_ready(c->store, lease);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_false(ready);
    assert_ok(ops->lease_note(c->store, lease, BASE_SPAN("one"), &c->err), &c->err);
    assert_ok(ops->lease_sync(c->store, lease, &c->err), &c->err);
    note_is(c, c->store, lease, BASE_SPAN("one"));
    ops->lease_release(c->store, lease);
}

/* Who waits is told for whom, and what to do when that one is stopped. */
static void lease_names_its_holder(struct contract *c)
{
    struct vault_lease *lease;
    char text[64], name[32];
    struct process p = process_start(c, child_holds_lease);
    process_ready(&p);
    assert_status(c->store->ops->lease_try(c->store, "a", &lease, &c->err), BASE_BUSY, &c->err);
    assert_int_equal(prctl(PR_GET_NAME, name), 0); /* the child's as well */
    snprintf(text, sizeof(text), "process %ld (%s) holds it", (long)p.pid, name);
    assert_string_equal(c->err.why, text);
    assert_int_equal(kill(p.pid, SIGSTOP), 0);
    assert_int_equal(waitpid(p.pid, NULL, WUNTRACED), p.pid);
    assert_status(c->store->ops->lease_try(c->store, "a", &lease, &c->err), BASE_BUSY, &c->err);
    assert_non_null(strstr(c->err.why, "is stopped"));
    snprintf(text, sizeof(text), "kill -CONT %ld", (long)p.pid);
    assert_string_equal(c->err.hint, text);
    process_kill(&p);
}

/* A child that was forked while the lease was held does not keep it. */
static void lease_ends_with_its_release(struct contract *c)
{
    struct vault_lease *lease;
    struct vault_store *other = contract_open_other(c);
    assert_ok(c->store->ops->lease_try(c->store, "a", &lease, &c->err), &c->err);
    pid_t pid = test_process_fork();
    while (pid == 0)
        pause();
    c->store->ops->lease_release(c->store, lease);
    assert_ok(other->ops->lease_try(other, "a", &lease, &c->err), &c->err);
    test_process_kill(pid);
    contract_close(other);
}

enum { ADD_TIMES = 100 };

/* Adds one to the row's generation, again when somebody else was faster. */
static bool child_adds(struct contract *c, struct vault_store *s, int to)
{
    (void)to;
    for (int done = 0; done < ADD_TIMES;) {
        struct vault_row row;
        if (s->ops->get(s, VAULT_GRANT, "count", &row, &c->err) != BASE_OK)
            return false;
        uint64_t generation = row.generation;
        vault_row_free(&row);
        enum base_status status = contract_put(c, s, "count", generation, "p", "s");
        if (status != BASE_OK && status != BASE_CONFLICT)
            return false;
        done += status == BASE_OK;
    }
    contract_close(s);
    return true;
}

static void writers_lose_no_update(struct contract *c)
{
    assert_ok(contract_put(c, c->store, "count", 0, "p", "s"), &c->err);
    struct process a = process_start(c, child_adds);
    struct process b = process_start(c, child_adds);
    process_ready(&a);
    process_ready(&b);
    process_kill(&a);
    process_kill(&b);
    contract_expect(c, c->store, "count", 1 + 2 * ADD_TIMES, "p", "s");
}

/* Each version says its generation in both parts, so that a torn one shows. */
static bool child_writes_for_ever(struct contract *c, struct vault_store *s, int to)
{
    for (uint64_t g = 0;; g++) {
        char text[32];
        snprintf(text, sizeof(text), "%llu", (unsigned long long)g + 1);
        if (contract_put(c, s, "a", g, text, text) != BASE_OK)
            return false;
        if (g == 20 && write(to, "+", 1) != 1)
            return false;
    }
}

/* T2: the last version that was acknowledged is there, and it is whole. */
static void killed_writer_leaves_a_whole_row(struct contract *c)
{
    struct process p = process_start(c, child_writes_for_ever);
    process_ready(&p);
    process_kill(&p);
    struct vault_row row;
    assert_ok(c->store->ops->get(c->store, VAULT_GRANT, "a", &row, &c->err), &c->err);
    assert_true(row.generation >= 21);
    char text[32];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)row.generation);
    assert_span(base_buf_span(&row.plain), text);
    assert_span(base_buf_span(&row.sealed), text);
    assert_ok(contract_put(c, c->store, "a", row.generation, "next", "next"), &c->err);
    vault_row_free(&row);
}

/* ------------------------------------------------------------------ shared bytes */

static struct vault_shared *shared_open(struct contract *c, struct vault_store *s, size_t size)
{
    struct vault_shared *area;
    assert_ok(s->ops->share(s, "counter", size, &area, &c->err), &c->err);
    return area;
}

/* *ret is what this handle has left there, and becomes what others have. */
static bool shared_read(struct vault_shared *area, unsigned *ret)
{
    enum vault_shared_found found;
    return vault_shared_enter(area, ret, &found);
}

static void shared_count(struct vault_shared *area, unsigned times)
{
    unsigned n = 0;
    for (unsigned i = 0; i < times; i++) {
        while (!shared_read(area, &n))
            ;
        n++;
        vault_shared_leave(area, &n);
    }
}

static void shared_bytes_are_everybodys(struct contract *c)
{
    enum { TIMES = 500 };
    struct vault_store *other = contract_open_other(c);
    struct vault_shared *ours = shared_open(c, c->store, sizeof(unsigned));
    struct vault_shared *theirs = shared_open(c, other, sizeof(unsigned));
    unsigned n = 0;
    pid_t pid = test_process_fork();
    if (pid == 0) {
        shared_count(theirs, TIMES);
        (void)raise(SIGKILL); /* nothing of the parent's is freed or looked at here */
    }
    shared_count(ours, TIMES);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    vault_shared_close(ours);
    ours = shared_open(c, c->store, sizeof(unsigned)); /* to see it whoever was the last */
    assert_true(shared_read(ours, &n));
    vault_shared_leave(ours, NULL);
    assert_int_equal(n, 2 * TIMES);
    vault_shared_close(ours);
    vault_shared_close(theirs);
    contract_close(other);
}

/* A process that was stopped inside keeps nobody waiting; one that was killed there, nobody out. */
static void shared_bytes_wait_for_nobody(struct contract *c)
{
    struct vault_store *other = contract_open_other(c);
    struct vault_shared *ours = shared_open(c, c->store, sizeof(unsigned));
    struct vault_shared *theirs = shared_open(c, other, sizeof(unsigned));
    unsigned n = 0;
    assert_true(shared_read(theirs, &n));
    assert_false(shared_read(ours, &n));
    vault_shared_leave(theirs, &(unsigned){7});
    assert_true(shared_read(ours, &n));
    assert_int_equal(n, 7);
    vault_shared_leave(ours, NULL);
    assert_true(shared_read(theirs, &n));
    vault_shared_close(theirs); /* as the kernel does it */
    assert_true(shared_read(ours, &n));
    vault_shared_leave(ours, NULL);
    vault_shared_close(ours);
    contract_close(other);
}

static void shared_enter(struct vault_shared *area, unsigned *n, enum vault_shared_found expected)
{
    enum vault_shared_found found;
    assert_true(vault_shared_enter(area, n, &found));
    assert_int_equal(found, expected);
}

/* Whoever was the last to write is told so, and nobody is told that in error. */
static void shared_bytes_have_a_last_writer(struct contract *c)
{
    struct vault_store *other = contract_open_other(c);
    struct vault_shared *ours = shared_open(c, c->store, sizeof(unsigned));
    struct vault_shared *theirs = shared_open(c, other, sizeof(unsigned));
    unsigned n = 1;
    shared_enter(ours, &n, VAULT_SHARED_NEW);
    vault_shared_leave(ours, NULL); /* not a write */
    shared_enter(theirs, &n, VAULT_SHARED_NEW);
    vault_shared_leave(theirs, &(unsigned){2});
    shared_enter(theirs, &n, VAULT_SHARED_OWN);
    vault_shared_leave(theirs, NULL);
    assert_int_equal(n, 1);
    for (unsigned i = 3; i < 7; i++) { /* what others write is read until one's own write */
        shared_enter(ours, &n, VAULT_SHARED_OTHERS);
        assert_int_equal(n, i - 1);
        vault_shared_leave(ours, NULL);
        shared_enter(ours, &n, VAULT_SHARED_OTHERS);
        vault_shared_leave(ours, &n);
        shared_enter(ours, &n, VAULT_SHARED_OWN);
        vault_shared_leave(ours, NULL);
        shared_enter(theirs, &n, VAULT_SHARED_OTHERS);
        vault_shared_leave(theirs, &i);
    }
    vault_shared_close(ours);
    vault_shared_close(theirs);
    contract_close(other);
}

static void shared_bytes_of_another_size_are_fresh(struct contract *c)
{
    struct vault_shared *area = shared_open(c, c->store, sizeof(unsigned));
    enum vault_shared_found found;
    unsigned char more[100];
    shared_count(area, 1);
    vault_shared_close(area);
    area = shared_open(c, c->store, sizeof(more));
    assert_true(vault_shared_enter(area, more, &found));
    assert_int_equal(found, VAULT_SHARED_NEW);
    vault_shared_leave(area, NULL);
    vault_shared_close(area);
    assert_status(c->store->ops->share(c->store, "counter", VAULT_SHARED_MAX + 1, &area, &c->err),
                  BASE_LIMIT, &c->err);
}

const struct contract_case contract_share_cases[] = {
    {"rows survive reopening", rows_survive_reopening, true},
    {"create keeps what is there", create_keeps_what_is_there, true},
    {"an absent store is not found", absent_store_is_not_found, true},
    {"handles see each other", handles_see_each_other, true},
    {"a listing lets others write", listing_lets_others_write, true},
    {"headers conflict", headers_conflict, true},
    {"writes count under the header that is known", writes_count_under_the_header_that_is_known,
     true},
    {"leases exclude handles", leases_exclude_handles, true},
    {"a lease ends with the process", lease_ends_with_the_process, true},
    {"notes outlive the lease", notes_outlive_the_lease, false},
    {"notes outlive the process", notes_outlive_the_process, true},
    {"notes that are ready", notes_that_are_ready, false},
    {"notes that are ready make no call", notes_that_are_ready_make_no_call, true},
    {"notes without a mapping", notes_without_a_mapping, true},
    {"a lease names its holder", lease_names_its_holder, true},
    {"a lease ends with its release", lease_ends_with_its_release, true},
    {"writers lose no update", writers_lose_no_update, true},
    {"shared bytes are everybody's", shared_bytes_are_everybodys, true},
    {"shared bytes wait for nobody", shared_bytes_wait_for_nobody, true},
    {"shared bytes have a last writer", shared_bytes_have_a_last_writer, true},
    {"shared bytes of another size are fresh", shared_bytes_of_another_size_are_fresh, true},
    {"a killed writer leaves a whole row", killed_writer_leaves_a_whole_row, true},
    {0},
};
