/* Random bytes of the operating system. libsodium ends the process when the kernel has none. */
#ifndef CRYPT_RANDOM_H
#define CRYPT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void crypt_random(void *out, size_t n);
/* Uniform in [0, bound). */
uint32_t crypt_random_below(uint32_t bound);

#endif
