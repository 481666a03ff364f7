// SPDX-License-Identifier: Apache-2.0
//
// What a process holds, to compare before and after.
#ifndef LEAKS_H
#define LEAKS_H

#include <stdint.h>

// The descriptors that are open, without the one it takes to count them.
int64_t descriptors_held(void);

// Bytes that malloc gave out and has not got back.
int64_t memory_held(void);

#endif
