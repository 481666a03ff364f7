// SPDX-License-Identifier: Apache-2.0
//
// A list of segments that lie apart in one piece of memory, and the bytes they are in order.
#ifndef LIST_H
#define LIST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

enum { list_most_segments = 4096, list_most_bytes = 1 << 20, list_longest = 1 << 17 };

// The length that no list may have.
#define LIST_TOO_LONG ((size_t)SSIZE_MAX + 1)

struct list {
    size_t count;
    size_t bytes;
    bool has_null; // NULL with a length: EFAULT
    bool too_long; // the lengths overflow SSIZE_MAX; `flat` is not made then
    struct iovec segments[list_most_segments];
    struct iovec as_made[list_most_segments];
    unsigned char flat[list_most_bytes];
};

// The memory that all segments lie in.
const void *list_memory(void);
const void *list_memory_end(void);

void list_clear(struct list *list);

// Appends a segment of at most list_longest bytes, or of LIST_TOO_LONG. Every other empty one is {NULL, 0}.
void list_append(struct list *list, size_t length);

// Appends NULL with a length. Its bytes are zeros in `flat`.
void list_append_null(struct list *list, size_t length);

// Whether the list is as it was made.
bool list_unchanged(const struct list *list);

#endif
