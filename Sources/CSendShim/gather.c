// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include <stdlib.h>
#include <string.h>

// Another thread may change the caller's list during a send, against the contract. No code here may then go out of bounds:
// it loads once each length that decides how much is copied or pointed at, and checks each subtraction of lengths.

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
    return 0;
}

int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes)
{
    size_t unmapped = 0;
    if (list->unmapped > 0)
        unmapped = list->source->count_bytes(list->source->list, list->next, list->unmapped);
    if (unmapped > (size_t)SSIZE_MAX - before)
        return EINVAL;
    size_t total = before + unmapped;
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
__attribute__((noinline)) static void map_more(struct gather *list)
{
    const size_t kept = list->segments, room = SENDV_SOURCE_WINDOW - kept;
    const size_t count = list->unmapped < room ? list->unmapped : room;
    if (kept > 0)
        list->window[0] = *list->segment;
    list->source->map(list->source->list, list->next, count, list->window + kept);
    list->segment = list->window;
    list->segments = kept + count;
    list->next += count;
    list->unmapped -= count;
}

// Keeps the invariant of struct gather. Returns true if the source mapped more segments.
static inline bool refill(struct gather *list)
{
    if (list->segments > 1 || list->unmapped == 0)
        return false;
    map_more(list);
    return true;
}

// Moves past `count` segments, which are in a batch or empty.
static inline void skip(struct gather *list, size_t count)
{
    list->segment += count;
    list->segments -= count;
    list->offset = 0;
}

// Copies `length` bytes by two moves of `size` bytes that may overlap, without a call. `length` is between `size` and 2 x `size`.
static inline void copy_ends(char *to, const char *from, size_t length, size_t size)
{
    memcpy(to, from, size);
    memcpy(to + length - size, from + length - size, size);
}

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
        to[0] = from[0];
        to[length / 2] = from[length / 2];
        to[length - 1] = from[length - 1];
    }
}

static void add(struct batch *batch, char *base, size_t length)
{
    struct iovec *const vector = &batch->vectors[batch->count++];
    vector->iov_base = base;
    vector->iov_len = length;
    batch->bytes += length;
}

// Adds the `length` copied bytes at `copies`: to the last iovec if it ends there, else as a new iovec.
static void add_copied(struct batch *batch, char *copies, size_t length)
{
    struct iovec *const last = batch->count > 0 ? &batch->vectors[batch->count - 1] : NULL;
    if (last != NULL && (uintptr_t)last->iov_base + last->iov_len == (uintptr_t)copies) {
        last->iov_len += length;
        batch->bytes += length;
    } else {
        add(batch, copies, length);
    }
}

// Copies the segments in view up to the first that is longer than `longest`, does not fit the buffer or `most`, or is at NULL
// (the kernel answers EFAULT to NULL; a copy would crash). Returns how many were copied.
static inline size_t copy_segments(const struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const struct iovec *segment = list->segment, *const end = segment + list->segments;
    char *to = batch->room;
    size_t room = (size_t)(batch->room_end - to);
    if (room > most)
        room = most;
    for (; segment < end; segment++) {
        const size_t length = segment->iov_len;
        const char *const base = segment->iov_base;
        if (length > longest || length > room || base == NULL)
            break;
        copy_short(to, base, length);
        to += length;
        room -= length;
    }
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
static inline void point_at(struct gather *list, size_t most, struct batch *batch)
{
    char *const base = (char *)list->segment->iov_base + list->offset;
    const size_t length = list->segment->iov_len, rest = length > list->offset ? length - list->offset : 0;
    if (rest > 0)
        add(batch, base, rest < most ? rest : most);
    if (rest > most)
        list->offset += most;
    else
        skip(list, 1);
}

// Points at whole segments until one is short, does not fit `most`, or the batch is full. 19 instructions a segment.
static inline void point_at_long(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const struct iovec *segment = list->segment, *const end = segment + list->segments;
    struct iovec *vector = batch->vectors + batch->count, *const full = batch->vectors + PLATFORM_IOV_MAX;
    size_t left = most;
    for (; segment < end && vector < full; segment++, vector++) {
        const size_t length = segment->iov_len;
        if (length <= longest || length > left)
            break;
        vector->iov_base = segment->iov_base;
        vector->iov_len = length;
        left -= length;
    }
    batch->count = (size_t)(vector - batch->vectors);
    batch->bytes += most - left;
    skip(list, (size_t)(segment - list->segment));
}

static void reset_room(struct batch *batch)
{
    batch->room = batch->heap != NULL ? batch->heap : batch->copies;
    batch->room_end = batch->room + (batch->heap != NULL ? SENDV_COPY_HEAP : SENDV_COPY_STACK);
}

// Makes room for `length` more bytes, on the heap if the current buffer is too full. Returns false if there is no room.
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

void sendv_batch_begin(struct batch *batch, bool may_copy)
{
    batch->heap = NULL;
    batch->may_copy = may_copy;
}

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
}

void sendv_batch_end(struct batch *batch)
{
    free(batch->heap);
}

size_t sendv_seek(const struct iovec *iov, size_t iovcnt, size_t bytes, size_t *offset)
{
    size_t index = 0;
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
