#include "cli/cli.h"

#include <stdio.h>

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

int had_cmd_check(struct had_cli *cli)
{
    struct had_compilation c;
    had_cli_compile(cli, &c, NULL);
    int status = had_cli_findings(cli, &c, false);
    if (cli->format == HAD_FORMAT_TEXT && !cli->quiet && !c.unreadable) {
        struct had_summary s = had_diags_summary(&c.diags);
        printf("%s" HAD_FMT ": %u error%s, %u warning%s, %u info", c.diags.items.count ? "\n" : "",
               HAD_ARG(c.spec && c.spec->name.len ? c.spec->name : HAD_STR("spec")), s.error,
               plural(s.error), s.warning, plural(s.warning), s.info);
        if (s.waived)
            printf(", %u waived", s.waived);
        if (c.rules_silent)
            printf("; %u rule%s of later phases silent", c.rules_silent, plural(c.rules_silent));
        printf("\n");
    }
    had_compilation_free(&c);
    return status;
}
