/*
 * Arena: memory that is freed as a whole. One arena lives as long as a compilation, a scratch arena
 * as long as a pass. Nothing is freed piecewise; running out of memory ends the program in one
 * place, so no caller tests for NULL. Sizes from outside are bounded before they reach an arena.
 *
 *     struct had_arena arena = {0};
 *     struct had_object *object = had_new(&arena, struct had_object);   // zeroed
 *     had_arena_free(&arena);
 */
#ifndef HAD_BASE_ARENA_H
#define HAD_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct had_arena_chunk;
struct had_arena_spare;

enum { HAD_ARENA_CLASSES = 16 };

struct had_arena {
    struct had_arena_chunk *chunk;                    /* newest first */
    size_t total;                                     /* bytes taken from the system */
    struct had_arena_spare *spare[HAD_ARENA_CLASSES]; /* given back by growth, by power of two */
};

/* Zeroed memory of `size` bytes, aligned for pointers and 64-bit numbers. */
void *had_arena_alloc(struct had_arena *arena, size_t size) __attribute__((returns_nonnull));

/* Zeroed memory of `size` bytes for text, not aligned. */
char *had_arena_text(struct had_arena *arena, size_t size) __attribute__((returns_nonnull));

/* Grows an allocation to `size` bytes by copying `old_size`; the old memory stays in the arena. */
void *had_arena_grow(struct had_arena *arena, const void *old, size_t old_size, size_t size)
    __attribute__((returns_nonnull));

/*
 * The same for memory that nobody but the caller points to: grown in its place where it can be,
 * else the old memory is used again. `old_size` is what was asked for; `size` is larger.
 */
void *had_arena_resize(struct had_arena *arena, void *old, size_t old_size, size_t size)
    __attribute__((returns_nonnull));

/* Gives everything back. The arena may be used again. */
void had_arena_free(struct had_arena *arena);

/* Prints how much was asked for and aborts: the one answer to memory that ran out. */
_Noreturn void had_out_of_memory(size_t size);

/* malloc family with that answer built in, for memory that must outlive or resize freely. */
void *had_xmalloc(size_t size) __attribute__((returns_nonnull));
void *had_xrealloc(void *old, size_t size) __attribute__((returns_nonnull));

#define had_new(arena, T) ((T *)had_arena_alloc((arena), sizeof(T)))
#define had_new_n(arena, T, n) ((T *)had_arena_alloc((arena), sizeof(T) * (size_t)(n)))

#endif
