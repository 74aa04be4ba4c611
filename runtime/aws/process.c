#include "aws/internal.h"
#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024, WORDS_MAX = 256 };

extern char **environ;

bool had_aws_process_words(struct had_arena *arena, had_str command, char ***words, had_str *error)
{
    char **out = had_new_n(arena, char *, WORDS_MAX + 1);
    uint32_t count = 0, i = 0;
    while (i < command.len) {
        char c = command.ptr[i];
        if (c == ' ' || c == '\t' || c == '\n') {
            i++;
            continue;
        }
        struct had_buffer word = {0};
        char quote = 0;
        for (; i < command.len; i++) {
            c = command.ptr[i];
            if (quote) {
                if (c == quote)
                    quote = 0;
                else if (c == '\\' && quote == '"' && i + 1 < command.len &&
                         strchr("\"\\$`", command.ptr[i + 1]))
                    had_buffer_char(&word, command.ptr[++i]);
                else
                    had_buffer_char(&word, c);
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '\\' && i + 1 < command.len) {
                had_buffer_char(&word, command.ptr[++i]);
            } else if (c == ' ' || c == '\t' || c == '\n') {
                break;
            } else {
                had_buffer_char(&word, c);
            }
        }
        had_str text = had_str_dup(arena, had_buffer_view(&word));
        had_buffer_free(&word);
        if (quote) {
            *error = HAD_STR("a quote in `credential_process` is not closed");
            return false;
        }
        if (count == WORDS_MAX) {
            *error = HAD_STR("`credential_process` has too many words");
            return false;
        }
        out[count++] = had_str_cstr(arena, text);
    }
    if (!count) {
        *error = HAD_STR("`credential_process` is empty");
        return false;
    }
    *words = out;
    return true;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads to the end, the bound or the time-out. */
static const char *read_all(int fd, int64_t until, struct had_buffer *out)
{
    char bytes[4096];
    for (;;) {
        struct pollfd one = {.fd = fd, .events = POLLIN};
        int64_t left = until - now_ms();
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return "did not end in time";
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n == 0)
            break;
        if (n < 0)
            return "could not be read";
        had_buffer_add(out, bytes, (size_t)n);
        if (out->len > OUTPUT_MAX)
            return "wrote too much";
    }
    OPENSSL_cleanse(bytes, sizeof bytes);
    return NULL;
}

static void kill_and_wait(pid_t child)
{
    int status;
    kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

/* A program that closed its output may go on; it is ended when its time is over. */
static bool ends_by(pid_t child, int64_t until, int *status)
{
    for (;;) {
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child)
            return true;
        if (now_ms() >= until || (ended < 0 && errno != EINTR))
            break;
        poll(NULL, 0, 5);
    }
    kill_and_wait(child);
    return false;
}

bool had_aws_process_run(struct had_arena *arena, had_str command, uint32_t timeout_ms,
                         had_str *output, had_str *error)
{
    char **words;
    int ends[2];
    if (!had_aws_process_words(arena, command, &words, error))
        return false;
    if (pipe(ends) != 0) {
        *error = had_str_printf(arena, "no pipe for `%s`: %s", words[0], strerror(errno));
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t child;
    int failed = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        *error = had_str_printf(arena, "`%s` of credential_process cannot be run: %s", words[0],
                                strerror(failed));
        return false;
    }
    struct had_buffer text = {0};
    int64_t until = now_ms() + timeout_ms;
    const char *why = read_all(ends[0], until, &text);
    close(ends[0]);
    int status = 0;
    if (!why && !ends_by(child, until, &status))
        why = "did not end in time";
    else if (why)
        kill_and_wait(child);
    /* posix_spawn may also tell by status 127 that there is no such program. */
    if (!why && WIFEXITED(status) && WEXITSTATUS(status) == 127)
        why = "cannot be run";
    else if (!why && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        why = "failed";
    if (why)
        *error = had_str_printf(arena, "`%s` of credential_process %s", words[0], why);
    *output = had_str_dup(arena, had_buffer_view(&text));
    if (text.len)
        OPENSSL_cleanse(text.ptr, text.len);
    had_buffer_free(&text);
    return !why;
}
