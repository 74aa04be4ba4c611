#include "diagram/diagram.h"

#include "base/map.h"

/* More plain networks than this of one hub and segment are drawn as one. */
enum { ALIKE_MAX = 3 };

struct build {
    struct had_arena *arena;
    const struct had_spec *spec;
    struct had_diagram *out;
    struct had_map boxes; /* object → index + 1 */
};

static uint32_t add(struct build *b, const struct had_object *object, enum had_shape shape,
                    int32_t parent, had_str label)
{
    *had_push(b->arena, &b->out->boxes) = (struct had_drawn){
        .label = label,
        .address = object ? object->address : (had_str){"", 0},
        .shape = shape,
        .parent = parent,
    };
    uint32_t index = b->out->boxes.count - 1;
    if (parent >= 0)
        b->out->boxes.items[parent].holds = true;
    if (object)
        had_map_put(b->arena, &b->boxes, (uintptr_t)object, index + 1);
    return index;
}

static int32_t box_of(struct build *b, const struct had_object *object)
{
    uint64_t *found = object ? had_map_get(&b->boxes, (uintptr_t)object) : NULL;
    return found ? (int32_t)*found - 1 : -1;
}

static void join(struct build *b, int32_t from, int32_t to, had_str label, enum had_stroke stroke,
                 bool both_ways)
{
    if (from < 0 || to < 0 || from == to)
        return;
    for (uint32_t i = 0; i < b->out->lines.count; i++) { /* one line for equal ones */
        struct had_line *l = &b->out->lines.items[i];
        if (l->from == (uint32_t)from && l->to == (uint32_t)to && l->stroke == stroke &&
            had_str_eq(l->label, label))
            return;
    }
    *had_push(b->arena, &b->out->lines) =
        (struct had_line){(uint32_t)from, (uint32_t)to, label, stroke, both_ways};
}

static int32_t account_box(struct build *b, const struct had_object *account)
{
    if (!account)
        return -1;
    int32_t there = box_of(b, account);
    if (there >= 0)
        return there;
    had_str id = had_get_text(account, "id");
    return (int32_t)add(b, account, HAD_SHAPE_GROUP, -1,
                        had_str_printf(b->arena, "account " HAD_FMT "%s" HAD_FMT,
                                       HAD_ARG(account->label), id.len ? "\n" : "", HAD_ARG(id)));
}

/* ---- networks ---- */

static bool plain(const struct build *b, const struct had_object *spoke)
{
    static const char *const inside[] = {"directory",  "connector", "resolver",
                                         "controller", "appliance", NULL};
    for (const char *const *k = inside; *k; k++)
        had_each_object(o, had_spec_kind(b->spec, *k))
            if (had_get_object(o, "spoke") == spoke)
                return false;
    return true;
}

static had_str segment_names(struct build *b, const struct had_object *spoke)
{
    had_str text = {"", 0};
    struct had_value_list in = had_get_list(spoke, "segment");
    for (uint32_t i = 0; i < in.count; i++)
        if (in.items[i].tag == HAD_VALUE_REF)
            text = had_str_printf(b->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(text), i ? ", " : "",
                                  HAD_ARG(in.items[i].object->name));
    return text;
}

static void attach(struct build *b, const struct had_object *spoke, int32_t box, had_str segments)
{
    struct had_value_list hubs = had_get_list(spoke, "hubs");
    for (uint32_t i = 0; i < hubs.count; i++)
        if (hubs.items[i].tag == HAD_VALUE_REF)
            join(b, box_of(b, hubs.items[i].object), box, segments, HAD_STROKE_LINE, true);
}

static void spokes(struct build *b)
{
    const had_objects *all = had_spec_kind(b->spec, "spoke");
    /* Plain networks by hub and segment: many of one sort become one box. */
    struct had_map alike = {0};
    struct had_symbols keys;
    had_symbols_init(&keys, b->arena);
    had_each_object(spoke, all) {
        if (!plain(b, spoke))
            continue;
        const struct had_object *hub = had_get_object(spoke, "hubs");
        had_sym key = had_intern(&keys, had_str_printf(b->arena, HAD_FMT "/" HAD_FMT,
                                                       HAD_ARG(hub ? hub->address : HAD_STR("")),
                                                       HAD_ARG(segment_names(b, spoke))));
        uint64_t *n = had_map_get(&alike, key);
        had_map_put(b->arena, &alike, key, n ? *n + 1 : 1);
    }
    struct had_map drawn = {0};
    had_each_object(spoke, all) {
        had_str segments = segment_names(b, spoke);
        const struct had_object *hub = had_get_object(spoke, "hubs");
        had_sym key = had_symbol_find(
            &keys, had_str_printf(b->arena, HAD_FMT "/" HAD_FMT,
                                  HAD_ARG(hub ? hub->address : HAD_STR("")), HAD_ARG(segments)));
        uint64_t *count = plain(b, spoke) ? had_map_get(&alike, key) : NULL;
        if (count && *count > ALIKE_MAX) {
            uint64_t *there = had_map_get(&drawn, key);
            if (!there) {
                uint32_t box = add(
                    b, NULL, HAD_SHAPE_NETWORK, -1,
                    had_str_printf(b->arena, "%llu " HAD_FMT " networks\nlike " HAD_FMT,
                                   (unsigned long long)*count, HAD_ARG(had_get_text(spoke, "role")),
                                   HAD_ARG(spoke->label)));
                had_map_put(b->arena, &drawn, key, box);
                attach(b, spoke, (int32_t)box, segments);
                there = had_map_get(&drawn, key);
            }
            had_map_put(b->arena, &b->boxes, (uintptr_t)spoke, *there + 1);
            continue;
        }
        had_str ranges = {"", 0};
        struct had_value_list list = had_get_list(spoke, "ranges");
        for (uint32_t i = 0; i < list.count && i < 3; i++)
            ranges = had_str_printf(b->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(ranges), i ? ", " : "",
                                    HAD_ARG(list.items[i].text));
        uint32_t box = add(b, spoke, HAD_SHAPE_NETWORK, account_box(b, had_object_account(spoke)),
                           had_str_printf(b->arena, "spoke " HAD_FMT "\n" HAD_FMT,
                                          HAD_ARG(spoke->label), HAD_ARG(ranges)));
        attach(b, spoke, (int32_t)box, segments);
    }
}

/* ---- the rest ---- */

static void hubs(struct build *b)
{
    had_each_object(hub, had_spec_kind(b->spec, "hub")) {
        const struct had_object *region = had_object_region(hub);
        add(b, hub, HAD_SHAPE_HUB, account_box(b, had_object_account(hub)),
            had_str_printf(b->arena, "hub " HAD_FMT "\n" HAD_FMT, HAD_ARG(hub->label),
                           HAD_ARG(region ? region->name : HAD_STR(""))));
    }
}

static void sites(struct build *b)
{
    had_each_object(site, had_spec_kind(b->spec, "site"))
        add(b, site, HAD_SHAPE_SITE, -1,
            had_str_printf(b->arena, "site " HAD_FMT, HAD_ARG(site->label)));
    had_each_object(link, had_spec_kind(b->spec, "link")) {
        struct had_value_list from = had_get_list(link, "from"), to = had_get_list(link, "to");
        had_str where = had_get_text(link, "location");
        had_str label = had_str_printf(b->arena, HAD_FMT "\n" HAD_FMT "%s" HAD_FMT,
                                       HAD_ARG(link->label), HAD_ARG(had_get_text(link, "via")),
                                       where.len ? ", " : "", HAD_ARG(where));
        for (uint32_t i = 0; i < from.count; i++)
            for (uint32_t k = 0; k < to.count; k++)
                if (from.items[i].tag == HAD_VALUE_REF && to.items[k].tag == HAD_VALUE_REF)
                    join(b, box_of(b, from.items[i].object), box_of(b, to.items[k].object), label,
                         HAD_STROKE_LINE, true);
    }
    had_each_object(peer, had_spec_kind(b->spec, "peer")) {
        struct had_value_list ends = had_get_list(peer, "ends");
        if (ends.count == 2 && ends.items[0].tag == HAD_VALUE_REF &&
            ends.items[1].tag == HAD_VALUE_REF)
            join(b, box_of(b, ends.items[0].object), box_of(b, ends.items[1].object),
                 had_str_printf(b->arena, "peer " HAD_FMT, HAD_ARG(peer->label)), HAD_STROKE_LINE,
                 true);
    }
}

static int32_t inside(struct build *b, const struct had_object *object)
{
    int32_t spoke = box_of(b, had_get_object(object, "spoke"));
    return spoke >= 0 && b->out->boxes.items[spoke].address.len
               ? spoke
               : account_box(b, had_object_account(object));
}

static void directories(struct build *b)
{
    had_each_object(forest, had_spec_kind(b->spec, "forest")) {
        const struct had_object *site = had_get_object(forest, "sites");
        add(b, forest, HAD_SHAPE_FOREST, box_of(b, site),
            had_str_printf(b->arena, "forest " HAD_FMT "\n" HAD_FMT, HAD_ARG(forest->label),
                           HAD_ARG(had_get_text(forest, "root"))));
    }
    had_each_object(domain, had_spec_kind(b->spec, "domain")) {
        int32_t up = box_of(b, domain->parent);
        uint32_t box =
            add(b, domain, HAD_SHAPE_FOREST, up >= 0 ? b->out->boxes.items[up].parent : -1,
                had_str_printf(b->arena, "domain " HAD_FMT "\n" HAD_FMT, HAD_ARG(domain->label),
                               HAD_ARG(had_get_text(domain, "root"))));
        join(b, up, (int32_t)box, HAD_STR("child domain"), HAD_STROKE_LINE, false);
    }
    had_each_object(controller, had_spec_kind(b->spec, "controller")) {
        uint32_t box = add(
            b, controller, HAD_SHAPE_SERVER, inside(b, controller),
            had_str_printf(b->arena, "controller " HAD_FMT "\n" HAD_FMT ", zone " HAD_FMT,
                           HAD_ARG(controller->label), HAD_ARG(had_get_text(controller, "address")),
                           HAD_ARG(had_get_text(controller, "zone"))));
        join(b, (int32_t)box, box_of(b, controller->parent), HAD_STR("extends"), HAD_STROKE_NAMES,
             false);
    }
    static const char *const kinds[] = {"directory", "connector"};
    for (uint32_t k = 0; k < 2; k++)
        had_each_object(d, had_spec_kind(b->spec, kinds[k]))
            add(b, d, HAD_SHAPE_DIRECTORY, inside(b, d),
                had_str_printf(b->arena, "%s " HAD_FMT "\n" HAD_FMT, kinds[k], HAD_ARG(d->label),
                               HAD_ARG(had_get_text(d, "root"))));
    had_each_object(trust, had_spec_kind(b->spec, "trust")) {
        had_str direction = had_get_text(trust, "direction");
        bool incoming = had_str_is(direction, "incoming");
        int32_t a = box_of(b, had_get_object(trust, "subject"));
        int32_t c = box_of(b, had_get_object(trust, "with"));
        join(b, incoming ? c : a, incoming ? a : c,
             had_str_printf(b->arena, HAD_FMT " trust", HAD_ARG(direction)), HAD_STROKE_TRUST,
             had_str_is(direction, "two-way"));
    }
}

static void names(struct build *b)
{
    had_each_object(resolver, had_spec_kind(b->spec, "resolver"))
        add(b, resolver, HAD_SHAPE_NAMES, inside(b, resolver),
            had_str_printf(b->arena, "resolver " HAD_FMT "\n" HAD_FMT, HAD_ARG(resolver->label),
                           HAD_ARG(had_get_text(resolver, "direction"))));
    had_each_object(forward, had_spec_kind(b->spec, "forward")) {
        struct had_value_list targets = had_get_list(forward, "targets");
        for (uint32_t i = 0; i < targets.count; i++)
            if (targets.items[i].tag == HAD_VALUE_REF)
                join(b, box_of(b, forward->parent), box_of(b, targets.items[i].object),
                     forward->name, HAD_STROKE_NAMES, false);
    }
}

static void people(struct build *b)
{
    had_each_object(center, had_spec_kind(b->spec, "identity-center")) {
        uint32_t box =
            add(b, center, HAD_SHAPE_PEOPLE, account_box(b, had_object_account(center)),
                had_str_printf(
                    b->arena, "identity-center " HAD_FMT "\n%u permission sets, %u assignments",
                    HAD_ARG(center->label), had_spec_kind(b->spec, "permission-set")->count,
                    had_spec_kind(b->spec, "assign")->count));
        join(b, (int32_t)box, box_of(b, had_get_object(center, "source")),
             HAD_STR("identity source"), HAD_STROKE_NAMES, false);
    }
    /* Shares: to the network of the account that has one, else only counted. */
    had_each_object(share, had_spec_kind(b->spec, "share")) {
        const struct had_object *account = had_get_object(share, "with");
        int32_t directory = box_of(b, had_get_object(share, "subject"));
        had_each_object(spoke, had_spec_kind(b->spec, "spoke"))
            if (had_object_account(spoke) == account) {
                join(b, directory, box_of(b, spoke), HAD_STR("shared"), HAD_STROKE_SHARE, false);
                break;
            }
    }
}

void had_diagram_build(struct had_arena *arena, const struct had_spec *spec,
                       struct had_diagram *out)
{
    struct build b = {.arena = arena, .spec = spec, .out = out};
    *out = (struct had_diagram){.title = spec->name};
    hubs(&b);
    sites(&b);
    spokes(&b);
    directories(&b);
    names(&b);
    people(&b);
}
