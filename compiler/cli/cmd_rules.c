#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void print_json(had_str group)
{
    json_t *list = json_array();
    for (uint32_t i = 0; had_rules[i]; i++) {
        const struct had_rule *r = had_rules[i];
        if (group.len && !had_str_is(group, r->group))
            continue;
        json_t *o = json_object();
        json_object_set_new(o, "code", json_string(r->code.code));
        json_object_set_new(o, "severity", json_string(had_severity_name(r->code.severity)));
        json_object_set_new(o, "title", json_string(r->code.title));
        json_object_set_new(o, "waivable", json_boolean(!r->code.hard));
        json_object_set_new(o, "opt_in", json_boolean(r->opt_in));
        json_object_set_new(o, "phase", json_string(had_phase_name(r->phase)));
        json_object_set_new(o, "complexity", json_string(r->complexity));
        json_object_set_new(o, "source",
                            r->code.source ? json_string(r->code.source) : json_null());
        json_array_append_new(list, o);
    }
    char *text = json_dumps(list, JSON_INDENT(2));
    printf("%s\n", text ? text : "[]");
    free(text);
    json_decref(list);
}

int had_cmd_rules(struct had_cli *cli)
{
    had_str group = {0};
    if (cli->operands.count) {
        group = had_str_upper(&cli->arena, had_str_c(cli->operands.items[0]));
        bool known = false;
        had_names groups = {0};
        for (uint32_t i = 0; had_rules[i]; i++) {
            known = known || had_str_is(group, had_rules[i]->group);
            *had_push(&cli->arena, &groups) = had_str_c(had_rules[i]->group);
        }
        if (!known || cli->operands.count > 1) {
            had_str near = had_str_nearest(group, groups.items, groups.count);
            fprintf(stderr, "had rules: there is no group `" HAD_FMT "`%s" HAD_FMT "%s\n",
                    HAD_ARG(group), near.len ? "; did you mean `" : "", HAD_ARG(near),
                    near.len ? "`?" : "; `had explain` lists them");
            return HAD_EXIT_USAGE;
        }
    }
    if (cli->format == HAD_FORMAT_JSON) {
        print_json(group);
        return HAD_EXIT_DONE;
    }
    for (uint32_t i = 0; had_rules[i]; i++)
        if (!group.len || had_str_is(group, had_rules[i]->group))
            printf("%-9s %-8s %s%s\n", had_rules[i]->code.code,
                   had_severity_name(had_rules[i]->code.severity), had_rules[i]->code.title,
                   had_rules[i]->opt_in ? " (only where `severities` names it)" : "");
    return HAD_EXIT_DONE;
}
