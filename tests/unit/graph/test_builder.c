/* Building a graph, and what its dump looks like. */
#include "fixture.h"

static void addresses_are_made_of_names(void **state)
{
    struct fixture *f = *state;
    struct had_node *node =
        add_at(f, HAD_RESOURCE, "AWS::EC2::TransitGatewayAttachment", "spoke web-prod.main",
               "attachment", "hub core", f->spoke, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION);
    assert_true(had_str_is(node->address, "spoke web-prod.main:attachment[hub core]"));
    assert_true(had_str_is(node->object, "spoke web-prod.main"));
    assert_true(had_str_is(node->role, "attachment"));
    assert_true(had_str_is(node->key, "hub core"));
    assert_ptr_equal(had_graph_find(&f->graph, HAD_STR("spoke web-prod.main:attachment[hub core]")),
                     node);
    assert_null(had_graph_find(&f->graph, HAD_STR("spoke web-prod.main:attachment")));
    assert_null(had_graph_find(&f->graph, HAD_STR("")));
    struct had_node *plain = add(f, "AWS::EC2::VPC", "spoke a", "vpc");
    assert_true(had_str_is(plain->address, "spoke a:vpc"));
    assert_int_equal(plain->key.len, 0);
    had_str bare = had_node_address(&f->arena, HAD_STR("spoke a"), "", HAD_STR(""));
    assert_true(had_str_is(bare, "spoke a"));
}

static void equal_contexts_are_one(void **state)
{
    struct fixture *f = *state;
    struct had_context like = *f->hub;
    char account[] = "network"; /* another copy of the text */
    like.account = had_str_c(account);
    assert_ptr_equal(had_context_get(&f->graph, &like), f->hub);
    like.region = HAD_STR("eu-central-1");
    const struct had_context *other = had_context_get(&f->graph, &like);
    assert_ptr_not_equal(other, f->hub);
    account[0] = 'X'; /* the graph keeps texts of its own */
    assert_true(had_str_is(other->account, "network"));
}

static void paths_make_maps_on_the_way(void **state)
{
    struct fixture *f = *state;
    struct had_node *node =
        add(f, "AWS::DirectoryService::MicrosoftAD", "directory d", "directory");
    struct had_prop *list = had_prop_list(&f->graph, f->span);
    had_node_set(&f->graph, node, "VpcSettings.SubnetIds", list);
    set_text(f, node, "VpcSettings.VpcId", "vpc-1");
    assert_int_equal(node->props.count, 1);
    assert_ptr_equal(had_node_get(node, "VpcSettings.SubnetIds"), list);
    assert_true(had_str_is(had_node_get(node, "VpcSettings.VpcId")->text, "vpc-1"));
    assert_null(had_node_get(node, "VpcSettings.Other"));
    assert_null(had_node_get(node, "VpcSettings.VpcId.Deeper"));
    assert_null(had_node_get(node, "Nothing"));
    set_text(f, node, "VpcSettings.VpcId", "vpc-2"); /* set again: the later one counts */
    assert_true(had_str_is(had_node_get(node, "VpcSettings.VpcId")->text, "vpc-2"));
    assert_int_equal(had_node_get(node, "VpcSettings")->entries.count, 2);
    set_text(f, node, "A.B.C", "deep");
    assert_true(had_str_is(had_prop_at(had_node_get(node, "A.B"), "C")->text, "deep"));
}

static void known_ids_are_kept(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    assert_int_equal(had_node_known(vpc, HAD_STR("VpcId")).len, 0);
    had_node_know(&f->graph, vpc, "VpcId", HAD_STR("vpc-0"));
    had_node_know(&f->graph, vpc, "VpcId", HAD_STR("vpc-1"));
    assert_int_equal(vpc->known.count, 1);
    assert_true(had_str_is(had_node_known(vpc, HAD_STR("VpcId")), "vpc-1"));
}

static void staged_values_choose_by_revision(void **state)
{
    struct fixture *f = *state;
    struct had_prop *staged = had_prop_staged(&f->graph, f->span);
    struct had_prop *first = text(f, "bootstrap"), *last = text(f, "controllers");
    had_prop_stage(&f->graph, staged, first);
    had_prop_stage(&f->graph, staged, last);
    assert_ptr_equal(had_prop_revision(staged, 0), first);
    assert_ptr_equal(had_prop_revision(staged, 1), last);
    assert_ptr_equal(had_prop_revision(staged, 7), last);
    assert_ptr_equal(had_prop_revision(first, 3), first);
}

static void attributes_may_have_an_index(void **state)
{
    (void)state;
    had_str name;
    uint32_t index = 99;
    assert_true(had_attribute_split(HAD_STR("DnsIpAddresses[1]"), &name, &index));
    assert_true(had_str_is(name, "DnsIpAddresses"));
    assert_int_equal(index, 1);
    const char *const plain[] = {"VpcId", "A[]",      "[1]",  "A[1",
                                 "A[-1]", "A[99999]", "A[x]", "A[1]b"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        assert_false(had_attribute_split(had_str_c(plain[i]), &name, &index));
        assert_true(had_str_is(name, plain[i]));
    }
}

static void names_of_layers_and_phases(void **state)
{
    (void)state;
    assert_string_equal(had_layer_name(HAD_LAYER_DOMAIN_CONTROLLERS), "domain-controllers");
    assert_string_equal(had_layer_name(HAD_LAYER_WORKLOAD), "workload");
    for (int i = 0; i < HAD_PHASE_COUNT; i++) {
        enum had_phase found;
        assert_true(had_phase_find(had_str_c(had_phase_name((enum had_phase)i)), &found));
        assert_int_equal(found, i);
    }
    enum had_phase none;
    assert_false(had_phase_find(HAD_STR("later"), &none));
}

static void a_dump_shows_everything(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    vpc->protect = HAD_PROTECT_ACKNOWLEDGE;
    vpc->description = HAD_STR("a \"quoted\"\ntext \x1b[31m\xe2\x80\xae");
    had_node_know(&f->graph, vpc, "VpcId", HAD_STR("vpc-1"));
    *had_push(&f->arena, &vpc->former) = HAD_STR("spoke old:vpc");
    struct had_node *gate = add_gate(f, "spoke a");
    struct had_node *rule = add(f, "AWS::Route53Resolver::ResolverRule", "forward corp", "rule");
    rule->lane = HAD_STR("resolver");
    rule->lane_width = 2;
    struct had_origin origin = *rule->origin;
    origin.module = HAD_STR("web-prod");
    origin.derivation = HAD_STR("every spoke");
    rule->origin = &origin;
    set_text(f, rule, "RuleType", "FORWARD");
    struct had_prop *staged = had_prop_staged(&f->graph, f->span);
    struct had_prop *lists[2], *ips[] = {text(f, "10.0.0.1"), text(f, "10.0.0.2")};
    for (int i = 0; i < 2; i++) {
        struct had_prop *target = had_prop_map(&f->graph, f->span);
        had_prop_put(&f->graph, target, "Ip", ips[i]);
        lists[i] = had_prop_list(&f->graph, f->span);
        had_prop_append(&f->graph, lists[i], target);
    }
    struct had_stage *stage = had_prop_stage(&f->graph, staged, lists[0]);
    *had_push(&f->arena, &stage->until) = gate;
    had_prop_stage(&f->graph, staged,
                   had_prop_because(&f->graph, lists[1], HAD_STR("its controllers")));
    had_node_set(&f->graph, rule, "TargetIps", staged);
    struct had_node *table = add(f, "AWS::EC2::RouteTable", "spoke a", "table");
    set_read(f, table, "VpcId", vpc, "VpcId");
    struct had_node *policy = add(f, "AWS::IAM::RolePolicy", "spoke a", "policy");
    struct had_prop *format = had_prop_format(&f->graph, f->span);
    had_prop_append(&f->graph, format, text(f, "vpc/"));
    had_prop_append(&f->graph, format, had_prop_read(&f->graph, vpc, "VpcId", f->span));
    had_prop_append(&f->graph, format, had_prop_int(&f->graph, 7, f->span));
    had_node_set(&f->graph, policy, "PolicyDocument.Resource", format);
    had_node_set(&f->graph, policy, "PolicyDocument.Secret",
                 had_prop_secret(&f->graph, HAD_STR("ad/join"), HAD_STR("111111111111"),
                                 HAD_STR("eu-west-1"), "Password", f->span));
    had_node_set(&f->graph, policy, "PolicyDocument.Empty", had_prop_list(&f->graph, f->span));
    had_node_set(&f->graph, policy, "PolicyDocument.Yes", had_prop_bool(&f->graph, true, f->span));
    set_text(f, policy, "PolicyName", "p");
    set_text(f, policy, "RoleName", "r");
    need(f, policy, table);
    expect_clean(f);
    assert_true(had_str_is(
        dump_of(f),
        "graph acme, home eu-west-1, 5 nodes, 4 edges\n"
        "\n"
        "forward corp:rule\n"
        "  resource AWS::Route53Resolver::ResolverRule, managed\n"
        "  context aws/network(111111111111)/eu-west-1 deploy as had-deploy\n"
        "  layer network, phase foundation, revisions 2\n"
        "  lane resolver, width 2\n"
        "  origin forward corp, module web-prod, derived: every spoke\n"
        "  properties\n"
        "    RuleType = \"FORWARD\"\n"
        "    TargetIps staged\n"
        "      0 until spoke a:gate\n"
        "        -\n"
        "          Ip = \"10.0.0.1\"\n"
        "      1  (its controllers)\n"
        "        -\n"
        "          Ip = \"10.0.0.2\"\n"
        "  edges\n"
        "    needs spoke a:gate for TargetIps, verified, person, revision 1 on: "
        "the later value counts when this answers\n"
        "\n"
        "spoke a:gate\n"
        "  gate had::Gate, managed\n"
        "  context person directory team\n"
        "  layer none, phase foundation\n"
        "  origin spoke a\n"
        "  properties\n"
        "    Kind = \"firewall\"\n"
        "    Instruction = \"open the firewall\"\n"
        "    Owner = \"directory team\"\n"
        "\n"
        "spoke a:policy\n"
        "  resource AWS::IAM::RolePolicy, managed\n"
        "  context aws/network(111111111111)/eu-west-1 deploy as had-deploy\n"
        "  layer network, phase foundation\n"
        "  origin spoke a\n"
        "  properties\n"
        "    PolicyDocument\n"
        "      Resource = format \"vpc/\" <spoke a:vpc.VpcId> 7\n"
        "      Secret = secret \"ad/join\" key Password account 111111111111 region eu-west-1\n"
        "      Empty = []\n"
        "      Yes = true\n"
        "    PolicyName = \"p\"\n"
        "    RoleName = \"r\"\n"
        "  edges\n"
        "    needs spoke a:table, ready, local: the test says so\n"
        "    reads spoke a:vpc.VpcId -> PolicyDocument.Resource, ready, local\n"
        "\n"
        "spoke a:table\n"
        "  resource AWS::EC2::RouteTable, managed\n"
        "  context aws/network(111111111111)/eu-west-1 deploy as had-deploy\n"
        "  layer network, phase foundation\n"
        "  origin spoke a\n"
        "  properties\n"
        "    VpcId <- spoke a:vpc.VpcId\n"
        "  edges\n"
        "    reads spoke a:vpc.VpcId -> VpcId, ready, local\n"
        "\n"
        "spoke a:vpc\n"
        "  resource AWS::EC2::VPC, managed, protect acknowledge\n"
        "  context aws/network(111111111111)/eu-west-1 deploy as had-deploy\n"
        "  layer network, phase foundation\n"
        "  origin spoke a\n"
        "  description \"a \\\"quoted\\\"\\ntext \\u{1b}[31m\\u{202e}\"\n"
        "  formerly spoke old:vpc\n"
        "  known VpcId = \"vpc-1\"\n"
        "  properties\n"
        "    CidrBlock = \"10.0.0.0/16\"\n"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_made_of_names),      TEST(equal_contexts_are_one),
        TEST(paths_make_maps_on_the_way),       TEST(known_ids_are_kept),
        TEST(staged_values_choose_by_revision), TEST(attributes_may_have_an_index),
        TEST(names_of_layers_and_phases),       TEST(a_dump_shows_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
