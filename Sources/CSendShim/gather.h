// SPDX-License-Identifier: Apache-2.0
//
// The gather: from a caller's list and a position in it to the next batch. No system calls, no policy.
#ifndef CSENDSHIM_GATHER_H
#define CSENDSHIM_GATHER_H

#include "platform.h"

#include <stddef.h>
#include <sys/uio.h>

// A caller's list, and the position from which the next batch is taken.
struct gather {
    const struct iovec *segment; // the segment at the position
    size_t segments;             // segments from there to the end of the list
    size_t offset;               // bytes of *segment that stand before the position
    size_t bytes;                // bytes from the position to the end of the list
};

// What one system call is to send: `count` iovecs at `first`, none of them empty, `bytes` bytes in all.
struct batch {
    struct iovec *first;
    size_t count;
    size_t bytes;
    struct iovec vectors[PLATFORM_IOV_MAX];
};

// Puts `list` at the start of the caller's list. Returns 0; EINVAL for an empty list and for lengths that overflow
// SSIZE_MAX; EFAULT for no list at all.
int gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt);

// Takes the next batch of at most `most` bytes off `list`. Empty segments are passed over; a list without a byte left gives
// an empty batch.
void gather_next(struct gather *list, size_t most, struct batch *batch);

// Strikes the first `bytes` bytes off the batch: they were sent. `bytes` is at most batch->bytes.
void batch_advance(struct batch *batch, size_t bytes);

// Copies all that is left of `list` to `to`, which has room for list->bytes.
void gather_copy(const struct gather *list, void *to);

#endif
