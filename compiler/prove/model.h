/*
 * The network that a resource graph describes, as tables of small numbers: read from nodes and
 * facts alone, so that it works on the final foundation, on each revision of the staged values, and
 * with things that have failed. IPv4 only; an address of the other family is unknown here. What the
 * graph does not say is an assumption or unknown, never guessed in favour of a proof.
 */
#ifndef HAD_PROVE_MODEL_H
#define HAD_PROVE_MODEL_H

#include "base/array.h"
#include "base/map.h"
#include "graph/graph.h"

#define HAD_NOTHING UINT32_MAX

struct had_span4 { /* addresses [lo, hi] */
    uint32_t lo, hi;
};
struct had_net4 {
    uint32_t base;
    uint8_t length;
};

typedef had_array(uint32_t) had_indexes;
typedef had_array(struct had_net4) had_nets4;

/* A row of the port facts: what a flow needs. Bits of a mask are rows of had_port_table. */
enum had_port_when {
    HAD_ALWAYS,
    HAD_FOR_LDAPS,          /* the directory has LDAP over TLS */
    HAD_FOR_ADMINISTRATION, /* the member administers the directory */
    HAD_WHEN_COUNT
};

struct had_port_fact {
    const char *flow; /* "member_dc", "dc_dc", "trust", "resolver_outbound" */
    uint8_t protocol; /* 6 or 17 */
    uint16_t first, last;
    const char *purpose;
    enum had_port_when when;
};
struct had_port_class { /* one bit of a mask */
    uint8_t protocol;
    uint16_t first, last;
    const char *purpose;
};

/* ---- VPCs ---- */

struct had_mvpc {
    const struct had_node *node;
    had_str name, region, account;
    had_nets4 ranges;
    had_indexes subnets, attachments;
    had_indexes dns; /* addresses that DHCP hands out; none: the VPC Resolver */
    const struct had_node *dhcp;
    had_indexes askers; /* of those addresses: hosts that are members, or may be */
    bool resolver_on;   /* EnableDnsSupport */
    had_indexes rules;  /* associations: index into model.associations */
    had_indexes zones;  /* private hosted zones */
    bool unknown;       /* its range is not stated */
};

struct had_msubnet {
    const struct had_node *node;
    uint32_t vpc, zone, table, acl; /* table, acl: HAD_NOTHING is main table, no ACL of ours */
    struct had_net4 net;
    bool table_unknown; /* existing, its routes are not stated */
    bool ipv6;          /* has an IPv6 range, too, which nothing here follows */
    const struct had_node *joins_table, *joins_acl;
};

enum had_target {
    HAD_TO_LOCAL,
    HAD_TO_TGW,
    HAD_TO_PEER, /* VPC peering */
    HAD_TO_NAT,
    HAD_TO_INTERNET,
    HAD_TO_APPLIANCE,
    HAD_TO_UNKNOWN,
};

struct had_mroute {
    struct had_net4 net;
    enum had_target to;
    uint32_t target; /* tgw, peering or appliance */
    const struct had_node *node;
    bool assumed; /* to an appliance whose endpoints are not stated */
};

struct had_mtable {
    const struct had_node *node;
    uint32_t vpc;
    had_array(struct had_mroute) routes;
    bool prefix_lists; /* holds routes whose destination is a prefix list */
};

struct had_mentry { /* network ACL */
    uint32_t number;
    bool allow;
    int16_t protocol; /* -1 all */
    uint16_t first, last;
    struct had_net4 net;
    const struct had_node *node;
};

struct had_macl {
    const struct had_node *node;
    had_array(struct had_mentry) in, out;
    bool unknown;     /* existing: more lines than the spec says */
    uint32_t content; /* equal lines: equal number */
};

struct had_mrule {    /* security group */
    int16_t protocol; /* -1 all */
    uint16_t first, last;
    bool by_group;
    uint32_t group;
    struct had_net4 net;
    const struct had_node *node;
    uint64_t whole, part; /* rows of the port facts that it covers, or covers in part */
};

struct had_mgroup {
    const struct had_node *node;
    uint32_t vpc;
    had_array(struct had_mrule) in, out;
    bool unknown;      /* existing: more rules than the spec says */
    bool of_directory; /* made by AWS: open to its VPC and itself */
    uint32_t content;
};

/* ---- transit gateways ---- */

enum had_attachment_kind { HAD_ATTACHED_VPC, HAD_ATTACHED_DX, HAD_ATTACHED_VPN, HAD_ATTACHED_PEER };

struct had_mattachment {
    const struct had_node *node;
    enum had_attachment_kind kind;
    uint32_t tgw, vpc, gateway, link, other; /* other: far end of a peering */
    had_indexes subnets;
    uint32_t table; /* associated, or HAD_NOTHING */
    const struct had_node *association;
    bool accepted, appliance_mode;
    bool subnets_unknown;
};

/* In the order of preference (Transit Gateway guide, "Route evaluation order"). */
enum had_route_origin { HAD_STATIC, HAD_FROM_VPC, HAD_FROM_DX, HAD_FROM_VPN };

struct had_mcandidate {
    enum had_route_origin origin;
    bool black_hole;
    uint32_t attachment;
    const struct had_node *node;
    const struct had_node *learned; /* advertisement behind a propagated route, or NULL */
};

struct had_mprefix { /* one destination of a TGW table, sorted by base, then length */
    struct had_net4 net;
    uint32_t parent;       /* next shorter one around it */
    uint32_t first, count; /* candidates */
};

struct had_mtgw_table {
    const struct had_node *node, *policy;
    uint32_t tgw;
    had_indexes reaches; /* tables that members may reach, where a policy says so */
    had_array(struct had_mprefix) prefixes;
    had_array(struct had_mcandidate) candidates;
};

struct had_mtgw {
    const struct had_node *node;
    had_str region;
    had_indexes attachments, tables;
};

/* ---- the way to on-premises ---- */

struct had_mallowed {
    uint32_t tgw, attachment;
    had_nets4 nets;
    bool known;
    const struct had_node *node;
};

struct had_mgateway { /* Direct Connect gateway */
    const struct had_node *node;
    had_array(struct had_mallowed) hubs;
    had_indexes links;
};

struct had_mlearned {
    struct had_net4 net;
    const struct had_node *node;
};

struct had_mlink {
    const struct had_node *node;
    had_str name, location, connection;
    bool vpn, is_static;
    uint32_t gateway, attachment; /* of DX, of VPN */
    const struct had_node *device;
    had_array(struct had_mlearned) learned;
    had_indexes sites;
};

struct had_mflow { /* of a site's firewall, as its step says */
    uint8_t protocol;
    uint16_t first, last;
    had_nets4 inside, outside; /* addresses on the site, addresses in AWS */
    bool in, out;              /* seen from the site */
    uint64_t whole, part;      /* as of a rule */
};

struct had_msite {
    const struct had_node *node, *firewall;
    had_str name;
    had_nets4 ranges;
    had_array(struct had_mflow) flows;
    had_indexes links;
};

struct had_mpeering {
    const struct had_node *node;
    uint32_t vpc[2];
    bool accepted;
};

struct had_mfilter {
    bool deny;
    int16_t protocol;
    uint16_t first, last;
    struct had_net4 from, to;
};

struct had_mappliance {
    const struct had_node *node;
    had_str name;
    had_indexes subnets;
    had_array(struct had_mfilter) rules;
};

/* ---- who talks ---- */

enum had_host_kind {
    HAD_HOST_SUBNET,     /* any address of a subnet, as a member would have */
    HAD_HOST_MEMBER,     /* an instance that joins */
    HAD_HOST_CONTROLLER, /* of ours, on EC2 */
    HAD_HOST_DIRECTORY,  /* a controller of a Managed Microsoft AD: one per subnet */
    HAD_HOST_SERVER,     /* on-premises */
    HAD_HOST_RESOLVER,   /* an address of a Resolver endpoint */
};

struct had_mhost {
    enum had_host_kind kind;
    const struct had_node *node;
    had_str name;
    struct had_span4 at;
    uint32_t subnet, site; /* one of them */
    uint32_t domain;       /* served or joined; HAD_NOTHING */
    uint32_t owner;        /* directory or resolver */
    had_indexes groups;
    bool open; /* no group known to hold it: a subnet's hypothetical member lets all out */
    bool groups_unknown;
    uint32_t groups_content;
    bool answers_dns, controller;
    uint16_t low_port; /* lowest port that replies come back to */
    bool administers;  /* a directory is configured from it */
    uint32_t element;
    had_indexes places; /* one address of each class inside `at` */
    had_str site_name;  /* AD site of a controller */
};

struct had_mdomain {
    had_str name; /* lower case */
    uint32_t directory;
    had_indexes controllers; /* hosts */
    uint32_t forest;         /* domain that is its forest's root */
    bool ldaps, asks_ldaps;  /* its controllers serve, or ask others for, LDAP over TLS */
};

struct had_mdirectory {
    const struct had_node *node;
    uint32_t domain, vpc, group;
    had_indexes hosts;
    const struct had_node *site_node;
    had_str site_name;
};

/* ---- names ---- */

struct had_mtarget {
    uint32_t address; /* 0: read from .directory or .resolver */
    uint32_t directory, resolver, number;
    uint16_t port;
    struct had_span span;
};

struct had_mresolver {
    const struct had_node *node;
    bool outbound;
    uint32_t vpc;
    had_indexes hosts;
};

struct had_mdns_rule {
    const struct had_node *node;
    had_str domain;
    bool system;
    uint32_t resolver;
    uint32_t revisions;
};

struct had_massociation {
    const struct had_node *node;
    uint32_t rule, vpc;
};

struct had_mzone {
    const struct had_node *node;
    had_str domain;
};

struct had_mforwarder { /* of a directory or of controllers, for another domain */
    const struct had_node *node;
    uint32_t directory, host; /* one of them */
    had_str domain;
    had_array(struct had_mtarget) targets;
};

struct had_mtrust {
    const struct had_node *node;
    uint32_t directory, domain; /* domains of the two sides */
    bool trusts[2];             /* the first trusts the second, the second the first */
};

struct had_msite_subnet {
    struct had_net4 net;
    had_str site;
    uint32_t domain;
    const struct had_node *node;
    struct had_span span;
};

struct had_msite_link {
    uint32_t domain;
    had_array(had_str) sites;
};

/* ---- what may fail ---- */

enum had_element_kind {
    HAD_FAILS_ZONE,
    HAD_FAILS_CONTROLLER,
    HAD_FAILS_LINK,
    HAD_FAILS_TUNNEL,
    HAD_FAILS_LOCATION,
    HAD_FAILS_DEVICE,
    HAD_FAILS_ADDRESS, /* of a Resolver endpoint */
    HAD_FAILS_SITE,
};

struct had_element {
    enum had_element_kind kind;
    had_str name;   /* "zone euw1-az1" */
    had_indexes of; /* zones, hosts, links or sites that it takes away */
    uint32_t like;  /* the first that takes the same links away; its own number */
    uint32_t next;  /* the next that does, or HAD_NOTHING */
};

struct had_mzone_name {
    had_str name; /* "euw1-az1", or "eu-west-1a in account erp" */
    had_str region, letter;
    bool by_id;
};

enum { HAD_MAX_ASSUMPTIONS = 64 };

struct had_model {
    struct had_arena *arena;
    const struct had_graph *graph;
    uint32_t revision;
    uint32_t *of_node; /* per node id: number in the array of its kind, or HAD_NOTHING */
    had_array(struct had_mvpc) vpcs;
    had_array(struct had_msubnet) subnets;
    had_array(struct had_mtable) tables;
    had_array(struct had_macl) acls;
    had_array(struct had_mgroup) groups;
    had_array(struct had_mtgw) tgws;
    had_array(struct had_mtgw_table) tgw_tables;
    had_array(struct had_mattachment) attachments;
    had_array(struct had_mgateway) gateways;
    had_array(struct had_mlink) links;
    had_array(struct had_msite) sites;
    had_array(struct had_mpeering) peerings;
    had_array(struct had_mappliance) appliances;
    had_array(struct had_mhost) hosts;
    had_array(struct had_mdomain) domains;
    had_array(struct had_mdirectory) directories;
    had_array(struct had_mresolver) resolvers;
    had_array(struct had_mdns_rule) rules;
    had_array(struct had_massociation) associations;
    had_array(struct had_mzone) zones;
    had_array(struct had_mforwarder) forwarders;
    had_array(struct had_mtrust) trusts;
    had_array(struct had_msite_subnet) site_subnets;
    had_array(struct had_msite_link) site_links;
    had_array(struct had_mzone_name) zone_names;
    had_array(struct had_element) elements;
    bool ipv6;          /* networks with IPv6 are attached to a hub, or peered */
    had_indexes bounds; /* sorted first addresses of the classes of addresses */
    had_str assumptions[HAD_MAX_ASSUMPTIONS];
    uint32_t assumption_count;
    uint32_t most_revisions;
    struct had_port_class ports[64]; /* by bit */
    uint32_t port_count;
    struct {
        const char *flow;
        uint64_t mask[HAD_WHEN_COUNT];
    } flows[16];
    uint32_t flow_count;
};

extern const struct had_port_fact had_port_facts[];
extern const uint32_t had_port_fact_count;
uint64_t had_flow_ports(const struct had_model *model,
                        const char *flow); /* mask of the rows that the flow needs */
/* What a member asks of its controllers, and a controller of those of a trusted domain. */
uint64_t had_member_ports(const struct had_model *model, uint32_t host);
uint64_t had_trust_ports(const struct had_model *model, uint32_t from);
/* "88,49152-65535" of one protocol. */
had_str had_ports_of_mask(const struct had_model *model, uint64_t mask, uint8_t protocol);

/* `revision` chooses among staged values; UINT32_MAX is the last of each. */
struct had_model *had_model_build(struct had_arena *arena, const struct had_graph *graph,
                                  uint32_t revision);
/* True if nodes of this type say something to the model. */
bool had_model_reads(const struct had_rtype *type);
/* Bit of an assumption; equal sentences are one. */
uint64_t had_model_assume(struct had_model *model, had_str text);

static inline bool had_net4_holds(struct had_net4 net, uint32_t address)
{
    return !net.length || (net.base ^ address) >> (32 - net.length) == 0;
}
had_str had_ip4_text(struct had_arena *arena, uint32_t address);
had_str had_net4_text(struct had_arena *arena, struct had_net4 net);

/* Subnet of a VPC that holds the address, or HAD_NOTHING. */
uint32_t had_model_subnet_at(const struct had_model *model, uint32_t vpc, uint32_t address);
/* Host with exactly this address. */
uint32_t had_model_host_at(const struct had_model *model, uint32_t address);
uint32_t had_model_site_at(const struct had_model *model, uint32_t address);
uint32_t had_model_domain_find(const struct had_model *model, had_str name);

/* "link dx-1 (location EqDB2, connection dxcon-1)": with what is lost with it, and it with that. */
had_str had_element_text(const struct had_model *model, uint32_t element);

/* Targets of a Resolver rule at the model's revision. */
typedef had_array(struct had_mtarget) had_targets;
void had_model_targets(struct had_model *model, const struct had_mdns_rule *rule, had_targets *out);

#endif
