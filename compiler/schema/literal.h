/* From the text of a literal to a value of an expected type, with a sentence where it does not fit. */
#ifndef HAD_SCHEMA_LITERAL_H
#define HAD_SCHEMA_LITERAL_H

#include "diag/diag.h"
#include "schema/kind.h"
#include "schema/value.h"

/* How the literal was written. */
enum had_spelling {
    HAD_SPELLED_LITERAL, /* digit-first word or IPv6: 10.0.0.0/16, 4h, 111111111111 */
    HAD_SPELLED_TEXT,    /* quoted, or a field of a csv row */
    HAD_SPELLED_WORD,    /* bare word */
};

/*
 * Reads `text` as `type` (not REF, LIST, SET, MAP, SECRET, PRINCIPAL, BODY: sema does those). True: *out
 * is the value, with canonical text and span. False: one finding was reported with its sentence, fixes
 * and, for words, the nearest right one; *out is HAD_VALUE_ERROR. `what` names the attribute in
 * messages ("`session` of permission-set"); it may be empty.
 */
bool had_literal_read(struct had_arena *arena, const struct had_type *type, enum had_spelling spelling,
                      had_str text, struct had_span span, had_str what, struct had_diags *diags,
                      struct had_value *out);

/* True if `text` could be of the type, silently: to choose among the alternatives of ANY_OF. */
bool had_literal_fits(const struct had_type *type, enum had_spelling spelling, had_str text);

/*
 * The default of an attribute that is a literal, also of lists and sets of literals: a value with
 * provenance HAD_DEFAULT and no place; ABSENT where the attribute has none.
 */
struct had_value had_fallback_read(struct had_arena *arena, const struct had_attr *attr);

/* "1h30m" and ISO 8601 "PT1H30M" of seconds; "100GiB"; "2027-03-31" of days; "1Gbps". */
had_str had_duration_text(struct had_arena *arena, int64_t seconds);
had_str had_duration_iso8601(struct had_arena *arena, int64_t seconds);
had_str had_size_text(struct had_arena *arena, int64_t bytes);
had_str had_rate_text(struct had_arena *arena, int64_t bits);
had_str had_date_text(struct had_arena *arena, int64_t days);
bool had_date_parse(had_str text, int64_t *days);

#endif
