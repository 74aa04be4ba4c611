/* What the runbook and the deploy script share: the same steps, for people and for a shell. */
#ifndef HAD_EMIT_RUNBOOK_RUNBOOK_H
#define HAD_EMIT_RUNBOOK_RUNBOOK_H

#include "emit/steps.h"

/*
 * A value as one word of the shell, or the command that prints it. Commands use the function
 * `out ACCOUNT REGION STACK OUTPUT`.
 */
void had_runbook_binding(struct had_buffer *out, struct had_arena *arena,
                         const struct had_binding *binding);
/* On one line, without signs that a terminal would act on. */
had_str had_runbook_line(struct had_arena *arena, had_str text);
/* Bucket that a delivery's configuration goes to; empty: the step has no delivery. */
had_str had_runbook_bucket(struct had_arena *arena, const struct had_step *step);
/* Marks the modules whose resources the configurations of a step use; one flag for each module. */
void had_runbook_modules(const struct had_step *step, bool *used);

/* The functions of deploy.sh, made from the file when the project is built. */
extern const had_str had_deploy_script;
void had_deploy_write(const struct had_emit_input *input, struct had_output *output);

#endif
