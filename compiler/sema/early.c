/*
 * Derived values that can be had before derivation. What follows from a few objects is worked out
 * for whoever asks, also while the spec is still being expanded; what follows from the whole spec
 * is there for `require` alone, and asking earlier is told. Either way nobody reads an absence that
 * is none. derive.c gives the same values to the objects themselves.
 */
#include "sema/internal.h"

#include "schema/facts.h"

#include <string.h>

enum { UP_MAX = 24 }; /* parents of an object, and their parents */

static bool is(const struct decl *d, const char *kind)
{
    return d && strcmp(d->object.kind->name, kind) == 0;
}

static struct had_value absent(void)
{
    return (struct had_value){.tag = HAD_VALUE_ABSENT};
}

static struct had_value text(had_str t, enum had_base base)
{
    return had_text_value(t, base, (struct had_span){0});
}

/* An attribute, stated, default or derived; absent of kinds that have none such. */
static struct had_value attr(struct sema *s, struct decl *d, const char *name)
{
    if (!d || had_kind_attr_index(d->object.kind, had_str_c(name)) < 0)
        return absent();
    struct had_value of = had_ref_value(d, d->object.span);
    return sema_member(s, &of, had_str_c(name), d->object.span);
}

static struct had_value clause(struct sema *s, struct decl *d, const char *name)
{
    int32_t at = had_kind_clause_index(d->object.kind, had_str_c(name));
    return at < 0 ? absent() : *sema_clause(s, d, (uint32_t)at);
}

/*
 * All objects of a kind are declared, and stand in their parents; else *out says that the answer
 * must wait or, where nothing can come any more, that it waits for itself.
 */
static bool settled(struct sema *s, struct decl *d, const char *kind, struct had_value *out)
{
    const struct decls_of *all = sema_of_kind(s, kind);
    bool linked = true;
    *out = had_error_value(d->object.span);
    if (s->expanding && !sema_work(s, all->items.count, s->busy->span))
        return false;
    for (uint32_t i = 0; s->expanding && i < all->items.count; i++)
        linked &= all->items.items[i]->linked || !all->items.items[i]->parent_by_clause;
    if (!linked)
        s->blocked = true;
    return linked && sema_settled(s, had_kind_find(had_str_c(kind)), s->busy->what, s->busy->span);
}

static struct had_value children(struct sema *s, struct decl *d, const char *kind)
{
    values found = {0};
    if (!s->deriving && !sema_work(s, d->children.count, s->busy->span))
        return had_error_value(d->object.span);
    for (uint32_t i = 0; i < d->children.count; i++)
        if (!d->children.items[i]->dead && is(d->children.items[i], kind))
            *had_push(s->arena, &found) = had_ref_value(d->children.items[i], d->object.span);
    sema_sort(s, found.items, found.count);
    return had_list_value(s, found.items, found.count, d->object.span);
}

static struct had_value regions(struct sema *s, struct decl *d)
{
    const struct decls_of *all = sema_of_kind(s, "region");
    struct had_value v;
    if (s->deriving && s->regions.tag == HAD_VALUE_LIST) { /* for every account the same */
        v = s->regions;
        v.span = d->object.span;
        return v;
    }
    if (!settled(s, d, "region", &v))
        return v;
    values found = {0};
    for (uint32_t i = 0; i < all->items.count; i++)
        if (!all->items.items[i]->dead)
            *had_push(s->arena, &found) =
                had_ref_value(all->items.items[i], all->items.items[i]->object.span);
    sema_sort(s, found.items, found.count);
    v = had_list_value(s, found.items, found.count, d->object.span);
    if (s->deriving)
        s->regions = v;
    return v;
}

static void add(struct sema *s, values *out, struct had_value v, enum had_value_tag tag)
{
    struct had_value_list list = list_of(&v);
    for (uint32_t i = 0; i < list.count; i++) {
        bool twice = false;
        for (uint32_t k = 0; tag == HAD_VALUE_IP && k < out->count; k++)
            twice |= had_ip_cmp(out->items[k].ip, list.items[i].ip) == 0;
        if (list.items[i].tag == tag && !twice)
            *had_push(s->arena, out) = list.items[i];
    }
}

/* ---- organization ---- */

static struct had_value of_spec(struct sema *s, struct decl *d, const char *name)
{
    const struct decls_of *specs = sema_of_kind(s, "spec");
    struct had_value v;
    if (!settled(s, d, "spec", &v))
        return v;
    for (uint32_t i = 0; i < specs->items.count; i++)
        if (!specs->items.items[i]->dead)
            return attr(s, specs->items.items[i], name);
    return absent();
}

static struct had_value account_owner(struct sema *s, struct decl *d)
{
    return of_spec(s, d, "owner");
}

static struct had_value account_deploy_role(struct sema *s, struct decl *d)
{
    return of_spec(s, d, "deploy-role");
}

static struct had_value account_regions(struct sema *s, struct decl *d)
{
    return regions(s, d);
}

static struct had_value path(struct sema *s, struct decl *d)
{
    had_str names = d->object.name;
    struct decl *at = d;
    for (uint32_t depth = 0; at && depth < UP_MAX; depth++) {
        struct had_value in = clause(s, at, "in");
        at = at->parent ? at->parent : ref_of(&in);
        if (at)
            names = had_str_printf(s->arena, HAD_FMT "/" HAD_FMT, HAD_ARG(at->object.name),
                                   HAD_ARG(names));
    }
    return text(names, HAD_TYPE_TEXT);
}

static struct had_value computed(struct decl *d, const char *name, enum had_base type)
{
    return (struct had_value){
        .tag = HAD_VALUE_COMPUTED, .type = type, .text = had_str_c(name), .computed = {&d->object}};
}

static struct had_value organization_root(struct sema *s, struct decl *d)
{
    (void)s;
    return computed(d, "root", HAD_TYPE_TEXT);
}

static struct had_value spec_home(struct sema *s, struct decl *d)
{
    struct had_value all = regions(s, d);
    if (all.tag != HAD_VALUE_LIST)
        return all;
    return all.list.count == 1 ? had_ref_value(ref_of(&all), d->object.span) : absent();
}

/* ---- places ---- */

static struct had_value region_country(struct sema *s, struct decl *d)
{
    (void)s;
    const struct had_fact_region *fact = had_fact_region_find(d->object.name);
    return fact ? text(had_str_c(fact->country), HAD_TYPE_TEXT) : absent();
}

static struct had_value region_partition(struct sema *s, struct decl *d)
{
    (void)s;
    const struct had_fact_region *fact = had_fact_region_find(d->object.name);
    return fact ? text(had_str_c(fact->partition), HAD_TYPE_TEXT) : absent();
}

static struct had_value region_opt_in(struct sema *s, struct decl *d)
{
    (void)s;
    const struct had_fact_region *fact = had_fact_region_find(d->object.name);
    return fact ? had_bool_value(strcmp(fact->opt_in, "opt-in") == 0, d->object.span) : absent();
}

static struct had_value region_site(struct sema *s, struct decl *d)
{
    (void)s;
    return text(d->object.name, HAD_TYPE_SITE_NAME);
}

static struct had_value region_ranges(struct sema *s, struct decl *d)
{
    const struct decls_of *spokes = sema_of_kind(s, "spoke");
    struct had_value v;
    if (!settled(s, d, "spoke", &v))
        return v;
    had_array(struct had_cidr) ranges = {0};
    for (uint32_t i = 0; i < spokes->items.count; i++) {
        struct decl *spoke = spokes->items.items[i];
        struct had_value its = absent();
        if (spoke->dead)
            continue;
        if (sema_region(s, spoke) == d)
            sema_early(s, spoke, HAD_STR("ranges"), &its);
        if (s->blocked || its.tag == HAD_VALUE_ERROR)
            return had_error_value(d->object.span);
        struct had_value_list list = list_of(&its);
        for (uint32_t k = 0; k < list.count; k++)
            *had_push(s->arena, &ranges) = list.items[k].cidr;
    }
    if (!ranges.count)
        return had_list_value(s, NULL, 0, d->object.span);
    ranges.count = had_cidr_aggregate(ranges.items, ranges.count);
    struct had_value *items = had_new_n(s->arena, struct had_value, ranges.count + 1);
    for (uint32_t i = 0; i < ranges.count; i++)
        items[i] = had_cidr_value(s, ranges.items[i], d->object.span);
    return had_list_value(s, items, ranges.count, d->object.span);
}

/* ---- spokes and links ---- */

/* The only segment of each hub. */
static struct had_value only_segments(struct sema *s, struct decl *d, struct had_value hubs)
{
    struct had_value_list list = list_of(&hubs);
    struct had_value v;
    values only = {0};
    if (!settled(s, d, "segment", &v))
        return v;
    for (uint32_t i = 0; i < list.count; i++) {
        struct decl *hub = ref_of(&list.items[i]);
        struct had_value segments = is(hub, "hub") ? children(s, hub, "segment") : absent();
        if (segments.tag == HAD_VALUE_LIST && segments.list.count == 1)
            *had_push(s->arena, &only) = segments.list.items[0];
    }
    return only.count ? had_list_value(s, only.items, only.count, d->object.span) : absent();
}

static struct had_value spoke_segment(struct sema *s, struct decl *d)
{
    return only_segments(s, d, clause(s, d, "hubs"));
}

static struct had_value link_segment(struct sema *s, struct decl *d)
{
    return only_segments(s, d, clause(s, d, "to"));
}

/* Where one hub has several segments, what is stated for both contradicts nothing. */
static struct had_value peer_segments(struct sema *s, struct decl *d)
{
    struct had_value ends = clause(s, d, "ends"), only = only_segments(s, d, ends);
    int32_t at = had_kind_attr_index(d->object.kind, HAD_STR("segments"));
    bool stated = at >= 0 && sema_attr(s, d, (uint32_t)at)->tag != HAD_VALUE_ABSENT;
    bool each = only.tag == HAD_VALUE_LIST && only.list.count == list_of(&ends).count;
    return stated && !each ? absent() : only;
}

static struct had_value appliance_mode(struct sema *s, struct decl *d)
{
    return had_bool_value(had_str_is(attr(s, d, "role").text, "inspection"), d->object.span);
}

/* Those meant for it, else the first by name of each zone. */
static struct had_value attachment_subnets(struct sema *s, struct decl *d)
{
    struct had_value v, hubs = clause(s, d, "hubs");
    if (!list_of(&hubs).count)
        return absent();
    if (!settled(s, d, "subnet", &v))
        return v;
    struct had_value subnets = children(s, d, "subnet");
    bool meant = false;
    for (uint32_t i = 0; i < subnets.list.count; i++)
        meant |= had_str_is(attr(s, ref_of(&subnets.list.items[i]), "use").text, "attachment");
    values chosen = {0};
    for (uint32_t i = 0; i < subnets.list.count; i++) {
        struct decl *subnet = ref_of(&subnets.list.items[i]);
        bool taken = meant && !had_str_is(attr(s, subnet, "use").text, "attachment");
        for (uint32_t k = 0; k < chosen.count; k++)
            taken |= had_str_eq(clause(s, ref_of(&chosen.items[k]), "zone").text,
                                clause(s, subnet, "zone").text);
        if (!taken)
            *had_push(s->arena, &chosen) = subnets.list.items[i];
    }
    if (!chosen.count)
        return absent();
    v = had_list_value(s, chosen.items, chosen.count, d->object.span);
    v.reason = meant ? HAD_STR("the subnets with use = attachment")
                     : HAD_STR("the first subnet by name of each zone");
    return v;
}

static struct had_value subnet_share_with(struct sema *s, struct decl *d)
{
    bool attachment = had_str_is(attr(s, d, "use").text, "attachment");
    struct had_value v = attachment ? absent() : attr(s, d->parent, "share-with");
    return v.tag == HAD_VALUE_LIST ? v : absent();
}

static struct had_value subnet_owner(struct sema *s, struct decl *d)
{
    struct decl *account = sema_account(s, d);
    return account ? had_ref_value(account, d->object.span) : absent();
}

static struct had_value link_learned(struct sema *s, struct decl *d)
{
    struct had_value from = clause(s, d, "from");
    struct had_value_list sites = list_of(&from);
    values ranges = {0};
    for (uint32_t i = 0; i < sites.count; i++)
        if (is(ref_of(&sites.items[i]), "site"))
            add(s, &ranges, attr(s, ref_of(&sites.items[i]), "ranges"), HAD_VALUE_CIDR);
    return ranges.count ? had_list_value(s, ranges.items, ranges.count, d->object.span) : absent();
}

/* Gateway endpoints exist for these two services only (VPC user guide, gateway endpoints). */
static struct had_value endpoint_type(struct sema *s, struct decl *d)
{
    sema_subject(s, d);
    had_str service = d->object.subject.text;
    bool gateway = had_str_is(service, "s3") || had_str_is(service, "dynamodb");
    return text(gateway ? HAD_STR("gateway") : HAD_STR("interface"), HAD_TYPE_WORD);
}

static struct had_value endpoint_used_by(struct sema *s, struct decl *d)
{
    struct had_value *own = had_new(s->arena, struct had_value);
    if (!d->parent)
        return absent();
    *own = had_ref_value(d->parent, d->object.span);
    return had_list_value(s, own, 1, d->object.span);
}

/* ---- directories ---- */

/* Windows takes the first label, cut to the 15 characters of a NetBIOS name. */
static struct had_value netbios(struct sema *s, struct decl *d)
{
    struct had_value root = attr(s, d, "root");
    if (root.tag != HAD_VALUE_TEXT)
        return absent();
    int64_t dot = had_str_find(root.text, '.');
    had_str label = had_str_slice(root.text, 0, dot < 0 ? root.text.len : (uint32_t)dot);
    return text(had_str_upper(s->arena, had_str_slice(label, 0, 15)), HAD_TYPE_NETBIOS);
}

static struct had_value administer_as(struct sema *s, struct decl *d)
{
    struct had_value v = attr(s, d, "join-as");
    return v.tag == HAD_VALUE_SECRET ? v : absent();
}

static struct had_value forest_dns(struct sema *s, struct decl *d)
{
    struct had_value v, sites = attr(s, d, "sites");
    if (!settled(s, d, "controller", &v))
        return v;
    values servers = {0};
    struct had_value controllers = children(s, d, "controller");
    for (uint32_t i = 0; i < controllers.list.count; i++) {
        struct decl *c = ref_of(&controllers.list.items[i]);
        struct had_value serves = attr(s, c, "dns-server");
        if (serves.tag != HAD_VALUE_BOOL || serves.boolean)
            add(s, &servers, attr(s, c, "address"), HAD_VALUE_IP);
    }
    struct had_value_list list = list_of(&sites);
    for (uint32_t i = 0; i < list.count; i++)
        add(s, &servers, attr(s, ref_of(&list.items[i]), "dns"), HAD_VALUE_IP);
    return servers.count ? had_list_value(s, servers.items, servers.count, d->object.span)
                         : absent();
}

static struct had_value directory_dns(struct sema *s, struct decl *d)
{
    (void)s;
    return computed(d, "dns", HAD_TYPE_LIST);
}

static struct had_value directory_site(struct sema *s, struct decl *d)
{
    struct decl *region = sema_region(s, d);
    return region ? attr(s, region, "site") : absent();
}

static struct had_value log_group(struct sema *s, struct decl *d)
{
    return text(had_str_printf(s->arena, "/aws/directoryservice/" HAD_FMT,
                               HAD_ARG(had_outside_name(s->arena, &d->object))),
                HAD_TYPE_TEXT);
}

static struct had_value connector_dns(struct sema *s, struct decl *d)
{
    struct had_value domain = attr(s, d, "domain");
    return ref_of(&domain) ? attr(s, ref_of(&domain), "dns") : absent();
}

static struct had_value controller_time(struct sema *s, struct decl *d)
{
    struct had_value roles = attr(s, d, "roles");
    struct had_value_list list = list_of(&roles);
    bool pdc = false;
    for (uint32_t i = 0; i < list.count; i++)
        pdc |= had_str_is(list.items[i].text, "pdc");
    return text(pdc && is(d->parent, "forest") ? HAD_STR("amazon") : HAD_STR("hierarchy"),
                HAD_TYPE_WORD);
}

static struct had_value parent(struct sema *s, struct decl *d)
{
    (void)s;
    return d->parent ? had_ref_value(d->parent, d->object.span) : absent();
}

static struct had_value forest_of_domain(struct sema *s, struct decl *d)
{
    (void)s;
    struct decl *up = d->parent;
    for (uint32_t depth = 0; up && !is(up, "forest") && depth < UP_MAX; depth++)
        up = up->parent;
    return is(up, "forest") ? had_ref_value(up, d->object.span) : absent();
}

static struct had_value share_method(struct sema *s, struct decl *d)
{
    struct decl *directory = ref_of(sema_subject(s, d));
    struct decl *owner = directory ? sema_account(s, directory) : NULL;
    struct had_value management = absent();
    if (!owner)
        return absent();
    sema_early(s, owner, HAD_STR("management"), &management);
    return text(management.boolean ? HAD_STR("organization") : HAD_STR("handshake"), HAD_TYPE_WORD);
}

/* ---- servers ---- */

static struct had_value instance_os(struct sema *s, struct decl *d)
{
    had_str image = attr(s, d, "image").text;
    if (had_str_starts(image, "windows-"))
        return text(HAD_STR("windows"), HAD_TYPE_WORD);
    return had_str_starts(image, "amazon-linux-") ? text(HAD_STR("linux"), HAD_TYPE_WORD)
                                                  : absent();
}

/* ---- the table ---- */

static const struct had_derivation table[] = {
    {"organization", "root", organization_root, NULL, false},
    {"organization", "trusted-services", NULL, NULL, false},
    {"account", "owner", account_owner, "owner of the spec", false},
    {"account", "deploy-role", account_deploy_role, "deploy-role of the spec", false},
    {"account", "regions", account_regions, "every Region of the spec", false},
    {"account", "path", path, NULL, false},
    {"account", "delegated", NULL, NULL, false},
    {"ou", "path", path, NULL, false},
    {"ou", "accounts", NULL, NULL, false},
    {"spec", "home", spec_home, "the only Region", true},
    {"region", "country", region_country, NULL, false},
    {"region", "partition", region_partition, NULL, false},
    {"region", "opt-in", region_opt_in, NULL, false},
    {"region", "site", region_site, "the code of the Region", false},
    {"region", "ranges", region_ranges, "the ranges of its spokes, joined where they touch", false},
    {"region", "exact-ranges", region_ranges, NULL, false},
    {"region", "spokes", NULL, NULL, false},
    {"region", "hubs", NULL, NULL, false},
    {"hub", "share-with", NULL, NULL, false},
    {"hub", "advertises", NULL, NULL, false},
    {"hub", "spokes", NULL, NULL, false},
    {"hub", "links", NULL, NULL, false},
    {"hub", "regions-reached", NULL, NULL, false},
    {"segment", "members", NULL, NULL, false},
    {"segment", "reachable", NULL, NULL, false},
    {"spoke", "segment", spoke_segment, "the only segment of its hub", false},
    {"spoke", "propagates-to", NULL, NULL, false},
    {"spoke", "appliance-mode", appliance_mode, "true where the role is inspection", true},
    {"spoke", "attachment-subnets", attachment_subnets, NULL, false},
    {"spoke", "routes", NULL, NULL, false},
    {"spoke", "members", NULL, NULL, false},
    {"subnet", "share-with", subnet_share_with, "share-with of the spoke", false},
    {"subnet", "owner", subnet_owner, NULL, false},
    {"subnet", "routes", NULL, NULL, false},
    {"subnet", "free", NULL, NULL, false},
    {"link", "segment", link_segment, "the only segment of its hub", false},
    {"link", "propagates-to", NULL, NULL, false},
    {"link", "learned", link_learned, "the ranges of its sites", false},
    {"link", "gateway", NULL, NULL, false},
    {"link", "single-points", NULL, NULL, false},
    {"peer", "segments", peer_segments, "the only segment of each hub", true},
    {"endpoint", "type", endpoint_type, "gateway for s3 and dynamodb", false},
    {"endpoint", "used-by", endpoint_used_by, "its own spoke", false},
    {"forward", "share-with", NULL, NULL, false},
    {"forest", "netbios", netbios, "the first label of the root", false},
    {"forest", "administer-as", administer_as, "join-as", false},
    {"forest", "dns", forest_dns, "its controllers in AWS, then the servers of its sites", false},
    {"forest", "domains", NULL, NULL, false},
    {"forest", "regions", NULL, NULL, false},
    {"domain", "netbios", netbios, "the first label of the root", false},
    {"domain", "dns", forest_dns, "its controllers in AWS, then the servers of its sites", false},
    {"domain", "forest", forest_of_domain, NULL, false},
    {"domain", "domains", NULL, NULL, false},
    {"domain", "regions", NULL, NULL, false},
    {"controller", "time", controller_time, "amazon on the root's PDC, else the hierarchy", false},
    {"controller", "domain", parent, NULL, false},
    {"site-link", "forests", NULL, NULL, false},
    {"directory", "netbios", netbios, "the first label of the root", false},
    {"directory", "site", directory_site, "the site of the Region", false},
    {"directory", "log-group", log_group, "its name below /aws/directoryservice/", false},
    {"directory", "dns", directory_dns, "known after creation", false},
    {"directory", "routes", NULL, NULL, false},
    {"directory", "shares", NULL, NULL, false},
    {"connector", "dns", connector_dns, "the servers of the domain", false},
    {"trust", "forwarders", NULL, NULL, false},
    {"share", "method", share_method,
     "organization where the directory is in the management account", false},
    {"identity-center", "sync", NULL, NULL, false},
    {"instance", "os", instance_os, "that of the image", false},
    {NULL, NULL, NULL, NULL, false},
};

const struct had_derivation *sema_derivations(void)
{
    return table;
}

static const struct had_derivation *find(const char *kind, had_str name)
{
    for (const struct had_derivation *t = table; t->kind; t++)
        if (strcmp(t->kind, kind) == 0 && had_str_is(name, t->name))
            return t;
    return NULL;
}

struct had_value sema_derivation(struct sema *s, const struct had_derivation *t, struct decl *d,
                                 struct had_span span)
{
    struct busy busy = {s->busy, {0}, span};
    if (!s->deriving) /* then nothing can need itself any more */
        busy.what = had_str_printf(s->arena, "`%s` of %s " HAD_FMT, t->name, d->object.kind->name,
                                   HAD_ARG(d->object.name));
    s->busy = &busy;
    struct had_value v = t->value(s, d);
    s->busy = busy.up;
    int32_t at = had_kind_attr_index(d->object.kind, had_str_c(t->name));
    if (at >= 0 && v.tag == HAD_VALUE_LIST)
        v.type = had_kind_attr(d->object.kind, (uint32_t)at)->type->base;
    v.provenance = HAD_DERIVED;
    if (t->reason)
        v.reason = had_str_c(t->reason);
    if (!had_span_known(v.span))
        v.span = d->object.span;
    return v;
}

bool sema_is_derived(const struct had_kind *kind, had_str name)
{
    return find(kind->name, name) != NULL;
}

bool sema_derived(struct sema *s, struct decl *d, had_str name, struct had_span span,
                  struct had_value *out)
{
    const struct had_derivation *t = s->derived ? NULL : find(d->object.kind->name, name);
    if (!t)
        return false;
    if (t->value) {
        *out = sema_derivation(s, t, d, span);
        return true;
    }
    *out = had_error_value(span);
    struct had_diag *diag = sema_report(s, &HAD0420, span,
                                        "`" HAD_FMT "` of %s%s" HAD_FMT
                                        " follows from the whole spec: only `require` can read it",
                                        HAD_ARG(name), d->object.kind->name,
                                        d->object.name.len ? " " : "", HAD_ARG(d->object.name));
    bool stated = had_kind_attr_index(d->object.kind, name) >= 0;
    if (stated)
        had_diag_help(diag, "state `" HAD_FMT "` there, or look at it in an `assert`",
                      HAD_ARG(name));
    return true;
}
