#include "emit/json.h"
#include "emit/cloudformation/model.h"

void had_cfn_json_text(struct had_buffer *out, had_str text)
{
    had_buffer_char(out, '"');
    for (uint32_t i = 0; i < text.len;) {
        uint32_t plain = i;
        while (plain < text.len && text.ptr[plain] >= 0x20 && text.ptr[plain] < 0x7f &&
               text.ptr[plain] != '"' && text.ptr[plain] != '\\')
            plain++;
        had_buffer_add(out, text.ptr + i, plain - i);
        i = plain;
        if (i == text.len)
            break;
        char c = text.ptr[i];
        if (c == '"' || c == '\\') {
            had_buffer_printf(out, "\\%c", c);
            i++;
        } else if (c == '\n' || c == '\t') {
            had_buffer_c(out, c == '\n' ? "\\n" : "\\t");
            i++;
        } else {
            i += had_json_rune(out, text, i);
        }
    }
    had_buffer_char(out, '"');
}

static void write_json(struct had_buffer *out, const struct had_cfn *value, size_t indent);

static void write_items(struct had_buffer *out, const struct had_cfn *list, size_t indent)
{
    if (!list->items.count) {
        had_buffer_c(out, "[]");
        return;
    }
    had_buffer_c(out, "[\n");
    for (uint32_t i = 0; i < list->items.count; i++) {
        had_buffer_repeat(out, ' ', indent + 2);
        write_json(out, list->items.items[i], indent + 2);
        had_buffer_c(out, i + 1 < list->items.count ? ",\n" : "\n");
    }
    had_buffer_repeat(out, ' ', indent);
    had_buffer_char(out, ']');
}

static void write_function(struct had_buffer *out, const char *name, had_str text)
{
    had_buffer_printf(out, "{ \"%s\": ", name);
    had_cfn_json_text(out, text);
    had_buffer_c(out, " }");
}

static void write_json(struct had_buffer *out, const struct had_cfn *value, size_t indent)
{
    switch (value->tag) {
    case HAD_CFN_TEXT:
        had_cfn_json_text(out, value->text);
        return;
    case HAD_CFN_NUMBER:
        had_buffer_str(out, value->text);
        return;
    case HAD_CFN_BOOL:
        had_buffer_c(out, value->boolean ? "true" : "false");
        return;
    case HAD_CFN_REF:
        write_function(out, "Ref", value->text);
        return;
    case HAD_CFN_SUB:
        write_function(out, "Fn::Sub", value->text);
        return;
    case HAD_CFN_GETATT: {
        int64_t dot = had_str_find(value->text, '.');
        uint32_t at = dot < 0 ? value->text.len : (uint32_t)dot;
        had_buffer_c(out, "{ \"Fn::GetAtt\": [");
        had_cfn_json_text(out, had_str_slice(value->text, 0, at));
        had_buffer_c(out, ", ");
        had_cfn_json_text(out, had_str_slice(value->text, dot < 0 ? at : at + 1, value->text.len));
        had_buffer_c(out, "] }");
        return;
    }
    case HAD_CFN_CALL:
        had_buffer_printf(out, "{ \"Fn::" HAD_FMT "\": ", HAD_ARG(value->text));
        write_items(out, value, indent);
        had_buffer_c(out, " }");
        return;
    case HAD_CFN_LIST:
        write_items(out, value, indent);
        return;
    case HAD_CFN_MAP:
        if (!value->entries.count) {
            had_buffer_c(out, "{}");
            return;
        }
        had_buffer_c(out, "{\n");
        for (uint32_t i = 0; i < value->entries.count; i++) {
            const struct had_cfn_entry *entry = &value->entries.items[i];
            had_buffer_repeat(out, ' ', indent + 2);
            had_cfn_json_text(out, entry->key);
            had_buffer_c(out, ": ");
            write_json(out, entry->value, indent + 2);
            had_buffer_c(out, i + 1 < value->entries.count ? ",\n" : "\n");
        }
        had_buffer_repeat(out, ' ', indent);
        had_buffer_char(out, '}');
        return;
    case HAD_CFN_WRITTEN:
        had_buffer_str(out, value->text);
        return;
    }
}

void had_cfn_json_at(struct had_buffer *out, const struct had_cfn *map, size_t indent)
{
    write_json(out, map, indent - 2);
}

void had_cfn_json(struct had_buffer *out, const struct had_cfn *root)
{
    write_json(out, root, 0);
    had_buffer_char(out, '\n');
}
