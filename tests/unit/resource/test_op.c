/* clang-format off */
/*
 * The machine of one operation, stopped at every wish and told what a cloud can say: each edge of
 *
 *     begin ─ read, await ─────────────→ reading, or finding where there is no id
 *     begin ─ make, change, remove ─ sync → announced
 *     announced ─ make ───→ finding; stepping where an earlier run left an id
 *               ─ change ─→ stepping
 *               ─ remove ─→ stepping; finding without an id
 *     finding ─ next finder, describe, confirm → finding
 *             ─ ours ─→ reading (looks), stepping
 *             ─ none ─→ over (read, remove), finding again (await; a create may be seen late),
 *                       stepping
 *             ─ somebody else's → over
 *     stepping ─ next, retry, blind repeat, wait → stepping
 *              ─ id ─ sync → stepping
 *              ─ unknown, exists → finding
 *              ─ ready, through → reading
 *     reading ─ next, pending → reading
 *             ─ ready → stepping (after creation, `ready`), over
 *             ─ failed, gone, too late → over
 */
/* clang-format on */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "resource/op.h"

#include <stdlib.h>
#include <string.h>

static const char network[] =
    "{'service': 'ec2',"
    " 'find': [{'DescribeVpcs': {'Filters': [{'Name': 'tag:had:token', 'Values': ['$token']}]},"
    "           'items': 'Vpcs', 'id': '$item.VpcId', 'tags': 'Tags'}],"
    " 'read': [{'DescribeVpcs': {'VpcIds': ['$id']}, 'item': 'Vpcs[0]', 'gone': "
    "['InvalidVpcID.NotFound'],"
    "           'state': {'at': 'State', 'ready': ['available'], 'failed': ['failed'],"
    "                     'gone': ['deleted'], 'deleting': ['deleting']},"
    "           'values': {'CidrBlock': 'CidrBlock'}, 'attributes': {'VpcId': 'VpcId',"
    " 'Names': 'Tags[]|form ${Key}:${Value}'}}],"
    " 'create': [{'CreateVpc': {'CidrBlock': '$CidrBlock'}, 'id': '$answer.Vpc.VpcId',"
    "             'exists': ['Exists'], 'retry': ['NotYet', 'Exists']}],"
    " 'update': [{'when': ['EnableDnsSupport'], 'after': true,"
    "             'ModifyVpcAttribute': {'VpcId': '$id', 'EnableDnsSupport': {'Value': "
    "'$EnableDnsSupport'}}},"
    "            {'each': 'Tags', 'key': 'Key', 'add': {'CreateTags': {'Resources': ['$id'], "
    "'Tags': ['$item']}},"
    "             'remove': {'DeleteTags': {'Resources': ['$id'], 'Tags': ['$item']}}}],"
    " 'delete': [{'DeleteVpc': {'VpcId': '$id'}, 'gone': ['InvalidVpcID.NotFound'],"
    "             'retry': ['DependencyViolation']}]}";

/* Looks into candidates, asks whose they are, waits for a request, wants to be ready in between. */
static const char winding[] =
    "{'service': 'ec2',"
    " 'find': [{'DescribeSubnets': {}, 'items': 'Subnets', 'match': {'CidrBlock': '$CidrBlock'}, "
    "'id': '$item.SubnetId',"
    "           'describe': {'DescribeVpcs': {'VpcIds': ['$found']}, 'match': {'Vpcs[0].Name': "
    "'right'}},"
    "           'confirm': {'DescribeTags': {}, 'tags': 'Tags', 'ignore': ['NoTags']}}],"
    " 'read': [{'DescribeSubnets': {'SubnetIds': ['$id']}, 'item': 'Subnets[0]', 'gone': "
    "['InvalidSubnetID.NotFound']}],"
    " 'create': [{'CreateSubnet': {'CidrBlock': '$CidrBlock'}, 'id': 'natural|key', 'note': "
    "{'Request': '$answer.Request'},"
    "             'wait': {'DescribeVpcs': {'VpcIds': ['$note.Request']},"
    "                      'state': {'at': 'Status', 'ready': ['DONE'], 'failed': ['FAILED']}, "
    "'within': 60}},"
    "            {'ModifySubnetAttribute': {'SubnetId': '$id'}, 'ready': true},"
    "            {'CreateTags': {'Resources': ['$id']}, 'ignore': ['Already']}],"
    " 'delete': []}";

/* A password that is fetched when it is sent. */
static const char secretive[] = "{'service': 'ds',"
                                " 'read': [{'DescribeDirectories': {'DirectoryIds': ['$id']}, "
                                "'item': 'DirectoryDescriptions[0]'}],"
                                " 'create': [{'CreateMicrosoftAD': {'Name': 'x', 'Password': "
                                "'$Password'}, 'id': '$answer.DirectoryId'}],"
                                " 'delete': []}";

struct play {
    struct had_arena arena;
    struct had_driver driver;
    struct had_record record;
    struct had_op op;
    json_t *desired, *live, *changed, *tags;
    int64_t now;
};

static json_t *json(const char *text)
{
    char *copy = strdup(text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    json_t *value = json_loads(copy, JSON_DECODE_ANY, NULL);
    free(copy);
    assert_non_null(value);
    return value;
}

static int64_t now_of(void *context)
{
    return ((struct play *)context)->now;
}

static double no_chance(void *context)
{
    (void)context;
    return 0;
}

static const struct had_aws_role *own_identity(void *context, had_str account)
{
    (void)context;
    (void)account;
    return NULL;
}

static had_str digest_of(void *context, struct had_arena *arena, had_str text)
{
    (void)context;
    return had_str_printf(arena, "digest of " HAD_FMT, HAD_ARG(text));
}

static struct had_op_input put_up(struct play *play, const char *spec, enum had_action action,
                                  const char *id, const char *desired)
{
    *play = (struct play){.now = 1000000};
    play->driver = (struct had_driver){
        .type = HAD_STR("Test"), .spec = json(spec), .every_ms = {2000, 10000}, .within_ms = 60000};
    play->driver.service = had_aws_service_find(
        had_str_c(json_string_value(json_object_get(play->driver.spec, "service"))));
    play->record = (struct had_record){.address = HAD_STR("a"),
                                       .type = HAD_STR("Test"),
                                       .id = had_str_c(id),
                                       .token = HAD_STR("T"),
                                       .account_id = HAD_STR("111111111111"),
                                       .region = HAD_STR("eu-west-1"),
                                       .changed = 1000000};
    play->desired = desired ? json(desired) : NULL;
    play->tags = json("[{'Key': 'had:token', 'Value': 'T'}]");
    return (struct had_op_input){.driver = &play->driver,
                                 .action = action,
                                 .record = &play->record,
                                 .arena = &play->arena,
                                 .desired = play->desired,
                                 .live = play->live,
                                 .changed = play->changed,
                                 .tags = play->tags,
                                 .partition = HAD_STR("aws"),
                                 .role = own_identity,
                                 .digest = digest_of,
                                 .context = play,
                                 .now = now_of,
                                 .wall = now_of,
                                 .chance = no_chance};
}

static void begin_with(struct play *play, const char *spec, enum had_action action, const char *id,
                       const char *desired, bool resumed)
{
    struct had_op_input input = put_up(play, spec, action, id, desired);
    input.resumed = resumed;
    had_op_begin(&play->op, &input);
}

static void begin_among(struct play *play, const char *spec, const char *id)
{
    struct had_op_input input = put_up(play, spec, HAD_DO_READ, id, NULL);
    input.among_many = true;
    had_op_begin(&play->op, &input);
}

static void begin(struct play *play, enum had_action action, const char *id)
{
    begin_with(play, network, action, id,
               action == HAD_DO_MAKE ? "{'CidrBlock': '10.0.0.0/16', 'EnableDnsSupport': true}"
                                     : NULL,
               false);
}

static void end(struct play *play)
{
    had_op_free(&play->op);
    json_decref(play->driver.spec);
    json_decref(play->desired);
    json_decref(play->live);
    json_decref(play->changed);
    json_decref(play->tags);
    had_record_drop(&play->record);
    had_arena_free(&play->arena);
}

/* ---- what it wants, and what it is told ---- */

#define wants_call(play, expected)                                                                 \
    do {                                                                                           \
        assert_int_equal((play)->op.want, HAD_WANT_CALL);                                          \
        assert_string_equal(had_aws_text((play)->op.call.operation->name), expected);              \
    } while (0)

#define ends(play, how)                                                                            \
    do {                                                                                           \
        assert_int_equal((play)->op.want, HAD_WANT_NOTHING);                                       \
        assert_int_equal((play)->op.end, how);                                                     \
    } while (0)

static void done(struct play *play, const char *value)
{
    struct had_aws_result result = {.outcome = HAD_AWS_DONE, .value = json(value)};
    had_op_answer(&play->op, &result);
    json_decref(result.value);
}

static void failed(struct play *play, const char *code)
{
    struct had_aws_result result = {.outcome = HAD_AWS_FAILED};
    result.error.code = had_str_c(code);
    result.error.message = HAD_STR("a reason");
    had_op_answer(&play->op, &result);
}

static void unknown(struct play *play)
{
    struct had_aws_result result = {.outcome = HAD_AWS_UNKNOWN};
    result.error.code = HAD_STR("had.NoAnswer");
    had_op_answer(&play->op, &result);
}

static void sleeps(struct play *play)
{
    assert_int_equal(play->op.want, HAD_WANT_SLEEP);
    assert_true(play->op.sleep_ms > 0);
    play->now += play->op.sleep_ms;
    had_op_resume(&play->op);
}

static void syncs(struct play *play)
{
    assert_int_equal(play->op.want, HAD_WANT_SYNC);
    had_op_resume(&play->op);
}

static const char nothing[] = "{'Vpcs': []}";
static const char available[] = "{'Vpcs': [{'VpcId': 'vpc-1', 'CidrBlock': '10.0.0.0/16', 'State': "
                                "'available', 'Tags': [{'Key': 'had:token', 'Value': 'T'}]}]}";
static const char deleting[] = "{'Vpcs': [{'VpcId': 'vpc-1', 'State': 'deleting'}]}";
static const char pending[] = "{'Vpcs': [{'VpcId': 'vpc-1', 'State': 'pending'}]}";

/* Announced and looked for; nothing is there. */
static void make_up_to_create(struct play *play)
{
    begin(play, HAD_DO_MAKE, "");
    assert_int_equal(play->record.status, HAD_RECORD_CREATING);
    syncs(play);
    wants_call(play, "DescribeVpcs");
    assert_false(play->op.call_changes);
    done(play, nothing);
    wants_call(play, "CreateVpc");
    assert_true(play->op.call_changes);
}

/* ---- looks ---- */

static void read_by_id(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_READ, "vpc-1");
    wants_call(&play, "DescribeVpcs");
    done(&play, available);
    ends(&play, HAD_OP_DONE);
    assert_string_equal(json_string_value(json_object_get(play.op.live, "CidrBlock")),
                        "10.0.0.0/16");
    const json_t *names = json_object_get(play.op.attributes, "Names");
    assert_string_equal(json_string_value(json_array_get(names, 0)), "had:token:T");
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1");
    done(&play, nothing);
    ends(&play, HAD_OP_MISSING);
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1");
    failed(&play, "InvalidVpcID.NotFound");
    ends(&play, HAD_OP_MISSING);
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1");
    failed(&play, "AccessDenied");
    ends(&play, HAD_OP_FAILED);
    assert_string_equal(play.op.aws.code.ptr, "AccessDenied");
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1"); /* no answer: a look does no harm */
    for (int i = 0; i < 3; i++) {
        unknown(&play);
        sleeps(&play);
        wants_call(&play, "DescribeVpcs");
    }
    unknown(&play);
    ends(&play, HAD_OP_FAILED);
    end(&play);
}

/* What is on its way out is as good as gone for who looks, and is not made of it. */
static void on_its_way_out(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_READ, "vpc-1");
    done(&play, deleting);
    ends(&play, HAD_OP_MISSING);
    assert_true(play.op.leaving);
    assert_string_equal(play.op.state.ptr, "deleting");
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1");
    done(&play, nothing);
    ends(&play, HAD_OP_MISSING);
    assert_false(play.op.leaving);
    end(&play);
    make_up_to_create(&play);
    done(&play, "{'Vpc': {'VpcId': 'vpc-1'}}");
    syncs(&play);
    done(&play, deleting);
    ends(&play, HAD_OP_FAILED);
    assert_int_equal(play.record.status, HAD_RECORD_FAILED); /* the next one is another */
    end(&play);
}

/* Its end is waited for, and no call is made to remove it; unless who removed it gave up. */
static void removed_by_others(void **state)
{
    struct play play;
    (void)state;
    for (int gives_up = 0; gives_up < 2; gives_up++) {
        struct had_op_input input = put_up(&play, network, HAD_DO_REMOVE, "vpc-1", NULL);
        input.leaving = true;
        had_op_begin(&play.op, &input);
        syncs(&play);
        wants_call(&play, "DescribeVpcs");
        done(&play, deleting);
        sleeps(&play);
        wants_call(&play, "DescribeVpcs");
        done(&play, gives_up ? available : nothing);
        if (gives_up) {
            wants_call(&play, "DeleteVpc");
            done(&play, "{}");
            wants_call(&play, "DescribeVpcs");
            done(&play, nothing);
        }
        ends(&play, HAD_OP_DONE);
        end(&play);
    }
}

/* One call tells of many; where it is refused, the object is asked for alone. */
static void read_among_many(void **state)
{
    static const char shared[] =
        "{'service': 'route53', 'read': [{'ListResourceRecordSets': {'HostedZoneId': '$id[0]', "
        "'StartRecordName': '$id[1]', 'StartRecordType': 'A'},"
        " 'many': {'ListResourceRecordSets': {'HostedZoneId': '$id[0]'}, 'pages': true},"
        " 'item': 'ResourceRecordSets[]{Name=$id[1]}[0]', 'values': {'TTL': 'TTL'}}]}";
    static const char records[] =
        "{'ResourceRecordSets': [{'Name': 'a', 'TTL': 1}, {'Name': 'b', 'TTL': 2}]}";
    struct play play;
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        begin_among(&play, shared, "Z1|b");
        wants_call(&play, "ListResourceRecordSets");
        assert_int_equal(json_object_size(play.op.call.params), 1);
        assert_true(play.op.call.pages);
        if (refused) {
            failed(&play, "AccessDenied");
            wants_call(&play, "ListResourceRecordSets");
            assert_int_equal(json_object_size(play.op.call.params), 3);
            assert_false(play.op.call.pages);
        }
        done(&play, records);
        ends(&play, HAD_OP_DONE);
        assert_int_equal(json_integer_value(json_object_get(play.op.live, "TTL")), 2);
        end(&play);
    }
    begin_among(&play, shared, "Z1|c"); /* what it does not tell of may be there all the same */
    done(&play, records);
    assert_int_equal(json_object_size(play.op.call.params), 3);
    done(&play, "{'ResourceRecordSets': []}");
    ends(&play, HAD_OP_MISSING);
    end(&play);
    struct had_arena arena = {0};
    begin_among(&play, shared, "Z1|a");
    had_str a = had_op_shared(&play.op.in, &arena);
    end(&play);
    begin_among(&play, shared, "Z1|b");
    assert_true(had_str_eq(a, had_op_shared(&play.op.in, &arena)));
    end(&play);
    begin_among(&play, shared, "Z2|a");
    assert_false(had_str_eq(a, had_op_shared(&play.op.in, &arena)));
    end(&play);
    begin(&play, HAD_DO_READ, "vpc-1"); /* of what has no such call */
    assert_int_equal(had_op_shared(&play.op.in, &arena).len, 0);
    end(&play);
    had_arena_free(&arena);
}

/* Of what only has to be as stated, the rest is not asked for. */
static void read_sparingly(void **state)
{
    static const char spec[] =
        "{'service': 'organizations', 'read': ["
        " {'DescribeAccount': {'AccountId': '$id'}, 'item': 'Account'},"
        " {'ListTagsForResource': {'ResourceId': '$id'}, 'values': {'Tags': 'Tags'}},"
        " {'ListParents': {'ChildId': '$id'}, 'values': {'ParentIds': 'Parents[].Id'}}]}";
    struct play play;
    (void)state;
    struct had_op_input input = put_up(&play, spec, HAD_DO_READ, "1", "{'ParentIds': ['r-1']}");
    input.sparing = true;
    had_op_begin(&play.op, &input);
    wants_call(&play, "DescribeAccount");
    done(&play, "{'Account': {'Id': '1'}}");
    wants_call(&play, "ListParents");
    done(&play, "{'Parents': [{'Id': 'r-1'}]}");
    ends(&play, HAD_OP_DONE);
    end(&play);
}

static void read_without_id(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_READ, "");
    done(&play, nothing);
    ends(&play, HAD_OP_MISSING);
    end(&play);
    begin(&play, HAD_DO_READ, "");
    done(&play, available);
    assert_string_equal(play.record.id.ptr, "vpc-1");
    wants_call(&play, "DescribeVpcs");
    done(&play, available);
    ends(&play, HAD_OP_DONE);
    end(&play);
}

static void awaited(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_AWAIT, "vpc-1");
    done(&play, nothing);
    sleeps(&play);
    wants_call(&play, "DescribeVpcs");
    done(&play, pending);
    sleeps(&play);
    done(&play, available);
    ends(&play, HAD_OP_DONE);
    assert_non_null(json_object_get(play.record.attributes, "VpcId"));
    end(&play);
    begin(&play, HAD_DO_AWAIT, ""); /* looked for, until it is too late */
    for (int i = 0; i < 100 && play.op.want != HAD_WANT_NOTHING; i++) {
        wants_call(&play, "DescribeVpcs");
        done(&play, nothing);
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    ends(&play, HAD_OP_FAILED);
    end(&play);
}

/* ---- make ---- */

static void made(void **state)
{
    struct play play;
    (void)state;
    make_up_to_create(&play);
    done(&play, "{'Vpc': {'VpcId': 'vpc-1'}}");
    assert_string_equal(play.record.id.ptr, "vpc-1");
    syncs(&play);         /* the id is kept before anything else happens */
    done(&play, nothing); /* not seen yet */
    sleeps(&play);
    done(&play, pending);
    sleeps(&play);
    done(&play, available);
    wants_call(&play, "ModifyVpcAttribute"); /* a setting after creation */
    failed(&play, "InvalidVpcID.NotFound");  /* not seen everywhere yet */
    sleeps(&play);
    wants_call(&play, "ModifyVpcAttribute");
    unknown(&play); /* a setting may be set twice */
    sleeps(&play);
    wants_call(&play, "ModifyVpcAttribute");
    done(&play, "{}");
    wants_call(&play, "DescribeVpcs");
    done(&play, available);
    ends(&play, HAD_OP_DONE);
    assert_int_equal(play.record.status, HAD_RECORD_READY);
    end(&play);
}

static void found_instead_of_made(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_MAKE, "");
    syncs(&play);
    done(&play, available); /* ours, by its token: an earlier run made it */
    wants_call(&play, "DescribeVpcs");
    end(&play);
    begin(&play, HAD_DO_MAKE, "");
    syncs(&play);
    done(&play, "{'Vpcs': [{'VpcId': 'vpc-2', 'State': 'deleting', 'Tags': []}]}"); /* over */
    wants_call(&play, "CreateVpc");
    end(&play);
    begin(&play, HAD_DO_MAKE, "");
    syncs(&play);
    done(&play, "{'Vpcs': [{'VpcId': 'vpc-2', 'State': 'available', 'Tags': [{'Key': "
                "'had:deployment', 'Value': 'other'}]}]}");
    ends(&play, HAD_OP_FOREIGN);
    assert_non_null(strstr(play.op.error.ptr, "other"));
    end(&play);
}

static void made_with_unknown_outcome(void **state)
{
    struct play play;
    (void)state;
    make_up_to_create(&play);
    unknown(&play);
    wants_call(&play, "DescribeVpcs");
    done(&play, nothing);
    sleeps(&play);
    wants_call(&play, "DescribeVpcs");
    done(&play, available); /* it happened */
    wants_call(&play, "DescribeVpcs");
    assert_string_equal(play.record.id.ptr, "vpc-1");
    end(&play);
    make_up_to_create(&play);
    unknown(&play);
    int64_t begun = play.now;
    while (play.op.want == HAD_WANT_CALL &&
           strcmp(had_aws_text(play.op.call.operation->name), "DescribeVpcs") == 0) {
        done(&play, nothing);
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    wants_call(&play, "CreateVpc"); /* not before AWS would have shown it */
    assert_true(play.now - begun >= 300000);
    end(&play);
}

static void made_again(void **state)
{
    struct play play;
    (void)state;
    make_up_to_create(&play);
    for (int i = 0; i < 200 && play.op.want == HAD_WANT_CALL; i++) {
        wants_call(&play, "CreateVpc");
        failed(&play, "NotYet");
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    ends(&play, HAD_OP_FAILED);
    assert_true(play.now >= 1000000 + 1800000);
    end(&play);
    make_up_to_create(&play);
    failed(&play, "AccessDenied");
    ends(&play, HAD_OP_FAILED);
    assert_string_equal(play.record.reason.ptr, play.op.error.ptr);
    end(&play);
    make_up_to_create(
        &play); /* it is there, says AWS: looked for, though `retry` names the code too */
    failed(&play, "Exists");
    wants_call(&play, "DescribeVpcs");
    done(&play, available);
    wants_call(&play, "DescribeVpcs");
    end(&play);
    make_up_to_create(&play); /* and nothing finds it */
    for (int i = 0; i < 400 && play.op.want != HAD_WANT_NOTHING; i++) {
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
        else if (strcmp(had_aws_text(play.op.call.operation->name), "CreateVpc") == 0)
            failed(&play, "Exists");
        else
            done(&play, nothing);
    }
    ends(&play, HAD_OP_FAILED);
    assert_non_null(strstr(play.op.error.ptr, "nothing finds it"));
    end(&play);
    make_up_to_create(&play);
    done(&play, "{'Vpc': {}}");
    ends(&play, HAD_OP_FAILED);
    assert_non_null(strstr(play.op.error.ptr, "tells no id"));
    end(&play);
}

static void made_badly(void **state)
{
    struct play play;
    (void)state;
    make_up_to_create(&play);
    done(&play, "{'Vpc': {'VpcId': 'vpc-1'}}");
    syncs(&play);
    done(&play, "{'Vpcs': [{'VpcId': 'vpc-1', 'State': 'failed'}]}");
    ends(&play, HAD_OP_FAILED);
    assert_int_equal(play.record.status, HAD_RECORD_FAILED);
    end(&play);
    make_up_to_create(&play);
    done(&play, "{'Vpc': {'VpcId': 'vpc-1'}}");
    syncs(&play);
    for (int i = 0; i < 100 && play.op.want != HAD_WANT_NOTHING; i++) {
        done(&play, pending);
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    ends(&play, HAD_OP_FAILED); /* there, but not ready in time: it keeps its id */
    assert_string_equal(play.record.id.ptr, "vpc-1");
    end(&play);
}

static void resumed(void **state)
{
    static const char desired[] = "{'CidrBlock': '10.0.0.0/16'}";
    struct play play;
    (void)state;
    begin_with(&play, network, HAD_DO_MAKE, "", desired, true);
    syncs(&play);
    int64_t begun = play.now;
    while (play.op.want == HAD_WANT_CALL &&
           strcmp(had_aws_text(play.op.call.operation->name), "DescribeVpcs") == 0) {
        done(&play, nothing);
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    wants_call(&play, "CreateVpc"); /* the earlier run may just have sent it */
    assert_true(play.now - begun >= 300000);
    end(&play);
    begin_with(&play, network, HAD_DO_MAKE, "vpc-1", desired, true);
    syncs(&play);
    wants_call(&play, "DescribeVpcs"); /* made already: only awaited */
    for (int i = 0; i < 100 && play.op.want != HAD_WANT_NOTHING; i++) {
        done(&play, nothing);
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    ends(&play, HAD_OP_FAILED); /* never there: the next run makes it anew */
    assert_int_equal(play.record.id.len, 0);
    end(&play);
}

/* ---- the winding driver: describe, confirm, wait, ready ---- */

static const char candidates[] =
    "{'Subnets': [{'SubnetId': 'subnet-0', 'CidrBlock': '10.9.0.0/24'}, {'SubnetId': 'subnet-1', "
    "'CidrBlock': '10.0.0.0/24'},"
    " {'SubnetId': 'subnet-2', 'CidrBlock': '10.0.0.0/24'}]}";

static void find_winding(struct play *play, bool again)
{
    begin_with(play, winding, HAD_DO_MAKE, "", "{'CidrBlock': '10.0.0.0/24'}", again);
    syncs(play);
    wants_call(play, "DescribeSubnets");
    done(play, candidates);
    wants_call(play, "DescribeVpcs"); /* looks into the second */
    done(play, "{'Vpcs': [{'Name': 'wrong'}]}");
    wants_call(play, "DescribeVpcs"); /* and the third */
    done(play, "{'Vpcs': [{'Name': 'right'}]}");
    wants_call(play, "DescribeTags"); /* whose is it? */
}

static void candidates_are_asked_about(void **state)
{
    struct play play;
    (void)state;
    find_winding(&play, false);
    done(&play, "{'Tags': [{'TagKey': 'had:token', 'TagValue': 'T'}]}");
    assert_string_equal(play.record.id.ptr, "subnet-2");
    end(&play);
    find_winding(&play, false);
    done(&play, "{'Tags': []}");
    ends(&play, HAD_OP_FOREIGN);
    end(&play);
    find_winding(&play, false); /* nothing is written on it: somebody else's, */
    failed(&play, "NoTags");
    ends(&play, HAD_OP_FOREIGN);
    end(&play);
    find_winding(&play, true); /* unless an earlier run of ours ended before it wrote it */
    failed(&play, "NoTags");
    assert_string_equal(play.record.id.ptr, "subnet-2");
    end(&play);
    find_winding(&play, false);
    failed(&play, "AccessDenied");
    ends(&play, HAD_OP_FAILED);
    end(&play);
    begin_with(&play, winding, HAD_DO_MAKE, "", "{'CidrBlock': '10.0.0.0/24'}", false);
    syncs(&play);
    done(&play, candidates);
    failed(&play, "AccessDenied"); /* of the description */
    ends(&play, HAD_OP_FAILED);
    end(&play);
}

static void create_winding(struct play *play)
{
    begin_with(play, winding, HAD_DO_MAKE, "", "{'CidrBlock': '10.0.0.0/24'}", false);
    syncs(play);
    done(play, "{'Subnets': []}");
    wants_call(play, "CreateSubnet");
    done(play, "{'Request': 'r-1'}");
    syncs(play);
    wants_call(play, "DescribeVpcs"); /* the request */
}

static void requests_are_waited_for(void **state)
{
    struct play play;
    (void)state;
    create_winding(&play);
    done(&play, "{'Status': 'SOON'}");
    sleeps(&play);
    wants_call(&play, "DescribeVpcs");
    done(&play, "{'Status': 'DONE'}");
    wants_call(&play, "ModifySubnetAttribute");
    done(&play, "{}");
    wants_call(&play, "DescribeSubnets"); /* ready before the next step */
    done(&play, "{'Subnets': [{}]}");
    wants_call(&play, "CreateTags");
    failed(&play, "Already");
    wants_call(&play, "DescribeSubnets");
    done(&play, "{'Subnets': [{}]}");
    ends(&play, HAD_OP_DONE);
    end(&play);
    create_winding(&play);
    assert_string_equal(play.record.id.ptr, "natural|key");
    done(&play, "{'Status': 'FAILED'}");
    ends(&play, HAD_OP_FAILED); /* nothing was made: the next run makes it */
    assert_int_equal(play.record.id.len, 0);
    end(&play);
    create_winding(&play);
    for (int i = 0; i < 100 && play.op.want != HAD_WANT_NOTHING; i++) {
        done(&play, "{'Status': 'SOON'}");
        if (play.op.want == HAD_WANT_SLEEP)
            sleeps(&play);
    }
    ends(&play, HAD_OP_FAILED);
    end(&play);
    create_winding(&play);
    failed(&play, "AccessDenied");
    ends(&play, HAD_OP_FAILED);
    end(&play);
}

/* ---- change ---- */

static void changed(void **state)
{
    static const char desired[] = "{'EnableDnsSupport': true, 'Tags': [{'Key': 'a', 'Value': '1'}, "
                                  "{'Key': 'b', 'Value': '2'}]}";
    struct play play;
    (void)state;
    begin_with(&play, network, HAD_DO_CHANGE, "vpc-1", desired, false);
    had_op_free(&play.op);
    play.live = json("{'Tags': [{'Key': 'b', 'Value': 'old'}, {'Key': 'c', 'Value': '3'}]}");
    play.changed = json("['Tags']");
    struct had_op_input input = play.op.in;
    input.live = play.live;
    input.changed = play.changed;
    had_op_begin(&play.op, &input);
    assert_int_equal(play.record.status, HAD_RECORD_UPDATING);
    syncs(&play);
    wants_call(&play, "CreateTags"); /* what is new, then what is other, then what goes */
    done(&play, "{}");
    wants_call(&play, "CreateTags");
    done(&play, "{}");
    wants_call(&play, "DeleteTags");
    done(&play, "{}");
    wants_call(&play, "DescribeVpcs");
    done(&play, available);
    ends(&play, HAD_OP_DONE);
    end(&play);
}

/* ---- remove ---- */

static void removed(void **state)
{
    struct play play;
    (void)state;
    begin(&play, HAD_DO_REMOVE, "vpc-1");
    assert_int_equal(play.record.status, HAD_RECORD_DELETING);
    syncs(&play);
    wants_call(&play, "DeleteVpc");
    failed(&play, "DependencyViolation");
    sleeps(&play);
    wants_call(&play, "DeleteVpc");
    done(&play, "{}");
    done(&play, "{'Vpcs': [{'State': 'deleting'}]}");
    sleeps(&play);
    done(&play, nothing);
    ends(&play, HAD_OP_DONE);
    end(&play);
    begin(&play, HAD_DO_REMOVE, "vpc-1"); /* it is gone already */
    syncs(&play);
    failed(&play, "InvalidVpcID.NotFound");
    wants_call(&play, "DescribeVpcs");
    failed(&play, "InvalidVpcID.NotFound");
    ends(&play, HAD_OP_DONE);
    end(&play);
    begin(&play, HAD_DO_REMOVE, ""); /* of a making that ended early: looked for */
    syncs(&play);
    done(&play, available);
    wants_call(&play, "DeleteVpc");
    end(&play);
    begin(&play, HAD_DO_REMOVE, "");
    syncs(&play);
    done(&play, nothing);
    ends(&play, HAD_OP_DONE);
    end(&play);
    begin(&play, HAD_DO_REMOVE, ""); /* what is there is not ours: it stays */
    syncs(&play);
    done(&play, "{'Vpcs': [{'VpcId': 'vpc-2', 'State': 'available', 'Tags': []}]}");
    ends(&play, HAD_OP_DONE);
    end(&play);
    begin_with(&play, winding, HAD_DO_REMOVE, "x", NULL, false); /* it goes with something else */
    syncs(&play);
    ends(&play, HAD_OP_DONE);
    end(&play);
}

/* ---- secrets ---- */

static void make_secretive(struct play *play)
{
    begin_with(
        play, secretive, HAD_DO_MAKE, "",
        "{'Password': {'$secret': 'ad/admin', 'key': 'Password', 'account': '', 'region': ''}}",
        false);
    syncs(play);
    wants_call(play, "GetSecretValue");
}

static void secrets(void **state)
{
    struct play play;
    (void)state;
    make_secretive(&play);
    done(&play, "{'SecretString': '{\\'Password\\': \\'open-sesame\\'}', 'VersionId': 'v-1'}");
    wants_call(&play, "CreateMicrosoftAD");
    assert_string_equal(json_string_value(json_object_get(play.op.call.params, "Password")),
                        "open-sesame");
    char *kept = json_dumps(play.record.applied, 0);
    assert_null(strstr(kept, "open-sesame")); /* the state has a name and a digest */
    assert_non_null(strstr(kept, "digest"));
    free(kept);
    end(&play);
    make_secretive(&play);
    failed(&play, "AccessDenied");
    ends(&play, HAD_OP_FAILED);
    end(&play);
    make_secretive(&play);
    done(&play, "{'SecretString': '{\\'Other\\': \\'x\\'}', 'VersionId': 'v-1'}");
    ends(&play, HAD_OP_FAILED);
    assert_non_null(strstr(play.op.error.ptr, "has no member"));
    end(&play);
}

/* ---- stopped anywhere ---- */

/* Takes so many edges of a making and stops: nothing more is wanted, and nothing is left behind. */
static void stopped(void **state)
{
    (void)state;
    for (int edges = 0; edges < 12; edges++) {
        struct play play;
        begin(&play, HAD_DO_MAKE, "");
        for (int i = 0; i < edges && play.op.want != HAD_WANT_NOTHING; i++) {
            if (play.op.want == HAD_WANT_SLEEP)
                sleeps(&play);
            else if (play.op.want == HAD_WANT_SYNC)
                syncs(&play);
            else if (strcmp(had_aws_text(play.op.call.operation->name), "CreateVpc") == 0)
                done(&play, "{'Vpc': {'VpcId': 'vpc-1'}}");
            else
                done(&play, play.record.id.len ? i % 2 ? pending : available : nothing);
        }
        had_op_stop(&play.op);
        ends(&play, HAD_OP_STOPPED);
        end(&play);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_by_id),
        cmocka_unit_test(on_its_way_out),
        cmocka_unit_test(removed_by_others),
        cmocka_unit_test(read_among_many),
        cmocka_unit_test(read_sparingly),
        cmocka_unit_test(read_without_id),
        cmocka_unit_test(awaited),
        cmocka_unit_test(made),
        cmocka_unit_test(found_instead_of_made),
        cmocka_unit_test(made_with_unknown_outcome),
        cmocka_unit_test(made_again),
        cmocka_unit_test(made_badly),
        cmocka_unit_test(resumed),
        cmocka_unit_test(candidates_are_asked_about),
        cmocka_unit_test(requests_are_waited_for),
        cmocka_unit_test(changed),
        cmocka_unit_test(removed),
        cmocka_unit_test(secrets),
        cmocka_unit_test(stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
