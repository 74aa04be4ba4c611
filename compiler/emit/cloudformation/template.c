#include "emit/cloudformation/template.h"

#include "base/net.h"
#include "emit/cloudformation/glue.h"
#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/lookup.h"
#include "emit/cloudformation/uniform.h"
#include "emit/delivery.h"
#include "emit/digest.h"
#include "graph/rtype.h"

#include <stdlib.h>
#include <string.h>

#define SOURCE_WORD "From "

enum { COMMENT_WIDTH = 96, DESCRIPTION_MAX = 1024, PROPERTIES_INDENT = 6 };

/* What the type table says of a place in a property tree. */
struct shape {
    enum had_rvalue value, item;
    const struct had_rdefinition *definition;
};

struct conversion {
    struct had_steps *steps;
    struct had_arena *arena; /* of the tree, which ends when it is written */
    struct had_stack *stack;
    const struct had_node *node;
    struct had_template_resource *resource;
};

static struct had_cfn *convert(struct conversion *c, const struct had_prop *prop,
                               struct shape shape, had_str path);

static struct shape shape_of(const struct had_rdefinition *definition, had_str name)
{
    const struct had_rprop *prop = definition ? had_rtype_prop(definition, name) : NULL;
    if (!prop)
        return (struct shape){HAD_R_ANY, HAD_R_ANY, NULL};
    return (struct shape){prop->value, prop->item, prop->definition};
}

static struct shape item_of(struct shape list)
{
    if (list.value != HAD_R_LIST && list.value != HAD_R_MAP)
        return (struct shape){list.value == HAD_R_JSON ? HAD_R_JSON : HAD_R_ANY, HAD_R_ANY, NULL};
    return (struct shape){list.item, HAD_R_ANY, list.definition};
}

/* ---- literals ---- */

static bool is_number(had_str text)
{
    uint32_t digits = 0, dots = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= '0' && c <= '9')
            digits++;
        else if (c == '.' && digits)
            dots++;
        else if (c != '-' || i)
            return false;
    }
    return digits && dots <= 1;
}

static struct had_cfn *literal(struct had_arena *arena, had_str text, struct shape shape)
{
    switch (shape.value) {
    case HAD_R_INTEGER:
    case HAD_R_NUMBER:
        if (is_number(text))
            return had_cfn_new(arena, HAD_CFN_NUMBER, text);
        break;
    case HAD_R_BOOLEAN:
        if (had_str_is(text, "true") || had_str_is(text, "false"))
            return had_cfn_bool(arena, had_str_is(text, "true"));
        break;
    case HAD_R_JSON:
    case HAD_R_STRING:
    case HAD_R_OBJECT:
    case HAD_R_LIST:
    case HAD_R_MAP:
    case HAD_R_ANY:
        break;
    }
    return had_cfn_text(arena, text);
}

/* Text of a literal, or of a format without reads; false if it has parts that are not known now. */
static bool literal_text(struct had_arena *arena, const struct had_prop *prop, had_str *text)
{
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        *text = prop->text;
        return true;
    case HAD_PROP_INT:
        *text = had_str_printf(arena, "%lld", (long long)prop->number);
        return true;
    case HAD_PROP_BOOL:
        *text = prop->boolean ? HAD_STR("true") : HAD_STR("false");
        return true;
    case HAD_PROP_FORMAT: {
        struct had_buffer joined = {0};
        bool known = true;
        had_each(struct had_prop *, piece, &prop->items) {
            had_str part;
            known = known && literal_text(arena, *piece, &part);
            if (known)
                had_buffer_str(&joined, part);
        }
        *text = had_str_dup(arena, had_buffer_view(&joined));
        had_buffer_free(&joined);
        return known;
    }
    case HAD_PROP_READ: /* what the spec says of an existing thing */
        *text = had_node_known(prop->read.node, had_str_c(prop->read.attribute));
        return text->len > 0;
    case HAD_PROP_LIST:
    case HAD_PROP_MAP:
    case HAD_PROP_SECRET:
    case HAD_PROP_STAGED:
        break;
    }
    return false;
}

/* ---- reads ---- */

static struct had_stack *stack_of(const struct had_steps *steps, const struct had_node *node)
{
    return steps->stack_of[node->id];
}

static bool is_list_attribute(const struct had_node *node, had_str attribute)
{
    const struct had_rattr *attr = node->type ? had_rtype_attr(node->type, attribute) : NULL;
    return attr && attr->value == HAD_R_LIST;
}

static struct had_cfn *select_from(struct had_arena *arena, uint32_t index, struct had_cfn *list)
{
    struct had_cfn *call = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Select"));
    had_cfn_append(arena, call, had_cfn_int(arena, index));
    had_cfn_append(arena, call, list);
    return call;
}

static struct had_cfn *split_at(struct had_arena *arena, const char *separator,
                                struct had_cfn *text)
{
    struct had_cfn *call = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Split"));
    had_cfn_append(arena, call, had_cfn_c(arena, separator));
    had_cfn_append(arena, call, text);
    return call;
}

/* The value inside the stack that makes the node. Custom resources answer lists as joined text. */
static struct had_cfn *local_value(struct had_arena *arena, const struct had_steps *steps,
                                   const struct had_node *node, had_str attribute)
{
    had_str logical = had_logical_id(arena, node);
    had_str name;
    uint32_t index = 0;
    bool element = had_attribute_split(attribute, &name, &index);
    if (!element && node->type && node->type->ref && had_str_is(name, node->type->ref))
        return had_cfn_new(arena, HAD_CFN_REF, logical);
    const struct had_rpart *part = node->type ? had_rtype_part(node->type, name) : NULL;
    had_str from = part ? had_str_c(part->attribute) : name;
    struct had_cfn *value =
        had_cfn_new(arena, HAD_CFN_GETATT,
                    had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(logical), HAD_ARG(from)));
    if (part) /* the name of an endpoint stands behind its zone: "ZONE:NAME" */
        return select_from(
            arena, part->piece,
            split_at(arena, part->separator, select_from(arena, part->index, value)));
    if (is_list_attribute(node, name) && had_step_is_glue(steps->options, node))
        value = split_at(arena, ",", value);
    return element ? select_from(arena, index, value) : value;
}

/* "From stack had-acme-hub (account network, eu-west-1)": once for all who read its outputs. */
static had_str source_of(struct had_steps *steps, const struct had_node *node)
{
    struct had_stack *stack = stack_of(steps, node);
    if (!stack->source.len)
        stack->source = had_str_printf(
            steps->arena, SOURCE_WORD "stack " HAD_FMT " (account " HAD_FMT ", " HAD_FMT ")",
            HAD_ARG(stack->stack_name), HAD_ARG(stack->account), HAD_ARG(stack->region));
    return stack->source;
}

static void clash(struct had_steps *steps, const struct had_node *node,
                  const struct had_node *other, had_str name)
{
    struct had_diag *d = had_report(steps->diags, &HAD0801, node->origin->span,
                                    "`" HAD_FMT "` and `" HAD_FMT "` would both be named `" HAD_FMT
                                    "` in one template",
                                    HAD_ARG(other->address), HAD_ARG(node->address), HAD_ARG(name));
    had_diag_label(d, other->origin->span, "the other one");
    had_diag_address(d, node->address);
    had_diag_help(d, "give one of the two a name that differs in letters or digits, not only in "
                     "punctuation");
}

/* The Output that gives the value, and its name. */
static had_str export(struct had_steps *steps, struct had_stack *stack, const struct had_node *node,
                      had_str attribute)
{
    struct had_arena *arena = steps->arena;
    struct had_buffer name = {0};
    had_logical_put(&name, node, attribute);
    had_each(struct had_export *, at, &stack->exports)
        if (had_str_eq((*at)->name, had_buffer_view(&name))) {
            had_buffer_free(&name);
            return (*at)->name;
        }
    struct had_export *output = had_new(arena, struct had_export);
    output->name = had_str_dup(arena, had_buffer_view(&name));
    had_buffer_free(&name);
    output->description = had_cut(
        had_str_printf(arena, HAD_FMT " of " HAD_FMT, HAD_ARG(attribute), HAD_ARG(node->address)),
        DESCRIPTION_MAX);
    output->value = local_value(arena, steps, node, attribute);
    if (is_list_attribute(node, attribute)) {
        struct had_cfn *join = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Join"));
        had_cfn_append(arena, join, had_cfn_c(arena, ","));
        had_cfn_append(arena, join, output->value);
        output->value = join;
    }
    *had_push(arena, &stack->exports) = output;
    return output->name;
}

struct had_binding had_template_bind(struct had_steps *steps, const struct had_node *node,
                                     had_str attribute)
{
    struct had_stack *producer = stack_of(steps, node);
    had_str known = had_node_known(node, attribute);
    if (known.len)
        return (struct had_binding){.kind = HAD_BIND_VALUE, .text = known};
    if (producer && !producer->set)
        return (struct had_binding){.kind = HAD_BIND_OUTPUT,
                                    .stack = producer,
                                    .output = export(steps, producer, node, attribute)};
    /* Facts, gates and machines say some of their attributes as properties. */
    const struct had_prop *said = had_node_get(node, had_str_cstr(steps->arena, attribute));
    had_str text;
    if (said && literal_text(steps->arena, said, &text))
        return (struct had_binding){.kind = HAD_BIND_VALUE, .text = text};
    if (said && said->tag == HAD_PROP_READ && said->read.node != node)
        return had_template_bind(steps, said->read.node, had_str_c(said->read.attribute));
    had_lookup_inputs inputs = {0};
    struct had_binding binding = {.kind = HAD_BIND_LOOKUP, .account = node->context->account};
    binding.text = had_lookup_command(steps->arena, node, attribute, steps->graph->home, &inputs);
    binding.region =
        had_str_is(node->context->region, "global") ? steps->graph->home : node->context->region;
    binding.inputs = had_new_n(steps->arena, struct had_bound, inputs.count + 1);
    had_each(const struct had_lookup_input, input, &inputs) {
        struct had_binding *inner = had_new(steps->arena, struct had_binding);
        *inner = had_template_bind(steps, input->value->read.node,
                                   had_str_c(input->value->read.attribute));
        binding.inputs[binding.input_count++] = (struct had_bound){input->name, inner};
    }
    return binding;
}

static struct had_parameter *parameter_find(const struct had_stack *stack, had_str name)
{
    had_each(struct had_parameter *, at, &stack->parameters)
        if (had_str_eq((*at)->name, name))
            return *at;
    return NULL;
}

static struct had_parameter *parameter_new(struct conversion *c, had_str name,
                                           const struct had_node *node, had_str attribute)
{
    struct had_parameter *parameter = had_new(c->steps->arena, struct had_parameter);
    parameter->name = name;
    parameter->node = node;
    parameter->attribute = attribute;
    *had_push(c->steps->arena, &c->stack->parameters) = parameter;
    return parameter;
}

/* The parameter that brings an attribute of a node of another stack, or of an existing one. */
static struct had_parameter *parameter_for(struct conversion *c, const struct had_node *node,
                                           had_str attribute)
{
    struct had_arena *arena = c->steps->arena;
    had_str name = had_logical_value(c->arena, node, attribute);
    struct had_parameter *parameter = parameter_find(c->stack, name);
    if (parameter) {
        if (parameter->node != node || parameter->staged)
            clash(c->steps, node, parameter->node, name);
        return parameter;
    }
    struct had_binding binding = had_template_bind(c->steps, node, attribute);
    bool output = binding.kind == HAD_BIND_OUTPUT; /* its name is the same */
    parameter =
        parameter_new(c, output ? binding.output : had_str_dup(arena, name), node, attribute);
    *had_push(arena, &parameter->bindings) = binding;
    parameter->list = is_list_attribute(node, attribute);
    const char *pattern = parameter->list ? NULL : had_lookup_pattern(node, attribute);
    parameter->pattern = had_str_c(pattern ? pattern : "");
    static const char of[] = " of ";
    uint32_t label_len = attribute.len + (uint32_t)sizeof of - 1 + node->address.len;
    if (output) {
        parameter->group = source_of(c->steps, node);
        had_str source =
            had_str_slice(parameter->group, (uint32_t)sizeof SOURCE_WORD - 1, parameter->group.len);
        parameter->description = had_str_printf(
            arena, HAD_FMT "%s" HAD_FMT ": output " HAD_FMT " of " HAD_FMT, HAD_ARG(attribute), of,
            HAD_ARG(node->address), HAD_ARG(binding.output), HAD_ARG(source));
    } else {
        parameter->group = HAD_STR("Already there");
        parameter->description = had_str_printf(
            arena, HAD_FMT "%s" HAD_FMT "%s", HAD_ARG(attribute), of, HAD_ARG(node->address),
            node->lifecycle == HAD_MANAGED ? "" : ", which is there already");
    }
    parameter->label = had_str_slice(parameter->description, 0, label_len);
    parameter->description = had_cut(parameter->description, DESCRIPTION_MAX);
    return parameter;
}

/* What each account of a stack set has of its own. */
static struct had_cfn *member_value(struct conversion *c, had_str name)
{
    if (!parameter_find(c->stack, name)) {
        struct had_parameter *parameter = parameter_new(c, name, c->stack->set->varies, name);
        parameter->label = name;
        parameter->optional = true; /* the set gives it for each account */
        parameter->fallback = had_uniform_fallback(c->stack->set, name);
        parameter->group = HAD_STR("Of each account");
        parameter->description = HAD_STR("Of each account; the stack set overrides it");
    }
    return had_cfn_new(c->steps->arena, HAD_CFN_REF, name);
}

/*
 * Fn::GetStackOutput instead of a parameter: CloudFormation reads the output itself, in another
 * account with a role there (Template Reference, "Fn::GetStackOutput"). NULL where it does not do:
 * lists, since Split takes no such function; custom resources, whose roles are narrowed by
 * parameters; a producer whose account's id is not known yet.
 */
static struct had_cfn *output_of(struct conversion *c, const struct had_node *node,
                                 had_str attribute)
{
    struct had_arena *arena = c->steps->arena;
    struct had_stack *producer = stack_of(c->steps, node);
    if (!c->steps->options->cross_output || !producer || producer->set || c->stack->set ||
        c->stack->glue || is_list_attribute(node, attribute) || !producer->account_id.len)
        return NULL;
    struct had_binding binding = had_template_bind(c->steps, node, attribute);
    struct had_cfn *arguments = had_cfn_map(arena), *call = had_cfn_map(arena);
    had_cfn_put_c(arena, arguments, "StackName", had_cfn_text(arena, producer->stack_name));
    had_cfn_put_c(arena, arguments, "OutputName", had_cfn_text(arena, binding.output));
    if (!had_str_eq(producer->region, c->stack->region))
        had_cfn_put_c(arena, arguments, "Region", had_cfn_text(arena, producer->region));
    if (!had_str_eq(producer->account, c->stack->account))
        had_cfn_put_c(
            arena, arguments, "RoleArn",
            had_cfn_text(arena,
                         had_str_printf(arena, "arn:" HAD_FMT ":iam::" HAD_FMT ":role/" HAD_FMT,
                                        HAD_ARG(producer->partition), HAD_ARG(producer->account_id),
                                        HAD_ARG(had_role_name(arena, producer->deploy_role,
                                                              HAD_ROLE_OUTPUTS)))));
    had_cfn_put_c(arena, call, "Fn::GetStackOutput", arguments);
    call->dynamic = true;
    bool known = false;
    had_each(const struct had_stack *, at, &c->stack->reads)
        known = known || *at == producer;
    if (!known)
        *had_push(arena, &c->stack->reads) = producer;
    return call;
}

static struct had_cfn *convert_read(struct conversion *c, const struct had_prop *prop,
                                    struct shape shape)
{
    const struct had_node *node = prop->read.node;
    had_str known = had_node_known(node, had_str_c(prop->read.attribute));
    if (c->stack->set && node == c->stack->set->varies)
        return member_value(c, had_str_c(prop->read.attribute));
    if (known.len)
        return literal(c->arena, known, shape);
    if (stack_of(c->steps, node) == c->stack) {
        *had_push(c->steps->arena, &c->resource->refers) = node->id;
        return local_value(c->arena, c->steps, node, had_str_c(prop->read.attribute));
    }
    if (!stack_of(c->steps, node)) {
        struct had_binding said =
            had_template_bind(c->steps, node, had_str_c(prop->read.attribute));
        if (said.kind == HAD_BIND_VALUE)
            return literal(c->arena, said.text, shape);
    }
    struct had_cfn *output = output_of(c, node, had_str_c(prop->read.attribute));
    if (output)
        return output;
    struct had_parameter *parameter = parameter_for(c, node, had_str_c(prop->read.attribute));
    return had_cfn_new(c->arena, HAD_CFN_REF, parameter->name);
}

/* ---- secrets ---- */

static bool is_secret_name(had_str name)
{
    for (uint32_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              strchr("/_+=.@-:!", c)))
            return false;
    }
    return name.len > 0;
}

/* Name of a secret of the stack's own account and Region, else its ARN. */
static had_str secret_id(const struct conversion *c, const struct had_prop *prop)
{
    had_str name = prop->secret->name, account = prop->secret->account_id,
            region = prop->secret->region;
    bool foreign = (account.len && !had_str_eq(account, c->stack->account_id)) ||
                   (region.len && !had_str_eq(region, c->stack->region));
    if (!foreign || had_str_starts(name, "arn:"))
        return name;
    return had_str_printf(
        c->arena, "arn:" HAD_FMT ":secretsmanager:" HAD_FMT ":" HAD_FMT ":secret:" HAD_FMT,
        HAD_ARG(c->stack->partition), HAD_ARG(region.len ? region : c->stack->region),
        HAD_ARG(account.len ? account : c->stack->account_id), HAD_ARG(name));
}

static struct had_cfn *convert_secret(struct conversion *c, const struct had_prop *prop)
{
    struct had_arena *arena = c->arena;
    had_str id = secret_id(c, prop);
    if (!is_secret_name(id)) {
        struct had_diag *d = had_report(c->steps->diags, &HAD0804, prop->span,
                                        "`" HAD_FMT "` cannot be named in a template", HAD_ARG(id));
        had_diag_help(d, "names of secrets hold letters, digits and /_+=.@-");
    }
    if (had_step_is_glue(c->steps->options, c->node)) {
        /* The function reads it; the properties of a custom resource are visible to all. */
        struct had_cfn *map = had_cfn_map(arena);
        had_cfn_put_c(arena, map, "Secret", had_cfn_text(arena, id));
        if (prop->secret->json_key.len)
            had_cfn_put_c(arena, map, "Key", had_cfn_text(arena, prop->secret->json_key));
        return map;
    }
    if (!prop->secret->json_key.len)
        return had_cfn_text(arena, id);
    /* Constant text: a version in it would replace a directory. */
    struct had_cfn *value = had_cfn_text(
        arena,
        had_str_printf(arena, "{{resolve:secretsmanager:" HAD_FMT ":SecretString:" HAD_FMT "}}",
                       HAD_ARG(id), HAD_ARG(prop->secret->json_key)));
    value->dynamic = true;
    return value;
}

/* ---- formats ---- */

static void add_piece(struct had_arena *arena, struct had_cfn *pieces, struct had_cfn *piece)
{
    uint32_t count = pieces->items.count;
    const struct had_cfn *last = count ? pieces->items.items[count - 1] : NULL;
    if (last && piece->tag == HAD_CFN_TEXT && last->tag == HAD_CFN_TEXT && !piece->dynamic &&
        !last->dynamic) {
        had_str before = pieces->items.items[count - 1]->text;
        pieces->items.items[count - 1] = had_cfn_text(
            arena, had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(before), HAD_ARG(piece->text)));
        return;
    }
    had_cfn_append(arena, pieces, piece);
}

static struct had_cfn *convert_format(struct conversion *c, const struct had_prop *prop,
                                      struct shape shape, had_str path)
{
    struct had_arena *arena = c->arena;
    struct had_cfn *pieces = had_cfn_list(arena);
    struct shape text = {HAD_R_STRING, HAD_R_ANY, NULL};
    bool plain = true; /* every piece can stand inside one Sub */
    had_each(struct had_prop *, at, &prop->items) {
        struct had_cfn *piece = convert(c, *at, text, path);
        if (piece->tag == HAD_CFN_NUMBER)
            piece = had_cfn_text(arena, piece->text);
        /* Scripts are full of `$`: joined, they stay as they were written. */
        if (piece->tag == HAD_CFN_TEXT)
            plain =
                plain && had_str_find(piece->text, '$') < 0 && had_str_find(piece->text, '\n') < 0;
        else
            plain = plain && (piece->tag == HAD_CFN_REF || piece->tag == HAD_CFN_GETATT);
        add_piece(arena, pieces, piece);
    }
    if (!pieces->items.count)
        return had_cfn_c(arena, "");
    if (pieces->items.count == 1) {
        struct had_cfn *only = pieces->items.items[0];
        return only->tag == HAD_CFN_TEXT && !only->dynamic ? literal(arena, only->text, shape)
                                                           : only;
    }
    if (!plain) {
        struct had_cfn *join = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Join"));
        had_cfn_append(arena, join, had_cfn_c(arena, ""));
        had_cfn_append(arena, join, pieces);
        return join;
    }
    struct had_buffer joined = {0};
    had_each(struct had_cfn *, piece, &pieces->items) {
        if ((*piece)->tag == HAD_CFN_TEXT)
            had_buffer_str(&joined, (*piece)->text);
        else
            had_buffer_printf(&joined, "${" HAD_FMT "}", HAD_ARG((*piece)->text));
    }
    struct had_cfn *sub =
        had_cfn_new(arena, HAD_CFN_SUB, had_str_dup(arena, had_buffer_view(&joined)));
    had_buffer_free(&joined);
    return sub;
}

/* ---- staged values ---- */

/*
 * One template serves every revision, so what differs between the choices of a staged value becomes
 * parameters: one for each place where they differ. Where a choice has fewer elements than another,
 * the parameter may be empty and a condition leaves the element out.
 */
struct staging {
    struct conversion *c;
    had_str property;
    uint32_t count; /* choices that this build reaches */
};

static bool same_literal(struct had_arena *arena, const struct had_prop *const *choices,
                         uint32_t count)
{
    had_str first = {0}, text;
    for (uint32_t i = 0; i < count; i++) {
        if (!choices[i] || !literal_text(arena, choices[i], &text))
            return false;
        if (i == 0)
            first = text;
        else if (!had_str_eq(first, text))
            return false;
    }
    return true;
}

static had_str joined_list(struct had_arena *arena, const struct had_prop *list, bool *known)
{
    struct had_buffer out = {0};
    had_each(struct had_prop *, item, &list->items) {
        had_str text;
        if (!literal_text(arena, *item, &text)) {
            *known = false;
            continue;
        }
        if (out.len)
            had_buffer_char(&out, ',');
        had_buffer_str(&out, text);
    }
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

static struct had_binding bind_choice(struct staging *s, const struct had_prop *choice)
{
    struct had_arena *arena = s->c->steps->arena;
    struct had_binding binding = {.kind = HAD_BIND_VALUE};
    if (!choice)
        return binding;
    bool known = true;
    if (choice->tag == HAD_PROP_LIST)
        binding.text = joined_list(arena, choice, &known);
    else
        known = literal_text(arena, choice, &binding.text);
    if (known)
        return binding;
    if (choice->tag == HAD_PROP_READ)
        return had_template_bind(s->c->steps, choice->read.node, had_str_c(choice->read.attribute));
    struct had_diag *d = had_report(s->c->steps->diags, &HAD0803, choice->span,
                                    "`" HAD_FMT "` of `" HAD_FMT
                                    "` changes while the foundation is built, in a way that no "
                                    "parameter can carry",
                                    HAD_ARG(s->property), HAD_ARG(s->c->node->address));
    had_diag_address(d, s->c->node->address);
    had_diag_help(d, "state a fixed value, or a plain address, in each of the choices");
    return binding;
}

static struct had_cfn *given(struct staging *s, had_str parameter, struct had_cfn *yes,
                             struct had_cfn *no)
{
    struct had_arena *arena = s->c->steps->arena;
    struct had_template *template = s->c->stack->template;
    bool there = false;
    had_each(had_str, at, &template->conditions)
        there = there || had_str_eq(*at, parameter);
    if (!there)
        *had_push(arena, &template->conditions) = parameter;
    struct had_cfn *choice = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("If"));
    had_cfn_append(arena, choice,
                   had_cfn_text(arena, had_str_printf(arena, HAD_FMT "Given", HAD_ARG(parameter))));
    had_cfn_append(arena, choice, yes);
    had_cfn_append(arena, choice, no);
    return choice;
}

/*
 * `asked` is the parameter, if any so far, that tells whether the element around is there. A leaf
 * that some choice lacks becomes one.
 */
static struct had_cfn *unify_leaf(struct staging *s, const struct had_prop *const *choices,
                                  struct shape shape, had_str path, bool lacking, had_str *asked)
{
    struct conversion *c = s->c;
    struct had_arena *arena = c->steps->arena;
    const struct had_prop *present[1] = {NULL};
    bool equal = true;
    for (uint32_t i = 0; i < s->count; i++) {
        if (!choices[i])
            continue;
        if (!present[0])
            present[0] = choices[i];
        const struct had_prop *two[2] = {present[0], choices[i]};
        equal = equal && same_literal(arena, two, 2);
    }
    if (equal && present[0] && (!lacking || asked->len))
        return convert(c, present[0], shape, path);

    had_str name = had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(had_logical_id(arena, c->node)),
                                  HAD_ARG(had_pascal(arena, path)));
    struct had_parameter *parameter = parameter_find(c->stack, name);
    if (parameter)
        clash(c->steps, c->node, parameter->node, name);
    parameter = parameter_new(c, name, c->node, s->property);
    parameter->staged = true;
    parameter->optional = lacking;
    parameter->list = shape.value == HAD_R_LIST;
    parameter->label =
        had_str_printf(arena, HAD_FMT " of " HAD_FMT, HAD_ARG(path), HAD_ARG(c->node->address));
    parameter->group = HAD_STR("Changes while the foundation is built");
    parameter->description = had_cut(
        had_str_printf(arena,
                       HAD_FMT " of " HAD_FMT "; the steps of the manifest say which value holds "
                               "when",
                       HAD_ARG(path), HAD_ARG(c->node->address)),
        DESCRIPTION_MAX);
    bool addresses = !parameter->list;
    for (uint32_t i = 0; i < s->count; i++) {
        struct had_binding binding = bind_choice(s, choices[i]);
        struct had_ip ip;
        addresses = addresses && (!choices[i] || binding.kind != HAD_BIND_VALUE ||
                                  (had_ip_parse(binding.text, &ip) && ip.family == 4));
        *had_push(arena, &parameter->bindings) = binding;
    }
    if (addresses)
        parameter->pattern = lacking ? HAD_STR("^([0-9]{1,3}(\\.[0-9]{1,3}){3})?$")
                                     : HAD_STR("^[0-9]{1,3}(\\.[0-9]{1,3}){3}$");
    if (lacking && !asked->len)
        *asked = name;
    struct had_cfn *value = had_cfn_new(arena, HAD_CFN_REF, name);
    const struct had_prop *first = choices[0];
    if (first && first->tag == HAD_PROP_READ && stack_of(c->steps, first->read.node) == c->stack &&
        parameter->bindings.items[0].kind == HAD_BIND_OUTPUT) {
        /* A stack cannot be given its own output before it is there. */
        parameter->optional = true;
        parameter->pattern = (had_str){0};
        parameter->bindings.items[0] = (struct had_binding){.kind = HAD_BIND_VALUE};
        value = given(s, name, value, convert(c, first, shape, path));
    }
    return value;
}

static struct had_cfn *unify(struct staging *s, const struct had_prop *const *choices,
                             struct shape shape, had_str path, bool lacking, had_str *asked)
{
    struct had_arena *arena = s->c->steps->arena;
    bool lists = true, maps = true;
    for (uint32_t i = 0; i < s->count; i++) {
        lists = lists && (!choices[i] || choices[i]->tag == HAD_PROP_LIST);
        maps = maps && (!choices[i] || choices[i]->tag == HAD_PROP_MAP);
    }
    const struct had_prop **inner = had_new_n(arena, const struct had_prop *, s->count);
    if (lists) {
        uint32_t longest = 0;
        for (uint32_t i = 0; i < s->count; i++)
            if (choices[i] && choices[i]->items.count > longest)
                longest = choices[i]->items.count;
        struct had_cfn *list = had_cfn_list(arena);
        for (uint32_t n = 0; n < longest; n++) {
            bool lacks = false;
            for (uint32_t i = 0; i < s->count; i++) {
                inner[i] =
                    choices[i] && n < choices[i]->items.count ? choices[i]->items.items[n] : NULL;
                lacks = lacks || !inner[i];
            }
            had_str here = had_str_printf(arena, HAD_FMT ".%u", HAD_ARG(path), n + 1);
            had_str ask = {0};
            struct had_cfn *item = unify(s, inner, item_of(shape), here, lacks, &ask);
            if (ask.len)
                item =
                    given(s, ask, item, had_cfn_new(arena, HAD_CFN_REF, HAD_STR("AWS::NoValue")));
            had_cfn_append(arena, list, item);
        }
        return list;
    }
    if (maps) {
        struct had_cfn *map = had_cfn_map(arena);
        for (uint32_t from = 0; from < s->count; from++) {
            if (!choices[from])
                continue;
            had_each(const struct had_prop_entry, entry, &choices[from]->entries) {
                if (had_cfn_at(map, had_str_cstr(arena, entry->key)))
                    continue;
                bool everywhere = true;
                for (uint32_t i = 0; i < s->count; i++) {
                    inner[i] = had_prop_at(choices[i], had_str_cstr(arena, entry->key));
                    everywhere = everywhere && (inner[i] || !choices[i]);
                }
                had_str here =
                    had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(path), HAD_ARG(entry->key));
                struct shape sub = shape.value == HAD_R_OBJECT
                                       ? shape_of(shape.definition, entry->key)
                                       : item_of(shape);
                struct had_cfn *value;
                if (everywhere) {
                    value = unify(s, inner, sub, here, lacking, asked);
                } else { /* only this key comes and goes */
                    had_str ask = {0};
                    value = unify(s, inner, sub, here, true, &ask);
                    if (ask.len)
                        value = given(s, ask, value,
                                      had_cfn_new(arena, HAD_CFN_REF, HAD_STR("AWS::NoValue")));
                }
                had_cfn_put(arena, map, entry->key, value);
            }
        }
        return map;
    }
    return unify_leaf(s, choices, shape, path, lacking, asked);
}

static struct had_cfn *convert_staged(struct conversion *c, const struct had_prop *prop,
                                      struct shape shape, had_str path)
{
    uint32_t count = c->steps->revisions_of[c->node->id];
    if (count <= 1)
        return convert(c, had_prop_revision(prop, 0), shape, path);
    path = had_str_dup(c->steps->arena, path); /* parameters keep it */
    struct staging s = {.c = c, .property = path, .count = count};
    const struct had_prop **choices = had_new_n(c->steps->arena, const struct had_prop *, count);
    for (uint32_t i = 0; i < count; i++)
        choices[i] = had_prop_revision(prop, i);
    had_str asked = {0};
    return unify(&s, choices, shape, path, false, &asked);
}

/* ---- properties ---- */

/* The zone of the stack's own Region: `${AWS::Region}a`, as people write it. */
static struct had_cfn *zone_of(const struct conversion *c, const struct had_prop_entry *entry)
{
    had_str region = c->stack->region;
    if (!had_str_is(entry->key, "AvailabilityZone") || entry->value->tag != HAD_PROP_TEXT ||
        entry->value->text.len <= region.len ||
        !had_str_eq(had_str_slice(entry->value->text, 0, region.len), region))
        return NULL;
    had_str rest = had_str_slice(entry->value->text, region.len, entry->value->text.len);
    if (had_str_find(rest, '$') >= 0)
        return NULL;
    return had_cfn_new(c->arena, HAD_CFN_SUB,
                       had_str_printf(c->arena, "${AWS::Region}" HAD_FMT, HAD_ARG(rest)));
}

static struct had_cfn *convert(struct conversion *c, const struct had_prop *prop,
                               struct shape shape, had_str path)
{
    struct had_arena *arena = c->arena;
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return literal(arena, prop->text, shape);
    case HAD_PROP_INT:
        if (shape.value == HAD_R_STRING)
            return had_cfn_text(arena, had_str_printf(arena, "%lld", (long long)prop->number));
        return had_cfn_int(arena, prop->number);
    case HAD_PROP_BOOL:
        if (shape.value == HAD_R_STRING)
            return had_cfn_c(arena, prop->boolean ? "true" : "false");
        return had_cfn_bool(arena, prop->boolean);
    case HAD_PROP_LIST: {
        struct had_cfn *list = had_cfn_list(arena);
        for (uint32_t i = 0; i < prop->items.count; i++)
            had_cfn_append(arena, list,
                           convert(c, prop->items.items[i], item_of(shape),
                                   had_str_printf(arena, HAD_FMT ".%u", HAD_ARG(path), i + 1)));
        return list;
    }
    case HAD_PROP_MAP: {
        struct had_cfn *map = had_cfn_map(arena);
        had_each(const struct had_prop_entry, entry, &prop->entries) {
            struct shape sub = shape.value == HAD_R_OBJECT ? shape_of(shape.definition, entry->key)
                                                           : item_of(shape);
            had_cfn_put(arena, map, entry->key,
                        convert(c, entry->value, sub,
                                had_str_printf(arena, HAD_FMT "." HAD_FMT, HAD_ARG(path),
                                               HAD_ARG(entry->key))));
        }
        return map;
    }
    case HAD_PROP_READ:
        return convert_read(c, prop, shape);
    case HAD_PROP_SECRET:
        return convert_secret(c, prop);
    case HAD_PROP_FORMAT:
        return convert_format(c, prop, shape, path);
    case HAD_PROP_STAGED:
        return convert_staged(c, prop, shape, path);
    }
    return had_cfn_c(arena, "");
}

/* Tags as the type takes them, whichever of the two forms the graph has. */
static struct had_cfn *convert_tags(struct conversion *c, const struct had_prop *prop,
                                    had_str property)
{
    struct had_arena *arena = c->arena;
    struct had_cfn *value =
        convert(c, prop, shape_of(&c->node->type->properties, property), property);
    bool map = c->node->type->tags_map;
    if (map && value->tag == HAD_CFN_LIST) {
        struct had_cfn *out = had_cfn_map(arena);
        had_each(struct had_cfn *, item, &value->items) {
            struct had_cfn *key = had_cfn_at(*item, "Key"), *text = had_cfn_at(*item, "Value");
            if (key && text)
                had_cfn_put(arena, out, key->text, text);
        }
        return out;
    }
    if (!map && value->tag == HAD_CFN_MAP) {
        struct had_cfn *out = had_cfn_list(arena);
        had_each(const struct had_cfn_entry, entry, &value->entries) {
            struct had_cfn *tag = had_cfn_map(arena);
            struct had_cfn *text = entry->value;
            if (text->tag == HAD_CFN_NUMBER)
                text = had_cfn_text(arena, text->text);
            had_cfn_put_c(arena, tag, "Key", had_cfn_text(arena, entry->key));
            had_cfn_put_c(arena, tag, "Value", text);
            had_cfn_append(arena, out, tag);
        }
        return out;
    }
    return value;
}

/* A type whose things have a name of their own needs no tag to tell them apart. */
static bool has_name(const struct had_node *node)
{
    had_each(const struct had_prop_entry, entry, &node->props)
        if (had_str_is(entry->key, "Name") || had_str_ends(entry->key, "Name"))
            return true;
    return false;
}

static void add_name_tag(struct had_arena *arena, const struct had_node *node,
                         struct had_cfn *properties)
{
    const struct had_rtype *type = node->type;
    if (!type->tags || type->tags_replace || has_name(node) ||
        !had_str_starts(had_str_c(type->name), "AWS::"))
        return;
    struct had_cfn *tags = had_cfn_at(properties, type->tags);
    struct had_cfn *name = had_cfn_text(arena, had_node_title(arena, node));
    if (type->tags_map) {
        if (!tags)
            tags = had_cfn_put_c(arena, properties, type->tags, had_cfn_map(arena))->value;
        if (!had_cfn_at(tags, "Name"))
            had_cfn_put_c(arena, tags, "Name", name);
        return;
    }
    if (!tags)
        tags = had_cfn_put_c(arena, properties, type->tags, had_cfn_list(arena))->value;
    had_each(struct had_cfn *, item, &tags->items) {
        const struct had_cfn *key = had_cfn_at(*item, "Key");
        if (key && had_str_is(key->text, "Name"))
            return;
    }
    struct had_cfn *tag = had_cfn_map(arena);
    had_cfn_put_c(arena, tag, "Key", had_cfn_c(arena, "Name"));
    had_cfn_put_c(arena, tag, "Value", name);
    had_cfn_append(arena, tags, tag);
}

/* ---- texts that CloudFormation would act on ---- */

bool had_template_is_resolved(had_str text)
{
    for (int64_t at; (at = had_str_find(text, '{')) >= 0;) {
        text = had_str_slice(text, (uint32_t)at, text.len);
        if (text.len >= 9 && had_str_eq_nocase(had_str_slice(text, 0, 9), HAD_STR("{{resolve")))
            return true;
        text = had_str_slice(text, 1, text.len);
    }
    return false;
}

bool had_template_is_function(had_str key)
{
    return had_str_is(key, "Ref") || had_str_starts(key, "Fn::") || had_template_is_resolved(key);
}

/* The text or key that would act, or an empty one. Texts come from people, and files from pull
 * requests. */
static had_str find_active(const struct had_cfn *value)
{
    if ((value->tag == HAD_CFN_TEXT && !value->dynamic) || value->tag == HAD_CFN_SUB)
        if (had_template_is_resolved(value->text))
            return value->text;
    had_str found = {0};
    if (value->dynamic)
        return found;
    had_each(struct had_cfn *, item, &value->items)
        if (!found.len)
            found = find_active(*item);
    had_each(const struct had_cfn_entry, entry, &value->entries) {
        if (found.len)
            break;
        if (had_template_is_function(entry->key))
            found = entry->key;
        else
            found = find_active(entry->value);
    }
    return found;
}

static void refuse_active(struct had_steps *steps, const struct had_node *node,
                          struct had_span span, had_str active)
{
    if (!active.len)
        return;
    struct had_diag *d =
        had_report(steps->diags, &HAD0807, had_span_known(span) ? span : node->origin->span,
                   "CloudFormation would act on `" HAD_FMT "` in `" HAD_FMT "`",
                   HAD_ARG(had_cut(active, 80)), HAD_ARG(node->address));
    had_diag_address(d, node->address);
    had_diag_help(d,
                  "leave it out; secrets are named with `secret(…)` where the language takes one");
}

/*
 * The ARN of a thing outside, or an image, which the spec states: a parameter that the manifest
 * gives, so that it stands once and not in every resource.
 */
static struct had_cfn *stated_id(struct conversion *c, had_str property, had_str id)
{
    struct had_arena *arena = c->steps->arena;
    had_str name = had_pascal(arena, property);
    struct had_parameter *parameter = parameter_find(c->stack, name);
    if (parameter && !had_str_eq(parameter->bindings.items[0].text, id)) {
        name = had_str_printf(arena, HAD_FMT HAD_FMT, HAD_ARG(had_logical_id(arena, c->node)),
                              HAD_ARG(name));
        parameter = parameter_find(c->stack, name);
    }
    if (!parameter) {
        parameter = parameter_new(c, name, c->node, property);
        *had_push(arena, &parameter->bindings) =
            (struct had_binding){.kind = HAD_BIND_VALUE, .text = id};
        if (had_str_starts(id, "arn:")) /* images have a type of parameter of their own */
            parameter->pattern = HAD_STR("^arn:");
        parameter->label = property;
        parameter->group = HAD_STR("Already there");
        parameter->description =
            had_str_printf(arena, HAD_FMT " that the spec states", HAD_ARG(property));
    }
    return had_cfn_new(arena, HAD_CFN_REF, parameter->name);
}

static bool is_stated_id(const struct had_prop_entry *entry, had_str *id)
{
    const struct had_prop *value = entry->value;
    *id = (had_str){0};
    if (value->tag == HAD_PROP_TEXT)
        *id = value->text;
    else if (value->tag == HAD_PROP_READ)
        *id = had_node_known(value->read.node, had_str_c(value->read.attribute));
    return (had_str_ends(entry->key, "Arn") && had_str_starts(*id, "arn:")) ||
           (had_str_is(entry->key, "ImageId") && had_str_starts(*id, "ami-"));
}

static void convert_node(struct had_steps *steps, struct had_arena *arena, struct had_stack *stack,
                         struct had_template_resource *resource)
{
    const struct had_node *node = resource->node;
    struct conversion c = {steps, arena, stack, node, resource};
    const struct had_prop *tags = NULL;
    const struct had_rtype *type = node->type;
    const struct had_prop_entry *entries = node->props.items;
    uint32_t count = node->props.count;
    if (had_is_delivery(node)) {
        const struct had_prop *form = had_delivery_properties(steps, node);
        type = had_rtype_find(HAD_STR("AWS::SSM::Association"));
        entries = form->entries.items;
        count = form->entries.count;
    }
    resource->properties = had_cfn_map(arena);
    if (had_step_is_glue(steps->options, node)) {
        const struct had_glue_type *glue = had_glue_find(node->type_name);
        if (glue) { /* a test holds that every such type has a row */
            had_str function = had_glue_function(arena, glue);
            had_cfn_put_c(arena, resource->properties, "ServiceToken",
                          had_cfn_new(arena, HAD_CFN_GETATT,
                                      had_str_printf(arena, HAD_FMT ".Arn", HAD_ARG(function))));
            had_cfn_put_c(arena, resource->properties, "ServiceTimeout",
                          had_cfn_int(arena, glue->timeout));
        }
    }
    for (const struct had_prop_entry *entry = entries; count && entry < entries + count; entry++) {
        if (node->type->tags && had_str_is(entry->key, node->type->tags)) {
            tags = entry->value;
            continue;
        }
        had_str key = entry->key;
        if (entry->value->tag == HAD_PROP_SECRET && had_step_is_glue(steps->options, node))
            key = had_str_printf(arena, HAD_FMT "From", HAD_ARG(key)); /* where it is, not what */
        struct had_cfn *zone = zone_of(&c, entry);
        if (zone) {
            had_cfn_put(arena, resource->properties, key, zone);
            continue;
        }
        had_str id;
        if (is_stated_id(entry, &id) && !had_template_is_resolved(id)) {
            had_cfn_put(arena, resource->properties, key, stated_id(&c, entry->key, id));
            continue;
        }
        had_cfn_put(arena, resource->properties, key,
                    convert(&c, entry->value, shape_of(&type->properties, entry->key), entry->key));
    }
    if (tags)
        had_cfn_put_c(arena, resource->properties, node->type->tags,
                      convert_tags(&c, tags, had_str_c(node->type->tags)));
    for (const struct had_prop_entry *entry = entries; count && entry < entries + count; entry++) {
        const struct had_cfn *value =
            had_cfn_at(resource->properties, had_str_cstr(arena, entry->key));
        if (value)
            refuse_active(steps, node, entry->value->span, find_active(value));
    }
    add_name_tag(arena, node, resource->properties);
}

/* ---- order of resources ---- */

/*
 * A reader meets the big things first and what hangs on them after. Fixed, so that a small edit
 * moves nothing; types that are not named stand at the end, by name.
 */
static const char *const type_order[] = {
    "AWS::Organizations::Organization",
    "AWS::Organizations::OrganizationalUnit",
    "AWS::Organizations::Account",
    "AWS::EC2::TransitGateway",
    "AWS::EC2::TransitGatewayRouteTable",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCCidrBlock",
    "AWS::EC2::DHCPOptions",
    "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EC2::FlowLog",
    "AWS::EC2::Subnet",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayPeeringAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::Route",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::NetworkAclEntry",
    "AWS::EC2::SubnetNetworkAclAssociation",
    "AWS::DirectConnect::DirectConnectGateway",
    "AWS::DirectConnect::DirectConnectGatewayAssociation",
    "AWS::DirectConnect::TransitVirtualInterface",
    "AWS::EC2::CustomerGateway",
    "AWS::EC2::VPNConnection",
    "AWS::EC2::VPNConnectionRoute",
    "AWS::EC2::TransitGatewayRouteTableAssociation",
    "AWS::EC2::TransitGatewayRouteTablePropagation",
    "AWS::EC2::TransitGatewayRoute",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::VPCEndpoint",
    "AWS::Route53::HostedZone",
    "AWS::Route53::RecordSet",
    "AWS::Route53Resolver::ResolverEndpoint",
    "AWS::Route53Resolver::ResolverRule",
    "AWS::Route53Resolver::ResolverRuleAssociation",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig",
    "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
    "AWS::SecretsManager::Secret",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::Logs::LogGroup",
    "AWS::Logs::ResourcePolicy",
    "AWS::IAM::Role",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::EC2::Instance",
    "AWS::EC2::Volume",
    "AWS::EC2::VolumeAttachment",
    "AWS::SSM::Parameter",
    "AWS::SSM::Document",
    "AWS::SSM::Association",
    "AWS::SSO::InstanceAccessControlAttributeConfiguration",
    "AWS::SSO::PermissionSet",
    "AWS::SSO::Assignment",
    "AWS::IdentityStore::Group",
    "AWS::IdentityStore::User",
    "AWS::IdentityStore::GroupMembership",
    "AWS::RAM::ResourceShare",
};

static uint32_t type_rank(const struct had_node *node)
{
    had_str type = had_is_delivery(node) ? HAD_STR("AWS::SSM::Association") : node->type_name;
    uint32_t i = 0;
    while (i < sizeof type_order / sizeof *type_order && !had_str_is(type, type_order[i]))
        i++;
    return i;
}

static int resource_cmp(const void *a, const void *b)
{
    const struct had_node *x = ((const struct had_template_resource *)a)->node;
    const struct had_node *y = ((const struct had_template_resource *)b)->node;
    uint32_t rx = ((const struct had_template_resource *)a)->rank,
             ry = ((const struct had_template_resource *)b)->rank;
    if (rx != ry)
        return rx < ry ? -1 : 1;
    int order = had_str_cmp(x->type_name, y->type_name);
    if (order)
        return order;
    return (x->id > y->id) - (x->id < y->id);
}

struct named {
    had_str name;
    const struct had_node *node;
};

static int named_cmp(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = had_str_cmp(x->name, y->name);
    return order ? order : (x->node->id > y->node->id) - (x->node->id < y->node->id);
}

static void too_long(struct had_steps *steps, const struct named *named)
{
    struct had_diag *d =
        had_report(steps->diags, &HAD0802, named->node->origin->span,
                   "a name made of `" HAD_FMT "` would have %u characters in its template; "
                   "CloudFormation takes at most %d",
                   HAD_ARG(named->node->address), named->name.len, (int)HAD_LOGICAL_MAX);
    had_diag_address(d, named->node->address);
    had_diag_help(d, "give the object, or what it stands in, a shorter name");
}

/* Resources and parameters share one space of names. */
static void check_names(struct had_steps *steps, struct had_arena *arena, struct had_stack *stack)
{
    uint32_t count = stack->template->resources.count + stack->parameters.count, n = 0;
    struct named *names = had_new_n(arena, struct named, count + 1);
    had_each(struct had_template_resource, resource, &stack->template->resources)
        names[n++] = (struct named){resource->logical, resource->node};
    had_each(struct had_parameter *, parameter, &stack->parameters)
        names[n++] = (struct named){(*parameter)->name, (*parameter)->node};
    for (uint32_t i = 0; i < n; i++)
        if (names[i].name.len > HAD_LOGICAL_MAX)
            too_long(steps, &names[i]);
    if (n > 1)
        qsort(names, n, sizeof *names, named_cmp);
    for (uint32_t i = 1; i < n; i++)
        if (had_str_eq(names[i].name, names[i - 1].name))
            clash(steps, names[i].node, names[i - 1].node, names[i].name);
}

void had_template_convert(struct had_steps *steps, struct had_stack *stack)
{
    struct had_arena *arena = steps->arena;
    struct had_template *template = stack->template;
    had_array_reserve(arena, &template->resources, stack->nodes.count);
    had_each(const struct had_node *, node, &stack->nodes) {
        struct had_template_resource *resource = had_push(arena, &template->resources);
        resource->node = *node;
        resource->logical = had_logical_id(arena, *node);
        resource->rank = type_rank(*node);
    }
    if (template->resources.count > 1)
        qsort(template->resources.items, template->resources.count,
              sizeof *template->resources.items, resource_cmp);
    struct had_arena scratch = {0};
    for (uint32_t i = 0; i < template->resources.count; i++) {
        struct had_template_resource *resource = &template->resources.items[i];
        if (stack->glue) { /* their policies are read out of the trees */
            convert_node(steps, arena, stack, resource);
            continue;
        }
        convert_node(steps, &scratch, stack, resource);
        resource->written = (uint32_t) template->bodies.len;
        if (resource->properties->entries.count && steps->options->json)
            had_cfn_json_at(&template->bodies, resource->properties, PROPERTIES_INDENT);
        else if (resource->properties->entries.count)
            had_cfn_yaml_at(&template->bodies, resource->properties, PROPERTIES_INDENT);
        resource->length = (uint32_t) template->bodies.len - resource->written;
        resource->properties = NULL;
    }
    had_buffer_trim(&template->bodies);
    check_names(steps, &scratch, stack);
    had_arena_free(&scratch);
}

/* ---- DependsOn ---- */

/*
 * Ref and GetAtt order resources already, and so do longer ways; DependsOn says only what is left.
 * Numbers are places in template->resources.
 */
struct ordering {
    struct had_steps *steps;
    struct had_arena *arena;
    struct had_stack *stack;
    struct had_map places;       /* node id → place */
    had_array(uint32_t) * waits; /* of each place: what the graph says beyond Ref and GetAtt */
    uint32_t *reached;           /* stamps by place */
    uint32_t stamp;
};

static const uint64_t *place_in(const struct ordering *o, const struct had_node *node)
{
    return had_map_get(&o->places, node->id);
}

/* Nodes of this stack that `node` waits for, also over nodes that no template makes. */
static void gather(struct ordering *o, const struct had_node *node, uint32_t place, uint32_t depth)
{
    had_each(struct had_edge *, at, &node->needs) {
        const struct had_edge *edge = *at;
        if (edge->kind == HAD_OUTLIVES || edge->revision > 0)
            continue;
        if (o->steps->seen[edge->to->id] == o->steps->stamp)
            continue;
        o->steps->seen[edge->to->id] = o->steps->stamp;
        const uint64_t *to = place_in(o, edge->to);
        if (to) {
            if (*to != place)
                *had_push(o->arena, &o->waits[place]) = (uint32_t)*to;
        } else if (!o->steps->stack_of[edge->to->id] && depth < 64) {
            gather(o, edge->to, place, depth + 1);
        }
    }
}

struct lane_member {
    had_str lane;
    uint32_t width, position, place;
};

static int lane_cmp(const void *a, const void *b)
{
    const struct lane_member *x = a, *y = b;
    int order = had_str_cmp(x->lane, y->lane);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

/* At most `width` at a time: each waits for the one `width` places before it. */
static void add_lanes(struct ordering *o)
{
    struct had_template *template = o->stack->template;
    struct lane_member *members =
        had_new_n(o->arena, struct lane_member, template->resources.count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < template->resources.count; i++) {
        const struct had_node *node = template->resources.items[i].node;
        if (node->lane.len && node->lane_width)
            members[count++] = (struct lane_member){node->lane, node->lane_width,
                                                    o->steps->position_of[node->id], i};
    }
    if (count > 1)
        qsort(members, count, sizeof *members, lane_cmp);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t width = members[i].width;
        if (i >= width && had_str_eq(members[i - width].lane, members[i].lane))
            *had_push(o->arena, &o->waits[members[i].place]) = members[i - width].place;
    }
}

static void reach(struct ordering *o, uint32_t place);

static void reach_all(struct ordering *o, uint32_t place)
{
    const struct had_template_resource *resource = &o->stack->template->resources.items[place];
    for (uint32_t i = 0; i < resource->refers.count; i++)
        reach(o, (uint32_t)*had_map_get(&o->places, resource->refers.items[i]));
    for (uint32_t i = 0; i < o->waits[place].count; i++)
        reach(o, o->waits[place].items[i]);
}

static void reach(struct ordering *o, uint32_t place)
{
    if (o->reached[place] == o->stamp)
        return;
    o->reached[place] = o->stamp;
    reach_all(o, place);
}

static int place_cmp(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The names that DependsOn of the resource needs, as a text, a list or NULL. */
static struct had_cfn *depends_on(struct ordering *o, uint32_t place)
{
    struct had_arena *arena = o->steps->arena;
    struct had_template *template = o->stack->template;
    const struct had_template_resource *resource = &template->resources.items[place];
    if (!o->waits[place].count)
        return NULL;
    o->stamp++;
    /* Everything two steps away is ordered without us. */
    for (uint32_t i = 0; i < resource->refers.count; i++)
        reach_all(o, (uint32_t)*had_map_get(&o->places, resource->refers.items[i]));
    for (uint32_t i = 0; i < o->waits[place].count; i++)
        reach_all(o, o->waits[place].items[i]);
    for (uint32_t i = 0; i < resource->refers.count; i++)
        o->reached[*had_map_get(&o->places, resource->refers.items[i])] = o->stamp;
    had_array(uint32_t) left = {0};
    for (uint32_t i = 0; i < o->waits[place].count; i++) {
        uint32_t to = o->waits[place].items[i];
        if (o->reached[to] == o->stamp)
            continue;
        o->reached[to] = o->stamp;
        *had_push(arena, &left) = to;
    }
    if (!left.count)
        return NULL;
    qsort(left.items, left.count, sizeof *left.items, place_cmp);
    if (left.count == 1)
        return had_cfn_text(arena, template->resources.items[left.items[0]].logical);
    struct had_cfn *list = had_cfn_list(arena);
    for (uint32_t i = 0; i < left.count; i++)
        had_cfn_append(arena, list,
                       had_cfn_text(arena, template->resources.items[left.items[i]].logical));
    return list;
}

/* ---- the document ---- */

static const char *const layer_says[HAD_LAYER_COUNT] = {
    [HAD_LAYER_NONE] = "",
    [HAD_LAYER_ORGANIZATION] = "organization: trusted access, units and accounts",
    [HAD_LAYER_HUB] = "hub: transit gateway, its route tables and the links to on-premises",
    [HAD_LAYER_ENDPOINT] = "endpoint: the network of the Resolver endpoints",
    [HAD_LAYER_DNS] = "dns: forwarding rules and their shares",
    [HAD_LAYER_NETWORK] = "network: VPCs, subnets, attachments, endpoints and security groups",
    [HAD_LAYER_ROUTING] = "routing: which attachment reaches which route table of the hub",
    [HAD_LAYER_DOMAIN_CONTROLLERS] = "domain-controllers: servers that extend the forest",
    [HAD_LAYER_DIRECTORY] = "directory: the managed directory and who may reach it",
    [HAD_LAYER_TRUST] = "trust: trusts, shares and settings of directories",
    [HAD_LAYER_ACCESS] = "access: permission sets and who has them where",
    [HAD_LAYER_WORKLOAD] = "workload: servers joined to the directory",
};

static had_str wrapped(struct had_arena *arena, had_str text)
{
    struct had_buffer out = {0};
    uint32_t column = 0;
    for (uint32_t i = 0; i < text.len;) {
        uint32_t end = i;
        while (end < text.len && text.ptr[end] != ' ' && text.ptr[end] != '\n')
            end++;
        if (column && column + (end - i) > COMMENT_WIDTH) {
            out.ptr[out.len - 1] = '\n';
            column = 0;
        }
        had_buffer_add(&out, text.ptr + i, end - i);
        column += end - i;
        if (end < text.len) {
            had_buffer_char(&out, text.ptr[end]);
            column = text.ptr[end] == '\n' ? 0 : column + 1;
        }
        i = end + 1;
    }
    had_str result = had_str_trim(had_str_dup(arena, had_buffer_view(&out)));
    had_buffer_free(&out);
    return result;
}

static had_str comment_of(struct had_arena *arena, const struct had_node *node)
{
    struct had_buffer out = {0};
    had_buffer_str(&out, node->address);
    if (node->origin->derivation.len)
        had_buffer_printf(&out, "\nderived from " HAD_FMT, HAD_ARG(node->origin->derivation));
    if (node->description.len)
        had_buffer_printf(&out, "\n" HAD_FMT, HAD_ARG(wrapped(arena, node->description)));
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

static struct had_cfn *place_metadata(struct had_steps *steps, struct had_arena *arena,
                                      const struct had_node *node)
{
    const struct had_sources *sources = steps->options->sources;
    const struct had_source *source = sources && had_span_known(node->origin->span)
                                          ? had_source_of(sources, node->origin->span)
                                          : NULL;
    struct had_cfn *had = had_cfn_map(arena), *metadata = had_cfn_map(arena);
    had_cfn_put_c(arena, had, "Address", had_cfn_text(arena, node->address));
    if (source) {
        struct had_position at =
            had_source_position(sources, node->origin->span.file, node->origin->span.start);
        had_cfn_put_c(arena, had, "Place",
                      had_cfn_text(arena, had_str_printf(arena, HAD_FMT ":%u",
                                                         HAD_ARG(source->path), at.line)));
    }
    had_cfn_put_c(arena, metadata, "Had", had);
    return metadata;
}

static struct had_cfn *resource_body(struct ordering *o, uint32_t place)
{
    struct had_steps *steps = o->steps;
    struct had_arena *arena = o->arena;
    struct had_template_resource *resource = &o->stack->template->resources.items[place];
    const struct had_node *node = resource->node;
    struct had_cfn *body = had_cfn_map(arena);
    had_str type = node->type_name;
    if (had_is_delivery(node))
        type = HAD_STR("AWS::SSM::Association");
    else if (had_str_starts(type, "had::"))
        type =
            had_str_printf(arena, "Custom::Had" HAD_FMT, HAD_ARG(had_str_slice(type, 5, type.len)));
    had_cfn_put_c(arena, body, "Type", had_cfn_text(arena, type));
    resource->depends = depends_on(o, place);
    if (resource->depends)
        had_cfn_put_c(arena, body, "DependsOn", resource->depends);
    if (node->protect != HAD_PROTECT_NONE || node->lifecycle == HAD_ADOPTED) {
        had_cfn_put_c(arena, body, "DeletionPolicy", had_cfn_c(arena, "Retain"));
        had_cfn_put_c(arena, body, "UpdateReplacePolicy", had_cfn_c(arena, "Retain"));
    }
    if (steps->options->places)
        had_cfn_put_c(arena, body, "Metadata", place_metadata(steps, arena, node));
    const struct had_buffer *bodies = &o->stack->template->bodies;
    if (resource->length)
        had_cfn_put_c(arena, body, "Properties",
                      had_cfn_new(arena, HAD_CFN_WRITTEN,
                                  (had_str){bodies->ptr + resource->written, resource->length}));
    else if (resource->properties && resource->properties->entries.count)
        had_cfn_put_c(arena, body, "Properties", resource->properties);
    return body;
}

static int parameter_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_parameter *const *)a)->name,
                       (*(struct had_parameter *const *)b)->name);
}

static int export_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_export *const *)a)->name,
                       (*(struct had_export *const *)b)->name);
}

static int str_cmp(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

/* The console's form: parameters in groups by where they come from, each with a label. */
static struct had_cfn *interface_of(struct had_arena *arena, const struct had_stack *stack)
{
    struct had_cfn *groups = had_cfn_list(arena), *labels = had_cfn_map(arena);
    had_array(had_str) names = {0};
    had_each(struct had_parameter *, at, &stack->parameters) {
        bool there = false;
        had_each(had_str, name, &names)
            there = there || had_str_eq(*name, (*at)->group);
        if (!there)
            *had_push(arena, &names) = (*at)->group;
        struct had_cfn *label = had_cfn_map(arena);
        had_cfn_put_c(arena, label, "default", had_cfn_text(arena, (*at)->label));
        had_cfn_add(arena, labels, (*at)->name, label);
    }
    if (names.count > 1)
        qsort(names.items, names.count, sizeof *names.items, str_cmp);
    had_each(had_str, name, &names) {
        struct had_cfn *group = had_cfn_map(arena), *label = had_cfn_map(arena);
        struct had_cfn *members = had_cfn_list(arena);
        had_cfn_put_c(arena, label, "default", had_cfn_text(arena, *name));
        had_cfn_put_c(arena, group, "Label", label);
        had_each(struct had_parameter *, at, &stack->parameters)
            if (had_str_eq((*at)->group, *name))
                had_cfn_append(arena, members, had_cfn_text(arena, (*at)->name));
        had_cfn_put_c(arena, group, "Parameters", members);
        had_cfn_append(arena, groups, group);
    }
    struct had_cfn *interface = had_cfn_map(arena);
    had_cfn_put_c(arena, interface, "ParameterGroups", groups);
    had_cfn_put_c(arena, interface, "ParameterLabels", labels);
    return interface;
}

/*
 * String, where the service's own parameter types would ask the stack's account for a thing that
 * another account shares with it. Images are public.
 */
static const char *parameter_type(const struct had_parameter *parameter)
{
    if (parameter->list)
        return "CommaDelimitedList";
    return had_str_is(parameter->attribute, "ImageId") ? "AWS::EC2::Image::Id" : "String";
}

static struct had_cfn *parameters_of(struct had_arena *arena, const struct had_stack *stack)
{
    struct had_cfn *map = had_cfn_map(arena);
    had_each(struct had_parameter *, at, &stack->parameters) {
        const struct had_parameter *parameter = *at;
        struct had_cfn *body = had_cfn_map(arena);
        had_cfn_put_c(arena, body, "Type", had_cfn_c(arena, parameter_type(parameter)));
        had_cfn_put_c(arena, body, "Description", had_cfn_text(arena, parameter->description));
        if (parameter->pattern.len && !had_str_is(parameter->attribute, "ImageId"))
            had_cfn_put_c(arena, body, "AllowedPattern", had_cfn_text(arena, parameter->pattern));
        if (parameter->optional)
            had_cfn_put_c(arena, body, "Default", had_cfn_text(arena, parameter->fallback));
        had_cfn_add(arena, map, parameter->name, body);
    }
    return map;
}

static struct had_cfn *conditions_of(struct had_arena *arena, const struct had_template *template)
{
    struct had_cfn *map = had_cfn_map(arena);
    had_each(had_str, parameter, &template->conditions) {
        struct had_cfn *equals = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Equals"));
        had_cfn_append(arena, equals, had_cfn_new(arena, HAD_CFN_REF, *parameter));
        had_cfn_append(arena, equals, had_cfn_c(arena, ""));
        struct had_cfn *not = had_cfn_new(arena, HAD_CFN_CALL, HAD_STR("Not"));
        had_cfn_append(arena, not, equals);
        had_cfn_put(arena, map, had_str_printf(arena, HAD_FMT "Given", HAD_ARG(*parameter)), not );
    }
    return map;
}

static struct had_cfn *outputs_of(struct had_arena *arena, const struct had_stack *stack)
{
    struct had_cfn *map = had_cfn_map(arena);
    had_each(struct had_export *, at, &stack->exports) {
        struct had_cfn *body = had_cfn_map(arena);
        had_cfn_put_c(arena, body, "Description", had_cfn_text(arena, (*at)->description));
        had_cfn_put_c(arena, body, "Value", (*at)->value);
        had_cfn_add(arena, map, (*at)->name, body);
    }
    return map;
}

static void put_section(struct had_arena *arena, struct had_cfn *root, const char *name,
                        struct had_cfn *section)
{
    if (section->entries.count)
        had_cfn_put_c(arena, root, name, section)->gap = true;
}

/* Denies what would lose a protected thing; everything else may be updated. */
static had_str policy_of(struct had_arena *arena, const struct had_stack *stack)
{
    struct had_cfn *resources = had_cfn_list(arena);
    had_each(struct had_template_resource, resource, &stack->template->resources)
        if (resource->node->protect == HAD_PROTECT_ACKNOWLEDGE)
            had_cfn_append(arena, resources,
                           had_cfn_text(arena, had_str_printf(arena, "LogicalResourceId/" HAD_FMT,
                                                              HAD_ARG(resource->logical))));
    if (!resources->items.count)
        return (had_str){0};
    struct had_cfn *allow = had_cfn_map(arena), *deny = had_cfn_map(arena);
    had_cfn_put_c(arena, allow, "Effect", had_cfn_c(arena, "Allow"));
    had_cfn_put_c(arena, allow, "Principal", had_cfn_c(arena, "*"));
    had_cfn_put_c(arena, allow, "Action", had_cfn_c(arena, "Update:*"));
    had_cfn_put_c(arena, allow, "Resource", had_cfn_c(arena, "*"));
    struct had_cfn *actions = had_cfn_list(arena);
    had_cfn_append(arena, actions, had_cfn_c(arena, "Update:Replace"));
    had_cfn_append(arena, actions, had_cfn_c(arena, "Update:Delete"));
    had_cfn_put_c(arena, deny, "Effect", had_cfn_c(arena, "Deny"));
    had_cfn_put_c(arena, deny, "Principal", had_cfn_c(arena, "*"));
    had_cfn_put_c(arena, deny, "Action", actions);
    had_cfn_put_c(arena, deny, "Resource", resources);
    struct had_cfn *statements = had_cfn_list(arena), *root = had_cfn_map(arena);
    had_cfn_append(arena, statements, allow);
    had_cfn_append(arena, statements, deny);
    had_cfn_put_c(arena, root, "Statement", statements);
    struct had_buffer out = {0};
    had_cfn_json(&out, root);
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

static void order_resources(struct ordering *o)
{
    struct had_arena *arena = o->arena;
    struct had_template *template = o->stack->template;
    uint32_t count = template->resources.count;
    o->waits = had_arena_alloc(arena, (count + 1) * sizeof *o->waits);
    o->reached = had_new_n(arena, uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++)
        had_map_put(arena, &o->places, template->resources.items[i].node->id, i);
    for (uint32_t i = 0; i < count; i++) {
        o->steps->stamp++;
        gather(o, template->resources.items[i].node, i, 0);
    }
    add_lanes(o);
}

void had_template_sort(struct had_steps *steps, struct had_stack *stack)
{
    struct had_template *template = stack->template;
    if (stack->parameters.count > 1)
        qsort(stack->parameters.items, stack->parameters.count, sizeof *stack->parameters.items,
              parameter_cmp);
    if (stack->exports.count > 1)
        qsort(stack->exports.items, stack->exports.count, sizeof *stack->exports.items, export_cmp);
    if (template->conditions.count > 1)
        qsort(template->conditions.items, template->conditions.count,
              sizeof *template->conditions.items, str_cmp);

    had_each(struct had_parameter *, at, &stack->parameters)
        had_each(const struct had_binding, binding, &(*at)->bindings)
            if (binding->kind == HAD_BIND_VALUE && had_template_is_resolved(binding->text))
                refuse_active(steps, (*at)->node, (*at)->node->origin->span, binding->text);
}

void had_template_write(struct had_steps *steps, struct had_stack *stack, struct had_buffer *out)
{
    /* Functions of custom resources are put together in the steps' own arena. */
    struct had_arena scratch = {0}, *arena = stack->glue ? steps->arena : &scratch;
    struct had_template *template = stack->template;
    struct had_cfn *root = had_cfn_map(arena);
    had_cfn_put_c(arena, root, "AWSTemplateFormatVersion", had_cfn_c(arena, "2010-09-09"));
    had_str description = had_str_printf(
        arena, "%s%s; account " HAD_FMT ", " HAD_FMT " (spec " HAD_FMT ")",
        layer_says[stack->layer],
        stack->glue       ? ", custom resources"
        : stack->delivery ? ", associations that configure the machines"
                          : "",
        HAD_ARG(stack->account), HAD_ARG(stack->region), HAD_ARG(steps->graph->spec));
    had_cfn_put_c(arena, root, "Description",
                  had_cfn_text(arena, had_cut(description, DESCRIPTION_MAX)));

    struct had_cfn *metadata = had_cfn_map(arena), *had = had_cfn_map(arena);
    had_cfn_put_c(arena, had, "Version", had_cfn_text(arena, steps->options->version));
    had_cfn_put_c(arena, metadata, "Had", had);
    if (stack->parameters.count)
        had_cfn_put_c(arena, metadata, "AWS::CloudFormation::Interface",
                      interface_of(arena, stack));
    put_section(arena, root, "Metadata", metadata);
    put_section(arena, root, "Parameters", parameters_of(arena, stack));
    put_section(arena, root, "Conditions", conditions_of(arena, template));

    struct had_cfn *resources = had_cfn_map(arena);
    if (stack->glue)
        had_glue_put(steps, stack, resources);
    struct ordering order = {.steps = steps, .arena = arena, .stack = stack};
    order_resources(&order);
    for (uint32_t i = 0; i < template->resources.count; i++) {
        struct had_cfn_entry *entry = had_cfn_add(
            arena, resources, template->resources.items[i].logical, resource_body(&order, i));
        entry->gap = resources->entries.count > 1;
        entry->comment = comment_of(arena, template->resources.items[i].node);
    }
    put_section(arena, root, "Resources", resources);
    put_section(arena, root, "Outputs", outputs_of(arena, stack));
    template->root = root;

    if (steps->options->json)
        had_cfn_json(out, root);
    else
        had_cfn_yaml(out, root);
    had_str text = had_buffer_view(out);
    stack->bytes = text.len;
    stack->digest = had_digest(steps->arena, text);
    stack->policy = policy_of(steps->arena, stack);
    had_template_limits(steps, stack, text);
    template->root = NULL;
    had_buffer_free(&template->bodies);
    had_arena_free(&scratch);
}
