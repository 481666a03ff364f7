// SPDX-License-Identifier: Apache-2.0
// What Swift's module of the C library lacks.
#include <sys/epoll.h>
#include <sys/signalfd.h>
