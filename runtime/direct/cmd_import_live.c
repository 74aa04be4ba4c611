/* `had import --live`: what is there as a spec, and a state that knows what the spec implies. */
#include "direct/direct.h"
#include "direct/session.h"

#include "diag/render.h"
#include "import/import.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP "import.json"

/* ---- the folder ---- */

static int failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int failed(const char *format, ...)
{
    struct had_buffer safe = {0};
    struct had_arena arena = {0};
    va_list args;
    va_start(args, format);
    had_buffer_safe(&safe, had_str_vprintf(&arena, format, args));
    va_end(args);
    fprintf(stderr, "had import: " HAD_FMT "\n", HAD_ARG(had_buffer_view(&safe)));
    had_buffer_free(&safe);
    had_arena_free(&arena);
    return HAD_EXIT_USAGE;
}

/* No spec is written over another one. */
static bool is_free(struct had_session *s, had_str folder)
{
    had_str *names = NULL, error = {0};
    uint32_t count = 0;
    enum had_disk_status status =
        s->world.disk.list(s->world.disk.context, &s->arena, folder, &names, &count, &error);
    for (uint32_t i = 0; status == HAD_DISK_OK && i < count; i++)
        if (had_str_ends(names[i], ".had") || had_str_is(names[i], MAP))
            return false;
    return status == HAD_DISK_OK || status == HAD_DISK_MISSING;
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

static bool write_files(struct had_session *s, const struct had_live *live, const char *folder)
{
    bool fine = make_folder(folder);
    had_each(struct had_live_file, file, &live->files) {
        int64_t slash = had_str_find(file->path, '/');
        if (slash > 0)
            fine = fine &&
                   make_folder(had_str_cstr(&s->arena, had_str_printf(&s->arena, "%s/%.*s", folder,
                                                                      (int)slash, file->path.ptr)));
        had_str path = had_str_printf(&s->arena, "%s/" HAD_FMT, folder, HAD_ARG(file->path));
        fine = fine && had_write_file(had_str_cstr(&s->arena, path), file->text);
    }
    if (!fine)
        failed("%s: %s", folder, strerror(errno));
    return fine;
}

/* ---- the report ---- */

static json_t *map_of(const struct had_register *r, const struct had_live *live)
{
    json_t *map =
        json_pack("{s:i, s:O, s:O}", "version", 1, "objects", r->objects, "missing", r->missing);
    if (live) {
        json_object_set(map, "left", live->left);
        json_object_set(map, "unread", live->gaps);
    }
    return map;
}

static void say(struct had_buffer *out, const json_t *row, const char *member)
{
    const json_t *value = json_object_get(row, member);
    had_buffer_safe(out, (had_str){json_string_value(value), (uint32_t)json_string_length(value)});
}

/* Lines of one list, with equal reasons of a kind together. */
static void tell(struct had_buffer *out, const char *title, const json_t *rows, const char *what,
                 const char *reason)
{
    struct had_arena arena = {0};
    json_t *alike = json_object(); /* {"KIND\nREASON": how many} */
    size_t count = json_array_size(rows);
    char **keys = had_new_n(&arena, char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        const char *kind = json_string_value(json_object_get(row, "kind")),
                   *why = json_string_value(json_object_get(row, reason));
        keys[i] = had_str_cstr(&arena,
                               had_str_printf(&arena, "%s\n%s", kind ? kind : "", why ? why : ""));
        json_int_t before = json_integer_value(json_object_get(alike, keys[i]));
        json_object_set_new(alike, keys[i], json_integer(before + 1));
    }
    if (count)
        had_buffer_printf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(rows, i);
        json_int_t same = json_integer_value(json_object_get(alike, keys[i]));
        if (same == 0) /* told with the first of them */
            continue;
        json_object_del(alike, keys[i]);
        had_buffer_c(out, "  ");
        if (json_object_get(row, "kind")) {
            say(out, row, "kind");
            had_buffer_char(out, ' ');
        }
        say(out, row, what);
        if (same > 1)
            had_buffer_printf(out, " and %lld like it", (long long)same - 1);
        had_buffer_c(out, ": ");
        say(out, row, reason);
        had_buffer_char(out, '\n');
    }
    json_decref(alike);
    had_arena_free(&arena);
}

static void report(struct had_cli *cli, const struct had_register *r, const struct had_live *live,
                   const char *folder, uint32_t waived)
{
    if (cli->format == HAD_FORMAT_JSON) {
        json_t *map = map_of(r, live);
        json_object_set_new(map, "waived", json_integer(waived));
        had_print_json(map);
        return;
    }
    struct had_buffer out = {0};
    had_buffer_printf(&out,
                      "%s: %" PRIu32 " existing objects read and as the spec says, %" PRIu32
                      " relations and settings noted, "
                      "%" PRIu32 " gates taken as done.\n",
                      folder, r->read, r->noted, r->gates);
    if (waived)
        had_buffer_printf(&out,
                          "%" PRIu32 " errors are waived in %s/waivers.had for a while: `had check "
                          "--no-waivers` shows them.\n",
                          waived, folder);
    if (live) {
        tell(&out, "Calls that failed, so that what they would have told is missing", live->gaps,
             "operation", "message");
        tell(&out, "Not in the spec", live->left, "id", "reason");
    }
    tell(&out, "What `had plan` would still do", r->missing, "address", "reason");
    had_cli_print(had_buffer_view(&out));
    had_buffer_free(&out);
}

/* ---- the command ---- */

/* Notes what exists and writes the map; the exit status. */
static int settle(struct had_cli *cli, const char *folder, const json_t *map,
                  const struct had_live *live)
{
    struct had_session s;
    struct had_register r = {.session = &s, .map = map};
    uint32_t waived = live ? had_import_waivers(cli, folder) : 0;
    cli->operands.count = 0;
    *had_push(&cli->arena, &cli->operands) = folder;
    int status = had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD | HAD_NEEDS_WRITE);
    if (status == HAD_EXIT_DONE && !had_register_run(&r))
        status = failed(HAD_FMT, HAD_ARG(r.error));
    else if (status == HAD_EXIT_DONE) {
        report(cli, &r, live, folder, waived);
        if (json_array_size(r.missing) || (live && json_array_size(live->gaps)))
            status = HAD_EXIT_FINDINGS;
        if (live) {
            struct had_buffer b = {0};
            had_json_write(&b, map_of(&r, live));
            had_str path = had_str_printf(&s.arena, "%s/" MAP, folder);
            if (!had_write_file(had_str_cstr(&s.arena, path), had_buffer_view(&b)))
                status = HAD_EXIT_USAGE;
            had_buffer_free(&b);
        }
    } else if (live) { /* the spec has errors: what could be read is told all the same */
        r.objects = json_object();
        r.missing = json_array();
        report(cli, &r, live, folder, waived);
    }
    had_register_free(&r);
    return had_session_close(&s, status);
}

static had_str spec_name(struct had_arena *arena, const char *folder)
{
    char real[4096];
    if (strcmp(folder, ".") != 0 || !getcwd(real, sizeof real))
        snprintf(real, sizeof real, "%s", folder);
    size_t len = strlen(real);
    while (len && real[len - 1] == '/')
        real[--len] = '\0';
    const char *slash = strrchr(real, '/');
    return had_str_dup(arena, had_str_c(slash ? slash + 1 : real));
}

int had_import_live(struct had_cli *cli)
{
    struct had_session s;
    had_str error = {0};
    const char *folder = cli->output ? cli->output : ".";
    if (cli->operands.count)
        return failed("`--live` takes no address: say the folder with -o");
    int status = had_session_world(&s, cli);
    if (status != HAD_EXIT_DONE)
        return had_session_close(&s, status);
    struct had_live live = {
        .arena = &s.arena,
        .world = &s.world,
        .name = spec_name(&s.arena, folder),
        .role = cli->role ? had_str_c(cli->role) : HAD_STR("had-deploy"),
        .home = had_world_region(s.real),
        .parallel = cli->parallelism,
        .stop = s.deployment.stop,
        .progress = s.deployment.progress,
        .progress_context = &s,
    };
    for (uint32_t i = 0; i < cli->accounts.count; i++)
        *had_push(&s.arena, &live.accounts) = had_str_c(cli->accounts.items[i]);
    for (uint32_t i = 0; i < cli->regions.count; i++)
        *had_push(&s.arena, &live.regions) = had_str_c(cli->regions.items[i]);
    if (!is_free(&s, had_str_c(folder)))
        status = failed(
            "%s has a spec already, and nothing is written over one: say another folder with -o",
            folder);
    else if (live.home.len == 0)
        status = failed("no Region is set: say --region");
    else if (!had_live_read(&live, &error) || !had_live_infer(&live, &error))
        status = failed(HAD_FMT, HAD_ARG(error));
    else {
        had_live_write(&live);
        status = write_files(&s, &live, folder) ? settle(cli, folder, NULL, &live) : HAD_EXIT_USAGE;
    }
    had_live_free(&live);
    return had_session_close(&s, status);
}

int had_import_map(struct had_cli *cli)
{
    json_error_t why;
    json_t *file = json_load_file(cli->map, 0, &why);
    const json_t *objects = json_object_get(file, "objects");
    int status;
    if (json_integer_value(json_object_get(file, "version")) != 1 || !json_is_object(objects))
        status = failed("%s is no map that `had import --live` wrote%s%s", cli->map,
                        file ? "" : ": ", file ? "" : why.text);
    else
        status = settle(cli, cli->operands.count ? cli->operands.items[0] : ".", objects, NULL);
    json_decref(file);
    return status;
}
