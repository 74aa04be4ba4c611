/*
 * A template or manifest as a tree. YAML is read with the scalars of version 1.1, as CloudFormation
 * reads it: an unquoted `off` is no text, and a comparison will say so. Short forms of functions
 * (`!Ref`, `!GetAtt A.B`) become their long ones. Anchors, unknown tags and doubled keys are
 * refused.
 */
#ifndef HAD_VERIFY_DOCUMENT_H
#define HAD_VERIFY_DOCUMENT_H

#include "base/array.h"
#include "base/str.h"

enum had_doc_tag {
    HAD_DOC_NULL,
    HAD_DOC_TEXT,
    HAD_DOC_NUMBER, /* .text as written */
    HAD_DOC_BOOL,   /* .text: "true" or "false" */
    HAD_DOC_OTHER,  /* a scalar that YAML 1.1 takes for a date or a number in another base */
    HAD_DOC_LIST,
    HAD_DOC_MAP
};

struct had_doc;
struct had_doc_entry {
    had_str key;
    struct had_doc *value;
};

struct had_doc {
    enum had_doc_tag tag;
    uint32_t line; /* from 1; 0 where it is not known (JSON) */
    had_str text;
    had_array(struct had_doc *) items;
    had_array(struct had_doc_entry) entries;
};

/* By the end of the path JSON or YAML. NULL, and what is wrong in *problem. */
struct had_doc *had_doc_read(struct had_arena *arena, had_str path, had_str text, had_str *problem);

/* The value of a key, or NULL; also of NULL and of what is no map. */
const struct had_doc *had_doc_at(const struct had_doc *map, const char *key);
const struct had_doc *had_doc_get(const struct had_doc *map, had_str key);
/* The text of a key, or an empty one. */
had_str had_doc_text(const struct had_doc *map, const char *key);

#endif
