/* Making durable what was logged, checkpoints, and what is asked of a state as a whole. */
#include "state/internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static enum had_state_result not_written(struct had_store *store, const char *what, had_str error,
                                         had_str *message)
{
    *message = had_str_printf(store->arena, "%s of the state `" HAD_FMT "` %s: " HAD_FMT ".", what,
                              HAD_ARG(store->url), "cannot be written", HAD_ARG(error));
    return HAD_STATE_ERROR;
}

/* ---- journal ---- */

/* Forgets the first lines of what is pending: they are durable. */
static void settle_lines(struct had_store *store, uint32_t bytes)
{
    uint32_t lines = 0;
    for (uint32_t i = 0; i < bytes; i++)
        lines += store->pending.ptr[i] == '\n';
    memmove(store->pending.ptr, store->pending.ptr + bytes, store->pending.len - bytes);
    store->pending.len -= bytes;
    store->pending_lines -= lines;
    store->synced += lines;
}

/* The number is taken: by an earlier try of this run whose answer was lost, or by somebody else. */
static bool own_lines(struct had_store *store, struct had_arena *scratch, uint64_t first,
                      had_str *error)
{
    struct had_blob segment = {.name = had_journal_name(scratch, first)};
    return store->driver->read(store, scratch, &segment, 1, error) == HAD_STORE_OK &&
           segment.text.len && segment.text.len <= store->pending.len &&
           memcmp(segment.text.ptr, store->pending.ptr, segment.text.len) == 0 &&
           (settle_lines(store, segment.text.len), true);
}

enum had_state_result had_state_sync(struct had_state *state, had_str *message)
{
    struct had_store *store = state->store;
    struct had_arena scratch = {0};
    enum had_state_result result = HAD_STATE_OK;
    had_str error;
    if (store->lost)
        return had_store_lose(store, (had_str){0}, message);
    if (!store->write)
        return not_written(store, "The journal", HAD_STR("it was opened to be read"), message);
    if (store->pending.len)
        result = had_store_own(store, message);
    while (result == HAD_STATE_OK && store->pending.len) {
        uint64_t first = store->synced + 1;
        error = (had_str){0};
        switch (
            store->driver->add(store, &scratch, first, had_buffer_view(&store->pending), &error)) {
        case HAD_STORE_OK:
            settle_lines(store, (uint32_t)store->pending.len);
            break;
        case HAD_STORE_CONFLICT:
            if (own_lines(store, &scratch, first, &error))
                break;
            result = error.len ? not_written(store, "The journal", error, message)
                               : had_store_taken(store, message);
            break;
        case HAD_STORE_MISSING:
        case HAD_STORE_ERROR:
            result = not_written(store, "The journal", error, message);
            break;
        }
    }
    had_arena_free(&scratch);
    return result;
}

/* ---- checkpoints ---- */

/* The shards' new files; `changed` if any differs from the current one. */
static enum had_state_result write_shards(struct had_state *state, struct had_arena *scratch,
                                          struct had_index *next, bool *changed, had_str *message)
{
    struct had_store *store = state->store;
    had_array(struct had_blob) blobs = {0};
    had_str error = {0};
    struct had_buffer text = {0};
    for (uint32_t i = 0; i < state->records.count; i++) {
        const struct had_record *record = state->records.items[i];
        if (record->home && record->home->dirty)
            had_shard_gather(record->home, record);
    }
    for (uint32_t i = 0; i < store->index.shards.count; i++) {
        struct had_shard *shard = store->index.shards.items[i];
        struct had_shard *copy = had_new(scratch, struct had_shard);
        *copy = *shard;
        copy->text = (struct had_buffer){0};
        *had_push(scratch, &next->shards) = copy;
        if (!shard->dirty)
            continue;
        text.len = 0;
        had_shard_write(shard, next->lineage, &text);
        had_str digest = had_state_sha256(scratch, had_buffer_view(&text));
        copy->records = shard->gathered;
        if (shard->gathered ? !had_str_eq(digest, shard->digest) : shard->file.len > 0) {
            *changed = true;
            copy->digest = shard->gathered ? digest : (had_str){0};
            copy->file = (had_str){0};
            if (shard->gathered) {
                copy->file = had_shard_file(scratch, shard, next->serial, digest);
                *had_push(scratch, &blobs) =
                    (struct had_blob){.name = had_store_name(scratch, "shards", copy->file),
                                      .text = had_str_dup(scratch, had_buffer_view(&text))};
            }
            if (shard->file.len)
                *had_push(scratch, &next->retired) =
                    (struct had_retired){shard->file, next->serial};
        }
        had_buffer_free(&shard->text);
        shard->gathered = 0;
    }
    had_buffer_free(&text);
    if (blobs.count &&
        store->driver->write(store, scratch, blobs.items, blobs.count, &error) != HAD_STORE_OK)
        return not_written(store, "A shard", error, message);
    return HAD_STATE_OK;
}

/* The index that is to follow: what is current, without what the history no longer needs. */
static void begin_index(struct had_state *state, struct had_arena *scratch, uint64_t serial,
                        struct had_index *next)
{
    const struct had_index *now = &state->store->index;
    *next = (struct had_index){.lineage = now->lineage,
                               .spec = now->spec,
                               .run = had_str_c(state->store->run),
                               .engines = state->engines,
                               .serial = serial,
                               .lines = state->store->synced};
    memcpy(next->salt, now->salt, sizeof next->salt);
    uint32_t first =
        now->fences.count > HAD_STATE_HISTORY ? now->fences.count - HAD_STATE_HISTORY : 0;
    for (uint32_t i = first; i < now->fences.count; i++)
        *had_push(scratch, &next->fences) = now->fences.items[i];
    for (uint32_t i = 0; i < now->retired.count; i++)
        if (now->retired.items[i].serial + HAD_STATE_HISTORY > serial)
            *had_push(scratch, &next->retired) = now->retired.items[i];
}

static uint64_t last_fence(const struct had_index *index)
{
    return index->fences.count ? index->fences.items[index->fences.count - 1] : 0;
}

/*
 * Another index stands where ours was to go. It may be our own, if an answer was lost, or one of a
 * holder that we have fenced off: then it has nothing that our journal has not, and is replaced.
 */
static enum had_state_result meet(struct had_store *store, struct had_arena *scratch, had_str text,
                                  uint64_t *serial, bool *same, had_str *message)
{
    struct had_blob found = {.name = HAD_STR("index.json")};
    struct had_index theirs;
    had_str error = {0};
    enum had_store_result result = store->driver->read(store, scratch, &found, 1, &error);
    if (result == HAD_STORE_ERROR)
        return not_written(store, "The index", error, message);
    if (result == HAD_STORE_MISSING || !had_index_read(scratch, found.text, &theirs, &error) ||
        !had_str_eq(theirs.lineage, store->index.lineage))
        return had_store_taken(store, message);
    *same = had_str_eq(found.text, text);
    if (!*same && !had_str_is(theirs.run, store->run) &&
        last_fence(&theirs) >= last_fence(&store->index))
        return had_store_taken(store, message);
    store->index_etag = had_str_dup(store->arena, found.etag);
    *serial = theirs.serial;
    return HAD_STATE_OK;
}

/* Keeps what was committed: texts move from the scratch arena to the state's. */
static void adopt(struct had_state *state, const struct had_index *next)
{
    struct had_store *store = state->store;
    struct had_index *index = &store->index;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < next->shards.count; i++) {
        struct had_shard *shard = index->shards.items[i], *copy = next->shards.items[i];
        if (!had_str_eq(shard->file, copy->file)) {
            shard->file = had_str_dup(store->arena, copy->file);
            shard->digest = had_str_dup(store->arena, copy->digest);
        }
        shard->records = copy->records;
        shard->dirty = false;
    }
    index->retired.count = 0;
    for (uint32_t i = 0; i < next->retired.count; i++) {
        struct had_retired retired = next->retired.items[i];
        retired.file = had_str_dup(store->arena, retired.file);
        *had_push(store->arena, &index->retired) = retired;
    }
    for (uint32_t i = 0; i < next->fences.count; i++)
        index->fences.items[kept++] = next->fences.items[i];
    index->fences.count = kept;
    index->engines = had_str_dup(store->arena, next->engines);
    index->lines = next->lines;
    state->serial = index->serial = next->serial;
    store->file = 0; /* a new file for lines that no index has */
}

static bool has_fence(const struct had_index *index, int64_t number)
{
    for (uint32_t i = 0; i < index->fences.count; i++)
        if (index->fences.items[i] == (uint64_t)number)
            return true;
    return false;
}

static bool has_file(const struct had_index *index, had_str file)
{
    for (uint32_t i = 0; i < index->retired.count; i++)
        if (had_str_eq(index->retired.items[i].file, file))
            return true;
    for (uint32_t i = 0; i < index->shards.count; i++)
        if (had_str_eq(index->shards.items[i]->file, file))
            return true;
    return false;
}

/* Whether a name in a folder is of no use any more. What is younger than the index is not judged:
 * it may be of a run that took over. */
static bool is_old(const struct had_index *index, const char *folder, had_str name)
{
    int64_t number;
    uint64_t serial;
    if (had_str_ends(name, ".new")) /* of a process that was killed while it wrote */
        return true;
    if (*folder == 'j')
        return had_str_to_int(name, &number) && (uint64_t)number <= index->lines &&
               !has_fence(index, number);
    if (*folder == 'h')
        return had_str_ends(name, ".json") &&
               had_str_to_int(had_str_slice(name, 0, name.len - 5), &number) &&
               (uint64_t)number + HAD_STATE_HISTORY <= index->serial;
    return had_shard_serial(name, &serial) && serial <= index->serial && !has_file(index, name);
}

/* Removes what the committed index does not need. What cannot be removed is left for the next time.
 */
static void sweep(struct had_store *store, struct had_arena *scratch, const char *folder)
{
    had_str *names, error = {0};
    uint32_t count;
    had_array(struct had_blob) old = {0};
    if (store->driver->list(store, scratch, had_str_c(folder), &names, &count, &error) !=
        HAD_STORE_OK)
        return;
    for (uint32_t i = 0; i < count; i++)
        if (is_old(&store->index, folder, names[i]))
            *had_push(scratch, &old) =
                (struct had_blob){.name = had_store_name(scratch, folder, names[i])};
    if (old.count)
        store->driver->remove(store, scratch, old.items, old.count, &error);
}

static enum had_state_result commit(struct had_state *state, struct had_arena *scratch, bool *done,
                                    had_str *message)
{
    struct had_store *store = state->store;
    struct had_index next;
    struct had_buffer text = {0};
    uint64_t serial = store->index.serial;
    had_str error = {0};
    json_t *engines =
        json_loadb(state->engines.ptr ? state->engines.ptr : "", state->engines.len, 0, NULL);
    bool good = !state->engines.len || json_is_object(engines);
    json_decref(engines);
    if (!good)
        return not_written(store, "The index", HAD_STR("its engines are no object"), message);
    for (unsigned attempt = 0; attempt < 5; attempt++) {
        bool changed = !had_str_eq(state->engines, store->index.engines), same = false;
        begin_index(state, scratch, serial + 1, &next);
        enum had_state_result result = write_shards(state, scratch, &next, &changed, message);
        if (result != HAD_STATE_OK)
            return result;
        if (!changed)
            next.serial = serial;
        text.len = 0;
        had_index_write(&next, &text);
        had_str whole = had_str_dup(scratch, had_buffer_view(&text));
        had_buffer_free(&text);
        had_str history =
            had_str_printf(scratch, "history/%012llu.json", (unsigned long long)next.serial);
        struct had_blob blobs[2] = {
            {.name = history, .text = whole},
            {.name = HAD_STR("index.json"),
             .text = whole,
             .etag = store->index_etag,
             .condition = store->index_etag.len ? HAD_STORE_MATCH : HAD_STORE_ABSENT},
        };
        enum had_store_result put = HAD_STORE_OK;
        if (changed)
            put = store->driver->write(store, scratch, &blobs[0], 1, &error);
        if (put == HAD_STORE_OK)
            put = store->driver->write(store, scratch, &blobs[1], 1, &error);
        if (put == HAD_STORE_ERROR)
            return not_written(store, "The index", error, message);
        if (put == HAD_STORE_OK)
            store->index_etag = had_str_dup(store->arena, blobs[1].etag);
        else if ((result = meet(store, scratch, whole, &serial, &same, message)) != HAD_STATE_OK)
            return result;
        if (put == HAD_STORE_OK || same) {
            adopt(state, &next);
            *done = true;
            return HAD_STATE_OK;
        }
    }
    return not_written(store, "The index", HAD_STR("it changes all the time"), message);
}

static bool is_dirty(const struct had_state *state)
{
    const struct had_store *store = state->store;
    for (uint32_t i = 0; i < store->index.shards.count; i++)
        if (store->index.shards.items[i]->dirty)
            return true;
    return store->synced > store->index.lines || !had_str_eq(state->engines, store->index.engines);
}

enum had_state_result had_state_checkpoint(struct had_state *state, had_str *message)
{
    struct had_store *store = state->store;
    struct had_arena scratch = {0};
    bool done = false;
    enum had_state_result result = had_state_sync(state, message);
    store->checkpointed = had_store_now(store);
    /* A state that nothing was logged for is not made. */
    if (result == HAD_STATE_OK && !store->begin && is_dirty(state))
        result = commit(state, &scratch, &done, message);
    if (done)
        sweep(store, &scratch, "journal");
    if (done && state->serial % 16 == 0) { /* and once more at the end */
        sweep(store, &scratch, "shards");
        sweep(store, &scratch, "history");
    }
    had_arena_free(&scratch);
    return result;
}

enum had_state_result had_state_tick(struct had_state *state, had_str *message)
{
    struct had_store *store = state->store;
    int64_t now = had_store_now(store);
    enum had_state_result result = HAD_STATE_OK;
    if (store->lost)
        return had_store_lose(store, (had_str){0}, message);
    if (!store->write)
        return HAD_STATE_OK;
    if (store->driver->beat && now - store->beaten >= HAD_STATE_BEAT_MS &&
        now - store->tried >= HAD_STATE_BEAT_AGAIN_MS) {
        store->tried = now;
        result = store->driver->beat(store, message);
        /* The journal's numbers protect the state; a lock that is late can wait for the network. */
        if (result == HAD_STATE_ERROR && now - store->beaten < HAD_STATE_STALE_MS)
            result = HAD_STATE_OK;
    }
    if (result == HAD_STATE_OK && store->pending_lines &&
        (store->pending_lines >= HAD_STATE_SEGMENT_LINES ||
         now - store->pending_since >= HAD_STATE_SEGMENT_MS))
        result = had_state_sync(state, message);
    if (result == HAD_STATE_OK && now - store->checkpointed >= HAD_STATE_CHECKPOINT_MS)
        result = had_state_checkpoint(state, message);
    return result;
}

void had_state_abandon(struct had_state *state)
{
    struct had_store *store = state->store;
    had_state_clear(state);
    had_buffer_free(&store->pending);
    for (uint32_t i = 0; i < store->index.shards.count; i++)
        had_buffer_free(&store->index.shards.items[i]->text);
}

enum had_state_result had_state_close(struct had_state *state, had_str *message)
{
    struct had_store *store = state->store;
    enum had_state_result result = HAD_STATE_OK;
    if (store->write) {
        result = had_state_checkpoint(state, message);
        if (result == HAD_STATE_OK && store->index_etag.len) {
            struct had_arena scratch = {0};
            sweep(store, &scratch, "shards");
            sweep(store, &scratch, "history");
            had_arena_free(&scratch);
        }
        if (store->locked && !store->lost)
            store->driver->unlock(store);
    }
    had_state_abandon(state);
    return result;
}

/* ---- digests ---- */

static had_str keyed(const struct had_state *state, struct had_arena *arena, had_str text,
                     size_t bytes)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    const unsigned char *data = (const unsigned char *)(text.ptr ? text.ptr : "");
    if (!HMAC(EVP_sha256(), state->salt, sizeof state->salt, data, text.len, sum, &size))
        had_out_of_memory(sizeof sum);
    had_state_hex(hex, sum, bytes < size ? bytes : size);
    return had_str_dup(arena, had_str_c(hex));
}

had_str had_state_digest(const struct had_state *state, struct had_arena *arena, had_str text)
{
    return keyed(state, arena, text, 32);
}

had_str had_state_token(const struct had_state *state, struct had_arena *arena, had_str address,
                        uint32_t generation)
{
    struct had_buffer text = {0};
    had_buffer_str(&text, state->lineage);
    had_buffer_add(&text, "", 1);
    had_buffer_str(&text, address);
    had_buffer_add(&text, "", 1);
    had_buffer_printf(&text, "%u", generation);
    had_str token = keyed(state, arena, had_buffer_view(&text), 16);
    had_buffer_free(&text);
    return token;
}

json_t *had_state_json(const struct had_state *state)
{
    json_t *json = json_object(), *records = json_array();
    for (uint32_t i = 0; i < state->records.count; i++)
        json_array_append_new(records, had_record_json(state->records.items[i]));
    json_object_set_new(json, "lineage", had_state_string(state->lineage));
    json_object_set_new(json, "records", records);
    json_object_set_new(json, "serial", json_integer((json_int_t)state->serial));
    json_object_set_new(json, "spec", had_state_string(state->spec));
    json_object_set_new(json, "version", json_integer(HAD_STATE_VERSION));
    if (state->engines.len)
        json_object_set_new(json, "engines",
                            json_loadb(state->engines.ptr, state->engines.len, 0, NULL));
    return json;
}

had_str had_state_stamp(const struct had_state *state, struct had_arena *arena)
{
    struct had_buffer text = {0};
    json_t *json = had_state_json(state);
    had_state_dump(json, &text);
    json_decref(json);
    had_str stamp = had_state_sha256(arena, had_buffer_view(&text));
    had_buffer_free(&text);
    return stamp;
}
