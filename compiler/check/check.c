/*
 * The runner: which rules apply, their findings, the severity policy of the spec, waivers, and
 * folding of equal findings over many objects.
 */
#include "check/internal.h"
#include "prove/prove.h"

#include <string.h>

#define RULE(id) extern const struct had_rule had_rule_##id;
#include "check/rules.def"
#undef RULE

const struct had_rule *const had_rules[] = {
#define RULE(id) &had_rule_##id,
#include "check/rules.def"
#undef RULE
    NULL};

const struct had_rule *had_rule_find(had_str code)
{
    for (const struct had_rule *const *rule = had_rules; *rule; rule++)
        if (had_str_is(code, (*rule)->code.code))
            return *rule;
    return NULL;
}

const struct had_code *had_check_code(had_str code)
{
    const struct had_rule *rule = had_rule_find(code);
    if (rule)
        return &rule->code;
    for (const struct had_code *const *c = had_language_codes; *c; c++)
        if (had_str_is(code, (*c)->code))
            return *c;
    for (const struct had_code *const *c = had_prove_codes; *c; c++)
        if (had_str_is(code, (*c)->code))
            return *c;
    return NULL;
}

struct had_diag *had_rule_report(struct had_check *check, const struct had_object *object,
                                 struct had_span span, const char *format, ...)
{
    if (!had_span_known(span) && object)
        span = object->span;
    va_list args;
    va_start(args, format);
    had_str message = had_str_vprintf(check->arena, format, args);
    va_end(args);
    struct had_diag *d =
        had_report(check->diags, &check->rule->code, span, HAD_FMT, HAD_ARG(message));
    if (object)
        had_diag_address(d, object->address);
    return d;
}

/* ---- severity policy: `severities { DC001 = warning, SSO020 = off }` ---- */

static const struct had_value_entry *policy_entry(const struct had_spec *spec, const char *code)
{
    if (!spec->self)
        return NULL;
    const struct had_value *policy = had_get(spec->self, "severities");
    if (policy->tag != HAD_VALUE_MAP)
        return NULL;
    for (uint32_t i = 0; i < policy->map.count; i++)
        if (had_str_is(policy->map.entries[i].key, code) &&
            policy->map.entries[i].value->tag == HAD_VALUE_TEXT)
            return &policy->map.entries[i];
    return NULL;
}

static bool severity_of(had_str word, enum had_severity *out)
{
    for (int s = HAD_INFO; s <= HAD_ERROR; s++) {
        if (had_str_is(word, had_severity_name((enum had_severity)s))) {
            *out = (enum had_severity)s;
            return true;
        }
    }
    return false;
}

/* A `##` comment on the line above the entry, or behind it on its own line. */
static bool has_reason(const struct had_spec *spec, struct had_span key)
{
    struct had_position at = had_source_position(spec->sources, key.file, key.start);
    had_str line = had_source_line(spec->sources, key.file, at.line);
    for (uint32_t i = 0; i + 1 < line.len; i++)
        if (line.ptr[i] == '#' && line.ptr[i + 1] == '#')
            return true;
    return at.line > 1 &&
           had_str_starts(had_str_trim(had_source_line(spec->sources, key.file, at.line - 1)),
                          "##");
}

static void check_policy(struct had_check *check)
{
    const struct had_spec *spec = check->spec;
    const struct had_value *policy = spec->self ? had_get(spec->self, "severities") : NULL;
    if (!policy || policy->tag != HAD_VALUE_MAP)
        return;
    for (uint32_t i = 0; i < policy->map.count; i++) {
        const struct had_value_entry *entry = &policy->map.entries[i];
        if (entry->value->tag != HAD_VALUE_TEXT)
            continue;
        struct had_diag *d = NULL;
        const struct had_code *code = had_check_code(entry->key);
        enum had_severity severity;
        bool off = !severity_of(entry->value->text, &severity);
        if (!code && !had_fact_rule_find(entry->key)) {
            d = had_check_unknown(check, entry->key, entry->key_span);
        } else if (code && code->hard && (off || severity < code->severity)) {
            d = had_report(check->diags, &HAD0605, entry->value->span,
                           "`" HAD_FMT "` stays an error", HAD_ARG(entry->key));
            had_diag_note(d, "%s", code->why);
        } else if (off && !has_reason(spec, entry->key_span)) {
            d = had_report(check->diags, &HAD0606, entry->key_span,
                           "`" HAD_FMT "` is switched off without saying why", HAD_ARG(entry->key));
        }
        if (d)
            had_diag_address(d, spec->self->address);
    }
}

static void apply_policy(struct had_check *check)
{
    struct had_diags *diags = check->diags;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        const struct had_value_entry *entry =
            d->code->hard ? NULL : policy_entry(check->spec, d->code->code);
        enum had_severity severity;
        if (entry && severity_of(entry->value->text, &severity)) {
            had_diag_severity(d, severity);
        } else if (entry) { /* off: a language warning; rules that are off have not run */
            had_diag_severity(d, HAD_INFO);
            continue;
        }
        diags->items.items[kept++] = d;
    }
    diags->items.count = kept;
}

static bool is_off(const struct had_spec *spec, const struct had_rule *rule)
{
    const struct had_value_entry *entry = policy_entry(spec, rule->code.code);
    enum had_severity severity;
    return entry && !rule->code.hard && !severity_of(entry->value->text, &severity);
}

/* ---- folding ---- */

/*
 * One statement may make many objects (a loop, a module): what is wrong with it is said once, with
 * the number of further objects. Findings are equal if code, place and waiver are; the second
 * finding about one object is another finding.
 */
static void fold(struct had_check *check)
{
    struct had_diags *diags = check->diags;
    struct had_symbols keys;
    had_symbols_init(&keys, check->arena);
    struct had_map kept_at = {0}, seen = {0};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        if (had_span_known(d->span) && d->address.len) {
            had_str place = had_str_printf(check->arena, "%s %u %u %u %d", d->code->code,
                                           d->span.file, d->span.start, d->span.end, d->is_waived);
            had_sym own = had_intern(&keys, had_str_printf(check->arena, HAD_FMT " " HAD_FMT,
                                                           HAD_ARG(place), HAD_ARG(d->address)));
            uint64_t *times = had_map_get(&seen, own);
            uint64_t nth = times ? *times : 0;
            had_map_put(check->arena, &seen, own, nth + 1);
            had_sym group = had_intern(
                &keys, had_str_printf(check->arena, HAD_FMT " #%u", HAD_ARG(place), (unsigned)nth));
            uint64_t *like = had_map_get(&kept_at, group);
            if (like) {
                struct had_diag *same = diags->items.items[*like];
                same->like_it += 1 + d->like_it;
                if (d->severity == HAD_ERROR && !d->is_waived)
                    diags->errors--;
                continue;
            }
            had_map_put(check->arena, &kept_at, group, kept);
        }
        diags->items.items[kept++] = d;
    }
    diags->items.count = kept;
}

/* ---- modules ---- */

/* What stands in a module was asked for by a use of it: that place is the reader's own. */
static void tell_uses(struct had_check *check)
{
    had_each(struct had_diag *, at, &check->diags->items) {
        struct had_diag *d = *at;
        const struct had_object *object =
            d->address.len ? had_check_object(check->spec, d->address) : NULL;
        const struct had_instance *use = object ? object->instance : NULL;
        while (use && use->parent)
            use = use->parent;
        if (!use)
            continue;
        bool told = d->span.file == use->span.file && d->span.start >= use->span.start &&
                    d->span.start < use->span.end;
        for (uint32_t i = 0; i < d->labels.count && !told; i++)
            told = d->labels.items[i].span.file == use->span.file &&
                   d->labels.items[i].span.start >= use->span.start &&
                   d->labels.items[i].span.start < use->span.end;
        if (!told)
            had_diag_label(d, use->span, "made by this use of the module");
    }
}

/* ---- consequences ---- */

static bool is_error(const struct had_diag *d)
{
    return d->severity == HAD_ERROR && !d->is_waived;
}

/*
 * Where a rule reports an error, what lowering, the back ends and the graph said (07xx, 08xx, 09xx)
 * is mostly the same cause in other words: it is left out until the rules are content. Texts that
 * must not be written are told in any case.
 */
static bool may_follow(const char *code)
{
    static const char *const texts[] = {"HAD0807", "HAD0810", "HAD0811", "HAD0817"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(code, texts[i]) == 0)
            return false;
    return strncmp(code, "HAD07", 5) == 0 || strncmp(code, "HAD08", 5) == 0 ||
           strncmp(code, "HAD09", 5) == 0;
}

static void drop_consequences(struct had_diags *diags)
{
    bool rules = false;
    had_each(struct had_diag *, d, &diags->items)
        rules |= is_error(*d) && strncmp((*d)->code->code, "HAD", 3) != 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; rules && i < diags->items.count; i++) {
        struct had_diag *d = diags->items.items[i];
        if (is_error(d) && may_follow(d->code->code))
            diags->errors--;
        else
            diags->items.items[kept++] = d;
    }
    if (rules)
        diags->items.count = kept;
}

/* ---- the run ---- */

uint32_t had_check_run(struct had_arena *arena, const struct had_spec *spec,
                       const struct had_graph *graph, struct had_diags *diags,
                       const struct had_check_options *options)
{
    struct had_arena lasting = {0};
    struct had_check check = {
        .arena = arena, .lasting = &lasting, .spec = spec, .graph = graph, .diags = diags};
    bool broken = diags->errors > 0; /* waivers that match nothing may do so for that reason */
    enum had_phase phase = HAD_PHASE_WORKLOADS;
    had_phase_find(had_str_c(spec->phase), &phase);
    struct had_map ran = {0};
    uint32_t silent = 0;
    for (const struct had_rule *const *rule = had_rules; *rule; rule++) {
        if (is_off(spec, *rule) || ((*rule)->opt_in && !policy_entry(spec, (*rule)->code.code)))
            continue;
        if ((*rule)->phase > phase) {
            silent++;
            continue;
        }
        if ((*rule)->needs_graph && !graph)
            continue;
        struct had_arena scratch = {0};
        check.rule = *rule;
        check.arena = &scratch;
        (*rule)->run(&check);
        had_arena_free(&scratch);
        had_map_put(arena, &ran, (uintptr_t)*rule, 1);
    }
    check.rule = NULL;
    check.arena = arena;
    apply_policy(&check);
    had_check_waive(&check, &ran, options && options->no_waivers, broken);
    drop_consequences(diags);
    fold(&check);
    tell_uses(&check);
    check_policy(&check);
    had_arena_free(&lasting);
    return silent;
}
