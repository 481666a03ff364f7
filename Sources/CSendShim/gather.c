// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include <stdlib.h>
#include <string.h>

int sendv_gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt)
{
    if (iovcnt == 0)
        return EINVAL;
    if (iov == NULL)
        return EFAULT;
    if (iovcnt > SSIZE_MAX / sizeof *iov) // no memory holds it: a negative count, most likely
        return EINVAL;
    *list = (struct gather){.segment = iov, .segments = iovcnt};
    return 0;
}

int sendv_gather_count(const struct gather *list, size_t before, size_t *bytes)
{
    size_t total = before;
    for (size_t i = 0; i < list->segments; i++) {
        const size_t length = list->segment[i].iov_len - (i == 0 ? list->offset : 0);
        if (length > (size_t)SSIZE_MAX - total)
            return EINVAL;
        total += length;
    }
    *bytes = total - before;
    return 0;
}

// Copies `length` bytes of a short segment. Two moves that may overlap, from the front and from the back, serve every
// length from one size of move to twice that, so a short segment costs a few instructions and no call.
static inline void copy_segment(char *to, const char *from, size_t length)
{
#define COPY_ENDS(size) (memcpy(to, from, size), memcpy(to + length - (size), from + length - (size), size))
    if (length >= 16 && length <= 32)
        COPY_ENDS(16);
    else if (length > 128)
        memcpy(to, from, length);
    else if (length > 64)
        COPY_ENDS(64);
    else if (length > 32)
        COPY_ENDS(32);
    else if (length >= 8)
        COPY_ENDS(8);
    else if (length >= 4)
        COPY_ENDS(4);
    else if (length > 0) {
        to[0] = from[0];
        to[length / 2] = from[length / 2];
        to[length - 1] = from[length - 1];
    }
#undef COPY_ENDS
}

static void add(struct batch *batch, void *base, size_t length)
{
    batch->vectors[batch->count++] = (struct iovec){.iov_base = base, .iov_len = length};
    batch->bytes += length;
}

// Adds the next `length` bytes of the room for copies, to the copies before them where they follow on.
static void add_copied(struct batch *batch, size_t length)
{
    struct iovec *const last = batch->count > 0 ? &batch->vectors[batch->count - 1] : NULL;
    // As numbers: the last one may be at an address that is none.
    if (last == NULL || (uintptr_t)last->iov_base + last->iov_len != (uintptr_t)batch->room) {
        add(batch, batch->room, length);
        return;
    }
    last->iov_len += length;
    batch->bytes += length;
}

// The longest segment that is short for the batch as it stands.
static size_t longest_copied(const struct batch *batch)
{
    const bool early = batch->heap == NULL && batch->room_end - batch->room >= SENDV_COPY_SEGMENT;
    return early ? SENDV_COPY_SEGMENT : SENDV_COPY_SEGMENT_MORE;
}

// Copies segments of at most `longest` bytes until the list ends, or a longer one comes, or the batch's room or `most` bytes are
// full. Returns whether any was taken, be it an empty one.
static bool copy_run(struct gather *list, size_t longest, size_t most, struct batch *batch)
{
    const struct iovec *segment = list->segment;
    const struct iovec *const list_end = segment + list->segments;
    char *to = batch->room;
    size_t room = (size_t)(batch->room_end - to);
    if (room > most)
        room = most;
    for (; segment < list_end; segment++) {
        const size_t length = segment->iov_len;
        const char *const base = segment->iov_base;
        if (length > longest || length > room || base == NULL)
            break;
        copy_segment(to, base, length);
        to += length;
        room -= length;
    }
    // A forgotten pointer is left to be pointed at, where it is EFAULT and no crash; {NULL, 0} is as good as any empty segment.
    // Told apart here and not in the loop: with clang 2 instructions a segment, not 6.
    if (segment < list_end && segment->iov_base == NULL && segment->iov_len == 0)
        segment++;
    const size_t copied = (size_t)(to - batch->room);
    const bool any = segment != list->segment;
    list->segments = (size_t)(list_end - segment);
    list->segment = segment;
    if (copied > 0)
        add_copied(batch, copied);
    batch->room = to;
    return any;
}

// Points at the rest of the segment at the position, or at `most` bytes of it.
static void point_at_segment(struct gather *list, size_t most, struct batch *batch)
{
    char *const base = (char *)list->segment->iov_base + list->offset;
    const size_t length = list->segment->iov_len;
    const size_t rest = length > list->offset ? length - list->offset : 0; // a list that changes meanwhile is not read past
    if (rest > most) {
        list->offset += most;
        add(batch, base, most);
        return;
    }
    list->segment++;
    list->segments--;
    list->offset = 0;
    if (rest > 0)
        add(batch, base, rest);
}

// Whether at least two segments of at most `longest` bytes stand at the position: one alone is as well pointed at.
static bool run_begins(const struct gather *list, size_t longest)
{
    return list->segments > 1 && list->segment[0].iov_len <= longest && list->segment[1].iov_len <= longest &&
           list->offset == 0;
}

// Makes all the room for copies free again.
static void clear_room(struct batch *batch)
{
    const bool on_heap = batch->heap != NULL;
    batch->room = on_heap ? batch->heap : batch->copies;
    batch->room_end = batch->room + (on_heap ? SENDV_COPY_HEAP : SENDV_COPY_STACK);
}

// Makes sure that a segment of `longest` bytes can be copied, by memory from the heap if need be. Returns false where there is
// none.
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

void sendv_gather_next(struct gather *list, size_t most, struct batch *batch)
{
    batch->first = batch->vectors;
    batch->count = 0;
    batch->bytes = 0;
    if (list->segments == 1) {
        point_at_segment(list, most, batch); // the shortest way for the shortest list
        return;
    }
    clear_room(batch);
    while (list->segments > 0 && batch->count < PLATFORM_IOV_MAX && batch->bytes < most) {
        const size_t longest = longest_copied(batch);
        const bool run = batch->may_copy && run_begins(list, longest);
        if (run && has_room(batch, longest) && copy_run(list, longest, most - batch->bytes, batch))
            continue;
        if (run && batch->count > 0 && list->segments > SENDV_POINT_REST)
            return;
        point_at_segment(list, most - batch->bytes, batch);
    }
}

void sendv_batch_begin(struct batch *batch, bool may_copy)
{
    batch->heap = NULL;
    batch->may_copy = may_copy;
}

void sendv_batch_advance(struct batch *batch, size_t bytes)
{
    batch->bytes -= bytes;
    while (batch->count > 0 && bytes >= batch->first->iov_len) {
        bytes -= batch->first->iov_len;
        batch->first++;
        batch->count--;
    }
    if (bytes > 0) {
        batch->first->iov_base = (char *)batch->first->iov_base + bytes;
        batch->first->iov_len -= bytes;
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
