#include "diag/render.h"

#include <stdlib.h>
#include <string.h>

/*
 * Terminal form. A finding shows the lines that its spans touch, grouped by file, each with one row
 * of underlines and below it the texts that did not fit beside them. Columns here are cells of the
 * terminal: a tab takes TAB of them, wide characters two, escapes as many as they have letters.
 */
enum { TAB = 4, WIDTH = 160, LEAD = 24, LINES_WHOLE = 4, LINE_BYTES = 4096 };

struct paint {
    const char *error, *warning, *info, *bold, *frame, *end;
};
static const struct paint plain = {"", "", "", "", "", ""};
static const struct paint ansi = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[1;36m",
                                  "\x1b[1m",    "\x1b[34m",   "\x1b[0m"};

static const char *severity_paint(const struct paint *paint, enum had_severity severity)
{
    return severity == HAD_ERROR     ? paint->error
           : severity == HAD_WARNING ? paint->warning
                                     : paint->info;
}

/* One underline on one line; offsets are bytes from the line's start. */
struct mark {
    uint32_t line, start, end;
    had_str text;
    bool primary;
    uint32_t from, to; /* cells, once the line is laid out */
};
typedef had_array(struct mark) marks;

struct view {
    struct had_buffer *out;
    const struct had_sources *sources;
    const struct paint *paint;
    struct had_arena arena;
    enum had_severity severity;
    uint32_t gutter; /* digits of the largest line number */
};

static struct had_glyph glyph_of(had_str line, uint32_t offset)
{
    struct had_glyph glyph = had_glyph_at(line, offset);
    if (glyph.bytes && line.ptr[offset] == '\t') {
        memset(glyph.shown, ' ', TAB);
        glyph.shown[TAB] = '\0';
        glyph.cells = TAB;
    }
    return glyph;
}

/* ---- which lines, which marks ---- */

static void add_mark(struct view *v, marks *all, uint32_t file, uint32_t number, uint32_t start,
                     uint32_t end, had_str text, bool primary)
{
    had_str line = had_source_line(v->sources, file, number);
    if (start > line.len)
        start = line.len;
    if (end > line.len)
        end = line.len;
    *had_push(&v->arena, all) =
        (struct mark){.line = number, .start = start, .end = end, .text = text, .primary = primary};
}

static uint32_t indent_of(had_str line)
{
    uint32_t n = 0;
    while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
        n++;
    return n;
}

/* A span over several lines underlines each of a few, or its first and its last; its text is at the
 * end. */
static void add_span(struct view *v, marks *all, struct had_span span, had_str text, bool primary)
{
    struct had_position a = had_source_position(v->sources, span.file, span.start);
    uint32_t last = span.end > span.start ? span.end - 1 : span.start;
    struct had_position b = had_source_position(v->sources, span.file, last);
    const struct had_source *source = had_source_of(v->sources, span);
    uint32_t first_start = source->lines[a.line - 1], last_start = source->lines[b.line - 1];
    if (a.line == b.line) {
        add_mark(v, all, span.file, a.line, span.start - first_start, span.end - first_start, text,
                 primary);
        return;
    }
    bool whole = b.line - a.line < LINES_WHOLE;
    for (uint32_t number = a.line; number <= b.line; number++) {
        if (!whole && number != a.line && number != b.line)
            continue;
        had_str line = had_source_line(v->sources, span.file, number);
        uint32_t start = number == a.line ? span.start - first_start : indent_of(line);
        uint32_t end = number == b.line ? span.end - last_start : line.len;
        if (start >= line.len && number != b.line)
            continue; /* an empty line within */
        add_mark(v, all, span.file, number, start, end, number == b.line ? text : (had_str){0},
                 primary);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct mark *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->primary != y->primary)
        return x->primary ? 1 : -1;
    return had_str_cmp(x->text, y->text);
}

/* ---- one line ---- */

static void gutter(struct view *v, uint32_t number)
{
    had_buffer_c(v->out, v->paint->frame);
    if (number)
        had_buffer_printf(v->out, "%*u |", (int)v->gutter, (unsigned)number);
    else
        had_buffer_printf(v->out, "%*s |", (int)v->gutter, "");
    had_buffer_c(v->out, v->paint->end);
}

/* Cells of each mark, and of the line as a whole. */
static uint32_t lay_out(had_str line, struct mark *first, struct mark *end)
{
    uint32_t cells = 0, at = 0;
    for (struct mark *m = first; m < end; m++)
        m->from = m->to = UINT32_MAX;
    for (;;) {
        struct had_glyph glyph = glyph_of(line, at);
        for (struct mark *m = first; m < end; m++) {
            if (m->from == UINT32_MAX && at >= m->start)
                m->from = cells;
            if (m->to == UINT32_MAX && at >= m->end)
                m->to = cells;
        }
        if (!glyph.bytes)
            break;
        cells += glyph.cells;
        at += glyph.bytes;
    }
    for (struct mark *m = first; m < end; m++)
        if (m->to <= m->from)
            m->to = m->from + 1; /* an insertion point, or the end of the line */
    return cells;
}

/* A very long line is cut down to what could be shown before anything looks at it. */
struct cut {
    bool head, tail;
};

static const struct mark *main_mark(const struct mark *first, const struct mark *end)
{
    const struct mark *main = first;
    for (const struct mark *m = first; m < end; m++)
        if (m->primary && !main->primary)
            main = m;
    return main;
}

static struct cut cut_line(had_str *line, struct mark *first, struct mark *end)
{
    struct cut cut = {0};
    if (line->len <= LINE_BYTES)
        return cut;
    uint32_t at = first < end ? main_mark(first, end)->start : 0;
    uint32_t from = at > LINE_BYTES / 4 ? at - LINE_BYTES / 4 : 0;
    while (from && ((unsigned char)line->ptr[from] & 0xc0) == 0x80)
        from--; /* to the start of a character */
    uint32_t to = line->len - from > LINE_BYTES ? from + LINE_BYTES : line->len;
    while (to < line->len && ((unsigned char)line->ptr[to] & 0xc0) == 0x80)
        to++;
    cut = (struct cut){from > 0, to < line->len};
    *line = had_str_slice(*line, from, to);
    for (struct mark *m = first; m < end; m++) {
        m->start = m->start < from ? 0 : m->start > to ? to - from : m->start - from;
        m->end = m->end < from ? 0 : m->end > to ? to - from : m->end - from;
    }
    return cut;
}

/* The part of a long line that is shown: cells [low, high), with `…` where something is cut off. */
struct window {
    uint32_t low, high;
    bool head, tail;
};

static struct window window_of(uint32_t cells, struct cut cut, const struct mark *first,
                               const struct mark *end)
{
    struct window w = {0, cells, cut.head, cut.tail};
    if (cells <= WIDTH)
        return w;
    const struct mark *main = main_mark(first, end);
    if (main->to > WIDTH - 1) {
        w.low = main->from > LEAD ? main->from - LEAD : 0;
        if (cells - w.low < WIDTH)
            w.low = cells - WIDTH + 1;
    }
    w.head = w.low > 0 || cut.head;
    w.high = w.low + WIDTH - (w.head ? 1 : 0);
    w.tail = w.high < cells || cut.tail;
    if (w.tail)
        w.high--;
    return w;
}

/* Trailing spaces of the source are not sent. */
static void line_text(struct view *v, had_str line, struct window w)
{
    struct had_buffer text = {0};
    had_buffer_char(&text, ' ');
    if (w.head)
        had_buffer_c(&text, "…");
    uint32_t cells = 0;
    for (uint32_t at = 0;;) {
        struct had_glyph glyph = glyph_of(line, at);
        if (!glyph.bytes || cells >= w.high)
            break;
        if (cells >= w.low && cells + glyph.cells <= w.high)
            had_buffer_c(&text, glyph.shown);
        else if (cells + glyph.cells > w.low) /* a wide character across the edge */
            had_buffer_repeat(&text, ' ',
                              (cells + glyph.cells < w.high ? cells + glyph.cells : w.high) -
                                  (cells > w.low ? cells : w.low));
        cells += glyph.cells;
        at += glyph.bytes;
    }
    if (w.tail)
        had_buffer_c(&text, "…");
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    had_buffer_str(v->out, had_buffer_view(&text));
    had_buffer_char(v->out, '\n');
    had_buffer_free(&text);
}

static uint32_t clip(uint32_t cell, struct window w, uint32_t limit)
{
    uint32_t shift = w.head ? 1 : 0;
    if (cell < w.low)
        return 0;
    cell = cell - w.low + shift;
    return cell < limit ? cell : limit;
}

static const char *mark_paint(struct view *v, const struct mark *m)
{
    return m->primary ? severity_paint(v->paint, v->severity) : v->paint->frame;
}

/* Underlines of one line, the last text beside them, the others hanging below, rightmost first. */
static void underlines(struct view *v, struct mark *first, struct mark *end, struct window w)
{
    uint32_t width = 0, cells = w.high - w.low + 2;
    for (struct mark *m = first; m < end; m++) {
        m->from = clip(m->from, w, cells - 1);
        m->to = clip(m->to, w, cells);
        if (m->to <= m->from)
            m->to = m->from + 1;
        if (m->to > width)
            width = m->to;
    }
    /* Which mark each cell shows: the primary one wins over others, the later over the earlier. */
    const struct mark **owner = had_new_n(&v->arena, const struct mark *, width + 1);
    for (int pass = 0; pass < 2; pass++)
        for (struct mark *m = first; m < end; m++)
            if (m->primary == (pass == 1))
                for (uint32_t c = m->from; c < m->to; c++)
                    owner[c] = m;
    const struct mark *beside = end - 1;
    for (struct mark *m = first; m < end; m++)
        if (m->text.len && m->from >= beside->from)
            beside = m;
    if (!beside->text.len || beside->to < width)
        beside = NULL;

    gutter(v, 0);
    had_buffer_char(v->out, ' ');
    const struct mark *last = NULL;
    for (uint32_t c = 0; c < width; c++) {
        if (owner[c] != last && last)
            had_buffer_c(v->out, v->paint->end);
        if (owner[c] != last && owner[c])
            had_buffer_c(v->out, mark_paint(v, owner[c]));
        last = owner[c];
        had_buffer_char(v->out, last ? (last->primary ? '^' : '-') : ' ');
    }
    if (beside) {
        if (last != beside)
            had_buffer_c(v->out, mark_paint(v, beside));
        had_buffer_char(v->out, ' ');
        had_buffer_safe(v->out, beside->text);
    }
    had_buffer_c(v->out, v->paint->end);
    had_buffer_char(v->out, '\n');

    bool bar =
        true; /* a row of bars under the underlines first, as the texts would else touch them */
    for (struct mark *m = end; m-- > first;) {
        if (!m->text.len || m == beside)
            continue;
        for (int row = bar ? 0 : 1; row < 2; row++) {
            uint32_t c = 0;
            gutter(v, 0);
            had_buffer_char(v->out, ' ');
            for (struct mark *other = first; other < end && (other < m || row == 0); other++) {
                if (!other->text.len || other == beside || other->from < c || other > m ||
                    (row == 1 && other->from == m->from))
                    continue;
                had_buffer_repeat(v->out, ' ', other->from - c);
                had_buffer_c(v->out, mark_paint(v, other));
                had_buffer_char(v->out, '|');
                had_buffer_c(v->out, v->paint->end);
                c = other->from + 1;
            }
            if (row == 1) {
                had_buffer_repeat(v->out, ' ', m->from - c);
                had_buffer_c(v->out, mark_paint(v, m));
                had_buffer_safe(v->out, m->text);
                had_buffer_c(v->out, v->paint->end);
            }
            had_buffer_char(v->out, '\n');
        }
        bar = false;
    }
}

/* ---- one file's part of a finding ---- */

static void excerpt(struct view *v, uint32_t file, marks *all)
{
    qsort(all->items, all->count, sizeof *all->items, by_place);
    gutter(v, 0);
    had_buffer_char(v->out, '\n');
    uint32_t last = 0;
    for (uint32_t i = 0, next; i < all->count; i = next) {
        uint32_t number = all->items[i].line;
        for (next = i; next < all->count && all->items[next].line == number;)
            next++;
        if (last && number == last + 2) { /* one line between is shown rather than left out */
            had_str line = had_source_line(v->sources, file, last + 1);
            gutter(v, last + 1);
            struct mark none = {0};
            struct cut cut = cut_line(&line, &none, &none);
            line_text(v, line, window_of(lay_out(line, &none, &none), cut, &none, &none));
        } else if (last && number > last + 1) {
            had_buffer_printf(v->out, "%s…%s\n", v->paint->frame, v->paint->end);
        }
        had_str line = had_source_line(v->sources, file, number);
        struct mark *first = all->items + i, *end = all->items + next;
        struct cut cut = cut_line(&line, first, end);
        struct window w = window_of(lay_out(line, first, end), cut, first, end);
        gutter(v, number);
        line_text(v, line, w);
        underlines(v, first, end, w);
        last = number;
    }
}

static void place(struct view *v, const char *arrow, struct had_span span)
{
    struct had_place at = had_place_of(v->sources, span);
    had_buffer_printf(v->out, "%*s%s%s%s ", (int)v->gutter, "", v->paint->frame, arrow,
                      v->paint->end);
    had_buffer_safe(v->out, at.file);
    had_buffer_printf(v->out, ":%u:%u\n", (unsigned)at.start.line, (unsigned)at.start.column);
}

static uint32_t last_line(const struct had_sources *sources, struct had_span span)
{
    uint32_t end = span.end > span.start ? span.end - 1 : span.start;
    return had_source_position(sources, span.file, end).line;
}

static void remark(struct view *v, const char *word, had_str text)
{
    had_buffer_printf(v->out, "%*s %s=%s %s:%*s", (int)v->gutter, "", v->paint->frame,
                      v->paint->end, word, (int)(5 - strlen(word)), "");
    uint32_t start = 0;
    for (uint32_t i = 0; i <= text.len; i++) { /* further lines hang under the first */
        if (i < text.len && text.ptr[i] != '\n')
            continue;
        if (start)
            had_buffer_printf(v->out, "%*s", (int)v->gutter + 9, "");
        had_buffer_safe(v->out, had_str_slice(text, start, i));
        had_buffer_char(v->out, '\n');
        start = i + 1;
    }
}

static void excerpts(struct view *v, const struct had_diag *d)
{
    uint32_t lines = last_line(v->sources, d->span);
    had_each(const struct had_label, label, &d->labels)
        if (had_source_of(v->sources, label->span) && last_line(v->sources, label->span) > lines)
            lines = last_line(v->sources, label->span);
    for (v->gutter = 1; lines >= 10; lines /= 10)
        v->gutter++;

    had_array(uint32_t) files = {0}; /* the primary's first, then in the order of the labels */
    if (had_source_of(v->sources, d->span))
        *had_push(&v->arena, &files) = d->span.file;
    had_each(const struct had_label, label, &d->labels) {
        bool known = !had_source_of(v->sources, label->span);
        for (uint32_t i = 0; i < files.count; i++)
            known |= files.items[i] == label->span.file;
        if (!known)
            *had_push(&v->arena, &files) = label->span.file;
    }
    for (uint32_t i = 0; i < files.count; i++) {
        marks all = {0};
        struct had_span start = {0};
        had_str own = {0};
        had_each(const struct had_label, label, &d->labels) {
            if (label->span.file != files.items[i])
                continue;
            if (had_label_is_primary(d, label) && !own.len) {
                own = label->text;
                continue;
            }
            if (!start.file)
                start = label->span;
            add_span(v, &all, label->span, label->text, false);
        }
        if (files.items[i] == d->span.file) {
            start = d->span;
            add_span(v, &all, d->span, own, true);
        }
        place(v, i == 0 && d->span.file ? "-->" : ":::", start);
        excerpt(v, files.items[i], &all);
    }
}

static void finding(struct view *v, const struct had_diag *d)
{
    v->severity = d->severity;
    had_buffer_printf(v->out, "%s%s[%s]%s%s: ", severity_paint(v->paint, d->severity),
                      had_severity_name(d->severity), d->code->code, v->paint->end, v->paint->bold);
    had_buffer_message(v->out, d);
    had_buffer_printf(v->out, "%s\n", v->paint->end);
    v->gutter = 1;
    excerpts(v, d);

    bool rule = had_code_is_rule(d->code);
    if (rule && !d->notes.count && d->code->why)
        remark(v, "why", had_str_c(d->code->why));
    for (uint32_t i = 0; i < d->notes.count; i++)
        remark(v, rule && i == 0 ? "why" : "note", d->notes.items[i]);
    had_str help = had_diag_advice(d);
    if (help.len)
        remark(v, "help", help);
    had_each(const struct had_fix, fix, &d->fixes)
        remark(v, "fix",
               fix->safe ? had_str_printf(&v->arena, HAD_FMT " (`had check --fix` does it)",
                                          HAD_ARG(fix->title))
                         : fix->title);
    remark(v, "see", had_str_printf(&v->arena, "had explain %s", d->code->code));
}

void had_render_text(struct had_buffer *out, const struct had_diags *diags,
                     const struct had_sources *sources, bool colour)
{
    struct view v = {.out = out, .sources = sources, .paint = colour ? &ansi : &plain};
    bool first = true;
    for (uint32_t i = 0; i < diags->items.count; i++) {
        if (diags->items.items[i]->is_waived || diags->items.items[i]->is_known)
            continue;
        if (!first)
            had_buffer_char(out, '\n');
        first = false;
        finding(&v, diags->items.items[i]);
        had_arena_free(&v.arena);
    }
}

void had_render_short(struct had_buffer *out, const struct had_diags *diags,
                      const struct had_sources *sources)
{
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        if (d->is_waived || d->is_known)
            continue;
        struct had_place at = had_place_of(sources, d->span);
        if (at.file.len) {
            had_buffer_safe(out, at.file);
            had_buffer_printf(out, ":%u:%u: ", (unsigned)at.start.line, (unsigned)at.start.column);
        }
        had_buffer_printf(out, "%s %s: ", had_severity_name(d->severity), d->code->code);
        had_buffer_message(out, d);
        had_buffer_char(out, '\n');
    }
}
