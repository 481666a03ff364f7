// SPDX-License-Identifier: Apache-2.0
//
// The ways to send a header, a region of a file and a trailer, measured in turns.
#ifndef FILES_H
#define FILES_H

#include <stddef.h>

enum { HEAD_BYTES = 200, TAIL_BYTES = 100, MOST_WAYS = 16 };

// What a way sends, and on which socket: each way has a connection of its own.
struct message {
    int fd;
    int file;
    size_t region;
    char *head, *tail, *buffer; // `buffer` has room for the region
};

// Each function does what it says, or ends the program.
struct way {
    const char *name;
    void (*prepare)(const struct message *message); // before the first send on a connection; NULL for nothing
    void (*send)(const struct message *message, size_t sends);
    void (*end)(void); // after the last send on a connection; NULL for nothing
    int is_elsewhere;  // another thread or process sends, whose processor time is not measured
};

// Prints CSV: medians in nanoseconds, and their ratio to the first way. Compares what arrives in a first round. Returns how many
// of the measurements failed.
int measure_files(const char *path, int rounds, const struct way *ways, int count);

// The ways written in C, sendfile by hand first. Returns how many there are.
int ways_in_c(struct way *ways);

// Python's socket.sendfile. Returns 1, or 0 where there is no Python.
int way_in_python(const char *script, struct way *way);

void require(int holds, const char *what);

#endif
