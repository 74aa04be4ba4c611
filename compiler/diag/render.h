/*
 * What every form of the findings shares: texts made safe to show, the effective explanation and
 * help, numbers and JSON. Included by the renderers and by nothing else.
 */
#ifndef HAD_DIAG_RENDER_H
#define HAD_DIAG_RENDER_H

#include "base/map.h"
#include "diag/diag.h"

#include <jansson.h>

/*
 * One character of a text, as it may be shown: a terminal gets no control character, no
 * bidirectional or other invisible formatting, and no broken UTF-8 from a spec or a file name.
 */
struct had_glyph {
    uint32_t bytes; /* of the text that it stands for; 0 at the end */
    uint32_t cells; /* columns on a terminal */
    char shown[16]; /* NUL-terminated */
};
struct had_glyph had_glyph_at(had_str text, uint32_t offset);

/* True for rules of the catalog, false for language codes (HAD…). */
bool had_code_is_rule(const struct had_code *code);
/* The finding's own help, else the code's; empty if neither says anything. */
had_str had_diag_advice(const struct had_diag *d);
/* The message with "(and 1,249 like it)" behind it where equal ones were folded. */
void had_buffer_message(struct had_buffer *out, const struct had_diag *d);
/* 1249 as 1,249. */
void had_buffer_count(struct had_buffer *out, uint32_t number);

/* A label on the primary span is the text of its underline, every other one a related place. */
bool had_label_is_primary(const struct had_diag *d, const struct had_label *label);

struct had_place {
    had_str file; /* as shown; empty where the finding has no place */
    had_str path; /* relative to the spec's folder */
    struct had_position start, end;
};
struct had_place had_place_of(const struct had_sources *sources, struct had_span span);
/* For forms in which every finding stands somewhere: the start of the first file. */
struct had_place had_place_somewhere(const struct had_sources *sources);

/*
 * Fingerprints in the order of the findings, for a map that starts empty: of code, place in the spec and
 * message, without lines, so that they stay the same when lines move. Equal findings count on.
 */
uint64_t had_fingerprint(struct had_arena *arena, struct had_map *seen, const struct had_diag *d,
                         const struct had_sources *sources);

json_t *had_json_fingerprint(uint64_t fingerprint); /* sixteen hexadecimal digits */

/* A JSON string of any bytes; what is not UTF-8 becomes U+FFFD. */
json_t *had_json_text(had_str text);
/*
 * Writes the document pretty-printed with a final newline and drops it. Characters that a terminal
 * must not get are written as \u escapes.
 */
void had_json_write(struct had_buffer *out, json_t *document);
/*
 * Markdown: a code span of any text, in which nothing is markup and which ends neither a cell nor itself; and a
 * sentence with words in backticks, shown as it is where that is harmless and as code elsewhere.
 */
void had_markdown_code(struct had_buffer *out, had_str text);
void had_markdown_sentence(struct had_buffer *out, had_str text);

#endif
