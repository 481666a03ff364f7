// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include "csendshim.h"

#include <string.h>

int gather_begin(struct gather *list, const struct iovec *iov, size_t iovcnt)
{
    if (iovcnt == 0)
        return EINVAL;
    if (iov == NULL)
        return EFAULT;
    size_t bytes = 0;
    for (size_t i = 0; i < iovcnt; i++) {
        if (iov[i].iov_len > (size_t)SSIZE_MAX - bytes)
            return EINVAL;
        bytes += iov[i].iov_len;
    }
    *list = (struct gather){.segment = iov, .segments = iovcnt, .bytes = bytes};
    return 0;
}

// The bytes from the position to the end of its segment.
static struct iovec rest_of_segment(const struct gather *list)
{
    return (struct iovec){
        .iov_base = (char *)list->segment->iov_base + list->offset,
        .iov_len = list->segment->iov_len - list->offset,
    };
}

static void next_segment(struct gather *list)
{
    list->segment++;
    list->segments--;
    list->offset = 0;
}

void gather_next(struct gather *list, size_t most, struct batch *batch)
{
    batch->first = batch->vectors;
    batch->count = 0;
    batch->bytes = 0;
    while (list->segments > 0 && batch->count < PLATFORM_IOV_MAX && batch->bytes < most) {
        if (list->segment->iov_len == 0) {
            next_segment(list);
            continue;
        }
        struct iovec rest = rest_of_segment(list);
        if (rest.iov_len > most - batch->bytes) {
            rest.iov_len = most - batch->bytes;
            list->offset += rest.iov_len;
        } else {
            next_segment(list);
        }
        batch->vectors[batch->count++] = rest;
        batch->bytes += rest.iov_len;
    }
    list->bytes -= batch->bytes;
}

void batch_advance(struct batch *batch, size_t bytes)
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

void gather_copy(const struct gather *list, void *to)
{
    char *end = to;
    for (struct gather left = *list; left.segments > 0; next_segment(&left)) {
        if (left.segment->iov_len == 0)
            continue;
        const struct iovec rest = rest_of_segment(&left);
        memcpy(end, rest.iov_base, rest.iov_len);
        end += rest.iov_len;
    }
}

size_t sendv_seek(const struct iovec *iov, size_t iovcnt, size_t bytes, size_t *offset)
{
    size_t index = 0;
    if (bytes > 0) {
        while (index < iovcnt && bytes >= iov[index].iov_len)
            bytes -= iov[index++].iov_len;
    }
    if (offset != NULL)
        *offset = index < iovcnt ? bytes : 0;
    return index;
}
