// SPDX-License-Identifier: Apache-2.0

// Block: int send_while_it_moves(int fd
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char bytes[8 << 20];

// So slow that the sender meets its time-out on the way: 256 pauses of 5 ms.
static bool arrives_slowly(int fd)
{
    static char received[sizeof bytes];
    size_t total = 0;
    for (ssize_t count; (count = recv(fd, received + total, 1 << 15, 0)) > 0; total += (size_t)count)
        usleep(5000);
    return total == sizeof bytes && memcmp(received, bytes, total) == 0;
}

int main(void)
{
    int pair[2];
    struct iovec list[] = {{bytes, 1000}, {bytes + 1000, sizeof bytes - 1000}};
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 >> 8);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    pid_t reader = fork();
    if (reader == 0) {
        close(pair[0]);
        _exit(arrives_slowly(pair[1]) ? 0 : 1);
    }
    int error = send_while_it_moves(pair[0], list, 2), status;
    close(pair[0]);
    waitpid(reader, &status, 0);
    printf("error %d, the reader's %d, cut on the way: %d\n", error, status, list[1].iov_len < sizeof bytes - 1000);
    // And where nothing moves at all.
    int full[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, full) != 0)
        return 1;
    while (send(full[0], bytes, 1 << 15, MSG_DONTWAIT) > 0) {
    }
    printf("timed out: %d\n", send_while_it_moves(full[0], &(struct iovec){bytes, sizeof bytes}, 1) == ETIMEDOUT);
    return 0;
}
//> error 0, the reader's 0, cut on the way: 1
//> timed out: 1

// Block: struct unsent {
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char bytes[4 << 20];

// Returns 0 if as many bytes arrived.
static int count_bytes(int fd)
{
    static char received[1 << 16];
    size_t total = 0;
    for (ssize_t count; (count = recv(fd, received, sizeof received, 0)) > 0; total += (size_t)count)
        ;
    return total == sizeof bytes ? 0 : 1;
}

int main(void)
{
    int pair[2], error, status, full = 0;
    struct iovec list[] = {{bytes, 1000}, {bytes + 1000, sizeof bytes - 1000}};
    struct unsent unsent = {list, 2};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    pid_t reader = fork();
    if (reader == 0) {
        close(pair[0]);
        usleep(20000);
        _exit(count_bytes(pair[1]));
    }
    while ((error = offer(pair[0], &unsent)) == EAGAIN || error == EALREADY) {
        struct pollfd socket = {.fd = pair[0], .events = POLLOUT};
        full += error == EAGAIN;
        if (error == EAGAIN)
            poll(&socket, 1, -1);
    }
    close(pair[0]);
    waitpid(reader, &status, 0);
    printf("error %d, the reader's %d, waited: %d\n", error, status, full > 0);
    return 0;
}
//> error 0, the reader's 0, waited: 1
