/* Included before every source file by the build. The system headers come first, then the bans:
 * a function named here has a safer neighbour in base/, and using it stops the build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok alloca
#pragma GCC poison gmtime localtime ctime asctime tmpnam mktemp system popen atoi atol atoll
#pragma GCC poison rand srand random

#endif
