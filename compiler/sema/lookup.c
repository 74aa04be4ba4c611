/*
 * Names. A bare name is looked up as a variable first, then among the children of the objects
 * around it, of the objects of their clauses, of the module, of the spec, and last as any child at
 * any depth if exactly one fits (catalog page, part 4, rule 11).
 */
#include "sema/internal.h"

#include <string.h>

enum { CURSORS_MAX = 4096, BINDINGS_LISTED = 8 };

/* Where a path has got to: a module instance, an object, or a value. */
struct cursor {
    struct instance *instance;
    struct decl *decl;
    const struct had_value *value; /* NULL where it is an instance or an object */
};
typedef had_array(struct cursor) cursors;

static struct cursor of_value(struct sema *s, struct had_value v)
{
    struct had_value *copy = had_new(&s->scratch, struct had_value);
    *copy = v;
    return (struct cursor){.value = copy};
}

struct binding *sema_binding_here(const struct scope *scope, had_sym name)
{
    if (scope->binding_count > BINDINGS_LISTED) {
        uint64_t *found = had_map_get(&scope->by_name, name);
        return found ? (struct binding *)(uintptr_t)*found : NULL;
    }
    struct binding *b = scope->bindings;
    while (b && b->name != name)
        b = b->next;
    return b;
}

struct binding *sema_bind(struct sema *s, struct scope *scope, struct had_name name)
{
    struct binding *b = had_new(&s->scratch, struct binding);
    b->name = had_intern(&s->names, name.text);
    b->span = name.span;
    b->next = scope->bindings;
    scope->bindings = b;
    scope->binding_count++;
    if (scope->binding_count == BINDINGS_LISTED + 1) { /* newest first: older ones do not replace */
        for (struct binding *each = b; each; each = each->next)
            if (!had_map_get(&scope->by_name, each->name))
                had_map_put(&s->scratch, &scope->by_name, each->name, (uintptr_t)each);
    } else if (scope->binding_count > BINDINGS_LISTED) {
        had_map_put(&s->scratch, &scope->by_name, b->name, (uintptr_t)b);
    }
    return b;
}

struct binding *sema_binding(struct scope *scope, had_sym name)
{
    struct binding *b = NULL;
    for (; name && scope && !b; scope = scope->parent)
        b = sema_binding_here(scope, name);
    return b;
}

/* A variable's name gets backticks; "`asn` of hub" has its own. */
static had_str quoted(struct sema *s, had_str what)
{
    return had_str_find(what, '`') >= 0 ? what
                                        : had_str_printf(s->arena, "`" HAD_FMT "`", HAD_ARG(what));
}

void sema_circle(struct sema *s, had_str what, struct had_span span)
{
    struct had_diag *d =
        sema_report(s, &HAD0403, span, HAD_FMT " needs itself", HAD_ARG(quoted(s, what)));
    had_str chain = quoted(s, what);
    for (const struct busy *b = s->busy; b; b = b->up) {
        chain = had_str_printf(s->arena, HAD_FMT " → " HAD_FMT, HAD_ARG(quoted(s, b->what)),
                               HAD_ARG(chain));
        if (had_str_eq(b->what, what))
            break;
        had_diag_label(d, b->span, "needed by " HAD_FMT, HAD_ARG(quoted(s, b->what)));
    }
    had_diag_note(d, "the circle is " HAD_FMT, HAD_ARG(chain));
}

struct had_value sema_binding_value(struct sema *s, struct binding *b)
{
    b->used = true;
    if (b->state == DONE)
        return b->value;
    had_str name = had_symbol_text(&s->names, b->name);
    if (b->state == BUSY) {
        sema_circle(s, name, b->span);
        return had_error_value(b->span);
    }
    b->state = BUSY;
    struct busy busy = {s->busy, name, b->span};
    s->busy = &busy;
    uint32_t before = s->diags->items.count;
    struct had_value v = b->body ? sema_body(s, b->scope, b->body, b->type, quoted(s, name))
                                 : sema_eval(s, b->scope, b->expr, b->type, quoted(s, name));
    s->busy = busy.up;
    if (s->blocked) {
        b->state = TODO;
        return v;
    }
    sema_settle(s, before);
    b->state = DONE;
    b->value = v;
    return v;
}

static bool kind_fits(const struct decl *d, const char *const *kinds)
{
    if (!kinds)
        return true;
    for (; *kinds; kinds++)
        if (strcmp(*kinds, "*") == 0 || strcmp(*kinds, d->object.kind->name) == 0)
            return true;
    return false;
}

/* Declared in this iteration, or outside of every loop that is not ours. */
static bool frame_fits(const struct decl *d, const struct frame *here)
{
    if (!d->frame)
        return true;
    for (; here; here = here->parent)
        if (here == d->frame)
            return true;
    return false;
}

static struct decl *first_of(struct sema *s, uint64_t container, had_sym name)
{
    uint64_t *found = had_map_get(&s->by_name, container << 32 | name);
    return found ? (struct decl *)(uintptr_t)*found : NULL;
}

static struct instance *first_instance(struct sema *s, const struct instance *parent, had_sym name)
{
    uint64_t container = parent ? (uint64_t)parent->id * 2 + 3 : 0;
    uint64_t *found = had_map_get(&s->instances, container << 32 | name);
    return found ? (struct instance *)(uintptr_t)*found : NULL;
}

void sema_children(struct sema *s, struct decl *parent, had_sym name, struct objects *out)
{
    for (struct decl *d = first_of(s, (uint64_t)parent->id * 2 + 2, name); d; d = d->next_of_name)
        if (!d->dead)
            *had_push(&s->scratch, &out->items) = d;
}

static void add_decls(struct sema *s, cursors *out, struct decl *d, const char *const *kinds)
{
    for (; d; d = d->next_of_name)
        if (!d->dead && kind_fits(d, kinds) && out->count < CURSORS_MAX)
            *had_push(&s->scratch, out) = (struct cursor){.decl = d};
}

/* In one container: the spec (NULL) or a module instance. */
static void in_container(struct sema *s, struct instance *instance, had_sym name,
                         const char *const *kinds, bool instances, cursors *out)
{
    uint64_t container = instance ? (uint64_t)instance->id * 2 + 3 : 0;
    add_decls(s, out, first_of(s, container, name), kinds);
    if (instances)
        for (struct instance *i = first_instance(s, instance, name); i; i = i->next_of_name)
            *had_push(&s->scratch, out) = (struct cursor){.instance = i};
}

/* Children of what a clause of `d` names, without evaluating clauses that are being evaluated. */
static void in_clauses(struct sema *s, struct decl *d, had_sym name, const char *const *kinds,
                       cursors *out)
{
    for (uint32_t i = 0; i < had_kind_clause_count(d->object.kind); i++) {
        enum had_base base = d->object.kind->clauses[i].type->base;
        if (d->clause_state[i] == BUSY || (base != HAD_TYPE_REF && base != HAD_TYPE_SET &&
                                           base != HAD_TYPE_LIST && base != HAD_TYPE_ANY_OF))
            continue;
        struct had_value *v = sema_clause(s, d, i);
        struct had_value_list list = {v, v->tag == HAD_VALUE_REF};
        if (v->tag == HAD_VALUE_LIST)
            list = v->list;
        for (uint32_t k = 0; k < list.count; k++)
            if (list.items[k].tag == HAD_VALUE_REF)
                add_decls(s, out,
                          first_of(s, (uint64_t)decl_of(list.items[k].object)->id * 2 + 2, name),
                          kinds);
    }
}

/*
 * Candidates of a first name, from the innermost place that knows it. With `kinds`, only objects of
 * these (the name is the whole path); without, instances of modules too.
 */
static void candidates(struct sema *s, struct scope *scope, had_sym name, const char *const *kinds,
                       bool instances, cursors *out)
{
    if (name == s->sym_self && scope->instance) {
        for (uint32_t i = 0; i < scope->instance->decls.count; i++) {
            struct decl *d = scope->instance->decls.items[i];
            if (d->is_self && kind_fits(d, kinds))
                *had_push(&s->scratch, out) = (struct cursor){.decl = d};
        }
        if (instances || !out->count)
            *had_push(&s->scratch, out) = (struct cursor){.instance = scope->instance};
        return;
    }
    for (struct scope *at = scope; at && !out->count; at = at->parent)
        if (at->object)
            add_decls(s, out, first_of(s, (uint64_t)at->object->id * 2 + 2, name), kinds);
    if (out->count)
        return;
    /* Children of the parents around the object, then of the objects in its clauses. */
    for (struct scope *at = scope; at && !out->count; at = at->parent) {
        if (!at->object)
            continue;
        for (struct decl *p = at->object->parent; p && !out->count; p = p->parent)
            add_decls(s, out, first_of(s, (uint64_t)p->id * 2 + 2, name), kinds);
        if (!out->count)
            in_clauses(s, at->object, name, kinds, out);
    }
    for (struct instance *i = scope->instance; i && !out->count; i = i->parent)
        in_container(s, i, name, kinds, instances, out);
    if (!out->count)
        in_container(s, NULL, name, kinds, instances, out);
    if (out->count)
        return;
    uint64_t *list = had_map_get(&s->anywhere, name);
    if (!list)
        return;
    const struct objects *all = (const struct objects *)(uintptr_t)*list;
    for (uint32_t i = 0; i < all->items.count; i++) {
        struct decl *d = all->items.items[i];
        if (!d->dead && kind_fits(d, kinds) && out->count < CURSORS_MAX)
            *had_push(&s->scratch, out) = (struct cursor){.decl = d};
    }
}

static bool same_name_group(const struct decl *a, const struct decl *b);

static struct had_value value_of(const struct cursor *c, struct had_span span)
{
    if (c->value)
        return *c->value;
    return had_ref_value(c->decl, span);
}

/* Whether an object of the kind has, or may get, a value of that name. */
static bool has_member(struct sema *s, struct decl *d, had_str name)
{
    const struct had_kind *kind = d->object.kind;
    struct had_value ignored;
    if (had_kind_attr_index(kind, name) >= 0 || had_kind_clause_index(kind, name) >= 0 ||
        had_str_is(name, "subject") || sema_is_derived(kind, name) ||
        sema_early(s, d, name, &ignored))
        return true;
    for (uint32_t i = 0; i < d->object.values.count; i++)
        if (had_str_is(name, d->object.values.items[i].name))
            return true;
    return false;
}

/* A module's instance holds objects but is none. */
static void tell_instance(struct sema *s, const struct instance *there, had_str name,
                          struct had_span span)
{
    struct had_diag *d =
        had_report(s->diags, &HAD0323, span,
                   "`" HAD_FMT "` is an instance of module `" HAD_FMT "`, not an object",
                   HAD_ARG(name), HAD_ARG(there->shown.module));
    had_diag_label(d, there->shown.span, "used here");
    had_diag_help(d, "name an object inside it: `" HAD_FMT ".NAME`", HAD_ARG(name));
}

/* `.name` on each cursor. */
static void step_name(struct sema *s, const cursors *from, had_sym name, had_str text,
                      const char *const *kinds, bool last, struct had_span span, cursors *out,
                      bool *reported)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct cursor *c = &from->items[i];
        if (c->instance) {
            cursors found = {0};
            in_container(s, c->instance, name, last ? kinds : NULL, !last, &found);
            if (!found.count && c->instance->self) {
                struct objects children = {0};
                sema_children(s, c->instance->self, name, &children);
                for (uint32_t k = 0; k < children.items.count; k++)
                    if (!last || kind_fits(children.items.items[k], kinds))
                        *had_push(&s->scratch, &found) =
                            (struct cursor){.decl = children.items.items[k]};
            }
            if (!found.count && had_str_is(text, "name")) {
                *had_push(&s->scratch, &found) =
                    of_value(s, had_text_value(c->instance->shown.name, HAD_TYPE_TEXT, span));
            }
            const struct instance *inner =
                found.count || s->expanding ? NULL : first_instance(s, c->instance, name);
            if (inner) {
                tell_instance(s, inner, text, span);
                *reported = true;
            }
            for (uint32_t k = 0; k < found.count; k++)
                *had_push(&s->scratch, out) = found.items[k];
            continue;
        }
        struct had_value value = value_of(c, span);
        if (!c->value || value.tag == HAD_VALUE_REF) {
            struct decl *d = c->value ? decl_of(value.object) : c->decl;
            struct objects children = {0};
            bool is_slot = had_kind_attr_index(d->object.kind, text) >= 0 ||
                           had_kind_clause_index(d->object.kind, text) >= 0;
            if (!is_slot || (last && kinds))
                sema_children(s, d, name, &children);
            uint32_t before = out->count;
            for (uint32_t k = 0; k < children.items.count; k++)
                if (!last || kind_fits(children.items.items[k], kinds))
                    *had_push(&s->scratch, out) = (struct cursor){.decl = children.items.items[k]};
            if (out->count > before)
                continue;
        }
        /* One of several candidates that does not know the name; or an object is looked for inside
         * it. */
        if (!c->value && (from->count > 1 || (last && kinds)) && !has_member(s, c->decl, text))
            continue;
        uint32_t errors = s->diags->items.count;
        struct had_value member = sema_member(s, &value, text, span);
        *reported |= s->diags->items.count != errors || member.tag == HAD_VALUE_ERROR;
        if (member.tag == HAD_VALUE_ERROR)
            continue;
        *had_push(&s->scratch, out) = of_value(s, member);
    }
}

/* `[key]` on each cursor: an instance of a name, an element of a map. */
static void step_key(struct sema *s, had_str key, const cursors *from, uint32_t keys_before,
                     struct had_span span, cursors *out, bool *reported)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct cursor *c = &from->items[i];
        if (c->value) {
            if (c->value->tag == HAD_VALUE_ABSENT || c->value->tag == HAD_VALUE_ERROR)
                continue;
            if (c->value->tag != HAD_VALUE_MAP) {
                struct had_diag *d =
                    sema_report(s, &HAD0402, span, "only data, bodies and instances take `[…]`");
                if (c->value->tag == HAD_VALUE_LIST)
                    had_diag_help(d, "the elements of a list have no numbers: go over it by `for`, "
                                     "or give them names in a map");
                *reported = true;
                continue;
            }
            for (uint32_t k = 0; k < c->value->map.count; k++)
                if (had_str_eq(c->value->map.entries[k].key, key))
                    *had_push(&s->scratch, out) =
                        (struct cursor){.value = c->value->map.entries[k].value};
            continue;
        }
        if (c->instance) {
            uint32_t depth = 0;
            for (const struct frame *f = c->instance->frame; f; f = f->parent)
                depth++;
            const struct frame *f = c->instance->frame;
            for (uint32_t up = depth; f && up > keys_before + 1; up--)
                f = f->parent;
            if (f && had_str_eq(f->key, key))
                *had_push(&s->scratch, out) = *c;
            continue;
        }
        if (keys_before < c->decl->object.key_count &&
            had_str_eq(c->decl->object.keys[keys_before], key))
            *had_push(&s->scratch, out) = *c;
    }
}

static had_str path_text(struct sema *s, const struct had_expr *expr)
{
    return had_source_text(s->sources, expr->span);
}

/* A bare word in `[…]` is the key itself unless it is a variable. */
static bool key_text(struct sema *s, struct scope *scope, const struct had_expr *expr, had_str *out)
{
    const struct had_expr *e = had_expr_inner(expr);
    if (e->kind == HAD_EXPR_REF && !e->as.ref.kind.text.len && !e->as.ref.steps.count &&
        !e->as.ref.outside) {
        struct binding *b = sema_binding(scope, had_symbol_find(&s->names, e->as.ref.first.text));
        if (!b) {
            *out = e->as.ref.first.text;
            return true;
        }
    }
    struct had_value v = sema_eval(s, scope, e, NULL, (had_str){0});
    if (v.tag == HAD_VALUE_ERROR)
        return false;
    *out = sema_key(s, &v);
    return true;
}

/* A literal is expected here: no object can be meant. */
static bool wants_literal(const struct sema *s, const struct had_expr *expr)
{
    const struct had_type *type = s->expected;
    return type && type->base != HAD_TYPE_NONE && type->base != HAD_TYPE_DATA &&
           type->base < HAD_TYPE_PRINCIPAL && !expr->as.ref.kind.text.len;
}

/* What was written is what the type takes, without its quotes. */
static bool tell_quotes(struct sema *s, struct had_diag *d, const struct had_expr *expr)
{
    had_str text = had_source_text(s->sources, expr->span);
    if (!wants_literal(s, expr) || !had_literal_fits(s->expected, HAD_SPELLED_TEXT, text))
        return false;
    had_str quoted_text = had_str_printf(s->arena, "\"" HAD_FMT "\"", HAD_ARG(text));
    had_diag_help(d, "this takes a text of type `%s`: put it into quotes",
                  had_base_name(s->expected->base));
    had_diag_fix(d, true, expr->span, quoted_text, "write `" HAD_FMT "`", HAD_ARG(quoted_text));
    return true;
}

/* Where a literal is expected, a word is more likely a text without its quotes than a name. */
static bool tell_literal(struct sema *s, struct had_diag *d, const struct had_expr *expr,
                         had_str name)
{
    const struct had_type *type = s->expected;
    if (type && type->base == HAD_TYPE_SECRET) {
        had_diag_help(d, "a secret is only named: `secret(\"path\")`");
        return true;
    }
    if (!wants_literal(s, expr))
        return false;
    static const struct {
        const char *word, *meant;
    } bools[] = {{"yes", "true"}, {"no", "false"}, {"on", "true"}, {"off", "false"}};
    for (size_t i = 0; type->base == HAD_TYPE_BOOL && i < sizeof bools / sizeof *bools; i++)
        if (had_str_is(name, bools[i].word) && !expr->as.ref.steps.count) {
            had_diag_help(d, "this takes `true` or `false`");
            had_diag_fix(d, true, expr->span, had_str_c(bools[i].meant), "write `%s`",
                         bools[i].meant);
            return true;
        }
    if (!tell_quotes(s, d, expr))
        had_diag_help(d, "this takes " HAD_FMT ", or the name of a `let` or `param` that holds it",
                      HAD_ARG(had_type_text(s->arena, type)));
    return true;
}

/* An object whose name could not be worked out may be the one that is missed. */
bool sema_may_be_lost(struct sema *s, const char *const *kinds)
{
    if (!s->lost_kinds.count)
        return false;
    bool any =
        !kinds || !kinds[0] || had_map_get(&s->lost_kinds, had_intern(&s->names, HAD_STR("*")));
    for (uint32_t i = 0; !any && kinds[i]; i++)
        any = strcmp(kinds[i], "*") == 0 ||
              had_map_get(&s->lost_kinds, had_intern(&s->names, had_str_c(kinds[i])));
    return any;
}

static void not_found(struct sema *s, struct scope *scope, const struct had_expr *expr,
                      had_str name, struct had_span span, const char *const *kinds,
                      struct decl *within)
{
    if (s->expanding) {
        s->blocked = true;
        return;
    }
    had_sym symbol = had_symbol_find(&s->names, name);
    if ((symbol && had_map_get(&s->lost, symbol)) || sema_may_be_lost(s, kinds))
        return;
    const char *kind =
        kinds && kinds[0] && !kinds[1] && strcmp(kinds[0], "*") != 0 ? kinds[0] : NULL;
    struct had_diag *d;
    if (within)
        d = had_report(
            s->diags, &HAD0320, span, "there is no %s `" HAD_FMT "` in `" HAD_FMT "`",
            kind ? kind : "object", HAD_ARG(name),
            HAD_ARG(within->object.label.len ? within->object.label : within->object.name));
    else
        d = had_report(s->diags, &HAD0320, span, "there is no %s `" HAD_FMT "`",
                       kind ? kind : "name", HAD_ARG(name));
    /* The same name under another kind, or a near one of the right kind. */
    had_array(had_str) near = {0};
    had_str other = {0};
    /* Looking through all names is for the findings that someone reads, not for a flood of them. */
    bool look = s->suggestions++ < SUGGESTIONS_MAX;
    for (uint32_t i = 0; look && i < s->decls.count; i++) {
        struct decl *c = s->decls.items[i];
        if (c->dead || !c->name)
            continue;
        if (c->name == symbol && !kind_fits(c, kinds) && !other.len)
            other = had_str_printf(s->arena, "%s " HAD_FMT, c->object.kind->name, HAD_ARG(name));
        if (kind_fits(c, kinds) && (!within || c->parent == within) && !wants_literal(s, expr))
            *had_push(&s->scratch, &near) = had_symbol_text(&s->names, c->name);
    }
    if (!kinds && look) {
        for (struct scope *at = scope; at; at = at->parent)
            for (struct binding *b = at->bindings; b; b = b->next)
                *had_push(&s->scratch, &near) = had_symbol_text(&s->names, b->name);
    }
    if (other.len)
        had_diag_note(d, "there is `" HAD_FMT "`, which is of another kind", HAD_ARG(other));
    if (had_diag_nearest(d, span, name, near.items, near.count) || other.len)
        return;
    if (!within && tell_literal(s, d, expr, name))
        return;
    if (!kinds && !within)
        had_diag_help(d,
                      "declare it, or correct the name; a text stands in quotes: `\"" HAD_FMT "\"`",
                      HAD_ARG(name));
    else
        had_diag_help(d, "declare it, or correct the name");
}

static bool same_name_group(const struct decl *a, const struct decl *b)
{
    return a->object.kind == b->object.kind && a->name == b->name && a->parent == b->parent &&
           a->instance == b->instance;
}

static bool one_group(const cursors *some)
{
    for (uint32_t i = 1; i < some->count; i++)
        if (!same_name_group(some->items[0].decl, some->items[i].decl))
            return false;
    return true;
}

struct had_value sema_reference(struct sema *s, struct scope *scope, const struct had_expr *expr,
                                const char *const *kinds)
{
    const char *one_kind[2] = {NULL, NULL};
    had_str kind_word = expr->as.ref.kind.text;
    if (kind_word.len) {
        const struct had_kind *kind = had_kind_find(kind_word);
        if (!kind) {
            struct had_diag *d = sema_report(s, &HAD0301, expr->as.ref.kind.span,
                                             "there is no kind `" HAD_FMT "`", HAD_ARG(kind_word));
            if (!sema_nearest_kind(s, d, kind_word))
                had_diag_help(d, "of two names side by side the first is a kind; elements of a "
                                 "list have a comma between them");
            return had_error_value(expr->span);
        }
        if (kinds && strcmp(kinds[0], "*") != 0) {
            bool fits = false;
            for (const char *const *k = kinds; *k; k++)
                fits |= strcmp(*k, kind->name) == 0;
            if (!fits) {
                struct had_diag *d = sema_report(s, &HAD0321, expr->span, "%s %s cannot stand here",
                                                 had_article(kind->name), kind->name);
                if (d) {
                    had_str words = {0};
                    for (const char *const *k = kinds; *k; k++)
                        words = had_str_printf(s->arena, HAD_FMT "%s%s", HAD_ARG(words),
                                               words.len ? ", " : "", *k);
                    had_diag_help(d, "what may stand here: " HAD_FMT, HAD_ARG(words));
                }
                return had_error_value(expr->span);
            }
        }
        one_kind[0] = kind->name;
        kinds = one_kind;
    }
    had_str name;
    struct had_span name_span = expr->as.ref.first.span;
    bool names = false; /* behind the first */
    had_each(const struct had_path_step, each, &expr->as.ref.steps)
        names |= !each->key;
    cursors at = {0};
    bool reported = false;
    uint32_t keys = 0;
    if (expr->as.ref.outside) { /* kind "text": the declared object of that name */
        if (!sema_text(s, scope, expr->as.ref.outside, &name))
            return had_error_value(expr->span);
        name_span = expr->as.ref.outside->span;
        had_sym symbol = had_symbol_find(&s->names, name);
        if (symbol)
            candidates(s, scope, symbol, kinds, false, &at);
    } else {
        name = expr->as.ref.first.text;
        had_sym symbol = had_symbol_find(&s->names, name);
        uint32_t steps = expr->as.ref.steps.count;
        struct binding *b = sema_binding(scope, symbol);
        if (b) {
            struct had_value v = sema_binding_value(s, b);
            if (v.tag == HAD_VALUE_ERROR)
                return had_error_value(expr->span);
            bool holds_kind = !kind_word.len || steps ||
                              (v.tag == HAD_VALUE_REF && kind_fits(decl_of(v.object), kinds)) ||
                              v.tag == HAD_VALUE_LIST;
            if (holds_kind) {
                v.span = expr->as.ref.first.span;
                *had_push(&s->scratch, &at) = of_value(s, v);
            }
        }
        if (!at.count && symbol)
            /* A path of the name and its keys alone is that of an object. */
            candidates(s, scope, symbol, names ? NULL : kinds, names, &at);
    }
    if (!at.count && !names) { /* perhaps a module's instance */
        had_sym symbol = had_symbol_find(&s->names, name);
        struct instance *there = NULL;
        for (struct instance *i = scope->instance; i && !there; i = i->parent)
            there = first_instance(s, i, symbol);
        if (!there)
            there = first_instance(s, NULL, symbol);
        if (symbol && there && !s->expanding) {
            tell_instance(s, there, name, name_span);
            return had_error_value(expr->span);
        }
    }
    if (!at.count) {
        /* Of a path of names the kind is that of the last one. */
        not_found(s, scope, expr, name, name_span, names && !expr->as.ref.outside ? NULL : kinds,
                  NULL);
        return had_error_value(expr->span);
    }
    struct decl *within = NULL;
    uint32_t before = s->diags->items.count;
    for (uint32_t i = 0; i < expr->as.ref.steps.count; i++) {
        const struct had_path_step *step = &expr->as.ref.steps.items[i];
        cursors next = {0};
        bool last = true; /* of the names: keys may follow */
        for (uint32_t k = i + 1; k < expr->as.ref.steps.count; k++)
            last &= expr->as.ref.steps.items[k].key != NULL;
        if (step->key) {
            had_str key;
            if (!key_text(s, scope, step->key, &key))
                return had_error_value(expr->span);
            step_key(s, key, &at, keys++, step->span, &next, &reported);
            if (!next.count && !reported) {
                if (s->expanding) {
                    s->blocked = true;
                    return had_error_value(expr->span);
                }
                struct had_diag *d = had_report(
                    s->diags, &HAD0322, step->span, "`" HAD_FMT "` has no instance `" HAD_FMT "`",
                    HAD_ARG(
                        had_str_slice(path_text(s, expr), 0, step->span.start - expr->span.start)),
                    HAD_ARG(key));
                had_str there = {0};
                for (uint32_t k = 0; k < at.count && k < 8; k++)
                    if (at.items[k].decl && keys <= at.items[k].decl->object.key_count)
                        there = had_str_printf(s->arena, HAD_FMT "%s`" HAD_FMT "`", HAD_ARG(there),
                                               there.len ? ", " : "",
                                               HAD_ARG(at.items[k].decl->object.keys[keys - 1]));
                if (there.len)
                    had_diag_help(d, "it has " HAD_FMT, HAD_ARG(there));
                return had_error_value(expr->span);
            }
        } else {
            keys = 0;
            had_sym symbol = had_intern(&s->names, step->name.text);
            within = at.items[0].decl;
            /* Without its key a name means this iteration's. */
            if (at.count > 1) {
                cursors ours = {0};
                for (uint32_t k = 0; k < at.count; k++)
                    if (!at.items[k].decl || frame_fits(at.items[k].decl, scope->frame))
                        *had_push(&s->scratch, &ours) = at.items[k];
                if (ours.count)
                    at = ours;
            }
            step_name(s, &at, symbol, step->name.text, kinds, last, step->name.span, &next,
                      &reported);
            if (!next.count) {
                if (reported && s->diags->items.count > before && !s->expanding)
                    tell_quotes(s, s->diags->items.items[s->diags->items.count - 1], expr);
                if (!reported && !s->blocked)
                    not_found(s, scope, expr, step->name.text, step->name.span, last ? kinds : NULL,
                              within);
                return had_error_value(expr->span);
            }
        }
        if (!next.count)
            return had_error_value(expr->span);
        at = next;
    }
    if (at.count > 1 && !sema_work(s, at.count, expr->span))
        return had_error_value(expr->span);
    /* Instances of modules are not values; their `self` is, where it fits. */
    cursors ends = {0};
    for (uint32_t i = 0; i < at.count; i++) {
        struct cursor c = at.items[i];
        if (c.instance) {
            if (!c.instance->self || !kind_fits(c.instance->self, kinds))
                continue;
            c = (struct cursor){.decl = c.instance->self};
        }
        *had_push(&s->scratch, &ends) = c;
    }
    if (!ends.count) { /* `self` of a module that has none of the kind */
        struct had_diag *d =
            sema_report(s, &HAD0323, expr->span, "module `" HAD_FMT "` holds no `" HAD_FMT "`",
                        HAD_ARG(at.items[0].instance->shown.module), HAD_ARG(path_text(s, expr)));
        had_diag_help(d, "declare it in the module, or name another object");
        return had_error_value(expr->span);
    }
    if (ends.items[0].value) {
        struct had_value v = *ends.items[0].value;
        v.span = expr->span;
        return v;
    }
    /* An object of an untyped path may be found twice under one name: once is enough. */
    cursors some = {0};
    s->lookups++;
    for (uint32_t i = 0; i < ends.count; i++) {
        struct decl *d = ends.items[i].decl;
        if (d && d->looked_up != s->lookups)
            *had_push(&s->scratch, &some) = ends.items[i];
        if (d)
            d->looked_up = s->lookups;
    }
    if (some.count > 1) {
        cursors ours = {0};
        for (uint32_t k = 0; k < some.count; k++)
            if (some.items[k].decl->frame && frame_fits(some.items[k].decl, scope->frame))
                *had_push(&s->scratch, &ours) = some.items[k];
        if (ours.count)
            some = ours;
    }
    /* Two objects of one name without keys are reported where they stand; here the first one
     * serves. */
    bool doubles = some.count > 1;
    for (uint32_t k = 0; k < some.count; k++)
        doubles &= !some.items[k].decl->object.key_count &&
                   same_name_group(some.items[0].decl, some.items[k].decl);
    if (some.count == 1 || doubles)
        return had_ref_value(some.items[0].decl, expr->span);
    bool group = one_group(&some);
    if (!group && scope->instance) {
        /* What the module has itself is meant before an equal name elsewhere. */
        cursors ours = {0};
        for (uint32_t k = 0; k < some.count; k++) {
            const struct instance *in = some.items[k].decl->instance;
            while (in && in != scope->instance)
                in = in->parent;
            if (in)
                *had_push(&s->scratch, &ours) = some.items[k];
        }
        if (ours.count == 1)
            return had_ref_value(ours.items[0].decl, expr->span);
        if (ours.count) {
            some = ours;
            group = one_group(&some);
        }
    }
    if (!group) {
        struct had_diag *d = sema_report(s, &HAD0324, expr->span, "`" HAD_FMT "` may be two things",
                                         HAD_ARG(path_text(s, expr)));
        if (d) {
            for (uint32_t i = 0; i < some.count && i < 4; i++)
                had_diag_label(
                    d, some.items[i].decl->object.name_span, "%s of %s " HAD_FMT,
                    some.items[i].decl->object.kind->name,
                    some.items[i].decl->parent ? some.items[i].decl->parent->object.kind->name
                                               : "the",
                    HAD_ARG(some.items[i].decl->parent ? some.items[i].decl->parent->object.name
                                                       : HAD_STR("spec")));
            had_diag_help(d, "say its kind or its path");
        }
        return had_error_value(expr->span);
    }
    struct had_value *items = had_new_n(s->arena, struct had_value, some.count);
    for (uint32_t i = 0; i < some.count; i++)
        items[i] = had_ref_value(some.items[i].decl, expr->span);
    return had_list_value(s, items, some.count, expr->span);
}

struct had_value sema_member(struct sema *s, const struct had_value *of, had_str name,
                             struct had_span span)
{
    switch (of->tag) {
    case HAD_VALUE_ERROR:
        return had_error_value(span);
    case HAD_VALUE_ABSENT:
        return (struct had_value){.tag = HAD_VALUE_ABSENT, .span = span};
    case HAD_VALUE_MAP: {
        had_str *keys = had_new_n(&s->scratch, had_str, of->map.count + 1);
        for (uint32_t i = 0; i < of->map.count; i++) {
            keys[i] = of->map.entries[i].key;
            if (had_str_eq(keys[i], name))
                return *of->map.entries[i].value;
        }
        /* A body such as `tags` may lack a key; a row of data may not, unless `present` asks. */
        if (of->type != HAD_TYPE_DATA || (s->asking && s->asking->at == s->busy))
            return (struct had_value){.tag = HAD_VALUE_ABSENT, .span = span};
        struct had_diag *d =
            sema_report(s, &HAD0407, span, "this data has no field `" HAD_FMT "`", HAD_ARG(name));
        if (d) {
            had_str near = had_str_nearest(name, keys, of->map.count);
            if (near.len)
                had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
            had_diag_label(d, of->span, "the data");
        }
        return had_error_value(span);
    }
    case HAD_VALUE_REF: {
        struct decl *d = decl_of(of->object);
        const struct had_kind *kind = d->object.kind;
        int32_t at = had_kind_clause_index(kind, name);
        struct had_value out;
        if (at >= 0) {
            out = *sema_clause(s, d, (uint32_t)at);
            if (out.tag == HAD_VALUE_ABSENT && sema_early(s, d, name, &out)) {
            }
            return out;
        }
        at = had_kind_attr_index(kind, name);
        if (at >= 0) {
            if (d->pending && s->expanding) {
                bool stated = false;
                for (uint32_t i = 0; i < d->attr_stmts.count; i++)
                    stated |= had_str_eq(d->attr_stmts.items[i].name, name);
                if (!stated) {
                    s->blocked = true;
                    return had_error_value(span);
                }
            }
            out = *sema_attr(s, d, (uint32_t)at);
            if (out.tag == HAD_VALUE_ABSENT &&
                (sema_early(s, d, name, &out) || sema_derived(s, d, name, span, &out))) {
            }
            return out;
        }
        if (sema_early(s, d, name, &out) || sema_derived(s, d, name, span, &out))
            return out;
        if (had_str_is(name, "subject") &&
            (kind->subject == HAD_SUBJECT_REFERS || kind->subject == HAD_SUBJECT_VALUE))
            return *sema_subject(s, d);
        for (uint32_t i = 0; i < d->object.values.count; i++)
            if (had_str_is(name, d->object.values.items[i].name))
                return *d->object.values.items[i].value;
        struct had_diag *diag = sema_report(s, &HAD0325, span, "%s %s has no `" HAD_FMT "`",
                                            had_article(kind->name), kind->name, HAD_ARG(name));
        if (diag) {
            had_array(had_str) names = {0};
            for (uint32_t i = 0; i < had_kind_attr_count(kind); i++)
                *had_push(&s->scratch, &names) = had_str_c(had_kind_attr(kind, i)->name);
            for (uint32_t i = 0; i < had_kind_clause_count(kind); i++)
                *had_push(&s->scratch, &names) = had_str_c(kind->clauses[i].slot);
            for (uint32_t i = 0; i < d->children.count; i++)
                *had_push(&s->scratch, &names) = d->children.items[i]->object.name;
            for (uint32_t i = 0; kind->derived[i]; i++) {
                had_str said = had_str_c(kind->derived[i]);
                *had_push(&s->scratch, &names) =
                    had_str_slice(said, 0, (uint32_t)had_str_find(said, ':'));
            }
            had_str near = had_str_nearest(name, names.items, names.count);
            if (near.len)
                had_diag_help(diag, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
            else
                had_diag_help(diag, "`had explain %s` lists what it has", kind->name);
        }
        return had_error_value(span);
    }
    case HAD_VALUE_LIST: {
        values items = {0};
        for (uint32_t i = 0; i < of->list.count; i++) {
            struct had_value v = sema_member(s, &of->list.items[i], name, span);
            if (v.tag == HAD_VALUE_ERROR)
                return v;
            if (v.tag == HAD_VALUE_ABSENT)
                continue;
            if (v.tag == HAD_VALUE_LIST)
                for (uint32_t k = 0; k < v.list.count; k++)
                    *had_push(s->arena, &items) = v.list.items[k];
            else
                *had_push(s->arena, &items) = v;
        }
        return had_list_value(s, items.items, items.count, span);
    }
    case HAD_VALUE_COMPUTED:
        sema_report(s, &HAD0404, span, "`" HAD_FMT "` is known only after it is created",
                    HAD_ARG(of->text));
        return had_error_value(span);
    case HAD_VALUE_PRINCIPAL:
        if (had_str_is(name, "name"))
            return had_text_value(of->principal->name, HAD_TYPE_TEXT, span);
        if (had_str_is(name, "netbios"))
            return had_text_value(of->principal->netbios, HAD_TYPE_NETBIOS, span);
        break;
    case HAD_VALUE_BOOL:
    case HAD_VALUE_INT:
    case HAD_VALUE_TEXT:
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
    case HAD_VALUE_CIDR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
    case HAD_VALUE_SECRET:
        break;
    }
    sema_report(s, &HAD0325, span, "%s has no `" HAD_FMT "`", had_base_name(of->type),
                HAD_ARG(name));
    return had_error_value(span);
}
