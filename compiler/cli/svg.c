/*
 * SVG by Graphviz: the program `dot` with fixed arguments, without a shell, fed through pipes. It
 * is optional and never part of what `build` writes.
 */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool had_dot_svg(had_str dot, struct had_buffer *out)
{
    int in[2], from[2];
    if (pipe(in) != 0)
        return false;
    if (pipe(from) != 0) {
        close(in[0]);
        close(in[1]);
        return false;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    for (int i = 0; i < 2; i++) {
        posix_spawn_file_actions_addclose(&actions, in[i]);
        posix_spawn_file_actions_addclose(&actions, from[i]);
    }
    char name[] = "dot", form[] = "-Tsvg";
    char *arguments[] = {name, form, NULL};
    pid_t child;
    int failed = posix_spawnp(&child, "dot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(from[1]);
    if (failed) {
        close(in[1]);
        close(from[0]);
        fprintf(
            stderr,
            "had graph: SVG needs Graphviz's `dot`; --format=dot and --format=mermaid do not\n");
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    uint32_t sent = 0;
    bool writing = true, good = true;
    for (;;) {
        struct pollfd ends[2] = {{from[0], POLLIN, 0}, {writing ? in[1] : -1, POLLOUT, 0}};
        if (poll(ends, 2, 60000) <= 0) {
            good = false;
            break;
        }
        if (writing && ends[1].revents) {
            ssize_t n = write(in[1], dot.ptr + sent, dot.len - sent > 4096 ? 4096 : dot.len - sent);
            if (n > 0)
                sent += (uint32_t)n;
            if ((n < 0 && errno != EINTR) || sent == dot.len) {
                close(in[1]);
                writing = false;
            }
        }
        if (ends[0].revents) {
            char chunk[65536];
            ssize_t n = read(from[0], chunk, sizeof chunk);
            if (n > 0)
                had_buffer_add(out, chunk, (size_t)n);
            else if (n == 0 || errno != EINTR)
                break;
        }
    }
    if (writing)
        close(in[1]);
    close(from[0]);
    int status = 0;
    if (!good)
        kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
