// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include <stdlib.h>
#include <string.h>

// Another thread may change the caller's list during a send, against the contract. No code here may then go out of bounds:
// it loads once each length that decides how much is copied or pointed at, and checks each subtraction of lengths.

/*@ requires \valid(list) && \separated(list, iov + (0 .. iovcnt - 1));
    assigns *list;
    ensures \result == 0 || \result == EINVAL || \result == EFAULT;
    ensures \result == EFAULT <==> iovcnt > 0 && iov == \null;
    ensures \result == EINVAL <==> iovcnt == 0 || iov != \null && iovcnt * sizeof(struct iovec) > SSIZE_MAX;
    ensures \result == 0 ==> list->segment == iov && list->segments == iovcnt && list->offset == 0 && list->unmapped == 0;
    ensures order: \result == 0 ==> segments_of_caller{Pre}(iov, 0, iovcnt, list_end - bytes_in{Pre}(iov, iovcnt)) ==>
        in_order(list);
    ensures bytes: \result == 0 ==> bytes_left(list) == bytes_in{Pre}(iov, iovcnt);
*/
int sendv_gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt)
{
    if (iovcnt == 0)
        return EINVAL;
    if (iov == NULL)
        return EFAULT;
    if (iovcnt > SSIZE_MAX / sizeof *iov) // most likely a negative count
        return EINVAL;
    list->segment = iov;
    list->segments = iovcnt;
    list->offset = 0;
    list->unmapped = 0;
    //@ assert same_list{Pre, Here}(iov, iovcnt);
    //@ assert bytes_in(iov, iovcnt) == bytes_in{Pre}(iov, iovcnt);
    //@ assert segment_at(list) == list_end - bytes_in{Pre}(iov, iovcnt);
    return 0;
}

/*@ requires \valid_read(list) && \valid(bytes) && (list->unmapped > 0 ==> \valid_read(list->source));
    requires readable_list(list->segment, list->segments) && in_list(list);
    requires \separated(bytes, list, list->segment + (0 .. list->segments - 1));
    requires before <= SSIZE_MAX;
    assigns *bytes;
    ensures before + bytes_left{Pre}(list) <= SSIZE_MAX ==> \result == 0 && *bytes == bytes_left{Pre}(list);
    ensures before + bytes_left{Pre}(list) > SSIZE_MAX ==> \result == EINVAL && *bytes == \old(*bytes);
*/
int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes)
{
    size_t unmapped = 0;
    //@ admit list->unmapped > 0 ==> list->source->count_bytes == &source_count_bytes;
    if (list->unmapped > 0)
        //@ calls source_count_bytes;
        unmapped = list->source->count_bytes(list->source->list, list->next, list->unmapped);
    //@ assert unmapped == bytes_unmapped(list) || unmapped == SIZE_MAX < bytes_unmapped(list);
    if (unmapped > (size_t)SSIZE_MAX - before)
        return EINVAL;
    size_t total = before + unmapped;
    /*@ loop invariant 0 <= i <= list->segments;
        loop invariant total == before + unmapped + bytes_in(list->segment, i) - (i == 0 ? 0 : list->offset);
        loop invariant total <= SSIZE_MAX;
        loop assigns i, total;
        loop variant list->segments - i;
    */
    for (size_t i = 0; i < list->segments; i++) {
        const size_t length = list->segment[i].iov_len, taken = i == 0 ? list->offset : 0;
        const size_t left = length > taken ? length - taken : 0;
        if (left > (size_t)SSIZE_MAX - total)
            return EINVAL;
        total += left;
    }
    *bytes = total - before;
    return 0;
}

// Moves the only iovec in view, if there is one, to the front of the window, and asks the source for as many more as fit. Out of
// line: inlined, it slows down every segment that is pointed at.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->segments <= 1 && list->unmapped > 0;
    assigns list->segment, list->segments, list->next, list->unmapped, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures two: two_in_view(list);
    ensures all: list->segments + list->unmapped == \old(list->segments + list->unmapped);
    ensures bytes: bytes_left(list) == \old(bytes_left(list));
    ensures moves: list->unmapped < \old(list->unmapped);
    ensures batch: batch_stays{Pre, Post};
*/
__attribute__((noinline)) static void map_more(struct gather *list)
{
    const size_t kept = list->segments, room = SENDV_SOURCE_WINDOW - kept;
    const size_t count = list->unmapped < room ? list->unmapped : room;
    //@ ghost struct iovec *segment = list->segment;
    //@ ghost struct iovec *window = list->window;
    //@ ghost size_t next = list->next;
    //@ assert bytes_in(segment, 0) == 0 && bytes_in(window, 0) == 0;
    //@ assert kept > 0 ==> callers(segment->iov_base, segment->iov_len, segment_at(list));
    if (kept > 0)
        list->window[0] = *list->segment;
    //@ assert bytes_in(window, kept) == bytes_in{Pre}(segment, kept) && bytes_in(window, 0) == 0;
    //@ assert kept > 0 ==> callers(window->iov_base, window->iov_len, segment_at{Pre}(list));
    //@ assert segments_of_caller(window, 0, kept, segment_at{Pre}(list));
    //@ assert batch_stays{Pre, Here};
    //@ assert count <= list->unmapped && next + count <= SIZE_MAX;
    //@ assert \separated(list, window + kept + (0 .. count - 1)) && \separated(the_batch, window + kept + (0 .. count - 1));
    //@ assert \separated(list, window + (0 .. SENDV_SOURCE_WINDOW - 1)) && \separated(list, the_batch);
    //@ assert kept + count <= SENDV_SOURCE_WINDOW;
    //@ ghost moved: ;
    //@ admit list->source->map == &source_map;
    //@ calls source_map;
    list->source->map(list->source->list, list->next, count, list->window + kept);
    //@ assert list->segment == \at(list->segment, moved) && list->segments == kept;
    //@ assert list->offset == \at(list->offset, moved) && list->unmapped == \at(list->unmapped, moved);
    //@ assert list->next == next && list->source == \at(list->source, moved) && list->window == window;
    //@ assert same_fields{moved, Here}(list);
    //@ assert same_list{moved, Here}(window, kept);
    //@ assert same_list{moved, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert bytes_in(window, kept) == bytes_in{Pre}(segment, kept);
    //@ assert is_rest(window + kept, window, kept);
    //@ assert bytes_in(window, kept + count) == bytes_in(window, kept) + source_bytes(next, count);
    //@ assert source_at(next) == segment_at{Pre}(list) + bytes_in(window, kept);
    //@ assert segments_of_caller(window, 0, kept, segment_at{Pre}(list));
    //@ assert segments_of_caller(window + kept, 0, count, source_at(next));
    //@ assert segments_of_caller(window, kept, kept + count, segment_at{Pre}(list));
    //@ assert segments_of_caller(window, 0, kept + count, segment_at{Pre}(list));
    //@ assert the_batch->first == \at(the_batch->first, moved) && the_batch->heap == \at(the_batch->heap, moved);
    //@ assert the_batch->count == \at(the_batch->count, moved) && the_batch->bytes == \at(the_batch->bytes, moved);
    //@ assert the_batch->room_end == \at(the_batch->room_end, moved);
    //@ assert batch_stays{moved, Here};
    //@ assert batch_stays{Pre, Here};
    //@ ghost made: ;
    list->segment = list->window;
    list->segments = kept + count;
    //@ assert same_list{made, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ ghost half: ;
    list->next += count;
    //@ assert same_list{half, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ ghost third: ;
    list->unmapped -= count;
    //@ assert same_list{third, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert list->segment == window && list->window == window && list->segments == kept + count;
    //@ assert list->next == next + count && list->unmapped + count == \at(list->unmapped, Pre);
    //@ assert same_list{made, Here}(window, kept + count);
    //@ assert bytes_in(window, kept + count) == bytes_in{made}(window, kept + count);
    //@ assert bytes_unmapped{Pre}(list) == source_bytes(next, count) + bytes_unmapped(list);
    //@ assert segment_at(list) == segment_at{Pre}(list);
    //@ assert segments_of_caller(window, 0, kept + count, segment_at(list));
    //@ assert list->unmapped > 0 ==> source_at(list->next) == source_at(next) + source_bytes(next, count);
    //@ assert source_at(next) == segment_at{Pre}(list) + bytes_in(window, kept);
    //@ assert bytes_in(window, kept + count) == bytes_in(window, kept) + source_bytes(next, count);
    //@ assert list->unmapped > 0 ==> source_at(list->next) == list_end - bytes_unmapped(list);
    //@ assert in_list(list);
    //@ assert in_order(list);
    //@ assert same_list{half, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert same_list{made, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert batch_stays{made, Here};
}

// Keeps the invariant of struct gather. Returns true if the source mapped more segments.
/*@ requires \valid(list) && in_order(list) && placed(list);
    assigns list->segment, list->segments, list->next, list->unmapped, list->window[0 .. window_size(list) - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures two: two_in_view(list);
    ensures all: list->segments + list->unmapped == \old(list->segments + list->unmapped);
    ensures bytes: bytes_left(list) == \old(bytes_left(list));
    ensures moves: \result ==> list->unmapped < \old(list->unmapped);
    ensures stays: !\result ==> list->segments == \old(list->segments) && list->unmapped == \old(list->unmapped);
    ensures batch: batch_stays{Pre, Post};
*/
static inline bool refill(struct gather *list)
{
    if (list->segments > 1 || list->unmapped == 0)
        return false;
    map_more(list);
    return true;
}

// Moves past `count` segments, which are in a batch or empty.
/*@ requires \valid(list) && in_order(list) && placed(list) && count <= list->segments;
    assigns list->segment, list->segments, list->offset;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures passed: list->segment == \old(list->segment) + count && list->segments == \old(list->segments) - count;
    ensures start: list->offset == 0;
    ensures bytes: bytes_left(list) == \old(bytes_left(list) + list->offset) - bytes_in{Pre}(\old(list->segment), count);
    ensures batch: batch_stays{Pre, Post};
*/
static inline void skip(struct gather *list, size_t count)
{
    //@ ghost struct iovec *rest = list->segment + count;
    //@ ghost size_t left = list->segments - count;
    //@ assert adds_up(list->segment, count, left);
    //@ assert is_rest(rest, list->segment, count);
    //@ assert bytes_in(list->segment, list->segments) == bytes_in(list->segment, count) + bytes_in(rest, left);
    //@ assert segments_of_caller(rest, 0, left, segment_at(list) + bytes_in(list->segment, count));
    //@ assert \valid_read(rest + (0 .. left - 1));
    //@ assert \separated(rest + (0 .. left - 1), list);
    //@ assert \separated(rest + (0 .. left - 1), the_batch);
    list->segment += count;
    list->segments -= count;
    list->offset = 0;
    //@ assert list->segment == rest && list->segments == left;
    //@ assert same_list{Pre, Here}(rest, left);
    //@ assert same_lengths{Pre, Here}(rest, left);
    //@ assert bytes_in(rest, left) == bytes_in{Pre}(rest, left);
    //@ assert segment_at(list) == segment_at{Pre}(list) + bytes_in{Pre}(\at(list->segment, Pre), count);
    //@ assert segments_of_caller(rest, 0, left, segment_at(list));
}

// Copies `length` bytes by two moves of `size` bytes that may overlap, without a call. `length` is between `size` and 2 x `size`.
/*@ requires size <= length <= 2 * size;
    requires \valid(to + (0 .. length - 1));
    requires \valid_read(from + (0 .. length - 1));
    requires \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    assigns to[0 .. length - 1];
    ensures \forall integer i; 0 <= i < length ==> to[i] == \at(from[i], Pre);
*/
static inline void copy_ends(char *to, const char *from, size_t length, size_t size)
{
    memcpy(to, from, size);
    memcpy(to + length - size, from + length - size, size);
    //@ assert \forall integer i; length - size <= i < length ==> \subset(to + i, to + length - size + (0 .. size - 1));
}

/*@ requires \valid(to + (0 .. length - 1));
    requires \valid_read(from + (0 .. length - 1));
    requires \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    assigns to[0 .. length - 1];
    ensures \forall integer i; 0 <= i < length ==> to[i] == \at(from[i], Pre);
*/
static inline void copy_short(char *to, const char *from, size_t length)
{
    if (length >= 16 && length <= 32)
        copy_ends(to, from, length, 16);
    else if (length > 128)
        memcpy(to, from, length);
    else if (length > 64)
        copy_ends(to, from, length, 64);
    else if (length > 32)
        copy_ends(to, from, length, 32);
    else if (length >= 8)
        copy_ends(to, from, length, 8);
    else if (length >= 4)
        copy_ends(to, from, length, 4);
    else if (length > 0) {
        //@ assert length == 1 || length == 2 || length == 3;
        to[0] = from[0];
        to[length / 2] = from[length / 2];
        to[length - 1] = from[length - 1];
    }
}

/*@ requires \valid(batch) && describes(batch);
    requires batch->count < PLATFORM_IOV_MAX;
    requires LIST_APART;
    requires 0 < length <= SIZE_MAX - batch->bytes;
    assigns batch->vectors[batch->count], batch->count, batch->bytes;
    ensures list: list_stays{Pre, Post};
    ensures describes: describes(batch);
    ensures room: in_room{Pre}(batch) ==> in_room(batch);
    ensures first: batch->first == \old(batch->first);
    ensures more: batch->count == \old(batch->count) + 1;
    ensures grown: batch->bytes == \old(batch->bytes) + length;
    ensures exact: \forall integer at, then; then == at + \old(batch->bytes) ==>
        exact{Pre}(&batch->vectors[0], \old(batch->count), at) ==> tells(base, length, then) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures kept: kept{Pre}(batch) ==> apart{Pre}(batch, base, length) ==> kept(batch);
    ensures base: batch->vectors[\old(batch->count)].iov_base == base;
    ensures length: batch->vectors[\old(batch->count)].iov_len == length;
*/
static void add(struct batch *batch, char *base, size_t length)
{
    struct iovec *const vector = &batch->vectors[batch->count++];
    vector->iov_base = base;
    vector->iov_len = length;
    batch->bytes += length;
    //@ assert batch->first == \at(batch->first, Pre) && batch->heap == \at(batch->heap, Pre);
    //@ assert batch->room == \at(batch->room, Pre) && batch->room_end == \at(batch->room_end, Pre);
    //@ assert same_lengths{Pre, Here}(&batch->vectors[0], \at(batch->count, Pre));
    //@ assert lengths(&batch->vectors[0], batch->count);
    //@ assert batch->bytes == bytes_in(&batch->vectors[0], batch->count);
    //@ assert same_fields{Pre, Here}(the_list);
    //@ assert same_list{Pre, Here}(the_list->segment, the_list->segments);
    //@ assert same_list{Pre, Here}(&batch->vectors[0], \at(batch->count, Pre));
    //@ assert bytes_in(&batch->vectors[0], \at(batch->count, Pre)) == \at(batch->bytes, Pre);
    /*@ assert \forall integer at; exact{Pre}(&batch->vectors[0], \at(batch->count, Pre), at) ==>
            exact(&batch->vectors[0], \at(batch->count, Pre), at); */
    //@ assert batch->vectors[\at(batch->count, Pre)].iov_base == base;
    //@ assert batch->vectors[\at(batch->count, Pre)].iov_len == length;
    /*@ assert \forall integer at, then; then == at + \at(batch->bytes, Pre) ==> tells(base, length, then) ==>
            tells_at(&batch->vectors[0], \at(batch->count, Pre), at); */
    //@ assert kept{Pre}(batch) ==> first_kept(batch, \at(batch->count, Pre));
    //@ assert apart{Pre}(batch, base, length) ==> apart(batch, base, length);
    /*@ assert apart(batch, base, length) ==> apart(batch, batch->vectors[\at(batch->count, Pre)].iov_base,
            batch->vectors[\at(batch->count, Pre)].iov_len); */
    //@ assert batch->count == \at(batch->count, Pre) + 1;
}

// Adds the `length` copied bytes at `copies`: to the last iovec if it ends there, else as a new iovec.
/*@ requires \valid(batch) && describes(batch);
    requires batch->count < PLATFORM_IOV_MAX;
    requires LIST_APART;
    requires 0 < length <= SIZE_MAX - batch->bytes && !nowhere(copies);
    assigns batch->vectors[0 .. PLATFORM_IOV_MAX - 1], batch->count, batch->bytes;
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures room: in_room{Pre}(batch) ==> in_room(batch);
    ensures list: list_stays{Pre, Post};
    ensures describes: describes(batch);
    ensures exact: \forall integer at, then; then == at + \old(batch->bytes) ==>
        exact{Pre}(&batch->vectors[0], \old(batch->count), at) ==> holds(copies, length, then) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures kept: kept{Pre}(batch) ==> apart{Pre}(batch, copies, length) ==> kept(batch);
    ensures grown: batch->bytes == \old(batch->bytes) + length;
*/
static void add_copied(struct batch *batch, char *copies, size_t length)
{
    struct iovec *const last = batch->count > 0 ? &batch->vectors[batch->count - 1] : NULL;
    /*@ admit last != \null ==> ((uintptr_t)((uintptr_t)last->iov_base + last->iov_len) == (uintptr_t)copies <==>
            stands_behind(copies, last->iov_base, last->iov_len)); */
    if (last != NULL && (uintptr_t)last->iov_base + last->iov_len == (uintptr_t)copies) {
        //@ ghost size_t had = last->iov_len;
        //@ assert 0 <= bytes_in(&batch->vectors[0], batch->count - 1);
        //@ assert bytes_in(&batch->vectors[0], batch->count - 1) + last->iov_len == batch->bytes;
        //@ assert last->iov_len + length <= SIZE_MAX;
        /*@ assert \forall integer at; exact(&batch->vectors[0], batch->count, at) ==>
                exact(&batch->vectors[0], batch->count - 1, at) && tells_at(&batch->vectors[0], batch->count - 1, at); */
        /*@ assert \forall integer at, then; then == at + bytes_in(&batch->vectors[0], batch->count - 1) ==>
                tells_at(&batch->vectors[0], batch->count - 1, at) ==> tells(last->iov_base, last->iov_len, then); */
        last->iov_len += length;
        batch->bytes += length;
        //@ assert same_elsewhere{Pre, Here}(&batch->vectors[0], batch->count - 1, batch->count);
        //@ assert last->iov_len == length_of{Pre}(&batch->vectors[0] + (batch->count - 1)) + length;
        //@ assert same_fields{Pre, Here}(the_list);
        //@ assert same_list{Pre, Here}(the_list->segment, the_list->segments);
        //@ assert bytes_in(&batch->vectors[0], batch->count) - bytes_in{Pre}(&batch->vectors[0], batch->count) == length;
        //@ assert same_list{Pre, Here}(&batch->vectors[0], batch->count - 1);
        //@ assert bytes_in(&batch->vectors[0], batch->count - 1) == bytes_in{Pre}(&batch->vectors[0], batch->count - 1);
        /*@ assert \forall integer at; exact{Pre}(&batch->vectors[0], batch->count - 1, at) ==>
                exact(&batch->vectors[0], batch->count - 1, at); */
        /*@ assert \forall char *copies, integer begin, then; then == begin + had ==>
                stands_behind(copies, last->iov_base, had) ==> !nowhere(copies) ==>
                tells(last->iov_base, had, begin) ==> holds(copies, length, then) ==>
                tells(last->iov_base, last->iov_len, begin); */
        /*@ assert \forall integer at, then; then == at + bytes_in(&batch->vectors[0], batch->count - 1) ==>
                tells(last->iov_base, last->iov_len, then) ==> tells_at(&batch->vectors[0], batch->count - 1, at); */
        /*@ assert \forall char *copies; stands_behind(copies, last->iov_base, had) ==>
                kept{Pre}(batch) ==> apart{Pre}(batch, copies, length) ==> apart(batch, last->iov_base, last->iov_len); */
        /*@ assert \forall integer at, then; then == at + \at(batch->bytes, Pre) ==>
                exact{Pre}(&batch->vectors[0], batch->count, at) ==> holds(copies, length, then) ==>
                exact(&batch->vectors[0], batch->count, at); */
    } else {
        add(batch, copies, length);
    }
}

// Copies the segments in view up to the first that is longer than `longest`, does not fit the buffer or `most`, or is at NULL
// (the kernel answers EFAULT to NULL; a copy would crash). Returns how many were copied.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && list->offset == 0;
    requires has_heap(batch) && in_room(batch);
    assigns batch->room, batch->room[0 .. batch->room_end - batch->room - 1];
    ensures list: list_stays{Pre, Post};
    ensures placed: placed(list);
    ensures batch: batch_stays{Pre, Post};
    ensures room: in_room(batch);
    ensures inside: 0 <= \result <= list->segments;
    ensures whole: batch->room == \old(batch->room) + bytes_in(list->segment, \result);
    ensures none: \result == 0 ==> batch->room == \old(batch->room);
    ensures readable: callers_readable;
    ensures copied: holds(\old(batch->room), batch->room - \old(batch->room), segment_at{Pre}(list));
    ensures limited: 0 <= batch->room - \old(batch->room) <= most;
*/
static inline size_t copy_segments(const struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const struct iovec *segment = list->segment, *const end = segment + list->segments;
    char *to = batch->room;
    size_t room = (size_t)(batch->room_end - to);
    if (room > most)
        room = most;
    //@ ghost size_t taken = 0;
    /*@ loop invariant 0 <= taken <= list->segments;
        loop invariant segment == list->segment + taken;
        loop invariant stands_behind(to, batch->room, bytes_in{Pre}(list->segment, taken));
        loop invariant 0 <= bytes_in{Pre}(list->segment, taken) <= most - room;
        loop invariant room + bytes_in{Pre}(list->segment, taken) <= batch->room_end - batch->room;
        loop invariant callers_readable;
        loop invariant holds(batch->room, to - batch->room, segment_at{Pre}(list));
        loop assigns segment, to, room, taken, batch->room[0 .. batch->room_end - batch->room - 1];
        loop variant list->segments - taken;
    */
    for (; segment < end; segment++) {
        const size_t length = segment->iov_len;
        const char *const base = segment->iov_base;
        if (length > longest || length > room || base == NULL)
            break;
        //@ assert callers(base, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        //@ assert holds(base, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        //@ ghost before: ;
        copy_short(to, base, length);
        //@ assert callers_readable;
        //@ assert copied: \forall integer at; holds{before}(base, length, at) ==> holds(to, length, at);
        //@ assert holds(to, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        //@ assert holds(batch->room, to - batch->room, segment_at{Pre}(list));
        //@ assert stands_behind(to, batch->room, to - batch->room);
        //@ assert holds(batch->room, to + length - batch->room, segment_at{Pre}(list));
        to += length;
        room -= length;
        //@ ghost taken++;
    }
    //@ assert segment == list->segment + taken && to == batch->room + bytes_in{Pre}(list->segment, taken);
    batch->room = to;
    return (size_t)(segment - list->segment);
}

// Copies a run of short segments into one iovec of the batch. Returns false if its first segment could not be copied.
static bool copy_run(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    char *const start = batch->room;
    bool any = false;
    do {
        const size_t copied = copy_segments(list, longest, most - (size_t)(batch->room - start), batch);
        skip(list, copied);
        any |= copied > 0;
    } while (refill(list));
    if (batch->room > start)
        add_copied(batch, start, (size_t)(batch->room - start));
    return any;
}

// Points at the current segment, or at `most` bytes of it.
/*@ requires ONE_CALL;
    requires in_order(list) && placed(list) && list->segments > 0;
    requires describes(batch) && batch->count < PLATFORM_IOV_MAX;
    requires 0 < most <= SIZE_MAX - batch->bytes;
    requires callers_readable;
    assigns list->segment, list->segments, list->offset;
    assigns batch->vectors[batch->count], batch->count, batch->bytes;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures describes: describes(batch);
    ensures exact: exact{Pre}(&batch->vectors[0], \old(batch->count), begin_at{Pre}(list, batch)) ==>
        exact(&batch->vectors[0], batch->count, begin_at(list, batch));
    ensures room: in_room{Pre}(batch) ==> in_room(batch);
    ensures kept: kept{Pre}(batch) ==> in_room{Pre}(batch) ==> kept(batch);
    ensures stays: list->unmapped == \old(list->unmapped) && batch->first == \old(batch->first);
    ensures inside: list->segments == \old(list->segments) || list->segments == \old(list->segments) - 1;
    ensures limited: 0 <= batch->bytes - \old(batch->bytes) <= most;
    ensures step: list->segments == \old(list->segments) ==> batch->bytes == \old(batch->bytes) + most;
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
    ensures pointed: batch->bytes > \old(batch->bytes) ==> batch->count == \old(batch->count) + 1 &&
        batch->vectors[\old(batch->count)].iov_base == \old(list->segment->iov_base + list->offset) &&
        batch->vectors[\old(batch->count)].iov_len == batch->bytes - \old(batch->bytes);
*/
static inline void point_at(struct gather *list, size_t most, struct batch *batch)
{
    char *const base = (char *)list->segment->iov_base + list->offset;
    const size_t length = list->segment->iov_len, rest = length > list->offset ? length - list->offset : 0;
    //@ ghost size_t offset = list->offset;
    //@ ghost size_t piece = rest < most ? rest : most;
    //@ assert callers(list->segment->iov_base, length, segment_at(list));
    //@ assert stands_behind(base, list->segment->iov_base, offset) && list_end - bytes_left(list) == segment_at(list) + offset;
    //@ assert \forall integer n; offset + n <= length ==> from_caller(base, n, list_end - bytes_left(list));
    //@ assert from_caller(base, piece, list_end - bytes_left(list));
    //@ assert tells(base, piece, list_end - bytes_left(list));
    //@ assert in_room(batch) ==> apart(batch, base, piece);
    //@ assert list_end - bytes_left(list) == begin_at(list, batch) + batch->bytes;
    //@ assert bytes_in(list->segment, 1) == bytes_in(list->segment, 0) + length;
    if (rest > 0)
        add(batch, base, rest < most ? rest : most);
    //@ assert list_stays{Pre, Here};
    //@ assert bytes_left(list) == bytes_left{Pre}(list);
    //@ assert in_order(list) && placed(list);
    //@ assert bytes_in(list->segment, 1) == length;
    //@ assert batch->bytes == \at(batch->bytes, Pre) + piece;
    //@ assert describes(batch);
    /*@ assert exact{Pre}(&batch->vectors[0], \at(batch->count, Pre), begin_at{Pre}(list, batch)) ==>
            exact(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch)); */
    //@ assert in_room{Pre}(batch) ==> in_room(batch);
    //@ assert kept{Pre}(batch) ==> in_room{Pre}(batch) ==> kept(batch);
    //@ ghost added: ;
    if (rest > most)
        list->offset += most;
    else
        skip(list, 1);
    //@ assert rest > most ==> same_list{added, Here}(list->segment, list->segments);
    //@ assert rest > most ==> same_lengths{added, Here}(list->segment, list->segments);
    //@ assert rest > most ==> bytes_in(list->segment, list->segments) == bytes_in{added}(list->segment, list->segments);
    //@ assert rest > most ==> segment_at(list) == segment_at{added}(list);
    //@ assert rest > most ==> segments_of_caller(list->segment, 0, list->segments, segment_at(list));
    //@ assert in_order(list) && placed(list);
    //@ assert bytes_left(list) == bytes_left{added}(list) - piece;
    //@ assert batch->room == \at(batch->room, Pre) && batch->room_end == \at(batch->room_end, Pre);
    //@ assert batch->heap == \at(batch->heap, Pre);
    //@ assert rest > most ==> same_list{added, Here}(&batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert batch_stays{added, Here};
    //@ assert begin_at(list, batch) == begin_at{Pre}(list, batch);
    //@ assert same_list{added, Here}(&batch->vectors[0], batch->count);
    //@ assert same_lengths{added, Here}(&batch->vectors[0], batch->count);
    //@ assert bytes_in(&batch->vectors[0], batch->count) == bytes_in{added}(&batch->vectors[0], batch->count);
    //@ assert batch->bytes == bytes_in(&batch->vectors[0], batch->count);
    //@ assert lengths(&batch->vectors[0], batch->count);
    //@ assert describes(batch);
}

// Points at whole segments until one is short, does not fit `most`, or the batch is full. 19 instructions a segment.
/*@ requires ONE_CALL;
    requires in_order(list) && placed(list) && list->offset == 0;
    requires describes(batch);
    requires most <= SIZE_MAX - batch->bytes;
    requires callers_readable;
    assigns list->segment, list->segments, list->offset;
    assigns batch->vectors[0 .. PLATFORM_IOV_MAX - 1], batch->count, batch->bytes;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures start: list->offset == 0;
    ensures describes: describes(batch);
    ensures exact: exact{Pre}(&batch->vectors[0], \old(batch->count), begin_at{Pre}(list, batch)) ==>
        exact(&batch->vectors[0], batch->count, begin_at(list, batch));
    ensures room: in_room{Pre}(batch) ==> in_room(batch);
    ensures kept: kept{Pre}(batch) ==> in_room{Pre}(batch) ==> kept(batch);
    ensures stays: list->unmapped == \old(list->unmapped) && batch->first == \old(batch->first);
    ensures inside: list->segments <= \old(list->segments);
    ensures limited: 0 <= batch->bytes - \old(batch->bytes) <= most;
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
*/
static inline void point_at_long(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const struct iovec *segment = list->segment, *const end = segment + list->segments;
    struct iovec *vector = batch->vectors + batch->count, *const full = batch->vectors + PLATFORM_IOV_MAX;
    size_t left = most;
    //@ ghost size_t taken = 0;
    //@ assert segment_at(list) == begin_at(list, batch) + batch->bytes;
    /*@ loop invariant 0 <= taken <= list->segments && batch->count + taken <= PLATFORM_IOV_MAX;
        loop invariant segment == list->segment + taken;
        loop invariant vector == &batch->vectors[0] + (batch->count + taken);
        loop invariant 0 <= bytes_in{Pre}(list->segment, taken) <= most;
        loop invariant left == most - bytes_in{Pre}(list->segment, taken);
        loop invariant taken > 0 ==> left < most;
        loop invariant list_stays{Pre, Here};
        loop invariant lengths(&batch->vectors[0], batch->count + taken);
        loop invariant bytes_in(&batch->vectors[0], batch->count + taken) == batch->bytes + (most - left);
        loop invariant exact{Pre}(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch)) ==>
            exact(&batch->vectors[0], batch->count + taken, begin_at{Pre}(list, batch));
        loop invariant kept{Pre}(batch) ==> in_room{Pre}(batch) ==> first_kept(batch, batch->count + taken);
        loop assigns segment, vector, left, taken, batch->vectors[0 .. PLATFORM_IOV_MAX - 1];
        loop variant list->segments - taken;
    */
    for (; segment < end && vector < full; segment++, vector++) {
        const size_t length = segment->iov_len;
        if (length <= longest || length > left)
            break;
        //@ ghost char *base = segment->iov_base;
        //@ ghost size_t at = batch->count + taken;
        //@ ghost before: ;
        //@ assert vector == &batch->vectors[at] && at < PLATFORM_IOV_MAX && batch->bytes == \at(batch->bytes, Pre);
        //@ assert \separated(the_list, vector) && \separated(the_list->segment + (0 .. the_list->segments - 1), vector);
        //@ assert base == base_of{Pre}(list->segment + taken) && length == length_of{Pre}(list->segment + taken);
        //@ assert callers(base, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        //@ assert from_caller(base, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        //@ assert tells(base, length, segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken));
        /*@ assert segment_at{Pre}(list) + bytes_in{Pre}(list->segment, taken) ==
                begin_at{Pre}(list, batch) + bytes_in(&batch->vectors[0], at); */
        //@ assert tells(base, length, begin_at{Pre}(list, batch) + bytes_in(&batch->vectors[0], at));
        //@ assert in_room{Pre}(batch) ==> apart(batch, base, length);
        vector->iov_base = segment->iov_base;
        vector->iov_len = length;
        left -= length;
        //@ assert vector->iov_base == base && vector->iov_len == length;
        //@ assert same_list{before, Here}(&batch->vectors[0], at);
        //@ assert same_lengths{before, Here}(&batch->vectors[0], at);
        //@ assert bytes_in(&batch->vectors[0], at) == bytes_in{before}(&batch->vectors[0], at);
        //@ assert bytes_in(&batch->vectors[0], at + 1) == bytes_in(&batch->vectors[0], at) + length;
        //@ assert same_fields{before, Here}(the_list);
        //@ assert same_list{before, Here}(the_list->segment, the_list->segments);
        //@ assert list_stays{Pre, Here};
        /*@ assert \forall integer begin, then; then == begin + bytes_in(&batch->vectors[0], at) ==>
                tells(base, length, then) ==> tells_at(&batch->vectors[0], at, begin); */
        //@ assert tells_at(&batch->vectors[0], at, begin_at{Pre}(list, batch));
        /*@ assert exact{before}(&batch->vectors[0], at, begin_at{Pre}(list, batch)) ==>
                exact(&batch->vectors[0], at, begin_at{Pre}(list, batch)); */
        //@ assert batch->room == \at(batch->room, before) && batch->room_end == \at(batch->room_end, before);
        //@ assert batch->heap == \at(batch->heap, before);
        //@ assert first_kept{before}(batch, at) ==> first_kept(batch, at);
        //@ ghost taken++;
    }
    //@ assert 0 <= most - left <= most && batch->bytes + (most - left) <= SIZE_MAX;
    //@ ghost filled: ;
    batch->count = (size_t)(vector - batch->vectors);
    batch->bytes += most - left;
    //@ assert same_fields{filled, Here}(list);
    //@ assert same_list{filled, Here}(list->segment, list->segments);
    //@ assert same_list{filled, Here}(&batch->vectors[0], batch->count);
    //@ assert same_lengths{filled, Here}(&batch->vectors[0], batch->count);
    //@ assert bytes_in(&batch->vectors[0], batch->count) == bytes_in{filled}(&batch->vectors[0], batch->count);
    //@ assert segment == list->segment + taken && batch->count == \at(batch->count, Pre) + taken;
    //@ assert batch->bytes == \at(batch->bytes, Pre) + bytes_in{Pre}(list->segment, taken);
    //@ assert list_stays{Pre, Here};
    //@ assert bytes_left(list) == bytes_left{Pre}(list);
    //@ assert bytes_in(list->segment, taken) == bytes_in{Pre}(list->segment, taken);
    //@ assert in_order(list) && placed(list);
    //@ assert describes(batch);
    /*@ assert exact{Pre}(&batch->vectors[0], \at(batch->count, Pre), begin_at{Pre}(list, batch)) ==>
            exact(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch)); */
    //@ assert in_room{Pre}(batch) ==> in_room(batch);
    //@ assert kept{Pre}(batch) ==> in_room{Pre}(batch) ==> kept(batch);
    //@ ghost added: ;
    skip(list, (size_t)(segment - list->segment));
    //@ assert begin_at(list, batch) == begin_at{Pre}(list, batch);
    //@ assert same_list{added, Here}(&batch->vectors[0], batch->count);
    //@ assert same_lengths{added, Here}(&batch->vectors[0], batch->count);
    //@ assert bytes_in(&batch->vectors[0], batch->count) == bytes_in{added}(&batch->vectors[0], batch->count);
    //@ assert batch->bytes == bytes_in(&batch->vectors[0], batch->count);
    //@ assert lengths(&batch->vectors[0], batch->count);
    //@ assert describes(batch);
}

/*@ requires \valid(batch);
    requires has_heap(batch);
    requires LIST_APART;
    assigns batch->room, batch->room_end;
    ensures list: list_stays{Pre, Post};
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures in_room(batch);
    ensures batch->room == (batch->heap == \null ? &batch->copies[0] : batch->heap);
*/
static void reset_room(struct batch *batch)
{
    batch->room = batch->heap != NULL ? batch->heap : batch->copies;
    batch->room_end = batch->room + (batch->heap != NULL ? SENDV_COPY_HEAP : SENDV_COPY_STACK);
}

// Makes room for `length` more bytes, on the heap if the current buffer is too full. Returns false if there is no room.
/*@ requires \valid(batch);
    requires has_heap(batch) && in_room(batch);
    requires length <= SENDV_COPY_HEAP;
    requires LIST_APART;
    assigns batch->room, batch->room_end, batch->heap;
    ensures list: list_stays{Pre, Post};
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures has_heap(batch) && in_room(batch);
    ensures kept: kept{Pre}(batch) ==> kept(batch);
    ensures exact: \forall integer at; exact{Pre}(&batch->vectors[0], batch->count, at) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures \result ==> batch->room_end - batch->room >= length;
*/
static bool make_room(struct batch *batch, size_t length)
{
    if ((size_t)(batch->room_end - batch->room) >= length)
        return true;
    if (batch->heap != NULL || (batch->heap = malloc(SENDV_COPY_HEAP)) == NULL)
        return false;
    reset_room(batch); // what was copied to the stack stays there
    return true;
}

// The longest segment that is copied: the table in gather.h.
/*@ requires \valid_read(list) && \valid_read(batch);
    assigns \nothing;
    ensures none: !batch->may_copy ==> \result == 0;
    ensures few: batch->may_copy && list->segments + list->unmapped <= 96 ==> \result == SENDV_COPY_SEGMENT;
    ensures many: batch->may_copy && 384 <= list->segments + list->unmapped <= SIZE_MAX ==>
        \result == SENDV_COPY_SEGMENT_MANY;
    ensures limited: \result <= SENDV_COPY_HEAP;
*/
static size_t longest_copied(const struct gather *list, const struct batch *batch)
{
    const size_t segments = list->segments + list->unmapped, most = batch->may_copy ? SENDV_COPY_SEGMENT : 0;
    const size_t fits = (SENDV_COPY_STACK + SENDV_COPY_HEAP) / (segments > 0 ? segments : 1);
    const size_t longest = fits > SENDV_COPY_SEGMENT_MANY ? fits : SENDV_COPY_SEGMENT_MANY;
    return longest < most ? longest : most;
}

void sendv_gather_next(struct gather *list, size_t most, struct batch *batch)
{
    batch->first = batch->vectors;
    batch->count = 0;
    batch->bytes = 0;
    if (list->segments == 1) {
        point_at(list, most, batch); // fast path: nothing is unmapped, by the invariant of struct gather
        return;
    }
    reset_room(batch);
    const size_t longest = longest_copied(list, batch);
    while (list->segments > 0 && batch->count < PLATFORM_IOV_MAX && batch->bytes < most) {
        const struct iovec *const segment = list->segment;
        if (list->segments > 1 && list->offset == 0 && segment[0].iov_len <= longest && segment[1].iov_len <= longest) {
            if (make_room(batch, longest) && copy_run(list, longest, most - batch->bytes, batch))
                continue;
            if (batch->count > 0 && list->segments + list->unmapped > SENDV_POINT_REST && list->segment->iov_len > 0)
                return; // a segment that does not fit, or is at NULL, begins the next batch; an empty one is skipped below
        }
        point_at(list, most - batch->bytes, batch);
        if (list->offset == 0)
            point_at_long(list, longest, most - batch->bytes, batch);
        refill(list);
    }
}

/*@ requires \valid(batch);
    assigns batch->heap, batch->may_copy;
    ensures batch->heap == \null && batch->may_copy == may_copy;
*/
void sendv_batch_begin(struct batch *batch, bool may_copy)
{
    batch->heap = NULL;
    batch->may_copy = may_copy;
}

/*@ requires \valid(batch) && \valid(batch->first + (0 .. batch->count - 1));
    requires \separated(&batch->first, &batch->count, &batch->bytes, batch->first + (0 .. batch->count - 1));
    requires readable_list(batch->first, batch->count);
    requires bytes <= batch->bytes == bytes_in(batch->first, batch->count);
    assigns batch->bytes, batch->first, batch->count, batch->first[0 .. batch->count - 1];
    ensures batch->bytes == \old(batch->bytes) - bytes;
    ensures batch->bytes == bytes_in(batch->first, batch->count);
    ensures is_rest: \let gone = \old(batch->count) - batch->count;
        0 <= gone && batch->first == \old(batch->first) + gone &&
        same_elsewhere{Pre, Post}(\old(batch->first), gone, \old(batch->count));
    ensures is_cut: \let gone = \old(batch->count) - batch->count;
        \let cut = bytes - bytes_in{Pre}(\old(batch->first), gone);
        batch->count > 0 ==> struck{Pre, Post}(batch->first, cut);
    ensures never_empty: bytes > 0 && batch->count > 0 ==> batch->first->iov_len > 0;
*/
void sendv_batch_advance(struct batch *batch, size_t bytes)
{
    size_t offset;
    const size_t sent = sendv_seek(batch->first, batch->count, bytes, &offset);
    batch->first += sent;
    batch->count -= sent;
    batch->bytes -= bytes;
    if (offset > 0) {
        batch->first->iov_base = (char *)batch->first->iov_base + offset;
        batch->first->iov_len -= offset;
    }
    //@ assert same_elsewhere{Pre, Here}(\at(batch->first, Pre), sent, \at(batch->count, Pre));
    //@ assert batch->count > 0 ==> struck{Pre, Here}(batch->first, offset);
    //@ assert adds_up(\at(batch->first, Pre), sent, \at(batch->count, Pre) - sent);
    //@ assert same_lengths{Pre, Here}(\at(batch->first, Pre), sent);
    //@ assert bytes_in(\at(batch->first, Pre), sent) == bytes_in{Pre}(\at(batch->first, Pre), sent);
    //@ assert bytes_in(\at(batch->first, Pre), \at(batch->count, Pre)) == \at(batch->bytes, Pre) - offset;
    //@ assert bytes - bytes_in{Pre}(\at(batch->first, Pre), sent) == offset;
    //@ assert bytes_in(batch->first, batch->count) == \at(batch->bytes, Pre) - bytes;
    //@ assert \at(batch->count, Pre) - batch->count == sent;
}

/*@ requires \valid_read(batch) && has_heap(batch);
    assigns \nothing;
*/
void sendv_batch_end(struct batch *batch)
{
    free(batch->heap);
}

/*@ requires readable_list(iov, iovcnt);
    requires offset == \null || \valid(offset);
    requires \separated(offset, iov + (0 .. iovcnt - 1));
    assigns *offset;
    ensures start: bytes == 0 ==> \result == 0 && (offset == \null || *offset == 0);
    ensures inside: \result < iovcnt || \result == iovcnt && (offset == \null || *offset == 0);
    ensures in_segment: bytes > 0 && \result < iovcnt ==>
        bytes - bytes_in{Pre}(iov, \result) < length_of{Pre}(iov + \result);
    ensures exact: offset != \null && (\result < iovcnt || bytes <= bytes_in{Pre}(iov, iovcnt)) ==>
        bytes_in{Pre}(iov, \result) + *offset == bytes;
    ensures all_went: bytes > 0 && bytes >= bytes_in{Pre}(iov, iovcnt) ==> \result == iovcnt;
*/
size_t sendv_seek(const struct iovec *iov, size_t iovcnt, size_t bytes, size_t *offset)
{
    size_t index = 0;
    /*@ loop invariant 0 <= index <= end;
        loop invariant bytes_in(iov, index) + bytes == \at(bytes, Pre);
        loop assigns index, bytes;
        loop variant end - index;
    */
    for (const size_t end = bytes > 0 ? iovcnt : 0; index < end; index++) {
        const size_t length = iov[index].iov_len;
        if (bytes < length)
            break;
        bytes -= length;
    }
    if (offset != NULL)
        *offset = index < iovcnt ? bytes : 0;
    return index;
}
