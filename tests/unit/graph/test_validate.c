/* Properties against the type tables: what the compiler must not make, and what the user may not
 * say. */
#include "fixture.h"

/* A value made by a function of its own, put to one property of one type. */
struct trial {
    const char *type, *path;
    struct had_prop *(*make)(struct fixture *f);
    const char *code;         /* NULL: nothing is found */
    const char *says, *helps; /* parts of the message and of help or notes; may be "" */
};

/* A node with all that its type requires. */
static struct had_node *whole_node(struct fixture *f, const char *type, const char *object)
{
    struct had_node *node = add(f, type, object, "node");
    if (!strcmp(type, "AWS::EC2::Subnet")) {
        set_text(f, node, "VpcId", "vpc-1");
    } else if (!strcmp(type, "AWS::Route53Resolver::ResolverRule")) {
        set_text(f, node, "RuleType", "FORWARD");
    } else if (!strcmp(type, "AWS::DirectoryService::MicrosoftAD")) {
        set_text(f, node, "Name", "aws.example.com");
        had_node_set(&f->graph, node, "Password",
                     had_prop_secret(&f->graph, HAD_STR("ad/admin"), (had_str){0}, (had_str){0},
                                     "Password", f->span));
        set_text(f, node, "VpcSettings.VpcId", "vpc-1");
        had_node_set(&f->graph, node, "VpcSettings.SubnetIds", had_prop_list(&f->graph, f->span));
    } else if (!strcmp(type, "AWS::EC2::TransitGatewayAttachment")) {
        set_text(f, node, "TransitGatewayId", "tgw-1");
        set_text(f, node, "VpcId", "vpc-1");
        had_node_set(&f->graph, node, "SubnetIds", had_prop_list(&f->graph, f->span));
    } else if (!strcmp(type, "AWS::SSM::Parameter")) {
        set_text(f, node, "Type", "String");
        set_text(f, node, "Value", "x");
    } else if (!strcmp(type, "AWS::IAM::RolePolicy")) {
        set_text(f, node, "PolicyName", "p");
        set_text(f, node, "RoleName", "r");
    } else if (!strcmp(type, "AWS::SSM::Association")) {
        set_text(f, node, "Name", "AWS-JoinDirectoryServiceDomain");
    } else if (!strcmp(type, "had::ConditionalForwarder")) {
        set_text(f, node, "DirectoryId", "d-1");
        set_text(f, node, "RemoteDomainName", "corp.example.com");
        struct had_prop *ips = had_prop_list(&f->graph, f->span);
        had_prop_append(&f->graph, ips, text(f, "10.0.0.1"));
        had_node_set(&f->graph, node, "DnsIpAddresses", ips);
    } else if (!strcmp(type, "had::DirectoryControllers")) {
        set_text(f, node, "DirectoryId", "d-1");
        had_node_set(&f->graph, node, "DesiredNumber", had_prop_int(&f->graph, 3, f->span));
    }
    return node;
}

/* ---- values ---- */

static struct had_node *directory(struct fixture *f)
{
    return whole_node(f, "AWS::DirectoryService::MicrosoftAD", "directory d");
}

static struct had_prop *a_text(struct fixture *f)
{
    return text(f, "text");
}
static struct had_prop *a_forward(struct fixture *f)
{
    return text(f, "FORWARD");
}
static struct had_prop *a_lower_forward(struct fixture *f)
{
    return text(f, "forward");
}
static struct had_prop *a_number(struct fixture *f)
{
    return had_prop_int(&f->graph, 5, f->span);
}
static struct had_prop *number_one(struct fixture *f)
{
    return had_prop_int(&f->graph, 1, f->span);
}
static struct had_prop *number_two(struct fixture *f)
{
    return had_prop_int(&f->graph, 2, f->span);
}
static struct had_prop *number_twenty(struct fixture *f)
{
    return had_prop_int(&f->graph, 20, f->span);
}
static struct had_prop *number_thirty(struct fixture *f)
{
    return had_prop_int(&f->graph, 30, f->span);
}
static struct had_prop *a_bool(struct fixture *f)
{
    return had_prop_bool(&f->graph, true, f->span);
}
static struct had_prop *no_elements(struct fixture *f)
{
    return had_prop_list(&f->graph, f->span);
}
static struct had_prop *list_of(struct fixture *f, struct had_prop *item, int times)
{
    struct had_prop *list = had_prop_list(&f->graph, f->span);
    for (int i = 0; i < times; i++)
        had_prop_append(&f->graph, list, item);
    return list;
}
static struct had_prop *one_text(struct fixture *f)
{
    return list_of(f, text(f, "10.0.0.1"), 1);
}
static struct had_prop *four_texts(struct fixture *f)
{
    return list_of(f, text(f, "10.0.0.1"), 4);
}
static struct had_prop *five_texts(struct fixture *f)
{
    return list_of(f, text(f, "10.0.0.1"), 5);
}
static struct had_prop *one_number(struct fixture *f)
{
    return list_of(f, number_one(f), 1);
}
static struct had_prop *map_with(struct fixture *f, const char *key, struct had_prop *value)
{
    struct had_prop *map = had_prop_map(&f->graph, f->span);
    had_prop_put(&f->graph, map, key, value);
    return map;
}
static struct had_prop *a_target(struct fixture *f)
{
    return list_of(f, map_with(f, "Ip", text(f, "10.0.0.1")), 1);
}
static struct had_prop *a_target_with_number(struct fixture *f)
{
    return list_of(f, map_with(f, "Port", number_one(f)), 1);
}
static struct had_prop *a_strange_target(struct fixture *f)
{
    return list_of(f, map_with(f, "Address", text(f, "10.0.0.1")), 1);
}
static struct had_prop *a_short_target(struct fixture *f)
{
    return list_of(f, map_with(f, "Ip", text(f, "::1")), 1);
}
static struct had_prop *a_dotted_name(struct fixture *f)
{
    return text(f, "corp.example.com");
}
static struct had_prop *a_dashed_name(struct fixture *f)
{
    return text(f, "corp-example-com");
}
static struct had_prop *sixty_four(struct fixture *f)
{
    return text(f, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}
static struct had_prop *sixty_five(struct fixture *f)
{
    return text(f, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0");
}
/* 65 bytes, but fewer characters: bounds count characters, and this is no length finding */
static struct had_prop *sixty_five_bytes(struct fixture *f)
{
    return text(f, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\xe2\x82\xac");
}
static struct had_prop *dns_whole(struct fixture *f)
{
    return had_prop_read(&f->graph, directory(f), "DnsIpAddresses", f->span);
}
static struct had_prop *dns_element(struct fixture *f)
{
    return list_of(f, had_prop_read(&f->graph, directory(f), "DnsIpAddresses[1]", f->span), 1);
}
static struct had_prop *dns_whole_as_item(struct fixture *f)
{
    return list_of(f, dns_whole(f), 1);
}
static struct had_prop *dns_element_alone(struct fixture *f)
{
    return had_prop_read(&f->graph, directory(f), "DnsIpAddresses[0]", f->span);
}
static struct had_prop *id_element(struct fixture *f)
{
    return had_prop_read(&f->graph, directory(f), "Id[0]", f->span);
}
static struct had_prop *no_attribute(struct fixture *f)
{
    return had_prop_read(&f->graph, add_vpc(f, "spoke b"), "VPCId", f->span);
}
static struct had_prop *the_vpc(struct fixture *f)
{
    return had_prop_read(&f->graph, add_vpc(f, "spoke b"), "VpcId", f->span);
}
static struct had_prop *vpc_as_item(struct fixture *f)
{
    return list_of(f, the_vpc(f), 1);
}
static struct had_prop *from_nothing(struct fixture *f)
{
    return had_prop_read(&f->graph, NULL, "VpcId", f->span);
}
static struct had_prop *a_secret(struct fixture *f)
{
    return had_prop_secret(&f->graph, HAD_STR("ad/admin"), (had_str){0}, (had_str){0}, "Password",
                           f->span);
}
static struct had_prop *a_nameless_secret(struct fixture *f)
{
    return had_prop_secret(&f->graph, (had_str){0}, (had_str){0}, (had_str){0}, "", f->span);
}
static struct had_prop *format_of(struct fixture *f, struct had_prop *piece)
{
    struct had_prop *format = had_prop_format(&f->graph, f->span);
    had_prop_append(&f->graph, format, text(f, "a"));
    had_prop_append(&f->graph, format, piece);
    return format;
}
static struct had_prop *a_format(struct fixture *f)
{
    return format_of(f, the_vpc(f));
}
static struct had_prop *a_format_with_number(struct fixture *f)
{
    return format_of(f, number_one(f));
}
static struct had_prop *a_format_with_element(struct fixture *f)
{
    return format_of(f, dns_element_alone(f));
}
static struct had_prop *a_format_with_list(struct fixture *f)
{
    return format_of(f, dns_whole(f));
}
static struct had_prop *a_format_with_secret(struct fixture *f)
{
    return format_of(f, a_secret(f));
}
static struct had_prop *a_format_with_bool(struct fixture *f)
{
    return format_of(f, a_bool(f));
}
static struct had_prop *a_document(struct fixture *f)
{
    return map_with(f, "Statement", list_of(f, map_with(f, "Resource", the_vpc(f)), 1));
}
static struct had_prop *a_document_with_no_attribute(struct fixture *f)
{
    return map_with(f, "Statement", list_of(f, map_with(f, "Resource", no_attribute(f)), 1));
}
static struct had_prop *map_of_lists(struct fixture *f)
{
    return map_with(f, "directoryId", one_text(f));
}
static struct had_prop *map_of_texts(struct fixture *f)
{
    return map_with(f, "directoryId", a_text(f));
}
static struct had_prop *staged_with(struct fixture *f, struct had_prop *second)
{
    struct had_prop *staged = had_prop_staged(&f->graph, f->span);
    struct had_stage *stage = had_prop_stage(&f->graph, staged, text(f, "FORWARD"));
    *had_push(&f->arena, &stage->until) = add_gate(f, "spoke g");
    had_prop_stage(&f->graph, staged, second);
    return staged;
}
static struct had_prop *staged_good(struct fixture *f)
{
    return staged_with(f, text(f, "SYSTEM"));
}
static struct had_prop *staged_bad(struct fixture *f)
{
    return staged_with(f, text(f, "LATER"));
}
static struct had_prop *staged_shape(struct fixture *f)
{
    return staged_with(f, number_one(f));
}
static struct had_prop *safe_mode_secret(struct fixture *f)
{
    return had_prop_read(&f->graph, add(f, "AWS::SecretsManager::Secret", "forest f", "secret"),
                         "Id", f->span);
}

#define BROKEN "HAD0901"
#define VALUE "HAD0791"
#define BOUND "HAD0792"
#define RULE "AWS::Route53Resolver::ResolverRule"
#define AD "AWS::DirectoryService::MicrosoftAD"
#define FORWARDER "had::ConditionalForwarder"

static const struct trial trials[] = {
    /* shapes */
    {"AWS::EC2::VPC", "CidrBlock", a_text, NULL, "", ""},
    {"AWS::EC2::VPC", "CidrBlock", a_number, BROKEN, "is not the text", ""},
    {"AWS::EC2::VPC", "EnableDnsSupport", a_bool, NULL, "", ""},
    {"AWS::EC2::VPC", "EnableDnsSupport", a_text, BROKEN, "is not the true or false", ""},
    {"AWS::EC2::TransitGateway", "AmazonSideAsn", a_number, NULL, "", ""},
    {"AWS::EC2::TransitGateway", "AmazonSideAsn", a_text, BROKEN, "is not the number", ""},
    {RULE, "TargetIps", a_target, NULL, "", ""},
    {RULE, "TargetIps", a_text, BROKEN, "is not the list", ""},
    {RULE, "TargetIps", one_text, BROKEN, "`TargetIps[0]` of `spoke a:node` is not the map", ""},
    {RULE, "TargetIps", a_target_with_number, BROKEN, "`TargetIps[0].Port`", ""},
    {RULE, "TargetIps", a_strange_target, BROKEN, "`TargetIps[0].Address`", "has no `Address`"},
    {AD, "VpcSettings", a_text, BROKEN, "is not the map", ""},
    {AD, "VpcSettings.SubnetIds", one_number, BROKEN, "`VpcSettings.SubnetIds[0]`", ""},
    {RULE, "Owner", a_text, BROKEN, "is a property that there is not", "has no `Owner`"},
    {"AWS::SSM::Association", "Parameters", map_of_lists, NULL, "", ""},
    {"AWS::SSM::Association", "Parameters", map_of_texts, BROKEN, "`Parameters.directoryId`", ""},
    /* words, forms, bounds */
    {RULE, "RuleType", a_forward, NULL, "", ""},
    {RULE, "RuleType", a_lower_forward, VALUE, "`forward` is no value for `RuleType`",
     "AWS takes `DELEGATE`, `FORWARD`, `RECURSIVE` or `SYSTEM`"},
    {RULE, "Name", a_dashed_name, NULL, "", ""},
    {RULE, "Name", a_dotted_name, VALUE, "`corp.example.com` has not the form", "matches ^(?!"},
    {RULE, "Name", sixty_four, NULL, "", ""},
    {RULE, "Name", sixty_five, BOUND, "has at most 64 characters; this one has 65", "shorten"},
    {RULE, "Name", sixty_five_bytes, VALUE, "has not the form", ""},
    {RULE, "TargetIps", a_short_target, BOUND, "`TargetIps[0].Ip`", "longer"},
    {RULE, "TargetIps", no_elements, BOUND, "at least 1 element; here are 0", "more"},
    {FORWARDER, "DnsIpAddresses", four_texts, NULL, "", ""},
    {FORWARDER, "DnsIpAddresses", five_texts, BOUND, "at most 4 elements; here are 5", "fewer"},
    {"had::DirectoryControllers", "DesiredNumber", number_two, NULL, "", ""},
    {"had::DirectoryControllers", "DesiredNumber", number_twenty, NULL, "", ""},
    {"had::DirectoryControllers", "DesiredNumber", number_one, BOUND, "at least 2; this one is 1",
     "bounds"},
    {"had::DirectoryControllers", "DesiredNumber", number_thirty, BOUND, "at most 20", "bounds"},
    /* reads */
    {"AWS::EC2::Subnet", "VpcId", the_vpc, NULL, "", ""},
    {"AWS::EC2::Subnet", "VpcId", no_attribute, BROKEN, "reads an attribute that there is not",
     "`AWS::EC2::VPC` has no `VPCId`"},
    {"AWS::EC2::Subnet", "VpcId", from_nothing, BROKEN, "reads from nothing", ""},
    {"AWS::EC2::Subnet", "MapPublicIpOnLaunch", the_vpc, BROKEN, "a value of another type", ""},
    {"AWS::EC2::TransitGatewayAttachment", "SubnetIds", vpc_as_item, NULL, "", ""},
    {"AWS::EC2::TransitGatewayAttachment", "SubnetIds", the_vpc, BROKEN, "of another type", ""},
    {FORWARDER, "DnsIpAddresses", dns_whole, NULL, "", ""},
    {FORWARDER, "DnsIpAddresses", dns_element, NULL, "", ""},
    {FORWARDER, "DnsIpAddresses", dns_whole_as_item, BROKEN, "of another type", "by its index"},
    {FORWARDER, "DnsIpAddresses", dns_element_alone, BROKEN, "of another type", ""},
    {"AWS::EC2::VPC", "CidrBlock", dns_element_alone, NULL, "", ""},
    {"AWS::EC2::VPC", "CidrBlock", dns_whole, BROKEN, "of another type", "by its index"},
    {"AWS::EC2::VPC", "CidrBlock", id_element, BROKEN, "an attribute that there is not", "Id[0]"},
    {RULE, "TargetIps", dns_whole, BROKEN, "of another type", ""}, /* texts for maps */
    /* joined texts */
    {"AWS::SSM::Parameter", "Value", a_format, NULL, "", ""},
    {"AWS::SSM::Parameter", "Value", a_format_with_number, NULL, "", ""},
    {"AWS::SSM::Parameter", "Value", a_format_with_element, NULL, "", ""},
    {"AWS::SSM::Parameter", "Value", a_format_with_list, BROKEN, "of another type", ""},
    {"AWS::SSM::Parameter", "Value", a_format_with_secret, BROKEN, "joins something", ""},
    {"AWS::SSM::Parameter", "Value", a_format_with_bool, BROKEN, "joins something", ""},
    {"AWS::EC2::VPC", "EnableDnsSupport", a_format, BROKEN, "is not the true or false", ""},
    /* documents: any shape, but reads are reads */
    {"AWS::IAM::RolePolicy", "PolicyDocument", a_document, NULL, "", ""},
    {"AWS::IAM::RolePolicy", "PolicyDocument", a_document_with_no_attribute, BROKEN,
     "`PolicyDocument.Statement[0].Resource`", ""},
    /* secrets are names */
    {AD, "Password", a_secret, NULL, "", ""},
    {AD, "Password", a_text, BROKEN, "must be named, never written", ""},
    {AD, "Password", a_format, BROKEN, "must be named, never written", ""},
    {AD, "Password", the_vpc, BROKEN, "of another type", ""},
    {AD, "Password", safe_mode_secret, NULL, "", ""},
    {AD, "Password", a_nameless_secret, BROKEN, "is a secret without a name", ""},
    {AD, "EnableSso", a_secret, BROKEN, "is not the true or false", ""},
    /* each choice of a staged value is checked */
    {RULE, "RuleType", staged_good, NULL, "", ""},
    {RULE, "RuleType", staged_bad, VALUE, "`LATER` is no value", ""},
    {RULE, "RuleType", staged_shape, BROKEN, "is not the text", ""},
};

static bool helped(const struct had_diag *d, const char *part)
{
    if (!*part || str_contains(d->help, part))
        return true;
    had_each(const had_str, note, &d->notes) {
        if (str_contains(*note, part))
            return true;
    }
    return false;
}

static void values(void **state)
{
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        struct fixture *f = *state;
        const struct trial *trial = &trials[i];
        struct had_prop *value = trial->make(f);
        struct had_node *node = whole_node(f, trial->type, "spoke a");
        had_node_set(&f->graph, node, trial->path, value);
        if (!trial->code) {
            expect_clean(f);
        } else {
            const struct had_diag *d = expect_one(f, trial->code, trial->says, "");
            if (!helped(d, trial->helps))
                fail_msg("trial %zu does not say `%s`", i, trial->helps);
        }
        fixture_free(state);
        fixture_make(state);
    }
}

static void what_a_type_requires_is_there(void **state)
{
    struct fixture *f = *state;
    struct had_node *subnet = add(f, "AWS::EC2::Subnet", "spoke a", "subnet");
    set_text(f, subnet, "CidrBlock", "10.0.0.0/24");
    expect_one(f, BROKEN, "`spoke a:subnet` lacks `VpcId`", "`AWS::EC2::Subnet` must have");
}

static void also_inside_of_a_value(void **state)
{
    struct fixture *f = *state;
    struct had_node *node = whole_node(f, AD, "spoke a");
    had_node_set(&f->graph, node, "VpcSettings", had_prop_map(&f->graph, f->span));
    set_text(f, node, "VpcSettings.VpcId", "vpc-1");
    expect_one(f, BROKEN, "lacks `VpcSettings.SubnetIds`", "spoke a:node");
}

static void of_what_exists_nothing_is_required(void **state)
{
    struct fixture *f = *state;
    add(f, "AWS::EC2::Subnet", "spoke a", "subnet")->lifecycle = HAD_EXISTING;
    expect_clean(f);
}

static void findings_stand_where_the_value_was_said(void **state)
{
    struct fixture *f = *state;
    struct had_node *rule = whole_node(f, RULE, "spoke a");
    struct had_prop *name = had_prop_c(&f->graph, "a.b", (struct had_span){1, 77, 80});
    had_node_set(&f->graph, rule, "Name",
                 had_prop_because(&f->graph, name, HAD_STR("the domain's name")));
    const struct had_diag *d = expect_one(f, VALUE, "a.b", "Name");
    assert_int_equal(d->span.start, 77);
    assert_true(had_str_is(d->address, "spoke a"));
    assert_true(str_contains(d->notes.items[0], "the value is derived: the domain's name"));
}

static void values_without_a_place_are_told_at_their_object(void **state)
{
    struct fixture *f = *state;
    struct had_node *rule = whole_node(f, RULE, "spoke a");
    had_node_set(&f->graph, rule, "Name", had_prop_c(&f->graph, "a.b", (struct had_span){0}));
    const struct had_diag *d = expect_one(f, VALUE, "a.b", "Name");
    assert_int_equal(d->span.start, f->span.start);
}

static void long_texts_are_cut_in_messages(void **state)
{
    struct fixture *f = *state;
    struct had_node *rule = whole_node(f, RULE, "spoke a");
    char long_text[64];
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text + 58, "\xe2\x82\xac", 3); /* a character across the cut */
    had_node_set(&f->graph, rule, "RuleType",
                 had_prop_text(&f->graph, (had_str){long_text, sizeof long_text}, f->span));
    const struct had_diag *d = expect_one(f, VALUE, "x…`", "");
    assert_false(str_contains(d->message, "\xe2\x82…"));
}

static void a_secret_never_reaches_a_message(void **state)
{
    struct fixture *f = *state;
    struct had_node *node = whole_node(f, AD, "spoke a");
    set_text(f, node, "Password", "Hunter2-Hunter2");
    const struct had_diag *d = expect_one(f, BROKEN, "must be named", "");
    assert_false(str_contains(d->message, "Hunter2"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values),
        TEST(what_a_type_requires_is_there),
        TEST(also_inside_of_a_value),
        TEST(of_what_exists_nothing_is_required),
        TEST(findings_stand_where_the_value_was_said),
        TEST(values_without_a_place_are_told_at_their_object),
        TEST(long_texts_are_cut_in_messages),
        TEST(a_secret_never_reaches_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
