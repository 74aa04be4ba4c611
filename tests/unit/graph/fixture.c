#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>

int fixture_make(void **state)
{
    struct fixture *f = had_xmalloc(sizeof *f);
    memset(f, 0, sizeof *f);
    f->diags.arena = &f->arena;
    f->span = (struct had_span){1, 10, 20};
    had_graph_init(&f->graph, &f->arena, HAD_STR("acme"), HAD_STR("eu-west-1"));
    struct had_context context = {.partition = HAD_STR("aws"),
                                  .account = HAD_STR("network"),
                                  .account_id = HAD_STR("111111111111"),
                                  .region = HAD_STR("eu-west-1"),
                                  .actor = HAD_ACTOR_DEPLOY,
                                  .deploy_role = HAD_STR("had-deploy")};
    f->hub = had_context_get(&f->graph, &context);
    context.account = HAD_STR("web-prod");
    context.account_id = HAD_STR("222222222222");
    f->spoke = had_context_get(&f->graph, &context);
    struct had_context person = {.actor = HAD_ACTOR_PERSON, .team = HAD_STR("directory team")};
    f->person = had_context_get(&f->graph, &person);
    *state = f;
    return 0;
}

int fixture_free(void **state)
{
    struct fixture *f = *state;
    had_arena_free(&f->arena);
    free(f);
    return 0;
}

struct had_origin origin_of(const struct fixture *f, const char *object)
{
    return (struct had_origin){.object = had_str_c(object), .span = f->span};
}

struct had_node *add_at(struct fixture *f, enum had_node_class class, const char *type,
                        const char *object, const char *role, const char *key,
                        const struct had_context *context, enum had_layer layer,
                        enum had_phase phase)
{
    return had_node_add(&f->graph, class, type, had_str_c(object), role, had_str_c(key), context,
                        layer, phase, origin_of(f, object));
}

struct had_node *add(struct fixture *f, const char *type, const char *object, const char *role)
{
    return add_at(f, HAD_RESOURCE, type, object, role, "", f->hub, HAD_LAYER_NETWORK,
                  HAD_PHASE_FOUNDATION);
}

struct had_prop *text(struct fixture *f, const char *value)
{
    return had_prop_c(&f->graph, value, f->span);
}

void set_text(struct fixture *f, struct had_node *node, const char *path, const char *value)
{
    had_node_set(&f->graph, node, path, text(f, value));
}

void set_read(struct fixture *f, struct had_node *node, const char *path,
              const struct had_node *source, const char *attribute)
{
    had_node_set(&f->graph, node, path, had_prop_read(&f->graph, source, attribute, f->span));
}

struct had_node *add_vpc(struct fixture *f, const char *object)
{
    struct had_node *vpc = add(f, "AWS::EC2::VPC", object, "vpc");
    set_text(f, vpc, "CidrBlock", "10.0.0.0/16");
    return vpc;
}

struct had_node *add_subnet(struct fixture *f, const char *object, const struct had_node *vpc)
{
    struct had_node *subnet = add(f, "AWS::EC2::Subnet", object, "subnet");
    set_read(f, subnet, "VpcId", vpc, "VpcId");
    set_text(f, subnet, "CidrBlock", "10.0.0.0/24");
    return subnet;
}

struct had_node *add_gate(struct fixture *f, const char *object)
{
    struct had_node *gate = add_at(f, HAD_GATE, "had::Gate", object, "gate", "", f->person,
                                   HAD_LAYER_NONE, HAD_PHASE_FOUNDATION);
    set_text(f, gate, "Kind", "firewall");
    set_text(f, gate, "Instruction", "open the firewall");
    set_text(f, gate, "Owner", "directory team");
    return gate;
}

struct had_edge *need(struct fixture *f, struct had_node *from, const struct had_node *to)
{
    return had_edge_add(&f->graph, from, to, HAD_NEEDS, HAD_UNTIL_READY, "the test says so",
                        f->span);
}

bool str_contains(had_str haystack, const char *part)
{
    uint32_t length = had_str_c(part).len;
    for (uint32_t i = 0; i + length <= haystack.len; i++) {
        if (!memcmp(haystack.ptr + i, part, length))
            return true;
    }
    return false;
}

static void print_findings(const struct fixture *f)
{
    had_each (struct had_diag *const, d, &f->diags.items) {
        fprintf(stderr, "%s: " HAD_FMT "\n", (*d)->code->code, HAD_ARG((*d)->message));
        had_each (const had_str, note, &(*d)->notes)
            fprintf(stderr, "  " HAD_FMT "\n", HAD_ARG(*note));
    }
}

void expect_clean(struct fixture *f)
{
    bool good = had_graph_finish(&f->graph, &f->diags);
    if (f->diags.items.count)
        print_findings(f);
    assert_int_equal(f->diags.items.count, 0);
    assert_true(good);
}

const struct had_diag *expect_one(struct fixture *f, const char *code, const char *contains,
                                  const char *contains_too)
{
    bool good = had_graph_finish(&f->graph, &f->diags);
    if (f->diags.items.count != 1)
        print_findings(f);
    assert_false(good);
    assert_int_equal(f->diags.items.count, 1);
    const struct had_diag *d = f->diags.items.items[0];
    assert_string_equal(d->code->code, code);
    if (!str_contains(d->message, contains) || !str_contains(d->message, contains_too)) {
        print_findings(f);
        fail_msg("the finding does not say `%s` and `%s`", contains, contains_too);
    }
    return d;
}

had_str dump_of(struct fixture *f)
{
    struct had_buffer out = {0};
    had_graph_dump(&out, &f->graph, NULL);
    had_str dump = had_str_dup(&f->arena, had_buffer_view(&out));
    had_buffer_free(&out);
    return dump;
}
