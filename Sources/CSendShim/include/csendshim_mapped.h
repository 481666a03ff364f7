// SPDX-License-Identifier: Apache-2.0
//
// For the Swift module, whose lists are made of something else than iovecs: these stand on the stack, in the frame of the call.
// Swift's withUnsafeTemporaryAllocation takes at most 1024 bytes from there, and a piece of the heap costs some 420 instructions.
// Not a part of what is installed, so all of it is here.
#ifndef CSENDSHIM_MAPPED_H
#define CSENDSHIM_MAPPED_H

#include "csendshim.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

// The most segments that are mapped on the stack: 16 KiB.
#define SENDV_MAPPED_MOST 1024

// Makes the call for the list that `map` writes at `iov`, one iovec for each of the call's `iovcnt` segments; more than
// SENDV_MAPPED_MOST are EINVAL. The call's `iov` is not good afterwards.
static inline int sendv_perform_mapped(
    struct sendv_call *call, void (*map)(const void *list, struct iovec *iov), const void *list)
{
    struct iovec iov[SENDV_MAPPED_MOST];
    if (call->iovcnt > SENDV_MAPPED_MOST)
        return EINVAL;
    map(list, iov);
    call->iov = iov;
    return sendv_perform(call);
}

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
