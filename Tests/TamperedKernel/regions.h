// SPDX-License-Identifier: Apache-2.0
//
// Lists every other segment of which is a region of a file.
#ifndef REGIONS_H
#define REGIONS_H

#include "csendshim.h"
#include "list.h"

#include <stdbool.h>

struct regions {
    int file;
    int64_t start; // where the file has the storage of the list at hand
    int64_t end;
};

// Takes a file that is open for reading and writing, and empty.
struct regions regions_in(int file);

// Adds the list's bytes to the file, behind those of the lists before: what sendfile took, the socket may still read from the file.
void regions_write(struct regions *regions, const struct list *list);

// `count` segments of the list, from `segments` on, the first of them perhaps without its beginning. free() it.
struct sendv_part *regions_parts(const struct regions *regions, const struct list *list, const struct iovec *segments,
                                 size_t count);

// Whether the file's own offset is what it was at first.
bool regions_keep_offset(const struct regions *regions);

#endif
