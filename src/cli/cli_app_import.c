#include "cli_app_import.h"

#include "base_file.h"
#include "base_text.h"
#include "base_yaml.h"
#include "cli_secret.h"
#include "hubspot_client.h"
#include "hubspot_scope.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOING "importing"
#define FILE_MAX (1u << 20)
/* Where HubSpot's own CLI listens, so what its OAuth apps have registered (hubspot-cli,
 * lib/oauth.ts). */
#define CLI_REDIRECT "http://localhost:3000/oauth-callback"

void cli_app_import_init(struct cli_app_import *i, struct cli *c)
{
    *i = (struct cli_app_import){.c = c};
    base_buf_init(&i->sources, 64u << 10);
}

void cli_app_import_free(struct cli_app_import *i)
{
    for (size_t k = 0; k < i->app_count; k++)
        broker_app_free(&i->apps[k]);
    for (size_t k = 0; k < i->account_count; k++)
        hubspot_config_account_free(&i->accounts[k].found);
    base_mem_free(i->accounts);
    base_buf_free(&i->sources);
    *i = (struct cli_app_import){0};
}

/* ------------------------------------------------------------------ apps and accounts */

/* The app of a client id, made when it is new; NULL with `err` when there are too many. A file of a
 * project has no client id: it tells of the app that has none yet, or else of the only one. */
static struct broker_app *app_of(struct cli_app_import *i, const char *client_id,
                                 struct base_error *err)
{
    struct broker_app *app;

    for (size_t k = 0; k < i->app_count; k++) {
        app = &i->apps[k];
        if (client_id && app->client_id && strcmp(app->client_id, client_id) == 0)
            return app;
        if (i->app_count == 1 && (!client_id || !app->client_id))
            return app;
    }
    if (i->app_count == CLI_APP_IMPORT_APPS) {
        base_fail(err, BASE_LIMIT, DOING, "there are more than %d apps", CLI_APP_IMPORT_APPS);
        return NULL;
    }
    return &i->apps[i->app_count++];
}

/* The first source that tells wins. */
static enum base_status fill(char **to, const char *text, struct base_error *err)
{
    struct base_span clean = hubspot_client_trim(base_span_of(text));

    if (*to || clean.n == 0)
        return BASE_OK;
    *to = base_span_dup(clean);
    return *to ? BASE_OK : base_fail_memory(err);
}

static enum base_status fill_secret(struct crypt_secret **to, struct base_span text,
                                    struct base_error *err)
{
    struct base_span clean = hubspot_client_trim(text);

    if (*to || clean.n == 0)
        return BASE_OK;
    *to = crypt_secret_from(clean.p, clean.n);
    return *to ? BASE_OK : base_fail_memory(err);
}

static enum base_status fill_scopes(char **to, const char *list, struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf clean = {0};
    enum base_status status;

    if (*to || !list || !list[0])
        return BASE_OK;
    base_buf_init(&clean, 64u << 10);
    status = hubspot_scope_normalise(hubspot_client_trim(base_span_of(list)), &clean, err);
    if (!status && !(*to = base_buf_steal(&clean)))
        status = base_fail_memory(err);
    return status;
}

static enum base_status fill_redirect(struct broker_app *app, const char *url,
                                      struct base_error *err)
{
    enum base_status status = BASE_OK;

    if (app->redirect_count < BROKER_APP_REDIRECTS)
        status = fill(&app->redirect_urls[app->redirect_count], url, err);
    app->redirect_count += app->redirect_count < BROKER_APP_REDIRECTS &&
                           app->redirect_urls[app->redirect_count] != NULL;
    return status;
}

static const char *why_not(const struct hubspot_config_account *a)
{
    if (a->qa)
        return "of HubSpot's own test system";
    if (a->auth == HUBSPOT_CONFIG_PERSONAL_KEY)
        return "a personal access key is for HubSpot's CLI alone: connect it with hubauth login";
    if (a->auth == HUBSPOT_CONFIG_API_KEY)
        return "API keys ended in 2022: connect it with hubauth login";
    if (a->auth != HUBSPOT_CONFIG_OAUTH)
        return "of a kind that is not known here";
    if (!a->client_id || !a->client_secret)
        return "its client id or client secret is missing";
    return NULL;
}

/* Takes what `found` holds. */
static enum base_status add_account(struct cli_app_import *i, struct hubspot_config_account *found,
                                    const char *redirect, struct base_error *err)
{
    struct cli_app_import_account *grown =
        base_mem_grow(i->accounts, i->account_count + 1, sizeof(*grown));
    struct cli_app_import_account *a;
    struct broker_app *app;
    enum base_status status;

    if (!grown)
        return base_fail_memory(err);
    i->accounts = grown;
    a = &grown[i->account_count++];
    *a = (struct cli_app_import_account){CLI_APP_IMPORT_APPS, why_not(found), *found};
    *found = (struct hubspot_config_account){0};
    if (a->why)
        return BASE_OK;
    app = app_of(i, a->found.client_id, err);
    if (!app)
        return BASE_LIMIT;
    a->app = (size_t)(app - i->apps);
    status = fill(&app->client_id, a->found.client_id, err);
    if (!status)
        status = fill_secret(&app->client_secret, crypt_secret_span(a->found.client_secret), err);
    if (!status)
        status = fill_scopes(&app->scope, a->found.scopes, err);
    if (!status && redirect && app->redirect_count == 0)
        status = fill_redirect(app, redirect, err);
    return status;
}

/* ------------------------------------------------------------------ files */

static void note_source(struct cli_app_import *i, const char *name, const struct stat *st)
{
    base_text_printable(&i->sources, base_span_of(name), 1024);
    if (st && st->st_uid != geteuid())
        base_buf_printf(&i->sources, ": it belongs to another user (%u)", st->st_uid);
    if (st && (st->st_mode & 022))
        base_buf_printf(&i->sources, ": others can write it (mode %04o, chmod 600)",
                        st->st_mode & 07777);
    else if (st && (st->st_mode & 044))
        base_buf_printf(&i->sources, ": others can read it (mode %04o, chmod 600)",
                        st->st_mode & 07777);
    base_buf_add_char(&i->sources, '\n');
}

static enum base_status read_file(const char *path, struct base_buf *text, struct stat *ret_st,
                                  struct base_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum base_status status;

    if (fd < 0)
        return base_fail_errno(err, errno == ENOENT ? BASE_NOT_FOUND : BASE_USAGE, DOING, errno,
                               "%s cannot be read", path);
    if (fstat(fd, ret_st) != 0 || !S_ISREG(ret_st->st_mode))
        status = base_fail(err, BASE_USAGE, DOING, "%s is no file", path);
    else
        status = base_file_read_fd(fd, text, err);
    (void)close(fd);
    return status;
}

/* In a folder such as /tmp anybody may have put one, and an account in it would be his: what is
 * sent there later, he reads. */
static enum base_status check_found(const char *path, const struct stat *st, struct base_error *err)
{
    bool others = (st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && st->st_gid != getegid());

    if ((st->st_uid == geteuid() || st->st_uid == 0) && !others)
        return BASE_OK;
    base_fail(err, BASE_USAGE, DOING, "%s was found here, and %s", path,
              others ? "others can write to it" : "belongs to another user");
    base_error_hint(err, "if it is what you mean, name it: hubauth app import %s", path);
    return BASE_USAGE;
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);

    return n >= k && strcmp(path + n - k, end) == 0;
}

static enum base_status take_accounts(struct cli_app_import *i, struct base_span yaml,
                                      struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf json = {0};
    struct hubspot_config config = {0};
    enum base_status status;

    base_buf_init_sensitive(&json, 4 * FILE_MAX);
    status = base_yaml_to_json(yaml, &json, err);
    if (!status)
        status = hubspot_config_parse(base_buf_span(&json), &config, err);
    for (size_t k = 0; !status && k < config.count; k++)
        status = add_account(i, &config.accounts[k], CLI_REDIRECT, err);
    hubspot_config_free(&config);
    i->holds_secrets = true;
    return status;
}

static enum base_status merge_project(struct cli_app_import *i, const struct hubspot_project *p,
                                      struct base_error *err)
{
    struct broker_app *app = app_of(i, NULL, err);
    enum base_status status;

    if (!p->oauth) {
        base_fail(err, BASE_USAGE, DOING,
                  "the app of this project has a static token and no login");
        base_error_hint(err, "its config.auth.type must be \"oauth\"");
        return BASE_USAGE;
    }
    if (!app)
        return BASE_LIMIT;
    status = fill_scopes(&app->scope, p->required, err);
    if (!status)
        status = fill_scopes(&app->optional_scope, p->optional, err);
    for (size_t k = 0; !status && k < p->redirect_count; k++)
        status = fill_redirect(app, p->redirect_urls[k], err);
    if (!status && p->conditional[0])
        base_buf_printf(&i->sources, "  left out: scopes that are required conditionally (%s)\n",
                        p->conditional);
    return status;
}

static enum base_status take_project(struct cli_app_import *i, struct base_span json,
                                     struct base_error *err)
{
    struct hubspot_project project = {0};
    enum base_status status = hubspot_config_project_parse(json, &project, err);

    if (!status)
        status = merge_project(i, &project, err);
    hubspot_config_project_free(&project);
    return status;
}

static enum base_status take_file(struct cli_app_import *i, const char *path, bool named,
                                  struct base_error *err)
{
    BASE_CLEANUP(base_buf_free) struct base_buf text = {0};
    char lower[sizeof(err->lower)];
    struct stat st = {0};
    enum base_status status;

    base_buf_init_sensitive(&text, FILE_MAX);
    status = read_file(path, &text, &st, err);
    if (status || (!named && (status = check_found(path, &st, err))))
        return status;
    note_source(i, path, &st);
    status = ends_with(path, ".json") ? take_project(i, base_buf_span(&text), err)
                                      : take_accounts(i, base_buf_span(&text), err);
    if (status == BASE_INVALID && err) {
        base_text_format(lower, sizeof(lower), "%s: %s", err->doing, err->why);
        base_fail(err, BASE_USAGE, DOING, "%s cannot be used", path);
        base_error_lower(err, "%s", lower);
        status = BASE_USAGE;
    }
    return status;
}

/* ------------------------------------------------------------------ the environment */

/* The first of the names that is set and not empty. */
static const char *variable(const char *a, const char *b)
{
    const char *value = getenv(a);

    if ((!value || !value[0]) && b)
        value = getenv(b);
    return value && value[0] ? value : NULL;
}

static enum base_status read_variables(struct hubspot_config_account *a, struct base_error *err)
{
    const char *account = variable("HUBSPOT_ACCOUNT_ID", "HUBSPOT_PORTAL_ID");
    const char *secret = variable("HUBSPOT_CLIENT_SECRET", NULL);
    const char *refresh = variable("HUBSPOT_REFRESH_TOKEN", NULL);
    enum base_status status = fill(&a->client_id, variable("HUBSPOT_CLIENT_ID", NULL), err);

    if (!a->client_id && !status)
        return base_fail(err, BASE_USAGE, DOING, "HUBSPOT_CLIENT_ID is not set");
    if (account &&
        (!base_span_int64(base_span_trim(base_span_of(account)), &a->hub_id) || a->hub_id <= 0))
        return base_fail(err, BASE_USAGE, DOING, "HUBSPOT_ACCOUNT_ID is no account's number");
    a->auth = HUBSPOT_CONFIG_OAUTH;
    if (!status)
        status = fill_secret(&a->client_secret, base_span_of(secret), err);
    if (!status)
        status = fill_secret(&a->refresh_token, base_span_of(refresh), err);
    cli_secret_forget_variable("HUBSPOT_CLIENT_SECRET");
    cli_secret_forget_variable("HUBSPOT_REFRESH_TOKEN");
    if (!status)
        status = fill(&a->scopes, variable("HUBSPOT_SCOPES", "HUBSPOT_SCOPE"), err);
    return status;
}

static enum base_status take_environment(struct cli_app_import *i, struct base_error *err)
{
    struct hubspot_config_account a = {0};
    enum base_status status = read_variables(&a, err);

    if (!status) {
        note_source(i, "the variables HUBSPOT_…", NULL);
        status = add_account(i, &a, variable("HUBSPOT_REDIRECT_URI", "HUBSPOT_REDIRECT_URL"), err);
    }
    hubspot_config_account_free(&a);
    return status;
}

/* ------------------------------------------------------------------ which */

enum base_status cli_app_import_source(struct cli_app_import *i, const char *source,
                                       struct base_error *err)
{
    return strcmp(source, "env") == 0 ? take_environment(i, err) : take_file(i, source, true, err);
}

enum base_status cli_app_import_usual_source(struct cli_app_import *i, struct base_error *err)
{
    const char *home = getenv("HOME");
    BASE_CLEANUP(base_mem_cleanup)
    char *global = base_file_join(home ? home : "", ".hscli/config.yml");
    const char *const files[] = {variable("HUBSPOT_CONFIG_PATH", NULL),
                                 global,
                                 "hubspot.config.yml",
                                 "hubspot.config.yaml",
                                 "app-hsmeta.json",
                                 "src/app/app-hsmeta.json"};

    if (variable("HUBSPOT_CLIENT_ID", NULL))
        return take_environment(i, err);
    for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++)
        if (files[k] && access(files[k], F_OK) == 0)
            return take_file(i, files[k], k == 0, err);
    base_fail(err, BASE_NOT_FOUND, DOING,
              "there is no HUBSPOT_CLIENT_ID, ~/.hscli/config.yml, hubspot.config.yml, "
              "app-hsmeta.json or src/app/app-hsmeta.json here");
    base_error_hint(err, "name the file: hubauth app import FILE");
    return BASE_NOT_FOUND;
}
