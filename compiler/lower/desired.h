/*
 * Makes the nodes of type had::DscConfiguration: what one machine must be, as DSC resources in
 * order. Their shape is the contract of emit/dsc/dsc.h.
 *
 *     struct had_desired desired = had_desired_begin(l, forest, "sites", …, HAD_DESIRED_FOREST, …);
 *     had_desired_add(&desired, "ADReplicationSite", HAD_STR("AWS-eu-west-1"), span);
 *     had_desired_text(&desired, "Name", site, span);
 *     had_desired_run_as(&desired, administrator);
 *     had_desired_deliver(&desired, host, HAD_DESIRED_FOREST, forest);
 *
 * Role `forest` holds what comes before a promotion (sites and links), `domain-controller` the
 * promotion and what belongs to the domain, `forwarders` and `trust` this side of trusts, which may
 * wait for directories long after the promotion, `accounts` groups and what names them,
 * `directory-admin` the work on a directory from its host, and joins of machines by themselves.
 */
#ifndef HAD_LOWER_DESIRED_H
#define HAD_LOWER_DESIRED_H

#include "lower/internal.h"

enum had_desired_role {
    HAD_DESIRED_FOREST,
    HAD_DESIRED_CONTROLLER,
    HAD_DESIRED_FORWARDERS,
    HAD_DESIRED_TRUST,
    HAD_DESIRED_ACCOUNTS,
    HAD_DESIRED_DIRECTORY
};

struct had_desired {
    struct had_lowering *l;
    struct had_node *node;
    struct had_prop *resources;
    struct had_prop *resource;   /* the one added last */
    struct had_prop *properties; /* of it: Properties, or Arguments of a Script */
};

/* The node OBJECT:ROLE[KEY] on the machine of `host`, a controller or instance whose node is there.
 */
struct had_desired had_desired_begin(struct had_lowering *l, const struct had_object *object,
                                     const char *role, had_str key, const struct had_object *forest,
                                     enum had_desired_role desired_role,
                                     const struct had_object *host, enum had_layer layer,
                                     enum had_phase phase);
/* What had_desired_begin made earlier, to add to it; node is NULL where there is none. */
struct had_desired had_desired_find(struct had_lowering *l, const struct had_object *object,
                                    const char *role, had_str key);

/* Adds a resource, which later calls are about; of `name` only letters, digits, `-_.` stay. */
void had_desired_add(struct had_desired *desired, const char *type, had_str name,
                     struct had_span span);
/* Adds a Script whose body is one of the fixed ones; later calls set its arguments. */
void had_desired_script(struct had_desired *desired, const char *constant, had_str name,
                        struct had_span span);
void had_desired_put(struct had_desired *desired, const char *property, struct had_prop *value);
void had_desired_text(struct had_desired *desired, const char *property, had_str text,
                      struct had_span span);
void had_desired_c(struct had_desired *desired, const char *property, const char *text,
                   struct had_span span);
void had_desired_int(struct had_desired *desired, const char *property, int64_t number,
                     struct had_span span);
void had_desired_bool(struct had_desired *desired, const char *property, bool boolean,
                      struct had_span span);
/* Appends to a list of texts. */
void had_desired_item(struct had_desired *desired, const char *property, had_str text,
                      struct had_span span);
void had_desired_run_as(struct had_desired *desired, const struct had_prop *secret);
/* DependsOn, of this machine and role. */
void had_desired_after(struct had_desired *desired, const char *type, had_str name);

/* Ready-made resources. */
void had_desired_feature(struct had_desired *desired, const char *feature, struct had_span span);

/* A name of a DSC instance: other characters become `-`. */
had_str had_desired_name(struct had_lowering *l, had_str text);
/* The distinguished name of a domain: `DC=corp,DC=example,DC=com`. */
had_str had_dn_of_domain(struct had_lowering *l, had_str domain);
/* First value and the rest of a distinguished name: `ERP` and `OU=AWS,DC=…`; false without a comma.
 */
bool had_dn_split(struct had_lowering *l, had_str dn, had_str *name, had_str *rest);
/*
 * The organizational units of an attribute, each after its parent, where that is one of them, else
 * after the resource named here (NULL: none).
 */
void had_desired_units(struct had_desired *desired, const struct had_object *object,
                       const char *attribute, const struct had_prop *credential,
                       const char *after_type, had_str after_name);
/* A password policy of a domain, or a fine-grained one (forest.c). */
void had_password_policy(struct had_desired *desired, const struct had_object *policy,
                         struct had_prop *credential);

/*
 * The computer's name and its join to `domain`. A computer of that name that is in the domain
 * already stops it: the module would delete it. The resource that waits for the domain, "Domain",
 * comes before.
 */
void had_desired_join(struct had_desired *desired, had_str name, had_str domain,
                      struct had_prop *credential, struct had_span span);

/*
 * What brings the configurations of one machine, forest and role to it: a Systems Manager
 * association, and a second one that reports what differs later. Made when first asked for; they
 * wait for the configurations that they bring (delivery.c).
 */
struct had_node *had_desired_deliver(struct had_desired *desired, const struct had_object *host,
                                     enum had_desired_role role, const struct had_object *forest);

/* The word of a role in paths and properties. */
const char *had_desired_role_word(enum had_desired_role role);
/* The bucket of the machine's account and Region, made when first asked for: its policy. */
struct had_node *had_artifact_policy(struct had_lowering *l, const struct had_object *host,
                                     enum had_phase phase);

/* Work on a directory from its host `manage-from`, which is there: begun, with its tools, and
 * delivered. */
struct had_desired had_directory_work(struct had_lowering *l, const struct had_object *object,
                                      const char *role, const struct had_object *directory);

/* Machine of a controller or instance: its node `:instance`. */
struct had_node *had_host_node(struct had_lowering *l, const struct had_object *host);

#endif
