/* Shared by the runner's files only. */
#ifndef HAD_CHECK_INTERNAL_H
#define HAD_CHECK_INTERNAL_H

#include "check/check.h"
#include "schema/facts.h"

/* The code of a rule that is built, or a language code; NULL if neither. */
const struct had_code *had_check_code(had_str code);
/* HAD0601 with the nearest code. */
struct had_diag *had_check_unknown(struct had_check *check, had_str code, struct had_span span);

/* The object of a finding: its address is one of an object, or of a node, which has the object's before
 * a `:`. NULL if neither. */
const struct had_object *had_check_object(const struct had_spec *spec, had_str address);

/*
 * Applies the spec's waivers to all findings, and reports those that are unknown, unused, expired
 * or about what cannot be waived. `ran` holds the rules that ran; `broken`: earlier passes reported
 * errors.
 */
void had_check_waive(struct had_check *check, const struct had_map *ran, bool ignore, bool broken);

#endif
