// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "network.h"

#include "check.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool network_enter(void)
{
    if (unshare(CLONE_NEWNET) != 0)
        return false;
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(fd);
    MUST(ioctl(fd, SIOCSIFFLAGS, &loopback));
    MUST(close(fd));
    return true;
}

void network_set(const char *name, const char *value)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    const int fd = open(path, O_WRONLY);
    MUST(fd);
    MUST(write(fd, value, strlen(value)));
    MUST(close(fd));
}
