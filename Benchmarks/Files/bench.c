// SPDX-License-Identifier: Apache-2.0
//
// Measures the ways in turns and prints CSV: medians in nanoseconds, and their ratio to sendfile by hand.
//
//   bench-files FILE ROUNDS
#define _GNU_SOURCE
#include "ways.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 101, READ_BYTES = 262144 };

// What the reader thread reads: `sends` times the bytes of `expected`, compared if `compares`. It answers each batch with one
// byte, 1 if they were right. The sender changes `compares` only between an answer and the next batch.
struct reader {
    int fd;
    const char *expected;
    size_t length, sends;
    int compares;
};

static void *read_batches(void *context)
{
    struct reader *const reader = context;
    static char bytes[READ_BYTES];
    size_t done = 0;
    char right = 1;
    for (;;) {
        const ssize_t count = recv(reader->fd, bytes, sizeof bytes, 0);
        if (count <= 0)
            return NULL;
        for (ssize_t i = 0; reader->compares && i < count; i++)
            right &= bytes[i] == reader->expected[(done + (size_t)i) % reader->length];
        done += (size_t)count;
        if (done < reader->length * reader->sends)
            continue;
        require(send(reader->fd, &right, 1, 0) == 1, "answer");
        done = 0;
        right = 1;
    }
}

static void connect_pair(int is_unix, int fds[2])
{
    if (is_unix) {
        require(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    require(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0, "listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    require(connect(fds[0], (struct sockaddr *)&address, length) == 0, "connect");
    setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fds[1] = accept(listener, NULL, NULL);
    close(listener);
}

static double nanoseconds(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// Sends a batch. Returns whether its bytes were right, where the reader compares.
static int send_batch(const struct way *way, const struct message *message, size_t sends, double *wall, double *cpu)
{
    char right = 0;
    const double start = nanoseconds(CLOCK_MONOTONIC), used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < sends; i++)
        way->send(message);
    *cpu = (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - used) / (double)sends;
    require(recv(message->fd, &right, 1, 0) == 1, "answer");
    *wall = (nanoseconds(CLOCK_MONOTONIC) - start) / (double)sends;
    return right;
}

// Round -1 compares the bytes and is not counted in the medians.
static void measure(int is_unix, struct message message, char *expected, int rounds, int *passed, int *failed)
{
    static double wall[WAYS][MOST_ROUNDS], cpu[WAYS][MOST_ROUNDS];
    int right[WAYS], fds[2];
    double ignored[2];
    pthread_t thread;
    connect_pair(is_unix, fds);
    message.fd = fds[0];
    const size_t sends = message.region < 1048576 ? 1048576 / message.region / 4 + 1 : 1;
    struct reader reader = {fds[1], expected, HEAD_BYTES + message.region + TAIL_BYTES, sends, 1};
    require(pthread_create(&thread, NULL, read_batches, &reader) == 0, "pthread_create");
    for (int way = 0; way < WAYS; way++)
        right[way] = send_batch(&ways[way], &message, sends, &ignored[0], &ignored[1]);
    reader.compares = 0;
    for (int round = 0; round < rounds; round++)
        for (int way = 0; way < WAYS; way++)
            send_batch(&ways[way], &message, sends, &wall[way][round], &cpu[way][round]);
    shutdown(fds[0], SHUT_WR);
    pthread_join(thread, NULL);
    close(fds[0]);
    close(fds[1]);
    for (int way = 0; way < WAYS; way++) {
        qsort(wall[way], (size_t)rounds, sizeof(double), compare);
        qsort(cpu[way], (size_t)rounds, sizeof(double), compare);
        const double w = wall[way][rounds / 2], c = cpu[way][rounds / 2];
        printf("%s,%zu,%s,%.0f,%.0f,%.3f,%.3f,%s\n", is_unix ? "Unix" : "TCP", message.region, ways[way].name, w, c,
               w / wall[0][rounds / 2], c / cpu[0][rounds / 2], right[way] ? "right" : "WRONG");
        *(right[way] && w > 0 && c > 0 ? passed : failed) += 1;
    }
}

int main(int count, char **arguments)
{
    require(count == 3, "usage: bench-files FILE ROUNDS");
    const size_t most = 67108864;
    const int rounds = atoi(arguments[2]);
    require(rounds > 0 && rounds <= MOST_ROUNDS, "ROUNDS");
    char *const all = malloc(HEAD_BYTES + most + TAIL_BYTES), *const expected = malloc(HEAD_BYTES + most + TAIL_BYTES);
    require(all != NULL && expected != NULL, "malloc");
    for (size_t i = 0; i < HEAD_BYTES + most; i++)
        all[i] = (char)(i * 2654435761U >> 13);
    struct message message = {.head = all, .tail = (char[TAIL_BYTES]){"the trailer"}, .buffer = malloc(most)};
    require(message.buffer != NULL, "malloc");
    message.file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    require(message.file >= 0, "open");
    for (size_t done = 0; done < most; done += READ_BYTES)
        require(pwrite(message.file, all + HEAD_BYTES + done, READ_BYTES, (off_t)done) == READ_BYTES, "pwrite");
    int passed = 0, failed = 0;
    puts("transport,region,way,wall_ns,cpu_ns,wall_to_sendfile,cpu_to_sendfile,bytes");
    for (int is_unix = 0; is_unix < 2; is_unix++)
        for (size_t region = 4096; region <= most; region *= 4) {
            message.region = region;
            memcpy(expected, all, HEAD_BYTES + region);
            memcpy(expected + HEAD_BYTES + region, message.tail, TAIL_BYTES);
            measure(is_unix, message, expected, rounds, &passed, &failed);
        }
    fprintf(stderr, "bench-files: %d passed, %d failed\n", passed, failed);
    return failed != 0;
}
