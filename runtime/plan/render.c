/* A plan for people, for machines, and as a digest. */
#include "plan/plan.h"

#include "aws/value.h"
#include "diag/render.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    VALUE_CELLS = 100, /* of a value in the plan; the JSON has all of it */
    FOLDED = 2         /* so many creations like the one before are told with it */
};

/* had_buffer_safe, up to so many cells. */
static void put_start(struct had_buffer *out, had_str text, uint32_t most)
{
    uint32_t written = 0;
    for (uint32_t at = 0; at < text.len;) {
        struct had_glyph glyph = had_glyph_at(text, at);
        if (written + glyph.cells > most) {
            had_buffer_c(out, "…");
            return;
        }
        had_buffer_c(out, glyph.shown);
        written += glyph.cells;
        at += glyph.bytes;
    }
}

void had_plan_value(struct had_buffer *out, const json_t *value, uint32_t most)
{
    const char *unknown = json_string_value(json_object_get(value, "$unknown"));
    const char *secret = json_string_value(json_object_get(value, "$secret"));
    if (!value) {
        had_buffer_c(out, "nothing");
    } else if (unknown) {
        had_buffer_c(out, "(known after ");
        had_buffer_safe(out, had_str_c(unknown));
        had_buffer_c(out, ")");
    } else if (secret) {
        had_buffer_c(out, "(secret ");
        had_buffer_safe(out, had_str_c(secret));
        had_buffer_c(out, ")");
    } else {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        put_start(out, had_str_c(text), most);
        free(text);
    }
}

static void put_place(struct had_buffer *out, const struct had_sources *sources,
                      struct had_span span)
{
    if (!sources || !had_span_known(span))
        return;
    struct had_place place = had_place_of(sources, span);
    had_buffer_c(out, "  ");
    had_buffer_safe(out, place.file);
    had_buffer_printf(out, ":%u:%u", place.start.line, place.start.column);
}

static void put_duration(struct had_buffer *out, uint32_t seconds)
{
    if (seconds < 90)
        had_buffer_printf(out, "%u s", seconds);
    else if (seconds < 5400)
        had_buffer_printf(out, "%u min", (seconds + 30) / 60);
    else
        had_buffer_printf(out, "%u h %02u min", seconds / 3600, seconds % 3600 / 60);
}

static const char *sign_of(enum had_step_action action)
{
    switch (action) {
    case HAD_PLAN_CREATE:
        return "+";
    case HAD_PLAN_UPDATE:
        return "~";
    case HAD_PLAN_REPLACE:
        return "±";
    case HAD_PLAN_DELETE:
        return "-";
    case HAD_PLAN_FORGET:
        return "×";
    case HAD_PLAN_LOOKUP:
        return "?";
    case HAD_PLAN_GATE:
        return "!";
    case HAD_PLAN_VERIFY:
        return "=";
    case HAD_PLAN_KEEP:
    case HAD_PLAN_NOTHING:
        break;
    }
    return " ";
}

static const char *colour_of(enum had_step_action action)
{
    switch (action) {
    case HAD_PLAN_CREATE:
        return "\033[32m";
    case HAD_PLAN_UPDATE:
        return "\033[33m";
    case HAD_PLAN_REPLACE:
    case HAD_PLAN_DELETE:
    case HAD_PLAN_FORGET:
        return "\033[31m";
    case HAD_PLAN_GATE:
        return "\033[35m";
    case HAD_PLAN_LOOKUP:
    case HAD_PLAN_VERIFY:
    case HAD_PLAN_KEEP:
    case HAD_PLAN_NOTHING:
        break;
    }
    return "";
}

static bool shown(const struct had_plan_step *step, bool verbose)
{
    if (step->refused.len)
        return true;
    if (step->action == HAD_PLAN_DELETE && step->node)
        return false; /* told with its making */
    if (step->action == HAD_PLAN_KEEP || step->action == HAD_PLAN_VERIFY)
        return verbose;
    return step->action != HAD_PLAN_NOTHING;
}

static had_str account_of(const struct had_plan_step *step)
{
    if (step->action == HAD_PLAN_GATE)
        return (had_str){0};
    return step->node ? step->node->context->account : step->record->account;
}

static had_str layer_of(const struct had_plan_step *step)
{
    if (step->node)
        return had_str_c(had_layer_name(step->node->layer));
    return step->record ? step->record->layer : (had_str){0};
}

/* A text of pieces, of which some are known later. */
static void put_prop(struct had_buffer *out, const struct had_prop *prop)
{
    if (prop->tag == HAD_PROP_TEXT)
        had_buffer_safe(out, prop->text);
    else if (prop->tag == HAD_PROP_INT)
        had_buffer_printf(out, "%" PRId64, prop->number);
    else if (prop->tag == HAD_PROP_READ) {
        had_str known = had_node_known(prop->read.node, had_str_c(prop->read.attribute));
        had_buffer_c(out, known.len ? "" : "(known after ");
        had_buffer_safe(out, known.len ? known : prop->read.node->address);
        if (!known.len)
            had_buffer_printf(out, ".%s)", prop->read.attribute);
    } else if (prop->tag == HAD_PROP_FORMAT) {
        had_each(struct had_prop *, item, &prop->items)
            put_prop(out, *item);
    }
}

static void put_gate(struct had_buffer *out, const struct had_node *node)
{
    static const char *const parts[][2] = {{"Owner", "by"}, {"Instruction", "do"}, {"Where", "in"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct had_prop *prop = had_node_get(node, parts[i][0]);
        if (!prop)
            continue;
        had_buffer_printf(out, "        %s: ", parts[i][1]);
        put_prop(out, prop);
        had_buffer_c(out, "\n");
    }
}

/* Up to the bracket of what is repeated: `spoke a:route` of `spoke a:route[10.0.0.0/8]`. */
static had_str repeated(had_str address)
{
    uint32_t at = address.len && address.ptr[address.len - 1] == ']' ? address.len - 1 : 0;
    for (uint32_t depth = 1; at && depth;) {
        at--;
        depth += address.ptr[at] == ']';
        depth -= address.ptr[at] == '[';
    }
    return had_str_slice(address, 0, at);
}

/* Two creations of the same kind by the same place in the spec: one line tells of both. */
static bool is_like(const struct had_plan_step *a, const struct had_plan_step *b)
{
    had_str stem = repeated(a->address);
    return stem.len && a->action == HAD_PLAN_CREATE && b->action == HAD_PLAN_CREATE && a->node &&
           b->node && !(a->why.len + b->why.len + a->order.len + b->order.len) &&
           !(a->refused.len + b->refused.len) && !a->resumed && !b->resumed &&
           had_str_eq(a->node->type_name, b->node->type_name) &&
           had_str_eq(stem, repeated(b->address));
}

/* `like`: how many steps more the line stands for. */
static void put_step(struct had_buffer *out, const struct had_plan_step *step, uint32_t like,
                     const struct had_plan_style *style)
{
    had_str type = step->node ? step->node->type_name : step->record->type;
    const char *colour = style->colour ? colour_of(step->action) : "";
    had_buffer_printf(out, "    %s%s%s ", colour, sign_of(step->action), *colour ? "\033[0m" : "");
    had_buffer_safe(out, step->address);
    if (like)
        had_buffer_printf(out, " and %u like it", like);
    if (step->revision)
        had_buffer_printf(out, " (value %u)", step->revision + 1);
    had_buffer_c(out, "  ");
    had_buffer_str(out, type);
    if (step->node)
        put_place(out, style->sources, step->node->origin->span);
    had_buffer_c(out, "\n");
    if (step->why.len) {
        had_buffer_c(out, "        because: ");
        had_buffer_safe(out, step->why);
        had_buffer_c(out, "\n");
    }
    if (step->first && !step->leaving)
        had_buffer_c(out, "        the new one is there before the old one goes\n");
    if (step->order.len) {
        had_buffer_c(out, "        waits: ");
        had_buffer_safe(out, step->order);
        had_buffer_c(out, "\n");
    }
    if (step->resumed)
        had_buffer_c(out, "        an earlier run began it; this one goes on from there\n");
    if (step->action == HAD_PLAN_GATE && step->node)
        put_gate(out, step->node);
    bool values = step->action == HAD_PLAN_UPDATE || step->action == HAD_PLAN_REPLACE ||
                  style->verbose || step->refused.len;
    for (uint32_t i = 0; values && i < step->changes.count; i++) {
        const struct had_change *change = &step->changes.items[i];
        had_buffer_printf(out, "        %s: ", change->property);
        if (step->action != HAD_PLAN_CREATE) {
            had_plan_value(out, change->old, VALUE_CELLS);
            had_buffer_c(out, " → ");
        }
        had_plan_value(out, change->wanted, VALUE_CELLS);
        if (change->how == HAD_CHANGE_REPLACES && step->action != HAD_PLAN_CREATE)
            had_buffer_c(out, "  (makes it anew)");
        else if (change->operation && step->action != HAD_PLAN_CREATE)
            had_buffer_printf(out, "  (%s)", change->operation);
        if (change->outside)
            had_buffer_c(out, "  changed outside");
        put_place(out, style->sources, change->span);
        had_buffer_c(out, "\n");
    }
    if (step->acknowledge && !step->acknowledged) {
        had_buffer_c(out, "        needs: --acknowledge '");
        had_buffer_safe(out, step->address);
        had_buffer_c(out, "'\n");
    }
    if (step->refused.len) {
        had_buffer_c(out, style->colour ? "        \033[31mrefused\033[0m: " : "        refused: ");
        had_buffer_safe(out, step->refused);
        had_buffer_c(out, "\n");
    }
}

static void put_critical_path(struct had_buffer *out, const struct had_plan *plan)
{
    const struct had_plan_step *at = NULL;
    had_each(struct had_plan_step *, step, &plan->steps)
        if ((*step)->longest == plan->seconds && (!at || (*step)->after.count < at->after.count))
            at = *step;
    if (!at || plan->seconds < 60)
        return;
    had_buffer_c(out, "Longest: ");
    for (bool first = true; at;) {
        if (at->seconds >= 30) {
            had_buffer_c(out, first ? "" : " → ");
            had_buffer_safe(out, at->address);
            had_buffer_c(out, " ");
            put_duration(out, at->seconds);
            first = false;
        }
        const struct had_plan_step *next = NULL;
        for (uint32_t i = at->number + 1; i < plan->steps.count && !next; i++) {
            const struct had_plan_step *step = plan->steps.items[i];
            for (uint32_t k = 0; k < step->after.count && !next; k++)
                if (step->after.items[k] == at->number &&
                    step->longest == at->longest - at->seconds)
                    next = step;
        }
        at = next && next->longest ? next : NULL;
    }
    had_buffer_c(out, "\n");
}

static const char *deed_of(const struct had_plan_step *step)
{
    return step->action == HAD_PLAN_DELETE   ? "removal"
           : step->action == HAD_PLAN_UPDATE ? "change"
                                             : "making";
}

static void put_quoted(struct had_buffer *out, had_str text)
{
    had_buffer_c(out, "`");
    had_buffer_safe(out, text);
    had_buffer_c(out, "`");
}

/* What was proved, and does not hold for a time. */
static void put_breaks(struct had_buffer *out, const struct had_plan *plan, bool colour)
{
    if (plan->breaks.count)
        had_buffer_printf(out, "\n%sOn the way, what was proved does not hold:%s\n",
                          colour ? "\033[31m" : "", colour ? "\033[0m" : "");
    had_each(const struct had_break, broken, &plan->breaks) {
        had_buffer_printf(out, "    " HAD_FMT " from the %s of ", HAD_ARG(broken->queries),
                          deed_of(broken->begin));
        put_quoted(out, broken->begin->address);
        if (broken->until) {
            had_buffer_printf(out, " until the %s of ", deed_of(broken->until));
            put_quoted(out, broken->until->address);
        } else {
            had_buffer_c(out, " until the end");
        }
        had_buffer_c(out, ", about ");
        put_duration(out, broken->seconds);
        had_buffer_c(out, "\n        from ");
        put_quoted(out, broken->from);
        had_buffer_c(out, " to ");
        put_quoted(out, broken->to);
        had_buffer_printf(out, ": %s", broken->reason ? broken->reason : "");
        if (broken->at.len) {
            had_buffer_c(out, " at ");
            put_quoted(out, broken->at);
        }
        if (broken->count > 1)
            had_buffer_printf(out, ", and %u like it", broken->count - 1);
        had_buffer_c(out, "\n");
    }
    if (plan->unproved)
        had_buffer_printf(out, "%u steps on the way were not proved: there are too many\n",
                          plan->unproved);
}

/* ---- in the order that people read: account, layer, step ---- */

struct line {
    const struct had_plan_step *step;
    had_str account, layer;
    uint32_t account_rank, layer_rank; /* by the first step that is shown of each */
};

static int line_order(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->account_rank != y->account_rank)
        return x->account_rank < y->account_rank ? -1 : 1;
    if (x->layer_rank != y->layer_rank)
        return x->layer_rank < y->layer_rank ? -1 : 1;
    return x->step->number < y->step->number ? -1 : x->step->number > y->step->number;
}

static void put_steps(struct had_buffer *out, const struct had_plan *plan,
                      const struct had_plan_style *style)
{
    struct had_arena arena = {0};
    struct had_symbols names;
    struct had_map accounts = {0}, layers = {0}; /* → the first step's place */
    had_array(struct line) lines = {0};
    had_symbols_init(&names, &arena);
    had_each(struct had_plan_step *, step, &plan->steps) {
        if (!shown(*step, style->verbose))
            continue;
        struct line line = {.step = *step, .account = account_of(*step)};
        if (line.account.len) /* what people do stands together, whatever it is for */
            line.layer = layer_of(*step);
        uint64_t account = had_intern(&names, line.account);
        uint64_t layer = account << 32 | had_intern(&names, line.layer);
        if (!had_map_get(&accounts, account))
            had_map_put(&arena, &accounts, account, lines.count);
        if (!had_map_get(&layers, layer))
            had_map_put(&arena, &layers, layer, lines.count);
        line.account_rank = (uint32_t)*had_map_get(&accounts, account);
        line.layer_rank = (uint32_t)*had_map_get(&layers, layer);
        *had_push(&arena, &lines) = line;
    }
    if (lines.count)
        qsort(lines.items, lines.count, sizeof *lines.items, line_order);
    for (uint32_t i = 0; i < lines.count; i++) {
        const struct line *line = &lines.items[i], *before = i ? line - 1 : NULL;
        if (!before || before->account_rank != line->account_rank) {
            had_buffer_c(out, line->account.len ? "\naccount " : "\npeople");
            had_buffer_safe(out, line->account);
            had_buffer_c(out, "\n");
        }
        if (line->account.len && (!before || before->layer_rank != line->layer_rank)) {
            had_buffer_c(out, "  ");
            had_buffer_str(out, line->layer);
            had_buffer_c(out, "\n");
        }
        uint32_t like = 0;
        while (!style->verbose && i + like + 1 < lines.count &&
               line[like + 1].layer_rank == line->layer_rank &&
               line[like + 1].account_rank == line->account_rank &&
               is_like(line->step, line[like + 1].step))
            like++;
        like = like >= FOLDED ? like : 0;
        put_step(out, line->step, like, style);
        i += like;
    }
    had_arena_free(&arena);
}

void had_plan_text(struct had_buffer *out, const struct had_plan *plan,
                   const struct had_plan_style *style)
{
    const struct had_deployment *d = plan->deployment;
    had_buffer_c(out, "Plan of ");
    had_buffer_safe(out, d->state->spec);
    if (had_plan_empty(plan)) {
        had_buffer_printf(out, ": nothing to do, %u object%s as the spec says\n", plan->kept,
                          plan->kept == 1 ? " is" : "s are");
        return;
    }
    had_buffer_printf(out, ": %u to create, %u to change, %u to make anew, %u to destroy",
                      plan->creates, plan->updates, plan->replaces, plan->deletes);
    if (plan->forgets)
        had_buffer_printf(out, ", %u to let go", plan->forgets);
    if (plan->gates)
        had_buffer_printf(out, ", %u for people", plan->gates);
    had_buffer_printf(out, "; %u stay as they are\n", plan->kept);
    if (plan->outside)
        had_buffer_printf(out, "%u object%s changed or removed outside\n", plan->outside,
                          plan->outside == 1 ? " was" : "s were");
    put_steps(out, plan, style);
    had_buffer_c(out, "\nTakes about ");
    put_duration(out, plan->seconds);
    had_buffer_c(out, plan->gates ? ", and what people need\n" : "\n");
    put_critical_path(out, plan);
    put_breaks(out, plan, style->colour);
    if (plan->refused)
        had_buffer_printf(out, "%u step%s refused: nothing is applied before that is settled\n",
                          plan->refused, plan->refused == 1 ? " is" : "s are");
    if (plan->unacknowledged)
        had_buffer_printf(out, "%u step%s something: each needs --acknowledge with its address\n",
                          plan->unacknowledged, plan->unacknowledged == 1 ? " loses" : "s lose");
}

static json_t *text(had_str value)
{
    return value.len ? had_json_text(value) : json_null();
}

json_t *had_place_json(const struct had_sources *sources, struct had_span span)
{
    if (!sources || !had_span_known(span))
        return json_null();
    struct had_place at = had_place_of(sources, span);
    return json_pack("{s:o, s:i, s:i}", "file", had_json_text(at.file), "line", (int)at.start.line,
                     "column", (int)at.start.column);
}

static json_t *change_json(const struct had_change *change, const struct had_sources *sources)
{
    static const char *const hows[] = {"in-place", "replace", "forbidden"};
    return json_pack("{s:s, s:O?, s:O?, s:s, s:s?, s:b, s:b, s:o}", "property", change->property,
                     "old", change->old, "new", change->wanted, "how", hows[change->how],
                     "operation", change->operation, "outside", change->outside, "unknown",
                     change->unknown, "place", had_place_json(sources, change->span));
}

json_t *had_plan_step_json(const struct had_plan_step *step, const struct had_sources *sources)
{
    json_t *changes = json_array(), *after = json_array();
    for (uint32_t i = 0; i < step->changes.count; i++)
        json_array_append_new(changes, change_json(&step->changes.items[i], sources));
    for (uint32_t i = 0; i < step->after.count; i++)
        json_array_append_new(after, json_integer(step->after.items[i]));
    const struct had_node *node = step->node;
    const struct had_record *record = step->record;
    return json_pack("{s:i, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, "
                     "s:b, s:o, s:i, s:o, s:o, s:o}",
                     "step", (int)step->number, "action", had_step_action_name(step->action),
                     "address", text(step->address), "revision", (int)step->revision, "type",
                     text(node ? node->type_name : record->type), "account",
                     text(node ? node->context->account : record->account), "region",
                     text(node ? node->context->region : record->region), "layer",
                     text(layer_of(step)), "id", text(record ? record->id : (had_str){0}), "why",
                     text(step->why), "order", text(step->order), "resumed", step->resumed,
                     "leaving", step->leaving, "first", step->first, "acknowledge",
                     step->acknowledge, "acknowledged", step->acknowledged, "refused",
                     text(step->refused), "seconds", (int)step->seconds, "place",
                     had_place_json(sources, node ? node->origin->span : (struct had_span){0}),
                     "changes", changes, "after", after);
}

static json_t *breaks_json(const struct had_plan *plan)
{
    json_t *out = json_array();
    had_each(const struct had_break, broken, &plan->breaks)
        json_array_append_new(
            out, json_pack("{s:o, s:i, s:o, s:i, s:o, s:o, s:s?, s:o, s:i}", "queries",
                           text(broken->queries), "begin", (int)broken->begin->number, "until",
                           broken->until ? json_integer(broken->until->number) : json_null(),
                           "seconds", (int)broken->seconds, "from", text(broken->from), "to",
                           text(broken->to), "reason", broken->reason, "at", text(broken->at),
                           "count", (int)broken->count));
    return out;
}

json_t *had_plan_json(const struct had_plan *plan, const struct had_sources *sources)
{
    json_t *steps = json_array();
    had_each(struct had_plan_step *, step, &plan->steps)
        if ((*step)->action != HAD_PLAN_NOTHING)
            json_array_append_new(steps, had_plan_step_json(*step, sources));
    return json_pack("{s:i, s:o, s:o, s:o, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}, "
                     "s:i, s:o, s:i, s:o}",
                     "version", 1, "spec", text(plan->deployment->state->spec), "lineage",
                     text(plan->deployment->state->lineage), "state", text(plan->stamp), "summary",
                     "create", (int)plan->creates, "update", (int)plan->updates, "replace",
                     (int)plan->replaces, "delete", (int)plan->deletes, "forget",
                     (int)plan->forgets, "gate", (int)plan->gates, "keep", (int)plan->kept,
                     "outside", (int)plan->outside, "refused", (int)plan->refused, "unacknowledged",
                     (int)plan->unacknowledged, "seconds", (int)plan->seconds, "breaks",
                     breaks_json(plan), "unproved", (int)plan->unproved, "steps", steps);
}

had_str had_plan_digest(const struct had_plan *plan, struct had_arena *arena)
{
    json_t *all = had_plan_json(plan, NULL);
    char *dumped = json_dumps(json_object_get(all, "steps"), JSON_COMPACT | JSON_SORT_KEYS);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_Digest(dumped ? dumped : "", dumped ? strlen(dumped) : 0, digest, &len, EVP_sha256(), NULL);
    char *hex = had_arena_alloc(arena, (size_t)len * 2 + 1);
    had_aws_hex(hex, digest, len);
    free(dumped);
    json_decref(all);
    return (had_str){hex, len * 2};
}
