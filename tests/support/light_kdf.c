/* Argon2id for tests under valgrind, which preload this: with the cost that a vault or a backup
 * asks for it would take most of their time, in code that is libsodium's. Smaller than the least
 * that crypt_kdf() takes, so that no two sets of parameters give the same key. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define HEAVY ((size_t)16 << 20)

__attribute__((visibility("default"))) int crypto_pwhash(
    unsigned char *const out, unsigned long long outlen, const char *const passwd,
    unsigned long long passwdlen, const unsigned char *const salt, unsigned long long opslimit,
    size_t memlimit, int alg)
{
    int (*real)(unsigned char *, unsigned long long, const char *, unsigned long long,
                const unsigned char *, unsigned long long, size_t, int);
    void *found = dlsym(RTLD_NEXT, "crypto_pwhash");
    if (found == NULL)
        abort();
    memcpy(&real, &found, sizeof(real));
    return real(out, outlen, passwd, passwdlen, salt, opslimit,
                memlimit > HEAVY ? memlimit / 64 : memlimit, alg);
}
