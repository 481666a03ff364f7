// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "storm.h"

#include "check.h"
#include "clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

static struct {
    pthread_t thread;
    pthread_t target;
    struct sigaction before;
    atomic_bool over;
    atomic_uint signals;
} storm;

static void count_signal(int signal)
{
    (void)signal;
    atomic_fetch_add(&storm.signals, 1);
}

static void *send_signals(void *argument)
{
    while (!atomic_load(&storm.over)) {
        MUST(-pthread_kill(storm.target, SIGUSR1));
        sleep_ns(ns_per_ms);
    }
    return argument;
}

void storm_start(void)
{
    const struct sigaction interrupting = {.sa_handler = count_signal};
    storm.target = pthread_self();
    atomic_store(&storm.over, false);
    atomic_store(&storm.signals, 0);
    MUST(sigaction(SIGUSR1, &interrupting, &storm.before));
    MUST(-pthread_create(&storm.thread, NULL, send_signals, NULL));
}

unsigned storm_signals(void)
{
    return atomic_load(&storm.signals);
}

unsigned storm_stop(void)
{
    atomic_store(&storm.over, true);
    MUST(-pthread_join(storm.thread, NULL));
    MUST(sigaction(SIGUSR1, &storm.before, NULL));
    return atomic_load(&storm.signals);
}
