"""Overflow the stack, in Python and in C."""

import sys


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    sys.setrecursionlimit(1 << 30)

    def fall(depth):
        return repr(fall(depth + 1))

    return {"result": fall(0)}
