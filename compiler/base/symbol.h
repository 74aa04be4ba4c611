/*
 * Interned names: equal texts get equal numbers, so that comparing names is comparing integers.
 * Number 0 is the empty text. The table copies the texts; they live as long as its arena.
 */
#ifndef HAD_BASE_SYMBOL_H
#define HAD_BASE_SYMBOL_H

#include "base/str.h"

typedef uint32_t had_sym;

struct had_symbols {
    struct had_arena *arena;
    had_str *texts;
    uint32_t count, room;
    uint32_t *hashes; /* of the texts */
    uint32_t *slots;
    uint32_t slot_count;
};

void had_symbols_init(struct had_symbols *symbols, struct had_arena *arena);
had_sym had_intern(struct had_symbols *symbols, had_str text);
/* The number if the text was interned before, else 0. */
had_sym had_symbol_find(const struct had_symbols *symbols, had_str text);
had_str had_symbol_text(const struct had_symbols *symbols, had_sym symbol);

#endif
