// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "list.h"

#include "check.h"
#include "pattern.h"

#include <stdlib.h>
#include <string.h>

// Foreign bytes between two segments.
enum { gap = 8 };

static void *must_allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    MUST(memory == NULL ? -1 : 0);
    return memory;
}

enum grain { SHORT, LONG, OF_ALL_LENGTHS, grains };

// Up to 1024 bytes a segment may be copied, longer ones are pointed at: lengths on both sides, and empty ones.
static size_t next_length(struct random *random, enum grain grain)
{
    if (random_below(random, 6) == 0)
        return random_below(random, 2);
    if (grain == SHORT)
        return random_below(random, 40);
    if (grain == LONG)
        return 1 + random_below(random, 70000);
    static const size_t longest[] = {16, 64, 512, 1100, 5000, 20000};
    return random_below(random, longest[random_below(random, COUNT_OF(longest))]);
}

// Cuts `bytes` bytes into segments, of which only the lengths are set.
static struct list choose_lengths(struct random *random, size_t length, size_t bytes)
{
    const enum grain grain = (enum grain)random_below(random, grains);
    size_t room = 1024;
    struct list list = {.segments = must_allocate(room * sizeof(struct iovec)), .bytes = bytes};
    for (size_t left = bytes; left > 0; list.count++) {
        if (list.count == room) {
            room *= 2;
            list.segments = realloc(list.segments, room * sizeof(struct iovec));
            MUST(list.segments == NULL ? -1 : 0);
        }
        const size_t next = length == lengths_mixed ? next_length(random, grain) : length;
        list.segments[list.count].iov_len = next < left ? next : left;
        left -= list.segments[list.count].iov_len;
    }
    return list;
}

// Copies the bytes at `whole` to the segments, each to a place of its own.
static void give_places(struct list *list, const unsigned char *whole)
{
    const size_t room = list->bytes + list->count * gap;
    unsigned char *to = must_allocate(room);
    list->storage = to;
    memset(to, 0xee, room);
    for (size_t i = 0; i < list->count; i++) {
        struct iovec *segment = &list->segments[i];
        segment->iov_base = to;
        memcpy(to, whole, segment->iov_len);
        whole += segment->iov_len;
        to += segment->iov_len + gap;
    }
    list->as_made = must_allocate(list->count * sizeof(struct iovec));
    memcpy(list->as_made, list->segments, list->count * sizeof(struct iovec));
}

struct list list_of_stream(struct random *random, size_t length, uint64_t seed, uint64_t position, size_t bytes)
{
    unsigned char *whole = must_allocate(bytes);
    pattern_fill(whole, seed, position, bytes);
    struct list list = choose_lengths(random, length, bytes);
    give_places(&list, whole);
    free(whole);
    return list;
}

struct list list_of_datagram(struct random *random, size_t length, uint64_t seed, uint64_t number, size_t bytes)
{
    unsigned char *whole = must_allocate(bytes);
    datagram_fill(whole, seed, number, bytes);
    struct list list = choose_lengths(random, length, bytes);
    give_places(&list, whole);
    free(whole);
    return list;
}

bool list_unchanged(const struct list *list)
{
    return memcmp(list->segments, list->as_made, list->count * sizeof(struct iovec)) == 0;
}

void list_free(struct list *list)
{
    free(list->segments);
    free(list->as_made);
    free(list->storage);
}
