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
// takes 0.5 ns with 64, 0.6 with 128, 1.7 with 1024 and 1.9 with all of them at once. A window more costs some 78 instructions.
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
    size_t behind;               // segments behind the window. 0 in every other list, which has no source
    size_t next;                 // the first of them
    const struct sendv_source *source;
    struct iovec *window; // NULL in every other list
};

/*@ // The position is in the list, at its end at most.
    predicate in_list{L}(struct gather *list) =
        list->segments == 0 ? list->offset == 0 : list->offset <= list->segment[0].iov_len;

    // The bytes of the `n` segments from `first` on, as the source has them: those of two parts are those of both.
    axiomatic Source {
        logic integer source_bytes(struct sendv_source *source, integer first, integer n);
        axiom none_of_source:
            \forall struct sendv_source *source, integer first; source_bytes(source, first, 0) == 0;
        axiom source_adds_up:
            \forall struct sendv_source *source, integer first, next, m, n, all; 0 <= m ==> 0 <= n ==>
                next == first + m ==> all == m + n ==>
                source_bytes(source, first, all) == source_bytes(source, first, m) + source_bytes(source, next, n);
        // Where its segment `first` begins in the list.
        logic integer source_at(struct sendv_source *source, integer first);
        axiom source_goes_on:
            \forall struct sendv_source *source, integer first, next, m; 0 <= m ==> next == first + m ==>
                source_at(source, next) == source_at(source, first) + source_bytes(source, first, m);
    }

    // The bytes behind the window.
    logic integer bytes_behind{L}(struct gather *list) = source_bytes(list->source, list->next, list->behind);

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

    // The list that a batch is made of, by its bytes; and where they stand: the `length` bytes at `base` are a segment of the
    // caller's, and the list's from byte `at` on. Neither the batch nor the heap's block is there.
    axiomatic Apart {
        logic struct batch *the_batch;
        logic struct gather *the_list;
        logic integer list_end;
        axiom not_the_batch:
            \forall char *base, integer length, at; callers(base, length, at) ==> \separated(base + (0 .. length - 1), the_batch);
        axiom not_the_heap:
            \forall char *base, integer length, at; callers(base, length, at) ==>
                \separated(base + (0 .. length - 1), &the_heap[0] + (0 .. SENDV_COPY_HEAP - 1));
    }

    // They can be read while the call goes on, and stay what they are.
    predicate callers_readable{L} =
        \forall char *base, integer length, at; callers(base, length, at) ==>
            base == \null || \valid_read(base + (0 .. length - 1)) && holds(base, length, at);

    // The segments from k on of a list whose first byte is the caller's list's byte `at`.
    predicate segments_of_caller{L}(struct iovec *list, integer k, integer n, integer at) =
        \forall integer i; k <= i < n ==>
            0 <= list[i].iov_len && callers(list[i].iov_base, list[i].iov_len, at + bytes_in(list, i));

    // Where the segment at the position begins.
    logic integer segment_at{L}(struct gather *list) =
        list_end - bytes_behind(list) - bytes_in(list->segment, list->segments);

    // What stands at the position and behind it.
    predicate in_order{L}(struct gather *list) =
        segments_of_caller(list->segment, 0, list->segments, segment_at(list)) && in_list(list) &&
        (list->behind > 0 ==> list->next + list->behind <= SIZE_MAX) &&
        (list->behind > 0 ==> source_at(list->source, list->next) == list_end - bytes_behind(list));

    // Where that can be read. Where segments stand behind the window, it can be written. Nothing else is there.
    predicate placed{L}(struct gather *list) =
        \valid_read(list->segment + (0 .. list->segments - 1)) &&
        \separated(list->segment + (0 .. list->segments - 1), list) &&
        \separated(list->segment + (0 .. list->segments - 1), the_batch) &&
        (list->behind > 0 ==> \valid(list->window + (0 .. SENDV_SOURCE_WINDOW - 1))) &&
        \separated(list, list->window + (0 .. SENDV_SOURCE_WINDOW - 1)) && \separated(list, the_batch) &&
        \separated(the_batch, list->window + (0 .. SENDV_SOURCE_WINDOW - 1));

    // Two segments stand in the window, or none is behind it.
    predicate sees_two{L}(struct gather *list) = list->segments > 1 || list->behind == 0;

    // Without a segment at the position no byte is left.
    lemma at_the_end{L}:
        \forall struct gather *list; list->segments == 0 ==> in_order(list) ==> sees_two(list) ==> bytes_left(list) == 0;

    // The position and the window are the same in two states; and all that a list or a batch is read for.
    predicate same_fields{L, M}(struct gather *list) =
        \at(list->segment, L) == \at(list->segment, M) && \at(list->segments, L) == \at(list->segments, M) &&
        \at(list->offset, L) == \at(list->offset, M) && \at(list->behind, L) == \at(list->behind, M) &&
        \at(list->next, L) == \at(list->next, M) && \at(list->source, L) == \at(list->source, M) &&
        \at(list->window, L) == \at(list->window, M);
    predicate list_stays{L, M} =
        same_fields{L, M}(the_list) && same_list{L, M}(\at(the_list->segment, L), \at(the_list->segments, L));
    predicate batch_stays{L, M} =
        \at(the_batch->first, L) == \at(the_batch->first, M) &&
        \at(the_batch->count, L) == \at(the_batch->count, M) && \at(the_batch->bytes, L) == \at(the_batch->bytes, M) &&
        \at(the_batch->heap, L) == \at(the_batch->heap, M) && \at(the_batch->room_end, L) == \at(the_batch->room_end, M) &&
        same_list{L, M}(\at(&the_batch->vectors[0], L), PLATFORM_IOV_MAX);
    lemma batch_stays_on{K, L, M}: batch_stays{K, L} ==> batch_stays{L, M} ==> batch_stays{K, M};
    lemma same_segments{L, M}:
        \forall struct iovec *list, integer n, at; same_list{L, M}(list, n) ==> segments_of_caller{L}(list, 0, n, at) ==>
            segments_of_caller{M}(list, 0, n, at);
    lemma same_gather{L, M}:
        \forall struct gather *list; same_fields{L, M}(list) ==>
            same_list{L, M}(\at(list->segment, L), \at(list->segments, L)) ==>
            in_order{L}(list) ==> in_order{M}(list);
    lemma same_bytes_left{L, M}:
        \forall struct gather *list; same_fields{L, M}(list) ==>
            same_list{L, M}(\at(list->segment, L), \at(list->segments, L)) ==>
            \at(list->segments, L) >= 0 ==> bytes_left{M}(list) == bytes_left{L}(list);
    lemma rest_of_segments{L}:
        \forall struct iovec *list, *rest, integer m, n, at; 0 <= m ==> is_rest(rest, list, m) ==>
            segments_of_caller(list, 0, m + n, at) ==> segments_of_caller(rest, 0, n, at + bytes_in(list, m));

    lemma of_caller{L}:
        \forall char *base, integer length, at; callers_readable{L} ==> from_caller(base, length, at) ==>
            tells(base, length, at);

    // What is not written any more: it is not in the room that is left.
    predicate apart{L}(struct batch *batch, char *base, integer length) =
        \separated(base + (0 .. length - 1), batch->room + (0 .. batch->room_end - batch->room - 1)) &&
        (batch->heap == \null ==> \separated(base + (0 .. length - 1), &the_heap[0] + (0 .. SENDV_COPY_HEAP - 1)));
    lemma caller_is_apart{L}:
        \forall char *base, integer length, at; in_room(the_batch) ==> from_caller(base, length, at) ==>
            apart(the_batch, base, length);
    lemma apart_on{L}:
        \forall struct batch *batch, char *base, *next, integer m, n, all; 0 <= m ==> 0 <= n ==> all == m + n ==>
            stands_behind(next, base, m) ==> apart(batch, base, m) ==> apart(batch, next, n) ==> apart(batch, base, all);
    predicate first_kept{L}(struct batch *batch, integer n) =
        \forall integer v; 0 <= v < n ==> apart(batch, batch->vectors[v].iov_base, batch->vectors[v].iov_len);
    lemma one_more_kept{L}:
        \forall struct batch *batch, integer m, n; n == m + 1 ==> first_kept(batch, m) ==>
            apart(batch, batch->vectors[m].iov_base, batch->vectors[m].iov_len) ==> first_kept(batch, n);
    predicate kept{L}(struct batch *batch) = first_kept(batch, batch->count);
    lemma same_kept{L, M}:
        \forall struct batch *batch; same_list{L, M}(\at(&batch->vectors[0], L), \at(batch->count, L)) ==>
            \at(batch->count, L) == \at(batch->count, M) ==> \at(batch->room, L) == \at(batch->room, M) ==>
            \at(batch->room_end, L) == \at(batch->room_end, M) ==> \at(batch->heap, L) == \at(batch->heap, M) ==>
            kept{L}(batch) ==> kept{M}(batch);

    // Where they begin, since they end at the position.
    logic integer begin_at{L}(struct gather *list, struct batch *batch) = list_end - bytes_left(list) - batch->bytes;

    // The iovecs of a batch have its bytes, and some where there are any.
    predicate describes{L}(struct batch *batch) =
        0 <= batch->count <= PLATFORM_IOV_MAX && lengths(&batch->vectors[0], batch->count) &&
        batch->bytes == bytes_in(&batch->vectors[0], batch->count) &&
        (batch->count > 0 ==> batch->bytes > 0);
*/

// Has the source make the iovecs of the `count` segments from `first` on, behind the `kept` ones of the window. The proof takes
// this contract as it is: the function is the caller's.
/*@ requires \valid(window + (kept .. kept + count - 1));
    assigns window[kept .. kept + count - 1];
    ensures segments_of_caller(window, kept, kept + count, source_at(source, first) - bytes_in(window, kept));
    ensures bytes_in(window, kept + count) == bytes_in(window, kept) + source_bytes(source, first, count);
*/
static inline void sendv_source_map(
    const struct sendv_source *source, size_t first, size_t count, struct iovec *window, size_t kept)
{
    source->map(source->list, first, count, window + kept);
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
    ensures order: \result == 0 ==> source_at(source, 0) == list_end - source_bytes(source, 0, count) ==> in_order(list);
    ensures bytes: \result == 0 ==> bytes_left(list) == source_bytes(source, 0, count);
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
    sendv_source_map(source, 0, mapped, window, 0);
    //@ assert bytes_in(window, mapped) == source_bytes(source, 0, mapped) && bytes_in(window, 0) == 0;
    //@ assert source_bytes(source, 0, count) == bytes_in(window, mapped) + bytes_behind(list);
    //@ assert source_at(source, mapped) == source_at(source, 0) + source_bytes(source, 0, mapped);
    //@ assert segments_of_caller(window, 0, mapped, source_at(source, 0));
    //@ assert source_at(source, 0) == list_end - source_bytes(source, 0, count) ==> segment_at(list) == source_at(source, 0);
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
