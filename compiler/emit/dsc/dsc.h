/* clang-format off */
/*
 * The DSC back ends. `dsc` writes, for each forest or directory and role, DIR/dsc/FOREST/ROLE.ps1 (one
 * configuration), ROLE.psd1 (what differs between its machines) and ROLE.lcm.ps1 (settings of the local
 * configuration manager); `mof` writes DIR/dsc/FOREST/ROLE/NODE.mof, the compiled form of one machine.
 *
 * They read nodes of type had::DscConfiguration, class HAD_CONFIGURATION, whose context's actor is the
 * machine. Properties of such a node:
 *
 *     Forest     text   declared name of the forest or directory; the folder
 *     Role       text   forest | domain-controller | forwarders | trust | accounts | directory-admin
 *     Node       text   computer name, at most 15 characters of A-Z a-z 0-9 -
 *     Resources  list of maps, in the order in which they are written:
 *         Type        text   friendly name: "ADReplicationSite"
 *         Name        text   instance; letters, digits and - _ . only; the same on all machines of a role
 *                            (name it after what it does, not after the machine)
 *         Properties  map    DSC's names; text, int, bool, list of texts. A secret is a credential (a secret
 *                            with the JSON keys Username and Password). A read, or a format with reads, is a
 *                            mandatory parameter of the script, and {ssm:NAME} in MOF where it reads
 *                            an AWS::SSM::Parameter whose Name is literal. Of a staged value the last is used.
 *         DependsOn   list of texts "[Type]Name", of this machine and role
 *         PsDscRunAsCredential   secret, optional
 *         Constant    text   of a Script only: its body's name in facts/scripts.json
 *         Arguments   map    of a Script only, instead of Properties; facts/scripts.json says which. A secret with
 *                            an empty json_key is taken as a whole. A list of addresses may hold reads of
 *                            AWS::SSM::Parameter nodes: the script asks for their values on the machine
 *
 * Nodes of one (Forest, Role, Node) are merged in edge order: equal resources become one, and where one
 * node needs another and names none of its resources in DependsOn, its first ones wait for the other's last
 * ones that matter: its promotion; else what it puts into the directory; else the machine's promotion. What works
 * only in the domain waits for the machine's promotion or join.
 * facts/profile.json says which resources and rules there are; what breaks one is an error here, before
 * anything is written.
 */
/* clang-format on */
#ifndef HAD_EMIT_DSC_DSC_H
#define HAD_EMIT_DSC_DSC_H

#include "emit/emit.h"

extern const struct had_backend had_backend_dsc;
extern const struct had_backend had_backend_mof;

#endif
