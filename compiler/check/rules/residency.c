/* RES: where identity data may be. */
#include "check/rules/rule.h"

#include "schema/facts.h"

/* True if the spec names countries and the Region is in none of them. */
static bool outside(struct had_check *check, const struct had_object *region)
{
    const struct had_spec *spec = check->spec;
    if (!region || !spec->self || !had_query_stated(spec->self, "countries") ||
        had_query_broken(spec->self, "countries"))
        return false;
    const struct had_fact_region *fact = had_fact_region_find(region->name);
    struct had_value_list countries = had_get_list(spec->self, "countries");
    for (uint32_t i = 0; fact && i < countries.count; i++)
        if (had_str_is(countries.items[i].text, fact->country))
            return false;
    return fact != NULL;
}

static void tell(struct had_check *check, const struct had_object *object, struct had_span span)
{
    const struct had_object *region = had_object_region(object);
    const struct had_fact_region *fact = had_fact_region_find(region->name);
    bool replica = had_is(object, "replica") && object->parent;
    struct had_diag *d =
        had_rule_report(check, object, span,
                        "%s `" HAD_FMT "` would hold identity data in " HAD_FMT
                        " (%s), outside of the countries that the spec allows",
                        replica ? "the replica of directory" : object->kind->name,
                        HAD_ARG(had_query_path(check, replica ? object->parent : object)),
                        HAD_ARG(region->name), fact->country);
    had_diag_label(d, had_query_span(check->spec->self, "countries"), "allowed countries");
}

static void res001(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "directory"};
    for (size_t k = 0; k < 2; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k]))
            if (outside(check, had_object_region(object)))
                tell(check, object, object->span);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_str country = had_get_text(site, "country");
        if (!country.len || !had_present(site, "controllers") || !check->spec->self ||
            !had_query_stated(check->spec->self, "countries"))
            continue;
        bool allowed = false;
        struct had_value_list countries = had_get_list(check->spec->self, "countries");
        for (uint32_t i = 0; i < countries.count; i++)
            allowed |= had_str_eq(countries.items[i].text, country);
        if (allowed)
            continue;
        struct had_diag *d = had_rule_report(check, site, had_query_span(site, "country"),
                                             "the controllers of site `" HAD_FMT "` are in " HAD_FMT
                                             ", outside of the countries that the spec allows",
                                             HAD_ARG(site->label), HAD_ARG(country));
        had_diag_label(d, had_query_span(check->spec->self, "countries"), "allowed countries");
    }
}

HAD_RULE(RES001, HAD_PHASE_EXTENDED, "O(n) in identity stores", res001,
         "identity data in a country that is not allowed",
         "The spec says which countries identity data may not leave. Controllers and directories "
         "hold all of it.",
         "choose a Region in one of the countries, or add the country");

static void res003(struct had_check *check)
{
    had_each_object(replica, had_spec_kind(check->spec, "replica"))
        if (outside(check, had_object_region(replica)))
            tell(check, replica, replica->span);
}

HAD_RULE(RES003, HAD_PHASE_RESOURCE_FOREST, "O(n) in replicas", res003,
         "a replica in a country that is not allowed",
         "A replica holds the whole directory. The spec says which countries identity data may not "
         "leave.",
         "choose a Region in one of the countries, or leave the replica out");

static void res004(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center"))
        if (outside(check, had_get_object(center, "region")))
            tell(check, center, had_query_span(center, "region"));
}

HAD_RULE(RES004, HAD_PHASE_ACCESS, "O(1)", res004,
         "Identity Center in a country that is not allowed",
         "Identity Center keeps people, groups and assignments in its home Region.",
         "enable Identity Center in a Region of one of the countries");

static void res005(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center"))
        if (had_str_is(had_query_region(center), "us-gov-east-1"))
            had_rule_report(check, center, had_query_span(center, "region"),
                            "Identity Center in us-gov-east-1 sends its e-mail from us-gov-west-1");
}

HAD_RULE(RES005, HAD_PHASE_ACCESS, "O(1)", res005, "e-mail from another Region",
         "Identity Center of AWS GovCloud (US-East) sends its e-mail, with the addresses in it, "
         "through US-West.",
         "choose us-gov-west-1 if that matters");
