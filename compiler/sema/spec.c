/* Reading the typed spec, and the entry of the layer. */
#include "sema/internal.h"

#include <stdlib.h>
#include <string.h>

const had_objects *had_spec_kind(const struct had_spec *spec, const char *kind)
{
    static const had_objects none = {0};
    const struct had_kind *k = had_kind_find(had_str_c(kind));
    uint64_t *found = k ? had_map_get(&spec->by_kind, (uintptr_t)k) : NULL;
    return found ? (const had_objects *)(uintptr_t)*found : &none;
}

const struct had_object *had_spec_find(const struct had_spec *spec, had_str address)
{
    had_sym symbol = had_symbol_find(&spec->symbols, address);
    uint64_t *found = symbol ? had_map_get(&spec->by_address, symbol) : NULL;
    return found ? (const struct had_object *)(uintptr_t)*found : NULL;
}

bool had_is(const struct had_object *object, const char *kind)
{
    return object && strcmp(object->kind->name, kind) == 0;
}

const struct had_value *had_get(const struct had_object *object, const char *name)
{
    static const struct had_value absent = {.tag = HAD_VALUE_ABSENT};
    if (!object)
        return &absent;
    had_str text = had_str_c(name);
    int32_t at = had_kind_clause_index(object->kind, text);
    if (at >= 0 && object->clauses[at].tag != HAD_VALUE_ABSENT)
        return &object->clauses[at];
    int32_t own = had_kind_attr_index(object->kind, text);
    const struct had_value *attr = own >= 0 ? object->attrs[own] : NULL;
    if (attr && attr->tag != HAD_VALUE_ABSENT)
        return attr;
    for (uint32_t i = 0; i < object->values.count; i++)
        if (strcmp(object->values.items[i].name, name) == 0)
            return object->values.items[i].value;
    if (strcmp(name, "subject") == 0 && object->subject.tag != HAD_VALUE_ABSENT)
        return &object->subject;
    return at >= 0 ? &object->clauses[at] : attr ? attr : &absent;
}

static const struct had_value *single(const struct had_object *object, const char *name)
{
    const struct had_value *v = had_get(object, name);
    return v->tag == HAD_VALUE_LIST && v->list.count == 1 ? &v->list.items[0] : v;
}

const struct had_object *had_get_object(const struct had_object *object, const char *name)
{
    const struct had_value *v = single(object, name);
    return v->tag == HAD_VALUE_REF ? v->object : NULL;
}

had_str had_get_text(const struct had_object *object, const char *name)
{
    return single(object, name)->text;
}

int64_t had_get_int(const struct had_object *object, const char *name)
{
    const struct had_value *v = single(object, name);
    return v->tag == HAD_VALUE_INT ? v->number : 0;
}

bool had_get_bool(const struct had_object *object, const char *name)
{
    const struct had_value *v = single(object, name);
    return v->tag == HAD_VALUE_BOOL && v->boolean;
}

bool had_present(const struct had_object *object, const char *name)
{
    const struct had_value *v = had_get(object, name);
    return v->tag != HAD_VALUE_ABSENT && v->tag != HAD_VALUE_ERROR;
}

struct had_value_list had_get_list(const struct had_object *object, const char *name)
{
    const struct had_value *v = had_get(object, name);
    if (v->tag == HAD_VALUE_LIST)
        return v->list;
    if (v->tag == HAD_VALUE_ABSENT || v->tag == HAD_VALUE_ERROR || v->tag == HAD_VALUE_COMPUTED)
        return (struct had_value_list){0};
    return (struct had_value_list){(struct had_value *)(uintptr_t)v, 1};
}

struct had_span had_get_span(const struct had_object *object, const char *name)
{
    const struct had_value *v = had_get(object, name);
    return had_span_known(v->span) && v->provenance == HAD_STATED ? v->span : object->span;
}

had_str had_outside_name(struct had_arena *arena, const struct had_object *object)
{
    int32_t at = had_kind_attr_index(object->kind, HAD_STR("name"));
    const struct had_value *stated = at >= 0 ? object->attrs[at] : NULL;
    if (stated && stated->tag == HAD_VALUE_TEXT)
        return stated->text;
    const struct decl *d = decl_of(object);
    had_str name = object->name.len    ? object->name
                   : object->key_count ? (had_str){0}
                                       : object->label;
    for (uint32_t i = 0; i < object->key_count; i++)
        name = had_str_printf(arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(name), name.len ? "-" : "",
                              HAD_ARG(object->keys[i]));
    for (const struct instance *i = d->is_self ? d->instance->parent : d->instance; i;
         i = i->parent)
        name = had_str_printf(arena, HAD_FMT "-" HAD_FMT, HAD_ARG(i->shown.name), HAD_ARG(name));
    return name;
}

static bool within(const struct had_object *object, const struct had_object *ancestor,
                   uint32_t depth)
{
    if (!object || depth > 24)
        return false;
    if (object == ancestor)
        return true;
    if (object->parent && within(object->parent, ancestor, depth + 1))
        return true;
    for (uint32_t i = 0; i < had_kind_clause_count(object->kind); i++) {
        enum had_preposition p = object->kind->clauses[i].preposition;
        if (p != HAD_IN && p != HAD_AT && p != HAD_ON && p != HAD_BY &&
            !(p == HAD_TO && had_is(object, "link")))
            continue;
        const struct had_value *v = &object->clauses[i];
        struct had_value_list list = {(struct had_value *)(uintptr_t)v, v->tag == HAD_VALUE_REF};
        if (v->tag == HAD_VALUE_LIST)
            list = v->list;
        for (uint32_t k = 0; k < list.count; k++)
            if (list.items[k].tag == HAD_VALUE_REF &&
                (list.items[k].object == ancestor ||
                 (!had_is(list.items[k].object, "hub") &&
                  within(list.items[k].object, ancestor, depth + 1))))
                return true;
    }
    return false;
}

bool had_object_within(const struct had_object *object, const struct had_object *ancestor)
{
    return within(object, ancestor, 0) ||
           (had_is(ancestor, "region") && had_get_object(object, "region") == ancestor);
}

const struct had_object *had_object_account(const struct had_object *object)
{
    if (had_is(object, "account"))
        return object;
    const struct had_object *a = had_get_object(object, "account");
    if (a && had_is(a, "account"))
        return a;
    return object && object->parent ? had_object_account(object->parent) : NULL;
}

const struct had_object *had_object_region(const struct had_object *object)
{
    if (had_is(object, "region"))
        return object;
    const struct had_object *r = had_get_object(object, "region");
    if (r && had_is(r, "region"))
        return r;
    return object && object->parent ? had_object_region(object->parent) : NULL;
}

static void write_text(struct had_buffer *b, had_str text)
{
    had_buffer_char(b, '"');
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            had_buffer_char(b, '\\');
        if (c == '\n')
            had_buffer_c(b, "\\n");
        else
            had_buffer_char(b, c);
    }
    had_buffer_char(b, '"');
}

static void write_value(struct had_buffer *b, const struct had_value *v)
{
    switch (v->tag) {
    case HAD_VALUE_ABSENT:
        had_buffer_c(b, "absent");
        return;
    case HAD_VALUE_ERROR:
        had_buffer_c(b, "error");
        return;
    case HAD_VALUE_COMPUTED:
        had_buffer_printf(b, "computed " HAD_FMT "." HAD_FMT, HAD_ARG(v->computed.of->address),
                          HAD_ARG(v->text));
        return;
    case HAD_VALUE_SECRET:
        had_buffer_c(b, "secret(");
        write_text(b, v->secret.name);
        if (v->secret.account)
            had_buffer_printf(b, ", account " HAD_FMT, HAD_ARG(v->secret.account->label));
        had_buffer_char(b, ')');
        return;
    case HAD_VALUE_PRINCIPAL:
        had_buffer_c(b, v->principal->is_user ? "user " : "group ");
        write_text(b, v->text);
        return;
    case HAD_VALUE_REF:
        had_buffer_printf(b, "%s ", v->object->kind->name);
        if (v->object->parent && v->object->kind->subject == HAD_SUBJECT_DECLARES)
            had_buffer_printf(b, HAD_FMT ".", HAD_ARG(v->object->parent->label));
        had_buffer_str(b, v->object->label);
        return;
    case HAD_VALUE_LIST:
        had_buffer_char(b, '[');
        for (uint32_t i = 0; i < v->list.count; i++) {
            if (i)
                had_buffer_c(b, ", ");
            write_value(b, &v->list.items[i]);
        }
        had_buffer_char(b, ']');
        return;
    case HAD_VALUE_MAP:
        had_buffer_c(b, v->map.count ? "{ " : "{}");
        for (uint32_t i = 0; i < v->map.count; i++) {
            if (i)
                had_buffer_c(b, ", ");
            had_buffer_printf(b, HAD_FMT " = ", HAD_ARG(v->map.entries[i].key));
            write_value(b, v->map.entries[i].value);
        }
        if (v->map.count)
            had_buffer_c(b, " }");
        return;
    case HAD_VALUE_TEXT:
        switch (v->type) {
        case HAD_TYPE_WORD:
        case HAD_TYPE_ZONE:
        case HAD_TYPE_REGION:
        case HAD_TYPE_MFA:
        case HAD_TYPE_ACCOUNT_ID:
        case HAD_TYPE_NONE:
            had_buffer_str(b, v->text);
            return;
        case HAD_TYPE_TEXT:
        case HAD_TYPE_BOOL:
        case HAD_TYPE_INT:
        case HAD_TYPE_DURATION:
        case HAD_TYPE_RATE:
        case HAD_TYPE_SIZE:
        case HAD_TYPE_DATE:
        case HAD_TYPE_IP:
        case HAD_TYPE_IP_PORT:
        case HAD_TYPE_CIDR:
        case HAD_TYPE_PORT_RANGE:
        case HAD_TYPE_SERVICE:
        case HAD_TYPE_ASN:
        case HAD_TYPE_ARN:
        case HAD_TYPE_DOMAIN:
        case HAD_TYPE_NETBIOS:
        case HAD_TYPE_SITE_NAME:
        case HAD_TYPE_EMAIL:
        case HAD_TYPE_DN:
        case HAD_TYPE_IMAGE:
        case HAD_TYPE_PATH:
        case HAD_TYPE_POLICY:
        case HAD_TYPE_PRINCIPAL:
        case HAD_TYPE_REF:
        case HAD_TYPE_SECRET:
        case HAD_TYPE_DATA:
        case HAD_TYPE_LIST:
        case HAD_TYPE_SET:
        case HAD_TYPE_MAP:
        case HAD_TYPE_BODY:
        case HAD_TYPE_ANY_OF:
        case HAD_TYPE_COUNT:
            break;
        }
        write_text(b, v->text);
        return;
    case HAD_VALUE_BOOL:
    case HAD_VALUE_INT:
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
    case HAD_VALUE_CIDR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
        break;
    }
    had_buffer_str(b, v->text);
}

had_str had_value_text(struct had_arena *arena, const struct had_value *value)
{
    struct had_buffer b = {0};
    write_value(&b, value);
    had_str out = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return out;
}

bool had_value_eq(const struct had_value *a, const struct had_value *b)
{
    if (a->tag != b->tag)
        return false;
    switch (a->tag) {
    case HAD_VALUE_ABSENT:
    case HAD_VALUE_ERROR:
        return true;
    case HAD_VALUE_BOOL:
        return a->boolean == b->boolean;
    case HAD_VALUE_INT:
        return a->number == b->number;
    case HAD_VALUE_TEXT:
        return had_str_eq(a->text, b->text);
    case HAD_VALUE_IP:
        return had_ip_cmp(a->ip, b->ip) == 0;
    case HAD_VALUE_IP_PORT:
        return had_ip_cmp(a->ip, b->ip) == 0 && a->port == b->port;
    case HAD_VALUE_CIDR:
        return had_cidr_eq(a->cidr, b->cidr);
    case HAD_VALUE_PORTS:
        return a->ports.first == b->ports.first && a->ports.last == b->ports.last;
    case HAD_VALUE_SERVICE:
        return had_str_eq(a->text, b->text);
    case HAD_VALUE_SECRET:
        return had_str_eq(a->secret.name, b->secret.name) && a->secret.account == b->secret.account;
    case HAD_VALUE_PRINCIPAL:
        return a->principal->is_user == b->principal->is_user && had_str_eq(a->text, b->text);
    case HAD_VALUE_REF:
        return a->object == b->object;
    case HAD_VALUE_LIST:
        if (a->list.count != b->list.count)
            return false;
        for (uint32_t i = 0; i < a->list.count; i++)
            if (!had_value_eq(&a->list.items[i], &b->list.items[i]))
                return false;
        return true;
    case HAD_VALUE_MAP:
        if (a->map.count != b->map.count)
            return false;
        for (uint32_t i = 0; i < a->map.count; i++)
            if (!had_str_eq(a->map.entries[i].key, b->map.entries[i].key) ||
                !had_value_eq(a->map.entries[i].value, b->map.entries[i].value))
                return false;
        return true;
    case HAD_VALUE_COMPUTED:
        return a->computed.of == b->computed.of && had_str_eq(a->text, b->text);
    }
    return false;
}

/* ---- the entry ---- */

static int by_address(const void *a, const void *b)
{
    return had_str_cmp((*(const struct had_object *const *)a)->address,
                       (*(const struct had_object *const *)b)->address);
}

static void finish(struct sema *s)
{
    struct had_spec *spec = s->spec;
    if (spec->objects.count)
        qsort(spec->objects.items, spec->objects.count, sizeof *spec->objects.items, by_address);
    for (uint32_t i = 0; i < spec->objects.count; i++) {
        const struct had_object *o = spec->objects.items[i];
        struct decl *d = decl_of(o);
        uint64_t *found = had_map_get(&spec->by_kind, (uintptr_t)o->kind);
        had_objects *list =
            found ? (had_objects *)(uintptr_t)*found : had_new(s->arena, had_objects);
        if (!found)
            had_map_put(s->arena, &spec->by_kind, (uintptr_t)o->kind, (uintptr_t)list);
        *had_push(s->arena, list) = o;
        had_map_put(s->arena, &spec->by_address, had_intern(&spec->symbols, o->address),
                    (uintptr_t)o);
        if (d->parent)
            *had_push(s->arena, &d->parent->object.children) = o;
    }
}

enum { WORK_MAX = 50000000 };

/* A statement that could not be read may have declared anything. */
static bool incomplete(const struct had_diags *diags)
{
    for (uint32_t i = 0; i < diags->items.count; i++) {
        const struct had_diag *d = diags->items.items[i];
        if (d->severity == HAD_ERROR && d->code != &HAD0501 && d->code != &HAD0507)
            return true;
    }
    return false;
}

struct had_spec *had_sema(const struct had_sema_input *input)
{
    struct sema *s = had_new(input->arena, struct sema);
    s->arena = input->arena;
    s->sources = input->sources;
    s->diags = input->diags;
    s->input = input;
    s->stuck = 2;
    s->work_max = input->work_max ? input->work_max : WORK_MAX;
    had_symbols_init(&s->names, s->arena);
    s->sym_self = had_intern(&s->names, HAD_STR("self"));
    s->spec = had_new(s->arena, struct had_spec);
    s->spec->arena = s->arena;
    s->spec->sources = s->sources;
    s->spec->as_of = input->as_of;
    had_symbols_init(&s->spec->symbols, s->arena);
    s->root = had_new(&s->scratch, struct scope);
    sema_expand(s);
    s->spec->incomplete = incomplete(s->diags);
    sema_resolve(s);
    sema_derive(s);
    for (uint32_t i = 0; i < s->lets.count; i++) /* also those that nothing reads */
        sema_binding_value(s, s->lets.items[i]);
    sema_asserts(s);
    finish(s);
    had_arena_free(&s->scratch);
    return s->spec;
}
