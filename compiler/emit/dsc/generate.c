/*
 * Build tool: the JSON files of facts/ to the tables of schema.h.
 *
 *     had_dsc_generate FACTS-FOLDER OUTPUT.c
 *
 * Refuses facts that do not fit together (a rule about a resource or property that no module has).
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const roles[] = {"forest", "domain-controller", "forwarders",
                                    "trust",  "accounts",          "directory-admin"};
enum { ROLES = sizeof roles / sizeof *roles, MAX_RESOURCES = 256 };

struct resource {
    const char *name;
    json_t *facts;
    size_t module;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("dsc facts: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* Documents are held until the program ends: texts of the table point into them. */
static json_t *documents[64];
static size_t document_count;

static json_t *load(const char *folder, const char *name)
{
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail("%s:%d: %s", path, error.line, error.text);
    if (document_count == sizeof documents / sizeof *documents)
        fail("too many files");
    documents[document_count++] = json;
    return json;
}

static const char *text_of(json_t *json, const char *what)
{
    const char *text = json_string_value(json);
    if (!text)
        fail("%s is not a text", what);
    return text;
}

/* A C literal; facts are printable ASCII, which the generator insists on. */
static void print_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
            fail("`%s` is not printable ASCII", text);
        if (*at == '"' || *at == '\\')
            fputc('\\', out);
        fputc(*at, out);
    }
    fputc('"', out);
}

static void print_texts(FILE *out, json_t *list)
{
    size_t i;
    json_t *item;
    fputs("(const char *const[]){", out);
    json_array_foreach(list, i, item) {
        if (json_is_boolean(item))
            fprintf(out, "\"%s\"", json_is_true(item) ? "true" : "false");
        else
            print_text(out, text_of(item, "an item"));
        fputs(", ", out);
    }
    fputs("NULL}", out);
}

static bool list_has(json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
        if (strcmp(text_of(item, "an item"), text) == 0)
            return true;
    return false;
}

struct integer_type {
    const char *name;
    int64_t minimum, maximum;
};
static const struct integer_type integer_types[] = {
    {"SInt32", INT32_MIN, INT32_MAX}, {"SInt64", INT64_MIN, INT64_MAX}, {"UInt16", 0, UINT16_MAX},
    {"UInt32", 0, UINT32_MAX},        {"UInt64", 0, INT64_MAX},
};

static const char *type_name(const char *type, int64_t *minimum, int64_t *maximum)
{
    for (size_t i = 0; i < sizeof integer_types / sizeof *integer_types; i++) {
        if (strcmp(type, integer_types[i].name) == 0) {
            *minimum = integer_types[i].minimum;
            *maximum = integer_types[i].maximum;
            return "HAD_DSC_INTEGER";
        }
    }
    return strcmp(type, "String") == 0         ? "HAD_DSC_STRING"
           : strcmp(type, "String[]") == 0     ? "HAD_DSC_STRINGS"
           : strcmp(type, "Boolean") == 0      ? "HAD_DSC_BOOLEAN"
           : strcmp(type, "PSCredential") == 0 ? "HAD_DSC_CREDENTIAL"
                                               : "HAD_DSC_OTHER";
}

static const char *kind_name(const char *kind)
{
    return strcmp(kind, "key") == 0        ? "HAD_DSC_KEY"
           : strcmp(kind, "required") == 0 ? "HAD_DSC_REQUIRED"
           : strcmp(kind, "write") == 0    ? "HAD_DSC_WRITE"
           : strcmp(kind, "read") == 0     ? "HAD_DSC_READ"
                                           : NULL;
}

/* INT64_MIN has no literal of its own. */
static void print_int(FILE *out, int64_t number)
{
    if (number == INT64_MIN)
        fputs("INT64_MIN", out);
    else
        fprintf(out, "INT64_C(%" PRId64 ")", number);
}

static void print_property(FILE *out, const char *name, json_t *facts, json_t *never,
                           json_t *limits, bool present)
{
    int64_t minimum = 0, maximum = 0;
    const char *type = type_name(text_of(json_object_get(facts, "type"), name), &minimum, &maximum);
    const char *kind = kind_name(text_of(json_object_get(facts, "kind"), name));
    if (!kind)
        fail("property %s has an unknown kind", name);
    json_t *limit = json_object_get(limits, name);
    json_t *range = json_object_get(limit ? limit : facts, "range");
    if (json_is_integer(json_array_get(range, 0)) && json_is_integer(json_array_get(range, 1))) {
        minimum = json_integer_value(json_array_get(range, 0));
        maximum = json_integer_value(json_array_get(range, 1));
    }
    fprintf(out, "    {.name = \"%s\", .type = %s, .kind = %s", name, type, kind);
    if (list_has(never, name))
        fputs(", .never = true", out);
    if (json_is_true(json_object_get(facts, "notempty")))
        fputs(", .notempty = true", out);
    json_t *allowed = json_object_get(limit, "allowed");
    if (!allowed)
        allowed = json_object_get(facts, "allowed");
    if (present) { /* nothing is removed because it left a spec */
        fputs(",\n     .allowed = (const char *const[]){\"Present\", NULL}", out);
    } else if (allowed) {
        fputs(",\n     .allowed = ", out);
        print_texts(out, allowed);
    }
    json_t *fallback = json_object_get(facts, "default");
    if (json_is_string(fallback)) {
        fputs(", .fallback = ", out);
        print_text(out, json_string_value(fallback));
    } else if (json_is_boolean(fallback)) {
        fprintf(out, ", .fallback = \"%s\"", json_is_true(fallback) ? "true" : "false");
    }
    if (minimum || maximum) {
        fputs(",\n     .minimum = ", out);
        print_int(out, minimum);
        fputs(", .maximum = ", out);
        print_int(out, maximum);
        fprintf(out, ", .step = %" JSON_INTEGER_FORMAT,
                json_integer_value(json_object_get(limit, "step")));
    }
    json_t *length = json_object_get(facts, "length");
    if (length)
        fprintf(out,
                ", .min_length = %" JSON_INTEGER_FORMAT ", .max_length = %" JSON_INTEGER_FORMAT,
                json_integer_value(json_array_get(length, 0)),
                json_integer_value(json_array_get(length, 1)));
    if (json_object_get(limit, "without")) {
        fputs(", .without = ", out);
        print_text(out, text_of(json_object_get(limit, "without"), "without"));
    }
    fputs("},\n", out);
}

static json_t *properties_of(const struct resource *resource)
{
    json_t *properties = json_object_get(resource->facts, "properties");
    if (!json_is_object(properties))
        fail("resource %s has no properties", resource->name);
    return properties;
}

static void require_property(const struct resource *resource, const char *name)
{
    if (!json_object_get(properties_of(resource), name))
        fail("a rule names %s.%s, which does not exist", resource->name, name);
}

static void print_rules(FILE *out, const struct resource *resource, json_t *profile)
{
    size_t i;
    json_t *item;
    json_t *required = json_object_get(json_object_get(profile, "required"), resource->name);
    if (required) {
        json_array_foreach(required, i, item)
            require_property(resource, text_of(item, "required"));
        fputs("     .required = ", out);
        print_texts(out, required);
        fputs(",\n", out);
    }
    json_t *together = json_object_get(json_object_get(profile, "together"), resource->name);
    if (together) {
        json_array_foreach(together, i, item)
            require_property(resource, text_of(item, "together"));
        fputs("     .together = ", out);
        print_texts(out, together);
        fputs(",\n", out);
    }
    json_t *excludes = json_object_get(json_object_get(profile, "excludes"), resource->name);
    if (excludes) {
        fputs("     .excludes = (const char *const[][2]){", out);
        json_array_foreach(excludes, i, item) {
            const char *one = text_of(json_array_get(item, 0), "excludes");
            const char *other = text_of(json_array_get(item, 1), "excludes");
            require_property(resource, one);
            require_property(resource, other);
            fprintf(out, "{\"%s\", \"%s\"}, ", one, other);
        }
        fputs("{NULL, NULL}},\n", out);
    }
    json_t *conditions = json_object_get(json_object_get(profile, "conditions"), resource->name);
    if (conditions) {
        fputs("     .conditions = (const struct had_dsc_condition[]){", out);
        json_array_foreach(conditions, i, item) {
            const char *when = text_of(json_object_get(item, "when"), "when");
            const char *need = text_of(json_object_get(item, "need"), "need");
            require_property(resource, when);
            require_property(resource, need);
            fprintf(out, "{\"%s\", \"%s\", \"%s\"}, ", when,
                    text_of(json_object_get(item, "is"), "is"), need);
        }
        fputs("{NULL, NULL, NULL}},\n", out);
    }
}

static unsigned role_bits(json_t *profile, const char *name)
{
    unsigned bits = 0;
    for (unsigned role = 0; role < ROLES; role++)
        if (list_has(json_object_get(json_object_get(profile, "roles"), roles[role]), name))
            bits |= 1u << role;
    return bits;
}

static int resource_cmp(const void *a, const void *b)
{
    return strcmp(((const struct resource *)a)->name, ((const struct resource *)b)->name);
}

/* Every resource that a rule or a role names is in `resources`. */
static void check_names(json_t *profile, const struct resource *resources, size_t count)
{
    static const char *const tables[] = {"never",    "required",   "together",
                                         "excludes", "conditions", "limits"};
    const char *name;
    json_t *value;
    struct resource key = {0};
    for (size_t table = 0; table < sizeof tables / sizeof *tables; table++) {
        json_object_foreach(json_object_get(profile, tables[table]), name, value) {
            key.name = name;
            if (!bsearch(&key, resources, count, sizeof *resources, resource_cmp))
                fail("`%s` names the resource %s, which no role uses", tables[table], name);
        }
    }
    static const char *const lists[] = {"milestones", "in_domain", "run_as"};
    size_t i;
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++) {
        json_array_foreach(json_object_get(profile, lists[list]), i, value) {
            key.name = text_of(value, "a resource");
            if (!bsearch(&key, resources, count, sizeof *resources, resource_cmp))
                fail("`%s` names the resource %s, which no role uses", lists[list], key.name);
        }
    }
    for (unsigned role = 0; role < ROLES; role++) {
        json_array_foreach(json_object_get(json_object_get(profile, "roles"), roles[role]), i,
                           value) {
            key.name = text_of(value, "a resource");
            if (!bsearch(&key, resources, count, sizeof *resources, resource_cmp))
                fail("role %s names the resource %s, which no module has", roles[role], key.name);
        }
    }
}

static void print_resources(FILE *out, json_t *profile, const struct resource *resources,
                            size_t count)
{
    const char *present = text_of(json_object_get(profile, "present"), "present");
    for (size_t i = 0; i < count; i++) {
        const char *name;
        json_t *property;
        json_t *never = json_object_get(json_object_get(profile, "never"), resources[i].name);
        json_t *limits = json_object_get(json_object_get(profile, "limits"), resources[i].name);
        size_t n;
        json_array_foreach(never, n, property)
            require_property(&resources[i], text_of(property, "never"));
        json_object_foreach(limits, name, property)
            require_property(&resources[i], name);
        fprintf(out, "static const struct had_dsc_property properties_%s[] = {\n",
                resources[i].name);
        json_object_foreach(properties_of(&resources[i]), name, property)
            print_property(out, name, property, never, limits, strcmp(name, present) == 0);
        fputs("};\n", out);
    }
    fputs("const struct had_dsc_resource had_dsc_resources[] = {\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out,
                "    {.name = \"%s\", .class_name = \"%s\", .module = &had_dsc_modules[%zu],\n"
                "     .properties = properties_%s, .property_count = %zu, .roles = %u,\n",
                resources[i].name, text_of(json_object_get(resources[i].facts, "class"), "class"),
                resources[i].module, resources[i].name,
                json_object_size(properties_of(&resources[i])),
                role_bits(profile, resources[i].name));
        if (list_has(json_object_get(profile, "milestones"), resources[i].name))
            fputs("     .milestone = true,\n", out);
        if (list_has(json_object_get(profile, "run_as"), resources[i].name))
            fputs("     .run_as = true,\n", out);
        if (list_has(json_object_get(profile, "in_domain"), resources[i].name))
            fputs("     .in_domain = true,\n", out);
        if (strcmp(text_of(json_object_get(profile, "join"), "join"), resources[i].name) == 0)
            fputs("     .join = true,\n", out);
        print_rules(out, &resources[i], profile);
        fputs("    },\n", out);
    }
    fprintf(out, "};\nconst uint32_t had_dsc_resource_count = %zu;\n", count);
}

static const char *argument_kind(const char *kind)
{
    return strcmp(kind, "domain") == 0      ? "HAD_DSC_DOMAIN"
           : strcmp(kind, "computer") == 0  ? "HAD_DSC_COMPUTER"
           : strcmp(kind, "addresses") == 0 ? "HAD_DSC_ADDRESSES"
           : strcmp(kind, "word") == 0      ? "HAD_DSC_WORD"
           : strcmp(kind, "boolean") == 0   ? "HAD_DSC_TRUTH"
           : strcmp(kind, "secret") == 0    ? "HAD_DSC_SECRET"
                                            : NULL;
}

static void print_script(FILE *out, const char *name, json_t *script)
{
    static const char *const bodies[] = {"get", "set", "test"};
    const char *argument_name;
    json_t *argument;
    fputs("    {.name = ", out);
    print_text(out, name);
    fputs(", .doc = ", out);
    print_text(out, text_of(json_object_get(script, "doc"), "doc"));
    if (json_is_true(json_object_get(script, "run_as")))
        fputs(", .run_as = true", out);
    fputs(",\n     .arguments = (const struct had_dsc_argument[]){\n", out);
    json_object_foreach(json_object_get(script, "arguments"), argument_name, argument) {
        const char *kind = argument_kind(text_of(json_object_get(argument, "kind"), "kind"));
        if (!kind)
            fail("argument %s of %s has an unknown kind", argument_name, name);
        fprintf(out, "         {\"%s\", %s, ", argument_name, kind);
        json_t *words = json_object_get(argument, "words");
        if (words) {
            const char *word;
            json_t *text;
            fputs("(const char *const[][2]){", out);
            json_object_foreach(words, word, text) {
                fprintf(out, "{\"%s\", ", word);
                print_text(out, text_of(text, "a word"));
                fputs("}, ", out);
            }
            fputs("{NULL, NULL}}},\n", out);
        } else {
            fputs("NULL},\n", out);
        }
    }
    fprintf(out, "     },\n     .argument_count = %zu,\n     .bodies = {\n",
            json_object_size(json_object_get(script, "arguments")));
    for (size_t body = 0; body < sizeof bodies / sizeof *bodies; body++) {
        if (json_array_size(json_object_get(script, bodies[body])) == 0)
            fail("script %s has no `%s`", name, bodies[body]);
        fputs("         ", out);
        print_texts(out, json_object_get(script, bodies[body]));
        fputs(",\n", out);
    }
    fputs("     }},\n", out);
}

static void print_scripts(FILE *out, json_t *scripts)
{
    const char *name;
    json_t *script;
    fputs("const struct had_dsc_script had_dsc_scripts[] = {\n", out);
    json_object_foreach(scripts, name, script)
        print_script(out, name, script);
    fprintf(out, "};\nconst uint32_t had_dsc_script_count = %zu;\n", json_object_size(scripts));
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage: had_dsc_generate FACTS-FOLDER OUTPUT.c");
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail("%s cannot be written", argv[2]);
    json_t *profile = load(argv[1], "profile");
    json_t *scripts = load(argv[1], "scripts");
    json_t *modules = json_object_get(profile, "modules");

    static struct resource resources[MAX_RESOURCES];
    size_t count = 0, i;
    json_t *module;
    fputs("/* Made by generate.c from the JSON files of facts/. */\n#include "
          "\"emit/dsc/schema.h\"\n\n"
          "const struct had_dsc_module had_dsc_modules[] = {\n",
          out);
    json_array_foreach(modules, i, module) {
        json_t *facts = load(argv[1], text_of(module, "a module"));
        const char *name;
        json_t *resource;
        fprintf(out, "    {\"%s\", \"%s\"},\n", json_string_value(module),
                text_of(json_object_get(facts, "version"), "version"));
        json_object_foreach(json_object_get(facts, "resources"), name, resource) {
            if (!role_bits(profile, name))
                continue;
            if (count == MAX_RESOURCES)
                fail("more than %d resources", MAX_RESOURCES);
            resources[count++] = (struct resource){name, resource, i};
        }
    }
    fprintf(out, "};\nconst uint32_t had_dsc_module_count = %zu;\n", json_array_size(modules));
    qsort(resources, count, sizeof *resources, resource_cmp);
    for (i = 1; i < count; i++)
        if (strcmp(resources[i - 1].name, resources[i].name) == 0)
            fail("two modules have a resource %s", resources[i].name);
    check_names(profile, resources, count);
    print_resources(out, profile, resources, count);
    print_scripts(out, json_object_get(scripts, "scripts"));
    return fclose(out) == 0 ? 0 : 1;
}
