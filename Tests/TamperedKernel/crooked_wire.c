// SPDX-License-Identifier: Apache-2.0
//
// crooked_wire NAMESPACE NAMESPACE [NAME=NUMBER...]
//
// A bad wire between two network namespaces: one TUN device in each, named "wire", and this program in the middle, which
// loses, delays, doubles and reorders the packets that it carries, by chance from a seed. Prints "ready" once the devices
// are there, and what it did at its end.
//
//   SIGUSR1  cuts the wire, and mends it again at the next
//   SIGTERM  the end: the devices go too
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "delayed.h"
#include "segments.h"
#include "settings.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

// Of the packets, per thousand.
static struct {
    int64_t seed;
    int64_t lost;
    int64_t doubled;
    int64_t held;      // delayed far longer than the others, so that those overtake them
    int64_t delay_us;  // of every packet, at least
    int64_t jitter_us; // more, at most
    int64_t limit;     // seconds after which it ends itself
} set = {.delay_us = 300, .limit = 120};

static const struct setting settings[] = {
    {"seed", &set.seed},         {"lost", &set.lost},           {"doubled", &set.doubled}, {"held", &set.held},
    {"delay_us", &set.delay_us}, {"jitter_us", &set.jitter_us}, {"limit", &set.limit},
};

static struct {
    size_t carried;
    size_t lost;
    size_t doubled;
    size_t reordered;
    size_t cut; // packets that met the cut wire
} seen;

static atomic_bool is_cut;
static atomic_bool told_to_end;
static struct random chance;

static void note_signal(int signal)
{
    if (signal == SIGTERM)
        atomic_store(&told_to_end, true);
    else
        atomic_store(&is_cut, !atomic_load(&is_cut));
}

// A TUN device in the namespace. A descriptor's device belongs to the namespace in which it was opened.
static int open_end(const char *namespace_name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/run/netns/%s", namespace_name);
    const int namespace_file = MUST(open(path, O_RDONLY | O_CLOEXEC));
    MUST(setns(namespace_file, CLONE_NEWNET));
    MUST(close(namespace_file));
    const int fd = MUST(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
    struct ifreq device = {.ifr_name = "wire", .ifr_flags = IFF_TUN | IFF_NO_PI};
    MUST(ioctl(fd, TUNSETIFF, &device));
    return fd;
}

static bool happens(int64_t per_thousand)
{
    return (int64_t)random_below(&chance, 1000) < per_thousand;
}

static int64_t next_delay_ns(void)
{
    int64_t us = set.delay_us + (int64_t)random_below(&chance, (size_t)set.jitter_us + 1);
    if (happens(set.held))
        us += 5 * (set.delay_us + set.jitter_us);
    return us * ns_per_us;
}

static void send_off(int to, const unsigned char *bytes, size_t length)
{
    if (delayed_add(to, bytes, length, now_ns() + next_delay_ns()))
        seen.reordered++;
}

static void carry(int to, const unsigned char *bytes, size_t length)
{
    seen.carried++;
    if (atomic_load(&is_cut)) {
        seen.cut++;
        return;
    }
    if (happens(set.lost)) {
        seen.lost++;
        return;
    }
    if (happens(set.doubled)) {
        seen.doubled++;
        send_off(to, bytes, length);
    }
    send_off(to, bytes, length);
}

static void carry_from(int from, int to)
{
    static unsigned char packet[65536];
    ssize_t length;
    while ((length = read(from, packet, sizeof packet)) > 0)
        carry(to, packet, (size_t)length);
}

static void wait_for_packets(const int ends[2])
{
    int64_t wait_ns = 20 * ns_per_ms;
    const int64_t next = delayed_next_ns();
    if (next >= 0)
        wait_ns = next > now_ns() ? next - now_ns() : 0;
    const struct timespec wait = {.tv_sec = wait_ns / ns_per_s, .tv_nsec = wait_ns % ns_per_s};
    struct pollfd both[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLIN}};
    (void)ppoll(both, 2, &wait, NULL); // whatever it says, the ends are looked at next
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s NAMESPACE NAMESPACE [NAME=NUMBER...]\n", argv[0]);
        return 2;
    }
    settings_read(argv + 3, settings, COUNT_OF(settings));
    chance.state = (uint64_t)set.seed;
    alarm((unsigned)set.limit);
    const struct sigaction noting = {.sa_handler = note_signal};
    MUST(sigaction(SIGTERM, &noting, NULL));
    MUST(sigaction(SIGUSR1, &noting, NULL));
    const int ends[2] = {open_end(argv[1]), open_end(argv[2])};
    puts("ready");
    MUST(fflush(stdout));
    while (!atomic_load(&told_to_end)) {
        wait_for_packets(ends);
        if (atomic_load(&is_cut))
            delayed_clear();
        delayed_deliver(now_ns());
        carry_from(ends[0], ends[1]);
        carry_from(ends[1], ends[0]);
    }
    printf("carried=%zu lost=%zu doubled=%zu reordered=%zu cut=%zu\n", seen.carried, seen.lost, seen.doubled, seen.reordered,
           seen.cut);
    return 0;
}
