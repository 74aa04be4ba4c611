#include "cli/cli.h"

#include "base/path.h"
#include "format/format.h"
#include "syntax/parse.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fmt {
    struct had_cli *cli;
    uint32_t changed, failed;
};

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
        fprintf(stderr, "had fmt: " HAD_FMT " has errors and is left as it is\n", HAD_ARG(path));
        f->failed++;
    } else {
        struct had_buffer out = {0};
        had_format(&out, &c.sources, file);
        bool same = had_str_eq(had_buffer_view(&out), text);
        f->changed += !same;
        if (!same && f->cli->diff)
            had_print_diff(had_str_cstr(&c.arena, path), text, had_buffer_view(&out));
        if (standard && !f->cli->check && !f->cli->diff)
            had_cli_print(had_buffer_view(&out));
        else if (!same && !f->cli->check && !f->cli->diff) {
            if (!had_write_file(had_str_cstr(&c.arena, path), had_buffer_view(&out)))
                f->failed++;
        }
        if (!same && !standard && !f->cli->quiet && !f->cli->diff)
            printf(HAD_FMT "%s\n", HAD_ARG(path), f->cli->check ? " is not formatted" : "");
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
                HAD_ARG(path));
        f->failed++;
    } else {
        format_text(f, path, had_buffer_view(&b), false);
    }
    if (in)
        fclose(in);
    had_buffer_free(&b);
    had_arena_free(&scratch);
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
            struct had_sources sources = {.arena = &cli->arena, .root = had_str_c(operand)};
            had_str *paths = NULL;
            uint32_t count = 0;
            had_array(had_str) folders = {0};
            *had_push(&cli->arena, &folders) = (had_str){"", 0};
            struct had_source_error error =
                had_sources_list(&sources, (had_str){"", 0}, &paths, &count);
            if (error.status) {
                fprintf(stderr, "had fmt: %s %s\n", operand, had_source_status_text(error.status));
                f.failed++;
                continue;
            }
            for (uint32_t k = 0; k < count; k++)
                format_file(&f, strcmp(operand, ".") == 0
                                    ? paths[k]
                                    : had_str_printf(&cli->arena, "%s/" HAD_FMT, operand,
                                                     HAD_ARG(paths[k])));
        } else {
            format_file(&f, had_str_c(operand));
        }
    }
    if (f.failed)
        return HAD_EXIT_USAGE;
    return f.changed && (cli->check || cli->diff) ? HAD_EXIT_FINDINGS : HAD_EXIT_DONE;
}
