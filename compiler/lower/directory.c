/*
 * AWS Managed Microsoft AD: the directory and what is set on it, Regions added to it, hybrid
 * directories, AD Connectors, and the work on it that runs on a host (site, units, password
 * policies).
 */
#include "lower/ad.h"
#include "lower/desired.h"

#include "base/path.h"

#include <string.h>

/*
 * Rules that AWS puts into a directory's group: ping, 53, 88, 389, 445, 464 by TCP and UDP, 123,
 * 135, 138, 636, 1024-65535, 3268-3269 and the group itself (Directory Service admin guide, "what
 * gets created").
 */
#define RULES_OF_AWS 17

void had_directory_lane(struct had_lowering *l, struct had_node *node,
                        const struct had_object *directory)
{
    node->lane = had_graph_keep(l->graph, directory->address);
    node->lane_width = 1;
}

const struct had_object *had_directory_replica(const struct had_object *directory,
                                               const struct had_object *region)
{
    for (uint32_t i = 0; i < directory->children.count; i++) {
        const struct had_object *child = directory->children.items[i];
        if (had_is(child, "replica") && had_object_region(child) == region)
            return child;
    }
    return NULL;
}

/* Subnets of another account are visible to the directory's through their shares. */
static void sees_subnets(struct had_lowering *l, struct had_node *node,
                         const struct had_object *object)
{
    struct had_value_list subnets = had_get_list(object, "subnets");
    for (uint32_t i = 0; i < subnets.count; i++) {
        if (subnets.items[i].tag != HAD_VALUE_REF)
            continue;
        struct had_network *network = had_network_of(l, subnets.items[i].object);
        had_each(struct had_node *, share, &network->shares)
            had_lower_sees(l, node, *share, "a shared subnet is used", subnets.items[i].span);
    }
}

static void vpc_settings(struct had_lowering *l, struct had_node *node, const char *path,
                         const struct had_object *object, const struct had_object *spoke)
{
    struct had_span span = had_get_span(object, "subnets");
    had_str vpc = had_str_printf(l->arena, "%s.VpcId", path);
    had_str subnets = had_str_printf(l->arena, "%s.SubnetIds", path);
    had_lower_read(l, node, had_str_cstr(l->arena, vpc),
                   had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId", span);
    had_node_set(l->graph, node, had_str_cstr(l->arena, subnets),
                 had_prop_subnets(l, had_get_list(object, "subnets"), span));
    sees_subnets(l, node, object);
}

/* A node that is set on the directory by a call of its own: one such call runs at a time. */
static struct had_node *glue(struct had_lowering *l, const struct had_object *object,
                             const struct had_object *directory, struct had_node *on,
                             const char *type, const char *role, struct had_place place)
{
    place.layer = HAD_LAYER_TRUST;
    struct had_node *node = had_lower_node(l, object, type, role, HAD_NO_KEY, place);
    had_lower_read(l, node, "DirectoryId", on, "Id", object->span);
    had_directory_lane(l, node, directory);
    return node;
}

/* ---- logs ---- */

static void logs(struct had_lowering *l, const struct had_object *object,
                 const struct had_object *directory, struct had_node *on, struct had_place place)
{
    struct had_graph *g = l->graph;
    struct had_span span = had_get_span(directory, "log-group");
    had_str name = had_get_text(directory, "log-group");
    if (!name.len)
        return;
    struct had_place at = place;
    at.layer = HAD_LAYER_DIRECTORY;
    struct had_node *group =
        had_lower_node(l, object, "AWS::Logs::LogGroup", "log-group", HAD_NO_KEY, at);
    had_lower_text(l, group, "LogGroupName", name, span);
    had_lower_int(l, group, "RetentionInDays", had_get_int(directory, "log-retention") / 86400,
                  had_get_span(directory, "log-retention"));
    had_lower_tags(l, group, directory, (had_str){0});

    struct had_node *policy =
        had_lower_node(l, object, "AWS::Logs::ResourcePolicy", "log-policy", HAD_NO_KEY, at);
    had_lower_text(l, policy, "PolicyName",
                   had_str_printf(l->arena, "had-" HAD_FMT "-directory-service",
                                  HAD_ARG(had_lower_name(l, directory, "-_.", 64))),
                   span);
    static const char *const actions[] = {"logs:CreateLogStream", "logs:PutLogEvents", NULL};
    struct had_prop *document = had_policy_document(l, span);
    struct had_prop *statement =
        had_policy_statement(l, document, "DirectoryServiceWritesEvents", actions, span);
    struct had_prop *principal = had_prop_map(g, span);
    had_prop_put(g, principal, "Service",
                 had_prop_text(g, had_service_principal(l, place.context, "ds"), span));
    had_prop_put(g, statement, "Principal", principal);
    had_prop_put(g, statement, "Resource", had_prop_read(g, group, "Arn", span));
    had_node_set(g, policy, "PolicyDocument", document);

    struct had_node *log = glue(l, object, directory, on, "had::DirectoryLog", "log", place);
    had_lower_read(l, log, "LogGroupName", group, "LogGroupName", span);
    had_lower_need(l, log, policy, "Directory Service may write before it is told to", span);
}

/* ---- settings ---- */

/*
 * Ciphers and protocols that nothing current needs (Directory Service admin guide, "List of
 * directory security settings").
 */
static const char *const legacy[] = {
    "DES_56_56",   "PCT_1_0",    "RC2_128_128", "RC2_40_128",         "RC2_56_128",
    "RC4_128_128", "RC4_40_128", "RC4_56_128",  "RC4_64_128",         "SSL_2_0",
    "SSL_3_0",     "TLS_1_0",    "TLS_1_1",     "TRIPLE_DES_168_168",
};

static void add_setting(struct had_lowering *l, struct had_prop *list, had_str name, had_str value,
                        struct had_span span)
{
    struct had_prop *setting = had_prop_map(l->graph, span);
    had_prop_put(l->graph, setting, "Name", had_prop_text(l->graph, name, span));
    had_prop_put(l->graph, setting, "Value", had_prop_text(l->graph, value, span));
    had_prop_append(l->graph, list, setting);
}

static void settings(struct had_lowering *l, const struct had_object *directory,
                     struct had_node *on, struct had_place place)
{
    const struct had_value *stated = had_get(directory, "settings");
    struct had_span span = had_get_span(directory, "settings");
    struct had_prop *list = had_prop_list(l->graph, span);
    if (stated->tag == HAD_VALUE_MAP) {
        for (uint32_t i = 0; i < stated->map.count; i++)
            add_setting(l, list, stated->map.entries[i].key, stated->map.entries[i].value->text,
                        stated->map.entries[i].value->span);
    } else if (stated->tag == HAD_VALUE_ABSENT &&
               !had_str_is(had_get_text(directory, "edition"), "hybrid")) {
        for (uint32_t i = 0; i < sizeof legacy / sizeof *legacy; i++)
            add_setting(l, list, had_str_c(legacy[i]), HAD_STR("Disable"), span);
        had_prop_because(l->graph, list, HAD_STR("legacy ciphers and protocols are off"));
    }
    if (!list->items.count)
        return;
    struct had_node *node =
        glue(l, directory, directory, on, "had::DirectorySetting", "settings", place);
    had_node_set(l->graph, node, "Settings", list);
}

/* ---- LDAPS ---- */

had_str had_lower_file(struct had_lowering *l, const struct had_value *path)
{
    const struct had_source *here = had_source_of(l->spec->sources, path->span);
    had_str folder = here ? had_path_folder(here->path) : (had_str){0};
    had_str clean;
    uint32_t file = 0;
    struct had_diag *d = NULL;
    /* A path that leaves the folder was refused when it was read. */
    if (path->tag != HAD_VALUE_TEXT || !had_path_resolve(l->arena, folder, path->text, &clean))
        return (had_str){0};
    struct had_source_error error = had_sources_load(l->spec->sources, clean, true, &file);
    if (error.status != HAD_SOURCE_OK) {
        d = had_report(l->diags, &HAD0760, path->span, "`" HAD_FMT "` %s", HAD_ARG(clean),
                       had_source_status_text(error.status));
        had_diag_help(d, "put the certificate there as PEM text");
        return (had_str){0};
    }
    return l->spec->sources->files.items[file - 1]->text;
}

static void ldaps(struct had_lowering *l, const struct had_object *directory, struct had_node *on,
                  struct had_place place)
{
    had_str mode = had_get_text(directory, "ldaps");
    struct had_span span = had_get_span(directory, "ldaps");
    bool both = had_str_is(mode, "both");
    struct had_value_list files = had_get_list(directory, "certificates");
    if (both || had_str_is(mode, "client")) {
        struct had_prop *certificates =
            had_prop_list(l->graph, had_get_span(directory, "certificates"));
        for (uint32_t i = 0; i < files.count; i++) {
            had_str text = had_lower_file(l, &files.items[i]);
            if (text.len)
                had_prop_append(l->graph, certificates,
                                had_prop_text(l->graph, text, files.items[i].span));
        }
        struct had_node *node =
            glue(l, directory, directory, on, "had::DirectoryLdaps", "ldaps", place);
        had_lower_c(l, node, "Type", "Client", span);
        had_node_set(l->graph, node, "Certificates", certificates);
    }
    if (both || had_str_is(mode, "server")) {
        had_str instruction = had_str_printf(
            l->arena,
            "Join an enterprise certification authority to " HAD_FMT
            " and let its controllers enrol: "
            "publish a template with server authentication to AWS Delegated Certificate Authority "
            "Administrators, and open the directory's security group to and from the authority. "
            "LDAP "
            "over TLS answers on port 636 once the controllers have certificates.",
            HAD_ARG(had_domain_name(directory)));
        struct had_node *gate = had_lower_gate(
            l, directory, "ldaps-server", HAD_NO_KEY,
            had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(directory->label)),
            HAD_PHASE_RESOURCE_FOREST, instruction, "certification authority of the directory", "",
            "revoke the controllers' certificates");
        had_lower_need(l, gate, on, "the authority joins a directory that is there", span);
    }
}

/* ---- RADIUS ---- */

static const struct had_value *entry(const struct had_value *map, const char *key)
{
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++) {
        if (had_str_is(map->map.entries[i].key, key))
            return map->map.entries[i].value;
    }
    return NULL;
}

/* The elements of a list, or the one value that stands for a list of one. */
static struct had_value_list entries(const struct had_value *value)
{
    if (!value)
        return (struct had_value_list){0};
    if (value->tag == HAD_VALUE_LIST)
        return value->list;
    return (struct had_value_list){(struct had_value *)(uintptr_t)value, 1};
}

static const struct {
    const char *word, *api;
} protocols[] = {
    {"pap", "PAP"},
    {"chap", "CHAP"},
    {"ms-chapv1", "MS-CHAPv1"},
    {"ms-chapv2", "MS-CHAPv2"},
};

static void radius(struct had_lowering *l, const struct had_object *directory, struct had_node *on,
                   struct had_place place)
{
    const struct had_value *body = had_get(directory, "radius");
    struct had_span span = had_get_span(directory, "radius");
    if (body->tag != HAD_VALUE_MAP)
        return;
    struct had_node *node =
        glue(l, directory, directory, on, "had::DirectoryRadius", "radius", place);
    const struct had_value *servers = entry(body, "servers");
    const struct had_value *port = entry(body, "port");
    const struct had_value *protocol = entry(body, "protocol");
    const struct had_value *secret = entry(body, "secret");
    const struct had_value *timeout = entry(body, "timeout");
    const struct had_value *retries = entry(body, "retries");
    struct had_prop *list = had_prop_list(l->graph, servers ? servers->span : span);
    struct had_value_list stated = entries(servers);
    for (uint32_t i = 0; i < stated.count; i++) {
        struct had_prop *address = had_prop_of(l, &stated.items[i]);
        if (address)
            had_prop_append(l->graph, list, address);
    }
    had_node_set(l->graph, node, "RadiusServers", list);
    had_lower_int(l, node, "RadiusPort", port ? port->number : 1812, port ? port->span : span);
    had_lower_int(l, node, "RadiusTimeout", timeout ? timeout->number : 20,
                  timeout ? timeout->span : span);
    had_lower_int(l, node, "RadiusRetries", retries ? retries->number : 3,
                  retries ? retries->span : span);
    for (uint32_t i = 0; protocol && i < sizeof protocols / sizeof *protocols; i++) {
        if (had_str_is(protocol->text, protocols[i].word))
            had_lower_c(l, node, "AuthenticationProtocol", protocols[i].api, protocol->span);
    }
    struct had_prop *shared =
        secret ? had_prop_of_secret(l, secret, place.context, "Password") : NULL;
    if (shared)
        had_node_set(l->graph, node, "SharedSecret", shared);
    had_lower_text(l, node, "DisplayLabel", HAD_STR("RADIUS"), span);
}

/* ---- security group ---- */

static bool inside(const had_cidrs *ranges, struct had_cidr range)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        if (had_cidr_contains(ranges->items[i], range))
            return true;
    }
    return false;
}

/* In: what does not stand in the directory's own VPC, which AWS's rules let in. */
static void in(struct had_lowering *l, struct had_group *group, const had_cidrs *own,
               const char *flow, unsigned when, had_cidrs *from, had_str title,
               struct had_span span)
{
    had_cidrs outside = {0};
    for (uint32_t i = 0; i < from->count; i++) {
        if (!inside(own, from->items[i]))
            *had_push(l->arena, &outside) = from->items[i];
    }
    had_cidrs_aggregate(&outside);
    had_group_flow_ranges(l, group, HAD_RULE_IN, flow, when, &outside, title, span);
}

static void mark(struct had_lowering *l, struct had_map *spokes, const struct had_object *object)
{
    const struct had_object *spoke = object ? had_get_object(object, "spoke") : NULL;
    if (spoke)
        had_map_put(l->arena, spokes, (uintptr_t)spoke, 1);
}

/* Spokes with members of the directory: joined instances, AWS services that use it, agents. */
static void member_spokes(struct had_lowering *l, const struct had_object *directory,
                          struct had_map *spokes)
{
    had_each_object(instance, had_spec_kind(l->spec, "instance")) {
        bool there = directory->existing && instance->existing;
        if (!there && had_get_object(instance, "join") == directory)
            mark(l, spokes, instance);
    }
    had_each_object(service, had_spec_kind(l->spec, "ad-service")) {
        if (had_get_object(service, "directory") == directory)
            mark(l, spokes, service);
    }
    had_each_object(agent, had_spec_kind(l->spec, "idp-agent")) {
        struct had_value_list hosts = had_get_list(agent, "hosts");
        for (uint32_t i = 0; had_get_object(agent, "forest") == directory && i < hosts.count; i++)
            mark(l, spokes, hosts.items[i].tag == HAD_VALUE_REF ? hosts.items[i].object : NULL);
    }
}

/*
 * Members in a Region: the ranges of their spokes, or those of the Region where they are stated, so
 * that a new workload needs no new rule.
 */
static void members_in(struct had_lowering *l, struct had_group *group, const had_cidrs *own,
                       const struct had_map *members, const struct had_object *region)
{
    had_cidrs ranges = {0};
    for (uint32_t i = 0; i < members->count; i++) {
        const struct had_object *spoke =
            (const struct had_object *)(uintptr_t)members->entries[i].key;
        had_cidrs theirs = {0};
        if (had_object_region(spoke) == region)
            had_cidrs_of_object(l, &theirs, spoke);
        had_each(struct had_cidr, range, &theirs) {
            if (!inside(own, *range))
                *had_push(l->arena, &ranges) = *range;
        }
    }
    if (ranges.count && had_get(region, "ranges")->provenance == HAD_STATED) {
        ranges.count = 0;
        had_cidrs_of(l, &ranges, had_get(region, "ranges"));
    }
    in(l, group, own, "member_dc", HAD_WHEN_LDAPS, &ranges,
       had_str_printf(l->arena, "members in " HAD_FMT, HAD_ARG(region->name)),
       had_get_span(region, "ranges"));
}

static void rules(struct had_lowering *l, const struct had_object *directory,
                  const struct had_object *object, const struct had_object *spoke,
                  struct had_node *on, struct had_place place)
{
    struct had_span span = object->span;
    const uint32_t before = l->graph->nodes.count;
    place.layer = HAD_LAYER_DIRECTORY;
    struct had_node *lookup =
        had_lower_node(l, object, "had::DirectorySecurityGroupLookup", "group", HAD_NO_KEY, place);
    had_lower_read(l, lookup, "DirectoryId", on, "Id", span);
    if (object != directory)
        had_lower_need(l, lookup, had_lower_find(l, object, "region", HAD_NO_KEY),
                       "the group is there once the Region is added", span);
    struct had_group *group =
        had_lower_group_of(l, lookup, "GroupId", object, spoke, place, RULES_OF_AWS);
    had_cidrs own = {0};
    had_cidrs_of_object(l, &own, spoke);
    const struct had_object *region = had_object_region(spoke);
    const struct had_object *host = had_get_object(directory, "manage-from");

    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *other = had_trust_other(trust, directory);
        if (!other || (directory->existing && trust->existing))
            continue;
        had_cidrs controllers = {0};
        had_trust_sources(l, other, &controllers);
        in(l, group, &own, "trust", HAD_WHEN_CREATION | HAD_WHEN_LDAPS, &controllers,
           other->address, trust->span);
        had_cidrs places = {0};
        had_trust_sources(l, other, &places);
        had_cidrs_of(l, &places, had_get(other, "sites"));
        had_cidrs_aggregate(&places);
        /* By default the group lets nothing out but to itself. */
        had_group_flow_ranges(l, group, HAD_RULE_OUT, "trust", 0, &places, other->address,
                              trust->span);
    }
    /* Trusts wait for these. */
    for (uint32_t i = before; i < l->graph->nodes.count; i++)
        *had_push(l->arena, &had_network_of(l, directory)->routing) = l->graph->nodes.items[i];

    struct had_map members = {0};
    member_spokes(l, directory, &members);
    had_each_object(place_of, had_spec_kind(l->spec, "region")) {
        bool near = place_of == region ||
                    (object == directory && !had_directory_replica(directory, place_of));
        if (near)
            members_in(l, group, &own, &members, place_of);
    }
    const struct had_object *from = host ? had_get_object(host, "spoke") : NULL;
    if (from && had_object_region(from) == region) {
        had_cidrs ranges = {0};
        had_cidrs_of_object(l, &ranges, from);
        in(l, group, &own, "member_dc", HAD_WHEN_LDAPS | HAD_WHEN_MANAGED, &ranges, from->address,
           host->span);
    }
    had_objects subnets = {0};
    had_resolver_sources(l, directory, &subnets);
    had_cidrs sources = {0};
    had_each_object(subnet, &subnets)
        had_cidrs_of_object(l, &sources, subnet);
    in(l, group, &own, "resolver_outbound", 0, &sources, HAD_STR("resolvers"), span);

    const struct had_value *body = had_get(directory, "radius");
    const struct had_value *servers = entry(body, "servers");
    const struct had_value *port = entry(body, "port");
    struct had_value_list list = entries(servers);
    for (uint32_t i = 0; i < list.count; i++) {
        int32_t number = port ? (int32_t)port->number : 1812;
        struct had_peer peer = {.cidr = {list.items[i].ip, had_ip_bits(list.items[i].ip)},
                                .title = HAD_STR("a RADIUS server"),
                                .span = list.items[i].span};
        had_group_rule(l, group, HAD_RULE_OUT, "udp", number, number, "RADIUS", peer);
    }
}

/* ---- hybrid ---- */

static struct had_node *hybrid(struct had_lowering *l, const struct had_object *directory,
                               const struct had_object *spoke, struct had_place place)
{
    struct had_graph *g = l->graph;
    struct had_span span = directory->span;
    const struct had_object *forest = had_get_object(directory, "forest");
    struct had_node *assessment =
        had_lower_node(l, directory, "had::HybridAssessment", "assessment", HAD_NO_KEY, place);
    had_lower_text(l, assessment, "DnsName", forest ? had_domain_name(forest) : had_str_c(""),
                   had_get_span(directory, "forest"));
    struct had_prop *dns =
        forest ? had_prop_dns(l, forest, had_get(forest, "dns"), had_region_code(directory),
                              had_get_span(directory, "forest"))
               : NULL;
    if (dns)
        had_node_set(g, assessment, "CustomerDnsIps", dns);
    struct had_prop *instances = had_prop_list(g, had_get_span(directory, "assess"));
    struct had_value_list hosts = had_get_list(directory, "assess");
    for (uint32_t i = 0; i < hosts.count; i++) {
        const struct had_value *host = &hosts.items[i];
        struct had_node *machine =
            host->tag == HAD_VALUE_REF ? had_host_node(l, host->object) : NULL;
        if (machine) {
            had_prop_append(g, instances, had_prop_read(g, machine, "InstanceId", host->span));
            had_lower_need(l, assessment,
                           had_lower_find(l, host->object, "configuration", HAD_NO_KEY),
                           "an assessment runs on controllers", host->span);
        } else if (host->tag == HAD_VALUE_TEXT) {
            had_prop_append(g, instances, had_prop_text(g, host->text, host->span));
        }
    }
    had_node_set(g, assessment, "InstanceIds", instances);
    vpc_settings(l, assessment, "VpcSettings", directory, spoke);
    struct had_value_list subnets = had_get_list(directory, "subnets");
    for (uint32_t i = 0; i < subnets.count; i++) {
        if (subnets.items[i].tag == HAD_VALUE_REF)
            had_lower_connected(l, assessment, subnets.items[i].object, false, span);
    }
    struct had_node *node =
        had_lower_node(l, directory, "had::HybridDirectory", "directory", HAD_NO_KEY, place);
    had_lower_primary(l, node, directory, "Id");
    had_lower_read(l, node, "AssessmentId", assessment, "AssessmentId", span);
    struct had_prop *secret =
        had_prop_of_secret(l, had_get(directory, "admin"), place.context, NULL);
    if (secret)
        had_node_set(g, node, "SecretArn", secret);
    had_lower_tags(l, node, directory, had_outside_name(l->arena, directory));
    had_directory_lane(l, node, directory);
    return node;
}

/* ---- the directory ---- */

static struct had_node *managed(struct had_lowering *l, const struct had_object *directory,
                                const struct had_object *spoke, struct had_place place)
{
    struct had_node *node = had_lower_node(l, directory, "AWS::DirectoryService::MicrosoftAD",
                                           "directory", HAD_NO_KEY, place);
    had_lower_primary(l, node, directory, "Id");
    had_lower_set(l, node, "Name", directory, "root");
    had_lower_set(l, node, "ShortName", directory, "netbios");
    had_lower_c(l, node, "Edition",
                had_str_is(had_get_text(directory, "edition"), "enterprise") ? "Enterprise"
                                                                             : "Standard",
                had_get_span(directory, "edition"));
    struct had_prop *password =
        had_prop_of_secret(l, had_get(directory, "admin"), place.context, "Password");
    if (password)
        had_node_set(l->graph, node, "Password", password);
    vpc_settings(l, node, "VpcSettings", directory, spoke);
    struct had_value_list dns = had_get_list(directory, "dns");
    for (uint32_t i = 0; directory->existing && i < dns.count; i++) {
        had_str attribute = had_str_printf(l->arena, "DnsIpAddresses[%u]", i);
        if (dns.items[i].tag == HAD_VALUE_IP)
            had_node_know(l->graph, node, had_str_cstr(l->arena, attribute),
                          had_ip_text(l->arena, dns.items[i].ip));
    }
    had_directory_lane(l, node, directory);
    return node;
}

static void optional_parts(struct had_lowering *l, const struct had_object *directory,
                           struct had_node *on, struct had_place place)
{
    logs(l, directory, directory, on, place);
    if (had_get_int(directory, "controllers") != 2) {
        struct had_node *node =
            glue(l, directory, directory, on, "had::DirectoryControllers", "controllers", place);
        had_lower_set(l, node, "DesiredNumber", directory, "controllers");
    }
    had_str topic = had_get_text(directory, "topic");
    if (topic.len) {
        struct had_node *node =
            glue(l, directory, directory, on, "had::DirectoryTopic", "topic", place);
        had_lower_text(l, node, "TopicName", had_arn_part(topic, 5),
                       had_get_span(directory, "topic"));
    }
    settings(l, directory, on, place);
    if (had_get_text(directory, "alias").len) {
        struct had_node *node =
            glue(l, directory, directory, on, "had::DirectoryAlias", "alias", place);
        had_lower_set(l, node, "Alias", directory, "alias");
        node->protect = HAD_PROTECT_KEEP; /* an access URL can never change */
    }
    struct had_value_list routes = had_get_list(directory, "routes");
    if (routes.count) {
        struct had_node *node =
            glue(l, directory, directory, on, "had::DirectoryRoutes", "routes", place);
        struct had_prop *list = had_prop_list(l->graph, had_get_span(directory, "routes"));
        for (uint32_t i = 0; i < routes.count; i++) {
            struct had_prop *route = had_prop_map(l->graph, routes.items[i].span);
            struct had_prop *range = had_prop_of(l, &routes.items[i]);
            if (!range)
                continue;
            had_prop_put(l->graph, route, "CidrIp", range);
            had_prop_append(l->graph, list, route);
        }
        had_node_set(l->graph, node, "IpRoutes", list);
        had_lower_bool(l, node, "UpdateSecurityGroupForDirectoryControllers", false,
                       directory->span);
    }
    ldaps(l, directory, on, place);
    radius(l, directory, on, place);
}

static void replicas(struct had_lowering *l, const struct had_object *directory,
                     struct had_node *on)
{
    const struct had_object *account = had_object_account(directory);
    for (uint32_t i = 0; i < directory->children.count; i++) {
        const struct had_object *replica = directory->children.items[i];
        const struct had_object *spoke = had_get_object(replica, "spoke");
        if (!had_is(replica, "replica") || !spoke)
            continue;
        had_str region = had_region_code(spoke);
        struct had_place place = had_place_at(had_context_account(l, account, region),
                                              HAD_LAYER_TRUST, HAD_PHASE_RESOURCE_FOREST);
        struct had_node *node =
            had_lower_node(l, replica, "had::DirectoryRegion", "region", HAD_NO_KEY, place);
        had_lower_primary(l, node, replica, NULL);
        had_lower_read(l, node, "DirectoryId", on, "Id", replica->span);
        had_lower_text(l, node, "PrimaryRegion", on->context->region, directory->span);
        had_lower_text(l, node, "RegionName", region, replica->span);
        vpc_settings(l, node, "VPCSettings", replica, spoke);
        if (had_get_int(replica, "controllers") != 2)
            had_lower_set(l, node, "DesiredNumber", replica, "controllers");
        had_directory_lane(l, node, directory);
        struct had_value_list subnets = had_get_list(replica, "subnets");
        for (uint32_t k = 0; k < subnets.count; k++) {
            if (subnets.items[k].tag == HAD_VALUE_REF)
                had_lower_connected(l, node, subnets.items[k].object, false, replica->span);
        }
        if (!directory->existing) {
            logs(l, replica, directory, on, place);
            had_lower_need(l, had_lower_find(l, replica, "log", HAD_NO_KEY), node,
                           "a Region has logs once it is added", replica->span);
        }
        rules(l, directory, replica, spoke, on, place);
    }
}

/* ---- connectors ---- */

static void connector(struct had_lowering *l, const struct had_object *connector)
{
    struct had_graph *g = l->graph;
    struct had_span span = connector->span;
    const struct had_object *spoke = had_get_object(connector, "spoke");
    const struct had_object *domain = had_get_object(connector, "domain");
    if (!spoke || !domain)
        return;
    struct had_place place =
        had_place_own(l, connector, HAD_LAYER_DIRECTORY, HAD_PHASE_RESOURCE_FOREST);
    struct had_node *node =
        had_lower_node(l, connector, "had::ADConnector", "connector", HAD_NO_KEY, place);
    had_lower_primary(l, node, connector, "Id");
    had_lower_text(l, node, "Name", had_domain_name(domain), had_get_span(connector, "domain"));
    had_lower_text(l, node, "ShortName", had_get_text(domain, "netbios"),
                   had_get_span(connector, "domain"));
    had_lower_c(l, node, "Size",
                had_str_is(had_get_text(connector, "size"), "large") ? "Large" : "Small",
                had_get_span(connector, "size"));
    vpc_settings(l, node, "ConnectSettings", connector, spoke);
    struct had_prop *dns = had_prop_dns(l, domain, had_get(connector, "dns"),
                                        had_region_code(connector), had_get_span(connector, "dns"));
    if (dns)
        had_node_set(g, node, "ConnectSettings.CustomerDnsIps", dns);
    const struct had_value *account = had_get(connector, "service-account");
    struct had_prop *user = had_prop_of_secret(l, account, place.context, "Username");
    struct had_prop *password = had_prop_of_secret(l, account, place.context, "Password");
    if (user && password) {
        had_node_set(g, node, "ConnectSettings.CustomerUserName", user);
        had_node_set(g, node, "Password", password);
    }
    struct had_value_list subnets = had_get_list(connector, "subnets");
    for (uint32_t i = 0; i < subnets.count; i++) {
        if (subnets.items[i].tag == HAD_VALUE_REF)
            had_lower_connected(l, node, subnets.items[i].object, false, span);
    }
    const struct had_object *first =
        had_is(domain, "directory") ? NULL : had_first_controller(l, domain, false);
    if (first)
        had_lower_need(l, node, had_lower_find(l, first, "configuration", HAD_NO_KEY),
                       "a connector asks controllers that are there", span);
    else if (had_is(domain, "directory"))
        had_lower_need(l, node, had_lower_find(l, domain, "directory", HAD_NO_KEY),
                       "a connector asks a directory that is there", span);
}

void had_lower_directory(struct had_lowering *l)
{
    had_each_object(directory, had_spec_kind(l->spec, "directory")) {
        const struct had_object *spoke = had_get_object(directory, "spoke");
        if (!spoke)
            continue;
        struct had_place place =
            had_place_own(l, directory, HAD_LAYER_DIRECTORY, HAD_PHASE_RESOURCE_FOREST);
        struct had_node *on = had_str_is(had_get_text(directory, "edition"), "hybrid")
                                  ? hybrid(l, directory, spoke, place)
                                  : managed(l, directory, spoke, place);
        if (!directory->existing)
            optional_parts(l, directory, on, place);
        rules(l, directory, directory, spoke, on, place);
        replicas(l, directory, on);
    }
    had_each_object(one, had_spec_kind(l->spec, "connector"))
        connector(l, one);
}

/* ---- work on a host ---- */

static struct had_desired manage(struct had_lowering *l, const struct had_object *object,
                                 const char *role, const struct had_object *directory,
                                 const struct had_object *host)
{
    struct had_desired desired =
        had_desired_begin(l, object, role, HAD_NO_KEY, directory, HAD_DESIRED_DIRECTORY, host,
                          HAD_LAYER_WORKLOAD, HAD_PHASE_RESOURCE_FOREST);
    had_desired_feature(&desired, "RSAT-AD-PowerShell", object->span);
    return desired;
}

static void deliver(struct had_lowering *l, struct had_desired *desired,
                    const struct had_object *directory, const struct had_object *host)
{
    had_lower_need(l, desired->node, had_lower_find(l, directory, "directory", HAD_NO_KEY),
                   "the directory is there before it is worked on", directory->span);
    had_machine_secret(
        l, host, had_prop_of_secret(l, had_get(directory, "admin"), desired->node->context, NULL));
    had_desired_deliver(desired, host, HAD_DESIRED_DIRECTORY, directory);
}

struct had_desired had_directory_work(struct had_lowering *l, const struct had_object *object,
                                      const char *role, const struct had_object *directory)
{
    const struct had_object *host = had_get_object(directory, "manage-from");
    struct had_desired desired = manage(l, object, role, directory, host);
    deliver(l, &desired, directory, host);
    return desired;
}

static void manual(struct had_lowering *l, const struct had_object *object, const char *role,
                   const struct had_object *directory, had_str instruction)
{
    struct had_node *gate = had_lower_gate(
        l, object, role, HAD_NO_KEY,
        had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(directory->label)),
        HAD_PHASE_RESOURCE_FOREST, instruction,
        "a host joined to the directory, with the Active Directory tools", "", "");
    had_lower_need(l, gate, had_lower_find(l, directory, "directory", HAD_NO_KEY),
                   "the directory is there before it is worked on", object->span);
}

void had_lower_manage(struct had_lowering *l)
{
    const had_str feature = HAD_STR("RSAT-AD-PowerShell");
    had_lower_forest_names(l);
    had_each_object(directory, had_spec_kind(l->spec, "directory")) {
        const struct had_object *host = had_get_object(directory, "manage-from");
        had_str site = had_get_text(directory, "site");
        struct had_value_list ous = had_get_list(directory, "ous");
        struct had_span span = had_get_span(directory, "site");
        if (directory->existing)
            continue;
        /* A hybrid directory has the sites of its forest. */
        bool renames = site.len && !had_str_is(had_get_text(directory, "edition"), "hybrid");
        if (!host || !had_host_node(l, host)) {
            if (renames)
                manual(l, directory, "site", directory,
                       had_str_printf(l->arena,
                                      "In " HAD_FMT ", rename the site Default-First-Site-Name to "
                                      "" HAD_FMT " with the directory's Admin account.",
                                      HAD_ARG(had_domain_name(directory)), HAD_ARG(site)));
            had_str units = {0};
            for (uint32_t i = 0; i < ous.count; i++)
                units = had_str_printf(l->arena, HAD_FMT "%s " HAD_FMT, HAD_ARG(units),
                                       units.len ? ";" : "", HAD_ARG(ous.items[i].text));
            if (ous.count)
                manual(l, directory, "ous", directory,
                       had_str_printf(l->arena,
                                      "In " HAD_FMT ", create these organizational units with the "
                                      "directory's Admin account:" HAD_FMT ".",
                                      HAD_ARG(had_domain_name(directory)), HAD_ARG(units)));
            continue;
        }
        struct had_prop *admin;
        if (renames) {
            struct had_desired desired = had_directory_work(l, directory, "site", directory);
            admin = had_prop_of_secret(l, had_get(directory, "admin"), desired.node->context, NULL);
            had_desired_add(&desired, "ADReplicationSite", site, span);
            had_desired_text(&desired, "Name", site, span);
            /* A rename is all that AWS delegates: no subnets, no links, no further sites. */
            had_desired_bool(&desired, "RenameDefaultFirstSiteName", true, span);
            had_desired_c(&desired, "Ensure", "Present", span);
            had_desired_after(&desired, "WindowsFeature", feature);
            had_desired_run_as(&desired, admin);
        }
        if (ous.count) {
            struct had_desired desired = had_directory_work(l, directory, "ous", directory);
            admin = had_prop_of_secret(l, had_get(directory, "admin"), desired.node->context, NULL);
            had_desired_units(&desired, directory, "ous", admin, "WindowsFeature", feature);
        }
    }
    had_each_object(policy, had_spec_kind(l->spec, "password-policy")) {
        const struct had_object *directory = policy->parent;
        if (!directory || !had_is(directory, "directory"))
            continue;
        const struct had_object *host = had_get_object(directory, "manage-from");
        if (!host || !had_host_node(l, host)) {
            manual(l, policy, "policy", directory,
                   had_str_printf(l->arena,
                                  "In " HAD_FMT ", set the fine-grained password policy " HAD_FMT
                                  " as the spec says under `" HAD_FMT "`.",
                                  HAD_ARG(had_domain_name(directory)),
                                  HAD_ARG(had_outside_name(l->arena, policy)),
                                  HAD_ARG(policy->address)));
            continue;
        }
        struct had_desired desired = had_directory_work(l, policy, "policy", directory);
        had_password_policy(
            &desired, policy,
            had_prop_of_secret(l, had_get(directory, "admin"), desired.node->context, NULL));
        had_desired_after(&desired, "WindowsFeature", feature);
    }
}
