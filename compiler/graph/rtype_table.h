/* Inside the layer: the table that rtype.c searches, sorted bytewise by name. */
#ifndef HAD_GRAPH_RTYPE_TABLE_H
#define HAD_GRAPH_RTYPE_TABLE_H

#include "graph/rtype.h"

extern const struct had_rtype *const had_rtype_table[];
extern const uint32_t had_rtype_count;

#endif
