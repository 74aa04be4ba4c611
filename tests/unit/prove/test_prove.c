/* The model and the verdicts on graphs small enough to see. */
#include "prove/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- small graphs ---- */

struct world {
    struct had_arena arena;
    struct had_graph graph;
    const struct had_context *context;
};

static struct had_node *add(struct world *w, const char *type, const char *object, const char *role)
{
    bool fact = strncmp(type, "had::On", 7) == 0 || strcmp(type, "had::DomainMember") == 0 ||
                strcmp(type, "had::SegmentPolicy") == 0;
    return had_node_add(&w->graph, fact ? HAD_FACT : HAD_RESOURCE, type, had_str_c(object), role,
                        (had_str){0}, w->context, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION,
                        (struct had_origin){.object = had_str_c(object), .span = {1, 0, 1}});
}

static void set(struct world *w, struct had_node *n, const char *path, const char *text)
{
    had_node_set(&w->graph, n, path, had_prop_c(&w->graph, text, (struct had_span){1, 0, 1}));
}

static void feed(struct world *w, struct had_node *n, const char *path, const struct had_node *of)
{
    had_node_set(&w->graph, n, path,
                 had_prop_read(&w->graph, of, "Id", (struct had_span){1, 0, 1}));
}

static void number(struct world *w, struct had_node *n, const char *path, int64_t value)
{
    had_node_set(&w->graph, n, path, had_prop_int(&w->graph, value, (struct had_span){1, 0, 1}));
}

static void list(struct world *w, struct had_node *n, const char *path, const struct had_node *of)
{
    struct had_prop *l = had_prop_list(&w->graph, (struct had_span){1, 0, 1});
    had_prop_append(&w->graph, l, had_prop_read(&w->graph, of, "Id", (struct had_span){1, 0, 1}));
    had_node_set(&w->graph, n, path, l);
}

static struct had_node *find(struct world *w, const char *address)
{
    struct had_node *n = had_graph_find(&w->graph, had_str_c(address));
    assert_non_null(n);
    return n;
}

/* A VPC with one subnet, its table, an attachment to the hub and a route to everything of 10/8. */
static void network(struct world *w, const char *name, const char *cidr, struct had_node *hub,
                    struct had_node *segment)
{
    struct had_node *vpc = add(w, "AWS::EC2::VPC", name, "vpc");
    set(w, vpc, "CidrBlock", cidr);
    struct had_node *subnet = add(w, "AWS::EC2::Subnet", name, "subnet");
    feed(w, subnet, "VpcId", vpc);
    set(w, subnet, "CidrBlock", cidr);
    set(w, subnet, "AvailabilityZoneId", "euw1-az1");
    struct had_node *table = add(w, "AWS::EC2::RouteTable", name, "table");
    feed(w, table, "VpcId", vpc);
    struct had_node *uses = add(w, "AWS::EC2::SubnetRouteTableAssociation", name, "uses");
    feed(w, uses, "SubnetId", subnet);
    feed(w, uses, "RouteTableId", table);
    struct had_node *route = add(w, "AWS::EC2::Route", name, "route");
    feed(w, route, "RouteTableId", table);
    set(w, route, "DestinationCidrBlock", "10.0.0.0/8");
    feed(w, route, "TransitGatewayId", hub);
    struct had_node *attachment = add(w, "AWS::EC2::TransitGatewayAttachment", name, "attachment");
    feed(w, attachment, "TransitGatewayId", hub);
    feed(w, attachment, "VpcId", vpc);
    list(w, attachment, "SubnetIds", subnet);
    struct had_node *joins = add(w, "AWS::EC2::TransitGatewayRouteTableAssociation", name, "joins");
    feed(w, joins, "TransitGatewayAttachmentId", attachment);
    feed(w, joins, "TransitGatewayRouteTableId", segment);
    struct had_node *tells = add(w, "AWS::EC2::TransitGatewayRouteTablePropagation", name, "tells");
    feed(w, tells, "TransitGatewayAttachmentId", attachment);
    feed(w, tells, "TransitGatewayRouteTableId", segment);
}

static void rule(struct world *w, struct had_node *group, const char *name, bool in,
                 const char *protocol, int64_t first, int64_t last)
{
    struct had_node *r = add(
        w, in ? "AWS::EC2::SecurityGroupIngress" : "AWS::EC2::SecurityGroupEgress", name, "rule");
    feed(w, r, "GroupId", group);
    set(w, r, "IpProtocol", protocol);
    if (strcmp(protocol, "-1") != 0) {
        number(w, r, "FromPort", first);
        number(w, r, "ToPort", last);
    }
    set(w, r, "CidrIp", "10.0.0.0/8");
}

static void machine(struct world *w, const char *name, const char *net, const char *address,
                    const char *role)
{
    char subnet[64], self[64];
    snprintf(subnet, sizeof subnet, "%s:subnet", net);
    snprintf(self, sizeof self, "%s:instance", name);
    struct had_node *group = add(w, "AWS::EC2::SecurityGroup", name, "group");
    struct had_prop *none = had_prop_list(&w->graph, (struct had_span){1, 0, 1});
    had_node_set(&w->graph, group, "SecurityGroupEgress", none);
    rule(w, group, self, false, "-1", 0, 0);
    struct had_node *n = add(w, "AWS::EC2::Instance", name, "instance");
    feed(w, n, "SubnetId", find(w, subnet));
    set(w, n, "PrivateIpAddress", address);
    list(w, n, "SecurityGroupIds", group);
    struct had_node *fact = add(w, "had::DomainMember", name, "membership");
    set(w, fact, "Domain", "corp.example.com");
    set(w, fact, "Role", role);
    set(w, fact, "Machine", self);
}

/* A member in one network, a controller in another, all open. */
static void build(struct world *w)
{
    memset(w, 0, sizeof *w);
    had_graph_init(&w->graph, &w->arena, HAD_STR("small"), HAD_STR("eu-west-1"));
    w->context = had_context_get(&w->graph, &(struct had_context){.partition = HAD_STR("aws"),
                                                                  .account = HAD_STR("one"),
                                                                  .region = HAD_STR("eu-west-1")});
    struct had_node *hub = add(w, "AWS::EC2::TransitGateway", "hub", "gateway");
    struct had_node *segment = add(w, "AWS::EC2::TransitGatewayRouteTable", "hub", "table");
    feed(w, segment, "TransitGatewayId", hub);
    struct had_node *policy = add(w, "had::SegmentPolicy", "hub", "policy");
    set(w, policy, "Table", "hub:table");
    struct had_prop *reaches = had_prop_list(&w->graph, (struct had_span){1, 0, 1});
    had_prop_append(&w->graph, reaches,
                    had_prop_c(&w->graph, "hub:table", (struct had_span){1, 0, 1}));
    had_node_set(&w->graph, policy, "Reaches", reaches);
    network(w, "core", "10.1.0.0/24", hub, segment);
    network(w, "web", "10.2.0.0/24", hub, segment);
    machine(w, "dc", "core", "10.1.0.10", "controller");
    machine(w, "app", "web", "10.2.0.10", "member");
    rule(w, find(w, "dc:group"), "dc tcp", true, "tcp", 0, 65535);
    rule(w, find(w, "dc:group"), "dc udp", true, "udp", 0, 65535);
}

static struct had_proof *prove(struct world *w)
{
    for (uint32_t i = 0; i < w->graph.nodes.count; i++)
        w->graph.nodes.items[i]->id = i;
    return had_prove(&w->arena, &w->graph, &(struct had_prove_options){.failures = 0});
}

static void take_away(struct world *w, const char *address)
{
    struct had_node *n = find(w, address);
    n->type = NULL;
    n->type_name = HAD_STR("gone");
}

static void refuted(struct had_proof *proof, enum had_query_id id, const char *reason,
                    const char *at, bool reply)
{
    const struct had_query *q = &proof->queries[id];
    assert_int_equal(q->verdict, HAD_REFUTED);
    const struct had_counterexample *x = &q->counterexamples.items[0];
    assert_string_equal(x->reason, reason);
    assert_true(had_str_is(x->at->address, at));
    assert_int_equal(x->reply, reply);
    assert_true(x->repair.len > 0);
}

/* ---- R1 ---- */

static void open_network_is_proved(void **state)
{
    struct world w;
    build(&w);
    struct had_proof *proof = prove(&w);
    assert_int_equal(proof->queries[HAD_R1].members, 1);
    assert_int_equal(proof->queries[HAD_R1].verdict, HAD_PROVED);
    assert_int_equal(proof->queries[HAD_R5].verdict, HAD_PROVED);
    assert_int_equal(proof->queries[HAD_R6].verdict, HAD_PROVED);
    assert_int_equal(proof->queries[HAD_R7].verdict, HAD_PROVED);
    /* Nobody forwards the name, and no controller says its site. */
    refuted(proof, HAD_R3, "RULE_NOT_ASSOCIATED", "web:vpc", false);
    assert_int_equal(proof->queries[HAD_R4].verdict, HAD_ASSUMED);
    had_arena_free(&w.arena);
    (void)state;
}

static void each_thing_that_is_missing_is_found(void **state)
{
    static const struct {
        const char *gone, *reason, *at;
        bool reply;
    } cases[] = {
        {"web:route", "ROUTE_NOT_FOUND", "web:subnet", false},
        {"core:route", "ROUTE_NOT_FOUND", "core:subnet", true},
        {"web:uses", "ROUTE_NOT_FOUND", "web:subnet", false},
        {"core:tells", "ROUTE_NOT_FOUND", "hub:table", false},
        {"web:tells", "ROUTE_NOT_FOUND", "hub:table", true},
        {"web:joins", "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", "web:attachment", false},
        {"core:joins", "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", "core:attachment", true},
        {"web:attachment", "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", "web:subnet", false},
        {"dc tcp:rule", "ENI_SG_RULES_MISMATCH", "dc:instance", false},
        {"dc udp:rule", "ENI_SG_RULES_MISMATCH", "dc:instance", false},
        {"app:instance:rule", "ENI_SG_RULES_MISMATCH", "app:instance", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        build(&w);
        take_away(&w, cases[i].gone);
        refuted(prove(&w), HAD_R1, cases[i].reason, cases[i].at, cases[i].reply);
        had_arena_free(&w.arena);
    }
    (void)state;
}

static void an_attachment_in_another_zone_is_no_way_out(void **state)
{
    struct world w;
    build(&w);
    struct had_node *far = add(&w, "AWS::EC2::Subnet", "web far", "subnet");
    feed(&w, far, "VpcId", find(&w, "web:vpc"));
    set(&w, far, "CidrBlock", "10.2.1.0/24");
    set(&w, far, "AvailabilityZoneId", "euw1-az2");
    list(&w, find(&w, "web:attachment"), "SubnetIds", far);
    refuted(prove(&w), HAD_R1, "TGW_ROUTE_AZ_RESTRICTION", "web:attachment", false);
    had_arena_free(&w.arena);
    (void)state;
}

static void what_exists_is_assumed(void **state)
{
    struct world w;
    build(&w);
    take_away(&w, "web:uses");
    find(&w, "web:subnet")->lifecycle = HAD_EXISTING;
    struct had_proof *proof = prove(&w);
    assert_int_equal(proof->queries[HAD_R1].verdict, HAD_ASSUMED);
    assert_true(had_str_ends(proof->model->assumptions[0], "lead where they must"));
    had_arena_free(&w.arena);
    (void)state;
}

static void a_more_specific_route_wins(void **state)
{
    struct world w;
    build(&w);
    struct had_node *hole = add(&w, "AWS::EC2::TransitGatewayRoute", "hole", "route");
    feed(&w, hole, "TransitGatewayRouteTableId", find(&w, "hub:table"));
    set(&w, hole, "DestinationCidrBlock", "10.1.0.8/29");
    had_node_set(&w.graph, hole, "Blackhole",
                 had_prop_bool(&w.graph, true, (struct had_span){1, 0, 1}));
    struct had_proof *proof = prove(&w);
    refuted(proof, HAD_R1, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", "hub:table", false);
    refuted(proof, HAD_R6, "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", "hub:table", false);
    had_arena_free(&w.arena);
    (void)state;
}

static void one_range_twice_is_refuted(void **state)
{
    struct world w;
    build(&w);
    network(&w, "twin", "10.1.0.0/24", find(&w, "hub:gateway"), find(&w, "hub:table"));
    refuted(prove(&w), HAD_R1, "AMBIGUOUS_ROUTE", "hub:table", false);
    had_arena_free(&w.arena);
    (void)state;
}

static void an_undeclared_way_is_refuted(void **state)
{
    struct world w;
    build(&w);
    had_node_set(&w.graph, find(&w, "hub:policy"), "Reaches",
                 had_prop_list(&w.graph, (struct had_span){1, 0, 1}));
    refuted(prove(&w), HAD_R7, "UNDECLARED_PATH", "hub:table", false);
    had_arena_free(&w.arena);
    (void)state;
}

static void without_a_policy_isolation_is_unknown(void **state)
{
    struct world w;
    build(&w);
    take_away(&w, "hub:policy");
    assert_int_equal(prove(&w)->queries[HAD_R7].verdict, HAD_UNKNOWN);
    had_arena_free(&w.arena);
    (void)state;
}

/* ---- network ACLs ---- */

static void entry(struct world *w, const char *name, bool out, int64_t n, const char *action,
                  int64_t protocol, int64_t first, int64_t last, const char *cidr)
{
    struct had_node *e = add(w, "AWS::EC2::NetworkAclEntry", name, "entry");
    feed(w, e, "NetworkAclId", find(w, "wall:acl"));
    had_node_set(&w->graph, e, "Egress", had_prop_bool(&w->graph, out, (struct had_span){1, 0, 1}));
    number(w, e, "RuleNumber", n);
    number(w, e, "Protocol", protocol);
    number(w, e, "PortRange.From", first);
    number(w, e, "PortRange.To", last);
    set(w, e, "RuleAction", action);
    set(w, e, "CidrBlock", cidr);
}

static struct had_proof *with_acl(struct world *w, const char *action, int64_t first, int64_t last,
                                  bool out, int64_t n)
{
    build(w);
    add(w, "AWS::EC2::NetworkAcl", "wall", "acl");
    struct had_node *on = add(w, "AWS::EC2::SubnetNetworkAclAssociation", "wall", "on");
    feed(w, on, "NetworkAclId", find(w, "wall:acl"));
    feed(w, on, "SubnetId", find(w, "web:subnet"));
    entry(w, "in", false, 100, "allow", -1, 0, 65535, "0.0.0.0/0");
    entry(w, "out", true, 100, "allow", -1, 0, 65535, "0.0.0.0/0");
    if (action)
        entry(w, "one", out, n, action, 6, first, last, "10.0.0.0/8");
    return prove(w);
}

static void acl_lines_go_by_their_number(void **state)
{
    struct world w;
    assert_int_equal(with_acl(&w, NULL, 0, 0, false, 0)->queries[HAD_R1].verdict, HAD_PROVED);
    had_arena_free(&w.arena);
    refuted(with_acl(&w, "deny", 88, 88, true, 50), HAD_R1, "SUBNET_ACL_RESTRICTION", "web:subnet",
            false);
    had_arena_free(&w.arena);
    assert_int_equal(with_acl(&w, "deny", 88, 88, true, 150)->queries[HAD_R1].verdict, HAD_PROVED);
    had_arena_free(&w.arena);
    /* One port of the dynamic range is enough. */
    refuted(with_acl(&w, "deny", 50000, 50000, true, 50), HAD_R1, "SUBNET_ACL_RESTRICTION",
            "web:subnet", false);
    had_arena_free(&w.arena);
    /*
     * The attachment stands in the member's subnet: what goes out meets the lines in, too, by its
     * source, and what comes in from the hub meets none.
     */
    refuted(with_acl(&w, "deny", 88, 88, false, 50), HAD_R1, "SUBNET_ACL_RESTRICTION", "web:subnet",
            false);
    had_arena_free(&w.arena);
    assert_int_equal(with_acl(&w, "deny", 2000, 2000, false, 50)->queries[HAD_R1].verdict,
                     HAD_PROVED);
    had_arena_free(&w.arena);
    (void)state;
}

/* ---- parts ---- */

static void ports_come_from_the_facts(void **state)
{
    struct world w;
    build(&w);
    struct had_model *m = prove(&w)->model;
    uint64_t member = had_flow_ports(m, "member_dc");
    had_str tcp = had_ports_of_mask(m, member, 6);
    assert_true(had_str_eq(tcp, HAD_STR("53,88,135,389,445,464,49152-65535,3268-3269")));
    assert_true(had_str_eq(had_ports_of_mask(m, member, 17), HAD_STR("53,88,123,389,464")));
    assert_true(had_str_eq(had_ports_of_mask(m, had_flow_ports(m, "resolver_outbound"), 17),
                           HAD_STR("53")));
    assert_true(had_flow_ports(m, "nothing") == 0);
    had_arena_free(&w.arena);
    (void)state;
}

static void a_table_finds_the_longest_prefix(void **state)
{
    struct had_mprefix prefixes[] = {
        {{0, 0}, HAD_NOTHING, 0, 0}, {{0x0A000000, 8}, 0, 0, 0},  {{0x0A010000, 16}, 1, 0, 0},
        {{0x0A010100, 24}, 2, 0, 0}, {{0x0A020000, 16}, 1, 0, 0},
    };
    struct had_mtgw_table t = {0};
    t.prefixes.items = prefixes;
    t.prefixes.count = 5;
    assert_int_equal(had_tgw_lookup(&t, 0x0A010101), 3);
    assert_int_equal(had_tgw_lookup(&t, 0x0A0102FF), 2);
    assert_int_equal(had_tgw_lookup(&t, 0x0A01FFFF), 2);
    assert_int_equal(had_tgw_lookup(&t, 0x0A020001), 4);
    assert_int_equal(had_tgw_lookup(&t, 0x0AFF0000), 1);
    assert_int_equal(had_tgw_lookup(&t, 0xC0A80001), 0);
    t.prefixes.items++;
    t.prefixes.count = 0;
    assert_int_equal(had_tgw_lookup(&t, 0x0A010101), HAD_NOTHING);
    (void)state;
}

static void nothing_is_shown_for_an_empty_graph(void **state)
{
    struct world w = {0};
    had_graph_init(&w.graph, &w.arena, HAD_STR("empty"), HAD_STR("eu-west-1"));
    struct had_proof *proof =
        had_prove(&w.arena, &w.graph, &(struct had_prove_options){.failures = 2});
    struct had_buffer b = {0};
    for (int i = 0; i < HAD_QUERY_COUNT; i++)
        assert_int_equal(proof->queries[i].verdict, HAD_PROVED);
    had_proof_text(&b, proof, NULL);
    had_proof_markdown(&b, proof, NULL);
    had_proof_json(&b, proof, NULL);
    had_proof_certificate(&b, proof);
    assert_non_null(memchr(b.ptr, '{', b.len));
    had_buffer_free(&b);
    had_arena_free(&w.arena);
    (void)state;
}

static void names_of_a_spec_are_only_text(void **state)
{
    struct world w;
    build(&w);
    take_away(&w, "web:route");
    struct had_node *vpc = find(&w, "web:vpc");
    vpc->object = HAD_STR("web\x1b[31m```\xe2\x80\xae");
    struct had_buffer b = {0};
    struct had_proof *proof = prove(&w);
    had_proof_text(&b, proof, NULL);
    had_proof_markdown(&b, proof, NULL);
    assert_null(memchr(b.ptr, 0x1b, b.len));
    for (size_t i = 0; i + 2 < b.len; i++)
        assert_false((unsigned char)b.ptr[i] == 0xe2 && (unsigned char)b.ptr[i + 1] == 0x80 &&
                     (unsigned char)b.ptr[i + 2] == 0xae);
    had_buffer_free(&b);
    had_arena_free(&w.arena);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_network_is_proved),
        cmocka_unit_test(each_thing_that_is_missing_is_found),
        cmocka_unit_test(an_attachment_in_another_zone_is_no_way_out),
        cmocka_unit_test(what_exists_is_assumed),
        cmocka_unit_test(a_more_specific_route_wins),
        cmocka_unit_test(one_range_twice_is_refuted),
        cmocka_unit_test(an_undeclared_way_is_refuted),
        cmocka_unit_test(without_a_policy_isolation_is_unknown),
        cmocka_unit_test(acl_lines_go_by_their_number),
        cmocka_unit_test(ports_come_from_the_facts),
        cmocka_unit_test(a_table_finds_the_longest_prefix),
        cmocka_unit_test(nothing_is_shown_for_an_empty_graph),
        cmocka_unit_test(names_of_a_spec_are_only_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
