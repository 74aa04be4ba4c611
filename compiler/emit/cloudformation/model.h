/*
 * A template as a tree, before it is YAML or JSON. Both writers print the same tree, so both forms
 * say the same. Maps keep the order in which they were filled; comments and blank lines are for
 * YAML only.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_MODEL_H
#define HAD_EMIT_CLOUDFORMATION_MODEL_H

#include "base/array.h"
#include "base/buffer.h"

enum had_cfn_tag {
    HAD_CFN_TEXT,
    HAD_CFN_NUMBER, /* digits as text: integers and decimals alike */
    HAD_CFN_BOOL,
    HAD_CFN_LIST,
    HAD_CFN_MAP,
    HAD_CFN_REF,     /* .text: logical id */
    HAD_CFN_GETATT,  /* .text: "Logical.Attribute" */
    HAD_CFN_SUB,     /* .text with ${…} */
    HAD_CFN_CALL,    /* .text: "Join", "Select", "If", "Equals", "Not"; arguments in .items */
    HAD_CFN_WRITTEN, /* .text: a filled map as had_cfn_yaml_at or had_cfn_json_at wrote it */
};

struct had_cfn_entry {
    had_str key;
    struct had_cfn *value;
    had_str comment; /* lines above it */
    bool gap;        /* a blank line above it */
};

struct had_cfn {
    enum had_cfn_tag tag;
    had_str text;
    bool boolean;
    bool block;   /* text that reads better as a block, however short */
    bool dynamic; /* a dynamic reference of ours, or a map that is a function of ours */
    had_array(struct had_cfn *) items;
    had_array(struct had_cfn_entry) entries;
};

struct had_cfn *had_cfn_text(struct had_arena *arena, had_str text);
struct had_cfn *had_cfn_c(struct had_arena *arena, const char *text);
struct had_cfn *had_cfn_int(struct had_arena *arena, int64_t number);
struct had_cfn *had_cfn_bool(struct had_arena *arena, bool boolean);
struct had_cfn *had_cfn_list(struct had_arena *arena);
struct had_cfn *had_cfn_map(struct had_arena *arena);
/* REF, GETATT or SUB of a text; CALL with its name. */
struct had_cfn *had_cfn_new(struct had_arena *arena, enum had_cfn_tag tag, had_str text);
void had_cfn_append(struct had_arena *arena, struct had_cfn *list, struct had_cfn *item);
struct had_cfn_entry *had_cfn_put(struct had_arena *arena, struct had_cfn *map, had_str key,
                                  struct had_cfn *value);
/* The same without looking whether the key is there: for long maps of names known to differ. */
struct had_cfn_entry *had_cfn_add(struct had_arena *arena, struct had_cfn *map, had_str key,
                                  struct had_cfn *value);
struct had_cfn_entry *had_cfn_put_c(struct had_arena *arena, struct had_cfn *map, const char *key,
                                    struct had_cfn *value);
struct had_cfn *had_cfn_at(const struct had_cfn *map, const char *key); /* or NULL */

/* The tree as a document. YAML is of the 1.1 kind that CloudFormation reads. */
void had_cfn_yaml(struct had_buffer *out, const struct had_cfn *root);
void had_cfn_json(struct had_buffer *out, const struct had_cfn *root);
/* A filled map as it stands in a document behind its key, `indent` that of its own keys. */
void had_cfn_yaml_at(struct had_buffer *out, const struct had_cfn *map, size_t indent);
void had_cfn_json_at(struct had_buffer *out, const struct had_cfn *map, size_t indent);
/* A text as a JSON string, quotes included, ASCII only. */
void had_cfn_json_text(struct had_buffer *out, had_str text);
/* True if YAML reads the text back as the same string without quotes. */
bool had_yaml_plain(had_str text);

#endif
