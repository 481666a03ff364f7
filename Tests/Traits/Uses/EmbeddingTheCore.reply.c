// SPDX-License-Identifier: Apache-2.0

// Block: int send_reply(int fd
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int pair[2];
    char header[] = "a header ", body[] = "and a body", received[99];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 1;
    int error = send_reply(pair[0], header, 9, body, 10);
    ssize_t count = read(pair[1], received, sizeof received);
    printf("%d %.*s\n", error, (int)count, received);
    return 0;
}
//> 0 a header and a body
