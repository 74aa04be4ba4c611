/*
 * What the catalog knows, as text for people: `had explain KIND`, `had explain KIND.ATTRIBUTE`,
 * `had explain TYPE`, and hover. Lines are at most HAD_EXPLAIN_WIDTH characters wide but for words
 * that are longer; there are no colours and no trailing spaces.
 */
#ifndef HAD_SCHEMA_EXPLAIN_H
#define HAD_SCHEMA_EXPLAIN_H

#include "base/buffer.h"
#include "schema/kind.h"

enum { HAD_EXPLAIN_WIDTH = 88 };

/* Heads, doc, clauses, attributes, children and derived values of a kind. */
void had_explain_kind(struct had_buffer *out, const struct had_kind *kind);
/* One attribute of a kind: type with range, when it is required, default, doc, what it lowers to.
 */
void had_explain_attr(struct had_buffer *out, const struct had_kind *kind,
                      const struct had_attr *attr);
/* A type: how it is written, what it accepts, its canonical form. */
void had_explain_type(struct had_buffer *out, const struct had_type *type);
/* "cidr /16–/28", "set of 2 subnet", "text of 1–64 characters": a type with the range of its row.
 */
void had_explain_range(struct had_buffer *out, const struct had_type *type);
/* "required; only where `via` is `vpn`; default 8h"; nothing where nothing is to be said. */
void had_explain_conditions(struct had_buffer *out, const struct had_attr *attr);
/* How a type is written, what it accepts, its canonical form (or NULL); NULL if it is not a type to
 * write. */
struct had_type_says {
    const char *written, *accepts, *canonical;
};
const struct had_type_says *had_explain_says(enum had_base base);
/* Words of `text` from column `column` on; further lines start at column `indent`. No final
 * newline. */
void had_explain_wrapped(struct had_buffer *out, had_str text, uint32_t column, uint32_t indent);

#endif
