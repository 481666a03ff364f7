// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "sender.h"

#include "check.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *make_call(void *argument)
{
    struct sender *sender = argument;
    atomic_store(&sender->task, (int)syscall(SYS_gettid));
    sender->error = sendv_perform(&sender->call);
    atomic_store(&sender->done, true);
    return NULL;
}

void sender_start(struct sender *sender, const struct sendv_call *call)
{
    sender->call = *call;
    sender->error = -1;
    atomic_init(&sender->task, 0);
    atomic_init(&sender->done, false);
    MUST(-pthread_create(&sender->thread, NULL, make_call, sender));
}

// What the system says of a thread of ours: 'S' while it sleeps in a system call; '?' if it says nothing.
static char state_of(int task)
{
    char path[64], text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/stat", task);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return '?';
    const size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end != NULL ? name_end[2] : '?';
}

static bool sleeps_or_is_done(void *argument)
{
    struct sender *sender = argument;
    const int task = atomic_load(&sender->task);
    return atomic_load(&sender->done) || (task != 0 && state_of(task) == 'S');
}

bool sender_is_waiting(struct sender *sender)
{
    return await(sleeps_or_is_done, sender) && !atomic_load(&sender->done);
}

int sender_join(struct sender *sender)
{
    MUST(-pthread_join(sender->thread, NULL));
    return sender->error;
}
