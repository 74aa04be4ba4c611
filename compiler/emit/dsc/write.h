/*
 * The writers: a group of the model to the text of one file, lines ending in \n.
 * had_dsc_file_text() gives the bytes of the file.
 */
#ifndef HAD_EMIT_DSC_WRITE_H
#define HAD_EMIT_DSC_WRITE_H

#include "emit/dsc/model.h"

void had_dsc_write_ps1(struct had_buffer *out, const struct had_dsc_model *model,
                       const struct had_dsc_group *group);
void had_dsc_write_psd1(struct had_buffer *out, const struct had_dsc_model *model,
                        const struct had_dsc_group *group);
void had_dsc_write_lcm(struct had_buffer *out, const struct had_dsc_model *model,
                       const struct had_dsc_group *group);
/* One machine as MOF; false after a finding (HAD0819). */
bool had_dsc_write_mof(struct had_buffer *out, struct had_dsc_model *model,
                       const struct had_dsc_group *group, const struct had_dsc_machine *machine);

/* 'text', 100, $true or @('a', 'b'): a value without secrets and later ones, as a literal. */
void had_dsc_write_literal(struct had_buffer *out, const struct had_dsc_value *value);
bool had_dsc_group_has_credentials(const struct had_dsc_group *group);
/* "Made by had VERSION from the spec NAME": what a file says about itself, sanitised. */
void had_dsc_write_maker(struct had_buffer *out, const struct had_dsc_model *model);

/*
 * Lines end in CR LF, as Windows tools write them. Windows PowerShell reads a file without byte
 * order mark in the code page of the machine, so text that is not ASCII gets one.
 */
had_str had_dsc_file_text(struct had_arena *arena, had_str text);
/* The same for MOF, which is ASCII, or UTF-16 as Windows' own compiler writes it. */
had_str had_dsc_mof_text(struct had_arena *arena, had_str text);

#endif
