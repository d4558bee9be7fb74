/* Whole files. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base_buf.h"

/* Reads a file of at most out->max bytes into `out`. NOT_FOUND when absent, LIMIT when larger. */
enum base_status base_file_read(const char *path, struct base_buf *out, struct base_error *err);
/* The same from a descriptor until its end. */
enum base_status base_file_read_fd(int fd, struct base_buf *out, struct base_error *err);
/* The same, but UNAVAILABLE when nothing comes for that long. For a pipe that was opened with
 * O_NONBLOCK, the wait for somebody who writes is a part of it. */
enum base_status base_file_read_fd_within(int fd, int64_t patience_ms, struct base_buf *out,
                                          struct base_error *err);
/* Writes all or says why not; EINTR and short writes are handled. */
enum base_status base_file_write_fd(int fd, struct base_span bytes, struct base_error *err);
/* The same to standard output, whose reader may take its time: a signal that is caught ends the
 * wait for it, CANCELLED, and so does a reader that has gone. */
enum base_status base_file_write_stdout(struct base_span bytes, struct base_error *err);

/* A file that appears under its name only when it is complete: written beside it as a temporary
 * (O_EXCL), then fsync, rename, fsync of the directory. What exists under that name and is no
 * regular file (a link, a device, a folder) is refused. `mode` is subject to the umask. */
struct base_file;
enum base_status base_file_create(const char *path, unsigned mode, struct base_file **ret,
                                  struct base_error *err);
/* A file that grows as `path` + `suffix` in the same folder until it is complete. What a process
 * leaves there, base_file_keep(), the next one finds: it is opened as it is, for reading and
 * writing, and is nobody else's until f is freed (BUSY). One that is a link, has a second name or
 * belongs to another user is refused. */
enum base_status base_file_continue(const char *path, const char *suffix, unsigned mode,
                                    struct base_file **ret, struct base_error *err);
int base_file_fd(const struct base_file *f);
int base_file_folder(const struct base_file *f);       /* a descriptor, for what lies beside it */
const char *base_file_name(const struct base_file *f); /* in the folder, when it is complete */
void base_file_keep(struct base_file *f); /* leaves the temporary where it is; NULL is allowed */
/* Frees f in any case. After a failure one that grows is still there. */
enum base_status base_file_commit(struct base_file *f, struct base_error *err);
void base_file_abort(struct base_file *f); /* removes the temporary; NULL is allowed */

/* Makes `path` and its missing parents with mode 0700; an existing directory is left as it is. */
enum base_status base_file_make_dir(const char *path, struct base_error *err);
/* a + "/" + b on the heap; NULL when memory is short. */
char *base_file_join(const char *a, const char *b);

#endif
