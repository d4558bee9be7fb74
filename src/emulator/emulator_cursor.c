#include "emulator_cursor.h"

#include <string.h>

#define OPAQUE_DIGITS 32

static bool is(const char *how, const char *name)
{
    return strcmp(how, name) == 0;
}

/* Two numbers: the index under a mask, and what proves that it was made here. */
static void seal(const struct emulator_records *r, int64_t index, uint64_t ret[2])
{
    ret[1] = emulator_record_mix(r->key + emulator_record_mix((uint64_t)index));
    ret[0] = (uint64_t)index ^ emulator_record_mix(r->key ^ ret[1]);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unseal(const struct emulator_records *r, struct base_span text, int64_t *ret_index)
{
    uint64_t parts[2] = {0, 0}, again[2];
    if (text.n != 1 + OPAQUE_DIGITS || text.p[0] != 'C')
        return false;
    for (size_t i = 0; i < OPAQUE_DIGITS; i++) {
        int digit = digit_of(text.p[1 + i]);
        if (digit < 0)
            return false;
        parts[i / 16] = parts[i / 16] << 4 | (uint64_t)digit;
    }
    uint64_t index = parts[0] ^ emulator_record_mix(r->key ^ parts[1]);
    if (index > (uint64_t)EMULATOR_RECORDS_MAX)
        return false;
    seal(r, (int64_t)index, again);
    *ret_index = (int64_t)index;
    return again[1] == parts[1];
}

void emulator_cursor_write(const char *how, const struct emulator_records *r, int64_t last,
                           struct base_buf *out)
{
    uint64_t parts[2];
    if (is(how, "opaque")) {
        seal(r, last + 1, parts);
        base_buf_printf(out, "C%016llx%016llx", (unsigned long long)parts[0],
                        (unsigned long long)parts[1]);
    } else if (is(how, "offset")) {
        base_buf_add_int(out, last + 1);
    } else {
        base_buf_add_int(out, emulator_records_id(r, last) + (is(how, "last-id") ? 0 : 1));
    }
}

bool emulator_cursor_read(const char *how, const struct emulator_records *r, struct base_span text,
                          int64_t *ret_index)
{
    int64_t number;
    if (is(how, "opaque"))
        return unseal(r, text, ret_index);
    if (!base_span_int64(text, &number) || number < 0)
        return false;
    if (is(how, "offset"))
        *ret_index = number < r->count ? number : r->count;
    else if (is(how, "last-id"))
        *ret_index = number < INT64_MAX ? emulator_records_from(r, number + 1) : r->count;
    else
        *ret_index = emulator_records_from(r, number);
    return true;
}
