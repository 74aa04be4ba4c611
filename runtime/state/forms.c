/* Index and shards as texts: keys sorted, one record or entry a line, so that two are easily
 * compared. */
#include "state/internal.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ---- */

static int dump_piece(const char *piece, size_t len, void *buffer)
{
    had_buffer_add(buffer, piece, len);
    return 0;
}

void had_state_dump(const json_t *json, struct had_buffer *out)
{
    json_dump_callback(json, dump_piece, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

json_t *had_state_string(had_str text)
{
    json_t *json = json_stringn(text.ptr ? text.ptr : "", text.len);
    if (json)
        return json;
    char *plain = had_xmalloc(text.len + 1u);
    for (uint32_t i = 0; i < text.len; i++)
        plain[i] = (unsigned char)text.ptr[i] < 0x80 ? text.ptr[i] : '?';
    json = json_stringn(plain, text.len);
    free(plain);
    return json;
}

had_str had_state_text(struct had_arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return (had_str){0};
    return had_str_dup(arena,
                       (had_str){json_string_value(value), (uint32_t)json_string_length(value)});
}

bool had_state_number(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}

void had_state_hex(char *out, const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * count] = '\0';
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool had_state_unhex(had_str text, unsigned char *bytes, size_t count)
{
    if (text.len != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = digit(text.ptr[2 * i]), low = digit(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

had_str had_state_sha256(struct had_arena *arena, had_str text)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    if (EVP_Digest(text.ptr ? text.ptr : "", text.len, sum, &size, EVP_sha256(), NULL) != 1)
        had_out_of_memory(sizeof sum);
    had_state_hex(hex, sum, size);
    return had_str_dup(arena, had_str_c(hex));
}

/* ---- versions ---- */

/* Version 1 is the first; a later one adds the step that leads to it. */
static const struct had_state_step index_steps[] = {{0, NULL}}, shard_steps[] = {{0, NULL}};

bool had_state_upgrade(struct had_arena *arena, json_t *document,
                       const struct had_state_step *steps, uint32_t version, had_str what,
                       had_str *message)
{
    int64_t has = 0;
    if (!had_state_number(document, "version", &has) || has < 1) {
        *message = had_str_printf(arena,
                                  "`" HAD_FMT "` does not say which version of the form it "
                                  "has; it is no file of a state.",
                                  HAD_ARG(what));
        return false;
    }
    if (has > version) {
        *message = had_str_printf(arena,
                                  "`" HAD_FMT "` was written by a newer version of had (form %lld; "
                                  "this one knows %u): use that version.",
                                  HAD_ARG(what), (long long)has, version);
        return false;
    }
    while (has < version) {
        const struct had_state_step *step = steps;
        while (step->up && step->from != has)
            step++;
        if (!step->up || !step->up(document)) {
            *message = had_str_printf(arena,
                                      "`" HAD_FMT "` has form %lld, and this version of had cannot "
                                      "make form %u of it.",
                                      HAD_ARG(what), (long long)has, version);
            return false;
        }
        json_object_set_new(document, "version", json_integer(++has));
    }
    return true;
}

/* A document of the current version, or NULL: a new reference. */
static json_t *read_document(struct had_arena *arena, had_str text, had_str what,
                             const struct had_state_step *steps, had_str *message)
{
    json_error_t error;
    json_t *json = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(json)) {
        *message = had_str_printf(arena,
                                  "`" HAD_FMT "` is no JSON object (line %d): it was changed "
                                  "by hand or damaged.",
                                  HAD_ARG(what), json ? 1 : error.line);
        json_decref(json);
        return NULL;
    }
    if (!had_state_upgrade(arena, json, steps, HAD_STATE_VERSION, what, message)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

/* ---- index ---- */

static void key(struct had_buffer *out, const char *name)
{
    had_buffer_printf(out, "%s\"%s\": ", out->len > 2 ? ",\n" : "", name);
}

static void text_member(struct had_buffer *out, const char *name, had_str text)
{
    json_t *json = had_state_string(text);
    key(out, name);
    had_state_dump(json, out);
    json_decref(json);
}

/* Opens the list and puts each element on a line of its own. */
static void element(struct had_buffer *out, uint32_t i, json_t *json)
{
    had_buffer_c(out, i ? ",\n  " : "[\n  ");
    had_state_dump(json, out);
    json_decref(json);
}

static void close_list(struct had_buffer *out, uint32_t count)
{
    had_buffer_c(out, count ? "\n]" : "[]");
}

void had_index_write(const struct had_index *index, struct had_buffer *out)
{
    char salt[65];
    uint32_t written = 0;
    had_buffer_c(out, "{\n");
    if (index->engines.len) {
        key(out, "engines");
        had_buffer_str(out, index->engines);
    }
    key(out, "fences");
    had_buffer_char(out, '[');
    for (uint32_t i = 0; i < index->fences.count; i++)
        had_buffer_printf(out, "%s%llu", i ? ", " : "", (unsigned long long)index->fences.items[i]);
    had_buffer_char(out, ']');
    text_member(out, "lineage", index->lineage);
    key(out, "lines");
    had_buffer_printf(out, "%llu", (unsigned long long)index->lines);
    key(out, "retired");
    for (uint32_t i = 0; i < index->retired.count; i++) {
        json_t *json = json_object();
        json_object_set_new(json, "file", had_state_string(index->retired.items[i].file));
        json_object_set_new(json, "serial",
                            json_integer((json_int_t)index->retired.items[i].serial));
        element(out, i, json);
    }
    close_list(out, index->retired.count);
    text_member(out, "run", index->run);
    had_state_hex(salt, index->salt, sizeof index->salt);
    text_member(out, "salt", had_str_c(salt));
    key(out, "serial");
    had_buffer_printf(out, "%llu", (unsigned long long)index->serial);
    key(out, "shards");
    for (uint32_t i = 0; i < index->shards.count; i++) {
        const struct had_shard *shard = index->shards.items[i];
        if (!shard->file.len)
            continue;
        json_t *json = json_object();
        json_object_set_new(json, "account", had_state_string(shard->account));
        json_object_set_new(json, "file", had_state_string(shard->file));
        json_object_set_new(json, "records", json_integer(shard->records));
        json_object_set_new(json, "region", had_state_string(shard->region));
        json_object_set_new(json, "sha256", had_state_string(shard->digest));
        element(out, written++, json);
    }
    close_list(out, written);
    text_member(out, "spec", index->spec);
    key(out, "version");
    had_buffer_printf(out, "%d\n}\n", HAD_STATE_VERSION);
}

static bool name_good(had_str name)
{
    return name.len && had_str_find(name, '/') < 0 && name.ptr[0] != '.';
}

static bool read_members(struct had_arena *arena, const json_t *json, struct had_index *index)
{
    int64_t serial, lines, number;
    size_t i;
    json_t *item;
    index->lineage = had_state_text(arena, json, "lineage");
    index->spec = had_state_text(arena, json, "spec");
    index->run = had_state_text(arena, json, "run");
    const json_t *engines = json_object_get(json, "engines");
    if (json_is_object(engines)) {
        struct had_buffer text = {0};
        had_state_dump(engines, &text);
        index->engines = had_str_dup(arena, had_buffer_view(&text));
        had_buffer_free(&text);
    }
    if (index->lineage.len != 32 || !had_state_number(json, "serial", &serial) ||
        !had_state_number(json, "lines", &lines) ||
        !had_state_unhex(had_state_text(arena, json, "salt"), index->salt, sizeof index->salt))
        return false;
    index->serial = (uint64_t)serial;
    index->lines = (uint64_t)lines;
    json_array_foreach(json_object_get(json, "fences"), i, item) {
        if (!json_is_integer(item) || json_integer_value(item) < 1)
            return false;
        *had_push(arena, &index->fences) = (uint64_t)json_integer_value(item);
    }
    json_array_foreach(json_object_get(json, "retired"), i, item) {
        struct had_retired retired = {.file = had_state_text(arena, item, "file")};
        if (!name_good(retired.file) || !had_state_number(item, "serial", &number))
            return false;
        retired.serial = (uint64_t)number;
        *had_push(arena, &index->retired) = retired;
    }
    json_array_foreach(json_object_get(json, "shards"), i, item) {
        struct had_shard *shard =
            had_index_shard(arena, index, had_state_text(arena, item, "account"),
                            had_state_text(arena, item, "region"));
        if (shard->file.len || !had_state_number(item, "records", &number) || number > UINT32_MAX)
            return false;
        shard->file = had_state_text(arena, item, "file");
        shard->digest = had_state_text(arena, item, "sha256");
        shard->records = (uint32_t)number;
        if (!name_good(shard->file))
            return false;
    }
    return true;
}

bool had_index_read(struct had_arena *arena, had_str text, struct had_index *index,
                    had_str *message)
{
    *index = (struct had_index){0};
    json_t *json = read_document(arena, text, HAD_STR("index.json"), index_steps, message);
    bool good = json && read_members(arena, json, index);
    if (json && !good)
        *message = HAD_STR("`index.json` lacks a part of an index, or it has another form: it was "
                           "changed by hand or damaged.");
    json_decref(json);
    return good;
}

struct had_shard *had_index_shard(struct had_arena *arena, struct had_index *index, had_str account,
                                  had_str region)
{
    uint32_t low = 0, high = index->shards.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct had_shard *shard = index->shards.items[middle];
        int order = had_str_cmp(shard->account, account);
        if (order == 0)
            order = had_str_cmp(shard->region, region);
        if (order == 0)
            return shard;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct had_shard *shard = had_new(arena, struct had_shard);
    shard->account = had_str_dup(arena, account);
    shard->region = had_str_dup(arena, region);
    *had_push(arena, &index->shards) = NULL;
    struct had_shard **at = index->shards.items + low;
    memmove(at + 1, at, (index->shards.count - 1 - low) * sizeof(struct had_shard *));
    *at = shard;
    return shard;
}

/* ---- shards ---- */

void had_shard_gather(struct had_shard *shard, const struct had_record *record)
{
    element(&shard->text, shard->gathered++, had_record_json(record));
}

void had_shard_write(const struct had_shard *shard, had_str lineage, struct had_buffer *out)
{
    had_buffer_c(out, "{\n");
    text_member(out, "account", shard->account);
    text_member(out, "lineage", lineage);
    key(out, "records");
    had_buffer_str(out, had_buffer_view(&shard->text));
    close_list(out, shard->gathered);
    text_member(out, "region", shard->region);
    key(out, "version");
    had_buffer_printf(out, "%d\n}\n", HAD_STATE_VERSION);
}

bool had_shard_read(struct had_state *state, struct had_shard *shard, had_str text,
                    had_str *message)
{
    struct had_arena *arena = state->arena;
    size_t i;
    json_t *item;
    had_str why = HAD_STR("it belongs to another state");
    json_t *json = read_document(arena, text, shard->file, shard_steps, message);
    if (!json)
        return false;
    json_t *records = json_object_get(json, "records");
    bool good = had_str_eq(had_state_text(arena, json, "lineage"), state->store->index.lineage);
    if (good && json_array_size(records) != shard->records) {
        why = HAD_STR("it has another number of records");
        good = false;
    }
    json_array_foreach(records, i, item) {
        struct had_record *record = good ? had_record_read(arena, item, &why) : NULL;
        if (!record) {
            good = false;
            break;
        }
        record->home = shard;
        *had_push(arena, &state->records) = record;
    }
    json_decref(json);
    if (!good)
        *message =
            had_str_printf(arena, "`shards/" HAD_FMT "` is not what the index says: " HAD_FMT ".",
                           HAD_ARG(shard->file), HAD_ARG(why));
    return good;
}

/* Letters, digits and `-`, at most so many; two that end alike still differ in their digest. */
static void plain_name(struct had_buffer *out, had_str name)
{
    for (uint32_t i = 0; i < name.len && i < 80; i++) {
        char c = name.ptr[i];
        bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
        had_buffer_char(out, plain ? c : '_');
    }
    if (!name.len)
        had_buffer_char(out, '_');
}

had_str had_shard_file(struct had_arena *arena, const struct had_shard *shard, uint64_t serial,
                       had_str digest)
{
    struct had_buffer name = {0};
    plain_name(&name, shard->account);
    had_buffer_char(&name, '.');
    plain_name(&name, shard->region);
    had_buffer_printf(&name, ".%llu-" HAD_FMT ".json", (unsigned long long)serial,
                      HAD_ARG(had_str_slice(digest, 0, 16)));
    had_str text = had_str_dup(arena, had_buffer_view(&name));
    had_buffer_free(&name);
    return text;
}

bool had_shard_serial(had_str file, uint64_t *serial)
{
    int64_t number, dot = had_str_find(file, '.');
    had_str rest = dot < 0 ? (had_str){0} : had_str_slice(file, (uint32_t)dot + 1, file.len);
    dot = had_str_find(rest, '.');
    rest = dot < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)dot + 1, rest.len);
    int64_t dash = had_str_find(rest, '-');
    if (dash < 0 || !had_str_to_int(had_str_slice(rest, 0, (uint32_t)dash), &number))
        return false;
    *serial = (uint64_t)number;
    return true;
}
