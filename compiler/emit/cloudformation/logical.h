/*
 * Names inside templates, made of the names in the spec alone: no counters and no hashes, so a
 * template changes where the spec does and nowhere else.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_LOGICAL_H
#define HAD_EMIT_CLOUDFORMATION_LOGICAL_H

#include "graph/graph.h"

enum { HAD_LOGICAL_MAX = 255 };

/* `spoke web-prod.main/subnet app[a]:subnet` → SpokeWebProdMainSubnetAppA */
had_str had_logical_id(struct had_arena *arena, const struct had_node *node);
/* The id with what is read of it: SpokeSharedVpcId, DirectoryAwsDnsIpAddress1. */
had_str had_logical_value(struct had_arena *arena, const struct had_node *node, had_str attribute);
/* The same behind what the buffer holds. */
void had_logical_put(struct had_buffer *out, const struct had_node *node, had_str attribute);
/* Words of any text joined in Pascal case; numbers that would run together get an `x` between. */
had_str had_pascal(struct had_arena *arena, had_str text);
/* A name for people and `Name` tags: web-prod-main-app-a */
had_str had_node_title(struct had_arena *arena, const struct had_node *node);
/* The text cut to at most `max` bytes between characters. */
had_str had_cut(had_str text, uint32_t max);

#endif
