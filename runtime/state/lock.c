/* What a lock says of its holder, and locks by hand. */
#include "aws/value.h"
#include "state/internal.h"

#include <string.h>

json_t *had_lock_json(const struct had_store *store, int64_t beat)
{
    json_t *json = json_object();
    json_object_set_new(json, "beat", json_integer(beat));
    json_object_set_new(json, "command", had_state_string(store->command));
    json_object_set_new(json, "host", had_state_string(had_str_c(store->world->host)));
    json_object_set_new(json, "id", json_string(store->run));
    json_object_set_new(json, "owner", had_state_string(had_str_c(store->world->user)));
    json_object_set_new(json, "pid", json_integer(store->world->pid));
    json_object_set_new(json, "since", json_integer(store->since));
    return json;
}

bool had_lock_read(struct had_arena *arena, had_str text, struct had_lock_info *info)
{
    *info = (struct had_lock_info){0};
    json_t *json = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);
    bool good = json_is_object(json);
    if (good) {
        info->id = had_state_text(arena, json, "id");
        info->owner = had_state_text(arena, json, "owner");
        info->host = had_state_text(arena, json, "host");
        info->command = had_state_text(arena, json, "command");
        had_state_number(json, "pid", &info->pid);
        had_state_number(json, "since", &info->since);
        good = had_state_number(json, "beat", &info->beat) && info->id.len;
    }
    json_decref(json);
    return good;
}

/* Texts of others reach a terminal: control characters become `?`. */
static void shown(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len && i < 200; i++)
        had_buffer_char(
            out, (unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f ? '?' : text.ptr[i]);
}

had_str had_lock_text(struct had_arena *arena, const struct had_lock_info *info)
{
    struct had_buffer out = {0};
    had_buffer_char(&out, '`');
    shown(&out, info->owner.len ? info->owner : HAD_STR("somebody"));
    had_buffer_c(&out, "` on `");
    shown(&out, info->host.len ? info->host : HAD_STR("a machine"));
    had_buffer_printf(&out, "` (process %lld, `", (long long)info->pid);
    shown(&out, info->command.len ? info->command : HAD_STR("had"));
    had_buffer_c(&out, "`, since ");
    had_aws_time_iso(&out, info->since / 1000 * 1000000);
    had_buffer_c(&out, ", lock `");
    shown(&out, info->id);
    had_buffer_c(&out, "`)");
    had_str text = had_str_dup(arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return text;
}

enum had_state_result had_lock_held(struct had_store *store, const struct had_lock_info *info,
                                    had_str *message)
{
    struct had_buffer help = {0};
    if (store->driver->fences) { /* others end with their process */
        had_buffer_c(&help, ", or break its lock with `had state unlock ");
        shown(&help, info->id);
        had_buffer_c(&help, "` if it is gone");
    }
    *message = had_str_printf(store->arena,
                              "The state `" HAD_FMT "` is held by " HAD_FMT
                              "; wait until that run has ended" HAD_FMT ".",
                              HAD_ARG(store->url), HAD_ARG(had_lock_text(store->arena, info)),
                              HAD_ARG(had_buffer_view(&help)));
    had_buffer_free(&help);
    return HAD_STATE_LOCKED;
}

enum had_state_result had_store_lose(struct had_store *store, had_str why, had_str *message)
{
    if (!store->lost) {
        store->lost = true;
        store->lost_why = had_str_dup(store->arena, why);
    }
    *message = store->lost_why;
    return HAD_STATE_MOVED;
}

enum had_state_result had_store_taken(struct had_store *store, had_str *message)
{
    struct had_arena scratch = {0};
    struct had_lock_info info;
    had_str error = {0}, who = HAD_STR("another run");
    if (store->driver->holder(store, &scratch, &info, &error) == HAD_STORE_OK &&
        !had_str_eq(info.id, had_str_c(store->run)))
        who = had_lock_text(&scratch, &info);
    had_str why = had_str_printf(store->arena,
                                 "The state `" HAD_FMT "` was taken over by " HAD_FMT
                                 "; this run writes nothing more. Read the state again.",
                                 HAD_ARG(store->url), HAD_ARG(who));
    had_arena_free(&scratch);
    return had_store_lose(store, why, message);
}

enum had_state_result had_store_own(struct had_store *store, had_str *message)
{
    bool late =
        store->driver->beat && had_store_now(store) - store->beaten >= 2 * HAD_STATE_BEAT_MS;
    return late ? store->driver->beat(store, message) : HAD_STATE_OK;
}

/* ---- by hand ---- */

static bool open_place(struct had_world *world, struct had_arena *arena, had_str url,
                       struct had_store *store, had_str *message)
{
    unsigned char bytes[16];
    *store = (struct had_store){.world = world, .arena = arena};
    world->random(world->context, bytes, sizeof bytes);
    had_state_hex(store->run, bytes, sizeof bytes);
    return had_store_parse(store, arena, url, message);
}

bool had_state_lock_info(struct had_world *world, struct had_arena *arena, had_str url,
                         struct had_lock_info *info, had_str *message)
{
    struct had_store store;
    had_str error = {0};
    *info = (struct had_lock_info){0};
    *message = (had_str){0};
    if (!open_place(world, arena, url, &store, message))
        return false;
    enum had_store_result result = store.driver->holder(&store, arena, info, &error);
    if (result == HAD_STORE_ERROR)
        *message =
            had_str_printf(arena, "The state's lock cannot be read: " HAD_FMT ".", HAD_ARG(error));
    return result == HAD_STORE_OK;
}

enum had_state_result had_state_unlock(struct had_world *world, struct had_arena *arena,
                                       had_str url, had_str id, had_str *message)
{
    struct had_store store;
    struct had_lock_info info;
    if (!had_state_lock_info(world, arena, url, &info, message)) {
        bool failed = message->len > 0;
        if (!failed)
            *message = had_str_printf(arena, "nobody holds the state `" HAD_FMT "`", HAD_ARG(url));
        return failed ? HAD_STATE_ERROR : HAD_STATE_OK;
    }
    if (!id.len || !had_str_eq(id, info.id)) {
        *message = had_str_printf(arena,
                                  "The state `" HAD_FMT "` is held by " HAD_FMT
                                  "; give the id of this lock to break it.",
                                  HAD_ARG(url), HAD_ARG(had_lock_text(arena, &info)));
        return HAD_STATE_LOCKED;
    }
    open_place(world, arena, url, &store, message);
    return store.driver->break_lock(&store, id, message);
}
