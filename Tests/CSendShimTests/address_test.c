// SPDX-License-Identifier: Apache-2.0
//
// Datagrams to an address, from a socket that is connected to nobody, and what happens while the receiver's queue is full.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "segments.h"
#include "sender.h"

#include <unistd.h>

static struct sendv_call call_to(int fd, const struct address *address, const struct segments *segments)
{
    return (struct sendv_call){
        .size = sizeof(struct sendv_call),
        .fd = fd,
        .iov = segments->list,
        .iovcnt = segments->count,
        .address = &address->to.any,
        .address_length = address->length,
    };
}

static void two_destinations_in_turn(unsigned kind)
{
    static const size_t counts[] = {1, 2, 64, 1024, 1025, 3000};
    struct address addresses[2];
    const int receivers[2] = {socket_bound(kind, &addresses[0]), socket_bound(kind, &addresses[1])};
    const int fd = socket_unconnected(kind);
    struct random random = {check_seed()};
    for (size_t i = 0; i < 2 * COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i / 2], 20000);
        check_context("%zu segments to destination %zu", segments.count, i % 2);
        struct sendv_call call = call_to(fd, &addresses[i % 2], &segments);
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.sent, segments.bytes);
        CHECK_EQ(call.system_calls, 1);
        CHECK(one_message_arrived(receivers[i % 2], &segments));
        CHECK(nothing_pending(receivers[1 - i % 2]));
        segments_free(&segments);
    }
    close(fd);
    close(receivers[0]);
    close(receivers[1]);
}

static void empty_segments_are_an_empty_datagram(unsigned kind)
{
    struct address address;
    const int receiver = socket_bound(kind, &address);
    const int fd = socket_unconnected(kind);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 1500, 0);
    struct sendv_call call = call_to(fd, &address, &segments);
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK(one_empty_message_arrived(receiver));
    segments_free(&segments);
    close(fd);
    close(receiver);
}

// Lengths of messages: a queue of small ones leaves the sender's buffer almost empty, one of large ones does not.
enum { small = 100, large = 5000 };

// A receiver that does not read, and a sender for which its queue is full.
struct congestion {
    struct address address;
    struct segments segments;
    int receiver;
    int fd;
    size_t queued;
};

static struct congestion congestion_begin(size_t count, size_t message)
{
    struct congestion full = {.queued = 0};
    full.receiver = socket_bound(UNIX_DATAGRAM, &full.address);
    full.fd = socket_unconnected(UNIX_DATAGRAM);
    struct random random = {check_seed()};
    full.segments = segments_random(&random, count, message);
    struct sendv_call call = call_to(full.fd, &full.address, &full.segments);
    call.flags = MSG_DONTWAIT;
    int error;
    while ((error = sendv_perform(&call)) == 0)
        full.queued++;
    CHECK_ERRNO(error, EAGAIN);
    CHECK_EQ(call.sent, 0);
    CHECK(full.queued > 0);
    return full;
}

// Reads `messages` messages, each the list.
static void take_messages(const struct congestion *full, size_t messages)
{
    char bytes[8192];
    for (; messages > 0; messages--)
        CHECK_EQ(recv(full->receiver, bytes, sizeof bytes, MSG_DONTWAIT), full->segments.bytes);
}

// Reads `messages` messages, which are to be all.
static void congestion_end(struct congestion *full, size_t messages)
{
    take_messages(full, messages);
    CHECK(nothing_pending(full->receiver));
    segments_free(&full->segments);
    close(full->fd);
    close(full->receiver);
}

// poll says that the sender has room all the time: it knows nothing of the receiver's queue. A loop of send and poll would
// make about 300 000 calls in this time. The call makes an offer before the first poll, one after it, and one after each pause: 9
// pauses from 1 us on take the first 87 ms, and each later one takes 100 ms.
static void times_out(size_t count, size_t message, enum sendv_wait wait)
{
    struct congestion full = congestion_begin(count, message);
    struct sendv_call call = call_to(full.fd, &full.address, &full.segments);
    call.wait = wait;
    call.timeout_ns = (int64_t)300 * ns_per_ms;
    if (wait == SENDV_WAIT_AS_SOCKET)
        set_send_timeout_ms(full.fd, 300);
    const int64_t start = now_ns();
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    const int64_t took_ms = (now_ns() - start) / ns_per_ms;
    CHECK_BETWEEN(took_ms, 300, 450);
    CHECK_EQ(call.sent, 0);
    CHECK_BETWEEN(call.system_calls, 2, 2 + 9 + took_ms / 100);
    congestion_end(&full, full.queued);
}

static void a_full_receiver_times_out_without_spinning(void)
{
    times_out(3, small, SENDV_WAIT_WITHIN);
    times_out(1500, small, SENDV_WAIT_WITHIN);
}

static void a_full_receiver_times_out_as_the_socket_says(void)
{
    times_out(3, small, SENDV_WAIT_AS_SOCKET);
    times_out(3, large, SENDV_WAIT_AS_SOCKET);
}

// Starts a call on a full queue, takes `reads` messages off that, and checks that the call ends soon after.
static void completes(size_t count, size_t message, int64_t timeout_ns, size_t reads)
{
    struct congestion full = congestion_begin(count, message);
    struct sendv_call call = call_to(full.fd, &full.address, &full.segments);
    call.wait = SENDV_WAIT_WITHIN;
    call.timeout_ns = timeout_ns;
    struct sender sender;
    sender_start(&sender, &call);
    CHECK(sender_is_waiting(&sender));
    if (reads == 0)
        reads = full.queued;
    const int64_t start = now_ns();
    take_messages(&full, reads);
    CHECK_ERRNO(sender_join(&sender), 0);
    // The sender looks again after 100 ms at the latest.
    CHECK_BETWEEN((now_ns() - start) / ns_per_ms, 0, 400);
    CHECK_EQ(sender.call.sent, sender.error == 0 ? full.segments.bytes : 0);
    congestion_end(&full, full.queued - reads + (sender.error == 0 ? 1 : 0));
}

static void a_full_receiver_that_reads_all_gets_it(void)
{
    check_context("3 segments");
    completes(3, large, (int64_t)2 * ns_per_s, 0);
    check_context("1500 segments");
    completes(1500, large, (int64_t)2 * ns_per_s, 0);
    check_context("without a time-out");
    completes(3, large, -1, 0);
    check_context("small messages");
    completes(3, small, (int64_t)2 * ns_per_s, 0);
}

// One place in the queue is enough. With large messages the sender's own buffer is more than a quarter full then, and poll
// does not call it writable, but a send that blocks in the kernel would go.
static void a_full_receiver_that_reads_one_gets_it(void)
{
    check_context("small messages");
    completes(3, small, (int64_t)2 * ns_per_s, 1);
    check_context("large messages");
    completes(3, large, (int64_t)2 * ns_per_s, 1);
    check_context("large messages of 1500 segments");
    completes(1500, large, (int64_t)2 * ns_per_s, 1);
}

static void a_receiver_that_goes_away_ends_the_wait(void)
{
    struct congestion full = congestion_begin(3, small);
    struct sendv_call call = call_to(full.fd, &full.address, &full.segments);
    struct sender sender;
    sender_start(&sender, &call);
    CHECK(sender_is_waiting(&sender));
    close(full.receiver);
    CHECK_ERRNO(sender_join(&sender), ECONNREFUSED);
    CHECK_EQ(sender.call.sent, 0);
    segments_free(&full.segments);
    close(full.fd);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE_ON(two_destinations_in_turn, UDP),
        CASE_ON(two_destinations_in_turn, UNIX_DATAGRAM),
        CASE_ON(empty_segments_are_an_empty_datagram, UDP),
        CASE_ON(empty_segments_are_an_empty_datagram, UNIX_DATAGRAM),
        CASE(a_full_receiver_times_out_without_spinning),
        CASE(a_full_receiver_times_out_as_the_socket_says),
        CASE(a_full_receiver_that_reads_all_gets_it),
        CASE(a_full_receiver_that_reads_one_gets_it),
        CASE(a_receiver_that_goes_away_ends_the_wait),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
