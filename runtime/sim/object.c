/* Objects, where they are found, and what time makes of them. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEN_AFTERWARDS_MS = 3600000 }; /* what has a word for being gone is still seen with it */

uint32_t had_sim_chance(struct had_sim *sim, uint32_t limit)
{
    uint64_t x = sim->chance += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((x ^ x >> 31) % (limit ? limit : 1));
}

uint64_t had_sim_hash(uint64_t hash, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    return (hash ^ 0x1f) * 1099511628211u;
}

static had_str place_of(const struct kind *kind, had_str region)
{
    return kind->global ? HAD_STR("global") : region;
}

static uint64_t kind_key(const struct kind *kind)
{
    return (1469598103934665603u ^ (kind->number + 1)) * 1099511628211u;
}

static uint64_t place_key(const struct kind *kind, had_str account, had_str region)
{
    return had_sim_hash(had_sim_hash(kind_key(kind), account), place_of(kind, region));
}

int64_t had_sim_later(const struct had_sim *sim, int64_t seconds)
{
    double speed = sim->options.speed > 0 ? sim->options.speed : 1;
    return sim->now + (int64_t)((double)seconds * 1000 / speed);
}

bool had_sim_alive(const struct had_sim *sim, const struct object *object)
{
    int64_t until = object->gone_at + (object->kind->gone ? SEEN_AFTERWARDS_MS : 0);
    return !object->removed && !(object->gone_at && until <= sim->now);
}

bool had_sim_is_ready(const struct had_sim *sim, const struct object *object)
{
    return object->ready_at <= sim->now && !object->gone_at && !object->half;
}

void had_sim_set_path(json_t *object, const char *path, json_t *value)
{
    const char *dot = strchr(path, '.');
    if (!dot) {
        json_object_set_new(object, path, value);
        return;
    }
    char outer[64];
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - path), path);
    json_t *inner = json_object_get(object, outer);
    if (!inner) {
        inner = json_object();
        json_object_set_new(object, outer, inner);
    }
    had_sim_set_path(inner, dot + 1, value);
}

static void set_word(json_t *object, const char *path, const char *word)
{
    const char *dot = strrchr(path, '.'), *has = NULL;
    if (!dot)
        has = had_sim_text(object, path);
    if (word && (!has || strcmp(has, word) != 0))
        had_sim_set_path(object, path, json_string(word));
}

/* States beside the one that the object waits for: from their own time after its making. */
static void age_stages(const struct had_sim *sim, struct object *object)
{
    const char *member;
    json_t *stage;
    double speed = sim->options.speed > 0 ? sim->options.speed : 1;
    json_object_foreach(json_object_get(object->kind->row, "stages"), member, stage) {
        double seconds = json_number_value(json_object_get(stage, "seconds"));
        bool done = object->made_at + (int64_t)(seconds * 1000 / speed) <= sim->now;
        set_word(object->value, member, had_sim_text(stage, done ? "ready" : "first"));
    }
}

void had_sim_age(const struct had_sim *sim, struct object *object)
{
    const struct kind *kind = object->kind;
    if (object->removed)
        return;
    bool ready = object->ready_at <= sim->now;
    if (object->then && ready && !object->half) {
        const char *path;
        json_t *value;
        json_object_foreach(object->then, path, value)
            had_sim_set_path(object->value, path, json_incref(value));
        json_decref(object->then);
        object->then = NULL;
    }
    age_stages(sim, object);
    if (!kind->state_at)
        return;
    const char *first = object->first ? object->first : kind->first;
    const char *state = object->ready ? object->ready : kind->ready;
    if (object->gone_at)
        state = object->gone_at <= sim->now ? kind->gone : kind->leaving;
    else if (!ready)
        state = first;
    else if (object->half)
        state = kind->failed ? kind->failed : first;
    set_word(object->value, kind->state_at, state);
}

struct objects *had_sim_place(struct had_sim *sim, const struct kind *kind, had_str account,
                              had_str region)
{
    uint64_t key = place_key(kind, account, region);
    uint64_t *at = had_map_get(&sim->by_place, key);
    if (at)
        return (struct objects *)(uintptr_t)*at;
    struct objects *objects = had_new(&sim->arena, struct objects);
    had_map_put(&sim->arena, &sim->by_place, key, (uintptr_t)objects);
    return objects;
}

static struct object *find_by(struct had_sim *sim, uint64_t key)
{
    uint64_t *at = had_map_get(&sim->by_id, key);
    struct object *object = at ? (struct object *)(uintptr_t)*at : NULL;
    return object && had_sim_alive(sim, object) ? object : NULL;
}

struct object *had_sim_find(struct had_sim *sim, const struct kind *kind, had_str account,
                            had_str region, had_str id)
{
    return find_by(sim, had_sim_hash(place_key(kind, account, region), id));
}

struct object *had_sim_find_all(struct had_sim *sim, const struct kind *kind, had_str id)
{
    return kind->shared ? find_by(sim, had_sim_hash(kind_key(kind), id)) : NULL;
}

uint64_t had_sim_number(struct had_sim *sim)
{
    return ++sim->last_id * 0x9e3779b97f4a7c15u >> 4;
}

had_str had_sim_new_id(struct had_sim *sim, const struct kind *kind)
{
    uint64_t number = had_sim_number(sim);
    const char *prefix = kind->prefix ? kind->prefix : kind->name;
    if (json_is_true(json_object_get(kind->row, "digits"))) /* an account's */
        return had_str_printf(&sim->arena, "%s%012llu", prefix,
                              (unsigned long long)(100000000000u + number % 900000000000u));
    return had_str_printf(&sim->arena, "%s%017llx", prefix, (unsigned long long)number);
}

/* As services of XML write it: ISO 8601. */
static json_t *time_text(int64_t milliseconds)
{
    char text[40];
    time_t seconds = (time_t)(milliseconds / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return json_string(text);
}

struct object *had_sim_add(struct had_sim *sim, const struct kind *kind, had_str account,
                           had_str region, had_str id, json_t *value)
{
    struct object *object = had_new(&sim->arena, struct object);
    object->kind = kind;
    object->account = had_str_dup(&sim->arena, account);
    object->region = had_str_dup(&sim->arena, place_of(kind, region));
    object->id = had_str_dup(&sim->arena, id);
    object->value = value;
    if (kind->id_at && !json_object_get(value, kind->id_at))
        json_object_set_new(value, kind->id_at, json_stringn(id.ptr, id.len));
    object->made_at = sim->now;
    if (kind->dated)
        json_object_set_new(value, kind->dated, time_text(sim->wall));
    object->ready_at = had_sim_later(sim, kind->seconds);
    object->seen_at =
        sim->now + (sim->options.lag_ms ? had_sim_chance(sim, sim->options.lag_ms) : 0);
    *had_push(&sim->arena, &sim->all.items) = object;
    *had_push(&sim->arena, &sim->by_kind[kind->number].items) = object;
    *had_push(&sim->arena, &had_sim_place(sim, kind, account, region)->items) = object;
    had_map_put(&sim->arena, &sim->by_id, had_sim_hash(place_key(kind, account, region), id),
                (uintptr_t)object);
    if (kind->shared)
        had_map_put(&sim->arena, &sim->by_id, had_sim_hash(kind_key(kind), id), (uintptr_t)object);
    sim->counts.objects++;
    had_sim_age(sim, object);
    return object;
}

void had_sim_remove(struct had_sim *sim, struct object *object, int64_t leave_seconds)
{
    object->gone_at = had_sim_later(sim, leave_seconds);
    if (leave_seconds == 0 && !object->kind->gone)
        object->removed = true;
    had_sim_age(sim, object);
    sim->counts.objects--;
}
