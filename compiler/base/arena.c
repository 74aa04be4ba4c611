#include "base/arena.h"
#include "base/array.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAD_ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAD_ARENA_ASAN 1
#endif
#endif
#ifdef HAD_ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif

enum { CHUNK_SIZE = 64 * 1024, ALIGN = 16 };

struct had_arena_chunk {
    struct had_arena_chunk *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char data[];
};

void had_out_of_memory(size_t size)
{
    fprintf(stderr, "had: out of memory (%zu bytes)\n", size);
    abort();
}

void *had_xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        had_out_of_memory(size);
    return p;
}

void *had_xrealloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (!p)
        had_out_of_memory(size);
    return p;
}

void *had_arena_alloc(struct had_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        had_out_of_memory(size);
    size_t need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (need == 0)
        need = ALIGN;
#ifdef HAD_ARENA_ASAN
    need += ALIGN; /* a poisoned fence behind each allocation */
#endif
    struct had_arena_chunk *chunk = arena->chunk;
    if (!chunk || chunk->size - chunk->used < need) {
        size_t room = need > CHUNK_SIZE ? need : CHUNK_SIZE;
        struct had_arena_chunk *fresh = had_xmalloc(sizeof *fresh + room);
        fresh->used = 0;
        fresh->size = room;
        arena->total += sizeof *fresh + room;
        if (chunk && need > CHUNK_SIZE / 4) {
            /* A large piece gets a chunk of its own behind the current one, which still has room. */
            fresh->next = chunk->next;
            chunk->next = fresh;
        } else {
            fresh->next = chunk;
            arena->chunk = fresh;
        }
        chunk = fresh;
    }
    void *p = chunk->data + chunk->used;
    chunk->used += need;
    memset(p, 0, need);
#ifdef HAD_ARENA_ASAN
    ASAN_POISON_MEMORY_REGION((unsigned char *)p + (need - ALIGN), ALIGN);
#endif
    return p;
}

void *had_arena_grow(struct had_arena *arena, const void *old, size_t old_size, size_t size)
{
    void *p = had_arena_alloc(arena, size);
    if (old_size)
        memcpy(p, old, old_size < size ? old_size : size);
    return p;
}

void had_arena_free(struct had_arena *arena)
{
    struct had_arena_chunk *chunk = arena->chunk;
    while (chunk) {
        struct had_arena_chunk *next = chunk->next;
#ifdef HAD_ARENA_ASAN
        ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
#endif
        free(chunk);
        chunk = next;
    }
    *arena = (struct had_arena){0};
}


void had_array_room_(struct had_arena *arena, void **items, uint32_t *room, uint32_t count,
                     size_t size)
{
    if (count < *room)
        return;
    if (count > UINT32_MAX / 2)
        had_out_of_memory((size_t)count * size);
    uint32_t bigger = count ? count * 2 : size > 64 ? 1 : 4; /* most lists of large things have one */
    *items = had_arena_grow(arena, *items, count * size, bigger * size);
    *room = bigger;
}
