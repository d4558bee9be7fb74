/* A loop of the backend that is linked into the test, and not of the module: allocations that the
 * test makes fail (base_mem_fail_after) are then the loop's as well. */
#ifndef TEST_LOOP_H
#define TEST_LOOP_H

#include "base_module.h"
#include "loop_ops.h"

BASE_MODULE_EXPORT;

static inline enum base_status test_loop_new(struct loop **ret, struct base_error *err)
{
    const struct loop_module *module = hubauth_module.entry;
    return module->open(ret, err);
}

#endif
