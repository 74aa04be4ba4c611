/* Which stacks there are, in which order, and what changes when. */
#include "fixture.h"

#include "emit/cloudformation/template.h"

#include <stdio.h>
#include <string.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

static uint32_t index_of(const struct fixture *f, const char *id)
{
    return (uint32_t)(step_of(f, id) - f->steps->steps.items);
}

static bool waits(const struct fixture *f, const char *id, const char *other)
{
    const struct had_step *step = step_of(f, id);
    for (uint32_t i = 0; i < step->waits.count; i++)
        if (had_str_is(f->steps->steps.items[step->waits.items[i]].id, other))
            return true;
    return false;
}

/* Every edge of the graph is kept by the order of the steps. */
static void assert_ordered(const struct fixture *f)
{
    uint32_t *first = had_new_n(f->graph.arena, uint32_t, f->graph.nodes.count + 1);
    for (uint32_t i = 0; i < f->steps->steps.count; i++) {
        const struct had_step *step = &f->steps->steps.items[i];
        for (uint32_t k = 0; k < step->waits.count; k++)
            assert_true(step->waits.items[k] < i);
        if (step->update)
            continue;
        had_each(const struct had_node *, node, &step->nodes)
            first[(*node)->id] = i + 1;
    }
    had_each(struct had_edge *, at, &f->graph.edges) {
        const struct had_edge *edge = *at;
        if (edge->kind == HAD_OUTLIVES || edge->revision || !first[edge->from->id] ||
            !first[edge->to->id])
            continue;
        if (first[edge->to->id] > first[edge->from->id])
            fail_msg(HAD_FMT " comes before " HAD_FMT, HAD_ARG(edge->from->address),
                     HAD_ARG(edge->to->address));
    }
}

static void stacks_are_account_region_and_layer(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *vpc = add_vpc(f, "web", f->web, "10.0.0.0/24");
    struct had_node *subnet = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
    add_attachment(f, hub, vpc, subnet);
    add_vpc(f, "shared", f->shared, "10.1.0.0/24");
    struct had_node *sharing = add(f, "had::ResourceSharing", "organization acme", "sharing", "",
                                   f->management, HAD_LAYER_ORGANIZATION);
    need(f, had_graph_find(&f->graph, HAD_STR("hub core:share")), sharing);
    emit_all(f);
    assert_int_equal(f->steps->stacks.count, 4);
    assert_int_equal(f->steps->steps.count, 4);
    assert_ordered(f);
    /* Global things stand in the home Region. */
    assert_true(has_file(f, "cloudformation/management/eu-west-1/organization-glue.yaml"));
    assert_true(waits(f, "network/eu-west-1/hub", "management/eu-west-1/organization-glue"));
    assert_true(waits(f, "web/eu-west-1/network", "network/eu-west-1/hub"));
    /* Implied by the wait before. */
    assert_false(waits(f, "web/eu-west-1/network", "management/eu-west-1/organization-glue"));
    const struct had_step *step = step_of(f, "web/eu-west-1/network");
    assert_string_equal(had_str_cstr(&f->arena, step->stack->stack_name), "had-acme-network");
    assert_int_equal(step_of(f, "shared/eu-west-1/network")->waits.count, 0);
}

static struct had_node *add_rule(struct fixture *f, struct had_prop *targets)
{
    struct had_node *vpc = add_vpc(f, "e", f->network, "10.9.0.0/24");
    struct had_node *subnet = add_subnet(f, vpc, "a", "10.9.0.0/25", "eu-west-1a");
    struct had_node *other = add_subnet(f, vpc, "b", "10.9.0.128/25", "eu-west-1b");
    vpc->layer = subnet->layer = other->layer = HAD_LAYER_ENDPOINT;
    struct had_node *endpoint = add(f, "AWS::Route53Resolver::ResolverEndpoint", "resolver out",
                                    "endpoint", "", f->network, HAD_LAYER_ENDPOINT);
    set(f, endpoint, "Direction", "OUTBOUND");
    struct had_prop *addresses = had_prop_list(&f->graph, here);
    struct had_node *const subnets[] = {subnet, other};
    for (int i = 0; i < 2; i++) {
        struct had_prop *address = had_prop_map(&f->graph, here);
        had_prop_put(&f->graph, address, "SubnetId", read_of(f, subnets[i], "SubnetId"));
        had_prop_append(&f->graph, addresses, address);
    }
    had_node_set(&f->graph, endpoint, "IpAddresses", addresses);
    struct had_node *group = add(f, "AWS::EC2::SecurityGroup", "spoke e", "group", "resolver",
                                 f->network, HAD_LAYER_ENDPOINT);
    set(f, group, "GroupDescription", "Resolver");
    set_read(f, group, "VpcId", vpc, "VpcId");
    struct had_prop *groups = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, groups, read_of(f, group, "GroupId"));
    had_node_set(&f->graph, endpoint, "SecurityGroupIds", groups);
    struct had_node *rule = add(f, "AWS::Route53Resolver::ResolverRule", "forward corp", "rule", "",
                                f->network, HAD_LAYER_DNS);
    set(f, rule, "RuleType", "FORWARD");
    set(f, rule, "DomainName", "corp.example.com");
    set_read(f, rule, "ResolverEndpointId", endpoint, "ResolverEndpointId");
    had_node_set(&f->graph, rule, "TargetIps", targets);
    return rule;
}

static struct had_prop *targets(struct fixture *f, const char *const *addresses)
{
    struct had_prop *list = had_prop_list(&f->graph, here);
    for (; *addresses; addresses++) {
        struct had_prop *target = had_prop_map(&f->graph, here);
        had_prop_put(&f->graph, target, "Ip", text(f, *addresses));
        had_prop_put(&f->graph, target, "Port", text(f, "53"));
        had_prop_append(&f->graph, list, target);
    }
    return list;
}

static struct had_node *add_switch(struct fixture *f, const char *const *first,
                                   const char *const *then)
{
    struct had_node *gate =
        add(f, "had::Gate", "controllers", "gate", "", f->person, HAD_LAYER_NONE);
    set(f, gate, "Kind", "controllers");
    set(f, gate, "Instruction", "Promote `dc-1` & *both* <b>of</b> them.");
    set(f, gate, "Owner", "directory team");
    struct had_prop *staged = had_prop_staged(&f->graph, here);
    struct had_stage *stage = had_prop_stage(&f->graph, staged, targets(f, first));
    *had_push(&f->arena, &stage->until) = gate;
    had_prop_stage(&f->graph, staged, targets(f, then));
    add_rule(f, staged);
    return gate;
}

#define DNS "cloudformation/network/eu-west-1/dns.yaml"

static const char *value_of(struct fixture *f, const char *id, const char *parameter)
{
    const struct had_step *step = step_of(f, id);
    for (uint32_t i = 0; i < step->values.count; i++)
        if (had_str_is(step->values.items[i].name, parameter))
            return had_str_cstr(&f->arena, step->values.items[i].binding->text);
    fail_msg("%s has no %s", id, parameter);
    return NULL;
}

static void a_switch_is_a_second_step_of_one_template(void **state)
{
    struct fixture *f = *state;
    add_switch(f, (const char *const[]){"10.1.0.10", "10.1.0.11", NULL},
               (const char *const[]){"10.2.0.10", "10.1.0.11", NULL});
    emit_all(f);
    assert_ordered(f);
    assert_true(waits(f, "network/eu-west-1/dns@1", "gate/controllers:gate"));
    assert_true(index_of(f, "network/eu-west-1/dns") < index_of(f, "network/eu-west-1/dns@1"));
    assert_string_equal(value_of(f, "network/eu-west-1/dns", "ForwardCorpRuleTargetIps1Ip"),
                        "10.1.0.10");
    assert_string_equal(value_of(f, "network/eu-west-1/dns@1", "ForwardCorpRuleTargetIps1Ip"),
                        "10.2.0.10");
    const char *rule = block(f, DNS, "ForwardCorpRule");
    assert_has(rule, "- Ip: !Ref ForwardCorpRuleTargetIps1Ip\n          Port: '53'\n");
    assert_has(rule, "- Ip: 10.1.0.11\n"); /* equal in both: said in the template */
    assert_has(block(f, DNS, "ForwardCorpRuleTargetIps1Ip"), "AllowedPattern");
    assert_lacks(file_text(f, DNS), "Conditions:");
    assert_has(file_text(f, "manifest.json"), "\"changes\": [\n        \"forward corp:rule\"");
}

static void a_shorter_choice_leaves_places_empty(void **state)
{
    struct fixture *f = *state;
    add_switch(f, (const char *const[]){"10.1.0.10", NULL},
               (const char *const[]){"10.2.0.10", "10.2.0.11", NULL});
    emit_all(f);
    const char *rule = block(f, DNS, "ForwardCorpRule");
    assert_has(rule, "        - !If\n          - ForwardCorpRuleTargetIps2IpGiven\n"
                     "          - Ip: !Ref ForwardCorpRuleTargetIps2Ip\n            Port: '53'\n"
                     "          - !Ref AWS::NoValue\n");
    assert_has(file_text(f, DNS), "Conditions:\n  ForwardCorpRuleTargetIps2IpGiven: !Not\n");
    assert_has(block(f, DNS, "ForwardCorpRuleTargetIps2Ip"), "Default: ''\n");
    assert_string_equal(value_of(f, "network/eu-west-1/dns", "ForwardCorpRuleTargetIps2Ip"), "");
    assert_string_equal(value_of(f, "network/eu-west-1/dns@1", "ForwardCorpRuleTargetIps2Ip"),
                        "10.2.0.11");
}

static void a_switch_of_a_later_phase_is_left_out(void **state)
{
    struct fixture *f = *state;
    struct had_node *gate = add_switch(f, (const char *const[]){"10.1.0.10", NULL},
                                       (const char *const[]){"10.2.0.10", NULL});
    gate->phase = HAD_PHASE_EXTENDED;
    f->options.phase = HAD_PHASE_FOUNDATION;
    emit_all(f);
    had_each(const struct had_step, step, &f->steps->steps)
        assert_int_equal(step->kind, HAD_STEP_STACK);
    assert_has(block(f, DNS, "ForwardCorpRule"), "- Ip: 10.1.0.10\n");
    assert_lacks(file_text(f, DNS), "TargetIps1Ip:");
}

static struct had_node *add_group_rule(struct fixture *f, struct had_node *lookup, const char *key)
{
    struct had_node *rule = add(f, "AWS::EC2::SecurityGroupIngress", "directory aws", "in", key,
                                f->shared, HAD_LAYER_DIRECTORY);
    set_read(f, rule, "GroupId", lookup, "GroupId");
    set(f, rule, "IpProtocol", "tcp");
    set(f, rule, "CidrIp", "10.0.0.0/8");
    return rule;
}

static void a_layer_and_its_glue_take_turns(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *one = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
    struct had_node *two = add_subnet(f, vpc, "b", "10.0.0.128/25", "eu-west-1b");
    struct had_node *directory = add_directory(f, vpc, one, two);
    struct had_node *lookup = add(f, "had::DirectorySecurityGroupLookup", "directory aws", "group",
                                  "", f->shared, HAD_LAYER_DIRECTORY);
    set_read(f, lookup, "DirectoryId", directory, "Id");
    add_group_rule(f, lookup, "a");
    add_group_rule(f, lookup, "b");
    /* An image waits for nothing and is waited for: one glue stack holds both look-ups. */
    struct had_node *image =
        add(f, "had::ImageLookup", "instance x", "image", "", f->shared, HAD_LAYER_DIRECTORY);
    set(f, image, "Parameter", "/aws/service/x");
    emit_all(f);
    assert_ordered(f);
    assert_int_equal(f->steps->stacks.count, 4);
    assert_true(waits(f, "shared/eu-west-1/directory-glue", "shared/eu-west-1/directory"));
    assert_true(waits(f, "shared/eu-west-1/directory-2", "shared/eu-west-1/directory-glue"));
    assert_has(block(f, "cloudformation/shared/eu-west-1/directory-2.yaml", "DirectoryAwsInA"),
               "GroupId: !Ref DirectoryAwsGroupGroupId\n");
    block(f, "cloudformation/shared/eu-west-1/directory-glue.yaml", "InstanceXImage");
    assert_string_equal(
        had_str_cstr(&f->arena, step_of(f, "shared/eu-west-1/directory-2")->stack->stack_name),
        "had-acme-directory-2");
}

static void two_accounts_of_one_layer_take_turns(void **state)
{
    struct fixture *f = *state;
    struct had_node *ours = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *theirs = add_vpc(f, "b", f->web, "10.1.0.0/24");
    struct had_node *connection = add(f, "AWS::EC2::VPCPeeringConnection", "peer a-b", "connection",
                                      "", f->shared, HAD_LAYER_NETWORK);
    set_read(f, connection, "VpcId", ours, "VpcId");
    set_read(f, connection, "PeerVpcId", theirs, "VpcId");
    struct had_node *table =
        add(f, "AWS::EC2::RouteTable", "spoke b/subnet x", "table", "", f->web, HAD_LAYER_NETWORK);
    set_read(f, table, "VpcId", theirs, "VpcId");
    struct had_node *route = add(f, "AWS::EC2::Route", "spoke b/subnet x", "route", "10.0.0.0/24",
                                 f->web, HAD_LAYER_NETWORK);
    set_read(f, route, "RouteTableId", table, "RouteTableId");
    set(f, route, "DestinationCidrBlock", "10.0.0.0/24");
    set_read(f, route, "VpcPeeringConnectionId", connection, "Id");
    emit_all(f);
    assert_ordered(f);
    assert_int_equal(f->steps->stacks.count, 3);
    assert_true(waits(f, "shared/eu-west-1/network", "web/eu-west-1/network"));
    assert_true(waits(f, "web/eu-west-1/network-2", "shared/eu-west-1/network"));
    block(f, "cloudformation/web/eu-west-1/network-2.yaml", "SpokeBSubnetXRoute10x0x0x0x24");
    block(f, "cloudformation/web/eu-west-1/network.yaml", "SpokeBSubnetXTable");
}

static void independent_chains_are_cut_too(void **state)
{
    /* a1 ← b1 and b2 ← a2: no way leads back into a stack, and yet neither stack can be the first.
     */
    struct fixture *f = *state;
    struct had_node *a1 = add_vpc(f, "a1", f->shared, "10.0.0.0/24");
    struct had_node *a2 = add_vpc(f, "a2", f->shared, "10.0.1.0/24");
    struct had_node *b1 = add_vpc(f, "b1", f->web, "10.1.0.0/24");
    struct had_node *b2 = add_vpc(f, "b2", f->web, "10.1.1.0/24");
    need(f, b1, a1);
    need(f, a2, b2);
    emit_all(f);
    assert_ordered(f);
    assert_int_equal(f->steps->stacks.count, 3);
}

static void orders_pass_through_what_no_step_makes(void **state)
{
    struct fixture *f = *state;
    struct had_node *first = add_vpc(f, "first", f->shared, "10.0.0.0/24");
    struct had_node *there = add_vpc(f, "there", f->network, "10.1.0.0/24");
    there->lifecycle = HAD_EXISTING;
    struct had_node *last = add_vpc(f, "last", f->web, "10.2.0.0/24");
    struct had_node *beside = add_vpc(f, "beside", f->shared, "10.3.0.0/24");
    need(f, there, first);
    need(f, last, there);
    need(f, beside, there);
    emit_all(f);
    assert_true(waits(f, "web/eu-west-1/network", "shared/eu-west-1/network"));
    assert_has(block(f, "cloudformation/shared/eu-west-1/network.yaml", "SpokeBesideVpc"),
               "DependsOn: SpokeFirstVpc\n");
}

static struct had_node *add_configuration(struct fixture *f, struct had_node *machine,
                                          const char *role, const char *key)
{
    struct had_context like = *f->shared;
    like.actor = HAD_ACTOR_MACHINE;
    like.machine = machine;
    struct had_node *node = add(f, "had::DscConfiguration", "forest corp", role, key,
                                had_context_get(&f->graph, &like), HAD_LAYER_DOMAIN_CONTROLLERS);
    set(f, node, "Role", "domain-controller");
    set(f, node, "Forest", "corp");
    set(f, node, "Node", "dc-1");
    struct had_prop *list = had_prop_list(&f->graph, here), *map = had_prop_map(&f->graph, here);
    had_prop_put(&f->graph, map, "Type", text(f, "WindowsFeature"));
    had_prop_put(&f->graph, map, "Name", text(f, "Site"));
    struct had_prop *properties = had_prop_map(&f->graph, here);
    had_prop_put(&f->graph, properties, "Name", text(f, "DNS"));
    had_prop_put(&f->graph, map, "Properties", properties);
    had_prop_put(&f->graph, map, "PsDscRunAsCredential",
                 had_prop_secret(&f->graph, HAD_STR("ad/corp/promotion"), (had_str){0},
                                 (had_str){0}, "", here));
    had_prop_append(&f->graph, list, map);
    had_node_set(&f->graph, node, "Resources", list);
    need(f, node, machine);
    return node;
}

static void deliveries_are_by_machine_and_file(void **state)
{
    struct fixture *f = *state;
    struct had_node *machine = add(f, "AWS::EC2::Instance", "forest corp/controller dc-1",
                                   "instance", "", f->shared, HAD_LAYER_DOMAIN_CONTROLLERS);
    set(f, machine, "InstanceType", "m6i.large");
    struct had_node *one = add_configuration(f, machine, "configuration", "one");
    add_configuration(f, machine, "configuration", "two");
    struct had_node *delivery = add(f, "had::DscDelivery", "forest corp/controller dc-1",
                                    "delivery", "", f->shared, HAD_LAYER_DOMAIN_CONTROLLERS);
    set(f, delivery, "AssociationName", "had-corp-dc-1");
    set(f, delivery, "Document", "AWS-ApplyDSCMofs");
    set(f, delivery, "Configuration", "dsc/corp/domain-controller/dc-1.mof");
    set(f, delivery, "Bucket", "artifacts");
    set_read(f, delivery, "InstanceId", machine, "InstanceId");
    need(f, delivery, one);
    struct had_node *demotion = add(f, "had::Gate", "forest corp/controller dc-1", "demotion", "",
                                    f->person, HAD_LAYER_NONE);
    set(f, demotion, "Kind", "demotion");
    set(f, demotion, "Instruction", "Demote it first.");
    set(f, demotion, "Owner", "directory team");
    set(f, demotion, "Probe.Operation", "destroy");
    emit_all(f);
    assert_ordered(f);
    assert_int_equal(f->steps->steps.count, 3);
    static const char id[] = "dsc/corp/domain-controller/forest corp/controller dc-1";
    static const char stack[] = "shared/eu-west-1/domain-controllers-delivery";
    const struct had_step *step = step_of(f, id);
    assert_int_equal(step->kind, HAD_STEP_DELIVERY);
    assert_int_equal(step->nodes.count, 2);
    assert_ptr_equal(step->delivery, delivery);
    assert_true(waits(f, id, "shared/eu-west-1/domain-controllers"));
    assert_true(waits(f, stack, id));
    assert_int_equal(step->values.count, 1);
    assert_has(file_text(f, "runbook.md"), "## Before anything is destroyed\n");
    assert_has(block(f, "cloudformation/shared/eu-west-1/domain-controllers.yaml",
                     "ForestCorpControllerDc1InstanceId"),
               "Value: !Ref ForestCorpControllerDc1Instance\n");

    /* The digest of the compiled form is in its name, and the association asks for that name. */
    assert_int_equal(f->steps->mofs.count, 1);
    char *key = had_str_cstr(
        &f->arena, had_str_printf(&f->arena, "corp.domain-controller.dc-1." HAD_FMT ".mof",
                                  HAD_ARG(f->steps->mofs.items[0].digest)));
    assert_int_equal(strlen(key), strlen("corp.domain-controller.dc-1..mof") + 64);
    assert_has(file_text(f, "manifest.json"), key);
    assert_has(file_text(f, "manifest.json"),
               "\"stack\": \"shared/eu-west-1/domain-controllers-delivery\"");
    assert_has(file_text(f, "runbook.md"),
               had_str_cstr(&f->arena, had_str_printf(&f->arena,
                                                      "  dsc/corp/domain-controller/dc-1.mof \\\n"
                                                      "  s3://artifacts/%s\n",
                                                      key)));
    assert_has(file_text(f, "runbook.md"), "for module in \\\n  PSDscResources/2.12.0.0\ndo\n");
    const char *association =
        block(f, "cloudformation/shared/eu-west-1/domain-controllers-delivery.yaml",
              "ForestCorpControllerDc1Delivery");
    assert_has(association, "Type: AWS::SSM::Association\n");
    assert_has(
        association,
        had_str_cstr(&f->arena, had_str_printf(&f->arena, "- s3:eu-west-1:artifacts:%s\n", key)));
    assert_has(association, "- eu-west-1:artifacts\n");
    assert_has(association, "WaitForSuccessTimeoutSeconds: 14400\n");
}

static void lanes_order_steps(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *b = add_vpc(f, "b", f->web, "10.1.0.0/24");
    a->lane = b->lane = HAD_STR("directory aws");
    a->lane_width = b->lane_width = 1;
    emit_all(f);
    assert_true(waits(f, "web/eu-west-1/network", "shared/eu-west-1/network"));
}

static char *everything(struct fixture *f)
{
    struct had_buffer all = {0};
    had_each(const struct had_output_file, file, &f->output.files)
        had_buffer_printf(&all, HAD_FMT "\n" HAD_FMT, HAD_ARG(file->path), HAD_ARG(file->text));
    char *copy = had_str_cstr(&f->arena, had_buffer_view(&all));
    had_buffer_free(&all);
    return copy;
}

static void the_order_of_adding_changes_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "g"};
    char *first = NULL;
    for (int turn = 0; turn < 4; turn++) {
        void *again = NULL;
        fixture_setup(&again);
        struct fixture *g = again;
        struct had_node *vpcs[6] = {NULL};
        for (int i = 0; i < 6; i++) {
            int at = (i * 5 + turn) % 6;
            vpcs[at] = add_vpc(g, names[at], at % 2 ? g->shared : g->web, "10.0.0.0/24");
        }
        for (int i = 0; i < 5; i++) {
            int at = turn % 2 ? i : 4 - i;
            need(g, vpcs[at + 1], vpcs[at]);
        }
        emit_all(g);
        char *text_of = everything(g);
        if (!first)
            first = had_str_cstr(&f->arena, had_str_c(text_of));
        assert_string_equal(text_of, first);
        fixture_teardown(&again);
    }
}

/* ---- large layers ---- */

static void add_many(struct fixture *f, int from, int to)
{
    for (int i = from; i < to; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%04d", i);
        struct had_node *vpc =
            add_vpc(f, had_str_cstr(&f->arena, had_str_c(name)), f->shared, "10.0.0.0/24");
        add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
        if (i) { /* a chain through all of them, and so through the shares in turns */
            had_str before = had_str_printf(&f->arena, "spoke s%04d:vpc", i - 1);
            need(f, vpc, had_graph_find(&f->graph, before));
        }
    }
}

static void large_layers_are_shared_out(void **state)
{
    struct fixture *f = *state;
    add_many(f, 0, 600);
    emit_all(f);
    assert_ordered(f);
    uint32_t nodes = 0;
    had_each(struct had_stack *, stack, &f->steps->stacks) {
        assert_true((*stack)->nodes.count <= 500);
        assert_true(had_str_starts((*stack)->name, "network-"));
        nodes += (*stack)->nodes.count;
    }
    assert_int_equal(nodes, 1200);
}

static void shares_keep_what_they_have(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 500; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%04d", i);
        add_vpc(f, had_str_cstr(&f->arena, had_str_c(name)), f->shared, "10.0.0.0/24");
    }
    void *again = NULL;
    fixture_setup(&again);
    struct fixture *g = again;
    for (int i = 0; i < 520; i++) { /* twenty more, in another order */
        char name[16];
        snprintf(name, sizeof name, "s%04d", (i * 7 + 3) % 520);
        add_vpc(g, had_str_cstr(&g->arena, had_str_c(name)), g->shared, "10.0.0.0/24");
    }
    emit_all(f);
    emit_all(g);
    assert_int_equal(f->steps->stacks.count, 2);
    assert_int_equal(g->steps->stacks.count, 2);
    had_each(struct had_node *, node, &f->graph.nodes) {
        const struct had_node *same = had_graph_find(&g->graph, (*node)->address);
        assert_true(
            had_str_eq(f->steps->stack_of[(*node)->id]->id, g->steps->stack_of[same->id]->id));
    }
    assert_true(has_file(f, "cloudformation/shared/eu-west-1/network-a.yaml"));
    fixture_teardown(&again);
}

static void many_values_are_shared_out_too(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *table = add(f, "AWS::EC2::TransitGatewayRouteTable", "hub core/segment s",
                                 "table", "", f->network, HAD_LAYER_HUB);
    set_read(f, table, "TransitGatewayId", hub, "Id");
    for (int i = 0; i < 250; i++) { /* an attachment each, of an account each */
        char name[16], id[16];
        snprintf(name, sizeof name, "s%04d", i);
        snprintf(id, sizeof id, "%012d", i + 1);
        struct had_context like = *f->web;
        like.account = had_str_dup(&f->arena, had_str_c(name));
        like.account_id = had_str_dup(&f->arena, had_str_c(id));
        struct had_node *vpc = add_vpc(f, had_str_cstr(&f->arena, like.account),
                                       had_context_get(&f->graph, &like), "10.0.0.0/24");
        struct had_node *subnet = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
        struct had_node *attachment = add_attachment(f, hub, vpc, subnet);
        struct had_node *association = add(f, "AWS::EC2::TransitGatewayRouteTableAssociation",
                                           had_str_cstr(&f->arena, vpc->object), "association",
                                           "hub core", f->network, HAD_LAYER_ROUTING);
        set_read(f, association, "TransitGatewayAttachmentId", attachment, "Id");
        set_read(f, association, "TransitGatewayRouteTableId", table, "TransitGatewayRouteTableId");
    }
    struct had_node *share = had_graph_find(&f->graph, HAD_STR("hub core:share"));
    struct had_prop *principals = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, principals,
                    text(f, "arn:aws:organizations::111111111111:organization/o-a1b2c3d4e5"));
    had_node_set(&f->graph, share, "Principals", principals);
    emit_all(f);
    assert_ordered(f);
    assert_true(has_file(f, "cloudformation/network/eu-west-1/routing-a.yaml"));
    assert_true(has_file(f, "cloudformation/network/eu-west-1/routing-b.yaml"));
    assert_true(has_file(f, "cloudformation/network/eu-west-1/hub.yaml"));
}

/* ---- random graphs ---- */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

struct reach {
    const struct had_template *template;
    bool seen[64];
};

static uint32_t place_of_name(const struct reach *r, had_str name)
{
    for (uint32_t i = 0; i < r->template->resources.count; i++)
        if (had_str_eq(r->template->resources.items[i].logical, name))
            return i;
    return UINT32_MAX;
}

/* Whether the template orders `from` after `to`, by DependsOn and references. */
static bool reaches(struct reach *r, struct fixture *f, uint32_t from, uint32_t to)
{
    if (from == to)
        return true;
    if (from == UINT32_MAX || r->seen[from])
        return false;
    r->seen[from] = true;
    const struct had_template_resource *resource = &r->template->resources.items[from];
    for (uint32_t i = 0; i < resource->refers.count; i++)
        for (uint32_t k = 0; k < r->template->resources.count; k++)
            if (r->template->resources.items[k].node->id == resource->refers.items[i] &&
                reaches(r, f, k, to))
                return true;
    const struct had_cfn *depends = resource->depends;
    if (depends && depends->tag == HAD_CFN_TEXT)
        return reaches(r, f, place_of_name(r, depends->text), to);
    for (uint32_t i = 0; depends && i < depends->items.count; i++)
        if (reaches(r, f, place_of_name(r, depends->items.items[i]->text), to))
            return true;
    return false;
}

static void assert_templates_order(struct fixture *f)
{
    had_each(struct had_edge *, at, &f->graph.edges) {
        const struct had_edge *edge = *at;
        const struct had_stack *stack = f->steps->stack_of[edge->from->id];
        if (!stack || stack != f->steps->stack_of[edge->to->id])
            continue;
        struct reach r = {.template = stack->template};
        uint32_t from = UINT32_MAX, to = UINT32_MAX;
        for (uint32_t i = 0; i < r.template->resources.count; i++) {
            if (r.template->resources.items[i].node == edge->from)
                from = i;
            if (r.template->resources.items[i].node == edge->to)
                to = i;
        }
        if (!reaches(&r, f, from, to))
            fail_msg(HAD_FMT " is not after " HAD_FMT, HAD_ARG(edge->from->address),
                     HAD_ARG(edge->to->address));
    }
}

static void any_graph_gets_an_order(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        void *again = NULL;
        fixture_setup(&again);
        struct fixture *f = again;
        uint32_t random = seed * 2654435761u;
        const struct had_context *const contexts[] = {f->shared, f->web, f->network};
        struct had_node *nodes[24];
        uint32_t dense = next_random(&random) % 12 + 3;
        for (uint32_t i = 0; i < 24; i++) {
            char object[16];
            snprintf(object, sizeof object, "x n%02u", i * 7 % 24);
            uint32_t kind = next_random(&random) % 4;
            nodes[i] = add(f, kind == 0 ? "had::ResourceSharing" : "AWS::EC2::InternetGateway",
                           had_str_cstr(&f->arena, had_str_c(object)), "r", "",
                           contexts[next_random(&random) % 3], HAD_LAYER_NETWORK);
            if (next_random(&random) % 8 == 0)
                nodes[i]->lifecycle = HAD_EXISTING;
            if (next_random(&random) % 4 == 0) {
                nodes[i]->lane = HAD_STR("lane");
                nodes[i]->lane_width = 1;
            }
            for (uint32_t k = 0; k < i; k++)
                if (next_random(&random) % dense == 0)
                    need(f, nodes[i], nodes[k]);
        }
        emit_all(f);
        assert_ordered(f);
        assert_templates_order(f);
        fixture_teardown(&again);
    }
}

static void many_spokes_stay_fast(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    for (int i = 0; i < 2000; i++) {
        char name[16], id[16];
        snprintf(name, sizeof name, "s%04d", i);
        snprintf(id, sizeof id, "%012d", i);
        struct had_context like = *f->web;
        like.account = had_str_dup(&f->arena, had_str_c(name));
        like.account_id = had_str_dup(&f->arena, had_str_c(id));
        const struct had_context *context = had_context_get(&f->graph, &like);
        struct had_node *vpc = add_vpc(f, name, context, "10.0.0.0/24");
        struct had_node *subnet = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
        add_attachment(f, hub, vpc, subnet);
    }
    struct had_node *share = had_graph_find(&f->graph, HAD_STR("hub core:share"));
    struct had_prop *principals = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, principals,
                    text(f, "arn:aws:organizations::111111111111:organization/o-a1b2c3d4e5"));
    had_node_set(&f->graph, share, "Principals", principals);
    build_steps(f);
    assert_int_equal(f->steps->stacks.count, 2001);
    assert_ordered(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(stacks_are_account_region_and_layer),
        TEST(a_switch_is_a_second_step_of_one_template),
        TEST(a_shorter_choice_leaves_places_empty),
        TEST(a_switch_of_a_later_phase_is_left_out),
        TEST(a_layer_and_its_glue_take_turns),
        TEST(two_accounts_of_one_layer_take_turns),
        TEST(independent_chains_are_cut_too),
        TEST(orders_pass_through_what_no_step_makes),
        TEST(deliveries_are_by_machine_and_file),
        TEST(lanes_order_steps),
        TEST(the_order_of_adding_changes_nothing),
        TEST(large_layers_are_shared_out),
        TEST(shares_keep_what_they_have),
        TEST(many_values_are_shared_out_too),
        TEST(any_graph_gets_an_order),
        TEST(many_spokes_stay_fast),
    };
    return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
