#include "resource/op_inside.h"

#include <openssl/crypto.h>
#include <string.h>

/* ---- secrets ---- */

/* The first place in a value that names a secret which is not fetched; NULL: none. */
static json_t *secret_missing(const struct had_op *op, json_t *value, struct had_op_secret **of)
{
    const char *key;
    json_t *member;
    if (json_is_object(value)) {
        const char *name = json_string_value(json_object_get(value, "$secret"));
        if (name) {
            const char *region = json_string_value(json_object_get(value, "region"));
            const char *account = json_string_value(json_object_get(value, "account"));
            for (struct had_op_secret *s = op->inside->secrets; s; s = s->next)
                if (strcmp(s->name, name) == 0 && strcmp(s->region, region ? region : "") == 0 &&
                    strcmp(s->account, account ? account : "") == 0) {
                    *of = s;
                    return NULL;
                }
            return value;
        }
        json_object_foreach(value, key, member) {
            json_t *found = secret_missing(op, member, of);
            if (found)
                return found;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *found = secret_missing(op, json_array_get(value, i), of);
        if (found)
            return found;
    }
    return NULL;
}

/* The member of a secret's JSON text, or the text where no key is asked for. A new reference. */
static json_t *secret_value(const struct had_op_secret *secret, const char *key)
{
    if (!key || !*key)
        return json_string(secret->text);
    json_t *all = json_loads(secret->text, 0, NULL);
    json_t *value = json_incref(json_object_get(all, key));
    json_decref(all);
    return value;
}

/* Replaces names of secrets by their values; false and an error where a key is not in one. */
static bool secrets_put(struct had_op *op, json_t *value)
{
    const char *key;
    json_t *member;
    void *next;
    if (json_is_object(value)) {
        json_object_foreach_safe(value, next, key, member) {
            const char *name = json_string_value(json_object_get(member, "$secret"));
            if (!name) {
                if (!secrets_put(op, member))
                    return false;
                continue;
            }
            struct had_op_secret *secret = NULL;
            const char *part = json_string_value(json_object_get(member, "key"));
            secret_missing(op, member, &secret);
            json_t *text = secret ? secret_value(secret, part) : NULL;
            if (!text) {
                had_op_fail(op, "secret `%s` has no member `%s`", name, part ? part : "");
                return false;
            }
            json_object_set_new(value, key, text);
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!secrets_put(op, json_array_get(value, i)))
            return false;
    return true;
}

static void wipe(json_t *value)
{
    const char *key;
    json_t *member;
    if (json_is_string(value))
        OPENSSL_cleanse((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_object_foreach(value, key, member)
        wipe(member);
    for (size_t i = 0; i < json_array_size(value); i++)
        wipe(json_array_get(value, i));
}

/* A copy of properties in which secrets are a name and a digest: what the state may keep. */
json_t *had_op_without_secrets(const struct had_op *op, const json_t *value)
{
    const char *key;
    json_t *member, *out;
    if (json_is_object(value)) {
        const char *name = json_string_value(json_object_get(value, "$secret"));
        out = json_object();
        if (name) {
            struct had_op_secret *secret = NULL;
            const char *part = json_string_value(json_object_get(value, "key"));
            secret_missing(op, (json_t *)(uintptr_t)value, &secret);
            struct had_arena *arena = &op->inside->arena;
            had_str text = had_str_printf(arena, "%s|%s|%s", name, part ? part : "",
                                          secret && secret->version ? secret->version : "");
            had_str digest = op->in.digest(op->in.context, arena, text);
            json_object_set_new(out, "$secret", json_string(name));
            json_object_set_new(out, "digest", json_stringn(digest.ptr, digest.len));
            return out;
        }
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
            if (key[0] != '_') /* content that is only sent */
                json_object_set_new(out, key, had_op_without_secrets(op, member));
        return out;
    }
    if (json_is_array(value)) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, had_op_without_secrets(op, json_array_get(value, i)));
        return out;
    }
    return json_incref((json_t *)(uintptr_t)value);
}

/* ---- calls ---- */

void had_op_drop_params(struct had_op *op)
{
    if (op->inside->params)
        wipe(op->inside->params);
    json_decref(op->inside->params);
    op->inside->params = NULL;
}

/* What a call made up as a secret stays in no memory. */
void had_op_drop_answer(struct had_op *op)
{
    json_t *made = json_object_get(op->inside->answer, "RandomPassword");
    if (made)
        wipe(made);
    json_decref(op->inside->answer);
    op->inside->answer = NULL;
}

/* The Region whose end points serve what belongs to none. */
static had_str home_region(had_str partition)
{
    if (had_str_is(partition, "aws-cn"))
        return HAD_STR("cn-north-1");
    if (had_str_is(partition, "aws-us-gov"))
        return HAD_STR("us-gov-west-1");
    return HAD_STR("us-east-1");
}

static void want_secret(struct had_op *op, const json_t *place)
{
    struct had_op_inside *in = op->inside;
    const struct had_aws_service *service = had_aws_service_find(HAD_STR("secretsmanager"));
    const char *account = json_string_value(json_object_get(place, "account"));
    const char *region = json_string_value(json_object_get(place, "region"));
    in->for_secret = true;
    json_decref(in->params);
    in->params = json_pack("{s:O}", "SecretId", json_object_get(place, "$secret"));
    struct had_op_secret *secret = had_new(&in->arena, struct had_op_secret);
    secret->name =
        had_str_cstr(&in->arena, had_str_c(json_string_value(json_object_get(place, "$secret"))));
    secret->account = had_str_cstr(&in->arena, had_str_c(account));
    secret->region = had_str_cstr(&in->arena, had_str_c(region));
    secret->next = in->secrets;
    in->secrets = secret;
    had_str owner = account && *account ? had_str_c(account) : op->in.record->account_id;
    op->call = (struct had_aws_call){
        .service = service,
        .operation = had_aws_operation_find(service, HAD_STR("GetSecretValue")),
        .params = in->params,
        .region =
            region && *region ? had_str_dup(&in->arena, had_str_c(region)) : op->in.record->region,
        .role = op->in.role(op->in.context, owner),
    };
    op->call_changes = false;
    op->want = HAD_WANT_CALL;
}

/* Wants the call of a step; false where it has failed before. `changes`: it is no mere look. */
bool had_op_want_call(struct had_op *op, const json_t *step, const json_t *item, const json_t *old,
                      bool changes)
{
    struct had_op_inside *in = op->inside;
    const struct had_record *record = op->in.record;
    struct had_scope scope = had_op_scope(op, item, old);
    const json_t *template;
    const char *name = had_step_operation(step, &template);
    if (!name) {
        had_op_fail(op, "the driver of " HAD_FMT " has a step without a call",
                    HAD_ARG(record->type));
        return false;
    }
    json_t *params = had_template(template, &scope);
    if (!params)
        params = json_object();
    /* The template's literals are the table's own: what is filled in needs a copy. */
    had_op_drop_params(op);
    in->params = json_deep_copy(params);
    json_decref(params);
    struct had_op_secret *unused = NULL;
    json_t *place = secret_missing(op, in->params, &unused);
    if (place) {
        json_t *kept = json_deep_copy(place);
        want_secret(op, kept);
        json_decref(kept);
        return true;
    }
    if (!secrets_put(op, in->params))
        return false;
    const char *service_name = json_string_value(json_object_get(step, "service"));
    const struct had_aws_service *service =
        service_name ? had_aws_service_find(had_str_c(service_name)) : op->in.driver->service;
    const struct had_aws_operation *operation =
        service ? had_aws_operation_find(service, had_str_c(name)) : NULL;
    if (!operation) {
        had_op_fail(op, "the driver of " HAD_FMT " calls %s, which no model has",
                    HAD_ARG(record->type), name);
        return false;
    }
    had_str region = had_template_text(&in->arena, json_object_get(step, "region"), &scope);
    if (region.len == 0)
        region = record->region;
    if (had_str_is(region, "global"))
        region = home_region(op->in.partition);
    const char *as = json_string_value(json_object_get(step, "as"));
    had_str account = record->account_id;
    if (as && strcmp(as, "management") == 0)
        account = op->in.management_id;
    else if (as && strcmp(as, "own") != 0)
        account = had_template_text(&in->arena, json_object_get(step, "as"), &scope);
    in->for_secret = false;
    op->call = (struct had_aws_call){
        .service = service,
        .operation = operation,
        .params = in->params,
        .region = region,
        .role = as && strcmp(as, "own") == 0 ? NULL : op->in.role(op->in.context, account),
        .token = record->token,
        .pages = json_is_true(json_object_get(step, "pages")),
    };
    op->call_changes = changes;
    op->want = HAD_WANT_CALL;
    return true;
}

void had_op_secret_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    struct had_op_secret *secret = in->secrets;
    if (result->outcome != HAD_AWS_DONE) {
        had_op_fail_by_aws(op, result, "GetSecretValue");
        return;
    }
    const char *text = json_string_value(json_object_get(result->value, "SecretString"));
    const char *version = json_string_value(json_object_get(result->value, "VersionId"));
    secret->text = had_str_cstr(&in->arena, had_str_c(text));
    secret->version = had_str_cstr(&in->arena, had_str_c(version));
    had_op_advance(op); /* the same step again, now with the value */
}

void had_op_drop_secrets(struct had_op *op)
{
    for (struct had_op_secret *s = op->inside->secrets; s; s = s->next)
        if (s->text)
            OPENSSL_cleanse(s->text, strlen(s->text));
}
