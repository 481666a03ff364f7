// SPDX-License-Identifier: Apache-2.0
//
// Time that passes, on the clock that nobody sets, and waiting for a condition.
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { ns_per_us = 1000, ns_per_ms = 1000000, ns_per_s = 1000000000 };

int64_t now_ns(void);

void sleep_ns(int64_t ns);

// Looks every millisecond until `holds(argument)`. Returns false if it does not within 20 seconds.
bool await(bool (*holds)(void *argument), void *argument);

// Waits until poll reports one of `events`, or an error or a hang-up, for `fd`. Returns what it reports; 0 after 20 seconds.
short await_events(int fd, short events);

#endif
