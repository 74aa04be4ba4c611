/* SSO: nested groups, and certificates of applications. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include "base/path.h"

static const struct had_value *nested(const struct had_object *group)
{
    struct had_value_list members = had_get_list(group, "members");
    for (uint32_t i = 0; i < members.count; i++)
        if (members.items[i].tag == HAD_VALUE_PRINCIPAL && !members.items[i].principal->is_user)
            return &members.items[i];
    return NULL;
}

static void sso022(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(assign, had_spec_kind(check->spec, "assign")) {
        const struct had_value *to = had_get(assign, "principal");
        const struct had_object *group =
            to->tag == HAD_VALUE_PRINCIPAL ? to->principal->object : NULL;
        const struct had_value *inner =
            group && had_is(group, "group") && to->principal->domain ? nested(group) : NULL;
        if (!inner || !had_map_put(check->arena, &told, (uintptr_t)group, 1))
            continue;
        struct had_diag *d =
            had_rule_report(check, assign, had_query_span(assign, "principal"),
                            "the members of `" HAD_FMT "` get access, too", HAD_ARG(inner->text));
        had_diag_label(d, had_value_span(inner), "a group in group `" HAD_FMT "`",
                       HAD_ARG(group->label));
    }
}

HAD_RULE(SSO022, HAD_PHASE_ACCESS, "O(n) in assignments", sso022, "an assignment to nested groups",
         "The sync flattens nested groups: whoever is in a group below the assigned one has the "
         "access, although no assignment names that group.",
         "nothing to do if that is meant; else assign to a group without others in it");

static void sso024(struct had_check *check)
{
    int64_t limit = had_fact_quota_value("identity center bytes of a certificate", NULL);
    had_each_object(application, had_spec_kind(check->spec, "application")) {
        const struct had_value *path = had_get(application, "certificate");
        const struct had_source *here = had_source_of(check->spec->sources, path->span);
        had_str clean;
        uint32_t file = 0;
        if (path->tag != HAD_VALUE_TEXT || limit < 0 ||
            !had_path_resolve(check->arena, here ? had_path_folder(here->path) : (had_str){0},
                              path->text, &clean) ||
            had_sources_load(check->spec->sources, clean, true, &file).status != HAD_SOURCE_OK)
            continue; /* what cannot be read is told where it is needed */
        uint32_t size = check->spec->sources->files.items[file - 1]->text.len;
        if (size <= limit)
            continue;
        had_rule_report(check, application, had_value_span(path),
                        "the certificate of application `" HAD_FMT
                        "` has %u bytes, and may have %lld",
                        HAD_ARG(application->label), (unsigned)size, (long long)limit);
    }
}

HAD_RULE(SSO024, HAD_PHASE_ACCESS, "O(n) in applications", sso024,
         "a certificate that Identity Center refuses",
         "The file of an application's certificate has at most 2048 bytes: one certificate, not a "
         "chain.",
         "name a file that holds the application's own certificate alone");
