/* The way from `had` to had-direct, the program that carries the client of AWS. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In a build it stands beside `had`, installed below libexec. Links to `had` are followed first. */
static const char *const places[] = {"had-direct", HAD_DIRECT_INSTALLED};

int had_become_direct(const char *command, char **argv)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash) {
        fprintf(stderr, "had: `had %s` finds its program by /proc, which cannot be read\n",
                command);
        return HAD_EXIT_USAGE;
    }
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[sizeof self + sizeof HAD_DIRECT_INSTALLED + sizeof "had-direct"];
        snprintf(path, sizeof path, "%s%s", self, places[i]);
        execv(path, argv); /* returns only where it fails */
        if (errno != ENOENT) {
            fprintf(stderr, "had: `had %s` cannot run %s: %s\n", command, path, strerror(errno));
            return HAD_EXIT_USAGE;
        }
    }
    fprintf(stderr,
            "had: `had %s` is run by the program had-direct, which is missing: neither %s%s nor "
            "%s%s is there\nhad: install had as a whole, or build the target `had`\n",
            command, self, places[0], self, places[1]);
    return HAD_EXIT_USAGE;
}
