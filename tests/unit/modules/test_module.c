/* One source, several modules: good ones and what base_module_load() must refuse. */
#include "base_module.h"

#ifndef TEST_NO_SYMBOL

#if defined(TEST_NEEDS_MORE)
extern int nobody_defines_this;
#define TEST_ENTRY (&nobody_defines_this)
#elif defined(TEST_EMPTY)
#define TEST_ENTRY NULL
#else
static const int test_entry = 4711;
#define TEST_ENTRY (&test_entry)
#endif

static const char *test_library(void)
{
    return "a library 1.0";
}

BASE_MODULE_EXPORT;
const struct base_module hubauth_module = {
    .abi = TEST_ABI,
    .name = TEST_NAME,
    .entry = TEST_ENTRY,
    .library = test_library,
};

#endif
