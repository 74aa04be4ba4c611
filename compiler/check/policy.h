/*
 * IAM policy documents of a spec, each part with its place in the text, so that a finding points
 * into the JSON: in the file that holds it, or in the string of the spec. The language has checked
 * the form.
 *
 *     struct had_policy policy;
 *     if (had_policy_read(check->arena, value->text, &policy))
 *         had_each(struct had_policy_statement, s, &policy.statements) …
 */
#ifndef HAD_CHECK_POLICY_H
#define HAD_CHECK_POLICY_H

#include "check/check.h"

struct had_policy_text {
    had_str text;        /* without its quotes, escapes replaced */
    uint32_t start, end; /* in the document, with the quotes */
};
typedef had_array(struct had_policy_text) had_policy_texts;

struct had_policy_statement {
    uint32_t start, end; /* of the object */
    bool allow;
    bool not_action; /* what it is not about */
    bool everything; /* its resource is `*` */
    bool conditional;
    struct had_policy_text sid;       /* end is 0 where there is none */
    struct had_policy_text principal; /* the word `Principal` or `NotPrincipal`, if it is there */
    had_policy_texts actions;
    had_policy_texts condition_keys; /* `iam:PassedToService` */
};

struct had_policy {
    struct had_policy_text version;
    had_array(struct had_policy_statement) statements;
    uint32_t characters; /* without whitespace outside of strings and in them, as AWS counts */
};

/* False if the text is no policy, which was told before. */
bool had_policy_read(struct had_arena *arena, had_str text, struct had_policy *out);

/* The place of a part of a document: in its file, in the string that holds it, or the value as a
 * whole. */
struct had_span had_policy_span(const struct had_spec *spec, const struct had_value *value,
                                uint32_t start, uint32_t end);

/* Documents of permission sets and policies of the spec. */
struct had_policy_use {
    const struct had_object *object; /* permission-set or policy */
    const struct had_value *value;
    struct had_policy policy;
};
typedef had_array(struct had_policy_use) had_policy_uses;
had_policy_uses had_policies_of(struct had_arena *arena, const struct had_spec *spec);

/* Splits `ec2:StopInstances`; false of `*`. */
bool had_action_split(had_str action, had_str *service, had_str *name);

#endif
