// SPDX-License-Identifier: Apache-2.0
//
// sendv_seek: every position of every small list, against a walk that takes one byte at a time.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "segments.h"

#include <stdint.h>
#include <stdlib.h>

enum { most_segments = 5, longest = 3 };

struct position {
    size_t index;
    size_t offset;
};

static struct position seek(const struct iovec *list, size_t count, size_t bytes)
{
    struct position position = {.offset = SIZE_MAX};
    position.index = sendv_seek(list, count, bytes, &position.offset);
    CHECK_EQ(sendv_seek(list, count, bytes, NULL), position.index);
    return position;
}

// Where the byte number `bytes` of the list stands; the end of the list if it has none.
static struct position walk(const struct iovec *list, size_t count, size_t bytes)
{
    size_t passed = 0;
    for (size_t index = 0; index < count; index++) {
        for (size_t offset = 0; offset < list[index].iov_len; offset++) {
            if (passed++ == bytes)
                return (struct position){index, offset};
        }
    }
    return (struct position){count, 0};
}

static void every_position(const struct iovec *list, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += list[i].iov_len;
    const struct position start = seek(list, count, 0);
    CHECK_EQ(start.index, 0);
    CHECK_EQ(start.offset, 0);
    for (size_t bytes = 1; bytes <= total + 3; bytes++) {
        check_context("%zu segments, %zu of %zu bytes", count, bytes, total);
        const struct position found = seek(list, count, bytes);
        const struct position expected = walk(list, count, bytes);
        CHECK_EQ(found.index, expected.index);
        CHECK_EQ(found.offset, expected.offset);
    }
    CHECK_EQ(seek(list, count, SIZE_MAX).index, count);
    CHECK_EQ(seek(list, count, SIZE_MAX).offset, 0);
}

// The lengths count up like the digits of a number, so that every list of up to five segments comes by: 1364 of them.
static void every_position_of_every_small_list(void)
{
    for (size_t count = 1; count <= most_segments; count++) {
        struct iovec list[most_segments] = {{NULL, 0}};
        size_t digit = 0;
        while (digit < count) {
            every_position(list, count);
            for (digit = 0; digit < count && list[digit].iov_len == longest; digit++)
                list[digit].iov_len = 0;
            if (digit < count)
                list[digit].iov_len++;
        }
    }
}

static void a_list_of_no_segments(void)
{
    const struct iovec list[] = {{NULL, 4}};
    CHECK_EQ(seek(list, 0, 0).index, 0);
    CHECK_EQ(seek(list, 0, 0).offset, 0);
    CHECK_EQ(seek(list, 0, 3).index, 0);
    CHECK_EQ(seek(list, 0, 3).offset, 0);
    CHECK_EQ(seek(NULL, 0, 3).index, 0);
}

static void a_list_of_empty_segments(void)
{
    const struct iovec list[3] = {{NULL, 0}};
    CHECK_EQ(seek(list, 3, 0).index, 0);
    CHECK_EQ(seek(list, 3, 1).index, 3);
    CHECK_EQ(seek(list, 3, 1).offset, 0);
}

// As a caller resumes: from wherever the list is cut, what went and what is left are together the list.
static void what_went_and_what_is_left_are_the_list(void)
{
    struct random random = {check_seed()};
    for (unsigned round = 0; round < 200; round++) {
        struct segments segments = segments_random(&random, 1 + random_below(&random, 40), random_below(&random, 400));
        const size_t cut = random_below(&random, segments.bytes + 1);
        check_context("%zu segments, cut at %zu of %zu bytes", segments.count, cut, segments.bytes);
        const struct position position = seek(segments.list, segments.count, cut);
        struct digest digest = digest_none;
        for (size_t i = 0; i < position.index; i++)
            digest_add(&digest, segments.list[i].iov_base, segments.list[i].iov_len);
        if (position.offset > 0)
            digest_add(&digest, segments.list[position.index].iov_base, position.offset);
        CHECK_EQ(digest.bytes, cut);
        size_t count = 0;
        struct iovec *left = segments_left(&segments, cut, &count);
        for (size_t i = 0; i < count; i++)
            digest_add(&digest, left[i].iov_base, left[i].iov_len);
        CHECK(digest_equal(digest, segments_digest(&segments)));
        CHECK(segments_unchanged(&segments));
        free(left);
        segments_free(&segments);
    }
}

// Positions that do not fit 32 bits, in segments of which nothing is read.
static void positions_above_4_gib(void)
{
    if (sizeof(size_t) <= 4) {
        check_skip("size_t has 32 bits");
        return;
    }
    const size_t gib = (size_t)1 << 30;
    const struct iovec list[] = {{NULL, 3 * gib}, {NULL, 0}, {NULL, 3 * gib}};
    CHECK_EQ(seek(list, 3, 5 * gib).index, 2);
    CHECK_EQ(seek(list, 3, 5 * gib).offset, 2 * gib);
    CHECK_EQ(seek(list, 3, 3 * gib).index, 2);
    CHECK_EQ(seek(list, 3, 3 * gib).offset, 0);
    CHECK_EQ(seek(list, 3, 6 * gib).index, 3);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(every_position_of_every_small_list),      CASE(a_list_of_no_segments), CASE(a_list_of_empty_segments),
        CASE(what_went_and_what_is_left_are_the_list), CASE(positions_above_4_gib),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
