// SPDX-License-Identifier: Apache-2.0
//
// Memory where one byte too far is a crash.
#ifndef GUARDED_H
#define GUARDED_H

#include <stddef.h>

// At least `bytes` bytes, to read and to write, between two pages that cannot be touched. Returns their end; they are for good.
char *guarded(size_t bytes);

#endif
