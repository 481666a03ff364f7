// SPDX-License-Identifier: Apache-2.0
//
// Sends one segment of 64 bytes over UDP as often as its argument says, to a peer that never reads: what a send costs is the
// difference between two numbers of sends.
#include <csendshim.h>

#include <netinet/in.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const int peer = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct sockaddr *const any = (struct sockaddr *)&address;
    if (bind(peer, any, length) != 0 || getsockname(peer, any, &length) != 0 || connect(sender, any, length) != 0)
        return 1;
    static char bytes[64];
    const struct iovec list[] = {{bytes, sizeof bytes}};
    size_t sent;
    for (int calls = argc > 1 ? atoi(argv[1]) : 1; calls > 0; calls--)
        if (sendv_all(sender, list, 1, 0, &sent) != 0 || sent != sizeof bytes)
            return 1;
    return 0;
}
