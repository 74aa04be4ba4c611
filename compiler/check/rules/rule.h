/*
 * How a rule is written. Its text stands with its function; group, default severity and source come
 * from the rule catalog (schema/facts/rules.tsv), so that a fact has one place.
 *
 *     HAD_RULE(DNS001, HAD_PHASE_FOUNDATION, "O(n) in resolvers", dns001, "title", "why", "help");
 *
 * Four forms, by what the finding means: HAD_RULE is hard where the catalog says error (AWS or
 * Active Directory rejects it, or it cannot work); HAD_RULE_ENFORCED is of this architecture, an
 * error by default that a waiver may except; HAD_RULE_QUOTA is an adjustable quota, which may be
 * waived, too; HAD_RULE_ADVISED is what remains of an error that the language refuses.
 */
#ifndef HAD_CHECK_RULES_RULE_H
#define HAD_CHECK_RULES_RULE_H

#include "check/query.h"
#include "rule_facts.inc"

#define HAD_RULE_(id, severity_, hard_, phase_, cost_, run_, title_, why_, help_)                  \
    const struct had_rule had_rule_##id = {.code = {.code = #id,                                   \
                                                    .severity = severity_,                         \
                                                    .title = title_,                               \
                                                    .why = why_,                                   \
                                                    .help = help_,                                 \
                                                    .source = FACT_SOURCE_##id,                    \
                                                    .hard = hard_},                                \
                                           .group = FACT_GROUP_##id,                               \
                                           .phase = phase_,                                        \
                                           .opt_in = FACT_OPT_IN_##id,                             \
                                           .complexity = cost_,                                    \
                                           .run = run_}

#define HAD_RULE(id, phase, cost, run, title, why, help)                                           \
    HAD_RULE_(id, FACT_SEVERITY_##id, FACT_SEVERITY_##id == HAD_ERROR, phase, cost, run, title,    \
              why, help)
#define HAD_RULE_ENFORCED(id, phase, cost, run, title, why, help)                                  \
    HAD_RULE_(id, HAD_ERROR, false, phase, cost, run, title, why, help)
#define HAD_RULE_QUOTA(id, phase, cost, run, title, why, help)                                     \
    HAD_RULE_(id, FACT_SEVERITY_##id, false, phase, cost, run, title, why, help)

/* Of what the catalog calls an error the language refuses all but this, which is advice. */
#define HAD_RULE_ADVISED(id, phase, cost, run, title, why, help)                                   \
    HAD_RULE_(id, HAD_WARNING, false, phase, cost, run, title, why, help)

#define RULE(id) extern const struct had_rule had_rule_##id;
#include "check/rules.def"
#undef RULE

#endif
