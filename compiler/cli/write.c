/*
 * A folder of generated files. Its list, `.had-build`, says which files a build wrote and with
 * which content, so that the next one replaces or removes its own and never touches anything else.
 */
#include "cli/cli.h"

#include "base/path.h"
#include "base/symbol.h"
#include "emit/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
static int create(struct had_arena *arena, had_str path)
{
    int fd =
        open(had_str_cstr(arena, path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        complain(path, strerror(errno));
    return fd;
}

static bool write_to(int fd, had_str path, had_str text)
{
    size_t done = 0;
    while (done < text.len) {
        ssize_t n = write(fd, text.ptr + done, text.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    return done == text.len || complain(path, strerror(errno));
}

static bool close_written(int fd, had_str path)
{
    return close(fd) == 0 || complain(path, strerror(errno));
}

static bool write_all(struct had_arena *arena, had_str path, had_str text)
{
    int fd = create(arena, path);
    if (fd < 0)
        return false;
    bool good = write_to(fd, path, text);
    return close_written(fd, path) && good;
}

/*
 * Makes the folders above a path below `root`; a link among them is refused. Those that it shares
 * with `made` are there already.
 */
static bool make_folders(struct had_arena *arena, had_str root, had_str below, had_str made)
{
    uint32_t same = 0;
    while (same < below.len && same < made.len && below.ptr[same] == made.ptr[same])
        same++;
    for (uint32_t i = 1; i <= below.len; i++) {
        if (i < below.len && below.ptr[i] != '/')
            continue;
        if (i <= same && (i == made.len || made.ptr[i] == '/'))
            continue;
        had_str path = had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(root), (int)i, below.ptr);
        if (mkdir(path.ptr, 0755) == 0)
            continue;
        int error = errno;
        struct stat st;
        if (lstat(path.ptr, &st) != 0)
            return complain(path, strerror(error));
        if (!S_ISDIR(st.st_mode))
            return complain(path, "is in the way: it is no folder");
    }
    return true;
}

/* *made becomes the length of the first part of `root` that was not there before, or 0. */
static bool make_root(struct had_arena *arena, had_str root, uint32_t *made)
{
    for (uint32_t i = 1; i <= root.len; i++) {
        if (i < root.len && root.ptr[i] != '/')
            continue;
        char *name = had_str_cstr(arena, had_str_slice(root, 0, i));
        struct stat st;
        if (stat(name, &st) == 0) {
            if (!S_ISDIR(st.st_mode))
                return complain(root, "is no folder");
        } else if (mkdir(name, 0755) == 0) {
            *made = *made ? *made : i;
        } else if (errno != EEXIST || stat(name, &st) != 0 || !S_ISDIR(st.st_mode)) {
            return complain(root, strerror(errno));
        } /* a build beside this one has made it in between */
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

/* ---- the writer ---- */

struct target {
    had_str path, digest;
    uint32_t staged;   /* number in the stage + 1; 0: it stands there already */
    const char *stale; /* of a check: "missing:", "differs:", or NULL */
};

enum found { FOUND_NOTHING, FOUND_OTHER, FOUND_SAME };

/* A file that comes: compared with what stands there, and staged unless that is known to be the
 * same. */
struct incoming {
    bool open;
    int there, staged; /* files, or -1 */
    enum found found;  /* so far */
    struct had_digest *digest;
};

struct had_writer {
    struct had_arena arena;
    had_str root, stage;
    bool check, failed, open; /* open: the stage is there */
    bool empty;               /* the folder was not there before: nothing stands in it */
    uint32_t made;            /* of make_root */
    uint32_t staged;
    struct incoming incoming;
    list before; /* what the last build wrote */
    struct had_symbols listed;
    had_array(struct target) targets;
};

struct had_writer *had_writer_open(const char *folder, bool check)
{
    struct had_writer *w = had_xmalloc(sizeof *w);
    *w = (struct had_writer){.check = check, .incoming = {.there = -1, .staged = -1}};
    w->root = had_str_dup(&w->arena, had_str_c(folder));
    while (w->root.len > 1 && w->root.ptr[w->root.len - 1] == '/')
        w->root.len--;
    w->stage = join(&w->arena, w->root, HAD_STR(STAGE_NAME));
    struct stat st;
    w->empty = stat(had_str_cstr(&w->arena, w->root), &st) != 0 && errno == ENOENT;
    read_list(&w->arena, w->root, &w->before);
    had_symbols_init(&w->listed, &w->arena);
    for (uint32_t i = 0; i < w->before.count; i++)
        had_intern(&w->listed, w->before.items[i].path);
    return w;
}

/* Whether the next bytes of what stands there are those of the text; with `last` they have to end.
 */
static enum found compare(int there, had_str text, bool last)
{
    char chunk[32768];
    uint32_t at = 0;
    for (;;) {
        uint32_t left = text.len - at;
        size_t want = left < sizeof chunk ? left : sizeof chunk;
        ssize_t n = want || last ? read(there, chunk, want ? want : 1) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FOUND_NOTHING;
        if (!want)
            return n == 0 ? FOUND_SAME : FOUND_OTHER;
        if (n == 0 || memcmp(chunk, text.ptr + at, (size_t)n) != 0)
            return FOUND_OTHER;
        at += (uint32_t)n;
    }
}

static bool open_stage(struct had_writer *w)
{
    if (w->open)
        return true;
    if (!make_root(&w->arena, w->root, &w->made))
        return false;
    char *name = had_str_cstr(&w->arena, w->stage);
    bool fresh = mkdir(name, 0755) == 0;
    if (!fresh && errno == EEXIST) { /* left by a build that was interrupted */
        remove_stage(&w->arena, w->stage, w->before.count + 4096);
        fresh = mkdir(name, 0755) == 0;
    }
    if (!fresh)
        return complain(w->stage, strerror(errno));
    w->open = true;
    return true;
}

static had_str stage_path(const struct had_writer *w, struct had_arena *arena)
{
    return had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(w->stage), w->staged);
}

static bool stage(struct had_writer *w, struct had_arena *arena, had_str text)
{
    if (!open_stage(w) || !write_all(arena, stage_path(w, arena), text))
        return false;
    w->staged++;
    return true;
}

/* The next piece of a file that is not whole yet; false if it cannot be staged. */
static bool take_piece(struct had_writer *w, struct had_arena *arena, had_str text)
{
    struct incoming *in = &w->incoming;
    if (w->check)
        return true;
    in->digest = had_digest_add(in->digest, text);
    had_str path = stage_path(w, arena);
    if (in->staged < 0 && open_stage(w))
        in->staged = create(arena, path);
    return in->staged >= 0 && write_to(in->staged, path, text);
}

/* What a file of pieces is at its end: staged under the next number, or there already. */
static bool end_pieces(struct had_writer *w, struct had_arena *arena)
{
    struct incoming *in = &w->incoming;
    if (in->staged < 0)
        return true;
    had_str path = stage_path(w, arena);
    bool good = close_written(in->staged, path);
    in->staged = -1;
    if (in->found == FOUND_SAME)
        unlink(had_str_cstr(arena, path));
    else
        w->staged++;
    return good;
}

/* What comes is compared piece by piece with what stands there, without following a link. */
static void meet(struct had_writer *w, struct had_arena *arena, had_str path, had_str text,
                 bool last)
{
    struct incoming *in = &w->incoming;
    if (!in->open) {
        in->open = true;
        if (!w->empty)
            in->there = open(had_str_cstr(arena, path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        in->found = in->there < 0 ? FOUND_NOTHING : FOUND_SAME;
    }
    if (in->found == FOUND_SAME)
        in->found = compare(in->there, text, last);
}

static void forget_incoming(struct had_writer *w)
{
    struct incoming *in = &w->incoming;
    if (in->there >= 0)
        close(in->there);
    if (in->staged >= 0)
        close(in->staged);
    if (in->digest) {
        struct had_arena scratch = {0};
        had_digest_end(&scratch, in->digest);
        had_arena_free(&scratch);
    }
    *in = (struct incoming){.there = -1, .staged = -1};
}

/* Notes a file that is whole, and stages it if it came in one piece. */
static void note_file(struct had_writer *w, struct had_arena *arena, had_str path,
                      const struct had_output_file *file, bool pieces)
{
    struct incoming *in = &w->incoming;
    struct target *target = had_push(&w->arena, &w->targets);
    target->path = had_str_dup(&w->arena, file->path);
    if (w->check) {
        target->stale = in->found == FOUND_SAME    ? NULL
                        : in->found == FOUND_OTHER ? "differs:"
                                                   : "missing:";
        return;
    }
    if (in->found == FOUND_OTHER && !holds(&w->listed, file->path)) {
        w->failed = true;
        complain(path, "stands where a build would write, and no build wrote it; move it away");
        return;
    }
    if (pieces) {
        target->digest = had_digest_end(&w->arena, in->digest);
        in->digest = NULL;
        w->failed = !end_pieces(w, arena);
    } else {
        target->digest = file->digest.len ? file->digest : had_digest(&w->arena, file->text);
        if (in->found != FOUND_SAME)
            w->failed = !stage(w, arena, file->text);
    }
    if (in->found != FOUND_SAME) /* what is right already stays as it is */
        target->staged = w->staged;
}

void had_writer_file(void *data, const struct had_output_file *file, bool last)
{
    struct had_writer *w = data;
    if (w->failed)
        return;
    struct had_arena scratch = {0};
    had_str path = join(&scratch, w->root, file->path);
    bool pieces = w->incoming.open || !last;
    meet(w, &scratch, path, file->text, last);
    if (pieces)
        w->failed = !take_piece(w, &scratch, file->text);
    if (last && !w->failed)
        note_file(w, &scratch, path, file, pieces);
    if (last || w->failed)
        forget_incoming(w);
    had_arena_free(&scratch);
}

bool had_writer_read(const struct had_writer *w, struct had_arena *arena, had_str path,
                     had_str *text)
{
    return slurp(arena, join(arena, w->root, path), text);
}

static int target_cmp(const void *a, const void *b)
{
    return had_str_cmp(((const struct target *)a)->path, ((const struct target *)b)->path);
}

static bool move(struct had_writer *w, struct had_arena *arena, uint32_t number, had_str path)
{
    had_str to = join(arena, w->root, path);
    had_str from = had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(w->stage), number);
    if (rename(had_str_cstr(arena, from), had_str_cstr(arena, to)) != 0)
        return complain(to, strerror(errno));
    return true;
}

/* Removes what earlier builds wrote and this one does not, unless somebody edited it. */
static void remove_left_over(struct had_writer *w, const struct had_symbols *made)
{
    for (uint32_t i = 0; i < w->before.count; i++) {
        struct had_arena scratch = {0};
        had_str path = w->before.items[i].path, there, full = join(&scratch, w->root, path);
        if (!holds(made, path) && slurp(&scratch, full, &there)) {
            if (had_str_eq(had_digest(&scratch, there), w->before.items[i].digest)) {
                unlink(had_str_cstr(&scratch, full));
                remove_folders(&scratch, w->root, path);
            } else {
                fprintf(stderr,
                        "had: " HAD_FMT
                        " is no longer part of the build but was edited; it stays\n",
                        HAD_ARG(full));
            }
        }
        had_arena_free(&scratch);
    }
}

/* Everything is staged, so that a full disk or a signal before has left the folder as it was. */
static bool move_all(struct had_writer *w, const struct had_symbols *made)
{
    struct had_buffer names = {0};
    had_str last = {0};
    bool good = true;
    for (uint32_t i = 0; i < w->targets.count; i++)
        had_buffer_printf(&names, HAD_FMT "  " HAD_FMT "\n", HAD_ARG(w->targets.items[i].digest),
                          HAD_ARG(w->targets.items[i].path));
    good = stage(w, &w->arena, had_buffer_view(&names));
    had_buffer_free(&names);
    for (uint32_t i = 0; good && i < w->targets.count; i++) {
        had_str folder = had_path_folder(w->targets.items[i].path);
        if (!w->targets.items[i].staged)
            continue;
        good = make_folders(&w->arena, w->root, folder, last);
        last = folder;
    }
    for (uint32_t i = 0; good && i < w->targets.count; i++)
        if (w->targets.items[i].staged)
            good = move(w, &w->arena, w->targets.items[i].staged - 1, w->targets.items[i].path);
    good = good && move(w, &w->arena, w->staged - 1, HAD_STR(LIST_NAME));
    if (good) {
        w->staged = 0; /* all of them stand where they belong */
        remove_left_over(w, made);
    }
    return good;
}

static uint32_t print_stale(struct had_writer *w, const struct had_symbols *made)
{
    uint32_t stale = 0;
    struct had_arena scratch = {0};
    for (uint32_t i = 0; i < w->targets.count; i++) {
        if (!w->targets.items[i].stale)
            continue;
        printf("%s " HAD_FMT "\n", w->targets.items[i].stale,
               HAD_ARG(join(&scratch, w->root, w->targets.items[i].path)));
        stale++;
    }
    for (uint32_t i = 0; i < w->before.count; i++) {
        had_str there, path = join(&scratch, w->root, w->before.items[i].path);
        if (holds(made, w->before.items[i].path) || !slurp(&scratch, path, &there))
            continue;
        printf("left over: " HAD_FMT "\n", HAD_ARG(path));
        stale++;
    }
    had_arena_free(&scratch);
    return stale;
}

enum had_write_status had_writer_close(struct had_writer *w, bool keep)
{
    enum had_write_status status = w->failed || !keep ? HAD_WRITE_FAILED : HAD_WRITE_DONE;
    forget_incoming(w); /* of a build that ended within a file */
    if (w->targets.count > 1)
        qsort(w->targets.items, w->targets.count, sizeof *w->targets.items, target_cmp);
    struct had_symbols made;
    had_symbols_init(&made, &w->arena);
    for (uint32_t i = 0; i < w->targets.count; i++)
        had_intern(&made, w->targets.items[i].path);
    if (status == HAD_WRITE_DONE && w->check && print_stale(w, &made))
        status = HAD_WRITE_STALE;
    else if (status == HAD_WRITE_DONE && !w->check && !move_all(w, &made))
        status = HAD_WRITE_FAILED;
    if (w->open)
        remove_stage(&w->arena, w->stage, w->staged + 1);
    if (status == HAD_WRITE_FAILED && w->made) /* folders that this build made for nothing */
        for (had_str folder = w->root; folder.len >= w->made; folder = had_path_folder(folder))
            if (rmdir(had_str_cstr(&w->arena, folder)) != 0)
                break;
    had_arena_free(&w->arena);
    free(w);
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
