"""Empty another's file in every way that needs no writing: truncate, and opening to read with O_TRUNC."""

import ctypes
import json
import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    canary = json.loads(final_answer)["canary"]
    attempts = [
        lambda: os.truncate(canary, 0),
        lambda: os.open(canary, os.O_RDONLY | os.O_TRUNC),
        lambda: os.open(canary, 3 | os.O_TRUNC),
        lambda: os.open(canary, os.O_PATH | os.O_TRUNC),
        lambda: ctypes.CDLL(None).truncate(canary.encode(), 0),
        lambda: ctypes.CDLL(None).creat(canary.encode(), 0o600),
    ]
    for attempt in attempts:
        try:
            attempt()
        except OSError:
            continue
    return {"result": "complete"}
