/* AD: names of domains, units and people, and how far Kerberos goes. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

static void ad006(struct had_check *check)
{
    const int64_t levels = had_fact_limit("domain levels below a registered name");
    static const char *const kinds[] = {"forest", "domain", "directory"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        had_each_object(object, had_spec_kind(check->spec, kinds[k])) {
            had_str root = had_get_text(object, "root");
            uint32_t labels = root.len > 0;
            for (uint32_t i = 0; i < root.len; i++)
                labels += root.ptr[i] == '.';
            /* A registered name has two labels or three; what is there cannot be renamed. */
            if (labels <= levels + 2 || object->existing)
                continue;
            had_rule_report(check, object, had_query_span(object, "root"),
                            "the name of %s `" HAD_FMT "` is %u levels below the root of DNS",
                            kinds[k], HAD_ARG(object->label), (unsigned)labels);
        }
    }
}

HAD_RULE(AD006, HAD_PHASE_FOUNDATION, "O(n) in domains", ad006, "a domain name of many levels",
         "A domain is a subdomain of a name that your organization has registered, at most five "
         "levels below it: longer names are mistyped, and fill what Active Directory derives from "
         "them.",
         "choose a name with fewer labels");

/* ---- organizational units ---- */

static bool escaped(had_str dn, uint32_t at)
{
    uint32_t slashes = 0;
    while (at > slashes && dn.ptr[at - slashes - 1] == '\\')
        slashes++;
    return slashes % 2 == 1;
}

/* The next part of a distinguished name, `OU=ERP`, without spaces around it; false at its end. */
static bool next_part(had_str dn, uint32_t *at, had_str *part)
{
    if (*at >= dn.len)
        return false;
    uint32_t end = *at;
    while (end < dn.len && (dn.ptr[end] != ',' || escaped(dn, end)))
        end++;
    *part = had_str_trim(had_str_slice(dn, *at, end));
    *at = end + 1;
    return true;
}

static bool is_part(had_str part, const char *prefix, had_str *value)
{
    uint32_t len = (uint32_t)strlen(prefix);
    if (part.len < len || !had_str_eq_nocase(had_str_slice(part, 0, len), had_str_c(prefix)))
        return false;
    *value = had_str_slice(part, len, part.len);
    return true;
}

/* The `DC=` parts as a domain name. */
static had_str domain_of_dn(struct had_check *check, had_str dn)
{
    struct had_buffer b = {0};
    had_str part, value;
    for (uint32_t at = 0; next_part(dn, &at, &part);)
        if (is_part(part, "DC=", &value)) {
            had_buffer_c(&b, b.len ? "." : "");
            had_buffer_str(&b, value);
        }
    had_str name = had_str_dup(check->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return name;
}

static void unit(struct had_check *check, const struct had_object *object,
                 const struct had_value *value, const struct had_object *domain)
{
    const int64_t most = had_fact_name_max("ad_ou");
    if (value->tag != HAD_VALUE_TEXT || !domain)
        return;
    had_str dn = value->text, part, name, root = had_get_text(domain, "root");
    for (uint32_t at = 0; next_part(dn, &at, &part);) {
        if (!is_part(part, "OU=", &name) || name.len <= most)
            continue;
        had_rule_report(check, object, had_value_span(value),
                        "the name of unit `" HAD_FMT "` has %u characters, and may have %lld",
                        HAD_ARG(name), (unsigned)name.len, (long long)most);
        return;
    }
    /* Units of a managed directory are told by DIR038 and JOIN008. */
    had_str there = domain_of_dn(check, dn);
    if (!root.len || had_is(domain, "directory") || had_str_eq_nocase(there, root))
        return;
    struct had_diag *d = had_rule_report(check, object, had_value_span(value),
                                         "unit `" HAD_FMT "` is not in the domain `" HAD_FMT "`",
                                         HAD_ARG(dn), HAD_ARG(root));
    had_diag_label(d, had_query_span(domain, "root"), "%s `" HAD_FMT "`", domain->kind->name,
                   HAD_ARG(domain->label));
    struct had_buffer b = {0};
    for (uint32_t start = 0, i = 0; i <= root.len; i++) {
        if (i < root.len && root.ptr[i] != '.')
            continue;
        had_buffer_printf(&b, "%sDC=" HAD_FMT, b.len ? "," : "",
                          HAD_ARG(had_str_slice(root, start, i)));
        start = i + 1;
    }
    had_str end = had_buffer_view(&b);
    had_diag_help(d, "let it end in `" HAD_FMT "`", HAD_ARG(end));
    had_buffer_free(&b);
}

static void ad011(struct had_check *check)
{
    static const char *const domains[] = {"forest", "domain", "directory"};
    for (size_t k = 0; k < sizeof domains / sizeof *domains; k++) {
        had_each_object(domain, had_spec_kind(check->spec, domains[k])) {
            struct had_value_list units = had_get_list(domain, "ous");
            for (uint32_t i = 0; i < units.count; i++)
                unit(check, domain, &units.items[i], domain);
        }
    }
    had_each_object(group, had_spec_kind(check->spec, "group"))
        if (group->parent && !had_is(group->parent, "identity-center"))
            unit(check, group, had_get(group, "ou"), group->parent);
    had_each_object(instance, had_spec_kind(check->spec, "instance"))
        if (had_query_stated(instance, "ou"))
            unit(check, instance, had_get(instance, "ou"), had_get_object(instance, "join"));
}

HAD_RULE(AD011, HAD_PHASE_FOUNDATION, "O(n) in units", ad011, "a unit that is not in its domain",
         "An organizational unit is named by its path in its own domain, and each part of the path "
         "has at most 64 characters.",
         "correct the distinguished name");

/* ---- people ---- */

static void ad014(struct had_check *check)
{
    const int64_t most = had_fact_name_max("sam_account_user");
    had_each_object(user, had_spec_kind(check->spec, "user")) {
        if (!user->parent || !had_is(user->parent, "directory"))
            continue;
        had_str name = had_outside_name(check->arena, user);
        struct had_span span =
            had_query_stated(user, "name") ? had_query_span(user, "name") : user->name_span;
        bool odd = false;
        for (uint32_t i = 0; i < name.len; i++) {
            unsigned char c = (unsigned char)name.ptr[i];
            odd |= c <= ' ' || c >= 0x7f || strchr("\"/\\[]:;|=,+*?<>", c);
        }
        if (name.len > most)
            had_rule_report(check, user, span,
                            "the logon name `" HAD_FMT "` has %u characters, and may have %lld",
                            HAD_ARG(name), (unsigned)name.len, (long long)most);
        else if (odd)
            had_rule_report(check, user, span,
                            "the logon name `" HAD_FMT
                            "` holds characters that applications of AWS do not take",
                            HAD_ARG(name));
    }
}

HAD_RULE(AD014, HAD_PHASE_RESOURCE_FOREST, "O(n) in users", ad014,
         "a logon name that not every application takes",
         "A logon name has at most 20 characters; spaces, special characters and those outside of "
         "ASCII keep people from signing in to applications of AWS.",
         "state a plain and short one: `name = \"…\"`");

/* ---- trust paths ---- */

/* The deepest domain below another; the depth of a domain itself is 0. */
struct deep {
    uint32_t depth;
    const struct had_object *deepest;
};

/* Each domain is looked at once: `known` has the answers. */
static const struct deep *depth_of(struct had_check *check, struct had_map *known,
                                   const struct had_object *domain)
{
    const uint64_t *found = had_map_get(known, (uintptr_t)domain);
    if (found)
        return (const struct deep *)(uintptr_t)*found;
    struct deep *made = had_new(check->arena, struct deep);
    made->deepest = domain;
    had_each_object(child, had_index_users(check, "domain", "parent", domain)) {
        const struct deep *below = depth_of(check, known, child);
        if (below->depth + 1 > made->depth)
            *made = (struct deep){below->depth + 1, below->deepest};
    }
    had_map_put(check->arena, known, (uintptr_t)domain, (uintptr_t)made);
    return made;
}

static void ad017(struct had_check *check)
{
    const int64_t most = had_fact_limit("kerberos trusts of a path");
    struct had_map known = {0};
    had_each_object(trust, had_spec_kind(check->spec, "trust")) {
        const struct had_object *a = had_query_side(trust, 0), *b = had_query_side(trust, 1);
        if (!a || !b || had_str_is(had_get_text(trust, "type"), "external"))
            continue;
        const struct deep *one = depth_of(check, &known, a), *two = depth_of(check, &known, b);
        uint32_t path = 1 + one->depth + two->depth;
        if (path <= most)
            continue;
        struct had_diag *d = had_rule_report(
            check, trust, trust->span,
            "from `" HAD_FMT "` to `" HAD_FMT "` Kerberos crosses %u trusts, and may cross %lld",
            HAD_ARG(had_query_path(check, one->deepest)),
            HAD_ARG(had_query_path(check, two->deepest)), (unsigned)path, (long long)most);
        had_diag_label(d, one->deepest->span, "one end");
        had_diag_label(d, two->deepest->span, "the other");
    }
}

HAD_RULE(AD017, HAD_PHASE_RESOURCE_FOREST, "O(n) in trusts and domains", ad017,
         "a trust path that Kerberos does not follow",
         "Kerberos follows a path of at most ten trusts from the user's domain to the server's.",
         "make a trust directly between the domains that need it");
