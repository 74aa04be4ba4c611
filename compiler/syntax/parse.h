/* From text to tree. Pure: text in memory, no globals, safe to call from tests, editors and
 * fuzzers. */
#ifndef HAD_SYNTAX_PARSE_H
#define HAD_SYNTAX_PARSE_H

#include "diag/diag.h"
#include "syntax/ast.h"

/* Depth of nested braces, brackets and parentheses that is refused with a finding. */
enum { HAD_NESTING_MAX = 200 };

/*
 * Parses file number `file` of `sources`. Always gives a tree; syntax errors are in `diags`, each
 * statement that holds one is a HAD_STMT_ERROR or holds HAD_EXPR_ERROR.
 */
struct had_file *had_parse(struct had_arena *arena, const struct had_sources *sources,
                           uint32_t file, struct had_diags *diags);

/* The tree without places: equal for two files that say the same. */
void had_dump_shape(struct had_buffer *out, const struct had_file *file);
/* `had dump --after=lex` and `--after=parse`. */
void had_dump_tokens(struct had_buffer *out, const struct had_sources *sources, uint32_t file);
void had_dump_ast(struct had_buffer *out, const struct had_sources *sources,
                  const struct had_file *file);

#endif
