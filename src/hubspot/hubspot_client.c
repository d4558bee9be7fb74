#include "hubspot_client.h"

#include "base_text.h"

#include <string.h>

bool hubspot_client_is_uuid(struct base_span text)
{
    static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    if (text.n != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (form[i] == '-' ? text.p[i] != '-' : base_text_hex_value(text.p[i]) < 0)
            return false;
    return true;
}

/* U+00A0, U+200B, U+2018, U+2019, U+201C, U+201D, U+201E, U+FEFF */
static const char *const clinging[] = {
    " ",
    "\t",
    "\r",
    "\n",
    "'",
    "\"",
    "`",
    "\xc2\xa0",
    "\xe2\x80\x8b",
    "\xe2\x80\x98",
    "\xe2\x80\x99",
    "\xe2\x80\x9c",
    "\xe2\x80\x9d",
    "\xe2\x80\x9e",
    "\xef\xbb\xbf",
};

/* The length of what clings to the front of `text`, or to its end; 0 when nothing does. */
static size_t clings(struct base_span text, bool at_end)
{
    for (size_t i = 0; i < sizeof(clinging) / sizeof(clinging[0]); i++) {
        size_t n = strlen(clinging[i]);
        if (n <= text.n && memcmp(at_end ? text.p + text.n - n : text.p, clinging[i], n) == 0)
            return n;
    }
    return 0;
}

struct base_span hubspot_client_trim(struct base_span text)
{
    size_t n;
    while ((n = clings(text, false)) > 0)
        text = base_span_from(text, n);
    while ((n = clings(text, true)) > 0)
        text.n -= n;
    return text;
}
