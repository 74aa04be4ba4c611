#include "emit/cloudformation/model.h"

struct had_cfn *had_cfn_new(struct had_arena *arena, enum had_cfn_tag tag, had_str text)
{
    struct had_cfn *value = had_new(arena, struct had_cfn);
    value->tag = tag;
    value->text = text;
    return value;
}

struct had_cfn *had_cfn_text(struct had_arena *arena, had_str text)
{
    return had_cfn_new(arena, HAD_CFN_TEXT, text);
}

struct had_cfn *had_cfn_c(struct had_arena *arena, const char *text)
{
    return had_cfn_text(arena, had_str_c(text));
}

struct had_cfn *had_cfn_int(struct had_arena *arena, int64_t number)
{
    return had_cfn_new(arena, HAD_CFN_NUMBER, had_str_printf(arena, "%lld", (long long)number));
}

struct had_cfn *had_cfn_bool(struct had_arena *arena, bool boolean)
{
    struct had_cfn *value = had_cfn_new(arena, HAD_CFN_BOOL, (had_str){0});
    value->boolean = boolean;
    return value;
}

struct had_cfn *had_cfn_list(struct had_arena *arena)
{
    return had_cfn_new(arena, HAD_CFN_LIST, (had_str){0});
}

struct had_cfn *had_cfn_map(struct had_arena *arena)
{
    return had_cfn_new(arena, HAD_CFN_MAP, (had_str){0});
}

void had_cfn_append(struct had_arena *arena, struct had_cfn *list, struct had_cfn *item)
{
    *had_push(arena, &list->items) = item;
}

struct had_cfn_entry *had_cfn_add(struct had_arena *arena, struct had_cfn *map, had_str key,
                                  struct had_cfn *value)
{
    struct had_cfn_entry *entry = had_push(arena, &map->entries);
    entry->key = key;
    entry->value = value;
    return entry;
}

struct had_cfn_entry *had_cfn_put(struct had_arena *arena, struct had_cfn *map, had_str key,
                                  struct had_cfn *value)
{
    had_each(struct had_cfn_entry, entry, &map->entries) {
        if (had_str_eq(entry->key, key)) {
            entry->value = value;
            return entry;
        }
    }
    return had_cfn_add(arena, map, key, value);
}

struct had_cfn_entry *had_cfn_put_c(struct had_arena *arena, struct had_cfn *map, const char *key,
                                    struct had_cfn *value)
{
    return had_cfn_put(arena, map, had_str_c(key), value);
}

struct had_cfn *had_cfn_at(const struct had_cfn *map, const char *key)
{
    if (!map)
        return NULL;
    had_each(const struct had_cfn_entry, entry, &map->entries)
        if (had_str_is(entry->key, key))
            return entry->value;
    return NULL;
}
