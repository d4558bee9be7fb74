#include "base_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_module_dir.h"
#include "base_text.h"

static const char module_doing[] = "loading a module";
static const struct base_module *module_linked; /* NULL: none */

/* Names come from our own sources; the check keeps a path from ever becoming one. */
static bool module_name_is_good(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        bool good = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || (*p == '-' && p > name);
        if (!good)
            return false;
    }
    return name[0] != '\0' && strlen(name) <= 32;
}

/* The folder of the running program, without a slash at its end; "" when nothing tells. The kernel
 * noted the path when it started the program (AT_EXECFN). /proc/self/exe knows it, too, but to ask
 * a new process's /proc for the first time is a fiftieth of a cold `hubauth token`. */
static void module_program_folder(char out[PATH_MAX])
{
    const char *started = (const char *)getauxval(AT_EXECFN);
    if (started == NULL || started[0] != '/' || getauxval(AT_SECURE) != 0 ||
        realpath(started, out) == NULL) {
        ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
        out[n > 0 ? n : 0] = '\0';
    }
    char *slash = strrchr(out, '/');
    if (slash != NULL)
        *slash = '\0';
}

/* Root, ourselves, or the program's owner. */
static bool module_owner_is_trusted(uid_t owner)
{
    struct stat program;
    return owner == 0 || owner == geteuid() ||
           (stat("/proc/self/exe", &program) == 0 && owner == program.st_uid);
}

/* What a trusted owner has and nobody else may write, but for our own group: with umask 002 that is
 * a build's. A program that was unpacked in /tmp/x looks into /tmp/modules, too, which anybody
 * could have made. So the folder is looked at as well: who can write it, or whose link it is, could
 * change the file between our look and its loading. */
static bool module_is_trusted(const char *path, mode_t type)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !module_owner_is_trusted(st.st_uid))
        return false;
    if (S_ISLNK(st.st_mode) && (stat(path, &st) != 0 || !module_owner_is_trusted(st.st_uid)))
        return false;
    return (st.st_mode & S_IFMT) == type && (st.st_mode & S_IWOTH) == 0 &&
           ((st.st_mode & S_IWGRP) == 0 || st.st_gid == 0 || st.st_gid == getegid());
}

static bool module_find_in(const char *folder, const char *name, char path[PATH_MAX])
{
    base_text_format(path, PATH_MAX, "%s/%s.so", folder, name);
    return module_is_trusted(folder, S_IFDIR) && module_is_trusted(path, S_IFREG);
}

/* Where `name` is, or false. The places are fixed or relative to the program, never the
 * environment's or the working directory's choice: a module runs with all that the process may do.
 */
static bool module_find(const char *name, char path[PATH_MAX])
{
    static const char *const beside[] = {"modules", "../modules"};
    char program[PATH_MAX], folder[PATH_MAX];
    module_program_folder(program);
    for (size_t i = 0; program[0] != '\0' && i < sizeof(beside) / sizeof(beside[0]); i++) {
        base_text_format(folder, PATH_MAX, "%s/%s", program, beside[i]);
        if (module_find_in(folder, name, path))
            return true;
    }
    return module_find_in(HUBAUTH_MODULE_DIR, name, path);
}

static enum base_status module_refuse(struct base_error *err, const char *path, const char *why)
{
    base_fail(err, BASE_FAILED, module_doing, "%s %s", path, why);
    base_error_hint(err, "reinstall hubauth: program and modules must be of one version");
    return BASE_FAILED;
}

static enum base_status module_check(const struct base_module *module, const char *name,
                                     const char *path, struct base_error *err)
{
    if (module->abi != BASE_MODULE_ABI)
        return module_refuse(err, path, "belongs to another version");
    if (module->name == NULL || strcmp(module->name, name) != 0)
        return module_refuse(err, path, "holds another module");
    if (module->entry == NULL || module->library == NULL)
        return module_refuse(err, path, "is empty");
    return BASE_OK;
}

void base_module_link(const struct base_module *module)
{
    module_linked = module;
}

static enum base_status module_open(const char *name, const struct base_module **ret,
                                    struct base_error *err)
{
    if (module_linked != NULL && strcmp(module_linked->name, name) == 0) {
        *ret = module_linked;
        return BASE_OK;
    }
    char path[PATH_MAX];
    if (!module_name_is_good(name))
        return base_fail(err, BASE_FAILED, module_doing, "\"%s\" is no module's name", name);
    if (!module_find(name, path)) {
        base_fail(err, BASE_FAILED, module_doing, "%s.so is neither beside the program nor in %s",
                  name, HUBAUTH_MODULE_DIR);
        base_error_hint(err, "install hubauth again, with the package that holds %s.so", name);
        return BASE_FAILED;
    }
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *said = dlerror();
        base_fail(err, BASE_FAILED, module_doing, "%s cannot be loaded", path);
        base_error_lower(err, "%s", said != NULL ? said : "");
        base_error_hint(err, "install the libraries that it needs (ldd %s)", path);
        return BASE_FAILED;
    }
    const struct base_module *module = dlsym(handle, "hubauth_module");
    enum base_status status = module != NULL ? module_check(module, name, path, err)
                                             : module_refuse(err, path, "is no module of hubauth");
    if (status != BASE_OK) {
        dlclose(handle);
        return status;
    }
    *ret = module; /* the handle is kept until the process ends */
    return BASE_OK;
}

enum base_status base_module_load(const char *name, const void **ret_entry, struct base_error *err)
{
    const struct base_module *module;
    enum base_status status = module_open(name, &module, err);
    if (status == BASE_OK)
        *ret_entry = module->entry;
    return status;
}

enum base_status base_module_library(const char *name, const char **ret, struct base_error *err)
{
    const struct base_module *module;
    enum base_status status = module_open(name, &module, err);
    if (status == BASE_OK)
        *ret = module->library();
    return status;
}
