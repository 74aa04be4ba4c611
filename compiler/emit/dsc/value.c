/* Properties of the graph as values of DSC's types. */
#include "emit/dsc/model.h"
#include "emit/dsc/quote.h"

#include <inttypes.h>

static const char *tag_name(enum had_prop_tag tag)
{
    switch (tag) {
    case HAD_PROP_TEXT:
        return "a text";
    case HAD_PROP_INT:
        return "a number";
    case HAD_PROP_BOOL:
        return "a truth value";
    case HAD_PROP_LIST:
        return "a list";
    case HAD_PROP_MAP:
        return "a map";
    case HAD_PROP_READ:
        return "a value of another resource";
    case HAD_PROP_SECRET:
        return "a secret";
    case HAD_PROP_FORMAT:
        return "a joined text";
    case HAD_PROP_STAGED:
        return "a staged value";
    }
    return "a value";
}

static struct had_dsc_value *value_new(struct had_dsc_model *model, enum had_dsc_tag tag,
                                       const struct had_prop *prop)
{
    struct had_dsc_value *value = had_new(model->arena, struct had_dsc_value);
    value->tag = tag;
    value->prop = prop;
    return value;
}

static void wrong_type(struct had_dsc_model *model, const struct had_dsc_item *item,
                       const struct had_dsc_property *property, const struct had_prop *prop)
{
    had_dsc_report(model, item, prop, &HAD0812, "`%s` of `%s` does not take %s", property->name,
                   item->resource->name, tag_name(prop->tag));
}

static bool word_allowed(const struct had_dsc_property *property, had_str text)
{
    if (!property->allowed)
        return true;
    for (const char *const *word = property->allowed; *word; word++)
        if (had_str_is(text, *word))
            return true;
    return false;
}

/* What is wrong with a text at byte `at`, in words that a person can search for. */
static void text_refuse(struct had_dsc_model *model, const struct had_dsc_item *item,
                        const struct had_dsc_property *property, const struct had_prop *prop,
                        had_str text, enum had_dsc_text wrong, uint32_t at)
{
    uint32_t characters = had_dsc_text_characters(had_str_slice(text, 0, at));
    had_str rest = had_str_slice(text, at, text.len);
    struct had_diag *d;
    if (wrong == HAD_DSC_TEXT_TOKEN) {
        int64_t colon = had_str_find(rest, ':');
        bool word = rest.ptr[0] == '{' && rest.ptr[1] != '{' && colon > 0;
        d = had_dsc_report(model, item, prop, &HAD0811,
                           "`%s` of `%s` holds `" HAD_FMT "`, which another program would replace",
                           property->name, item->resource->name,
                           HAD_ARG(had_str_slice(rest, 0, word ? (uint32_t)colon + 1 : 2)));
    } else if (wrong == HAD_DSC_TEXT_ENCODING) {
        d = had_dsc_report(model, item, prop, &HAD0810,
                           "`%s` of `%s` holds %s, which must not reach a script", property->name,
                           item->resource->name, had_dsc_text_name(wrong));
    } else {
        d = had_dsc_report(model, item, prop, &HAD0810,
                           "`%s` of `%s` holds %s (U+%04" PRIX32 "), which must not reach a script",
                           property->name, item->resource->name, had_dsc_text_name(wrong),
                           had_dsc_text_point(rest));
    }
    had_diag_note(d, "it is character %" PRIu32 " of the text", characters + 1);
}

static struct had_dsc_value *text_make(struct had_dsc_model *model, const struct had_dsc_item *item,
                                       const struct had_dsc_property *property,
                                       const struct had_prop *prop, had_str text)
{
    uint32_t at;
    enum had_dsc_text wrong = had_dsc_text_check(text, &at);
    if (wrong != HAD_DSC_TEXT_PLAIN) {
        text_refuse(model, item, property, prop, text, wrong, at);
        return NULL;
    }
    if (property->notempty && text.len == 0) {
        had_dsc_report(model, item, prop, &HAD0814, "`%s` of `%s` is empty", property->name,
                       item->resource->name);
        return NULL;
    }
    uint32_t length = had_dsc_text_length(text);
    if (property->max_length && (length < property->min_length || length > property->max_length)) {
        had_dsc_report(model, item, prop, &HAD0814,
                       "`%s` of `%s` has %" PRIu32 " characters; it takes %" PRIu32 " to %" PRIu32,
                       property->name, item->resource->name, length, property->min_length,
                       property->max_length);
        return NULL;
    }
    for (const char *c = property->without; c && *c; c++) {
        if (had_str_find(text, *c) < 0)
            continue;
        struct had_diag *d =
            had_dsc_report(model, item, prop, &HAD0814, "`%s` of `%s` holds `%c`, which it cannot",
                           property->name, item->resource->name, *c);
        had_diag_help(d, "leave out `%c`", *c);
        return NULL;
    }
    if (!word_allowed(property, text)) {
        had_dsc_report(model, item, prop, &HAD0814, "`%s` of `%s` does not take `" HAD_FMT "`",
                       property->name, item->resource->name, HAD_ARG(text));
        return NULL;
    }
    struct had_dsc_value *value = value_new(model, HAD_DSC_TEXT, prop);
    value->text = text;
    return value;
}

static struct had_dsc_value *number_make(struct had_dsc_model *model,
                                         const struct had_dsc_item *item,
                                         const struct had_dsc_property *property,
                                         const struct had_prop *prop)
{
    if (prop->number < property->minimum || prop->number > property->maximum) {
        had_dsc_report(model, item, prop, &HAD0814,
                       "`%s` of `%s` is %" PRId64 "; it takes %" PRId64 " to %" PRId64,
                       property->name, item->resource->name, prop->number, property->minimum,
                       property->maximum);
        return NULL;
    }
    if (property->step && prop->number % property->step != 0) {
        had_dsc_report(model, item, prop, &HAD0814,
                       "`%s` of `%s` is %" PRId64 "; it takes multiples of %" PRId64,
                       property->name, item->resource->name, prop->number, property->step);
        return NULL;
    }
    struct had_dsc_value *value = value_new(model, HAD_DSC_NUMBER, prop);
    value->number = prop->number;
    return value;
}

/* ---- values that are known later ---- */

had_str had_dsc_parameter_name(const struct had_prop *prop)
{
    if (prop->tag != HAD_PROP_READ ||
        !had_str_is(had_str_c(prop->read.node->type->name), "AWS::SSM::Parameter"))
        return (had_str){0};
    const struct had_prop *name = had_node_get(prop->read.node, "Name");
    return name && name->tag == HAD_PROP_TEXT && had_dsc_is_secret(name->text) ? name->text
                                                                               : (had_str){0};
}

/* `{ssm:NAME}` where AWS-ApplyDSCMofs can fetch the value on the machine, else empty. */
static had_str read_mof(struct had_dsc_model *model, const struct had_prop *prop)
{
    had_str name = had_dsc_parameter_name(prop);
    return name.len ? had_str_printf(model->arena, "{ssm:" HAD_FMT "}", HAD_ARG(name))
                    : (had_str){0};
}

/* What a person needs to find the value: the parameter's name, else the attribute and its node. */
static had_str read_text(struct had_dsc_model *model, const struct had_prop *prop)
{
    had_str mof = read_mof(model, prop);
    if (mof.len)
        return had_str_printf(model->arena, "parameter " HAD_FMT " of Systems Manager",
                              HAD_ARG(had_str_slice(mof, 5, mof.len - 1)));
    return had_str_printf(model->arena, HAD_FMT " of " HAD_FMT,
                          HAD_ARG(had_str_c(prop->read.attribute)),
                          HAD_ARG(prop->read.node->address));
}

static struct had_dsc_value *read_make(struct had_dsc_model *model,
                                       const struct had_dsc_property *property,
                                       const struct had_prop *prop)
{
    struct had_dsc_value *value = value_new(model, HAD_DSC_LATER, prop);
    value->text = read_text(model, prop);
    value->mof = read_mof(model, prop);
    value->many = property->type == HAD_DSC_STRINGS;
    return value;
}

static had_str piece_text(struct had_dsc_model *model, const struct had_prop *piece)
{
    if (piece->tag == HAD_PROP_TEXT)
        return piece->text;
    if (piece->tag == HAD_PROP_INT)
        return had_str_printf(model->arena, "%" PRId64, piece->number);
    return (had_str){0};
}

/* A joined text: a literal if all pieces are, else one value that is known later. */
static struct had_dsc_value *format_make(struct had_dsc_model *model,
                                         const struct had_dsc_item *item,
                                         const struct had_dsc_property *property,
                                         const struct had_prop *prop)
{
    struct had_buffer literal = {0}, identity = {0}, mof = {0};
    bool later = false, in_mof = true;
    struct had_dsc_value *value = NULL;
    had_each(struct had_prop *, at, &prop->items) {
        const struct had_prop *piece = *at;
        if (piece->tag == HAD_PROP_READ) {
            later = true;
            had_buffer_printf(&identity, "(" HAD_FMT ")", HAD_ARG(read_text(model, piece)));
            had_str token = read_mof(model, piece);
            in_mof = in_mof && token.len > 0;
            had_buffer_str(&mof, token);
            continue;
        }
        if (piece->tag != HAD_PROP_TEXT && piece->tag != HAD_PROP_INT) {
            wrong_type(model, item, property, piece);
            goto done;
        }
        had_str text = piece_text(model, piece);
        had_buffer_str(&literal, text);
        had_buffer_str(&identity, text);
        had_buffer_str(&mof, text);
    }
    /* Pieces are looked at as a whole: a token may be made of two of them. */
    value = text_make(model, item,
                      later ? &(struct had_dsc_property){.name = property->name} : property, prop,
                      had_str_dup(model->arena, had_buffer_view(&literal)));
    if (value && later) {
        value->tag = HAD_DSC_LATER;
        value->text = had_str_dup(model->arena, had_buffer_view(&identity));
        if (in_mof)
            value->mof = had_str_dup(model->arena, had_buffer_view(&mof));
    }
done:
    had_buffer_free(&literal);
    had_buffer_free(&identity);
    had_buffer_free(&mof);
    return value;
}

/* ---- secrets ---- */

/* A secret that this spec makes is read by its name: what the resource says, never its value. */
static const struct had_prop *made_secret_name(const struct had_prop *prop)
{
    if (prop->tag != HAD_PROP_READ ||
        !had_str_is(had_str_c(prop->read.node->type->name), "AWS::SecretsManager::Secret"))
        return NULL;
    const struct had_prop *name = had_node_get(prop->read.node, "Name");
    return name && name->tag == HAD_PROP_TEXT ? name : NULL;
}

/* Region of an ARN: its fourth field. */
static had_str arn_region(had_str arn)
{
    uint32_t start = 0, field = 0;
    for (uint32_t i = 0; i < arn.len; i++) {
        if (arn.ptr[i] != ':')
            continue;
        if (field == 3)
            return had_str_slice(arn, start, i);
        field++;
        start = i + 1;
    }
    return (had_str){0};
}

struct had_dsc_value *had_dsc_value_secret(struct had_dsc_model *model,
                                           const struct had_dsc_item *item,
                                           const struct had_prop *prop, const char *what)
{
    const struct had_context *here = item->node->context;
    const struct had_prop *made = made_secret_name(prop);
    had_str name = {0}, account = {0}, region = {0}, key = {0};
    if (made) {
        name = made->text;
        account = prop->read.node->context->account_id;
        region = prop->read.node->context->region;
    } else if (prop->tag == HAD_PROP_SECRET) {
        name = prop->secret->name;
        account = prop->secret->account_id;
        region = prop->secret->region;
        key = prop->secret->json_key;
    } else {
        had_dsc_report(model, item, prop, &HAD0812,
                       "`%s` of `%s` is a credential and does not take %s", what,
                       item->resource->name, tag_name(prop->tag));
        return NULL;
    }
    int64_t digits;
    if (!had_dsc_is_secret(name) || (region.len && !had_dsc_is_region(region)) ||
        (account.len && !had_str_to_int(account, &digits)) || (key.len && !had_dsc_is_key(key))) {
        had_dsc_report(
            model, item, prop, &HAD0817,
            "`%s` of `%s` is a secret with other characters in its name than Secrets Manager takes",
            what, item->resource->name);
        return NULL;
    }
    struct had_dsc_value *value = value_new(model, HAD_DSC_KEPT, prop);
    bool elsewhere = (account.len && !had_str_eq(account, here->account_id)) ||
                     (region.len && !had_str_eq(region, here->region));
    value->region = had_str_starts(name, "arn:") ? arn_region(name)
                    : region.len                 ? region
                                                 : here->region;
    /* Without the six characters at the end an ARN still names the secret. */
    value->text =
        had_str_starts(name, "arn:") || !elsewhere || !value->region.len
            ? name
            : had_str_printf(model->arena,
                             "arn:" HAD_FMT ":secretsmanager:" HAD_FMT ":" HAD_FMT
                             ":secret:" HAD_FMT,
                             HAD_ARG(here->partition), HAD_ARG(value->region),
                             HAD_ARG(account.len ? account : here->account_id), HAD_ARG(name));
    value->json_key = key;
    return value;
}

/* ---- all of them ---- */

static struct had_dsc_value *list_make(struct had_dsc_model *model, const struct had_dsc_item *item,
                                       const struct had_dsc_property *property,
                                       const struct had_prop *prop)
{
    struct had_dsc_property one = *property; /* items are held to the same words */
    one.type = HAD_DSC_STRING;
    struct had_dsc_value *list = value_new(model, HAD_DSC_LIST, prop);
    had_each(struct had_prop *, at, &prop->items) {
        struct had_dsc_value *value = had_dsc_value_make(model, item, &one, *at);
        if (!value)
            return NULL;
        *had_push(model->arena, &list->items) = value;
    }
    if (property->notempty && list->items.count == 0) {
        had_dsc_report(model, item, prop, &HAD0814, "`%s` of `%s` is an empty list", property->name,
                       item->resource->name);
        return NULL;
    }
    return list;
}

struct had_dsc_value *had_dsc_value_make(struct had_dsc_model *model,
                                         const struct had_dsc_item *item,
                                         const struct had_dsc_property *property,
                                         const struct had_prop *prop)
{
    /* A machine is described as it is in the end; the steps on the way are made elsewhere. */
    if (prop->tag == HAD_PROP_STAGED && prop->stages.count)
        prop = prop->stages.items[prop->stages.count - 1].value;
    bool text = property->type == HAD_DSC_STRING;
    if (property->type == HAD_DSC_CREDENTIAL)
        return had_dsc_value_secret(model, item, prop, property->name);
    if (prop->tag == HAD_PROP_TEXT && text)
        return text_make(model, item, property, prop, prop->text);
    if (prop->tag == HAD_PROP_FORMAT && text)
        return format_make(model, item, property, prop);
    if (prop->tag == HAD_PROP_READ && (text || property->type == HAD_DSC_STRINGS))
        return read_make(model, property, prop);
    if (prop->tag == HAD_PROP_LIST && property->type == HAD_DSC_STRINGS)
        return list_make(model, item, property, prop);
    if (prop->tag == HAD_PROP_INT && property->type == HAD_DSC_INTEGER)
        return number_make(model, item, property, prop);
    if (prop->tag == HAD_PROP_BOOL && property->type == HAD_DSC_BOOLEAN) {
        if (!word_allowed(property, had_str_c(prop->boolean ? "true" : "false"))) {
            had_dsc_report(model, item, prop, &HAD0814, "`%s` of `%s` is never `%s`",
                           property->name, item->resource->name, prop->boolean ? "true" : "false");
            return NULL;
        }
        struct had_dsc_value *value = value_new(model, HAD_DSC_BOOL, prop);
        value->number = prop->boolean;
        return value;
    }
    wrong_type(model, item, property, prop);
    return NULL;
}

bool had_dsc_value_has_later(const struct had_dsc_value *value)
{
    if (value->tag == HAD_DSC_LATER)
        return true;
    for (uint32_t i = 0; i < value->items.count; i++)
        if (value->items.items[i]->tag == HAD_DSC_LATER)
            return true;
    return false;
}

void had_dsc_value_sign(struct had_buffer *out, const struct had_dsc_value *value)
{
    had_buffer_printf(out, "%d:", (int)value->tag);
    switch (value->tag) {
    case HAD_DSC_TEXT:
    case HAD_DSC_LATER:
        had_buffer_printf(out, "%" PRIu32 ":", value->text.len);
        had_buffer_str(out, value->text);
        break;
    case HAD_DSC_KEPT:
        had_buffer_printf(out, HAD_FMT " " HAD_FMT " " HAD_FMT, HAD_ARG(value->text),
                          HAD_ARG(value->region), HAD_ARG(value->json_key));
        break;
    case HAD_DSC_NUMBER:
    case HAD_DSC_BOOL:
        had_buffer_printf(out, "%" PRId64, value->number);
        break;
    case HAD_DSC_LIST:
        had_buffer_printf(out, "%" PRIu32 ":", value->items.count);
        for (uint32_t i = 0; i < value->items.count; i++)
            had_dsc_value_sign(out, value->items.items[i]);
        break;
    }
    had_buffer_char(out, ';');
}
