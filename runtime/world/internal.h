#ifndef HAD_WORLD_INTERNAL_H
#define HAD_WORLD_INTERNAL_H

#include "world/world.h"

struct had_disk had_disk_posix(struct had_world *world);
/* Closes what is open; locks end with it. */
void had_disk_posix_close(struct had_world *world);

#endif
