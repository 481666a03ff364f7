// SPDX-License-Identifier: Apache-2.0
//
// One call of sendv_perform_parts on a scripted socket, and whether it did what csendshim.h says.
#ifndef PARTS_TRIAL_H
#define PARTS_TRIAL_H

#include "kernel.h"

#include "csendshim.h"

enum { parts_most = 12, parts_forms = 12 };

// A way to call, and a socket's mode.
struct form {
    const char *name;
    bool nonblocking;
    int flags;
    uint32_t wait;
    int64_t timeout_ns; // of the call
    int64_t timeout_us; // SO_SNDTIMEO
    bool may_sendfile; // the header's rule
};

extern const struct form forms[parts_forms];

// The caller's memory, whose bytes are told from those of the file.
enum { parts_memory_bytes = 1 << 16 };
const unsigned char *parts_memory(void);

struct trial {
    const struct form *form;
    struct scripted_socket socket;
    struct sendv_part parts[parts_most];
    size_t count;
    int flags;
    bool asks, stops; // whether there is a `stopped`, and what it says
    bool no_failed; // NULL in the place of `failed`
    const struct sockaddr *address;
    // What came of it:
    struct sendv_call call;
    int error;
    size_t failed;
};

// Whether a part of the list is a region of a file.
bool parts_has_file(const struct trial *trial);

// Sets the kernel up and makes the call. Returns false if it did not come to an end.
bool parts_perform(struct trial *trial, const struct script *script);

// Makes the call of a list with a region. Returns NULL, or what is wrong with what happened.
const char *parts_run(struct trial *trial, const struct script *script);

// Prints the trial with what was called in it, and what came of it.
void parts_print(const struct trial *trial, const struct script *script, const char *wrong);

#endif
