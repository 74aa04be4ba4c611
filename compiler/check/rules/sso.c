/* SSO: IAM Identity Center. */
#include "check/rules/rule.h"

static bool is_management(struct had_check *check, const struct had_object *account)
{
    had_each_object(organization, had_spec_kind(check->spec, "organization"))
        if (had_get_object(organization, "management") == account)
            return true;
    return false;
}

/* Where the directory's account is another one, SSO005 speaks. */
static void sso004(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *account = had_get_object(center, "account"),
                                *source = had_get_object(center, "source");
        if (!account || (source && had_object_account(source) != account))
            continue;
        const struct had_object *shared = NULL;
        /* In shared subnets the account of the directory is the one of shared services. */
        const struct had_object *place = source ? had_get_object(source, "spoke") : NULL;
        if (place && had_str_is(had_get_text(place, "role"), "shared-services"))
            shared = account;
        had_each_object(spoke, had_spec_kind(check->spec, "spoke"))
            if (!shared && had_str_is(had_get_text(spoke, "role"), "shared-services"))
                shared = had_object_account(spoke);
        if (account == shared || (!shared && !is_management(check, account)))
            continue;
        struct had_diag *d = had_rule_report(
            check, center, had_query_span(center, "account"),
            is_management(check, account)
                ? "IAM Identity Center is administered from the management account `" HAD_FMT "`"
                : "IAM Identity Center is administered from account `" HAD_FMT
                  "`, not from the account of shared services",
            HAD_ARG(had_query_path(check, account)));
        if (shared)
            had_diag_help(
                d, "write `in account " HAD_FMT "`: `had` then delegates the administration to it",
                HAD_ARG(had_query_path(check, shared)));
    }
}

HAD_RULE(SSO004, HAD_PHASE_ACCESS, "O(n) in spokes", sso004, "who administers Identity Center",
         "Delegating Identity Center to the account of shared services, beside its directory, "
         "keeps people out of the "
         "management account.",
         "declare the Identity Center in the account of shared services");

static void sso005(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *account = had_get_object(center, "account"),
                                *source = had_get_object(center, "source");
        const struct had_object *owner = source ? had_object_account(source) : NULL;
        if (!account || !owner || account == owner)
            continue;
        struct had_diag *d =
            had_rule_report(check, center, had_query_span(center, "account"),
                            "IAM Identity Center is administered from account `" HAD_FMT
                            "`, its %s `" HAD_FMT "` is in account `" HAD_FMT "`",
                            HAD_ARG(had_query_path(check, account)), source->kind->name,
                            HAD_ARG(source->label), HAD_ARG(had_query_path(check, owner)));
        had_diag_label(d, source->span, "the identity source");
        had_diag_help(d, "write `in account " HAD_FMT "`", HAD_ARG(had_query_path(check, owner)));
    }
}

HAD_RULE(SSO005, HAD_PHASE_ACCESS, "O(1)", sso005, "the identity source of another account",
         "Identity Center connects to a directory only in the account that administers it.",
         "administer Identity Center from the account that owns the directory");

static void sso006(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *region = had_get_object(center, "region"),
                                *source = had_get_object(center, "source");
        const struct had_object *there = source ? had_object_region(source) : NULL;
        if (!region || !there || region == there)
            continue;
        struct had_diag *d = had_rule_report(check, center, had_query_span(center, "region"),
                                             "IAM Identity Center is in " HAD_FMT
                                             ", its %s `" HAD_FMT "` in " HAD_FMT,
                                             HAD_ARG(region->label), source->kind->name,
                                             HAD_ARG(source->label), HAD_ARG(there->label));
        had_diag_label(d, source->span, "in " HAD_FMT, HAD_ARG(there->label));
    }
}

HAD_RULE(SSO006, HAD_PHASE_ACCESS, "O(1)", sso006,
         "Identity Center and its directory in two Regions",
         "Identity Center connects only to a directory of its own Region.",
         "use the directory of the Region in which Identity Center is enabled");

static void sso013(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        if (!had_str_is(had_get_text(center, "mfa"), "never"))
            continue;
        struct had_diag *d = had_rule_report(check, center, had_query_span(center, "mfa"),
                                             "sign-in to AWS accounts asks for no second factor");
        had_diag_help(d, "write `mfa = always`, or `mfa = context`");
    }
}

HAD_RULE(SSO013, HAD_PHASE_ACCESS, "O(1)", sso013, "sign-in without a second factor",
         "A stolen password alone would open every account that its owner may enter.",
         "write `mfa = always`");

static void sso014(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center"))
        if (had_str_is(had_get_text(center, "unregistered"), "allow") &&
            !had_str_is(had_get_text(center, "mfa"), "never"))
            had_rule_report(check, center, had_query_span(center, "unregistered"),
                            "people without a registered device sign in with their password alone");
}

HAD_RULE(
    SSO014, HAD_PHASE_ACCESS, "O(1)", sso014, "people without a second factor are let in",
    "Where people without a device are allowed, whoever has a password skips the second factor.",
    "write `unregistered = enroll`, or `block`");

static void sso015(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        const struct had_object *source = had_get_object(center, "source");
        if (!source || !had_is(source, "directory") || !had_present(source, "radius") ||
            had_str_is(had_get_text(center, "mfa"), "never"))
            continue;
        struct had_diag *d = had_rule_report(
            check, center, had_query_span(center, "mfa"),
            "the second factor of Identity Center replaces RADIUS of directory `" HAD_FMT "`",
            HAD_ARG(source->label));
        had_diag_label(d, had_query_span(source, "radius"), "no longer asked for sign-in to AWS");
    }
}

HAD_RULE(SSO015, HAD_PHASE_ACCESS, "O(1)", sso015, "two second factors",
         "Once Identity Center asks for a second factor itself, it no longer asks the RADIUS "
         "servers of the directory.",
         "keep one of the two");

static void sso020(struct had_check *check)
{
    had_each_object(center, had_spec_kind(check->spec, "identity-center")) {
        if (had_query_broken(center, "emergency-role") || had_present(center, "emergency-role"))
            continue;
        had_rule_report(check, center, center->span,
                        "`" HAD_FMT "` is the only way into the accounts", HAD_ARG(center->label));
    }
}

HAD_RULE(SSO020, HAD_PHASE_ACCESS, "O(1)", sso020, "no way in for an emergency",
         "While Identity Center, its directory or its Region is out of service, nobody gets into "
         "any account: a few "
         "people need roles that are federated without it.",
         "make such a role in each account and name it: `emergency-role = \"…\"`");

/* A set on the management account and elsewhere; what is split by hand is fine. */
static void sso012(struct had_check *check)
{
    had_each_object(set, had_spec_kind(check->spec, "permission-set")) {
        const struct had_object *inside = NULL, *outside = NULL;
        had_each_object(assign, had_index_users(check, "assign", "subject", set)) {
            const struct had_object *on = had_get_object(assign, "account");
            if (!on)
                continue;
            had_objects accounts = {0};
            had_query_accounts(check, on, &accounts);
            had_each(const struct had_object *, account, &accounts) {
                if (is_management(check, *account))
                    inside = inside ? inside : assign;
                else
                    outside = outside ? outside : assign;
            }
        }
        if (!inside || !outside)
            continue;
        struct had_diag *d = had_rule_report(check, set, had_query_span(inside, "account"),
                                             "permission set `" HAD_FMT
                                             "` is used on the management account and on others",
                                             HAD_ARG(set->label));
        if (outside != inside)
            had_diag_label(d, had_query_span(outside, "account"), "also used here");
        had_diag_label(d, set->span, "the set");
    }
}

HAD_RULE(SSO012, HAD_PHASE_ACCESS, "O(n) in permission sets and assignments", sso012,
         "a permission set of the management account used elsewhere",
         "The delegated administrator cannot change a set that is provisioned in the management "
         "account: once it is used "
         "there, it is out of reach for everyone else.",
         "make a set of its own for the management account");

static void sso025(struct had_check *check)
{
    had_each_object(user, had_spec_kind(check->spec, "user")) {
        if (!user->parent || !had_is(user->parent, "identity-center") ||
            !had_get_object(user->parent, "source"))
            continue;
        struct had_diag *d =
            had_rule_report(check, user, user->span,
                            "user `" HAD_FMT "` would live in Identity Center beside the directory",
                            HAD_ARG(user->label));
        had_diag_label(d, had_query_span(user->parent, "source"), "the identity source");
    }
}

HAD_RULE(SSO025, HAD_PHASE_ACCESS, "O(n) in users", sso025, "people outside the directory",
         "With a directory as source, it is the one place where people are entered, changed and "
         "removed.",
         "make the user in the directory");
