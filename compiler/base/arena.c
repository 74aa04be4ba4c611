#if defined(__linux__)
#define _GNU_SOURCE /* mremap: a large list grows without a copy */
#include <sys/mman.h>
#endif

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

/*
 * Many arenas live for one call or one text: the first chunk is small, later ones double. An arena
 * of megabytes goes on in huge pages: each fault brings 2 MB, where 4 KB at a time took a tenth of
 * a large check.
 */
enum {
    FIRST_SIZE = 4096,
    CHUNK_SIZE = 64 * 1024,
    LARGE = CHUNK_SIZE / 4,
    HUGE_SIZE = 2 * 1024 * 1024,
    HUGE_FROM = 2 * HUGE_SIZE, /* bytes in the arena */
    PAGES_FROM = 1024 * 1024,  /* chunks of this size are pages of the system */
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

/* ---- chunks from the system, zeroed ---- */

#if defined(__linux__)

static struct had_arena_chunk *chunk_get(size_t size)
{
    if (size < PAGES_FROM)
        return calloc(1, size);
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (size == HUGE_SIZE)
        madvise(pages, size, MADV_HUGEPAGE); /* where the system has none, small ones do */
#endif
    return pages;
}

static void chunk_put(struct had_arena_chunk *chunk)
{
    size_t size = sizeof *chunk + chunk->size;
    if (size < PAGES_FROM)
        free(chunk);
    else
        munmap(chunk, size);
}

#else

static struct had_arena_chunk *chunk_get(size_t size)
{
    return calloc(1, size);
}

static void chunk_put(struct had_arena_chunk *chunk)
{
    free(chunk);
}

#endif

static struct had_arena_chunk *chunk_new(struct had_arena *arena, size_t room)
{
    struct had_arena_chunk *fresh = chunk_get(sizeof *fresh + room);
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

static size_t next_size(const struct had_arena *arena, size_t need)
{
    if (arena->total >= HUGE_FROM)
        return HUGE_SIZE - sizeof(struct had_arena_chunk);
    size_t size = arena->chunk ? arena->chunk->size * 2 : FIRST_SIZE;
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
            chunk = chunk_new(arena, next_size(arena, need));
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

/* Where the chunk of a large piece is linked, or NULL: then it is a part of something else. */
static struct had_arena_chunk **chunk_of(struct had_arena *arena, const void *piece)
{
    for (struct had_arena_chunk **at = &arena->chunk; *at; at = &(*at)->next)
        if ((*at)->data == piece)
            return at;
    return NULL;
}

/* A piece of whole pages, grown by mapping more of them; NULL if it is not one. */
static void *remap(struct had_arena *arena, const void *old, size_t need)
{
#if defined(__linux__)
    struct had_arena_chunk **at = chunk_of(arena, old), *chunk = at ? *at : NULL;
    if (!chunk || sizeof *chunk + chunk->size < PAGES_FROM)
        return NULL;
    size_t before = sizeof *chunk + chunk->size, size = sizeof *chunk + need;
    struct had_arena_chunk *moved = mremap(chunk, before, size, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        had_out_of_memory(need);
    *at = moved;
    moved->size = moved->used = need;
    arena->total += size - before;
    return moved->data;
#else
    (void)arena, (void)old, (void)need;
    return NULL;
#endif
}

static void give_back(struct had_arena *arena, void *old, size_t size)
{
    size = round_up(size);
    if (size > LARGE) {
        struct had_arena_chunk **at = chunk_of(arena, old), *chunk = at ? *at : NULL;
        if (!chunk)
            return;
        *at = chunk->next;
        arena->total -= sizeof *chunk + chunk->size;
        chunk_put(chunk);
        return;
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
    void *p = had > LARGE ? remap(arena, old, need) : NULL;
    if (p)
        return p;
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
        chunk_put(chunk);
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
