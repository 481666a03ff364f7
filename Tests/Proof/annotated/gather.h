// SPDX-License-Identifier: Apache-2.0
//
// The gather: turns the caller's list into batches, each of which fits one system call. It makes no system call.
//
// The kernel spends more on an iovec than on copying a short segment. So runs of short segments are copied next to each
// other into a buffer (first on the stack, then on the heap), and long segments are pointed at where they are:
//
//   list    [16][40][ 9][   8000   ][16][16]
//   batch   [    65    ][   8000   ][  32  ]
//             copied      pointed at  copied
//
// Once a batch has used the buffer on the heap, later batches use only that buffer. Which segments are short depends on how many
// are left when a batch begins. The middle row is the length at which all segments left would just fill the two buffers:
//
//   segments left in the list    longest segment that is copied
//   1 to 96                      1024 bytes, SENDV_COPY_SEGMENT
//   97 to 384                    1013 to 256 bytes: 96 KiB (SENDV_COPY_STACK + SENDV_COPY_HEAP) / segments
//   more                         256 bytes, SENDV_COPY_SEGMENT_MANY
//
// Also pointed at: a short segment with no short one before or after it, since copying it would save no iovec; the rest of a
// segment that the previous batch cut; a segment at NULL; the last SENDV_POINT_REST segments of the list if both buffers are
// full. With MSG_ZEROCOPY nothing is copied, since the kernel reads the bytes after the call.
#ifndef CSENDSHIM_GATHER_H
#define CSENDSHIM_GATHER_H

#include "platform.h"
#include "csendshim.h"

#include <stdbool.h>

// Tuned by measurement (Docs/Performance.md, "What was tried"). Each can be set on the compiler's command line.
#ifndef SENDV_COPY_SEGMENT
#define SENDV_COPY_SEGMENT 1024 // 64 x 1000 bytes over UDP: copied 0.92 of a sendmsg loop's time, pointed at 1.02
#endif
#ifndef SENDV_COPY_SEGMENT_MANY
#define SENDV_COPY_SEGMENT_MANY 256 // 512 x 512 over a Unix stream: copied 1.11 of a sendmsg loop's time, pointed at 0.97
#endif
#ifndef SENDV_COPY_STACK
#define SENDV_COPY_STACK 32768 // bytes on the stack; with 16 KiB, a send of 64 x 512 bytes over UDP takes 1.08 times as long
#endif
#ifndef SENDV_COPY_HEAP
#define SENDV_COPY_HEAP 65536 // bytes on the heap, allocated when the longest short segment may not fit the stack any more
#endif
#ifndef SENDV_POINT_REST
#define SENDV_POINT_REST 64 // both buffers full: up to this many segments left are pointed at; if more are left, the batch ends
#endif
#ifndef SENDV_SOURCE_WINDOW
#define SENDV_SOURCE_WINDOW 128 // most iovecs requested from a sendv_source at a time
#endif
_Static_assert(SENDV_SOURCE_WINDOW >= 2 && SENDV_SOURCE_WINDOW <= 128, "struct gather needs 2, SENDV_STACK_BYTES allows 128");

// A position in the caller's list. A list of iovecs is in view as a whole; of a sendv_source, only the iovecs in `window` are:
//
//   list    ...........[################]..................
//                           ^ segment    ^ next
//                           <- segments -><---- unmapped -->
// Invariant before and after each call of sendv_gather_next: segments >= 2, or unmapped == 0.
struct gather {
    const struct iovec *segment; // current segment
    size_t segments;             // iovecs in view, from the current one on
    size_t offset;               // bytes of the current segment that are already in a batch
    size_t unmapped;             // segments the source has not been asked for yet
    size_t next;                 // index of the first unmapped segment
    const struct sendv_source *source;
    struct iovec *window;
};
/*@ // The position is in the list, at its end at most.
    predicate in_list{L}(struct gather *list) =
        list->segments == 0 ? list->offset == 0 : list->offset <= list->segment[0].iov_len;

    // The bytes of the unmapped segments.
    logic integer bytes_unmapped{L}(struct gather *list) = source_bytes(list->next, list->unmapped);

    // The bytes from the position to the end of the list.
    logic integer bytes_left{L}(struct gather *list) =
        bytes_in(list->segment, list->segments) - list->offset + bytes_unmapped(list);

    // The byte of the list at which the current segment begins.
    logic integer segment_at{L}(struct gather *list) =
        list_end - bytes_unmapped(list) - bytes_in(list->segment, list->segments);

    // The segments in view and the unmapped ones are the caller's, from the position to the end of the list.
    predicate in_order{L}(struct gather *list) =
        segments_of_caller(list->segment, 0, list->segments, segment_at(list)) && in_list(list) &&
        (list->unmapped > 0 ==> list->next + list->unmapped <= SIZE_MAX) &&
        (list->unmapped > 0 ==> source_at(list->next) == list_end - bytes_unmapped(list));
*/

// What fits one system call: `count` iovecs at `first`, none empty, `bytes` bytes in all.
struct batch {
    struct iovec *first;
    size_t count;
    size_t bytes;
    char *room;     // where the next copy goes
    char *room_end; // end of the buffer that `room` is in
    char *heap;     // the buffer on the heap, or NULL
    bool may_copy;  // false with MSG_ZEROCOPY
    struct iovec vectors[PLATFORM_IOV_MAX];
    _Alignas(64) char copies[SENDV_COPY_STACK]; // 64 x 512 over UDP takes 1.19 of the time of 1 x 32768; not aligned, 1.22
};

// Starts a list. Returns 0; EINVAL if `iovcnt` is 0 or the array `iov` is longer than SSIZE_MAX bytes; EFAULT if `iov` is NULL.
int sendv_gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt);

// Starts a list from `source`. Returns 0 or EINVAL. `window` holds SENDV_SOURCE_WINDOW iovecs. Inlining saves 20 instructions.
/*@ requires \valid(list) && \valid_read(source) && \valid(window + (0 .. SENDV_SOURCE_WINDOW - 1));
    requires \separated(list, window + (0 .. SENDV_SOURCE_WINDOW - 1));
    assigns *list, window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures \result == 0 || \result == EINVAL;
    ensures \result == EINVAL <==> count == 0 || count * sizeof(struct iovec) > SSIZE_MAX;
    ensures \result == 0 ==> list->segment == window && list->window == window && list->offset == 0 &&
        list->source == source && list->segments <= SENDV_SOURCE_WINDOW && list->segments + list->unmapped == count &&
        list->next == list->segments && (list->segments > 1 || list->unmapped == 0);
    ensures order: \result == 0 ==> source_at(0) == list_end - source_bytes(0, count) ==> in_order(list);
    ensures bytes: \result == 0 ==> bytes_left(list) == source_bytes(0, count);
*/
static inline int sendv_gather_begin_source(struct gather *list, const struct sendv_source *source, size_t count,
                                            struct iovec *window)
{
    if (count == 0 || count > SSIZE_MAX / sizeof *window)
        return EINVAL;
    const size_t mapped = count < SENDV_SOURCE_WINDOW ? count : SENDV_SOURCE_WINDOW;
    list->segment = window;
    list->segments = mapped;
    list->offset = 0;
    list->unmapped = count - mapped;
    list->next = mapped;
    list->source = source;
    list->window = window;
    //@ admit source->map == &source_map;
    //@ calls source_map;
    source->map(source->list, 0, mapped, window);
    //@ assert bytes_in(window, mapped) == source_bytes(0, mapped) && bytes_in(window, 0) == 0;
    //@ assert source_bytes(0, count) == bytes_in(window, mapped) + bytes_unmapped(list);
    //@ assert source_at(mapped) == source_at(0) + source_bytes(0, mapped);
    //@ assert segments_of_caller(window, 0, mapped, source_at(0));
    //@ assert source_at(0) == list_end - source_bytes(0, count) ==> segment_at(list) == source_at(0);
    return 0;
}

// Counts the bytes that are left. Returns 0; EINVAL if `before` plus that count exceeds SSIZE_MAX.
int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes);

// Fills the batch with the next bytes of the list, at most `most`. Empty segments are skipped; at the end of the list the
// batch is empty.
void sendv_gather_next(struct gather *list, size_t most, struct batch *batch);

// Initializes a batch; leaves its arrays untouched, so that a small send touches little memory.
void sendv_batch_begin(struct batch *batch, bool may_copy);

// Removes the first `bytes` bytes of the batch, which were sent. After a short write inside a copied run, the next offer
// begins inside the copy. Nothing is copied again.
void sendv_batch_advance(struct batch *batch, size_t bytes);

// Frees the batch's heap buffer. Call it once for every sendv_batch_begin.
void sendv_batch_end(struct batch *batch);

#endif
