/*
 * Values that exist before, or that only AWS knows: the manifest has a command that prints them. No
 * program without an account can run it, so that the value itself stays assumed. Held is what can
 * be: it is run in the account and Region of the node, what stands for <NAME> in it is that
 * property of the node, an element of a list is the element that is asked for, and where the
 * command names anything that other nodes of the type name differently, it is the name of this one.
 */
#include "verify/internal.h"

static bool contains(had_str text, had_str part)
{
    for (uint32_t i = 0; part.len && i + part.len <= text.len; i++)
        if (had_str_eq(had_str_slice(text, i, i + part.len), part))
            return true;
    return false;
}

static bool refuse(struct had_comparing *c, const struct had_term *expected,
                   const struct had_term *found, had_str path, had_str why)
{
    struct had_diag *d =
        had_differs(c->v, &HAD0830, c->node, c->span,
                    "`" HAD_FMT "` of `" HAD_FMT "` is `" HAD_FMT
                    "` in the graph; the command that finds it in the output " HAD_FMT,
                    HAD_ARG(path), HAD_ARG(c->node->address),
                    HAD_ARG(had_term_show(c->arena, expected)), HAD_ARG(why));
    had_diag_note(d, HAD_FMT, HAD_ARG(had_doc_text(found->lookup, "lookup")));
    had_diag_note(d, HAD_FMT, HAD_ARG(c->place));
    return false;
}

/* The texts by which the outside knows a node: what its properties say, and its name in the spec.
 */
typedef had_array(had_str) texts;

static void add_texts(struct had_comparing *c, const struct had_node *node, texts *out)
{
    had_each(const struct had_prop_entry, entry, &node->props) {
        const struct had_prop *value = entry->value;
        if (value->tag == HAD_PROP_READ) {
            had_str known = had_node_known(value->read.node, had_str_c(value->read.attribute));
            if (known.len)
                *had_push(c->arena, out) = known;
        }
        if (value->tag == HAD_PROP_TEXT && value->text.len)
            *had_push(c->arena, out) = value->text;
        if (value->tag == HAD_PROP_LIST && had_str_is(entry->key, "Tags"))
            had_each(struct had_prop *, item, &value->items) {
                const struct had_prop *text = had_prop_at(*item, "Value"),
                                      *key = had_prop_at(*item, "Key");
                if (text && text->tag == HAD_PROP_TEXT && key && key->tag == HAD_PROP_TEXT &&
                    had_str_is(key->text, "Name"))
                    *had_push(c->arena, out) = text->text;
            }
    }
    had_each(const struct had_known, known, &node->known)
        *had_push(c->arena, out) = known->text;
    had_str name = node->object;
    for (int64_t slash; (slash = had_str_find(name, '/')) >= 0;)
        name = had_str_slice(name, (uint32_t)slash + 1, name.len);
    int64_t space = had_str_find(name, ' ');
    *had_push(c->arena, out) = had_str_slice(name, (uint32_t)(space + 1), name.len);
}

static bool is_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
}

/* As a word of its own: `core` does not stand in `core-2`. */
static bool contains_word(had_str text, had_str word)
{
    for (uint32_t i = 0; word.len && i + word.len <= text.len; i++)
        if (had_str_eq(had_str_slice(text, i, i + word.len), word) &&
            !(i && is_part(text.ptr[i - 1])) &&
            !(i + word.len < text.len && is_part(text.ptr[i + word.len])))
            return true;
    return false;
}

/* True where the command has a text of `node`; an empty list of texts has none. */
static bool names(struct had_comparing *c, had_str command, const struct had_node *node)
{
    texts list = {0};
    add_texts(c, node, &list);
    had_each(had_str, text, &list)
        if (contains_word(command, *text))
            return true;
    return false;
}

/* Behind `aws SERVICE OPERATION`, whose words are nobody's names. */
static had_str arguments_of(had_str command)
{
    for (int i = 0; i < 3; i++) {
        int64_t space = had_str_find(command, ' ');
        command =
            had_str_slice(command, space < 0 ? command.len : (uint32_t)space + 1, command.len);
    }
    return command;
}

static uint64_t likeness(struct had_verification *v, const struct had_node *node)
{
    return (uint64_t)node->context->id << 32 | had_intern(&v->names, node->type_name);
}

/* Nodes of one type and context, the last one first. */
static void index_nodes(struct had_verification *v)
{
    v->node_before = had_new_n(v->arena, uint32_t, v->graph->nodes.count + 1);
    had_each(struct had_node *, node, &v->graph->nodes) {
        uint64_t key = likeness(v, *node);
        const uint64_t *last = had_map_get(&v->nodes_alike, key);
        v->node_before[(*node)->id] = last ? (uint32_t)*last + 1 : 0;
        had_map_put(v->arena, &v->nodes_alike, key, (*node)->id);
    }
}

/* Whether it names another thing of this type and place, and not this one. */
static bool names_another(struct had_comparing *c, had_str command, const struct had_node *node)
{
    struct had_verification *v = c->v;
    command = arguments_of(command);
    if (names(c, command, node))
        return false;
    if (!v->node_before)
        index_nodes(v);
    const uint64_t *last = had_map_get(&v->nodes_alike, likeness(v, node));
    for (uint32_t at = last ? (uint32_t)*last + 1 : 0; at; at = v->node_before[at - 1])
        if (at - 1 != node->id && names(c, command, v->graph->nodes.items[at - 1]))
            return true;
    return false;
}

/* <NAME> in the command: the property of the node that `with` gives. */
static bool inputs_fit(struct had_comparing *c, const struct had_term *found,
                       const struct had_node *node, had_str path)
{
    const struct had_doc *with = had_doc_at(found->lookup, "with");
    for (uint32_t i = 0; with && i < with->entries.count; i++) {
        had_str name = with->entries.items[i].key;
        const struct had_prop *prop = had_node_get(node, had_str_cstr(c->arena, name));
        struct had_term *value = had_bound_value(c->v, with->entries.items[i].value, found->step);
        struct had_expecting e = {c->v, c->arena, node, 0};
        if (!contains(had_doc_text(found->lookup, "lookup"),
                      had_str_printf(c->arena, "<" HAD_FMT ">", HAD_ARG(name))) ||
            !value ||
            !had_term_same(
                c, prop ? had_expect(&e, prop) : NULL, value,
                (struct had_shape){HAD_R_STRING, HAD_R_ANY, NULL},
                had_str_printf(c->arena, HAD_FMT " (" HAD_FMT ")", HAD_ARG(path), HAD_ARG(name))))
            return false;
    }
    return true;
}

bool had_lookup_fits(struct had_comparing *c, const struct had_term *expected,
                     const struct had_term *found, had_str path)
{
    const struct had_node *node = expected->node;
    had_str command = had_doc_text(found->lookup, "lookup"), name, element = {0};
    uint32_t index = 0;
    if (had_attribute_split(expected->text, &name, &index))
        element = had_str_printf(c->arena, "[%u]", index);
    if (!had_str_eq(had_doc_text(found->lookup, "account"), node->context->account) ||
        !had_str_eq(had_doc_text(found->lookup, "region"), had_node_region(c->v->graph, node)))
        return refuse(c, expected, found, path,
                      had_str_printf(c->arena,
                                     "is run in account `" HAD_FMT "`, Region `" HAD_FMT
                                     "`, and not in `" HAD_FMT "`, `" HAD_FMT "`",
                                     HAD_ARG(had_doc_text(found->lookup, "account")),
                                     HAD_ARG(had_doc_text(found->lookup, "region")),
                                     HAD_ARG(node->context->account),
                                     HAD_ARG(had_node_region(c->v->graph, node))));
    if (found->text.len
            ? !had_str_eq(found->text, element)
            : element.len && !contains(command, element) && !had_str_starts(command, "had output "))
        return refuse(c, expected, found, path, HAD_STR("takes another element of the list"));
    const struct had_doc *with = had_doc_at(found->lookup, "with");
    if (!(with && with->entries.count) && names_another(c, command, node))
        return refuse(c, expected, found, path, HAD_STR("names another thing"));
    c->v->result.assumed++;
    return inputs_fit(c, found, node, path);
}
