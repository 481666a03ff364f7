// SPDX-License-Identifier: Apache-2.0
//
// The gather: from a caller's list and a position in it to the next batch, what one system call is to send. No system
// calls, no policy.
//
// An iovec costs the kernel more than copying a short segment does, so a run of short segments is copied into one piece and
// a long segment is pointed at, both in one batch:
//
//   list    [16][40][ 9][   8000   ][16][16]
//   batch   [    65    ][   8000   ][  32  ]
//            copied       pointed at  copied
#ifndef CSENDSHIM_GATHER_H
#define CSENDSHIM_GATHER_H

#include "platform.h"

#include "csendshim.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

// The constants below were measured side by side (Benchmarks, Docs/Performance.md) and can be set at compile time.

// The longest segment that is copied to the stack's room. Pointing at every segment above 512, 8 x 1024 bytes over UDP take 1.02
// of a sendmsg loop's time, with 1024 0.95; with 2048, 8 x 2048 take 1.01 in place of 1.02.
#ifndef SENDV_COPY_SEGMENT
#define SENDV_COPY_SEGMENT 1024
#endif

// The longest that is copied once the stack's room is full. With 1024, 1024 x 1024 bytes over TCP take 2.2 of a sendmsg loop's
// time, since 64 KiB at a time are many calls; pointed at they take 1.0. With 256, 64 x 512 over UDP took 1.04, with 512 0.90.
#ifndef SENDV_COPY_SEGMENT_MORE
#define SENDV_COPY_SEGMENT_MORE 512
#endif

// Room for copies on the heap, taken for the rest of the call where a run outgrows the stack's, which is SENDV_COPY_STACK.
#ifndef SENDV_COPY_HEAP
#define SENDV_COPY_HEAP 65536
#endif

// Where the room for copies is full: the most segments that are pointed at so that the list still goes with this system call.
// More of them cost more than another call does: 2048 x 64 bytes over a Unix stream take 0.31 of a sendmsg loop's time with
// 64, 0.58 with 1024.
#ifndef SENDV_POINT_REST
#define SENDV_POINT_REST 64
#endif

// The most iovecs that are made at a time of a source's list: 2 KiB, which the first cache keeps. To map one of 100 000 slices
// takes 0.5 ns with 64, 0.6 with 128, 1.7 with 1024 and 1.9 with all of them at once. A window more costs some 98 instructions.
#ifndef SENDV_SOURCE_WINDOW
#define SENDV_SOURCE_WINDOW 128
#endif
#if SENDV_SOURCE_WINDOW < 2 || SENDV_SOURCE_WINDOW > 128
#error "a run is told by its first two segments, and SENDV_STACK_BYTES has room for 128"
#endif

// A caller's list, and the position from which the next batch is taken. Of a source's list there is a window of iovecs. Between
// calls two segments stand in it at the position, or none is behind it: without a segment there the list is at its end.
//
//   list    ............[################]..............
//                           ^ segment    ^ next
//                           <- segments -><-- behind -->
struct gather {
    const struct iovec *segment; // the segment at the position
    size_t segments;             // segments from there to the end of the list, or of the window
    size_t offset;               // bytes of *segment that stand before the position
    size_t behind;               // segments behind the window. 0 in every other list, and the rest is unset
    size_t next;                 // the first of them
    const struct sendv_source *source;
    struct iovec *window;
};

/*@ // The position is in the list, at its end at most.
    predicate in_list{L}(struct gather *list) =
        list->segments == 0 ? list->offset == 0 : list->offset <= list->segment->iov_len;

    // The bytes behind the window: what the source says.
    axiomatic Behind {
        logic integer bytes_behind{L}(struct gather *list) reads list->behind, list->next, list->source;
        axiom none_behind{L}: \forall struct gather *list; list->behind == 0 ==> bytes_behind(list) == 0;
    }

    // The bytes from the position to the end of the list.
    logic integer bytes_left{L}(struct gather *list) =
        bytes_in(list->segment, list->segments) - list->offset + bytes_behind(list);
*/

// What one system call is to send: `count` iovecs at `first`, none of them empty, `bytes` bytes in all.
struct batch {
    struct iovec *first;
    size_t count;
    size_t bytes;
    char *room;     // where the next copy goes
    char *room_end; // there is no room for copies from here on
    char *heap;     // NULL until it is needed
    bool may_copy;  // false where the bytes have to be the caller's own
    struct iovec vectors[PLATFORM_IOV_MAX];
    // At the start of a cache line: 64 x 512 bytes over UDP take 1.19 of one contiguous send's time, unaligned 1.22.
    _Alignas(64) char copies[SENDV_COPY_STACK];
};

/*@ // The batch takes one block from the heap at most.
    predicate has_heap{L}(struct batch *batch) =
        (batch->heap == \null || batch->heap == &the_heap[0]) && \separated(&the_heap[0] + (0 .. SENDV_COPY_HEAP - 1), batch);

    // The room is the heap's where there is one, or else the batch's own; the next copy goes into it, or stands at its end
    // where it is full.
    predicate in_room{L}(struct batch *batch) =
        batch->heap == \null
            ? batch->room_end == &batch->copies[0] + SENDV_COPY_STACK &&
              \subset(batch->room, &batch->copies[0] + (0 .. SENDV_COPY_STACK))
            : batch->room_end == &the_heap[0] + SENDV_COPY_HEAP &&
              \subset(batch->room, &the_heap[0] + (0 .. SENDV_COPY_HEAP));

    // The list, its segments' bytes, and where a batch of it is made have nothing in common.
    predicate apart{L}(struct iovec *list, integer n, struct batch *batch) =
        \separated(list + (0 .. n - 1), batch) &&
        (\forall struct iovec *segment; \subset(segment, list + (0 .. n - 1)) ==>
            (segment->iov_base == \null || \valid_read(segment->iov_base + (0 .. segment->iov_len - 1))) &&
            \separated(segment->iov_base + (0 .. segment->iov_len - 1), batch) &&
            \separated(segment->iov_base + (0 .. segment->iov_len - 1), &the_heap[0] + (0 .. SENDV_COPY_HEAP - 1)));
*/

// Has the source make the iovecs of the `count` segments from `first` on. The proof takes this contract as it is: the function is
// the caller's.
/*@ requires \valid(to + (0 .. count - 1));
    assigns to[0 .. count - 1];
*/
static inline void sendv_source_map(const struct sendv_source *source, size_t first, size_t count, struct iovec *to)
{
    source->map(source->list, first, count, to);
}

// Puts `list` at the start of the caller's list. Returns 0; EINVAL for an empty list and for one that no memory
// holds; EFAULT for no list at all.
int sendv_gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt);

// The same for the `count` segments of a source's list. `window`, which has room for SENDV_SOURCE_WINDOW iovecs, and `source`
// outlive `list`. Inline: a call of its own is 20 instructions a send.
/*@ requires \valid(list) && \valid(window + (0 .. SENDV_SOURCE_WINDOW - 1));
    requires \separated(list, window + (0 .. SENDV_SOURCE_WINDOW - 1));
    assigns *list, window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures \result == 0 || \result == EINVAL;
    ensures \result == EINVAL <==> count == 0 || count * sizeof(struct iovec) > SSIZE_MAX;
    ensures \result == 0 ==> list->segment == window && list->window == window && list->offset == 0 &&
        list->segments <= SENDV_SOURCE_WINDOW && list->segments + list->behind == count && list->next == list->segments &&
        (list->segments > 1 || list->behind == 0);
*/
static inline int sendv_gather_begin_source(
    struct gather *list, const struct sendv_source *source, size_t count, struct iovec *window)
{
    if (count == 0 || count > SSIZE_MAX / sizeof *window) // none, or more than memory holds
        return EINVAL;
    const size_t mapped = count < SENDV_SOURCE_WINDOW ? count : SENDV_SOURCE_WINDOW;
    list->segment = window;
    list->segments = mapped;
    list->offset = 0;
    list->behind = count - mapped;
    list->next = mapped;
    list->source = source;
    list->window = window;
    sendv_source_map(source, 0, mapped, window);
    return 0;
}

// Counts the bytes from the position to the end of the list. Returns 0, or EINVAL where they and the `before` bytes ahead of
// the position overflow SSIZE_MAX.
int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes);

// Takes the next batch, of at most `most` bytes, off `list`. Empty segments are passed over; a list without a byte left gives
// an empty batch.
void sendv_gather_next(struct gather *list, size_t most, struct batch *batch);

// A batch that holds nothing. The arrays are left as they are: a send of a few segments touches little of them.
void sendv_batch_begin(struct batch *batch, bool may_copy);

// Strikes the first `bytes` bytes off the batch: they were sent. `bytes` is at most batch->bytes.
void sendv_batch_advance(struct batch *batch, size_t bytes);

// Gives back what the batch took from the heap.
void sendv_batch_end(struct batch *batch);

#endif
