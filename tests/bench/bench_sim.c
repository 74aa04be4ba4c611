/*
 * Calls per second of the model of AWS: networks with subnets are made, described by id, tagged and
 * listed by filter, in the mix of an apply. bench_sim [CALLS]
 */
#include "aws/model.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct answers {
    uint64_t done, failed;
    char id[64];
};

static void on_done(void *context, const struct had_aws_result *result)
{
    struct answers *answers = context;
    if (result->outcome != HAD_AWS_DONE) {
        answers->failed++;
        return;
    }
    answers->done++;
    const char *id =
        json_string_value(json_object_get(json_object_get(result->value, "Vpc"), "VpcId"));
    if (id)
        snprintf(answers->id, sizeof answers->id, "%s", id);
}

static void call(struct had_cloud *cloud, struct answers *answers, const char *name, json_t *params)
{
    const struct had_aws_service *ec2 = had_aws_service_find(HAD_STR("ec2"));
    struct had_aws_call made = {.service = ec2,
                                .operation = had_aws_operation_find(ec2, had_str_c(name)),
                                .params = params,
                                .region = HAD_STR("eu-west-1"),
                                .done = on_done,
                                .context = answers};
    cloud->submit(cloud->context, &made);
    while (cloud->turn(cloud->context, 1000))
        continue;
    json_decref(params);
}

static double seconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    struct had_sim_options options = {.seed = 1};
    struct answers answers = {0};
    struct had_sim *sim = had_sim_new(&options);
    struct had_cloud cloud = had_sim_cloud(sim);
    double start = seconds();
    clock_t began = clock();
    while (answers.done + answers.failed < wanted) {
        if ((answers.done + answers.failed) % 10000 == 0) { /* as a new deployment */
            had_sim_free(sim);
            sim = had_sim_new(&options);
            cloud = had_sim_cloud(sim);
        }
        call(&cloud, &answers, "CreateVpc", json_pack("{s:s}", "CidrBlock", "10.0.0.0/16"));
        char id[64];
        memcpy(id, answers.id, sizeof id);
        call(&cloud, &answers, "CreateSubnet",
             json_pack("{s:s, s:s}", "VpcId", id, "CidrBlock", "10.0.0.0/24"));
        for (int i = 0; i < 4; i++)
            call(&cloud, &answers, "DescribeVpcs", json_pack("{s:[s]}", "VpcIds", id));
        call(&cloud, &answers, "ModifyVpcAttribute",
             json_pack("{s:s, s:{s:b}}", "VpcId", id, "EnableDnsHostnames", "Value", 1));
        for (int i = 0; i < 3; i++)
            call(&cloud, &answers, "DescribeVpcAttribute",
                 json_pack("{s:s, s:s}", "VpcId", id, "Attribute", "enableDnsHostnames"));
    }
    double took = seconds() - start, busy = (double)(clock() - began) / CLOCKS_PER_SEC;
    had_sim_free(sim);
    printf("model of AWS: %" PRIu64 " calls, %" PRIu64 " failed, %.2f s, %.0f calls a second, "
           "%.0f a second of processor time\n",
           answers.done + answers.failed, answers.failed, took, (double)wanted / took,
           (double)wanted / busy);
    return answers.failed != 0;
}
