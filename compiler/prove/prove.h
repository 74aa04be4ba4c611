/*
 * Proofs over the resource graph: that members reach their controllers, controllers each other,
 * that names resolve, sites fit, traffic stays in the Region, no route leads nowhere, segments stay
 * apart, and that all of it survives what may fail. `proved` means for every address and port
 * concerned; `assumed` names what it rests on; what the model does not know is `unknown`, never
 * proved.
 *
 *     struct had_proof *proof = had_prove(arena, graph, &(struct had_prove_options){.failures =
 * 1}); had_prove_report(proof, diags);
 */
#ifndef HAD_PROVE_PROVE_H
#define HAD_PROVE_PROVE_H

#include "diag/diag.h"
#include "prove/walk.h"

enum had_verdict { HAD_PROVED, HAD_REFUTED, HAD_ASSUMED, HAD_UNKNOWN };
const char *had_verdict_name(enum had_verdict verdict);

enum had_query_id {
    HAD_R1,
    HAD_R2,
    HAD_R3,
    HAD_R4,
    HAD_R5,
    HAD_R6,
    HAD_R7,
    HAD_F1,
    HAD_F2,
    HAD_QUERY_COUNT
};

struct had_counterexample {
    had_str from, to, ports; /* "88,464"; empty where it is not about ports */
    const char *protocol;    /* "tcp", "udp" or "" */
    bool reply;
    had_str packet; /* the one that is lost: "10.1.0.4 to 10.2.0.10:88/tcp"; may be empty */
    had_array(struct had_hop) hops;
    const struct had_node *at, *matched; /* where it ends, and by what */
    struct had_span span;                /* of the finding */
    const char *reason;
    had_str message, repair, failure; /* failure: what is gone, of F1 */
    uint32_t count;                   /* members like it, itself included */
};

struct had_cut {
    uint32_t first, second; /* elements; second HAD_NOTHING for one alone */
};

struct had_query {
    enum had_query_id id;
    const struct had_code *code;
    enum had_verdict verdict;
    uint32_t classes, members; /* what it was shown for */
    uint64_t assumed;
    bool unknown;
    had_array(had_str) unknowns; /* why, where it is unknown */
    had_array(struct had_counterexample) counterexamples;
    had_array(struct had_cut) cut_sets;
    bool ran;
};

/* A class: hosts for which every input of a verdict is equal. */
struct had_class {
    uint32_t first; /* host */
    had_indexes members;
    bool refuted;
    uint32_t via; /* controller that serves it, without failures */
};

struct had_partner { /* R2: `from` reaches `to` on these ports */
    uint32_t from, to;
    uint64_t ports;
    bool refuted;
};

struct had_need { /* R3: a VPC, and others like it, resolve a domain */
    uint32_t vpc, domain, count;
    had_indexes vpcs; /* all of them */
};
typedef had_array(struct had_need) had_needs;

struct had_placed { /* R4: the site that a member is in */
    uint32_t member;
    had_str site;
    const struct had_msite_subnet *by;
};

struct had_proof {
    struct had_arena *arena;
    struct had_model *model;
    struct had_query queries[HAD_QUERY_COUNT];
    had_array(struct had_class) classes;
    had_array(struct had_partner) partners;
    had_needs needs;
    had_array(struct had_placed) placed;
    uint32_t scenarios, controllers;
    struct had_map lost;      /* of R6: ranges of tables that were looked at */
    had_array(had_str) steps; /* what people do first, and the proofs rely on */
};

struct had_prove_options {
    unsigned failures; /* 0, 1 or 2 */
    bool no_classes;   /* every member by itself: to test the classes */
};

struct had_proof *had_prove(struct had_arena *arena, const struct had_graph *graph,
                            const struct had_prove_options *options);

/* Refuted queries as findings. */
void had_prove_report(const struct had_proof *proof, struct had_diags *diags);

extern const struct had_code *const had_prove_codes[]; /* by query, NULL at the end */

/* ---- forms (report.c) ---- */
void had_proof_text(struct had_buffer *out, const struct had_proof *proof,
                    const struct had_sources *sources);
void had_proof_markdown(struct had_buffer *out, const struct had_proof *proof,
                        const struct had_sources *sources);
void had_proof_json(struct had_buffer *out, const struct had_proof *proof,
                    const struct had_sources *sources);
/* What an independent program needs to replay R1 to R4 over `had graph --resources --format json`.
 */
void had_proof_certificate(struct had_buffer *out, struct had_proof *proof);

#endif
