#include "diag/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Joiners are part of ordinary writing in several scripts; everything else that formats is escaped.
 */
static bool unsafe(utf8proc_int32_t point)
{
    if (point == 0x200c || point == 0x200d)
        return false;
    if ((point & 0xfffe) == 0xfffe) /* not characters, and not admitted in XML */
        return true;
    utf8proc_category_t category = utf8proc_category(point);
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
           category == UTF8PROC_CATEGORY_CS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

static utf8proc_int32_t decode(had_str text, uint32_t offset, uint32_t *bytes)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + offset,
                                          (utf8proc_ssize_t)(text.len - offset), &point);
    *bytes = n < 1 ? 1 : (uint32_t)n;
    return n < 1 ? -1 : point;
}

struct had_glyph had_glyph_at(had_str text, uint32_t offset)
{
    struct had_glyph glyph = {0};
    if (offset >= text.len)
        return glyph;
    utf8proc_int32_t point = decode(text, offset, &glyph.bytes);
    int len;
    if (point < 0) {
        len = snprintf(glyph.shown, sizeof glyph.shown, "\\x{%02x}",
                       (unsigned)(unsigned char)text.ptr[offset]);
    } else if (unsafe(point)) {
        len = snprintf(glyph.shown, sizeof glyph.shown, "\\u{%x}", (unsigned)point);
    } else {
        memcpy(glyph.shown, text.ptr + offset, glyph.bytes);
        int width = utf8proc_charwidth(point);
        glyph.cells = width > 0 ? (uint32_t)width : 0;
        return glyph;
    }
    glyph.cells = (uint32_t)len;
    return glyph;
}

void had_buffer_safe(struct had_buffer *out, had_str text)
{
    uint32_t at = 0;
    while (at < text.len) {
        struct had_glyph glyph = had_glyph_at(text, at);
        had_buffer_c(out, glyph.shown);
        at += glyph.bytes;
    }
}

bool had_code_is_rule(const struct had_code *code)
{
    return strncmp(code->code, "HAD", 3) != 0;
}

had_str had_diag_advice(const struct had_diag *d)
{
    return d->help.len ? d->help : had_str_c(d->code->help);
}

void had_buffer_count(struct had_buffer *out, uint32_t number)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, "%u", (unsigned)number);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            had_buffer_char(out, ',');
        had_buffer_char(out, digits[i]);
    }
}

void had_buffer_message(struct had_buffer *out, const struct had_diag *d)
{
    had_buffer_safe(out, d->message);
    if (d->like_it) {
        had_buffer_c(out, " (and ");
        had_buffer_count(out, d->like_it);
        had_buffer_c(out, " like it)");
    }
}

bool had_label_is_primary(const struct had_diag *d, const struct had_label *label)
{
    return label->span.file == d->span.file && label->span.start == d->span.start &&
           label->span.end == d->span.end;
}

uint64_t had_fingerprint(struct had_arena *arena, struct had_map *seen, const struct had_diag *d,
                         const struct had_sources *sources)
{
    /* An object keeps its address when it moves to another file; only what has none counts its
     * file. */
    const struct had_source *source = had_source_of(sources, d->span);
    had_str where = d->address.len ? d->address : source ? source->path : HAD_STR("");
    const had_str parts[] = {had_str_c(d->code->code), where, d->message};
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (uint32_t at = 0; at < parts[i].len; at++)
            hash = (hash ^ (unsigned char)parts[i].ptr[at]) * 0x100000001b3u;
        hash = (hash ^ 0xff) * 0x100000001b3u; /* a separator: no UTF-8 holds this byte */
    }
    uint64_t *before = had_map_get(seen, hash);
    uint64_t count = before ? *before : 0;
    had_map_put(arena, seen, hash, count + 1);
    return count ? (hash ^ count) * 0x100000001b3u : hash;
}

struct had_place had_place_of(const struct had_sources *sources, struct had_span span)
{
    struct had_place place = {0};
    const struct had_source *source = had_source_of(sources, span);
    if (!source)
        return place;
    place.file = source->shown.len ? source->shown : source->path;
    place.path = source->path;
    place.start = had_source_position(sources, span.file, span.start);
    place.end =
        had_source_position(sources, span.file, span.end > span.start ? span.end : span.start);
    return place;
}

struct had_place had_place_somewhere(const struct had_sources *sources)
{
    struct had_place place = had_place_of(sources, (struct had_span){1, 0, 0});
    if (!place.file.len)
        place = (struct had_place){HAD_STR("."), HAD_STR("."), {1, 1}, {1, 1}};
    return place;
}

json_t *had_json_text(had_str text)
{
    json_t *string = json_stringn(text.ptr ? text.ptr : "", text.len);
    if (string)
        return string;
    struct had_buffer clean = {0};
    for (uint32_t at = 0, bytes; at < text.len; at += bytes) {
        if (decode(text, at, &bytes) < 0)
            had_buffer_c(&clean, "\xef\xbf\xbd");
        else
            had_buffer_add(&clean, text.ptr + at, bytes);
    }
    string = json_stringn(clean.ptr ? clean.ptr : "", clean.len);
    had_buffer_free(&clean);
    return string;
}

json_t *had_json_fingerprint(uint64_t fingerprint)
{
    char text[24];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)fingerprint);
    return json_string(text);
}

static int write_chunk(const char *bytes, size_t size, void *data)
{
    had_buffer_add(data, bytes, size);
    return 0;
}

void had_json_write(struct had_buffer *out, json_t *document)
{
    struct had_buffer raw = {0};
    json_dump_callback(document, write_chunk, &raw, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(document);
    had_str text = had_buffer_view(&raw);
    uint32_t kept = 0;
    for (uint32_t at = 0, bytes = 1; at < text.len; at += bytes) {
        bytes = 1;
        /* U+007F, or the first byte of a character beyond ASCII: all others jansson has escaped. */
        if ((unsigned char)text.ptr[at] < 0x7f)
            continue;
        utf8proc_int32_t point = decode(text, at, &bytes);
        if (!unsafe(point))
            continue;
        had_buffer_str(out, had_str_slice(text, kept, at));
        had_buffer_escape(out, (uint32_t)point);
        kept = at + bytes;
    }
    had_buffer_str(out, had_str_slice(text, kept, text.len));
    had_buffer_char(out, '\n');
    had_buffer_free(&raw);
}
