// SPDX-License-Identifier: Apache-2.0
//
// Measures the ways in turns and prints CSV: medians in nanoseconds, and their ratio to the first way.
#define _GNU_SOURCE
#include "files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 105, READ_BYTES = 262144 };

// What the reader thread reads: `sends` times the bytes of `expected`, compared if `compares`. It answers each batch with one
// byte, 1 if they were right. The sender changes `compares` only between an answer and the next batch.
struct reader {
    int fd;
    const char *expected;
    size_t length, sends;
    int compares;
};

// The sender stays on one processor and the readers on another: who shares one with whom would be most of the difference.
static void stay_on(size_t processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    // Where there is one processor, or this one is not ours, the scheduler decides.
    (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void *read_batches(void *context)
{
    struct reader *const reader = context;
    stay_on(1);
    char *const bytes = malloc(READ_BYTES); // each connection has a reader
    require(bytes != NULL, "malloc");
    size_t done = 0;
    char right = 1;
    for (;;) {
        const ssize_t count = recv(reader->fd, bytes, READ_BYTES, 0);
        if (count <= 0) {
            free(bytes);
            return NULL;
        }
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

// A way's connection, with the thread that reads from it.
struct connection {
    int fds[2];
    struct reader reader;
    pthread_t thread;
};

static void open_connection(struct connection *connection, int is_unix, const struct reader *reader)
{
    connect_pair(is_unix, connection->fds);
    connection->reader = *reader;
    connection->reader.fd = connection->fds[1];
    require(pthread_create(&connection->thread, NULL, read_batches, &connection->reader) == 0, "pthread_create");
}

static void close_connection(struct connection *connection)
{
    shutdown(connection->fds[0], SHUT_WR);
    pthread_join(connection->thread, NULL);
    close(connection->fds[0]);
    close(connection->fds[1]);
}

// The reader's answer. A way may have set the connection's non-blocking mode.
static int answer(int fd)
{
    char right = 0;
    struct pollfd request = {.fd = fd, .events = POLLIN};
    require(poll(&request, 1, -1) == 1 && recv(fd, &right, 1, 0) == 1, "answer");
    return right;
}

// Sends a batch. Returns whether its bytes were right, where the reader compares.
static int send_batch(const struct way *way, const struct message *message, size_t sends, double *wall, double *cpu)
{
    const double start = nanoseconds(CLOCK_MONOTONIC), used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    way->send(message, sends);
    *cpu = (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - used) / (double)sends;
    const int right = answer(message->fd);
    *wall = (nanoseconds(CLOCK_MONOTONIC) - start) / (double)sends;
    return right;
}

static double median(double *figures, int rounds)
{
    qsort(figures, (size_t)rounds, sizeof(double), compare);
    return figures[rounds / 2];
}

// The medians of one length are over this many connections of each way: how fast a connection is depends on how its reader and
// its sender meet, and stays the same while it lives.
enum { CONNECTIONS = 21, MOST_CONNECTION_ROUNDS = MOST_ROUNDS / CONNECTIONS };

struct figures {
    double wall[MOST_ROUNDS], cpu[MOST_ROUNDS];
    int count, right;
};

// Measures all ways in turns, each by a new connection.
static void measure_connections(int is_unix, const struct message *message, const struct reader *reader, int rounds,
                                const struct way *ways, int count, struct figures *figures)
{
    static struct connection connections[MOST_WAYS];
    struct message messages[MOST_WAYS];
    double wall, cpu;
    for (int way = 0; way < count; way++) {
        open_connection(&connections[way], is_unix, reader);
        messages[way] = *message;
        messages[way].fd = connections[way].fds[0];
        if (ways[way].prepare != NULL)
            ways[way].prepare(&messages[way]);
        figures[way].right &= send_batch(&ways[way], &messages[way], reader->sends, &wall, &cpu);
        connections[way].reader.compares = 0;
    }
    for (int round = 0; round < rounds; round++)
        for (int way = 0; way < count; way++) {
            struct figures *const f = &figures[way];
            send_batch(&ways[way], &messages[way], reader->sends, &f->wall[f->count], &f->cpu[f->count]);
            f->count++;
        }
    for (int way = 0; way < count; way++) {
        if (ways[way].end != NULL)
            ways[way].end();
        close_connection(&connections[way]);
    }
}

// Measures all ways at one length, and prints it. Returns how many failed.
static int measure(int is_unix, struct message message, char *expected, int rounds, const struct way *ways, int count)
{
    static struct figures figures[MOST_WAYS];
    const size_t sends = message.region < 1048576 ? 1048576 / message.region / 4 + 1 : 1;
    const struct reader reader = {-1, expected, HEAD_BYTES + message.region + TAIL_BYTES, sends, 1};
    double first[2] = {0, 0};
    int failed = 0;
    for (int way = 0; way < count; way++)
        figures[way].count = 0, figures[way].right = 1;
    for (int connection = 0; connection < CONNECTIONS; connection++)
        measure_connections(is_unix, &message, &reader, rounds, ways, count, figures);
    for (int way = 0; way < count; way++) {
        struct figures *const f = &figures[way];
        const double w = median(f->wall, f->count), c = median(f->cpu, f->count);
        if (way == 0)
            first[0] = w, first[1] = c;
        printf("%s,%zu,%s,%.0f,", is_unix ? "Unix" : "TCP", message.region, ways[way].name, w);
        if (ways[way].is_elsewhere)
            printf(",%.3f,,", w / first[0]);
        else
            printf("%.0f,%.3f,%.3f,", c, w / first[0], c / first[1]);
        puts(f->right ? "right" : "WRONG");
        failed += !(f->right && w > 0 && c > 0);
    }
    fflush(stdout);
    return failed;
}

int measure_files(const char *path, int rounds, const struct way *ways, int count)
{
    const size_t most = 67108864;
    stay_on(0);
    require(rounds > 0 && rounds <= MOST_CONNECTION_ROUNDS && count <= MOST_WAYS, "the number of rounds or ways");
    char *const all = malloc(HEAD_BYTES + most + TAIL_BYTES), *const expected = malloc(HEAD_BYTES + most + TAIL_BYTES);
    require(all != NULL && expected != NULL, "malloc");
    for (size_t i = 0; i < HEAD_BYTES + most; i++)
        all[i] = (char)(i * 2654435761U >> 13);
    struct message message = {.head = all, .tail = (char[TAIL_BYTES]){"the trailer"}, .buffer = malloc(most)};
    require(message.buffer != NULL, "malloc");
    message.file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    require(message.file >= 0, "open");
    for (size_t done = 0; done < most; done += READ_BYTES)
        require(pwrite(message.file, all + HEAD_BYTES + done, READ_BYTES, (off_t)done) == READ_BYTES, "pwrite");
    int failed = 0;
    puts("transport,region,way,wall_ns,cpu_ns,wall_to_sendfile,cpu_to_sendfile,bytes");
    for (int is_unix = 0; is_unix < 2; is_unix++)
        for (size_t region = 4096; region <= most; region *= 4) {
            message.region = region;
            memcpy(expected, all, HEAD_BYTES + region);
            memcpy(expected + HEAD_BYTES + region, message.tail, TAIL_BYTES);
            failed += measure(is_unix, message, expected, rounds, ways, count);
        }
    close(message.file);
    free(all);
    free(expected);
    free(message.buffer);
    return failed;
}
