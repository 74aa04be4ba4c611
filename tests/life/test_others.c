/*
 * What others do behind a deployment's back, and how a plan comes to know of it: objects that are
 * gone, objects that are on their way out, and looks that are joined to few calls.
 */
#include "life.h"
#include "seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void life_of(struct life *life, const char *spec)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HAD_SOURCE_DIR, spec);
    life_begin(life, 1);
    life->phase = HAD_PHASE_WORKLOADS;
    assert_true(life_spec(life, path));
    life_seed(life);
    if (!life_run(life, LIFE_APPLY, NULL, NULL))
        fail_msg("%s does not apply: " HAD_FMT, spec, HAD_ARG(had_buffer_view(&life->messages)));
}

/* The first object of a kind, as the model tells it. A new reference. */
static json_t *first_of(const struct life *life, const char *kind)
{
    json_t *objects = had_sim_objects(life->cloud), *object, *found = NULL;
    size_t i;
    json_array_foreach(objects, i, object)
        if (!found && strcmp(json_string_value(json_object_get(object, "type")), kind) == 0)
            found = json_incref(object);
    json_decref(objects);
    assert_non_null(found);
    return found;
}

static void told(void *context, const struct had_aws_result *result)
{
    *(enum had_aws_outcome *)context = result->outcome;
}

/* A call about an object, by somebody else in its account; the parameters are a template. */
static void call_about(struct life *life, const json_t *object, const char *service_name,
                       const char *operation, const char *params)
{
    json_t *template = json_loads(params, 0, NULL);
    struct had_scope scope = {.props = json_object_get(object, "object")};
    json_t *filled = had_template(template, &scope);
    char arn[64];
    snprintf(arn, sizeof arn, "arn:aws:iam::%s:role/other",
             json_string_value(json_object_get(object, "account")));
    struct had_aws_role role = {.arn = had_str_c(arn)};
    enum had_aws_outcome outcome = HAD_AWS_UNKNOWN;
    const struct had_aws_service *service = had_aws_service_find(had_str_c(service_name));
    struct had_aws_call call = {.service = service,
                                .operation = had_aws_operation_find(service, had_str_c(operation)),
                                .params = filled,
                                .region =
                                    had_str_c(json_string_value(json_object_get(object, "region"))),
                                .role = &role,
                                .done = told,
                                .context = &outcome};
    struct had_cloud cloud = had_sim_cloud(life->cloud);
    cloud.submit(cloud.context, &call);
    while (outcome == HAD_AWS_UNKNOWN && cloud.turn(cloud.context, 100))
        continue;
    assert_int_equal(outcome, HAD_AWS_DONE);
    json_decref(filled);
    json_decref(template);
}

struct seen {
    json_t *plan;
    uint64_t calls;
    uint32_t creates, leaving;
};

static void see(void *context, const struct had_plan *plan)
{
    struct seen *seen = context;
    *seen = (struct seen){
        .plan = had_plan_json(plan, NULL), .calls = plan->calls, .creates = plan->creates};
    had_each(struct had_plan_step *, step, &plan->steps)
        seen->leaving += (*step)->leaving && (*step)->action == HAD_PLAN_REPLACE;
}

/* One of those that are read for many at a time is gone: the same is planned as by single looks. */
static void joined_looks_tell_the_same(void **state)
{
    static const struct {
        const char *spec, *kind;
    } cases[] = {
        {"examples/acme", "assignment"},
        {"tests/golden/lower/endpoints.had", "record"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct life life;
        struct seen joined, single;
        life_of(&life, cases[i].spec);
        json_t *object = first_of(&life, cases[i].kind);
        const json_t *id = json_object_get(json_object_get(object, "object"), "Key");
        assert_true(had_sim_meddle(life.cloud, cases[i].kind, had_str_c(json_string_value(id)),
                                   NULL, NULL));
        assert_true(life_run(&life, LIFE_PLAN, see, &joined));
        life.apart = true;
        assert_true(life_run(&life, LIFE_PLAN, see, &single));
        assert_true(json_equal(joined.plan, single.plan));
        assert_int_equal(joined.creates, 1);
        assert_true(joined.calls < single.calls);
        print_message("a plan of %s: %llu calls, %llu where each look is one\n", cases[i].spec,
                      (unsigned long long)joined.calls, (unsigned long long)single.calls);
        json_decref(joined.plan);
        json_decref(single.plan);
        json_decref(object);
        life_end(&life);
    }
}

/* What somebody else is removing is made anew when it has gone, and nothing else changes. */
static void leaving_is_made_anew(void **state)
{
    static const struct {
        const char *kind, *service, *operation, *params;
    } cases[] = {
        {"endpoint", "ec2", "DeleteVpcEndpoints", "{\"VpcEndpointIds\": [\"$VpcEndpointId\"]}"},
        {"attachment", "ec2", "DeleteTransitGatewayVpcAttachment",
         "{\"TransitGatewayAttachmentId\": \"$TransitGatewayAttachmentId\"}"},
        {"gateway-association", "ec2", "DisassociateTransitGatewayRouteTable",
         "{\"TransitGatewayAttachmentId\": \"$TransitGatewayAttachmentId\", "
         "\"TransitGatewayRouteTableId\": \"$TransitGatewayRouteTableId\"}"},
        {"rule-association", "route53resolver", "DisassociateResolverRule",
         "{\"ResolverRuleId\": \"$ResolverRuleId\", \"VPCId\": \"$VPCId\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct life life;
        struct seen seen;
        life_of(&life, "examples/acme");
        char *before = inventory(life.cloud);
        json_t *object = first_of(&life, cases[i].kind);
        call_about(&life, object, cases[i].service, cases[i].operation, cases[i].params);
        json_decref(object);
        if (!life_run(&life, LIFE_APPLY, see, &seen))
            fail_msg("%s: " HAD_FMT, cases[i].kind, HAD_ARG(had_buffer_view(&life.messages)));
        assert_true(seen.leaving > 0); /* what hangs on it goes with it */
        json_decref(seen.plan);
        char *after = inventory(life.cloud);
        assert_string_equal(before, after);
        assert_true(life_run(&life, LIFE_APPLY, NULL, NULL));
        assert_int_equal(life.steps, 0);
        assert_int_equal(life.changes, 0);
        free(before);
        free(after);
        life_end(&life);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined_looks_tell_the_same),
        cmocka_unit_test(leaving_is_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
