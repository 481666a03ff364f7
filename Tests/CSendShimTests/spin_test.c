// SPDX-License-Identifier: Apache-2.0
//
// A wait does not spin: the test counts system calls and processor time of calls that wait.
#define _GNU_SOURCE
#include "counted.h"

#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "network.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>

// From the kernel's linux/net_tstamp.h and linux/errqueue.h, which musl-gcc does not find.
enum { timestamp_tx_software = 1 << 1, timestamp_software = 1 << 4, timestamp_option_id = 1 << 7, origin_zerocopy = 5 };

struct extended_error {
    uint32_t error;
    uint8_t origin, type, code, padding;
    uint32_t info, data;
};

enum { small_buffer = 8192, list_bytes = 1000000, wait_ms = 500 };

static struct sendv_call call_within(int fd, const struct segments *segments, int64_t timeout_ms)
{
    return (struct sendv_call){.size = sizeof(struct sendv_call),
                               .fd = fd,
                               .iov = segments->list,
                               .iovcnt = segments->count,
                               .wait = SENDV_WAIT_WITHIN,
                               .timeout_ns = timeout_ms * ns_per_ms};
}

// Pauses begin at 1 us and grow fourfold: 9 of them take the first 87 ms. Pauses begin at 1 us again after an offer that took
// something, as TCP may take a little more of a full socket. From then on there are 10 waits a second, each with an offer behind it.
static size_t most_calls(int64_t ms, size_t taken)
{
    return 10 + 2 * 9 * (1 + taken) + (size_t)(20 * ms / 1000);
}

// What a call took: time, and processor time of its thread.
struct cost {
    int64_t ns, cpu_ns;
};

// Whether the call used at most this share of a processor. Always true under a sanitizer or an emulator, whose own work counts
// too: an emulator translates the program while it runs.
static bool is_cheap(struct cost cost, int percent)
{
    return UNDER_SANITIZER || getenv("CHECK_RUNNER") != NULL || cost.cpu_ns <= cost.ns * percent / 100;
}

// Makes a call, an expression whose value is its cost. Checks that it used at most this share of a processor. A thread is charged
// for interrupts and for pauses of a virtual machine too, so a call that is not cheap is made again, up to twice: a call that spins
// does so each time.
#define CHECK_CHEAP(percent, call) \
    do { \
        struct cost cost_ = (call); \
        for (int again_ = 0; again_ < 2 && !is_cheap(cost_, (percent)); again_++) \
            cost_ = (call); \
        if (!is_cheap(cost_, (percent))) \
            CHECK_BETWEEN(cost_.cpu_ns, 0, cost_.ns * (percent) / 100); \
    } while (0)

// Sends the segments, or a file with their bytes, to a socket that stays full. Checks that the call times out after wait_ms, with
// few system calls, and that the file goes by sendfile.
static struct cost times_out(int fd, const struct segments *segments, bool by_file)
{
    struct sendv_call call = call_within(fd, segments, wait_ms);
    struct sendv_part part = {0};
    const int file = by_file ? segments_file(segments) : -1;
    if (by_file)
        CHECK_ERRNO(sendv_file_part(file, 0, -1, &part), 0);
    counted_begin();
    const int64_t start = now_ns(), cpu_start = thread_cpu_ns();
    CHECK_ERRNO(by_file ? sendv_perform_parts(&call, &part, 1, NULL) : sendv_perform(&call), ETIMEDOUT);
    const int64_t took = now_ns() - start, cpu = thread_cpu_ns() - cpu_start;
    CHECK_EQ(call.timed_out, 1);
    CHECK(took >= wait_ms * (int64_t)ns_per_ms);
    CHECK_BETWEEN(counted_calls() + call.system_calls, 3, most_calls(wait_ms, call.taken));
    if (sizeof(void *) == 8) // see counted.h
        CHECK_EQ(counted.sendfiles > 0, by_file);
    if (by_file)
        MUST(close(file));
    return (struct cost){took, cpu};
}

static void send_times_out_quietly(int fd, const struct segments *segments, bool by_file)
{
    CHECK_CHEAP(1, times_out(fd, segments, by_file));
}

static void times_out_quietly(int fd, const struct segments *segments)
{
    send_times_out_quietly(fd, segments, false);
}

static void fill(int fd, const struct segments *segments)
{
    struct sendv_call call = call_within(fd, segments, 0);
    do {
        CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    } while (call.sent > 0 && check_failures() == 0);
}

// Puts something on the socket's error queue that nobody reads: the time at which bytes were sent.
static bool put_on_error_queue(int fd)
{
    const int times = timestamp_tx_software | timestamp_software | timestamp_option_id;
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &times, sizeof times) != 0) {
        check_skip("no transmit timestamps here: %s", strerror(errno));
        return false;
    }
    MUST(send(fd, "x", 1, MSG_DONTWAIT));
    CHECK((await_events(fd, POLLERR) & POLLERR) != 0);
    return true;
}

// A pair whose sender is full, and the list that filled it.
struct full_pair {
    struct pair pair;
    struct segments segments;
};

static struct full_pair full_pair_with(unsigned kind, size_t bytes)
{
    struct random random = {check_seed()};
    struct full_pair full = {pair_open(kind, small_buffer), segments_random(&random, 300, bytes)};
    fill(full.pair.sender, &full.segments);
    return full;
}

static struct full_pair full_pair_open(unsigned kind)
{
    return full_pair_with(kind, list_bytes);
}

static void full_pair_close(struct full_pair *full)
{
    segments_free(&full->segments);
    pair_close(&full->pair);
}

static void a_full_stream_without_more(unsigned kind)
{
    struct full_pair full = full_pair_open(kind);
    times_out_quietly(full.pair.sender, &full.segments);
    full_pair_close(&full);
}

// In non-blocking mode, a long region of a file goes by sendfile.
static void send_with_an_unread_error_queue(bool by_file)
{
    struct pair pair = pair_open(TCP, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, list_bytes);
    if (put_on_error_queue(pair.sender)) {
        fill(pair.sender, &segments);
        if (by_file)
            set_nonblocking(pair.sender);
        send_times_out_quietly(pair.sender, &segments, by_file);
    }
    segments_free(&segments);
    pair_close(&pair);
}

static void a_full_stream_with_an_unread_error_queue(void)
{
    send_with_an_unread_error_queue(false);
}

static void a_file_to_a_full_stream(unsigned kind)
{
    struct full_pair full = full_pair_open(kind);
    set_nonblocking(full.pair.sender);
    send_times_out_quietly(full.pair.sender, &full.segments, true);
    full_pair_close(&full);
}

static void a_file_with_an_unread_error_queue(void)
{
    send_with_an_unread_error_queue(true);
}

static void a_zero_copy_send_makes_few_calls(void)
{
    struct pair pair = pair_open(TCP, 1 << 20);
    const int on = 1;
    if (setsockopt(pair.sender, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) != 0) {
        check_skip("no MSG_ZEROCOPY here: %s", strerror(errno));
        pair_close(&pair);
        return;
    }
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, 20 << 20);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    struct sendv_call call = call_within(pair.sender, &segments, 20000);
    call.flags = MSG_ZEROCOPY;
    counted_begin();
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments.bytes);
    // Each offer that takes something is followed by a wait and an offer at most, and by some of both while poll is found out.
    CHECK_BETWEEN(call.system_calls, call.taken, 6 * call.taken + 40);
    CHECK_BETWEEN(counted_calls(), 0, 6 * call.taken + 40);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    // As many notifications as `taken` says: each tells a range of calls, and the last range ends with the last call.
    uint32_t told = 0;
    while (told < call.taken && (await_events(pair.sender, POLLERR) & POLLERR) != 0) {
        char control[256];
        struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
        if (recvmsg(pair.sender, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            break;
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        MUST(header == NULL ? -1 : 0);
        struct extended_error error;
        memcpy(&error, CMSG_DATA(header), sizeof error);
        CHECK_EQ(error.origin, origin_zerocopy);
        told = error.data + 1;
    }
    CHECK_EQ(told, call.taken);
    segments_free(&segments);
    pair_close(&pair);
}

static void poll_that_fails(unsigned kind)
{
    static const int errors[] = {EINVAL, EPERM, ENOSYS, ENOMEM};
    struct full_pair full = full_pair_open(kind);
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        check_context("%s", strerror(errors[i]));
        counted_fail_polls(errors[i]);
        times_out_quietly(full.pair.sender, &full.segments);
        counted_fail_polls(0);
    }
    full_pair_close(&full);
}

static void send_without_descriptors(unsigned kind)
{
    struct full_pair full = full_pair_open(kind);
    const struct rlimit none = {0, 0};
    MUST(setrlimit(RLIMIT_NOFILE, &none)); // of this child: poll is EINVAL from now on
    times_out_quietly(full.pair.sender, &full.segments);
}

// valgrind keeps descriptors for itself, and refuses a lower limit.
static bool may_lower_the_limit(void)
{
    if (UNDER_VALGRIND)
        check_skip("valgrind does not let a program lower its descriptor limit");
    return !UNDER_VALGRIND;
}

static void a_descriptor_limit_of_0(unsigned kind)
{
    if (may_lower_the_limit())
        CHECK(passes_in_child(send_without_descriptors, kind));
}

// Where no descriptor is free, changes cannot be watched for.
static void send_with_an_error_queue_and_without_descriptors(unsigned unused)
{
    (void)unused;
    struct pair pair = pair_open(TCP, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, list_bytes);
    if (!put_on_error_queue(pair.sender))
        return;
    fill(pair.sender, &segments);
    struct rlimit limit = {3, 3};
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    times_out_quietly(pair.sender, &segments);
}

static void an_unread_error_queue_and_no_descriptor(void)
{
    if (may_lower_the_limit())
        CHECK(passes_in_child(send_with_an_error_queue_and_without_descriptors, 0));
}

// A datagram to a Unix socket whose queue is full: poll sees room all the time.
static void a_receiver_with_a_full_queue(void)
{
    struct address address;
    const int receiver = socket_bound(UNIX_DATAGRAM, &address);
    const int sender = socket_unconnected(UNIX_DATAGRAM);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 3, 100);
    struct sendv_call call = call_within(sender, &segments, wait_ms);
    call.address = &address.to.any;
    call.address_length = address.length;
    int error;
    do {
        counted_begin();
        error = sendv_perform(&call);
    } while (error == 0 && check_failures() == 0);
    CHECK_ERRNO(error, ETIMEDOUT);
    CHECK_BETWEEN(counted_calls() + call.system_calls, 3, most_calls(wait_ms, call.taken));
    segments_free(&segments);
    MUST(close(sender));
    MUST(close(receiver));
}

// How a call without a time-out was stopped.
struct stopping {
    int64_t at_ns;
    size_t asked;
};

static int stop_at_the_time(const void *context)
{
    struct stopping *const stopping = (struct stopping *)(uintptr_t)context;
    stopping->asked++;
    return now_ns() >= stopping->at_ns;
}

// Sends without a time-out to a socket that is full. After wait_ms the call is stopped. Checks that it made at most `first`
// calls until its waits lasted 100 ms, then at most 20 a second. Adds to *taken how often the socket took something.
static struct cost is_stopped(struct sendv_call call, size_t first, size_t *taken)
{
    const int64_t start = now_ns();
    struct stopping stopping = {.at_ns = start + wait_ms * (int64_t)ns_per_ms};
    call.stopped = stop_at_the_time;
    call.stopped_context = &stopping;
    counted_begin();
    const int64_t cpu_start = thread_cpu_ns();
    CHECK_ERRNO(sendv_perform(&call), ECANCELED);
    const int64_t took = now_ns() - start, cpu = thread_cpu_ns() - cpu_start;
    CHECK_EQ(call.timed_out, 0);
    CHECK_EQ(stopping.asked, call.waits + 1);
    CHECK_BETWEEN(took / ns_per_ms, wait_ms, 4 * wait_ms);
    CHECK_BETWEEN(counted_calls() + call.system_calls, 3, first * (1 + call.taken) + (size_t)(20 * took / ns_per_s));
    *taken += call.taken;
    return (struct cost){took, cpu};
}

// Checks too that the call took at most 1 % of a processor. Returns how often the socket took something.
static size_t is_stopped_quietly(struct sendv_call call, size_t first)
{
    size_t taken = 0;
    CHECK_CHEAP(1, is_stopped(call, first, &taken));
    return taken;
}

static struct sockaddr_in on_silent_network(unsigned char host)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000200 | host), .sin_port = htons(9) /* discard */};
}

// A blocking UDP socket that is full, since nobody answers for the neighbour that its packets are for.
static void send_to_a_silent_neighbour(unsigned with_error_queue)
{
    MUST(network_enter() ? 0 : -1);
    network_add_silent();
    const int fd = socket_unconnected(UDP);
    set_buffer(fd, SO_SNDBUF, 1); // the kernel raises it to its minimum
    const struct sockaddr_in here = on_silent_network(1), there = on_silent_network(9);
    if (with_error_queue != 0) {
        const int no_times = 0, receiver = socket_unconnected(UDP);
        MUST(bind(receiver, (const struct sockaddr *)&here, sizeof here));
        MUST(connect(fd, (const struct sockaddr *)&here, sizeof here));
        if (!put_on_error_queue(fd))
            return;
        MUST(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &no_times, sizeof no_times));
    }
    MUST(connect(fd, (const struct sockaddr *)&there, sizeof there));
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5, 500);
    struct sendv_call call = {
        .size = sizeof call, .fd = fd, .iov = segments.list, .iovcnt = segments.count, .flags = MSG_DONTWAIT};
    int error;
    while ((error = sendv_perform(&call)) == 0) {
    }
    CHECK_ERRNO(error, EAGAIN);
    call.flags = 0;
    // At most 12 calls: two getsockopt before the first wait, the waits and offers until poll proves useless, and two calls
    // that set up epoll.
    CHECK_EQ(is_stopped_quietly(call, 12), 0);
    segments_free(&segments);
    MUST(close(fd));
}

static bool cannot_be_full_over_udp(void)
{
    const bool cannot = !network_may_add();
    if (cannot)
        check_skip("only root with /dev/net/tun may make a network in which a UDP socket is full");
    return cannot;
}

static void a_full_udp_socket(void)
{
    if (!cannot_be_full_over_udp())
        CHECK(passes_in_child(send_to_a_silent_neighbour, 0));
}

static void a_full_udp_socket_with_an_unread_error_queue(void)
{
    if (!cannot_be_full_over_udp())
        CHECK(passes_in_child(send_to_a_silent_neighbour, 1));
}

// Without a way to poll and without a time-out, the call sleeps, and ends once it is told to.
static void poll_that_fails_until_the_call_is_stopped(unsigned kind)
{
    static const int errors[] = {EPERM, ENOSYS};
    struct full_pair full = full_pair_open(kind);
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        check_context("%s", strerror(errors[i]));
        struct sendv_call call = call_within(full.pair.sender, &full.segments, 0);
        call.timeout_ns = -1;
        counted_fail_polls(errors[i]);
        (void)is_stopped_quietly(call, 10 + 2 * 9);
        counted_fail_polls(0);
    }
    full_pair_close(&full);
}

// Without a time-out the call ends all the same once it is told to.
static int stop_asked;

static int stop_after_a_while(const void *context)
{
    return ++stop_asked > *(const int *)context;
}

static void a_call_that_is_stopped_ends(unsigned kind)
{
    struct full_pair full = full_pair_open(kind);
    static const int after = 3;
    struct sendv_call call = call_within(full.pair.sender, &full.segments, -1);
    call.timeout_ns = -1;
    call.stopped = stop_after_a_while;
    call.stopped_context = &after;
    stop_asked = 0;
    CHECK_ERRNO(sendv_perform(&call), ECANCELED);
    CHECK_EQ(stop_asked, after + 1);
    CHECK_EQ(call.timed_out, 0);
    full_pair_close(&full);
}

// Linux keeps a negative SO_SNDTIMEO as "never wait", and reads it back as "for ever".
static void a_socket_whose_sends_do_not_wait(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 300, list_bytes);
    const struct timeval never = {.tv_sec = -1};
    MUST(setsockopt(pair.sender, SOL_SOCKET, SO_SNDTIMEO, &never, sizeof never));
    fill(pair.sender, &segments);
    static const int after = 8;
    const uint32_t waits[] = {SENDV_WAIT_AS_SOCKET, SENDV_WAIT_BLOCKING};
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct sendv_call call = call_within(pair.sender, &segments, -1);
        call.timeout_ns = -1;
        call.wait = waits[i];
        call.stopped = stop_after_a_while;
        call.stopped_context = &after;
        stop_asked = 0;
        const int64_t start = now_ns();
        CHECK_ERRNO(sendv_perform(&call), ECANCELED);
        CHECK(now_ns() - start >= (after - 3) * 100 * (int64_t)ns_per_ms); // each wait lasts 100 ms, but for those inside send
    }
    segments_free(&segments);
    pair_close(&pair);
}

static volatile sig_atomic_t signals;

static void note_signal(int signal)
{
    (void)signal;
    signals = signals + 1;
}

// Makes a signal arrive every `us` microseconds, without SA_RESTART. To be called in a child.
static void be_signalled_every(suseconds_t us)
{
    const struct sigaction action = {.sa_handler = note_signal};
    const struct itimerval every = {.it_interval = {.tv_usec = us}, .it_value = {.tv_usec = us}};
    MUST(sigaction(SIGALRM, &action, NULL));
    MUST(setitimer(ITIMER_REAL, &every, NULL));
}

static int stop_once_signalled(const void *context)
{
    (void)context;
    return signals > 0;
}

// Without a deadline a stream waits inside send, which only a signal ends.
static void send_until_signalled(unsigned kind)
{
    struct full_pair full = full_pair_open(kind);
    be_signalled_every(50000);
    struct sendv_call call = {.size = sizeof call,
                              .fd = full.pair.sender,
                              .iov = full.segments.list,
                              .iovcnt = full.segments.count,
                              .stopped = stop_once_signalled};
    CHECK_ERRNO(sendv_perform(&call), ECANCELED);
    CHECK(call.waits > 0);
    full_pair_close(&full);
}

// Signals end 16 polls, and the call sleeps from then on. Each signal ends at most one sleep. Between two signals, some of
// the sleeps, which begin at 1 us, can end by themselves. Each wait is followed by an offer. Writes how many signals came.
static struct cost times_out_in_a_storm(const struct full_pair *full, int64_t ms, size_t *came)
{
    struct sendv_call call = call_within(full->pair.sender, &full->segments, ms);
    be_signalled_every(1000);
    counted_begin();
    const int64_t start = now_ns(), cpu_start = thread_cpu_ns();
    const sig_atomic_t signals_before = signals;
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    const int64_t took = now_ns() - start, cpu = thread_cpu_ns() - cpu_start;
    const size_t times = 1 + call.taken;
    *came = (size_t)(signals - signals_before);
    be_signalled_every(0);
    CHECK_EQ(call.timed_out, 1);
    CHECK_BETWEEN(took / ns_per_ms, ms, 4 * ms);
    CHECK_BETWEEN(*came, 0, (size_t)(4 * ms));
    CHECK_BETWEEN(counted.polls, 1, 18 * times);
    CHECK_BETWEEN(counted.waits, counted.polls, *came + 9 * times + (size_t)(10 * took / ns_per_s));
    CHECK_BETWEEN(call.system_calls, counted.waits, counted.waits + 2 * times);
    return (struct cost){took, cpu};
}

// On a busy machine signals come late, and several as one. Then the storm has to last longer, until signals have ended 16 polls and
// some sleeps after them. The list is short because of valgrind, which reads an offer before the system call, and reads it again after
// each signal. An offer of 1 MB takes it 1.5 ms, so with a signal each millisecond the offer was not made for seconds.
static void send_in_a_storm(unsigned kind)
{
    struct full_pair full = full_pair_with(kind, list_bytes / 10);
    size_t came;
    int64_t ms = wait_ms;
    bool is_over;
    do {
        CHECK_CHEAP(10, times_out_in_a_storm(&full, ms, &came));
        is_over = came >= 30 && counted.polls >= 16 && counted.waits >= 30;
        ms *= 2;
    } while (!is_over && ms <= 32 * wait_ms && check_failures() == 0);
    CHECK(is_over);
    full_pair_close(&full);
}

static void a_storm_of_signals(unsigned kind)
{
    if (UNDER_THREAD_SANITIZER)
        check_skip("the thread sanitizer calls a signal's handler later than the signal ends a wait");
    else
        CHECK(passes_in_child(send_in_a_storm, kind));
}

static void a_signal_makes_a_blocked_call_ask_whether_it_is_stopped(unsigned kind)
{
    if (UNDER_GCC_THREAD_SANITIZER)
        check_skip("gcc's thread sanitizer lets send go on after a signal, and calls the handler afterwards");
    else
        CHECK(passes_in_child(send_until_signalled, kind));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_full_stream_without_more),
        CASE(a_full_stream_with_an_unread_error_queue),
        ON_STREAMS(a_file_to_a_full_stream),
        CASE(a_file_with_an_unread_error_queue),
        CASE(a_zero_copy_send_makes_few_calls),
        ON_STREAMS(poll_that_fails),
        ON_STREAMS(poll_that_fails_until_the_call_is_stopped),
        ON_STREAMS(a_descriptor_limit_of_0),
        CASE(an_unread_error_queue_and_no_descriptor),
        CASE(a_receiver_with_a_full_queue),
        ON_STREAMS(a_call_that_is_stopped_ends),
        CASE(a_full_udp_socket),
        CASE(a_full_udp_socket_with_an_unread_error_queue),
        ON_STREAMS(a_socket_whose_sends_do_not_wait),
        ON_STREAMS(a_storm_of_signals),
        ON_STREAMS(a_signal_makes_a_blocked_call_ask_whether_it_is_stopped),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
