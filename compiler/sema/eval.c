/* Expressions to values, and values to the types that attributes expect. */
#include "sema/internal.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 500, ELEMENT_WORK = 64, TEXT_BYTES_OF_WORK = 8 };

static const struct had_type any_bool = {.base = HAD_TYPE_BOOL};

struct had_diag *sema_report(struct sema *s, const struct had_code *code, struct had_span span,
                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    had_str text = had_str_vprintf(s->arena, format, args);
    va_end(args);
    return had_report(s->diags, code, span, HAD_FMT, HAD_ARG(text));
}

/* A value by its name: it is said where the name stands, and was written elsewhere. */
static struct had_value variable(struct had_value v, struct had_span named)
{
    if (!had_span_known(v.origin))
        v.origin = v.span;
    v.span = named;
    return v;
}

struct had_value had_text_value(had_str text, enum had_base type, struct had_span span)
{
    return (struct had_value){.tag = HAD_VALUE_TEXT, .type = type, .span = span, .text = text};
}

bool sema_work(struct sema *s, uint64_t units, struct had_span span)
{
    if (s->work > s->work_max)
        return false;
    s->work += units;
    if (s->work <= s->work_max)
        return true;
    bool was = s->expanding;
    s->expanding = false;
    had_report(s->diags, &HAD0419, span, "this spec takes too much work: it stops here");
    s->expanding = was;
    return false;
}

struct had_value had_list_value(struct sema *s, struct had_value *items, uint32_t count,
                                struct had_span span)
{
    (void)s;
    return (struct had_value){
        .tag = HAD_VALUE_LIST, .type = HAD_TYPE_LIST, .span = span, .list = {items, count}};
}

had_str sema_key(struct sema *s, const struct had_value *value)
{
    switch (value->tag) {
    case HAD_VALUE_REF: {
        const struct decl *d = decl_of(value->object);
        had_str text = d->object.name;
        for (uint32_t i = 0; i < d->object.key_count; i++)
            text = had_str_printf(s->arena, HAD_FMT "[" HAD_FMT "]", HAD_ARG(text),
                                  HAD_ARG(d->object.keys[i]));
        /* Objects of module instances carry the instance: two of them may hold the same name. */
        for (const struct instance *i = d->is_self ? d->instance->parent : d->instance; i;
             i = i->parent)
            text = had_str_printf(s->arena, HAD_FMT "." HAD_FMT, HAD_ARG(i->shown.name),
                                  HAD_ARG(text));
        return text;
    }
    case HAD_VALUE_MAP: /* a row of csv: its first column */
        return value->map.count ? sema_key(s, value->map.entries[0].value) : (had_str){"", 0};
    case HAD_VALUE_LIST:
        return value->list.count ? sema_key(s, &value->list.items[0]) : (had_str){"", 0};
    case HAD_VALUE_PRINCIPAL:
        return value->text;
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
    case HAD_VALUE_COMPUTED:
        break;
    }
    return value->text;
}

/* ---- texts ---- */

bool sema_text(struct sema *s, struct scope *scope, const struct had_expr *expr, had_str *out)
{
    expr = had_expr_inner(expr);
    if (expr->kind != HAD_EXPR_STRING) {
        static const struct had_type text = {.base = HAD_TYPE_TEXT};
        struct had_value v = sema_eval(s, scope, expr, &text, (had_str){0});
        *out = v.text;
        return v.tag == HAD_VALUE_TEXT;
    }
    struct had_buffer b = {0};
    bool good = !expr->as.string.unterminated;
    for (uint32_t i = 0; i < expr->as.string.pieces.count; i++) {
        const struct had_piece *piece = &expr->as.string.pieces.items[i];
        if (!piece->value) {
            had_buffer_str(&b, piece->text);
            continue;
        }
        struct had_value v = sema_eval(s, scope, piece->value, NULL, (had_str){0});
        switch (v.tag) {
        case HAD_VALUE_ERROR:
            good = false;
            break;
        case HAD_VALUE_ABSENT:
            sema_report(s, &HAD0408, piece->span, "this value is absent: a text cannot hold it");
            good = false;
            break;
        case HAD_VALUE_COMPUTED:
            sema_report(s, &HAD0404, piece->span,
                        "`" HAD_FMT "` is known only after it is created: a text cannot hold it",
                        HAD_ARG(v.text));
            good = false;
            break;
        case HAD_VALUE_SECRET:
            sema_report(s, &HAD0408, piece->span, "a secret is only named: a text cannot hold it");
            good = false;
            break;
        case HAD_VALUE_LIST:
        case HAD_VALUE_MAP: {
            struct had_diag *d =
                sema_report(s, &HAD0408, piece->span, "a text holds one value, not %s",
                            v.tag == HAD_VALUE_LIST ? "a list" : "a map");
            had_diag_help(d, v.tag == HAD_VALUE_LIST ? "join it: `join(…, \", \")`"
                                                     : "name one of its fields");
            good = false;
            break;
        }
        case HAD_VALUE_REF:
        case HAD_VALUE_BOOL:
        case HAD_VALUE_INT:
        case HAD_VALUE_TEXT:
        case HAD_VALUE_IP:
        case HAD_VALUE_IP_PORT:
        case HAD_VALUE_CIDR:
        case HAD_VALUE_PORTS:
        case HAD_VALUE_SERVICE:
        case HAD_VALUE_PRINCIPAL:
            had_buffer_str(&b, sema_key(s, &v));
            break;
        }
        if (b.len > 1024 * 1024) {
            sema_report(s, &HAD0408, piece->span, "this text is longer than a megabyte");
            good = false;
            break;
        }
    }
    *out = had_str_dup(s->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return sema_work(s, out->len / TEXT_BYTES_OF_WORK, expr->span) && good;
}

/* ---- principals ---- */

/* Of a forest, domain or directory: stated, else derived. */
static struct had_value netbios_of(struct sema *s, struct decl *d)
{
    struct had_value of = had_ref_value(d, d->object.span);
    return sema_member(s, &of, HAD_STR("netbios"), d->object.span);
}

/* Looks at each; *unknown where one that could not be read may be it. */
static struct decl *look_for_netbios(struct sema *s, had_str netbios, bool *unknown)
{
    static const char *const kinds[] = {"forest", "domain", "directory", NULL};
    for (uint32_t k = 0; kinds[k]; k++) {
        const struct decls_of *all = sema_of_kind(s, kinds[k]);
        for (uint32_t i = 0; i < all->items.count; i++) {
            struct decl *d = all->items.items[i];
            struct had_value its = d->dead ? (struct had_value){0} : netbios_of(s, d);
            *unknown |= its.tag == HAD_VALUE_ERROR;
            if (netbios.len && its.text.len && had_str_eq_nocase(its.text, netbios))
                return d;
            if (!netbios.len && its.text.len) {
                had_sym name = had_intern(&s->names, had_str_upper(s->arena, its.text));
                if (!had_map_get(&s->netbios, name))
                    had_map_put(&s->scratch, &s->netbios, name, (uintptr_t)d);
            }
        }
    }
    *unknown |= sema_may_be_lost(s, kinds);
    return NULL;
}

/* NULL if there is none. `netbios` is in upper case. */
static struct decl *domain_of_netbios(struct sema *s, had_str netbios, bool *unknown)
{
    if (!netbios.len)
        return NULL;
    if (!s->declared)
        return look_for_netbios(s, netbios, unknown);
    if (!s->netbios_read) {
        bool unread = false;
        s->netbios_read = s->netbios_unknown = true; /* until all are read */
        look_for_netbios(s, (had_str){0}, &unread);
        s->netbios_unknown = unread;
    }
    had_sym name = had_symbol_find(&s->names, netbios);
    uint64_t *found = name ? had_map_get(&s->netbios, name) : NULL;
    *unknown = s->netbios_unknown;
    return found ? (struct decl *)(uintptr_t)*found : NULL;
}

static struct had_value principal(struct sema *s, bool user, had_str text, struct had_span span)
{
    struct had_value v = {.tag = HAD_VALUE_PRINCIPAL, .type = HAD_TYPE_PRINCIPAL, .span = span};
    struct had_principal *who = had_new(s->arena, struct had_principal);
    v.principal = who;
    who->is_user = user;
    int64_t slash = had_str_find(text, '\\');
    who->name = text;
    if (slash >= 0) {
        had_str netbios = had_str_upper(s->arena, had_str_slice(text, 0, (uint32_t)slash));
        who->name = had_str_slice(text, (uint32_t)slash + 1, text.len);
        who->netbios = netbios;
        bool unknown = false;
        struct decl *d = domain_of_netbios(s, netbios, &unknown);
        if (d) {
            who->domain = &d->object;
        } else if (unknown) {
            return had_error_value(span); /* what is wrong there was told */
        } else if (!s->expanding) {
            struct had_diag *diag =
                sema_report(s, &HAD0326, span,
                            "no declared forest, domain or directory has the NetBIOS name "
                            "`" HAD_FMT "`",
                            HAD_ARG(netbios));
            had_array(had_str) names = {0};
            for (uint32_t i = 0; i < s->decls.count; i++) {
                struct decl *c = s->decls.items[i];
                if (!c->dead && had_kind_attr_index(c->object.kind, HAD_STR("netbios")) >= 0)
                    *had_push(&s->scratch, &names) = netbios_of(s, c).text;
            }
            had_str near = had_str_nearest(netbios, names.items, names.count);
            if (diag && near.len)
                had_diag_help(diag, "did you mean `" HAD_FMT "`?", HAD_ARG(near));
            else if (diag)
                had_diag_help(diag, "declare the forest with `netbios = \"" HAD_FMT "\"`",
                              HAD_ARG(netbios));
            return had_error_value(span);
        }
    }
    if (!who->name.len) {
        sema_report(s, &HAD0326, span, "a %s needs a name behind `\\`", user ? "user" : "group");
        return had_error_value(span);
    }
    v.text = who->netbios.len ? had_str_printf(s->arena, HAD_FMT "\\" HAD_FMT,
                                               HAD_ARG(who->netbios), HAD_ARG(who->name))
                              : who->name;
    return v;
}

static struct had_value principal_object(struct sema *s, struct decl *d, struct had_span span)
{
    struct had_value v = {.tag = HAD_VALUE_PRINCIPAL, .type = HAD_TYPE_PRINCIPAL, .span = span};
    struct had_principal *who = had_new(s->arena, struct had_principal);
    v.principal = who;
    who->is_user = strcmp(d->object.kind->name, "user") == 0;
    who->object = &d->object;
    int32_t at = had_kind_attr_index(d->object.kind, HAD_STR("name"));
    const struct had_value *name = at >= 0 ? sema_attr(s, d, (uint32_t)at) : NULL;
    who->name = name && name->tag == HAD_VALUE_TEXT ? name->text : d->object.name;
    if (d->parent && had_kind_attr_index(d->parent->object.kind, HAD_STR("netbios")) >= 0) {
        who->domain = &d->parent->object;
        who->netbios = netbios_of(s, d->parent).text;
    }
    v.text = who->netbios.len ? had_str_printf(s->arena, HAD_FMT "\\" HAD_FMT,
                                               HAD_ARG(who->netbios), HAD_ARG(who->name))
                              : who->name;
    return v;
}

/* ---- conversion to an expected type ---- */

static bool word_of(const struct had_type *type, had_str text)
{
    for (const char *const *w = type->words; w && *w; w++)
        if (had_str_is(text, *w))
            return true;
    return false;
}

static enum had_spelling spelling_of(const struct had_value *v)
{
    return v->type == HAD_TYPE_NONE   ? HAD_SPELLED_LITERAL
           : v->type == HAD_TYPE_WORD ? HAD_SPELLED_WORD
                                      : HAD_SPELLED_TEXT;
}

static struct had_value mismatch(struct sema *s, const struct had_value *v,
                                 const struct had_type *type, had_str what)
{
    had_str wanted = had_type_text(s->arena, type);
    const char *got = "this";
    switch (v->tag) {
    case HAD_VALUE_LIST:
        got = "a list";
        break;
    case HAD_VALUE_MAP:
        got = "a map";
        break;
    case HAD_VALUE_REF:
        got = v->object->kind->name;
        break;
    case HAD_VALUE_SECRET:
        got = "a secret";
        break;
    case HAD_VALUE_PRINCIPAL:
        got = v->principal->is_user ? "a user" : "a group";
        break;
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
    case HAD_VALUE_COMPUTED:
        got = had_base_name(v->type);
        if (v->type == HAD_TYPE_NONE) /* a literal that nothing has read yet */
            got = had_str_printf(
                      s->arena, "`" HAD_FMT "`",
                      HAD_ARG(had_str_slice(v->text, 0, v->text.len < 60 ? v->text.len : 60)))
                      .ptr;
        break;
    }
    struct had_diag *d;
    if (what.len)
        d = sema_report(s, &HAD0409, v->span, HAD_FMT " takes " HAD_FMT ", not %s", HAD_ARG(what),
                        HAD_ARG(wanted), got);
    else
        d = sema_report(s, &HAD0409, v->span, HAD_FMT " is expected here, not %s", HAD_ARG(wanted),
                        got);
    if (d && type->base == HAD_TYPE_SECRET)
        had_diag_help(d, "secrets are only named: `secret(\"path\")`");
    return had_error_value(v->span);
}

static bool same_base(const struct had_value *v, const struct had_type *type)
{
    return v->type == type->base && v->type != HAD_TYPE_NONE;
}

/* True if the place of a value holds its text, as it is or in quotes. */
static bool stands_there(const struct sema *s, const struct had_value *v)
{
    had_str written = had_source_text(s->sources, v->span);
    bool quotes = v->type == HAD_TYPE_TEXT && written.len >= 2 &&
                  (written.ptr[0] == '"' || written.ptr[0] == '\'');
    return had_str_eq(v->text, quotes ? had_str_slice(written, 1, written.len - 1) : written);
}

static struct had_value literal(struct sema *s, const struct had_value *v,
                                const struct had_type *type, had_str what)
{
    struct had_value out;
    /* A name that holds a word, where a text is expected: nothing converts by itself. */
    had_str shown = v->type == HAD_TYPE_WORD && type->base == HAD_TYPE_TEXT
                        ? had_source_text(s->sources, v->span)
                        : (had_str){0};
    if (shown.len && !had_str_eq(shown, v->text) && what.len) {
        struct had_diag *d =
            sema_report(s, &HAD0201, v->span, HAD_FMT " takes a text, not the word `" HAD_FMT "`",
                        HAD_ARG(what), HAD_ARG(v->text));
        if (d) {
            had_str text = had_str_printf(s->arena, "\"${" HAD_FMT "}\"", HAD_ARG(shown));
            had_diag_help(d, "`" HAD_FMT "` makes a text of it", HAD_ARG(text));
            had_diag_fix(d, true, v->span, text, "write `" HAD_FMT "`", HAD_ARG(text));
        }
        return had_error_value(v->span);
    }
    uint32_t before = s->diags->items.count;
    had_literal_read(s->arena, type, spelling_of(v), v->text, v->span, what, s->diags, &out);
    /* What a variable, an interpolation or `--var` gave is mended where it was written. */
    if (!stands_there(s, v))
        for (uint32_t i = before; i < s->diags->items.count; i++)
            s->diags->items.items[i]->fixes.count = 0;
    out.origin = v->origin;
    return out;
}

static struct had_value flatten(struct sema *s, struct scope *scope, const struct had_value *v,
                                const struct had_type *type, had_str what)
{
    values items = {0};
    bool failed = false;
    /* An explicit stack keeps nested lists in order without recursion on user input. */
    const struct had_value one = *v;
    struct {
        struct had_value_list list;
        uint32_t at;
    } stack[32];
    uint32_t depth = 0;
    struct had_value single[1] = {one};
    if (v->tag == HAD_VALUE_LIST)
        stack[depth].list = v->list;
    else
        stack[depth].list = (struct had_value_list){single, 1};
    stack[depth++].at = 0;
    while (depth) {
        if (stack[depth - 1].at == stack[depth - 1].list.count) {
            depth--;
            continue;
        }
        const struct had_value *item = &stack[depth - 1].list.items[stack[depth - 1].at++];
        if (item->tag == HAD_VALUE_LIST) {
            if (depth == 32) {
                sema_report(s, &HAD0409, item->span, "these lists are nested too deeply");
                failed = true;
                break;
            }
            stack[depth].list = item->list;
            stack[depth++].at = 0;
            continue;
        }
        if (item->tag == HAD_VALUE_ABSENT)
            continue;
        struct had_value e = sema_coerce(s, scope, item, type->element, what);
        if (e.tag == HAD_VALUE_ERROR) {
            failed = true;
            continue;
        }
        if (e.tag == HAD_VALUE_LIST) {
            for (uint32_t i = 0; i < e.list.count; i++)
                *had_push(s->arena, &items) = e.list.items[i];
            continue;
        }
        *had_push(s->arena, &items) = e;
    }
    if (failed && !items.count)
        return had_error_value(v->span);
    if (type->base == HAD_TYPE_SET && items.count > 1) { /* a set drops doubles */
        uint32_t n = 0;
        struct had_map objects = {0};
        for (uint32_t i = 0; i < items.count; i++) {
            bool twice = false;
            if (items.items[i].tag == HAD_VALUE_REF)
                twice = !had_map_put(&s->scratch, &objects, (uintptr_t)items.items[i].object, 1);
            else
                for (uint32_t k = 0; k < n && items.count < 4096; k++)
                    twice |= had_value_eq(&items.items[k], &items.items[i]);
            if (!twice)
                items.items[n++] = items.items[i];
        }
        items.count = n;
    }
    struct had_value out = had_list_value(s, items.items, items.count, v->span);
    out.type = type->base;
    out.provenance = v->provenance;
    if ((type->min && items.count < (uint64_t)type->min) ||
        (type->max && items.count > (uint64_t)type->max)) {
        if (!failed)
            sema_report(s, &HAD0410, v->span, "%s; this has %u", type->sentence, items.count);
        return had_error_value(v->span);
    }
    return out;
}

struct had_value sema_coerce(struct sema *s, struct scope *scope, const struct had_value *v,
                             const struct had_type *type, had_str what)
{
    if (!type || v->tag == HAD_VALUE_ERROR || v->tag == HAD_VALUE_ABSENT)
        return *v;
    switch (type->base) {
    case HAD_TYPE_NONE:
    case HAD_TYPE_DATA:
    case HAD_TYPE_COUNT:
        return *v;
    case HAD_TYPE_SET:
    case HAD_TYPE_LIST:
        if (v->tag == HAD_VALUE_COMPUTED)
            return *v;
        return flatten(s, scope, v, type, what);
    case HAD_TYPE_MAP:
        if (v->tag != HAD_VALUE_MAP)
            return mismatch(s, v, type, what);
        if (type->element) {
            struct had_value out = *v;
            out.map.entries = had_new_n(s->arena, struct had_value_entry, v->map.count + 1);
            for (uint32_t i = 0; i < v->map.count; i++) {
                struct had_value *e = had_new(s->arena, struct had_value);
                *e = sema_coerce(s, scope, v->map.entries[i].value, type->element, what);
                out.map.entries[i] = v->map.entries[i];
                out.map.entries[i].value = e;
            }
            return out;
        }
        return *v;
    case HAD_TYPE_BODY:
        return v->tag == HAD_VALUE_MAP ? *v : mismatch(s, v, type, what);
    case HAD_TYPE_ANY_OF: {
        if (v->tag == HAD_VALUE_COMPUTED)
            return *v;
        const struct had_type *best = NULL;
        for (const struct had_type *const *a = type->alternatives; *a; a++) {
            const struct had_type *t = *a;
            bool fits = false;
            if (t->base == HAD_TYPE_SET || t->base == HAD_TYPE_LIST)
                fits = v->tag == HAD_VALUE_LIST;
            else if (v->tag == HAD_VALUE_REF)
                fits = (t->base == HAD_TYPE_REF && (strcmp(t->kinds[0], "*") == 0 ||
                                                    word_of(&(struct had_type){.words = t->kinds},
                                                            had_str_c(v->object->kind->name)))) ||
                       (t->base == HAD_TYPE_PRINCIPAL &&
                        (strcmp(v->object->kind->name, "group") == 0 ||
                         strcmp(v->object->kind->name, "user") == 0));
            else if (v->tag == HAD_VALUE_SECRET)
                fits = t->base == HAD_TYPE_SECRET;
            else if (v->tag == HAD_VALUE_PRINCIPAL)
                fits = t->base == HAD_TYPE_PRINCIPAL;
            else if (v->tag == HAD_VALUE_TEXT && t->base != HAD_TYPE_REF &&
                     t->base != HAD_TYPE_SECRET)
                fits = same_base(v, t) || (t->base == HAD_TYPE_PRINCIPAL
                                               ? v->type == HAD_TYPE_TEXT
                                               : had_literal_fits(t, spelling_of(v), v->text));
            else
                fits = same_base(v, t);
            if (fits) {
                best = t;
                break;
            }
        }
        if (best)
            return sema_coerce(s, scope, v, best, what);
        if (v->tag == HAD_VALUE_LIST && v->list.count == 1)
            return sema_coerce(s, scope, &v->list.items[0], type, what);
        /* A literal that fits none: the one that it resembles says why, or all are told. */
        if (v->tag == HAD_VALUE_TEXT)
            for (const struct had_type *const *a = type->alternatives; *a; a++)
                if ((*a)->base != HAD_TYPE_REF && (*a)->base != HAD_TYPE_PRINCIPAL &&
                    (*a)->base != HAD_TYPE_SECRET)
                    return literal(s, v, type, what);
        return mismatch(s, v, type, what);
    }
    case HAD_TYPE_REF: {
        if (v->tag == HAD_VALUE_LIST && v->list.count == 1)
            return sema_coerce(s, scope, &v->list.items[0], type, what);
        if (v->tag == HAD_VALUE_LIST) {
            struct had_diag *d =
                sema_report(s, &HAD0411, v->span, HAD_FMT "%stakes one object; these are %u",
                            HAD_ARG(what), what.len ? " " : "this ", v->list.count);
            if (d)
                had_diag_help(d, "name one, with its key: `NAME[key]`");
            return had_error_value(v->span);
        }
        if (v->tag != HAD_VALUE_REF)
            return mismatch(s, v, type, what);
        if (strcmp(type->kinds[0], "*") == 0 ||
            word_of(&(struct had_type){.words = type->kinds}, had_str_c(v->object->kind->name)))
            return *v;
        return mismatch(s, v, type, what);
    }
    case HAD_TYPE_SECRET:
        if (v->tag == HAD_VALUE_SECRET)
            return *v;
        if (v->tag == HAD_VALUE_TEXT) {
            struct had_diag *d =
                sema_report(s, &HAD0412, v->span, "a secret is written here in the clear");
            if (d) {
                had_diag_note(d, "whoever reads the spec, or its history, has it");
                had_diag_help(d, "put it into Secrets Manager and name it: `secret(\"path\")`");
            }
            return had_error_value(v->span);
        }
        return mismatch(s, v, type, what);
    case HAD_TYPE_PRINCIPAL:
        if (v->tag == HAD_VALUE_PRINCIPAL)
            return *v;
        if (v->tag == HAD_VALUE_REF && (strcmp(v->object->kind->name, "group") == 0 ||
                                        strcmp(v->object->kind->name, "user") == 0))
            return principal_object(s, decl_of(v->object), v->span);
        if (v->tag == HAD_VALUE_TEXT && v->type != HAD_TYPE_NONE && v->type != HAD_TYPE_WORD)
            return principal(s, false, v->text, v->span);
        return v->tag == HAD_VALUE_TEXT ? literal(s, v, type, what) : mismatch(s, v, type, what);
    case HAD_TYPE_REGION:
        if (v->tag == HAD_VALUE_REF && strcmp(v->object->kind->name, "region") == 0)
            return had_text_value(v->object->name, HAD_TYPE_REGION, v->span);
        break;
    case HAD_TYPE_BOOL:
        if (v->tag == HAD_VALUE_BOOL)
            return *v;
        break;
    case HAD_TYPE_TEXT:
        if (v->tag == HAD_VALUE_TEXT && v->type != HAD_TYPE_NONE && v->type != HAD_TYPE_WORD &&
            v->type != HAD_TYPE_TEXT) {
            /* Text of another literal type (a domain, an account id) is still text. */
            struct had_value text = *v;
            text.type = HAD_TYPE_TEXT;
            return literal(s, &text, type, what);
        }
        break;
    case HAD_TYPE_POLICY:
        if (v->tag == HAD_VALUE_TEXT && v->type == HAD_TYPE_POLICY)
            return *v;
        break;
    case HAD_TYPE_INT:
    case HAD_TYPE_DURATION:
    case HAD_TYPE_RATE:
    case HAD_TYPE_SIZE:
    case HAD_TYPE_DATE:
    case HAD_TYPE_IP:
    case HAD_TYPE_IP_PORT:
    case HAD_TYPE_CIDR:
    case HAD_TYPE_PORT_RANGE:
    case HAD_TYPE_SERVICE:
    case HAD_TYPE_ASN:
    case HAD_TYPE_ACCOUNT_ID:
    case HAD_TYPE_ARN:
    case HAD_TYPE_DOMAIN:
    case HAD_TYPE_NETBIOS:
    case HAD_TYPE_SITE_NAME:
    case HAD_TYPE_EMAIL:
    case HAD_TYPE_DN:
    case HAD_TYPE_ZONE:
    case HAD_TYPE_IMAGE:
    case HAD_TYPE_PATH:
    case HAD_TYPE_MFA:
    case HAD_TYPE_WORD:
        break;
    }
    if (v->tag == HAD_VALUE_COMPUTED)
        return *v;
    if (v->tag == HAD_VALUE_LIST && v->list.count == 1)
        return sema_coerce(s, scope, &v->list.items[0], type, what);
    if (v->tag == HAD_VALUE_TEXT) {
        if (type->base == HAD_TYPE_WORD && v->type == HAD_TYPE_WORD && word_of(type, v->text)) {
            struct had_value out = *v;
            return out;
        }
        return literal(s, v, type, what);
    }
    if (same_base(v, type) && v->text.len) { /* a narrower range of the same type */
        struct had_value text = *v;
        text.tag = HAD_VALUE_TEXT;
        text.type = HAD_TYPE_NONE;
        struct had_value out = literal(s, &text, type, what);
        out.provenance = v->provenance;
        return out;
    }
    if (v->tag == HAD_VALUE_INT &&
        (type->base == HAD_TYPE_INT || type->base == HAD_TYPE_ASN ||
         type->base == HAD_TYPE_PORT_RANGE || type->base == HAD_TYPE_ACCOUNT_ID)) {
        struct had_value text = *v;
        text.tag = HAD_VALUE_TEXT;
        text.type = HAD_TYPE_NONE;
        return literal(s, &text, type, what);
    }
    if (v->tag == HAD_VALUE_IP && type->base == HAD_TYPE_IP_PORT) {
        struct had_value out = *v;
        out.tag = HAD_VALUE_IP_PORT;
        out.type = HAD_TYPE_IP_PORT;
        out.port = 0;
        return out;
    }
    return mismatch(s, v, type, what);
}

/* ---- comparison ---- */

static bool bare_unbound(struct sema *s, struct scope *scope, const struct had_expr *e)
{
    e = had_expr_inner(e);
    return e->kind == HAD_EXPR_REF && !e->as.ref.kind.text.len && !e->as.ref.steps.count &&
           !e->as.ref.outside &&
           !sema_binding(scope, had_symbol_find(&s->names, e->as.ref.first.text));
}

/* The other side of a comparison takes its type from this value. */
static struct had_value eval_like(struct sema *s, struct scope *scope, const struct had_expr *e,
                                  const struct had_value *like)
{
    const struct had_expr *inner = had_expr_inner(e);
    if (like->tag == HAD_VALUE_LIST && like->list.count && inner->kind != HAD_EXPR_LIST)
        like = &like->list.items[0];
    if (like->tag == HAD_VALUE_REF) {
        const char *kinds[2] = {like->object->kind->name, NULL};
        struct had_type type = {.base = HAD_TYPE_REF, .kinds = kinds};
        /* Another kind may be meant: `.to == hub core`. */
        if (inner->kind == HAD_EXPR_REF && inner->as.ref.kind.text.len)
            return sema_eval(s, scope, e, NULL, (had_str){0});
        return sema_eval(s, scope, e, &type, (had_str){0});
    }
    if (like->type == HAD_TYPE_WORD || like->type == HAD_TYPE_IMAGE ||
        (like->tag == HAD_VALUE_ABSENT && bare_unbound(s, scope, e))) {
        if (bare_unbound(s, scope, e))
            return had_text_value(inner->as.ref.first.text, HAD_TYPE_WORD, e->span);
        struct had_value v = sema_eval(s, scope, e, NULL, (had_str){0});
        if (v.tag == HAD_VALUE_TEXT && v.type == HAD_TYPE_NONE)
            v.type = HAD_TYPE_WORD;
        return v;
    }
    if (sema_plain_base(like->type) && like->type != HAD_TYPE_TEXT)
        return sema_eval(s, scope, e, &had_types[like->type], (had_str){0});
    return sema_eval(s, scope, e, NULL, (had_str){0});
}

static bool equal(const struct had_value *a, const struct had_value *b)
{
    if (a->tag == HAD_VALUE_TEXT && b->tag == HAD_VALUE_TEXT) {
        bool fold = a->type == HAD_TYPE_SITE_NAME || b->type == HAD_TYPE_SITE_NAME ||
                    a->type == HAD_TYPE_DN || b->type == HAD_TYPE_DN;
        return fold ? had_str_eq_nocase(a->text, b->text) : had_str_eq(a->text, b->text);
    }
    if (a->tag == HAD_VALUE_TEXT || b->tag == HAD_VALUE_TEXT) {
        if (a->tag == HAD_VALUE_INT || b->tag == HAD_VALUE_INT || a->tag == HAD_VALUE_CIDR ||
            b->tag == HAD_VALUE_CIDR || a->tag == HAD_VALUE_IP || b->tag == HAD_VALUE_IP)
            return had_str_eq(a->text, b->text);
    }
    return had_value_eq(a, b);
}

static bool within_one(const struct had_value *left, const struct had_value *right)
{
    if (right->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < right->list.count; i++)
            if (within_one(left, &right->list.items[i]))
                return true;
        return false;
    }
    if (right->tag == HAD_VALUE_CIDR) {
        if (left->tag == HAD_VALUE_CIDR)
            return had_cidr_contains(right->cidr, left->cidr);
        if (left->tag == HAD_VALUE_IP || left->tag == HAD_VALUE_IP_PORT)
            return had_cidr_contains_ip(right->cidr, left->ip);
    }
    return equal(left, right);
}

static struct had_value binary(struct sema *s, struct scope *scope, const struct had_expr *expr)
{
    enum had_operator op = expr->as.binary.op;
    const struct had_expr *l = expr->as.binary.left, *r = expr->as.binary.right;
    if (op == HAD_AND || op == HAD_OR) {
        bool failed = false;
        bool left = sema_condition(s, scope, l, &failed);
        if (!failed && left == (op == HAD_OR))
            return had_bool_value(left, expr->span);
        bool right = sema_condition(s, scope, r, &failed);
        return failed ? had_error_value(expr->span) : had_bool_value(right, expr->span);
    }
    struct had_value left, right;
    if (op == HAD_WITHIN) {
        left = sema_eval(s, scope, l, NULL, (had_str){0});
        right = sema_eval(s, scope, r, NULL, (had_str){0});
        static const struct had_type cidr = {.base = HAD_TYPE_CIDR};
        static const struct had_type cidrs = {.base = HAD_TYPE_LIST, .element = &cidr};
        const struct had_value *first =
            left.tag == HAD_VALUE_LIST && left.list.count ? &left.list.items[0] : &left;
        if (first->tag == HAD_VALUE_CIDR || first->tag == HAD_VALUE_IP ||
            first->tag == HAD_VALUE_IP_PORT) {
            right = sema_coerce(s, scope, &right, right.tag == HAD_VALUE_LIST ? &cidrs : &cidr,
                                (had_str){0});
        } else if (right.tag == HAD_VALUE_LIST) {
            for (uint32_t i = 0; i < right.list.count; i++) {
                const struct had_value *item = &right.list.items[i];
                if (item->tag == HAD_VALUE_TEXT && item->type == HAD_TYPE_NONE &&
                    sema_plain_base(first->type))
                    right.list.items[i] =
                        sema_coerce(s, scope, item, &had_types[first->type], (had_str){0});
            }
        } else if (first->tag == HAD_VALUE_TEXT && first->type == HAD_TYPE_NONE &&
                   (right.tag == HAD_VALUE_CIDR || right.tag == HAD_VALUE_LIST)) {
            left = sema_coerce(s, scope, &left, &cidr, (had_str){0});
        }
        if (left.tag == HAD_VALUE_ERROR || right.tag == HAD_VALUE_ERROR)
            return had_error_value(expr->span);
        if (left.tag == HAD_VALUE_COMPUTED || right.tag == HAD_VALUE_COMPUTED)
            goto computed;
        if (left.tag == HAD_VALUE_ABSENT)
            return had_bool_value(false, expr->span);
        bool all = true;
        if (left.tag == HAD_VALUE_LIST)
            for (uint32_t i = 0; i < left.list.count; i++)
                all &= within_one(&left.list.items[i], &right);
        else
            all = within_one(&left, &right);
        return had_bool_value(all, expr->span);
    }
    if (bare_unbound(s, scope, l) && !bare_unbound(s, scope, r)) {
        right = sema_eval(s, scope, r, NULL, (had_str){0});
        left = eval_like(s, scope, l, &right);
    } else {
        left = sema_eval(s, scope, l, NULL, (had_str){0});
        if (left.tag == HAD_VALUE_ERROR)
            return left;
        right = eval_like(s, scope, r, &left);
    }
    /* As an attribute takes one element for a list, `.segment == prod` is true of `segment = prod`.
     */
    if (left.tag == HAD_VALUE_LIST && left.list.count == 1 && right.tag != HAD_VALUE_LIST)
        left = left.list.items[0];
    else if (right.tag == HAD_VALUE_LIST && right.list.count == 1 && left.tag != HAD_VALUE_LIST)
        right = right.list.items[0];
    if (left.tag == HAD_VALUE_ERROR || right.tag == HAD_VALUE_ERROR)
        return had_error_value(expr->span);
    if (left.tag == HAD_VALUE_TEXT && left.type == HAD_TYPE_NONE && sema_plain_base(right.type))
        left = sema_coerce(s, scope, &left, &had_types[right.type], (had_str){0});
    if (left.tag == HAD_VALUE_COMPUTED || right.tag == HAD_VALUE_COMPUTED)
        goto computed;
    bool absent = left.tag == HAD_VALUE_ABSENT || right.tag == HAD_VALUE_ABSENT;
    if (op == HAD_EQ || op == HAD_NE) {
        bool same = !absent && equal(&left, &right);
        return had_bool_value(same == (op == HAD_EQ), expr->span);
    }
    if (absent)
        return had_bool_value(false, expr->span);
    static const struct had_type number = {.base = HAD_TYPE_INT};
    if (left.tag == HAD_VALUE_TEXT && left.type == HAD_TYPE_NONE)
        left = sema_coerce(s, scope, &left, &number, (had_str){0});
    if (right.tag == HAD_VALUE_TEXT && right.type == HAD_TYPE_NONE)
        right = sema_coerce(s, scope, &right, &number, (had_str){0});
    if (left.tag == HAD_VALUE_ERROR || right.tag == HAD_VALUE_ERROR)
        return had_error_value(expr->span);
    if (left.tag != HAD_VALUE_INT || right.tag != HAD_VALUE_INT) {
        struct had_diag *d = sema_report(s, &HAD0413, expr->as.binary.op_span,
                                         "`%s` compares numbers", had_operator_word(op));
        if (d) {
            had_diag_label(d, l->span, "%s", had_base_name(left.type));
            had_diag_label(d, r->span, "%s", had_base_name(right.type));
        }
        return had_error_value(expr->span);
    }
    bool truth = op == HAD_LT   ? left.number < right.number
                 : op == HAD_LE ? left.number <= right.number
                 : op == HAD_GT ? left.number > right.number
                                : left.number >= right.number;
    return had_bool_value(truth, expr->span);
computed:
    sema_report(s, &HAD0404, expr->span,
                "`" HAD_FMT "` is known only after it is created: nothing can be decided by it",
                HAD_ARG(left.tag == HAD_VALUE_COMPUTED ? left.text : right.text));
    return had_error_value(expr->span);
}

bool sema_condition(struct sema *s, struct scope *scope, const struct had_expr *expr, bool *failed)
{
    struct had_value v = sema_eval(s, scope, expr, &any_bool, (had_str){0});
    if (v.tag == HAD_VALUE_BOOL)
        return v.boolean;
    if (v.tag == HAD_VALUE_COMPUTED)
        sema_report(s, &HAD0404, expr->span,
                    "`" HAD_FMT "` is known only after it is created: nothing can be decided by it",
                    HAD_ARG(v.text));
    else if (v.tag == HAD_VALUE_ABSENT && !s->blocked)
        sema_report(s, &HAD0408, expr->span, "this condition is absent: ask `present(…)` first");
    *failed = true;
    return false;
}

/* ---- selections ---- */

static int by_key(const void *a, const void *b)
{
    const struct had_value *x = a, *y = b;
    const struct decl *d = decl_of(x->object), *e = decl_of(y->object);
    int order = had_str_cmp(x->text, y->text);
    return order ? order : (d->id > e->id) - (d->id < e->id);
}

bool sema_settled(struct sema *s, const struct had_kind *kind, had_str what, struct had_span span)
{
    if (!sema_kind_pending(s, kind))
        return true;
    if (s->expanding || s->stuck == 1) {
        s->blocked = true;
        return false;
    }
    struct had_diag *d =
        sema_report(s, &HAD0405, span, HAD_FMT " waits for what waits for it", HAD_ARG(what));
    int32_t n = sema_kind_number(kind);
    for (uint32_t i = 0; i < s->waiting.count; i++) {
        const struct pending *p = s->waiting.items[i];
        if (!p->done && (p->declares[n / 64] >> (n % 64) & 1))
            had_diag_label(
                d, p->stmt->kind == HAD_STMT_FOR ? p->stmt->as.loop.source->span : p->stmt->span,
                "this could still declare %s %s", had_article(kind->name), kind->name);
    }
    had_diag_help(d, "a `for`, `if` or `let` cannot read what it declares itself");
    return false;
}

void sema_sort(struct sema *s, struct had_value *refs, uint32_t count)
{
    bool addressed = s->deriving && !s->derived; /* gives the same order, and is there */
    for (uint32_t i = 0; i < count; i++)
        refs[i].text = addressed ? refs[i].object->address : sema_key(s, &refs[i]);
    if (count)
        qsort(refs, count, sizeof *refs, by_key);
    for (uint32_t i = 0; i < count; i++)
        refs[i].text = (had_str){0};
}

struct had_value sema_select(struct sema *s, struct scope *scope, const struct had_expr *expr)
{
    had_str word = expr->as.select.kind.text;
    const struct had_kind *kind = had_kind_find(word);
    if (!kind) {
        struct had_diag *d = sema_report(s, &HAD0301, expr->as.select.kind.span,
                                         "there is no kind `" HAD_FMT "`", HAD_ARG(word));
        sema_nearest_kind(s, d, word);
        return had_error_value(expr->span);
    }
    if (!sema_settled(s, kind, had_str_printf(s->arena, "`every %s`", kind->name), expr->span))
        return had_error_value(expr->span);
    struct instance *only_of = scope->instance;
    struct had_value of = {0}, except = {0};
    if (expr->as.select.of) {
        const struct had_expr *o = had_expr_inner(expr->as.select.of);
        if (o->kind == HAD_EXPR_REF && !o->as.ref.kind.text.len && !o->as.ref.steps.count &&
            !o->as.ref.outside && had_str_is(o->as.ref.first.text, "spec")) {
            only_of = NULL;
        } else {
            static const char *const any[] = {"*", NULL};
            static const struct had_type ref = {.base = HAD_TYPE_REF, .kinds = any};
            static const struct had_type refs = {.base = HAD_TYPE_SET, .element = &ref};
            of = sema_eval(s, scope, o, &refs, HAD_STR("`of`"));
            if (of.tag == HAD_VALUE_ERROR)
                return of;
            only_of = NULL;
        }
    }
    if (expr->as.select.except) {
        const char *kinds[2] = {kind->name, NULL};
        const struct had_type ref = {.base = HAD_TYPE_REF, .kinds = kinds};
        const struct had_type refs = {.base = HAD_TYPE_SET, .element = &ref};
        except = sema_eval(s, scope, expr->as.select.except, &refs, HAD_STR("`except`"));
        if (except.tag == HAD_VALUE_ERROR)
            return except;
    }
    values found = {0};
    const struct decls_of *all = sema_of_kind(s, kind->name), *inside = NULL;
    if (of.tag == HAD_VALUE_LIST && of.list.count == 1)
        inside = sema_inside(s, kind, decl_of(of.list.items[0].object));
    if (inside)
        all = inside;
    for (uint32_t i = 0; i < all->items.count; i++) {
        struct decl *d = all->items.items[i];
        if (d->dead)
            continue;
        if (only_of) {
            struct instance *at = d->instance;
            while (at && at != only_of)
                at = at->parent;
            if (!at)
                continue;
        }
        bool take = true;
        if (of.tag == HAD_VALUE_LIST && !inside) {
            take = false;
            for (uint32_t k = 0; k < of.list.count && !take; k++)
                take = sema_within(s, d, decl_of(of.list.items[k].object), 0);
        }
        if (take && except.tag == HAD_VALUE_LIST)
            for (uint32_t k = 0; k < except.list.count; k++)
                take &= except.list.items[k].object != &d->object;
        if (s->blocked)
            return had_error_value(expr->span);
        if (take && expr->as.select.where) {
            struct had_value dot = had_ref_value(d, expr->span);
            struct scope inner = {
                .parent = scope, .instance = scope->instance, .frame = scope->frame, .dot = &dot};
            bool failed = false;
            take = sema_condition(s, &inner, expr->as.select.where, &failed);
            if (failed)
                return had_error_value(expr->span);
        }
        if (take)
            *had_push(s->arena, &found) = had_ref_value(d, expr->span);
    }
    sema_sort(s, found.items, found.count);
    /* A module of `std:` serves specs of every shape: there nothing to look at is no mistake. */
    const struct had_source *source = had_source_of(s->sources, expr->span);
    bool std = source && had_str_starts(source->path, "std:");
    if (!found.count && !s->expanding && !std && !s->spec->incomplete) {
        struct had_diag *d = sema_report(s, &HAD0414, expr->span, "`" HAD_FMT "` finds nothing",
                                         HAD_ARG(had_source_text(s->sources, expr->span)));
        if (d)
            had_diag_help(d, "check its conditions, or leave it out");
    }
    return had_list_value(s, found.items, found.count, expr->span);
}

/* ---- expressions ---- */

static bool admits_words(const struct had_type *type, had_str word)
{
    if (!type)
        return false;
    switch (type->base) {
    case HAD_TYPE_WORD:
    case HAD_TYPE_MFA:
    case HAD_TYPE_ZONE:
    case HAD_TYPE_IMAGE:
    case HAD_TYPE_SERVICE:
    case HAD_TYPE_REGION:
        return true;
    case HAD_TYPE_TEXT: /* a rule's code behind `waive` */
    case HAD_TYPE_SET:
    case HAD_TYPE_LIST:
        return type->element && admits_words(type->element, word);
    case HAD_TYPE_ANY_OF:
        for (const struct had_type *const *a = type->alternatives; *a; a++)
            if ((*a)->base == HAD_TYPE_SET || (*a)->base == HAD_TYPE_LIST ||
                        (*a)->base == HAD_TYPE_ANY_OF
                    ? admits_words(*a, word)
                    : (*a)->base != HAD_TYPE_TEXT && (*a)->base != HAD_TYPE_REF &&
                          (*a)->base != HAD_TYPE_PRINCIPAL && (*a)->base != HAD_TYPE_SECRET &&
                          had_literal_fits(*a, HAD_SPELLED_WORD, word))
                return true;
        return false;
    case HAD_TYPE_NONE:
    case HAD_TYPE_BOOL:
    case HAD_TYPE_INT:
    case HAD_TYPE_DURATION:
    case HAD_TYPE_RATE:
    case HAD_TYPE_SIZE:
    case HAD_TYPE_DATE:
    case HAD_TYPE_IP:
    case HAD_TYPE_IP_PORT:
    case HAD_TYPE_CIDR:
    case HAD_TYPE_PORT_RANGE:
    case HAD_TYPE_ASN:
    case HAD_TYPE_ACCOUNT_ID:
    case HAD_TYPE_ARN:
    case HAD_TYPE_DOMAIN:
    case HAD_TYPE_NETBIOS:
    case HAD_TYPE_SITE_NAME:
    case HAD_TYPE_EMAIL:
    case HAD_TYPE_DN:
    case HAD_TYPE_PATH:
    case HAD_TYPE_POLICY:
    case HAD_TYPE_PRINCIPAL:
    case HAD_TYPE_REF:
    case HAD_TYPE_SECRET:
    case HAD_TYPE_DATA:
    case HAD_TYPE_MAP:
    case HAD_TYPE_BODY:
    case HAD_TYPE_COUNT:
        break;
    }
    return false;
}

/* Kinds that a type admits, for look-ups; NULL: any. */
static const char *const *kinds_of(struct sema *s, const struct had_type *type)
{
    if (!type)
        return NULL;
    if (type->base == HAD_TYPE_REF)
        return type->kinds;
    if (type->base == HAD_TYPE_SET || type->base == HAD_TYPE_LIST)
        return kinds_of(s, type->element);
    if (type->base == HAD_TYPE_PRINCIPAL) {
        static const char *const kinds[] = {"group", "user", NULL};
        return kinds;
    }
    if (type->base == HAD_TYPE_ANY_OF) {
        had_array(const char *) all = {0};
        for (const struct had_type *const *a = type->alternatives; *a; a++) {
            const char *const *k = kinds_of(s, *a);
            for (; k && *k; k++)
                *had_push(s->arena, &all) = *k;
        }
        if (!all.count)
            return NULL;
        *had_push(s->arena, &all) = NULL;
        return all.items;
    }
    return NULL;
}

static bool admits_principal(const struct had_type *type)
{
    if (!type)
        return true;
    if (type->base == HAD_TYPE_PRINCIPAL)
        return true;
    if (type->base == HAD_TYPE_SET || type->base == HAD_TYPE_LIST)
        return admits_principal(type->element);
    if (type->base == HAD_TYPE_ANY_OF)
        for (const struct had_type *const *a = type->alternatives; *a; a++)
            if (admits_principal(*a))
                return true;
    return false;
}

static const struct had_type *element_of(const struct had_type *type)
{
    return type && (type->base == HAD_TYPE_SET || type->base == HAD_TYPE_LIST) ? type->element
                                                                               : type;
}

static struct had_value eval(struct sema *s, struct scope *scope, const struct had_expr *expr,
                             const struct had_type *type)
{
    switch (expr->kind) {
    case HAD_EXPR_ERROR:
        return had_error_value(expr->span);
    case HAD_EXPR_GROUP:
        return eval(s, scope, expr->as.operand, type);
    case HAD_EXPR_BOOL:
        return had_bool_value(expr->as.boolean, expr->span);
    case HAD_EXPR_LITERAL:
        return had_text_value(expr->as.literal, HAD_TYPE_NONE, expr->span);
    case HAD_EXPR_STRING: {
        had_str text;
        if (!sema_text(s, scope, expr, &text))
            return had_error_value(expr->span);
        return had_text_value(text, HAD_TYPE_TEXT, expr->span);
    }
    case HAD_EXPR_LIST: {
        const struct had_type *element = element_of(type);
        if (type && type->base == HAD_TYPE_ANY_OF)
            for (const struct had_type *const *a = type->alternatives; *a; a++)
                if ((*a)->base == HAD_TYPE_SET || (*a)->base == HAD_TYPE_LIST)
                    element = (*a)->element;
        values items = {0};
        bool failed = false;
        for (uint32_t i = 0; i < expr->as.list.count; i++) {
            struct had_value v = eval(s, scope, expr->as.list.items[i], element);
            failed |= v.tag == HAD_VALUE_ERROR;
            /* Lists inside a list are flattened. */
            uint32_t more = v.tag == HAD_VALUE_LIST ? v.list.count : 1;
            if (!sema_work(s, (uint64_t)more * ELEMENT_WORK, expr->span))
                return had_error_value(expr->span);
            for (uint32_t k = 0; k < more; k++)
                *had_push(s->arena, &items) = v.tag == HAD_VALUE_LIST ? v.list.items[k] : v;
        }
        if (failed && !type)
            return had_error_value(expr->span);
        return had_list_value(s, items.items, items.count, expr->span);
    }
    case HAD_EXPR_CALL:
        return sema_call(s, scope, expr, type);
    case HAD_EXPR_SELECT:
        return sema_select(s, scope, expr);
    case HAD_EXPR_IF: {
        bool failed = false;
        bool truth = sema_condition(s, scope, expr->as.choice.condition, &failed);
        if (failed)
            return had_error_value(expr->span);
        return eval(s, scope, truth ? expr->as.choice.then : expr->as.choice.otherwise, type);
    }
    case HAD_EXPR_NOT: {
        bool failed = false;
        bool truth = sema_condition(s, scope, expr->as.operand, &failed);
        return failed ? had_error_value(expr->span) : had_bool_value(!truth, expr->span);
    }
    case HAD_EXPR_BINARY:
        return binary(s, scope, expr);
    case HAD_EXPR_DOT: {
        const struct had_value *dot = NULL;
        for (struct scope *at = scope; at && !dot; at = at->parent)
            dot = at->dot;
        if (!dot) {
            struct had_diag *d = sema_report(s, &HAD0415, expr->span,
                                             "there is nothing here that `.` could belong to");
            if (d)
                had_diag_help(d, "`.x` is read in `where` and in `distinct(set, .x)`; elsewhere "
                                 "write `name.x`");
            return had_error_value(expr->span);
        }
        struct had_value v = *dot;
        for (uint32_t i = 0; i < expr->as.dot.steps.count; i++) {
            if (v.tag == HAD_VALUE_LIST && v.list.count == 1) {
                struct had_value one = v.list.items[0]; /* `.hubs.region` of the usual one hub */
                v = one;
            }
            v = sema_member(s, &v, expr->as.dot.steps.items[i].name.text,
                            expr->as.dot.steps.items[i].span);
        }
        v.span = expr->span;
        return v;
    }
    case HAD_EXPR_REF:
        break;
    }
    /* References, words, principals. */
    had_str kind = expr->as.ref.kind.text, quoted_word;
    if (kind.len && !had_kind_find(kind) && had_base_find(kind) != HAD_TYPE_NONE &&
        expr->as.ref.outside && had_expr_plain_text(expr->as.ref.outside, &quoted_word)) {
        struct had_diag *d =
            sema_report(s, &HAD0409, expr->as.ref.outside->span,
                        "a word stands behind `" HAD_FMT "`, not a text in quotes", HAD_ARG(kind));
        had_diag_help(d, "write `" HAD_FMT " " HAD_FMT "`", HAD_ARG(kind), HAD_ARG(quoted_word));
        had_diag_fix(d, true, d->span, quoted_word, "take the quotes away");
        return had_error_value(expr->span);
    }
    if (kind.len && !had_kind_find(kind) && had_base_find(kind) != HAD_TYPE_NONE &&
        !expr->as.ref.outside && !expr->as.ref.steps.count) {
        /* `zone a`, `zone z`: a word of a type, or a variable that holds one. */
        struct binding *b =
            sema_binding(scope, had_symbol_find(&s->names, expr->as.ref.first.text));
        if (!b)
            return had_text_value(expr->as.ref.first.text, HAD_TYPE_WORD, expr->span);
        return variable(sema_binding_value(s, b), expr->span);
    }
    if ((had_str_is(kind, "group") || had_str_is(kind, "user")) && admits_principal(type)) {
        if (expr->as.ref.outside) {
            had_str text;
            if (!sema_text(s, scope, expr->as.ref.outside, &text))
                return had_error_value(expr->span);
            if (had_str_find(text, '\\') < 0) { /* perhaps a declared one */
                had_sym symbol = had_symbol_find(&s->names, text);
                for (uint32_t i = 0; symbol && i < s->decls.count; i++) {
                    struct decl *d = s->decls.items[i];
                    if (!d->dead && d->name == symbol && had_str_is(kind, d->object.kind->name))
                        return principal_object(s, d, expr->span);
                }
            }
            return principal(s, had_str_is(kind, "user"), text, expr->span);
        }
        const char *kinds[2] = {had_str_is(kind, "user") ? "user" : "group", NULL};
        return sema_reference(s, scope, expr, kinds);
    }
    if (!kind.len && !expr->as.ref.steps.count && !expr->as.ref.outside) {
        struct binding *b =
            sema_binding(scope, had_symbol_find(&s->names, expr->as.ref.first.text));
        if (b) {
            return variable(sema_binding_value(s, b), expr->span);
        }
        if (admits_words(type, expr->as.ref.first.text))
            return had_text_value(expr->as.ref.first.text, HAD_TYPE_WORD, expr->span);
        const struct had_type *one = element_of(type);
        if (one && one->base == HAD_TYPE_TEXT) {
            struct had_diag *d = sema_report(s, &HAD0409, expr->span,
                                             "this takes a text: put `" HAD_FMT "` into quotes",
                                             HAD_ARG(expr->as.ref.first.text));
            if (d)
                had_diag_fix(
                    d, true, expr->span,
                    had_str_printf(s->arena, "\"" HAD_FMT "\"", HAD_ARG(expr->as.ref.first.text)),
                    "put it into quotes");
            return had_error_value(expr->span);
        }
    }
    const struct had_type *was = s->expected;
    s->expected = element_of(type);
    struct had_value v = sema_reference(s, scope, expr, kinds_of(s, type));
    s->expected = was;
    return v;
}

struct had_value sema_eval(struct sema *s, struct scope *scope, const struct had_expr *expr,
                           const struct had_type *type, had_str what)
{
    if (!expr)
        return (struct had_value){.tag = HAD_VALUE_ABSENT};
    if (++s->depth > DEPTH_MAX) {
        s->depth--;
        sema_report(s, &HAD0416, expr->span, "this is nested too deeply");
        return had_error_value(expr->span);
    }
    if (!sema_work(s, 1, expr->span)) {
        s->depth--;
        return had_error_value(expr->span);
    }
    struct had_value v = eval(s, scope, expr, type);
    if (!s->blocked && type)
        v = sema_coerce(s, scope, &v, type, what);
    s->depth--;
    return v;
}
