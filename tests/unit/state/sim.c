#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    uint64_t x = chance->state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((x ^ x >> 31) % limit);
}

static void set(struct had_buffer *b, const char *bytes, size_t len)
{
    b->len = 0;
    if (len)
        had_buffer_add(b, bytes, len);
}

static char *copy(had_str text)
{
    char *out = had_xmalloc(text.len + 1u);
    if (text.len)
        memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return out;
}

/* ---- operations ---- */

/* What happens to this operation; a dead process has none that do anything. */
static enum sim_fault next_fault(struct sim_process *p)
{
    p->operations++;
    if (p->dead)
        return SIM_CRASH;
    if (!p->at || p->operations < p->at || p->operations >= p->at + (p->outage ? p->outage : 1))
        return SIM_NONE;
    if (p->fault == SIM_HOOK && p->hook) {
        void (*hook)(void *) = p->hook;
        p->hook = NULL;
        hook(p->hook_context);
        return SIM_NONE;
    }
    if (p->fault == SIM_CRASH)
        p->dead = true;
    return p->fault;
}

/* Of a process that has ended before: it reaches nothing. */
static bool is_late(const struct sim_process *p, enum sim_fault fault)
{
    return fault == SIM_CRASH && p->operations != p->at;
}

static enum had_disk_status broken(enum sim_fault fault, had_str *error)
{
    *error = fault == SIM_ENOSPC ? HAD_STR("No space left on device")
             : fault == SIM_EIO  ? HAD_STR("Input/output error")
                                 : HAD_STR("the process has ended");
    return HAD_DISK_ERROR;
}

static struct sim_file *file_of(struct sim *sim, had_str path)
{
    for (uint32_t i = 0; i < sim->file_count; i++)
        if (had_str_eq(had_str_c(sim->files[i].path), path))
            return &sim->files[i];
    sim->files = had_xrealloc(sim->files, (sim->file_count + 1) * sizeof *sim->files);
    struct sim_file *file = &sim->files[sim->file_count++];
    *file = (struct sim_file){.path = copy(path)};
    return file;
}

struct sim_file *sim_find(struct sim *sim, const char *part, uint32_t nth)
{
    for (uint32_t i = 0; i < sim->file_count; i++)
        if (sim->files[i].is_live && strstr(sim->files[i].path, part) && !nth--)
            return &sim->files[i];
    return NULL;
}

/* ---- disk ---- */

static enum had_disk_status disk_read(void *context, struct had_arena *arena, had_str path,
                                      uint32_t max_bytes, had_str *text, had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    if (fault != SIM_NONE)
        return broken(fault, error);
    struct sim_file *file = file_of(p->sim, path);
    assert_true(file->live.len <= max_bytes);
    if (!file->is_live)
        return HAD_DISK_MISSING;
    *text = had_str_dup(arena, had_buffer_view(&file->live));
    return HAD_DISK_OK;
}

static enum had_disk_status disk_write(void *context, struct had_arena *arena, had_str path,
                                       had_str text, had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    struct sim_file *file = file_of(p->sim, path);
    (void)arena;
    /* Nothing; renamed but not durable; all of it. */
    uint32_t done = fault == SIM_NONE   ? 2
                    : is_late(p, fault) ? 0
                                        : chance_below(&p->sim->chance, 3);
    if (done) {
        set(&file->live, text.ptr, text.len);
        file->is_live = true;
        file->poisoned = false;
    }
    if (done == 2) {
        set(&file->durable, text.ptr, text.len);
        file->is_durable = true;
    }
    return fault == SIM_NONE ? HAD_DISK_OK : broken(fault, error);
}

static enum had_disk_status disk_append(void *context, struct had_arena *arena, had_str path,
                                        had_str text, had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    struct sim_file *file = file_of(p->sim, path);
    (void)arena;
    uint32_t len = text.len;
    if (is_late(p, fault))
        return broken(fault, error);
    if (fault != SIM_NONE)
        len = chance_below(&p->sim->chance, len + 1);
    if (!file->is_live)
        file->live.len = file->durable.len = 0;
    had_buffer_add(&file->live, text.ptr, len);
    file->is_live = file->is_durable = true;
    return fault == SIM_NONE ? HAD_DISK_OK : broken(fault, error);
}

static enum had_disk_status disk_sync(void *context, struct had_arena *arena, had_str path,
                                      had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    struct sim_file *file = file_of(p->sim, path);
    (void)arena;
    if (is_late(p, fault))
        return broken(fault, error);
    if (fault == SIM_EIO)
        file->poisoned = true;
    if (!file->is_live)
        return broken(SIM_EIO, error);
    if (!file->poisoned && (fault == SIM_NONE || chance_below(&p->sim->chance, 2)))
        set(&file->durable, file->live.ptr, file->live.len);
    return fault == SIM_NONE ? HAD_DISK_OK : broken(fault, error);
}

static enum had_disk_status disk_remove(void *context, struct had_arena *arena, had_str path,
                                        had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    struct sim_file *file = file_of(p->sim, path);
    (void)arena;
    if (is_late(p, fault))
        return broken(fault, error);
    bool was = file->is_live;
    if (fault == SIM_NONE || chance_below(&p->sim->chance, 2))
        file->is_live = false; /* the name is durable until the power goes */
    return fault != SIM_NONE ? broken(fault, error) : was ? HAD_DISK_OK : HAD_DISK_MISSING;
}

static int by_text(const void *a, const void *b)
{
    return had_str_cmp(*(const had_str *)a, *(const had_str *)b);
}

static enum had_disk_status disk_list(void *context, struct had_arena *arena, had_str folder,
                                      had_str **names, uint32_t *count, had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    if (fault != SIM_NONE)
        return broken(fault, error);
    had_array(had_str) found = {0};
    for (uint32_t i = 0; i < p->sim->file_count; i++) {
        const struct sim_file *file = &p->sim->files[i];
        had_str path = had_str_c(file->path);
        if (!file->is_live || path.len <= folder.len + 1 ||
            memcmp(path.ptr, folder.ptr, folder.len) != 0 || path.ptr[folder.len] != '/')
            continue;
        had_str name = had_str_slice(path, folder.len + 1, path.len);
        if (had_str_find(name, '/') < 0)
            *had_push(arena, &found) = had_str_dup(arena, name);
    }
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, by_text);
    *names = found.items;
    *count = found.count;
    return found.count ? HAD_DISK_OK : HAD_DISK_MISSING;
}

static enum had_disk_status disk_lock(void *context, struct had_arena *arena, had_str path,
                                      had_str info, had_str *holder, had_str *error)
{
    struct sim_process *p = context;
    enum sim_fault fault = next_fault(p);
    if (fault != SIM_NONE)
        return broken(fault, error);
    struct sim_file *file = file_of(p->sim, path);
    if (file->locked_by) {
        *holder = had_str_dup(arena, had_str_c(file->info));
        return HAD_DISK_HELD;
    }
    file->is_live = file->is_durable = true;
    file->locked_by = p->number;
    snprintf(file->info, sizeof file->info, HAD_FMT, HAD_ARG(info));
    return HAD_DISK_OK;
}

static void disk_unlock(void *context, had_str path)
{
    struct sim_process *p = context;
    if (next_fault(p) != SIM_CRASH)
        file_of(p->sim, path)->locked_by = 0;
}

void sim_power(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->file_count; i++) {
        struct sim_file *file = &sim->files[i];
        bool appended = file->live.len > file->durable.len &&
                        (!file->durable.len ||
                         memcmp(file->live.ptr, file->durable.ptr, file->durable.len) == 0);
        if (!file->is_live && file->is_durable) { /* removed: or perhaps not */
            file->is_live = chance_below(&sim->chance, 2) == 0;
            set(&file->live, file->durable.ptr, file->durable.len);
        } else if (file->is_live && !file->is_durable) {
            file->is_live = chance_below(&sim->chance, 2) == 0;
        } else if (file->is_live && appended) {
            /* Some of it reached the disk; or its length did, and zeros are in its place. */
            size_t extra = file->live.len - file->durable.len;
            size_t kept = chance_below(&sim->chance, 2)
                              ? extra
                              : chance_below(&sim->chance, (uint32_t)extra + 1);
            if (file->poisoned)
                kept = 0;
            file->live.len = file->durable.len + kept;
            /* Pages are written in any order: a hole in the middle is as likely as a short end. */
            size_t from = chance_below(&sim->chance, (uint32_t)kept + 1);
            size_t hole = chance_below(&sim->chance, (uint32_t)(kept - from) + 1);
            if (chance_below(&sim->chance, 2))
                memset(file->live.ptr + file->durable.len + from, 0, hole);
        } else if (file->is_live && chance_below(&sim->chance, 2)) { /* renamed: or not */
            set(&file->live, file->durable.ptr, file->durable.len);
        }
        file->is_durable = file->is_live;
        file->poisoned = false;
        file->locked_by = 0;
        set(&file->durable, file->live.ptr, file->live.len);
    }
}

/* ---- bucket ---- */

struct sim_object *sim_object(struct sim *sim, const char *key)
{
    for (uint32_t i = 0; i < sim->object_count; i++)
        if (strcmp(sim->objects[i].key, key) == 0)
            return &sim->objects[i];
    return NULL;
}

static void etag_of(const struct sim_object *object, char out[40])
{
    snprintf(out, 40, "\"v%llu\"", (unsigned long long)object->version);
}

/* Conditions and effect of a write; the status of HTTP. */
static int change(struct sim *sim, const char *operation, const char *key, had_str text,
                  const char *if_match, bool if_none)
{
    char etag[40] = "";
    struct sim_object *object = sim_object(sim, key);
    bool there = object && !object->gone, put = strcmp(operation, "PutObject") == 0;
    if (there)
        etag_of(object, etag);
    sim->puts += put;
    if (if_match && !there)
        return put ? 404 : 204;
    if ((if_match && strcmp(if_match, etag) != 0) || (if_none && there)) {
        sim->conflicts++;
        return 412;
    }
    if (!put) {
        if (there)
            object->gone = true;
        return 204;
    }
    if (!object) {
        sim->objects = had_xrealloc(sim->objects, (sim->object_count + 1) * sizeof *sim->objects);
        object = &sim->objects[sim->object_count++];
        *object = (struct sim_object){.key = copy(had_str_c(key))};
    }
    set(&object->text, text.ptr, text.len);
    object->version = ++sim->versions;
    object->gone = false;
    return 200;
}

static void land_late(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->late_count; i++) {
        struct sim_late *late = &sim->late[i];
        if (late->done || (late->after && late->after--))
            continue;
        late->done = true;
        change(sim, late->operation, late->key, (had_str){late->text, late->len}, late->if_match,
               late->if_none);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct sim_object *const *x = a, *const *y = b;
    return strcmp((*x)->key, (*y)->key);
}

static json_t *list(const struct sim *sim, const char *prefix)
{
    json_t *contents = json_array();
    const struct sim_object **sorted = had_xmalloc((sim->object_count + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < sim->object_count; i++)
        sorted[i] = &sim->objects[i];
    if (sim->object_count)
        qsort(sorted, sim->object_count, sizeof *sorted, by_key);
    for (uint32_t i = 0; i < sim->object_count; i++)
        if (!sorted[i]->gone && strncmp(sorted[i]->key, prefix, strlen(prefix)) == 0) {
            json_t *entry = json_object();
            json_object_set_new(entry, "Key", json_string(sorted[i]->key));
            json_array_append_new(contents, entry);
        }
    free(sorted);
    json_t *value = json_object();
    json_object_set_new(value, "Contents", contents);
    return value;
}

static void answer(struct sim_process *p, const struct sim_call *c, enum sim_fault fault)
{
    struct sim *sim = p->sim;
    const char *operation = had_aws_text(c->call.operation->name);
    const char *key = json_string_value(json_object_get(c->params, "Key"));
    const char *if_match = json_string_value(json_object_get(c->params, "IfMatch"));
    bool if_none = json_object_get(c->params, "IfNoneMatch") != NULL;
    had_str text = c->call.payload ? (had_str){c->payload, c->call.payload->len} : (had_str){0};
    bool writes = strcmp(operation, "PutObject") == 0 || strcmp(operation, "DeleteObject") == 0;
    struct had_aws_result result = {.outcome = HAD_AWS_DONE, .error = {.retry_after = -1}};
    char etag[40] = "";
    int status = 200;
    assert_string_equal(json_string_value(json_object_get(c->params, "Bucket")), "states");
    assert_true(!writes || !if_match || !if_none);
    land_late(sim);
    if (fault == SIM_LATE && writes && sim->late_count < 8)
        sim->late[sim->late_count++] =
            (struct sim_late){.operation = copy(had_str_c(operation)),
                              .key = copy(had_str_c(key)),
                              .text = copy(text),
                              .len = text.len,
                              .if_match = if_match ? copy(had_str_c(if_match)) : NULL,
                              .if_none = if_none,
                              .after = 1 + chance_below(&sim->chance, 12)};
    if (fault == SIM_BUSY && writes)
        status = 409;
    else if (fault == SIM_DOWN || fault == SIM_LOST_BEFORE || fault == SIM_LATE ||
             (fault == SIM_CRASH && (is_late(p, fault) || chance_below(&sim->chance, 2))))
        status = 0;
    else if (writes)
        status = change(sim, operation, key, text, if_match, if_none);
    if (fault == SIM_TWICE && writes)
        status = change(sim, operation, key, text, if_match, if_none);
    if (fault == SIM_LOST_AFTER)
        status = 0;
    if (fault == SIM_CRASH)
        return;
    struct sim_object *object = key ? sim_object(sim, key) : NULL;
    if (object && object->gone)
        object = NULL;
    if (status == 200 && strcmp(operation, "ListObjectsV2") == 0) {
        assert_true(c->call.pages);
        result.value = list(sim, json_string_value(json_object_get(c->params, "Prefix")));
    } else if (status == 200 && !writes && !object) {
        status = 404;
    } else if (status == 200) {
        result.value = json_object();
        etag_of(object, etag);
        json_object_set_new(result.value, "ETag", json_string(etag));
        if (!writes && c->call.want_raw)
            result.raw = had_buffer_view(&object->text);
    } else if (status == 204) {
        result.value = json_object();
    }
    if (!result.value) {
        result.outcome = status || fault == SIM_DOWN || !writes ? HAD_AWS_FAILED : HAD_AWS_UNKNOWN;
        result.error.status = status;
        result.error.code = status == 404   ? HAD_STR("NoSuchKey")
                            : status == 409 ? HAD_STR("ConditionalRequestConflict")
                            : status == 412 ? HAD_STR("PreconditionFailed")
                                            : HAD_STR(HAD_AWS_NO_ANSWER);
        result.error.message = HAD_STR("it did not work.");
    }
    c->call.done(c->call.context, &result);
    json_decref(result.value);
}

static uint64_t cloud_submit(void *context, const struct had_aws_call *call)
{
    struct sim_process *p = context;
    assert_true(p->call_count < 64);
    assert_non_null(call->operation);
    p->calls[p->call_count++] =
        (struct sim_call){*call, json_deep_copy(call->params),
                          call->payload ? copy(*call->payload) : NULL, ++p->last};
    return p->last;
}

static bool cloud_cancel(void *context, uint64_t number)
{
    (void)context;
    (void)number;
    return false;
}

static uint32_t cloud_turn(void *context, uint32_t wait_ms)
{
    struct sim_process *p = context;
    if (!p->call_count) {
        p->sim->now += wait_ms;
        p->sim->wall += wait_ms;
        return 0;
    }
    /* Any of them may be the next to be answered. */
    uint32_t i = chance_below(&p->sim->chance, p->call_count);
    struct sim_call c = p->calls[i];
    p->calls[i] = p->calls[--p->call_count];
    p->sim->now += 20;
    p->sim->wall += 20;
    enum sim_fault fault = next_fault(p);
    answer(p, &c, fault);
    if (fault == SIM_CRASH) { /* nobody is there any more; only the test's loop has to end */
        struct had_aws_result result = {.outcome = HAD_AWS_FAILED,
                                        .error = {.code = HAD_STR(HAD_AWS_NOT_SENT)}};
        c.call.done(c.call.context, &result);
    }
    json_decref(c.params);
    free(c.payload);
    return p->call_count;
}

static int64_t cloud_now(void *context)
{
    return ((struct sim_process *)context)->sim->now;
}

static int64_t cloud_wall(void *context)
{
    return ((struct sim_process *)context)->sim->wall;
}

static void random_bytes(void *context, unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)chance_below(&((struct sim_process *)context)->sim->chance, 256);
}

/* ---- life ---- */

void sim_start(struct sim *sim, uint64_t seed)
{
    *sim = (struct sim){.now = 1000, .wall = 1780000000000, .chance = {seed}};
}

void sim_stop(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->file_count; i++) {
        free(sim->files[i].path);
        had_buffer_free(&sim->files[i].live);
        had_buffer_free(&sim->files[i].durable);
    }
    for (uint32_t i = 0; i < sim->object_count; i++) {
        free(sim->objects[i].key);
        had_buffer_free(&sim->objects[i].text);
    }
    for (uint32_t i = 0; i < sim->late_count; i++) {
        free(sim->late[i].operation);
        free(sim->late[i].key);
        free(sim->late[i].text);
        free(sim->late[i].if_match);
    }
    free(sim->files);
    free(sim->objects);
}

void sim_process(struct sim *sim, struct sim_process *p, int number)
{
    *p = (struct sim_process){.sim = sim, .number = number};
    p->world = (struct had_world){
        .cloud = {p, cloud_submit, cloud_cancel, cloud_turn, cloud_now, cloud_wall},
        .disk = {p, disk_read, disk_write, disk_append, disk_sync, disk_remove, disk_list,
                 disk_lock, disk_unlock},
        .context = p,
        .random = random_bytes,
        .user = "operator",
        .host = "runner",
        .pid = number,
    };
}

void sim_kill(struct sim_process *p)
{
    p->dead = true;
    for (uint32_t i = 0; i < p->call_count; i++) {
        json_decref(p->calls[i].params);
        free(p->calls[i].payload);
    }
    p->call_count = 0;
    for (uint32_t i = 0; i < p->sim->file_count; i++)
        if (p->sim->files[i].locked_by == p->number)
            p->sim->files[i].locked_by = 0;
}
