/* Reads what is there: entry by entry of the table, in every account and Region, many calls at a
 * time. */
#include "import/internal.h"
#include "import/table.h"

#include "aws/model.h"
#include "resource/driver.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 64, OBJECTS_MAX = 1000000 };

struct place {
    had_str account, region;         /* empty account: the caller's own identity */
    const struct had_aws_role *role; /* NULL: likewise */
};

struct reading {
    struct had_live_inside *in;
    const char *name;
    const json_t *entry;
    json_t *of; /* the object that it belongs to; NULL */
    struct place place;
    const struct had_aws_service *service;
    const struct had_aws_operation *operation;
    json_t *params;
};

struct had_live_inside {
    struct had_live *live;
    json_t *kinds; /* {ENTRY: [object]} */
    json_t *seen;  /* {"ENTRY ID": object}: what two places see is one object */
    json_t *once;  /* {"ENTRY TEXT": true} */
    had_array(struct reading *) queue;
    uint32_t next, flying, ended;
};

json_t *had_live_table(void)
{
    json_t *all = json_object();
    for (unsigned i = 0; i < had_live_text_count; i++)
        json_object_set_new(all, had_live_texts[i].type,
                            json_loads(had_live_texts[i].text, 0, NULL));
    return all;
}

const char *had_live_text(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

had_str had_live_str(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);
    return (had_str){json_string_value(value), (uint32_t)json_string_length(value)};
}

int had_live_by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool had_live_is(const json_t *object, const char *member, const char *text)
{
    return had_same(had_live_text(object, member), text);
}

bool had_live_flag(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

const json_t *had_live_object(const struct had_live *live, const char *entry, const char *id)
{
    char key[1024];
    if (!id)
        return NULL;
    snprintf(key, sizeof key, "%s %s", entry, id);
    return json_object_get(live->inside->seen, key);
}

/* ---- objects ---- */

void had_live_begin(struct had_live *live)
{
    live->inside = had_new(live->arena, struct had_live_inside);
    live->inside->live = live;
    live->inside->kinds = json_object();
    live->inside->seen = json_object();
    live->inside->once = json_object();
    live->table = had_live_table();
    live->objects = json_array();
    live->gaps = json_array();
    live->left = json_array();
}

json_t *had_live_kind(const struct had_live *live, const char *entry)
{
    return json_object_get(live->inside->kinds, entry);
}

static void file_by_kind(struct had_live *live, json_t *object)
{
    const char *kind = had_live_text(object, "kind");
    json_t *list = had_live_kind(live, kind);
    if (!list) {
        list = json_array();
        json_object_set_new(live->inside->kinds, kind, list);
    }
    json_array_append(list, object);
}

json_t *had_live_add(struct had_live *live, const char *entry, had_str account, had_str region,
                     had_str id)
{
    char *key =
        had_str_cstr(live->arena, had_str_printf(live->arena, "%s " HAD_FMT, entry, HAD_ARG(id)));
    if (id.len == 0 || json_object_get(live->inside->seen, key) ||
        json_array_size(live->objects) >= OBJECTS_MAX)
        return NULL;
    json_t *object =
        json_pack("{s:s, s:s%, s:s%, s:s%}", "kind", entry, "account",
                  account.ptr ? account.ptr : "", (int)account.len, "region",
                  region.ptr ? region.ptr : "", (int)region.len, "id", id.ptr, (int)id.len);
    json_array_append_new(live->objects, object);
    file_by_kind(live, object);
    json_object_set(live->inside->seen, key, object);
    return object;
}

/* ---- what an answer makes ---- */

static had_str text_of(struct had_arena *arena, const json_t *value)
{
    return had_str_dup(arena,
                       (had_str){json_string_value(value), (uint32_t)json_string_length(value)});
}

static struct had_scope scope_of(const struct reading *r, const json_t *item)
{
    return (struct had_scope){
        .item = item,
        .old = r->of,
        .id = had_live_str(r->of, "id"),
        .account = r->place.account,
        .region = r->place.region,
        .partition = r->in->live->partition,
    };
}

static bool one_of(const json_t *words, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(words); i++)
        if (value && had_value_equal(json_array_get(words, i), value, false, false))
            return true;
    return false;
}

/* Whether the table wants the item: `keep` members are equal, `skip` members none of the words. */
static bool wanted(const struct reading *r, const json_t *item)
{
    struct had_scope scope = scope_of(r, item);
    const char *path;
    json_t *part;
    bool fine = true;
    json_object_foreach(json_object_get(r->entry, "keep"), path, part) {
        bool may_lack = path[0] == '?';
        json_t *want = had_template(part, &scope), *has = had_path(item, path + may_lack, &scope);
        fine &= want && (has ? had_value_equal(want, has, false, false) : may_lack);
        json_decref(want);
        json_decref(has);
    }
    json_object_foreach(json_object_get(r->entry, "skip"), path, part) {
        json_t *has = had_path(item, path, &scope);
        fine &= !one_of(part, has);
        json_decref(has);
    }
    return fine;
}

/* AWS's word as the language's; one that the table does not know is kept, and found by the writer.
 */
static json_t *in_words(const json_t *words, json_t *value)
{
    if (json_is_array(value)) {
        json_t *out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, in_words(words, json_incref(json_array_get(value, i))));
        json_decref(value);
        return out;
    }
    json_t *word = json_object_get(words, json_is_string(value) ? json_string_value(value) : "");
    if (!word)
        return value;
    json_decref(value);
    return json_incref(word);
}

static void take_fields(const struct reading *r, const json_t *item, json_t *object)
{
    struct had_scope scope = scope_of(r, item);
    const char *name;
    json_t *from;
    const json_t *words = json_object_get(r->entry, "words");
    json_object_foreach(json_object_get(r->entry, "fields"), name, from) {
        const char *path = json_string_value(from);
        json_t *value = path && path[0] == '$' ? had_template(from, &scope)
                                               : had_path(item, path ? path : "", &scope);
        const json_t *known = json_object_get(words, name);
        if (value && known)
            value = in_words(known, value);
        if (value && !json_is_null(value))
            json_object_set(object, name, value);
        json_decref(value);
    }
}

static void begin(struct had_live_inside *in, const char *name, const json_t *entry, json_t *of,
                  struct place place);

static bool belongs_to(const json_t *entry, const char *name)
{
    const json_t *of = json_object_get(entry, "of");
    for (size_t i = 0; i < json_array_size(of); i++)
        if (strcmp(json_string_value(json_array_get(of, i)), name) == 0)
            return true;
    return false;
}

static void begin_parts(struct had_live_inside *in, const char *name, json_t *object,
                        struct place place)
{
    const char *other, *member;
    json_t *entry, *words;
    json_object_foreach(in->live->table, other, entry) {
        bool fits = belongs_to(entry, name);
        json_object_foreach(json_object_get(entry, "if"), member, words)
            fits &= one_of(words, json_object_get(object, member));
        if (fits)
            begin(in, other, entry, object, place);
    }
}

static void take_item(const struct reading *r, const json_t *item)
{
    struct had_live_inside *in = r->in;
    struct had_live *live = in->live;
    if (json_is_true(json_object_get(r->entry, "into"))) {
        take_fields(r, item, r->of);
        return;
    }
    if (!wanted(r, item))
        return;
    struct had_scope scope = scope_of(r, item);
    struct had_arena scratch = {0};
    had_str id = had_template_text(&scratch, json_object_get(r->entry, "id"), &scope);
    json_t *object = had_live_add(live, r->name, r->place.account, r->place.region, id);
    if (object) {
        const char *name = json_string_value(json_object_get(r->entry, "name"));
        json_t *called = name ? had_path(item, name, &scope) : NULL;
        if (json_is_string(called))
            json_object_set(object, "name", called);
        json_decref(called);
        take_fields(r, item, object);
        begin_parts(in, r->name, object, r->place);
    }
    had_arena_free(&scratch);
}

static void take_answer(const struct reading *r, const json_t *answer)
{
    struct had_scope scope = scope_of(r, answer);
    const char *items = json_string_value(json_object_get(r->entry, "items"));
    const char *one = json_string_value(json_object_get(r->entry, "item"));
    json_t *found = had_path(answer, items ? items : one ? one : "", &scope);
    if (items)
        for (size_t i = 0; i < json_array_size(found); i++)
            take_item(r, json_array_get(found, i));
    else if (found)
        take_item(r, found);
    json_decref(found);
}

/* ---- calls ---- */

static void gap(const struct reading *r, const struct had_aws_error *error)
{
    json_array_append_new(
        r->in->live->gaps,
        json_pack("{s:s%, s:s%, s:s, s:s%, s:s%}", "account",
                  r->place.account.ptr ? r->place.account.ptr : "", (int)r->place.account.len,
                  "region", r->place.region.ptr ? r->place.region.ptr : "",
                  (int)r->place.region.len, "operation", had_aws_text(r->operation->name), "code",
                  error->code.ptr ? error->code.ptr : "", (int)error->code.len, "message",
                  error->message.ptr ? error->message.ptr : "", (int)error->message.len));
}

static void drop(struct reading *r)
{
    json_decref(r->params);
    json_decref(r->of);
    free(r);
}

static void ended(void *context, const struct had_aws_result *result)
{
    struct reading *r = context;
    struct had_live_inside *in = r->in;
    struct had_live *live = in->live;
    in->flying--;
    in->ended++;
    if (result->outcome == HAD_AWS_DONE)
        take_answer(r, result->value);
    else if (!had_code_in(json_object_get(r->entry, "ignore"), &result->error))
        gap(r, &result->error);
    drop(r);
    if (live->progress)
        live->progress(live->progress_context, "read", in->ended, in->queue.count);
}

static const char *operation_of(const json_t *entry, const json_t **params)
{
    return had_step_operation(json_object_get(entry, "list"), params);
}

static void begin(struct had_live_inside *in, const char *name, const json_t *entry, json_t *of,
                  struct place place)
{
    const json_t *params;
    const char *operation = operation_of(entry, &params);
    struct reading *r = had_xmalloc(sizeof *r);
    *r = (struct reading){
        .in = in, .name = name, .entry = entry, .of = json_incref(of), .place = place};
    r->service =
        had_aws_service_find(had_str_c(json_string_value(json_object_get(entry, "service"))));
    r->operation = r->service ? had_aws_operation_find(r->service, had_str_c(operation)) : NULL;
    struct had_scope scope = scope_of(r, of);
    const json_t *once = json_object_get(entry, "once");
    struct had_arena scratch = {0};
    had_str key = had_template_text(&scratch, once, &scope);
    char *text =
        had_str_cstr(&scratch, had_str_printf(&scratch, "%s " HAD_FMT, name, HAD_ARG(key)));
    bool again = once && json_object_get(in->once, text);
    if (once)
        json_object_set_new(in->once, text, json_true());
    had_arena_free(&scratch);
    if (!r->operation || again) {
        drop(r);
        return;
    }
    r->params = had_template(params, &scope);
    *had_push(in->live->arena, &in->queue) = r;
}

static void send(struct had_live_inside *in, struct reading *r)
{
    struct had_live *live = in->live;
    struct had_aws_call call = {.service = r->service,
                                .operation = r->operation,
                                .params = r->params,
                                .region = r->place.region,
                                .role = r->place.role,
                                .pages = true,
                                .done = ended,
                                .context = r};
    in->flying++;
    live->calls++;
    live->world->cloud.submit(live->world->cloud.context, &call);
}

static bool run(struct had_live_inside *in, had_str *error)
{
    struct had_live *live = in->live;
    uint32_t most = live->parallel ? live->parallel : AT_ONCE;
    while (in->flying || in->next < in->queue.count) {
        bool stop = live->stop && *live->stop;
        while (!stop && in->flying < most && in->next < in->queue.count)
            send(in, in->queue.items[in->next++]);
        if (stop && !in->flying) {
            *error = HAD_STR("interrupted");
            return false;
        }
        live->world->cloud.turn(live->world->cloud.context, 1000);
    }
    return true;
}

/* ---- accounts and Regions ---- */

static void begin_scope(struct had_live_inside *in, const char *scope, struct place place)
{
    const char *name;
    json_t *entry;
    json_object_foreach(in->live->table, name, entry) {
        const char *own = json_string_value(json_object_get(entry, "scope"));
        if (!json_object_get(entry, "of") && strcmp(own ? own : "place", scope) == 0)
            begin(in, name, entry, NULL, place);
    }
}

static bool listed(const struct had_live *live, had_str account)
{
    for (uint32_t i = 0; i < live->accounts.count; i++)
        if (had_str_eq(live->accounts.items[i], account))
            return true;
    return live->accounts.count == 0;
}

static bool digits(had_str text)
{
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len == 12;
}

static const struct had_aws_role *role_in(struct had_live *live, had_str account)
{
    struct had_aws_role *role = had_new(live->arena, struct had_aws_role);
    role->arn = had_str_printf(live->arena, "arn:" HAD_FMT ":iam::" HAD_FMT ":role/" HAD_FMT,
                               HAD_ARG(live->partition), HAD_ARG(account), HAD_ARG(live->role));
    role->session_name = HAD_STR("had");
    return role;
}

static void choose_regions(struct had_live *live)
{
    size_t i;
    json_t *region;
    if (live->regions.count == 0)
        *had_push(live->arena, &live->regions) = live->home;
    if (live->regions.count > 1 || !had_str_is(live->regions.items[0], "all"))
        return;
    live->regions.count = 0;
    had_live_each(live, "aws-region", i, region)
        *had_push(live->arena, &live->regions) =
            text_of(live->arena, json_object_get(region, "_region"));
}

static int by_place(const void *a, const void *b)
{
    static const char *const keys[] = {"kind", "account", "region", "id"};
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int order = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys && order == 0; i++)
        order = strcmp(had_live_text(x, keys[i]), had_live_text(y, keys[i]));
    return order;
}

/* Answers come in any order; what is made of them does not depend on it. */
static void sort_objects(struct had_live *live)
{
    size_t count = json_array_size(live->objects);
    json_t **items = had_xmalloc((count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = json_incref(json_array_get(live->objects, i));
    qsort(items, count, sizeof *items, by_place);
    json_array_clear(live->objects);
    json_object_clear(live->inside->kinds);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(live->objects, items[i]);
        file_by_kind(live, items[i]);
    }
    free(items);
}

static bool read_accounts(struct had_live_inside *in, had_str *error)
{
    struct had_live *live = in->live;
    size_t i;
    json_t *object;
    uint32_t found = 0;
    live->partition = HAD_STR("aws");
    begin_scope(in, "caller", (struct place){.region = live->home});
    if (!run(in, error))
        return false;
    had_live_each(live, "caller", i, object) {
        had_str arn = text_of(live->arena, json_object_get(object, "_arn"));
        int64_t end = arn.len > 4 ? had_str_find(had_str_slice(arn, 4, arn.len), ':') : -1;
        if (end > 0)
            live->partition = had_str_slice(arn, 4, 4 + (uint32_t)end);
    }
    had_live_each(live, "organization", i, object)
        live->management = text_of(live->arena, json_object_get(object, "_management"));
    choose_regions(live);
    had_live_each(live, "account", i, object) {
        had_str id = text_of(live->arena, json_object_get(object, "id"));
        if (!listed(live, id) || !digits(id) || !had_live_is(object, "_status", "ACTIVE"))
            continue;
        found++;
        struct place place = {.account = id, .region = live->home, .role = role_in(live, id)};
        begin_scope(in, "account", place);
        for (uint32_t r = 0; r < live->regions.count; r++) {
            place.region = live->regions.items[r];
            begin_scope(in, "place", place);
        }
    }
    if (found)
        return true;
    const json_t *first = json_array_get(live->gaps, 0);
    const char *why = had_live_text(first, "message");
    *error = had_str_printf(
        live->arena,
        "no account could be read: the identity of this call has to list the accounts of an "
        "organization (its management account, or one that administers it)%s%s",
        why ? "; " : "", why ? why : "");
    return false;
}

bool had_live_read(struct had_live *live, had_str *error)
{
    had_live_begin(live);
    struct had_live_inside *in = live->inside;
    bool fine = read_accounts(in, error) && run(in, error);
    sort_objects(live);
    while (in->next < in->queue.count) /* of an interrupted one */
        drop(in->queue.items[in->next++]);
    return fine;
}

void had_live_free(struct had_live *live)
{
    had_each(struct had_declared *, declared, &live->declared) {
        json_decref((*declared)->attributes);
        json_decref((*declared)->notes);
    }
    json_decref(live->table);
    json_decref(live->objects);
    json_decref(live->gaps);
    json_decref(live->left);
    json_decref(live->labels);
    if (live->inside) {
        json_decref(live->inside->kinds);
        json_decref(live->inside->seen);
        json_decref(live->inside->once);
    }
    *live = (struct had_live){0};
}
