// SPDX-License-Identifier: Apache-2.0
//
// Candidates in other languages, which take part where their tools are installed.
#define _GNU_SOURCE 1
#include "side_by_side.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

// The Python process of the cell that is being measured. It gets a number of calls a line, and answers a line when they are
// made.
static struct {
    const char *script;
    pid_t process;
    FILE *orders, *answers;
} python;

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

void python_end(void)
{
    if (python.process == 0)
        return;
    fclose(python.orders);
    fclose(python.answers);
    must(waitpid(python.process, NULL, 0) == python.process, "python");
    python.process = 0;
}

static void python_start(int fd, const struct cell *cell)
{
    int orders[2], answers[2];
    char numbers[3][24];
    python_end();
    must(pipe2(orders, O_CLOEXEC) == 0 && pipe2(answers, O_CLOEXEC) == 0, "pipe2");
    snprintf(numbers[0], sizeof numbers[0], "%d", fd);
    snprintf(numbers[1], sizeof numbers[1], "%zu", cell->segments);
    snprintf(numbers[2], sizeof numbers[2], "%zu", cell->bytes);
    python.process = fork();
    must(python.process >= 0, "fork");
    if (python.process == 0) {
        dup2(orders[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        execlp("python3", "python3", python.script, numbers[0], numbers[1], numbers[2], (char *)NULL);
        _exit(127);
    }
    close(orders[0]);
    close(answers[1]);
    python.orders = fdopen(orders[1], "w");
    python.answers = fdopen(answers[0], "r");
    must(python.orders != NULL && python.answers != NULL, "fdopen");
}

static void send_by_python(int fd, const struct cell *cell, size_t calls)
{
    (void)fd;
    (void)cell;
    char answer[16];
    fprintf(python.orders, "%zu\n", calls);
    must(fflush(python.orders) == 0 && fgets(answer, sizeof answer, python.answers) != NULL, "python");
}

bool python_candidate(const char *script, struct candidate *candidate)
{
    if (access(script, R_OK) != 0 || system("python3 -c 'import socket' 2>/dev/null") != 0)
        return false;
    python.script = script;
    *candidate = (struct candidate){
        .name = "Python", .prepare = python_start, .send = send_by_python, .own_socket = true, .most_segments = 5000};
    return true;
}
