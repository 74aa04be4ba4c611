/*
 * A stack set: one template for the network of every account of an organizational unit, where these
 * are the same but for names and ranges. CloudFormation itself then deploys to the accounts, with
 * roles of its own (service-managed permissions), and the management account holds one stack with
 * the set.
 *
 * The set is asked for by name, and accounts that differ in more than texts are refused: if such a
 * one fell back to a stack of its own, its network would be made anew.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_UNIFORM_H
#define HAD_EMIT_CLOUDFORMATION_UNIFORM_H

#include "emit/cloudformation/template.h"

struct had_member {
    had_str account, account_id;
    had_array(const struct had_node *) nodes; /* each member's in the same order */
};

/* What differs between members, as a parameter of the template. */
struct had_varying {
    had_str name;
    had_str *values; /* by member */
};

struct had_uniform {
    const struct had_node *unit;          /* the organizational unit */
    had_array(struct had_member) members; /* by account's name */
    had_array(struct had_varying) varying;
    struct had_node
        *varies; /* stands for the member in values: an attribute for each of `varying` */
    struct had_stack *inner; /* the template of the accounts: .nodes are copies of the first's */
    struct had_stack *outer; /* the stack with the set */
};

/*
 * The accounts that the set is for, by name; NULL without one, and with a finding if the options
 * name a unit that cannot have one.
 */
struct had_units {
    const struct had_node *unit;
    had_array(had_str) accounts;
    had_str account, account_id, deploy_role, partition; /* of the organization's management */
    struct had_map by_context;                           /* had_context → 1 */
};
struct had_units *had_units_find(struct had_steps *steps);
/* True if templates make this node by the set. */
bool had_units_hold(const struct had_units *units, const struct had_node *node);

/* Before anything is converted: `stack` holds the nodes of all accounts, and becomes the outer one.
 */
void had_uniform_make(struct had_steps *steps, const struct had_units *units,
                      struct had_stack *stack, had_str region);
void had_uniform_refuse(struct had_steps *steps, const struct had_node *node, had_str message);
/* A default of the same form as the values, which no account keeps: addresses are those for
 * documentation. */
had_str had_uniform_fallback(const struct had_uniform *set, had_str name);
/* The outer stack's text, once the inner one is finished. */
void had_uniform_finish(struct had_steps *steps, struct had_stack *stack);

#endif
