// SPDX-License-Identifier: Apache-2.0
//
// For the proof alone: memcpy by its contract, on char * as all of gather.c's calls are.
#ifndef PROOF_STRING_H
#define PROOF_STRING_H

#include <stddef.h>

/*@ requires \valid(to + (0 .. length - 1));
    requires \valid_read(from + (0 .. length - 1));
    requires \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns to[0 .. length - 1] \from from[0 .. length - 1];
    ensures \forall integer i; 0 <= i < length ==> to[i] == \at(from[i], Pre);
    ensures \forall char *p; \subset(p, to + (0 .. length - 1)) ==> *p == \at(from[p - to], Pre);
*/
void memcpy(char *to, const char *from, size_t length);

#endif
