/* The typed spec for people and programs: `had show`, `had dump --after=expand` and
 * `--after=derive`. */
#include "sema/internal.h"

#include "diag/render.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

void had_dump_expand(struct had_buffer *out, const struct had_spec *spec)
{
    for (uint32_t i = 0; i < spec->objects.count; i++) {
        const struct had_object *o = spec->objects.items[i];
        struct had_position p = had_source_position(spec->sources, o->span.file, o->span.start);
        const struct had_source *source = had_source_of(spec->sources, o->span);
        had_buffer_printf(out, "%s" HAD_FMT "  # " HAD_FMT ":%u:%u%s\n",
                          o->existing ? "existing " : "", HAD_ARG(o->address),
                          HAD_ARG(source ? source->path : HAD_STR("-")), p.line, p.column,
                          o->derived ? " derived" : "");
    }
}

static bool wanted(const struct had_object *o, had_str address)
{
    if (!address.len || had_str_eq(o->address, address))
        return true;
    return o->address.len > address.len && o->address.ptr[address.len] == '/' &&
           had_str_eq(had_str_slice(o->address, 0, address.len), address);
}

static const char *provenance(const struct had_value *v)
{
    return v->provenance == HAD_DERIVED   ? "derived"
           : v->provenance == HAD_DEFAULT ? "default"
                                          : "stated";
}

static bool shown(const struct had_value *v, bool defaults)
{
    if (v->tag == HAD_VALUE_ABSENT)
        return false;
    return defaults || v->provenance != HAD_DEFAULT;
}

void had_dump_spec(struct had_buffer *out, const struct had_spec *spec, had_str address,
                   bool defaults)
{
    struct had_arena scratch = {0};
    bool first = true;
    for (uint32_t i = 0; i < spec->objects.count; i++) {
        const struct had_object *o = spec->objects.items[i];
        if (!wanted(o, address))
            continue;
        had_buffer_printf(out, "%s%s" HAD_FMT "%s\n", first ? "" : "\n",
                          o->existing ? "existing " : "", HAD_ARG(o->address),
                          o->derived ? "  # derived" : "");
        first = false;
        for (uint32_t k = 0; k < had_kind_clause_count(o->kind); k++)
            if (o->clauses[k].tag != HAD_VALUE_ABSENT)
                had_buffer_printf(out, "  %s " HAD_FMT "\n",
                                  had_preposition_word(o->kind->clauses[k].preposition),
                                  HAD_ARG(had_value_text(&scratch, &o->clauses[k])));
        for (uint32_t k = 0; k < had_kind_attr_count(o->kind); k++) {
            const struct had_value *v = o->attrs[k];
            if (!v || !shown(v, defaults))
                continue;
            had_buffer_printf(out, "  %s = " HAD_FMT, had_kind_attr(o->kind, k)->name,
                              HAD_ARG(had_value_text(&scratch, v)));
            if (v->provenance == HAD_DERIVED)
                had_buffer_printf(out, "  # derived: " HAD_FMT, HAD_ARG(v->reason));
            else if (v->provenance == HAD_DEFAULT)
                had_buffer_c(out, "  # default");
            had_buffer_char(out, '\n');
        }
        for (uint32_t k = 0; k < o->values.count; k++)
            had_buffer_printf(out, "  .%s = " HAD_FMT "\n", o->values.items[k].name,
                              HAD_ARG(had_value_text(&scratch, o->values.items[k].value)));
    }
    had_arena_free(&scratch);
}

static json_t *value(const struct had_value *v)
{
    switch (v->tag) {
    case HAD_VALUE_ABSENT:
    case HAD_VALUE_ERROR:
        return json_null();
    case HAD_VALUE_BOOL:
        return json_boolean(v->boolean);
    case HAD_VALUE_INT:
        /* Durations, sizes, rates and dates as they are written, plain numbers as numbers. */
        return v->type == HAD_TYPE_INT || v->type == HAD_TYPE_ASN ? json_integer(v->number)
                                                                  : had_json_text(v->text);
    case HAD_VALUE_LIST: {
        json_t *list = json_array();
        for (uint32_t i = 0; i < v->list.count; i++)
            json_array_append_new(list, value(&v->list.items[i]));
        return list;
    }
    case HAD_VALUE_MAP: {
        json_t *map = json_object();
        for (uint32_t i = 0; i < v->map.count; i++)
            json_object_setn_new(map, v->map.entries[i].key.ptr, v->map.entries[i].key.len,
                                 value(v->map.entries[i].value));
        return map;
    }
    case HAD_VALUE_REF: {
        json_t *map = json_object();
        json_object_set_new(map, "ref", had_json_text(v->object->address));
        return map;
    }
    case HAD_VALUE_SECRET: {
        json_t *map = json_object();
        json_object_set_new(map, "secret", had_json_text(v->secret.name));
        if (v->secret.account)
            json_object_set_new(map, "account", had_json_text(v->secret.account->address));
        return map;
    }
    case HAD_VALUE_PRINCIPAL: {
        json_t *map = json_object();
        json_object_set_new(map, v->principal->is_user ? "user" : "group", had_json_text(v->text));
        return map;
    }
    case HAD_VALUE_COMPUTED: {
        json_t *map = json_object();
        json_object_set_new(map, "computed", had_json_text(v->text));
        json_object_set_new(map, "of", had_json_text(v->computed.of->address));
        return map;
    }
    case HAD_VALUE_TEXT:
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
    case HAD_VALUE_CIDR:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
        break;
    }
    return had_json_text(v->text);
}

static json_t *place(const struct had_spec *spec, struct had_span span)
{
    const struct had_source *source = had_source_of(spec->sources, span);
    if (!source)
        return json_null();
    struct had_position p = had_source_position(spec->sources, span.file, span.start);
    json_t *map = json_object();
    json_object_set_new(map, "file", had_json_text(source->path));
    json_object_set_new(map, "line", json_integer(p.line));
    json_object_set_new(map, "column", json_integer(p.column));
    return map;
}

void had_show_json(struct had_buffer *out, const struct had_spec *spec, had_str address,
                   bool defaults)
{
    json_t *root = json_object(), *objects = json_array();
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "spec", had_json_text(spec->name));
    for (uint32_t i = 0; i < spec->objects.count; i++) {
        const struct had_object *o = spec->objects.items[i];
        if (!wanted(o, address))
            continue;
        json_t *object = json_object(), *clauses = json_object(), *attrs = json_object(),
               *derived = json_object();
        json_object_set_new(object, "address", had_json_text(o->address));
        json_object_set_new(object, "kind", json_string(o->kind->name));
        json_object_set_new(object, "name", had_json_text(o->label));
        json_object_set_new(object, "existing", json_boolean(o->existing));
        json_object_set_new(object, "derived", json_boolean(o->derived));
        json_object_set_new(object, "place", place(spec, o->span));
        if (o->doc.len)
            json_object_set_new(object, "doc", had_json_text(o->doc));
        for (uint32_t k = 0; k < had_kind_clause_count(o->kind); k++)
            if (o->clauses[k].tag != HAD_VALUE_ABSENT)
                json_object_set_new(clauses, o->kind->clauses[k].slot, value(&o->clauses[k]));
        for (uint32_t k = 0; k < had_kind_attr_count(o->kind); k++) {
            const struct had_value *v = o->attrs[k];
            if (!v || !shown(v, defaults))
                continue;
            json_t *a = json_object();
            json_object_set_new(a, "value", value(v));
            json_object_set_new(a, "from", json_string(provenance(v)));
            if (v->provenance == HAD_DERIVED)
                json_object_set_new(a, "reason", had_json_text(v->reason));
            json_object_set_new(attrs, had_kind_attr(o->kind, k)->name, a);
        }
        for (uint32_t k = 0; k < o->values.count; k++)
            json_object_set_new(derived, o->values.items[k].name, value(o->values.items[k].value));
        if (o->subject.tag != HAD_VALUE_ABSENT && o->kind->subject != HAD_SUBJECT_DECLARES)
            json_object_set_new(object, "subject", value(&o->subject));
        json_object_set_new(object, "clauses", clauses);
        json_object_set_new(object, "attributes", attrs);
        json_object_set_new(object, "values", derived);
        json_array_append_new(objects, object);
    }
    json_object_set_new(root, "objects", objects);
    char *dump = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    had_buffer_c(out, dump ? dump : "{}");
    had_buffer_char(out, '\n');
    free(dump);
    json_decref(root);
}
