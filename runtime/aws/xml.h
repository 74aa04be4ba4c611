/*
 * XML of answers as a tree in an arena. No document type is accepted, so no entity can be declared;
 * depth and number of elements are bounded. Names lose their namespace.
 */
#ifndef HAD_AWS_XML_H
#define HAD_AWS_XML_H

#include "base/str.h"

enum { HAD_XML_DEPTH_MAX = 64, HAD_XML_NODES_MAX = 4 * 1024 * 1024 };

struct had_xml {
    had_str name;
    had_str text; /* up to the first child */
    struct had_xml *first, *next;
};

/* The root, or NULL and a sentence. */
const struct had_xml *had_xml_parse(struct had_arena *arena, had_str text, had_str *error);
/* The first child called so, or NULL. */
const struct had_xml *had_xml_child(const struct had_xml *node, const char *name);

#endif
