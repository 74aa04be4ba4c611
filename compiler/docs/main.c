/*
 * had_pages markdown DIR            writes the reference
 * had_pages markdown DIR --check    fails if DIR is not what would be written
 * had_pages man DIR VERSION DATE    writes manual pages
 */
#include "docs/docs.h"

#include "check/check.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static had_str path_in(struct had_arena *arena, const char *folder, had_str path)
{
    return had_str_printf(arena, "%s/" HAD_FMT, folder, HAD_ARG(path));
}

static bool read_all(struct had_arena *arena, const char *path, had_str *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    struct had_buffer b = {0};
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        had_buffer_add(&b, chunk, n);
    fclose(file);
    *out = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return true;
}

static bool write_all(struct had_arena *arena, const char *path, had_str text)
{
    char *copy = had_str_cstr(arena, had_str_c(path));
    for (char *at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            return false;
        *at = '/';
    }
    FILE *file = fopen(path, "wb");
    bool good = file && fwrite(text.ptr, 1, text.len, file) == text.len;
    return file && fclose(file) == 0 && good;
}

static bool written(const struct had_output *out, had_str path)
{
    for (uint32_t i = 0; i < out->files.count; i++)
        if (had_str_eq(out->files.items[i].path, path))
            return true;
    return false;
}

/* Pages of things that are no more: told with `check`, removed without. */
static uint32_t left_over(const struct had_output *out, const char *root, had_str below, bool check)
{
    uint32_t count = 0;
    DIR *folder = opendir(below.len ? path_in(out->arena, root, below).ptr : root);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        if (e->d_name[0] == '.')
            continue;
        had_str path = below.len
                           ? had_str_printf(out->arena, HAD_FMT "/%s", HAD_ARG(below), e->d_name)
                           : had_str_dup(out->arena, had_str_c(e->d_name));
        const char *full = path_in(out->arena, root, path).ptr;
        struct stat st;
        if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode)) {
            count += left_over(out, root, path, check);
        } else if (!written(out, path)) {
            printf("%s: %s\n", check ? "left over" : "removed", full);
            count++;
            if (!check)
                unlink(full);
        }
    }
    if (folder)
        closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    struct had_arena arena = {0};
    struct had_output out = {.arena = &arena};
    bool check = argc == 4 && strcmp(argv[3], "--check") == 0;
    bool markdown = (argc == 3 || check) && strcmp(argv[1], "markdown") == 0;
    for (uint32_t i = 0; had_rules[i]; i++) {
        if (had_docs_group(had_rules[i]->group))
            continue;
        fprintf(stderr, "group %s of the rules has no title in compiler/docs/markdown.c\n",
                had_rules[i]->group);
        return 1;
    }
    if (markdown)
        had_docs_markdown(&out);
    else if (argc == 5 && strcmp(argv[1], "man") == 0)
        had_docs_man(&out, argv[3], argv[4]);
    else {
        fprintf(stderr,
                "usage: had_pages markdown DIR [--check], had_pages man DIR VERSION DATE\n");
        return 2;
    }
    had_output_sort(&out);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < out.files.count; i++) {
        const char *path = path_in(&arena, argv[2], out.files.items[i].path).ptr;
        had_str there;
        bool exists = read_all(&arena, path, &there);
        if (exists && had_str_eq(there, out.files.items[i].text))
            continue;
        if (check)
            printf("%s: %s\n", exists ? "differs" : "missing", path);
        else if (!write_all(&arena, path, out.files.items[i].text)) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            return 2;
        }
        wrong++;
    }
    wrong += left_over(&out, argv[2], (had_str){0}, check);
    printf("%u pages, %u %s\n", out.files.count, wrong, check ? "stale" : "changed");
    had_arena_free(&arena);
    return check && wrong ? 1 : 0;
}
