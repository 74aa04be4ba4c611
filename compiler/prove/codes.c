/*
 * The queries as codes: what `had explain` tells and findings carry. What cannot work is hard; what
 * a team may decide to live with can be waived.
 */
#include "prove/prove.h"

#define CODE(id, severity_, hard_, title_, why_, help_, source_)                                   \
    static const struct had_code code_##id = {.code = #id,                                         \
                                              .severity = severity_,                               \
                                              .hard = hard_,                                       \
                                              .title = title_,                                     \
                                              .why = why_,                                         \
                                              .help = help_,                                       \
                                              .source = source_}

CODE(R1, HAD_ERROR, true,
     "every member reaches a controller of its domain on every port, and replies return",
     "A member that cannot reach a controller on one of the ports joins, signs in or applies "
     "policies "
     "only sometimes, and says so in no clear way.",
     "put the route, propagation or rule there that the counterexample names",
     "AWS Directory Service administration guide, network prerequisites; Transit Gateway guide");
CODE(R2, HAD_ERROR, true,
     "every controller reaches its replication partners and the controllers of trusted domains",
     "Controllers that cannot speak with each other in both directions keep different passwords, "
     "and "
     "trusts fail for the users behind them.",
     "put the route, propagation or rule there that the counterexample names",
     "Microsoft, How to configure a firewall for Active Directory domains and trusts");
CODE(R3, HAD_ERROR, true, "every network that uses a domain resolves its name",
     "Without the domain's records nobody finds a controller, whatever the routes say.",
     "associate the rule, or correct its targets, as the counterexample says",
     "Amazon Route 53 developer guide, Resolver rules");
CODE(R4, HAD_ERROR, false,
     "every member's subnet is in one site, and the site has a controller in the Region",
     "A machine without a site asks any controller of the forest, the farthest included.",
     "state the range of the Region, and its site", "Microsoft, Active Directory site topology");
CODE(R5, HAD_WARNING, false, "every member reaches a controller without leaving the Region",
     "Sign-in that crosses the line to on-premises or another Region depends on it, and takes "
     "identity "
     "data there.",
     "put a controller into the Region", "Microsoft, Active Directory site topology");
CODE(R6, HAD_ERROR, true, "no route leads in a circle or into nothing",
     "What follows such a route is lost without an answer, and the client waits.",
     "correct the route's target, or attach and associate it",
     "Transit Gateway guide; Amazon VPC guide, route tables");
CODE(R7, HAD_ERROR, false, "networks reach only what their segment reaches",
     "A way that nobody stated joins what was meant to be apart.",
     "take the route away, or state the segment in `reaches`",
     "Transit Gateway guide, isolated VPCs");
CODE(F1, HAD_ERROR, false, "R1 to R4 survive the loss of any one thing",
     "What one zone, controller, line or site can take away is not there when it is needed.",
     "add a second one, apart from the first",
     "AWS Well-Architected Framework, reliability pillar");
CODE(F2, HAD_INFO, false, "pairs of losses that break R1 to R4",
     "Two losses at once are rare; the list says which two would stop sign-in.",
     "nothing to do, unless a pair is likely together", "fault tree analysis: minimal cut sets");

const struct had_code *const had_prove_codes[] = {&code_R1, &code_R2, &code_R3, &code_R4, &code_R5,
                                                  &code_R6, &code_R7, &code_F1, &code_F2, NULL};
