// SPDX-License-Identifier: Apache-2.0
//
// Candidates in other languages, which take part where their tools are installed.
#define _GNU_SOURCE 1
#include "python_sender.h"
#include "side_by_side.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int (*write_vectored)(int fd, const struct iovec *list, size_t count, size_t calls);

static void send_by_rust(int fd, const struct cell *cell, size_t calls)
{
    const int error = write_vectored(fd, cell->list, cell->segments, calls);
    if (error != 0) {
        fprintf(stderr, "rust: %s\n", strerror(error));
        exit(1);
    }
}

bool rust_candidate(const char *library, struct candidate *candidate)
{
    void *handle = dlopen(library, RTLD_NOW);
    if (handle == NULL)
        return false;
    *(void **)&write_vectored = dlsym(handle, "rust_write_vectored");
    *candidate = (struct candidate){.name = "Rust", .send = send_by_rust, .streams_only = true};
    return write_vectored != NULL;
}

// The Python process of the cell that is being measured.
static struct python_sender python;

void python_end(void)
{
    python_sender_end(&python);
}

static void python_start(int fd, const struct cell *cell)
{
    python_sender_end(&python);
    python_sender_start(&python, (size_t[]){(size_t)fd, cell->segments, cell->bytes});
}

static void send_by_python(int fd, const struct cell *cell, size_t calls)
{
    (void)fd;
    (void)cell;
    python_sender_send(&python, calls);
}

bool python_candidate(const char *script, struct candidate *candidate)
{
    if (!python_sender_can_run(script))
        return false;
    python.script = script;
    *candidate = (struct candidate){
        .name = "Python", .prepare = python_start, .send = send_by_python, .own_socket = true, .most_segments = 5000};
    return true;
}
