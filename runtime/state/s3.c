/*
 * The store in a bucket of S3. Every write that could meet another writer has a condition: If-Match
 * with the ETag that was read, or If-None-Match. ETags are opaque (with a KMS key they are no
 * digest). A call is made by turning the cloud until it has ended; calls of others go on meanwhile.
 *
 * Rules: S3 User Guide, "How to prevent object overwrites with conditional writes": 412 where the
 * condition does not hold, 409 where another request was under way: to be sent again, 404 for
 * If-Match where there is no object.
 */
#include "state/internal.h"

#include <string.h>

enum { WINDOW = 32, AGAIN_MAX = 8, DATA_MS = 60000, LOCK_MS = 15000, WAIT_MS = 5000 };

struct flight {
    struct had_blob *blob;
    struct batch *batch;
    json_t *params;
    unsigned tries;
    int64_t due;
    bool open, ended;
};

struct batch {
    struct had_store *store;
    struct had_arena *arena;
    const char *operation;
    uint32_t deadline_ms, open, left;
    had_str *error;
    struct had_blob *listed; /* of a list: the value is kept */
    json_t *value;
};

static void phrase(struct batch *batch, const struct had_aws_error *error)
{
    bool answered = !had_str_starts(error->code, "had.");
    *batch->error = had_str_printf(batch->arena, answered ? "S3 answers `%.*s`: %.*s" : "%.*s%.*s",
                                   answered ? (int)error->code.len : 0,
                                   answered ? error->code.ptr : "", HAD_ARG(error->message));
    while (batch->error->len && batch->error->ptr[batch->error->len - 1] == '.')
        batch->error->len--;
}

static void ended(void *context, const struct had_aws_result *result)
{
    struct flight *f = context;
    struct batch *batch = f->batch;
    struct had_blob *blob = f->blob;
    f->open = false;
    batch->open--;
    if (result->outcome == HAD_AWS_DONE) {
        blob->result = HAD_STORE_OK;
        blob->etag = had_state_text(batch->arena, result->value, "ETag");
        if (strcmp(batch->operation, "GetObject") == 0)
            blob->text = had_str_dup(batch->arena, result->raw);
        if (blob == batch->listed)
            batch->value = json_incref(result->value);
    } else if (result->error.status == 404 && !had_str_is(result->error.code, "NoSuchBucket")) {
        blob->result = HAD_STORE_MISSING;
    } else if (result->error.status == 412) {
        blob->result = HAD_STORE_CONFLICT;
    } else if (result->error.status == 409 && f->tries < AGAIN_MAX) {
        f->due = had_store_now(batch->store) + (50 << f->tries++);
        return;
    } else {
        blob->result = HAD_STORE_ERROR;
        phrase(batch, &result->error);
    }
    f->ended = true;
    batch->left--;
}

static void submit(struct flight *f)
{
    struct batch *batch = f->batch;
    const struct had_aws_service *s3 = had_aws_service_find(HAD_STR("s3"));
    bool put = strcmp(batch->operation, "PutObject") == 0;
    struct had_aws_call call = {
        .service = s3,
        .operation = had_aws_operation_find(s3, had_str_c(batch->operation)),
        .params = f->params,
        .payload = put ? &f->blob->text : NULL,
        .region = batch->store->region,
        .role = batch->store->role.arn.len ? &batch->store->role : NULL,
        .deadline_ms = batch->deadline_ms,
        .pages = f->blob == batch->listed,
        .want_raw = true,
        .done = ended,
        .context = f,
    };
    f->open = true;
    batch->open++;
    batch->store->world->cloud.submit(batch->store->world->cloud.context, &call);
}

static json_t *params_of(const struct batch *batch, const struct had_blob *blob)
{
    const struct had_store *store = batch->store;
    json_t *params = json_object();
    had_str key =
        had_str_printf(batch->arena, HAD_FMT HAD_FMT, HAD_ARG(store->root), HAD_ARG(blob->name));
    json_object_set_new(params, "Bucket", had_state_string(store->bucket));
    json_object_set_new(params, blob == batch->listed ? "Prefix" : "Key", had_state_string(key));
    if (strcmp(batch->operation, "PutObject") == 0)
        json_object_set_new(params, "ContentType", json_string("application/json"));
    if (strcmp(batch->operation, "PutObject") == 0 && store->kms_key.len) {
        json_object_set_new(params, "ServerSideEncryption", json_string("aws:kms"));
        json_object_set_new(params, "SSEKMSKeyId", had_state_string(store->kms_key));
    }
    if (blob->condition == HAD_STORE_MATCH)
        json_object_set_new(params, "IfMatch", had_state_string(blob->etag));
    if (blob->condition == HAD_STORE_ABSENT)
        json_object_set_new(params, "IfNoneMatch", json_string("*"));
    return params;
}

static enum had_store_result run(struct batch *batch, struct had_blob *blobs, uint32_t count)
{
    const struct had_cloud *cloud = &batch->store->world->cloud;
    struct flight *flights = had_new_n(batch->arena, struct flight, count ? count : 1);
    enum had_store_result worst = HAD_STORE_OK;
    batch->left = count;
    for (uint32_t i = 0; i < count; i++)
        flights[i] = (struct flight){
            .blob = &blobs[i], .batch = batch, .params = params_of(batch, &blobs[i])};
    while (batch->left) {
        int64_t now = had_store_now(batch->store), wait = 1000;
        for (uint32_t i = 0; i < count && batch->open < WINDOW; i++) {
            struct flight *f = &flights[i];
            if (f->ended || f->open)
                continue;
            if (f->due <= now)
                submit(f);
            else if (f->due - now < wait)
                wait = f->due - now;
        }
        uint32_t before = batch->open;
        uint32_t flying = cloud->turn(cloud->context, (uint32_t)wait);
        if (!flying && batch->open && batch->open == before)
            break; /* the client knows nothing of them any more */
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!flights[i].ended) {
            blobs[i].result = HAD_STORE_ERROR;
            *batch->error = HAD_STR("a call of S3 came to no end");
        }
        json_decref(flights[i].params);
        worst = blobs[i].result > worst ? blobs[i].result : worst;
    }
    return worst;
}

static enum had_store_result call(struct had_store *store, struct had_arena *arena,
                                  const char *operation, uint32_t deadline_ms,
                                  struct had_blob *blobs, uint32_t count, had_str *error)
{
    struct batch batch = {.store = store,
                          .arena = arena,
                          .operation = operation,
                          .deadline_ms = deadline_ms,
                          .error = error};
    return run(&batch, blobs, count);
}

static enum had_store_result s3_read(struct had_store *store, struct had_arena *arena,
                                     struct had_blob *blobs, uint32_t count, had_str *error)
{
    return call(store, arena, "GetObject", DATA_MS, blobs, count, error);
}

static enum had_store_result s3_write(struct had_store *store, struct had_arena *arena,
                                      struct had_blob *blobs, uint32_t count, had_str *error)
{
    return call(store, arena, "PutObject", DATA_MS, blobs, count, error);
}

static enum had_store_result s3_remove(struct had_store *store, struct had_arena *arena,
                                       struct had_blob *blobs, uint32_t count, had_str *error)
{
    return call(store, arena, "DeleteObject", DATA_MS, blobs, count, error);
}

static enum had_store_result s3_list(struct had_store *store, struct had_arena *arena,
                                     had_str folder, had_str **names, uint32_t *count,
                                     had_str *error)
{
    struct had_blob prefix = {.name = had_str_printf(arena, HAD_FMT "/", HAD_ARG(folder))};
    struct batch batch = {.store = store,
                          .arena = arena,
                          .operation = "ListObjectsV2",
                          .deadline_ms = DATA_MS,
                          .error = error,
                          .listed = &prefix};
    had_array(had_str) found = {0};
    uint32_t cut = store->root.len + prefix.name.len;
    size_t i;
    json_t *object;
    enum had_store_result result = run(&batch, &prefix, 1);
    /* Keys come in the order of their bytes. */
    json_array_foreach(json_object_get(batch.value, "Contents"), i, object) {
        had_str key = had_state_text(arena, object, "Key");
        had_str name = had_str_slice(key, key.len < cut ? key.len : cut, key.len);
        if (name.len && had_str_find(name, '/') < 0)
            *had_push(arena, &found) = name;
    }
    json_decref(batch.value);
    *names = found.items;
    *count = found.count;
    return result;
}

static enum had_store_result s3_add(struct had_store *store, struct had_arena *arena,
                                    uint64_t first, had_str lines, had_str *error)
{
    struct had_blob segment = {
        .name = had_journal_name(arena, first), .text = lines, .condition = HAD_STORE_ABSENT};
    return s3_write(store, arena, &segment, 1, error);
}

/* ---- the lock ---- */

static enum had_store_result put_lock(struct had_store *store, struct had_arena *arena,
                                      enum had_store_condition condition, had_str etag,
                                      had_str *error)
{
    struct had_buffer text = {0};
    int64_t now = had_store_now(store);
    json_t *json = had_lock_json(store, had_store_wall(store));
    had_state_dump(json, &text);
    json_decref(json);
    struct had_blob lock = {.name = HAD_STR("lock"),
                            .text = had_buffer_view(&text),
                            .etag = etag,
                            .condition = condition};
    enum had_store_result result = call(store, arena, "PutObject", LOCK_MS, &lock, 1, error);
    had_buffer_free(&text);
    if (result == HAD_STORE_OK) {
        store->lock_etag = had_str_dup(store->arena, lock.etag);
        store->beaten = now;
    }
    return result;
}

static enum had_store_result read_lock(struct had_store *store, struct had_arena *arena,
                                       struct had_lock_info *info, had_str *etag, had_str *error)
{
    struct had_blob lock = {.name = HAD_STR("lock")};
    enum had_store_result result = call(store, arena, "GetObject", LOCK_MS, &lock, 1, error);
    *info = (struct had_lock_info){0};
    *etag = lock.etag;
    if (result == HAD_STORE_OK && !had_lock_read(arena, lock.text, info)) {
        *error = HAD_STR("the object `lock` is none of had's");
        return HAD_STORE_ERROR;
    }
    return result;
}

static bool is_own(const struct had_store *store, const struct had_lock_info *info)
{
    return had_str_is(info->id, store->run);
}

static enum had_store_result s3_holder(struct had_store *store, struct had_arena *arena,
                                       struct had_lock_info *info, had_str *error)
{
    had_str etag;
    return read_lock(store, arena, info, &etag, error);
}

/* One try: OK if the lock is ours, CONFLICT if it is held, with who holds it. */
static enum had_store_result try_lock(struct had_store *store, struct had_arena *arena,
                                      struct had_lock_info *info, had_str *error)
{
    had_str etag = {0};
    enum had_store_result result = put_lock(store, arena, HAD_STORE_ABSENT, etag, error);
    if (result != HAD_STORE_CONFLICT)
        return result;
    result = read_lock(store, arena, info, &etag, error);
    if (result != HAD_STORE_OK)
        return result;
    if (is_own(store, info)) { /* an earlier try of ours whose answer was lost */
        store->lock_etag = had_str_dup(store->arena, etag);
        store->beaten = had_store_now(store);
        return HAD_STORE_OK;
    }
    /* Clocks that are minutes apart would take a lock that is alive: its holder then finds the
     * fence and stops, and nothing is lost. */
    if (had_store_wall(store) - info->beat < HAD_STATE_STALE_MS)
        return HAD_STORE_CONFLICT;
    return put_lock(store, arena, HAD_STORE_MATCH, etag, error);
}

static enum had_state_result s3_lock(struct had_store *store, uint32_t timeout_ms, had_str *message)
{
    struct had_arena scratch = {0};
    struct had_lock_info info = {0};
    enum had_state_result result = HAD_STATE_LOCKED;
    had_str error = {0};
    int64_t until = had_store_now(store) + timeout_ms;
    /* The last try of a few that find the lock gone or changed in between is not told from one that
     * is held. */
    for (unsigned tries = 0;;) {
        enum had_store_result got = try_lock(store, &scratch, &info, &error);
        int64_t left = until - had_store_now(store);
        if (got == HAD_STORE_OK) {
            result = HAD_STATE_OK;
            break;
        }
        if (got == HAD_STORE_ERROR) {
            *message = had_str_printf(
                store->arena, "The lock of the state `" HAD_FMT "` cannot be taken: " HAD_FMT ".",
                HAD_ARG(store->url), HAD_ARG(error));
            result = HAD_STATE_ERROR;
            break;
        }
        bool changed =
            got == HAD_STORE_MISSING || had_store_wall(store) - info.beat >= HAD_STATE_STALE_MS;
        if (changed && ++tries < 5)
            continue;
        if (left <= 0) {
            result = had_lock_held(store, &info, message);
            break;
        }
        had_store_pause(store, left < WAIT_MS ? left : WAIT_MS);
    }
    had_arena_free(&scratch);
    return result;
}

static enum had_state_result s3_beat(struct had_store *store, had_str *message)
{
    struct had_arena scratch = {0};
    struct had_lock_info info;
    had_str error = {0}, etag;
    enum had_state_result result = HAD_STATE_OK;
    enum had_store_result put =
        put_lock(store, &scratch, HAD_STORE_MATCH, store->lock_etag, &error);
    if (put == HAD_STORE_CONFLICT) {
        put = read_lock(store, &scratch, &info, &etag, &error);
        if (put == HAD_STORE_OK && is_own(store, &info)) {
            store->lock_etag = had_str_dup(store->arena, etag);
            store->beaten = had_store_now(store);
        } else if (put == HAD_STORE_OK) {
            put = HAD_STORE_CONFLICT;
        }
    }
    if (put == HAD_STORE_CONFLICT || put == HAD_STORE_MISSING) {
        result = had_store_taken(store, message);
    } else if (put == HAD_STORE_ERROR) {
        *message = had_str_printf(
            store->arena, "The lock of the state `" HAD_FMT "` cannot be renewed: " HAD_FMT ".",
            HAD_ARG(store->url), HAD_ARG(error));
        result = HAD_STATE_ERROR;
    }
    had_arena_free(&scratch);
    return result;
}

static enum had_store_result remove_lock(struct had_store *store, struct had_arena *arena,
                                         had_str etag, had_str *error)
{
    struct had_blob lock = {.name = HAD_STR("lock"), .etag = etag, .condition = HAD_STORE_MATCH};
    enum had_store_result result = call(store, arena, "DeleteObject", LOCK_MS, &lock, 1, error);
    if (result != HAD_STORE_ERROR)
        return result;
    /* Some services like S3 know no conditional delete; who comes too late with this one removes a
     * lock that the fence makes harmless. */
    lock.condition = HAD_STORE_ALWAYS;
    return call(store, arena, "DeleteObject", LOCK_MS, &lock, 1, error);
}

static void s3_unlock(struct had_store *store)
{
    struct had_arena scratch = {0};
    struct had_lock_info info;
    had_str etag, error = {0};
    if (read_lock(store, &scratch, &info, &etag, &error) == HAD_STORE_OK && is_own(store, &info))
        remove_lock(store, &scratch, etag, &error);
    had_arena_free(&scratch);
}

static enum had_state_result s3_break(struct had_store *store, had_str id, had_str *message)
{
    struct had_arena scratch = {0};
    struct had_lock_info info;
    had_str etag, error = {0};
    enum had_store_result result = HAD_STORE_CONFLICT;
    /* A holder that is alive changes the lock twice a minute. */
    for (unsigned tries = 0; result == HAD_STORE_CONFLICT && tries < 5; tries++) {
        result = read_lock(store, &scratch, &info, &etag, &error);
        if (result == HAD_STORE_OK && !had_str_eq(info.id, id))
            break;
        if (result == HAD_STORE_OK)
            result = remove_lock(store, &scratch, etag, &error);
    }
    bool broken =
        result == HAD_STORE_MISSING || (result == HAD_STORE_OK && had_str_eq(info.id, id));
    if (!broken && result == HAD_STORE_ERROR)
        *message =
            had_str_printf(store->arena, "The lock cannot be broken: " HAD_FMT ".", HAD_ARG(error));
    else if (!broken)
        had_lock_held(store, &info, message);
    had_arena_free(&scratch);
    return broken ? HAD_STATE_OK : result == HAD_STORE_ERROR ? HAD_STATE_ERROR : HAD_STATE_LOCKED;
}

const struct had_store_driver had_store_s3 = {
    .read = s3_read,
    .write = s3_write,
    .remove = s3_remove,
    .list = s3_list,
    .add = s3_add,
    .lock = s3_lock,
    .beat = s3_beat,
    .unlock = s3_unlock,
    .holder = s3_holder,
    .break_lock = s3_break,
    .fences = true,
};
