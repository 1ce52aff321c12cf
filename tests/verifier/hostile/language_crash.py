"""Crash the interpreter: a null pointer, a broken code object, an abort."""

import ctypes
import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    try:
        os.abort()
    finally:
        ctypes.string_at(0)
