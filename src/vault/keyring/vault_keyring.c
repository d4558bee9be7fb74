/* The module "keyring": libsecret's service interface. Not secret_password_*(): that would turn to
 * a file of its own when the environment says so, and unlock with a dialogue. */
#include "vault_keyring.h"

#include <libsecret/secret.h>

#include "base_module.h"

BASE_MODULE_EXPORT;

#define KEYRING_DOING "asking the keyring"
#define KEYRING_HINT_UNLOCK                                                                        \
    "unlock it, by logging in to the desktop or with its own program, and try again"
#define KEYRING_TYPE "text/plain"

static const SecretSchema keyring_schema = {
    .name = "org.hubauth.VaultKey",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = {{"item", SECRET_SCHEMA_ATTRIBUTE_STRING},
                   {NULL, SECRET_SCHEMA_ATTRIBUTE_STRING}},
};

/* Takes the GError. */
static enum base_status keyring_fail(GError *error, struct base_error *err)
{
    base_fail(err, BASE_STORAGE, KEYRING_DOING, "the session has no keyring that answers");
    base_error_lower(err, "%s", error != NULL ? error->message : "");
    base_error_hint(err, "start one (gnome-keyring, KWallet, KeePassXC), or use another key: "
                         "hubauth help key change");
    g_clear_error(&error);
    return BASE_STORAGE;
}

static enum base_status keyring_locked(struct base_error *err)
{
    base_fail(err, BASE_STORAGE, KEYRING_DOING, "the keyring is locked");
    base_error_hint(err, KEYRING_HINT_UNLOCK);
    return BASE_STORAGE;
}

static enum base_status keyring_connect(SecretService **ret, struct base_error *err)
{
    GError *error = NULL;
    SecretService *service = secret_service_get_sync(
        SECRET_SERVICE_OPEN_SESSION | SECRET_SERVICE_LOAD_COLLECTIONS, NULL, &error);
    if (service == NULL)
        return keyring_fail(error, err);
    *ret = service;
    return BASE_OK;
}

static enum base_status keyring_collection(SecretService *service, SecretCollection **ret,
                                           struct base_error *err)
{
    GError *error = NULL;
    SecretCollection *collection = secret_collection_for_alias_sync(
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, NULL, &error);
    if (error != NULL)
        return keyring_fail(error, err);
    if (collection == NULL) {
        base_fail(err, BASE_STORAGE, KEYRING_DOING, "it has no default collection");
        base_error_hint(err, "make one with the keyring's own program, such as seahorse");
        return BASE_STORAGE;
    }
    if (secret_collection_get_locked(collection)) {
        g_object_unref(collection);
        return keyring_locked(err);
    }
    *ret = collection;
    return BASE_OK;
}

static enum base_status keyring_usable(struct base_error *err)
{
    SecretService *service;
    SecretCollection *collection;
    enum base_status status = keyring_connect(&service, err);
    if (status != BASE_OK)
        return status;
    status = keyring_collection(service, &collection, err);
    if (status == BASE_OK)
        g_object_unref(collection);
    g_object_unref(service);
    return status;
}

static GHashTable *keyring_attributes(const char *item)
{
    return secret_attributes_build(&keyring_schema, "item", item, NULL);
}

static enum base_status keyring_create(SecretCollection *collection, const char *item,
                                       const char *text, struct base_error *err)
{
    GError *error = NULL;
    GHashTable *attributes = keyring_attributes(item);
    SecretValue *value = secret_value_new(text, -1, KEYRING_TYPE);
    SecretItem *made =
        secret_item_create_sync(collection, &keyring_schema, attributes, "Key of a hubauth vault",
                                value, SECRET_ITEM_CREATE_REPLACE, NULL, &error);
    secret_value_unref(value);
    g_hash_table_unref(attributes);
    if (made == NULL)
        return keyring_fail(error, err);
    g_object_unref(made);
    return BASE_OK;
}

static enum base_status keyring_store(const char *item, const char *text, struct base_error *err)
{
    SecretService *service;
    SecretCollection *collection;
    enum base_status status = keyring_connect(&service, err);
    if (status != BASE_OK)
        return status;
    status = keyring_collection(service, &collection, err);
    if (status == BASE_OK) {
        status = keyring_create(collection, item, text, err);
        g_object_unref(collection);
    }
    g_object_unref(service);
    return status;
}

/* NOT_FOUND when none of them has its secret; *ret_locked when one is locked. */
static enum base_status keyring_take(GList *items, struct base_buf *out, bool *ret_locked)
{
    for (GList *i = items; i != NULL; i = i->next) {
        SecretItem *item = i->data;
        SecretValue *value = secret_item_get_locked(item) ? NULL : secret_item_get_secret(item);
        if (value == NULL) {
            *ret_locked = true;
            continue;
        }
        gsize n;
        const char *bytes = secret_value_get(value, &n);
        base_buf_add(out, bytes, n);
        secret_value_unref(value);
        return base_buf_status(out);
    }
    return BASE_NOT_FOUND;
}

static enum base_status keyring_search(SecretService *service, const char *item,
                                       struct base_buf *out, struct base_error *err)
{
    GError *error = NULL;
    GHashTable *attributes = keyring_attributes(item);
    /* ALL: a collection that is locked may hold a copy of one that is not */
    GList *items =
        secret_service_search_sync(service, &keyring_schema, attributes,
                                   SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS, NULL, &error);
    bool locked = false;
    g_hash_table_unref(attributes);
    if (error != NULL)
        return keyring_fail(error, err);
    enum base_status status = keyring_take(items, out, &locked);
    g_list_free_full(items, g_object_unref);
    if (status == BASE_OK)
        return status;
    if (locked)
        return keyring_locked(err);
    if (status != BASE_NOT_FOUND)
        return base_fail(err, BASE_STORAGE, KEYRING_DOING, "its item is no key of hubauth's");
    base_fail(err, BASE_STORAGE, KEYRING_DOING,
              "it holds no key for this vault: the item was deleted, or this is another keyring");
    base_error_hint(err, "restore the keyring from a backup; without the item nobody can open this "
                         "vault");
    return BASE_STORAGE;
}

static enum base_status keyring_load(const char *item, struct base_buf *out, struct base_error *err)
{
    SecretService *service;
    enum base_status status = keyring_connect(&service, err);
    if (status != BASE_OK)
        return status;
    status = keyring_search(service, item, out, err);
    g_object_unref(service);
    return status;
}

static const char *keyring_library(void)
{
    return "libsecret"; /* it does not tell its version */
}

static const struct vault_keyring_module keyring_module = {
    .usable = keyring_usable,
    .store = keyring_store,
    .load = keyring_load,
};

const struct base_module hubauth_module = {
    .abi = BASE_MODULE_ABI,
    .name = "keyring",
    .entry = &keyring_module,
    .library = keyring_library,
};
