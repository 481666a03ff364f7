// SPDX-License-Identifier: Apache-2.0
//
// send_pattern ENDPOINT [NAME=NUMBER...]
//
// Sends patterned bytes through the core, list after list, and prints one line: what was counted, which errors there were,
// and what is held after the calls that was not held before them. receive_pattern is the other end.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "endpoint.h"
#include "interruptions.h"
#include "leaks.h"
#include "list.h"
#include "pattern.h"
#include "regions.h"
#include "scarcity.h"
#include "settings.h"

#include <inttypes.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { as_socket = -2 };

static struct {
    int64_t seed;
    int64_t bytes;          // of a stream, to be sent in all
    int64_t list;           // bytes of a list, at most
    int64_t datagrams;      // to be sent in all
    int64_t datagram;       // bytes of a datagram, 0: each another, up to
    int64_t longest;        // these
    int64_t length;         // of each segment; 0: mixed
    int64_t within_ms;      // sendv_all_within's time-out, -1: for ever; as_socket: sendv_all
    int64_t socket_timeout; // SO_SNDTIMEO in milliseconds
    int64_t nowait;         // 1: MSG_DONTWAIT
    int64_t nonblocking;    // 1: O_NONBLOCK
    int64_t nodelay;        // 1: TCP_NODELAY
    int64_t file;           // a descriptor: every other segment is a region of that file; 0: all are memory
    int64_t buffer;         // SO_SNDBUF
    int64_t signal_us;      // a signal every so often
    int64_t scarce;         // enum scarcity
    int64_t resume;         // errors after which it goes on with the rest
    int64_t pause_us;       // between two calls
    int64_t limit;          // seconds after which it ends itself
} set = {.bytes = 1 << 20, .list = 1 << 18, .datagrams = 100, .longest = 2000, .within_ms = as_socket, .limit = 20};

static const struct setting settings[] = {
    {"seed", &set.seed},
    {"bytes", &set.bytes},
    {"list", &set.list},
    {"datagrams", &set.datagrams},
    {"datagram", &set.datagram},
    {"longest", &set.longest},
    {"length", &set.length},
    {"within", &set.within_ms},
    {"socket_timeout", &set.socket_timeout},
    {"nowait", &set.nowait},
    {"nonblocking", &set.nonblocking},
    {"nodelay", &set.nodelay},
    {"file", &set.file},
    {"buffer", &set.buffer},
    {"signal_us", &set.signal_us},
    {"scarce", &set.scarce},
    {"resume", &set.resume},
    {"pause_us", &set.pause_us},
    {"limit", &set.limit},
};

// What there is to say at the end.
static struct {
    size_t calls;
    size_t counted;    // bytes, by the core's count
    size_t datagrams;  // that the core says went
    size_t torn;       // datagrams of which the core counts a part
    size_t changed;    // lists that are not as they were
    size_t misnamed;   // calls that say of memory that it is a file that failed
    size_t errors;
    size_t full;       // times that nothing fitted where the call may not wait: no error
    int last;          // the last error
    int64_t took_us;   // the call that it ended
    int64_t memory;    // bytes of the heap that calls kept
} seen;

static struct regions regions;

static int send_parts(int fd, const struct sendv_part *parts, size_t count, int flags, size_t *sent)
{
    struct sendv_call call = {.size = sizeof call, .fd = fd, .flags = flags, .sent = *sent};
    if (set.within_ms != as_socket) {
        call.wait = SENDV_WAIT_WITHIN;
        call.timeout_ns = set.within_ms < 0 ? -1 : set.within_ms * ns_per_ms;
    }
    size_t failed = SIZE_MAX;
    const int error = sendv_perform_parts(&call, parts, count, &failed);
    if (failed > count || (failed < count && parts[failed].is_file == 0))
        seen.misnamed++;
    *sent = call.sent;
    return error;
}

// Sends the parts, or if they are NULL the segments.
static int send_once(int fd, const struct sendv_part *parts, const struct iovec *segments, size_t count, size_t *sent)
{
    const int flags = set.nowait != 0 ? MSG_DONTWAIT : 0;
    if (parts != NULL)
        return send_parts(fd, parts, count, flags, sent);
    if (set.within_ms == as_socket)
        return sendv_all(fd, segments, count, flags, sent);
    return sendv_all_within(fd, segments, count, flags, set.within_ms < 0 ? -1 : set.within_ms * ns_per_ms, sent);
}

// Makes one call under the circumstances set, and writes down what it left behind.
static int send_measured(int fd, const struct list *list, const struct iovec *segments, size_t count, size_t *sent)
{
    struct sendv_part *const parts = set.file > 0 ? regions_parts(&regions, list, segments, count) : NULL;
    scarcity_begin((enum scarcity)set.scarce);
    const int64_t memory = memory_held();
    const int64_t start = now_ns();
    *sent = SIZE_MAX; // it is to be written on every outcome
    const int error = send_once(fd, parts, segments, count, sent);
    const int64_t took_us = (now_ns() - start) / ns_per_us;
    seen.memory += memory_held() - memory;
    scarcity_end();
    free(parts);
    seen.calls++;
    seen.counted += *sent;
    if (error == EAGAIN && set.nowait + set.nonblocking > 0) {
        seen.full++;
        return 0;
    }
    if (error != 0) {
        seen.errors++;
        seen.last = error;
        seen.took_us = took_us;
    }
    return error;
}

static bool goes_on(int error)
{
    return error == 0 || seen.errors <= (size_t)set.resume;
}

// Sends a list until all of it went, from wherever the count says that a call ended. Returns whether it did.
static bool send_list(int fd, struct list *list)
{
    struct iovec *left = list->segments;
    size_t count = list->count;
    size_t bytes = list->bytes;
    bool going = true;
    if (set.file > 0)
        regions_write(&regions, list);
    while (going && bytes > 0) {
        size_t sent;
        going = goes_on(send_measured(fd, list, left, count, &sent));
        if (sent > bytes) {
            seen.torn++;
            return false;
        }
        bytes -= sent;
        if (!list_unchanged(list))
            seen.changed++;
        size_t offset;
        const size_t index = sendv_seek(left, count, sent, &offset);
        left += index;
        count -= index;
        if (offset > 0) {
            // The next call's list begins inside the segment, and so does the copy that it is compared with.
            struct iovec *copy = &list->as_made[left - list->segments];
            left->iov_base = (char *)left->iov_base + offset;
            left->iov_len -= offset;
            *copy = *left;
        }
        if (bytes > 0)
            sleep_ns(200 * ns_per_us);
    }
    return going;
}

static void send_stream(int fd, struct random *random)
{
    bool going = true;
    for (size_t position = 0; going && position < (size_t)set.bytes;) {
        size_t bytes = 1 + random_below(random, (size_t)set.list);
        if (bytes > (size_t)set.bytes - position)
            bytes = (size_t)set.bytes - position;
        struct list list = list_of_stream(random, (size_t)set.length, (uint64_t)set.seed, position, bytes);
        going = send_list(fd, &list);
        position += bytes;
        list_free(&list);
        sleep_ns(set.pause_us * ns_per_us);
    }
}

// Offers one datagram until it went. Returns whether to go on.
static bool send_datagram(int fd, const struct list *list)
{
    if (set.file > 0)
        regions_write(&regions, list);
    for (;;) {
        size_t sent;
        const size_t full = seen.full;
        const int error = send_measured(fd, list, list->segments, list->count, &sent);
        const bool went = error == 0 && seen.full == full;
        if (went)
            seen.datagrams++;
        if (sent != (went ? list->bytes : 0))
            seen.torn++;
        if (!list_unchanged(list))
            seen.changed++;
        if (went || !goes_on(error))
            return went;
        sleep_ns(200 * ns_per_us);
    }
}

static void send_datagrams(int fd, struct random *random)
{
    bool going = true;
    for (uint64_t number = 0; going && number < (uint64_t)set.datagrams; number++) {
        size_t bytes = (size_t)set.datagram;
        if (bytes == 0)
            bytes = datagram_header + random_below(random, (size_t)set.longest - datagram_header);
        struct list list = list_of_datagram(random, (size_t)set.length, (uint64_t)set.seed, number, bytes);
        going = send_datagram(fd, &list);
        list_free(&list);
        sleep_ns(set.pause_us * ns_per_us);
    }
}

static bool is_default(int signal)
{
    struct sigaction now;
    MUST(sigaction(signal, NULL, &now));
    return now.sa_handler == SIG_DFL;
}

static const char *name_of(int error)
{
    return error == 0 ? "none" : strerrorname_np(error);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s ENDPOINT [NAME=NUMBER...]\n", argv[0]);
        return 2;
    }
    settings_read(argv + 2, settings, COUNT_OF(settings));
    (void)signal(SIGPIPE, SIG_DFL); // whatever was inherited
    alarm((unsigned)set.limit);
    const struct endpoint endpoint = endpoint_of(argv[1]);
    const int fd = endpoint_connect(&endpoint, (int)set.buffer);
    if (set.socket_timeout > 0)
        set_send_timeout_ms(fd, (int)set.socket_timeout);
    MUST(ioctl(fd, FIONBIO, &(int){set.nonblocking != 0})); // fcntl may be tampered with
    if (set.nodelay != 0)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); // a Unix socket has none
    if (set.file > 0)
        regions = regions_in((int)set.file);
    struct random random = {.state = (uint64_t)set.seed};
    const int64_t descriptors = descriptors_held();
    interruptions_begin(set.signal_us);
    if (endpoint_is_stream(&endpoint))
        send_stream(fd, &random);
    else
        send_datagrams(fd, &random);
    const unsigned signals = interruptions_end();
    printf("calls=%zu counted=%zu datagrams=%zu torn=%zu changed=%zu misnamed=%zu file=%s errors=%zu full=%zu last=%s "
           "took_us=%" PRId64 " signals=%u descriptors=%" PRId64 " memory=%" PRId64 " sigpipe=%s\n",
           seen.calls, seen.counted, seen.datagrams, seen.torn, seen.changed, seen.misnamed,
           set.file > 0 && !regions_keep_offset(&regions) ? "moved" : "kept", seen.errors, seen.full, name_of(seen.last),
           seen.took_us, signals, descriptors_held() - descriptors, seen.memory, is_default(SIGPIPE) ? "default" : "changed");
    return 0;
}
