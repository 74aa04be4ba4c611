/*
 * Objects with this deployment's tag that no record of the state stands for: what a run made whose
 * state was lost, or of which the state let go. They are found by Resource Groups Tagging in every
 * account and Region that the spec or the state names, told by `had drift --orphans`, and removed
 * only where `had destroy --orphan ARN` names them. What that service does not cover (directories,
 * Identity Center, IAM) is not found.
 */
#include "direct/orphans.h"

#include "aws/model.h"
#include "aws/value.h"
#include "diag/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Types that are removed by their ARN alone: `whole` where the ARN is the id. */
static const struct {
    const char *service, *resource, *type;
    bool whole;
} kinds[] = {
    {"ec2", "customer-gateway", "AWS::EC2::CustomerGateway", false},
    {"ec2", "dhcp-options", "AWS::EC2::DHCPOptions", false},
    {"ec2", "elastic-ip", "AWS::EC2::EIP", false},
    {"ec2", "instance", "AWS::EC2::Instance", false},
    {"ec2", "internet-gateway", "AWS::EC2::InternetGateway", false},
    {"ec2", "natgateway", "AWS::EC2::NatGateway", false},
    {"ec2", "network-acl", "AWS::EC2::NetworkAcl", false},
    {"ec2", "prefix-list", "AWS::EC2::PrefixList", false},
    {"ec2", "route-table", "AWS::EC2::RouteTable", false},
    {"ec2", "security-group", "AWS::EC2::SecurityGroup", false},
    {"ec2", "subnet", "AWS::EC2::Subnet", false},
    {"ec2", "transit-gateway", "AWS::EC2::TransitGateway", false},
    {"ec2", "transit-gateway-attachment", "AWS::EC2::TransitGatewayAttachment", false},
    {"ec2", "transit-gateway-route-table", "AWS::EC2::TransitGatewayRouteTable", false},
    {"ec2", "volume", "AWS::EC2::Volume", false},
    {"ec2", "vpc", "AWS::EC2::VPC", false},
    {"ec2", "vpc-endpoint", "AWS::EC2::VPCEndpoint", false},
    {"ec2", "vpn-connection", "AWS::EC2::VPNConnection", false},
    {"ram", "resource-share", "AWS::RAM::ResourceShare", true},
    {"route53resolver", "resolver-endpoint", "AWS::Route53Resolver::ResolverEndpoint", false},
    {"route53resolver", "resolver-rule", "AWS::Route53Resolver::ResolverRule", false},
};

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE/ID */
static had_str part_of(had_str arn, uint32_t number)
{
    uint32_t begin = 0;
    for (uint32_t i = 0; i < number; i++) {
        int64_t colon = had_str_find(had_str_slice(arn, begin, arn.len), ':');
        if (colon < 0)
            return (had_str){0};
        begin += (uint32_t)colon + 1;
    }
    int64_t colon = number < 5 ? had_str_find(had_str_slice(arn, begin, arn.len), ':') : -1;
    return had_str_slice(arn, begin, colon < 0 ? arn.len : begin + (uint32_t)colon);
}

static void classify(struct had_orphan *orphan)
{
    had_str resource = part_of(orphan->arn, 5);
    int64_t slash = had_str_find(resource, '/');
    if (slash < 0)
        return;
    had_str name = had_str_slice(resource, 0, (uint32_t)slash);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (had_str_is(part_of(orphan->arn, 2), kinds[i].service) &&
            had_str_is(name, kinds[i].resource)) {
            orphan->type = kinds[i].type;
            orphan->id = kinds[i].whole
                             ? orphan->arn
                             : had_str_slice(resource, (uint32_t)slash + 1, resource.len);
        }
}

/* ---- finding ---- */

struct place {
    had_str account_id, region;
    struct had_sweep *sweep;
};

struct had_sweep {
    struct had_session *s;
    had_array(struct place) places;
    struct had_map known; /* symbols of tokens */
    struct had_symbols texts;
    struct had_orphans *out;
    uint32_t open;
};

static void answered(void *context, const struct had_aws_result *result)
{
    struct place *place = context;
    struct had_sweep *sweep = place->sweep;
    struct had_arena *arena = &sweep->s->arena;
    sweep->open--;
    if (result->outcome != HAD_AWS_DONE) {
        *had_push(arena, &sweep->out->unread) =
            had_str_printf(arena, "account " HAD_FMT ", " HAD_FMT ": " HAD_FMT " " HAD_FMT,
                           HAD_ARG(place->account_id), HAD_ARG(place->region),
                           HAD_ARG(result->error.code), HAD_ARG(result->error.message));
        return;
    }
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(result->value, "ResourceTagMappingList"), i, row) {
        const json_t *tags = json_object_get(row, "Tags");
        had_str token = had_str_dup(arena, had_tag_text(tags, "had:token"));
        had_sym symbol = token.len ? had_symbol_find(&sweep->texts, token) : 0;
        if (symbol && had_map_get(&sweep->known, symbol))
            continue;
        struct had_orphan *orphan = had_push(arena, &sweep->out->items);
        *orphan = (struct had_orphan){
            .arn = had_str_dup(arena,
                               had_str_c(json_string_value(json_object_get(row, "ResourceARN")))),
            .address = had_str_dup(arena, had_tag_text(tags, "had:address")),
            .token = token,
            .account_id = place->account_id,
            .region = place->region,
        };
        classify(orphan);
    }
}

static void add_place(struct had_sweep *sweep, had_str account_id, had_str region)
{
    if (account_id.len == 0 || region.len == 0 || had_str_is(region, "global"))
        return;
    had_each(struct place, place, &sweep->places)
        if (had_str_eq(place->account_id, account_id) && had_str_eq(place->region, region))
            return;
    *had_push(&sweep->s->arena, &sweep->places) = (struct place){account_id, region, sweep};
}

static int by_arn(const void *a, const void *b)
{
    const struct had_orphan *x = a, *y = b;
    return had_str_cmp(x->arn, y->arn);
}

static void looked_at(void *context, struct had_op *op)
{
    bool *gone = context;
    *gone = op->end == HAD_OP_MISSING;
}

static struct had_record seen_as(struct had_session *s, const struct had_orphan *orphan)
{
    const struct had_aws_role *role = had_deployment_role(&s->deployment, orphan->account_id);
    return (struct had_record){.address = orphan->arn,
                               .type = had_str_c(orphan->type),
                               .account_id = orphan->account_id,
                               .region = orphan->region,
                               .role = role ? role->arn : (had_str){0},
                               .id = orphan->id,
                               .token = orphan->token,
                               .status = HAD_RECORD_READY};
}

/* The service goes on naming what has been deleted for a while: each is looked at. */
static void leave_out_deleted(struct had_session *s, struct had_orphans *orphans)
{
    struct had_runner runner;
    uint32_t count = orphans->items.count, kept = 0;
    bool *gone = had_new_n(&s->arena, bool, count + 1);
    struct had_record *records = had_new_n(&s->arena, struct had_record, count + 1);
    had_runner_open(&runner, &s->world, NULL);
    runner.parallel = s->deployment.parallel;
    for (uint32_t i = 0; i < count; i++) {
        if (!orphans->items.items[i].type)
            continue;
        records[i] = seen_as(s, &orphans->items.items[i]);
        const struct had_driver *driver = had_driver_find(&s->deployment.drivers, records[i].type);
        struct had_op_input input =
            had_deployment_input(&s->deployment, driver, HAD_DO_READ, &records[i]);
        had_runner_start(&runner, &input, looked_at, &gone[i]);
    }
    while (had_session_turn(s, &runner))
        continue;
    had_runner_close(&runner);
    for (uint32_t i = 0; i < count; i++) {
        json_decref(records[i].attributes);
        json_decref(records[i].extra);
        if (!gone[i])
            orphans->items.items[kept++] = orphans->items.items[i];
    }
    orphans->items.count = kept;
}

bool had_orphans_find(struct had_session *s, struct had_orphans *out)
{
    struct had_sweep sweep = {.s = s, .out = out};
    struct had_deployment *d = &s->deployment;
    const struct had_aws_service *service =
        had_aws_service_find(HAD_STR("resourcegroupstaggingapi"));
    had_symbols_init(&sweep.texts, &s->arena);
    had_each(struct had_record *, record, &s->state->records) {
        if ((*record)->token.len)
            had_map_put(&s->arena, &sweep.known, had_intern(&sweep.texts, (*record)->token), 1);
        add_place(&sweep, (*record)->account_id, (*record)->region);
    }
    for (uint32_t i = 0; d->graph && i < d->graph->contexts.count; i++)
        add_place(&sweep, d->graph->contexts.items[i]->account_id,
                  d->graph->contexts.items[i]->region);
    json_t *params = json_pack("{s:[{s:s, s:[s%]}]}", "TagFilters", "Key", "had:deployment",
                               "Values", d->name.ptr, (size_t)d->name.len);
    struct had_cloud *cloud = &s->world.cloud;
    had_array(uint64_t) calls = {0};
    sweep.open = sweep.places.count;
    had_each(struct place, place, &sweep.places) {
        struct had_aws_call call = {
            .service = service,
            .operation = had_aws_operation_find(service, HAD_STR("GetResources")),
            .params = params,
            .region = place->region,
            .role = had_deployment_role(d, place->account_id),
            .pages = true,
            .done = answered,
            .context = place,
        };
        *had_push(&s->arena, &calls) = cloud->submit(cloud->context, &call);
    }
    bool fine = had_session_wait(s, &sweep.open, calls.items, calls.count);
    json_decref(params);
    if (fine)
        leave_out_deleted(s, out);
    if (out->items.count)
        qsort(out->items.items, out->items.count, sizeof *out->items.items, by_arn);
    return !had_session_stopped(s);
}

/* ---- telling ---- */

void had_orphans_text(struct had_buffer *out, const struct had_orphans *orphans)
{
    had_each(const struct had_orphan, orphan, &orphans->items) {
        had_buffer_safe(out, orphan->arn);
        had_buffer_c(out,
                     " has this deployment's tag, and the state does not know it\n    made as ");
        had_buffer_safe(out,
                        orphan->address.len ? orphan->address : HAD_STR("part of another object"));
        had_buffer_c(out,
                     orphan->type
                         ? "; `had import` takes it over, `had destroy --orphan ARN` removes it\n"
                         : "; nothing here removes it by its ARN\n");
    }
    had_each(const had_str, text, &orphans->unread) {
        had_buffer_c(out, "not looked at for objects without a record: ");
        had_buffer_safe(out, *text);
        had_buffer_c(out, "\n");
    }
}

void had_orphans_report(const struct had_orphans *orphans, struct had_diags *diags)
{
    had_each(const struct had_orphan, orphan, &orphans->items) {
        struct had_diag *d =
            had_report(diags, &HAD0781, (struct had_span){0},
                       "`" HAD_FMT "` has this deployment's tag, and the state does not know it",
                       HAD_ARG(orphan->arn));
        had_diag_address(d, orphan->address);
    }
}

json_t *had_orphans_json(const struct had_orphans *orphans)
{
    json_t *out = json_array();
    had_each(const struct had_orphan, orphan, &orphans->items)
        json_array_append_new(
            out, json_pack("{s:o, s:o, s:o, s:o, s:s?, s:o}", "arn", had_json_text(orphan->arn),
                           "account", had_json_text(orphan->account_id), "region",
                           had_json_text(orphan->region), "address", had_json_text(orphan->address),
                           "type", orphan->type, "id", had_json_text(orphan->id)));
    return out;
}

/* ---- removing ---- */

static const struct had_orphan *find(const struct had_orphans *orphans, const char *arn)
{
    had_each(const struct had_orphan, orphan, &orphans->items)
        if (had_str_is(orphan->arn, arn))
            return orphan;
    return NULL;
}

struct removal {
    struct had_session *s;
    had_str arn;
    bool done;
};

static void removed(void *context, struct had_op *op)
{
    struct removal *removal = context;
    struct had_session *s = removal->s;
    struct had_buffer b = {0};
    had_str message = {0};
    removal->done = op->end == HAD_OP_DONE &&
                    had_state_remove(s->state, op->in.record, &message) == HAD_STATE_OK;
    had_buffer_c(&b, removal->done               ? "removed: "
                     : op->end == HAD_OP_STOPPED ? "stopped: "
                                                 : "FAILED: ");
    had_buffer_safe(&b, removal->arn);
    if (!removal->done) {
        had_buffer_c(&b, "\n    ");
        had_buffer_safe(&b, message.len ? message : op->error);
    }
    had_buffer_c(&b, "\n");
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
}

/* As a record that the spec does not name: whatever interrupts it, the next apply goes on with it.
 */
static struct had_record *record_of(struct had_session *s, const struct had_orphan *orphan)
{
    struct had_state *state = s->state;
    struct had_arena *arena = state->arena;
    had_str address = had_str_printf(arena, "orphan " HAD_FMT, HAD_ARG(orphan->arn));
    struct had_record *record = had_state_find(state, address);
    if (!record)
        record = had_state_add(state, address, had_str_c(orphan->type));
    const struct had_record seen = seen_as(s, orphan);
    record->account_id = had_str_dup(arena, seen.account_id);
    record->region = had_str_dup(arena, seen.region);
    record->role = had_str_dup(arena, seen.role);
    record->id = had_str_dup(arena, seen.id);
    record->token = had_str_dup(arena, seen.token);
    record->status = HAD_RECORD_READY;
    return record;
}

int had_orphans_remove(struct had_session *s, const char *const *arns, uint32_t count)
{
    struct had_orphans orphans = {0};
    int status = HAD_EXIT_DONE;
    if (!had_orphans_find(s, &orphans)) {
        fprintf(stderr, "had destroy: interrupted\n");
        return HAD_EXIT_STOPPED;
    }
    had_array(const struct had_orphan *) chosen = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct had_orphan *orphan = find(&orphans, arns[i]);
        bool twice = false;
        had_each(const struct had_orphan *, other, &chosen)
            twice |= *other == orphan;
        if (twice)
            continue;
        if (orphan && orphan->type) {
            *had_push(&s->arena, &chosen) = orphan;
            continue;
        }
        fprintf(stderr, "had destroy: %s\n",
                orphan ? "nothing here removes an object of this type by its ARN: "
                         "`had import` it first, or remove it by hand"
                       : "that is no object of this deployment without a record; "
                         "`had drift --orphans` names them");
        return HAD_EXIT_USAGE;
    }
    struct had_buffer b = {0};
    had_each(const struct had_orphan *, orphan, &chosen) {
        had_buffer_c(&b, "    - ");
        had_buffer_safe(&b, (*orphan)->arn);
        had_buffer_c(&b, "\n");
    }
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
    if (!had_session_ask(s, "Remove these?"))
        return HAD_EXIT_USAGE;
    struct had_runner runner;
    had_runner_open(&runner, &s->world, s->state);
    struct removal *removals = had_new_n(&s->arena, struct removal, chosen.count + 1);
    for (uint32_t i = 0; i < chosen.count; i++) {
        const struct had_orphan *orphan = chosen.items[i];
        struct had_record *record = record_of(s, orphan);
        const struct had_driver *driver = had_driver_find(&s->deployment.drivers, record->type);
        struct had_op_input input =
            had_deployment_input(&s->deployment, driver, HAD_DO_REMOVE, record);
        removals[i] = (struct removal){.s = s, .arn = orphan->arn};
        had_runner_start(&runner, &input, removed, &removals[i]);
    }
    while (had_session_turn(s, &runner))
        continue;
    for (uint32_t i = 0; i < chosen.count; i++)
        if (!removals[i].done)
            status = had_session_stopped(s) ? HAD_EXIT_STOPPED : HAD_EXIT_FINDINGS;
    if (runner.error.len)
        fprintf(stderr, "had destroy: " HAD_FMT "\n", HAD_ARG(runner.error));
    had_runner_close(&runner);
    return status;
}
