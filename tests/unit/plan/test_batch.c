/* Looks of a refresh that become few calls: what joins, what does not, who gets which answer. */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "aws/model.h"
#include "plan/batch.h"

#include <stdio.h>
#include <string.h>

enum { MANY = 150 };

/* A cloud that knows networks by their ids, except those named "gone…", and counts. */
struct fake {
    struct had_aws_call calls[2 * MANY];
    json_t *params[2 * MANY];
    uint32_t count, sent, most, last; /* last: in the turn before */
    int64_t now;
    bool silent;
};

static uint64_t fake_submit(void *context, const struct had_aws_call *call)
{
    struct fake *fake = context;
    fake->params[fake->count] = json_deep_copy(call->params);
    fake->calls[fake->count++] = *call;
    fake->sent++;
    return fake->sent;
}

static void fake_answer(struct fake *fake, const struct had_aws_call *call, const json_t *params)
{
    const json_t *ids = json_object_get(params, "VpcIds");
    struct had_aws_result result = {.outcome = HAD_AWS_DONE, .value = json_object()};
    json_t *list = json_array();
    if (json_array_size(ids) > fake->most)
        fake->most = (uint32_t)json_array_size(ids);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        json_array_append_new(list, json_pack("{s:s}", "VpcId", id));
        if (strncmp(id, "gone", 4) == 0) {
            result.outcome = HAD_AWS_FAILED;
            result.error.code = HAD_STR("InvalidVpcID.NotFound");
            result.error.status = 400;
        }
    }
    json_object_set_new(result.value, "Vpcs", list);
    call->done(call->context, &result);
    json_decref(result.value);
}

static uint32_t fake_turn(void *context, uint32_t wait_ms)
{
    struct fake *fake = context;
    uint32_t count = fake->count;
    fake->now += wait_ms;
    fake->last = count;
    fake->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!fake->silent)
            fake_answer(fake, &fake->calls[i], fake->params[i]);
        json_decref(fake->params[i]);
    }
    return fake->count;
}

static int64_t fake_now(void *context)
{
    return ((struct fake *)context)->now;
}

struct told {
    uint32_t times;
    enum had_aws_outcome outcome;
    json_t *value;
};

static void hear(void *context, const struct had_aws_result *result)
{
    struct told *told = context;
    told->times++;
    told->outcome = result->outcome;
    told->value = result->outcome == HAD_AWS_DONE ? json_incref(result->value) : NULL;
}

struct rig {
    struct fake fake;
    struct had_batch batch;
    struct had_cloud cloud;
    struct told told[MANY];
};

static struct rig rig;

static void begin_with(uint32_t parallel)
{
    memset(&rig, 0, sizeof rig);
    struct had_cloud below = {
        .context = &rig.fake, .submit = fake_submit, .turn = fake_turn, .now = fake_now};
    had_batch_open(&rig.batch, &below, parallel);
    rig.cloud = had_batch_cloud(&rig.batch);
}

static void begin(void)
{
    begin_with(256);
}

static void end(void)
{
    had_batch_close(&rig.batch);
    for (int i = 0; i < MANY; i++)
        json_decref(rig.told[i].value);
}

static void ask(int who, const char *operation, const char *id, const char *region)
{
    const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
    json_t *params = id ? json_pack("{s:[s]}", "VpcIds", id) : json_object();
    struct had_aws_call call = {.service = ec2,
                                .operation = had_aws_operation_find(ec2, had_str_c(operation)),
                                .params = params,
                                .region = had_str_c(region),
                                .done = hear,
                                .context = &rig.told[who]};
    rig.cloud.submit(rig.cloud.context, &call);
    json_decref(params); /* as one that asks may */
}

static void turns(void)
{
    for (int i = 0; i < 4; i++)
        rig.cloud.turn(rig.cloud.context, 0);
    assert_int_equal(rig.batch.kept, 0);
}

static void told_of(int who, const char *id)
{
    const json_t *list = json_object_get(rig.told[who].value, "Vpcs");
    assert_int_equal(rig.told[who].times, 1);
    assert_int_equal(rig.told[who].outcome, HAD_AWS_DONE);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "VpcId")), id);
}

static void ids_are_asked_for_together(void **state)
{
    (void)state;
    char id[32];
    begin();
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "vpc-%d", i);
        ask(i, "DescribeVpcs", id, "eu-west-1");
    }
    turns();
    assert_int_equal(rig.batch.calls, 2);
    assert_int_equal(rig.fake.most, 100);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "vpc-%d", i);
        told_of(i, id);
    }
    end();
}

static void same_looks_are_one(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 5; i++)
        ask(i, "DescribeVpcs", NULL, "eu-west-1");
    ask(5, "DescribeVpcs", "vpc-1", "eu-west-1");
    ask(6, "DescribeVpcs", "vpc-1", "eu-west-1");
    turns();
    assert_int_equal(rig.batch.calls, 2);
    for (int i = 0; i < 5; i++)
        assert_int_equal(rig.told[i].times, 1);
    told_of(5, "vpc-1");
    told_of(6, "vpc-1");
    end();
}

static void other_places_are_apart(void **state)
{
    (void)state;
    begin();
    ask(0, "DescribeVpcs", "vpc-1", "eu-west-1");
    ask(1, "DescribeVpcs", "vpc-2", "eu-west-2");
    ask(2, "DescribeSubnets", "vpc-3", "eu-west-1");
    turns();
    assert_int_equal(rig.batch.calls, 3);
    end();
}

/* One that is not there says so to those that asked for it alone. */
static void one_of_many_is_gone(void **state)
{
    (void)state;
    begin();
    ask(0, "DescribeVpcs", "vpc-1", "eu-west-1");
    ask(1, "DescribeVpcs", "gone-1", "eu-west-1");
    ask(2, "DescribeVpcs", "vpc-2", "eu-west-1");
    turns();
    assert_int_equal(rig.batch.calls, 4);
    told_of(0, "vpc-1");
    told_of(2, "vpc-2");
    assert_int_equal(rig.told[1].times, 1);
    assert_int_equal(rig.told[1].outcome, HAD_AWS_FAILED);
    end();
}

/* No more than allowed at a time; what waits for its place can still be joined. */
static void calls_keep_to_the_limit(void **state)
{
    (void)state;
    begin_with(2);
    ask(0, "DescribeVpcs", "vpc-1", "eu-west-1");
    ask(1, "DescribeVpcs", "vpc-2", "eu-west-2");
    ask(2, "DescribeVpcs", "vpc-3", "eu-west-3");
    rig.cloud.turn(rig.cloud.context, 0);
    assert_int_equal(rig.fake.last, 2);
    ask(3, "DescribeVpcs", "vpc-4", "eu-west-3");
    turns();
    assert_int_equal(rig.batch.calls, 3);
    told_of(2, "vpc-3");
    told_of(3, "vpc-4");
    end();
}

static void calls_keep_the_pace(void **state)
{
    (void)state;
    const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
    char next[16];
    begin_with(MANY);
    for (int i = 0; i < MANY; i++) {
        json_t *params = json_object();
        snprintf(next, sizeof next, "%d", i);
        json_object_set_new(params, "NextToken", json_string(next));
        struct had_aws_call call = {.service = ec2,
                                    .operation =
                                        had_aws_operation_find(ec2, HAD_STR("DescribeVpcs")),
                                    .params = params,
                                    .region = HAD_STR("eu-west-1"),
                                    .done = hear,
                                    .context = &rig.told[i]};
        rig.cloud.submit(rig.cloud.context, &call);
        json_decref(params);
    }
    rig.cloud.turn(rig.cloud.context, 0);
    assert_in_range(rig.fake.last, 1, MANY - 1); /* the burst */
    while (rig.cloud.turn(rig.cloud.context, 100))
        continue;
    assert_int_equal(rig.batch.calls, MANY);
    assert_in_range(rig.fake.now, 1000, 10000); /* the rest at its rate */
    end();
}

static void changes_pass(void **state)
{
    (void)state;
    begin();
    ask(0, "DeleteVpc", "vpc-1", "eu-west-1");
    ask(1, "DeleteVpc", "vpc-1", "eu-west-1");
    assert_int_equal(rig.fake.sent, 2);
    turns();
    assert_int_equal(rig.told[0].times, 1);
    assert_int_equal(rig.told[1].times, 1);
    end();
}

/* As when a person interrupts: nothing of it is left. */
static void closed_in_flight(void **state)
{
    (void)state;
    begin();
    ask(0, "DescribeVpcs", "vpc-1", "eu-west-1");
    rig.fake.silent = true;
    rig.cloud.turn(rig.cloud.context, 0);
    ask(1, "DescribeVpcs", "vpc-2", "eu-west-1");
    end();
    assert_int_equal(rig.fake.sent, 1);
    assert_int_equal(rig.told[0].times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_asked_for_together),
        cmocka_unit_test(same_looks_are_one),
        cmocka_unit_test(other_places_are_apart),
        cmocka_unit_test(one_of_many_is_gone),
        cmocka_unit_test(calls_keep_to_the_limit),
        cmocka_unit_test(calls_keep_the_pace),
        cmocka_unit_test(changes_pass),
        cmocka_unit_test(closed_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
