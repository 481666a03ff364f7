// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE 1
#include "python_sender.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(1);
    }
}

bool python_sender_can_run(const char *script)
{
    return access(script, R_OK) == 0 && system("python3 -c 'import socket' 2>/dev/null") == 0;
}

void python_sender_start(struct python_sender *sender, const size_t numbers[3])
{
    int orders[2], answers[2];
    char texts[3][24];
    must(pipe2(orders, O_CLOEXEC) == 0 && pipe2(answers, O_CLOEXEC) == 0, "pipe2");
    for (int i = 0; i < 3; i++)
        snprintf(texts[i], sizeof texts[i], "%zu", numbers[i]);
    sender->process = fork();
    must(sender->process >= 0, "fork");
    if (sender->process == 0) {
        dup2(orders[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        execlp("python3", "python3", sender->script, texts[0], texts[1], texts[2], (char *)NULL);
        _exit(127);
    }
    close(orders[0]);
    close(answers[1]);
    sender->orders = fdopen(orders[1], "w");
    sender->answers = fdopen(answers[0], "r");
    must(sender->orders != NULL && sender->answers != NULL, "fdopen");
}

void python_sender_write(struct python_sender *sender, const char *bytes, size_t length)
{
    must(fwrite(bytes, 1, length, sender->orders) == length, "fwrite");
}

void python_sender_send(struct python_sender *sender, size_t sends)
{
    char answer[16];
    fprintf(sender->orders, "%zu\n", sends);
    must(fflush(sender->orders) == 0 && fgets(answer, sizeof answer, sender->answers) != NULL, "python");
}

void python_sender_end(struct python_sender *sender)
{
    if (sender->process == 0)
        return;
    fclose(sender->orders);
    fclose(sender->answers);
    must(waitpid(sender->process, NULL, 0) == sender->process, "waitpid");
    sender->process = 0;
}
