/* Journal lines: `CRC32 JSON`, the JSON with one operation and the line's numbers. */
#include "state/internal.h"

#include <stdio.h>
#include <string.h>

/* CRC-32 of IEEE 802.3, reflected, as zlib's crc32. */
uint32_t had_crc32(had_str text)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (uint32_t i = 0; i < text.len; i++) {
        crc ^= (unsigned char)text.ptr[i];
        crc = table[crc & 15] ^ crc >> 4;
        crc = table[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

static void add_line(struct had_state *state, const char *op, json_t *value)
{
    struct had_store *store = state->store;
    struct had_buffer json = {0};
    json_t *line = json_object();
    json_object_set_new(line, op, value);
    json_object_set_new(line, "n", json_integer((json_int_t)store->next++));
    json_object_set_new(line, "s", json_integer((json_int_t)store->synced));
    json_object_set_new(line, "v", json_integer(HAD_STATE_VERSION));
    json_object_set_new(line, "w", json_stringn(store->run, 8));
    had_state_dump(line, &json);
    json_decref(line);
    if (!store->pending_lines++)
        store->pending_since = had_store_now(store);
    had_buffer_printf(&store->pending, "%08x ", had_crc32(had_buffer_view(&json)));
    had_buffer_str(&store->pending, had_buffer_view(&json));
    had_buffer_char(&store->pending, '\n');
    had_buffer_free(&json);
}

void had_journal_add(struct had_state *state, const char *op, json_t *value)
{
    struct had_store *store = state->store;
    if (store->begin && strcmp(op, "fence") != 0) {
        /* Tokens are made with lineage and salt, and there is no index yet that has them. */
        char salt[65];
        json_t *begin = json_object();
        had_state_hex(salt, state->salt, sizeof state->salt);
        json_object_set_new(begin, "lineage", had_state_string(state->lineage));
        json_object_set_new(begin, "salt", json_string(salt));
        json_object_set_new(begin, "spec", had_state_string(state->spec));
        store->begin = false;
        add_line(state, "begin", begin);
    }
    add_line(state, op, value);
}

/* ---- reading ---- */

/* The JSON of a whole line, or NULL: a new reference. */
static json_t *read_line(had_str line)
{
    char sum[10];
    if (line.len < 10 || line.ptr[8] != ' ')
        return NULL;
    had_str text = had_str_slice(line, 9, line.len);
    snprintf(sum, sizeof sum, "%08x ", had_crc32(text));
    if (memcmp(sum, line.ptr, 9) != 0)
        return NULL;
    json_t *json = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool apply_record(struct had_state *state, const json_t *json, had_str *why)
{
    struct had_record *record = had_record_read(state->arena, json, why);
    if (!record)
        return false;
    had_state_put(state, record);
    had_state_home(state, record);
    return true;
}

static bool apply_begin(struct had_state *state, const json_t *json, had_str *why)
{
    struct had_index *index = &state->store->index;
    had_str salt = had_state_text(state->arena, json, "salt");
    index->lineage = had_state_text(state->arena, json, "lineage");
    index->spec = had_state_text(state->arena, json, "spec");
    if (index->lineage.len == 32 && had_state_unhex(salt, index->salt, sizeof index->salt))
        return true;
    *why = HAD_STR("it begins a state without lineage or salt");
    return false;
}

static bool apply(struct had_state *state, const json_t *line, struct had_replay *replay,
                  had_str *why)
{
    const json_t *op;
    bool good = true;
    if ((op = json_object_get(line, "put"))) {
        good = apply_record(state, op, why);
    } else if ((op = json_object_get(line, "remove")) && json_is_string(op)) {
        had_state_take(state, had_str_c(json_string_value(op)));
    } else if ((op = json_object_get(line, "move"))) {
        had_state_take(state, had_state_text(state->arena, op, "from"));
        good = apply_record(state, json_object_get(op, "record"), why);
    } else if ((op = json_object_get(line, "begin"))) {
        return apply_begin(state, op, why);
    } else if (json_object_get(line, "fence")) {
        *had_push(state->arena, &state->store->index.fences) = replay->expected;
        return true;
    } else {
        *why = HAD_STR("it has no operation that this version of had knows");
        good = false;
    }
    replay->applied += good;
    return good;
}

bool had_journal_replay(struct had_state *state, had_str name, had_str text,
                        struct had_replay *replay, had_str *message)
{
    bool good = true;
    uint32_t number = 0;
    for (uint32_t at = 0; at < text.len && good;) {
        had_str rest = had_str_slice(text, at, text.len);
        int64_t end = had_str_find(rest, '\n');
        had_str line = end < 0 ? rest : had_str_slice(rest, 0, (uint32_t)end);
        at += line.len + 1;
        number++;
        /* A line that lacks its end may have lost more than that. */
        json_t *json = end < 0 ? NULL : read_line(line);
        int64_t n = 0, synced = 0, version = 0;
        bool whole = json && had_state_number(json, "n", &n) && n > 0 &&
                     had_state_number(json, "s", &synced) && had_state_number(json, "v", &version);
        if (whole && version > HAD_STATE_VERSION) {
            *message = had_str_printf(state->arena,
                                      "Line %u of `" HAD_FMT
                                      "` was written by a newer version of had (form %lld; this "
                                      "one knows %d): use that version.",
                                      number, HAD_ARG(name), (long long)version, HAD_STATE_VERSION);
            good = false;
        }
        if (whole && (uint64_t)synced > replay->synced)
            replay->synced = (uint64_t)synced;
        if (good && whole && (uint64_t)n == replay->expected) {
            had_str why = {0};
            good = apply(state, json, replay, &why);
            if (good)
                replay->expected++;
            else
                *message = had_str_printf(state->arena,
                                          "Line %u of `" HAD_FMT "` cannot be used: " HAD_FMT ".",
                                          number, HAD_ARG(name), HAD_ARG(why));
        } else if (!whole || (uint64_t)n > replay->expected) {
            if (replay->stopped != replay->expected) {
                replay->stopped = replay->expected;
                replay->place =
                    had_str_printf(state->arena, "line %u of `" HAD_FMT "`", number, HAD_ARG(name));
            }
            replay->torn++;
        }
        json_decref(json);
    }
    return good;
}
