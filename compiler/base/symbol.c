#include "base/symbol.h"

#include <string.h>

/* Eight bytes at a time: addresses are long, and nothing depends on the numbers. */
static uint32_t hash(had_str s)
{
    static const uint64_t factor = 0x9e3779b97f4a7c15u; /* golden ratio, as in splitmix64 */
    uint64_t h = s.len * factor, word;
    uint32_t i = 0;
    for (; s.len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, s.ptr + i, sizeof word);
        h = (h ^ word) * factor;
        h ^= h >> 32;
    }
    word = 0;
    if (i < s.len)
        memcpy(&word, s.ptr + i, s.len - i);
    h = (h ^ word) * factor;
    return (uint32_t)(h ^ h >> 32);
}

void had_symbols_init(struct had_symbols *symbols, struct had_arena *arena)
{
    *symbols = (struct had_symbols){.arena = arena};
    had_intern(symbols, HAD_STR(""));
}

static uint32_t slot_of(const struct had_symbols *t, had_str text, uint32_t hashed)
{
    uint32_t at = hashed & (t->slot_count - 1);
    for (uint32_t found; (found = t->slots[at]); at = (at + 1) & (t->slot_count - 1))
        if (t->hashes[found - 1] == hashed && had_str_eq(t->texts[found - 1], text))
            break;
    return at;
}

static void add_slots(struct had_symbols *t)
{
    uint32_t before = t->slot_count;
    t->slot_count = before ? before * 2 : 256;
    t->slots = had_arena_resize(t->arena, t->slots, before * sizeof *t->slots,
                                t->slot_count * sizeof *t->slots);
    memset(t->slots, 0, before * sizeof *t->slots);
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t at = t->hashes[i] & (t->slot_count - 1);
        while (t->slots[at])
            at = (at + 1) & (t->slot_count - 1);
        t->slots[at] = i + 1;
    }
}

had_sym had_symbol_find(const struct had_symbols *t, had_str text)
{
    uint32_t found = t->slot_count ? t->slots[slot_of(t, text, hash(text))] : 0;
    return found ? found - 1 : 0;
}

had_sym had_intern(struct had_symbols *t, had_str text)
{
    if (t->count * 2 >= t->slot_count)
        add_slots(t);
    uint32_t hashed = hash(text);
    uint32_t at = slot_of(t, text, hashed);
    if (t->slots[at])
        return t->slots[at] - 1;
    if (t->count == t->room) {
        uint32_t room = t->room ? t->room * 2 : 256;
        t->texts = had_arena_resize(t->arena, t->texts, t->room * sizeof *t->texts,
                                    room * sizeof *t->texts);
        t->hashes = had_arena_resize(t->arena, t->hashes, t->room * sizeof *t->hashes,
                                     room * sizeof *t->hashes);
        t->room = room;
    }
    t->texts[t->count] = had_str_dup(t->arena, text);
    t->hashes[t->count] = hashed;
    t->slots[at] = ++t->count;
    return t->count - 1;
}

had_str had_symbol_text(const struct had_symbols *t, had_sym symbol)
{
    return symbol < t->count ? t->texts[symbol] : (had_str){0};
}
