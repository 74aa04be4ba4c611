/* Relative paths inside a spec's folder: text only, no file system. */
#ifndef HAD_BASE_PATH_H
#define HAD_BASE_PATH_H

#include "base/str.h"

/* Folder part of "a/b.had" is "a"; of "b.had" the empty string. */
had_str had_path_folder(had_str path);
had_str had_path_name(had_str path);
/*
 * Joins a folder and a relative path and removes "." and ".." steps. False where the result would
 * leave the root, is absolute, empty, or holds a NUL or a backslash.
 */
bool had_path_resolve(struct had_arena *arena, had_str folder, had_str relative, had_str *out);

#endif
