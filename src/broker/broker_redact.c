#include "broker_redact.h"

#include "base_buf.h"
#include "oauth_form.h"

#define REDACT_MIN 8
#define REDACT_VALUE_MAX (64u << 10)

static const char mark[] = "[redacted]";

/* In place: the mark is written over what it replaces, which may be shorter by a byte or two. */
static void redact_text(char *text, struct base_span secret)
{
    size_t n = strlen(text);
    char *at = text;

    while ((at = memmem(at, n - (size_t)(at - text), secret.p, secret.n)) != NULL) {
        size_t size = sizeof(mark) - 1 < secret.n ? sizeof(mark) - 1 : secret.n;
        size_t tail = n - (size_t)(at - text) - secret.n;

        memcpy(at, mark, size);
        memmove(at + size, at + secret.n, tail + 1);
        n = n - secret.n + size;
        at += size;
    }
}

void broker_redact(struct hubspot_refusal *refusal, struct base_span secret)
{
    if (secret.n < REDACT_MIN)
        return;
    redact_text(refusal->message, secret);
    redact_text(refusal->code, secret);
}

static bool is_secret_field(const struct base_buf *name)
{
    static const char *const fields[] = {"client_secret", "refresh_token", "code", "code_verifier",
                                         "token"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(base_buf_str(name), fields[i]) == 0)
            return true;
    }
    return false;
}

void broker_redact_form(struct hubspot_refusal *refusal, struct base_span form)
{
    BASE_CLEANUP(base_buf_free) struct base_buf name = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf value = {0};
    enum base_status status = BASE_OK;

    base_buf_init(&name, 256);
    base_buf_init_sensitive(&value, REDACT_VALUE_MAX);
    while (oauth_form_next(&form, &name, &value, &status)) {
        if (is_secret_field(&name))
            broker_redact(refusal, base_buf_span(&value));
    }
    if (status || base_buf_status(&name) || base_buf_status(&value))
        refusal->message[0] = '\0'; /* what cannot be checked is not shown */
}
