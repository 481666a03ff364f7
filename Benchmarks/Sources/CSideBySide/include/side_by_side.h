// SPDX-License-Identifier: Apache-2.0
//
// Side by side: the same list sent by several candidates in turns, in one run.
#ifndef SIDE_BY_SIDE_H
#define SIDE_BY_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum transport { TRANSPORT_UNIX, TRANSPORT_TCP, TRANSPORT_UDP };

// What is sent: `segments` allocations of `bytes` bytes each, filled once, and the same bytes once more in one piece.
struct cell {
    size_t segments;
    size_t bytes;
    const struct iovec *list;
    const void *contiguous;
};

// A way to send a cell. `send` sends all of it on `fd` `calls` times and returns when the kernel has accepted it, or ends the
// process with a word of why.
struct candidate {
    const char *name;
    void (*prepare)(int fd, const struct cell *cell); // once a cell, outside the timed part; may be NULL
    void (*send)(int fd, const struct cell *cell, size_t calls);
    bool own_socket;         // it changes the socket's mode or state, so it gets a connection of its own
    bool streams_only;       // it cannot send one datagram, or would make several of one list
    size_t most_segments;    // it takes no part in longer lists; 0: in all
};

// The candidates written in C. The first three are what the others are compared with.
enum { CANDIDATE_CONTIGUOUS, CANDIDATE_SENDMSG, CANDIDATE_SENDV_ALL, CANDIDATES_IN_C = 5, MOST_CANDIDATES = 16 };
extern const struct candidate candidates_in_c[CANDIDATES_IN_C];

// Candidates in other languages. Return false where their tools are not there. The strings have to stay.
bool rust_candidate(const char *library, struct candidate *candidate);
bool python_candidate(const char *script, struct candidate *candidate);
void python_end(void); // ends the process of the last cell; to be called before bench_close

// A median of ratios, taken round by round, and its standard error.
struct ratio {
    double median, error;
};
struct ratio median_ratio(const double *values, const double *reference, size_t count);

// A candidate's figures for one cell: nanoseconds a call as median and quartiles over the rounds, and its ratios to the three
// reference candidates.
struct figures {
    bool took_part;
    double median_ns, lower_ns, upper_ns;
    struct ratio to_contiguous, to_sendmsg, to_sendv_all;
};

// The connections of one transport, each with a reader in a process of its own. UDP has a peer that never reads.
struct bench;
struct bench *bench_open(enum transport transport, const struct candidate *candidates, size_t count);
// Measures one cell: `rounds` rounds, in each of which every candidate sends for about `seconds`.
void bench_cell(struct bench *bench, const struct cell *cell, size_t rounds, double seconds, struct figures *figures);
// Ends the connections. Returns false where the readers counted other bytes than the candidates sent.
bool bench_close(struct bench *bench);

// Back-pressure: `total` bytes by each way in lists of 64 x 16 KiB, to one reader that pauses `pause_us` after every 256 KiB.
// The ways take turns on one connection: by the plain sendmsg loop; by sendv_all, with a time-out far away or without one; and
// by the plain loop once more, whose ratio to itself shows how far the figures can be trusted.
enum pressure { PRESSURE_SENDMSG, PRESSURE_SENDV_ALL, PRESSURE_SENDV_ALL_TIMEOUT, PRESSURE_SENDMSG_AGAIN, PRESSURES };
struct pressure_figures {
    double seconds;
    double cpu_seconds; // of the sender, user and system
};
void pressure_run(enum transport transport, int64_t total, unsigned pause_us, struct pressure_figures figures[PRESSURES]);

// Microseconds a datagram of `count` to a Unix socket's address, whose reader works for `reader_us` microseconds after each: by a
// blocking sendto, or by sendv_perform.
double datagrams_us(size_t count, double reader_us, bool by_sendto);

// The data segments TCP sent (TCP_INFO) for one list of `segments` x `bytes` with TCP_NODELAY on an idle connection: by
// sendv_all, or as one contiguous send.
unsigned packets_sent(size_t segments, size_t bytes, bool contiguous);

// By how many KiB the process's peak of resident memory grew while the cell was sent.
long memory_growth_kib(const struct candidate *candidate, const struct cell *cell);

#endif
