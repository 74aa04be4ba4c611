/* What the rows say: the few things that an operation can do with objects. aws/README.md has their
 * form. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *act(struct scene *s, const json_t *row);

/* Writes why the call fails: `CODE` or `CODE: message`, `what` where it says no message. Always
 * false. */
static bool refuse(struct scene *s, const char *code, const char *what)
{
    const char *colon = strstr(code, ": ");
    snprintf(s->failure.code, sizeof s->failure.code, "%.*s",
             colon ? (int)(colon - code) : (int)strlen(code), code);
    snprintf(s->failure.message, sizeof s->failure.message, "%s",
             colon  ? colon + 2
             : what ? what
                    : code);
    return false;
}

static json_t *fill(struct scene *s, const char *key)
{
    json_t *template = json_object_get(s->row, key);
    return template ? had_template(template, &s->scope) : NULL;
}

static had_str text_of(struct scene *s, const json_t *template)
{
    return had_template_text(&s->sim->arena, template, &s->scope);
}

/* True where a template yields something that is not false. */
static bool holds(struct scene *s, const json_t *template)
{
    json_t *value = had_template(template, &s->scope);
    bool yes = value && !json_is_false(value);
    json_decref(value);
    return yes;
}

/* A name for templates, beside the parameters. */
static void bind(struct scene *s, const char *name, json_t *value)
{
    if (!s->bound) {
        s->bound = json_copy((json_t *)(uintptr_t)s->params);
        s->params = s->scope.props = s->bound;
    }
    json_object_set_new(s->bound, name, value);
}

static json_t *as_list(json_t *value) /* takes `value` */
{
    return json_is_array(value) || !value ? value : json_pack("[o]", value);
}

static bool is_busy(const struct scene *s, const struct object *object)
{
    return object->ready_at > s->sim->now || object->gone_at;
}

/* ---- which objects are meant ---- */

/* had_path and had_value_equal; plain members and texts, which most are, without their detours. */
static json_t *member_of(const json_t *value, const char *path, const struct had_scope *scope)
{
    return strpbrk(path, ".[{|") ? had_path(value, path, scope)
                                 : json_incref(json_object_get(value, path));
}

static bool same_value(const json_t *a, const json_t *b, bool set)
{
    const char *x = json_string_value(a), *y = json_string_value(b);
    if (x && y && *x != '{' && *x != '[')
        return strcmp(x, y) == 0;
    return had_value_equal(a, b, set, false);
}

static bool same_members(const json_t *members, const json_t *a, const json_t *b)
{
    struct had_scope none = {0};
    for (size_t i = 0; i < json_array_size(members); i++) {
        const char *path = json_string_value(json_array_get(members, i));
        json_t *x = member_of(a, path, &none), *y = member_of(b, path, &none);
        bool equal = (!x && !y) || (x && y && same_value(x, y, true));
        json_decref(x);
        json_decref(y);
        if (!equal)
            return false;
    }
    return true;
}

/* A value, or one of a list's, is among the values. */
static bool in_values(const json_t *values, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++)
        if (in_values(values, json_array_get(value, i)))
            return true;
    for (size_t i = 0; !json_is_array(value) && i < json_array_size(values); i++)
        if (value && same_value(json_array_get(values, i), value, false))
            return true;
    return false;
}

static bool fits(struct scene *s, const json_t *match, const struct object *object)
{
    const char *path;
    json_t *template;
    json_object_foreach((json_t *)(uintptr_t)match, path, template) {
        json_t *want = had_template(template, &s->scope);
        json_t *has = member_of(object->value, path, &s->scope);
        bool equal = (!want && !has) || (want && has && same_value(want, has, true));
        json_decref(want);
        json_decref(has);
        if (!equal)
            return false;
    }
    return true;
}

/* All objects of a kind where the row looks: in the Region that it names, or everywhere. `seen`:
 * those of them that the caller sees. */
static struct objects *candidates(struct scene *s, const struct kind *kind, const json_t *spec)
{
    const json_t *region = json_object_get(spec, "region");
    if (json_object_get(spec, "everywhere"))
        return &s->sim->by_kind[kind->number];
    return had_sim_place(s->sim, kind, s->account, region ? text_of(s, region) : s->region);
}

/* By id: the caller's own or what it sees, in the Region that the row names; or anybody's. */
static struct object *find(struct scene *s, const struct kind *kind, const json_t *spec, had_str id)
{
    const json_t *region = json_object_get(spec, "region");
    if (json_is_true(json_object_get(spec, "everywhere")))
        return had_sim_find_all(s->sim, kind, id);
    return had_sim_find_seen(s->sim, kind, s->account, region ? text_of(s, region) : s->region, id);
}

/* The one that `by` or `match` names, as it is now; NULL: there is none. */
static struct object *look_up(struct scene *s, const struct kind *kind, const json_t *spec)
{
    const json_t *by = json_object_get(spec, "by"), *match = json_object_get(spec, "match");
    struct object *found = NULL;
    had_str id = by ? text_of(s, by) : (had_str){0};
    if (id.len)
        found = find(s, kind, spec, id);
    struct objects *all = id.len || !match ? NULL : candidates(s, kind, spec);
    for (uint32_t i = 0; all && i < all->items.count && !found; i++) {
        struct object *object = all->items.items[i];
        if (!had_sim_alive(s->sim, object) || object->gone_at)
            continue;
        had_sim_age(s->sim, object);
        found = fits(s, match, object) ? object : NULL;
    }
    if (!found || found->seen_at > s->sim->now)
        return NULL;
    had_sim_age(s->sim, found);
    return found;
}

/* The object that a row is about, or the failure that there is none. */
static struct object *subject(struct scene *s, const struct kind *kind)
{
    const char *code = had_sim_text(s->row, "missing");
    struct object *object = look_up(s, kind, s->row);
    if (!object) {
        had_str id = text_of(s, json_object_get(s->row, "by"));
        s->absent = true;
        refuse(s, code ? code : kind->missing, id.len ? id.ptr : NULL);
    }
    return object;
}

/* One of another account that the caller may see and not change. */
static bool is_anothers(struct scene *s, const struct object *object)
{
    const json_t *shared = object->kind->shared;
    return shared && !json_is_true(shared) && !had_sim_owns(object, s->account, s->region) &&
           !json_object_get(s->row, "everywhere") &&
           !json_is_true(json_object_get(s->row, "others"));
}

/* The same for what changes it: one that is gone is not there, though it is told of. */
static struct object *living(struct scene *s, const struct kind *kind)
{
    const char *code = had_sim_text(s->row, "missing"), *over = had_sim_text(s->row, "over");
    struct object *object = subject(s, kind);
    bool gone = object && object->gone_at && object->gone_at <= s->sim->now;
    if (!object || !(gone || is_anothers(s, object)))
        return object;
    refuse(s, gone && over ? over : code ? code : kind->missing, object->id.ptr);
    return NULL;
}

/* Objects of another kind that belong to this one: `own` and `its` say the same, or all pairs of
 * `on`. */
static bool belongs(struct scene *s, const json_t *spec, const json_t *own, const json_t *its)
{
    const char *mine = had_sim_text(spec, "own"), *other = had_sim_text(spec, "its");
    const char *when = had_sim_text(spec, "when");
    json_t *pairs =
        mine ? json_pack("{s:s}", mine, other) : json_incref(json_object_get(spec, "on"));
    const char *key;
    json_t *path;
    bool yes = json_object_size(pairs) > 0;
    json_object_foreach(pairs, key, path) {
        json_t *a = member_of(own, key, &s->scope);
        json_t *b = member_of(its, json_string_value(path), &s->scope);
        yes = yes && a && b && same_value(a, b, false);
        json_decref(a);
        json_decref(b);
    }
    json_decref(pairs);
    json_t *flag = when && yes ? member_of(its, when, &s->scope) : NULL;
    if (when && yes)
        yes = flag && !json_is_false(flag);
    json_decref(flag);
    return yes;
}

/* ---- what is seen of an object ---- */

static json_t *part_of(struct scene *s, const struct object *object, const json_t *value,
                       const json_t *part)
{
    const struct kind *kind = had_sim_kind(had_sim_text(part, "type"));
    bool everywhere = json_is_true(json_object_get(part, "everywhere"));
    struct objects *all = everywhere ? &s->sim->by_kind[kind->number]
                                     : had_sim_place(s->sim, kind, object->account, object->region);
    const json_t *each = json_object_get(part, "each");
    json_t *list = json_array();
    for (uint32_t i = 0; i < all->items.count; i++) {
        struct object *other = all->items.items[i];
        if (!had_sim_alive(s->sim, other) || (other->gone_at && other->gone_at <= s->sim->now) ||
            !belongs(s, part, value, other->value))
            continue;
        had_sim_age(s->sim, other);
        s->scope.item = other->value;
        json_array_append_new(list,
                              each ? had_template(each, &s->scope) : json_incref(other->value));
    }
    if (!json_is_true(json_object_get(part, "first")))
        return list;
    json_t *first = json_incref(json_array_get(list, 0));
    json_decref(list);
    return first;
}

/* With its parts, which are objects of their own, and what follows from them. A new reference. */
static json_t *shown(struct scene *s, const struct object *object)
{
    const json_t *parts = json_object_get(object->kind->row, "parts");
    const json_t *shows = json_object_get(object->kind->row, "shows");
    const char *member;
    json_t *spec;
    bool foreign = object->kind->shared && !json_is_true(object->kind->shared) &&
                   !had_sim_owns(object, s->account, s->region);
    if (!parts && !shows && !foreign)
        return json_incref(object->value);
    json_t *value = json_copy(object->value);
    if (foreign) { /* tags are the owner's alone */
        json_object_del(value, "Tags");
        json_object_del(value, "tags");
    }
    json_object_foreach((json_t *)(uintptr_t)parts, member, spec) {
        json_t *part = part_of(s, object, value, spec);
        if (part)
            json_object_set_new(value, member, part);
    }
    json_object_foreach((json_t *)(uintptr_t)shows, member, spec) {
        s->scope.item = value;
        json_t *part = had_template(spec, &s->scope);
        if (part)
            json_object_set_new(value, member, part);
    }
    return value;
}

static json_t *answer_of(struct scene *s, struct object *object)
{
    json_t *template = json_object_get(s->row, "answer"), *answer = NULL;
    s->subject = object ? object : s->subject;
    if (template) {
        json_t *item = object ? shown(s, object) : NULL;
        s->scope.item = item;
        answer = had_template(template, &s->scope);
        /* what the template took is the answer's; the rest must not be pointed at any more */
        s->scope.item = NULL;
        json_decref(item);
    }
    return answer ? answer : json_object();
}

/* ---- conditions of a call ---- */

static bool refer_to(struct scene *s, const char *path, const json_t *what)
{
    const char *name = json_string_value(what);
    const struct kind *kind = had_sim_kind(name ? name : had_sim_text(what, "type"));
    const char *unknown = had_sim_text(what, "unknown"), *unready = had_sim_text(what, "unready");
    if (!kind)
        return refuse(s, "InternalFailure: a row refers to a kind that is not there", path);
    if (!unknown)
        unknown = had_sim_text(s->row, "unknown");
    if (!unready)
        unready = kind->unready;
    json_t *list = as_list(had_path(s->params, path, &s->scope));
    bool fine = true;
    for (size_t i = 0; i < json_array_size(list) && fine; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        struct object *object = find(s, kind, what, had_str_c(text));
        if (object && json_is_false(json_object_get(what, "others")) &&
            !had_sim_owns(object, s->account, s->region))
            object = NULL;
        if (!object || object->seen_at > s->sim->now || (object->gone_at && !unready))
            fine = refuse(s, unknown ? unknown : kind->missing, text);
        else if (unready && *unready && is_busy(s, object))
            fine = refuse(s, unready, text);
    }
    json_decref(list);
    return fine;
}

/* Everything that the parameters refer to is there. */
static bool refer(struct scene *s)
{
    const char *path;
    json_t *what;
    json_object_foreach(json_object_get(s->row, "refs"), path, what)
        if (!refer_to(s, path, what))
            return false;
    return true;
}

/* The object that is changed, and all that the call refers to: before it where the row says so. */
static struct object *referred(struct scene *s, const struct kind *kind)
{
    bool before = json_is_true(json_object_get(s->row, "refs_first"));
    if (before && !refer(s))
        return NULL;
    struct object *object = living(s, kind);
    return object && (before || refer(s)) ? object : NULL;
}

/* Objects that the row's templates name. */
static bool let(struct scene *s)
{
    const char *name;
    json_t *spec;
    json_object_foreach(json_object_get(s->row, "let"), name, spec) {
        const struct kind *kind = had_sim_kind(had_sim_text(spec, "type"));
        struct object *object = kind ? look_up(s, kind, spec) : NULL;
        const char *missing = had_sim_text(spec, "missing");
        if (!kind)
            return refuse(s, "InternalFailure: a row names a kind that is not there", name);
        if (object)
            bind(s, name,
                 json_is_true(json_object_get(spec, "bare")) ? json_incref(object->value)
                                                             : shown(s, object));
        else if (!json_is_true(json_object_get(spec, "optional")))
            return refuse(s, missing ? missing : kind->missing, name);
        else if (s->bound)
            json_object_del(s->bound, name);
    }
    return true;
}

/* Not more objects than the service allows (`most`), or none that is needed goes (`least`). */
static bool within_limit(struct scene *s)
{
    const json_t *limit = json_object_get(s->row, "limit"), *yes = json_object_get(limit, "if");
    const struct kind *kind = had_sim_kind(had_sim_text(limit, "type"));
    const json_t *most = json_object_get(limit, "most"), *least = json_object_get(limit, "least");
    json_int_t count = 0;
    if (!kind || (yes && !holds(s, yes)))
        return true;
    const struct objects *all = candidates(s, kind, limit);
    for (uint32_t i = 0; i < all->items.count; i++) {
        struct object *object = all->items.items[i];
        if (!had_sim_alive(s->sim, object) || object->gone_at)
            continue;
        had_sim_age(s->sim, object);
        count += fits(s, json_object_get(limit, "match"), object);
    }
    if ((most && count >= json_integer_value(most)) || (least && count < json_integer_value(least)))
        return refuse(s, had_sim_text(limit, "code"), NULL);
    return true;
}

/* Nothing speaks against it. */
static bool allowed(struct scene *s, const struct object *object)
{
    const json_t *rules = json_object_get(s->row, "refuse");
    json_t *item = object && rules ? shown(s, object) : NULL;
    bool fine = true;
    s->scope.item = item;
    for (size_t i = 0; i < json_array_size(rules) && fine; i++) {
        const json_t *rule = json_array_get(rules, i);
        const json_t *yes = json_object_get(rule, "if"), *no = json_object_get(rule, "unless");
        if ((!yes || holds(s, yes)) && (!no || !holds(s, no)))
            fine = refuse(s, had_sim_text(rule, "code"), NULL);
    }
    s->scope.item = NULL;
    json_decref(item);
    return fine && within_limit(s);
}

/* It can be changed now. */
static bool changeable(struct scene *s, const struct object *object)
{
    const char *unready = had_sim_text(s->row, "unready");
    if (!unready)
        unready = object->kind->unready;
    if (unready && *unready && is_busy(s, object))
        return refuse(s, unready, object->id.ptr);
    return true;
}

/* The object takes its time again, for another state at the end perhaps. */
static void restart(struct scene *s, struct object *object)
{
    const json_t *again = json_object_get(s->row, "again");
    if (!again)
        return;
    json_t *seconds = json_object_get(again, "seconds");
    had_str stated = text_of(s, seconds);
    had_str first = text_of(s, json_object_get(again, "first"));
    had_str ready = text_of(s, json_object_get(again, "ready"));
    object->first = first.len ? had_str_cstr(&s->sim->arena, first) : NULL;
    object->ready = ready.len ? had_str_cstr(&s->sim->arena, ready) : NULL;
    object->ready_at = had_sim_later(
        s->sim, seconds ? strtoll(stated.len ? stated.ptr : "0", NULL, 10) : object->kind->seconds);
    had_sim_age(s->sim, object);
}

/* ---- make ---- */

static void add_beside(struct scene *s, const json_t *spec)
{
    const struct kind *kind = had_sim_kind(had_sim_text(spec, "type"));
    const json_t *account = json_object_get(spec, "account"), *yes = json_object_get(spec, "if");
    const json_t *region = json_object_get(spec, "region"), *no = json_object_get(spec, "unless");
    if ((yes && !holds(s, yes)) || (no && holds(s, no)))
        return;
    json_t *filled = had_template(json_object_get(spec, "object"), &s->scope);
    json_t *value = filled ? json_deep_copy(filled) : json_object();
    had_str owner = account ? text_of(s, account) : s->account, id = {0}, own = s->scope.id;
    json_decref(filled);
    if (kind->id_at && json_object_get(value, kind->id_at)) {
        id = had_str_dup(&s->sim->arena, had_str_c(had_sim_text(value, kind->id_at)));
    } else if (json_object_get(kind->row, "named")) {
        const json_t *params = s->scope.props;
        s->scope.props = value;
        id = text_of(s, json_object_get(kind->row, "named"));
        s->scope.props = params;
    } else {
        id = had_sim_new_id(s->sim, kind);
    }
    struct object *object =
        had_sim_add(s->sim, kind, owner, region ? text_of(s, region) : s->region, id, value);
    if (json_is_true(json_object_get(spec, "ready")))
        object->ready_at = s->sim->now;
    object->seen_at = s->sim->now; /* with what it is beside of */
    had_sim_age(s->sim, object);
    s->scope.id = own;
}

/* What AWS makes beside it; `each`: once for every element. */
static void make_beside(struct scene *s)
{
    json_t *also = as_list(json_incref(json_object_get(s->row, "also")));
    for (size_t i = 0; i < json_array_size(also); i++) {
        const json_t *spec = json_array_get(also, i), *each = json_object_get(spec, "each");
        json_t *items = each ? had_template(each, &s->scope) : NULL;
        for (size_t k = 0; k < json_array_size(items); k++) {
            bind(s, "element", json_incref(json_array_get(items, k)));
            add_beside(s, spec);
        }
        if (!each)
            add_beside(s, spec);
        json_decref(items);
    }
    json_decref(also);
}

/* One that is there already and may be only once; `found`: what the call ends with instead. */
static struct object *rival(struct scene *s, const struct objects *peers, const json_t *unique,
                            const json_t *value)
{
    bool leaving = json_is_true(json_object_get(unique, "leaving"));
    for (uint32_t i = 0; i < peers->items.count; i++) {
        struct object *peer = peers->items.items[i];
        bool there = leaving ? !peer->gone_at || peer->gone_at > s->sim->now : !peer->gone_at;
        if (had_sim_alive(s->sim, peer) && there && !peer->half &&
            same_members(json_object_get(unique, "on"), value, peer->value))
            return peer;
    }
    return NULL;
}

/* True where a rival ends the making: with an answer, or with a failure and none. */
static bool contested(struct scene *s, const struct kind *kind, json_t *value, json_t **answer)
{
    json_t *rules = as_list(json_incref(json_object_get(s->row, "unique")));
    bool ends = false;
    for (size_t i = 0; i < json_array_size(rules) && !ends; i++) {
        const json_t *rule = json_array_get(rules, i);
        bool everywhere = json_is_true(json_object_get(rule, "everywhere"));
        struct objects *peers = everywhere ? &s->sim->by_kind[kind->number]
                                           : had_sim_place(s->sim, kind, s->account, s->region);
        struct object *peer = rival(s, peers, rule, value);
        ends = peer != NULL;
        if (peer && json_is_true(json_object_get(rule, "put"))) {
            if (kind->id_at)
                json_object_del(value, kind->id_at);
            json_object_update(peer->value, value);
            restart(s, peer);
            *answer = answer_of(s, peer);
        } else if (peer && json_is_true(json_object_get(rule, "same"))) {
            *answer = answer_of(s, peer);
        } else if (peer) {
            refuse(s, had_sim_text(rule, "code"), NULL);
        }
    }
    json_decref(rules);
    return ends;
}

static json_t *make(struct scene *s, const struct kind *kind)
{
    struct had_sim *sim = s->sim;
    if (!refer(s) || !allowed(s, NULL))
        return NULL;
    had_str token = text_of(s, json_object_get(s->row, "token"));
    struct objects *peers = had_sim_place(sim, kind, s->account, s->region);
    for (uint32_t i = 0; token.len && i < peers->items.count; i++) {
        struct object *peer = peers->items.items[i];
        if (peer->token && had_str_is(token, peer->token) && had_sim_alive(sim, peer) &&
            !peer->gone_at)
            return answer_of(s, peer);
    }
    const json_t *named = json_object_get(kind->row, "named");
    const json_t *seen = json_object_get(s->row, "seen");
    had_str id = named ? text_of(s, named) : had_sim_new_id(sim, kind);
    s->scope.id = id;
    /* a copy: whoever called wipes its parameters afterwards */
    json_t *filled = fill(s, "object"), *value = filled ? json_deep_copy(filled) : json_object();
    json_t *answer = NULL;
    json_decref(filled);
    if (id.len == 0 && kind->id_at) /* the object says it */
        id = had_str_dup(&sim->arena, had_str_c(had_sim_text(value, kind->id_at)));
    if (kind->id_at && !json_object_get(value, kind->id_at))
        json_object_set_new(value, kind->id_at, json_stringn(id.ptr, id.len));
    if (contested(s, kind, value, &answer)) {
        json_decref(value);
        return answer;
    }
    struct object *object = had_sim_add(sim, kind, s->account, s->region, id, value);
    make_beside(s);
    restart(s, object);
    if (seen)
        object->seen_at = had_sim_later(sim, json_integer_value(seen));
    object->half = s->half && kind->failed;
    if (s->half && kind->vanishes)
        object->gone_at = object->ready_at;
    if (token.len)
        object->token = had_str_cstr(&sim->arena, token);
    return answer_of(s, object);
}

/* ---- list, get ---- */

typedef had_array(struct object *) picked;

/* The objects that the parameters choose by id, or all; a wrong id is an error. */
static bool choose(struct scene *s, const struct kind *kind, picked *out)
{
    struct had_sim *sim = s->sim;
    const char *ids = had_sim_text(s->row, "ids");
    bool lenient = json_is_true(json_object_get(s->row, "lenient"));
    bool only_ready = json_is_true(json_object_get(s->row, "ready"));
    bool only_seen = json_is_string(json_object_get(s->row, "everywhere"));
    bool only_own = json_is_false(json_object_get(s->row, "others"));
    json_t *names = as_list(ids ? had_path(s->params, ids, &s->scope) : NULL);
    struct objects *all = names ? NULL : candidates(s, kind, s->row);
    size_t count = names ? json_array_size(names) : all->items.count;
    bool fine = true;
    for (size_t i = 0; i < count && fine; i++) {
        const char *name = names ? json_string_value(json_array_get(names, i)) : NULL;
        struct object *object =
            names ? find(s, kind, s->row, had_str_c(name)) : all->items.items[i];
        if (object && had_sim_alive(sim, object) && object->seen_at <= sim->now &&
            (!only_seen || had_sim_sees(sim, object, s->account, s->region)) &&
            (!only_own || had_sim_owns(object, s->account, s->region)) &&
            (!only_ready || had_sim_is_ready(sim, object)))
            *had_push(&sim->arena, out) = object;
        else if (names && !lenient)
            fine = refuse(s, kind->missing, name);
    }
    json_decref(names);
    return fine;
}

/* Filters of the EC2 form, and of Resolver's, which has the members' own names. */
static bool passes_filter(struct scene *s, const json_t *filter, const json_t *value)
{
    const char *name = had_sim_text(filter, "Name");
    const char *path = had_sim_text(json_object_get(s->row, "filters"), name ? name : "");
    json_t *has = NULL;
    if (name && strncmp(name, "tag:", 4) == 0)
        has = json_string(had_tag_text(json_object_get(value, "Tags"), name + 4).ptr);
    else if (name)
        has = had_path(value, path ? path : name, &s->scope);
    bool passes = in_values(json_object_get(filter, "Values"), has);
    json_decref(has);
    return passes;
}

/* A name of DNS by which zones and records are ordered: its labels from the last on. */
static void domain_key(char *out, size_t room, const char *name)
{
    size_t len = strlen(name), at = 0;
    if (len && name[len - 1] == '.')
        len--;
    while (len > 0 && at + 2 < room) {
        size_t from = len;
        while (from > 0 && name[from - 1] != '.')
            from--;
        at += (size_t)snprintf(out + at, room - at, "%.*s\001", (int)(len - from), name + from);
        if (at >= room)
            at = room - 1;
        len = from ? from - 1 : 0;
    }
    out[at] = '\0';
}

/* Not before what the parameters begin with, in the order of domain names and then of the rest. */
static bool not_before(struct scene *s, const json_t *value)
{
    const json_t *from = json_object_get(s->row, "from");
    const char *param;
    json_t *path;
    bool first = true;
    json_object_foreach((json_t *)(uintptr_t)from, param, path) {
        char want[512] = "", has[512] = "";
        const char *a = had_sim_text(s->params, param);
        const char *b = had_sim_text(value, json_string_value(path));
        if (!a || !b)
            return true;
        if (first) {
            domain_key(want, sizeof want, a);
            domain_key(has, sizeof has, b);
        }
        int order = first ? strcmp(has, want) : strcmp(b, a);
        if (order != 0)
            return order > 0;
        first = false;
    }
    return true;
}

static bool passes(struct scene *s, const json_t *value)
{
    const json_t *filters = json_object_get(s->params, "Filters");
    const char *param;
    json_t *path;
    if (!filters)
        filters = json_object_get(s->params, "Filter");
    for (size_t i = 0; i < json_array_size(filters); i++)
        if (!passes_filter(s, json_array_get(filters, i), value))
            return false;
    json_object_foreach(json_object_get(s->row, "only"), param, path) {
        json_t *has = had_path(value, param, &s->scope), *want = had_template(path, &s->scope);
        bool same = has && want && had_value_equal(want, has, false, false);
        json_decref(has);
        json_decref(want);
        if (!same)
            return false;
    }
    json_object_foreach(json_object_get(s->row, "prefixes"), param, path) {
        const char *begin = had_sim_text(s->params, param);
        const char *has = had_sim_text(value, json_string_value(path));
        if (begin && has && strncmp(has, begin, strlen(begin)) != 0)
            return false;
    }
    json_object_foreach(json_object_get(s->row, "where"), param, path) {
        json_t *want = as_list(had_path(s->params, param, &s->scope));
        json_t *has = want ? had_path(value, json_string_value(path), &s->scope) : NULL;
        bool same = !want || in_values(want, has);
        json_decref(want);
        json_decref(has);
        if (!same)
            return false;
    }
    return not_before(s, value);
}

static json_t *list(struct scene *s, const struct kind *kind)
{
    picked objects = {0};
    if (!refer(s) || !choose(s, kind, &objects))
        return NULL;
    json_t *items = json_array();
    const json_t *each = json_object_get(s->row, "each");
    bool flatten = json_is_true(json_object_get(s->row, "flatten"));
    for (uint32_t i = 0; i < objects.count; i++) {
        had_sim_age(s->sim, objects.items[i]);
        json_t *value = shown(s, objects.items[i]);
        s->scope.item = value;
        json_t *item = !passes(s, value) ? NULL
                       : each            ? had_template(each, &s->scope)
                                         : json_incref(value);
        s->scope.item = NULL;
        if (json_is_array(item) && flatten)
            json_array_extend(items, item);
        else if (item)
            json_array_append(items, item);
        json_decref(item);
        json_decref(value);
    }
    if (json_is_true(json_object_get(s->row, "distinct"))) {
        json_t *once = had_path(items, "|unique", &s->scope);
        json_decref(items);
        items = once;
    }
    const char *under = had_sim_text(s->row, "under");
    json_t *answer = json_object();
    json_object_set_new(answer, under ? under : "Items", items);
    return answer;
}

static json_t *get(struct scene *s, const struct kind *kind)
{
    json_t *none = json_object_get(s->row, "none");
    if (!refer(s))
        return NULL;
    if (none && !look_up(s, kind, s->row)) {
        json_t *answer = had_template(none, &s->scope);
        return answer ? answer : json_object();
    }
    struct object *object = subject(s, kind);
    if (!object || !allowed(s, object))
        return NULL;
    return json_object_get(s->row, "answer") ? answer_of(s, object) : shown(s, object);
}

/* ---- drop ---- */

/* Whether an object of a kind that keeps others keeps this one. */
static bool uses(struct scene *s, const json_t *path, const struct object *user,
                 const struct object *object)
{
    const json_t *takes = json_object_get(json_object_get(s->row, "takes"), user->kind->name);
    if (user == object || !had_sim_alive(s->sim, user) ||
        (user->gone_at && user->gone_at <= s->sim->now))
        return false;
    json_t *value = member_of(user->value, json_string_value(path), &s->scope);
    json_t *ids = json_pack("[s%]", object->id.ptr, (size_t)object->id.len);
    bool yes = in_values(ids, value);
    json_decref(value);
    json_decref(ids);
    /* what goes with the object does not keep it */
    return yes && !(takes && belongs(s, takes, object->value, user->value));
}

/* Nothing that is alive refers to the object. */
static bool unused(struct scene *s, const struct object *object)
{
    const char *code = had_sim_text(s->row, "blocked"), *name;
    const json_t *bare = json_object_get(s->row, "bare");
    json_t *path;
    if (!code)
        code = "DependencyViolation";
    for (size_t i = 0; i < json_array_size(bare); i++) {
        const char *member = json_string_value(json_array_get(bare, i));
        if (json_array_size(json_object_get(object->value, member)) > 0)
            return refuse(s, code, member);
    }
    json_object_foreach(json_object_get(s->row, "users"), name, path) {
        const struct kind *kind = had_sim_kind(name);
        const struct objects *all = kind ? &s->sim->by_kind[kind->number] : NULL;
        for (uint32_t i = 0; all && i < all->items.count; i++)
            if (uses(s, path, all->items.items[i], object))
                return refuse(s, code, name);
    }
    return true;
}

/* What AWS takes away with it. */
static void take_along(struct scene *s, const struct object *object)
{
    const char *name;
    json_t *spec;
    json_object_foreach(json_object_get(s->row, "takes"), name, spec) {
        const struct kind *kind = had_sim_kind(name);
        struct objects *all = kind ? &s->sim->by_kind[kind->number] : NULL;
        for (uint32_t i = 0; all && i < all->items.count; i++) {
            struct object *other = all->items.items[i];
            if (other == object || other->gone_at || other->removed ||
                !belongs(s, spec, object->value, other->value))
                continue;
            other->gone_at = object->gone_at;
            s->sim->counts.objects--;
        }
    }
}

/* Lists of others that name it no longer do. */
static void leave_lists(struct scene *s, const struct object *object)
{
    const char *name;
    json_t *spec;
    json_object_foreach(json_object_get(s->row, "leaves"), name, spec) {
        const struct kind *kind = had_sim_kind(name);
        const char *key = had_sim_text(spec, "key"), *own = had_sim_text(spec, "own");
        const char *called = own ? had_sim_text(object->value, own) : object->id.ptr;
        struct objects *all = kind ? &s->sim->by_kind[kind->number] : NULL;
        for (uint32_t i = 0; all && called && i < all->items.count; i++) {
            json_t *items = json_object_get(all->items.items[i]->value, had_sim_text(spec, "list"));
            for (size_t k = json_array_size(items); k-- > 0;) {
                const char *named = had_sim_text(json_array_get(items, k), key);
                if (named && strcmp(named, called) == 0)
                    json_array_remove(items, k);
            }
        }
    }
}

static json_t *drop(struct scene *s, const struct kind *kind)
{
    if (!refer(s))
        return NULL;
    bool optional = json_is_true(json_object_get(s->row, "optional"));
    if (optional && !look_up(s, kind, s->row))
        return answer_of(s, NULL);
    struct object *object = living(s, kind);
    if (!object || !changeable(s, object))
        return NULL;
    if (!allowed(s, object) || !unused(s, object))
        return NULL;
    if (object->gone_at)
        return answer_of(s, object);
    const json_t *leave = json_object_get(s->row, "leave");
    had_sim_remove(s->sim, object, leave ? json_integer_value(leave) : kind->leave_seconds);
    take_along(s, object);
    leave_lists(s, object);
    return answer_of(s, object);
}

/* ---- change ---- */

/* Members that the parameters give anew, now or (`then`) when it is ready. */
static void change_one(struct scene *s, struct object *object)
{
    const char *path;
    json_t *template;
    const json_t *unset = json_object_get(s->row, "unset");
    for (size_t i = 0; i < json_array_size(unset); i++)
        json_object_del(object->value, json_string_value(json_array_get(unset, i)));
    s->scope.item = object->value;
    json_object_foreach(json_object_get(s->row, "set"), path, template) {
        json_t *value = had_template(template, &s->scope);
        if (value)
            had_sim_set_path(object->value, path, json_deep_copy(value));
        json_decref(value);
    }
    json_object_foreach(json_object_get(s->row, "then"), path, template) {
        json_t *value = had_template(template, &s->scope);
        if (!object->then)
            object->then = json_object();
        if (value)
            json_object_set_new(object->then, path, json_deep_copy(value));
        json_decref(value);
    }
    s->scope.item = NULL;
    restart(s, object);
}

static json_t *change(struct scene *s, const struct kind *kind)
{
    if (json_is_true(json_object_get(s->row, "all"))) {
        struct objects *all = candidates(s, kind, s->row);
        for (uint32_t i = 0; i < all->items.count; i++) {
            struct object *object = all->items.items[i];
            if (had_sim_alive(s->sim, object) && !object->gone_at &&
                fits(s, json_object_get(s->row, "match"), object))
                change_one(s, object);
        }
        return answer_of(s, NULL);
    }
    struct object *object = referred(s, kind);
    if (!object || !changeable(s, object) || !allowed(s, object))
        return NULL;
    change_one(s, object);
    return answer_of(s, object);
}

/* ---- elements of a list within an object ---- */

static size_t index_of(const json_t *items, const json_t *item, const char *key)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *other = json_array_get(items, i);
        const json_t *a = key ? json_object_get(item, key) : item;
        const json_t *b = key ? json_object_get(other, key) : other;
        if (a && b && had_value_equal(a, b, true, false))
            return i;
    }
    return SIZE_MAX;
}

/* An element stands in one object only where the row says so. */
static bool in_another(struct scene *s, const struct object *object, const json_t *item)
{
    const char *into = had_sim_text(s->row, "into"), *key = had_sim_text(s->row, "key");
    const struct objects *peers = had_sim_place(s->sim, object->kind, s->account, s->region);
    bool alone = json_is_true(json_object_get(s->row, "alone"));
    for (uint32_t k = 0; alone && k < peers->items.count; k++) {
        const struct object *peer = peers->items.items[k];
        if (peer != object && had_sim_alive(s->sim, peer) &&
            index_of(json_object_get(peer->value, into), item, key) != SIZE_MAX)
            return true;
    }
    return false;
}

static bool add_element(struct scene *s, const struct object *object, json_t *items, json_t *item)
{
    const char *code = had_sim_text(s->row, "exists"), *key = had_sim_text(s->row, "key");
    const json_t *most = json_object_get(s->row, "most");
    if (in_another(s, object, item))
        return refuse(s, code, NULL);
    bool full = most && (json_int_t)json_array_size(items) >= json_integer_value(most);
    if (!full && index_of(items, item, key) == SIZE_MAX)
        json_array_append_new(items, json_deep_copy(item));
    else if (code)
        return refuse(s, code, NULL);
    return true;
}

static bool put_element(struct scene *s, json_t *items, json_t *item, bool away)
{
    const char *code = had_sim_text(s->row, "absent");
    size_t at = index_of(items, item, had_sim_text(s->row, "key"));
    if (at == SIZE_MAX && code)
        return refuse(s, code, NULL);
    if (at == SIZE_MAX && !away)
        json_array_append_new(items, json_deep_copy(item));
    else if (at != SIZE_MAX && away)
        json_array_remove(items, at);
    else if (at != SIZE_MAX)
        json_array_set_new(items, at, json_deep_copy(item));
    return true;
}

/* The list at a path, made where it is not there yet. */
static json_t *list_in(json_t *value, const char *path)
{
    struct had_scope none = {0};
    json_t *items = member_of(value, path, &none);
    if (!items) {
        items = json_array();
        had_sim_set_path(value, path, json_incref(items));
    }
    json_decref(items); /* the object has it */
    return items;
}

/* Added, put anew, taken away. */
static json_t *elements(struct scene *s, const struct kind *kind)
{
    struct object *object = referred(s, kind);
    if (!object || (json_object_get(s->row, "unready") && !changeable(s, object)) ||
        !allowed(s, object))
        return NULL;
    json_t *items = list_in(object->value, had_sim_text(s->row, "into"));
    s->scope.item = object->value;
    s->scope.id =
        had_str_printf(&s->sim->arena, "%017llx", (unsigned long long)had_sim_number(s->sim));
    json_t *add = fill(s, "add"), *put = fill(s, "put"), *remove = fill(s, "remove");
    s->scope.item = NULL;
    bool fine = true;
    for (size_t i = 0; i < json_array_size(add) && fine; i++)
        fine = add_element(s, object, items, json_array_get(add, i));
    for (size_t i = 0; i < json_array_size(put) && fine; i++)
        fine = put_element(s, items, json_array_get(put, i), false);
    for (size_t i = 0; i < json_array_size(remove) && fine; i++)
        fine = put_element(s, items, json_array_get(remove, i), true);
    json_decref(add);
    json_decref(put);
    json_decref(remove);
    if (!fine)
        return NULL;
    restart(s, object);
    return answer_of(s, object);
}

/* ---- amount: as many objects as are asked for ---- */

static json_t *amount(struct scene *s, const struct kind *kind)
{
    struct objects *all = had_sim_place(s->sim, kind, s->account, s->region);
    had_str wanted = text_of(s, json_object_get(s->row, "wanted"));
    long left = strtol(wanted.len ? wanted.ptr : "0", NULL, 10);
    uint32_t count = all->items.count;
    if (!refer(s) || !allowed(s, NULL))
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct object *object = all->items.items[i];
        if (!had_sim_alive(s->sim, object) || object->gone_at ||
            !fits(s, json_object_get(s->row, "match"), object))
            continue;
        if (left-- <= 0)
            had_sim_remove(s->sim, object, kind->leave_seconds);
    }
    for (; left > 0; left--) {
        json_t *filled = fill(s, "object"), *value = json_deep_copy(filled);
        json_decref(filled);
        struct object *object =
            had_sim_add(s->sim, kind, s->account, s->region, had_sim_new_id(s->sim, kind), value);
        restart(s, object);
    }
    return answer_of(s, NULL);
}

/* ---- tags ---- */

/* An object's tags under whichever of the names they stand: a list, or a map. Without any they come
 * to stand under the name that the call has for them. */
static json_t *tags_of(struct object *object, bool lower)
{
    json_t *tags = json_object_get(object->value, "Tags");
    if (!tags)
        tags = json_object_get(object->value, "tags");
    if (!tags) {
        tags = json_array();
        json_object_set_new(object->value, lower ? "tags" : "Tags", tags);
    }
    return tags;
}

/* What a service says of an id that nothing has: by the kind whose prefix it bears. */
static const char *missing_code(const char *id)
{
    uint32_t count;
    const struct kind *kinds = had_sim_kinds(&count);
    const char *code = "ResourceNotFoundException";
    size_t longest = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = kinds[i].prefix ? strlen(kinds[i].prefix) : 0;
        if (len > longest && strncmp(kinds[i].prefix, id, len) == 0) {
            longest = len;
            code = kinds[i].missing;
        }
    }
    return code;
}

static void untag(json_t *have, const char *name)
{
    json_object_del(have, name);
    for (size_t i = json_array_size(have); i-- > 0;) {
        const json_t *value;
        const char *key = had_tag_name(json_array_get(have, i), &value);
        if (key && strcmp(key, name) == 0)
            json_array_remove(have, i);
    }
}

/* The parameter that has them, whichever the service calls it. */
static const json_t *param_of(const struct scene *s, const char *const names[3])
{
    const json_t *found = NULL;
    for (int i = 0; i < 3 && !found; i++)
        found = json_object_get(s->params, names[i]);
    return found;
}

static void tag_one(struct scene *s, struct object *object, bool set, bool take)
{
    static const char *const tag_names[] = {"Tags", "tags", "AddTags"};
    static const char *const key_names[] = {"TagKeys", "tagKeys", "RemoveTagKeys"};
    const json_t *given = param_of(s, tag_names), *keys = param_of(s, key_names);
    bool lower = json_object_get(s->params, "tags") || json_object_get(s->params, "tagKeys");
    json_t *have = tags_of(object, lower);
    for (size_t t = 0; (set || take) && t < json_array_size(given); t++) {
        const json_t *value;
        const char *name = had_tag_name(json_array_get(given, t), &value);
        if (name)
            untag(have, name);
        if (name && set)
            json_array_append_new(have, json_deep_copy(json_array_get(given, t)));
    }
    if (json_is_object(given) && set)
        json_object_update(have, (json_t *)(uintptr_t)given);
    for (size_t t = 0; t < json_array_size(keys); t++)
        untag(have, json_string_value(json_array_get(keys, t)));
}

/* Told without a trace on the object: one without tags has none. */
static json_t *tell_tags(struct scene *s, const struct object *object)
{
    json_t *template = json_object_get(s->row, "answer");
    json_t *tags = json_object_get(object->value, "Tags");
    if (!tags)
        tags = json_object_get(object->value, "tags");
    json_t *list = tags ? json_incref(tags) : json_array(), *answer;
    if (template) {
        json_t *item = json_pack("{s:O, s:O}", "Tags", list, "tags", list);
        s->scope.item = item;
        answer = had_template(template, &s->scope);
        s->scope.item = NULL;
        json_decref(item);
    } else {
        answer = json_pack("{s:O}", "Tags", list);
    }
    json_decref(list);
    return answer;
}

/* Of one kind: `tags: KIND` with `by`; of any: `tags: TEMPLATE` of ids or ARNs. */
static json_t *tag(struct scene *s)
{
    static const char *const acts[] = {"tags", "tag", "untag"};
    const json_t *which = NULL;
    int at = 0;
    for (; at < 3 && !which; at++)
        which = json_object_get(s->row, acts[at]);
    bool tell = at == 1, set = at == 2, take = at == 3;
    const char *name = json_string_value(which);
    const struct kind *kind = name && *name != '$' ? had_sim_kind(name) : NULL;
    if (kind) {
        struct object *object = tell ? subject(s, kind) : living(s, kind);
        if (!object || !allowed(s, object))
            return NULL;
        if (tell)
            return tell_tags(s, object);
        tag_one(s, object, set, take);
        return answer_of(s, object);
    }
    json_t *ids = as_list(had_template(which, &s->scope)), *answer = json_object();
    bool fine = true;
    for (size_t i = 0; i < json_array_size(ids) && fine; i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        bool found = false;
        for (uint32_t k = 0; id && k < s->sim->all.items.count; k++) {
            struct object *object = s->sim->all.items.items[k];
            const char *arn = had_sim_text(object->value, "Arn");
            if (!had_sim_alive(s->sim, object) || !had_sim_owns(object, s->account, s->region) ||
                !(had_str_is(object->id, id) || (arn && strcmp(arn, id) == 0)))
                continue;
            found = true;
            if (tell) {
                json_decref(answer);
                answer = tell_tags(s, object);
            } else {
                tag_one(s, object, set, take);
            }
        }
        fine = found || !id || refuse(s, missing_code(id), id);
    }
    json_decref(ids);
    if (!fine)
        json_decref(answer);
    return fine ? answer : NULL;
}

/* ---- a row ---- */

/* One after the other; what an earlier one made or found is `$made` to the later, and what it calls
 * it `as`. */
static json_t *steps(struct scene *s, const json_t *row)
{
    const json_t *parts = json_object_get(row, "steps");
    json_t *answer = NULL;
    for (size_t i = 0; i < json_array_size(parts); i++) {
        json_decref(answer);
        s->subject = NULL;
        const json_t *part = json_array_get(parts, i);
        const char *as = had_sim_text(part, "as");
        answer = act(s, part);
        if (!answer)
            return NULL;
        if (s->subject)
            bind(s, "made", shown(s, s->subject));
        if (s->subject && as)
            bind(s, as, shown(s, s->subject));
    }
    if (!json_object_get(row, "answer"))
        return answer;
    json_decref(answer);
    s->row = row;
    return answer_of(s, s->subject);
}

/* The first whose object is there. */
static json_t *first_of(struct scene *s, const json_t *parts)
{
    json_t *answer = NULL;
    s->absent = true;
    for (size_t i = 0; i < json_array_size(parts) && !answer && s->absent; i++) {
        s->absent = false;
        answer = act(s, json_array_get(parts, i));
    }
    return answer;
}

/* The first whose condition holds; none: nothing is done. */
static json_t *case_of(struct scene *s, const json_t *parts)
{
    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i), *yes = json_object_get(part, "if");
        if (!yes || holds(s, yes))
            return act(s, part);
    }
    return json_object();
}

static json_t *act_once(struct scene *s, const json_t *row)
{
    static const struct {
        const char *key;
        json_t *(*run)(struct scene *s, const struct kind *kind);
    } acts[] = {{"list", list},     {"get", get},           {"make", make},    {"drop", drop},
                {"change", change}, {"elements", elements}, {"amount", amount}};
    s->row = row;
    if (!let(s))
        return NULL;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        const char *name = had_sim_text(row, acts[i].key);
        const struct kind *kind = name ? had_sim_kind(name) : NULL;
        if (kind)
            return acts[i].run(s, kind);
        if (name) {
            refuse(s, "InternalFailure: a row is about a kind that is not there", NULL);
            return NULL;
        }
    }
    if (json_object_get(row, "first"))
        return first_of(s, json_object_get(row, "first"));
    if (json_object_get(row, "tag") || json_object_get(row, "untag") ||
        json_object_get(row, "tags"))
        return tag(s);
    if (!refer(s) || !allowed(s, NULL))
        return NULL;
    if (json_object_get(row, "steps"))
        return steps(s, row);
    if (json_object_get(row, "cases"))
        return case_of(s, json_object_get(row, "cases"));
    return answer_of(s, NULL);
}

static json_t *act(struct scene *s, const json_t *row)
{
    const json_t *over = json_object_get(row, "for");
    if (!over)
        return act_once(s, row);
    json_t *items = as_list(had_template(over, &s->scope)), *answer = json_object();
    for (size_t i = 0; i < json_array_size(items) && answer; i++) {
        json_decref(answer);
        bind(s, "element", json_incref(json_array_get(items, i)));
        answer = act_once(s, row);
    }
    json_decref(items);
    return answer;
}

json_t *had_sim_act(struct scene *s)
{
    json_t *answer = act(s, s->row);
    /* what objects hold is theirs alone */
    json_t *own = answer ? json_deep_copy(answer) : NULL;
    json_decref(answer);
    json_decref(s->bound);
    s->bound = NULL;
    return own;
}
