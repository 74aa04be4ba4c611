#include "source/source.h"

#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

uint32_t had_sources_add(struct had_sources *sources, had_str path, had_str text)
{
    struct had_source *source = had_new(sources->arena, struct had_source);
    source->path = had_str_dup(sources->arena, path);
    source->text = had_str_dup(sources->arena, text);
    *had_push(sources->arena, &sources->files) = source;
    return sources->files.count;
}

struct had_source_error had_source_check(had_str *text)
{
    struct had_source_error error = {0};
    if (text->len >= 2 &&
        (memcmp(text->ptr, "\xff\xfe", 2) == 0 || memcmp(text->ptr, "\xfe\xff", 2) == 0)) {
        error.status = HAD_SOURCE_UTF16;
        return error;
    }
    if (text->len >= 3 && memcmp(text->ptr, "\xef\xbb\xbf", 3) == 0)
        *text = had_str_slice(*text, 3, text->len);
    uint32_t at = 0;
    while (at < text->len) {
        unsigned char c = (unsigned char)text->ptr[at];
        if (c == 0) {
            error = (struct had_source_error){HAD_SOURCE_NUL, at, 0};
            return error;
        }
        if (c < 0x80) {
            at++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text->ptr + at,
                                              (utf8proc_ssize_t)(text->len - at), &point);
        if (n < 1) {
            error = (struct had_source_error){HAD_SOURCE_NOT_UTF8, at, 0};
            return error;
        }
        at += (uint32_t)n;
    }
    return error;
}

const char *had_source_status_text(enum had_source_status status)
{
    switch (status) {
    case HAD_SOURCE_MISSING:
        return "does not exist";
    case HAD_SOURCE_NOT_REGULAR:
        return "is not a regular file";
    case HAD_SOURCE_LINK:
        return "is a symbolic link, or is reached through one";
    case HAD_SOURCE_OUTSIDE:
        return "is outside the spec's folder";
    case HAD_SOURCE_TOO_LARGE:
        return "is too large";
    case HAD_SOURCE_UTF16:
        return "is UTF-16; save it as UTF-8";
    case HAD_SOURCE_NUL:
        return "holds a NUL byte";
    case HAD_SOURCE_NOT_UTF8:
        return "is not valid UTF-8";
    case HAD_SOURCE_OK:
    case HAD_SOURCE_UNREADABLE:
        break;
    }
    return "cannot be read";
}

/*
 * Opens `path` below `base`, one step at a time and without following symbolic links, so that a
 * spec from a pull request cannot reach outside its folder even by a link committed next to it.
 */
static int open_below(had_str base, had_str path, bool folder, struct had_source_error *error)
{
    char name[256];
    struct had_arena scratch = {0};
    int dir =
        open(base.len ? had_str_cstr(&scratch, base) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    had_arena_free(&scratch);
    if (dir < 0) {
        error->status = errno == ENOENT ? HAD_SOURCE_MISSING : HAD_SOURCE_UNREADABLE;
        error->error = errno;
        return -1;
    }
    uint32_t start = 0;
    while (start < path.len) {
        uint32_t end = start;
        while (end < path.len && path.ptr[end] != '/')
            end++;
        bool last = end == path.len;
        if (end - start >= sizeof name) {
            close(dir);
            error->status = HAD_SOURCE_MISSING;
            return -1;
        }
        memcpy(name, path.ptr + start, end - start);
        name[end - start] = '\0';
        start = end + 1;
        struct stat st;
        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            error->status =
                errno == ENOENT || errno == ENOTDIR ? HAD_SOURCE_MISSING : HAD_SOURCE_UNREADABLE;
            error->error = errno;
            close(dir);
            return -1;
        }
        bool want_folder = !last || folder;
        if (S_ISLNK(st.st_mode))
            error->status = HAD_SOURCE_LINK;
        else if (want_folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode))
            error->status = HAD_SOURCE_NOT_REGULAR;
        if (error->status) {
            close(dir);
            return -1;
        }
        int next = openat(dir, name,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
                              (want_folder ? O_DIRECTORY : 0));
        int saved = errno;
        close(dir);
        if (next < 0) {
            error->status = saved == ELOOP ? HAD_SOURCE_LINK : HAD_SOURCE_UNREADABLE;
            error->error = saved;
            return -1;
        }
        dir = next;
    }
    return dir;
}

static bool is_std(had_str path)
{
    return had_str_starts(path, "std:");
}

struct had_source_error had_sources_load(struct had_sources *sources, had_str path, bool data,
                                         uint32_t *file)
{
    struct had_source_error error = {0};
    for (uint32_t i = 0; i < sources->files.count; i++) {
        if (had_str_eq(sources->files.items[i]->path, path)) {
            *file = i + 1;
            return sources->files.items[i]->error;
        }
    }
    had_str base = sources->root, below = path;
    if (is_std(path)) {
        base = sources->std_dir;
        below = had_str_slice(path, 4, path.len);
        if (!base.len) {
            error.status = HAD_SOURCE_MISSING;
            return error;
        }
    }
    had_str clean;
    if (!had_path_resolve(sources->arena, (had_str){0}, below, &clean)) {
        error.status = HAD_SOURCE_OUTSIDE;
        return error;
    }
    int fd = open_below(base, clean, false, &error);
    if (fd < 0)
        return error;
    struct stat st;
    size_t limit = data ? HAD_SOURCE_DATA_MAX : HAD_SOURCE_MAX;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error.status = HAD_SOURCE_NOT_REGULAR;
    } else if ((uint64_t)st.st_size > limit) {
        error.status = HAD_SOURCE_TOO_LARGE;
    } else {
        size_t size = (size_t)st.st_size, got = 0;
        char *text = had_arena_alloc(sources->arena, size + 1);
        while (got < size) {
            ssize_t n = read(fd, text + got, size - got);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0) {
                error.status = HAD_SOURCE_UNREADABLE;
                error.error = errno;
                break;
            }
            if (n == 0)
                break;
            got += (size_t)n;
        }
        if (!error.status) {
            had_str body = {text, (uint32_t)got};
            error = had_source_check(&body);
            struct had_source *source = had_new(sources->arena, struct had_source);
            source->path = had_str_dup(sources->arena, path);
            source->text = body;
            source->is_data = data;
            source->error = error;
            *had_push(sources->arena, &sources->files) = source;
            *file = sources->files.count;
        }
    }
    close(fd);
    return error;
}

static int by_name(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

struct had_source_error had_sources_list(struct had_sources *sources, had_str folder,
                                         had_str **paths, uint32_t *count)
{
    struct had_source_error error = {0};
    had_str base = sources->root, below = folder, prefix = {"", 0};
    if (is_std(folder)) {
        base = sources->std_dir;
        below = had_str_slice(folder, 4, folder.len);
        prefix = HAD_STR("std:");
    }
    had_str clean = {"", 0};
    if (below.len && !had_str_is(below, ".") &&
        !had_path_resolve(sources->arena, (had_str){0}, below, &clean)) {
        error.status = HAD_SOURCE_OUTSIDE;
        return error;
    }
    int fd = open_below(base, clean, true, &error);
    if (fd < 0)
        return error;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        error = (struct had_source_error){HAD_SOURCE_UNREADABLE, 0, errno};
        close(fd);
        return error;
    }
    had_array(had_str) found = {0};
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        had_str name = had_str_c(entry->d_name);
        if (!had_str_ends(name, ".had") || name.ptr[0] == '.')
            continue;
        *had_push(sources->arena, &found) =
            had_str_printf(sources->arena, HAD_FMT HAD_FMT "%s" HAD_FMT, HAD_ARG(prefix),
                           HAD_ARG(clean), clean.len ? "/" : "", HAD_ARG(name));
    }
    closedir(dir);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_name);
    *paths = found.items;
    *count = found.count;
    return error;
}

void had_sources_show(struct had_sources *sources, had_str prefix)
{
    bool slash = prefix.len && prefix.ptr[prefix.len - 1] != '/';
    for (uint32_t i = 0; prefix.len && i < sources->files.count; i++) {
        struct had_source *source = sources->files.items[i];
        if (!is_std(source->path))
            source->shown = had_str_printf(sources->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(prefix),
                                           slash ? "/" : "", HAD_ARG(source->path));
    }
}

const struct had_source *had_source_of(const struct had_sources *sources, struct had_span span)
{
    if (!span.file || span.file > sources->files.count)
        return NULL;
    return sources->files.items[span.file - 1];
}

had_str had_source_text(const struct had_sources *sources, struct had_span span)
{
    const struct had_source *source = had_source_of(sources, span);
    return source ? had_str_slice(source->text, span.start, span.end) : (had_str){0};
}

static void index_lines(const struct had_sources *sources, struct had_source *source)
{
    if (source->lines)
        return;
    uint32_t count = 1;
    for (uint32_t i = 0; i < source->text.len; i++)
        count += source->text.ptr[i] == '\n';
    source->lines = had_new_n(sources->arena, uint32_t, count);
    source->line_count = 1;
    for (uint32_t i = 0; i < source->text.len; i++)
        if (source->text.ptr[i] == '\n')
            source->lines[source->line_count++] = i + 1;
}

struct had_position had_source_position(const struct had_sources *sources, uint32_t file,
                                        uint32_t offset)
{
    if (!file || file > sources->files.count)
        return (struct had_position){0, 0};
    struct had_source *source = sources->files.items[file - 1];
    index_lines(sources, source);
    if (offset > source->text.len)
        offset = source->text.len;
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    /* A long line with many findings is not counted from its start for each of them. */
    uint32_t from = source->lines[low], column = 1;
    if (source->last_line == low + 1 && source->last_offset <= offset) {
        from = source->last_offset;
        column = source->last_column;
    }
    for (uint32_t i = from; i < offset; i++)
        column += ((unsigned char)source->text.ptr[i] & 0xc0) != 0x80; /* starts of characters */
    source->last_offset = offset;
    source->last_line = low + 1;
    source->last_column = column;
    return (struct had_position){low + 1, column};
}

had_str had_source_line(const struct had_sources *sources, uint32_t file, uint32_t line)
{
    if (!file || file > sources->files.count || !line)
        return (had_str){0};
    struct had_source *source = sources->files.items[file - 1];
    index_lines(sources, source);
    if (line > source->line_count)
        return (had_str){0};
    uint32_t start = source->lines[line - 1];
    uint32_t end = line < source->line_count ? source->lines[line] - 1 : source->text.len;
    if (end > start && source->text.ptr[end - 1] == '\r')
        end--;
    return had_str_slice(source->text, start, end);
}
