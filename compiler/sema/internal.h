/* Shared by the files of this layer only. */
#ifndef HAD_SEMA_INTERNAL_H
#define HAD_SEMA_INTERNAL_H

#include "schema/literal.h"
#include "sema/sema.h"

/* One iteration of a `for`: its key joins the names declared inside. */
struct frame {
    const struct frame *parent;
    had_str key;
};

enum progress { TODO, BUSY, DONE };

/* A variable: loop variable, `let`, `param`. Lets and params are worked out when first asked for. */
struct binding {
    struct binding *next;
    had_sym name;
    struct had_span span;
    const struct had_expr *expr; /* evaluated in `scope`; NULL where the value is known */
    const struct had_stmt *body; /* of a map that is given as a body, in place of .expr */
    struct scope *scope;
    const struct had_type *type; /* of params; NULL: as it comes */
    bool optional;               /* `optional of T`: may be absent */
    enum progress state;
    bool used;
    struct had_value value;
};

/* What names mean at a place. */
struct scope {
    struct scope *parent;       /* lexically */
    struct binding *bindings;   /* newest first */
    uint32_t binding_count;
    struct had_map by_name;     /* of many: the newest of each name */
    struct decl *object;        /* whose body this is, or NULL */
    struct instance *instance;  /* module instance, or NULL in the spec */
    const struct frame *frame;  /* innermost iteration */
    const struct had_value *dot; /* candidate of `where` and `distinct` */
};

/* A use of a module. */
struct instance {
    struct had_instance shown;
    struct instance *parent;
    struct decl *self;          /* first child called `self`, or NULL */
    const struct had_stmt *stmt;
    const struct module *module;
    const struct frame *frame;
    had_sym name;               /* without keys */
    uint32_t id;
    struct instance *next_of_name, *last_of_name;
    struct scope *scope;        /* of its body */
    had_array(struct decl *) decls;
};

struct module {
    had_sym name;
    const struct had_stmt *stmt;
    had_array(const struct had_stmt *) params;
    uint64_t declares[2]; /* kinds it could declare, as bits; worked out once */
    enum progress declares_state;
};

/* An attribute as written: value or body. */
struct attr_stmt {
    had_str name;
    const struct had_stmt *stmt;
    struct scope *scope;
    bool used;
};

/* An object while it is made; the spec's object is its first member. */
struct decl {
    struct had_object object;
    const struct had_stmt *stmt;  /* NULL of derived objects */
    struct scope *outer;          /* where the head is evaluated */
    struct scope *inner;          /* body's scope: its object is this one */
    struct decl *parent;
    struct instance *instance;
    const struct frame *frame;
    had_sym name;
    bool is_self;
    bool parent_by_clause;        /* the parent is named by a clause that is not linked yet */
    bool linked;
    bool dead;                    /* replaced by its multiplied objects, or a double */
    uint32_t id;
    uint32_t looked_up;           /* number of the last reference that found it */
    uint32_t pending;             /* conditional statements of its body that still wait */
    uint8_t *clause_state, *attr_state; /* enum progress */
    const struct had_value *absent; /* what its absent attributes share, once there is one */
    bool stated_pin;
    struct decl *next_of_name;    /* same name in the same container */
    struct decl *last_of_name;    /* of the first: the last of them, if there are more */
    had_array(struct attr_stmt) attr_stmts;
    had_array(struct decl *) children;
};

/* A `for` or `if` that waits for what it reads. */
struct pending {
    const struct had_stmt *stmt;
    struct scope *scope;
    uint64_t declares[2];
    bool done;
};

struct require {
    const struct had_stmt *stmt;
    struct scope *scope;
};

/* What is being worked out, innermost last: told when a value turns out to need itself. */
struct busy {
    const struct busy *up;
    had_str what;
    struct had_span span;
};

/* `present(…)` asks for a field; what is evaluated on the way there is not asked for. */
struct asking {
    const struct busy *at;
};

enum { KINDS_MAX = 128, DECLS_MAX = 250000, SUGGESTIONS_MAX = 200 };

struct decls_of {
    had_array(struct decl *) items;
};

struct sema {
    struct had_arena *arena; /* of the spec: objects, their values, texts */
    struct had_arena scratch; /* of the pass: scopes, bindings, tables, lists on the way */
    struct had_sources *sources;
    struct had_diags *diags;
    const struct had_sema_input *input;
    struct had_spec *spec;
    struct had_symbols names;
    struct had_map modules;       /* name → module */
    struct had_map by_name;       /* container and name → first decl */
    struct had_map instances;     /* container and name → first instance */
    struct had_map lost;          /* names that a statement with an error would have declared */
    struct had_map lost_kinds;    /* kinds of which one with an unknown name was given up; "*": of a module */
    struct had_map labels;        /* container, name and keys → instance */
    struct had_map anywhere;      /* name → list of decls */
    struct had_map recursions;    /* statements whose module would be inside itself: told */
    struct had_map fallbacks;     /* attribute of the catalog → its default */
    had_array(struct decl *) decls;
    struct decls_of of_kind[KINDS_MAX]; /* by kind number, in order of declaration */
    struct had_map inside;            /* kind and holder → decls_of: see inside.c */
    uint32_t inside_of[KINDS_MAX];    /* objects of the kind when it was made */
    had_array(struct instance *) all_instances;
    had_array(struct pending *) waiting;
    had_array(struct require) requires;
    had_array(struct require) asserts;
    had_array(struct require) test_requires;
    const struct had_stmt *test; /* the block of input->test, or NULL */
    struct scope *root;
    bool expanding;  /* a missing name may still come: say `blocked` instead of reporting */
    bool blocked;
    bool too_many;   /* objects: told */
    bool declared;   /* expansion is over */
    bool deriving;   /* values are resolved, and doubles gone */
    bool derived;    /* objects have what is derived of them */
    struct had_value regions; /* all of them, once deriving */
    struct had_map netbios;   /* NetBIOS name → first forest, domain or directory; once declared */
    bool netbios_read, netbios_unknown;
    uint32_t suggestions; /* unknown names for which near ones were looked up */
    had_array(uint32_t) settled; /* findings of this attempt about values that are worked out */
    had_array(struct binding *) lets; /* and params: worked out at the end, if nothing asks before */
    int stuck;       /* 1: what waits for names only is told; 2: circles of selections, too */
    uint32_t depth;
    uint64_t work, work_max; /* evaluation so far, and its bound */
    const struct busy *busy;
    const struct asking *asking; /* inside `present(…)`, or NULL */
    const struct had_type *expected; /* of the name that is looked up, for what is said if there is none */
    uint32_t order;
    uint32_t lookups; /* of references, so far */
    uint32_t kind_count;
    had_sym sym_self;
};

/* ---- expand.c ---- */
/*
 * An attempt to evaluate what may need names that are still to come. If it was `blocked` it is forgotten
 * with its findings, but for those about values that are settled: nothing would report them again.
 */
struct attempt {
    uint32_t findings, errors;
};
struct attempt sema_try(struct sema *s);
void sema_settle(struct sema *s, uint32_t before);
void sema_forget(struct sema *s, struct attempt attempt);
void sema_expand(struct sema *s);
struct decl *sema_declare(struct sema *s, const struct had_kind *kind, had_sym name,
                          struct decl *parent, struct scope *outer, const struct had_stmt *stmt);
/* Kinds that statements could declare, as bits by kind number. */
bool sema_kind_pending(struct sema *s, const struct had_kind *kind);
void sema_link(struct sema *s, bool last);
void sema_index(struct sema *s, struct decl *decl);
int32_t sema_kind_number(const struct had_kind *kind);
/* All declared objects of a kind, dead ones too; NULL-safe for unknown names. */
const struct decls_of *sema_of_kind(struct sema *s, const char *kind);

/* ---- lookup.c ---- */
struct objects {
    had_array(struct decl *) items;
};
struct binding *sema_bind(struct sema *s, struct scope *scope, struct had_name name);
struct binding *sema_binding_here(const struct scope *scope, had_sym name); /* NULL if none */
struct binding *sema_binding(struct scope *scope, had_sym name);
/* Reports that what is being worked out needs itself, with the chain of what needs what. */
void sema_circle(struct sema *s, had_str what, struct had_span span);
struct had_value sema_binding_value(struct sema *s, struct binding *b);
/*
 * A reference of the given kinds (NULL-terminated names; NULL: any): one object, several (all instances
 * of a name), or a value reached by a path. Reports and gives ERROR where there is none.
 */
struct had_value sema_reference(struct sema *s, struct scope *scope, const struct had_expr *expr,
                                const char *const *kinds);
/* Attribute, clause or derived value by name; ABSENT if not stated, ERROR and a finding if unknown. */
struct had_value sema_member(struct sema *s, const struct had_value *of, had_str name,
                             struct had_span span);
/* A declaration of the kinds (NULL-terminated; NULL: any) whose name could not be worked out was given up. */
bool sema_may_be_lost(struct sema *s, const char *const *kinds);
/* Children of an object by name, filtered by kind name (NULL: any). */
void sema_children(struct sema *s, struct decl *parent, had_sym name, struct objects *out);

/* ---- eval.c ---- */
struct had_value sema_eval(struct sema *s, struct scope *scope, const struct had_expr *expr,
                           const struct had_type *type, had_str what);
struct had_value sema_coerce(struct sema *s, struct scope *scope, const struct had_value *value,
                             const struct had_type *type, had_str what);
bool sema_condition(struct sema *s, struct scope *scope, const struct had_expr *expr, bool *failed);
struct had_value sema_select(struct sema *s, struct scope *scope, const struct had_expr *expr);
/* All objects of a kind are declared. Else the answer waits or, where nothing can come any more, it is told that `what` does. */
bool sema_settled(struct sema *s, const struct had_kind *kind, had_str what, struct had_span span);
void sema_sort(struct sema *s, struct had_value *refs, uint32_t count); /* by name */
struct had_value had_cidr_value(struct sema *s, struct had_cidr cidr, struct had_span span);
bool sema_text(struct sema *s, struct scope *scope, const struct had_expr *expr, had_str *out);
had_str sema_key(struct sema *s, const struct had_value *value);
/* Counts work; false, and one finding in all, where the spec has used up its bound. */
bool sema_work(struct sema *s, uint64_t units, struct had_span span);

/* ---- types.c ---- */
/*
 * The type that a param states, *optional if it may be left out (NULL where that may not be said);
 * NULL and a finding if there is none such.
 */
const struct had_type *sema_type(struct sema *s, const struct had_type_expr *t, bool *optional);
/* Types that stand for themselves: a param may be of one, and a comparison may take one from a value. */
bool sema_plain_base(enum had_base base);
/* Suggests the kind whose name is nearest, in place of what the finding is at; false: none is. */
bool sema_nearest_kind(struct sema *s, struct had_diag *d, had_str name);

/* ---- functions.c ---- */
struct had_value sema_call(struct sema *s, struct scope *scope, const struct had_expr *expr,
                           const struct had_type *type);

/* ---- data.c ---- */
struct had_value sema_data(struct sema *s, had_str function, struct had_span where, uint32_t file);

/* ---- resolve.c ---- */
/* `tags { … }` as a map of `type`. */
struct had_value sema_body(struct sema *s, struct scope *scope, const struct had_stmt *written,
                           const struct had_type *type, had_str name);
void sema_resolve(struct sema *s);
struct had_value *sema_clause(struct sema *s, struct decl *d, uint32_t index);
const struct had_value *sema_attr(struct sema *s, struct decl *d, uint32_t index);
/* Settles the value of an attribute, in place of the one it may have. */
const struct had_value *sema_give(struct sema *s, struct decl *d, uint32_t index,
                                  struct had_value v);
struct had_value *sema_subject(struct sema *s, struct decl *d);
void sema_address(struct sema *s, struct decl *d);
/* Region and account that follow from clauses alone; NULL if they cannot be worked out. */
struct decl *sema_region(struct sema *s, struct decl *d);
struct decl *sema_account(struct sema *s, struct decl *d);
bool sema_within(struct sema *s, struct decl *object, struct decl *ancestor, uint32_t depth);
/* `.region`, `.ou`, `.ranges`, …: derived values that follow from clauses alone; false if not one. */
bool sema_early(struct sema *s, struct decl *d, had_str name, struct had_value *out);

/* ---- inside.c ---- */
/* Objects of the kind that are within `holder`, dead ones too, as declared; NULL: only sema_within can tell. */
const struct decls_of *sema_inside(struct sema *s, const struct had_kind *kind,
                                   const struct decl *holder);

/* ---- early.c ---- */
/* A derived value: of which kind, how it is called, and how it follows. */
struct had_derivation {
    const char *kind, *name;
    /* From a few objects, for whoever asks; NULL: from the whole spec, in derive.c. */
    struct had_value (*value)(struct sema *s, struct decl *d);
    const char *reason; /* NULL: none, or the function says it */
    bool compare;       /* a stated value that differs is told */
};
const struct had_derivation *sema_derivations(void); /* ends with one without kind */
struct had_value sema_derivation(struct sema *s, const struct had_derivation *how, struct decl *d,
                                 struct had_span span);
bool sema_is_derived(const struct had_kind *kind, had_str name);
/*
 * What an object that does not state it has, asked before derivation. False: nothing of that name is
 * derived, or all is in its place. A value that only derivation can know is told, and ERROR.
 */
bool sema_derived(struct sema *s, struct decl *d, had_str name, struct had_span span,
                  struct had_value *out);

/* ---- derive.c ---- */
void sema_derive(struct sema *s);
void sema_asserts(struct sema *s);

/* ---- modules.c ---- */
/* The file that `path` names in file `here`: below the spec's folder or, said there, below `std:`. */
bool sema_path_beside(struct had_arena *arena, had_str here, had_str path, had_str *clean);

/* ---- small helpers ---- */
static inline struct decl *decl_of(const struct had_object *object)
{
    return (struct decl *)(uintptr_t)object;
}

/* One object or value as a list of one. `v` outlives the list. */
static inline struct had_value_list list_of(const struct had_value *v)
{
    if (v->tag == HAD_VALUE_LIST)
        return v->list;
    bool one = v->tag != HAD_VALUE_ABSENT && v->tag != HAD_VALUE_ERROR;
    return (struct had_value_list){(struct had_value *)(uintptr_t)v, one};
}
/* The object that it refers to, of a list the first one; NULL: none. */
static inline struct decl *ref_of(const struct had_value *v)
{
    if (v->tag == HAD_VALUE_LIST && v->list.count)
        v = &v->list.items[0];
    return v->tag == HAD_VALUE_REF ? decl_of(v->object) : NULL;
}
static inline struct had_value had_error_value(struct had_span span)
{
    return (struct had_value){.tag = HAD_VALUE_ERROR, .span = span};
}
static inline struct had_value had_ref_value(const struct decl *d, struct had_span span)
{
    return (struct had_value){
        .tag = HAD_VALUE_REF, .type = HAD_TYPE_REF, .span = span, .object = &d->object};
}
static inline struct had_value had_bool_value(bool b, struct had_span span)
{
    return (struct had_value){.tag = HAD_VALUE_BOOL,
                              .type = HAD_TYPE_BOOL,
                              .span = span,
                              .text = b ? HAD_STR("true") : HAD_STR("false"),
                              .boolean = b};
}
struct had_value had_text_value(had_str text, enum had_base type, struct had_span span);
struct had_value had_list_value(struct sema *s, struct had_value *items, uint32_t count,
                                struct had_span span);
typedef had_array(struct had_value) values;

/* Reports unless the compiler is only trying or waiting; NULL then. */
struct had_diag *sema_report(struct sema *s, const struct had_code *code, struct had_span span,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
