#include "cli/cli.h"

#include "base/path.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_NAME "had-snapshot.json"

/* The snapshot beside the spec: in its folder, or in the folder of its file. */
static const char *usual_file(struct had_cli *cli)
{
    const char *path = cli->operands.count ? cli->operands.items[0] : ".";
    struct stat st;
    had_str folder = had_str_c(path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        folder = had_path_folder(folder);
    if (!folder.len || had_str_is(folder, "."))
        return FILE_NAME;
    const char *slash = folder.ptr[folder.len - 1] == '/' ? "" : "/";
    return had_str_printf(&cli->arena, HAD_FMT "%s" FILE_NAME, HAD_ARG(folder), slash).ptr;
}

static bool read_file(struct had_cli *cli, const char *path, had_str *out)
{
    struct had_buffer text = {0};
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    bool good = file && had_read_stream(file, &text, HAD_SNAPSHOT_MAX);
    if (!good)
        fprintf(stderr, "had snapshot: %s: %s\n", path,
                file && !ferror(file) ? "it is too large" : strerror(errno));
    if (file && !standard)
        fclose(file);
    *out = had_str_dup(&cli->arena, had_buffer_view(&text));
    had_buffer_free(&text);
    return good;
}

static bool read_snapshot(struct had_cli *cli, const char *path, struct had_snapshot *out)
{
    had_str text;
    if (!read_file(cli, path, &text))
        return false;
    const char *problem = had_snapshot_read(&cli->arena, text, out);
    if (problem)
        fprintf(stderr, "had snapshot: %s: %s\n", path, problem);
    return !problem;
}

/* The snapshot of what the operand names: a spec, or a file that ends in .json. */
static int current(struct had_cli *cli, struct had_snapshot *out)
{
    if (cli->operands.count && had_str_ends(had_str_c(cli->operands.items[0]), ".json"))
        return read_snapshot(cli, cli->operands.items[0], out) ? HAD_EXIT_DONE : HAD_EXIT_USAGE;
    struct had_compilation c;
    had_cli_compile(cli, &c, "lower");
    int status = HAD_EXIT_DONE;
    if (c.diags.errors || c.unreadable || !c.graph) {
        status = had_cli_findings(cli, &c, true);
        fprintf(stderr, "had snapshot: the spec has errors\n");
        if (status == HAD_EXIT_DONE)
            status = HAD_EXIT_FINDINGS;
    } else {
        enum had_phase phase = HAD_PHASE_WORKLOADS;
        had_phase_find(had_str_c(c.spec->phase), &phase);
        /* The snapshot points into the compilation: by way of its file it becomes our own. */
        struct had_snapshot taken = {0};
        struct had_buffer text = {0};
        had_snapshot_take(&c.arena, c.graph, phase, &taken);
        had_snapshot_write(&text, &taken);
        if (had_snapshot_read(&cli->arena, had_buffer_view(&text), out))
            status = HAD_EXIT_USAGE;
        had_buffer_free(&text);
    }
    had_compilation_free(&c);
    return status;
}

static void print_summary(const char *path, const char *verb,
                          const struct had_snapshot_counts *counts)
{
    struct had_buffer line = {0};
    had_snapshot_summary(&line, counts);
    printf("%s%s: " HAD_FMT "\n", path, verb, HAD_ARG(had_buffer_view(&line)));
    had_buffer_free(&line);
}

int had_cmd_snapshot(struct had_cli *cli)
{
    if (cli->operands.count > 1) {
        fprintf(stderr, "had snapshot: say one folder, .had file or snapshot\n");
        return HAD_EXIT_USAGE;
    }
    struct had_snapshot before = {0}, now = {0};
    if (cli->diff_with && !read_snapshot(cli, cli->diff_with, &before))
        return HAD_EXIT_USAGE;
    int status = current(cli, &now);
    if (status != HAD_EXIT_DONE)
        return status;
    struct had_buffer out = {0}, text = {0};
    const char *path = cli->output ? cli->output : usual_file(cli);
    if (cli->diff_with) {
        had_snapshot_diff(&out, &before, &now, HAD_SNAPSHOT_TEXT_MAX);
        had_cli_print(had_buffer_view(&out));
        had_buffer_free(&out);
        return HAD_EXIT_DONE;
    }
    had_snapshot_write(&text, &now);
    if (strcmp(path, "-") == 0) {
        had_cli_print(had_buffer_view(&text));
        had_buffer_free(&text);
        return HAD_EXIT_DONE;
    }
    struct stat st;
    bool there = stat(path, &st) == 0;
    had_str old = {0};
    if (there && !read_file(cli, path, &old)) {
        status = HAD_EXIT_USAGE;
    } else {
        bool same = there && had_str_eq(old, had_buffer_view(&text));
        /* What was edited by hand is not understood, and is stale all the same. */
        const char *problem = had_snapshot_read(&cli->arena, old, &before);
        struct had_snapshot_counts counts = {0};
        if (!problem)
            counts = had_snapshot_diff(&out, &before, &now, 0);
        if (cli->check && !same) {
            status = HAD_EXIT_FINDINGS;
            if (!there)
                printf("%s is missing; `had snapshot` writes it\n", path);
            else if (problem)
                printf("%s is stale: %s; `had snapshot` writes it anew\n", path, problem);
            else
                print_summary(path, " is stale", &counts);
        } else if (!cli->check && !same && !had_write_file(path, had_buffer_view(&text))) {
            status = HAD_EXIT_USAGE;
        } else if (!cli->quiet && !there) {
            printf("%s written: %u resources\n", path, now.resources.count);
        } else if (!cli->quiet) {
            print_summary(path, same ? " is up to date" : " written", &counts);
        }
    }
    had_buffer_free(&out);
    had_buffer_free(&text);
    return status;
}
