// SPDX-License-Identifier: Apache-2.0
//
// What copying and pointing must not show in what a socket gets: a send cut at any byte goes on with the next one, a message
// stays one message, and where the heap gives nothing, a stream goes all the same and a message whole or not at all.
#define _GNU_SOURCE
#include "../../Sources/CSendShim/gather.h"
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    edge = SENDV_COPY_SEGMENT,
    edge_many = SENDV_COPY_SEGMENT_MANY,
    stack_room = SENDV_COPY_STACK,
    both_rooms = SENDV_COPY_STACK + SENDV_COPY_HEAP,
    most_bytes = 2 << 20,
};

// A kernel whose room is known to the byte takes the place of the C library's calls: so many bytes at the next call, so many
// at each after it. The rest is the system's own.
static size_t next_takes = SIZE_MAX, others_take = SIZE_MAX;

static size_t room_now(void)
{
    const size_t room = next_takes;
    next_takes = others_take;
    return room;
}

ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
    const size_t room = room_now();
    if (room > 0)
        return (ssize_t)syscall(SYS_sendto, fd, bytes, count < room ? count : room, flags, NULL, 0L);
    errno = EAGAIN;
    return -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    size_t room = room_now(), count = 0;
    struct iovec cut[PLATFORM_IOV_MAX];
    for (; count < (size_t)message->msg_iovlen && room > 0; count++) {
        cut[count] = message->msg_iov[count];
        if (cut[count].iov_len > room)
            cut[count].iov_len = room;
        room -= cut[count].iov_len;
    }
    errno = EAGAIN;
    if (count == 0)
        return -1;
    struct msghdr shorter = *message;
    shorter.msg_iov = cut;
    shorter.msg_iovlen = (__typeof__(shorter.msg_iovlen))count;
    return (ssize_t)syscall(SYS_sendmsg, fd, &shorter, flags);
}

#if defined(__GLIBC__) && !UNDER_SANITIZER
#define REFUSES_MEMORY 1

extern void *__libc_malloc(size_t bytes);

static _Thread_local volatile bool refusing;
static _Thread_local volatile unsigned refusals;

void *malloc(size_t bytes)
{
    if (!refusing)
        return __libc_malloc(bytes);
    refusals++;
    errno = ENOMEM;
    return NULL;
}
#else
#define REFUSES_MEMORY 0
static bool refusing;
static unsigned refusals;
#endif

static bool cannot_refuse(void)
{
    if (!REFUSES_MEMORY)
        check_skip("memory is refused with glibc, and without a sanitizer");
    return !REFUSES_MEMORY;
}

static int perform_without_heap(struct sendv_call *call)
{
    refusals = 0;
    refusing = true;
    const int error = sendv_perform(call);
    refusing = false;
    return error;
}

// A segment of each length.
static struct segments segments_of(struct random *random, const size_t *lengths, size_t count)
{
    struct segments segments = segments_equal(random, count, 2 * edge);
    segments.bytes = 0;
    for (size_t i = 0; i < count; i++) {
        segments.list[i].iov_len = segments.as_made[i].iov_len = lengths[i];
        segments.bytes += lengths[i];
    }
    return segments;
}

// `bytes` bytes in segments of `length`, and one of what is over.
static struct segments segments_run(struct random *random, size_t bytes, size_t length)
{
    struct segments segments = segments_equal(random, (bytes + length - 1) / length, length);
    struct iovec *last = &segments.list[segments.count - 1];
    last->iov_len -= segments.bytes - bytes;
    segments.as_made[segments.count - 1] = *last;
    segments.bytes = bytes;
    return segments;
}

// Copied and pointed at in turn, in every order: a run first, a run last, long ones next to each other, empty ones between.
static struct segments segments_mixed(struct random *random, unsigned which)
{
    static const size_t run_first[] = {3, 0, 5, edge + 1, 1, 2, 17, 0, edge + 9};
    static const size_t run_last[] = {edge + 3, edge + 1, 0, 4, 31, 9, edge + 2, 7, 8, 0, 1};
    static const size_t short_alone[] = {7, edge + 1, 9, edge + 2, 1, 64, edge, 0, 0, edge + 5};
    if (which == 0)
        return segments_of(random, run_first, COUNT_OF(run_first));
    if (which == 1)
        return segments_of(random, run_last, COUNT_OF(run_last));
    return segments_of(random, short_alone, COUNT_OF(short_alone));
}

// A pair on which a short segment does not wait for the answer to the one before, and a read for nothing longer than 5 s.
static struct pair pair_at_once(unsigned kind)
{
    const struct pair pair = pair_open(kind, 0);
    const struct timeval limit = {.tv_sec = 5};
    const int on = 1;
    MUST(setsockopt(pair.receiver, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    if (kind == TCP)
        MUST(setsockopt(pair.sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    return pair;
}

// Whether the list's bytes can be read from a stream, and no more.
static bool arrived(int fd, const struct segments *segments)
{
    static char bytes[most_bytes];
    const ssize_t count = recv(fd, bytes, segments->bytes, MSG_WAITALL);
    struct digest digest = digest_none;
    digest_add(&digest, bytes, count > 0 ? (size_t)count : 0);
    return digest_equal(digest, segments_digest(segments)) && nothing_pending(fd);
}

// The first call takes `cut` bytes. Checks what the list comes to in the end.
static void sent_cut_at(const struct pair *pair, const struct segments *segments, size_t cut, enum sendv_wait wait)
{
    struct sendv_call call = {
        .size = sizeof call, .fd = pair->sender, .iov = segments->list, .iovcnt = segments->count, .wait = wait};
    call.timeout_ns = -1;
    next_takes = cut;
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments->bytes);
    CHECK_EQ(call.system_calls, 2);
    CHECK_EQ(call.waits, 1);
    CHECK(arrived(pair->receiver, segments));
}

// The caller goes on itself, with a list that begins inside a segment.
static void resumed_at(const struct pair *pair, const struct segments *segments, size_t cut)
{
    size_t sent = 99, count = 0;
    next_takes = cut;
    others_take = 0;
    CHECK_ERRNO(sendv_all(pair->sender, segments->list, segments->count, MSG_DONTWAIT, &sent), cut > 0 ? 0 : EAGAIN);
    CHECK_EQ(sent, cut);
    next_takes = others_take = SIZE_MAX;
    struct iovec *left = segments_left(segments, sent, &count);
    CHECK_ERRNO(sendv_all(pair->sender, left, count, 0, &sent), 0);
    CHECK_EQ(sent, segments->bytes - cut);
    CHECK(arrived(pair->receiver, segments));
    free(left);
}

static void a_send_cut_at_every_byte_goes_on(unsigned kind)
{
    struct pair pair = pair_at_once(kind);
    struct random random = {check_seed()};
    for (unsigned which = 0; which < 3; which++) {
        struct segments segments = segments_mixed(&random, which);
        for (size_t cut = 0; cut < segments.bytes && check_failures() == 0; cut++) {
            check_context("list %u cut at %zu of %zu", which, cut, segments.bytes);
            sent_cut_at(&pair, &segments, cut, SENDV_WAIT_AS_SOCKET);
            sent_cut_at(&pair, &segments, cut, SENDV_WAIT_WITHIN);
            resumed_at(&pair, &segments, cut);
        }
        CHECK(segments_unchanged(&segments));
        segments_free(&segments);
    }
    pair_close(&pair);
}

static void sent_to_a_reader(const struct pair *pair, const struct segments *segments, struct pace pace)
{
    struct reader reader;
    reader_start(&reader, pair->receiver, pace, digest_none);
    struct sendv_call call = {.size = sizeof call, .fd = pair->sender, .iov = segments->list, .iovcnt = segments->count};
    CHECK_ERRNO(sendv_perform(&call), 0);
    next_takes = others_take = SIZE_MAX;
    CHECK_EQ(call.sent, segments->bytes);
    MUST(shutdown(pair->sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
}

static void every_call_is_cut(unsigned kind)
{
    static const size_t takes[] = {1, 2, 3, 7, 16, 17, 100, edge - 1, edge, edge + 1};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(takes) * 3; i++) {
        check_context("list %zu, %zu bytes a call", i % 3, takes[i / 3]);
        struct pair pair = pair_at_once(kind);
        struct segments segments = segments_mixed(&random, (unsigned)(i % 3));
        next_takes = others_take = takes[i / 3];
        sent_to_a_reader(&pair, &segments, fast);
        segments_free(&segments);
        pair_close(&pair);
    }
}

// A run over both rooms and more, cut around the end of the stack's and of both, and anywhere.
static void a_long_run_is_cut(unsigned kind)
{
    static const size_t cuts[] = {1, stack_room - 1, stack_room, stack_room + 1, both_rooms - 1, both_rooms, both_rooms + 1};
    struct random random = {check_seed()};
    for (size_t i = 0; i < 3 * COUNT_OF(cuts); i++) {
        struct pair pair = pair_at_once(kind);
        struct segments segments = segments_run(&random, both_rooms + 5000, i % 2 == 0 ? 16 : 251);
        next_takes = i < COUNT_OF(cuts) ? cuts[i] : random_below(&random, both_rooms);
        others_take = i % 3 == 0 ? SIZE_MAX : 1 + random_below(&random, 30000);
        check_context("cut at %zu, then every %zu", next_takes, others_take);
        sent_to_a_reader(&pair, &segments, fast);
        segments_free(&segments);
        pair_close(&pair);
    }
}

// The kernel's own short writes: the smallest buffers there are, and a reader that takes a byte, or two, or some.
static void a_reader_of_few_bytes_gets_all(unsigned kind)
{
    static const size_t chunks[] = {1, 2, 3, 17, edge, edge + 1};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        check_context("%zu bytes a read", chunks[i]);
        struct pair pair = pair_open(kind, 1);
        struct segments segments = segments_random(&random, 100 + 400 * (i % 2), 25000 + random_below(&random, 1000));
        sent_to_a_reader(&pair, &segments, (struct pace){.chunk = chunks[i]});
        segments_free(&segments);
        pair_close(&pair);
    }
}

// Sends one message and reads it. Returns how the call ended, with nothing pending if not well.
static int message(const struct pair *pair, struct segments *segments, bool with_heap)
{
    check_context("%zu segments, %zu bytes", segments->count, segments->bytes);
    struct sendv_call call = {.size = sizeof call, .fd = pair->sender, .iov = segments->list, .iovcnt = segments->count};
    const int error = with_heap ? sendv_perform(&call) : perform_without_heap(&call);
    CHECK_EQ(call.sent, error == 0 ? segments->bytes : 0);
    CHECK_EQ(call.system_calls, error == 0 ? 1 : 0);
    CHECK(error == 0 ? one_message_arrived(pair->receiver, segments) : nothing_pending(pair->receiver));
    segments_free(segments);
    return error;
}

static void totals_around_the_rooms_are_one_message(unsigned kind)
{
    static const size_t totals[] = {stack_room, SENDV_COPY_HEAP, both_rooms};
    static const size_t lengths[] = {1, 16, 60, edge - 1, edge, edge + 1};
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(totals) * COUNT_OF(lengths) * 3; i++) {
        const size_t total = totals[i / 3 / COUNT_OF(lengths)] - 1 + i % 3;
        if (kind == UDP && total > 65507)
            continue;
        struct segments segments = segments_run(&random, total, lengths[i / 3 % COUNT_OF(lengths)]);
        CHECK_ERRNO(message(&pair, &segments, true), 0);
    }
    pair_close(&pair);
}

// Several in the queue at once: where one ends the next begins.
static void mixed_lists_keep_their_borders(unsigned kind)
{
    static char bytes[most_bytes];
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (unsigned round = 0; round < 60; round++) {
        struct segments segments[3];
        for (unsigned i = 0; i < 3; i++) {
            const size_t count = 1 + random_below(&random, round % 2 == 0 ? 30 : 1500);
            const size_t total = random_below(&random, 20000);
            segments[i] = round == 0 ? segments_mixed(&random, i) : segments_random(&random, count, total);
            CHECK_ERRNO(sendv_all(pair.sender, segments[i].list, segments[i].count, 0, NULL), 0);
        }
        for (unsigned i = 0; i < 3; i++) {
            struct digest digest = digest_none;
            const ssize_t count = recv(pair.receiver, bytes, sizeof bytes, MSG_DONTWAIT);
            digest_add(&digest, bytes, count > 0 ? (size_t)count : 0);
            CHECK(digest_equal(digest, segments_digest(&segments[i])));
            segments_free(&segments[i]);
        }
        CHECK(nothing_pending(pair.receiver));
    }
    pair_close(&pair);
}

// Short ones: what a message takes of the heap is for memory_test.
static void more_segments_than_iovecs_are_one_message(unsigned kind)
{
    static const struct {
        size_t count, length;
    } lists[] = {
        {1025, 1}, {1025, 0}, {3000, 5}, {4096, 4}, {4097, 4}, {20000, 3}, {5000, 13},
    };
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct segments segments = segments_equal(&random, lists[i].count, lists[i].length);
        CHECK_ERRNO(message(&pair, &segments, true), 0);
    }
    pair_close(&pair);
}

// Long segments, and long ones and short ones in turn, one more than there are iovecs: pointed at they are too many.
static void more_long_segments_than_iovecs_are_made_whole(unsigned kind)
{
    static char bytes[most_bytes];
    struct pair pair = pair_open(kind, most_bytes);
    struct random random = {check_seed()};
    int buffer = 0;
    socklen_t length = sizeof buffer;
    MUST(getsockopt(pair.sender, SOL_SOCKET, SO_SNDBUF, &buffer, &length));
    for (size_t every = 1; every <= 2; every++) {
        size_t lengths[PLATFORM_IOV_MAX + 2];
        for (size_t i = 0; i < COUNT_OF(lengths); i++)
            lengths[i] = i % every == 0 ? edge + 1 : i % 5;
        struct segments segments = segments_of(&random, lengths, COUNT_OF(lengths));
        check_context("%zu bytes, a send buffer of %d", segments.bytes, buffer);
        size_t sent = 99;
        const bool fits = segments.bytes + 4096 < (size_t)buffer;
        CHECK(fits || every == 1); // Linux gives a buffer of 416 KiB to anyone
        CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, 0, &sent), fits ? 0 : EMSGSIZE);
        CHECK_EQ(sent, fits ? segments.bytes : 0);
        if (fits) {
            struct digest digest = digest_none;
            digest_add(&digest, bytes, (size_t)MUST(recv(pair.receiver, bytes, sizeof bytes, MSG_DONTWAIT)));
            CHECK(digest_equal(digest, segments_digest(&segments)));
        }
        CHECK(nothing_pending(pair.receiver));
        segments_free(&segments);
    }
    pair_close(&pair);
}

static void a_stream_goes_without_heap(unsigned kind)
{
    static const size_t lengths[] = {1, 6, edge_many / 5, edge_many};
    if (cannot_refuse())
        return;
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        check_context("segments of %zu", lengths[i]);
        struct pair pair = pair_open(kind, i % 2 == 0 ? 0 : 8192);
        struct segments segments = segments_run(&random, 4 * both_rooms + 1, lengths[i]);
        struct reader reader;
        reader_start(&reader, pair.receiver, fast, digest_none);
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
        CHECK_ERRNO(perform_without_heap(&call), 0);
        CHECK(refusals > 0);
        CHECK_EQ(call.sent, segments.bytes);
        MUST(shutdown(pair.sender, SHUT_WR));
        CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
        segments_free(&segments);
        pair_close(&pair);
    }
}

static void a_message_goes_without_heap_or_says_so(unsigned kind)
{
    enum { sixteens = stack_room / 16 };
    static const struct {
        size_t count, length;
        int error;
        bool asks;
    } messages[] = {
        {sixteens, 16, 0, false},
        {sixteens + 1, 16, 0, false},
        {sixteens + SENDV_POINT_REST, 16, 0, true}, // those behind the stack's room are pointed at
        {sixteens + SENDV_POINT_REST + 1, 16, ENOMEM, true},
        {5000, 10, ENOMEM, true},
        {stack_room + SENDV_POINT_REST, 1, 0, true},
        {PLATFORM_IOV_MAX + 1, 60, ENOMEM, true},
        {100000, 0, 0, false},
        {100000, edge / 5, EMSGSIZE, true}, // longer than any: memory would not help
    };
    if (cannot_refuse())
        return;
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        struct segments segments = segments_equal(&random, messages[i].count, messages[i].length);
        CHECK_ERRNO(message(&pair, &segments, false), messages[i].error);
        CHECK_EQ(refusals > 0, messages[i].asks);
    }
    struct segments segments = segments_equal(&random, 5000, 10); // the socket is as good as before
    CHECK_ERRNO(message(&pair, &segments, true), 0);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_send_cut_at_every_byte_goes_on),
        ON_STREAMS(every_call_is_cut),
        ON_STREAMS(a_long_run_is_cut),
        ON_STREAMS(a_reader_of_few_bytes_gets_all),
        ON_MESSAGES(totals_around_the_rooms_are_one_message),
        ON_MESSAGES(mixed_lists_keep_their_borders),
        ON_MESSAGES(more_segments_than_iovecs_are_one_message),
        CASE_ON(more_long_segments_than_iovecs_are_made_whole, UNIX_DATAGRAM),
        CASE_ON(more_long_segments_than_iovecs_are_made_whole, SEQPACKET),
        ON_STREAMS(a_stream_goes_without_heap),
        ON_MESSAGES(a_message_goes_without_heap_or_says_so),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
