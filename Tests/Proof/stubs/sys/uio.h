// SPDX-License-Identifier: Apache-2.0
//
// For the proof alone. iov_base is void * in a system's header: char * here, so that the memory model, which knows no casts
// between pointers, takes a segment's bytes for what they are.
#ifndef PROOF_SYS_UIO_H
#define PROOF_SYS_UIO_H

#include <stddef.h>

struct iovec {
    char *iov_base;
    size_t iov_len;
};

#endif
