// SPDX-License-Identifier: Apache-2.0
//
// The turns: in each round every candidate sends for a few milliseconds, and the one that begins changes from round to round,
// so that what the machine does meanwhile meets all alike.
#define _GNU_SOURCE 1
#include "connection.h"
#include "statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// A connection, and the bytes that candidates say they sent on it.
struct lane {
    struct connection connection;
    int64_t bytes;
};

struct bench {
    enum transport transport;
    const struct candidate *candidates;
    size_t count;
    struct lane shared;
    struct lane own[MOST_CANDIDATES];
};

struct series {
    double ns[MOST_ROUNDS];
    size_t calls; // in a round; 0: takes no part
};

static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct bench *bench_open(enum transport transport, const struct candidate *candidates, size_t count)
{
    struct bench *bench = calloc(1, sizeof *bench);
    if (bench == NULL || count > MOST_CANDIDATES) {
        fprintf(stderr, "bench: no memory, or too many candidates\n");
        exit(1);
    }
    *bench = (struct bench){.transport = transport, .candidates = candidates, .count = count};
    bench->shared.connection = connection_open(transport, 0);
    for (size_t c = 0; c < count; c++) {
        if (candidates[c].own_socket && !(transport == TRANSPORT_UDP && candidates[c].streams_only))
            bench->own[c].connection = connection_open(transport, 0);
    }
    return bench;
}

static struct lane *lane_of(struct bench *bench, size_t c)
{
    return bench->candidates[c].own_socket ? &bench->own[c] : &bench->shared;
}

static bool takes_part(const struct bench *bench, size_t c, const struct cell *cell)
{
    const struct candidate *candidate = &bench->candidates[c];
    if (bench->transport == TRANSPORT_UDP && candidate->streams_only)
        return false;
    return candidate->most_segments == 0 || cell->segments <= candidate->most_segments;
}

// The nanoseconds a call of `calls` calls.
static double timed(struct bench *bench, size_t c, const struct cell *cell, size_t calls)
{
    struct lane *lane = lane_of(bench, c);
    const double start = now_ns();
    bench->candidates[c].send(lane->connection.fd, cell, calls);
    lane->bytes += (int64_t)(calls * cell->segments * cell->bytes);
    return (now_ns() - start) / (double)calls;
}

// How many calls last about `seconds`.
static size_t calibrate(struct bench *bench, size_t c, const struct cell *cell, double seconds)
{
    for (size_t calls = 1;; calls *= 4) {
        const double ns = timed(bench, c, cell, calls);
        if (ns * (double)calls >= seconds * 2.5e8) {
            const double wanted = seconds * 1e9 / ns;
            return wanted < 1 ? 1 : (size_t)wanted;
        }
    }
}

static void prepare(struct bench *bench, const struct cell *cell, double seconds, struct series *series)
{
    for (size_t c = 0; c < bench->count; c++) {
        series[c].calls = 0;
        if (!takes_part(bench, c, cell))
            continue;
        if (bench->candidates[c].prepare != NULL)
            bench->candidates[c].prepare(lane_of(bench, c)->connection.fd, cell);
        series[c].calls = calibrate(bench, c, cell, seconds);
    }
}

void bench_cell(struct bench *bench, const struct cell *cell, size_t rounds, double seconds, struct figures *figures)
{
    static struct series series[MOST_CANDIDATES];
    if (rounds > MOST_ROUNDS)
        rounds = MOST_ROUNDS;
    prepare(bench, cell, seconds, series);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < bench->count; turn++) {
            const size_t c = (turn + round) % bench->count;
            if (series[c].calls > 0)
                series[c].ns[round] = timed(bench, c, cell, series[c].calls);
        }
    }
    for (size_t c = 0; c < bench->count; c++) {
        figures[c] = (struct figures){.took_part = series[c].calls > 0};
        if (!figures[c].took_part)
            continue;
        figures[c].median_ns = quantile(series[c].ns, rounds, 0.5);
        figures[c].lower_ns = quantile(series[c].ns, rounds, 0.25);
        figures[c].upper_ns = quantile(series[c].ns, rounds, 0.75);
        figures[c].to_contiguous = median_ratio(series[c].ns, series[CANDIDATE_CONTIGUOUS].ns, rounds);
        figures[c].to_sendmsg = median_ratio(series[c].ns, series[CANDIDATE_SENDMSG].ns, rounds);
        figures[c].to_sendv_all = median_ratio(series[c].ns, series[CANDIDATE_SENDV_ALL].ns, rounds);
    }
}

static bool lane_close(struct lane *lane)
{
    const int64_t counted = connection_close(&lane->connection);
    if (counted < 0 || counted == lane->bytes)
        return true;
    fprintf(stderr, "%lld bytes sent, %lld arrived\n", (long long)lane->bytes, (long long)counted);
    return false;
}

bool bench_close(struct bench *bench)
{
    bool all_arrived = lane_close(&bench->shared);
    for (size_t c = 0; c < bench->count; c++) {
        if (bench->own[c].connection.fd > 0)
            all_arrived = lane_close(&bench->own[c]) && all_arrived;
    }
    free(bench);
    return all_arrived;
}
