/* NET: room in networks and subnets, quotas of VPCs, and what filters an attachment. */
#include "check/rules/rule.h"

#include "schema/facts.h"

static void net014(struct had_check *check)
{
    had_owned_list places = {0};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_object *account = had_object_account(spoke),
                                *region = had_object_region(spoke);
        had_str what = had_str_printf(check->arena, "spoke `" HAD_FMT "`",
                                      HAD_ARG(had_query_path(check, spoke)));
        if (account && region)
            *had_push(check->arena, &places) = (struct had_owned){account, region, spoke};
        uint64_t subnets = 0;
        had_each(const struct had_object *const, child, &spoke->children)
            subnets += had_is(*child, "subnet");
        struct had_quota_use use = {"vpc ranges", "range", "ranges", account, region, false};
        had_query_quota(check, &use, spoke, had_query_span(spoke, "secondary-cidrs"), what,
                        1 + (uint64_t)had_get_list(spoke, "secondary-cidrs").count);
        use = (struct had_quota_use){"vpc subnets", "subnet", "subnets", account, region, false};
        had_query_quota(check, &use, spoke, spoke->span, what, subnets);
    }
    had_query_sort_owned(&places);
    for (uint32_t i = 0, end; i < places.count; i = end) {
        end = had_query_run(&places, i);
        const struct had_object *account = places.items[i].a, *region = places.items[i].b;
        struct had_quota_use use = {"vpcs", "spoke", "spokes", account, region, false};
        had_query_quota(
            check, &use, places.items[end - 1].object, places.items[end - 1].object->span,
            had_str_printf(check->arena, "account `" HAD_FMT "` in " HAD_FMT,
                           HAD_ARG(had_query_path(check, account)), HAD_ARG(region->label)),
            end - i);
    }
}

HAD_RULE(NET014, HAD_PHASE_FOUNDATION, "O(n log n) in spokes and subnets", net014,
         "a quota of networks",
         "AWS admits five VPCs in an account and Region, five IPv4 ranges and 200 subnets in a "
         "VPC, until the quota is raised.",
         "have the quota raised and state it with `quota`, or use fewer");

/* ---- room in a subnet ---- */

/* What takes the last of a subnet's addresses; NULL if nothing stands in it. */
static const struct had_object *last_in(struct had_check *check, const struct had_object *subnet)
{
    static const char *const kinds[][2] = {
        {"controller", "subnet"}, {"instance", "subnet"},   {"nat", "subnet"},
        {"resolver", "subnets"},  {"connector", "subnets"}, {"endpoint", "subnets"},
        {"directory", "subnets"}, {"replica", "subnets"},   {"spoke", "attachment-subnets"},
    };
    const struct had_object *last = NULL;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const had_objects *users = had_index_users(check, kinds[k][0], kinds[k][1], subnet);
        if (users->count)
            last = users->items[users->count - 1];
    }
    return last;
}

static void net015(struct had_check *check)
{
    const int64_t reserved = had_fact_quota_value("vpc reserved addresses of a subnet", NULL);
    had_each_object(subnet, had_spec_kind(check->spec, "subnet")) {
        const struct had_value *cidr = had_get(subnet, "cidr"), *free = had_get(subnet, "free");
        if (free->tag != HAD_VALUE_INT || free->number >= 0)
            continue;
        const struct had_object *last = last_in(check, subnet);
        int64_t room = ((int64_t)1 << (32 - cidr->cidr.length)) - reserved;
        if (!last)
            continue; /* a range so small that AWS keeps all of it: told where it is read */
        struct had_diag *d = had_rule_report(
            check, subnet, had_query_span(subnet, "cidr"),
            "subnet `" HAD_FMT "` has %lld free addresses, and %lld are planned in it",
            HAD_ARG(had_query_path(check, subnet)), (long long)(room > 0 ? room : 0),
            (long long)(room - free->number));
        had_diag_label(d, last->span, "%s `" HAD_FMT "` is among them", last->kind->name,
                       HAD_ARG(had_query_path(check, last)));
        had_diag_note(d, "AWS keeps the first four addresses of a subnet and the last one");
    }
}

HAD_RULE(NET015, HAD_PHASE_FOUNDATION, "O(n) in hosts and subnets", net015,
         "a subnet without room for what stands in it",
         "Every host, endpoint, resolver and attachment takes an address of its subnet, of which "
         "AWS keeps five.",
         "choose a larger range, or spread the hosts over more subnets");

/* ---- what DHCP says ---- */

static void net022(struct had_check *check)
{
    const struct had_range_index *local = had_index_facts(check, "vpc resolver address");
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_value *dhcp = had_get(spoke, "dhcp"), *cidr = had_get(spoke, "cidr");
        struct had_ip second;
        bool known = cidr->tag == HAD_VALUE_CIDR && had_cidr_host(cidr->cidr, 2, &second);
        for (uint32_t i = 0; dhcp->tag == HAD_VALUE_MAP && i < dhcp->map.count; i++) {
            const struct had_value *dns = dhcp->map.entries[i].value, *ours = NULL, *other = NULL;
            if (!had_str_is(dhcp->map.entries[i].key, "dns") || dns->tag != HAD_VALUE_LIST)
                continue;
            for (uint32_t n = 0; n < dns->list.count; n++) {
                const struct had_value *v = &dns->list.items[n];
                if (v->tag != HAD_VALUE_IP)
                    continue;
                bool aws = had_range_holder(local, had_query_host(v->ip)) ||
                           (known && had_ip_cmp(v->ip, second) == 0);
                ours = aws && !ours ? v : ours;
                other = !aws && !other ? v : other;
            }
            if (!ours || !other)
                continue;
            struct had_diag *d =
                had_rule_report(check, spoke, had_value_span(ours),
                                "hosts of spoke `" HAD_FMT "` are told the VPC Resolver beside "
                                "other DNS servers",
                                HAD_ARG(had_query_path(check, spoke)));
            had_diag_label(d, had_value_span(other), "another server");
        }
    }
}

HAD_RULE_ADVISED(NET022, HAD_PHASE_FOUNDATION, "O(n) in DNS servers of DHCP options", net022,
                 "the VPC Resolver beside other DNS servers",
                 "A host asks whichever server it likes: what the one knows and the other does not "
                 "is found only sometimes.",
                 "name the VPC Resolver alone, by leaving `dns` out, or servers that know "
                 "everything");

/* ---- quotas of a table and an interface ---- */

static void net025(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "instance", "resolver", "endpoint"};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_object *fullest = NULL;
        uint64_t own = had_get_list(spoke, "routes").count, most = 0;
        had_each(const struct had_object *const, child, &spoke->children)
            own += had_is(*child, "route");
        had_each(const struct had_object *const, subnet, &spoke->children) {
            uint64_t routes = own;
            if (!had_is(*subnet, "subnet"))
                continue;
            had_each(const struct had_object *const, child, &(*subnet)->children)
                routes += had_is(*child, "route");
            if (fullest && routes <= most)
                continue;
            fullest = *subnet;
            most = routes;
        }
        if (!fullest)
            continue;
        struct had_quota_use use = {
            "vpc routes of a table",  "route", "routes", had_object_account(spoke),
            had_object_region(spoke), false};
        had_query_quota(check, &use, spoke, spoke->span,
                        had_str_printf(check->arena, "the table of subnet `" HAD_FMT "`",
                                       HAD_ARG(had_query_path(check, fullest))),
                        most);
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
            struct had_quota_use use = {"vpc security groups of an interface",
                                        "security group",
                                        "security groups",
                                        had_object_account(object),
                                        had_object_region(object),
                                        false};
            if (had_query_stated(object, "security-groups"))
                had_query_quota(check, &use, object, had_query_span(object, "security-groups"),
                                had_str_printf(check->arena, "%s `" HAD_FMT "`", kinds[k],
                                               HAD_ARG(had_query_path(check, object))),
                                had_query_refs(check, object, "security-groups").count);
        }
}

HAD_RULE(NET025, HAD_PHASE_FOUNDATION, "O(n) in routes and groups", net025,
         "a quota of a route table or an interface",
         "AWS admits 50 routes in a table and five groups on an interface, until the quota is "
         "raised.",
         "state `ranges` of the Regions: fewer, wider routes; or have the quota raised and state "
         "it with `quota`");

/* ---- filters of an attachment ---- */

static bool is_everything(const struct had_object *line, const char *side)
{
    struct had_value_list peers = had_get_list(line, side);
    const struct had_value *service = &line->subject;
    if (service->tag == HAD_VALUE_LIST && service->list.count)
        service = &service->list.items[0];
    bool all = service->tag == HAD_VALUE_SERVICE && service->service.count &&
               service->service.flows[0].protocol == HAD_PROTOCOL_ALL;
    for (uint32_t i = 0; i < peers.count; i++)
        if (all && peers.items[i].tag == HAD_VALUE_CIDR && peers.items[i].cidr.length == 0)
            return true;
    return false;
}

static void net026(struct had_check *check)
{
    struct had_map attached = {0};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects subnets = had_query_refs(check, spoke, "attachment-subnets");
        had_each(const struct had_object *, subnet, &subnets)
            if (had_str_is(had_get_text(*subnet, "use"), "attachment"))
                had_map_put(check->arena, &attached, (uintptr_t)*subnet, 1);
    }
    had_each_object(acl, had_spec_kind(check->spec, "acl")) {
        const struct had_object *subnet = NULL, *deny = NULL;
        bool in = false, out = false;
        had_objects subnets = had_query_refs(check, acl, "subnets");
        had_each(const struct had_object *, s, &subnets)
            subnet = !subnet && had_map_get(&attached, (uintptr_t)*s) ? *s : subnet;
        had_each(const struct had_object *const, line, &acl->children) {
            deny = !deny && had_is(*line, "deny") ? *line : deny;
            in |= had_is(*line, "allow") && is_everything(*line, "from");
            out |= had_is(*line, "allow") && is_everything(*line, "to");
        }
        if (!subnet || (in && out && !deny) || acl->existing)
            continue;
        struct had_diag *d = had_rule_report(
            check, acl, deny ? deny->span : acl->span,
            "network ACL `" HAD_FMT "` filters what passes the attachment of "
            "spoke `" HAD_FMT "`",
            HAD_ARG(acl->label), HAD_ARG(had_query_path(check, had_query_spoke(subnet))));
        had_diag_label(d, subnet->span, "subnet of the attachment");
    }
}

HAD_RULE(NET026, HAD_PHASE_FOUNDATION, "O(n) in lines of ACLs", net026,
         "a network ACL on an attachment",
         "An ACL on the subnet of an attachment meets traffic of all the other subnets, in both "
         "directions and without memory: what it drops is hard to find.",
         "filter at the subnets of the hosts, and leave those of the attachment open");
