/* Gates: what people are asked, what a probe answers, and the evidence that is kept. */
#ifndef HAD_APPLY_GATE_H
#define HAD_APPLY_GATE_H

#include "plan/plan.h"

/* What of a gate stands in the state: another instruction opens it again. A new reference. */
json_t *had_gate_applied(const json_t *desired);
/* {how, at}: `probe` or `confirmed`. A new reference. */
json_t *had_gate_evidence(const char *how, int64_t wall);
/* "OWNER: INSTRUCTION (WHERE)" */
had_str had_gate_text(struct had_arena *arena, const json_t *desired);

/*
 * A driver that makes the gate's probe, and the record to run it with; NULL where only a person can
 * tell. The driver's JSON belongs to the record's `applied`.
 */
struct had_record *had_gate_probe_of(struct had_deployment *deployment, const struct had_node *node,
                                  const json_t *desired, struct had_driver *driver);
/* Whether the answer of the probe holds what is expected: "Key = value, Key = value" in one object. */
bool had_gate_answered(const json_t *desired, const json_t *live);

#endif
