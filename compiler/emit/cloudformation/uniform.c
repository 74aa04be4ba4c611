#include "emit/cloudformation/uniform.h"

#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/lookup.h"
#include "emit/digest.h"
#include "graph/rtype.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_MAX = 51200,   /* a template inside the set */
    MEMBERS_MAX = 1000, /* each is some lines of the outer template */
};

/* ---- which accounts ---- */

void had_uniform_refuse(struct had_steps *steps, const struct had_node *node, had_str message)
{
    struct had_diag *d =
        had_report(steps->diags, &HAD0808, node ? node->origin->span : (struct had_span){0},
                   HAD_FMT, HAD_ARG(message));
    if (node)
        had_diag_address(d, node->address);
    had_diag_help(d, "make the accounts of the unit the same, best by one module, or build without "
                     "`--stack-set`");
}

static const struct had_node *parent_of(const struct had_node *account)
{
    const struct had_prop *parents = had_node_get(account, "ParentIds");
    const struct had_prop *first = parents && parents->tag == HAD_PROP_LIST && parents->items.count
                                       ? parents->items.items[0]
                                       : NULL;
    return first && first->tag == HAD_PROP_READ ? first->read.node : NULL;
}

/* `organization acme/ou workloads` is the unit `workloads`. */
static bool is_unit(const struct had_node *node, had_str name)
{
    if (!node || !had_str_is(node->type_name, "AWS::Organizations::OrganizationalUnit"))
        return false;
    had_str object = node->object;
    for (int64_t slash; (slash = had_str_find(object, '/')) >= 0;)
        object = had_str_slice(object, (uint32_t)slash + 1, object.len);
    return had_str_starts(object, "ou ") && had_str_eq(had_str_slice(object, 3, object.len), name);
}

struct had_units *had_units_find(struct had_steps *steps)
{
    had_str name = steps->options->stack_set;
    if (!name.len)
        return NULL;
    struct had_arena *arena = steps->arena;
    struct had_units *units = had_new(arena, struct had_units);
    had_array(had_str) ids = {0};
    had_each(struct had_node *, at, &steps->graph->nodes) {
        const struct had_node *node = *at;
        if (had_str_is(node->type_name, "AWS::Organizations::Organization")) {
            units->account = node->context->account;
            units->account_id = node->context->account_id;
            units->deploy_role = node->context->deploy_role;
            units->partition =
                node->context->partition.len ? node->context->partition : HAD_STR("aws");
        }
        if (!had_str_is(node->type_name, "AWS::Organizations::Account") ||
            !is_unit(parent_of(node), name))
            continue;
        had_str id = had_node_known(node, HAD_STR("AccountId"));
        units->unit = parent_of(node);
        if (id.len)
            *had_push(arena, &ids) = id;
    }
    had_each(struct had_context *, context, &steps->graph->contexts)
        had_each(had_str, id, &ids)
            if (had_str_eq((*context)->account_id, *id) && (*context)->actor == HAD_ACTOR_DEPLOY)
                had_map_put(arena, &units->by_context, (uintptr_t)*context, 1);
    if (units->by_context.count && units->account.len)
        return units;
    had_uniform_refuse(steps, units->unit,
                       had_str_printf(arena,
                                      units->unit ? "no account of ou `" HAD_FMT
                                                    "` has a known id and a network"
                                                  : "there is no ou `" HAD_FMT "` with accounts",
                                      HAD_ARG(name)));
    return NULL;
}

bool had_units_hold(const struct had_units *units, const struct had_node *node)
{
    return units && node->layer == HAD_LAYER_NETWORK && node->type &&
           node->type->tier == HAD_TIER_NATIVE && node->class == HAD_RESOURCE &&
           had_map_get(&units->by_context, (uintptr_t)node->context);
}

/* ---- the same but for names ---- */

/* An account's nodes with the names of its own spokes taken out, so that members compare. */
struct plain {
    const struct had_node *node;
    had_str object, key, address;
};

struct comparing {
    struct had_steps *steps;
    struct had_uniform *set;
    struct plain **plain;      /* by member, then position */
    uint32_t count;            /* positions */
    struct had_map *positions; /* by member: node id → position + 1 */
    struct had_map made;       /* vectors of values that are a parameter already */
    bool refused;
};

static had_str root_of(had_str object)
{
    int64_t slash = had_str_find(object, '/');
    return slash < 0 ? object : had_str_slice(object, 0, (uint32_t)slash);
}

typedef had_array(had_str) roots_list;

static int text_cmp(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

static had_str without_name(struct had_arena *arena, const roots_list *roots, had_str text)
{
    for (uint32_t i = 0; i < roots->count; i++) {
        had_str root = roots->items[i];
        if (text.len < root.len || memcmp(text.ptr, root.ptr, root.len) != 0 ||
            (text.len > root.len && text.ptr[root.len] != '/'))
            continue;
        int64_t space = had_str_find(root, ' ');
        had_str kind = space < 0 ? root : had_str_slice(root, 0, (uint32_t)space);
        had_str rest = had_str_slice(text, root.len, text.len);
        return roots->count > 1
                   ? had_str_printf(arena, HAD_FMT " %u" HAD_FMT, HAD_ARG(kind), i + 1,
                                    HAD_ARG(rest))
                   : had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(kind), HAD_ARG(rest));
    }
    return text;
}

static int plain_cmp(const void *a, const void *b)
{
    return had_str_cmp(((const struct plain *)a)->address, ((const struct plain *)b)->address);
}

static struct plain *plain_of(struct had_arena *arena, const struct had_member *member)
{
    roots_list roots = {0};
    had_each(const struct had_node *, at, &member->nodes)
        if (had_str_is((*at)->type_name, "AWS::EC2::VPC"))
            *had_push(arena, &roots) = root_of((*at)->object);
    if (roots.count > 1)
        qsort(roots.items, roots.count, sizeof *roots.items, text_cmp);
    struct plain *list = had_new_n(arena, struct plain, member->nodes.count + 1);
    for (uint32_t i = 0; i < member->nodes.count; i++) {
        const struct had_node *node = member->nodes.items[i];
        list[i].node = node;
        list[i].object = without_name(arena, &roots, node->object);
        list[i].key = without_name(arena, &roots, node->key);
        list[i].address =
            had_node_address(arena, list[i].object, had_str_cstr(arena, node->role), list[i].key);
    }
    if (member->nodes.count > 1)
        qsort(list, member->nodes.count, sizeof *list, plain_cmp);
    return list;
}

static void differ(struct comparing *c, const struct had_node *one, const struct had_node *two)
{
    if (!c->refused)
        had_uniform_refuse(
            c->steps, one,
            had_str_printf(c->steps->arena,
                           "`" HAD_FMT "` and `" HAD_FMT
                           "` differ in more than texts, and one stack set is to make both",
                           HAD_ARG(one->address), HAD_ARG(two->address)));
    c->refused = true;
}

static void lack(struct comparing *c, const struct had_node *node, had_str account)
{
    if (!c->refused)
        had_uniform_refuse(c->steps, node,
                           had_str_printf(c->steps->arena,
                                          "`" HAD_FMT "` has no counterpart in account `" HAD_FMT
                                          "`, and one stack set is to make the networks of both",
                                          HAD_ARG(node->address), HAD_ARG(account)));
    c->refused = true;
}

/* ---- values ---- */

/* The parameter for these values, one for each member. */
static had_str varying(struct comparing *c, had_str *values, had_str hint)
{
    struct had_arena *arena = c->steps->arena;
    had_each(const struct had_varying, at, &c->set->varying) {
        bool same = true;
        for (uint32_t m = 0; m < c->set->members.count && same; m++)
            same = had_str_eq(at->values[m], values[m]);
        if (same)
            return at->name;
    }
    had_str name = had_cut(hint, 200);
    for (uint32_t n = 2;; n++) {
        bool taken = false;
        had_each(const struct had_varying, at, &c->set->varying)
            taken = taken || had_str_eq(at->name, name);
        if (!taken)
            break;
        name = had_str_printf(arena, HAD_FMT "%u", HAD_ARG(had_cut(hint, 200)), n);
    }
    *had_push(arena, &c->set->varying) = (struct had_varying){name, values};
    return name;
}

static had_str leaf(struct had_arena *arena, const struct had_prop *prop)
{
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return prop->text;
    case HAD_PROP_INT:
        return had_str_printf(arena, "%lld", (long long)prop->number);
    case HAD_PROP_BOOL:
        return prop->boolean ? HAD_STR("true") : HAD_STR("false");
    case HAD_PROP_LIST:
    case HAD_PROP_MAP:
    case HAD_PROP_READ:
    case HAD_PROP_SECRET:
    case HAD_PROP_FORMAT:
    case HAD_PROP_STAGED:
        break;
    }
    return (had_str){0};
}

static struct had_prop *prop_copy(struct had_arena *arena, const struct had_prop *prop)
{
    struct had_prop *copy = had_new(arena, struct had_prop);
    *copy = *prop;
    return copy;
}

/* The members' values as one: reads of each member's own nodes, parameters where texts differ. */
static struct had_prop *unite(struct comparing *c, const struct had_prop *const *props,
                              uint32_t position, had_str path)
{
    struct had_arena *arena = c->steps->arena;
    uint32_t members = c->set->members.count;
    const struct had_prop *first = props[0];
    struct had_prop *out = prop_copy(arena, first);
    const struct had_prop **inner = had_new_n(arena, const struct had_prop *, members);
    uint32_t bad = 0;
    for (uint32_t m = 1; m < members && !bad; m++)
        if (!props[m] || props[m]->tag != first->tag)
            bad = m;
    switch (bad ? HAD_PROP_STAGED : first->tag) {
    case HAD_PROP_TEXT:
    case HAD_PROP_INT:
    case HAD_PROP_BOOL: {
        had_str *values = had_new_n(arena, had_str, members);
        bool same = true;
        for (uint32_t m = 0; m < members; m++) {
            values[m] = leaf(arena, props[m]);
            same = same && had_str_eq(values[m], values[0]);
        }
        if (same)
            return out;
        out->tag = HAD_PROP_READ;
        out->read.node = c->set->varies;
        had_str name =
            had_str_printf(arena, HAD_FMT HAD_FMT,
                           HAD_ARG(had_logical_id(arena, c->set->inner->nodes.items[position])),
                           HAD_ARG(had_pascal(arena, path)));
        out->read.attribute = had_str_cstr(arena, varying(c, values, name));
        return out;
    }
    case HAD_PROP_LIST:
    case HAD_PROP_FORMAT:
        for (uint32_t m = 1; m < members && !bad; m++)
            if (props[m]->items.count != first->items.count)
                bad = m;
        if (bad)
            break;
        out->items.items = NULL;
        out->items.count = out->items.room = 0;
        for (uint32_t i = 0; i < first->items.count; i++) {
            for (uint32_t m = 0; m < members; m++)
                inner[m] = props[m]->items.items[i];
            *had_push(arena, &out->items) = unite(
                c, inner, position, had_str_printf(arena, HAD_FMT ".%u", HAD_ARG(path), i + 1));
        }
        return out;
    case HAD_PROP_MAP:
        for (uint32_t m = 1; m < members && !bad; m++)
            if (props[m]->entries.count != first->entries.count)
                bad = m;
        if (bad)
            break;
        out->entries.items = NULL;
        out->entries.count = out->entries.room = 0;
        for (uint32_t i = 0; i < first->entries.count; i++) {
            had_str key = first->entries.items[i].key;
            for (uint32_t m = 0; m < members; m++) {
                if (!had_str_eq(props[m]->entries.items[i].key, key) && !bad)
                    bad = m;
                inner[m] = props[m]->entries.items[i].value;
            }
            if (bad)
                break;
            *had_push(arena, &out->entries) = (struct had_prop_entry){
                key,
                unite(c, inner, position,
                      had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(path), HAD_ARG(key)))};
        }
        if (bad)
            break;
        return out;
    case HAD_PROP_READ: {
        const uint64_t *own = had_map_get(&c->positions[0], first->read.node->id);
        for (uint32_t m = 1; m < members && !bad; m++) {
            const struct had_node *node = props[m]->read.node;
            const uint64_t *other = had_map_get(&c->positions[m], node->id);
            if (!had_str_eq(had_str_c(props[m]->read.attribute),
                            had_str_c(first->read.attribute)) ||
                (own != NULL) != (other != NULL) || (own && *own != *other) ||
                (!own && node != first->read.node))
                bad = m;
        }
        if (bad)
            break;
        if (own)
            out->read.node = c->set->inner->nodes.items[*own - 1];
        return out;
    }
    case HAD_PROP_SECRET:
        for (uint32_t m = 1; m < members && !bad; m++)
            if (!had_str_eq(props[m]->secret->name, first->secret->name) ||
                !had_str_eq(props[m]->secret->account_id, first->secret->account_id) ||
                !had_str_eq(props[m]->secret->json_key, first->secret->json_key))
                bad = m;
        if (bad)
            break;
        return out;
    case HAD_PROP_STAGED: /* changes while the foundation is built: no set follows that */
        break;
    }
    differ(c, c->plain[0][position].node, c->plain[bad][position].node);
    return out;
}

static void unite_node(struct comparing *c, uint32_t position)
{
    struct had_arena *arena = c->steps->arena;
    uint32_t members = c->set->members.count;
    const struct had_node *first = c->plain[0][position].node;
    struct had_node *copy = (struct had_node *)(uintptr_t)c->set->inner->nodes.items[position];
    const struct had_prop **props = had_new_n(arena, const struct had_prop *, members);
    for (uint32_t m = 0; m < members; m++)
        if (c->plain[m][position].node->props.count != first->props.count) {
            differ(c, first, c->plain[m][position].node);
            return;
        }
    for (uint32_t i = 0; i < first->props.count && !c->refused; i++) {
        had_str key = first->props.items[i].key;
        for (uint32_t m = 0; m < members; m++) {
            props[m] = had_node_get(c->plain[m][position].node, had_str_cstr(arena, key));
            if (!props[m]) {
                differ(c, first, c->plain[m][position].node);
                return;
            }
        }
        *had_push(arena, &copy->props) =
            (struct had_prop_entry){key, unite(c, props, position, key)};
    }
}

/* ---- the set ---- */

static int member_cmp(const void *a, const void *b)
{
    return had_str_cmp(((const struct had_member *)a)->account,
                       ((const struct had_member *)b)->account);
}

static void find_members(struct had_steps *steps, struct had_uniform *set,
                         const struct had_stack *stack)
{
    struct had_map by_context = {0};
    had_each(const struct had_node *, at, &stack->nodes) {
        const struct had_context *context = (*at)->context;
        const uint64_t *found = had_map_get(&by_context, (uintptr_t)context);
        if (!found) {
            had_map_put(steps->arena, &by_context, (uintptr_t)context, set->members.count);
            struct had_member *member = had_push(steps->arena, &set->members);
            member->account = context->account;
            member->account_id = context->account_id;
        }
        uint32_t index = (uint32_t)*had_map_get(&by_context, (uintptr_t)context);
        *had_push(steps->arena, &set->members.items[index].nodes) = *at;
    }
    if (set->members.count > 1)
        qsort(set->members.items, set->members.count, sizeof *set->members.items, member_cmp);
}

static bool positions_fit(struct comparing *c)
{
    struct had_arena *arena = c->steps->arena;
    uint32_t members = c->set->members.count;
    for (uint32_t m = 0; m < members; m++) {
        const struct had_member *member = &c->set->members.items[m];
        c->plain[m] = plain_of(arena, member);
        for (uint32_t i = 0; i < member->nodes.count; i++) {
            const struct plain *mine = &c->plain[m][i];
            const struct plain *first = i < c->count ? &c->plain[0][i] : NULL;
            had_map_put(arena, &c->positions[m], mine->node->id, i + 1u);
            c->set->members.items[m].nodes.items[i] = mine->node;
            if (mine->node->protect != HAD_PROTECT_NONE || mine->node->revisions > 1) {
                c->refused = true;
                had_uniform_refuse(c->steps, mine->node,
                                   had_str_printf(arena,
                                                  "`" HAD_FMT "` %s, and a stack set makes it",
                                                  HAD_ARG(mine->node->address),
                                                  mine->node->revisions > 1
                                                      ? "changes while the foundation is built"
                                                      : "is protected"));
                return false;
            }
            if (first && first->node->type == mine->node->type &&
                had_str_eq(first->object, mine->object) &&
                had_str_eq(first->node->role, mine->node->role))
                continue;
            if (first && plain_cmp(first, mine) < 0)
                lack(c, first->node, member->account);
            else
                lack(c, mine->node, c->set->members.items[0].account);
            return false;
        }
        if (member->nodes.count < c->count) {
            lack(c, c->plain[0][member->nodes.count].node, member->account);
            return false;
        }
    }
    return true;
}

/* Copies of the first member's nodes, with names that hold for all. */
static void copy_nodes(struct comparing *c)
{
    struct had_arena *arena = c->steps->arena;
    struct had_symbols numbers;
    struct had_map counts = {0};
    had_symbols_init(&numbers, arena);
    for (uint32_t i = 0; i < c->count; i++) {
        const struct plain *first = &c->plain[0][i];
        struct had_node *copy = had_new(arena, struct had_node);
        *copy = *first->node;
        copy->object = first->object;
        copy->key = first->key;
        copy->props.items = NULL;
        copy->props.count = copy->props.room = 0;
        copy->description = (had_str){0};
        struct had_origin *origin = had_new(arena, struct had_origin);
        *origin = *first->node->origin;
        origin->derivation = (had_str){0};
        copy->origin = origin;
        bool same = true;
        for (uint32_t m = 1; m < c->set->members.count; m++)
            same = same && had_str_eq(c->plain[m][i].key, first->key);
        if (!same) { /* a range of its own: numbered among its like */
            had_sym like = had_intern(
                &numbers, had_node_address(arena, first->object,
                                           had_str_cstr(arena, first->node->role), (had_str){0}));
            const uint64_t *count = had_map_get(&counts, like);
            uint64_t number = count ? *count + 1 : 1;
            had_map_put(arena, &counts, like, number);
            copy->key = had_str_printf(arena, "own %u", (unsigned)number);
        }
        copy->address =
            had_node_address(arena, copy->object, had_str_cstr(arena, copy->role), copy->key);
        *had_push(arena, &c->set->inner->nodes) = copy;
    }
}

/* Reads from outside become commands: the id of a stack of the set is made up by CloudFormation. */
static void check_readers(struct comparing *c)
{
    for (uint32_t m = 0; m < c->set->members.count; m++)
        had_each(const struct had_node *, at, &c->set->members.items[m].nodes)
            had_each(struct had_edge *, edge, &(*at)->needed_by)
                if ((*edge)->kind == HAD_READS && !c->refused &&
                    !had_map_get(&c->positions[m], (*edge)->from->id) &&
                    !had_lookup_exact(*at, had_str_c((*edge)->attribute))) {
                    c->refused = true;
                    had_uniform_refuse(
                        c->steps, *at,
                        had_str_printf(c->steps->arena,
                                       "no command finds " HAD_FMT " of `" HAD_FMT
                                       "`, which another stack needs, in a stack set",
                                       HAD_ARG(had_str_c((*edge)->attribute)),
                                       HAD_ARG((*at)->address)));
                }
}

void had_uniform_make(struct had_steps *steps, const struct had_units *units,
                      struct had_stack *stack, had_str region)
{
    struct had_arena *arena = steps->arena;
    struct had_uniform *set = had_new(arena, struct had_uniform);
    struct had_stack *inner = had_new(arena, struct had_stack);
    *inner = *stack;
    inner->nodes.items = NULL;
    inner->nodes.count = inner->nodes.room = 0;
    inner->template = had_new(arena, struct had_template);
    inner->account =
        had_str_printf(arena, "each of ou " HAD_FMT, HAD_ARG(steps->options->stack_set));
    inner->account_id = (had_str){0};
    inner->region = region;
    inner->path = had_str_printf(arena, "cloudformation/" HAD_FMT ".accounts%s", HAD_ARG(stack->id),
                                 steps->options->json ? ".json" : ".yaml");
    inner->policy_path = (had_str){0};
    inner->set = stack->set = set;
    stack->protect = true;
    stack->policy_path = (had_str){0};
    stack->iam = stack->named_iam = false;
    set->unit = units->unit;
    set->inner = inner;
    set->outer = stack;
    set->varies = had_new(arena, struct had_node);
    had_each(const struct had_node *, at, &stack->nodes)
        steps->stack_of[(*at)->id] = inner;
    find_members(steps, set, stack);
    struct comparing c = {.steps = steps, .set = set};
    c.count = set->members.items[0].nodes.count;
    c.plain = had_new_n(arena, struct plain *, set->members.count);
    c.positions = had_new_n(arena, struct had_map, set->members.count);
    if (set->members.count > MEMBERS_MAX)
        had_uniform_refuse(
            steps, units->unit,
            had_str_printf(arena,
                           "ou `" HAD_FMT "` has %u accounts; a stack set takes at most %d here",
                           HAD_ARG(steps->options->stack_set), set->members.count, MEMBERS_MAX));
    if (!positions_fit(&c))
        return;
    copy_nodes(&c);
    for (uint32_t i = 0; i < c.count && !c.refused; i++)
        unite_node(&c, i);
    check_readers(&c);
}

/* ---- the stack with the set ---- */

static struct had_cfn *pair(struct had_arena *arena, had_str key, struct had_cfn *value)
{
    struct had_cfn *map = had_cfn_map(arena);
    had_cfn_put_c(arena, map, "ParameterKey", had_cfn_text(arena, key));
    had_cfn_put_c(arena, map, "ParameterValue", value);
    return map;
}

static const struct had_parameter *unit_parameter(struct had_steps *steps, struct had_stack *stack,
                                                  const struct had_node *unit)
{
    struct had_parameter *parameter = had_new(steps->arena, struct had_parameter);
    parameter->name = had_logical_value(steps->arena, unit, HAD_STR("Id"));
    parameter->node = unit;
    parameter->attribute = HAD_STR("Id");
    parameter->pattern = HAD_STR("^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$");
    parameter->description = had_str_printf(steps->arena, "Id of " HAD_FMT, HAD_ARG(unit->address));
    *had_push(steps->arena, &parameter->bindings) = had_template_bind(steps, unit, HAD_STR("Id"));
    *had_push(steps->arena, &stack->parameters) = parameter;
    return parameter;
}

static struct had_cfn *instances(struct had_steps *steps, const struct had_uniform *set,
                                 struct had_cfn *unit)
{
    struct had_arena *arena = steps->arena;
    struct had_cfn *groups = had_cfn_list(arena);
    for (uint32_t m = 0; m < set->members.count; m++) {
        const struct had_member *member = &set->members.items[m];
        struct had_cfn *group = had_cfn_map(arena), *targets = had_cfn_map(arena);
        struct had_cfn *units = had_cfn_list(arena), *accounts = had_cfn_list(arena);
        struct had_cfn *regions = had_cfn_list(arena), *values = had_cfn_list(arena);
        had_cfn_append(arena, units, unit);
        had_cfn_append(arena, accounts, had_cfn_text(arena, member->account_id));
        had_cfn_put_c(arena, targets, "OrganizationalUnitIds", units);
        had_cfn_put_c(arena, targets, "Accounts", accounts);
        had_cfn_put_c(arena, targets, "AccountFilterType", had_cfn_c(arena, "INTERSECTION"));
        had_cfn_append(arena, regions, had_cfn_text(arena, set->inner->region));
        had_each(const struct had_varying, at, &set->varying)
            had_cfn_append(arena, values,
                           pair(arena, at->name, had_cfn_text(arena, at->values[m])));
        had_cfn_put_c(arena, group, "DeploymentTargets", targets);
        had_cfn_put_c(arena, group, "Regions", regions);
        if (values->items.count)
            had_cfn_put_c(arena, group, "ParameterOverrides", values);
        had_cfn_append(arena, groups, group);
    }
    return groups;
}

static struct had_cfn *set_properties(struct had_steps *steps, struct had_stack *stack,
                                      struct had_cfn *unit)
{
    struct had_arena *arena = steps->arena;
    const struct had_uniform *set = stack->set;
    struct had_cfn *properties = had_cfn_map(arena), *off = had_cfn_map(arena);
    had_cfn_put_c(arena, properties, "StackSetName", had_cfn_text(arena, stack->stack_name));
    had_cfn_put_c(
        arena, properties, "Description",
        had_cfn_text(arena, had_str_printf(arena, "Networks of the accounts of ou " HAD_FMT,
                                           HAD_ARG(steps->options->stack_set))));
    had_cfn_put_c(arena, properties, "PermissionModel", had_cfn_c(arena, "SERVICE_MANAGED"));
    /* Each account has a range of its own, so none is made without being named. */
    had_cfn_put_c(arena, off, "Enabled", had_cfn_bool(arena, false));
    had_cfn_put_c(arena, properties, "AutoDeployment", off);
    struct had_cfn *managed = had_cfn_map(arena), *preferences = had_cfn_map(arena);
    had_cfn_put_c(arena, managed, "Active", had_cfn_bool(arena, true));
    had_cfn_put_c(arena, properties, "ManagedExecution", managed);
    had_cfn_put_c(arena, preferences, "FailureToleranceCount", had_cfn_int(arena, 0));
    had_cfn_put_c(arena, preferences, "MaxConcurrentPercentage", had_cfn_int(arena, 10));
    had_cfn_put_c(arena, properties, "OperationPreferences", preferences);
    if (set->inner->iam) {
        struct had_cfn *capabilities = had_cfn_list(arena);
        had_cfn_append(
            arena, capabilities,
            had_cfn_c(arena, set->inner->named_iam ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"));
        had_cfn_put_c(arena, properties, "Capabilities", capabilities);
    }
    struct had_cfn *values = had_cfn_list(arena);
    had_each(struct had_parameter *, at, &set->inner->parameters) {
        const struct had_parameter *parameter = *at;
        if (parameter->node == set->varies)
            continue;
        const struct had_binding *binding = &parameter->bindings.items[0];
        if (binding->kind == HAD_BIND_VALUE) {
            had_cfn_append(arena, values,
                           pair(arena, parameter->name, had_cfn_text(arena, binding->text)));
            continue;
        }
        *had_push(arena, &stack->parameters) = *at;
        had_cfn_append(
            arena, values,
            pair(arena, parameter->name, had_cfn_new(arena, HAD_CFN_REF, parameter->name)));
    }
    if (values->items.count)
        had_cfn_put_c(arena, properties, "Parameters", values);
    had_cfn_put_c(arena, properties, "StackInstancesGroup", instances(steps, set, unit));
    struct had_cfn *body = had_cfn_text(arena, set->inner->text);
    body->block = true;
    had_cfn_put_c(arena, properties, "TemplateBody", body);
    return properties;
}

had_str had_uniform_fallback(const struct had_uniform *set, had_str name)
{
    bool number = true, address = true, range = true;
    had_each(const struct had_varying, at, &set->varying) {
        if (!had_str_eq(at->name, name))
            continue;
        for (uint32_t m = 0; m < set->members.count; m++) {
            had_str value = at->values[m];
            uint32_t digits = 0, dots = 0, slashes = 0;
            for (uint32_t i = 0; i < value.len; i++) {
                digits += value.ptr[i] >= '0' && value.ptr[i] <= '9';
                dots += value.ptr[i] == '.';
                slashes += value.ptr[i] == '/';
            }
            number = number && value.len && digits == value.len;
            address = address && dots == 3 && digits + dots == value.len;
            range = range && dots == 3 && slashes == 1 && digits + dots + 1 == value.len;
        }
    }
    return number    ? HAD_STR("0")
           : address ? HAD_STR("192.0.2.1") /* RFC 5737 */
           : range   ? HAD_STR("192.0.2.0/24")
                     : HAD_STR("-");
}

static int parameter_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_parameter *const *)a)->name,
                       (*(struct had_parameter *const *)b)->name);
}

void had_uniform_finish(struct had_steps *steps, struct had_stack *stack)
{
    struct had_arena *arena = steps->arena;
    const struct had_uniform *set = stack->set;
    if (set->inner->text.len > BODY_MAX)
        had_uniform_refuse(steps, set->unit,
                           had_str_printf(arena,
                                          "the template of the accounts of ou `" HAD_FMT
                                          "` would have %u bytes; a stack set holds at most %d",
                                          HAD_ARG(steps->options->stack_set), set->inner->text.len,
                                          BODY_MAX));
    struct had_cfn *unit;
    had_str known = had_node_known(set->unit, HAD_STR("Id"));
    if (known.len)
        unit = had_cfn_text(arena, known);
    else
        unit = had_cfn_new(arena, HAD_CFN_REF, unit_parameter(steps, stack, set->unit)->name);
    struct had_cfn *properties = set_properties(steps, stack, unit);
    if (stack->parameters.count > 1)
        qsort(stack->parameters.items, stack->parameters.count, sizeof *stack->parameters.items,
              parameter_cmp);
    struct had_cfn *root = had_cfn_map(arena), *parameters = had_cfn_map(arena);
    had_cfn_put_c(arena, root, "AWSTemplateFormatVersion", had_cfn_c(arena, "2010-09-09"));
    had_cfn_put_c(
        arena, root, "Description",
        had_cfn_text(arena,
                     had_str_printf(arena,
                                    "stack set: networks of the accounts of ou " HAD_FMT
                                    ", " HAD_FMT " (spec " HAD_FMT ")",
                                    HAD_ARG(steps->options->stack_set), HAD_ARG(set->inner->region),
                                    HAD_ARG(steps->graph->spec))));
    had_each(struct had_parameter *, at, &stack->parameters) {
        struct had_cfn *body = had_cfn_map(arena);
        had_cfn_put_c(arena, body, "Type",
                      had_cfn_c(arena, (*at)->list ? "CommaDelimitedList" : "String"));
        had_cfn_put_c(arena, body, "Description", had_cfn_text(arena, (*at)->description));
        if ((*at)->pattern.len)
            had_cfn_put_c(arena, body, "AllowedPattern", had_cfn_text(arena, (*at)->pattern));
        had_cfn_add(arena, parameters, (*at)->name, body);
    }
    if (parameters->entries.count)
        had_cfn_put_c(arena, root, "Parameters", parameters)->gap = true;
    struct had_cfn *resources = had_cfn_map(arena), *body = had_cfn_map(arena);
    had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, "AWS::CloudFormation::StackSet"));
    had_cfn_put_c(arena, body, "DeletionPolicy", had_cfn_c(arena, "Retain"));
    had_cfn_put_c(arena, body, "UpdateReplacePolicy", had_cfn_c(arena, "Retain"));
    had_cfn_put_c(arena, body, "Properties", properties);
    had_cfn_put_c(arena, resources, "Networks", body);
    had_cfn_put_c(arena, root, "Resources", resources)->gap = true;
    stack->template->root = root;
    struct had_buffer out = {0};
    if (steps->options->json)
        had_cfn_json(&out, root);
    else
        had_cfn_yaml(&out, root);
    stack->text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    stack->digest = had_digest(arena, stack->text);
    stack->bytes = stack->text.len;
    had_template_limits(steps, stack, stack->text);
}
