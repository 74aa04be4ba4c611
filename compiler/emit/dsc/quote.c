#include "emit/dsc/quote.h"

#include <string.h>
#include <utf8proc.h>

struct range {
    uint32_t first, last;
    enum had_dsc_text kind;
};

/*
 * PowerShell's CharTraits: U+2018-201B are single, U+201C-201E double quotation marks. The hidden
 * ones: marks of direction (UAX 9), invisible operators, tags, byte order mark and noncharacters.
 * Joiners (U+200C, U+200D) stay: some scripts need them.
 */
static const struct range refused[] = {
    {0x0000, 0x001f, HAD_DSC_TEXT_CONTROL}, {0x007f, 0x009f, HAD_DSC_TEXT_CONTROL},
    {0x00ad, 0x00ad, HAD_DSC_TEXT_HIDDEN},  {0x061c, 0x061c, HAD_DSC_TEXT_HIDDEN},
    {0x180e, 0x180e, HAD_DSC_TEXT_HIDDEN},  {0x200b, 0x200b, HAD_DSC_TEXT_HIDDEN},
    {0x200e, 0x200f, HAD_DSC_TEXT_HIDDEN},  {0x2018, 0x201e, HAD_DSC_TEXT_QUOTE},
    {0x2028, 0x2029, HAD_DSC_TEXT_CONTROL}, {0x202a, 0x202e, HAD_DSC_TEXT_HIDDEN},
    {0x2060, 0x206f, HAD_DSC_TEXT_HIDDEN},  {0xfdd0, 0xfdef, HAD_DSC_TEXT_HIDDEN},
    {0xfeff, 0xfeff, HAD_DSC_TEXT_HIDDEN},  {0xfff0, 0xfffb, HAD_DSC_TEXT_HIDDEN},
    {0xfffe, 0xffff, HAD_DSC_TEXT_HIDDEN},  {0xe0000, 0xe007f, HAD_DSC_TEXT_HIDDEN},
};

static enum had_dsc_text character_check(uint32_t c)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (c >= refused[i].first && c <= refused[i].last)
            return refused[i].kind;
    return (c & 0xfffe) == 0xfffe ? HAD_DSC_TEXT_HIDDEN : HAD_DSC_TEXT_PLAIN;
}

/* What AWS-ApplyDSCMofs expands in every string property: {kind:name}. */
static const char *const tokens[] = {"{tag:", "{tagb64:", "{env:", "{ssm:", "{tagssm:"};

static bool token_starts(had_str rest)
{
    if (had_str_starts(rest, "{{") || had_str_starts(rest, "${"))
        return true;
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        uint32_t length = (uint32_t)strlen(tokens[i]);
        if (rest.len >= length &&
            had_str_eq_nocase(had_str_slice(rest, 0, length), had_str_c(tokens[i])))
            return true;
    }
    return false;
}

/* Decodes the character at `at` into *c; its length in bytes, or 0 if it is none. */
static uint32_t character_at(had_str text, uint32_t at, uint32_t *c)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, text.len - at, &code);
    if (length <= 0 || code < 0)
        return 0;
    *c = (uint32_t)code;
    return (uint32_t)length;
}

enum had_dsc_text had_dsc_text_check(had_str text, uint32_t *at)
{
    for (*at = 0; *at < text.len;) {
        uint32_t c, length = character_at(text, *at, &c);
        if (!length)
            return HAD_DSC_TEXT_ENCODING;
        enum had_dsc_text kind = character_check(c);
        if (kind != HAD_DSC_TEXT_PLAIN)
            return kind;
        if ((c == '{' || c == '$') && token_starts(had_str_slice(text, *at, text.len)))
            return HAD_DSC_TEXT_TOKEN;
        *at += length;
    }
    return HAD_DSC_TEXT_PLAIN;
}

const char *had_dsc_text_name(enum had_dsc_text kind)
{
    switch (kind) {
    case HAD_DSC_TEXT_PLAIN:
        return "nothing";
    case HAD_DSC_TEXT_ENCODING:
        return "broken UTF-8";
    case HAD_DSC_TEXT_CONTROL:
        return "a control character";
    case HAD_DSC_TEXT_QUOTE:
        return "a curly quotation mark";
    case HAD_DSC_TEXT_HIDDEN:
        return "an invisible character";
    case HAD_DSC_TEXT_TOKEN:
        return "a word in braces that is expanded";
    }
    return "nothing";
}

uint32_t had_dsc_text_characters(had_str text)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < text.len; count++) {
        uint32_t c, length = character_at(text, at, &c);
        at += length ? length : 1;
    }
    return count;
}

uint32_t had_dsc_text_point(had_str text)
{
    uint32_t c = 0;
    (void)character_at(text, 0, &c);
    return c;
}

uint32_t had_dsc_text_length(had_str text)
{
    uint32_t units = 0;
    for (uint32_t at = 0; at < text.len;) {
        uint32_t c, length = character_at(text, at, &c);
        if (!length)
            break;
        units += c > 0xffff ? 2 : 1;
        at += length;
    }
    return units;
}

bool had_dsc_text_ascii(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] > 0x7e)
            return false;
    return true;
}

void had_dsc_quote(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '\'');
    for (uint32_t at = 0; at < text.len;) {
        uint32_t c = 0, length = character_at(text, at, &c);
        if (!length)
            length = 1;
        if (c == '\'' || (c >= 0x2018 && c <= 0x201b))
            had_buffer_add(out, text.ptr + at, length);
        had_buffer_add(out, text.ptr + at, length);
        at += length;
    }
    had_buffer_char(out, '\'');
}

void had_dsc_quote_mof(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n') {
            had_buffer_c(out, "\\n");
        } else if (c != '\r') { /* the compiler drops it in front of a newline */
            if (c == '"' || c == '\\')
                had_buffer_char(out, '\\');
            had_buffer_char(out, c);
        }
    }
    had_buffer_char(out, '"');
}

/* ---- whitelists ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_plain(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

static bool all_of(had_str text, const char *more, uint32_t max)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (!is_plain(text.ptr[i]) && (!text.ptr[i] || !strchr(more, text.ptr[i])))
            return false;
    return text.len > 0 && text.len <= max;
}

void had_dsc_comment(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        had_buffer_char(out, is_plain(c) || (c && strchr(" ._:/[]@,+=-", c)) ? c : '?');
    }
}

bool had_dsc_is_domain(had_str text)
{
    uint32_t label = 0, labels = 1;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.') {
            if (label == 0 || text.ptr[i - 1] == '-')
                return false;
            label = 0;
            labels++;
        } else if ((!is_plain(c) && (c != '-' || label == 0)) || ++label > 63) {
            return false;
        }
    }
    return labels > 1 && label > 0 && text.len <= 253 && text.ptr[text.len - 1] != '-';
}

bool had_dsc_is_secret(had_str text)
{
    return all_of(text, "/_+=.@:-", 2048);
}

bool had_dsc_is_region(had_str text)
{
    return all_of(text, "-", 32);
}

bool had_dsc_is_key(had_str text)
{
    return all_of(text, "_", 64) && (is_letter(text.ptr[0]) || text.ptr[0] == '_');
}

/* Names of devices, which Windows keeps for itself, with or without an extension. */
static const char *const devices[] = {
    "con",  "prn",  "aux",  "nul",  "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"};

bool had_dsc_is_folder(had_str text)
{
    if (!all_of(text, "._-", 128) || text.ptr[0] == '.' || text.ptr[text.len - 1] == '.')
        return false;
    int64_t dot = had_str_find(text, '.');
    had_str stem = dot < 0 ? text : had_str_slice(text, 0, (uint32_t)dot);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (had_str_eq_nocase(stem, had_str_c(devices[i])))
            return false;
    return true;
}

bool had_dsc_is_machine(had_str text)
{
    return had_dsc_is_folder(text) && all_of(text, "-", 15) && text.ptr[0] != '-' &&
           text.ptr[text.len - 1] != '-';
}

had_str had_dsc_instance_name(struct had_arena *arena, had_str text)
{
    char *name = had_arena_alloc(arena, (size_t)text.len + 1);
    uint32_t length = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool kept = is_plain(c) || c == '-' || c == '_' || c == '.';
        if (kept)
            name[length++] = c;
        else if (length == 0 || name[length - 1] != '-')
            name[length++] = '-';
    }
    if (length == 0)
        name[length++] = '-';
    return (had_str){name, length};
}
