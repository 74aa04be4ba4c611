/* Who talks in the model: controllers, members, servers, Resolver endpoints, and what they are
 * called. */
#include "prove/read.h"

#include <stdlib.h>
#include <string.h>

/* Replies to Windows come back to its dynamic ports (Windows Server: 49152 and up), others to any
 * above the well-known ones. */
enum { WINDOWS_LOW = 49152, OTHER_LOW = 1024 };

static uint32_t add_host(struct builder *b, enum had_host_kind kind, const struct had_node *node,
                         had_str name)
{
    struct had_mhost *host = had_push(b->a, &b->m->hosts);
    *host = (struct had_mhost){.kind = kind,
                               .node = node,
                               .name = name,
                               .subnet = HAD_NOTHING,
                               .site = HAD_NOTHING,
                               .domain = HAD_NOTHING,
                               .owner = HAD_NOTHING,
                               .element = HAD_NOTHING,
                               .low_port = WINDOWS_LOW};
    return b->m->hosts.count - 1;
}

static uint32_t domain_number(struct builder *b, had_str name)
{
    struct had_model *m = b->m;
    uint32_t known = had_model_domain_find(m, name);
    if (known != HAD_NOTHING || !name.len)
        return known;
    *had_push(b->a, &m->domains) = (struct had_mdomain){
        .name = had_str_lower(b->a, name), .directory = HAD_NOTHING, .forest = m->domains.count};
    return m->domains.count - 1;
}

/* ---- machines ---- */

static struct had_span4 range_of(const struct had_model *m, uint32_t subnet)
{
    struct had_net4 net = m->subnets.items[subnet].net;
    uint32_t size = net.length >= 32 ? 0 : UINT32_MAX >> net.length;
    /* EC2 keeps the first four addresses of a subnet and the last. */
    if (size < 8)
        return (struct had_span4){net.base, net.base | size};
    return (struct had_span4){net.base + 4, (net.base | size) - 1};
}

static void read_instance(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t subnet = number_at(m, node, "SubnetId");
    if (subnet == HAD_NOTHING)
        return;
    uint32_t number = add_host(b, HAD_HOST_MEMBER, node, node->object);
    m->of_node[node->id] = number;
    struct had_mhost *host = &m->hosts.items[number];
    struct had_net4 net;
    host->subnet = subnet;
    host->at = range_of(m, subnet);
    if (parse_net(text(m, node, "PrivateIpAddress"), &net))
        host->at = (struct had_span4){net.base, net.base};
    const struct had_prop *groups = get(m, node, "SecurityGroupIds");
    for (uint32_t i = 0; groups && groups->tag == HAD_PROP_LIST && i < groups->items.count; i++) {
        uint32_t group = number_of(m, read_of(groups->items.items[i]));
        if (group != HAD_NOTHING)
            add_index(b, &host->groups, group);
    }
    host->groups_unknown = !groups && existing(node);
    const struct had_node *image = node_of(m, node, "ImageId");
    had_str parameter = image ? text(m, image, "Parameter") : (had_str){0};
    if (!had_str_starts(parameter, "/aws/service/ami-windows"))
        host->low_port = OTHER_LOW;
}

static void read_member(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t domain = domain_number(b, text(m, node, "Domain"));
    if (domain == HAD_NOTHING)
        return;
    bool controller = had_str_is(text(m, node, "Role"), "controller");
    uint32_t number = number_of(m, had_graph_find(m->graph, text(m, node, "Machine")));
    if (number != HAD_NOTHING && number < m->hosts.count) {
        struct had_mhost *host = &m->hosts.items[number];
        host->domain = domain;
        if (controller) {
            host->kind = HAD_HOST_CONTROLLER;
            host->controller = host->answers_dns = true;
            host->low_port = WINDOWS_LOW;
            add_index(b, &m->domains.items[domain].controllers, number);
        }
        return;
    }
    const struct had_prop *subnets = get(m, node, "Subnets");
    for (uint32_t i = 0; subnets && subnets->tag == HAD_PROP_LIST && i < subnets->items.count;
         i++) {
        uint32_t subnet = number_of(m, had_graph_find(m->graph, text_of(subnets->items.items[i])));
        if (subnet == HAD_NOTHING)
            continue;
        uint32_t service = add_host(b, HAD_HOST_MEMBER, node, node->object);
        m->hosts.items[service].subnet = subnet;
        m->hosts.items[service].at = range_of(m, subnet);
        m->hosts.items[service].domain = domain;
        m->hosts.items[service].open = true; /* its groups are made by the service */
        m->hosts.items[service].low_port = OTHER_LOW;
    }
}

static void read_server(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    struct had_net4 net;
    if (!parse_net(text(m, node, "Address"), &net))
        return;
    bool controller = had_str_is(text(m, node, "Role"), "domain-controller");
    had_str site = text(m, node, "Site");
    uint32_t number =
        add_host(b, HAD_HOST_SERVER, node,
                 had_str_printf(b->a, HAD_FMT " (" HAD_FMT ")",
                                HAD_ARG(node->key.len ? node->key : node->object), HAD_ARG(site)));
    m->of_node[node->id] = number;
    struct had_mhost *host = &m->hosts.items[number];
    host->at = (struct had_span4){net.base, net.base};
    host->controller = controller;
    host->answers_dns = true;
    for (uint32_t i = 0; i < m->sites.count; i++)
        if (had_str_eq(m->sites.items[i].name, site))
            host->site = i;
    host->site_name = site; /* a site of the network is one of the directory, by its name */
    const struct had_prop *domains = get(m, node, "Domains");
    for (uint32_t i = 0; domains && domains->tag == HAD_PROP_LIST && i < domains->items.count;
         i++) {
        uint32_t domain = domain_number(b, text_of(domains->items.items[i]));
        if (domain == HAD_NOTHING)
            continue;
        if (controller)
            add_index(b, &m->domains.items[domain].controllers, number);
        if (m->hosts.items[number].domain == HAD_NOTHING)
            m->hosts.items[number].domain = domain;
    }
}

/* ---- directories ---- */

static void add_directory(struct builder *b, const struct had_node *node, had_str name,
                          const struct had_prop *settings, int64_t controllers)
{
    struct had_model *m = b->m;
    uint32_t number = m->directories.count, domain = domain_number(b, name);
    m->of_node[node->id] = number;
    struct had_mdirectory *directory = had_push(b->a, &m->directories);
    *directory = (struct had_mdirectory){
        .node = node, .domain = domain, .vpc = HAD_NOTHING, .group = HAD_NOTHING};
    if (domain == HAD_NOTHING)
        return;
    m->domains.items[domain].directory = number;
    directory->vpc = number_of(m, read_of(at(m, settings, "VpcId")));
    const struct had_prop *subnets = at(m, settings, "SubnetIds");
    uint32_t count = subnets && subnets->tag == HAD_PROP_LIST ? subnets->items.count : 0;
    if (controllers < (int64_t)count)
        controllers = count;
    if (controllers > 64)
        controllers = 64;
    for (uint32_t i = 0; count && i < (uint32_t)controllers; i++) {
        uint32_t subnet = number_of(m, read_of(subnets->items.items[i % count]));
        if (subnet == HAD_NOTHING)
            continue;
        uint32_t host =
            add_host(b, HAD_HOST_DIRECTORY, node,
                     had_str_printf(b->a, HAD_FMT " controller %u", HAD_ARG(node->object), i + 1));
        m->hosts.items[host].subnet = subnet;
        m->hosts.items[host].at = range_of(m, subnet);
        m->hosts.items[host].domain = domain;
        m->hosts.items[host].owner = number;
        m->hosts.items[host].controller = m->hosts.items[host].answers_dns = true;
        add_index(b, &m->directories.items[number].hosts, host);
        add_index(b, &m->domains.items[domain].controllers, host);
    }
}

static int64_t desired_controllers(struct builder *b, const struct had_node *directory)
{
    const struct had_rtype *type = had_rtype_find(HAD_STR("had::DirectoryControllers"));
    const uint64_t *bucket = type ? had_map_get(&b->types, (uintptr_t)type) : NULL;
    if (bucket)
        had_each(const struct had_node *, n, &b->buckets.items[*bucket])
            if (node_of(b->m, *n, "DirectoryId") == directory)
                return int_of(get(b->m, *n, "DesiredNumber"), 2);
    return 2;
}

static void read_directory(struct builder *b, const struct had_node *node)
{
    add_directory(b, node, text(b->m, node, "Name"), get(b->m, node, "VpcSettings"),
                  desired_controllers(b, node));
}

static void read_hybrid(struct builder *b, const struct had_node *node)
{
    const struct had_node *assessment = node_of(b->m, node, "AssessmentId");
    if (assessment)
        add_directory(b, node, text(b->m, assessment, "DnsName"),
                      get(b->m, assessment, "VpcSettings"), 2);
}

static void read_replica(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t of = number_at(m, node, "DirectoryId");
    if (of == HAD_NOTHING)
        return;
    uint32_t domain = m->directories.items[of].domain;
    if (domain == HAD_NOTHING)
        return;
    add_directory(b, node, m->domains.items[domain].name, get(m, node, "VPCSettings"),
                  int_of(get(m, node, "DesiredNumber"), 2));
    m->domains.items[domain].directory = of; /* the first Region */
}

/* The group that AWS makes for a directory, or for its part in another Region. */
static void give_group(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t group = number_of(m, node), directory = number_at(m, node, "DirectoryId");
    if (group == HAD_NOTHING || directory == HAD_NOTHING)
        return;
    for (uint32_t i = 0; i < m->directories.count; i++) {
        const struct had_mdirectory *d = &m->directories.items[i];
        if (had_str_eq(d->node->object, node->object))
            directory = i;
    }
    struct had_mdirectory *d = &m->directories.items[directory];
    d->group = group;
    m->groups.items[group].vpc = d->vpc;
    had_each(const uint32_t, host, &d->hosts)
        add_index(b, &m->hosts.items[*host].groups, group);
}

/* ---- Resolver ---- */

static void read_resolver(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t number = m->resolvers.count;
    m->of_node[node->id] = number;
    struct had_mresolver *resolver = had_push(b->a, &m->resolvers);
    *resolver = (struct had_mresolver){
        .node = node,
        .outbound = had_str_is(text(m, node, "Direction"), "OUTBOUND"),
        .vpc = HAD_NOTHING,
    };
    const struct had_prop *addresses = get(m, node, "IpAddresses");
    const struct had_prop *groups = get(m, node, "SecurityGroupIds");
    for (uint32_t i = 0; addresses && addresses->tag == HAD_PROP_LIST && i < addresses->items.count;
         i++) {
        const struct had_prop *row = choice(m, addresses->items.items[i]);
        uint32_t subnet = number_of(m, read_of(at(m, row, "SubnetId")));
        struct had_net4 net;
        if (subnet == HAD_NOTHING)
            continue;
        uint32_t host =
            add_host(b, HAD_HOST_RESOLVER, node,
                     had_str_printf(b->a, HAD_FMT " address %u", HAD_ARG(node->object), i + 1));
        struct had_mhost *h = &m->hosts.items[host];
        h->subnet = subnet;
        h->owner = number;
        h->low_port = OTHER_LOW;
        h->at = range_of(m, subnet);
        if (parse_net(text_of(at(m, row, "Ip")), &net))
            h->at = (struct had_span4){net.base, net.base};
        h->groups_unknown = !groups && existing(node);
        for (uint32_t g = 0; groups && groups->tag == HAD_PROP_LIST && g < groups->items.count;
             g++) {
            uint32_t group = number_of(m, read_of(groups->items.items[g]));
            if (group != HAD_NOTHING)
                add_index(b, &h->groups, group);
        }
        add_index(b, &m->resolvers.items[number].hosts, host);
        m->resolvers.items[number].vpc = m->subnets.items[subnet].vpc;
    }
}

static void read_dns_rule(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->rules.count;
    had_str domain = had_str_lower(b->a, text(m, node, "DomainName"));
    if (domain.len > 1 && domain.ptr[domain.len - 1] == '.')
        domain.len--;
    *had_push(b->a, &m->rules) = (struct had_mdns_rule){
        .node = node,
        .domain = domain,
        .system = had_str_is(text(m, node, "RuleType"), "SYSTEM"),
        .resolver = number_at(m, node, "ResolverEndpointId"),
        .revisions = node->revisions,
    };
}

static void read_rule_association(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t rule = number_at(m, node, "ResolverRuleId"), vpc = number_at(m, node, "VPCId");
    if (rule == HAD_NOTHING || vpc == HAD_NOTHING)
        return;
    add_index(b, &m->vpcs.items[vpc].rules, m->associations.count);
    *had_push(b->a, &m->associations) = (struct had_massociation){node, rule, vpc};
}

static void read_zone(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t number = m->zones.count;
    m->of_node[node->id] = number;
    had_str name = had_str_lower(b->a, text(m, node, "Name"));
    if (name.len && name.ptr[name.len - 1] == '.')
        name.len--;
    *had_push(b->a, &m->zones) = (struct had_mzone){node, name};
    const struct had_prop *vpcs = get(m, node, "VPCs");
    for (uint32_t i = 0; vpcs && vpcs->tag == HAD_PROP_LIST && i < vpcs->items.count; i++) {
        uint32_t vpc = number_of(m, read_of(at(m, vpcs->items.items[i], "VPCId")));
        if (vpc != HAD_NOTHING)
            add_index(b, &m->vpcs.items[vpc].zones, number);
    }
}

static void read_zone_association(struct builder *b, const struct had_node *node)
{
    uint32_t zone = number_at(b->m, node, "HostedZoneId"), vpc = number_at(b->m, node, "VPCId");
    if (zone != HAD_NOTHING && vpc != HAD_NOTHING)
        add_index(b, &b->m->vpcs.items[vpc].zones, zone);
}

/* One address of a list of targets: a text, or a read of a directory's or endpoint's addresses. */
static bool target_of(const struct had_model *m, const struct had_prop *value,
                      struct had_mtarget *out)
{
    struct had_net4 net;
    out->directory = out->resolver = HAD_NOTHING;
    if (!value)
        return false;
    out->span = value->span;
    if (value->tag == HAD_PROP_TEXT) {
        if (!parse_net(value->text, &net))
            return false;
        out->address = net.base;
        return true;
    }
    if (value->tag != HAD_PROP_READ)
        return false;
    const struct had_node *node = value->read.node;
    had_str attribute;
    had_attribute_split(had_str_c(value->read.attribute), &attribute, &out->number);
    /* A machine reads such an address by way of a parameter. */
    if (had_str_is(node->type_name, "AWS::SSM::Parameter"))
        return target_of(m, get(m, node, "Value"), out);
    if (had_str_is(node->type_name, "had::DirectoryControllers"))
        node = node_of(m, node, "DirectoryId");
    uint32_t number = number_of(m, node);
    if (number == HAD_NOTHING)
        return false;
    if (had_str_is(attribute, "DnsIpAddresses") && number < m->directories.count &&
        m->directories.items[number].node == node)
        out->directory = number;
    else if (number < m->resolvers.count && m->resolvers.items[number].node == node)
        out->resolver = number;
    else if (number < m->hosts.count && m->hosts.items[number].node == node)
        out->address = m->hosts.items[number].at.lo;
    else
        return false;
    return true;
}

void had_model_targets(struct had_model *m, const struct had_mdns_rule *rule, had_targets *out)
{
    const struct had_prop *list = get(m, rule->node, "TargetIps");
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        const struct had_prop *row = choice(m, list->items.items[i]);
        struct had_mtarget target = {0};
        target.directory = target.resolver = HAD_NOTHING;
        if (!target_of(m, at(m, row, "Ip"), &target))
            target.number = HAD_NOTHING; /* unknown to us: kept, so that nothing is proved by it */
        int64_t port = int_of(at(m, row, "Port"), 53);
        target.port = port > 0 && port <= 65535 ? (uint16_t)port : 53;
        *had_push(m->arena, out) = target;
    }
}

/* ---- what runs on the machines ---- */

static void read_forwarder(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    struct had_mforwarder *f = had_push(b->a, &m->forwarders);
    *f = (struct had_mforwarder){.node = node,
                                 .host = HAD_NOTHING,
                                 .directory = number_at(m, node, "DirectoryId"),
                                 .domain = had_str_lower(b->a, text(m, node, "RemoteDomainName"))};
    const struct had_prop *list = get(m, node, "DnsIpAddresses");
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        struct had_mtarget target = {.port = 53};
        if (!target_of(m, choice(m, list->items.items[i]), &target))
            target.number = HAD_NOTHING;
        *had_push(b->a, &f->targets) = target;
    }
}

static void add_trust(struct builder *b, const struct had_node *node, uint32_t first,
                      uint32_t second, had_str direction)
{
    struct had_model *m = b->m;
    bool two = had_str_is(direction, "Two-Way") || had_str_is(direction, "Bidirectional");
    bool out =
        two || had_str_is(direction, "One-Way: Outgoing") || had_str_is(direction, "Outbound");
    if (first == HAD_NOTHING || second == HAD_NOTHING || first == second)
        return;
    struct had_mtrust *trust = NULL;
    bool turned = false;
    had_each(struct had_mtrust, t, &m->trusts) {
        if (t->directory == first && t->domain == second)
            trust = t;
        if (t->directory == second && t->domain == first) {
            trust = t;
            turned = true;
        }
    }
    if (!trust) {
        trust = had_push(b->a, &m->trusts);
        *trust = (struct had_mtrust){node, first, second, {false, false}};
    }
    trust->trusts[turned] |= out;
    trust->trusts[!turned] |= two || !out;
}

static void read_trust(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t directory = number_at(m, node, "DirectoryId");
    if (directory != HAD_NOTHING)
        add_trust(b, node, m->directories.items[directory].domain,
                  domain_number(b, text(m, node, "RemoteDomainName")), text(m, node, "Direction"));
}

static void dsc_forwarder(struct builder *b, const struct had_node *node, uint32_t host,
                          const struct had_prop *properties, const char *domain)
{
    struct had_model *m = b->m;
    struct had_mforwarder *f = had_push(b->a, &m->forwarders);
    *f = (struct had_mforwarder){.node = node,
                                 .host = host,
                                 .directory = HAD_NOTHING,
                                 .domain = had_str_lower(b->a, text_of(at(m, properties, domain)))};
    const struct had_prop *list = at(m, properties, "MasterServers");
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        struct had_mtarget target = {.port = 53};
        if (!target_of(m, choice(m, list->items.items[i]), &target))
            target.number = HAD_NOTHING;
        *had_push(b->a, &f->targets) = target;
    }
}

static void read_resource(struct builder *b, const struct had_node *node,
                          const struct had_prop *resource)
{
    struct had_model *m = b->m;
    had_str type = text_of(at(m, resource, "Type"));
    const struct had_prop *properties = at(m, resource, "Properties");
    uint32_t host = number_of(m, node->context->machine);
    uint32_t domain = host != HAD_NOTHING ? m->hosts.items[host].domain : HAD_NOTHING;
    struct had_net4 net;
    if (host == HAD_NOTHING)
        return;
    if (had_str_is(type, "ADReplicationSubnet")) {
        if (parse_net(text_of(at(m, properties, "Name")), &net))
            *had_push(b->a, &m->site_subnets) = (struct had_msite_subnet){
                net, text_of(at(m, properties, "Site")), domain, node, resource->span};
    } else if (had_str_is(type, "ADReplicationSiteLink")) {
        const struct had_prop *sites = at(m, properties, "SitesIncluded");
        struct had_msite_link *link = had_push(b->a, &m->site_links);
        link->domain = domain;
        for (uint32_t i = 0; sites && sites->tag == HAD_PROP_LIST && i < sites->items.count; i++)
            *had_push(b->a, &link->sites) = text_of(sites->items.items[i]);
    } else if (had_str_is(type, "ADDomainController")) {
        const struct had_prop *dns = at(m, properties, "InstallDns");
        m->hosts.items[host].site_name = text_of(at(m, properties, "SiteName"));
        if (dns && dns->tag == HAD_PROP_BOOL)
            m->hosts.items[host].answers_dns = dns->boolean;
    } else if (had_str_is(type, "ADReplicationSite")) {
        /* A new forest's first site takes this name, and with it the first controller. */
        const struct had_prop *renames = at(m, properties, "RenameDefaultFirstSiteName");
        if (!renames || renames->tag != HAD_PROP_BOOL || !renames->boolean)
            return;
        had_str name = text_of(at(m, properties, "Name"));
        if (m->hosts.items[host].controller && !m->hosts.items[host].site_name.len)
            m->hosts.items[host].site_name = name;
        had_each(struct had_mdirectory, d, &m->directories)
            if (had_str_eq(d->node->object, node->object)) {
                d->site_name = name;
                d->site_node = node;
            }
    } else if (had_str_is(type, "DnsServerConditionalForwarder")) {
        dsc_forwarder(b, node, host, properties, "Name");
    } else if (had_str_is(text_of(at(m, resource, "Constant")), "conditional-forwarder")) {
        dsc_forwarder(b, node, host, at(m, resource, "Arguments"), "Domain");
    } else if (had_str_is(type, "ADDomainTrust")) {
        add_trust(b, node, domain_number(b, text_of(at(m, properties, "SourceDomainName"))),
                  domain_number(b, text_of(at(m, properties, "TargetDomainName"))),
                  text_of(at(m, properties, "TrustDirection")));
    } else if (had_str_is(text_of(at(m, resource, "Constant")), "trust-local-side")) {
        const struct had_prop *arguments = at(m, resource, "Arguments");
        add_trust(b, node, domain, domain_number(b, text_of(at(m, arguments, "TargetDomainName"))),
                  text_of(at(m, arguments, "TrustDirection")));
    }
}

static void read_ldaps(struct builder *b, const struct had_node *node)
{
    uint32_t directory = number_at(b->m, node, "DirectoryId");
    if (directory != HAD_NOTHING && b->m->directories.items[directory].domain != HAD_NOTHING)
        b->m->domains.items[b->m->directories.items[directory].domain].asks_ldaps = true;
}

/* Once people have given its controllers certificates, a directory serves TLS. */
static void read_ldaps_gate(struct builder *b, const struct had_node *node)
{
    if (!had_str_is(text(b->m, node, "Kind"), "ldaps-server"))
        return;
    had_each(const struct had_mdirectory, d, &b->m->directories)
        if (d->domain != HAD_NOTHING && had_str_eq(d->node->object, node->object))
            b->m->domains.items[d->domain].ldaps = true;
}

static void read_configuration(struct builder *b, const struct had_node *node)
{
    uint32_t machine = number_of(b->m, node->context->machine);
    had_each(const struct had_mdirectory, d, &b->m->directories)
        if (machine != HAD_NOTHING && had_str_eq(d->node->object, node->object))
            b->m->hosts.items[machine].administers = true;
    const struct had_prop *list = get(b->m, node, "Resources");
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++)
        read_resource(b, node, list->items.items[i]);
}

/* ---- members that the names show ---- */

/* A subnet for the attachment alone: part of one, with a table of its own in which nothing stands.
 */
static bool only_attachment(const struct had_model *m, uint32_t subnet)
{
    const struct had_msubnet *s = &m->subnets.items[subnet];
    if (s->table == HAD_NOTHING || m->tables.items[s->table].routes.count)
        return false;
    had_each(const uint32_t, a, &m->vpcs.items[s->vpc].attachments)
        had_each(const uint32_t, e, &m->attachments.items[*a].subnets)
            if (*e == subnet)
                return true;
    return false;
}

/*
 * A VPC whose resolver forwards the name of a forest with controllers of ours has members of it in
 * its subnets: the controllers' group lets the ranges of the Region in for them.
 */
static void add_subnet_hosts(struct builder *b)
{
    struct had_model *m = b->m;
    for (uint32_t v = 0; v < m->vpcs.count; v++) {
        had_indexes done = {0};
        had_each(const uint32_t, a, &m->vpcs.items[v].rules) {
            const struct had_mdns_rule *rule = &m->rules.items[m->associations.items[*a].rule];
            uint32_t domain = had_model_domain_find(m, rule->domain);
            bool ours = false;
            if (domain == HAD_NOTHING || rule->system)
                continue;
            had_each(const uint32_t, h, &m->domains.items[domain].controllers)
                ours |= m->hosts.items[*h].kind == HAD_HOST_CONTROLLER;
            had_each(const uint32_t, d, &done)
                ours &= *d != domain;
            if (!ours)
                continue;
            add_index(b, &done, domain);
            had_each(const uint32_t, s, &m->vpcs.items[v].subnets) {
                if (only_attachment(m, *s))
                    continue; /* no host stands there */
                uint32_t host = add_host(b, HAD_HOST_SUBNET, m->subnets.items[*s].node,
                                         m->subnets.items[*s].node->object);
                m->hosts.items[host].subnet = *s;
                m->hosts.items[host].at = range_of(m, *s);
                m->hosts.items[host].domain = domain;
                m->hosts.items[host].open = true;
            }
        }
    }
}

/* Where DHCP hands out servers, each machine of a domain asks them by itself. */
static void find_askers(struct builder *b)
{
    struct had_model *m = b->m;
    for (uint32_t i = 0; i < m->hosts.count; i++) {
        const struct had_mhost *h = &m->hosts.items[i];
        if ((h->kind != HAD_HOST_MEMBER && h->kind != HAD_HOST_SUBNET) ||
            h->subnet == HAD_NOTHING || h->domain == HAD_NOTHING)
            continue;
        struct had_mvpc *vpc = &m->vpcs.items[m->subnets.items[h->subnet].vpc];
        if (vpc->dns.count)
            add_index(b, &vpc->askers, i);
    }
}

/* Sets of groups with equal contents have one number, whatever VPC they stand in. */
static void number_sets(struct builder *b)
{
    struct had_model *m = b->m;
    struct had_map first = {0};
    had_array(had_indexes) sets = {0};
    for (uint32_t i = 0; i < m->hosts.count; i++) {
        struct had_mhost *host = &m->hosts.items[i];
        had_indexes contents = {0};
        had_each(const uint32_t, g, &host->groups)
            add_index(b, &contents, m->groups.items[*g].content);
        uint64_t key =
            host->open | (uint64_t)host->groups_unknown << 1 | (uint64_t)contents.count << 2;
        had_each(const uint32_t, c, &contents)
            key = key * UINT64_C(1099511628211) + *c;
        host->groups_content = sets.count;
        const uint64_t *like = had_map_get(&first, key);
        if (like && sets.items[*like].count == contents.count &&
            (!contents.count || memcmp(sets.items[*like].items, contents.items,
                                       sizeof *contents.items * contents.count) == 0)) {
            host->groups_content = (uint32_t)*like;
            continue;
        }
        if (!like)
            had_map_put(b->a, &first, key, sets.count);
        *had_push(b->a, &sets) = contents;
    }
}

static const struct reader readers[] = {
    {"AWS::EC2::Instance", read_instance},
    {"had::DomainMember", read_member},
    {"had::OnPremisesServer", read_server},
    {"AWS::DirectoryService::MicrosoftAD", read_directory},
    {"had::HybridDirectory", read_hybrid},
    {"had::DirectoryRegion", read_replica},
    {"had::DirectorySecurityGroupLookup", give_group},
    {"AWS::Route53Resolver::ResolverEndpoint", read_resolver},
    {"AWS::Route53Resolver::ResolverRule", read_dns_rule},
    {"AWS::Route53Resolver::ResolverRuleAssociation", read_rule_association},
    {"AWS::Route53::HostedZone", read_zone},
    {"had::ZoneAssociation", read_zone_association},
    {"had::ConditionalForwarder", read_forwarder},
    {"had::DscConfiguration", read_configuration},
    {"had::DirectoryLdaps", read_ldaps},
    {"had::Gate", read_ldaps_gate},
    {"had::Trust", read_trust},
};

bool had_model_names_reads(const struct had_rtype *type)
{
    return has_reader(readers, sizeof readers / sizeof *readers, type);
}

void had_model_names(struct builder *b)
{
    read_all(b, readers, sizeof readers / sizeof *readers);
    add_subnet_hosts(b);
    find_askers(b);
    number_sets(b);
}

/* ---- what may fail ---- */

static struct had_element *element(struct builder *b, enum had_element_kind kind, had_str name)
{
    uint64_t key = (uint64_t)kind << 32 | had_intern(&b->element_names, name);
    const uint64_t *found = had_map_get(&b->elements, key);
    if (found)
        return &b->m->elements.items[*found];
    had_map_put(b->a, &b->elements, key, b->m->elements.count);
    struct had_element *e = had_push(b->a, &b->m->elements);
    *e = (struct had_element){.kind = kind, .name = name};
    return e;
}

static void zone_elements(struct builder *b)
{
    struct had_model *m = b->m;
    for (uint32_t i = 0; i < m->zone_names.count; i++) {
        const struct had_mzone_name *z = &m->zone_names.items[i];
        had_str name =
            had_str_printf(b->a, "zone " HAD_FMT, HAD_ARG(z->by_id ? z->name : z->letter));
        struct had_element *e = element(b, HAD_FAILS_ZONE, name);
        add_index(b, &e->of, i);
    }
}

static void host_elements(struct builder *b)
{
    struct had_model *m = b->m;
    for (uint32_t i = 0; i < m->hosts.count; i++) {
        const struct had_mhost *h = &m->hosts.items[i];
        struct had_element *e;
        if (h->controller)
            e = element(b, HAD_FAILS_CONTROLLER, h->name);
        else if (h->kind == HAD_HOST_RESOLVER)
            e = element(b, HAD_FAILS_ADDRESS, h->name);
        else
            continue;
        add_index(b, &e->of, i);
    }
}

static void link_elements(struct builder *b)
{
    struct had_model *m = b->m;
    for (uint32_t i = 0; i < m->links.count; i++) {
        const struct had_mlink *l = &m->links.items[i];
        if (l->vpn) {
            for (int t = 1; t <= 2; t++)
                add_index(b,
                          &element(b, HAD_FAILS_TUNNEL,
                                   had_str_printf(b->a, HAD_FMT " tunnel %d", HAD_ARG(l->name), t))
                               ->of,
                          i);
        }
        add_index(b, &element(b, HAD_FAILS_LINK, l->name)->of, i);
        if (l->location.len)
            add_index(b,
                      &element(b, HAD_FAILS_LOCATION,
                               had_str_printf(b->a, "location " HAD_FMT, HAD_ARG(l->location)))
                           ->of,
                      i);
        if (l->device)
            add_index(b,
                      &element(b, HAD_FAILS_DEVICE,
                               had_str_printf(b->a, "device " HAD_FMT,
                                              HAD_ARG(text(m, l->device, "IpAddress"))))
                           ->of,
                      i);
        if (l->connection.len)
            add_index(b,
                      &element(b, HAD_FAILS_DEVICE,
                               had_str_printf(b->a, "connection " HAD_FMT, HAD_ARG(l->connection)))
                           ->of,
                      i);
    }
}

static bool takes_links(const struct had_element *e)
{
    return e->kind == HAD_FAILS_LINK || e->kind == HAD_FAILS_LOCATION ||
           e->kind == HAD_FAILS_DEVICE;
}

static bool same_links(const struct had_element *a, const struct had_element *b)
{
    return a->of.count == b->of.count &&
           memcmp(a->of.items, b->of.items, a->of.count * sizeof *a->of.items) == 0;
}

/* By what they take away; two contents with one number go to the next one that is free. */
static void find_alike(struct builder *b)
{
    struct had_model *m = b->m;
    struct had_map last = {0}; /* number of the contents → the last element that has them */
    for (uint32_t i = 0; i < m->elements.count; i++) {
        struct had_element *e = &m->elements.items[i];
        e->like = i;
        e->next = HAD_NOTHING;
        if (!takes_links(e))
            continue;
        uint64_t key = e->of.count, *found;
        had_each(const uint32_t, link, &e->of)
            key = key * UINT64_C(1099511628211) + *link;
        while ((found = had_map_get(&last, key)) && !same_links(&m->elements.items[*found], e))
            key++;
        if (found) {
            e->like = m->elements.items[*found].like;
            m->elements.items[*found].next = i;
        }
        had_map_put(b->a, &last, key, i);
    }
}

had_str had_element_text(const struct had_model *m, uint32_t number)
{
    const struct had_element *e = &m->elements.items[number];
    had_str others = {0};
    for (uint32_t i = e->like; i != HAD_NOTHING; i = m->elements.items[i].next)
        if (i != number)
            others = had_str_printf(m->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(others),
                                    others.len ? ", " : "", HAD_ARG(m->elements.items[i].name));
    return others.len ? had_str_printf(m->arena, HAD_FMT " (" HAD_FMT ")", HAD_ARG(e->name),
                                       HAD_ARG(others))
                      : e->name;
}

void had_model_elements(struct builder *b)
{
    struct had_model *m = b->m;
    had_symbols_init(&b->element_names, b->a);
    zone_elements(b);
    host_elements(b);
    link_elements(b);
    for (uint32_t i = 0; i < m->sites.count; i++)
        add_index(b,
                  &element(b, HAD_FAILS_SITE,
                           had_str_printf(b->a, "site " HAD_FMT, HAD_ARG(m->sites.items[i].name)))
                       ->of,
                  i);
    find_alike(b);
}
