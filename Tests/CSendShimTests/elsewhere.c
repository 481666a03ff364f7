// SPDX-License-Identifier: Apache-2.0
#include "elsewhere.h"

#include <stdint.h>
#include <string.h>

static struct elsewhere *from(const void *list)
{
    return (struct elsewhere *)(uintptr_t)list;
}

static bool is_there(const struct elsewhere *elsewhere, size_t first, size_t count)
{
    return first == elsewhere->mapped && count > 0 && count <= elsewhere->count - first;
}

static void map(const void *list, size_t first, size_t count, struct iovec *iov)
{
    struct elsewhere *elsewhere = from(list);
    if (!is_there(elsewhere, first, count)) {
        elsewhere->out_of_turn = true;
        memset(iov, 0, count * sizeof *iov);
        return;
    }
    memcpy(iov, elsewhere->list + first, count * sizeof *iov);
    elsewhere->mapped += count;
    elsewhere->windows++;
}

static size_t count_bytes(const void *list, size_t first, size_t count)
{
    struct elsewhere *elsewhere = from(list);
    elsewhere->counted++;
    if (!is_there(elsewhere, first, count) || first + count != elsewhere->count) {
        elsewhere->out_of_turn = true;
        return 0;
    }
    size_t bytes = 0;
    for (size_t i = first; i < first + count; i++) {
        const size_t length = elsewhere->list[i].iov_len;
        if (length > SIZE_MAX - bytes)
            return SIZE_MAX;
        bytes += length;
    }
    return bytes;
}

void elsewhere_begin(struct elsewhere *elsewhere, const struct iovec *list, size_t count)
{
    *elsewhere =
        (struct elsewhere){.source = {.list = elsewhere, .map = map, .count_bytes = count_bytes}, .list = list, .count = count};
}
