"""Make a process with the system calls themselves: fork, vfork, clone, clone3."""

import ctypes
import json
import os
import time


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.getpid()
    arguments = ctypes.create_string_buffer(88)
    for call in (
        (57,),
        (56, 17, 0, 0, 0, 0),
        (220, 17, 0, 0, 0, 0),
        (435, arguments, 88),
        (56, 0x00008000 | 17, 0, 0, 0, 0),
    ):
        libc.syscall(*call)
        if os.getpid() != own:
            open(os.path.join(json.loads(final_answer)["trap"], "child"), "w").close()
            time.sleep(600)
    return {"result": "complete"}
