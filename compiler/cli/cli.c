#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define COMPILING "var var-file phase as-of"
#define FINDINGS "text short json sarif github gitlab junit markdown"
#define DIRECT "state profile region parallelism lock-timeout"
#define EXAMPLES(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct had_command had_commands[] = {
    {.name = "init",
     .group = HAD_GROUP_WRITE,
     .operands = "[DIR]",
     .takes = "@folder",
     .summary = "write a small commented spec to start from",
     .about = "The spec passes `had check`. Beside it stand a workflow for pull requests on GitHub "
              "and an ignore file. Nothing that is there already is overwritten.",
     .examples = EXAMPLES("had init", "in this folder", "had init foundation", "in a new one"),
     .options = "",
     .formats = "",
     .run = had_cmd_init},
    {.name = "fmt",
     .group = HAD_GROUP_WRITE,
     .operands = "[PATHS]",
     .takes = "@spec",
     .summary = "format files in place",
     .about = "There is one format and nothing to choose. A file with syntax errors is left as it "
              "is. A folder means its `.had` files and those of the folders below it, but for "
              "hidden ones. `-` reads standard input and writes standard output.",
     .examples = EXAMPLES("had fmt", "every .had file of this folder and below",
                          "had fmt --check network", "only say which files are not formatted",
                          "had fmt - <main.had", "what the file would look like"),
     .options = "check diff",
     .formats = "",
     .run = had_cmd_fmt},
    {.name = "explain",
     .group = HAD_GROUP_WRITE,
     .operands = "[NAMES]",
     .takes = "@name",
     .summary = "why a rule exists, what a kind, attribute, type or function is",
     .about = "A name is the code of a finding, a group of rules, a kind, `KIND.ATTRIBUTE`, a type "
              "or a function. Without any, all names are listed.",
     .examples =
         EXAMPLES("had explain DC002", "the rule, its reason, a way out, its source",
                  "had explain spoke", "what a spoke takes and becomes", "had explain spoke.cidr",
                  "one attribute", "had explain slice", "a function"),
     .options = "",
     .formats = "",
     .run = had_cmd_explain},
    {.name = "rules",
     .group = HAD_GROUP_WRITE,
     .operands = "[GROUP]",
     .takes = "@group",
     .summary = "list the rules of the catalog",
     .about = "GROUP is the beginning of the codes: `DC`, `DNS`, `TRUST`.",
     .examples = EXAMPLES("had rules", "all of them", "had rules DNS", "those about names",
                          "had rules --format json", "with phase, source and severity, as data"),
     .options = "format",
     .formats = "text json",
     .run = had_cmd_rules},
    {.name = "check",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "parse, type, expand and check a spec; print the findings",
     .about = "Needs no network and no credentials. Exit status 0: nothing at or above the "
              "threshold; 1: findings; 2: the spec cannot be read.",
     .examples = EXAMPLES("had check", "the spec of this folder", "had check --fix",
                          "mend what has one plain answer", "had check --fail-on warning",
                          "warnings fail too", "had check --format sarif >had.sarif",
                          "for code scanning", "had check --baseline before.json",
                          "only findings that the earlier `--format json` lacks"),
     .options = COMPILING " fix format fail-on no-waivers baseline",
     .formats = FINDINGS,
     .run = had_cmd_check},
    {.name = "test",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "run the `test` blocks of a spec",
     .about = "Each block compiles the spec once more, with its own params, and looks at the "
              "result.",
     .examples = EXAMPLES("had test", "every block of the spec of this folder"),
     .options = COMPILING " format",
     .formats = "text json",
     .run = had_cmd_test},
    {.name = "show",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH] [ADDRESS]",
     .takes = "@spec",
     .summary = "the typed spec after expansion, with all that was derived",
     .about = "Every object with its attributes; derived values say what they follow from.",
     .examples = EXAMPLES("had show", "the whole spec", "had show . 'spoke shared'", "one object",
                          "had show --defaults . 'hub core'", "with the values nobody stated"),
     .options = COMPILING " format defaults",
     .formats = "text json",
     .run = had_cmd_show},
    {.name = "graph",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "the architecture, or the resource graph, as a picture or as data",
     .about = "`svg` runs Graphviz's `dot`; the other forms need nothing.",
     .examples = EXAMPLES("had graph --format svg >architecture.svg", "a picture",
                          "had graph --format mermaid", "for a Markdown page",
                          "had graph --resources --format json", "every resource and edge"),
     .options = COMPILING " format resources",
     .formats = "dot mermaid svg json",
     .run = had_cmd_graph},
    {.name = "prove",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "what holds for every packet and every loss: proved, refuted, assumed",
     .about = "Members reach their controllers, controllers each other, names resolve, sites fit, "
              "routes lead somewhere, segments stay apart, and all of it survives what may fail. "
              "Exit status 1: something is refuted.",
     .examples = EXAMPLES("had prove", "the spec of this folder, with any one thing lost",
                          "had prove --failures 2", "also the pairs that break it",
                          "had prove --format json --certificate proof.json",
                          "as data, with what another program needs to check it"),
     .options = COMPILING " failures certificate format",
     .formats = "text json markdown sarif",
     .run = had_cmd_prove},
    {.name = "access",
     .group = HAD_GROUP_CHECK,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "who reaches which account with what",
     .about = "Groups and users, accounts and permission sets, as the spec assigns them. About an "
              "action the answer is yes, no or maybe: conditions, statements about some resources "
              "only and policies of unknown text make it maybe. Service control policies, "
              "policies of resources and what was granted elsewhere are not in a spec.",
     .examples = EXAMPLES("had access", "every account and who gets in",
                          "had access --who-can ssm:SendCommand --on shared-services",
                          "who may do that there, and by which policy",
                          "had access --group 'CORP\\Cloud-Admins'", "what one group has",
                          "had access --diff ../before", "what this spec changes, for a review"),
     .options = COMPILING " who-can on group diff format",
     .formats = "text json",
     .run = had_cmd_access},
    {.name = "build",
     .group = HAD_GROUP_BUILD,
     .operands = "[PATH] -o DIR",
     .takes = "@spec",
     .summary = "check, then write templates, scripts, manifest and runbook",
     .about = "DIR gets CloudFormation templates by account and Region, PowerShell DSC, "
              "`manifest.json`, `runbook.md`, `firewall.csv` and the deploy roles of the accounts: "
              "the same bytes for the same spec "
              "and version. Files that no build wrote are left alone. With errors, nothing is "
              "written.",
     .examples = EXAMPLES("had build -o out", "everything", "had build -o out --check",
                          "write nothing; fail if `out` is stale", "had build -o out --verify",
                          "prove the templates equal to the resource graph, then write",
                          "had build -o out --emit cloudformation", "templates only"),
     .options = COMPILING
     " output emit check verify json no-custom-resources cross-stack deploy-script stack-set "
     "places no-waivers format fail-on",
     .formats = FINDINGS,
     .run = had_cmd_build},
    {.name = "snapshot",
     .group = HAD_GROUP_BUILD,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "the list of resources, to keep in the repository and compare",
     .about = "Writes `had-snapshot.json` beside the spec: each resource with its account, Region "
              "and properties, found without credentials. Committed with the spec, it shows a "
              "reviewer what a change really does. With `--diff`, PATH may be a snapshot too.",
     .examples =
         EXAMPLES("had snapshot", "write had-snapshot.json", "had snapshot --check",
                  "fail if it is stale", "git show main:had-snapshot.json | had snapshot --diff -",
                  "what this branch changes, as Markdown"),
     .options = COMPILING " check diff output",
     .formats = "",
     .run = had_cmd_snapshot},
    {.name = "plan",
     .group = HAD_GROUP_RUN,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "what `had apply` would do",
     .about = "Reads every object that the state knows and compares it with what was applied last "
              "and with the spec. Nothing is changed. A saved plan is carried out only while spec, "
              "state and objects are what they were.",
     .examples = EXAMPLES("had plan", "by account and layer", "had plan -o plan.json",
                          "for `had apply plan.json`", "had plan --target 'spoke erp.main'",
                          "one object and what it needs"),
     .options = COMPILING
     " format output " DIRECT
     " target replace acknowledge engine bucket no-refresh refresh-only detailed-exitcode "
     "verbose",
     .formats = "text json",
     .direct = true},
    {.name = "apply",
     .group = HAD_GROUP_RUN,
     .operands = "[PATH|PLAN]",
     .takes = "@spec",
     .summary = "make the foundation as the spec says",
     .about =
         "Plans, shows, asks, and does it: over all accounts at once, in the order that the "
         "objects need, at the pace that AWS allows. Stops at gates, where people have to act, "
         "with exit status 3, and goes on from there the next time. Whatever interrupts it, the "
         "next run finds everything that was begun.",
     .examples = EXAMPLES("had apply", "plan, ask, do", "had apply plan.json --yes",
                          "what was reviewed", "had apply --confirm 'identity-center sso:mfa'",
                          "that gate's work is done", "had apply --engine network=direct",
                          "what stacks made of that layer is this deployment's from then on"),
     .options = COMPILING
     " format " DIRECT " target replace acknowledge confirm engine bucket no-refresh yes verbose",
     .formats = "text json",
     .direct = true},
    {.name = "destroy",
     .group = HAD_GROUP_RUN,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "take down what this deployment made",
     .about =
         "Removes in the reverse order of making, and nothing that it did not make. Directories, "
         "controllers and other objects whose loss hurts need --acknowledge each.",
     .examples =
         EXAMPLES("had destroy --target 'account old'", "a part, and what depends on it",
                  "had destroy --orphan arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a1b2c3d",
                  "what `had drift --orphans` found"),
     .options = COMPILING " format " DIRECT " target acknowledge confirm orphan yes verbose",
     .formats = "text json",
     .direct = true},
    {.name = "drift",
     .group = HAD_GROUP_RUN,
     .operands = "[PATH]",
     .takes = "@spec",
     .summary = "what was changed behind the spec's back",
     .about = "Compares what was applied last with the objects as they are. Differences that the "
              "spec itself makes are not drift: `had plan` shows them.",
     .examples = EXAMPLES("had drift", "what others changed or removed", "had drift --orphans",
                          "and what has this deployment's tag, but no record",
                          "had drift --format sarif", "for code scanning"),
     .options = COMPILING " format " DIRECT " target orphans detailed-exitcode verbose",
     .formats = "text json sarif",
     .direct = true},
    {.name = "import",
     .group = HAD_GROUP_RUN,
     .operands = "ADDRESS ID [PATH]",
     .takes = "",
     .summary = "take over an object that exists, or write down all that is there",
     .about =
         "Reads the object, shows where it differs from the spec, asks, tags it as this "
         "deployment's and writes it into the state: from then on it is managed. What belongs to "
         "a stack or to another deployment is refused. `had state rm` lets go of it again. Parts "
         "of an ID are joined by `|`, as `had state list` prints them. With `--live` it reads the "
         "accounts of the organization instead and writes a spec of what is there, its objects "
         "`existing`, with a file import.json that says where each object is and what could not "
         "be said. AWS is only read. `--map FILE` does for another state what `--live` did for its "
         "own.",
     .examples = EXAMPLES(
         "had import 'spoke erp.main:vpc' vpc-0a1b2c3d", "a network that is there",
         "had import --live --region eu-west-1 -o foundation", "everything, as a spec",
         "had import --map foundation/import.json foundation", "once more, for another state"),
     .options = COMPILING " format " DIRECT " yes live map output account role",
     .formats = "text json",
     .direct = true},
    {.name = "state",
     .group = HAD_GROUP_RUN,
     .operands = "list|show|unlock|rm [ADDRESS|ID] [PATH]",
     .takes = "list show unlock rm",
     .summary = "look into the state, or mend it",
     .about = "`list` names its objects, `show` tells all of one (or of all), `unlock ID` breaks a "
              "lock whose holder is gone, `rm ADDRESS` lets go of an object without touching it.",
     .examples =
         EXAMPLES("had state list", "addresses, types, ids", "had state show 'spoke erp.main:vpc'",
                  "one record", "had state unlock 3f2a91c0", "the id that the message told"),
     .options = COMPILING " format " DIRECT " yes",
     .formats = "text json",
     .direct = true},
    {.name = "output",
     .group = HAD_GROUP_RUN,
     .operands = "ADDRESS[.ATTRIBUTE] [PATH]",
     .takes = "",
     .summary = "an attribute of an object as AWS told it",
     .examples = EXAMPLES("had output 'spoke erp.main:vpc.VpcId'", "one value"),
     .options = COMPILING " format " DIRECT,
     .formats = "text json",
     .direct = true},
    {.name = "aws",
     .group = HAD_GROUP_RUN,
     .operands = "[SERVICE [OPERATION]]",
     .takes = "",
     .summary = "one raw signed call of an AWS API, for people who debug",
     .about = "Without SERVICE the services are listed, without OPERATION those of one. The answer "
              "is printed as JSON, all pages in one. Credentials and Region come from where AWS's "
              "own tools take them. Exit status 1: the service refused, or nobody knows whether "
              "the call arrived; 2: it was not sent.",
     .examples =
         EXAMPLES("had aws ds", "the operations of Directory Service",
                  "had aws ds DescribeTrusts --params "
                  "'{\"DirectoryId\": \"d-1234567890\"}'",
                  "call one",
                  "had aws ec2 DescribeVpcs --role "
                  "arn:aws:iam::111122223333:role/had",
                  "in another account", "had aws ec2 CreateVpc --params @vpc.json --dry-run",
                  "the signed request, not sent"),
     .options = "params profile region role dry-run no-paginate",
     .formats = "",
     .direct = true},
    {.name = "completion",
     .group = HAD_GROUP_MORE,
     .operands = "bash|zsh|fish",
     .takes = "bash zsh fish",
     .summary = "print the completion script of a shell",
     .examples =
         EXAMPLES("source <(had completion bash)", "in ~/.bashrc", "had completion zsh >DIR/_had",
                  "DIR is in $fpath", "had completion fish | source", "in config.fish"),
     .options = "",
     .formats = "",
     .run = had_cmd_completion},
    {.name = "dump",
     .group = HAD_GROUP_MORE,
     .operands = "[PATH] --after PASS",
     .takes = "@spec",
     .summary = "show what a pass made, for people who debug",
     .examples = EXAMPLES("had dump --after lower", "the resource graph as text"),
     .options = COMPILING " after no-waivers",
     .formats = "",
     .run = had_cmd_dump},
    {.name = "version",
     .group = HAD_GROUP_MORE,
     .operands = "",
     .takes = "",
     .summary = "print the version",
     .options = "",
     .formats = "",
     .run = had_cmd_version},
    {.name = NULL},
};

static const char *const group_names[HAD_GROUP_COUNT] = {
    [HAD_GROUP_WRITE] = "write a spec",  [HAD_GROUP_CHECK] = "check it",
    [HAD_GROUP_BUILD] = "build from it", [HAD_GROUP_RUN] = "run it",
    [HAD_GROUP_MORE] = "more",
};

const char *had_group_name(enum had_group group)
{
    return group_names[group];
}

const struct had_command *had_command_find(const char *name)
{
    for (const struct had_command *c = had_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* Messages repeat arguments, and a terminal would obey what a script passed on from elsewhere. */
static bool is_plain(const char *argument)
{
    for (; *argument; argument++)
        if (((unsigned char)*argument < ' ' && *argument != '\t' && *argument != '\n') ||
            *argument == 0x7f)
            return false;
    return true;
}

static int run(const struct had_command *command, struct had_cli *cli,
               const struct had_direct *direct)
{
    if (!command->direct)
        return command->run(cli);
    while (direct->name && strcmp(direct->name, command->name) != 0)
        direct++;
    if (direct->name)
        return direct->run(cli);
    fprintf(stderr, "had: this build of had-direct has no command `%s`\n", command->name);
    return HAD_EXIT_USAGE;
}

int had_main(int argc, char **argv, const struct had_direct *direct)
{
    for (int i = 1; i < argc; i++) {
        if (!is_plain(argv[i])) {
            fprintf(stderr, "had: argument %d holds a control character\n", i);
            return HAD_EXIT_USAGE;
        }
    }
    bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                             strcmp(argv[1], "help") == 0);
    if (argc < 2 || (help && argc == 2)) {
        had_help_all(argc < 2 ? stderr : stdout);
        return argc < 2 ? HAD_EXIT_USAGE : HAD_EXIT_DONE;
    }
    const char *name = argv[help ? 2 : 1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    const struct had_command *command = had_command_find(name);
    if (!command) {
        had_str names[32];
        uint32_t count = 0;
        for (const struct had_command *c = had_commands; c->name; c++)
            names[count++] = had_str_c(c->name);
        had_str near = had_str_nearest(had_str_c(name), names, count);
        fprintf(stderr, "had: there is no command `%s`", name);
        if (near.len)
            fprintf(stderr, "; did you mean `" HAD_FMT "`?", HAD_ARG(near));
        fprintf(stderr, *name == '-' ? "; options follow the command" : "");
        fprintf(stderr, "\nhad: `had --help` lists the commands\n");
        return HAD_EXIT_USAGE;
    }
    if (help) {
        had_help_one(stdout, command);
        return HAD_EXIT_DONE;
    }
    if (command->direct && !direct)
        return had_become_direct(command->name, argv);
    struct had_cli cli = {.command = command->name, .fail_on = HAD_ERROR};
    int status;
    if (!had_cli_parse(&cli, command, argc - 2, argv + 2))
        status = HAD_EXIT_USAGE;
    else if (cli.help) {
        had_help_one(stdout, command);
        status = HAD_EXIT_DONE;
    } else
        status = run(command, &cli, direct);
    had_arena_free(&cli.arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "had: standard output cannot be written\n");
        return HAD_EXIT_USAGE;
    }
    return status;
}
