#include "crypt_pages.h"

#include <sodium.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t pages_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Of n bytes, in whole pages. */
static size_t pages_whole(size_t n)
{
    size_t page = pages_page();
    return (n + page - 1) / page * page;
}

struct crypt_pages crypt_pages_map(size_t n)
{
    struct crypt_pages pages = {.n = n};
    size_t page = pages_page();
    if (n > SIZE_MAX / 2)
        return pages;
    size_t whole = pages_whole(n);
    char *base = mmap(NULL, whole + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return pages;
    if (mprotect(base + page, whole, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(base, whole + 2 * page);
        return pages;
    }
    pages.p = base + page + (whole - n);
    /* A fork would copy the secrets into a process that has no use for them. */
    pages.kept = madvise(base + page, whole, MADV_DONTDUMP) == 0 &&
                 madvise(base + page, whole, MADV_WIPEONFORK) == 0;
    /* Not mlock(2): that would fetch all pages at once. */
    pages.locked = mlock2(base + page, whole, MLOCK_ONFAULT) == 0;
    return pages;
}

void crypt_pages_unmap(struct crypt_pages *pages)
{
    if (pages->p == NULL)
        return;
    size_t page = pages_page(), whole = pages_whole(pages->n);
    sodium_memzero(pages->p, pages->n);
    (void)munmap(pages->p + pages->n - whole - page, whole + 2 * page);
    *pages = (struct crypt_pages){0};
}
