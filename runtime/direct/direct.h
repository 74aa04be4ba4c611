/*
 * Commands that call AWS. They have their rows, help and options in the tables of the command line
 * (compiler/cli), and their functions here, in the program had-direct.
 */
#ifndef HAD_DIRECT_DIRECT_H
#define HAD_DIRECT_DIRECT_H

#include "aws/aws.h"
#include "cli/cli.h"

int had_cmd_apply(struct had_cli *cli);
int had_cmd_aws(struct had_cli *cli);
int had_cmd_destroy(struct had_cli *cli);
int had_cmd_drift(struct had_cli *cli);
int had_cmd_import(struct had_cli *cli);
int had_cmd_output(struct had_cli *cli);
int had_cmd_plan(struct had_cli *cli);
int had_cmd_state(struct had_cli *cli);

/* For struct had_aws_options: asks at the terminal, unless `--no-input`; the context is the cli. */
bool had_direct_ask_mfa(void *context, had_str device, char code[HAD_AWS_MFA_ROOM]);

#endif
