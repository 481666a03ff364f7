# SPDX-License-Identifier: Apache-2.0
"""Python's socket.sendfile between two sends.

Started with the descriptors of a connection and of a file, and the length of the region. Reads the header's 200 bytes and the
trailer's 100, then a number of sends a line, makes them, and answers with a line.
"""

import os
import socket
import sys


def main():
    descriptor, file, region = (int(argument) for argument in sys.argv[1:4])
    connection = socket.socket(fileno=descriptor)
    orders = sys.stdin.buffer
    head, tail = orders.read(200), orders.read(100)
    # A file object of its own: socket.sendfile moves the file's offset.
    with open(f"/proc/self/fd/{file}", "rb") as contents:
        for line in orders:
            for _ in range(int(line)):
                connection.sendall(head, socket.MSG_MORE)
                if connection.sendfile(contents, 0, region) != region:
                    sys.exit("sendfile")
                connection.sendall(tail)
            os.write(1, b"done\n")
    connection.detach()


if __name__ == "__main__":
    main()
