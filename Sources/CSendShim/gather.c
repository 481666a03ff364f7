// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include <stdlib.h>
#include <string.h>

/*@ requires \valid(list) && \separated(list, iov + (0 .. iovcnt - 1));
    assigns *list;
    ensures \result == 0 || \result == EINVAL || \result == EFAULT;
    ensures \result == EFAULT <==> iovcnt > 0 && iov == \null;
    ensures \result == EINVAL <==> iovcnt == 0 || iov != \null && iovcnt * sizeof(struct iovec) > SSIZE_MAX;
    ensures \result == 0 ==> list->segment == iov && list->segments == iovcnt && list->offset == 0 && list->behind == 0;
    ensures window: \result == 0 ==> list->window == \null;
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
    if (iovcnt > SSIZE_MAX / sizeof *iov) // no memory holds it: a negative count, most likely
        return EINVAL;
    list->segment = iov;
    list->segments = iovcnt;
    list->offset = 0;
    list->behind = 0;
    list->window = NULL;
    //@ assert same_list{Pre, Here}(iov, iovcnt);
    //@ assert bytes_in(iov, iovcnt) == bytes_in{Pre}(iov, iovcnt);
    //@ assert segment_at(list) == list_end - bytes_in{Pre}(iov, iovcnt);
    return 0;
}

// Moves the segment at the position, where one is left, to the start of the window, and the position with it.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->segments <= 1 && list->behind > 0;
    assigns list->segment, list->window[0];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures start: list->segment == list->window;
    ensures bytes: bytes_left(list) == \old(bytes_left(list));
    ensures batch: batch_stays{Pre, Post};
*/
static inline void keep_segment(struct gather *list)
{
    //@ ghost struct iovec *segment = list->segment;
    //@ assert bytes_in(segment, 0) == 0 && bytes_in(list->window, 0) == 0;
    //@ assert list->segments > 0 ==> callers(segment->iov_base, segment->iov_len, segment_at(list));
    if (list->segments > 0)
        list->window[0] = *list->segment;
    list->segment = list->window;
    //@ assert bytes_in(list->segment, list->segments) == \at(bytes_in(list->segment, list->segments), Pre);
    //@ assert segment_at(list) == segment_at{Pre}(list);
    //@ assert bytes_in(list->segment, 0) == 0;
    //@ assert list->segments > 0 ==> callers(list->segment->iov_base, list->segment->iov_len, segment_at(list));
    //@ assert segments_of_caller(list->segment, 0, list->segments, segment_at(list));
}

// Maps the next `count` segments, behind those that stand in the window.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->segment == list->window;
    requires list->segments <= 1 && list->behind > 0 && list->segments + count <= SENDV_SOURCE_WINDOW;
    assigns list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures fields: same_fields{Pre, Post}(list);
    ensures kept: same_lengths{Pre, Post}(list->window, list->segments);
    ensures segments: segments_of_caller(\old(list->window), 0, \old(list->segments) + count, segment_at{Pre}(list));
    ensures bytes: bytes_in(list->window, list->segments + count) ==
        bytes_in{Pre}(list->window, list->segments) + source_bytes(list->source, list->next, count);
    ensures batch: batch_stays{Pre, Post};
*/
static inline void map_segments(const struct gather *list, size_t count)
{
    struct iovec *const window = list->window;
    const size_t kept = list->segments;
    //@ ghost struct sendv_source *source = list->source;
    //@ ghost size_t next = list->next;
    sendv_source_map(list->source, list->next, count, window, kept);
    //@ assert same_list{Pre, Here}(window, kept);
    //@ assert same_lengths{Pre, Here}(window, kept);
    //@ assert bytes_in(window, kept) == bytes_in{Pre}(window, kept);
    //@ assert source_at(source, next) - bytes_in(window, kept) == segment_at{Pre}(list);
    //@ assert segments_of_caller(window, 0, kept, segment_at{Pre}(list));
    //@ assert segments_of_caller(window, kept, kept + count, segment_at{Pre}(list));
    //@ assert segments_of_caller(window, 0, kept + count, segment_at{Pre}(list));
}

// Fills the window, in which at most one segment stands, at its start.
/*@ requires \valid(list) && in_order(list) && placed(list);
    requires list->segments <= 1 && list->behind > 0 && list->segment == list->window;
    assigns list->segments, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures inside: list->segments <= SENDV_SOURCE_WINDOW;
    ensures two: sees_two(list);
    ensures all: list->segments + list->behind == \old(list->segments + list->behind);
    ensures bytes: bytes_left(list) == \old(bytes_left(list));
    ensures moves: list->behind < \old(list->behind);
    ensures batch: batch_stays{Pre, Post};
*/
static inline void fill_window(struct gather *list)
{
    const size_t room = SENDV_SOURCE_WINDOW - list->segments;
    const size_t mapped = list->behind < room ? list->behind : room;
    map_segments(list, mapped);
    //@ ghost made: ;
    list->segments += mapped;
    list->next += mapped;
    list->behind -= mapped;
    //@ assert same_list{made, Here}(list->window, list->segments);
    //@ assert same_lengths{made, Here}(list->window, list->segments);
    //@ assert bytes_in(list->window, list->segments) == bytes_in{made}(list->window, list->segments);
    //@ assert same_lengths{made, Here}(&the_batch->vectors[0], PLATFORM_IOV_MAX);
    //@ assert bytes_behind{Pre}(list) == source_bytes(list->source, \at(list->next, Pre), mapped) + bytes_behind(list);
    //@ assert segment_at(list) == segment_at{Pre}(list);
    //@ assert segments_of_caller(list->window, 0, list->segments, segment_at(list));
}

// Makes sure again, once segments were taken, that two stand at the position. Returns whether others do than before.
/*@ requires \valid(list) && in_order(list) && placed(list);
    assigns list->segment, list->segments, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures two: sees_two(list);
    ensures all: list->segments + list->behind == \old(list->segments + list->behind);
    ensures bytes: bytes_left(list) == \old(bytes_left(list));
    ensures moves: \result ==> list->behind < \old(list->behind);
    ensures stays: !\result ==> list->behind == \old(list->behind);
    ensures batch: batch_stays{Pre, Post};
*/
static inline bool see_two(struct gather *list)
{
    if (list->segments > 1 || list->behind == 0)
        return false;
    keep_segment(list);
    fill_window(list);
    return true;
}

// The bytes behind the window, or SIZE_MAX where they overflow it. The proof takes this contract as it is: the source's function
// is not known to it.
/*@ requires \valid_read(list);
    assigns \nothing;
    ensures \result == bytes_behind(list) || \result == SIZE_MAX < bytes_behind(list);
*/
static size_t count_behind(const struct gather *list)
{
    return list->behind == 0 ? 0 : list->source->count_bytes(list->source->list, list->next, list->behind);
}

/*@ requires \valid_read(list) && \valid(bytes);
    requires readable_list(list->segment, list->segments) && in_list(list);
    requires \separated(bytes, list, list->segment + (0 .. list->segments - 1));
    requires before <= SSIZE_MAX;
    assigns *bytes;
    ensures before + bytes_left{Pre}(list) <= SSIZE_MAX ==> \result == 0 && *bytes == bytes_left{Pre}(list);
    ensures before + bytes_left{Pre}(list) > SSIZE_MAX ==> \result == EINVAL && *bytes == \old(*bytes);
*/
int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes)
{
    const size_t behind = count_behind(list);
    if (behind > (size_t)SSIZE_MAX - before)
        return EINVAL;
    size_t total = before + behind;
    /*@ loop invariant 0 <= i <= list->segments;
        loop invariant total == before + behind + bytes_in(list->segment, i) - (i == 0 ? 0 : list->offset);
        loop invariant total <= SSIZE_MAX;
        loop assigns i, total;
        loop variant list->segments - i;
    */
    for (size_t i = 0; i < list->segments; i++) {
        const size_t length = list->segment[i].iov_len, gone = i == 0 ? list->offset : 0;
        const size_t left = length > gone ? length - gone : 0; // not below 0 in a list that changes meanwhile
        if (left > (size_t)SSIZE_MAX - total)
            return EINVAL;
        total += left;
    }
    *bytes = total - before;
    return 0;
}

// Copies `length` bytes by two moves of `size` that may overlap, from the front and from the back.
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

// Copies `length` bytes of a short segment. Two moves serve every length from one size of move to twice that, so a short
// segment costs a few instructions and no call.
/*@ requires \valid(to + (0 .. length - 1));
    requires \valid_read(from + (0 .. length - 1));
    requires \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    assigns to[0 .. length - 1];
    ensures \forall integer i; 0 <= i < length ==> to[i] == \at(from[i], Pre);
*/
static inline void copy_segment(char *to, const char *from, size_t length)
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

// The same for a segment of the caller's, behind the copies of others: a function for the proof's sake.
/*@ requires callers_readable && from != \null;
    requires \valid(to + (0 .. length - 1));
    requires \subset(to + (0 .. length - 1), &the_batch->copies[0] + (0 .. SENDV_COPY_STACK - 1)) ||
        \subset(to + (0 .. length - 1), &the_heap[0] + (0 .. SENDV_COPY_HEAP - 1));
    requires \exists integer at; callers(from, length, at);
    assigns to[0 .. length - 1];
    ensures readable: callers_readable;
    ensures copied: \forall integer at; callers(from, length, at) ==> holds(to, length, at);
    ensures behind: \forall char *base, integer m, at; to == base + m ==> holds{Pre}(base, m, at) ==> holds(base, m, at);
*/
static inline void copy_behind(char *to, const char *from, size_t length)
{
    copy_segment(to, from, length);
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

// Whether the iovec ends just there. As numbers: it may be at an address that is none. The proof takes this contract as it is,
// knowing no addresses.
/*@ requires \valid_read(vector);
    assigns \nothing;
    ensures \result <==> stands_behind(address, vector->iov_base, vector->iov_len);
*/
static inline bool ends_at(const struct iovec *vector, const char *address)
{
    return (uintptr_t)vector->iov_base + vector->iov_len == (uintptr_t)address;
}

// Adds to the last iovec the `length` bytes that stand behind it.
/*@ requires \valid(batch) && describes(batch);
    requires 0 < batch->count && last == &batch->vectors[batch->count - 1];
    requires LIST_APART;
    requires 0 < length <= SIZE_MAX - batch->bytes;
    assigns last->iov_len, batch->bytes;
    ensures list: list_stays{Pre, Post};
    ensures describes: describes(batch);
    ensures exact: \forall char *copies, integer at, then; then == at + \old(batch->bytes) ==>
        stands_behind(copies, last->iov_base, \old(last->iov_len)) ==> !nowhere(copies) ==>
        exact{Pre}(&batch->vectors[0], batch->count, at) ==> holds(copies, length, then) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures kept: \forall char *copies; stands_behind(copies, last->iov_base, \old(last->iov_len)) ==>
        kept{Pre}(batch) ==> apart{Pre}(batch, copies, length) ==> kept(batch);
    ensures grown: batch->bytes == \old(batch->bytes) + length;
*/
static inline void lengthen(struct batch *batch, struct iovec *last, size_t length)
{
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
    /*@ assert \forall char *copies, integer begin, then; then == begin + \at(last->iov_len, Pre) ==>
            stands_behind(copies, last->iov_base, \at(last->iov_len, Pre)) ==> !nowhere(copies) ==>
            tells(last->iov_base, \at(last->iov_len, Pre), begin) ==> holds(copies, length, then) ==>
            tells(last->iov_base, last->iov_len, begin); */
    /*@ assert \forall integer at, then; then == at + bytes_in(&batch->vectors[0], batch->count - 1) ==>
            tells(last->iov_base, last->iov_len, then) ==> tells_at(&batch->vectors[0], batch->count - 1, at); */
    /*@ assert \forall char *copies; stands_behind(copies, last->iov_base, \at(last->iov_len, Pre)) ==>
            kept{Pre}(batch) ==> apart{Pre}(batch, copies, length) ==> apart(batch, last->iov_base, last->iov_len); */
}

// Adds the next `length` bytes of the room for copies, to the copies before them where they follow on.
/*@ requires \valid(batch) && describes(batch);
    requires batch->count < PLATFORM_IOV_MAX;
    requires LIST_APART;
    requires length <= SIZE_MAX - batch->bytes && !nowhere(copies);
    assigns batch->vectors[0 .. PLATFORM_IOV_MAX - 1], batch->count, batch->bytes;
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures room: in_room{Pre}(batch) ==> in_room(batch);
    ensures list: list_stays{Pre, Post};
    ensures describes: describes(batch);
    ensures exact: \forall integer at, then; then == at + \old(batch->bytes) ==>
        exact{Pre}(&batch->vectors[0], \old(batch->count), at) ==> holds(copies, length, then) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures kept: kept{Pre}(batch) ==> apart{Pre}(batch, copies, length) ==> kept(batch);
    ensures none: length == 0 ==> batch->count == \old(batch->count);
    ensures grown: batch->bytes == \old(batch->bytes) + length;
*/
static void add_copied(struct batch *batch, char *copies, size_t length)
{
    if (length == 0)
        return;
    struct iovec *const last = batch->count > 0 ? &batch->vectors[batch->count - 1] : NULL;
    if (last != NULL && ends_at(last, copies))
        lengthen(batch, last, length);
    else
        add(batch, copies, length);
}

// The longest segment that is short for the batch as it stands.
/*@ requires \valid_read(batch);
    requires in_room(batch);
    assigns \nothing;
    ensures \result == SENDV_COPY_SEGMENT || \result == SENDV_COPY_SEGMENT_MORE;
*/
static size_t longest_copied(const struct batch *batch)
{
    const bool early = batch->heap == NULL && batch->room_end - batch->room >= SENDV_COPY_SEGMENT;
    return early ? SENDV_COPY_SEGMENT : SENDV_COPY_SEGMENT_MORE;
}

// Takes the first `count` segments off a list that stands at the start of one.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->offset == 0 && count <= list->segments;
    assigns list->segment, list->segments;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures struck: list->segment == \old(list->segment) + count && list->segments == \old(list->segments) - count;
    ensures bytes: bytes_left(list) == \old(bytes_left(list)) - bytes_in{Pre}(\old(list->segment), count);
    ensures batch: batch_stays{Pre, Post};
*/
static inline void strike_segments(struct gather *list, size_t count)
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
    //@ assert list->segment == rest && list->segments == left;
    //@ assert same_list{Pre, Here}(rest, left);
    //@ assert same_lengths{Pre, Here}(rest, left);
    //@ assert bytes_in(rest, left) == bytes_in{Pre}(rest, left);
    //@ assert segment_at(list) == segment_at{Pre}(list) + bytes_in{Pre}(\at(list->segment, Pre), count);
    //@ assert segments_of_caller(rest, 0, left, segment_at(list));
}

// Copies segments of at most `longest` bytes until the list or its window ends, or a longer one comes, or the batch's room or
// `most` bytes are full, or one at NULL comes: it is left to be pointed at, where it is EFAULT and no crash. Returns how many, the
// empty ones among them.
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
    const struct iovec *segment = list->segment;
    const struct iovec *const end = segment + list->segments;
    char *to = batch->room;
    size_t room = (size_t)(batch->room_end - to);
    if (room > most)
        room = most;
    //@ ghost size_t taken = 0;
    /*@ loop invariant 0 <= taken <= list->segments;
        loop invariant segment == list->segment + taken;
        loop invariant to == batch->room + bytes_in{Pre}(list->segment, taken);
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
        copy_behind(to, base, length);
        to += length;
        room -= length;
        //@ ghost taken++;
    }
    //@ assert segment == list->segment + taken && to == batch->room + bytes_in{Pre}(list->segment, taken);
    batch->room = to;
    return (size_t)(segment - list->segment);
}

// Takes them off the list. Returns whether there were any.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && list->offset == 0;
    requires has_heap(batch) && in_room(batch);
    assigns list->segment, list->segments, batch->room, batch->room[0 .. batch->room_end - batch->room - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures batch: batch_stays{Pre, Post};
    ensures room: in_room(batch);
    ensures taken: list->segments <= \old(list->segments);
    ensures any: \result <==> list->segments < \old(list->segments);
    ensures whole: \old(bytes_left(list)) == bytes_left(list) + (batch->room - \old(batch->room));
    ensures none: !\result ==> batch->room == \old(batch->room);
    ensures readable: callers_readable;
    ensures copied: holds(\old(batch->room), batch->room - \old(batch->room), segment_at{Pre}(list));
    ensures limited: 0 <= batch->room - \old(batch->room) <= most;
*/
static bool copy_window(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const size_t taken = copy_segments(list, longest, most, batch);
    //@ assert bytes_left(list) == bytes_left{Pre}(list);
    //@ assert bytes_in{Pre}(\at(list->segment, Pre), taken) == bytes_in(list->segment, taken);
    strike_segments(list, taken);
    //@ assert bytes_left(list) == bytes_left{Pre}(list) - (batch->room - \at(batch->room, Pre));
    return taken > 0;
}

// The same, window after window.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && list->offset == 0;
    requires has_heap(batch) && in_room(batch);
    assigns list->segment, list->segments, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    assigns batch->room, batch->room[0 .. batch->room_end - batch->room - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures two: sees_two(list);
    ensures batch: batch_stays{Pre, Post};
    ensures room: in_room(batch);
    ensures taken: list->segments + list->behind <= \old(list->segments + list->behind);
    ensures any: \result <==> list->segments + list->behind < \old(list->segments + list->behind);
    ensures whole: \old(bytes_left(list)) == bytes_left(list) + (batch->room - \old(batch->room));
    ensures none: !\result ==> batch->room == \old(batch->room);
    ensures readable: callers_readable;
    ensures copied: holds(\old(batch->room), batch->room - \old(batch->room), segment_at{Pre}(list));
    ensures limited: 0 <= batch->room - \old(batch->room) <= most;
*/
static bool copy_windows(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const char *const start = batch->room;
    bool any = false;
    //@ ghost struct iovec *window = list->window;
    //@ ghost size_t room = batch->room_end - batch->room;
    /*@ loop invariant in_order(list);
        loop invariant placed(list);
        loop invariant list->offset == 0;
        loop invariant list->behind <= \at(list->behind, Pre);
        loop invariant batch->heap == \at(batch->heap, Pre) && batch->room_end == \at(batch->room_end, Pre);
        loop invariant list->window == window;
        loop invariant batch_stays{Pre, Here};
        loop invariant in_room(batch);
        loop invariant list->segments + list->behind <= \at(list->segments + list->behind, Pre);
        loop invariant any <==> list->segments + list->behind < \at(list->segments + list->behind, Pre);
        loop invariant !any ==> batch->room == start;
        loop invariant 0 <= batch->room - start <= most;
        loop invariant bytes_left{Pre}(list) == bytes_left(list) + (batch->room - start);
        loop invariant segment_at(list) == segment_at{Pre}(list) + (batch->room - start);
        loop invariant callers_readable;
        loop invariant holds(start, batch->room - start, segment_at{Pre}(list));
        loop assigns any, list->segment, list->segments, list->next, list->behind, window[0 .. SENDV_SOURCE_WINDOW - 1];
        loop assigns batch->room, start[0 .. room - 1];
        loop variant list->behind;
    */
    do {
        //@ ghost before: ;
        any |= copy_window(list, longest, most - (size_t)(batch->room - start), batch);
        //@ assert holds(start, \at(batch->room, before) - start, segment_at{Pre}(list));
        //@ assert stands_behind(\at(batch->room, before), start, \at(batch->room, before) - start);
        //@ assert segment_at{before}(list) == segment_at{Pre}(list) + (\at(batch->room, before) - start);
        //@ assert holds(start, batch->room - start, segment_at{Pre}(list));
    } while (see_two(list));
    return any;
}

// Copies a run into one iovec of the batch. Returns whether any segment was taken.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && list->offset == 0;
    requires has_heap(batch) && in_room(batch);
    requires describes(batch) && batch->count < PLATFORM_IOV_MAX;
    requires most <= SIZE_MAX - batch->bytes;
    requires exact(&batch->vectors[0], batch->count, begin_at(list, batch)) && kept(batch);
    assigns list->segment, list->segments, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    assigns batch->room, batch->count, batch->bytes, batch->vectors[0 .. PLATFORM_IOV_MAX - 1];
    assigns batch->room[0 .. batch->room_end - batch->room - 1];
    STEP_LEAVES;
    ensures any: \result <==> list->segments + list->behind < \old(list->segments + list->behind);
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
    ensures none: !\result ==> batch->count == \old(batch->count) && batch->bytes == \old(batch->bytes);
    ensures limited: 0 <= batch->bytes - \old(batch->bytes) <= most;
*/
static bool copy_run(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    char *const start = batch->room;
    const bool any = copy_windows(list, longest, most, batch);
    //@ assert same_list{Pre, Here}(&batch->vectors[0], batch->count);
    /*@ assert \forall char *base, integer length, at; apart{Pre}(batch, base, length) ==> holds{Pre}(base, length, at) ==>
            holds(base, length, at); */
    /*@ assert \forall integer v, at; 0 <= v < batch->count ==>
            holds{Pre}(\at(batch->vectors[v].iov_base, Pre), \at(batch->vectors[v].iov_len, Pre), at) ==>
            holds(\at(batch->vectors[v].iov_base, Pre), \at(batch->vectors[v].iov_len, Pre), at); */
    /*@ assert \forall integer v, at; 0 <= v < batch->count ==> tells_at{Pre}(&batch->vectors[0], v, at) ==>
            tells_at(&batch->vectors[0], v, at); */
    //@ assert exact(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch));
    //@ assert segment_at{Pre}(list) == begin_at{Pre}(list, batch) + batch->bytes;
    //@ assert lengths(&batch->vectors[0], batch->count);
    //@ assert same_lengths{Pre, Here}(&batch->vectors[0], batch->count);
    //@ assert batch->bytes == bytes_in(&batch->vectors[0], batch->count);
    //@ assert describes(batch);
    //@ assert kept(batch);
    //@ assert apart(batch, start, batch->room - start);
    //@ ghost copied: ;
    add_copied(batch, start, (size_t)(batch->room - start));
    //@ assert list_stays{copied, Here};
    //@ assert bytes_left(list) == bytes_left{copied}(list);
    //@ assert begin_at(list, batch) == begin_at{Pre}(list, batch);
    return any;
}

// Moves the position within its segment.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->segments > 0 && offset <= list->segment->iov_len;
    assigns list->offset;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures there: list->offset == offset;
    ensures lengths: same_list{Pre, Post}(list->segment, list->segments);
    ensures begin: segment_at(list) == segment_at{Pre}(list);
    ensures bytes: bytes_left(list) == \old(bytes_left(list) + list->offset) - offset;
*/
static inline void stand_at(struct gather *list, size_t offset)
{
    list->offset = offset;
    //@ assert same_list{Pre, Here}(list->segment, list->segments);
    //@ assert same_lengths{Pre, Here}(list->segment, list->segments);
    //@ assert bytes_in(list->segment, list->segments) == bytes_in{Pre}(list->segment, list->segments);
    //@ assert segment_at(list) == segment_at{Pre}(list);
    //@ assert segments_of_caller(list->segment, 0, list->segments, segment_at(list));
}

// Takes the rest of the segment at the position, or `most` bytes of it, off the list.
/*@ requires \valid(list) && in_order(list) && placed(list) && list->segments > 0 && most > 0;
    assigns list->segment, list->segments, list->offset;
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures inside: list->segments == \old(list->segments) || list->segments == \old(list->segments) - 1;
    ensures limited: 0 <= \result.iov_len <= most;
    ensures step: list->segments == \old(list->segments) ==> \result.iov_len == most;
    ensures rest: list->segments < \old(list->segments) ==> \result.iov_len == \old(list->segment->iov_len - list->offset);
    ensures whole: \old(bytes_left(list)) == bytes_left(list) + \result.iov_len;
    ensures piece: from_caller(\result.iov_base, \result.iov_len, list_end - \old(bytes_left(list)));
    ensures base: \result.iov_base == \old(list->segment->iov_base + list->offset);
*/
static struct iovec take_piece(struct gather *list, size_t most)
{
    char *const base = (char *)list->segment->iov_base + list->offset;
    const size_t length = list->segment->iov_len;
    const size_t rest = length > list->offset ? length - list->offset : 0; // a list that changes meanwhile is not read past
    //@ ghost size_t offset = list->offset;
    //@ assert callers(list->segment->iov_base, length, segment_at(list));
    //@ assert stands_behind(base, list->segment->iov_base, offset) && list_end - bytes_left(list) == segment_at(list) + offset;
    //@ assert \forall integer n; offset + n <= length ==> from_caller(base, n, list_end - bytes_left(list));
    if (rest > most) {
        stand_at(list, list->offset + most);
        return (struct iovec){.iov_base = base, .iov_len = most};
    }
    //@ assert bytes_in(list->segment, 1) == bytes_in(list->segment, 0) + list->segment[0].iov_len;
    stand_at(list, 0);
    //@ ghost begun: ;
    //@ assert bytes_in(list->segment, 1) == bytes_in{Pre}(list->segment, 1);
    //@ assert bytes_in(list->segment, 1) == length;
    strike_segments(list, 1);
    //@ assert bytes_left(list) == bytes_left{begun}(list) - length;
    return (struct iovec){.iov_base = base, .iov_len = rest};
}

// Points at it.
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
    ensures stays: list->behind == \old(list->behind) && batch->first == \old(batch->first);
    ensures inside: list->segments == \old(list->segments) || list->segments == \old(list->segments) - 1;
    ensures limited: 0 <= batch->bytes - \old(batch->bytes) <= most;
    ensures step: list->segments == \old(list->segments) ==> batch->bytes == \old(batch->bytes) + most;
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
    ensures pointed: batch->bytes > \old(batch->bytes) ==> batch->count == \old(batch->count) + 1 &&
        batch->vectors[\old(batch->count)].iov_base == \old(list->segment->iov_base + list->offset) &&
        batch->vectors[\old(batch->count)].iov_len == batch->bytes - \old(batch->bytes);
*/
static void point_at_segment(struct gather *list, size_t most, struct batch *batch)
{
    const struct iovec piece = take_piece(list, most);
    //@ assert list->behind == \at(list->behind, Pre) && batch->first == \at(batch->first, Pre);
    //@ assert same_list{Pre, Here}(&batch->vectors[0], batch->count);
    //@ assert same_lengths{Pre, Here}(&batch->vectors[0], batch->count);
    //@ assert tells(piece.iov_base, piece.iov_len, list_end - bytes_left{Pre}(list));
    //@ assert kept{Pre}(batch) ==> kept(batch);
    //@ assert in_room{Pre}(batch) ==> apart(batch, piece.iov_base, piece.iov_len);
    /*@ assert exact{Pre}(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch)) ==>
            exact(&batch->vectors[0], batch->count, begin_at{Pre}(list, batch)); */
    //@ assert list_end - bytes_left{Pre}(list) == begin_at{Pre}(list, batch) + batch->bytes;
    //@ assert describes(batch);
    //@ ghost taken: ;
    if (piece.iov_len > 0)
        add(batch, piece.iov_base, piece.iov_len);
    //@ assert list_stays{taken, Here};
    //@ assert bytes_left(list) == bytes_left{taken}(list);
    //@ assert begin_at(list, batch) == begin_at{Pre}(list, batch);
}

// Whether at least two segments of at most `longest` bytes stand at the position: one alone is as well pointed at.
/*@ requires \valid_read(list) && \valid_read(list->segment + (0 .. list->segments - 1));
    assigns \nothing;
    ensures \result ==> list->segments > 1 && list->offset == 0 && list->segment->iov_len <= longest;
*/
static bool run_begins(const struct gather *list, size_t longest)
{
    return list->segments > 1 && list->segment[0].iov_len <= longest && list->segment[1].iov_len <= longest &&
           list->offset == 0;
}

// Makes all the room for copies free again.
/*@ requires \valid(batch);
    requires has_heap(batch);
    requires LIST_APART;
    assigns batch->room, batch->room_end;
    ensures list: list_stays{Pre, Post};
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures in_room(batch);
    ensures batch->room == (batch->heap == \null ? &batch->copies[0] : batch->heap);
*/
static void clear_room(struct batch *batch)
{
    const bool on_heap = batch->heap != NULL;
    batch->room = on_heap ? batch->heap : batch->copies;
    batch->room_end = batch->room + (on_heap ? SENDV_COPY_HEAP : SENDV_COPY_STACK);
}

// Makes sure that a segment of `longest` bytes can be copied, by memory from the heap if need be. Returns false where there is
// none.
/*@ requires \valid(batch);
    requires has_heap(batch) && in_room(batch);
    requires longest <= SENDV_COPY_HEAP;
    requires LIST_APART;
    assigns batch->room, batch->room_end, batch->heap;
    ensures list: list_stays{Pre, Post};
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures has_heap(batch) && in_room(batch);
    ensures kept: kept{Pre}(batch) ==> kept(batch);
    ensures exact: \forall integer at; exact{Pre}(&batch->vectors[0], batch->count, at) ==>
        exact(&batch->vectors[0], batch->count, at);
    ensures \result ==> batch->room_end - batch->room >= longest;
*/
static bool has_room(struct batch *batch, size_t longest)
{
    if ((size_t)(batch->room_end - batch->room) >= longest)
        return true;
    if (batch->heap != NULL)
        return false;
    batch->heap = malloc(SENDV_COPY_HEAP);
    if (batch->heap == NULL)
        return false;
    clear_room(batch); // what was copied to the stack stays there
    return true;
}

// Points at the segment at the position, and makes sure that two stand there again.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && sees_two(list) && list->segments > 0;
    requires has_heap(batch) && in_room(batch);
    requires describes(batch) && batch->count < PLATFORM_IOV_MAX;
    requires 0 < most <= SIZE_MAX - batch->bytes;
    requires exact(&batch->vectors[0], batch->count, begin_at(list, batch)) && kept(batch);
    assigns list->segment, list->segments, list->offset, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    assigns batch->vectors[0 .. PLATFORM_IOV_MAX - 1], batch->count, batch->bytes;
    STEP_LEAVES;
    ensures moves: list->segments + list->behind < \old(list->segments + list->behind) ||
        batch->bytes == \old(batch->bytes) + most;
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
    ensures limited: \old(batch->bytes) <= batch->bytes <= \old(batch->bytes) + most;
*/
static inline void point_at_next(struct gather *list, size_t most, struct batch *batch)
{
    point_at_segment(list, most, batch);
    //@ ghost pointed: ;
    (void)see_two(list);
    //@ assert same_list{pointed, Here}(&batch->vectors[0], batch->count);
    //@ assert lengths(&batch->vectors[0], batch->count);
    //@ assert same_lengths{pointed, Here}(&batch->vectors[0], batch->count);
    //@ assert begin_at(list, batch) == begin_at{pointed}(list, batch);
    //@ assert exact(&batch->vectors[0], batch->count, begin_at{pointed}(list, batch));
    //@ assert batch->room == \at(batch->room, pointed);
    //@ assert in_room(batch);
    //@ assert batch->bytes == bytes_in(&batch->vectors[0], batch->count);
}

// Takes what comes next, a run of copies or one segment pointed at, where the batch has an iovec free and less than `most` bytes.
// Returns false where it is full for short segments: the rest of the list goes with another call. An empty one fills nothing, and
// ends no batch.
/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && sees_two(list) && list->segments > 0;
    requires has_heap(batch) && in_room(batch);
    requires describes(batch) && batch->count < PLATFORM_IOV_MAX && batch->bytes < most;
    requires exact(&batch->vectors[0], batch->count, begin_at(list, batch)) && kept(batch);
    assigns list->segment, list->segments, list->offset, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    assigns batch->room, batch->room_end, batch->heap, batch->count, batch->bytes, batch->vectors[0 .. PLATFORM_IOV_MAX - 1];
    assigns batch->copies[0 .. SENDV_COPY_STACK - 1], the_heap[0 .. SENDV_COPY_HEAP - 1];
    STEP_LEAVES;
    ensures moves: \result ==> list->segments + list->behind < \old(list->segments + list->behind) || batch->bytes == most;
    ensures full: !\result ==> batch->count > 0;
    ensures whole: \old(bytes_left(list) + batch->bytes) == bytes_left(list) + batch->bytes;
    ensures limited: \old(batch->bytes) <= batch->bytes <= most;
*/
static inline bool take_next(struct gather *list, size_t most, struct batch *batch)
{
    const size_t longest = longest_copied(batch);
    if (batch->may_copy && run_begins(list, longest)) {
        if (has_room(batch, longest) && copy_run(list, longest, most - batch->bytes, batch))
            return true;
        //@ assert exact(&batch->vectors[0], batch->count, begin_at(list, batch));
        if (batch->count > 0 && list->segments + list->behind > SENDV_POINT_REST && list->segment->iov_len > 0)
            return false;
    }
    //@ assert exact(&batch->vectors[0], batch->count, begin_at(list, batch));
    point_at_next(list, most - batch->bytes, batch);
    return true;
}

// Makes it empty.
/*@ requires \valid(batch);
    requires LIST_APART;
    assigns batch->first, batch->count, batch->bytes;
    ensures list: list_stays{Pre, Post};
    ensures placed: placed{Pre}(the_list) ==> placed(the_list);
    ensures heap: has_heap{Pre}(batch) ==> has_heap(batch);
    ensures describes: describes(batch) && batch->count == 0 && batch->bytes == 0;
    ensures first: batch->first == &batch->vectors[0];
*/
static inline void clear_batch(struct batch *batch)
{
    batch->first = batch->vectors;
    batch->count = 0;
    batch->bytes = 0;
}

/*@ requires callers_readable;
    requires ONE_CALL;
    requires in_order(list) && placed(list) && sees_two(list);
    requires has_heap(batch) && most > 0;
    assigns list->segment, list->segments, list->offset, list->next, list->behind, list->window[0 .. SENDV_SOURCE_WINDOW - 1];
    assigns batch->room, batch->room_end, batch->heap, batch->count, batch->bytes, batch->vectors[0 .. PLATFORM_IOV_MAX - 1];
    assigns batch->first, batch->copies[0 .. SENDV_COPY_STACK - 1], the_heap[0 .. SENDV_COPY_HEAP - 1];
    ensures order: in_order(list);
    ensures placed: placed(list);
    ensures two: sees_two(list);
    ensures heap: has_heap(batch);
    ensures first: batch->first == &batch->vectors[0];
    ensures describes: describes(batch);
    ensures exact: exact(&batch->vectors[0], batch->count, list_end - bytes_left{Pre}(list));
    ensures readable: callers_readable;
    ensures whole: \old(bytes_left(list)) == bytes_left(list) + batch->bytes;
    ensures limited: batch->bytes <= most;
    ensures end: batch->bytes == 0 ==> list->segments == 0;
    ensures all: batch->bytes == 0 ==> bytes_left(list) == 0;
*/
void sendv_gather_next(struct gather *list, size_t most, struct batch *batch)
{
    clear_batch(batch);
    //@ ghost begun: ;
    //@ assert bytes_left(list) == bytes_left{Pre}(list);
    if (list->segments == 1) {
        point_at_segment(list, most, batch); // the shortest way for the shortest list
        //@ assert list->segments == 0 ==> bytes_left(list) == 0;
        //@ assert begin_at(list, batch) == list_end - bytes_left{Pre}(list);
        //@ assert exact(&batch->vectors[0], batch->count, list_end - bytes_left{Pre}(list));
        return;
    }
    clear_room(batch);
    //@ assert bytes_left(list) == bytes_left{begun}(list);
    //@ ghost struct iovec *window = list->window;
    /*@ loop invariant in_order(list);
        loop invariant placed(list);
        loop invariant sees_two(list);
        loop invariant list->window == window;
        loop invariant has_heap(batch);
        loop invariant in_room(batch);
        loop invariant batch->first == &batch->vectors[0];
        loop invariant describes(batch);
        loop invariant callers_readable;
        loop invariant exact(&batch->vectors[0], batch->count, begin_at(list, batch));
        loop invariant kept(batch);
        loop invariant batch->bytes <= most;
        loop invariant bytes_left{Pre}(list) == bytes_left(list) + batch->bytes;
        loop assigns list->segment, list->segments, list->offset, list->next, list->behind, window[0 .. SENDV_SOURCE_WINDOW - 1];
        loop assigns batch->room, batch->room_end, batch->heap, batch->count, batch->bytes;
        loop assigns batch->vectors[0 .. PLATFORM_IOV_MAX - 1];
        loop assigns batch->copies[0 .. SENDV_COPY_STACK - 1], the_heap[0 .. SENDV_COPY_HEAP - 1];
        loop variant list->segments + list->behind + (batch->bytes < most ? 1 : 0);
    */
    while (list->segments > 0 && batch->count < PLATFORM_IOV_MAX && batch->bytes < most && take_next(list, most, batch))
        ;
    //@ assert list->segments == 0 ==> bytes_left(list) == 0;
    //@ assert begin_at(list, batch) == list_end - bytes_left{Pre}(list);
    //@ assert exact(&batch->vectors[0], batch->count, list_end - bytes_left{Pre}(list));
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

// A position in a list: a segment, and the bytes of it that stand before the position.
struct position {
    size_t index;
    size_t offset;
};

/*@ requires readable_list(iov, iovcnt);
    assigns \nothing;
    ensures start: bytes == 0 ==> \result.index == 0 && \result.offset == 0;
    ensures inside: \result.index < iovcnt || \result.index == iovcnt && \result.offset == 0;
    ensures in_segment: bytes > 0 && \result.index < iovcnt ==> \result.offset < iov[\result.index].iov_len;
    ensures exact: \result.index < iovcnt || bytes <= bytes_in(iov, iovcnt) ==>
        bytes_in(iov, \result.index) + \result.offset == bytes;
    ensures all_went: bytes > 0 && bytes >= bytes_in(iov, iovcnt) ==> \result.index == iovcnt;
*/
static struct position position_after(const struct iovec *iov, size_t iovcnt, size_t bytes)
{
    size_t index = 0;
    const size_t end = bytes > 0 ? iovcnt : 0;
    /*@ loop invariant 0 <= index <= end;
        loop invariant bytes_in(iov, index) + bytes == \at(bytes, Pre);
        loop assigns index, bytes;
        loop variant end - index;
    */
    for (; index < end; index++) {
        const size_t length = iov[index].iov_len;
        if (bytes < length)
            break;
        bytes -= length;
    }
    return (struct position){.index = index, .offset = index < iovcnt ? bytes : 0};
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
    const struct position position = position_after(batch->first, batch->count, bytes);
    struct iovec *const rest = batch->first + position.index;
    const size_t count = batch->count - position.index;
    //@ assert count > 0 ==> position.offset <= rest->iov_len;
    //@ assert adds_up(batch->first, position.index, count);
    if (position.offset > 0) {
        rest->iov_base = (char *)rest->iov_base + position.offset;
        rest->iov_len -= position.offset;
    }
    batch->first = rest;
    batch->count = count;
    batch->bytes -= bytes;
    //@ assert same_elsewhere{Pre, Here}(\at(batch->first, Pre), position.index, \at(batch->count, Pre));
    //@ assert count > 0 ==> struck{Pre, Here}(rest, position.offset);
    //@ assert adds_up{Here}(\at(batch->first, Pre), position.index, \at(batch->count, Pre) - position.index);
    //@ assert batch->first == rest && batch->count == count && batch->bytes == \at(batch->bytes, Pre) - bytes;
    //@ assert same_lengths{Pre, Here}(\at(batch->first, Pre), position.index);
    //@ assert bytes_in{Here}(\at(batch->first, Pre), position.index) == bytes_in{Pre}(\at(batch->first, Pre), position.index);
    //@ assert bytes_in{Here}(\at(batch->first, Pre), \at(batch->count, Pre)) == \at(batch->bytes, Pre) - position.offset;
    //@ assert bytes - bytes_in{Pre}(\at(batch->first, Pre), position.index) == position.offset;
    //@ assert bytes_in(rest, \at(batch->count, Pre) - position.index) == \at(batch->bytes, Pre) - bytes;
    //@ assert \at(batch->count, Pre) - batch->count == position.index;
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
    const struct position position = position_after(iov, iovcnt, bytes);
    if (offset != NULL)
        *offset = position.offset;
    return position.index;
}
