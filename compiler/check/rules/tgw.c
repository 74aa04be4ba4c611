/* TGW and RAM: hubs, their route domains and who may use them. */
#include "check/rules/rule.h"

#include <stdlib.h>

static void tgw002(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        const struct had_object *gateway = had_get_object(link, "gateway");
        had_objects hubs = had_query_refs(check, link, "to");
        if (!gateway)
            continue;
        had_each(const struct had_object *, hub, &hubs) {
            int64_t asn = had_get_int(*hub, "asn");
            if (!asn || asn != had_get_int(gateway, "asn") ||
                !had_map_put(check->arena, &told, (uintptr_t)*hub ^ (uintptr_t)gateway << 1, 1))
                continue;
            struct had_diag *d = had_rule_report(
                check, *hub, had_query_span(*hub, "asn"),
                "hub `" HAD_FMT "` and its Direct Connect gateway have the ASN %lld",
                HAD_ARG((*hub)->label), (long long)asn);
            had_diag_label(d, gateway->derived ? link->span : had_query_span(gateway, "asn"),
                           gateway->derived ? "its gateway has it by default" : "the gateway");
            had_diag_help(d, "give the hub an ASN of its own, from 64512 to 65534");
        }
    }
}

HAD_RULE(TGW002, HAD_PHASE_FOUNDATION, "O(n) in links", tgw002,
         "a hub with the ASN of its Direct Connect gateway",
         "A Direct Connect gateway is not associated with a transit gateway of the same ASN; 64512 "
         "is the default of both.",
         "give the hub another ASN");

static int by_asn(const void *left, const void *right)
{
    const struct had_object *x = *(const struct had_object *const *)left,
                            *y = *(const struct had_object *const *)right;
    int64_t a = had_get_int(x, "asn"), b = had_get_int(y, "asn");
    if (a != b)
        return a < b ? -1 : 1;
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : had_str_cmp(x->address, y->address);
}

static void tgw003(struct had_check *check)
{
    had_objects hubs = {0};
    had_each_object(hub, had_spec_kind(check->spec, "hub"))
        if (had_get_int(hub, "asn"))
            *had_push(check->arena, &hubs) = hub;
    if (hubs.count > 1)
        qsort(hubs.items, hubs.count, sizeof *hubs.items, by_asn);
    const struct had_object *first = had_objects_first(&hubs);
    for (uint32_t i = 1; i < hubs.count; i++) {
        const struct had_object *hub = hubs.items[i];
        if (had_get_int(hub, "asn") != had_get_int(first, "asn")) {
            first = hub;
            continue;
        }
        struct had_diag *d = had_rule_report(check, hub, had_query_span(hub, "asn"),
                                             "hubs `" HAD_FMT "` and `" HAD_FMT "` have one ASN",
                                             HAD_ARG(first->label), HAD_ARG(hub->label));
        had_diag_label(d, had_query_span(first, "asn"), "hub `" HAD_FMT "`", HAD_ARG(first->label));
    }
}

HAD_RULE(TGW003, HAD_PHASE_FOUNDATION, "O(n log n) in hubs", tgw003, "two hubs with one ASN",
         "Hubs that share a Direct Connect gateway, or are peered, need ASNs of their own; those "
         "that do not may later.",
         "give each hub its own ASN");

static void tgw004(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (!had_query_stated(spoke, "attachment-subnets"))
            continue;
        had_objects subnets = had_query_refs(check, spoke, "attachment-subnets");
        for (uint32_t i = 0; i < subnets.count; i++) {
            const struct had_object *subnet = subnets.items[i];
            if (had_query_spoke(subnet) != spoke) {
                struct had_diag *d =
                    had_rule_report(check, spoke, had_query_span(spoke, "attachment-subnets"),
                                    "subnet `" HAD_FMT "` of the attachment is of another spoke",
                                    HAD_ARG(had_query_path(check, subnet)));
                had_diag_label(d, subnet->span, "spoke `" HAD_FMT "`",
                               HAD_ARG(had_query_path(check, had_query_spoke(subnet))));
                continue;
            }
            for (uint32_t j = 0; j < i; j++) {
                const struct had_object *other = subnets.items[j];
                if (had_query_spoke(other) != spoke || !had_query_zone(subnet).len ||
                    !had_str_eq(had_query_zone(other), had_query_zone(subnet)))
                    continue;
                struct had_diag *d =
                    had_rule_report(check, spoke, had_query_span(spoke, "attachment-subnets"),
                                    "two subnets of the attachment are in zone " HAD_FMT,
                                    HAD_ARG(had_query_zone(subnet)));
                had_diag_label(d, other->span, "zone " HAD_FMT, HAD_ARG(had_query_zone(other)));
                had_diag_label(d, subnet->span, "also zone " HAD_FMT,
                               HAD_ARG(had_query_zone(subnet)));
                break;
            }
        }
    }
}

HAD_RULE(TGW004, HAD_PHASE_FOUNDATION, "O(n) in spokes", tgw004, "the subnets of an attachment",
         "An attachment has one subnet in each zone, all of the network that it attaches.",
         "name one subnet of the spoke for each zone");

static void tgw005(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects attached = had_query_refs(check, spoke, "attachment-subnets");
        if (!had_query_stated(spoke, "attachment-subnets") || !attached.count)
            continue;
        had_array(had_str) told = {0};
        had_each(const struct had_object *const, child, &spoke->children) {
            had_str zone = had_query_zone(*child);
            if (!had_is(*child, "subnet") || !zone.len)
                continue;
            bool covered = false;
            had_each(const struct had_object *, a, &attached)
                covered |= had_str_eq(had_query_zone(*a), zone);
            had_each(had_str, t, &told)
                covered |= had_str_eq(*t, zone);
            if (covered)
                continue;
            *had_push(check->arena, &told) = zone;
            struct had_diag *d = had_rule_report(
                check, spoke, had_query_span(spoke, "attachment-subnets"),
                "the attachment of spoke `" HAD_FMT "` does not reach zone " HAD_FMT,
                HAD_ARG(had_query_path(check, spoke)), HAD_ARG(zone));
            had_diag_label(d, (*child)->span, "hosts here do not reach the hub");
            had_diag_help(d,
                          "add a subnet of zone " HAD_FMT
                          ", or leave `attachment-subnets` out: one of each zone is then taken",
                          HAD_ARG(zone));
        }
    }
}

HAD_RULE(TGW005, HAD_PHASE_FOUNDATION, "O(n) in subnets", tgw005, "a zone without attachment",
         "Hosts reach the transit gateway only from zones in which the attachment has a subnet.",
         "add a subnet of each zone to the attachment");

/* The account of every attached spoke is covered by the share of the hub. */
static void tgw009(struct had_check *check)
{
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        const struct had_object *owner = had_object_account(hub);
        if (!had_query_stated(hub, "share-with") || had_query_broken(hub, "share-with"))
            continue;
        struct had_map shared = had_query_ref_set(check, hub, "share-with"), told = {0};
        had_objects missing = {0};
        const struct had_object *example = NULL;
        had_each_object(spoke, had_index_users(check, "spoke", "hubs", hub)) {
            const struct had_object *account = had_object_account(spoke);
            if (!account || account == owner || had_query_is_among(&shared, account) ||
                !had_map_put(check->arena, &told, (uintptr_t)account, 1))
                continue;
            *had_push(check->arena, &missing) = account;
            example = example ? example : spoke;
        }
        if (!missing.count)
            continue;
        struct had_diag *d =
            had_rule_report(check, hub, had_query_span(hub, "share-with"),
                            "hub `" HAD_FMT "` is not shared with account%s " HAD_FMT
                            ", whose networks are attached to it",
                            HAD_ARG(hub->label), missing.count > 1 ? "s" : "",
                            HAD_ARG(had_query_names(check, &missing, 3)));
        had_diag_label(d, example->span, "attached");
        had_diag_help(d, "share it with the organization, or leave `share-with` out: it then "
                         "follows the spokes");
    }
}

HAD_RULE(TGW009, HAD_PHASE_FOUNDATION, "O(n) in attachments and shares", tgw009,
         "a hub that is not shared with its spokes",
         "A network of another account is attached only after the transit gateway was shared with "
         "that account.",
         "share the hub with the organization or the account");

/* A segment with routes of its own may have a way back that `reaches` does not tell. */
static bool has_routes(const struct had_object *segment)
{
    had_each(const struct had_object *const, child, &segment->children)
        if (had_is(*child, "route"))
            return true;
    return false;
}

static void tgw013(struct had_check *check)
{
    struct had_map pairs = {0};
    had_each_object(from, had_spec_kind(check->spec, "segment")) {
        had_objects list = had_query_refs(check, from, "reaches");
        had_each(const struct had_object *, to, &list)
            had_map_put(check->arena, &pairs, had_index_pair(check, from, *to), 1);
    }
    had_each_object(from, had_spec_kind(check->spec, "segment")) {
        had_objects list = had_query_refs(check, from, "reaches");
        had_each(const struct had_object *, to, &list) {
            if (*to == from || had_map_get(&pairs, had_index_pair(check, *to, from)) ||
                had_query_broken(*to, "reaches") || has_routes(*to))
                continue;
            struct had_diag *d =
                had_rule_report(check, *to, had_query_span(*to, "reaches"),
                                "segment `" HAD_FMT "` has no way back to `" HAD_FMT "`",
                                HAD_ARG((*to)->label), HAD_ARG(from->label));
            had_diag_label(d, had_query_span(from, "reaches"), "`" HAD_FMT "` reaches it",
                           HAD_ARG(from->label));
            had_diag_help(d,
                          "add `segment " HAD_FMT "` to `reaches` of `" HAD_FMT
                          "`, or take the other one out",
                          HAD_ARG(from->label), HAD_ARG((*to)->label));
        }
    }
}

HAD_RULE(TGW013, HAD_PHASE_FOUNDATION, "O(n) in segments and what they reach", tgw013,
         "no way back",
         "A connection needs routes in both directions: the route domain of each side holds the "
         "ranges of the other.",
         "let both segments reach each other");

/* The account of a controller in a shared-services network. */
static const struct had_object *account_of_shared_services(const struct had_object *controller)
{
    const struct had_object *spoke = had_query_network(controller);
    return spoke && had_str_is(had_get_text(spoke, "role"), "shared-services")
               ? had_object_account(controller)
               : NULL;
}

static void org004(struct had_check *check)
{
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        /* A controller in another network than that of shared services is told by DC003. */
        const struct had_object *own = had_object_account(hub);
        const struct had_object *found =
            had_objects_first(had_index_by(check, "directory", had_object_account, own));
        if (!found)
            found = had_objects_first(
                had_index_by(check, "controller", account_of_shared_services, own));
        if (!found)
            continue;
        struct had_diag *d =
            had_rule_report(check, hub, had_query_span(hub, "account"),
                            "hub `" HAD_FMT "` is in the account of %s `" HAD_FMT "`",
                            HAD_ARG(hub->label), found->kind->name, HAD_ARG(found->label));
        had_diag_label(d, found->span, "account `" HAD_FMT "`",
                       HAD_ARG(had_query_path(check, had_object_account(found))));
    }
}

HAD_RULE(ORG004, HAD_PHASE_FOUNDATION, "O(n) in hubs, directories and controllers", org004,
         "network and directories in one account",
         "The hub belongs into a network account of its own: whoever runs the network then has no "
         "hand on the directories, "
         "nor the other way round.",
         "declare the hub in a network account");

static void tgw006(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects subnets = had_query_refs(check, spoke, "attachment-subnets"),
                    hubs = had_query_refs(check, spoke, "hubs");
        had_str role = had_get_text(spoke, "role");
        if (!subnets.count || !hubs.count || had_str_is(role, "endpoint") ||
            had_str_is(role, "shared-services"))
            continue; /* of these, NET016 and NET017 speak, or what stands in them */
        bool several = false;
        had_each(const struct had_object *, s, &subnets)
            several |= !had_query_zone(*s).len ||
                       !had_str_eq(had_query_zone(*s), had_query_zone(subnets.items[0]));
        if (several)
            continue;
        struct had_diag *d = had_rule_report(
            check, spoke,
            had_query_stated(spoke, "attachment-subnets")
                ? had_query_span(spoke, "attachment-subnets")
                : spoke->span,
            "spoke `" HAD_FMT "` is attached to hub `" HAD_FMT "` in zone " HAD_FMT " alone",
            HAD_ARG(had_query_path(check, spoke)), HAD_ARG(hubs.items[0]->label),
            HAD_ARG(had_query_zone(subnets.items[0])));
        had_diag_label(d, subnets.items[0]->span, "the only subnet of the attachment");
    }
}

HAD_RULE(TGW006, HAD_PHASE_FOUNDATION, "O(n) in spokes", tgw006, "an attachment in one zone",
         "Losing the zone of its only attachment subnet cuts a network off from the hub, whichever "
         "zones its hosts are in.",
         "give the spoke a subnet in another zone");
