// SPDX-License-Identifier: Apache-2.0
//
// Signals at a process's own timer, by a handler without SA_RESTART: every system call that sleeps is interrupted.
#ifndef INTERRUPTIONS_H
#define INTERRUPTIONS_H

#include <stdint.h>

// One signal every `every_us` microseconds; none for 0.
void interruptions_begin(int64_t every_us);

// Ends them. Returns how many came.
unsigned interruptions_end(void);

#endif
