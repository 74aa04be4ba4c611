/* Services: protocol and ports, or a word that stands for several. */
#include "schema/facts.h"
#include "schema/literals/reading.h"

typedef had_array(struct had_flow) flows;

static bool ports_of(had_str text, struct had_ports *out)
{
    int64_t dash = had_str_find(text, '-'), first, last;
    had_str from = dash < 0 ? text : had_str_slice(text, 0, (uint32_t)dash);
    had_str to = dash < 0 ? text : had_str_slice(text, (uint32_t)dash + 1, text.len);
    if (from.len > 5 || to.len > 5 || !had_str_to_int(from, &first) || !had_str_to_int(to, &last) ||
        first > 65535 || last > 65535)
        return false;
    *out = (struct had_ports){(uint16_t)first, (uint16_t)last};
    return true;
}

static bool equal(const struct had_flow *a, const struct had_flow *b)
{
    return a->protocol == b->protocol && a->ports.first == b->ports.first &&
           a->ports.last == b->ports.last;
}

static void add_flow(struct had_arena *arena, flows *out, struct had_flow flow)
{
    had_each(struct had_flow, seen, out)
        if (equal(seen, &flow))
            return;
    *had_push(arena, out) = flow;
}

/* A row of the tables: protocol "tcp+udp" and ports "53,88,389" are several flows. */
static void add_row(struct had_arena *arena, flows *out, const char *protocol, const char *ports,
                    const char *purpose)
{
    had_str p = had_str_c(protocol), rest = had_str_c(ports);
    if (had_str_is(p, "all") || had_str_is(p, "icmp")) {
        struct had_flow flow = {.protocol =
                                    had_str_is(p, "all") ? HAD_PROTOCOL_ALL : HAD_PROTOCOL_ICMP,
                                .purpose = had_str_c(purpose)};
        add_flow(arena, out, flow);
        return;
    }
    while (rest.len) {
        int64_t comma = had_str_find(rest, ',');
        had_str one = comma < 0 ? rest : had_str_slice(rest, 0, (uint32_t)comma);
        rest = comma < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)comma + 1, rest.len);
        struct had_flow flow = {.purpose = had_str_c(purpose)};
        if (!ports_of(one, &flow.ports))
            continue;
        if (had_str_starts(p, "tcp")) {
            flow.protocol = HAD_PROTOCOL_TCP;
            add_flow(arena, out, flow);
        }
        if (had_str_ends(p, "udp")) {
            flow.protocol = HAD_PROTOCOL_UDP;
            add_flow(arena, out, flow);
        }
    }
}

/* True if `when` is one of the values in "always|ldaps". */
static bool counts(const char *admitted, const char *when)
{
    had_str rest = had_str_c(admitted);
    while (rest.len) {
        int64_t bar = had_str_find(rest, '|');
        had_str one = bar < 0 ? rest : had_str_slice(rest, 0, (uint32_t)bar);
        rest = bar < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)bar + 1, rest.len);
        if (had_str_is(one, when))
            return true;
    }
    return false;
}

/* Adds the flows of one row of the words' table. */
static void add_word(struct had_arena *arena, flows *out, const struct had_fact_service_word *word)
{
    if (!word->flow[0]) {
        add_row(arena, out, word->protocol, word->ports, word->purpose);
        return;
    }
    for (uint32_t i = 0; i < had_fact_port_count; i++) {
        const struct had_fact_port *port = &had_fact_ports[i];
        if (had_str_is(had_str_c(word->flow), port->flow) && counts(word->when, port->when))
            add_row(arena, out, port->protocol, port->ports, port->purpose);
    }
}

static had_str flow_text(struct had_arena *arena, const struct had_flow *flow)
{
    switch (flow->protocol) {
    case HAD_PROTOCOL_ALL:
        return HAD_STR("all");
    case HAD_PROTOCOL_ICMP:
        return HAD_STR("icmp");
    case HAD_PROTOCOL_TCP:
    case HAD_PROTOCOL_UDP:
        break;
    }
    const char *protocol = flow->protocol == HAD_PROTOCOL_TCP ? "tcp" : "udp";
    if (flow->ports.first == flow->ports.last)
        return had_str_printf(arena, "%d/%s", flow->ports.first, protocol);
    return had_str_printf(arena, "%d-%d/%s", flow->ports.first, flow->ports.last, protocol);
}

static bool done(struct had_reading *r, const flows *found, had_str word)
{
    r->out->tag = HAD_VALUE_SERVICE;
    r->out->service = (struct had_service){found->items, found->count};
    r->out->text = found->count == 1 ? flow_text(r->arena, &found->items[0]) : word;
    return true;
}

static bool refuse_word(struct had_reading *r)
{
    if (!had_refuse(r, &HAD0213,
                    "`" HAD_FMT "` is no service: it is a word such as `ad-member`, or ports and "
                    "protocol such as `443/tcp`",
                    HAD_ARG(had_reading_shown(r, r->text))) &&
        r->finding) {
        had_array(had_str) words = {0};
        *had_push(r->arena, &words) = HAD_STR("all");
        *had_push(r->arena, &words) = HAD_STR("icmp");
        for (uint32_t i = 0; i < had_fact_service_word_count; i++)
            *had_push(r->arena, &words) = had_str_c(had_fact_service_words[i].word);
        had_refuse_nearest(r, words.items, words.count);
    }
    return false;
}

static bool read_ports(struct had_reading *r, had_str ports_text, had_str protocol)
{
    flows found = {0};
    struct had_flow flow = {.purpose = {0}};
    if (!had_str_is(protocol, "tcp") && !had_str_is(protocol, "udp")) {
        had_str lower = had_str_lower(r->arena, protocol);
        had_refuse(r, &HAD0213, "the protocol of a service is `tcp` or `udp`, not `" HAD_FMT "`",
                   HAD_ARG(had_reading_shown(r, protocol)));
        if (had_str_is(lower, "tcp") || had_str_is(lower, "udp"))
            had_refuse_fix(
                r, true,
                had_str_printf(r->arena, HAD_FMT "/" HAD_FMT, HAD_ARG(ports_text), HAD_ARG(lower)));
        return false;
    }
    flow.protocol = had_str_is(protocol, "tcp") ? HAD_PROTOCOL_TCP : HAD_PROTOCOL_UDP;
    if (!ports_of(ports_text, &flow.ports))
        return had_refuse(r, &HAD0212,
                          "the ports of a service are 0 to 65535, as in "
                          "`443/tcp` and `1024-65535/tcp`");
    if (flow.ports.first > flow.ports.last) {
        had_refuse(r, &HAD0212, "the range " HAD_FMT " runs backwards", HAD_ARG(ports_text));
        had_refuse_fix(r, true,
                       had_str_printf(r->arena, "%d-%d/" HAD_FMT, flow.ports.last, flow.ports.first,
                                      HAD_ARG(protocol)));
        return false;
    }
    add_flow(r->arena, &found, flow);
    return done(r, &found, r->text);
}

bool had_read_service(struct had_reading *r)
{
    int64_t slash = had_str_find(r->text, '/');
    if (slash >= 0 && r->text.len && had_is_digit(r->text.ptr[0]))
        return read_ports(r, had_str_slice(r->text, 0, (uint32_t)slash),
                          had_str_slice(r->text, (uint32_t)slash + 1, r->text.len));
    flows found = {0};
    if (had_str_is(r->text, "all") || had_str_is(r->text, "icmp")) {
        add_row(r->arena, &found, r->text.ptr[0] == 'a' ? "all" : "icmp", "", "");
        return done(r, &found, r->text);
    }
    for (uint32_t i = 0; i < had_fact_service_word_count; i++)
        if (had_str_is(r->text, had_fact_service_words[i].word))
            add_word(r->arena, &found, &had_fact_service_words[i]);
    if (found.count)
        return done(r, &found, r->text);
    struct had_ports ports;
    if (ports_of(r->text, &ports)) {
        had_refuse(r, &HAD0213, "a service has a protocol: `" HAD_FMT "/tcp` or `" HAD_FMT "/udp`",
                   HAD_ARG(r->text), HAD_ARG(r->text));
        had_refuse_fix(r, false, had_str_printf(r->arena, HAD_FMT "/tcp", HAD_ARG(r->text)));
        return false;
    }
    return refuse_word(r);
}
