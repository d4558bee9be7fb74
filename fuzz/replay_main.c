/* Feeds the files of a corpus to a fuzz target built without libFuzzer, so that gcc, valgrind and
 * `meson test` run it too. Arguments are files and folders; a folder's files are taken in the order
 * of their names. */
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base_buf.h"
#include "base_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REPLAY_LARGEST = 16 << 20 };

static bool replay_file(const char *path)
{
    struct base_error err = BASE_ERROR_NONE;
    struct base_buf input;
    base_buf_init(&input, REPLAY_LARGEST);
    bool good = base_file_read(path, &input, &err) == BASE_OK;
    if (good) {
        /* a block of just this size, so that the sanitizers and valgrind see a read behind its end
         */
        uint8_t *exact = malloc(input.n > 0 ? input.n : 1);
        if (exact == NULL)
            abort();
        memcpy(exact, base_buf_str(&input), input.n);
        LLVMFuzzerTestOneInput(exact, input.n);
        free(exact);
    } else {
        fprintf(stderr, "%s: %s\n", err.doing, err.why);
    }
    base_buf_free(&input);
    return good;
}

static int replay_is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static size_t replay_folder(const char *path, bool *good)
{
    struct dirent **entries;
    int count = scandir(path, &entries, replay_is_visible, alphasort);
    if (count < 0) {
        perror(path);
        *good = false;
        return 0;
    }
    for (int i = 0; i < count; i++) {
        char *file = base_file_join(path, entries[i]->d_name);
        if (file == NULL)
            abort();
        *good = replay_file(file) && *good;
        base_mem_free(file);
        free(entries[i]);
    }
    free(entries);
    return (size_t)count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            count += replay_folder(argv[i], &good);
        } else {
            good = replay_file(argv[i]) && good;
            count++;
        }
    }
    printf("%zu inputs\n", count);
    return good && count > 0 ? 0 : 1; /* an empty corpus would prove nothing */
}
