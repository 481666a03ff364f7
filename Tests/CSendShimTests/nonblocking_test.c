// SPDX-License-Identifier: Apache-2.0
//
// A call that may not wait takes what fits now: 0 and the count, or EAGAIN and nothing. The caller goes on with poll and
// sendv_seek.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <poll.h>
#include <stdlib.h>

enum { small_buffer = 8192, list_bytes = 1000000 };

// Either of the two ways to say that a call may not wait. Returns the flags to send with.
static int forbid_waiting(int fd, bool by_flag)
{
    if (!by_flag)
        set_nonblocking(fd);
    return by_flag ? MSG_DONTWAIT : 0;
}

// Sends the list until the socket takes nothing more. Returns the bytes it took.
static size_t fill(const struct pair *pair, const struct segments *segments, int flags)
{
    size_t all = 0;
    for (unsigned round = 0; round < 1000; round++) {
        size_t sent = 99;
        const int error = sendv_all(pair->sender, segments->list, segments->count, flags, &sent);
        all += sent;
        if (error != 0) {
            CHECK_ERRNO(error, EAGAIN);
            CHECK_EQ(sent, 0);
            return all;
        }
        CHECK_BETWEEN(sent, 1, segments->bytes - 1);
    }
    CHECK_EQ(all, 0); // it never was full, and there is no bound to what it took
    return all;
}

static void takes_what_fits_then_nothing(unsigned kind, bool by_flag)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    // A time-out is for sockets that wait.
    set_send_timeout_ms(pair.sender, 5000);
    const int64_t start = now_ns();
    const size_t sent = fill(&pair, &segments, forbid_waiting(pair.sender, by_flag));
    CHECK_BETWEEN((now_ns() - start) / ns_per_ms, 0, 2000);
    CHECK(sent > 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    CHECK_EQ(reader_join(&reader).bytes, sent);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_non_blocking_socket_takes_what_fits(unsigned kind)
{
    takes_what_fits_then_nothing(kind, false);
}

static void msg_dontwait_takes_what_fits(unsigned kind)
{
    takes_what_fits_then_nothing(kind, true);
}

// Returns how many calls it took.
static unsigned send_all_by_poll(const struct pair *pair, const struct segments *segments, int flags)
{
    unsigned calls = 0;
    size_t all = 0;
    while (all < segments->bytes) {
        size_t count = 0, sent = 99;
        struct iovec *left = segments_left(segments, all, &count);
        const int error = sendv_all(pair->sender, left, count, flags, &sent);
        free(left);
        calls++;
        all += sent;
        CHECK(error == 0 ? sent > 0 : sent == 0);
        if (error != 0 && error != EAGAIN) {
            CHECK_ERRNO(error, EAGAIN);
            break;
        }
        if (all < segments->bytes)
            CHECK(await_events(pair->sender, POLLOUT) == POLLOUT);
    }
    CHECK_EQ(all, segments->bytes);
    return calls;
}

static void resumes_to_the_whole(unsigned kind, bool by_flag)
{
    static const size_t counts[] = {1, 3, 1025, 20000};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct pair pair = pair_open(kind, small_buffer);
        struct segments segments = segments_random(&random, counts[i], list_bytes);
        check_context("%zu segments", counts[i]);
        struct reader reader;
        reader_start(&reader, pair.receiver, slow, digest_none);
        CHECK(send_all_by_poll(&pair, &segments, forbid_waiting(pair.sender, by_flag)) > 1);
        MUST(shutdown(pair.sender, SHUT_WR));
        CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
        segments_free(&segments);
        pair_close(&pair);
    }
}

static void a_non_blocking_socket_resumes_to_the_whole(unsigned kind)
{
    resumes_to_the_whole(kind, false);
}

static void msg_dontwait_resumes_to_the_whole(unsigned kind)
{
    resumes_to_the_whole(kind, true);
}

// SENDV_WAIT_BLOCKING has a time of its own for a socket that waits, and lets one that does not stay as it is.
static void a_time_for_blocking_does_not_make_it_wait(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    for (unsigned by_flag = 0; by_flag < 2; by_flag++) {
        struct sendv_call call = {.size = sizeof call,
                                  .fd = pair.sender,
                                  .iov = segments.list,
                                  .iovcnt = segments.count,
                                  .flags = forbid_waiting(pair.sender, by_flag == 0),
                                  .wait = SENDV_WAIT_BLOCKING,
                                  .timeout_ns = -1};
        const int error = sendv_perform(&call);
        CHECK(error == (call.sent > 0 ? 0 : EAGAIN));
        CHECK(call.sent < segments.bytes);
        CHECK_EQ(call.waits, 0);
    }
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_non_blocking_socket_takes_what_fits),      ON_STREAMS(msg_dontwait_takes_what_fits),
        ON_STREAMS(a_non_blocking_socket_resumes_to_the_whole), ON_STREAMS(msg_dontwait_resumes_to_the_whole),
        ON_STREAMS(a_time_for_blocking_does_not_make_it_wait),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
