// SPDX-License-Identifier: Apache-2.0
//
// Structures of earlier headers, which are shorter: the missing fields are zero, their default.
#ifndef EARLIER_CALL_H
#define EARLIER_CALL_H

#include "csendshim.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

// Copies to `whole` the fields that `call` has. Returns false if `iovcnt` or a field before it is missing. Every later field may
// be missing.
static inline bool earlier_call_read(const struct sendv_call *call, struct sendv_call *whole)
{
    if (call->size < offsetof(struct sendv_call, source))
        return false;
    *whole = (struct sendv_call){0};
    memcpy(whole, call, call->size);
    whole->size = sizeof *whole;
    return true;
}

// Copies back to `call` the fields that it has. Its size stays.
static inline void earlier_call_write(struct sendv_call *call, const struct sendv_call *whole)
{
    const size_t size = call->size;
    memcpy(call, whole, size);
    call->size = size;
}

#endif
