/* Manifest, firewall list and runbook. */
#include "fixture.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const struct had_span here = {.file = 1, .start = 0, .end = 1};

static struct had_node *add_gate(struct fixture *f, const char *object, const char *instruction)
{
    struct had_node *gate = add(f, "had::Gate", object, "gate", "", f->person, HAD_LAYER_NONE);
    set(f, gate, "Kind", "gate");
    set(f, gate, "Instruction", instruction);
    set(f, gate, "Owner", "network team");
    return gate;
}

static void add_flow(struct fixture *f, struct had_prop *list, const char *source,
                     const char *purpose)
{
    static const char *const keys[] = {"Direction", "Source", "Destination",
                                       "Protocol",  "Ports",  "Purpose"};
    const char *const values[] = {"in", source, "10.1.0.10/32", "tcp", "88", purpose};
    struct had_prop *row = had_prop_map(&f->graph, here);
    for (int i = 0; i < 6; i++)
        had_prop_put(&f->graph, row, keys[i], text(f, values[i]));
    had_prop_append(&f->graph, list, row);
}

static void the_firewall_list_is_a_table(void **state)
{
    struct fixture *f = *state;
    struct had_node *gate = add_gate(f, "site dublin", "Open the ports.");
    struct had_prop *flows = had_prop_list(&f->graph, here);
    add_flow(f, flows, "10.2.0.0/16", "Kerberos");
    add_flow(f, flows, "10.1.0.0/16", "=HYPERLINK(\"http://x\"), and more");
    add_flow(f, flows, "10.2.0.0/16", "Kerberos");
    add_flow(f, flows, "@x", "-1\n+2");
    had_node_set(&f->graph, gate, "Flows", flows);
    emit_all(f);
    assert_string_equal(file_text(f, "firewall.csv"),
                        "direction,source,destination,protocol,ports,purpose\r\n"
                        "in,10.1.0.0/16,10.1.0.10/32,tcp,88,\"'=HYPERLINK(\"\"http://x\"\"), and "
                        "more\"\r\n"
                        "in,10.2.0.0/16,10.1.0.10/32,tcp,88,Kerberos\r\n"
                        "in,\"'@x\",10.1.0.10/32,tcp,88,\"'-1 +2\"\r\n");
    assert_has(file_text(f, "runbook.md"), "- Flows: `firewall.csv`\n");
}

static void the_manifest_is_json_with_digests(void **state)
{
    struct fixture *f = *state;
    add_vpc(f, "a", f->shared, "10.0.0.0/24");
    add_gate(f, "site \"x\"", "Do \"it\".");
    emit_all(f);
    json_error_t error;
    json_t *root = json_loads(file_text(f, "manifest.json"), 0, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "spec")), "acme");
    assert_int_equal(json_integer_value(json_object_get(root, "version")), 1);
    json_t *steps = json_object_get(root, "steps");
    assert_int_equal(json_array_size(steps), 2);
    json_t *gate = json_array_get(steps, 0), *stack = json_array_get(steps, 1);
    assert_string_equal(json_string_value(json_object_get(gate, "kind")), "gate");
    assert_string_equal(json_string_value(json_object_get(gate, "instruction")), "Do \"it\".");
    const char *path = json_string_value(json_object_get(stack, "template"));
    const char *body = file_text(f, path);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;
    EVP_Digest(body, strlen(body), digest, &size, EVP_sha256(), NULL);
    char hex[65];
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(json_string_value(json_object_get(stack, "sha256")), hex);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(stack, "resources"), "SpokeAVpc")),
        "spoke a:vpc");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(stack, "tags"), "had:stack")), "network");
    json_decref(root);
}

static void the_runbook_escapes_what_people_wrote(void **state)
{
    struct fixture *f = *state;
    add_gate(f, "site x", "Promote `dc-1` & *both*\n# of <b>them</b> [now](http://x) \x1b[31m`");
    emit_all(f);
    const char *runbook = file_text(f, "runbook.md");
    assert_has(runbook, "- Do: Promote `dc-1` \\& \\*both\\* \\# of \\<b\\>them\\</b\\> "
                        "\\[now\\]\\(http://x\\) ?\\[31m\\`\n");
    assert_has(runbook, "- Owner: network team\n");
    assert_has(runbook, "- Check: a person confirms\n");
}

static void commands_quote_for_the_shell(void **state)
{
    struct fixture *f = *state;
    struct had_context like = *f->shared;
    like.account = HAD_STR("it's; rm -rf $HOME");
    struct had_node *vpc = add_vpc(f, "a", had_context_get(&f->graph, &like), "10.0.0.0/24");
    vpc->protect = HAD_PROTECT_KEEP;
    emit_all(f);
    const char *runbook = file_text(f, "runbook.md");
    assert_has(runbook, "--profile 'it'\\''s; rm -rf $HOME' ");
    assert_true(has_file(f, "cloudformation/it-s--rm--rf--HOME/eu-west-1/network.yaml"));
    assert_has(runbook, "## What stays after an undo\n");
    assert_has(runbook, "- spoke a:vpc in stack `had-acme-network`");
    assert_has(runbook, "  --enable-termination-protection\n");
}

static void one_folder_for_two_accounts_is_refused(void **state)
{
    struct fixture *f = *state;
    struct had_context like = *f->shared;
    like.account = HAD_STR("a/b");
    const struct had_context *one = had_context_get(&f->graph, &like);
    like.account = HAD_STR("a b");
    add_vpc(f, "a", one, "10.0.0.0/24");
    add_vpc(f, "b", had_context_get(&f->graph, &like), "10.0.0.0/24");
    build_steps(f);
    assert_int_equal(findings(f, "HAD0805"), 1);
}

static void values_in_an_instruction_are_listed(void **state)
{
    struct fixture *f = *state;
    struct had_node *vpc = add_vpc(f, "a", f->shared, "10.0.0.0/24");
    struct had_node *gate = add_gate(f, "site x", "");
    struct had_prop *format = had_prop_format(&f->graph, here);
    had_prop_append(&f->graph, format, text(f, "Route to "));
    had_prop_append(&f->graph, format, read_of(f, vpc, "VpcId"));
    had_node_set(&f->graph, gate, "Instruction", format);
    emit_all(f);
    const char *runbook = file_text(f, "runbook.md");
    assert_has(runbook, "- Do: Route to \\<SpokeAVpcId\\>\n");
    assert_has(runbook, "SpokeAVpcId=\"$(out shared eu-west-1 had-acme-network SpokeAVpcId)\"\n");
    assert_has(block(f, "cloudformation/shared/eu-west-1/network.yaml", "SpokeAVpcId"),
               "Value: !Ref SpokeAVpc\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_firewall_list_is_a_table),           TEST(the_manifest_is_json_with_digests),
        TEST(the_runbook_escapes_what_people_wrote),  TEST(commands_quote_for_the_shell),
        TEST(one_folder_for_two_accounts_is_refused), TEST(values_in_an_instruction_are_listed),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
