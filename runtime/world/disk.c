/* The disk on POSIX. What was promised to outlive a loss of power is synced, files and folders. */
#if defined(__linux__)
#define _GNU_SOURCE /* F_OFD_SETLK: locks that belong to the open file and not to the process */
#elif defined(__APPLE__)
#define _DARWIN_C_SOURCE
#endif

#include "base/buffer.h"
#include "base/path.h"
#include "world/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

enum { INFO_MAX = 4096, NAMES_MAX = 1000000 };

struct had_world_file {
    struct had_world_file *next;
    int fd;
    bool lock; /* else: appended to and not synced yet */
    uint32_t len;
    char path[];
};

/* ---- helpers ---- */

static enum had_disk_status fail(struct had_arena *arena, had_str path, const char *what,
                                 had_str *error)
{
    int number = errno;
    *error = had_str_printf(arena, "`" HAD_FMT "` cannot be %s: %s", HAD_ARG(path), what,
                            strerror(number));
    return HAD_DISK_ERROR;
}

static bool write_all(int fd, had_str text)
{
    for (size_t done = 0; done < text.len;) {
        ssize_t n = write(fd, text.ptr + done, text.len - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool sync_fd(int fd)
{
#if defined(F_FULLFSYNC)
    /* There fsync leaves the bytes in the drive's cache. */
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return true;
#endif
    return fsync(fd) == 0;
}

static bool sync_folder(struct had_arena *arena, had_str path)
{
    had_str folder = had_path_folder(path);
    const char *name = folder.len                       ? had_str_cstr(arena, folder)
                       : path.len && path.ptr[0] == '/' ? "/"
                                                        : ".";
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = sync_fd(fd);
    int number = errno;
    close(fd);
    errno = number;
    return good;
}

/* Makes the folders above a path, each durable before the next. */
static bool make_folders(struct had_arena *arena, had_str path)
{
    for (uint32_t i = 1; i < path.len; i++) {
        if (path.ptr[i] != '/')
            continue;
        had_str folder = had_str_slice(path, 0, i);
        if (mkdir(had_str_cstr(arena, folder), 0700) == 0) {
            if (!sync_folder(arena, folder))
                return false;
        } else if (errno != EEXIST) {
            return false;
        }
    }
    return true;
}

static struct had_world_file **find(struct had_world *world, had_str path, bool lock)
{
    struct had_world_file **at = &world->files;
    while (*at && ((*at)->lock != lock || !had_str_eq((had_str){(*at)->path, (*at)->len}, path)))
        at = &(*at)->next;
    return at;
}

static void keep(struct had_world *world, had_str path, int fd, bool lock)
{
    struct had_world_file *file = had_xmalloc(sizeof *file + path.len + 1);
    *file = (struct had_world_file){world->files, fd, lock, path.len};
    memcpy(file->path, path.ptr, path.len);
    world->files = file;
}

static int take(struct had_world_file **at)
{
    struct had_world_file *file = *at;
    int fd = file->fd;
    *at = file->next;
    free(file);
    return fd;
}

/* ---- files ---- */

static enum had_disk_status disk_read(void *context, struct had_arena *arena, had_str path,
                                      uint32_t max_bytes, had_str *text, had_str *error)
{
    (void)context;
    *text = (had_str){0};
    int fd = open(had_str_cstr(arena, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? HAD_DISK_MISSING
                                                   : fail(arena, path, "read", error);
    struct had_buffer bytes = {0};
    char piece[65536];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) != 0 && bytes.len <= max_bytes) {
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0)
            had_buffer_add(&bytes, piece, (size_t)n);
    }
    int number = errno;
    close(fd);
    enum had_disk_status status = HAD_DISK_OK;
    errno = number;
    if (n < 0)
        status = fail(arena, path, "read", error);
    else if (bytes.len > max_bytes) {
        *error = had_str_printf(arena, "`" HAD_FMT "` is larger than %u bytes", HAD_ARG(path),
                                max_bytes);
        status = HAD_DISK_ERROR;
    } else {
        *text = had_str_dup(arena, had_buffer_view(&bytes));
    }
    had_buffer_free(&bytes);
    return status;
}

static enum had_disk_status disk_write(void *context, struct had_arena *arena, had_str path,
                                       had_str text, had_str *error)
{
    (void)context;
    const char *name = had_str_cstr(arena, path);
    const char *beside = had_str_cstr(
        arena, had_str_printf(arena, HAD_FMT ".%ld.new", HAD_ARG(path), (long)getpid()));
    if (!make_folders(arena, path))
        return fail(arena, path, "written", error);
    unlink(beside); /* of an earlier process with this number */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(arena, path, "written", error);
    bool good = write_all(fd, text) && sync_fd(fd);
    int number = errno;
    if (close(fd) != 0 && good) {
        good = false;
        number = errno;
    }
    if (good && rename(beside, name) == 0 && sync_folder(arena, path))
        return HAD_DISK_OK;
    if (good)
        number = errno;
    unlink(beside);
    errno = number;
    return fail(arena, path, "written", error);
}

static enum had_disk_status disk_append(void *context, struct had_arena *arena, had_str path,
                                        had_str text, had_str *error)
{
    struct had_world *world = context;
    struct had_world_file **open_file = find(world, path, false);
    int fd = *open_file ? (*open_file)->fd : -1;
    if (fd < 0) {
        const char *name = had_str_cstr(arena, path);
        int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
        fd = open(name, flags);
        if (fd < 0 && errno == ENOENT && make_folders(arena, path)) {
            fd = open(name, flags | O_CREAT, 0600);
            if (fd >= 0 && !sync_folder(arena, path)) {
                int number = errno;
                close(fd);
                errno = number;
                fd = -1;
            }
        }
        if (fd < 0)
            return fail(arena, path, "written", error);
        /* Open until the sync: an error of writing back is told to who had the file open. */
        keep(world, path, fd, false);
    }
    return write_all(fd, text) ? HAD_DISK_OK : fail(arena, path, "written", error);
}

static enum had_disk_status disk_sync(void *context, struct had_arena *arena, had_str path,
                                      had_str *error)
{
    struct had_world *world = context;
    struct had_world_file **file = find(world, path, false);
    int fd = *file ? take(file) : open(had_str_cstr(arena, path), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(arena, path, "synced", error);
    bool good = sync_fd(fd);
    int number = errno;
    close(fd);
    errno = number;
    return good ? HAD_DISK_OK : fail(arena, path, "synced", error);
}

static enum had_disk_status disk_remove(void *context, struct had_arena *arena, had_str path,
                                        had_str *error)
{
    struct had_world *world = context;
    struct had_world_file **file = find(world, path, false);
    if (*file)
        close(take(file));
    if (unlink(had_str_cstr(arena, path)) == 0)
        return HAD_DISK_OK;
    return errno == ENOENT || errno == ENOTDIR ? HAD_DISK_MISSING
                                               : fail(arena, path, "removed", error);
}

static int by_name(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

static enum had_disk_status disk_list(void *context, struct had_arena *arena, had_str folder,
                                      had_str **names, uint32_t *count, had_str *error)
{
    (void)context;
    had_array(had_str) found = {0};
    *names = NULL;
    *count = 0;
    DIR *dir = opendir(had_str_cstr(arena, folder));
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ? HAD_DISK_MISSING
                                                   : fail(arena, folder, "read", error);
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)) && found.count < NAMES_MAX)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *had_push(arena, &found) = had_str_dup(arena, had_str_c(entry->d_name));
    int number = errno;
    closedir(dir);
    errno = number;
    if (number)
        return fail(arena, folder, "read", error);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_name);
    *names = found.items;
    *count = found.count;
    return HAD_DISK_OK;
}

/* ---- locks ---- */

/* The name of a network's file system, or NULL. Numbers: Linux, include/uapi/linux/magic.h. */
static const char *network_of(int fd)
{
    struct statfs fs;
    if (fstatfs(fd, &fs) != 0)
        return NULL;
#if defined(__linux__)
    static const struct {
        uint32_t magic;
        const char *name;
    } table[] = {
        {0x6969, "NFS"},        {0x517b, "SMB"},      {0xff534d42, "CIFS"}, {0xfe534d42, "SMB2"},
        {0x5346414f, "AFS"},    {0x6b414653, "AFS"},  {0x73757245, "Coda"}, {0x00c36400, "Ceph"},
        {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].magic == (uint32_t)fs.f_type)
            return table[i].name;
    return NULL;
#else
    return fs.f_flags & MNT_LOCAL ? NULL : "network";
#endif
}

static bool lock_fd(int fd)
{
#if defined(F_OFD_SETLK)
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
#else
    return flock(fd, LOCK_EX | LOCK_NB) == 0;
#endif
}

static enum had_disk_status disk_lock(void *context, struct had_arena *arena, had_str path,
                                      had_str info, had_str *holder, had_str *error)
{
    *holder = (had_str){0};
    if (!make_folders(arena, path))
        return fail(arena, path, "written", error);
    int fd = open(had_str_cstr(arena, path), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(arena, path, "locked", error);
    const char *network = network_of(fd);
    if (network) {
        *error = had_str_printf(arena,
                                "`" HAD_FMT "` lies on a file system of a network (%s), where a "
                                "lock and a sync do not hold what they promise",
                                HAD_ARG(path), network);
        close(fd);
        return HAD_DISK_ERROR;
    }
    if (!lock_fd(fd)) {
        bool held = errno == EAGAIN || errno == EACCES || errno == EWOULDBLOCK;
        enum had_disk_status status = held ? HAD_DISK_HELD : fail(arena, path, "locked", error);
        char text[INFO_MAX];
        ssize_t n = held ? pread(fd, text, sizeof text, 0) : 0;
        *holder = had_str_dup(arena, (had_str){text, n > 0 ? (uint32_t)n : 0});
        close(fd);
        return status;
    }
    /* The file stays when the lock is given back: removing it would let two hold "the" lock. */
    had_str shown = had_str_slice(info, 0, info.len < INFO_MAX ? info.len : INFO_MAX);
    if (ftruncate(fd, 0) != 0 || !write_all(fd, shown)) {
        enum had_disk_status status = fail(arena, path, "written", error);
        close(fd);
        return status;
    }
    keep(context, path, fd, true);
    return HAD_DISK_OK;
}

static void disk_unlock(void *context, had_str path)
{
    struct had_world_file **file = find(context, path, true);
    if (!*file)
        return;
    int fd = take(file);
    /* Only a text for people; the lock itself ends with the close. */
    if (ftruncate(fd, 0) != 0)
        errno = 0;
    close(fd);
}

struct had_disk had_disk_posix(struct had_world *world)
{
    return (struct had_disk){.context = world,
                             .read = disk_read,
                             .write = disk_write,
                             .append = disk_append,
                             .sync = disk_sync,
                             .remove = disk_remove,
                             .list = disk_list,
                             .lock = disk_lock,
                             .unlock = disk_unlock};
}

void had_disk_posix_close(struct had_world *world)
{
    while (world->files)
        close(take(&world->files));
}
