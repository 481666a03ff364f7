// SPDX-License-Identifier: Apache-2.0
//
// The events of CSocketEvents. It is built twice: with events_epoll.c, and with events_kqueue.c over the stand-in for kqueue,
// so that both say the same of the same sockets.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csocketevents.h"
#include "pairs.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct socket_events events;
static struct socket_event ready[SOCKET_EVENTS_MOST];
static struct pair pair;

static void begin(unsigned kind)
{
    MUST(-socket_events_open(&events));
    pair = pair_open(kind, 0);
}

static void end(void)
{
    pair_close(&pair);
    socket_events_close(&events);
}

// Waits until there are events. Returns their number, and 0 after 20 seconds.
static int await_event(void)
{
    const int64_t deadline = now_ns() + 20 * (int64_t)ns_per_s;
    int count = 0;
    while (count == 0 && now_ns() < deadline)
        count = socket_events_await(&events, ready, deadline - now_ns());
    return count;
}

// The descriptor that was armed last with this number, for numbers that differ in their last seven bits.
static int armed[128];

// Whether the event has the token with which `arm` armed a socket.
static void check_token(const struct socket_event *event, uint32_t number)
{
    CHECK_EQ(event->token, (uint64_t)number << 32 | (uint32_t)armed[number % 128]);
}

// Checks that one event came, of the socket armed with `number`, and that its kinds among `of` are `what`.
static void check_event(uint32_t number, uint32_t what, uint32_t of)
{
    CHECK_EQ(await_event(), 1);
    check_token(&ready[0], number);
    CHECK_EQ(ready[0].what & of, what);
}

static void check_no_event(void)
{
    CHECK_EQ(socket_events_await(&events, ready, 20 * ns_per_ms), 0);
}

static void arm(int fd, uint32_t what, int every_change, int is_known, uint32_t number)
{
    const uint64_t token = (uint64_t)number << 32 | (uint32_t)fd;
    CHECK_ERRNO(socket_events_arm(&events, fd, what, every_change, is_known, token), 0);
    armed[number % 128] = fd;
}

static void fill(int fd)
{
    static const char bytes[4096];
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
}

static void drain(int fd)
{
    static char bytes[65536];
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
}

static void *write_later(void *fd)
{
    sleep_ns(10 * ns_per_ms);
    MUST(send(*(int *)fd, "x", 1, 0));
    return NULL;
}

static void *read_later(void *fd)
{
    sleep_ns(10 * ns_per_ms);
    drain(*(int *)fd);
    return NULL;
}

static void *wake_later(void *unused)
{
    (void)unused;
    sleep_ns(10 * ns_per_ms);
    socket_events_wake(&events);
    return NULL;
}

static void room_that_is_there_is_one_event(unsigned kind)
{
    begin(kind);
    arm(pair.sender, SOCKET_EVENT_ROOM, 0, 0, 7);
    check_event(7, SOCKET_EVENT_ROOM, UINT32_MAX);
    check_no_event();
    arm(pair.sender, SOCKET_EVENT_ROOM, 0, 1, 0xfffffff7);
    check_event(0xfffffff7, SOCKET_EVENT_ROOM, UINT32_MAX);
    end();
}

static void room_that_comes(unsigned kind)
{
    pthread_t reader;
    begin(kind);
    fill(pair.sender);
    arm(pair.sender, SOCKET_EVENT_ROOM, 0, 0, 1);
    check_no_event();
    MUST(-pthread_create(&reader, NULL, read_later, &pair.receiver));
    check_event(1, SOCKET_EVENT_ROOM, UINT32_MAX);
    MUST(-pthread_join(reader, NULL));
    end();
}

static void data_that_comes(unsigned kind)
{
    pthread_t writer;
    begin(kind);
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 1);
    check_no_event();
    MUST(-pthread_create(&writer, NULL, write_later, &pair.sender));
    check_event(1, SOCKET_EVENT_DATA, UINT32_MAX);
    check_no_event();
    MUST(-pthread_join(writer, NULL));
    end();
}

static void the_end_of_a_stream_is_data(unsigned kind)
{
    begin(kind);
    MUST(shutdown(pair.sender, SHUT_WR));
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 1);
    check_event(1, SOCKET_EVENT_DATA, UINT32_MAX);
    end();
}

static void a_peer_that_is_gone_is_a_hang_up(void)
{
    begin(UNIX_STREAM);
    fill(pair.sender);
    arm(pair.sender, SOCKET_EVENT_ROOM, 0, 0, 1);
    MUST(close(pair.receiver));
    pair.receiver = MUST(dup(pair.sender));
    check_event(1, SOCKET_EVENT_ROOM | SOCKET_EVENT_HANG_UP, SOCKET_EVENT_ROOM | SOCKET_EVENT_HANG_UP);
    end();
}

static void a_refused_connection_is_an_error(void)
{
    MUST(-socket_events_open(&events));
    const int listener = MUST(socket(AF_INET, SOCK_STREAM, 0));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    MUST(bind(listener, (struct sockaddr *)&address, length));
    MUST(getsockname(listener, (struct sockaddr *)&address, &length));
    MUST(close(listener)); // nobody listens at its port
    const int client = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    CHECK_EQ(connect(client, (struct sockaddr *)&address, length), -1);
    CHECK(errno == EINPROGRESS || errno == ECONNREFUSED);
    arm(client, SOCKET_EVENT_ROOM, 0, 0, 5);
    check_event(5, SOCKET_EVENT_ROOM | SOCKET_EVENT_HANG_UP, SOCKET_EVENT_ROOM | SOCKET_EVENT_HANG_UP);
    close(client);
    socket_events_close(&events);
}

static void what_is_armed_last_counts(unsigned kind)
{
    begin(kind);
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 1);
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 1, 2);
    MUST(send(pair.sender, "x", 1, 0));
    check_event(2, SOCKET_EVENT_DATA, UINT32_MAX);
    fill(pair.receiver);
    arm(pair.receiver, SOCKET_EVENT_DATA | SOCKET_EVENT_ROOM, 0, 1, 3);
    arm(pair.receiver, SOCKET_EVENT_ROOM, 0, 1, 4);
    check_no_event();
    end();
}

static void what_is_forgotten_is_no_event(unsigned kind)
{
    begin(kind);
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 1);
    socket_events_forget(&events, pair.receiver);
    MUST(send(pair.sender, "x", 1, 0));
    check_no_event();
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 2);
    check_event(2, SOCKET_EVENT_DATA, UINT32_MAX);
    end();
}

static void every_change_until_it_is_armed_again(void)
{
    begin(UNIX_STREAM);
    arm(pair.receiver, SOCKET_EVENT_DATA, 1, 0, 1);
    for (int i = 0; i < 3; i++) {
        MUST(send(pair.sender, "x", 1, 0));
        check_event(1, SOCKET_EVENT_DATA, UINT32_MAX);
        check_no_event();
    }
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 1, 2);
    check_event(2, SOCKET_EVENT_DATA, UINT32_MAX);
    MUST(send(pair.sender, "x", 1, 0));
    check_no_event();
    end();
}

static void a_number_that_was_opened_again(unsigned kind)
{
    begin(kind);
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 0, 1);
    struct pair other = pair_open(kind, 0);
    MUST(dup2(other.receiver, pair.receiver));
    arm(pair.receiver, SOCKET_EVENT_DATA, 0, 1, 2);
    MUST(send(other.sender, "x", 1, 0));
    check_event(2, SOCKET_EVENT_DATA, UINT32_MAX);
    pair_close(&other);
    end();
}

static void a_number_that_is_not_open_is_refused(void)
{
    begin(TCP);
    const int closed = 900; // no new descriptor gets it
    for (int is_known = 0; is_known <= 1; is_known++) {
        CHECK_ERRNO(socket_events_arm(&events, closed, SOCKET_EVENT_ROOM, 0, is_known, 1), EBADF);
        CHECK_ERRNO(socket_events_arm(&events, -1, SOCKET_EVENT_ROOM, 0, is_known, 1), EBADF);
    }
    socket_events_forget(&events, closed);
    check_no_event();
    end();
}

static void pipes(void)
{
    int ends[2];
    MUST(-socket_events_open(&events));
    MUST(pipe(ends));
    arm(ends[1], SOCKET_EVENT_ROOM, 0, 0, 1);
    check_event(1, SOCKET_EVENT_ROOM, UINT32_MAX);
    arm(ends[0], SOCKET_EVENT_DATA, 0, 0, 2);
    check_no_event();
    MUST(write(ends[1], "x", 1));
    check_event(2, SOCKET_EVENT_DATA, UINT32_MAX);
    close(ends[0]);
    close(ends[1]);
    socket_events_close(&events);
}

// Waits until the time is over, without an event. Returns the number of waits that took.
static int await_time(int64_t ns)
{
    const int64_t start = now_ns();
    int waits = 0;
    for (int64_t left = ns; waits == 0 || left > 0; left = start + ns - now_ns()) {
        CHECK_EQ(socket_events_await(&events, ready, left), 0);
        waits++;
    }
    return waits;
}

static void a_wait_that_nothing_ends_lasts_its_time(void)
{
    begin(TCP);
    static const int64_t times[] = {0, 300, ns_per_ms, 7 * ns_per_ms + 1, 30 * ns_per_ms};
    for (size_t i = 0; i < COUNT_OF(times); i++)
        CHECK_BETWEEN(await_time(times[i]), 1, 4);
    end();
}

static void another_thread_ends_a_wait_for_ever(void)
{
    pthread_t waker;
    begin(TCP);
    MUST(-pthread_create(&waker, NULL, wake_later, NULL));
    CHECK_EQ(socket_events_await(&events, ready, -1), 0);
    MUST(-pthread_join(waker, NULL));
    end();
}

static void a_wake_before_the_wait_ends_it(void)
{
    begin(TCP);
    for (int i = 0; i < 3; i++)
        socket_events_wake(&events);
    CHECK_EQ(socket_events_await(&events, ready, -1), 0);
    CHECK_BETWEEN(await_time(10 * ns_per_ms), 1, 4); // no wake is left
    arm(pair.sender, SOCKET_EVENT_ROOM, 0, 0, 1);
    socket_events_wake(&events);
    check_event(1, SOCKET_EVENT_ROOM, UINT32_MAX);
    end();
}

static void more_events_than_one_wait_reports(void)
{
    enum { pairs = 100 };
    struct pair crowd[pairs];
    bool seen[pairs] = {false};
    int count = 0;
    MUST(-socket_events_open(&events));
    for (uint32_t i = 0; i < pairs; i++) {
        crowd[i] = pair_open(UNIX_STREAM, 0);
        arm(crowd[i].sender, SOCKET_EVENT_ROOM, 0, 0, i);
    }
    while (count < pairs) {
        const int some = await_event();
        CHECK_BETWEEN(some, 1, SOCKET_EVENTS_MOST);
        if (some == 0)
            break;
        for (int i = 0; i < some; i++) {
            const uint32_t number = (uint32_t)(ready[i].token >> 32);
            check_token(&ready[i], number);
            CHECK(!seen[number]);
            seen[number] = true;
        }
        count += some;
    }
    CHECK_EQ(count, pairs);
    for (int i = 0; i < pairs; i++)
        pair_close(&crowd[i]);
    socket_events_close(&events);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_EVERY_KIND(room_that_is_there_is_one_event),
        ON_STREAMS(room_that_comes),
        ON_EVERY_KIND(data_that_comes),
        ON_STREAMS(the_end_of_a_stream_is_data),
        CASE(a_peer_that_is_gone_is_a_hang_up),
        CASE(a_refused_connection_is_an_error),
        ON_STREAMS(what_is_armed_last_counts),
        ON_EVERY_KIND(what_is_forgotten_is_no_event),
        CASE(every_change_until_it_is_armed_again),
        ON_EVERY_KIND(a_number_that_was_opened_again),
        CASE(a_number_that_is_not_open_is_refused),
        CASE(pipes),
        CASE(a_wait_that_nothing_ends_lasts_its_time),
        CASE(another_thread_ends_a_wait_for_ever),
        CASE(a_wake_before_the_wait_ends_it),
        CASE(more_events_than_one_wait_reports),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
