// SPDX-License-Identifier: Apache-2.0
#include "cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory == NULL) {
        perror("cell");
        exit(1);
    }
    return memory;
}

// What stands before a segment's bytes: as much as before the bytes of a Swift array, so that the lists of all candidates
// lie alike in memory, and a difference between them is not one of the caches.
enum { header = 32 };

struct cell cell_make(size_t segments, size_t bytes)
{
    struct iovec *list = allocate(segments * sizeof *list);
    char *contiguous = allocate(segments * bytes);
    for (size_t i = 0; i < segments; i++) {
        list[i] = (struct iovec){(char *)allocate(header + bytes) + header, bytes};
        memset(list[i].iov_base, (int)(i & 0xff), bytes);
        memcpy(contiguous + i * bytes, list[i].iov_base, bytes);
    }
    return (struct cell){.segments = segments, .bytes = bytes, .list = list, .contiguous = contiguous};
}

void cell_free(struct cell *cell)
{
    for (size_t i = 0; i < cell->segments; i++)
        free((char *)cell->list[i].iov_base - header);
    free((void *)(uintptr_t)cell->list);
    free((void *)(uintptr_t)cell->contiguous);
}
