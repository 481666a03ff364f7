// SPDX-License-Identifier: Apache-2.0
//
// The border between two system calls of one long list is not to be seen in its packets, and nothing is held back at its end.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Where tcpi_data_segs_out stands in struct tcp_info: the kernel only ever adds at its end. Neither the C library's own
// header nor that of a compiler without the kernel's headers has the field.
enum { data_packets_at = 156 };

// The packets with data that left so far; 0 if the kernel does not count them.
static unsigned packets(int fd)
{
    char info[512];
    socklen_t length = sizeof info;
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length));
    uint32_t count = 0;
    if (length >= data_packets_at + sizeof count)
        memcpy(&count, info + data_packets_at, sizeof count);
    return count;
}

static struct pair eager_pair(void)
{
    struct pair pair = pair_open(TCP, 0);
    const int on = 1;
    set_buffer(pair.sender, SO_SNDBUF, 2 << 20); // so that nothing but the calls decides what a packet is
    MUST(setsockopt(pair.sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    return pair;
}

// How many packets the list makes on a connection of its own.
static unsigned packets_of(const struct iovec *list, size_t count, size_t bytes)
{
    struct pair pair = eager_pair();
    struct reader reader;
    reader_start(&reader, pair.receiver, (struct pace){.chunk = 65536, .limit = bytes}, digest_none);
    CHECK_ERRNO(sendv_all(pair.sender, list, count, 0, NULL), 0);
    CHECK_EQ(reader_join(&reader).bytes, bytes);
    const unsigned made = packets(pair.sender);
    pair_close(&pair);
    return made;
}

static void borders_make_no_packets(size_t count, size_t length)
{
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, count, length);
    char *whole = calloc(segments.bytes, 1);
    const struct iovec contiguous = {whole, segments.bytes};
    const unsigned fewest = packets_of(&contiguous, 1, segments.bytes);
    const unsigned made = packets_of(segments.list, segments.count, segments.bytes);
    check_context("%zu segments of %zu bytes; contiguous: %u packets", count, length, fewest);
    if (fewest == 0)
        check_skip("the kernel does not count packets");
    else
        CHECK_BETWEEN(made, 1, fewest + fewest / 2 + 1);
    free(whole);
    segments_free(&segments);
}

static void short_segments_make_few_packets(void)
{
    borders_make_no_packets(5000, 10);
}

static void longer_segments_make_few_packets(void)
{
    borders_make_no_packets(5000, 100);
}

static void many_segments_make_few_packets(void)
{
    borders_make_no_packets(50000, 4);
}

// A header leaves in a packet of the file. A trailer leaves with the file if the file is read, and may leave in a packet of its
// own after sendfile, which has no MSG_MORE. Without MSG_MORE, a header before sendfile had a packet of its own too.
static void files_make_few_packets(void)
{
    static const size_t lengths[] = {10000, 16384, 40000, 50000, 65000};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        const size_t bytes = lengths[i] + 300;
        struct segments segments = segments_equal(&random, 1, lengths[i]);
        char *const whole = calloc(bytes, 1);
        const int file = segments_file(&segments);
        struct sendv_part parts[] = {{.base = whole, .length = 200}, {0}, {.base = whole, .length = 100}};
        CHECK_ERRNO(sendv_file_part(file, 0, -1, &parts[1]), 0);
        struct pair pair = eager_pair();
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender};
        struct reader reader;
        reader_start(&reader, pair.receiver, (struct pace){.chunk = 65536, .limit = bytes}, digest_none);
        CHECK_ERRNO(sendv_perform_parts(&call, parts, 3, NULL), 0);
        CHECK_EQ(reader_join(&reader).bytes, bytes);
        const unsigned made = packets(pair.sender), fewest = packets_of(&(struct iovec){whole, bytes}, 1, bytes);
        check_context("%zu bytes of a file; contiguous: %u packets", lengths[i], fewest);
        if (fewest == 0)
            check_skip("the kernel does not count packets");
        else
            CHECK_BETWEEN(made, 1, fewest + (lengths[i] > 32768));
        pair_close(&pair);
        MUST(close(file));
        free(whole);
        segments_free(&segments);
    }
}

enum { mib = 1 << 20, bounded_mib = 6, bounded_bytes = bounded_mib * mib };

// A connection with room for all the bytes in its buffers. Returns false where the system does not let buffers be so large.
static bool roomy_pair(struct pair *pair)
{
    const int bytes = 8 * bounded_bytes;
    *pair = eager_pair();
    const bool may = setsockopt(pair->sender, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) == 0 &&
                     setsockopt(pair->receiver, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0;
    if (!may)
        pair_close(pair);
    return may;
}

// Sends the bytes in one piece, several times with a reader beside it, so that the windows open for all of them.
static void open_windows(const struct pair *pair, const char *bytes)
{
    for (unsigned round = 0; round < 4; round++) {
        struct reader reader;
        reader_start(&reader, pair->receiver, (struct pace){.chunk = 65536, .limit = bounded_bytes}, digest_none);
        CHECK_EQ(send(pair->sender, bytes, bounded_bytes, MSG_NOSIGNAL), bounded_bytes);
        CHECK_EQ(reader_join(&reader).bytes, bounded_bytes);
    }
}

// How many packets the bytes make on a connection that takes them at once: by one send, or in offers of a MiB.
static unsigned packets_in_room(char *bytes, bool in_offers)
{
    struct pair pair;
    if (!roomy_pair(&pair))
        return 0;
    open_windows(&pair, bytes);
    const unsigned before = packets(pair.sender);
    struct sendv_call call = {.size = sizeof call,
                              .fd = pair.sender,
                              .iov = &(struct iovec){bytes, bounded_bytes},
                              .iovcnt = 1,
                              .wait = SENDV_WAIT_WITHIN,
                              .timeout_ns = (int64_t)20 * ns_per_s};
    if (in_offers) {
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.system_calls, bounded_mib);
    } else {
        CHECK_EQ(send(pair.sender, bytes, bounded_bytes, MSG_NOSIGNAL), bounded_bytes);
    }
    struct reader reader;
    reader_start(&reader, pair.receiver, (struct pace){.chunk = 65536, .limit = bounded_bytes}, digest_none);
    CHECK_EQ(reader_join(&reader).bytes, bounded_bytes);
    const unsigned made = packets(pair.sender) - before;
    pair_close(&pair);
    return made;
}

static unsigned fewest_of_five(char *bytes, bool in_offers)
{
    unsigned fewest = packets_in_room(bytes, in_offers);
    for (unsigned i = 1; i < 5 && fewest > 0; i++) {
        const unsigned made = packets_in_room(bytes, in_offers);
        fewest = made < fewest ? made : fewest;
    }
    return fewest;
}

// A call with a time-out offers a MiB at a time. If each offer ended a packet, there would be one more for each border. The kernel ends
// a packet at a border if an acknowledgement comes during the offer: measured at two of the five borders.
static void offers_of_a_mib_make_few_packets(void)
{
    char *bytes = calloc(bounded_bytes, 1);
    const unsigned contiguous = fewest_of_five(bytes, false);
    check_context("contiguous: %u packets", contiguous);
    if (contiguous == 0)
        check_skip("the kernel does not count packets, or does not let buffers be large enough");
    else
        CHECK_BETWEEN(fewest_of_five(bytes, true), 1, contiguous + bounded_mib - 3);
    free(bytes);
}

static int compare(const void *a, const void *b)
{
    const int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

// From the call to the arrival of the last byte, on a connection of its own: the median of seven. A partial packet that
// MSG_MORE holds back leaves after 200 ms.
static int64_t arrival_ns(const struct segments *segments)
{
    int64_t took[7];
    for (size_t i = 0; i < COUNT_OF(took); i++) {
        struct pair pair = eager_pair();
        struct reader reader;
        reader_start(&reader, pair.receiver, (struct pace){.chunk = 65536, .limit = segments->bytes}, digest_none);
        const int64_t start = now_ns();
        CHECK_ERRNO(sendv_all(pair.sender, segments->list, segments->count, 0, NULL), 0);
        CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
        took[i] = reader.ended_ns - start;
        pair_close(&pair);
    }
    qsort(took, COUNT_OF(took), sizeof *took, compare);
    return took[COUNT_OF(took) / 2];
}

static void the_end_is_not_held_back(void)
{
    static const size_t counts[] = {1, 2, 1023, 1024, 1025, 2048, 2049, 5000};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        check_context("%zu segments", counts[i]);
        struct segments segments = segments_equal(&random, counts[i], 10);
        CHECK_BETWEEN(arrival_ns(&segments) / ns_per_ms, 0, 149);
        segments_free(&segments);
    }
}

// Empty segments after a full batch are no batch to wait for.
static void empty_segments_at_the_end_hold_nothing_back(void)
{
    struct random random = {check_seed()};
    struct segments segments = segments_before_empties(&random, 1500, 1024, 10);
    CHECK_BETWEEN(arrival_ns(&segments) / ns_per_ms, 0, 149);
    segments_free(&segments);
}

// The caller's own MSG_MORE is the caller's: it holds for the end of the list too.
static void the_callers_msg_more_is_kept(void)
{
    struct pair pair = eager_pair();
    char half[] = "half";
    const struct iovec list[] = {{half, 2}, {half + 2, 2}};
    CHECK_ERRNO(sendv_all(pair.sender, list, 2, MSG_MORE, NULL), 0);
    CHECK_ERRNO(sendv_all(pair.sender, list, 2, 0, NULL), 0);
    struct reader reader;
    reader_start(&reader, pair.receiver, (struct pace){.chunk = 100, .limit = 8}, digest_none);
    CHECK_EQ(reader_join(&reader).bytes, 8);
    CHECK_BETWEEN(packets(pair.sender), 0, 1);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(short_segments_make_few_packets),
        CASE(longer_segments_make_few_packets),
        CASE(many_segments_make_few_packets),
        CASE(files_make_few_packets),
        CASE(offers_of_a_mib_make_few_packets),
        CASE(the_end_is_not_held_back),
        CASE(empty_segments_at_the_end_hold_nothing_back),
        CASE(the_callers_msg_more_is_kept),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
