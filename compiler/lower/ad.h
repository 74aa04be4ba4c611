/*
 * What the files about Active Directory share: forests and their controllers, accounts that may
 * promote, machines with their roles and images.
 */
#ifndef HAD_LOWER_AD_H
#define HAD_LOWER_AD_H

#include "lower/internal.h"

/* The forest of a forest, domain or controller. */
const struct had_object *had_forest_of(const struct had_object *object);
/* Controllers of ours (not `existing`) of a domain; of a forest with `whole` those of its domains,
 * too. */
void had_controllers_of(struct had_lowering *l, const struct had_object *domain, bool whole,
                        had_objects *out);
/* The first of them by address, or NULL: of a forest its root domain's before others. */
const struct had_object *had_first_controller(struct had_lowering *l,
                                              const struct had_object *domain, bool whole);
/* A place in a forest, domain or directory as DNS name: `root`. */
had_str had_domain_name(const struct had_object *domain);

/* `join-as` of the domain or the nearest above it; of forests of ours else the secret that is made.
 */
struct had_prop *had_promotion_secret(struct had_lowering *l, const struct had_object *domain,
                                      const struct had_context *context);
/* `administer-as` of the forest, else the account that may promote. */
struct had_prop *had_administration_secret(struct had_lowering *l, const struct had_object *forest,
                                           const struct had_context *context);
struct had_prop *had_safe_mode_secret(struct had_lowering *l, const struct had_object *domain,
                                      const struct had_context *context);

/* Addresses of the controllers of a forest that stand on-premises: of its sites, as ranges of one.
 */
void had_site_controllers(struct had_lowering *l, const struct had_object *forest, had_cidrs *out);
/* Where the servers of a forest, domain or directory stand: for rules of the other side of a trust.
 */
void had_trust_sources(struct had_lowering *l, const struct had_object *domain, had_cidrs *out);
/* The side of a trust that is named first. */
const struct had_object *had_trust_subject(const struct had_object *trust);
/* The other side of a trust in which a directory, or a forest with its domains, is one; else NULL.
 */
const struct had_object *had_trust_other(const struct had_object *trust,
                                         const struct had_object *domain);

/* `node` finds `domain` from `spoke`: it needs the associations there of the rules that answer for
 * it. */
void had_lower_finds(struct had_lowering *l, struct had_node *node, const struct had_object *spoke,
                     had_str domain, struct had_span span);
/* True if a rule answers for the domain in the spoke. */
bool had_rule_answers(struct had_lowering *l, const struct had_object *spoke, had_str domain);
/* What promotions need of names; after the forwards are made (forest.c). */
void had_lower_forest_names(struct had_lowering *l);

/* ---- directories (directory.c) ---- */

/* At most one changing call on a directory at a time. */
void had_directory_lane(struct had_lowering *l, struct had_node *node,
                        const struct had_object *directory);
/* The replica of a directory in a Region, or NULL. */
const struct had_object *had_directory_replica(const struct had_object *directory,
                                               const struct had_object *region);
/* The share of a directory with an account in a Region, or where it has one its acceptance; else
 * NULL. */
struct had_node *had_share_of(struct had_lowering *l, const struct had_object *directory,
                              const struct had_object *account, had_str region);
/* Text of a file that an attribute names; empty after a finding. */
had_str had_lower_file(struct had_lowering *l, const struct had_value *path);
/*
 * Addresses of the servers that answer for `domain`, as a list: `value` is what was said of them
 * (`dns`, `forwarders`). At most `HAD_DNS_MAX`; NULL if nobody is known.
 */
enum { HAD_DNS_MAX = 4 };
struct had_prop *had_prop_dns(struct had_lowering *l, const struct had_object *domain,
                              const struct had_value *value, had_str region, struct had_span span);

/* ---- people's access (access.c) ---- */

/* The instance of IAM Identity Center: there already, its id known. */
struct had_node *had_center_instance(struct had_lowering *l, const struct had_object *center);

/* ---- machines (machine.c) ---- */

/* Role and profile of a machine: Systems Manager, with `directory` joins, and the secrets added
 * later. */
struct had_node *had_machine_profile(struct had_lowering *l, const struct had_object *host,
                                     struct had_place place, bool directory);
/* The machine may read a secret. Nothing where its role is not ours, or `secret` is NULL. */
void had_machine_secret(struct had_lowering *l, const struct had_object *host,
                        const struct had_prop *secret);
void had_machine_secret_arn(struct had_lowering *l, const struct had_object *host,
                            struct had_prop *arn);
/*
 * The machine may read its configurations, whose names begin with `file`, and the modules in the
 * account's bucket. Nothing where its role is not ours.
 */
void had_machine_bucket(struct had_lowering *l, const struct had_object *host, had_str file);
/*
 * Bucket of an account and Region for what machines read (delivery.c): its name between `before`
 * and `after`. The account's id may be known only later.
 */
struct had_prop *had_artifact_bucket(struct had_lowering *l, const struct had_context *context,
                                     had_str before, had_str after, struct had_span span);
/* `ImageId`: the AMI, read once by look-up and pinned, or the one that is stated. */
void had_machine_image(struct had_lowering *l, struct had_node *instance,
                       const struct had_object *host, struct had_place place);
/* The system disk, IMDSv2 and what else every machine of ours has. */
void had_machine_basics(struct had_lowering *l, struct had_node *instance,
                        const struct had_object *host, const char *root_device);
/* GiB of a size in bytes, rounded up. */
int64_t had_gibibytes(int64_t bytes);
/* Operating system of an instance: `os`, else of its image's word. */
bool had_machine_linux(const struct had_object *instance);

/* A policy document of one version and no statements; add to "Statement". */
struct had_prop *had_policy_document(struct had_lowering *l, struct had_span span);
struct had_prop *had_policy_statement(struct had_lowering *l, struct had_prop *document,
                                      const char *sid, const char *const *actions,
                                      struct had_span span);
/* "ec2.amazonaws.com" in the partition. */
had_str had_service_principal(struct had_lowering *l, const struct had_context *context,
                              const char *service);
/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE, whose account may be known only later. */
struct had_prop *had_prop_arn(struct had_lowering *l, const struct had_context *context,
                              const char *service, bool regional, had_str resource,
                              struct had_span span);

#endif
