/* Included before every source file by the build. The system headers come first, then the bans:
 * a function named here has a safer neighbour in base/, and using it stops the build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Macros of the C library, with some compilers; poisoning a macro is a warning. */
#undef alloca
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok
#ifndef BASE_BANNED_WITH_GLIB /* whose headers define it anew; -Walloca sees our own use */
#pragma GCC poison alloca
#endif
#pragma GCC poison gmtime localtime ctime asctime tmpnam mktemp system popen atoi atol atoll
#pragma GCC poison rand srand srandom
/* uv.h has a word of this name that is no call, so it cannot be poisoned. */
#define random() random_is_banned_use_crypt_random

#endif
