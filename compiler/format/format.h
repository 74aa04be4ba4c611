/*
 * The one form of a file: tree and trivia to text. It has no options. The result parses to the same
 * tree, keeps every comment, and formatting it again changes nothing.
 *
 * Two spaces of indent; at most one empty line in a row; a body or list written on one line stays
 * on one line while it fits HAD_FORMAT_COLUMNS; `=` is aligned inside an uninterrupted run of
 * one-line attributes of one body, and nowhere else; a comment behind code keeps its column if
 * there is room.
 *
 * The caller passes only files without syntax errors.
 */
#ifndef HAD_FORMAT_FORMAT_H
#define HAD_FORMAT_FORMAT_H

#include "syntax/ast.h"

#include "base/buffer.h"
#include "source/source.h"

enum { HAD_FORMAT_COLUMNS = 120 };

/* Appends the formatted text of `file` to `out`. */
void had_format(struct had_buffer *out, const struct had_sources *sources,
                const struct had_file *file);

#endif
