/* Proofs as findings, as text and Markdown for people, and as JSON. */
#include "prove/internal.h"

#include "diag/render.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOLD = 16 }; /* counterexamples of a query as findings; the rest is counted */

static const char *const reasons[][2] = {
    {"ROUTE_NOT_FOUND", "no route leads there"},
    {"BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND", "a route leads into nothing"},
    {"TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION", "the attachment is in no segment"},
    {"TGW_ROUTE_AZ_RESTRICTION", "the attachment has no subnet in this zone"},
    {"SUBNET_ACL_RESTRICTION", "a network ACL stops it"},
    {"ENI_SG_RULES_MISMATCH", "no security group lets it pass"},
    {"CYCLIC_PATH_DETECTED", "the way is a circle"},
    {"MAX_HOPS_EXCEEDED", "the way is too long"},
    {"BAD_STATE_ATTACHMENT", "the attachment or peering is not up"},
    {"BAD_STATE", "the device is gone"},
    {"AMBIGUOUS_ROUTE", "two networks with one range are told to one table"},
    {"WRONG_DESTINATION", "the route leads to another network"},
    {"PEERING_IS_NOT_TRANSITIVE", "a peering of networks carries what they send themselves alone"},
    {"LEAVES_TO_INTERNET", "the route leads to the internet"},
    {"DENIED_BY_APPLIANCE", "the appliance does not let it pass"},
    {"NOT_ADVERTISED", "the site is not told the way"},
    {"RULE_NOT_ASSOCIATED", "no rule for the name is associated"},
    {"SHADOWED_BY_PRIVATE_ZONE", "a private zone answers instead"},
    {"SYSTEM_RULE", "a system rule takes the name away"},
    {"RESOLVER_OFF", "the VPC Resolver is off"},
    {"TARGET_DOES_NOT_ANSWER", "the target does not answer for the name"},
    {"TARGET_IS_NO_DNS_SERVER", "the target runs no DNS"},
    {"TARGET_IS_OUTBOUND_ENDPOINT", "the target is an outbound endpoint"},
    {"DNS_LOOP", "the query comes back to where it was asked"},
    {"ONE_ZONE", "the endpoint stands in one zone"},
    {"NO_TARGET_ANSWERS", "no target is left that answers"},
    {"NO_SITE", "its range is in no site"},
    {"TWO_SITES", "its range is in two sites"},
    {"NO_CONTROLLER_IN_SITE", "no controller of its site in the Region answers"},
    {"NO_CONTROLLER_LEFT", "no controller is left"},
    {"SITE_NAMES_DIFFER", "both sides name the site differently"},
    {"LEAVES_REGION", "every way leaves the Region"},
    {"UNDECLARED_PATH", "a way leads there that no segment states"},
};

static const char *reason_text(const char *reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i][0], reason) == 0)
            return reasons[i][1];
    return "it is lost";
}

/* "88,464/tcp", or nothing. */
static had_str ports_text(const struct had_proof *proof, const struct had_counterexample *x)
{
    return x->ports.len
               ? had_str_printf(proof->arena, " on " HAD_FMT "/%s", HAD_ARG(x->ports), x->protocol)
               : (had_str){0};
}

static had_str message_of(const struct had_proof *proof, enum had_query_id id,
                          const struct had_counterexample *x)
{
    struct had_arena *a = proof->arena;
    had_str ports = ports_text(proof, x);
    had_str lost = x->failure.len ? had_str_printf(a, "without " HAD_FMT ", ", HAD_ARG(x->failure))
                                  : (had_str){0};
    const char *why = reason_text(x->reason);
    if (id == HAD_R6)
        return had_str_printf(a, "`" HAD_FMT "` to " HAD_FMT ": %s", HAD_ARG(x->from),
                              HAD_ARG(x->to), why);
    if (id == HAD_R7)
        return had_str_printf(a, "members of `" HAD_FMT "` reach `" HAD_FMT "`: %s",
                              HAD_ARG(x->from), HAD_ARG(x->to), why);
    if (id == HAD_R5 && !x->ports.len)
        return had_str_printf(a, "`" HAD_FMT "` reaches controllers by leaving the Region alone",
                              HAD_ARG(x->from));
    if (!x->ports.len && (id == HAD_R4 || strcmp(x->reason, "NO_CONTROLLER_IN_SITE") == 0))
        return had_str_printf(a, HAD_FMT "`" HAD_FMT "` has no good site in " HAD_FMT ": %s",
                              HAD_ARG(lost), HAD_ARG(x->from), HAD_ARG(x->to), why);
    if (!x->ports.len && strcmp(x->reason, "NO_CONTROLLER_LEFT") != 0)
        return had_str_printf(a, HAD_FMT "`" HAD_FMT "` does not resolve by `" HAD_FMT "`: %s",
                              HAD_ARG(lost), HAD_ARG(x->from), HAD_ARG(x->to), why);
    if (x->reply)
        return had_str_printf(
            a, HAD_FMT "replies of `" HAD_FMT "` to `" HAD_FMT "` are lost" HAD_FMT ": %s",
            HAD_ARG(lost), HAD_ARG(x->to), HAD_ARG(x->from), HAD_ARG(ports), why);
    return had_str_printf(a, HAD_FMT "`" HAD_FMT "` does not reach `" HAD_FMT "`" HAD_FMT ": %s",
                          HAD_ARG(lost), HAD_ARG(x->from), HAD_ARG(x->to), HAD_ARG(ports), why);
}

/* ---- findings ---- */

void had_prove_report(const struct had_proof *proof, struct had_diags *diags)
{
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        const struct had_query *q = &proof->queries[i];
        uint32_t told = 0;
        had_each(const struct had_counterexample, x, &q->counterexamples) {
            if (told++ == MOST_TOLD)
                break;
            struct had_diag *d =
                had_report(diags, q->code, x->span, HAD_FMT, HAD_ARG(message_of(proof, q->id, x)));
            const struct had_node *place = x->at ? x->at : x->matched;
            if (place)
                had_diag_address(d, place->object);
            d->like_it = x->count - 1;
            had_diag_note(d, "%s%s" HAD_FMT "%s", x->reason, place ? " at `" : "",
                          HAD_ARG(place ? place->address : (had_str){0}), place ? "`" : "");
            if (x->hops.count) {
                struct had_buffer b = {0};
                had_each(const struct had_hop, h, &x->hops)
                    had_buffer_printf(&b, "%s`" HAD_FMT "`", b.len ? ", " : "",
                                      HAD_ARG(h->at->address));
                had_diag_note(d, "the way: " HAD_FMT, HAD_ARG(had_buffer_view(&b)));
                had_buffer_free(&b);
            }
            had_each(const struct had_hop, h, &x->hops)
                had_diag_step(
                    d, (h->matched ? h->matched : h->at)->origin->span,
                    had_str_printf(diags->arena, "`" HAD_FMT "`%s" HAD_FMT "%s",
                                   HAD_ARG(h->at->address), h->matched ? " by `" : "",
                                   HAD_ARG(h->matched ? h->matched->address : (had_str){0}),
                                   h->matched ? "`" : ""));
            if (x->hops.count && place)
                had_diag_step(d, (x->matched ? x->matched : place)->origin->span,
                              had_str_printf(diags->arena, "lost at `" HAD_FMT "`: %s",
                                             HAD_ARG(place->address), reason_text(x->reason)));
            if (x->repair.len)
                had_diag_help(d, HAD_FMT, HAD_ARG(x->repair));
        }
        if (q->counterexamples.count > MOST_TOLD)
            had_diag_note(diags->items.items[diags->items.count - 1],
                          "and %u further counterexamples: `had prove` lists them",
                          q->counterexamples.count - MOST_TOLD);
    }
}

/* ---- text ---- */

static had_str place_text(const struct had_proof *proof, const struct had_sources *sources,
                          const struct had_node *node)
{
    const struct had_source *s =
        node && sources ? had_source_of(sources, node->origin->span) : NULL;
    if (!s)
        return (had_str){0};
    struct had_position at =
        had_source_position(sources, node->origin->span.file, node->origin->span.start);
    return had_str_printf(proof->arena, " (" HAD_FMT ":%u:%u)", HAD_ARG(s->path), at.line,
                          at.column);
}

/* Texts of a spec end in terminals: control characters are shown, not sent. */
static void put_plain(struct had_buffer *out, had_str text)
{
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool bidi = c == 0xE2 && i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0x80 &&
                    (unsigned char)text.ptr[i + 2] >= 0xAA &&
                    (unsigned char)text.ptr[i + 2] <= 0xAE;
        if (c < 0x20 || c == 0x7F ||
            (c == 0xC2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xA0) || bidi)
            had_buffer_printf(out, "\\x%02X", c);
        else
            had_buffer_char(out, (char)c);
    }
}

/* What a query was shown for; formats take members, then classes. */
static void put_scope(struct had_buffer *out, const struct had_query *q)
{
    if (q->id < HAD_F1 && !q->members) {
        had_buffer_c(out, "nothing to show");
        return;
    }
    switch (q->id) {
    case HAD_R1:
    case HAD_R5:
        had_buffer_printf(out, "%u members in %u classes", q->members, q->classes);
        break;
    case HAD_R2:
        had_buffer_printf(out, "%u pairs of controllers", q->members);
        break;
    case HAD_R3:
        had_buffer_printf(out, "%u networks and names in %u classes", q->members, q->classes);
        break;
    case HAD_R4:
        had_buffer_printf(out, "%u members and sites in %u classes", q->members, q->classes);
        break;
    case HAD_R6:
        had_buffer_printf(out, "%u routes in %u tables of hubs", q->members, q->classes);
        break;
    case HAD_R7:
        had_buffer_printf(out, "%u ways out of %u segments", q->members, q->classes);
        break;
    case HAD_F1:
        had_buffer_printf(out, "%u losses", q->classes);
        break;
    case HAD_F2:
        had_buffer_printf(out, "%u pairs, %u of them break something", q->classes,
                          q->cut_sets.count);
        break;
    case HAD_QUERY_COUNT:
        break;
    }
}

static void put_example(struct had_buffer *out, const struct had_proof *proof,
                        const struct had_sources *sources, const struct had_query *q,
                        const struct had_counterexample *x, const char *item)
{
    had_buffer_printf(out, "%s%s: ", item, q->code->code);
    put_plain(out, message_of(proof, q->id, x));
    if (x->count > 1)
        had_buffer_printf(out, " (and %u like it)", x->count - 1);
    had_buffer_c(out, "\n");
    uint32_t step = 1;
    had_each(const struct had_hop, h, &x->hops) {
        had_buffer_printf(out, "    %u. ", step++);
        put_plain(out, h->at->address);
        if (h->matched) {
            had_buffer_c(out, " by ");
            put_plain(out, h->matched->address);
        }
        put_plain(out, place_text(proof, sources, h->matched ? h->matched : h->at));
        had_buffer_c(out, "\n");
    }
    if (x->packet.len)
        had_buffer_printf(out, "    packet: " HAD_FMT "\n", HAD_ARG(x->packet));
    had_buffer_printf(out, "    lost: %s", x->reason);
    if (x->at) {
        had_buffer_c(out, " at ");
        put_plain(out, x->at->address);
        put_plain(out, place_text(proof, sources, x->at));
    }
    if (x->matched) {
        had_buffer_c(out, ", by ");
        put_plain(out, x->matched->address);
        put_plain(out, place_text(proof, sources, x->matched));
    }
    had_buffer_c(out, "\n");
    if (x->repair.len) {
        had_buffer_c(out, "    repair: ");
        put_plain(out, x->repair);
        had_buffer_c(out, "\n");
    }
}

/* What is lost together is told together. */
static void put_cuts(struct had_buffer *out, const struct had_proof *proof, const char *item)
{
    const struct had_model *m = proof->model;
    had_each(const struct had_cut, c, &proof->queries[HAD_F2].cut_sets) {
        if (m->elements.items[c->first].like != c->first ||
            m->elements.items[c->second].like != c->second)
            continue;
        had_buffer_c(out, item);
        put_plain(out, had_element_text(m, c->first));
        had_buffer_c(out, " + ");
        put_plain(out, had_element_text(m, c->second));
        had_buffer_c(out, "\n");
    }
}

static void lists(struct had_buffer *out, const struct had_proof *proof, const char *heading,
                  const char *item)
{
    const struct had_model *m = proof->model;
    uint64_t assumed = 0;
    bool unknown = false;
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        assumed |= proof->queries[i].assumed;
        unknown |= proof->queries[i].unknowns.count > 0;
    }
    if (assumed) {
        had_buffer_printf(out, "\n%sassumed\n", heading);
        for (uint32_t i = 0; i < m->assumption_count; i++)
            if (assumed >> i & 1) {
                had_buffer_c(out, item);
                for (int q = 0; q < HAD_QUERY_COUNT; q++)
                    if (proof->queries[q].assumed >> i & 1)
                        had_buffer_printf(out, "%s ", proof->queries[q].code->code);
                put_plain(out, m->assumptions[i]);
                had_buffer_c(out, "\n");
            }
    }
    if (unknown) {
        had_buffer_printf(out, "\n%sunknown\n", heading);
        for (int i = 0; i < HAD_QUERY_COUNT; i++)
            had_each(const had_str, text, &proof->queries[i].unknowns) {
                had_buffer_printf(out, "%s%s ", item, proof->queries[i].code->code);
                put_plain(out, *text);
                had_buffer_c(out, "\n");
            }
    }
    if (proof->queries[HAD_F2].ran && proof->queries[HAD_F2].cut_sets.count) {
        had_buffer_printf(out, "\n%spairs of losses that break R1 to R4\n", heading);
        put_cuts(out, proof, item);
    }
    if (proof->steps.count) {
        had_buffer_printf(out, "\n%swhen people have done\n", heading);
        had_each(const had_str, step, &proof->steps) {
            had_buffer_c(out, item);
            put_plain(out, *step);
            had_buffer_c(out, "\n");
        }
    }
}

void had_proof_text(struct had_buffer *out, const struct had_proof *proof,
                    const struct had_sources *sources)
{
    const struct had_model *m = proof->model;
    put_plain(out, m->graph->spec.len ? m->graph->spec : HAD_STR("spec"));
    had_buffer_printf(out,
                      ": %u network%s, %u controllers, %u classes of members, %u scenarios\n\n",
                      m->vpcs.count, m->vpcs.count == 1 ? "" : "s", proof->controllers,
                      proof->classes.count, proof->scenarios);
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        const struct had_query *q = &proof->queries[i];
        if (!q->ran)
            continue;
        had_buffer_printf(out, "%-8s %s  %s\n             ", had_verdict_name(q->verdict),
                          q->code->code, q->code->title);
        put_scope(out, q);
        had_buffer_c(out, "\n");
    }
    for (int i = 0; i < HAD_QUERY_COUNT; i++)
        had_each(const struct had_counterexample, x, &proof->queries[i].counterexamples) {
            had_buffer_c(out, "\n");
            put_example(out, proof, sources, &proof->queries[i], x, "");
        }
    lists(out, proof, "", "  ");
}

void had_proof_markdown(struct had_buffer *out, const struct had_proof *proof,
                        const struct had_sources *sources)
{
    had_buffer_c(out, "## Proofs\n\n| verdict | query | shown for |\n| --- | --- | --- |\n");
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        const struct had_query *q = &proof->queries[i];
        if (!q->ran)
            continue;
        had_buffer_printf(out, "| %s | %s: %s | ", had_verdict_name(q->verdict), q->code->code,
                          q->code->title);
        put_scope(out, q);
        had_buffer_c(out, " |\n");
    }
    /* Texts of the spec stand in code blocks, where no markup works; a fence in them is broken up.
     */
    struct had_buffer b = {0};
    for (int i = 0; i < HAD_QUERY_COUNT; i++)
        had_each(const struct had_counterexample, x, &proof->queries[i].counterexamples)
            put_example(&b, proof, sources, &proof->queries[i], x, "");
    lists(&b, proof, "", "  ");
    if (b.len) {
        had_buffer_c(out, "\n```text\n");
        for (size_t i = 0; i < b.len; i++) {
            bool fence = i + 2 < b.len && strncmp(b.ptr + i, "```", 3) == 0;
            had_buffer_char(out, fence ? '\'' : b.ptr[i]);
        }
        had_buffer_c(out, "```\n");
    }
    had_buffer_free(&b);
}

/* ---- JSON ---- */

static json_t *address(const struct had_node *node)
{
    return node ? had_json_text(node->address) : json_null();
}

static json_t *hop_json(const struct had_sources *sources, const struct had_hop *h)
{
    json_t *o = json_object();
    const struct had_node *node = h->matched ? h->matched : h->at;
    const struct had_source *s = sources ? had_source_of(sources, node->origin->span) : NULL;
    json_object_set_new(o, "at", address(h->at));
    json_object_set_new(o, "matched", address(h->matched));
    json_object_set_new(o, "file", s ? had_json_text(s->path) : json_null());
    json_object_set_new(o, "line",
                        s ? json_integer(had_source_position(sources, node->origin->span.file,
                                                             node->origin->span.start)
                                             .line)
                          : json_null());
    return o;
}

static json_t *example_json(const struct had_proof *proof, const struct had_sources *sources,
                            const struct had_query *q, const struct had_counterexample *x)
{
    json_t *o = json_object(), *hops = json_array();
    json_object_set_new(o, "message", had_json_text(message_of(proof, q->id, x)));
    json_object_set_new(o, "from", had_json_text(x->from));
    json_object_set_new(o, "to", had_json_text(x->to));
    json_object_set_new(o, "protocol", json_string(x->protocol));
    json_object_set_new(o, "ports", had_json_text(x->ports));
    json_object_set_new(o, "direction", json_string(x->reply ? "reply" : "request"));
    json_object_set_new(o, "packet", x->packet.len ? had_json_text(x->packet) : json_null());
    had_each(const struct had_hop, h, &x->hops)
        json_array_append_new(hops, hop_json(sources, h));
    json_object_set_new(o, "hops", hops);
    json_object_set_new(o, "dropped_at", address(x->at));
    json_object_set_new(o, "matched", address(x->matched));
    json_object_set_new(o, "reason", json_string(x->reason));
    json_object_set_new(o, "repair", had_json_text(x->repair));
    json_object_set_new(o, "count", json_integer(x->count));
    if (x->failure.len)
        json_object_set_new(o, "failure", had_json_text(x->failure));
    const struct had_source *s = sources ? had_source_of(sources, x->span) : NULL;
    if (s) {
        struct had_position at = had_source_position(sources, x->span.file, x->span.start);
        json_object_set_new(o, "file", had_json_text(s->path));
        json_object_set_new(o, "line", json_integer(at.line));
    }
    return o;
}

static void dump(struct had_buffer *out, json_t *root)
{
    char *plain = json_dumps(root, JSON_INDENT(1));
    had_buffer_c(out, plain ? plain : "{}");
    had_buffer_c(out, "\n");
    free(plain);
    json_decref(root);
}

static json_t *query_json(const struct had_proof *proof, const struct had_sources *sources,
                          const struct had_query *q)
{
    const struct had_model *m = proof->model;
    json_t *o = json_object(), *assumptions = json_array(), *examples = json_array(),
           *cuts = json_array(), *unknowns = json_array();
    for (uint32_t i = 0; i < m->assumption_count; i++)
        if (q->assumed >> i & 1)
            json_array_append_new(assumptions, had_json_text(m->assumptions[i]));
    had_each(const struct had_counterexample, x, &q->counterexamples)
        json_array_append_new(examples, example_json(proof, sources, q, x));
    had_each(const struct had_cut, c, &q->cut_sets) {
        json_t *cut = json_array();
        json_array_append_new(cut, had_json_text(m->elements.items[c->first].name));
        if (c->second != HAD_NOTHING)
            json_array_append_new(cut, had_json_text(m->elements.items[c->second].name));
        json_array_append_new(cuts, cut);
    }
    had_each(const had_str, u, &q->unknowns)
        json_array_append_new(unknowns, had_json_text(*u));
    json_object_set_new(o, "id", json_string(q->code->code));
    json_object_set_new(o, "statement", json_string(q->code->title));
    json_object_set_new(o, "verdict", json_string(had_verdict_name(q->verdict)));
    json_object_set_new(o, "classes", json_integer(q->classes));
    json_object_set_new(o, "members", json_integer(q->members));
    json_object_set_new(o, "assumptions", assumptions);
    json_object_set_new(o, "unknowns", unknowns);
    json_object_set_new(o, "counterexamples", examples);
    json_object_set_new(o, "cut_sets", cuts);
    return o;
}

void had_proof_json(struct had_buffer *out, const struct had_proof *proof,
                    const struct had_sources *sources)
{
    json_t *root = json_object(), *queries = json_array(), *steps = json_array();
    for (int i = 0; i < HAD_QUERY_COUNT; i++)
        if (proof->queries[i].ran)
            json_array_append_new(queries, query_json(proof, sources, &proof->queries[i]));
    had_each(const had_str, s, &proof->steps)
        json_array_append_new(steps, had_json_text(*s));
    json_object_set_new(root, "version", json_integer(1));
    json_object_set_new(root, "spec", had_json_text(proof->model->graph->spec));
    json_object_set_new(root, "scenarios", json_integer(proof->scenarios));
    json_object_set_new(root, "queries", queries);
    json_object_set_new(root, "steps", steps);
    dump(out, root);
}
