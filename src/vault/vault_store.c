#include "vault_store.h"

#include "base_module.h"

enum base_status vault_sqlite_open(const char *directory, bool create, struct vault_store **ret,
                                   struct base_error *err)
{
    const void *entry;
    enum base_status status = base_module_load("vault-sqlite", &entry, err);
    if (status != BASE_OK)
        return status;
    const struct vault_store_module *module = entry;
    return module->open(directory, create, ret, err);
}
