// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "interruptions.h"

#include "check.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

// A timer and not storm.c: that one comes once a millisecond at most, and its thread would have a heap of its own.
static timer_t timer;
static bool running;
static atomic_uint signals;

static void count_signal(int signal)
{
    (void)signal;
    atomic_fetch_add(&signals, 1);
}

void interruptions_begin(int64_t every_us)
{
    if (every_us == 0)
        return;
    const struct sigaction interrupting = {.sa_handler = count_signal};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct timespec every = {.tv_sec = every_us / 1000000, .tv_nsec = every_us % 1000000 * 1000};
    const struct itimerspec at = {.it_interval = every, .it_value = every};
    MUST(sigaction(SIGUSR1, &interrupting, NULL));
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(timer_settime(timer, 0, &at, NULL));
    running = true;
}

unsigned interruptions_end(void)
{
    if (running)
        MUST(timer_delete(timer));
    running = false;
    return atomic_load(&signals);
}
