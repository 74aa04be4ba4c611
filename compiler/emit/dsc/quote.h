/*
 * Texts on their way into PowerShell and MOF. What a spec says becomes a single-quoted literal, and
 * only after had_dsc_text_check() found nothing in it that could end a literal, be expanded by a
 * program on the way, or deceive a reader.
 */
#ifndef HAD_EMIT_DSC_QUOTE_H
#define HAD_EMIT_DSC_QUOTE_H

#include "base/buffer.h"

enum had_dsc_text {
    HAD_DSC_TEXT_PLAIN,
    HAD_DSC_TEXT_ENCODING, /* not UTF-8; lone surrogates are not UTF-8 either */
    HAD_DSC_TEXT_CONTROL,  /* control characters and line separators */
    HAD_DSC_TEXT_QUOTE,    /* curly quotation marks, which PowerShell takes for straight ones */
    HAD_DSC_TEXT_HIDDEN,   /* bidirectional overrides and other characters that nobody sees */
    HAD_DSC_TEXT_TOKEN,    /* {ssm:…}, {{…}}, ${…} */
};

/* What is wrong with a text; *at is the byte where. */
enum had_dsc_text had_dsc_text_check(had_str text, uint32_t *at);
/* "a control character": what was found, for a message. Static text. */
const char *had_dsc_text_name(enum had_dsc_text kind);

/* Characters of a text, and the code point of its first one. */
uint32_t had_dsc_text_characters(had_str text);
uint32_t had_dsc_text_point(had_str text);

/* Length in UTF-16 units, by which .NET counts. */
uint32_t had_dsc_text_length(had_str text);
bool had_dsc_text_ascii(had_str text);

/* 'it''s': doubles each of the five characters that PowerShell reads as a single quotation mark. */
void had_dsc_quote(struct had_buffer *out, had_str text);
/* "C:\\Windows": the text of a MOF string. */
void had_dsc_quote_mof(struct had_buffer *out, had_str text);
/* For comments: letters, digits, space and ._:/[]@,+=- stay, each other byte becomes `?`. */
void had_dsc_comment(struct had_buffer *out, had_str text);

/* Whitelists of what may stand in a script's body. */
bool had_dsc_is_domain(had_str text); /* labels of ASCII letters, digits, hyphens; at least two */
bool had_dsc_is_secret(had_str text); /* a secret's name or ARN: letters, digits, /_+=.@:- */
bool had_dsc_is_region(had_str text);
bool had_dsc_is_key(had_str text);     /* a JSON key: letters, digits, _ */
bool had_dsc_is_machine(had_str text); /* NetBIOS computer name of 1-15 letters, digits, hyphens */
bool had_dsc_is_folder(had_str text);  /* letters, digits, . _ -, not starting with a dot */

/* Only letters, digits, - _ . stay; other runs of bytes become one `-`. Never empty. */
had_str had_dsc_instance_name(struct had_arena *arena, had_str text);

#endif
