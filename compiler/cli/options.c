#include "cli/cli.h"

#include "schema/literal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool word(const char *value, const char *const *words, int *out)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool set_after(struct had_cli *c, const char *v)
{
    int i;
    c->after = v;
    return word(v, had_pass_names, &i);
}

static bool set_as_of(struct had_cli *c, const char *v)
{
    return had_date_parse(had_str_c(v), &c->as_of);
}

static bool set_baseline(struct had_cli *c, const char *v)
{
    c->baseline = v;
    return *v != '\0';
}

static bool set_check(struct had_cli *c, const char *v)
{
    (void)v;
    c->check = true;
    return true;
}

static bool set_certificate(struct had_cli *c, const char *v)
{
    c->certificate = v;
    return *v != '\0';
}

static bool set_failures(struct had_cli *c, const char *v)
{
    if (v[0] < '0' || v[0] > '2' || v[1])
        return false;
    c->failures = (unsigned)(v[0] - '0');
    c->failures_stated = true;
    return true;
}

static bool set_color(struct had_cli *c, const char *v)
{
    static const char *const words[] = {"auto", "never", "always", NULL};
    int i;
    c->color = v;
    return word(v, words, &i);
}

static bool set_cross_stack(struct had_cli *c, const char *v)
{
    static const char *const words[] = {"parameter", "output", NULL};
    int i = 0;
    bool known = word(v, words, &i);
    c->cross_output = i == 1;
    return known;
}

static bool set_stack_set(struct had_cli *c, const char *v)
{
    c->stack_set = v;
    return *v != '\0';
}

static bool set_defaults(struct had_cli *c, const char *v)
{
    (void)v;
    c->defaults = true;
    return true;
}

static bool set_deploy_script(struct had_cli *c, const char *v)
{
    (void)v;
    c->deploy_script = true;
    return true;
}

static bool set_diff(struct had_cli *c, const char *v)
{
    (void)v;
    c->diff = true;
    return true;
}

static bool set_diff_with(struct had_cli *c, const char *v)
{
    c->diff_with = v;
    return *v != '\0';
}

static bool set_directory(struct had_cli *c, const char *v)
{
    (void)c;
    return chdir(v) == 0;
}

static bool set_dry_run(struct had_cli *c, const char *v)
{
    (void)v;
    c->dry_run = true;
    return true;
}

static bool set_emit(struct had_cli *c, const char *v)
{
    c->emit = v;
    return *v != '\0';
}

static bool set_fail_on(struct had_cli *c, const char *v)
{
    static const char *const words[] = {"info", "warning", "error", NULL};
    int i;
    if (!word(v, words, &i))
        return false;
    c->fail_on = (enum had_severity)i;
    return true;
}

static bool set_fix(struct had_cli *c, const char *v)
{
    (void)v;
    c->fix = true;
    return true;
}

static const char *const formats[] = {"text",  "short", "json",    "sarif", "github",   "gitlab",
                                      "junit", "dot",   "mermaid", "svg",   "markdown", NULL};

static bool set_format(struct had_cli *c, const char *v)
{
    int i;
    if (!word(v, formats, &i) || !had_word_in(had_command_find(c->command)->formats, v))
        return false;
    c->format = (enum had_format)i;
    return true;
}

static bool set_group(struct had_cli *c, const char *v)
{
    c->principal = v;
    return *v != '\0';
}

static bool set_help(struct had_cli *c, const char *v)
{
    (void)v;
    c->help = true;
    return true;
}

static bool set_json(struct had_cli *c, const char *v)
{
    (void)v;
    c->json = true;
    return true;
}

static bool set_no_custom_resources(struct had_cli *c, const char *v)
{
    (void)v;
    c->no_custom_resources = true;
    return true;
}

static bool set_no_input(struct had_cli *c, const char *v)
{
    (void)v;
    c->no_input = true;
    return true;
}

static bool set_no_paginate(struct had_cli *c, const char *v)
{
    (void)v;
    c->no_paginate = true;
    return true;
}

static bool set_no_waivers(struct had_cli *c, const char *v)
{
    (void)v;
    c->no_waivers = true;
    return true;
}

static bool set_on(struct had_cli *c, const char *v)
{
    c->on = v;
    return *v != '\0';
}

static bool set_output(struct had_cli *c, const char *v)
{
    c->output = v;
    return *v != '\0';
}

static bool set_params(struct had_cli *c, const char *v)
{
    c->params = v;
    return *v != '\0';
}

static bool set_phase(struct had_cli *c, const char *v)
{
    enum had_phase phase;
    c->phase = v;
    return had_phase_find(had_str_c(v), &phase);
}

static bool set_places(struct had_cli *c, const char *v)
{
    (void)v;
    c->places = true;
    return true;
}

static bool set_profile(struct had_cli *c, const char *v)
{
    c->profile = v;
    return *v != '\0';
}

static bool set_quiet(struct had_cli *c, const char *v)
{
    (void)v;
    c->quiet = true;
    return true;
}

static bool set_region(struct had_cli *c, const char *v)
{
    c->region = v;
    return *v != '\0';
}

static bool set_resources(struct had_cli *c, const char *v)
{
    (void)v;
    c->resources = true;
    return true;
}

static bool set_role(struct had_cli *c, const char *v)
{
    c->role = v;
    return *v != '\0';
}

static bool set_var(struct had_cli *c, const char *v)
{
    had_str text = had_str_c(v);
    int64_t at = had_str_find(text, '=');
    if (at < 1)
        return false;
    had_variable_add(c, had_str_slice(text, 0, (uint32_t)at),
                     had_str_slice(text, (uint32_t)at + 1, text.len));
    return true;
}

static bool set_var_file(struct had_cli *c, const char *v)
{
    return had_variables_file(c, v);
}

static bool set_who_can(struct had_cli *c, const char *v)
{
    c->who_can = v;
    return *v != '\0';
}

/* A whole number from 1 on. */
static bool set_number(const char *v, int64_t most, uint32_t *out)
{
    int64_t number;
    if (!had_str_to_int(had_str_c(v), &number) || number < 1 || number > most)
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool set_acknowledge(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->acknowledge) = v;
    return *v != '\0';
}

static bool set_confirm(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->confirm) = v;
    return *v != '\0';
}

static bool set_bucket(struct had_cli *c, const char *v)
{
    c->bucket = v;
    return *v != '\0';
}

static bool set_engine(struct had_cli *c, const char *v)
{
    const char *equals = strchr(v, '=');
    *had_push(&c->arena, &c->engines) = v;
    return equals && equals > v &&
           (strcmp(equals + 1, "direct") == 0 || strcmp(equals + 1, "cloudformation") == 0);
}

static bool set_orphan(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->orphans_named) = v;
    return *v != '\0';
}

static bool set_orphans(struct had_cli *c, const char *v)
{
    (void)v;
    c->orphans = true;
    return true;
}

static bool set_detailed_exitcode(struct had_cli *c, const char *v)
{
    (void)v;
    c->detailed_exitcode = true;
    return true;
}

static bool set_account(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->accounts) = v;
    return strlen(v) == 12 && strspn(v, "0123456789") == 12;
}

static bool set_live(struct had_cli *c, const char *v)
{
    (void)v;
    c->live = true;
    return true;
}

static bool set_map(struct had_cli *c, const char *v)
{
    c->map = v;
    return *v != '\0';
}

static bool set_regions(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->regions) = v;
    return *v != '\0';
}

static bool set_lock_timeout(struct had_cli *c, const char *v)
{
    return set_number(v, 86400, &c->lock_timeout);
}

static bool set_no_refresh(struct had_cli *c, const char *v)
{
    (void)v;
    c->no_refresh = true;
    return true;
}

static bool set_parallelism(struct had_cli *c, const char *v)
{
    return set_number(v, 4096, &c->parallelism);
}

static bool set_refresh_only(struct had_cli *c, const char *v)
{
    (void)v;
    c->refresh_only = true;
    return true;
}

static bool set_replace(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->replace) = v;
    return *v != '\0';
}

static bool set_state(struct had_cli *c, const char *v)
{
    c->state = v;
    return *v != '\0';
}

static bool set_target(struct had_cli *c, const char *v)
{
    *had_push(&c->arena, &c->targets) = v;
    return *v != '\0';
}

static bool set_verify(struct had_cli *c, const char *v)
{
    (void)v;
    c->verify = true;
    return true;
}

static bool set_verbose(struct had_cli *c, const char *v)
{
    (void)v;
    c->verbose = true;
    return true;
}

static bool set_yes(struct had_cli *c, const char *v)
{
    (void)v;
    c->yes = true;
    return true;
}

const struct had_option had_options[] = {
    {.name = "account",
     .argument = "ID",
     .doc = "read this account only; may be repeated (default: all of the organization)",
     .set = set_account},
    {.name = "acknowledge",
     .argument = "ADDRESS",
     .doc = "agree that this object's change loses access or data; may be repeated",
     .set = set_acknowledge},
    {.name = "after",
     .argument = "PASS",
     .values = "lex parse expand resolve derive lower check prove emit",
     .doc = "the pass: lex, parse, expand, resolve, derive, lower, check, prove, emit",
     .set = set_after},
    {.name = "as-of",
     .argument = "DATE",
     .doc = "day that decides whether waivers have expired (default today, UTC)",
     .set = set_as_of},
    {.name = "baseline",
     .argument = "FILE",
     .values = "@file",
     .doc = "an earlier `--format json`: only findings that it lacks count",
     .set = set_baseline},
    {.name = "bucket",
     .argument = "NAME",
     .doc = "with --engine: where templates go that a call does not take",
     .set = set_bucket},
    {.name = "certificate",
     .argument = "FILE",
     .values = "@file",
     .doc = "write what an independent program needs to check the proofs",
     .set = set_certificate},
    {.name = "check", .doc = "write nothing; fail if something would change", .set = set_check},
    {.name = "color",
     .argument = "WHEN",
     .values = "auto never always",
     .doc = "never, auto or always",
     .everywhere = true,
     .set = set_color},
    {.name = "confirm",
     .argument = "ADDRESS",
     .doc = "the work that this gate asks for is done; may be repeated",
     .set = set_confirm},
    {.name = "cross-stack",
     .argument = "HOW",
     .values = "parameter output",
     .doc = "values between stacks: parameter (bound by the manifest), or output (read by "
            "Fn::GetStackOutput)",
     .set = set_cross_stack},
    {.name = "defaults", .doc = "show default values too", .set = set_defaults},
    {.name = "deploy-script",
     .doc = "write deploy.sh too, which deploys with the AWS CLI and asks before each change",
     .set = set_deploy_script},
    {.name = "detailed-exitcode",
     .doc = "exit status 0 without difference, 2 with, 1 where anything failed",
     .set = set_detailed_exitcode},
    {.name = "diff",
     .only = "fmt",
     .doc = "print what would change instead of writing it",
     .set = set_diff},
    {.name = "diff",
     .argument = "OLD",
     .values = "@file",
     .only = "snapshot",
     .doc = "print what changes since that snapshot, as Markdown; `-` is standard input",
     .set = set_diff_with},
    {.name = "diff",
     .argument = "OTHER",
     .values = "@spec",
     .only = "access",
     .doc = "an earlier spec: print what this one adds, takes away and changes",
     .set = set_diff_with},
    {.name = "directory",
     .letter = 'C',
     .argument = "DIR",
     .values = "@folder",
     .doc = "work in this folder",
     .everywhere = true,
     .set = set_directory},
    {.name = "dry-run",
     .doc = "print the signed request, without its secrets, and send nothing",
     .set = set_dry_run},
    {.name = "emit",
     .argument = "LIST",
     .values = "cloudformation dsc mof",
     .doc = "back ends, comma-separated: cloudformation, dsc, mof",
     .set = set_emit},
    {.name = "engine",
     .argument = "LAYER=ENGINE",
     .doc = "only hand a layer (or `all`) over: to `direct` execution or to stacks "
            "(`cloudformation`); may be repeated",
     .set = set_engine},
    {.name = "fail-on",
     .argument = "SEVERITY",
     .values = "error warning info",
     .doc = "least severity that fails: error, warning or info",
     .set = set_fail_on},
    {.name = "failures",
     .argument = "N",
     .values = "0 1 2",
     .doc = "how many things may be lost at once: 0, 1 or 2 (default 1)",
     .set = set_failures},
    {.name = "fix", .doc = "apply the safe fixes to the files, then check again", .set = set_fix},
    {.name = "format", .argument = "FORMAT", .doc = "form of the output", .set = set_format},
    {.name = "group",
     .argument = "NAME",
     .doc = "only this group or user, with or without its domain",
     .set = set_group},
    {.name = "help",
     .letter = 'h',
     .doc = "tell about the command",
     .everywhere = true,
     .set = set_help},
    {.name = "json", .doc = "write templates as JSON", .set = set_json},
    {.name = "live", .doc = "read what is there, and write it down as a spec", .set = set_live},
    {.name = "lock-timeout",
     .argument = "SECONDS",
     .doc = "how long to wait for the state's lock (default: not at all)",
     .set = set_lock_timeout},
    {.name = "map",
     .argument = "FILE",
     .values = "@file",
     .doc = "take note in the state of all that this file of `--live` names",
     .set = set_map},
    {.name = "no-custom-resources",
     .doc = "turn what CloudFormation cannot say into steps for people",
     .set = set_no_custom_resources},
    {.name = "no-input", .doc = "never ask", .everywhere = true, .set = set_no_input},
    {.name = "no-paginate", .doc = "the first page only", .set = set_no_paginate},
    {.name = "no-refresh",
     .doc = "believe the state and do not read the objects",
     .set = set_no_refresh},
    {.name = "no-waivers", .doc = "show what waivers cover", .set = set_no_waivers},
    {.name = "on", .argument = "ACCOUNT", .doc = "only this account, by name or id", .set = set_on},
    {.name = "orphan",
     .argument = "ARN",
     .doc = "remove this object, which has the deployment's tag and no record; may be repeated",
     .set = set_orphan},
    {.name = "orphans",
     .doc = "also objects with the deployment's tag that the state does not know",
     .set = set_orphans},
    {.name = "output",
     .letter = 'o',
     .argument = "DIR",
     .values = "@folder",
     .only = "build",
     .doc = "folder to write to",
     .set = set_output},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .values = "@file",
     .only = "snapshot",
     .doc = "file to write; `-` is standard output",
     .set = set_output},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .values = "@file",
     .only = "plan",
     .doc = "save the plan, for `had apply FILE`",
     .set = set_output},
    {.name = "output",
     .letter = 'o',
     .argument = "DIR",
     .values = "@folder",
     .only = "import",
     .doc = "with `--live`: folder of the spec (default: the current one)",
     .set = set_output},
    {.name = "parallelism",
     .argument = "N",
     .doc = "calls in flight at most (default 256)",
     .set = set_parallelism},
    {.name = "params",
     .argument = "JSON",
     .doc = "parameters of the call; @FILE reads a file, - standard input",
     .set = set_params},
    {.name = "phase",
     .argument = "PHASE",
     .values = "foundation extended resource-forest access workloads",
     .doc = "how far the foundation is built",
     .set = set_phase},
    {.name = "places",
     .doc = "say the place in the spec in each resource's metadata",
     .set = set_places},
    {.name = "profile",
     .argument = "NAME",
     .doc = "profile of AWS's config files",
     .set = set_profile},
    {.name = "quiet",
     .letter = 'q',
     .doc = "print findings only",
     .everywhere = true,
     .set = set_quiet},
    {.name = "refresh-only",
     .doc = "only what was changed outside, and nothing to do about it",
     .set = set_refresh_only},
    {.name = "region",
     .argument = "REGION",
     .only = "import",
     .doc = "Region to read; may be repeated, or `all` (default: the profile's)",
     .set = set_regions},
    {.name = "region",
     .argument = "REGION",
     .only = "plan apply destroy drift state output aws",
     .doc = "Region to call",
     .set = set_region},
    {.name = "replace",
     .argument = "ADDRESS",
     .doc = "make this object anew; may be repeated",
     .set = set_replace},
    {.name = "resources",
     .doc = "the resource graph instead of the architecture",
     .set = set_resources},
    {.name = "role",
     .argument = "NAME",
     .only = "import",
     .doc = "with `--live`: role to take on in each account (default had-deploy)",
     .set = set_role},
    {.name = "role",
     .argument = "ARN",
     .only = "aws",
     .doc = "role to take on for the call",
     .set = set_role},
    {.name = "stack-set",
     .argument = "OU",
     .doc = "make the networks of all accounts of this ou by one stack set, service-managed",
     .set = set_stack_set},
    {.name = "state",
     .argument = "URL",
     .values = "@folder",
     .doc = "where the state lies: a folder, or s3://BUCKET/PREFIX (default: what the spec says)",
     .set = set_state},
    {.name = "target",
     .argument = "ADDRESS",
     .doc = "only this object and what it needs; may be repeated",
     .set = set_target},
    {.name = "var", .argument = "NAME=VALUE", .doc = "set a param of the spec", .set = set_var},
    {.name = "var-file",
     .argument = "FILE",
     .values = "@file",
     .doc = "set params from a YAML or JSON map",
     .set = set_var_file},
    {.name = "verbose", .doc = "show what stays and every value too", .set = set_verbose},
    {.name = "verify",
     .doc = "read the templates back and prove that they say what the resource graph says",
     .set = set_verify},
    {.name = "who-can",
     .argument = "ACTION",
     .doc = "who may do this, such as `ec2:StopInstances`, and by which policy",
     .set = set_who_can},
    {.name = "yes", .doc = "do not ask before doing it", .set = set_yes},
    {.name = NULL},
};

/* Of two options of one name the one that the command takes. */
const struct had_option *had_option_find(const struct had_command *command, had_str name)
{
    for (const struct had_option *o = had_options; o->name; o++)
        if (had_str_is(name, o->name) && had_command_takes(command, o))
            return o;
    return NULL;
}

bool had_word_in(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; len && (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

bool had_command_takes(const struct had_command *command, const struct had_option *option)
{
    return option->everywhere || (had_word_in(command->options, option->name) &&
                                  (!option->only || had_word_in(option->only, command->name)));
}

static bool unknown(const struct had_command *command, const char *argument)
{
    had_str names[64];
    uint32_t count = 0;
    for (const struct had_option *o = had_options; o->name; o++)
        if (had_command_takes(command, o))
            names[count++] = had_str_c(o->name);
    had_str word = had_str_c(argument);
    while (word.len && word.ptr[0] == '-')
        word = had_str_slice(word, 1, word.len);
    int64_t equals = had_str_find(word, '=');
    if (equals >= 0)
        word = had_str_slice(word, 0, (uint32_t)equals);
    had_str near = had_str_nearest(word, names, count);
    fprintf(stderr, "had %s: there is no option `%s`", command->name, argument);
    if (near.len)
        fprintf(stderr, "; did you mean `--" HAD_FMT "`?", HAD_ARG(near));
    fprintf(stderr, "\nhad: `had %s --help` lists the options\n", command->name);
    return false;
}

static int64_t today(void)
{
    return (int64_t)time(NULL) / 86400; /* days in UTC */
}

bool had_cli_parse(struct had_cli *cli, const struct had_command *command, int argc, char **argv)
{
    cli->as_of = today();
    bool options_end = false;
    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i];
        if (options_end || argument[0] != '-' || !argument[1]) {
            *had_push(&cli->arena, &cli->operands) = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            options_end = true;
            continue;
        }
        const struct had_option *option = NULL;
        const char *value = NULL;
        if (argument[1] == '-') {
            const char *equals = strchr(argument, '=');
            size_t len = equals ? (size_t)(equals - argument - 2) : strlen(argument + 2);
            option = had_option_find(command, (had_str){argument + 2, (uint32_t)len});
            value = equals ? equals + 1 : NULL;
        } else {
            for (const struct had_option *o = had_options; o->name; o++)
                if (o->letter && o->letter == argument[1] && had_command_takes(command, o))
                    option = o;
            if (option && argument[2]) {
                if (!option->argument)
                    return unknown(command, argument);
                value = argument + 2;
            }
        }
        if (!option)
            return unknown(command, argument);
        if (!option->argument && value) {
            fprintf(stderr, "had %s: --%s takes no value\n", command->name, option->name);
            return false;
        }
        if (option->argument && !value) {
            if (++i == argc) {
                fprintf(stderr, "had %s: --%s needs %s\n", command->name, option->name,
                        option->argument);
                return false;
            }
            value = argv[i];
        }
        if (!option->set(cli, value)) {
            fprintf(stderr, "had %s: --%s cannot be `%s`: %s%s%s\n", command->name, option->name,
                    value ? value : "", option->doc, option->set == set_format ? ": " : "",
                    option->set == set_format ? command->formats : "");
            return false;
        }
    }
    had_variables_environment(cli);
    return true;
}
