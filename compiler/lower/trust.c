/*
 * Trusts. Each side is made where it lives: in Directory Service for AWS Managed Microsoft AD, by a
 * controller of ours for a forest, by its team where no controller is ours. The side of AWS comes
 * last, because it verifies the other one.
 */
#include "lower/ad.h"
#include "lower/desired.h"

struct side {
    const struct had_object *trust, *here, *other;
    bool subject; /* the side named first: `direction` and `forwarders` are its own */
    const struct had_object *first; /* controller of ours on which this side is made, or NULL */
    struct had_node *forwarder, *half;
};

enum way { BOTH, OUT, IN };

static enum way way_of(const struct side *side)
{
    had_str direction = had_get_text(side->trust, "direction");
    if (had_str_is(direction, "two-way"))
        return BOTH;
    return had_str_is(direction, "outgoing") == side->subject ? OUT : IN;
}

static bool external(const struct had_object *trust)
{
    return had_str_is(had_get_text(trust, "type"), "external");
}

/* Users of the other side are held to what they are let into by the side that trusts them. */
static bool selective(const struct side *side)
{
    return side->subject && way_of(side) != IN && had_get_bool(side->trust, "selective");
}

static had_str team_of(struct had_lowering *l, const struct had_object *domain)
{
    return had_str_printf(l->arena, "directory team of " HAD_FMT,
                          HAD_ARG(had_forest_of(domain)->label));
}

static struct had_prop *forwarder_addresses(struct had_lowering *l, const struct side *side,
                                            had_str region)
{
    const struct had_value *said =
        side->subject ? had_get(side->trust, "forwarders") : had_get(side->other, "dns");
    return had_prop_dns(l, side->other, said, region,
                        side->subject ? had_get_span(side->trust, "forwarders")
                                      : side->trust->span);
}

/* ---- a directory's side ---- */

static void needs_routes(struct had_lowering *l, struct had_node *node,
                         const struct had_object *directory, struct had_span span)
{
    struct had_value_list subnets = had_get_list(directory, "subnets");
    for (uint32_t i = 0; i < subnets.count; i++) {
        if (subnets.items[i].tag == HAD_VALUE_REF)
            had_lower_connected(l, node, subnets.items[i].object, false, span);
    }
    struct had_network *network = had_network_of(l, directory);
    had_each(struct had_node *, rule, &network->routing)
        had_lower_need(l, node, *rule, "the directory's security group lets the trust through",
                       span);
}

static void directory_side(struct had_lowering *l, struct side *side, bool keyed)
{
    static const char *const directions[] = {"Two-Way", "One-Way: Outgoing", "One-Way: Incoming"};
    const struct had_object *trust = side->trust;
    const struct had_object *directory = side->here;
    struct had_node *on = had_lower_find(l, directory, "directory", HAD_NO_KEY);
    struct had_span span = trust->span;
    had_str key = keyed ? directory->address : HAD_NO_KEY;
    if (!on)
        return;
    struct had_place place =
        had_place_own(l, directory, HAD_LAYER_TRUST, HAD_PHASE_RESOURCE_FOREST);
    if (!trust->existing) {
        side->forwarder =
            had_lower_node(l, trust, "had::ConditionalForwarder", "forwarder", key, place);
        had_lower_read(l, side->forwarder, "DirectoryId", on, "Id", span);
        had_lower_text(l, side->forwarder, "RemoteDomainName", had_domain_name(side->other), span);
        struct had_prop *addresses = forwarder_addresses(l, side, had_region_code(directory));
        if (addresses)
            had_node_set(l->graph, side->forwarder, "DnsIpAddresses", addresses);
        had_directory_lane(l, side->forwarder, directory);
        needs_routes(l, side->forwarder, directory, span);
    }
    side->half = had_lower_node(l, trust, "had::Trust", "trust", key, place);
    had_lower_primary(l, side->half, trust, NULL);
    had_lower_read(l, side->half, "DirectoryId", on, "Id", span);
    had_lower_text(l, side->half, "RemoteDomainName", had_domain_name(side->other), span);
    had_lower_c(l, side->half, "Direction", directions[way_of(side)],
                had_get_span(trust, "direction"));
    had_lower_c(l, side->half, "Type", external(trust) ? "External" : "Forest",
                had_get_span(trust, "type"));
    if (!trust->existing || had_get(trust, "selective")->provenance == HAD_STATED)
        had_lower_c(l, side->half, "SelectiveAuth", selective(side) ? "Enabled" : "Disabled",
                    had_get_span(trust, "selective"));
    if (trust->existing)
        return;
    struct had_prop *password =
        had_prop_of_secret(l, had_get(trust, "password"), place.context, "Password");
    if (password)
        had_node_set(l->graph, side->half, "Password", password);
    had_directory_lane(l, side->half, directory);
    needs_routes(l, side->half, directory, span);
    had_lower_need(l, side->half, side->forwarder,
                   "a trust finds the other domain by its forwarder", span);
}

/* ---- a forest's side, on a controller of ours ---- */

/*
 * Addresses as a machine reads them: a value that is known after creation comes through a parameter
 * of Systems Manager in the machine's account and Region.
 */
static struct had_prop *carried(struct had_lowering *l, const struct side *side,
                                const struct had_prop *addresses)
{
    struct had_prop *list = had_prop_list(l->graph, addresses->span);
    const struct had_node *machine = had_host_node(l, side->first);
    for (uint32_t i = 0; i < addresses->items.count; i++) {
        struct had_prop *address = addresses->items.items[i];
        if (address->tag == HAD_PROP_READ) {
            had_str key =
                had_str_printf(l->arena, HAD_FMT ",%u", HAD_ARG(side->here->address), i + 1);
            struct had_node *parameter = had_lower_node(
                l, side->trust, "AWS::SSM::Parameter", "dns", key,
                had_place_at(machine->context, HAD_LAYER_TRUST, HAD_PHASE_RESOURCE_FOREST));
            had_lower_text(l, parameter, "Name",
                           had_str_printf(l->arena, "/had/" HAD_FMT "/dns/" HAD_FMT "/%u",
                                          HAD_ARG(had_forest_of(side->here)->label),
                                          HAD_ARG(had_domain_name(side->other)), i + 1),
                           side->trust->span);
            had_lower_c(l, parameter, "Type", "String", side->trust->span);
            had_lower_text(l, parameter, "Description",
                           had_str_printf(l->arena, "DNS server %u of " HAD_FMT, i + 1,
                                          HAD_ARG(had_domain_name(side->other))),
                           side->trust->span);
            had_node_set(l->graph, parameter, "Value", address);
            had_lower_tags(l, parameter, side->first, (had_str){0});
            address = had_prop_read(l->graph, parameter, "Value", address->span);
        }
        had_prop_append(l->graph, list, address);
    }
    return list;
}

static bool has_child_domains(const struct had_object *forest)
{
    for (uint32_t i = 0; i < forest->children.count; i++) {
        if (had_is(forest->children.items[i], "domain"))
            return true;
    }
    return false;
}

static struct had_desired begin(struct had_lowering *l, const struct side *side, const char *role,
                                enum had_desired_role desired_role)
{
    struct had_desired desired =
        had_desired_begin(l, side->trust, role, side->here->address, had_forest_of(side->here),
                          desired_role, side->first, HAD_LAYER_TRUST, HAD_PHASE_RESOURCE_FOREST);
    had_lower_need(l, desired.node, had_lower_find(l, side->first, "configuration", HAD_NO_KEY),
                   "the trust is made on a controller, after its promotion", side->trust->span);
    return desired;
}

static void forest_forwarder(struct had_lowering *l, struct side *side)
{
    struct had_span span = side->trust->span;
    struct had_prop *addresses = forwarder_addresses(l, side, had_region_code(side->first));
    if (!addresses)
        return;
    struct had_desired desired = begin(l, side, "forwarder", HAD_DESIRED_FORWARDERS);
    had_str name = had_domain_name(side->other);
    had_desired_script(&desired, "conditional-forwarder", name, span);
    had_desired_text(&desired, "Domain", name, span);
    had_desired_put(&desired, "MasterServers", carried(l, side, addresses));
    /* Kept in Active Directory, so that every controller that answers names knows it. */
    had_desired_c(&desired, "ReplicationScope",
                  has_child_domains(had_forest_of(side->here)) ? "Forest" : "Domain", span);
    had_desired_deliver(&desired, side->first, HAD_DESIRED_FORWARDERS, had_forest_of(side->here));
    side->forwarder = desired.node;
}

/* This side says that the other one supports AES; after the resource named here, where there is
 * one. */
static void encryption(struct had_desired *desired, const struct side *side, const char *after_type,
                       had_str after_name, const struct had_prop *run_as)
{
    had_str name = had_domain_name(side->other);
    struct had_span span = had_get_span(side->trust, "aes");
    if (!had_get_bool(side->trust, "aes"))
        return;
    had_desired_script(desired, "trust-encryption",
                       had_str_printf(desired->l->arena, "Encryption-" HAD_FMT, HAD_ARG(name)),
                       span);
    had_desired_text(desired, "TargetDomainName", name, span);
    if (after_type)
        had_desired_after(desired, after_type, after_name);
    had_desired_run_as(desired, run_as);
}

static void forest_half(struct had_lowering *l, struct side *side)
{
    static const char *const directions[] = {"Bidirectional", "Outbound", "Inbound"};
    const struct had_object *trust = side->trust;
    struct had_span span = trust->span;
    struct had_desired desired = begin(l, side, "half", HAD_DESIRED_TRUST);
    const struct had_context *context = desired.node->context;
    had_str name = had_domain_name(side->other);
    struct had_prop *run_as = had_administration_secret(l, had_forest_of(side->here), context);
    struct had_prop *password =
        had_prop_of_secret(l, had_get(trust, "password"), context, "Password");
    had_desired_script(&desired, "trust-local-side",
                       had_str_printf(l->arena, "Trust-" HAD_FMT, HAD_ARG(name)), span);
    had_desired_text(&desired, "TargetDomainName", name, span);
    had_desired_c(&desired, "TrustDirection", directions[way_of(side)],
                  had_get_span(trust, "direction"));
    had_desired_c(&desired, "TrustType", external(trust) ? "External" : "Forest",
                  had_get_span(trust, "type"));
    had_desired_bool(&desired, "SelectiveAuthentication", selective(side),
                     had_get_span(trust, "selective"));
    had_desired_put(&desired, "Password", password);
    had_desired_run_as(&desired, run_as);
    encryption(&desired, side, "Script", had_str_printf(l->arena, "Trust-" HAD_FMT, HAD_ARG(name)),
               run_as);
    had_machine_secret(l, side->first, password);
    had_machine_secret(l, side->first, run_as);
    had_lower_need(l, desired.node, side->forwarder,
                   "a trust finds the other domain by its forwarder", span);
    had_desired_deliver(&desired, side->first, HAD_DESIRED_TRUST, had_forest_of(side->here));
    side->half = desired.node;
}

/* ---- a forest's side, by its team ---- */

/* `before` and the addresses with commas between, as text or, where they are known later, joined
 * then. */
static struct had_prop *told(struct had_lowering *l, had_str before, const struct had_prop *values,
                             had_str after, struct had_span span)
{
    struct had_prop *format = had_prop_format(l->graph, span);
    had_prop_append(l->graph, format, had_prop_text(l->graph, before, span));
    for (uint32_t i = 0; values && i < values->items.count; i++) {
        if (i)
            had_prop_append(l->graph, format, had_prop_c(l->graph, ", ", span));
        had_prop_append(l->graph, format, values->items.items[i]);
    }
    had_prop_append(l->graph, format, had_prop_text(l->graph, after, span));
    return format;
}

static void team_side(struct had_lowering *l, struct side *side)
{
    static const char *const directions[] = {"two-way", "one-way, outgoing", "one-way, incoming"};
    const struct had_object *trust = side->trust;
    struct had_span span = trust->span;
    had_str here = had_domain_name(side->here);
    had_str there = had_domain_name(side->other);
    had_str team = team_of(l, side->here);
    struct had_prop *addresses = forwarder_addresses(l, side, (had_str){0});
    if (addresses) {
        had_str before = had_str_printf(
            l->arena,
            "On a DNS server of " HAD_FMT ", make a conditional forwarder for " HAD_FMT
            " that is stored in Active Directory and replicated to all DNS servers, to ",
            HAD_ARG(here), HAD_ARG(there));
        side->forwarder = had_lower_gate(l, trust, "forwarder", side->here->address, team,
                                         HAD_PHASE_RESOURCE_FOREST, before, "DNS Manager", "",
                                         "delete the conditional forwarder");
        had_node_set(l->graph, side->forwarder, "Instruction",
                     told(l, before, addresses, HAD_STR("."), span));
    }
    had_str secret = had_get(trust, "password")->tag == HAD_VALUE_SECRET
                         ? had_get(trust, "password")->secret.name
                         : (had_str){0};
    had_str instruction = had_str_printf(
        l->arena,
        "In Active Directory Domains and Trusts of " HAD_FMT
        ", make this side only of the %s %s trust "
        "with " HAD_FMT "%s. Its password is the one in the secret " HAD_FMT ".%s",
        HAD_ARG(here), directions[way_of(side)], external(trust) ? "external" : "forest",
        HAD_ARG(there), selective(side) ? ", with selective authentication" : "", HAD_ARG(secret),
        had_get_bool(trust, "aes")
            ? " Then tick that the other domain supports Kerberos AES encryption."
            : "");
    side->half = had_lower_gate(
        l, trust, "half", side->here->address, team, HAD_PHASE_RESOURCE_FOREST, instruction,
        "Active Directory Domains and Trusts", "", "remove this side of the trust");
    had_lower_edge(l, side->half, side->forwarder, HAD_AFTER, HAD_UNTIL_READY,
                   "a trust finds the other domain by its forwarder", span);
}

/* ---- two forests of ours ---- */

/* The other forest's account, named from another account or Region. */
static struct had_prop *foreign_secret(struct had_lowering *l, const struct side *other,
                                       const struct had_context *context)
{
    const struct had_node *machine = had_host_node(l, other->first);
    struct had_prop *secret = had_promotion_secret(l, other->here, machine->context);
    if (!secret || had_str_starts(secret->secret->name, "arn:"))
        return secret;
    if (machine->context->account_id.len &&
        !had_str_eq(machine->context->account_id, context->account_id) &&
        !secret->secret->account_id.len)
        secret->secret->account_id = machine->context->account_id;
    if (!had_str_eq(machine->context->region, context->region) && !secret->secret->region.len)
        secret->secret->region = machine->context->region;
    return secret;
}

static void both_at_once(struct had_lowering *l, struct side *one, struct side *two)
{
    static const char *const directions[] = {"Bidirectional", "Outbound", "Inbound"};
    const struct had_object *trust = one->trust;
    struct had_span span = trust->span;
    struct had_desired desired = begin(l, one, "half", HAD_DESIRED_TRUST);
    struct had_prop *credential = foreign_secret(l, two, desired.node->context);
    struct had_prop *run_as =
        had_administration_secret(l, had_forest_of(one->here), desired.node->context);
    had_str name = had_domain_name(one->other);
    had_desired_add(&desired, "ADDomainTrust", name, span);
    had_desired_text(&desired, "SourceDomainName", had_domain_name(one->here), span);
    had_desired_text(&desired, "TargetDomainName", name, span);
    had_desired_put(&desired, "TargetCredential", credential);
    had_desired_c(&desired, "TrustType", external(trust) ? "External" : "Forest",
                  had_get_span(trust, "type"));
    had_desired_c(&desired, "TrustDirection", directions[way_of(one)],
                  had_get_span(trust, "direction"));
    had_desired_bool(&desired, "AllowTrustRecreation", false, span);
    had_desired_c(&desired, "Ensure", "Present", span);
    had_desired_run_as(&desired, run_as);
    if (way_of(one) != IN) {
        had_desired_script(&desired, "trust-authentication",
                           had_str_printf(l->arena, "Authentication-" HAD_FMT, HAD_ARG(name)),
                           had_get_span(trust, "selective"));
        had_desired_text(&desired, "TargetDomainName", name, span);
        had_desired_c(&desired, "TrustType", external(trust) ? "External" : "Forest",
                      had_get_span(trust, "type"));
        had_desired_bool(&desired, "SelectiveAuthentication", selective(one),
                         had_get_span(trust, "selective"));
        had_desired_after(&desired, "ADDomainTrust", name);
        had_desired_run_as(&desired, run_as);
    }
    encryption(&desired, one, "ADDomainTrust", name, run_as);
    had_machine_secret(l, one->first, credential);
    had_machine_secret(l, one->first, run_as);
    had_lower_need(l, desired.node, one->forwarder,
                   "a trust finds the other domain by its forwarder", span);
    had_lower_edge(l, desired.node, two->forwarder, HAD_AFTER, HAD_UNTIL_READY,
                   "both sides find each other before they trust", span);
    had_lower_edge(l, desired.node, had_lower_find(l, two->first, "configuration", HAD_NO_KEY),
                   HAD_AFTER, HAD_UNTIL_READY, "both sides are there before they trust", span);
    had_desired_deliver(&desired, one->first, HAD_DESIRED_TRUST, had_forest_of(one->here));
    one->half = desired.node;
    if (!had_get_bool(trust, "aes"))
        return;
    /* Its own object of the trust, on the other side, is told there. */
    struct had_desired other = begin(l, two, "half", HAD_DESIRED_TRUST);
    run_as = had_administration_secret(l, had_forest_of(two->here), other.node->context);
    encryption(&other, two, NULL, (had_str){0}, run_as);
    had_machine_secret(l, two->first, run_as);
    had_lower_edge(l, other.node, one->half, HAD_AFTER, HAD_UNTIL_READY,
                   "both sides of the trust are made by one of them", span);
    had_desired_deliver(&other, two->first, HAD_DESIRED_TRUST, had_forest_of(two->here));
    two->half = other.node;
}

/* ---- the pair ---- */

static struct side side_of(struct had_lowering *l, const struct had_object *trust,
                           const struct had_object *here, const struct had_object *other,
                           bool subject)
{
    struct side side = {.trust = trust, .here = here, .other = other, .subject = subject};
    if (!had_is(here, "directory"))
        side.first = had_first_controller(l, here, false);
    return side;
}

static void forest_side(struct had_lowering *l, struct side *side)
{
    if (!side->first) {
        team_side(l, side);
        return;
    }
    forest_forwarder(l, side);
    forest_half(l, side);
}

static void after(struct had_lowering *l, struct side *side, const struct side *other,
                  enum had_until until)
{
    struct had_span span = side->trust->span;
    had_lower_edge(l, side->half, other->forwarder, HAD_AFTER, until,
                   "the other side finds this one before the trust is verified", span);
    had_lower_edge(l, side->half, other->half, HAD_AFTER, until,
                   "the other side of the trust is there before this one verifies it", span);
}

void had_lower_trust(struct had_lowering *l)
{
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *a = had_trust_subject(trust);
        const struct had_object *b = had_get_object(trust, "with");
        if (!a || !b)
            continue;
        struct side one = side_of(l, trust, a, b, true);
        struct side two = side_of(l, trust, b, a, false);
        bool one_aws = had_is(a, "directory");
        bool two_aws = had_is(b, "directory");
        if (one_aws && two_aws) {
            directory_side(l, &two, true);
            directory_side(l, &one, true);
            /* Each verifies the other, so the later one waits only until the first is made. */
            after(l, &one, &two, HAD_UNTIL_EXISTS);
            continue;
        }
        if (one_aws || two_aws) {
            struct side *aws = one_aws ? &one : &two;
            struct side *forest = one_aws ? &two : &one;
            if (!trust->existing)
                forest_side(l, forest);
            directory_side(l, aws, false);
            after(l, aws, forest, HAD_UNTIL_READY);
            continue;
        }
        if (trust->existing)
            continue;
        if (one.first && two.first) {
            forest_forwarder(l, &one);
            forest_forwarder(l, &two);
            both_at_once(l, &one, &two);
            continue;
        }
        forest_side(l, &one);
        forest_side(l, &two);
    }
}
