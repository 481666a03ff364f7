// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "files.h"

#include "csendshim.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

void require(int holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(1);
}

static void send_parts(const struct message *m, int64_t timeout_ns)
{
    struct sendv_part parts[3] = {{.base = m->head, .length = HEAD_BYTES}, {0}, {.base = m->tail, .length = TAIL_BYTES}};
    // Not by sendv_file_part, which asks for the file's length: no way by hand does.
    parts[1] = (struct sendv_part){.length = m->region, .file = m->file, .is_file = 1};
    struct sendv_call call = {.size = sizeof call, .fd = m->fd, .wait = SENDV_WAIT_BLOCKING, .timeout_ns = timeout_ns};
    require(sendv_perform_parts(&call, parts, 3, NULL) == 0, "sendv_perform_parts");
}

static void by_parts(const struct message *m)
{
    send_parts(m, -1);
}

static void by_parts_in_time(const struct message *m)
{
    send_parts(m, 60000000000);
}

static void send_whole(int fd, char *bytes, size_t length, int flags)
{
    while (length > 0) {
        const ssize_t sent = send(fd, bytes, length, flags);
        require(sent > 0, "send");
        bytes += sent;
        length -= (size_t)sent;
    }
}

static void by_sendfile(const struct message *m)
{
    off_t offset = 0;
    send_whole(m->fd, m->head, HEAD_BYTES, MSG_MORE);
    while ((size_t)offset < m->region)
        require(sendfile(m->fd, m->file, &offset, m->region - (size_t)offset) > 0, "sendfile");
    send_whole(m->fd, m->tail, TAIL_BYTES, 0);
}

static void send_three(const struct message *m, char *region)
{
    struct iovec list[3] = {{m->head, HEAD_BYTES}, {region, m->region}, {m->tail, TAIL_BYTES}};
    struct msghdr header = {.msg_iov = list, .msg_iovlen = 3};
    while (header.msg_iovlen > 0) {
        ssize_t sent = sendmsg(m->fd, &header, 0);
        require(sent > 0, "sendmsg");
        while (header.msg_iovlen > 0 && (size_t)sent >= header.msg_iov->iov_len) {
            sent -= (ssize_t)header.msg_iov->iov_len;
            header.msg_iov++;
            header.msg_iovlen--;
        }
        if (header.msg_iovlen > 0) {
            header.msg_iov->iov_base = (char *)header.msg_iov->iov_base + sent;
            header.msg_iov->iov_len -= (size_t)sent;
        }
    }
}

static void by_pread(const struct message *m)
{
    require(pread(m->file, m->buffer, m->region, 0) == (ssize_t)m->region, "pread");
    send_three(m, m->buffer);
}

static void by_pieces(const struct message *m)
{
    send_whole(m->fd, m->head, HEAD_BYTES, MSG_MORE);
    for (size_t done = 0; done < m->region; done += 65536) {
        const size_t length = m->region - done < 65536 ? m->region - done : 65536;
        require(pread(m->file, m->buffer, length, (off_t)done) == (ssize_t)length, "pread");
        send_whole(m->fd, m->buffer, length, MSG_MORE);
    }
    send_whole(m->fd, m->tail, TAIL_BYTES, 0);
}

static void by_mmap(const struct message *m)
{
    char *const region = mmap(NULL, m->region, PROT_READ, MAP_SHARED | MAP_POPULATE, m->file, 0);
    require(region != MAP_FAILED, "mmap");
    send_three(m, region);
    munmap(region, m->region);
}

// A way's function for a number of sends.
#define MANY(name) \
    static void name##_many(const struct message *m, size_t sends) \
    { \
        for (size_t i = 0; i < sends; i++) \
            name(m); \
    }

MANY(by_sendfile)
MANY(by_parts)
MANY(by_parts_in_time)
MANY(by_pread)
MANY(by_pieces)
MANY(by_mmap)

int ways_in_c(struct way *ways)
{
    static const struct way all[] = {
        {.name = "sendfile by hand", .send = by_sendfile_many},
        {.name = "sendv_perform_parts", .send = by_parts_many},
        {.name = "sendv_perform_parts with a time-out", .send = by_parts_in_time_many},
        {.name = "pread and sendmsg", .send = by_pread_many},
        {.name = "pread and send of 64 KiB", .send = by_pieces_many},
        {.name = "mmap and sendmsg", .send = by_mmap_many},
    };
    const int count = sizeof all / sizeof *all;
    for (int i = 0; i < count; i++)
        ways[i] = all[i];
    return count;
}
