/* Help, from the tables of commands and options. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

const struct had_text had_exit_texts[] = {
    {"0", "done"},
    {"1",
     "findings at or above `--fail-on`, a refuted proof, a stale build or snapshot, a failed test"},
    {"2", "wrong usage, input that cannot be read, an internal error"},
    {NULL, NULL},
};

const struct had_text had_environment_texts[] = {
    {"HAD_VAR_NAME", "value of the param NAME, with `_` for `-`; `--var` and `--var-file` win"},
    {"HAD_STDLIB", "folder of the modules that `import \"std:…\"` names"},
    {"NO_COLOR", "no colours, where it is not empty; `TERM=dumb` does the same"},
    {NULL, NULL},
};

enum { WIDTH = 80, LEFT = 30 };

/* Words of `text` from column `column` on, further lines from column `indent` on. */
static void wrapped(FILE *out, const char *text, size_t column, size_t indent)
{
    for (bool first = true; *text; first = false) {
        size_t len = strcspn(text, " ");
        if (!first && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)len, text);
        column += len;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

/* A name and what it is, in two columns; a long name has a line of its own. */
static void row(FILE *out, const char *left, const char *right, size_t column)
{
    size_t len = strlen(left);
    if (2 + len + 2 > column)
        fprintf(out, "  %s\n%*s", left, (int)column, "");
    else
        fprintf(out, "  %-*s", (int)column - 2, left);
    wrapped(out, right, column, column);
}

void had_help_all(FILE *out)
{
    fprintf(out, "had compiles specs of an identity foundation: an on-premises Active Directory\n"
                 "extended to AWS. It checks them and writes CloudFormation and PowerShell DSC.\n\n"
                 "usage: had COMMAND [OPTIONS] [PATH]\n");
    for (enum had_group group = 0; group < HAD_GROUP_COUNT; group++) {
        const char *heading = had_group_name(group);
        for (const struct had_command *c = had_commands; c->name; c++) {
            if (c->group != group)
                continue;
            if (heading)
                fprintf(out, "\n%s:\n", heading);
            heading = NULL;
            row(out, c->name, c->summary, 14);
        }
    }
    fprintf(out,
            "\nPATH is a folder (all its .had files are one spec) or one file with its imports;\n"
            "without it, the current folder.\n\n"
            "New here? `had init foundation`, then `had check foundation`.\n"
            "`had COMMAND --help` tells examples and options of one, `had explain NAME` about a\n"
            "finding, a kind, an attribute, a type or a function.\n");
}

static void option_row(FILE *out, const struct had_command *c, const struct had_option *o)
{
    char left[64], right[256];
    snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
             o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
    snprintf(right, sizeof right, "%s%s%s", o->doc, strcmp(o->name, "format") == 0 ? ": " : "",
             strcmp(o->name, "format") == 0 ? c->formats : "");
    row(out, left, right, LEFT);
}

static void option_rows(FILE *out, const struct had_command *c, bool everywhere,
                        const char *heading)
{
    for (const struct had_option *o = had_options; o->name; o++) {
        if (o->everywhere != everywhere || !had_command_takes(c, o))
            continue;
        if (heading)
            fprintf(out, "\n%s:\n", heading);
        heading = NULL;
        option_row(out, c, o);
    }
}

void had_help_one(FILE *out, const struct had_command *c)
{
    fprintf(out, "usage: had %s%s%s [OPTIONS]\n\n", c->name, *c->operands ? " " : "", c->operands);
    wrapped(out, c->summary, 0, 0);
    if (c->about) {
        fputc('\n', out);
        wrapped(out, c->about, 0, 0);
    }
    if (c->examples) {
        fprintf(out, "\nexamples:\n");
        for (uint32_t i = 0; c->examples[i]; i += 2)
            row(out, c->examples[i], c->examples[i + 1], 42);
    }
    option_rows(out, c, false, "options");
    option_rows(out, c, true, "options of every command");
}
