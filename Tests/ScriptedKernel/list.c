// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "list.h"

#include <limits.h>
#include <string.h>

// Twice as long as a segment, so that one can begin anywhere in the first half.
static unsigned char memory[2 * list_longest];

// Where the running list begins. No two in a row are of the same bytes, or what the list before left in memory that the core
// did not write would pass for what it should have written.
static size_t turn;

const void *list_memory(void)
{
    if (memory[0] == 0) {
        unsigned state = 1;
        for (size_t i = 0; i < sizeof memory; i++) {
            state = state * 1664525 + 1013904223;
            memory[i] = (unsigned char)(state >> 24 | (i == 0));
        }
    }
    return memory;
}

const void *list_memory_end(void)
{
    return memory + sizeof memory;
}

void list_clear(struct list *list)
{
    (void)list_memory();
    turn += 1009;
    list->count = list->bytes = 0;
    list->too_long = list->has_null = false;
}

void list_append(struct list *list, size_t length)
{
    unsigned char *base = memory + (turn + list->count * 37 + list->bytes * 3) % list_longest;
    if (length == 0 && list->count % 2 == 1)
        base = NULL;
    list->segments[list->count] = list->as_made[list->count] = (struct iovec){base, length};
    list->count++;
    if (length == LIST_TOO_LONG)
        list->too_long = true;
    else if (length > 0)
        memcpy(list->flat + list->bytes, base, length);
    list->bytes += length == LIST_TOO_LONG ? 0 : length;
}

void list_append_null(struct list *list, size_t length)
{
    list->segments[list->count] = list->as_made[list->count] = (struct iovec){NULL, length};
    list->count++;
    list->has_null = true;
    memset(list->flat + list->bytes, 0, length);
    list->bytes += length;
}

bool list_unchanged(const struct list *list)
{
    return memcmp(list->segments, list->as_made, list->count * sizeof *list->segments) == 0;
}
