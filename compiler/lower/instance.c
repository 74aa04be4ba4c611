/* Servers: machine, role and image as a controller has them, and the join to a domain. */
#include "lower/ad.h"
#include "lower/desired.h"

/* Hosts from which a directory is managed belong to its phase, all others to the workloads. */
static enum had_phase phase_of(const struct had_lowering *l, const struct had_object *instance)
{
    had_each_object(directory, had_spec_kind(l->spec, "directory")) {
        if (had_get_object(directory, "manage-from") == instance)
            return HAD_PHASE_RESOURCE_FOREST;
    }
    return HAD_PHASE_WORKLOADS;
}

void had_lower_instance(struct had_lowering *l)
{
    had_each_object(instance, had_spec_kind(l->spec, "instance")) {
        const struct had_object *subnet = had_get_object(instance, "subnet");
        const struct had_object *spoke = had_get_object(instance, "spoke");
        if (!subnet || !spoke)
            continue;
        enum had_phase phase = phase_of(l, instance);
        struct had_place place = had_place_own(l, instance, HAD_LAYER_WORKLOAD, phase);
        struct had_node *node =
            had_lower_node(l, instance, "AWS::EC2::Instance", "instance", HAD_NO_KEY, place);
        had_lower_primary(l, node, instance, "InstanceId");
        had_lower_set(l, node, "PrivateIpAddress", instance, "address");
        had_lower_read(l, node, "SubnetId", had_lower_find(l, subnet, "subnet", HAD_NO_KEY),
                       "SubnetId", had_get_span(instance, "subnet"));
        if (instance->existing)
            continue;
        had_machine_image(l, node, instance, place);
        had_machine_basics(l, node, instance,
                           had_machine_linux(instance) ? "/dev/xvda" : "/dev/sda1");
        if (had_get_bool(instance, "protect"))
            had_lower_bool(l, node, "DisableApiTermination", true,
                           had_get_span(instance, "protect"));
        struct had_prop *groups = had_prop_stated_groups(l, instance);
        if (!groups) {
            struct had_group *members =
                had_lower_members_group(l, spoke, had_object_account(instance), phase);
            groups = had_prop_list(l->graph, instance->span);
            had_prop_append(l->graph, groups, had_group_id(l, members, instance->span));
        }
        had_node_set(l->graph, node, "SecurityGroupIds", groups);
        if (had_get_text(instance, "profile").len)
            had_lower_set(l, node, "IamInstanceProfile", instance, "profile");
        else
            had_lower_read(l, node, "IamInstanceProfile",
                           had_machine_profile(l, instance, place, had_present(instance, "join")),
                           "InstanceProfileName", instance->span);
        had_lower_tags(l, node, instance, had_outside_name(l->arena, instance));
        had_lower_connected(l, node, subnet, true, instance->span);
    }
}

/* ---- joins ---- */

/* A connector through which an instance may join a domain that is not a directory. */
static const struct had_object *connector_for(struct had_lowering *l,
                                              const struct had_object *instance,
                                              const struct had_object *domain)
{
    had_each_object(connector, had_spec_kind(l->spec, "connector")) {
        if (had_get_object(connector, "domain") == domain &&
            had_object_account(connector) == had_object_account(instance) &&
            had_object_region(connector) == had_object_region(instance))
            return connector;
    }
    return NULL;
}

static void parameter(struct had_lowering *l, struct had_node *join, const char *name,
                      struct had_prop *value, struct had_span span)
{
    struct had_prop *list = had_prop_list(l->graph, span);
    had_prop_append(l->graph, list, value);
    had_str path = had_str_printf(l->arena, "Parameters.%s", name);
    had_node_set(l->graph, join, had_str_cstr(l->arena, path), list);
}

/*
 * Linux joins with an account of its own, whose secret has a name that AWS prescribes (Directory
 * Service admin guide, "Join a Linux instance").
 */
static void linux_secret(struct had_lowering *l, const struct had_object *instance,
                         const struct had_node *machine, struct had_prop *directory)
{
    struct had_prop *stated =
        had_prop_of_secret(l, had_get(instance, "join-as"), machine->context, NULL);
    if (stated) {
        had_machine_secret(l, instance, stated);
        return;
    }
    struct had_prop *head = had_prop_arn(l, machine->context, "secretsmanager", true,
                                         HAD_STR("secret:aws/directory-services/"), instance->span);
    struct had_prop *arn = had_prop_format(l->graph, instance->span);
    for (uint32_t i = 0; head->tag == HAD_PROP_FORMAT && i < head->items.count; i++)
        had_prop_append(l->graph, arn, head->items.items[i]);
    if (head->tag != HAD_PROP_FORMAT)
        had_prop_append(l->graph, arn, head);
    had_prop_append(l->graph, arn, directory);
    had_prop_append(l->graph, arn,
                    had_prop_c(l->graph, "/seamless-domain-join-??????", instance->span));
    had_machine_secret_arn(l, instance, arn);
}

static void seamless(struct had_lowering *l, const struct had_object *instance,
                     struct had_node *machine, const struct had_object *domain, struct had_node *on,
                     const char *attribute)
{
    const struct had_object *spoke = had_get_object(instance, "spoke");
    struct had_span span = had_get_span(instance, "join");
    struct had_place place = had_place_at(machine->context, HAD_LAYER_WORKLOAD, machine->phase);
    struct had_node *join =
        had_lower_node(l, instance, "AWS::SSM::Association", "join", HAD_NO_KEY, place);
    had_lower_c(l, join, "Name", "AWS-JoinDirectoryServiceDomain", span);
    had_lower_text(l, join, "AssociationName",
                   had_str_printf(l->arena, "had-join-" HAD_FMT,
                                  HAD_ARG(had_lower_name(l, instance, "_-.", 100))),
                   span);
    struct had_prop *target = had_prop_map(l->graph, span);
    struct had_prop *values = had_prop_list(l->graph, span);
    struct had_prop *targets = had_prop_list(l->graph, span);
    had_prop_append(l->graph, values, had_prop_read(l->graph, machine, "InstanceId", span));
    had_prop_put(l->graph, target, "Key", had_prop_c(l->graph, "InstanceIds", span));
    had_prop_put(l->graph, target, "Values", values);
    had_prop_append(l->graph, targets, target);
    had_node_set(l->graph, join, "Targets", targets);
    parameter(l, join, "directoryId", had_prop_read(l->graph, on, attribute, span), span);
    parameter(l, join, "directoryName", had_prop_text(l->graph, had_domain_name(domain), span),
              span);
    if (had_get_text(instance, "ou").len)
        parameter(
            l, join, "directoryOU",
            had_prop_text(l->graph, had_get_text(instance, "ou"), had_get_span(instance, "ou")),
            span);
    /* Where a rule answers for the domain, the machine keeps its own DNS and with it the endpoints.
     */
    if (!had_rule_answers(l, spoke, had_domain_name(domain))) {
        struct had_prop *dns =
            had_prop_dns(l, domain, had_get(domain, "dns"), had_region_code(instance), span);
        if (dns)
            had_node_set(l->graph, join, "Parameters.dnsIpAddresses", dns);
    }
    had_lower_int(l, join, "WaitForSuccessTimeoutSeconds", 1800, span);
    had_lower_tags(l, join, instance, (had_str){0});
    had_lower_finds(l, join, spoke, had_domain_name(domain), span);
    if (had_machine_linux(instance))
        linux_secret(l, instance, machine, had_prop_read(l->graph, on, attribute, span));

    /* Its unit is there before the computer is put into it. */
    struct had_value_list units = had_get_list(domain, "ous");
    for (uint32_t i = 0; i < units.count; i++) {
        if (!had_str_eq_nocase(units.items[i].text, had_get_text(instance, "ou")) ||
            had_get_object(domain, "manage-from") == instance)
            continue;
        struct had_node *made =
            had_lower_find(l, domain, had_is(domain, "directory") ? "ous" : "domain", HAD_NO_KEY);
        had_lower_edge(l, join, made, HAD_AFTER, HAD_UNTIL_READY,
                       "the unit is there before a computer joins into it",
                       had_get_span(instance, "ou"));
    }
}

/* A domain without directory or connector in the account: the machine joins by itself, or a person
 * joins it. */
static void by_itself(struct had_lowering *l, const struct had_object *instance,
                      struct had_node *machine, const struct had_object *domain)
{
    const struct had_object *forest = had_forest_of(domain);
    struct had_span span = had_get_span(instance, "join");
    struct had_prop *credential = had_promotion_secret(l, domain, machine->context);
    if (had_machine_linux(instance) || !credential) {
        struct had_node *gate = had_lower_gate(
            l, instance, "join", HAD_NO_KEY,
            had_str_printf(l->arena, "server team of " HAD_FMT, HAD_ARG(instance->label)),
            machine->phase,
            had_str_printf(l->arena, "Join " HAD_FMT " to " HAD_FMT ".",
                           HAD_ARG(had_outside_name(l->arena, instance)),
                           HAD_ARG(had_domain_name(domain))),
            "on the machine", "", "leave the domain again");
        had_lower_need(l, gate, machine, "a machine is there before it joins", span);
        return;
    }
    struct had_desired desired =
        had_desired_begin(l, instance, "join", HAD_NO_KEY, forest, HAD_DESIRED_DIRECTORY, instance,
                          HAD_LAYER_WORKLOAD, machine->phase);
    had_desired_add(&desired, "WaitForADDomain", HAD_STR("Domain"), span);
    had_desired_text(&desired, "DomainName", had_domain_name(domain), span);
    had_desired_put(&desired, "Credential", credential);
    had_desired_int(&desired, "WaitTimeout", 900, span);
    had_desired_join(&desired, had_lower_name(l, instance, "-", 15), had_domain_name(domain),
                     credential, instance->name_span);
    if (had_get_text(instance, "ou").len)
        had_desired_text(&desired, "JoinOU", had_get_text(instance, "ou"),
                         had_get_span(instance, "ou"));
    had_machine_secret(l, instance, credential);
    had_lower_finds(l, desired.node, had_get_object(instance, "spoke"), had_domain_name(domain),
                    span);
    const struct had_object *first = had_first_controller(l, domain, false);
    if (first)
        had_lower_edge(l, desired.node, had_lower_find(l, first, "configuration", HAD_NO_KEY),
                       HAD_AFTER, HAD_UNTIL_READY, "a domain answers before machines join it",
                       span);
    had_desired_deliver(&desired, instance, HAD_DESIRED_DIRECTORY, forest);
}

static void join(struct had_lowering *l, const struct had_object *instance)
{
    const struct had_object *domain = had_get_object(instance, "join");
    struct had_node *machine = had_host_node(l, instance);
    if (!domain || !machine || instance->existing)
        return;
    if (!had_is(domain, "directory")) {
        const struct had_object *connector = connector_for(l, instance, domain);
        if (connector)
            seamless(l, instance, machine, domain,
                     had_lower_find(l, connector, "connector", HAD_NO_KEY), "Id");
        else
            by_itself(l, instance, machine, domain);
        return;
    }
    const struct had_object *account = had_object_account(instance);
    const struct had_object *region = had_object_region(instance);
    struct had_node *on = had_lower_find(l, domain, "directory", HAD_NO_KEY);
    if (!on)
        return;
    if (region != had_object_region(domain) && !had_directory_replica(domain, region)) {
        struct had_diag *d =
            had_report(l->diags, &HAD0761, had_get_span(instance, "join"),
                       "`" HAD_FMT "` joins `" HAD_FMT "`, which has no controllers in " HAD_FMT,
                       HAD_ARG(instance->address), HAD_ARG(domain->address), HAD_ARG(region->name));
        had_diag_address(d, instance->address);
        had_diag_label(d, domain->span, "it stands in " HAD_FMT, HAD_ARG(had_region_code(domain)));
        had_diag_help(d, "write `replica " HAD_FMT " in spoke …` in the directory's body",
                      HAD_ARG(region->name));
        return;
    }
    if (account == had_object_account(domain)) {
        seamless(l, instance, machine, domain, on, "Id");
        return;
    }
    /* A consumer knows the directory by an id of its own; without a share rule SHARE006 stops the
     * build. */
    struct had_node *shared = had_share_of(l, domain, account, had_region_code(instance));
    if (shared)
        seamless(l, instance, machine, domain, shared, "SharedDirectoryId");
}

void had_lower_join(struct had_lowering *l)
{
    had_each_object(instance, had_spec_kind(l->spec, "instance"))
        join(l, instance);
    /* What is configured on a host that joins waits until it has joined. */
    for (uint32_t i = 0; i < l->graph->nodes.count; i++) {
        struct had_node *node = l->graph->nodes.items[i];
        if (node->class != HAD_CONFIGURATION || !node->context->machine)
            continue;
        const struct had_node *joined =
            had_graph_find(l->graph, had_node_address(l->arena, node->context->machine->object,
                                                      "join", HAD_NO_KEY));
        had_lower_edge(l, node, joined, HAD_AFTER, HAD_UNTIL_READY,
                       "the host works on the directory once it has joined", node->origin->span);
    }
}
