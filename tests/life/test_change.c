/*
 * Classes of change. Every property of every type that has a driver is changed as its type says: in
 * place by an operation, element by element, by making anew, or not at all. In a plan of the
 * example each class is what it has to be, and what loses access or data waits for its address.
 */
#include "graph/rtype.h"
#include "life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- properties ---- */

static json_t *sample(const struct had_rprop *prop, int which)
{
    char text[32];
    snprintf(text, sizeof text, "value-%d", which);
    switch (prop->value) {
    case HAD_R_INTEGER:
    case HAD_R_NUMBER:
        return json_integer(which);
    case HAD_R_BOOLEAN:
        return json_boolean(which == 1);
    case HAD_R_LIST:
        return which == 1 ? json_pack("[s]", "a") : json_pack("[s, s]", "a", "b");
    case HAD_R_MAP:
    case HAD_R_OBJECT:
    case HAD_R_JSON:
        return json_pack("{s:s}", "Key", text);
    case HAD_R_STRING:
    case HAD_R_ANY:
        break;
    }
    return json_string(text);
}

static bool has_step(const struct had_driver *driver, const char *property)
{
    const json_t *updates = json_object_get(driver->spec, "update");
    size_t i, k;
    json_t *step, *when;
    json_array_foreach((json_t *)(uintptr_t)updates, i, step)
    {
        const char *each = json_string_value(json_object_get(step, "each"));
        if (each && strcmp(each, property) == 0)
            return true;
        json_array_foreach(json_object_get(step, "when"), k,
                           when) if (strcmp(json_string_value(when), property) == 0) return true;
    }
    return false;
}

static uint32_t counts[3];

static void change_one(struct had_arena *arena, const struct had_driver *driver,
                       const struct had_rprop *prop)
{
    json_t *before = json_pack("{s:o}", prop->name, sample(prop, 1));
    json_t *after = json_pack("{s:o}", prop->name, sample(prop, 2));
    struct had_changes changes = {0};
    had_compare(arena, driver, NULL, before, before, before, &changes);
    if (changes.items.count)
        fail_msg(HAD_FMT ".%s: a value differs from itself", HAD_ARG(driver->type), prop->name);
    had_compare(arena, driver, NULL, after, before, before, &changes);
    if (changes.items.count != 1)
        fail_msg(HAD_FMT ".%s: %u changes", HAD_ARG(driver->type), prop->name, changes.items.count);
    struct had_change *change = &changes.items.items[0];
    bool forbidden = prop->api && strcmp(prop->api, "forbidden") == 0;
    enum had_change_how how = forbidden                      ? HAD_CHANGE_FORBIDDEN
                              : has_step(driver, prop->name) ? HAD_CHANGE_IN_PLACE
                                                             : HAD_CHANGE_REPLACES;
    if (change->how != how)
        fail_msg(HAD_FMT ".%s: is %d, should be %d", HAD_ARG(driver->type), prop->name, change->how,
                 how);
    if (prop->api && strncmp(prop->api, "update ", 7) == 0 && how != HAD_CHANGE_IN_PLACE)
        fail_msg(HAD_FMT ".%s: the type says `%s`, and no step does it", HAD_ARG(driver->type),
                 prop->name, prop->api);
    if (prop->api && strcmp(prop->api, "replace") == 0 && how == HAD_CHANGE_IN_PLACE)
        fail_msg(HAD_FMT ".%s: the type says that it is made anew, and a step changes it",
                 HAD_ARG(driver->type), prop->name);
    assert_false(change->outside); /* the spec changed */
    assert_true(how != HAD_CHANGE_IN_PLACE || change->operation);
    counts[how]++;
    json_decref(change->old);
    json_decref(change->wanted);
    /* somebody else's */
    changes.items.count = 0;
    had_compare(arena, driver, NULL, before, after, before, &changes);
    assert_int_equal(changes.items.count, 1);
    assert_true(changes.items.items[0].outside);
    json_decref(changes.items.items[0].old);
    json_decref(changes.items.items[0].wanted);
    json_decref(before);
    json_decref(after);
}

static void properties(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_drivers drivers = {0};
    uint32_t count;
    const struct had_rtype *const *types = had_rtypes(&count);
    had_drivers_open(&drivers, &arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_driver *driver = had_driver_find(&drivers, had_str_c(types[i]->name));
        if (!driver || types[i]->existing_only || !json_object_get(driver->spec, "create"))
            continue; /* only read */
        for (uint32_t k = 0; k < types[i]->properties.count; k++)
            change_one(&arena, driver, &types[i]->properties.props[k]);
    }
    had_drivers_close(&drivers);
    had_arena_free(&arena);
    assert_true(counts[HAD_CHANGE_IN_PLACE] > 100 && counts[HAD_CHANGE_REPLACES] > 100 &&
                counts[HAD_CHANGE_FORBIDDEN] > 5);
    print_message("%u in place, %u by making anew, %u forbidden\n", counts[0], counts[1],
                  counts[2]);
}

/* ---- plans ---- */

struct bench { /* the example as if all of it were there */
    struct life life;
    struct had_arena arena;
    struct sim_process process;
    struct had_world world;
    struct had_state *state;
    struct had_deployment d;
};

static json_t *attributes_of(const struct had_node *node)
{
    json_t *out = json_object();
    char text[256];
    for (uint32_t i = 0; node->type && i < node->type->attr_count; i++) {
        const struct had_rattr *attr = &node->type->attrs[i];
        snprintf(text, sizeof text, "%s of %u", attr->name, node->id);
        json_object_set_new(out, attr->name,
                            attr->value == HAD_R_LIST ? json_pack("[s, s]", text, text)
                                                      : json_string(text));
    }
    return out;
}

static void believe(struct bench *b)
{
    const struct had_pair *pairs;
    uint32_t count = had_graph_order(b->d.graph, &pairs);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_node *node = pairs[i].node;
        if (pairs[i].revision + 1 != node->revisions || node->lifecycle == HAD_EXISTING ||
            node->class == HAD_FACT || node->class == HAD_CONFIGURATION)
            continue;
        struct had_record *record = had_state_add(b->state, node->address, node->type_name);
        had_deployment_fill(&b->d, node, record);
        record->id = had_str_printf(b->state->arena, "id-%u", node->id);
        record->revision = pairs[i].revision;
        record->attributes = attributes_of(node);
        struct had_look *look = had_deployment_look(&b->d, node);
        look->attributes = json_incref(record->attributes);
        record->applied = had_deployment_desired(&b->d, node, pairs[i].revision);
        record->status = HAD_RECORD_READY;
    }
}

static void bench_open(struct bench *b)
{
    had_str message = {0};
    *b = (struct bench){0};
    life_begin(&b->life, 1);
    assert_true(life_spec(&b->life, HAD_SOURCE_DIR "/examples/acme"));
    life_seed(&b->life);
    sim_process(&b->life.disk, &b->process, 1);
    b->world = b->process.world;
    b->world.cloud = had_sim_cloud(b->life.cloud);
    assert_int_equal(had_state_open(&b->world, &b->arena, HAD_STR("/state"),
                                    b->life.compilation.spec->name, true, 1000, HAD_STR("test"),
                                    &b->state, &message),
                     HAD_STATE_OK);
    b->d = (struct had_deployment){.arena = &b->arena,
                                   .world = &b->world,
                                   .graph = b->life.compilation.graph,
                                   .state = b->state,
                                   .drivers = b->life.drivers,
                                   .phase = HAD_PHASE_WORKLOADS,
                                   .no_refresh = true};
    had_deployment_prepare(&b->d);
    believe(b);
}

static void bench_close(struct bench *b)
{
    had_state_abandon(b->state);
    had_sim_drop_calls(b->life.cloud);
    sim_kill(&b->process);
    had_arena_free(&b->arena);
    life_end(&b->life);
}

struct outcome {
    enum had_step_action action;
    bool found, acknowledge, acknowledged, refused;
    uint32_t changes;
    char why[256], refusal[256];
};

static struct outcome outcome_at(struct bench *b, const char *address)
{
    had_str error = {0};
    struct outcome out = {0};
    struct had_plan *plan = had_plan_make(&b->d, &error);
    if (!plan)
        fail_msg("no plan: " HAD_FMT, HAD_ARG(error));
    had_each(struct had_plan_step *, at, &plan->steps) {
        const struct had_plan_step *step = *at;
        if (!had_str_is(step->address, address) || (step->action == HAD_PLAN_DELETE && step->node))
            continue;
        out = (struct outcome){.found = true,
                               .action = step->action,
                               .acknowledge = step->acknowledge,
                               .acknowledged = step->acknowledged,
                               .refused = step->refused.len > 0,
                               .changes = step->changes.count};
        snprintf(out.why, sizeof out.why, HAD_FMT, HAD_ARG(step->why));
        snprintf(out.refusal, sizeof out.refusal, HAD_FMT, HAD_ARG(step->refused));
    }
    had_plan_free(plan);
    return out;
}

static struct had_record *record(struct bench *b, const char *address)
{
    struct had_record *found = had_state_find(b->state, had_str_c(address));
    if (!found)
        fail_msg("the example has no `%s`", address);
    return found;
}

/* As if something else had been applied. */
static struct outcome changed(struct bench *b, const char *address, const char *property,
                              json_t *applied)
{
    struct had_record *r = record(b, address);
    json_t *before = json_incref(json_object_get(r->applied, property));
    json_object_set_new(r->applied, property, applied);
    struct outcome out = outcome_at(b, address);
    if (before)
        json_object_set_new(r->applied, property, before);
    else
        json_object_del(r->applied, property);
    assert_true(out.found);
    return out;
}

static void acknowledge(struct bench *b, const char *address)
{
    b->d.acknowledge.count = 0;
    *had_push(&b->arena, &b->d.acknowledge) = had_str_c(address);
}

static void plans(void **state)
{
    (void)state;
    struct bench b;
    struct outcome out;
    bench_open(&b);
    assert_int_equal(outcome_at(&b, "spoke erp.main:vpc").action, HAD_PLAN_KEEP);

    /* in place, by element, anew, not at all */
    out = changed(&b, "spoke erp.main:vpc", "EnableDnsHostnames", json_false());
    assert_int_equal(out.action, HAD_PLAN_UPDATE);
    assert_false(out.acknowledge);
    out = changed(&b, "permission-set administrator:set", "ManagedPolicies",
                  json_pack("[s]", "arn:aws:iam::aws:policy/ReadOnlyAccess"));
    assert_int_equal(out.action, HAD_PLAN_UPDATE);
    assert_int_equal(out.changes, 1);
    out = changed(&b, "spoke erp.main:vpc", "CidrBlock", json_string("10.99.0.0/20"));
    assert_int_equal(out.action, HAD_PLAN_REPLACE);
    assert_string_equal(out.why, "`CidrBlock` cannot be changed in place");
    assert_false(out.acknowledge);
    out = changed(&b, "directory aws:directory", "Name", json_string("other.example.com"));
    assert_true(out.refused);
    assert_non_null(strstr(out.refusal, "declare a new object under another name"));

    /* what loses access or data: by its own address, and no other */
    acknowledge(&b, "spoke erp.main:vpc");
    out = changed(&b, "trust directory aws/forest corp:trust", "Direction",
                  json_string("One-Way: Incoming"));
    assert_int_equal(out.action, HAD_PLAN_REPLACE);
    assert_true(out.acknowledge && !out.acknowledged);
    assert_string_equal(out.why, "`Direction` cannot be changed in place; people of the one forest "
                                 "no longer sign in to machines of the other");
    acknowledge(&b, "trust directory aws/forest corp");
    out = changed(&b, "trust directory aws/forest corp:trust", "Direction",
                  json_string("One-Way: Incoming"));
    assert_true(out.acknowledge && out.acknowledged);
    out =
        changed(&b, "identity-center sso:source", "Instruction", json_string("another directory"));
    assert_int_equal(out.action, HAD_PLAN_GATE);
    assert_true(out.acknowledge && !out.acknowledged);
    acknowledge(&b, "identity-center sso:source");
    out =
        changed(&b, "identity-center sso:source", "Instruction", json_string("another directory"));
    assert_true(out.acknowledged);
    out = changed(&b, "identity-center sso:mfa", "Instruction", json_string("other settings"));
    assert_int_equal(out.action, HAD_PLAN_GATE);
    assert_false(out.acknowledge);

    /* made anew because asked for */
    *had_push(&b.arena, &b.d.replace) = HAD_STR("directory aws:directory");
    out = outcome_at(&b, "directory aws:directory");
    assert_int_equal(out.action, HAD_PLAN_REPLACE);
    assert_true(out.acknowledge && !out.acknowledged);
    b.d.replace.items[0] = HAD_STR("identity-center sso:administrator");
    out = outcome_at(&b, "identity-center sso:administrator");
    assert_true(out.refused);
    assert_string_equal(out.refusal, "it is never destroyed, so it cannot be made anew");
    b.d.replace.count = 0;
    bench_close(&b);
}

static void removals(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    b.d.destroy = true;
    static const struct {
        const char *address;
        enum had_step_action action;
        bool acknowledge;
    } wanted[] = {
        {"spoke erp.main:vpc", HAD_PLAN_DELETE, false},
        {"directory aws:directory", HAD_PLAN_DELETE, true},
        {"trust directory aws/forest corp:trust", HAD_PLAN_DELETE, true},
        {"forest corp/controller dc-aws-1:instance", HAD_PLAN_DELETE, true},
        {"identity-center sso:administrator", HAD_PLAN_FORGET, false},
        {"forest corp:safe-mode", HAD_PLAN_FORGET, false},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct outcome out = outcome_at(&b, wanted[i].address);
        if (!out.found || out.action != wanted[i].action ||
            out.acknowledge != wanted[i].acknowledge)
            fail_msg("%s: %s%s", wanted[i].address, had_step_action_name(out.action),
                     out.acknowledge ? ", to be acknowledged" : "");
    }
    /* a part, and what stands on it: nothing else */
    *had_push(&b.arena, &b.d.targets) = HAD_STR("spoke erp.main:vpc");
    assert_int_equal(outcome_at(&b, "spoke erp.main/subnet app[a]:subnet").action, HAD_PLAN_DELETE);
    assert_false(outcome_at(&b, "spoke shared:vpc").found);
    assert_false(outcome_at(&b, "hub core:gateway").found);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties),
        cmocka_unit_test(plans),
        cmocka_unit_test(removals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
