/* What had_graph_finish completes and what it refuses, each with the nearest thing that it lets
 * pass. */
#include "fixture.h"

/* ---- addresses, contexts, origins ---- */

static void an_address_is_one_node(void **state)
{
    struct fixture *f = *state;
    add_vpc(f, "spoke a");
    add(f, "AWS::EC2::InternetGateway", "spoke a", "vpc");
    const struct had_diag *d =
        expect_one(f, "HAD0901", "two nodes have the address `spoke a:vpc`", "");
    assert_true(had_str_is(d->address, "spoke a:vpc"));
    assert_true(str_contains(d->notes.items[0], "AWS::EC2::InternetGateway"));
}

static void addresses_may_be_close(void **state)
{
    struct fixture *f = *state;
    add_vpc(f, "spoke a");
    add_vpc(f, "spoke b");
    add_at(f, HAD_RESOURCE, "AWS::EC2::VPC", "spoke a", "vpc", "x", f->hub, HAD_LAYER_NETWORK,
           HAD_PHASE_FOUNDATION);
    expect_clean(f);
    for (uint32_t i = 0; i < f->graph.nodes.count; i++)
        assert_int_equal(f->graph.nodes.items[i]->id, i);
    assert_true(had_str_is(f->graph.nodes.items[0]->address, "spoke a:vpc"));
    assert_true(had_str_is(f->graph.nodes.items[2]->address, "spoke b:vpc"));
}

static void types_are_known(void **state)
{
    struct fixture *f = *state;
    add(f, "AWS::EC2::Vpc", "spoke a", "vpc");
    expect_one(f, "HAD0901", "unknown type `AWS::EC2::Vpc`", "spoke a:vpc");
}

static void nodes_stand_somewhere(void **state)
{
    struct fixture *f = *state;
    struct had_context contexts[] = {
        {.actor = HAD_ACTOR_DEPLOY, .region = HAD_STR("eu-west-1")},
        {.actor = HAD_ACTOR_MANAGEMENT, .account = HAD_STR("management")},
        {.actor = HAD_ACTOR_MACHINE},
        {.actor = HAD_ACTOR_PERSON},
    };
    static const char *const lacks[] = {"an account", "a Region", "a machine", "a team"};
    for (size_t i = 0; i <= sizeof contexts / sizeof *contexts; i++) {
        const struct had_context *context = NULL;
        if (i < sizeof contexts / sizeof *contexts)
            context = had_context_get(&f->graph, &contexts[i]);
        add_at(f, HAD_RESOURCE, "AWS::EC2::VPC", "spoke a", "vpc", "", context, HAD_LAYER_NETWORK,
               HAD_PHASE_FOUNDATION);
        expect_one(f, "HAD0901", "stands nowhere", context ? lacks[i] : "a context");
        fixture_free(state);
        fixture_make(state);
        f = *state;
    }
}

static void nodes_have_a_layer(void **state)
{
    struct fixture *f = *state;
    add_vpc(f, "spoke a")->layer = HAD_LAYER_NONE;
    expect_one(f, "HAD0901", "is created but has no layer", "spoke a:vpc");
}

static void facts_gates_and_what_exists_need_no_layer(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    vpc->layer = HAD_LAYER_NONE;
    vpc->lifecycle = HAD_EXISTING;
    add_gate(f, "spoke a");
    expect_clean(f);
}

static void nodes_come_from_the_spec(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    struct had_origin origin = *vpc->origin;
    origin.span = (struct had_span){0};
    vpc->origin = &origin;
    expect_one(f, "HAD0901", "comes from no place of the spec", "spoke a:vpc");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    vpc = add_vpc(f, "spoke a");
    origin = *vpc->origin;
    origin.object = (had_str){0};
    vpc->origin = &origin;
    expect_one(f, "HAD0901", "comes from no object of the spec", "spoke a:vpc");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    struct had_node *derived = add_vpc(f, "spoke a"); /* the place of a derivation is enough */
    origin = *derived->origin;
    origin.span = (struct had_span){0};
    origin.derivation_span = f->span;
    derived->origin = &origin;
    expect_clean(f);
}

static void what_is_only_found_is_not_created(void **state)
{
    struct fixture *f = *state;
    struct had_node *instance = add(f, "AWS::SSO::Instance", "identity-center main", "instance");
    expect_one(f, "HAD0901", "is only ever found", "identity-center main:instance");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    instance = add(f, "AWS::SSO::Instance", "identity-center main", "instance");
    instance->lifecycle = HAD_EXISTING;
    expect_clean(f);
}

static void lanes_have_a_width(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    vpc->lane = HAD_STR("directory");
    expect_one(f, "HAD0901", "has no width", "directory");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    vpc = add_vpc(f, "spoke a");
    vpc->lane = HAD_STR("directory");
    vpc->lane_width = 1;
    expect_clean(f);
}

/* ---- edges ---- */

static void every_read_is_an_edge(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a");
    struct had_node *one = add_subnet(f, "spoke a/subnet 1", vpc);
    struct had_node *two = add_subnet(f, "spoke a/subnet 2", vpc);
    struct had_node *hub = add(f, "AWS::EC2::TransitGateway", "hub core", "gateway");
    struct had_node *attachment =
        add(f, "AWS::EC2::TransitGatewayAttachment", "spoke a", "attachment");
    set_read(f, attachment, "TransitGatewayId", hub, "Id");
    set_read(f, attachment, "VpcId", vpc, "VpcId");
    struct had_prop *subnets = had_prop_list(&f->graph, f->span);
    had_prop_append(&f->graph, subnets, had_prop_read(&f->graph, one, "SubnetId", f->span));
    had_prop_append(&f->graph, subnets, had_prop_read(&f->graph, two, "SubnetId", f->span));
    had_node_set(&f->graph, attachment, "SubnetIds", subnets);
    expect_clean(f);
    assert_int_equal(attachment->needs.count, 4);
    assert_int_equal(vpc->needed_by.count, 3);
    const struct had_edge *edge = attachment->needs.items[2]; /* to the later subnet */
    assert_ptr_equal(edge->to, two);
    assert_int_equal(edge->kind, HAD_READS);
    assert_int_equal(edge->until, HAD_UNTIL_READY);
    assert_true(edge->all_revisions);
    assert_true(had_str_is(had_str_c(edge->attribute), "SubnetId"));
    assert_true(had_str_is(had_str_c(edge->property), "SubnetIds[1]"));
}

static void equal_edges_are_one(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "spoke a"), *b = add_vpc(f, "spoke b");
    had_edge_add(&f->graph, a, b, HAD_NEEDS, HAD_UNTIL_EXISTS, "it is needed", f->span);
    had_edge_add(&f->graph, a, b, HAD_NEEDS, HAD_UNTIL_VERIFIED, "it must answer", f->span);
    had_edge_add(&f->graph, a, b, HAD_AFTER, HAD_UNTIL_EXISTS, "after it", f->span);
    expect_clean(f);
    assert_int_equal(f->graph.edges.count, 2);
    assert_int_equal(a->needs.items[0]->until, HAD_UNTIL_VERIFIED); /* the stronger wait stays */
    assert_int_equal(a->needs.items[1]->kind, HAD_AFTER);
}

static void edges_say_why_and_have_two_ends(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "spoke a"), *b = add_vpc(f, "spoke b");
    had_edge_add(&f->graph, a, b, HAD_NEEDS, HAD_UNTIL_READY, "", f->span);
    expect_one(f, "HAD0901", "nothing says why `spoke a:vpc` waits for `spoke b:vpc`", "");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    a = add_vpc(f, "spoke a");
    had_edge_add(&f->graph, a, NULL, HAD_NEEDS, HAD_UNTIL_READY, "it is needed", f->span);
    expect_one(f, "HAD0901", "an edge has only one end", "it is needed");
}

static void edges_keep_to_revisions_that_there_are(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "spoke a"), *b = add_vpc(f, "spoke b");
    need(f, a, b)->revision = 1;
    expect_one(f, "HAD0901", "belongs to revision 1", "spoke a:vpc");
}

/* ---- staged values ---- */

static struct had_prop *staged(struct fixture *f, const struct had_node *until)
{
    struct had_prop *prop = had_prop_staged(&f->graph, f->span);
    struct had_stage *stage = had_prop_stage(&f->graph, prop, text(f, "first"));
    if (until)
        *had_push(&f->arena, &stage->until) = until;
    return prop;
}

static void staged_values_make_revisions(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "spoke a"), *other = add_vpc(f, "spoke b");
    struct had_node *gate = add_gate(f, "spoke a");
    struct had_node *parameter = add(f, "AWS::SSM::Parameter", "spoke a", "parameter");
    set_text(f, parameter, "Type", "String");
    struct had_prop *value = had_prop_staged(&f->graph, f->span);
    struct had_stage *stage =
        had_prop_stage(&f->graph, value, had_prop_read(&f->graph, vpc, "VpcId", f->span));
    *had_push(&f->arena, &stage->until) = gate;
    stage = had_prop_stage(&f->graph, value, had_prop_read(&f->graph, other, "CidrBlock", f->span));
    *had_push(&f->arena, &stage->until) = other;
    had_prop_stage(&f->graph, value, had_prop_read(&f->graph, other, "VpcId", f->span));
    had_node_set(&f->graph, parameter, "Value", value);
    expect_clean(f);
    assert_int_equal(parameter->revisions, 3);
    assert_int_equal(vpc->revisions, 1);
    assert_int_equal(parameter->needs.count, 5);
    static const struct {
        enum had_edge_kind kind;
        const char *to, *attribute;
        uint32_t revision;
        bool on;
        enum had_until until;
    } expected[] = {
        {HAD_NEEDS, "spoke a:gate", "", 1, true, HAD_UNTIL_VERIFIED},
        {HAD_READS, "spoke a:vpc", "VpcId", 0, false, HAD_UNTIL_READY},
        {HAD_READS, "spoke b:vpc", "CidrBlock", 1, false, HAD_UNTIL_READY},
        {HAD_READS, "spoke b:vpc", "VpcId", 2, true, HAD_UNTIL_READY},
        {HAD_NEEDS, "spoke b:vpc", "", 2, true, HAD_UNTIL_VERIFIED},
    };
    for (uint32_t i = 0; i < 5; i++) {
        const struct had_edge *edge = parameter->needs.items[i];
        assert_true(had_str_is(edge->to->address, expected[i].to));
        assert_int_equal(edge->kind, expected[i].kind);
        assert_true(had_str_is(had_str_c(edge->attribute), expected[i].attribute));
        assert_int_equal(edge->revision, expected[i].revision);
        assert_int_equal(edge->all_revisions, expected[i].on);
        assert_int_equal(edge->until, expected[i].until);
        assert_true(had_str_is(had_str_c(edge->property), "Value"));
    }
}

static void staged_values_are_well_formed(void **state)
{
    static const char *const problems[] = {"a choice that never ends", "a last choice that waits",
                                           "without a choice", "a staged value inside another"};
    for (int i = 0; i < 4; i++) {
        struct fixture *f = *state;
        struct had_node *gate = add_gate(f, "spoke a"),
                        *vpc = add(f, "AWS::EC2::VPC", "spoke a", "vpc");
        struct had_prop *value = staged(f, i == 0 ? NULL : gate);
        if (i == 2)
            value = had_prop_staged(&f->graph, f->span);
        if (i == 0)
            had_prop_stage(&f->graph, value, text(f, "10.0.0.0/16"));
        if (i == 3) {
            struct had_prop *inner = staged(f, gate);
            had_prop_stage(&f->graph, inner, text(f, "10.0.0.0/16"));
            had_prop_stage(&f->graph, value, inner);
        }
        had_node_set(&f->graph, vpc, "CidrBlock", value);
        expect_one(f, "HAD0901", problems[i], "`CidrBlock` of `spoke a:vpc`");
        fixture_free(state);
        fixture_make(state);
    }
}

static void properties_nest_only_so_deep(void **state)
{
    for (unsigned depth = 40; depth <= 80; depth += 40) {
        struct fixture *f = *state;
        struct had_node *policy = add(f, "AWS::IAM::RolePolicy", "spoke a", "policy");
        set_text(f, policy, "PolicyName", "p");
        set_text(f, policy, "RoleName", "r");
        struct had_prop *value = text(f, "end");
        for (unsigned i = 0; i < depth; i++) {
            struct had_prop *map = had_prop_map(&f->graph, f->span);
            had_prop_put(&f->graph, map, "k", value);
            value = map;
        }
        had_node_set(&f->graph, policy, "PolicyDocument", value);
        if (depth < 64)
            expect_clean(f);
        else
            expect_one(f, "HAD0901", "nested more than 64 levels", "spoke a:policy");
        fixture_free(state);
        fixture_make(state);
    }
}

/* ---- layers and phases ---- */

static void layers_move_behind_what_is_needed(void **state)
{
    struct fixture *f = *state;
    struct had_node *group = add(f, "AWS::EC2::SecurityGroup", "spoke a", "group");
    set_text(f, group, "GroupDescription", "members");
    struct had_node *directory =
        add_at(f, HAD_RESOURCE, "AWS::EC2::VPC", "directory d", "directory", "", f->hub,
               HAD_LAYER_DIRECTORY, HAD_PHASE_RESOURCE_FOREST);
    struct had_node *gate = add_gate(f, "directory d"); /* no layer: hands on what it waits for */
    struct had_node *rule = add_vpc(f, "spoke b"), *later = add_vpc(f, "spoke c");
    struct had_node *outliving = add_vpc(f, "spoke d");
    need(f, gate, directory);
    need(f, rule, gate);
    need(f, later, rule);
    need(f, later, group);
    had_edge_add(&f->graph, outliving, later, HAD_OUTLIVES, HAD_UNTIL_EXISTS, "it stays", f->span);
    expect_clean(f);
    assert_int_equal(rule->layer, HAD_LAYER_DIRECTORY);
    assert_int_equal(later->layer, HAD_LAYER_DIRECTORY);
    assert_int_equal(group->layer, HAD_LAYER_NETWORK);
    assert_int_equal(gate->layer, HAD_LAYER_NONE);
    assert_int_equal(outliving->layer, HAD_LAYER_NETWORK); /* destroying is another order */
}

static void what_exists_moves_nothing(void **state)
{
    struct fixture *f = *state;
    struct had_node *directory =
        add_at(f, HAD_RESOURCE, "AWS::EC2::VPC", "directory d", "directory", "", f->hub,
               HAD_LAYER_DIRECTORY, HAD_PHASE_FOUNDATION);
    directory->lifecycle = HAD_EXISTING;
    struct had_node *rule = add_vpc(f, "spoke b");
    need(f, rule, directory);
    expect_clean(f);
    assert_int_equal(rule->layer, HAD_LAYER_NETWORK);
    assert_int_equal(directory->layer, HAD_LAYER_DIRECTORY);
}

static void later_choices_move_nothing(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_at(f, HAD_RESOURCE, "AWS::EC2::VPC", "directory d", "directory", "",
                                  f->hub, HAD_LAYER_DIRECTORY, HAD_PHASE_RESOURCE_FOREST);
    struct had_node *parameter = add(f, "AWS::SSM::Parameter", "spoke a", "parameter");
    set_text(f, parameter, "Type", "String");
    struct had_prop *value = staged(f, vpc);
    had_prop_stage(&f->graph, value, had_prop_read(&f->graph, vpc, "VpcId", f->span));
    had_node_set(&f->graph, parameter, "Value", value);
    expect_clean(f);
    assert_int_equal(parameter->layer, HAD_LAYER_NETWORK);
    assert_int_equal(vpc->phase, HAD_PHASE_RESOURCE_FOREST);
}

static void an_earlier_phase_takes_what_it_needs(void **state)
{
    struct fixture *f = *state;
    struct had_node *a = add_vpc(f, "spoke a"), *b = add_vpc(f, "spoke b"),
                    *c = add_vpc(f, "spoke c");
    a->phase = HAD_PHASE_EXTENDED;
    b->phase = HAD_PHASE_WORKLOADS;
    c->phase = HAD_PHASE_ACCESS;
    need(f, a, b);
    need(f, b, c);
    struct had_node *alone = add_vpc(f, "spoke d");
    alone->phase = HAD_PHASE_WORKLOADS;
    need(f, alone, a);
    expect_clean(f);
    assert_int_equal(b->phase, HAD_PHASE_EXTENDED);
    assert_int_equal(c->phase, HAD_PHASE_EXTENDED);
    assert_int_equal(alone->phase, HAD_PHASE_WORKLOADS);
}

/* ---- crossings and carriers ---- */

static const struct had_context *machine_context(struct fixture *f, const struct had_node *machine,
                                                 const struct had_context *account)
{
    struct had_context context = *account;
    context.actor = HAD_ACTOR_MACHINE;
    context.machine = machine;
    return had_context_get(&f->graph, &context);
}

static struct had_node *add_configuration(struct fixture *f, const struct had_node *machine,
                                          const char *role, struct had_prop *value)
{
    struct had_node *node = add_at(f, HAD_CONFIGURATION, "had::DscConfiguration", "forest corp",
                                   role, "", machine_context(f, machine, f->hub),
                                   HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
    set_text(f, node, "Role", "forest");
    set_text(f, node, "Node", "dc1");
    struct had_prop *resource = had_prop_map(&f->graph, f->span);
    had_prop_put(&f->graph, resource, "Type", text(f, "DnsServerConditionalForwarder"));
    had_prop_put(&f->graph, resource, "Name", text(f, "Forwarder"));
    struct had_prop *properties = had_prop_map(&f->graph, f->span);
    had_prop_put(&f->graph, properties, "Value", value);
    had_prop_put(&f->graph, resource, "Properties", properties);
    struct had_prop *resources = had_prop_list(&f->graph, f->span);
    had_prop_append(&f->graph, resources, resource);
    had_node_set(&f->graph, node, "Resources", resources);
    return node;
}

static struct had_node *add_parameter(struct fixture *f, const struct had_context *context)
{
    struct had_node *node =
        add_at(f, HAD_RESOURCE, "AWS::SSM::Parameter", "forest corp", "parameter", "", context,
               HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION);
    set_text(f, node, "Type", "String");
    set_text(f, node, "Value", "10.0.0.1");
    return node;
}

static void crossings_follow_from_contexts_and_layers(void **state)
{
    struct fixture *f = *state;
    struct had_context like = *f->hub;
    like.region = HAD_STR("eu-central-1");
    const struct had_context *region = had_context_get(&f->graph, &like);
    like.region = HAD_STR("global");
    const struct had_context *global = had_context_get(&f->graph, &like);
    struct had_node *from = add_vpc(f, "spoke a"), *same = add_vpc(f, "spoke b");
    struct had_node *layer = add_vpc(f, "spoke c"), *there = add_vpc(f, "spoke d");
    struct had_node *account = add_vpc(f, "spoke e"), *home = add_vpc(f, "spoke f");
    layer->layer = HAD_LAYER_HUB;
    there->context = region;
    account->context = f->spoke;
    home->context = global;
    struct had_node *gate = add_gate(f, "spoke a");
    struct had_node *instance = add(f, "AWS::EC2::Instance", "controller dc1", "instance");
    struct had_node *other = add(f, "AWS::EC2::Instance", "controller dc2", "instance");
    struct had_node *one = add_configuration(f, instance, "sites", text(f, "x"));
    struct had_node *two = add_configuration(f, instance, "domain", text(f, "x"));
    struct had_node *three = add_configuration(f, other, "more", text(f, "x"));
    const struct had_edge *local = need(f, from, same), *stack = need(f, from, layer);
    const struct had_edge *in_region = need(f, from, there), *in_account = need(f, from, account);
    const struct had_edge *at_home = need(f, from, home), *person = need(f, from, gate);
    const struct had_edge *machine = need(f, two, instance), *beside = need(f, two, one);
    const struct had_edge *across = need(f, three, one);
    expect_clean(f);
    assert_int_equal(local->crossing, HAD_CROSS_LOCAL);
    assert_int_equal(stack->crossing, HAD_CROSS_STACK);
    assert_int_equal(in_region->crossing, HAD_CROSS_REGION);
    assert_int_equal(in_account->crossing, HAD_CROSS_ACCOUNT);
    assert_int_equal(at_home->crossing,
                     HAD_CROSS_LOCAL); /* global things stand in the home Region */
    assert_int_equal(person->crossing, HAD_CROSS_PERSON);
    assert_int_equal(machine->crossing, HAD_CROSS_MACHINE);
    assert_int_equal(beside->crossing, HAD_CROSS_LOCAL);
    assert_int_equal(across->crossing, HAD_CROSS_MACHINE);
}

static void machines_read_parameters_beside_them(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct fixture *f = *state;
        struct had_node *instance = add(f, "AWS::EC2::Instance", "controller dc1", "instance");
        struct had_node *parameter = add_parameter(f, i ? f->spoke : f->hub);
        add_configuration(f, instance, "sites",
                          had_prop_read(&f->graph, parameter, "Value", f->span));
        if (i == 0)
            expect_clean(f);
        else
            expect_one(f, "HAD0901", "nothing carries `Value` of `forest corp:parameter`",
                       "forest corp:sites");
        fixture_free(state);
        fixture_make(state);
    }
}

static void machines_read_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct had_node *instance = add(f, "AWS::EC2::Instance", "controller dc1", "instance");
    add_configuration(f, instance, "sites",
                      had_prop_read(&f->graph, instance, "PrivateIp", f->span));
    expect_one(f, "HAD0901", "nothing carries `PrivateIp` of `controller dc1:instance`",
               "Resources[0].Properties.Value");
    fixture_free(state);
    fixture_make(state);
    f = *state;
    instance = add(f, "AWS::EC2::Instance", "controller dc1", "instance");
    instance->lifecycle = HAD_EXISTING;
    had_node_know(&f->graph, instance, "PrivateIp", HAD_STR("10.0.0.1")); /* the spec says it */
    add_configuration(f, instance, "sites",
                      had_prop_read(&f->graph, instance, "PrivateIp", f->span));
    expect_clean(f);
}

static void facts_need_no_carrier(void **state)
{
    struct fixture *f = *state;
    struct had_node *server = add_at(f, HAD_FACT, "had::OnPremisesServer", "site dublin", "server",
                                     "dns1", f->person, HAD_LAYER_NONE, HAD_PHASE_FOUNDATION);
    set_text(f, server, "Address", "10.9.0.1");
    set_text(f, server, "Role", "dns");
    set_text(f, server, "Site", "dublin");
    struct had_node *vpc = add(f, "AWS::EC2::CustomerGateway", "link dublin", "device");
    set_text(f, vpc, "Type", "ipsec.1");
    set_read(f, vpc, "IpAddress", server, "Address");
    expect_clean(f);
}

/* ---- shared types ---- */

static struct had_node *add_attachment(struct fixture *f, const struct had_context *context,
                                       struct had_node **hub)
{
    *hub = add_at(f, HAD_RESOURCE, "AWS::EC2::TransitGateway", "hub core", "gateway", "", f->hub,
                  HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *attachment =
        add_at(f, HAD_RESOURCE, "AWS::EC2::TransitGatewayAttachment", "spoke a", "attachment",
               "hub core", context, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION);
    set_read(f, attachment, "TransitGatewayId", *hub, "Id");
    set_text(f, attachment, "VpcId", "vpc-1");
    struct had_prop *subnets = had_prop_list(&f->graph, f->span);
    had_prop_append(&f->graph, subnets, text(f, "subnet-1"));
    had_node_set(&f->graph, attachment, "SubnetIds", subnets);
    return attachment;
}

static struct had_node *add_share(struct fixture *f, const struct had_context *context,
                                  const char *principal)
{
    struct had_node *share = add_at(f, HAD_RESOURCE, "AWS::RAM::ResourceShare", "hub core", "share",
                                    "", context, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    set_text(f, share, "Name", "core");
    struct had_prop *principals = had_prop_list(&f->graph, f->span);
    had_prop_append(&f->graph, principals, text(f, principal));
    had_node_set(&f->graph, share, "Principals", principals);
    return share;
}

static void see(struct fixture *f, struct had_node *from, const struct had_node *share)
{
    had_edge_add(&f->graph, from, share, HAD_SEES, HAD_UNTIL_READY, "the hub is shared", f->span);
}

static void another_accounts_hub_needs_a_share(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub;
    add_attachment(f, f->spoke, &hub);
    expect_one(f, "HAD0901", "sees no share of it", "spoke a:attachment[hub core]");
}

static void the_own_hub_needs_none(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub;
    add_attachment(f, f->hub, &hub);
    expect_clean(f);
}

static void what_exists_sees_without_an_edge(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub;
    add_attachment(f, f->spoke, &hub)->lifecycle = HAD_EXISTING;
    expect_clean(f);
}

static void a_share_is_of_the_owner_and_reaches_the_reader(void **state)
{
    static const struct {
        const char *principal;
        bool owner;
        const char *problem; /* or NULL */
    } cases[] = {
        {"222222222222", true, NULL},
        {"arn:aws:organizations::999999999999:ou/o-1/ou-1", true, NULL},
        {"333333333333", true, "does not reach the account `web-prod`"},
        {"222222222222", false, "sees no share of it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture *f = *state;
        struct had_node *hub, *attachment = add_attachment(f, f->spoke, &hub);
        see(f, attachment, add_share(f, cases[i].owner ? f->hub : f->spoke, cases[i].principal));
        if (cases[i].problem)
            expect_one(f, "HAD0901", cases[i].problem, "spoke a:attachment[hub core]");
        else
            expect_clean(f);
        fixture_free(state);
        fixture_make(state);
    }
}

static void an_accepted_share_counts(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub, *attachment = add_attachment(f, f->spoke, &hub);
    struct had_node *share = add_share(f, f->hub, "222222222222");
    struct had_node *acceptance =
        add_at(f, HAD_RESOURCE, "had::ShareAcceptance", "hub core", "acceptance", "web-prod",
               f->spoke, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    set_read(f, acceptance, "ResourceShareArn", share, "Arn");
    see(f, attachment, acceptance);
    expect_clean(f);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_is_one_node),
        TEST(addresses_may_be_close),
        TEST(types_are_known),
        TEST(nodes_stand_somewhere),
        TEST(nodes_have_a_layer),
        TEST(facts_gates_and_what_exists_need_no_layer),
        TEST(nodes_come_from_the_spec),
        TEST(what_is_only_found_is_not_created),
        TEST(lanes_have_a_width),
        TEST(every_read_is_an_edge),
        TEST(equal_edges_are_one),
        TEST(edges_say_why_and_have_two_ends),
        TEST(edges_keep_to_revisions_that_there_are),
        TEST(staged_values_make_revisions),
        TEST(staged_values_are_well_formed),
        TEST(properties_nest_only_so_deep),
        TEST(layers_move_behind_what_is_needed),
        TEST(what_exists_moves_nothing),
        TEST(later_choices_move_nothing),
        TEST(an_earlier_phase_takes_what_it_needs),
        TEST(crossings_follow_from_contexts_and_layers),
        TEST(machines_read_parameters_beside_them),
        TEST(machines_read_nothing_else),
        TEST(facts_need_no_carrier),
        TEST(another_accounts_hub_needs_a_share),
        TEST(the_own_hub_needs_none),
        TEST(what_exists_sees_without_an_edge),
        TEST(a_share_is_of_the_owner_and_reaches_the_reader),
        TEST(an_accepted_share_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
