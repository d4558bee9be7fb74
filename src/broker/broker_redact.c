#include "broker_redact.h"

#include "base_buf.h"
#include "base_url.h"
#include "crypt_secret.h"
#include "oauth_form.h"

#define REDACT_MIN 8
#define REDACT_VALUE_MAX (64u << 10)
#define REDACT_CUT_MIN 4 /* fewer of its first characters tell nothing */

static const char mark[] = "[redacted]";
static const char cut[] = "…"; /* of base_text_printable_to() */

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

/* A text that was cut to size may end in the beginning of one. */
static void redact_beginning(char *text, struct base_span secret)
{
    const size_t cut_n = sizeof(cut) - 1;
    size_t n = strlen(text), k, size;

    if (n < cut_n || strcmp(text + n - cut_n, cut) != 0)
        return;
    n -= cut_n;
    k = n < secret.n ? n : secret.n - 1;
    while (k >= REDACT_CUT_MIN &&
           !crypt_span_eq((struct base_span){text + n - k, k}, base_span_first(secret, k)))
        k--;
    if (k < REDACT_CUT_MIN)
        return;
    size = sizeof(mark) - 1 < k ? sizeof(mark) - 1 : k;
    memcpy(text + n - k, mark, size);
    memcpy(text + n - k + size, cut, sizeof(cut));
}

void broker_redact(struct hubspot_refusal *refusal, struct base_span secret)
{
    char *const texts[] = {refusal->message, refusal->code, refusal->correlation, refusal->policy,
                           refusal->scopes};

    if (secret.n < REDACT_MIN)
        return;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        redact_text(texts[i], secret);
        redact_beginning(texts[i], secret);
    }
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

/* As it is, and as it stands in the form. */
static void redact_value(struct hubspot_refusal *refusal, struct base_span value,
                         struct base_buf *encoded)
{
    base_buf_reset(encoded);
    base_url_encode(encoded, value);
    broker_redact(refusal, value);
    broker_redact(refusal, base_buf_span(encoded));
}

void broker_redact_form(struct hubspot_refusal *refusal, struct base_span form)
{
    BASE_CLEANUP(base_buf_free) struct base_buf name = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf value = {0};
    BASE_CLEANUP(base_buf_free) struct base_buf encoded = {0};
    enum base_status status = BASE_OK;

    base_buf_init_sensitive(&name, 256); /* a body that is no form is a name as a whole */
    base_buf_init_sensitive(&value, REDACT_VALUE_MAX);
    base_buf_init_sensitive(&encoded, 3 * REDACT_VALUE_MAX);
    while (oauth_form_next(&form, &name, &value, &status)) {
        if (is_secret_field(&name))
            redact_value(refusal, base_buf_span(&value), &encoded);
    }
    if (status || base_buf_status(&name) || base_buf_status(&value) || base_buf_status(&encoded))
        refusal->message[0] = '\0'; /* what cannot be checked is not shown */
}
