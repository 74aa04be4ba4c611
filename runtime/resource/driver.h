/*
 * Drivers by type, read from the table that the build makes of types/ (README.md has their form), and
 * the templates and paths that they are written in.
 */
#ifndef HAD_RESOURCE_DRIVER_H
#define HAD_RESOURCE_DRIVER_H

#include "graph/rtype.h"
#include "state/state.h"

struct had_driver {
    had_str type;
    const struct had_rtype *rtype; /* NULL: the graph has no such type */
    json_t *spec;
    const struct had_aws_service *service;
    uint32_t every_ms[2], within_ms; /* between two looks: first, at most; until ready */
};

struct had_drivers {
    struct had_arena *arena;
    had_array(struct had_driver *) items; /* by type */
};

/* The table parsed; what is wrong with it is an error of the program, found by its test. */
void had_drivers_open(struct had_drivers *drivers, struct had_arena *arena);
void had_drivers_close(struct had_drivers *drivers);
const struct had_driver *had_driver_find(const struct had_drivers *drivers, had_str type);

/* What templates can name. Members may be NULL or empty: then their values are missing. */
struct had_scope {
    const json_t *props;
    const json_t *attributes, *note, *item, *old, *answer;
    const json_t *tags; /* [{Key, Value}] */
    had_str id, token, address, deployment, account, management, region, partition, found;
};

/* A new reference, or NULL: the value is missing. */
json_t *had_template(const json_t *template, const struct had_scope *scope);
/* A path with functions on a value: `Tags{Key=Name}.Value|first`. A new reference or NULL. */
json_t *had_path(const json_t *value, const char *path, const struct had_scope *scope);
/* A template's value as text in the arena; empty if it is missing. Numbers in decimal. */
had_str had_template_text(struct had_arena *arena, const json_t *template,
                          const struct had_scope *scope);

/*
 * Equal as values of the cloud: numbers and booleans also in texts, JSON texts by content, objects
 * without order, and lists too where `set`. A member that only one side has is a difference unless
 * `partial`: then b may have more than a says.
 */
bool had_value_equal(const json_t *a, const json_t *b, bool set, bool partial);

/* A tag's name in any of AWS's spellings (Key, key, TagKey), and its value; NULL: it is none. */
const char *had_tag_name(const json_t *tag, const json_t **value);
/* The value of a tag in a list of any spelling or a map; empty if it is not there. */
had_str had_tag_text(const json_t *tags, const char *name);

/* A step's operation: the key with a capital. NULL if it has none. */
const char *had_step_operation(const json_t *step, const json_t **params);
/* Whether an error is in a list of codes; entries may be `CODE: part of the message`. */
bool had_code_in(const json_t *codes, const struct had_aws_error *error);

#endif
