#include "sim/sim.h"

#include "aws/retry.h"
#include "base/map.h"
#include "resource/driver.h"
#include "resource/table.h"

#include <stdlib.h>
#include <string.h>

extern const struct had_driver_text had_sim_texts[];
extern const unsigned had_sim_text_count;

struct kind { /* a type of objects */
    const char *name;
    json_t *row;
    const char *id_at, *prefix, *missing, *unready, *state_at, *first, *ready, *leaving, *gone,
        *failed;
    int64_t seconds, leave_seconds;
    bool global;
};

struct object {
    struct kind *kind;
    had_str account, region, id;
    json_t *value;
    int64_t seen_at, ready_at, gone_at; /* 0: not */
    char *token;
    bool half, removed;
};

struct flight {
    uint64_t number;
    struct had_aws_call call;
    json_t *params;
    int64_t due;
    enum had_sim_fault fault;
    bool executed;
    struct had_aws_result result;
    struct flight *next;
};

struct bucket {
    uint64_t key;
    struct had_aws_bucket bucket;
};

struct had_sim {
    struct had_arena arena;
    struct had_sim_options options;
    uint64_t chance, last_id;
    int64_t now, wall;
    struct kind *kinds;
    uint32_t kind_count;
    struct had_map rows; /* hash of service.operation → json_t row */
    had_array(struct object *) objects;
    struct had_map by_place; /* hash of kind, account, Region → struct list * */
    struct had_map by_id;    /* hash of kind, account, Region, id → object */
    struct flight *flights, **last;
    uint64_t number;
    uint32_t flying;
    struct had_map buckets;
    struct had_sim_counts counts;
};

struct list {
    had_array(struct object *) items;
};

/* ---- small parts ---- */

static uint32_t chance(struct had_sim *sim, uint32_t limit)
{
    uint64_t x = sim->chance += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((x ^ x >> 31) % (limit ? limit : 1));
}

static uint64_t hash(uint64_t hash, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return (hash ^ 0x1f) * 1099511628211u;
}

static uint64_t hash_c(uint64_t h, const char *text)
{
    return hash(h, text, strlen(text));
}

static uint64_t hash_str(uint64_t h, had_str text)
{
    return hash(h, text.ptr ? text.ptr : "", text.len);
}

static const char *text_at(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static struct kind *kind_of(struct had_sim *sim, const char *name)
{
    for (uint32_t i = 0; name && i < sim->kind_count; i++)
        if (strcmp(sim->kinds[i].name, name) == 0)
            return &sim->kinds[i];
    return NULL;
}

static had_str place_of(const struct kind *kind, had_str region)
{
    return kind->global ? HAD_STR("global") : region;
}

static uint64_t place_key(const struct kind *kind, had_str account, had_str region)
{
    return hash_str(hash_str(hash_c(1469598103934665603u, kind->name), account),
                    place_of(kind, region));
}

/* ---- failures of calls ---- */

struct failure {
    const char *code;
    char message[256];
};

static bool refuse(struct failure *failure, const char *code, const char *what)
{
    failure->code = code;
    snprintf(failure->message, sizeof failure->message, "%s", what ? what : code);
    return false;
}

/* ---- objects ---- */

/* What has a word for being gone is still seen with it for an hour. */
enum { SEEN_AFTERWARDS_MS = 3600000 };

static bool alive(const struct had_sim *sim, const struct object *object)
{
    int64_t until = object->gone_at + (object->kind->gone ? SEEN_AFTERWARDS_MS : 0);
    return !object->removed && !(object->gone_at && until <= sim->now);
}

/* The state that time has brought about. */
static void age(const struct had_sim *sim, struct object *object)
{
    const struct kind *kind = object->kind;
    if (!kind->state_at || object->removed)
        return;
    const char *state = kind->ready;
    if (object->gone_at)
        state = object->gone_at <= sim->now ? kind->gone : kind->leaving;
    else if (object->ready_at > sim->now)
        state = kind->first;
    else if (object->half)
        state = kind->failed ? kind->failed : kind->first;
    if (!state)
        return;
    const char *dot = strchr(kind->state_at, '.');
    json_t *into = object->value;
    const char *member = kind->state_at;
    if (dot) {
        char outer[64];
        snprintf(outer, sizeof outer, "%.*s", (int)(dot - kind->state_at), kind->state_at);
        into = json_object_get(object->value, outer);
        member = dot + 1;
        if (!into) {
            into = json_object();
            json_object_set_new(object->value, outer, into);
        }
    }
    const char *has = json_string_value(json_object_get(into, member));
    if (!has || strcmp(has, state) != 0)
        json_object_set_new(into, member, json_string(state));
}

static struct list *list_of(struct had_sim *sim, const struct kind *kind, had_str account,
                            had_str region)
{
    uint64_t key = place_key(kind, account, region);
    uint64_t *at = had_map_get(&sim->by_place, key);
    if (at)
        return (struct list *)(uintptr_t)*at;
    struct list *list = had_new(&sim->arena, struct list);
    had_map_put(&sim->arena, &sim->by_place, key, (uintptr_t)list);
    return list;
}

static struct object *find_id(struct had_sim *sim, const struct kind *kind, had_str account,
                              had_str region, had_str id)
{
    uint64_t key = hash_str(place_key(kind, account, region), id);
    uint64_t *at = had_map_get(&sim->by_id, key);
    struct object *object = at ? (struct object *)(uintptr_t)*at : NULL;
    return object && alive(sim, object) ? object : NULL;
}

/* Shared kinds are found in other accounts too: what RAM makes visible. */
static struct object *find_anywhere(struct had_sim *sim, const struct kind *kind, had_str account,
                                    had_str region, had_str id)
{
    struct object *object = find_id(sim, kind, account, region, id);
    if (object || !json_is_true(json_object_get(kind->row, "shared")))
        return object;
    for (uint32_t i = 0; i < sim->objects.count; i++) {
        struct object *other = sim->objects.items[i];
        if (other->kind == kind && had_str_eq(other->id, id) && alive(sim, other))
            return other;
    }
    return NULL;
}

static struct object *object_new(struct had_sim *sim, struct kind *kind, had_str account,
                                 had_str region, had_str id, json_t *value)
{
    struct object *object = had_new(&sim->arena, struct object);
    object->kind = kind;
    object->account = had_str_dup(&sim->arena, account);
    object->region = had_str_dup(&sim->arena, place_of(kind, region));
    object->id = had_str_dup(&sim->arena, id);
    object->value = value;
    double speed = sim->options.speed > 0 ? sim->options.speed : 1;
    object->ready_at = sim->now + (int64_t)((double)kind->seconds * 1000 / speed);
    object->seen_at = sim->now + (sim->options.lag_ms ? chance(sim, sim->options.lag_ms) : 0);
    *had_push(&sim->arena, &sim->objects) = object;
    *had_push(&sim->arena, &list_of(sim, kind, account, region)->items) = object;
    had_map_put(&sim->arena, &sim->by_id, hash_str(place_key(kind, account, region), id),
                (uintptr_t)object);
    sim->counts.objects++;
    age(sim, object);
    return object;
}

/* ---- rows: what an operation does ---- */

struct scene { /* one call */
    struct had_sim *sim;
    const json_t *row, *params;
    had_str account, region;
    struct had_scope scope;
    struct failure failure;
    bool half;
};

static json_t *fill(struct scene *s, const char *key)
{
    json_t *template = json_object_get(s->row, key);
    return template ? had_template(template, &s->scope) : NULL;
}

static had_str text_of(struct scene *s, const json_t *template)
{
    return had_template_text(&s->sim->arena, template, &s->scope);
}

/* Everything that the parameters refer to is there. */
static bool refer(struct scene *s)
{
    const char *path, *unknown = text_at(s->row, "unknown");
    json_t *name;
    json_object_foreach(json_object_get(s->row, "refs"), path, name)
    {
        struct kind *kind = kind_of(s->sim, json_string_value(name));
        const char *unready = text_at(json_object_get(s->row, "await"), path);
        if (!unready)
            unready = kind->unready;
        json_t *value = had_path(s->params, path, &s->scope);
        json_t *list = json_is_array(value) ? json_incref(value)
                       : value              ? json_pack("[O]", value)
                                            : NULL;
        bool fine = true;
        for (size_t i = 0; i < json_array_size(list) && fine; i++) {
            had_str id = had_str_c(json_string_value(json_array_get(list, i)));
            struct object *object = find_anywhere(s->sim, kind, s->account, s->region, id);
            fine = object && object->seen_at <= s->sim->now && (!object->gone_at || unready);
            if (!fine)
                refuse(&s->failure, unknown ? unknown : kind->missing,
                       json_string_value(json_array_get(list, i)));
            else if (unready && (object->ready_at > s->sim->now || object->gone_at))
                fine = refuse(&s->failure, unready, json_string_value(json_array_get(list, i)));
        }
        json_decref(list);
        json_decref(value);
        if (!fine)
            return false;
    }
    return true;
}

/* had_path and had_value_equal; plain members and texts, which most are, without their detours. */
static json_t *member_of(const json_t *value, const char *path, const struct had_scope *scope)
{
    return strpbrk(path, ".[{|") ? had_path(value, path, scope)
                                 : json_incref(json_object_get(value, path));
}

static bool same_value(const json_t *a, const json_t *b, bool set)
{
    const char *x = json_string_value(a), *y = json_string_value(b);
    if (x && y && *x != '{' && *x != '[')
        return strcmp(x, y) == 0;
    return had_value_equal(a, b, set, false);
}

static bool same_members(const json_t *members, const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < json_array_size(members); i++) {
        const char *path = json_string_value(json_array_get(members, i));
        struct had_scope none = {0};
        json_t *x = member_of(a, path, &none), *y = member_of(b, path, &none);
        bool equal = (!x && !y) || (x && y && same_value(x, y, true));
        json_decref(x);
        json_decref(y);
        if (!equal)
            return false;
    }
    return true;
}

static json_t *answer_of(struct scene *s, const struct object *object)
{
    json_t *template = json_object_get(s->row, "answer");
    s->scope.item = object ? object->value : NULL;
    json_t *answer = template ? had_template(template, &s->scope) : NULL;
    return answer ? answer : json_object();
}

static json_t *make(struct scene *s, struct kind *kind)
{
    struct had_sim *sim = s->sim;
    if (!refer(s))
        return NULL;
    had_str token = text_of(s, json_object_get(s->row, "token"));
    struct list *peers = list_of(sim, kind, s->account, s->region);
    for (uint32_t i = 0; token.len && i < peers->items.count; i++) {
        struct object *peer = peers->items.items[i];
        if (peer->token && had_str_is(token, peer->token) && alive(sim, peer) && !peer->gone_at)
            return answer_of(s, peer);
    }
    char made[64];
    had_str id;
    if (kind->prefix) {
        int len = snprintf(made, sizeof made, "%s%017llx", kind->prefix,
                           (unsigned long long)(++sim->last_id * 0x9e3779b97f4a7c15u >> 4));
        id = had_str_dup(&sim->arena, (had_str){made, (uint32_t)len});
    } else {
        id = text_of(s, json_object_get(kind->row, "named"));
    }
    s->scope.id = id;
    /* a copy: whoever called wipes its parameters afterwards */
    json_t *filled = fill(s, "object"), *value = filled ? json_deep_copy(filled) : json_object();
    json_decref(filled);
    if (kind->id_at && !json_object_get(value, kind->id_at))
        json_object_set_new(value, kind->id_at, json_stringn(id.ptr, id.len));
    const json_t *unique = json_object_get(s->row, "unique");
    for (uint32_t i = 0; unique && i < peers->items.count; i++) {
        struct object *peer = peers->items.items[i];
        if (!alive(sim, peer) || peer->gone_at || peer->half ||
            !same_members(json_object_get(unique, "on"), value, peer->value))
            continue;
        json_decref(value);
        if (json_is_true(json_object_get(unique, "same")))
            return answer_of(s, peer);
        refuse(&s->failure, text_at(unique, "code"), NULL);
        return NULL;
    }
    struct object *object = object_new(sim, kind, s->account, s->region, id, value);
    const json_t *also = json_object_get(s->row, "also");
    if (also) { /* what AWS makes beside it */
        json_t *beside = had_template(json_object_get(also, "object"), &s->scope);
        struct kind *other = kind_of(sim, text_at(also, "type"));
        char name[64];
        int length = snprintf(name, sizeof name, "%s%017llx", other->prefix,
                              (unsigned long long)(++sim->last_id * 0x9e3779b97f4a7c15u >> 4));
        json_t *copy = json_deep_copy(beside);
        json_decref(beside);
        json_object_set_new(copy, other->id_at, json_string(name));
        object_new(sim, other, s->account, s->region, (had_str){name, (uint32_t)length}, copy);
    }
    object->half = s->half && kind->failed;
    if (token.len)
        object->token = had_str_cstr(&sim->arena, token);
    return answer_of(s, object);
}

/* The objects that the parameters choose by id or by equal members; a wrong id is an error. */
static bool choose(struct scene *s, struct kind *kind, struct object ***out, uint32_t *count)
{
    struct had_sim *sim = s->sim;
    struct list *all = list_of(sim, kind, s->account, s->region);
    had_array(struct object *) chosen = {0};
    const char *ids = text_at(s->row, "ids");
    json_t *given = ids ? had_path(s->params, ids, &s->scope) : NULL;
    json_t *names = json_is_array(given) ? json_incref(given)
                    : given              ? json_pack("[O]", given)
                                         : NULL;
    bool fine = true;
    if (names) {
        for (size_t i = 0; i < json_array_size(names) && fine; i++) {
            had_str id = had_str_c(json_string_value(json_array_get(names, i)));
            struct object *object = find_anywhere(sim, kind, s->account, s->region, id);
            fine = object && object->seen_at <= sim->now;
            if (!fine && !json_is_true(json_object_get(s->row, "lenient")))
                refuse(&s->failure, kind->missing, json_string_value(json_array_get(names, i)));
            else if (fine)
                *had_push(&sim->arena, &chosen) = object;
            fine |= json_is_true(json_object_get(s->row, "lenient"));
        }
    } else if (json_is_true(json_object_get(s->row, "everywhere"))) {
        for (uint32_t i = 0; i < sim->objects.count; i++)
            if (sim->objects.items[i]->kind == kind && alive(sim, sim->objects.items[i]) &&
                sim->objects.items[i]->seen_at <= sim->now)
                *had_push(&sim->arena, &chosen) = sim->objects.items[i];
    } else {
        for (uint32_t i = 0; i < all->items.count; i++)
            if (alive(sim, all->items.items[i]) && all->items.items[i]->seen_at <= sim->now)
                *had_push(&sim->arena, &chosen) = all->items.items[i];
    }
    json_decref(names);
    json_decref(given);
    *out = chosen.items;
    *count = chosen.count;
    return fine;
}

static bool in_values(const json_t *values, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (in_values(values, json_array_get(value, i)))
                return true;
        return false;
    }
    for (size_t i = 0; i < json_array_size(values); i++)
        if (value && same_value(json_array_get(values, i), value, false))
            return true;
    return false;
}

/* Filters of the EC2 form, and of Resolver's, which has the members' own names. */
static bool passes(struct scene *s, const struct object *object)
{
    const json_t *filters = json_object_get(s->params, "Filters");
    const json_t *known = json_object_get(s->row, "filters");
    for (size_t i = 0; i < json_array_size(filters); i++) {
        const json_t *filter = json_array_get(filters, i);
        const char *name = text_at(filter, "Name");
        const json_t *values = json_object_get(filter, "Values");
        json_t *value = NULL;
        if (name && strncmp(name, "tag:", 4) == 0) {
            const json_t *tags = json_object_get(object->value, "Tags");
            for (size_t k = 0; k < json_array_size(tags); k++)
                if (strcmp(text_at(json_array_get(tags, k), "Key"), name + 4) == 0)
                    value = json_incref(json_object_get(json_array_get(tags, k), "Value"));
        } else if (name) {
            const char *path = text_at(known, name);
            value = had_path(object->value, path ? path : name, &s->scope);
        }
        bool fits = in_values(values, value);
        json_decref(value);
        if (!fits)
            return false;
    }
    const char *param;
    json_t *path;
    json_object_foreach(json_object_get(s->row, "where"), param, path)
    {
        json_t *want = had_path(s->params, param, &s->scope);
        json_t *has = had_path(object->value, json_string_value(path), &s->scope);
        bool fits = !want || in_values(json_is_array(want) ? want : NULL, has) ||
                    (!json_is_array(want) && has && had_value_equal(want, has, false, false));
        json_decref(want);
        json_decref(has);
        if (!fits)
            return false;
    }
    return true;
}

static json_t *list(struct scene *s, struct kind *kind)
{
    struct object **objects;
    uint32_t count;
    if (!choose(s, kind, &objects, &count))
        return NULL;
    json_t *items = json_array();
    const json_t *each = json_object_get(s->row, "each");
    for (uint32_t i = 0; i < count; i++) {
        age(s->sim, objects[i]);
        if (!passes(s, objects[i]))
            continue;
        s->scope.item = objects[i]->value;
        json_t *item = each ? had_template(each, &s->scope) : json_deep_copy(objects[i]->value);
        if (json_is_array(item) && json_is_true(json_object_get(s->row, "flatten")))
            json_array_extend(items, item);
        else if (item)
            json_array_append(items, item);
        json_decref(item);
    }
    const char *under = text_at(s->row, "under");
    json_t *answer = json_object();
    json_object_set_new(answer, under ? under : "Items", items);
    return answer;
}

/* The one object that a call is about. */
static struct object *subject(struct scene *s, struct kind *kind)
{
    struct had_sim *sim = s->sim;
    had_str id = text_of(s, json_object_get(s->row, "by"));
    const json_t *match = json_object_get(s->row, "match");
    struct object *object = NULL;
    if (id.len) {
        object = find_anywhere(sim, kind, s->account, s->region, id);
    } else if (match) {
        struct list *all = list_of(sim, kind, s->account, s->region);
        for (uint32_t i = 0; i < all->items.count && !object; i++) {
            struct object *other = all->items.items[i];
            bool fits = alive(sim, other) && !other->gone_at;
            const char *path;
            json_t *template;
            json_object_foreach((json_t *)(uintptr_t)match, path, template)
            {
                json_t *want = had_template(template, &s->scope);
                json_t *has = had_path(other->value, path, &s->scope);
                fits &= (!want && !has) || (want && has && had_value_equal(want, has, true, false));
                json_decref(want);
                json_decref(has);
            }
            object = fits ? other : NULL;
        }
    }
    const char *code = text_at(s->row, "missing");
    if (!object || object->seen_at > sim->now) {
        refuse(&s->failure, code ? code : kind->missing, id.ptr);
        return NULL;
    }
    age(sim, object);
    return object;
}

static json_t *get(struct scene *s, struct kind *kind)
{
    struct object *object = subject(s, kind);
    if (!object)
        return NULL;
    return json_object_get(s->row, "answer") ? answer_of(s, object) : json_deep_copy(object->value);
}

/* Nothing that is alive refers to the object. */
static bool unused(struct scene *s, const struct object *object)
{
    const char *code = text_at(s->row, "blocked");
    const json_t *users = json_object_get(s->row, "users"), *bare = json_object_get(s->row, "bare");
    for (size_t i = 0; i < json_array_size(bare); i++) {
        const char *member = json_string_value(json_array_get(bare, i));
        if (json_array_size(json_object_get(object->value, member)) > 0)
            return refuse(&s->failure, code ? code : "DependencyViolation", member);
    }
    const char *name;
    json_t *path;
    json_object_foreach((json_t *)(uintptr_t)users, name, path)
    {
        struct kind *kind = kind_of(s->sim, name);
        for (uint32_t i = 0; kind && i < s->sim->objects.count; i++) {
            struct object *user = s->sim->objects.items[i];
            if (user->kind != kind || user == object || !alive(s->sim, user) ||
                (user->gone_at && user->gone_at <= s->sim->now))
                continue;
            json_t *value = member_of(user->value, json_string_value(path), &s->scope);
            json_t *id = json_stringn(object->id.ptr, object->id.len);
            json_t *ids = json_pack("[o]", id);
            bool uses = in_values(ids, value);
            json_decref(value);
            /* what goes with the object does not keep it */
            const json_t *paths = json_object_get(json_object_get(s->row, "takes"), name);
            json_t *its = paths ? had_path(user->value, text_at(paths, "its"), &s->scope) : NULL;
            uses = uses && !(its && in_values(ids, its));
            json_decref(its);
            json_decref(ids);
            if (uses)
                return refuse(&s->failure, code ? code : "DependencyViolation", name);
        }
    }
    return true;
}

static json_t *drop(struct scene *s, struct kind *kind)
{
    if (!refer(s))
        return NULL;
    struct object *object = subject(s, kind);
    if (object && kind->unready && (object->ready_at > s->sim->now || object->gone_at)) {
        refuse(&s->failure, kind->unready, object->id.ptr);
        return NULL;
    }
    if (object && object->gone_at && object->gone_at <= s->sim->now) {
        refuse(&s->failure, kind->missing, object->id.ptr);
        return NULL;
    }
    if (!object || !unused(s, object))
        return NULL;
    if (object->gone_at)
        return answer_of(s, object);
    double speed = s->sim->options.speed > 0 ? s->sim->options.speed : 1;
    object->gone_at = s->sim->now + (int64_t)((double)kind->leave_seconds * 1000 / speed);
    if (kind->leave_seconds == 0 && !kind->gone)
        object->removed = true;
    age(s->sim, object);
    s->sim->counts.objects--;
    /* what AWS takes away with it */
    const char *name;
    json_t *paths;
    json_object_foreach(json_object_get(s->row, "takes"), name,
                        paths) for (uint32_t i = 0; i < s->sim->objects.count; i++)
    {
        struct object *other = s->sim->objects.items[i];
        json_t *a = had_path(object->value, text_at(paths, "own"), &s->scope);
        json_t *b = had_path(other->value, text_at(paths, "its"), &s->scope);
        if (strcmp(other->kind->name, name) == 0 && a && b && json_equal(a, b))
            other->gone_at = object->gone_at;
        json_decref(a);
        json_decref(b);
    }
    /* lists of others that name it no longer do */
    json_object_foreach(json_object_get(s->row, "leaves"), name,
                        paths) for (uint32_t i = 0; i < s->sim->objects.count; i++)
    {
        struct object *other = s->sim->objects.items[i];
        json_t *items = strcmp(other->kind->name, name) == 0
                            ? json_object_get(other->value, text_at(paths, "list"))
                            : NULL;
        for (size_t k = json_array_size(items); k-- > 0;) {
            const char *named = text_at(json_array_get(items, k), text_at(paths, "key"));
            if (named && had_str_is(object->id, named))
                json_array_remove(items, k);
        }
    }
    return answer_of(s, object);
}

static void set_path(json_t *object, const char *path, json_t *value)
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
    set_path(inner, dot + 1, value);
}

/* Members that the parameters give anew. */
static json_t *set(struct scene *s, struct kind *kind)
{
    struct object *object = subject(s, kind);
    if (!object || !refer(s))
        return NULL;
    if (kind->unready && (object->ready_at > s->sim->now || object->gone_at)) {
        refuse(&s->failure, kind->unready, object->id.ptr);
        return NULL;
    }
    const char *path;
    json_t *template;
    s->scope.item = object->value;
    json_object_foreach(json_object_get(s->row, "set"), path, template)
    {
        json_t *value = had_template(template, &s->scope);
        if (value)
            set_path(object->value, path, json_deep_copy(value));
        json_decref(value);
    }
    return answer_of(s, object);
}

static size_t index_of(const json_t *items, const json_t *item, const char *key)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *other = json_array_get(items, i);
        const json_t *a = key ? json_object_get(item, key) : item;
        const json_t *b = key ? json_object_get(other, key) : other;
        if (a && b && had_value_equal(a, b, true, false))
            return i;
    }
    return SIZE_MAX;
}

/* Elements of a list within the object: added, put anew, taken away. */
static json_t *elements(struct scene *s, struct kind *kind)
{
    struct object *object = subject(s, kind);
    if (!object || !refer(s))
        return NULL;
    s->scope.item = object->value;
    const char *into = text_at(s->row, "into"), *key = text_at(s->row, "key");
    json_t *items = json_object_get(object->value, into);
    if (!items) {
        items = json_array();
        json_object_set_new(object->value, into, items);
    }
    json_t *add = fill(s, "add"), *remove = fill(s, "remove"), *put = fill(s, "put");
    bool fine = true;
    for (size_t i = 0; i < json_array_size(add) && fine; i++) {
        const char *code = text_at(s->row, "exists");
        const json_t *most = json_object_get(s->row, "most");
        /* an element stands in one object only where the row says so */
        const struct list *peers = list_of(s->sim, kind, s->account, s->region);
        for (uint32_t k = 0;
             fine && json_is_true(json_object_get(s->row, "alone")) && k < peers->items.count;
             k++) {
            const struct object *peer = peers->items.items[k];
            if (peer != object && alive(s->sim, peer) &&
                index_of(json_object_get(peer->value, into), json_array_get(add, i), key) !=
                    SIZE_MAX)
                fine = refuse(&s->failure, code, NULL);
        }
        if (!fine)
            break;
        bool full = most && (json_int_t)json_array_size(items) >= json_integer_value(most);
        if (!full && index_of(items, json_array_get(add, i), key) == SIZE_MAX)
            json_array_append_new(items, json_deep_copy(json_array_get(add, i)));
        else if (code)
            fine = refuse(&s->failure, code, NULL);
    }
    for (size_t i = 0; i < json_array_size(put) && fine; i++) {
        size_t at = index_of(items, json_array_get(put, i), key);
        if (at == SIZE_MAX && text_at(s->row, "absent"))
            fine = refuse(&s->failure, text_at(s->row, "absent"), NULL);
        else if (at == SIZE_MAX)
            json_array_append_new(items, json_deep_copy(json_array_get(put, i)));
        else
            json_array_set_new(items, at, json_deep_copy(json_array_get(put, i)));
    }
    for (size_t i = 0; i < json_array_size(remove) && fine; i++) {
        size_t at = index_of(items, json_array_get(remove, i), key);
        const char *code = text_at(s->row, "absent");
        if (at != SIZE_MAX)
            json_array_remove(items, at);
        else if (code)
            fine = refuse(&s->failure, code, NULL);
    }
    json_decref(add);
    json_decref(remove);
    json_decref(put);
    return fine ? answer_of(s, object) : NULL;
}

/* An object's tags under whichever of the two names they stand. */
static json_t *tags_of(struct object *object)
{
    json_t *tags = json_object_get(object->value, "Tags");
    if (!tags)
        tags = json_object_get(object->value, "tags");
    if (!tags) {
        tags = json_array();
        json_object_set_new(object->value, "Tags", tags);
    }
    return tags;
}

/* What a service says of an id that nothing has: by the kind whose prefix it bears. */
static const char *missing_code(const struct had_sim *sim, const char *id)
{
    const char *code = "ResourceNotFoundException";
    size_t longest = 0;
    for (uint32_t i = 0; i < sim->kind_count; i++) {
        const char *prefix = sim->kinds[i].prefix;
        size_t len = prefix ? strlen(prefix) : 0;
        if (len > longest && strncmp(prefix, id, len) == 0) {
            longest = len;
            code = sim->kinds[i].missing;
        }
    }
    return code;
}

/* Tags of any object, by its id or ARN: told, set, taken away. */
static json_t *tag(struct scene *s)
{
    json_t *tell = fill(s, "tags"), *set_on = fill(s, "tag"), *take = fill(s, "untag");
    json_t *which = tell ? tell : set_on ? set_on : take;
    json_t *ids = json_is_array(which) ? json_incref(which) : json_pack("[O]", which);
    json_t *new_tags = json_object_get(s->params, "Tags"), *answer = json_object();
    const json_t *keys = json_object_get(s->params, "TagKeys");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        bool found = false;
        for (uint32_t k = 0; k < s->sim->objects.count; k++) {
            struct object *object = s->sim->objects.items[k];
            const char *arn = text_at(object->value, "Arn");
            if (!alive(s->sim, object) || !id ||
                !(had_str_is(object->id, id) || (arn && strcmp(arn, id) == 0)))
                continue;
            json_t *have = tags_of(object);
            found = true;
            if (tell)
                json_object_set(answer, "Tags", have);
            for (size_t t = 0; t < json_array_size(new_tags); t++) {
                json_t *one = json_array_get(new_tags, t);
                size_t at = index_of(have, one, "Key");
                if (at != SIZE_MAX)
                    json_array_remove(have, at);
                if (set_on)
                    json_array_append_new(have, json_deep_copy(one));
            }
            for (size_t t = 0; t < json_array_size(keys); t++) {
                json_t *one = json_pack("{s:O}", "Key", json_array_get(keys, t));
                size_t at = index_of(have, one, "Key");
                if (at != SIZE_MAX)
                    json_array_remove(have, at);
                json_decref(one);
            }
        }
        if (!found && id && !refuse(&s->failure, missing_code(s->sim, id), id)) {
            json_decref(answer);
            answer = NULL;
            break;
        }
    }
    json_decref(ids);
    json_decref(tell);
    json_decref(set_on);
    json_decref(take);
    return answer;
}

static json_t *act(struct scene *s)
{
    static const struct {
        const char *key;
        json_t *(*run)(struct scene *s, struct kind *kind);
    } acts[] = {{"make", make}, {"list", list},  {"get", get},
                {"drop", drop}, {"change", set}, {"elements", elements}};
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        const char *name = text_at(s->row, acts[i].key);
        struct kind *kind = name ? kind_of(s->sim, name) : NULL;
        if (name && !kind) {
            refuse(&s->failure, "InternalFailure", name);
            return NULL;
        }
        if (kind)
            return acts[i].run(s, kind);
    }
    if (json_object_get(s->row, "tag") || json_object_get(s->row, "untag") ||
        json_object_get(s->row, "tags"))
        return tag(s);
    return answer_of(s, NULL);
}

/* ---- calls ---- */

static bool is_change(const struct had_aws_call *call)
{
    return call->operation->repeat != HAD_AWS_READS;
}

static had_str account_of(const struct had_aws_call *call)
{
    if (!call->role)
        return HAD_STR("111111111111");
    had_str arn = call->role->arn;
    for (int colons = 0; colons < 4; colons++) {
        int64_t at = had_str_find(arn, ':');
        if (at < 0)
            return HAD_STR("111111111111");
        arn = had_str_slice(arn, (uint32_t)at + 1, arn.len);
    }
    int64_t end = had_str_find(arn, ':');
    return had_str_slice(arn, 0, end < 0 ? arn.len : (uint32_t)end);
}

static bool within_rate(struct had_sim *sim, const struct had_aws_call *call)
{
    bool alone = false;
    if (!sim->options.rates)
        return true;
    struct had_aws_limit limit = had_aws_limit_of(call->service, call->operation, &alone);
    uint64_t key = hash_str(
        hash_str(hash_c(7, had_aws_text(call->service->name)), account_of(call)), call->region);
    if (alone)
        key = hash_c(key, had_aws_text(call->operation->name));
    uint64_t *at = had_map_get(&sim->buckets, key);
    struct had_aws_bucket *bucket = at ? (struct had_aws_bucket *)(uintptr_t)*at : NULL;
    if (!bucket) {
        bucket = had_new(&sim->arena, struct had_aws_bucket);
        had_aws_bucket_init(bucket, limit, sim->now);
        had_map_put(&sim->arena, &sim->buckets, key, (uintptr_t)bucket);
    }
    double tokens = bucket->tokens + (double)(sim->now - bucket->updated) * limit.rate / 1000;
    if (tokens > limit.burst)
        tokens = limit.burst;
    bucket->updated = sim->now;
    bucket->tokens = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
}

static void fail_with(struct flight *flight, const char *code, const char *message, int status)
{
    flight->result.outcome = HAD_AWS_FAILED;
    flight->result.error.code = had_str_c(code);
    flight->result.error.message = had_str_c(message);
    flight->result.error.status = status;
    flight->result.error.retry_after = -1;
}

static void execute(struct had_sim *sim, struct flight *flight)
{
    char name[160];
    const struct had_aws_call *call = &flight->call;
    snprintf(name, sizeof name, "%s.%s", had_aws_text(call->service->name),
             had_aws_text(call->operation->name));
    uint64_t *at = had_map_get(&sim->rows, hash_c(3, name));
    struct scene s = {.sim = sim,
                      .row = at ? (const json_t *)(uintptr_t)*at : NULL,
                      .params = flight->params,
                      .account = account_of(call),
                      .region = call->region,
                      .half = flight->fault == HAD_SIM_HALF};
    s.scope = (struct had_scope){.props = s.params,
                                 .account = s.account,
                                 .region = s.region,
                                 .partition = HAD_STR("aws"),
                                 .tags = json_object_get(s.params, "tags"),
                                 .token = call->token};
    json_t *value = NULL;
    if (!s.row)
        refuse(&s.failure, "had.NotModelled", name);
    else
        value = act(&s);
    if (value) {
        flight->result.outcome = HAD_AWS_DONE;
        flight->result.value = value;
    } else {
        had_str message = had_str_dup(&sim->arena, had_str_c(s.failure.message));
        fail_with(flight, s.failure.code ? s.failure.code : "InternalFailure",
                  message.ptr ? message.ptr : "", 400);
    }
}

static uint64_t submit(void *context, const struct had_aws_call *call)
{
    struct had_sim *sim = context;
    struct flight *flight = had_xmalloc(sizeof *flight);
    *flight = (struct flight){.number = ++sim->number, .call = *call};
    flight->params = call->params ? json_incref((json_t *)(uintptr_t)call->params) : json_object();
    flight->result.attempts = 1;
    struct had_sim_call seen = {had_aws_text(call->service->name),
                                had_aws_text(call->operation->name),
                                flight->params,
                                account_of(call),
                                call->region,
                                is_change(call),
                                flight->number};
    sim->counts.calls++;
    sim->counts.changes += seen.changes;
    if (sim->options.fault)
        flight->fault = sim->options.fault(sim->options.context, &seen);
    flight->due = sim->now + 20 + chance(sim, 80) + (flight->fault == HAD_SIM_SLOW ? 60000 : 0);
    *sim->last = flight;
    sim->last = &flight->next;
    sim->flying++;
    return flight->number;
}

static void finish(struct had_sim *sim, struct flight *flight)
{
    enum had_sim_fault fault = flight->fault;
    if (fault == HAD_SIM_THROTTLE || !within_rate(sim, &flight->call)) {
        sim->counts.throttled++;
        fail_with(flight, "ThrottlingException", "Rate exceeded", 400);
    } else if (fault == HAD_SIM_UNAVAILABLE) {
        fail_with(flight, "ServiceUnavailable", "Service is unavailable", 503);
    } else if (fault == HAD_SIM_NOT_SENT) {
        fail_with(flight, HAD_AWS_NOT_SENT, "could not connect", 0);
    } else if (fault == HAD_SIM_LOST_BEFORE) {
        fail_with(flight, HAD_AWS_NO_ANSWER, "the connection was cut", 0);
        flight->result.outcome = HAD_AWS_UNKNOWN;
    } else {
        execute(sim, flight);
        if (fault == HAD_SIM_TWICE) {
            struct had_aws_result first = flight->result;
            execute(sim, flight);
            if (flight->result.outcome == HAD_AWS_DONE)
                json_decref(flight->result.value);
            flight->result = first;
        }
        if (fault == HAD_SIM_LOST_AFTER) {
            if (flight->result.outcome == HAD_AWS_DONE)
                json_decref(flight->result.value);
            flight->result.value = NULL;
            fail_with(flight, HAD_AWS_NO_ANSWER, "the connection was cut", 0);
            flight->result.outcome = HAD_AWS_UNKNOWN;
        }
    }
    if (fault != HAD_SIM_DEAD && flight->call.done)
        flight->call.done(flight->call.context, &flight->result);
    if (flight->result.outcome == HAD_AWS_DONE)
        json_decref(flight->result.value);
    json_decref(flight->params);
    free(flight);
}

static uint32_t turn(void *context, uint32_t wait_ms)
{
    struct had_sim *sim = context;
    int64_t until = sim->now + wait_ms, next = until;
    for (struct flight *flight = sim->flights; flight; flight = flight->next)
        if (flight->due < next)
            next = flight->due > sim->now ? flight->due : sim->now;
    sim->wall += next - sim->now;
    sim->now = next;
    for (struct flight **at = &sim->flights; *at;) {
        struct flight *flight = *at;
        if (flight->due > sim->now) {
            at = &flight->next;
            continue;
        }
        *at = flight->next;
        if (sim->last == &flight->next)
            sim->last = at;
        sim->flying--;
        finish(sim, flight); /* may submit: new ones stand at the end */
    }
    return sim->flying;
}

static bool cancel(void *context, uint64_t number)
{
    (void)context;
    (void)number;
    return false;
}

static int64_t now_of(void *context)
{
    return ((struct had_sim *)context)->now;
}

static int64_t wall_of(void *context)
{
    return ((struct had_sim *)context)->wall;
}

struct had_cloud had_sim_cloud(struct had_sim *sim)
{
    return (struct had_cloud){sim, submit, cancel, turn, now_of, wall_of};
}

void had_sim_drop_calls(struct had_sim *sim)
{
    for (struct flight *flight = sim->flights, *next; flight; flight = next) {
        next = flight->next;
        json_decref(flight->params);
        free(flight);
    }
    sim->flights = NULL;
    sim->last = &sim->flights;
    sim->flying = 0;
}

int64_t had_sim_now(const struct had_sim *sim)
{
    return sim->now;
}

/* ---- the model itself ---- */

static void kind_add(struct had_sim *sim, const char *name, json_t *row)
{
    struct kind *kind = &sim->kinds[sim->kind_count++];
    const json_t *state = json_object_get(row, "state");
    *kind = (struct kind){.name = name,
                          .row = row,
                          .id_at = text_at(row, "id"),
                          .prefix = text_at(row, "prefix"),
                          .missing = text_at(row, "missing"),
                          .unready = text_at(row, "unready"),
                          .state_at = text_at(state, "at"),
                          .first = text_at(state, "first"),
                          .ready = text_at(state, "ready"),
                          .leaving = text_at(state, "leaving"),
                          .gone = text_at(state, "gone"),
                          .failed = text_at(state, "failed"),
                          .seconds = json_integer_value(json_object_get(state, "seconds")),
                          .leave_seconds = json_integer_value(json_object_get(state, "leave")),
                          .global = json_is_true(json_object_get(row, "global"))};
    if (!kind->missing)
        kind->missing = "ResourceNotFoundException";
}

struct had_sim *had_sim_new(const struct had_sim_options *options)
{
    struct had_sim *sim = had_xmalloc(sizeof *sim);
    *sim = (struct had_sim){.options = *options, .chance = options->seed, .now = 1000};
    sim->wall = 1795000000000;
    sim->last = &sim->flights;
    sim->kinds = had_new_n(&sim->arena, struct kind, had_sim_text_count + 1);
    for (unsigned i = 0; i < had_sim_text_count; i++) {
        const char *name = had_sim_texts[i].type;
        json_t *row = json_loads(had_sim_texts[i].text, 0, NULL);
        if (strncmp(name, "type.", 5) == 0)
            kind_add(sim, name + 5, row);
        else
            had_map_put(&sim->arena, &sim->rows, hash_c(3, name), (uintptr_t)row);
    }
    return sim;
}

void had_sim_free(struct had_sim *sim)
{
    had_sim_drop_calls(sim);
    for (uint32_t i = 0; i < sim->objects.count; i++)
        json_decref(sim->objects.items[i]->value);
    for (uint32_t i = 0; i < sim->kind_count; i++)
        json_decref(sim->kinds[i].row);
    for (uint32_t i = 0; i < sim->rows.count; i++)
        json_decref((json_t *)(uintptr_t)sim->rows.entries[i].value);
    had_arena_free(&sim->arena);
    free(sim);
}

had_str had_sim_put(struct had_sim *sim, const char *type, const char *account, const char *region,
                    json_t *object)
{
    struct kind *kind = kind_of(sim, type);
    char made[64];
    had_str id = had_str_c(kind->id_at ? text_at(object, kind->id_at) : NULL);
    if (id.len == 0) {
        snprintf(made, sizeof made, "%s%017llx", kind->prefix ? kind->prefix : type,
                 (unsigned long long)(++sim->last_id * 0x9e3779b97f4a7c15u >> 4));
        id = had_str_c(made);
        if (kind->id_at)
            json_object_set_new(object, kind->id_at, json_string(made));
    }
    struct object *put = object_new(sim, kind, had_str_c(account), had_str_c(region), id, object);
    put->ready_at = put->seen_at = 0;
    age(sim, put);
    return put->id;
}

bool had_sim_meddle(struct had_sim *sim, const char *type, had_str id, const char *member,
                    json_t *value)
{
    for (uint32_t i = 0; i < sim->objects.count; i++) {
        struct object *object = sim->objects.items[i];
        if (strcmp(object->kind->name, type) != 0 || !had_str_eq(object->id, id) ||
            !alive(sim, object))
            continue;
        if (value)
            set_path(object->value, member, value);
        else
            object->removed = true;
        return true;
    }
    json_decref(value);
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

json_t *had_sim_objects(const struct had_sim *sim)
{
    char **lines = had_xmalloc((sim->objects.count + 1) * sizeof *lines);
    uint32_t count = 0;
    for (uint32_t i = 0; i < sim->objects.count; i++) {
        struct object *object = sim->objects.items[i];
        if (!alive(sim, object) || (object->gone_at && object->gone_at <= sim->now))
            continue;
        age(sim, object);
        json_t *line =
            json_pack("{s:s, s:s%, s:s%, s:O}", "type", object->kind->name, "account",
                      object->account.ptr, (size_t)object->account.len, "region",
                      object->region.ptr, (size_t)object->region.len, "object", object->value);
        lines[count++] = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
        json_decref(line);
    }
    qsort(lines, count, sizeof *lines, by_text);
    json_t *out = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(out, json_loads(lines[i], 0, NULL));
        free(lines[i]);
    }
    free(lines);
    return out;
}

struct had_sim_counts had_sim_count(const struct had_sim *sim)
{
    return sim->counts;
}
