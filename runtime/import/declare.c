/* Declarations: names made of what AWS calls things, attributes as the catalog knows them. */
#include "import/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 48 };

/* ---- names ---- */

static const char *const reserved[] = {
#define HAD_KEYWORD(word, token, role, instead) word,
#include "keywords.def"
#undef HAD_KEYWORD
};

static bool is_reserved(had_str word)
{
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (had_str_is(word, reserved[i]))
            return true;
    return false;
}

/* Letters, digits and single `-`: whatever else a name holds can neither end it nor be read as
 * code. */
static had_str plain(struct had_arena *arena, had_str name, bool lower)
{
    struct had_buffer b = {0};
    bool gap = false;
    for (uint32_t i = 0; i < name.len && b.len < LABEL_MAX; i++) {
        char c = name.ptr[i];
        if (lower && c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (fits && gap && b.len)
            had_buffer_char(&b, '-');
        if (fits)
            had_buffer_char(&b, c);
        gap = !fits;
    }
    had_str out = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return out;
}

/* Whether the label is free below the parent; from then on it is not. */
static bool take(struct had_live *live, const struct had_kind *kind,
                 const struct had_declared *parent, had_str label)
{
    char key[256];
    bool scope = parent && strcmp(kind->name, "ou") != 0; /* no path tells units apart */
    snprintf(key, sizeof key, "%s %u " HAD_FMT, kind->name, scope ? parent->number : 0,
             HAD_ARG(label));
    if (!live->labels)
        live->labels = json_object();
    if (json_object_get(live->labels, key))
        return false;
    json_object_set_new(live->labels, key, json_true());
    return true;
}

static had_str label_of(struct had_live *live, const struct had_kind *kind,
                        const struct had_declared *parent, had_str name, had_str id)
{
    struct had_arena *arena = live->arena;
    /* Sets are known to people by their names; the rest is written as specs are */
    bool lower = !had_same(kind->name, "permission-set");
    had_str base = plain(arena, name, lower);
    if (base.len == 0)
        base = plain(arena, id, lower);
    if (base.len == 0 || (base.ptr[0] >= '0' && base.ptr[0] <= '9') || is_reserved(base))
        base =
            had_str_printf(arena, "%s%s" HAD_FMT, kind->name, base.len ? "-" : "", HAD_ARG(base));
    had_str label = base;
    for (uint32_t i = 2; !take(live, kind, parent, label); i++)
        label = had_str_printf(arena, HAD_FMT "-%u", HAD_ARG(base), i);
    return label;
}

/* ---- declarations ---- */

static struct had_declared *add(struct had_live *live, const struct had_kind *kind, had_str label,
                                struct had_declared *parent)
{
    struct had_declared *declared = had_new(live->arena, struct had_declared);
    declared->kind = kind;
    declared->label = label;
    declared->parent = parent;
    declared->attributes = json_object();
    declared->notes = json_array();
    *had_push(live->arena, &live->declared) = declared;
    declared->number = live->declared.count;
    if (parent)
        *had_push(live->arena, &parent->children) = declared;
    return declared;
}

struct had_declared *had_live_declared(const struct had_live *live, const char *id)
{
    had_sym symbol = live->ids && id ? had_symbol_find(live->ids, had_str_c(id)) : 0;
    const uint64_t *found = symbol ? had_map_get(&live->by_id, symbol) : NULL;
    return found ? (struct had_declared *)(uintptr_t)*found : NULL;
}

void had_live_identify(struct had_live *live, const char *id, struct had_declared *declared)
{
    if (!live->ids) {
        live->ids = had_new(live->arena, struct had_symbols);
        had_symbols_init(live->ids, live->arena);
    }
    had_map_put(live->arena, &live->by_id, had_intern(live->ids, had_str_c(id)),
                (uintptr_t)declared);
}

void had_live_set(struct had_declared *declared, const char *attribute, json_t *value)
{
    if (value)
        json_object_set_new(declared->attributes, attribute, value);
}

struct had_declared *had_live_derive(struct had_live *live, const char *kind, had_str name,
                                     struct had_declared *parent)
{
    const struct had_kind *of = had_kind_find(had_str_c(kind));
    return add(live, of, label_of(live, of, parent, name, (had_str){0}), parent);
}

struct had_declared *had_live_state(struct had_live *live, const char *kind, const char *file,
                                    const char *format, ...)
{
    struct had_declared *declared = add(live, had_kind_find(had_str_c(kind)), (had_str){0}, NULL);
    va_list args;
    va_start(args, format);
    declared->file = file;
    declared->head = had_str_vprintf(live->arena, format, args);
    va_end(args);
    return declared;
}

struct had_declared *had_live_declare(struct had_live *live, const json_t *object,
                                      struct had_declared *parent)
{
    const json_t *entry = json_object_get(live->table, had_live_text(object, "kind"));
    const struct had_kind *kind = had_kind_find(had_live_str(entry, "kind"));
    had_str id = had_live_str(object, "id");
    struct had_declared *declared =
        add(live, kind, label_of(live, kind, parent, had_live_str(object, "name"), id), parent);
    declared->object = object;
    declared->existing = !kind->no_existing;
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(entry, "fields"), name, value) {
        json_t *field = json_object_get(object, name);
        if (name[0] != '_' && field && had_kind_attr_index(kind, had_str_c(name)) >= 0)
            json_object_set(declared->attributes, name, field);
    }
    if (declared->existing && kind->id_type)
        json_object_set(declared->attributes, "id", json_object_get(object, "id"));
    had_live_identify(live, had_live_text(object, "id"), declared);
    return declared;
}

static json_t *sentence(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static json_t *sentence(const char *format, va_list args)
{
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    json_t *out = json_string(text);
    return out ? out : json_string("(a text that is no UTF-8)");
}

void had_live_note(struct had_live *live, struct had_declared *declared, const char *format, ...)
{
    (void)live;
    va_list args;
    va_start(args, format);
    json_array_append_new(declared->notes, sentence(format, args));
    va_end(args);
}

void had_live_leave(struct had_live *live, const json_t *object, const char *format, ...)
{
    static const char *const kept[] = {"kind", "id", "account", "region", "name"};
    json_t *row = json_object();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (json_object_get(object, kept[i]))
            json_object_set(row, kept[i], json_object_get(object, kept[i]));
    va_list args;
    va_start(args, format);
    json_object_set_new(row, "reason", sentence(format, args));
    va_end(args);
    json_array_append_new(live->left, row);
}

struct had_declared *had_live_within(struct had_live *live, const json_t *object, const char *what,
                                     const char *member)
{
    const char *id = had_live_text(object, member);
    struct had_declared *in = had_live_declared(live, id);
    if (!in)
        had_live_leave(live, object, "its %s %s is not in the spec", what, id ? id : "");
    return in;
}

/* ---- how others name it ---- */

had_str had_live_path(const struct had_live *live, const struct had_declared *declared,
                      const struct had_declared *from)
{
    const struct had_declared *parent = declared->parent;
    bool near = !parent || (from && from->place == parent);
    for (const struct had_declared *at = from; at && !near; at = at->parent)
        near = at == parent;
    /* a child that nothing else is called is found at any depth (catalog, part 4, rule 11) */
    if (!near && !had_same(declared->kind->name, "subnet")) {
        near = true;
        had_each(struct had_declared *, other, &live->declared)
            near &= *other == declared || (*other)->kind != declared->kind ||
                    !had_str_eq((*other)->label, declared->label);
    }
    /* organization and units are no scope that a path walks through */
    if (near || had_same(parent->kind->name, "organization") || had_same(parent->kind->name, "ou"))
        return declared->label;
    return had_str_printf(live->arena, HAD_FMT "." HAD_FMT,
                          HAD_ARG(had_live_path(live, parent, from)), HAD_ARG(declared->label));
}
