/*
 * YAML as a careful engineer writes it. Plain where that cannot be misread, quoted elsewhere:
 * CloudFormation reads YAML 1.1, where `off` is false, 010 is eight, 1:30 is ninety and 2010-09-09
 * is a date.
 */
#include "emit/cloudformation/model.h"

#include <string.h>
#include <utf8proc.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words that YAML 1.1 resolves to something other than text. */
static bool is_reserved(had_str text)
{
    static const char *const words[] = {"y",    "n",     "yes",  "no",  "on", "off",
                                        "true", "false", "null", "nan", "inf"};
    for (size_t i = 0; text.len <= 5 && i < sizeof words / sizeof *words; i++)
        if (had_str_eq_nocase(text, had_str_c(words[i])))
            return true;
    return false;
}

/* 10.1.0.10 or 10.1.0.0/16: three dots keep it from being a number. */
static bool is_ipv4(had_str text)
{
    uint32_t dots = 0, digits = 0;
    bool slash = false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_digit(c)) {
            digits++;
        } else if (c == '.' && digits && !slash) {
            dots++;
            digits = 0;
        } else if (c == '/' && digits && dots == 3 && !slash) {
            slash = true;
            digits = 0;
        } else {
            return false;
        }
        if (digits > 3)
            return false;
    }
    return dots == 3 && digits;
}

bool had_yaml_plain(had_str text)
{
    if (!text.len || text.len > 240 || is_reserved(text))
        return false;
    char first = text.ptr[0], last = text.ptr[text.len - 1];
    if (is_digit(first))
        return is_ipv4(text);
    if (!is_alpha(first) && first != '/' && first != '_')
        return false;
    if (last == ':' || last == ' ')
        return false;
    /* 1: as it stands; 2: not before a space; 3: not before `#` */
    static const unsigned char classes[128] = {
        ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1, ['H'] = 1,
        ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1, ['P'] = 1,
        ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1, ['X'] = 1,
        ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1, ['f'] = 1,
        ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1, ['n'] = 1,
        ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1, ['v'] = 1,
        ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1, ['0'] = 1,  ['1'] = 1, ['2'] = 1, ['3'] = 1,
        ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1,  ['9'] = 1, ['_'] = 1, ['-'] = 1,
        ['.'] = 1, ['/'] = 1, ['@'] = 1, ['+'] = 1, ['='] = 1,  ['('] = 1, [')'] = 1, ['$'] = 1,
        [';'] = 1, ['*'] = 1, [':'] = 2, [' '] = 3, ['\''] = 3, [','] = 3, ['"'] = 3,
    };
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        unsigned char class = c < sizeof classes ? classes[c] : 0;
        if (class == 1)
            continue;
        if (class == 2 && text.ptr[i + 1] != ' ') /* not the last, as seen above */
            continue;
        if (class == 3 && text.ptr[i + 1 < text.len ? i + 1 : i] != '#')
            continue;
        return false;
    }
    return true;
}

/* A character that YAML or a terminal would not show as itself. */
static bool is_plain_rune(utf8proc_int32_t rune)
{
    if (rune >= 0x20 && rune < 0x7f)
        return true;
    if (rune == '\t' || rune < 0x20 || (rune >= 0x7f && rune <= 0xa0))
        return false;
    utf8proc_category_t category = utf8proc_category(rune);
    return category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF &&
           category != UTF8PROC_CATEGORY_CS && category != UTF8PROC_CATEGORY_CO &&
           category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_ZL &&
           category != UTF8PROC_CATEGORY_ZP;
}

static uint32_t rune_at(had_str text, uint32_t at, utf8proc_int32_t *rune)
{
    if ((unsigned char)text.ptr[at] < 0x80) {
        *rune = (unsigned char)text.ptr[at];
        return 1;
    }
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at,
                                          (utf8proc_ssize_t)(text.len - at), rune);
    if (n <= 0) {
        *rune = 0xfffd;
        return 1;
    }
    return (uint32_t)n;
}

/* True if every character can stand as it is, newlines apart. */
static bool is_printable(had_str text, bool newlines)
{
    for (uint32_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c < 0x7f) {
            i++;
            continue;
        }
        utf8proc_int32_t rune;
        i += rune_at(text, i, &rune);
        if (rune == '\n' && newlines)
            continue;
        if (!is_plain_rune(rune))
            return false;
    }
    return true;
}

static void write_escaped(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < text.len;) {
        utf8proc_int32_t rune;
        uint32_t n = rune_at(text, i, &rune);
        if (rune == '"' || rune == '\\')
            had_buffer_printf(out, "\\%c", (char)rune);
        else if (rune == '\n')
            had_buffer_c(out, "\\n");
        else if (rune == '\t')
            had_buffer_c(out, "\\t");
        else if (is_plain_rune(rune))
            had_buffer_add(out, text.ptr + i, n);
        else if (rune > 0xffff)
            had_buffer_printf(out, "\\U%08X", (unsigned)rune);
        else
            had_buffer_printf(out, "\\u%04X", (unsigned)rune);
        i += n;
    }
    had_buffer_char(out, '"');
}

static void write_quoted(struct had_buffer *out, had_str text)
{
    if (!is_printable(text, false)) {
        write_escaped(out, text);
        return;
    }
    had_buffer_char(out, '\'');
    for (uint32_t i = 0; i < text.len;) {
        const char *quote = memchr(text.ptr + i, '\'', text.len - i);
        uint32_t end = quote ? (uint32_t)(quote - text.ptr) + 1 : text.len;
        had_buffer_add(out, text.ptr + i, end - i);
        if (quote)
            had_buffer_char(out, '\'');
        i = end;
    }
    had_buffer_char(out, '\'');
}

static void write_text(struct had_buffer *out, had_str text)
{
    if (had_yaml_plain(text))
        had_buffer_str(out, text);
    else
        write_quoted(out, text);
}

/* Several lines that survive as a block: printable, no trailing blanks that nobody would see. */
static bool fits_block(const struct had_cfn *value)
{
    had_str text = value->text;
    if (had_str_find(text, '\n') < 0 && !value->block)
        return false;
    if (!text.len || !is_printable(text, true))
        return false;
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ' ' && (i + 1 == text.len || text.ptr[i + 1] == '\n'))
            return false;
    return true;
}

static void write_block(struct had_buffer *out, had_str text, size_t indent)
{
    uint32_t end = text.len;
    while (end && text.ptr[end - 1] == '\n')
        end--;
    uint32_t newlines = text.len - end;
    had_buffer_char(out, '|');
    if (text.ptr[0] == ' ' || text.ptr[0] == '\n')
        had_buffer_char(out, '2');
    if (!newlines)
        had_buffer_char(out, '-');
    else if (newlines > 1)
        had_buffer_char(out, '+');
    had_buffer_char(out, '\n');
    uint32_t start = 0;
    while (start < text.len) {
        const char *newline = memchr(text.ptr + start, '\n', text.len - start);
        uint32_t stop = newline ? (uint32_t)(newline - text.ptr) : text.len;
        if (stop > start) {
            had_buffer_repeat(out, ' ', indent);
            had_buffer_add(out, text.ptr + start, stop - start);
        }
        had_buffer_char(out, '\n');
        start = stop + 1;
    }
}

static void write_value(struct had_buffer *out, const struct had_cfn *value, size_t indent,
                        bool in_list);

static void write_comment(struct had_buffer *out, had_str comment, size_t indent)
{
    uint32_t start = 0;
    while (start < comment.len) {
        uint32_t stop = start;
        while (stop < comment.len && comment.ptr[stop] != '\n')
            stop++;
        had_buffer_repeat(out, ' ', indent);
        had_buffer_char(out, '#');
        if (stop > start)
            had_buffer_char(out, ' ');
        for (uint32_t i = start; i < stop;) {
            uint32_t plain = i;
            while (plain < stop && comment.ptr[plain] >= 0x20 && comment.ptr[plain] < 0x7f)
                plain++;
            had_buffer_add(out, comment.ptr + i, plain - i);
            i = plain;
            if (i == stop)
                break;
            utf8proc_int32_t rune;
            uint32_t n = rune_at(comment, i, &rune);
            if (is_plain_rune(rune))
                had_buffer_add(out, comment.ptr + i, n);
            else
                had_buffer_char(out, '?');
            i += n;
        }
        had_buffer_char(out, '\n');
        start = stop + 1;
    }
}

static void write_map(struct had_buffer *out, const struct had_cfn *map, size_t indent,
                      bool first_in_place)
{
    had_each(const struct had_cfn_entry, entry, &map->entries) {
        bool in_place = first_in_place && entry == map->entries.items;
        if (!in_place) {
            if (entry->gap)
                had_buffer_char(out, '\n');
            write_comment(out, entry->comment, indent);
            had_buffer_repeat(out, ' ', indent);
        }
        write_text(out, entry->key);
        had_buffer_char(out, ':');
        write_value(out, entry->value, indent, false);
    }
}

static void write_items(struct had_buffer *out, const struct had_cfn *list, size_t indent)
{
    had_each(struct had_cfn *, item, &list->items) {
        had_buffer_repeat(out, ' ', indent);
        had_buffer_char(out, '-');
        write_value(out, *item, indent, true);
    }
}

/*
 * Writes what stands behind `KEY:` or `-`, from the space on, with the newline. `indent` is that of
 * the key or dash.
 */
static void write_value(struct had_buffer *out, const struct had_cfn *value, size_t indent,
                        bool in_list)
{
    switch (value->tag) {
    case HAD_CFN_TEXT:
        had_buffer_char(out, ' ');
        if (fits_block(value)) {
            write_block(out, value->text, indent + 2);
            return;
        }
        write_text(out, value->text);
        break;
    case HAD_CFN_NUMBER:
        had_buffer_char(out, ' ');
        had_buffer_str(out, value->text);
        break;
    case HAD_CFN_BOOL:
        had_buffer_c(out, value->boolean ? " true" : " false");
        break;
    case HAD_CFN_REF:
        had_buffer_c(out, " !Ref ");
        write_text(out, value->text);
        break;
    case HAD_CFN_GETATT:
        had_buffer_c(out, " !GetAtt ");
        write_text(out, value->text);
        break;
    case HAD_CFN_SUB:
        had_buffer_c(out, " !Sub ");
        if (fits_block(value)) {
            write_block(out, value->text, indent + 2);
            return;
        }
        write_quoted(out, value->text);
        break;
    case HAD_CFN_CALL:
        had_buffer_c(out, " !");
        had_buffer_str(out, value->text);
        had_buffer_char(out, '\n');
        write_items(out, value, indent + 2);
        return;
    case HAD_CFN_LIST:
        if (value->items.count) {
            had_buffer_char(out, '\n');
            write_items(out, value, indent + 2);
            return;
        }
        had_buffer_c(out, " []");
        break;
    case HAD_CFN_MAP:
        if (value->entries.count) {
            had_buffer_char(out, in_list ? ' ' : '\n');
            write_map(out, value, indent + 2, in_list);
            return;
        }
        had_buffer_c(out, " {}");
        break;
    case HAD_CFN_WRITTEN:
        had_buffer_str(out, value->text);
        return;
    }
    had_buffer_char(out, '\n');
}

void had_cfn_yaml_at(struct had_buffer *out, const struct had_cfn *map, size_t indent)
{
    had_buffer_char(out, '\n');
    write_map(out, map, indent, false);
}

void had_cfn_yaml(struct had_buffer *out, const struct had_cfn *root)
{
    write_map(out, root, 0, false);
}
