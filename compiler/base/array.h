/*
 * Growable arrays in an arena, typed by macro:
 *
 *     had_array(struct had_stmt *) stmts = {0};
 *     *had_push(arena, &stmts) = stmt;
 *     had_each(struct had_stmt *, s, &stmts) use(*s);      // s points at each element
 *
 * had_push returns a pointer to a new zeroed element; earlier pointers into the array are stale
 * after it.
 */
#ifndef HAD_BASE_ARRAY_H
#define HAD_BASE_ARRAY_H

#include "base/arena.h"

#define had_array(T)                                                                               \
    struct {                                                                                       \
        T *items;                                                                                  \
        uint32_t count, room;                                                                      \
    }

#define had_push(arena, a)                                                                         \
    (had_array_room_(arena, (void **)&(a)->items, &(a)->room, (a)->count, sizeof *(a)->items),     \
     &(a)->items[(a)->count++])

/* Room for at least `n` elements in all, where the number is known. */
#define had_array_reserve(arena, a, n)                                                             \
    had_array_reserve_((arena), (void **)&(a)->items, &(a)->room, (a)->count, (n),                 \
                       sizeof *(a)->items)

/* One declarator only, so that T may be a pointer type. */
#define had_each(T, var, a) for (T *var = (a)->items; var && var != (a)->items + (a)->count; var++)

void had_array_room_(struct had_arena *arena, void **items, uint32_t *room, uint32_t count,
                     size_t size);
void had_array_reserve_(struct had_arena *arena, void **items, uint32_t *room, uint32_t count,
                        uint32_t wanted, size_t size);

#endif
