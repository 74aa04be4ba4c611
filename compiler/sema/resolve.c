/*
 * Resolution: every subject, clause and attribute becomes a typed value; lists in the heads of
 * objects without a name are multiplied out; addresses are made and compared.
 */
#include "schema/facts.h"
#include "sema/internal.h"

#include <stdlib.h>
#include <string.h>

enum { WITHIN_DEPTH_MAX = 24 };

static had_str what(struct sema *s, const struct decl *d, const char *name)
{
    return had_str_printf(&s->scratch, "`%s` of %s", name, d->object.kind->name);
}

/* ---- clauses, attributes, subjects: worked out when first asked for ---- */

static const struct had_clause *clause_stmt(const struct decl *d, enum had_preposition preposition)
{
    if (!d->stmt)
        return NULL;
    for (uint32_t i = 0; i < d->stmt->as.block.clauses.count; i++)
        if (d->stmt->as.block.clauses.items[i].preposition == preposition)
            return &d->stmt->as.block.clauses.items[i];
    return NULL;
}

/* Findings since `before` that say no object speak of this one. */
static void told(struct sema *s, uint32_t before, const struct decl *d)
{
    if (!d->object.address.len)
        return;
    for (uint32_t i = before; i < s->diags->items.count; i++)
        if (!s->diags->items.items[i]->address.len)
            had_diag_address(s->diags->items.items[i], d->object.address);
}

/* What a circle calls it: "`asn` of hub core". */
static had_str named(struct sema *s, const struct decl *d, had_str what)
{
    return had_str_printf(&s->scratch, HAD_FMT " " HAD_FMT, HAD_ARG(what), HAD_ARG(d->object.name));
}

struct had_value *sema_clause(struct sema *s, struct decl *d, uint32_t index)
{
    static struct had_value error = {.tag = HAD_VALUE_ERROR};
    struct had_value *out = &d->object.clauses[index];
    if (d->clause_state[index] == DONE)
        return out;
    const struct had_clause_spec *spec = &d->object.kind->clauses[index];
    const struct had_clause *stated = clause_stmt(d, spec->preposition);
    if (!stated) {
        if (spec->parent && d->parent) {
            *out = had_ref_value(d->parent, d->object.span);
            d->clause_state[index] = DONE;
            return out;
        }
        *out = (struct had_value){.tag = HAD_VALUE_ABSENT, .span = d->object.span};
        d->clause_state[index] = DONE;
        return out;
    }
    had_str name = what(s, d, had_preposition_word(spec->preposition));
    if (d->clause_state[index] == BUSY) {
        sema_circle(s, named(s, d, name), stated->value->span);
        return &error;
    }
    d->clause_state[index] = BUSY;
    struct busy busy = {s->busy, named(s, d, name), stated->value->span};
    uint32_t before = s->diags->items.count;
    s->busy = &busy;
    struct had_value v;
    if (d->object.kind->multiplies) {
        /* Its list is multiplied out later: take one or many. */
        struct had_type many = {.base = HAD_TYPE_LIST, .element = spec->type};
        bool is_list = spec->type->base == HAD_TYPE_LIST || spec->type->base == HAD_TYPE_SET;
        v = sema_eval(s, d->outer, stated->value, is_list ? spec->type : &many, name);
    } else {
        v = sema_eval(s, d->outer, stated->value, spec->type, name);
    }
    s->busy = busy.up;
    if (s->blocked) {
        d->clause_state[index] = TODO;
        return &error;
    }
    sema_settle(s, before);
    d->clause_state[index] = DONE;
    *out = v;
    return out;
}

struct had_value sema_body(struct sema *s, struct scope *scope, const struct had_stmt *written,
                           const struct had_type *type, had_str name)
{
    const struct had_body *body = written->as.block.body;
    struct had_value v = {.tag = HAD_VALUE_MAP, .type = type->base, .span = written->span};
    v.map.entries = had_new_n(s->arena, struct had_value_entry, body->stmts.count + 1);
    struct had_map seen = {0};
    for (uint32_t i = 0; i < body->stmts.count; i++) {
        const struct had_stmt *stmt = body->stmts.items[i];
        if (stmt->kind == HAD_STMT_ERROR)
            continue;
        if (stmt->kind != HAD_STMT_ATTR) {
            sema_report(s, &HAD0319, stmt->span, HAD_FMT " holds `name = value` only",
                        HAD_ARG(name));
            continue;
        }
        had_str key = stmt->as.attr.name.text;
        if (!had_map_put(&s->scratch, &seen, had_intern(&s->names, key), i)) {
            sema_report(s, &HAD0312, stmt->as.attr.name.span, "`" HAD_FMT "` is said twice",
                        HAD_ARG(key));
            continue;
        }
        const struct had_type *element = type->element;
        if (type->base == HAD_TYPE_BODY) {
            element = NULL;
            had_array(had_str) names = {0};
            for (const struct had_attr *e = type->entries; e && e->name; e++) {
                *had_push(&s->scratch, &names) = had_str_c(e->name);
                if (had_str_is(key, e->name))
                    element = e->type;
            }
            if (!element) {
                struct had_diag *diag =
                    sema_report(s, &HAD0311, stmt->as.attr.name.span,
                                HAD_FMT " has no `" HAD_FMT "`", HAD_ARG(name), HAD_ARG(key));
                had_str near = had_str_nearest(key, names.items, names.count);
                if (diag && near.len)
                    had_diag_help(diag, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
                continue;
            }
        }
        struct had_value *e = had_new(s->arena, struct had_value);
        *e = sema_eval(
            s, scope, stmt->as.attr.value, element,
            had_str_printf(s->arena, "`" HAD_FMT "` of " HAD_FMT, HAD_ARG(key), HAD_ARG(name)));
        v.map.entries[v.map.count++] = (struct had_value_entry){key, stmt->as.attr.name.span, e};
    }
    if (type->base == HAD_TYPE_BODY)
        for (const struct had_attr *e = type->entries; e && e->name; e++)
            if (e->required == HAD_REQUIRED &&
                !had_map_get(&seen, had_intern(&s->names, had_str_c(e->name))))
                sema_report(s, &HAD0327, written->span, HAD_FMT " needs `%s`", HAD_ARG(name),
                            e->name);
    return v;
}

static struct attr_stmt *attr_stmt(struct decl *d, const char *name)
{
    for (uint32_t i = 0; i < d->attr_stmts.count; i++)
        if (had_str_is(d->attr_stmts.items[i].name, name))
            return &d->attr_stmts.items[i];
    return NULL;
}

/* The default of an attribute, read once for all objects. */
static const struct had_value *fallback(struct sema *s, const struct had_attr *attr)
{
    uint64_t *found = had_map_get(&s->fallbacks, (uintptr_t)attr);
    if (found)
        return (const struct had_value *)(uintptr_t)*found;
    struct had_value *v = had_new(s->arena, struct had_value);
    *v = had_fallback_read(s->arena, attr);
    had_map_put(&s->scratch, &s->fallbacks, (uintptr_t)attr, (uintptr_t)v);
    return v;
}

/* A value, or an element of it, that nobody knows before it is created. */
static const struct had_value *first_computed(const struct had_value *v, int depth)
{
    if (v->tag == HAD_VALUE_COMPUTED)
        return v;
    const struct had_value *found = NULL;
    for (uint32_t i = 0; v->tag == HAD_VALUE_LIST && depth < 8 && i < v->list.count && !found; i++)
        found = first_computed(&v->list.items[i], depth + 1);
    for (uint32_t i = 0; v->tag == HAD_VALUE_MAP && depth < 8 && i < v->map.count && !found; i++)
        found = first_computed(v->map.entries[i].value, depth + 1);
    return found;
}

static const struct had_value *keep(struct had_arena *arena, struct had_value v)
{
    struct had_value *kept = had_new(arena, struct had_value);
    *kept = v;
    return kept;
}

const struct had_value *sema_give(struct sema *s, struct decl *d, uint32_t index,
                                  struct had_value v)
{
    d->attr_state[index] = DONE;
    return d->object.attrs[index] = keep(s->arena, v);
}

/* Most attributes of most objects: one value for all of them. */
static const struct had_value *absent(struct sema *s, struct decl *d, uint32_t index)
{
    if (!d->absent)
        d->absent =
            keep(s->arena, (struct had_value){.tag = HAD_VALUE_ABSENT, .span = d->object.span});
    d->attr_state[index] = DONE;
    return d->object.attrs[index] = d->absent;
}

const struct had_value *sema_attr(struct sema *s, struct decl *d, uint32_t index)
{
    static const struct had_value error = {.tag = HAD_VALUE_ERROR};
    if (d->attr_state[index] == DONE)
        return d->object.attrs[index];
    const struct had_attr *attr = had_kind_attr(d->object.kind, index);
    struct attr_stmt *stated = attr_stmt(d, attr->name);
    if (!stated) {
        struct had_value v = *fallback(s, attr);
        if (v.tag == HAD_VALUE_ABSENT && strcmp(attr->name, "description") == 0 &&
            d->object.doc.len) {
            v = had_text_value(d->object.doc, HAD_TYPE_TEXT, d->object.span);
            v.provenance = HAD_DERIVED;
            v.reason = HAD_STR("the comment above the declaration");
        }
        if (!had_span_known(v.span))
            v.span = d->object.span;
        if (s->expanding) /* a pending `if` may still state it: not settled yet */
            return keep(&s->scratch, v);
        return v.tag == HAD_VALUE_ABSENT ? absent(s, d, index) : sema_give(s, d, index, v);
    }
    had_str name = what(s, d, attr->name);
    if (d->attr_state[index] == BUSY) {
        sema_circle(s, named(s, d, name), stated->stmt->span);
        return &error;
    }
    d->attr_state[index] = BUSY;
    struct busy busy = {s->busy, named(s, d, name), stated->stmt->span};
    uint32_t before = s->diags->items.count;
    s->busy = &busy;
    stated->used = true;
    struct had_value v;
    if (stated->stmt->kind == HAD_STMT_BLOCK)
        v = sema_body(s, stated->scope, stated->stmt, attr->type, name);
    else /* `tags = shared-tags`, too: data or a variable that holds a body */
        v = sema_eval(s, stated->scope, stated->stmt->as.attr.value, attr->type, name);
    s->busy = busy.up;
    if (s->blocked) {
        d->attr_state[index] = TODO;
        return &error;
    }
    const struct had_value *computed = first_computed(&v, 0);
    if (computed) {
        sema_report(s, &HAD0404, computed->span,
                    HAD_FMT " must be known before; `" HAD_FMT "` of `" HAD_FMT
                            "` is known only after it is created",
                    HAD_ARG(name), HAD_ARG(computed->text),
                    HAD_ARG(computed->computed.of->label.len ? computed->computed.of->label
                                                             : computed->computed.of->name));
        v = had_error_value(v.span);
    }
    told(s, before, d);
    sema_settle(s, before);
    return sema_give(s, d, index, v);
}

/* `s3 "BUCKET"`: a word and a text. */
static bool word_and_text(struct sema *s, struct decl *d, const struct had_expr *e)
{
    if (e->kind != HAD_EXPR_REF || !e->as.ref.kind.text.len || !e->as.ref.outside)
        return false;
    had_str text;
    if (!sema_text(s, d->outer, e->as.ref.outside, &text))
        return false;
    struct had_value_entry *entries = had_new_n(s->arena, struct had_value_entry, 2);
    struct had_value *word = had_new(s->arena, struct had_value);
    struct had_value *name = had_new(s->arena, struct had_value);
    *word = had_text_value(e->as.ref.kind.text, HAD_TYPE_WORD, e->as.ref.kind.span);
    *name = had_text_value(text, HAD_TYPE_TEXT, e->as.ref.outside->span);
    entries[0] = (struct had_value_entry){HAD_STR("where"), e->as.ref.kind.span, word};
    entries[1] = (struct had_value_entry){HAD_STR("name"), e->as.ref.outside->span, name};
    d->object.subject =
        (struct had_value){.tag = HAD_VALUE_MAP,
                           .type = HAD_TYPE_MAP,
                           .span = e->span,
                           .text = had_str_printf(s->arena, HAD_FMT " \"" HAD_FMT "\"",
                                                  HAD_ARG(e->as.ref.kind.text), HAD_ARG(text)),
                           .map = {entries, 2}};
    return true;
}

/* The old address of `moved KIND OLD to …`: the object must not exist, so only its path is read. */
static bool moved_from(struct sema *s, struct decl *d, const struct had_expr *e)
{
    if (e->kind != HAD_EXPR_REF || !e->as.ref.kind.text.len) {
        struct had_diag *diag =
            sema_report(s, &HAD0610, e->span, "say what has moved with its kind");
        if (diag)
            had_diag_help(diag, "write `moved spoke OLD to spoke NEW`");
        return false;
    }
    had_str name = e->as.ref.first.text;
    if (e->as.ref.outside && !sema_text(s, d->outer, e->as.ref.outside, &name))
        return false;
    had_str path = name;
    for (uint32_t i = 0; i < e->as.ref.steps.count; i++) {
        const struct had_path_step *step = &e->as.ref.steps.items[i];
        if (!step->key) {
            path = had_str_printf(s->arena, HAD_FMT "." HAD_FMT, HAD_ARG(path),
                                  HAD_ARG(step->name.text));
            continue;
        }
        had_str key = had_source_text(s->sources, step->key->span);
        path = had_str_printf(s->arena, HAD_FMT "[" HAD_FMT "]", HAD_ARG(path), HAD_ARG(key));
    }
    d->object.subject = had_text_value(
        had_str_printf(s->arena, HAD_FMT " " HAD_FMT, HAD_ARG(e->as.ref.kind.text), HAD_ARG(path)),
        HAD_TYPE_TEXT, e->span);
    return true;
}

struct had_value *sema_subject(struct sema *s, struct decl *d)
{
    struct had_value *out = &d->object.subject;
    if (out->tag != HAD_VALUE_ABSENT || !d->stmt || !d->stmt->as.block.subject)
        return out;
    const struct had_kind *kind = d->object.kind;
    if (kind->subject == HAD_SUBJECT_DECLARES) {
        struct had_value text = had_text_value(d->object.name, HAD_TYPE_TEXT, d->object.name_span);
        if (kind->subject_type && kind->subject_type->base == HAD_TYPE_REGION)
            text.type = HAD_TYPE_WORD;
        *out = kind->subject_type ? sema_coerce(s, d->outer, &text, kind->subject_type,
                                                had_str_printf(s->arena, "the name of %s %s",
                                                               had_article(kind->name), kind->name))
                                  : text;
        return out;
    }
    const struct had_expr *e = had_expr_inner(d->stmt->as.block.subject);
    if (strcmp(kind->name, "moved") == 0) {
        if (!moved_from(s, d, e))
            *out = had_error_value(e->span);
        return out;
    }
    if (strcmp(kind->name, "state") == 0) {
        if (word_and_text(s, d, e))
            return out;
        struct had_diag *diag =
            sema_report(s, &HAD0318, e->span, "where state lives is a word and a text");
        if (diag)
            had_diag_help(diag,
                          "write `state s3 \"BUCKET\" in account A at region R` or `state local "
                          "\"FOLDER\"`");
        *out = had_error_value(e->span);
        return out;
    }
    had_str name = had_str_printf(s->arena, "`%s`", kind->name);
    const struct had_type *type = kind->subject_type;
    struct had_type many = {.base = HAD_TYPE_LIST, .element = type};
    if (kind->multiplies && type && type->base != HAD_TYPE_LIST && type->base != HAD_TYPE_SET)
        type = &many;
    *out = sema_eval(s, d->outer, e, type, name);
    return out;
}

/* ---- what follows from clauses alone ---- */

static struct decl *slot(struct sema *s, struct decl *d, const char *name)
{
    int32_t at = had_kind_clause_index(d->object.kind, had_str_c(name));
    if (at < 0)
        return NULL;
    struct had_value *v = sema_clause(s, d, (uint32_t)at);
    if (v->tag == HAD_VALUE_LIST && v->list.count)
        v = &v->list.items[0];
    return v->tag == HAD_VALUE_REF ? decl_of(v->object) : NULL;
}

static struct decl *region_of(struct sema *s, struct decl *d, uint32_t depth)
{
    if (!d || depth > WITHIN_DEPTH_MAX)
        return NULL;
    const char *kind = d->object.kind->name;
    if (strcmp(kind, "region") == 0)
        return d;
    struct decl *r = slot(s, d, "region");
    if (r)
        return r;
    static const char *const via[] = {"hubs",  "hub",     "to",       "subnet",
                                      "spoke", "subnets", "resolver", NULL};
    if (strcmp(kind, "link") != 0 && strcmp(kind, "route") != 0 && strcmp(kind, "share") != 0)
        for (const char *const *v = via; *v; v++)
            if (strcmp(*v, "to") != 0 && (r = region_of(s, slot(s, d, *v), depth + 1)))
                return r;
    if (strcmp(kind, "link") == 0 && (r = region_of(s, slot(s, d, "to"), depth + 1)))
        return r;
    if (strcmp(kind, "forest") == 0 || strcmp(kind, "site") == 0)
        return NULL;
    r = region_of(s, d->parent, depth + 1);
    if (r)
        return r;
    if (strcmp(kind, "share") == 0) {
        struct had_value *v = sema_subject(s, d);
        if (v->tag == HAD_VALUE_LIST && v->list.count)
            v = &v->list.items[0];
        return v->tag == HAD_VALUE_REF ? region_of(s, decl_of(v->object), depth + 1) : NULL;
    }
    return NULL;
}

struct decl *sema_region(struct sema *s, struct decl *d)
{
    return region_of(s, d, 0);
}

static struct decl *account_of(struct sema *s, struct decl *d, uint32_t depth)
{
    if (!d || depth > WITHIN_DEPTH_MAX)
        return NULL;
    const char *kind = d->object.kind->name;
    if (strcmp(kind, "account") == 0)
        return d;
    struct decl *a = slot(s, d, "account");
    if (a && strcmp(a->object.kind->name, "account") == 0)
        return a;
    static const char *const via[] = {"spoke", "subnet", "resolver", "hub", NULL};
    for (const char *const *v = via; *v; v++)
        if ((a = account_of(s, slot(s, d, *v), depth + 1)))
            return a;
    if (strcmp(kind, "link") == 0)
        return account_of(s, slot(s, d, "to"), depth + 1);
    if (strcmp(kind, "directory") == 0 || strcmp(kind, "connector") == 0)
        return account_of(s, slot(s, d, "in"), depth + 1);
    if (strcmp(kind, "forest") == 0)
        return NULL;
    return account_of(s, d->parent, depth + 1);
}

struct decl *sema_account(struct sema *s, struct decl *d)
{
    return account_of(s, d, 0);
}

bool sema_within(struct sema *s, struct decl *object, struct decl *ancestor, uint32_t depth)
{
    if (depth > WITHIN_DEPTH_MAX || !object)
        return false;
    if (object == ancestor)
        return depth > 0;
    if (object->parent &&
        (object->parent == ancestor || sema_within(s, object->parent, ancestor, depth + 1)))
        return true;
    for (uint32_t i = 0; i < had_kind_clause_count(object->object.kind); i++) {
        enum had_preposition p = object->object.kind->clauses[i].preposition;
        bool link = strcmp(object->object.kind->name, "link") == 0;
        if (p != HAD_IN && p != HAD_AT && p != HAD_ON && p != HAD_BY && !(link && p == HAD_TO))
            continue;
        if (object->clause_state[i] == BUSY)
            continue;
        struct had_value *v = sema_clause(s, object, i);
        struct had_value_list list = {v, v->tag == HAD_VALUE_REF};
        if (v->tag == HAD_VALUE_LIST)
            list = v->list;
        for (uint32_t k = 0; k < list.count; k++)
            /* What is attached to a hub is not inside the hub's account. */
            if (list.items[k].tag == HAD_VALUE_REF &&
                (decl_of(list.items[k].object) == ancestor ||
                 (strcmp(list.items[k].object->kind->name, "hub") != 0 &&
                  sema_within(s, decl_of(list.items[k].object), ancestor, depth + 1))))
                return true;
    }
    /* The segment of a spoke or link is an attribute; the management account belongs to its root.
     */
    if (strcmp(ancestor->object.kind->name, "segment") == 0) {
        int32_t at = had_kind_attr_index(object->object.kind, HAD_STR("segment"));
        if (at >= 0 && object->attr_state[at] != BUSY) {
            struct had_value v = *sema_attr(s, object, (uint32_t)at);
            if (v.tag == HAD_VALUE_ABSENT)
                sema_derived(s, object, HAD_STR("segment"), object->object.span, &v);
            for (uint32_t k = 0; v.tag == HAD_VALUE_LIST && k < v.list.count; k++)
                if (v.list.items[k].tag == HAD_VALUE_REF &&
                    decl_of(v.list.items[k].object) == ancestor)
                    return true;
        }
    }
    if (strcmp(ancestor->object.kind->name, "region") == 0 && depth == 0)
        return sema_region(s, object) == ancestor;
    return false;
}

bool sema_early(struct sema *s, struct decl *d, had_str name, struct had_value *out)
{
    const char *kind = d->object.kind->name;
    struct had_span span = d->object.span;
    if (had_str_is(name, "name")) {
        *out = had_text_value(had_outside_name(s->arena, &d->object), HAD_TYPE_TEXT, span);
        return true;
    }
    struct decl *r = NULL;
    if (had_str_is(name, "region"))
        r = sema_region(s, d);
    else if (had_str_is(name, "account") && strcmp(kind, "account") != 0)
        r = sema_account(s, d);
    else if (had_str_is(name, "ou") && strcmp(kind, "account") == 0) {
        r = slot(s, d, "in");
        if (r && strcmp(r->object.kind->name, "ou") != 0) {
            *out = (struct had_value){.tag = HAD_VALUE_ABSENT, .span = span};
            return true;
        }
    } else if (had_str_is(name, "hub")) {
        r = slot(s, d, "hubs");
        if (!r)
            r = slot(s, d, "to");
        if (r && strcmp(r->object.kind->name, "hub") != 0)
            r = NULL;
    } else if (had_str_is(name, "spoke")) {
        r = strcmp(kind, "subnet") == 0 ? d->parent : slot(s, d, "spoke");
        if (!r)
            r = slot(s, d, "in");
        struct decl *subnet = slot(s, d, "subnet");
        if (subnet)
            r = subnet->parent;
        if (r && strcmp(r->object.kind->name, "spoke") != 0)
            r = NULL;
    } else if (had_str_is(name, "zone")) {
        struct decl *subnet = slot(s, d, "subnet");
        int32_t at = subnet ? had_kind_clause_index(subnet->object.kind, HAD_STR("zone")) : -1;
        if (at >= 0) {
            *out = *sema_clause(s, subnet, (uint32_t)at);
            return true;
        }
    } else if (had_str_is(name, "management") && strcmp(kind, "account") == 0) {
        bool is = false;
        const struct decls_of *all = sema_of_kind(s, "organization");
        for (uint32_t i = 0; i < all->items.count; i++) {
            struct decl *o = all->items.items[i];
            if (o->dead)
                continue;
            int32_t at = had_kind_attr_index(o->object.kind, HAD_STR("management"));
            const struct had_value *v = sema_attr(s, o, (uint32_t)at);
            is |= v->tag == HAD_VALUE_REF && v->object == &d->object;
        }
        *out = had_bool_value(is, span);
        return true;
    } else if (had_str_is(name, "ranges") && strcmp(kind, "spoke") == 0) {
        static const char *const parts[] = {"cidr", "secondary-cidrs", "ipv6-cidr"};
        values ranges = {0};
        for (uint32_t p = 0; p < 3; p++) {
            int32_t at = had_kind_attr_index(d->object.kind, had_str_c(parts[p]));
            const struct had_value *v = at >= 0 ? sema_attr(s, d, (uint32_t)at) : NULL;
            if (!v)
                continue;
            if (v->tag == HAD_VALUE_CIDR)
                *had_push(s->arena, &ranges) = *v;
            else if (v->tag == HAD_VALUE_LIST)
                for (uint32_t k = 0; k < v->list.count; k++)
                    *had_push(s->arena, &ranges) = v->list.items[k];
            else if (v->tag == HAD_VALUE_ERROR && p == 0) {
                *out = had_error_value(span);
                return true;
            }
        }
        *out = had_list_value(s, ranges.items, ranges.count,
                              ranges.count ? ranges.items[0].span : span);
        return true;
    } else if (had_str_is(name, "site") && strcmp(kind, "controller") == 0) {
        struct decl *region = sema_region(s, d);
        if (region) {
            struct had_value of = had_ref_value(region, span);
            *out = sema_member(s, &of, HAD_STR("site"), span);
            if (out->tag == HAD_VALUE_ABSENT)
                *out = had_text_value(region->object.name, HAD_TYPE_SITE_NAME, span);
            return true;
        }
    } else if (had_str_is(name, "parent")) {
        r = d->parent;
    }
    if (r) {
        *out = had_ref_value(r, span);
        return true;
    }
    return false;
}

/* ---- addresses ---- */

/* An outside name in double quotes with the language's escapes. */
static had_str quoted(struct sema *s, had_str text)
{
    struct had_buffer b = {0};
    had_buffer_char(&b, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            had_buffer_char(&b, '\\');
        if (c == '$' && i + 1 < text.len && text.ptr[i + 1] == '{')
            had_buffer_char(&b, '\\');
        if (c == '\n')
            had_buffer_c(&b, "\\n");
        else
            had_buffer_char(&b, c);
    }
    had_buffer_char(&b, '"');
    had_str out = had_str_dup(s->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return out;
}

static had_str value_label(struct sema *s, const struct had_value *v)
{
    switch (v->tag) {
    case HAD_VALUE_REF:
        return had_str_printf(s->arena, "%s " HAD_FMT, v->object->kind->name,
                              HAD_ARG(sema_key(s, v)));
    case HAD_VALUE_PRINCIPAL:
        return had_str_printf(s->arena, "%s " HAD_FMT, v->principal->is_user ? "user" : "group",
                              HAD_ARG(quoted(s, v->text)));
    case HAD_VALUE_LIST: {
        had_str text = {0};
        for (uint32_t i = 0; i < v->list.count; i++)
            text = had_str_printf(s->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(text), i ? "," : "",
                                  HAD_ARG(value_label(s, &v->list.items[i])));
        return text;
    }
    case HAD_VALUE_ABSENT:
    case HAD_VALUE_ERROR:
    case HAD_VALUE_BOOL:
    case HAD_VALUE_INT:
    case HAD_VALUE_TEXT:
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
    case HAD_VALUE_CIDR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
    case HAD_VALUE_SECRET:
    case HAD_VALUE_MAP:
    case HAD_VALUE_COMPUTED:
        break;
    }
    return v->text;
}

static had_str instances_prefix(struct sema *s, const struct instance *i)
{
    had_str prefix = {"", 0};
    for (; i; i = i->parent)
        prefix =
            had_str_printf(s->arena, HAD_FMT "." HAD_FMT, HAD_ARG(i->shown.name), HAD_ARG(prefix));
    return prefix;
}

void sema_address(struct sema *s, struct decl *d)
{
    struct had_object *o = &d->object;
    const struct had_kind *kind = o->kind;
    if (o->address.len)
        return;
    had_str prefix = instances_prefix(s, d->is_self ? d->instance->parent : d->instance);
    had_str step;
    o->parent = d->parent ? &d->parent->object : NULL;
    switch (kind->subject) {
    case HAD_SUBJECT_DECLARES: {
        had_str label = o->name;
        for (uint32_t i = 0; i < o->key_count; i++)
            label = had_str_printf(s->arena, HAD_FMT "[" HAD_FMT "]", HAD_ARG(label),
                                   HAD_ARG(o->keys[i]));
        o->label = d->parent
                       ? label
                       : had_str_printf(s->arena, HAD_FMT HAD_FMT, HAD_ARG(prefix), HAD_ARG(label));
        step = o->label.len ? had_str_printf(s->arena, "%s " HAD_FMT, kind->name, HAD_ARG(o->label))
                            : had_str_c(kind->name);
        break;
    }
    case HAD_SUBJECT_VALUE: {
        const struct had_value *v = sema_subject(s, d);
        had_str text =
            v->tag == HAD_VALUE_LIST || v->tag == HAD_VALUE_REF ? value_label(s, v) : v->text;
        if (strcmp(kind->name, "state") == 0)
            text = v->text;
        o->name = text;
        o->label = text;
        if (v->tag ==
            HAD_VALUE_REF) { /* `replica eu-central-1`: a name of the spec, without quotes */
            o->name = o->label = sema_key(s, v);
            step = had_str_printf(s->arena, "%s " HAD_FMT, kind->name, HAD_ARG(o->label));
            break;
        }
        if (strcmp(kind->name, "allow") == 0 || strcmp(kind->name, "deny") == 0) {
            for (uint32_t i = 0; i < had_kind_clause_count(kind); i++) {
                struct had_value *c = sema_clause(s, d, i);
                if (c->tag == HAD_VALUE_ABSENT || kind->clauses[i].parent)
                    continue;
                text = had_str_printf(s->arena, HAD_FMT " %s " HAD_FMT, HAD_ARG(text),
                                      had_preposition_word(kind->clauses[i].preposition),
                                      HAD_ARG(value_label(s, c)));
            }
        } else if (strcmp(kind->name, "forward") == 0 && !d->parent) {
            struct decl *r = slot(s, d, "region"), *a = slot(s, d, "account");
            text = had_str_printf(s->arena, HAD_FMT, HAD_ARG(text));
            step = had_str_printf(s->arena, "%s " HAD_FMT "/region " HAD_FMT "/account " HAD_FMT,
                                  kind->name, HAD_ARG(quoted(s, text)),
                                  HAD_ARG(r ? r->object.name : (had_str){0}),
                                  HAD_ARG(a ? a->object.name : (had_str){0}));
            break;
        } else if (strcmp(kind->name, "quota") == 0) {
            struct decl *r = slot(s, d, "region"), *a = slot(s, d, "account");
            step = had_str_printf(s->arena, "%s " HAD_FMT "%s" HAD_FMT "%s" HAD_FMT, kind->name,
                                  HAD_ARG(quoted(s, text)), a ? "/account " : "",
                                  HAD_ARG(a ? a->object.name : (had_str){0}), r ? "/region " : "",
                                  HAD_ARG(r ? r->object.name : (had_str){0}));
            break;
        }
        step = had_str_printf(s->arena, "%s " HAD_FMT, kind->name, HAD_ARG(quoted(s, text)));
        if (strcmp(kind->name, "waive") == 0 || strcmp(kind->name, "expect") == 0) {
            /* One code on other objects is another waiver. */
            int32_t on = had_kind_clause_index(kind, HAD_STR("on"));
            struct had_value *objects = on < 0 ? NULL : sema_clause(s, d, (uint32_t)on);
            if (objects && objects->tag != HAD_VALUE_ABSENT)
                step = had_str_printf(s->arena, HAD_FMT "/" HAD_FMT, HAD_ARG(step),
                                      HAD_ARG(value_label(s, objects)));
        }
        break;
    }
    case HAD_SUBJECT_REFERS: {
        const struct had_value *v = sema_subject(s, d);
        had_str text = value_label(s, v);
        if (strcmp(kind->name, "assign") == 0 && v->tag == HAD_VALUE_REF)
            text = sema_key(s, v);
        if (strcmp(kind->name, "trust") == 0) { /* the pair has no order */
            struct had_value *with = sema_clause(s, d, 0);
            had_str other = value_label(s, with);
            bool first = had_str_cmp(text, other) <= 0;
            text = had_str_printf(s->arena, HAD_FMT "/" HAD_FMT, HAD_ARG(first ? text : other),
                                  HAD_ARG(first ? other : text));
        } else {
            for (uint32_t i = 0; i < had_kind_clause_count(kind); i++) {
                enum had_preposition p = kind->clauses[i].preposition;
                struct had_value *c = sema_clause(s, d, i);
                if (c->tag == HAD_VALUE_ABSENT || kind->clauses[i].parent || p == HAD_BECAUSE ||
                    p == HAD_UNTIL || (p == HAD_IN && strcmp(kind->name, "replica") == 0))
                    continue;
                text = had_str_printf(s->arena, HAD_FMT "/" HAD_FMT, HAD_ARG(text),
                                      HAD_ARG(value_label(s, c)));
            }
        }
        o->name = text;
        o->label = text;
        step = had_str_printf(s->arena, "%s " HAD_FMT, kind->name, HAD_ARG(text));
        break;
    }
    }
    if (d->parent) {
        sema_address(s, d->parent);
        o->address = had_str_printf(s->arena, HAD_FMT "/" HAD_FMT,
                                    HAD_ARG(d->parent->object.address), HAD_ARG(step));
    } else {
        o->address = step;
    }
}

/* ---- multiplying out ---- */

static void accounts_of(struct sema *s, struct decl *place, values *out, struct had_span span)
{
    values found = {0};
    for (uint32_t i = 0; i < s->decls.count; i++) {
        struct decl *a = s->decls.items[i];
        if (!a->dead && strcmp(a->object.kind->name, "account") == 0 &&
            sema_within(s, a, place, 0)) {
            struct had_value v = had_ref_value(a, span);
            *had_push(s->arena, &found) = v;
        }
    }
    for (uint32_t i = 0; i < found.count; i++)
        *had_push(s->arena, out) = found.items[i];
}

/* The elements of a head's part; OUs and organizations of `on` and `with` become their accounts. */
static values elements(struct sema *s, const struct had_value *v, bool accounts, bool *selected)
{
    values out = {0};
    struct had_value_list list = {(struct had_value *)(uintptr_t)v, v->tag != HAD_VALUE_ABSENT};
    if (v->tag == HAD_VALUE_LIST)
        list = v->list;
    for (uint32_t i = 0; i < list.count; i++) {
        struct had_value *item = &list.items[i];
        if (accounts && item->tag == HAD_VALUE_REF &&
            (strcmp(item->object->kind->name, "ou") == 0 ||
             strcmp(item->object->kind->name, "organization") == 0)) {
            *selected = true;
            accounts_of(s, decl_of(item->object), &out, item->span);
        } else {
            *had_push(s->arena, &out) = *item;
        }
    }
    return out;
}

static bool is_selection(const struct had_expr *e)
{
    e = had_expr_inner(e);
    if (e->kind == HAD_EXPR_SELECT)
        return true;
    if (e->kind == HAD_EXPR_LIST)
        for (uint32_t i = 0; i < e->as.list.count; i++)
            if (is_selection(e->as.list.items[i]))
                return true;
    return false;
}

static void multiply(struct sema *s, struct decl *d)
{
    const struct had_kind *kind = d->object.kind;
    uint32_t clauses = had_kind_clause_count(kind);
    bool accounts = strcmp(kind->name, "assign") == 0 || strcmp(kind->name, "share") == 0;
    values parts[HAD_PREPOSITIONS + 1] = {0};
    bool varies[HAD_PREPOSITIONS + 1] = {0}, selected = false, broken = false;
    struct had_value *subject = sema_subject(s, d);
    const struct had_type *type = kind->subject_type;
    bool subject_list = type && (type->base == HAD_TYPE_LIST || type->base == HAD_TYPE_SET);
    if (subject->tag == HAD_VALUE_ERROR)
        broken = true;
    if (!subject_list) {
        parts[clauses] = elements(s, subject, false, &selected);
        varies[clauses] = true;
    }
    for (uint32_t i = 0; i < clauses; i++) {
        struct had_value *v = sema_clause(s, d, i);
        enum had_base base = kind->clauses[i].type->base;
        if (v->tag == HAD_VALUE_ERROR)
            broken = true;
        if (v->tag == HAD_VALUE_ABSENT || base == HAD_TYPE_LIST || base == HAD_TYPE_SET)
            continue;
        bool here = accounts && (had_str_is(had_str_c(kind->clauses[i].slot), "account") ||
                                 had_str_is(had_str_c(kind->clauses[i].slot), "with"));
        parts[i] = elements(s, v, here, &selected);
        varies[i] = true;
        const struct had_clause *stated = clause_stmt(d, kind->clauses[i].preposition);
        if (here && stated && is_selection(stated->value))
            selected = true;
    }
    d->dead = true;
    if (broken)
        return;
    uint64_t total = 1;
    for (uint32_t i = 0; i <= clauses; i++) {
        if (varies[i])
            total *= parts[i].count;
        if (total > DECLS_MAX || s->decls.count + total > DECLS_MAX) {
            if (!s->too_many)
                had_report(s->diags, &HAD0317, d->object.span,
                           "with this statement the spec has too many objects");
            s->too_many = true;
            return;
        }
    }
    uint32_t index[HAD_PREPOSITIONS + 1] = {0};
    for (uint64_t n = 0; n < total; n++) {
        struct decl *copy = sema_declare(s, kind, 0, d->parent, d->outer, d->stmt);
        copy->object.order = d->object.order;
        copy->attr_stmts = *(__typeof__(copy->attr_stmts) *)&d->attr_stmts;
        copy->linked = true;
        copy->object.key_count = 0;
        copy->frame = NULL;
        for (uint32_t i = 0; i < clauses; i++) {
            copy->object.clauses[i] = varies[i] ? parts[i].items[index[i]] : *sema_clause(s, d, i);
            copy->clause_state[i] = DONE;
            if (kind->clauses[i].parent && copy->object.clauses[i].tag == HAD_VALUE_REF)
                copy->parent = decl_of(copy->object.clauses[i].object);
        }
        copy->object.subject = varies[clauses] ? parts[clauses].items[index[clauses]] : *subject;
        /* The directory's own account is passed over in a selection, an error where it is named. */
        bool skip = false;
        if (strcmp(kind->name, "share") == 0 && copy->object.subject.tag == HAD_VALUE_REF &&
            copy->object.clauses[0].tag == HAD_VALUE_REF &&
            sema_account(s, decl_of(copy->object.subject.object)) ==
                decl_of(copy->object.clauses[0].object)) {
            skip = true;
            if (!selected)
                sema_report(s, &HAD0328, d->object.span,
                            "a directory is not shared with its own account");
        }
        if (skip)
            copy->dead = true;
        else if (copy->parent)
            *had_push(&s->scratch, &copy->parent->children) = copy;
        for (uint32_t i = 0; i <= clauses; i++) {
            if (!varies[i])
                continue;
            if (++index[i] < parts[i].count)
                break;
            index[i] = 0;
        }
    }
}

/* ---- the whole ---- */

/* A statement of the body could not be read; what it would have said is not missing. */
static bool body_is_broken(const struct had_stmt *stmt)
{
    const struct had_body *body = stmt && stmt->kind == HAD_STMT_BLOCK ? stmt->as.block.body : NULL;
    for (uint32_t i = 0; body && i < body->stmts.count; i++)
        if (body->stmts.items[i]->kind == HAD_STMT_ERROR)
            return true;
    return false;
}

static void check_attrs(struct sema *s, struct decl *d)
{
    const struct had_kind *kind = d->object.kind;
    uint32_t count = had_kind_attr_count(kind);
    /* Said twice, or unknown. */
    struct had_map names_seen = {0};
    bool forgotten = false; /* `existing`, most likely: what a new object needs is not missed */
    for (uint32_t i = 0; i < d->attr_stmts.count; i++) {
        struct attr_stmt *a = &d->attr_stmts.items[i];
        struct had_span span = a->stmt->kind == HAD_STMT_ATTR ? a->stmt->as.attr.name.span
                                                              : a->stmt->as.block.kind.span;
        had_sym symbol = had_intern(&s->names, a->name);
        uint64_t *first = had_map_get(&names_seen, symbol);
        if (first) {
            struct had_diag *diag =
                sema_report(s, &HAD0312, span, "`" HAD_FMT "` is said twice", HAD_ARG(a->name));
            const struct had_stmt *other = d->attr_stmts.items[*first].stmt;
            had_diag_label(diag,
                           other->kind == HAD_STMT_ATTR ? other->as.attr.name.span
                                                        : other->as.block.kind.span,
                           "first here");
            continue; /* that it is unknown was said of the first */
        }
        had_map_put(&s->scratch, &names_seen, symbol, i);
        int32_t at = had_kind_attr_index(kind, a->name);
        if (at >= 0) {
            enum had_required said = had_kind_attr(kind, (uint32_t)at)->required;
            forgotten |=
                !d->object.existing && (said == HAD_ONLY_EXISTING || said == HAD_MAY_EXISTING);
            continue;
        }
        struct had_diag *diag =
            sema_report(s, &HAD0311, span, "%s %s has no attribute `" HAD_FMT "`",
                        had_article(kind->name), kind->name, HAD_ARG(a->name));
        if (!diag)
            continue;
        for (uint32_t c = 0; c < had_kind_clause_count(kind); c++) {
            if (had_str_is(a->name, kind->clauses[c].slot)) {
                had_diag_help(diag, "it is said in the head: `%s … %s …`", kind->name,
                              had_preposition_word(kind->clauses[c].preposition));
                goto next;
            }
        }
        {
            had_str *names = had_new_n(&s->scratch, had_str, count + 1);
            for (uint32_t k = 0; k < count; k++)
                names[k] = had_str_c(had_kind_attr(kind, k)->name);
            if (!had_diag_nearest(diag, span, a->name, names, count))
                had_diag_help(diag, "`had explain %s` lists what it has", kind->name);
        }
    next:;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct had_attr *attr = had_kind_attr(kind, i);
        struct attr_stmt *stated = attr_stmt(d, attr->name);
        bool applies = true;
        if (attr->when) {
            struct had_value of = had_ref_value(d, d->object.span);
            struct had_value v = sema_member(s, &of, had_str_c(attr->when), d->object.span);
            applies = false;
            for (const char *const *w = attr->when_words; *w; w++)
                applies |= had_str_is(v.text, *w);
            if (v.tag == HAD_VALUE_ERROR)
                applies = stated != NULL;
            if (!applies && stated) {
                had_str words = {0};
                for (const char *const *w = attr->when_words; *w; w++)
                    words = had_str_printf(s->arena, HAD_FMT "%s`%s`", HAD_ARG(words),
                                           words.len ? " or " : "", *w);
                sema_report(s, &HAD0329, stated->stmt->span,
                            "`%s` belongs to %s %s whose `%s` is " HAD_FMT, attr->name,
                            had_article(kind->name), kind->name, attr->when, HAD_ARG(words));
            }
            if (!applies && !stated)
                absent(s, d, i);
        }
        const struct had_value *v = sema_attr(s, d, i);
        if (stated && !d->object.existing &&
            (attr->required == HAD_ONLY_EXISTING || attr->required == HAD_MAY_EXISTING)) {
            struct had_diag *diag =
                sema_report(s, &HAD0330, stated->stmt->span,
                            "`%s` is said of `existing` objects only: had makes this %s",
                            attr->name, kind->name);
            struct had_span start = {d->object.span.file, d->object.span.start,
                                     d->object.span.start};
            had_diag_help(diag, "write `existing %s …` if it is there already", kind->name);
            had_diag_fix(diag, false, start, HAD_STR("existing "), "write `existing %s …`",
                         kind->name);
        }
        if (v->tag != HAD_VALUE_ABSENT || !applies)
            continue;
        bool missing = attr->required == HAD_REQUIRED ||
                       (attr->required == HAD_REQUIRED_NEW && !d->object.existing && !forgotten) ||
                       (attr->required == HAD_ONLY_EXISTING && d->object.existing);
        if (missing && !d->object.derived && body_is_broken(d->stmt)) {
            /* the line that was not read may say it */
            sema_give(s, d, i, had_error_value(d->object.span));
            continue;
        }
        if (missing && !d->object.derived) {
            struct had_diag *diag = sema_report(s, &HAD0327, d->object.span, "this %s needs `%s`",
                                                kind->name, attr->name);
            if (diag) {
                had_diag_note(diag, "%s", attr->doc);
                had_diag_help(diag, "say `%s = …` in its body", attr->name);
            }
        }
    }
}

static void check_clauses(struct sema *s, struct decl *d)
{
    const struct had_kind *kind = d->object.kind;
    for (uint32_t i = 0; i < had_kind_clause_count(kind); i++) {
        const struct had_clause_spec *spec = &kind->clauses[i];
        struct had_value *v = sema_clause(s, d, i);
        if (spec->required && v->tag == HAD_VALUE_ABSENT && !d->object.derived) {
            struct had_diag *diag =
                sema_report(s, &HAD0331, d->object.span, "this %s does not say `%s …`", kind->name,
                            had_preposition_word(spec->preposition));
            if (diag) {
                had_diag_note(diag, "%s", spec->doc);
                if (kind->heads && kind->heads[0])
                    had_diag_help(diag, "write `%s`", kind->heads[0]);
            }
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const struct decl *x = *(struct decl *const *)a, *y = *(struct decl *const *)b;
    int order = had_str_cmp(x->object.address, y->object.address);
    if (order)
        return order;
    return (x->object.order > y->object.order) - (x->object.order < y->object.order);
}

/* A limit of what nobody counts would be read as if it held. */
static void quota_name(struct sema *s, struct decl *d)
{
    had_str name = d->object.subject.text;
    if (d->object.subject.tag != HAD_VALUE_TEXT || had_fact_quota_find(name, NULL))
        return;
    struct had_diag *diag = sema_report(s, &HAD0335, d->object.subject.span,
                                        "no quota is called `" HAD_FMT "`", HAD_ARG(name));
    had_str *names = had_new_n(&s->scratch, had_str, had_fact_quota_count);
    for (uint32_t i = 0; i < had_fact_quota_count; i++)
        names[i] = had_str_c(had_fact_quotas[i].resource);
    had_str near = had_str_nearest(name, names, had_fact_quota_count);
    if (!diag || !near.len)
        return;
    had_diag_help(diag, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
    had_diag_fix(diag, false, diag->span,
                 had_str_printf(s->arena, "\"" HAD_FMT "\"", HAD_ARG(near)), "use `" HAD_FMT "`",
                 HAD_ARG(near));
}

static void special(struct sema *s, struct decl *d)
{
    const char *kind = d->object.kind->name;
    if (strcmp(kind, "quota") == 0)
        quota_name(s, d);
    if (strcmp(kind, "spoke") == 0) {
        bool on = had_kind_clause_index(d->object.kind, HAD_STR("hubs")) >= 0 && slot(s, d, "hubs");
        bool at = clause_stmt(d, HAD_AT) != NULL;
        if (!on && !at && !clause_stmt(d, HAD_ON)) {
            struct had_diag *diag =
                sema_report(s, &HAD0331, d->object.span, "this spoke says no hub and no Region");
            if (diag)
                had_diag_help(diag,
                              "write `on hub H`, or `at region R` for one that is not attached");
        } else if (on && at) {
            sema_report(s, &HAD0331, d->object.span,
                        "a spoke on a hub stands in the hub's Region: leave out `at`");
        }
    }
    if (strcmp(kind, "subnet") == 0) {
        int32_t i = had_kind_clause_index(d->object.kind, HAD_STR("zone"));
        struct had_value *zone = i >= 0 ? sema_clause(s, d, (uint32_t)i) : NULL;
        struct decl *region = sema_region(s, d);
        if (zone && zone->tag == HAD_VALUE_TEXT && region) {
            struct had_value of = had_ref_value(region, zone->span);
            struct had_value zones = sema_member(s, &of, HAD_STR("zones"), zone->span);
            had_str list = {0};
            bool found = zones.tag != HAD_VALUE_LIST;
            for (uint32_t k = 0; zones.tag == HAD_VALUE_LIST && k < zones.list.count; k++) {
                found |= had_str_eq(zones.list.items[k].text, zone->text);
                list = had_str_printf(s->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(list), k ? ", " : "",
                                      HAD_ARG(zones.list.items[k].text));
            }
            if (!found) {
                struct had_diag *diag = sema_report(
                    s, &HAD0332, zone->span, "Region `" HAD_FMT "` does not use zone `" HAD_FMT "`",
                    HAD_ARG(region->object.name), HAD_ARG(zone->text));
                if (diag) {
                    had_diag_label(diag, zones.span, "its zones");
                    had_diag_help(diag, "use one of " HAD_FMT ", or add the zone at the end",
                                  HAD_ARG(list));
                }
            }
        }
    }
}

void sema_resolve(struct sema *s)
{
    s->expanding = false;
    s->declared = true;
    uint32_t count = s->decls.count;
    for (uint32_t i = 0; i < count; i++)
        if (!s->decls.items[i]->dead && s->decls.items[i]->object.kind->multiplies)
            multiply(s, s->decls.items[i]);
    for (uint32_t i = 0; i < s->decls.count; i++) {
        struct decl *d = s->decls.items[i];
        if (d->dead)
            continue;
        sema_subject(s, d);
        if (d->object.subject.tag == HAD_VALUE_ERROR &&
            d->object.kind->subject != HAD_SUBJECT_DECLARES)
            d->dead = true;
    }
    had_array(struct decl *) sorted = {0};
    for (uint32_t i = 0; i < s->decls.count; i++) {
        struct decl *d = s->decls.items[i];
        if (d->dead || (d->parent && d->parent->dead))
            continue;
        sema_address(s, d);
        *had_push(&s->scratch, &sorted) = d;
    }
    if (sorted.count)
        qsort(sorted.items, sorted.count, sizeof *sorted.items, by_address);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sorted.count; i++) {
        struct decl *d = sorted.items[i], *last = kept ? sorted.items[kept - 1] : NULL;
        if (last && had_str_eq(last->object.address, d->object.address)) {
            d->dead = true;
            if (last->stmt == d->stmt && d->object.kind->multiplies)
                continue; /* equal ones inside one statement are one */
            struct had_diag *diag =
                sema_report(s, &HAD0303, d->object.name_span, "there are two `" HAD_FMT "`",
                            HAD_ARG(d->object.address));
            if (diag)
                had_diag_label(diag, last->object.name_span, "the first one");
            continue;
        }
        sorted.items[kept++] = d;
    }
    sorted.count = kept;
    for (uint32_t i = 0; i < sorted.count; i++) {
        uint32_t before = s->diags->items.count;
        check_clauses(s, sorted.items[i]);
        check_attrs(s, sorted.items[i]);
        special(s, sorted.items[i]);
        told(s, before, sorted.items[i]);
    }
    s->spec->objects.count = 0;
    for (uint32_t i = 0; i < sorted.count; i++)
        *had_push(s->arena, &s->spec->objects) = &sorted.items[i]->object;
}
