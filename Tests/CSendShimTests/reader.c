// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "reader.h"

#include "check.h"
#include "clock.h"

#include <poll.h>
#include <sys/socket.h>

const struct pace fast = {.chunk = 65536};
const struct pace slow = {.chunk = 6000, .pause_ns = 100 * ns_per_us};
const struct pace trickling = {.chunk = 300, .pause_ns = 2 * ns_per_ms};

static size_t next_chunk(const struct reader *reader)
{
    const struct pace *pace = &reader->pace;
    if (pace->limit == 0)
        return pace->chunk;
    const size_t left = pace->limit - reader->digest.bytes;
    return left < pace->chunk ? left : pace->chunk;
}

static void *read_on(void *argument)
{
    struct reader *reader = argument;
    char bytes[65536];
    for (;;) {
        const size_t chunk = next_chunk(reader);
        if (chunk == 0 || atomic_load(&reader->stop))
            return NULL;
        struct pollfd socket = {.fd = reader->fd, .events = POLLIN};
        if (poll(&socket, 1, 5) <= 0)
            continue;
        const ssize_t count = recv(reader->fd, bytes, chunk, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count < 0)
            reader->error = errno;
        if (count <= 0)
            return NULL;
        digest_add(&reader->digest, bytes, (size_t)count);
        reader->ended_ns = now_ns();
        if (reader->pace.pause_ns > 0)
            sleep_ns(reader->pace.pause_ns);
    }
}

void reader_start(struct reader *reader, int fd, struct pace pace, struct digest before)
{
    reader->fd = fd;
    reader->pace = pace;
    reader->digest = before;
    reader->ended_ns = 0;
    reader->error = 0;
    atomic_init(&reader->stop, false);
    MUST(-pthread_create(&reader->thread, NULL, read_on, reader));
}

struct digest reader_join(struct reader *reader)
{
    MUST(-pthread_join(reader->thread, NULL));
    return reader->digest;
}

struct digest reader_stop(struct reader *reader)
{
    atomic_store(&reader->stop, true);
    return reader_join(reader);
}

void read_pending(int fd, struct digest *digest)
{
    char bytes[65536];
    ssize_t count;
    while ((count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        digest_add(digest, bytes, (size_t)count);
}
