/* Memory: every allocation of the project's own code goes through here, so that a test can make the
 * n-th one fail. All functions return NULL when memory is short and never end the process. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#define BASE_CLEANUP(fn) __attribute__((cleanup(fn)))
#define BASE_CHECK __attribute__((warn_unused_result))
#define BASE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Zeroed memory for one object. Freed with base_mem_free(). */
BASE_CHECK void *base_mem_new(size_t size);
/* Zeroed memory for `count` objects; NULL as well when count * size overflows. */
BASE_CHECK void *base_mem_array(size_t count, size_t size);
/* Like realloc(3) with an overflow check; on failure the old block is untouched. New bytes are not
 * zeroed. */
BASE_CHECK void *base_mem_grow(void *old, size_t count, size_t size);
/* Copies n bytes and adds a NUL. */
BASE_CHECK char *base_mem_dup(const char *bytes, size_t n);
BASE_CHECK char *base_mem_strdup(const char *text);
void base_mem_free(void *block);

/* A reserve for the moments in which a failing allocation would cost more than an error, such as
 * reading an answer that cannot be asked for again. While somebody holds it, the first allocation
 * that finds no memory frees it and is tried again; what is freed serves those that follow. Each
 * hold fills it anew when it was spent, and is undone by one drop; both belong to one thread.
 * False: no memory for it, and it is not held. A module has a copy of this code, so it holds its
 * own. */
#define BASE_MEM_RESERVE (64u << 10) /* many token answers, and below malloc's mmap threshold */
BASE_CHECK bool base_mem_hold_reserve(void);
void base_mem_drop_reserve(void);

/* Leaves about BASE_MEM_RESERVE free bytes in the heap, no more and no less at its end: until these
 * are used up, an allocation or a free of a moderate size makes no system call. For the moment
 * before something that must be put away without one. */
void base_mem_make_room(void);

/* For `BASE_CLEANUP(base_mem_cleanup) char *text`. */
void base_mem_cleanup(void *pointer_to_pointer);

/* Tests only: the allocation after `after` successful ones fails, once (-1: never, the default). */
void base_mem_fail_after(long after);
/* Allocations made since the last base_mem_fail_after(). */
long base_mem_count(void);

#endif
