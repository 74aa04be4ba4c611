/* What the manifest, the runbook and the firewall list share. */
#ifndef HAD_EMIT_REPORT_REPORT_H
#define HAD_EMIT_REPORT_REPORT_H

#include "emit/steps.h"

/* A text with its reads shown as <Name>, the name under which the step lists their values. */
had_str had_report_text(struct had_arena *arena, const struct had_prop *prop);
/* Files of the DSC back end that a delivery takes, relative to the output. */
had_str had_report_dsc_folder(struct had_arena *arena, const struct had_step *step);
had_str had_report_prop(struct had_arena *arena, const struct had_node *node, const char *name);

void had_manifest_write(const struct had_emit_input *input, struct had_output *output);
void had_firewall_write(const struct had_emit_input *input, struct had_output *output);

#endif
