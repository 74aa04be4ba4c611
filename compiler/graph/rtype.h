/*
 * Resource types: one table entry each. CloudFormation types are generated when the project is
 * built from graph/facts/cloudformation/ (registry facts, see its README); `had::` types and what
 * the facts do not say (tier, API behaviour, natural key) stand in rtype_table.c.
 */
#ifndef HAD_GRAPH_RTYPE_H
#define HAD_GRAPH_RTYPE_H

#include "base/str.h"

enum had_rvalue {
    HAD_R_STRING,
    HAD_R_INTEGER,
    HAD_R_NUMBER,
    HAD_R_BOOLEAN,
    HAD_R_JSON,
    HAD_R_OBJECT, /* .definition */
    HAD_R_LIST,   /* of .item */
    HAD_R_MAP,    /* of .item, free keys */
    HAD_R_ANY     /* alternatives: not checked further */
};

struct had_rprop;

struct had_rdefinition { /* a nested type, or a type's own properties */
    const char *name;
    const struct had_rprop *props;
    uint32_t count;
};

struct had_rprop {
    const char *name;
    enum had_rvalue value, item;
    const struct had_rdefinition *definition; /* of OBJECT, or of the items */
    bool required;
    enum had_replace { HAD_IN_PLACE, HAD_MAYBE_REPLACE, HAD_REPLACE } cloudformation;
    /* The next six are the value's bounds; of a LIST, those of each item. */
    const char *const *words;                         /* enum; NULL-terminated, or NULL */
    const char *pattern;                              /* or NULL */
    int64_t min_length, max_length, minimum, maximum; /* -1: none */
    int32_t min_items, max_items;                     /* of a LIST; -1: none */
    const char *const *refers; /* "AWS::EC2::VPC.VpcId": where a read should come from; or NULL */
    /* Element key of sets with calls of their own ("." is the element itself), or NULL. */
    const char *set_of;
    /* What the API does: "replace", "forbidden", or "update OPERATION"; NULL: not said. */
    const char *api;
    bool secret; /* its value is a secret: only HAD_PROP_SECRET may stand here */
};

struct had_rattr {
    const char *name;
    enum had_rvalue value, item;
};

enum had_tier {
    HAD_TIER_NATIVE,
    HAD_TIER_GLUE,
    HAD_TIER_GATE,
    HAD_TIER_NONE /* no artifact of its own */
};

struct had_rtype {
    const char *name; /* "AWS::EC2::VPC", "had::Trust" */
    struct had_rdefinition properties;
    const struct had_rattr *attrs;
    uint32_t attr_count;
    const char *ref;  /* attribute(s) that Ref returns, joined by |; NULL if none */
    const char *identifier; /* properties by which a stack imports one, joined by |; or NULL */
    const char *tags; /* name of the tag property; NULL if the type takes none */
    bool tags_map;
    bool tags_replace; /* changing a tag replaces the resource */
    bool stateful;
    enum had_tier tier;
    /* Properties that identify it without its id, comma-separated; "." is the only one of its
     * context. */
    const char *natural_key;
    const char *page;   /* documentation page that people may look up, by its name */
    bool existing_only; /* had never creates it (SSO::Instance) */
    bool shared;        /* another account sees it only through a RAM share */
};

const struct had_rtype *had_rtype_find(had_str name); /* NULL if unknown */
const struct had_rtype *const *had_rtypes(uint32_t *count);
const struct had_rprop *had_rtype_prop(const struct had_rdefinition *definition, had_str name);
const struct had_rattr *had_rtype_attr(const struct had_rtype *type, had_str name);

/*
 * An attribute that is a piece of one that the registry gives: "DnsName" of a VPC endpoint stands behind
 * the colon of DnsEntries[0]. had_rtype_attr knows it as text; who realizes a read of it splits there.
 */
struct had_rpart {
    const char *type, *name; /* "AWS::EC2::VPCEndpoint", "DnsName" */
    const char *attribute;   /* "DnsEntries" */
    uint32_t index;          /* element of it */
    const char *separator;
    uint32_t piece;          /* from 0 */
};
const struct had_rpart *had_rtype_part(const struct had_rtype *type, had_str name); /* or NULL */

#endif
