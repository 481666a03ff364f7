// SPDX-License-Identifier: Apache-2.0
//
// A time-out is the total of one call: nothing that happens during it makes it start again, and whatever had gone by then
// is known, so that the caller can go on from there.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"
#include "storm.h"

#include <stdlib.h>

enum { ms = 300, latest_ms = 450, small_buffer = 8192, list_bytes = 1500000 };

// Where the 300 ms come from, and what would disturb them.
struct setting {
    enum sendv_wait wait;
    bool trickling;
    bool storm;
    bool nonblocking;
    int flags;
    int socket_ms; // SO_SNDTIMEO; 0: none
};

static const struct setting from_socket = {.wait = SENDV_WAIT_AS_SOCKET, .socket_ms = ms};
static const struct setting from_call = {.wait = SENDV_WAIT_WITHIN};

static struct sendv_call call_for(int fd, const struct segments *segments, const struct setting *setting)
{
    return (struct sendv_call){
        .size = sizeof(struct sendv_call),
        .fd = fd,
        .iov = segments->list,
        .iovcnt = segments->count,
        .flags = setting->flags,
        .wait = setting->wait,
        .timeout_ns = (int64_t)ms * ns_per_ms,
    };
}

// Makes the call and checks that it ends when it should, with less than the list.
static size_t times_out(struct sendv_call *call, const struct segments *segments, bool storm)
{
    if (storm)
        storm_start();
    const int64_t start = now_ns();
    const int error = sendv_perform(call);
    const int64_t duration = now_ns() - start;
    if (storm)
        CHECK(storm_stop() > 20);
    CHECK_ERRNO(error, ETIMEDOUT);
    CHECK_BETWEEN(duration, (int64_t)ms * ns_per_ms, (int64_t)latest_ms * ns_per_ms);
    CHECK_BETWEEN(call->sent, 1, segments->bytes - 1);
    CHECK(segments_unchanged(segments));
    return call->sent;
}

// What is left of the list goes to a fast reader, on the same socket: the reader is to have the exact whole then.
static void resume(const struct pair *pair, const struct segments *segments, size_t sent, struct digest before)
{
    struct reader reader;
    reader_start(&reader, pair->receiver, fast, before);
    size_t count = 0, more = 0;
    struct iovec *left = segments_left(segments, sent, &count);
    CHECK_ERRNO(sendv_all_within(pair->sender, left, count, 0, -1, &more), 0);
    CHECK_EQ(sent + more, segments->bytes);
    MUST(shutdown(pair->sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
    free(left);
}

static void ends_in_time(unsigned kind, struct setting setting)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 3000, list_bytes);
    if (setting.socket_ms > 0)
        set_send_timeout_ms(pair.sender, setting.socket_ms);
    if (setting.nonblocking)
        set_nonblocking(pair.sender);
    struct reader reader;
    if (setting.trickling)
        reader_start(&reader, pair.receiver, trickling, digest_none);
    struct sendv_call call = call_for(pair.sender, &segments, &setting);
    const size_t sent = times_out(&call, &segments, setting.storm);
    CHECK_BETWEEN(call.system_calls, 1, 5000);
    struct digest arrived = setting.trickling ? reader_stop(&reader) : digest_none;
    if (setting.trickling)
        CHECK(arrived.bytes > 5000); // or the reader did not disturb
    read_pending(pair.receiver, &arrived);
    if (kind == UNIX_STREAM)
        CHECK_EQ(arrived.bytes, sent);
    else
        CHECK(arrived.bytes <= sent); // some may still be in the sender's buffer
    resume(&pair, &segments, sent, arrived);
    segments_free(&segments);
    pair_close(&pair);
}

static struct setting disturbed(struct setting setting, bool trickling_reader, bool storm)
{
    setting.trickling = trickling_reader;
    setting.storm = storm;
    return setting;
}

static void socket_time_out_without_a_reader(unsigned kind)
{
    ends_in_time(kind, from_socket);
}

static void socket_time_out_with_a_trickling_reader(unsigned kind)
{
    ends_in_time(kind, disturbed(from_socket, true, false));
}

static void socket_time_out_in_a_storm_of_signals(unsigned kind)
{
    ends_in_time(kind, disturbed(from_socket, false, true));
}

static void socket_time_out_with_both(unsigned kind)
{
    ends_in_time(kind, disturbed(from_socket, true, true));
}

static void call_time_out_without_a_reader(unsigned kind)
{
    ends_in_time(kind, from_call);
}

static void call_time_out_with_a_trickling_reader(unsigned kind)
{
    ends_in_time(kind, disturbed(from_call, true, false));
}

static void call_time_out_in_a_storm_of_signals(unsigned kind)
{
    ends_in_time(kind, disturbed(from_call, false, true));
}

static void call_time_out_with_both(unsigned kind)
{
    ends_in_time(kind, disturbed(from_call, true, true));
}

static void call_time_out_on_a_non_blocking_socket(unsigned kind)
{
    struct setting setting = from_call;
    setting.nonblocking = true;
    ends_in_time(kind, setting);
}

static void call_time_out_above_msg_dontwait(unsigned kind)
{
    struct setting setting = from_call;
    setting.flags = MSG_DONTWAIT;
    ends_in_time(kind, setting);
}

static void call_time_out_above_a_shorter_one_of_the_socket(unsigned kind)
{
    struct setting setting = from_call;
    setting.socket_ms = 50;
    ends_in_time(kind, setting);
}

static void call_time_out_in_place_of_the_sockets(unsigned kind)
{
    ends_in_time(kind, (struct setting){.wait = SENDV_WAIT_BLOCKING, .socket_ms = 5000});
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(socket_time_out_without_a_reader),
        ON_STREAMS(socket_time_out_with_a_trickling_reader),
        ON_STREAMS(socket_time_out_in_a_storm_of_signals),
        ON_STREAMS(socket_time_out_with_both),
        ON_STREAMS(call_time_out_without_a_reader),
        ON_STREAMS(call_time_out_with_a_trickling_reader),
        ON_STREAMS(call_time_out_in_a_storm_of_signals),
        ON_STREAMS(call_time_out_with_both),
        ON_STREAMS(call_time_out_on_a_non_blocking_socket),
        ON_STREAMS(call_time_out_above_msg_dontwait),
        ON_STREAMS(call_time_out_above_a_shorter_one_of_the_socket),
        ON_STREAMS(call_time_out_in_place_of_the_sockets),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
