#include "base/path.h"

#include <string.h>

had_str had_path_folder(had_str path)
{
    for (uint32_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/')
            return had_str_slice(path, 0, i - 1);
    return (had_str){"", 0};
}

had_str had_path_name(had_str path)
{
    for (uint32_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/')
            return had_str_slice(path, i, path.len);
    return path;
}

bool had_path_resolve(struct had_arena *arena, had_str folder, had_str relative, had_str *out)
{
    if (relative.len == 0 || relative.ptr[0] == '/' || memchr(relative.ptr, '\0', relative.len) ||
        memchr(relative.ptr, '\\', relative.len))
        return false;
    char *path = had_arena_alloc(arena, (size_t)folder.len + relative.len + 2);
    uint32_t len = 0;
    had_str parts[2] = {folder, relative};
    for (int p = 0; p < 2; p++) {
        uint32_t start = 0;
        for (uint32_t i = 0; i <= parts[p].len; i++) {
            if (i < parts[p].len && parts[p].ptr[i] != '/')
                continue;
            had_str step = had_str_slice(parts[p], start, i);
            start = i + 1;
            if (step.len == 0 || had_str_is(step, "."))
                continue;
            if (had_str_is(step, "..")) {
                if (len == 0)
                    return false;
                while (len > 0 && path[len - 1] != '/')
                    len--;
                if (len > 0)
                    len--;
                continue;
            }
            if (len > 0)
                path[len++] = '/';
            memcpy(path + len, step.ptr, step.len);
            len += step.len;
        }
    }
    *out = (had_str){path, len};
    return len > 0;
}
