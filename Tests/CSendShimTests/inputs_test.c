// SPDX-License-Identifier: Apache-2.0
//
// What a call answers to the lists it can be given: the second table of csendshim.h, as far as the list alone decides.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "segments.h"

#include <limits.h>
#include <string.h>

static const size_t unwritten = (size_t)0x5a5a5a5a;
static char some_bytes[] = "some bytes";

// Sends by each function of the header and checks that they agree that nothing went.
static void refused(int fd, const struct iovec *iov, size_t iovcnt, int expected)
{
    size_t sent = unwritten;
    CHECK_ERRNO(sendv_all(fd, iov, iovcnt, 0, &sent), expected);
    CHECK_EQ(sent, 0);
    sent = unwritten;
    CHECK_ERRNO(sendv_all_within(fd, iov, iovcnt, 0, -1, &sent), expected);
    CHECK_EQ(sent, 0);
    CHECK_ERRNO(sendv_all(fd, iov, iovcnt, 0, NULL), expected);
    CHECK_ERRNO(sendv_all_within(fd, iov, iovcnt, 0, 0, NULL), expected);
    struct sendv_call call = {
        .size = sizeof call, .fd = fd, .iov = iov, .iovcnt = iovcnt, .sent = unwritten, .system_calls = 9, .waits = 9};
    CHECK_ERRNO(sendv_perform(&call), expected);
    CHECK_EQ(call.sent, 0);
    CHECK(call.system_calls <= 1);
    CHECK_EQ(call.waits, 0);
}

static void refused_and_nothing_arrives(unsigned kind, const struct iovec *iov, size_t iovcnt, int expected)
{
    struct pair pair = pair_open(kind, 0);
    refused(pair.sender, iov, iovcnt, expected);
    CHECK(nothing_pending(pair.receiver));
    pair_close(&pair);
}

static void no_segments_are_invalid(unsigned kind)
{
    const struct iovec list[] = {{some_bytes, 4}};
    refused_and_nothing_arrives(kind, list, 0, EINVAL);
    refused_and_nothing_arrives(kind, NULL, 0, EINVAL);
}

static void no_list_is_a_fault(unsigned kind)
{
    refused_and_nothing_arrives(kind, NULL, 1, EFAULT);
    refused_and_nothing_arrives(kind, NULL, 2000, EFAULT);
}

// The lengths are looked at before any byte is: no segment of these can be read to its end.
static void lengths_that_overflow_are_invalid(unsigned kind)
{
    const struct iovec one[] = {{some_bytes, SIZE_MAX}};
    const struct iovec just_above[] = {{some_bytes, (size_t)SSIZE_MAX + 1}};
    const struct iovec halves[] = {{some_bytes, SIZE_MAX / 4 + 1}, {some_bytes, SIZE_MAX / 4 + 1}};
    const struct iovec wraps_to_4[] = {{some_bytes, SIZE_MAX / 2 + 1}, {some_bytes, SIZE_MAX / 2 + 5}};
    const struct iovec last[] = {{some_bytes, 4}, {NULL, 0}, {some_bytes, (size_t)SSIZE_MAX - 3}};
    refused_and_nothing_arrives(kind, one, 1, EINVAL);
    refused_and_nothing_arrives(kind, just_above, 1, EINVAL);
    refused_and_nothing_arrives(kind, halves, 2, EINVAL);
    refused_and_nothing_arrives(kind, wraps_to_4, 2, EINVAL);
    refused_and_nothing_arrives(kind, last, 3, EINVAL);
}

static void sent_is_zero_on_errors_of_the_socket(void)
{
    const struct iovec list[] = {{some_bytes, 4}, {some_bytes, 6}};
    refused(-1, list, 2, EBADF);
    const int unconnected = socket_unconnected(UNIX_STREAM);
    refused(unconnected, list, 2, ENOTCONN);
    struct pair only_its_sender = {.sender = unconnected, .receiver = -1};
    pair_close(&only_its_sender);
}

static void sent_may_be_null(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 20, 900);
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, 0, NULL), 0);
    CHECK(one_message_arrived(pair.receiver, &segments));
    CHECK_ERRNO(sendv_all_within(pair.sender, segments.list, segments.count, 0, -1, NULL), 0);
    CHECK(one_message_arrived(pair.receiver, &segments));
    segments_free(&segments);
    pair_close(&pair);
}

// A list in read-only memory is one that no store can have changed, not even for a moment.
static void a_constant_list_is_accepted(unsigned kind)
{
    static char parts[] = "headbodytail";
    static const struct iovec list[] = {{parts, 4}, {NULL, 0}, {parts + 4, 4}, {parts, 0}, {parts + 8, 4}};
    struct pair pair = pair_open(kind, 0);
    size_t sent = unwritten;
    CHECK_ERRNO(sendv_all(pair.sender, list, COUNT_OF(list), 0, &sent), 0);
    CHECK_EQ(sent, 12);
    char arrived[16] = "";
    CHECK_EQ(recv(pair.receiver, arrived, sizeof arrived, MSG_DONTWAIT), 12);
    CHECK(memcmp(arrived, parts, 12) == 0);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_EVERY_KIND(no_segments_are_invalid),
        ON_EVERY_KIND(no_list_is_a_fault),
        ON_EVERY_KIND(lengths_that_overflow_are_invalid),
        CASE(sent_is_zero_on_errors_of_the_socket),
        ON_EVERY_KIND(sent_may_be_null),
        ON_EVERY_KIND(a_constant_list_is_accepted),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
