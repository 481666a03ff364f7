// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "regions.h"

#include "check.h"

#include <stdlib.h>
#include <unistd.h>

enum { own_offset = 5 };

struct regions regions_in(int file)
{
    MUST(lseek(file, own_offset, SEEK_SET));
    return (struct regions){.file = file};
}

void regions_write(struct regions *regions, const struct list *list)
{
    const struct iovec *const last = &list->segments[list->count - 1];
    const size_t bytes = (size_t)((unsigned char *)last->iov_base + last->iov_len - list->storage);
    regions->start = regions->end;
    MUST(pwrite(regions->file, list->storage, bytes, regions->start) == (ssize_t)bytes ? 0 : -1);
    regions->end += (int64_t)bytes;
}

struct sendv_part *regions_parts(const struct regions *regions, const struct list *list, const struct iovec *segments,
                                 size_t count)
{
    struct sendv_part *const parts = calloc(count, sizeof *parts);
    MUST(parts == NULL ? -1 : 0);
    for (size_t i = 0; i < count; i++) {
        const size_t number = (size_t)(segments - list->segments) + i;
        parts[i].length = segments[i].iov_len;
        parts[i].is_file = (number + list->bytes) % 2 == 0; // a file first in every other list
        if (parts[i].is_file != 0) {
            parts[i].file = regions->file;
            parts[i].offset = regions->start + ((unsigned char *)segments[i].iov_base - list->storage);
        } else {
            parts[i].base = segments[i].iov_base;
        }
    }
    return parts;
}

bool regions_keep_offset(const struct regions *regions)
{
    return lseek(regions->file, 0, SEEK_CUR) == own_offset;
}
