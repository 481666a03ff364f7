// SPDX-License-Identifier: Apache-2.0
//
// What each system call of one send is given: what marks the list's end goes with the last batch alone, and with MSG_ZEROCOPY
// no copy takes part.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

enum { most_calls = 64 };
static int flags_seen[most_calls];
static unsigned calls_seen;

static void see(int flags)
{
    if (calls_seen < most_calls)
        flags_seen[calls_seen] = flags;
    calls_seen++;
}

ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
    see(flags);
    return syscall(SYS_sendto, fd, bytes, count, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    see(flags);
    return syscall(SYS_sendmsg, fd, message, flags);
}

static void the_end_is_marked_in_the_last_batch_alone(unsigned kind)
{
    struct pair pair = pair_open(kind, 4 << 20);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 3000, 600);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    calls_seen = 0;
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, MSG_EOR, NULL), 0);
    CHECK_BETWEEN(calls_seen, 3, most_calls);
    // Offers of the last batch may be several: it has an end of record, and no earlier one after it.
    unsigned marked = 0;
    for (unsigned i = 0; i < calls_seen && i < most_calls; i++) {
        CHECK_EQ((flags_seen[i] & MSG_EOR) != 0, (flags_seen[i] & MSG_MORE) == 0);
        CHECK(marked == 0 || (flags_seen[i] & MSG_EOR) != 0);
        marked += (flags_seen[i] & MSG_EOR) != 0;
    }
    CHECK_BETWEEN(marked, 1, calls_seen - 2);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
}

static void zero_copy_sends_the_callers_own_bytes(void)
{
    struct pair pair = pair_open(TCP, 0);
    const int on = 1;
    if (setsockopt(pair.sender, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) != 0) {
        check_skip("the system has no SO_ZEROCOPY");
        pair_close(&pair);
        return;
    }
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 20000, 100);
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    size_t sent;
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, MSG_ZEROCOPY, &sent), 0);
    CHECK_EQ(sent, segments.bytes);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
}

static void a_long_zero_copy_datagram_is_refused(void)
{
    struct pair pair = pair_open(UDP, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 1025, 10);
    size_t sent;
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, MSG_ZEROCOPY, &sent), EMSGSIZE);
    CHECK_EQ(sent, 0);
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(the_end_is_marked_in_the_last_batch_alone),
        CASE(zero_copy_sends_the_callers_own_bytes),
        CASE(a_long_zero_copy_datagram_is_refused),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
