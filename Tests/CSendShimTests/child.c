// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "child.h"

#include "check.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool passes_in_child(void (*body)(unsigned argument), unsigned argument)
{
    (void)fflush(stdout); // or the child prints again what is still in the buffer
    const pid_t child = MUST(fork());
    if (child == 0) {
        const unsigned before = check_failures();
        body(argument);
        (void)fflush(stdout);
        _exit(check_failures() > before ? 1 : 0);
    }
    int status = 0;
    MUST(waitpid(child, &status, 0));
    if (WIFSIGNALED(status))
        printf("the child was ended by the signal %d \"%s\"\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
