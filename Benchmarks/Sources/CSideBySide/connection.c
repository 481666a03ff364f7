// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static void pin_to(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)cpu, &one);
    (void)sched_setaffinity(0, sizeof one, &one); // on a machine with one processor they share it
}

static void drain(int fd, int report, unsigned pause_us)
{
    pin_to(1);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    static char bytes[256 * 1024];
    int64_t total = 0;
    ssize_t got;
    const int64_t between_pauses = sizeof bytes;
    int64_t next_pause = between_pauses;
    while ((got = read(fd, bytes, sizeof bytes)) > 0) {
        total += got;
        if (pause_us > 0 && total >= next_pause) {
            usleep(pause_us);
            next_pause += between_pauses;
        }
    }
    must(write(report, &total, sizeof total) == (ssize_t)sizeof total, "reader");
    _exit(0);
}

static void tcp_pair(int fds[2])
{
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    must(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    must(listen(listener, 1) == 0, "listen");
    must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(fds[0], (struct sockaddr *)&address, length) == 0, "connect");
    fds[1] = accept(listener, NULL, NULL);
    must(fds[1] >= 0, "accept");
    close(listener);
    const int on = 1;
    must(setsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
}

static void udp_pair(int fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
    must(bind(fds[1], (struct sockaddr *)&address, length) == 0, "bind");
    must(getsockname(fds[1], (struct sockaddr *)&address, &length) == 0, "getsockname");
    fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
    must(connect(fds[0], (struct sockaddr *)&address, length) == 0, "connect");
}

struct connection connection_open(enum transport transport, unsigned pause_us)
{
    int fds[2], report[2] = {-1, -1};
    if (transport == TRANSPORT_UDP) {
        udp_pair(fds);
        return (struct connection){.fd = fds[0], .transport = transport, .peer = fds[1], .report = -1};
    }
    if (transport == TRANSPORT_UNIX)
        must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0, "socketpair");
    else
        tcp_pair(fds);
    must(pipe(report) == 0, "pipe");
    const pid_t reader = fork();
    must(reader >= 0, "fork");
    if (reader == 0) {
        close(fds[0]);
        drain(fds[1], report[1], pause_us);
    }
    close(fds[1]);
    close(report[1]);
    pin_to(0);
    return (struct connection){.fd = fds[0], .transport = transport, .reader = reader, .report = report[0], .peer = -1};
}

int64_t connection_close(struct connection *connection)
{
    int64_t total = -1;
    (void)shutdown(connection->fd, SHUT_WR);
    close(connection->fd);
    if (connection->reader == 0) {
        close(connection->peer);
        return total;
    }
    must(read(connection->report, &total, sizeof total) == (ssize_t)sizeof total, "the reader's report");
    close(connection->report);
    must(waitpid(connection->reader, NULL, 0) == connection->reader, "waitpid");
    return total;
}
