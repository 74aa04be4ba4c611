/* had prove: the proofs over the resource graph, for people, for programs, and as a certificate. */
#include "cli/cli.h"

#include <stdio.h>

/* In SARIF the findings alone: what is refuted. */
static void sarif(struct had_cli *cli, struct had_compilation *c, const struct had_proof *proof,
                  struct had_buffer *out)
{
    struct had_diags diags = {.arena = &cli->arena};
    had_prove_report(proof, &diags);
    had_diags_sort(&diags);
    had_render_sarif(out, &diags, &c->sources, had_version());
}

static int status_of(const struct had_proof *proof)
{
    for (int i = 0; i < HAD_QUERY_COUNT; i++)
        if (proof->queries[i].ran && proof->queries[i].verdict == HAD_REFUTED)
            return HAD_EXIT_FINDINGS;
    return HAD_EXIT_DONE;
}

int had_cmd_prove(struct had_cli *cli)
{
    struct had_compilation c;
    had_cli_compile(cli, &c, "lower");
    if (c.unreadable || c.diags.errors || !c.graph || !c.graph->finished) {
        /* Without a graph nothing is proved: say why, in a form that is made for it. */
        if (cli->format == HAD_FORMAT_MARKDOWN)
            cli->format = HAD_FORMAT_TEXT;
        int failed = had_cli_findings(cli, &c, cli->format == HAD_FORMAT_TEXT);
        had_compilation_free(&c);
        return failed ? failed : HAD_EXIT_FINDINGS;
    }
    struct had_prove_options options = {.failures = cli->failures_stated ? cli->failures : 1};
    struct had_proof *proof = had_prove(&c.arena, c.graph, &options);
    int status = status_of(proof);
    struct had_buffer b = {0};
    if (cli->format == HAD_FORMAT_JSON)
        had_proof_json(&b, proof, &c.sources);
    else if (cli->format == HAD_FORMAT_MARKDOWN)
        had_proof_markdown(&b, proof, &c.sources);
    else if (cli->format == HAD_FORMAT_SARIF)
        sarif(cli, &c, proof, &b);
    else if (!cli->quiet || status)
        had_proof_text(&b, proof, &c.sources);
    had_cli_print(had_buffer_view(&b));
    if (cli->certificate) {
        b.len = 0;
        had_proof_certificate(&b, proof);
        if (!had_write_file(cli->certificate, had_buffer_view(&b))) {
            fprintf(stderr, "had prove: %s cannot be written\n", cli->certificate);
            status = HAD_EXIT_USAGE;
        }
    }
    had_buffer_free(&b);
    had_compilation_free(&c);
    return status;
}
