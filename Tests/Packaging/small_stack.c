// SPDX-License-Identifier: Apache-2.0
//
// A call on a thread with less stack than it needs, in a child process. Says what came of it: the call should end by a fault at
// the guard page, and the memory below that page should be as it was.
#define _GNU_SOURCE
#include <csendshim.h>

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// From low addresses to high ones: memory of somebody else, a guard page, the thread's stack.
enum { page = 4096, below = 64 * page, stack = 8 * page, paint = 0x5a };

static int pair[2];

static void *send_two(void *unused)
{
    static char bytes[] = "ab";
    const struct iovec list[] = {{bytes, 1}, {bytes + 1, 1}};
    (void)sendv_all(pair[0], list, 2, 0, NULL);
    return unused;
}

static void call_on_a_small_stack(char *memory)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, memory + below + page, stack) != 0 ||
        pthread_create(&thread, &attributes, send_two, NULL) != 0)
        _exit(2);
    (void)pthread_join(thread, NULL);
    _exit(0);
}

int main(void)
{
    char *const memory = mmap(NULL, below + page + stack, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory + below, page, PROT_NONE) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || sendv_stack_bytes() <= stack)
        return 1;
    memset(memory, paint, below);
    const pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0)
        call_on_a_small_stack(memory);
    int status;
    if (waitpid(child, &status, 0) != child)
        return 1;
    size_t written = 0;
    for (size_t i = 0; i < below; i++)
        written += memory[i] != paint;
    const bool faulted = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    if (!faulted && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return 1;
    printf("%s, and %s written below the guard page\n", faulted ? "a fault" : "no fault", written == 0 ? "nothing" : "something");
    return 0;
}
