/* What people paste into `hubauth explain`. E6: nothing comes out that is not a word, a scope, an
 * id or an age; found entries are in order, each once. */
#include <stdint.h>
#include <stdlib.h>

#include "hubspot_diagnosis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_chars(const char *text, size_t size, const char *allowed)
{
    size_t n = strnlen(text, size);
    if (n == size || strspn(text, allowed) != n)
        abort();
}

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define LOUD "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hubspot_diagnosis d;
    enum base_status status = hubspot_diagnose((struct base_span){(const char *)data, size}, &d);
    if (status == BASE_LIMIT)
        return 0;
    if (status != BASE_OK || d.count > HUBSPOT_DIAGNOSIS_MOST || (d.sure && d.count == 0))
        abort();
    for (size_t i = 0; i < d.count; i++) {
        if (d.found[i] == NULL || (i > 0 && d.ranks[i - 1] > d.ranks[i]))
            abort();
        for (size_t k = 0; k < i; k++)
            if (d.found[k] == d.found[i])
                abort();
    }
    if (d.count > 0 && d.nearest != NULL)
        abort();
    check_chars(d.word, sizeof(d.word), LOUD "_");
    check_chars(d.scopes, sizeof(d.scopes), SMALL DIGITS "._- ");
    check_chars(d.correlation, sizeof(d.correlation), DIGITS "abcdefABCDEF-");
    check_chars(d.ago, sizeof(d.ago), DIGITS SMALL " ");
    check_chars(d.existing, sizeof(d.existing), DIGITS);
    return 0;
}
