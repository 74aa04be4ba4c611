/* Types of params: `list of cidr`, `one of [test, prod]`, `optional of ref of account`. */
#include "sema/internal.h"

#include <string.h>

bool sema_plain_base(enum had_base base)
{
    return (base >= HAD_TYPE_TEXT && base <= HAD_TYPE_PRINCIPAL) || base == HAD_TYPE_SECRET ||
           base == HAD_TYPE_DATA;
}

/* Types that are made of others, and how each is written. */
static const struct {
    const char *name, *form;
} made[] = {{"list", "list of TYPE"},
            {"set", "set of TYPE"},
            {"map", "map of TYPE"},
            {"optional", "optional of TYPE"},
            {"one", "one of [WORD, WORD, …]"},
            {"ref", "ref of KIND"}};
enum { MADE = sizeof made / sizeof *made };

static const char *form_of(had_str name)
{
    for (uint32_t i = 0; i < MADE; i++)
        if (had_str_is(name, made[i].name))
            return made[i].form;
    return NULL;
}

bool sema_nearest_kind(struct sema *s, struct had_diag *d, had_str name)
{
    had_array(had_str) names = {0};
    for (uint32_t i = 0; had_kinds[i]; i++)
        *had_push(&s->scratch, &names) = had_str_c(had_kinds[i]->name);
    return had_diag_nearest(d, d->span, name, names.items, names.count);
}

/* Words, or names of kinds, in brackets; NULL and a finding where one is none. */
static const char *const *word_list(struct sema *s, const struct had_expr *list, bool kinds)
{
    had_array(const char *) words = {0};
    bool failed = false;
    const struct had_expr *e = had_expr_inner(list);
    for (uint32_t i = 0; e->kind == HAD_EXPR_LIST && i < e->as.list.count; i++) {
        const struct had_expr *w = had_expr_inner(e->as.list.items[i]);
        had_str written = had_source_text(s->sources, w->span), text = {0};
        if (w->kind == HAD_EXPR_REF && !w->as.ref.kind.text.len && !w->as.ref.steps.count)
            text = w->as.ref.first.text;
        else if (w->kind == HAD_EXPR_LITERAL)
            text = w->as.literal;
        else if (w->kind == HAD_EXPR_BOOL)
            text = written;
        if (text.len && (!kinds || had_kind_find(text))) {
            *had_push(s->arena, &words) = had_str_cstr(s->arena, text);
            continue;
        }
        failed = true;
        if (w->kind == HAD_EXPR_ERROR)
            continue;
        if (kinds) {
            struct had_diag *d = sema_report(s, &HAD0508, w->span, "there is no kind `" HAD_FMT "`",
                                             HAD_ARG(written));
            sema_nearest_kind(s, d, text);
        } else {
            struct had_diag *d =
                sema_report(s, &HAD0508, w->span, "`" HAD_FMT "` is not a word", HAD_ARG(written));
            had_diag_help(d, "a word is a name or a literal without quotes");
        }
    }
    *had_push(s->arena, &words) = NULL;
    return failed ? NULL : words.items;
}

static const struct had_type *unknown(struct sema *s, const struct had_type_expr *t)
{
    struct had_diag *d = sema_report(s, &HAD0508, t->name.span, "there is no type `" HAD_FMT "`",
                                     HAD_ARG(t->name.text));
    had_array(had_str) names = {0};
    for (uint32_t i = 0; i < HAD_TYPE_COUNT; i++)
        if (sema_plain_base((enum had_base)i))
            *had_push(&s->scratch, &names) = had_str_c(had_base_name((enum had_base)i));
    for (uint32_t i = 0; i < MADE; i++)
        *had_push(&s->scratch, &names) = had_str_c(made[i].name);
    for (uint32_t i = 0; had_kinds[i]; i++)
        *had_push(&s->scratch, &names) = had_str_c(had_kinds[i]->name);
    had_str near = had_str_nearest(t->name.text, names.items, names.count);
    const char *form = form_of(near);
    if (!near.len)
        return NULL;
    had_diag_help(d, "did you mean `" HAD_FMT "`?", HAD_ARG(form ? had_str_c(form) : near));
    if (!form || t->of || t->words)
        had_diag_fix(d, false, t->name.span, near, "use `" HAD_FMT "`", HAD_ARG(near));
    return NULL;
}

static const struct had_type *ref_type(struct sema *s, const struct had_type_expr *t)
{
    static const char *const any[] = {"*", NULL};
    struct had_type *type = had_new(&s->scratch, struct had_type);
    type->base = HAD_TYPE_REF;
    type->kinds = any;
    if (t->words) {
        type->kinds = word_list(s, t->words, true);
    } else if (t->of) {
        had_str name = t->of->name.text;
        if (!had_kind_find(name)) {
            struct had_diag *d = sema_report(s, &HAD0508, t->of->name.span,
                                             "there is no kind `" HAD_FMT "`", HAD_ARG(name));
            sema_nearest_kind(s, d, name);
            return NULL;
        }
        const char **kinds = had_new_n(&s->scratch, const char *, 2);
        kinds[0] = had_str_cstr(s->arena, name);
        type->kinds = kinds;
    }
    return type->kinds ? type : NULL;
}

const struct had_type *sema_type(struct sema *s, const struct had_type_expr *t, bool *optional)
{
    had_str name = t->name.text;
    const char *form = form_of(name);
    bool words = had_str_is(name, "one"), ref = had_str_is(name, "ref");
    bool empty = t->words && !had_expr_inner(t->words)->as.list.count;
    if (form && (empty || (!ref && (words ? !t->words : !t->of)))) {
        struct had_diag *d =
            sema_report(s, &HAD0508, t->span, "`" HAD_FMT "` is not a whole type", HAD_ARG(name));
        had_diag_help(d, "write `%s`", form);
        return NULL;
    }
    if (ref)
        return ref_type(s, t);
    if (words) {
        struct had_type *type = had_new(&s->scratch, struct had_type);
        type->base = HAD_TYPE_WORD;
        type->words = word_list(s, t->words, false);
        return type->words ? type : NULL;
    }
    if (had_str_is(name, "optional")) {
        if (!optional) {
            struct had_diag *d = sema_report(s, &HAD0508, t->span,
                                             "only a param itself is optional, not a part of it");
            had_diag_help(d, "put `optional of` in front of the whole type");
            return NULL;
        }
        *optional = true;
        return sema_type(s, t->of, NULL);
    }
    if (form) {
        struct had_type *type = had_new(&s->scratch, struct had_type);
        type->base = had_base_find(name);
        type->element = sema_type(s, t->of, NULL);
        return type->element ? type : NULL;
    }
    bool plain = sema_plain_base(had_base_find(name));
    if (!plain && !had_kind_find(name))
        return unknown(s, t);
    if (t->of || t->words) {
        struct had_diag *d = sema_report(
            s, &HAD0508, t->span, "`" HAD_FMT "` takes no `of`: it is a whole type", HAD_ARG(name));
        had_diag_help(d, "write `" HAD_FMT "` alone", HAD_ARG(name));
        return NULL;
    }
    if (plain)
        return &had_types[had_base_find(name)];
    /* `param where : subnet` reads as a reference. */
    struct had_type *type = had_new(&s->scratch, struct had_type);
    const char **kinds = had_new_n(&s->scratch, const char *, 2);
    kinds[0] = had_str_cstr(s->arena, name);
    type->base = HAD_TYPE_REF;
    type->kinds = kinds;
    return type;
}
