// SPDX-License-Identifier: Apache-2.0
//
// A Python process that sends on a descriptor of this process. It gets a number of sends a line on its standard input, and
// answers a line when they are made.
#ifndef PYTHON_SENDER_H
#define PYTHON_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct python_sender {
    const char *script;
    pid_t process; // 0 while none runs
    FILE *orders;  // its standard input
    FILE *answers; // its standard output
};

// Whether Python and the script are there.
bool python_sender_can_run(const char *script);

// Each function does what it says, or ends the program.

// Starts the script with these three numbers as its arguments.
void python_sender_start(struct python_sender *sender, const size_t numbers[3]);

// Writes to the script's standard input, before the first sends.
void python_sender_write(struct python_sender *sender, const char *bytes, size_t length);

// Returns when the script has made `sends` sends.
void python_sender_send(struct python_sender *sender, size_t sends);

// Ends the process, if one runs.
void python_sender_end(struct python_sender *sender);

#endif
