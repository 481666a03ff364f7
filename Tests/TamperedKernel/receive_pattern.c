// SPDX-License-Identifier: Apache-2.0
//
// receive_pattern ENDPOINT RECORD [NAME=NUMBER...]
//
// The reader: prints where it can be reached, accepts one sender, and compares what arrives with the pattern. The file
// RECORD holds one line about all it has read; it is written anew after every read, so it stands if the reader is killed.
//
//   SIGUSR1  go on reading, after a stall
//   SIGTERM  read what there is, and end: the only end that datagrams without a connection have
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "endpoint.h"
#include "pattern.h"
#include "settings.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
    int64_t seed;
    int64_t chunk;    // bytes a read takes, at most
    int64_t pause_us; // between two reads
    int64_t buffer;   // SO_RCVBUF
    int64_t stall;    // bytes after which it stops reading, until SIGUSR1; -1: never
    int64_t limit;    // seconds after which it ends itself
} set = {.chunk = 65536, .stall = -1, .limit = 60};

static const struct setting settings[] = {
    {"seed", &set.seed},     {"chunk", &set.chunk}, {"pause_us", &set.pause_us},
    {"buffer", &set.buffer}, {"stall", &set.stall}, {"limit", &set.limit},
};

static atomic_bool told_to_go_on;
static atomic_bool told_to_end;

static struct {
    int fd;
    size_t bytes;
    size_t datagrams;
    size_t wrong; // reads, or datagrams, that are not as sent
    char end[24]; // "before" it has accepted, then "none" until there is one
} record = {.end = "before"};

static void note_signal(int signal)
{
    atomic_store(signal == SIGTERM ? &told_to_end : &told_to_go_on, true);
}

// The line keeps its length, so that one write replaces all of it.
static void write_record(void)
{
    char line[161];
    const int length = snprintf(line, sizeof line, "bytes=%zu datagrams=%zu wrong=%zu end=%s", record.bytes, record.datagrams,
                                record.wrong, record.end);
    memset(line + length, ' ', sizeof line - 1 - (size_t)length);
    line[sizeof line - 1] = '\n';
    MUST(pwrite(record.fd, line, sizeof line, 0));
}

static void take_stream(const unsigned char *bytes, size_t count)
{
    if (pattern_agreeing(bytes, (uint64_t)set.seed, record.bytes, count) != count)
        record.wrong++;
    record.bytes += count;
}

static void take_datagram(const unsigned char *bytes, size_t count)
{
    if (datagram_agreeing(bytes, (uint64_t)set.seed, count) != count)
        record.wrong++;
    record.bytes += count;
    record.datagrams++;
}

static bool is_stalled(void)
{
    return set.stall >= 0 && record.bytes >= (size_t)set.stall && !atomic_load(&told_to_go_on);
}

static bool end_with(const char *end)
{
    (void)snprintf(record.end, sizeof record.end, "%s", end);
    return false;
}

// Takes what one read gives. Returns whether there is more to come.
static bool read_once(int fd, bool stream, unsigned char *room)
{
    const size_t most = stream ? (size_t)set.chunk : datagram_longest + 1;
    const ssize_t count = recv(fd, room, most, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) {
        if (atomic_load(&told_to_end))
            return end_with("told");
        (void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 10);
        return true;
    }
    if (count < 0)
        return errno == EINTR || end_with(strerrorname_np(errno));
    if (count == 0)
        return end_with("eof");
    (stream ? take_stream : take_datagram)(room, (size_t)count);
    return true;
}

static void read_all(int fd, bool stream)
{
    static unsigned char room[1 << 20];
    bool going = true;
    while (going) {
        if (is_stalled()) {
            sleep_ns(ns_per_ms);
            continue;
        }
        going = read_once(fd, stream, room);
        write_record();
        if (set.pause_us > 0)
            sleep_ns(set.pause_us * ns_per_us);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ENDPOINT RECORD [NAME=NUMBER...]\n", argv[0]);
        return 2;
    }
    settings_read(argv + 3, settings, COUNT_OF(settings));
    alarm((unsigned)set.limit);
    const struct sigaction noting = {.sa_handler = note_signal};
    MUST(sigaction(SIGTERM, &noting, NULL));
    MUST(sigaction(SIGUSR1, &noting, NULL));
    record.fd = MUST(open(argv[2], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
    write_record();
    struct endpoint endpoint = endpoint_of(argv[1]);
    const int bound = endpoint_bind(&endpoint, (int)set.buffer);
    endpoint_announce(&endpoint);
    const int fd = endpoint_accept(&endpoint, bound);
    (void)end_with("none");
    write_record();
    read_all(fd, endpoint_is_stream(&endpoint));
    return 0;
}
