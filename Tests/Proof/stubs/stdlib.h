// SPDX-License-Identifier: Apache-2.0
//
// For the proof alone: malloc and free, as far as the memory model can say what they do.
#ifndef PROOF_STDLIB_H
#define PROOF_STDLIB_H

#include <stddef.h>

// The one block of memory that a batch takes from the heap: what malloc gives, or is going to give.
extern char the_heap[65536];

/*@ requires size <= 65536;
    terminates \true;
    exits \false;
    assigns \result \from size;
    ensures \result == \null || \result == &the_heap[0];
*/
char *malloc(size_t size);

/*@ requires memory == \null || memory == &the_heap[0];
    terminates \true;
    exits \false;
    assigns \nothing;
*/
void free(char *memory);

#endif
