// SPDX-License-Identifier: Apache-2.0
//
// A list that changes during the call, against the contract: what is sent may be any mixture of what the list said, but nothing
// is written or read outside the memory it ever named, every count is true, and the call ends.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_segments = 20000, longest = 4096 };

// Every segment is among the 'x's, whatever it is changed to: another byte that arrives was read outside.
static char bytes[3 * longest];
static char *const inner = bytes + longest;

// On the heap and of just the list's size, so that a sanitizer knows where it ends.
static struct iovec *list;
static size_t segments;

static void make_list(size_t count, size_t length)
{
    memset(bytes, 'o', sizeof bytes);
    memset(inner, 'x', longest);
    segments = count;
    list = calloc(count, sizeof *list);
    MUST(list == NULL ? -1 : 0);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct iovec){inner, length};
}

static void free_list(void)
{
    free(list);
    list = NULL;
}

static struct digest of_inner_bytes(size_t count)
{
    struct digest digest = digest_none;
    while (count-- > 0)
        digest_add(&digest, inner, 1);
    return digest;
}

// Whether a message of `count` bytes, all inner ones, can be read, and no other.
static bool message_of_inner_bytes(int fd, size_t count)
{
    static char message[1 << 21]; // more than the send buffers here let through
    const ssize_t arrived = recv(fd, message, sizeof message, MSG_DONTWAIT);
    struct digest digest = digest_none;
    digest_add(&digest, message, arrived > 0 ? (size_t)arrived : 0);
    return digest_equal(digest, of_inner_bytes(count)) && nothing_pending(fd);
}

// All lengths change once a long list was counted: of a message when the core asks for the send buffer's size, which it does before
// it makes the message one piece; of a stream after the first offer.
enum { unchanged = -1 };
static long length_from_now_on = unchanged;

static void change_lengths(void)
{
    for (size_t i = 0; length_from_now_on != unchanged && i < segments; i++)
        list[i].iov_len = (size_t)length_from_now_on;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict length)
{
    if (name == SO_SNDBUF)
        change_lengths();
    return (int)syscall(SYS_getsockopt, fd, level, name, value, length);
}

ssize_t send(int fd, const void *data, size_t count, int flags)
{
    const ssize_t taken = syscall(SYS_sendto, fd, data, count, flags, NULL, 0);
    change_lengths();
    return taken;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const ssize_t taken = syscall(SYS_sendmsg, fd, message, flags);
    change_lengths();
    return taken;
}

static int send_changed(int fd, int flags, long length, size_t *sent)
{
    *sent = 99;
    length_from_now_on = length;
    const int error = sendv_all(fd, list, segments, flags, sent);
    length_from_now_on = unchanged;
    return error;
}

// Lists that are no single batch: more short segments than there is room for, and more segments in turn than there are iovecs.
static const struct {
    size_t count, length;
} shapes[] = {{12000, 10}, {3000, 100}};

static void a_message_that_grows_has_the_length_counted(unsigned kind)
{
    struct pair pair = pair_open(kind, 1 << 19);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        make_list(shapes[i].count, shapes[i].length);
        size_t sent;
        CHECK_ERRNO(send_changed(pair.sender, 0, longest, &sent), 0);
        CHECK_EQ(sent, shapes[i].count * shapes[i].length);
        CHECK(message_of_inner_bytes(pair.receiver, sent));
        free_list();
    }
    pair_close(&pair);
}

static void a_message_that_shrinks_is_a_fault(unsigned kind)
{
    struct pair pair = pair_open(kind, 1 << 19);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (long length = 0; length < 3; length++) {
            make_list(shapes[i].count, shapes[i].length);
            size_t sent;
            CHECK_ERRNO(send_changed(pair.sender, 0, length, &sent), EFAULT);
            CHECK_EQ(sent, 0);
            CHECK(nothing_pending(pair.receiver));
            free_list();
        }
    }
    pair_close(&pair);
}

// Sends the list, changed, to a reader. Returns the call's error; what arrived is what was counted as sent.
static int to_a_reader(unsigned kind, int flags, long length, size_t *sent)
{
    struct pair pair = pair_open(kind, 0);
    const int on = 1;
    MUST(setsockopt(pair.receiver, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    const int error = send_changed(pair.sender, flags, length, sent);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), of_inner_bytes(*sent)));
    pair_close(&pair);
    return error;
}

static void a_stream_that_grows_is_cut_where_it_was_counted(unsigned kind)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        make_list(shapes[i].count, shapes[i].length);
        size_t sent;
        CHECK_ERRNO(to_a_reader(kind, 0, longest, &sent), 0);
        CHECK_EQ(sent, shapes[i].count * shapes[i].length);
        free_list();
    }
}

// It is not looked for for ever.
static void a_stream_that_shrinks_is_a_fault_with_its_count(unsigned kind)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        for (long length = 0; length < 3; length++) {
            make_list(shapes[i].count, shapes[i].length);
            size_t sent;
            CHECK_ERRNO(to_a_reader(kind, 0, length, &sent), EFAULT);
            CHECK_BETWEEN(sent, 1, shapes[i].count * shapes[i].length - 1);
            free_list();
        }
    }
}

// The byte that MSG_OOB marks is sent alone, from the middle of a segment: one that no longer goes that far is not read past.
static void a_segment_that_shrinks_below_the_position_is_a_fault(void)
{
    for (long length = 0; length < longest; length += 97) {
        make_list(1, longest);
        size_t sent;
        CHECK_ERRNO(to_a_reader(TCP, MSG_OOB, length, &sent), EFAULT);
        CHECK_EQ(sent, longest - 1);
        free_list();
    }
}

// A thread that goes on giving every segment one of two lengths and one of two bases, until it is told to end.
static atomic_bool stop_changing;

static void *change(void *unused)
{
    (void)unused;
    struct random random = {check_seed()};
    while (!atomic_load(&stop_changing)) {
        struct iovec *segment = &list[random_below(&random, segments)];
        const bool large = random_below(&random, 2) == 0;
        static const size_t lengths[][2] = {{0, 9}, {16, 300}, {1024, 1025}, {31, longest / 2}};
        const size_t *pair = lengths[random_below(&random, COUNT_OF(lengths))];
        __atomic_store_n(&segment->iov_len, pair[large], __ATOMIC_RELAXED);
        __atomic_store_n(&segment->iov_base, large ? inner : inner + longest / 2, __ATOMIC_RELAXED);
    }
    return NULL;
}

static bool is_an_answer(int error)
{
    return error == 0 || error == EFAULT || error == EINVAL || error == EMSGSIZE;
}

static void sent_while_it_changes(unsigned kind, size_t count, int flags)
{
    check_context("%zu segments, flags %d", count, flags);
    size_t sent = 99;
    if (kind == TCP || kind == UNIX_STREAM) {
        CHECK(is_an_answer(to_a_reader(kind, flags, unchanged, &sent)));
        return;
    }
    struct pair pair = pair_open(kind, 1 << 19);
    const int error = send_changed(pair.sender, flags, unchanged, &sent);
    CHECK(is_an_answer(error));
    CHECK(error == 0 ? message_of_inner_bytes(pair.receiver, sent) : sent == 0 && nothing_pending(pair.receiver));
    pair_close(&pair);
}

static void another_thread_changes_the_list(unsigned kind)
{
    static const size_t counts[] = {1, 2, 3, 16, 100, 1024, 1025, 3000, most_segments};
    if (UNDER_THREAD_SANITIZER) {
        check_skip("the race that the thread sanitizer would report is what the case is about");
        return;
    }
    const int64_t end = now_ns() + (int64_t)300 * ns_per_ms;
    for (size_t i = 0; i < COUNT_OF(counts) || now_ns() < end; i++) {
        make_list(counts[i % COUNT_OF(counts)], 9);
        pthread_t thread;
        atomic_store(&stop_changing, false);
        MUST(-pthread_create(&thread, NULL, change, NULL));
        for (unsigned round = 0; round < 10; round++)
            sent_while_it_changes(kind, segments, kind == TCP && round % 2 == 1 ? MSG_OOB : 0);
        atomic_store(&stop_changing, true);
        MUST(-pthread_join(thread, NULL));
        free_list();
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE_ON(a_message_that_grows_has_the_length_counted, UNIX_DATAGRAM),
        CASE_ON(a_message_that_grows_has_the_length_counted, SEQPACKET),
        CASE_ON(a_message_that_shrinks_is_a_fault, UNIX_DATAGRAM),
        CASE_ON(a_message_that_shrinks_is_a_fault, SEQPACKET),
        ON_STREAMS(a_stream_that_grows_is_cut_where_it_was_counted),
        ON_STREAMS(a_stream_that_shrinks_is_a_fault_with_its_count),
        CASE(a_segment_that_shrinks_below_the_position_is_a_fault),
        ON_EVERY_KIND(another_thread_changes_the_list),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
