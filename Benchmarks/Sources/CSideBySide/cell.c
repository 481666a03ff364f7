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

struct cell cell_make(size_t segments, size_t bytes)
{
    struct iovec *list = allocate(segments * sizeof *list);
    char *contiguous = allocate(segments * bytes);
    for (size_t i = 0; i < segments; i++) {
        list[i] = (struct iovec){allocate(bytes), bytes};
        memset(list[i].iov_base, (int)(i & 0xff), bytes);
        memcpy(contiguous + i * bytes, list[i].iov_base, bytes);
    }
    return (struct cell){.segments = segments, .bytes = bytes, .list = list, .contiguous = contiguous};
}

void cell_free(struct cell *cell)
{
    for (size_t i = 0; i < cell->segments; i++)
        free(cell->list[i].iov_base);
    free((void *)(uintptr_t)cell->list);
    free((void *)(uintptr_t)cell->contiguous);
}
