#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define COMPILING "var var-file phase as-of"
#define FINDINGS "text short json sarif github gitlab junit"

const struct had_command had_commands[] = {
    {"aws", "[SERVICE [OPERATION]]", "one raw signed call of an AWS API, for people who debug",
     "params profile region role dry-run no-paginate", "", had_cmd_aws},
    {"build", "[PATH] -o DIR", "check, then write templates, scripts, manifest and runbook",
     COMPILING " output emit check json no-custom-resources places no-waivers format fail-on",
     FINDINGS, had_cmd_build},
    {"check", "[PATH]", "parse, type, expand and check a spec; print the findings",
     COMPILING " fix format fail-on no-waivers baseline", FINDINGS, had_cmd_check},
    {"dump", "[PATH] --after PASS", "show what a pass made, for people who debug",
     COMPILING " after no-waivers", "", had_cmd_dump},
    {"explain", "CODE|KIND|KIND.ATTRIBUTE|TYPE", "why a rule exists, what a kind takes", "", "",
     had_cmd_explain},
    {"fmt", "[PATHS]", "format files in place; `-` is standard input", "check diff", "",
     had_cmd_fmt},
    {"graph", "[PATH]", "the architecture, or the resource graph, as a picture or as data",
     COMPILING " format resources", "dot mermaid svg json", had_cmd_graph},
    {"rules", "", "list the rules of the catalog", "format", "text json", had_cmd_rules},
    {"show", "[PATH] [ADDRESS]", "the typed spec after expansion and derivation",
     COMPILING " format defaults", "text json", had_cmd_show},
    {"test", "[PATH]", "run the `test` blocks of a spec", COMPILING " format", "text json",
     had_cmd_test},
    {"version", "", "print the version", "", "", had_cmd_version},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct had_command *had_command_find(const char *name)
{
    for (const struct had_command *c = had_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static void print_option(const struct had_command *c, const struct had_option *o)
{
    char left[64];
    if (o->letter)
        snprintf(left, sizeof left, "-%c, --%s%s%s", o->letter, o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
    else
        snprintf(left, sizeof left, "    --%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
    bool format = strcmp(o->name, "format") == 0;
    printf("  %-28s %s%s%s\n", left, o->doc, format ? ": " : "", format ? c->formats : "");
}

static void help_all(FILE *out)
{
    fprintf(out, "had compiles specs of an identity foundation: an on-premises Active Directory\n"
                 "extended to AWS. It checks them and writes CloudFormation and PowerShell DSC.\n\n"
                 "usage: had COMMAND [OPTIONS] [PATH]\n\ncommands:\n");
    for (const struct had_command *c = had_commands; c->name; c++)
        fprintf(out, "  %-10s %s\n", c->name, c->summary);
    fprintf(out,
            "\nPATH is a folder (all its .had files are one spec) or one file with its imports;\n"
            "without it, the current folder. `had COMMAND --help` tells the options of one.\n");
}

static void help_one(const struct had_command *c)
{
    printf("usage: had %s%s%s [OPTIONS]\n\n%s\n\noptions:\n", c->name, *c->operands ? " " : "",
           c->operands, c->summary);
    for (const struct had_option *o = had_options; o->name; o++)
        if (had_command_takes(c, o))
            print_option(c, o);
}

int had_main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        const struct had_command *one = argc > 2 ? had_command_find(argv[2]) : NULL;
        if (one)
            help_one(one);
        else
            help_all(argc < 2 ? stderr : stdout);
        return argc < 2 ? HAD_EXIT_USAGE : HAD_EXIT_DONE;
    }
    const char *name =
        strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0 ? "version" : argv[1];
    const struct had_command *command = had_command_find(name);
    if (!command) {
        had_str names[32];
        uint32_t count = 0;
        for (const struct had_command *c = had_commands; c->name; c++)
            names[count++] = had_str_c(c->name);
        had_str near = had_str_nearest(had_str_c(name), names, count);
        fprintf(stderr, "had: there is no command `%s`", name);
        if (near.len)
            fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
        fprintf(stderr, "\nhad: `had --help` lists the commands\n");
        return HAD_EXIT_USAGE;
    }
    struct had_cli cli = {.command = command->name, .fail_on = HAD_ERROR};
    int status;
    if (!had_cli_parse(&cli, command, argc - 2, argv + 2))
        status = HAD_EXIT_USAGE;
    else if (cli.help) {
        help_one(command);
        status = HAD_EXIT_DONE;
    } else
        status = command->run(&cli);
    had_arena_free(&cli.arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "had: standard output cannot be written\n");
        return HAD_EXIT_USAGE;
    }
    return status;
}
