#include "direct/direct.h"

static const struct had_direct commands[] = {
    {"apply", had_cmd_apply}, {"aws", had_cmd_aws},       {"destroy", had_cmd_destroy},
    {"drift", had_cmd_drift}, {"import", had_cmd_import}, {"output", had_cmd_output},
    {"plan", had_cmd_plan},   {"state", had_cmd_state},   {NULL, NULL},
};

int main(int argc, char **argv)
{
    return had_main(argc, argv, commands);
}
