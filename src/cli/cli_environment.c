#include "cli_environment.h"

#include <ctype.h>

#define ENVIRONMENT_PORTAL "HUBSPOT_PORTAL_ID"
#define ENVIRONMENT_API_URL "HUBSPOT_API_URL"
#define ENVIRONMENT_TOKEN_MAX (1u << 20)

void cli_environment_free(struct cli_environment *e)
{
    base_buf_free(&e->token);
    base_buf_free(&e->portal);
    base_buf_free(&e->api_url);
    base_mem_free(e->list);
    e->list = NULL;
}

static bool is_name(const char *variable)
{
    bool good = isalpha((unsigned char)variable[0]) || variable[0] == '_';

    for (const char *p = variable; *p; p++)
        good = good && (isalnum((unsigned char)*p) || *p == '_');
    return good;
}

/* The dynamic linker even prints what it does not find: ld.so(8), LD_PRELOAD. */
static bool chooses_programs(struct base_span name)
{
    return base_span_is(name, "PATH") || base_span_starts(name, "LD_");
}

enum base_status cli_environment_check(const char *variable, struct base_error *err)
{
    static const char doing[] = "running a command";
    struct base_span name = base_span_of(variable);

    if (!is_name(variable))
        return base_fail(err, BASE_USAGE, doing, "\"%s\" cannot be a variable's name", variable);
    if (base_span_is(name, ENVIRONMENT_API_URL) || base_span_is(name, ENVIRONMENT_PORTAL))
        return base_fail(
            err, BASE_USAGE, doing,
            "%s is given to the command anyway, with %s: name another for the token", variable,
            base_span_is(name, ENVIRONMENT_API_URL) ? "HubSpot's address" : "the account's number");
    if (chooses_programs(name))
        return base_fail(err, BASE_USAGE, doing,
                         "a token in %s would change which programs are run: name another",
                         variable);
    return BASE_OK;
}

/* Whatever may hold a credential for HubSpot, of whoever set it. HUBAUTH_…_FILE are paths, which
 * the program may need to call hubauth itself. */
static bool is_credential(struct base_span name)
{
    static const char *const others[] = {"PRIVATE_APP_ACCESS_TOKEN", "HAPIKEY", "HUBSPOT_PAT",
                                         "HUBSPOT_PASSWORD"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (base_span_is(name, others[i]))
            return true;
    }
    return base_span_starts(name, "HUBSPOT_") &&
           (memmem(name.p, name.n, "TOKEN", 5) || memmem(name.p, name.n, "KEY", 3) ||
            memmem(name.p, name.n, "SECRET", 6));
}

static bool is_passed_on(const char *entry, const char *variable)
{
    struct base_span rest = base_span_of(entry);
    struct base_span name = base_span_cut(&rest, '=');

    return !is_credential(name) && !base_span_is(name, variable) &&
           !base_span_is(name, ENVIRONMENT_PORTAL) && !base_span_is(name, ENVIRONMENT_API_URL);
}

static void write_own(struct cli_environment *e, const struct cli_environment_values *values)
{
    base_buf_init_sensitive(&e->token, ENVIRONMENT_TOKEN_MAX);
    base_buf_init(&e->portal, 64);
    base_buf_init(&e->api_url, 16384);
    base_buf_printf(&e->token, "%s=", values->variable);
    base_buf_add_span(&e->token, values->token);
    base_buf_printf(&e->api_url, ENVIRONMENT_API_URL "=%s", values->api_url);
    if (values->hub_id)
        base_buf_printf(&e->portal, ENVIRONMENT_PORTAL "=%lld", (long long)values->hub_id);
}

enum base_status cli_environment_make(char *const *inherited,
                                      const struct cli_environment_values *values,
                                      struct cli_environment *ret, struct base_error *err)
{
    size_t count = 0, n = 0;

    while (inherited[count])
        count++;
    *ret = (struct cli_environment){.list = base_mem_array(count + 4, sizeof(*ret->list))};
    write_own(ret, values);
    if (!ret->list || base_buf_status(&ret->token) || base_buf_status(&ret->portal) ||
        base_buf_status(&ret->api_url)) {
        cli_environment_free(ret);
        return base_fail_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_passed_on(inherited[i], values->variable))
            ret->list[n++] = inherited[i];
    }
    ret->list[n++] = ret->token.p;
    ret->list[n++] = ret->api_url.p;
    if (ret->portal.n > 0)
        ret->list[n++] = ret->portal.p;
    ret->list[n] = NULL;
    return BASE_OK;
}
