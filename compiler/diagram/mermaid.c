#include "diagram/diagram.h"

/* Mermaid reads quotes, brackets and `#` in labels: they become its entities. */
static void text(struct had_buffer *out, had_str s)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\n')
            had_buffer_c(out, "<br/>");
        else if (c < 0x20 || c == '"' || c == '#' || c == '&' || c == '<' || c == '>' || c == '`' ||
                 c == '[' || c == ']' || c == '{' || c == '}' || c == '|' || c == '\\')
            had_buffer_printf(out, "#%u;", c);
        else
            had_buffer_char(out, (char)c);
    }
    had_buffer_char(out, '"');
}

static void box(struct had_buffer *out, const struct had_diagram *d, uint32_t i, uint32_t depth)
{
    static const char *const open[] = {
        [HAD_SHAPE_GROUP] = "[",  [HAD_SHAPE_NETWORK] = "[", [HAD_SHAPE_HUB] = "{{",
        [HAD_SHAPE_SITE] = "[",   [HAD_SHAPE_FOREST] = "[(", [HAD_SHAPE_DIRECTORY] = "[(",
        [HAD_SHAPE_SERVER] = "[", [HAD_SHAPE_NAMES] = "([",  [HAD_SHAPE_PEOPLE] = "(["};
    static const char *const close[] = {
        [HAD_SHAPE_GROUP] = "]",  [HAD_SHAPE_NETWORK] = "]", [HAD_SHAPE_HUB] = "}}",
        [HAD_SHAPE_SITE] = "]",   [HAD_SHAPE_FOREST] = ")]", [HAD_SHAPE_DIRECTORY] = ")]",
        [HAD_SHAPE_SERVER] = "]", [HAD_SHAPE_NAMES] = "])",  [HAD_SHAPE_PEOPLE] = "])"};
    const struct had_drawn *b = &d->boxes.items[i];
    had_buffer_repeat(out, ' ', depth * 2);
    if (!b->holds) {
        had_buffer_printf(out, "n%u%s", i, open[b->shape]);
        text(out, b->label);
        had_buffer_printf(out, "%s\n", close[b->shape]);
        return;
    }
    had_buffer_printf(out, "subgraph n%u [", i);
    text(out, b->label);
    had_buffer_c(out, "]\n");
    for (uint32_t k = 0; k < d->boxes.count; k++)
        if (d->boxes.items[k].parent == (int32_t)i)
            box(out, d, k, depth + 1);
    had_buffer_repeat(out, ' ', depth * 2);
    had_buffer_c(out, "end\n");
}

void had_diagram_mermaid(struct had_buffer *out, const struct had_diagram *d)
{
    static const char *const one_way[] = {"-->", "-.->", "==>", "-.->"};
    static const char *const both[] = {"---", "<-.->", "<==>", "<-.->"};
    had_buffer_c(out, "flowchart LR\n");
    for (uint32_t i = 0; i < d->boxes.count; i++)
        if (d->boxes.items[i].parent < 0)
            box(out, d, i, 1);
    for (uint32_t i = 0; i < d->lines.count; i++) {
        const struct had_line *l = &d->lines.items[i];
        had_buffer_printf(out, "  n%u %s", l->from,
                          l->both_ways ? both[l->stroke] : one_way[l->stroke]);
        if (l->label.len) {
            had_buffer_char(out, '|');
            text(out, l->label);
            had_buffer_char(out, '|');
        }
        had_buffer_printf(out, " n%u\n", l->to);
    }
}
