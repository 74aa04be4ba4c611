/*
 * One machine as MOF, the form that the local configuration manager applies. Credentials are names
 * of secrets: AWS-ApplyDSCMofs takes MSFT_Credential.UserName for the secret to read on the machine
 * and ignores the password. Values that are known later are {ssm:NAME} tokens of the same document,
 * which it expands in texts and not in lists (Systems Manager user guide, "Using tokens in MOF
 * files").
 */
#include "emit/dsc/quote.h"
#include "emit/dsc/script.h"
#include "emit/dsc/write.h"

#include <inttypes.h>
#include <string.h>
#include <utf8proc.h>

enum { USER_NAME_MAX = 256 }; /* MSFT_Credential in BaseResource.schema.mof */

struct writer {
    struct had_buffer *out;
    struct had_dsc_model *model;
    const struct had_dsc_group *group;
    const struct had_dsc_item *item;
    const char *property;
    bool in_list;
    bool good;
};

static void refuse(struct writer *w, const struct had_dsc_value *value, const char *why)
{
    had_dsc_report(w->model, w->item, value->prop, &HAD0819, "`%s` of `%s` %s", w->property,
                   w->item->resource->name, why);
    w->good = false;
}

static void value_write(struct writer *w, const struct had_dsc_value *value)
{
    switch (value->tag) {
    case HAD_DSC_TEXT:
        had_dsc_quote_mof(w->out, value->text);
        break;
    case HAD_DSC_NUMBER:
        had_buffer_printf(w->out, "%" PRId64, value->number);
        break;
    case HAD_DSC_BOOL:
        had_buffer_c(w->out, value->number ? "True" : "False");
        break;
    case HAD_DSC_LIST:
        had_buffer_c(w->out, "{");
        w->in_list = true;
        for (uint32_t i = 0; i < value->items.count; i++) {
            had_buffer_c(w->out, i ? ", " : "");
            value_write(w, value->items.items[i]);
        }
        w->in_list = false;
        had_buffer_c(w->out, "}");
        break;
    case HAD_DSC_LATER:
        if (value->many || w->in_list || !value->mof.len)
            refuse(w, value,
                   value->many  ? "is a list that is known only later"
                   : w->in_list ? "is a list with an item that is known only later"
                                : "is known only later, and not by a parameter of Systems Manager");
        else
            had_dsc_quote_mof(w->out, value->mof);
        break;
    case HAD_DSC_KEPT: {
        const struct had_dsc_parameter *parameter = had_dsc_parameter_find(w->group, value);
        if (value->text.len > USER_NAME_MAX)
            refuse(w, value, "is a secret whose name has more than 256 characters");
        had_buffer_printf(w->out, "$MSFT_Credential%" PRIu32 "ref",
                          (uint32_t)(parameter - w->group->parameters.items) + 1);
        break;
    }
    }
}

static void line_start(struct writer *w, const char *property)
{
    w->property = property;
    had_buffer_printf(w->out, " %s = ", property);
}

static void text_line(struct writer *w, const char *property, had_str text)
{
    line_start(w, property);
    had_dsc_quote_mof(w->out, text);
    had_buffer_c(w->out, ";\n");
}

static bool credential_used(const struct had_dsc_group *group,
                            const struct had_dsc_machine *machine,
                            const struct had_dsc_parameter *parameter)
{
    had_each(struct had_dsc_item *, item, &machine->items) {
        if ((*item)->run_as && had_dsc_parameter_find(group, (*item)->run_as) == parameter)
            return true;
        had_each(struct had_dsc_setting, setting, &(*item)->settings)
            if (setting->value->tag == HAD_DSC_KEPT &&
                had_dsc_parameter_find(group, setting->value) == parameter)
                return true;
    }
    return false;
}

static void credentials_write(struct writer *w, const struct had_dsc_machine *machine)
{
    for (uint32_t i = 0; i < w->group->parameters.count; i++) {
        const struct had_dsc_parameter *parameter = &w->group->parameters.items[i];
        if (parameter->kind != HAD_DSC_P_CREDENTIAL ||
            !credential_used(w->group, machine, parameter))
            continue;
        had_buffer_printf(
            w->out, "instance of MSFT_Credential as $MSFT_Credential%" PRIu32 "ref\n{\n", i + 1);
        text_line(w, "UserName", parameter->about);
        text_line(w, "Password", HAD_STR("read from Secrets Manager on the machine"));
        had_buffer_c(w->out, "};\n\n");
    }
}

static void script_lines(struct writer *w)
{
    for (uint32_t body = 0; body < HAD_DSC_BODIES; body++) {
        struct had_buffer text = {0};
        had_buffer_char(&text, '\n');
        for (uint32_t line = 0; had_dsc_script_line(&text, w->item, body, line); line++)
            had_buffer_char(&text, '\n');
        text_line(w, had_dsc_script_properties[body], had_buffer_view(&text));
        had_buffer_free(&text);
    }
}

static void item_write(struct writer *w, uint32_t number)
{
    const struct had_dsc_item *item = w->item;
    struct had_arena *arena = w->model->arena;
    had_buffer_printf(w->out, "instance of %s as $%s%" PRIu32 "ref\n{\n",
                      item->resource->class_name, item->resource->class_name, number);
    text_line(w, "ResourceID",
              had_str_printf(arena, "[%s]" HAD_FMT, item->resource->name, HAD_ARG(item->name)));
    if (item->script)
        script_lines(w);
    had_each(struct had_dsc_setting, setting, &item->settings) {
        line_start(w, setting->property->name);
        value_write(w, setting->value);
        had_buffer_c(w->out, ";\n");
    }
    if (item->run_as) {
        line_start(w, "PsDscRunAsCredential");
        value_write(w, item->run_as);
        had_buffer_c(w->out, ";\n");
    }
    if (item->after.count) {
        line_start(w, "DependsOn");
        for (uint32_t i = 0; i < item->after.count; i++) {
            had_buffer_c(w->out, i ? ", " : "{");
            had_dsc_quote_mof(w->out, had_str_printf(arena, "[%s]" HAD_FMT,
                                                     item->after.items[i]->resource->name,
                                                     HAD_ARG(item->after.items[i]->name)));
        }
        had_buffer_c(w->out, "};\n");
    }
    text_line(w, "ModuleName", had_str_c(item->resource->module->name));
    text_line(w, "ModuleVersion", had_str_c(item->resource->module->version));
    text_line(w, "ConfigurationName", had_str_c(had_dsc_role_configurations[w->group->role]));
    had_buffer_c(w->out, "};\n\n");
}

bool had_dsc_write_mof(struct had_buffer *out, struct had_dsc_model *model,
                       const struct had_dsc_group *group, const struct had_dsc_machine *machine)
{
    struct writer w = {.out = out, .model = model, .group = group, .good = true};
    bool run_as = false;
    uint32_t *numbers = had_new_n(model->arena, uint32_t, had_dsc_resource_count);
    had_buffer_printf(out, "/*\n@TargetNode='" HAD_FMT "'\n*/\n\n", HAD_ARG(machine->name));
    credentials_write(&w, machine);
    had_each(struct had_dsc_item *, at, &machine->items) {
        w.item = *at;
        run_as = run_as || w.item->run_as;
        item_write(&w, ++numbers[w.item->resource - had_dsc_resources]);
    }
    had_buffer_c(out, "instance of OMI_ConfigurationDocument\n{\n");
    text_line(&w, "Version", HAD_STR("2.0.0"));
    text_line(&w, "MinimumCompatibleVersion", run_as ? HAD_STR("2.0.0") : HAD_STR("1.0.0"));
    had_buffer_c(out, " CompatibleVersionAdditionalProperties = "
                      "{\"Omi_BaseResource:ConfigurationName\"};\n");
    text_line(&w, "Name", had_str_c(had_dsc_role_configurations[group->role]));
    had_buffer_c(out, "};\n");
    return w.good;
}

static void unit_write(struct had_buffer *out, uint32_t unit)
{
    had_buffer_char(out, (char)(unit & 0xff));
    had_buffer_char(out, (char)(unit >> 8));
}

had_str had_dsc_mof_text(struct had_arena *arena, had_str text)
{
    had_str bytes = had_dsc_file_text(arena, text);
    if (had_dsc_text_ascii(text))
        return bytes;
    struct had_buffer out = {0};
    /* The byte order mark in front becomes that of UTF-16. */
    for (uint32_t at = 0; at < bytes.len;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t length =
            utf8proc_iterate((const utf8proc_uint8_t *)bytes.ptr + at, bytes.len - at, &code);
        if (length <= 0)
            break; /* every text was checked to be UTF-8 */
        at += (uint32_t)length;
        if (code > 0xffff) {
            unit_write(&out, 0xd800 + (((uint32_t)code - 0x10000) >> 10));
            unit_write(&out, 0xdc00 + (((uint32_t)code - 0x10000) & 0x3ff));
        } else {
            unit_write(&out, (uint32_t)code);
        }
    }
    had_str wide = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return wide;
}
