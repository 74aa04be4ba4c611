#include "resource/op.h"

#include "base/buffer.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAG_MS = 300000,         /* how long an object may stay unseen after its making: EC2's figure,
                                runtime page part 1.2 */
    STEP_RETRY_MS = 1800000, /* how long a "not yet" is taken for one */
    STALE_MS = 7200000,      /* longer than any call is repeated */
    BLIND_MAX = 3,           /* repeats of a harmless call whose outcome is unknown */
};

enum phase {
    ANNOUNCED, /* the record is durable */
    FINDING,
    STEPPING, /* through .steps */
    READING,
    OVER,
};
/* What a read is for: what follows when it is through. */
enum reading { READ_ONCE, READ_UNTIL_THERE, READ_UNTIL_GONE };
enum standing { STANDING_MISSING, STANDING_PENDING, STANDING_READY, STANDING_FAILED, STANDING_DELETING };
enum stage { STAGE_CREATE, STAGE_AFTER, STAGE_UPDATE, STAGE_DELETE };

struct secret {
    char *name, *account, *region, *text, *version;
    struct secret *next;
};

struct had_op_inside {
    struct had_arena arena;
    enum phase phase;
    /* finding */
    const json_t *finders;
    size_t finder;
    json_t *candidates;
    size_t candidate;
    had_str found;
    enum { NOT_ASKING, DESCRIBING, CONFIRMING } asking; /* about a candidate */
    int64_t patience; /* look again until then */
    bool unknown;     /* a create of this run has no known outcome */
    uint32_t rounds;  /* of creates after which it was looked for again */
    /* stepping */
    enum stage stage;
    const json_t *steps;
    size_t step;
    bool open;     /* the step's work is laid out */
    json_t *work;  /* [{step, item, old}] */
    size_t at;
    bool ran;      /* some step of the list called */
    const json_t *waiting; /* the step's `wait`, while its answer is awaited */
    json_t *answer;
    uint32_t blind;
    bool create_only_rest; /* resumed with an id: steps that give one are left out */
    /* reading */
    enum reading why;
    const json_t *reads;
    size_t read;
    enum standing standing;
    bool back_to_steps; /* a step asked to be ready first */
    /* waiting */
    int64_t since, retry_since;
    uint32_t wait_ms;
    /* calls */
    json_t *params;
    bool for_secret;
    struct secret *secrets;
    json_t *known_props; /* for templates: desired or applied */
};

static void advance(struct had_op *op);
static void begin_find(struct had_op *op);
static void begin_read(struct had_op *op, enum reading why);
static void begin_steps(struct had_op *op, enum stage stage);

/* ---- small parts ---- */

static int64_t now(const struct had_op *op)
{
    return op->in.now(op->in.context);
}

static struct had_scope scope_of(const struct had_op *op, const json_t *item, const json_t *old)
{
    const struct had_op_inside *in = op->inside;
    const struct had_record *record = op->in.record;
    return (struct had_scope){
        .props = in->known_props,
        .attributes = op->attributes ? op->attributes : record->attributes,
        .note = record->extra,
        .item = item,
        .old = old,
        .answer = in->answer,
        .tags = op->in.tags,
        .id = record->id,
        .token = record->token,
        .address = record->address,
        .deployment = op->in.deployment,
        .account = record->account_id,
        .management = op->in.management_id,
        .region = record->region,
        .partition = op->in.partition,
        .found = in->found,
    };
}

static void finish(struct had_op *op, enum had_op_end end)
{
    op->inside->phase = OVER;
    op->want = HAD_WANT_NOTHING;
    op->end = end;
}

static void fail(struct had_op *op, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct had_op *op, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    op->error = had_str_vprintf(&op->inside->arena, format, args);
    va_end(args);
    if (op->in.action != HAD_DO_READ && op->in.action != HAD_DO_AWAIT)
        op->in.record->reason = had_str_dup(op->in.arena, op->error);
    finish(op, HAD_OP_FAILED);
}

static void fail_by_aws(struct had_op *op, const struct had_aws_result *result, const char *operation)
{
    struct had_arena *arena = &op->inside->arena;
    op->aws = result->error;
    op->aws.detail = NULL;
    op->aws.code = had_str_dup(arena, result->error.code);
    op->aws.message = had_str_dup(arena, result->error.message);
    op->aws.request_id = had_str_dup(arena, result->error.request_id);
    fail(op, "%s was refused: " HAD_FMT ": " HAD_FMT, operation, HAD_ARG(op->aws.code),
         HAD_ARG(op->aws.message));
}

static void sync(struct had_op *op)
{
    op->in.record->changed = op->in.wall(op->in.context);
    op->want = HAD_WANT_SYNC;
}

static void doze(struct had_op *op, uint32_t first_ms, uint32_t most_ms)
{
    struct had_op_inside *in = op->inside;
    in->wait_ms = in->wait_ms == 0 ? first_ms : in->wait_ms + in->wait_ms / 2;
    if (in->wait_ms > most_ms)
        in->wait_ms = most_ms;
    /* a little chance keeps many waiting operations from asking in step */
    op->sleep_ms = in->wait_ms + (int64_t)(op->in.chance(op->in.context) * in->wait_ms / 4);
    op->want = HAD_WANT_SLEEP;
}

static void set_text(struct had_op *op, had_str *field, had_str text)
{
    if (!had_str_eq(*field, text))
        *field = had_str_dup(op->in.arena, text);
}

static void merge(json_t **into, const char *key, json_t *value)
{
    if (!*into)
        *into = json_object();
    json_object_set_new(*into, key, value);
}

/* Adds what a map of names to templates or paths yields; `item` NULL: templates over the scope. */
static void collect(const struct had_scope *scope, const json_t *map, const json_t *item,
                    json_t **into)
{
    const char *key;
    json_t *source;
    json_object_foreach ((json_t *)map, key, source) {
        json_t *value = NULL;
        const char *text = json_string_value(source);
        if (text && item && text[0] != '$' && !strstr(text, "${"))
            value = had_path(item, text, scope);
        else
            value = had_template(source, scope);
        if (value)
            merge(into, key, value);
    }
}

/* ---- secrets ---- */

/* The first place in a value that names a secret which is not fetched; NULL: none. */
static json_t *secret_missing(const struct had_op *op, json_t *value, struct secret **of)
{
    const char *key;
    json_t *member;
    if (json_is_object(value)) {
        const char *name = json_string_value(json_object_get(value, "$secret"));
        if (name) {
            const char *region = json_string_value(json_object_get(value, "region"));
            const char *account = json_string_value(json_object_get(value, "account"));
            for (struct secret *s = op->inside->secrets; s; s = s->next)
                if (strcmp(s->name, name) == 0 && strcmp(s->region, region ? region : "") == 0 &&
                    strcmp(s->account, account ? account : "") == 0) {
                    *of = s;
                    return NULL;
                }
            return value;
        }
        json_object_foreach (value, key, member) {
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
static json_t *secret_value(const struct secret *secret, const char *key)
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
        json_object_foreach_safe (value, next, key, member) {
            const char *name = json_string_value(json_object_get(member, "$secret"));
            if (!name) {
                if (!secrets_put(op, member))
                    return false;
                continue;
            }
            struct secret *secret = NULL;
            const char *part = json_string_value(json_object_get(member, "key"));
            secret_missing(op, member, &secret);
            json_t *text = secret ? secret_value(secret, part) : NULL;
            if (!text) {
                fail(op, "secret `%s` has no member `%s`", name, part ? part : "");
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
    json_object_foreach (value, key, member)
        wipe(member);
    for (size_t i = 0; i < json_array_size(value); i++)
        wipe(json_array_get(value, i));
}

/* A copy of properties in which secrets are a name and a digest: what the state may keep. */
static json_t *without_secrets(const struct had_op *op, const json_t *value)
{
    const char *key;
    json_t *member, *out;
    if (json_is_object(value)) {
        const char *name = json_string_value(json_object_get(value, "$secret"));
        out = json_object();
        if (name) {
            struct secret *secret = NULL;
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
        json_object_foreach ((json_t *)(uintptr_t)value, key, member)
            if (key[0] != '_') /* content that is only sent */
                json_object_set_new(out, key, without_secrets(op, member));
        return out;
    }
    if (json_is_array(value)) {
        out = json_array();
        for (size_t i = 0; i < json_array_size(value); i++)
            json_array_append_new(out, without_secrets(op, json_array_get(value, i)));
        return out;
    }
    return json_incref((json_t *)(uintptr_t)value);
}

/* ---- calls ---- */

static void drop_params(struct had_op *op)
{
    if (op->inside->params)
        wipe(op->inside->params);
    json_decref(op->inside->params);
    op->inside->params = NULL;
}

/* What a call made up as a secret stays in no memory. */
static void drop_answer(struct had_op *op)
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
    struct secret *secret = had_new(&in->arena, struct secret);
    secret->name = had_str_cstr(&in->arena, had_str_c(json_string_value(
                                                json_object_get(place, "$secret"))));
    secret->account = had_str_cstr(&in->arena, had_str_c(account));
    secret->region = had_str_cstr(&in->arena, had_str_c(region));
    secret->next = in->secrets;
    in->secrets = secret;
    had_str owner = account && *account ? had_str_c(account) : op->in.record->account_id;
    op->call = (struct had_aws_call){
        .service = service,
        .operation = had_aws_operation_find(service, HAD_STR("GetSecretValue")),
        .params = in->params,
        .region = region && *region ? had_str_dup(&in->arena, had_str_c(region))
                                    : op->in.record->region,
        .role = op->in.role(op->in.context, owner),
    };
    op->call_changes = false;
    op->want = HAD_WANT_CALL;
}

/* Wants the call of a step; false where it has failed before. `changes`: it is no mere look. */
static bool want_call(struct had_op *op, const json_t *step, const json_t *item, const json_t *old,
                      bool changes)
{
    struct had_op_inside *in = op->inside;
    const struct had_record *record = op->in.record;
    struct had_scope scope = scope_of(op, item, old);
    const json_t *template;
    const char *name = had_step_operation(step, &template);
    if (!name) {
        fail(op, "the driver of " HAD_FMT " has a step without a call", HAD_ARG(record->type));
        return false;
    }
    json_t *params = had_template(template, &scope);
    if (!params)
        params = json_object();
    /* The template's literals are the table's own: what is filled in needs a copy. */
    drop_params(op);
    in->params = json_deep_copy(params);
    json_decref(params);
    struct secret *unused = NULL;
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
        fail(op, "the driver of " HAD_FMT " calls %s, which no model has", HAD_ARG(record->type),
             name);
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

static void secret_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    struct secret *secret = in->secrets;
    if (result->outcome != HAD_AWS_DONE) {
        fail_by_aws(op, result, "GetSecretValue");
        return;
    }
    const char *text = json_string_value(json_object_get(result->value, "SecretString"));
    const char *version = json_string_value(json_object_get(result->value, "VersionId"));
    secret->text = had_str_cstr(&in->arena, had_str_c(text));
    secret->version = had_str_cstr(&in->arena, had_str_c(version));
    advance(op); /* the same step again, now with the value */
}

/* ---- what a value of `state` means ---- */

static bool has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

/* Only what is listed as ready is ready: new words of AWS's count as pending until the deadline. */
static enum standing standing_of(struct had_op *op, const json_t *state, const json_t *item,
                                 const struct had_scope *scope)
{
    struct had_op_inside *in = op->inside;
    const char *path = json_string_value(json_object_get(state, "at"));
    json_t *value = path ? had_path(item, path, scope) : NULL;
    enum standing standing = STANDING_PENDING;
    json_t *words = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    bool all_ready = json_array_size(words) > 0;
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (!word)
            word = json_is_true(json_array_get(words, i)) ? "true" : "false";
        op->state = had_str_dup(&in->arena, had_str_c(word));
        if (has_word(json_object_get(state, "failed"), word)) {
            standing = STANDING_FAILED;
            all_ready = false;
            break;
        }
        if (has_word(json_object_get(state, "gone"), word)) {
            standing = STANDING_MISSING;
            all_ready = false;
            break;
        }
        if (has_word(json_object_get(state, "deleting"), word)) {
            standing = STANDING_DELETING;
            all_ready = false;
            break;
        }
        all_ready &= has_word(json_object_get(state, "ready"), word);
    }
    if (!value && json_is_true(json_object_get(state, "absent")))
        all_ready = true; /* a state that is only told while something is going on */
    if (all_ready)
        standing = STANDING_READY;
    const char *why = json_string_value(json_object_get(state, "reason"));
    json_t *reason = why && standing == STANDING_FAILED ? had_path(item, why, scope) : NULL;
    if (json_is_string(reason))
        op->state = had_str_printf(&in->arena, HAD_FMT " (%s)", HAD_ARG(op->state),
                                   json_string_value(reason));
    json_decref(reason);
    json_decref(words);
    json_decref(value);
    return standing;
}

/* ---- reading ---- */

static void begin_read(struct had_op *op, enum reading why)
{
    struct had_op_inside *in = op->inside;
    in->phase = READING;
    in->why = why;
    in->read = 0;
    in->reads = json_object_get(op->in.driver->spec, "read");
    in->standing = STANDING_READY;
    json_decref(op->live);
    json_decref(op->attributes);
    op->live = json_object();
    op->attributes = json_copy(op->in.record->attributes);
    op->looks++;
    advance(op);
}

static void read_through(struct had_op *op);

static void read_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    while (in->read < json_array_size(in->reads)) {
        const json_t *read = json_array_get(in->reads, in->read);
        struct had_scope scope = scope_of(op, NULL, NULL);
        json_t *wanted = json_object_get(read, "if");
        json_t *value = wanted ? had_template(wanted, &scope) : NULL;
        bool skip = wanted && (!value || json_is_false(value));
        json_decref(value);
        const json_t *unused;
        if (!skip && had_step_operation(read, &unused)) {
            want_call(op, read, NULL, NULL, false);
            return;
        }
        if (!skip) { /* values without a call */
            collect(&scope, json_object_get(read, "values"), NULL, &op->live);
            collect(&scope, json_object_get(read, "attributes"), NULL, &op->attributes);
        }
        in->read++;
    }
    read_through(op);
}

static had_str tag_of(const json_t *tags, const char *name)
{
    const char *key;
    json_t *value;
    if (json_is_object(tags)) {
        json_object_foreach ((json_t *)(uintptr_t)tags, key, value)
            if (strcmp(key, name) == 0)
                return had_str_c(json_string_value(value));
        return (had_str){0};
    }
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *tag = json_array_get(tags, i);
        static const char *const keys[] = {"Key", "key", "TagKey"},
                                 *const values[] = {"Value", "value", "TagValue"};
        for (size_t k = 0; k < 3; k++) {
            const char *text = json_string_value(json_object_get(tag, keys[k]));
            if (text && strcmp(text, name) == 0)
                return had_str_c(json_string_value(json_object_get(tag, values[k])));
        }
    }
    return (had_str){0};
}

/* The tags before `|tags` leaves out what is not the spec's. */
static void tell_owner(struct had_op *op, const json_t *path, const struct had_scope *scope)
{
    had_str text = had_str_c(json_string_value(path));
    int64_t end = had_str_find(text, '|');
    if (text.len == 0)
        return;
    text = end < 0 ? text : had_str_slice(text, 0, (uint32_t)end);
    json_t *tags = had_path(scope->item, had_str_cstr(&op->inside->arena, text), scope);
    had_str deployment = tag_of(tags, "had:deployment");
    had_str stack = tag_of(tags, "aws:cloudformation:stack-id");
    if (deployment.len)
        op->deployment = had_str_dup(&op->inside->arena, deployment);
    if (stack.len)
        op->stack = had_str_dup(&op->inside->arena, stack);
    json_decref(tags);
}

static void read_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *read = json_array_get(in->reads, in->read), *unused;
    if (result->outcome != HAD_AWS_DONE) {
        if (had_code_in(json_object_get(read, "gone"), &result->error)) {
            if (!json_is_true(json_object_get(read, "optional")))
                in->standing = STANDING_MISSING;
        } else if (had_code_in(json_object_get(read, "retry"), &result->error)) {
            in->standing = STANDING_PENDING;
        } else if (!had_code_in(json_object_get(read, "ignore"), &result->error)) {
            fail_by_aws(op, result, had_step_operation(read, &unused));
            return;
        }
        in->read = in->standing == STANDING_READY ? in->read + 1 : json_array_size(in->reads);
        read_next(op);
        return;
    }
    struct had_scope scope = scope_of(op, NULL, NULL);
    scope.answer = result->value;
    const char *path = json_string_value(json_object_get(read, "item"));
    json_t *item = path ? had_path(result->value, path, &scope) : json_incref(result->value);
    if (json_is_array(item) && json_array_size(item) == 0) {
        json_decref(item);
        item = NULL;
    }
    if (!item) {
        if (!json_is_true(json_object_get(read, "optional")))
            in->standing = STANDING_MISSING;
    } else {
        const json_t *state = json_object_get(read, "state");
        scope.item = item;
        if (state) {
            enum standing standing = standing_of(op, state, item, &scope);
            if (standing != STANDING_READY && in->standing == STANDING_READY)
                in->standing = standing;
        }
        collect(&scope, json_object_get(read, "values"), item, &op->live);
        collect(&scope, json_object_get(read, "attributes"), item, &op->attributes);
        tell_owner(op, json_object_get(json_object_get(read, "values"), "Tags"), &scope);
        if (json_object_get(read, "note"))
            collect(&scope, json_object_get(read, "note"), item, &op->in.record->extra);
        json_decref(item);
    }
    /* what is on its way out, or waited for to be, has nothing more to tell */
    bool enough = in->standing == STANDING_MISSING || in->standing == STANDING_DELETING ||
                  in->why == READ_UNTIL_GONE;
    in->read = enough ? json_array_size(in->reads) : in->read + 1;
    read_next(op);
}

static void keep_attributes(struct had_op *op)
{
    struct had_record *record = op->in.record;
    if (!op->attributes || json_equal(op->attributes, record->attributes))
        return;
    json_decref(record->attributes);
    record->attributes = json_incref(op->attributes);
}

/* The making or changing is through: the record says so. */
static void settle(struct had_op *op)
{
    struct had_record *record = op->in.record;
    keep_attributes(op);
    if (op->in.desired) {
        json_decref(record->applied);
        record->applied = without_secrets(op, op->in.desired);
    }
    record->status = HAD_RECORD_READY;
    record->reason = (had_str){0};
    record->changed = op->in.wall(op->in.context);
    finish(op, HAD_OP_DONE);
}

/* Late: the object is there, but not as it has to be. */
static bool too_late(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (now(op) - in->since < op->in.driver->within_ms)
        return false;
    fail(op, "it is still `" HAD_FMT "` after %" PRIu32 " minutes", HAD_ARG(op->state),
         op->in.driver->within_ms / 60000);
    return true;
}

static void look_again(struct had_op *op)
{
    if (!too_late(op))
        doze(op, op->in.driver->every_ms[0], op->in.driver->every_ms[1]);
}

static void read_through(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    enum standing standing = in->standing;
    if (in->why == READ_ONCE) {
        finish(op, standing == STANDING_MISSING ? HAD_OP_MISSING : HAD_OP_DONE);
        return;
    }
    if (in->why == READ_UNTIL_GONE) {
        if (standing == STANDING_MISSING) {
            finish(op, HAD_OP_DONE);
            return;
        }
        if (standing == STANDING_FAILED && in->stage == STAGE_DELETE &&
            json_is_true(json_object_get(op->in.driver->spec, "fails_deleting"))) {
            fail(op, "its removal failed: `" HAD_FMT "`", HAD_ARG(op->state));
            return;
        }
        look_again(op);
        return;
    }
    if (standing == STANDING_FAILED) {
        op->in.record->status = HAD_RECORD_FAILED;
        fail(op, "it is `" HAD_FMT "`", HAD_ARG(op->state));
        return;
    }
    if (standing != STANDING_READY) {
        if (standing == STANDING_MISSING)
            op->state = HAD_STR("not there");
        look_again(op);
        return;
    }
    in->wait_ms = 0;
    if (in->back_to_steps) {
        in->back_to_steps = false;
        keep_attributes(op);
        in->phase = STEPPING;
        advance(op);
        return;
    }
    if (op->in.action == HAD_DO_AWAIT) {
        keep_attributes(op);
        finish(op, HAD_OP_DONE);
    } else if (op->in.action == HAD_DO_MAKE && in->stage == STAGE_CREATE) {
        keep_attributes(op);
        begin_steps(op, STAGE_AFTER);
    } else {
        settle(op);
    }
}

/* ---- finding ---- */

static void begin_find(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->phase = FINDING;
    in->finders = json_object_get(op->in.driver->spec, "find");
    in->finder = 0;
    in->asking = NOT_ASKING;
    json_decref(in->candidates);
    in->candidates = NULL;
    advance(op);
}

static void found_none(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (op->in.action == HAD_DO_READ) {
        finish(op, HAD_OP_MISSING);
        return;
    }
    if (now(op) < in->patience) {
        doze(op, op->in.driver->every_ms[0], 30000);
        return;
    }
    in->wait_ms = 0;
    if (op->in.action == HAD_DO_AWAIT) {
        op->state = HAD_STR("not there");
        look_again(op);
    } else if (op->in.action == HAD_DO_REMOVE)
        finish(op, HAD_OP_DONE);
    else
        begin_steps(op, STAGE_CREATE);
}

static bool only_looks(const struct had_op *op)
{
    return op->in.action == HAD_DO_READ || op->in.action == HAD_DO_AWAIT;
}

static void found_ours(struct had_op *op, had_str id)
{
    struct had_op_inside *in = op->inside;
    set_text(op, &op->in.record->id, id);
    in->wait_ms = 0;
    in->unknown = false;
    if (only_looks(op))
        begin_read(op, op->in.action == HAD_DO_READ ? READ_ONCE : READ_UNTIL_THERE);
    else if (op->in.action == HAD_DO_REMOVE)
        begin_steps(op, STAGE_DELETE);
    else
        begin_steps(op, STAGE_CREATE); /* what is left of it */
}

static void found_foreign(struct had_op *op, had_str id, had_str owner, had_str stack)
{
    op->error = stack.len ? had_str_printf(&op->inside->arena,
                                           "`" HAD_FMT "` is there already and belongs to stack `"
                                           HAD_FMT "`", HAD_ARG(id), HAD_ARG(stack))
                : owner.len ? had_str_printf(&op->inside->arena,
                                           "`" HAD_FMT "` is there already and belongs to deployment `"
                                           HAD_FMT "`", HAD_ARG(id), HAD_ARG(owner))
                          : had_str_printf(&op->inside->arena,
                                           "`" HAD_FMT "` is there already and was not made by this deployment",
                                           HAD_ARG(id));
    op->in.record->reason = had_str_dup(op->in.arena, op->error);
    finish(op, HAD_OP_FOREIGN);
}

/* Whose a candidate is, by its tags; an object without ours is somebody else's. */
static void judge(struct had_op *op, const json_t *tags)
{
    struct had_op_inside *in = op->inside;
    had_str token = tag_of(tags, "had:token");
    if (only_looks(op) || had_str_eq(token, op->in.record->token))
        found_ours(op, in->found);
    else if (op->in.action == HAD_DO_REMOVE)
        found_none(op);
    else
        found_foreign(op, in->found, tag_of(tags, "had:deployment"),
                      tag_of(tags, "aws:cloudformation:stack-id"));
}

static bool is_over(const struct had_op *op, const json_t *finder, const json_t *item,
                    const struct had_scope *scope)
{
    const json_t *state = json_object_get(finder, "state");
    if (!state)
        state = json_object_get(json_array_get(json_object_get(op->in.driver->spec, "read"), 0),
                                "state");
    const char *path = json_string_value(json_object_get(state, "at"));
    json_t *value = path ? had_path(item, path, scope) : NULL;
    const char *word = json_string_value(value);
    bool over = word && (has_word(json_object_get(state, "gone"), word) ||
                         has_word(json_object_get(state, "deleting"), word));
    json_decref(value);
    return over;
}

static bool matches(const json_t *finder, const json_t *item, const struct had_scope *scope)
{
    const char *key;
    json_t *template;
    json_object_foreach (json_object_get(finder, "match"), key, template) {
        json_t *want = had_template(template, scope), *has = had_path(item, key, scope);
        bool equal = (!want && !has) || (want && has && had_value_equal(want, has, true, false));
        json_decref(want);
        json_decref(has);
        if (!equal)
            return false;
    }
    return true;
}

/* A candidate is one: whose is it? */
static void found_candidate(struct had_op *op, const json_t *finder, const json_t *item)
{
    struct had_op_inside *in = op->inside;
    struct had_scope scope = scope_of(op, item, NULL);
    const json_t *confirm = json_object_get(finder, "confirm");
    const char *tags = json_string_value(json_object_get(finder, "tags"));
    if (confirm && !only_looks(op)) {
        in->asking = CONFIRMING;
        want_call(op, confirm, item, NULL, false);
    } else if (json_is_true(json_object_get(finder, "ours"))) {
        found_ours(op, in->found);
    } else if (tags) {
        json_t *value = had_path(item, tags, &scope);
        judge(op, value);
        json_decref(value);
    } else if (only_looks(op) || op->in.resumed || in->unknown ||
               json_is_true(json_object_get(finder, "adopt"))) {
        found_ours(op, in->found);
    } else {
        found_foreign(op, in->found, (had_str){0}, (had_str){0});
    }
}

/* Goes on with the candidates of one finder; true if something is wanted or over. */
static bool next_candidate(struct had_op *op, const json_t *finder)
{
    struct had_op_inside *in = op->inside;
    while (in->candidate < json_array_size(in->candidates)) {
        json_t *item = json_array_get(in->candidates, in->candidate++);
        struct had_scope scope = scope_of(op, item, NULL);
        if (is_over(op, finder, item, &scope) || !matches(finder, item, &scope))
            continue;
        in->found = had_template_text(&in->arena, json_object_get(finder, "id"), &scope);
        if (in->found.len == 0)
            continue;
        const json_t *describe = json_object_get(finder, "describe");
        if (describe) {
            in->asking = DESCRIBING;
            want_call(op, describe, item, NULL, false);
        } else {
            found_candidate(op, finder, item);
        }
        return true;
    }
    return false;
}

static void find_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (in->candidates) {
        if (next_candidate(op, json_array_get(in->finders, in->finder)))
            return;
        json_decref(in->candidates);
        in->candidates = NULL;
        in->finder++;
    }
    while (in->finder < json_array_size(in->finders)) {
        const json_t *yes = json_object_get(json_array_get(in->finders, in->finder), "if");
        struct had_scope scope = scope_of(op, NULL, NULL);
        json_t *value = yes ? had_template(yes, &scope) : NULL;
        bool skip = yes && (!value || json_is_false(value));
        json_decref(value);
        if (!skip)
            break;
        in->finder++;
    }
    if (in->finder >= json_array_size(in->finders)) {
        found_none(op);
        return;
    }
    want_call(op, json_array_get(in->finders, in->finder), NULL, NULL, false);
}

static void find_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *finder = json_array_get(in->finders, in->finder), *unused;
    struct had_scope scope = scope_of(op, NULL, NULL);
    if (in->asking == DESCRIBING) {
        const json_t *describe = json_object_get(finder, "describe");
        in->asking = NOT_ASKING;
        if (result->outcome != HAD_AWS_DONE &&
            !had_code_in(json_object_get(describe, "gone"), &result->error)) {
            fail_by_aws(op, result, had_step_operation(describe, &unused));
        } else if (result->outcome == HAD_AWS_DONE && matches(describe, result->value, &scope)) {
            found_candidate(op, finder, json_array_get(in->candidates, in->candidate - 1));
        } else {
            find_next(op);
        }
        return;
    }
    if (in->asking == CONFIRMING) {
        const json_t *confirm = json_object_get(finder, "confirm");
        in->asking = NOT_ASKING;
        if (result->outcome != HAD_AWS_DONE &&
            had_code_in(json_object_get(confirm, "ignore"), &result->error)) {
            judge(op, NULL);
            return;
        }
        if (result->outcome != HAD_AWS_DONE) {
            fail_by_aws(op, result, had_step_operation(confirm, &unused));
            return;
        }
        const char *path = json_string_value(json_object_get(confirm, "tags"));
        json_t *tags = had_path(result->value, path ? path : "Tags", &scope);
        judge(op, tags);
        json_decref(tags);
        return;
    }
    if (result->outcome != HAD_AWS_DONE) {
        if (!had_code_in(json_object_get(finder, "gone"), &result->error)) {
            fail_by_aws(op, result, had_step_operation(finder, &unused));
            return;
        }
        in->finder++;
        find_next(op);
        return;
    }
    scope.answer = result->value;
    const char *path = json_string_value(json_object_get(finder, "items"));
    json_t *items = path ? had_path(result->value, path, &scope) : json_incref(result->value);
    json_decref(in->candidates);
    in->candidates = json_is_array(items) ? items : items ? json_pack("[o]", items) : json_array();
    in->candidate = 0;
    find_next(op);
}

/* ---- stepping ---- */

static void begin_steps(struct had_op *op, enum stage stage)
{
    static const char *const names[] = {"create", "update", "update", "delete"};
    struct had_op_inside *in = op->inside;
    in->phase = STEPPING;
    in->stage = stage;
    in->steps = json_object_get(op->in.driver->spec, names[stage]);
    in->step = 0;
    in->open = false;
    in->ran = false;
    in->create_only_rest = stage == STAGE_CREATE && op->in.record->id.len > 0;
    advance(op);
}

static bool stated(const struct had_op *op, const json_t *when)
{
    for (size_t i = 0; i < json_array_size(when); i++)
        if (json_object_get(op->in.desired, json_string_value(json_array_get(when, i))))
            return true;
    return false;
}

static bool changed(const struct had_op *op, const json_t *when)
{
    for (size_t i = 0; i < json_array_size(when); i++)
        if (has_word(op->in.changed, json_string_value(json_array_get(when, i))))
            return true;
    return false;
}

static bool wanted(const struct had_op *op, const json_t *step)
{
    const struct had_op_inside *in = op->inside;
    struct had_scope scope = scope_of(op, NULL, NULL);
    json_t *yes = json_object_get(step, "if"), *no = json_object_get(step, "unless");
    json_t *when = json_incref(json_object_get(step, "when"));
    bool is_wanted = true;
    if (!when && json_object_get(step, "each"))
        when = json_pack("[O]", json_object_get(step, "each"));
    if (in->stage == STAGE_AFTER)
        is_wanted = json_is_true(json_object_get(step, "after")) && (!when || stated(op, when));
    else if (in->stage == STAGE_UPDATE)
        is_wanted = when && changed(op, when);
    else if (in->stage == STAGE_CREATE && in->create_only_rest)
        is_wanted = !json_object_get(step, "id");
    json_decref(when);
    json_t *value = is_wanted && yes ? had_template(yes, &scope) : NULL;
    if (yes && is_wanted)
        is_wanted = value && !json_is_false(value);
    json_decref(value);
    value = is_wanted && no ? had_template(no, &scope) : NULL;
    if (no && is_wanted)
        is_wanted = !value || json_is_false(value);
    json_decref(value);
    return is_wanted;
}

static const json_t *same_key(const json_t *list, const json_t *item, const char *key)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *other = json_array_get(list, i);
        const json_t *a = key ? json_object_get(item, key) : item;
        const json_t *b = key ? json_object_get(other, key) : other;
        if (a && b && had_value_equal(a, b, true, false))
            return other;
    }
    return NULL;
}

static void work_add(json_t *work, const json_t *step, const json_t *item, const json_t *old)
{
    if (step)
        json_array_append_new(work, json_pack("{s:O, s:O?, s:O?}", "step", step, "item", item,
                                              "old", old));
}

/* A step as the calls that it takes now: adds, then replacements, then removals. */
static json_t *lay_out(struct had_op *op, const json_t *step)
{
    json_t *work = json_array();
    struct had_scope scope = scope_of(op, NULL, NULL);
    const char *each = json_string_value(json_object_get(step, "each"));
    const char *key = json_string_value(json_object_get(step, "key"));
    json_t *for_each = json_object_get(step, "for");
    if (each) {
        const json_t *want = json_object_get(op->in.desired, each);
        const json_t *source = op->in.live ? op->in.live : op->live;
        json_t *of = json_object_get(step, "of"), *have = of ? had_template(of, &scope) : NULL;
        if (!have)
            have = json_incref(json_object_get(source, each));
        if (!have && op->in.record->applied && op->inside->stage == STAGE_UPDATE)
            have = json_incref(json_object_get(op->in.record->applied, each));
        const json_t *replace = json_object_get(step, "replace");
        if (!replace)
            replace = json_object_get(step, "add");
        for (size_t i = 0; i < json_array_size(want); i++) {
            const json_t *item = json_array_get(want, i), *old = same_key(have, item, key);
            if (!old)
                work_add(work, json_object_get(step, "add"), item, NULL);
            else if (!had_value_equal(item, old, true, true))
                work_add(work, replace, item, old);
        }
        for (size_t i = 0; i < json_array_size(have); i++) {
            const json_t *item = json_array_get(have, i);
            if (!same_key(want, item, key))
                work_add(work, json_object_get(step, "remove"), item, NULL);
        }
        json_decref(have);
    } else if (for_each) {
        json_t *items = had_template(for_each, &scope);
        for (size_t i = 0; i < json_array_size(items); i++)
            work_add(work, step, json_array_get(items, i), NULL);
        json_decref(items);
    } else {
        work_add(work, step, NULL, NULL);
    }
    return work;
}

static void steps_through(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->since = now(op);
    in->wait_ms = 0;
    switch (in->stage) {
    case STAGE_CREATE:
        if (op->in.record->id.len == 0) {
            fail(op, "its making told no id");
            return;
        }
        begin_read(op, READ_UNTIL_THERE);
        return;
    case STAGE_AFTER:
        if (in->ran)
            begin_read(op, READ_UNTIL_THERE);
        else
            settle(op);
        return;
    case STAGE_UPDATE: begin_read(op, READ_UNTIL_THERE); return;
    case STAGE_DELETE:
        if (json_array_size(in->steps) == 0) /* it goes with something else */
            finish(op, HAD_OP_DONE);
        else
            begin_read(op, READ_UNTIL_GONE);
        return;
    }
}

static const json_t *current(const struct had_op *op, const json_t **item, const json_t **old)
{
    const json_t *work = json_array_get(op->inside->work, op->inside->at);
    *item = json_object_get(work, "item");
    *old = json_object_get(work, "old");
    return json_object_get(work, "step");
}

static void step_next(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    const json_t *item, *old;
    if (in->waiting) {
        const json_t *step = current(op, &item, &old);
        (void)step;
        want_call(op, in->waiting, item, old, false);
        return;
    }
    for (;;) {
        if (in->open && in->at < json_array_size(in->work)) {
            const json_t *step = current(op, &item, &old);
            in->ran = true;
            want_call(op, step, item, old, true);
            return;
        }
        if (in->open) {
            in->open = false;
            in->step++;
            if (json_is_true(json_object_get(json_array_get(in->steps, in->step - 1), "ready"))) {
                in->back_to_steps = true;
                in->since = now(op);
                begin_read(op, READ_UNTIL_THERE);
                return;
            }
        }
        if (in->step >= json_array_size(in->steps)) {
            steps_through(op);
            return;
        }
        const json_t *step = json_array_get(in->steps, in->step);
        if (!wanted(op, step)) {
            in->step++;
            continue;
        }
        json_decref(in->work);
        in->work = lay_out(op, step);
        in->at = 0;
        in->open = true;
        in->retry_since = 0;
        in->blind = 0;
        in->wait_ms = 0;
    }
}

/* The current call is through. */
static void step_passed(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    in->waiting = NULL;
    in->at++;
    in->retry_since = 0;
    in->blind = 0;
    in->wait_ms = 0;
    advance(op);
}

static void wait_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *unused;
    if (result->outcome != HAD_AWS_DONE) {
        if (had_code_in(json_object_get(in->waiting, "gone"), &result->error))
            step_passed(op);
        else
            fail_by_aws(op, result, had_step_operation(in->waiting, &unused));
        return;
    }
    struct had_scope scope = scope_of(op, NULL, NULL);
    const json_t *state = json_object_get(in->waiting, "state");
    enum standing standing = standing_of(op, state, result->value, &scope);
    const json_t *within = json_object_get(in->waiting, "within");
    int64_t limit = json_is_number(within) ? (int64_t)json_number_value(within) * 1000
                                           : op->in.driver->within_ms;
    if (standing == STANDING_READY || standing == STANDING_MISSING) {
        step_passed(op);
    } else if (standing == STANDING_FAILED) {
        fail(op, "%s says `" HAD_FMT "`", had_step_operation(in->waiting, &unused),
             HAD_ARG(op->state));
    } else if (now(op) - in->since > limit) {
        fail(op, "%s still says `" HAD_FMT "`", had_step_operation(in->waiting, &unused),
             HAD_ARG(op->state));
    } else {
        doze(op, op->in.driver->every_ms[0], op->in.driver->every_ms[1]);
    }
}

static void step_answered(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    const json_t *item, *old, *unused;
    const json_t *step = current(op, &item, &old);
    bool gives_id = json_object_get(step, "id") != NULL;
    struct had_record *record = op->in.record;
    if (result->outcome == HAD_AWS_UNKNOWN) {
        if (in->stage == STAGE_CREATE && (gives_id || record->id.len == 0)) {
            /* it may exist: only a look can tell, and AWS may show it late */
            in->unknown = true;
            in->patience = now(op) + LAG_MS;
            in->wait_ms = 0;
            begin_find(op);
        } else if (in->blind++ < BLIND_MAX) {
            doze(op, 1000, 10000);
        } else {
            fail_by_aws(op, result, had_step_operation(step, &unused));
        }
        return;
    }
    if (result->outcome == HAD_AWS_FAILED) {
        if (had_code_in(json_object_get(step, "retry"), &result->error)) {
            if (in->retry_since == 0)
                in->retry_since = now(op);
            if (now(op) - in->retry_since < STEP_RETRY_MS) {
                doze(op, op->in.driver->every_ms[0], 30000);
                return;
            }
        }
        if (had_code_in(json_object_get(step, "exists"), &result->error)) {
            if (gives_id && in->rounds++ > 1) {
                fail(op, "%s says that it is there, and nothing finds it: " HAD_FMT,
                     had_step_operation(step, &unused), HAD_ARG(result->error.message));
                return;
            }
            if (gives_id && json_object_get(op->in.driver->spec, "find")) {
                in->unknown |= json_is_true(json_object_get(step, "adopt"));
                in->patience = now(op) + LAG_MS;
                begin_find(op);
                return;
            }
        } else if (!had_code_in(json_object_get(step, "gone"), &result->error) &&
                   !had_code_in(json_object_get(step, "ignore"), &result->error)) {
            fail_by_aws(op, result, had_step_operation(step, &unused));
            return;
        }
    }
    drop_answer(op);
    in->answer = result->outcome == HAD_AWS_DONE ? json_incref(result->value) : NULL;
    struct had_scope scope = scope_of(op, item, old);
    collect(&scope, json_object_get(step, "note"), NULL, &record->extra);
    collect(&scope, json_object_get(step, "attributes"), NULL, &record->attributes);
    const json_t *wait = json_object_get(step, "wait");
    if (wait && in->answer) {
        in->waiting = wait;
        in->since = now(op);
        in->wait_ms = 0;
    }
    if (gives_id && in->stage == STAGE_CREATE) {
        had_str id = had_template_text(&in->arena, json_object_get(step, "id"), &scope);
        if (id.len == 0) {
            fail(op, "the answer of %s tells no id", had_step_operation(step, &unused));
            return;
        }
        set_text(op, &record->id, id);
        in->unknown = false;
        if (!in->waiting)
            in->at++;
        sync(op);
        return;
    }
    if (in->waiting)
        advance(op);
    else
        step_passed(op);
}

/* ---- the machine ---- */

static void advance(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    switch (in->phase) {
    case ANNOUNCED:
        if (op->in.action == HAD_DO_MAKE)
            op->in.record->id.len ? begin_steps(op, STAGE_CREATE) : begin_find(op);
        else if (op->in.action == HAD_DO_CHANGE)
            begin_steps(op, STAGE_UPDATE);
        else
            op->in.record->id.len ? begin_steps(op, STAGE_DELETE) : begin_find(op);
        return;
    case FINDING: find_next(op); return;
    case STEPPING: step_next(op); return;
    case READING: read_next(op); return;
    case OVER: op->want = HAD_WANT_NOTHING; return;
    }
}

void had_op_begin(struct had_op *op, const struct had_op_input *input)
{
    *op = (struct had_op){.in = *input};
    struct had_op_inside *in = had_xmalloc(sizeof *in);
    *in = (struct had_op_inside){0};
    op->inside = in;
    struct had_record *record = op->in.record;
    in->known_props = json_incref(
        (json_t *)(uintptr_t)(input->desired ? input->desired : record->applied));
    in->since = now(op);
    bool find = record->id.len == 0 && json_object_get(input->driver->spec, "find");
    switch (input->action) {
    case HAD_DO_READ:
    case HAD_DO_AWAIT:
        if (find)
            begin_find(op);
        else
            begin_read(op, input->action == HAD_DO_READ ? READ_ONCE : READ_UNTIL_THERE);
        return;
    case HAD_DO_MAKE:
        /* The announced call may have been sent long after its announcement, by repeats and queues, and
         * just before the end: only time from now on is sure to be enough. */
        if (input->resumed && input->wall(input->context) - record->changed < STALE_MS)
            in->patience = now(op) + LAG_MS;
        record->status = HAD_RECORD_CREATING;
        json_decref(record->applied);
        record->applied = without_secrets(op, input->desired);
        break;
    case HAD_DO_CHANGE: record->status = HAD_RECORD_UPDATING; break;
    case HAD_DO_REMOVE: record->status = HAD_RECORD_DELETING; break;
    }
    in->phase = ANNOUNCED;
    sync(op);
}

void had_op_answer(struct had_op *op, const struct had_aws_result *result)
{
    struct had_op_inside *in = op->inside;
    op->calls++;
    drop_params(op);
    if (in->for_secret) {
        in->for_secret = false;
        secret_answered(op, result);
        return;
    }
    /* reads are harmless to repeat: what came of one does not matter if it is unknown */
    if (result->outcome == HAD_AWS_UNKNOWN && !op->call_changes) {
        if (in->blind++ < BLIND_MAX)
            doze(op, 1000, 10000);
        else
            fail_by_aws(op, result, "a look");
        return;
    }
    switch (in->phase) {
    case FINDING: find_answered(op, result); return;
    case READING: read_answered(op, result); return;
    case STEPPING:
        if (in->waiting)
            wait_answered(op, result);
        else
            step_answered(op, result);
        return;
    case ANNOUNCED:
    case OVER: return;
    }
}

void had_op_resume(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (op->want == HAD_WANT_SLEEP && in->phase == READING && in->read >= json_array_size(in->reads)) {
        begin_read(op, in->why);
        return;
    }
    if (op->want == HAD_WANT_SLEEP && in->phase == FINDING && !in->candidates &&
        in->finder >= json_array_size(in->finders)) {
        begin_find(op);
        return;
    }
    advance(op);
}

void had_op_stop(struct had_op *op)
{
    op->error = HAD_STR("it was stopped here; the next run goes on");
    finish(op, HAD_OP_STOPPED);
}

void had_op_free(struct had_op *op)
{
    struct had_op_inside *in = op->inside;
    if (!in)
        return;
    drop_params(op);
    for (struct secret *s = in->secrets; s; s = s->next)
        if (s->text)
            OPENSSL_cleanse(s->text, strlen(s->text));
    json_decref(in->candidates);
    json_decref(in->work);
    drop_answer(op);
    json_decref(in->known_props);
    json_decref(op->live);
    json_decref(op->attributes);
    had_arena_free(&in->arena);
    free(in);
    op->inside = NULL;
    op->live = op->attributes = NULL;
}
