/*
 * Faults that no spec can state: one node of a finished graph is taken away, and the proofs must
 * say what is missing, where. graph_faults SPEC; each row has a near miss, another node without
 * which all holds.
 */
#include "driver/compile.h"

#include <stdio.h>
#include <string.h>

struct fault {
    const char *gone;                /* a node; or "rules of NODE", every rule of a group */
    const char *query, *reason, *at; /* `at` NULL: proved all the same, a near miss */
};

static const struct fault faults[] = {
    {"spoke shared:propagation[hub core,segment workloads]", "R1", "ROUTE_NOT_FOUND",
     "hub core/segment workloads:table"},
    /* Members of the forest still reach the controllers on-premises, but none of their site. */
    {"spoke web-prod.main:propagation[hub core,segment shared]", "R4", "ROUTE_NOT_FOUND",
     "hub core/segment shared:table"},
    {"spoke web-prod.main:propagation[hub core,segment on-premises]", "R4", NULL, NULL},
    {"spoke erp.main:association[hub core]", "R1", "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
     "spoke erp.main:attachment[hub core]"},
    {"spoke shared:attachment[hub core]", "R2", "BLACKHOLE_ROUTE_FOR_DESTINATION_FOUND",
     "spoke shared/subnet directory-a:subnet"},
    {"spoke erp.main/subnet app[a]:route[10.17.0.0/20]", "R1", "ROUTE_NOT_FOUND",
     "spoke erp.main/subnet app[a]:subnet"},
    {"spoke erp.main/subnet app[a]:route[192.168.0.0/16]", "R1", NULL, NULL},
    {"spoke shared/subnet directory-b:table-association", "R2", "ROUTE_NOT_FOUND",
     "spoke shared/subnet directory-b:subnet"},
    {"direct-connect-gateway direct-connect[network]:association[hub core]", "R2",
     "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
     "direct-connect-gateway direct-connect[network]:attachment[hub core]"},
    {"direct-connect-gateway direct-connect[network]:propagation[hub core,segment shared]", "R2",
     "ROUTE_NOT_FOUND", "hub core/segment shared:table"},
    {"direct-connect-gateway direct-connect[network]:hub[hub core]", "R2", "NOT_ADVERTISED",
     "site dublin:site"},
    {"link dx-1:learned[192.168.0.0/16]", "F1", NULL, NULL},
    {"directory aws:group", "R2", "ENI_SG_RULES_MISMATCH", "directory aws:directory"},
    /* A directory's group as AWS makes it: its own VPC comes in, and nobody else. */
    {"rules of directory aws:group", "R1", "ENI_SG_RULES_MISMATCH", "directory aws:directory"},
    {"rules of spoke erp.main:group[endpoints]", "R1", NULL, NULL},
    {"spoke endpoints/resolver outbound/forward \"aws.example.com\":association[spoke erp.main]",
     "R3", "RULE_NOT_ASSOCIATED", "spoke erp.main:vpc"},
    {"spoke endpoints/resolver outbound/forward \"aws.example.com\":association[spoke "
     "web-test.main]",
     "R3", NULL, NULL},
    {"site dublin:server[dc1]", "R3", NULL, NULL},
};

/* Takes the node away, or the rules of the group that it is; false if there is none. */
static bool take(struct had_graph *g, const char *gone)
{
    static const char rules_of[] = "rules of ";
    bool rules = strncmp(gone, rules_of, sizeof rules_of - 1) == 0, any = false;
    const struct had_node *group =
        had_graph_find(g, had_str_c(rules ? gone + sizeof rules_of - 1 : gone));
    for (uint32_t i = 0; group && i < g->nodes.count; i++) {
        struct had_node *node = g->nodes.items[i];
        const struct had_prop *of = rules ? had_node_get(node, "GroupId") : NULL;
        if (rules ? !of || of->tag != HAD_PROP_READ || of->read.node != group : node != group)
            continue;
        node->type = NULL;
        node->type_name = HAD_STR("gone");
        any = true;
    }
    return any;
}

static bool run(const char *spec, const struct fault *f)
{
    struct had_compilation c;
    bool good = false;
    had_compile(&c, &(struct had_compile_options){.path = had_str_c(spec), .stop_after = "lower"});
    if (!c.graph || !take(c.graph, f->gone)) {
        printf("%s is not in the graph\n", f->gone);
        had_compilation_free(&c);
        return false;
    }
    struct had_proof *proof =
        had_prove(&c.arena, c.graph, &(struct had_prove_options){.failures = 1});
    for (int i = 0; i < HAD_QUERY_COUNT; i++) {
        const struct had_query *q = &proof->queries[i];
        if (strcmp(q->code->code, f->query) != 0)
            continue;
        if (!f->at)
            good = q->verdict != HAD_REFUTED;
        had_each(const struct had_counterexample, x, &q->counterexamples) {
            if (f->at && strcmp(x->reason, f->reason) == 0 && x->at &&
                had_str_is(x->at->address, f->at))
                good = true;
            else if (!good)
                printf("  %s %s at " HAD_FMT "\n", f->query, x->reason,
                       HAD_ARG(x->at ? x->at->address : HAD_STR("nowhere")));
        }
    }
    if (!good)
        printf("without %s: %s %s at %s is not found\n", f->gone, f->query,
               f->reason ? f->reason : "(nothing)", f->at ? f->at : "(nowhere)");
    had_compilation_free(&c);
    return good;
}

int main(int argc, char **argv)
{
    unsigned failed = 0, count = sizeof faults / sizeof *faults;
    if (argc != 2)
        return 2;
    for (unsigned i = 0; i < count; i++)
        failed += !run(argv[1], &faults[i]);
    printf("%u faults, %u failed\n", count, failed);
    return failed != 0;
}
