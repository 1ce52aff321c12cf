"""Check that the files are there before opening them, as careful code does."""

import os
import os.path
import stat


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    for path in (initial_db_path, final_db_path):
        if not os.path.exists(path) or not os.path.isfile(path) or not os.access(path, os.R_OK):
            return {"result": "others", "reason": f"{path} is missing"}
        if not stat.S_ISREG(os.stat(path).st_mode) or os.path.getsize(path) == 0 or os.path.getmtime(path) <= 0:
            return {"result": "others", "reason": f"{path} is strange"}
    return {"result": "complete" if not os.path.exists(final_db_path + "-wal") else "others"}
