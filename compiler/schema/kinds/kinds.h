/* What kinds.def gives: the constant of every kind, and an index by name that the build makes. */
#ifndef HAD_SCHEMA_KINDS_KINDS_H
#define HAD_SCHEMA_KINDS_KINDS_H

#include "schema/kind.h"

#define KIND(id) extern const struct had_kind had_kind_##id;
#include "schema/kinds/kinds.def"
#undef KIND

/* All kinds, sorted by name; made by kinds/index.c. */
extern const struct had_kind *const had_kinds_by_name[];
extern const uint32_t had_kinds_by_name_count;

#endif
