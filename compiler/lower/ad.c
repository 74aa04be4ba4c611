/* What forests, directories and trusts ask of each other. */
#include "lower/ad.h"

const struct had_object *had_forest_of(const struct had_object *object)
{
    while (object && !had_is(object, "forest") && object->parent)
        object = object->parent;
    return object;
}

static bool is_domain(const struct had_object *object)
{
    return had_is(object, "forest") || had_is(object, "domain");
}

void had_controllers_of(struct had_lowering *l, const struct had_object *domain, bool whole,
                        had_objects *out)
{
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *child = domain->children.items[i];
        if (had_is(child, "controller") && !child->existing)
            *had_push(l->arena, out) = child;
    }
    for (uint32_t i = 0; whole && i < domain->children.count; i++) {
        if (had_is(domain->children.items[i], "domain"))
            had_controllers_of(l, domain->children.items[i], true, out);
    }
}

const struct had_object *had_first_controller(struct had_lowering *l,
                                              const struct had_object *domain, bool whole)
{
    had_objects all = {0};
    had_controllers_of(l, domain, whole, &all);
    const struct had_object *first = NULL;
    had_each_object(controller, &all) {
        /* Read-only controllers can do no work for others. */
        if (had_get_bool(controller, "read-only"))
            continue;
        if (!first || (controller->parent == first->parent &&
                       had_str_cmp(controller->address, first->address) < 0))
            first = controller;
    }
    return first;
}

had_str had_domain_name(const struct had_object *domain)
{
    return had_get_text(domain, "root");
}

/* ---- accounts ---- */

/* A secret that is made in Secrets Manager for a forest of ours: had/FOREST/WHAT. */
static struct had_prop *made_secret(struct had_lowering *l, const struct had_object *forest,
                                    const char *what, struct had_span span)
{
    had_str name = had_str_printf(l->arena, "had/" HAD_FMT "/%s", HAD_ARG(forest->label), what);
    return had_prop_secret(l->graph, name, (had_str){0}, (had_str){0}, NULL, span);
}

struct had_prop *had_promotion_secret(struct had_lowering *l, const struct had_object *domain,
                                      const struct had_context *context)
{
    for (const struct had_object *at = domain; at && is_domain(at); at = at->parent) {
        const struct had_value *stated = had_get(at, "join-as");
        if (stated->tag == HAD_VALUE_SECRET)
            return had_prop_of_secret(l, stated, context, NULL);
    }
    const struct had_object *forest = had_forest_of(domain);
    return forest->existing ? NULL : made_secret(l, forest, "administrator", forest->span);
}

struct had_prop *had_administration_secret(struct had_lowering *l, const struct had_object *forest,
                                           const struct had_context *context)
{
    const struct had_value *stated = had_get(forest, "administer-as");
    if (stated->tag == HAD_VALUE_SECRET)
        return had_prop_of_secret(l, stated, context, NULL);
    return had_promotion_secret(l, forest, context);
}

struct had_prop *had_safe_mode_secret(struct had_lowering *l, const struct had_object *domain,
                                      const struct had_context *context)
{
    const struct had_object *forest = had_forest_of(domain);
    const struct had_value *stated = had_get(forest, "safe-mode");
    if (stated->tag == HAD_VALUE_SECRET)
        return had_prop_of_secret(l, stated, context, NULL);
    return made_secret(l, forest, "safe-mode", had_get_span(forest, "safe-mode"));
}

/* ---- where servers stand ---- */

static void add_host(struct had_lowering *l, had_cidrs *out, struct had_ip ip)
{
    struct had_cidr range = {.base = ip, .length = had_ip_bits(ip)};
    for (uint32_t i = 0; i < out->count; i++) {
        if (had_cidr_eq(out->items[i], range))
            return;
    }
    *had_push(l->arena, out) = range;
}

static void add_site(struct had_lowering *l, had_cidrs *out, const struct had_object *site)
{
    const struct had_value *named = had_get(site, "controllers");
    if (named->tag == HAD_VALUE_MAP && named->map.count) {
        for (uint32_t i = 0; i < named->map.count; i++) {
            if (named->map.entries[i].value->tag == HAD_VALUE_IP)
                add_host(l, out, named->map.entries[i].value->ip);
        }
        return;
    }
    /* Without controllers stated, the DNS servers of the site stand for them: they are the same. */
    struct had_value_list dns = had_get_list(site, "dns");
    for (uint32_t i = 0; i < dns.count; i++) {
        if (dns.items[i].tag == HAD_VALUE_IP)
            add_host(l, out, dns.items[i].ip);
    }
}

void had_site_controllers(struct had_lowering *l, const struct had_object *forest, had_cidrs *out)
{
    struct had_value_list sites = had_get_list(forest, "sites");
    for (uint32_t i = 0; i < sites.count; i++) {
        if (sites.items[i].tag == HAD_VALUE_REF)
            add_site(l, out, sites.items[i].object);
    }
    for (uint32_t i = 0; i < forest->children.count; i++) {
        if (had_is(forest->children.items[i], "domain"))
            had_site_controllers(l, forest->children.items[i], out);
    }
}

static void controllers_below(struct had_lowering *l, const struct had_object *domain,
                              had_cidrs *out)
{
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *child = domain->children.items[i];
        if (had_is(child, "controller") && had_get(child, "address")->tag == HAD_VALUE_IP)
            add_host(l, out, had_get(child, "address")->ip);
        else if (had_is(child, "domain"))
            controllers_below(l, child, out);
    }
}

void had_trust_sources(struct had_lowering *l, const struct had_object *domain, had_cidrs *out)
{
    if (!had_is(domain, "directory")) {
        had_site_controllers(l, domain, out);
        controllers_below(l, domain, out);
        return;
    }
    struct had_value_list subnets = had_get_list(domain, "subnets");
    for (uint32_t i = 0; i < subnets.count; i++) {
        if (subnets.items[i].tag == HAD_VALUE_REF)
            had_cidrs_of_object(l, out, subnets.items[i].object);
    }
    for (uint32_t i = 0; i < domain->children.count; i++) {
        const struct had_object *replica = domain->children.items[i];
        if (had_is(replica, "replica"))
            had_cidrs_of(l, out, had_get(replica, "subnets"));
    }
}

const struct had_object *had_trust_subject(const struct had_object *trust)
{
    return trust->subject.tag == HAD_VALUE_REF ? trust->subject.object : NULL;
}

const struct had_object *had_trust_other(const struct had_object *trust,
                                         const struct had_object *domain)
{
    const struct had_object *one = had_trust_subject(trust);
    const struct had_object *two = had_get_object(trust, "with");
    if (!one || !two)
        return NULL;
    bool directory = had_is(domain, "directory");
    if (one == domain || (!directory && !had_is(one, "directory") && had_forest_of(one) == domain))
        return two;
    if (two == domain || (!directory && !had_is(two, "directory") && had_forest_of(two) == domain))
        return one;
    return NULL;
}

/* ---- names ---- */

struct had_prop *had_prop_dns(struct had_lowering *l, const struct had_object *domain,
                              const struct had_value *value, had_str region, struct had_span span)
{
    struct had_value reference = {.tag = HAD_VALUE_REF, .span = span, .object = domain};
    if (value->tag == HAD_VALUE_ABSENT || value->tag == HAD_VALUE_COMPUTED)
        value = &reference;
    had_servers servers = {0};
    had_servers_of(l, &servers, value, region);
    struct had_prop *list = NULL;
    had_each(struct had_server, server, &servers) {
        struct had_prop *address = NULL;
        if (server->ip.family)
            address = had_prop_text(l->graph, had_ip_text(l->arena, server->ip), server->span);
        else if (server->node) {
            had_str attribute =
                had_str_printf(l->arena, "%s[%u]", server->attribute, server->index);
            address = had_prop_read(l->graph, server->node, had_str_cstr(l->arena, attribute),
                                    server->span);
        }
        if (!address)
            continue;
        if (!list)
            list = had_prop_list(l->graph, span);
        if (list->items.count < HAD_DNS_MAX)
            had_prop_append(l->graph, list, address);
    }
    return list;
}

/* A rule for a domain also answers for what is below it. */
static bool covers(had_str rule, had_str domain)
{
    if (had_str_is(rule, ".") || had_str_eq_nocase(rule, domain))
        return true;
    return domain.len > rule.len + 1 && domain.ptr[domain.len - rule.len - 1] == '.' &&
           had_str_eq_nocase(had_str_slice(domain, domain.len - rule.len, domain.len), rule);
}

/* The rule's association with a network; forwards are made before this is asked. */
static struct had_node *association(struct had_lowering *l, const struct had_object *forward,
                                    const struct had_object *spoke)
{
    return had_lower_find(l, forward, "association", spoke->address);
}

bool had_rule_answers(struct had_lowering *l, const struct had_object *spoke, had_str domain)
{
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        if (covers(forward->name, domain) && association(l, forward, spoke))
            return true;
    }
    return false;
}

void had_lower_finds(struct had_lowering *l, struct had_node *node, const struct had_object *spoke,
                     had_str domain, struct had_span span)
{
    had_each_object(forward, had_spec_kind(l->spec, "forward")) {
        if (spoke && covers(forward->name, domain))
            had_lower_need(l, node, association(l, forward, spoke),
                           "the domain is found by the rule that is associated with the network",
                           span);
    }
}
