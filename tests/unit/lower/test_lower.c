/*
 * Lowering as a whole: invariants that hold over every example and golden spec, what does not
 * change when a spec is written in another order, and the two findings of the network half.
 */
#include "graph/rtype.h"
#include "lower/internal.h"
#include "sema/sema.h"
#include "syntax/parse.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct run {
    struct had_arena arena;
    struct had_sources sources;
    struct had_diags diags;
    struct had_graph *graph;
};

static struct run *begin(void)
{
    struct run *run = calloc(1, sizeof *run);
    run->sources.arena = &run->arena;
    run->diags.arena = &run->arena;
    return run;
}

static void end(struct run *run)
{
    had_arena_free(&run->arena);
    free(run);
}

static void lower_files(struct run *run, had_files *files)
{
    had_imports(&run->arena, &run->sources, &run->diags, files);
    struct had_sema_input input = {
        .arena = &run->arena,
        .sources = &run->sources,
        .diags = &run->diags,
        .files = (const struct had_file *const *)files->items,
        .file_count = files->count,
        .as_of = 20000,
    };
    struct had_spec *spec = had_sema(&input);
    if (!run->diags.errors)
        run->graph = had_lower(&run->arena, spec, &run->diags);
}

static struct run *lower_text(const char *text)
{
    struct run *run = begin();
    uint32_t file = had_sources_add(&run->sources, HAD_STR("test.had"), had_str_c(text));
    had_files files = {0};
    *had_push(&run->arena, &files) = had_parse(&run->arena, &run->sources, file, &run->diags);
    lower_files(run, &files);
    return run;
}

/* Every *.had of a folder as one spec, or one file of it. */
static struct run *lower_path(const char *folder, const char *name)
{
    struct run *run = begin();
    run->sources.root = had_str_dup(&run->arena, had_str_c(folder));
    had_str *paths = NULL;
    uint32_t count = 0;
    had_str one = had_str_dup(&run->arena, had_str_c(name ? name : ""));
    if (name) {
        paths = &one;
        count = 1;
    } else {
        had_sources_list(&run->sources, (had_str){"", 0}, &paths, &count);
    }
    had_files files = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t file = 0;
        struct had_source_error error = had_sources_load(&run->sources, paths[i], false, &file);
        assert_int_equal(error.status, 0);
        *had_push(&run->arena, &files) = had_parse(&run->arena, &run->sources, file, &run->diags);
    }
    lower_files(run, &files);
    return run;
}

static const struct had_diag *found(const struct run *run, const struct had_code *code)
{
    for (uint32_t i = 0; i < run->diags.items.count; i++)
        if (run->diags.items.items[i]->code == code)
            return run->diags.items.items[i];
    return NULL;
}

static const char head[] =
    "had 1\n"
    "spec test { owner = \"test@example.com\" }\n"
    "existing organization example { id = \"o-a1b2c3d4e5\", management = account management }\n"
    "existing account management in organization example { id = 111111111111 }\n"
    "existing account network in organization example { id = 222222222222 }\n"
    "region eu-west-1 { zones = [a, b] }\n";

/* ---- invariants over every spec ---- */

static had_str text_of(const struct had_node *node, const char *path)
{
    const struct had_prop *prop = had_node_get(node, path);
    return prop && prop->tag == HAD_PROP_TEXT ? prop->text : (had_str){0};
}

static void check_node(const struct had_node *node)
{
    assert_non_null(node->type);
    assert_non_null(node->context);
    assert_true(had_span_known(node->origin->span));
    assert_true(node->origin->object.len > 0);
    assert_true(node->layer != HAD_LAYER_NONE || node->class == HAD_FACT ||
                node->class == HAD_GATE);
    const char *type = node->type->name;
    /* Traps of replacement: the reference's list. */
    assert_string_not_equal(type, "AWS::EC2::TransitGatewayVpcAttachment");
    assert_null(had_node_get(node, "GroupName"));
    if (node->type->tags_replace) {
        const struct had_prop *tags = had_node_get(node, "Tags");
        assert_true(!tags || tags->items.count == 1);
    }
    bool in = strcmp(type, "AWS::EC2::SecurityGroupIngress") == 0;
    bool out = strcmp(type, "AWS::EC2::SecurityGroupEgress") == 0;
    if (in || out) {
        assert_true(text_of(node, "Description").len > 0);
        uint32_t ends = 0;
        ends += had_node_get(node, "CidrIp") != NULL;
        ends += had_node_get(node, "CidrIpv6") != NULL;
        ends +=
            had_node_get(node, in ? "SourceSecurityGroupId" : "DestinationSecurityGroupId") != NULL;
        assert_int_equal(ends, 1);
        assert_false(in && had_str_is(text_of(node, "CidrIp"), "0.0.0.0/0") &&
                     had_str_is(text_of(node, "IpProtocol"), "-1"));
    }
    if (strcmp(type, "AWS::EC2::Subnet") == 0)
        assert_true(!had_node_get(node, "AvailabilityZone") !=
                    !had_node_get(node, "AvailabilityZoneId"));
    if (node->class == HAD_GATE) {
        const struct had_prop *instruction = had_node_get(node, "Instruction");
        assert_non_null(instruction); /* a text, or a format with values of that moment */
        assert_true(instruction->tag != HAD_PROP_TEXT || instruction->text.len > 20);
        assert_true(text_of(node, "Owner").len > 0);
    }
    for (uint32_t i = 0; i < node->needs.count; i++) {
        const struct had_edge *edge = node->needs.items[i];
        if (edge->kind != HAD_READS)
            assert_true(edge->why && strlen(edge->why) > 10);
        /* Gates and facts stand in no stack, and what exists is there before any. */
        if (node->layer != HAD_LAYER_NONE && edge->to->lifecycle != HAD_EXISTING &&
            (edge->kind == HAD_READS || edge->kind == HAD_NEEDS))
            assert_true(edge->to->layer <= node->layer || edge->revision > 0);
    }
}

static void check_run(const struct run *run, const char *name)
{
    if (run->diags.errors) {
        struct had_buffer out = {0};
        had_render_text(&out, &run->diags, &run->sources, false);
        print_error("%s:\n%.*s", name, (int)out.len, out.ptr);
        had_buffer_free(&out);
    }
    assert_int_equal(run->diags.errors, 0);
    assert_non_null(run->graph);
    assert_true(run->graph->nodes.count > 0);
    for (uint32_t i = 0; i < run->graph->nodes.count; i++)
        check_node(run->graph->nodes.items[i]);
}

static void test_every_spec(void **state)
{
    (void)state;
    struct run *acme = lower_path(HAD_SOURCE_DIR "/examples/acme", NULL);
    check_run(acme, "acme");
    end(acme);
    static const char folder[] = HAD_SOURCE_DIR "/tests/golden/lower";
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    uint32_t specs = 0;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (!had_str_ends(had_str_c(entry->d_name), ".had"))
            continue;
        struct run *run = lower_path(folder, entry->d_name);
        check_run(run, entry->d_name);
        end(run);
        specs++;
    }
    closedir(dir);
    assert_true(specs >= 14);
}

/* ---- order ---- */

static const char hub[] = "hub core in account network at region eu-west-1 { asn = 64520 }\n";
static const char segment[] = "segment all in hub core { reaches = segment all }\n";
static const char site[] = "site office { ranges = 192.168.0.0/16, dns = 192.168.0.10 }\n";
static const char line[] =
    "link office via vpn from site office to hub core { device = 203.0.113.1, asn = 65010 }\n";
static const char spoke_one[] = "spoke one in account network on hub core {\n"
                                "  cidr = 10.0.0.0/20\n"
                                "  subnet a in zone a { cidr = 10.0.0.0/24 }\n"
                                "  subnet b in zone b { cidr = 10.0.1.0/24 }\n"
                                "  resolver out { direction = outbound, subnets = [a, b] }\n"
                                "}\n";
static const char forward[] = "forward \"corp.example.com\" via resolver out { targets = site "
                              "office, used-by = spoke one }\n";

static void join(char *out, size_t room, const char *const *parts, const size_t *order,
                 size_t count)
{
    out[0] = '\0';
    strncat(out, head, room - 1);
    for (size_t i = 0; i < count; i++)
        strncat(out, parts[order[i]], room - strlen(out) - 1);
}

static void test_order_of_statements(void **state)
{
    (void)state;
    const char *const parts[] = {hub, segment, site, line, spoke_one, forward};
    static const size_t forwards[] = {0, 1, 2, 3, 4, 5};
    static const size_t backwards[] = {5, 4, 3, 2, 1, 0};
    char one[4096];
    char two[4096];
    join(one, sizeof one, parts, forwards, 6);
    join(two, sizeof two, parts, backwards, 6);
    struct run *a = lower_text(one);
    struct run *b = lower_text(two);
    check_run(a, "forwards");
    check_run(b, "backwards");
    assert_int_equal(a->graph->nodes.count, b->graph->nodes.count);
    assert_int_equal(a->graph->edges.count, b->graph->edges.count);
    for (uint32_t i = 0; i < a->graph->nodes.count; i++) {
        const struct had_node *left = a->graph->nodes.items[i];
        const struct had_node *right = b->graph->nodes.items[i];
        assert_true(had_str_eq(left->address, right->address));
        assert_int_equal(left->layer, right->layer);
        assert_int_equal(left->needs.count, right->needs.count);
    }
    end(a);
    end(b);
}

/* Something that has nothing to do with the rest leaves every address as it was. */
static void test_unrelated_objects(void **state)
{
    (void)state;
    const char *const parts[] = {
        hub,
        segment,
        site,
        line,
        spoke_one,
        forward,
        "spoke aside in account network at region eu-west-1 {\n"
        "  cidr = 10.9.0.0/24\n  subnet a in zone a { cidr = 10.9.0.0/26 }\n}\n"};
    static const size_t order[] = {6, 0, 1, 2, 3, 4, 5};
    char less[4096];
    char more[4096];
    join(less, sizeof less, parts, order + 1, 6);
    join(more, sizeof more, parts, order, 7);
    struct run *a = lower_text(less);
    struct run *b = lower_text(more);
    check_run(a, "less");
    check_run(b, "more");
    for (uint32_t i = 0; i < a->graph->nodes.count; i++) {
        const struct had_node *node = a->graph->nodes.items[i];
        if (had_graph_find(b->graph, node->address))
            continue;
        print_error(HAD_FMT "\n", HAD_ARG(node->address));
        fail();
    }
    end(a);
    end(b);
}

/* ---- findings ---- */

static char *crowded(const char *more)
{
    static char text[32768];
    size_t at = (size_t)snprintf(text, sizeof text,
                                 "%sspoke one in account network at region eu-west-1 {\n"
                                 "  cidr = 10.0.0.0/20\n  security-group busy {\n",
                                 head);
    for (int i = 0; i < 61; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "    allow https from 10.%d.0.0/24\n",
                               2 * i + 1);
    snprintf(text + at, sizeof text - at, "  }\n}\n%s", more);
    return text;
}

static void test_rules_of_a_group(void **state)
{
    (void)state;
    struct run *run = lower_text(crowded(""));
    const struct had_diag *diag = found(run, &HAD0750);
    assert_non_null(diag);
    assert_non_null(strstr(had_str_cstr(&run->arena, diag->message), "61 rules"));
    assert_true(diag->help.len > 0);
    end(run);
    run =
        lower_text(crowded("quota \"security group rules\" because \"raised\" { limit = 100 }\n"));
    assert_null(found(run, &HAD0750));
    check_run(run, "raised quota");
    end(run);
}

/* A forest with so many controllers on-premises, no two of them neighbours, and two of ours. */
static char *replicating(int partners, const char *more)
{
    static char text[32768];
    size_t at = (size_t)snprintf(text, sizeof text,
                                 "%ssite office {\n  ranges = 192.168.0.0/16\n"
                                 "  dns = 192.168.1.10\n  controllers { ",
                                 head);
    for (int i = 0; i < partners; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%sc%d = 192.168.%d.10", i ? ", " : "",
                               i, i + 1);
    snprintf(text + at, sizeof text - at,
             " }\n}\nspoke main in account network at region eu-west-1 {\n"
             "  cidr = 10.0.0.0/20\n  role = shared-services\n"
             "  subnet a in zone a { cidr = 10.0.0.0/24 }\n"
             "  subnet b in zone b { cidr = 10.0.1.0/24 }\n}\n"
             "existing forest corp {\n  root = \"corp.example.com\"\n  netbios = \"CORP\"\n"
             "  sites = [site office]\n  join-as = secret(\"ad/corp\")\n"
             "  controller dc1 in subnet main.a { address = 10.0.0.10 }\n"
             "  controller dc2 in subnet main.b { address = 10.0.1.10 }\n}\n%s",
             more);
    return text;
}

static uint32_t count_rules(const struct run *run, const char *start)
{
    uint32_t count = 0;
    had_each(struct had_node *, node, &run->graph->nodes)
        count += had_str_starts((*node)->address, start);
    return count;
}

static void test_groups_of_controllers(void **state)
{
    (void)state;
    struct run *run = lower_text(replicating(2, ""));
    uint32_t one = count_rules(run, "spoke main:in[controllers corp/partners ") / 3;
    assert_true(one > 8 && one <= 60);
    assert_int_equal(count_rules(run, "spoke main:in[controllers corp/further "), 0);
    end(run);

    /* What one group has no room for stands in the next, and nothing is lost or doubled. */
    run = lower_text(replicating(7, ""));
    check_run(run, "controllers with many partners");
    uint32_t held = count_rules(run, "spoke main:in[controllers corp/partners "),
             next = count_rules(run, "spoke main:in[controllers corp/further "),
             last = count_rules(run, "spoke main:in[controllers corp/further 2 ");
    assert_true(held <= 60 && next - last <= 60 && last <= 60);
    assert_int_equal(held + next, 8 * one);
    const struct had_node *instance =
        had_graph_find(run->graph, HAD_STR("forest corp/controller dc1:instance"));
    assert_non_null(instance);
    assert_int_equal(had_node_get(instance, "SecurityGroupIds")->items.count, last ? 4 : 3);
    end(run);

    run = lower_text(
        replicating(7, "quota \"security group rules\" because \"x\" { limit = 200 }\n"));
    assert_int_equal(count_rules(run, "spoke main:in[controllers corp/further "), 0);
    end(run);

    /* An interface takes five groups. */
    run = lower_text(replicating(30, ""));
    const struct had_diag *diag = found(run, &HAD0758);
    assert_non_null(diag);
    assert_true(diag->help.len > 0);
    end(run);
    run = lower_text(replicating(
        30, "quota \"vpc security groups of an interface\" because \"x\" { limit = 16 }\n"));
    assert_null(found(run, &HAD0758));
    check_run(run, "raised groups of an interface");
    end(run);
}

static void test_resolver_as_target(void **state)
{
    (void)state;
    static const char in[] =
        "spoke two in account network on hub core {\n"
        "  cidr = 10.1.0.0/20\n"
        "  subnet a in zone a { cidr = 10.1.0.0/24 }\n"
        "  subnet b in zone b { cidr = 10.1.1.0/24 }\n"
        "  resolver in-here { direction = inbound, subnets = [a, b]%s }\n"
        "}\n"
        "forward \"here.example.com\" via resolver out { targets = resolver in-here }\n";
    char spec[4096];
    char inbound[1024];
    snprintf(inbound, sizeof inbound, in, "");
    snprintf(spec, sizeof spec, "%s%s%s%s%s", head, hub, segment, spoke_one, inbound);
    struct run *run = lower_text(spec);
    assert_non_null(found(run, &HAD0751));
    end(run);
    snprintf(inbound, sizeof inbound, in, ", addresses { a = 10.1.0.10, b = 10.1.1.10 }");
    snprintf(spec, sizeof spec, "%s%s%s%s%s", head, hub, segment, spoke_one, inbound);
    run = lower_text(spec);
    assert_null(found(run, &HAD0751));
    check_run(run, "fixed addresses");
    end(run);
}

/* ---- port tables ---- */

static bool has_row(const had_port_rows *rows, const char *protocol, int32_t first, int32_t last)
{
    for (uint32_t i = 0; i < rows->count; i++)
        if (!strcmp(rows->items[i].protocol, protocol) && rows->items[i].first == first &&
            rows->items[i].last == last)
            return true;
    return false;
}

static void test_port_rows(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_lowering l = {.arena = &arena};
    had_port_rows member = {0};
    had_port_rows_of(&l, &member, "member_dc", 0, HAD_RULE_IN);
    assert_true(has_row(&member, "tcp", 88, 88));
    assert_true(has_row(&member, "udp", 389, 389));
    assert_true(has_row(&member, "tcp", 49152, 65535));
    assert_false(has_row(&member, "tcp", 636, 636));
    assert_false(has_row(&member, "udp", 138, 138));
    assert_false(has_row(&member, "tcp", 9389, 9389));

    had_port_rows more = {0};
    had_port_rows_of(&l, &more, "member_dc", HAD_WHEN_LDAPS | HAD_WHEN_MANAGED, HAD_RULE_IN);
    assert_true(has_row(&more, "tcp", 636, 636));
    assert_true(has_row(&more, "tcp", 9389, 9389));
    assert_int_equal(more.count, member.count + 2);

    /* Lists of ports and both protocols of one row. */
    had_port_rows connector = {0};
    had_port_rows_of(&l, &connector, "ad_connector", 0, HAD_RULE_OUT);
    assert_int_equal(connector.count, 6);
    assert_true(has_row(&connector, "udp", 88, 88));

    /* A row of all traffic is what leaves, and stands for the others there. */
    had_port_rows in = {0};
    had_port_rows out = {0};
    had_port_rows_of(&l, &in, "trust", HAD_WHEN_CREATION, HAD_RULE_IN);
    had_port_rows_of(&l, &out, "trust", HAD_WHEN_CREATION, HAD_RULE_OUT);
    assert_true(has_row(&in, "tcp", 445, 445));
    assert_false(has_row(&in, "-1", -1, -1));
    assert_int_equal(out.count, 1);
    assert_true(has_row(&out, "-1", -1, -1));

    had_port_rows none = {0};
    had_port_rows_of(&l, &none, "no such flow", ~0u, HAD_RULE_IN);
    assert_int_equal(none.count, 0);

    assert_true(had_str_is(had_ports_text(&l, "tcp", 443, 443), "443/tcp"));
    assert_true(had_str_is(had_ports_text(&l, "udp", 1, 9), "1-9/udp"));
    assert_true(had_str_is(had_ports_text(&l, "icmp", 8, -1), "icmp echo"));
    assert_true(had_str_is(had_ports_text(&l, "-1", -1, -1), "all"));
    had_arena_free(&arena);
}

static void test_arn_parts(void **state)
{
    (void)state;
    had_str arn = HAD_STR("arn:aws:logs:eu-west-1:222222222222:log-group:/x");
    assert_true(had_str_is(had_arn_part(arn, 0), "arn"));
    assert_true(had_str_is(had_arn_part(arn, 3), "eu-west-1"));
    assert_true(had_str_is(had_arn_part(arn, 4), "222222222222"));
    assert_int_equal(had_arn_part(arn, 9).len, 0);
    assert_int_equal(had_arn_part(HAD_STR(""), 2).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spec),
        cmocka_unit_test(test_order_of_statements),
        cmocka_unit_test(test_unrelated_objects),
        cmocka_unit_test(test_rules_of_a_group),
        cmocka_unit_test(test_groups_of_controllers),
        cmocka_unit_test(test_resolver_as_target),
        cmocka_unit_test(test_port_rows),
        cmocka_unit_test(test_arn_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
