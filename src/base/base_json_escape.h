/* Escapes in JSON strings (RFC 8259 section 7), for those who check them and who decode them. */
#ifndef BASE_JSON_ESCAPE_H
#define BASE_JSON_ESCAPE_H

#include <string.h>

/* The value of four hexadecimal digits at p, or -1. */
static inline int base_json_hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Checks the escape whose backslash stands at p. The place after it, or NULL with *why. */
static inline const char *base_json_escape(const char *p, const char *end, const char **why)
{
    *why = "invalid escape in a string";
    if (end - p < 2)
        return NULL;
    if (p[1] != 'u')
        return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? p + 2 : NULL;
    int unit = base_json_hex4(p + 2, end);
    if (unit < 0)
        return NULL;
    if (unit < 0xD800 || unit > 0xDFFF)
        return p + 6;
    /* RFC 8259 section 8.2 leaves lone surrogates open; they have no UTF-8 form, so they are
     * refused. */
    *why = "lone surrogate in a string";
    if (unit > 0xDBFF || end - p < 12 || p[6] != '\\' || p[7] != 'u')
        return NULL;
    int low = base_json_hex4(p + 8, end);
    return low >= 0xDC00 && low <= 0xDFFF ? p + 12 : NULL;
}

#endif
