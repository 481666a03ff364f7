// SPDX-License-Identifier: Apache-2.0
//
// A process that is short of something for as long as one call lasts, by the kernel's own limits.
#ifndef SCARCITY_H
#define SCARCITY_H

enum scarcity {
    SHORT_OF_NOTHING,
    SHORT_OF_ADDRESS_SPACE, // RLIMIT_AS at its lowest: no mapping, no heap
    SHORT_OF_DATA,          // RLIMIT_DATA at its lowest: the same for writable memory
    SHORT_OF_DESCRIPTORS    // RLIMIT_NOFILE at what is open
};

// From here on the thing cannot be had: malloc has no block left, of 64 KiB or of one byte. Ends the program if it still has.
void scarcity_begin(enum scarcity what);

void scarcity_end(void);

#endif
