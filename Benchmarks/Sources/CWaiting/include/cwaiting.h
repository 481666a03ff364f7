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

// Sends the list `times` times: by a blocking sendmsg, or by a non-blocking sendmsg with epoll.
void waiting_send_blocking(int fd, const struct iovec *list, size_t count, size_t times);
void waiting_send_by_epoll(int fd, const struct iovec *list, size_t count, size_t times);

// An epoll that watches `fd`: `waiting_arm` asks for one event when there is room, and `waiting_await` waits for it.
int waiting_open_epoll(int fd);
void waiting_arm(int epoll, int fd);
void waiting_await(int epoll);

// Blocks one thread a descriptor in send, or watches all descriptors with one epoll on a thread. Both return at once, and the
// threads go on until the process ends.
void waiting_stall_in_threads(const int *fds, size_t count);
void waiting_stall_in_epoll(const int *fds, size_t count);

// Reads until the end of the stream, and pauses for `pause_us` microseconds after each read.
void waiting_read(int fd, unsigned pause_us);

#endif
