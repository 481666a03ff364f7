// SPDX-License-Identifier: Apache-2.0
//
// A thread that makes one call, for what has to happen while that call waits.
#ifndef SENDER_H
#define SENDER_H

#include "csendshim.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct sender {
    pthread_t thread;
    struct sendv_call call; // to be read after sender_join
    int error;              // what the call returned
    atomic_int task;        // the thread's number once it is about to call, before that 0
    atomic_bool done;
};

// Starts the call. The sender stays where it is until it is joined.
void sender_start(struct sender *sender, const struct sendv_call *call);

// Waits until the call sleeps in the kernel. Returns false if it ended or never does.
bool sender_is_waiting(struct sender *sender);

// Waits for the call's end and returns what it returned.
int sender_join(struct sender *sender);

#endif
