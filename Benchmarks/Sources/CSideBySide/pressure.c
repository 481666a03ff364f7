// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "candidates.h"
#include "cell.h"
#include "connection.h"

#include <csendshim.h>
#include <linux/tcp.h> // glibc's tcp_info lacks the counts of segments
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double clock_seconds(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void must_send(int error)
{
    if (error != 0) {
        fprintf(stderr, "sendv_all: %s\n", strerror(error));
        exit(1);
    }
}

static void send_list(int fd, const struct cell *cell, enum pressure way)
{
    const int64_t far_away = (int64_t)3600 * 1000000000;
    if (way == PRESSURE_SENDMSG || way == PRESSURE_SENDMSG_AGAIN)
        sendmsg_all(fd, cell->list, cell->segments);
    else if (way == PRESSURE_SENDV_ALL)
        must_send(sendv_all(fd, cell->list, cell->segments, 0, NULL));
    else
        must_send(sendv_all_within(fd, cell->list, cell->segments, 0, far_away, NULL));
}

// Sends `bytes` bytes in lists, and adds what that took.
static void send_block(int fd, const struct cell *cell, enum pressure way, int64_t bytes, struct pressure_figures *figures)
{
    const double start = clock_seconds(CLOCK_MONOTONIC), cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int64_t sent = 0; sent < bytes; sent += (int64_t)(cell->segments * cell->bytes))
        send_list(fd, cell, way);
    figures->seconds += clock_seconds(CLOCK_MONOTONIC) - start;
    figures->cpu_seconds += clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

void pressure_run(enum transport transport, int64_t total, unsigned pause_us, struct pressure_figures figures[PRESSURES])
{
    const int64_t block = 8 << 20;
    struct cell cell = cell_make(64, 16384);
    struct connection connection = connection_open(transport, pause_us);
    memset(figures, 0, PRESSURES * sizeof *figures);
    int64_t sent = 0;
    for (unsigned round = 0; sent < total * PRESSURES; round++) {
        for (unsigned turn = 0; turn < PRESSURES; turn++, sent += block) {
            const enum pressure way = (turn + round) % PRESSURES;
            send_block(connection.fd, &cell, way, block, &figures[way]);
        }
    }
    if (connection_close(&connection) != sent) {
        fprintf(stderr, "back-pressure: bytes are missing\n");
        exit(1);
    }
    cell_free(&cell);
}

unsigned packets_sent(size_t segments, size_t bytes, bool contiguous)
{
    struct cell cell = cell_make(segments, bytes);
    struct connection connection = connection_open(TRANSPORT_TCP, 0);
    candidates_in_c[contiguous ? CANDIDATE_CONTIGUOUS : CANDIDATE_SENDV_ALL].send(connection.fd, &cell, 1);
    struct tcp_info info;
    do { // until all of it has left
        socklen_t length = sizeof info;
        if (getsockopt(connection.fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
            perror("TCP_INFO");
            exit(1);
        }
    } while (info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0);
    const unsigned packets = info.tcpi_segs_out;
    (void)connection_close(&connection);
    cell_free(&cell);
    return packets;
}

// The peak of resident memory since the last call of forget_peak.
static long peak_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
            break;
    }
    if (kib < 0) {
        fprintf(stderr, "no VmHWM in /proc/self/status\n");
        exit(1);
    }
    fclose(status);
    return kib;
}

static void forget_peak(void)
{
    FILE *references = fopen("/proc/self/clear_refs", "w");
    if (references == NULL || fputs("5", references) < 0 || fclose(references) != 0) {
        perror("/proc/self/clear_refs");
        exit(1);
    }
}

long memory_growth_kib(const struct candidate *candidate, const struct cell *cell)
{
    struct connection connection = connection_open(TRANSPORT_UNIX, 0);
    if (candidate->prepare != NULL)
        candidate->prepare(connection.fd, cell);
    forget_peak();
    const long before = peak_kib();
    candidate->send(connection.fd, cell, 1);
    const long growth = peak_kib() - before;
    (void)connection_close(&connection);
    return growth;
}
