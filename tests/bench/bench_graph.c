/*
 * How long a graph of many workload accounts takes, and how much memory. Each spoke has the nodes
 * that lowering gives it: a VPC, subnets with tables and routes, an attachment, rule associations.
 *
 *     bench_graph [SPOKES]      default 5000: about 200,000 nodes and 600,000 edges
 */
#include "graph/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SUBNETS = 6, RULES = 6 };

struct bench {
    struct had_graph graph;
    struct had_span span;
    struct had_node *hub, *share, *rules[RULES];
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct had_node *add(struct bench *b, const char *type, had_str object, const char *role,
                            had_str key, const struct had_context *context, enum had_layer layer)
{
    struct had_origin origin = {.object = object, .span = b->span};
    return had_node_add(&b->graph, HAD_RESOURCE, type, object, role, key, context, layer,
                        HAD_PHASE_FOUNDATION, origin);
}

static void set(struct bench *b, struct had_node *node, const char *path, const char *text)
{
    had_node_set(&b->graph, node, path, had_prop_c(&b->graph, text, b->span));
}

static void feed(struct bench *b, struct had_node *node, const char *path,
                 const struct had_node *source, const char *attribute)
{
    had_node_set(&b->graph, node, path, had_prop_read(&b->graph, source, attribute, b->span));
}

static void wait_for(struct bench *b, struct had_node *from, const struct had_node *to,
                     enum had_edge_kind kind, const char *why)
{
    had_edge_add(&b->graph, from, to, kind, HAD_UNTIL_READY, why, b->span);
}

static const struct had_context *account(struct bench *b, unsigned number)
{
    char name[32], id[16];
    snprintf(name, sizeof name, "workload-%u", number);
    snprintf(id, sizeof id, "%012u", number + 1);
    struct had_context context = {.partition = HAD_STR("aws"),
                                  .account = had_str_c(name),
                                  .account_id = had_str_c(id),
                                  .region = HAD_STR("eu-west-1"),
                                  .deploy_role = HAD_STR("had-deploy")};
    return had_context_get(&b->graph, &context);
}

static void add_hub(struct bench *b, const struct had_context *context)
{
    had_str none = {0};
    b->hub = add(b, "AWS::EC2::TransitGateway", HAD_STR("hub core"), "gateway", none, context,
                 HAD_LAYER_HUB);
    b->share = add(b, "AWS::RAM::ResourceShare", HAD_STR("hub core"), "share", none, context,
                   HAD_LAYER_HUB);
    set(b, b->share, "Name", "core");
    for (unsigned r = 0; r < RULES; r++) {
        char object[32];
        snprintf(object, sizeof object, "forward rule%u", r);
        b->rules[r] = add(b, "AWS::Route53Resolver::ResolverRule", had_str_c(object), "rule", none,
                          context, HAD_LAYER_DNS);
        set(b, b->rules[r], "RuleType", "FORWARD");
        set(b, b->rules[r], "DomainName", "corp.example.com");
    }
}

static void add_subnet(struct bench *b, had_str spoke, unsigned number,
                       const struct had_context *context, const struct had_node *vpc,
                       struct had_node *attachment)
{
    char object[64], cidr[32];
    had_str none = {0};
    snprintf(object, sizeof object, "%.*s/subnet s%u", HAD_ARG(spoke), number);
    snprintf(cidr, sizeof cidr, "10.0.%u.0/24", number);
    had_str name = had_str_c(object);
    struct had_node *subnet =
        add(b, "AWS::EC2::Subnet", name, "subnet", none, context, HAD_LAYER_NETWORK);
    feed(b, subnet, "VpcId", vpc, "VpcId");
    set(b, subnet, "CidrBlock", cidr);
    set(b, subnet, "AvailabilityZone", "eu-west-1a");
    struct had_node *table =
        add(b, "AWS::EC2::RouteTable", name, "table", none, context, HAD_LAYER_NETWORK);
    feed(b, table, "VpcId", vpc, "VpcId");
    struct had_node *link = add(b, "AWS::EC2::SubnetRouteTableAssociation", name,
                                "table-association", none, context, HAD_LAYER_NETWORK);
    feed(b, link, "SubnetId", subnet, "SubnetId");
    feed(b, link, "RouteTableId", table, "RouteTableId");
    for (unsigned r = 0; r < 2; r++) {
        struct had_node *route =
            add(b, "AWS::EC2::Route", name, "route",
                r ? HAD_STR("10.0.0.0/8") : HAD_STR("0.0.0.0/0"), context, HAD_LAYER_NETWORK);
        feed(b, route, "RouteTableId", table, "RouteTableId");
        set(b, route, "DestinationCidrBlock", r ? "10.0.0.0/8" : "0.0.0.0/0");
        feed(b, route, "TransitGatewayId", b->hub, "Id");
        wait_for(b, route, attachment, HAD_NEEDS, "a route needs the attachment");
        wait_for(b, route, b->share, HAD_SEES, "the hub is shared");
    }
}

static void add_spoke(struct bench *b, unsigned number)
{
    char object[32];
    had_str none = {0};
    snprintf(object, sizeof object, "spoke web%u.main", number);
    had_str spoke = had_str_c(object);
    const struct had_context *context = account(b, number);
    struct had_node *vpc = add(b, "AWS::EC2::VPC", spoke, "vpc", none, context, HAD_LAYER_NETWORK);
    set(b, vpc, "CidrBlock", "10.0.0.0/16");
    struct had_node *attachment = add(b, "AWS::EC2::TransitGatewayAttachment", spoke, "attachment",
                                      HAD_STR("hub core"), context, HAD_LAYER_NETWORK);
    feed(b, attachment, "TransitGatewayId", b->hub, "Id");
    feed(b, attachment, "VpcId", vpc, "VpcId");
    had_node_set(&b->graph, attachment, "SubnetIds", had_prop_list(&b->graph, b->span));
    wait_for(b, attachment, b->share, HAD_SEES, "the hub is shared");
    for (unsigned s = 0; s < SUBNETS; s++)
        add_subnet(b, spoke, s, context, vpc, attachment);
    for (unsigned r = 0; r < RULES; r++) {
        struct had_node *link =
            add(b, "AWS::Route53Resolver::ResolverRuleAssociation", b->rules[r]->object,
                "association", spoke, context, HAD_LAYER_NETWORK);
        feed(b, link, "ResolverRuleId", b->rules[r], "ResolverRuleId");
        feed(b, link, "VPCId", vpc, "VpcId");
        wait_for(b, link, b->share, HAD_SEES, "the rule is shared");
    }
}

int main(int argc, char **argv)
{
    unsigned long spokes = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
    if (spokes < 1 || spokes > 100000) {
        fputs("usage: bench_graph [SPOKES], 1 to 100000\n", stderr);
        return 2;
    }
    struct had_arena arena = {0}, scratch = {0};
    struct had_diags diags = {.arena = &scratch};
    struct bench bench = {.span = {1, 0, 1}};
    double start = seconds();
    had_graph_init(&bench.graph, &arena, HAD_STR("bench"), HAD_STR("eu-west-1"));
    add_hub(&bench, account(&bench, 999999));
    for (unsigned i = 0; i < spokes; i++)
        add_spoke(&bench, i);
    double built = seconds();
    bool good = had_graph_finish(&bench.graph, &diags);
    double finished = seconds();
    const struct had_pair *pairs;
    uint32_t count = had_graph_order(&bench.graph, &pairs);
    double ordered = seconds();
    struct had_buffer out = {0};
    had_graph_dump(&out, &bench.graph, NULL);
    double dumped = seconds();
    printf("%u nodes, %u edges, %u pairs, %s\n", bench.graph.nodes.count, bench.graph.edges.count,
           count, good ? "no findings" : "findings");
    printf("build %.3f s, finish %.3f s, order %.3f s, dump %.3f s (%zu MB)\n", built - start,
           finished - built, ordered - finished, dumped - ordered, out.len >> 20);
    printf("%zu bytes a node\n", arena.total / bench.graph.nodes.count);
    if (!good && diags.items.count)
        printf("first finding: " HAD_FMT "\n", HAD_ARG(diags.items.items[0]->message));
    had_buffer_free(&out);
    had_arena_free(&arena);
    had_arena_free(&scratch);
    return good ? 0 : 1;
}
