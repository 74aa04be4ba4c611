/*
 * How configurations come to their machines: a bucket for each account and Region, from which
 * machines read what is theirs, and two Systems Manager associations for each machine, forest and
 * role. One applies the configuration once, the other reports what differs from it later.
 */
#include "lower/ad.h"
#include "lower/desired.h"

#include <string.h>

/* How often differences are asked for. Nothing is repaired by itself. */
#define WATCH "rate(6 hours)"

static const struct {
    const char *word, *compliance;
} roles[] = {
    [HAD_DESIRED_FOREST] = {"forest", "Forest"},
    [HAD_DESIRED_CONTROLLER] = {"domain-controller", "DomainController"},
    [HAD_DESIRED_FORWARDERS] = {"forwarders", "Forwarders"},
    [HAD_DESIRED_TRUST] = {"trust", "Trust"},
    [HAD_DESIRED_ACCOUNTS] = {"accounts", "Accounts"},
    [HAD_DESIRED_DIRECTORY] = {"directory-admin", "DirectoryAdmin"},
};

const char *had_desired_role_word(enum had_desired_role role)
{
    return roles[role].word;
}

/* ---- the bucket ---- */

static struct had_prop *flags(struct had_lowering *l, const char *const *names,
                              struct had_span span)
{
    struct had_prop *map = had_prop_map(l->graph, span);
    for (; *names; names++)
        had_prop_put(l->graph, map, *names, had_prop_bool(l->graph, true, span));
    return map;
}

static struct had_prop *list_of(struct had_lowering *l, struct had_prop *item)
{
    struct had_prop *list = had_prop_list(l->graph, item->span);
    had_prop_append(l->graph, list, item);
    return list;
}

static struct had_prop *pair(struct had_lowering *l, const char *key, struct had_prop *value)
{
    struct had_prop *map = had_prop_map(l->graph, value->span);
    had_prop_put(l->graph, map, key, value);
    return map;
}

/* Earlier versions are there to go back to, and go after a while. */
static struct had_prop *lifecycle(struct had_lowering *l, struct had_span span)
{
    struct had_graph *g = l->graph;
    struct had_prop *rule = had_prop_map(g, span);
    had_prop_put(g, rule, "Id", had_prop_c(g, "earlier-versions", span));
    had_prop_put(g, rule, "Status", had_prop_c(g, "Enabled", span));
    had_prop_put(g, rule, "NoncurrentVersionExpiration",
                 pair(l, "NoncurrentDays", had_prop_int(g, 90, span)));
    had_prop_put(g, rule, "AbortIncompleteMultipartUpload",
                 pair(l, "DaysAfterInitiation", had_prop_int(g, 7, span)));
    return list_of(l, rule);
}

static void transport(struct had_lowering *l, struct had_node *policy,
                      const struct had_context *context, struct had_span span)
{
    struct had_graph *g = l->graph;
    had_str arn = had_str_printf(l->arena, "arn:" HAD_FMT ":s3:::", HAD_ARG(context->partition));
    struct had_prop *document = had_policy_document(l, span);
    struct had_prop *statement = had_prop_map(g, span);
    struct had_prop *resources = had_prop_list(g, span);
    had_prop_append(g, resources, had_artifact_bucket(l, context, arn, HAD_NO_KEY, span));
    had_prop_append(g, resources, had_artifact_bucket(l, context, arn, HAD_STR("/*"), span));
    had_prop_put(g, statement, "Sid", had_prop_c(g, "EncryptedTransportOnly", span));
    had_prop_put(g, statement, "Effect", had_prop_c(g, "Deny", span));
    had_prop_put(g, statement, "Principal", had_prop_c(g, "*", span));
    had_prop_put(g, statement, "Action", had_prop_c(g, "s3:*", span));
    had_prop_put(g, statement, "Resource", resources);
    had_prop_put(g, statement, "Condition",
                 pair(l, "Bool", pair(l, "aws:SecureTransport", had_prop_c(g, "false", span))));
    had_prop_append(g, document->entries.items[1].value, statement);
    had_node_set(g, policy, "PolicyDocument", document);
}

/*
 * ACCOUNT:artifacts[REGION] and its policy, made when the first machine there asks. Whoever may
 * write to it decides what runs as the system on domain controllers, so nobody is let in here:
 * machines by their roles, the people who upload by theirs.
 */
struct had_node *had_artifact_policy(struct had_lowering *l, const struct had_object *host,
                                     enum had_phase phase)
{
    static const char *const blocks[] = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                                         "RestrictPublicBuckets", NULL};
    struct had_graph *g = l->graph;
    const struct had_object *account = had_object_account(host);
    const struct had_context *context = had_host_node(l, host)->context;
    const struct had_object *owner = account ? account : host;
    struct had_node *known = had_lower_find(l, owner, "artifact-policy", context->region);
    if (known) {
        if (phase < known->phase) {
            known->phase = phase;
            had_lower_find(l, owner, "artifacts", context->region)->phase = phase;
        }
        return known;
    }
    struct had_span span = owner->span;
    struct had_place place = had_place_at(context, HAD_LAYER_NETWORK, phase);
    struct had_node *bucket =
        had_lower_node(l, owner, "AWS::S3::Bucket", "artifacts", context->region, place);
    bucket->protect = HAD_PROTECT_KEEP; /* with objects in it, it cannot go */
    bucket->description =
        HAD_STR("What the machines of this account and Region are to be: compiled "
                "configurations, and the PowerShell modules that they need.");
    had_node_set(g, bucket, "BucketName",
                 had_artifact_bucket(l, context, HAD_NO_KEY, HAD_NO_KEY, span));
    had_node_set(g, bucket, "PublicAccessBlockConfiguration", flags(l, blocks, span));
    had_lower_c(l, bucket, "VersioningConfiguration.Status", "Enabled", span);
    had_node_set(g, bucket, "BucketEncryption.ServerSideEncryptionConfiguration",
                 list_of(l, pair(l, "ServerSideEncryptionByDefault",
                                 pair(l, "SSEAlgorithm", had_prop_c(g, "AES256", span)))));
    had_node_set(
        g, bucket, "OwnershipControls.Rules",
        list_of(l, pair(l, "ObjectOwnership", had_prop_c(g, "BucketOwnerEnforced", span))));
    had_node_set(g, bucket, "LifecycleConfiguration.Rules", lifecycle(l, span));
    had_lower_tags(l, bucket, owner, HAD_NO_KEY);
    struct had_node *policy = had_lower_node(l, owner, "AWS::S3::BucketPolicy", "artifact-policy",
                                             context->region, place);
    policy->description = HAD_NO_KEY;
    had_lower_read(l, policy, "Bucket", bucket, "BucketName", span);
    transport(l, policy, context, span);
    return policy;
}

/* ---- associations ---- */

/* Letters and digits of a name: behind its colon a compliance type takes no more, and `_`. */
static had_str compliance_word(struct had_lowering *l, had_str name)
{
    char *out = had_arena_alloc(l->arena, (size_t)name.len + 1);
    uint32_t length = 0;
    for (uint32_t i = 0; i < name.len && length < 32; i++) {
        char c = name.ptr[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
            bool first = i == 0 || name.ptr[i - 1] == '-';
            out[length++] = first && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        }
    }
    return (had_str){out, length};
}

static struct had_node *association(struct had_desired *desired, const struct had_object *host,
                                    enum had_desired_role role, const struct had_object *forest,
                                    had_str key, bool watch)
{
    struct had_lowering *l = desired->l;
    const struct had_node *machine = had_host_node(l, host);
    struct had_place place =
        had_place_at(machine->context, desired->node->layer, desired->node->phase);
    struct had_node *node =
        had_lower_node(l, host, "had::DscDelivery", watch ? "watch" : "delivery", key, place);
    if (had_node_get(node, "InstanceId"))
        return node;
    struct had_span span = host->span;
    had_str name = had_lower_name(l, host, "-", 15);
    /* The local configuration manager does one thing at a time. */
    node->lane = had_str_printf(l->graph->arena, "dsc " HAD_FMT, HAD_ARG(machine->address));
    node->lane_width = 1;
    had_lower_text(l, node, "AssociationName",
                   had_desired_name(l, had_str_printf(l->arena, "had-" HAD_FMT "-" HAD_FMT "-%s%s",
                                                      HAD_ARG(forest->label), HAD_ARG(name),
                                                      roles[role].word, watch ? "-drift" : "")),
                   span);
    had_lower_read(l, node, "InstanceId", machine, "InstanceId", span);
    had_lower_c(l, node, "Document", "AWS-ApplyDSCMofs", span);
    /* The file that the back end writes (emit/dsc/dsc.h), and where the machine finds it. */
    had_lower_text(l, node, "Configuration",
                   had_str_printf(l->arena, "dsc/" HAD_FMT "/%s/" HAD_FMT ".mof",
                                  HAD_ARG(forest->label), roles[role].word, HAD_ARG(name)),
                   span);
    had_node_set(l->graph, node, "Bucket",
                 had_artifact_bucket(l, machine->context, HAD_NO_KEY, HAD_NO_KEY, span));
    if (watch)
        had_lower_c(l, node, "ScheduleExpression", WATCH, span);
    had_lower_c(l, node, "Parameters.MofOperationMode", watch ? "ReportOnly" : "Apply", span);
    /* Where a resource asks for it, then the rest: a promotion asks twice. */
    had_lower_c(l, node, "Parameters.RebootBehavior", watch ? "Never" : "Immediately", span);
    had_lower_c(l, node, "Parameters.AllowPSGalleryModuleSource", "False", span);
    /* One for each association of a machine: the last report of a type replaces that before. */
    had_lower_text(l, node, "Parameters.ComplianceType",
                   had_str_printf(l->arena, "Custom:Had" HAD_FMT "%s%s",
                                  HAD_ARG(compliance_word(l, forest->label)),
                                  roles[role].compliance, watch ? "Drift" : ""),
                   span);
    return node;
}

struct had_node *had_desired_deliver(struct had_desired *desired, const struct had_object *host,
                                     enum had_desired_role role, const struct had_object *forest)
{
    struct had_lowering *l = desired->l;
    had_str key = had_str_c(roles[role].word);
    if (role == HAD_DESIRED_CONTROLLER)
        key = HAD_NO_KEY;
    else if (role == HAD_DESIRED_DIRECTORY)
        key = forest->address;
    struct had_node *delivery = association(desired, host, role, forest, key, false);
    struct had_node *watch = association(desired, host, role, forest, key, true);
    struct had_span span = desired->node->origin->span;
    had_lower_need(l, delivery, desired->node, "a configuration is delivered once it is written",
                   span);
    had_lower_need(l, watch, delivery, "what is watched was applied before", span);
    had_machine_bucket(l, host,
                       had_str_printf(l->arena, HAD_FMT ".%s." HAD_FMT, HAD_ARG(forest->label),
                                      roles[role].word, HAD_ARG(had_lower_name(l, host, "-", 15))));
    return delivery;
}

/* ---- the order across machines ---- */

struct wait {
    struct had_node *from, *to;
    enum had_until until;
    const char *why;
    struct had_span span;
};

/*
 * Who waits for a configuration waits until it was delivered, and the delivery of a configuration
 * that waits for another waits for that one's. So the order holds where Systems Manager applies
 * them as it does where people do.
 */
void had_lower_deliveries(struct had_lowering *l)
{
    struct had_map deliveries = {0}; /* configuration → its delivery */
    had_array(struct wait) waits = {0};
    had_each(struct had_edge *, edge, &l->graph->edges)
        if (had_str_is((*edge)->from->role, "delivery") && (*edge)->to->class == HAD_CONFIGURATION)
            had_map_put(l->arena, &deliveries, (uintptr_t)(*edge)->to, (uintptr_t)(*edge)->from);
    had_each(struct had_edge *, at, &l->graph->edges) {
        const struct had_edge *edge = *at;
        const uint64_t *found = had_map_get(&deliveries, (uintptr_t)edge->to);
        if (!found || edge->kind == HAD_OUTLIVES ||
            had_str_is(edge->from->type_name, "had::DscDelivery"))
            continue;
        struct had_node *to = (struct had_node *)(uintptr_t)*found, *from = edge->from;
        const uint64_t *own = had_map_get(&deliveries, (uintptr_t)from);
        if (own)
            from = (struct had_node *)(uintptr_t)*own;
        if (from != to)
            *had_push(l->arena, &waits) =
                (struct wait){from, to, edge->until, edge->why, edge->span};
    }
    had_each(struct wait, wait, &waits)
        had_lower_edge(l, wait->from, wait->to, HAD_AFTER, wait->until, wait->why, wait->span);
}
