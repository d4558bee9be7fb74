#include "cli_opener.h"

#include "base_mem.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define OPENER_WORDS 16

/* Starts a program with its output thrown away: it would land in the middle of ours. */
static bool start(char *const argv[])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int rc;

    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    rc = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (rc == 0)
        rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc == 0;
}

/* One entry of $BROWSER: words separated by spaces; %s is replaced, else the address comes last. */
static bool start_entry(char *entry, const char *url)
{
    char *argv[OPENER_WORDS + 2];
    char *save = NULL;
    char *address = base_mem_strdup(url);
    int n = 0;
    bool placed = false, started;

    if (!address)
        return false;
    for (char *word = strtok_r(entry, " ", &save); word && n < OPENER_WORDS;
         word = strtok_r(NULL, " ", &save)) {
        bool here = strcmp(word, "%s") == 0;

        argv[n++] = here ? address : word;
        placed = placed || here;
    }
    if (n > 0 && !placed)
        argv[n++] = address;
    argv[n] = NULL;
    started = n > 0 && start(argv);
    base_mem_free(address);
    return started;
}

static bool start_from_environment(const char *list, const char *url)
{
    char *copy = base_mem_strdup(list);
    char *save = NULL;
    bool started = false;

    if (!copy)
        return false;
    for (char *entry = strtok_r(copy, ":", &save); entry && !started;
         entry = strtok_r(NULL, ":", &save))
        started = start_entry(entry, url);
    base_mem_free(copy);
    return started;
}

bool cli_opener_open(const char *url)
{
    const char *list = getenv("BROWSER");
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    char xdg[] = "xdg-open", wsl[] = "wslview";

    if (list && list[0])
        return start_from_environment(list, url);
    if (getenv("WSL_DISTRO_NAME") && start_entry(wsl, url))
        return true;
    /* Without a display xdg-open would start a browser in the terminal, on top of us. */
    return ((x11 && x11[0]) || (wayland && wayland[0])) && start_entry(xdg, url);
}
