// SPDX-License-Identifier: Apache-2.0
//
// The gather alone, without a socket: batch after batch is the list's bytes in order, at every border between what is copied
// and what is pointed at. The list, the batch and the room on the heap end where memory ends: a step too far is a crash.
#define _GNU_SOURCE
#include "../../Sources/CSendShim/gather.h"
#include "check.h"
#include "child.h"
#include "elsewhere.h"
#include "guarded.h"
#include "segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    edge = SENDV_COPY_SEGMENT,           // the longest segment copied in a list of at most 96 segments
    edge_many = SENDV_COPY_SEGMENT_MANY, // the longest segment copied in a list of 384 segments or more
    stack_room = SENDV_COPY_STACK,
    both_rooms = SENDV_COPY_STACK + SENDV_COPY_HEAP,
    most_segments = 100000,
    most_bytes = 16 << 20,
    longest = 8 * SENDV_COPY_SEGMENT,
};

// clang-format off
static const size_t lengths[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,   9,   10,  11,       12,   13,       14, 15,
                                 16, 17, 31, 32, 33, 63, 64, 65, 95,  96,  97,  127,      128,  129,      edge_many - 1,
                                 edge_many, edge_many + 1, edge - 1, edge, edge + 1};
// clang-format on
static const size_t limits[] = {1, 2, edge_many, edge - 1, edge, edge + 1, PLATFORM_CALL_BYTES, SIZE_MAX};

// The list under test, and the bytes it stands for.
static struct {
    struct iovec list[most_segments];
    size_t count;
    size_t bytes;
    unsigned char expected[most_bytes];
    unsigned char source[2 * longest];
} subject;

// Where the guarded memory ends, and the batch and the heap's room in it.
static struct iovec *list_end;
static struct iovec *window;
static char *heap;
static struct batch *batch;

// The list as one from elsewhere.
static struct elsewhere elsewhere;

static void set_up(void)
{
    struct random random = {1};
    list_end = (struct iovec *)(void *)guarded(most_segments * sizeof *list_end);
    window = (struct iovec *)(void *)guarded(SENDV_SOURCE_WINDOW * sizeof *window) - SENDV_SOURCE_WINDOW;
    heap = guarded(SENDV_COPY_HEAP) - SENDV_COPY_HEAP;
    batch = (struct batch *)(void *)(guarded(sizeof *batch) - sizeof *batch);
    for (size_t i = 0; i < sizeof subject.source; i++)
        subject.source[i] = (unsigned char)random_below(&random, 256);
}

static void clear(void)
{
    subject.count = subject.bytes = 0;
}

static void append_at(const void *base, size_t length)
{
    subject.list[subject.count++] = (struct iovec){(void *)(uintptr_t)base, length};
    if (length > 0)
        memcpy(subject.expected + subject.bytes, base, length);
    subject.bytes += length;
}

static void append(size_t length)
{
    const size_t at = (subject.count * 37 + subject.bytes) % longest;
    append_at(length > 0 || subject.count % 2 == 0 ? subject.source + at : NULL, length);
}

static void append_times(size_t times, size_t length)
{
    while (times-- > 0)
        append(length);
}

// `bytes` bytes in segments of `length`, the last of what is over.
static void append_run(size_t bytes, size_t length)
{
    append_times(bytes / length, length);
    if (bytes % length > 0)
        append(bytes % length);
}

static void append_mixed(void)
{
    static const size_t mixed[] = {3, 0, 5, edge + 1, 0, 1, 2, edge, 17, 0, 0, edge + 20, 9, edge + 2, 4, 0, 6};
    for (size_t i = 0; i < COUNT_OF(mixed); i++)
        append(mixed[i]);
}

// Puts the list where it ends with the memory, and begins a batch. With `room` from the heap the batch is one of those after the
// first that needed it.
static const struct iovec *prepare(char *room)
{
    struct iovec *at = list_end - subject.count;
    memcpy(at, subject.list, subject.count * sizeof *at);
    sendv_batch_begin(batch, true);
    batch->heap = room;
    return at;
}

static struct gather begin(char *room)
{
    struct gather list;
    CHECK_ERRNO(sendv_gather_begin(&list, prepare(room), subject.count), 0);
    return list;
}

// The same with a window of iovecs.
static struct gather begin_elsewhere(char *room)
{
    struct gather list;
    elsewhere_begin(&elsewhere, prepare(room), subject.count);
    CHECK_ERRNO(sendv_gather_begin_source(&list, &elsewhere.source, subject.count, window), 0);
    return list;
}

static void end(const char *room)
{
    if (batch->heap != room)
        sendv_batch_end(batch);
    CHECK(memcmp(list_end - subject.count, subject.list, subject.count * sizeof *subject.list) == 0);
}

// Whether the batch is the list's bytes from `done` on, without an empty iovec.
static bool batch_is_from(size_t done)
{
    size_t at = done;
    for (size_t i = 0; i < batch->count; i++) {
        const struct iovec *part = &batch->first[i];
        if (part->iov_len == 0 || part->iov_len > subject.bytes - at)
            return false;
        if (memcmp(part->iov_base, subject.expected + at, part->iov_len) != 0)
            return false;
        at += part->iov_len;
    }
    return at - done == batch->bytes;
}

// Whether the bytes counted of the list's rest are those from `done` on.
static bool rest_is_from(const struct gather *list, size_t done)
{
    size_t left = 0;
    return sendv_gather_count(list, done, &left) == 0 && left == subject.bytes - done;
}

struct taken {
    size_t batches;
    size_t iovecs;
};

// Takes the whole list in batches of at most `most` bytes. Returns how many there were, and how many iovecs in them.
static struct taken take(struct gather list, size_t most)
{
    const unsigned failures = check_failures();
    size_t done = 0, round = 0, iovecs = 0;
    do {
        sendv_gather_next(&list, most, batch);
        CHECK(batch_is_from(done));
        CHECK_BETWEEN(batch->count, 0, PLATFORM_IOV_MAX);
        CHECK(batch->bytes <= most);
        done += batch->bytes;
        iovecs += batch->count;
        if (subject.bytes < 4096 || (round & (round - 1)) == 0) // every time, or ever more seldom
            CHECK(rest_is_from(&list, done));
        round++;
    } while (batch->bytes > 0 && check_failures() == failures);
    CHECK_EQ(done, subject.bytes);
    CHECK_EQ(list.segments, 0);
    return (struct taken){.batches = round, .iovecs = iovecs};
}

// Takes it as a list of iovecs and as one from elsewhere, which makes no difference.
static void covered(size_t most, char *room)
{
    check_context("%zu segments, %zu bytes, at most %zu, %s", subject.count, subject.bytes, most, room ? "heap" : "stack");
    const struct taken taken = take(begin(room), most);
    end(room);
    check_context("%zu segments from elsewhere, %zu bytes, at most %zu", subject.count, subject.bytes, most);
    const struct taken elsewhere_taken = take(begin_elsewhere(room), most);
    CHECK_EQ(elsewhere_taken.batches, taken.batches);
    CHECK_EQ(elsewhere_taken.iovecs, taken.iovecs);
    CHECK(!elsewhere.out_of_turn);
    CHECK_EQ(elsewhere.mapped, subject.count);
    end(room);
}

static void every_pair_of_lengths_by_every_limit(void)
{
    for (size_t i = 0; i < COUNT_OF(lengths) * COUNT_OF(lengths) && check_failures() == 0; i++) {
        clear();
        append(lengths[i / COUNT_OF(lengths)]);
        append(lengths[i % COUNT_OF(lengths)]);
        for (size_t j = 0; j < COUNT_OF(limits); j++)
            covered(limits[j], NULL);
    }
}

static void every_three_lengths(void)
{
    for (size_t i = 0; i < COUNT_OF(lengths) * COUNT_OF(lengths) * COUNT_OF(lengths) && check_failures() == 0; i++) {
        clear();
        append(lengths[i / COUNT_OF(lengths) / COUNT_OF(lengths)]);
        append(lengths[i / COUNT_OF(lengths) % COUNT_OF(lengths)]);
        append(lengths[i % COUNT_OF(lengths)]);
        covered(i % 3 + edge - 1, NULL);
        covered(SIZE_MAX, heap);
    }
}

static void a_mixed_list_by_every_limit(void)
{
    clear();
    append_mixed();
    for (size_t most = 1; most <= subject.bytes + 1 && check_failures() == 0; most++) {
        covered(most, NULL);
        covered(most, heap);
    }
}

// Runs that end one byte before the room's end, at it and after it, with long segments and short ones around them.
static void runs_around_the_end_of_the_room(void)
{
    static const size_t rooms[] = {stack_room, SENDV_COPY_HEAP, both_rooms, both_rooms + SENDV_COPY_HEAP};
    static const size_t of[] = {1, 2, 7, 16, 100, edge - 1, edge};
    for (size_t i = 0; i < COUNT_OF(rooms) * COUNT_OF(of) * 3 && check_failures() == 0; i++) {
        const size_t bytes = rooms[i / 3 / COUNT_OF(of)] - 1 + i % 3, length = of[i / 3 % COUNT_OF(of)];
        for (unsigned around = 0; around < 8 && bytes / length < most_segments / 2; around++) {
            clear();
            append_times(around & 1, edge + 1);
            append_run(bytes, length);
            append_times(around & 2, edge + 1);
            append_times(around & 4 ? SENDV_POINT_REST + 1 : around & 1, 2);
            covered(SIZE_MAX, around & 1 ? NULL : heap);
            covered(bytes + around - 3, around & 1 ? heap : NULL);
        }
    }
}

// Long segments up to the number of iovecs, a run at the last of them and behind.
static void long_segments_and_runs_around_the_most_iovecs(void)
{
    for (size_t i = 0; i < 12 * 5 && check_failures() == 0; i++) {
        clear();
        append_times(i % 5, 1);
        append_times(PLATFORM_IOV_MAX - 6 + i / 5, edge + 1);
        append_times(i % 3, 0);
        append_times(i % 5, 3);
        append_times(3, edge + 1);
        covered(SIZE_MAX, i % 2 == 0 ? NULL : heap);
    }
    clear();
    for (unsigned i = 0; i < 3000; i++)
        append(i % 2 == 0 ? edge + 1 : edge);
    covered(SIZE_MAX, NULL);
}

// A long segment, a run, an empty one and the list's end on both sides of each border of the first two windows.
static void what_stands_at_the_borders_of_the_window(void)
{
    static const size_t of[][3] = {{1, 1, 1},        {1, edge + 1, 1}, {edge + 1, 1, 1}, {edge + 1, edge + 1, 1},
                                   {0, 0, edge + 1}, {9, 0, 0},        {0, 9, edge + 1}};
    for (size_t before = SENDV_SOURCE_WINDOW - 4; before <= 2 * SENDV_SOURCE_WINDOW + 1 && check_failures() == 0; before++) {
        for (size_t i = 0; i < COUNT_OF(of) * 4 * 3; i++) {
            const size_t *const lengths_there = of[i / 4 / 3];
            clear();
            append_times(before, i % 3 == 0 ? edge + 1 : i % 3);
            for (size_t j = 0; j < i / 3 % 4; j++)
                append(lengths_there[j % 3]);
            covered(SIZE_MAX, NULL);
            covered(before + 1, heap);
        }
    }
}

static size_t random_length(struct random *random, unsigned shape)
{
    if (shape == 0)
        return lengths[random_below(random, COUNT_OF(lengths))];
    if (shape == 1)
        return random_below(random, 65);
    return random_below(random, shape == 2 ? 2 * edge : random_below(random, 50) > 0 ? 40 : longest);
}

static void random_lists(void)
{
    struct random random = {check_seed()};
    for (unsigned round = 0; round < 100 && check_failures() == 0; round++) {
        clear();
        const size_t most_of_round = round % 3 == 0 ? 20 : 3000, count = 1 + random_below(&random, most_of_round);
        for (const unsigned shape = (unsigned)random_below(&random, 4); subject.count < count;)
            append(random_length(&random, shape));
        for (size_t i = count > 20 ? 2 : 0; i < COUNT_OF(limits); i++)
            covered(limits[i], round % 2 == 0 ? NULL : heap);
        covered(1 + random_below(&random, 100000), NULL);
    }
}

// A segment that begins and one that ends where readable memory does, of every length: a byte read too far ends the child.
static void lengths_at_unreadable_pages(unsigned unused)
{
    (void)unused;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *const readable_end = guarded(page), *const readable = readable_end - page;
    memcpy(readable, subject.source, edge + 8);
    memcpy(readable_end - (edge + 8), subject.source, edge + 8);
    for (size_t length = 0; length <= edge + 8; length++) {
        clear();
        append_at(readable_end - length, length);
        append_at(readable, length);
        append_at(readable_end - length, length);
        append_at(readable_end - 1, 1);
        for (size_t i = 2; i < COUNT_OF(limits); i++)
            covered(limits[i], NULL);
    }
}

static void no_byte_outside_a_segment_is_read(void)
{
    CHECK(passes_in_child(lengths_at_unreadable_pages, 0));
}

// Checks the first batch: its iovecs, what is left of the list, and whether it took memory.
static void first_batch(size_t iovecs, size_t left, bool from_heap)
{
    check_context("%zu segments, %zu bytes", subject.count, subject.bytes);
    struct gather list = begin(NULL);
    sendv_gather_next(&list, SIZE_MAX, batch);
    CHECK(batch_is_from(0));
    CHECK_EQ(batch->count, iovecs);
    CHECK_EQ(list.segments, left);
    CHECK_EQ(batch->heap != NULL, from_heap);
    end(NULL);
    clear();
}

static void what_is_copied_and_what_is_pointed_at(void)
{
    static const struct {
        size_t list[5], count, iovecs;
    } lists[] = {
        {{edge, edge}, 2, 1},
        {{edge + 1, edge + 1}, 2, 2},
        {{edge, edge + 1}, 2, 2},
        {{edge + 1, edge, edge}, 3, 2},
        {{edge, edge, edge + 1}, 3, 2},
        {{1, 1, edge + 1, edge, 1}, 5, 3},
        {{1, edge + 1, 1, edge + 1, 1}, 5, 5},
        {{0, 0, 0, 0, 0}, 5, 0},
        {{1, 0, edge + 1, 0, 1}, 5, 3},
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        clear();
        for (size_t j = 0; j < lists[i].count; j++)
            append(lists[i].list[j]);
        first_batch(lists[i].iovecs, 0, false);
    }
    append(edge); // alone: as well pointed at
    struct gather list = begin(NULL);
    sendv_gather_next(&list, SIZE_MAX, batch);
    CHECK(batch->count == 1 && batch->first[0].iov_base == subject.list[0].iov_base);
    end(NULL);
}

static void empties_without_an_address_end_no_run(void)
{
    clear();
    for (unsigned i = 0; i < 2 * PLATFORM_IOV_MAX; i++)
        append_at(i % 2 == 0 ? subject.source : NULL, i % 2 == 0 ? 9 : 0);
    first_batch(1, 0, false);
    append_at(NULL, 0);
    append(3);
    append_at(NULL, 0);
    append_at(NULL, 0);
    append(edge + 1);
    append_at(NULL, 0);
    append_run(stack_room - 3, edge_many);
    first_batch(3, 0, false);
}

// No byte of it is looked at: the system call says that there is none.
static void no_address_with_a_length_is_pointed_at(void)
{
    for (size_t at = 0; at < 5; at++) {
        for (size_t length = 1; length <= edge + 1; length++) {
            clear();
            append_times(5, 9);
            subject.list[at] = (struct iovec){NULL, length};
            check_context("%zu bytes at %zu", length, at);
            struct gather list = begin(NULL);
            sendv_gather_next(&list, SIZE_MAX, batch);
            CHECK_EQ(list.segments, 0);
            const size_t expected = at < 2 ? at : 1; // a run before it, if any
            CHECK(batch->count > expected);
            CHECK(batch->first[expected].iov_base == NULL);
            CHECK_EQ(batch->first[expected].iov_len, length);
            end(NULL);
        }
    }
}

static void the_room_is_used_to_its_end(void)
{
    static const struct {
        size_t bytes, behind, iovecs, left;
        bool from_heap;
    } runs[] = {
        {stack_room - 1, 0, 1, 0, false},
        {stack_room - 1, 1, 1, 0, false},
        {stack_room, 0, 1, 0, false},
        {stack_room, 1, 2, 0, false}, // one segment alone
        {stack_room, 2, 2, 0, true},
        {both_rooms - 1, 1, 2, 0, true},
        {both_rooms, 0, 2, 0, true},
        {both_rooms, SENDV_POINT_REST, 2 + SENDV_POINT_REST, 0, true},
        {both_rooms, SENDV_POINT_REST + 1, 2, SENDV_POINT_REST + 1, true},
    };
    clear();
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        append_run(runs[i].bytes, edge_many);
        append_times(runs[i].behind, 1);
        first_batch(runs[i].iovecs, runs[i].left, runs[i].from_heap);
    }
}

// A run goes to the stack if a segment of the longest length still fits there; with a byte less it goes to the heap.
static void a_run_begins_where_a_longest_segment_fits(void)
{
    static const struct {
        size_t left, run[2];
        bool from_heap;
    } rooms[] = {
        {edge, {edge - 1, 1}, false},
        {edge, {1, 1}, false},
        {edge - 1, {edge, 1}, true},
        {edge - 1, {1, 1}, true},
    };
    for (size_t i = 0; i < COUNT_OF(rooms); i++) {
        clear();
        append_run(stack_room - rooms[i].left, edge);
        append(edge + 1);
        append(rooms[i].run[0]);
        append(rooms[i].run[1]);
        first_batch(3, 0, rooms[i].from_heap);
    }
}

// The table in gather.h: in a list of `segments`, segments of this length are copied, and those a byte longer are pointed at.
static void the_longest_copied_falls_with_the_segments(void)
{
    static const struct {
        size_t segments, longest;
    } lists[] = {
        {2, 1024},  {3, 1024},  {64, 1024}, {95, 1024}, {96, 1024},  {97, 1013},  {128, 768},
        {192, 512}, {383, 256}, {384, 256}, {385, 256}, {1000, 256}, {1024, 256},
    };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        clear();
        append_times(lists[i].segments, lists[i].longest);
        check_context("%zu segments of %zu", subject.count, lists[i].longest);
        struct gather list = begin(NULL);
        sendv_gather_next(&list, SIZE_MAX, batch);
        CHECK_BETWEEN(batch->count, 1, 3); // the stack's copies, the heap's, and perhaps one segment that is left alone
        CHECK_EQ(list.segments, lists[i].segments - batch->bytes / lists[i].longest);
        CHECK(lists[i].segments > 384 || list.segments == 0);
        end(NULL);
        clear();
        append_times(lists[i].segments, lists[i].longest + 1);
        first_batch(lists[i].segments, 0, false);
    }
}

// The stack's room and the heap's in the first batch, all of the heap's in those after it.
static void the_batches_after_the_first_have_the_heap(void)
{
    clear();
    append_run(both_rooms + 2 * SENDV_COPY_HEAP + edge_many, edge_many);
    struct gather list = begin(NULL);
    sendv_gather_next(&list, SIZE_MAX, batch);
    CHECK_EQ(batch->bytes, both_rooms);
    for (unsigned more = 0; more < 2; more++) {
        sendv_gather_next(&list, SIZE_MAX, batch);
        CHECK_EQ(batch->bytes, more == 0 ? SENDV_COPY_HEAP : SENDV_COPY_HEAP + edge_many); // the last one, pointed at
        CHECK_EQ(batch->count, 1 + more);
    }
    CHECK_EQ(list.segments, 0);
    end(NULL);
}

// More of them than are pointed at where the room is full: it is not full.
static void long_and_short_in_turn_are_one_batch(void)
{
    clear();
    for (unsigned i = 0; i < 4 * SENDV_POINT_REST; i++)
        append(i % 2 == 0 ? edge + 1 : edge);
    first_batch(4 * SENDV_POINT_REST, 0, false);
    append_times(2 * PLATFORM_IOV_MAX, edge + 1);
    first_batch(PLATFORM_IOV_MAX, PLATFORM_IOV_MAX, false);
}

static void advanced(size_t done, size_t by)
{
    sendv_batch_advance(batch, by);
    CHECK_EQ(batch->bytes, subject.bytes - done - by);
    CHECK(batch_is_from(done + by));
    CHECK((batch->count == 0) == (batch->bytes == 0));
}

// One advance by every count of bytes, and the whole batch in steps of every size.
static void a_batch_advances_by_every_count(void)
{
    clear();
    append_mixed();
    for (size_t by = 0; by <= subject.bytes && check_failures() == 0; by++) {
        check_context("by %zu of %zu bytes", by, subject.bytes);
        struct gather list = begin(NULL);
        sendv_gather_next(&list, SIZE_MAX, batch);
        advanced(0, by);
        for (size_t done = by; by > 0 && done < subject.bytes && check_failures() == 0; done += by)
            advanced(done, by < subject.bytes - done ? by : subject.bytes - done);
        end(NULL);
    }
}

static void a_batch_of_both_rooms_advances(void)
{
    struct random random = {check_seed()};
    clear();
    append_run(both_rooms, edge);
    append_mixed();
    for (unsigned round = 0; round < 50 && check_failures() == 0; round++) {
        struct gather list = begin(NULL);
        sendv_gather_next(&list, SIZE_MAX, batch);
        CHECK_EQ(batch->bytes, subject.bytes);
        for (size_t done = 0, by; done < subject.bytes && check_failures() == 0; done += by) {
            const size_t left = subject.bytes - done;
            by = random_below(&random, 40 * edge);
            by = by < left ? by : left;
            advanced(done, by);
        }
        end(NULL);
    }
}

static void lengths_that_overflow_are_refused(void)
{
    static const struct {
        size_t list[3], before;
        int error;
    } sums[] = {
        {{SSIZE_MAX, 0, 0}, 0, 0},      {{SSIZE_MAX, 1, 0}, 0, EINVAL},     {{1, SSIZE_MAX, 0}, 0, EINVAL},
        {{0, SSIZE_MAX, 0}, 1, EINVAL}, {{SIZE_MAX, 0, 0}, 0, EINVAL},      {{1, SIZE_MAX, 1}, 0, EINVAL},
        {{SSIZE_MAX - 2, 1, 1}, 0, 0},  {{SSIZE_MAX - 2, 1, 1}, 1, EINVAL}, {{SSIZE_MAX, SSIZE_MAX, 2}, 0, EINVAL},
        {{0, 0, 0}, SSIZE_MAX, 0},
    };
    for (size_t i = 0; i < COUNT_OF(sums); i++) {
        check_context("sum %zu", i);
        struct iovec iov[3];
        size_t bytes = 99;
        for (size_t j = 0; j < 3; j++)
            iov[j] = (struct iovec){subject.source, sums[i].list[j]};
        struct gather list;
        CHECK_ERRNO(sendv_gather_begin(&list, iov, 3), 0);
        CHECK_ERRNO(sendv_gather_count(&list, sums[i].before, &bytes), sums[i].error);
        CHECK(sums[i].error != 0 || bytes == sums[i].list[0] + sums[i].list[1] + sums[i].list[2]);
        // Pointed at, not read: what a limit lets through of a length that nothing has. Then the rest and it are the sum.
        sendv_batch_begin(batch, true);
        sendv_gather_next(&list, 1, batch);
        CHECK_EQ(batch->bytes, iov[0].iov_len > 0 || iov[1].iov_len > 0 ? 1 : 0);
        CHECK_ERRNO(sendv_gather_count(&list, sums[i].before + batch->bytes, &bytes), sums[i].error);
    }
}

static void no_list_is_refused(void)
{
    struct gather list;
    CHECK_ERRNO(sendv_gather_begin(&list, subject.list, 0), EINVAL);
    CHECK_ERRNO(sendv_gather_begin(&list, NULL, 0), EINVAL);
    CHECK_ERRNO(sendv_gather_begin(&list, NULL, 1), EFAULT);
    CHECK_ERRNO(sendv_gather_begin(&list, NULL, SIZE_MAX), EFAULT);
    CHECK_ERRNO(sendv_gather_begin(&list, subject.list, SIZE_MAX), EINVAL);
    CHECK_ERRNO(sendv_gather_begin(&list, subject.list, SSIZE_MAX / sizeof *subject.list + 1), EINVAL);
    CHECK_ERRNO(sendv_gather_begin(&list, subject.list, SSIZE_MAX / sizeof *subject.list), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(every_pair_of_lengths_by_every_limit),
        CASE(every_three_lengths),
        CASE(a_mixed_list_by_every_limit),
        CASE(runs_around_the_end_of_the_room),
        CASE(long_segments_and_runs_around_the_most_iovecs),
        CASE(what_stands_at_the_borders_of_the_window),
        CASE(random_lists),
        CASE(no_byte_outside_a_segment_is_read),
        CASE(what_is_copied_and_what_is_pointed_at),
        CASE(empties_without_an_address_end_no_run),
        CASE(no_address_with_a_length_is_pointed_at),
        CASE(the_room_is_used_to_its_end),
        CASE(a_run_begins_where_a_longest_segment_fits),
        CASE(the_longest_copied_falls_with_the_segments),
        CASE(the_batches_after_the_first_have_the_heap),
        CASE(long_and_short_in_turn_are_one_batch),
        CASE(a_batch_advances_by_every_count),
        CASE(a_batch_of_both_rooms_advances),
        CASE(lengths_that_overflow_are_refused),
        CASE(no_list_is_refused),
    };
    set_up();
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
