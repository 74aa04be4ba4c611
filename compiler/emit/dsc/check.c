/* The rules between the properties of one resource, and between the resources of one machine. */
#include "emit/dsc/model.h"

#include "emit/dsc/quote.h"

static const struct had_dsc_setting *setting_find(const struct had_dsc_item *item, const char *name)
{
    had_each(struct had_dsc_setting, setting, &item->settings)
        if (had_str_eq(had_str_c(setting->property->name), had_str_c(name)))
            return setting;
    return NULL;
}

/* The value that the module sees, its default where none is given. */
static bool setting_is(const struct had_dsc_item *item, const char *name, const char *wanted)
{
    const struct had_dsc_setting *setting = setting_find(item, name);
    if (!setting) {
        const struct had_dsc_property *property =
            had_dsc_property_find(item->resource, had_str_c(name));
        return property && property->fallback && had_str_is(had_str_c(property->fallback), wanted);
    }
    if (setting->value->tag == HAD_DSC_BOOL)
        return had_str_is(had_str_c(setting->value->number ? "true" : "false"), wanted);
    return setting->value->tag == HAD_DSC_TEXT && had_str_is(setting->value->text, wanted);
}

static void lack(struct had_dsc_model *model, const struct had_dsc_item *item, const char *property,
                 const char *because)
{
    had_dsc_report(model, item, NULL, &HAD0813, "`%s` of `%s` is missing%s", property,
                   item->resource->name, because);
}

/* Who may promote must not be able to restore, which is to be above everything. */
static void same_secret_check(struct had_dsc_model *model, const struct had_dsc_item *item)
{
    static const char *const restores[] = {"SafemodeAdministratorPassword",
                                           "SafeModeAdministratorPassword"};
    const struct had_dsc_setting *account = setting_find(item, "Credential");
    for (uint32_t i = 0; account && i < sizeof restores / sizeof *restores; i++) {
        const struct had_dsc_setting *restore = setting_find(item, restores[i]);
        if (restore && had_str_eq(restore->value->text, account->value->text) &&
            had_str_eq(restore->value->region, account->value->region))
            had_dsc_report(model, item, restore->value->prop, &HAD0814,
                           "`%s` of `%s` is the secret of the account that promotes",
                           restore->property->name, item->resource->name);
    }
}

void had_dsc_check_item(struct had_dsc_model *model, const struct had_dsc_item *item,
                        enum had_dsc_role role)
{
    const struct had_dsc_resource *resource = item->resource;
    if (!(resource->roles & (1u << role)))
        had_dsc_report(model, item, NULL, &HAD0812, "`%s` has no place in the role `%s`",
                       resource->name, had_dsc_role_names[role]);
    for (uint32_t i = 0; i < resource->property_count && !item->script; i++) {
        const struct had_dsc_property *property = &resource->properties[i];
        if (property->kind <= HAD_DSC_REQUIRED && !setting_find(item, property->name))
            lack(model, item, property->name, "");
    }
    for (const char *const *name = resource->required; name && *name; name++)
        if (!setting_find(item, *name))
            lack(model, item, *name, "; what Windows would choose is not known");
    if ((item->script ? item->script->run_as : resource->run_as) && !item->run_as)
        lack(model, item, "PsDscRunAsCredential", "; the system of a machine may not do this");
    same_secret_check(model, item);
    if (role == HAD_DSC_DIRECTORY_ADMIN &&
        had_str_is(had_str_c(resource->name), "ADReplicationSite") &&
        !setting_is(item, "RenameDefaultFirstSiteName", "true"))
        had_dsc_report(model, item, NULL, &HAD0814,
                       "AWS delegates the renaming of a site, and no new ones");
    for (const char *const *name = resource->together; name && *name; name++)
        if (!setting_find(item, *name))
            lack(model, item, *name, "; the module compares it even where it is not given");
    for (const struct had_dsc_condition *c = resource->conditions; c && c->when; c++)
        if (setting_is(item, c->when, c->is) && !setting_find(item, c->need))
            lack(model, item, c->need,
                 had_str_cstr(model->arena,
                              had_str_printf(model->arena, "; `%s` is `%s`", c->when, c->is)));
    for (const char *const(*pair)[2] = resource->excludes; pair && (*pair)[0]; pair++)
        if (setting_find(item, (*pair)[0]) && setting_find(item, (*pair)[1]))
            had_dsc_report(model, item, NULL, &HAD0814, "`%s` and `%s` of `%s` exclude each other",
                           (*pair)[0], (*pair)[1], resource->name);
}

/* Two resources with equal keys undo each other's work; Scripts have their bodies as keys. */
static void keys_check(struct had_dsc_model *model, const struct had_dsc_machine *machine)
{
    struct had_map seen = {0};
    struct had_buffer sign = {0};
    had_each(struct had_dsc_item *, at, &machine->items) {
        struct had_dsc_item *item = *at;
        sign.len = 0;
        had_buffer_printf(&sign, "keys of %s\n", item->resource->name);
        if (item->script) {
            had_buffer_c(&sign, item->script->name);
            had_each(had_str, argument, &item->arguments)
                had_buffer_printf(&sign, "\n" HAD_FMT, HAD_ARG(*argument));
        }
        struct had_buffer folded = {0};
        had_each(struct had_dsc_setting, setting, &item->settings)
            if (setting->property->kind == HAD_DSC_KEY)
                had_dsc_value_sign(&folded, setting->value);
        /* Windows compares names without regard to case. */
        had_buffer_str(&sign, had_str_lower(model->arena, had_buffer_view(&folded)));
        had_buffer_free(&folded);
        had_sym symbol = had_intern(&model->symbols, had_buffer_view(&sign));
        const uint64_t *earlier = had_map_get(&seen, symbol);
        if (earlier) {
            const struct had_dsc_item *other = (const struct had_dsc_item *)(uintptr_t)*earlier;
            struct had_diag *d = had_dsc_report(
                model, item, NULL, &HAD0815,
                "`[%s]" HAD_FMT "` and `[%s]" HAD_FMT "` of " HAD_FMT " are the same thing",
                other->resource->name, HAD_ARG(other->name), item->resource->name,
                HAD_ARG(item->name), HAD_ARG(machine->name));
            had_diag_label(d, other->prop->span, "the other one");
            continue;
        }
        had_map_put(model->arena, &seen, symbol, (uintptr_t)item);
    }
    had_buffer_free(&sign);
}

/* A join deletes a computer of the same name, so one that is there stops the machine before. */
static void join_check(struct had_dsc_model *model, const struct had_dsc_machine *machine)
{
    had_each(struct had_dsc_item *, at, &machine->items) {
        if (!(*at)->resource->join || !setting_find(*at, "DomainName"))
            continue;
        bool guarded = false;
        had_each(struct had_dsc_item *, wait, &(*at)->after)
            guarded = guarded || ((*wait)->script &&
                                  had_str_is(had_str_c((*wait)->script->name), "computer-name"));
        if (!guarded)
            had_dsc_report(model, *at, NULL, &HAD0816,
                           "`[%s]" HAD_FMT "` of " HAD_FMT
                           " waits for no script `computer-name`, and would delete a computer of "
                           "that name",
                           (*at)->resource->name, HAD_ARG((*at)->name), HAD_ARG(machine->name));
    }
}

/* A machine that joins a forest finds sites in it that are not ours to rename. */
static void rename_check(struct had_dsc_model *model, const struct had_dsc_machine *machine)
{
    const struct had_dsc_item *join = NULL;
    had_each(struct had_dsc_item *, at, &machine->items)
        if ((*at)->resource->join && setting_find(*at, "DomainName"))
            join = *at;
    had_each(struct had_dsc_item *, at, &machine->items)
        if (join && setting_is(*at, "RenameDefaultFirstSiteName", "true"))
            had_dsc_report(model, *at, NULL, &HAD0814,
                           "`[%s]" HAD_FMT "` would rename the default site of a forest that "
                           "`" HAD_FMT "` joins",
                           (*at)->resource->name, HAD_ARG((*at)->name), HAD_ARG(machine->name));
}

/*
 * An operation master is one controller of a domain, or of the forest. Two that claim it would take
 * it from each other at every pass.
 */
void had_dsc_check_group(struct had_dsc_model *model, const struct had_dsc_group *group)
{
    struct had_map seen = {0};
    had_each(struct had_dsc_machine *, machine, &group->machines)
        had_each(struct had_dsc_item *, at, &(*machine)->items) {
            const struct had_dsc_setting *claims =
                setting_find(*at, "FlexibleSingleMasterOperationRole");
            const struct had_dsc_setting *domain = setting_find(*at, "DomainName");
            for (uint32_t i = 0; claims && i < claims->value->items.count; i++) {
                had_str role = claims->value->items.items[i]->text;
                bool whole =
                    had_str_is(role, "SchemaMaster") || had_str_is(role, "DomainNamingMaster");
                had_sym symbol = had_intern(
                    &model->symbols,
                    had_str_printf(model->arena, "master " HAD_FMT " " HAD_FMT, HAD_ARG(role),
                                   HAD_ARG(whole || !domain ? (had_str){0}
                                                            : had_str_lower(model->arena,
                                                                            domain->value->text))));
                const uint64_t *earlier = had_map_get(&seen, symbol);
                if (!earlier) {
                    had_map_put(model->arena, &seen, symbol, (uintptr_t)*at);
                    continue;
                }
                const struct had_dsc_item *other = (const struct had_dsc_item *)(uintptr_t)*earlier;
                struct had_diag *d =
                    had_dsc_report(model, *at, claims->value->prop, &HAD0815,
                                   "two controllers would be `" HAD_FMT "`", HAD_ARG(role));
                had_diag_label(d, other->prop->span, "the other one");
            }
        }
}

enum { UNSEEN, OPEN, DONE };

/*
 * Walks what an item waits for, depth first and with a stack of our own: chains of organizational
 * units or subnets may be long. Reports the first circle.
 */
static bool circle_find(struct had_dsc_model *model, struct had_dsc_item *start)
{
    struct frame {
        struct had_dsc_item *item;
        uint32_t next;
    };
    had_array(struct frame) stack = {0};
    start->mark = OPEN;
    *had_push(model->arena, &stack) = (struct frame){start, 0};
    while (stack.count) {
        struct frame *top = &stack.items[stack.count - 1];
        if (top->next == top->item->after.count) {
            top->item->mark = DONE;
            stack.count--;
            continue;
        }
        struct had_dsc_item *next = top->item->after.items[top->next++];
        if (next->mark == OPEN) {
            struct had_diag *d =
                had_dsc_report(model, next, NULL, &HAD0816, "`[%s]" HAD_FMT "` waits for itself",
                               next->resource->name, HAD_ARG(next->name));
            for (uint32_t i = stack.count; i-- && stack.items[i].item != next;)
                had_diag_note(d, "by way of `[%s]" HAD_FMT "`", stack.items[i].item->resource->name,
                              HAD_ARG(stack.items[i].item->name));
            return true;
        }
        if (next->mark == UNSEEN) {
            next->mark = OPEN;
            *had_push(model->arena, &stack) = (struct frame){next, 0};
        }
    }
    return false;
}

void had_dsc_check_machine(struct had_dsc_model *model, struct had_dsc_machine *machine)
{
    keys_check(model, machine);
    join_check(model, machine);
    rename_check(model, machine);
    had_each(struct had_dsc_item *, at, &machine->items)
        (*at)->mark = UNSEEN;
    had_each(struct had_dsc_item *, at, &machine->items)
        if ((*at)->mark == UNSEEN && circle_find(model, *at))
            return;
}
