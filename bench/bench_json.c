/* The JSON scanner against jansson: MB/s of CPU time on the files that are named, in turn, as the
 * median of the rounds; a JSON object on each line, as bench/report reads them.
 *   check    base_json_valid(): grammar, UTF-8, depth; nothing is handed out
 *   tokens   base_json_next() up to the end: every value is handed out
 *   page     hubspot_page_parse_rows(): what an export does with a page; only of pages
 *   jansson  json_loadb(): a tree, as its users have it; what it costs to free it is in it
 * usage: bench_json ROUNDS FILE… */
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "base_file.h"
#include "base_json.h"
#include "hubspot_page.h"

#define LARGEST (64u << 20)
#define LEAST_US 100000 /* of a measurement */
#define MOST_ROUNDS 100
#define ROWS 100

/* Whether the text is what it should be. */
typedef bool reader_fn(struct base_span text);

static bool check(struct base_span text)
{
    return base_json_valid(text);
}

static bool tokens(struct base_span text)
{
    struct base_json json;
    struct base_json_value value;
    enum base_json_type type;

    base_json_begin(&json, text);
    do {
        type = base_json_next(&json, &value);
    } while (type != BASE_JSON_END && type != BASE_JSON_ERROR);
    return type == BASE_JSON_END;
}

static bool page(struct base_span text)
{
    struct hubspot_page page;
    struct base_span rows[ROWS];
    size_t count;

    return hubspot_page_parse_rows(text, &page, rows, ROWS, &count, NULL) == BASE_OK &&
           page.style != HUBSPOT_PAGE_NONE;
}

static bool by_jansson(struct base_span text)
{
    json_t *tree = json_loadb(text.p, text.n, JSON_ALLOW_NUL, NULL);

    json_decref(tree);
    return tree != NULL;
}

static const struct {
    const char *name;
    reader_fn *read;
} readers[] = {{"check", check}, {"tokens", tokens}, {"page", page}, {"jansson", by_jansson}};

#define READERS (sizeof(readers) / sizeof(readers[0]))

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double megabytes_per_second(reader_fn *read, struct base_span text)
{
    double begun = cpu_us(), used;
    size_t bytes = 0;

    do {
        for (int i = 0; i < 8; i++) {
            if (!read(text))
                abort();
            bytes += text.n;
        }
        used = cpu_us() - begun;
    } while (used < LEAST_US);
    return (double)bytes / used;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(const char *path, struct base_span text, size_t rounds)
{
    double figures[READERS][MOST_ROUNDS] = {0}; /* 0: not a text for this reader */

    for (size_t i = 0; i < rounds; i++) {
        for (size_t r = 0; r < READERS; r++) {
            if (readers[r].read(text))
                figures[r][i] = megabytes_per_second(readers[r].read, text);
        }
    }
    printf("{\"file\":\"%s\",\"bytes\":%zu,\"rounds\":%zu", path, text.n, rounds);
    for (size_t r = 0; r < READERS; r++) {
        qsort(figures[r], rounds, sizeof(double), by_size);
        printf(",\"%s\":%.1f", readers[r].name, figures[r][rounds / 2]);
    }
    printf("}\n");
}

int main(int argc, char **argv)
{
    long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    struct base_error err = BASE_ERROR_NONE;

    if (rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: bench_json ROUNDS FILE…\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct base_buf text;

        base_buf_init(&text, LARGEST);
        if (base_file_read(argv[i], &text, &err) != BASE_OK || !check(base_buf_span(&text)) ||
            !by_jansson(base_buf_span(&text))) {
            fprintf(stderr, "%s: %s\n", argv[i], err.why[0] ? err.why : "not JSON");
            return 1;
        }
        measure(argv[i], base_buf_span(&text), (size_t)rounds);
        base_buf_free(&text);
    }
    return 0;
}
