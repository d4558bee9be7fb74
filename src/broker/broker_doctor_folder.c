/* Whose the vault's folder is, and the disk beneath it. Nothing is opened: a check that opens a
 * database's file would drop the locks on it when it closes it. */
#include "broker_doctor_int.h"

#include "base_file.h"
#include "base_text.h"
#include "vault_dir.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FOLDER "folder"
#define DISK "disk"
#define SPACE_ERROR_BYTES (UINT64_C(256) << 10) /* a refresh writes a few pages twice */
#define SPACE_WARNING_BYTES (UINT64_C(16) << 20)
#define INODES_WARNING 16

/* ------------------------------------------------------------------ who can read it */

static void judge(struct broker_findings *f, enum base_status status, const struct base_error *err)
{
    if (status)
        broker_found_error(f, FOLDER, BROKER_ERROR, err, NULL);
}

static void look_at_database(const char *path, const struct stat *st, struct broker_findings *f)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = vault_dir_file_is_ours(st, path, &err);

    judge(f, status, &err);
    if (!status && !(st->st_mode & S_IWUSR))
        broker_found_at(f, FOLDER, BROKER_WARNING, "chmod 600", path,
                        "%s cannot be written: a new refresh token could not be stored", path);
}

/* SQLite keeps an empty journal between writes (journal_mode=TRUNCATE). */
static void look_at_journal(const char *path, const struct stat *st, struct broker_findings *f)
{
    struct base_error err = BASE_ERROR_NONE;
    enum base_status status = vault_dir_file_is_ours(st, path, &err);

    judge(f, status, &err);
    if (!status && st->st_size > 0)
        broker_found(
            f, FOLDER, BROKER_INFO, NULL,
            "%s is left of a write that was cut short, or belongs to one under way: whoever "
            "opens the vault next undoes it",
            path);
}

static void look_at_locks(const char *path, const struct stat *st, struct broker_findings *f)
{
    struct base_error err = BASE_ERROR_NONE;

    judge(f, vault_dir_is_ours(st, path, &err), &err);
}

static void look_at_file(const char *home, const char *name,
                         void (*look)(const char *path, const struct stat *st,
                                      struct broker_findings *f),
                         struct broker_findings *f)
{
    BASE_CLEANUP(base_mem_cleanup) char *path = base_file_join(home, name);
    struct stat st;

    if (!path)
        f->lost = true;
    else if (lstat(path, &st) == 0)
        look(path, &st, f);
    else if (errno != ENOENT)
        broker_found(f, FOLDER, BROKER_ERROR, NULL, "%s cannot be looked at: %s", path,
                     strerrordesc_np(errno));
}

/* Who can write a folder above can put another in the vault's place. */
static void look_at_parents(const char *home, struct broker_findings *f)
{
    char path[PATH_MAX];
    struct stat st;

    if (!base_text_copy(path, sizeof(path), base_span_of(home)))
        return;
    for (char *slash; (slash = strrchr(path, '/')) && slash > path;) {
        *slash = '\0';
        if (stat(path, &st) != 0)
            continue;
        if (st.st_uid != geteuid() && st.st_uid != 0)
            broker_found(
                f, FOLDER, BROKER_WARNING, NULL,
                "%s, above the vault, belongs to user %u, who can put another vault in its "
                "place; set HUBAUTH_HOME to a folder of your own",
                path, (unsigned)st.st_uid);
        else if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
            broker_found_at(f, FOLDER, BROKER_WARNING, "chmod go-w", path,
                            "%s, above the vault, can be written by others (mode %04o): they can "
                            "put another vault in its place",
                            path, (unsigned)(st.st_mode & 07777));
    }
}

void broker_doctor_folder(const char *home, struct broker_findings *f)
{
    struct stat st;
    struct base_error err = BASE_ERROR_NONE;
    size_t before = f->count;

    if (lstat(home, &st) != 0) {
        if (errno != ENOENT)
            broker_found(f, FOLDER, BROKER_ERROR, NULL, "%s cannot be looked at: %s", home,
                         strerrordesc_np(errno));
        return; /* whether there is a vault is told by opening it */
    }
    if (S_ISLNK(st.st_mode)) {
        broker_found(f, FOLDER, BROKER_ERROR, NULL,
                     "%s is a symbolic link, which is not followed: name what it points to", home);
        return;
    }
    judge(f, vault_dir_is_ours(&st, home, &err), &err);
    if (S_ISDIR(st.st_mode)) {
        look_at_file(home, "vault.db", look_at_database, f);
        look_at_file(home, "vault.db-journal", look_at_journal, f);
        look_at_file(home, "locks", look_at_locks, f);
    }
    look_at_parents(home, f);
    if (f->count == before)
        broker_found(f, FOLDER, BROKER_OK, NULL, "%s and its files are yours alone", home);
}

/* ------------------------------------------------------------------ the disk */

/* The folder itself, or the nearest one above it that exists. */
static bool nearest_folder(const char *home, char path[PATH_MAX])
{
    if (!base_text_copy(path, PATH_MAX, base_span_of(home)))
        return false;
    while (access(path, F_OK) != 0) {
        char *slash = strrchr(path, '/');

        if (!slash)
            return base_text_copy(path, PATH_MAX, BASE_SPAN("."));
        slash[slash == path ? 1 : 0] = '\0';
        if (slash == path)
            break;
    }
    return true;
}

/* File systems whose locks other machines may not see, or that have none of their own. */
static const struct {
    long magic;
    const char *name;
} network_file_systems[] = {
    {NFS_SUPER_MAGIC, "NFS"},   {SMB_SUPER_MAGIC, "SMB"},   {SMB2_SUPER_MAGIC, "SMB"},
    {CIFS_SUPER_MAGIC, "CIFS"}, {V9FS_MAGIC, "9p"},         {AFS_SUPER_MAGIC, "AFS"},
    {CODA_SUPER_MAGIC, "Coda"}, {FUSE_SUPER_MAGIC, "FUSE"},
};

static void look_at_kind(const char *path, struct broker_findings *f)
{
    struct statfs fs;

    if (statfs(path, &fs) != 0)
        return;
    for (size_t i = 0; i < sizeof(network_file_systems) / sizeof(network_file_systems[0]); i++) {
        if ((long)fs.f_type != network_file_systems[i].magic)
            continue;
        broker_found(
            f, DISK, BROKER_WARNING, "export HUBAUTH_HOME=$HOME/.local/share/hubauth",
            "%s lies on %s, where locks may not hold between machines: two could refresh at "
            "once; a folder on a disk of this machine is better",
            path, network_file_systems[i].name);
        return;
    }
}

static void look_at_room(const char *path, const struct statvfs *vfs, struct broker_findings *f)
{
    uint64_t room = (uint64_t)vfs->f_bavail * vfs->f_frsize;
    char kilobytes[27];

    base_text_thousands(kilobytes, (int64_t)(room >> 10));
    if (vfs->f_flag & ST_RDONLY)
        broker_found_at(f, DISK, BROKER_ERROR, "findmnt -T", path,
                        "%s is on a file system that is mounted read-only: new tokens cannot be "
                        "stored",
                        path);
    else if (room < SPACE_ERROR_BYTES)
        broker_found_at(f, DISK, BROKER_ERROR, "df -h", path,
                        "the disk is full: %s KiB are free at %s, and new tokens cannot be stored",
                        kilobytes, path);
    else if (room < SPACE_WARNING_BYTES)
        broker_found_at(f, DISK, BROKER_WARNING, "df -h", path,
                        "the disk is nearly full: %s KiB are free at %s", kilobytes, path);
    else if (vfs->f_files > 0 && vfs->f_favail < INODES_WARNING)
        broker_found_at(f, DISK, BROKER_ERROR, "df -i", path,
                        "the file system at %s has %llu inodes left: no file can be made", path,
                        (unsigned long long)vfs->f_favail);
    else
        broker_found(f, DISK, BROKER_OK, NULL, "%s KiB are free at %s", kilobytes, path);
}

void broker_doctor_disk(const char *home, struct broker_findings *f)
{
    char path[PATH_MAX];
    struct statvfs vfs;

    if (!nearest_folder(home, path) || statvfs(path, &vfs) != 0) {
        broker_found(f, DISK, BROKER_ERROR, NULL, "%s cannot be looked at: %s", home,
                     strerrordesc_np(errno));
        return;
    }
    look_at_kind(path, f);
    look_at_room(path, &vfs, f);
    if (!(vfs.f_flag & ST_RDONLY) && access(path, W_OK) != 0)
        broker_found_at(f, DISK, BROKER_ERROR, "chmod u+rwx", path, "%s cannot be written: %s",
                        path, strerrordesc_np(errno));
}
