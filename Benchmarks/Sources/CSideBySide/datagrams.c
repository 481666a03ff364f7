// SPDX-License-Identifier: Apache-2.0
//
// Datagrams to a Unix socket whose reader is slower than the sender, so that its queue is full most of the time.
#define _GNU_SOURCE 1
#include "side_by_side.h"

#include <csendshim.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { datagram_bytes = 100 };

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static double now_us(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void pin_to(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one); // on a machine with one processor they share it
}

// Reads `count` datagrams and works for `reader_us` microseconds after each.
static void read_datagrams(int fd, size_t count, double reader_us)
{
    char bytes[datagram_bytes];
    pin_to(1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < count; i++) {
        must(recv(fd, bytes, sizeof bytes, 0) == sizeof bytes, "recv");
        for (const double end = now_us() + reader_us; now_us() < end;)
            continue;
    }
    _exit(0);
}

double datagrams_us(size_t count, double reader_us, bool by_sendto)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(sa_family_t);
    const int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    must(bind(receiver, (struct sockaddr *)&address, length) == 0, "bind"); // to a name that the kernel chooses
    length = sizeof address;
    must(getsockname(receiver, (struct sockaddr *)&address, &length) == 0, "getsockname");
    static char bytes[datagram_bytes];
    const struct iovec list[] = {{bytes, 40}, {bytes + 40, datagram_bytes - 40}};
    const pid_t reader = fork();
    must(reader >= 0, "fork");
    if (reader == 0)
        read_datagrams(receiver, count, reader_us);
    pin_to(0);
    const double start = now_us();
    for (size_t i = 0; i < count; i++) {
        struct sendv_call call = {.size = sizeof call,
                                  .fd = sender,
                                  .iov = list,
                                  .iovcnt = 2,
                                  .address = (struct sockaddr *)&address,
                                  .address_length = length};
        if (by_sendto)
            must(sendto(sender, bytes, sizeof bytes, 0, call.address, length) == sizeof bytes, "sendto");
        else
            must(sendv_perform(&call) == 0, "sendv_perform");
    }
    must(waitpid(reader, NULL, 0) == reader, "waitpid");
    const double took = now_us() - start;
    close(sender);
    close(receiver);
    return took / (double)count;
}
