#include "base/map.h"

#include <string.h>

static uint64_t mix(uint64_t x)
{
    /* finaliser of splitmix64 */
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint32_t slot_of(const struct had_map *map, uint64_t key)
{
    uint32_t at = (uint32_t)mix(key) & (map->slot_count - 1);
    while (map->slots[at] && map->entries[map->slots[at] - 1].key != key)
        at = (at + 1) & (map->slot_count - 1);
    return at;
}

uint64_t *had_map_get(const struct had_map *map, uint64_t key)
{
    if (!map->slot_count)
        return NULL;
    uint32_t found = map->slots[slot_of(map, key)];
    return found ? &map->entries[found - 1].value : NULL;
}

bool had_map_put(struct had_arena *arena, struct had_map *map, uint64_t key, uint64_t value)
{
    if (map->count * 2 >= map->slot_count) {
        uint32_t before = map->slot_count;
        map->slot_count = before ? before * 2 : 16;
        map->slots = had_arena_resize(arena, map->slots, before * sizeof *map->slots,
                                      map->slot_count * sizeof *map->slots);
        memset(map->slots, 0, before * sizeof *map->slots);
        for (uint32_t i = 0; i < map->count; i++)
            map->slots[slot_of(map, map->entries[i].key)] = i + 1;
    }
    uint32_t at = slot_of(map, key);
    if (map->slots[at]) {
        map->entries[map->slots[at] - 1].value = value;
        return false;
    }
    if (map->count == map->room) {
        uint32_t room = map->room ? map->room * 2 : 8;
        map->entries = had_arena_resize(arena, map->entries, map->count * sizeof *map->entries,
                                        room * sizeof *map->entries);
        map->room = room;
    }
    map->entries[map->count] = (struct had_map_entry){key, value};
    map->slots[at] = ++map->count;
    return true;
}
