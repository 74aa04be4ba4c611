/* The kinds in order: each function finds the nodes that it reads. Then what needs all nodes. */
#include "lower/lower.h"

#include "lower/internal.h"

/* clang-format off */
static void (*const kinds[])(struct had_lowering *) = {
    had_lower_organization,
    had_lower_hub,
    had_lower_spoke,
    had_lower_link,
    had_lower_peer,
    had_lower_nat,
    had_lower_route,
    had_lower_acl,
    had_lower_security_group,
    had_lower_endpoint,
    had_lower_resolver,
    had_lower_hosted_zone,
    had_lower_controller,
    had_lower_forest,
    had_lower_directory,
    had_lower_site,
    had_lower_forward,
    had_lower_instance,
    had_lower_manage,
    had_lower_trust,
    had_lower_directory_share,
    had_lower_group_kind,
    had_lower_access,
    had_lower_join,
    had_lower_fact,
    had_lower_site_needs,
    had_lower_deliveries,
    had_lower_account_needs,
    had_groups_check,
    had_lower_visible,
};
/* clang-format on */

/* ---- moved ---- */

struct move {
    had_str from, to;
};
typedef had_array(struct move) moves;

#define MOST_NAMES 64 /* of one node, whatever a spec says */

/* `text` with the object's address replaced where it begins with it; empty if it does not. */
static had_str before(struct had_lowering *l, had_str text, const struct move *move)
{
    if (text.len < move->to.len || !had_str_eq(had_str_slice(text, 0, move->to.len), move->to))
        return (had_str){0};
    had_str rest = had_str_slice(text, move->to.len, text.len);
    if (rest.len && rest.ptr[0] != '/' && rest.ptr[0] != ',')
        return (had_str){0};
    return had_str_printf(l->arena, HAD_FMT HAD_FMT, HAD_ARG(move->from), HAD_ARG(rest));
}

/* "spoke shared/subnet a" of `subnet shared.a`: the path as written, below the parent that is
 * there. */
static had_str old_address(struct had_lowering *l, had_str path, const struct had_object *to)
{
    int64_t space = had_str_find(path, ' ');
    if (!to->parent || space < 0)
        return path;
    uint32_t dot = path.len;
    uint32_t depth = 0; /* keys may hold dots */
    for (uint32_t i = path.len; i-- > (uint32_t)space + 1;) {
        char c = path.ptr[i];
        depth += c == ']';
        depth -= c == '[' && depth;
        if (c == '.' && !depth) {
            dot = i;
            break;
        }
    }
    had_str kind = had_str_slice(path, 0, (uint32_t)space);
    had_str last = dot == path.len ? had_str_slice(path, (uint32_t)space + 1, path.len)
                                   : had_str_slice(path, dot + 1, path.len);
    had_str parent = to->parent->address;
    if (dot < path.len) {
        had_str address = had_str_printf(l->arena, "%s " HAD_FMT, to->parent->kind->name,
                                         HAD_ARG(had_str_slice(path, (uint32_t)space + 1, dot)));
        if (!to->parent->parent)
            parent = address;
    }
    return had_str_printf(l->arena, HAD_FMT "/" HAD_FMT " " HAD_FMT, HAD_ARG(parent), HAD_ARG(kind),
                          HAD_ARG(last));
}

/* Earlier addresses: of the object itself, of what is inside it, and of nodes keyed by it. */
struct former {
    had_str object, key;
};

static void lower_former(struct had_lowering *l, struct had_node *node, const moves *all)
{
    had_array(struct former) names = {0};
    *had_push(l->arena, &names) = (struct former){node->object, node->key};
    /* A part of a thing that moved may have moved itself: earlier names have earlier names. */
    for (uint32_t i = 0; i < names.count && names.count <= MOST_NAMES; i++) {
        had_each(const struct move, move, all) {
            had_str object = before(l, names.items[i].object, move);
            had_str key = before(l, names.items[i].key, move);
            if (!object.len && !key.len)
                continue;
            struct former name = {object.len ? object : names.items[i].object,
                                  key.len ? key : names.items[i].key};
            bool known = false;
            had_each(const struct former, other, &names)
                known |= had_str_eq(other->object, name.object) && had_str_eq(other->key, name.key);
            if (known)
                continue;
            *had_push(l->arena, &names) = name;
            *had_push(l->graph->arena, &node->former) = had_node_address(
                l->graph->arena, name.object, had_str_cstr(l->arena, node->role), name.key);
        }
    }
}

static void lower_moved(struct had_lowering *l)
{
    moves all = {0};
    had_each_object(moved, had_spec_kind(l->spec, "moved")) {
        const struct had_object *to = had_get_object(moved, "to");
        if (!to || !moved->subject.text.len)
            continue;
        struct move move = {old_address(l, moved->subject.text, to), to->address};
        const struct had_object *still = had_spec_find(l->spec, move.from);
        if (still) {
            struct had_diag *d = had_report(l->diags, &HAD0763, moved->subject.span,
                                            "`" HAD_FMT "` has not moved: it is still there",
                                            HAD_ARG(moved->subject.text));
            had_diag_label(d, still->span, "here");
            had_diag_address(d, moved->address);
            continue;
        }
        *had_push(l->arena, &all) = move;
    }
    for (uint32_t i = 0; all.count && i < l->graph->nodes.count; i++)
        lower_former(l, l->graph->nodes.items[i], &all);
}

struct had_graph *had_lower(struct had_arena *arena, const struct had_spec *spec,
                            struct had_diags *diags)
{
    struct had_graph *graph = had_new(arena, struct had_graph);
    const struct had_object *home = spec->self ? had_get_object(spec->self, "home") : NULL;
    const had_objects *regions = had_spec_kind(spec, "region");
    if (!home && regions->count)
        home = regions->items[0];
    had_graph_init(graph, arena, spec->name, home ? home->name : (had_str){0});
    struct had_arena scratch = {0};
    struct had_lowering l = {.arena = &scratch, .spec = spec, .graph = graph, .diags = diags};
    had_symbols_init(&l.tag_texts, &scratch);
    const had_objects *organizations = had_spec_kind(spec, "organization");
    if (organizations->count) {
        l.organization = organizations->items[0];
        l.management = had_get_object(l.organization, "management");
    }
    uint32_t errors = diags->errors;
    for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        kinds[i](&l);
    lower_moved(&l);
    had_arena_free(&scratch);
    if (diags->errors == errors)
        had_graph_finish(graph, diags);
    return graph;
}
