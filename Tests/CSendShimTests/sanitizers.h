// SPDX-License-Identifier: Apache-2.0
//
// UNDER_SANITIZER: 1 where a sanitizer has its own allocator and frames, so that counts of those are not the library's.
// UNDER_VALGRIND: 1 in programs built to run under it, which says so: it reports the bad pointers that a case is about.
// UNDER_THREAD_SANITIZER: 1 where races are reported, so that a case which is about one cannot pass.
// UNDER_GCC_THREAD_SANITIZER: 1 where a signal handler runs later than the call that the signal ends.
#ifndef SANITIZERS_H
#define SANITIZERS_H

#include "check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER 1
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER 1
#endif

#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define UNDER_GCC_THREAD_SANITIZER 1
#else
#define UNDER_GCC_THREAD_SANITIZER 0
#endif

#ifndef UNDER_THREAD_SANITIZER
#define UNDER_THREAD_SANITIZER 0
#endif

#ifndef UNDER_VALGRIND
#define UNDER_VALGRIND 0
#elif UNDER_VALGRIND
#define UNDER_SANITIZER 1
#endif

#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

// Skips a case about bad pointers where they are reported.
static inline bool would_be_reported(void)
{
    if (UNDER_VALGRIND)
        check_skip("valgrind reports the bad addresses that the case is about");
    return UNDER_VALGRIND;
}

#endif
