/*
 * What is there already, as a spec: accounts and Regions are read by the table of live.yaml
 * (README.md has its form), what belongs together is inferred, and written as text of the language.
 * Whatever cannot be said in the language is left over, with a reason: every object that was read
 * is in one of the two.
 *
 *     struct had_live live = {.arena = &arena, .world = &world, …};
 *     if (had_live_read(&live, &error) && had_live_infer(&live, &error))
 *         had_live_write(&live);                    // live.files
 *     had_live_free(&live);
 *
 * Texts of AWS are data from outside: they go into quoted strings with escapes, or into names of
 * which every other character became `-`, and never stand bare.
 */
#ifndef HAD_IMPORT_IMPORT_H
#define HAD_IMPORT_IMPORT_H

#include "base/array.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/symbol.h"
#include "schema/kind.h"
#include "world/world.h"

/* A declaration of the spec to be. */
struct had_declared {
    const struct had_kind *kind;
    had_str label;        /* the declared name, or the quoted subject; empty: none */
    had_str head;         /* subject as it is written where it declares no name, and clauses */
    json_t *attributes;   /* by the catalog's names; texts that are ids of declared objects are
                             references */
    json_t *notes;        /* sentences that stand above it as comments */
    const json_t *object; /* what was read; NULL for what is only derived */
    struct had_declared *parent;
    struct had_declared *place; /* what a clause names: its children need no path here */
    had_array(struct had_declared *) children;
    uint32_t number;  /* in the order of declaring, from 1 */
    const char *file; /* "network" */
    bool existing;
};

struct had_live_file {
    had_str path, text; /* below the folder of the spec */
};

struct had_live {
    struct had_arena *arena;
    struct had_world *world;
    had_str name;                /* of the spec */
    had_str role;                /* name of the role in each account */
    had_str home;                /* Region of calls to global services */
    had_array(had_str) accounts; /* ids; none: all of the organization */
    had_array(had_str) regions;  /* none: `home`; "all": those that are enabled */
    uint32_t parallel;           /* calls in flight; 0: 64 */
    volatile int *stop;          /* set by a signal; may be NULL */
    void (*progress)(void *context, const char *what, uint32_t done, uint32_t all);
    void *progress_context;

    /* what was read: objects by entry, account, Region and id; members of the table's `fields` */
    json_t *objects;
    json_t *table; /* entries of live.yaml */
    json_t *gaps;  /* calls that failed: {account, region, operation, code, message} */
    json_t
        *left; /* objects that the spec does not have: {kind, id, account, region, name, reason} */
    had_str partition, management; /* account id */
    uint64_t calls;

    /* what was inferred */
    struct had_map by_id; /* index of an interned id → struct had_declared * */
    struct had_symbols *ids;
    json_t *labels; /* {"KIND NUMBER LABEL": true}: what is taken below a parent */
    had_array(struct had_declared *) declared;
    had_array(struct had_live_file) files;
    struct had_live_inside *inside;
};

/* False and a sentence where nothing can be read at all; single failures are gaps. */
bool had_live_read(struct had_live *live, had_str *error);
/* False and a sentence where no spec can be made of it. */
bool had_live_infer(struct had_live *live, had_str *error);
/* Fills `files`, formatted. */
void had_live_write(struct had_live *live);
/* The formatter's form of a text, or the text itself where a defect of this program made it no
 * spec. */
had_str had_live_format(struct had_arena *arena, had_str path, had_str text);
void had_live_free(struct had_live *live);

#endif
