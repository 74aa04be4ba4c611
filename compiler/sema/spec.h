/*
 * The typed spec: objects after modules, loops, conditions, selections and references are worked out,
 * with every attribute typed and every derived value filled in. Made once by sema and const for all who
 * read it (lower, check, show). Objects stand in the order of their addresses.
 *
 *     had_each_object(spoke, had_spec_kind(spec, "spoke")) {
 *         const struct had_object *account = had_get_object(spoke, "account");
 *         const struct had_value *ranges = had_get(spoke, "ranges");
 *     }
 */
#ifndef HAD_SEMA_SPEC_H
#define HAD_SEMA_SPEC_H

#include "base/map.h"
#include "base/symbol.h"
#include "diag/diag.h"
#include "schema/kind.h"
#include "schema/value.h"

/* One use of a module: `workload web-prod { … }`. */
struct had_instance {
    const struct had_instance *parent; /* instance that holds it, or NULL */
    had_str name;                      /* with its keys: "web-prod" */
    had_str module;                    /* "workload" */
    struct had_span span;
};

struct had_derived_value {
    const char *name;
    const struct had_value *value;
};

struct had_object {
    const struct had_kind *kind;
    had_str name;    /* declared name without keys; of VALUE subjects their canonical text; else empty */
    had_str *keys;   /* of the loops around it, outermost first */
    uint32_t key_count;
    had_str label;   /* name with keys, `app[a]`; of objects without a name, a short title for messages */
    had_str address; /* `spoke web-prod.main/subnet app[a]` */
    const struct had_object *parent;     /* makes the scope and the address, or NULL */
    const struct had_instance *instance; /* of a module, or NULL */
    bool existing;
    bool derived;   /* not written in the spec (site links, Direct Connect gateways) */
    had_str doc;    /* its `##` comment */
    struct had_span span;      /* the head: kind to last clause */
    struct had_span name_span; /* the subject */
    uint32_t order; /* of declaration in the sources: for messages only */
    struct had_value subject;  /* of VALUE and REFERS subjects */
    struct had_value *clauses; /* one per kind->clauses */
    const struct had_value **attrs; /* one per had_kind_attr: own, then common; NULL: absent */
    had_array(struct had_derived_value) values; /* derived: `.region`, `.ranges`, `.routes`, … */
    had_array(const struct had_object *) children;
};

typedef had_array(const struct had_object *) had_objects;

#define had_each_object(var, objects)                                                              \
    for (const struct had_object *const *var##_at = (objects)->items,                              \
                                        *var = (objects)->count ? *var##_at : NULL;                \
         var##_at && var##_at < (objects)->items + (objects)->count;                               \
         var##_at++, var = var##_at < (objects)->items + (objects)->count ? *var##_at : NULL)

struct had_assert_result { /* for `had show` and tests */
    had_str text;
    struct had_span span;
    bool failed;
};

struct had_spec {
    struct had_arena *arena;
    struct had_sources *sources;      /* files that attributes of type path name are read through it */
    had_str name;                     /* of `spec NAME` */
    const struct had_object *self;    /* the spec object, NULL if missing (an error was reported) */
    had_objects objects;              /* all, by address */
    struct had_map by_kind;           /* had_kind pointer → had_objects pointer */
    struct had_symbols symbols;       /* addresses */
    struct had_map by_address;        /* symbol of address → object pointer */
    had_array(struct had_assert_result) asserts;
    bool incomplete; /* a part could not be read: nothing is concluded from what is absent */
    const char *phase;                /* "workloads" unless the spec or --phase says less */
    int64_t as_of;                    /* days since 1970-01-01: decides whether waivers have expired */
};

/* Objects of a kind in name order; never NULL. */
const had_objects *had_spec_kind(const struct had_spec *spec, const char *kind);
const struct had_object *had_spec_find(const struct had_spec *spec, had_str address);
bool had_is(const struct had_object *object, const char *kind);

/*
 * A clause (by its slot), an attribute with its default, or a derived value. Never NULL: an unknown or
 * absent one is a static value of tag ABSENT.
 */
const struct had_value *had_get(const struct had_object *object, const char *name);
/* Shorthands: absent or of another type gives NULL, empty, 0, false. A one-element list is looked through. */
const struct had_object *had_get_object(const struct had_object *object, const char *name);
had_str had_get_text(const struct had_object *object, const char *name);
int64_t had_get_int(const struct had_object *object, const char *name);
bool had_get_bool(const struct had_object *object, const char *name);
bool had_present(const struct had_object *object, const char *name);
/* A list, or the one value as a list of one; absent gives none. */
struct had_value_list had_get_list(const struct had_object *object, const char *name);
/* The place that said it; of defaults and derived values the object's head. */
struct had_span had_get_span(const struct had_object *object, const char *name);

/* Name outside: `name`, else module instances, declared name and keys joined by `-`. */
had_str had_outside_name(struct had_arena *arena, const struct had_object *object);
/* True if `object` is `ancestor` or inside it by parents, OUs, accounts, hubs, Regions (rule 8). */
bool had_object_within(const struct had_object *object, const struct had_object *ancestor);
/* Account and Region of the object itself (`own` of the lowering page); NULL where it has none. */
const struct had_object *had_object_account(const struct had_object *object);
const struct had_object *had_object_region(const struct had_object *object);

/* A value as it would be written in a spec, for messages and `had show`. */
had_str had_value_text(struct had_arena *arena, const struct had_value *value);
bool had_value_eq(const struct had_value *a, const struct had_value *b);

#endif
