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

/* Many arenas live for one call or one text: the first chunk is small, later ones double. */
enum {
    FIRST_SIZE = 4096,
    CHUNK_SIZE = 64 * 1024,
    LARGE = CHUNK_SIZE / 4,
    ALIGN = 8,
    SPARE_MIN = 16
};

struct had_arena_chunk {
    struct had_arena_chunk *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char data[];
};

struct had_arena_spare {
    struct had_arena_spare *next;
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

static size_t round_up(size_t size)
{
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct had_arena_chunk *chunk_new(struct had_arena *arena, size_t room)
{
    /* From the system it is zero already, and calloc knows. */
    struct had_arena_chunk *fresh = calloc(1, sizeof *fresh + room);
    if (!fresh)
        had_out_of_memory(room);
    fresh->size = room;
    arena->total += sizeof *fresh + room;
    return fresh;
}

/* A large piece has a chunk of its own behind the current one, which still has room. */
static void *large(struct had_arena *arena, size_t need)
{
    struct had_arena_chunk *fresh = chunk_new(arena, need);
    fresh->used = need;
    if (arena->chunk) {
        fresh->next = arena->chunk->next;
        arena->chunk->next = fresh;
    } else {
        arena->chunk = fresh;
    }
    return fresh->data;
}

static size_t next_size(const struct had_arena_chunk *last, size_t need)
{
    size_t size = last ? last->size * 2 : FIRST_SIZE;
    while (size < need)
        size *= 2;
    return size < CHUNK_SIZE ? size : CHUNK_SIZE;
}

static void *take(struct had_arena *arena, size_t size, size_t align)
{
    if (size > SIZE_MAX / 2)
        had_out_of_memory(size);
    size_t need = size ? size : 1;
#ifdef HAD_ARENA_ASAN
    align = ALIGN;
    need = round_up(need) + ALIGN; /* a poisoned fence behind each allocation */
#endif
    void *p;
    if (need > LARGE) {
        p = large(arena, need);
    } else {
        struct had_arena_chunk *chunk = arena->chunk;
        size_t at = chunk ? (chunk->used + align - 1) & ~(align - 1) : 0;
        if (!chunk || at > chunk->size || chunk->size - at < need) {
            chunk = chunk_new(arena, next_size(chunk, need));
            chunk->next = arena->chunk;
            arena->chunk = chunk;
            at = 0;
        }
        p = chunk->data + at;
        chunk->used = at + need;
    }
#ifdef HAD_ARENA_ASAN
    ASAN_POISON_MEMORY_REGION((unsigned char *)p + (need - ALIGN), ALIGN);
#endif
    return p;
}

void *had_arena_alloc(struct had_arena *arena, size_t size)
{
    return take(arena, round_up(size), ALIGN);
}

char *had_arena_text(struct had_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

void *had_arena_grow(struct had_arena *arena, const void *old, size_t old_size, size_t size)
{
    void *p = had_arena_alloc(arena, size);
    if (old_size)
        memcpy(p, old, old_size < size ? old_size : size);
    return p;
}

#ifdef HAD_ARENA_ASAN

/* Never used again, so that a pointer which was kept is found out; and so is memory of others. */
static void give_back(struct had_arena *arena, void *old, size_t size)
{
    const unsigned char *bytes = old;
    const struct had_arena_chunk *chunk = arena->chunk;
    while (chunk && !(bytes >= chunk->data && bytes < chunk->data + chunk->size))
        chunk = chunk->next;
    if (!chunk)
        abort();
    ASAN_POISON_MEMORY_REGION(old, round_up(size));
}

void *had_arena_resize(struct had_arena *arena, void *old, size_t old_size, size_t size)
{
    void *p = had_arena_grow(arena, old, old_size, size);
    if (old_size)
        give_back(arena, old, old_size);
    return p;
}

#else

static unsigned log2_of(size_t size)
{
    unsigned n = 0;
    while (size >>= 1)
        n++;
    return n;
}

static void give_back(struct had_arena *arena, void *old, size_t size)
{
    size = round_up(size);
    if (size > LARGE) {
        for (struct had_arena_chunk **at = &arena->chunk; *at; at = &(*at)->next) {
            struct had_arena_chunk *chunk = *at;
            if (chunk->data != old)
                continue;
            *at = chunk->next;
            arena->total -= sizeof *chunk + chunk->size;
            free(chunk);
            return;
        }
        return; /* a part of something else */
    }
    if (size < SPARE_MIN)
        return;
    struct had_arena_spare *spare = old;
    unsigned class = log2_of(size);
    spare->next = arena->spare[class];
    arena->spare[class] = spare;
}

void *had_arena_resize(struct had_arena *arena, void *old, size_t old_size, size_t size)
{
    size_t had = round_up(old_size), need = round_up(size);
    struct had_arena_chunk *chunk = arena->chunk;
    if (had && need <= LARGE && (unsigned char *)old + had == chunk->data + chunk->used &&
        chunk->size - chunk->used >= need - had) {
        chunk->used += need - had;
        return old;
    }
    void *p = NULL;
    unsigned class = need > 1 ? log2_of(need - 1) + 1 : 0;
    if (need >= SPARE_MIN && need <= LARGE && arena->spare[class]) {
        struct had_arena_spare *spare = arena->spare[class];
        arena->spare[class] = spare->next;
        p = spare;
        memset(p, 0, need);
    } else {
        p = had_arena_alloc(arena, size);
    }
    if (had) {
        memcpy(p, old, old_size);
        give_back(arena, old, old_size);
    }
    return p;
}

#endif

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
    uint32_t bigger = count       ? count * 2
                      : size > 64 ? 1
                                  : 4; /* most lists of large things have one */
    *items = had_arena_resize(arena, *items, count * size, bigger * size);
    *room = bigger;
}

void had_array_reserve_(struct had_arena *arena, void **items, uint32_t *room, uint32_t count,
                        uint32_t wanted, size_t size)
{
    if (wanted <= *room)
        return;
    *items = had_arena_resize(arena, *items, count * size, wanted * size);
    *room = wanted;
}
