// SPDX-License-Identifier: Apache-2.0
//
// Python's way: a process for each connection.
#include "files.h"
#include "python_sender.h"

static struct python_sender python;

static void start(const struct message *message)
{
    python_sender_start(&python, (size_t[]){(size_t)message->fd, (size_t)message->file, message->region});
    python_sender_write(&python, message->head, HEAD_BYTES);
    python_sender_write(&python, message->tail, TAIL_BYTES);
}

static void send_by_python(const struct message *message, size_t sends)
{
    (void)message;
    python_sender_send(&python, sends);
}

static void end(void)
{
    python_sender_end(&python);
}

int way_in_python(const char *script, struct way *way)
{
    if (!python_sender_can_run(script))
        return 0;
    python.script = script;
    *way = (struct way){"Python socket.sendfile", start, send_by_python, end, 1};
    return 1;
}
