// SPDX-License-Identifier: Apache-2.0
//
// What it would cost to answer EFAULT for every short segment in memory that is not there, by each way there is to find out
// before the copy or in its place. Every way makes a list one datagram on a Unix socket pair; the ways take turns, and the
// median time of one send is printed, in nanoseconds. Near is 16 bytes in each 64, far 16 in each page.
//
//   cc -O2 -ISources/CSendShim/include -o build/fault_checks Benchmarks/Others/fault_checks.c Sources/CSendShim/*.c
//   build/fault_checks
#define _GNU_SOURCE
#include "csendshim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum { rounds = 2001, most_segments = 1024, bytes_of_segment = 16, page = 4096 };

static struct iovec list[most_segments];
static size_t count;
static int pair[2], pipe_ends[2];
static char whole[most_segments * bytes_of_segment];

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(1);
}

static char *page_of(const struct iovec *segment)
{
    return (char *)((uintptr_t)segment->iov_base & ~(uintptr_t)(page - 1));
}

// A segment here never crosses a page; a list that asked once does not ask again for the same page next to it.
static void ask_for_each_page(int (*ask)(char *))
{
    const char *last = NULL;
    for (size_t i = 0; i < count; i++) {
        char *next = page_of(&list[i]);
        if (next != last)
            must(ask(next), "the question");
        last = next;
    }
}

static int in_memory(char *at)
{
    unsigned char resident;
    return mincore(at, page, &resident);
}

static int readable(char *at)
{
    return madvise(at, page, MADV_POPULATE_READ);
}

static void send_copied(void)
{
    must(sendv_all(pair[0], list, count, 0, NULL) == 0 ? 0 : -1, "sendv_all");
}

static void send_after_mincore(void)
{
    ask_for_each_page(in_memory);
    send_copied();
}

static void send_after_madvise(void)
{
    ask_for_each_page(readable);
    send_copied();
}

static void send_whole(void)
{
    must((int)send(pair[0], whole, count * bytes_of_segment, 0), "send");
}

static void send_by_process_vm_readv(void)
{
    const struct iovec to = {whole, sizeof whole};
    must((int)process_vm_readv(getpid(), &to, 1, list, count, 0), "process_vm_readv");
    send_whole();
}

// A pipe holds 64 KiB, more than the longest list here.
static void send_through_a_pipe(void)
{
    must((int)writev(pipe_ends[1], list, (int)count), "writev");
    must((int)read(pipe_ends[0], whole, sizeof whole), "read");
    send_whole();
}

static void send_pointed_at(void)
{
    const struct msghdr message = {.msg_iov = list, .msg_iovlen = count};
    must((int)sendmsg(pair[0], &message, MSG_NOSIGNAL | MSG_DONTWAIT), "sendmsg");
}

static const struct {
    const char *name;
    void (*send)(void);
} ways[] = {
    {"copied by the program", send_copied},
    {"every segment pointed at", send_pointed_at},
    {"process_vm_readv for memcpy", send_by_process_vm_readv},
    {"writev to a pipe, and read", send_through_a_pipe},
    {"mincore a page, then copied", send_after_mincore},
    {"MADV_POPULATE_READ a page", send_after_madvise},
};
enum { way_count = sizeof ways / sizeof *ways };

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int ascending(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static void measure(const char *where, size_t segments, size_t stride, char *memory)
{
    static int64_t times[way_count][rounds];
    static char received[sizeof whole];
    count = segments;
    for (size_t i = 0; i < count; i++)
        list[i] = (struct iovec){memory + i * stride, bytes_of_segment};
    for (size_t round = 0; round < rounds; round++) {
        for (size_t turn = 0; turn < way_count; turn++) {
            const size_t way = (round + turn) % way_count;
            const int64_t start = now_ns();
            ways[way].send();
            times[way][round] = now_ns() - start;
            must(recv(pair[1], received, sizeof received, 0) == (ssize_t)(count * bytes_of_segment) ? 0 : -1, "recv");
        }
    }
    for (size_t way = 0; way < way_count; way++) {
        qsort(times[way], rounds, sizeof times[way][0], ascending);
        printf("%5zu x %d %-5s %-28s %8lld\n", count, bytes_of_segment, where, ways[way].name, (long long)times[way][rounds / 2]);
    }
}

int main(void)
{
    static const size_t counts[] = {8, 64, 1024};
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
    must(pipe(pipe_ends), "pipe");
    char *memory = mmap(NULL, (size_t)most_segments * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(memory == MAP_FAILED ? -1 : 0, "mmap");
    memset(memory, 'm', (size_t)most_segments * page);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        measure("near", counts[i], 64, memory);
        measure("far", counts[i], page, memory);
    }
}
