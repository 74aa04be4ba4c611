/* SEC: secrets. */
#include "check/rules/rule.h"

/*
 * A secret in the clear is found where values are read, before any rule runs: here the finding gets
 * the rule's code, so that the catalog, `had explain` and the severity policy speak of it once.
 */
static void sec001(struct had_check *check)
{
    had_each(struct had_diag *, d, &check->diags->items)
        if ((*d)->code == &HAD0412)
            (*d)->code = &check->rule->code;
}

HAD_RULE(SEC001, HAD_PHASE_FOUNDATION, "O(n) in findings", sec001, "a secret in the clear",
         "A spec is read by many, and kept for ever in the history of its repository: whoever "
         "reads it has the secret.",
         "put the value into Secrets Manager and name it: `secret(\"path\")`; change what was "
         "written here");
