/*
 * Completion for shells, from the tables of commands and options: nothing is said twice, and a new
 * option is completed without a line here. The scripts call no program and read no spec.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

struct words {
    const char *names, *groups; /* what `explain` and `rules` take, with spaces between */
};

/* Words that a shell offers, or NULL where it is about files. */
static const char *plain(const struct words *w, const char *takes)
{
    if (strcmp(takes, "@name") == 0)
        return w->names;
    if (strcmp(takes, "@group") == 0)
        return w->groups;
    return *takes == '@' ? NULL : takes;
}

static const char *values_of(const struct had_command *c, const struct had_option *o)
{
    if (!o->argument)
        return NULL;
    if (strcmp(o->name, "format") == 0)
        return c->formats;
    return o->values ? o->values : "";
}

/* ---- bash ---- */

static void bash_offer(const struct words *w, const char *takes)
{
    if (plain(w, takes))
        printf("_had_words '%s'", plain(w, takes));
    else if (strcmp(takes, "@folder") == 0)
        printf("_had_files -d");
    else if (strcmp(takes, "@spec") == 0)
        printf("_had_files -d -- -f -X '!*.had'");
    else
        printf("_had_files -f");
}

static void bash_options(const struct had_command *c)
{
    for (const struct had_option *o = had_options; o->name; o++)
        if (had_command_takes(c, o))
            printf(" --%s", o->name);
}

static void bash(const struct words *w)
{
    printf("# Completion of had for bash, written by `had completion bash`.\n"
           "_had_words() {\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
           "}\n"
           "_had_files() {\n"
           "    compopt -o filenames 2>/dev/null\n"
           "    while [ $# -gt 0 ]; do\n"
           "        local how=()\n"
           "        while [ $# -gt 0 ] && [ \"$1\" != -- ]; do\n"
           "            how+=(\"$1\")\n"
           "            shift\n"
           "        done\n"
           "        [ $# -gt 0 ] && shift\n"
           "        local found\n"
           "        mapfile -t found < <(compgen \"${how[@]}\" -- \"$cur\")\n"
           "        COMPREPLY+=(\"${found[@]}\")\n"
           "    done\n"
           "}\n"
           "_had() {\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        _had_words '");
    for (const struct had_command *c = had_commands; c->name; c++)
        printf("%s ", c->name);
    printf("help --help --version'\n"
           "        return\n"
           "    fi\n"
           "    # The shell takes --format=json apart at the `=`.\n"
           "    if [ \"$cur\" = = ]; then\n"
           "        cur=\n"
           "    elif [ \"$prev\" = = ]; then\n"
           "        prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
           "    fi\n"
           "    case ${COMP_WORDS[1]}:$prev in\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        for (const struct had_option *o = had_options; o->name; o++) {
            if (!had_command_takes(c, o) || !values_of(c, o))
                continue;
            printf("    %s:--%s", c->name, o->name);
            if (o->letter)
                printf(" | %s:-%c", c->name, o->letter);
            printf(")\n        ");
            bash_offer(w, values_of(c, o));
            printf("\n        return\n        ;;\n");
        }
    }
    printf("    esac\n"
           "    case ${COMP_WORDS[1]}:$cur in\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        printf("    %s:-*) _had_words '", c->name);
        bash_options(c);
        printf("' ;;\n");
        if (*c->takes) {
            printf("    %s:*) ", c->name);
            bash_offer(w, c->takes);
            printf(" ;;\n");
        }
    }
    printf("    help:*) _had_words '");
    for (const struct had_command *c = had_commands; c->name; c++)
        printf("%s%s", c == had_commands ? "" : " ", c->name);
    printf("' ;;\n"
           "    esac\n"
           "}\n"
           "complete -F _had had\n");
}

/* ---- zsh ---- */

/* Text inside '…[…]…:…' of _arguments and _describe. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_offer(const struct words *w, const char *takes)
{
    if (plain(w, takes) && !*takes)
        putchar(' ');
    else if (plain(w, takes))
        printf("(%s)", plain(w, takes));
    else if (strcmp(takes, "@folder") == 0)
        printf("_files -/");
    else if (strcmp(takes, "@spec") == 0)
        printf("_files -g \"*.had(-.)\"");
    else
        printf("_files");
}

static void zsh(const struct words *w)
{
    printf("#compdef had\n"
           "# Completion of had for zsh, written by `had completion zsh`.\n"
           "_had() {\n"
           "    if (( CURRENT == 2 )); then\n"
           "        local -a commands\n"
           "        commands=(\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        printf("            '%s:", c->name);
        zsh_text(c->summary);
        printf("'\n");
    }
    printf("        )\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    local command=$words[2]\n"
           "    shift words\n"
           "    (( CURRENT-- ))\n"
           "    case $command in\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        printf("    %s)\n        _arguments", c->name);
        for (const struct had_option *o = had_options; o->name; o++) {
            if (!had_command_takes(c, o))
                continue;
            const char *repeats = o->argument && strncmp(o->name, "var", 3) == 0 ? "*" : "";
            printf(" \\\n            ");
            if (o->letter)
                printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
                       o->argument ? "+" : "", o->name, o->argument ? "=" : "");
            else
                printf("'%s--%s%s[", repeats, o->name, o->argument ? "=" : "");
            zsh_text(o->doc);
            printf("]");
            if (o->argument) {
                printf(":%s:", o->argument);
                zsh_offer(w, values_of(c, o));
            }
            printf("'");
        }
        if (*c->takes) {
            printf(" \\\n            '*:");
            zsh_text(c->operands);
            putchar(':');
            zsh_offer(w, c->takes);
            putchar('\'');
        }
        printf("\n        ;;\n");
    }
    printf("    esac\n"
           "}\n"
           "if [ \"$funcstack[1]\" = _had ]; then\n"
           "    _had \"$@\"\n"
           "else\n"
           "    compdef _had had\n"
           "fi\n");
}

/* ---- fish ---- */

static void fish_text(const char *text)
{
    putchar('\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void fish_offer(const struct words *w, const char *takes, bool option)
{
    if (plain(w, takes)) {
        printf(option ? " -x" : " -f");
        if (*plain(w, takes)) {
            printf(" -a ");
            fish_text(plain(w, takes));
        }
    } else if (strcmp(takes, "@folder") == 0) {
        printf(" -x -a '(__fish_complete_directories)'");
    } else if (strcmp(takes, "@spec") == 0) {
        printf(" -f -a '(__fish_complete_suffix .had)'");
    } else {
        printf(" -F%s", option ? " -r" : "");
    }
}

static void fish(const struct words *w)
{
    printf("# Completion of had for fish, written by `had completion fish`.\n"
           "complete -c had -f\n");
    for (const struct had_command *c = had_commands; c->name; c++) {
        printf("complete -c had -n __fish_use_subcommand -a %s -d ", c->name);
        fish_text(c->summary);
        putchar('\n');
    }
    for (const struct had_command *c = had_commands; c->name; c++) {
        for (const struct had_option *o = had_options; o->name; o++) {
            if (!had_command_takes(c, o))
                continue;
            printf("complete -c had -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
            if (o->letter)
                printf(" -s %c", o->letter);
            if (o->argument)
                fish_offer(w, values_of(c, o), true);
            printf(" -d ");
            fish_text(o->doc);
            putchar('\n');
        }
        if (!*c->takes)
            continue;
        printf("complete -c had -n '__fish_seen_subcommand_from %s'", c->name);
        fish_offer(w, c->takes, false);
        putchar('\n');
    }
}

int had_cmd_completion(struct had_cli *cli)
{
    struct had_buffer names = {0}, groups = {0};
    had_names all = {0};
    had_explain_names(&cli->arena, &all);
    for (uint32_t i = 0; i < all.count; i++)
        had_buffer_printf(&names, "%s" HAD_FMT, i ? " " : "", HAD_ARG(all.items[i]));
    for (uint32_t i = 0; had_rules[i]; i++)
        if (!i || strcmp(had_rules[i]->group, had_rules[i - 1]->group) != 0)
            had_buffer_printf(&groups, "%s%s", i ? " " : "", had_rules[i]->group);
    const char *name_list = had_str_cstr(&cli->arena, had_buffer_view(&names));
    const char *group_list = had_str_cstr(&cli->arena, had_buffer_view(&groups));
    had_buffer_free(&names);
    had_buffer_free(&groups);
    const struct words w = {name_list, group_list};
    const char *shell = cli->operands.count == 1 ? cli->operands.items[0] : "";
    if (strcmp(shell, "bash") == 0)
        bash(&w);
    else if (strcmp(shell, "zsh") == 0)
        zsh(&w);
    else if (strcmp(shell, "fish") == 0)
        fish(&w);
    else {
        fprintf(stderr, "had completion: say one shell: bash, zsh or fish\n");
        return HAD_EXIT_USAGE;
    }
    return HAD_EXIT_DONE;
}
