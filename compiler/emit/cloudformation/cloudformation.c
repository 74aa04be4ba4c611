#include "emit/cloudformation/template.h"

#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/uniform.h"

/* had_steps_write has written them, one by one, before the others asked for their digests. */
static void emit(const struct had_emit_input *input, struct had_output *output)
{
    (void)input;
    (void)output;
}

/* ---- what must not be written, told before anything is ---- */

struct looking {
    struct had_emit_input input;
    const struct had_node *node;
    const struct had_prop *prop; /* with a place: itself, or what it stands in */
    bool systems_manager;        /* which replaces `{{…}}` in what it is given */
};

static void refuse_text(const struct looking *l, had_str text, const char *who)
{
    const struct had_node *node = l->node;
    struct had_diag *d =
        had_report(l->input.diags, &HAD0807, l->prop ? l->prop->span : node->origin->span,
                   "%s would act on `" HAD_FMT "` in `" HAD_FMT "`", who,
                   HAD_ARG(had_cut(text, 80)), HAD_ARG(node->address));
    had_diag_address(d, node->address);
    had_diag_help(d,
                  "leave it out; secrets are named with `secret(…)` where the language takes one");
}

static bool holds_braces(had_str text)
{
    for (uint32_t i = 1; i < text.len; i++)
        if (text.ptr[i] == '{' && text.ptr[i - 1] == '{')
            return true;
    return false;
}

/* True after a finding. */
static bool look_at_text(const struct looking *l, had_str text)
{
    bool resolved = had_template_is_resolved(text);
    bool replaced = l->systems_manager && holds_braces(text);
    if (resolved || replaced)
        refuse_text(l, text, resolved ? "CloudFormation" : "Systems Manager");
    return resolved || replaced;
}

/* A sign may stand in pieces; what is read only later stands between them as one that is none. */
static bool look_at_format(const struct looking *l, const struct had_prop *format)
{
    struct had_buffer text = {0};
    had_each(struct had_prop *, item, &format->items) {
        if ((*item)->tag == HAD_PROP_TEXT)
            had_buffer_str(&text, (*item)->text);
        else
            had_buffer_c(&text, "?");
    }
    bool found = look_at_text(l, had_buffer_view(&text));
    had_buffer_free(&text);
    return found;
}

/* True after a finding: one for each property is enough. */
static bool look_at(const struct looking *l, const struct had_prop *prop)
{
    struct looking here = *l;
    if (had_span_known(prop->span))
        here.prop = prop;
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return look_at_text(&here, prop->text);
    case HAD_PROP_FORMAT:
        return look_at_format(&here, prop);
    case HAD_PROP_LIST:
        had_each(struct had_prop *, item, &prop->items)
            if (look_at(&here, *item))
                return true;
        return false;
    case HAD_PROP_MAP:
        had_each(const struct had_prop_entry, entry, &prop->entries) {
            if (had_template_is_function(entry->key)) {
                refuse_text(&here, entry->key, "CloudFormation");
                return true;
            }
            if (look_at(&here, entry->value))
                return true;
        }
        return false;
    case HAD_PROP_STAGED:
        had_each(const struct had_stage, stage, &prop->stages)
            if (stage->value && look_at(&here, stage->value))
                return true;
        return false;
    case HAD_PROP_INT:
    case HAD_PROP_BOOL:
    case HAD_PROP_READ:
    case HAD_PROP_SECRET:
        return false;
    }
    return false;
}

static void refuse(struct had_arena *arena, const struct had_emit_input *input)
{
    (void)arena;
    had_each(struct had_node *, at, &input->graph->nodes) {
        const struct had_node *node = *at;
        if (node->phase > input->options->phase || !had_str_starts(node->type_name, "AWS::"))
            continue;
        struct looking l = {
            .input = *input,
            .node = node,
            .systems_manager = had_str_is(node->type_name, "AWS::SSM::Association"),
        };
        had_each(const struct had_prop_entry, entry, &node->props)
            (void)look_at(&l, entry->value);
        had_each(const struct had_known, known, &node->known)
            if (had_template_is_resolved(known->text))
                refuse_text(&l, known->text, "CloudFormation");
    }
}

const struct had_backend had_backend_cloudformation = {
    .name = "cloudformation",
    .doc = "CloudFormation templates, one for each stack",
    .by_default = true,
    .refuse = refuse,
    .emit = emit,
};
