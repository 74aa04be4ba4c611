/* ROLE.psd1: the machines of a configuration and what differs between them. Literals only. */
#include "emit/dsc/quote.h"
#include "emit/dsc/write.h"

#include <inttypes.h>

void had_dsc_write_literal(struct had_buffer *out, const struct had_dsc_value *value)
{
    switch (value->tag) {
    case HAD_DSC_TEXT:
        had_dsc_quote(out, value->text);
        break;
    case HAD_DSC_NUMBER:
        had_buffer_printf(out, "%" PRId64, value->number);
        break;
    case HAD_DSC_BOOL:
        had_buffer_c(out, value->number ? "$true" : "$false");
        break;
    case HAD_DSC_LIST:
        had_buffer_c(out, "@(");
        for (uint32_t i = 0; i < value->items.count; i++) {
            had_buffer_c(out, i ? ", " : "");
            had_dsc_write_literal(out, value->items.items[i]);
        }
        had_buffer_char(out, ')');
        break;
    case HAD_DSC_KEPT:
    case HAD_DSC_LATER:
        break; /* parameters, never literals */
    }
}

struct datum {
    had_str key;
    const struct had_dsc_value *value;
};

typedef had_array(struct datum) data;

static bool datum_known(const data *all, had_str key)
{
    had_each(struct datum, datum, all)
        if (had_str_eq(datum->key, key))
            return true;
    return false;
}

static void machine_data(struct had_arena *arena, data *out, const struct had_dsc_entry *entry,
                         const struct had_dsc_machine *machine)
{
    const struct had_dsc_item *first = entry->items.items[0];
    for (uint32_t i = 0; i < entry->machines.count; i++) {
        if (entry->machines.items[i] != machine)
            continue;
        for (uint32_t k = 0; k < first->settings.count; k++) {
            had_str key = first->settings.items[k].node_key;
            if (key.len && !had_str_is(key, "NodeName") && !datum_known(out, key))
                *had_push(arena, out) =
                    (struct datum){key, entry->items.items[i]->settings.items[k].value};
        }
    }
}

static void datum_start(struct had_buffer *out, had_str key, uint32_t width)
{
    had_buffer_printf(out, "            " HAD_FMT, HAD_ARG(key));
    had_buffer_repeat(out, ' ', width - key.len);
    had_buffer_c(out, " = ");
}

static void machine_write(struct had_buffer *out, struct had_arena *arena,
                          const struct had_dsc_group *group, const struct had_dsc_machine *machine)
{
    data all = {0};
    had_each(struct had_dsc_entry *, entry, &group->entries)
        machine_data(arena, &all, *entry, machine);
    had_str node_name = HAD_STR("NodeName");
    uint32_t width = node_name.len;
    had_each(struct datum, datum, &all)
        if (datum->key.len > width)
            width = datum->key.len;
    had_buffer_c(out, "        @{\n");
    datum_start(out, node_name, width);
    had_dsc_quote(out, machine->name);
    had_buffer_char(out, '\n');
    had_each(struct datum, datum, &all) {
        datum_start(out, datum->key, width);
        had_dsc_write_literal(out, datum->value);
        had_buffer_char(out, '\n');
    }
    had_buffer_c(out, "        }\n");
}

void had_dsc_write_psd1(struct had_buffer *out, const struct had_dsc_model *model,
                        const struct had_dsc_group *group)
{
    had_buffer_printf(out, "# Machines of %s.ps1, and what differs between them.\n# ",
                      had_dsc_role_names[group->role]);
    had_dsc_write_maker(out, model);
    had_buffer_c(out, "\n@{\n    AllNodes = @(\n");
    if (had_dsc_group_has_credentials(group))
        had_buffer_c(out, "        @{\n"
                          "            NodeName             = '*'\n"
                          "            PSDscAllowDomainUser = $true\n"
                          "        }\n");
    had_each(struct had_dsc_machine *, machine, &group->machines)
        if ((*machine)->items.count)
            machine_write(out, model->arena, group, *machine);
    had_buffer_c(out, "    )\n}\n");
}
