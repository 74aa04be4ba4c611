#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static int by_place(const void *a, const void *b)
{
    const struct had_edit *x = a, *y = b;
    if (x->span.file != y->span.file)
        return x->span.file < y->span.file ? -1 : 1;
    return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

/*
 * Applies the safe fixes of a compilation to its files: those that keep what was plainly meant. Of
 * two that overlap the first counts; a second run applies the other. Returns how many edits were
 * written.
 */
static uint32_t apply_fixes(struct had_cli *cli, const struct had_compilation *c, bool *failed)
{
    had_array(struct had_edit) edits = {0};
    for (uint32_t i = 0; i < c->diags.items.count; i++) {
        const struct had_diag *d = c->diags.items.items[i];
        for (uint32_t k = 0; k < d->fixes.count; k++) {
            if (!d->fixes.items[k].safe)
                continue;
            for (uint32_t n = 0; n < d->fixes.items[k].edits.count; n++)
                *had_push(&cli->arena, &edits) = d->fixes.items[k].edits.items[n];
            break; /* further fixes of one finding are alternatives */
        }
    }
    if (edits.count)
        qsort(edits.items, edits.count, sizeof *edits.items, by_place);
    uint32_t done = 0;
    for (uint32_t i = 0; i < edits.count;) {
        uint32_t file = edits.items[i].span.file, at = 0, here = 0;
        const struct had_source *source = had_source_of(&c->sources, edits.items[i].span);
        struct had_buffer out = {0};
        for (; i < edits.count && edits.items[i].span.file == file; i++) {
            const struct had_edit *e = &edits.items[i];
            if (!source || e->span.start < at || e->span.end > source->text.len)
                continue;
            had_buffer_str(&out, had_str_slice(source->text, at, e->span.start));
            had_buffer_str(&out, e->text);
            at = e->span.end;
            here++;
        }
        if (source && here && !had_str_starts(source->path, "std:")) {
            had_buffer_str(&out, had_str_slice(source->text, at, source->text.len));
            had_str path = had_str_printf(&cli->arena, HAD_FMT "/" HAD_FMT,
                                          HAD_ARG(c->sources.root), HAD_ARG(source->path));
            if (had_write_file(path.ptr, had_buffer_view(&out)))
                done += here;
            else
                *failed = true;
        }
        had_buffer_free(&out);
    }
    return done;
}

int had_cmd_check(struct had_cli *cli)
{
    struct had_compilation c;
    bool failed = false;
    had_cli_compile(cli, &c, NULL);
    if (cli->fix && !c.unreadable) {
        uint32_t done = apply_fixes(cli, &c, &failed);
        if (done) {
            if (cli->format == HAD_FORMAT_TEXT && !cli->quiet)
                printf("%u place%s mended\n", done, plural(done));
            had_compilation_free(&c);
            had_cli_compile(cli, &c, NULL);
        }
    }
    int status = had_cli_findings(cli, &c, false);
    if (cli->format == HAD_FORMAT_TEXT && !cli->quiet && !c.unreadable) {
        struct had_summary s = had_diags_summary(&c.diags);
        printf("%s" HAD_FMT ": %u error%s, %u warning%s, %u info", c.diags.items.count ? "\n" : "",
               HAD_ARG(c.spec && c.spec->name.len ? c.spec->name : HAD_STR("spec")), s.error,
               plural(s.error), s.warning, plural(s.warning), s.info);
        if (s.waived)
            printf(", %u waived", s.waived);
        if (s.known)
            printf(", %u known from the baseline", s.known);
        if (c.rules_silent)
            printf("; %u rule%s of later phases silent", c.rules_silent, plural(c.rules_silent));
        printf("\n");
    }
    had_compilation_free(&c);
    return failed ? HAD_EXIT_USAGE : status;
}
