/* Records: their names in JSON, and their places in memory. */
#include "state/internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {"creating", "ready",  "updating",
                                           "deleting", "failed", "open"};
static const char *const lifecycle_names[] = {"managed", "existing", "adopted"};
static const char *const protect_names[] = {"none", "keep", "acknowledge"};

/* The fields of a record that are texts, enumerations and numbers; empty ones are left out. */
static const struct {
    const char *key;
    size_t at;
} texts[] = {
    {"account", offsetof(struct had_record, account)},
    {"account_id", offsetof(struct had_record, account_id)},
    {"address", offsetof(struct had_record, address)},
    {"id", offsetof(struct had_record, id)},
    {"layer", offsetof(struct had_record, layer)},
    {"phase", offsetof(struct had_record, phase)},
    {"reason", offsetof(struct had_record, reason)},
    {"region", offsetof(struct had_record, region)},
    {"role", offsetof(struct had_record, role)},
    {"token", offsetof(struct had_record, token)},
    {"type", offsetof(struct had_record, type)},
};
static const struct {
    const char *key;
    size_t at;
} values[] = {
    {"applied", offsetof(struct had_record, applied)},
    {"attributes", offsetof(struct had_record, attributes)},
    {"extra", offsetof(struct had_record, extra)},
};
enum { TEXTS = sizeof texts / sizeof *texts, VALUES = sizeof values / sizeof *values };

static had_str *text_of(const struct had_record *record, size_t i)
{
    return (had_str *)((uintptr_t)record + texts[i].at);
}

static json_t **value_of(const struct had_record *record, size_t i)
{
    return (json_t **)((uintptr_t)record + values[i].at);
}

const char *had_record_status_name(enum had_record_status status)
{
    return status_names[status];
}

json_t *had_record_json(const struct had_record *record)
{
    json_t *json = json_object();
    for (size_t i = 0; i < TEXTS; i++)
        if (text_of(record, i)->len)
            json_object_set_new(json, texts[i].key, had_state_string(*text_of(record, i)));
    /* As they are now: who holds the JSON may go on changing the record's values. */
    for (size_t i = 0; i < VALUES; i++)
        if (*value_of(record, i))
            json_object_set_new(json, values[i].key, json_deep_copy(*value_of(record, i)));
    json_object_set_new(json, "status", json_string(status_names[record->status]));
    if (record->lifecycle != HAD_RECORD_MANAGED)
        json_object_set_new(json, "lifecycle", json_string(lifecycle_names[record->lifecycle]));
    if (record->protect != HAD_RECORD_FREE)
        json_object_set_new(json, "protect", json_string(protect_names[record->protect]));
    const struct {
        const char *key;
        int64_t value;
    } numbers[] = {{"changed", record->changed},
                   {"created", record->created},
                   {"generation", record->generation},
                   {"revision", record->revision}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].value)
            json_object_set_new(json, numbers[i].key, json_integer(numbers[i].value));
    if (record->needs.count) {
        json_t *needs = json_array();
        had_each(const struct had_record_edge, edge, &record->needs) {
            json_t *pair = json_array();
            json_array_append_new(pair, had_state_string(edge->address));
            json_array_append_new(pair, had_state_string(edge->kind));
            json_array_append_new(needs, pair);
        }
        json_object_set_new(json, "needs", needs);
    }
    return json;
}

static bool name_index(const json_t *json, const char *const *names, size_t count, int *out)
{
    if (!json_is_string(json))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], json_string_value(json)) == 0) {
            *out = (int)i;
            return true;
        }
    return false;
}

static had_str string_of(struct had_arena *arena, const json_t *json)
{
    return had_str_dup(arena,
                       (had_str){json_string_value(json), (uint32_t)json_string_length(json)});
}

static bool read_needs(struct had_arena *arena, struct had_record *record, const json_t *json)
{
    size_t i;
    json_t *pair;
    json_array_foreach(json, i, pair) {
        const json_t *address = json_array_get(pair, 0), *kind = json_array_get(pair, 1);
        if (json_array_size(pair) != 2 || !json_is_string(address) || !json_is_string(kind))
            return false;
        *had_push(arena, &record->needs) =
            (struct had_record_edge){string_of(arena, address), string_of(arena, kind)};
    }
    return json_is_array(json);
}

/* False if the key is none of a record's, or the value has the wrong form. */
static bool read_field(struct had_arena *arena, struct had_record *record, const char *key,
                       json_t *value)
{
    int n = 0;
    for (size_t i = 0; i < TEXTS; i++)
        if (strcmp(texts[i].key, key) == 0) {
            *text_of(record, i) = json_is_string(value) ? string_of(arena, value) : (had_str){0};
            return json_is_string(value);
        }
    for (size_t i = 0; i < VALUES; i++)
        if (strcmp(values[i].key, key) == 0) {
            *value_of(record, i) = json_incref(value);
            return true;
        }
    if (strcmp(key, "needs") == 0)
        return read_needs(arena, record, value);
    if (strcmp(key, "status") == 0) {
        bool good = name_index(value, status_names, sizeof status_names / sizeof(char *), &n);
        record->status = (enum had_record_status)n;
        return good;
    }
    if (strcmp(key, "lifecycle") == 0) {
        bool good = name_index(value, lifecycle_names, 3, &n);
        record->lifecycle = (enum had_record_lifecycle)n;
        return good;
    }
    if (strcmp(key, "protect") == 0) {
        bool good = name_index(value, protect_names, 3, &n);
        record->protect = (enum had_record_protect)n;
        return good;
    }
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0)
        return false;
    if (strcmp(key, "created") == 0)
        record->created = number;
    else if (strcmp(key, "changed") == 0)
        record->changed = number;
    else if (number > UINT32_MAX)
        return false;
    else if (strcmp(key, "generation") == 0)
        record->generation = (uint32_t)number;
    else if (strcmp(key, "revision") == 0)
        record->revision = (uint32_t)number;
    else
        return false;
    return true;
}

struct had_record *had_record_read(struct had_arena *arena, const json_t *json, had_str *error)
{
    struct had_record *record = had_new(arena, struct had_record);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value) {
        if (!read_field(arena, record, key, value)) {
            *error =
                had_str_printf(arena, "`%.64s` of a record is unknown or has another form", key);
            had_record_drop(record);
            return NULL;
        }
    }
    if (!record->address.len || !record->type.len || !json_object_get(json, "status")) {
        *error = HAD_STR("a record lacks its address, type or status");
        had_record_drop(record);
        return NULL;
    }
    return record;
}

void had_record_drop(struct had_record *record)
{
    for (size_t i = 0; i < VALUES; i++) {
        json_decref(*value_of(record, i));
        *value_of(record, i) = NULL;
    }
}

/* ---- in memory ---- */

uint32_t had_state_place(const struct had_state *state, had_str address, bool *found)
{
    uint32_t low = 0, high = state->records.count;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = had_str_cmp(state->records.items[middle]->address, address);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void had_state_put(struct had_state *state, struct had_record *record)
{
    bool found;
    uint32_t at = had_state_place(state, record->address, &found);
    if (found) {
        struct had_record *old = state->records.items[at];
        record->home = old->home;
        if (old != record)
            had_record_drop(old);
    } else {
        *had_push(state->arena, &state->records) = NULL;
        struct had_record **items = state->records.items + at;
        memmove(items + 1, items, (state->records.count - 1 - at) * sizeof(struct had_record *));
    }
    state->records.items[at] = record;
}

/* Out of the list; its values stay. */
static struct had_record *unlink_record(struct had_state *state, had_str address)
{
    bool found;
    uint32_t at = had_state_place(state, address, &found);
    if (!found)
        return NULL;
    struct had_record **items = state->records.items + at, *record = *items;
    state->records.count--;
    memmove(items, items + 1, (state->records.count - at) * sizeof(struct had_record *));
    if (record->home)
        record->home->dirty = true;
    return record;
}

void had_state_take(struct had_state *state, had_str address)
{
    struct had_record *record = unlink_record(state, address);
    if (record)
        had_record_drop(record);
}

void had_state_home(struct had_state *state, struct had_record *record)
{
    struct had_shard *home =
        had_index_shard(state->arena, &state->store->index, record->account, record->region);
    if (record->home)
        record->home->dirty = true;
    home->dirty = true;
    record->home = home;
}

struct had_record *had_state_find(const struct had_state *state, had_str address)
{
    bool found;
    uint32_t at = had_state_place(state, address, &found);
    return found ? state->records.items[at] : NULL;
}

struct had_record *had_state_add(struct had_state *state, had_str address, had_str type)
{
    struct had_record *record = had_new(state->arena, struct had_record);
    record->address = had_str_dup(state->arena, address);
    record->type = had_str_dup(state->arena, type);
    had_state_put(state, record);
    return record;
}

enum had_state_result had_state_log(struct had_state *state, struct had_record *record,
                                    had_str *message)
{
    if (state->store->lost)
        return had_store_lose(state->store, (had_str){0}, message);
    had_state_home(state, record);
    had_journal_add(state, "put", had_record_json(record));
    return HAD_STATE_OK;
}

enum had_state_result had_state_remove(struct had_state *state, struct had_record *record,
                                       had_str *message)
{
    if (state->store->lost)
        return had_store_lose(state->store, (had_str){0}, message);
    had_journal_add(state, "remove", had_state_string(record->address));
    had_state_take(state, record->address);
    return HAD_STATE_OK;
}

enum had_state_result had_state_move(struct had_state *state, struct had_record *record,
                                     had_str address, had_str *message)
{
    had_str from = record->address, to = had_str_dup(state->arena, address);
    bool taken;
    had_state_place(state, address, &taken);
    if (taken) {
        *message = had_str_printf(state->arena,
                                  "`" HAD_FMT "` cannot be renamed to `" HAD_FMT
                                  "`: the state has an object of that address.",
                                  HAD_ARG(from), HAD_ARG(address));
        return HAD_STATE_ERROR;
    }
    if (state->store->lost)
        return had_store_lose(state->store, (had_str){0}, message);
    unlink_record(state, from);
    record->address = to;
    had_state_put(state, record);
    had_state_home(state, record);
    json_t *line = json_object();
    json_object_set_new(line, "from", had_state_string(from));
    json_object_set_new(line, "record", had_record_json(record));
    had_journal_add(state, "move", line);
    for (uint32_t i = 0; i < state->records.count; i++) {
        struct had_record *other = state->records.items[i];
        bool changed = false;
        had_each(struct had_record_edge, edge, &other->needs) {
            if (had_str_eq(edge->address, from)) {
                edge->address = to;
                changed = true;
            }
        }
        if (changed && other->home)
            had_state_log(state, other, message);
    }
    return HAD_STATE_OK;
}

void had_state_clear(struct had_state *state)
{
    had_each(struct had_record *, record, &state->records)
        had_record_drop(*record);
    state->records.count = 0;
}
