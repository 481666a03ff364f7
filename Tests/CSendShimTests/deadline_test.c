// SPDX-License-Identifier: Apache-2.0
//
// A call ends at its deadline even if the kernel takes everything: it checks between batches and between parts.
#define _GNU_SOURCE
#include "counted.h"

#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <stdlib.h>

// A list of a type of its own, whose iovecs take long to make.
struct slow_list {
    struct sendv_source source;
    struct iovec segment;
    int64_t ns; // for each call of `map`
};

static void map_slowly(const void *list, size_t first, size_t count, struct iovec *iov)
{
    const struct slow_list *slow_list = list;
    (void)first;
    sleep_ns(slow_list->ns);
    for (size_t i = 0; i < count; i++)
        iov[i] = slow_list->segment;
}

static size_t count_bytes(const void *list, size_t first, size_t count)
{
    const struct slow_list *slow_list = list;
    (void)first;
    return count * slow_list->segment.iov_len;
}

// A batch of 1024 such segments is less than one offer, so that the only checks are those between batches.
enum { timeout_ms = 200, map_ms = 5, windows_a_batch = 1024 / 128, segment_bytes = 1000 };

static void a_source_that_takes_time(unsigned kind)
{
    static char bytes[segment_bytes];
    struct pair pair = pair_open(kind, 0);
    struct slow_list slow_list = {.segment = {bytes, sizeof bytes}, .ns = map_ms * ns_per_ms};
    slow_list.source = (struct sendv_source){&slow_list, map_slowly, count_bytes};
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    struct sendv_call call = {.size = sizeof call,
                              .fd = pair.sender,
                              .iovcnt = 128000,
                              .source = &slow_list.source,
                              .wait = SENDV_WAIT_WITHIN,
                              .timeout_ns = timeout_ms * ns_per_ms};
    const int64_t start = now_ns();
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    const int64_t took = now_ns() - start;
    CHECK_EQ(call.timed_out, 1);
    CHECK_BETWEEN(call.sent, 1, 128000 * sizeof bytes - 1);
    // The list takes 5 s. One batch may have been begun before the deadline, and the machine may be busy.
    CHECK_BETWEEN(took / ns_per_ms, timeout_ms, timeout_ms + 20 * windows_a_batch * map_ms);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK_EQ(reader_join(&reader).bytes, call.sent);
    pair_close(&pair);
}

static void a_socket_time_out_counts_from_the_first_batch(unsigned kind)
{
    static char bytes[segment_bytes];
    struct pair pair = pair_open(kind, 0);
    set_send_timeout_ms(pair.sender, timeout_ms);
    struct slow_list slow_list = {.segment = {bytes, sizeof bytes}, .ns = map_ms * ns_per_ms};
    slow_list.source = (struct sendv_source){&slow_list, map_slowly, count_bytes};
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iovcnt = 128000, .source = &slow_list.source};
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    CHECK_EQ(call.timed_out, 1);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK_EQ(reader_join(&reader).bytes, call.sent);
    pair_close(&pair);
}

// One segment that is far longer than an offer.
static void offers_are_bounded(unsigned kind, struct sendv_call call, size_t bytes, size_t largest)
{
    char *const data = calloc(1, bytes);
    MUST(data == NULL ? -1 : 0);
    const struct iovec list[] = {{data, 1}, {data, bytes - 2}, {data, 1}};
    struct pair pair = pair_open(kind, 0);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    call.size = sizeof call;
    call.fd = pair.sender;
    call.iov = list;
    call.iovcnt = COUNT_OF(list);
    counted_begin();
    size_t sent = 0;
    int error = sendv_perform(&call);
    sent = call.sent;
    CHECK(error == 0 || error == EAGAIN);
    CHECK(counted.largest <= largest);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK_EQ(reader_join(&reader).bytes, sent);
    pair_close(&pair);
    free(data);
}

enum { mebibyte = 1 << 20 };

static void a_call_with_a_deadline_offers_a_mebibyte_at_a_time(unsigned kind)
{
    const struct sendv_call call = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = (int64_t)20 * ns_per_s};
    offers_are_bounded(kind, call, 40 * mebibyte, mebibyte);
}

static void a_call_that_may_not_wait_offers_a_mebibyte_at_a_time(unsigned kind)
{
    offers_are_bounded(kind, (struct sendv_call){.flags = MSG_DONTWAIT}, 40 * mebibyte, mebibyte);
}

static void time_is_over_while_the_reader_keeps_up(unsigned kind)
{
    enum { bytes = 256 * mebibyte, few_ms = 20 };
    char *const data = calloc(1, bytes);
    MUST(data == NULL ? -1 : 0);
    const struct iovec list[] = {{data, bytes}};
    struct pair pair = pair_open(kind, 0);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    struct sendv_call call = {.size = sizeof call,
                              .fd = pair.sender,
                              .iov = list,
                              .iovcnt = 1,
                              .wait = SENDV_WAIT_WITHIN,
                              .timeout_ns = few_ms * ns_per_ms};
    const int64_t start = now_ns();
    const int error = sendv_perform(&call);
    const int64_t took = now_ns() - start;
    // A machine that sends 256 MiB in 20 ms is done; any other ends soon after the time.
    CHECK(error == 0 ? call.sent == bytes : error == ETIMEDOUT && call.timed_out == 1 && call.sent < bytes);
    CHECK(error != 0 || took / ns_per_ms <= few_ms + 50);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK_EQ(reader_join(&reader).bytes, call.sent);
    pair_close(&pair);
    free(data);
}

// What the socket does not say is not taken for "for ever".
static void a_refused_question_is_an_error(unsigned kind)
{
    struct pair pair = pair_open(kind, 8192);
    set_send_timeout_ms(pair.sender, 300);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 1000000);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    counted_refuse_option(SO_SNDTIMEO);
    CHECK_ERRNO(sendv_perform(&call), EPERM);
    CHECK_EQ(call.timed_out, 0);
    counted_refuse_option(0);
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_source_that_takes_time),
        ON_STREAMS(a_socket_time_out_counts_from_the_first_batch),
        ON_STREAMS(a_call_with_a_deadline_offers_a_mebibyte_at_a_time),
        ON_STREAMS(a_call_that_may_not_wait_offers_a_mebibyte_at_a_time),
        ON_STREAMS(time_is_over_while_the_reader_keeps_up),
        ON_STREAMS(a_refused_question_is_an_error),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
