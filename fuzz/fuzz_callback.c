/* The query of the redirect URL. What is accepted, written again as a form, reads the same. */
#include <stdint.h>
#include <stdlib.h>

#include "oauth_authorize.h"
#include "oauth_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct base_buf *out, const char *name, const char *value)
{
    if (value != NULL)
        oauth_form_add_str(out, name, value);
}

static void must_equal(const char *a, const char *b)
{
    if ((a == NULL) != (b == NULL) || (a != NULL && strcmp(a, b) != 0))
        abort();
    if (a != NULL && a[0] == '\0') /* without a value it counts as absent */
        abort();
}

static void check_again(const struct oauth_callback *c)
{
    struct base_buf form;
    struct oauth_callback again;
    base_buf_init(&form, SIZE_MAX);
    add(&form, "code", c->code);
    add(&form, "state", c->state);
    add(&form, "error", c->error);
    add(&form, "error_description", c->error_description);
    add(&form, "error_uri", c->error_uri);
    add(&form, "iss", c->iss);
    add(&form, "returnUrl", c->return_url);
    enum base_status status = oauth_callback_parse(base_buf_span(&form), &again, NULL);
    if (status == BASE_OK) {
        must_equal(c->code, again.code);
        must_equal(c->state, again.state);
        must_equal(c->error, again.error);
        must_equal(c->error_description, again.error_description);
        must_equal(c->error_uri, again.error_uri);
        must_equal(c->iss, again.iss);
        must_equal(c->return_url, again.return_url);
        oauth_callback_free(&again);
    } else if (status != BASE_LIMIT) { /* encoding can make it longer than the cap */
        abort();
    }
    base_buf_free(&form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_span query = {(const char *)data, size};
    struct base_error err = BASE_ERROR_NONE;
    struct oauth_callback c;
    enum base_status status = oauth_callback_parse(query, &c, &err);
    if (status != err.status)
        abort();
    if (status == BASE_OK) {
        check_again(&c);
        oauth_callback_free(&c);
    }
    return 0;
}
