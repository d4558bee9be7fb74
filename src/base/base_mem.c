#include "base_mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The two counters exist for tests, which have one thread. A race in a threaded program could only
 * miscount, since nothing but a test ever sets mem_left. */
static long mem_left = -1;
static long mem_made;

static bool mem_may_allocate(void)
{
    mem_made++;
    if (mem_left < 0)
        return true;
    return mem_left-- > 0; /* falls to -1 with the refusal, so that it happens once */
}

void *base_mem_new(size_t size)
{
    return mem_may_allocate() ? calloc(1, size > 0 ? size : 1) : NULL;
}

void *base_mem_array(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return base_mem_new(bytes);
}

void *base_mem_grow(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || !mem_may_allocate())
        return NULL;
    return realloc(old, bytes > 0 ? bytes : 1); /* realloc(p, 0) would free */
}

char *base_mem_dup(const char *bytes, size_t n)
{
    if (n == SIZE_MAX || !mem_may_allocate())
        return NULL;
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return NULL;
    if (n > 0)
        memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

char *base_mem_strdup(const char *text)
{
    return base_mem_dup(text, strlen(text));
}

void base_mem_free(void *block)
{
    free(block);
}

void base_mem_cleanup(void *pointer_to_pointer)
{
    void *block;
    memcpy(&block, pointer_to_pointer, sizeof(block)); /* a char ** is no void ** */
    base_mem_free(block);
}

void base_mem_fail_after(long after)
{
    mem_left = after;
    mem_made = 0;
}

long base_mem_count(void)
{
    return mem_made;
}
