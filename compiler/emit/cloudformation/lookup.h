/*
 * How a person or a program finds what the spec does not say of an existing thing: the exact
 * command of the AWS CLI, printing the one value.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_LOOKUP_H
#define HAD_EMIT_CLOUDFORMATION_LOOKUP_H

#include "graph/graph.h"

/* A property of which only the deployment knows the value; stands as <NAME> in the command. */
struct had_lookup_input {
    had_str name;
    const struct had_prop *value; /* a read */
};
typedef had_array(struct had_lookup_input) had_lookup_inputs;

/* `attribute` may name an element: "DnsIpAddresses[0]". */
had_str had_lookup_command(struct had_arena *arena, const struct had_node *node, had_str attribute,
                           had_str home, had_lookup_inputs *inputs);
/* True if the command finds the one value by itself, by a name that the thing carries. */
bool had_lookup_exact(const struct had_node *node, had_str attribute);
/* AllowedPattern of ids by type and attribute, or NULL. */
const char *had_lookup_pattern(const struct had_node *node, had_str attribute);
/* A word for a POSIX shell: as it is, or in single quotes. */
had_str had_shell_word(struct had_arena *arena, had_str text);

#endif
