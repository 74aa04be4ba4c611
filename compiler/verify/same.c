/* An expected value against one that was found. */
#include "verify/internal.h"

struct had_shape had_shape_of(const struct had_rdefinition *definition, had_str name)
{
    const struct had_rprop *prop = definition ? had_rtype_prop(definition, name) : NULL;
    return prop ? (struct had_shape){prop->value, prop->item, prop->definition}
                : (struct had_shape){HAD_R_ANY, HAD_R_ANY, NULL};
}

static struct had_shape item_of(struct had_shape shape)
{
    if (shape.value == HAD_R_LIST || shape.value == HAD_R_MAP)
        return (struct had_shape){shape.item, HAD_R_ANY, shape.definition};
    return (struct had_shape){shape.value == HAD_R_JSON ? HAD_R_JSON : HAD_R_ANY, HAD_R_ANY, NULL};
}

static bool holds_resolve(had_str text)
{
    static const had_str call = HAD_STR_INIT("{{resolve");
    for (uint32_t i = 0; i + call.len <= text.len; i++)
        if (had_str_eq_nocase(had_str_slice(text, i, i + call.len), call))
            return true;
    return false;
}

/* Reports two values of a place; one of them may be NULL: there is none. */
static bool differ(struct had_comparing *c, const struct had_code *code,
                   const struct had_term *expected, const struct had_term *found, had_str path)
{
    had_str want = expected ? had_term_show(c->arena, expected) : HAD_STR("not set");
    had_str have = found ? had_term_show(c->arena, found) : HAD_STR("not set");
    struct had_diag *d =
        had_differs(c->v, code, c->node, c->span,
                    "`" HAD_FMT "` of `" HAD_FMT "` is `" HAD_FMT "` in the graph and `" HAD_FMT
                    "` in the output",
                    HAD_ARG(path), HAD_ARG(c->node->address), HAD_ARG(want), HAD_ARG(have));
    had_diag_note(d, HAD_FMT, HAD_ARG(c->place));
    return false;
}

static bool is_number_shape(enum had_rvalue value)
{
    return value == HAD_R_INTEGER || value == HAD_R_NUMBER || value == HAD_R_BOOLEAN;
}

/* ---- by sort ---- */

/* A list that the graph holds as one text, with commas between. */
static bool same_elements(had_str text, const struct had_term *found)
{
    uint32_t n = 0, start = 0;
    for (uint32_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != ',')
            continue;
        if (n >= found->items.count || found->items.items[n]->tag != HAD_TERM_TEXT ||
            !had_str_eq(found->items.items[n]->text, had_str_slice(text, start, i)))
            return false;
        n++;
        start = i + 1;
    }
    return n == found->items.count;
}

static bool same_text(struct had_comparing *c, const struct had_term *expected,
                      const struct had_term *found, struct had_shape shape, had_str path)
{
    if (found->tag == HAD_TERM_TEXT && holds_resolve(found->text))
        return differ(c, &HAD0834, expected, found, path); /* CloudFormation would act on it */
    if (found->tag == HAD_TERM_TEXT && had_str_eq(expected->text, found->text))
        return true;
    if ((found->tag == HAD_TERM_NUMBER || found->tag == HAD_TERM_BOOL) &&
        is_number_shape(shape.value) && had_str_eq(expected->text, found->text))
        return true;
    if (found->tag == HAD_TERM_LIST && shape.value == HAD_R_LIST &&
        same_elements(expected->text, found))
        return true;
    return differ(c, &HAD0830, expected, found, path);
}

/* A text where the type asks for a number is one; in free JSON it stays a text. */
static bool same_number(struct had_comparing *c, const struct had_term *expected,
                        const struct had_term *found, struct had_shape shape, had_str path)
{
    bool text = shape.value == HAD_R_STRING;
    bool sort = found->tag == expected->tag
                    ? !text
                    : found->tag == HAD_TERM_TEXT && (text || is_number_shape(shape.value));
    return sort && had_str_eq(expected->text, found->text)
               ? true
               : differ(c, &HAD0830, expected, found, path);
}

static bool same_list(struct had_comparing *c, const struct had_term *expected,
                      const struct had_term *found, struct had_shape shape, had_str path)
{
    if (found->tag != HAD_TERM_LIST || found->items.count != expected->items.count)
        return differ(c, &HAD0830, expected, found, path);
    bool same = true;
    for (uint32_t i = 0; i < expected->items.count; i++)
        same = had_term_same(c, expected->items.items[i], found->items.items[i], item_of(shape),
                             had_str_printf(c->arena, HAD_FMT ".%u", HAD_ARG(path), i + 1)) &&
               same;
    return same;
}

static bool same_map(struct had_comparing *c, const struct had_term *expected,
                     const struct had_term *found, struct had_shape shape, had_str path)
{
    if (found->tag != HAD_TERM_MAP)
        return differ(c, &HAD0830, expected, found, path);
    bool same = true;
    had_each(const struct had_term_entry, entry, &expected->entries) {
        struct had_shape inner = shape.value == HAD_R_OBJECT
                                     ? had_shape_of(shape.definition, entry->key)
                                     : item_of(shape);
        had_str here =
            had_str_printf(c->arena, HAD_FMT "." HAD_FMT, HAD_ARG(path), HAD_ARG(entry->key));
        const struct had_term *other = had_term_at(found, entry->key);
        same = (other ? had_term_same(c, entry->value, other, inner, here)
                      : differ(c, &HAD0830, entry->value, NULL, here)) &&
               same;
    }
    had_each(const struct had_term_entry, entry, &found->entries)
        if (!had_term_at(expected, entry->key))
            same = differ(
                c, &HAD0830, NULL, entry->value,
                had_str_printf(c->arena, HAD_FMT "." HAD_FMT, HAD_ARG(path), HAD_ARG(entry->key)));
    return same;
}

static bool same_attribute(struct had_comparing *c, const struct had_term *expected,
                           const struct had_term *found, had_str path)
{
    if (found->tag == HAD_TERM_ATTRIBUTE && found->node == expected->node &&
        had_str_eq(found->text, expected->text))
        return true;
    if (found->tag == HAD_TERM_LOOKUP)
        return had_lookup_fits(c, expected, found, path);
    /* `CidrBlock` of a subnet is what its property of that name says. */
    const struct had_prop *said =
        had_node_get(expected->node, had_str_cstr(c->arena, expected->text));
    if (found->tag == HAD_TERM_TEXT && said && said->tag == HAD_PROP_TEXT &&
        had_str_eq(said->text, found->text))
        return true;
    return differ(c, &HAD0830, expected, found, path);
}

static bool same_pieces(struct had_comparing *c, const struct had_term *expected,
                        const struct had_term *found, had_str path)
{
    if (found->tag != HAD_TERM_JOIN || found->items.count != expected->items.count)
        return differ(c, &HAD0830, expected, found, path);
    struct had_shape text = {HAD_R_STRING, HAD_R_ANY, NULL};
    bool same = true;
    for (uint32_t i = 0; same && i < expected->items.count; i++)
        same = had_term_same(c, expected->items.items[i], found->items.items[i], text, path);
    return same;
}

/* ---- secrets: a name in the properties of glue, a dynamic reference elsewhere ---- */

static had_str secret_id(const struct had_comparing *c, const struct had_prop_secret *secret)
{
    const struct had_member *here = c->scene->member;
    bool foreign = (secret->account_id.len && !had_str_eq(secret->account_id, here->account_id)) ||
                   (secret->region.len && !had_str_eq(secret->region, here->region));
    if (!foreign || had_str_starts(secret->name, "arn:"))
        return secret->name;
    had_str partition = c->node->context->partition;
    return had_str_printf(c->arena,
                          "arn:" HAD_FMT ":secretsmanager:" HAD_FMT ":" HAD_FMT ":secret:" HAD_FMT,
                          HAD_ARG(partition.len ? partition : HAD_STR("aws")),
                          HAD_ARG(secret->region.len ? secret->region : here->region),
                          HAD_ARG(secret->account_id.len ? secret->account_id : here->account_id),
                          HAD_ARG(secret->name));
}

static bool is_text(const struct had_term *term, had_str text)
{
    return term && term->tag == HAD_TERM_TEXT && had_str_eq(term->text, text);
}

static bool same_secret(struct had_comparing *c, const struct had_term *expected,
                        const struct had_term *found, had_str path)
{
    const struct had_prop_secret *secret = expected->secret->secret;
    if (!c->scene) { /* an instruction for people: the name */
        had_str words = had_str_printf(c->arena, "secret " HAD_FMT, HAD_ARG(secret->name));
        return is_text(found, words) ? true : differ(c, &HAD0834, expected, found, path);
    }
    had_str id = secret_id(c, secret), key = secret->json_key;
    bool same;
    if (c->glue) {
        const struct had_term *name = had_term_at(found, HAD_STR("Secret")),
                              *inner = had_term_at(found, HAD_STR("Key"));
        same = found->tag == HAD_TERM_MAP && is_text(name, id) &&
               found->entries.count == 1u + (key.len > 0) &&
               (key.len ? is_text(inner, key) : !inner);
    } else {
        same = is_text(found, key.len ? had_str_printf(c->arena,
                                                       "{{resolve:secretsmanager:" HAD_FMT
                                                       ":SecretString:" HAD_FMT "}}",
                                                       HAD_ARG(id), HAD_ARG(key))
                                      : id);
    }
    return same ? true : differ(c, &HAD0834, expected, found, path);
}

bool had_term_same(struct had_comparing *c, const struct had_term *expected,
                   const struct had_term *found, struct had_shape shape, had_str path)
{
    if (found && found->tag == HAD_TERM_UNKNOWN)
        return true; /* told where it was evaluated */
    if (!expected || !found)
        return differ(c, &HAD0830, expected, found, path);
    switch (expected->tag) {
    case HAD_TERM_TEXT:
        return same_text(c, expected, found, shape, path);
    case HAD_TERM_NUMBER:
    case HAD_TERM_BOOL:
        return same_number(c, expected, found, shape, path);
    case HAD_TERM_LIST:
        return same_list(c, expected, found, shape, path);
    case HAD_TERM_MAP:
        return same_map(c, expected, found, shape, path);
    case HAD_TERM_ATTRIBUTE:
        return same_attribute(c, expected, found, path);
    case HAD_TERM_JOIN:
        return same_pieces(c, expected, found, path);
    case HAD_TERM_SECRET:
        return same_secret(c, expected, found, path);
    case HAD_TERM_UNKNOWN:
    case HAD_TERM_ABSENT:
    case HAD_TERM_OTHER:
    case HAD_TERM_LOOKUP:
        break;
    }
    return differ(c, &HAD0830, expected, found, path);
}

void had_compare_text(struct had_comparing *c, const char *what, had_str expected, had_str found)
{
    if (!had_str_eq(expected, found))
        (void)had_term_same(c, had_term_new(c->arena, HAD_TERM_TEXT, expected),
                            had_term_new(c->arena, HAD_TERM_TEXT, found),
                            (struct had_shape){HAD_R_STRING, HAD_R_ANY, NULL}, had_str_c(what));
}
