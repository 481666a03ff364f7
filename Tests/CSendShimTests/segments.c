// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "segments.h"

#include "check.h"
#include "csendshim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct digest digest_none = {.hash = 0xcbf29ce484222325, .bytes = 0};

void digest_add(struct digest *digest, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++)
        digest->hash = (digest->hash ^ byte[i]) * 0x100000001b3;
    digest->bytes += count;
}

bool digest_equal(struct digest a, struct digest b)
{
    return a.hash == b.hash && a.bytes == b.bytes;
}

// splitmix64: every seed is a good one, zero too.
static uint64_t random_next(struct random *random)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

size_t random_below(struct random *random, size_t below)
{
    return (size_t)(random_next(random) % below);
}

static void *must_allocate(size_t count, size_t size)
{
    // One byte at least: a list may be made of nothing but empty segments.
    void *memory = calloc(count * size + 1, 1);
    MUST(memory == NULL ? -1 : 0);
    return memory;
}

static void *must_copy(const void *bytes, size_t count)
{
    void *copy = must_allocate(count, 1);
    memcpy(copy, bytes, count);
    return copy;
}

// A list of which only the lengths are set yet: gives it bytes to point at.
static void give_storage(struct segments *segments, struct random *random)
{
    size_t longest = 0;
    for (size_t i = 0; i < segments->count; i++) {
        segments->bytes += segments->list[i].iov_len;
        if (segments->list[i].iov_len > longest)
            longest = segments->list[i].iov_len;
    }
    const size_t room = longest + 65536;
    segments->storage = must_allocate(room, 1);
    for (size_t i = 0; i < room; i++)
        segments->storage[i] = (unsigned char)random_next(random);
    for (size_t i = 0; i < segments->count; i++) {
        struct iovec *segment = &segments->list[i];
        if (segment->iov_len > 0 || i % 2 == 0)
            segment->iov_base = segments->storage + random_below(random, room - segment->iov_len);
    }
    segments->as_made = must_copy(segments->list, segments->count * sizeof *segments->list);
}

struct segments segments_random(struct random *random, size_t count, size_t bytes)
{
    struct segments segments = {.list = must_allocate(count, sizeof(struct iovec)), .count = count};
    size_t left = bytes;
    for (size_t i = 0; i + 1 < count; i++) {
        // Twice the even share at most, so that bytes are left for the segments after it.
        const size_t share = left / (count - i);
        const size_t length = random_below(random, 5) == 0 ? 0 : random_below(random, 2 * share + 1);
        segments.list[i].iov_len = length < left ? length : left;
        left -= segments.list[i].iov_len;
    }
    segments.list[count - 1].iov_len = left;
    give_storage(&segments, random);
    return segments;
}

static struct segments equal_among_empties(struct random *random, size_t before, size_t count, size_t length, size_t after)
{
    const size_t all = before + count + after;
    struct segments segments = {.list = must_allocate(all, sizeof(struct iovec)), .count = all};
    for (size_t i = before; i < before + count; i++)
        segments.list[i].iov_len = length;
    give_storage(&segments, random);
    return segments;
}

struct segments segments_equal(struct random *random, size_t count, size_t length)
{
    return equal_among_empties(random, 0, count, length, 0);
}

struct segments segments_after_empties(struct random *random, size_t empties, size_t count, size_t length)
{
    return equal_among_empties(random, empties, count, length, 0);
}

struct segments segments_before_empties(struct random *random, size_t empties, size_t count, size_t length)
{
    return equal_among_empties(random, 0, count, length, empties);
}

void segments_free(struct segments *segments)
{
    free(segments->list);
    free(segments->as_made);
    free(segments->storage);
}

struct digest segments_digest(const struct segments *segments)
{
    struct digest digest = digest_none;
    for (size_t i = 0; i < segments->count; i++)
        digest_add(&digest, segments->as_made[i].iov_base, segments->as_made[i].iov_len);
    return digest;
}

bool segments_unchanged(const struct segments *segments)
{
    return memcmp(segments->list, segments->as_made, segments->count * sizeof *segments->list) == 0;
}

struct iovec *segments_left(const struct segments *segments, size_t sent, size_t *count)
{
    size_t offset = 0;
    const size_t index = sendv_seek(segments->list, segments->count, sent, &offset);
    *count = segments->count - index;
    struct iovec *left = must_copy(segments->list + index, *count * sizeof *left);
    if (*count > 0) {
        left[0].iov_base = (char *)left[0].iov_base + offset;
        left[0].iov_len -= offset;
    }
    return left;
}

int segments_file(const struct segments *segments)
{
    char path[] = "/tmp/segments.XXXXXX";
    const int file = MUST(mkstemp(path));
    MUST(unlink(path));
    for (size_t i = 0; i < segments->count; i++)
        CHECK_EQ(write(file, segments->list[i].iov_base, segments->list[i].iov_len), (ssize_t)segments->list[i].iov_len);
    return file;
}
