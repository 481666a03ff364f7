// SPDX-License-Identifier: Apache-2.0
//
// The words in which gather.c's contracts are written, and what follows from them. A list is `n` segments at `list`.
#ifndef PROOF_LIST_H
#define PROOF_LIST_H

#include <stdlib.h>
#include <sys/uio.h>

// Frama-C does not read it. Where an array stands in memory changes no result.
#define _Alignas(bytes)

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

    // The length of a segment.
    logic integer length_of{L}(struct iovec *segment) = segment->iov_len;

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

    // The bytes of the caller's list, by their distance from its start.
    axiomatic ListBytes {
        logic integer list_byte(integer at);
        predicate callers(char *base, integer length, integer at);
    }

    // These are the list's bytes from byte `at` on.
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
*/

// The list and the batch of a call, as a contract asks for them.
#define ONE_CALL \valid(list) && \valid(batch) && \separated(list, batch) && batch == the_batch && list == the_list

// The list of the call, apart from the batch.
#define LIST_APART \separated(the_list, batch) && \separated(the_list->segment + (0 .. the_list->segments - 1), batch)

// What every step of a gather leaves behind: clauses of their own, since the provers take them one by one.
#define STEP_LEAVES \
    ensures order: in_order(list); \
    ensures placed: placed(list); \
    ensures two: sees_two(list); \
    ensures heap: has_heap(batch); \
    ensures room: in_room(batch); \
    ensures describes: describes(batch); \
    ensures readable: callers_readable; \
    ensures exact: exact(&batch->vectors[0], batch->count, begin_at(list, batch)); \
    ensures kept: kept(batch); \
    ensures stays: list->window == \old(list->window) && batch->first == \old(batch->first); \
    ensures taken: list->segments + list->behind <= \old(list->segments + list->behind)

#endif
