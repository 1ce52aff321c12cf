"""Append to another's file and overwrite it in place."""

import json
import os


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    canary = json.loads(final_answer)["canary"]
    for flags in (os.O_WRONLY | os.O_APPEND, os.O_RDWR, os.O_WRONLY, 3):
        try:
            os.write(os.open(canary, flags), b"x")
        except OSError:
            continue
    return {"result": "complete"}
