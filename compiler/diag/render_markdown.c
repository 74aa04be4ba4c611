/* Findings as Markdown, for a comment of a pull request. Nothing of a spec is markup in it. */
#include "diag/render.h"

#include <string.h>

enum { ROWS_MAX = 50 };

void had_markdown_code(struct had_buffer *out, had_str text)
{
    struct had_buffer safe = {0};
    had_buffer_safe(&safe, text);
    uint32_t run = 0, longest = 0;
    for (size_t i = 0; i < safe.len; i++) {
        run = safe.ptr[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    bool pad = !safe.len || safe.ptr[0] == '`' || safe.ptr[safe.len - 1] == '`';
    had_buffer_repeat(out, '`', longest + 1);
    had_buffer_c(out, pad ? " " : "");
    for (size_t i = 0; i < safe.len; i++) {
        if (safe.ptr[i] == '|') /* would end the cell, in code too */
            had_buffer_char(out, '\\');
        had_buffer_char(out, safe.ptr[i]);
    }
    had_buffer_c(out, pad ? " " : "");
    had_buffer_repeat(out, '`', longest + 1);
    had_buffer_free(&safe);
}

/* Characters that mean nothing to Markdown anywhere in a sentence. */
static bool inert(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80 || (c && strchr(" ,.;:'()\"/=%+-?", c));
}

/* Whether the code of a sentence is only in pairs of single backticks, and the rest of it is inert.
 */
static bool plain(had_str text)
{
    bool code = false;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '`') {
            if (i + 1 < text.len && text.ptr[i + 1] == '`')
                return false;
            code = !code;
        } else if (!code && !inert(text.ptr[i])) {
            return false;
        }
    }
    return !code && !memchr(text.ptr ? text.ptr : "", '\n', text.len);
}

void had_markdown_sentence(struct had_buffer *out, had_str text)
{
    struct had_buffer safe = {0};
    had_buffer_safe(&safe, text);
    if (!plain(had_buffer_view(&safe)))
        had_markdown_code(out, text);
    for (size_t i = 0; plain(had_buffer_view(&safe)) && i < safe.len; i++) {
        if (safe.ptr[i] == '|')
            had_buffer_char(out, '\\');
        had_buffer_char(out, safe.ptr[i]);
    }
    had_buffer_free(&safe);
}

static void add_row(struct had_buffer *out, const struct had_diag *d,
                    const struct had_sources *sources)
{
    struct had_place at = had_place_of(sources, d->span);
    struct had_buffer text = {0};
    had_buffer_message(&text, d);
    had_buffer_printf(out, "| %s | %s | ", had_severity_name(d->severity), d->code->code);
    had_markdown_sentence(out, had_buffer_view(&text));
    had_buffer_free(&text);
    had_str help = had_diag_advice(d);
    if (help.len) {
        had_buffer_c(out, "<br>help: ");
        had_markdown_sentence(out, help);
    }
    had_buffer_c(out, " | ");
    if (at.file.len) {
        had_buffer_printf(&text, HAD_FMT ":%u", HAD_ARG(at.file), (unsigned)at.start.line);
        had_markdown_code(out, had_buffer_view(&text));
        had_buffer_free(&text);
    }
    had_buffer_c(out, " |\n");
}

static void add_count(struct had_buffer *out, uint32_t count, const char *what, bool plural)
{
    had_buffer_count(out, count);
    had_buffer_printf(out, " %s%s", what, plural && count != 1 ? "s" : "");
}

void had_render_markdown(struct had_buffer *out, const struct had_diags *diags,
                         const struct had_sources *sources, had_str spec_name)
{
    struct had_summary s = had_diags_summary(diags);
    had_buffer_c(out, "### Findings");
    if (spec_name.len) {
        had_buffer_c(out, " in ");
        had_markdown_code(out, spec_name);
    }
    had_buffer_c(out, "\n\n");
    add_count(out, s.error, "error", true);
    had_buffer_c(out, ", ");
    add_count(out, s.warning, "warning", true);
    had_buffer_c(out, ", ");
    add_count(out, s.info, "info", false);
    if (s.waived) {
        had_buffer_c(out, "; ");
        add_count(out, s.waived, "waived", false);
    }
    if (s.known) {
        had_buffer_c(out, "; ");
        add_count(out, s.known, "known", false);
    }
    had_buffer_c(out, ".\n");
    uint32_t rows = 0, all = 0;
    for (int severity = HAD_ERROR; severity >= HAD_INFO; severity--) {
        for (uint32_t i = 0; i < diags->items.count; i++) {
            const struct had_diag *d = diags->items.items[i];
            if (d->is_waived || d->is_known || d->severity != (enum had_severity)severity ||
                all++ >= ROWS_MAX)
                continue;
            if (!rows++)
                had_buffer_c(out, "\n| | code | finding | place |\n| --- | --- | --- | --- |\n");
            add_row(out, d, sources);
        }
    }
    if (all > rows) {
        had_buffer_c(out, "\n… and ");
        had_buffer_count(out, all - rows);
        had_buffer_c(out, " more.\n");
    }
}
