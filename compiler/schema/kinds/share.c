#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_WITH,
     .slot = "with",
     .type = REF("account", "ou", "organization"),
     .required = true,
     .doc = "Accounts, or units with all their accounts. The directory's own account is passed "
            "over in a selection."},
    END_CLAUSES,
};

static const struct had_attr attrs[] = {
    {.name = "method",
     .type = ONE_OF("handshake", "organization"),
     .derived = "`organization` where the directory is in the management account, else `handshake`",
     .doc = "Whether the other account accepts the share, or belongs to the organization and need "
            "not.",
     .lowers_to = "had::DirectoryShare.ShareMethod"},
    {.name = "note",
     .type = TEXT(0, 1024, NULL, "the note of a share has at most 1024 characters"),
     .doc = "What the other account reads with the invitation.",
     .lowers_to = "had::DirectoryShare.ShareNotes"},
    END_ATTRS,
};

const struct had_kind had_kind_share = {
    .name = "share",
    .doc = "Lets other accounts use a directory, so that their hosts can join it.",
    .heads = WORDS("share directory D with ACCOUNTS"),
    .subject = HAD_SUBJECT_REFERS,
    .subject_type = REF("directory"),
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "had::DirectoryShare, had::DirectoryShareAcceptance",
    .no_existing = true,
    .multiplies = true,
    .section = "Directories",
};
