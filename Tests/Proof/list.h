// SPDX-License-Identifier: Apache-2.0
//
// The words in which gather.c's contracts are written, and what follows from them. A list is `n` segments at `list`.
#ifndef PROOF_LIST_H
#define PROOF_LIST_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>

// Frama-C reads neither of these. Where an array is in memory changes no result.
#define _Alignas(bytes)
#define _Static_assert(condition, message) extern int not_read

/*@ // The bytes in the first `n` segments, by recursion over n. It is written as axioms, not as a recursive definition, since
    // the provers unfold the latter without end.
    axiomatic Bytes {
        logic integer bytes_in{L}(struct iovec *list, integer n) reads list[0 .. n - 1].iov_len;
        axiom no_segment{L}:
            \forall struct iovec *list; bytes_in(list, 0) == 0;
        axiom next_segment{L}:
            \forall struct iovec *list, integer m, n; 0 <= m ==> n == m + 1 ==>
                bytes_in(list, n) == bytes_in(list, m) + list[m].iov_len;
    }

    // Its lengths are what a size_t can be.
    predicate lengths{L}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> 0 <= list[i].iov_len;

    // Its segments can be read.
    predicate readable_list{L}(struct iovec *list, integer n) =
        \valid_read(list + (0 .. n - 1)) && lengths{L}(list, n);

    // Its lengths are the same in two states.
    predicate same_lengths{L, M}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M);

    // The length of a segment, and where it is.
    logic integer length_of{L}(struct iovec *segment) = segment->iov_len;
    logic char *base_of{L}(struct iovec *segment) = segment->iov_base;

    // Its first `bytes` bytes, of the first segment, are struck off.
    predicate struck{L, M}(struct iovec *list, integer bytes) =
        \at(list->iov_len, M) == \at(list->iov_len, L) - bytes && \at(list->iov_base, M) == \at(list->iov_base, L) + bytes;

    // The lengths of a list decide its bytes.
    lemma same_bytes{L, M}:
        \forall struct iovec *list, integer n; 0 <= n ==> same_lengths{L, M}(list, n) ==>
            bytes_in{L}(list, n) == bytes_in{M}(list, n);

    // More segments have no fewer bytes.
    lemma longer_lists{L}:
        \forall struct iovec *list, integer m, n; 0 <= m <= n ==> lengths(list, n) ==>
            bytes_in(list, m) <= bytes_in(list, n);

    // A segment's bytes are among the list's.
    lemma inside_list{L}:
        \forall struct iovec *list, integer m, n; 0 <= m < n ==> lengths(list, n) ==>
            bytes_in(list, m) + list[m].iov_len <= bytes_in(list, n);

    // Lists that differ in one segment alone.
    predicate same_elsewhere{L, M}(struct iovec *list, integer k, integer n) =
        \forall integer i; 0 <= i < n ==> i != k ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M) &&
            \at(list[i].iov_base, L) == \at(list[i].iov_base, M);
    lemma one_differs{L, M}:
        \forall struct iovec *list, integer k, n; 0 <= k ==> 0 <= n ==> same_elsewhere{L, M}(list, k, n) ==>
            bytes_in{M}(list, n) - bytes_in{L}(list, n) ==
                (k < n ? \at(list[k].iov_len, M) - \at(list[k].iov_len, L) : 0);

    // A list cut in two has the bytes of both. Behind a predicate of its own, since the provers would cut every list
    // everywhere: they take it where a proof names it.
    axiomatic Cut {
        predicate adds_up{L}(struct iovec *list, integer m, integer n) reads list[0 .. m + n - 1].iov_len;
        axiom adds_up_means{L}:
            \forall struct iovec *list, integer m, n; adds_up(list, m, n) <==>
                bytes_in(list, m + n) == bytes_in(list, m) + bytes_in(list + m, n);
    }
    lemma cut_lists{L}:
        \forall struct iovec *list, integer m, n; 0 <= m ==> 0 <= n ==> adds_up(list, m, n);

    // A list that is the same in two states.
    predicate same_list{L, M}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M) &&
            \at(list[i].iov_base, L) == \at(list[i].iov_base, M);
    lemma same_list_lengths{L, M}:
        \forall struct iovec *list, integer n; same_list{L, M}(list, n) ==> same_lengths{L, M}(list, n);
    lemma same_beginnings{L, M}:
        \forall struct iovec *list, integer i, n; same_list{L, M}(list, n) ==> 0 <= i <= n ==>
            same_lengths{L, M}(list, i) && bytes_in{L}(list, i) == bytes_in{M}(list, i);

    // What stands from segment m on. By a name, since the provers do not look into sums of indices.
    predicate is_rest(struct iovec *rest, struct iovec *list, integer m) = rest == list + m;
    lemma rest_is:
        \forall struct iovec *list, *rest, integer m, i; is_rest(rest, list, m) ==> rest + i == list + (m + i);
    lemma rest_of_bytes{L}:
        \forall struct iovec *list, *rest, integer m, n; 0 <= m ==> 0 <= n ==> is_rest(rest, list, m) ==>
            bytes_in(list, m + n) == bytes_in(list, m) + bytes_in(rest, n);

    // The caller's list: byte list_end is its end, and its segments have these bytes at these places.
    axiomatic Caller {
        logic integer list_end;
        logic integer list_byte(integer at);
        predicate callers(char *base, integer length, integer at);
    }

    // The segments from k on of a list whose first byte is byte `at` of the caller's list.
    predicate segments_of_caller{L}(struct iovec *list, integer k, integer n, integer at) =
        \forall integer i; k <= i < n ==>
            0 <= list[i].iov_len && callers(list[i].iov_base, list[i].iov_len, at + bytes_in(list, i));

    lemma segment_of_caller{L}:
        \forall struct iovec *list, char *base, integer i, n, at, length, then; 0 <= i < n ==> base == base_of(list + i) ==>
            length == length_of(list + i) ==> then == at + bytes_in(list, i) ==> segments_of_caller(list, 0, n, at) ==>
            callers(base, length, then);

    // The source of the caller's list: the bytes of its `n` segments from `first` on, and the byte of the list at which segment
    // `first` begins.
    axiomatic Source {
        logic integer source_bytes(integer first, integer n);
        axiom none_of_source:
            \forall integer first; source_bytes(first, 0) == 0;
        axiom source_adds_up:
            \forall integer first, next, m, n, all; 0 <= m ==> 0 <= n ==> next == first + m ==> all == m + n ==>
                source_bytes(first, all) == source_bytes(first, m) + source_bytes(next, n);
        logic integer source_at(integer first);
        axiom source_goes_on:
            \forall integer first, next, m; 0 <= m ==> next == first + m ==>
                source_at(next) == source_at(first) + source_bytes(first, m);
    }
*/

// The functions of a source, which are the caller's: these contracts are assumed.
/*@ requires \valid(window + (0 .. count - 1));
    terminates \true;
    exits \false;
    assigns window[0 .. count - 1];
    ensures segments_of_caller(window, 0, count, source_at(first));
    ensures bytes_in(window, count) == source_bytes(first, count);
*/
void source_map(const void *list, size_t first, size_t count, struct iovec *window);

/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures \result == source_bytes(first, count) || \result == SIZE_MAX < source_bytes(first, count);
*/
size_t source_count_bytes(const void *list, size_t first, size_t count);

#include "gather.h"

/*@ // These are the list's bytes from byte `at` on.
    predicate holds{L}(char *base, integer length, integer at) =
        \forall integer i; 0 <= i < length ==> base[i] == list_byte(at + i);
    predicate stands_behind(char *next, char *base, integer m) = next == base + m;
    lemma behind_is:
        \forall char *base, *next, integer m, i; stands_behind(next, base, m) ==> base + i == next + (i - m);
    lemma is_behind:
        \forall char *base, *next, integer m, i; stands_behind(next, base, m) ==> next + i == base + (m + i);
    lemma holds_part{L}:
        \forall char *base, *next, integer m, n, all, at, then; 0 <= m ==> m + n <= all ==> stands_behind(next, base, m) ==>
            then == at + m ==> holds(base, all, at) ==> holds(next, n, then);
    lemma holds_next{L}:
        \forall char *base, *next, integer m, i, n, at, then; m <= i < m + n ==> stands_behind(next, base, m) ==>
            then == at + m ==> holds(next, n, then) ==> base[i] == list_byte(at + i);
    lemma holds_on{L}:
        \forall char *base, *next, integer m, n, at, then; 0 <= m ==> stands_behind(next, base, m) ==> then == at + m ==>
            holds(base, m, at) ==> holds(next, n, then) ==> holds(base, m + n, at);

    lemma holds_all{L}:
        \forall char *base, *next, integer m, n, all, at, then; 0 <= m ==> stands_behind(next, base, m) ==> then == at + m ==>
            all == m + n ==> holds(base, m, at) ==> holds(next, n, then) ==> holds(base, all, at);

    // Of a segment at NULL, which nobody can read.
    predicate nowhere(char *base) = \exists integer before; stands_behind(base, (char *)\null, before);
    lemma nowhere_on:
        \forall char *base, *next, integer m; stands_behind(next, base, m) ==> nowhere(base) ==> nowhere(next);
    // A part of a caller's segment, the list's bytes from byte `at` on.
    predicate from_caller(char *base, integer length, integer at) =
        \exists char *segment, integer whole, begin, before; callers(segment, whole, begin) &&
            stands_behind(base, segment, before) && at == begin + before && 0 <= before && before + length <= whole;
    // The bytes of these iovecs are the list's from byte `at` on, one after the other.
    predicate tells{L}(char *base, integer length, integer at) =
        nowhere(base) && from_caller(base, length, at) || holds(base, length, at);
    predicate tells_at{L}(struct iovec *list, integer i, integer at) =
        tells(list[i].iov_base, list[i].iov_len, at + bytes_in(list, i));
    lemma tells_there{L}:
        \forall struct iovec *list, char *base, integer i, at, length, then; base == list[i].iov_base ==>
            length == list[i].iov_len ==> then == at + bytes_in(list, i) ==> tells(base, length, then) ==> tells_at(list, i, at);
    predicate exact{L}(struct iovec *list, integer n, integer at) = \forall integer i; 0 <= i < n ==> tells_at(list, i, at);
    lemma same_tells{L, M}:
        \forall struct iovec *list, integer i, n, at; same_list{L, M}(list, n) ==> 0 <= i < n ==>
            (\forall integer then; holds{L}(\at(list[i].iov_base, L), \at(list[i].iov_len, L), then) ==>
                holds{M}(\at(list[i].iov_base, L), \at(list[i].iov_len, L), then)) ==>
            tells_at{L}(list, i, at) ==> same_lengths{L, M}(list, i) && tells_at{M}(list, i, at);
    lemma same_exact{L, M}:
        \forall struct iovec *list, integer n, at; same_list{L, M}(list, n) ==>
            (\forall char *base, integer length, then; holds{L}(base, length, then) ==> holds{M}(base, length, then)) ==>
            exact{L}(list, n, at) ==> exact{M}(list, n, at);
    lemma one_more_exact{L}:
        \forall struct iovec *list, integer m, n, at; 0 <= m ==> n == m + 1 ==> exact(list, m, at) ==>
            tells_at(list, m, at) ==> exact(list, n, at);
    lemma tells_on{L}:
        \forall char *base, *next, integer m, n, all, at, then; 0 <= m ==> all == m + n ==> then == at + m ==>
            stands_behind(next, base, m) ==> !nowhere(next) ==> tells(base, m, at) ==> holds(next, n, then) ==>
            tells(base, all, at);
    lemma tells_then{L}:
        \forall struct iovec *list, char *base, integer i, at, length, then; base == list[i].iov_base ==>
            length == list[i].iov_len ==> then == at + bytes_in(list, i) ==> tells_at(list, i, at) ==> tells(base, length, then);

    // The batch takes one block from the heap at most.
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

    // The iovecs that a source may still be asked to write, all in the window.
    logic integer window_size{L}(struct gather *list) = list->unmapped > 0 ? SENDV_SOURCE_WINDOW : 0;

    // The segments in view can be read, and the window can be written while segments are unmapped. The segments, the window, the
    // batch and struct gather are apart from each other, but that the segments may be in the window.
    predicate placed{L}(struct gather *list) =
        \valid_read(list->segment + (0 .. list->segments - 1)) &&
        \separated(list->segment + (0 .. list->segments - 1), list) &&
        \separated(list->segment + (0 .. list->segments - 1), the_batch) &&
        \separated(list, the_batch) &&
        (list->unmapped > 0 ==> \valid_read(list->source) &&
            \valid(list->window + (0 .. SENDV_SOURCE_WINDOW - 1)) &&
            \separated(list, list->window + (0 .. SENDV_SOURCE_WINDOW - 1)) &&
            \separated(the_batch, list->window + (0 .. SENDV_SOURCE_WINDOW - 1)));

    // Two segments stand in the window, or none is behind it.
    predicate two_in_view{L}(struct gather *list) = list->segments > 1 || list->unmapped == 0;

    // Without a segment at the position no byte is left.
    lemma at_the_end{L}:
        \forall struct gather *list; list->segments == 0 ==> in_order(list) ==> two_in_view(list) ==> bytes_left(list) == 0;

    // The position and the window are the same in two states; and all that a list or a batch is read for.
    predicate same_fields{L, M}(struct gather *list) =
        \at(list->segment, L) == \at(list->segment, M) && \at(list->segments, L) == \at(list->segments, M) &&
        \at(list->offset, L) == \at(list->offset, M) && \at(list->unmapped, L) == \at(list->unmapped, M) &&
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

    lemma rest_was:
        \forall struct iovec *list, *rest, integer m, i; is_rest(rest, list, m) ==> list + i == rest + (i - m);
    lemma bytes_follow{L}:
        \forall struct iovec *list, *rest, integer m, i; 0 <= m <= i ==> is_rest(rest, list, m) ==>
            bytes_in(list, i) == bytes_in(list, m) + bytes_in(rest, i - m);
    lemma segments_follow{L}:
        \forall struct iovec *list, *rest, integer m, n, all, at, then; 0 <= m ==> 0 <= n ==> is_rest(rest, list, m) ==>
            all == m + n ==> then == at + bytes_in(list, m) ==> segments_of_caller(rest, 0, n, then) ==>
            segments_of_caller(list, m, all, at);

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

// The list and the batch of a call, as a contract asks for them.
#define ONE_CALL \valid(list) && \valid(batch) && \separated(list, batch) && batch == the_batch && list == the_list

// The list of the call, apart from the batch.
#define LIST_APART \separated(the_list, batch) && \separated(the_list->segment + (0 .. the_list->segments - 1), batch)

// What every step of a gather leaves behind: clauses of their own, since the provers take them one by one.
#define STEP_LEAVES \
    ensures order: in_order(list); \
    ensures placed: placed(list); \
    ensures two: two_in_view(list); \
    ensures heap: has_heap(batch); \
    ensures room: in_room(batch); \
    ensures describes: describes(batch); \
    ensures readable: callers_readable; \
    ensures exact: exact(&batch->vectors[0], batch->count, begin_at(list, batch)); \
    ensures kept: kept(batch); \
    ensures stays: list->window == \old(list->window) && batch->first == \old(batch->first); \
    ensures taken: list->segments + list->unmapped <= \old(list->segments + list->unmapped)

#endif
