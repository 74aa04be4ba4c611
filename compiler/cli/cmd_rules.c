#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int had_cmd_rules(struct had_cli *cli)
{
    if (cli->format == HAD_FORMAT_JSON) {
        json_t *list = json_array();
        for (uint32_t i = 0; had_rules[i]; i++) {
            const struct had_rule *r = had_rules[i];
            json_t *o = json_object();
            json_object_set_new(o, "code", json_string(r->code.code));
            json_object_set_new(o, "severity", json_string(had_severity_name(r->code.severity)));
            json_object_set_new(o, "title", json_string(r->code.title));
            json_object_set_new(o, "waivable", json_boolean(!r->code.hard));
            json_object_set_new(o, "opt_in", json_boolean(r->opt_in));
            json_object_set_new(o, "phase", json_string(had_phase_name(r->phase)));
            json_object_set_new(o, "source",
                                r->code.source ? json_string(r->code.source) : json_null());
            json_array_append_new(list, o);
        }
        char *text = json_dumps(list, JSON_INDENT(2));
        printf("%s\n", text ? text : "[]");
        free(text);
        json_decref(list);
        return HAD_EXIT_DONE;
    }
    for (uint32_t i = 0; had_rules[i]; i++)
        printf("%-9s %-8s %s%s\n", had_rules[i]->code.code,
               had_severity_name(had_rules[i]->code.severity), had_rules[i]->code.title,
               had_rules[i]->opt_in ? " (only where `severities` names it)" : "");
    return HAD_EXIT_DONE;
}
