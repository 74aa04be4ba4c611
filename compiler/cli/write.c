/*
 * A folder of generated files. Its list, `.had-build`, says which files a build wrote and with
 * which content, so that the next one replaces or removes its own and never touches anything else.
 */
#include "cli/cli.h"

#include "base/path.h"
#include "base/symbol.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_NAME ".had-build"
#define STAGE_NAME ".had-stage"

struct written {
    had_str path, digest;
};
typedef had_array(struct written) list;

static bool complain(had_str path, const char *text)
{
    fprintf(stderr, "had: " HAD_FMT ": %s\n", HAD_ARG(path), text);
    return false;
}

static had_str digest(struct had_arena *arena, had_str text)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    EVP_Digest(text.ptr ? text.ptr : "", text.len, bytes, &len, EVP_sha256(), NULL);
    char *hex = had_arena_alloc(arena, (size_t)len * 2 + 1);
    for (unsigned int i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return (had_str){hex, len * 2};
}

/* Reads a plain file without following a link at its end; false if there is none. */
static bool slurp(struct had_arena *arena, had_str path, had_str *out)
{
    int fd = open(had_str_cstr(arena, path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct had_buffer b = {0};
    char chunk[65536];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            had_buffer_add(&b, chunk, (size_t)n);
    close(fd);
    *out = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return n == 0;
}

/* Generated files can be made again, so nothing waits for the disk: the rename is what must be
 * whole. */
static bool write_all(struct had_arena *arena, had_str path, had_str text)
{
    int fd =
        open(had_str_cstr(arena, path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return complain(path, strerror(errno));
    size_t done = 0;
    while (done < text.len) {
        ssize_t n = write(fd, text.ptr + done, text.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    bool good = done == text.len;
    if (close(fd) != 0 || !good)
        return complain(path, strerror(errno));
    return true;
}

/* Makes the folders above a path below `root`; a link among them is refused. */
static bool make_folders(struct had_arena *arena, had_str root, had_str below)
{
    for (uint32_t i = 0; i <= below.len; i++) {
        if (i < below.len && below.ptr[i] != '/')
            continue;
        had_str path =
            i ? had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(root), (int)i, below.ptr) : root;
        struct stat st;
        char *name = had_str_cstr(arena, path);
        if (lstat(name, &st) == 0) {
            bool folder = S_ISDIR(st.st_mode) || (path.ptr == root.ptr && S_ISLNK(st.st_mode));
            if (!folder)
                return complain(path, "is in the way: it is no folder");
        } else if (mkdir(name, 0755) != 0) {
            return complain(path, strerror(errno));
        }
    }
    return true;
}

static bool make_root(struct had_arena *arena, had_str root)
{
    for (uint32_t i = 1; i <= root.len; i++) {
        if (i < root.len && root.ptr[i] != '/')
            continue;
        char *name = had_str_cstr(arena, had_str_slice(root, 0, i));
        struct stat st;
        if (stat(name, &st) == 0) {
            if (!S_ISDIR(st.st_mode))
                return complain(root, "is no folder");
        } else if (mkdir(name, 0755) != 0) {
            return complain(root, strerror(errno));
        }
    }
    return true;
}

static void read_list(struct had_arena *arena, had_str root, list *out)
{
    had_str text;
    if (!slurp(arena, had_str_printf(arena, HAD_FMT "/" LIST_NAME, HAD_ARG(root)), &text))
        return;
    uint32_t start = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\n')
            continue;
        had_str line = had_str_slice(text, start, i);
        start = i + 1;
        had_str path = had_str_slice(line, 66, line.len), clean;
        /* The list lies in the folder and may have been edited: it must not name anything outside.
         */
        if (line.len > 66 && had_path_resolve(arena, (had_str){0}, path, &clean) &&
            had_str_eq(path, clean))
            *had_push(arena, out) = (struct written){path, had_str_slice(line, 0, 64)};
    }
}

/* Paths in a table, as large builds have tens of thousands. */
static bool holds(const struct had_symbols *paths, had_str path)
{
    return had_symbol_find(paths, path) != 0;
}

static had_str join(struct had_arena *arena, had_str folder, had_str path)
{
    return had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(folder), HAD_ARG(path));
}

static void remove_folders(struct had_arena *arena, had_str root, had_str path)
{
    for (had_str folder = had_path_folder(path); folder.len; folder = had_path_folder(folder))
        if (rmdir(had_str_cstr(arena, join(arena, root, folder))) != 0)
            break; /* not empty: others' files are there */
}

static void remove_stage(struct had_arena *arena, had_str stage, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        unlink(had_str_cstr(arena, had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(stage), i)));
    rmdir(had_str_cstr(arena, stage));
}

enum had_write_status had_write_output(struct had_cli *cli, const char *folder,
                                       const struct had_output *output, bool check)
{
    struct had_arena *arena = &cli->arena;
    had_str root = had_str_c(folder);
    while (root.len > 1 && root.ptr[root.len - 1] == '/')
        root.len--;
    list before = {0};
    read_list(arena, root, &before);
    struct had_symbols listed, made;
    had_symbols_init(&listed, arena);
    had_symbols_init(&made, arena);
    for (uint32_t i = 0; i < before.count; i++)
        had_intern(&listed, before.items[i].path);
    for (uint32_t i = 0; i < output->files.count; i++)
        had_intern(&made, output->files.items[i].path);
    uint32_t stale = 0;
    struct had_buffer names = {0};
    for (uint32_t i = 0; i < output->files.count; i++) {
        const struct had_output_file *f = &output->files.items[i];
        had_str there;
        bool exists = slurp(arena, join(arena, root, f->path), &there);
        bool same = exists && had_str_eq(there, f->text);
        if (check && !same) {
            printf("%s " HAD_FMT "\n",
                   exists ? "differs:" : "missing:", HAD_ARG(join(arena, root, f->path)));
            stale++;
        }
        if (!check && exists && !same && !holds(&listed, f->path)) {
            complain(join(arena, root, f->path),
                     "stands where a build would write, and no build wrote it; move it away");
            had_buffer_free(&names);
            return HAD_WRITE_FAILED;
        }
        had_buffer_printf(&names, HAD_FMT "  " HAD_FMT "\n", HAD_ARG(digest(arena, f->text)),
                          HAD_ARG(f->path));
    }
    for (uint32_t i = 0; i < before.count; i++) {
        had_str there;
        if (holds(&made, before.items[i].path) ||
            !slurp(arena, join(arena, root, before.items[i].path), &there))
            continue;
        if (check) {
            printf("left over: " HAD_FMT "\n", HAD_ARG(join(arena, root, before.items[i].path)));
            stale++;
        }
    }
    if (check) {
        had_buffer_free(&names);
        return stale ? HAD_WRITE_STALE : HAD_WRITE_DONE;
    }

    /* Stage everything, so that a full disk or a signal leaves the folder as it was. */
    had_str stage = join(arena, root, HAD_STR(STAGE_NAME));
    enum had_write_status status = HAD_WRITE_FAILED;
    uint32_t staged = 0;
    if (!make_root(arena, root))
        goto done;
    bool fresh = mkdir(had_str_cstr(arena, stage), 0755) == 0;
    if (!fresh && errno == EEXIST) { /* left by a build that was interrupted */
        remove_stage(arena, stage, output->files.count + 4096);
        fresh = mkdir(had_str_cstr(arena, stage), 0755) == 0;
    }
    if (!fresh) {
        complain(stage, strerror(errno));
        goto done;
    }
    for (; staged < output->files.count; staged++)
        if (!write_all(arena, had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(stage), staged),
                       output->files.items[staged].text))
            goto clean;
    if (!write_all(arena, had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(stage), staged),
                   had_buffer_view(&names)))
        goto clean;
    for (uint32_t i = 0; i < output->files.count; i++)
        if (!make_folders(arena, root, had_path_folder(output->files.items[i].path)))
            goto clean;
    for (uint32_t i = 0; i <= output->files.count; i++) {
        had_str to =
            join(arena, root,
                 i < output->files.count ? output->files.items[i].path : HAD_STR(LIST_NAME));
        had_str from = had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(stage), i);
        if (rename(had_str_cstr(arena, from), had_str_cstr(arena, to)) != 0) {
            complain(to, strerror(errno));
            goto clean;
        }
    }
    for (uint32_t i = 0; i < before.count; i++) {
        had_str path = before.items[i].path, there;
        if (holds(&made, path) || !slurp(arena, join(arena, root, path), &there))
            continue;
        if (!had_str_eq(digest(arena, there), before.items[i].digest)) {
            fprintf(stderr,
                    "had: " HAD_FMT " is no longer part of the build but was edited; it stays\n",
                    HAD_ARG(join(arena, root, path)));
            continue;
        }
        unlink(had_str_cstr(arena, join(arena, root, path)));
        remove_folders(arena, root, path);
    }
    status = HAD_WRITE_DONE;
clean:
    remove_stage(arena, stage, output->files.count + 1);
done:
    had_buffer_free(&names);
    return status;
}

bool had_write_file(const char *path, had_str text)
{
    struct had_arena arena = {0};
    had_str temporary = had_str_printf(&arena, "%s.had-%ld", path, (long)getpid());
    struct stat st;
    bool good = write_all(&arena, temporary, text);
    if (good && stat(path, &st) == 0)
        good = chmod(temporary.ptr, st.st_mode & 07777) == 0;
    if (good && rename(temporary.ptr, path) != 0)
        good = complain(had_str_c(path), strerror(errno));
    if (!good)
        unlink(temporary.ptr);
    had_arena_free(&arena);
    return good;
}
