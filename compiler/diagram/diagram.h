/*
 * The architecture as a person would draw it: accounts with their networks, hub and segments,
 * on-premises sites, forests and directories, trusts, and who answers for which domain. Made from
 * the typed spec; equal workload networks are drawn once with their number, so that fifty accounts
 * stay a picture.
 */
#ifndef HAD_DIAGRAM_DIAGRAM_H
#define HAD_DIAGRAM_DIAGRAM_H

#include "sema/spec.h"

enum had_shape {
    HAD_SHAPE_GROUP,
    HAD_SHAPE_NETWORK,
    HAD_SHAPE_HUB,
    HAD_SHAPE_SITE,
    HAD_SHAPE_FOREST,
    HAD_SHAPE_DIRECTORY,
    HAD_SHAPE_SERVER,
    HAD_SHAPE_NAMES,
    HAD_SHAPE_PEOPLE
};

struct had_drawn {
    had_str label;   /* lines joined by \n */
    had_str address; /* of the spec object, or empty where several are one */
    enum had_shape shape;
    int32_t parent; /* index of the group around it, or -1 */
    bool holds;     /* something stands in it: drawn as a frame */
};

enum had_stroke { HAD_STROKE_LINE, HAD_STROKE_NAMES, HAD_STROKE_TRUST, HAD_STROKE_SHARE };

struct had_line {
    uint32_t from, to;
    had_str label;
    enum had_stroke stroke;
    bool both_ways;
};

struct had_diagram {
    had_str title;
    had_array(struct had_drawn) boxes;
    had_array(struct had_line) lines;
};

void had_diagram_build(struct had_arena *arena, const struct had_spec *spec,
                       struct had_diagram *out);
void had_diagram_dot(struct had_buffer *out, const struct had_diagram *diagram);
void had_diagram_mermaid(struct had_buffer *out, const struct had_diagram *diagram);
void had_diagram_json(struct had_buffer *out, const struct had_diagram *diagram);

#endif
