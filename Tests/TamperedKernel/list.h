// SPDX-License-Identifier: Apache-2.0
//
// Lists of patterned segments: together the bytes of one piece of a stream, or one datagram, each in a place of its own.
#ifndef LIST_H
#define LIST_H

#include "segments.h"

#include <stdint.h>

struct list {
    struct iovec *segments;
    size_t count;
    size_t bytes;
    struct iovec *as_made;  // a copy, to see that nobody changed it
    unsigned char *storage; // what the segments point into, with foreign bytes between any two
};

// The lengths of the segments: mixed, where a list is of short ones, of long ones, or of all lengths and empty ones by
// chance; else all of them that long.
enum { lengths_mixed = 0 };

// The `bytes` bytes, one at least, from `position` on in the stream.
struct list list_of_stream(struct random *random, size_t length, uint64_t seed, uint64_t position, size_t bytes);

// Datagram `number` of `bytes` bytes.
struct list list_of_datagram(struct random *random, size_t length, uint64_t seed, uint64_t number, size_t bytes);

bool list_unchanged(const struct list *list);
void list_free(struct list *list);

#endif
