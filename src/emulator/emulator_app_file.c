/* An app as a file: the app-hsmeta.json of a CLI project. */
#include "emulator_app.h"

#include "base_file.h"
#include "base_json.h"
#include "base_text.h"

#define FILE_MAX ((size_t)64 << 10)
#define DOING "reading an app of --app"

struct file {
    struct base_buf text;
    struct base_json_value name, client_id, client_secret; /* type 0 when absent */
    struct base_json_value redirects, required, conditional, optional;
    int64_t app_id;
    bool mcp;
};

/* The next text of an array; NULL at its end. */
static char *next_text(struct base_json *j, bool *ret_bad)
{
    struct base_json_value v;
    enum base_json_type type = base_json_take(j, &v);
    if (type == BASE_JSON_STRING) {
        char *text = base_json_string_dup(&v);
        *ret_bad = text == NULL;
        return text;
    }
    *ret_bad = type != BASE_JSON_ARRAY_END;
    return NULL;
}

static void array_begin(struct base_json *j, const struct base_json_value *array)
{
    base_json_begin(j, array->type == BASE_JSON_ARRAY ? array->raw : BASE_SPAN("[]"));
    (void)base_json_next(j, NULL);
}

/* ["a","b"] as "a b", which is how the options name scopes. */
static bool join(const struct base_json_value *array, struct base_buf *out)
{
    struct base_json j;
    bool bad;
    char *text;
    array_begin(&j, array);
    while ((text = next_text(&j, &bad)) != NULL) {
        base_buf_add_str(out, text);
        base_buf_add_char(out, ' ');
        base_mem_free(text);
    }
    return !bad && base_buf_status(out) == BASE_OK;
}

static enum base_status decode(struct file *f, struct base_error *err)
{
    struct base_json_value config = {0}, auth = {0}, ours = {0};
    const struct base_json_field top[] = {
        {"config", BASE_JSON_WANT_OBJECT, true, &config, NULL},
        {"emulator", BASE_JSON_WANT_OBJECT, false, &ours, NULL},
    };
    const struct base_json_field in_config[] = {
        {"name", BASE_JSON_WANT_STRING, false, &f->name, NULL},
        {"auth", BASE_JSON_WANT_OBJECT, true, &auth, NULL},
    };
    const struct base_json_field in_auth[] = {
        {"redirectUrls", BASE_JSON_WANT_ARRAY, true, &f->redirects, NULL},
        {"requiredScopes", BASE_JSON_WANT_ARRAY, false, &f->required, NULL},
        {"conditionallyRequiredScopes", BASE_JSON_WANT_ARRAY, false, &f->conditional, NULL},
        {"optionalScopes", BASE_JSON_WANT_ARRAY, false, &f->optional, NULL},
    };
    const struct base_json_field in_ours[] = {
        {"clientId", BASE_JSON_WANT_STRING, false, &f->client_id, NULL},
        {"clientSecret", BASE_JSON_WANT_STRING, false, &f->client_secret, NULL},
        {"appId", BASE_JSON_WANT_INT64, false, &f->app_id, NULL},
        {"mcp", BASE_JSON_WANT_BOOL, false, &f->mcp, NULL},
    };
    enum base_status st = base_json_decode(base_buf_span(&f->text), top, 2, err);
    if (st == BASE_OK)
        st = base_json_decode(config.raw, in_config, 2, err);
    if (st == BASE_OK)
        st = base_json_decode(auth.raw, in_auth, 4, err);
    if (st == BASE_OK && ours.raw.n > 0)
        st = base_json_decode(ours.raw, in_ours, 4, err);
    return st;
}

/* `value` as text, or a default of the form of an UUID that ends in the app's number. */
static char *text_or(const struct base_json_value *value, const char *pattern, int number)
{
    char made[64];
    if (value->type == BASE_JSON_STRING)
        return base_json_string_dup(value);
    base_text_format(made, sizeof made, "%s%02d", pattern, number);
    return base_span_dup(base_span_of(made));
}

static enum base_status add(struct emulator_apps *apps, const struct file *f,
                            struct base_error *err)
{
    int number = apps->count + 1;
    char *urls[EMULATOR_REDIRECTS_MAX + 1] = {0};
    char *name = text_or(&f->name, "Emulated app ", number);
    char *id = text_or(&f->client_id, EMULATOR_FILE_CLIENT_ID, number);
    char *secret = text_or(&f->client_secret, EMULATOR_FILE_CLIENT_SECRET, number);
    struct emulator_app_spec spec = {.name = name,
                                     .client_id = id,
                                     .client_secret = secret,
                                     .app_id = f->app_id,
                                     .mcp = f->mcp,
                                     .redirects = (const char *const *)urls};
    if (spec.app_id == 0)
        spec.app_id = EMULATOR_FIRST_APP_ID + apps->count;
    BASE_CLEANUP(base_buf_free) struct base_buf required, conditional, optional;
    base_buf_init(&required, FILE_MAX);
    base_buf_init(&conditional, FILE_MAX);
    base_buf_init(&optional, FILE_MAX);
    struct base_json j;
    bool bad = false;
    array_begin(&j, &f->redirects);
    while (spec.redirect_count < EMULATOR_REDIRECTS_MAX + 1 &&
           (urls[spec.redirect_count] = next_text(&j, &bad)) != NULL)
        spec.redirect_count++;
    bool fine = !bad && name != NULL && id != NULL && secret != NULL &&
                join(&f->required, &required) && join(&f->conditional, &conditional) &&
                join(&f->optional, &optional);
    spec.required = base_buf_str(&required);
    spec.conditional = base_buf_str(&conditional);
    spec.optional = base_buf_str(&optional);
    enum base_status st = fine ? emulator_apps_add(apps, &spec, err)
                               : base_fail(err, BASE_USAGE, DOING,
                                           "its lists of URLs and scopes must hold texts only");
    for (size_t i = 0; i < spec.redirect_count; i++)
        base_mem_free(urls[i]);
    base_mem_free(name);
    base_mem_free(id);
    base_mem_free(secret);
    return st;
}

enum base_status emulator_app_file_add(struct emulator_apps *apps, const char *path,
                                       struct base_error *err)
{
    struct file f = {0};
    base_buf_init_sensitive(&f.text, FILE_MAX);
    enum base_status st = base_file_read(path, &f.text, err);
    if (st == BASE_OK)
        st = decode(&f, err);
    if (st == BASE_OK)
        st = add(apps, &f, err);
    base_buf_free(&f.text);
    if (st == BASE_OK)
        return BASE_OK;
    if (err != NULL && st != BASE_NO_MEMORY)
        err->status = BASE_USAGE;
    base_error_doing(err, DOING);
    base_error_lower(err, "file: %s", path);
    return st == BASE_NO_MEMORY ? st : BASE_USAGE;
}
