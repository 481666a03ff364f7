// SPDX-License-Identifier: Apache-2.0
//
// A trial from bytes, any bytes: what the fuzzer and the random test both make their trials of, so that a case of one can be run
// again by the other.
#ifndef DECODE_H
#define DECODE_H

#include "trial.h"

#include <stddef.h>

// The order of the bytes: so many for the call and the socket, one for each run of segments, `decode_end_of_list`, and two for
// each answer. What is missing is 0.
enum { decode_head = 8, decode_end_of_list = 0xff };

// The trial points into memory that the next one is made in.
struct trial decode_trial(const unsigned char *bytes, size_t count);

#endif
