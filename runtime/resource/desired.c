#include "resource/desired.h"

#include "base/buffer.h"

#include <ctype.h>
#include <string.h>

static json_t *text_of(had_str text)
{
    return json_stringn(text.ptr ? text.ptr : "", text.len);
}

static json_t *unknown(const struct had_node *node, had_str attribute)
{
    struct had_buffer b = {0};
    had_buffer_str(&b, node->address);
    had_buffer_char(&b, '.');
    had_buffer_str(&b, attribute);
    json_t *name = json_stringn(b.ptr, b.len);
    had_buffer_free(&b);
    return json_pack("{s:o}", "$unknown", name);
}

/* A piece of a text between separators. */
static json_t *piece_of(const json_t *value, const struct had_rpart *part)
{
    const char *text = json_string_value(value);
    size_t step = strlen(part->separator);
    for (uint32_t i = 0; text && i < part->piece; i++) {
        text = strstr(text, part->separator);
        text = text ? text + step : NULL;
    }
    if (!text)
        return NULL;
    const char *end = strstr(text, part->separator);
    return json_stringn(text, end ? (size_t)(end - text) : strlen(text));
}

static json_t *attribute_of(const json_t *attributes, const struct had_node *node,
                            had_str attribute)
{
    had_str name;
    uint32_t index = 0;
    char key[256];
    bool element = had_attribute_split(attribute, &name, &index);
    snprintf(key, sizeof key, HAD_FMT, HAD_ARG(name));
    json_t *value = json_object_get(attributes, key);
    if (!value) {
        const struct had_rpart *part = node->type ? had_rtype_part(node->type, name) : NULL;
        const json_t *whole = part ? json_object_get(attributes, part->attribute) : NULL;
        return whole ? piece_of(json_array_get(whole, part->index), part) : NULL;
    }
    return json_incref(element && json_is_array(value) ? json_array_get(value, index) : value);
}

json_t *had_desired_read(const struct had_resolver *resolver, const struct had_node *node,
                         had_str attribute)
{
    had_str known = had_node_known(node, attribute);
    if (known.len)
        return text_of(known);
    const json_t *attributes = resolver->attributes(resolver->context, node);
    json_t *value = attributes ? attribute_of(attributes, node, attribute) : NULL;
    return value ? value : unknown(node, attribute);
}

static json_t *value_of(const struct had_resolver *resolver, const struct had_prop *prop,
                        uint32_t revision);

static json_t *joined(const struct had_resolver *resolver, const struct had_prop *prop,
                      uint32_t revision)
{
    struct had_buffer b = {0};
    json_t *missing = NULL;
    had_each(struct had_prop *, item, &prop->items) {
        json_t *value = value_of(resolver, *item, revision);
        if (json_is_string(value)) {
            had_buffer_add(&b, json_string_value(value), json_string_length(value));
        } else if (json_is_integer(value)) {
            had_buffer_printf(&b, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        } else if (had_desired_unknown(value) && !missing) {
            missing = json_incref(value);
        } else if (json_is_array(value)) { /* a list attribute in a text: with commas */
            for (size_t i = 0; i < json_array_size(value); i++) {
                const char *text = json_string_value(json_array_get(value, i));
                had_buffer_c(&b, i ? "," : "");
                had_buffer_c(&b, text ? text : "");
            }
        }
        json_decref(value);
    }
    json_t *out = missing ? missing : json_stringn(b.ptr ? b.ptr : "", b.len);
    had_buffer_free(&b);
    return out;
}

static json_t *value_of(const struct had_resolver *resolver, const struct had_prop *prop,
                        uint32_t revision)
{
    json_t *out = NULL;
    char key[256];
    prop = had_prop_revision(prop, revision);
    switch (prop->tag) {
    case HAD_PROP_TEXT:
        return text_of(prop->text);
    case HAD_PROP_INT:
        return json_integer(prop->number);
    case HAD_PROP_BOOL:
        return json_boolean(prop->boolean);
    case HAD_PROP_LIST:
        out = json_array();
        had_each(struct had_prop *, item, &prop->items)
            json_array_append_new(out, value_of(resolver, *item, revision));
        return out;
    case HAD_PROP_MAP:
        out = json_object();
        had_each(struct had_prop_entry, entry, &prop->entries) {
            snprintf(key, sizeof key, HAD_FMT, HAD_ARG(entry->key));
            json_object_set_new(out, key, value_of(resolver, entry->value, revision));
        }
        return out;
    case HAD_PROP_READ:
        return had_desired_read(resolver, prop->read.node, had_str_c(prop->read.attribute));
    case HAD_PROP_SECRET:
        if (prop->secret->json_key.len == 0)
            return text_of(prop->secret->name);
        return json_pack("{s:o, s:o, s:o, s:o}", "$secret", text_of(prop->secret->name), "account",
                         text_of(prop->secret->account_id), "region", text_of(prop->secret->region),
                         "key", text_of(prop->secret->json_key));
    case HAD_PROP_FORMAT:
        return joined(resolver, prop, revision);
    case HAD_PROP_STAGED:
        break; /* had_prop_revision chose */
    }
    return json_null();
}

json_t *had_desired(const struct had_resolver *resolver, const struct had_node *node,
                    uint32_t revision)
{
    json_t *out = json_object();
    char key[256];
    had_each(struct had_prop_entry, entry, &node->props) {
        snprintf(key, sizeof key, HAD_FMT, HAD_ARG(entry->key));
        json_object_set_new(out, key, value_of(resolver, entry->value, revision));
    }
    if (node->type && node->type->tags) {
        const json_t *tags = json_object_get(out, node->type->tags);
        struct had_scope none = {0};
        json_t *plain = tags ? had_path(tags, "|tags", &none) : NULL;
        if (plain)
            json_object_set_new(out, node->type->tags, plain);
    }
    return out;
}

const char *had_desired_unknown_name(const json_t *value)
{
    const char *key, *name = json_string_value(json_object_get(value, "$unknown"));
    json_t *member;
    if (name)
        return name;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
        if ((name = had_desired_unknown_name(member)))
            return name;
    for (size_t i = 0; i < json_array_size(value); i++)
        if ((name = had_desired_unknown_name(json_array_get(value, i))))
            return name;
    return NULL;
}

bool had_desired_unknown(const json_t *value)
{
    return had_desired_unknown_name(value) != NULL;
}

/* The characters that tags of every service may have: Tagging API's pattern. */
static json_t *tag_value(had_str text)
{
    struct had_buffer b = {0};
    for (uint32_t i = 0; i < text.len && b.len < 256; i++) {
        char c = text.ptr[i];
        bool plain = isalnum((unsigned char)c) || (c && strchr(" +-=._:/@", c));
        had_buffer_char(&b, plain ? c : '_');
    }
    json_t *out = json_stringn(b.ptr ? b.ptr : "", b.len);
    had_buffer_free(&b);
    return out;
}

json_t *had_desired_tags(const struct had_node *node, const json_t *desired, had_str deployment,
                         had_str token)
{
    if (!node->type || !node->type->tags)
        return NULL;
    const json_t *stated = json_object_get(desired, node->type->tags);
    json_t *out = json_is_array(stated) ? json_copy((json_t *)(uintptr_t)stated) : json_array();
    json_array_append_new(
        out, json_pack("{s:s, s:o}", "Key", "had:deployment", "Value", tag_value(deployment)));
    json_array_append_new(
        out, json_pack("{s:s, s:o}", "Key", "had:address", "Value", tag_value(node->address)));
    json_array_append_new(out,
                          json_pack("{s:s, s:o}", "Key", "had:token", "Value", text_of(token)));
    return out;
}
