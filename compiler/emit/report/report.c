#include "emit/report/report.h"

#include "emit/cloudformation/logical.h"

static void add_text(struct had_buffer *out, struct had_arena *arena, const struct had_prop *prop)
{
    prop = had_prop_revision(prop, 0);
    if (!prop)
        return;
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        had_buffer_str(out, prop->text);
        return;
    case HAD_PROP_INT:
        had_buffer_printf(out, "%lld", (long long)prop->number);
        return;
    case HAD_PROP_BOOL:
        had_buffer_c(out, prop->boolean ? "true" : "false");
        return;
    case HAD_PROP_READ: {
        had_str known = had_node_known(prop->read.node, had_str_c(prop->read.attribute));
        if (known.len)
            had_buffer_str(out, known);
        else
            had_buffer_printf(out, "<" HAD_FMT ">",
                              HAD_ARG(had_logical_value(arena, prop->read.node,
                                                        had_str_c(prop->read.attribute))));
        return;
    }
    case HAD_PROP_SECRET:
        had_buffer_printf(out, "secret " HAD_FMT, HAD_ARG(prop->secret->name));
        return;
    case HAD_PROP_FORMAT:
        had_each(struct had_prop *, item, &prop->items)
            add_text(out, arena, *item);
        return;
    case HAD_PROP_LIST:
        had_each(struct had_prop *, item, &prop->items) {
            if (item != prop->items.items)
                had_buffer_c(out, ", ");
            add_text(out, arena, *item);
        }
        return;
    case HAD_PROP_MAP:
        had_each(const struct had_prop_entry, entry, &prop->entries) {
            if (entry != prop->entries.items)
                had_buffer_c(out, ", ");
            had_buffer_printf(out, HAD_FMT " ", HAD_ARG(entry->key));
            add_text(out, arena, entry->value);
        }
        return;
    case HAD_PROP_STAGED:
        return;
    }
}

had_str had_report_text(struct had_arena *arena, const struct had_prop *prop)
{
    struct had_buffer out = {0};
    add_text(&out, arena, prop);
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

had_str had_report_prop(struct had_arena *arena, const struct had_node *node, const char *name)
{
    const struct had_prop *prop = had_node_get(node, name);
    return prop ? had_report_text(arena, prop) : (had_str){0};
}

had_str had_report_dsc_folder(struct had_arena *arena, const struct had_step *step)
{
    return had_str_printf(arena, "dsc/" HAD_FMT, HAD_ARG(step->forest));
}

static void emit(const struct had_emit_input *input, struct had_output *output)
{
    had_manifest_write(input, output);
    had_firewall_write(input, output);
}

const struct had_backend had_backend_report = {
    .name = "report",
    .doc = "manifest of the steps, and the ports for the on-premises firewall",
    .by_default = true,
    .emit = emit,
};
