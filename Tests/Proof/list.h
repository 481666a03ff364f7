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
*/

#endif
