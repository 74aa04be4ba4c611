/*
 * Speed of a state in a folder: so many records are logged, synced, checkpointed and loaded again,
 * with and without a journal to replay.
 *
 *     bench_state [RECORDS [SHARDS]]      10,000 records over 100 shards
 */
#include "state/state.h"

#include <stdio.h>
#include <stdlib.h>

static struct had_world world;

static double seconds(void)
{
    return (double)world.cloud.now(world.cloud.context) / 1000;
}

static void need(enum had_state_result result, had_str message)
{
    if (result == HAD_STATE_OK)
        return;
    fprintf(stderr, HAD_FMT "\n", HAD_ARG(message));
    exit(1);
}

static struct had_state *open_state(struct had_arena *arena, const char *folder)
{
    struct had_state *state;
    had_str message;
    need(had_state_open(&world, arena, had_str_c(folder), HAD_STR("bench"), true, 0,
                        HAD_STR("bench"), &state, &message),
         message);
    return state;
}

static void log_all(struct had_state *state, unsigned records, unsigned shards, uint32_t revision)
{
    had_str message;
    for (unsigned i = 0; i < records; i++) {
        had_str address = had_str_printf(state->arena, "spoke web-%05u.main/subnet app[a]", i);
        struct had_record *record = had_state_find(state, address);
        if (!record)
            record = had_state_add(state, address, HAD_STR("AWS::EC2::Subnet"));
        record->account = had_str_printf(state->arena, "spoke-%04u", i % shards);
        record->account_id = HAD_STR("111122223333");
        record->region = HAD_STR("eu-west-1");
        record->id = had_str_printf(state->arena, "subnet-%017x", i);
        record->token = had_state_token(state, state->arena, address, 1);
        record->status = HAD_RECORD_READY;
        record->revision = revision;
        record->created = record->changed = world.cloud.wall(world.cloud.context);
        json_decref(record->applied);
        record->applied =
            json_pack("{s:s,s:s,s:b,s:s}", "CidrBlock", "10.20.30.0/26", "AvailabilityZone",
                      "eu-west-1a", "MapPublicIpOnLaunch", 0, "VpcId", "vpc-0123456789abcdef0");
        json_decref(record->attributes);
        record->attributes = json_pack("{s:s}", "SubnetId", "subnet-0123456789abcdef0");
        record->needs.count = 0;
        *had_push(state->arena, &record->needs) =
            (struct had_record_edge){HAD_STR("spoke web.main"), HAD_STR("reads")};
        need(had_state_log(state, record, &message), message);
        if (i % 100 == 99)
            need(had_state_sync(state, &message), message);
    }
    need(had_state_sync(state, &message), message);
}

int main(int argc, char **argv)
{
    unsigned records = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    unsigned shards = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100;
    char folder[] = "/tmp/had-bench-XXXXXX", command[64];
    struct had_arena arena = {0};
    had_str message;
    if (!records || !shards || !mkdtemp(folder))
        return 1;
    had_world_local(&world);
    double t[7] = {0};
    struct had_state *state = open_state(&arena, folder);
    t[0] = seconds();
    log_all(state, records, shards, 1);
    t[1] = seconds();
    need(had_state_checkpoint(state, &message), message);
    t[2] = seconds();
    log_all(state, records, shards, 2);
    had_state_abandon(state);
    had_world_local_close(&world);
    t[3] = seconds();
    state = open_state(&arena, folder);
    t[4] = seconds();
    need(had_state_close(state, &message), message);
    t[5] = seconds();
    state = open_state(&arena, folder);
    t[6] = seconds();
    printf("%u records in %u shards\n"
           "log, a sync each 100   %7.3f s\n"
           "checkpoint of all      %7.3f s\n"
           "open, all in journal   %7.3f s\n"
           "close, all changed     %7.3f s\n"
           "open from shards       %7.3f s\n",
           state->records.count, shards, t[1] - t[0], t[2] - t[1], t[4] - t[3], t[5] - t[4],
           t[6] - t[5]);
    need(had_state_close(state, &message), message);
    had_world_local_close(&world);
    had_arena_free(&arena);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) ? 1 : 0;
}
