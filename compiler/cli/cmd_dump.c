#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

int had_cmd_dump(struct had_cli *cli)
{
    if (!cli->after) {
        fprintf(stderr, "had dump: say which pass: --after=PASS, one of");
        for (const char *const *p = had_pass_names; *p; p++)
            fprintf(stderr, " %s", *p);
        fprintf(stderr, "\n");
        return HAD_EXIT_USAGE;
    }
    const char *stop = strcmp(cli->after, "lex") == 0 || strcmp(cli->after, "parse") == 0 ? "parse"
                       : strcmp(cli->after, "lower") == 0                                 ? "lower"
                       : strcmp(cli->after, "check") == 0 || strcmp(cli->after, "prove") == 0 ||
                               strcmp(cli->after, "emit") == 0
                           ? NULL
                           : "derive";
    struct had_compilation c;
    had_cli_compile(cli, &c, stop);
    struct had_buffer b = {0};
    bool made = !c.unreadable && had_dump(&b, &c, cli->after);
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    int status = had_cli_findings(cli, &c, true);
    if (!made && !status) {
        fprintf(stderr, "had dump: pass %s made nothing\n", cli->after);
        status = HAD_EXIT_FINDINGS;
    }
    had_compilation_free(&c);
    return status;
}
