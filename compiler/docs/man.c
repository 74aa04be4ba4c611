/* Manual pages, in the macros of man(7). */
#include "docs/docs.h"

#include "cli/cli.h"
#include "schema/kind.h"
#include "sema/sema.h"

#include <ctype.h>
#include <string.h>

/* Text of the tables: words in backticks are bold, and no character means anything to the
 * formatter. */
static void add(struct had_buffer *b, const char *text)
{
    bool bold = false;
    for (const char *at = text; *at; at++) {
        if ((at == text || at[-1] == '\n') && (*at == '.' || *at == '\''))
            had_buffer_c(b, "\\&");
        if (*at == '`') {
            bold = !bold;
            had_buffer_c(b, bold ? "\\fB" : "\\fR");
        } else if (*at == '\\') {
            had_buffer_c(b, "\\e");
        } else if (*at == '-') {
            had_buffer_c(b, "\\-");
        } else if (*at == '\'') {
            had_buffer_c(b, "\\(aq");
        } else {
            had_buffer_char(b, *at);
        }
    }
}

static void line(struct had_buffer *b, const char *macro, const char *text)
{
    had_buffer_printf(b, "%s%s", macro, *macro ? " " : "");
    add(b, text);
    had_buffer_char(b, '\n');
}

static void add_option(struct had_buffer *b, const struct had_command *c,
                       const struct had_option *o)
{
    had_buffer_c(b, ".TP\n");
    if (o->letter)
        had_buffer_printf(b, "\\fB\\-%c\\fR, ", o->letter);
    had_buffer_c(b, "\\fB\\-\\-");
    add(b, o->name);
    had_buffer_c(b, "\\fR");
    if (o->argument) {
        had_buffer_c(b, " \\fI");
        add(b, o->argument);
        had_buffer_c(b, "\\fR");
    }
    had_buffer_char(b, '\n');
    add(b, o->doc);
    if (strcmp(o->name, "format") == 0 && c) {
        had_buffer_c(b, ": ");
        add(b, c->formats);
    }
    had_buffer_char(b, '\n');
}

static void add_texts(struct had_buffer *b, const char *heading, const struct had_text *texts)
{
    line(b, ".SH", heading);
    for (; texts->name; texts++) {
        had_buffer_c(b, ".TP\n.B ");
        add(b, texts->name);
        had_buffer_char(b, '\n');
        line(b, "", texts->text);
    }
}

static void head(struct had_buffer *b, const char *name, const char *section, const char *version,
                 const char *date, const char *summary)
{
    had_buffer_c(b, ".TH ");
    for (const char *at = name; *at; at++)
        had_buffer_char(b, (char)toupper((unsigned char)*at));
    had_buffer_printf(b, " %s %s \"had %s\" \"%s\"\n.SH NAME\n", section, date, version,
                      *section == '1' ? "User commands" : "File formats");
    add(b, name);
    had_buffer_c(b, " \\- ");
    add(b, summary);
    had_buffer_char(b, '\n');
}

static void finish(struct had_output *out, struct had_buffer *b, const char *name)
{
    had_output_add(out, had_str_dup(out->arena, had_str_c(name)),
                   had_str_dup(out->arena, had_buffer_view(b)));
    had_buffer_free(b);
    *b = (struct had_buffer){0};
}

static void write_command(struct had_output *out, const struct had_command *c, const char *version,
                          const char *date)
{
    struct had_buffer b = {0};
    struct had_arena scratch = {0};
    const char *name = had_str_printf(&scratch, "had-%s", c->name).ptr;
    head(&b, name, "1", version, date, c->summary);
    had_buffer_c(&b, ".SH SYNOPSIS\n.B had ");
    add(&b, c->name);
    had_buffer_char(&b, '\n');
    if (*c->operands)
        line(&b, "", c->operands);
    had_buffer_c(&b, "[OPTIONS]\n");
    if (c->about) {
        had_buffer_c(&b, ".SH DESCRIPTION\n");
        line(&b, "", c->about);
    }
    bool any = false;
    for (const struct had_option *o = had_options; o->name; o++) {
        if (o->everywhere || !had_command_takes(c, o))
            continue;
        had_buffer_c(&b, any ? "" : ".SH OPTIONS\n");
        any = true;
        add_option(&b, c, o);
    }
    had_buffer_c(&b, any ? ".PP\n" : ".SH OPTIONS\n");
    had_buffer_c(&b, "Options of every command are in\n.BR had (1).\n");
    if (c->examples)
        had_buffer_c(&b, ".SH EXAMPLES\n");
    for (uint32_t i = 0; c->examples && c->examples[i]; i += 2) {
        had_buffer_c(&b, ".TP\n.B ");
        add(&b, c->examples[i]);
        had_buffer_char(&b, '\n');
        line(&b, "", c->examples[i + 1]);
    }
    had_buffer_c(&b, ".SH SEE ALSO\n.BR had (1),\n.BR had (5)\n");
    finish(out, &b, had_str_printf(&scratch, "%s.1", name).ptr);
    had_arena_free(&scratch);
}

static void write_all_commands(struct had_output *out, const char *version, const char *date)
{
    struct had_buffer b = {0};
    head(&b, "had", "1", version, date,
         "compiler for an on-premises Active Directory extended to AWS");
    had_buffer_c(
        &b, ".SH SYNOPSIS\n.B had\n.I COMMAND\n[OPTIONS] [PATH]\n.SH DESCRIPTION\n"
            "had compiles specs of an identity foundation: networks, domain controllers, a\n"
            "directory, trusts, names and people\\(aqs access over several accounts. It checks\n"
            "them before anything is deployed, and writes CloudFormation and PowerShell DSC.\n"
            ".PP\nPATH is a folder (all its .had files are one spec) or one file with its\n"
            "imports; without it, the current folder.\n");
    had_buffer_c(&b, ".SH COMMANDS\n");
    for (enum had_group group = 0; group < HAD_GROUP_COUNT; group++) {
        bool any = false;
        for (const struct had_command *c = had_commands; c->name; c++) {
            if (c->group != group)
                continue;
            if (!any)
                line(&b, ".SS", had_group_name(group));
            any = true;
            had_buffer_c(&b, ".TP\n.BR had\\-");
            add(&b, c->name);
            had_buffer_c(&b, " (1)\n");
            line(&b, "", c->summary);
        }
    }
    had_buffer_c(&b, ".SH OPTIONS\n");
    for (const struct had_option *o = had_options; o->name; o++)
        if (o->everywhere)
            add_option(&b, NULL, o);
    add_texts(&b, "EXIT STATUS", had_exit_texts);
    add_texts(&b, "ENVIRONMENT", had_environment_texts);
    had_buffer_c(&b, ".SH SEE ALSO\n.BR had (5)\n");
    finish(out, &b, "had.1");
}

/* The first sentence of a text. */
static had_str sentence(const char *text)
{
    const char *stop = strstr(text, ". ");
    return stop ? (had_str){text, (uint32_t)(stop - text) + 1} : had_str_c(text);
}

static void write_language(struct had_output *out, const char *version, const char *date)
{
    struct had_buffer b = {0};
    struct had_arena scratch = {0};
    head(&b, "had", "5", version, date, "specs of an identity foundation");
    had_buffer_c(
        &b,
        ".SH DESCRIPTION\nA spec is one or more UTF\\-8 files. The first statement of each is its\n"
        "edition,\n.BR \"had 1\" .\nA declaration reads kind, name, prepositions, "
        "details:\n.PP\n.nf\n"
        ".RS 4\nhad 1\n\nspec example { owner = \"platform@example.com\" }\n\n"
        "spoke shared in account shared\\-services on hub core {\n"
        "  cidr = 10.17.0.0/20\n"
        "  subnet directory in zone a { cidr = 10.17.0.0/24 }\n}\n.RE\n.fi\n.PP\n"
        "The order of statements never matters. A comment starts with #, the documentation of\n"
        "the declaration that follows with ##. What is marked existing is read and never\n"
        "created, changed or destroyed.\n");
    const char *section = "";
    had_buffer_c(&b, ".SH KINDS\n");
    for (uint32_t i = 0; had_kinds[i]; i++) {
        if (strcmp(section, had_kinds[i]->section) != 0)
            line(&b, ".SS", had_kinds[i]->section);
        section = had_kinds[i]->section;
        line(&b, ".TP\n.B", had_kinds[i]->name);
        line(&b, "", had_str_cstr(&scratch, sentence(had_kinds[i]->doc)));
    }
    had_buffer_c(&b, ".SH FUNCTIONS\n");
    for (uint32_t i = 0; had_function_at(i); i++) {
        line(&b, ".TP\n.B", had_function_at(i)->usage);
        line(&b, "", had_str_cstr(&scratch, sentence(had_function_at(i)->doc)));
    }
    had_buffer_c(&b, ".SH SEE ALSO\n.BR had (1),\n.BR had\\-explain (1)\n");
    finish(out, &b, "had.5");
    had_arena_free(&scratch);
}

void had_docs_man(struct had_output *out, const char *version, const char *date)
{
    write_all_commands(out, version, date);
    for (const struct had_command *c = had_commands; c->name; c++)
        write_command(out, c, version, date);
    write_language(out, version, date);
}
