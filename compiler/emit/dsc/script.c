#include "emit/dsc/script.h"

#include "base/net.h"
#include "emit/dsc/quote.h"

#include <string.h>

const char *const had_dsc_script_properties[HAD_DSC_BODIES] = {
    [HAD_DSC_GET] = "GetScript",
    [HAD_DSC_SET] = "SetScript",
    [HAD_DSC_TEST] = "TestScript",
};

/*
 * Each argument has up to three texts in .arguments: .Id, .Region, .Value of a secret, addresses
 * and their .Region; else one.
 */
enum { PARTS = 3 };
static const char *const part_names[PARTS] = {".Id", ".Region", ".Value"};

static bool argument_refuse(struct had_dsc_model *model, const struct had_dsc_item *item,
                            const struct had_prop *prop, const struct had_dsc_argument *argument,
                            const char *wanted)
{
    had_dsc_report(model, item, prop, &HAD0817, "`%s` of the script `%s` is not %s", argument->name,
                   item->script->name, wanted);
    return false;
}

static const char *word_text(const struct had_dsc_argument *argument, had_str word)
{
    for (const char *const(*at)[2] = argument->words; (*at)[0]; at++)
        if (had_str_is(word, (*at)[0]))
            return (*at)[1];
    return NULL;
}

static bool secret_fill(struct had_dsc_model *model, struct had_dsc_item *item,
                        const struct had_prop *prop, const struct had_dsc_argument *argument,
                        had_str *texts)
{
    struct had_dsc_value *secret = had_dsc_value_secret(model, item, prop, argument->name);
    if (!secret)
        return false;
    if (!had_dsc_is_region(secret->region))
        return argument_refuse(model, item, prop, argument, "a secret of a known Region");
    texts[0] = secret->text;
    texts[1] = secret->region;
    texts[2] = secret->json_key.len
                   ? had_str_printf(model->arena,
                                    "(ConvertFrom-Json -InputObject $secret.SecretString)." HAD_FMT,
                                    HAD_ARG(secret->json_key))
                   : HAD_STR("$secret.SecretString");
    return true;
}

/*
 * Addresses that mean another machine to each who asks: the VPC Resolver's 169.254.169.253 answers
 * inside EC2 only, and what a directory keeps reaches controllers on-premises.
 */
static bool here_only(struct had_ip ip)
{
    static const struct {
        const char *base;
        uint8_t length;
    } ranges[] = {{"127.0.0.0", 8}, {"169.254.0.0", 16}, {"0.0.0.0", 8},
                  {"::1", 128},     {"fe80::", 10},      {"fd00:ec2::", 32}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct had_cidr range = {.length = ranges[i].length};
        if (had_ip_parse(had_str_c(ranges[i].base), &range.base) &&
            range.base.family == ip.family && had_cidr_contains_ip(range, ip))
            return true;
    }
    return false;
}

/* 'ADDRESS', '/PARAMETER', …: what a list holds between its parentheses. */
static bool addresses_fill(struct had_dsc_model *model, struct had_dsc_item *item,
                           const struct had_prop *prop, const struct had_dsc_argument *argument,
                           had_str *texts)
{
    const char *wanted = "a list of addresses, or of parameters of Systems Manager";
    if (prop->tag != HAD_PROP_LIST || !prop->items.count)
        return argument_refuse(model, item, prop, argument, wanted);
    struct had_buffer out = {0};
    bool good = true;
    had_each(struct had_prop *, at, &prop->items) {
        struct had_ip ip;
        had_str name = had_dsc_parameter_name(*at);
        if ((*at)->tag == HAD_PROP_TEXT && had_ip_parse((*at)->text, &ip)) {
            name = had_ip_text(model->arena, ip);
            if (here_only(ip))
                good = argument_refuse(model, item, *at, argument,
                                       "an address that other machines reach, too");
        } else if (!had_str_starts(name, "/") ||
                   !had_str_eq((*at)->read.node->context->region, item->node->context->region))
            good = argument_refuse(model, item, *at, argument, wanted);
        if (out.len)
            had_buffer_c(&out, ", ");
        had_dsc_quote(&out, name);
    }
    texts[0] = had_str_dup(model->arena, had_buffer_view(&out));
    texts[1] = item->node->context->region;
    had_buffer_free(&out);
    if (good && !had_dsc_is_region(texts[1]))
        good = argument_refuse(model, item, prop, argument, "of a known Region");
    return good;
}

static bool argument_fill(struct had_dsc_model *model, struct had_dsc_item *item,
                          const struct had_prop *prop, const struct had_dsc_argument *argument,
                          had_str *texts)
{
    switch (argument->kind) {
    case HAD_DSC_DOMAIN:
        if (prop->tag != HAD_PROP_TEXT || !had_dsc_is_domain(prop->text))
            return argument_refuse(model, item, prop, argument, "a plain domain name");
        texts[0] = prop->text;
        return true;
    case HAD_DSC_COMPUTER:
        if (prop->tag != HAD_PROP_TEXT || !had_dsc_is_machine(prop->text))
            return argument_refuse(model, item, prop, argument, "a plain name of a computer");
        texts[0] = prop->text;
        return true;
    case HAD_DSC_ADDRESSES:
        return addresses_fill(model, item, prop, argument, texts);
    case HAD_DSC_WORD: {
        const char *text = prop->tag == HAD_PROP_TEXT ? word_text(argument, prop->text) : NULL;
        if (!text)
            return argument_refuse(model, item, prop, argument, "one of its words");
        texts[0] = had_str_c(text);
        return true;
    }
    case HAD_DSC_TRUTH:
        if (prop->tag != HAD_PROP_BOOL)
            return argument_refuse(model, item, prop, argument, "true or false");
        texts[0] = prop->boolean ? HAD_STR("$true") : HAD_STR("$false");
        return true;
    case HAD_DSC_SECRET:
        return secret_fill(model, item, prop, argument, texts);
    }
    return false;
}

bool had_dsc_script_make(struct had_dsc_model *model, struct had_dsc_item *item,
                         const struct had_prop *map)
{
    const struct had_prop *constant = had_prop_at(map, "Constant");
    const struct had_prop *given = had_prop_at(map, "Arguments");
    had_str name = constant && constant->tag == HAD_PROP_TEXT ? constant->text : (had_str){0};
    item->script = had_dsc_script_find(name);
    if (!item->script) {
        had_dsc_report(model, item, constant, &HAD0817, "no script is called `" HAD_FMT "`",
                       HAD_ARG(name));
        return false;
    }
    bool good = true;
    for (uint32_t i = 0; i < item->script->argument_count; i++) {
        const struct had_dsc_argument *argument = &item->script->arguments[i];
        const struct had_prop *prop =
            given && given->tag == HAD_PROP_MAP ? had_prop_at(given, argument->name) : NULL;
        had_str texts[PARTS] = {{0}};
        if (!prop) {
            had_dsc_report(model, item, given, &HAD0817, "the script `%s` lacks `%s`",
                           item->script->name, argument->name);
            good = false;
        } else if (!argument_fill(model, item, prop, argument, texts)) {
            good = false;
        }
        for (uint32_t part = 0; part < PARTS; part++)
            *had_push(model->arena, &item->arguments) = texts[part];
    }
    for (uint32_t i = 0; good && i < given->entries.count; i++) {
        bool known = false;
        for (uint32_t k = 0; k < item->script->argument_count; k++)
            known =
                known || had_str_is(given->entries.items[i].key, item->script->arguments[k].name);
        if (!known) {
            had_dsc_report(model, item, given->entries.items[i].value, &HAD0817,
                           "the script `%s` has no argument `" HAD_FMT "`", item->script->name,
                           HAD_ARG(given->entries.items[i].key));
            good = false;
        }
    }
    return good;
}

/* The text of placeholder `name` (without braces); scripts.json is ours, so it is there. */
static had_str placeholder_text(const struct had_dsc_item *item, had_str name)
{
    for (uint32_t i = 0; i < item->script->argument_count; i++) {
        const struct had_dsc_argument *argument = &item->script->arguments[i];
        const had_str *texts = &item->arguments.items[i * PARTS];
        if (had_str_is(name, argument->name))
            return texts[0];
        if (!had_str_starts(name, argument->name))
            continue;
        had_str rest = had_str_slice(name, (uint32_t)strlen(argument->name), name.len);
        for (uint32_t part = 0; part < PARTS; part++)
            if (had_str_is(rest, part_names[part]))
                return texts[part];
    }
    return (had_str){0};
}

bool had_dsc_script_line(struct had_buffer *out, const struct had_dsc_item *item, uint32_t body,
                         uint32_t line)
{
    const char *at = item->script->bodies[body][line];
    if (!at)
        return false;
    for (;;) {
        const char *open = strstr(at, "{{");
        const char *close = open ? strstr(open, "}}") : NULL;
        if (!close)
            break;
        had_buffer_add(out, at, (size_t)(open - at));
        had_str name = {open + 2, (uint32_t)(close - open - 2)};
        had_buffer_str(out, placeholder_text(item, name));
        at = close + 2;
    }
    had_buffer_c(out, at);
    return true;
}
