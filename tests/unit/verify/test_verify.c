/*
 * Two stacks written by hand against a graph of a network, an address of its own, a subnet and the
 * rules on a group: every way to say one thing is taken for the same, and nothing else is.
 */
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

struct fixture {
    struct had_arena arena;
    struct had_graph graph;
    struct had_diags diags;
    const struct had_context *context;
    struct had_node *vpc, *subnet, *record, *endpoint;
};

static struct had_node *add(struct fixture *f, const char *type, const char *object,
                            const char *role, enum had_layer layer)
{
    return had_node_add(&f->graph, HAD_RESOURCE, type, had_str_c(object), role, (had_str){0},
                        f->context, layer, HAD_PHASE_FOUNDATION,
                        (struct had_origin){.object = had_str_c(object), .span = here});
}

static void set(struct fixture *f, struct had_node *node, const char *path, const char *text)
{
    had_node_set(&f->graph, node, path, had_prop_c(&f->graph, text, here));
}

static void reads(struct fixture *f, struct had_node *node, const char *path, struct had_node *of,
                  const char *attribute)
{
    had_node_set(&f->graph, node, path, had_prop_read(&f->graph, of, attribute, here));
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->diags.arena = &f->arena;
    had_graph_init(&f->graph, &f->arena, HAD_STR("acme"), HAD_STR("eu-west-1"));
    const struct had_context like = {.partition = HAD_STR("aws"),
                                     .account = HAD_STR("web"),
                                     .account_id = HAD_STR("444444444444"),
                                     .region = HAD_STR("eu-west-1"),
                                     .actor = HAD_ACTOR_DEPLOY,
                                     .deploy_role = HAD_STR("had-deploy")};
    f->context = had_context_get(&f->graph, &like);
    f->vpc = add(f, "AWS::EC2::VPC", "spoke a", "vpc", HAD_LAYER_NETWORK);
    set(f, f->vpc, "CidrBlock", "10.0.0.0/16");
    f->subnet = add(f, "AWS::EC2::Subnet", "spoke a/subnet s", "subnet", HAD_LAYER_ROUTING);
    set(f, f->subnet, "CidrBlock", "10.0.1.0/24");
    set(f, f->subnet, "AvailabilityZone", "eu-west-1a");
    reads(f, f->subnet, "VpcId", f->vpc, "VpcId");
    f->endpoint =
        add(f, "AWS::EC2::VPCEndpoint", "spoke a/endpoint e", "endpoint", HAD_LAYER_ROUTING);
    set(f, f->endpoint, "ServiceName", "com.amazonaws.eu-west-1.ssm");
    reads(f, f->endpoint, "VpcId", f->vpc, "VpcId");
    f->record =
        add(f, "AWS::Route53::RecordSet", "spoke a/endpoint e", "record", HAD_LAYER_ROUTING);
    set(f, f->record, "Name", "ssm.eu-west-1.amazonaws.com");
    set(f, f->record, "Type", "CNAME");
    set(f, f->record, "TTL", "60");
    struct had_prop *list = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, list, had_prop_read(&f->graph, f->endpoint, "DnsName", here));
    had_node_set(&f->graph, f->record, "ResourceRecords", list);
    assert_true(had_graph_finish(&f->graph, &f->diags));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    had_arena_free(&f->arena);
    free(f);
    return 0;
}

/* ---- the output ---- */

#define NETWORK                                                                                    \
    "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16}\n"      \
    "Outputs:\n  VpcId: {Value: !Ref Vpc, Export: {Name: the-vpc}}\n"

/* A condition that asks another one ten times. */
#define TEN(N, M)                                                                                  \
    "  Of" #N ": !And [{Condition: Of" #M "}, {Condition: Of" #M "}, {Condition: Of" #M            \
    "}, {Condition: Of" #M "}, {Condition: Of" #M "}, {Condition: Of" #M "}, {Condition: Of" #M    \
    "}, {Condition: Of" #M "}, {Condition: Of" #M "}, {Condition: Of" #M "}]\n"

/* The second template with one property each of subnet and record left open. */
#define ROUTING(VPC_ID, ZONE, RECORD)                                                              \
    "Parameters:\n  VpcId: {Type: String}\n  Zone: {Type: String, Default: ''}\n"                  \
    "  Ids: {Type: CommaDelimitedList, Default: 'x,y'}\n"                                          \
    "Conditions:\n  Given: !Not [!Equals [!Ref Zone, '']]\n"                                       \
    "  Both: !And [{Condition: Given}, !Equals [a, a]]\n"                                          \
    "  Either: !Or [{Condition: Given}, !Equals [a, a]]\n"                                         \
    "  HasVpc: !Not [!Equals [!Ref VpcId, '']]\n"                                                  \
    "  Circle: !Equals [!If [Circle, a, b], a]\n  One: !Not [{Condition: Two}]\n"                  \
    "  Two: !Not [{Condition: One}]\n" TEN(0, 1) TEN(1, 2) TEN(2, 3) TEN(3, 4) TEN(4, 5)       \
        TEN(5, 6) TEN(6, 7) TEN(7, 8) TEN(8, 9) "  Of9: !Equals [a, a]\n"                          \
    "Resources:\n  Subnet:\n    Type: AWS::EC2::Subnet\n    Properties:\n"                         \
    "      CidrBlock: 10.0.1.0/24\n      AvailabilityZone: " ZONE "\n      VpcId: " VPC_ID "\n"    \
    "      Tags: [{Key: Name, Value: a-s}]\n"                                                      \
    "  Endpoint:\n    Type: AWS::EC2::VPCEndpoint\n    Properties:\n"                              \
    "      ServiceName: com.amazonaws.eu-west-1.ssm\n      VpcId: !Ref VpcId\n"                    \
    "  Record:\n    Type: AWS::Route53::RecordSet\n    Properties:\n"                              \
    "      Name: ssm.eu-west-1.amazonaws.com\n      Type: CNAME\n      TTL: '60'\n"                \
    "      ResourceRecords: [" RECORD "]\n"

#define VPC_ID "!Ref VpcId"
#define ZONE "eu-west-1a"
#define RECORD "!Select [1, !Split [':', !Select [0, !GetAtt Endpoint.DnsEntries]]]"

static struct had_verify_file file(struct fixture *f, const char *path, const char *text)
{
    return (struct had_verify_file){had_str_c(path), had_str_dup(&f->arena, had_str_c(text))};
}

static had_str digest(struct fixture *f, const char *text)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char *hex = had_arena_text(&f->arena, 2 * EVP_MAX_MD_SIZE + 1);
    assert_int_equal(EVP_Digest(text, strlen(text), bytes, &size, EVP_sha256(), NULL), 1);
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return had_str_c(hex);
}

static struct had_verify_result verify(struct fixture *f, const char *routing,
                                       const char *parameters, const char *waits)
{
    had_str manifest = had_str_printf(
        &f->arena,
        "{\"steps\": ["
        "{\"id\": \"web/eu-west-1/network\", \"kind\": \"stack\", \"waitsFor\": [], \"account\": "
        "{\"name\": \"web\", \"id\": \"444444444444\"}, \"region\": \"eu-west-1\", \"deployRole\": "
        "\"had-deploy\", \"stackName\": \"had-acme-network\", \"template\": \"n.yaml\", "
        "\"sha256\": "
        "\"" HAD_FMT "\", \"parameters\": {}, \"resources\": {\"Vpc\": \"spoke a:vpc\"}},"
        "{\"id\": \"web/eu-west-1/routing\", \"kind\": \"stack\", \"waitsFor\": [%s], \"account\": "
        "{\"name\": \"web\", \"id\": \"444444444444\"}, \"region\": \"eu-west-1\", \"deployRole\": "
        "\"had-deploy\", \"stackName\": \"had-acme-routing\", \"template\": \"r.yaml\", "
        "\"sha256\": "
        "\"" HAD_FMT "\", \"parameters\": {%s}, \"resources\": {\"Subnet\": \"spoke a/subnet "
        "s:subnet\", \"Endpoint\": \"spoke a/endpoint e:endpoint\", \"Record\": \"spoke a/endpoint "
        "e:record\"}}]}",
        HAD_ARG(digest(f, NETWORK)), waits, HAD_ARG(digest(f, routing)), parameters);
    struct had_verify_file files[] = {file(f, "manifest.json", had_str_cstr(&f->arena, manifest)),
                                      file(f, "n.yaml", NETWORK), file(f, "r.yaml", routing)};
    struct had_verify_input input = {.graph = &f->graph,
                                     .phase = HAD_PHASE_WORKLOADS,
                                     .files = files,
                                     .file_count = 3,
                                     .diags = &f->diags};
    return had_verify(&f->arena, &input);
}

#define BOUND "\"VpcId\": {\"from\": \"web/eu-west-1/network.VpcId\"}"
#define WAITS "\"web/eu-west-1/network\""

static void holds(struct fixture *f, const char *routing)
{
    uint32_t before = f->diags.items.count;
    struct had_verify_result r = verify(f, routing, BOUND, WAITS);
    if (f->diags.items.count > before)
        fail_msg("%.*s", HAD_ARG(f->diags.items.items[before]->message));
    assert_int_equal(r.nodes, 4);
    assert_int_equal(r.differences, 0);
    assert_true(r.values >= 10 && r.orders >= 3);
}

static void finds(struct fixture *f, const char *routing, const char *parameters, const char *waits,
                  const char *code)
{
    uint32_t before = f->diags.items.count;
    struct had_verify_result r = verify(f, routing, parameters, waits);
    assert_true(r.differences > 0);
    bool told = false;
    for (uint32_t i = before; i < f->diags.items.count; i++)
        told = told || !strcmp(f->diags.items.items[i]->code->code, code);
    if (!told)
        fail_msg("no %s for:\n%s", code, routing);
}

static void each_finds(struct fixture *f, const char *const *routings, size_t count,
                       const char *code)
{
    for (size_t i = 0; i < count; i++)
        finds(f, routings[i], BOUND, WAITS, code);
}

static void ways_to_say_it(void **state)
{
    struct fixture *f = *state;
    holds(f, ROUTING(VPC_ID, ZONE, RECORD));
    holds(f, ROUTING("!Sub '${VpcId}'", "!Sub '${AWS::Region}a'", RECORD));
    holds(f, ROUTING("!Sub ['${X}', {X: !Ref VpcId}]", "!Sub ['${R}${Z}', {R: eu-west-1, Z: a}]",
                     RECORD));
    holds(f, ROUTING("!Join ['', [!Ref VpcId]]", "!Join ['', [!Ref 'AWS::Region', a]]", RECORD));
    holds(f,
          ROUTING("!ImportValue the-vpc", "!Select [2, !Split [',', 'x,y,eu-west-1a']]", RECORD));
    holds(f, ROUTING("{'Fn::GetStackOutput': {StackName: had-acme-network, OutputName: VpcId}}",
                     ZONE, RECORD));
    holds(f, ROUTING(VPC_ID, "!If [Given, !Ref Zone, eu-west-1a]", RECORD));
    holds(f, ROUTING(VPC_ID, "!If [Both, eu-west-1b, eu-west-1a]", RECORD));
    holds(f, ROUTING(VPC_ID, "!If [Either, eu-west-1a, eu-west-1b]", RECORD));
    holds(f, ROUTING("!If [HasVpc, !Ref VpcId, none]", ZONE, RECORD));
    holds(f, ROUTING(VPC_ID, ZONE, RECORD ", !Ref 'AWS::NoValue'"));
}

static void other_things(void **state)
{
    static const char *const wrong[] = {
        ROUTING("vpc-0123", ZONE, RECORD),
        ROUTING("!Join ['', [!Ref VpcId, x]]", ZONE, RECORD),
        ROUTING("!Ref Endpoint", ZONE, RECORD),
        ROUTING(VPC_ID, "!Sub '${!AWS::Region}a'", RECORD),
        ROUTING(VPC_ID, "!If [Either, eu-west-1b, eu-west-1a]", RECORD),
        ROUTING(VPC_ID, "!Select [1, !Ref Ids]", RECORD),
        ROUTING(VPC_ID, "!Ref 'AWS::NoValue'", RECORD),
        ROUTING(VPC_ID, ZONE,
                "!Select [0, !Split [':', !Select [0, !GetAtt Endpoint.DnsEntries]]]"),
        ROUTING(VPC_ID, ZONE,
                "!Select [1, !Split [':', !Select [1, !GetAtt Endpoint.DnsEntries]]]"),
        ROUTING(VPC_ID, ZONE,
                "!Select [1, !Split ['-', !Select [0, !GetAtt Endpoint.DnsEntries]]]"),
        ROUTING(VPC_ID, ZONE, RECORD ", other"),
        ROUTING(VPC_ID, ZONE, ""),
        ROUTING(VPC_ID, ZONE, "{a: b}"),
    };
    each_finds(*state, wrong, sizeof wrong / sizeof *wrong, "HAD0830");
}

static void what_nobody_can_say(void **state)
{
    static const char *const wrong[] = {
        ROUTING("!Ref Gone", ZONE, RECORD),
        ROUTING("!GetAtt Endpoint.NoSuch", ZONE, RECORD),
        ROUTING("!FindInMap [a, b, c]", ZONE, RECORD),
        ROUTING("!ImportValue other", ZONE, RECORD),
        ROUTING("{'Fn::GetStackOutput': {StackName: other, OutputName: VpcId}}", ZONE, RECORD),
        ROUTING(VPC_ID, "!Ref 'AWS::StackId'", RECORD),
        ROUTING(VPC_ID, "!If [Absent, a, b]", RECORD),
        ROUTING(VPC_ID, "!If [Circle, a, b]", RECORD),
        ROUTING(VPC_ID, "!If [One, a, b]", RECORD),
        ROUTING(VPC_ID, "!If [Of0, a, b]", RECORD), /* a thousand million conditions */
        ROUTING(VPC_ID, "!Select [7, !Ref Ids]", RECORD),
        ROUTING(VPC_ID, "!Join [',', text]", RECORD),
        ROUTING(VPC_ID, "!Sub 'a${b'", RECORD),
        ROUTING(VPC_ID, "!Split [',', [a]]", RECORD),
    };
    each_finds(*state, wrong, sizeof wrong / sizeof *wrong, "HAD0835");
}

static void between_stacks(void **state)
{
    struct fixture *f = *state;
    const char *routing = ROUTING(VPC_ID, ZONE, RECORD);
    finds(f, routing, BOUND, "", "HAD0835"); /* an output of a stack that it does not wait for */
    finds(f, routing, "", WAITS, "HAD0835");
    finds(f, routing, "\"VpcId\": {\"from\": \"web/eu-west-1/routing.VpcId\"}", WAITS, "HAD0835");
    finds(f, routing, "\"VpcId\": {\"value\": \"vpc-1\"}", WAITS, "HAD0830");
    finds(f, routing, BOUND ", \"More\": {\"value\": \"x\"}", WAITS, "HAD0835");
    finds(f, ROUTING("vpc-1", ZONE, RECORD), "\"VpcId\": {\"value\": \"vpc-1\"}", "", "HAD0833");
}

static void no_output(void **state)
{
    struct fixture *f = *state;
    struct had_verify_input input = {.graph = &f->graph, .diags = &f->diags};
    assert_int_equal(had_verify(&f->arena, &input).differences, 1);
    struct had_verify_file files[] = {file(f, "manifest.json", "{\"steps\": 5}")};
    input.files = files;
    input.file_count = 1;
    assert_int_equal(had_verify(&f->arena, &input).differences, 1);
    files[0] = file(f, "manifest.json", "{\"steps\": []}"); /* nothing is made */
    input.phase = HAD_PHASE_WORKLOADS;
    assert_int_equal(had_verify(&f->arena, &input).differences, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ways_to_say_it, setup, teardown),
        cmocka_unit_test_setup_teardown(other_things, setup, teardown),
        cmocka_unit_test_setup_teardown(what_nobody_can_say, setup, teardown),
        cmocka_unit_test_setup_teardown(between_stacks, setup, teardown),
        cmocka_unit_test_setup_teardown(no_output, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
