/*
 * Runs while the project is built: reads the registry facts of facts/cloudformation/ and the API
 * behaviour of facts/api.tsv and writes rtype_facts.inc, the static tables behind rtype.h.
 *
 *     generate OUT api.tsv AWS-EC2-VPC.json …
 *
 * For every type `AWS::EC2::VPC` the output has `#define FACTS_AWS_EC2_VPC`, the initialisers that
 * rtype_table.c puts into its entry.
 */
#include <jansson.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out;

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("generate: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void *grow(void *old, size_t size)
{
    void *p = realloc(old, size);
    if (!p)
        fail("out of memory");
    return p;
}

/* ---- what the API does, one line of api.tsv each ---- */

struct behaviour {
    char *type, *path, *api, *set_of;
    bool secret, used;
};
static struct behaviour *behaviours;
static size_t behaviour_count;

static char *cell(char **line)
{
    char *start = *line;
    if (!start)
        return NULL;
    char *end = strpbrk(start, "\t\n");
    *line = end && *end == '\t' ? end + 1 : NULL;
    if (end)
        *end = 0;
    return start;
}

static void read_behaviours(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot open %s", path);
    char line[1024];
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        char *copy = grow(NULL, strlen(line) + 1);
        memcpy(copy, line, strlen(line) + 1);
        behaviours = grow(behaviours, (behaviour_count + 1) * sizeof *behaviours);
        struct behaviour *b = &behaviours[behaviour_count++];
        *b = (struct behaviour){0};
        b->type = cell(&copy);
        b->path = cell(&copy);
        b->api = cell(&copy);
        b->set_of = cell(&copy);
        const char *secret = cell(&copy);
        b->secret = secret && !strcmp(secret, "secret");
        if (!b->type || !b->path || !b->api || !b->set_of)
            fail("%s: a line needs type, property, api and set-of: %s", path, line);
    }
    fclose(file);
}

static const struct behaviour *behaviour_of(const char *type, const char *definition,
                                            const char *property)
{
    char path[256];
    snprintf(path, sizeof path, "%s%s%s", definition ? definition : "", definition ? "." : "",
             property);
    for (size_t i = 0; i < behaviour_count; i++) {
        if (!strcmp(behaviours[i].type, type) && !strcmp(behaviours[i].path, path)) {
            behaviours[i].used = true;
            return &behaviours[i];
        }
    }
    return NULL;
}

/* ---- writing C ---- */

static void write_text(const char *text)
{
    if (!text) {
        fputs("NULL", out);
        return;
    }
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\' || (*p == '?' && p[1] == '?'))
            fprintf(out, "\\%c", *p); /* `\?` keeps two of them from being a trigraph */
        else if (*p < 32 || *p > 126)
            fprintf(out, "\\%03o", *p);
        else
            fputc(*p, out);
    }
    fputc('"', out);
}

/* AWS::EC2::VPC → AWS_EC2_VPC */
static void write_identifier(const char *name)
{
    for (const char *p = name; *p; p++) {
        if (*p == ':' && p[1] == ':') {
            fputc('_', out);
            p++;
        } else if ((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
                   (*p >= '0' && *p <= '9')) {
            fputc(*p, out);
        } else {
            fputc('_', out);
        }
    }
}

struct type_text {
    const char *value, *item; /* names of enum had_rvalue */
    char definition[128];     /* of the value or of its items; empty if none */
    bool own;                 /* the definition is of this type, not the common Tag */
};

static const char *scalar(const char *text)
{
    static const char *const names[][2] = {
        {"string", "HAD_R_STRING"}, {"date-time", "HAD_R_STRING"}, {"integer", "HAD_R_INTEGER"},
        {"number", "HAD_R_NUMBER"}, {"boolean", "HAD_R_BOOLEAN"},  {"json", "HAD_R_JSON"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcmp(text, names[i][0]))
            return names[i][1];
    }
    return NULL;
}

/* One level: a scalar, an alternative, or a definition whose name goes to `definition`. */
static const char *single(const char *text, json_t *definitions, struct type_text *into)
{
    const char *known = scalar(text);
    if (known)
        return known;
    if (strchr(text, '|')) /* documents may be written as text or as a tree */
        return strstr(text, "json") ? "HAD_R_JSON" : "HAD_R_ANY";
    if (!strncmp(text, "list<", 5))
        return "HAD_R_LIST";
    if (!strncmp(text, "map<", 4))
        return "HAD_R_MAP";
    into->own = json_object_get(definitions, text) != NULL;
    if (!into->own && strcmp(text, "Tag") != 0 && strcmp(text, "tag") != 0)
        return "HAD_R_ANY";
    snprintf(into->definition, sizeof into->definition, "%s", into->own ? text : "Tag");
    return "HAD_R_OBJECT";
}

static struct type_text parse_type(const char *text, json_t *definitions)
{
    struct type_text t = {.item = "HAD_R_ANY"};
    bool list = !strncmp(text, "list<", 5), map = !strncmp(text, "map<", 4);
    if ((list || map) && text[strlen(text) - 1] == '>') {
        char inner[128];
        const char *start = strchr(text, '<') + 1;
        snprintf(inner, sizeof inner, "%.*s", (int)(strlen(start) - 1), start);
        t.value = list ? "HAD_R_LIST" : "HAD_R_MAP";
        t.item = single(inner, definitions, &t);
    } else {
        t.value = single(text, definitions, &t);
    }
    return t;
}

static void write_bound(json_t *constraints, const char *name)
{
    json_t *value = json_object_get(constraints, name);
    json_int_t number = -1;
    if (json_is_integer(value))
        number = json_integer_value(value);
    else if (json_is_real(value))
        number = (json_int_t)json_real_value(value);
    fprintf(out, ", %" JSON_INTEGER_FORMAT, number);
}

static void write_name(const char *prefix, const char *type, const char *definition,
                       const char *property)
{
    fputs(prefix, out);
    write_identifier(type);
    if (definition) {
        fputs("__", out);
        write_identifier(definition);
    }
    if (property) {
        fputs("___", out);
        write_identifier(property);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object, sorted, so that the output does not depend on jansson's order. */
static const char **keys_of(json_t *object, size_t *count)
{
    *count = json_object_size(object);
    const char **keys = grow(NULL, (*count + 1) * sizeof *keys);
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
        keys[n++] = key;
    qsort(keys, n, sizeof *keys, by_name);
    return keys;
}

/* Words (`enum`) and reference lists of one property, as arrays that its row points to. */
static void write_lists(const char *type, const char *definition, const char *property, json_t *p,
                        json_t *bounds)
{
    json_t *words = json_object_get(bounds, "enum"), *refers = json_object_get(p, "refersTo");
    for (int which = 0; which < 2; which++) {
        json_t *list = which ? refers : words;
        if (!json_is_array(list) || !json_array_size(list) ||
            !json_is_string(json_array_get(list, 0)))
            continue;
        fputs("static const char *const ", out);
        write_name(which ? "r_" : "w_", type, definition, property);
        fputs("[] = {", out);
        size_t i;
        json_t *item;
        json_array_foreach(list, i, item) {
            write_text(json_string_value(item));
            fputs(", ", out);
        }
        fputs("NULL};\n", out);
    }
}

static void write_list_name(json_t *list, const char *prefix, const char *type,
                            const char *definition, const char *property)
{
    fputs(", ", out);
    if (json_is_array(list) && json_is_string(json_array_get(list, 0)))
        write_name(prefix, type, definition, property);
    else
        fputs("NULL", out);
}

static const char *replacement(json_t *p)
{
    const char *update = json_string_value(json_object_get(p, "update"));
    if (!update)
        return "HAD_IN_PLACE";
    return !strcmp(update, "replace") ? "HAD_REPLACE" : "HAD_MAYBE_REPLACE";
}

/* The properties of a type (`definition` NULL) or of one of its nested types. */
static void write_properties(const char *type, const char *definition, json_t *properties,
                             json_t *definitions)
{
    size_t count;
    const char **keys = keys_of(properties, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *p = json_object_get(properties, keys[i]), *items = json_object_get(p, "items");
        struct type_text t = parse_type(json_string_value(json_object_get(p, "type")), definitions);
        write_lists(type, definition, keys[i], p, strcmp(t.value, "HAD_R_LIST") ? p : items);
    }
    if (count) {
        fputs("static const struct had_rprop ", out);
        write_name("p_", type, definition, NULL);
        fputs("[] = {\n", out);
    }
    for (size_t i = 0; i < count; i++) {
        json_t *p = json_object_get(properties, keys[i]);
        struct type_text t = parse_type(json_string_value(json_object_get(p, "type")), definitions);
        json_t *bounds = strcmp(t.value, "HAD_R_LIST") ? p : json_object_get(p, "items");
        const struct behaviour *b = behaviour_of(type, definition, keys[i]);
        fputs("    {", out);
        write_text(keys[i]);
        fprintf(out, ", %s, %s, ", t.value, t.item);
        if (*t.definition) {
            fputc('&', out);
            write_name("d_", t.own ? type : "had", t.definition, NULL);
        } else {
            fputs("NULL", out);
        }
        fprintf(out, ", %s, %s", json_is_true(json_object_get(p, "required")) ? "true" : "false",
                replacement(p));
        write_list_name(json_object_get(bounds, "enum"), "w_", type, definition, keys[i]);
        fputs(", ", out);
        write_text(json_string_value(json_object_get(bounds, "pattern")));
        write_bound(bounds, "minLength");
        write_bound(bounds, "maxLength");
        write_bound(bounds, "minimum");
        write_bound(bounds, "maximum");
        write_bound(p, "minItems");
        write_bound(p, "maxItems");
        write_list_name(json_object_get(p, "refersTo"), "r_", type, definition, keys[i]);
        fputs(", ", out);
        write_text(b && *b->set_of ? b->set_of : NULL);
        fputs(", ", out);
        write_text(b && *b->api ? b->api : NULL);
        fprintf(out, ", %s},\n", b && b->secret ? "true" : "false");
    }
    if (count)
        fputs("};\n", out);
    if (definition) {
        fputs("static const struct had_rdefinition ", out);
        write_name("d_", type, definition, NULL);
        fputs(" = {", out);
        write_text(definition);
        fputs(", ", out);
        if (count)
            write_name("p_", type, definition, NULL);
        else
            fputs("NULL", out);
        fprintf(out, ", %zu};\n", count);
    }
    free(keys);
}

/* The identifier of a type is an attribute too: it is what Ref gives. */
static void add_ref(json_t *attributes, json_t *ref)
{
    const char *name = json_string_value(json_array_get(ref, 0));
    if (json_array_size(ref) == 1 && !json_object_get(attributes, name))
        json_object_set_new(attributes, name, json_string("string"));
}

/* AWS::EC2::VPC → "aws-resource-ec2-vpc", the page of the CloudFormation reference. */
static void write_page(const char *type)
{
    fputs("\"aws-resource", out);
    for (const char *p = strchr(type, ':'); p && *p; p++) {
        if (*p == ':' && p[1] == ':') {
            fputc('-', out);
            p++;
        } else {
            fputc(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p, out);
        }
    }
    fputc('"', out);
}

/* "A|B", or NULL where there is none. */
static void write_joined(json_t *parts)
{
    char joined[512] = "";
    size_t i;
    json_t *part;
    json_array_foreach(parts, i, part) {
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof joined - used, "%s%s", i ? "|" : "",
                 json_string_value(part));
    }
    write_text(*joined ? joined : NULL);
}

static void write_type(json_t *root)
{
    const char *type = json_string_value(json_object_get(root, "typeName"));
    json_t *properties = json_object_get(root, "properties");
    json_t *definitions = json_object_get(root, "definitions");
    json_t *attributes = json_object_get(root, "attributes"), *ref = json_object_get(root, "ref");
    json_t *tagging = json_object_get(root, "tagging");
    const char *tag_property = json_string_value(json_object_get(tagging, "property"));
    const char *style = json_string_value(json_object_get(tagging, "style"));
    add_ref(attributes, ref);

    fprintf(out, "\n/* ---- %s ---- */\n", type);
    size_t count;
    const char **names = keys_of(definitions, &count);
    for (size_t i = 0; i < count; i++) { /* nested types may name each other */
        fputs("static const struct had_rdefinition ", out);
        write_name("d_", type, names[i], NULL);
        fputs(";\n", out);
    }
    for (size_t i = 0; i < count; i++)
        write_properties(type, names[i],
                         json_object_get(json_object_get(definitions, names[i]), "properties"),
                         definitions);
    free(names);
    write_properties(type, NULL, properties, definitions);

    size_t attr_count;
    const char **attrs = keys_of(attributes, &attr_count);
    if (attr_count) {
        fputs("static const struct had_rattr ", out);
        write_name("a_", type, NULL, NULL);
        fputs("[] = {\n", out);
        for (size_t i = 0; i < attr_count; i++) {
            struct type_text t =
                parse_type(json_string_value(json_object_get(attributes, attrs[i])), definitions);
            fputs("    {", out);
            write_text(attrs[i]);
            fprintf(out, ", %s, %s},\n", t.value, t.item);
        }
        fputs("};\n", out);
    }
    free(attrs);

    fputs("#define FACTS_", out);
    write_identifier(type);
    fputs(" .name = ", out);
    write_text(type);
    fputs(", .properties = {", out);
    write_text(type);
    fputs(", ", out);
    if (json_object_size(properties))
        write_name("p_", type, NULL, NULL);
    else
        fputs("NULL", out);
    fprintf(out, ", %zu}, .attrs = ", json_object_size(properties));
    if (attr_count)
        write_name("a_", type, NULL, NULL);
    else
        fputs("NULL", out);
    fprintf(out, ", .attr_count = %zu, .ref = ", attr_count);
    write_joined(ref);
    fputs(", .identifier = ", out);
    write_joined(json_object_get(root, "primaryIdentifier"));
    fputs(", .tags = ", out);
    write_text(tag_property);
    json_t *tag_prop = tag_property ? json_object_get(properties, tag_property) : NULL;
    fputs(", .page = ", out);
    write_page(type);
    fprintf(out, ", .tags_map = %s, .tags_replace = %s, .stateful = %s\n",
            style && !strcmp(style, "map") ? "true" : "false",
            tag_prop && !strcmp(replacement(tag_prop), "HAD_REPLACE") ? "true" : "false",
            json_is_true(json_object_get(root, "stateful")) ? "true" : "false");
}

int main(int argc, char **argv)
{
    if (argc < 4)
        fail("usage: generate OUT api.tsv FACTS.json …");
    read_behaviours(argv[2]);
    out = fopen(argv[1], "w");
    if (!out)
        fail("cannot write %s", argv[1]);
    fputs("/* Generated from facts/cloudformation/ and facts/api.tsv; do not edit. */\n", out);
    for (int i = 3; i < argc; i++) {
        json_error_t error;
        json_t *root = json_load_file(argv[i], 0, &error);
        if (!root)
            fail("%s:%d: %s", argv[i], error.line, error.text);
        write_type(root);
        json_decref(root);
    }
    for (size_t i = 0; i < behaviour_count; i++) {
        if (!behaviours[i].used)
            fail("api.tsv: no property %s of %s", behaviours[i].path, behaviours[i].type);
    }
    if (fclose(out))
        fail("cannot write %s", argv[1]);
    return 0;
}
