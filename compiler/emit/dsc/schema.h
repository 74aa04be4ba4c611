/*
 * What is known of DSC resources: a table made from facts/ when the project is built (generate.c),
 * sorted by name. The emitter checks everything against it before it writes a byte.
 */
#ifndef HAD_EMIT_DSC_SCHEMA_H
#define HAD_EMIT_DSC_SCHEMA_H

#include "base/str.h"

enum had_dsc_type {
    HAD_DSC_STRING,
    HAD_DSC_STRINGS, /* String[] */
    HAD_DSC_BOOLEAN,
    HAD_DSC_INTEGER,
    HAD_DSC_CREDENTIAL,
    HAD_DSC_OTHER /* hashtables, dates: not written */
};

enum had_dsc_kind { HAD_DSC_KEY, HAD_DSC_REQUIRED, HAD_DSC_WRITE, HAD_DSC_READ };

enum had_dsc_role {
    HAD_DSC_FOREST,
    HAD_DSC_DOMAIN_CONTROLLER,
    HAD_DSC_FORWARDERS,
    HAD_DSC_TRUST,
    HAD_DSC_ACCOUNTS,
    HAD_DSC_DIRECTORY_ADMIN,
    HAD_DSC_ROLES
};

struct had_dsc_property {
    const char *name;
    enum had_dsc_type type;
    enum had_dsc_kind kind;
    bool never; /* loses data, or reboots unasked: not written though it exists */
    bool notempty;
    const char *const *allowed;      /* NULL-terminated, or NULL */
    const char *fallback;            /* default, or NULL */
    int64_t minimum, maximum, step;  /* of integers; step 0: any */
    uint32_t min_length, max_length; /* of texts, in UTF-16 units; 0: no limit */
    const char *without;             /* characters that a text must not hold, or NULL */
};

struct had_dsc_condition { /* where property `when` has the value `is`, `need` must be there */
    const char *when, *is, *need;
};

struct had_dsc_module {
    const char *name, *version;
};

struct had_dsc_resource {
    const char *name;       /* friendly name */
    const char *class_name; /* in MOF */
    const struct had_dsc_module *module;
    const struct had_dsc_property *properties; /* in the schema's order */
    uint32_t property_count;
    uint32_t roles;              /* bit per enum had_dsc_role */
    bool milestone;              /* promotes: who waits for its configuration waits for it */
    bool join;                   /* brings a machine into a domain, where DomainName is given */
    bool in_domain;              /* works only on a machine that is in the domain */
    bool run_as;                 /* has no credential of its own, and the system may not do it */
    const char *const *required; /* beyond the schema's; NULL-terminated, or NULL */
    const char *const *together; /* NULL-terminated, or NULL */
    const char *const (*excludes)[2];           /* ends with {NULL, NULL}; or NULL */
    const struct had_dsc_condition *conditions; /* ends with when == NULL; or NULL */
};

/* ---- fixed script bodies ---- */
enum had_dsc_argument_kind {
    HAD_DSC_DOMAIN,    /* DNS name */
    HAD_DSC_COMPUTER,  /* computer name */
    HAD_DSC_ADDRESSES, /* IP addresses, or names of parameters that hold one; .Region of these */
    HAD_DSC_WORD,      /* one of a few, each standing for a fixed text */
    HAD_DSC_TRUTH,     /* $true or $false */
    HAD_DSC_SECRET     /* .Id, .Region and .Value of a secret read at run time */
};

struct had_dsc_argument {
    const char *name;
    enum had_dsc_argument_kind kind;
    const char *const (*words)[2]; /* word and text; ends with {NULL, NULL} */
};

enum { HAD_DSC_GET, HAD_DSC_SET, HAD_DSC_TEST, HAD_DSC_BODIES };

struct had_dsc_script {
    const char *name, *doc;
    bool run_as; /* the system may not do it */
    const struct had_dsc_argument *arguments;
    uint32_t argument_count;
    const char *const *bodies[HAD_DSC_BODIES]; /* lines, NULL-terminated */
};

/* ---- the generated tables ---- */
extern const struct had_dsc_module had_dsc_modules[];
extern const uint32_t had_dsc_module_count;
extern const struct had_dsc_resource had_dsc_resources[];
extern const uint32_t had_dsc_resource_count;
extern const struct had_dsc_script had_dsc_scripts[];
extern const uint32_t had_dsc_script_count;

extern const char *const had_dsc_role_names[HAD_DSC_ROLES];          /* "domain-controller" */
extern const char *const had_dsc_role_configurations[HAD_DSC_ROLES]; /* "HadDomainController" */

const struct had_dsc_resource *had_dsc_resource_find(had_str name); /* NULL if unknown */
const struct had_dsc_property *had_dsc_property_find(const struct had_dsc_resource *resource,
                                                     had_str name);
const struct had_dsc_script *had_dsc_script_find(had_str name);
bool had_dsc_role_find(had_str name, enum had_dsc_role *out);

#endif
