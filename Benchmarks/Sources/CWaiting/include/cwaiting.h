// SPDX-License-Identifier: Apache-2.0
//
// cwaiting.h: what a C program does where a Swift task suspends, and what is measured around both.
#ifndef CWAITING_H
#define CWAITING_H

#include <stddef.h>
#include <sys/uio.h>

// The processor time of this process so far.
double waiting_cpu_seconds(void);

// Lets this process open as many descriptors as the system allows it.
void waiting_raise_descriptor_limit(void);

// The memory of this process that is in use, in bytes.
size_t waiting_resident_bytes(void);

// Sends the list `times` times: by sendmsg that blocks, or by sendmsg that does not and an epoll.
void waiting_send_blocking(int fd, const struct iovec *list, size_t count, size_t times);
void waiting_send_by_epoll(int fd, const struct iovec *list, size_t count, size_t times);

// Lets a thread block in send for each descriptor, or one epoll watch all of them. They never return.
void waiting_stall_in_threads(const int *fds, size_t count);
void waiting_stall_in_epoll(const int *fds, size_t count);

// Reads until the end of the stream, and pauses after each read. A thread of its own for the latter.
void waiting_read(int fd, unsigned pause_us);

#endif
