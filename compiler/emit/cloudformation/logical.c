#include "emit/cloudformation/logical.h"

#include "graph/rtype.h"

#include <string.h>
#include <utf8proc.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_pascal(struct had_buffer *out, had_str text)
{
    bool start = true;
    for (uint32_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        if (is_alnum(c)) {
            if (start && is_digit(c) && out->len && is_digit(out->ptr[out->len - 1]))
                had_buffer_char(out, 'x');
            had_buffer_char(out, start && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
            start = false;
            i++;
            continue;
        }
        start = true;
        if ((unsigned char)c < 0x80) {
            i++;
            continue;
        }
        /* Letters outside ASCII keep apart what differs only in them. */
        utf8proc_int32_t rune;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + i,
                                              (utf8proc_ssize_t)(text.len - i), &rune);
        if (n > 0)
            had_buffer_printf(out, "U%04X", (unsigned)rune);
        i += n > 0 ? (uint32_t)n : 1;
    }
}

static had_str take(struct had_arena *arena, struct had_buffer *buffer)
{
    had_str text = had_str_dup(arena, had_buffer_view(buffer));
    had_buffer_free(buffer);
    return text;
}

had_str had_pascal(struct had_arena *arena, had_str text)
{
    struct had_buffer out = {0};
    add_pascal(&out, text);
    return take(arena, &out);
}

/* The next part of an address up to `/` outside quotes; *rest moves behind it. */
static had_str next_segment(had_str *rest)
{
    bool quoted = false;
    uint32_t i = 0;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '\\' && quoted && i + 1 < rest->len)
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == '/' && !quoted)
            break;
    }
    had_str segment = had_str_slice(*rest, 0, i);
    *rest = had_str_slice(*rest, i < rest->len ? i + 1 : i, rest->len);
    return segment;
}

static had_str kind_of(had_str segment)
{
    int64_t space = had_str_find(segment, ' ');
    return space < 0 ? segment : had_str_slice(segment, 0, (uint32_t)space);
}

/* `subnet` of a subnet and `group` of a security-group say nothing new. */
static bool says_kind(had_str kind, had_str role)
{
    if (had_str_eq(kind, role))
        return true;
    return kind.len > role.len + 1 && kind.ptr[kind.len - role.len - 1] == '-' &&
           memcmp(kind.ptr + kind.len - role.len, role.ptr, role.len) == 0;
}

static void add_id(struct had_buffer *out, const struct had_node *node)
{
    had_str rest = node->object, kind = {0};
    while (rest.len) {
        had_str segment = next_segment(&rest);
        kind = kind_of(segment);
        add_pascal(out, segment);
    }
    if (node->role.len && (!says_kind(kind, node->role) || node->key.len))
        add_pascal(out, node->role);
    if (had_str_is(node->key, "*")) /* the names below one: a sign alone would say nothing */
        had_buffer_c(out, "Wildcard");
    add_pascal(out, node->key);
}

had_str had_logical_id(struct had_arena *arena, const struct had_node *node)
{
    struct had_buffer out = {0};
    add_id(&out, node);
    return take(arena, &out);
}

void had_logical_put(struct had_buffer *out, const struct had_node *node, had_str attribute)
{
    add_id(out, node);
    had_str name;
    uint32_t index;
    bool element = had_attribute_split(attribute, &name, &index);
    if (!element && node->type && node->type->ref && had_str_is(name, node->type->ref)) {
        /* The id that Ref gives is simply the Id of the thing. */
        if (had_str_ends(name, "Id"))
            name = HAD_STR("Id");
        else if (had_str_ends(name, "Arn"))
            name = HAD_STR("Arn");
    }
    if (element && had_str_ends(name, "Addresses"))
        name = had_str_slice(name, 0, name.len - 2);
    else if (element && had_str_ends(name, "s"))
        name = had_str_slice(name, 0, name.len - 1);
    add_pascal(out, name);
    if (element)
        had_buffer_printf(out, "%u", index + 1);
}

had_str had_logical_value(struct had_arena *arena, const struct had_node *node, had_str attribute)
{
    struct had_buffer out = {0};
    had_logical_put(&out, node, attribute);
    return take(arena, &out);
}

had_str had_node_title(struct had_arena *arena, const struct had_node *node)
{
    struct had_buffer out = {0};
    had_str rest = node->object, kind = {0};
    had_str parts[2] = {node->role, node->key};
    struct had_buffer raw = {0};
    while (rest.len) {
        had_str segment = next_segment(&rest);
        kind = kind_of(segment);
        if (raw.len)
            had_buffer_char(&raw, '-');
        had_buffer_str(&raw, kind.len < segment.len
                                 ? had_str_slice(segment, kind.len + 1, segment.len)
                                 : segment);
    }
    for (int i = 0; i < 2; i++) {
        if (!parts[i].len || (i == 0 && says_kind(kind, node->role) && !node->key.len))
            continue;
        had_buffer_char(&raw, '-');
        had_str part = parts[i];
        if (i == 1) { /* `hub core` is `core` in a name */
            had_str of = kind_of(part);
            if (of.len < part.len)
                part = had_str_slice(part, of.len + 1, part.len);
        }
        had_buffer_str(&raw, part);
    }
    bool dash = false;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (is_alnum(c)) {
            if (dash && out.len)
                had_buffer_char(&out, '-');
            had_buffer_char(&out, c);
            dash = false;
        } else {
            dash = true;
        }
    }
    had_buffer_free(&raw);
    return had_cut(take(arena, &out), 255);
}

had_str had_cut(had_str text, uint32_t max)
{
    if (text.len <= max)
        return text;
    while (max && ((unsigned char)text.ptr[max] & 0xc0) == 0x80)
        max--;
    return had_str_slice(text, 0, max);
}
