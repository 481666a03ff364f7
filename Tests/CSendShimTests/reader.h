// SPDX-License-Identifier: Apache-2.0
//
// A thread that reads a stream, as fast as it can or at a pace, and keeps the digest of what it read.
#ifndef READER_H
#define READER_H

#include "segments.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct pace {
    size_t chunk;     // bytes a read takes at most
    int64_t pause_ns; // between two reads
    size_t limit;     // bytes after which it stops; 0: at the end of the stream
};

extern const struct pace fast;
extern const struct pace slow;     // keeps small buffers full, and still reads a MiB in a fraction of a second
extern const struct pace trickling; // 150 KiB a second

struct reader {
    pthread_t thread;
    int fd;
    struct pace pace;
    struct digest digest;
    int64_t ended_ns; // when it read its last byte
    int error;        // what ended it: 0 the end of the stream, its limit, or reader_stop
    atomic_bool stop;
};

// Starts reading `fd`; the digest goes on from `before`. The reader stays where it is until it is joined.
void reader_start(struct reader *reader, int fd, struct pace pace, struct digest before);

// Waits for the end of the stream, or the limit. Returns the digest.
struct digest reader_join(struct reader *reader);

// Makes it end after the read it is at, whatever is still to come.
struct digest reader_stop(struct reader *reader);

// Reads all that can be read of `fd` without waiting, in the caller's thread.
void read_pending(int fd, struct digest *digest);

#endif
