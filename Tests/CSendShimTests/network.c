// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "network.h"

#include "check.h"

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// From the kernel's linux/if_tun.h, which musl-gcc does not find.
enum { iff_tap = 2, iff_no_pi = 0x1000 };
#define TUNSETIFF _IOW('T', 202, int)

static const char tap_device[] = "/dev/net/tun";

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

bool network_may_add(void)
{
    return geteuid() == 0 && access(tap_device, R_OK | W_OK) == 0;
}

static struct ifreq with_address(struct ifreq interface, uint32_t address)
{
    const struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    memcpy(&interface.ifr_addr, &in, sizeof in);
    return interface;
}

void network_add_silent(void)
{
    struct ifreq silent = {.ifr_name = "silent", .ifr_flags = iff_tap | iff_no_pi};
    const int cable = open(tap_device, O_RDWR | O_CLOEXEC); // stays open, as the interface ends with it
    MUST(cable);
    MUST(ioctl(cable, TUNSETIFF, &silent));
    const int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
    struct ifreq address = with_address(silent, 0xc0000201), mask = with_address(silent, 0xffffff00);
    MUST(ioctl(fd, SIOCSIFADDR, &address));
    MUST(ioctl(fd, SIOCSIFNETMASK, &mask));
    silent.ifr_flags = IFF_UP;
    MUST(ioctl(fd, SIOCSIFFLAGS, &silent));
    MUST(close(fd));
    network_set("ipv4/neigh/silent/mcast_solicit", "100");
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
