// SPDX-License-Identifier: Apache-2.0
//
// A list on a datagram or seqpacket socket is one message, whole, however many segments it has, or nothing at all.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "sanitizers.h"
#include "segments.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const size_t counts[] = {1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 5000, 100000};

enum { most_of_udp = 65507 };

static void every_count_is_one_message(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (unsigned round = 0; round < 4; round++) {
        for (size_t i = 0; i < COUNT_OF(counts); i++) {
            struct segments segments = segments_random(&random, counts[i], 1 + random_below(&random, 60000));
            sends_one_message(&pair, &segments);
        }
    }
    pair_close(&pair);
}

static void many_segments_of_one_byte_are_one_message(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 1200, 1);
    sends_one_message(&pair, &segments);
    pair_close(&pair);
}

// A batch on a datagram cannot be cut for the byte MSG_OOB marks, or for anything else.
static void the_longest_udp_datagram_goes(void)
{
    struct pair pair = pair_open(UDP, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i], most_of_udp);
        sends_one_message(&pair, &segments);
    }
    pair_close(&pair);
}

static void too_long(unsigned kind, const struct iovec *list, size_t count)
{
    struct pair pair = pair_open(kind, 0);
    size_t sent = 99;
    CHECK_ERRNO(sendv_all(pair.sender, list, count, 0, &sent), EMSGSIZE);
    CHECK_EQ(sent, 0);
    CHECK(nothing_pending(pair.receiver));
    sent = 99;
    CHECK_ERRNO(sendv_all_within(pair.sender, list, count, 0, -1, &sent), EMSGSIZE);
    CHECK_EQ(sent, 0);
    CHECK(nothing_pending(pair.receiver));
    pair_close(&pair);
}

static void a_longer_udp_datagram_is_refused(void)
{
    static const size_t lengths[] = {most_of_udp + 1, 65536, 65537, 100000, 1 << 20};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (size_t j = 0; j < COUNT_OF(lengths); j++) {
            struct segments segments = segments_random(&random, counts[i], lengths[j]);
            check_context("%zu segments, %zu bytes", counts[i], lengths[j]);
            too_long(UDP, segments.list, segments.count);
            CHECK(segments_unchanged(&segments));
            segments_free(&segments);
        }
    }
}

static void a_message_longer_than_the_send_buffer_is_refused(unsigned kind)
{
    static const size_t few_and_many[] = {1, 3, 1024, 1025, 5000};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(few_and_many); i++) {
        struct segments segments = segments_random(&random, few_and_many[i], 20 << 20);
        check_context("%zu segments", few_and_many[i]);
        too_long(kind, segments.list, segments.count);
        segments_free(&segments);
    }
}

// 3 GiB in segments that are all the same MiB, in a process that may not have 3 GiB: no memory is taken for what cannot go.
// Where size_t has 32 bits, a MiB less than SSIZE_MAX and one: a longer list is EINVAL there.
static void send_3_gib(unsigned kind)
{
    enum { mib = 1 << 20, count = sizeof(size_t) > 4 ? 3072 : 2047 };
    static struct iovec list[count];
    char *bytes = calloc(mib, 1);
    for (size_t i = 0; i < count; i++)
        list[i] = (struct iovec){bytes, mib};
    const struct rlimit little = {256 * (rlim_t)mib, 256 * (rlim_t)mib};
    if (!UNDER_SANITIZER)
        MUST(setrlimit(RLIMIT_AS, &little));
    const int64_t start = now_ns();
    too_long(kind, list, count);
    CHECK_BETWEEN(now_ns() - start, 0, 100 * ns_per_ms);
    free(bytes);
}

static void a_hopeless_message_is_refused_without_memory(unsigned kind)
{
    CHECK(passes_in_child(send_3_gib, kind));
}

static void non_blocking_sends_a_message_or_nothing(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    set_nonblocking(pair.sender);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 1500, 30000);
    size_t messages = 0, sent = 0;
    int error;
    while ((error = sendv_all(pair.sender, segments.list, segments.count, 0, &sent)) == 0 && messages < 100000) {
        CHECK_EQ(sent, segments.bytes);
        messages++;
    }
    CHECK_ERRNO(error, EAGAIN);
    CHECK_EQ(sent, 0);
    CHECK(messages > 0);
    char first[65536];
    while (messages-- > 0)
        CHECK_EQ(recv(pair.receiver, first, sizeof first, MSG_DONTWAIT), segments.bytes);
    CHECK(nothing_pending(pair.receiver));
    segments_free(&segments);
    pair_close(&pair);
}

// A list that one sendmsg could take is not refused before the kernel was asked: of the lengths of messages only the kernel knows.
static void a_list_that_sendmsg_takes_is_offered(unsigned kind)
{
    static const struct {
        size_t count, length;
    } lists[] = {{1000, 230}, {1024, 300}, {900, 1000}, {65, 70000}};
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        check_context("%zu x %zu", lists[i].count, lists[i].length);
        struct segments segments = segments_equal(&random, lists[i].count, lists[i].length);
        struct sendv_call call = {
            .size = sizeof call, .fd = pair.sender, .flags = MSG_DONTWAIT, .iov = segments.list, .iovcnt = segments.count};
        const int error = sendv_perform(&call);
        CHECK(error == EMSGSIZE || (error == 0 && kind != UDP && one_message_arrived(pair.receiver, &segments)));
        CHECK_EQ(call.system_calls, 1);
        segments_free(&segments);
    }
    pair_close(&pair);
}

// From the kernel's linux/netlink.h and linux/vm_sockets.h, which musl-gcc does not find.
enum { netlink_usersock = 2, vsock_any = -1, vsock_local = 1 };

struct netlink_address {
    sa_family_t family;
    unsigned short padding;
    uint32_t port, groups;
};

struct vsock_address {
    sa_family_t family;
    unsigned short reserved;
    uint32_t port, context;
    unsigned char zeros[sizeof(struct sockaddr) - 12];
};

// Connects two sockets of AF_NETLINK, whose messages the kernel passes on. Returns false where it does not.
static bool netlink_pair(struct pair *pair)
{
    struct netlink_address address = {.family = AF_NETLINK};
    socklen_t length = sizeof address;
    pair->receiver = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, netlink_usersock);
    pair->sender = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, netlink_usersock);
    return bind(pair->receiver, (struct sockaddr *)&address, length) == 0 &&
           getsockname(pair->receiver, (struct sockaddr *)&address, &length) == 0 &&
           connect(pair->sender, (struct sockaddr *)&address, length) == 0;
}

// Connects two sockets of AF_VSOCK inside this machine, as between a virtual machine and its host. Returns false where the kernel has
// no such connection, or none of messages.
static bool vsock_pair(struct pair *pair)
{
    struct vsock_address address = {.family = AF_VSOCK, .port = (uint32_t)vsock_any, .context = vsock_local};
    socklen_t length = sizeof address;
    const int listener = socket(AF_VSOCK, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    pair->sender = socket(AF_VSOCK, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    const bool connected = bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0 &&
                           getsockname(listener, (struct sockaddr *)&address, &length) == 0 &&
                           connect(pair->sender, (struct sockaddr *)&address, length) == 0;
    pair->receiver = connected ? accept(listener, NULL, NULL) : -1;
    (void)close(listener);
    return pair->receiver >= 0;
}

// Sends a list on a connection of its own. Returns false where there is no such connection.
static bool one_message_is_offered(unsigned family, const struct segments *segments)
{
    struct pair pair = {.sender = -1, .receiver = -1};
    const bool connected = family == AF_NETLINK ? netlink_pair(&pair) : vsock_pair(&pair);
    if (connected) {
        struct sendv_call call = {
            .size = sizeof call, .fd = pair.sender, .flags = MSG_DONTWAIT, .iov = segments->list, .iovcnt = segments->count};
        const int error = sendv_perform(&call);
        CHECK_EQ(call.system_calls, 1);
        CHECK(error == 0 || (error == EMSGSIZE && segments->bytes > 65536));
        if (error == 0)
            CHECK((await_events(pair.receiver, POLLIN) & POLLIN) != 0 && one_message_arrived(pair.receiver, segments));
    } else {
        check_skip("no connection of this family here: %s", strerror(errno));
    }
    (void)close(pair.sender);
    (void)close(pair.receiver);
    return connected;
}

// A message of a family that the core does not know is offered, however long it is: only the kernel knows what it takes.
static void a_third_family_is_offered_everything(unsigned family)
{
    static const struct {
        size_t count, length;
    } lists[] = {{3, 20}, {1000, 250}, {1025, 50}, {1025, 200}, {1500, 200}, {5000, 1000}};
    struct random random = {check_seed()};
    bool connected = true;
    for (size_t i = 0; i < COUNT_OF(lists) && connected; i++) {
        check_context("%zu x %zu", lists[i].count, lists[i].length);
        struct segments segments = segments_equal(&random, lists[i].count, lists[i].length);
        connected = one_message_is_offered(family, &segments);
        segments_free(&segments);
    }
}

// Two segments of the same GiB. The kernel would take the first 2 GiB less a page, so it is not asked.
static void a_message_of_2_gib_is_not_offered(void)
{
    static const size_t gib = (size_t)1 << 30;
    struct pair pair = {.sender = -1, .receiver = -1};
    if (2 * gib > SSIZE_MAX) {
        check_skip("2 GiB are more than SSIZE_MAX");
    } else if (!netlink_pair(&pair)) {
        check_skip("no connection of AF_NETLINK here: %s", strerror(errno));
    } else {
        // Pages that are only read stay the one zero page: it costs no memory.
        void *zeros = mmap(NULL, gib, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        MUST(zeros == MAP_FAILED ? -1 : 0);
        const struct iovec list[] = {{zeros, gib}, {zeros, gib}};
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = list, .iovcnt = 2};
        CHECK_ERRNO(sendv_perform(&call), EMSGSIZE);
        CHECK_EQ(call.system_calls, 0);
        MUST(munmap(zeros, gib));
    }
    (void)close(pair.sender);
    (void)close(pair.receiver);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_MESSAGES(a_list_that_sendmsg_takes_is_offered),
        ON_MESSAGES(every_count_is_one_message),
        ON_MESSAGES(many_segments_of_one_byte_are_one_message),
        CASE(the_longest_udp_datagram_goes),
        CASE(a_longer_udp_datagram_is_refused),
        CASE_ON(a_message_longer_than_the_send_buffer_is_refused, UNIX_DATAGRAM),
        CASE_ON(a_message_longer_than_the_send_buffer_is_refused, SEQPACKET),
        ON_MESSAGES(a_hopeless_message_is_refused_without_memory),
        CASE_ON(a_third_family_is_offered_everything, AF_NETLINK),
        CASE_ON(a_third_family_is_offered_everything, AF_VSOCK),
        CASE(a_message_of_2_gib_is_not_offered),
        CASE_ON(non_blocking_sends_a_message_or_nothing, UNIX_DATAGRAM),
        CASE_ON(non_blocking_sends_a_message_or_nothing, SEQPACKET),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
