/* The spec itself, Regions, the organization with its units and accounts. */
#include "import/internal.h"

#include <stdlib.h>
#include <string.h>

enum { UNITS_DEEP = 5 }; /* Organizations user guide, quotas */

const struct had_declared *had_live_owner(const struct had_live *live, const json_t *object)
{
    return had_live_declared(live, had_live_text(object, "account"));
}

had_str had_live_owner_label(const struct had_live *live, const json_t *object)
{
    const struct had_declared *owner = had_live_owner(live, object);
    return owner ? owner->label : HAD_STR("unknown");
}

bool had_live_has(const json_t *list, const char *text)
{
    for (size_t i = 0; text && i < json_array_size(list); i++)
        if (had_same(json_string_value(json_array_get(list, i)), text))
            return true;
    return false;
}

/* Services for which the language has words; the organization's other ones are none of its
 * business. */
static const char *word_of(had_str principal)
{
    static const char *const words[] = {"ds", "ram", "sso"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (had_str_starts(principal, words[i]) &&
            had_str_starts(had_str_slice(principal, (uint32_t)strlen(words[i]), principal.len),
                           ".amazonaws."))
            return words[i];
    return NULL;
}

static void trusted(struct had_live *live, struct had_declared *organization)
{
    json_t *words = json_array(), *object;
    size_t i;
    had_live_each(live, "trusted-service", i, object) {
        const char *word = word_of(had_live_str(object, "_principal"));
        if (word)
            json_array_append_new(words, json_string(word));
        else
            had_live_leave(live, object,
                           "trusted access of this service is none of this spec's business");
    }
    had_live_set(organization, "trusted-services", words);
}

static struct had_declared *parent_of(const struct had_live *live, const json_t *object)
{
    struct had_declared *unit = had_live_declared(live, had_live_text(object, "_parent"));
    size_t i;
    json_t *organization;
    if (!unit)
        had_live_each(live, "organization", i, organization)
            unit = had_live_declared(live, had_live_text(organization, "id"));
    return unit;
}

static void hang(struct had_live *live, struct had_declared *declared,
                 const struct had_declared *under)
{
    declared->file = "organization";
    if (under)
        declared->head = had_str_printf(live->arena, "in %s " HAD_FMT, under->kind->name,
                                        HAD_ARG(had_live_path(live, under, declared)));
}

/* A unit after the one above it, whatever the order of their ids. */
static void unit(struct had_live *live, const json_t *object, uint32_t depth)
{
    const json_t *above = had_live_object(live, "ou", had_live_text(object, "_parent"));
    if (had_live_declared(live, had_live_text(object, "id")))
        return;
    if (above && depth)
        unit(live, above, depth - 1);
    struct had_declared *under = parent_of(live, object);
    hang(live, had_live_declare(live, object, under), under);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

/* Letters of the zones that subnets stand in, and their ids where every account means the same by
 * them. */
static void region(struct had_live *live, had_str code)
{
    struct had_declared *declared = had_live_derive(live, "region", code, NULL);
    json_t *letters = json_array(), *ids = json_object(), *object, *items[32];
    size_t i, count = 0;
    bool same = true;
    declared->label = code;
    declared->file = "main";
    had_live_each(live, "subnet", i, object) {
        had_str zone = had_live_str(object, "_zone");
        if (!had_str_eq(had_live_str(object, "region"), code) || zone.len != code.len + 1)
            continue;
        const char *letter = zone.ptr + code.len, *id = had_live_text(object, "_zone-id");
        const char *before = json_string_value(json_object_get(ids, letter));
        same &= id && (!before || had_same(before, id));
        if (!before && count < sizeof items / sizeof *items) {
            json_object_set_new(ids, letter, json_string(id ? id : ""));
            items[count++] = json_string(letter);
        }
    }
    qsort(items, count, sizeof *items, by_text);
    for (i = 0; i < count; i++)
        json_array_append_new(letters, items[i]);
    if (count == 0) {
        json_array_append_new(letters, json_string("a"));
        json_array_append_new(letters, json_string("b"));
        had_live_note(live, declared,
                      "No subnet stands in this Region: its zones are not known from anything.");
        same = false;
    }
    had_live_set(declared, "zones", letters);
    if (same) {
        json_t *sorted = json_object();
        json_array_foreach(letters, i, object)
            json_object_set(sorted, json_string_value(object),
                            json_object_get(ids, json_string_value(object)));
        had_live_set(declared, "zone-ids", sorted);
    }
    json_decref(ids);
}

static bool in_use(const struct had_live *live, had_str code)
{
    static const char *const kinds[] = {"hub", "spoke", "identity-center", "directory", "resolver"};
    size_t i;
    json_t *object;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        had_live_each(live, kinds[k], i, object)
            if (had_str_eq(had_live_str(object, "region"), code) &&
                !had_live_flag(object, "_default"))
                return true;
    return false;
}

void had_live_organization(struct had_live *live)
{
    size_t i;
    json_t *object;
    uint32_t regions = 0;
    struct had_declared *spec = had_live_derive(live, "spec", live->name, NULL);
    spec->file = "main";
    if (!had_str_is(live->role, "had-deploy"))
        had_live_set(spec, "deploy-role", json_stringn(live->role.ptr, live->role.len));
    had_live_each(live, "organization", i, object) {
        struct had_declared *declared = had_live_declare(live, object, NULL);
        declared->label = spec->label;
        declared->file = "organization";
        had_live_set(declared, "management", json_incref(json_object_get(object, "_management")));
        had_live_set(spec, "owner", json_incref(json_object_get(object, "_email")));
        trusted(live, declared);
    }
    had_live_each(live, "ou", i, object)
        unit(live, object, UNITS_DEEP);
    had_live_each(live, "account", i, object) {
        if (!had_live_is(object, "_status", "ACTIVE")) {
            had_live_leave(live, object, "the account is %s", had_live_text(object, "_status"));
            continue;
        }
        struct had_declared *account = had_live_declare(live, object, NULL);
        hang(live, account, parent_of(live, object));
    }
    for (uint32_t r = 0; r < live->regions.count; r++) {
        if (!in_use(live, live->regions.items[r]))
            continue;
        regions++;
        region(live, live->regions.items[r]);
        had_live_identify(live, had_str_cstr(live->arena, live->regions.items[r]),
                          live->declared.items[live->declared.count - 1]);
    }
    if (regions > 1 && in_use(live, live->home))
        had_live_set(spec, "home", json_stringn(live->home.ptr, live->home.len));
}

bool had_live_infer(struct had_live *live, had_str *error)
{
    if (live->management.len == 0) {
        *error = HAD_STR("the organization could not be read");
        return false;
    }
    had_live_organization(live);
    had_live_network(live);
    had_live_lines(live);
    had_live_names(live);
    had_live_directories(live);
    had_live_access(live);
    return true;
}
