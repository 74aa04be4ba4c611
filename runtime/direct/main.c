#include "direct/direct.h"

static const struct had_direct commands[] = {
    {"aws", had_cmd_aws},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return had_main(argc, argv, commands);
}
