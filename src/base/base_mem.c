#include "base_mem.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Atomic, since libcurl looks names up in a thread of its own and allocates there. The two counters
 * exist for tests: nothing else ever sets mem_left. */
static atomic_long mem_left = -1;
static atomic_long mem_made;

static _Atomic(void *) mem_reserve; /* NULL: spent, or nobody holds it */
static unsigned mem_holders;        /* one thread's affair */

static bool mem_may_allocate(void)
{
    mem_made++;
    if (mem_left < 0)
        return true;
    return mem_left-- > 0; /* falls to -1 with the refusal, so that it happens once */
}

/* True when there was one: what failed for want of memory is worth a second try. */
static bool mem_spend_reserve(void)
{
    void *reserve = atomic_exchange(&mem_reserve, NULL);
    free(reserve);
    return reserve != NULL;
}

bool base_mem_hold_reserve(void)
{
    if (atomic_load(&mem_reserve) == NULL)
        atomic_store(&mem_reserve, mem_may_allocate() ? malloc(BASE_MEM_RESERVE) : NULL);
    if (atomic_load(&mem_reserve) == NULL)
        return false;
    mem_holders++;
    return true;
}

void base_mem_drop_reserve(void)
{
    if (--mem_holders == 0)
        (void)mem_spend_reserve();
}

/* The allocation sees to it that the heap need not grow, the trimming that a free does not bring
 * its end up to M_TRIM_THRESHOLD, at which glibc gives memory back. */
void base_mem_make_room(void)
{
    void *p = malloc(BASE_MEM_RESERVE);
    __asm__ volatile("" : : "r"(p) : "memory"); /* or the compiler takes both calls away */
    free(p);
    (void)malloc_trim(BASE_MEM_RESERVE);
}

void *base_mem_new(size_t size)
{
    void *p;
    do
        p = mem_may_allocate() ? calloc(1, size > 0 ? size : 1) : NULL;
    while (p == NULL && mem_spend_reserve());
    return p;
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
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *p;
    do
        p = mem_may_allocate() ? realloc(old, bytes > 0 ? bytes : 1) : NULL; /* 0 would free */
    while (p == NULL && mem_spend_reserve());
    return p;
}

char *base_mem_dup(const char *bytes, size_t n)
{
    char *copy = n < SIZE_MAX ? base_mem_grow(NULL, n + 1, 1) : NULL;
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
