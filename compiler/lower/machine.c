/* Machines on EC2, controllers and joined servers alike: image, disks, role and what the role may
 * read. */
#include "lower/ad.h"

#include <stdlib.h>
#include <string.h>

int64_t had_gibibytes(int64_t bytes)
{
    const int64_t gibibyte = (int64_t)1 << 30;
    return bytes / gibibyte + (bytes % gibibyte ? 1 : 0);
}

bool had_machine_linux(const struct had_object *instance)
{
    had_str os = had_get_text(instance, "os");
    if (os.len)
        return had_str_is(os, "linux");
    return had_str_starts(had_get_text(instance, "image"), "amazon-linux");
}

/* ---- policy documents ---- */

had_str had_service_principal(struct had_lowering *l, const struct had_context *context,
                              const char *service)
{
    const char *suffix = had_str_is(context->partition, "aws-cn") ? ".cn" : "";
    /* Only EC2's principal differs in China; other services answer to one name everywhere. */
    if (strcmp(service, "ec2") != 0)
        suffix = "";
    return had_str_printf(l->arena, "%s.amazonaws.com%s", service, suffix);
}

struct had_prop *had_policy_document(struct had_lowering *l, struct had_span span)
{
    struct had_prop *document = had_prop_map(l->graph, span);
    had_prop_put(l->graph, document, "Version", had_prop_c(l->graph, "2012-10-17", span));
    had_prop_put(l->graph, document, "Statement", had_prop_list(l->graph, span));
    return document;
}

static struct had_prop *entry_of(struct had_prop *map, const char *key)
{
    for (uint32_t i = 0; i < map->entries.count; i++) {
        if (had_str_is(map->entries.items[i].key, key))
            return map->entries.items[i].value;
    }
    return NULL;
}

struct had_prop *had_policy_statement(struct had_lowering *l, struct had_prop *document,
                                      const char *sid, const char *const *actions,
                                      struct had_span span)
{
    struct had_graph *g = l->graph;
    struct had_prop *statement = had_prop_map(g, span);
    had_prop_put(g, statement, "Sid", had_prop_c(g, sid, span));
    had_prop_put(g, statement, "Effect", had_prop_c(g, "Allow", span));
    if (!actions[1]) {
        had_prop_put(g, statement, "Action", had_prop_c(g, actions[0], span));
    } else {
        struct had_prop *list = had_prop_list(g, span);
        for (; *actions; actions++)
            had_prop_append(g, list, had_prop_c(g, *actions, span));
        had_prop_put(g, statement, "Action", list);
    }
    had_prop_append(g, entry_of(document, "Statement"), statement);
    return statement;
}

/* `before`, the account's id, `after`: as text, or joined once the id is known. */
static struct had_prop *around_account(struct had_lowering *l, const struct had_context *context,
                                       had_str before, had_str after, struct had_span span)
{
    if (context->account_id.len)
        return had_prop_text(l->graph,
                             had_str_printf(l->arena, HAD_FMT HAD_FMT HAD_FMT, HAD_ARG(before),
                                            HAD_ARG(context->account_id), HAD_ARG(after)),
                             span);
    const struct had_object *account = had_spec_find(
        l->spec, had_str_printf(l->arena, "account " HAD_FMT, HAD_ARG(context->account)));
    struct had_prop *format = had_prop_format(l->graph, span);
    had_prop_append(l->graph, format, had_prop_text(l->graph, before, span));
    if (account)
        had_prop_append(l->graph, format, had_prop_account_id(l, account, span));
    had_prop_append(l->graph, format, had_prop_text(l->graph, after, span));
    return format;
}

struct had_prop *had_prop_arn(struct had_lowering *l, const struct had_context *context,
                              const char *service, bool regional, had_str resource,
                              struct had_span span)
{
    had_str region = regional ? context->region : (had_str){0};
    return around_account(l, context,
                          had_str_printf(l->arena, "arn:" HAD_FMT ":%s:" HAD_FMT ":",
                                         HAD_ARG(context->partition), service, HAD_ARG(region)),
                          had_str_printf(l->arena, ":" HAD_FMT, HAD_ARG(resource)), span);
}

/* A name for all accounts and partitions: `had-`, the spec, the account's id, the Region. */
struct had_prop *had_artifact_bucket(struct had_lowering *l, const struct had_context *context,
                                     had_str before, had_str after, struct had_span span)
{
    enum { SPEC_MAX = 63 - 4 - 1 - 12 - 1 - 14 }; /* of 63 characters that a bucket's name has */
    char spec[SPEC_MAX + 1];
    uint32_t length = 0;
    for (uint32_t i = 0; i < l->spec->name.len && length < SPEC_MAX; i++) {
        char c = l->spec->name.ptr[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        spec[length++] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
    }
    return around_account(
        l, context,
        had_str_printf(l->arena, HAD_FMT "had-%.*s-", HAD_ARG(before), (int)length, spec),
        had_str_printf(l->arena, "-" HAD_FMT HAD_FMT, HAD_ARG(context->region), HAD_ARG(after)),
        span);
}

/* ---- role and profile ---- */

static struct had_prop *managed_policy(struct had_lowering *l, const struct had_context *context,
                                       const char *name, struct had_span span)
{
    return had_prop_text(l->graph,
                         had_str_printf(l->arena, "arn:" HAD_FMT ":iam::aws:policy/%s",
                                        HAD_ARG(context->partition), name),
                         span);
}

struct had_node *had_machine_profile(struct had_lowering *l, const struct had_object *host,
                                     struct had_place place, bool directory)
{
    struct had_graph *g = l->graph;
    struct had_span span = host->span;
    const struct had_object *account = had_object_account(host);
    struct had_place global =
        had_place_at(had_context_global(l, account), place.layer, place.phase);
    struct had_node *role = had_lower_node(l, host, "AWS::IAM::Role", "role", HAD_NO_KEY, global);
    struct had_prop *document = had_policy_document(l, span);
    struct had_prop *statement = had_prop_map(g, span);
    struct had_prop *principal = had_prop_map(g, span);
    had_prop_put(g, principal, "Service",
                 had_prop_text(g, had_service_principal(l, place.context, "ec2"), span));
    had_prop_put(g, statement, "Effect", had_prop_c(g, "Allow", span));
    had_prop_put(g, statement, "Principal", principal);
    had_prop_put(g, statement, "Action", had_prop_c(g, "sts:AssumeRole", span));
    had_prop_append(g, entry_of(document, "Statement"), statement);
    had_node_set(g, role, "AssumeRolePolicyDocument", document);
    struct had_prop *managed = had_prop_list(g, span);
    had_prop_append(g, managed,
                    managed_policy(l, place.context, "AmazonSSMManagedInstanceCore", span));
    if (directory)
        had_prop_append(g, managed,
                        managed_policy(l, place.context, "AmazonSSMDirectoryServiceAccess", span));
    had_node_set(g, role, "ManagedPolicyArns", managed);
    had_lower_tags(l, role, host, had_outside_name(l->arena, host));

    struct had_node *profile =
        had_lower_node(l, host, "AWS::IAM::InstanceProfile", "profile", HAD_NO_KEY, global);
    struct had_prop *roles = had_prop_list(g, span);
    had_prop_append(g, roles, had_prop_read(g, role, "RoleName", span));
    had_node_set(g, profile, "Roles", roles);
    return profile;
}

/* ARN under which a role may read a secret: AWS adds six characters to a secret's name. */
static struct had_prop *secret_arn(struct had_lowering *l, const struct had_context *context,
                                   const struct had_prop *secret)
{
    if (had_str_starts(secret->secret->name, "arn:"))
        return had_prop_text(l->graph, secret->secret->name, secret->span);
    struct had_context owner = *context;
    if (secret->secret->account_id.len)
        owner.account_id = secret->secret->account_id;
    if (secret->secret->region.len)
        owner.region = secret->secret->region;
    return had_prop_arn(
        l, &owner, "secretsmanager", true,
        had_str_printf(l->arena, "secret:" HAD_FMT "-??????", HAD_ARG(secret->secret->name)),
        secret->span);
}

static bool same(const struct had_prop *a, const struct had_prop *b)
{
    if (a->tag != b->tag)
        return false;
    if (a->tag == HAD_PROP_TEXT)
        return had_str_eq(a->text, b->text);
    if (a->tag == HAD_PROP_READ)
        return a->read.node == b->read.node &&
               had_str_eq(had_str_c(a->read.attribute), had_str_c(b->read.attribute));
    if (a->tag != HAD_PROP_FORMAT || a->items.count != b->items.count)
        return false;
    for (uint32_t i = 0; i < a->items.count; i++) {
        if (!same(a->items.items[i], b->items.items[i]))
            return false;
    }
    return true;
}

/* The statement of a role's only inline policy with this Sid; made when first asked for. */
static struct had_prop *inline_statement(struct had_lowering *l, struct had_node *role,
                                         const char *sid, const char *const *actions,
                                         struct had_span span)
{
    struct had_graph *g = l->graph;
    struct had_prop *policies = NULL;
    for (uint32_t i = 0; i < role->props.count; i++) {
        if (had_str_is(role->props.items[i].key, "Policies"))
            policies = role->props.items[i].value;
    }
    struct had_prop *document;
    if (!policies) {
        policies = had_prop_list(g, span);
        struct had_prop *policy = had_prop_map(g, span);
        document = had_policy_document(l, span);
        had_prop_put(g, policy, "PolicyName", had_prop_c(g, "had", span));
        had_prop_put(g, policy, "PolicyDocument", document);
        had_prop_append(g, policies, policy);
        had_node_set(g, role, "Policies", policies);
    } else {
        document = entry_of(policies->items.items[0], "PolicyDocument");
    }
    struct had_prop *statements = entry_of(document, "Statement");
    for (uint32_t i = 0; i < statements->items.count; i++) {
        struct had_prop *statement = statements->items.items[i];
        if (had_str_is(entry_of(statement, "Sid")->text, sid))
            return statement;
    }
    struct had_prop *statement = had_policy_statement(l, document, sid, actions, span);
    had_prop_put(g, statement, "Resource", had_prop_list(g, span));
    return statement;
}

void had_machine_secret_arn(struct had_lowering *l, const struct had_object *host,
                            struct had_prop *arn)
{
    static const char *const actions[] = {"secretsmanager:GetSecretValue",
                                          "secretsmanager:DescribeSecret", NULL};
    struct had_node *role = had_lower_find(l, host, "role", HAD_NO_KEY);
    if (!role)
        return;
    struct had_prop *statement = inline_statement(l, role, "ReadItsSecrets", actions, arn->span);
    struct had_prop *resources = entry_of(statement, "Resource");
    for (uint32_t i = 0; i < resources->items.count; i++) {
        if (same(resources->items.items[i], arn))
            return;
    }
    had_prop_append(l->graph, resources, arn);
}

/* A secret of another account lies under a key of its own there, which Secrets Manager uses for us.
 */
static void decrypt(struct had_lowering *l, const struct had_object *host,
                    const struct had_context *context, const struct had_prop *secret)
{
    static const char *const actions[] = {"kms:Decrypt", NULL};
    struct had_node *role = had_lower_find(l, host, "role", HAD_NO_KEY);
    had_str account = secret->secret->account_id;
    if (!role || !account.len || had_str_eq(account, context->account_id))
        return;
    had_str region = secret->secret->region.len ? secret->secret->region : context->region;
    struct had_prop *statement =
        inline_statement(l, role, "DecryptSecretsOfOthers", actions, secret->span);
    struct had_prop *resources = entry_of(statement, "Resource");
    struct had_prop *arn = had_prop_text(
        l->graph,
        had_str_printf(l->arena, "arn:" HAD_FMT ":kms:" HAD_FMT ":" HAD_FMT ":key/*",
                       HAD_ARG(context->partition), HAD_ARG(region), HAD_ARG(account)),
        secret->span);
    for (uint32_t i = 0; i < resources->items.count; i++) {
        if (same(resources->items.items[i], arn))
            return;
    }
    had_prop_append(l->graph, resources, arn);
    struct had_prop *service = had_prop_map(l->graph, secret->span);
    struct had_prop *condition = had_prop_map(l->graph, secret->span);
    had_prop_put(l->graph, service, "kms:ViaService",
                 had_prop_c(l->graph, "secretsmanager.*.amazonaws.com", secret->span));
    had_prop_put(l->graph, condition, "StringLike", service);
    had_prop_put(l->graph, statement, "Condition", condition);
}

void had_machine_secret(struct had_lowering *l, const struct had_object *host,
                        const struct had_prop *secret)
{
    struct had_node *machine = had_lower_find(l, host, "instance", HAD_NO_KEY);
    if (!machine || !secret)
        return;
    had_machine_secret_arn(l, host, secret_arn(l, machine->context, secret));
    decrypt(l, host, machine->context, secret);
}

/* Adds `resource` to what a statement allows, once. */
static void allow(struct had_lowering *l, struct had_prop *statement, struct had_prop *resource)
{
    struct had_prop *resources = entry_of(statement, "Resource");
    for (uint32_t i = 0; i < resources->items.count; i++) {
        if (same(resources->items.items[i], resource))
            return;
    }
    had_prop_append(l->graph, resources, resource);
}

void had_machine_bucket(struct had_lowering *l, const struct had_object *host, had_str file)
{
    static const char *const read[] = {"s3:GetObject", NULL};
    static const char *const list[] = {"s3:ListBucket", NULL};
    struct had_node *role = had_lower_find(l, host, "role", HAD_NO_KEY);
    if (!role)
        return;
    const struct had_context *context = had_lower_find(l, host, "instance", HAD_NO_KEY)->context;
    struct had_span span = host->span;
    had_str arn = had_str_printf(l->arena, "arn:" HAD_FMT ":s3:::", HAD_ARG(context->partition));
    struct had_prop *objects = inline_statement(l, role, "ReadItsConfigurations", read, span);
    allow(l, objects,
          had_artifact_bucket(l, context, arn,
                              had_str_printf(l->arena, "/" HAD_FMT ".*.mof", HAD_ARG(file)), span));
    allow(l, objects, had_artifact_bucket(l, context, arn, HAD_STR("/*.zip"), span));
    allow(l, inline_statement(l, role, "ListItsConfigurations", list, span),
          had_artifact_bucket(l, context, arn, HAD_NO_KEY, span));
}

/* ---- image and disks ---- */

/* AWS's public parameters that name the newest image; the look-up reads one once and keeps the id.
 */
static const struct {
    const char *word, *parameter;
} images[] = {
    {"windows-2016", "/aws/service/ami-windows-latest/Windows_Server-2016-English-Full-Base"},
    {"windows-2019", "/aws/service/ami-windows-latest/Windows_Server-2019-English-Full-Base"},
    {"windows-2022", "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"},
    {"windows-2025", "/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base"},
    {"amazon-linux-2023", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"},
};

/* Graviton families end in `g` behind their generation: m7g, t4g, c7gn, x2gd. */
static bool is_arm(had_str size)
{
    int64_t dot = had_str_find(size, '.');
    had_str family = dot < 0 ? size : had_str_slice(size, 0, (uint32_t)dot);
    uint32_t i = 0;
    while (i < family.len && (family.ptr[i] < '0' || family.ptr[i] > '9'))
        i++;
    while (i < family.len && family.ptr[i] >= '0' && family.ptr[i] <= '9')
        i++;
    return (i < family.len && family.ptr[i] == 'g') || had_str_is(family, "a1");
}

void had_machine_image(struct had_lowering *l, struct had_node *instance,
                       const struct had_object *host, struct had_place place)
{
    had_str image = had_get_text(host, "image");
    struct had_span span = had_get_span(host, "image");
    if (had_str_starts(image, "ami-")) {
        had_lower_text(l, instance, "ImageId", image, span);
        return;
    }
    had_str parameter = image;
    for (uint32_t i = 0; i < sizeof images / sizeof *images; i++) {
        if (!had_str_is(image, images[i].word))
            continue;
        parameter = had_str_c(images[i].parameter);
        if (had_str_starts(image, "amazon-linux"))
            parameter = had_str_printf(l->arena, HAD_FMT "%s", HAD_ARG(parameter),
                                       is_arm(had_get_text(host, "size")) ? "arm64" : "x86_64");
    }
    struct had_node *lookup =
        had_lower_node(l, host, "had::ImageLookup", "image", HAD_NO_KEY, place);
    had_lower_text(l, lookup, "Parameter", parameter, span);
    had_lower_read(l, instance, "ImageId", lookup, "ImageId", span);
}

void had_machine_basics(struct had_lowering *l, struct had_node *instance,
                        const struct had_object *host, const char *root_device)
{
    struct had_graph *g = l->graph;
    struct had_span disk = had_get_span(host, "disk");
    had_lower_set(l, instance, "InstanceType", host, "size");
    had_lower_bool(l, instance, "EbsOptimized", true, host->span);
    had_lower_c(l, instance, "MetadataOptions.HttpEndpoint", "enabled", host->span);
    had_lower_c(l, instance, "MetadataOptions.HttpTokens", "required", host->span);
    had_lower_int(l, instance, "MetadataOptions.HttpPutResponseHopLimit", 1, host->span);
    struct had_prop *ebs = had_prop_map(g, disk);
    had_prop_put(g, ebs, "VolumeType", had_prop_c(g, "gp3", disk));
    had_prop_put(g, ebs, "VolumeSize",
                 had_prop_int(g, had_gibibytes(had_get_int(host, "disk")), disk));
    had_prop_put(g, ebs, "Encrypted", had_prop_bool(g, true, disk));
    if (had_get_text(host, "kms-key").len)
        had_prop_put(g, ebs, "KmsKeyId", had_prop_of(l, had_get(host, "kms-key")));
    had_prop_put(g, ebs, "DeleteOnTermination", had_prop_bool(g, true, disk));
    struct had_prop *mapping = had_prop_map(g, disk);
    had_prop_put(g, mapping, "DeviceName", had_prop_c(g, root_device, disk));
    had_prop_put(g, mapping, "Ebs", ebs);
    struct had_prop *mappings = had_prop_list(g, disk);
    had_prop_append(g, mappings, mapping);
    had_node_set(g, instance, "BlockDeviceMappings", mappings);
}
