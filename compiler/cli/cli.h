/*
 * The command line. Each command is one file with one function and one row in the table of cli.c,
 * each option one row in options.c; help, completion and manual pages come from these two tables.
 */
#ifndef HAD_CLI_CLI_H
#define HAD_CLI_CLI_H

#include "driver/compile.h"

#include <stdio.h>

enum { /* exit status, a contract */
       HAD_EXIT_DONE = 0,
       HAD_EXIT_FINDINGS = 1,  /* findings at or above the threshold, a stale build */
       HAD_EXIT_USAGE = 2,     /* usage, unreadable input, internal error */
       HAD_EXIT_GATE = 3,      /* all that is possible is done, the rest waits for people */
       HAD_EXIT_STOPPED = 130, /* interrupted, the state is saved */
};

enum had_format {
    HAD_FORMAT_TEXT,
    HAD_FORMAT_SHORT,
    HAD_FORMAT_JSON,
    HAD_FORMAT_SARIF,
    HAD_FORMAT_GITHUB,
    HAD_FORMAT_GITLAB,
    HAD_FORMAT_JUNIT,
    HAD_FORMAT_DOT,
    HAD_FORMAT_MERMAID,
    HAD_FORMAT_SVG,
    HAD_FORMAT_MARKDOWN
};

struct had_cli {
    struct had_arena arena;
    const char *command;
    had_array(const char *) operands;
    had_array(struct had_variable) variables; /* --var, --var-file, environment; earlier ones win */
    enum had_format format;
    enum had_severity fail_on;
    const char *phase, *output, *baseline, *emit, *after, *color;
    const char *stack_set; /* name of an ou */
    const char *diff_with; /* an earlier snapshot */
    had_str test; /* of the `test` block that is run; empty: none */
    const char *params, *profile, *region, *role; /* of commands that call AWS */
    const char *state;                            /* where the state lies */
    const char *bucket;                           /* of `--engine` */
    const char *map;                              /* of `had import` */
    had_array(const char *) accounts, regions;    /* of `had import --live` */
    had_array(const char *) targets, replace, acknowledge, confirm; /* addresses */
    had_array(const char *) orphans_named; /* ARNs */
    had_array(const char *) engines;       /* LAYER=ENGINE */
    uint32_t parallelism, lock_timeout;                             /* calls in flight; seconds */
    const char *certificate;                                        /* file of `had prove` */
    const char *who_can, *on, *principal;                           /* of `had access` */
    unsigned failures;
    bool failures_stated;
    int64_t as_of;
    bool quiet, fix, no_waivers, check, diff, defaults, json, no_custom_resources, places,
        resources, no_input, help, dry_run, no_paginate, deploy_script, cross_output, yes,
        refresh_only, no_refresh, detailed_exitcode, orphans, verbose, verify, live;
};

enum had_group { /* headings of the help, in its order */
                 HAD_GROUP_WRITE,
                 HAD_GROUP_CHECK,
                 HAD_GROUP_BUILD,
                 HAD_GROUP_RUN,
                 HAD_GROUP_MORE,
                 HAD_GROUP_COUNT
};
const char *had_group_name(enum had_group group); /* "check it" */

/*
 * What completion offers where a word is expected: words with spaces between, or one of "@spec" (a
 * folder or .had file), "@file", "@folder", "@name" (what `explain` knows), "@group" (of rules).
 */
struct had_command {
    const char *name;
    enum had_group group;
    const char *operands; /* "[PATH]" */
    const char *takes;    /* what operands are, for completion; "": nothing */
    const char *summary;  /* one line */
    const char *about;    /* a paragraph, or NULL */
    const char *const
        *examples;       /* a command line and what it does in turns; ends with NULL; or NULL */
    const char *options; /* names of its own options, space-separated */
    const char *formats; /* what --format may be; the first is the default */
    int (*run)(struct had_cli *cli); /* NULL: the command is direct */
    bool direct; /* it calls AWS: the program had-direct runs it, see had_main() */
};
extern const struct had_command had_commands[]; /* ends with an entry without name */

struct had_option {
    const char *name;     /* "as-of" */
    const char *argument; /* "DATE", or NULL */
    const char *values;   /* what the argument may be, for completion; NULL: anything */
    const char *only;     /* commands, where a name means another thing elsewhere; or NULL */
    const char *doc;
    bool (*set)(struct had_cli *cli, const char *value); /* false: the value is wrong */
    char letter;                                         /* 'q', or 0 */
    bool everywhere;                                     /* every command takes it */
};
extern const struct had_option had_options[]; /* ends with an entry without name */
const struct had_option *had_option_find(const struct had_command *command, had_str name);
const struct had_command *had_command_find(const char *name);
bool had_command_takes(const struct had_command *command, const struct had_option *option);
bool had_word_in(const char *list, const char *word); /* of words with spaces between */

/* What runs a direct command. Only had-direct (runtime/direct) has such a table. */
struct had_direct {
    const char *name;
    int (*run)(struct had_cli *cli);
};

/*
 * The program without its process: parses arguments, runs the command, returns the exit status.
 * `direct` ends with an entry without name. It is NULL in `had`, which carries no client of AWS and
 * becomes had-direct for a direct command: a check does not wait for libraries it never calls.
 */
int had_main(int argc, char **argv, const struct had_direct *direct);

/* direct.c: becomes had-direct with the same arguments; returns (after a message) where that fails.
 */
int had_become_direct(const char *command, char **argv);

/* help.c: one page for all commands, one for each. */
void had_help_all(FILE *out);
void had_help_one(FILE *out, const struct had_command *command);

/* What manual and reference say beside commands and options; each ends with an entry without name.
 */
struct had_text {
    const char *name, *text;
};
extern const struct had_text had_exit_texts[], had_environment_texts[];

/* options.c: fills `cli`; false (and a message on standard error) where the usage is wrong. */
bool had_cli_parse(struct had_cli *cli, const struct had_command *command, int argc, char **argv);

/* variables.c */
/* NAME=VALUE of the command line; `[a, b]` is a list. */
void had_variable_add(struct had_cli *cli, had_str name, had_str value);
bool had_variables_file(struct had_cli *cli, const char *path);
void had_variables_environment(struct had_cli *cli);

/* compile.c */
void had_cli_compile(struct had_cli *cli, struct had_compilation *compilation,
                     const char *stop_after);
/* Prints the findings in the format asked for, `to` stdout or stderr; returns the exit status. */
int had_cli_findings(struct had_cli *cli, struct had_compilation *compilation, bool to_stderr);
bool had_cli_colour(const struct had_cli *cli, int fd);
void had_cli_print(had_str text); /* to standard output */
/* Reads to the end; false where that fails or the text is longer than `limit`. */
bool had_read_stream(FILE *in, struct had_buffer *out, size_t limit);

/* write.c: a folder of generated files */
enum had_write_status { HAD_WRITE_DONE, HAD_WRITE_STALE, HAD_WRITE_FAILED };
/*
 * Makes `folder` hold exactly what a build gives, beside files that no build wrote. Files are
 * staged as they come and moved into place at the end; what is there with the same content is not
 * touched. With `check` nothing is written, and differences are printed.
 *
 *     struct had_writer *writer = had_writer_open(folder, false);
 *     struct had_output output = {.arena = arena, .write = had_writer_file, .data = writer};
 *     status = had_writer_close(writer, good);      // not good: the folder stays as it was
 */
struct had_writer;
struct had_writer *had_writer_open(const char *folder, bool check);
void had_writer_file(void *writer, const struct had_output_file *file, bool last);
/* What stands in the folder at a path; false if there is no plain file. */
bool had_writer_read(const struct had_writer *writer, struct had_arena *arena, had_str path,
                     had_str *text);
enum had_write_status had_writer_close(struct had_writer *writer, bool keep);
/* Replaces one file by way of a temporary one beside it. */
bool had_write_file(const char *path, had_str text);

/* diff.c: prints how the text of a file changes, as `diff -u` does. */
void had_print_diff(const char *name, had_str before, had_str after);

/* svg.c: runs Graphviz's dot; false (and a message) where it is not there or fails. */
bool had_dot_svg(had_str dot, struct had_buffer *out);

/* cmd_explain.c: every name that `had explain` knows, but KIND.ATTRIBUTE. */
typedef had_array(had_str) had_names;
void had_explain_names(struct had_arena *arena, had_names *out);

int had_cmd_access(struct had_cli *cli);
int had_cmd_build(struct had_cli *cli);
int had_cmd_check(struct had_cli *cli);
int had_cmd_completion(struct had_cli *cli);
int had_cmd_dump(struct had_cli *cli);
int had_cmd_explain(struct had_cli *cli);
int had_cmd_fmt(struct had_cli *cli);
int had_cmd_graph(struct had_cli *cli);
int had_cmd_init(struct had_cli *cli);
int had_cmd_prove(struct had_cli *cli);
int had_cmd_rules(struct had_cli *cli);
int had_cmd_show(struct had_cli *cli);
int had_cmd_snapshot(struct had_cli *cli);
int had_cmd_test(struct had_cli *cli);
int had_cmd_version(struct had_cli *cli);
const char *had_version(void);

#endif
