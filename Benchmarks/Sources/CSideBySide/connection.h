// SPDX-License-Identifier: Apache-2.0
//
// A connection to a reader in a process of its own, which drains and counts. The sender keeps to
// one processor and the reader to another.
#ifndef SIDE_BY_SIDE_CONNECTION_H
#define SIDE_BY_SIDE_CONNECTION_H

#include "side_by_side.h"

#include <sys/types.h>

struct connection {
    int fd;
    enum transport transport;
    pid_t reader; // 0: a UDP peer that never reads, the steadiest of all
    int report;   // where the reader writes what it counted
    int peer;     // the UDP peer's socket
};

// Opens a connection whose reader pauses that many microseconds after every 256 KiB.
struct connection connection_open(enum transport transport, unsigned pause_us);

// Ends the connection and returns the bytes that the reader counted; -1 where there is no reader.
int64_t connection_close(struct connection *connection);

#endif
