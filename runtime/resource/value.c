#include "resource/driver.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers and truth values as the text that the same value has elsewhere. */
static bool scalar_text(const json_t *value, char *out, size_t room)
{
    if (json_is_string(value))
        return snprintf(out, room, "%s", json_string_value(value)) < (int)room;
    if (json_is_boolean(value))
        return snprintf(out, room, "%s", json_is_true(value) ? "true" : "false") > 0;
    if (json_is_integer(value))
        return snprintf(out, room, "%" JSON_INTEGER_FORMAT, json_integer_value(value)) > 0;
    if (json_is_real(value))
        return snprintf(out, room, "%.17g", json_real_value(value)) > 0;
    return false;
}

static json_t *parsed(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && (text[0] == '{' || text[0] == '[') ? json_loads(text, 0, NULL) : NULL;
}

static bool lists_equal(const json_t *a, const json_t *b, bool set, bool partial)
{
    size_t count = json_array_size(a);
    if (count != json_array_size(b))
        return false;
    if (!set) {
        for (size_t i = 0; i < count; i++)
            if (!had_value_equal(json_array_get(a, i), json_array_get(b, i), set, partial))
                return false;
        return true;
    }
    bool *taken = had_xmalloc(count + 1);
    memset(taken, 0, count + 1);
    bool equal = true;
    for (size_t i = 0; i < count && equal; i++) {
        equal = false;
        for (size_t k = 0; k < count && !equal; k++)
            if (!taken[k] &&
                had_value_equal(json_array_get(a, i), json_array_get(b, k), set, partial))
                equal = taken[k] = true;
    }
    free(taken);
    return equal;
}

bool had_value_equal(const json_t *a, const json_t *b, bool set, bool partial)
{
    if (json_equal(a, b))
        return true;
    if (json_is_array(a) && json_is_array(b))
        return lists_equal(a, b, set, partial);
    if (json_is_object(a) && json_is_object(b)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)a, key, member) {
            const json_t *other = json_object_get(b, key);
            if (!other || !had_value_equal(member, other, set, partial))
                return false;
        }
        return partial || json_object_size(a) == json_object_size(b);
    }
    char left[128], right[128];
    if (scalar_text(a, left, sizeof left) && scalar_text(b, right, sizeof right) &&
        strcmp(left, right) == 0)
        return true;
    /* documents: once as a value, once as text */
    json_t *x = parsed(a), *y = parsed(b);
    bool equal = (x || y) && json_equal(x ? x : a, y ? y : b);
    json_decref(x);
    json_decref(y);
    return equal;
}

const char *had_tag_name(const json_t *tag, const json_t **value)
{
    static const char *const spellings[][2] = {
        {"Key", "Value"}, {"key", "value"}, {"TagKey", "TagValue"}};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const char *name = json_string_value(json_object_get(tag, spellings[i][0]));
        *value = json_object_get(tag, spellings[i][1]);
        if (name)
            return name;
    }
    return NULL;
}

had_str had_tag_text(const json_t *tags, const char *name)
{
    if (json_is_object(tags))
        return had_str_c(json_string_value(json_object_get(tags, name)));
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *value;
        const char *key = had_tag_name(json_array_get(tags, i), &value);
        if (key && strcmp(key, name) == 0)
            return had_str_c(json_string_value(value));
    }
    return (had_str){0};
}

const char *had_step_operation(const json_t *step, const json_t **params)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)step, key, value)
        if (isupper((unsigned char)key[0])) {
            *params = value;
            return key;
        }
    return NULL;
}

static bool contains(had_str text, const char *part)
{
    size_t len = strlen(part);
    for (uint32_t i = 0; i + len <= text.len; i++)
        if (strncmp(text.ptr + i, part, len) == 0)
            return true;
    return false;
}

bool had_code_in(const json_t *codes, const struct had_aws_error *error)
{
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const char *entry = json_string_value(json_array_get(codes, i));
        if (!entry)
            continue;
        const char *colon = strstr(entry, ": ");
        had_str code = had_str_c(entry);
        if (colon)
            code.len = (uint32_t)(colon - entry);
        if (had_str_eq(code, error->code) && (!colon || contains(error->message, colon + 2)))
            return true;
    }
    return false;
}
