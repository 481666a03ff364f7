// SPDX-License-Identifier: Apache-2.0
//
// Lists of segments to send, from a generator that gives the same list for the same seed, and a digest to know them by.
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

// What was sent or received so far: how many bytes, and their FNV-1a hash. Begins as digest_none.
struct digest {
    uint64_t hash;
    size_t bytes;
};

extern const struct digest digest_none;

void digest_add(struct digest *digest, const void *bytes, size_t count);
bool digest_equal(struct digest a, struct digest b);

struct random {
    uint64_t state;
};

// A number from 0 to below - 1.
size_t random_below(struct random *random, size_t below);

struct segments {
    struct iovec *list;
    size_t count;
    size_t bytes;
    struct iovec *as_made;  // a copy of the list, to see that nobody changed it
    unsigned char *storage; // random bytes that the segments point into, anywhere and in any order
};

// `count` segments, `bytes` bytes in all, of random lengths about the same on average; about one in five is empty.
struct segments segments_random(struct random *random, size_t count, size_t bytes);

// `count` segments of `length` bytes each. With length 0 every other one is {NULL, 0}.
struct segments segments_equal(struct random *random, size_t count, size_t length);

void segments_free(struct segments *segments);

// `empties` empty segments more, before the segments or after them.
struct segments segments_after_empties(struct random *random, size_t empties, size_t count, size_t length);
struct segments segments_before_empties(struct random *random, size_t empties, size_t count, size_t length);

// Returns a descriptor of a file without a name that has the bytes of the segments. The caller closes it.
int segments_file(const struct segments *segments);

struct digest segments_digest(const struct segments *segments);
bool segments_unchanged(const struct segments *segments);

// The list without its first `sent` bytes, as a caller makes it with sendv_seek. Its segments lie in the memory
// of `segments`; the list itself is to be freed.
struct iovec *segments_left(const struct segments *segments, size_t sent, size_t *count);

#endif
