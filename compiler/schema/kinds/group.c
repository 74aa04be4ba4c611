/* People and their groups, in a directory or in Identity Center's own store. */
#include "schema/kinds/table.h"

static const struct had_clause_spec group_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("directory", "forest", "domain", "identity-center"),
     .required = true,
     .parent = true,
     .doc = "The directory, forest, domain or Identity Center that holds it."},
    END_CLAUSES,
};

static const struct had_attr group_attrs[] = {
    {.name = "members",
     .type = SET_OF(PLAIN(PRINCIPAL)),
     .doc = "Groups and users in it.",
     .lowers_to = "ADGroup.Members, IdentityStore::GroupMembership"},
    {.name = "scope",
     .type = ONE_OF("global", "domain-local", "universal"),
     .fallback = "global",
     .doc = "Where the group can be used, in Active Directory only.",
     .lowers_to = "ADGroup.GroupScope, had::DirectoryGroup.GroupScope"},
    {.name = "ou",
     .type = PLAIN(DN),
     .doc = "Organizational unit in which it stands.",
     .lowers_to = "ADGroup.Path"},
    END_ATTRS,
};

const struct had_kind had_kind_group = {
    .name = "group",
    .doc = "A group of people that we make. Groups that are there are named by `group \"…\"` and "
           "need no declaration.",
    .heads = WORDS("group NAME in directory D", "group NAME in forest F", "group NAME in domain M",
                   "group NAME in identity-center I"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = group_clauses,
    .attrs = group_attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::DirectoryGroup, ADGroup, IdentityStore::Group",
    .resource = true,
    .section = "Directories",
};

static const struct had_clause_spec user_clauses[] = {
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("directory", "identity-center"),
     .required = true,
     .parent = true,
     .doc = "The directory or Identity Center that holds it."},
    END_CLAUSES,
};

static const struct had_attr user_attrs[] = {
    {.name = "email",
     .type = PLAIN(EMAIL),
     .doc = "Address of the person.",
     .lowers_to = "had::DirectoryUser.EmailAddress, IdentityStore::User.Emails"},
    {.name = "given-name",
     .type = TEXT(1, 64, NULL, "a given name has 1 to 64 characters"),
     .doc = "Given name of the person.",
     .lowers_to = "had::DirectoryUser.GivenName, IdentityStore::User.Name"},
    {.name = "family-name",
     .type = TEXT(1, 64, NULL, "a family name has 1 to 64 characters"),
     .doc = "Family name of the person.",
     .lowers_to = "had::DirectoryUser.Surname, IdentityStore::User.Name"},
    {.name = "groups",
     .type = SET_OF(REF("group")),
     .doc = "Declared groups to which the person belongs.",
     .lowers_to = "IdentityStore::GroupMembership"},
    {.name = "password",
     .type = PLAIN(SECRET),
     .doc = "First password, of users in a directory only.",
     .lowers_to = "had::DirectoryUser"},
    END_ATTRS,
};

const struct had_kind had_kind_user = {
    .name = "user",
    .doc = "A person that we make, for tests and emergencies. People of the company come from its "
           "Active Directory, and a user beside that is a finding.",
    .heads = WORDS("user NAME in directory D", "user NAME in identity-center I"),
    .subject = HAD_SUBJECT_DECLARES,
    .clauses = user_clauses,
    .attrs = user_attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::DirectoryUser, IdentityStore::User",
    .resource = true,
    .section = "Directories",
};
