#include "direct/direct.h"
#include "direct/orphans.h"

#include "diag/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_plan(struct had_session *s, const struct had_plan *plan)
{
    if (s->cli->format == HAD_FORMAT_JSON) {
        had_print_json(had_plan_json(plan, &s->compilation.sources));
        return;
    }
    struct had_buffer b = {0};
    struct had_plan_style style = {.sources = &s->compilation.sources,
                                   .colour = had_cli_colour(s->cli, 1),
                                   .verbose = s->cli->verbose};
    had_plan_text(&b, plan, &style);
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
}

/* ---- saved plans ---- */

static json_t *texts(const char *const *items, uint32_t count)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(out, json_string(items[i]));
    return out;
}

static json_t *saved(struct had_session *s, const struct had_plan *plan)
{
    const struct had_cli *cli = s->cli;
    json_t *variables = json_object();
    char name[256];
    for (uint32_t i = cli->variables.count; i-- > 0;) {
        const struct had_variable *v = &cli->variables.items[i];
        snprintf(name, sizeof name, HAD_FMT, HAD_ARG(v->name));
        json_object_set_new(variables, name, json_stringn(v->text.ptr, v->text.len));
    }
    had_str digest = had_plan_digest(plan, &s->arena);
    return json_pack("{s:s, s:i, s:s, s:o, s:s?, s:s?, s:o, s:o, s:o, s:s%, s:s%, s:o}", "kind",
                     "had-plan", "version", 1, "path",
                     cli->operands.count ? cli->operands.items[0] : ".", "variables", variables,
                     "phase", cli->phase, "state-url", cli->state, "targets",
                     texts(cli->targets.items, cli->targets.count), "replace",
                     texts(cli->replace.items, cli->replace.count), "acknowledge",
                     texts(cli->acknowledge.items, cli->acknowledge.count), "state",
                     plan->stamp.ptr, (size_t)plan->stamp.len, "digest", digest.ptr,
                     (size_t)digest.len, "plan", had_plan_json(plan, &s->compilation.sources));
}

static int save(struct had_session *s, const struct had_plan *plan)
{
    json_t *document = saved(s, plan);
    char *text = json_dumps(document, JSON_INDENT(1));
    bool written = text && had_write_file(s->cli->output, had_str_c(text));
    free(text);
    json_decref(document);
    return written ? HAD_EXIT_DONE : HAD_EXIT_USAGE;
}

static void take_texts(struct had_cli *cli, const json_t *list, const char ***items,
                       uint32_t *count)
{
    *items = had_new_n(&cli->arena, const char *, json_array_size(list) + 1);
    *count = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        (*items)[(*count)++] =
            had_str_cstr(&cli->arena, had_str_c(json_string_value(json_array_get(list, i))));
}

/* A saved plan's options become the command's; NULL where the operand is none. */
static json_t *load(struct had_cli *cli)
{
    const char *path = cli->operands.count ? cli->operands.items[0] : ".";
    if (!had_str_ends(had_str_c(path), ".json"))
        return NULL;
    json_error_t error;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *kind = json_string_value(json_object_get(document, "kind"));
    if (!kind || strcmp(kind, "had-plan") != 0) {
        json_decref(document);
        return NULL;
    }
    const char *key;
    json_t *value;
    cli->operands.items[0] =
        had_str_cstr(&cli->arena, had_str_c(json_string_value(json_object_get(document, "path"))));
    cli->phase = json_string_value(json_object_get(document, "phase"));
    if (!cli->state)
        cli->state = json_string_value(json_object_get(document, "state-url"));
    cli->variables.count = 0;
    json_object_foreach(json_object_get(document, "variables"), key, value)
        had_variable_add(cli, had_str_c(key), had_str_c(json_string_value(value)));
    take_texts(cli, json_object_get(document, "targets"), &cli->targets.items, &cli->targets.count);
    take_texts(cli, json_object_get(document, "replace"), &cli->replace.items, &cli->replace.count);
    take_texts(cli, json_object_get(document, "acknowledge"), &cli->acknowledge.items,
               &cli->acknowledge.count);
    return document;
}

/* True if the plan is what was saved; else says why not. */
static bool still_the_same(struct had_session *s, const json_t *document,
                           const struct had_plan *plan)
{
    had_str digest = had_plan_digest(plan, &s->arena);
    const char *stamp = json_string_value(json_object_get(document, "state"));
    const char *was = json_string_value(json_object_get(document, "digest"));
    if (!stamp || !had_str_is(plan->stamp, stamp)) {
        fprintf(stderr, "had apply: the state has moved since the plan was saved: plan again\n");
        return false;
    }
    if (!was || !had_str_is(digest, was)) {
        fprintf(stderr, "had apply: spec or objects are no longer what they were when the plan was "
                        "saved: plan again\n");
        return false;
    }
    return true;
}

/* ---- plan ---- */

int had_cmd_plan(struct had_cli *cli)
{
    struct had_session s;
    if (cli->engines.count)
        return had_engine_run(cli, false);
    if (cli->refresh_only && (cli->output || cli->no_refresh || cli->replace.count)) {
        fprintf(stderr, "had plan: --refresh-only only reads: there is nothing to save, to believe "
                        "or to make anew\n");
        return HAD_EXIT_USAGE;
    }
    int status = had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD);
    struct had_plan *plan = status == HAD_EXIT_DONE ? had_session_plan(&s) : NULL;
    if (plan) {
        bool differs = !had_plan_empty(plan);
        if (cli->refresh_only)
            differs = had_session_print_drift(&s, plan);
        else
            print_plan(&s, plan);
        status = had_session_stopped(&s)             ? HAD_EXIT_STOPPED
                 : plan->refused                     ? HAD_EXIT_FINDINGS
                 : cli->detailed_exitcode && differs ? 2
                                                     : HAD_EXIT_DONE;
        if (cli->output && save(&s, plan) != HAD_EXIT_DONE)
            status = HAD_EXIT_USAGE;
        had_plan_free(plan);
    } else if (status == HAD_EXIT_DONE) {
        status = had_session_stopped(&s) ? HAD_EXIT_STOPPED : HAD_EXIT_FINDINGS;
    }
    status = had_session_close(&s, status);
    bool failed = !plan && status != HAD_EXIT_STOPPED;
    return cli->detailed_exitcode && failed ? HAD_EXIT_FINDINGS : status;
}

/* ---- apply and destroy ---- */

static void print_event(void *context, const struct had_event *event)
{
    struct had_session *s = context;
    const struct had_plan_step *step = event->step;
    const char *action = had_step_action_name(step->action);
    if (s->cli->format == HAD_FORMAT_JSON) {
        json_t *line = had_event_json(event, &s->compilation.sources);
        json_dumpf(line, stdout, JSON_COMPACT);
        putchar('\n');
        fflush(stdout);
        json_decref(line);
        return;
    }
    if (event->end == HAD_END_BLOCKED || event->end == HAD_END_STOPPED ||
        (event->end == HAD_END_WAITING && step->action != HAD_PLAN_GATE) ||
        (event->end == HAD_END_OPEN && step->seconds < 30))
        return; /* what waits for another is counted in the end */
    struct had_buffer b = {0};
    had_buffer_printf(&b, "[%u/%u] ", event->done, event->all);
    had_buffer_c(&b, event->end == HAD_END_OPEN ? "begins: " : "");
    had_buffer_c(&b, event->end == HAD_END_FAILED ? "FAILED: " : "");
    had_buffer_c(&b, event->end == HAD_END_WAITING ? "waits: " : "");
    had_buffer_c(&b, action);
    had_buffer_c(&b, " ");
    had_buffer_safe(&b, step->address);
    if (event->end == HAD_END_DONE && event->took_ms >= 1000)
        had_buffer_printf(&b, " (%lld s)", (long long)(event->took_ms / 1000));
    if (event->error.len && event->end != HAD_END_DONE) {
        had_buffer_c(&b, "\n    ");
        had_buffer_safe(&b, event->error);
        if (step->node && event->end == HAD_END_FAILED) {
            struct had_place place =
                had_place_of(&s->compilation.sources, step->node->origin->span);
            had_buffer_c(&b, "\n    at ");
            had_buffer_safe(&b, place.file);
            had_buffer_printf(&b, ":%u:%u", place.start.line, place.start.column);
        }
    }
    had_buffer_c(&b, "\n");
    had_cli_print(had_buffer_view(&b));
    fflush(stdout);
    had_buffer_free(&b);
}

static int outcome_of(const struct had_session *s, const struct had_apply *apply)
{
    if (apply->error.len) {
        fprintf(stderr, "had %s: " HAD_FMT "\n", s->cli->command, HAD_ARG(apply->error));
        return HAD_EXIT_FINDINGS;
    }
    if (apply->stopped)
        return HAD_EXIT_STOPPED;
    if (apply->failed || apply->blocked)
        return HAD_EXIT_FINDINGS;
    return apply->waiting ? HAD_EXIT_GATE : HAD_EXIT_DONE;
}

static void summarize(const struct had_session *s, const struct had_apply *apply)
{
    if (s->cli->format == HAD_FORMAT_JSON) {
        json_t *report = had_apply_json(apply, &s->compilation.sources);
        json_object_set_new(report, "event", json_string("report"));
        json_dumpf(report, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(report);
        return;
    }
    struct had_buffer b = {0};
    had_buffer_printf(
        &b, "\n%u done, %u failed, %u blocked, %u waiting for people, %u stopped; %llu calls\n",
        apply->done, apply->failed, apply->blocked, apply->waiting, apply->stopped,
        (unsigned long long)apply->calls);
    had_each(struct had_plan_step *, at, &apply->plan->steps) {
        const struct had_plan_step *step = *at;
        if (apply->ends[step->number] != HAD_END_WAITING || step->action != HAD_PLAN_GATE)
            continue;
        had_buffer_c(&b, "waits for: --confirm '");
        had_buffer_safe(&b, step->address);
        had_buffer_c(&b, "'\n");
    }
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
}

static int carry_out(struct had_session *s, struct had_plan *plan)
{
    if (plan->refused || plan->unacknowledged) {
        fprintf(stderr, "had %s: %s; nothing was done\n", s->cli->command,
                plan->refused ? "steps are refused"
                              : "steps lose something and nobody acknowledged it");
        return HAD_EXIT_FINDINGS;
    }
    if (plan->steps.count == 0)
        return HAD_EXIT_DONE;
    bool changes = !had_plan_empty(plan);
    if (changes && !had_session_ask(s, s->deployment.destroy ? "Destroy this?" : "Do this?"))
        return HAD_EXIT_USAGE;
    struct had_apply apply = {.plan = plan, .event = print_event, .context = s};
    had_apply_run(&apply);
    if (changes)
        summarize(s, &apply);
    return outcome_of(s, &apply);
}

static int run(struct had_cli *cli, bool destroy)
{
    struct had_session s;
    json_t *document = destroy ? NULL : load(cli);
    unsigned needs = HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD | HAD_NEEDS_WRITE;
    int status = had_session_open(&s, cli, needs);
    s.deployment.destroy = destroy;
    struct had_plan *plan = status == HAD_EXIT_DONE ? had_session_plan(&s) : NULL;
    if (!plan) {
        status = status != HAD_EXIT_DONE   ? status
                 : had_session_stopped(&s) ? HAD_EXIT_STOPPED
                                           : HAD_EXIT_FINDINGS;
    } else if (document && !still_the_same(&s, document, plan)) {
        status = HAD_EXIT_FINDINGS;
    } else {
        if (cli->format != HAD_FORMAT_JSON)
            print_plan(&s, plan);
        status = carry_out(&s, plan);
    }
    if (plan)
        had_plan_free(plan);
    status = had_session_close(&s, status);
    json_decref(document);
    return status;
}

int had_cmd_apply(struct had_cli *cli)
{
    if (cli->engines.count)
        return had_engine_run(cli, true);
    return run(cli, false);
}

/* Objects without a record, and nothing else. */
static int destroy_orphans(struct had_cli *cli)
{
    struct had_session s;
    int status = had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD | HAD_NEEDS_WRITE);
    if (status == HAD_EXIT_DONE) {
        had_deployment_prepare(&s.deployment);
        status = had_orphans_remove(&s, cli->orphans_named.items, cli->orphans_named.count);
    }
    return had_session_close(&s, status);
}

int had_cmd_destroy(struct had_cli *cli)
{
    if (cli->orphans_named.count)
        return destroy_orphans(cli);
    return run(cli, true);
}
