#include "cli/cli.h"

#include "cli/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *join(struct had_cli *cli, const char *folder, const char *path)
{
    return strcmp(folder, ".") == 0 ? path : had_str_printf(&cli->arena, "%s/%s", folder, path).ptr;
}

/* The folders above a path, from the first one that is missing. */
static bool make_folders(struct had_cli *cli, const char *path)
{
    char *copy = had_str_cstr(&cli->arena, had_str_c(path));
    for (char *at = copy + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST) {
            fprintf(stderr, "had init: %s: %s\n", copy, strerror(errno));
            return false;
        }
        *at = '/';
    }
    return true;
}

static bool write_new(const char *path, const struct had_init_file *file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "wb");
    bool good = out && fwrite(file->text, 1, file->len, out) == file->len;
    good = out && fclose(out) == 0 && good;
    if (!good)
        fprintf(stderr, "had init: %s: %s\n", path, strerror(errno));
    return good;
}

/* A spec that is there already: another file beside it would become part of it. */
static bool has_spec(struct had_cli *cli, const char *folder)
{
    struct had_sources sources = {.arena = &cli->arena, .root = had_str_c(folder)};
    had_str *paths = NULL;
    uint32_t count = 0;
    struct stat st;
    if (stat(folder, &st) != 0)
        return false;
    had_sources_list(&sources, (had_str){"", 0}, &paths, &count);
    if (count > 0)
        fprintf(stderr, "had init: there is a spec already: %s\n",
                join(cli, folder, had_str_cstr(&cli->arena, paths[0])));
    return count > 0;
}

int had_cmd_init(struct had_cli *cli)
{
    if (cli->operands.count > 1) {
        fprintf(stderr, "had init: say one folder\n");
        return HAD_EXIT_USAGE;
    }
    const char *folder = cli->operands.count ? cli->operands.items[0] : ".";
    if (has_spec(cli, folder)) {
        fprintf(stderr, "had init: nothing was written\n");
        return HAD_EXIT_USAGE;
    }
    for (const struct had_init_file *f = had_init_files; f->path; f++) {
        const char *path = join(cli, folder, f->path);
        struct stat st;
        bool kept = lstat(path, &st) == 0;
        if (!kept && (!make_folders(cli, path) || !write_new(path, f)))
            return HAD_EXIT_USAGE;
        if (!cli->quiet)
            printf("%s%s\n", path, kept ? " is there already and stays as it is" : "");
    }
    if (!cli->quiet) {
        bool here = strcmp(folder, ".") == 0;
        printf("\nNext:\n"
               "  had check%s%s          it passes; change a line and see\n"
               "  had show%s%s           what was derived from it\n"
               "  had build%s%s -o out   templates, scripts and the runbook\n",
               here ? "" : " ", here ? "" : folder, here ? "" : " ", here ? "" : folder,
               here ? "" : " ", here ? "" : folder);
    }
    return HAD_EXIT_DONE;
}
