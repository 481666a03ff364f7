// SPDX-License-Identifier: Apache-2.0
//
// SENDV_ONE_OFFER: a program that waits by itself sends a list with one system call at a time.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <poll.h>

static int offer_rest(int fd, const struct segments *segments, size_t sent, struct sendv_call *call)
{
    struct iovec rest[4096];
    size_t offset, count = 0;
    for (size_t i = sendv_seek(segments->list, segments->count, sent, &offset); i < segments->count; i++, count++) {
        rest[count] = (struct iovec){(char *)segments->list[i].iov_base + offset, segments->list[i].iov_len - offset};
        offset = 0;
    }
    *call = (struct sendv_call){.size = sizeof *call, .fd = fd, .iov = rest, .iovcnt = count, .wait = SENDV_ONE_OFFER};
    const int error = sendv_perform(call);
    call->iov = NULL;
    CHECK(call->system_calls == 1 && call->waits == 0 && call->timed_out == 0);
    CHECK(call->sent <= 1 << 20);
    return error;
}

// The program's own loop: it polls where the socket is full, and offers again where it is not. The socket is in blocking mode.
static void arrives(unsigned kind, size_t count, size_t bytes)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, count, bytes);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    size_t sent = 0, full = 0, unfinished = 0;
    for (bool done = false; !done && check_failures() == 0;) {
        struct sendv_call call;
        const int error = offer_rest(pair.sender, &segments, sent, &call);
        sent += call.sent;
        CHECK(error == 0 || error == EAGAIN);
        CHECK(error == 0 || call.unfinished == 0);
        done = error == 0 && call.unfinished == 0;
        CHECK_EQ(done, sent == segments.bytes);
        full += error == EAGAIN;
        unfinished += call.unfinished;
        struct pollfd socket = {.fd = pair.sender, .events = POLLOUT};
        if (error == EAGAIN)
            MUST(poll(&socket, 1, 20000));
    }
    CHECK(full + unfinished > 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
}

static void long_segments_arrive(unsigned kind)
{
    arrives(kind, 40, 8 << 20);
}

static void short_segments_arrive(unsigned kind)
{
    arrives(kind, 4000, 200000);
}

static void a_full_socket_is_told_whatever_it_took_before(unsigned kind)
{
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 900000);
    struct sendv_call call;
    CHECK_ERRNO(offer_rest(pair.sender, &segments, 0, &call), EAGAIN);
    CHECK(call.sent > 0 && call.sent < segments.bytes && call.taken == 1 && call.unfinished == 0);
    CHECK_ERRNO(offer_rest(pair.sender, &segments, call.sent, &call), EAGAIN);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_message_goes_whole(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 1500, 9000);
    struct sendv_call call;
    CHECK_ERRNO(offer_rest(pair.sender, &segments, 0, &call), 0);
    CHECK(call.sent == segments.bytes && call.unfinished == 0);
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(long_segments_arrive),
        ON_STREAMS(short_segments_arrive),
        ON_STREAMS(a_full_socket_is_told_whatever_it_took_before),
        ON_MESSAGES(a_message_goes_whole),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
