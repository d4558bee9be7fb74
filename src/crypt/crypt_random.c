#include "crypt_random.h"

#include <sodium.h>

void crypt_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

uint32_t crypt_random_below(uint32_t bound)
{
    return randombytes_uniform(bound);
}
