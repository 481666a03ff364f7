// SPDX-License-Identifier: Apache-2.0
//
// A list of iovecs as one from elsewhere, which the core has to ask for them, and whether it asked as it promises.
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include "csendshim.h"

#include <stdbool.h>

struct elsewhere {
    struct sendv_source source; // to be given to the core
    const struct iovec *list;
    size_t count;
    size_t mapped;    // segments asked for
    size_t windows;   // times they were
    size_t counted;   // times the bytes of the rest were
    bool out_of_turn; // it asked for nothing, for a segment again or out of order, or for one that is not there
};

// Makes it. It stays where it is, and so does the list.
void elsewhere_begin(struct elsewhere *elsewhere, const struct iovec *list, size_t count);

#endif
