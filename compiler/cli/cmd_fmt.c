#include "cli/cli.h"

#include "format/format.h"
#include "syntax/parse.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 }; /* of folders in folders */

struct fmt {
    struct had_cli *cli;
    uint32_t changed, failed;
};

/* Names of files may come from anyone's pull request. */
static had_str shown(struct had_arena *arena, had_str path)
{
    struct had_buffer b = {0};
    had_buffer_safe(&b, path);
    had_str safe = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return safe;
}

static void format_text(struct fmt *f, had_str path, had_str text, bool standard)
{
    struct had_compilation c = {0};
    c.sources.arena = &c.arena;
    c.diags.arena = &c.arena;
    struct had_source_error error = had_source_check(&text);
    uint32_t number = had_sources_add(&c.sources, path, text);
    if (error.status)
        had_report_source(&c.diags, (struct had_span){0}, number, path, error);
    struct had_file *file = error.status ? NULL : had_parse(&c.arena, &c.sources, number, &c.diags);
    if (c.diags.errors) {
        had_diags_sort(&c.diags);
        had_cli_findings(f->cli, &c, true);
        fprintf(stderr, "had fmt: " HAD_FMT " has errors and is left as it is\n",
                HAD_ARG(shown(&c.arena, path)));
        f->failed++;
    } else {
        struct had_buffer out = {0};
        had_format(&out, &c.sources, file);
        bool same = had_str_eq(had_buffer_view(&out), text);
        f->changed += !same;
        if (!same && f->cli->diff)
            had_print_diff(had_str_cstr(&c.arena, shown(&c.arena, path)), text,
                           had_buffer_view(&out));
        if (standard && !f->cli->check && !f->cli->diff)
            had_cli_print(had_buffer_view(&out));
        else if (!same && !f->cli->check && !f->cli->diff) {
            if (!had_write_file(had_str_cstr(&c.arena, path), had_buffer_view(&out)))
                f->failed++;
        }
        if (!same && !standard && !f->cli->quiet && !f->cli->diff)
            printf(HAD_FMT "%s\n", HAD_ARG(shown(&c.arena, path)),
                   f->cli->check ? " is not formatted" : "");
        had_buffer_free(&out);
    }
    had_compilation_free(&c);
}

static void format_file(struct fmt *f, had_str path)
{
    struct had_arena scratch = {0};
    struct stat st;
    char *name = had_str_cstr(&scratch, path);
    struct had_buffer b = {0};
    FILE *in = lstat(name, &st) == 0 && S_ISREG(st.st_mode) ? fopen(name, "rb") : NULL;
    if (!in || !had_read_stream(in, &b, HAD_SOURCE_MAX)) {
        fprintf(stderr, "had fmt: " HAD_FMT " is no plain file that can be read, or is too large\n",
                HAD_ARG(shown(&scratch, path)));
        f->failed++;
    } else {
        format_text(f, path, had_buffer_view(&b), false);
    }
    if (in)
        fclose(in);
    had_buffer_free(&b);
    had_arena_free(&scratch);
}

static int by_name(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

/* All `.had` files of a folder and of those below it; hidden ones and links are passed over. */
static void format_folder(struct fmt *f, had_str folder, uint32_t depth)
{
    struct had_arena *arena = &f->cli->arena;
    had_array(had_str) files = {0}, folders = {0};
    DIR *dir = depth < DEPTH_MAX ? opendir(had_str_cstr(arena, folder)) : NULL;
    if (!dir) {
        fprintf(stderr, "had fmt: " HAD_FMT " cannot be read\n", HAD_ARG(shown(arena, folder)));
        f->failed++;
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        struct stat st;
        had_str path = had_str_is(folder, ".")
                           ? had_str_dup(arena, had_str_c(entry->d_name))
                           : had_str_printf(arena, HAD_FMT "/%s", HAD_ARG(folder), entry->d_name);
        if (entry->d_name[0] == '.' || lstat(had_str_cstr(arena, path), &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            *had_push(arena, &folders) = path;
        else if (S_ISREG(st.st_mode) && had_str_ends(path, ".had"))
            *had_push(arena, &files) = path;
    }
    closedir(dir);
    if (files.count)
        qsort(files.items, files.count, sizeof *files.items, by_name);
    if (folders.count)
        qsort(folders.items, folders.count, sizeof *folders.items, by_name);
    for (uint32_t i = 0; i < files.count; i++)
        format_file(f, files.items[i]);
    for (uint32_t i = 0; i < folders.count; i++)
        format_folder(f, folders.items[i], depth + 1);
}

int had_cmd_fmt(struct had_cli *cli)
{
    struct fmt f = {.cli = cli};
    if (!cli->operands.count)
        *had_push(&cli->arena, &cli->operands) = ".";
    for (uint32_t i = 0; i < cli->operands.count; i++) {
        const char *operand = cli->operands.items[i];
        struct stat st;
        if (strcmp(operand, "-") == 0) {
            struct had_buffer b = {0};
            if (had_read_stream(stdin, &b, HAD_SOURCE_MAX))
                format_text(&f, HAD_STR("-"), had_buffer_view(&b), true);
            else
                f.failed++;
            had_buffer_free(&b);
        } else if (stat(operand, &st) == 0 && S_ISDIR(st.st_mode)) {
            had_str folder = had_str_c(operand);
            while (folder.len > 1 && folder.ptr[folder.len - 1] == '/')
                folder.len--;
            format_folder(&f, folder, 0);
        } else {
            format_file(&f, had_str_c(operand));
        }
    }
    if (f.failed)
        return HAD_EXIT_USAGE;
    return f.changed && (cli->check || cli->diff) ? HAD_EXIT_FINDINGS : HAD_EXIT_DONE;
}
