/* From the graph to groups of machines with resources. */
#include "emit/dsc/model.h"

#include "emit/dsc/quote.h"
#include "emit/dsc/script.h"

#include <stdarg.h>
#include <stdlib.h>

struct had_diag *had_dsc_report(struct had_dsc_model *model, const struct had_dsc_item *item,
                                const struct had_prop *prop, const struct had_code *code,
                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    had_str message = had_str_vprintf(model->arena, format, args);
    va_end(args);
    struct had_span span = prop && had_span_known(prop->span) ? prop->span
                           : item && item->prop && had_span_known(item->prop->span)
                               ? item->prop->span
                           : item && item->node ? item->node->origin->span
                                                : (struct had_span){0};
    struct had_diag *d = had_report(model->diags, code, span, HAD_FMT, HAD_ARG(message));
    if (item && item->node)
        had_diag_address(d, item->node->address);
    if (code->help)
        had_diag_help(d, "%s", code->help);
    return d;
}

/* ---- groups and machines ---- */

static had_str text_prop(const struct had_node *node, const char *name)
{
    const struct had_prop *prop = had_node_get(node, name);
    return prop && prop->tag == HAD_PROP_TEXT ? prop->text : (had_str){0};
}

static struct had_dsc_group *group_get(struct had_dsc_model *model, had_str forest,
                                       enum had_dsc_role role)
{
    had_each(struct had_dsc_group *, at, &model->groups)
        if (had_str_eq_nocase((*at)->forest, forest) && (*at)->role == role)
            return *at;
    struct had_dsc_group *group = had_new(model->arena, struct had_dsc_group);
    group->forest = forest;
    group->role = role;
    *had_push(model->arena, &model->groups) = group;
    return group;
}

static struct had_dsc_machine *machine_get(struct had_dsc_model *model, struct had_dsc_group *group,
                                           had_str name, const struct had_node *node)
{
    had_each(struct had_dsc_machine *, at, &group->machines)
        if (had_str_eq_nocase((*at)->name, name))
            return *at;
    struct had_dsc_machine *machine = had_new(model->arena, struct had_dsc_machine);
    machine->name = name;
    machine->context = node->context;
    *had_push(model->arena, &group->machines) = machine;
    return machine;
}

/* ---- resources ---- */

/* Keys first, then what is required, the rest as given, credentials last. */
static int setting_rank(const struct had_dsc_setting *setting)
{
    if (setting->property->type == HAD_DSC_CREDENTIAL)
        return 3;
    return setting->property->kind == HAD_DSC_KEY        ? 0
           : setting->property->kind == HAD_DSC_REQUIRED ? 1
                                                         : 2;
}

static void settings_order(struct had_dsc_item *item)
{
    struct had_dsc_setting *settings = item->settings.items;
    for (uint32_t i = 1; i < item->settings.count; i++) { /* few, and mostly in order */
        struct had_dsc_setting setting = settings[i];
        uint32_t at = i;
        for (; at > 0 && setting_rank(&settings[at - 1]) > setting_rank(&setting); at--)
            settings[at] = settings[at - 1];
        settings[at] = setting;
    }
}

static bool settings_make(struct had_dsc_model *model, struct had_dsc_item *item,
                          const struct had_prop *given)
{
    bool good = true;
    for (uint32_t i = 0; i < given->entries.count; i++) {
        const struct had_prop_entry *entry = &given->entries.items[i];
        const struct had_dsc_property *property = had_dsc_property_find(item->resource, entry->key);
        if (!property || property->kind == HAD_DSC_READ || property->never ||
            property->type == HAD_DSC_OTHER) {
            had_dsc_report(model, item, entry->value, &HAD0812,
                           "`" HAD_FMT "` of `%s` cannot be set", HAD_ARG(entry->key),
                           item->resource->name);
            good = false;
            continue;
        }
        struct had_dsc_value *value = had_dsc_value_make(model, item, property, entry->value);
        if (!value) {
            good = false;
            continue;
        }
        *had_push(model->arena, &item->settings) =
            (struct had_dsc_setting){.property = property, .value = value};
    }
    settings_order(item);
    return good;
}

/* One entry of `Resources`; NULL after a finding. */
static struct had_dsc_item *item_make(struct had_dsc_model *model, const struct had_node *node,
                                      const struct had_prop *map, enum had_dsc_role role)
{
    struct had_dsc_item *item = had_new(model->arena, struct had_dsc_item);
    item->node = node;
    item->prop = map;
    const struct had_prop *type = map->tag == HAD_PROP_MAP ? had_prop_at(map, "Type") : NULL;
    const struct had_prop *name = map->tag == HAD_PROP_MAP ? had_prop_at(map, "Name") : NULL;
    item->resource = type && type->tag == HAD_PROP_TEXT ? had_dsc_resource_find(type->text) : NULL;
    if (!item->resource || !name || name->tag != HAD_PROP_TEXT || !name->text.len) {
        had_dsc_report(model, item, type, &HAD0812,
                       "`" HAD_FMT "` is not a known resource with a name",
                       HAD_ARG(type && type->tag == HAD_PROP_TEXT ? type->text : (had_str){0}));
        return NULL;
    }
    item->given = name->text;
    bool good = true;
    const struct had_prop *given = had_prop_at(map, "Properties");
    if (had_str_is(had_str_c(item->resource->name), "Script"))
        good = had_dsc_script_make(model, item, map) && !given;
    else if (given && given->tag == HAD_PROP_MAP)
        good = settings_make(model, item, given);
    const struct had_prop *run_as = had_prop_at(map, "PsDscRunAsCredential");
    if (run_as) {
        item->run_as = had_dsc_value_secret(model, item, run_as, "PsDscRunAsCredential");
        good = good && item->run_as;
    }
    const struct had_prop *waits = had_prop_at(map, "DependsOn");
    for (uint32_t i = 0; waits && waits->tag == HAD_PROP_LIST && i < waits->items.count; i++)
        if (waits->items.items[i]->tag == HAD_PROP_TEXT)
            *had_push(model->arena, &item->waits) = waits->items.items[i]->text;
    if (!good)
        return NULL;
    had_dsc_check_item(model, item, role);
    return item;
}

/* Everything about an item but its name and what it waits for. */
static void item_sign(struct had_buffer *out, const struct had_dsc_item *item)
{
    had_buffer_printf(out, "%s\n%s\n", item->resource->name,
                      item->script ? item->script->name : "");
    had_each(had_str, argument, &item->arguments)
        had_buffer_printf(out, HAD_FMT "\n", HAD_ARG(*argument));
    had_each(struct had_dsc_setting, setting, &item->settings) {
        had_buffer_c(out, setting->property->name);
        had_dsc_value_sign(out, setting->value);
    }
    if (item->run_as)
        had_dsc_value_sign(out, item->run_as);
}

static bool item_equal(const struct had_dsc_item *a, const struct had_dsc_item *b)
{
    struct had_buffer x = {0}, y = {0};
    item_sign(&x, a);
    item_sign(&y, b);
    bool equal = had_str_eq(had_buffer_view(&x), had_buffer_view(&y));
    had_buffer_free(&x);
    had_buffer_free(&y);
    return equal;
}

static had_sym item_symbol(struct had_dsc_model *model, const char *type, had_str name)
{
    had_str key = had_str_printf(model->arena, "[%s]" HAD_FMT, type, HAD_ARG(name));
    return had_intern(&model->symbols, had_str_lower(model->arena, key));
}

/* Adds an item to a machine, or folds it into an equal one of an earlier node. */
static void item_add(struct had_dsc_model *model, struct had_dsc_machine *machine,
                     struct had_dsc_source *source, struct had_dsc_item *item)
{
    had_sym given = item_symbol(model, item->resource->name, item->given);
    const uint64_t *earlier = had_map_get(&machine->by_name, given);
    if (earlier) {
        struct had_dsc_item *other = (struct had_dsc_item *)(uintptr_t)*earlier;
        if (!item_equal(other, item)) {
            struct had_diag *d = had_dsc_report(
                model, item, NULL, &HAD0815,
                "`[%s]" HAD_FMT "` of " HAD_FMT " is described twice and differently",
                item->resource->name, HAD_ARG(item->given), HAD_ARG(machine->name));
            had_diag_label(d, other->prop->span, "the other one");
            return;
        }
        had_each(had_str, wait, &item->waits)
            *had_push(model->arena, &other->waits) = *wait;
        *had_push(model->arena, &source->items) = other;
        return;
    }
    had_map_put(model->arena, &machine->by_name, given, (uintptr_t)item);
    item->position = machine->items.count;
    *had_push(model->arena, &machine->items) = item;
    *had_push(model->arena, &source->items) = item;
}

/* Names as written: plain characters, and unique where two given names became one. */
static void names_give(struct had_dsc_model *model, struct had_dsc_machine *machine)
{
    struct had_map taken = {0};
    had_each(struct had_dsc_item *, at, &machine->items) {
        struct had_dsc_item *item = *at;
        had_str base = had_dsc_instance_name(model->arena, item->given);
        item->name = base;
        for (uint32_t n = 2;
             had_map_get(&taken, item_symbol(model, item->resource->name, item->name)); n++)
            item->name = had_str_printf(model->arena, HAD_FMT "-%u", HAD_ARG(base), n);
        had_map_put(model->arena, &taken, item_symbol(model, item->resource->name, item->name), 1);
    }
}

/* ---- what waits for what ---- */

static void after_add(struct had_dsc_model *model, struct had_dsc_item *item,
                      struct had_dsc_item *other)
{
    had_each(struct had_dsc_item *, at, &item->after)
        if (*at == other)
            return;
    *had_push(model->arena, &item->after) = other;
}

static void waits_resolve(struct had_dsc_model *model, struct had_dsc_machine *machine)
{
    had_each(struct had_dsc_item *, at, &machine->items) {
        struct had_dsc_item *item = *at;
        had_each(had_str, wait, &item->waits) {
            had_sym symbol = had_intern(&model->symbols, had_str_lower(model->arena, *wait));
            const uint64_t *found = had_map_get(&machine->by_name, symbol);
            if (found)
                after_add(model, item, (struct had_dsc_item *)(uintptr_t)*found);
            else
                had_dsc_report(model, item, NULL, &HAD0816,
                               "`[%s]" HAD_FMT "` waits for `" HAD_FMT "`, which " HAD_FMT
                               " does not have",
                               item->resource->name, HAD_ARG(item->name), HAD_ARG(*wait),
                               HAD_ARG(machine->name));
        }
    }
}

static const struct had_dsc_source *source_of(const struct had_dsc_machine *machine,
                                              const struct had_node *node)
{
    had_each(struct had_dsc_source, source, &machine->sources)
        if (source->node == node)
            return source;
    return NULL;
}

typedef had_array(struct had_dsc_item *) items;

enum { IN_SOURCE = 1, IN_FIRST = 2, WAITED_FOR = 4 };

/* Of what is there to wait for, what matters most: a promotion, what is in the directory, anything.
 */
enum weight { NO_WEIGHT, ANY_LAST, IN_DIRECTORY_LAST, PROMOTES };

static enum weight weight_of(const struct had_dsc_item *item)
{
    if (item->resource->milestone)
        return PROMOTES;
    if (item->mark & WAITED_FOR)
        return NO_WEIGHT;
    return item->resource->in_domain || item->script ? IN_DIRECTORY_LAST : ANY_LAST;
}

/* What who waits for `first` waits for; a machine's promotion where `first` has only local things.
 */
static void lasts_find(struct had_dsc_model *model, const struct had_dsc_machine *machine,
                       const struct had_dsc_source *first, items *lasts)
{
    enum weight most = NO_WEIGHT;
    had_each(struct had_dsc_item *, at, &first->items)
        if (!((*at)->mark & IN_SOURCE) && weight_of(*at) > most)
            most = weight_of(*at);
    if (most == ANY_LAST)
        had_each(struct had_dsc_item *, at, &machine->items)
            if ((*at)->resource->milestone && !((*at)->mark & IN_SOURCE))
                *had_push(model->arena, lasts) = *at;
    if (lasts->count)
        return;
    had_each(struct had_dsc_item *, at, &first->items)
        if (most != NO_WEIGHT && !((*at)->mark & IN_SOURCE) && weight_of(*at) == most)
            *had_push(model->arena, lasts) = *at;
}

/*
 * `source` waits for `first`. Where none of its resources says for which of the other's, its first
 * ones wait for the other's last ones that matter.
 */
static void source_wait(struct had_dsc_model *model, const struct had_dsc_machine *machine,
                        const struct had_dsc_source *source, const struct had_dsc_source *first)
{
    had_each(struct had_dsc_item *, at, &machine->items)
        (*at)->mark = 0;
    had_each(struct had_dsc_item *, at, &first->items)
        (*at)->mark |= IN_FIRST;
    had_each(struct had_dsc_item *, at, &source->items)
        (*at)->mark |= IN_SOURCE;
    had_each(struct had_dsc_item *, at, &first->items)
        had_each(struct had_dsc_item *, wait, &(*at)->after)
            (*wait)->mark |= WAITED_FOR;

    had_each(struct had_dsc_item *, at, &source->items)
        had_each(struct had_dsc_item *, wait, &(*at)->after)
            if (((*wait)->mark & IN_FIRST) && !((*at)->mark & IN_FIRST))
                return;
    items lasts = {0};
    lasts_find(model, machine, first, &lasts);
    had_each(struct had_dsc_item *, at, &source->items) {
        bool begins = !((*at)->mark & IN_FIRST);
        had_each(struct had_dsc_item *, wait, &(*at)->after)
            begins = begins && !((*wait)->mark & IN_SOURCE);
        if (!begins)
            continue;
        had_each(struct had_dsc_item *, last, &lasts)
            after_add(model, *at, *last);
    }
}

/* ---- what works only in the domain ---- */

enum { FREE, ASKED, BEFORE, BEHIND, NOT_BEHIND };

/* What makes the machine one of the domain: its promotion, or else its join. */
static bool anchor_is(const struct had_dsc_item *item, bool promoted)
{
    if (promoted)
        return item->resource->milestone;
    if (!item->resource->join)
        return false;
    had_each(struct had_dsc_setting, setting, &item->settings)
        if (had_str_is(had_str_c(setting->property->name), "DomainName"))
            return true;
    return false;
}

struct frame {
    struct had_dsc_item *item;
    uint32_t next;
};
typedef had_array(struct frame) frames;

/* Marks an item, and what it waits for, as BEHIND an anchor or NOT_BEHIND. Circles are told later.
 */
static void behind_mark(struct had_arena *arena, struct had_dsc_item *start, bool promoted)
{
    frames stack = {0};
    *had_push(arena, &stack) = (struct frame){start, 0};
    start->mark = ASKED;
    while (stack.count) {
        struct frame *top = &stack.items[stack.count - 1];
        struct had_dsc_item *item = top->item;
        if (top->next == item->after.count) {
            item->mark = NOT_BEHIND;
            had_each(struct had_dsc_item *, wait, &item->after)
                if ((*wait)->mark == BEHIND || anchor_is(*wait, promoted))
                    item->mark = BEHIND;
            stack.count--;
            continue;
        }
        struct had_dsc_item *wait = item->after.items[top->next++];
        if (wait->mark == FREE) {
            wait->mark = ASKED;
            *had_push(arena, &stack) = (struct frame){wait, 0};
        }
    }
}

/* Everything that the anchors wait for cannot wait for them. */
static void before_mark(struct had_arena *arena, struct had_dsc_machine *machine, bool promoted)
{
    had_array(struct had_dsc_item *) stack = {0};
    had_each(struct had_dsc_item *, at, &machine->items)
        if (anchor_is(*at, promoted))
            *had_push(arena, &stack) = *at;
    while (stack.count) {
        struct had_dsc_item *item = stack.items[--stack.count];
        if (item->mark == BEFORE)
            continue;
        item->mark = BEFORE;
        had_each(struct had_dsc_item *, wait, &item->after)
            *had_push(arena, &stack) = *wait;
    }
}

static void domain_wait(struct had_dsc_model *model, struct had_dsc_machine *machine,
                        const struct had_dsc_source *source)
{
    bool promoted = false;
    had_each(struct had_dsc_item *, at, &machine->items) {
        (*at)->mark = FREE;
        promoted = promoted || (*at)->resource->milestone;
    }
    before_mark(model->arena, machine, promoted);
    had_each(struct had_dsc_item *, at, &source->items) {
        if (!(*at)->resource->in_domain)
            continue;
        if ((*at)->mark == FREE)
            behind_mark(model->arena, *at, promoted);
        if ((*at)->mark != NOT_BEHIND)
            continue;
        had_each(struct had_dsc_item *, anchor, &machine->items)
            if (anchor_is(*anchor, promoted)) {
                after_add(model, *at, *anchor);
                (*at)->mark = BEHIND;
            }
    }
}

static int position_cmp(const void *a, const void *b)
{
    const struct had_dsc_item *x = *(struct had_dsc_item *const *)a;
    const struct had_dsc_item *y = *(struct had_dsc_item *const *)b;
    return x->position < y->position ? -1 : x->position > y->position;
}

static void machine_finish(struct had_dsc_model *model, struct had_dsc_machine *machine)
{
    names_give(model, machine);
    waits_resolve(model, machine);
    had_each(struct had_dsc_source, source, &machine->sources) {
        had_each(struct had_edge *, edge, &source->node->needs) {
            const struct had_dsc_source *first = source_of(machine, (*edge)->to);
            if (first && first != source && (*edge)->kind != HAD_OUTLIVES)
                source_wait(model, machine, source, first);
        }
        domain_wait(model, machine, source);
    }
    had_each(struct had_dsc_item *, at, &machine->items)
        if ((*at)->after.count > 1)
            qsort((*at)->after.items, (*at)->after.count, sizeof *(*at)->after.items, position_cmp);
    had_dsc_check_machine(model, machine);
}

/* ---- all of it ---- */

static void node_add(struct had_dsc_model *model, const struct had_node *node)
{
    struct had_dsc_item place = {.node = node};
    had_str forest = text_prop(node, "Forest"), machine_name = text_prop(node, "Node");
    enum had_dsc_role role;
    if (!had_dsc_is_folder(forest)) {
        had_dsc_report(model, &place, had_node_get(node, "Forest"), &HAD0818,
                       "`" HAD_FMT "` cannot be a folder", HAD_ARG(forest));
        return;
    }
    if (!had_dsc_is_machine(machine_name)) {
        had_dsc_report(model, &place, had_node_get(node, "Node"), &HAD0818,
                       "`" HAD_FMT "` cannot be the name of a computer", HAD_ARG(machine_name));
        return;
    }
    if (!had_dsc_role_find(text_prop(node, "Role"), &role)) {
        had_dsc_report(model, &place, had_node_get(node, "Role"), &HAD0818,
                       "`" HAD_FMT "` is not a role of a machine",
                       HAD_ARG(text_prop(node, "Role")));
        return;
    }
    struct had_dsc_group *group = group_get(model, forest, role);
    struct had_dsc_machine *machine = machine_get(model, group, machine_name, node);
    if (machine->context->machine != node->context->machine) {
        had_dsc_report(model, &place, had_node_get(node, "Node"), &HAD0818,
                       "two machines of `" HAD_FMT "` are called `" HAD_FMT "`", HAD_ARG(forest),
                       HAD_ARG(machine_name));
        return;
    }
    struct had_dsc_source source = {.node = node};
    const struct had_prop *resources = had_node_get(node, "Resources");
    for (uint32_t i = 0; resources && resources->tag == HAD_PROP_LIST && i < resources->items.count;
         i++) {
        struct had_dsc_item *item = item_make(model, node, resources->items.items[i], role);
        if (item)
            item_add(model, machine, &source, item);
    }
    *had_push(model->arena, &machine->sources) = source;
}

static int group_cmp(const void *a, const void *b)
{
    const struct had_dsc_group *x = *(struct had_dsc_group *const *)a;
    const struct had_dsc_group *y = *(struct had_dsc_group *const *)b;
    int order = had_str_cmp(x->forest, y->forest);
    return order ? order : (int)x->role - (int)y->role;
}

static int machine_cmp(const void *a, const void *b)
{
    return had_str_cmp((*(struct had_dsc_machine *const *)a)->name,
                       (*(struct had_dsc_machine *const *)b)->name);
}

struct had_dsc_model *had_dsc_model_build(struct had_arena *arena,
                                          const struct had_emit_input *input)
{
    struct had_dsc_model *model = had_new(arena, struct had_dsc_model);
    model->arena = arena;
    model->graph = input->graph;
    model->options = input->options;
    model->diags = input->diags;
    had_symbols_init(&model->symbols, arena);
    uint32_t errors = input->diags->errors;

    const struct had_pair *pairs;
    uint32_t count = had_graph_order(input->graph, &pairs);
    for (uint32_t i = 0; i < count; i++)
        if (pairs[i].revision == 0 && pairs[i].node->phase <= input->options->phase &&
            had_str_is(had_str_c(pairs[i].node->type->name), "had::DscConfiguration"))
            node_add(model, pairs[i].node);

    if (model->groups.count > 1)
        qsort(model->groups.items, model->groups.count, sizeof *model->groups.items, group_cmp);
    had_each(struct had_dsc_group *, group, &model->groups) {
        if ((*group)->machines.count > 1)
            qsort((*group)->machines.items, (*group)->machines.count,
                  sizeof *(*group)->machines.items, machine_cmp);
        had_each(struct had_dsc_machine *, machine, &(*group)->machines)
            machine_finish(model, *machine);
        had_dsc_check_group(model, *group);
    }
    if (input->diags->errors != errors)
        return NULL;
    had_each(struct had_dsc_group *, group, &model->groups)
        had_dsc_name_group(model, *group);
    return model;
}
