#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

static const struct had_context *account(struct fixture *f, const char *name, const char *id,
                                         const char *region)
{
    const struct had_context like = {.partition = HAD_STR("aws"),
                                     .account = had_str_c(name),
                                     .account_id = had_str_c(id),
                                     .region = had_str_c(region),
                                     .actor = HAD_ACTOR_DEPLOY,
                                     .deploy_role = HAD_STR("had-deploy")};
    return had_context_get(&f->graph, &like);
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->diags.arena = &f->arena;
    f->output.arena = &f->arena;
    f->options =
        (struct had_emit_options){.version = HAD_STR("1.0.0"), .phase = HAD_PHASE_WORKLOADS};
    had_graph_init(&f->graph, &f->arena, HAD_STR("acme"), HAD_STR("eu-west-1"));
    f->network = account(f, "network", "222222222222", "eu-west-1");
    f->shared = account(f, "shared", "033333333333", "eu-west-1");
    f->web = account(f, "web", "444444444444", "eu-west-1");
    f->management = account(f, "management", "111111111111", "global");
    const struct had_context person = {.partition = HAD_STR("aws"),
                                       .region = HAD_STR("global"),
                                       .actor = HAD_ACTOR_PERSON,
                                       .team = HAD_STR("network team")};
    f->person = had_context_get(&f->graph, &person);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    had_arena_free(&f->arena);
    free(f);
    return 0;
}

struct had_node *add(struct fixture *f, const char *type, const char *object, const char *role,
                     const char *key, const struct had_context *context, enum had_layer layer)
{
    enum had_node_class class = HAD_RESOURCE;
    if (strstr(type, "Lookup"))
        class = HAD_LOOKUP;
    else if (!strcmp(type, "had::Gate"))
        class = HAD_GATE;
    else if (!strcmp(type, "had::DscConfiguration"))
        class = HAD_CONFIGURATION;
    struct had_origin origin = {.object = had_str_c(object), .span = here};
    return had_node_add(&f->graph, class, type, had_str_c(object), role, had_str_c(key), context,
                        layer, HAD_PHASE_FOUNDATION, origin);
}

struct had_prop *text(struct fixture *f, const char *value)
{
    return had_prop_c(&f->graph, value, here);
}

struct had_prop *read_of(struct fixture *f, struct had_node *of, const char *attribute)
{
    return had_prop_read(&f->graph, of, attribute, here);
}

void set(struct fixture *f, struct had_node *node, const char *path, const char *value)
{
    had_node_set(&f->graph, node, path, text(f, value));
}

void set_json(struct fixture *f, struct had_node *node, const char *path, const char *document)
{
    had_node_set(&f->graph, node, path, had_prop_json(&f->graph, had_str_c(document), here));
}

void set_int(struct fixture *f, struct had_node *node, const char *path, int64_t number)
{
    had_node_set(&f->graph, node, path, had_prop_int(&f->graph, number, here));
}

void set_read(struct fixture *f, struct had_node *node, const char *path, struct had_node *of,
              const char *attribute)
{
    had_node_set(&f->graph, node, path, read_of(f, of, attribute));
}

void need(struct fixture *f, struct had_node *from, struct had_node *to)
{
    had_edge_add(&f->graph, from, to, HAD_NEEDS, HAD_UNTIL_READY, "a test says so", here);
}

struct had_node *add_vpc(struct fixture *f, const char *name, const struct had_context *context,
                         const char *cidr)
{
    had_str object = had_str_printf(&f->arena, "spoke %s", name);
    struct had_node *vpc = add(f, "AWS::EC2::VPC", had_str_cstr(&f->arena, object), "vpc", "",
                               context, HAD_LAYER_NETWORK);
    set(f, vpc, "CidrBlock", cidr);
    return vpc;
}

struct had_node *add_subnet(struct fixture *f, struct had_node *vpc, const char *name,
                            const char *cidr, const char *zone)
{
    had_str object = had_str_printf(&f->arena, HAD_FMT "/subnet %s", HAD_ARG(vpc->object), name);
    struct had_node *subnet = add(f, "AWS::EC2::Subnet", had_str_cstr(&f->arena, object), "subnet",
                                  "", vpc->context, HAD_LAYER_NETWORK);
    set_read(f, subnet, "VpcId", vpc, "VpcId");
    set(f, subnet, "CidrBlock", cidr);
    set(f, subnet, "AvailabilityZone", zone);
    return subnet;
}

struct had_node *add_hub(struct fixture *f)
{
    struct had_node *hub =
        add(f, "AWS::EC2::TransitGateway", "hub core", "gateway", "", f->network, HAD_LAYER_HUB);
    set_int(f, hub, "AmazonSideAsn", 64520);
    hub->protect = HAD_PROTECT_ACKNOWLEDGE;
    struct had_node *share =
        add(f, "AWS::RAM::ResourceShare", "hub core", "share", "", f->network, HAD_LAYER_HUB);
    set(f, share, "Name", "hub-core");
    struct had_prop *arns = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, arns, read_of(f, hub, "TransitGatewayArn"));
    had_node_set(&f->graph, share, "ResourceArns", arns);
    struct had_prop *principals = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, principals, text(f, "444444444444"));
    had_prop_append(&f->graph, principals, text(f, "033333333333"));
    had_node_set(&f->graph, share, "Principals", principals);
    return hub;
}

struct had_node *add_attachment(struct fixture *f, struct had_node *hub, struct had_node *vpc,
                                struct had_node *subnet)
{
    struct had_node *attachment =
        add(f, "AWS::EC2::TransitGatewayAttachment", had_str_cstr(&f->arena, vpc->object),
            "attachment", "hub core", vpc->context, HAD_LAYER_NETWORK);
    set_read(f, attachment, "TransitGatewayId", hub, "Id");
    set_read(f, attachment, "VpcId", vpc, "VpcId");
    struct had_prop *subnets = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, subnets, read_of(f, subnet, "SubnetId"));
    had_node_set(&f->graph, attachment, "SubnetIds", subnets);
    struct had_node *share = had_graph_find(&f->graph, HAD_STR("hub core:share"));
    had_edge_add(&f->graph, attachment, share, HAD_SEES, HAD_UNTIL_READY,
                 "a shared hub is visible through its share", here);
    return attachment;
}

struct had_node *add_directory(struct fixture *f, struct had_node *vpc, struct had_node *a,
                               struct had_node *b)
{
    struct had_node *directory = add(f, "AWS::DirectoryService::MicrosoftAD", "directory aws",
                                     "directory", "", f->shared, HAD_LAYER_DIRECTORY);
    directory->protect = HAD_PROTECT_ACKNOWLEDGE;
    set(f, directory, "Name", "aws.example.com");
    had_node_set(&f->graph, directory, "Password",
                 had_prop_secret(&f->graph, HAD_STR("ad/aws/admin"), (had_str){0}, (had_str){0},
                                 "Password", here));
    set_read(f, directory, "VpcSettings.VpcId", vpc, "VpcId");
    struct had_prop *subnets = had_prop_list(&f->graph, here);
    had_prop_append(&f->graph, subnets, read_of(f, a, "SubnetId"));
    had_prop_append(&f->graph, subnets, read_of(f, b, "SubnetId"));
    had_node_set(&f->graph, directory, "VpcSettings.SubnetIds", subnets);
    return directory;
}

static void show_findings(const struct fixture *f)
{
    had_each(struct had_diag *, at, &f->diags.items)
        fprintf(stderr, "%s: " HAD_FMT "\n", (*at)->code->code, HAD_ARG((*at)->message));
}

void build_steps(struct fixture *f)
{
    if (!f->graph.finished && !had_graph_finish(&f->graph, &f->diags)) {
        show_findings(f);
        fail_msg("the graph has findings");
    }
    f->output.files.count = 0;
    struct had_steps *steps = had_steps_build(&f->arena, &f->graph, &f->options, &f->diags);
    had_steps_write(steps, &f->output);
    f->steps = steps;
}

/* A template must be one document, with our tags alone and no key twice. */
static void parse(const struct had_output_file *file)
{
    static const char *const tags[] = {"!Ref", "!GetAtt", "!Sub",   "!Join", "!Select",
                                       "!If",  "!Equals", "!Split", "!Not"};
    yaml_parser_t parser;
    yaml_document_t document;
    assert_int_equal(yaml_parser_initialize(&parser), 1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)file->text.ptr, file->text.len);
    if (!yaml_parser_load(&parser, &document))
        fail_msg(HAD_FMT ": %s at line %zu", HAD_ARG(file->path), parser.problem,
                 parser.problem_mark.line + 1);
    assert_non_null(yaml_document_get_root_node(&document));
    for (int i = 1; yaml_document_get_node(&document, i); i++) {
        const yaml_node_t *node = yaml_document_get_node(&document, i);
        const char *tag = (const char *)node->tag;
        bool known = strncmp(tag, "tag:yaml.org,2002:", 18) == 0;
        for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
            known = known || !strcmp(tag, tags[k]);
        if (!known)
            fail_msg(HAD_FMT ": tag %s", HAD_ARG(file->path), tag);
        if (node->type != YAML_MAPPING_NODE)
            continue;
        for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
             p++)
            for (yaml_node_pair_t *q = p + 1; q < node->data.mapping.pairs.top; q++)
                assert_string_not_equal(
                    (char *)yaml_document_get_node(&document, p->key)->data.scalar.value,
                    (char *)yaml_document_get_node(&document, q->key)->data.scalar.value);
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
}

void emit_all(struct fixture *f)
{
    build_steps(f);
    struct had_emit_input input = {&f->graph, &f->options, f->steps, &f->diags};
    had_backend_cloudformation.emit(&input, &f->output);
    had_backend_report.emit(&input, &f->output);
    had_backend_runbook.emit(&input, &f->output);
    had_output_sort(&f->output);
    show_findings(f);
    assert_int_equal(f->diags.items.count, 0);
    had_each(const struct had_output_file, file, &f->output.files)
        if (had_str_ends(file->path, ".yaml"))
            parse(file);
}

static const struct had_output_file *file_of(const struct fixture *f, const char *path)
{
    had_each(const struct had_output_file, file, &f->output.files)
        if (had_str_is(file->path, path))
            return file;
    return NULL;
}

bool has_file(const struct fixture *f, const char *path)
{
    return file_of(f, path) != NULL;
}

const char *file_text(struct fixture *f, const char *path)
{
    const struct had_output_file *file = file_of(f, path);
    if (!file) {
        had_each(const struct had_output_file, at, &f->output.files)
            fprintf(stderr, HAD_FMT "\n", HAD_ARG(at->path));
        fail_msg("there is no file %s", path);
    }
    return had_str_cstr(&f->arena, file->text);
}

const struct had_step *step_of(const struct fixture *f, const char *id)
{
    had_each(const struct had_step, step, &f->steps->steps)
        if (had_str_is(step->id, id))
            return step;
    had_each(const struct had_step, step, &f->steps->steps)
        fprintf(stderr, HAD_FMT "\n", HAD_ARG(step->id));
    fail_msg("there is no step %s", id);
    return NULL;
}

const char *block(struct fixture *f, const char *path, const char *name)
{
    const char *all = file_text(f, path);
    had_str head = had_str_printf(&f->arena, "\n  %s:\n", name);
    const char *start = strstr(all, had_str_cstr(&f->arena, head));
    if (!start) {
        fprintf(stderr, "%s\n", all);
        fail_msg("%s has no %s", path, name);
    }
    start++;
    const char *end = start + head.len - 1;
    for (;;) {
        const char *deeper = end + strspn(end, "\n"); /* blank lines may stand in a block of code */
        if (strncmp(deeper, "   ", 3) != 0)
            break;
        end = strchr(deeper, '\n');
        if (!end)
            return start;
        end++;
    }
    return had_str_cstr(&f->arena, (had_str){start, (uint32_t)(end - start)});
}

uint32_t findings(const struct fixture *f, const char *code)
{
    uint32_t count = 0;
    had_each(struct had_diag *, at, &f->diags.items)
        count += !strcmp((*at)->code->code, code);
    return count;
}

void assert_has(const char *all, const char *part)
{
    if (!strstr(all, part)) {
        fprintf(stderr, "--- not there: %s\n%s\n", part, all);
        fail();
    }
}

void assert_lacks(const char *all, const char *part)
{
    if (strstr(all, part)) {
        fprintf(stderr, "--- there: %s\n%s\n", part, all);
        fail();
    }
}
