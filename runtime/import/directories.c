/*
 * Directories and who they trust. AWS does not know forests: the other side of a trust is one, what
 * its forwarders name are its servers, and those of them that are instances are its controllers in
 * AWS.
 */
#include "import/internal.h"

#include <string.h>

/* ---- directories ---- */

/* " by account web", where it belongs to another account than what it stands in. */
static had_str by_owner(const struct had_live *live, const json_t *object,
                        const struct had_declared *in)
{
    const struct had_declared *owner = had_live_owner(live, object);
    return owner == had_live_owner(live, in->object)
               ? HAD_STR("")
               : had_str_printf(live->arena, " by account " HAD_FMT,
                                HAD_ARG(had_live_owner_label(live, object)));
}

static void directory(struct had_live *live, const json_t *object)
{
    const char *type = had_live_text(object, "_type");
    if (had_same(type, "ADConnector")) {
        had_live_leave(
            live, object,
            "a connector needs the name of its service account's secret, which AWS does not tell");
        return;
    }
    if (!had_same(type, "MicrosoftAD")) {
        had_live_leave(live, object, "the language has no directories of type %s", type);
        return;
    }
    struct had_declared *in = had_live_within(live, object, "VPC", "_vpc");
    if (!in)
        return;
    const char *edition = had_live_text(object, "edition");
    if (!edition || had_same(edition, "hybrid")) {
        had_live_leave(live, object,
                       "what a hybrid directory was assessed from is not told by AWS");
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "directories";
    declared->place = in;
    declared->head = had_str_printf(live->arena, "in spoke " HAD_FMT HAD_FMT, HAD_ARG(in->label),
                                    HAD_ARG(by_owner(live, object, in)));
    had_live_set(declared, "subnets", json_incref(json_object_get(object, "_subnets")));
    json_int_t controllers = json_integer_value(json_object_get(object, "_controllers"));
    if (controllers > 2)
        had_live_set(declared, "controllers", json_integer(controllers));
}

/* Controllers of a directory in a further Region. */
static void replica(struct had_live *live, const json_t *object)
{
    struct had_declared *of = had_live_declared(live, had_live_text(object, "_directory"));
    if (!of) {
        had_live_leave(live, object, "its directory is not in the spec");
        return;
    }
    const struct had_declared *in = had_live_within(live, object, "VPC", "_vpc");
    if (!in)
        return;
    struct had_declared *declared =
        had_live_derive(live, "replica", had_live_str(object, "_name"), of);
    declared->object = object;
    declared->head = had_str_printf(live->arena, "in spoke " HAD_FMT, HAD_ARG(in->label));
    had_live_set(declared, "subnets", json_incref(json_object_get(object, "_subnets")));
    json_int_t controllers = json_integer_value(json_object_get(object, "_controllers"));
    if (controllers > 2)
        had_live_set(declared, "controllers", json_integer(controllers));
    had_live_identify(live, had_live_text(object, "id"), declared);
}

/* ---- forests ---- */

static struct had_declared *forest_of(struct had_live *live, const char *domain)
{
    had_each(struct had_declared *, at, &live->declared) {
        const char *root = json_string_value(json_object_get((*at)->attributes, "root"));
        if (root &&
            (had_same((*at)->kind->name, "forest") || had_same((*at)->kind->name, "directory")) &&
            had_str_eq_nocase(had_str_c(root), had_str_c(domain)))
            return *at;
    }
    had_str name = had_str_c(domain);
    int64_t dot = had_str_find(name, '.');
    struct had_declared *forest = had_live_derive(
        live, "forest", dot > 0 ? had_str_slice(name, 0, (uint32_t)dot) : name, NULL);
    forest->existing = true;
    forest->file = "directories";
    had_live_set(forest, "root", json_string(domain));
    json_t *sites = json_array();
    struct had_declared *site = had_live_site(live);
    had_live_identify(live, "site on-premises", site);
    json_array_append_new(sites, json_string("site on-premises"));
    had_live_set(forest, "sites", sites);
    return forest;
}

static const json_t *instance_at(const struct had_live *live, const char *address)
{
    size_t i;
    json_t *object;
    had_live_each(live, "instance", i, object) {
        if (had_live_is(object, "address", address) &&
            had_live_declared(live, had_live_text(object, "_subnet")))
            return object;
    }
    return NULL;
}

static void controller(struct had_live *live, struct had_declared *forest, const json_t *object)
{
    const struct had_declared *subnet = had_live_declared(live, had_live_text(object, "_subnet"));
    if (had_live_declared(live, had_live_text(object, "id")))
        return;
    struct had_declared *declared =
        had_live_derive(live, "controller", had_live_str(object, "name"), forest);
    declared->existing = true;
    declared->object = object;
    if (declared->label.len > 15) /* the name of a computer */
        declared->label.len = 15;
    while (declared->label.len && declared->label.ptr[declared->label.len - 1] == '-')
        declared->label.len--;
    declared->head = had_str_printf(live->arena, "in subnet " HAD_FMT HAD_FMT,
                                    HAD_ARG(had_live_path(live, subnet, NULL)),
                                    HAD_ARG(by_owner(live, object, subnet)));
    static const char *const members[] = {"id", "address", "size"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        had_live_set(declared, members[i], json_incref(json_object_get(object, members[i])));
    had_live_identify(live, had_live_text(object, "id"), declared);
}

/* The servers of a domain: instances are its controllers, the rest answers on-premises. */
static void servers(struct had_live *live, struct had_declared *forest, const json_t *addresses)
{
    const json_t *address;
    size_t i;
    if (!had_same(forest->kind->name, "forest"))
        return;
    struct had_declared *site = had_live_site(live);
    json_t *dns = json_object_get(site->attributes, "dns");
    if (!dns) {
        dns = json_array();
        had_live_set(site, "dns", dns);
    }
    json_array_foreach(addresses, i, address) {
        const char *text = json_string_value(address);
        const json_t *object = text ? instance_at(live, text) : NULL;
        if (object)
            controller(live, forest, object);
        else if (text && !had_live_has(dns, text))
            json_array_append_new(dns, json_string(text));
    }
}

/* Rules that forward a forest's name tell of servers, too. */
static void servers_of_rules(struct had_live *live)
{
    size_t i, k;
    json_t *object;
    const json_t *target;
    had_live_each(live, "forward", i, object)
        had_each(struct had_declared *, at, &live->declared) {
            const char *root = json_string_value(json_object_get((*at)->attributes, "root"));
            if (!had_same((*at)->kind->name, "forest") || !root ||
                !had_str_eq_nocase(had_str_c(root), had_live_str(object, "_domain")))
                continue;
            json_t *list = json_array();
            json_array_foreach(json_object_get(object, "_targets"), k, target)
                if (had_live_text(target, "Ip"))
                    json_array_append(list, json_object_get(target, "Ip"));
            servers(live, *at, list);
            json_decref(list);
        }
}

/* ---- trusts and shares ---- */

static void trust(struct had_live *live, const json_t *object)
{
    const struct had_declared *side = had_live_declared(live, had_live_text(object, "_directory"));
    if (!side || !had_live_text(object, "_domain")) {
        had_live_leave(live, object, "its directory is not in the spec");
        return;
    }
    struct had_declared *other = forest_of(live, had_live_text(object, "_domain"));
    const json_t *forwarder = had_live_object(
        live, "conditional-forwarder",
        had_str_cstr(live->arena, had_str_printf(live->arena, "%s forwarder %s",
                                                 had_live_text(object, "_directory"),
                                                 had_live_text(object, "_domain"))));
    had_str pair = had_str_printf(live->arena, "directory " HAD_FMT " with %s " HAD_FMT,
                                  HAD_ARG(side->label), other->kind->name, HAD_ARG(other->label));
    had_str back = had_str_printf(live->arena, "directory " HAD_FMT " with directory " HAD_FMT,
                                  HAD_ARG(other->label), HAD_ARG(side->label));
    had_each(struct had_declared *, at, &live->declared)
        if (had_same((*at)->kind->name, "trust") && had_str_eq((*at)->head, back))
            return; /* the other side's half of it */
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->label = (had_str){0};
    declared->file = "directories";
    declared->head = pair;
    had_str state = had_live_str(object, "_state");
    if (!had_str_is(state, "Verified"))
        had_live_note(live, declared, "AWS says of this trust: " HAD_FMT ".", HAD_ARG(state));
    servers(live, other, json_object_get(forwarder, "_dns"));
}

static void forwarders(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "conditional-forwarder", i, object) {
        bool trusted = false;
        had_each(struct had_declared *, at, &live->declared)
            trusted |=
                (*at)->object && had_same((*at)->kind->name, "trust") &&
                had_str_eq(had_live_str((*at)->object, "_domain"), had_live_str(object, "_domain"));
        if (!trusted)
            had_live_leave(
                live, object,
                "a conditional forwarder stands at a trust, and there is none with this domain");
    }
}

static void share(struct had_live *live, struct had_declared *of)
{
    struct had_buffer accounts = {0};
    size_t i;
    json_t *object;
    uint32_t count = 0;
    const char *method = NULL;
    had_live_each(live, "directory-share", i, object) {
        const struct had_declared *with =
            had_live_declared(live, had_live_text(object, "_account"));
        if (!had_live_is(object, "_directory", had_live_text(of->object, "id")))
            continue;
        if (!with || !had_live_is(object, "_status", "Shared")) {
            had_live_leave(live, object,
                           with ? "the other account has not accepted it"
                                : "it is shared with an account outside the organization");
            continue;
        }
        method = had_live_text(object, "method");
        had_buffer_printf(&accounts, "%saccount " HAD_FMT, count++ ? ", " : "",
                          HAD_ARG(with->label));
    }
    if (count) {
        struct had_declared *declared = had_live_state(
            live, "share", "directories", "directory " HAD_FMT " with %s%s%s", HAD_ARG(of->label),
            count > 1 ? "[" : "", accounts.ptr, count > 1 ? "]" : "");
        const struct had_declared *owner = had_live_owner(live, of->object);
        bool management = owner && had_str_eq(had_live_str(owner->object, "id"), live->management);
        if (method && !had_same(method, management ? "organization" : "handshake"))
            had_live_set(declared, "method", json_string(method));
    }
    had_buffer_free(&accounts);
}

void had_live_directories(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "directory", i, object)
        directory(live, object);
    had_live_each(live, "directory-region", i, object)
        replica(live, object);
    had_live_each(live, "trust", i, object)
        trust(live, object);
    forwarders(live);
    servers_of_rules(live);
    had_live_each(live, "directory", i, object) {
        struct had_declared *of = had_live_declared(live, had_live_text(object, "id"));
        if (of)
            share(live, of);
    }
    had_live_each(live, "instance", i, object)
        if (!had_live_declared(live, had_live_text(object, "id")))
            had_live_leave(
                live, object,
                "it is no controller of a forest that was found; say what it is with `instance`");
}
