/* `waive CODE on OBJECTS because "…" until DATE`. */
#include "check/internal.h"
#include "schema/literal.h"

struct had_diag *had_check_unknown(struct had_check *check, had_str code, struct had_span span)
{
    struct had_diag *d = had_report(check->diags, &HAD0601, span,
                                    "`" HAD_FMT "` is no code of a rule", HAD_ARG(code));
    had_array(had_str) codes = {0};
    for (uint32_t i = 0; i < had_fact_rule_count; i++)
        *had_push(check->arena, &codes) = had_str_c(had_fact_rules[i].id);
    had_str near = had_str_nearest(code, codes.items, codes.count);
    if (near.len)
        had_diag_help(d, "did you mean `" HAD_FMT "`? `had rules` lists all", HAD_ARG(near));
    return d;
}

const struct had_object *had_check_object(const struct had_spec *spec, had_str address)
{
    const struct had_object *found = had_spec_find(spec, address);
    bool quoted = false;
    for (uint32_t i = 0; i < address.len && !found; i++) {
        if (address.ptr[i] == '\\' && quoted)
            i++;
        else if (address.ptr[i] == '"')
            quoted = !quoted;
        else if (address.ptr[i] == ':' && !quoted)
            return had_spec_find(spec, had_str_slice(address, 0, i));
    }
    return found;
}

/* One target of the `on` clause: an object, or the word `spec` (also the spec's object) for all. */
static bool covers(const struct had_value *target, const struct had_object *object)
{
    if (target->tag == HAD_VALUE_TEXT)
        return true;
    if (target->tag != HAD_VALUE_REF || !target->object)
        return false;
    return had_is(target->object, "spec") || (object && had_object_within(object, target->object));
}

static bool matches(const struct had_spec *spec, const struct had_object *waiver,
                    const struct had_diag *d)
{
    const struct had_object *object = had_check_object(spec, d->address);
    struct had_value_list targets = had_get_list(waiver, "on");
    for (uint32_t i = 0; i < targets.count; i++)
        if (covers(&targets.items[i], object))
            return true;
    return false;
}

static bool has_run(const struct had_map *ran, const struct had_code *code)
{
    const struct had_rule *rule = had_rule_find(had_str_c(code->code));
    return !rule || had_map_get(ran, (uintptr_t)rule); /* language codes always have */
}

typedef had_array(struct had_diag *) had_findings;

/* Findings that may be waived, by their code: a waiver looks at those of its own. */
static struct had_map by_code(struct had_check *check)
{
    struct had_map out = {0}; /* code → had_findings */
    had_each(struct had_diag *, d, &check->diags->items) {
        if ((*d)->code->hard)
            continue;
        const uint64_t *found = had_map_get(&out, (uintptr_t)(*d)->code);
        had_findings *list =
            found ? (had_findings *)(uintptr_t)*found : had_new(check->arena, had_findings);
        if (!found)
            had_map_put(check->arena, &out, (uintptr_t)(*d)->code, (uintptr_t)list);
        *had_push(check->arena, list) = *d;
    }
    return out;
}

void had_check_waive(struct had_check *check, const struct had_map *ran, bool ignore, bool broken)
{
    const struct had_spec *spec = check->spec;
    if (!had_spec_kind(spec, "waive")->count)
        return;
    const struct had_map all = by_code(check); /* those of the waivers themselves come behind */
    had_each_object(waiver, had_spec_kind(spec, "waive")) {
        if (waiver->subject.tag != HAD_VALUE_TEXT)
            continue;
        had_str name = waiver->subject.text;
        const struct had_code *code = had_check_code(name);
        struct had_diag *d = NULL;
        if (!code && had_fact_rule_find(name))
            continue; /* a rule that this version does not evaluate */
        if (!code) {
            d = had_check_unknown(check, name, waiver->subject.span);
            had_diag_address(d, waiver->address);
            continue;
        }
        if (code->hard) {
            d = had_report(check->diags, &HAD0604, waiver->subject.span,
                           "`" HAD_FMT "` cannot be waived", HAD_ARG(name));
            had_diag_note(d, "%s", code->why);
            had_diag_address(d, waiver->address);
            continue;
        }
        const struct had_value *until = had_get(waiver, "until");
        bool expired = until->tag == HAD_VALUE_INT && until->number < spec->as_of;
        uint32_t used = 0;
        const uint64_t *own = had_map_get(&all, (uintptr_t)code);
        const had_findings none = {0},
                           *findings = own ? (const had_findings *)(uintptr_t)*own : &none;
        had_each(struct had_diag *, finding, findings) {
            if (!matches(spec, waiver, *finding))
                continue;
            used++;
            if (!expired && !ignore)
                had_diag_waive(*finding, had_get_text(waiver, "because"));
        }
        if (expired) {
            d = had_report(check->diags, &HAD0603, until->span,
                           "the waiver of `" HAD_FMT "` ended on " HAD_FMT, HAD_ARG(name),
                           HAD_ARG(had_date_text(check->arena, until->number)));
            had_diag_help(d, used ? "put right what it excused, or agree on a new date"
                                  : "delete it: nothing needs it any more");
        } else if (!used && !broken && has_run(ran, code)) {
            d = had_report(check->diags, &HAD0602, waiver->subject.span,
                           "the waiver of `" HAD_FMT "` covers no finding", HAD_ARG(name));
        }
        if (d)
            had_diag_address(d, waiver->address);
    }
}
