/* Opening: the place, the lock, the index with its shards, and the journal over them. */
#include "aws/value.h"
#include "state/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPTS = 20, BATCH = 256 };

had_str had_store_name(struct had_arena *arena, const char *folder, had_str name)
{
    return had_str_printf(arena, "%s/" HAD_FMT, folder, HAD_ARG(name));
}

had_str had_journal_name(struct had_arena *arena, uint64_t first)
{
    return had_str_printf(arena, "journal/%012llu", (unsigned long long)first);
}

void had_store_pause(struct had_store *store, int64_t ms)
{
    const struct had_cloud *cloud = &store->world->cloud;
    int64_t until = had_store_now(store) + ms;
    for (int64_t left = ms; left > 0; left = until - had_store_now(store))
        cloud->turn(cloud->context, (uint32_t)left);
}

/* ---- the place ---- */

static bool parse_s3(struct had_store *store, struct had_arena *arena, had_str rest,
                     had_str *message)
{
    int64_t mark = had_str_find(rest, '?');
    had_str query = mark < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)mark + 1, rest.len);
    rest = mark < 0 ? rest : had_str_slice(rest, 0, (uint32_t)mark);
    int64_t slash = had_str_find(rest, '/');
    store->bucket = had_str_dup(arena, slash < 0 ? rest : had_str_slice(rest, 0, (uint32_t)slash));
    had_str prefix = slash < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)slash + 1, rest.len);
    while (prefix.len && prefix.ptr[prefix.len - 1] == '/')
        prefix.len--;
    store->root = prefix.len ? had_str_printf(arena, HAD_FMT "/", HAD_ARG(prefix)) : prefix;
    bool good = store->bucket.len >= 3 && store->bucket.len <= 63;
    for (uint32_t i = 0; i < store->bucket.len; i++) {
        char c = store->bucket.ptr[i];
        good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }
    while (query.len) {
        int64_t end = had_str_find(query, '&');
        had_str pair = end < 0 ? query : had_str_slice(query, 0, (uint32_t)end);
        query = end < 0 ? (had_str){0} : had_str_slice(query, (uint32_t)end + 1, query.len);
        int64_t equals = had_str_find(pair, '=');
        had_str key = equals < 0 ? pair : had_str_slice(pair, 0, (uint32_t)equals);
        had_str value =
            equals < 0 ? (had_str){0} : had_str_slice(pair, (uint32_t)equals + 1, pair.len);
        good &= value.len > 0;
        if (had_str_is(key, "region"))
            store->region = had_str_dup(arena, value);
        else if (had_str_is(key, "role"))
            store->role = (struct had_aws_role){.arn = had_str_dup(arena, value),
                                                .session_name = HAD_STR("had")};
        else if (had_str_is(key, "kms-key"))
            store->kms_key = had_str_dup(arena, value);
        else
            good = false;
    }
    if (!good)
        *message = had_str_printf(arena,
                                  "`" HAD_FMT "` is no place for a state; one in S3 is written "
                                  "`s3://BUCKET/PREFIX?region=REGION`.",
                                  HAD_ARG(store->url));
    else if (!store->world->cloud.submit)
        *message = had_str_printf(arena, "The state `" HAD_FMT "` needs calls of AWS.",
                                  HAD_ARG(store->url));
    return good && store->world->cloud.submit;
}

bool had_store_parse(struct had_store *store, struct had_arena *arena, had_str url,
                     had_str *message)
{
    store->url = had_str_dup(arena, url);
    if (had_str_starts(url, "s3://")) {
        store->driver = &had_store_s3;
        return parse_s3(store, arena, had_str_slice(store->url, 5, url.len), message);
    }
    store->driver = &had_store_local;
    store->root = store->url;
    if (had_str_starts(url, "file:"))
        store->root = had_str_slice(store->root, 5, store->root.len);
    if (had_str_starts(store->root, "//"))
        store->root = had_str_slice(store->root, 2, store->root.len);
    while (store->root.len > 1 && store->root.ptr[store->root.len - 1] == '/')
        store->root.len--;
    bool scheme = false;
    for (uint32_t i = 0; i + 2 < store->root.len; i++)
        scheme |= memcmp(store->root.ptr + i, "://", 3) == 0;
    if (store->root.len && !scheme)
        return true;
    *message = had_str_printf(arena,
                              "`" HAD_FMT "` is no place for a state: write a folder, or "
                              "`s3://BUCKET/PREFIX?region=REGION`.",
                              HAD_ARG(url));
    return false;
}

/* ---- reading ---- */

/* What a load ends with: torn between two moments is worth another try, if somebody else writes. */
enum load { LOADED, TORN, FAILED };

static enum load failed(struct had_store *store, had_str what, had_str error, had_str *message)
{
    *message = had_str_printf(
        store->arena, "The state `" HAD_FMT "` cannot be read (`" HAD_FMT "`): " HAD_FMT ".",
        HAD_ARG(store->url), HAD_ARG(what), HAD_ARG(error));
    return FAILED;
}

static enum load read_shards(struct had_state *state, struct had_arena *scratch, had_str *message)
{
    struct had_store *store = state->store;
    had_str error = {0};
    for (uint32_t first = 0; first < store->index.shards.count; first += BATCH) {
        struct had_blob blobs[BATCH] = {0};
        uint32_t count = store->index.shards.count - first;
        count = count < BATCH ? count : BATCH;
        for (uint32_t i = 0; i < count; i++)
            blobs[i].name =
                had_store_name(scratch, "shards", store->index.shards.items[first + i]->file);
        if (store->driver->read(store, scratch, blobs, count, &error) == HAD_STORE_ERROR)
            return failed(store, HAD_STR("shards"), error, message);
        for (uint32_t i = 0; i < count; i++) {
            struct had_shard *shard = store->index.shards.items[first + i];
            had_str digest = had_state_sha256(scratch, blobs[i].text);
            if (blobs[i].result == HAD_STORE_MISSING || !had_str_eq(digest, shard->digest)) {
                *message = had_str_printf(
                    store->arena,
                    "`" HAD_FMT "` of the state `" HAD_FMT "` %s; an earlier index is below "
                    "`history/`.",
                    HAD_ARG(blobs[i].name), HAD_ARG(store->url),
                    blobs[i].result == HAD_STORE_MISSING
                        ? "is missing"
                        : "is not what was written: it was changed by hand or damaged");
                return TORN;
            }
            if (!had_shard_read(state, shard, blobs[i].text, message))
                return FAILED;
        }
    }
    return LOADED;
}

static int by_address(const void *a, const void *b)
{
    const struct had_record *const *x = a, *const *y = b;
    return had_str_cmp((*x)->address, (*y)->address);
}

static enum load sort_records(struct had_state *state, had_str *message)
{
    if (state->records.count)
        qsort(state->records.items, state->records.count, sizeof *state->records.items, by_address);
    for (uint32_t i = 1; i < state->records.count; i++)
        if (had_str_eq(state->records.items[i - 1]->address, state->records.items[i]->address)) {
            *message = had_str_printf(
                state->arena, "The state `" HAD_FMT "` has two records of `" HAD_FMT "`.",
                HAD_ARG(state->store->url), HAD_ARG(state->records.items[i]->address));
            return FAILED;
        }
    return LOADED;
}

static bool journal_number(had_str name, int64_t *number)
{
    return name.len == 12 && had_str_to_int(name, number) && *number > 0;
}

static enum load read_journal(struct had_state *state, struct had_arena *scratch, had_str *message)
{
    struct had_store *store = state->store;
    const struct had_store_driver *driver = store->driver;
    struct had_replay replay = {.expected = store->index.lines + 1, .synced = store->index.lines};
    had_str *names, error = {0};
    uint32_t count;
    had_array(struct had_blob) files = {0};
    if (driver->list(store, scratch, HAD_STR("journal"), &names, &count, &error) != HAD_STORE_OK)
        return failed(store, HAD_STR("journal"), error, message);
    for (uint32_t i = 0; i < count; i++) {
        int64_t number;
        if (journal_number(names[i], &number))
            *had_push(scratch, &files) =
                (struct had_blob){.name = had_store_name(scratch, "journal", names[i])};
    }
    if (files.count &&
        driver->read(store, scratch, files.items, files.count, &error) == HAD_STORE_ERROR)
        return failed(store, HAD_STR("journal"), error, message);
    had_each(struct had_blob, file, &files) {
        if (file->result != HAD_STORE_OK)
            continue; /* dropped by a checkpoint meanwhile; what it had is missed below */
        /* What an earlier process left may still be in caches alone, and a sync would not tell of
         * an error that this process has not seen: the new lines must not rest on it. */
        if (store->write && !driver->fences &&
            driver->write(store, scratch, file, 1, &error) != HAD_STORE_OK)
            return failed(store, file->name, error, message);
        if (!had_journal_replay(state, file->name, file->text, &replay, message))
            return FAILED;
    }
    if (replay.expected <= replay.synced) {
        *message = had_str_printf(
            store->arena,
            "The journal of the state `" HAD_FMT "` is damaged at " HAD_FMT
            ": lines up to number %llu were written, and number %llu cannot be read.",
            HAD_ARG(store->url),
            HAD_ARG(replay.stopped == replay.expected ? replay.place : HAD_STR("its beginning")),
            (unsigned long long)replay.synced, (unsigned long long)replay.expected);
        return TORN;
    }
    store->next = replay.expected;
    store->synced = replay.expected - 1;
    state->recovered = replay.applied > 0;
    state->torn = replay.torn;
    return LOADED;
}

static void forget(struct had_state *state)
{
    had_state_clear(state);
    state->store->index = (struct had_index){0};
    state->store->index_etag = (had_str){0};
    state->store->pending.len = 0;
    state->store->pending_lines = 0;
}

static enum load load_once(struct had_state *state, struct had_arena *scratch, had_str *message)
{
    struct had_store *store = state->store;
    struct had_blob index = {.name = HAD_STR("index.json")};
    had_str error = {0}, *names;
    uint32_t count;
    forget(state);
    enum had_store_result found = store->driver->read(store, scratch, &index, 1, &error);
    if (found == HAD_STORE_ERROR)
        return failed(store, index.name, error, message);
    if (found == HAD_STORE_OK && !had_index_read(store->arena, index.text, &store->index, message))
        return FAILED;
    store->index_etag =
        found == HAD_STORE_OK ? had_str_dup(store->arena, index.etag) : (had_str){0};
    enum load result = read_shards(state, scratch, message);
    if (result == LOADED)
        result = sort_records(state, message);
    if (result == LOADED)
        result = read_journal(state, scratch, message);
    if (result != LOADED || store->index.lineage.len)
        return result;
    /* A new state; but not where an index was lost. */
    if (store->driver->list(store, scratch, HAD_STR("history"), &names, &count, &error) !=
        HAD_STORE_OK)
        return failed(store, HAD_STR("history"), error, message);
    if (count) {
        *message = had_str_printf(store->arena,
                                  "The state `" HAD_FMT "` has lost its `index.json`; the newest "
                                  "of `history/` may take its place.",
                                  HAD_ARG(store->url));
        return TORN;
    }
    unsigned char bytes[16];
    char hex[33];
    store->world->random(store->world->context, bytes, sizeof bytes);
    had_state_hex(hex, bytes, sizeof bytes);
    store->index.lineage = had_str_dup(store->arena, had_str_c(hex));
    store->world->random(store->world->context, store->index.salt, sizeof store->index.salt);
    store->begin = true;
    return LOADED;
}

/* True if the index is another one than what was read. */
static bool index_moved(struct had_store *store, struct had_arena *scratch)
{
    struct had_blob index = {.name = HAD_STR("index.json")};
    had_str error = {0};
    enum had_store_result result = store->driver->read(store, scratch, &index, 1, &error);
    return result == HAD_STORE_MISSING ? store->index_etag.len > 0
                                       : !had_str_eq(index.etag, store->index_etag);
}

/* The first line of a run that may lose its lock: whoever had it before finds the number taken. */
static enum load put_fence(struct had_state *state, struct had_arena *scratch, had_str *message)
{
    struct had_store *store = state->store;
    uint64_t first = store->next;
    had_str error = {0};
    had_journal_add(state, "fence", had_lock_json(store, store->since));
    enum had_store_result result =
        store->driver->add(store, scratch, first, had_buffer_view(&store->pending), &error);
    store->pending.len = 0;
    store->pending_lines = 0;
    if (result == HAD_STORE_CONFLICT)
        return TORN; /* an earlier holder wrote this number first: read it */
    if (result != HAD_STORE_OK)
        return failed(store, HAD_STR("journal"), error, message);
    store->synced = first;
    *had_push(store->arena, &store->index.fences) = first;
    return index_moved(store, scratch) ? TORN : LOADED;
}

enum had_state_result had_state_load(struct had_state *state, had_str spec, had_str *message)
{
    struct had_store *store = state->store;
    struct had_arena scratch = {0};
    enum load result = TORN;
    for (unsigned attempt = 0; result == TORN && attempt < ATTEMPTS; attempt++) {
        had_arena_free(&scratch);
        store->begin = false;
        result = load_once(state, &scratch, message);
        /* What is torn for who does not hold the lock may be whole a moment later. */
        bool others = !store->write || store->driver->fences;
        if (result == TORN && !(others && (attempt < 2 || index_moved(store, &scratch))))
            result = FAILED;
        if (result == LOADED && store->write && store->driver->fences) {
            /* Who lost the lock while he read must not fence off who has it. */
            enum had_state_result own = had_store_own(store, message);
            if (own != HAD_STATE_OK) {
                had_arena_free(&scratch);
                return own;
            }
            *message =
                HAD_STR("Another run writes to the state, and this one cannot fence it off.");
            result = put_fence(state, &scratch, message);
        }
    }
    had_arena_free(&scratch);
    if (result != LOADED) {
        forget(state);
        return HAD_STATE_ERROR;
    }
    *message = (had_str){0};
    struct had_index *index = &store->index;
    if (index->spec.len && spec.len && !had_str_eq(index->spec, spec)) {
        *message = had_str_printf(store->arena,
                                  "`" HAD_FMT "` holds the state of the spec `" HAD_FMT
                                  "`, not of `" HAD_FMT "`.",
                                  HAD_ARG(store->url), HAD_ARG(index->spec), HAD_ARG(spec));
        return HAD_STATE_ERROR;
    }
    state->spec = index->spec = index->spec.len ? index->spec : had_str_dup(store->arena, spec);
    state->lineage = index->lineage;
    memcpy(state->salt, index->salt, sizeof state->salt);
    state->serial = index->serial;
    state->engines = index->engines;
    return HAD_STATE_OK;
}

enum had_state_result had_state_open(struct had_world *world, struct had_arena *arena, had_str url,
                                     had_str spec, bool write, uint32_t lock_timeout_ms,
                                     had_str command, struct had_state **out, had_str *message)
{
    unsigned char bytes[16];
    struct had_state *state = had_new(arena, struct had_state);
    struct had_store *store = had_new(arena, struct had_store);
    *out = NULL;
    *message = (had_str){0};
    state->arena = store->arena = arena;
    state->store = store;
    store->world = world;
    store->command = had_str_dup(arena, command);
    store->write = write;
    if (!had_store_parse(store, arena, url, message))
        return HAD_STATE_ERROR;
    world->random(world->context, bytes, sizeof bytes);
    had_state_hex(store->run, bytes, sizeof bytes);
    store->since = had_store_wall(store);
    store->checkpointed = had_store_now(store);
    if (write) {
        enum had_state_result result = store->driver->lock(store, lock_timeout_ms, message);
        if (result != HAD_STATE_OK)
            return result;
        store->locked = true;
    }
    enum had_state_result result = had_state_load(state, spec, message);
    if (result == HAD_STATE_OK) {
        *out = state;
        return result;
    }
    if (store->locked && !store->lost)
        store->driver->unlock(store);
    had_state_abandon(state);
    return result;
}
