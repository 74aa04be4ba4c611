#include "base/symbol.h"

static uint32_t hash(had_str s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h ^ (h >> 15);
}

void had_symbols_init(struct had_symbols *symbols, struct had_arena *arena)
{
    *symbols = (struct had_symbols){.arena = arena};
    had_intern(symbols, HAD_STR(""));
}

static uint32_t slot_of(const struct had_symbols *t, had_str text)
{
    uint32_t at = hash(text) & (t->slot_count - 1);
    while (t->slots[at] && !had_str_eq(t->texts[t->slots[at] - 1], text))
        at = (at + 1) & (t->slot_count - 1);
    return at;
}

had_sym had_symbol_find(const struct had_symbols *t, had_str text)
{
    uint32_t found = t->slot_count ? t->slots[slot_of(t, text)] : 0;
    return found ? found - 1 : 0;
}

had_sym had_intern(struct had_symbols *t, had_str text)
{
    if (t->count * 2 >= t->slot_count) {
        t->slot_count = t->slot_count ? t->slot_count * 2 : 256;
        t->slots = had_new_n(t->arena, uint32_t, t->slot_count);
        for (uint32_t i = 0; i < t->count; i++)
            t->slots[slot_of(t, t->texts[i])] = i + 1;
    }
    uint32_t at = slot_of(t, text);
    if (t->slots[at])
        return t->slots[at] - 1;
    if (t->count == t->room) {
        uint32_t room = t->room ? t->room * 2 : 256;
        t->texts = had_arena_grow(t->arena, t->texts, t->count * sizeof *t->texts,
                                  room * sizeof *t->texts);
        t->room = room;
    }
    t->texts[t->count] = had_str_dup(t->arena, text);
    t->slots[at] = ++t->count;
    return t->count - 1;
}

had_str had_symbol_text(const struct had_symbols *t, had_sym symbol)
{
    return symbol < t->count ? t->texts[symbol] : (had_str){0};
}
