#include "diagram/diagram.h"

static void text(struct had_buffer *out, had_str s)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\n')
            had_buffer_c(out, "\\n");
        else if ((unsigned char)c < 0x20)
            had_buffer_char(out, ' ');
        else {
            if (c == '"' || c == '\\')
                had_buffer_char(out, '\\');
            had_buffer_char(out, c);
        }
    }
    had_buffer_char(out, '"');
}

static const char *const fills[] = {
    [HAD_SHAPE_GROUP] = "#f6f7f9",  [HAD_SHAPE_NETWORK] = "#e3edf9",
    [HAD_SHAPE_HUB] = "#fbe7c6",    [HAD_SHAPE_SITE] = "#ececec",
    [HAD_SHAPE_FOREST] = "#dff0e0", [HAD_SHAPE_DIRECTORY] = "#dff0e0",
    [HAD_SHAPE_SERVER] = "#ffffff", [HAD_SHAPE_NAMES] = "#efe3f7",
    [HAD_SHAPE_PEOPLE] = "#fde2e2",
};

static void box(struct had_buffer *out, const struct had_diagram *d, uint32_t i, uint32_t depth)
{
    const struct had_drawn *b = &d->boxes.items[i];
    had_buffer_repeat(out, ' ', depth * 2);
    if (!b->holds) {
        had_buffer_printf(out, "n%u [label=", i);
        text(out, b->label);
        had_buffer_printf(out, ", fillcolor=\"%s\"]\n", fills[b->shape]);
        return;
    }
    had_buffer_printf(out, "subgraph cluster_n%u {\n", i);
    had_buffer_repeat(out, ' ', depth * 2 + 2);
    had_buffer_c(out, "label=");
    text(out, b->label);
    had_buffer_printf(out, "; style=\"rounded,filled\"; color=\"#b8bec8\"; fillcolor=\"%s\"\n",
                      fills[b->shape]);
    if (b->shape != HAD_SHAPE_GROUP) { /* lines end at a point inside the frame */
        had_buffer_repeat(out, ' ', depth * 2 + 2);
        had_buffer_printf(out, "n%u [shape=point, width=0.08, color=\"#6b7280\"]\n", i);
    }
    for (uint32_t k = 0; k < d->boxes.count; k++)
        if (d->boxes.items[k].parent == (int32_t)i)
            box(out, d, k, depth + 1);
    had_buffer_repeat(out, ' ', depth * 2);
    had_buffer_c(out, "}\n");
}

void had_diagram_dot(struct had_buffer *out, const struct had_diagram *d)
{
    static const char *const strokes[] = {
        [HAD_STROKE_LINE] = "color=\"#6b7280\"",
        [HAD_STROKE_NAMES] = "color=\"#8e5bb5\", fontcolor=\"#8e5bb5\", style=dotted",
        [HAD_STROKE_TRUST] = "color=\"#2e7d32\", fontcolor=\"#2e7d32\", style=bold",
        [HAD_STROKE_SHARE] = "color=\"#b45309\", fontcolor=\"#b45309\", style=dashed",
    };
    had_buffer_c(out, "digraph ");
    text(out, d->title);
    had_buffer_c(
        out,
        " {\n  graph [rankdir=LR, fontname=\"Helvetica\", fontsize=11, nodesep=0.3, ranksep=0.9]\n"
        "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=10, "
        "color=\"#6b7280\"]\n"
        "  edge [fontname=\"Helvetica\", fontsize=9]\n");
    for (uint32_t i = 0; i < d->boxes.count; i++)
        if (d->boxes.items[i].parent < 0)
            box(out, d, i, 1);
    for (uint32_t i = 0; i < d->lines.count; i++) {
        const struct had_line *l = &d->lines.items[i];
        had_buffer_printf(out, "  n%u -> n%u [label=", l->from, l->to);
        text(out, l->label);
        had_buffer_printf(out, ", %s%s]\n", strokes[l->stroke],
                          !l->both_ways                  ? ""
                          : l->stroke == HAD_STROKE_LINE ? ", dir=none"
                                                         : ", dir=both");
    }
    had_buffer_c(out, "}\n");
}
