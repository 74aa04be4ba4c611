/*
 * Pages from the tables of kinds, types, functions, rules, findings, commands and options. What
 * stands in a table stands nowhere else, so a page is never behind the program.
 */
#ifndef HAD_DOCS_DOCS_H
#define HAD_DOCS_DOCS_H

#include "emit/emit.h"

/* The reference: README.md, kinds/KIND.md, types.md, functions.md, rules/GROUP.md, findings.md,
 * commands.md. */
void had_docs_markdown(struct had_output *out);
/* had.1, had-COMMAND.1 and had.5; `date` is that of the release. */
void had_docs_man(struct had_output *out, const char *version, const char *date);

/* What the groups of rules are about: "DC" is "Domain controllers". NULL for one that is not known.
 */
const char *had_docs_group(const char *group);

#endif
