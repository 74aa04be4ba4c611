/*
 * Kinds: one constant per kind, the single source for checking, completion, hover, `had explain`, the
 * reference pages and the fuzz dictionary. Adding a kind is one file in kinds/ and one line in
 * kinds/kinds.def.
 */
#ifndef HAD_SCHEMA_KIND_H
#define HAD_SCHEMA_KIND_H

#include "schema/type.h"
#include "syntax/ast.h"

/* What the word behind the kind is (catalog, part 4, rule 1). */
enum had_subject {
    HAD_SUBJECT_DECLARES, /* a new name: spoke shared */
    HAD_SUBJECT_VALUE,    /* an outside name or value: forward "corp.example.com", route 10.0.0.0/8 */
    HAD_SUBJECT_REFERS,   /* objects: assign administrator, trust directory aws, waive … on … */
};

struct had_attr {
    const char *name;            /* NULL ends a table */
    const struct had_type *type;
    enum had_required {
        HAD_OPTIONAL,
        HAD_REQUIRED,            /* catalog: yes */
        HAD_REQUIRED_NEW,        /* n: required unless existing */
        HAD_ONLY_EXISTING,       /* e: only, and then required, on an existing object */
        HAD_MAY_EXISTING,        /* only on an existing object, may be left out: `id`, `attachment` */
    } required;
    const char *fallback;        /* default as the text of a literal, without quotes; of a list or set
                                    its elements with `, ` between; NULL if none. Read it with
                                    had_fallback_read (schema/literal.h) */
    const char *derived;         /* ⟨…⟩: how the default is derived, in words; NULL if not */
    const char *doc;             /* one or two sentences */
    const char *lowers_to;       /* "EC2::VPC.CidrBlock"; NULL if nothing */
    /*
     * Where set, the attribute is admitted, and `required` holds, only on objects whose clause or
     * attribute of this name has one of the words: `vlan` is of links `via` direct-connect.
     */
    const char *when;
    const char *const *when_words; /* NULL-terminated */
};

struct had_clause_spec {
    enum had_preposition preposition;
    const char *slot;            /* name under which expressions and code read it: "account", "hub" */
    const struct had_type *type; /* ref of one kind: a bare name is enough */
    bool required;
    bool parent;                 /* `in PARENT` that makes the object a child (part 4, rule 2); left
                                    out inside the parent's body */
    const char *doc;
};

struct had_kind {
    const char *name;            /* "spoke" */
    const char *doc;             /* what it is, one to three sentences */
    const char *const *heads;    /* first line as it is written, one form each; NULL-terminated */
    enum had_subject subject;
    const struct had_type *subject_type; /* of VALUE and REFERS; of DECLARES NULL unless narrowed: then
                                            the name, read as HAD_SPELLED_TEXT, must be of the type */
    bool subject_optional;
    const struct had_clause_spec *clauses; /* ends with an entry without slot; the formatter's order */
    const struct had_attr *attrs;          /* own attributes; ends with an entry without name */
    const char *const *children;           /* kinds that its body may hold; NULL-terminated */
    const char *const *derived;            /* names of derived values, "name: meaning"; NULL-terminated */
    const char *lowers_to;       /* "EC2::VPC"; NULL where attributes say it, or nothing is made */
    bool no_existing;            /* `existing` is an error (part 4, rule 15) */
    bool only_existing;          /* without `existing` it is an error: appliance */
    bool single;                 /* at most one in a spec: spec, identity-center, phase, state */
    bool body_only;              /* is written in its parent's body only (part 4, rule 2) */
    const struct had_type *id_type; /* of `id` on existing objects; NULL: none */
    bool protect;                /* default of `protect` */
    bool resource;               /* takes name, description, tags, protect (part 1) */
    bool multiplies;             /* lists and selections in subject or clauses make one object each */
    const struct had_attr *description; /* in place of the common one, where the service is narrower */
    bool rules;                  /* the team's own rule or setting: makes no object of the architecture */
    const char *section;         /* heading of the catalog: "Spokes" */
};

/* All kinds in the catalog's order, NULL at the end. */
extern const struct had_kind *const had_kinds[];
const struct had_kind *had_kind_find(had_str name); /* NULL if unknown */

/* Own attributes of a kind (`id` last among them) and the common ones: name, description, tags, protect. */
uint32_t had_kind_attr_count(const struct had_kind *kind);
const struct had_attr *had_kind_attr(const struct had_kind *kind, uint32_t index);
int32_t had_kind_attr_index(const struct had_kind *kind, had_str name);  /* -1 if none */
uint32_t had_kind_clause_count(const struct had_kind *kind);
int32_t had_kind_clause_index(const struct had_kind *kind, had_str slot); /* -1 if none */
bool had_kind_allows_child(const struct had_kind *kind, const struct had_kind *child);
const char *had_article(const char *kind); /* "a", "an": `an account`, `a user` */

#endif
