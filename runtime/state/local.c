/* The store in a folder. Its lock ends with the process, so that no holder can lose it unnoticed.
 */
#include "state/internal.h"

static had_str path_of(const struct had_store *store, struct had_arena *arena, had_str name)
{
    return had_str_printf(arena, HAD_FMT "/" HAD_FMT, HAD_ARG(store->root), HAD_ARG(name));
}

static enum had_store_result result_of(enum had_disk_status status)
{
    return status == HAD_DISK_OK        ? HAD_STORE_OK
           : status == HAD_DISK_MISSING ? HAD_STORE_MISSING
                                        : HAD_STORE_ERROR;
}

static enum had_store_result local_read(struct had_store *store, struct had_arena *arena,
                                        struct had_blob *blobs, uint32_t count, had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    enum had_store_result worst = HAD_STORE_OK;
    for (uint32_t i = 0; i < count && worst != HAD_STORE_ERROR; i++) {
        struct had_blob *b = &blobs[i];
        b->result = result_of(disk->read(disk->context, arena, path_of(store, arena, b->name),
                                         HAD_STATE_TEXT_MAX, &b->text, error));
        if (b->result == HAD_STORE_OK)
            b->etag = had_state_sha256(arena, b->text);
        worst = b->result > worst ? b->result : worst;
    }
    return worst;
}

/* Whether the condition holds: a guard against a lock file that was removed by hand. */
static enum had_store_result check(struct had_store *store, struct had_arena *arena,
                                   const struct had_blob *blob, had_str *error)
{
    struct had_blob now = {.name = blob->name};
    if (blob->condition == HAD_STORE_ALWAYS)
        return HAD_STORE_OK;
    enum had_store_result result = local_read(store, arena, &now, 1, error);
    if (blob->condition == HAD_STORE_ABSENT)
        return result == HAD_STORE_MISSING ? HAD_STORE_OK
               : result == HAD_STORE_OK    ? HAD_STORE_CONFLICT
                                           : result;
    return result == HAD_STORE_OK && !had_str_eq(now.etag, blob->etag) ? HAD_STORE_CONFLICT
                                                                       : result;
}

static enum had_store_result local_write(struct had_store *store, struct had_arena *arena,
                                         struct had_blob *blobs, uint32_t count, had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    enum had_store_result worst = HAD_STORE_OK;
    for (uint32_t i = 0; i < count && worst != HAD_STORE_ERROR; i++) {
        struct had_blob *b = &blobs[i];
        b->result = check(store, arena, b, error);
        if (b->result == HAD_STORE_OK)
            b->result = result_of(
                disk->write(disk->context, arena, path_of(store, arena, b->name), b->text, error));
        if (b->result == HAD_STORE_OK)
            b->etag = had_state_sha256(arena, b->text);
        worst = b->result > worst ? b->result : worst;
    }
    return worst;
}

static enum had_store_result local_remove(struct had_store *store, struct had_arena *arena,
                                          struct had_blob *blobs, uint32_t count, had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    enum had_store_result worst = HAD_STORE_OK;
    for (uint32_t i = 0; i < count; i++) {
        blobs[i].result = result_of(
            disk->remove(disk->context, arena, path_of(store, arena, blobs[i].name), error));
        worst = blobs[i].result > worst ? blobs[i].result : worst;
    }
    return worst;
}

static enum had_store_result local_list(struct had_store *store, struct had_arena *arena,
                                        had_str folder, had_str **names, uint32_t *count,
                                        had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    *count = 0;
    enum had_store_result result = result_of(
        disk->list(disk->context, arena, path_of(store, arena, folder), names, count, error));
    return result == HAD_STORE_MISSING ? HAD_STORE_OK : result;
}

/*
 * A file begins as a whole and is then appended to. Once an append or a sync fails nobody knows
 * what the file ends with, and a second sync would not tell: the same lines begin a new file.
 */
static enum had_store_result local_add(struct had_store *store, struct had_arena *arena,
                                       uint64_t first, had_str lines, had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    enum had_disk_status status;
    if (store->file && store->file_bytes < HAD_STATE_JOURNAL_FILE) {
        had_str path = path_of(store, arena, had_journal_name(arena, store->file));
        status = disk->append(disk->context, arena, path, lines, error);
        if (status == HAD_DISK_OK)
            status = disk->sync(disk->context, arena, path, error);
        store->file_bytes += lines.len;
        if (status != HAD_DISK_OK)
            store->file = 0;
    } else {
        had_str path = path_of(store, arena, had_journal_name(arena, first));
        status = disk->write(disk->context, arena, path, lines, error);
        store->file = status == HAD_DISK_OK ? first : 0;
        store->file_bytes = lines.len;
    }
    return status == HAD_DISK_OK ? HAD_STORE_OK : HAD_STORE_ERROR;
}

static enum had_disk_status try_lock(struct had_store *store, struct had_arena *arena,
                                     struct had_lock_info *info, had_str *error)
{
    struct had_disk *disk = &store->world->disk;
    struct had_buffer text = {0};
    had_str holder = {0};
    json_t *json = had_lock_json(store, store->since);
    had_state_dump(json, &text);
    json_decref(json);
    enum had_disk_status status =
        disk->lock(disk->context, arena, path_of(store, arena, HAD_STR("lock")),
                   had_buffer_view(&text), &holder, error);
    had_buffer_free(&text);
    had_lock_read(arena, holder, info);
    return status;
}

static void local_unlock(struct had_store *store)
{
    struct had_arena arena = {0};
    struct had_disk *disk = &store->world->disk;
    disk->unlock(disk->context, path_of(store, &arena, HAD_STR("lock")));
    had_arena_free(&arena);
}

static enum had_state_result local_lock(struct had_store *store, uint32_t timeout_ms,
                                        had_str *message)
{
    struct had_lock_info info = {0};
    had_str error = {0};
    int64_t until = had_store_now(store) + timeout_ms;
    for (;;) {
        switch (try_lock(store, store->arena, &info, &error)) {
        case HAD_DISK_OK:
            return HAD_STATE_OK;
        case HAD_DISK_HELD:
            break;
        case HAD_DISK_MISSING:
        case HAD_DISK_ERROR:
            *message = had_str_printf(
                store->arena, "The state's lock cannot be taken: " HAD_FMT ".", HAD_ARG(error));
            return HAD_STATE_ERROR;
        }
        int64_t left = until - had_store_now(store);
        if (left <= 0)
            return had_lock_held(store, &info, message);
        had_store_pause(store, left < 500 ? left : 500);
    }
}

static enum had_store_result local_holder(struct had_store *store, struct had_arena *arena,
                                          struct had_lock_info *info, had_str *error)
{
    /* Looking must make nothing: without the file there is no holder. */
    struct had_blob lock = {.name = HAD_STR("lock")};
    enum had_store_result result = local_read(store, arena, &lock, 1, error);
    if (result != HAD_STORE_OK)
        return result;
    switch (try_lock(store, arena, info, error)) {
    case HAD_DISK_OK:
        local_unlock(store);
        return HAD_STORE_MISSING;
    case HAD_DISK_HELD:
        return HAD_STORE_OK;
    case HAD_DISK_MISSING:
    case HAD_DISK_ERROR:
        break;
    }
    return HAD_STORE_ERROR;
}

static enum had_state_result local_break(struct had_store *store, had_str id, had_str *message)
{
    (void)store;
    (void)id;
    *message = HAD_STR("The lock of a state in a folder ends with the process that holds it; end "
                       "that process.");
    return HAD_STATE_LOCKED;
}

const struct had_store_driver had_store_local = {
    .read = local_read,
    .write = local_write,
    .remove = local_remove,
    .list = local_list,
    .add = local_add,
    .lock = local_lock,
    .unlock = local_unlock,
    .holder = local_holder,
    .break_lock = local_break,
};
