// SPDX-License-Identifier: Apache-2.0
//
// Sends files to a server as one list, each behind a line with its length and its name:
//
//   send_files HOST PORT MILLISECONDS FILE...
//
// A send may take MILLISECONDS. What did not go by then goes with the next one, until TRIES of them in a row sent no byte at all:
// then the program gives up, and says how much the kernel took.
#define _POSIX_C_SOURCE 200809L
#include "csendshim.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES = 20 };

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static int connect_to(const char *host, const char *port)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int error = getaddrinfo(host, port, &wanted, &found);
    if (error != 0)
        fail(host, gai_strerror(error));
    int fd = -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            error = errno;
            close(fd);
            errno = error;
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        fail(host, strerror(errno));
    return fd;
}

// Two segments: the header, in memory of its own, and the file, mapped. Both last as long as the program.
static void add_file(struct iovec segments[2], const char *name)
{
    int fd = open(name, O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        fail(name, strerror(errno));
    size_t length = (size_t)status.st_size;
    // An empty file can't be mapped; NULL with no length is an empty segment.
    void *bytes = length == 0 ? NULL : mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        fail(name, strerror(errno));
    close(fd);

    size_t room = strlen(name) + 32;
    char *header = malloc(room);
    if (header == NULL)
        fail(name, strerror(errno));
    int written = snprintf(header, room, "%zu %s\n", length, name);
    segments[0] = (struct iovec){header, (size_t)written};
    segments[1] = (struct iovec){bytes, length};
}

// Sends the list, in as many sends as it takes; returns 0 or an errno value. The list is used up: its segments are cut.
static int send_patiently(int fd, struct iovec *list, size_t count, int64_t timeout_ns, size_t *total)
{
    *total = 0;
    int idle = 0;
    while (idle < TRIES) {
        struct sendv_call call = {
            .size = sizeof call, .fd = fd, .iov = list, .iovcnt = count, .wait = SENDV_WAIT_WITHIN, .timeout_ns = timeout_ns};
        int error = sendv_perform(&call);
        *total += call.sent;
        if (!call.timed_out) // ETIMEDOUT without timed_out: the connection is gone
            return error;
        fprintf(stderr, "timed out, %zu bytes sent\n", *total);
        idle = call.sent > 0 ? 0 : idle + 1;

        size_t offset;
        size_t next = sendv_seek(list, count, call.sent, &offset);
        list += next;
        count -= next;
        list[0].iov_base = (char *)list[0].iov_base + offset;
        list[0].iov_len -= offset;
    }
    return ETIMEDOUT;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: %s HOST PORT MILLISECONDS FILE...\n", argv[0]);
        return 2;
    }
    int64_t timeout_ns = strtoll(argv[3], NULL, 10) * 1000000;
    size_t count = 2 * (size_t)(argc - 4);
    struct iovec *list = calloc(count, sizeof *list);
    if (list == NULL)
        fail("memory", strerror(errno));
    for (size_t i = 0; i < count; i += 2)
        add_file(&list[i], argv[4 + i / 2]);

    int fd = connect_to(argv[1], argv[2]);
    size_t total;
    int error = send_patiently(fd, list, count, timeout_ns, &total);
    printf("sent %zu segments, %zu bytes: %s\n", count, total, error == 0 ? "all" : strerror(error));
    return error == 0 ? 0 : 1;
}
