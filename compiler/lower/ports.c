/* The port tables of the facts as rows for one flow: the only way ports of Active Directory enter.
 */
#include "lower/internal.h"

#include <stdlib.h>
#include <string.h>

/* The facts' word for when a row holds, by its beginning, and the flag that asks for it. */
static const struct {
    const char *begins;
    unsigned flag;
} conditions[] = {
    {"ldaps", HAD_WHEN_LDAPS},
    {"if managed", HAD_WHEN_MANAGED},
    {"administration", HAD_WHEN_MANAGED},
    {"legacy", HAD_WHEN_LEGACY},
    {"only if time", HAD_WHEN_TIME},
    {"trust creation", HAD_WHEN_CREATION},
    {"recommended", HAD_WHEN_RECOMMENDED},
    {"protocol DoH", HAD_WHEN_DOH},
};

/* Rows without a condition of the list hold whenever their flow is asked for. */
static bool holds(const char *when, unsigned flags)
{
    for (uint32_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (!strncmp(when, conditions[i].begins, strlen(conditions[i].begins)))
            return (flags & conditions[i].flag) != 0;
    return true;
}

static void add(struct had_lowering *l, had_port_rows *out, const char *protocol, had_str ports,
                const char *purpose)
{
    struct had_port_row row = {.protocol = protocol, .purpose = purpose};
    if (had_str_is(ports, "all")) {
        row.protocol = strcmp(protocol, "all") ? protocol : "-1";
        row.first = strcmp(protocol, "all") ? 0 : -1;
        row.last = strcmp(protocol, "all") ? 65535 : -1;
    } else if (had_str_is(ports, "echo")) {
        row.first = 8; /* echo request; its code is any */
        row.last = -1;
    } else {
        had_str first = ports;
        had_str last = ports;
        int64_t dash = had_str_find(ports, '-');
        if (dash >= 0) {
            first = had_str_slice(ports, 0, (uint32_t)dash);
            last = had_str_slice(ports, (uint32_t)dash + 1, ports.len);
        }
        int64_t low;
        int64_t high;
        if (!had_str_to_int(first, &low) || !had_str_to_int(last, &high))
            return;
        row.first = (int32_t)low;
        row.last = (int32_t)high;
    }
    *had_push(l->arena, out) = row;
}

static void add_row(struct had_lowering *l, had_port_rows *out, const struct had_fact_port *fact)
{
    bool both = !strcmp(fact->protocol, "tcp+udp");
    had_str rest = had_str_c(fact->ports);
    while (rest.len) {
        int64_t comma = had_str_find(rest, ',');
        had_str ports = comma < 0 ? rest : had_str_slice(rest, 0, (uint32_t)comma);
        rest = comma < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)comma + 1, rest.len);
        add(l, out, both ? "tcp" : fact->protocol, ports, fact->purpose);
        if (both)
            add(l, out, "udp", ports, fact->purpose);
    }
}

void had_port_rows_of(struct had_lowering *l, had_port_rows *out, const char *flow, unsigned when,
                      enum had_direction direction)
{
    const struct had_fact_port *all_out = NULL;
    for (uint32_t i = 0; i < had_fact_port_count; i++) {
        const struct had_fact_port *fact = &had_fact_ports[i];
        if (strcmp(fact->flow, flow) != 0 || !holds(fact->when, when))
            continue;
        /* A row of all traffic says what leaves: it stands for every other row there, and for none
         * of what arrives. */
        if (!strcmp(fact->protocol, "all"))
            all_out = fact;
        else
            add_row(l, out, fact);
    }
    if (all_out && direction == HAD_RULE_OUT) {
        out->count = 0;
        add_row(l, out, all_out);
    }
}

had_str had_ports_text(struct had_lowering *l, const char *protocol, int32_t first, int32_t last)
{
    if (!strcmp(protocol, "-1"))
        return HAD_STR("all");
    if (!strncmp(protocol, "icmp", 4))
        return first < 0 ? had_str_c(protocol) : had_str_printf(l->arena, "%s echo", protocol);
    if (first == last)
        return had_str_printf(l->arena, "%d/%s", (int)first, protocol);
    return had_str_printf(l->arena, "%d-%d/%s", (int)first, (int)last, protocol);
}
