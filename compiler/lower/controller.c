/* Domain controllers on EC2: machine, volumes, role and security groups. What runs on them:
 * forest.c. */
#include "lower/ad.h"

/*
 * One sort of peers of a controller, each a group of its own: an interface takes five, a group 60
 * rules. What a sort has no room for goes to further groups, which all sorts share, so that they
 * are as few as can be.
 */
static struct had_group *group_for(struct had_lowering *l, const struct had_object *controller,
                                   const char *sort, const char *description, const char *why)
{
    const struct had_object *forest = had_forest_of(controller);
    had_str purpose =
        had_str_printf(l->arena, "controllers " HAD_FMT "/%s", HAD_ARG(forest->label), sort);
    return had_lower_group(l, had_get_object(controller, "spoke"), had_object_account(controller),
                           purpose, description,
                           had_origin_derived(l, forest, had_str_c(why), forest->span),
                           HAD_PHASE_EXTENDED);
}

struct admission { /* who may reach one controller */
    struct had_lowering *l;
    const struct had_object *controller;
    had_array(struct had_group *) groups; /* of its interface */
};

static void admit_by(struct admission *a, struct had_group *group)
{
    had_each(struct had_group *, known, &a->groups)
        if (*known == group)
            return;
    had_group_all_out(a->l, group);
    *had_push(a->l->arena, &a->groups) = group;
}

static struct had_group *further_group(struct admission *a, uint32_t number)
{
    const char *sort =
        number ? had_str_cstr(a->l->arena, had_str_printf(a->l->arena, "further %u", number + 1))
               : "further";
    return group_for(a->l, a->controller, sort,
                     "What the other groups of the controllers lack room for",
                     "more rules than a group holds");
}

/* All ports of one peer stay together. */
static void admit_peer(struct admission *a, struct had_group *group, const char *flow,
                       unsigned when, struct had_peer peer)
{
    admit_by(a, group);
    for (uint32_t number = 0; !had_group_has_room(a->l, group, HAD_RULE_IN, flow, when, peer);
         number++)
        group = further_group(a, number);
    admit_by(a, group);
    had_group_flow(a->l, group, HAD_RULE_IN, flow, when, peer);
}

static void admit(struct admission *a, struct had_group *group, const char *flow, unsigned when,
                  const had_cidrs *ranges, had_str title, struct had_span span)
{
    admit_by(a, group);
    for (uint32_t i = 0; i < ranges->count; i++)
        admit_peer(a, group, flow, when,
                   (struct had_peer){.cidr = ranges->items[i], .title = title, .span = span});
}

static void groups_check(const struct admission *a)
{
    struct had_lowering *l = a->l;
    const struct had_object *controller = a->controller;
    int64_t limit = had_lower_quota(l, "vpc security groups of an interface",
                                    had_object_account(controller), had_object_region(controller));
    if ((int64_t)a->groups.count <= limit)
        return;
    struct had_diag *d =
        had_report(l->diags, &HAD0758, controller->span,
                   "controller `" HAD_FMT "` needs %u security groups; its interface takes %lld",
                   HAD_ARG(controller->label), a->groups.count, (long long)limit);
    had_diag_address(d, controller->address);
    had_diag_note(d, "a group holds %lld rules in one direction, one for each range and port",
                  (long long)had_lower_quota(l, "security group rules",
                                             had_object_account(controller),
                                             had_object_region(controller)));
    had_diag_help(d, "have a quota raised and declare it with `quota \"security group rules\"` or "
                     "`quota \"vpc security groups of an interface\"`, or state "
                     "`security-groups` of your own for the controller");
}

/* Members use near controllers; those of Regions without one come from there. */
static bool serves(struct had_lowering *l, const struct had_object *controller,
                   const struct had_object *region)
{
    if (had_object_region(controller) == region)
        return true;
    had_each_object(other, had_spec_kind(l->spec, "controller")) {
        if (had_forest_of(other) == had_forest_of(controller) && had_object_region(other) == region)
            return false;
    }
    return true;
}

static void members(struct admission *a)
{
    struct had_lowering *l = a->l;
    const struct had_object *controller = a->controller;
    struct had_group *group =
        group_for(l, controller, "members", "Members of the domain reach its controllers",
                  "ranges of the Regions whose members use the controllers");
    had_each_object(region, had_spec_kind(l->spec, "region")) {
        if (!serves(l, controller, region))
            continue;
        had_cidrs ranges = {0};
        had_cidrs_of(l, &ranges, had_get(region, "ranges"));
        admit(a, group, "member_dc", HAD_WHEN_LDAPS, &ranges, region->address,
              had_get_span(region, "ranges"));
    }
    admit_by(a, group);
}

static void partners(struct admission *a)
{
    struct had_lowering *l = a->l;
    const struct had_object *controller = a->controller;
    const struct had_object *forest = had_forest_of(controller);
    const struct had_object *spoke = had_get_object(controller, "spoke");
    const unsigned when = HAD_WHEN_LDAPS | HAD_WHEN_MANAGED | HAD_WHEN_RECOMMENDED;
    struct had_group *group =
        group_for(l, controller, "partners", "Controllers of the same forest replicate",
                  "controllers of the forest, on-premises and in AWS");
    had_str title = had_str_printf(l->arena, "controllers of " HAD_FMT, HAD_ARG(forest->address));
    had_cidrs ranges = {0};
    bool near = false;
    had_site_controllers(l, forest, &ranges);
    had_each_object(other, had_spec_kind(l->spec, "controller")) {
        if (other == controller || had_forest_of(other) != forest)
            continue;
        if (had_get_object(other, "spoke") == spoke && !other->existing &&
            had_object_account(other) == had_object_account(controller))
            near = true;
        else if (had_get(other, "address")->tag == HAD_VALUE_IP)
            *had_push(l->arena, &ranges) = (struct had_cidr){
                had_get(other, "address")->ip, had_ip_bits(had_get(other, "address")->ip)};
    }
    had_cidrs_aggregate(&ranges);
    if (near)
        admit_peer(a, group, "dc_dc", when,
                   (struct had_peer){.group = group, .title = title, .span = forest->span});
    admit(a, group, "dc_dc", when, &ranges, title, forest->span);
}

static bool covered(const had_cidrs *ranges, struct had_cidr range, bool itself)
{
    for (uint32_t i = 0; i < ranges->count; i++) {
        if (had_cidr_contains(ranges->items[i], range) &&
            (itself || !had_cidr_eq(ranges->items[i], range)))
            return true;
    }
    return false;
}

/* A range of one trust that another trust covers needs no rules of its own: a group holds few. */
static void trusts(struct admission *a)
{
    struct had_lowering *l = a->l;
    const struct had_object *controller = a->controller;
    const struct had_object *forest = had_forest_of(controller);
    had_cidrs all = {0}, done = {0};
    bool any = false;
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *other = had_trust_other(trust, forest);
        if (!other)
            continue;
        any = true;
        had_cidrs ranges = {0};
        had_trust_sources(l, other, &ranges);
        had_cidrs_aggregate(&ranges);
        for (uint32_t i = 0; i < ranges.count; i++)
            *had_push(l->arena, &all) = ranges.items[i];
    }
    if (!any)
        return;
    struct had_group *group = group_for(l, controller, "trusts", "Controllers of trusted domains",
                                        "trusts of the forest");
    had_each_object(trust, had_spec_kind(l->spec, "trust")) {
        const struct had_object *other = had_trust_other(trust, forest);
        if (!other)
            continue;
        had_cidrs ranges = {0}, own = {0};
        had_trust_sources(l, other, &ranges);
        had_cidrs_aggregate(&ranges);
        for (uint32_t i = 0; i < ranges.count; i++) {
            if (covered(&all, ranges.items[i], false) || covered(&done, ranges.items[i], true))
                continue;
            *had_push(l->arena, &own) = ranges.items[i];
            *had_push(l->arena, &done) = ranges.items[i];
        }
        admit(a, group, "trust", HAD_WHEN_CREATION | HAD_WHEN_LDAPS, &own, other->address,
              trust->span);
    }
    admit_by(a, group);
}

static void names(struct admission *a)
{
    struct had_lowering *l = a->l;
    const struct had_object *controller = a->controller;
    had_objects subnets = {0};
    had_resolver_sources(l, controller, &subnets);
    if (!subnets.count)
        return;
    struct had_group *group =
        group_for(l, controller, "names", "Resolvers forward queries to the controllers",
                  "forwards that have the controllers as targets");
    had_cidrs ranges = {0};
    had_each_object(subnet, &subnets)
        had_cidrs_of_object(l, &ranges, subnet);
    had_cidrs_aggregate(&ranges);
    admit(a, group, "resolver_outbound", 0, &ranges, HAD_STR("resolvers"), controller->span);
}

/* A data volume of its own, so that the directory outlives the machine's system disk. */
static void volume(struct had_lowering *l, const struct had_object *controller,
                   struct had_node *instance, const char *role, const char *attribute,
                   const char *device, struct had_place place)
{
    struct had_span span = had_get_span(controller, attribute);
    const struct had_object *subnet = had_get_object(controller, "subnet");
    struct had_node *volume =
        had_lower_node(l, controller, "AWS::EC2::Volume", role, HAD_NO_KEY, place);
    had_lower_primary(l, volume, controller, NULL);
    had_lower_read(l, volume, "AvailabilityZone", had_lower_find(l, subnet, "subnet", HAD_NO_KEY),
                   "AvailabilityZone", span);
    had_each(struct had_node *, share, &had_network_of(l, subnet)->shares)
        had_lower_sees(l, volume, *share, "a subnet of another account says its zone", span);
    had_lower_int(l, volume, "Size", had_gibibytes(had_get_int(controller, attribute)), span);
    had_lower_c(l, volume, "VolumeType", "gp3", span);
    had_lower_bool(l, volume, "Encrypted", true, span);
    had_lower_set(l, volume, "KmsKeyId", controller, "kms-key");
    had_lower_tags(l, volume, controller,
                   had_str_printf(l->arena, HAD_FMT " %s",
                                  HAD_ARG(had_outside_name(l->arena, controller)), role));
    const char *attach = had_str_cstr(l->arena, had_str_printf(l->arena, "%s-attachment", role));
    struct had_node *attachment =
        had_lower_node(l, controller, "AWS::EC2::VolumeAttachment", attach, HAD_NO_KEY, place);
    had_lower_read(l, attachment, "VolumeId", volume, "VolumeId", span);
    had_lower_read(l, attachment, "InstanceId", instance, "InstanceId", span);
    had_lower_c(l, attachment, "Device", device, span);
}

/* Controllers with domain-wide work left on them are demoted by a person before they go. */
static void demotion(struct had_lowering *l, const struct had_object *controller,
                     struct had_node *instance)
{
    const struct had_object *forest = had_forest_of(controller);
    had_str domain = had_domain_name(controller->parent);
    had_str name = had_lower_name(l, controller, "-", 15);
    had_str instruction = had_str_printf(l->arena,
                                         "Nothing to do while " HAD_FMT " serves " HAD_FMT
                                         ". Before it is destroyed: move operation "
                                         "masters away from it, demote it with "
                                         "Uninstall-ADDSDomainController, and see that its server "
                                         "object is gone from the site and its records from DNS.",
                                         HAD_ARG(name), HAD_ARG(domain));
    struct had_node *gate = had_lower_gate(
        l, controller, "demotion", HAD_NO_KEY,
        had_str_printf(l->arena, "directory team of " HAD_FMT, HAD_ARG(forest->label)),
        HAD_PHASE_EXTENDED, instruction, "Uninstall-ADDSDomainController on the controller",
        "destroy", "");
    had_lower_edge(l, instance, gate, HAD_OUTLIVES, HAD_UNTIL_READY,
                   "a controller is demoted before its machine is destroyed", controller->span);
}

void had_lower_controller(struct had_lowering *l)
{
    had_each_object(controller, had_spec_kind(l->spec, "controller")) {
        const struct had_object *subnet = had_get_object(controller, "subnet");
        if (!subnet)
            continue;
        struct had_place place =
            had_place_own(l, controller, HAD_LAYER_DOMAIN_CONTROLLERS, HAD_PHASE_EXTENDED);
        struct had_node *instance =
            had_lower_node(l, controller, "AWS::EC2::Instance", "instance", HAD_NO_KEY, place);
        had_lower_primary(l, instance, controller, "InstanceId");
        had_lower_set(l, instance, "PrivateIpAddress", controller, "address");
        had_lower_read(l, instance, "SubnetId", had_lower_find(l, subnet, "subnet", HAD_NO_KEY),
                       "SubnetId", had_get_span(controller, "subnet"));
        if (controller->existing)
            continue;
        had_machine_image(l, instance, controller, place);
        had_machine_basics(l, instance, controller, "/dev/sda1");
        had_lower_bool(l, instance, "DisableApiTermination", true, controller->span);
        struct had_prop *groups = had_prop_stated_groups(l, controller);
        if (!groups) {
            struct admission a = {.l = l, .controller = controller};
            members(&a);
            partners(&a);
            trusts(&a);
            names(&a);
            groups_check(&a);
            groups = had_prop_list(l->graph, controller->span);
            had_each(struct had_group *, group, &a.groups)
                had_prop_append(l->graph, groups, had_group_id(l, *group, controller->span));
        }
        had_node_set(l->graph, instance, "SecurityGroupIds", groups);
        struct had_node *profile = had_machine_profile(l, controller, place, false);
        had_lower_read(l, instance, "IamInstanceProfile", profile, "InstanceProfileName",
                       controller->span);
        had_lower_tags(l, instance, controller, had_outside_name(l->arena, controller));
        had_lower_connected(l, instance, subnet, true, controller->span);
        volume(l, controller, instance, "ntds", "ntds-disk", "xvdf", place);
        if (had_get_int(controller, "backup") > 0)
            volume(l, controller, instance, "backup", "backup-disk", "xvdg", place);
        demotion(l, controller, instance);
    }
}
