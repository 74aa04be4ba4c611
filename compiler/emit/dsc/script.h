/*
 * Script resources. A body is one of a few constants (facts/scripts.json) whose placeholders take
 * domain names, Regions, secrets' names and words from a closed list, never free text: what stands
 * in a script runs as the system on a domain controller.
 */
#ifndef HAD_EMIT_DSC_SCRIPT_H
#define HAD_EMIT_DSC_SCRIPT_H

#include "emit/dsc/model.h"

/* Fills .script and .arguments of an item from the map of its resource; false after a finding. */
bool had_dsc_script_make(struct had_dsc_model *model, struct had_dsc_item *item,
                         const struct had_prop *map);
/* Line `line` of a body with its placeholders filled; false behind the last. */
bool had_dsc_script_line(struct had_buffer *out, const struct had_dsc_item *item, uint32_t body,
                         uint32_t line);

extern const char *const had_dsc_script_properties[HAD_DSC_BODIES]; /* "GetScript" */

#endif
