/*
 * Expansion: modules, loops, conditions and computed names become declarations. A `for` or `if`
 * that reads what is not declared yet waits, and is tried again after the others; one that nothing
 * can release any more is told as an error with the circle.
 */
#include "sema/internal.h"

#include <string.h>

enum { INSTANCE_DEPTH_MAX = 32, ITERATION_WORK = 64, STATEMENT_WORK = 16 };

static void run(struct sema *s, struct scope *scope, const had_stmts *stmts);

int32_t sema_kind_number(const struct had_kind *kind)
{
    for (int32_t i = 0; had_kinds[i]; i++)
        if (had_kinds[i] == kind)
            return i;
    return -1;
}

const struct decls_of *sema_of_kind(struct sema *s, const char *kind)
{
    static const struct decls_of none = {0};
    int32_t n = sema_kind_number(had_kind_find(had_str_c(kind)));
    return n >= 0 && n < KINDS_MAX ? &s->of_kind[n] : &none;
}

static void bit_set(uint64_t bits[2], int32_t n)
{
    if (n >= 0 && n < 128)
        bits[n / 64] |= UINT64_C(1) << (n % 64);
}

static bool bit_get(const uint64_t bits[2], int32_t n)
{
    return n >= 0 && n < 128 && (bits[n / 64] >> (n % 64) & 1);
}

static struct module *module_find(struct sema *s, had_str name)
{
    had_sym symbol = had_symbol_find(&s->names, name);
    uint64_t *found = symbol ? had_map_get(&s->modules, symbol) : NULL;
    return found ? (struct module *)(uintptr_t)*found : NULL;
}

/* ---- which kinds could statements declare ---- */

static void collect(struct sema *s, const had_stmts *stmts, uint64_t bits[2]);

static void collect_module(struct sema *s, struct module *m, uint64_t bits[2])
{
    if (m->declares_state == TODO) {
        m->declares_state = BUSY;
        collect(s, &m->stmt->as.module.body->stmts, m->declares);
        m->declares_state = DONE;
    }
    bits[0] |= m->declares[0];
    bits[1] |= m->declares[1];
}

static void collect_stmt(struct sema *s, const struct had_stmt *stmt, uint64_t bits[2])
{
    if (stmt->kind == HAD_STMT_BLOCK) {
        const struct had_kind *kind = had_kind_find(stmt->as.block.kind.text);
        struct module *module = kind ? NULL : module_find(s, stmt->as.block.kind.text);
        if (kind)
            bit_set(bits, sema_kind_number(kind));
        if (module)
            collect_module(s, module, bits);
        else if (stmt->as.block.body)
            collect(s, &stmt->as.block.body->stmts, bits);
    } else if (stmt->kind == HAD_STMT_FOR) {
        collect(s, &stmt->as.loop.body->stmts, bits);
    } else if (stmt->kind == HAD_STMT_IF) {
        collect(s, &stmt->as.branch.then->stmts, bits);
        if (stmt->as.branch.otherwise)
            collect(s, &stmt->as.branch.otherwise->stmts, bits);
    }
}

static void collect(struct sema *s, const had_stmts *stmts, uint64_t bits[2])
{
    for (uint32_t i = 0; i < stmts->count; i++)
        collect_stmt(s, stmts->items[i], bits);
}

bool sema_kind_pending(struct sema *s, const struct had_kind *kind)
{
    int32_t n = sema_kind_number(kind);
    for (uint32_t i = 0; i < s->waiting.count; i++)
        if (!s->waiting.items[i]->done && bit_get(s->waiting.items[i]->declares, n))
            return true;
    return false;
}

/* ---- scopes and bindings ---- */

static struct scope *scope_new(struct sema *s, struct scope *parent)
{
    struct scope *scope = had_new(&s->scratch, struct scope);
    scope->parent = parent;
    if (parent) {
        scope->instance = parent->instance;
        scope->frame = parent->frame;
    }
    return scope;
}

static struct binding *bind(struct sema *s, struct scope *scope, struct had_name name)
{
    struct binding *first = sema_binding_here(scope, had_intern(&s->names, name.text));
    if (first) {
        struct had_diag *d = had_report(s->diags, &HAD0304, name.span,
                                        "`" HAD_FMT "` is already named here", HAD_ARG(name.text));
        had_diag_label(d, first->span, "the first one");
    }
    return sema_bind(s, scope, name);
}

static struct decl *scope_object(struct scope *scope)
{
    for (; scope; scope = scope->parent)
        if (scope->object)
            return scope->object;
    return NULL;
}

/* ---- attempts ---- */

struct attempt sema_try(struct sema *s)
{
    s->blocked = false;
    s->settled.count = 0;
    return (struct attempt){s->diags->items.count, s->diags->errors};
}

void sema_settle(struct sema *s, uint32_t before)
{
    while (s->settled.count && s->settled.items[s->settled.count - 1] >= before)
        s->settled.count--;
    for (uint32_t i = before; i < s->diags->items.count; i++)
        *had_push(&s->scratch, &s->settled) = i;
}

void sema_forget(struct sema *s, struct attempt attempt)
{
    uint32_t n = attempt.findings;
    s->blocked = false;
    s->diags->errors = attempt.errors;
    for (uint32_t i = 0; i < s->settled.count; i++) {
        if (s->settled.items[i] < attempt.findings)
            continue;
        struct had_diag *d = s->diags->items.items[s->settled.items[i]];
        s->diags->errors += d->severity == HAD_ERROR;
        s->diags->items.items[n++] = d;
    }
    s->diags->items.count = n;
    s->settled.count = 0;
}

/* ---- declarations ---- */

static uint64_t container_key(const struct decl *parent, const struct instance *instance,
                              had_sym name)
{
    uint64_t container = parent     ? (uint64_t)parent->id * 2 + 2
                         : instance ? (uint64_t)instance->id * 2 + 3
                                    : 0;
    return container << 32 | name;
}

void sema_index(struct sema *s, struct decl *d)
{
    if (!d->name)
        return;
    struct instance *instance = d->is_self ? d->instance->parent : d->instance;
    uint64_t key = container_key(d->parent, instance, d->name);
    uint64_t *first = had_map_get(&s->by_name, key);
    if (first) {
        struct decl *head = (struct decl *)(uintptr_t)*first;
        (head->last_of_name ? head->last_of_name : head)->next_of_name = d;
        head->last_of_name = d;
    } else {
        had_map_put(&s->scratch, &s->by_name, key, (uintptr_t)d);
    }
    if (d->parent) {
        uint64_t *list = had_map_get(&s->anywhere, d->name);
        struct objects *objects;
        if (list) {
            objects = (struct objects *)(uintptr_t)*list;
        } else {
            objects = had_new(&s->scratch, struct objects);
            had_map_put(&s->scratch, &s->anywhere, d->name, (uintptr_t)objects);
        }
        *had_push(&s->scratch, &objects->items) = d;
    }
}

struct decl *sema_declare(struct sema *s, const struct had_kind *kind, had_sym name,
                          struct decl *parent, struct scope *outer, const struct had_stmt *stmt)
{
    struct decl *d = had_new(s->arena, struct decl);
    uint32_t clauses = had_kind_clause_count(kind), attrs = had_kind_attr_count(kind);
    d->id = s->decls.count;
    d->stmt = stmt;
    d->outer = outer;
    d->name = name;
    d->parent = parent;
    d->instance = outer->instance;
    d->frame = outer->frame;
    d->clause_state = had_new_n(&s->scratch, uint8_t, clauses);
    d->attr_state = had_new_n(&s->scratch, uint8_t, attrs);
    d->inner = scope_new(s, outer);
    d->inner->object = d;
    struct had_object *o = &d->object;
    o->kind = kind;
    o->name = had_symbol_text(&s->names, name);
    o->instance = d->instance ? &d->instance->shown : NULL;
    o->clauses = had_new_n(s->arena, struct had_value, clauses);
    o->attrs = had_new_n(s->arena, const struct had_value *, attrs);
    o->order = s->order++;
    if (stmt) {
        o->existing = stmt->as.block.existing;
        o->doc = stmt->doc;
        o->span = stmt->as.block.head;
        o->name_span =
            stmt->as.block.subject ? stmt->as.block.subject->span : stmt->as.block.kind.span;
    }
    /* Names are unique in their parent's body: only loops inside that body make keys. */
    const struct frame *outside = parent ? parent->outer->frame : NULL;
    uint32_t depth = 0;
    for (const struct frame *f = d->frame; f && f != outside; f = f->parent)
        depth++;
    o->keys = had_new_n(s->arena, had_str, depth);
    o->key_count = depth;
    for (const struct frame *f = d->frame; f && f != outside; f = f->parent)
        o->keys[--depth] = f->key;
    *had_push(&s->scratch, &s->decls) = d;
    int32_t number = sema_kind_number(kind);
    if (number >= 0 && number < KINDS_MAX)
        *had_push(&s->scratch, &s->of_kind[number].items) = d;
    return d;
}

static bool is_name(had_str text)
{
    if (!text.len)
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool digit = c >= '0' && c <= '9';
        if (!letter && !(i && (digit || (c == '-' && i + 1 < text.len))))
            return false;
    }
    return true;
}

/*
 * The declared name of a block; *computed where it is a string. False if it must wait or was
 * reported.
 */
static bool declared_name(struct sema *s, struct scope *scope, const struct had_stmt *stmt,
                          had_str *out, bool *computed)
{
    const struct had_expr *subject = had_expr_inner(stmt->as.block.subject);
    had_str kind = stmt->as.block.kind.text;
    *computed = false;
    if (!subject) {
        struct had_diag *d = had_report(s->diags, &HAD0307, stmt->as.block.kind.span,
                                        "this `" HAD_FMT "` has no name", HAD_ARG(kind));
        had_diag_help(d, "write `" HAD_FMT " NAME`", HAD_ARG(kind));
        return false;
    }
    if (subject->kind == HAD_EXPR_REF && !subject->as.ref.kind.text.len &&
        !subject->as.ref.steps.count && !subject->as.ref.outside) {
        *out = subject->as.ref.first.text;
        return true;
    }
    if (subject->kind == HAD_EXPR_ERROR)
        return false;
    if (subject->kind == HAD_EXPR_STRING) {
        had_str text;
        if (!sema_text(s, scope, subject, &text))
            return false;
        bool literal =
            subject->as.string.pieces.count <= 1 &&
            (!subject->as.string.pieces.count || !subject->as.string.pieces.items[0].value);
        for (uint32_t i = 0; i < text.len; i++)
            if ((unsigned char)text.ptr[i] < ' ' && !strchr("\n\t", text.ptr[i]))
                return false; /* the scanner has reported the control character */
        if (!is_name(text) && !(literal && (had_str_is(kind, "group") || had_str_is(kind, "user") ||
                                            had_str_is(kind, "spec")))) {
            struct had_diag *d = had_report(s->diags, &HAD0308, subject->span,
                                            "`" HAD_FMT "` is not a name", HAD_ARG(text));
            had_diag_help(d,
                          "a name starts with a letter and holds letters, digits, `-` and `_`; a "
                          "name outside goes into `name = \"…\"`");
            return false;
        }
        *out = text;
        *computed = true;
        return true;
    }
    struct had_diag *d = had_report(s->diags, &HAD0308, subject->span,
                                    "a new `" HAD_FMT "` needs a plain name here", HAD_ARG(kind));
    had_diag_help(d, "write `" HAD_FMT " NAME`", HAD_ARG(kind));
    return false;
}

static uint64_t instance_key(const struct instance *parent, had_sym name)
{
    return container_key(NULL, parent, name);
}

/* What a statement that is given up would have declared is not reported missing. */
static void lose(struct sema *s, const struct had_stmt *stmt);

/* A module inside itself has no end; the chain is told once for each place. */
static bool recursion(struct sema *s, const struct scope *scope, const struct had_stmt *stmt,
                      const struct module *module)
{
    const struct instance *same = NULL;
    uint32_t depth = 0;
    for (const struct instance *i = scope->instance; i; i = i->parent) {
        depth++;
        if (!same && i->module == module)
            same = i;
    }
    if (!same && depth < INSTANCE_DEPTH_MAX)
        return false;
    if (had_map_get(&s->recursions, (uintptr_t)stmt))
        return true;
    had_map_put(&s->scratch, &s->recursions, (uintptr_t)stmt, 1);
    had_str name = stmt->as.block.kind.text;
    struct had_diag *d = had_report(s->diags, &HAD0506, stmt->as.block.kind.span,
                                    same ? "module `" HAD_FMT "` uses itself"
                                         : "module `" HAD_FMT "` is used in too many others",
                                    HAD_ARG(name));
    had_str chain = name;
    for (const struct instance *i = scope->instance; i; i = i->parent) {
        chain = had_str_printf(s->arena, HAD_FMT " → " HAD_FMT, HAD_ARG(i->shown.module),
                               HAD_ARG(chain));
        if (i == same)
            break;
        if (same)
            had_diag_label(d, i->shown.span, "on the way");
    }
    had_diag_note(d, "the chain is " HAD_FMT, HAD_ARG(chain));
    return true;
}

/* `id = …` or, of a map, `tags { … }` in the body of a module's use; NULL of another statement. */
static const struct had_name *argument_name(const struct had_stmt *stmt)
{
    if (stmt->kind == HAD_STMT_ATTR)
        return &stmt->as.attr.name;
    return stmt->kind == HAD_STMT_BLOCK && stmt->as.block.body && !stmt->as.block.subject &&
                   !stmt->as.block.clauses.count && !stmt->as.block.existing
               ? &stmt->as.block.kind
               : NULL;
}

static void use_module(struct sema *s, struct scope *scope, const struct had_stmt *stmt,
                       struct module *module)
{
    had_str text;
    bool computed;
    if (!declared_name(s, scope, stmt, &text, &computed)) {
        lose(s, stmt);
        return;
    }
    if (recursion(s, scope, stmt, module))
        return;
    if (!sema_work(s,
                   ITERATION_WORK +
                       (uint64_t)module->stmt->as.module.body->stmts.count * STATEMENT_WORK,
                   stmt->as.block.kind.span))
        return;
    struct instance *instance = had_new(s->arena, struct instance);
    instance->parent = scope->instance;
    instance->stmt = stmt;
    instance->module = module;
    instance->name = had_intern(&s->names, text);
    instance->frame = computed ? NULL : scope->frame;
    instance->id = s->all_instances.count;
    had_str label = text;
    if (!computed) {
        had_str keys = {0};
        for (const struct frame *f = scope->frame; f; f = f->parent)
            keys =
                had_str_printf(s->arena, "[" HAD_FMT "]" HAD_FMT, HAD_ARG(f->key), HAD_ARG(keys));
        label = had_str_printf(s->arena, HAD_FMT HAD_FMT, HAD_ARG(text), HAD_ARG(keys));
    }
    instance->shown =
        (struct had_instance){.parent = instance->parent ? &instance->parent->shown : NULL,
                              .name = label,
                              .module = had_symbol_text(&s->names, module->name),
                              .span = stmt->as.block.head};
    uint64_t labelled = instance_key(instance->parent, had_intern(&s->names, label));
    uint64_t *equal = had_map_get(&s->labels, labelled);
    if (equal) {
        struct had_diag *d = had_report(s->diags, &HAD0303, stmt->as.block.subject->span,
                                        "there are two `" HAD_FMT "`", HAD_ARG(label));
        had_diag_label(d, ((struct instance *)(uintptr_t)*equal)->shown.span, "the first one");
        return;
    }
    had_map_put(&s->scratch, &s->labels, labelled, (uintptr_t)instance);
    uint64_t key = instance_key(instance->parent, instance->name);
    uint64_t *first = had_map_get(&s->instances, key);
    if (first) {
        struct instance *head = (struct instance *)(uintptr_t)*first;
        (head->last_of_name ? head->last_of_name : head)->next_of_name = instance;
        head->last_of_name = instance;
    } else {
        had_map_put(&s->scratch, &s->instances, key, (uintptr_t)instance);
    }
    *had_push(&s->scratch, &s->all_instances) = instance;

    struct scope *inner = scope_new(s, s->root);
    inner->instance = instance;
    inner->frame = NULL;
    instance->scope = inner;
    if (stmt->as.block.clauses.count)
        had_report(s->diags, &HAD0309, stmt->as.block.clauses.items[0].word,
                   "module `" HAD_FMT "` takes no clauses", HAD_ARG(stmt->as.block.kind.text));
    if (stmt->as.block.existing)
        had_report(s->diags, &HAD0310, stmt->as.block.head, "a module cannot be `existing`");

    /* Params: what the use says, else the default, else an error. */
    had_str *names = had_new_n(&s->scratch, had_str, module->params.count + 1);
    for (uint32_t i = 0; i < module->params.count; i++) {
        const struct had_stmt *p = module->params.items[i];
        names[i] = p->as.param.name.text;
        struct binding *b = bind(s, inner, p->as.param.name);
        b->type = sema_type(s, p->as.param.type, &b->optional);
        *had_push(&s->scratch, &s->lets) = b;
        const struct had_stmt *given = NULL;
        if (stmt->as.block.body) {
            for (uint32_t k = 0; k < stmt->as.block.body->stmts.count; k++) {
                const struct had_stmt *a = stmt->as.block.body->stmts.items[k];
                const struct had_name *name = argument_name(a);
                if (name && had_str_eq(name->text, names[i])) {
                    if (given) {
                        struct had_diag *d =
                            had_report(s->diags, &HAD0312, name->span,
                                       "`" HAD_FMT "` is said twice", HAD_ARG(names[i]));
                        had_diag_label(d, argument_name(given)->span, "first here");
                    }
                    given = a;
                }
            }
        }
        if (!b->type) { /* already told at its declaration */
            b->state = DONE;
            b->value = had_error_value(stmt->as.block.head);
        } else if (given && given->kind == HAD_STMT_BLOCK && b->type->base != HAD_TYPE_MAP &&
                   b->type->base != HAD_TYPE_DATA) {
            struct had_diag *d = had_report(s->diags, &HAD0309, given->span,
                                            "param `" HAD_FMT "` is no map", HAD_ARG(names[i]));
            had_diag_label(d, p->as.param.name.span, "declared here");
            had_diag_help(d, "write `" HAD_FMT " = …`", HAD_ARG(names[i]));
            b->state = DONE;
            b->value = had_error_value(given->span);
        } else if (given) {
            b->expr = given->kind == HAD_STMT_ATTR ? given->as.attr.value : NULL;
            b->body = given->kind == HAD_STMT_BLOCK ? given : NULL;
            b->scope = scope;
        } else if (p->as.param.value) {
            b->expr = p->as.param.value;
            b->scope = inner;
        } else if (!b->optional) {
            struct had_diag *d =
                had_report(s->diags, &HAD0502, stmt->as.block.subject->span,
                           HAD_FMT " `" HAD_FMT "` needs `" HAD_FMT "`",
                           HAD_ARG(stmt->as.block.kind.text), HAD_ARG(label), HAD_ARG(names[i]));
            had_diag_label(d, p->as.param.name.span, "a param without a default");
            had_diag_help(d, "say `" HAD_FMT " = …` in its body", HAD_ARG(names[i]));
            b->state = DONE;
            b->value = had_error_value(stmt->as.block.head);
        } else {
            b->state = DONE;
            b->value = (struct had_value){.tag = HAD_VALUE_ABSENT};
        }
    }
    if (stmt->as.block.body) {
        for (uint32_t k = 0; k < stmt->as.block.body->stmts.count; k++) {
            const struct had_stmt *a = stmt->as.block.body->stmts.items[k];
            if (a->kind == HAD_STMT_ERROR)
                continue;
            const struct had_name *name = argument_name(a);
            if (!name) {
                had_report(s->diags, &HAD0309, a->span,
                           "the body of a module's use holds its params only");
                continue;
            }
            bool known = false;
            for (uint32_t i = 0; i < module->params.count; i++)
                known |= had_str_eq(name->text, names[i]);
            if (!known) {
                struct had_diag *d =
                    had_report(s->diags, &HAD0311, name->span,
                               "module `" HAD_FMT "` has no param `" HAD_FMT "`",
                               HAD_ARG(stmt->as.block.kind.text), HAD_ARG(name->text));
                had_diag_nearest(d, name->span, name->text, names, module->params.count);
            }
        }
    }
    run(s, inner, &module->stmt->as.module.body->stmts);
}

static void lose_all(struct sema *s, const had_stmts *stmts)
{
    for (uint32_t i = 0; i < stmts->count; i++)
        lose(s, stmts->items[i]);
}

static void lose(struct sema *s, const struct had_stmt *stmt)
{
    if (stmt->kind == HAD_STMT_FOR) {
        lose_all(s, &stmt->as.loop.body->stmts);
    } else if (stmt->kind == HAD_STMT_IF) {
        lose_all(s, &stmt->as.branch.then->stmts);
        if (stmt->as.branch.otherwise)
            lose_all(s, &stmt->as.branch.otherwise->stmts);
    } else if (stmt->kind == HAD_STMT_BLOCK) {
        const struct had_expr *subject = had_expr_inner(stmt->as.block.subject);
        if (subject && subject->kind == HAD_EXPR_REF)
            had_map_put(&s->scratch, &s->lost, had_intern(&s->names, subject->as.ref.first.text),
                        1);
        else if (subject) /* a computed name: it could have been any */
            had_map_put(&s->scratch, &s->lost_kinds,
                        had_intern(&s->names, had_kind_find(stmt->as.block.kind.text)
                                                  ? stmt->as.block.kind.text
                                                  : HAD_STR("*")),
                        1);
        if (stmt->as.block.body)
            lose_all(s, &stmt->as.block.body->stmts);
    }
}

static void unknown_kind(struct sema *s, struct scope *scope, const struct had_stmt *stmt)
{
    struct had_name word = stmt->as.block.kind;
    struct decl *object = scope_object(scope);
    if (object) {
        int32_t at = had_kind_attr_index(object->object.kind, word.text);
        if (at >= 0) {
            struct had_diag *d =
                had_report(s->diags, &HAD0302, word.span, "`" HAD_FMT "` is an attribute of `%s`",
                           HAD_ARG(word.text), object->object.kind->name);
            had_diag_help(d, "write `" HAD_FMT " = …`", HAD_ARG(word.text));
            /* it is said, only wrongly */
            sema_give(s, object, (uint32_t)at, had_error_value(stmt->span));
            if (stmt->as.block.subject) {
                struct had_span gap = {word.span.file, word.span.end, word.span.end};
                had_diag_fix(d, true, gap, HAD_STR(" ="), "put `=` behind `" HAD_FMT "`",
                             HAD_ARG(word.text));
            }
            return;
        }
    }
    lose(s, stmt);
    had_array(had_str) names = {0};
    bool look = s->suggestions++ < SUGGESTIONS_MAX;
    for (uint32_t i = 0; look && had_kinds[i]; i++)
        *had_push(&s->scratch, &names) = had_str_c(had_kinds[i]->name);
    for (uint32_t i = 0; look && i < s->modules.count; i++)
        *had_push(&s->scratch, &names) =
            had_symbol_text(&s->names, (had_sym)s->modules.entries[i].key);
    struct had_diag *d = had_report(s->diags, &HAD0301, word.span,
                                    "there is no kind or module `" HAD_FMT "`", HAD_ARG(word.text));
    if (!had_diag_nearest(d, word.span, word.text, names.items, names.count))
        had_diag_help(d, "kinds are listed by `had explain`; a module must be imported");
}

static const struct had_clause_spec *clause_by_word(const struct had_kind *kind,
                                                    enum had_preposition word)
{
    for (const struct had_clause_spec *c = kind->clauses; c && c->slot; c++)
        if (c->preposition == word)
            return c;
    return NULL;
}

static void check_clauses(struct sema *s, const struct had_kind *kind, const struct had_stmt *stmt,
                          bool in_body)
{
    const struct had_clause *seen[HAD_PREPOSITIONS] = {0};
    for (uint32_t i = 0; i < stmt->as.block.clauses.count; i++) {
        const struct had_clause *c = &stmt->as.block.clauses.items[i];
        if (seen[c->preposition]) {
            struct had_diag *d = had_report(s->diags, &HAD0313, c->word, "`%s` is said twice",
                                            had_preposition_word(c->preposition));
            had_diag_label(d, seen[c->preposition]->word, "first here");
            continue;
        }
        seen[c->preposition] = c;
        const struct had_clause_spec *spec = clause_by_word(kind, c->preposition);
        if (!spec) {
            struct had_diag *d = had_report(s->diags, &HAD0314, c->word, "`%s` takes no `%s`",
                                            kind->name, had_preposition_word(c->preposition));
            had_str words = {0};
            for (const struct had_clause_spec *k = kind->clauses; k && k->slot; k++)
                words = had_str_printf(s->arena, HAD_FMT "%s`%s`", HAD_ARG(words),
                                       words.len ? ", " : "", had_preposition_word(k->preposition));
            if (words.len)
                had_diag_help(d, "it takes " HAD_FMT, HAD_ARG(words));
            else
                had_diag_help(d, "`%s` takes no clauses", kind->name);
        } else if (spec->parent && in_body) {
            struct had_diag *d =
                had_report(s->diags, &HAD0315, had_span_join(c->word, c->value->span),
                           "`%s` is left out here: the body around it already says it",
                           had_preposition_word(c->preposition));
            had_diag_fix(d, true, had_span_join(c->word, c->value->span), (had_str){"", 0},
                         "leave it out");
        }
    }
}

static bool allowed_child(const struct had_kind *parent, const struct had_kind *child)
{
    return had_kind_allows_child(parent, child);
}

static void block(struct sema *s, struct scope *scope, const struct had_stmt *stmt);

/* Of a `test` only the one that looks at this compilation is read; params are taken before all
 * else. */
static void test_body(struct sema *s, struct decl *d)
{
    const struct had_stmt *stmt = d->stmt;
    bool looks = false;
    if (!stmt->as.block.body)
        return;
    for (uint32_t i = 0; i < stmt->as.block.body->stmts.count; i++) {
        const struct had_stmt *part = stmt->as.block.body->stmts.items[i];
        bool is_block = part->kind == HAD_STMT_BLOCK;
        if (part->kind == HAD_STMT_ERROR ||
            (is_block && had_str_is(part->as.block.kind.text, "params")))
            continue;
        if (part->kind == HAD_STMT_REQUIRE) {
            looks = true;
            if (stmt == s->test)
                *had_push(&s->scratch, &s->test_requires) = (struct require){part, d->outer};
        } else if (is_block && had_str_is(part->as.block.kind.text, "expect")) {
            looks = true;
            if (stmt == s->test)
                block(s, d->inner, part);
        } else {
            had_report(s->diags, &HAD0614, part->span,
                       "a test holds `params { … }`, `require` and `expect`");
        }
    }
    if (!looks) {
        struct had_diag *diag =
            had_report(s->diags, &HAD0614, stmt->as.block.head, "this test looks at nothing");
        had_diag_help(diag, "add a `require …` or an `expect …`");
    }
}

static const struct had_stmt *test_param(struct sema *s, had_str name)
{
    const struct had_body *body = s->test ? s->test->as.block.body : NULL;
    for (uint32_t i = 0; body && i < body->stmts.count; i++) {
        const struct had_stmt *part = body->stmts.items[i];
        if (part->kind != HAD_STMT_BLOCK || !had_str_is(part->as.block.kind.text, "params") ||
            !part->as.block.body)
            continue;
        for (uint32_t k = 0; k < part->as.block.body->stmts.count; k++) {
            const struct had_stmt *a = part->as.block.body->stmts.items[k];
            if (a->kind == HAD_STMT_ATTR && (!name.len || had_str_eq(a->as.attr.name.text, name)))
                return a;
        }
    }
    return NULL;
}

static void block(struct sema *s, struct scope *scope, const struct had_stmt *stmt)
{
    had_str word = stmt->as.block.kind.text;
    struct decl *parent = scope_object(scope);
    const struct had_kind *kind = had_kind_find(word);
    struct module *module = kind ? NULL : module_find(s, word);

    /* A body attribute (`tags { … }`) of the object around it. */
    if (parent && stmt->as.block.body && !stmt->as.block.subject && !stmt->as.block.clauses.count) {
        int32_t at = had_kind_attr_index(parent->object.kind, word);
        if (at >= 0 && (!kind || !allowed_child(parent->object.kind, kind))) {
            enum had_base base = had_kind_attr(parent->object.kind, (uint32_t)at)->type->base;
            if (base == HAD_TYPE_MAP || base == HAD_TYPE_BODY) {
                *had_push(&s->scratch, &parent->attr_stmts) =
                    (struct attr_stmt){word, stmt, scope, false};
                return;
            }
        }
    }
    if (module) {
        if (parent) {
            had_report(s->diags, &HAD0306, stmt->as.block.kind.span,
                       "module `" HAD_FMT "` cannot be used in the body of `%s`", HAD_ARG(word),
                       parent->object.kind->name);
            return;
        }
        use_module(s, scope, stmt, module);
        return;
    }
    if (!kind) {
        unknown_kind(s, scope, stmt);
        return;
    }
    if (strcmp(kind->name, "had") == 0 || strcmp(kind->name, "import") == 0) {
        if (scope != s->root)
            had_report(s->diags, &HAD0505, stmt->as.block.kind.span,
                       "`" HAD_FMT "` stands outside of every body", HAD_ARG(word));
        return; /* modules.c reads them */
    }
    if (strcmp(kind->name, "assert") == 0) {
        *had_push(&s->scratch, &s->asserts) = (struct require){stmt, scope};
        return;
    }
    if (parent && !allowed_child(parent->object.kind, kind)) {
        struct had_diag *d = had_report(
            s->diags, &HAD0306, stmt->as.block.kind.span,
            "%s `%s` cannot stand in the body of %s `%s`", had_article(kind->name), kind->name,
            had_article(parent->object.kind->name), parent->object.kind->name);
        had_str words = {0};
        for (const char *const *c = parent->object.kind->children; c && *c; c++)
            words = had_str_printf(s->arena, HAD_FMT "%s`%s`", HAD_ARG(words),
                                   words.len ? ", " : "", *c);
        if (words.len)
            had_diag_help(d, "it may hold " HAD_FMT, HAD_ARG(words));
        else
            had_diag_help(d, "declare it outside");
        return;
    }
    if (kind->body_only && !parent) {
        struct had_diag *d = had_report(s->diags, &HAD0316, stmt->as.block.kind.span,
                                        "%s `%s` is written in its parent's body",
                                        had_article(kind->name), kind->name);
        for (uint32_t i = 0; had_kinds[i]; i++)
            if (had_kind_allows_child(had_kinds[i], kind))
                had_diag_note(d, "%s `%s` may hold it", had_article(had_kinds[i]->name),
                              had_kinds[i]->name);
        return;
    }
    if (kind->no_existing && stmt->as.block.existing) {
        struct had_diag *d =
            had_report(s->diags, &HAD0310, stmt->as.block.head, "%s `%s` cannot be `existing`",
                       had_article(kind->name), kind->name);
        struct had_span word_only = {stmt->as.block.head.file, stmt->as.block.head.start,
                                     stmt->as.block.kind.span.start};
        had_diag_fix(d, false, word_only, (had_str){"", 0}, "leave out `existing`");
    }
    if (s->decls.count >= DECLS_MAX) {
        if (!s->too_many)
            had_report(s->diags, &HAD0317, stmt->as.block.head, "this spec has too many objects");
        s->too_many = true;
        return;
    }
    had_sym name = 0;
    bool computed = false;
    if (kind->subject == HAD_SUBJECT_DECLARES &&
        !(kind->subject_optional && !stmt->as.block.subject)) {
        had_str text;
        if (!declared_name(s, scope, stmt, &text, &computed)) {
            lose(s, stmt);
            return;
        }
        name = had_intern(&s->names, text);
    } else if (!stmt->as.block.subject && !kind->subject_optional) {
        had_report(s->diags, &HAD0307, stmt->as.block.kind.span, "`%s` of what?", kind->name);
        return;
    }
    check_clauses(s, kind, stmt, parent != NULL);

    bool is_self = name == s->sym_self && scope->instance && !parent;
    struct decl *d = sema_declare(s, kind, name, parent, scope, stmt);
    if (is_self) {
        struct instance *instance = scope->instance;
        d->is_self = true;
        d->name = instance->name;
        d->object.name = had_symbol_text(&s->names, instance->name);
        if (!instance->self)
            instance->self = d;
    }
    if (name == s->sym_self && !is_self)
        had_report(s->diags, &HAD0308, d->object.name_span,
                   "`self` is a name inside modules only, outside of other bodies");
    if (computed || kind->subject != HAD_SUBJECT_DECLARES || is_self) {
        d->object.key_count = 0; /* a computed name takes no key */
        d->frame = kind->subject == HAD_SUBJECT_DECLARES ? NULL : d->frame;
        if (is_self)
            for (const struct frame *f = scope->instance->frame; f; f = f->parent)
                d->object.key_count++;
        if (d->object.key_count) {
            uint32_t k = d->object.key_count;
            d->object.keys = had_new_n(s->arena, had_str, k);
            for (const struct frame *f = scope->instance->frame; f; f = f->parent)
                d->object.keys[--k] = f->key;
            d->frame = scope->instance->frame;
        }
    }
    if (scope->instance)
        *had_push(&s->scratch, &scope->instance->decls) = d;
    d->linked = true;
    if (parent) {
        *had_push(&s->scratch, &parent->children) = d;
    } else if (!kind->multiplies) {
        for (const struct had_clause_spec *c = kind->clauses; c && c->slot; c++)
            if (c->parent)
                for (uint32_t i = 0; i < stmt->as.block.clauses.count; i++)
                    if (stmt->as.block.clauses.items[i].preposition == c->preposition) {
                        d->parent_by_clause = true;
                        d->linked = false;
                    }
    }
    if (d->linked)
        sema_index(s, d);
    if (strcmp(kind->name, "test") == 0)
        test_body(s, d);
    else if (stmt->as.block.body)
        run(s, d->inner, &stmt->as.block.body->stmts);
}

void sema_link(struct sema *s, bool last)
{
    for (uint32_t i = 0; i < s->decls.count; i++) {
        struct decl *d = s->decls.items[i];
        if (d->linked || !d->parent_by_clause)
            continue;
        for (uint32_t c = 0; c < had_kind_clause_count(d->object.kind); c++) {
            if (!d->object.kind->clauses[c].parent)
                continue;
            bool was = s->expanding;
            s->expanding = !last;
            struct attempt attempt = sema_try(s);
            struct had_value *v = sema_clause(s, d, c);
            s->expanding = was;
            if (s->blocked) {
                sema_forget(s, attempt);
                break;
            }
            d->linked = true;
            if (v->tag == HAD_VALUE_REF) {
                d->parent = decl_of(v->object);
                *had_push(&s->scratch, &d->parent->children) = d;
            }
            sema_index(s, d);
        }
    }
    s->blocked = false;
}

static void wait_for(struct sema *s, struct scope *scope, const struct had_stmt *stmt)
{
    struct pending *p = had_new(&s->scratch, struct pending);
    p->stmt = stmt;
    p->scope = scope;
    collect_stmt(s, stmt, p->declares);
    *had_push(&s->scratch, &s->waiting) = p;
    struct decl *object = scope_object(scope);
    if (object)
        object->pending++;
}

static void run(struct sema *s, struct scope *scope, const had_stmts *stmts)
{
    for (uint32_t i = 0; i < stmts->count; i++) {
        const struct had_stmt *stmt = stmts->items[i];
        if (stmt->kind == HAD_STMT_LET) {
            struct binding *b = bind(s, scope, stmt->as.let.name);
            b->expr = stmt->as.let.value;
            b->scope = scope;
            *had_push(&s->scratch, &s->lets) = b;
        }
    }
    for (uint32_t i = 0; i < stmts->count; i++) {
        const struct had_stmt *stmt = stmts->items[i];
        switch (stmt->kind) {
        case HAD_STMT_ERROR:
        case HAD_STMT_LET:
            break;
        case HAD_STMT_ATTR: {
            struct decl *object = scope_object(scope);
            if (!object) {
                struct had_diag *d =
                    had_report(s->diags, &HAD0305, stmt->as.attr.name.span,
                               "`" HAD_FMT " = …` belongs into the body of an object",
                               HAD_ARG(stmt->as.attr.name.text));
                had_diag_help(d, "a value of the spec itself is a `let`: `let " HAD_FMT " = …`",
                              HAD_ARG(stmt->as.attr.name.text));
                break;
            }
            *had_push(&s->scratch, &object->attr_stmts) =
                (struct attr_stmt){stmt->as.attr.name.text, stmt, scope, false};
            break;
        }
        case HAD_STMT_BLOCK: {
            const struct had_expr *subject = had_expr_inner(stmt->as.block.subject);
            bool computed = subject && subject->kind == HAD_EXPR_STRING;
            if (computed) {
                /* Its name may read what is not declared yet. */
                had_str text;
                bool was = s->expanding;
                s->expanding = true;
                struct attempt attempt = sema_try(s);
                sema_text(s, scope, subject, &text);
                s->expanding = was;
                bool blocked = s->blocked;
                sema_forget(s, attempt);
                if (blocked) {
                    wait_for(s, scope, stmt);
                    break;
                }
            }
            block(s, scope, stmt);
            break;
        }
        case HAD_STMT_PARAM:
            if (scope->object ||
                (scope != s->root && !(scope->instance && scope->instance->scope == scope)))
                had_report(s->diags, &HAD0503, stmt->span,
                           "a `param` belongs to the spec or to a module");
            break;
        case HAD_STMT_FOR:
        case HAD_STMT_IF:
            wait_for(s, scope, stmt);
            break;
        case HAD_STMT_REQUIRE:
            *had_push(&s->scratch, &s->requires) = (struct require){stmt, scope};
            break;
        case HAD_STMT_MODULE:
            if (scope != s->root)
                had_report(s->diags, &HAD0505, stmt->as.module.name.span,
                           "a module is defined outside of every body");
            break;
        }
    }
}

/* The key of an element: of a literal its canonical form, whatever type it will be used as. */
static had_str element_key(struct sema *s, const struct had_value *element)
{
    static const enum had_base bases[] = {HAD_TYPE_CIDR, HAD_TYPE_IP,   HAD_TYPE_DURATION,
                                          HAD_TYPE_RATE, HAD_TYPE_SIZE, HAD_TYPE_IP_PORT};
    if (element->tag == HAD_VALUE_TEXT && element->type == HAD_TYPE_NONE)
        for (uint32_t i = 0; i < sizeof bases / sizeof *bases; i++) {
            const struct had_type *type = &had_types[bases[i]];
            struct had_value out;
            if (!had_literal_fits(type, HAD_SPELLED_LITERAL, element->text))
                continue;
            had_literal_read(s->arena, type, HAD_SPELLED_LITERAL, element->text, element->span,
                             (had_str){0}, s->diags, &out);
            return out.text;
        }
    return sema_key(s, element);
}

static void iterate(struct sema *s, const struct pending *p, const struct had_value *source)
{
    const struct had_stmt *stmt = p->stmt;
    struct had_value one[1];
    struct had_value_list list = {0};
    switch (source->tag) {
    case HAD_VALUE_LIST:
        list = source->list;
        break;
    case HAD_VALUE_MAP:
        list.count = source->map.count;
        break;
    case HAD_VALUE_REF:
        one[0] = *source;
        list = (struct had_value_list){one, 1};
        break;
    case HAD_VALUE_ABSENT:
        return;
    case HAD_VALUE_ERROR:
        return;
    case HAD_VALUE_COMPUTED:
        had_report(s->diags, &HAD0404, stmt->as.loop.source->span,
                   "`for` needs what is known before anything is created; `" HAD_FMT
                   "` is known only afterwards",
                   HAD_ARG(source->text));
        return;
    case HAD_VALUE_BOOL:
    case HAD_VALUE_INT:
    case HAD_VALUE_TEXT:
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
    case HAD_VALUE_CIDR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
    case HAD_VALUE_SECRET:
    case HAD_VALUE_PRINCIPAL: {
        struct had_diag *d = had_report(s->diags, &HAD0401, stmt->as.loop.source->span,
                                        "`for` goes over a list, a selection or data");
        had_diag_help(d, "put one element into brackets: `[…]`");
        return;
    }
    }
    struct had_map seen = {0};
    for (uint32_t i = 0; i < list.count; i++) {
        struct had_value element =
            source->tag == HAD_VALUE_MAP ? *source->map.entries[i].value : list.items[i];
        if (element.tag == HAD_VALUE_ERROR)
            continue;
        if (!sema_work(s, ITERATION_WORK, stmt->as.loop.source->span))
            return;
        struct frame *frame = had_new(&s->scratch, struct frame);
        frame->parent = p->scope->frame;
        frame->key =
            source->tag == HAD_VALUE_MAP ? source->map.entries[i].key : element_key(s, &element);
        had_sym key = had_intern(&s->names, frame->key);
        if (!had_map_put(&s->scratch, &seen, key, i)) {
            struct had_diag *d = had_report(
                s->diags, &HAD0406,
                had_span_known(element.span) ? element.span : stmt->as.loop.source->span,
                "two elements of this `for` have the key `" HAD_FMT "`", HAD_ARG(frame->key));
            had_diag_help(d,
                          "names declared in a loop are keyed by its elements: make them differ");
            continue;
        }
        struct scope *scope = scope_new(s, p->scope);
        scope->frame = frame;
        struct binding *b = bind(s, scope, stmt->as.loop.variable);
        b->state = DONE;
        b->value = element;
        run(s, scope, &stmt->as.loop.body->stmts);
    }
}

/* True if the statement is done, for better or worse. */
static bool try_again(struct sema *s, struct pending *p, int stuck)
{
    const struct had_stmt *stmt = p->stmt;
    s->expanding = stuck == 0;
    s->stuck = stuck;
    struct attempt attempt = sema_try(s);
    bool truth = false, failed = false;
    struct had_value source = {0};
    if (stmt->kind == HAD_STMT_FOR)
        source = sema_eval(s, p->scope, stmt->as.loop.source, NULL, (had_str){0});
    else if (stmt->kind == HAD_STMT_IF)
        truth = sema_condition(s, p->scope, stmt->as.branch.condition, &failed);
    else {
        had_str text;
        failed = !sema_text(s, p->scope, had_expr_inner(stmt->as.block.subject), &text);
    }
    s->expanding = false;
    s->stuck = 2;
    if (s->blocked) {
        sema_forget(s, attempt);
        return false;
    }
    p->done = true;
    if (failed || source.tag == HAD_VALUE_ERROR)
        lose(s, stmt);
    struct decl *object = scope_object(p->scope);
    if (stmt->kind == HAD_STMT_FOR)
        iterate(s, p, &source);
    else if (stmt->kind == HAD_STMT_IF) {
        const struct had_body *body = truth ? stmt->as.branch.then : stmt->as.branch.otherwise;
        if (!failed && body) {
            struct scope *scope = scope_new(s, p->scope);
            run(s, scope, &body->stmts);
        }
    } else if (!failed) {
        block(s, p->scope, stmt);
    }
    if (object)
        object->pending--;
    return true;
}

static void first_statement(struct sema *s, const struct had_file *file)
{
    if (file->edition == 1)
        return;
    const struct had_source *source = s->sources->files.items[file->file - 1];
    struct had_span start = {file->file, 0, 0};
    if (file->stmts.count && file->stmts.items[0]->kind == HAD_STMT_ERROR)
        return;
    if (file->edition == 0) {
        struct had_diag *d =
            had_report(s->diags, &HAD0501, start, "`" HAD_FMT "` does not say its edition",
                       HAD_ARG(source->path));
        had_diag_help(d, "begin the file with `had 1`");
        had_diag_fix(d, true, start, HAD_STR("had 1\n\n"), "begin with `had 1`");
    } else {
        had_report(s->diags, &HAD0501, file->stmts.items[0]->span,
                   "this version reads edition 1, not %u", file->edition);
    }
}

/* What is wrong with a value from outside is told at the param, and where the value came from. */
static struct had_value variable(struct sema *s, const struct had_variable *given,
                                 const struct had_type *type, struct had_name name)
{
    uint32_t findings = s->diags->items.count;
    struct had_value value;
    if (given->many) {
        struct had_value *items = had_new_n(s->arena, struct had_value, given->items.count + 1);
        for (uint32_t i = 0; i < given->items.count; i++)
            items[i] = had_text_value(given->items.items[i], HAD_TYPE_TEXT, name.span);
        value = had_list_value(s, items, given->items.count, name.span);
    } else {
        value = had_text_value(given->text, HAD_TYPE_TEXT, name.span);
    }
    struct had_value result = sema_coerce(
        s, s->root, &value, type, had_str_printf(s->arena, "`" HAD_FMT "`", HAD_ARG(name.text)));
    for (uint32_t i = findings; i < s->diags->items.count && given->from.len; i++)
        had_diag_note(s->diags->items.items[i], "the value comes from " HAD_FMT,
                      HAD_ARG(given->from));
    return result;
}

static void spec_param(struct sema *s, const struct had_stmt *stmt)
{
    struct binding *b = bind(s, s->root, stmt->as.param.name);
    b->type = sema_type(s, stmt->as.param.type, &b->optional);
    if (!b->type) {
        b->state = DONE;
        b->value = had_error_value(stmt->as.param.name.span);
        return;
    }
    *had_push(&s->scratch, &s->lets) = b;
    const struct had_stmt *tested = test_param(s, stmt->as.param.name.text);
    b->expr = tested ? tested->as.attr.value : stmt->as.param.value;
    b->scope = s->root;
    for (uint32_t i = 0; !tested && i < s->input->variable_count; i++) {
        if (!had_str_eq(s->input->variables[i].name, stmt->as.param.name.text))
            continue;
        b->value = variable(s, &s->input->variables[i], b->type, stmt->as.param.name);
        b->state = DONE;
        return;
    }
    if (!b->expr) {
        b->state = DONE;
        b->value = (struct had_value){.tag = HAD_VALUE_ABSENT};
        if (!b->optional) {
            struct had_diag *d =
                had_report(s->diags, &HAD0502, stmt->as.param.name.span,
                           "param `" HAD_FMT "` has no value", HAD_ARG(stmt->as.param.name.text));
            had_diag_help(d, "give it a default or say `--var " HAD_FMT "=…`",
                          HAD_ARG(stmt->as.param.name.text));
            b->value = had_error_value(stmt->as.param.name.span);
        }
    }
}

static void define_module(struct sema *s, const struct had_stmt *stmt)
{
    had_str name = stmt->as.module.name.text;
    if (had_kind_find(name)) {
        had_report(s->diags, &HAD0504, stmt->as.module.name.span,
                   "`" HAD_FMT "` is a kind of the language: a module needs another name",
                   HAD_ARG(name));
        return;
    }
    struct module *m = module_find(s, name);
    if (m) {
        struct had_diag *d = had_report(s->diags, &HAD0504, stmt->as.module.name.span,
                                        "there are two modules `" HAD_FMT "`", HAD_ARG(name));
        had_diag_label(d, m->stmt->as.module.name.span, "the first one");
        return;
    }
    m = had_new(&s->scratch, struct module);
    m->name = had_intern(&s->names, name);
    m->stmt = stmt;
    static const char *const common[] = {"name", "description", "tags", "protect"};
    for (uint32_t i = 0; i < stmt->as.module.body->stmts.count; i++) {
        const struct had_stmt *p = stmt->as.module.body->stmts.items[i];
        if (p->kind != HAD_STMT_PARAM)
            continue;
        for (uint32_t k = 0; k < sizeof common / sizeof *common; k++)
            if (had_str_is(p->as.param.name.text, common[k]))
                had_report(s->diags, &HAD0503, p->as.param.name.span,
                           "`%s` means the same in every kind: a param needs another name",
                           common[k]);
        *had_push(&s->scratch, &m->params) = p;
    }
    had_map_put(&s->scratch, &s->modules, m->name, (uintptr_t)m);
}

void sema_expand(struct sema *s)
{
    const struct had_sema_input *in = s->input;
    for (uint32_t f = 0; f < in->file_count; f++)
        for (uint32_t i = 0; i < in->files[f]->stmts.count; i++)
            if (in->files[f]->stmts.items[i]->kind == HAD_STMT_MODULE)
                define_module(s, in->files[f]->stmts.items[i]);
    for (uint32_t f = 0; in->test.len && f < in->file_count; f++)
        for (uint32_t i = 0; i < in->files[f]->stmts.count; i++) {
            const struct had_stmt *stmt = in->files[f]->stmts.items[i];
            had_str title;
            if (stmt->kind == HAD_STMT_BLOCK && had_str_is(stmt->as.block.kind.text, "test") &&
                stmt->as.block.subject && had_expr_plain_text(stmt->as.block.subject, &title) &&
                had_str_eq(title, in->test))
                s->test = stmt;
        }
    for (uint32_t f = 0; f < in->file_count; f++)
        for (uint32_t i = 0; i < in->files[f]->stmts.count; i++)
            if (in->files[f]->stmts.items[i]->kind == HAD_STMT_PARAM)
                spec_param(s, in->files[f]->stmts.items[i]);
    for (uint32_t i = 0; i < in->variable_count; i++) {
        bool known = false;
        for (struct binding *b = s->root->bindings; b; b = b->next)
            known |= had_str_eq(had_symbol_text(&s->names, b->name), in->variables[i].name);
        if (!known && !in->variables[i].optional)
            had_report(s->diags, &HAD0507, (struct had_span){0},
                       "this spec has no param `" HAD_FMT "`", HAD_ARG(in->variables[i].name));
    }
    for (uint32_t f = 0; f < in->file_count; f++) {
        first_statement(s, in->files[f]);
        run(s, s->root, &in->files[f]->stmts);
    }
    int stuck = 0;
    for (;;) {
        sema_link(s, false);
        bool progress = false;
        uint32_t count = s->waiting.count;
        for (uint32_t i = 0; i < count; i++) {
            if (s->waiting.items[i]->done)
                continue;
            if (try_again(s, s->waiting.items[i], stuck)) {
                progress = true;
                if (stuck) { /* what it declared may release the others: try them gently again */
                    stuck = 0;
                    break;
                }
            }
        }
        uint32_t kept = 0;
        for (uint32_t i = 0; i < s->waiting.count; i++)
            if (!s->waiting.items[i]->done)
                s->waiting.items[kept++] = s->waiting.items[i];
        s->waiting.count = kept;
        if (!kept)
            break;
        if (!progress && stuck++ == 2)
            break;
    }
    s->stuck = 2;
    sema_link(s, true);
}
