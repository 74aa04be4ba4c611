/* What templates hold: names, references, parameters, policies, order. */
#include "fixture.h"

#include "emit/cloudformation/glue.h"
#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/lookup.h"
#include "graph/rtype.h"

#include <stdio.h>
#include <string.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

#define SHARED_NETWORK "cloudformation/shared/eu-west-1/network.yaml"
#define WEB_NETWORK "cloudformation/web/eu-west-1/network.yaml"
#define HUB "cloudformation/network/eu-west-1/hub.yaml"
#define DIRECTORY "cloudformation/shared/eu-west-1/directory.yaml"

static void assert_name(struct fixture *f, const char *object, const char *role, const char *key,
                        const char *expected)
{
    struct had_node *node =
        add(f, "AWS::EC2::VPC", object, role, key, f->shared, HAD_LAYER_NETWORK);
    assert_string_equal(had_str_cstr(&f->arena, had_logical_id(&f->arena, node)), expected);
}

static void names_come_from_the_spec(void **state)
{
    struct fixture *f = *state;
    assert_name(f, "spoke web-prod.main/subnet app[a]", "subnet", "", "SpokeWebProdMainSubnetAppA");
    assert_name(f, "spoke web-prod.main", "attachment", "hub core",
                "SpokeWebProdMainAttachmentHubCore");
    assert_name(f, "security-group app", "group", "", "SecurityGroupApp");
    assert_name(f, "spoke a", "group", "members", "SpokeAGroupMembers");
    assert_name(f, "spoke a/subnet b", "route", "10.0.0.0/12", "SpokeASubnetBRoute10x0x0x0x12");
    assert_name(f, "spoke a/subnet b", "route", "100.0.0/12", "SpokeASubnetBRoute100x0x0x12");
    assert_name(f, "spoke e/resolver out/forward \"a/b.example.com\"", "rule", "",
                "SpokeEResolverOutForwardABExampleComRule");
    assert_name(f, "spoke m\xc3\xbc", "vpc", "", "SpokeMU00FCVpc");
}

static void titles_are_for_people(void **state)
{
    struct fixture *f = *state;
    struct had_node *subnet = add(f, "AWS::EC2::Subnet", "spoke web-prod.main/subnet app[a]",
                                  "subnet", "", f->shared, HAD_LAYER_NETWORK);
    struct had_node *attachment = add(f, "AWS::EC2::TransitGatewayAttachment", "spoke a",
                                      "attachment", "hub core", f->shared, HAD_LAYER_NETWORK);
    assert_string_equal(had_str_cstr(&f->arena, had_node_title(&f->arena, subnet)),
                        "web-prod-main-app-a");
    assert_string_equal(had_str_cstr(&f->arena, had_node_title(&f->arena, attachment)),
                        "a-attachment-core");
}

static void two_things_with_one_name_are_refused(void **state)
{
    struct fixture *f = *state;
    add_vpc(f, "web-prod.main", f->shared, "10.0.0.0/24");
    add_vpc(f, "web.prod-main", f->shared, "10.0.1.0/24");
    build_steps(f);
    assert_int_equal(findings(f, "HAD0801"), 1);
    const struct had_diag *d = f->diags.items.items[0];
    assert_int_equal(d->labels.count, 1);
    assert_has(had_str_cstr(&f->arena, d->message), "`spoke web-prod.main:vpc`");
    assert_has(had_str_cstr(&f->arena, d->message), "`spoke web.prod-main:vpc`");
}

static void names_that_are_too_long_are_refused(void **state)
{
    struct fixture *f = *state;
    char name[300];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    add_vpc(f, name, f->shared, "10.0.0.0/24");
    build_steps(f);
    assert_int_equal(findings(f, "HAD0802"), 1);
}

static void a_template_reads_from_top_to_bottom(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    add_subnet(f, vpc, "b", "10.0.0.0/25", "eu-west-1a");
    vpc->description = HAD_STR("Where everything stands.");
    emit_all(f);
    assert_string_equal(
        file_text(f, SHARED_NETWORK),
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        "Description: 'network: VPCs, subnets, attachments, endpoints and security groups; account "
        "shared, eu-west-1 (spec acme)'\n"
        "\n"
        "Metadata:\n"
        "  Had:\n"
        "    Version: '1.0.0'\n"
        "\n"
        "Resources:\n"
        "  # spoke a:vpc\n"
        "  # Where everything stands.\n"
        "  SpokeAVpc:\n"
        "    Type: AWS::EC2::VPC\n"
        "    Properties:\n"
        "      CidrBlock: 10.0.0.0/24\n"
        "      Tags:\n"
        "        - Key: Name\n"
        "          Value: a-vpc\n"
        "\n"
        "  # spoke a/subnet b:subnet\n"
        "  SpokeASubnetB:\n"
        "    Type: AWS::EC2::Subnet\n"
        "    Properties:\n"
        "      VpcId: !Ref SpokeAVpc\n"
        "      CidrBlock: 10.0.0.0/25\n"
        "      AvailabilityZone: !Sub '${AWS::Region}a'\n"
        "      Tags:\n"
        "        - Key: Name\n"
        "          Value: a-b\n");
}

static void json_says_the_same(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    add_subnet(f, vpc, "b", "10.0.0.0/25", "eu-west-1a");
    f->options.json = true;
    emit_all(f);
    const char *json = file_text(f, "cloudformation/shared/eu-west-1/network.json");
    assert_has(json, "\"VpcId\": { \"Ref\": \"SpokeAVpc\" }");
    assert_has(json, "\"CidrBlock\": \"10.0.0.0/25\"");
    assert_false(has_file(f, SHARED_NETWORK));
}

static void what_crosses_is_a_parameter_and_an_output(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *vpc = add_vpc(f, "web", f->web, "10.0.0.0/24");
    struct had_node *subnet = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
    add_attachment(f, hub, vpc, subnet);
    emit_all(f);
    const char *parameter = block(f, WEB_NETWORK, "HubCoreGatewayId");
    assert_has(parameter, "Type: String\n");
    assert_has(parameter, "output HubCoreGatewayId of stack had-acme-hub (account network");
    assert_has(parameter, "AllowedPattern: '^tgw-[0-9a-f]{8,17}$'");
    assert_lacks(parameter, "Default");
    assert_has(block(f, WEB_NETWORK, "SpokeWebAttachmentHubCore"),
               "TransitGatewayId: !Ref HubCoreGatewayId");
    const char *output = block(f, HUB, "HubCoreGatewayId");
    assert_has(output, "Value: !Ref HubCoreGateway\n");
    assert_lacks(output, "Export");
    const struct had_step *step = step_of(f, "web/eu-west-1/network");
    assert_int_equal(step->values.count, 1);
    assert_int_equal(step->values.items[0].binding->kind, HAD_BIND_OUTPUT);
    assert_has(file_text(f, "manifest.json"), "\"HubCoreGatewayId\": {\n          \"from\": "
                                              "\"network/eu-west-1/hub.HubCoreGatewayId\"");
    assert_has(file_text(f, "runbook.md"),
               "HubCoreGatewayId=\"$(out network eu-west-1 had-acme-hub HubCoreGatewayId)\"");
    assert_has(block(f, WEB_NETWORK, "AWS::CloudFormation::Interface"), "From stack had-acme-hub");
}

static void ref_and_getatt_follow_the_type(void **state)
{
    struct fixture *f = *state;
    struct had_node *address =
        add(f, "AWS::EC2::EIP", "nat a", "address", "", f->shared, HAD_LAYER_NETWORK);
    set(f, address, "Domain", "vpc");
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *subnet = add_subnet(f, vpc, "b", "10.0.0.0/25", "eu-west-1a");
    struct had_node *nat =
        add(f, "AWS::EC2::NatGateway", "nat a", "gateway", "", f->shared, HAD_LAYER_NETWORK);
    set_read(f, nat, "AllocationId", address, "AllocationId");
    set_read(f, nat, "SubnetId", subnet, "SubnetId");
    emit_all(f);
    const char *body = block(f, SHARED_NETWORK, "NatAGateway");
    assert_has(body, "AllocationId: !GetAtt NatAAddress.AllocationId"); /* Ref is the address */
    assert_has(body, "SubnetId: !Ref SpokeASubnetB");
}

static void pieces_of_attributes_are_cut_out(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *endpoint = add(f, "AWS::EC2::VPCEndpoint", "endpoint ssm", "endpoint", "",
                                    f->shared, HAD_LAYER_NETWORK);
    set_read(f, endpoint, "VpcId", vpc, "VpcId");
    set(f, endpoint, "ServiceName", "com.amazonaws.eu-west-1.ssm");
    struct had_node *parameter =
        add(f, "AWS::SSM::Parameter", "spoke a", "name", "", f->shared, HAD_LAYER_NETWORK);
    set(f, parameter, "Type", "String");
    set_read(f, parameter, "Value", endpoint, "DnsName");
    emit_all(f);
    assert_has(
        block(f, SHARED_NETWORK, "SpokeAName"),
        "Value: !Select\n        - 1\n        - !Split\n          - ':'\n          - !Select\n"
        "            - 0\n            - !GetAtt EndpointSsm.DnsEntries\n");
}

static void existing_things_are_literals_or_parameters(void **state)
{
    struct fixture *f = *state;
    struct had_node *known = add_vpc(f, "known", f->shared, "10.0.0.0/24");
    known->lifecycle = HAD_EXISTING;
    had_node_know(&f->graph, known, "VpcId", HAD_STR("vpc-0123456789abcdef0"));
    struct had_node *unknown = add_vpc(f, "it's there", f->shared, "10.0.1.0/24");
    unknown->lifecycle = HAD_EXISTING;
    add_subnet(f, known, "a", "10.0.0.0/25", "eu-west-1a");
    add_subnet(f, unknown, "b", "10.0.1.0/25", "eu-west-1a");
    emit_all(f);
    assert_has(block(f, SHARED_NETWORK, "SpokeKnownSubnetA"), "VpcId: vpc-0123456789abcdef0");
    assert_has(block(f, SHARED_NETWORK, "SpokeItSThereSubnetB"), "VpcId: !Ref SpokeItSThereVpcId");
    assert_has(block(f, SHARED_NETWORK, "SpokeItSThereVpcId"),
               "AllowedPattern: '^vpc-[0-9a-f]{8,17}$'");
    assert_lacks(file_text(f, SHARED_NETWORK), "SpokeKnownVpc:");
    const struct had_step *step = step_of(f, "shared/eu-west-1/network");
    assert_int_equal(step->values.count, 1);
    assert_int_equal(step->values.items[0].binding->kind, HAD_BIND_LOOKUP);
    assert_string_equal(had_str_cstr(&f->arena, step->values.items[0].binding->text),
                        "aws ec2 describe-vpcs --filters Name=tag:Name,Values='it'\\''s there' "
                        "--query 'Vpcs[0].VpcId' --output text --region eu-west-1");
}

static void secrets_are_constant_names(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *one = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
    struct had_node *two = add_subnet(f, vpc, "b", "10.0.0.128/25", "eu-west-1b");
    struct had_node *directory = add_directory(f, vpc, one, two);
    emit_all(f);
    assert_has(block(f, DIRECTORY, "DirectoryAws"),
               "Password: '{{resolve:secretsmanager:ad/aws/admin:SecretString:Password}}'");
    had_node_set(&f->graph, directory, "Password",
                 had_prop_secret(&f->graph, HAD_STR("ad/aws/admin"), HAD_STR("222222222222"),
                                 (had_str){0}, "Password", here));
    emit_all(f);
    assert_has(block(f, DIRECTORY, "DirectoryAws"),
               "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:222222222222:secret:"
               "ad/aws/admin:SecretString:Password}}");
    had_node_set(&f->graph, directory, "Password",
                 had_prop_secret(&f->graph, HAD_STR("x}}{{resolve:ssm:y"), (had_str){0},
                                 (had_str){0}, "Password", here));
    build_steps(f);
    assert_int_equal(findings(f, "HAD0804"), 1);
}

static void what_must_stay_has_the_retain_pair(void **state)
{
    struct fixture *f = *state;
    add_hub(f);
    add_vpc(f, "a", f->network, "10.0.0.0/24");
    emit_all(f);
    const char *hub = block(f, HUB, "HubCoreGateway");
    assert_has(hub, "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:");
    assert_lacks(block(f, HUB, "HubCoreShare"), "Retain");
    const char *policy = file_text(f, "cloudformation/network/eu-west-1/hub.policy.json");
    assert_has(policy, "\"LogicalResourceId/HubCoreGateway\"");
    assert_has(policy, "\"Update:Replace\"");
    assert_lacks(policy, "HubCoreShare");
    assert_false(has_file(f, "cloudformation/network/eu-west-1/network.policy.json"));
    const char *manifest = file_text(f, "manifest.json");
    assert_has(manifest, "\"stackPolicy\": \"cloudformation/network/eu-west-1/hub.policy.json\"");
    assert_has(manifest, "\"terminationProtection\": true");
}

static void depends_on_says_only_what_is_left(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *subnet = add_subnet(f, vpc, "b", "10.0.0.0/25", "eu-west-1a");
    struct had_node *attachment = add_attachment(f, hub, vpc, subnet);
    struct had_node *table = add(f, "AWS::EC2::RouteTable", "spoke a/subnet b", "table", "",
                                 f->shared, HAD_LAYER_NETWORK);
    set_read(f, table, "VpcId", vpc, "VpcId");
    struct had_node *route = add(f, "AWS::EC2::Route", "spoke a/subnet b", "route", "10.1.0.0/16",
                                 f->shared, HAD_LAYER_NETWORK);
    set_read(f, route, "RouteTableId", table, "RouteTableId");
    set(f, route, "DestinationCidrBlock", "10.1.0.0/16");
    set_read(f, route, "TransitGatewayId", hub, "Id");
    had_edge_add(&f->graph, route, had_graph_find(&f->graph, HAD_STR("hub core:share")), HAD_SEES,
                 HAD_UNTIL_READY, "a test says so", here);
    need(f, route, attachment); /* left: the gateway's id alone orders nothing */
    need(f, route, table);      /* said by Ref */
    need(f, route, vpc);        /* said by the table's Ref */
    need(f, route, subnet);     /* said by the attachment's Ref */
    struct had_node *last = add_subnet(f, vpc, "z", "10.0.0.128/25", "eu-west-1b");
    need(f, last, route);
    need(f, last, attachment); /* said by the route's DependsOn */
    emit_all(f);
    assert_has(block(f, SHARED_NETWORK, "SpokeASubnetBRoute10x1x0x0x16"),
               "    DependsOn: SpokeAAttachmentHubCore\n");
    assert_has(block(f, SHARED_NETWORK, "SpokeASubnetZ"),
               "    DependsOn: SpokeASubnetBRoute10x1x0x0x16\n");
    assert_lacks(block(f, SHARED_NETWORK, "SpokeAAttachmentHubCore"), "DependsOn");
}

static void lanes_of_one_are_chains(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"a", "b", "c", "d"};
    struct had_node *vpcs[4];
    for (int i = 0; i < 4; i++) {
        vpcs[i] = add_vpc(f, names[i], f->shared, "10.0.0.0/24");
        vpcs[i]->lane = i == 3 ? HAD_STR("other") : HAD_STR("one");
        vpcs[i]->lane_width = 1;
    }
    emit_all(f);
    assert_lacks(block(f, SHARED_NETWORK, "SpokeAVpc"), "DependsOn");
    assert_has(block(f, SHARED_NETWORK, "SpokeBVpc"), "DependsOn: SpokeAVpc\n");
    assert_has(block(f, SHARED_NETWORK, "SpokeCVpc"), "DependsOn: SpokeBVpc\n");
    assert_lacks(block(f, SHARED_NETWORK, "SpokeDVpc"), "DependsOn");
}

static void wider_lanes_let_some_by(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        struct had_node *vpc = add_vpc(f, names[i], f->shared, "10.0.0.0/24");
        vpc->lane = HAD_STR("two");
        vpc->lane_width = 2;
    }
    emit_all(f);
    assert_lacks(block(f, SHARED_NETWORK, "SpokeBVpc"), "DependsOn");
    assert_has(block(f, SHARED_NETWORK, "SpokeCVpc"), "DependsOn: SpokeAVpc\n");
}

static void values_have_the_types_of_the_facts(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    had_node_set(&f->graph, vpc, "EnableDnsSupport", had_prop_bool(&f->graph, true, here));
    struct had_prop *tags = had_prop_map(&f->graph, here);
    had_prop_put(&f->graph, tags, "cost-center", had_prop_int(&f->graph, 4711, here));
    had_prop_put(&f->graph, tags, "on", text(f, "off"));
    had_prop_put(&f->graph, tags, "Name", text(f, "012"));
    struct had_prop *list = had_prop_list(&f->graph, here);
    had_each(const struct had_prop_entry, entry, &tags->entries) {
        struct had_prop *tag = had_prop_map(&f->graph, here);
        had_prop_put(&f->graph, tag, "Key", had_prop_text(&f->graph, entry->key, here));
        had_prop_put(&f->graph, tag, "Value",
                     entry->value->tag == HAD_PROP_INT ? text(f, "4711") : entry->value);
        had_prop_append(&f->graph, list, tag);
    }
    had_node_set(&f->graph, vpc, "Tags", list);
    struct had_node *role =
        add(f, "AWS::IAM::Role", "instance x", "role", "", f->shared, HAD_LAYER_NETWORK);
    set_json(f, role, "AssumeRolePolicyDocument",
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Max\": 3, \"B\": "
        "true}]}");
    emit_all(f);
    const char *body = block(f, SHARED_NETWORK, "SpokeAVpc");
    assert_has(body, "EnableDnsSupport: true\n");
    assert_has(body, "Key: cost-center\n          Value: '4711'\n");
    assert_has(body, "Key: 'on'\n          Value: 'off'\n");
    assert_has(body, "Value: '012'\n");
    const char *policy = block(f, SHARED_NETWORK, "InstanceXRole");
    assert_has(policy, "Version: '2012-10-17'\n");
    assert_has(policy, "- Effect: Allow\n            Max: 3\n            B: true\n");
    assert_has(file_text(f, "manifest.json"), "\"CAPABILITY_IAM\"");
}

static void formats_are_sub_and_scripts_are_join(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *group =
        add(f, "AWS::EC2::SecurityGroup", "spoke a", "group", "x", f->shared, HAD_LAYER_NETWORK);
    struct had_prop *format = had_prop_format(&f->graph, here);
    had_prop_append(&f->graph, format, text(f, "Members of "));
    had_prop_append(&f->graph, format, read_of(f, vpc, "VpcId"));
    had_prop_append(&f->graph, format, text(f, " in "));
    had_prop_append(&f->graph, format, read_of(f, vpc, "CidrBlock"));
    had_node_set(&f->graph, group, "GroupDescription", format);
    struct had_node *parameter =
        add(f, "AWS::SSM::Parameter", "spoke a", "script", "", f->shared, HAD_LAYER_NETWORK);
    struct had_prop *script = had_prop_format(&f->graph, here);
    had_prop_append(&f->graph, script, text(f, "$id = '"));
    had_prop_append(&f->graph, script, read_of(f, vpc, "VpcId"));
    had_prop_append(&f->graph, script, text(f, "'; \"${id}\""));
    set(f, parameter, "Type", "String");
    had_node_set(&f->graph, parameter, "Value", script);
    emit_all(f);
    assert_has(block(f, SHARED_NETWORK, "SpokeAGroupX"),
               "GroupDescription: !Sub 'Members of ${SpokeAVpc} in ${SpokeAVpc.CidrBlock}'\n");
    assert_has(block(f, SHARED_NETWORK, "SpokeAScript"),
               "Value: !Join\n        - ''\n        -\n          - '$id = '''\n          - !Ref "
               "SpokeAVpc\n          - '''; \"${id}\"'\n");
}

static void too_much_for_one_stack_is_said(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 501; i++) { /* of one object, and what is protected never moves */
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        add(f, "AWS::EC2::InternetGateway", "spoke a", "gateway",
            had_str_cstr(&f->arena, had_str_c(key)), f->shared, HAD_LAYER_NETWORK)
            ->protect = HAD_PROTECT_KEEP;
    }
    build_steps(f);
    assert_int_equal(findings(f, "HAD0806"), 1);
    assert_has(had_str_cstr(&f->arena, f->diags.items.items[0]->message), "501 resources");
}

static void one_object_leaves_its_ends_to_other_stacks(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/16");
    for (int i = 0; i < 900; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        struct had_node *group =
            i % 9 ? add(f, "AWS::EC2::SecurityGroupIngress", "spoke a", "in",
                        had_str_cstr(&f->arena, had_str_c(key)), f->shared, HAD_LAYER_NETWORK)
                  : NULL;
        if (group) {
            set_read(f, group, "GroupId", vpc, "DefaultSecurityGroup");
            set(f, group, "IpProtocol", "tcp");
        }
    }
    build_steps(f);
    assert_int_equal(findings(f, "HAD0806"), 0);
    uint32_t count = 0;
    had_each(struct had_stack *, stack, &f->steps->stacks) {
        assert_true((*stack)->nodes.count <= 400);
        assert_true(had_str_starts((*stack)->name, "network"));
        count += (*stack)->nodes.count;
        if (had_str_is((*stack)->name, "network"))
            assert_true(had_str_eq((*stack)->nodes.items[0]->address, vpc->address));
        else
            assert_true(had_str_starts((*stack)->name, "network-more-"));
    }
    assert_int_equal(count, 801);
    assert_true(f->steps->stacks.count >= 4);
}

static void values_between_stacks_share_out_what_has_few_resources(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 390; i++) { /* few enough for one template, were it not for the values */
        char name[16];
        snprintf(name, sizeof name, "spoke s%d", i);
        struct had_node *gateway =
            add(f, "AWS::EC2::InternetGateway", had_str_cstr(&f->arena, had_str_c(name)), "gateway",
                "", f->shared, HAD_LAYER_NETWORK);
        struct had_node *attachment =
            add(f, "AWS::EC2::VPCGatewayAttachment", had_str_cstr(&f->arena, had_str_c(name)),
                "gateway-attachment", "", f->web, HAD_LAYER_NETWORK);
        set(f, attachment, "VpcId", "vpc-0123456789abcdef0");
        set_read(f, attachment, "InternetGatewayId", gateway, "InternetGatewayId");
    }
    build_steps(f);
    assert_int_equal(f->diags.errors, 0);
    uint32_t values = 0;
    had_each(struct had_stack *, stack, &f->steps->stacks) {
        assert_true((*stack)->exports.count <= 200);
        assert_true((*stack)->parameters.count <= 200);
        values += (*stack)->exports.count;
    }
    assert_int_equal(values, 390);
}

static void every_glue_type_has_its_row(void **state)
{
    struct fixture *f = *state;
    uint32_t count;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_glue_type *glue = had_glue_find(had_str_c(types[i]->name));
        if (types[i]->tier != HAD_TIER_GLUE) {
            if (glue)
                fail_msg("%s is no custom resource", types[i]->name);
            continue;
        }
        if (!glue)
            fail_msg("%s has no row in glue.c", types[i]->name);
        assert_true(glue->timeout <= 3600);
        const struct had_glue_source *source = had_glue_sources;
        while (source->family && strcmp(source->family, glue->family))
            source++;
        if (!source->family)
            fail_msg("no family %s", glue->family);
        assert_true(source->text.len < 8192);
        char class[100];
        snprintf(class, sizeof class, "\nclass %s(", types[i]->name + strlen("had::"));
        if (!strstr(had_str_cstr(&f->arena, source->text), class))
            fail_msg("%s.py has no class for %s", glue->family, types[i]->name);
    }
}

static void every_lookup_has_a_command(void **state)
{
    struct fixture *f = *state;
    uint32_t count;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (types[i]->tier != HAD_TIER_GLUE && types[i]->tier != HAD_TIER_GATE)
            continue;
        for (uint32_t k = 0; k < types[i]->attr_count; k++) {
            had_str attribute = had_str_c(types[i]->attrs[k].name);
            if (had_rtype_prop(&types[i]->properties, attribute))
                continue; /* said by the property */
            struct had_node *node = add(f, types[i]->name, types[i]->name, "x",
                                        types[i]->attrs[k].name, f->shared, HAD_LAYER_TRUST);
            had_lookup_inputs inputs = {0};
            had_str command =
                had_lookup_command(&f->arena, node, attribute, HAD_STR("eu-west-1"), &inputs);
            if (!had_str_starts(command, "aws "))
                fail_msg("%s.%s: " HAD_FMT, types[i]->name, types[i]->attrs[k].name,
                         HAD_ARG(command));
        }
    }
}

static void glue_stands_apart(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *one = add_subnet(f, vpc, "a", "10.0.0.0/25", "eu-west-1a");
    struct had_node *two = add_subnet(f, vpc, "b", "10.0.0.128/25", "eu-west-1b");
    struct had_node *directory = add_directory(f, vpc, one, two);
    struct had_node *trust = add(f, "had::Trust", "trust directory aws/forest corp", "trust", "",
                                 f->shared, HAD_LAYER_TRUST);
    set_read(f, trust, "DirectoryId", directory, "Id");
    set(f, trust, "RemoteDomainName", "corp.example.com");
    set(f, trust, "Direction", "Two-Way");
    set(f, trust, "Type", "Forest");
    had_node_set(&f->graph, trust, "Password",
                 had_prop_secret(&f->graph, HAD_STR("ad/trust/corp"), (had_str){0}, (had_str){0},
                                 "Password", here));
    emit_all(f);
    static const char path[] = "cloudformation/shared/eu-west-1/trust-glue.yaml";
    const char *body = block(f, path, "TrustDirectoryAwsForestCorpTrust");
    assert_has(body, "Type: Custom::HadTrust\n");
    assert_has(body, "ServiceToken: !GetAtt TrustFunction.Arn\n      ServiceTimeout: 3600\n");
    assert_has(body, "PasswordFrom:\n        Secret: ad/trust/corp\n        Key: Password\n");
    assert_lacks(body, "resolve:secretsmanager");
    const char *function = block(f, path, "TrustFunction");
    assert_has(function, "Runtime: python3.13\n");
    assert_has(function, "- arm64\n");
    assert_has(function, "class Trust(");
    const char *role = block(f, path, "TrustRole");
    assert_has(role, "ds:CreateTrust\n");
    assert_has(role, "Resource: !Sub "
                     "'arn:${AWS::Partition}:ds:${AWS::Region}:${AWS::AccountId}:directory/"
                     "${DirectoryAwsId}'\n");
    assert_has(role, "secret:ad/trust/corp-?????\?'\n");
    assert_lacks(role, "ShareDirectory"); /* only what this stack uses */
    assert_has(block(f, path, "TrustLogGroup"), "RetentionInDays: 90\n");
    assert_lacks(file_text(f, DIRECTORY), "Custom::");
    assert_has(file_text(f, "manifest.json"), "shared/eu-west-1/trust-glue");
}

static void without_custom_resources_people_do_it(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *sharing = add(f, "had::ResourceSharing", "organization acme", "sharing", "",
                                   f->management, HAD_LAYER_ORGANIZATION);
    need(f, had_graph_find(&f->graph, HAD_STR("hub core:share")), sharing);
    struct had_node *attachment =
        add(f, "had::AttachmentLookup", "link v", "attachment", "", f->network, HAD_LAYER_ROUTING);
    set_read(f, attachment, "TransitGatewayId", hub, "Id");
    set(f, attachment, "ResourceType", "vpn");
    set(f, attachment, "ResourceId", "vpn-01234567");
    struct had_node *table = add(f, "AWS::EC2::TransitGatewayRouteTable", "hub core/segment s",
                                 "table", "", f->network, HAD_LAYER_HUB);
    set_read(f, table, "TransitGatewayId", hub, "Id");
    struct had_node *association = add(f, "AWS::EC2::TransitGatewayRouteTableAssociation", "link v",
                                       "association", "", f->network, HAD_LAYER_ROUTING);
    set_read(f, association, "TransitGatewayAttachmentId", attachment,
             "TransitGatewayAttachmentId");
    set_read(f, association, "TransitGatewayRouteTableId", table, "TransitGatewayRouteTableId");
    f->options.no_custom_resources = true;
    emit_all(f);
    had_each(const struct had_output_file, file, &f->output.files)
        assert_lacks(had_str_cstr(&f->arena, file->text), "Custom::");
    const struct had_step *gate = step_of(f, "gate/organization acme:sharing");
    assert_int_equal(gate->kind, HAD_STEP_GATE);
    assert_has(file_text(f, "runbook.md"), "call `EnableSharingWithAwsOrganization`");
    const struct had_step *routing = step_of(f, "network/eu-west-1/routing");
    const struct had_binding *binding = routing->values.items[1].binding;
    assert_int_equal(binding->kind, HAD_BIND_LOOKUP);
    assert_has(had_str_cstr(&f->arena, binding->text), "Values=<TransitGatewayId> ");
    assert_int_equal(binding->input_count, 1);
    assert_int_equal(binding->inputs[0].binding->kind, HAD_BIND_OUTPUT);
    assert_has(file_text(f, "runbook.md"),
               "Values=\"$(out network eu-west-1 had-acme-hub HubCoreGatewayId)\" ");
}

static void places_are_metadata(void **state)
{
    struct fixture *f = *state;
    struct had_sources sources = {.arena = &f->arena};
    had_sources_add(&sources, HAD_STR("net.had"), HAD_STR("had 1\n\nspoke a\n"));
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_origin origin = *vpc->origin;
    origin.span = (struct had_span){1, 7, 12};
    vpc->origin = &origin;
    f->options.places = true;
    f->options.sources = &sources;
    emit_all(f);
    assert_has(
        block(f, SHARED_NETWORK, "SpokeAVpc"),
        "    Metadata:\n      Had:\n        Address: spoke a:vpc\n        Place: net.had:3\n");
}

static void tags_that_replace_are_left_alone(void **state)
{
    struct fixture *f = *state;
    struct had_node *hub = add_hub(f);
    struct had_node *table = add(f, "AWS::EC2::TransitGatewayRouteTable", "hub core/segment s",
                                 "table", "", f->network, HAD_LAYER_HUB);
    set_read(f, table, "TransitGatewayId", hub, "Id");
    emit_all(f);
    assert_lacks(block(f, HUB, "HubCoreSegmentSTable"), "Tags");
    assert_has(block(f, HUB, "HubCoreGateway"), "Value: core-gateway\n");
}

static void hostile_text_stays_text(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    vpc->description = HAD_STR("x\n  Evil:\n    Type: AWS::IAM::Role\r\xe2\x80\xa9y: z");
    emit_all(f);
    assert_has(file_text(f, SHARED_NETWORK),
               "  # x\n  #   Evil:\n  #     Type: AWS::IAM::Role??y: z\n  SpokeAVpc:\n");
}

static void texts_that_would_act_are_refused(void **state)
{
    static const char *const policies[] = {
        "{\"Statement\": [{\"Fn::Transform\": {\"Name\": \"AWS::Include\"}}]}",
        "{\"Statement\": {\"Ref\": \"AWS::AccountId\"}}",
        "{\"Statement\": [\"a\", \"{{resolve:ssm-secure:x}}\"]}",
        "{\"{{Resolve:ssm:x}}\": 1}",
    };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        void *again = NULL;
        fixture_setup(&again);
        struct fixture *g = again;
        struct had_node *role =
            add(g, "AWS::IAM::Role", "instance x", "role", "", g->shared, HAD_LAYER_NETWORK);
        set_json(g, role, "AssumeRolePolicyDocument", policies[i]);
        build_steps(g);
        assert_int_equal(findings(g, "HAD0807"), 1);
        fixture_teardown(&again);
    }
    struct fixture *f = *state;
    struct had_node *group =
        add(f, "AWS::EC2::SecurityGroup", "spoke a", "group", "x", f->shared, HAD_LAYER_NETWORK);
    struct had_prop *format = had_prop_format(&f->graph, here); /* in pieces, too */
    had_prop_append(&f->graph, format, text(f, "{{res"));
    had_prop_append(&f->graph, format, text(f, "olve:secretsmanager:x:SecretString}}"));
    had_node_set(&f->graph, group, "GroupDescription", format);
    build_steps(f);
    assert_int_equal(findings(f, "HAD0807"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(names_come_from_the_spec),
        TEST(titles_are_for_people),
        TEST(two_things_with_one_name_are_refused),
        TEST(names_that_are_too_long_are_refused),
        TEST(a_template_reads_from_top_to_bottom),
        TEST(json_says_the_same),
        TEST(what_crosses_is_a_parameter_and_an_output),
        TEST(ref_and_getatt_follow_the_type),
        TEST(pieces_of_attributes_are_cut_out),
        TEST(existing_things_are_literals_or_parameters),
        TEST(secrets_are_constant_names),
        TEST(what_must_stay_has_the_retain_pair),
        TEST(depends_on_says_only_what_is_left),
        TEST(lanes_of_one_are_chains),
        TEST(wider_lanes_let_some_by),
        TEST(values_have_the_types_of_the_facts),
        TEST(formats_are_sub_and_scripts_are_join),
        TEST(too_much_for_one_stack_is_said),
        TEST(one_object_leaves_its_ends_to_other_stacks),
        TEST(values_between_stacks_share_out_what_has_few_resources),
        TEST(every_glue_type_has_its_row),
        TEST(every_lookup_has_a_command),
        TEST(glue_stands_apart),
        TEST(without_custom_resources_people_do_it),
        TEST(places_are_metadata),
        TEST(tags_that_replace_are_left_alone),
        TEST(hostile_text_stays_text),
        TEST(texts_that_would_act_are_refused),
    };
    return cmocka_run_group_tests_name("templates", tests, NULL, NULL);
}
