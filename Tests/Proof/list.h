// SPDX-License-Identifier: Apache-2.0
//
// The words that the contracts in annotated/ use, and the lemmas about them. A list is `n` segments at `list`. The words about
// struct gather that its header needs are in annotated/gather.h.
#ifndef PROOF_LIST_H
#define PROOF_LIST_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>

// Frama-C does not parse _Alignas. The alignment of an array changes no result.
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

    // No length is negative.
    predicate lengths{L}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> 0 <= list[i].iov_len;

    // The segments can be read.
    predicate readable_list{L}(struct iovec *list, integer n) =
        \valid_read(list + (0 .. n - 1)) && lengths{L}(list, n);

    // The lengths are the same in two states.
    predicate same_lengths{L, M}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M);

    // The length of a segment, and where it is.
    logic integer length_of{L}(struct iovec *segment) = segment->iov_len;
    logic char *base_of{L}(struct iovec *segment) = segment->iov_base;

    // The first segment lost its first `bytes` bytes.
    predicate struck{L, M}(struct iovec *list, integer bytes) =
        \at(list->iov_len, M) == \at(list->iov_len, L) - bytes && \at(list->iov_base, M) == \at(list->iov_base, L) + bytes;

    // Lists with the same lengths have the same number of bytes.
    lemma same_bytes{L, M}:
        \forall struct iovec *list, integer n; 0 <= n ==> same_lengths{L, M}(list, n) ==>
            bytes_in{L}(list, n) == bytes_in{M}(list, n);

    // A longer list has at least as many bytes.
    lemma longer_lists{L}:
        \forall struct iovec *list, integer m, n; 0 <= m <= n ==> lengths(list, n) ==>
            bytes_in(list, m) <= bytes_in(list, n);

    // A segment's bytes are among the list's.
    lemma inside_list{L}:
        \forall struct iovec *list, integer m, n; 0 <= m < n ==> lengths(list, n) ==>
            bytes_in(list, m) + list[m].iov_len <= bytes_in(list, n);

    // The list is the same in two states, except segment k.
    predicate same_elsewhere{L, M}(struct iovec *list, integer k, integer n) =
        \forall integer i; 0 <= i < n ==> i != k ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M) &&
            \at(list[i].iov_base, L) == \at(list[i].iov_base, M);
    lemma one_differs{L, M}:
        \forall struct iovec *list, integer k, n; 0 <= k ==> 0 <= n ==> same_elsewhere{L, M}(list, k, n) ==>
            bytes_in{M}(list, n) - bytes_in{L}(list, n) ==
                (k < n ? \at(list[k].iov_len, M) - \at(list[k].iov_len, L) : 0);

    // A list cut in two has the bytes of both parts. The equation has a name, adds_up, so that the provers cut a list only
    // where a proof names it.
    axiomatic Cut {
        predicate adds_up{L}(struct iovec *list, integer m, integer n) reads list[0 .. m + n - 1].iov_len;
        axiom adds_up_means{L}:
            \forall struct iovec *list, integer m, n; adds_up(list, m, n) <==>
                bytes_in(list, m + n) == bytes_in(list, m) + bytes_in(list + m, n);
    }
    lemma cut_lists{L}:
        \forall struct iovec *list, integer m, n; 0 <= m ==> 0 <= n ==> adds_up(list, m, n);

    // The list is the same in two states.
    predicate same_list{L, M}(struct iovec *list, integer n) =
        \forall integer i; 0 <= i < n ==> \at(list[i].iov_len, L) == \at(list[i].iov_len, M) &&
            \at(list[i].iov_base, L) == \at(list[i].iov_base, M);
    lemma same_list_lengths{L, M}:
        \forall struct iovec *list, integer n; same_list{L, M}(list, n) ==> same_lengths{L, M}(list, n);
    lemma same_beginnings{L, M}:
        \forall struct iovec *list, integer i, n; same_list{L, M}(list, n) ==> 0 <= i <= n ==>
            same_lengths{L, M}(list, i) && bytes_in{L}(list, i) == bytes_in{M}(list, i);

    // `rest` is the list from segment m on. The equation has a name because the provers do not look into sums of indices.
    predicate is_rest(struct iovec *rest, struct iovec *list, integer m) = rest == list + m;
    lemma rest_is:
        \forall struct iovec *list, *rest, integer m, i; is_rest(rest, list, m) ==> rest + i == list + (m + i);
    lemma rest_of_bytes{L}:
        \forall struct iovec *list, *rest, integer m, n; 0 <= m ==> 0 <= n ==> is_rest(rest, list, m) ==>
            bytes_in(list, m + n) == bytes_in(list, m) + bytes_in(rest, n);

    // The caller's list ends at byte list_end. Its byte `at` has the value list_byte(at). callers(base, length, at) means that
    // a segment of `length` bytes is at `base` and begins at byte `at` of the list.
    axiomatic Caller {
        logic integer list_end;
        logic integer list_byte(integer at);
        predicate callers(char *base, integer length, integer at);
    }

    // Segments k to n - 1 of this list are the caller's. The first byte of this list is byte `at` of the caller's list.
    predicate segments_of_caller{L}(struct iovec *list, integer k, integer n, integer at) =
        \forall integer i; k <= i < n ==>
            0 <= list[i].iov_len && callers(list[i].iov_base, list[i].iov_len, at + bytes_in(list, i));

    lemma segment_of_caller{L}:
        \forall struct iovec *list, char *base, integer i, n, at, length, then; 0 <= i < n ==> base == base_of(list + i) ==>
            length == length_of(list + i) ==> then == at + bytes_in(list, i) ==> segments_of_caller(list, 0, n, at) ==>
            callers(base, length, then);

    // source_bytes(first, n) is the number of bytes in the source's `n` segments from segment `first` on. source_at(first) is
    // the byte of the caller's list at which segment `first` begins.
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

// The functions of a source belong to the caller. The proof assumes these contracts.
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

/*@ // The `length` bytes at `base` are the list's from byte `at` on.
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

    // The address belongs to a segment at NULL, which cannot be read.
    predicate nowhere(char *base) = \exists integer before; stands_behind(base, (char *)\null, before);
    lemma nowhere_on:
        \forall char *base, *next, integer m; stands_behind(next, base, m) ==> nowhere(base) ==> nowhere(next);
    // The bytes are part of one of the caller's segments, and the list's from byte `at` on.
    predicate from_caller(char *base, integer length, integer at) =
        \exists char *segment, integer whole, begin, before; callers(segment, whole, begin) &&
            stands_behind(base, segment, before) && at == begin + before && 0 <= before && before + length <= whole;
    // An iovec has the list's bytes from byte `at` on. `exact` says that the bytes of `n` iovecs, in order, are the list's from
    // byte `at` on.
    predicate tells{L}(char *base, integer length, integer at) =
        nowhere(base) && from_caller(base, length, at) || holds(base, length, at);
    predicate tells_at{L}(struct iovec *list, integer i, integer at) =
        tells(list[i].iov_base, list[i].iov_len, at + bytes_in(list, i));
    lemma tells_there{L}:
        \forall struct iovec *list, char *base, integer i, at, length, then; base == list[i].iov_base ==>
            length == list[i].iov_len ==> then == at + bytes_in(list, i) ==> tells(base, length, then) ==>
            tells_at(list, i, at);
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
            length == list[i].iov_len ==> then == at + bytes_in(list, i) ==> tells_at(list, i, at) ==>
            tells(base, length, then);

    // The batch has at most one block from the heap.
    predicate has_heap{L}(struct batch *batch) =
        (batch->heap == \null || batch->heap == &the_heap[0]) && \separated(&the_heap[0] + (0 .. SENDV_COPY_HEAP - 1), batch);

    // The room is in the heap buffer if there is one, and in the buffer on the stack otherwise. The next copy goes to the start
    // of the room. A full room is empty: its start is its end.
    predicate in_room{L}(struct batch *batch) =
        batch->heap == \null
            ? batch->room_end == &batch->copies[0] + SENDV_COPY_STACK &&
              \subset(batch->room, &batch->copies[0] + (0 .. SENDV_COPY_STACK))
            : batch->room_end == &the_heap[0] + SENDV_COPY_HEAP &&
              \subset(batch->room, &the_heap[0] + (0 .. SENDV_COPY_HEAP));

    // The batch and the list of the call. No segment of the caller's is in the batch or in the heap buffer.
    axiomatic Apart {
        logic struct batch *the_batch;
        logic struct gather *the_list;
        axiom not_the_batch:
            \forall char *base, integer length, at; callers(base, length, at) ==>
                \separated(base + (0 .. length - 1), the_batch);
        axiom not_the_heap:
            \forall char *base, integer length, at; callers(base, length, at) ==>
                \separated(base + (0 .. length - 1), &the_heap[0] + (0 .. SENDV_COPY_HEAP - 1));
    }

    // The caller's segments can be read, and have the list's bytes.
    predicate callers_readable{L} =
        \forall char *base, integer length, at; callers(base, length, at) ==>
            base == \null || \valid_read(base + (0 .. length - 1)) && holds(base, length, at);

    // The number of iovecs in the window that the source may still be asked to write.
    logic integer window_size{L}(struct gather *list) = list->unmapped > 0 ? SENDV_SOURCE_WINDOW : 0;

    // The segments in view can be read, and the window can be written while segments are unmapped. The segments and the window
    // are outside the batch and struct gather. The segments may be in the window.
    predicate placed{L}(struct gather *list) =
        \valid_read(list->segment + (0 .. list->segments - 1)) &&
        \separated(list->segment + (0 .. list->segments - 1), list) &&
        \separated(list->segment + (0 .. list->segments - 1), the_batch) &&
        \separated(list, the_batch) &&
        (list->unmapped > 0 ==> \valid_read(list->source) &&
            \valid(list->window + (0 .. SENDV_SOURCE_WINDOW - 1)) &&
            \separated(list, list->window + (0 .. SENDV_SOURCE_WINDOW - 1)) &&
            \separated(the_batch, list->window + (0 .. SENDV_SOURCE_WINDOW - 1)));

    // The invariant of struct gather.
    predicate two_in_view{L}(struct gather *list) = list->segments > 1 || list->unmapped == 0;

    // If no segment is in view, no byte is left.
    lemma at_the_end{L}:
        \forall struct gather *list; list->segments == 0 ==> in_order(list) ==> two_in_view(list) ==> bytes_left(list) == 0;

    // The fields of struct gather are the same in two states. list_stays adds the segments in view. batch_stays is about all
    // fields of the batch but the start of its room.
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

    lemma bytes_follow{L}:
        \forall struct iovec *list, *rest, integer m, i; 0 <= m <= i ==> is_rest(rest, list, m) ==>
            bytes_in(list, i) == bytes_in(list, m) + bytes_in(rest, i - m);
    lemma segments_follow{L}:
        \forall struct iovec *list, *rest, integer m, n, all, at, then; 0 <= m ==> 0 <= n ==> is_rest(rest, list, m) ==>
            (\forall integer i; list + i == rest + (i - m)) ==>
            all == m + n ==> then == at + bytes_in(list, m) ==> segments_of_caller(rest, 0, n, then) ==>
            segments_of_caller(list, m, all, at);

    lemma of_caller{L}:
        \forall char *base, integer length, at; callers_readable{L} ==> from_caller(base, length, at) ==>
            tells(base, length, at);

    // The bytes are outside the room that is left, so that no later copy overwrites them.
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
    lemma same_first_kept{L, M}:
        \forall struct batch *batch, integer n; same_list{L, M}(\at(&batch->vectors[0], L), n) ==>
            \at(batch->room, L) == \at(batch->room, M) ==> \at(batch->room_end, L) == \at(batch->room_end, M) ==>
            \at(batch->heap, L) == \at(batch->heap, M) ==> first_kept{L}(batch, n) ==> first_kept{M}(batch, n);
    predicate kept{L}(struct batch *batch) = first_kept(batch, batch->count);
    lemma same_kept{L, M}:
        \forall struct batch *batch; same_list{L, M}(\at(&batch->vectors[0], L), \at(batch->count, L)) ==>
            \at(batch->count, L) == \at(batch->count, M) ==> \at(batch->room, L) == \at(batch->room, M) ==>
            \at(batch->room_end, L) == \at(batch->room_end, M) ==> \at(batch->heap, L) == \at(batch->heap, M) ==>
            kept{L}(batch) ==> kept{M}(batch);

    // The byte of the list at which the batch begins. The batch ends at the list's position.
    logic integer begin_at{L}(struct gather *list, struct batch *batch) = list_end - bytes_left(list) - batch->bytes;

    // `bytes` is the number of bytes in the batch's iovecs. A batch with an iovec has a byte.
    predicate describes{L}(struct batch *batch) =
        0 <= batch->count <= PLATFORM_IOV_MAX && lengths(&batch->vectors[0], batch->count) &&
        batch->bytes == bytes_in(&batch->vectors[0], batch->count) &&
        (batch->count > 0 ==> batch->bytes > 0);
*/

// The list and the batch of a call, as a contract requires them.
#define ONE_CALL \valid(list) && \valid(batch) && \separated(list, batch) && batch == the_batch && list == the_list

// The list of the call, apart from the batch.
#define LIST_APART \separated(the_list, batch) && \separated(the_list->segment + (0 .. the_list->segments - 1), batch)

#endif
