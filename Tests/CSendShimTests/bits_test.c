// SPDX-License-Identifier: Apache-2.0
//
// Flags of every single bit, known to the system or not: success or an errno, and the bytes that arrive are the first of the
// list, as many as were counted.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <string.h>

static const size_t counts[] = {1, 3, 1024, 1025, 3000};

static struct digest of_the_first(const struct segments *segments, size_t bytes)
{
    struct digest digest = digest_none;
    for (size_t i = 0; digest.bytes < bytes && i < segments->count; i++) {
        const struct iovec *segment = &segments->list[i];
        const size_t left = bytes - digest.bytes;
        digest_add(&digest, segment->iov_base, segment->iov_len < left ? segment->iov_len : left);
    }
    return digest;
}

// What an errno can be about: the flag, or the socket in the state that the flag asks for.
static bool is_clear(int error)
{
    return error == 0 || error == EINVAL || error == EOPNOTSUPP || error == EISCONN || error == EMSGSIZE;
}

// The byte that MSG_OOB marks is read in its place.
static void stream_takes(unsigned kind, const struct segments *segments, int flags)
{
    struct pair pair = pair_open(kind, 0);
    const int on = 1;
    MUST(setsockopt(pair.receiver, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    size_t sent = SIZE_MAX;
    const int error = sendv_all(pair.sender, segments->list, segments->count, flags, &sent);
    CHECK(is_clear(error));
    CHECK(error == 0 || sent < segments->bytes);
    // What MSG_DONTWAIT leaves is for the next call.
    CHECK(error != 0 || sent == segments->bytes || (flags & MSG_DONTWAIT) != 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    const struct digest arrived = reader_join(&reader);
    CHECK_EQ(arrived.bytes, sent);
    CHECK(digest_equal(arrived, of_the_first(segments, sent)));
    pair_close(&pair);
}

// MSG_PROBE asks the Internet's protocols for nothing but the way there: the message itself is not to be sent.
enum { probe = 0x10 };

static void message_goes_whole_or_not(unsigned kind, const struct segments *segments, int flags)
{
    struct pair pair = pair_open(kind, 0);
    size_t sent = SIZE_MAX;
    const int error = sendv_all(pair.sender, segments->list, segments->count, flags, &sent);
    CHECK(is_clear(error));
    CHECK_EQ(sent, error == 0 ? segments->bytes : 0);
    if (kind == UDP && error == 0 && (flags & MSG_MORE) != 0)
        CHECK_ERRNO(sendv_all(pair.sender, &(struct iovec){NULL, 0}, 1, 0, NULL), 0); // the end of the message
    if (error == 0 && !(kind == UDP && flags == probe))
        CHECK(one_message_arrived(pair.receiver, segments));
    CHECK(nothing_pending(pair.receiver));
    pair_close(&pair);
}

static void every_bit_is_answered(unsigned kind)
{
    struct random random = {check_seed()};
    for (unsigned i = 0; i < 32 * COUNT_OF(counts); i++) {
        int flags;
        const uint32_t bit = (uint32_t)1 << i / COUNT_OF(counts);
        memcpy(&flags, &bit, sizeof flags);
        struct segments segments = segments_equal(&random, counts[i % COUNT_OF(counts)], 9);
        check_context("bit %u, %zu segments", i / (unsigned)COUNT_OF(counts), segments.count);
        if (kind == TCP || kind == UNIX_STREAM)
            stream_takes(kind, &segments, flags);
        else
            message_goes_whole_or_not(kind, &segments, flags);
        CHECK(segments_unchanged(&segments));
        segments_free(&segments);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {ON_EVERY_KIND(every_bit_is_answered)};
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
