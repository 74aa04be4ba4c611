/*
 * What an object shall be: a graph node's properties at a revision as a JSON value with the type's
 * names. A read of what is not known yet is {"$unknown": "ADDRESS.Attribute"}, a secret is
 * {"$secret": NAME, "account": ID, "region": NAME, "key": MEMBER}: a name, never the value.
 */
#ifndef HAD_RESOURCE_DESIRED_H
#define HAD_RESOURCE_DESIRED_H

#include "graph/graph.h"
#include "resource/driver.h"

struct had_resolver {
    /* The attributes of another node, or NULL where they are not known (yet). Borrowed. */
    const json_t *(*attributes)(void *context, const struct had_node *node);
    void *context;
};

/* A new reference. Tags come as a sorted [{Key, Value}] whatever the type's own form is. */
json_t *had_desired(const struct had_resolver *resolver, const struct had_node *node,
                    uint32_t revision);
/* What another node reads of one: `DnsIpAddresses[0]`. A new reference. */
json_t *had_desired_read(const struct had_resolver *resolver, const struct had_node *node,
                         had_str attribute);
/* True if something in the value is not known. */
bool had_desired_unknown(const json_t *value);
/* The first `ADDRESS.Attribute` that is not known, or NULL. */
const char *had_desired_unknown_name(const json_t *value);

/*
 * Stated tags and ours: had:deployment, had:address, had:token. NULL for types without tags.
 * Characters that not every service takes are `_` in the address.
 */
json_t *had_desired_tags(const struct had_node *node, const json_t *desired, had_str deployment,
                         had_str token);

#endif
