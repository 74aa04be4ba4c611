/* What the commands that compile share. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void had_cli_print(had_str text)
{
    fwrite(text.ptr, 1, text.len, stdout);
}

bool had_cli_colour(const struct had_cli *cli, int fd)
{
    if (cli->color && strcmp(cli->color, "always") == 0)
        return true;
    if (cli->color && strcmp(cli->color, "never") == 0)
        return false;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fd) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Modules of `std:`: where HAD_STDLIB says, beside the program, or where it was installed. */
static had_str std_dir(struct had_cli *cli)
{
    const char *stated = getenv("HAD_STDLIB");
    if (stated && *stated)
        return had_str_c(stated);
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len > 0) {
        self[len] = '\0';
        char *slash = strrchr(self, '/');
        if (slash) {
            *slash = '\0';
            /* installed: beside bin or libexec/had; in the build tree: the sources' own folder */
            static const char *const places[] = {"/../share/had/stdlib", "/../../share/had/stdlib",
                                                 "/../../../stdlib", "/../../stdlib"};
            for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                had_str path = had_str_printf(&cli->arena, "%s%s", self, places[i]);
                if (is_folder(path.ptr))
                    return path;
            }
        }
    }
    return had_str_c(HAD_STDLIB_INSTALLED);
}

/* The way from the folder where the user stands to the spec's; findings name files with it. */
static had_str way_to(struct had_cli *cli, had_str root)
{
    char here[4096];
    if (!root.len || had_str_is(root, "."))
        return (had_str){"", 0};
    if (had_str_starts(root, "./"))
        return had_str_slice(root, 2, root.len);
    if (root.ptr[0] != '/' || !getcwd(here, sizeof here))
        return root;
    had_str inside = had_str_printf(&cli->arena, "%s/", here);
    if (had_str_starts(root, inside.ptr))
        return had_str_slice(root, inside.len, root.len);
    return had_str_is(root, here) ? (had_str){"", 0} : root;
}

void had_cli_compile(struct had_cli *cli, struct had_compilation *c, const char *stop_after)
{
    struct had_compile_options options = {
        .path = cli->operands.count ? had_str_c(cli->operands.items[0]) : HAD_STR("."),
        .std_dir = std_dir(cli),
        .variables = cli->variables.items,
        .variable_count = cli->variables.count,
        .phase = cli->phase,
        .as_of = cli->as_of,
        .no_waivers = cli->no_waivers,
        .test = cli->test,
        .stop_after = stop_after,
    };
    had_compile(c, &options);
    had_sources_show(&c->sources, way_to(cli, c->sources.root));
}

/* True unless the file that --baseline names cannot be read. */
static bool compare(struct had_cli *cli, struct had_compilation *c)
{
    enum { BASELINE_MAX = 256 * 1024 * 1024 };
    struct had_buffer text = {0};
    const char *problem = NULL;
    FILE *file = fopen(cli->baseline, "rb");
    if (!file || !had_read_stream(file, &text, BASELINE_MAX))
        problem = file && !ferror(file) ? "it is too large" : strerror(errno);
    else
        problem = had_diags_baseline(&c->diags, &c->sources, had_buffer_view(&text));
    if (file)
        fclose(file);
    had_buffer_free(&text);
    if (problem)
        fprintf(stderr, "had %s: --baseline %s: %s\n", cli->command, cli->baseline, problem);
    return !problem;
}

bool had_read_stream(FILE *in, struct had_buffer *out, size_t limit)
{
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0) {
        had_buffer_add(out, chunk, n);
        if (out->len > limit)
            return false;
    }
    return !ferror(in);
}

int had_cli_findings(struct had_cli *cli, struct had_compilation *c, bool to_stderr)
{
    if (cli->baseline && !c->unreadable && !compare(cli, c))
        return HAD_EXIT_USAGE;
    struct had_buffer b = {0};
    FILE *out = to_stderr ? stderr : stdout;
    switch (cli->format) {
    case HAD_FORMAT_JSON:
        had_render_json(&b, &c->diags, &c->sources, c->spec ? c->spec->name : (had_str){"", 0});
        break;
    case HAD_FORMAT_SHORT:
        had_render_short(&b, &c->diags, &c->sources);
        break;
    case HAD_FORMAT_SARIF:
        had_render_sarif(&b, &c->diags, &c->sources, had_version());
        break;
    case HAD_FORMAT_GITHUB:
        had_render_github(&b, &c->diags, &c->sources);
        break;
    case HAD_FORMAT_GITLAB:
        had_render_gitlab(&b, &c->diags, &c->sources);
        break;
    case HAD_FORMAT_JUNIT:
        had_render_junit(&b, &c->diags, &c->sources);
        break;
    case HAD_FORMAT_MARKDOWN:
        had_render_markdown(&b, &c->diags, &c->sources, c->spec ? c->spec->name : (had_str){"", 0});
        break;
    case HAD_FORMAT_TEXT:
    case HAD_FORMAT_DOT:
    case HAD_FORMAT_MERMAID:
    case HAD_FORMAT_SVG:
        had_render_text(&b, &c->diags, &c->sources, had_cli_colour(cli, fileno(out)));
        break;
    }
    fwrite(b.ptr ? b.ptr : "", 1, b.len, out);
    had_buffer_free(&b);
    struct had_summary s = had_diags_summary(&c->diags);
    bool fails = s.error || (cli->fail_on <= HAD_WARNING && s.warning) ||
                 (cli->fail_on == HAD_INFO && s.info);
    if (c->unreadable)
        return HAD_EXIT_USAGE;
    return fails ? HAD_EXIT_FINDINGS : HAD_EXIT_DONE;
}
