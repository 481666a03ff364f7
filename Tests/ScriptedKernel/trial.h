// SPDX-License-Identifier: Apache-2.0
//
// One trial: a call of the core on a scripted socket, and whether it did what csendshim.h says.
#ifndef TRIAL_H
#define TRIAL_H

#include "kernel.h"
#include "list.h"

#include "csendshim.h"

#include <stdbool.h>
#include <stdio.h>

enum entry { BY_PERFORM, BY_ALL, BY_ALL_UNCOUNTED, BY_ALL_WITHIN, BY_SOURCE };

struct trial {
    struct list *list;
    bool no_list; // NULL in the list's place
    bool too_many; // more segments than memory holds, by the count
    int64_t source_ns; // passes each time a source is asked for iovecs
    size_t stop_at; // the wait before which the call is stopped, from 1; 0: it is not. Not by sendv_all and sendv_all_within
    size_t size;   // of the structure, as an older header has it; 0: as this one has it
    enum entry entry;
    int flags;
    uint32_t wait;
    int64_t timeout_ns;
    const struct sockaddr *address;
    socklen_t address_length;
    struct scripted_socket socket;
    struct script script;
};

// Whether the way of calling takes all that can be asked, and tells all that is counted.
static inline bool trial_tells_all(const struct trial *trial)
{
    return trial->entry == BY_PERFORM || trial->entry == BY_SOURCE;
}

// What came of it. A number that the way of calling does not tell, or that lies beyond the structure's size, is SIZE_MAX.
struct outcome {
    int error;
    size_t sent, system_calls, waits, taken, timed_out, unfinished;
    bool wrote_beyond; // the structure's size
};

// Runs the trial. Returns NULL, or what is wrong with what happened.
const char *trial_run(const struct trial *trial, struct outcome *outcome);

// Prints the trial with what was called in it, and what came of it.
void trial_print(FILE *to, const struct trial *trial, const struct outcome *outcome, const char *wrong);

#endif
