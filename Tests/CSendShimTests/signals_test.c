// SPDX-License-Identifier: Apache-2.0
//
// Signals that interrupt a send from beginning to end change nothing about it.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"
#include "storm.h"

// Small reads with pauses: the send lasts for hundreds of signals.
static const struct pace lasting = {.chunk = 4000, .pause_ns = ns_per_ms};

enum { small_buffer = 8192, list_bytes = 800000 };

static void arrives_in_a_storm(unsigned kind, struct sendv_call how, int socket_ms)
{
    struct pair pair = pair_open(kind, small_buffer);
    if (socket_ms > 0)
        set_send_timeout_ms(pair.sender, socket_ms);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, list_bytes);
    struct reader reader;
    reader_start(&reader, pair.receiver, lasting, digest_none);
    struct sendv_call call = how;
    call.fd = pair.sender;
    call.iov = segments.list;
    call.iovcnt = segments.count;
    storm_start();
    const int error = sendv_perform(&call);
    CHECK(storm_stop() > 20);
    CHECK_ERRNO(error, 0);
    CHECK_EQ(call.sent, segments.bytes);
    CHECK(call.waits > 50);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    CHECK(segments_unchanged(&segments));
    segments_free(&segments);
    pair_close(&pair);
}

static void a_blocking_send_arrives(unsigned kind)
{
    arrives_in_a_storm(kind, (struct sendv_call){.size = sizeof(struct sendv_call), .wait = SENDV_WAIT_AS_SOCKET}, 0);
}

static void a_send_with_a_socket_time_out_arrives(unsigned kind)
{
    arrives_in_a_storm(kind, (struct sendv_call){.size = sizeof(struct sendv_call), .wait = SENDV_WAIT_AS_SOCKET}, 15000);
}

static void a_send_with_a_time_of_its_own_arrives(unsigned kind)
{
    arrives_in_a_storm(
        kind,
        (struct sendv_call){.size = sizeof(struct sendv_call), .wait = SENDV_WAIT_WITHIN, .timeout_ns = (int64_t)15 * ns_per_s},
        0);
}

// A signal must not make two messages of one, or none.
static void datagrams_arrive_once(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, 30000);
    storm_start();
    while (storm_signals() < 100 && check_failures() == 0) {
        size_t sent = 0;
        CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, 0, &sent), 0);
        CHECK_EQ(sent, segments.bytes);
        CHECK(one_message_arrived(pair.receiver, &segments));
    }
    (void)storm_stop();
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_blocking_send_arrives),
        ON_STREAMS(a_send_with_a_socket_time_out_arrives),
        ON_STREAMS(a_send_with_a_time_of_its_own_arrives),
        ON_MESSAGES(datagrams_arrive_once),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
