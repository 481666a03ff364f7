// SPDX-License-Identifier: Apache-2.0
//
// A storm of signals: the calling thread is interrupted every millisecond, by a handler without SA_RESTART.
#ifndef STORM_H
#define STORM_H

// Starts a storm on the calling thread. One at a time.
void storm_start(void);

// How many signals came so far.
unsigned storm_signals(void);

// Ends it. Returns how many signals came.
unsigned storm_stop(void);

#endif
