/* Modules: shared objects that are loaded when a port is first used, so that a process pays for
 * libcurl or SQLite only when it needs them. A module shows one symbol, `hubauth_module`, of this
 * type. */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include "base_error.h"

#define BASE_MODULE_ABI 3u

struct base_module {
    unsigned abi;      /* BASE_MODULE_ABI */
    const char *name;  /* "vault-sqlite" */
    const void *entry; /* the port's own table of functions; its header says which type */
    /* The library that it brings: "SQLite 3.40.1". Static. */
    const char *(*library)(void);
};

#define BASE_MODULE_EXPORT                                                                         \
    __attribute__((visibility("default"))) extern const struct base_module hubauth_module

/* A module that is linked into the program, from its main(): it is found without a file. One at
 * most, since all of them are called hubauth_module. */
void base_module_link(const struct base_module *module);
/* Loads `name`.so from the folder "modules" beside the running program (a build tree) or from the
 * installed library folder. It stays loaded until the process ends. One that others can write, or
 * that belongs to another user than root, us and the program's owner, is not seen. */
enum base_status base_module_load(const char *name, const void **ret_entry, struct base_error *err);
/* Loads it and says which library it brings. Static. */
enum base_status base_module_library(const char *name, const char **ret, struct base_error *err);

#endif
