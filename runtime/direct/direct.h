/*
 * Commands that call AWS. They have their rows, help and options in the tables of the command line
 * (compiler/cli), and their functions here, in the program had-direct.
 */
#ifndef HAD_DIRECT_DIRECT_H
#define HAD_DIRECT_DIRECT_H

#include "cli/cli.h"

int had_cmd_aws(struct had_cli *cli);

#endif
