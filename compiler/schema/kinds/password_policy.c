#include "schema/kinds/table.h"

static const struct had_clause_spec clauses[] = {
    {.preposition = HAD_ON,
     .slot = "groups",
     .type = SET_OF(ONLY_GROUPS),
     .doc = "Groups whose members a fine-grained policy binds."},
    {.preposition = HAD_IN,
     .slot = "in",
     .type = REF("forest", "domain", "directory"),
     .required = true,
     .parent = true,
     .doc = "The forest, domain or directory."},
    END_CLAUSES,
};

/* Ranges: MicrosoftDocs windowsserverdocs, password and account lockout policies. */
static const struct had_attr attrs[] = {
    {.name = "history",
     .type = INT(0, 1024, "a password history remembers 0 to 1024 passwords"),
     .doc = "Former passwords that may not be used again.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.PasswordHistoryCount"},
    {.name = "maximum-age",
     .type = SECONDS(0, 0, "an age is a duration such as `90d`"),
     .doc = "Age at which a password must be changed; `0d` for never.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.MaxPasswordAge"},
    {.name = "minimum-age",
     .type = SECONDS(0, 0, "an age is a duration such as `1d`"),
     .doc = "Age before which a password may not be changed.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.MinPasswordAge"},
    {.name = "minimum-length",
     .type = INT(0, 255, "the minimum length of a password is 0 to 255"),
     .doc = "Fewest characters of a password.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.MinPasswordLength"},
    {.name = "complexity",
     .type = PLAIN(BOOL),
     .doc = "A password needs characters of three sorts.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.ComplexityEnabled"},
    {.name = "reversible",
     .type = PLAIN(BOOL),
     .doc = "Passwords are kept so that they can be read again. Nothing modern needs it.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.ReversibleEncryptionEnabled"},
    {.name = "lockout-threshold",
     .type = INT(0, 65535, "a lockout threshold is 0 to 65535 attempts"),
     .doc = "Failed attempts after which an account is locked; 0 for never.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.LockoutThreshold"},
    {.name = "lockout-duration",
     .type = SECONDS(0, 0, "a lockout lasts a duration such as `30m`"),
     .doc = "How long an account stays locked; `0s` until someone unlocks it.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.LockoutDuration"},
    {.name = "lockout-window",
     .type = SECONDS(0, 0, "a lockout window is a duration such as `30m`"),
     .doc = "Time in which failed attempts add up.",
     .lowers_to = "ADDomainDefaultPasswordPolicy.LockoutObservationWindow"},
    {.name = "precedence",
     .type = INT(1, 2147483647, "the precedence of a policy is 1 or more"),
     .doc = "Which of several fine-grained policies binds a user: the smallest number.",
     .lowers_to = "ADFineGrainedPasswordPolicy.Precedence"},
    END_ATTRS,
};

const struct had_kind had_kind_password_policy = {
    .name = "password-policy",
    .doc = "Rules of passwords and lockouts: without a name those of the domain, with a name and "
           "groups a "
           "fine-grained policy. A directory has only fine-grained ones, on the groups that AWS "
           "provides. "
           "What is left out stays as Active Directory has it.",
    .heads = WORDS("password-policy", "password-policy NAME on GROUPS"),
    .subject = HAD_SUBJECT_DECLARES,
    .subject_optional = true,
    .clauses = clauses,
    .attrs = attrs,
    .children = NONE,
    .derived = NONE,
    .lowers_to = "ADDomainDefaultPasswordPolicy, ADFineGrainedPasswordPolicy",
    .resource = true,
    .section = "Directories",
};
