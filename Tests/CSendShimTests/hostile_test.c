// SPDX-License-Identifier: Apache-2.0
//
// Lists, addresses and descriptors as no correct program has them, and segments where one byte too far is a crash: a clear
// errno, the true count, and nothing read that is not the list's.
#define _GNU_SOURCE
#include "../../Sources/CSendShim/gather.h"
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"
#include "guarded.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { edge = SENDV_COPY_SEGMENT };

static bool is_stream(unsigned kind)
{
    return kind == TCP || kind == UNIX_STREAM;
}

// The list where memory ends: a step to a segment that is none is a crash.
static struct iovec *at_the_end_of_memory(const struct iovec *list, size_t count)
{
    static char *end;
    if (end == NULL)
        end = guarded(8 * sizeof *list);
    return memcpy(end - count * sizeof *list, list, count * sizeof *list);
}

static void refused(const struct pair *pair, const struct iovec *list, size_t count, int expected)
{
    size_t sent = 99;
    check_context("%zu segments", count);
    CHECK_ERRNO(sendv_all(pair->sender, list, count, 0, &sent), expected);
    CHECK_EQ(sent, 0);
    sent = 99;
    CHECK_ERRNO(sendv_all_within(pair->sender, list, count, MSG_MORE, INT64_MIN, &sent), expected);
    CHECK_EQ(sent, 0);
    CHECK(nothing_pending(pair->receiver));
}

static void counts_that_no_memory_holds_are_refused(unsigned kind)
{
    static char bytes[] = "bytes";
    const struct iovec few[] = {{bytes, 3}, {bytes, 5}};
    const size_t most = SSIZE_MAX / sizeof *few;
    const size_t counts[] = {SIZE_MAX, SIZE_MAX - 1, (size_t)INT_MIN, (size_t)SSIZE_MAX, (size_t)SSIZE_MAX + 1, most + 1};
    const struct iovec *list = at_the_end_of_memory(few, COUNT_OF(few));
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        refused(&pair, list, counts[i], EINVAL);
        refused(&pair, NULL, counts[i], EFAULT);
    }
    pair_close(&pair);
}

// The count is wrong too, but the first two lengths say enough.
static void an_overflow_ends_the_walk(unsigned kind)
{
    static char bytes[] = "bytes";
    static const size_t lengths[][2] = {
        {SSIZE_MAX, 1},
        {SIZE_MAX, 1},
        {5, SSIZE_MAX - 4},
        {5, SIZE_MAX},
        {(size_t)SSIZE_MAX + 1, SIZE_MAX},
        {1 << 30, SIZE_MAX - (1 << 30)},
    };
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        const struct iovec two[] = {{bytes, lengths[i][0]}, {bytes, lengths[i][1]}};
        refused(&pair, at_the_end_of_memory(two, 2), SSIZE_MAX / sizeof *two, EINVAL);
    }
    pair_close(&pair);
}

// A segment that says it is longer than its memory: its bytes up to there may go, and no others.
static void enormous_lengths_end_where_memory_does(unsigned kind)
{
    enum { real = 5000 };
    static const uint64_t lengths[] = {
        real + 1,   0x7fffdfff, 0x7fffe000,        0x7ffff000,    INT_MAX,
        0x80000000, UINT32_MAX, (uint64_t)1 << 40, SSIZE_MAX - 1, SSIZE_MAX,
    };
    static char *bytes;
    if (would_be_reported())
        return;
    if (bytes == NULL)
        bytes = memset(guarded(real) - real, 'b', real);
    struct digest expected;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        const size_t length = (size_t)lengths[i];
        if (lengths[i] > SSIZE_MAX)
            continue; // EINVAL where size_t has 32 bits
        check_context("length %zx", length);
        struct pair pair = pair_open(kind, 0);
        const struct iovec one = {bytes, length};
        size_t sent = SIZE_MAX;
        const int error = sendv_all(pair.sender, &one, 1, 0, &sent);
        CHECK(error == EFAULT || (error == EMSGSIZE && !is_stream(kind)));
        CHECK_BETWEEN(sent, 0, is_stream(kind) ? real : 0);
        if (is_stream(kind)) {
            MUST(shutdown(pair.sender, SHUT_WR));
            struct reader reader;
            reader_start(&reader, pair.receiver, fast, digest_none);
            expected = digest_none;
            digest_add(&expected, bytes, sent <= real ? sent : 0);
            CHECK(digest_equal(reader_join(&reader), expected));
        } else {
            CHECK(nothing_pending(pair.receiver));
        }
        pair_close(&pair);
    }
}

// Sends the list and checks what arrives, which is little enough for any socket's buffer.
static void arrives(const struct pair *pair, const struct iovec *list, size_t count)
{
    static char bytes[1 << 17];
    struct digest expected = digest_none, arrived = digest_none;
    for (size_t i = 0; i < count; i++)
        digest_add(&expected, list[i].iov_base, list[i].iov_len);
    size_t sent = 99;
    CHECK_ERRNO(sendv_all(pair->sender, list, count, 0, &sent), 0);
    CHECK_EQ(sent, expected.bytes);
    const ssize_t read = recv(pair->receiver, bytes, sizeof bytes, MSG_DONTWAIT);
    digest_add(&arrived, bytes, read > 0 ? (size_t)read : 0);
    CHECK(digest_equal(arrived, expected));
}

// Each segment at another distance from a cache line, which the copies of it end up at as well.
static void every_alignment_arrives(unsigned kind)
{
    static const size_t lengths[] = {1, 2, 3, 7, 8, 15, 16, 17, 33, 64, 65, 129, 500};
    static _Alignas(64) unsigned char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167 >> 3);
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < 64 * COUNT_OF(lengths) && check_failures() == 0; i++) {
        struct iovec list[64];
        for (size_t j = 0; j < COUNT_OF(list); j++)
            list[j] = (struct iovec){bytes + (i / COUNT_OF(lengths) + j) % 64, lengths[(i + j / 32) % COUNT_OF(lengths)]};
        check_context("alignment %zu", i / COUNT_OF(lengths));
        arrives(&pair, list, 1 + i % COUNT_OF(list));
    }
    pair_close(&pair);
}

static void overlapping_segments_arrive(unsigned kind)
{
    static unsigned char bytes[3000];
    static struct iovec list[1500];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 89 >> 2);
    struct pair pair = pair_open(kind, 0);
    for (size_t length = 0; length <= 40; length++) {
        for (size_t i = 0; i < COUNT_OF(list); i++)
            list[i] = (struct iovec){bytes, length};
        check_context("one of %zu bytes again and again", length);
        arrives(&pair, list, is_stream(kind) && length == 0 ? 1 : COUNT_OF(list));
    }
    for (size_t i = 0; i < 40; i++)
        list[i] = (struct iovec){bytes + i, 2 * edge + 80 - 2 * i < sizeof bytes ? 2 * edge + 80 - 2 * i : 80 - 2 * i};
    check_context("one in the other");
    arrives(&pair, list, 20);
    pair_close(&pair);
}

// The list ends where memory does, a segment begins there or ends there, of every length up to those that are pointed at.
static void segments_at_unreadable_pages_arrive(unsigned kind)
{
    enum { most = edge + 8 };
    static char *end, *begin;
    if (end == NULL) {
        end = guarded(4096);
        begin = guarded(4096) - 4096;
        for (size_t i = 0; i < 4096; i++)
            begin[i] = end[-1 - (ptrdiff_t)i] = (char)(i * 31 >> 1);
    }
    struct pair pair = pair_open(kind, 0);
    for (size_t length = 1; length <= most && check_failures() == 0; length++) {
        const struct iovec four[] = {{end - length, length}, {begin, length}, {end - length, length}, {end - 1, 1}};
        check_context("%zu bytes", length);
        arrives(&pair, at_the_end_of_memory(four, 4), 4);
        arrives(&pair, at_the_end_of_memory(four, 1), 1);
        arrives(&pair, at_the_end_of_memory(four + 1, 2), 2);
    }
    pair_close(&pair);
}

static void answered(int fd, int expected)
{
    static const size_t counts[] = {1, 2, 1024, 1025, 9000};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_equal(&random, counts[i], 7);
        check_context("descriptor %d, %zu segments", fd, counts[i]);
        size_t sent = 99;
        CHECK_ERRNO(sendv_all(fd, segments.list, counts[i], 0, &sent), expected);
        CHECK_EQ(sent, 0);
        sent = 99;
        CHECK_ERRNO(sendv_all_within(fd, segments.list, counts[i], 0, INT64_MAX, &sent), expected);
        CHECK_EQ(sent, 0);
        segments_free(&segments);
    }
}

static void answered_and_closed(int fd, int expected)
{
    answered(fd, expected);
    MUST(close(fd));
}

static void numbers_that_are_no_descriptors(void)
{
    static const int numbers[] = {-1, -2, INT_MIN, INT_MIN + 1, INT_MAX, INT_MAX - 1, -100};
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        answered(numbers[i], EBADF);
    const int closed = socket_unconnected(TCP);
    MUST(close(closed));
    answered(closed, EBADF);
}

static void descriptors_that_are_no_sockets(void)
{
    int ends[2];
    MUST(pipe(ends));
    answered_and_closed(ends[0], ENOTSOCK);
    answered_and_closed(ends[1], ENOTSOCK);
    answered_and_closed(MUST(open("/dev/null", O_RDWR | O_CLOEXEC)), ENOTSOCK);
    answered_and_closed(MUST(open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), ENOTSOCK);
    answered_and_closed(MUST(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), ENOTSOCK);
    answered_and_closed(MUST(open("/", O_PATH | O_CLOEXEC)), EBADF);
    answered_and_closed(MUST(epoll_create1(EPOLL_CLOEXEC)), ENOTSOCK);
}

static void sockets_that_cannot_send(void)
{
    struct address address;
    int fd = socket_bound(TCP, &address);
    answered(fd, EPIPE);
    MUST(listen(fd, 1));
    answered_and_closed(fd, EPIPE);
    fd = socket_bound(UNIX_STREAM, &address);
    answered(fd, ENOTCONN);
    MUST(listen(fd, 1));
    answered_and_closed(fd, ENOTCONN);
    answered_and_closed(socket_unconnected(SEQPACKET), ENOTCONN);
    answered_and_closed(socket_unconnected(UNIX_DATAGRAM), ENOTCONN);
    answered_and_closed(socket_unconnected(UDP), EDESTADDRREQ);
}

static void addresses_that_are_none(void)
{
    if (would_be_reported())
        return;
    struct address address;
    const int receiver = socket_bound(UDP, &address), fd = socket_unconnected(UDP);
    struct random random = {check_seed()};
    const struct sockaddr *const nowhere = (const struct sockaddr *)(const void *)(uintptr_t)16;
    const struct {
        const struct sockaddr *address;
        socklen_t length;
        int error;
    } addresses[] = {
        {nowhere, address.length, EFAULT},
        {&address.to.any, 0, EINVAL},
        {&address.to.any, 1, EINVAL},
        {&address.to.any, (socklen_t)-1, EINVAL},
        {&address.to.any, (socklen_t)INT_MAX, EINVAL},
    };
    for (size_t i = 0; i < 4 * COUNT_OF(addresses); i++) {
        struct segments segments = segments_equal(&random, i % 2 == 0 ? 1 : 1300, i % 4 < 2 ? 5 : 0);
        struct sendv_call call = {.size = sizeof call, .fd = fd, .iov = segments.list, .iovcnt = segments.count};
        call.address = addresses[i / 4].address;
        call.address_length = addresses[i / 4].length;
        check_context("address %zu, %zu segments", i / 4, segments.count);
        CHECK_ERRNO(sendv_perform(&call), addresses[i / 4].error);
        CHECK_EQ(call.sent, 0);
        CHECK(nothing_pending(receiver));
        segments_free(&segments);
    }
    close(fd);
    close(receiver);
}

static void seeking_stops_where_the_list_or_the_bytes_end(void)
{
    static char byte;
    const struct iovec list[] = {{&byte, 3}, {NULL, 0}, {&byte, SSIZE_MAX}, {&byte, SIZE_MAX}};
    const struct iovec *at_end = at_the_end_of_memory(list, 4);
    size_t offset = 99;
    CHECK_EQ(sendv_seek(at_end, SIZE_MAX, 0, &offset), 0);
    CHECK_EQ(offset, 0);
    CHECK_EQ(sendv_seek(at_end, SIZE_MAX, 3 + (size_t)SSIZE_MAX, &offset), 3);
    CHECK_EQ(offset, 0);
    CHECK_EQ(sendv_seek(at_end, SIZE_MAX, SIZE_MAX, &offset), 3);
    CHECK_EQ(offset, SIZE_MAX - SSIZE_MAX - 3);
    CHECK_EQ(sendv_seek(at_end, 4, SIZE_MAX, NULL), 3);
    CHECK_EQ(sendv_seek(at_end, 3, SIZE_MAX, &offset), 3);
    CHECK_EQ(offset, 0);
    CHECK_EQ(sendv_seek(at_end, SIZE_MAX, 2, NULL), 0);
    CHECK_EQ(sendv_seek(NULL, SIZE_MAX, 0, NULL), 0);
    CHECK_EQ(sendv_seek(NULL, 0, SIZE_MAX, NULL), 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_EVERY_KIND(counts_that_no_memory_holds_are_refused),
        ON_EVERY_KIND(an_overflow_ends_the_walk),
        ON_EVERY_KIND(enormous_lengths_end_where_memory_does),
        ON_EVERY_KIND(every_alignment_arrives),
        ON_EVERY_KIND(overlapping_segments_arrive),
        ON_EVERY_KIND(segments_at_unreadable_pages_arrive),
        CASE(numbers_that_are_no_descriptors),
        CASE(descriptors_that_are_no_sockets),
        CASE(sockets_that_cannot_send),
        CASE(addresses_that_are_none),
        CASE(seeking_stops_where_the_list_or_the_bytes_end),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
