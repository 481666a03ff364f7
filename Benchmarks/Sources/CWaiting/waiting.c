// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "cwaiting.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

double waiting_cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void waiting_raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

size_t waiting_resident_bytes(void)
{
    size_t all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%zu %zu", &all, &resident) != 2)
        fail("/proc/self/statm");
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// Sends the list, of at most 64 iovecs, once. Calls `full` where the socket is full.
static void send_list(int fd, const struct iovec *list, size_t count, int flags, void (*full)(int), int argument)
{
    struct iovec left[64];
    memcpy(left, list, count * sizeof *list);
    struct msghdr message = {.msg_iov = left, .msg_iovlen = count};
    while (message.msg_iovlen > 0) {
        const ssize_t sent = sendmsg(fd, &message, flags | MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            full(argument);
            continue;
        }
        if (sent < 0)
            fail("sendmsg");
        size_t bytes = (size_t)sent;
        while (message.msg_iovlen > 0 && bytes >= message.msg_iov->iov_len) {
            bytes -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen > 0) {
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + bytes;
            message.msg_iov->iov_len -= bytes;
        }
    }
}

static void never(int unused)
{
    (void)unused;
    errno = EAGAIN;
    fail("a send that blocks");
}

void waiting_send_blocking(int fd, const struct iovec *list, size_t count, size_t times)
{
    for (size_t i = 0; i < times; i++)
        send_list(fd, list, count, 0, never, 0);
}

int waiting_open_epoll(int fd)
{
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLONESHOT};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll");
    return epoll;
}

void waiting_arm(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLOUT | EPOLLONESHOT};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0)
        fail("epoll_ctl");
}

void waiting_await(int epoll)
{
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) < 0 && errno != EINTR)
        fail("epoll_wait");
}

void waiting_send_by_epoll(int fd, const struct iovec *list, size_t count, size_t times)
{
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLOUT | EPOLLET};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        fail("epoll");
    for (size_t i = 0; i < times; i++)
        send_list(fd, list, count, MSG_DONTWAIT, waiting_await, epoll);
    close(epoll);
}

static void *stall(void *argument)
{
    static const char bytes[1 << 16];
    const int fd = *(const int *)argument;
    while (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) >= 0)
        ;
    return NULL;
}

void waiting_stall_in_threads(const int *fds, size_t count)
{
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 16);
    for (size_t i = 0; i < count; i++) {
        pthread_t thread;
        errno = pthread_create(&thread, &small, stall, (void *)(size_t)&fds[i]);
        if (errno != 0)
            fail("pthread_create");
    }
}

static void *watch(void *argument)
{
    for (;;)
        waiting_await(*(int *)argument);
    return NULL;
}

void waiting_stall_in_epoll(const int *fds, size_t count)
{
    static int epoll;
    pthread_t thread;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLOUT | EPOLLET};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) != 0)
            fail("epoll_ctl");
    }
    errno = pthread_create(&thread, NULL, watch, &epoll);
    if (errno != 0)
        fail("pthread_create");
}

void waiting_read(int fd, unsigned pause_us)
{
    static char room[1 << 16];
    const struct timespec pause = {.tv_nsec = (long)pause_us * 1000};
    prctl(PR_SET_TIMERSLACK, 1000);
    for (;;) {
        const ssize_t count = recv(fd, room, sizeof room, 0);
        if (count == 0)
            return;
        if (count < 0 && errno != EINTR)
            fail("recv");
        if (pause_us > 0)
            nanosleep(&pause, NULL);
    }
}
