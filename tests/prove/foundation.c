#include "foundation.h"

#include "random_spec.h"

#include <stdio.h>
#include <stdlib.h>

static const struct had_node *node_at(const struct had_node *n, const char *path)
{
    const struct had_prop *p = had_node_get(n, path);
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

/* A network in another segment than the spec says. */
static void move_association(struct had_graph *g, struct random *r)
{
    struct had_node *tables[16], *moved = NULL;
    uint32_t count = 0, skip = random_below(r, 6);
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        struct had_node *n = g->nodes.items[i];
        if (had_str_is(n->type_name, "AWS::EC2::TransitGatewayRouteTable") && count < 16)
            tables[count++] = n;
        if (had_str_is(n->type_name, "AWS::EC2::TransitGatewayRouteTableAssociation") &&
            (!moved || skip)) {
            moved = n;
            skip -= skip > 0;
        }
    }
    if (!moved || !count)
        return;
    struct had_node *to = tables[random_below(r, count)];
    const struct had_node *from = node_at(moved, "TransitGatewayRouteTableId");
    if (node_at(to, "TransitGatewayId") != node_at(from, "TransitGatewayId"))
        return;
    for (uint32_t i = 0; i < moved->props.count; i++)
        if (had_str_is(moved->props.items[i].key, "TransitGatewayRouteTableId"))
            moved->props.items[i].value->read.node = to;
}

static struct had_prop *entry(struct had_prop *map, const char *key)
{
    for (uint32_t i = 0; i < map->entries.count; i++)
        if (had_str_is(map->entries.items[i].key, key))
            return map->entries.items[i].value;
    return NULL;
}

/* Ranges of sites lost, put into another site, or doubled there. */
static void spoil_sites(struct had_graph *g, struct random *r)
{
    struct had_prop *ranges[64];
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        const struct had_node *n = g->nodes.items[i];
        const struct had_prop *list =
            had_str_is(n->type_name, "had::DscConfiguration") ? had_node_get(n, "Resources") : NULL;
        for (uint32_t k = 0; list && k < list->items.count; k++)
            if (had_str_is(had_prop_at(list->items.items[k], "Type")->text,
                           "ADReplicationSubnet") &&
                count < 64)
                ranges[count++] = list->items.items[k];
    }
    if (!count)
        return;
    struct had_prop *one = ranges[random_below(r, count)], *other = ranges[random_below(r, count)];
    struct had_prop *name = entry(entry(one, "Properties"), "Name");
    struct had_prop *site = entry(entry(one, "Properties"), "Site");
    switch (random_below(r, 3)) {
    case 0:
        name->text = HAD_STR("192.0.2.0/24");
        break;
    case 1:
        site->text = had_prop_at(had_prop_at(other, "Properties"), "Site")->text;
        break;
    default:
        entry(entry(other, "Properties"), "Name")->text = name->text;
        break;
    }
}

/* Mistakes that no spec can state. */
static void break_graph(struct had_graph *g, struct random *r, bool show)
{
    static const char *const types[] = {
        "AWS::EC2::Route",
        "AWS::EC2::TransitGatewayRouteTablePropagation",
        "AWS::EC2::TransitGatewayRouteTableAssociation",
        "AWS::EC2::TransitGatewayRoute",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::NetworkAclEntry",
        "AWS::EC2::SubnetRouteTableAssociation",
        "had::PeeringAcceptance",
        "had::DomainMember",
        "AWS::Route53Resolver::ResolverRuleAssociation",
        "had::Advertisement",
        "AWS::EC2::TransitGatewayAttachment",
    };
    if (random_chance(r, 25))
        move_association(g, r);
    if (random_chance(r, 25))
        spoil_sites(g, r);
    for (uint32_t i = random_below(r, 4); i > 0; i--) {
        const char *type = types[random_below(r, sizeof types / sizeof *types)];
        uint32_t start = random_below(r, g->nodes.count);
        for (uint32_t k = 0; k < g->nodes.count; k++) {
            struct had_node *node = g->nodes.items[(start + k) % g->nodes.count];
            if (!had_str_is(node->type_name, type))
                continue;
            if (show)
                printf("without " HAD_FMT "\n", HAD_ARG(node->address));
            node->type = NULL;
            node->type_name = HAD_STR("removed");
            break;
        }
    }
}

static bool compile(struct had_compilation *c, const char *path, uint64_t number, bool sound,
                    bool show)
{
    struct random r = {number};
    struct had_buffer text = {0};
    random_spec(&text, &r, sound);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
    if (show)
        fwrite(text.ptr, 1, text.len, stdout);
    had_buffer_free(&text);
    had_compile(c, &(struct had_compile_options){.path = had_str_c(path), .stop_after = "lower"});
    return c->graph && c->graph->finished && !c->diags.errors;
}

bool foundation_make(struct had_compilation *c, const char *path, uint64_t number, bool sound,
                     bool show, struct random *after)
{
    if (!compile(c, path, number, sound, show)) {
        if (show) {
            struct had_buffer b = {0};
            had_render_short(&b, &c->diags, &c->sources);
            fwrite(b.ptr ? b.ptr : "", 1, b.len, stdout);
            had_buffer_free(&b);
        }
        had_compilation_free(c);
        return false;
    }
    *after = (struct random){number * 31 + 7};
    if (random_chance(after, sound ? 25 : 60))
        break_graph(c->graph, after, show);
    return true;
}
