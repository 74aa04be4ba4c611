/*
 * Hubs and what is attached to them. A segment is a route table; whoever is associated with it is
 * its member, and it reaches the segments of which a member propagates to it. A member that does
 * not do as the others of its segment says so itself.
 */
#include "import/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- attachments ---- */

const char *had_live_segment_of(const struct had_live *live, const char *attachment)
{
    size_t i;
    json_t *object;
    had_live_each(live, "segment-association", i, object)
        if (had_live_is(object, "_attachment", attachment))
            return had_live_text(object, "_segment");
    return NULL;
}

static bool propagates(const struct had_live *live, const char *attachment, const char *segment)
{
    char id[256];
    snprintf(id, sizeof id, "%s propagation %s", segment, attachment);
    return had_live_object(live, "segment-propagation", id) != NULL;
}

const char *had_live_attachment(const struct had_live *live, const char *hub, const char *resource)
{
    size_t i;
    json_t *object;
    had_live_each(live, "hub-attachment", i, object)
        if (had_live_is(object, "_hub", hub) && had_live_is(object, "_resource", resource))
            return had_live_text(object, "_attachment");
    return NULL;
}

/* Peerings are members without propagation: they have static routes. */
static bool counts(const struct had_live *live, const char *attachment)
{
    char id[128];
    snprintf(id, sizeof id, "attachment %s", attachment);
    const json_t *object = had_live_object(live, "hub-attachment", id);
    return !had_live_is(object, "_type", "peering");
}

/* Whether `segment` reaches `other`: a member of `other` propagates to it. */
static bool reaches(const struct had_live *live, const char *segment, const char *other)
{
    size_t i;
    json_t *object;
    had_live_each(live, "segment-association", i, object) {
        const char *attachment = had_live_text(object, "_attachment");
        if (had_live_is(object, "_segment", other) && counts(live, attachment) &&
            propagates(live, attachment, segment))
            return true;
    }
    return false;
}

json_t *had_live_propagates_to(const struct had_live *live, const char *attachment,
                               const char *segment)
{
    const json_t *own = had_live_object(live, "segment", segment);
    json_t *is = json_array(), *object;
    size_t i;
    bool derived = true;
    had_live_each(live, "segment", i, object) {
        const char *id = had_live_text(object, "id");
        if (!own || !had_live_is(object, "_hub", had_live_text(own, "_hub")))
            continue;
        bool there = propagates(live, attachment, id);
        if (there)
            json_array_append_new(is, json_string(id));
        derived &= there == reaches(live, id, segment);
    }
    if (!derived)
        return is;
    json_decref(is);
    return NULL;
}

/* ---- hubs and segments ---- */

static void hub(struct had_live *live, const json_t *object)
{
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "network";
    declared->head = had_str_printf(live->arena, "in account " HAD_FMT " at region " HAD_FMT,
                                    HAD_ARG(had_live_owner_label(live, object)),
                                    HAD_ARG(had_live_str(object, "region")));
    had_str association = had_live_str(object, "_association");
    if (had_str_is(association, "enable"))
        had_live_set(declared, "default-segment", json_incref(json_object_get(object, "_default")));
}

static void segment(struct had_live *live, const json_t *object)
{
    struct had_declared *on = had_live_declared(live, had_live_text(object, "_hub"));
    if (!on) {
        had_live_leave(live, object, "its transit gateway %s is of an account that was not read",
                       had_live_text(object, "_hub"));
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, on);
    declared->file = "network";
    declared->head = had_str_printf(live->arena, "in hub " HAD_FMT, HAD_ARG(on->label));
    json_t *list = json_array(), *other;
    size_t i;
    had_live_each(live, "segment", i, other)
        if (had_live_is(other, "_hub", had_live_text(object, "_hub")) &&
            reaches(live, had_live_text(object, "id"), had_live_text(other, "id")))
            json_array_append(list, json_object_get(other, "id"));
    had_live_set(declared, "reaches", list);
}

/* What a table of a hub holds beside what propagates there. */
static void static_routes(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "segment-route", i, object) {
        struct had_declared *in = had_live_declared(live, had_live_text(object, "_segment"));
        if (!had_live_is(object, "_type", "static") || !in)
            continue;
        const char *to = had_live_text(object, "_attachment");
        had_live_note(live, in, "A static route is there and stays: %s to %s.",
                      had_live_text(object, "_cidr"), to ? to : "nothing (black hole)");
        had_live_leave(
            live, object,
            "a route in a segment would be managed; take it over with `had import ADDRESS ID` once "
            "the spec says `route %s`",
            had_live_text(object, "_cidr"));
    }
}

/* ---- networks ---- */

static const json_t *attachment_of(const struct had_live *live, const char *vpc)
{
    size_t i;
    json_t *object;
    had_live_each(live, "vpc-attachment", i, object)
        if (had_live_is(object, "_vpc", vpc))
            return object;
    return NULL;
}

static bool in_vpc(const struct had_live *live, const char *kind, const char *vpc)
{
    size_t i;
    json_t *object;
    had_live_each(live, kind, i, object)
        if (had_live_is(object, "_vpc", vpc))
            return true;
    return false;
}

static const char *role_of(const struct had_live *live, const json_t *object,
                           const json_t *attachment)
{
    const char *vpc = had_live_text(object, "id");
    if (attachment && had_live_flag(attachment, "_appliance"))
        return "inspection";
    if (in_vpc(live, "directory", vpc))
        return "shared-services";
    return in_vpc(live, "resolver", vpc) ? "endpoint" : "workload";
}

static void attach(struct had_live *live, struct had_declared *declared, const json_t *attachment)
{
    const char *id = had_live_text(attachment, "id");
    const struct had_declared *on = had_live_declared(live, had_live_text(attachment, "_hub"));
    const char *segment_id = had_live_segment_of(live, id);
    if (!on) {
        had_live_leave(live, attachment,
                       "its transit gateway %s is of an account that was not read",
                       had_live_text(attachment, "_hub"));
        had_live_note(live, declared, "Attached by %s to %s, of an account that was not read.", id,
                      had_live_text(attachment, "_hub"));
        return;
    }
    if (!segment_id || !had_live_declared(live, segment_id)) {
        had_live_leave(live, attachment,
                       "it is associated with no route table, so it belongs to no segment");
        had_live_note(live, declared,
                      "Attached by %s to hub " HAD_FMT ", but associated with no route table.", id,
                      HAD_ARG(on->label));
        return;
    }
    declared->head =
        had_str_printf(live->arena, "in account " HAD_FMT " on hub " HAD_FMT,
                       HAD_ARG(had_live_owner_label(live, declared->object)), HAD_ARG(on->label));
    had_live_set(declared, "attachment", json_string(id));
    had_live_set(declared, "segment", json_string(segment_id));
    had_live_set(declared, "propagates-to", had_live_propagates_to(live, id, segment_id));
    bool appliance = had_live_flag(attachment, "_appliance");
    if (appliance !=
        (had_same(json_string_value(json_object_get(declared->attributes, "role")), "inspection")))
        had_live_set(declared, "appliance-mode", json_boolean(appliance));
    had_live_identify(live, id, declared);
}

static void names_of_dhcp(struct had_live *live, struct had_declared *declared,
                          const json_t *object)
{
    const json_t *options = had_live_object(live, "dhcp-options", had_live_text(object, "_dhcp"));
    const json_t *dns = json_object_get(options, "_dns");
    if (!options || (json_array_size(dns) == 1 && had_live_has(dns, "AmazonProvidedDNS")))
        return;
    char *said = json_dumps(dns, JSON_ENSURE_ASCII);
    had_live_note(live, declared,
                  "DHCP options %s give it %s as DNS servers. A `dhcp` here would be made anew.",
                  had_live_text(options, "id"), said ? said : "nothing");
    free(said);
}

static void spoke(struct had_live *live, const json_t *object)
{
    const char *id = had_live_text(object, "id");
    const json_t *attachment = attachment_of(live, id);
    if (had_live_flag(object, "_default") && !attachment && !in_vpc(live, "directory", id) &&
        !in_vpc(live, "resolver", id)) {
        had_live_leave(
            live, object,
            "the default VPC of the Region, to which nothing of a foundation is attached");
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "network";
    declared->head = had_str_printf(live->arena, "in account " HAD_FMT " at region " HAD_FMT,
                                    HAD_ARG(had_live_owner_label(live, object)),
                                    HAD_ARG(had_live_str(object, "region")));
    json_t *more = json_array(), *cidr;
    size_t i;
    json_array_foreach(json_object_get(object, "secondary-cidrs"), i, cidr)
        if (!had_same(json_string_value(cidr), had_live_text(object, "cidr")))
            json_array_append(more, cidr);
    had_live_set(declared, "secondary-cidrs", more);
    had_live_set(declared, "role", json_string(role_of(live, object, attachment)));
    if (json_array_size(json_object_get(object, "_ipv6"))) {
        had_live_note(
            live, declared,
            "It has IPv6 ranges that AWS allocated; the language states only ranges of one's own.");
        had_live_leave(live, object, "its IPv6 ranges are not in the spec: AWS allocated them");
    }
    names_of_dhcp(live, declared, object);
    if (attachment)
        attach(live, declared, attachment);
}

static const json_t *table_of(const struct had_live *live, const char *subnet, const char *vpc)
{
    const json_t *standard = NULL, *association;
    size_t i, k;
    json_t *table;
    had_live_each(live, "route-table", i, table)
        json_array_foreach(json_object_get(table, "_associations"), k, association) {
            if (had_live_is(association, "SubnetId", subnet))
                return table;
            if (had_live_flag(association, "Main") && had_live_is(table, "_vpc", vpc))
                standard = table;
        }
    return standard;
}

/* "0.0.0.0/0 to nat-1": where a route leads, a hub by its name; NULL for the VPC's own range. */
static char *told(struct had_live *live, const json_t *route)
{
    static const char *const targets[] = {"TransitGatewayId",
                                          "NatGatewayId",
                                          "GatewayId",
                                          "VpcPeeringConnectionId",
                                          "EgressOnlyInternetGatewayId",
                                          "NetworkInterfaceId",
                                          "InstanceId"};
    const char *to = NULL, *cidr = had_live_text(route, "DestinationCidrBlock");
    for (size_t k = 0; k < sizeof targets / sizeof *targets && !to; k++)
        to = had_live_text(route, targets[k]);
    if (!cidr)
        cidr = had_live_text(route, "DestinationPrefixListId");
    if (!cidr || !to || had_same(to, "local"))
        return NULL;
    const struct had_declared *declared = had_live_declared(live, to);
    return had_str_cstr(live->arena,
                        declared ? had_str_printf(live->arena, "%s to %s " HAD_FMT, cidr,
                                                  declared->kind->name, HAD_ARG(declared->label))
                                 : had_str_printf(live->arena, "%s to %s", cidr, to));
}

static void tell_routes(struct had_live *live, struct had_declared *declared, const json_t *table)
{
    const json_t *routes = json_object_get(table, "_routes"), *route;
    const char **lines = had_new_n(live->arena, const char *, json_array_size(routes) + 1);
    struct had_buffer b = {0};
    size_t i, count = 0;
    json_array_foreach(routes, i, route) {
        const char *line = told(live, route);
        if (line)
            lines[count++] = line;
    }
    qsort(lines, count, sizeof *lines, had_live_by_text);
    for (i = 0; i < count; i++)
        had_buffer_printf(&b, "%s%s", i ? ", " : "", lines[i]);
    if (b.len)
        had_live_note(live, declared, "%s routes %s.", had_live_text(table, "id"), b.ptr);
    had_buffer_free(&b);
}

static void subnet(struct had_live *live, const json_t *object)
{
    struct had_declared *in = had_live_within(live, object, "VPC", "_vpc");
    had_str zone = had_live_str(object, "_zone"), region = had_live_str(object, "region");
    if (!in)
        return;
    if (zone.len != region.len + 1) {
        had_live_leave(live, object, "zone " HAD_FMT " is no Availability Zone of the Region",
                       HAD_ARG(zone));
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, in);
    declared->head = had_str_printf(live->arena, "in zone %c", zone.ptr[zone.len - 1]);
    const json_t *table =
        table_of(live, had_live_text(object, "id"), had_live_text(object, "_vpc"));
    if (table)
        tell_routes(live, declared, table);
}

/* The subnets that an attachment takes by itself are the first by name of each zone. */
static void attachment_subnets(struct had_live *live, struct had_declared *declared,
                               const json_t *attachment)
{
    const json_t *ids = json_object_get(attachment, "_subnets"), *id;
    size_t i;
    bool derived = true, known = true;
    json_array_foreach(ids, i, id) {
        const struct had_declared *one = had_live_declared(live, json_string_value(id));
        known &= one != NULL;
        had_each(struct had_declared *, other, &declared->children)
            if (one && *other != one && (*other)->kind == one->kind &&
                had_str_eq((*other)->head, one->head) &&
                had_str_cmp((*other)->label, one->label) < 0)
                derived = false;
    }
    if (known && !derived)
        had_live_set(declared, "attachment-subnets", json_deep_copy(ids));
}

/* ---- what stands in networks ---- */

static void nat(struct had_live *live, const json_t *object)
{
    struct had_declared *in = had_live_declared(live, had_live_text(object, "_subnet"));
    if (in)
        had_live_declare(live, object, in);
    else
        had_live_leave(live, object, "its subnet is not in the spec");
}

static void endpoint(struct had_live *live, const json_t *object)
{
    struct had_declared *in = had_live_declared(live, had_live_text(object, "_vpc"));
    had_str service = had_live_str(object, "_service"), type = had_live_str(object, "_type");
    had_str prefix = had_str_printf(live->arena, "com.amazonaws." HAD_FMT ".",
                                    HAD_ARG(had_live_str(object, "region")));
    if (!in || !(had_str_is(type, "Interface") || had_str_is(type, "Gateway"))) {
        had_live_leave(live, object,
                       in ? "the language has no endpoint of this type"
                          : "its VPC is not in the spec");
        return;
    }
    if (had_str_starts(service, had_str_cstr(live->arena, prefix)))
        service = had_str_slice(service, prefix.len, service.len);
    had_each(struct had_declared *, other, &in->children)
        if (had_same((*other)->kind->name, "endpoint") && had_str_eq((*other)->label, service)) {
            had_live_leave(
                live, object,
                "its VPC has another endpoint of the service, and the language takes one");
            return;
        }
    struct had_declared *declared = had_live_declare(live, object, in);
    declared->label = service;
    bool usual = had_str_is(type, "Gateway") ==
                 (had_str_is(service, "s3") || had_str_is(service, "dynamodb"));
    if (!usual)
        had_live_set(declared, "type",
                     json_string(had_str_is(type, "Gateway") ? "gateway" : "interface"));
}

static void peer(struct had_live *live, const json_t *object, const char *kind)
{
    const struct had_declared *one = had_live_declared(live, had_live_text(object, "_one"));
    const struct had_declared *two = had_live_declared(live, had_live_text(object, "_two"));
    if (!one || !two) {
        had_live_leave(live, object, "its other end was not read");
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "network";
    declared->head = had_str_printf(live->arena, "between [%s " HAD_FMT ", %s " HAD_FMT "]", kind,
                                    HAD_ARG(one->label), kind, HAD_ARG(two->label));
    json_t *segments = json_array(), *association;
    size_t i;
    had_live_each(live, "segment-association", i, association)
        if (had_live_is(association, "_attachment", had_live_text(object, "id")))
            json_array_append(segments, json_object_get(association, "_segment"));
    had_live_set(declared, "segments", segments);
}

static void leave_all(struct had_live *live, const char *kind, const char *reason)
{
    size_t i;
    json_t *object;
    had_live_each(live, kind, i, object)
        had_live_leave(live, object, "%s", reason);
}

void had_live_network(struct had_live *live)
{
    static const struct {
        const char *kind;
        void (*declare)(struct had_live *live, const json_t *object);
    } steps[] = {{"hub", hub},       {"segment", segment}, {"spoke", spoke},
                 {"subnet", subnet}, {"nat", nat},         {"endpoint", endpoint}};
    size_t i;
    json_t *object;
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        had_live_each(live, steps[k].kind, i, object)
            steps[k].declare(live, object);
    had_live_each(live, "vpc-attachment", i, object) {
        struct had_declared *of = had_live_declared(live, had_live_text(object, "_vpc"));
        if (of && had_live_declared(live, had_live_text(object, "id")) == of)
            attachment_subnets(live, of, object);
        else if (of && attachment_of(live, had_live_text(object, "_vpc")) != object)
            had_live_leave(live, object,
                           "its VPC has another attachment, and the import states one");
    }
    had_live_each(live, "hub-peering", i, object)
        peer(live, object, "hub");
    had_live_each(live, "spoke-peering", i, object)
        peer(live, object, "spoke");
    static_routes(live);
    leave_all(live, "resource-share",
              "what it shares is seen already; who sees it stays as it is and is not stated");
    leave_all(
        live, "route-table",
        "tables stay as they are, their routes are notes; `route-table` of a subnet would let "
        "routes be added to one");
    leave_all(live, "dhcp-options",
              "options stay as they are: a `dhcp` of a spoke would be made anew");
    had_live_each(live, "hub-attachment", i, object)
        if (!had_live_is(object, "_type", "vpn") && !had_live_is(object, "_type", "peering") &&
            !had_live_is(object, "_type", "direct-connect-gateway"))
            had_live_leave(live, object, "the language has no attachment of this type");
    leave_all(live, "internet-gateway",
              "it follows from a `route 0.0.0.0/0 to internet`, which would be managed");
    leave_all(live, "network-acl",
              "an ACL and its rules would be managed: declare it to take it over");
    leave_all(
        live, "security-group",
        "groups of what is there are left as they are; the language derives those of new things");
}
