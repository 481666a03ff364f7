# SPDX-License-Identifier: Apache-2.0
"""Python's socket.sendmsg: the loop its users write.

Started with a descriptor, the number of segments and their length. Reads a number of calls a line, makes them, and answers
with a line. A segment's bytes are those of the other candidates' cells.
"""

import socket
import sys


def send_all(connection, segments):
    left = list(segments)
    while left:
        sent = connection.sendmsg(left[:1024])
        done = 0
        while done < len(left) and sent >= len(left[done]):
            sent -= len(left[done])
            done += 1
        left = left[done:]
        if sent > 0:
            left[0] = memoryview(left[0])[sent:]


def main():
    descriptor, count, length = (int(argument) for argument in sys.argv[1:4])
    connection = socket.socket(fileno=descriptor)
    segments = [bytes([i & 0xFF]) * length for i in range(count)]
    for line in sys.stdin:
        for _ in range(int(line)):
            send_all(connection, segments)
        print("done", flush=True)
    connection.detach()


if __name__ == "__main__":
    main()
