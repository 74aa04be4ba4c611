/*
 * Every driver against the service models and the graph's type table: operations, members and paths
 * exist, each type that a stack or a glue function would make can be made directly too, and each
 * property that the table marks `update OPERATION` has a step with that operation.
 */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "resource/driver.h"

#include <ctype.h>
#include <string.h>

static struct had_drivers drivers;
static struct had_arena arena;
static unsigned faults, calls;

static void report(const struct had_driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void report(const struct had_driver *driver, const char *format, ...)
{
    va_list args;
    print_error(HAD_FMT ": ", HAD_ARG(driver->type));
    va_start(args, format);
    had_str text = had_str_vprintf(&arena, format, args);
    va_end(args);
    print_error(HAD_FMT "\n", HAD_ARG(text));
    faults++;
}

static const struct had_aws_shape *shape_of(const struct had_aws_ref *ref)
{
    return ref->type <= HAD_AWS_MAP ? &had_aws_shapes[ref->shape] : NULL;
}

/* A template of a structure's value: its members exist; lists and maps go to their elements. */
static void check_params(const struct had_driver *driver, const char *operation,
                         const json_t *template, const struct had_aws_shape *shape, uint8_t type)
{
    const char *key;
    json_t *value;
    if (!shape || json_is_string(template))
        return;
    if (type == HAD_AWS_STRUCTURE && json_is_object(template)) {
        json_object_foreach((json_t *)(uintptr_t) template, key, value) {
            if (key[0] == '$')
                continue;
            const struct had_aws_ref *ref = had_aws_member(shape, had_str_c(key));
            if (!ref)
                report(driver, "%s takes no `%s`", operation, key);
            else
                check_params(driver, operation, value, shape_of(ref), ref->type);
        }
        return;
    }
    if (type == HAD_AWS_LIST && json_is_array(template)) {
        const struct had_aws_ref *item = had_aws_shape_ref(shape, 0);
        for (size_t i = 0; i < json_array_size(template); i++)
            check_params(driver, operation, json_array_get(template, i), shape_of(item),
                         item->type);
        return;
    }
    if (type == HAD_AWS_MAP && json_is_object(template))
        return;
    report(driver, "%s: the template has the wrong form", operation);
}

/* Walks a path through an answer's shape; false if a name on it does not exist. */
static bool path_exists(const struct had_aws_shape *shape, uint8_t type, const char *path)
{
    while (*path && *path != '|') {
        if (*path == '.') {
            path++;
            continue;
        }
        if (*path == '{') { /* chooses elements: the form stays */
            path += strcspn(path, "}");
            path += *path == '}';
            continue;
        }
        if (*path == '[') { /* elements, or one of them */
            path += strcspn(path, "]");
            path += *path == ']';
            if (type == HAD_AWS_LIST) {
                const struct had_aws_ref *item = had_aws_shape_ref(shape, 0);
                type = item->type;
                shape = shape_of(item);
            }
            continue;
        }
        if (type == HAD_AWS_LIST) { /* a name after a list: of each element */
            const struct had_aws_ref *item = had_aws_shape_ref(shape, 0);
            type = item->type;
            shape = shape_of(item);
        }
        size_t len = strcspn(path, ".[{|");
        if (type == HAD_AWS_MAP || type == HAD_AWS_DOCUMENT)
            return true;
        if (type != HAD_AWS_STRUCTURE || !shape)
            return false;
        const struct had_aws_ref *ref = had_aws_member(shape, (had_str){path, (uint32_t)len});
        if (!ref)
            return false;
        type = ref->type;
        shape = shape_of(ref);
        path += len;
    }
    return true;
}

static const struct had_aws_operation *check_call(const struct had_driver *driver,
                                                  const json_t *step)
{
    const json_t *params;
    const char *name = had_step_operation(step, &params);
    const char *service_name = json_string_value(json_object_get(step, "service"));
    const struct had_aws_service *service =
        service_name ? had_aws_service_find(had_str_c(service_name)) : driver->service;
    if (!name)
        return NULL;
    const struct had_aws_operation *operation =
        service ? had_aws_operation_find(service, had_str_c(name)) : NULL;
    if (!operation) {
        report(driver, "no operation %s", name);
        return NULL;
    }
    calls++;
    if (json_is_object(params) && json_object_size(params) && operation->input != HAD_AWS_NONE)
        check_params(driver, name, params, &had_aws_shapes[operation->input], HAD_AWS_STRUCTURE);
    return operation;
}

/* A path below the answer, through the path of the item that it is relative to. */
static void check_path(const struct had_driver *driver, const struct had_aws_operation *operation,
                       const char *item, const char *path)
{
    char whole[512];
    if (!operation || !path || path[0] == '$' || strstr(path, "${") || path[0] == '|')
        return;
    if (operation->output == HAD_AWS_NONE) {
        report(driver, "%s answers nothing", had_aws_text(operation->name));
        return;
    }
    snprintf(whole, sizeof whole, "%s%s%.*s", item ? item : "", item && *item ? "." : "",
             (int)strcspn(path, "|"), path);
    if (!path_exists(&had_aws_shapes[operation->output], HAD_AWS_STRUCTURE, whole))
        report(driver, "the answer of %s has no `%s`", had_aws_text(operation->name), whole);
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* An item's path without its functions, or NULL where they change its form. */
static const char *item_path(const json_t *step, const char *key, char *out, size_t room)
{
    const char *path = text(step, key);
    snprintf(out, room, "%.*s", path ? (int)strcspn(path, "|") : 0, path ? path : "");
    return path && strchr(path, '|') ? NULL : out;
}

static void check_paths(const struct had_driver *driver, const json_t *step,
                        const struct had_aws_operation *operation, const char *item)
{
    static const char *const maps[] = {"values", "attributes", "note"};
    const char *key;
    json_t *value;
    for (size_t i = 0; i < 3; i++)
        json_object_foreach(json_object_get(step, maps[i]), key, value)
            check_path(driver, operation, item, json_string_value(value));
    const json_t *state = json_object_get(step, "state");
    check_path(driver, operation, item, text(state, "at"));
    check_path(driver, operation, item, text(state, "reason"));
    if (state && json_array_size(json_object_get(state, "ready")) == 0)
        report(driver, "a state without words that mean ready");
}

static void check_answer_template(const struct had_driver *driver,
                                  const struct had_aws_operation *operation, const json_t *value)
{
    const char *path = json_string_value(value);
    if (path && strncmp(path, "$answer.", 8) == 0)
        check_path(driver, operation, NULL, path + 8);
}

static void check_step(const struct had_driver *driver, const json_t *step)
{
    const char *key;
    json_t *value;
    if (json_object_get(step, "each")) {
        static const char *const parts[] = {"add", "remove", "replace"};
        for (size_t i = 0; i < 3; i++)
            if (json_object_get(step, parts[i]))
                check_step(driver, json_object_get(step, parts[i]));
        if (!json_object_get(step, "add") || !json_object_get(step, "remove"))
            report(driver, "a step of a set needs `add` and `remove`");
        return;
    }
    const struct had_aws_operation *operation = check_call(driver, step);
    if (!operation)
        report(driver, "a step without a call");
    check_answer_template(driver, operation, json_object_get(step, "id"));
    json_object_foreach(json_object_get(step, "note"), key, value)
        check_answer_template(driver, operation, value);
    json_object_foreach(json_object_get(step, "attributes"), key, value)
        check_answer_template(driver, operation, value);
    const json_t *wait = json_object_get(step, "wait");
    if (wait)
        check_paths(driver, wait, check_call(driver, wait), NULL);
}

/* What it tells of one has the form of the read's answer, or it says its own. */
static void check_many(const struct had_driver *driver, const json_t *read, const json_t *many)
{
    char item[256];
    const struct had_aws_operation *operation = check_call(driver, many);
    const json_t *form = json_object_get(many, "item") ? many : read;
    check_path(driver, operation, NULL, text(form, "item"));
    const char *base = item_path(form, "item", item, sizeof item);
    if (base)
        check_paths(driver, form, operation, base);
}

static void check_driver(const struct had_driver *driver)
{
    static const char *const lists[] = {"create", "update", "delete"};
    static const char *const keys[] = {"service", "every",  "within", "find",    "read", "create",
                                       "update",  "delete", "usual",  "removal", "loses"};
    const char *key;
    json_t *value;
    if (!driver->service)
        report(driver, "no service");
    if (!driver->rtype)
        report(driver, "the graph has no such type");
    json_object_foreach(driver->spec, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            known |= strcmp(keys[i], key) == 0;
        if (!known)
            report(driver, "unknown key `%s`", key);
    }
    const json_t *reads = json_object_get(driver->spec, "read");
    for (size_t i = 0; i < json_array_size(reads); i++) {
        char item[256];
        const json_t *read = json_array_get(reads, i);
        const struct had_aws_operation *operation = check_call(driver, read);
        check_path(driver, operation, NULL, text(read, "item"));
        const json_t *many = json_object_get(read, "many");
        if (many)
            check_many(driver, read, many);
        if (many && !json_object_get(json_array_get(reads, 0), "many"))
            report(driver, "a call for many that the first read does not share");
        const char *base = item_path(read, "item", item, sizeof item);
        if (base)
            check_paths(driver, read, operation, base);
        json_object_foreach(json_object_get(read, "values"), key, value)
            if (driver->rtype && !had_rtype_prop(&driver->rtype->properties, had_str_c(key)))
                report(driver, "the type has no property `%s`", key);
        json_object_foreach(json_object_get(read, "attributes"), key, value)
            if (driver->rtype && !had_rtype_attr(driver->rtype, had_str_c(key)))
                report(driver, "the type has no attribute `%s`", key);
    }
    if (json_array_size(reads) == 0)
        report(driver, "nothing reads it");
    const json_t *finders = json_object_get(driver->spec, "find");
    for (size_t i = 0; i < json_array_size(finders); i++) {
        char item[256];
        const json_t *finder = json_array_get(finders, i);
        const struct had_aws_operation *operation = check_call(driver, finder);
        check_path(driver, operation, NULL, text(finder, "items"));
        const char *base = item_path(finder, "items", item, sizeof item);
        if (base) {
            json_object_foreach(json_object_get(finder, "match"), key, value)
                check_path(driver, operation, base, key);
            check_path(driver, operation, base, text(finder, "tags"));
        }
        if (!json_object_get(finder, "id"))
            report(driver, "a finder without `id`");
        if (json_object_get(finder, "confirm"))
            check_call(driver, json_object_get(finder, "confirm"));
    }
    for (size_t i = 0; i < 3; i++) {
        const json_t *steps = json_object_get(driver->spec, lists[i]);
        for (size_t k = 0; k < json_array_size(steps); k++)
            check_step(driver, json_array_get(steps, k));
    }
    if (json_object_get(driver->spec, "create") && !finders)
        report(driver, "it can be made and not found");
    if (json_object_get(driver->spec, "create") && !json_object_get(driver->spec, "delete"))
        report(driver, "it can be made and not removed");
}

static bool step_calls(const json_t *step, const char *operation)
{
    static const char *const parts[] = {"add", "remove", "replace"};
    const json_t *params;
    const char *name = had_step_operation(step, &params);
    if (name && strcmp(name, operation) == 0)
        return true;
    for (size_t i = 0; i < 3; i++)
        if (json_object_get(step, parts[i]) &&
            step_calls(json_object_get(step, parts[i]), operation))
            return true;
    return false;
}

static bool step_is_about(const json_t *step, const char *property)
{
    const char *each = text(step, "each");
    if (each && strcmp(each, property) == 0)
        return true;
    const json_t *when = json_object_get(step, "when");
    for (size_t i = 0; i < json_array_size(when); i++)
        if (strcmp(json_string_value(json_array_get(when, i)), property) == 0)
            return true;
    return false;
}

/* Every property that the type table says is updated by a call is updated by it. */
static void check_updates(const struct had_driver *driver)
{
    const struct had_rdefinition *properties = &driver->rtype->properties;
    const json_t *updates = json_object_get(driver->spec, "update");
    for (uint32_t i = 0; i < properties->count; i++) {
        const struct had_rprop *prop = &properties->props[i];
        if (!prop->api || strncmp(prop->api, "update ", 7) != 0)
            continue;
        bool found = false;
        for (size_t k = 0; k < json_array_size(updates); k++) {
            const json_t *step = json_array_get(updates, k);
            found |= step_is_about(step, prop->name) && step_calls(step, prop->api + 7);
        }
        if (!found)
            report(driver, "no step changes `%s` by %s", prop->name, prop->api + 7);
    }
}

static void drivers_agree_with_the_models(void **state)
{
    (void)state;
    faults = calls = 0;
    had_each(struct had_driver *, driver, &drivers.items) {
        check_driver(*driver);
        if ((*driver)->rtype && !(*driver)->rtype->existing_only)
            check_updates(*driver);
    }
    print_message("%u drivers, %u calls against the models\n", drivers.items.count, calls);
    assert_int_equal(faults, 0);
}

/* Types that nothing makes by calls: facts, gates that only people pass, configurations of
 * machines. */
static bool is_no_object(const struct had_rtype *type)
{
    static const char *const others[] = {
        "AWS::CloudFormation::CustomResource", /* artifacts of the template back end */
        "AWS::CloudFormation::StackSet", "AWS::Lambda::Function", "AWS::Lambda::Permission",
        "had::Gate",
        /* no kind of the language makes one */
        "AWS::EC2::PrefixList", "AWS::EC2::VPNConnectionRoute", "AWS::IAM::RolePolicy",
        "AWS::IAM::SAMLProvider", "AWS::IAM::ServiceLinkedRole", "AWS::KMS::Alias", "AWS::KMS::Key",
        "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SSM::Document",
        "AWS::SSO::Application", "AWS::SSO::ApplicationAssignment",
        "AWS::SecretsManager::ResourcePolicy", NULL};
    for (size_t i = 0; others[i]; i++)
        if (strcmp(type->name, others[i]) == 0)
            return true;
    return type->tier == HAD_TIER_NONE && !type->existing_only;
}

static void every_type_has_a_driver(void **state)
{
    (void)state;
    uint32_t count;
    unsigned missing = 0;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++)
        if (!is_no_object(types[i]) && !had_driver_find(&drivers, had_str_c(types[i]->name))) {
            print_error("no driver for %s\n", types[i]->name);
            missing++;
        }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_agree_with_the_models),
        cmocka_unit_test(every_type_has_a_driver),
    };
    had_drivers_open(&drivers, &arena);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    had_drivers_close(&drivers);
    had_arena_free(&arena);
    return failed;
}
