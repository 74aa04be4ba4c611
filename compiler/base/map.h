/*
 * Map from uint64_t to uint64_t that keeps the order of insertion (entries[0..count)), so that no
 * output ever depends on hashing. Arena-backed; entries are never removed. Store pointers by
 * had_map_put(…, (uintptr_t)p).
 */
#ifndef HAD_BASE_MAP_H
#define HAD_BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>

struct had_map_entry {
    uint64_t key, value;
};

struct had_map {
    struct had_map_entry *entries;
    uint32_t count, room;
    uint32_t *slots; /* index + 1 into entries, 0 free */
    uint32_t slot_count;
};

/* The value's place, or NULL; valid until the next insertion. */
uint64_t *had_map_get(const struct had_map *map, uint64_t key);
/* Sets or replaces; true if the key was new. */
bool had_map_put(struct had_arena *arena, struct had_map *map, uint64_t key, uint64_t value);

#endif
