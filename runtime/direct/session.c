#include "direct/session.h"

#include "direct/direct.h"
#include "direct/stacks.h"

#include "aws/value.h"
#include "diag/render.h"
#include "emit/delivery.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int stopped;

static void on_signal(int number)
{
    if (stopped) { /* the second one: now */
        signal(number, SIG_DFL);
        raise(number);
    }
    stopped = 1;
    static const char text[] = "\nhad: stopping; what is under way is finished and written down "
                               "(once more to stop at once)\n";
    ssize_t unused = write(STDERR_FILENO, text, sizeof text - 1);
    (void)unused;
}

/* ---- where the state lies ---- */

/* `state s3 "BUCKET"`: the text behind the word. */
static had_str named(const struct had_object *state)
{
    const struct had_value *subject = had_get(state, "subject");
    for (uint32_t i = 0; subject && subject->tag == HAD_VALUE_MAP && i < subject->map.count; i++)
        if (had_str_is(subject->map.entries[i].key, "name"))
            return subject->map.entries[i].value->text;
    return (had_str){0};
}

/* What the spec's `state` says, else the folder .had beside it. */
static had_str state_url(struct had_session *s)
{
    struct had_cli *cli = s->cli;
    if (cli->state)
        return had_str_c(cli->state);
    had_str root = s->compilation.sources.root;
    const had_objects *stated =
        s->compilation.spec ? had_spec_kind(s->compilation.spec, "state") : NULL;
    const char *slash = root.len ? "/" : "";
    if (!stated || stated->count == 0)
        return had_str_printf(&s->arena, HAD_FMT "%s.had", HAD_ARG(root), slash);
    const struct had_object *object = stated->items[0];
    had_str subject = named(object);
    const struct had_object *account = had_get_object(object, "account");
    if (!account) {
        bool absolute = had_str_starts(subject, "/");
        return absolute ? subject
                        : had_str_printf(&s->arena, HAD_FMT "%s" HAD_FMT, HAD_ARG(root), slash,
                                         HAD_ARG(subject));
    }
    const struct had_object *region = had_get_object(object, "region");
    had_str prefix = had_get_text(object, "prefix");
    if (prefix.len == 0)
        prefix = had_str_printf(&s->arena, HAD_FMT "/", HAD_ARG(s->compilation.spec->name));
    while (had_str_ends(prefix, "/"))
        prefix.len--;
    had_str role = {0};
    had_each(struct had_context *, context, &s->compilation.graph->contexts)
        if (had_str_eq((*context)->account, account->name) && (*context)->deploy_role.len)
            role = had_str_printf(&s->arena, "&role=arn:" HAD_FMT ":iam::" HAD_FMT ":role/" HAD_FMT,
                                  HAD_ARG((*context)->partition), HAD_ARG((*context)->account_id),
                                  HAD_ARG((*context)->deploy_role));
    had_str key = had_get_text(object, "kms-key");
    return had_str_printf(
        &s->arena, "s3://" HAD_FMT "/" HAD_FMT "?region=" HAD_FMT HAD_FMT "%s" HAD_FMT,
        HAD_ARG(subject), HAD_ARG(prefix), HAD_ARG(region ? region->name : HAD_STR("")),
        HAD_ARG(role), key.len ? "&kms-key=" : "", HAD_ARG(key));
}

/* ---- artifacts of deliveries ---- */

/*
 * A delivery's machine configuration is uploaded with it: the key has the content's digest, so that
 * other content is another value.
 */
static void content(void *context, const struct had_node *node, json_t *desired)
{
    struct had_session *s = context;
    if (had_str_is(node->type_name, "AWS::Organizations::Account") &&
        !json_object_get(desired, "RoleName")) /* the role by which we act in a new account */
        json_object_set_new(
            desired, "_RoleName",
            json_stringn(node->context->deploy_role.ptr, node->context->deploy_role.len));
    if (!had_is_delivery(node))
        return;
    had_str path = {0};
    const struct had_prop *configuration = had_node_get(node, "Configuration");
    if (configuration && configuration->tag == HAD_PROP_TEXT)
        path = configuration->text;
    had_str key = had_delivery_key(s->deliveries, node);
    json_object_set_new(desired, "Key", json_stringn(key.ptr, key.len));
    had_each(struct had_output_file, file, &s->mofs.files) {
        if (!had_str_eq(file->path, path))
            continue;
        struct had_buffer b = {0};
        had_aws_base64(&b, file->text.ptr, file->text.len);
        json_object_set_new(desired, "_Body", json_stringn(b.ptr, b.len));
        had_buffer_free(&b);
    }
}

static void prepare_content(struct had_session *s, const struct had_emit_options *options)
{
    struct had_steps *steps = had_new(&s->arena, struct had_steps);
    *steps = (struct had_steps){.arena = &s->arena,
                                .graph = s->compilation.graph,
                                .options = options,
                                .diags = &s->compilation.diags};
    s->mofs.arena = &s->arena;
    had_deliveries_compile(steps, &s->mofs);
    s->deliveries = steps;
    s->deployment.content = content;
    s->deployment.content_context = s;
}

/* ---- opening ---- */

static void addresses(struct had_arena *arena, const char *const *items, uint32_t count,
                      had_str **out_items, uint32_t *out_count)
{
    *out_items = had_new_n(arena, had_str, count + 1);
    *out_count = count;
    for (uint32_t i = 0; i < count; i++)
        (*out_items)[i] = had_str_c(items[i]);
}

static void progress(void *context, const char *what, uint32_t done, uint32_t all)
{
    const struct had_session *s = context;
    if (s->cli->quiet || !isatty(STDERR_FILENO))
        return;
    if (done == all || done % 16 == 0)
        fprintf(stderr, "\r%s %" PRIu32 " of %" PRIu32 "%s", what, done, all,
                done == all ? "\n" : "");
}

static int open_world(struct had_session *s, bool cloud)
{
    struct had_cli *cli = s->cli;
    had_str error = {0};
    if (!cloud) {
        had_world_local(&s->world);
        return HAD_EXIT_DONE;
    }
    had_str agent = had_str_printf(&s->arena, "had/%s", had_version());
    struct had_aws_options options = {.profile = had_str_c(cli->profile),
                                      .region = had_str_c(cli->region),
                                      .ask_mfa = had_direct_ask_mfa};
    struct had_http_options http = {.user_agent = had_str_cstr(&s->arena, agent)};
    s->real = had_world_open(&options, &http, &s->world, &s->arena, &error);
    if (s->real)
        return HAD_EXIT_DONE;
    fprintf(stderr, "had %s: " HAD_FMT "\n", cli->command, HAD_ARG(error));
    return HAD_EXIT_USAGE;
}

/* The first Ctrl-C ends after what is under way, the second at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int had_session_world(struct had_session *s, struct had_cli *cli)
{
    *s = (struct had_session){.cli = cli};
    s->deployment.stop = &stopped;
    s->deployment.progress = progress;
    catch_signals();
    return open_world(s, true);
}

int had_session_open(struct had_session *s, struct had_cli *cli, unsigned needs)
{
    *s = (struct had_session){.cli = cli};
    had_cli_compile(cli, &s->compilation, NULL);
    s->compiled = true;
    if (needs & HAD_NEEDS_SPEC) {
        enum had_format format = cli->format;
        cli->format = HAD_FORMAT_TEXT;
        int status = had_cli_findings(cli, &s->compilation, true);
        cli->format = format;
        if (status != HAD_EXIT_DONE)
            return status;
        if (!s->compilation.graph)
            return HAD_EXIT_USAGE;
    }
    had_str url = state_url(s), message = {0};
    bool bucket = had_str_starts(url, "s3://");
    int status = open_world(s, bucket || (needs & HAD_NEEDS_CLOUD));
    if (status != HAD_EXIT_DONE)
        return status;
    had_str name = s->compilation.spec ? s->compilation.spec->name : (had_str){0};
    enum had_state_result result =
        had_state_open(&s->world, &s->arena, url, name, needs & HAD_NEEDS_WRITE,
                       cli->lock_timeout * 1000, had_str_c(cli->command), &s->state, &message);
    if (result != HAD_STATE_OK) {
        fprintf(stderr, "had %s: " HAD_FMT "\n", cli->command, HAD_ARG(message));
        return HAD_EXIT_FINDINGS;
    }
    if (s->state->torn)
        fprintf(stderr, "had %s: %" PRIu32 " torn lines of an interrupted run were left out\n",
                cli->command, s->state->torn);
    struct had_deployment *d = &s->deployment;
    d->arena = &s->arena;
    d->world = &s->world;
    d->graph = s->compilation.graph;
    d->state = s->state;
    d->phase = HAD_PHASE_WORKLOADS;
    if (s->compilation.spec)
        had_phase_find(had_str_c(s->compilation.spec->phase), &d->phase);
    d->parallel = cli->parallelism;
    d->no_refresh = cli->no_refresh;
    d->progress = progress;
    d->progress_context = s;
    d->stop = &stopped;
    addresses(&s->arena, cli->targets.items, cli->targets.count, &d->targets.items,
              &d->targets.count);
    addresses(&s->arena, cli->replace.items, cli->replace.count, &d->replace.items,
              &d->replace.count);
    addresses(&s->arena, cli->acknowledge.items, cli->acknowledge.count, &d->acknowledge.items,
              &d->acknowledge.count);
    addresses(&s->arena, cli->confirm.items, cli->confirm.count, &d->confirm.items,
              &d->confirm.count);
    had_drivers_open(&d->drivers, &s->arena);
    s->drivers_open = true;
    if (needs & HAD_NEEDS_CLOUD && s->compilation.graph) {
        struct had_emit_options *options = had_new(&s->arena, struct had_emit_options);
        options->version = had_str_c(had_version());
        options->sources = &s->compilation.sources;
        options->phase = d->phase;
        prepare_content(s, options);
    }
    catch_signals();
    return HAD_EXIT_DONE;
}

struct had_plan *had_session_plan(struct had_session *s)
{
    had_str error = {0};
    struct had_plan *plan = had_plan_make(&s->deployment, &error);
    if (!plan)
        fprintf(stderr, "had %s: " HAD_FMT "\n", s->cli->command, HAD_ARG(error));
    else
        had_stacks_respect(s, plan);
    return plan;
}

bool had_session_stopped(const struct had_session *s)
{
    return s->deployment.stop && *s->deployment.stop;
}

bool had_session_turn(struct had_session *s, struct had_runner *runner)
{
    runner->draining |= had_session_stopped(s);
    return had_runner_turn(runner);
}

bool had_session_wait(struct had_session *s, const uint32_t *open, const uint64_t *calls,
                      uint32_t count)
{
    struct had_cloud *cloud = &s->world.cloud;
    bool cancelled = false;
    while (*open && cloud->turn(cloud->context, 1000)) {
        if (cancelled || !had_session_stopped(s))
            continue;
        cancelled = true;
        for (uint32_t i = 0; i < count; i++)
            cloud->cancel(cloud->context, calls[i]);
    }
    return !had_session_stopped(s);
}

int had_session_unlock(struct had_cli *cli, const char *id)
{
    struct had_session s = {.cli = cli};
    had_cli_compile(cli, &s.compilation, NULL);
    s.compiled = true;
    had_str url = state_url(&s), message = {0};
    int status = open_world(&s, had_str_starts(url, "s3://"));
    if (status == HAD_EXIT_DONE &&
        had_state_unlock(&s.world, &s.arena, url, had_str_c(id), &message) != HAD_STATE_OK)
        status = HAD_EXIT_FINDINGS;
    if (message.len)
        fprintf(stderr, "had state: " HAD_FMT "\n", HAD_ARG(message));
    if (!s.real)
        had_world_local_close(&s.world);
    return had_session_close(&s, status);
}

int had_session_close(struct had_session *s, int status)
{
    had_str message = {0};
    if (s->state && had_state_close(s->state, &message) != HAD_STATE_OK) {
        fprintf(stderr, "had %s: " HAD_FMT "\n", s->cli->command, HAD_ARG(message));
        had_state_abandon(s->state);
        status = HAD_EXIT_FINDINGS;
    }
    if (s->drivers_open)
        had_drivers_close(&s->deployment.drivers);
    if (s->real)
        had_world_close(s->real);
    else if (s->state)
        had_world_local_close(&s->world);
    if (s->compiled)
        had_compilation_free(&s->compilation);
    had_arena_free(&s->arena);
    return status;
}

bool had_session_ask(struct had_session *s, const char *question)
{
    if (s->cli->yes)
        return true;
    if (s->cli->no_input || !isatty(STDIN_FILENO)) {
        fprintf(stderr, "had %s: nobody can be asked here: say --yes\n", s->cli->command);
        return false;
    }
    fprintf(stderr, "\n%s Only `yes` is taken for yes: ", question);
    char answer[16] = {0};
    if (!fgets(answer, sizeof answer, stdin))
        return false;
    return strcmp(answer, "yes\n") == 0;
}

void had_print_json(json_t *value)
{
    struct had_buffer b = {0};
    had_json_write(&b, value);
    had_cli_print(had_buffer_view(&b));
    had_buffer_free(&b);
}
