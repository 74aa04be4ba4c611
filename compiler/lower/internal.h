/*
 * What the files of lower/ share. Each kind has one function that reads the typed spec and adds
 * nodes; lower.c calls them in an order in which every function finds the nodes that it reads. A
 * function may ask for nodes of a kind that stands earlier in lower.c's list, never of a later one.
 *
 *     void had_lower_nat(struct had_lowering *l)
 *     {
 *         had_each_object(nat, had_spec_kind(l->spec, "nat")) {
 *             struct had_place at = had_place_own(l, nat, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION);
 *             struct had_node *gateway = had_lower_node(l, nat, "AWS::EC2::NatGateway", "gateway",
 * none, at); had_lower_primary(l, gateway, nat, "NatGatewayId"); had_lower_read(l, gateway,
 * "SubnetId", had_lower_find(l, subnet, "subnet", none), "SubnetId", span);
 *         }
 *     }
 */
#ifndef HAD_LOWER_INTERNAL_H
#define HAD_LOWER_INTERNAL_H

#include "base/net.h"
#include "lower/lower.h"
#include "schema/facts.h"

typedef had_array(struct had_node *) had_nodes;

struct had_tag {
    had_str key, value;
    struct had_span span;
};

struct had_lowering {
    struct had_arena *arena; /* of the pass: the graph keeps its own copy of what it is given */
    const struct had_spec *spec;
    struct had_graph *graph;
    struct had_diags *diags;
    const struct had_object *organization; /* the first by name, or NULL */
    const struct had_object *management;   /* its management account, or NULL */
    const struct had_object *placed;       /* the last object asked of had_context_own, */
    const struct had_context *place;       /* and its answer: nodes of one object come together */
    struct had_map networks;               /* object → struct had_network */
    struct had_map groups_by_node;         /* node → struct had_group */
    had_array(struct had_tag) tags;        /* of the node that is at hand */
    struct had_symbols tag_texts;          /* key, value and place of tags so far */
    struct had_map tag_entries; /* number of such a text → its entry: most are the same */
    had_array(struct had_group *) groups; /* all security groups with rules of ours */
};

/* ---- where a node stands -------------------------------------------------------------------- */

struct had_place {
    const struct had_context *context;
    enum had_layer layer;
    enum had_phase phase;
};

/* The account's deploy role in a Region (`global` for services without Regions). */
const struct had_context *had_context_account(struct had_lowering *l,
                                              const struct had_object *account, had_str region);
const struct had_context *had_context_global(struct had_lowering *l,
                                             const struct had_object *account);
/* `own` of the lowering page: account and Region of the object. */
const struct had_context *had_context_own(struct had_lowering *l, const struct had_object *object);
/* `mgmt`: the management account's deploy role, global. */
const struct had_context *had_context_management(struct had_lowering *l);
/* Inside an instance, a controller or an existing server; account and Region are the machine's. */
const struct had_context *had_context_machine(struct had_lowering *l,
                                              const struct had_node *machine);
/* A team of people: "network team of dublin". */
const struct had_context *had_context_person(struct had_lowering *l, had_str team);

struct had_place had_place_own(struct had_lowering *l, const struct had_object *object,
                               enum had_layer layer, enum had_phase phase);
struct had_place had_place_at(const struct had_context *context, enum had_layer layer,
                              enum had_phase phase);
/* Layer of what stands in a spoke: endpoint if its role is endpoint, else network. */
enum had_layer had_spoke_layer(const struct had_object *spoke);

/* "web-prod" of `account web-prod`, as contexts hold it. */
had_str had_account_name(const struct had_object *account);
/* Region code of an object ("eu-west-1"); of a region object its own. */
had_str had_region_code(const struct had_object *object);
/* Organization that an account or OU is in, or NULL. */
const struct had_object *had_organization_of(const struct had_object *object);

/* ---- nodes ---------------------------------------------------------------------------------- */

struct had_origin had_origin_of(struct had_lowering *l, const struct had_object *object);
/* The same, derived: "used-by = every spoke of hub core" and the place that says so. */
struct had_origin had_origin_derived(struct had_lowering *l, const struct had_object *object,
                                     had_str derivation, struct had_span span);

/*
 * Adds the node OBJECT:ROLE[KEY], or returns the one that is there. Of a new one the class follows
 * from the type (look-up, gate, configuration, fact, else resource), origin, description and
 * `moved` from the object. Nothing else is set.
 */
struct had_node *had_lower_node(struct had_lowering *l, const struct had_object *object,
                                const char *type, const char *role, had_str key,
                                struct had_place place);
/* The same with another origin, and whether it is new. */
struct had_node *had_lower_node_from(struct had_lowering *l, had_str object, const char *type,
                                     const char *role, had_str key, struct had_place place,
                                     struct had_origin origin, bool *fresh);
/* The node OBJECT:ROLE[KEY], or NULL. */
struct had_node *had_lower_find(const struct had_lowering *l, const struct had_object *object,
                                const char *role, had_str key);
#define HAD_NO_KEY ((had_str){NULL, 0})
/* "first,second": keys that name two things. Of an object the key is its address: `spoke erp.main`.
 */
had_str had_key_pair(struct had_lowering *l, had_str first, had_str second);

/*
 * The node that stands for the object itself: lifecycle `existing` and its known id (attribute of
 * the type, or NULL), `protect` from the attribute. Call before setting tags.
 */
void had_lower_primary(struct had_lowering *l, struct had_node *node,
                       const struct had_object *object, const char *id_attribute);
/*
 * Tags of the node, where its type takes any: Name, the account's owner, the spec's tags and the
 * object's (later ones win). Only Name where a change of tags would replace. An existing node has a
 * Name where it is found by it, without an id, and no other tags.
 */
void had_lower_tags(struct had_lowering *l, struct had_node *node, const struct had_object *object,
                    had_str name);
/* False for an existing object that has an id and no stated name: what it is called is unknown. */
bool had_lower_knows_name(const struct had_object *object);
/* Outside name of the object in characters that the service takes; others become `-`; cut to `max`.
 */
had_str had_lower_name(struct had_lowering *l, const struct had_object *object, const char *allowed,
                       uint32_t max);

/* ---- edges ---------------------------------------------------------------------------------- */

/* Adds `from` needs `to`, ready; nothing where either is NULL or both are one. */
void had_lower_need(struct had_lowering *l, struct had_node *from, const struct had_node *to,
                    const char *why, struct had_span span);
void had_lower_edge(struct had_lowering *l, struct had_node *from, const struct had_node *to,
                    enum had_edge_kind kind, enum had_until until, const char *why,
                    struct had_span span);

/* ---- properties ----------------------------------------------------------------------------- */

/* A value of the spec as a property value, span and derivation kept; NULL if absent. References
 * give NULL. */
struct had_prop *had_prop_of(struct had_lowering *l, const struct had_value *value);
/* False for what is not stated of an existing object: it is unknown, whatever the default. */
bool had_lower_states(const struct had_node *node, const struct had_object *object,
                      const char *name);
/* Sets `path` from an attribute, clause or derived value, if it is present and known. True if it
 * was. */
bool had_lower_set(struct had_lowering *l, struct had_node *node, const char *path,
                   const struct had_object *object, const char *name);
/* Sets `path` to the JSON of an attribute; nothing where it is absent. */
void had_lower_document(struct had_lowering *l, struct had_node *node, const char *path,
                        const struct had_object *object, const char *attribute);
void had_lower_text(struct had_lowering *l, struct had_node *node, const char *path, had_str text,
                    struct had_span span);
void had_lower_c(struct had_lowering *l, struct had_node *node, const char *path, const char *text,
                 struct had_span span);
void had_lower_int(struct had_lowering *l, struct had_node *node, const char *path, int64_t number,
                   struct had_span span);
void had_lower_bool(struct had_lowering *l, struct had_node *node, const char *path, bool boolean,
                    struct had_span span);
/* Reads `attribute` of `of` into `path`; nothing if `of` is NULL. */
void had_lower_read(struct had_lowering *l, struct had_node *node, const char *path,
                    const struct had_node *of, const char *attribute, struct had_span span);
/* "enable" or "disable", as EC2's transit gateway calls say it. */
void had_lower_switch(struct had_lowering *l, struct had_node *node, const char *path,
                      const struct had_object *object, const char *name);
/*
 * A named secret: `secret("path")` lies in the account and Region of `context` unless it says
 * otherwise. `json_key` picks "Password" or "Username"; NULL is the secret itself.
 */
struct had_prop *had_prop_of_secret(struct had_lowering *l, const struct had_value *value,
                                    const struct had_context *context, const char *json_key);
/* The account's id: text where the spec says it, else read from the account's node. */
struct had_prop *had_prop_account_id(struct had_lowering *l, const struct had_object *account,
                                     struct had_span span);
/* ARN of an organization, OU, or id of an account, as AWS RAM takes it. */
struct had_prop *had_prop_principal(struct had_lowering *l, const struct had_object *object,
                                    struct had_span span);
/* SubnetIds: one read per subnet, in the order given. */
struct had_prop *had_prop_subnets(struct had_lowering *l, struct had_value_list subnets,
                                  struct had_span span);
struct had_prop *had_prop_strings(struct had_lowering *l, const had_str *texts, uint32_t count,
                                  struct had_span span);
/* A format that begins with `text`; append reads and texts to it. */
struct had_prop *had_prop_format_c(struct had_lowering *l, struct had_span span, const char *text);
/* A finished format with its texts joined; a text where it reads nothing. */
struct had_prop *had_prop_joined(struct had_lowering *l, struct had_prop *format);
/* Part `n` of an ARN, from 0: 2 service, 3 Region, 4 account; empty if there is none. */
had_str had_arn_part(had_str arn, uint32_t n);

/* IAM policy documents as maps, so that ARNs in them may be read from nodes. */
struct had_prop *had_prop_policy(struct had_lowering *l, struct had_span span);
void had_policy_allow(struct had_lowering *l, struct had_prop *policy, const char *const *actions,
                      struct had_prop *resources);
/* A role's trust in an AWS service: "ec2.amazonaws.com". */
struct had_prop *had_prop_trust_policy(struct had_lowering *l, const char *service,
                                       struct had_span span);

/* ---- networks: what stands in a spoke or subnet --------------------------------------------- */

/* Nodes that others must wait for; filled by spoke.c, endpoint.c, forward.c, hosted_zone.c. */
struct had_network {
    had_nodes routes;      /* of a subnet: its EC2::Route nodes and table association */
    had_nodes attachments; /* of a spoke: attachments and acceptances */
    had_nodes routing;     /* of a spoke: associations and propagations of its attachments */
    had_nodes endpoints;   /* of a spoke: endpoints that it uses, with their zone associations */
    had_nodes names;       /* of a spoke: rule and zone associations */
    had_nodes shares;      /* of a subnet: its RAM share */
};
struct had_network *had_network_of(struct had_lowering *l, const struct had_object *object);
/*
 * `node` stands in `subnet` and talks to the rest: it needs the subnet's routes, the routing of its
 * spoke's attachments and (with `endpoints`) the interface endpoints; in an account other than the
 * subnet's it sees the subnet's share.
 */
void had_lower_connected(struct had_lowering *l, struct had_node *node,
                         const struct had_object *subnet, bool endpoints, struct had_span span);
/* `node` resolves names in `spoke`: it needs the rule associations there. */
void had_lower_resolves(struct had_lowering *l, struct had_node *node,
                        const struct had_object *spoke, struct had_span span);

/* Ranges of places as a list: subnet, spoke, site, region, segment, cidr, lists of these. */
typedef had_array(struct had_cidr) had_cidrs;
void had_cidrs_of(struct had_lowering *l, had_cidrs *out, const struct had_value *value);
void had_cidrs_of_object(struct had_lowering *l, had_cidrs *out, const struct had_object *object);
void had_cidrs_aggregate(had_cidrs *cidrs);
had_str had_cidrs_text(struct had_lowering *l,
                       const had_cidrs *cidrs); /* "10.0.0.0/12, 192.168.0.0/16" */
struct had_prop *had_prop_cidrs(struct had_lowering *l, const had_cidrs *cidrs,
                                struct had_span span);

/* ---- attachments of hubs (hub.c, spoke.c, link.c, peer.c) -------------------------------------
 */

/* One attachment of a hub, and how its id is read. */
struct had_attachment {
    struct had_node *node; /* NULL: none there */
    const char *attribute;
    struct had_node *acceptance; /* or NULL where none is needed */
};
/* The attachment of a spoke, link, direct-connect-gateway or peer to a hub. */
struct had_attachment had_attachment_of(struct had_lowering *l, const struct had_object *object,
                                        const struct had_object *hub);
/* Whether the object is attached to that hub. */
bool had_attachment_on(struct had_lowering *l, const struct had_object *object,
                       const struct had_object *hub);
/*
 * OBJECT:association[HUB] and OBJECT:propagation[HUB,segment S], because `attribute` of `says`
 * names the segment; pushed to `out` unless NULL.
 */
void had_lower_associate(struct had_lowering *l, const struct had_object *object,
                         const struct had_object *segment, const struct had_attachment *attachment,
                         const struct had_object *says, const char *attribute, had_nodes *out);
void had_lower_propagate(struct had_lowering *l, const struct had_object *object,
                         const struct had_object *segment, const struct had_attachment *attachment,
                         const struct had_object *says, const char *attribute, had_nodes *out);
struct had_node *had_lower_segment_route(struct had_lowering *l, had_str object, const char *role,
                                         had_str key, const struct had_object *segment,
                                         struct had_cidr cidr,
                                         const struct had_attachment *attachment,
                                         struct had_origin origin);
struct had_node *had_lower_black_hole(struct had_lowering *l, const struct had_object *segment,
                                      const struct had_object *object, had_str key,
                                      struct had_cidr cidr, struct had_origin origin);
/* The segment of a set (one per hub) that is of this hub, or NULL. */
const struct had_object *had_segment_on(struct had_value_list segments,
                                        const struct had_object *hub);
/* OBJECT:flow-log with its role, where `flow-logs` is stated. */
void had_lower_flow_log(struct had_lowering *l, const struct had_object *object,
                        struct had_node *watched, const char *id_attribute,
                        const char *resource_type, struct had_place place);

/* ---- sharing (sharing.c) -------------------------------------------------------------------- */

/*
 * AWS RAM share OBJECT:share of one resource with the organizations, OUs and accounts of
 * `attribute`, and an acceptance in each account outside the organization. NULL if nobody but the
 * owner is named.
 */
struct had_node *had_lower_share(struct had_lowering *l, const struct had_object *object,
                                 struct had_prop *resource_arn, const char *attribute,
                                 struct had_place place, had_str name);
/* `node` uses what `share` shares: sees it (and an acceptance, outside the organization); and the
 * share outlives it. Nothing where both are of one account or share is NULL. */
void had_lower_sees(struct had_lowering *l, struct had_node *node, struct had_node *share,
                    const char *why, struct had_span span);

/* ---- security groups (security_group.c) ----------------------------------------------------- */

/* A group to which rules are added: ours, or one that AWS made (a directory's, by look-up). */
struct had_group {
    struct had_node *node; /* EC2::SecurityGroup or the look-up */
    const char *attribute; /* of its id: "GroupId" */
    had_str object;        /* address for the rules: OBJECT:in[…] */
    had_str prefix; /* in the rules' keys: the purpose, empty for a group of its own object */
    struct had_place place;
    struct had_origin origin;
    const struct had_object *spoke;
    uint32_t in, out;     /* rules so far */
    uint32_t in_reserved; /* AWS's own rules, that count as well */
};

/*
 * The derived group SPOKE:group[PURPOSE]. In a subnet that `account` (not the spoke's owner) uses,
 * the group is of that account and its key says so. Found again, it is the same.
 */
struct had_group *had_lower_group(struct had_lowering *l, const struct had_object *spoke,
                                  const struct had_object *account, had_str purpose,
                                  const char *description, struct had_origin origin,
                                  enum had_phase phase);
/* Rules of ours on a group that AWS made. */
struct had_group *had_lower_group_of(struct had_lowering *l, struct had_node *lookup,
                                     const char *attribute, const struct had_object *object,
                                     const struct had_object *spoke, struct had_place place,
                                     uint32_t in_reserved);

enum had_direction { HAD_RULE_IN, HAD_RULE_OUT };

/* The other end of a rule. */
struct had_peer {
    struct had_cidr cidr;          /* family 0: none */
    const struct had_group *group; /* or a group of the same VPC */
    had_str title;                 /* "spoke erp.main", "site dublin": for the description */
    struct had_span span;
};

/* Which rows of the port tables beyond `always` a flow takes. */
enum had_when {
    HAD_WHEN_LDAPS = 1,   /* TLS for LDAP and the global catalogue */
    HAD_WHEN_MANAGED = 2, /* 9389, AD web services: DSC and PowerShell from other machines */
    HAD_WHEN_LEGACY = 4,
    HAD_WHEN_TIME = 8,      /* time across a trust */
    HAD_WHEN_CREATION = 16, /* needed while a trust is made */
    HAD_WHEN_RECOMMENDED = 32,
    HAD_WHEN_DOH = 64,
};

/* One row of the port tables: "tcp", "udp", "icmp", or "-1" for all traffic. */
struct had_port_row {
    const char *protocol;
    int32_t first, last; /* of icmp: type and code, -1 for any */
    const char *purpose;
};
typedef had_array(struct had_port_row) had_port_rows;
void had_port_rows_of(struct had_lowering *l, had_port_rows *out, const char *flow, unsigned when,
                      enum had_direction direction);
/* "443/tcp", "49152-65535/tcp", "icmp", "all". */
had_str had_ports_text(struct had_lowering *l, const char *protocol, int32_t first, int32_t last);

/* Whether the group holds the rules of a flow for one peer already, or has room for them. */
bool had_group_has_room(struct had_lowering *l, const struct had_group *group,
                        enum had_direction direction, const char *flow, unsigned when,
                        struct had_peer peer);
/* The limit of a resource of the quota tables, or the higher one that a `quota` there states. */
int64_t had_lower_quota(const struct had_lowering *l, const char *resource,
                        const struct had_object *account, const struct had_object *region);

/* All rows of a flow ("member_dc", "dc_dc", "trust", "resolver_outbound", …) for one peer. */
void had_group_flow(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                    const char *flow, unsigned when, struct had_peer peer);
/* The same for each of several ranges. */
void had_group_flow_ranges(struct had_lowering *l, struct had_group *group,
                           enum had_direction direction, const char *flow, unsigned when,
                           const had_cidrs *ranges, had_str title, struct had_span span);
/* One protocol and port range: "tcp", "udp", "icmp", "-1". Equal rules are made once. */
void had_group_rule(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                    const char *protocol, int32_t first, int32_t last, const char *purpose,
                    struct had_peer peer);
/* Out: everything, stated. */
void had_group_all_out(struct had_lowering *l, struct had_group *group);
struct had_prop *had_group_id(struct had_lowering *l, const struct had_group *group,
                              struct had_span span);
/* `security-groups` of an object as ids, or NULL where none are stated. */
struct had_prop *had_prop_stated_groups(struct had_lowering *l, const struct had_object *object);
/* The group of directory members in a spoke, made when first asked for: nothing in, all out. */
struct had_group *had_lower_members_group(struct had_lowering *l, const struct had_object *spoke,
                                          const struct had_object *account, enum had_phase phase);

/* Whether `share-with` of an object covers the account. */
bool had_share_covers(const struct had_object *object, const struct had_object *account);
/* Report, when all nodes are made: groups with more rules than one holds, and what is not shared.
 */
void had_groups_check(struct had_lowering *l);
void had_lower_visible(struct had_lowering *l);

/* ---- gates and facts ------------------------------------------------------------------------- */

/*
 * A step that a person does: OBJECT:ROLE[KEY], of kind ROLE ("router", "firewall", "demotion").
 * `instruction` is a whole text, `probe` the read operation that shows that it is done; "": a
 * person confirms.
 */
struct had_node *had_lower_gate(struct had_lowering *l, const struct had_object *object,
                                const char *role, had_str key, had_str team, enum had_phase phase,
                                had_str instruction, const char *where, const char *probe,
                                const char *undo);

/* What the probe of a gate asks, and what its answer holds: "State = available". */
void had_gate_probe(struct had_lowering *l, struct had_node *gate, const char *argument,
                    struct had_prop *value, const char *expect);

/* Flows that a firewall outside AWS must let pass: rows of `Flows` of a gate. */
void had_gate_flow(struct had_lowering *l, struct had_node *gate, const char *flow, unsigned when,
                   const char *direction, had_str source, had_str destination,
                   struct had_span span);
void had_gate_rule(struct had_lowering *l, struct had_node *gate, const char *direction,
                   had_str source, had_str destination, const char *protocol, had_str ports,
                   const char *purpose, struct had_span span);

/* ---- names ----------------------------------------------------------------------------------- */

/*
 * OBJECT:zone with the VPCs of its own account among `users`, and authorization and association for
 * the others. `at_least` is a spoke that it holds in any case, or NULL.
 */
struct had_node *had_lower_zone(struct had_lowering *l, const struct had_object *object,
                                had_str name, const struct had_object *at_least,
                                const had_objects *users, struct had_place place,
                                struct had_span span);

/* One server that answers for a domain. */
struct had_server {
    struct had_ip ip;            /* family 0: known after creation */
    uint16_t port;               /* 0: the default */
    const struct had_node *node; /* where it is read from or who answers: instance, directory */
    const char *attribute;       /* "DnsIpAddresses" with .index */
    uint32_t index;
    const struct had_object *object; /* controller, directory, site, resolver, or NULL */
    struct had_span span;
};
typedef had_array(struct had_server) had_servers;
/* Who answers for a value of `targets`, `dns` or `forwarders`, as seen from `region` (its code). */
void had_servers_of(struct had_lowering *l, had_servers *out, const struct had_value *value,
                    had_str region);
/*
 * Subnets of the resolvers whose forwards, at any revision, target `object` (controller,
 * directory): the sources of DNS queries [53] for the groups of controllers and directories.
 */
void had_resolver_sources(struct had_lowering *l, const struct had_object *object,
                          had_objects *subnets);

/* ---- kinds, in the order of lower.c -----------------------------------------------------------
 */

void had_lower_organization(struct had_lowering *l);  /* organization, ou, account, region */
void had_lower_account_needs(struct had_lowering *l); /* when all nodes are there */
void had_lower_hub(struct had_lowering *l);           /* hub, segment */
void had_lower_spoke(struct had_lowering *l);         /* spoke, subnet, tables, attachments */
void had_lower_link(struct had_lowering *l);          /* direct-connect-gateway, link, tunnel */
void had_lower_peer(struct had_lowering *l);
void had_lower_appliance(struct had_lowering *l);
void had_lower_nat(struct had_lowering *l);
void had_lower_route(
    struct had_lowering *l); /* routes and black holes of segments, spokes, subnets */
void had_lower_acl(struct had_lowering *l);
void had_lower_security_group(struct had_lowering *l);
void had_lower_endpoint(struct had_lowering *l);
void had_lower_resolver(struct had_lowering *l);
void had_lower_hosted_zone(struct had_lowering *l);
void had_lower_site(struct had_lowering *l);       /* facts and the gate of each site */
void had_lower_fact(struct had_lowering *l);       /* fact.c: what the proofs alone read */
void had_lower_deliveries(struct had_lowering *l); /* delivery.c: the order across machines */
void had_lower_site_needs(struct had_lowering *l); /* what waits for the gates, at the end */

void had_lower_controller(
    struct had_lowering *l);                   /* forest.c: controllers of forests and domains */
void had_lower_forest(struct had_lowering *l); /* forest.c: sites, domains, site-links, promotion */
void had_lower_directory(struct had_lowering *l); /* directory.c: directory, replica, connector */
void had_lower_forward(struct had_lowering *l);   /* forward.c: reads directories and controllers */
void had_lower_instance(struct had_lowering *l);  /* instance.c: before what runs on instances */
void had_lower_manage(
    struct had_lowering *l); /* directory.c: site, units, policies on manage-from */
void had_lower_trust(struct had_lowering *l);
void had_lower_directory_share(struct had_lowering *l); /* share.c */
void had_lower_group_kind(struct had_lowering *l);      /* group.c: group, user */
void had_lower_access(struct had_lowering *l); /* identity-center, permission-set, policy, assign,
                                                  application */
void had_lower_join(struct had_lowering *l);   /* instance.c: joins, after shares and rules */

#endif
