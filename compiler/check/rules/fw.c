/* FW: what security groups and network ACLs of the spec let pass. Which ports are missing between
 * whom is shown by the proofs R1 to R3. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static struct had_value_list services_of(const struct had_object *line)
{
    const struct had_value *subject = &line->subject;
    if (subject->tag == HAD_VALUE_LIST)
        return subject->list;
    return (struct had_value_list){(struct had_value *)(uintptr_t)subject, 1};
}

static bool in_group(const struct had_object *line)
{
    return line->parent && had_is(line->parent, "security-group");
}

/* "2049", "3268-3269"; false where it is no range of ports. */
static bool read_ports(const char *text, struct had_ports *out)
{
    uint32_t number[2] = {0};
    int at = 0;
    for (; *text; text++) {
        if (*text == '-' && at == 0)
            at = 1;
        else if (*text >= '0' && *text <= '9' && number[at] <= UINT16_MAX)
            number[at] = number[at] * 10 + (uint32_t)(*text - '0');
        else
            return false;
    }
    if (number[0] > UINT16_MAX || number[at] > UINT16_MAX)
        return false;
    *out = (struct had_ports){(uint16_t)number[0], (uint16_t)number[at]};
    return true;
}

/* ---- the range of RPC ---- */

/* The ports that RPC answers at, by the tables. */
static struct had_ports rpc_range(void)
{
    struct had_ports widest = {0, 0};
    for (uint32_t i = 0; i < had_fact_port_count; i++) {
        struct had_ports ports;
        if (strcmp(had_fact_ports[i].flow, "member_dc") == 0 &&
            read_ports(had_fact_ports[i].ports, &ports) &&
            ports.last - ports.first > widest.last - widest.first)
            widest = ports;
    }
    return widest;
}

static void fw003(struct had_check *check)
{
    const int64_t old = had_fact_limit("rpc first port before 2008");
    const struct had_ports rpc = rpc_range();
    had_each_object(line, had_spec_kind(check->spec, "allow")) {
        struct had_value_list services = services_of(line);
        bool wide = false;
        for (uint32_t i = 0; i < services.count && !wide; i++)
            for (uint32_t f = 0;
                 services.items[i].tag == HAD_VALUE_SERVICE && f < services.items[i].service.count;
                 f++) {
                const struct had_flow *flow = &services.items[i].service.flows[f];
                wide |= flow->protocol == HAD_PROTOCOL_TCP && flow->ports.first >= old &&
                        flow->ports.first < rpc.first && flow->ports.last == rpc.last;
            }
        if (!wide || !in_group(line))
            continue;
        struct had_diag *d = had_rule_report(check, line->parent, line->span,
                                             "security group `" HAD_FMT
                                             "` admits the range of RPC before Windows Server 2008",
                                             HAD_ARG(had_query_path(check, line->parent)));
        had_diag_help(d, "write `rpc`, or `%u-%u/tcp`", (unsigned)rpc.first, (unsigned)rpc.last);
    }
}

HAD_RULE(FW003, HAD_PHASE_FOUNDATION, "O(n) in lines of groups", fw003, "the wide range of RPC",
         "Windows has answered RPC at 49152 to 65535 since 2008; the range from 1024 on also opens "
         "whatever else listens there.",
         "admit 49152 to 65535 alone");

/* ---- ports of Active Directory ---- */

/* What the port that a flow admits is for; NULL if it admits none of Active Directory. RPC's many
 * ports are nothing without its first one. */
static const char *purpose_of(const struct had_flow *flow)
{
    enum { WIDE = 100 };
    for (uint32_t i = 0; i < had_fact_port_count; i++) {
        const struct had_fact_port *p = &had_fact_ports[i];
        struct had_ports ports;
        bool tcp = strcmp(p->protocol, "tcp") == 0, udp = strcmp(p->protocol, "udp") == 0;
        if ((strcmp(p->flow, "dc_dc") != 0 && strcmp(p->flow, "member_dc") != 0) ||
            !read_ports(p->ports, &ports) || ports.last - ports.first > WIDE)
            continue;
        if (flow->protocol == HAD_PROTOCOL_ALL ||
            (((flow->protocol == HAD_PROTOCOL_TCP && tcp) ||
              (flow->protocol == HAD_PROTOCOL_UDP && udp)) &&
             flow->ports.first <= ports.last && flow->ports.last >= ports.first))
            return p->purpose;
    }
    return NULL;
}

static void fw004(struct had_check *check)
{
    had_each_object(line, had_spec_kind(check->spec, "allow")) {
        struct had_value_list from = had_get_list(line, "from"), services = services_of(line);
        const struct had_value *anyone = NULL;
        const char *purpose = NULL;
        for (uint32_t i = 0; i < from.count && in_group(line); i++)
            if (from.items[i].tag == HAD_VALUE_CIDR && from.items[i].cidr.length == 0)
                anyone = &from.items[i];
        for (uint32_t i = 0; anyone && i < services.count; i++)
            for (uint32_t f = 0; services.items[i].tag == HAD_VALUE_SERVICE && !purpose &&
                                 f < services.items[i].service.count;
                 f++)
                purpose = purpose_of(&services.items[i].service.flows[f]);
        if (purpose)
            had_rule_report(check, line->parent, had_value_span(anyone),
                            "security group `" HAD_FMT "` opens %s to everyone",
                            HAD_ARG(had_query_path(check, line->parent)), purpose);
    }
}

HAD_RULE(FW004, HAD_PHASE_FOUNDATION, "O(n) in lines of groups", fw004,
         "a port of Active Directory open to everyone",
         "Directories answer whoever reaches them: names, policies and passwords to guess at.",
         "name the networks of members and controllers");

static void fw007(struct had_check *check)
{
    enum { WIDE = 1024 };
    const int64_t names = had_fact_limit("netbios name port"),
                  sessions = had_fact_limit("netbios session port");
    had_each_object(line, had_spec_kind(check->spec, "allow")) {
        struct had_value_list services = services_of(line);
        int64_t port = 0;
        for (uint32_t i = 0; i < services.count && in_group(line); i++)
            for (uint32_t f = 0;
                 services.items[i].tag == HAD_VALUE_SERVICE && f < services.items[i].service.count;
                 f++) {
                const struct had_flow *flow = &services.items[i].service.flows[f];
                const struct had_ports p = flow->ports;
                bool ports =
                    flow->protocol == HAD_PROTOCOL_TCP || flow->protocol == HAD_PROTOCOL_UDP;
                if (!ports || p.last - p.first > WIDE) /* all ports are not meant for NetBIOS */
                    continue;
                if (p.first <= names && p.last >= names)
                    port = names;
                else if (p.first <= sessions && p.last >= sessions)
                    port = sessions;
            }
        if (port)
            had_rule_report(check, line->parent, line->span,
                            "security group `" HAD_FMT "` opens port %lld of NetBIOS",
                            HAD_ARG(had_query_path(check, line->parent)), (long long)port);
    }
}

HAD_RULE(FW007, HAD_PHASE_FOUNDATION, "O(n) in lines of groups", fw007, "NetBIOS over TCP/IP",
         "Domains since Windows 2000 do without NetBIOS, whose answers any host of the network can "
         "forge.",
         "leave 137 and 139 closed; files are shared over `smb`, 445");

/* ---- literal ranges ---- */

static void add(struct had_check *check, had_ranges *out, const char *kind, const char *attribute)
{
    had_each_object(object, had_spec_kind(check->spec, kind))
        had_query_ranges(check, object, attribute, out);
}

static bool is_private(struct had_check *check, struct had_cidr cidr)
{
    return had_fact_ranges_hold(check, "private ranges", cidr) ||
           had_fact_ranges_hold(check, "shared ranges", cidr) ||
           had_fact_ranges_hold(check, "private ipv6 ranges", cidr);
}

/* Whether a range shares addresses with one of a sorted list of which none overlaps another. */
static bool touches(const struct had_cidr *all, uint32_t count, struct had_cidr cidr)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (had_cidr_cmp(all[middle], cidr) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return (low > 0 && had_cidr_overlaps(all[low - 1], cidr)) ||
           (low < count && had_cidr_overlaps(all[low], cidr));
}

static void fw011(struct had_check *check)
{
    static const char *const declared[][2] = {
        {"site", "ranges"},     {"region", "ranges"},  {"spoke", "cidr"},
        {"spoke", "ipv6-cidr"}, {"link", "learned"},   {"spoke", "secondary-cidrs"},
        {"hub", "cidr-blocks"}, {"hub", "advertises"},
    };
    static const char *const kinds[] = {"allow", "deny"}, *const sides[] = {"from", "to"};
    had_ranges known = {0};
    for (size_t k = 0; k < sizeof declared / sizeof *declared; k++)
        add(check, &known, declared[k][0], declared[k][1]);
    struct had_cidr *all = had_new_n(check->arena, struct had_cidr, known.count + 1);
    for (uint32_t i = 0; i < known.count; i++)
        all[i] = had_cidr_canonical(known.items[i].cidr);
    uint32_t count = had_cidr_aggregate(all, known.count);
    for (size_t k = 0; k < 4; k++) {
        had_each_object(line, had_spec_kind(check->spec, kinds[k / 2])) {
            struct had_value_list peers = had_get_list(line, sides[k % 2]);
            struct had_diag *d = NULL; /* one for a line */
            for (uint32_t i = 0; i < peers.count; i++) {
                const struct had_value *v = &peers.items[i];
                if (v->tag != HAD_VALUE_CIDR || !line->parent || !is_private(check, v->cidr) ||
                    touches(all, count, had_cidr_canonical(v->cidr)))
                    continue;
                if (d && d->labels.count < 4) {
                    had_diag_label(d, had_value_span(v), "nor is this");
                } else if (!d) {
                    d = had_rule_report(
                        check, line->parent, had_value_span(v),
                        "range " HAD_FMT " in `" HAD_FMT "` is of no network of the spec",
                        HAD_ARG(v->text), HAD_ARG(had_query_path(check, line->parent)));
                    had_diag_help(d, "name what has the addresses: a spoke, subnet or site");
                }
            }
        }
    }
}

HAD_RULE(FW011, HAD_PHASE_FOUNDATION, "O(n log n) in ranges and lines", fw011,
         "a range of nobody in a filter",
         "A literal range does not follow when a network moves or a new one comes; one that "
         "belongs to nothing is mostly a slip, or left over.",
         "name the spoke, subnet or site instead of its range");
