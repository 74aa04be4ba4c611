/* The tables of resource types. */
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>

static void the_table_is_sorted(void **state)
{
    (void)state;
    uint32_t count;
    const struct had_rtype *const *types = had_rtypes(&count);
    assert_true(count > 100);
    for (uint32_t i = 0; i < count; i++) {
        if (i && had_str_cmp(had_str_c(types[i - 1]->name), had_str_c(types[i]->name)) >= 0)
            fail_msg("`%s` stands before `%s`", types[i - 1]->name, types[i]->name);
        assert_ptr_equal(had_rtype_find(had_str_c(types[i]->name)), types[i]);
    }
    assert_null(had_rtype_find(HAD_STR("AWS::EC2::Vpc")));
    assert_null(had_rtype_find(HAD_STR("")));
}

static void check_properties(const char *type, const struct had_rdefinition *definition,
                             unsigned depth)
{
    if (depth > 6) /* nested types may hold themselves */
        return;
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct had_rprop *p = &definition->props[i];
        assert_non_null(p->name);
        assert_ptr_equal(had_rtype_prop(definition, had_str_c(p->name)), p); /* names are unique */
        bool object =
            p->value == HAD_R_OBJECT || (p->value == HAD_R_LIST && p->item == HAD_R_OBJECT);
        if (object && !p->definition)
            fail_msg("%s: `%s` is an object of no type", type, p->name);
        if (p->api && strcmp(p->api, "replace") && strcmp(p->api, "forbidden") &&
            strncmp(p->api, "update ", 7))
            fail_msg("%s: `%s` has the API behaviour `%s`", type, p->name, p->api);
        if (p->set_of && (p->value != HAD_R_LIST ||
                          (!p->api && definition->name[0] != 'A' && strncmp(type, "had::", 5))))
            fail_msg("%s: `%s` is no set", type, p->name);
        if (p->set_of && strcmp(p->set_of, ".") && p->item == HAD_R_OBJECT)
            assert_non_null(had_rtype_prop(p->definition, had_str_c(p->set_of)));
        if (p->definition)
            check_properties(type, p->definition, depth + 1);
    }
}

static bool natural_key_is_known(const struct had_rtype *type)
{
    had_str rest = had_str_c(type->natural_key);
    if (had_str_is(rest, ".") || had_str_is(rest, "had:address"))
        return true;
    while (rest.len) {
        int64_t comma = had_str_find(rest, ',');
        had_str path = had_str_slice(rest, 0, comma < 0 ? rest.len : (uint32_t)comma);
        rest = comma < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)comma + 1, rest.len);
        const struct had_rdefinition *definition = &type->properties;
        while (path.len) {
            int64_t dot = had_str_find(path, '.');
            had_str name = had_str_slice(path, 0, dot < 0 ? path.len : (uint32_t)dot);
            path = dot < 0 ? (had_str){0} : had_str_slice(path, (uint32_t)dot + 1, path.len);
            const struct had_rprop *p = had_rtype_prop(definition, name);
            if (!p || (path.len && !p->definition))
                return false;
            definition = p->definition;
        }
    }
    return true;
}

static void every_entry_is_complete(void **state)
{
    (void)state;
    uint32_t count;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_rtype *type = types[i];
        assert_non_null(type->page);
        assert_non_null(type->natural_key);
        if (!natural_key_is_known(type))
            fail_msg("%s: the natural key `%s` names what there is not", type->name,
                     type->natural_key);
        assert_string_equal(type->properties.name, type->name);
        check_properties(type->name, &type->properties, 0);
        for (uint32_t a = 0; a < type->attr_count; a++)
            assert_ptr_equal(had_rtype_attr(type, had_str_c(type->attrs[a].name)), &type->attrs[a]);
        if (type->ref && !strchr(type->ref, '|'))
            assert_non_null(had_rtype_attr(type, had_str_c(type->ref)));
        if (type->tags)
            assert_non_null(had_rtype_prop(&type->properties, had_str_c(type->tags)));
    }
}

/* The types of the graph's own, and whether each gives something to read. */
static const struct {
    const char *name;
    enum had_tier tier;
    const char *attribute; /* or NULL */
} own[] = {
    {"had::ADConnector", HAD_TIER_GATE, "Id"},
    {"had::Advertisement", HAD_TIER_NONE, NULL},
    {"had::Appliance", HAD_TIER_NONE, NULL},
    {"had::AssumedRoute", HAD_TIER_NONE, NULL},
    {"had::AttachmentAcceptance", HAD_TIER_GLUE, "TransitGatewayAttachmentId"},
    {"had::AttachmentLookup", HAD_TIER_GLUE, "TransitGatewayAttachmentId"},
    {"had::ConditionalForwarder", HAD_TIER_GLUE, NULL},
    {"had::DelegatedAdministrator", HAD_TIER_GLUE, NULL},
    {"had::DirectoryAlias", HAD_TIER_GLUE, "Alias"},
    {"had::DirectoryControllers", HAD_TIER_GLUE, "DnsIpAddresses"},
    {"had::DirectoryGroup", HAD_TIER_GLUE, "SID"},
    {"had::DirectoryLdaps", HAD_TIER_GLUE, NULL},
    {"had::DirectoryLog", HAD_TIER_GLUE, NULL},
    {"had::DirectoryRadius", HAD_TIER_GLUE, NULL},
    {"had::DirectoryRegion", HAD_TIER_GATE, "DnsIpAddresses"},
    {"had::DirectoryRoutes", HAD_TIER_GLUE, NULL},
    {"had::DirectorySecurityGroupLookup", HAD_TIER_GLUE, "GroupId"},
    {"had::DirectorySetting", HAD_TIER_GLUE, NULL},
    {"had::DirectoryShare", HAD_TIER_GLUE, "SharedDirectoryId"},
    {"had::DirectoryShareAcceptance", HAD_TIER_GLUE, "SharedDirectoryId"},
    {"had::DirectoryTopic", HAD_TIER_GLUE, NULL},
    {"had::DirectoryUser", HAD_TIER_GLUE, "SID"},
    {"had::DomainMember", HAD_TIER_NONE, NULL},
    {"had::DscConfiguration", HAD_TIER_NONE, NULL},
    {"had::DscDelivery", HAD_TIER_NATIVE, "AssociationId"},
    {"had::Gate", HAD_TIER_GATE, NULL},
    {"had::HybridAssessment", HAD_TIER_GATE, "AssessmentId"},
    {"had::HybridDirectory", HAD_TIER_GATE, "DnsIpAddresses"},
    {"had::ImageLookup", HAD_TIER_GLUE, "ImageId"},
    {"had::OnPremisesLink", HAD_TIER_NONE, NULL},
    {"had::OnPremisesServer", HAD_TIER_NONE, "Address"},
    {"had::OnPremisesSite", HAD_TIER_NONE, NULL},
    {"had::PeeringAcceptance", HAD_TIER_GLUE, "TransitGatewayAttachmentId"},
    {"had::PrincipalLookup", HAD_TIER_GLUE, "PrincipalId"},
    {"had::RegionOptIn", HAD_TIER_GLUE, NULL},
    {"had::ResourceSharing", HAD_TIER_GLUE, NULL},
    {"had::SegmentPolicy", HAD_TIER_NONE, NULL},
    {"had::ShareAcceptance", HAD_TIER_GLUE, "ResourceShareArn"},
    {"had::Trust", HAD_TIER_GLUE, "TrustId"},
    {"had::TrustedAccess", HAD_TIER_GLUE, NULL},
    {"had::ZoneAssociation", HAD_TIER_GLUE, NULL},
    {"had::ZoneAuthorization", HAD_TIER_GLUE, NULL},
};

static void every_own_type_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const struct had_rtype *type = had_rtype_find(had_str_c(own[i].name));
        if (!type)
            fail_msg("`%s` is missing", own[i].name);
        assert_int_equal(type->tier, own[i].tier);
        /* Sharing with the organization is a switch without arguments. */
        if (strcmp(type->name, "had::ResourceSharing"))
            assert_true(type->properties.count > 0);
        if (own[i].attribute)
            assert_non_null(had_rtype_attr(type, had_str_c(own[i].attribute)));
        else
            assert_int_equal(type->attr_count, 0);
    }
    uint32_t count, ours = 0;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++)
        ours += !strncmp(types[i]->name, "had::", 5);
    assert_int_equal(ours, sizeof own / sizeof *own); /* none beside the list */
}

static const struct had_rprop *property(const char *type, const char *path)
{
    const struct had_rdefinition *definition = &had_rtype_find(had_str_c(type))->properties;
    had_str rest = had_str_c(path);
    for (;;) {
        int64_t dot = had_str_find(rest, '.');
        had_str name = had_str_slice(rest, 0, dot < 0 ? rest.len : (uint32_t)dot);
        const struct had_rprop *p = had_rtype_prop(definition, name);
        assert_non_null(p);
        if (dot < 0)
            return p;
        definition = p->definition;
        rest = had_str_slice(rest, (uint32_t)dot + 1, rest.len);
    }
}

static void facts_arrive(void **state)
{
    (void)state;
    const struct had_rtype *rule = had_rtype_find(HAD_STR("AWS::Route53Resolver::ResolverRule"));
    assert_string_equal(rule->ref, "ResolverRuleId");
    assert_string_equal(rule->tags, "Tags");
    assert_string_equal(rule->page, "aws-resource-route53resolver-resolverrule");
    assert_true(rule->shared);
    const struct had_rprop *p = property(rule->name, "TargetIps");
    assert_int_equal(p->value, HAD_R_LIST);
    assert_int_equal(p->item, HAD_R_OBJECT);
    assert_string_equal(p->set_of, "Ip");
    assert_int_equal(p->min_items, 1);
    assert_string_equal(p->definition->name, "TargetAddress");
    p = property(rule->name, "RuleType");
    assert_true(p->required);
    assert_int_equal(p->cloudformation, HAD_REPLACE);
    assert_string_equal(p->words[0], "DELEGATE");
    assert_string_equal(p->words[3], "SYSTEM");
    assert_null(p->words[4]);
    p = property(rule->name, "Name");
    assert_string_equal(p->pattern, "^(?!^[0-9]+$)([a-zA-Z0-9\\-_' ']+)$");
    assert_int_equal(p->max_length, 64);
    assert_int_equal(property(rule->name, "DomainName")->cloudformation, HAD_MAYBE_REPLACE);
    assert_string_equal(property("AWS::EC2::Subnet", "VpcId")->refers[0], "AWS::EC2::VPC.VpcId");
    /* Tags of a route table replace it in a stack and are one call otherwise. */
    const struct had_rtype *table = had_rtype_find(HAD_STR("AWS::EC2::TransitGatewayRouteTable"));
    assert_true(table->tags_replace);
    assert_string_equal(property(table->name, "Tags")->api, "update CreateTags");
    assert_false(had_rtype_find(HAD_STR("AWS::EC2::VPC"))->tags_replace);
    assert_true(had_rtype_find(HAD_STR("AWS::SSM::Parameter"))->tags_map);
    assert_true(had_rtype_find(HAD_STR("AWS::SSO::Instance"))->existing_only);
    /* A directory's password is a call, its name never changes; a stack replaces it for both. */
    p = property("AWS::DirectoryService::MicrosoftAD", "Password");
    assert_true(p->secret);
    assert_int_equal(p->cloudformation, HAD_REPLACE);
    assert_string_equal(p->api, "update ResetUserPassword");
    assert_string_equal(property("AWS::DirectoryService::MicrosoftAD", "Name")->api, "forbidden");
    assert_true(
        property("AWS::EC2::VPNConnection", "VpnTunnelOptionsSpecifications.PreSharedKey")->secret);
    /* What Ref gives can be read, where GetAtt has no name for it. */
    assert_non_null(had_rtype_attr(had_rtype_find(HAD_STR("AWS::IAM::Role")), HAD_STR("RoleName")));
    assert_true(had_rtype_find(HAD_STR("AWS::Logs::LogGroup"))->stateful);
}

/* "AWS-EC2-VPC.json" → AWS::EC2::VPC, which has to be in the table. */
static void every_file_of_facts_has_an_entry(void **state)
{
    (void)state;
    DIR *folder = opendir(HAD_SOURCE_DIR "/compiler/graph/facts/cloudformation");
    assert_non_null(folder);
    unsigned files = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (!had_str_ends(had_str_c(entry->d_name), ".json"))
            continue;
        char type[256];
        size_t length = 0;
        for (const char *p = entry->d_name; strcmp(p, ".json") && length + 2 < sizeof type; p++) {
            type[length++] = *p == '-' ? ':' : *p;
            if (*p == '-')
                type[length++] = ':';
        }
        type[length] = 0;
        if (!had_rtype_find(had_str_c(type)))
            fail_msg("%s has no entry in rtype_table.c", type);
        files++;
    }
    closedir(folder);
    uint32_t count, of_aws = 0;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++)
        of_aws += !strncmp(types[i]->name, "AWS::", 5);
    assert_int_equal(files, of_aws);
}

static void pieces_of_attributes_are_texts(void **state)
{
    (void)state;
    const struct had_rtype *endpoint = had_rtype_find(HAD_STR("AWS::EC2::VPCEndpoint"));
    const struct had_rpart *part = had_rtype_part(endpoint, HAD_STR("DnsName"));
    assert_non_null(part);
    assert_int_equal(had_rtype_attr(endpoint, HAD_STR("DnsName"))->value, HAD_R_STRING);
    const struct had_rattr *whole = had_rtype_attr(endpoint, had_str_c(part->attribute));
    assert_int_equal(whole->value, HAD_R_LIST); /* its element is split */
    assert_int_equal(whole->item, HAD_R_STRING);
    assert_null(had_rtype_part(endpoint, HAD_STR("DnsEntries")));
    assert_null(had_rtype_part(had_rtype_find(HAD_STR("AWS::EC2::VPC")), HAD_STR("DnsName")));
    assert_null(had_rtype_attr(had_rtype_find(HAD_STR("AWS::EC2::VPC")), HAD_STR("DnsName")));
}

/* Patterns of the facts that PCRE2 cannot compile are not applied; a new one has to be listed here.
 */
static const char *const not_compiled[] = {NULL};

static void try_patterns(struct had_pattern_cache *cache, const char *type,
                         const struct had_rdefinition *definition, unsigned depth, uint32_t *seen)
{
    if (depth > 6)
        return;
    for (uint32_t i = 0; i < definition->count; i++) {
        const struct had_rprop *p = &definition->props[i];
        if (p->pattern) {
            bool listed = false;
            for (const char *const *known = not_compiled; *known; known++)
                listed |= !strcmp(*known, p->pattern);
            if (had_pattern_compiles(cache, p->pattern) == listed)
                fail_msg("%s: %s: `%s`", type, p->name, p->pattern);
            (*seen)++;
        }
        if (p->definition)
            try_patterns(cache, type, p->definition, depth + 1, seen);
    }
}

static void patterns_compile(void **state)
{
    struct fixture *f = *state;
    struct had_pattern_cache cache = {.arena = &f->arena};
    uint32_t count, seen = 0;
    const struct had_rtype *const *types = had_rtypes(&count);
    for (uint32_t i = 0; i < count; i++)
        try_patterns(&cache, types[i]->name, &types[i]->properties, 0, &seen);
    assert_true(seen > 100);
    had_pattern_free(&cache);
}

static void patterns_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct had_pattern_cache cache = {.arena = &f->arena};
    static const char slow[] = "^(a+)+$", broken[] = "(", word[] = "^[a-z]+$", part[] = "[0-9]";
    char text[64];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = 0;
    /* One that takes for ever decides nothing, and comes back. */
    assert_true(had_pattern_accepts(&cache, slow, had_str_c(text)));
    assert_true(had_pattern_accepts(&cache, broken, HAD_STR("anything")));
    assert_true(had_pattern_accepts(&cache, word, HAD_STR("abc")));
    assert_false(had_pattern_accepts(&cache, word, HAD_STR("abc\n"))); /* $ is the very end */
    assert_true(had_pattern_accepts(&cache, part, HAD_STR("ab1")));    /* anywhere in the text */
    assert_false(had_pattern_accepts(&cache, part, HAD_STR("")));
    had_pattern_free(&cache);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_make, fixture_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_table_is_sorted),
        TEST(every_entry_is_complete),
        TEST(every_own_type_is_there),
        TEST(facts_arrive),
        TEST(every_file_of_facts_has_an_entry),
        TEST(pieces_of_attributes_are_texts),
        TEST(patterns_compile),
        TEST(patterns_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
