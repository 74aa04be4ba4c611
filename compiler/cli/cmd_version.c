#include "cli/cli.h"

#include <stdio.h>

const char *had_version(void)
{
    return HAD_VERSION;
}

int had_cmd_version(struct had_cli *cli)
{
    (void)cli;
    printf("had %s (language edition 1)\n", had_version());
    return HAD_EXIT_DONE;
}
