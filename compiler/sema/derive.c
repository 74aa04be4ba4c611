/*
 * Derived objects, attributes and values: what follows from the spec and need not be said. A stated
 * value that differs from the derived one counts, and an info finding shows both (catalog page,
 * part 4, rule 14).
 */
#include "sema/internal.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

typedef had_array(struct decl *) decls;

struct derive {
    struct sema *s;
    struct had_map by_kind; /* kind number → decls */
};

static const decls *all(struct derive *x, const char *kind)
{
    static const decls none = {0};
    int32_t n = sema_kind_number(had_kind_find(had_str_c(kind)));
    uint64_t *found = had_map_get(&x->by_kind, (uint64_t)n);
    return found ? (const decls *)(uintptr_t)*found : &none;
}

static bool is(const struct decl *d, const char *kind)
{
    return d && strcmp(d->object.kind->name, kind) == 0;
}

static const struct had_value *attr(struct sema *s, struct decl *d, const char *name)
{
    static const struct had_value absent = {.tag = HAD_VALUE_ABSENT};
    int32_t at = d ? had_kind_attr_index(d->object.kind, had_str_c(name)) : -1;
    return at < 0 ? &absent : sema_attr(s, d, (uint32_t)at);
}

static struct had_value *clause(struct sema *s, struct decl *d, const char *name)
{
    static struct had_value absent = {.tag = HAD_VALUE_ABSENT};
    int32_t at = had_kind_clause_index(d->object.kind, had_str_c(name));
    return at < 0 ? &absent : sema_clause(s, d, (uint32_t)at);
}

/* A value that only reading gives: `.region`, `.members`, … */
static const struct had_value *put(struct sema *s, struct decl *d, const char *name,
                                   struct had_value v)
{
    struct had_value *kept = had_new(s->arena, struct had_value);
    *kept = v;
    kept->provenance = HAD_DERIVED;
    if (!had_span_known(v.span))
        kept->span = d->object.span;
    *had_push(s->arena, &d->object.values) = (struct had_derived_value){name, kept};
    return kept;
}

static void put_ref(struct sema *s, struct decl *d, const char *name, struct decl *to)
{
    if (to)
        put(s, d, name, had_ref_value(to, d->object.span));
}

static struct had_value refs(struct sema *s, const decls *list, struct had_span span)
{
    struct had_value *items = had_new_n(s->arena, struct had_value, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++)
        items[i] = had_ref_value(list->items[i], span);
    return had_list_value(s, items, list->count, span);
}

/* Order does not make a set of ranges or objects another one. */
static bool same_set(const struct had_value *a, const struct had_value *b)
{
    if (a->tag != HAD_VALUE_LIST || b->tag != HAD_VALUE_LIST)
        return had_value_eq(a, b);
    if (a->list.count != b->list.count)
        return false;
    if (a->list.count > 4096)
        return true; /* too many to compare for a hint */
    for (uint32_t i = 0; i < a->list.count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < b->list.count && !found; k++)
            found = had_value_eq(&a->list.items[i], &b->list.items[k]);
        if (!found)
            return false;
    }
    return true;
}

/* Gives an attribute its derived value, or compares the stated one with it. */
static void give(struct sema *s, struct decl *d, const char *name, struct had_value v,
                 const char *reason)
{
    int32_t at = had_kind_attr_index(d->object.kind, had_str_c(name));
    if (at < 0)
        return;
    const struct had_value *have = d->object.attrs[at]; /* of derived objects: NULL */
    if (have && have->tag == HAD_VALUE_ERROR)
        return;
    v.provenance = HAD_DERIVED;
    v.reason = had_str_c(reason);
    if (!had_span_known(v.span))
        v.span = d->object.span;
    if (!have || have->tag == HAD_VALUE_ABSENT) {
        const struct had_type *type = had_kind_attr(d->object.kind, (uint32_t)at)->type;
        if (v.tag == HAD_VALUE_LIST)
            v.type = type->base;
        sema_give(s, d, (uint32_t)at, v);
        return;
    }
    if (have->provenance != HAD_STATED || same_set(have, &v))
        return;
    struct had_diag *diag = had_report(s->diags, &HAD0611, have->span,
                                       "`%s` is stated, and differs from what follows "
                                       "from the spec",
                                       name);
    had_diag_address(diag, d->object.address);
    had_diag_note(diag, "derived: " HAD_FMT, HAD_ARG(had_value_text(s->arena, &v)));
    had_diag_note(diag, "stated: " HAD_FMT, HAD_ARG(had_value_text(s->arena, have)));
    had_diag_help(diag, "leave it out unless it shall differ; the stated value counts");
}

static struct had_value text(had_str t, enum had_base base)
{
    return had_text_value(t, base, (struct had_span){0});
}

static bool has(const struct had_value *list, const struct decl *d)
{
    if (list->tag == HAD_VALUE_REF)
        return list->object == &d->object;
    if (list->tag == HAD_VALUE_LIST)
        for (uint32_t i = 0; i < list->list.count; i++)
            if (list->list.items[i].tag == HAD_VALUE_REF &&
                list->list.items[i].object == &d->object)
                return true;
    return false;
}

static int by_address(const void *a, const void *b)
{
    return had_str_cmp((*(struct decl *const *)a)->object.address,
                       (*(struct decl *const *)b)->object.address);
}

static void sort(decls *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_address);
}

/* ---- ranges ---- */

typedef had_array(struct had_cidr) cidrs;

static void add_cidrs(struct sema *s, cidrs *out, const struct had_value *v)
{
    if (v->tag == HAD_VALUE_CIDR)
        *had_push(&s->scratch, out) = v->cidr;
    else if (v->tag == HAD_VALUE_LIST)
        for (uint32_t i = 0; i < v->list.count; i++)
            if (v->list.items[i].tag == HAD_VALUE_CIDR)
                *had_push(&s->scratch, out) = v->list.items[i].cidr;
}

static struct had_value cidr_values(struct sema *s, const cidrs *list, struct had_span span)
{
    struct had_value *items = had_new_n(s->arena, struct had_value, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++)
        items[i] = (struct had_value){.tag = HAD_VALUE_CIDR,
                                      .type = HAD_TYPE_CIDR,
                                      .span = span,
                                      .text = had_cidr_text(s->arena, list->items[i]),
                                      .cidr = list->items[i]};
    return had_list_value(s, items, list->count, span);
}

static struct had_value early(struct sema *s, struct decl *d, const char *name)
{
    struct had_value v = {.tag = HAD_VALUE_ABSENT};
    sema_early(s, d, had_str_c(name), &v);
    return v;
}

/* ---- derived objects ---- */

static struct decl *derived_object(struct derive *x, const char *kind, had_str name, had_str key,
                                   struct had_span span)
{
    struct sema *s = x->s;
    const struct had_kind *k = had_kind_find(had_str_c(kind));
    struct decl *d = sema_declare(s, k, had_intern(&s->names, name), NULL, s->root, NULL);
    d->object.derived = true;
    d->object.span = span;
    d->object.name_span = span;
    d->linked = true;
    if (key.len) {
        d->object.keys = had_new_n(s->arena, had_str, 1);
        d->object.keys[0] = key;
        d->object.key_count = 1;
    }
    sema_address(s, d);
    for (uint32_t i = 0; i < had_kind_attr_count(k); i++)
        sema_attr(s, d, i); /* defaults */
    for (uint32_t i = 0; i < had_kind_clause_count(k); i++)
        sema_clause(s, d, i);
    decls *list = (decls *)(uintptr_t)all(x, kind);
    if (!list->count) {
        list = had_new(&s->scratch, decls);
        had_map_put(&s->scratch, &x->by_kind, (uint64_t)sema_kind_number(k), (uintptr_t)list);
    }
    *had_push(&s->scratch, list) = d;
    *had_push(s->arena, &s->spec->objects) = &d->object;
    return d;
}

static void set_clause(struct decl *d, const char *name, struct had_value v)
{
    int32_t at = had_kind_clause_index(d->object.kind, had_str_c(name));
    if (at >= 0) {
        d->object.clauses[at] = v;
        d->clause_state[at] = DONE;
    }
}

static bool is_direct_connect(struct sema *s, struct decl *link)
{
    return had_str_is(clause(s, link, "via")->text, "direct-connect");
}

static void gateways(struct derive *x)
{
    struct sema *s = x->s;
    if (all(x, "direct-connect-gateway")->count)
        return;
    const decls *links = all(x, "link");
    for (uint32_t i = 0; i < links->count; i++) {
        struct decl *link = links->items[i];
        struct decl *account = is_direct_connect(s, link) ? sema_account(s, link) : NULL;
        if (!account)
            continue;
        struct had_value of = had_ref_value(account, link->object.span);
        had_str key = sema_key(s, &of);
        bool there = false;
        const decls *made = all(x, "direct-connect-gateway");
        for (uint32_t k = 0; k < made->count; k++)
            there |= had_str_eq(made->items[k]->object.keys[0], key);
        if (there)
            continue;
        struct decl *d = derived_object(x, "direct-connect-gateway", HAD_STR("direct-connect"), key,
                                        link->object.span);
        set_clause(d, "account", of);
    }
}

/* A site link for each site with a link and each Region that its links lead to. */
static void site_links(struct derive *x)
{
    struct sema *s = x->s;
    if (all(x, "site-link")->count || !all(x, "forest")->count)
        return;
    const decls *links = all(x, "link");
    struct had_map seen = {0};
    for (uint32_t i = 0; i < links->count; i++) {
        struct decl *link = links->items[i];
        struct had_value_list sites = list_of(clause(s, link, "from"));
        struct had_value_list hubs = list_of(clause(s, link, "to"));
        for (uint32_t a = 0; a < sites.count; a++) {
            struct decl *site = ref_of(&sites.items[a]);
            for (uint32_t b = 0; is(site, "site") && b < hubs.count; b++) {
                struct decl *hub = ref_of(&hubs.items[b]);
                struct decl *region = hub ? sema_region(s, hub) : NULL;
                if (!region)
                    continue;
                had_str name =
                    had_str_printf(s->arena, HAD_FMT "-" HAD_FMT, HAD_ARG(site->object.name),
                                   HAD_ARG(region->object.name));
                if (!had_map_put(&s->scratch, &seen, had_intern(&s->names, name), 1))
                    continue;
                struct decl *d =
                    derived_object(x, "site-link", name, (had_str){0}, link->object.span);
                struct had_value *ends = had_new_n(s->arena, struct had_value, 2);
                ends[0] = had_ref_value(site, link->object.span);
                ends[1] = had_ref_value(region, link->object.span);
                set_clause(d, "ends", had_list_value(s, ends, 2, link->object.span));
            }
        }
    }
}

/* ---- organization ---- */

static void accounts(struct derive *x)
{
    struct sema *s = x->s;
    const decls *list = all(x, "account");
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *a = list->items[i];
        put(s, a, "management", early(s, a, "management"));
        struct had_value ou = early(s, a, "ou");
        if (ou.tag == HAD_VALUE_REF)
            put(s, a, "ou", ou);
        /* Services that the account administers for the organization. */
        values delegated = {0};
        const decls *centers = all(x, "identity-center");
        for (uint32_t k = 0; k < centers->count; k++)
            if (ref_of(clause(s, centers->items[k], "account")) == a &&
                !early(s, a, "management").boolean)
                *had_push(s->arena, &delegated) = text(HAD_STR("sso"), HAD_TYPE_WORD);
        put(s, a, "delegated", had_list_value(s, delegated.items, delegated.count, a->object.span));
    }
    const decls *ous = all(x, "ou");
    for (uint32_t i = 0; i < ous->count; i++) {
        decls inside = {0};
        for (uint32_t k = 0; k < list->count; k++)
            if (sema_within(s, list->items[k], ous->items[i], 0))
                *had_push(&s->scratch, &inside) = list->items[k];
        put(s, ous->items[i], "accounts", refs(s, &inside, ous->items[i]->object.span));
    }
}

static void organizations(struct derive *x)
{
    struct sema *s = x->s;
    const decls *list = all(x, "organization");
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *o = list->items[i];
        values services = {0};
        bool ram = false, ds = false;
        static const char *const sharing[] = {"hub", "forward", "spoke", "subnet"};
        for (uint32_t k = 0; k < 4; k++) {
            const decls *sharers = all(x, sharing[k]);
            for (uint32_t n = 0; n < sharers->count; n++)
                ram |= list_of(attr(s, sharers->items[n], "share-with")).count > 0;
        }
        const decls *shares = all(x, "share");
        for (uint32_t k = 0; k < shares->count; k++)
            ds |= had_str_is(attr(s, shares->items[k], "method")->text, "organization");
        if (ram)
            *had_push(s->arena, &services) = text(HAD_STR("ram"), HAD_TYPE_TEXT);
        if (all(x, "identity-center")->count)
            *had_push(s->arena, &services) = text(HAD_STR("sso"), HAD_TYPE_TEXT);
        if (ds)
            *had_push(s->arena, &services) = text(HAD_STR("ds"), HAD_TYPE_TEXT);
        if (attr(s, o, "trusted-services")->tag == HAD_VALUE_ABSENT)
            give(s, o, "trusted-services",
                 had_list_value(s, services.items, services.count, o->object.span),
                 "what the spec needs");
    }
}

/* ---- places ---- */

static void places(struct derive *x)
{
    struct sema *s = x->s;
    static const char *const kinds[] = {"spoke",       "hub",        "subnet",
                                        "resolver",    "forward",    "controller",
                                        "directory",   "connector",  "instance",
                                        "replica",     "endpoint",   "nat",
                                        "link",        "acl",        "appliance",
                                        "hosted-zone", "ad-service", "security-group",
                                        "segment",     "share",      "direct-connect-gateway",
                                        NULL};
    for (const char *const *k = kinds; *k; k++) {
        const decls *list = all(x, *k);
        for (uint32_t i = 0; i < list->count; i++) {
            struct decl *d = list->items[i];
            put_ref(s, d, "region", sema_region(s, d));
            put_ref(s, d, "account", sema_account(s, d));
            static const char *const others[] = {"spoke", "zone", "hub", "site"};
            for (uint32_t n = 0; n < 4; n++) {
                struct had_value v = early(s, d, others[n]);
                if (v.tag == HAD_VALUE_REF || v.tag == HAD_VALUE_TEXT)
                    put(s, d, others[n], v);
            }
            if (is(d, "spoke"))
                put(s, d, "ranges", early(s, d, "ranges"));
        }
    }
}

static void regions(struct derive *x)
{
    struct sema *s = x->s;
    const decls *list = all(x, "region"), *spokes = all(x, "spoke"), *hubs = all(x, "hub");
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *r = list->items[i];
        decls here = {0}, its_hubs = {0};
        for (uint32_t k = 0; k < spokes->count; k++)
            if (sema_region(s, spokes->items[k]) == r)
                *had_push(&s->scratch, &here) = spokes->items[k];
        for (uint32_t k = 0; k < hubs->count; k++)
            if (sema_region(s, hubs->items[k]) == r)
                *had_push(&s->scratch, &its_hubs) = hubs->items[k];
        put(s, r, "spokes", refs(s, &here, r->object.span));
        put(s, r, "hubs", refs(s, &its_hubs, r->object.span));
    }
}

/* ---- hubs and segments ---- */

static void hub_segments(struct sema *s, struct decl *hub, decls *out)
{
    for (uint32_t i = 0; i < hub->children.count; i++)
        if (!hub->children.items[i]->dead && is(hub->children.items[i], "segment"))
            *had_push(&s->scratch, out) = hub->children.items[i];
    sort(out);
}

/* Where a hub has several segments, what is attached to it says which. */
static void segment_of(struct sema *s, struct decl *d, struct had_value_list hubs)
{
    const struct had_value *have = attr(s, d, "segment");
    if (have->tag == HAD_VALUE_ABSENT || have->provenance == HAD_DERIVED) {
        for (uint32_t i = 0; i < hubs.count; i++) {
            struct decl *hub = ref_of(&hubs.items[i]);
            decls segments = {0};
            if (hub)
                hub_segments(s, hub, &segments);
            if (segments.count < 2)
                continue;
            struct had_diag *diag = had_report(s->diags, &HAD0327, d->object.span,
                                               "this %s needs `segment`", d->object.kind->name);
            had_diag_address(diag, d->object.address);
            had_diag_label(diag, hub->object.span, "its hub has %u segments", segments.count);
            had_diag_help(diag, "say which one it enters: `segment = segment " HAD_FMT "`",
                          HAD_ARG(segments.items[0]->object.name));
        }
    }
    /* Route domains that learn it: those whose `reaches` holds its segment. */
    decls learn = {0};
    struct had_value_list mine = list_of(have);
    for (uint32_t i = 0; i < mine.count; i++) {
        struct decl *segment = ref_of(&mine.items[i]);
        decls segments = {0};
        if (segment && segment->parent)
            hub_segments(s, segment->parent, &segments);
        for (uint32_t k = 0; k < segments.count; k++)
            if (has(attr(s, segments.items[k], "reaches"), segment))
                *had_push(&s->scratch, &learn) = segments.items[k];
    }
    if (attr(s, d, "propagates-to")->tag == HAD_VALUE_ABSENT)
        give(s, d, "propagates-to", refs(s, &learn, d->object.span),
             "the segments that reach its segment");
}

static void networks(struct derive *x)
{
    struct sema *s = x->s;
    const decls *spokes = all(x, "spoke"), *links = all(x, "link"), *hubs = all(x, "hub");
    const decls *peers = all(x, "peer"), *gateways_ = all(x, "direct-connect-gateway");
    for (uint32_t i = 0; i < spokes->count; i++) {
        struct decl *d = spokes->items[i];
        struct had_value_list on = list_of(clause(s, d, "hubs"));
        if (on.count)
            segment_of(s, d, on);
    }
    for (uint32_t i = 0; i < links->count; i++) {
        struct decl *d = links->items[i];
        segment_of(s, d, list_of(clause(s, d, "to")));
        if (is_direct_connect(s, d) && attr(s, d, "gateway")->tag == HAD_VALUE_ABSENT) {
            struct decl *one = NULL;
            for (uint32_t k = 0; k < gateways_->count; k++) {
                struct decl *g = gateways_->items[k];
                if (gateways_->count == 1 ||
                    (g->object.derived && sema_account(s, d) == ref_of(clause(s, g, "account"))))
                    one = g;
            }
            if (one)
                give(s, d, "gateway", had_ref_value(one, d->object.span),
                     one->object.derived ? "that of the hub's account" : "the only one");
        }
        values points = {0};
        static const char *const names[] = {"location", "connection", "device"};
        for (uint32_t k = 0; k < 3; k++) {
            const struct had_value *v = attr(s, d, names[k]);
            if (v->text.len)
                *had_push(s->arena, &points) =
                    text(had_str_printf(s->arena, "%s " HAD_FMT, names[k], HAD_ARG(v->text)),
                         HAD_TYPE_TEXT);
        }
        put(s, d, "single-points", had_list_value(s, points.items, points.count, d->object.span));
    }
    for (uint32_t i = 0; i < hubs->count; i++) {
        struct decl *h = hubs->items[i];
        decls its_spokes = {0}, its_links = {0}, users = {0}, reached = {0};
        struct decl *owner = sema_account(s, h), *home = sema_region(s, h);
        struct had_map seen = {0};
        for (uint32_t k = 0; k < spokes->count; k++) {
            if (!has(clause(s, spokes->items[k], "hubs"), h))
                continue;
            *had_push(&s->scratch, &its_spokes) = spokes->items[k];
            if (h->object.existing && spokes->items[k]->object.existing &&
                attr(s, spokes->items[k], "attachment")->tag != HAD_VALUE_ABSENT)
                continue; /* attached already: it sees the hub */
            struct decl *a = sema_account(s, spokes->items[k]);
            if (a && a != owner && had_map_put(&s->scratch, &seen, (uintptr_t)a, 1))
                *had_push(&s->scratch, &users) = a;
        }
        for (uint32_t k = 0; k < links->count; k++)
            if (has(clause(s, links->items[k], "to"), h))
                *had_push(&s->scratch, &its_links) = links->items[k];
        if (home)
            *had_push(&s->scratch, &reached) = home;
        for (uint32_t k = 0; k < peers->count; k++) {
            struct had_value *ends = clause(s, peers->items[k], "ends");
            if (!has(ends, h))
                continue;
            struct had_value_list e = list_of(ends);
            for (uint32_t n = 0; n < e.count; n++) {
                struct decl *other = ref_of(&e.items[n]);
                struct decl *r = is(other, "hub") && other != h ? sema_region(s, other) : NULL;
                bool twice = false;
                for (uint32_t m = 0; m < reached.count; m++)
                    twice |= reached.items[m] == r;
                if (r && !twice)
                    *had_push(&s->scratch, &reached) = r;
            }
        }
        sort(&users);
        put(s, h, "spokes", refs(s, &its_spokes, h->object.span));
        put(s, h, "links", refs(s, &its_links, h->object.span));
        put(s, h, "regions-reached", refs(s, &reached, h->object.span));
        if (users.count && attr(s, h, "share-with")->tag == HAD_VALUE_ABSENT)
            give(s, h, "share-with", refs(s, &users, h->object.span), "the accounts of its spokes");
        /* Announced: its Region, and Regions behind a peer that have no Direct Connect of their
         * own. */
        cidrs advertised = {0};
        for (uint32_t k = 0; k < reached.count; k++) {
            bool own_line = false;
            for (uint32_t n = 0; n < links->count && k; n++) {
                struct had_value_list to = list_of(clause(s, links->items[n], "to"));
                for (uint32_t m = 0; m < to.count; m++)
                    own_line |= is_direct_connect(s, links->items[n]) && ref_of(&to.items[m]) &&
                                sema_region(s, ref_of(&to.items[m])) == reached.items[k];
            }
            if (!own_line)
                add_cidrs(s, &advertised, attr(s, reached.items[k], "ranges"));
        }
        advertised.count = had_cidr_aggregate(advertised.items, advertised.count);
        if (attr(s, h, "advertises")->tag == HAD_VALUE_ABSENT)
            give(s, h, "advertises", cidr_values(s, &advertised, h->object.span),
                 "the ranges of its Region and of Regions reached by peering");
    }
}

/* Members of segments, and the routes that their spokes get. */
static void routes(struct derive *x)
{
    struct sema *s = x->s;
    const decls *segments = all(x, "segment"), *spokes = all(x, "spoke"), *links = all(x, "link");
    const decls *peers = all(x, "peer");
    struct had_map members = {0}, ranges = {0};
    const decls *sources[] = {links, peers, spokes};
    static const char *const names[] = {"segment", "segments", "segment"};
    for (uint32_t k = 0; k < 3; k++)
        for (uint32_t i = 0; i < sources[k]->count; i++) {
            struct had_value_list in = list_of(attr(s, sources[k]->items[i], names[k]));
            for (uint32_t n = 0; n < in.count; n++) {
                struct decl *segment = ref_of(&in.items[n]);
                if (!segment)
                    continue;
                uint64_t *found = had_map_get(&members, (uintptr_t)segment);
                decls *list = found ? (decls *)(uintptr_t)*found : had_new(&s->scratch, decls);
                if (!found)
                    had_map_put(&s->scratch, &members, (uintptr_t)segment, (uintptr_t)list);
                *had_push(&s->scratch, list) = sources[k]->items[i];
            }
        }
    for (uint32_t i = 0; i < segments->count; i++) {
        uint64_t *found = had_map_get(&members, (uintptr_t)segments->items[i]);
        static const decls none = {0};
        const decls *list = found ? (const decls *)(uintptr_t)*found : &none;
        put(s, segments->items[i], "members", refs(s, list, segments->items[i]->object.span));
    }
    for (uint32_t i = 0; i < segments->count; i++) {
        struct decl *segment = segments->items[i];
        cidrs *out = had_new(&s->scratch, cidrs);
        struct had_value_list reaches = list_of(attr(s, segment, "reaches"));
        struct had_map seen = {0};
        for (uint32_t k = 0; k < reaches.count; k++) {
            struct decl *to = ref_of(&reaches.items[k]);
            uint64_t *found = to ? had_map_get(&members, (uintptr_t)to) : NULL;
            const decls *list = found ? (const decls *)(uintptr_t)*found : NULL;
            for (uint32_t n = 0; list && n < list->count; n++) {
                struct decl *m = list->items[n];
                if (is(m, "link")) {
                    add_cidrs(s, out, attr(s, m, "learned"));
                } else if (is(m, "spoke")) {
                    struct decl *r = sema_region(s, m);
                    if (r && had_map_put(&s->scratch, &seen, (uintptr_t)r, 1))
                        add_cidrs(s, out, attr(s, r, "ranges"));
                }
            }
            /* A segment of a peered hub: the ranges of that hub's Region. */
            struct decl *r = to && to->parent && to->parent != segment->parent
                                 ? sema_region(s, to->parent)
                                 : NULL;
            if (r && had_map_put(&s->scratch, &seen, (uintptr_t)r, 1))
                add_cidrs(s, out, attr(s, r, "ranges"));
        }
        out->count = had_cidr_aggregate(out->items, out->count);
        had_map_put(&s->scratch, &ranges, (uintptr_t)segment, (uintptr_t)out);
        put(s, segment, "reachable", cidr_values(s, out, segment->object.span));
    }
    for (uint32_t i = 0; i < spokes->count; i++) {
        struct decl *d = spokes->items[i];
        struct had_value_list in = list_of(attr(s, d, "segment"));
        struct had_value own = early(s, d, "ranges");
        values out = {0};
        for (uint32_t n = 0; n < in.count; n++) {
            struct decl *segment = ref_of(&in.items[n]);
            uint64_t *found = segment ? had_map_get(&ranges, (uintptr_t)segment) : NULL;
            const cidrs *list = found ? (const cidrs *)(uintptr_t)*found : NULL;
            for (uint32_t k = 0; list && k < list->count; k++) {
                bool local = false; /* the VPC's own range always goes to itself */
                for (uint32_t m = 0; own.tag == HAD_VALUE_LIST && m < own.list.count; m++)
                    local |= had_cidr_contains(own.list.items[m].cidr, list->items[k]);
                if (local || !segment->parent)
                    continue;
                struct had_value_entry *entries = had_new_n(s->arena, struct had_value_entry, 2);
                struct had_value *range = had_new(s->arena, struct had_value);
                struct had_value *to = had_new(s->arena, struct had_value);
                *range = (struct had_value){.tag = HAD_VALUE_CIDR,
                                            .type = HAD_TYPE_CIDR,
                                            .span = d->object.span,
                                            .text = had_cidr_text(s->arena, list->items[k]),
                                            .cidr = list->items[k]};
                *to = had_ref_value(segment->parent, d->object.span);
                entries[0] = (struct had_value_entry){HAD_STR("range"), d->object.span, range};
                entries[1] = (struct had_value_entry){HAD_STR("to"), d->object.span, to};
                *had_push(s->arena, &out) = (struct had_value){.tag = HAD_VALUE_MAP,
                                                               .type = HAD_TYPE_MAP,
                                                               .span = d->object.span,
                                                               .map = {entries, 2}};
            }
        }
        struct had_value v = had_list_value(s, out.items, out.count, d->object.span);
        const struct had_value *routes = put(s, d, "routes", v);
        for (uint32_t k = 0; k < d->children.count; k++)
            if (!d->children.items[k]->dead && is(d->children.items[k], "subnet"))
                *had_push(s->arena, &d->children.items[k]->object.values) =
                    (struct had_derived_value){"routes", routes};
    }
}

/* ---- directories ---- */

/* Controllers of a forest or domain itself, in address order. */
static void its_controllers(struct sema *s, struct decl *d, decls *out)
{
    for (uint32_t i = 0; i < d->children.count; i++)
        if (!d->children.items[i]->dead && is(d->children.items[i], "controller"))
            *had_push(&s->scratch, out) = d->children.items[i];
    sort(out);
}

static void domains_below(struct sema *s, struct decl *d, decls *out, int depth)
{
    for (uint32_t i = 0; depth < 16 && i < d->children.count; i++) {
        struct decl *child = d->children.items[i];
        if (!child->dead && is(child, "domain")) {
            *had_push(&s->scratch, out) = child;
            domains_below(s, child, out, depth + 1);
        }
    }
}

static void forest_like(struct derive *x, struct decl *d)
{
    struct sema *s = x->s;
    decls below = {0}, where = {0};
    domains_below(s, d, &below, 0);
    sort(&below);
    decls holders = {0}; /* no copy of the other list: each owns its memory */
    *had_push(&s->scratch, &holders) = d;
    for (uint32_t i = 0; i < below.count; i++)
        *had_push(&s->scratch, &holders) = below.items[i];
    for (uint32_t h = 0; h < holders.count; h++) {
        decls list = {0};
        its_controllers(s, holders.items[h], &list);
        for (uint32_t i = 0; i < list.count; i++) {
            struct decl *r = sema_region(s, list.items[i]);
            bool twice = false;
            for (uint32_t k = 0; k < where.count; k++)
                twice |= where.items[k] == r;
            if (r && !twice)
                *had_push(&s->scratch, &where) = r;
        }
    }
    sort(&where);
    put(s, d, "domains", refs(s, &below, d->object.span));
    put(s, d, "regions", refs(s, &where, d->object.span));
}

static struct had_value dns_of(struct derive *x, struct decl *d)
{
    struct sema *s = x->s;
    return *attr(s, d, "dns");
}

/* True if the forest or a domain of it has controllers of its own on the site. */
static bool on_site(struct derive *x, struct decl *forest, const struct decl *site)
{
    struct sema *s = x->s;
    if (has(attr(s, forest, "sites"), site))
        return true;
    const decls *domains = all(x, "domain");
    for (uint32_t i = 0; i < domains->count; i++) {
        const struct decl *up = domains->items[i]->parent;
        while (up && up != forest)
            up = up->parent;
        if (up && has(attr(s, domains->items[i], "sites"), site))
            return true;
    }
    return false;
}

/* An existing forest has the sites that it says; a link with another one cannot be made in it. */
static void forests_of_link(struct derive *x, struct decl *link, const decls *forests)
{
    struct sema *s = x->s;
    struct had_value_list ends = list_of(clause(s, link, "ends"));
    decls own = {0};
    for (uint32_t i = 0; i < forests->count; i++) {
        bool there = true;
        for (uint32_t k = 0; k < ends.count && forests->items[i]->object.existing; k++) {
            const struct decl *end = ref_of(&ends.items[k]);
            there &= !is(end, "site") || on_site(x, forests->items[i], end);
        }
        if (there)
            *had_push(&s->scratch, &own) = forests->items[i];
    }
    give(s, link, "forests", refs(s, &own, link->object.span),
         "forests of ours, and existing ones that have the sites");
}

static void directories(struct derive *x)
{
    struct sema *s = x->s;
    const decls *forests = all(x, "forest"), *domains = all(x, "domain");
    for (uint32_t i = 0; i < forests->count; i++)
        forest_like(x, forests->items[i]);
    for (uint32_t i = 0; i < domains->count; i++)
        forest_like(x, domains->items[i]);
    const decls *links = all(x, "site-link");
    for (uint32_t i = 0; i < links->count; i++)
        if (forests->count && attr(s, links->items[i], "forests")->tag == HAD_VALUE_ABSENT)
            forests_of_link(x, links->items[i], forests);
    const decls *list = all(x, "directory");
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *d = list->items[i];
        decls shares = {0};
        const decls *all_shares = all(x, "share");
        for (uint32_t k = 0; k < all_shares->count; k++)
            if (has(&all_shares->items[k]->object.subject, d))
                *had_push(&s->scratch, &shares) = all_shares->items[k];
        put(s, d, "shares", refs(s, &shares, d->object.span));
    }
    const decls *trusts = all(x, "trust");
    for (uint32_t i = 0; i < trusts->count; i++) {
        struct decl *t = trusts->items[i];
        struct decl *b = ref_of(clause(s, t, "with"));
        struct had_value v = b ? dns_of(x, b) : (struct had_value){.tag = HAD_VALUE_ABSENT};
        if (v.tag == HAD_VALUE_LIST && v.list.count > 4)
            v.list.count =
                4; /* the API takes four at most: ds CreateTrust, ConditionalForwarderIpAddrs */
        if (v.tag != HAD_VALUE_ABSENT && attr(s, t, "forwarders")->tag == HAD_VALUE_ABSENT)
            give(s, t, "forwarders", v, "the DNS servers of the other side");
    }
    /* Public addresses among a directory's forwarders need an IP route of the directory. */
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *d = list->items[i];
        cidrs public = {0};
        for (uint32_t k = 0; k < trusts->count; k++) {
            if (!has(&trusts->items[k]->object.subject, d))
                continue;
            struct had_value_list f = list_of(attr(s, trusts->items[k], "forwarders"));
            for (uint32_t n = 0; n < f.count; n++) {
                static const struct had_cidr private[] = {{{4, {10}}, 8},
                                                          {{4, {172, 16}}, 12},
                                                          {{4, {192, 168}}, 16},
                                                          {{4, {100, 64}}, 10}};
                if (f.items[n].tag != HAD_VALUE_IP || f.items[n].ip.family != 4)
                    continue;
                bool inside = false;
                for (uint32_t m = 0; m < 4; m++)
                    inside |= had_cidr_contains_ip(private[m], f.items[n].ip);
                if (!inside)
                    *had_push(&s->scratch, &public) = (struct had_cidr){f.items[n].ip, 32};
            }
        }
        public.count = had_cidr_aggregate(public.items, public.count);
        if (public.count && attr(s, d, "routes")->tag == HAD_VALUE_ABSENT)
            give(s, d, "routes", cidr_values(s, &public, d->object.span),
                 "the public addresses among its forwarders");
    }
}

/* ---- names, access, servers ---- */

static void names(struct derive *x)
{
    struct sema *s = x->s;
    const decls *list = all(x, "forward");
    for (uint32_t i = 0; i < list->count; i++) {
        struct decl *f = list->items[i];
        struct decl *owner = sema_account(s, f);
        struct had_map seen = {0};
        decls users = {0};
        struct had_value_list used = list_of(attr(s, f, "used-by"));
        for (uint32_t k = 0; k < used.count; k++) {
            struct decl *spoke = ref_of(&used.items[k]), *a = spoke ? sema_account(s, spoke) : NULL;
            if (spoke && f->object.existing && spoke->object.existing)
                continue; /* both are there: the account sees the rule, or AWS refuses what is new
                           */
            if (a && a != owner && had_map_put(&s->scratch, &seen, (uintptr_t)a, 1))
                *had_push(&s->scratch, &users) = a;
        }
        sort(&users);
        if (users.count && attr(s, f, "share-with")->tag == HAD_VALUE_ABSENT)
            give(s, f, "share-with", refs(s, &users, f->object.span),
                 "the accounts of the spokes that use it");
    }
}

static int by_principal(const void *a, const void *b)
{
    const struct had_value *x = a, *y = b;
    int order = had_str_cmp(x->text, y->text);
    return order ? order
                 : (x->principal->is_user > y->principal->is_user) -
                       (x->principal->is_user < y->principal->is_user);
}

static void access(struct derive *x)
{
    struct sema *s = x->s;
    const decls *centers = all(x, "identity-center");
    for (uint32_t i = 0; i < centers->count; i++) {
        struct decl *c = centers->items[i];
        if (attr(s, c, "source")->tag != HAD_VALUE_REF ||
            attr(s, c, "sync")->tag != HAD_VALUE_ABSENT)
            continue;
        values scope = {0};
        struct had_map seen = {0};
        const decls *sources[] = {all(x, "assign"), all(x, "application")};
        for (uint32_t k = 0; k < 2; k++)
            for (uint32_t n = 0; n < sources[k]->count; n++) {
                struct decl *d = sources[k]->items[n];
                struct had_value_list p =
                    list_of(k ? attr(s, d, "groups") : clause(s, d, "principal"));
                for (uint32_t m = 0; m < p.count; m++) {
                    if (p.items[m].tag != HAD_VALUE_PRINCIPAL || !p.items[m].principal->netbios.len)
                        continue;
                    had_str key =
                        had_str_printf(s->arena, "%d" HAD_FMT, p.items[m].principal->is_user,
                                       HAD_ARG(p.items[m].text));
                    if (had_map_put(&s->scratch, &seen, had_intern(&s->names, key), 1))
                        *had_push(s->arena, &scope) = p.items[m];
                }
            }
        if (scope.count)
            qsort(scope.items, scope.count, sizeof *scope.items, by_principal);
        give(s, c, "sync", had_list_value(s, scope.items, scope.count, c->object.span),
             "the groups of assignments and applications");
    }
    const decls *instances = all(x, "instance");
    struct had_map members = {0};
    for (uint32_t i = 0; i < instances->count; i++) {
        struct decl *d = instances->items[i];
        had_str image = attr(s, d, "image")->text;
        if (attr(s, d, "os")->tag == HAD_VALUE_ABSENT) {
            if (image.len) {
                struct had_diag *diag =
                    had_report(s->diags, &HAD0327, d->object.span, "this instance needs `os`");
                had_diag_address(diag, d->object.address);
                had_diag_note(diag,
                              "an AMI or a parameter does not say whether it is Windows or Linux");
                had_diag_help(diag, "say `os = windows` or `os = linux`");
            }
        }
        struct had_value spoke = early(s, d, "spoke");
        if (spoke.tag != HAD_VALUE_REF || attr(s, d, "join")->tag == HAD_VALUE_ABSENT)
            continue;
        uint64_t *found = had_map_get(&members, (uintptr_t)spoke.object);
        decls *list = found ? (decls *)(uintptr_t)*found : had_new(&s->scratch, decls);
        if (!found)
            had_map_put(&s->scratch, &members, (uintptr_t)spoke.object, (uintptr_t)list);
        *had_push(&s->scratch, list) = d;
    }
    const decls *spokes = all(x, "spoke");
    for (uint32_t i = 0; i < spokes->count; i++) {
        static const decls none = {0};
        uint64_t *found = had_map_get(&members, (uintptr_t)&spokes->items[i]->object);
        put(s, spokes->items[i], "members",
            refs(s, found ? (const decls *)(uintptr_t)*found : &none,
                 spokes->items[i]->object.span));
    }
}

/* Objects that may stand once only, and spec itself. */
static void singles(struct derive *x)
{
    struct sema *s = x->s;
    const decls *specs = all(x, "spec");
    if (!specs->count && x->s->diags->errors) {
        /* It may stand in what could not be read. */
    } else if (!specs->count) {
        struct had_span start = {s->input->file_count ? s->input->files[0]->file : 0, 0, 0};
        struct had_diag *d = had_report(s->diags, &HAD0333, start, "there is no `spec`");
        had_diag_help(d, "say `spec NAME { owner = \"team@example.com\" }` once");
    } else {
        s->spec->self = &specs->items[0]->object;
        s->spec->name = specs->items[0]->object.name;
    }
    for (uint32_t i = 0; had_kinds[i]; i++) {
        const decls *list = all(x, had_kinds[i]->name);
        for (uint32_t k = 1; had_kinds[i]->single && k < list->count; k++) {
            struct had_diag *d = had_report(s->diags, &HAD0333, list->items[k]->object.span,
                                            "a spec has one `%s`", had_kinds[i]->name);
            had_diag_label(d, list->items[0]->object.span, "the first one");
        }
        for (uint32_t k = 0; had_kinds[i]->only_existing && k < list->count; k++) {
            if (list->items[k]->object.existing)
                continue;
            struct had_diag *d = had_report(s->diags, &HAD0334, list->items[k]->object.span,
                                            "this %s is made elsewhere", had_kinds[i]->name);
            had_diag_help(d, "write `existing %s …`", had_kinds[i]->name);
        }
    }
}

static void phase(struct derive *x)
{
    struct sema *s = x->s;
    const decls *list = all(x, "phase");
    s->spec->phase = "workloads";
    if (s->input->phase)
        s->spec->phase = s->input->phase;
    else if (list->count)
        s->spec->phase = had_str_cstr(s->arena, list->items[0]->object.label);
}

static void take(struct sema *s, struct had_map *used, const struct had_value *subnets,
                 uint64_t count)
{
    struct had_value_list list = list_of((struct had_value *)(uintptr_t)subnets);
    for (uint32_t i = 0; i < list.count; i++) {
        const struct decl *subnet = ref_of(&list.items[i]);
        uint64_t *before = had_map_get(used, (uintptr_t)subnet);
        if (subnet)
            had_map_put(&s->scratch, used, (uintptr_t)subnet, (before ? *before : 0) + count);
    }
}

/* Addresses of a subnet that nothing in the spec takes; below zero where there are too few. */
static void rooms(struct derive *x)
{
    struct sema *s = x->s;
    static const char *const kinds[] = {"controller", "instance", "nat",       "resolver",
                                        "connector",  "endpoint", "directory", "replica"};
    const int64_t reserved = had_fact_quota_value("vpc reserved addresses of a subnet", NULL);
    struct had_map used = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const decls *list = all(x, kinds[k]);
        for (uint32_t i = 0; i < list->count; i++) {
            struct decl *d = list->items[i];
            const struct had_value *controllers = attr(s, d, "controllers");
            const struct had_value *subnets = clause(s, d, "subnet");
            if (subnets->tag == HAD_VALUE_ABSENT)
                subnets = attr(s, d, "subnets");
            uint64_t each = 1, places = list_of((struct had_value *)(uintptr_t)subnets).count;
            if (controllers->tag == HAD_VALUE_INT && places)
                each = ((uint64_t)controllers->number + places - 1) / places;
            take(s, &used, subnets, each ? each : 1);
        }
    }
    const decls *spokes = all(x, "spoke"), *subnets = all(x, "subnet");
    for (uint32_t i = 0; i < spokes->count; i++)
        take(s, &used, attr(s, spokes->items[i], "attachment-subnets"),
             list_of(clause(s, spokes->items[i], "hubs")).count);
    for (uint32_t i = 0; i < subnets->count && reserved >= 0; i++) {
        struct decl *d = subnets->items[i];
        const struct had_value *cidr = attr(s, d, "cidr");
        const uint64_t *taken = had_map_get(&used, (uintptr_t)d);
        if (cidr->tag != HAD_VALUE_CIDR || cidr->cidr.base.family != 4)
            continue;
        int64_t free =
            ((int64_t)1 << (32 - cidr->cidr.length)) - reserved - (taken ? (int64_t)*taken : 0);
        put(s, d, "free",
            (struct had_value){.tag = HAD_VALUE_INT,
                               .type = HAD_TYPE_INT,
                               .text = had_str_printf(s->arena, "%lld", (long long)free),
                               .number = free});
    }
}

/* What follows from a few objects: worked out as for whoever asked before. */
static void from_few(struct derive *x)
{
    struct sema *s = x->s;
    for (const struct had_derivation *how = sema_derivations(); how->kind; how++) {
        const decls *list = how->value ? all(x, how->kind) : NULL;
        for (uint32_t i = 0; list && i < list->count; i++) {
            struct decl *d = list->items[i];
            int32_t at = had_kind_attr_index(d->object.kind, had_str_c(how->name));
            const struct had_value *have = at < 0 ? NULL : d->object.attrs[at];
            if (have && have->tag != HAD_VALUE_ABSENT && !how->compare)
                continue;
            struct had_value v = sema_derivation(s, how, d, d->object.span);
            if (v.tag == HAD_VALUE_ABSENT || v.tag == HAD_VALUE_ERROR)
                continue;
            if (at >= 0)
                give(s, d, how->name, v, v.reason.ptr);
            else
                put(s, d, how->name, v);
        }
    }
}

void sema_derive(struct sema *s)
{
    struct derive x = {.s = s};
    for (uint32_t i = 0; i < s->spec->objects.count; i++) {
        struct decl *d = decl_of(s->spec->objects.items[i]);
        uint64_t n = (uint64_t)sema_kind_number(d->object.kind);
        uint64_t *found = had_map_get(&x.by_kind, n);
        decls *list = found ? (decls *)(uintptr_t)*found : had_new(&s->scratch, decls);
        if (!found)
            had_map_put(&s->scratch, &x.by_kind, n, (uintptr_t)list);
        *had_push(&s->scratch, list) = d;
    }
    s->deriving = true;
    singles(&x);
    phase(&x);
    gateways(&x);
    site_links(&x);
    from_few(&x);
    accounts(&x);
    places(&x);
    regions(&x);
    networks(&x);
    routes(&x);
    names(&x);
    directories(&x);
    organizations(&x);
    access(&x);
    rooms(&x);
    s->derived = true;
}

/* ---- asserts and requires ---- */

static void run_requires(struct sema *s, struct scope *scope, const had_stmts *stmts, had_str title,
                         struct had_span where, bool *failed_any, enum had_severity severity);

static void run_require(struct sema *s, const struct had_code *code, struct scope *scope,
                        const struct had_stmt *stmt, had_str title, struct had_span where,
                        bool *failed_any, enum had_severity severity)
{
    bool failed = false;
    if (sema_condition(s, scope, stmt->as.require.condition, &failed) || failed) {
        *failed_any |= failed;
        return;
    }
    *failed_any = true;
    if (s->spec->incomplete)
        return;
    had_str message = {0};
    if (stmt->as.require.message)
        sema_text(s, scope, stmt->as.require.message, &message);
    /* The element of the innermost loop is the place: that is what the reader can change. */
    const struct had_object *element = NULL;
    had_str address = {0};
    for (struct scope *at = scope; at && !element; at = at->parent)
        for (struct binding *b = at->bindings; b && at->frame; b = b->next)
            if (b->state == DONE && b->value.tag == HAD_VALUE_REF && !b->expr)
                element = b->value.object;
    struct had_span span = stmt->as.require.condition->span;
    struct had_diag *d;
    if (title.len)
        d = had_report(s->diags, code, element ? element->span : span, HAD_FMT "%s" HAD_FMT,
                       HAD_ARG(title), message.len ? ": " : "", HAD_ARG(message));
    else if (message.len)
        d = had_report(s->diags, code, element ? element->span : span, HAD_FMT, HAD_ARG(message));
    else
        d = had_report(s->diags, code, element ? element->span : span,
                       "this spec requires otherwise");
    if (element)
        address = element->address;
    else if (scope->object)
        address = scope->object->object.address;
    had_diag_address(d, address);
    had_diag_severity(d, severity);
    if (element || had_span_known(where))
        had_diag_label(d, span, "required here");
}

static void run_requires(struct sema *s, struct scope *scope, const had_stmts *stmts, had_str title,
                         struct had_span where, bool *failed_any, enum had_severity severity)
{
    for (uint32_t i = 0; i < stmts->count; i++) {
        const struct had_stmt *stmt = stmts->items[i];
        if (stmt->kind == HAD_STMT_LET) {
            struct binding *b = sema_bind(s, scope, stmt->as.let.name);
            b->expr = stmt->as.let.value;
            b->scope = scope;
        }
    }
    for (uint32_t i = 0; i < stmts->count; i++) {
        const struct had_stmt *stmt = stmts->items[i];
        if (stmt->kind == HAD_STMT_REQUIRE) {
            run_require(s, &HAD0612, scope, stmt, title, where, failed_any, severity);
        } else if (stmt->kind == HAD_STMT_IF) {
            bool failed = false;
            bool truth = sema_condition(s, scope, stmt->as.branch.condition, &failed);
            const struct had_body *body = truth ? stmt->as.branch.then : stmt->as.branch.otherwise;
            if (!failed && body)
                run_requires(s, scope, &body->stmts, title, where, failed_any, severity);
        } else if (stmt->kind == HAD_STMT_FOR) {
            struct had_value v = sema_eval(s, scope, stmt->as.loop.source, NULL, (had_str){0});
            struct had_value_list list = {&v,
                                          v.tag != HAD_VALUE_ABSENT && v.tag != HAD_VALUE_ERROR};
            if (v.tag == HAD_VALUE_LIST)
                list = v.list;
            for (uint32_t k = 0; k < list.count; k++) {
                struct frame *frame = had_new(&s->scratch, struct frame);
                frame->parent = scope->frame;
                frame->key = sema_key(s, &list.items[k]);
                struct scope *inner = had_new(&s->scratch, struct scope);
                inner->parent = scope;
                inner->instance = scope->instance;
                inner->frame = frame;
                struct binding *b = sema_bind(s, inner, stmt->as.loop.variable);
                b->state = DONE;
                b->value = list.items[k];
                run_requires(s, inner, &stmt->as.loop.body->stmts, title, where, failed_any,
                             severity);
            }
        } else if (stmt->kind != HAD_STMT_LET && stmt->kind != HAD_STMT_ERROR &&
                   !(stmt->kind == HAD_STMT_ATTR &&
                     had_str_is(stmt->as.attr.name.text, "severity"))) {
            had_report(s->diags, &HAD0613, stmt->span,
                       "an assert holds `for`, `if`, `let`, `require` and `severity = …`");
        }
    }
}

void sema_asserts(struct sema *s)
{
    for (uint32_t i = 0; i < s->requires.count; i++) {
        bool failed = false;
        run_require(s, &HAD0612, s->requires.items[i].scope, s->requires.items[i].stmt,
                    (had_str){0}, (struct had_span){0}, &failed, HAD_ERROR);
    }
    for (uint32_t i = 0; i < s->test_requires.count; i++) {
        bool failed = false;
        run_require(s, &HAD0615, s->test_requires.items[i].scope, s->test_requires.items[i].stmt,
                    (had_str){0}, (struct had_span){0}, &failed, HAD_ERROR);
    }
    for (uint32_t i = 0; i < s->asserts.count; i++) {
        const struct had_stmt *stmt = s->asserts.items[i].stmt;
        struct scope *scope = had_new(&s->scratch, struct scope);
        scope->parent = s->asserts.items[i].scope;
        scope->instance = scope->parent->instance;
        scope->frame = scope->parent->frame;
        had_str title = {0};
        if (!stmt->as.block.subject ||
            had_expr_inner(stmt->as.block.subject)->kind != HAD_EXPR_STRING) {
            had_report(s->diags, &HAD0613, stmt->as.block.kind.span,
                       "an assert says in quotes what holds: `assert \"…\" { … }`");
            continue;
        }
        if (!sema_text(s, scope, stmt->as.block.subject, &title) || !stmt->as.block.body)
            continue;
        enum had_severity severity = HAD_ERROR;
        bool any = false;
        for (uint32_t k = 0; k < stmt->as.block.body->stmts.count; k++) {
            const struct had_stmt *a = stmt->as.block.body->stmts.items[k];
            any |= a->kind != HAD_STMT_ATTR;
            if (a->kind != HAD_STMT_ATTR || !had_str_is(a->as.attr.name.text, "severity"))
                continue;
            static const char *const words[] = {"error", "warning", "info", NULL};
            static const struct had_type type = {.base = HAD_TYPE_WORD, .words = words};
            struct had_value v =
                sema_eval(s, scope, a->as.attr.value, &type, HAD_STR("`severity` of an assert"));
            if (had_str_is(v.text, "warning"))
                severity = HAD_WARNING;
            if (had_str_is(v.text, "info"))
                severity = HAD_INFO;
        }
        if (!any)
            had_report(s->diags, &HAD0613, stmt->as.block.head, "this assert requires nothing");
        bool failed = false;
        run_requires(s, scope, &stmt->as.block.body->stmts, title, stmt->as.block.head, &failed,
                     severity);
        *had_push(s->arena, &s->spec->asserts) =
            (struct had_assert_result){title, stmt->as.block.head, failed};
    }
}
