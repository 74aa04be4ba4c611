/*
 * Turns the JSON files of models/ into the tables of aws/model.h: one pool of texts, and arrays
 * that point into it. Runs when the project is built; a model that does not fit ends the build with
 * a sentence.
 *
 *     had_aws_generate FOLDER OUTPUT SERVICE…
 */
#include "aws/model.h"

#include "base/array.h"
#include "base/buffer.h"
#include "base/symbol.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct had_arena arena;
static struct had_symbols symbols;
static struct had_buffer pool;
static had_array(uint32_t) offsets; /* by symbol */
static had_array(struct had_aws_ref) refs;
static had_array(struct had_aws_shape) shapes;
static had_array(struct had_aws_operation) operations;
static had_array(struct had_aws_page) pages;
static had_array(struct had_aws_waiter) waiters;
static had_array(struct had_aws_acceptor) acceptors;
static had_array(struct had_aws_special) specials;
static had_array(struct had_aws_service) services;
static had_array(struct had_aws_partition) partitions;
static had_array(struct had_aws_namespace) namespaces;
static had_array(uint32_t) errors;
static const char *current;

_Noreturn static void fail(const char *what, const char *name)
{
    fprintf(stderr, "models: %s: %s `%s`\n", current, what, name ? name : "");
    exit(1);
}

/* The text's place in the pool; equal texts share one. */
static uint32_t text(const char *s)
{
    had_str str = had_str_c(s);
    had_sym symbol = had_symbol_find(&symbols, str);
    if (!symbol && str.len) {
        symbol = had_intern(&symbols, str);
        while (offsets.count <= symbol)
            *had_push(&arena, &offsets) = 0;
        offsets.items[symbol] = (uint32_t)pool.len;
        had_buffer_add(&pool, s, str.len + 1);
    }
    return str.len ? offsets.items[symbol] : 0;
}

static uint32_t words(const json_t *array)
{
    struct had_buffer line = {0};
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item) {
        if (strchr(json_string_value(item), ' '))
            fail("a name holds a space", json_string_value(item));
        had_buffer_printf(&line, "%s%s", i ? " " : "", json_string_value(item));
    }
    had_buffer_char(&line, '\0');
    uint32_t place = text(line.ptr);
    had_buffer_free(&line);
    return place;
}

static const char *string(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

static uint8_t number_of(const char *word, const char *const *list, const char *what)
{
    for (uint8_t i = 0; list[i]; i++)
        if (strcmp(list[i], word) == 0)
            return i;
    fail(what, word);
}

static uint16_t namespace_of(const json_t *pair)
{
    if (!pair)
        return 0;
    struct had_aws_namespace ns = {text(json_string_value(json_array_get(pair, 0))),
                                   text(json_string_value(json_array_get(pair, 1)))};
    for (uint32_t i = 0; i < namespaces.count; i++)
        if (namespaces.items[i].prefix == ns.prefix && namespaces.items[i].uri == ns.uri)
            return (uint16_t)(i + 1);
    *had_push(&arena, &namespaces) = ns;
    return (uint16_t)namespaces.count;
}

static const char *const protocols[] = {"ec2", "query", "json", "rest-json", "rest-xml", NULL};
static const char *const types[] = {"structure", "list",     "map",    "string",  "integer",
                                    "long",      "float",    "double", "boolean", "timestamp",
                                    "blob",      "document", NULL};
static const char *const locations[] = {"",           "header", "headers", "uri", "querystring",
                                        "statusCode", NULL};
static const char *const times[] = {"", "iso8601", "unixtimestamp", "rfc822", NULL};
static const char *const repeats[] = {"read", "repeatable", "once", NULL};

static uint16_t shape_of(const json_t *all, uint32_t base, const char *name)
{
    uint32_t at = base;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)all, key, value) {
        if (strcmp(key, name) == 0) {
            if (at >= HAD_AWS_NONE)
                fail("too many shapes at", name);
            return (uint16_t)at;
        }
        at++;
    }
    fail("there is no shape", name);
}

static struct had_aws_ref read_ref(const json_t *all, uint32_t base, const json_t *entry)
{
    const char *name = json_string_value(json_array_get(entry, 0));
    const char *type = json_string_value(json_array_get(entry, 1));
    const json_t *traits = json_array_get(entry, 2);
    struct had_aws_ref ref = {.name = text(name), .shape = HAD_AWS_NONE};
    const char *in = string(traits, "in"), *out = string(traits, "out");
    ref.in = *in ? text(in) : ref.name;
    ref.out = *out ? text(out) : ref.name;
    if (type[0] >= 'a' && type[0] <= 'z' && !json_object_get(all, type)) {
        ref.type = number_of(type, types, "there is no type");
    } else {
        ref.shape = shape_of(all, base, type);
        ref.type = number_of(string(json_object_get(all, type), "type"), types, "there is no type");
    }
    ref.location = number_of(string(traits, "loc"), locations, "there is no location");
    ref.time = number_of(string(traits, "ts"), times, "there is no time format");
    ref.ns = namespace_of(json_object_get(traits, "ns"));
    static const struct {
        const char *key;
        uint8_t flag;
    } flags[] = {{"req", HAD_AWS_REQUIRED},
                 {"token", HAD_AWS_TOKEN},
                 {"sens", HAD_AWS_SENSITIVE},
                 {"flat", HAD_AWS_FLAT},
                 {"payload", HAD_AWS_PAYLOAD}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (json_object_get(traits, flags[i].key))
            ref.flags |= flags[i].flag;
    return ref;
}

static void read_shapes(const json_t *all)
{
    uint32_t base = shapes.count;
    const char *name;
    json_t *entry, *member;
    json_object_foreach((json_t *)(uintptr_t)all, name, entry) {
        const json_t *members = json_object_get(entry, "members");
        struct had_aws_shape shape = {
            .name = text(name),
            .first = refs.count,
            .count = (uint16_t)json_array_size(members),
            .type = number_of(string(entry, "type"), types, "there is no type"),
            .is_union = json_object_get(entry, "union") != NULL,
        };
        size_t i;
        json_array_foreach(members, i, member) {
            struct had_aws_ref ref = read_ref(all, base, member);
            *had_push(&arena, &refs) = ref;
        }
        *had_push(&arena, &shapes) = shape;
    }
}

static uint16_t optional_shape(const json_t *all, uint32_t base, const json_t *operation,
                               const char *key)
{
    const char *name = string(operation, key);
    return *name ? shape_of(all, base, name) : HAD_AWS_NONE;
}

static void read_operation(const json_t *all, uint32_t base, const char *name, const json_t *o)
{
    const json_t *page = json_object_get(o, "page"), *list = json_object_get(o, "errors");
    struct had_aws_operation operation = {
        .name = text(name),
        .method = text(string(o, "method")),
        .uri = text(string(o, "uri")),
        .wrapper = text(string(o, "wrapper")),
        .root = text(string(o, "root")),
        .token = text(string(o, "token")),
        .errors = errors.count,
        .error_count = (uint16_t)json_array_size(list),
        .input = optional_shape(all, base, o, "input"),
        .output = optional_shape(all, base, o, "output"),
        .ns = namespace_of(json_object_get(o, "ns")),
        .page = page ? (uint16_t)pages.count : HAD_AWS_NONE,
        .repeat = number_of(string(o, "repeat"), repeats, "there is no way to repeat"),
        .flags = (uint8_t)((json_object_get(o, "unsigned") ? HAD_AWS_UNSIGNED : 0) |
                           (json_object_get(o, "checksum") ? HAD_AWS_CHECKSUM : 0)),
    };
    if (page)
        *had_push(&arena, &pages) = (struct had_aws_page){
            words(json_object_get(page, "in")), words(json_object_get(page, "out")),
            words(json_object_get(page, "result")), text(string(page, "more")),
            text(string(page, "limit"))};
    size_t i;
    json_t *code;
    json_array_foreach(list, i, code) {
        uint32_t place = text(json_string_value(code));
        *had_push(&arena, &errors) = place;
    }
    *had_push(&arena, &operations) = operation;
}

static uint16_t operation_index(const json_t *all, const char *name)
{
    uint16_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)all, key, value) {
        if (strcmp(key, name) == 0)
            return i;
        i++;
    }
    fail("a waiter's operation is missing", name);
}

static struct had_aws_host read_host(const json_t *pair)
{
    return (struct had_aws_host){
        text(json_is_array(pair) ? json_string_value(json_array_get(pair, 0)) : ""),
        text(json_is_array(pair) ? json_string_value(json_array_get(pair, 1)) : "")};
}

static const char *const variants[] = {"plain", "fips", "dual", "fipsdual"};

static void read_endpoints(const json_t *model, struct had_aws_service *service)
{
    const json_t *table = json_object_get(model, "endpoints");
    for (uint32_t p = 0; p < partitions.count; p++)
        for (uint32_t v = 0; v < 4; v++)
            service->hosts[p][v] = read_host(json_object_get(
                json_object_get(table, pool.ptr + partitions.items[p].id), variants[v]));
    service->special = (uint16_t)specials.count;
    const char *region;
    json_t *row;
    json_object_foreach(json_object_get(model, "special"), region, row) {
        for (uint32_t v = 0; v < 4; v++) {
            const json_t *pair = json_object_get(row, variants[v]);
            if (!pair)
                continue;
            struct had_aws_special special = {text(region), v, read_host(pair)};
            *had_push(&arena, &specials) = special;
        }
    }
    service->special_count = (uint16_t)(specials.count - service->special);
}

static void read_service(const json_t *model)
{
    const json_t *all = json_object_get(model, "shapes");
    const json_t *list = json_object_get(model, "operations");
    uint32_t base = shapes.count;
    struct had_aws_service service = {
        .name = text(string(model, "service")),
        .id = text(string(model, "id")),
        .version = text(string(model, "version")),
        .target = text(string(model, "target")),
        .json = text(string(model, "json")),
        .signing = text(string(model, "signing")),
        .protocol = number_of(string(model, "protocol"), protocols, "there is no protocol"),
        .first = (uint16_t)operations.count,
        .count = (uint16_t)json_object_size(list),
        .waiter = (uint16_t)waiters.count,
        .waiter_count = (uint16_t)json_object_size(json_object_get(model, "waiters")),
    };
    read_shapes(all);
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)list, name, entry)
        read_operation(all, base, name, entry);
    json_object_foreach(json_object_get(model, "waiters"), name, entry) {
        const json_t *accept = json_object_get(entry, "accept");
        struct had_aws_waiter waiter = {
            .name = text(name),
            .operation = operation_index(list, string(entry, "operation")),
            .first = (uint16_t)acceptors.count,
            .count = (uint16_t)json_array_size(accept),
            .delay = (uint16_t)json_integer_value(json_object_get(entry, "delay")),
            .max = (uint16_t)json_integer_value(json_object_get(entry, "max")),
        };
        size_t i;
        json_t *row;
        json_array_foreach(accept, i, row) {
            struct had_aws_acceptor acceptor = {text(json_string_value(json_array_get(row, 0))),
                                                text(json_string_value(json_array_get(row, 1))),
                                                text(json_string_value(json_array_get(row, 2))),
                                                text(json_string_value(json_array_get(row, 3)))};
            *had_push(&arena, &acceptors) = acceptor;
        }
        *had_push(&arena, &waiters) = waiter;
    }
    read_endpoints(model, &service);
    *had_push(&arena, &services) = service;
}

static void read_partitions(const json_t *file)
{
    const char *name;
    json_t *p;
    json_object_foreach(json_object_get(file, "partitions"), name, p) {
        struct had_aws_partition partition = {text(name),
                                              text(string(p, "suffix")),
                                              text(string(p, "dual")),
                                              text(string(p, "global")),
                                              words(json_object_get(p, "prefixes")),
                                              words(json_object_get(p, "regions"))};
        *had_push(&arena, &partitions) = partition;
    }
    if (partitions.count > HAD_AWS_PARTITIONS_MAX)
        fail("too many partitions", "");
}

static json_t *load(const char *folder, const char *name)
{
    char path[4096];
    current = name;
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    json_error_t error;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail(error.text, path);
    return json;
}

#define EACH(list, format, ...)                                                                    \
    for (uint32_t i = 0; i < (list).count; i++)                                                    \
    fprintf(out, format, __VA_ARGS__)

static void write_tables(FILE *out, const char *source)
{
    fprintf(out, "/* Made from runtime/aws/models; do not edit. */\n#include \"aws/model.h\"\n\n");
    fprintf(out, "const char had_aws_models_source[] = \"%s\";\n\nconst char had_aws_pool[] = {",
            source);
    for (size_t i = 0; i < pool.len; i++)
        fprintf(out, "%s%d,", i % 32 ? "" : "\n", pool.ptr[i]);
    fprintf(out, "\n};\n\nconst struct had_aws_ref had_aws_refs[] = {\n");
#define R refs.items[i]
    EACH(refs, "{%u,%u,%u,%u,%u,%u,%u,%u,%u},\n", R.name, R.in, R.out, R.shape, R.type, R.location,
         R.time, R.flags, R.ns);
    fprintf(out, "};\n\nconst struct had_aws_shape had_aws_shapes[] = {\n");
#define S shapes.items[i]
    EACH(shapes, "{%u,%u,%u,%u,%u},\n", S.name, S.first, S.count, S.type, S.is_union);
    fprintf(out, "};\nconst uint32_t had_aws_shape_count = %u;\n\n", shapes.count);
    fprintf(out, "const struct had_aws_operation had_aws_operations[] = {\n");
#define O operations.items[i]
    EACH(operations, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u},\n", O.name, O.method, O.uri,
         O.wrapper, O.root, O.token, O.errors, O.input, O.output, O.ns, O.page, O.error_count,
         O.repeat, O.flags);
    fprintf(out, "};\n\nconst struct had_aws_page had_aws_pages[] = {\n");
#define P pages.items[i]
    EACH(pages, "{%u,%u,%u,%u,%u},\n", P.in, P.out, P.result, P.more, P.limit);
    fprintf(out, "};\n\nconst struct had_aws_waiter had_aws_waiters[] = {\n");
#define W waiters.items[i]
    EACH(waiters, "{%u,%u,%u,%u,%u,%u},\n", W.name, W.operation, W.first, W.count, W.delay, W.max);
    fprintf(out, "};\n\nconst struct had_aws_acceptor had_aws_acceptors[] = {\n");
#define A acceptors.items[i]
    EACH(acceptors, "{%u,%u,%u,%u},\n", A.state, A.matcher, A.argument, A.expected);
    fprintf(out, "};\n\nconst struct had_aws_special had_aws_specials[] = {\n");
#define X specials.items[i]
    EACH(specials, "{%u,%u,{%u,%u}},\n", X.region, X.variant, X.host.host, X.host.region);
    fprintf(out, "};\n\nconst struct had_aws_partition had_aws_partitions[] = {\n");
#define N partitions.items[i]
    EACH(partitions, "{%u,%u,%u,%u,%u,%u},\n", N.id, N.suffix, N.dual, N.implicit, N.prefixes,
         N.regions);
    fprintf(out, "};\nconst uint32_t had_aws_partition_count = %u;\n\n", partitions.count);
    fprintf(out, "const struct had_aws_namespace had_aws_namespaces[] = {\n");
    EACH(namespaces, "{%u,%u},\n", namespaces.items[i].prefix, namespaces.items[i].uri);
    fprintf(out, "};\n\nconst uint32_t had_aws_errors[] = {\n");
    EACH(errors, "%u,\n", errors.items[i]);
    fprintf(out, "0};\n\nconst struct had_aws_service had_aws_services[] = {\n");
    for (uint32_t i = 0; i < services.count; i++) {
        const struct had_aws_service *s = &services.items[i];
        fprintf(out, "{%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,{", s->name, s->id, s->version,
                s->target, s->json, s->signing, s->first, s->count, s->waiter, s->waiter_count,
                s->special, s->special_count, s->protocol);
        for (uint32_t p = 0; p < partitions.count; p++) {
            fprintf(out, "{");
            for (uint32_t v = 0; v < 4; v++)
                fprintf(out, "{%u,%u},", s->hosts[p][v].host, s->hosts[p][v].region);
            fprintf(out, "},");
        }
        fprintf(out, "}},\n");
    }
    fprintf(out, "};\nconst uint32_t had_aws_service_count = %u;\n", services.count);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 1;
    had_symbols_init(&symbols, &arena);
    *had_push(&arena, &offsets) = 0;
    had_buffer_char(&pool, '\0'); /* the empty text */
    json_t *file = load(argv[1], "partitions");
    read_partitions(file);
    char source[64];
    snprintf(source, sizeof source, "%s", string(file, "source"));
    json_decref(file);
    for (int i = 3; i < argc; i++) {
        json_t *model = load(argv[1], argv[i]);
        if (strcmp(string(model, "source"), source) != 0)
            fail("cut from another version than the partitions:", string(model, "source"));
        read_service(model);
        json_decref(model);
    }
    FILE *out = fopen(argv[2], "w");
    if (!out)
        fail("cannot be written:", argv[2]);
    write_tables(out, source);
    int failed = ferror(out);
    failed |= fclose(out);
    had_buffer_free(&pool);
    had_arena_free(&arena);
    return failed ? 1 : 0;
}
