// SPDX-License-Identifier: Apache-2.0
//
// The candidates written in C: what a C programmer would write, and sendv_all.
#define _GNU_SOURCE 1
#include "candidates.h"

#include <csendshim.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void fail(const char *who, int error)
{
    fprintf(stderr, "%s: %s\n", who, strerror(error));
    exit(1);
}

static void send_bytes(const char *who, int fd, const char *bytes, size_t count)
{
    size_t sent = 0;
    do {
        const ssize_t taken = send(fd, bytes + sent, count - sent, MSG_NOSIGNAL);
        if (taken < 0 && errno != EINTR)
            fail(who, errno);
        if (taken > 0)
            sent += (size_t)taken;
    } while (sent < count);
}

// The floor: the bytes are in one piece already.
static void contiguous(int fd, const struct cell *cell, size_t calls)
{
    for (size_t i = 0; i < calls; i++)
        send_bytes("contiguous", fd, cell->contiguous, cell->segments * cell->bytes);
}

// Sends one batch of the loop below. The caller's iovecs are passed as they are, and copied only after a short write.
static void sendmsg_batch(int fd, const struct iovec *batch, size_t count)
{
    struct iovec rest[IOV_MAX];
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)batch, .msg_iovlen = count};
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += batch[i].iov_len;
    for (;;) {
        const ssize_t taken = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            fail("sendmsg", errno);
        left -= (size_t)taken;
        if (left == 0)
            return;
        if (message.msg_iov == batch) {
            memcpy(rest, batch, count * sizeof *rest);
            message.msg_iov = rest;
        }
        size_t gone = (size_t)taken;
        while (gone >= message.msg_iov->iov_len) {
            gone -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + gone;
        message.msg_iov->iov_len -= gone;
    }
}

// The loop people write by hand: 1024 iovecs a call.
void sendmsg_all(int fd, const struct iovec *list, size_t count)
{
    while (count > 0) {
        const size_t batch = count < IOV_MAX ? count : IOV_MAX;
        sendmsg_batch(fd, list, batch);
        list += batch;
        count -= batch;
    }
}

static void sendmsg_loop(int fd, const struct cell *cell, size_t calls)
{
    for (size_t i = 0; i < calls; i++)
        sendmsg_all(fd, cell->list, cell->segments);
}

static void copy_then_send(int fd, const struct cell *cell, size_t calls)
{
    for (size_t i = 0; i < calls; i++) {
        char *whole = malloc(cell->segments * cell->bytes);
        if (whole == NULL)
            fail("copy", errno);
        char *end = whole;
        for (size_t k = 0; k < cell->segments; k++) {
            memcpy(end, cell->list[k].iov_base, cell->list[k].iov_len);
            end += cell->list[k].iov_len;
        }
        send_bytes("copy", fd, whole, (size_t)(end - whole));
        free(whole);
    }
}

static void send_each(int fd, const struct cell *cell, size_t calls)
{
    for (size_t i = 0; i < calls; i++) {
        for (size_t k = 0; k < cell->segments; k++)
            send_bytes("each", fd, cell->list[k].iov_base, cell->list[k].iov_len);
    }
}

static void gathered(int fd, const struct cell *cell, size_t calls)
{
    for (size_t i = 0; i < calls; i++) {
        size_t sent;
        const int error = sendv_all(fd, cell->list, cell->segments, 0, &sent);
        if (error != 0)
            fail("sendv_all", error);
    }
}

const struct candidate candidates_in_c[CANDIDATES_IN_C] = {
    [CANDIDATE_CONTIGUOUS] = {.name = "contiguous", .send = contiguous},
    [CANDIDATE_SENDMSG] = {.name = "sendmsg", .send = sendmsg_loop},
    [CANDIDATE_SENDV_ALL] = {.name = "sendv_all", .send = gathered},
    {.name = "copy", .send = copy_then_send},
    // One system call a segment: with the longest lists that takes minutes and teaches nothing.
    {.name = "each", .send = send_each, .streams_only = true, .most_segments = 5000},
};
