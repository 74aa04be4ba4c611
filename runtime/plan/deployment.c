/* What plan and execution share: who acts where, what is known of each node. */
#include "plan/plan.h"

#include "aws/retry.h"

#include <stdlib.h>
#include <string.h>

const struct had_aws_role *had_deployment_role(const struct had_deployment *d, had_str account_id)
{
    const uint64_t *found = had_map_get(&d->roles, had_symbol_find(&d->account_ids, account_id));
    return found ? (const struct had_aws_role *)(uintptr_t)*found : NULL;
}

static const struct had_aws_role *role_of(void *context, had_str account_id)
{
    return had_deployment_role(context, account_id);
}

static void role_add(struct had_deployment *d, had_str account_id, had_str arn)
{
    if (account_id.len == 0 || had_deployment_role(d, account_id))
        return;
    struct had_aws_role *role = had_new(d->arena, struct had_aws_role);
    role->arn = arn;
    role->session_name = HAD_STR("had");
    had_map_put(d->arena, &d->roles, had_intern(&d->account_ids, account_id), (uintptr_t)role);
}

static void role_of_context(struct had_deployment *d, const struct had_context *context,
                            had_str account_id)
{
    if (context->deploy_role.len)
        role_add(d, account_id,
                 had_str_printf(d->arena, "arn:" HAD_FMT ":iam::" HAD_FMT ":role/" HAD_FMT,
                                HAD_ARG(context->partition), HAD_ARG(account_id),
                                HAD_ARG(context->deploy_role)));
}

static void engines(struct had_deployment *d)
{
    const struct had_state *state = d->state;
    json_t *all =
        json_loadb(state->engines.ptr ? state->engines.ptr : "", state->engines.len, 0, NULL);
    for (int layer = 0; layer < HAD_LAYER_COUNT; layer++) {
        const char *engine =
            json_string_value(json_object_get(all, had_layer_name((enum had_layer)layer)));
        d->by_stacks[layer] = engine && strcmp(engine, "cloudformation") == 0;
    }
    json_decref(all);
}

void had_deployment_prepare(struct had_deployment *d)
{
    d->name = had_str_printf(d->arena, HAD_FMT ":%.8s", HAD_ARG(d->state->spec),
                             d->state->lineage.ptr ? d->state->lineage.ptr : "");
    had_symbols_init(&d->account_ids, d->arena);
    engines(d);
    d->partition = HAD_STR("aws");
    if (d->graph) {
        had_each(struct had_context *, context, &d->graph->contexts) {
            role_of_context(d, *context, (*context)->account_id);
            if ((*context)->partition.len)
                d->partition = (*context)->partition;
            if ((*context)->actor == HAD_ACTOR_MANAGEMENT)
                d->management_id = (*context)->account_id;
        }
    }
    had_each(struct had_record *, record, &d->state->records)
        if ((*record)->role.len)
            role_add(d, (*record)->account_id, (*record)->role);
}

void had_deployment_release(struct had_deployment *d)
{
    for (uint32_t i = 0; i < d->looked.count; i++) {
        struct had_look *look = (struct had_look *)(uintptr_t)d->looked.entries[i].value;
        json_decref(look->live);
        json_decref(look->attributes);
    }
    d->looked = (struct had_map){0};
}

static had_str digest_of(void *context, struct had_arena *arena, had_str text)
{
    const struct had_deployment *d = context;
    return had_state_digest(d->state, arena, text);
}

static int64_t now_of(void *context)
{
    const struct had_deployment *d = context;
    return d->world->cloud.now(d->world->cloud.context);
}

static int64_t wall_of(void *context)
{
    const struct had_deployment *d = context;
    return d->world->cloud.wall(d->world->cloud.context);
}

static double chance_of(void *context)
{
    const struct had_deployment *d = context;
    unsigned char bytes[3];
    d->world->random(d->world->context, bytes, sizeof bytes);
    return (bytes[0] | bytes[1] << 8 | bytes[2] << 16) / 16777216.0;
}

struct had_op_input had_deployment_input(struct had_deployment *d, const struct had_driver *driver,
                                         enum had_action action, struct had_record *record)
{
    return (struct had_op_input){
        .driver = driver,
        .action = action,
        .record = record,
        .arena = d->state->arena,
        .deployment = d->name,
        .partition = d->partition,
        .management_id = d->management_id,
        .role = role_of,
        .digest = digest_of,
        .context = d,
        .now = now_of,
        .wall = wall_of,
        .chance = chance_of,
    };
}

struct had_look *had_deployment_look(struct had_deployment *d, const struct had_node *node)
{
    const uint64_t *found = had_map_get(&d->looked, node->id);
    if (found)
        return (struct had_look *)(uintptr_t)*found;
    struct had_look *look = had_new(d->arena, struct had_look);
    had_map_put(d->arena, &d->looked, node->id, (uintptr_t)look);
    return look;
}

json_t *had_deployment_known(const struct had_node *node)
{
    json_t *out = NULL;
    char key[256];
    had_each(struct had_known, known, &node->known) {
        if (!out)
            out = json_object();
        snprintf(key, sizeof key, HAD_FMT, HAD_ARG(known->attribute));
        json_object_set_new(out, key, json_stringn(known->text.ptr, known->text.len));
    }
    if (node->class != HAD_FACT || !node->type)
        return out;
    /* a fact's attributes are what the spec says of it */
    for (uint32_t i = 0; i < node->type->attr_count; i++) {
        const struct had_prop *prop = had_node_get(node, node->type->attrs[i].name);
        if (!prop || prop->tag != HAD_PROP_TEXT)
            continue;
        if (!out)
            out = json_object();
        json_object_set_new(out, node->type->attrs[i].name,
                            json_stringn(prop->text.ptr, prop->text.len));
    }
    return out;
}

/* What others may read of a node at this moment; nothing while it is to be made. */
static const json_t *attributes_of(void *context, const struct had_node *node)
{
    return had_deployment_look(context, node)->attributes;
}

json_t *had_deployment_desired(struct had_deployment *d, const struct had_node *node,
                               uint32_t revision)
{
    struct had_resolver resolver = {.attributes = attributes_of, .context = d};
    json_t *desired = had_desired(&resolver, node, revision);
    if (d->content)
        d->content(d->content_context, node, desired);
    return desired;
}

json_t *had_deployment_value(struct had_deployment *d, const struct had_node *node,
                             had_str attribute)
{
    struct had_resolver resolver = {.attributes = attributes_of, .context = d};
    return had_desired_read(&resolver, node, attribute);
}

static const char *edge_kind(enum had_edge_kind kind)
{
    static const char *const names[] = {"reads", "needs", "sees", "after", "outlives"};
    return names[kind];
}

/* The account's id: stated, or told by AWS when it was made. */
static had_str account_id_of(struct had_deployment *d, const struct had_context *context)
{
    if (context->account_id.len || context->account.len == 0 || !d->graph)
        return context->account_id;
    had_str address =
        had_str_printf(d->arena, "account " HAD_FMT ":account", HAD_ARG(context->account));
    const struct had_node *node = had_graph_find(d->graph, address);
    const json_t *attributes = node ? attributes_of(d, node) : NULL;
    const char *id = json_string_value(json_object_get(attributes, "AccountId"));
    had_str told = had_str_dup(d->arena, had_str_c(id));
    role_of_context(d, context, told);
    return told;
}

bool had_deployment_reaches(struct had_deployment *d, const struct had_node *node)
{
    const struct had_context *context = node->context;
    return context->account.len == 0 || account_id_of(d, context).len > 0;
}

void had_deployment_fill(struct had_deployment *d, const struct had_node *node,
                         struct had_record *record)
{
    struct had_arena *arena = d->state->arena;
    const struct had_context *context = node->context;
    had_str account_id = account_id_of(d, context);
    const struct had_aws_role *role = had_deployment_role(d, account_id);
    record->account = had_str_dup(arena, context->account);
    record->account_id = had_str_dup(arena, account_id);
    record->region = had_str_dup(arena, context->region);
    record->role = role ? had_str_dup(arena, role->arn) : (had_str){0};
    record->layer = had_str_c(had_layer_name(node->layer));
    record->phase = had_str_c(had_phase_name(node->phase));
    record->lifecycle = node->lifecycle == HAD_EXISTING           ? HAD_RECORD_EXISTING
                        : node->lifecycle == HAD_ADOPTED          ? HAD_RECORD_ADOPTED
                        : node->class == HAD_LOOKUP               ? HAD_RECORD_EXISTING
                        : record->lifecycle == HAD_RECORD_ADOPTED ? HAD_RECORD_ADOPTED
                                                                  : HAD_RECORD_MANAGED;
    record->protect = (enum had_record_protect)node->protect;
    record->needs.count = 0;
    had_str last = {0};
    had_each(struct had_edge *, edge, &node->needs) {
        if (had_str_eq((*edge)->to->address, last))
            continue;
        last = (*edge)->to->address;
        *had_push(arena, &record->needs) =
            (struct had_record_edge){had_str_dup(arena, last), had_str_c(edge_kind((*edge)->kind))};
    }
}
